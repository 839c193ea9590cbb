"""The update rule as a table: each word above this step's number."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.equation import Column, Equation, sign_width
from gdviz.picture.pane import Pane
from gdviz.picture.result import Result
from gdviz.picture.sprite import text_width
from gdviz.picture.terms import term
from gdviz.picture.theme import NAME, NUMBER, Theme
from gdviz.picture.view import Box, Moving, Pen, reveal
from gdviz.words import number_from, shown_names, signed, word

_HEIGHT = 145.0  # units, on one line
_READOUT = 1180.0  # units: a narrower panel has no room for the loss beside the table
_LOSS = 852.0  # units from the left edge to the loss beside the table
_SMALLEST = 0.86  # of the usual size: rather than smaller type, the rule takes more lines in a narrow panel
_LINES = 3  # at most
_TOLD = (Phase.LOOK, Phase.DECIDE, Phase.ASK, Phase.MOVE, Phase.REST)


def rule_height(story: Story, width: float) -> float:
    """Return the height of the rule in so wide a panel, in units: a narrow one has lines as the longest rule asks."""
    if width >= _READOUT:
        return _HEIGHT
    equations = (
        Equation(story, run, lambda words, size, bold: text_width(words, size, bold, 72))
        for run in range(len(story.runs))
    )
    breaks = max(len(equation.breaks(width / _SMALLEST, _LINES)) for equation in equations)
    return _HEIGHT + breaks * _pitch(story)


def _pitch(story: Story) -> float:
    """Return how far each line of a rule stands below the one before."""
    return 88.0 if story.loss.about.dim == 1 else 121.0


@dataclass(frozen=True)
class Rule:
    """The rule of the method with the numbers of this step, a question mark until the move.

    In a narrow panel it goes on below, on a line of its own, with what is added to the parameter.

    readout: write the loss, before and after the step, beside it, where the panel is as wide as a wide frame.

    What to watch: in *look* the slope comes in, in *decide* the step is worked out, in *move* the new value.
    """

    readout: bool = True

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Return what moves: every run has a table of its own."""
        pen = Pen(pane, theme)
        runs = range(len(story.runs))
        tables = [_Table(pen, story, run, self.readout) for run in runs]
        results = [Result(pen, story, run, _LOSS - 16 if tables[run].readout else pen.box.width) for run in runs]

        def show(moment: Moment) -> None:
            for run, (table, result) in enumerate(zip(tables, results, strict=True)):
                over = moment.phase is Phase.REST and bool(result.artists)
                table.show(moment if run == moment.run and not (over and result.compares) else None, over=over)
                reveal(result.artists, over and run == moment.run)

        tabled, found = ([artist for one in kind for artist in one.artists] for kind in (tables, results))
        return Moving([*tabled, *found], show)


class _Table:
    """The table of one run."""

    def __init__(self, pen: Pen, story: Story, run: int, readout: bool) -> None:
        self.pen, self.story, self.path, self.last = pen, story, story.runs[run], story.last(run)
        self.shown = digits(story)
        self.equation = equation = Equation(story, run, lambda text, size, bold: pen.width(text, size, bold=bold))
        room, top = pen.box.width, pen.box.top
        self.rows = [top + 69] if equation.dim == 1 else [top + 62, top + 102]
        self.titles_at = top + 27
        fits = 852.0 - 24 if room >= _READOUT else room
        total = self.equation.measure(1.0)
        self.readout = readout and room >= _READOUT and total * 0.8 <= fits
        limit = fits if self.readout else room
        lines = 1 + round((pen.box.height - _HEIGHT) / _pitch(story))
        self.breaks = equation.breaks(limit / _SMALLEST, lines)
        self.ends = list(pairwise((0, *self.breaks, None)))
        total = max(equation.measure(1.0, slice(*ends)) for ends in self.ends)
        self.size = 1.0
        if total > limit:
            self.size = max(0.5, 0.98 * limit / total)  # type does not shrink quite in proportion
        self.artists: list[Artist] = []
        self._lay()
        self._read_out(pen.box.left + _LOSS, top)

    def _lay(self) -> None:
        """Place the columns from the left, and the bracket under what makes the step."""
        pen, size = self.pen, self.size
        x, after, down, reach = pen.box.left, None, 0.0, 0.0
        self.columns: list[Column] = []
        self.texts: list[Artist] = []
        for place, column in enumerate(self.equation.columns(size)):
            if place in self.breaks:
                reach = max(reach, x) if down else reach  # of the lines below the first
                x, down = pen.box.left + self._indent(), down + _pitch(self.story)
            if isinstance(column, str):
                wide = sign_width(column) * size
                for row in self.rows:
                    self.texts.append(
                        pen.text(x + wide / 2, row + down, column, NUMBER * size, bold=column in "()", align="center")
                    )
                if column not in "()":
                    self.texts.append(
                        pen.text(x + wide / 2, self.titles_at + down, column, NAME * size, "muted", align="center")
                    )
                after = x if after is None and column in "−+" else after
                x += wide
                continue
            column.down = down
            self._place(column, x)
            x += column.width
        self._name_rows(down)
        self.begin, self.end = (after or pen.box.left) + 6, max(x, reach) - 8
        self._bracket(down)
        self.tint = {
            Phase.LOOK: self._plate(self._tinted("gradient"), "slope"),
            Phase.MOVE: self._plate(self.columns[0], "parameter"),
        }
        plates = [plate for plate in self.tint.values() if plate is not None]
        numbers = [text for column in self.columns for text in column.texts]
        self.artists = [*plates, *self.bracket_artists, *self.texts, *numbers]

    def _indent(self) -> float:
        """Return how far to the right later lines begin: their signs under the sign of equality, where they can."""
        widest = max(self.equation.measure(self.size, slice(*ends)) for ends in self.ends[1:])
        return max(0.0, min(self.equation.measure(self.size, slice(1)), self.pen.box.width - widest))

    def _tinted(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)

    def _plate(self, column: Column | None, role: str) -> Any:
        if column is None:
            return None
        left = column.right + 14 * self.size - column.width
        top, bottom = self.titles_at + column.down - 20, self.rows[-1] + column.down + 16
        return self.pen.plate(Box(left, top, left + column.width, bottom), self.pen.theme.tint(role), 8)

    def _place(self, column: Column, x: float) -> None:
        pen, size = self.pen, self.size
        middle = x + column.width / 2
        self.texts.append(
            pen.text(middle, self.titles_at + column.down, column.title, NAME * size, column.role, align="center")
        )
        widest = self.equation.widest(column)
        column.right = x + column.width - 14 * size
        self.columns.append(column)
        edge = middle + pen.width(widest, NUMBER * size, bold=True) / 2
        column.texts = [
            pen.text(edge, row + column.down, "", NUMBER * size, column.role, bold=True, align="right")
            for row in self.rows
        ]
        column.edge, column.middle = edge, middle  # type: ignore[attr-defined]
        column.paren = pen.width(")", NUMBER * size, bold=True) if "(" in widest else 0.0  # type: ignore[attr-defined]

    def _name_rows(self, down: float) -> None:
        """Write which parameter a row belongs to at its left, where there are several in one line."""
        names = shown_names(self.story.loss.about.names)[: len(self.rows)]
        if len(names) < 2 or down or max(self.pen.width(name, NAME) for name in names) > self.pen.box.left - 18:
            return
        at = self.pen.box.left - 8
        for name, row in zip(names, self.rows, strict=True):
            self.texts.append(self.pen.text(at, row - 2, name, NAME, "parameter", align="right"))

    def _bracket(self, down: float) -> None:
        """The bracket under `- rate x slope`, with the step that it makes; `down` is how far below the first line."""
        pen, y = self.pen, self.rows[-1] + down + 25
        self.step_text = pen.text((self.begin + self.end) / 2, y + 35, "", NAME, "rate", bold=True, align="center")
        self.bracket = pen.line(
            [(self.begin, y), (self.begin, y + 9), (self.end, y + 9), (self.end, y)], 2.5, pen.theme.rate
        )
        wide = pen.width(f"{word('step')} +{self.equation.widest(self.columns[1])}", NAME, bold=True) + 28
        middle = (self.begin + self.end) / 2
        plate = Box(middle - wide / 2, y + 13, middle + wide / 2, y + 45)
        self.step_plate = pen.plate(plate, pen.theme.tint("rate"), 8)
        # One number that is added, or a place found without the old one, needs no sum under it.
        plain = self.equation.dim > 1 or self.equation.anew or self.equation.tokens == ["step"]
        self.bracket_artists: list[Artist] = [] if plain else [self.step_plate, self.bracket, self.step_text]

    def _read_out(self, left: float, top: float) -> None:
        """The loss before and after the step, to the right of the table."""
        pen = self.pen
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
                self._number(column, text, self._value(place, column, k, p), p, seen if place else landed)

    def _value(self, place: int, column: Column, k: int, p: int) -> float:
        if column.name == "m":
            return float(self.path.params[k + (place == 0), 0, p])
        return float(self.equation.term(column.name)[k, p])

    def _number(self, column: Any, text: Any, value: float, axis: int, known: bool) -> None:
        if not known:
            wide = self.pen.width("?", NUMBER * self.size, bold=True)
            text.write("?", column.middle + wide / 2)
            return
        words = self.equation.text(column.name, value, axis)
        text.write(words, column.edge if words.endswith(")") else column.edge - column.paren)

    def _losses(self, k: int, then: int | None) -> None:
        before = self._loss(k)
        if then is not None:
            after = self._loss(then)
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
            self.loss_to.write(after, x + self.pen.width("→", NUMBER) + 10)

    def _loss(self, k: int) -> str:
        # beside a curve the loss stands at its axis too, and has the same digits there
        finer = self.story.loss.about.dim > 1
        return number_from(self.shown.loss_base, float(self.path.loss[k, 0]), self.shown.loss, finer=finer)
