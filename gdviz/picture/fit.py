"""The data, and the model's line as it learns."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array, Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.view import Moving, Pen, put, reveal
from gdviz.words import number, word


@dataclass(frozen=True)
class DataFit:
    """The data as points, the line of the present parameters, and what each point is missed by.

    residuals: draw the vertical distances from the points to the line.

    What to watch: the residuals are the loss; each step turns the line so that they shrink.
    """

    residuals: bool = True

    def draw(self, axes: Axes, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and points, and return what moves."""
        drawing = _Drawing(Pen(axes, theme), story, self.residuals)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The data of one film."""

    def __init__(self, pen: Pen, story: Story, residuals: bool) -> None:
        self.pen, self.story, theme, box = pen, story, pen.theme, pen.box
        self.loss = cast(Fit, story.loss)
        self.x, self.y = self.loss.data.x, self.loss.data.y
        left, right = min(0.0, float(self.x.min())), float(self.x.max())
        margin = 0.1 * (right - left or 1.0)
        self.across = Scale(left - (margin if left < 0 else 0.0), right + margin, box.left, box.right)
        low, high = min(0.0, float(self.y.min())), max(0.0, float(self.y.max()))
        room = 0.12 * (high - low or 1.0)
        self.up = Scale(low - 1.7 * room, high + room, box.bottom, box.top)
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
        self.points = self._points(theme)
        self.misses.set_visible(residuals)
        self.residuals = residuals
        self.artists: list[Artist] = [self.misses, self.next, self.line, self.points, self.value, self.next_name]

    def _points(self, theme: Theme) -> Line2D:
        points = self.pen.dot(6, theme.ink, 1.2)
        points.set_data([self.across(x) for x in self.x], [self.up(y) for y in self.y])
        return points

    def lay(self) -> None:
        """Lay grid, axis and names into the background."""
        pen, box, theme, data = self.pen, self.pen.box, self.pen.theme, self.loss.data
        ups = self.up.ticks(4)
        for value, text in zip(ups, tick_texts(ups), strict=True):
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
        widest = max((pen.width(text, NOTE) for text in tick_texts(ups)), default=0.0)
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
        if self.residuals:
            self._miss(point)
        deciding = moment.phase is Phase.DECIDE and following is not None
        reveal([self.next, self.next_name], deciding)
        end = self._end(point)
        reveal([self.value], self.named)
        if self.named:
            words = f"{self.story.loss.about.names[0]} = {number(float(point[0]), self.digits)}"
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

    def _lead(self, line: Line2D, point: Array) -> None:
        ends = np.array([self.across.low, self.across.high])
        put(line, *((self.across(x), self.up(y)) for x, y in zip(ends, self.loss.predict(point, ends), strict=True)))

    def _end(self, point: Array) -> tuple[float, float]:
        """Where the line meets the edge of the panel, for its name."""
        box = self.pen.box
        y = self.up(float(self.loss.predict(point, np.array([self.across.high]))[0]))
        return box.right, min(max(y, box.top + 10), box.bottom - 40)

    def _miss(self, point: Array) -> None:
        predicted = self.loss.predict(point, self.x)
        places = []
        for x, y, line in zip(self.x, self.y, predicted, strict=True):
            places += [(self.across(x), self.up(y)), (self.across(x), self.up(line)), (np.nan, np.nan)]
        put(self.misses, *places)
