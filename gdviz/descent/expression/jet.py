"""The value of a tree with its exact first and second derivatives, by forward differentiation.

Every operation is f(a, b, ...) of jets, and one chain rule serves them all:

    f_i  = Σ_k f'_k a_k,i
    f_ij = Σ_k f'_k a_k,ij + Σ_kl f''_kl a_k,i a_l,j

A derivative that is zero whatever the numbers is absent, not an array of zeros: so `c * m` has no 0 · ∞.

The rules stand here as plain NumPy on columns of numbers. For speed they are traced (`expression.tape`), which drops
what is computed in vain; so they may offer more than is needed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeAlias, TypeVar

import numpy as np

from gdviz.descent.expression.elementary import PAIRWISE, UNARY, Array, Pairwise
from gdviz.descent.expression.tape import Tape, trace
from gdviz.descent.expression.tree import Binary, Call, Constant, Expression, Name, Negative, Number
from gdviz.descent.expression.tree import parameters as names_in

Partials: TypeAlias = tuple[Array | None, ...]
Curvatures: TypeAlias = tuple[tuple[Array | None, ...], ...]
Key = TypeVar("Key")

ONE, ZERO = np.ones(()), np.zeros(())


@dataclass(slots=True)
class Jet:
    """A value `(n,)`, or `()` of a constant, with its derivatives by parameter `i`, and by `i <= j`."""

    value: Array
    slopes: dict[int, Array] = field(default_factory=dict)
    bends: dict[tuple[int, int], Array] = field(default_factory=dict)


def tape(tree: Expression, names: Sequence[str], order: int) -> Tape:
    """Return the tape of a tree: the value, then nothing, the gradient, or the Hessian row by row, by the order."""
    dim = range(len(names))

    def results(columns: Sequence[Array]) -> list[Array]:
        jet = evaluate(tree, {name: (i, columns[i]) for i, name in enumerate(names)}, order)
        if order == 0:
            return [jet.value]
        if order == 1:
            return [jet.value, *(jet.slopes.get(i, ZERO) for i in dim)]
        return [jet.value, *(jet.bends.get((min(i, j), max(i, j)), ZERO) for i in dim for j in dim)]

    return trace(results, len(names))


def evaluate(tree: Expression, parameters: Mapping[str, tuple[int, Array]], order: int) -> Jet:
    """Return the jet of a tree up to the given order of derivatives: 0, 1 or 2.

    parameters: the place of each in the vector, and its values `(n,)`.
    """
    match tree:
        case Number(value) | Constant(_, value):
            return Jet(np.array(value))
        case Name(name):
            place, column = parameters[name]
            return Jet(column, {place: ONE} if order else {})
        case Negative(operand):
            inside = evaluate(operand, parameters, order)
            return _chain(-inside.value, (inside,), (-ONE,), ((None,),), order)
        case Binary("**", base, exponent) if not names_in(exponent):
            power = float(evaluate(exponent, parameters, 0).value)
            return _fixed_power(evaluate(base, parameters, order), power, order)
        case Binary(sign, left, right):
            return _BINARY[sign](evaluate(left, parameters, order), evaluate(right, parameters, order), order)
        case Call(name, arguments):
            return _call(name, tuple(evaluate(argument, parameters, order) for argument in arguments), order)


def _chain(
    value: Array,
    arguments: tuple[Jet, ...],
    first: Partials,
    second: Curvatures,
    order: int,
    piecewise: bool = False,
) -> Jet:
    """Apply the chain rule."""
    jet = Jet(value)
    times = _cut if piecewise else np.multiply
    for partial, argument in zip(first, arguments, strict=True):
        if partial is not None:
            for i, slope in argument.slopes.items():
                _add(jet.slopes, i, times(partial, slope))
            for pair, bend in argument.bends.items():
                _add(jet.bends, pair, times(partial, bend))
    if order == 2:
        _add_curvatures(jet.bends, second, arguments, times)
    return jet


def _add_curvatures(
    bends: dict[tuple[int, int], Array],
    curvatures: Curvatures,
    arguments: tuple[Jet, ...],
    times: Callable[[Array, Array], Array],
) -> None:
    for row, left in zip(curvatures, arguments, strict=True):
        for curvature, right in zip(row, arguments, strict=True):
            if curvature is not None:
                for i, left_slope in left.slopes.items():
                    for j, right_slope in right.slopes.items():
                        if i <= j:
                            _add(bends, (i, j), times(times(curvature, left_slope), right_slope))


def _add(terms: dict[Key, Array], key: Key, term: Array) -> None:
    terms[key] = terms[key] + term if key in terms else term


def _cut(weight: Array, inside: Array) -> Array:
    return np.where(weight == 0, 0.0, weight * inside)


def _sum(left: Jet, right: Jet, order: int) -> Jet:
    return _chain(left.value + right.value, (left, right), (ONE, ONE), _STRAIGHT, order)


def _difference(left: Jet, right: Jet, order: int) -> Jet:
    return _chain(left.value - right.value, (left, right), (ONE, -ONE), _STRAIGHT, order)


def _product(left: Jet, right: Jet, order: int) -> Jet:
    a, b = left.value, right.value
    return _chain(a * b, (left, right), (b, a), ((None, ONE), (ONE, None)), order)


def _quotient(left: Jet, right: Jet, order: int) -> Jet:
    a, b = left.value, right.value
    quotient = a / b
    by_b = -(quotient / b)
    crossed = -1.0 / b / b
    return _chain(
        quotient, (left, right), (1.0 / b, by_b), ((None, crossed), (crossed, 2.0 * (quotient / b / b))), order
    )


def _power(base: Jet, exponent: Jet, order: int) -> Jet:
    a, b = base.value, exponent.value
    power = np.power(a, b)
    # 0**b is 0 for every b > 0, though the rule below would say 0 · -∞.
    logarithm = np.where((a == 0) & (b > 0), 0.0, np.log(a))
    first = _scaled_power(b, a, b - 1.0), power * logarithm
    crossed = np.where((a == 0) & (b > 1), 0.0, np.power(a, b - 1.0) * (1.0 + b * np.log(a)))
    second = (_scaled_power(b * (b - 1.0), a, b - 2.0), crossed), (crossed, power * logarithm * logarithm)
    return _chain(power, (base, exponent), first, second, order)


def _fixed_power(base: Jet, exponent: float, order: int) -> Jet:
    """Raise to a constant power, exact at zero and for negative bases: the factors 0 of a slope are left out."""

    def power(coefficient: float, remaining: float) -> Array | None:
        return coefficient * _raise(base.value, remaining) if coefficient else None

    first = power(exponent, exponent - 1.0)
    second = power(exponent * (exponent - 1.0), exponent - 2.0)
    return _chain(_raise(base.value, exponent), (base,), (first,), ((second,),), order)


def _raise(base: Array, exponent: float) -> Array:
    square = base * base
    products = {1.0: base, 2.0: square, 3.0: square * base, 4.0: square * square}
    return products[exponent] if exponent in products else np.power(base, exponent)


def _scaled_power(coefficient: Array, base: Array, exponent: Array) -> Array:
    return np.where(coefficient == 0, 0.0, coefficient * np.power(base, exponent))


def _call(name: str, arguments: tuple[Jet, ...], order: int) -> Jet:
    if name in PAIRWISE:
        row = PAIRWISE[name]
        return reduce(lambda left, right: _pair(row, left, right, order), arguments)
    unary, x = UNARY[name], arguments[0].value
    first = unary.first(x) if unary.first else None
    second = unary.second(x) if unary.second else None
    return _chain(unary.value(x), arguments, (first,), ((second,),), order, unary.piecewise)


def _pair(row: Pairwise, left: Jet, right: Jet, order: int) -> Jet:
    a, b = left.value, right.value
    aa, ab, bb = row.second(a, b) if row.second else (None, None, None)
    return _chain(row.value(a, b), (left, right), row.first(a, b), ((aa, ab), (ab, bb)), order, row.piecewise)


_STRAIGHT: Curvatures = ((None, None), (None, None))
_BINARY: Mapping[str, Callable[[Jet, Jet, int], Jet]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "**": _power,
}
