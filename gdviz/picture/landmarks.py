"""What is marked and named in the plane of two parameters: minima, saddles, starts, and the lines of the loss."""

import math
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import pairwise

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.critical import Critical, Kind
from gdviz.descent.loss import Array
from gdviz.picture.plane import Plane
from gdviz.picture.relief import Levels, slopes
from gdviz.picture.saddle_mark import SaddleMark, heading, stacked
from gdviz.picture.scales import tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NOTE, mixed
from gdviz.picture.view import Box
from gdviz.words import number, short, word

_MOST_SADDLES = 4  # of more than that only those are marked that a run comes near
_MANY = 12  # starts: more than that have small rings
NAMED = 6  # lines, at most
MIDDLE = 6  # units from the middle of a number down to its baseline
_AWAY = 70.0  # units from everything else: a name of a line is not put farther away on purpose


class Landmarks:
    """The marks of a plane and their names, each placed clear of the paths and of those before it.

    taken: where words and marks stand already. trodden `(n, 2)`: places along all paths.
    haze: how much of the colour of the axes lies over the picture where names are written.
    """

    def __init__(self, plane: Plane, trodden: Array | None = None) -> None:
        self.plane, self.pen, self.story, self.box = plane, plane.pen, plane.story, plane.box
        if trodden is None:
            paths = self.story.paths
            trodden = np.concatenate([_filled(plane.places(path)) for path in paths])
        self.trodden = trodden
        self.taken: list[Box] = []
        self.haze = 0.0

    def details(self) -> tuple[list[Artist], list[Artist]]:
        """Return the saddles, the minima and the numbers of lines, and the names of the marks.

        Marks are placed first, as names keep clear of them. The names stand over the paths: round a minimum in a
        spiral no place may be clear.
        """
        marks = [*self.saddle_marks(), *self.minima_marks()]
        names = [*self._name_of_minimum(), *(label for _, label in self.names_of_saddles())]
        strong = np.flatnonzero(self.plane.levels.strong)[::-1]
        return [*marks, *(label for _, label in self.names_of_lines(strong[:NAMED].tolist()))], names

    def minima_marks(self) -> Iterator[Artist]:
        """Yield a quiet plus for each minimum in the picture."""
        for place in filter(self.plane.holds, self.plane.minima):
            yield from self.plus(place)

    def plus(self, place: tuple[float, float]) -> Iterator[Artist]:
        """Yield a quiet plus at a place."""
        pen, (x, y) = self.pen, place
        self.taken.append(Box(x - 12, y - 12, x + 12, y + 12))
        for width, colour in ((5.5, pen.theme.ground), (2.5, pen.theme.ink)):
            for arm in ([(x - 9, y), (x + 9, y)], [(x, y - 9), (x, y + 9)]):
                yield pen.line(arm, width, colour)

    @cached_property
    def saddles(self) -> dict[Critical, SaddleMark]:
        """The mark of each saddle in the picture."""
        lingered = {visit.saddle for visit in self.story.visits if visit.calm is not None}
        known = [one for one in self.story.saddles if one.kind in (Kind.SADDLE, Kind.DEGENERATE)]
        if len(known) > _MOST_SADDLES:  # so many crosses would hide the few that matter
            met = {visit.saddle for visit in self.story.visits}
            known = [one for one in known if one in met]
        return {
            one: self._saddle(one, ring=one in lingered)
            for one in known
            if self.plane.holds(self.plane.place(np.array(one.point)))
        }

    def _saddle(self, saddle: Critical, *, ring: bool) -> SaddleMark:
        """Return the mark of one saddle."""
        point, radius = np.array(saddle.point), self.story.near(saddle)
        place = self.plane.place(point)
        ahead = None if saddle.escape is None else self.plane.place(point + radius * np.array(saddle.escape))
        way = None if ahead is None else heading(place, ahead)
        return SaddleMark(place, way, self._room(place, way or (1.0, 1.0)), self._circle(point, radius * ring))

    def _room(self, place: tuple[float, float], way: tuple[float, float]) -> float:
        """Return how far an arrow may go to either side: to the edge, and not half the way to another mark."""
        others = [*self.plane.minima, *(self.plane.place(np.array(saddle.point)) for saddle in self.story.saddles)]
        gaps = [0.45 * math.dist(place, other) for other in others if other != place]
        box, (x, y) = self.box, place
        edges = (min(x - box.left, box.right - x), min(y - box.top, box.bottom - y))
        return min([*gaps, *(edge / abs(part) for edge, part in zip(edges, way, strict=True) if part)])

    def _circle(self, point: Array, radius: float) -> Array:
        """Return the places `(n, 2)` at a radius from a point, closed; NaN outside of the picture; of 0 none."""
        turn = np.linspace(0, 2 * np.pi, 73 if radius else 0)[:, None]
        places = self.plane.places(point + radius * np.concatenate([np.cos(turn), np.sin(turn)], axis=1))
        inside = np.array([self.plane.holds(place) for place in places], dtype=bool)
        return np.where(inside[:, None], places, np.nan)

    def saddle_marks(self) -> Iterator[Artist]:
        """Yield a quiet cross for each saddle in the picture, with the ways down."""
        for mark in self.saddles.values():
            self.taken += mark.boxes()
            yield from mark.artists(self.pen)

    def names_of_saddles(self) -> Iterator[tuple[Critical, Label]]:
        """Yield the word at the saddle that the runs come closest to, and the curvatures where one lingers."""
        seen = [visit for visit in self.story.visits if visit.saddle in self.saddles]
        if not seen:
            return
        named = max(seen, key=lambda visit: (visit.calm is not None, visit.steps)).saddle
        for saddle in dict.fromkeys([named, *(visit.saddle for visit in seen if visit.calm is not None)]):
            lines = [(word("saddle"), "ink")] if saddle is named else []
            if len(self.saddles[saddle].ring):
                lines.append((self._curvatures(saddle), "muted"))
            yield from ((saddle, label) for label in self._beside(self.saddles[saddle], lines))

    def _curvatures(self, saddle: Critical) -> str:
        """Return the curvatures along and across the way down; one that shows nowhere in the picture is zero."""
        height = float(np.ptp(self.plane.loss[np.isfinite(self.plane.loss)]))
        least = 1e-6 * height / self.story.near(saddle) ** 2
        down, up = (short(float(f"{value:.2g}")) if abs(value) > least else "0" for value in saddle.eigenvalues)
        return word("curvatures" if saddle.kind is Kind.SADDLE else "curvatures unclear", down=down, up=up)

    def _beside(self, mark: SaddleMark, lines: Sequence[tuple[str, str]]) -> Iterator[Label]:
        """Yield lines of words beside a saddle; where there is no room, the last is left out."""
        for kept in range(len(lines), 0, -1):
            wide = [self.pen.width(words, NOTE) for words, _ in lines[:kept]]
            spots = [stacked(left, base, wide) for left, base in mark.spots(max(wide), kept)]
            costs = [sum(self.crowd(box) for box in boxes) + self._misleads(mark, boxes) for boxes in spots]
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
        others = [*self.plane.minima, *(other.place for other in self.saddles.values() if other is not mark)]
        nearer = min((math.dist(middle, other) for other in others), default=math.inf)
        return 40.0 if nearer < math.dist(middle, mark.place) else 0.0

    def _name_of_minimum(self) -> Iterator[Artist]:
        """Yield the word for the lowest minimum in the picture."""
        if any(map(self.plane.holds, self.plane.minima)):
            yield self.named(self.lowest(), word("minimum"))

    def lowest(self) -> tuple[float, float]:
        """Return the place of the lowest minimum in the picture; of equals that next to where a run ends."""
        seen = [k for k, place in enumerate(self.plane.minima) if self.plane.holds(place)]
        values = [self.story.depths[k] for k in seen]
        best = min(values)
        equals = [k for k, value in zip(seen, values, strict=True) if value <= best + 1e-9 * max(1.0, abs(best))]
        ends = [self.plane.place(path[-1]) for path in self.story.paths]
        return self.plane.minima[min(equals, key=lambda k: min(math.dist(self.plane.minima[k], end) for end in ends))]

    def named(
        self, place: tuple[float, float], words: str, later: Sequence[tuple["Landmarks", tuple[float, float]]] = ()
    ) -> Label:
        """Return the name of a mark, where fewest steps come by.

        later: places of the mark as the plane is seen then; the name stands where it stays clear longest.
        """
        x, y = place
        wide = self.pen.width(words, NOTE)
        spots = [
            (x + 14, y + 24), (x + 18, y + 6), (x - 18 - wide, y + 6), (x - wide / 2, y + 32), (x - wide / 2, y - 18),
            (x - 14 - wide, y + 24), (x + 14, y - 12), (x - 14 - wide, y - 12),
        ]  # fmt: skip
        spots += [(x - wide / 2 + side, y + down) for down in (46, -32) for side in (0, 30, -30)]

        def crowd(spot: tuple[float, float]) -> tuple[int, float]:
            moved = [(marks, spot[0] - x + at[0], spot[1] - y + at[1]) for marks, at in later]
            costs = [marks.crowd(text_box(left, base, wide)) for marks, left, base in moved]
            clear = next((k for k, cost in enumerate(costs) if cost > 0), len(costs))
            return -clear, self.crowd(text_box(*spot, wide)) + sum(costs)

        left, base = min(spots, key=crowd)
        self.taken.append(text_box(left, base, wide))
        return self.pen.text(left, base, words, NOTE, halo=self._colour_at(left + wide / 2, base - 6))

    def start(self, words: str = "") -> tuple[list[Artist], list[Artist]]:
        """Return a ring at each start, and a word, "start" unless given, where all runs have the same."""
        made: list[Artist] = []
        for x, y in filter(self.plane.holds, self.plane.starts):
            self.taken.append(Box(x - 12, y - 12, x + 12, y + 12))
            ring = self.ring()
            ring.set_data([x], [y])
            made.append(ring)
        alone = len(made) == len(self.plane.starts) == 1
        return made, [self.named(self.plane.starts[0], words or word("start"))] if alone else []

    def ring(self) -> Stroke:
        """Return the ring of a start, to be placed."""
        radius, rim = (9, 3) if len(self.plane.starts) <= _MANY else (5, 2)
        return self.pen.dot(radius, self.pen.theme.ground, rim, self.pen.theme.ink)

    def crowd(self, box: Box) -> float:
        """Return how much would lie under a word: steps, other words, the edge."""
        x, y = self.trodden[:, 0], self.trodden[:, 1]
        under = (x > box.left - 8) & (x < box.right + 8) & (y > box.top - 8) & (y < box.bottom + 8)
        inside = 0.0 if box.within(self.box) else 1000.0
        return float(under.sum()) + 50.0 * sum(box.meets(other, 2) for other in self.taken) + inside

    def _colour_at(self, x: float, y: float) -> str:
        """Return the colour of the picture at a place, for the halo of a word that lies on it."""
        return mixed(self.pen.theme.axis, self.plane.colour_at(x, y), self.haze)

    def names_of_lines(self, lines: Sequence[int], room: Box | None = None) -> Iterator[tuple[int, Label]]:
        """The loss of each of some lines, once, away from paths and marks, where the line is most nearly level.

        room: the part of the picture for them, all of it unless given.
        """
        texts = _level_texts(self.plane.levels)
        band = self.plane.levels.band(np.nan_to_num(self.plane.loss, nan=np.inf))
        down, across = slopes(band)
        down, across, band = down[::6, ::6], across[::6, ::6], band[::6, ::6]
        for index in lines:
            on_line = np.abs(band - (index + 1)) < 3 * np.hypot(down, across)
            level = np.abs(across) < 0.6 * np.abs(down)
            spot = self._spot(np.argwhere(on_line & level), band.shape, texts[index], room or self.box)
            if spot is not None:
                yield index, spot

    def _spot(self, cells: NDArray[np.intp], shape: tuple[int, ...], text: str, room: Box) -> Label | None:
        box, wide = self.box, self.pen.width(text, NOTE)
        xs = box.left + (cells[:, 1] + 0.5) / shape[1] * box.width
        ys = box.top + (cells[:, 0] + 0.5) / shape[0] * box.height
        kept = (xs > room.left + wide) & (xs < room.right - wide) & (ys > room.top + 24) & (ys < room.bottom - 24)
        for one in self.taken:
            kept &= ~(
                (np.abs(xs - (one.left + one.right) / 2) < (wide + one.width) / 2 + 6)
                & (np.abs(ys - (one.top + one.bottom) / 2) < (21 + one.height) / 2 + 4)
            )
        xs, ys = xs[kept], ys[kept]
        if not len(xs):
            return None
        others = [((one.left + one.right) / 2, (one.top + one.bottom) / 2) for one in self.taken]
        near = np.concatenate([np.array([*others, *self.plane.minima]).reshape(-1, 2), self.trodden])
        near = near[np.isfinite(near).all(axis=1)]
        gaps = np.hypot(xs[:, None] - near[:, 0], ys[:, None] - near[:, 1]).min(axis=1, initial=1e9)
        for mark in self.taken:
            beside = (xs + wide / 2 < mark.left) | (xs - wide / 2 > mark.right)
            gaps = np.where(beside | (ys + 12 < mark.top) | (ys - 12 > mark.bottom), gaps, 0.0)
        best = int(np.argmax(np.minimum(gaps, _AWAY)))
        if gaps[best] < 30:
            return None
        x, y = float(xs[best]), float(ys[best])
        self.taken.append(text_box(x - wide / 2, y + MIDDLE, wide))
        return self.pen.text(x, y + MIDDLE, text, NOTE, "curve", align="center", halo=self._colour_at(x, y))


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


def text_box(left: float, base: float, wide: float) -> Box:
    """Return what a text of the size of notes covers."""
    return Box(left - 3, base - 16, left + wide + 3, base + 5)
