"""The losses of a race, each run with its colour, dash and marker."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.theme import NAME, NOTE, PILL, Dashes
from gdviz.picture.view import Box, Pen, put, reveal
from gdviz.words import number, short, word

_DECADES = 6  # at most so many below the start
_SPREAD = 30.0  # how many times farther the best run has come before the axis becomes logarithmic
_MANY = 12
_LONGEST = 0.7  # of the width, for the name of a line


class HistoryRace:
    """The loss of each run after each step."""

    def __init__(self, pen: Pen, story: Story, caption: bool, target: bool) -> None:
        self.pen, self.story, self.caption, self.target, theme, box = pen, story, caption, target, pen.theme, pen.box
        self.standing = story.standing
        self.across = Scale(0, max(1, story.steps), box.left, box.right)
        self.above, self.up = self._axis()
        runs = range(len(story.runs))
        thin = len(story.runs) > _MANY
        styles = [theme.run(story.style(run)) for run in runs]
        self.places = [self._places(run) for run in runs]
        dashes = [dash_pattern("solid" if thin else style.dash, 3.0) for style in styles]
        self.pieces = [dashed(places, dash) for places, dash in zip(self.places, dashes, strict=True)]
        width = 1.5 if thin else 3
        self.lines = [pen.line([], width, style.colour) for style in styles]
        self.newest = [pen.line([], width, style.colour) for style in styles]
        self.heads = [pen.mark(style, 4 if thin else 8, 1.5) for style in styles]
        for line in (*self.lines, *self.newest):
            line.set_solid_capstyle("butt")
            pen.clip(line, Box(box.left, box.top - 4, box.right + 4, box.bottom))
        self.artists: list[Artist] = [*self.newest, *(self.heads[run] for run in story.from_last_to_first)]

    def _axis(self) -> tuple[float, Scale]:
        """Return the loss from which heights are counted, and the axis: logarithmic where runs come far apart.

        Heights above a minimum would tell how low that is, before it is found.
        """
        box, losses = self.pen.box, self.standing.loss
        losses = losses[np.isfinite(losses)]
        lowest, start = self.standing.lowest, float(self.standing.loss[0].max())
        if not self.target:
            lowest = 0.0 if losses.min() > 0 else float(losses.min())
        above = losses - lowest
        rise = start - lowest
        counted = self.target or lowest == 0
        if counted and rise > 0 and above[above > 0].min(initial=rise) < rise / _SPREAD:
            base = 0.0 if abs(lowest) < 1e-9 * rise else lowest
            low = max(float(above[above > 0].min()), 10.0**-_DECADES * rise)
            low, high = 10.0 ** np.floor(np.log10(low)), 10.0 ** np.ceil(np.log10(min(float(above.max()), 10 * rise)))
            return base, Scale(float(low), float(high), box.bottom, box.top, log=True)
        kept = losses[losses <= start + rise]
        low, high = float(kept.min()), float(kept.max())
        margin = 0.12 * (high - low) or 1.0
        return 0.0, Scale(low - margin, high + margin, box.bottom, box.top)

    def _places(self, run: int) -> Array:
        """Return the points `(n, 2)` of a run in units; those below the axis lie on it."""
        losses = self.story.losses(run) - self.above
        heights = [min(self.up(float(loss)), self.pen.box.bottom) for loss in losses]
        return np.array([(self.across(k), y) for k, y in enumerate(heights)])

    def lay(self) -> None:
        """Lay grid, axis and names."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        above = "history above" if self.story.minima else "history above best"
        title = word(above if self.above else "history")
        pen.still(pen.text(pen.box.left - 56, box.top - 16, title, NAME, bold=True))
        ticks = self.up.ticks(max(2, int(box.height / 48)))
        for tick, text in zip(ticks, tick_texts(ticks), strict=True):
            pen.still(pen.line([(box.left, self.up(tick)), (box.right, self.up(tick))], 1, theme.grid))
            pen.still(pen.text(box.left - 9, self.up(tick) + 6, text, NOTE, "muted", align="right"))
        target = self.up(self.standing.target - self.above)
        if self.target and self.standing.goal and box.top < target < box.bottom:
            pen.still(pen.line([(box.left, target), (box.right, target)], 1.5, theme.muted, (0, (4, 3))))
            near = short(float(f"{self.standing.target - self.above:.3g}"))
            pen.still(self._name_of(target, word("race goal line", loss=near), near))
        steps = sorted({round(k) for k in self.across.ticks(max(2, min(6, int(box.width / 60))))})
        for step in steps:
            pen.still(pen.text(self.across(step), box.bottom + 21, number(step, 0), NOTE, "muted", align="center"))
        if self.caption:
            pen.still(
                pen.text((box.left + box.right) / 2, box.bottom + 45, word("step"), PILL, "muted", align="center")
            )
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))

    def _name_of(self, target: float, *names: str) -> Label:
        """Return the longest name of the line at a height that has room, where the fewest losses come by."""
        pen, box = self.pen, self.pen.box
        fits = [name for name in names if pen.width(name, NOTE) < _LONGEST * box.width]
        name = (fits or names[-1:])[0]
        wide = pen.width(name, NOTE)
        places = np.concatenate(self.places)

        def crowd(spot: tuple[float, float]) -> int:
            near = np.abs(places - (spot[0] + wide / 2, spot[1] - 6)) < (wide / 2 + 6, 14)
            return int(near.all(axis=1).sum())

        lefts, bases = (box.left + 6, box.right - 6 - wide), (target - 6, target + 20)
        spots = [(left, base) for base in bases for left in lefts if box.top + 16 < base < box.bottom - 4]
        label = pen.text(*min(spots or [(lefts[0], bases[0])], key=crowd), name, NOTE, "muted", halo=True)
        label.set_zorder(3)  # over the grid
        return label

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - all runs go together
        """Yield what each line gained with the position that was left."""
        for line, pieces in zip(self.lines, self.pieces, strict=True):
            if 2 <= stamp <= len(pieces) + 1:
                put(line, *pieces[stamp - 2])
                yield line

    def show(self, moment: Moment) -> None:
        """Set the heads and the way to them."""
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        for places, pieces, newest, head in zip(self.places, self.pieces, self.newest, self.heads, strict=True):
            last = len(places) - 1
            k = min(moment.step, last)
            here, there = places[k], places[min(moment.step + 1, last)]
            x, y = (here + (there - here) * ease(part)).tolist()
            reveal([head], y >= self.pen.box.top - 2)
            put(head, (x, y))
            over = moment.step > last
            way = [] if over or k == 0 else list(pieces[k - 1])
            if part > 0 and k < last:
                way += [(np.nan, np.nan), here.tolist(), (x, y)]
            put(newest, *way)


def dash_pattern(dash: Dashes, width: float) -> list[float]:
    """Return a dash pattern in units, on and off in turn; empty for a solid line."""
    return [] if isinstance(dash, str) else [width * part for part in dash[1]]


def dashed(places: Array, dash: list[float]) -> list[list[tuple[float, float]]]:
    """Cut a line through `places` `(n, 2)` into dashes, listed by the step with which they come.

    A dash goes on from one step into the next, so that a line of many short steps is dashed as one of few long ones.
    """
    found: list[list[tuple[float, float]]] = []
    done = 0.0
    for begin, end in pairwise(places):
        length = float(np.hypot(*(end - begin)))
        if not dash or not length or length > 5000:
            found.append([tuple(begin.tolist()), tuple(end.tolist())])
            continue
        row: list[tuple[float, float]] = []
        for on, off in _strokes(dash, done, done + length):
            row += [tuple((begin + (end - begin) * (at - done) / length).tolist()) for at in (on, off)]
            row.append((np.nan, np.nan))
        found.append(row[:-1])
        done += length
    return found


def _strokes(dash: list[float], begin: float, end: float) -> Iterator[tuple[float, float]]:
    """Yield where ink begins and ends between two lengths along a line."""
    whole = sum(dash)
    at = begin - begin % whole
    while at < end:
        for k, length in enumerate(dash):
            on, off = max(at, begin), min(at + length, end)
            if k % 2 == 0 and off > on:
                yield on, off
            at += length
