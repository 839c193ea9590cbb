"""Cross-entropy: how badly a logistic curve tells two classes apart."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from gdviz.descent.activations import sigmoid
from gdviz.descent.costs import CrossEntropy, MeanSquaredError
from gdviz.descent.data import Data
from gdviz.descent.loss import About, Array
from gdviz.descent.mean_loss import MeanLoss, as_rows, weighted
from gdviz.problems import BadData, BadScene, choose

NEWTON_STEPS = 1000  # a dozen are usual; some 700 where the classes overlap by next to nothing
PATIENCE = 5  # steps in a row that gain nothing more: only rounding is left
SETTLED = 1e-20  # what may be left to gain where a minimum has been found


@final
@dataclass(frozen=True)
class Logistic(MeanLoss):
    """The mean cross-entropy of logistic regression with one weight, or with a weight and an intercept.

        p = 1 / (1 + exp(-(m x + b)))
        loss(m, b) = -1/n Σ (y ln p + (1 - y) ln(1 - p))

    data: the pairs; `y` is 0 or 1, and `p` is the probability of 1. intercept: whether there is a `b`. Without it `p`
    is 1/2 at x = 0, so x should be centred (`Data.centred`). names: what the parameters are called, `m` and `b` unless
    said. batch_size, seed: see `MeanLoss`; a batch may be of one class.
    cost: "mean_squared_error" is the mean of (p - y)² instead, to see what speaks against it: it is flat where the
        curve is surely wrong, and has more valleys than one.

    Its minimum is the most likely curve. There is none where x parts the classes, since ever larger weights are then
    ever better (Albert, Anderson: "On the existence of maximum likelihood estimates in logistic regression models",
    1984), nor where many curves fit equally well.

    What to watch: a larger weight makes the curve steeper, surer of itself; the points on the wrong side pay for it.

    Raises `BadScene` as `MeanLoss` does, and `BadData` for a `y` that is not 0 or 1, or always the same.
    """

    cost: str = "cross_entropy"

    @property
    def model(self) -> str:
        """What predicts y: the logistic curve of a probability."""
        return "logistic"

    @property
    def measure(self) -> str:
        """What its loss is: cross-entropy, or the squared distance of the probabilities."""
        return f"squared {self.model}" if self._squared else self.model

    @cached_property
    def about(self) -> About:
        """Names, the most likely curve, the start at zero, and the mathematics."""
        names, start = self._names, (0.0,) * len(self._names)
        if self._squared:
            slopes = (r"\frac{2}{n}\,\sum (p - y)\,p\,(1 - p)\,x", r"\frac{2}{n}\,\sum (p - y)\,p\,(1 - p)")
            return About(names, r"\frac{1}{n}\,\sum (p - y)^{2}", slopes[: len(names)], start=start)
        slopes = (r"\frac{1}{n}\,\sum (p - y)\,x", r"\frac{1}{n}\,\sum (p - y)")
        text = r"-\frac{1}{n}\,\sum (y \ln p + (1 - y) \ln (1 - p))"
        minima = _most_likely(self) if self._overlaps else ()
        return About(names, text, slopes[: len(names)], minima=minima, start=start)

    @property
    def _squared(self) -> bool:
        return self.cost == MeanSquaredError.name

    # Where y is 1, (x, 1) is taken with the opposite sign. Then m x + b says how far each point is on the wrong side,
    # and both classes share one formula: the loss is the mean of ln(1 + exp(wrong)), and 1 / (1 + exp(-wrong)) is what
    # the curve misses the point by. Nothing is subtracted that could cancel, and exp is never given a positive number.

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)`: for cross-entropy 1/n Σ p (1 - p) (x, 1) (x, 1)ᵀ."""
        rows, shape = as_rows(points, len(self._names))
        hessian = np.empty((*rows.shape, rows.shape[-1]))
        with np.errstate(all="ignore"):
            for part, wrong in self._parts(rows):
                missed = sigmoid(wrong)
                unsure = missed * sigmoid(-wrong)
                if self._squared:
                    unsure *= missed * (4.0 - 6.0 * missed)
                for i, one in enumerate(self._columns):
                    for j, other in enumerate(self._columns):
                        hessian[part, i, j] = _mean(unsure * one * other)
        return hessian.reshape(*shape, shape[-1])

    @property
    def _noun(self) -> str:
        return "curve"

    def _check_data(self) -> None:
        """Take two classes."""
        if self.cost not in (CrossEntropy.name, MeanSquaredError.name):
            raise BadScene("cost", self.cost, choose(str(self.cost), (CrossEntropy.name, MeanSquaredError.name)))
        _check_classes(self.data)

    @cached_property
    def _columns(self) -> list[Array]:
        """The columns x and 1 `(n,)`, with the opposite sign where y is 1; as many as there are parameters."""
        sign = 1.0 - 2.0 * self.data.y
        return [sign * self.data.x, sign][: len(self._names)]

    def _misses(self, rows: Array) -> Array:
        """Return how far each point is on the wrong side."""
        return weighted(rows, self._columns)

    def _cost(self, misses: Array) -> Array:
        return _mean(sigmoid(misses) ** 2 if self._squared else _surprise(misses))

    def _slopes(self, misses: Array) -> Iterator[Array]:
        share = sigmoid(misses)
        if self._squared:
            share *= 2.0 * share * sigmoid(-misses)
        return (_mean(share * column) for column in self._columns)

    def _predicted(self, sums: Array) -> Array:
        return sigmoid(sums)

    @property
    def _overlaps(self) -> bool:
        """Whether no curve tells all the points apart, ties forgiven; then there is one minimum, and it is finite."""
        x, y = self.data.x, self.data.y
        if not self.intercept:
            return bool(self._columns[0].min() < 0.0 < self._columns[0].max())
        zeros, ones = x[y == 0.0], x[y == 1.0]
        if not len(zeros) or not len(ones):  # a mini-batch may be of one class
            return False
        return bool(zeros.max() > ones.min() and ones.max() > zeros.min())


def _check_classes(data: Data) -> None:
    odd = np.flatnonzero((data.y != 0.0) & (data.y != 1.0))
    if len(odd):
        raise BadData(data.source, f"y is {data.y[odd[0]]:g} in row {odd[0] + 1}; two classes are written as 0 and 1")
    if np.all(data.y == data.y[0]):
        raise BadData(data.source, f"y is {data.y[0]:g} in every row; both classes, 0 and 1, are needed")


def _surprise(wrong: Array) -> Array:
    """Return ln(1 + exp(wrong)), the cross-entropy of each point."""
    return np.asarray(np.maximum(wrong, 0.0) + np.log1p(np.exp(-np.abs(wrong))))


def _mean(values: Array) -> Array:
    """Return the means `(k,)` of rows `(k, n)`; made smaller meanwhile, so that no sum leaves the float range."""
    part = 0.5 ** math.ceil(math.log2(values.shape[-1]))  # a power of two: it rounds nothing
    return np.asarray(np.mean(values * part, axis=-1) / part)


def _most_likely(loss: Logistic) -> tuple[tuple[float, ...], ...]:
    """Return the minimum of a loss that has one, or nothing where it is out of the float range."""
    x = loss.data.x
    with np.errstate(all="ignore"):
        # Neither the unit of x nor, with an intercept, its origin is to spoil the digits.
        origin = np.sort(x)[len(x) // 2] if loss.intercept else 0.0
        unit = np.max(np.abs(x - origin))
        moved = (x - origin) / unit
        if not np.all(np.isfinite(moved)):
            return ()
        point = _newton(Logistic(Data(moved, loss.data.y), loss.intercept)).copy()
        point[0] /= unit
        point[1:] -= point[0] * origin
    return (tuple(point.tolist()),) if np.all(np.isfinite(point)) else ()


def _newton(loss: Logistic) -> Array:
    """Return the minimum by Newton's steps, each halved until it does not climb far up the other side; or NaN.

    The loss is convex, so its slope along a step only grows: that slope is what is compared, since it keeps its digits
    where the values of the loss no longer differ.
    """
    point = np.zeros(2 if loss.intercept else 1)
    best, least, waited = point, math.inf, 0
    for _ in range(NEWTON_STEPS):
        gradient = loss(point)[1]
        try:
            step = np.asarray(np.linalg.solve(loss.hessian(point), -gradient), dtype=np.float64)
        except np.linalg.LinAlgError:
            break
        gain = abs(float(gradient @ step))  # twice as much as the loss can still fall, whatever the unit of x
        waited = 0 if gain < least else waited + 1
        if gain < least:
            best, least = point, gain
        if least == 0.0 or (least <= SETTLED and waited >= PATIENCE) or not np.all(np.isfinite(step)):
            break
        point = _halved(loss, point, gradient, step)
    return best if least <= SETTLED else np.full_like(best, np.nan)


def _halved(loss: Logistic, point: Array, gradient: Array, step: Array) -> Array:
    """Return where a step leads; halved while the slope along it has turned round by more than a half."""
    allowed = 0.5 * abs(float(gradient @ step))
    while True:
        trial = point + step
        if float(loss(trial)[1] @ step) <= allowed or np.array_equal(trial, point):
            return trial
        step, allowed = step / 2.0, allowed / 2.0
