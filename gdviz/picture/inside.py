"""What goes on inside of a method: the raw slope against the step really taken, and what lies between the two."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import decimals, digits
from gdviz.descent.loss import Array, Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.glyphs import bar
from gdviz.picture.lines import Lines
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.terms import BARS, term, term_word
from gdviz.picture.theme import NAME, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen, reveal
from gdviz.words import listed, number, word

_ONLY_IF_NAMED = ("velocity", "past_steps")  # without momentum they say nothing
_MOST_ROWS = 4  # and the step
ROW = 44.0  # units from one bar to the next
_ABREAST, _PART = 500.0, 0.5  # units: a panel so wide has the bars on this part of it, and the lines to the right
_LOWEST = 60.0  # units: the height of lines that can still be read


@dataclass(frozen=True)
class Inside:
    """The numbers of the method at this step as bars, and how its corrections or rates change from step to step.

    What to watch: the uppermost bar is the slope as it is, the lowest the step that is really taken. With Adam the mean
    lags behind the slope, the usual size measures it, and the bias corrections fade: at the first step the mean counts
    ten times, the usual size, as the root of a mean of squares, 31.6 times.
    """

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay names and axes, and return what moves."""
        pen = Pen(pane, theme)
        drawings = [_Drawing(pen, story, run) for run in range(len(story.runs))]

        def show(moment: Moment) -> None:
            for run, drawing in enumerate(drawings):
                drawing.show(moment if run == moment.run else None)

        def marks(run: int, stamp: int) -> Iterator[Artist]:
            return drawings[run].marks(stamp)

        return Moving([artist for drawing in drawings for artist in drawing.artists], show, marks)


class _Drawing:
    """The inside of one run."""

    def __init__(self, pen: Pen, story: Story, run: int) -> None:
        self.pen, self.path, self.last = pen, story.runs[run], story.last(run)
        title = word("inside", method=self.path.name)
        fits = pen.width(title, NAME, bold=True) <= pen.box.width
        self.title = pen.text(pen.box.left, pen.box.top - 10, title if fits else word("inside it"), NAME, bold=True)
        slope = word("gradient" if isinstance(story.loss, Fit) or story.loss.about.dim > 1 else "slope")
        names, top = _rows(self.path) if self.last else [], pen.box.top
        beside = pen.box.width >= _ABREAST
        bars = Box(pen.box.left, top, pen.box.left + _PART * pen.box.width, pen.box.bottom) if beside else pen.box
        scales = {name: _scale(pen, bars, story, self.path, self.last, name) for name in names}
        places = {"step": digits(story).param}
        self.rows = [
            _Row(
                pen,
                bars,
                self.path,
                self.last,
                name,
                term_word(name, slope),
                top + ROW * k,
                scales[name],
                places.get(name),
            )
            for k, name in enumerate(names)
        ]
        left, below = (bars.right + 36, top + 24) if beside else (bars.left, top + ROW * len(names) + 52)
        box = Box(left + 44, below, pen.box.right - 4, pen.box.bottom)
        self.lines = Lines(pen, box, left, story, run, slope) if self.last > 1 and box.height >= _LOWEST else None
        self.artists: list[Artist] = [self.title, *(artist for row in self.rows for artist in row.artists)]
        if self.lines:
            self.artists += self.lines.artists

    def show(self, moment: Moment | None) -> None:
        """Set bars and points for a moment, or hide them."""
        told = moment is not None and moment.phase not in (Phase.MEASURE, Phase.TRACE)
        reveal([self.title], told)
        for row in self.rows:
            row.show(moment if told else None)
        if self.lines:
            self.lines.show(moment if told else None)

    def marks(self, stamp: int) -> Iterator[Artist]:
        """Yield the axes of the lines, then their way to each step."""
        if self.lines:
            yield from self.lines.marks(stamp)


def _rows(path: Trajectory) -> list[str]:
    """Return the names of the bars: of what the method has, and of those its rule names first of all."""
    if not len(path.step):
        return []
    named = set(re.findall(r"\w+", path.rule))
    own = [name for name in BARS if name in path.terms and (name in named or name not in _ONLY_IF_NAMED)]
    if len(own) > _MOST_ROWS:
        own = [name for name in own if name in ("gradient", "mean_gradient", "usual_size") or name in named]
    return [*own[:_MOST_ROWS], "step"]


def _scale(pen: Pen, box: Box, story: Story, path: Trajectory, last: int, name: str) -> Scale:
    """Return the scale of a bar: quantities of one unit share it, and the step is as long as its arrow on the axis."""
    left, right = box.left + 4, box.right - 4
    beside = pen.beside() if name == "step" and story.loss.about.dim == 1 else None
    if beside is not None:
        low, high = story.window.params
        reach = (right - left) / 2 * (high - low) / beside.width
        return Scale(-reach, reach, left, right)
    unit = term(name).unit
    family = [name, *(other for other in BARS if other in path.terms and unit and term(other).unit == unit)]
    values = (path.step if other == "step" else path.terms[other] for other in family)
    largest = max((float(np.abs(value[:last, 0]).max()) for value in values if last), default=0.0) or 1.0
    return Scale(-largest, largest, left, right)


class _Row:
    """One quantity: its name, its number, and a bar for each parameter."""

    def __init__(
        self, pen: Pen, box: Box, path: Trajectory, last: int, name: str, words: str, top: float, across: Scale,
        places: int | None,
    ) -> None:  # fmt: skip
        self.pen, self.name, self.top, self.across, self.names = pen, name, top, across, path.names
        self.values = (path.step if name == "step" else path.terms[name])[:last, 0]
        self.places = decimals(2 * float(np.quantile(np.abs(self.values), 0.9))) if places is None else places
        role, bold = term(name).role, name in ("gradient", "step")
        self.label = pen.text(box.left, top + 18, words, PILL, role, bold=bold)
        self.text = pen.text(box.right, top + 18, "", PILL, role, bold=True, align="right")
        self.bars = [pen.polygon(pen.theme.role(role)) for _ in range(min(2, self.values.shape[1]))]
        self.artists: list[Artist] = [self.label, self.text, *self.bars]
        self.named = len(self.bars) > 1
        longest = self._words(-np.abs(self.values).max(axis=0, initial=0.0))
        room = box.width - pen.width(words, PILL, bold=bold) - 12
        self.named &= pen.width(longest, PILL, bold=True) <= room
        pen.still(pen.line([(self.across(0), top + 24), (self.across(0), top + 38)], 1.5, pen.theme.axis))

    def show(self, moment: Moment | None) -> None:
        """Draw the bar as far as the number is known by now: until it is, that of the step before stays."""
        reveal([self.label], moment is not None)
        k = -1 if moment is None else min(self._known(moment), len(self.values) - 1)
        reveal([self.text, *self.bars], k >= 0)
        if k < 0:
            return
        self.text.write(self._words(self.values[k]))
        several = len(self.bars) > 1
        thick = 12.0 / len(self.bars)
        for place, (artist, value) in enumerate(zip(self.bars, self.values[k], strict=False)):
            y = self.top + 25 + place * (thick + (1 if several else 0))
            end = min(max(self.across(float(value)), self.across.begin), self.across.end)
            shape = bar(self.across(0), end, y, thick)
            if not np.array_equal(artist.get_xy()[: len(shape)], shape):
                artist.set_xy(shape)

    def _words(self, values: Array) -> str:
        """Return the numbers `(dim,)` of a step, each after its parameter's name where there is room for that."""
        shown = [_signed(float(value), self.places, self.name) for value in values[: len(self.bars)]]
        if not self.named:
            return listed(shown)
        return "   ".join(f"{name} {value}" for name, value in zip(self.names, shown, strict=False))

    def _known(self, moment: Moment) -> int:
        """Return the last step of which the number is known; -1 before the first."""
        if moment.phase is Phase.READY:
            return -1
        waits = moment.phase in (Phase.LOOK, Phase.ASK) and not moment.brisk and not term(self.name).seen
        return moment.step - waits


def _signed(value: float, places: int, name: str) -> str:
    text = number(value, places)
    return text if name != "step" or text[0] in "\N{MINUS SIGN}?" or not text.strip("0.,") else f"+{text}"
