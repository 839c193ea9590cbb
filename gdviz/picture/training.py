"""What was measured of a training run, step by step: its losses, or how much of the data it gets right."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Story
from gdviz.descent.training_run import TrainingRun
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.view import Moving, Pen, put, reveal
from gdviz.words import number, word

_DOTTED = 60  # up to so many points each has a dot
_DECADES = 1.5  # a loss that falls by more has a logarithmic axis
_LEAST = 1e-12  # of the highest loss


@dataclass(frozen=True)
class Training:
    """The loss in training and on test data after each step, of a `TrainingRun`, or the accuracy.

    accuracy: show how much it gets right in place of the loss. caption: say under the axis that it counts steps.

    What to watch: both lines fall together while it learns what is the same in all data; where the one on test data
    turns up, it has begun to learn the training data by heart.
    """

    accuracy: bool = False
    caption: bool = True

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and names, and return what moves."""
        drawing = _Drawing(Pen(pane, theme), story, "accuracy" if self.accuracy else "loss")
        drawing.lay(self.caption)
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Line:
    """One measure: the records at which it was taken, `(n,)`, and their places, `(n, 2)`."""

    def __init__(self, pen: Pen, role: str, at: NDArray[np.intp], places: Array) -> None:
        self.role, self.at, self.places = role, at.tolist(), places
        colour = pen.theme.role(role)
        width = 3 if len(self.at) <= _DOTTED else 2
        self.line, self.newest = pen.line([], width, colour), pen.line([], width, colour)
        self.dot, self.head = pen.dot(4.5, colour, 1.5), pen.dot(8, colour, 1.5)
        for line in (self.line, self.newest):
            pen.clip(line)

    def reached(self, position: int) -> int:
        """Return how many of its points there are by a position."""
        return int(np.searchsorted(self.at, position, side="right"))

    def stamped(self, position: int) -> Iterator[Artist]:
        """Yield the point of a position, if there is one, and the way to it."""
        k = self.reached(position) - 1
        if k < 0 or self.at[k] != position:
            return
        if k:
            put(self.line, *self.places[k - 1 : k + 1].tolist())
            yield self.line
        if len(self.at) <= _DOTTED:
            put(self.dot, self.places[k].tolist())
            yield self.dot


class _Drawing:
    """The measures of one film."""

    def __init__(self, pen: Pen, story: Story, measure: str) -> None:
        assert story.recorded is not None  # the scene has checked it
        self.pen, self.story, self.measure, self.run = pen, story, measure, story.recorded
        self.last = story.last(0)
        names = [name for name in (measure, f"test_{measure}") if self.run.measured(name)]
        records = {name: _taken(self.run, name, self.last) for name in names}
        box = pen.box
        first, final = (float(self.run.steps[k]) for k in (0, self.last))
        self.across = Scale(first, max(final, first + 1), box.left, box.right)
        self.up = self._scale([self.run.measures[name][at] for name, at in records.items()])
        self.lines = {name: _Line(pen, self._role(name), at, self._places(name, at)) for name, at in records.items()}
        lines = self.lines.values()
        self.artists: list[Artist] = [*(one.newest for one in lines), *(one.head for one in lines)]

    def _role(self, name: str) -> str:
        """Return the colour: of the loss; of what is seen on test data, or is no loss, another one."""
        return "slope" if name.startswith("test") else "loss" if self.measure == "loss" else "rate"

    def _scale(self, found: Sequence[Array]) -> Scale:
        box, values = self.pen.box, np.concatenate([*found, np.empty(0)])
        if self.measure == "accuracy":
            low = min(0.9, math.floor(10 * float(values.min(initial=1.0))) / 10)
            return Scale(max(low, 0.0), max(1.0, float(values.max(initial=1.0))), box.bottom, box.top)
        low, high = float(values.min(initial=np.inf)), float(values.max(initial=-np.inf))
        if low > 0 and math.log10(high / low) > _DECADES:
            low = max(low, high * _LEAST)
            return Scale(10.0 ** math.floor(math.log10(low)), high * 1.15, box.bottom, box.top, log=True)
        low = 0.0 if 0 <= low < 0.8 * high else low
        margin = 0.08 * (high - low) or 1.0
        return Scale(low if low == 0.0 else low - margin, high + margin, box.bottom, box.top)

    def _places(self, name: str, at: NDArray[np.intp]) -> Array:
        values = self.run.measures[name]
        return np.array([(self.across(float(self.run.steps[k])), self.up(float(values[k]))) for k in at.tolist()])

    def lay(self, caption: bool) -> None:
        """Lay grid, axis and names."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        values = self.up.ticks(max(2, int(box.height / 48)))
        texts = [f"{number(100 * v, 0)} %" for v in values] if self.measure == "accuracy" else tick_texts(values)
        for value, text in zip(values, texts, strict=True):
            y = self.up(value)
            pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
            pen.still(pen.text(box.left - 9, y + 6, text, NOTE, "muted", align="right"))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        self._count()
        if caption:
            middle = (box.left + box.right) / 2
            pen.still(pen.text(middle, box.bottom + 47, word("step"), PILL, "muted", align="center"))
        self._name()

    def _count(self) -> None:
        """Lay the numbers of steps, as far as each has its room."""
        pen, box = self.pen, self.pen.box
        wide = pen.width(number(float(self.run.steps[self.last]), 0), NOTE) + 24
        steps = sorted({round(k) for k in self.across.ticks(max(1, min(6, int(box.width / wide) - 1)))})
        for step, text in zip(steps, tick_texts([float(k) for k in steps]), strict=True):
            pen.still(pen.text(self.across(step), box.bottom + 21, text, NOTE, "muted", align="center"))

    def _name(self) -> None:
        """Lay what is measured above the picture; of two lines each with its name in its colour, beside its line."""
        pen, box = self.pen, self.pen.box
        left, y = box.left, box.top - 12
        if len(self.lines) == 1:
            (name,) = self.lines
            key = {"loss": "history", "test_loss": "test loss"}.get(name, name.replace("_", " "))
            pen.still(pen.text(left, y, word(key), NAME, self._role(name), bold=True))
            return
        title = word("loss" if self.measure == "loss" else "accuracy")
        pen.still(pen.text(left, y, title, NAME, bold=True))
        left += pen.width(title, NAME, bold=True) + 18
        for name, one in self.lines.items():
            words = word("on test data" if name.startswith("test") else "in training")
            pen.still(pen.line([(left, y - 6), (left + 22, y - 6)], 3, pen.theme.role(one.role)))
            pen.still(pen.text(left + 29, y, words, NOTE, one.role, bold=True))
            left += 29 + pen.width(words, NOTE, bold=True) + 18

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - there is one
        """Yield the points of each position that was left, and the ways to them."""
        for one in self.lines.values() if stamp else ():
            yield from one.stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Set the newest points and the ways to them."""
        position = self.story.position(moment)
        for one in self.lines.values():
            count = one.reached(position)
            reveal([one.head], count > 0)
            fresh = count > 1 and one.at[count - 1] > moment.stamps - 2  # the way to it is not stamped yet
            reveal([one.newest], fresh)
            if count:
                put(one.head, one.places[count - 1].tolist())
            if fresh:
                put(one.newest, *one.places[count - 2 : count].tolist())


def _taken(run: TrainingRun, name: str, last: int) -> NDArray[np.intp]:
    """Return the records up to the last one at which something was measured."""
    return np.flatnonzero(np.isfinite(run.measures[name][: last + 1]))
