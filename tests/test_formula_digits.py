"""Gradients of formulas against arithmetic of fifty digits: SymPy differentiates, mpmath evaluates."""

from collections.abc import Callable, Iterator
from functools import reduce

import mpmath
import numpy as np
import pytest
import sympy

from gdviz.descent.expression.elementary import PAIRWISE, UNARY
from gdviz.descent.expression.parse import parse
from gdviz.descent.expression.tree import Binary, Call, Constant, Expression, Name, Negative, Number
from gdviz.descent.formula import Formula
from gdviz.descent.loss import Array
from gdviz.descent.surfaces import SURFACES, surface

DIGITS = 50
BAR = 1e-12  # of the length of the gradient, at every point
LAST_DIGIT = 2.0**-52
LIMITED = {
    **dict.fromkeys(("asin", "acos"), (-1.0, 1.0)),
    **dict.fromkeys(("log", "log2", "log10", "sqrt"), (0.0, 50.0)),
}


def either(condition: sympy.Basic, a: sympy.Expr, b: sympy.Expr) -> sympy.Expr:
    return sympy.Piecewise((a, condition), (b, True))


MEANING: dict[str, Callable[..., sympy.Expr]] = {
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh")},
    **{name: getattr(sympy, name) for name in ("exp", "log", "sqrt", "atan2")},
    "log2": lambda x: sympy.log(x) / sympy.log(2),
    "log10": lambda x: sympy.log(x) / sympy.log(10),
    "cbrt": lambda x: either(x > 0, sympy.cbrt(x), -sympy.cbrt(-x)),
    "sign": lambda x: either(x > 0, sympy.Integer(1), sympy.Integer(-1)),
    "abs": sympy.Abs,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "relu": lambda x: either(x > 0, x, sympy.Integer(0)),
    "min": lambda *several: reduce(lambda a, b: either(a < b, a, b), several),
    "max": lambda *several: reduce(lambda a, b: either(a > b, a, b), several),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
}
SIGNS: dict[str, Callable[[sympy.Expr, sympy.Expr], sympy.Expr]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "**": lambda a, b: a**b,
}


def exact(tree: Expression) -> sympy.Expr:
    """Return the tree in SymPy, each of its float64 numbers as the fraction that it is."""
    match tree:
        case Number(value) | Constant(_, value):
            return sympy.Rational(value)
        case Name(name):
            return sympy.Symbol(name, real=True)
        case Negative(operand):
            return -exact(operand)
        case Binary(sign, left, right):
            return SIGNS[sign](exact(left), exact(right))
        case Call(function, arguments):
            return MEANING[function](*map(exact, arguments))


def errors(loss: Formula, points: Array) -> Iterator[tuple[float, float]]:
    """Yield, for each point, how far the gradient is from the true one, and how long that is."""
    symbols = [sympy.Symbol(name, real=True) for name in loss.about.names]
    tree = exact(parse(loss.text, dict(loss.constants or ()), loss.about.names))
    true = sympy.lambdify(symbols, [tree.diff(symbol) for symbol in symbols], "mpmath", cse=True)
    with mpmath.workdps(DIGITS):
        for point, gradient in zip(points.tolist(), loss(points)[1].tolist(), strict=True):
            slopes = true(*map(mpmath.mpf, point))
            differences = [slope - true_slope for slope, true_slope in zip(gradient, slopes, strict=True)]
            yield float(mpmath.norm(differences)), float(mpmath.norm(slopes))


def worst_error(loss: Formula, points: Array) -> float:
    """Return the largest error of a gradient, as a part of its length."""
    return max(error / length if error else 0.0 for error, length in errors(loss, points))


def spread(loss: Formula, count: int, seed: int) -> Array:
    """Return points all over the region."""
    low, high = np.array(loss.about.region).T
    return np.random.default_rng(seed).uniform(low, high, (count, loss.about.dim))


def flat(loss: Formula, count: int, seed: int) -> Array:
    """Return points of the region that Newton's method, started all over it, has brought to where the slope is zero."""
    low, high = np.array(loss.about.region).T
    points = spread(loss, count, seed)
    for _ in range(8):
        points = points - (np.linalg.pinv(loss.hessian(points)) @ loss(points)[1][..., None])[..., 0]
        points = points[((points >= low) & (points <= high)).all(axis=1)]
    return points


@pytest.mark.parametrize("name", SURFACES)
def test_gradients_of_the_surfaces_have_twelve_digits(name: str) -> None:
    loss = surface(name)
    assert worst_error(loss, spread(loss, 1000, seed=0)) <= BAR


@pytest.mark.parametrize("name", SURFACES)
def test_near_a_flat_point_the_error_is_one_of_the_point_s_own_last_digits(name: str) -> None:
    # Where a gradient vanishes it can't have twelve digits: the terms that cancel have sixteen. The true gradient of a
    # point that is a few units in the last place away is what can be had, and what is asked for.
    loss = surface(name)
    flattest = flat(loss, 100, seed=1)
    noise = np.random.default_rng(2).normal(size=flattest.shape)
    for distance in (0.0, 1e-14, 1e-9, 1e-4):
        points = flattest + distance * noise
        moved = np.linalg.norm(np.abs(loss.hessian(points)) @ np.abs(points)[..., None], axis=(1, 2))
        for (error, length), by_moving in zip(errors(loss, points), moved, strict=True):
            assert error <= 4 * LAST_DIGIT * (by_moving + length)


@pytest.mark.parametrize("name", [*UNARY, *PAIRWISE])
def test_slopes_of_every_function_have_all_digits(name: str) -> None:
    loss = Formula(f"{name}(x)" if name in UNARY else f"{name}(x, y)")
    points = np.random.default_rng(0).uniform(*LIMITED.get(name, (-5.0, 5.0)), (200, loss.about.dim))
    assert worst_error(loss, points) <= 4 * LAST_DIGIT


@pytest.mark.parametrize("formula", ["x**2", "x**3", "x**4", "x**-3", "x**0.7", "2**x", "x**y", "x*y", "x/y"])
def test_slopes_of_every_sign_have_all_digits(formula: str) -> None:
    loss = Formula(formula)
    points = np.random.default_rng(0).uniform(0.1, 5.0, (200, loss.about.dim))
    assert worst_error(loss, points) <= 4 * LAST_DIGIT


@pytest.mark.slow
@pytest.mark.parametrize("name", SURFACES)
def test_of_a_hundred_thousand_gradients_only_nearly_flat_ones_have_fewer_digits(name: str) -> None:
    loss = surface(name)
    points = spread(loss, 100_000, seed=3)
    steepest = np.abs(loss(points)[1]).max()
    for error, length in errors(loss, points):
        assert error <= BAR * length or length < 1e-3 * steepest
