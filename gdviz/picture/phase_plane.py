"""Learning rate against momentum: how many steps each pair needs, and where none arrives."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.findings import PhaseFindings
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Story
from gdviz.naming import run_names
from gdviz.picture.heads import plan
from gdviz.picture.named import Named
from gdviz.picture.pane import Pane
from gdviz.picture.relief import Levels, Rgb, shade, stretch
from gdviz.picture.scales import Scale
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import NOTE, PILL, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.uncovering import cells, level
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, word

_LINES = (5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # steps at which a line is drawn


@dataclass(frozen=True)
class PhasePlane:
    """The plane of learning rate and momentum, for a scene with a `PhaseMap`.

    A pair is coloured when its run has arrived: strong green needed few steps. Tinted red: none arrives. The dashed
    line is the limit, two times one plus momentum divided by the curvature.

    What to watch: with more momentum larger rates arrive; the soonest lies at a fold, between creeping and swinging.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the axes, and return the map that is uncovered."""
        drawing = _Drawing(Pen(pane, theme), story)
        for artist in drawing.still():
            drawing.pen.still(artist)
        return Moving(drawing.artists, drawing.show)


class _Drawing:
    """The map of one study."""

    def __init__(self, pen: Pen, story: Story) -> None:
        assert isinstance(story.study, PhaseFindings)  # the scene has checked it
        self.pen, self.story, self.found = pen, story, story.study
        box = pen.box
        self.across = Scale(float(self.found.rates[0]), float(self.found.rates[-1]), box.left, box.right)
        self.up = Scale(float(self.found.momenta[0]), float(self.found.momenta[-1]), box.bottom, box.top)
        columns, rows = round(box.width * pen.scale), round(box.height * pen.scale)
        needed = self.found.steps_needed[::-1]
        self.finite = needed[np.isfinite(needed)]
        self.top = float(self.finite.max(initial=1.0))
        self.needed = cells(needed, rows, columns)
        self.picture = self._picture(needed, rows, columns)
        self.land = pen.land(box, self._seen(0.0))
        self.land.set_zorder(0)
        self.level = -1
        styles = [pen.theme.run(story.style(run)) for run in range(len(story.runs))]
        self.marks = [pen.mark(style, 11, 3) for style in styles]
        self.names = [Named(pen, name, f"run{story.style(run)}") for run, name in enumerate(run_names(story))]
        self._set()
        labels = [label for name in self.names for label in name.labels]
        self.numbers = self._numbers()
        self.artists: list[Artist] = [self.land, *self._limit(), *self.numbers, *self.marks, *labels]

    def _picture(self, needed: Array, rows: int, columns: int) -> Rgb:
        """Return the whole map: bands of steps, and the zone where none arrives."""
        theme = self.pen.theme
        seen = [float(line) for line in _LINES if float(self.finite.min(initial=1.0)) < line < self.top]
        lines = np.array(seen or [self.top])
        self.lines = lines.tolist()
        levels = Levels(lines, np.ones(len(lines), dtype=bool), True, 0.0)
        smooth = stretch(np.where(np.isfinite(needed), np.maximum(needed, 0.5), 2 * self.top), rows, columns)
        strong, weak = theme.tint("rate", 0.75), theme.tint("rate", 0.06)
        picture = shade(smooth, levels, strong, weak, theme.ground, theme.ground, 0.8 * self.pen.scale)
        never = ~np.isfinite(self.needed)
        picture[never] = rgb(theme.tint("loss", 0.12))
        return picture

    def _seen(self, steps: float) -> Rgb:
        """Return the map as far as runs have arrived by so many steps; all of it at the end."""
        if steps >= self.top:
            return self.picture
        seen = self.picture.copy()
        seen[~(self.needed <= steps)] = rgb(self.pen.theme.tint("grid", 0.6))
        return seen

    def _limit(self) -> Iterator[Artist]:
        """Yield the line of the limit, with its name along the top."""
        pen, limits = self.pen, self.found.limits
        if not np.isfinite(limits).any():
            return
        pairs = zip(limits.tolist(), self.found.momenta.tolist(), strict=True)
        points = [(self.across(rate), self.up(momentum)) for rate, momentum in pairs]
        line = pen.line(points, 2.5, pen.theme.ink, (0, (3, 2.5)))
        pen.clip(line)
        yield line

    def _numbers(self) -> list[Artist]:
        """Return the steps of each line, each where its band is widest and nothing else stands."""
        found: list[Artist] = []
        box = self.pen.box
        taken = [Box(x - 20, y - 20, x + 20, y + 20) for x, y in self.places]
        taken += [self._block(run) for run in range(len(self.names))]
        for line in self.lines:
            words = number(line, 0)
            wide = self.pen.width(words, NOTE, bold=True)
            for x, y in self._rim(line):
                label = Box(x - wide / 2 - 4, y - 12, x + wide / 2 + 4, y + 12)
                if label.within(box) and not any(label.meets(other, 4) for other in taken):
                    taken.append(label)
                    found.append(self.pen.text(x, y + 6, words, NOTE, bold=True, align="center", halo=True))
                    break
        return found

    def _rim(self, steps: float) -> Iterator[tuple[float, float]]:
        """Yield the places of the last pairs that arrive within so many steps, from the largest momentum down."""
        within = self.found.steps_needed <= steps
        beside = np.pad(within, 1, mode="edge")
        inner = beside[2:, 1:-1] & beside[:-2, 1:-1] & beside[1:-1, 2:] & beside[1:-1, :-2]
        for row, column in np.argwhere(within & ~inner)[::-1].tolist():
            yield self.across(float(self.found.rates[column])), self.up(float(self.found.momenta[row]))

    def _block(self, run: int) -> Box:
        """Return where the name of a run stands."""
        labels = self.names[run].labels
        left = min(label.x for label in labels)
        return Box(left - 4, labels[0].y - 20, left + self.names[run].block.wide + 4, labels[-1].y + 6)

    def still(self) -> Iterator[Artist]:
        """Yield axes and names."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        yield pen.text(box.left - 40, box.top - 12, word("momentum"), PILL, bold=True)
        wide = pen.width(word("map limit"), NOTE)
        room = box.width + 40 - pen.width(word("momentum"), PILL, bold=True) - 60
        if np.isfinite(self.found.limits).any() and wide <= room:
            sample = [(box.right - wide - 44, box.top - 18), (box.right - wide - 8, box.top - 18)]
            yield pen.line(sample, 2.5, theme.ink, (0, (3, 2.5)))
            yield pen.text(box.right, box.top - 12, word("map limit"), NOTE, align="right")
        if pen.width(word("map colours"), NOTE) <= box.width - pen.width(word("rate"), PILL, bold=True):
            yield pen.text(box.left - 40, box.bottom + 47, word("map colours"), NOTE, "muted")
        rates = self.across.ticks(max(2, int(box.width / 110)))
        yield from numbers_below(pen, self.across, rates, 23, last=box.right - 10)
        yield from numbers_beside(pen, self.up, self.up.ticks(5))
        yield pen.text(box.right, box.bottom + 47, word("rate"), PILL, "rate", bold=True, align="right")

    def _set(self) -> None:
        """Put the runs that are shown where they belong on the map, each with its name."""
        box = self.pen.box
        places: list[list[float]] = []
        for run, mark in enumerate(self.marks):
            terms = self.story.runs[run].terms
            at = [float(terms[name].flat[0]) if name in terms else 0.0 for name in ("learning_rate", "momentum")]
            x, y = self.across(at[0]), self.up(at[1])
            put(mark, (min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)))
            places.append([x, y])
        self.places = places
        blocks = [name.block for name in self.names]
        chosen = plan(np.array([places]), blocks, Box(box.left - 4, box.top, box.right + 4, box.bottom + 4), [])
        for name, place, corner, seen in zip(self.names, places, chosen.corner[0], chosen.seen[0], strict=True):
            name.beside((place[0], place[1]), corner)
            for label in name.labels:
                label.set_visible(bool(seen))

    def show(self, moment: Moment) -> None:
        """Uncover what has arrived."""
        now = math.floor(level(self.story, moment, self.top))
        if now != self.level:
            self.level = now
            self.land.lay(self._seen(now))
            reveal(self.numbers, now >= self.top)
