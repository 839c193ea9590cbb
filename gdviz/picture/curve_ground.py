"""The loss of one parameter as a quiet curve, for pictures of several runs."""

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Story
from gdviz.picture.guides import guides
from gdviz.picture.sampling import BAND, sampled
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.theme import NAME, NOTE
from gdviz.picture.view import Box, Pen
from gdviz.words import shown_names, word

_POINTS = 801


class CurveGround:
    """The curve in a box, with the scales of the parameter, `across`, and of the loss, `up`.

    whole: with a grid, the losses beside the axis and the minima, for a large panel.

    grid: the parameters `(n,)` at which the curve is drawn. reach: its places `(n, 2)` there, also those above the box;
    points: those inside of it.
    """

    def __init__(self, pen: Pen, story: Story, box: Box, *, whole: bool = False) -> None:
        self.pen, self.story, self.box, self.whole = pen, story, box, whole
        low, high = story.window.loss
        self.across = Scale(*story.window.params, box.left, box.right)
        self.up = Scale(low - 0.08 * (high - low), high, box.bottom, box.top)
        found = sampled(story.loss, story.window.params, _POINTS)
        self.grid, self.band = found.params, found.band
        self.reach = np.array([self.place(m, loss) for m, loss in zip(self.grid, found.losses, strict=True)])
        self.reach[~np.isfinite(found.losses)] = np.nan
        seen = self.reach[:, 1:] >= box.top  # what is still is not clipped
        self.points = np.where(seen, self.reach, np.nan)

    def place(self, m: float, loss: float) -> tuple[float, float]:
        """Return the place of a point in units."""
        return self.across(m), self.up(loss)

    def places(self, run: int) -> Array:
        """Return the places of a run in units, `(n, 2)`."""
        pairs = zip(self.story.path(run)[:, 0].tolist(), self.story.losses(run).tolist(), strict=True)
        return np.array([self.place(m, loss) for m, loss in pairs])

    def still(self, *, fog: bool = False) -> Iterator[Artist]:
        """Yield grid, curve, axis, names and numbers; in fog neither the curve nor its minima."""
        pen, box, theme = self.pen, self.box, self.pen.theme
        ticks = self.across.ticks(max(3, int(box.width / 95)))
        if self.whole:
            yield from self._grid(ticks)
        if self.whole and not fog:
            yield from self.minima()
        if not fog:
            colour = theme.tint("curve", BAND) if self.band else theme.curve
            yield pen.line(self.points, 4 if self.whole else 2.5, colour)
        yield pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis)
        name = shown_names(self.story.loss.about.names)[0]
        end = box.right - max(30.0, pen.width(name, NAME, bold=True) + 8)
        for value, text in zip(ticks, tick_texts(ticks), strict=True):
            half = pen.width(text, NOTE) / 2
            if box.left + half <= self.across(value) <= end - half:
                yield pen.text(self.across(value), box.bottom + 21, text, NOTE, "muted", align="center")
        yield pen.text(box.right, box.bottom + 22, name, NAME, "muted", bold=True, align="right")

    def _grid(self, ticks: list[float]) -> Iterator[Artist]:
        pen, box, theme = self.pen, self.box, self.pen.theme
        for value in ticks:
            yield pen.line([(self.across(value), box.top), (self.across(value), box.bottom)], 1, theme.grid)
        losses = [value for value in self.up.ticks(5) if box.top + 12 <= self.up(value) <= box.bottom - 16]
        for value, text in zip(losses, tick_texts(losses), strict=True):
            yield pen.line([(box.left, self.up(value)), (box.right, self.up(value))], 1, theme.grid)
            yield pen.text(box.left - 9, self.up(value) + 6, text, NOTE, "muted", align="right")
        yield pen.text(box.left - 8, box.top - 10, word("loss"), NAME, "muted", bold=True, align="right")

    def minima(self) -> list[Artist]:
        """Return a quiet guide for each minimum, with its word where there is room."""
        return guides(self.pen, self.story, self.across)[0]
