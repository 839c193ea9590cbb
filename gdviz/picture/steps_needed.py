"""How many steps each learning rate needs: a valley between too slow and never."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.findings import RateFindings
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.uncovering import level
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, short, word

_TOP = 1.15  # the axis reaches so much beyond the slowest of the runs that are shown
_MOST = 20.0  # but to no more than so many times the steps of the usual rate
_LEAST = 12  # steps on the axis


@dataclass(frozen=True)
class StepsNeeded:
    """The steps needed against the learning rate, for a scene with a `RateStudy`.

    Each rate's point appears when it arrives: the curve comes out of the ground as the steps are counted. Where it
    ends, no step brings the run nearer; the dashed line is the limit, two divided by the curvature.

    The runs that are shown take fewer steps than some of these rates need: a quiet line says how many.

    What to watch: a wide valley; slow to the left, a wall to the right, and behind the wall never.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay axes and the limit, and return what grows."""
        drawing = _Drawing(Pen(pane, theme), story)
        for artist in drawing.still():
            drawing.pen.still(artist)
        return Moving(drawing.artists, drawing.show)


class _Drawing:
    """The curve of one study."""

    def __init__(self, pen: Pen, story: Story) -> None:
        assert isinstance(story.study, RateFindings)  # the scene has checked it
        self.pen, self.story, self.found = pen, story, story.study
        box = pen.box
        self.rates = [_rate(story, run) for run in range(len(story.runs))]
        self.needed = [self._needed(rate) for rate in self.rates]
        finite = self.found.steps_needed[np.isfinite(self.found.steps_needed)]
        usual = float(np.median(finite)) if finite.size else float(_LEAST)
        shown = [steps for steps in self.needed if np.isfinite(steps) and steps <= _MOST * usual]
        self.top = max([_TOP * steps for steps in shown] + [2.5 * usual, float(_LEAST)])
        self.across = Scale(0.0, float(self.found.rates[-1]), box.left, box.right)
        self.up = Scale(0.0, self.top, box.bottom, box.top)
        self.places = np.array(
            [(self.across(r), self.up(n)) for r, n in zip(self.found.rates, self.found.steps_needed, strict=True)]
        )
        self.curve = pen.line([], 3.5, pen.theme.curve)
        pen.clip(self.curve, Box(box.left, box.top, box.right, box.bottom + 4))
        styles = [pen.theme.run(story.style(run)) for run in range(len(story.runs))]
        self.marks = [pen.mark(style, 9, 2.5) for style in styles]
        self.labels = [
            pen.text(0, 0, self._label(run), PILL, f"run{story.style(run)}", bold=True, halo=True)
            for run in range(len(story.runs))
        ]
        self.shown = self._shown_at()
        self._set()
        self.artists: list[Artist] = [self.curve, *self.marks, *self.labels]

    def _needed(self, rate: float) -> float:
        """Return the steps that the study's rate next to this one needs."""
        return float(self.found.steps_needed[int(np.argmin(np.abs(self.found.rates - rate)))])

    def _label(self, run: int) -> str:
        steps = self.needed[run]
        if not np.isfinite(steps):
            return word("never")
        return word("so many steps", steps=number(steps, 0)) if run == 0 else number(steps, 0)

    @property
    def wall(self) -> float:
        """The rate beyond which nothing arrives, as measured."""
        arriving = np.flatnonzero(np.isfinite(self.found.steps_needed))
        return float(self.found.rates[arriving[-1]]) if arriving.size else 0.0

    def still(self) -> Iterator[Artist]:
        """Yield grid, axes, the zone of never and the limit."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        yield pen.text(
            box.left - 56, box.top - (16 if self._is_beside() else 42), word("steps needed"), NAME, bold=True
        )
        wall = self.across(self.wall)
        if box.right - wall > 8:
            yield pen.plate(Box(wall, box.top, box.right, box.bottom), theme.tint("loss", 0.09), 0.01)
        ticks = self.up.ticks(4)
        for tick in ticks:
            yield pen.line([(box.left, self.up(tick)), (wall, self.up(tick))], 1, theme.grid)
        yield from numbers_beside(pen, self.up, ticks)
        yield from numbers_below(pen, self.across, self.across.ticks(max(2, min(6, int(box.width / 120)))))
        yield pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis)
        yield pen.text(box.right + 10, box.bottom + 6, word("rate"), PILL, "muted")
        yield from self._limit()
        yield from self._shown()

    def _shown(self) -> Iterator[Artist]:
        """Yield a line at the steps that the runs take in the picture, where some need more; with its name."""
        if self.shown is None:
            return
        pen, box, y = self.pen, self.pen.box, self.up(self.story.steps)
        yield pen.line([(box.left, y), (self.across(self.wall), y)], 1.5, pen.theme.muted, (0, (4, 3)))
        words = word("steps shown", steps=self.story.steps)
        yield pen.text(self.shown.left, self.shown.bottom - 4, words, NOTE, "muted", halo=True)

    def _shown_at(self) -> Box | None:
        """Return where the name of that line stands, or None where nothing needs more steps."""
        wide, y = self.pen.width(word("steps shown", steps=self.story.steps), NOTE), self.up(self.story.steps)
        longer = any(self.story.steps < steps <= self.top for steps in self.needed)
        if not longer or y - 22 < self.pen.box.top:
            return None
        left = (self.pen.box.left + self.across(self.wall) - wide) / 2
        return Box(left, y - 22, left + wide, y - 2)

    def _limit(self) -> Iterator[Artist]:
        pen, box, limit = self.pen, self.pen.box, self.found.limit
        if not np.isfinite(limit) or limit > self.across.high:
            return
        x = self.across(limit)
        yield pen.line([(x, box.top - 6), (x, box.bottom)], 2, pen.theme.ink, (0, (3, 2.5)))
        yield pen.text(self._limit_at(), box.top - 16, self._limit_words(), NOTE, align="right")

    def _limit_words(self) -> str:
        curvature, limit = (short(float(f"{value:.3g}")) for value in (self.found.curvature, self.found.limit))
        plain = abs(self.found.limit * self.found.curvature - 2.0) < 1e-6  # of momentum it is another one
        return word("limit" if plain else "limit of it", curvature=curvature, limit=limit)

    def _limit_at(self) -> float:
        """Return where the words of the limit end."""
        wide = self.pen.width(self._limit_words(), NOTE)
        return max(min(self.across(self.found.limit) + 10, self.pen.box.right), self.pen.box.left - 56 + wide)

    def _is_beside(self) -> bool:
        """Whether the title and the words of the limit fit on one line."""
        if not np.isfinite(self.found.limit):
            return True
        title = self.pen.box.left - 56 + self.pen.width(word("steps needed"), NAME, bold=True)
        return title + 16 <= self._limit_at() - self.pen.width(self._limit_words(), NOTE)

    def _set(self) -> None:
        """Put each run's marker and its steps where they will stand."""
        box = self.pen.box
        placed = [] if self.shown is None else [self.shown]
        for run, (rate, steps) in enumerate(zip(self.rates, self.needed, strict=True)):
            x = min(max(self.across(rate), box.left), box.right)
            y = max(self.up(steps), box.top) if np.isfinite(steps) else box.top + 0.45 * box.height
            put(self.marks[run], (x, y))
            wide = self.pen.width(self.labels[run].words, PILL, bold=True)
            spots = [(x + 16, y + 6), (x - 16 - wide, y + 6), (x - wide / 2, y - 16), (x - wide / 2, y + 30)]
            curve = self.places[np.isfinite(self.places).all(axis=1)]
            left, base = min(
                spots,
                key=lambda spot: self._crowd(Box(spot[0], spot[1] - 16, spot[0] + wide, spot[1] + 4), curve, placed),
            )
            placed.append(Box(left, base - 16, left + wide, base + 4))
            self.labels[run].write(self.labels[run].words, left, base)

    def _crowd(self, label: Box, curve: Array, placed: list[Box]) -> float:
        x, y = curve[:, 0], curve[:, 1]
        under = (x > label.left - 4) & (x < label.right + 4) & (y > label.top - 4) & (y < label.bottom + 4)
        edge = Box(self.pen.box.left, self.pen.box.top - 24, self.pen.box.right + 8, self.pen.box.bottom)
        return (
            float(under.sum()) + 100.0 * (not label.within(edge)) + 100.0 * sum(label.meets(box, 2) for box in placed)
        )

    def show(self, moment: Moment) -> None:
        """Let the curve come up to the steps that are counted; at the end all of it."""
        steps_now = level(self.story, moment, 1.05 * self.top)
        over = moment.phase is Phase.REST and moment.progress >= 1
        y = self.up(steps_now)
        seen = np.where(self.places[:, 1:] >= y - 0.5, self.places, np.nan)
        put(self.curve, *seen.tolist())
        for mark, label, steps in zip(self.marks, self.labels, self.needed, strict=True):
            reveal([mark, label], over or steps <= steps_now)


def _rate(story: Story, run: int) -> float:
    rate = story.runs[run].terms.get("learning_rate")
    return 0.0 if rate is None else float(rate.flat[0])
