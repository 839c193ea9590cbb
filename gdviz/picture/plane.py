"""The plane of two parameters: the loss from above with its axes."""

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np

from gdviz.descent.loss import Array, Fit, Interval
from gdviz.descent.story import Story
from gdviz.picture.axis_names import axis_names, is_long
from gdviz.picture.relief import Rgb, levels, shade, stretch
from gdviz.picture.scales import Scale, tick_base, tick_texts
from gdviz.picture.sprite import Label, Land
from gdviz.picture.theme import NAME, NOTE
from gdviz.picture.view import Box, Pen
from gdviz.words import shown_names

WIDER = 1.45  # so much more than asked for may be shown, so that both axes have the same unit
_COST = 4e7  # residuals that the picture of a loss of data may ask for
_COST_OF_MANY = 3e6  # and each of many such pictures

TICKS = 23.0  # units from the axis across to the baseline of its numbers


class Plane:
    """The loss over two parameters in a box.

    across, up: the scales of the first and of the second parameter; names: what these are called. minima, starts: their
    places. whole: the intervals that it begins with. lowest: the lowest known loss. levels: of its lines, in all parts.
    numbered: whether numbers stand along its axes.
    """

    def __init__(
        self, pen: Pen, story: Story, box: Box | None = None, intervals: tuple[Interval, Interval] | None = None
    ) -> None:
        self.pen, self.story, self.box = pen, story, box or pen.box
        self.names = shown_names(story.loss.about.names)[:2]
        self.numbered = True
        self.moving = False  # whether other parts will be seen, frame by frame
        self.whole = intervals or _even(story, self.box)
        self.see(*self.whole)
        self.lowest = min(story.depths, default=np.inf)
        self.levels = levels(self.loss, self.lowest)

    def see(self, first: Interval, second: Interval) -> None:
        """Show a part of the plane, given by the intervals of both parameters; the lines keep their levels."""
        power = (self.whole[0][1] - self.whole[0][0]) / (first[1] - first[0])
        self.across = Scale(*first, self.box.left, self.box.right, beyond=50.0 * power)
        self.up = Scale(*second, self.box.bottom, self.box.top, beyond=50.0 * power)
        self.minima = [self.place(np.array(m)) for m in self.story.minima]
        self.starts = list(dict.fromkeys(self.place(run.params[0, 0]) for run in self.story.runs))
        self.__dict__.pop("loss", None)

    def place(self, point: Array) -> tuple[float, float]:
        """Return the place of a point `(2,)` in units."""
        return self.across(float(point[0])), self.up(float(point[1]))

    def places(self, points: Array) -> Array:
        """Return the places `(n, 2)` of points `(n, 2)` in units."""
        return np.stack([self.across.places(points[:, 0]), self.up.places(points[:, 1])], axis=1)

    def holds(self, place: Sequence[float]) -> bool:
        """Whether a place is in the picture."""
        box = self.box
        return box.left <= place[0] <= box.right and box.top <= place[1] <= box.bottom

    @cached_property
    def loss(self) -> Array:
        """The loss at the centre of every pixel, `(rows, columns)`; of many data at fewer places."""
        pen, box = self.pen, self.box
        columns, rows = round(box.width * pen.scale), round(box.height * pen.scale)
        data = len(self.story.loss.data) if isinstance(self.story.loss, Fit) else 1
        cost = _COST_OF_MANY if self.moving else _COST
        coarser = max(1.0, (columns * rows * data / cost) ** 0.5)
        fewer = max(2, round(columns / coarser)), max(2, round(rows / coarser))
        x = _centres((self.across.low, self.across.high), fewer[0])
        y = _centres((self.up.high, self.up.low), fewer[1])
        points = np.empty((fewer[1], fewer[0], 2))
        points[..., 0], points[..., 1] = x, y[:, None]
        return stretch(self.story.loss.value(points), rows, columns)

    def picture(self) -> Rgb:
        """Return the picture of the loss, `(rows, columns, 3)`."""
        theme = self.pen.theme
        thin = theme.tint("axis", 0.75)
        return shade(self.loss, self.levels, theme.ground, theme.high, thin, theme.axis, self.pen.scale)

    def colour_at(self, x: float, y: float) -> str:
        """Return the colour of the band at a place."""
        box, count = self.box, len(self.levels.at)
        rows, columns = self.loss.shape
        row = min(max(int((y - box.top) / box.height * rows), 0), rows - 1)
        column = min(max(int((x - box.left) / box.width * columns), 0), columns - 1)
        band = self.levels.band(np.nan_to_num(self.loss[row, column : column + 1], nan=np.inf))
        return self.pen.theme.tint("high", min(math.floor(float(band[0])), count) / count)

    def land(self) -> Land:
        """Return the picture of the loss in its place."""
        return self.pen.land(self.box, self.picture())

    def lay(self, role: str, picture: Rgb) -> None:
        """Lay a picture and the axes' names into the background; `role` is the colour of the names."""
        self.pen.still(self.pen.land(self.box, picture))
        self.lay_names(role)

    def lay_names(self, role: str) -> None:
        """Lay the axes' names into the background, in the colour of a role."""
        pen, box = self.pen, self.box
        below = TICKS if self.story.together else 48.0  # no number travels along the axis of a race
        for name in axis_names(pen, box, self.names, role, below=below):
            pen.still(name)

    @cached_property
    def bases(self) -> tuple[float, float]:
        """The ticks above or below which the others of both axes are written, or 0."""
        return tick_base(self._values_across), tick_base(self._values_up)

    @property
    def _values_across(self) -> list[float]:
        return self.across.ticks(max(2, min(7, int(self.box.width / 85))))

    @property
    def _values_up(self) -> list[float]:
        return self.up.ticks(max(2, min(6, int(self.box.height / 60))))

    @property
    def ticks_end(self) -> float:
        """How far to the right numbers below the picture may reach: of a race a long name stands there too."""
        if not (self.story.together and is_long(self.names[0])):
            return self.box.right + 4
        return self.box.right - self.pen.width(self.names[0], NAME, bold=True) - 10

    def ticks_across(self) -> list[tuple[float, Label]]:
        """Return the numbers below the picture, each with its place."""
        pen, box = self.pen, self.box
        values = self._values_across if self.numbered else []
        found = []
        for value, text in zip(values, tick_texts(values), strict=True):
            at, half = self.across(value), pen.width(text, NOTE) / 2
            if box.left + half - 12 <= at <= self.ticks_end - half:
                found.append((at, pen.text(at, box.bottom + TICKS, text, NOTE, "muted", align="center")))
        return found

    def ticks_up(self) -> list[tuple[float, Label]]:
        """Return the numbers to the left of the picture, each with its place."""
        pen, box = self.pen, self.box
        values = self._values_up if self.numbered else []
        return [
            (self.up(value), pen.text(box.left - 9, self.up(value) + 6, text, NOTE, "muted", align="right"))
            for value, text in zip(values, tick_texts(values), strict=True)
            if box.top + 8 <= self.up(value) <= box.bottom - 6
        ]


def _centres(ends: Interval, count: int) -> Array:
    """Return the middles of `count` equal parts of an interval."""
    return np.asarray(ends[0] + (np.arange(count) + 0.5) / count * (ends[1] - ends[0]))


def _even(story: Story, box: Box) -> tuple[Interval, Interval]:
    """Return the plane with the same unit on both axes, where they have one and not much more is shown for it."""
    plane = story.plane
    units = [(high - low) / side for (low, high), side in zip(plane, (box.width, box.height), strict=True)]
    largest = max(units)
    if isinstance(story.loss, Fit) or largest > WIDER * min(units):
        return plane
    first, second = (_widened(one, largest / unit) for one, unit in zip(plane, units, strict=True))
    return first, second


def _widened(interval: Interval, factor: float) -> Interval:
    middle, half = interval[0] / 2 + interval[1] / 2, (interval[1] - interval[0]) / 2 * factor
    return middle - half, middle + half
