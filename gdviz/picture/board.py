"""The scoreboard of a race: place, name, rate, loss, and how many steps it took to arrive."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist

from gdviz.descent.digits import decimals
from gdviz.descent.lingering import Visit
from gdviz.descent.standing import Standing
from gdviz.descent.story import Moment, Phase, Sentence, Story
from gdviz.naming import side_names, wrapped
from gdviz.picture.breaking import broken
from gdviz.picture.pane import Pane
from gdviz.picture.sprite import Label, text_width
from gdviz.picture.theme import NOTE, PILL, Theme
from gdviz.picture.view import Moving, Pen, put, reveal
from gdviz.problems import BadScene
from gdviz.words import number, short, word

_ROW, _TALL = 38.0, 46.0  # units from row to row, with names in one line or in two
_BOLD = ("arrived", "best", "saddle", "steps")  # the figures that count
_GAP = 15.0  # between columns
_BROAD, _PART = 600.0, 0.4  # units: in a table so wide a name may take this part of it before it is cut in two
_LEADING = 24.0  # from line to line of the terms
_SAMPLE = 42.0  # the width of the marker on its dashed line


@dataclass(frozen=True)
class Board:
    """The standing of a race.

    Those that have arrived come first; the others are ranked by their best loss so far, since the loss of the moment
    goes up and down. `loss now` is that of the moment.

    fog: the loss to stay below tells how low the minimum is, so a question mark stands in its place until somebody has
        arrived, or all is over; the steps at saddles, which tell that there are any, are left out.

    What to watch: who leads early, and who leads at the end; they need not be the same.
    """

    fog: bool = False

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the head of the table, and return the rows."""
        table = _Table(Pen(pane, theme), story, fog=self.fog)
        return Moving(table.artists, table.show)


class _Table:
    """The table of one race; each row belongs to a run, and moves when its place changes."""

    def __init__(self, pen: Pen, story: Story, *, fog: bool) -> None:
        self.pen, self.story, self.standing, self.fog = pen, story, story.standing, fog
        self.places = self.standing.places
        sides = self.standing.sides
        count = len(sides)
        names = side_names(story, sides)
        self.stride = _stride(names, pen.box.width)
        seen = story.lingered if count == len(story.runs) and not fog else ()
        self.rows = [
            _Row(pen, story, self.standing, runs, name, [visit for visit in seen if visit.run in runs])
            for runs, name in zip(sides, names, strict=True)
        ]
        self.saddles = len({visit.saddle.point for visit in seen})
        self.target: list[Label] = []
        self.unknown: list[Label] = []  # in its place
        self.found = min((at for at in self.standing.arrived if at is not None), default=math.inf)
        self._lay()
        self.ranks = [pen.text(pen.box.left, 0, str(k + 1), PILL, "muted") for k in range(count)]
        for k, rank in enumerate(self.ranks):
            rank.write(rank.words, pen.box.left, self._height(k) + 6)
            pen.still(rank)
        self.artists: list[Artist] = [
            *(artist for row in self.rows for artist in row.artists), *self.target, *self.unknown
        ]  # fmt: skip

    def _height(self, place: float) -> float:
        return self.pen.box.top + 44 + self.stride * (place + 0.5) - 12

    def _lay(self) -> None:
        """Find the columns' places, from the right, and write their heads; what does not fit is left out."""
        pen, heads = self.pen, _heads(self.story, self.standing, self.saddles)
        wide = {
            key: max([*(pen.width(line, NOTE) for line in lines), *(row.wide(key) for row in self.rows)]) + _GAP
            for key, lines in heads.items()
        }
        longest = max(self.rows, key=lambda row: row.name_wide)
        room = pen.box.width - 18 - _SAMPLE - 8 - longest.name_wide
        for key in ("now", "rate", "looks", "saddle"):
            if sum(wide[one] for one in heads) > room and key in heads:
                del heads[key]
        if sum(wide[one] for one in heads) > room:
            raise BadScene("race, name", longest.name, "allowed: a name that fits beside the figures; shorten it")
        x = pen.box.right
        for key, lines in reversed(heads.items()):
            made = [
                pen.text(x, pen.box.top + 24 - 20 * k, line, NOTE, "muted", align="right")
                for k, line in enumerate(reversed(lines))
            ]
            if key == "steps" and self.fog:
                count = len(_near(self.standing))
                self.target, made = made[:count], made[count:]
                self.unknown = [pen.text(x, pen.box.top + 24, "?", NOTE, "muted", align="right")]
            for label in made:
                pen.still(label)
            for row in self.rows:
                row.right[key] = x
            x -= wide[key]
        for row in self.rows:
            row.settle()

    def show(self, moment: Moment) -> None:
        """Write the figures of the position; a row changes its place when its run has landed."""
        landed = moment.step + (moment.phase is Phase.MOVE and moment.progress >= 1)
        told = landed >= self.found or moment.phase is Phase.REST
        reveal(self.target, told)
        reveal(self.unknown, not told)
        for row, place in zip(self.rows, self.places[landed].tolist(), strict=True):
            row.show(landed, self._height(place))


def _stride(names: Sequence[str], width: float) -> float:
    """Return the height of a row in a table so wide."""
    return _TALL if any(len(_lines(name, width)) > 1 for name in names) else _ROW


def _lines(name: str, width: float) -> list[str]:
    """Return a name in the lines that it takes in a table so wide: one where there is room for it."""
    whole = width >= _BROAD and text_width(name, PILL, True, 72) <= _PART * width
    return [name] if whole else wrapped(name)


def _heads(story: Story, standing: Standing, saddles: int) -> dict[str, list[str]]:
    """Return the columns' names, each in lines."""
    near = [word("below"), *_near(standing)]
    rates = {"rate": [word("rate")]} if any("learning_rate" in run.terms for run in story.runs) else {}
    if any(len(runs) > 1 for runs in standing.sides):
        return {"arrived": [word("arrived")], "steps": [word("mean steps"), *near]}
    lingering = {"saddle": [word("steps at"), word("saddle" if saddles == 1 else "saddles")]} if saddles else {}
    columns = {"now": word("loss now").split(), "best": word("best loss").split()} | lingering
    if standing.goal:
        columns["steps"] = [word("steps to stay"), *near]
    asked = any((run.evaluations[-1, 0] != story.last(k)) for k, run in enumerate(story.runs))
    return rates | columns | ({"looks": word("gradients asked").split()} if asked else {})


def _near(standing: Standing) -> list[str]:
    """Return the loss at which a run has arrived, in lines: by how much it is above the lowest where that says more."""
    target, above = standing.target, standing.target - standing.lowest
    if abs(float(f"{target:.6g}") - target) <= 0.01 * above:
        return [short(float(f"{target:.6g}"))]
    return [word("minimum"), f"+ {short(float(f'{above:.2g}'))}"]


class _Row:
    """The row of one side: of a run, or of all runs of a group."""

    def __init__(
        self, pen: Pen, story: Story, standing: Standing, runs: Sequence[int], name: str, visits: Sequence[Visit]
    ) -> None:
        self.pen, self.story, self.standing, self.runs, self.name = pen, story, standing, runs, name
        self.visits = visits
        run = self.run = runs[0]
        style = pen.theme.run(story.style(run))
        role = f"run{story.style(run)}"
        self.sample = pen.line([], 3, style.colour, style.dash)
        self.marker = pen.mark(style, 8, 1.5)
        lines = _lines(name, pen.box.width)
        self.names = [pen.text(0, 0, line, PILL, role, bold=True) for line in lines]
        self.name_wide = max(pen.width(line, PILL, bold=True) for line in lines)
        self.digits = decimals(float(standing.loss[0].max()) - standing.lowest)
        self.right: dict[str, float] = {}
        self.cells = {
            "rate": pen.text(0, 0, "", NOTE, "muted", align="right"),
            "now": pen.text(0, 0, "", NOTE, "muted", align="right"),
            "best": pen.text(0, 0, "", PILL, bold=True, align="right"),
            "arrived": pen.text(0, 0, "", PILL, bold=True, align="right"),
            "saddle": pen.text(0, 0, "", PILL, bold=True, align="right"),
            "steps": pen.text(0, 0, "", PILL, bold=True, align="right"),
            "looks": pen.text(0, 0, "", NOTE, "muted", align="right"),
        }
        self.artists: list[Artist] = []

    def settle(self) -> None:
        """Keep the figures that have a column."""
        self.cells = {key: cell for key, cell in self.cells.items() if key in self.right}
        self.artists = [self.sample, self.marker, *self.names, *self.cells.values()]

    def text(self, key: str, k: int) -> str:
        """Return the figure of a column at a position."""
        path, last = self.story.runs[self.run], self.story.last(self.run)
        there = [at for at in (self.standing.arrived[run] for run in self.runs) if at is not None and at <= k]
        if key == "arrived":
            return word("so many of", count=len(there), all=len(self.runs))
        if key == "rate":
            rate = path.terms.get("learning_rate")
            return "" if rate is None else short(float(f"{float(rate[min(k, last - 1 if last else 0), 0, 0]):.3g}"))
        if key == "now" and not self.standing.goal and path.ends[0].diverged and k >= last:
            return word("is lost")
        if key in ("now", "best"):
            return _loss(float((self.standing.loss if key == "now" else self.standing.best)[k, self.run]), self.digits)
        if key == "saddle":
            return str(sum(visit.steps_by(k) for visit in self.visits))
        if key == "looks":
            return str(int(path.evaluations[min(k, last), 0]))
        if there:
            return str(round(sum(there) / len(there)))
        if path.ends[0].diverged and k >= last and len(self.runs) == 1:
            return word("is lost")
        return word("never") if k == self.story.steps else "–"

    def wide(self, key: str) -> float:
        """Return the width of a column's longest figure."""
        bold, size = key in _BOLD, PILL if key in _BOLD else NOTE
        steps = self.story.steps
        picked = sorted({round(steps * k / 40) for k in range(41)})
        return max(self.pen.width(self.text(key, k), size, bold=bold) for k in picked)

    def show(self, k: int, y: float) -> None:
        """Write the row at a height."""
        left = self.pen.box.left + 18
        put(self.sample, (left, y), (left + _SAMPLE, y))
        put(self.marker, (left + _SAMPLE / 2, y))
        for line, label in enumerate(self.names):
            label.write(label.words, left + _SAMPLE + 10, y + 6 - 10 * (len(self.names) - 1) + 20 * line)
        for key, x in self.right.items():
            self.cells[key].write(self.text(key, k), x, y + 6)


def _loss(value: float, digits: int) -> str:
    """Return a loss in few characters."""
    least = 10.0 ** -min(digits, 4)
    return f"<{number(least, min(digits, 4))}" if 0 < value < 0.5 * least else number(value, min(digits, 4))


def board_height(story: Story, width: float) -> float:
    """Return the height of the scoreboard, in units: a row for each style of runs."""
    names = side_names(story, story.standing.sides)
    return 44 + _stride(names, width) * len(names)


def protocol_height(story: Story, width: float) -> float:
    """Return the height of a race's terms in so wide a panel, in units."""
    return _LEADING * (len(_terms(story, width)) + 1)


def _terms(story: Story, width: float) -> list[Sentence]:
    """Return the terms in lines."""
    return broken(
        ((story.protocol, ""),), width, lambda line: sum(text_width(words, NOTE, False, 72) for words, _ in line)
    )


@dataclass(frozen=True)
class Protocol:
    """The terms of a race, said under it: what all runs have in common, and what each has of its own."""

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the sentence."""
        pen = Pen(pane, theme)
        lines = _terms(story, pen.box.width)
        for k, line in enumerate(reversed(lines), 1):
            for words, _ in line:
                pen.still(pen.text(pen.box.left, pen.box.bottom - _LEADING * k, words, NOTE, "muted"))
        return Moving([], lambda _moment: None)
