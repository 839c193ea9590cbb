"""The plane of two inputs in the colours of the classes that a network takes them for."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

import numpy as np
from contourpy import contour_generator  # it comes with matplotlib, whose contours it draws
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Interval, Loss
from gdviz.descent.network import Network
from gdviz.descent.story import Moment, Story
from gdviz.picture.axis_names import axis_names, is_long
from gdviz.picture.pane import Pane
from gdviz.picture.relief import Rgb
from gdviz.picture.scales import Scale
from gdviz.picture.sprite import Label, rgb
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, PILL, STYLES, Theme
from gdviz.picture.ticks import numbers_below, numbers_beside
from gdviz.picture.uncovering import cells
from gdviz.picture.view import Box, Moving, Pen, put
from gdviz.problems import BadScene, choose
from gdviz.words import short, word

Cell = TypeVar("Cell", bound=np.generic)

_CELL = 4.0  # units: so far apart are the places where the network is asked
_FINE = 1.0  # units: and so far apart those at which its answers are coloured, all of them between two of the first
_BANDS = 5  # of certainty, each with a shade of its own
_FAINT, _FULL = 0.1, 0.42  # how much of a class's colour the least and the most certain band has
_MARGIN = 0.08  # of the inputs' range, around them
_RADIUS = 5.5
_RING = 9.5  # of what marks an example that is taken for another class
_NOTE = 47.0  # units below the picture, under its numbers
_TICKS = 23.0


@dataclass(frozen=True)
class DecisionBoundary:
    """Two inputs of a network, each place in the colour of the class that it is taken for, as the network learns.

    inputs: the names of the two, where there are more; the others are held at their mean.

    The surer the network, the stronger the colour: each of five shades is a fifth of the way from a guess to certainty.
    A line parts the classes. Examples have the colour and the marker of their class; those that were held out are
    hollow, and those that are taken for another class lie on a dark disc. The axes have the inputs' own unit, also
    where they were scaled for the training, which a note says.

    What to watch: the line turns and bends until few examples are on the wrong side; without hidden layers it stays
    straight.
    """

    inputs: Sequence[str] | None = None

    def __post_init__(self) -> None:
        """Check what does not depend on the data."""
        if self.inputs is None:
            return
        given = tuple(self.inputs) if isinstance(self.inputs, list | tuple) else ()
        if len(given) != 2 or not all(isinstance(name, str) for name in given) or given[0] == given[1]:
            raise BadScene("DecisionBoundary, inputs", self.inputs, "allowed: the names of two inputs")
        object.__setattr__(self, "inputs", given)

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for data without two inputs to show, and for more classes than have colours."""
        data = cast(Network, loss).data
        names = data.input_names
        if len(data.classes) > STYLES:
            allowed = f"it tells up to {STYLES} classes apart, and these data have {len(data.classes)}"
            raise BadScene("views", "DecisionBoundary()", allowed)
        if len(names) == 1:
            raise BadScene("views", "DecisionBoundary()", "it shows two inputs, and these data have one")
        for name in self.inputs or ():
            if name not in names:
                raise BadScene("DecisionBoundary, inputs", name, choose(name, names))
        if self.inputs is None and len(names) > 2:
            example = f"({names[0]!r}, {names[1]!r})"
            allowed = f"it shows two inputs, and these data have {len(names)}; choose two, such as inputs={example}"
            raise BadScene("views", "DecisionBoundary()", allowed)

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay axes and notes, and return the map of the classes with the examples over it."""
        names = cast(Network, story.loss).data.input_names
        columns = (0, 1) if self.inputs is None else tuple(names.index(name) for name in self.inputs)
        drawing = _Drawing(Pen(pane, theme), story, (columns[0], columns[1]))
        drawing.lay()
        return Moving(drawing.artists, drawing.show)


class _Drawing:
    """The map of one film."""

    def __init__(self, pen: Pen, story: Story, columns: tuple[int, int]) -> None:
        self.pen, self.story, self.columns = pen, story, columns
        self.network = cast(Network, story.loss)
        self.data = self.network.data
        self.parts = [self.data] if self.data.test is None else [self.data, self.data.test]
        box, theme = pen.box, pen.theme
        self.own = [self._given(part.inputs)[:, columns] for part in self.parts]  # in the unit of the file
        first, second = (_around(np.concatenate([own[:, axis] for own in self.own])) for axis in (0, 1))
        self.across, self.up = Scale(*first, box.left, box.right), Scale(*second, box.bottom, box.top)
        self.names = tuple(self.data.input_names[column] for column in columns)
        self.places = [np.stack([self.across.places(own[:, 0]), self.up.places(own[:, 1])], 1) for own in self.own]
        self.grid, self.xs, self.ys = self._grid()
        self.shades = _shades(theme, len(self.data.classes))
        self.shown: tuple[int, int] | None = None
        self.land = pen.land(box, np.zeros((1, 1, 3), dtype=np.uint8))
        self.land.set_zorder(0)
        self.casing, self.line = pen.line([], 6, theme.ground), pen.line([], 3, theme.ink)
        for line in (self.casing, self.line):
            pen.clip(line)
        self.wrong = pen.dot(_RING, theme.ink, 1.5)
        examples = [
            self._examples(part, k) for part in (1, 0)[-len(self.parts) :] for k in range(len(self.data.classes))
        ]
        self.labels = list(self._class_names())
        self.artists: list[Artist] = [self.land, self.casing, self.line, self.wrong, *examples, *self.labels]

    def _given(self, inputs: Array) -> Array:
        """Return inputs `(n, columns)` as they were given, before they were scaled."""
        return inputs if self.data.scaling is None else self.data.scaling.undo(inputs)

    def _grid(self) -> tuple[Array, Array, Array]:
        """Return the inputs `(rows * columns, inputs)` where the network is asked, and where those are in units."""
        box = self.pen.box
        xs = np.linspace(box.left, box.right, math.ceil(box.width / _CELL) + 1)
        ys = np.linspace(box.top, box.bottom, math.ceil(box.height / _CELL) + 1)
        asked = np.tile(self._given(self.data.inputs).mean(axis=0), (len(ys) * len(xs), 1))
        asked[:, self.columns[0]] = np.tile([self.across.inverse(x) for x in xs], len(ys))
        asked[:, self.columns[1]] = np.repeat([self.up.inverse(y) for y in ys], len(xs))
        return (asked if self.data.scaling is None else self.data.scaling.of(asked)), xs, ys

    def _examples(self, part: int, k: int) -> Stroke:
        """Return the marks of the examples of a class: those to learn from, or those held out."""
        theme = self.pen.theme
        style = theme.run(k)
        mark = self.pen.mark(style, _RADIUS, 1.2)
        if part:
            mark = self.pen.dot((_RADIUS - 0.6) * style.size, theme.ground, 2.0, style.colour)
            mark.set_marker(style.marker)
        put(mark, *self.places[part][self.parts[part].labels == k].tolist())
        return mark

    def _class_names(self) -> Sequence[Label]:
        """Return the name of each class, beside its examples and where the network takes them for it in the end."""
        pen, box = self.pen, self.pen.box
        labels = np.concatenate([part.labels for part in self.parts])
        ends = self.network.classify(self.story.paths[-1][-1], self.grid).reshape(len(self.ys), len(self.xs))
        xs, ys = np.meshgrid(np.arange(box.left + 8, box.right, 8), np.arange(box.top + 24, box.bottom - 8, 8))
        spots = np.stack([xs.ravel(), ys.ravel()], axis=-1)  # the left ends of baselines
        taken: list[Box] = []
        found = []
        for k, name in enumerate(self.data.classes):
            wide = pen.width(name, PILL, bold=True)
            free = [not any(_around_text(x, y, wide).meets(one, 4) for one in taken) for x, y in spots.tolist()]
            kept = spots[np.array(free) & (spots[:, 0] + wide <= box.right - 8)]
            if not len(kept) or k not in labels:
                continue
            x, y = kept[
                int(np.argmin(self._crowd(kept, wide, labels == k) + 200.0 * self._part(ends != k, kept, wide)))
            ]
            taken.append(_around_text(x, y, wide))
            found.append(pen.text(float(x), float(y), name, PILL, f"run{k}", bold=True, halo=True))
        return found

    def _crowd(self, spots: Array, wide: float, own: NDArray[np.bool_]) -> Array:
        """Return what it costs `(n,)` to name a class of `own` examples `(m,)` at spots `(n, 2)`: least in their midst.

        Examples that lie under the name cost most, then that those of another class are nearer.
        """
        every = np.concatenate(self.places)
        middles = spots + np.array([wide / 2, -6.0])
        gaps = np.abs(middles[:, None] - every)
        under = ((gaps[..., 0] < wide / 2 + 14) & (gaps[..., 1] < 20)).sum(axis=1)
        away = np.hypot(np.maximum(gaps[..., 0] - wide / 2, 0), np.maximum(gaps[..., 1] - 8, 0))
        near, other = away[:, own].min(axis=1), away[:, ~own].min(axis=1, initial=np.inf)
        midst = np.hypot(*(middles - every[own].mean(axis=0)).T)
        return np.asarray(250.0 * under + midst + 3.0 * near + 80.0 * (near > 0.6 * other))

    def _part(self, field: NDArray[np.bool_], spots: Array, wide: float) -> Array:
        """Return what part of the four corners of names at spots `(n, 2)` a field over the map is true at, `(n,)`."""
        corners = [np.array([x, y]) for x in (0.0, wide) for y in (-14.0, 4.0)]
        return np.asarray(np.mean([self._at(field, spots + corner) for corner in corners], axis=0))

    def _at(self, field: NDArray[Cell], places: Array) -> NDArray[Cell]:
        """Return what of a field `(rows, columns)` over the map lies nearest to places `(n, 2)` in units."""
        box, (rows, columns) = self.pen.box, field.shape
        down = np.rint((places[:, 1] - box.top) / box.height * (rows - 1)).astype(np.intp)
        across = np.rint((places[:, 0] - box.left) / box.width * (columns - 1)).astype(np.intp)
        found: NDArray[Cell] = field[down.clip(0, rows - 1), across.clip(0, columns - 1)]
        return found

    def lay(self) -> None:
        """Lay the numbers along the axes, their names, and the notes."""
        pen, box = self.pen, self.pen.box
        first, note = self.names[0], self._note()
        wide = pen.width(first, NAME, bold=True)
        apart = is_long(first) and wide + pen.width(note, NOTE) + 24 <= box.width  # below the numbers, beside the note
        end = box.right - wide - 34 if is_long(first) and not apart else box.right + 4
        across = self.across.ticks(max(2, min(7, int(box.width / 85))))
        for tick in numbers_below(pen, self.across, across, _TICKS, end):
            pen.still(tick)
        up = [value for value in self.up.ticks(max(2, min(6, int(box.height / 60)))) if self.up(value) > box.top + 8]
        for tick in numbers_beside(pen, self.up, up):
            pen.still(tick)
        across_name, *others = axis_names(pen, box, self.names, "muted", below=_TICKS)
        if apart:
            across_name.write(first, box.right, box.bottom + _NOTE)
        for name in (across_name, *others):
            pen.still(name)
        pen.still(pen.text(box.left, box.bottom + _NOTE, note, NOTE, "muted"))
        self._key()

    def _note(self) -> str:
        """Return what was done to the inputs, and where those are that are not shown."""
        notes, scaling = [], self.data.scaling
        if scaling is not None:
            words = word("divided", value=short(float(scaling.spread[0])))
            notes.append(word("standardised") if scaling.name == "standardised" else words)
        others = len(self.data.input_names) - 2
        if others:
            notes.append(word("others at mean", count=others))
        return ", ".join(notes)

    def _key(self) -> None:
        """Lay what hollow marks and dark discs are, above the picture on the right, as far as there is room."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        room = box.right - box.left - pen.width(self.names[1], NAME, bold=True) * is_long(self.names[1])
        x, y = box.right, box.top - 12
        style = theme.run(0)
        entries = [("wrong class", [pen.dot(8.0, theme.ink, 0), pen.mark(style, 4.5, 1.2)])]
        if len(self.parts) > 1:
            hollow = pen.dot(_RADIUS - 0.6, theme.ground, 2.0, theme.muted)
            entries.append(("held out of learning", [hollow]))
        for key, marks in entries:
            wide = pen.width(word(key), NOTE) + 22
            if box.right - x + wide + 20 > room:
                return
            pen.still(pen.text(x, y, word(key), NOTE, "muted", align="right"))
            for mark in marks:
                put(mark, (x - wide + 8, y - 6))
                pen.still(mark)
            x -= wide + 18

    def show(self, moment: Moment) -> None:
        """Colour the map as the network sees it now."""
        now = moment.run, self.story.position(moment)
        if now == self.shown:
            return
        self.shown = now
        point = self.story.runs[now[0]].params[now[1], 0]
        leads = self._leads(point)
        self.land.lay(self._coloured(leads))
        ways = self._borders(leads)
        for line in (self.casing, self.line):
            line.set_data(ways[:, 0], ways[:, 1])
        wrong = [
            places[self.network.classify(point, part.inputs) != part.labels]
            for places, part in zip(self.places, self.parts, strict=True)
        ]
        put(self.wrong, *np.concatenate(wrong).tolist())

    def _leads(self, point: Array) -> Array:
        """Return by how much the logarithm of each class's probability leads that of the next one.

        `(classes, rows, columns)`; the likeliest class alone has a number above 0, and on a boundary two have 0.
        """
        with np.errstate(all="ignore"):
            chance = np.log(np.maximum(self.network.predict(point, self.grid), 1e-300)).T
        chance = np.nan_to_num(chance, nan=0.0).reshape(-1, len(self.ys), len(self.xs))
        ordered = np.sort(chance, axis=0)
        best, second = ordered[-1], ordered[-2]
        return np.asarray(chance - np.where(chance == best, second, best))

    def _borders(self, leads: Array) -> Array:
        """Return the lines `(n, 2)` between the classes in units, with gaps; each is told by the first of its two."""
        ways = [np.empty((0, 2))]
        for k, lead in enumerate(leads[:-1]):
            rival = np.where(np.arange(len(leads))[:, None, None] == k, -np.inf, leads).argmax(axis=0)
            for line in cast(list[Array], contour_generator(self.xs, self.ys, lead).lines(0.0)):
                own = np.pad(self._at(rival, line) > k, 1)
                kept = own[:-2] | own[1:-1] | own[2:]  # on to where three classes meet
                ways += [np.where(kept[:, None], line, np.nan), np.full((1, 2), np.nan)]
        return np.concatenate(ways)

    def _coloured(self, leads: Array) -> Rgb:
        """Return the picture of the map, the band of certainty by how far the likeliest class leads."""
        pen, box = self.pen, self.pen.box
        rows, columns = (max(2, round(side / _FINE)) for side in (box.height, box.width))
        fine = np.stack([_between(lead, rows, columns) for lead in leads])
        kind = fine.argmax(axis=0)
        sure = np.tanh(np.maximum(fine.max(axis=0), 0.0) / 2.0)  # of two classes p - q
        band = np.minimum((sure * _BANDS).astype(np.intp), _BANDS - 1)
        whole = cells(kind * _BANDS + band, round(box.height * pen.scale), round(box.width * pen.scale))
        return np.asarray(self.shades[whole])


def _between(field: Array, rows: int, columns: int) -> Array:
    """Return a field `(r, c)` that goes from edge to edge at the middles of `(rows, columns)` pixels."""
    weights = []
    for had, wanted in zip(field.shape, (rows, columns), strict=True):
        place = (np.arange(wanted) + 0.5) / wanted * (had - 1)
        weights.append(np.maximum(0.0, 1.0 - np.abs(place[:, None] - np.arange(had))))
    return np.asarray(weights[0] @ field @ weights[1].T)


def _around(values: Array) -> Interval:
    """Return an interval with room around values `(n,)`."""
    low, high = float(values.min()), float(values.max())
    margin = _MARGIN * (high - low) or 1.0
    return low - margin, high + margin


def _around_text(left: float, base: float, wide: float) -> Box:
    return Box(left - 4, base - 18, left + wide + 4, base + 6)


def _shades(theme: Theme, classes: int) -> NDArray[np.uint8]:
    """Return the colours `(classes * bands, 3)` of the map, those of each class from faint to full."""
    tints = [
        rgb(theme.tint(f"run{k}", _FAINT + (_FULL - _FAINT) * band / (_BANDS - 1)))
        for k in range(classes)
        for band in range(_BANDS)
    ]
    return np.array(tints, dtype=np.uint8)
