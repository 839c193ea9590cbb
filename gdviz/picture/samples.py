"""What mini-batches say of the gradient: a fan of guesses around the true one."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.patches import Polygon

from gdviz.descent.loss import Array, Batched
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease, pointer
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.view import Moving, Pen, put, reveal
from gdviz.words import shown_names, word

MOST = 40  # batches of an epoch that are drawn; more would be one dark wedge


@dataclass(frozen=True)
class Fan:
    """The gradients at one place.

    each: of the batches of an epoch, in their order, `(batches, dim)`; of many only some, evenly chosen. used: which of
    them came before this step. this: of this step's batch; true: of all the data, both `(dim,)`.
    """

    each: Array
    used: int
    this: Array
    true: Array


def fan(story: Story, run: int, step: int) -> Fan:
    """Return the gradients of all batches of the epoch of a step, at the place that the step leaves."""
    loss, path = cast(Batched, story.batched), story.runs[run]
    here, per = path.params[step, 0], loss.batches.steps_per_epoch
    first = loss.batches.epoch(step) * per
    chosen = np.unique(np.linspace(first, first + per - 1, min(per, MOST)).round().astype(int))
    each = np.array([loss.at(int(k))(here)[1] for k in chosen])
    return Fan(each, int((chosen < step).sum()), path.gradient[step, 0], loss(here)[1])


@dataclass(frozen=True)
class GradientFan:
    """The gradients of all batches of an epoch as arrows from one centre, of a story of two parameters.

    What to watch: each thin arrow is the gradient of one batch, with a full dot where the epoch has used it; the thick
    one is that of this step's batch, and makes the step; the dark one is that of all the data. The guesses lie around
    the true gradient. Where it is long they agree on the way; near the minimum they point everywhere. The small dots
    that stay are what each step went by.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay axes and names, and return what moves."""
        drawing = _Drawing(Pen(pane, theme), story)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The fan of one film."""

    def __init__(self, pen: Pen, story: Story) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        self.across, self.up = self._scales()
        self._of: tuple[int, int] | None = None
        self._fan: Fan
        self._named: tuple[int, int] | None = None  # the step whose arrows have their names
        self.former = pen.dot(4, theme.tint("slope", 0.3), 1)
        self.others = pen.line([], 2, theme.tint("slope", 0.4))
        self.used, self.fresh = self._dots()
        self.this, self.true = pen.polygon(theme.slope), pen.polygon(theme.ink)
        self.names = [pen.text(0, 0, "", NAME, role, bold=True, halo=True) for role in ("slope", "ink")]
        for artist in (self.others, self.this, self.true):
            pen.clip(artist)
        self.artists: list[Artist] = [self.others, self.used, self.fresh, self.this, self.true, *self.names]

    def _scales(self) -> tuple[Scale, Scale]:
        """One axis for each component, equally far to both sides: as far as any step's gradient, or a true one.

        A run that diverges leaves the picture: more than ten times the first gradients are not shown.
        """
        box, loss = self.pen.box, self.story.loss
        met = [self.story.gradients(run) for run in range(len(self.story.runs))]
        met += [loss(path)[1] for path in self.story.paths]
        sizes = [np.abs(gradients).max(axis=-1) for gradients in met]
        most = 10 * max(float(size[0]) for size in sizes)
        kept = np.concatenate([gradients[size <= most] for gradients, size in zip(met, sizes, strict=True)])
        across, up = 1.12 * np.where(kept.any(axis=0), np.abs(kept).max(axis=0), 1.0)
        return Scale(-across, across, box.left, box.right), Scale(-up, up, box.bottom, box.top)

    def _dots(self) -> tuple[Stroke, Stroke]:
        """Return the tips of the batches that the epoch has used, and of those to come."""
        light = self.pen.theme.tint("slope", 0.4)
        return self.pen.dot(5, light, 1), self.pen.dot(5, self.pen.theme.ground, 2, light)

    def lay(self) -> None:
        """Lay ticks, axes and names into the background."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        names = shown_names(self.story.loss.about.names)
        acrosses, ups = self.across.ticks(max(2, int(box.width / 110))), self.up.ticks(max(2, int(box.height / 50)))
        for x in map(self.across, acrosses):
            pen.still(pen.line([(x, box.top), (x, box.bottom)], 1, theme.grid))
        for y in map(self.up, ups):
            pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
        for label in (*numbers_below(pen, self.across, acrosses), *numbers_beside(pen, self.up, ups)):
            pen.still(label)
        pen.still(pen.line([(box.left, self.up(0)), (box.right, self.up(0))], 1.5, theme.axis))
        pen.still(pen.line([(self.across(0), box.top), (self.across(0), box.bottom)], 1.5, theme.axis))
        pen.still(pen.text(box.left, box.top - 10, word("fan"), NAME, "slope", bold=True))
        pen.still(pen.text(self.across(0) + 8, box.top - 10, word("by", m=names[1]), PILL, "parameter"))
        x = box.left
        for dot, words in zip(self._dots(), (word("used"), word("fresh")), strict=True):
            put(dot, (x + 6, box.bottom + 41))
            pen.still(dot)
            pen.still(pen.text(x + 18, box.bottom + 47, words, NOTE, "muted"))
            x += pen.width(words, NOTE) + 44
        across = word("by", m=names[0])
        if x - 26 <= box.right - pen.width(across, PILL):
            pen.still(pen.text(box.right, box.bottom + 47, across, PILL, "parameter", align="right"))

    def _place(self, gradient: Array) -> tuple[float, float]:
        return self.across(float(gradient[0])), self.up(float(gradient[1]))

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield a dot for the gradient by which each place was left."""
        if stamp > 0:
            put(self.former, self._place(self.story.runs[run].gradient[stamp - 1, 0]))
            yield self.former

    def show(self, moment: Moment) -> None:
        """Let the arrows of this step grow; of quick steps only the true one is shown, as the others would flicker."""
        told = moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.ASK, Phase.MOVE, Phase.REST)
        guessed = told and not moment.brisk and moment.phase is not Phase.REST
        grown = ease(moment.progress) if moment.phase is Phase.LOOK else 1.0
        reveal([self.true], told)
        reveal([self.others, self.used, self.fresh, self.this], guessed)
        reveal(self.names, guessed and grown == 1)
        if not told:
            return
        there = self._found(moment)
        self._point(self.true, there.true, grown, 4.0)
        if guessed:
            self._point(self.this, there.this, grown, 8.0)
            tips = [self._place(gradient * grown) for gradient in there.each]
            centre, gap = self._place(np.zeros(2)), (np.nan, np.nan)
            put(self.others, *(point for tip in tips for point in (centre, tip, gap)))
            inside = [self._holds(*tip) for tip in tips]
            put(self.used, *(tip for k, tip in enumerate(tips) if k < there.used and inside[k]))
            put(self.fresh, *(tip for k, tip in enumerate(tips) if k >= there.used and inside[k]))
            if self._named != self._of:
                self._named = self._of
                self._name(there)

    def _found(self, moment: Moment) -> Fan:
        """Work out the gradients of a step, once."""
        place = (moment.run, moment.step)
        if self._of != place:
            self._of, self._fan = place, fan(self.story, *place)
        return self._fan

    def _holds(self, x: float, y: float) -> bool:
        box = self.pen.box
        return box.left <= x <= box.right and box.top <= y <= box.bottom

    def _point(self, artist: Polygon, gradient: Array, grown: float, thick: float) -> None:
        shape = pointer(self._place(np.zeros(2)), self._place(gradient * grown), thick)
        if not np.array_equal(artist.get_xy()[: len(shape)], shape):
            artist.set_xy(shape)

    def _name(self, there: Fan) -> None:
        """Write at the heads of the two arrows what they are: over the upper one and under the lower one."""
        tips = [self._place(there.this), self._place(there.true)]
        box, upper = self.pen.box, min((0, 1), key=lambda k: tips[k][1])
        over, under = tips[upper][1] - 12, tips[1 - upper][1] + 26
        over = min(max(over, box.top + 20), box.bottom - 10 - NAME - 6)
        under = min(max(under, over + NAME + 6), box.bottom - 10)
        for k, key in enumerate(("this batch", "all points")):
            wide, x = self.pen.width(word(key), NAME, bold=True), tips[k][0]
            left = x - wide if x < self.across(0) else x
            left = min(max(left, box.left + 4), box.right - 4 - wide)
            self.names[k].write(word(key), left, over if k == upper else under)
