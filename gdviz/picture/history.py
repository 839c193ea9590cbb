"""The loss after each step."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.story import Moment, Phase, Story
from gdviz.naming import run_names
from gdviz.picture.history_race import HistoryRace
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale, loss_scale, many_decades, tick_texts
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import word

_DOTTED = 90  # up to so many steps each has a dot
_HIGHEST = 308.0  # decades: the next power of ten is beyond the float range
_LITTLE = 0.95  # of the highest loss: an axis from zero would show a line that falls by less as flat


@dataclass(frozen=True)
class History:
    """The loss after each step, on the same axis as the curve beside it.

    link: lead a dotted line from the curve beside it to the new point, on the curve's own axis.
    caption: say under the axis that it counts steps. minimum: mark the lowest known loss.

    What to watch: a point comes in with each landing; the line falls fast where the slope is steep, and rises where a
    step was too large. With mini-batches the line is the loss of all the data, and each point what a step's batch said:
    the points scatter, and yet the line falls. An epoch ends where every point of the data has been looked at.
    """

    link: bool = True
    caption: bool = True
    minimum: bool = True

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and names, and return what moves."""
        if story.together:
            race = HistoryRace(Pen(pane, theme), story, self.caption, self.minimum)
            race.lay()
            return Moving(race.artists, race.show, race.marks)
        drawing = _Drawing(Pen(pane, theme), story, self.link, self.minimum)
        drawing.lay(self.caption)
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The history of one film."""

    def __init__(self, pen: Pen, story: Story, link: bool, minimum: bool) -> None:
        self.pen, self.story, theme, box = pen, story, pen.theme, pen.box
        self.steps = max(story.last(run) for run in range(len(story.runs)))
        self.across = Scale(0, max(1, self.steps), box.left, box.right)
        self.log = many_decades(story)
        self.up = self._log_scale() if self.log else _linear_scale(story, box.top, box.bottom, link)
        self.linked = link and not self.log and story.loss.about.dim == 1
        self.curve_box = pen.beside() or pen.box
        self.batched = story.batched
        self.dotted = self.steps <= _DOTTED and not self.batched
        self.said = pen.dot(4.5, theme.tint("loss", 0.5), 1)  # by a batch
        self.saying = pen.dot(6, theme.ground, 2.5, theme.loss)
        self.dot = pen.dot(5, theme.loss, 1.5)
        self.segment = pen.line([], 3, theme.loss)
        self.before = pen.line([], 2, theme.tint("muted", 0.55))
        self.before_name = pen.text(0, 0, "", NOTE, "muted", align="right", halo=True)
        self.minimum = minimum
        self.word_box = self._word_box() if minimum else None
        self.names = self._names()
        self.link = pen.line([], 2.5, theme.loss, (0, (1.2, 1.6)))
        self.newest = pen.line([], 3, theme.loss)
        self.head = pen.dot(9, theme.loss, 1.5)
        for line in (self.segment, self.before, self.newest):
            pen.clip(line)
        self.ticks = self._ticks()
        saying = [self.saying] if self.batched else []
        self.artists: list[Artist] = [*(tick for _, tick in self.ticks), self.link, self.newest, self.head, *saying]

    def _log_scale(self) -> Scale:
        box = self.pen.box
        losses = self.story.every_loss
        low, high = float(losses[losses > 0].min()), float(losses[np.isfinite(losses)].max())
        start = min(float(run.loss[0, 0]) for run in self.story.runs)  # of one that diverges it is in the picture
        low = max(low, (start if start > 0 else high) * 1e-12)
        top = min(np.ceil(np.log10(high)), _HIGHEST)
        return Scale(10 ** np.floor(np.log10(low)), float(10**top), box.bottom, box.top, log=True)

    def _ticks(self) -> list[tuple[float, Artist]]:
        """The losses beside the axis; one that the dotted line would cross gives way."""
        box = self.pen.box
        values = self.up.ticks(6 if self.log else 5)
        if not self.log:
            values = [value for value in values if box.top + 12 <= self.up(value) <= box.bottom - 16]
        return [
            (self.up(value), self.pen.text(box.left - 9, self.up(value) + 6, text, NOTE, "muted", align="right"))
            for value, text in zip(values, tick_texts(values), strict=True)
        ]

    def lay(self, caption: bool) -> None:
        """Lay grid, axis, names and the minimum into the background."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        pen.still(pen.text(box.left, box.top - 10, word("history"), NAME, "loss", bold=True))
        for y, _ in self.ticks:
            pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
        steps = sorted({round(k) for k in self.across.ticks(max(2, min(6, int(box.width / 60))))})
        for step, text in zip(steps, tick_texts([float(k) for k in steps]), strict=True):
            pen.still(pen.text(self.across(step), box.bottom + 21, text, NOTE, "muted", align="center"))
        if caption:
            middle = (box.left + box.right) / 2
            pen.still(pen.text(middle, box.bottom + 47, word("step"), PILL, "muted", align="center"))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        if self.minimum:
            self._minimum()
        if self.batched:
            self._epochs()
            self._name_batches()

    def _epochs(self) -> None:
        """Lay a faint line where each epoch begins, and its name where there is room."""
        pen, box, per = self.pen, self.pen.box, self.batched.batches.steps_per_epoch if self.batched else 1
        apart, wide = self.across(per) - self.across(0), pen.width(word("epoch", epoch=88), NOTE) + 16
        if apart < 12:
            return
        stride = max(1, -int(-wide // apart))
        for step in range(per, self.steps, per):
            x = self.across(step)
            named = (step // per - 1) % stride == 0 and x + wide <= box.right + 10
            top = box.top if named else box.top + 24
            pen.still(pen.line([(x, top), (x, box.bottom)], 1.5, pen.theme.axis, (0, (1.2, 2.4))))
            if named:
                name = pen.text(x + 6, box.top + 16, word("epoch", epoch=step // per + 1), NOTE, "muted", halo=True)
                name.set_zorder(3)  # over the grid
                pen.still(name)

    def _name_batches(self) -> None:
        """Say beside the title what the points are, where there is room."""
        pen, box, words = self.pen, self.pen.box, word("each batch")
        x = box.right - pen.width(words, NOTE)
        if x - 24 > box.left + pen.width(word("history"), NAME, bold=True):
            dot = pen.dot(4.5, pen.theme.tint("loss", 0.5), 1)
            put(dot, (x - 12, box.top - 16))
            pen.still(dot)
            pen.still(pen.text(x, box.top - 10, words, NOTE, "muted"))

    def _lowest(self) -> float | None:
        """The height of the lowest minimum, in units, where it is in the picture."""
        low = min(self.story.depths, default=np.nan)
        return self.up(low) if self.up.low < low < self.up.high else None

    def _word_box(self) -> Box | None:
        y = self._lowest()
        wide = self.pen.width(word("minimum"), NOTE)
        if y is None:
            return None
        if self.batched:  # the points scatter around the line; its name stands at its end
            return Box(self.pen.box.right + 16, y - 11, self.pen.box.right + 16 + wide, y + 11)
        top = y + 4 if y + 26 < self.pen.box.bottom else y - 26  # above its line where there is no room below
        return Box(self.pen.box.right - wide, top, self.pen.box.right, top + 22)

    def _minimum(self) -> None:
        pen, box, y = self.pen, self.pen.box, self._lowest()
        if y is not None and self.word_box is not None:
            pen.still(pen.line([(box.left, y), (box.right, y)], 1.5, pen.theme.axis, (0, (4, 3))))
            pen.still(
                pen.text(
                    self.word_box.right,
                    self.word_box.top + 17,
                    word("minimum"),
                    NOTE,
                    "muted",
                    align="right",
                    halo=True,
                )
            )

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the lines of the runs told before, then the point of each place that was left and the way to it."""
        if stamp == 0:
            for former in range(run):
                yield from self._former(former)
            return
        k = stamp - 1
        if self.batched and self._seen(run, k):
            put(self.said, self._of_batch(run, k))
            yield self.said
        if k > 0:
            put(self.segment, self._point(run, k - 1), self._point(run, k))
            yield self.segment
        if self.dotted and self._inside(run, k):
            put(self.dot, self._point(run, k))
            yield self.dot

    def _former(self, run: int) -> Iterator[Artist]:
        put(self.before, *(self._point(run, k) for k in range(self.story.last(run) + 1)))
        yield self.before
        if run in self.names:
            self.before_name.write(*self.names[run])
            yield self.before_name

    def _names(self) -> dict[int, tuple[str, float, float]]:
        """Where the lines of former runs are named, after what differs: near their ends, clear of each other."""
        taken, named, pen = [self.word_box] if self.word_box else [], {}, self.pen
        for run, text in enumerate(run_names(self.story)[:-1]):
            if not text:
                continue
            wide = pen.width(text, NOTE) + 2
            for k in range(self.story.last(run), -1, -1):
                x, y = self._point(run, k)
                place = Box(x - wide, y - 24, x, y - 4)
                if self._inside(run, k) and x - wide >= pen.box.left and not any(place.meets(box, 2) for box in taken):
                    taken.append(place)
                    named[run] = (text, x, y - 8)
                    break
        return named

    def show(self, moment: Moment) -> None:
        """Set the newest point and the way to it."""
        told = moment.phase not in (Phase.MEASURE, Phase.TRACE)
        landed = moment.phase is Phase.MOVE and moment.progress >= 1
        k = moment.step + landed
        inside = told and self._inside(moment.run, k)
        reveal([self.head], inside)
        reveal([self.newest], told and k > 0)
        asked = self.batched is not None and moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.ASK)
        reveal([self.saying], asked and self._seen(moment.run, moment.step))
        if asked:
            put(self.saying, self._of_batch(moment.run, moment.step))
        linked = inside and landed and self.linked and not moment.brisk  # many quick steps would make it flicker
        reveal([self.link], linked)
        for y, tick in self.ticks:
            reveal([tick], not linked or abs(y - self._point(moment.run, k)[1]) > 12)
        if not told:
            return
        here = self._point(moment.run, k)
        if k > 0:
            put(self.newest, self._point(moment.run, k - 1), here)
        put(self.head, here)
        if linked:
            m = float(self.story.runs[moment.run].params[k, 0, 0])
            put(self.link, (self._beside(m), here[1]), (here[0] - 12, here[1]))

    def _beside(self, m: float) -> float:
        """Where the ball is on the curve beside this panel; the dotted line begins there."""
        box = self.curve_box
        low, high = self.story.window.params
        return Scale(low, high, box.left, box.right)(m) + 14

    def _point(self, run: int, k: int) -> tuple[float, float]:
        return self.across(k), self.up(float(self.story.runs[run].loss[k, 0]))

    def _inside(self, run: int, k: int) -> bool:
        return self._holds(self._point(run, k)[1])

    def _holds(self, y: float) -> bool:
        return self.pen.box.top - 1 <= y <= self.pen.box.bottom + 1

    def _of_batch(self, run: int, k: int) -> tuple[float, float]:
        """The place of what the batch of a step said of the loss."""
        return self.across(k), self.up(float(self.story.batch_losses[run][k]))

    def _seen(self, run: int, k: int) -> bool:
        return self._holds(self._of_batch(run, k)[1])


def _linear_scale(story: Story, top: float, bottom: float, link: bool) -> Scale:
    if story.loss.about.dim == 1 and link:
        return loss_scale(story, top, bottom)
    losses = story.every_loss
    if story.batched:
        losses = np.concatenate([losses, *(said[: story.last(k)] for k, said in enumerate(story.batch_losses))])
    start = max(float(run.loss[0, 0]) for run in story.runs)
    kept = losses[np.isfinite(losses) & (losses <= start + (start - losses.min()))]
    low, high = float(kept.min()), float(kept.max())
    low = 0.0 if 0 < low < _LITTLE * high else low
    margin = 0.12 * (high - low) or 1.0
    return Scale(low - margin, high + margin, bottom, top)
