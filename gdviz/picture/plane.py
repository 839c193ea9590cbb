"""The plane of two parameters: the loss from above with its axes, its minima and the names of its lines."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.critical import Critical, Kind
from gdviz.descent.loss import Array, Fit, Interval
from gdviz.descent.story import Story
from gdviz.picture.relief import Levels, Rgb, levels, shade, slopes, stretch
from gdviz.picture.saddle_mark import SaddleMark, heading, stacked
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.theme import NAME, NOTE, mixed
from gdviz.picture.view import Box, Pen
from gdviz.words import number, short, word

WIDER = 1.45  # so much more than asked for may be shown, so that both axes have the same unit
_COST = 4e7  # residuals that the picture of a loss of data may ask for
_SHORT = 40.0  # units: a parameter's name as wide as that stands at the end of its axis
_MOST_SADDLES = 4  # of more than that only those are marked that a run comes near
_MANY = 12  # starts: more than that have small rings
_AWAY = 70.0  # units from everything else: a name of a line is not put farther away on purpose


class Plane:
    """The loss over two parameters in a box.

    across, up: the scales of the first and of the second parameter. taken: where words and marks stand already.
    """

    def __init__(
        self, pen: Pen, story: Story, box: Box | None = None, intervals: tuple[Interval, Interval] | None = None
    ) -> None:
        self.pen, self.story, self.box = pen, story, box or pen.box
        first, second = intervals or _even(story, self.box)
        self.across = Scale(*first, self.box.left, self.box.right)
        self.up = Scale(*second, self.box.bottom, self.box.top)
        self.minima = [self.place(np.array(m)) for m in story.minima]
        self.starts = list(dict.fromkeys(self.place(run.params[0, 0]) for run in story.runs))
        self.trodden = np.concatenate([_filled(self.places(path)) for path in story.paths])
        self.taken: list[Box] = []
        self.haze = 0.0  # how much of the colour of the axes lies over the picture where names are written
        self.loss = self._loss()
        self.levels = levels(self.loss, min(story.depths, default=np.inf))

    def place(self, point: Array) -> tuple[float, float]:
        """Return the place of a point `(2,)` in units."""
        return self.across(float(point[0])), self.up(float(point[1]))

    def places(self, points: Array) -> Array:
        """Return the places `(n, 2)` of points `(n, 2)` in units."""
        return np.stack([self.across.places(points[:, 0]), self.up.places(points[:, 1])], axis=1)

    def holds(self, place: Sequence[float]) -> bool:
        """Whether a place is in the picture."""
        box = self.box
        return box.left <= place[0] <= box.right and box.top <= place[1] <= box.bottom

    def _loss(self) -> Array:
        """Return the loss at the centre of every pixel, `(rows, columns)`; of many data at fewer places."""
        pen, box = self.pen, self.box
        columns, rows = round(box.width * pen.scale), round(box.height * pen.scale)
        data = len(self.story.loss.data) if isinstance(self.story.loss, Fit) else 1
        coarser = max(1.0, (columns * rows * data / _COST) ** 0.5)
        fewer = max(2, round(columns / coarser)), max(2, round(rows / coarser))
        x = _centres((self.across.low, self.across.high), fewer[0])
        y = _centres((self.up.high, self.up.low), fewer[1])
        points = np.stack(np.meshgrid(x, y), axis=-1)
        return stretch(self.story.loss.value(points), rows, columns)

    def picture(self) -> Rgb:
        """Return the picture of the loss, `(rows, columns, 3)`."""
        theme = self.pen.theme
        thin = theme.tint("axis", 0.75)
        return shade(self.loss, self.levels, theme.ground, theme.high, thin, theme.axis, self.pen.scale)

    def land(self) -> Artist:
        """Return the picture of the loss in its place."""
        return self.pen.land(self.box, self.picture())

    def lay(self, role: str, picture: Rgb) -> None:
        """Lay a picture and the axes' names into the background; `role` is the colour of the names."""
        pen, box = self.pen, self.box
        pen.still(pen.land(box, picture))
        first, second = self.story.loss.about.names[:2]
        if pen.width(first, 22, bold=True) <= _SHORT:
            pen.still(pen.text(box.right + 10, box.bottom + 6, first, 22, role, bold=True))
        else:
            pen.still(pen.text(box.right, box.bottom + 48, first, NAME, role, bold=True, align="right"))
        if pen.width(second, 22, bold=True) <= _SHORT:
            pen.still(pen.text(box.left - 9, box.top - 10, second, 22, role, bold=True, align="right"))
        else:
            pen.still(pen.text(box.left, box.top - 12, second, NAME, role, bold=True))

    def details(self) -> list[Artist]:
        """Return the saddles, the minima and the names of all; marks first, as names keep clear of them."""
        marks = [*self.saddle_marks(), *self.minima_marks()]
        return [*marks, *self._name_of_minimum(), *self._names_of_saddles(), *self._names_of_lines()]

    def ticks_across(self) -> list[tuple[float, Label]]:
        """Return the numbers below the picture, each with its place."""
        pen, box = self.pen, self.box
        values = self.across.ticks(max(2, min(7, int(box.width / 85))))
        found = []
        for value, text in zip(values, tick_texts(values), strict=True):
            at, half = self.across(value), pen.width(text, NOTE) / 2
            if box.left + half - 12 <= at <= box.right - half + 4:
                found.append((at, pen.text(at, box.bottom + 23, text, NOTE, "muted", align="center")))
        return found

    def ticks_up(self) -> list[tuple[float, Label]]:
        """Return the numbers to the left of the picture, each with its place."""
        pen, box = self.pen, self.box
        values = self.up.ticks(max(2, min(6, int(box.height / 60))))
        return [
            (self.up(value), pen.text(box.left - 9, self.up(value) + 6, text, NOTE, "muted", align="right"))
            for value, text in zip(values, tick_texts(values), strict=True)
            if box.top + 8 <= self.up(value) <= box.bottom - 6
        ]

    def minima_marks(self) -> Iterator[Artist]:
        """Yield a quiet plus for each minimum in the picture."""
        pen, ink = self.pen, self.pen.theme.ink
        seen = [place for place in self.minima if self.holds(place)]
        for x, y in seen:
            self.taken.append(Box(x - 12, y - 12, x + 12, y + 12))
            for arm in ([(x - 9, y), (x + 9, y)], [(x, y - 9), (x, y + 9)]):
                yield pen.line(arm, 5.5, pen.theme.ground)
            for arm in ([(x - 9, y), (x + 9, y)], [(x, y - 9), (x, y + 9)]):
                yield pen.line(arm, 2.5, ink)

    @cached_property
    def saddles(self) -> dict[Critical, SaddleMark]:
        """The mark of each saddle in the picture."""
        lingered = {visit.saddle for visit in self.story.visits if visit.calm is not None}
        known = [one for one in self.story.saddles if one.kind in (Kind.SADDLE, Kind.DEGENERATE)]
        if len(known) > _MOST_SADDLES:  # so many crosses would hide the few that matter
            met = {visit.saddle for visit in self.story.visits}
            known = [one for one in known if one in met]
        return {
            one: self._saddle(one, ring=one in lingered) for one in known if self.holds(self.place(np.array(one.point)))
        }

    def _saddle(self, saddle: Critical, *, ring: bool) -> SaddleMark:
        """Return the mark of one saddle."""
        point, radius = np.array(saddle.point), self.story.near(saddle)
        place = self.place(point)
        way = None if saddle.escape is None else heading(place, self.place(point + radius * np.array(saddle.escape)))
        return SaddleMark(place, way, self._room(place, way or (1.0, 1.0)), self._circle(point, radius * ring))

    def _room(self, place: tuple[float, float], way: tuple[float, float]) -> float:
        """Return how far an arrow may go to either side: to the edge, and not half the way to another mark."""
        others = [*self.minima, *(self.place(np.array(saddle.point)) for saddle in self.story.saddles)]
        gaps = [0.45 * math.dist(place, other) for other in others if other != place]
        box, (x, y) = self.box, place
        edges = (min(x - box.left, box.right - x), min(y - box.top, box.bottom - y))
        return min([*gaps, *(edge / abs(part) for edge, part in zip(edges, way, strict=True) if part)])

    def _circle(self, point: Array, radius: float) -> Array:
        """Return the places `(n, 2)` at a radius from a point, closed; NaN outside of the picture; of 0 none."""
        turn = np.linspace(0, 2 * np.pi, 73 if radius else 0)[:, None]
        places = self.places(point + radius * np.concatenate([np.cos(turn), np.sin(turn)], axis=1))
        inside = np.array([self.holds(place) for place in places], dtype=bool)
        return np.where(inside[:, None], places, np.nan)

    def saddle_marks(self) -> Iterator[Artist]:
        """Yield a quiet cross for each saddle in the picture, with the ways down."""
        for mark in self.saddles.values():
            self.taken += mark.boxes()
            yield from mark.artists(self.pen)

    def _names_of_saddles(self) -> Iterator[Artist]:
        """Yield the word at the saddle that the runs come closest to, and the curvatures where one lingers."""
        seen = [visit for visit in self.story.visits if visit.saddle in self.saddles]
        if not seen:
            return
        named = max(seen, key=lambda visit: (visit.calm is not None, visit.steps)).saddle
        for saddle in dict.fromkeys([named, *(visit.saddle for visit in seen if visit.calm is not None)]):
            lines = [(word("saddle"), "ink")] if saddle is named else []
            if len(self.saddles[saddle].ring):
                lines.append((self._curvatures(saddle), "muted"))
            yield from self._beside(self.saddles[saddle], lines)

    def _curvatures(self, saddle: Critical) -> str:
        """Return the curvatures along and across the way down; one that shows nowhere in the picture is zero."""
        height = float(np.ptp(self.loss[np.isfinite(self.loss)]))
        least = 1e-6 * height / self.story.near(saddle) ** 2
        down, up = (short(float(f"{value:.2g}")) if abs(value) > least else "0" for value in saddle.eigenvalues)
        return word("curvatures" if saddle.kind is Kind.SADDLE else "curvatures unclear", down=down, up=up)

    def _beside(self, mark: SaddleMark, lines: Sequence[tuple[str, str]]) -> Iterator[Artist]:
        """Yield lines of words beside a saddle; where there is no room, the last is left out."""
        for kept in range(len(lines), 0, -1):
            wide = [self.pen.width(words, NOTE) for words, _ in lines[:kept]]
            spots = [stacked(left, base, wide) for left, base in mark.spots(max(wide), kept)]
            costs = [sum(self._crowd(box) for box in boxes) + self._misleads(mark, boxes) for boxes in spots]
            best = int(np.argmin(costs))
            if costs[best] >= 50:
                continue
            self.taken += spots[best]
            for (words, role), box in zip(lines, spots[best], strict=False):
                halo = self._colour_at((box.left + box.right) / 2, box.bottom - 11)
                yield self.pen.text(box.left + 3, box.bottom - 5, words, NOTE, role, halo=halo)
            return

    def _misleads(self, mark: SaddleMark, boxes: Sequence[Box]) -> float:
        """Return what it costs that another mark is nearer to the words than their own."""
        middle = (boxes[0].left / 2 + boxes[0].right / 2, boxes[0].top / 2 + boxes[-1].bottom / 2)
        others = [*self.minima, *(other.place for other in self.saddles.values() if other is not mark)]
        nearer = min((math.dist(middle, other) for other in others), default=math.inf)
        return 40.0 if nearer < math.dist(middle, mark.place) else 0.0

    def _name_of_minimum(self) -> Iterator[Artist]:
        """Yield the word for the lowest minimum in the picture."""
        if any(map(self.holds, self.minima)):
            yield self._named(self._lowest(), word("minimum"))

    def _lowest(self) -> tuple[float, float]:
        """Return the place of the lowest minimum in the picture; of equals that next to where a run ends."""
        seen = [k for k, place in enumerate(self.minima) if self.holds(place)]
        values = [self.story.depths[k] for k in seen]
        best = min(values)
        equals = [k for k, value in zip(seen, values, strict=True) if value <= best + 1e-9 * max(1.0, abs(best))]
        ends = [self.place(path[-1]) for path in self.story.paths]
        return self.minima[min(equals, key=lambda k: min(math.dist(self.minima[k], end) for end in ends))]

    def _named(self, place: tuple[float, float], words: str) -> Artist:
        """Return the name of a mark, where fewest steps come by."""
        x, y = place
        wide = self.pen.width(words, NOTE)
        spots = [
            (x + 14, y + 24), (x + 18, y + 6), (x - 18 - wide, y + 6), (x - wide / 2, y + 32), (x - wide / 2, y - 18),
            (x - 14 - wide, y + 24), (x + 14, y - 12), (x - 14 - wide, y - 12),
        ]  # fmt: skip
        left, base = min(spots, key=lambda spot: self._crowd(_text_box(spot[0], spot[1], wide)))
        self.taken.append(_text_box(left, base, wide))
        return self.pen.text(left, base, words, NOTE, halo=self._colour_at(left + wide / 2, base - 6))

    def start(self, words: str = "") -> list[Artist]:
        """Return a ring at each start, with a word, "start" unless given, where all runs have the same."""
        made: list[Artist] = []
        radius, rim = (9, 3) if len(self.starts) <= _MANY else (5, 2)
        for x, y in filter(self.holds, self.starts):
            self.taken.append(Box(x - 12, y - 12, x + 12, y + 12))
            ring = self.pen.dot(radius, self.pen.theme.ground, rim, self.pen.theme.ink)
            ring.set_data([x], [y])
            made.append(ring)
        return (
            [*made, self._named(self.starts[0], words or word("start"))] if len(made) == len(self.starts) == 1 else made
        )

    def _crowd(self, box: Box) -> float:
        """Return how much would lie under a word: steps, other words, the edge."""
        x, y = self.trodden[:, 0], self.trodden[:, 1]
        under = (x > box.left - 8) & (x < box.right + 8) & (y > box.top - 8) & (y < box.bottom + 8)
        inside = 0.0 if box.within(self.box) else 1000.0
        return float(under.sum()) + 50.0 * sum(box.meets(other, 2) for other in self.taken) + inside

    def _colour_at(self, x: float, y: float) -> str:
        """Return the colour of the band at a place, for the halo of a word that lies on it."""
        pen, box = self.pen, self.box
        rows, columns = self.loss.shape
        row = min(max(int((y - box.top) / box.height * rows), 0), rows - 1)
        column = min(max(int((x - box.left) / box.width * columns), 0), columns - 1)
        count = len(self.levels.at)
        band = self.levels.band(np.nan_to_num(self.loss[row, column : column + 1], nan=np.inf))
        return mixed(pen.theme.axis, pen.theme.tint("high", min(math.floor(float(band[0])), count) / count), self.haze)

    def _names_of_lines(self) -> Iterator[Artist]:
        """The loss of each strong line, once, away from paths and marks, where the line is most nearly level."""
        texts = _level_texts(self.levels)
        band = self.levels.band(np.nan_to_num(self.loss, nan=np.inf))
        down, across = slopes(band)
        down, across, band = down[::6, ::6], across[::6, ::6], band[::6, ::6]
        for index in np.flatnonzero(self.levels.strong)[::-1][:6]:
            on_line = np.abs(band - (index + 1)) < 3 * np.hypot(down, across)
            level = np.abs(across) < 0.6 * np.abs(down)
            spot = self._spot(np.argwhere(on_line & level), band.shape, texts[index])
            if spot is not None:
                yield spot

    def _spot(self, cells: NDArray[np.intp], shape: tuple[int, ...], text: str) -> Artist | None:
        box, wide = self.box, self.pen.width(text, NOTE)
        xs = box.left + (cells[:, 1] + 0.5) / shape[1] * box.width
        ys = box.top + (cells[:, 0] + 0.5) / shape[0] * box.height
        kept = (xs > box.left + wide) & (xs < box.right - wide) & (ys > box.top + 24) & (ys < box.bottom - 24)
        for one in self.taken:
            kept &= ~(
                (np.abs(xs - (one.left + one.right) / 2) < (wide + one.width) / 2 + 6)
                & (np.abs(ys - (one.top + one.bottom) / 2) < (21 + one.height) / 2 + 4)
            )
        xs, ys = xs[kept], ys[kept]
        if not len(xs):
            return None
        others = [((one.left + one.right) / 2, (one.top + one.bottom) / 2) for one in self.taken]
        near = np.concatenate([np.array([*others, *self.minima]).reshape(-1, 2), self.trodden])
        near = near[np.isfinite(near).all(axis=1)]
        gaps = np.hypot(xs[:, None] - near[:, 0], ys[:, None] - near[:, 1]).min(axis=1, initial=1e9)
        for mark in self.taken:
            beside = (xs + wide / 2 < mark.left) | (xs - wide / 2 > mark.right)
            gaps = np.where(beside | (ys + 12 < mark.top) | (ys - 12 > mark.bottom), gaps, 0.0)
        best = int(np.argmax(np.minimum(gaps, _AWAY)))
        if gaps[best] < 30:
            return None
        x, y = float(xs[best]), float(ys[best])
        self.taken.append(_text_box(x - wide / 2, y + 6, wide))
        return self.pen.text(x, y + 6, text, NOTE, "muted", align="center", halo=self._colour_at(x, y))


def _filled(places: Array) -> Array:
    """Return a path `(n, 2)` with points in between, about every 8 units, as far as it is near the picture."""
    seen = places[(np.abs(places) < 5000).all(axis=1)]
    parts = np.linspace(0, 1, 12, endpoint=False)[:, None]
    between = [a + parts * (b - a) for a, b in pairwise(seen) if math.dist(a, b) > 8]
    return np.concatenate([seen, *between])


def _level_texts(chosen: Levels) -> list[str]:
    """Return the loss of each line, with the decimals in which it differs from the lowest one."""
    if not chosen.log:
        return tick_texts(chosen.at.tolist())
    above = (chosen.at - chosen.lowest).tolist()
    if abs(chosen.lowest) < 1e-9 * above[-1]:
        return [number(value, _places(value)) for value in above]
    return [number(loss, _places(height) + 1) for loss, height in zip(chosen.at.tolist(), above, strict=True)]


def _places(value: float) -> int:
    return max(0, -int(np.floor(np.log10(value) + 1e-9)))


def _text_box(left: float, base: float, wide: float) -> Box:
    return Box(left - 3, base - 16, left + wide + 3, base + 5)


def _centres(ends: Interval, count: int) -> Array:
    """Return the middles of `count` equal parts of an interval."""
    return np.asarray(ends[0] + (np.arange(count) + 0.5) / count * (ends[1] - ends[0]))


def _even(story: Story, box: Box) -> tuple[Interval, Interval]:
    """Return the plane with the same unit on both axes, where they have one and not much more is shown for it."""
    plane = story.plane
    units = [(high - low) / side for (low, high), side in zip(plane, (box.width, box.height), strict=True)]
    largest = max(units)
    if isinstance(story.loss, Fit) or largest > WIDER * min(units):
        return plane
    first, second = (_widened(one, largest / unit) for one, unit in zip(plane, units, strict=True))
    return first, second


def _widened(interval: Interval, factor: float) -> Interval:
    middle, half = interval[0] / 2 + interval[1] / 2, (interval[1] - interval[0]) / 2 * factor
    return middle - half, middle + half
