"""The data, and the model's line or curve as it learns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array, Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, scientific, short, word

# units
DOT = 5.0  # the radius of a point that may lie in a pile
PILE = 60.0  # how high a pile may be, from the middle of its first point to that of its last,
LOW = 0.17  # and in a low panel so much of its height
NAMED = 36.0  # room for the name of x below the piles

_SHORT_NAME = 4  # characters


@dataclass(frozen=True)
class DataFit:
    """The data as points, the line or curve of the present parameters, and what each point is missed by.

    residuals: draw the vertical distances from the points to the line.

    What to watch: the residuals are the loss; each step turns the line so that they shrink. Where the model gives the
    probability of one of two classes, equal points are piled up, away from the curve; the points that the curve is on
    the wrong side of have long residuals. With mini-batches the points of this step's batch stand out, and they alone
    have residuals: nothing else is known to the step.
    """

    residuals: bool = True

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and points, and return what moves."""
        drawing = _Drawing(Pen(pane, theme), story, self.residuals)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The data of one film."""

    def __init__(self, pen: Pen, story: Story, residuals: bool) -> None:
        self.pen, self.story, theme, box = pen, story, pen.theme, pen.box
        self.loss = cast(Fit, story.loss)
        self.x, self.y = self.loss.data.x, self.loss.data.y
        self.ground = (_classes if self.loss.model == "logistic" else _numbers)(self.x, self.y, box)
        self.across, self.up = self.ground.across, self.ground.up
        self.digits = digits(story).param
        self.named = story.loss.about.dim == 1
        self.former = pen.line([], 2, theme.tint("parameter", 0.35))
        self.misses = pen.line([], 2, theme.tint("loss", 0.62))
        self.next = pen.line([], 2.5, theme.parameter, (0, (4, 2.5)))
        self.line = pen.line([], 5, theme.parameter)
        for line in (self.former, self.misses, self.next, self.line):
            pen.clip(line)
        self.value = pen.text(0, 0, "", NAME, "parameter", bold=True, halo=True)
        self.next_name = pen.text(0, 0, word("next"), PILL, "parameter", halo=True)
        self.batched = story.batched
        self.unseen = self._points(theme.tint("ink", 0.3) if self.batched else theme.ink)  # all but those of the batch
        self.points = self._points(theme.ink)
        self.misses.set_visible(residuals)
        self.residuals = residuals
        faded = [self.unseen] if self.batched else []
        self.artists: list[Artist] = [
            self.misses, self.next, self.line, *faded, self.points, self.value, self.next_name,
        ]  # fmt: skip

    def _points(self, colour: str) -> Stroke:
        points = self.pen.dot(self.ground.radius, colour, 1.2)
        put(points, *(self.ground.points[row] for row in self.ground.order))
        return points

    def _looked_at(self, moment: Moment) -> Sequence[int] | None:
        """Return the rows of the data that the step looks at, those underneath first; None where it is all of them."""
        told = moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.ASK, Phase.MOVE)
        if self.batched is None or not told or moment.brisk:  # changing ten times a second they would flicker
            return None
        rows = set(self.batched.batches.rows(moment.step).tolist())
        return [row for row in self.ground.order if row in rows]

    def lay(self) -> None:
        """Lay grid, axis and names into the background."""
        pen, box, theme, data = self.pen, self.pen.box, self.pen.theme, self.loss.data
        for value, text in self.ground.ups:
            y = self.up(value)
            if y < box.bottom - 12:
                pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
                pen.still(pen.text(box.left - 9, y + 6, text, NOTE, "muted", align="right"))
        acrosses = self.across.ticks(max(2, int(box.width / 110)))
        for value, text in zip(acrosses, tick_texts(acrosses), strict=True):
            x = self.across(value)
            pen.still(pen.line([(x, box.top), (x, box.bottom)], 1, theme.grid))
            pen.still(pen.text(x, box.bottom + 21, text, NOTE, "muted", align="center"))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        widest = max((pen.width(text, NOTE) for _, text in self.ground.ups), default=0.0)
        pen.still(pen.text(min(box.left, box.left - 9 - widest), box.top - 10, data.y_name, PILL, "muted"))
        pen.still(pen.text(box.right, box.bottom - 12, data.x_name, PILL, "muted", align="right", halo=True))

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the line of each place that was left."""
        if stamp > 0:
            self._lead(self.former, self.story.runs[run].params[stamp - 1, 0])
            yield self.former

    def show(self, moment: Moment) -> None:
        """Turn the line."""
        point, following = self._line(moment)
        self._lead(self.line, point)
        rows = self._looked_at(moment)
        if self.batched:
            put(self.points, *(self.ground.points[row] for row in (self.ground.order if rows is None else rows)))
        if self.residuals:
            self._miss(point, rows)
        deciding = moment.phase is Phase.DECIDE and following is not None
        reveal([self.next, self.next_name], deciding)
        end = self._end(point)
        reveal([self.value], self.named)
        if self.named:
            name, m = self.story.loss.about.names[0], float(point[0])
            lead = f"{name} = " if len(name) <= _SHORT_NAME else ""  # a longer one has no room beside the line
            words = f"{lead}{number(m, self.digits)}"
            if end[0] + 8 + self.pen.width(words, NAME, bold=True) > self.pen.frame.right:  # a run that is far off
                words = f"{lead}{scientific(m)}"
            self.value.write(words, end[0] + 8, end[1] + 7)
        if deciding and following is not None:
            self._lead(self.next, following)
            at = self._end(following)
            apart = at[1] - end[1]
            close = 30.0 if apart >= 0 else -30.0
            self.next_name.write(word("next"), at[0] + 8, (at[1] if abs(apart) > 30 else end[1] + close) + 6)

    def _line(self, moment: Moment) -> tuple[Array, Array | None]:
        """The parameters of the line now, and of the next line."""
        path = self.story.runs[moment.run].params[:, 0]
        if moment.phase in (Phase.MEASURE, Phase.TRACE):
            return np.array([self.story.traced(moment.progress)]), None
        here, there = path[moment.step], path[min(moment.step + 1, len(path) - 1)]
        if moment.phase is Phase.MOVE:
            return here + (there - here) * ease(moment.progress), there
        return here, there

    def _lead(self, line: Stroke, point: Array) -> None:
        xs = np.linspace(self.across.low, self.across.high, self.ground.samples)
        put(line, *((self.across(x), self.up(y)) for x, y in zip(xs, self.loss.predict(point, xs), strict=True)))

    def _end(self, point: Array) -> tuple[float, float]:
        """Where the line meets the edge of the panel, for its name."""
        box = self.pen.box
        y = self.up(float(self.loss.predict(point, np.array([self.across.high]))[0]))
        return box.right, min(max(y, box.top + 10), box.bottom - 40)

    def _miss(self, point: Array, rows: Sequence[int] | None) -> None:
        xs, ys = self.x, self.y
        if rows is not None:
            xs, ys = xs[list(rows)], ys[list(rows)]
        if self.ground.piled:  # equal points are missed by the same
            xs, ys = np.unique(np.stack([xs, ys], axis=-1), axis=0).T
        places = []
        for x, y, line in zip(xs, ys, self.loss.predict(point, xs), strict=True):
            places += [(self.across(x), self.up(y)), (self.across(x), self.up(line)), (np.nan, np.nan)]
        put(self.misses, *places)


@dataclass(frozen=True)
class _Ground:
    """Where the data lie.

    across, up: the axes. ups: the ticks of y. points: the place of each point, in the order of the data; radius: of
    each. order: in which they are drawn, those underneath first. piled: whether they are piled up. samples: how many
    places tell the model's line.
    """

    across: Scale
    up: Scale
    ups: Sequence[tuple[float, str]]
    points: Sequence[tuple[float, float]]
    radius: float
    order: Sequence[int]
    piled: bool
    samples: int


def _numbers(x: Array, y: Array, box: Box) -> _Ground:
    """Lay out data whose y is any number, for a straight line."""
    left, right = min(0.0, float(x.min())), float(x.max())
    margin = 0.1 * (right - left or 1.0)
    across = Scale(left - (margin if left < 0 else 0.0), right + margin, box.left, box.right)
    low, high = min(0.0, float(y.min())), max(0.0, float(y.max()))
    room = 0.12 * (high - low or 1.0)
    up = Scale(low - 1.7 * room, high + room, box.bottom, box.top)
    ups = up.ticks(4)
    points = [(across(a), up(b)) for a, b in zip(x, y, strict=True)]
    return _Ground(across, up, list(zip(ups, tick_texts(ups), strict=True)), points, 6, range(len(x)), False, 2)


def _classes(x: Array, y: Array, box: Box) -> _Ground:
    """Lay out data whose y is 0 or 1, for the curve of a probability.

    Points that would hide one another are piled up, away from the curve: those of 1 upwards, those of 0 downwards.
    """
    left, right = float(x.min()), float(x.max())
    margin = 0.06 * (right - left or 1.0)
    across = Scale(left - margin, right + margin, box.left, box.right)
    rows = [np.flatnonzero(y == one) for one in (0.0, 1.0)]
    rows = [own[np.argsort(x[own], kind="stable")] for own in rows]
    piles = [_piled([across(a) for a in x[own]], 2 * DOT) for own in rows]
    below, above = (max(level for _, level in pile) for pile in piles)
    rise = min(2 * DOT, min(PILE, LOW * box.height) / max(1, below, above))
    head, foot = DOT + 4 + rise * above, DOT + 4 + rise * below + NAMED
    unit = box.height - head - foot
    up = Scale(-foot / unit, 1.0 + head / unit, box.bottom, box.top)
    points = [(0.0, 0.0)] * len(x)
    order: list[int] = []
    for own, pile, first, way in zip(rows, piles, (up(0.0), up(1.0)), (rise, -rise), strict=True):
        for row, (place, level) in zip(own.tolist(), pile, strict=True):
            points[row] = (place, first + way * level)
        order += [row for row, _ in sorted(zip(own.tolist(), pile, strict=True), key=lambda dot: -dot[1][1])]
    ups = [(value, short(value)) for value in (0.0, 0.5, 1.0)]
    return _Ground(across, up, ups, points, DOT, order, True, 200)


def _piled(places: Sequence[float], apart: float) -> list[tuple[float, int]]:
    """Return where each point stands and how high: those nearer than `apart` to the first of them share a pile.

    A pile stands in the middle of its points, so each of them is moved by half of `apart` at most. (Leland Wilkinson,
    "Dot plots", The American Statistician 53, 1999.)
    """
    piles: list[list[float]] = []
    for place in sorted(places):
        if not piles or place - piles[-1][0] >= apart:
            piles.append([])
        piles[-1].append(place)
    return [((pile[0] + pile[-1]) / 2, level) for pile in piles for level in range(len(pile))]
