"""The mean squared error of a straight line."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np

from gdviz.descent.expression.writing import name_latex
from gdviz.descent.loss import About, Array
from gdviz.descent.mean_loss import MeanLoss, as_rows, weighted


@final
@dataclass(frozen=True)
class Line(MeanLoss):
    """The mean squared error of a straight line, through the origin or with an intercept.

        loss(m, b) = 1/n Σ (m x + b - y)²

    data: the pairs. intercept: whether there is a `b`. names: what the parameters are called, `m` and `b` unless said.
    batch_size: how many pairs each step looks at, all unless given; seed: of their order; see `MeanLoss`.

    Its minimum is the least-squares line; there is none where many lines fit equally well (every x the same, with an
    intercept). Raises `BadScene` as `MeanLoss` does.
    """

    @property
    def model(self) -> str:
        """What predicts y: a straight line."""
        return "line"

    @cached_property
    def about(self) -> About:
        """Names, the least-squares minimum, the start at zero, and the mathematics."""
        names = self._names
        slope, *intercept = map(name_latex, names)
        error = " + ".join([f"{slope} x", *intercept]) + " - y"
        slopes = (rf"\frac{{2}}{{n}}\,\sum x ({error})", rf"\frac{{2}}{{n}}\,\sum ({error})")
        return About(
            names,
            rf"\frac{{1}}{{n}}\,\sum ({error})^{{2}}",
            slopes[: len(names)],
            minima=_least_squares(np.stack(self._columns, axis=-1), self.data.y),
            start=(0.0,) * len(names),
        )

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)`: the same everywhere."""
        _, shape = as_rows(points, len(self._names))
        with np.errstate(all="ignore"):
            matrix = 2.0 * np.array([[np.mean(one * other) for other in self._columns] for one in self._columns])
        return np.broadcast_to(matrix, (*shape, shape[-1])).copy()

    @property
    def _noun(self) -> str:
        return "line"

    def _check_data(self) -> None:
        """Take any pairs."""

    @cached_property
    def _columns(self) -> list[Array]:
        """The columns x and 1 `(n,)`, as many as there are parameters."""
        return [self.data.x, np.ones(len(self.data))][: len(self._names)]

    def _misses(self, rows: Array) -> Array:
        """Return the residuals."""
        return weighted(rows, self._columns) - self.data.y

    def _cost(self, misses: Array) -> Array:
        return np.asarray(np.mean(misses * misses, axis=-1))

    def _slopes(self, misses: Array) -> Iterator[Array]:
        return (2.0 * np.mean(misses * column, axis=-1) for column in self._columns)

    def _predicted(self, sums: Array) -> Array:
        return sums


def _least_squares(design: Array, y: Array) -> tuple[tuple[float, ...], ...]:
    """Return the one best point, or nothing where it is not unique or out of the float range."""
    scale = np.max(np.abs(design), axis=0)  # so that the rank does not hang on the unit of x
    if not np.all(scale > 0):
        return ()
    with np.errstate(all="ignore"):
        try:
            solution, _, rank, _ = np.linalg.lstsq(design / scale, y, rcond=None)
        except np.linalg.LinAlgError:
            return ()
        point = solution / scale
    return (tuple(point.tolist()),) if rank == len(scale) and np.all(np.isfinite(point)) else ()
