"""Where every start of a grid ends, and how fast: a map in the colours of the minima."""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.digits import digits
from gdviz.descent.findings import BasinFindings
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.axis_names import axis_names
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.pane import Pane
from gdviz.picture.plane import TICKS, Plane
from gdviz.picture.relief import Rgb
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import NOTE, PILL, STYLES, Theme
from gdviz.picture.trail import Trail
from gdviz.picture.uncovering import cells, level
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import listed, number, short, shown_names, word

_FAST, _SLOW = 0.62, 0.22  # how much of a minimum's colour a start has: the sooner it arrives, the more
_ROW = 40.0
_SHARE = 0.005  # of the starts: fewer that end elsewhere have no row


@dataclass(frozen=True)
class BasinMap:
    """Each start in the colour of the minimum at which its run ends, for a scene with `Basins`.

    A start gets its colour when its run has arrived, strong where that was soon. Grey: it arrives nowhere. Up to five
    minima have a colour of their own, those with the largest basins. The runs of the scene go over the map.

    What to watch: the colours spread from the minima; borders run along ridges, and momentum frays them.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay axes and minima, and return the map that is uncovered, with the runs."""
        drawing = _Drawing(Pen(pane, theme), story)
        drawing.lay()
        return Moving(drawing.artists, drawing.show)


@dataclass(frozen=True)
class BasinTable:
    """How many of the starts end at each minimum, and after how many steps half of those have arrived."""

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the table; its figures are those of the step that is shown."""
        table = _Table(Pen(pane, theme), story)
        return Moving(table.artists, table.show)


def ranked(found: BasinFindings) -> list[int]:
    """Return the minima that have a colour, those with the largest basins, in that order."""
    counts = np.bincount(found.minimum[found.minimum >= 0], minlength=len(found.minima))
    order = np.argsort(-counts, kind="stable")
    return [int(index) for index in order[:STYLES] if counts[index]]


class _Drawing:
    """The map of one study."""

    def __init__(self, pen: Pen, story: Story) -> None:
        assert isinstance(story.study, BasinFindings)  # the scene has checked it
        self.pen, self.story, self.found = pen, story, story.study
        found = self.found
        ends = (float(found.columns[0]), float(found.columns[-1])), (float(found.rows[0]), float(found.rows[-1]))
        self.plane = Plane(pen, story, None, ends)
        columns, rows = round(pen.box.width * pen.scale), round(pen.box.height * pen.scale)
        late = np.where(found.minimum >= 0, found.arrived, np.int32(2**31 - 1))
        self.arrived = cells(late[::-1], rows, columns)
        self.top = int(found.arrived.max(initial=1))
        self.under = self.plane.picture()
        self.whole = self._coloured(cells(found.minimum[::-1], rows, columns))
        self.land = pen.land(pen.box, self.under)
        self.land.set_zorder(0)
        self.level = -1
        runs = range(len(story.runs))
        styles = [pen.theme.run(story.style(run)) for run in runs]
        places = [self.plane.places(path) for path in story.paths]
        self.trails = [Trail(pen, at, style) for at, style in zip(places, styles, strict=True)]
        self.lines = [(pen.line([], 6, pen.theme.ground), pen.line([], 2.5, style.colour)) for style in styles]
        for line in (line for pair in self.lines for line in pair):
            pen.clip(line)
        self.heads = [pen.mark(style, 9, 3) for style in styles]
        lines = [line for pair in self.lines for line in pair]
        landmarks = Landmarks(self.plane)
        marks = list(landmarks.minima_marks())
        rings, names = landmarks.start(word("one of them"))
        self.artists: list[Artist] = [self.land, *marks, *lines, *rings, *names, *self.heads]

    def _coloured(self, minimum: NDArray[np.int16]) -> Rgb:
        """Return the whole map."""
        theme, top = self.pen.theme, math.log1p(self.top)
        speed = 1 - np.log1p(np.minimum(self.arrived, self.top)) / top
        part = (_SLOW + (_FAST - _SLOW) * speed)[..., None]
        ground = np.array(rgb(theme.ground), dtype=np.float64)
        colour = np.full((*minimum.shape, 3), rgb(theme.muted), dtype=np.float64)
        for place, index in enumerate(ranked(self.found)):
            colour[minimum == index] = rgb(theme.run(place).colour)
        part = np.where((minimum >= 0)[..., None], part, 0.35)
        return np.rint(ground + part * (colour - ground)).astype(np.uint8)

    def lay(self) -> None:
        """Lay axes and names."""
        pen, box = self.pen, self.pen.box
        for _, tick in (*self.plane.ticks_across(), *self.plane.ticks_up()):
            pen.still(tick)
        for name in axis_names(pen, box, self.plane.names, "muted", below=TICKS):
            pen.still(name)

    def show(self, moment: Moment) -> None:
        """Uncover what has arrived, and move the runs."""
        now = math.floor(level(self.story, moment, self.top + 1))
        if now != self.level:
            self.level = now
            seen = self.arrived <= now if now <= self.top else np.ones_like(self.arrived, dtype=bool)
            self.land.lay(np.where(seen[..., None], self.whole, self.under))
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        for trail, (casing, line), head in zip(self.trails, self.lines, self.heads, strict=True):
            here = trail.at(moment.step, part)
            way = [*trail.places[: min(moment.step, trail.last) + 1].tolist(), list(here)]
            put(casing, *way)
            put(line, *way)
            reveal([head], self.plane.holds(here))
            put(head, here)


def table_height(story: Story, width: float) -> float:  # noqa: ARG001 - the same in every width
    """Return the height of the table in units, with what is said of the colours under it."""
    assert isinstance(story.study, BasinFindings)
    return 34 + _ROW * (len(_entries(story.study, [])) + 1)


def _entries(found: BasinFindings, names: list[str]) -> list[tuple[str, str, NDArray[np.bool_]]]:
    """Return the rows of the table: words, colour, and which starts; those of the minima that have a colour first."""
    kinds = ranked(found)
    named = names or [""] * len(kinds)
    rows = [(named[place], f"run{place}", found.minimum == index) for place, index in enumerate(kinds)]
    rest = (found.minimum >= 0) & ~np.isin(found.minimum, kinds)
    for key, which in (("other minima", rest), ("nowhere", found.minimum == -1), ("lost", found.minimum == -2)):
        if which.mean() >= _SHARE:
            rows.append((word(key), "muted", which))
    return rows


class _Table:
    """The shares of the minima."""

    def __init__(self, pen: Pen, story: Story) -> None:
        assert isinstance(story.study, BasinFindings)  # the scene has checked it
        self.pen, self.story, self.found = pen, story, story.study
        found, box = self.found, pen.box
        self.kinds = ranked(found)
        self.top = int(found.arrived.max(initial=1))
        self.shares, self.medians = [], []
        y = box.top + 24
        right = box.right
        middle = right - pen.width(word("median steps"), NOTE) - 28
        names = ", ".join(shown_names(story.loss.about.names)[:2])
        whole, room = f"{word('ends at')} {names}", middle - pen.width(word("share"), NOTE) - 14 - box.left - 34
        title = whole if pen.width(whole, NOTE) <= room else word("ends at")
        pen.still(pen.text(box.left + 34, y, title, NOTE, "muted"))
        pen.still(pen.text(middle, y, word("share"), NOTE, "muted", align="right"))
        pen.still(pen.text(right, y, word("median steps"), NOTE, "muted", align="right"))
        entries = _entries(found, [self._name(index) for index in self.kinds])
        self.entries = entries
        for words, role, _ in entries:
            y += _ROW
            pen.still(pen.plate(Box(box.left, y - 16, box.left + 22, y + 4), pen.theme.tint(role, 0.55), 4))
            pen.still(pen.text(box.left + 34, y, words, PILL, role, bold=True))
            self.shares.append(pen.text(middle, y, "", PILL, bold=True, align="right"))
            self.medians.append(pen.text(right, y, "", PILL, align="right"))
        if pen.width(word("strong colour"), NOTE) <= box.width:
            pen.still(pen.text(box.left, y + _ROW, word("strong colour"), NOTE, "muted"))
        self.artists: list[Artist] = [*self.shares, *self.medians]

    def _name(self, index: int) -> str:
        places = max(2, digits(self.story).param - 1)
        return listed([number(value, places) for value in self.found.minima[index].tolist()])

    def show(self, moment: Moment) -> None:
        """Count those that have arrived by now."""
        now = level(self.story, moment, self.top + 1)
        over = now > self.top
        for (_, role, which), share, median in zip(self.entries, self.shares, self.medians, strict=True):
            steps = self.found.arrived[which]
            there = steps <= now if role != "muted" else np.full(steps.shape, over)
            part = 100 * float(there.sum()) / self.found.minimum.size
            share.write(word("few") if 0 < part < 1 else f"{part:.0f} %")
            half = len(steps) and there.mean() >= 0.5 and (steps >= 0).any()
            median.write(short(float(np.median(steps))) if half and role != "muted" else "–")
