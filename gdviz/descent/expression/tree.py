"""The tree of a formula: six kinds of immutable nodes, compared by value."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Sign: TypeAlias = Literal["+", "-", "*", "/", "**"]
Expression: TypeAlias = "Number | Constant | Name | Negative | Binary | Call"


@dataclass(frozen=True, slots=True)
class Number:
    """A number as written in the formula."""

    value: float


@dataclass(frozen=True, slots=True)
class Constant:
    """A name with a fixed value."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Name:
    """A parameter."""

    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    """Minus something."""

    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    """Two things joined by a sign."""

    sign: Sign
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the table, by its own name (never an alias), with its arguments."""

    function: str
    arguments: tuple[Expression, ...]


def children(tree: Expression) -> tuple[Expression, ...]:
    """Return the nodes directly below this one, from left to right."""
    match tree:
        case Negative(operand):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(tree: Expression) -> Iterator[Expression]:
    """Yield every node, a node before what is below it, from left to right."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(children(node)))


def parameters(tree: Expression) -> tuple[str, ...]:
    """Return the parameters in the order in which they first appear."""
    return tuple(dict.fromkeys(node.name for node in walk(tree) if isinstance(node, Name)))
