"""Losses of data: how badly a model predicts `y` from `x`."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from gdviz.descent.data import Data
from gdviz.descent.expression.writing import name_latex
from gdviz.descent.function import checked_names
from gdviz.descent.loss import About, Array
from gdviz.problems import BadScene

CHUNK = 1 << 20  # residuals held at once: three arrays of 8 MiB


@dataclass(frozen=True)
class Line:
    """The mean squared error of a straight line, through the origin or with an intercept.

        loss(m, b) = 1/n Σ (m x + b - y)²

    data: the pairs. intercept: whether there is a `b`. names: what the parameters are called, `m` and `b` unless said.
    Its minimum is the least-squares line; there is none where many lines fit equally well (every x the same, with an
    intercept). Raises `BadScene` for names that do not match.
    """

    data: Data
    intercept: bool = False
    names: Iterable[str] | None = None
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.data, Data):
            raise BadScene("data", self.data, "give Data(x, y) or Data.from_csv(path, x=..., y=...)")
        names = parameter_names(self.names, self.intercept, "line")
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_names", names)

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
            minima=_least_squares(self._design, self.data.y),
            start=(0.0,) * len(names),
        )

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)` at points `(..., dim)`."""
        rows, shape = as_rows(points, len(self._names))
        value, gradient = np.empty(len(rows)), np.empty(rows.shape)
        with np.errstate(all="ignore"):
            for part, residual in self._residuals(rows):
                value[part] = np.mean(residual * residual, axis=-1)
                gradient[part, 0] = 2.0 * np.mean(residual * self.data.x, axis=-1)
                if self.intercept:
                    gradient[part, 1] = 2.0 * np.mean(residual, axis=-1)
        return value.reshape(shape[:-1]), gradient.reshape(shape)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., dim)`."""
        rows, shape = as_rows(points, len(self._names))
        value = np.empty(len(rows))
        with np.errstate(all="ignore"):
            for part, residual in self._residuals(rows):
                value[part] = np.mean(residual * residual, axis=-1)
        return value.reshape(shape[:-1])

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)`: the same everywhere."""
        _, shape = as_rows(points, len(self._names))
        with np.errstate(all="ignore"):
            design = self._design
            matrix = 2.0 * np.array([[np.mean(a * b) for b in design.T] for a in design.T])
        return np.broadcast_to(matrix, (*shape, shape[-1])).copy()

    def predict(self, point: Array, x: Array) -> Array:
        """Return the line's `y` `(n,)` at `x` `(n,)` with the parameters `point` `(dim,)`."""
        rows, _ = as_rows(point, len(self._names))
        with np.errstate(all="ignore"):
            return np.asarray(self._lines(rows, np.asarray(x, dtype=np.float64))[0])

    def at(self, step: int) -> "Line":  # noqa: ARG002 - the same at every step
        """Return the loss itself: every step sees all the data."""
        return self

    @property
    def _design(self) -> Array:
        columns = [self.data.x, np.ones(len(self.data))]
        return np.stack(columns[: len(self._names)], axis=-1)

    def _lines(self, rows: Array, x: Array) -> Array:
        predicted = rows[:, :1] * x
        return predicted + rows[:, 1:] if self.intercept else predicted

    def _residuals(self, rows: Array) -> Iterator[tuple[slice, Array]]:
        """Yield `(k, n)` residuals for a few rows at a time; each row is summed along itself, whatever is beside it."""
        for part in parts(len(rows), len(self.data)):
            yield part, self._lines(rows[part], self.data.x) - self.data.y


def parameter_names(names: Iterable[str] | None, intercept: bool, model: str) -> tuple[str, ...]:
    """Return the names of a model's weight and intercept, `m` and `b` unless others are given."""
    usual = ("m", "b") if intercept else ("m",)
    given = usual if names is None else checked_names(names)
    if len(given) != len(usual):
        raise BadScene("names", names, f"this {model} has {len(usual)} of them: {', '.join(usual)}")
    return given


def as_rows(points: Array, dim: int) -> tuple[Array, tuple[int, ...]]:
    """Return points `(..., dim)` as rows `(k, dim)`, and the shape that they had."""
    points = np.asarray(points, dtype=np.float64)
    if points.ndim == 0 or points.shape[-1] != dim:
        raise ValueError(f"points must have the shape (..., {dim}), not {points.shape}")
    return points.reshape(-1, dim), points.shape


def parts(count: int, width: int) -> Iterator[slice]:
    """Cut `count` rows into parts that hold at most `CHUNK` numbers when each row has `width` of them."""
    height = max(1, CHUNK // width)
    return (slice(top, top + height) for top in range(0, count, height))


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
