"""What a network predicts of the data: numbers from one input as a curve, from more against what is true."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.dataset import Dataset
from gdviz.descent.loss import Array, Interval, Loss
from gdviz.descent.network import Network
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NOTE, PILL, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.view import Moving, Pen, put
from gdviz.problems import BadScene
from gdviz.words import short, word

_SAMPLES = 200  # places that tell a curve
_FORMER = 24  # curves of former steps that stay, at most
_MARGIN = 0.08  # of the range of an axis
_RADIUS = 5.0
_NOTE = 47.0  # units below the picture, under its numbers


@dataclass(frozen=True)
class Predictions:
    """What a network predicts of targets that are numbers.

    residuals: draw by how much each example that it learns from is missed.

    Of one input: the data, and the network's curve through them as it bends; faint curves are those of former steps. Of
    more inputs: each example's prediction against what is true, with the line on which both are the same. Examples that
    were held out are hollow.

    What to watch: the points do not move, the curve does, first everywhere and then where it bends most. Against what
    is true the points gather around the line; those held out tell how well it does on what it has not seen.
    """

    residuals: bool = False

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for targets that are classes."""
        if cast(Network, loss).data.classes:
            raise BadScene("views", "Predictions()", "it shows numbers, and these targets are classes")

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and points, and return what moves."""
        pen, network = Pen(pane, theme), cast(Network, story.loss)
        one = network.data.inputs.shape[1] == 1
        drawing = (_Curve if one else _Against)(pen, story, network, self.residuals)
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Curve:
    """The curve of a network of one input."""

    def __init__(self, pen: Pen, story: Story, network: Network, residuals: bool) -> None:
        self.pen, self.story, self.network, theme = pen, story, network, pen.theme
        self.data, self.residuals = network.data, residuals
        parts = _parts(self.data)
        xs = [self._given(part.inputs)[:, 0] for part in parts]
        low, high = _around(np.concatenate(xs))
        self.across = Scale(low, high, pen.box.left, pen.box.right)
        ends = [network.predict(path[-1], self.data.inputs) for path in story.paths]
        self.up = _up(pen, [*(part.targets for part in parts), *ends])
        self.grid = np.linspace(low, high, _SAMPLES)
        self.asked = self._scaled(self.grid[:, None])
        self.places = [
            np.stack([self.across.places(x), self.up.places(part.targets)], axis=-1)
            for x, part in zip(xs, parts, strict=True)
        ]
        self.former = pen.line([], 1.5, theme.tint("parameter", 0.25))
        self.misses = pen.line([], 2, theme.tint("loss", 0.62))
        self.line = pen.line([], 5, theme.parameter)
        for line in (self.former, self.misses, self.line):
            pen.clip(line)
        self.misses.set_visible(residuals)
        points = [_points(pen, places, part) for part, places in reversed([*enumerate(self.places)])]
        self.artists: list[Artist] = [self.misses, self.line, *points]
        self.shown: tuple[int, int, float] | None = None
        _lay(pen, self.across, self.up, (self.data.input_names[0], self.data.target_name), self._note())
        if len(parts) > 1:
            _key(pen)

    def _given(self, inputs: Array) -> Array:
        return inputs if self.data.scaling is None else self.data.scaling.undo(inputs)

    def _scaled(self, inputs: Array) -> Array:
        return inputs if self.data.scaling is None else self.data.scaling.of(inputs)

    def _note(self) -> str:
        scaling = self.data.scaling
        if scaling is None:
            return ""
        divided = word("divided", value=short(float(scaling.spread[0])))
        return word("standardised") if scaling.name == "standardised" else divided

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the curve of each place that was left; of a long run, of some of them."""
        every = 1 + self.story.last(run) // _FORMER
        if stamp > 0 and (stamp - 1) % every == 0:
            self._lead(self.former, self.story.paths[run][stamp - 1])
            yield self.former

    def show(self, moment: Moment) -> None:
        """Bend the curve."""
        part = ease(moment.progress) if moment.phase is Phase.MOVE else 0.0
        now = moment.run, self.story.position(moment), part if part < 1.0 else 0.0
        if now == self.shown:
            return
        self.shown = now
        path = self.story.paths[moment.run]
        here, there = path[now[1]], path[min(now[1] + 1, len(path) - 1)]
        point = here + (there - here) * now[2]
        self._lead(self.line, point)
        if self.residuals:
            predicted = self.up.places(self.network.predict(point, self.data.inputs))
            _connect(self.misses, self.places[0], np.stack([self.places[0][:, 0], predicted], axis=-1))

    def _lead(self, line: Stroke, point: Array) -> None:
        """Lead a line along the curve of some parameters."""
        line.set_data(self.across.places(self.grid), self.up.places(self.network.predict(point, self.asked)))


class _Against:
    """The predictions of a network of several inputs, against what is true."""

    def __init__(self, pen: Pen, story: Story, network: Network, residuals: bool) -> None:
        self.pen, self.story, self.network, theme = pen, story, network, pen.theme
        self.residuals, self.parts = residuals, _parts(network.data)
        true = [part.targets for part in self.parts]
        low, high = _around(np.concatenate(true))
        self.across = Scale(low, high, pen.box.left, pen.box.right)
        self.up = _up(
            pen, [*true, *(network.predict(path[-1], part.inputs) for path in story.paths for part in self.parts)]
        )
        self.xs = [self.across.places(values) for values in true]
        self.exact = [self.up.places(values) for values in true]
        self.misses = pen.line([], 2, theme.tint("loss", 0.45))
        pen.clip(self.misses)
        self.misses.set_visible(residuals)
        self.points = [_points(pen, np.empty((0, 2)), part) for part in range(len(self.parts))]
        for points in self.points:
            pen.clip(points)
        self.artists: list[Artist] = [self.misses, *reversed(self.points)]
        self.shown: tuple[int, int] | None = None
        what = network.data.target_name
        _lay(pen, self.across, self.up, (what, word("predicted of", what=what)), "")
        ends = max(low, self.up.low), min(high, self.up.high)
        pen.still(pen.line([(self.across(end), self.up(end)) for end in ends], 2, theme.muted, (0, (4, 3))))
        if len(self.parts) > 1:
            _key(pen)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - points that stayed would hide the others
        """Leave nothing behind."""
        yield from ()

    def show(self, moment: Moment) -> None:
        """Move the points to what is predicted now."""
        now = moment.run, self.story.position(moment)
        if now == self.shown:
            return
        self.shown = now
        point = self.story.paths[now[0]][now[1]]
        for k, (part, points) in enumerate(zip(self.parts, self.points, strict=True)):
            ups = self.up.places(self.network.predict(point, part.inputs))
            points.set_data(self.xs[k], ups)
            if self.residuals and k == 0:
                here, there = (np.stack([self.xs[0], ends], axis=-1) for ends in (ups, self.exact[0]))
                _connect(self.misses, here, there)


def _parts(data: Dataset) -> list[Dataset]:
    """Return the examples to learn from, and those held out, if there are any."""
    return [data] if data.test is None else [data, data.test]


def _around(values: Array) -> Interval:
    """Return an interval with room around values `(n,)`."""
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _up(pen: Pen, values: list[Array]) -> Scale:
    """Return the axis up for values that are shown; of predictions that are far off only as much as is still read."""
    true = values[0]
    reach = 0.5 * (float(true.max() - true.min()) or 1.0)
    every = np.concatenate(values)
    low, high = _around(every[np.isfinite(every)].clip(true.min() - reach, true.max() + reach))
    return Scale(low, high, pen.box.bottom, pen.box.top)


def _points(pen: Pen, places: Array, part: int) -> Stroke:
    """Return the points of the examples to learn from, part 0, or hollow ones of those held out."""
    hollow = pen.dot(_RADIUS, pen.theme.ground, 2.0, pen.theme.ink)
    points = hollow if part else pen.dot(_RADIUS, pen.theme.ink, 1.2)
    points.set_data(places[:, 0], places[:, 1])
    return points


def _connect(line: Stroke, here: Array, there: Array) -> None:
    """Lead a line from each of places `(n, 2)` to each of others, with gaps."""
    ways = np.stack([here, there, np.full_like(here, np.nan)], axis=1).reshape(-1, 2)
    line.set_data(ways[:, 0], ways[:, 1])


def _lay(pen: Pen, across: Scale, up: Scale, names: tuple[str, str], note: str) -> None:
    """Lay grid, numbers and names into the background."""
    box, theme = pen.box, pen.theme
    acrosses = across.ticks(max(2, min(7, int(box.width / 85))))
    ups = [
        value for value in up.ticks(max(2, min(6, int(box.height / 60)))) if box.top + 8 < up(value) < box.bottom - 8
    ]
    for value in acrosses:
        pen.still(pen.line([(across(value), box.top), (across(value), box.bottom)], 1, theme.grid))
    for value in ups:
        pen.still(pen.line([(box.left, up(value)), (box.right, up(value))], 1, theme.grid))
    pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
    for tick in (*numbers_below(pen, across, acrosses), *numbers_beside(pen, up, ups)):
        pen.still(tick)
    pen.still(pen.text(box.left, box.top - 10, names[1], PILL, "muted"))
    pen.still(pen.text(box.right, box.bottom + _NOTE, names[0], PILL, "muted", align="right"))
    if note and pen.width(note, NOTE) + pen.width(names[0], PILL) + 16 <= box.width:
        pen.still(pen.text(box.left, box.bottom + _NOTE, note, NOTE, "muted"))


def _key(pen: Pen) -> None:
    """Say above the picture on the right what hollow points are."""
    box, words = pen.box, word("held out of learning")
    dot = pen.dot(_RADIUS, pen.theme.ground, 2.0, pen.theme.ink)
    put(dot, (box.right - pen.width(words, NOTE) - 14, box.top - 16))
    pen.still(dot)
    pen.still(pen.text(box.right, box.top - 10, words, NOTE, "muted", align="right"))
