"""How a method's corrections or its rates change from step to step; the loss, where neither does."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.terms import term_word
from gdviz.picture.theme import NOTE, PILL
from gdviz.picture.view import Box, Pen, put, reveal
from gdviz.words import word

_FACTORS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # that a correction may have; its axis is logarithmic


@dataclass(frozen=True)
class Line:
    """One quantity over the steps.

    values: `(n,)`. role: its colour. words: its name, where there are several. first: the step of its first value.
    """

    values: Array
    role: str
    words: str = ""
    first: int = 1


def chosen(path: Trajectory, last: int, slope: str) -> tuple[str, list[Line]]:
    """Return what is worth drawing, with its title: a rate that changes, the corrections, or the loss."""

    def of(name: str) -> Array | None:
        return path.terms[name][:last, 0, 0] if name in path.terms else None

    rate, mean, square, effective = map(of, ("learning_rate", "correction1", "correction2", "effective_rate"))
    if rate is not None and np.ptp(rate) > 0:
        return word("rates"), [Line(rate, "rate")]
    if mean is not None:
        lines = [Line(mean, "slope", term_word("mean_gradient", slope))]
        if square is not None:  # of a mean of squares, under a root
            lines.append(Line(np.sqrt(square), "ink", term_word("usual_size", slope)))
        return word("correction"), lines
    if effective is not None and np.ptp(effective) > 0:
        return term_word("effective_rate", slope), [Line(effective, "rate")]
    return word("history"), [Line(path.loss[: last + 1, 0], "loss", first=0)]


class Lines:
    """The lines of one run in a box; their title begins at `left`."""

    def __init__(self, pen: Pen, box: Box, left: float, story: Story, run: int, slope: str) -> None:
        self.pen, self.box, self.last = pen, box, story.last(run)
        title, self.lines = chosen(story.runs[run], self.last, slope)
        self.title = pen.text(left, box.top - 18, title, PILL, "muted")
        self.factors = title == word("correction")
        self.up = self._scale()
        self.across = Scale(0, self.last, box.left, box.right)
        self.points = [
            [(self.across(k), self.up(float(value))) for k, value in enumerate(line.values, line.first)]
            for line in self.lines
        ]
        self._lay()
        self.segments = [pen.line([], 3, pen.theme.role(line.role)) for line in self.lines]
        self.newest = [pen.line([], 3, pen.theme.role(line.role)) for line in self.lines]
        self.heads = [pen.dot(7, pen.theme.role(line.role), 1.5) for line in self.lines]
        self.names = [pen.text(0, 0, line.words, NOTE, line.role, bold=True, halo=True) for line in self.lines]
        for segment in (*self.segments, *self.newest):
            pen.clip(segment, Box(box.left - 4, box.top - 8, box.right + 8, box.bottom + 4))
        self.artists: list[Artist] = [self.title, *self.ticks, *self.newest, *self.heads, *self.names]

    def _scale(self) -> Scale:
        every = np.concatenate([line.values for line in self.lines])
        every = every[np.isfinite(every)]
        low, high = min(0.0, float(every.min())), float(every.max())
        if self.factors:  # they end at one, and begin at many times that
            return Scale(1.0, max(1.2, high * 1.2), self.box.bottom, self.box.top, log=True)
        start = float(self.lines[0].values[0])
        high = min(high, start + 2 * (start - low)) if start > low else high  # a run that leaves is shown leaving
        return Scale(low, low + 1.1 * (high - low or 1.0), self.box.bottom, self.box.top)

    def _lay(self) -> None:
        """Make grid, axis and ticks."""
        pen, box = self.pen, self.box
        self.axis = pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, pen.theme.axis)
        ticks = [tick for tick in _FACTORS if tick <= self.up.high] if self.factors else self.up.ticks(3)
        self.grid = [pen.line([(box.left, self.up(t)), (box.right, self.up(t))], 1, pen.theme.grid) for t in ticks]
        factor = "× " if self.factors else ""
        self.ticks = [
            pen.text(box.left - 10, self.up(tick) + 6, factor + text, NOTE, "muted", align="right")
            for tick, text in zip(ticks, tick_texts(ticks), strict=True)
        ]
        steps = sorted({round(k) for k in self.across.ticks(4)})
        self.ticks += [
            pen.text(self.across(step), box.bottom + 21, str(step), NOTE, "muted", align="center") for step in steps
        ]
        self.ticks.append(
            pen.text((box.left + box.right) / 2, box.bottom + 43, word("step"), NOTE, "muted", align="center")
        )

    def show(self, moment: Moment | None) -> None:
        """Set the points of this step, and the way to them."""
        reveal([self.title, *self.ticks], moment is not None)
        told = moment is not None and moment.phase is not Phase.READY
        reveal([*self.heads, *self.names, *self.newest], told)
        if moment is None or not told:
            return
        places = []
        for line, points, head, newest in zip(self.lines, self.points, self.heads, self.newest, strict=True):
            k = self._place(line, moment)
            put(head, points[k])
            put(newest, *points[max(0, k - 1) : k + 1])
            places.append(points[k])
        self._name(places)

    def _place(self, line: Line, moment: Moment) -> int:
        """Return which value of a line is told: the loss is known when the step has landed."""
        landed = moment.phase is Phase.MOVE and moment.progress >= 1
        k = moment.step + (landed if line.first == 0 else 0)
        return min(k, len(line.values) - 1)

    def _name(self, places: list[tuple[float, float]]) -> None:
        """Write each line's name: ahead of its point, where nothing is drawn yet, or over its end; never two in one."""
        widest = max(self.pen.width(label.words, NOTE, bold=True) for label in self.names)
        ahead = all(x + 14 + widest <= self.box.right for x, _ in places)
        heights = [min(y + 6, self.box.bottom + 2) if ahead else y - 10 for _, y in places]  # above the ticks
        if len(heights) > 1 and abs(heights[0] - heights[1]) < 22:
            upper = 0 if heights[0] <= heights[1] else 1
            heights[upper] = max(min(heights) - 5, self.box.top + 10)
            heights[1 - upper] = heights[upper] + 22
        for label, (x, _), y in zip(self.names, places, heights, strict=True):
            wide = self.pen.width(label.words, NOTE, bold=True)
            label.write(label.words, x + 14 if ahead else self.box.right - wide, y)

    def marks(self, stamp: int) -> Iterator[Artist]:
        """Yield grid and axis, then the way from one step to the next."""
        if stamp == 0:
            yield from (*self.grid, self.axis)
        for segment, points in zip(self.segments, self.points, strict=True):
            if 2 <= stamp <= len(points):
                put(segment, *points[stamp - 2 : stamp])
                yield segment
