"""The functions that a formula may call, each with its derivatives: one row a function.

What a loss is at the points where it has no derivative is a convention, the one of PyTorch where it has one:

- at a kink (`abs`, `sign`, `relu`, `hypot` at zero) slope and curvature are 0;
- where the arguments of `min` or `max` are equal, the slope is the mean of theirs;
- a branch that `min`, `max`, `relu` or `sign` does not take adds nothing, even where it is infinite.

Every function here is played from a tape (`expression.tape`): it must do the same whatever the numbers are, so it has
no `if` and asks for no shape. What it shares with another one is computed once for both.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True)
class Unary:
    """A function of one argument.

    value, first, second: the function and its derivatives, on arrays `(n,)`; none for a derivative that is always 0.
    latex: what stands before the bracket, or a template with `{}` for the argument.
    slope: the first derivative as a formula of `x`, or None where the signs of a formula can't say it.
    piecewise: where `first` is 0, the argument is cut off.
    """

    value: Callable[[Array], Array]
    first: Callable[[Array], Array] | None
    second: Callable[[Array], Array] | None
    latex: str
    slope: str | None
    piecewise: bool = False


@dataclass(frozen=True)
class Pairwise:
    """A function of two arguments `a, b`.

    first: the derivatives by `a` and by `b`. second: those by `aa`, `ab` and `bb`, none if they are always 0.
    several: more arguments are taken in turn, `f(f(a, b), c)`.
    """

    value: Callable[[Array, Array], Array]
    first: Callable[[Array, Array], tuple[Array, Array]]
    second: Callable[[Array, Array], tuple[Array, Array, Array]] | None
    latex: str
    slopes: tuple[str, str] | None
    piecewise: bool = False
    several: bool = False


def _decay(x: Array) -> Array:
    return np.exp(-np.abs(x))  # at most 1, so that nothing below overflows


def _sigmoid(x: Array) -> Array:
    return np.where(x < 0, _decay(x), 1.0) / (1.0 + _decay(x))


def _sigmoid_slope(x: Array) -> Array:
    return _decay(x) / np.square(1.0 + _decay(x))


def _sigmoid_bend(x: Array) -> Array:
    return -_sigmoid_slope(x) * np.tanh(x / 2.0)


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0.0) + np.log1p(_decay(x))


def _tan_slope(x: Array) -> Array:
    return 1.0 + np.square(np.tan(x))


def _tanh_slope(x: Array) -> Array:
    return 1.0 / np.square(np.cosh(x))


def _circle(x: Array) -> Array:
    return (1.0 - x) * (1.0 + x)  # 1 - x², without cancellation near ±1


def _first(x: Array, y: Array) -> tuple[Array, Array]:
    """Return the mean of both slopes at a tie, else 1 for the greater and 0 for the smaller."""
    greater = np.heaviside(np.where(x == y, 0.0, x - y), 0.5)
    return greater, 1.0 - greater


def _direction(a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return `a / r`, `b / r` and `r` for `r = hypot(a, b)`; both quotients are 0 at the origin."""
    radius = np.hypot(a, b)
    return np.where(radius == 0, 0.0, a / radius), np.where(radius == 0, 0.0, b / radius), radius


def _hypot_first(a: Array, b: Array) -> tuple[Array, Array]:
    return _direction(a, b)[:2]


def _hypot_second(a: Array, b: Array) -> tuple[Array, Array, Array]:
    by_a, by_b, radius = _direction(a, b)
    radius = np.where(radius == 0, 1.0, radius)
    return by_b * by_b / radius, -by_a * by_b / radius, by_a * by_a / radius


def _atan2_first(a: Array, b: Array) -> tuple[Array, Array]:
    by_a, by_b, radius = _direction(a, b)
    return by_b / radius, -by_a / radius


def _atan2_second(a: Array, b: Array) -> tuple[Array, Array, Array]:
    by_a, by_b, radius = _direction(a, b)
    twice = 2.0 * by_a * by_b / radius / radius
    return -twice, (by_a - by_b) * (by_a + by_b) / radius / radius, twice


LN2, LN10 = float(np.log(2.0)), float(np.log(10.0))

UNARY: dict[str, Unary] = {
    "sin": Unary(np.sin, np.cos, lambda x: -np.sin(x), r"\sin", "cos(x)"),
    "cos": Unary(np.cos, lambda x: -np.sin(x), lambda x: -np.cos(x), r"\cos", "-sin(x)"),
    "tan": Unary(np.tan, _tan_slope, lambda x: 2.0 * np.tan(x) * _tan_slope(x), r"\tan", "1/cos(x)**2"),
    "asin": Unary(
        np.arcsin,
        lambda x: 1.0 / np.sqrt(_circle(x)),
        lambda x: x / _circle(x) ** 1.5,
        r"\arcsin",
        "1/sqrt(1 - x**2)",
    ),
    "acos": Unary(
        np.arccos,
        lambda x: -1.0 / np.sqrt(_circle(x)),
        lambda x: -x / _circle(x) ** 1.5,
        r"\arccos",
        "-1/sqrt(1 - x**2)",
    ),
    "atan": Unary(
        np.arctan,
        lambda x: 1.0 / (1.0 + x * x),
        lambda x: -2.0 * x / np.square(1.0 + x * x),
        r"\arctan",
        "1/(1 + x**2)",
    ),
    "sinh": Unary(np.sinh, np.cosh, np.sinh, r"\sinh", "cosh(x)"),
    "cosh": Unary(np.cosh, np.sinh, np.cosh, r"\cosh", "sinh(x)"),
    "tanh": Unary(np.tanh, _tanh_slope, lambda x: -2.0 * np.tanh(x) * _tanh_slope(x), r"\tanh", "1 - tanh(x)**2"),
    "exp": Unary(np.exp, np.exp, np.exp, "e^{{{}}}", "exp(x)"),
    "log": Unary(np.log, lambda x: 1.0 / np.abs(x), lambda x: -1.0 / x / x, r"\ln", "1/x"),
    "log2": Unary(np.log2, lambda x: 1.0 / np.abs(x) / LN2, lambda x: -1.0 / x / x / LN2, r"\log_{2}", "1/(x*log(2))"),
    "log10": Unary(
        np.log10, lambda x: 1.0 / np.abs(x) / LN10, lambda x: -1.0 / x / x / LN10, r"\log_{10}", "1/(x*log(10))"
    ),
    "sqrt": Unary(
        np.sqrt,
        lambda x: 0.5 / np.sqrt(np.abs(x)),
        lambda x: -0.25 / np.sqrt(np.abs(x)) / np.abs(x),
        r"\sqrt{{{}}}",
        "1/(2*sqrt(x))",
    ),
    "cbrt": Unary(
        np.cbrt,
        lambda x: 1.0 / (3.0 * np.square(np.cbrt(x))),
        lambda x: -2.0 / (9.0 * np.square(np.cbrt(x)) * x),
        r"\sqrt[3]{{{}}}",
        "1/(3*cbrt(x)**2)",
    ),
    "abs": Unary(np.abs, np.sign, None, r"\left|{}\right|", "sign(x)"),
    "sign": Unary(np.sign, None, None, r"\mathrm{sign}", "0"),
    "sigmoid": Unary(_sigmoid, _sigmoid_slope, _sigmoid_bend, r"\mathrm{sigmoid}", "sigmoid(x)*(1 - sigmoid(x))"),
    "softplus": Unary(_softplus, _sigmoid, _sigmoid_slope, r"\mathrm{softplus}", "sigmoid(x)"),
    "relu": Unary(
        lambda x: np.maximum(x, 0.0), lambda x: np.heaviside(x, 0.0), None, r"\mathrm{relu}", None, piecewise=True
    ),
}

PAIRWISE: dict[str, Pairwise] = {
    "min": Pairwise(np.minimum, lambda a, b: _first(b, a), None, r"\min", None, piecewise=True, several=True),
    "max": Pairwise(np.maximum, _first, None, r"\max", None, piecewise=True, several=True),
    "atan2": Pairwise(
        np.arctan2, _atan2_first, _atan2_second, r"\mathrm{atan2}", ("b/(a**2 + b**2)", "-a/(a**2 + b**2)")
    ),
    "hypot": Pairwise(np.hypot, _hypot_first, _hypot_second, r"\mathrm{hypot}", ("a/hypot(a, b)", "b/hypot(a, b)")),
}

ALIASES = {"arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "ln": "log"}
NAMES = (*UNARY, *PAIRWISE)
CONSTANTS = {"pi": float(np.pi), "e": float(np.e), "tau": float(2.0 * np.pi)}
