"""Does a film flash more than three times in any second? WCAG 2.2, success criterion 2.3.1 (W3C 2023).

A *general flash* is a pair of opposing changes in relative luminance of 10 % of the maximum or more, where the darker
picture is below 0.80. A *red flash* is a pair of opposing changes to and from a saturated red, R / (R + G + B) of 0.8
or more, in which R − G − B changes by 20/320 or more (the working definition of the Photosensitive Epilepsy Analysis
Tool, Trace Center 2008; R, G, B linear from 0 to 1). They count where they cover a quarter or more of any rectangle of
341 x 256 pixels, with the film shown as large as fits into 1024 x 768.

Pictures are looked at in cells of 4 of these pixels, a tenth of a degree: finer patterns do not count in the
criterion. Two counts are made, and the higher one is told. *By place*: changes of the same cells, also where they come
about slowly and not everywhere at once. *By field*: changes of a quarter of a rectangle within one picture, wherever
in it, as when its left half flashes and then its right half.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gdviz.film.film import Array

SCREEN = (1024, 768)  # pixels on which the criterion is defined
FIELD = (341, 256)  # ten degrees of sight there
CELL = 4  # pixels there
QUARTER = 0.25  # share of a field from which flashes count
ALLOWED = 3  # flashes in any one second
LUMINANCE_STEP, BRIGHT = 0.1, 0.8
RED_STEP, RED_SHARE = 20 / 320, 0.8
TOLERANCE = 1e-6  # seconds by which times may be off, being sums

Mask = NDArray[np.bool_]
Values = NDArray[np.float32]

_LEVELS = np.arange(256) / 255
_LINEAR = np.where(_LEVELS <= 0.04045, _LEVELS / 12.92, ((_LEVELS + 0.055) / 1.055) ** 2.4).astype(np.float32)


@dataclass(frozen=True)
class Flashes:
    """The most flashes in any one second of a film.

    general, red: how many; a half is a change that is not undone. general_at, red_at: when that second ends, in
    seconds. seconds: how much was looked at.
    """

    general: float
    general_at: float
    red: float
    red_at: float
    seconds: float

    @property
    def is_safe(self) -> bool:
        """Whether there are at most three of each kind."""
        return max(self.general, self.red) <= ALLOWED


def flashes(pictures: Iterable[tuple[Array, float]]) -> Flashes:
    """Return the most flashes in any second of a film.

    pictures: `(height, width, 3 or 4)` uint8, opaque, all of one size, each with the seconds that it stands. Memory
    does not grow with the film.
    """
    meter: _Meter | None = None
    time = 0.0
    for picture, seconds in pictures:
        cells = _cells(picture)
        if meter is None:
            meter = _Meter((cells.shape[0], cells.shape[1]), picture.shape[1], picture.shape[0])
        meter.see(cells, time)
        time += seconds
    if meter is None:
        return Flashes(0, 0, 0, 0, 0)
    general, red = meter.general, meter.red
    return Flashes(general.flashes, round(general.at, 3), red.flashes, round(red.at, 3), round(time, 3))


def cell_grid(width: int, height: int) -> tuple[int, int]:
    """Return how many cells a picture of `width` x `height` pixels has, across and down; at most one for each pixel."""
    scale = min(SCREEN[0] / width, SCREEN[1] / height) / CELL
    return max(1, min(width, round(width * scale))), max(1, min(height, round(height * scale)))


def _cells(picture: Array) -> Array:
    """Return the mean colour of each cell, `(rows, columns, 3)`."""
    grid = cell_grid(picture.shape[1], picture.shape[0])
    if grid == picture.shape[1::-1]:
        return picture[..., :3]
    opaque = np.ascontiguousarray(picture[..., :3])
    return np.asarray(Image.fromarray(opaque).resize(grid, Image.Resampling.BOX))


class _Meter:
    """Follows the luminance and the redness of every cell."""

    def __init__(self, shape: tuple[int, int], width: int, height: int) -> None:
        scale = max(width / SCREEN[0], height / SCREEN[1])
        field = (FIELD[1] * scale * shape[0] / height, FIELD[0] * scale * shape[1] / width)
        tall, wide = (min(side, max(1, round(part))) for side, part in zip(shape, field, strict=True))
        needed = QUARTER * FIELD[0] * FIELD[1] * scale**2 * shape[0] * shape[1] / (width * height)
        self.general = _Counter(shape, (tall, wide), needed)
        self.red = _Counter(shape, (tall, wide), needed)
        self._luminance = _Swings(shape, LUMINANCE_STEP)
        self._redness = _Swings(shape, RED_STEP)
        self._before: Array | None = None

    def see(self, cells: Array, time: float) -> None:
        """Take the picture that comes at `time`."""
        if self._before is not None and np.array_equal(cells, self._before):
            return
        self._before = cells.copy()
        red, green, blue = (_LINEAR[cells[..., part]] for part in range(3))
        luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
        dark = luminance < BRIGHT
        self.general.count(*self._luminance.turns(luminance, dark, at_low=True), time)
        saturated = (red > 0) & (red >= RED_SHARE * (red + green + blue))
        excess = np.maximum(red - green - blue, 0)
        self.red.count(*self._redness.turns(excess, saturated, at_low=False), time)


class _Swings:
    """Finds, cell by cell, the changes between neighbouring peaks and valleys that reach a step."""

    def __init__(self, shape: tuple[int, int], step: float) -> None:
        self._step = np.float32(step)
        self._high = np.full(shape, -np.inf, np.float32)
        self._low = np.full(shape, np.inf, np.float32)
        self._high_fits = np.zeros(shape, bool)
        self._low_fits = np.zeros(shape, bool)
        self._heading = np.zeros(shape, np.int8)

    def turns(self, values: Values, fits: Mask, at_low: bool) -> tuple[Mask, Mask]:
        """Return which cells have just risen, and which have fallen, by a step since they last turned.

        fits: which cells fulfil the condition of a flash; it must hold at the lower end of a change, or at the higher.
        """
        higher, lower = values > self._high, values < self._low
        self._keep(higher, lower, values, fits)
        rose = (values - self._low >= self._step) & (self._heading != 1) & (self._low_fits if at_low else fits)
        fell = (self._high - values >= self._step) & (self._heading != -1) & (fits if at_low else self._high_fits)
        self._heading[rose], self._heading[fell] = 1, -1
        self._keep(rose | fell, rose | fell, values, fits)
        return rose, fell

    def _keep(self, higher: Mask, lower: Mask, values: Values, fits: Mask) -> None:
        np.copyto(self._high, values, where=higher)
        np.copyto(self._high_fits, fits, where=higher)
        np.copyto(self._low, values, where=lower)
        np.copyto(self._low_fits, fits, where=lower)


class _Counter:
    """Counts changes within any one second, by place and by field, and keeps the highest count."""

    def __init__(self, shape: tuple[int, int], field: tuple[int, int], needed: float) -> None:
        self._field, self._needed = field, needed
        fields = (shape[0] - field[0] + 1, shape[1] - field[1] + 1)
        self._places, self._fields = _Second(shape), _Second(fields)
        self._heading = np.zeros(fields, np.int8)
        self._most = 0
        self.at = 0.0

    @property
    def flashes(self) -> float:
        """The most flashes so far: pairs of changes."""
        return self._most / 2

    def count(self, rose: Mask, fell: Mask, time: float) -> None:
        """Take the changes that a picture brings."""
        changed = rose | fell
        if not changed.any():
            return
        self._note(self._by_place(changed, time), time)
        self._note(self._by_field(rose, fell, time), time)

    def _note(self, changes: int, time: float) -> None:
        if changes > self._most:
            self._most, self.at = changes, time

    def _by_place(self, changed: Mask, time: float) -> int:
        counts = self._places.add(changed, time)
        most = self._most
        while (counts > most).sum() >= self._needed and self._covers(counts > most).any():
            most += 1
        return most

    def _by_field(self, rose: Mask, fell: Mask, time: float) -> int:
        up = self._covers(rose) & (self._heading != 1)
        down = self._covers(fell) & (self._heading != -1)
        self._heading[up], self._heading[down] = 1, -1
        return int(self._fields.add(up | down, time).max())

    def _covers(self, cells: Mask) -> Mask:
        """Return in which fields a quarter or more is among `cells`."""
        if cells.sum() < self._needed:
            return np.zeros(self._heading.shape, bool)
        sums = np.zeros((cells.shape[0] + 1, cells.shape[1] + 1), np.int32)
        sums[1:, 1:] = cells.cumsum(axis=0, dtype=np.int32).cumsum(axis=1)
        tall, wide = self._field
        area = sums[tall:, wide:] - sums[:-tall, wide:] - sums[tall:, :-wide] + sums[:-tall, :-wide]
        return area >= self._needed


class _Second:
    """How often each place was marked within the last second."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self._counts = np.zeros(shape, np.int16)
        self._marks: deque[tuple[float, Mask]] = deque()

    def add(self, mark: Mask, time: float) -> NDArray[np.int16]:
        """Mark places at `time`, forget what is a second old, and return the counts."""
        while self._marks and time - self._marks[0][0] >= 1 - TOLERANCE:
            self._counts -= self._marks.popleft()[1]
        if mark.any():
            self._marks.append((time, mark))
            self._counts += mark
        return self._counts
