"""Loss and accuracy after each step, on the examples that are learnt from and on those that were held out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import decimals
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Story
from gdviz.naming import run_names
from gdviz.picture.history_race import dash_pattern, dashed
from gdviz.picture.learnt import cut, network_of
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, Dashes, Theme
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, word

_BESIDE = 1.9  # a panel so many times wider than high has both charts beside each other
_BETWEEN, _APART = 62.0, 40.0  # units between charts, one above the other, or beside each other
_TICKS = 62.0  # units to the left of a chart
_LINE = 21.0  # units between the names of lines that end close together
_PART = 0.46  # of a chart's width, at most, for the names of a race's runs at the ends of lines
_TEST: Dashes = (0, (3.2, 1.6))
_RISE = 1.02  # times its minimum: a loss that ends higher than that has been better before
_ABOVE = 1.07  # times the highest value: the top of the axis
_HIGHEST = 8.0  # times the highest loss at the start: what is above leaves the chart


@dataclass(frozen=True)
class Scores:
    """The loss, and of classes the accuracy, after each step: learnt from, and held out.

    Both are counted on all the examples, without penalties. The examples that were learnt from have the solid, paler
    line, those that were held out the dashed one. Where the loss on the latter was lowest, long before the end, a
    quiet line says so: the network has gone on learning by heart. In a race each run has one line, in its colour and
    dash, of the examples that were held out where there are any.

    accuracy: show the accuracy too, where there are classes.

    What to watch: both losses fall together, then they part: what is learnt no longer helps with new examples.
    """

    accuracy: bool = True

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the axes, and return what moves."""
        pen = Pen(pane, theme)
        charts = [*_charts(pen, story, self.accuracy)]

        def show(moment: Moment) -> None:
            for chart in charts:
                chart.show(moment)

        def marks(run: int, stamp: int) -> Iterator[Artist]:
            return (artist for chart in charts for artist in chart.marks(run, stamp))

        return Moving([artist for chart in charts for artist in chart.artists], show, marks)


class _Curve(NamedTuple):
    """One line of a chart: of a run, its values `(positions,)`, and how it looks.

    digits: decimals of a loss; None for an accuracy, which is told in per cent.
    """

    run: int
    name: str
    values: Array
    role: str
    colour: str
    width: float
    dash: Dashes
    digits: int | None

    def text(self, value: float, named: bool) -> str:
        """Return what stands at the end of the line, with its name or without."""
        told = f"{number(100 * value, 1)} %" if self.digits is None else number(value, self.digits)
        return f"{self.name} {told}" if named and self.name else told


def _charts(pen: Pen, story: Story, accuracy: bool) -> Iterator["_Chart"]:
    """Yield the chart of the loss, and that of the accuracy, each laid in its place."""
    network = network_of(story)
    paths = [story.path(run) for run in range(len(story.runs))]
    learnt = [network.scores(path) for path in paths]
    held_out = None if network.test is None else [network.test.scores(path) for path in paths]
    boxes = _boxes(pen.box, accuracy and bool(network.data.classes))
    sets = []
    for which in range(len(boxes)):
        own = [scores[which] for scores in learnt]
        others = [scores[which] for scores in held_out] if held_out else None
        sets.append(_curves(story, pen.theme, which, own, others))
    wide = {named: max(_label_width(pen, curves, named) for curves in sets) for named in (True, False)}
    named = not story.together or wide[True] <= _PART * min(box.width for box in boxes)
    for which, (box, curves) in enumerate(zip(boxes, sets, strict=True)):
        yield _Chart(pen, box, story, which, curves, named, wide[named])


def _label_width(pen: Pen, curves: Sequence[_Curve], named: bool) -> float:
    """Return how wide the widest text at the end of a line is."""
    longest = 1.0 if curves[0].digits is None else _highest(curves)
    return max(pen.width(one.text(longest, named), NOTE, bold=True) for one in curves)


def _boxes(box: Box, both: bool) -> list[Box]:
    """Return the places of the charts, their axes and the names above them."""
    if not both:
        return [Box(box.left + _TICKS, box.top, box.right, box.bottom)]
    if box.width >= _BESIDE * box.height:
        wide = (box.width - _APART) / 2
        return [
            Box(box.left + _TICKS, box.top, box.left + wide, box.bottom),
            Box(box.right - wide + _TICKS, box.top, box.right, box.bottom),
        ]
    high = (box.height - _BETWEEN) / 2
    first = Box(box.left + _TICKS, box.top, box.right, box.top + high)
    return [first, replace(first, top=box.bottom - high, bottom=box.bottom)]


def _curves(story: Story, theme: Theme, which: int, learnt: list[Array], held_out: list[Array] | None) -> list[_Curve]:
    """Return the lines of a chart: of each run of a race one, else of each run both."""
    digits = None if which else max(2, min(4, decimals(40 * _kept([*learnt, *(held_out or ())]))))
    found = []
    if story.together:
        names, shown = run_names(story), held_out or learnt
        for run, values in enumerate(shown):
            style = theme.run(story.style(run))
            name, role = f"{names[run]} ", f"run{story.style(run)}"
            found.append(_Curve(run, name, values, role, style.colour, 3.0, style.dash, digits))
        return found
    role = ("loss", "curve")[which]
    for run, values in enumerate(learnt):
        if held_out is None:
            found.append(_Curve(run, "", values, role, theme.role(role), 3.0, "solid", digits))
        else:
            pale = theme.tint(role, 0.55)
            found.append(_Curve(run, word("learnt from"), values, "muted", pale, 3.0, "solid", digits))
            found.append(_Curve(run, word("held out"), held_out[run], role, theme.role(role), 3.5, _TEST, digits))
    return found


class _Chart:
    """One quantity after each step."""

    def __init__(
        self, pen: Pen, box: Box, story: Story, which: int, curves: Sequence[_Curve], named: bool, wide: float
    ) -> None:  # fmt: skip
        self.pen, self.story, self.which, self.curves = pen, story, which, curves
        self.named = named
        self.whole, self.title_wide = box, 0.0
        self.box = Box(box.left, box.top, box.right - wide - 16, box.bottom)
        self.across = Scale(0, max(1, story.steps), self.box.left, self.box.right)
        self.up = Scale(0.0, _ABOVE * (1.0 if which else _highest(curves)), box.bottom, box.top)
        self.ways = [self._way(curve) for curve in curves]
        dashes = [dash_pattern(curve.dash, curve.width) for curve in curves]
        self.pieces = [dashed(way, dash) for way, dash in zip(self.ways, dashes, strict=True)]
        self.lines: list[Stroke] = []
        self.newest: list[Stroke] = []
        self.heads: list[Stroke] = []
        self.labels: list[Label] = []
        for curve in curves:
            for into in (self.lines, self.newest):
                line = pen.line([], curve.width, curve.colour)
                line.set_solid_capstyle("round" if curve.dash == "solid" else "butt")
                pen.clip(line, Box(self.box.left, box.top - 4, self.box.right + 4, box.bottom + 2))
                into.append(line)
            self.heads.append(pen.dot(6, curve.colour, 1.5))
            self.labels.append(pen.text(0, 0, "", NOTE, curve.role, bold=True, halo=True))
        self.best = {} if which or story.together else self._best()
        self.best_line = pen.line([], 2, pen.theme.muted, (0, (1.5, 2)))
        self.best_name = pen.text(0, 0, "", NOTE, "muted", align="center", halo=True)
        self.artists: list[Artist] = [self.best_line, self.best_name, *self.newest, *self.heads, *self.labels]
        self._lay()

    def _way(self, curve: _Curve) -> Array:
        """Return the places `(positions, 2)` of a line."""
        return np.array([(self.across(k), self.up(float(value))) for k, value in enumerate(curve.values)])

    def _best(self) -> dict[int, int]:
        """Return for each run the step with the lowest loss on what was held out, where it ends clearly higher."""
        found = {}
        for run in range(len(self.story.runs)):
            values = [one.values for one in self.curves if one.run == run]
            if len(values) > 1 and np.isfinite(values[1]).any():
                lowest = int(np.nanargmin(values[1]))
                if not values[1][-1] <= _RISE * values[1][lowest]:
                    found[run] = lowest
        return found

    def _lay(self) -> None:
        """Lay grid, axes and name."""
        pen, box, theme = self.pen, self.box, self.pen.theme
        title, role = (word("accuracy"), "curve") if self.which else (word("loss"), "loss")
        if self.story.together and network_of(self.story).test is not None:
            title, role = word("on held out", what=title), "ink"
        title = cut(pen, title, NAME, self.whole.right - box.left + _TICKS, bold=True)
        self.title_wide = pen.width(title, NAME, bold=True)
        pen.still(pen.text(box.left - _TICKS, box.top - 10, title, NAME, role, bold=True))
        ticks = [0.0, 0.5, 1.0] if self.which else self.up.ticks(max(2, min(5, int(box.height / 44))))
        texts = [f"{number(100 * tick, 0)} %" for tick in ticks] if self.which else tick_texts(ticks)
        for tick, text in zip(ticks, texts, strict=True):
            y = self.up(tick)
            pen.still(pen.line([(box.left, y), (box.right, y)], 1, theme.grid))
            pen.still(pen.text(box.left - 9, y + 6, text, NOTE, "muted", align="right"))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        steps = sorted({round(k) for k in self.across.ticks(max(2, min(6, int(box.width / 64))))})
        for step in steps:
            pen.still(pen.text(self.across(step), box.bottom + 21, number(step, 0), NOTE, "muted", align="center"))
        if box.bottom >= pen.box.bottom - 1:
            middle = (box.left + box.right) / 2
            pen.still(pen.text(middle, box.bottom + 43, word("step"), NOTE, "muted", align="center"))

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield what each line gained with the position that was left."""
        for curve, line, own in zip(self.curves, self.lines, self.pieces, strict=True):
            if (self.story.together or curve.run == run) and 2 <= stamp <= len(own) + 1:
                put(line, *own[stamp - 2])
                yield line

    def show(self, moment: Moment) -> None:
        """Set the ends of the lines, and their names."""
        ends = {}
        for end, (curve, way, own) in enumerate(zip(self.curves, self.ways, self.pieces, strict=True)):
            told = self.story.together or curve.run == moment.run
            k = self.story.position(moment, curve.run)
            x, y = way[k].tolist()
            inside = told and self.box.top - 2 <= y <= self.box.bottom + 2
            reveal([self.heads[end]], inside)
            reveal([self.newest[end], self.labels[end]], told)
            if told:
                put(self.newest[end], *(own[k - 1] if k else ()))
                put(self.heads[end], (x, y))
                ends[end] = (x, min(max(y, self.box.top + 4), self.box.bottom - 4))
        for (end, (x, _)), y in zip(ends.items(), self._spread_out(ends), strict=True):
            k = self.story.position(moment, self.curves[end].run)
            curve = self.curves[end]
            inside = self.up(float(curve.values[k])) >= self.box.top - 2
            words = curve.text(float(curve.values[k]), self.named) if inside else curve.name if self.named else ""
            self.labels[end].write(words, x + 12, y + 6)
        self._show_best(moment)

    def _spread_out(self, ends: dict[int, tuple[float, float]]) -> list[float]:
        """Return the heights of the names at the ends of lines: where the lines end, but apart from each other."""
        places = dict.fromkeys(ends, 0.0)
        groups: list[list[int]] = []
        for one in sorted(ends, key=lambda end: ends[end][1]):
            groups.append([one])
            while len(groups) > 1 and self._middle(groups[-1], ends) - self._middle(groups[-2], ends) < _LINE / 2 * (
                len(groups[-1]) + len(groups[-2])
            ):
                last = groups.pop()
                groups[-1] += last
        for group in groups:
            first = self._middle(group, ends) - _LINE / 2 * (len(group) - 1)
            places |= {one: first + _LINE * place for place, one in enumerate(group)}
        return [places[one] for one in ends]

    def _middle(self, group: list[int], ends: dict[int, tuple[float, float]]) -> float:
        """Return the height around which the names of a group stand, inside of the chart."""
        half = _LINE / 2 * (len(group) - 1)
        middle = sum(ends[one][1] for one in group) / len(group)
        return max(self.box.top + 4 + half, min(middle, self.box.bottom - 4 - half))

    def _show_best(self, moment: Moment) -> None:
        """Mark the lowest loss on what was held out, once it lies behind."""
        step = self.best.get(moment.run)
        seen = step is not None and self.story.position(moment) > step
        reveal([self.best_line, self.best_name], seen)
        if step is not None and seen:
            x = self.across(step)
            put(self.best_line, (x, self.box.top), (x, self.box.bottom))
            words = word("best held out", step=step)
            wide, left = self.pen.width(words, NOTE), self.box.left - _TICKS + self.title_wide + 14
            middle = min(max(x, left + wide / 2), self.whole.right - wide / 2)
            if middle - wide / 2 >= left:
                self.best_name.write(words, middle, self.box.top - 10)
            else:  # beside the line, below what both losses usually are
                right = x + 8 + wide <= self.whole.right
                fits = right or x - 8 - wide >= self.whole.left
                middle = x + (8 + wide / 2) * (1 if right else -1)
                self.best_name.write(words if fits else "", middle, self.box.bottom - 9)


def _highest(curves: Sequence[_Curve]) -> float:
    """Return the highest loss that has its place in the chart."""
    return _kept([curve.values for curve in curves])


def _kept(losses: Sequence[Array]) -> float:
    """Return the highest of the losses but for those of runs that leave the chart."""
    values, start = np.concatenate(losses), max(float(one[0]) for one in losses)
    return float(values[np.isfinite(values) & (values <= _HIGHEST * start)].max(initial=0.0)) or 1.0
