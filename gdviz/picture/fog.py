"""Fog: the loss is uncovered only where it was asked for, since that is all that an optimizer knows of it."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import TANGENT
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.plane import Plane
from gdviz.picture.relief import Rgb
from gdviz.picture.sprite import Land, rgb
from gdviz.picture.theme import Theme
from gdviz.picture.view import Box, Pen, reveal

RADIUS = 60.0  # units around a place that are uncovered in the plane
_EDGE = 16.0  # units over which the fog begins there
_FADE = 40.0  # units over which an uncovered piece of a curve fades
_LEVELS = 8  # of strength between nothing and the whole curve
_QUIET = 3  # the level of what was never seen, at the end
_PALE = 150  # how much of that the plane shows, of 255

Places = list[Array]  # at each step the places `(n, dim)` that were asked for


def colour(theme: Theme) -> str:
    """Return the colour of fog over the plane: that of the axes, which no band between the lines comes near."""
    return theme.axis


def asked(story: Story, run: int) -> Places:
    """Return where a run asked for its loss: at `2 k` its position `k`, at `2 k + 1` what it tried from there.

    Tries are told by methods without a slope, which try both sides of one parameter after the other; of a line search
    only the position is known where it ends.
    """
    path, last = story.runs[run], story.last(run)
    found: Places = []
    for k in range(last + 1):
        here = path.params[k, 0]
        found += [here[None], _tried(here, path.terms, k) if k < last else here[:0].reshape(0, len(here))]
    return found


def _tried(here: Array, terms: Mapping[str, Array], k: int) -> Array:
    """Return the places `(n, dim)` on both sides of `here` `(dim,)` that step `k` tried."""
    if "trial_step" not in terms:
        return np.empty((0, len(here)))
    reach, place, found = terms["trial_step"][k, 0, 0], here.copy(), []
    for axis, choice in enumerate(terms["choice"][k, 0]):
        for side in (-reach, reach):
            found.append(place.copy())
            found[-1][axis] += side
        place[axis] += reach * choice
    return np.array(found)


def together(every: Sequence[Places]) -> Places:
    """Return the places of runs that go at once as those of one."""
    longest = max(len(places) for places in every)
    return [np.concatenate([places[t] for places in every if t < len(places)]) for t in range(longest)]


def _groups(story: Story) -> list[Places]:
    """Return the places of each run that is told by itself; of a race those of all runs, as one."""
    every = [asked(story, run) for run in range(len(story.runs))]
    return [together(every)] if story.together else every


def _standing(moment: Moment) -> int | None:
    """Return the position at which a run stands; None while it moves."""
    if moment.phase is Phase.MOVE:
        return moment.step + 1 if moment.progress >= 1 else None
    return moment.step


class FogOverCurve:
    """The pieces of a curve through `points` `(n, 2)` in units, at parameters `grid` `(n,)`, that are uncovered.

    A piece never covers what was uncovered before, so that marks on that stay whole.

    what_comes_last: artists that only the last picture shows.
    """

    def __init__(self, pen: Pen, story: Story, grid: Array, points: Array) -> None:
        self._points = points
        steps = np.nan_to_num(np.diff(points, axis=0))
        self._along = np.concatenate([[0.0], np.cumsum(np.hypot(*steps.T))])  # units along the curve
        self._grid, self._last = grid, len(story.runs) - 1
        tints = [pen.theme.tint("curve", level / _LEVELS) for level in range(1, _LEVELS + 1)]
        box = pen.box
        self._stamps, self._here = ([pen.line([], 4, tint) for tint in tints] for _ in range(2))
        self._rest = pen.line([], 4, tints[_QUIET - 1])
        for line in (*self._stamps, *self._here, self._rest):
            line.set_solid_capstyle("butt")
            pen.clip(line, Box(box.left, box.top - 2, box.right + 2, box.bottom))
        self._pieces = []
        self._known = []
        for places in _groups(story):
            pieces, known = self._uncovered(places)
            self._pieces.append(pieces)
            self._known.append(known)
        self._together = story.together
        self._shown: tuple[int, int] | None = None
        self.what_comes_last: list[Artist] = []
        self.artists: list[Artist] = [self._rest, *self._here]

    def _uncovered(self, places: Places) -> tuple[list[Array], NDArray[np.int8]]:
        """Return what each moment uncovers anew, as levels `(2, n)` at indices, and the levels at the end."""
        known = np.zeros(len(self._grid), dtype=np.int8)
        pieces = []
        for asked_for in places:
            level = np.zeros_like(known)
            for m in asked_for[:, 0]:
                if self._grid[0] <= m <= self._grid[-1]:
                    away = np.abs(self._along - np.interp(m, self._grid, self._along))
                    strength = np.clip((TANGENT - away) / _FADE, 0.0, 1.0)
                    level = np.maximum(level, np.ceil(_LEVELS * strength).astype(np.int8))
            fresh = np.flatnonzero(level > known)
            pieces.append(np.stack([fresh, level[fresh]]))
            known = np.maximum(known, level)
        return pieces, known

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the pieces that stay when position `stamp - 1` is left."""
        if stamp == 0:
            return
        for piece in self._pieces[self._group(run)][2 * stamp - 2 : 2 * stamp]:
            self._lead(self._stamps, piece)
            yield from (line for line in self._stamps if len(line.get_xdata()))  # type: ignore[arg-type]

    def show(self, moment: Moment) -> None:
        """Uncover the piece around the place at which the run stands, and at the end all of it, quietly."""
        at = _standing(moment)
        over = moment.phase is Phase.REST and (self._together or moment.run == self._last)
        reveal([self._rest, *self.what_comes_last], over)
        reveal(self._here, at is not None)
        group = self._group(moment.run)
        if over:
            self._draw(self._rest, self._known[group] < _QUIET)
        if at is not None and self._shown != (group, at):
            pieces = self._pieces[group]
            self._lead(self._here, pieces[min(2 * at, len(pieces) - 2)])
            self._shown = group, at

    def _group(self, run: int) -> int:
        return 0 if self._together else run

    def _lead(self, lines: Sequence[Line2D], piece: Array) -> None:
        """Lead a line for each level through the part of a piece that has it."""
        indices, levels = piece
        for level, line in enumerate(lines, 1):
            chosen = np.zeros(len(self._grid), dtype=bool)
            chosen[indices[levels == level]] = True
            self._draw(line, chosen)

    def _draw(self, line: Line2D, chosen: NDArray[np.bool_]) -> None:
        """Lead a line through the chosen points, and on to their neighbours, so that it has no gaps."""
        near = chosen.copy()
        near[1:] |= chosen[:-1]
        near[:-1] |= chosen[1:]
        inside = np.flatnonzero(near)
        if not len(inside):
            line.set_data([], [])
            return
        part = slice(inside[0], inside[-1] + 1)
        line.set_data(*np.where(near[part, None], self._points[part], np.nan).T)


class FogOverPlane:
    """Fog over the picture of a loss from above, and the discs that are uncovered in it.

    cover: the fog alone, a picture `(rows, columns, 3)`. what_comes_last: artists that only the last picture shows.
    """

    def __init__(self, pen: Pen, story: Story, plane: Plane) -> None:
        picture = plane.picture()
        self._groups = [[plane.places(places) for places in asked_for] for asked_for in _groups(story)]
        self._picture, self._last, self._together = picture, len(self._groups) - 1, story.together
        self._fog = np.array(rgb(colour(pen.theme)), dtype=np.float64)
        self._scale = pen.scale
        self._corner = round(pen.box.left * pen.scale), round(pen.box.top * pen.scale)
        # How much of each pixel is uncovered by now, of 255.
        self._known: NDArray[np.uint8] = np.zeros(picture.shape[:2], dtype=np.uint8)
        self._until = 0, 0  # the group, and how many of its moments, that this is true for
        self._stamp = pen.land(pen.box, picture[:0])
        count = len(story.runs) if story.together else 1
        self._here = [pen.land(pen.box, picture[:0]) for _ in range(count)]
        self._rest = pen.land(pen.box, picture)
        self._seen = [False] * count
        self._shown: tuple[int, int] | None = None
        self._over = False
        self.what_comes_last: list[Artist] = []
        self.artists: list[Artist] = [*self._here, self._rest]
        self.cover = np.broadcast_to(np.rint(self._fog).astype(np.uint8), picture.shape)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the discs that stay when position `stamp - 1` is left."""
        if stamp == 0:
            return
        group = 0 if self._together else run
        for moment in (2 * stamp - 2, 2 * stamp - 1):
            if moment < len(self._groups[group]):
                known = self._uncovered(group, moment + 1)
                for place in self._groups[group][moment]:
                    if self._lay(self._stamp, place, known):
                        yield self._stamp

    def show(self, moment: Moment) -> None:
        """Uncover the disc around each place at which a run stands, and at the end the rest, paler."""
        group, at = (0 if self._together else moment.run), _standing(moment)
        over = moment.phase is Phase.REST and group == self._last
        reveal([self._rest, *self.what_comes_last], over)
        if over and not self._over:
            known = self._uncovered(group, len(self._groups[group]))
            self._rest.lay(self._mixed(np.s_[:, :], np.maximum(known, _PALE)))
            self._over = True
        if at is None or over:
            reveal(self._here, False)
            return
        if self._shown != (group, at):
            moments = self._groups[group]
            places = moments[min(2 * at, len(moments) - 2)]
            known = self._uncovered(group, 2 * at + 1)
            laid = [self._lay(land, place, known) for land, place in zip(self._here, places, strict=False)]
            self._seen = laid + [False] * (len(self._here) - len(laid))  # of a race some runs may be over
            self._shown = group, at
        for land, seen in zip(self._here, self._seen, strict=True):
            reveal([land], seen)

    def _uncovered(self, group: int, moments: int) -> NDArray[np.uint8]:
        """Return how much of every pixel is uncovered after so many moments, 0 to 255."""
        if self._until[0] != group or self._until[1] > moments:
            self._known[:] = 0
            self._until = group, 0
        for places in self._groups[group][self._until[1] : moments]:
            for place in places:
                part, disc = self._disc(place)
                np.maximum(self._known[part], disc, out=self._known[part])
        self._until = group, moments
        return self._known

    def _disc(self, place: Array) -> tuple[tuple[slice, slice], NDArray[np.uint8]]:
        """Return the pixels around a place in units that it uncovers, and how much."""
        x, y = (float(at) * self._scale - edge for at, edge in zip(place, self._corner, strict=True))
        reach = RADIUS * self._scale
        high, wide = self._known.shape
        part = _span(y, reach, high), _span(x, reach, wide)
        away = np.hypot(*np.meshgrid(_middles(part[0]) - y, _middles(part[1]) - x, indexing="ij"))
        strength = np.clip((reach - away) / (_EDGE * self._scale), 0.0, 1.0)
        return part, np.rint(255 * strength).astype(np.uint8)

    def _lay(self, land: Land, place: Array, known: NDArray[np.uint8]) -> bool:
        """Set a picture of the surroundings of a place in units; say whether any of them are in the plane."""
        part, disc = self._disc(place)
        if not disc.size:
            return False
        land.x = (self._corner[0] + part[1].start) / self._scale
        land.y = (self._corner[1] + part[0].start) / self._scale
        land.lay(self._mixed(part, known[part]))
        return True

    def _mixed(self, part: tuple[slice, slice], known: NDArray[np.uint8]) -> Rgb:
        """Return a part of the picture, in fog as far as it is not known."""
        seen = known[..., None] / 255.0
        return np.rint(self._fog + seen * (self._picture[part] - self._fog)).astype(np.uint8)


def _span(at: float, reach: float, size: int) -> slice:
    """Return the pixels of an axis, of so many, that are near a place."""
    return slice(int(np.clip(at - reach, 0, size)), int(np.clip(at + reach + 1, 0, size)))


def _middles(pixels: slice) -> Array:
    """Return the middles of the pixels of an axis."""
    return np.arange(pixels.start, pixels.stop) + 0.5


def lay_plane(landmarks: Landmarks, role: str, fog: FogOverPlane | None) -> tuple[list[Artist], list[Artist]]:
    """Lay the plane into the background, under fog if there is any; return what of it then moves, lowest first.

    Apart from that the names of marks, which stand over the paths.
    """
    pen, plane = landmarks.pen, landmarks.plane
    plane.lay(role, plane.picture() if fog is None else fog.cover)
    landmarks.haze = 0.0 if fog is None else 1 - _PALE / 255  # in which the details appear; the start is in the clear
    details, names = landmarks.details()
    landmarks.haze = 0.0
    rings, start = landmarks.start()
    if fog is None:
        for artist in (*details, *rings):
            pen.still(artist)
        return [], [*names, *start]
    fog.what_comes_last = [*details, *names]
    return [*fog.artists, *details, *rings], [*names, *start]
