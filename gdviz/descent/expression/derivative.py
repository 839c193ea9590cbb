"""The derivative of a tree on paper: for the screen, so it is tidied a little and never worked out at any price."""

from functools import cache

from gdviz.descent.expression.elementary import PAIRWISE, UNARY
from gdviz.descent.expression.parse import parse
from gdviz.descent.expression.tree import Binary, Call, Constant, Expression, Name, Negative, Number, walk

ZERO, ONE = Number(0.0), Number(1.0)


class Inexpressible(Exception):
    """The derivative can't be written with the functions of a formula: that of `relu`, `min` and `max`."""


def derivative(tree: Expression, name: str) -> Expression:
    """Return the derivative by one parameter; raise `Inexpressible` where a function has none that can be written."""
    if all(node != Name(name) for node in walk(tree)):
        return ZERO
    match tree:
        case Negative(operand):
            return negate(derivative(operand, name))
        case Binary("+", left, right):
            return add(derivative(left, name), derivative(right, name))
        case Binary("-", left, right):
            return subtract(derivative(left, name), derivative(right, name))
        case Binary("*", left, right):
            return add(multiply(derivative(left, name), right), multiply(left, derivative(right, name)))
        case Binary("/", left, right):
            return _of_quotient(left, right, name)
        case Binary(_, base, exponent):
            return _of_power(base, exponent, name)
        case Call(function, arguments):
            return _of_call(function, arguments, name)
        case _:
            return ONE


def _of_quotient(above: Expression, below: Expression, name: str) -> Expression:
    by_above, by_below = derivative(above, name), derivative(below, name)
    if by_below == ZERO:
        return divide(by_above, below)
    return divide(subtract(multiply(by_above, below), multiply(above, by_below)), power(below, Number(2.0)))


def _of_power(base: Expression, exponent: Expression, name: str) -> Expression:
    by_base, by_exponent = derivative(base, name), derivative(exponent, name)
    lowered = multiply(multiply(exponent, by_base), power(base, subtract(exponent, ONE)))
    if by_exponent == ZERO:
        return lowered
    is_e = base == Constant("e", 2.718281828459045)
    logarithm = ONE if is_e else Call("log", (base,))
    return add(lowered, multiply(multiply(by_exponent, logarithm), Binary("**", base, exponent)))


def _of_call(function: str, arguments: tuple[Expression, ...], name: str) -> Expression:
    variables = ("x",) if function in UNARY else ("a", "b")
    filling = dict(zip(variables, arguments, strict=False))
    total: Expression = ZERO
    for slope, argument in zip(_slopes(function), arguments, strict=True):
        total = add(total, multiply(derivative(argument, name), _fill(slope, filling)))
    return total


@cache
def _slopes(function: str) -> tuple[Expression, ...]:
    texts = PAIRWISE[function].slopes if function in PAIRWISE else UNARY[function].slope
    if texts is None:
        raise Inexpressible(function)
    return tuple(parse(text, {}) for text in ([texts] if isinstance(texts, str) else texts))


def _fill(slope: Expression, filling: dict[str, Expression]) -> Expression:
    match slope:
        case Name(name):
            return filling[name]
        case Negative(operand):
            return negate(_fill(operand, filling))
        case Binary(sign, left, right):
            return Binary(sign, _fill(left, filling), _fill(right, filling))
        case Call(function, arguments):
            return Call(function, tuple(_fill(argument, filling) for argument in arguments))
        case _:
            return slope


def negate(tree: Expression) -> Expression:
    """Return minus the tree."""
    return multiply(Number(-1.0), tree)


def add(left: Expression, right: Expression) -> Expression:
    """Return the sum, like terms joined."""
    (m, term), (n, other) = _split(left), _split(right)
    if m == 0 or n == 0:
        return right if m == 0 else left
    if term == other:
        return _scale(m + n, term)
    if n < 0:
        return Binary("-", left, _scale(-n, other))
    return Binary("-", right, _scale(-m, term)) if m < 0 else Binary("+", left, right)


def subtract(left: Expression, right: Expression) -> Expression:
    """Return the difference, like terms joined."""
    return add(left, negate(right))


def multiply(left: Expression, right: Expression) -> Expression:
    """Return the product, its number in front."""
    (m, factor), (n, other) = _split(left), _split(right)
    return _scale(m * n, _join(factor, other))


def divide(above: Expression, below: Expression) -> Expression:
    """Return the quotient, shortened by a whole number."""
    (m, factor), (n, other) = _split(above), _split(below)
    if m == 0 or n == 0:
        return Binary("/", above, below) if n == 0 else ZERO
    if m < 0:
        return negate(divide(_scale(-m, factor), below))
    if n < 0:
        return negate(divide(above, _scale(-n, other)))
    if m % n == 0:
        m, n = m / n, 1.0
    elif n % m == 0:
        m, n = 1.0, n / m
    below = _scale(n, other)
    return _scale(m, factor) if below == ONE else Binary("/", _scale(m, factor), below)


def power(base: Expression, exponent: Expression) -> Expression:
    """Return the power; those to 0 and to 1 are carried out."""
    if exponent == ZERO:
        return ONE
    return base if exponent == ONE else Binary("**", base, exponent)


def _join(left: Expression, right: Expression) -> Expression:
    """Multiply two trees that have no number in front."""
    if ONE in (left, right):
        return right if left == ONE else left
    if left == right:
        return Binary("**", left, Number(2.0))
    match left, right:
        case _, Binary("/", above, below):
            return Binary("/", _join(left, above), below)
        case Binary("/", above, below), _:
            return Binary("/", _join(above, right), below)
        case _, Binary("*", first, second):
            return _join(_join(left, first), second)
    return Binary("*", left, right)


def _scale(number: float, tree: Expression) -> Expression:
    if number < 0:
        match _scale(-number, tree):
            case Number(value):
                return Number(-value)
            case Negative(operand):
                return operand
            case scaled:
                return Negative(scaled)
    if number == 0 or tree == ONE:
        return Number(number)
    if number == 1:
        return tree
    match tree:  # the number stands before the first factor: 6 x / y, 6 x y
        case Binary("/", above, below):
            return divide(_scale(number, above), below)
        case Binary("*", left, right):
            return Binary("*", _scale(number, left), right)
    return Binary("*", Number(number), tree)


def _split(tree: Expression) -> tuple[float, Expression]:
    """Return the number in front of a tree, and the tree without it."""
    match tree:
        case Number(value):
            return value, ONE
        case Negative(operand):
            number, rest = _split(operand)
            return -number, rest
        case Binary("*", left, right):
            (m, factor), (n, other) = _split(left), _split(right)
            return m * n, _join(factor, other)
        case Binary("/", above, below):
            number, rest = _split(above)
            return number, Binary("/", rest, below)
    return 1.0, tree
