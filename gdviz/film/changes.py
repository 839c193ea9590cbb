"""What changes from picture to picture: rectangles over the last one, for formats whose pictures have any delay.

Equal consecutive frames become one that stands longer. One picture is kept, to compare with, and one rectangle, which
waits until it is known how long it stands; memory does not grow with the film.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.film.film import Array, FilmSpec

SPARSE = 0.5  # unchanged share of a rectangle above which leaving it out packs better
Box = tuple[slice, slice]
"""Rows and columns of a rectangle."""

_CORNER, _NOTHING = (slice(0, 1), slice(0, 1)), np.zeros((1, 1, 4), np.uint8)


@dataclass(frozen=True, eq=False)
class Change:
    """A rectangle that changed: the ticks in which it comes and is over, where it lies, and its pixels.

    over: whether it is laid over the last picture, its unchanged pixels being transparent. Else it takes the place of
    what was there, transparent or not.
    """

    start: int
    end: int
    box: Box
    pixels: Array
    over: bool


class Changes:
    """Takes the frames of a film and hands each rectangle that changed to `write`, in order.

    longest: how many ticks a picture may stand; one that stands longer is followed by single transparent pixels.
    even: whether rectangles must begin at even rows and columns.
    """

    def __init__(self, spec: FilmSpec, write: Callable[[Change], None], longest: int, *, even: bool = False) -> None:
        width, height = spec.size
        self.ticks = 0
        self._write, self._longest, self._step = write, longest, 2 if even else 1
        self._transparent = spec.transparent
        self._last = np.empty((height, width), "<u4")
        self._waiting: tuple[int, Box, Array, bool] | None = None

    def add(self, rgba: Array, ticks: int) -> None:
        """Take the next frame."""
        keys = rgba.view("<u4")[..., 0]
        if self.ticks == 0:
            self._wait(keys, (slice(0, keys.shape[0]), slice(0, keys.shape[1])), None)
        else:
            differs = keys != self._last
            box = bounds(differs)
            if box is not None:
                rows, columns = (slice(side.start - side.start % self._step, side.stop) for side in box)
                self._wait(keys, (rows, columns), differs[rows, columns])
        self.ticks += ticks

    def finish(self) -> None:
        """Hand on the rectangle that waits: it stands to the end."""
        if self._waiting is None:
            return
        start, box, pixels, over = self._waiting
        self._write(Change(start, min(self.ticks, start + self._longest), box, pixels, over))
        for later in range(start + self._longest, self.ticks, self._longest):
            self._write(Change(later, min(self.ticks, later + self._longest), _CORNER, _NOTHING, over=True))

    def _wait(self, keys: NDArray[np.uint32], box: Box, differs: NDArray[np.bool_] | None) -> None:
        self.finish()
        part = keys[box].copy()
        self._last[box] = part
        over = False
        if differs is not None and self._covers(part, differs):
            over = True
            part *= differs  # what is multiplied by False is transparent
        self._waiting = self.ticks, box, part.view(np.uint8).reshape(*part.shape, 4), over

    def _covers(self, part: NDArray[np.uint32], differs: NDArray[np.bool_]) -> bool:
        """Return whether a rectangle can be laid over, and gains by it: nothing of it may show what is below."""
        if np.count_nonzero(differs) > (1 - SPARSE) * differs.size:
            return False
        return not self._transparent or bool((part[differs] >> 24 == 255).all())


def bounds(marked: NDArray[np.bool_]) -> Box | None:
    """Return the smallest rectangle that holds every True of `marked` `(height, width)`, or None."""
    rows = np.flatnonzero(marked.any(axis=1))
    if rows.size == 0:
        return None
    tall = slice(int(rows[0]), int(rows[-1]) + 1)
    columns = np.flatnonzero(marked[tall].any(axis=0))
    return tall, slice(int(columns[0]), int(columns[-1]) + 1)
