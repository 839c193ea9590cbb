"""A loss written as a formula: `Formula("(m - 3)**2 + 1")`."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from keyword import iskeyword
from math import isfinite, nan

import numpy as np

from gdviz.descent.expression import tree as nodes
from gdviz.descent.expression import writing
from gdviz.descent.expression.derivative import Inexpressible, derivative
from gdviz.descent.expression.elementary import ALIASES, NAMES
from gdviz.descent.expression.jet import tape
from gdviz.descent.expression.parse import NAME, parse
from gdviz.descent.expression.tape import Tape
from gdviz.descent.loss import About, Array
from gdviz.descent.places import Places, Point, Region, places, real
from gdviz.problems import BadFormula, BadScene

DEEPEST_SCREEN = 12  # levels: matplotlib gives up at about twice that
LONGEST_SLOPE = 60  # characters: a longer derivative would not be read from a slide


@dataclass(frozen=True)
class Formula:
    """A loss given as text, with exact derivatives; it compares, hashes, and prints as the call that makes it.

    text: numbers, names, `+ - * / **`, parentheses and these functions: sin cos tan asin acos atan sinh cosh tanh exp
        log log2 log10 sqrt cbrt abs sign sigmoid softplus relu min max atan2 hypot; `pi`, `e` and `tau` are known.
        It is read by a whitelist and never run as a program.
    constants: names with a fixed value, as a mapping or as pairs; they may hide `pi`, `e` and `tau`.
    parameters: the names to minimise by, in the order of the vector; in order of appearance unless said.
    region, minima, start, saddles: see `About`; with one parameter a bare interval and bare numbers will do.

    Values, gradients and Hessians come from the tree by forward differentiation, float64; where the loss is not a
    number neither are they. At kinks the conventions of `expression.elementary` hold.
    `str(formula)` reads back as a formula of the same values, the constants written out.

    Raises `BadFormula` with the place for a text that can't be read, `BadScene` for another field.

    >>> loss = Formula("(m - 3)**2 + 1")
    >>> loss.about.slopes
    ('2 (m - 3)',)
    >>> value, gradient = loss(np.array([5.0]))
    >>> float(value), gradient.tolist()
    (5.0, [4.0])
    """

    text: str
    constants: Mapping[str, float] | Iterable[tuple[str, float]] | None = None
    parameters: Iterable[str] | None = None
    region: Region | None = None
    minima: Iterable[Point] = ()
    start: Point | None = None
    saddles: Iterable[Point] = ()
    _tree: nodes.Expression = field(init=False, repr=False, compare=False)
    _places: Places = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        constants = _constants(self.constants)
        parameters = _parameters(self.parameters, constants)
        tree = parse(_checked_text(self.text), constants, parameters)
        names = _names(self.text, tree, constants, parameters)
        found = places(len(names), self.region, self.minima, self.start, self.saddles)
        settled = {
            "constants": tuple(sorted(constants.items())),
            "parameters": names,
            "_tree": tree,
            "_places": found,
            **vars(found),
        }
        for name, value in settled.items():
            object.__setattr__(self, name, value)

    def __str__(self) -> str:
        return writing.text(self._tree)

    @cached_property
    def about(self) -> About:
        """Names, region, minima, start, saddles; the formula and its derivatives in mathtext."""
        return About(self._names, _mathematics(self._tree), _slopes(self._tree, self._names), **vars(self._places))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.parameters or ())

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (
            self.text, self.constants, self.parameters, self.region, self.minima, self.start, self.saddles,
        )  # fmt: skip

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)` at points `(..., dim)`."""
        points = np.asarray(points, dtype=np.float64)
        value, gradient = self._derivatives(points, order=1)
        return value.reshape(points.shape[:-1]), gradient.reshape(points.shape)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., dim)`."""
        points = np.asarray(points, dtype=np.float64)
        value, _ = self._derivatives(points, order=0)
        return value.reshape(points.shape[:-1])

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)` at points `(..., dim)`."""
        points = np.asarray(points, dtype=np.float64)
        _, hessian = self._derivatives(points, order=2)
        return hessian.reshape(*points.shape, len(self._names))

    def at(self, step: int) -> "Formula":  # noqa: ARG002 - the same at every step
        """Return the loss itself: it does not change from step to step."""
        return self

    def _derivatives(self, points: Array, order: int) -> tuple[Array, Array]:
        """Return the loss `(n,)` and its derivatives of the order alone `(n, dim**order)`, without any for order 0."""
        dim = len(self._names)
        if points.ndim == 0 or points.shape[-1] != dim:
            raise ValueError(f"points must have the shape (..., {dim}), not {points.shape}")
        if order not in self._tapes:
            self._tapes[order] = tape(self._tree, self._names, order)
        played = self._tapes[order]
        if points.size == dim:
            number, *numbers = played.at_point(points.ravel().tolist())
            return np.array([number]), np.array([numbers if number == number else [nan] * len(numbers)])
        value, *columns = played.at_points(list(np.ascontiguousarray(points.reshape(-1, dim).T)))
        derivatives = np.empty((len(value), len(columns)))
        for i, column in enumerate(columns):
            derivatives[:, i] = column
        derivatives[np.isnan(value)] = nan
        return np.array(value), derivatives

    @cached_property
    def _tapes(self) -> dict[int, Tape]:
        return {}


def _checked_text(text: str) -> str:
    if not isinstance(text, str):
        raise BadScene("text", text, "a formula is a string such as '(m - 3)**2 + 1'")
    return text


def _constants(given: Mapping[str, float] | Iterable[tuple[str, float]] | None) -> dict[str, float]:
    try:
        pairs = dict(given or ())
    except (TypeError, ValueError):
        raise BadScene("constants", given, "give names with numbers, such as {'a': 2.0}") from None
    for name, number in pairs.items():
        _check_name("constants", name)
        if not isfinite(real(number)):
            raise BadScene(f"constants, {name}", number, "a constant is a finite number")
    return {name: real(number) for name, number in pairs.items()}


def _parameters(given: Iterable[str] | None, constants: Mapping[str, float]) -> tuple[str, ...] | None:
    if given is None:
        return None
    names = (given,) if isinstance(given, str) else tuple(given)
    for name in names:
        _check_name("parameters", name)
        if name in constants or names.count(name) > 1:
            raise BadScene("parameters", name, "each name has one meaning, so it can't be given twice")
    return names


def _check_name(field: str, name: object) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or iskeyword(name):
        raise BadScene(field, name, "a name has letters a to z, digits and underscores, and is no word of Python")
    if ALIASES.get(name, name) in NAMES:
        raise BadScene(field, name, "this is the name of a function; choose another")


def _names(
    text: str, tree: nodes.Expression, constants: Mapping[str, float], parameters: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return the parameters in order, having checked that what was named is used."""
    found = nodes.parameters(tree)
    used = {node.name for node in nodes.walk(tree) if isinstance(node, nodes.Constant)}
    for field_name, given, present in (("constants", constants, used), ("parameters", parameters or (), found)):
        for name in given:
            if name not in present:
                raise BadScene(field_name, name, f"the formula {text[:60]!r} does not contain it; leave it out")
    if not found:
        raise BadFormula("the formula has no parameter to minimise by; give it one, such as (m - 3)**2", text, 0)
    return parameters or found


def _slopes(tree: nodes.Expression, names: tuple[str, ...]) -> tuple[str, ...]:
    """Write the derivative by each parameter; nothing at all where one can't be shown."""
    slopes: list[str] = []
    for name in names:
        try:
            slope = derivative(tree, name)
        except Inexpressible:
            return ()
        # Each node takes at least one character, so that a long derivative is not even written.
        is_long = len(list(islice(nodes.walk(slope), LONGEST_SLOPE + 1))) > LONGEST_SLOPE
        if is_long or len(writing.text(slope)) > LONGEST_SLOPE:
            return ()
        written = _mathematics(slope)
        if written is None:
            return ()
        slopes.append(written)
    return tuple(slopes)


def _mathematics(tree: nodes.Expression) -> str | None:
    """Write a tree for the screen, or nothing where it is nested deeper than a picture can set it."""
    written, level = writing.latex(tree), 0
    for bracket in re.findall(r"\\left|\\right|[{}]", written):
        level += 1 if bracket in (r"\left", "{") else -1
        if level > DEEPEST_SCREEN:
            return None
    return written
