"""One parameter and mini-batches: the curve of a step's batch, and its slope in a fan around the true one."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array, Batched
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import TANGENT, ease, tangent
from gdviz.picture.placing import LINE, Room
from gdviz.picture.samples import Fan, fan
from gdviz.picture.scales import LANE, Scale
from gdviz.picture.theme import NAME, NOTE
from gdviz.picture.view import Box, Pen, put, reveal
from gdviz.words import number, word

FAN = 0.8  # how long the tangent of another batch is, of this step's
_OF_A_STEP = (Phase.LOOK, Phase.DECIDE, Phase.ASK, Phase.MOVE)
_CURVE = 301  # points of a batch's curve


class Guess:
    """The curve of a step's batch, and the slopes of all batches of its epoch, over the curve of all the data.

    room: what is free beside the curve; named: where words stand already. under, over: the artists that lie under the
    tangent of this step's batch, and over it; words: those over everything.
    """

    def __init__(self, pen: Pen, story: Story, across: Scale, up: Scale, room: Room, named: Sequence[Box]) -> None:
        self._pen, self._story, self._across, self._up = pen, story, across, up
        self._room, self._named, box = room, named, pen.box
        self._loss, self._digits = cast(Batched, story.batched), digits(story).slope
        self._grid = np.linspace(*story.window.params, _CURVE)
        self._step: _Step | None = None
        self._curve = pen.line([], 3, pen.theme.tint("loss", 0.7), (0, (4, 2.5)))
        self._others = pen.line([], 2, pen.theme.tint("slope", 0.4))
        self._true = pen.line([], 3, pen.theme.ink)
        self._ring = pen.dot(7, pen.theme.ground, 2.5, pen.theme.loss)
        for line in (self._curve, self._others, self._true):
            pen.clip(line, Box(box.left, box.top - 2, box.right + 2, box.bottom - LANE))
        self._name = pen.text(0, 0, word("batch curve"), NOTE, "loss", halo=True)
        self._slopes = [pen.text(0, 0, "", NAME, role, bold=True, halo=True) for role in ("slope", "ink")]
        self.under: list[Artist] = [self._curve, self._others]
        self.over: list[Artist] = [self._true, self._ring]
        self.words: list[Artist] = [self._name, *self._slopes]

    def show(self, moment: Moment, *, looking: bool, gone: bool) -> None:
        """Show the batch's curve during the step, and its slope and the others' at the ball while it is looked at.

        gone: whether the ball has left the picture for good.
        """
        seen = moment.phase in _OF_A_STEP and not moment.brisk and not gone  # ten curves a second would flicker
        known = looking and (moment.phase is not Phase.LOOK or moment.progress >= 1)
        step = self._of(moment) if seen else None
        reveal([self._curve], seen)
        reveal([self._name], step is not None and step.name_at is not None)
        reveal([self._ring], looking and step is not None and step.ring[1] >= self._pen.box.top)
        reveal([self._others, self._true], looking)
        reveal(self._slopes, known)
        if step is None:
            return
        put(self._curve, *step.curve.tolist())
        if step.name_at is not None:
            self._name.write(word("batch curve"), *step.name_at)
        if not looking:
            return
        put(self._ring, step.ring)
        grown = ease(moment.progress) if moment.phase is Phase.LOOK else 1.0
        put(self._true, *tangent(*step.ball, step.true, TANGENT * grown))
        put(self._others, *_tangents(step.ball, step.each, FAN * TANGENT * grown))
        left, top = step.slopes_at
        for label, words, drop in zip(self._slopes, step.slopes, (0.0, LINE), strict=True):
            label.write(words, left, top + drop)

    def _of(self, moment: Moment) -> "_Step":
        """Work out where everything of a step stands, once."""
        run, k = moment.run, moment.step
        if self._step is None or self._step.place != (run, k):
            self._step = self._worked_out(run, k)
        return self._step

    def _worked_out(self, run: int, k: int) -> "_Step":
        path, slopes, pen = self._story.runs[run], fan(self._story, run, k), self._pen
        x = self._across(float(path.params[k, 0, 0]))
        ball, ring = ((x, self._up(float(loss))) for loss in (path.loss[k, 0], self._story.batch_losses[run][k]))
        values = self._loss.at(k).value(self._grid[:, None])
        curve = np.array([(self._across(m), self._up(value)) for m, value in zip(self._grid, values, strict=True)])
        each, true = self._steepness * slopes.each[:, 0], self._steepness * float(slopes.true[0])
        lines = _tangents(ball, [*each, true, self._steepness * slopes.this[0]], TANGENT)
        room = self._room.beside(np.concatenate([curve, _inked(lines)]))
        said = self._said(slopes)
        wide = max(pen.width(line, NAME, bold=True) for line in said)
        dotted = [Box(x - 3, ball[1], x + 3, pen.box.bottom), Box(pen.box.left, ball[1] - 3, x, ball[1] + 3)]
        at = room.for_block(wide, len(said), *ball, [*self._named, *dotted])
        block = Box(at[0], at[1] - 18, at[0] + wide, at[1] + 6 + LINE * (len(said) - 1))
        name_at = None
        if path.sees_gradient:  # else the losses that it tries stand along the curve
            name_at = room.for_name(pen.width(word("batch curve"), NOTE), curve[::6], [*self._named, *dotted, block])
        return _Step((run, k), curve, ball, ring, each, true, said, at, name_at)

    def _said(self, slopes: Fan) -> list[str]:
        """Return the slope of the batch and the true one, in words."""
        told = (("this batch", slopes.this), ("all points", slopes.true))
        return [f"{word(name)} {number(float(slope[0]), self._digits)}" for name, slope in told]

    @property
    def _steepness(self) -> float:
        """Units upwards for one unit to the right, at slope one."""
        across = (self._across.end - self._across.begin) / (self._across.high - self._across.low)
        return (self._up.begin - self._up.end) / (self._up.high - self._up.low) / across


@dataclass(frozen=True)
class _Step:
    """What is drawn of a step, in units.

    place: its run and step. curve: of its batch, `(n, 2)`. ball, ring: where the parameter is on the curve of all the
    data, and on that of the batch. each, true: how steep the tangents of all batches, and the true one. slopes,
    slopes_at, name_at: the words, and where they stand.
    """

    place: tuple[int, int]
    curve: Array
    ball: tuple[float, float]
    ring: tuple[float, float]
    each: Array
    true: float
    slopes: Sequence[str]
    slopes_at: tuple[float, float]
    name_at: tuple[float, float] | None


def _tangents(ball: tuple[float, float], tilts: Iterable[float], half: float) -> list[tuple[float, float]]:
    """Return the ends of lines through the ball, with a gap after each."""
    return [end for tilt in tilts for end in (*tangent(*ball, float(tilt), half), (np.nan, np.nan))]


def _inked(lines: list[tuple[float, float]]) -> Array:
    """Return points all along the lines of `_tangents`, `(n, 2)`; each twice, as words are to keep off them."""
    begins, ends = np.array(lines[::3])[:, None], np.array(lines[1::3])[:, None]
    points = begins + (ends - begins) * np.linspace(0, 1, 60)[:, None]
    return np.repeat(points.reshape(-1, 2), 2, axis=0)
