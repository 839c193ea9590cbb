"""What a zoom shows of the plane: the land, its marks and names, the ticks, and a small map that says where one is.

All that is placed is placed before the first frame. Drawing in only moves things apart: what is written clear of the
paths and of each other stays so. A name therefore comes at one power, and goes at another one, where it leaves the
picture or something comes too near; in between it stays where it belongs in the land.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.patches import Polygon

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment
from gdviz.picture.camera import Camera, cameras
from gdviz.picture.heads import Name, Plan, plan_among, positions
from gdviz.picture.landmarks import MIDDLE, NAMED, Landmarks
from gdviz.picture.plane import Plane
from gdviz.picture.relief import levels
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NOTE
from gdviz.picture.view import Box, Pen, put, reveal
from gdviz.words import word

_FINE = 0.03  # the logarithm of the factor between the powers at which names are examined
_OFTEN = 12  # so many of those from one search for new names to the next
_LASTS = 16  # so many of those a new name stays at least, if nothing comes too near
_MAP = 0.24  # of the picture's width and height
_INSET = 12.0  # units from the map to the picture's edge
_MAP_FROM = 1.5  # the power from which there is a map: before, it would show the same as the picture
_BESIDE = 8.0  # units: names of lines are found at most so far beside them
_LEAST = 9.0  # units: a window on the map is not drawn smaller than that


def zoomed(plane: Plane) -> "Zoom | None":
    """Return the plane as a camera sees it; or None where nothing would be seen larger."""
    found = cameras(plane.story, plane.whole)
    return Zoom(plane, found) if any(camera.moves for camera in found) else None


class Zoom:
    """The plane as a camera sees it that draws in upon where the runs go.

    artists: from the lowest to the highest, below the paths. over: those above everything.
    power: how many times larger than in the whole plane things are seen now. taken: where words and marks stand now.
    """

    def __init__(self, plane: Plane, found: Sequence[Camera]) -> None:
        self.pen, self.story, self.plane = plane.pen, plane.story, plane
        self.cameras, plane.moving = found, True
        self.power, self._shown = 1.0, -1
        self.taken: list[Box] = []
        self._choose_levels()
        self.land = self.pen.land(plane.box, plane.picture())
        self.land.set_zorder(0)
        self._pins = list(self._marks())
        self._map = _Map(plane, self._corner())
        self._words = [self._named(group) for group in range(len(self.cameras))]
        self._across = self._pool(plane.box.width / 85, "center")
        self._up = self._pool(plane.box.height / 60, "right")
        self.ticks: tuple[list[tuple[float, Label]], list[tuple[float, Label]]] = ([], [])
        words = [word.label for words in self._words for word in words]
        self.artists: list[Artist] = [
            self.land, *(pin.artist for pin in self._pins), *words, *self._across, *self._up,
        ]  # fmt: skip
        self.over = self._map.artists
        self._look(0, 1.0)

    @property
    def strongest(self) -> float:
        """The power of the strongest zoom of the film."""
        return max(float(camera.power[-1]) for camera in self.cameras)

    def show(self, moment: Moment) -> bool:
        """Set everything for a moment; say whether anything is elsewhere than before."""
        group = self._group(moment.run)
        power = self.cameras[group].at(moment)
        if (group, power) == (self._shown, self.power):
            return False
        self._look(group, power)
        return True

    def names(self, paths: Sequence[Array], blocks: Sequence[Name]) -> Plan:
        """Plan where the names of the runs of a race stand, whose paths are `(n, 2)`, beside their heads."""
        camera, last = self.cameras[0], len(self.cameras[0].power) - 1
        heads = positions(paths, last)
        seen, taken = [], []
        for k, power in enumerate(camera.power.tolist()):
            self._see(camera, power)
            seen.append(self.plane.places(heads[k]))
            taken.append(self._taken(0, power))

        def ways(k: int) -> Array:
            self._see(camera, float(camera.power[k]))
            return self._trodden([path[: k + 1] for path in paths])

        found = plan_among(np.array(seen), blocks, self.plane.box, taken, ways)
        self._see(camera, 1.0)
        return found

    def _group(self, run: int) -> int:
        return 0 if self.story.together else run

    def _paths(self, group: int) -> list[Array]:
        """Return the paths `(n, 2)` that are seen at once."""
        runs = range(len(self.story.runs)) if self.story.together else [group]
        return [self.story.runs[run].params[: self.story.last(run) + 1, 0] for run in runs]

    def _see(self, camera: Camera, power: float) -> None:
        first, second = camera.window(power).tolist()
        self.plane.see((first[0], first[1]), (second[0], second[1]))

    def _choose_levels(self) -> None:
        """Choose the lines once for the whole film: those that show the whole plane, and those at the goals."""
        losses = []
        for camera in self.cameras:
            for power in (float(camera.power[-1]), 1.0):
                self._see(camera, power)
                losses.append(self.plane.loss.ravel())
        self.plane.levels = levels(np.concatenate(losses), self.plane.lowest)

    def _look(self, group: int, power: float) -> None:
        """Set everything for a power of the zoom of one camera."""
        self._see(self.cameras[group], power)
        self.power, self._shown = power, group
        self.land.lay(self.plane.picture())
        for pin in self._pins:
            pin.put(self.plane)
        for index, words in enumerate(self._words):
            for one in words:
                seen = index == group and one.seen(power)
                reveal([one.label], seen)
                if seen:
                    one.put(self.plane)
        self._map.show(self.plane, power)
        self.ticks = self._ticks(self._across, self.plane.across, 85), self._ticks(self._up, self.plane.up, 60)
        self.taken = self._taken(group, power)

    def _taken(self, group: int, power: float) -> list[Box]:
        """Return where words and marks stand at a power, which the plane shows."""
        boxes = [one.box(self.plane) for one in self._words[group] if one.seen(power)]
        boxes += self._marked()
        return boxes if power < _MAP_FROM else [*boxes, self._map.box]

    # ---- marks ----

    def _marks(self) -> Iterator["_Pin"]:
        """Yield the rings around saddles, the saddles, the minima and the starts, lowest first."""
        plane, pen, story = self.plane, self.pen, self.story
        landmarks = Landmarks(plane)
        turn = np.linspace(0, 2 * np.pi, 73)[:, None]
        around = np.concatenate([np.cos(turn), np.sin(turn)], axis=1)
        for saddle, mark in landmarks.saddles.items():
            point = np.array(saddle.point)
            artists = list(mark.artists(pen))
            if len(mark.ring):
                yield _Pin(pen, artists.pop(0), point + story.near(saddle) * around, np.zeros(2))
            yield from (_Pin.of(plane, artist, point) for artist in artists)
        for minimum, place in zip(story.minima, plane.minima, strict=True):
            if plane.holds(place):
                yield from (_Pin.of(plane, artist, np.array(minimum)) for artist in landmarks.plus(place))
        for start in dict.fromkeys(tuple(run.params[0, 0].tolist()) for run in story.runs):
            ring = landmarks.ring()
            yield _Pin(pen, ring, np.array([start]), np.zeros((1, 2)), 12.0)

    def _marked(self) -> list[Box]:
        """Return what the marks in the picture cover."""
        boxes = (pin.box(self.plane) for pin in self._pins)
        return list(dict.fromkeys(box for box in boxes if box is not None))

    # ---- names ----

    def _named(self, group: int) -> list["_Word"]:
        """Return the names that are seen with one camera, each with the powers between which it is."""
        camera = self.cameras[group]
        top = float(camera.power[-1])
        powers = np.geomspace(1.0, top, 1 + math.ceil(math.log(top) / _FINE)).tolist() if top > 1 else [1.0]
        words = self._first(group, powers)
        lines: dict[int, _Word] = {}
        for k, power in enumerate(powers):
            self._see(camera, power)
            trodden = self._trodden(self._paths(group))
            before = powers[max(k - 1, 0)]
            for index, one in enumerate(words):
                if one.goes == math.inf and not self._clear(one, words[:index], trodden, power):
                    one.goes = before
            if k % _OFTEN == 0 or k == len(powers) - 1:
                room = self._lasting(camera, powers[min(k + _LASTS, len(powers) - 1)])
                for index, label in self._names_of_lines(words, lines, trodden, room):
                    if self._put_on_line(index, label):
                        lines[index] = _Word.of(self.plane, label, power)
                        words.append(lines[index])
        self._see(camera, 1.0)
        return [one for one in words if one.goes > one.comes]

    def _first(self, group: int, powers: Sequence[float]) -> list["_Word"]:
        """Return the names of marks, which are there from the beginning."""
        camera, plane, found = self.cameras[group], self.plane, []
        landmarks = self._landmarks(group)
        paths = self._paths(group)
        starts = {tuple(path[0].tolist()) for path in paths}
        if len(starts) == 1 and plane.holds(plane.place(paths[0][0])):
            found.append((landmarks.named(plane.place(paths[0][0]), word("start")), paths[0][0]))
        if any(map(plane.holds, plane.minima)):
            place = landmarks.lowest()
            minimum = np.array(self.story.minima[plane.minima.index(place)])
            later = []
            for power in powers[_OFTEN::_OFTEN]:
                self._see(camera, power)
                later.append((self._landmarks(group), plane.place(minimum)))
            self._see(camera, 1.0)
            found.append((landmarks.named(place, word("minimum"), later), minimum))
        for saddle, label in landmarks.names_of_saddles():
            found.append((label, np.array(saddle.point)))
        return [_Word.of(plane, label, 1.0, point) for label, point in found]

    def _lasting(self, camera: Camera, power: float) -> Box:
        """Return the part of the picture that is still seen at a later power."""
        (left, right), (bottom, top) = camera.window(power).tolist()
        (first, last) = self.plane.places(np.array([(left, top), (right, bottom)])).tolist()
        return Box(*first, *last)

    def _landmarks(self, group: int) -> Landmarks:
        """Return the landmarks of the plane as it is seen, with all that never moves, and the marks."""
        found = Landmarks(self.plane, self._trodden(self._paths(group)))
        found.taken += self._marked()
        found.taken.append(self._map.box)
        return found

    def _names_of_lines(
        self, words: Sequence["_Word"], lines: dict[int, "_Word"], trodden: Array, room: Box
    ) -> Iterator[tuple[int, Label]]:
        """Yield names for lines that have none and are in the picture, as many as there may be."""
        plane = self.plane
        landmarks = Landmarks(plane, trodden)
        landmarks.taken += self._marked()
        landmarks.taken += [one.box(plane) for one in words if one.goes == math.inf]
        landmarks.taken.append(self._map.box)
        named = {index for index, one in lines.items() if one.goes == math.inf}
        nearby = plane.levels.band(plane.loss[np.isfinite(plane.loss)])
        strong = [int(k) for k in np.flatnonzero(plane.levels.strong)[::-1] if nearby.min() < k + 1 < nearby.max()]
        for index, label in landmarks.names_of_lines([k for k in strong if k not in named], room):
            if len(named) < NAMED:
                named.add(index)
                yield index, label

    def _put_on_line(self, index: int, label: Label) -> bool:
        """Put the name of a line exactly on it, as drawing in would show how far it lies beside it; say if it could be.

        By Newton's method along the gradient, from where the name was placed, a few pixels off the line.
        """
        plane, level = self.plane, self.plane.levels.at[index]
        point = np.array([plane.across.inverse(label.x), plane.up.inverse(label.y - MIDDLE)])
        for _ in range(6):
            value, gradient = self.story.loss(point)
            if not (gradient @ gradient > 0):
                break
            point = point - (value - level) / (gradient @ gradient) * gradient
        x, y = plane.place(point)
        if math.hypot(x - label.x, y + MIDDLE - label.y) > _BESIDE or not math.isclose(value, level, rel_tol=1e-6):
            return False
        label.write(label.words, x, y + MIDDLE)
        return True

    def _clear(self, one: "_Word", others: Sequence["_Word"], trodden: Array, power: float) -> bool:
        """Whether a name is whole in the picture, and off the map and other names, and soon off the paths."""
        box = one.box(self.plane)
        others = [other for other in others if other.goes == math.inf and (other.point != one.point).any()]
        on_map = power >= _MAP_FROM and box.meets(self._map.box, 4)
        if not box.within(self.plane.box) or on_map or any(box.meets(other.box(self.plane), 2) for other in others):
            return False
        under = (trodden > (box.left, box.top)) & (trodden < (box.right, box.bottom))
        return power < _MAP_FROM * one.comes or not under.all(axis=1).any()

    def _trodden(self, paths: Sequence[Array]) -> Array:
        """Return places `(n, 2)` along the paths, about every 8 units, as far as they are in the picture."""
        return np.concatenate([_along(self.plane.places(path), self.plane.box) for path in paths])

    # ---- the map and the ticks ----

    def _corner(self) -> Box:
        """Return the corner of the picture for the map: where no head comes, and least is seen of the paths."""
        box = self.plane.box
        wide, high = _MAP * box.width, _MAP * box.height
        lefts, tops = (box.left + _INSET, box.right - _INSET - wide), (box.top + _INSET, box.bottom - _INSET - high)
        corners = [Box(left, top, left + wide, top + high) for top, left in product(tops, reversed(lefts))]
        costs = np.zeros(len(corners))
        for group, camera in enumerate(self.cameras):
            paths = self._paths(group)
            heads = positions(paths, len(camera.power) - 1)
            for k in range(0, len(heads), max(1, len(heads) // 60)):
                if camera.power[k] < _MAP_FROM:
                    continue
                self._see(camera, float(camera.power[k]))
                here, ways = self.plane.places(heads[k]), self._trodden([path[: k + 1] for path in paths])
                minima = np.array(self.plane.minima).reshape(-1, 2)
                costs += [
                    1000 * _within(here, c, 30) + 50 * _within(minima, c, 16) + _within(ways, c, 4) for c in corners
                ]
            self._see(camera, 1.0)
        return corners[int(np.argmin(costs))]

    def _pool(self, most: float, align: str) -> list[Label]:
        return [self.pen.text(0, 0, "", NOTE, "muted", align=align) for _ in range(int(most) + 2)]

    def _ticks(self, pool: Sequence[Label], scale: Scale, apart: float) -> list[tuple[float, Label]]:
        """Write the ticks of an axis with what labels there are; return those that are used, each with its place."""
        box, found = self.plane.box, []
        values = _round_numbers(scale, apart)
        for label, value, text in zip(pool, values, tick_texts(values), strict=False):
            at = scale(value)
            if label in self._across:
                half = self.pen.width(text, NOTE) / 2
                label.write(text, at, box.bottom + 23)
                seen = box.left + half - 12 <= at <= self.plane.ticks_end - half
            else:
                label.write(text, box.left - 9, at + 6)
                seen = box.top + 8 <= at <= box.bottom - 6
            if seen:
                found.append((at, label))
        used = {id(label) for _, label in found}
        for label in pool:
            reveal([label], id(label) in used)
        return found


@dataclass
class _Pin:
    """An artist that belongs to points `(n, 2)` of the plane, with its corners so far from them in units.

    room: how far other things keep from it, in units; 0 where they may lie on it.
    """

    pen: Pen
    artist: Artist
    points: Array
    offsets: Array
    room: float = 0.0

    def __post_init__(self) -> None:
        """Keep it in the picture."""
        self.pen.clip(self.artist)

    @classmethod
    def of(cls, plane: Plane, artist: Artist, point: Array) -> "_Pin":
        """Pin an artist as it lies in the whole plane to a point `(2,)`."""
        corners = artist.get_xy() if isinstance(artist, Polygon) else cast(Stroke, artist).get_xydata()
        return cls(plane.pen, artist, point[None], np.asarray(corners) - plane.place(point), 4.0)

    def put(self, plane: Plane) -> None:
        """Lay it where its points are."""
        places = plane.places(self.points) + self.offsets
        if isinstance(self.artist, Polygon):
            self.artist.set_xy(places)
        else:
            put(cast(Stroke, self.artist), *places.tolist())

    def box(self, plane: Plane) -> Box | None:
        """Return what it covers, or None where it is not in the picture, or covers nothing."""
        x, y = plane.place(self.points[0])
        if not self.room or not plane.holds((x, y)):
            return None
        (left, top), (right, bottom) = self.offsets.min(axis=0) - self.room, self.offsets.max(axis=0) + self.room
        return Box(x + float(left), y + float(top), x + float(right), y + float(bottom))


@dataclass
class _Word:
    """A name that belongs to a point `(2,)` of the plane, with its place and what it covers so far from that in units.

    comes, goes: the powers between which it is seen.
    """

    label: Label
    point: Array
    offset: tuple[float, float]
    cover: Box
    comes: float
    goes: float = math.inf

    @classmethod
    def of(cls, plane: Plane, label: Label, comes: float, point: Array | None = None) -> "_Word":
        """Pin a label to a point, its own middle unless given, as it lies in the plane now."""
        if point is None:
            point = np.array([plane.across.inverse(label.x), plane.up.inverse(label.y - MIDDLE)])
        x, y = plane.place(point)
        left, top, right, bottom = (edge / plane.pen.scale for edge in label.area() or (0, 0, 0, 0))
        cover = Box(left - x, top - y, right - x, bottom - y)
        return cls(label, point, (label.x - x, label.y - y), cover, comes)

    def seen(self, power: float) -> bool:
        """Whether it is seen at a power."""
        return self.comes <= power < self.goes

    def put(self, plane: Plane) -> None:
        """Write it where it belongs."""
        x, y = plane.place(self.point)
        self.label.write(self.label.words, x + self.offset[0], y + self.offset[1])
        middle = (self.cover.left + self.cover.right) / 2, (self.cover.top + self.cover.bottom) / 2
        self.label.shine(plane.colour_at(x + middle[0], y + middle[1]))

    def box(self, plane: Plane) -> Box:
        """Return what it covers."""
        (x, y), cover = plane.place(self.point), self.cover
        return Box(x + cover.left, y + cover.top, x + cover.right, y + cover.bottom)


class _Map:
    """The whole plane, small, with the window that the picture shows, and how many times larger it does."""

    def __init__(self, plane: Plane, box: Box) -> None:
        pen, theme, self.box = plane.pen, plane.pen.theme, box
        self._plane = Plane(pen, plane.story, box, plane.whole)
        self._plane.levels = plane.levels
        corners = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
        frame = [
            pen.line([*corners, corners[0]], wide, colour) for wide, colour in ((5, theme.ground), (2, theme.muted))
        ]
        self._window = [pen.line([], wide, colour) for wide, colour in ((4.5, theme.ground), (2, theme.ink))]
        self._note = pen.text(box.left + 8, box.bottom - 8, "", NOTE, "muted", halo=True)
        land = self._plane.land()
        land.set_zorder(0)
        self.artists: list[Artist] = [land, *frame, *self._window, self._note]

    def show(self, plane: Plane, power: float) -> None:
        """Draw the window of a plane."""
        reveal(self.artists, power >= _MAP_FROM)
        corners = np.array([(plane.across.low, plane.up.high), (plane.across.high, plane.up.low)])
        (left, top), (right, bottom) = self._plane.places(corners).tolist()
        left, right = _widened(left, right)
        top, bottom = _widened(top, bottom)
        for line in self._window:
            put(line, (left, top), (right, top), (right, bottom), (left, bottom), (left, top))
        self._note.write(f"× {power:.0f}")


def _widened(begin: float, end: float) -> tuple[float, float]:
    middle, half = begin / 2 + end / 2, max(end - begin, _LEAST) / 2
    return middle - half, middle + half


def _round_numbers(scale: Scale, apart: float) -> list[float]:
    """Return round numbers on an axis, at least so many units apart: 1, 2 or 5 times a power of ten, by its length."""
    least = (scale.high - scale.low) * apart / abs(scale.end - scale.begin)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(part * power for part in (1, 2, 5, 10) if part * power >= least)
    return [k * step for k in range(math.ceil(scale.low / step), math.floor(scale.high / step) + 1)]


def _along(places: Array, box: Box) -> Array:
    """Return places `(m, 2)` about every 8 units along a path through `places` `(n, 2)`, as far as they are in a box.

    Segments are cut at the box's edges (Liang and Barsky, 1984), however long they are.
    """
    begin, way = places[:-1], np.diff(places, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        edges = np.stack([((box.left, box.top) - begin) / way, ((box.right, box.bottom) - begin) / way])
    first, last = np.fmax(np.fmin(*edges), 0).max(axis=1), np.fmin(np.fmax(*edges), 1).min(axis=1)
    kept = first < last
    begin, way, first, last = begin[kept], way[kept], first[kept], last[kept]
    counts = 1 + (np.hypot(*way.T) * (last - first) / 8).astype(np.intp)
    index = np.repeat(np.arange(len(counts)), counts)
    part = (np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)) / counts[index]
    return np.asarray(begin[index] + (first[index] + part * (last - first)[index])[:, None] * way[index])


def _within(points: Array, box: Box, pad: float) -> int:
    inside = (points > (box.left - pad, box.top - pad)) & (points < (box.right + pad, box.bottom + pad))
    return int(inside.all(axis=1).sum())
