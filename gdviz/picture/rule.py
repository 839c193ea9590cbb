"""The update rule as a table: each word above this step's number."""

import re
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from gdviz.descent.digits import digits, term_decimals
from gdviz.descent.loss import Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.curve import signed
from gdviz.picture.result import Result
from gdviz.picture.terms import term, term_word
from gdviz.picture.theme import NAME, NUMBER, Theme
from gdviz.picture.view import Box, Moving, Pen, reveal
from gdviz.words import number, short, word

_TOKEN = re.compile(r"\s*(?:([A-Za-z_]\w*|[\d.]+(?:[eE][-+]?\d+)?)|([-+*/()]))")
_SIGNS = {"-": "−", "+": "+", "*": "×", "/": "÷", "(": "(", ")": ")"}
_TOLD = (Phase.LOOK, Phase.DECIDE, Phase.ASK, Phase.MOVE, Phase.REST)


@dataclass(frozen=True)
class Rule:
    """The rule of the method with the numbers of this step, a question mark until the move.

    readout: write the loss, before and after the step, beside it.

    What to watch: in *look* the slope comes in, in *decide* the step is worked out, in *move* the new value.
    """

    readout: bool = True

    def draw(self, axes: Axes, story: Story, theme: Theme) -> Moving:
        """Return what moves: every run has a table of its own."""
        pen = Pen(axes, theme)
        runs = range(len(story.runs))
        tables = [_Table(pen, story, run, self.readout) for run in runs]
        results = [Result(pen, story, run) for run in runs]

        def show(moment: Moment) -> None:
            for run, (table, result) in enumerate(zip(tables, results, strict=True)):
                over = moment.phase is Phase.REST and bool(result.artists)
                table.show(moment if run == moment.run and not (over and result.compares) else None, over=over)
                reveal(result.artists, over and run == moment.run)

        tabled, found = ([artist for one in kind for artist in one.artists] for kind in (tables, results))
        return Moving([*tabled, *found], show)


@dataclass
class _Column:
    """A quantity of the rule: its word, its place, its numbers as a text for each parameter."""

    name: str
    role: str
    width: float
    digits: int | None
    right: float = 0.0
    texts: list[Any] = field(default_factory=list)
    title: Any = None


class _Table:
    """The table of one run."""

    def __init__(self, pen: Pen, story: Story, run: int, readout: bool) -> None:
        self.pen, self.story, self.path, self.last = pen, story, story.runs[run], story.last(run)
        self.dim = min(2, story.loss.about.dim)
        self.slope = word("gradient" if isinstance(story.loss, Fit) or self.dim > 1 else "slope")
        self.tokens, self.anew = _read(self.path)
        self.shown = digits(story)
        top = pen.box.top
        self.rows = [top + 69] if self.dim == 1 else [top + 62, top + 102]
        self.titles_at = top + 27
        room = pen.box.width
        readout_left = pen.box.left + (852.0 if room >= 1184 else room)
        self.size = 1.0
        total = self._measure(1.0)
        fits = readout_left - pen.box.left - 24
        self.readout = readout and total * 0.8 <= fits
        limit = fits if self.readout else room
        if total > limit:
            self.size = max(0.5, 0.98 * limit / total)  # type does not shrink quite in proportion
        self.artists: list[Artist] = []
        self._lay()
        self._read_out(readout_left, top)

    # columns

    def _words(self, name: str) -> str:
        if name[0] in ".0123456789":
            return ""
        return self.story.loss.about.names[0] if name == "parameter" else term_word(name, self.slope)

    def _columns(self, size: float) -> list[_Column | str]:
        """The columns and the signs between them; a place worked out anew does not start from the old one."""
        first = ", ".join(self.story.loss.about.names[: self.dim])
        made: list[_Column | str] = [self._column(word("new", m=first), "parameter", self._now(), "m", size), "="]
        if not self.anew:
            made.append(self._column(first, "parameter", self._now(), "m", size))
        tokens = self.tokens if self.tokens[:1] == ["-"] or self.anew else ["+", *self.tokens]
        for token in tokens:
            if token in _SIGNS:
                made.append(_SIGNS[token])
            else:
                made.append(self._column(self._words(token), term(token).role, self._term(token), token, size))
        return made

    def _now(self) -> np.ndarray:
        params: np.ndarray = self.path.params[: self.last + 1, 0, : self.dim]
        return params

    def _term(self, name: str) -> np.ndarray:
        if not self.last:
            return np.zeros((1, self.dim))
        if name[0] in ".0123456789":
            return np.full((self.last, self.dim), float(name))
        whole = self.path.step if name == "step" else self.path.terms[name]
        term: np.ndarray = whole[: self.last, 0, : self.dim]
        return term

    def _digits(self, name: str) -> int | None:
        """The decimals of a column; None for a setting, which is shown as it was written."""
        if name == "m" or term(name).unit == "parameter":
            return self.shown.param
        if name[0] in ".0123456789":
            return None
        return self.shown.slope if name == "gradient" else term_decimals(self.path, name, self.last)

    def _column(self, title: str, role: str, values: np.ndarray, name: str, size: float) -> _Column:
        digits = self._digits(name)
        shown = [self._format(v, digits, bracket=name != "m") for v in _longest(values)]
        wide = max(self.pen.width(text, NUMBER * size, bold=True) for text in shown)
        return _Column(name, role, max(wide, self.pen.width(title, NAME * size)) + 28 * size, digits, title=title)

    @staticmethod
    def _format(value: float, digits: int | None, *, bracket: bool) -> str:
        text = short(value) if digits is None else number(value, digits)
        return f"({text})" if bracket and text.startswith("\N{MINUS SIGN}") else text

    def _measure(self, size: float) -> float:
        return sum(c.width if isinstance(c, _Column) else _sign_width(c) * size for c in self._columns(size))

    def _lay(self) -> None:
        """Place the columns from the left, and the bracket under what makes the step."""
        pen, size = self.pen, self.size
        x, after = pen.box.left, None
        self.columns: list[_Column] = []
        self.texts: list[Artist] = []
        for column in self._columns(size):
            if isinstance(column, str):
                wide = _sign_width(column) * size
                for row in self.rows:
                    self.texts.append(
                        pen.text(x + wide / 2, row, column, NUMBER * size, bold=column in "()", align="center")
                    )
                if column not in "()":
                    self.texts.append(
                        pen.text(x + wide / 2, self.titles_at, column, NAME * size, "muted", align="center")
                    )
                after = x if after is None and column in "−+" else after
                x += wide
                continue
            self._place(column, x)
            x += column.width
        self.begin, self.end = (after or pen.box.left) + 6, x - 8
        self._bracket()
        self.tint = {
            Phase.LOOK: self._plate(self._tinted("gradient"), "slope"),
            Phase.MOVE: self._plate(self.columns[0], "parameter"),
        }
        plates = [plate for plate in self.tint.values() if plate is not None]
        numbers = [text for column in self.columns for text in column.texts]
        self.artists = [*plates, *self.bracket_artists, *self.texts, *numbers]

    def _tinted(self, name: str) -> _Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def _plate(self, column: _Column | None, role: str) -> Any:
        if column is None:
            return None
        left = column.right + 14 * self.size - column.width
        top, bottom = self.titles_at - 20, self.rows[-1] + 16
        return self.pen.plate(Box(left, top, left + column.width, bottom), self.pen.theme.tint(role), 8)

    def _place(self, column: _Column, x: float) -> None:
        pen, size = self.pen, self.size
        middle = x + column.width / 2
        self.texts.append(pen.text(middle, self.titles_at, column.title, NAME * size, column.role, align="center"))
        widest = self._widest(column)
        column.right = x + column.width - 14 * size
        self.columns.append(column)
        edge = middle + pen.width(widest, NUMBER * size, bold=True) / 2
        column.texts = [
            pen.text(edge, row, "", NUMBER * size, column.role, bold=True, align="right") for row in self.rows
        ]
        column.edge, column.middle = edge, middle  # type: ignore[attr-defined]
        column.paren = pen.width(")", NUMBER * size, bold=True) if "(" in widest else 0.0  # type: ignore[attr-defined]

    def _widest(self, column: _Column) -> str:
        values = self._now() if column.name == "m" else self._term(column.name)
        shown = [self._format(v, column.digits, bracket=column.name != "m") for v in _longest(values)]
        return max(shown, key=len)

    def _bracket(self) -> None:
        """The bracket under `- rate x slope`, with the step that it makes."""
        pen, y = self.pen, self.rows[-1] + 25
        self.step_text = pen.text((self.begin + self.end) / 2, y + 35, "", NAME, "rate", bold=True, align="center")
        self.bracket = pen.line(
            [(self.begin, y), (self.begin, y + 9), (self.end, y + 9), (self.end, y)], 2.5, pen.theme.rate
        )
        wide = pen.width(f"{word('step')} +{self._widest(self.columns[1])}", NAME, bold=True) + 28
        middle = (self.begin + self.end) / 2
        plate = Box(middle - wide / 2, y + 13, middle + wide / 2, y + 45)
        self.step_plate = pen.plate(plate, pen.theme.tint("rate"), 8)
        # One number that is added, or a place found without the old one, needs no sum under it.
        plain = self.dim > 1 or self.anew or self.tokens == ["step"]
        self.bracket_artists: list[Artist] = [] if plain else [self.step_plate, self.bracket, self.step_text]

    def _read_out(self, left: float, top: float) -> None:
        """The loss before and after the step, to the right of the table."""
        pen = self.pen
        self.loss_digits = self.shown.loss
        if not self.readout:
            self.loss_artists: list[Artist] = []
            return
        self.loss_title = pen.text(left, top + 27, word("loss"), NAME, "loss")
        self.loss_one = pen.text(left, top + 69, "", NUMBER, "loss", bold=True)
        self.loss_from = pen.text(left, top + 69, "", NUMBER, "loss")
        self.loss_to = pen.text(left, top + 69, "", NUMBER, "loss", bold=True)
        self.arrow = pen.text(left, top + 69, "→", NUMBER, "muted")
        self.loss_artists = [self.loss_title, self.loss_one, self.loss_from, self.loss_to, self.arrow]
        self.artists += self.loss_artists

    # what moves

    def show(self, moment: Moment | None, *, over: bool = False) -> None:
        """Fill the table for a moment; hide it where another run is told, or where the run is over."""
        told = moment is not None and not over and moment.phase in _TOLD and self.last > 0
        reveal([*self.texts, *(text for column in self.columns for text in column.texts)], told)
        if moment is not None and told:
            self._tell(moment)
        else:
            reveal([*self.bracket_artists, *(plate for plate in self.tint.values() if plate is not None)], False)
        self._show_loss(moment, told=told, over=over)

    def _tell(self, moment: Moment) -> None:
        """Write this step's numbers, as far as they are known by now."""
        k = min(moment.step, self.last - 1)
        landed = moment.phase is Phase.REST or moment.brisk or (moment.phase is Phase.MOVE and moment.progress >= 0.5)
        self._fill(k, landed, decided=moment.brisk or moment.phase not in (Phase.LOOK, Phase.ASK))
        for phase, plate in self.tint.items():
            if plate is None:
                continue
            reveal([plate], moment.phase is phase and not moment.brisk and (phase is not Phase.MOVE or landed))
        stepping = moment.phase in (Phase.DECIDE, Phase.MOVE, Phase.REST)
        reveal([self.bracket, self.step_text] if self.bracket_artists else [], stepping)
        reveal([self.step_plate] if self.bracket_artists else [], moment.phase is Phase.DECIDE)
        if stepping:
            self.step_text.write(f"{word('step')} {signed(float(self.path.step[k, 0, 0]), self.shown.param)}")

    def _show_loss(self, moment: Moment | None, *, told: bool, over: bool) -> None:
        """Show the loss where the run stands, and after the landing also the one before."""
        seen = moment is not None and (told or over or moment.phase is Phase.READY)
        if not (seen and self.readout):
            reveal(self.loss_artists, False)
            return
        assert moment is not None
        reveal([self.loss_title], True)
        landed = told and (moment.phase is Phase.REST or (moment.phase is Phase.MOVE and moment.progress >= 1))
        k = self.last if over else min(moment.step, max(0, self.last - 1))
        if landed and moment.brisk:  # of many quick steps only the latest loss is told
            self._losses(k + 1, None)
        else:
            self._losses(k, k + 1 if landed else None)

    def _fill(self, k: int, landed: bool, *, decided: bool) -> None:
        for place, column in enumerate(self.columns):
            seen = decided or column.name == "m" or column.name[0] in ".0123456789" or term(column.name).seen
            for p, text in enumerate(column.texts):
                self._number(column, text, self._value(place, column, k, p), seen if place else landed)

    def _value(self, place: int, column: _Column, k: int, p: int) -> float:
        if column.name == "m":
            return float(self.path.params[k + (place == 0), 0, p])
        return float(self._term(column.name)[k, p])

    def _number(self, column: Any, text: Any, value: float, known: bool) -> None:
        if not known:
            wide = self.pen.width("?", NUMBER * self.size, bold=True)
            text.write("?", column.middle + wide / 2)
            return
        words = self._format(value, column.digits, bracket=column.name != "m")
        text.write(words, column.edge if words.endswith(")") else column.edge - column.paren)

    def _losses(self, k: int, then: int | None) -> None:
        before = number(float(self.path.loss[k, 0]), self.loss_digits)
        if then is not None:
            after = number(float(self.path.loss[then, 0]), self.loss_digits)
            wide = self.pen.width(f"{before} → ", NUMBER) + self.pen.width(after, NUMBER, bold=True) + 20
            if self.loss_from.x + wide > self.pen.frame.right - 16:  # no room for both: the new one alone
                before, then = after, None
        reveal([self.loss_one], then is None)
        reveal([self.loss_from, self.loss_to, self.arrow], then is not None)
        self.loss_one.write(before)
        if then is not None:
            x = self.loss_from.x + self.pen.width(before, NUMBER) + 10
            self.loss_from.write(before)
            self.arrow.write("→", x)
            self.loss_to.write(
                number(float(self.path.loss[then, 0]), self.loss_digits), x + self.pen.width("→", NUMBER) + 10
            )


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


def _sign_width(sign: str) -> float:
    return 18.0 if sign in "()" else 44.0
