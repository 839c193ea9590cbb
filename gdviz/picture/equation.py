"""The rule of a method in columns: each quantity with its word, its numbers and its width; and the signs between."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from gdviz.descent.digits import digits, term_decimals
from gdviz.descent.loss import Fit
from gdviz.descent.story import Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.terms import term, term_word
from gdviz.picture.theme import NAME, NUMBER
from gdviz.words import MINUS, number_from, short, shown_names, word

_BEFORE = ("−", "+", "×", "÷")  # signs with which a line may begin
Width = Callable[[str, float, bool], float]  # of a text of a size, bold or not, in units

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*|[\d.]+(?:[eE][-+]?\d+)?)|([-+*/()]))")
_SIGNS = {"-": "−", "+": "+", "*": "×", "/": "÷", "(": "(", ")": ")"}


@dataclass
class Column:
    """A quantity of the rule: its word, its place, its numbers as a text for each parameter.

    down: how far its line is below the first.
    """

    name: str
    role: str
    width: float
    digits: int | None
    right: float = 0.0
    down: float = 0.0
    texts: list[Any] = field(default_factory=list)
    title: Any = None


class Equation:
    """The rule of one run in columns; `width` measures a text of a size, bold or not."""

    def __init__(self, story: Story, run: int, width: Width) -> None:
        self.path, self.last, self._width = story.runs[run], story.last(run), width
        self._names = shown_names(story.loss.about.names)[:2]
        self.dim = len(self._names)
        self._slope = word("gradient" if isinstance(story.loss, Fit) or self.dim > 1 else "slope")
        self.tokens, self.anew = _read(self.path)
        self._shown = digits(story)
        self._found: dict[str, int | None] = {}  # decimals, which take a look at the whole run

    def _words(self, name: str) -> str:
        if name[0] in ".0123456789":
            return ""
        return self._names[0] if name == "parameter" else term_word(name, self._slope)

    def columns(self, size: float) -> list[Column | str]:
        """The columns and the signs between them; a place worked out anew does not start from the old one."""
        first = ", ".join(self._names)
        made: list[Column | str] = [self._column(word("new", m=first), "parameter", self.now(), "m", size), "="]
        if not self.anew:
            made.append(self._column(first, "parameter", self.now(), "m", size))
        tokens = self.tokens if self.tokens[:1] == ["-"] or self.anew else ["+", *self.tokens]
        for token in tokens:
            if token in _SIGNS:
                made.append(_SIGNS[token])
            else:
                made.append(self._column(self._words(token), term(token).role, self.term(token), token, size))
        return made

    def now(self) -> np.ndarray:
        """Return the parameters `(positions, dim)`."""
        params: np.ndarray = self.path.params[: self.last + 1, 0, : self.dim]
        return params

    def term(self, name: str) -> np.ndarray:
        """Return a term of the rule at each step, `(steps, dim)`; a number in the rule is the same at each."""
        if not self.last:
            return np.zeros((1, self.dim))
        if name[0] in ".0123456789":
            return np.full((self.last, self.dim), float(name))
        whole = self.path.step if name == "step" else self.path.terms[name]
        term: np.ndarray = whole[: self.last, 0, : self.dim]
        return term

    def _digits(self, name: str) -> int | None:
        """The decimals of a column; None for a setting, which is shown as it was written."""
        if name not in self._found:
            self._found[name] = self._find_digits(name)
        return self._found[name]

    def _find_digits(self, name: str) -> int | None:
        if name == "m" or term(name).unit == "parameter":
            return self._shown.param
        if name[0] in ".0123456789":
            return None
        return self._shown.slope if name == "gradient" else term_decimals(self.path, name, self.last)

    def _column(self, title: str, role: str, values: np.ndarray, name: str, size: float) -> Column:
        digits = self._digits(name)
        wide = max(self._width(text, NUMBER * size, True) for text in self._shown_texts(name, values))
        return Column(name, role, max(wide, self._width(title, NAME * size, False)) + 28 * size, digits, title=title)

    def text(self, name: str, value: float, axis: int) -> str:
        """Return a number of a column as the table shows it: below zero in brackets, but for the place itself."""
        digits = self._digits(name)
        base = self._shown.base(axis) if name == "m" or term(name).role == "parameter" else 0.0
        text = short(value) if digits is None else number_from(base, value, digits)
        return f"({text})" if name != "m" and text.startswith(MINUS) else text

    def _shown_texts(self, name: str, values: np.ndarray) -> list[str]:
        """Return texts of a column among which is the longest."""
        return [self.text(name, value, axis) for axis in range(self.dim) for value in _longest(values[:, [axis]])]

    def measure(self, size: float, part: slice = slice(None)) -> float:
        """Return the width of the columns and signs, or of a part of them, in units."""
        return sum(self._widths(size)[part])

    def _widths(self, size: float) -> list[float]:
        return [c.width if isinstance(c, Column) else sign_width(c) * size for c in self.columns(size)]

    def breaks(self, room: float, most: int) -> tuple[int, ...]:
        """Return before which columns and signs a new line begins, so that lines are at most `room` units wide.

        There are at most `most` lines, too wide ones if need be. The second begins with what is added to the parameter.
        """
        first, widths = [] if self.anew else [3], self._widths(1.0)

        def broadest(breaks: tuple[int, ...]) -> float:
            return max(sum(widths[begin:end]) for begin, end in pairwise((0, *breaks, None)))

        loose = {k: bond for k, bond in self._bonds().items() if k not in first}
        best: tuple[int, ...] = ()
        for lines in range(1, most + 1):
            rests = combinations(loose, max(0, lines - 1 - len(first)))
            choices = [(*first[: lines - 1], *rest) for rest in rests]
            fits = [breaks for breaks in choices if broadest(breaks) <= room]
            if fits:
                return min(fits, key=lambda breaks: (sum(loose.get(k, 0) for k in breaks), broadest(breaks)))
            best = min(choices, key=broadest, default=best)
        return best

    def _bonds(self) -> dict[int, int]:
        """Return how closely each sign after the first quantity binds: products more than sums, and in brackets."""
        found, depth = {}, 0
        columns = self.columns(1.0)
        for k, sign in enumerate(columns):
            if sign in _BEFORE and k > 2 and columns[k - 1] != "(":
                found[k] = 2 * depth + (sign in "×÷")
            depth += {"(": 1, ")": -1}.get(sign, 0) if isinstance(sign, str) else 0
        return found

    def widest(self, column: Column) -> str:
        """Return the longest number that a column will show."""
        values = self.now() if column.name == "m" else self.term(column.name)
        return max(self._shown_texts(column.name, values), key=len)


def _read(path: Trajectory) -> tuple[list[str], bool]:
    """Cut a run's rule into names and signs, and say whether it finds the new place without the old one.

    A rule that takes the place off again is shown without it. Where there is no rule, the step itself is shown; for one
    parameter Newton's direction is the slope over the curvature. Where epsilon counts, the usual size is told apart
    from it.
    """
    rule = path.rule or "step"
    if "curvature" in path.terms:
        rule = rule.replace("newton_direction", "gradient / curvature")
    if "epsilon" in path.terms and "usual_size" in rule and _counts(path.terms["epsilon"], path.terms["root"]):
        rule = rule.replace("usual_size", "(root + epsilon)")
    anew = rule.endswith(" - parameter")
    return [name or sign for name, sign in _TOKEN.findall(rule.removesuffix(" - parameter"))], anew


def _counts(part: np.ndarray, whole: np.ndarray) -> bool:
    """Say whether a part is ever more than a hundredth of the whole."""
    return bool((part > 0.01 * whole)[whole > 0].any())


def _longest(values: np.ndarray) -> list[float]:
    """Return the numbers among which is the one with the longest text: those of a million and more lose decimals."""
    groups = (values[np.abs(values) < limit] for limit in (1e6, 1e7, np.inf))
    return [values[0, 0], *(float(end) for group in groups if group.size for end in (group.min(), group.max()))]


def sign_width(sign: str) -> float:
    """Return the room that a sign takes at the usual size, in units."""
    return 18.0 if sign in "()" else 44.0
