"""What goes on inside of a method: the raw slope against the step really taken, and what lies between the two."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from gdviz.descent.digits import decimals, digits
from gdviz.descent.loss import Array, Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.glyphs import bar
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.terms import BARS, term, term_word
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, word

_MOST_ROWS = 4  # and the step
_LINES = (("correction1", "correction2"), ("effective_rate",), ("learning_rate",))
_CORRECTED = {"correction1": "mean_gradient", "correction2": "usual_size"}
_FACTORS = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)  # that a correction may have; its axis is logarithmic
ROW = 44.0  # units from one bar to the next


@dataclass(frozen=True)
class Inside:
    """The numbers of the method at this step as bars, and how its corrections or rates change from step to step.

    What to watch: the uppermost bar is the slope as it is, the lowest the step that is really taken. With Adam the mean
    lags behind the slope, the usual size measures it, and the bias corrections fade: at the first step the mean counts
    ten times, the usual size, as the root of a mean of squares, 31.6 times.
    """

    def draw(self, axes: Axes, story: Story, theme: Theme) -> Moving:
        """Lay names and axes, and return what moves."""
        pen = Pen(axes, theme)
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
        self.title = pen.text(pen.box.left, pen.box.top - 10, word("inside", method=self.path.name), NAME, bold=True)
        slope = word("gradient" if isinstance(story.loss, Fit) or story.loss.about.dim > 1 else "slope")
        shown = digits(story)
        names = _rows(self.path)
        self.rows = [
            _Row(pen, self.path, self.last, name, slope, pen.box.top + ROW * k, shown.param if name == "step" else None)
            for k, name in enumerate(names)
        ]
        top = pen.box.top + ROW * len(names) + 46
        drawn = next((names for names in _LINES if names[0] in self.path.terms), ())
        self.lines = _Lines(pen, self.path, self.last, drawn, top, slope) if drawn and self.last > 1 else None
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
    own = [name for name in BARS if name in path.terms]
    if len(own) > _MOST_ROWS:
        own = [name for name in own if name in ("gradient", "mean_gradient", "usual_size") or name in path.rule]
    return [*own[:_MOST_ROWS], "step"]


class _Row:
    """One quantity: its name, its number, and a bar for each parameter."""

    def __init__(
        self, pen: Pen, path: Trajectory, last: int, name: str, slope: str, top: float, places: int | None
    ) -> None:
        self.pen, self.name, self.top = pen, name, top
        whole = path.step if name == "step" else path.terms[name]
        self.values = whole[:last, 0]
        role, unit = term(name).role, term(name).unit
        self.places = decimals(2 * float(np.quantile(np.abs(self.values), 0.9))) if places is None else places
        same = [other for other in BARS if other in path.terms and unit and term(other).unit == unit]
        family = [path.terms[other][:last, 0] for other in same]
        largest = max((float(np.abs(values).max()) for values in (*family, self.values)), default=0.0) or 1.0
        box = pen.box
        self.across = Scale(-largest, largest, box.left + 4, box.right - 4)
        words = term_word(name, slope)
        bold = name in ("gradient", "step")
        self.label = pen.text(box.left, top + 18, words, PILL, role, bold=bold)
        self.text = pen.text(box.right, top + 18, "", PILL, role, bold=True, align="right")
        self.bars = [pen.polygon(pen.theme.role(role)) for _ in range(min(2, self.values.shape[1]))]
        self.artists: list[Artist] = [self.label, self.text, *self.bars]
        pen.still(pen.line([(self.across(0), top + 24), (self.across(0), top + 38)], 1.5, pen.theme.axis))

    def show(self, moment: Moment | None) -> None:
        """Draw the bar as far as the number is known by now."""
        reveal([self.label], moment is not None)
        k = None if moment is None else min(moment.step, len(self.values) - 1)
        known = moment is not None and k is not None and k >= 0 and self._is_known(moment)
        reveal([self.text, *self.bars], known)
        if not known or k is None:
            return
        values = self.values[k]
        several = len(self.bars) > 1
        self.text.write(", ".join(_signed(float(value), self.places, self.name) for value in values[: len(self.bars)]))
        thick = 12.0 / len(self.bars)
        for place, (artist, value) in enumerate(zip(self.bars, values, strict=False)):
            y = self.top + 25 + place * (thick + (1 if several else 0))
            shape = bar(self.across(0), self.across(float(value)), y, thick)
            if not np.array_equal(artist.get_xy()[: len(shape)], shape):
                artist.set_xy(shape)

    def _is_known(self, moment: Moment) -> bool:
        if moment.phase is Phase.READY:
            return False
        early = (Phase.LOOK, Phase.ASK)
        return moment.brisk or term(self.name).seen or moment.phase not in early


def _signed(value: float, places: int, name: str) -> str:
    text = number(value, places)
    return text if name != "step" or text[0] in "\N{MINUS SIGN}?" or not text.strip("0.") else f"+{text}"


class _Lines:
    """How the corrections, or the rates, change from step to step."""

    def __init__(self, pen: Pen, path: Trajectory, last: int, names: tuple[str, ...], top: float, slope: str) -> None:
        self.pen, self.last = pen, last
        self.names = [name for name in names if name in path.terms]
        self.box = Box(pen.box.left + 44, top, pen.box.right - 4, pen.box.bottom)
        # The usual size is a root, and so is what corrects it.
        values: list[Array] = [
            np.sqrt(path.terms[name][:last, 0, 0]) if name == "correction2" else path.terms[name][:last, 0, 0]
            for name in self.names
        ]
        self.roles = ["slope", "ink"] if len(self.names) > 1 else ["slope" if "correction1" in self.names else "rate"]
        title = word("correction") if "correction1" in self.names else term_word(self.names[0], slope)
        self.title = pen.text(pen.box.left, top - 12, title, PILL, "muted")
        every = np.concatenate(values)
        low, high = float(every.min()), float(every.max())
        factors = "correction1" in self.names  # they end at one, and begin at many times that
        self.log = factors or (low > 0 and high > 100 * low)
        margin = 0.1 * (high - low) or 0.5 * abs(high) or 1.0
        ends = (min(1.0, low) if factors else low, high * 1.2) if self.log else (low - margin, high + margin)
        self.up = Scale(*ends, self.box.bottom, self.box.top, log=self.log)
        self.across = Scale(0, max(1, last - 1), self.box.left, self.box.right)
        self.points = [[(self.across(k), self.up(float(value))) for k, value in enumerate(row)] for row in values]
        self.segments = [pen.line([], 3, pen.theme.role(role)) for role, _ in zip(self.roles, values, strict=False)]
        self.axis = pen.line([(self.box.left, self.box.bottom), (self.box.right, self.box.bottom)], 1.5, pen.theme.axis)
        ticks = [tick for tick in _FACTORS if tick <= max(10.0, high)] if factors else self.up.ticks(3)
        self.grid = [
            pen.line([(self.box.left, self.up(tick)), (self.box.right, self.up(tick))], 1, pen.theme.grid)
            for tick in ticks
        ]
        factor = "× " if factors else ""
        self.ticks = [
            pen.text(self.box.left - 8, self.up(tick) + 6, factor + text, NOTE, "muted", align="right")
            for tick, text in zip(ticks, tick_texts(ticks), strict=True)
        ]
        self.heads = [pen.dot(7, pen.theme.role(role), 1.5) for role, _ in zip(self.roles, values, strict=False)]
        of = [term_word(_CORRECTED.get(name, name), slope) if len(self.names) > 1 else "" for name in self.names]
        self.of = [
            pen.text(0, 0, words, NOTE, role, bold=True, halo=True) for words, role in zip(of, self.roles, strict=False)
        ]
        self.artists: list[Artist] = [self.title, *self.ticks, *self.heads, *self.of]

    def show(self, moment: Moment | None) -> None:
        """Set the points of this step."""
        reveal([self.title, *self.ticks], moment is not None)
        told = moment is not None and moment.phase is not Phase.READY
        reveal([*self.heads, *self.of], told)
        if moment is not None and told:
            k = min(moment.step, self.last - 1)
            places = [points[k] for points in self.points]
            for head, place in zip(self.heads, places, strict=True):
                put(head, place)
            self._name(places)

    def _name(self, places: list[tuple[float, float]]) -> None:
        """Write each line's name: ahead of its point, where nothing is drawn yet, or over its end; never two in one."""
        widest = max(self.pen.width(label.words, NOTE, bold=True) for label in self.of)
        ahead = all(x + 14 + widest <= self.box.right for x, _ in places)
        heights = [y + 6 if ahead else y - 10 for _, y in places]
        if len(heights) > 1 and abs(heights[0] - heights[1]) < 22:
            upper = 0 if heights[0] <= heights[1] else 1
            heights[upper] = max(min(heights) - 5, self.box.top + 10)
            heights[1 - upper] = heights[upper] + 22
        for label, (x, _), y in zip(self.of, places, heights, strict=True):
            wide = self.pen.width(label.words, NOTE, bold=True)
            label.write(label.words, x + 14 if ahead else self.box.right - wide, y)

    def marks(self, stamp: int) -> Iterator[Artist]:
        """Yield grid and axis, then the way from one step to the next."""
        if stamp == 0:
            yield from (*self.grid, self.axis)
        for line, points in zip(self.segments, self.points, strict=True):
            if 2 <= stamp <= len(points):
                put(line, points[stamp - 2], points[stamp - 1])
                yield line
