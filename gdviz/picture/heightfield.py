"""What an orthographic camera sees of a heightfield: for every ray the first point of the land, without a mesh.

The rays of one column of the picture lie in one vertical plane, which cuts the land in a profile. Walking along it,
`row` is where each of its points stands in the picture; a ray meets the land wherever the profile passes the ray's row,
and sees the place nearest to the camera. So a column costs as much as its profile is long, and nothing is sorted.

It is the walk of T. J. Wright's hidden-line plots ("A two-space solution to the hidden line problem for plotting
functions of two variables", 1973); he keeps a horizon of what was passed so far, whereas here the nearest passage
wins, so that land with holes, and its underside, are seen too.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import product

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array

RAYS = 2  # in a pixel, along each of its sides
_FEWEST = 200  # points of a profile
_POINTS = 1.6  # of a profile for each pixel of a unit: more make no better picture (tests/benchmarks/test_surface.py)

Field = NDArray[np.float32]  # values that need not be finer than a part of a pixel


@dataclass(frozen=True)
class Camera:
    """An orthographic camera; the land is the square -1 to 1, its heights are in the same unit.

    azimuth: the compass direction from which it looks, in degrees from the x axis towards the y axis. elevation: how
    far above the horizon it stands, in degrees, 0 to 90 without the ends. scale: pixels for a unit. column, row: the
    pixels of the land's centre at height 0, from the upper left corner of the picture.
    """

    azimuth: float
    elevation: float
    scale: float
    column: float
    row: float

    @cached_property
    def frame(self) -> tuple[float, float, float, float]:
        """The camera's right in x and y, and the sine and cosine of its elevation; away from it is `-right_y, right_x`.

        With `right = (-sin a, cos a)` the direction away from the camera, level, is `(-cos a, -sin a)`.
        """
        turned, raised = np.radians(self.azimuth), np.radians(self.elevation)
        return float(-np.sin(turned)), float(np.cos(turned)), float(np.sin(raised)), float(np.cos(raised))

    def project(self, points: Array) -> Array:
        """Return column, row and depth `(..., 3)` of points `(..., 3)`: pixels, and units away from the camera."""
        right_x, right_y, sine, cosine = self.frame
        x, y, height = np.moveaxis(np.asarray(points, dtype=np.float64), -1, 0)
        depth = right_x * y - right_y * x
        column = self.column + self.scale * (right_x * x + right_y * y)
        row = self.row - self.scale * (sine * depth + cosine * height)
        return np.stack([column, row, depth], axis=-1)

    def place(self, column: Array, depth: Array) -> Array:
        """Return x and y `(..., 2)` of what is seen in a column at a depth."""
        right_x, right_y, _, _ = self.frame
        across = (column - self.column) / self.scale
        return np.stack([right_x * across - right_y * depth, right_y * across + right_x * depth], axis=-1)


class Heightfield:
    """Heights over the square -1 to 1, linear between the points of a grid.

    heights: `(n, m)`, rows along y, columns along x, in units; NaN or infinite where there is no land. top: land above
    it is cut off, so that one looks over its edge into the valleys; None to keep all.
    """

    def __init__(self, heights: Array, top: float | None = None) -> None:
        known = np.where(np.isfinite(heights), heights, np.nan)
        self.top = top
        # What is cut off may be higher than any number: it is kept near, so that the cut lies where it should.
        self._heights = (known if top is None else np.minimum(known, top + 1.0)).astype(np.float32)
        rows, columns = heights.shape
        with np.errstate(invalid="ignore"):
            by_y, by_x = np.gradient(self._heights, 2 / (rows - 1), 2 / (columns - 1))
            steep = np.sqrt(by_x * by_x + by_y * by_y + 1)
        level = ~np.isfinite(steep)  # beside holes nothing is known of the slope
        parts = ((-by_x / steep, 0), (-by_y / steep, 0), (1 / steep, 1))
        self._normal = [np.where(level, np.float32(flat), part) for part, flat in parts]

    def at(self, places: Array) -> Array:
        """Return the heights `(...)` at places `(..., 2)`; NaN beyond the land and where it is cut off."""
        x, y = np.moveaxis(np.asarray(places, dtype=np.float64), -1, 0)
        with np.errstate(invalid="ignore"):
            on_land = (np.abs(x) <= 1) & (np.abs(y) <= 1)
            x, y = np.where(on_land, x, 0.0), np.where(on_land, y, 0.0)
            heights = _Spots(self._heights.shape, x.astype(np.float32), y.astype(np.float32)).of(self._heights)
            kept = on_land if self.top is None else on_land & (heights <= self.top)
        return np.where(kept, heights, np.nan).astype(np.float64)

    def light(self, towards: tuple[float, float, float]) -> Field:
        """Return how squarely each point of the grid faces a light, 0 to 1; `towards` has length one."""
        x, y, z = (np.float32(part) for part in towards)
        by_x, by_y, up = self._normal
        return np.asarray(np.maximum(x * by_x + y * by_y + z * up, np.float32(0)))

    def seen(self, camera: Camera, size: tuple[int, int], light: Field) -> "Sight":
        """Return what the camera sees in a picture of `size`, width and height in pixels.

        light: a value `(n, m)` for each point of the grid, to be carried along.
        """
        x, y, depth = self._profiles(camera, size[0])
        spots = _Spots(self._heights.shape, x, y)
        height, depth = _twice(spots.of(self._heights)), _twice(depth)
        if self.top is not None:
            _cut(height, depth, np.float32(self.top))
        return _first_met(camera, size, depth, height, _twice(spots.of(light)))

    def _profiles(self, camera: Camera, width: int) -> tuple[Field, Field, Field]:
        """Return x, y and depth `(width + 1, points)` along the profile of every second column of rays, from the back.

        Each profile reaches from edge to edge of the square; beside the square its depth is NaN.
        """
        right_x, right_y, _, _ = camera.frame
        across = (np.arange(width + 1) + 0.5 / RAYS - camera.column) / camera.scale
        ways = ((right_x, -right_y or 1e-300), (right_y, right_x or 1e-300))
        with np.errstate(over="ignore"):
            edges = np.sort([[(side - right * across) / away for side in (-1.0, 1.0)] for right, away in ways], axis=1)
        front, back = edges[:, 0].max(axis=0), edges[:, 1].min(axis=0)
        beside = front > back
        front[beside], back[beside] = 0.0, 0.0
        part = np.linspace(1, 0, max(_FEWEST, round(_POINTS * camera.scale)))
        depth = front[:, None] + (back - front)[:, None] * part
        x = np.clip((right_x * across)[:, None] - right_y * depth, -1, 1)
        y = np.clip((right_y * across)[:, None] + right_x * depth, -1, 1)
        depth[beside] = np.nan
        return x.astype(np.float32), y.astype(np.float32), depth.astype(np.float32)


@dataclass(frozen=True, eq=False)
class Sight:
    """What the rays see, in columns from left to right, each from its upper end down.

    met: the rays that meet land, `(n,)`, as places in the flattened array of all; height, light: of what they meet, in
    units and as it was carried along, `(n,)`; above: whether they come from above, `(n,)`. depth: of all rays, in units
    away from the camera, `(RAYS * width, RAYS * height)`; infinite where there is no land.
    """

    camera: Camera
    met: NDArray[np.intp]
    height: Field
    light: Field
    above: NDArray[np.bool_]
    depth: Field

    def points(self) -> Array:
        """Return the places `(n, 3)` that the rays meet."""
        column = (self.met // self.depth.shape[1] + 0.5) / RAYS
        depth = self.depth.ravel()[self.met].astype(np.float64)
        return np.column_stack([self.camera.place(column, depth), self.height.astype(np.float64)])

    @cached_property
    def _from_above(self) -> NDArray[np.bool_]:
        """Whether a ray meets land from above, for all of them."""
        found = np.zeros(self.depth.shape, dtype=bool)
        found.ravel()[self.met] = self.above
        return found

    def shows(self, points: Array, *, on_land: bool = False) -> NDArray[np.bool_]:
        """Say which of the points `(n, 3)` are not hidden by the land; one that is NaN is hidden.

        A point is shown if nothing is in front of it on its own ray or on one of the eight around: so the land does
        not hide what lies on it, and at the rim of a hill an answer is right to within a pixel. Points `on_land` are
        moreover hidden where those rays see the land from below.
        """
        column, row, depth = np.moveaxis(self.camera.project(points), -1, 0)
        known = np.isfinite(column + row)
        width, height = self.depth.shape
        i = np.where(known, RAYS * column, -3).clip(-3, width + 2).astype(np.intp)
        j = np.where(known, RAYS * row, -3).clip(-3, height + 2).astype(np.intp)
        shown, from_above = np.zeros(len(points), dtype=bool), np.zeros(len(points), dtype=bool)
        for di, dj in product((-1, 0, 1), repeat=2):
            x, y = i + di, j + dj
            outside = (x < 0) | (x >= width) | (y < 0) | (y >= height)
            x[outside], y[outside] = 0, 0
            shown |= outside | (depth <= self.depth[x, y] + 1e-5)
            from_above |= outside | self._from_above[x, y]
        shown &= known
        return shown & from_above if on_land else shown


def _first_met(camera: Camera, size: tuple[int, int], depth: Field, height: Field, light: Field) -> Sight:
    """Follow the profiles `(columns, points)` from the back to the front; later meetings of a ray hide earlier ones."""
    _, _, sine, cosine = camera.frame
    columns, rows = RAYS * size[0], RAYS * size[1]
    scale, foot = RAYS * camera.scale, RAYS * camera.row - 0.5
    row = np.float32(foot) - depth * np.float32(scale * sine) - height * np.float32(scale * cosine)
    pieces, first, count = _pieces(row, rows)
    column, along = np.divmod(pieces, row.shape[1] - 1)
    begins = column * row.shape[1] + along
    piece = np.repeat(np.arange(len(pieces)), count)
    rays = np.arange(len(piece)) + (first + column * rows - (count.cumsum() - count))[piece]
    nearest = np.full(columns * rows, -1, dtype=np.intp)
    nearest[rays] = piece  # of several values for one place NumPy keeps the last, which is the nearest
    met = np.flatnonzero(nearest >= 0)
    begin = begins[nearest[met]]
    end = begin + 1
    here, there = row.take(begin), row.take(end)
    part = ((met % rows).astype(np.float32) - here) / (there - here)

    def between(values: Field) -> Field:
        here = values.take(begin)
        return np.asarray(here + part * (values.take(end) - here))

    far = np.full((columns, rows), np.inf, dtype=np.float32)
    far.ravel()[met] = between(depth)
    # Towards the camera land that is seen from above goes down in the picture.
    return Sight(camera, met, between(height), between(light), there > here, far)


def _pieces(row: Field, rows: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return the pieces of profiles that rays meet, as flat indices: each with its first ray's row, and their number.

    A piece from row a to row b meets the rays a <= row < b, so that none is met twice where two pieces join.
    """
    with np.errstate(invalid="ignore"):
        reached = np.ceil(row).clip(0, rows)
        lost = np.isnan(reached)
        reached[lost] = 0
    place = reached.astype(np.int32)
    count = np.abs(np.diff(place, axis=1))
    count[lost[:, 1:] | lost[:, :-1]] = 0
    pieces = np.flatnonzero(count)
    first = np.minimum(place[:, 1:], place[:, :-1])
    return pieces, first.ravel()[pieces].astype(np.intp), count.ravel()[pieces].astype(np.intp)


class _Spots:
    """Places within the square -1 to 1, between the points of a grid of `shape`."""

    def __init__(self, shape: tuple[int, int], x: Field, y: Field) -> None:
        rows, self._columns = shape
        across, along = (x + 1) * np.float32((self._columns - 1) / 2), (y + 1) * np.float32((rows - 1) / 2)
        i = np.minimum(across.astype(np.intp), self._columns - 2)
        j = np.minimum(along.astype(np.intp), rows - 2)
        self._corner = j * self._columns + i
        self._across, self._along = across - i.astype(np.float32), along - j.astype(np.float32)

    def of(self, grid: Field) -> Field:
        """Return the values of a grid there, linear in x and in y."""
        values, corner = grid.ravel(), self._corner
        low = values.take(corner)
        low += (values.take(corner + 1) - low) * self._across
        corner = corner + self._columns
        high = values.take(corner)
        high += (values.take(corner + 1) - high) * self._across
        high -= low
        high *= self._along
        high += low
        return high


def _twice(profiles: Field) -> Field:
    """Return profiles `(n + 1, points)` with those halfway between them, `(2 n, points)`."""
    found = np.empty((2 * (len(profiles) - 1), profiles.shape[1]), dtype=np.float32)
    found[0::2] = profiles[:-1]
    found[1::2] = (profiles[:-1] + profiles[1:]) * np.float32(0.5)
    return found


def _cut(height: Field, depth: Field, top: np.float32) -> None:
    """Cut profiles off at `top`, exactly where they pass it: there the first point beyond is moved to."""
    with np.errstate(invalid="ignore"):
        high = height > top
    passing = np.diff(high.view(np.int8), axis=1)
    column, k = np.nonzero(passing)
    beyond = np.where(passing[column, k] < 0, k, k + 1)
    within = 2 * k + 1 - beyond
    low, near = height[column, within], depth[column, within]
    part = (top - low) / (height[column, beyond] - low)
    depth[column, beyond] = near + part * (depth[column, beyond] - near)
    height[high] = np.nan
    height[column, beyond] = top
