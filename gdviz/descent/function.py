"""A loss given as a Python callable: `Function(lambda m: (m - 3)**2)`."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gdviz.descent.expression.parse import NAME
from gdviz.descent.loss import About, Array
from gdviz.descent.places import Places, Point, Region, places, real
from gdviz.problems import BadScene

EPSILON = float(np.finfo(np.float64).eps)
FIRST_STEP = EPSILON ** (1 / 3)  # balances rounding and truncation of a central difference
SECOND_STEP = EPSILON ** (1 / 4)  # the same where what is differenced is itself a central difference
TRIALS = 7


@dataclass(frozen=True)
class Function:
    """A loss given as a callable; it compares by its callables and settings.

    function: takes the parameters as separate arguments, `f(m)` or `f(m, b)`, and returns a number. It is tried once
        at construction on arrays `(n,)`: where that gives what single numbers give, it is always called with arrays,
        otherwise point by point with floats.
    gradient: returns the derivative, a number for one parameter and a sequence of numbers for several; tried in the
        same way. Without it, central differences with a step of cbrt(epsilon) max(1, |x|): about ten digits.
    names: the parameters; those of the callable itself where it takes several, else `m`.
    region, minima, start, saddles: see `About`. label: mathtext for the screen, or None.

    Where the callable raises an ArithmeticError or a ValueError (1/0, a logarithm of -1) or gives a complex number,
    the loss is NaN. Any other exception is a mistake in the callable and is passed on.

    Raises `BadScene` for a callable that returns no number, or whose gradient is not that of the function.
    """

    function: Callable[..., Any]
    gradient: Callable[..., Any] | None = None
    names: tuple[str, ...] | None = None
    region: Region | None = None
    minima: Iterable[Point] = ()
    start: Point | None = None
    label: str | None = None
    saddles: Iterable[Point] = ()
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _places: Places = field(init=False, repr=False, compare=False)
    _function: "_Callable" = field(init=False, repr=False, compare=False)
    _gradient: "_Callable | None" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = _own_names(self.function) if self.names is None else checked_names(self.names)
        found = places(len(names), self.region, self.minima, self.start, self.saddles)
        if not isinstance(self.label, str | None):
            raise BadScene("label", self.label, "give mathematics as a string, such as '(m - 3)^{2}'")
        for name, value in {"names": names, "_names": names, "_places": found, **vars(found)}.items():
            object.__setattr__(self, name, value)
        trials = _trial_points(len(names), found)
        object.__setattr__(self, "_function", _Callable("function", self.function, None, trials))
        exact = None if self.gradient is None else _Callable("gradient", self.gradient, len(names), trials)
        object.__setattr__(self, "_gradient", exact)
        if exact is not None:
            self._check_gradient(exact, trials)

    @property
    def about(self) -> About:
        """Names, region, minima, start, saddles and the label."""
        return About(self._names, self.label, **vars(self._places))

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)` at points `(..., dim)`."""
        rows, shape = self._rows(points)
        value, slope = self._function(rows)[:, 0], self._slope(rows)
        slope[np.isnan(value)] = np.nan
        return value.reshape(shape[:-1]), slope.reshape(shape)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., dim)`."""
        rows, shape = self._rows(points)
        return self._function(rows)[:, 0].reshape(shape[:-1])

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)`, by central differences of the gradient."""
        rows, shape = self._rows(points)
        step = FIRST_STEP if self._gradient else SECOND_STEP
        columns = [_difference(self._slope, rows, i, step) for i in range(rows.shape[1])]
        hessian = np.stack(columns, axis=-1)
        return ((hessian + hessian.swapaxes(-1, -2)) / 2.0).reshape(*shape, shape[-1])

    def at(self, step: int) -> "Function":  # noqa: ARG002 - the same at every step
        """Return the loss itself: it does not change from step to step."""
        return self

    def _rows(self, points: Array) -> tuple[Array, tuple[int, ...]]:
        points, dim = np.asarray(points, dtype=np.float64), len(self._names)
        if points.ndim == 0 or points.shape[-1] != dim:
            raise ValueError(f"points must have the shape (..., {dim}), not {points.shape}")
        return points.reshape(-1, dim), points.shape

    def _slope(self, rows: Array) -> Array:
        return self._differences(rows) if self._gradient is None else self._gradient(rows)

    def _differences(self, rows: Array) -> Array:
        columns = [_difference(self._function, rows, i, FIRST_STEP)[:, 0] for i in range(rows.shape[1])]
        return np.stack(columns, axis=-1)

    def _check_gradient(self, gradient: "_Callable", trials: Array) -> None:
        given, found = gradient(trials), self._differences(trials)
        with np.errstate(all="ignore"):
            # Either number may be wrong by rounding in the differences, or near a kink: only clear faults are told.
            rounding = 4.0 * EPSILON / FIRST_STEP * np.abs(self._function(trials))
            usual = 1e-6 * np.max(np.abs(found), initial=0.0, where=np.isfinite(found))
            wrong = np.abs(given - found) > 1e-3 * np.maximum(np.abs(given), np.abs(found)) + rounding + usual
        for row, i in np.argwhere(wrong):
            place = ", ".join(f"{n} = {x:.6g}" for n, x in zip(self._names, trials[row], strict=True))
            raise BadScene(
                "gradient",
                float(f"{given[row, i]:.6g}"),
                f"at {place} the function's slope by {self._names[i]} is {found[row, i]:.6g}",
            )


def _own_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the parameters that a callable needs, where it needs several."""
    try:
        taken = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # written in C, or no function at all
        return ("m",)
    plain = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = tuple(one.name for one in taken if one.kind in plain and one.default is one.empty)
    return checked_names(needed) if len(needed) > 1 else ("m",)


def checked_names(names: Iterable[object]) -> tuple[str, ...]:
    """Return the names of parameters as a tuple; raise `BadScene` unless they are different plain words."""
    given = (names,) if isinstance(names, str) else tuple(names)
    words = tuple(name for name in given if isinstance(name, str) and NAME.fullmatch(name))
    if len(set(words)) != len(given):
        raise BadScene("names", names, "give different names of letters a to z, digits and underscores")
    if not words:
        raise BadScene("names", names, "at least one parameter is needed")
    return words


def _difference(function: Callable[[Array], Array], rows: Array, i: int, relative: float) -> Array:
    """Return the central difference `(n, ...)` of a function along parameter `i`."""
    step = relative * np.maximum(1.0, np.abs(rows[:, i]))
    ahead, behind = rows.copy(), rows.copy()
    with np.errstate(all="ignore"):
        ahead[:, i] += step
        behind[:, i] -= step
        # Divided by the distance of the two floats, not by the step that was meant.
        return (function(ahead) - function(behind)) / (ahead[:, i] - behind[:, i])[:, None]


def _trial_points(dim: int, where: Places) -> Array:
    """Return a few points `(TRIALS, dim)` within the region, or around the start, or around zero; always the same."""
    unit = np.random.default_rng(0).random((TRIALS, dim))
    if where.region is not None:
        low, high = np.array(where.region).T
        return np.asarray(low + (high - low) * unit)
    centre = np.zeros(dim) if where.start is None else np.array(where.start)
    return np.asarray(centre + (2.0 * unit - 1.0) * np.maximum(1.0, 0.1 * np.abs(centre)))


class _Callable:
    """A user's callable as a function of rows `(n, dim)` -> `(n, width)`, and how it likes to be called."""

    def __init__(self, field_name: str, function: Callable[..., Any], width: int | None, trials: Array) -> None:
        if not callable(function):
            raise BadScene(field_name, function, "give a function of the parameters, such as lambda m: (m - 3)**2")
        self.field_name, self.function = field_name, function
        self.width = width or 1
        self.takes_arrays = self._agrees(trials)

    def __call__(self, rows: Array) -> Array:
        if not len(rows):
            return np.empty((0, self.width))
        if self.takes_arrays:
            try:
                return self._on_arrays(rows)
            except (ArithmeticError, ValueError):
                return np.concatenate([self._alone(row) for row in rows])
        return np.array([self._on_floats(row) for row in rows])

    def _agrees(self, trials: Array) -> bool:
        """Say whether arrays give what single numbers give; one that fails on arrays is called with numbers."""
        singly = np.array([self._on_floats(row) for row in trials])
        try:
            together = self._on_arrays(trials)
        except Exception:  # anything at all may happen to code that was not written for arrays
            return False
        return np.allclose(together, singly, rtol=1e-10, atol=1e-300, equal_nan=True)

    def _alone(self, row: Array) -> Array:
        """Return one row `(1, width)` of a callable that takes arrays but refused some of the points."""
        try:
            return self._on_arrays(row[None, :])
        except (ArithmeticError, ValueError):
            return np.full((1, self.width), np.nan)

    def _on_arrays(self, rows: Array) -> Array:
        # A point alone goes in twice: NumPy takes other paths for one element, which may differ in the last bit.
        padded = np.repeat(rows, 2, axis=0) if len(rows) == 1 else rows
        with np.errstate(all="ignore"):
            columns = list(self._parts(self.function(*(column.copy() for column in padded.T))))
        if any(np.shape(column) != (len(padded),) or np.iscomplexobj(column) for column in columns):
            raise ValueError("not elementwise")
        return np.stack([np.asarray(column, dtype=np.float64) for column in columns], axis=-1)[: len(rows)]

    def _on_floats(self, row: Array) -> list[float]:
        try:
            with np.errstate(all="ignore"):
                result = self.function(*row.tolist())
        except (ArithmeticError, ValueError):
            return [np.nan] * self.width
        return [self._number(part) for part in self._parts(result)]

    def _parts(self, result: Any) -> Iterator[Any]:
        parts = [result] if self.width == 1 else list(result) if np.iterable(result) else []
        if len(parts) != self.width:
            wanted = "a number" if self.width == 1 else f"{self.width} numbers, one for each parameter"
            raise BadScene(self.field_name, result, f"it must return {wanted}")
        yield from parts

    def _number(self, part: Any) -> float:
        if isinstance(part, complex | np.complexfloating):
            return float(np.nan)  # such as (-8.0) ** (1 / 3)
        if isinstance(part, str | bytes) or np.shape(part) or not hasattr(part, "__float__"):
            raise BadScene(self.field_name, part, "it must return real numbers")
        return real(part)
