"""The path of a training run through all its parameters, seen on the plane in which it goes farthest."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.pane import Pane
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.view import Box, Moving, Pen, put
from gdviz.words import number, word

_DOTTED = 60  # up to so many places each has a dot
_MARGIN = 24.0  # units between the path and the edges


@dataclass(frozen=True)
class PathPlane:
    """Where all parameters went, projected onto the two directions in which they went farthest, of a `TrainingRun`.

    Both directions have the same unit, so that lengths and angles on the plane are what they are; how much of the
    path's variance lies along each stands at its axis. There are no contours: a recording knows no loss off its path.

    What to watch: long steps at first, then short ones; a curve where the gradient turns; jitter from batches.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the axes and their names, and return what moves."""
        drawing = _Drawing(Pen(pane, theme), story)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The path of one film."""

    def __init__(self, pen: Pen, story: Story) -> None:
        assert story.recorded is not None  # the scene has checked it
        self.pen, self.story, self.run = pen, story, story.recorded
        self.places = _placed(story.path(0)[:, :2], pen.box)
        self.line, self.newest = (pen.line([], 2.5, pen.theme.parameter) for _ in range(2))
        self.dot = pen.dot(4.5, pen.theme.parameter, 1.5)
        self.dotted = len(self.places) <= _DOTTED
        self.ring = pen.dot(9, pen.theme.ground, 3, pen.theme.ink)
        self.ball = pen.dot(11, pen.theme.parameter, 3)
        put(self.ring, self.places[0].tolist())
        self.start = pen.text(*self._beside_start(), word("start"), NOTE, "muted", align="center", halo=True)
        self.artists: list[Artist] = [self.newest, self.ring, self.start, self.ball]

    def _beside_start(self) -> tuple[float, float]:
        """Return where the word stands: above or below the start, where the path does not go at first."""
        (x, y), box, wide = self.places[0], self.pen.box, self.pen.width(word("start"), NOTE)
        away = np.hypot(*(self.places - self.places[0]).T) > wide
        above = bool(self.places[away.argmax(), 1] > y)
        if y - 34 < box.top:
            above = False
        elif y + 34 > box.bottom:
            above = True
        return min(max(float(x), box.left + wide / 2), box.right - wide / 2), float(y) + (-16 if above else 28)

    def lay(self) -> None:
        """Lay the axes, each with what lies along it, and what kind of picture this is."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        pen.still(pen.line([(box.left, box.top), (box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        first, second = (
            word("part of variance", number=k, part=_percent(part)) for k, part in enumerate(self.run.explained[:2], 1)
        )
        pen.still(pen.text(box.left, box.top - 12, second, NAME, "parameter", bold=True))
        pen.still(pen.text(box.right, box.bottom + 23, first, NAME, "parameter", bold=True, align="right"))
        said = word("projection", count=self.run.count, all=number(self.run.count, 0))
        if pen.width(said, NOTE) <= box.width:
            pen.still(pen.text(box.right, box.bottom + 45, said, NOTE, "muted", align="right"))

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - there is one
        """Yield the way to each place that was left, and its dot."""
        k = stamp - 1
        if 0 < k < len(self.places):
            put(self.line, *self.places[k - 1 : k + 1].tolist())
            yield self.line
            if self.dotted:
                put(self.dot, self.places[k].tolist())
                yield self.dot

    def show(self, moment: Moment) -> None:
        """Move the ball, and lead the line to it from the last place whose mark stays."""
        last = len(self.places) - 1
        here, there = self.places[min(moment.step, last)], self.places[min(moment.step + 1, last)]
        part = ease(moment.progress) if moment.phase is Phase.MOVE else 0.0
        now = (here + (there - here) * part).tolist()
        put(self.newest, *self.places[max(0, moment.step - 1) : moment.step + 1].tolist(), now)
        put(self.ball, now)


def _percent(part: float) -> str:
    return number(100.0 * part, 0 if 0.0095 < part < 0.995 or part in (0.0, 1.0) else 1)


def _placed(path: Array, box: Box) -> Array:
    """Return the places `(n, 2)` of a path in units: in the middle of the box, as large as it can be."""
    low, high = path.min(axis=0), path.max(axis=0)
    room = np.array([box.width, box.height]) - 2 * _MARGIN
    span = high - low
    unit = float(np.min(room / np.where(span > 0, span, np.inf), initial=np.inf, where=span > 0))
    middle = np.array([(box.left + box.right) / 2, (box.top + box.bottom) / 2])
    shift = (path - low / 2 - high / 2) * (unit if np.isfinite(unit) else 1.0)
    return np.asarray(middle + shift * [1.0, -1.0])
