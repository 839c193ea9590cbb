"""The learning rate of each step, where a schedule changes it."""

from collections.abc import Iterator
from dataclasses import dataclass

from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.view import Moving, Pen, put, reveal
from gdviz.words import word


def rates_change(story: Story) -> bool:
    """Say whether the learning rate of any run changes from step to step."""
    return any(rate is not None and not (rate == rate[:1]).all() for rate in _rates(story))


def _rates(story: Story) -> list[Array | None]:
    """Return the learning rate of each run at each step, `(steps,)`; None where there is none."""
    rates = (run.terms.get("learning_rate") for run in story.runs)
    told = [None if rate is None else rate[: story.last(k), 0, 0] for k, rate in enumerate(rates)]
    return [rate if rate is not None and rate.size else None for rate in told]


@dataclass(frozen=True)
class Rates:
    """The learning rate against the step: the whole schedule, quiet, and how far the run has come on it.

    What to watch: where the rate is high the steps are long; as it fades they settle.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axis and name, and return what moves."""
        drawing = _Drawing(Pen(pane, theme), story)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The rates of one film."""

    def __init__(self, pen: Pen, story: Story) -> None:
        self.pen, theme, box = pen, pen.theme, pen.box
        self.steps = max(story.last(run) for run in range(len(story.runs)))
        self.rates = _rates(story)
        high = max((float(rate.max()) for rate in self.rates if rate is not None), default=0.0) or 1.0
        self.across = Scale(0, max(1, self.steps), box.left, box.right)
        self.up = Scale(-0.06 * high, 1.15 * high, box.bottom, box.top)
        self.whole = pen.line([], 2, theme.tint("rate", 0.4))
        self.segment = pen.line([], 3, theme.rate)
        self.newest = pen.line([], 3, theme.rate)
        self.head = pen.dot(8, theme.rate, 1.5)
        self.artists: list[Artist] = [self.newest, self.head]

    def lay(self) -> None:
        """Lay grid, axis and name into the background."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        pen.still(pen.text(box.left, box.top - 10, word("rates"), NAME, "rate", bold=True))
        ticks = [tick for tick in self.up.ticks(3) if tick >= 0]
        for y in map(self.up, ticks):
            pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        steps = sorted({round(k) for k in self.across.ticks(max(2, min(6, int(box.width / 60))))})
        for label in (*numbers_beside(pen, self.up, ticks), *numbers_below(pen, self.across, steps)):
            pen.still(label)
        pen.still(pen.text((box.left + box.right) / 2, box.bottom + 43, word("step"), NOTE, "muted", align="center"))

    def _points(self, run: int) -> list[tuple[float, float]]:
        rate = self.rates[run]
        return [] if rate is None else [(self.across(k), self.up(float(value))) for k, value in enumerate(rate, 1)]

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the whole schedule of the run, then the way to each step."""
        points = self._points(run)
        if stamp == 0:
            put(self.whole, *points)
            yield self.whole
        elif 2 <= stamp <= len(points):
            put(self.segment, *points[stamp - 2 : stamp])
            yield self.segment

    def show(self, moment: Moment) -> None:
        """Set the rate of this step."""
        points = self._points(moment.run)
        told = moment.phase not in (Phase.MEASURE, Phase.TRACE) and bool(points)
        k = min(moment.step, len(points) - 1)
        reveal([self.head], told)
        reveal([self.newest], told and k > 0)
        if told:
            put(self.head, points[k])
        if told and k > 0:
            put(self.newest, points[k - 1], points[k])
