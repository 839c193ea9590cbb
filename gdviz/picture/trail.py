"""The way of one run over the plane, step by step, with its dots."""

import math
from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.picture.glyphs import ease
from gdviz.picture.theme import RunStyle
from gdviz.picture.view import Box, Pen, put

_DENSE = 5.0  # units: dots nearer than that to the one before would run into a thick line
_CLOSER = 0.4  # the logarithm of the factor between powers at which more dots come


class Trail:
    """A run's path through `places` `(n, 2)` in units: a line over a casing, with a dot where each step began.

    thin: one of many, without dots. whole: it moves as a whole and leaves no marks, where other marks, laid later,
    would cover it. closer: how many times larger it may be seen later, and it then moves as a whole too.
    """

    def __init__(
        self,
        pen: Pen,
        places: Array,
        style: RunStyle,
        radius: float = 4.5,
        box: Box | None = None,
        *,
        thin: bool = False,
        whole: bool = False,
        closer: float = 1.0,
    ) -> None:
        self.places, self._whole = places, whole or closer > 1
        wide, narrow = (3.0, 1.4) if thin else (6.0, 2.5)
        self._casing, self._line = pen.line([], wide, pen.theme.ground), pen.line([], narrow, style.colour)
        self._dot, self._dots = pen.mark(style, radius), pen.mark(style, radius)
        self._new_casing, self._new = pen.line([], wide, pen.theme.ground), pen.line([], narrow, style.colour)
        for artist in (self._casing, self._line, self._dot, self._dots, self._new_casing, self._new):
            pen.clip(artist, box)
        for casing in (self._casing, self._new_casing):
            casing.set_solid_capstyle("butt")  # it covers no dot but those at its ends, which are drawn again
        self._power, self._dotted_from = 1.0, np.full(len(places), np.inf) if thin else _apart(places, closer)
        self.casings: list[Artist] = [self._new_casing]
        self.artists: list[Artist] = [self._new, self._dots] if self._whole else [self._new]

    def see(self, places: Array, power: float) -> None:
        """Lay it through other places `(n, 2)`, seen so many times larger."""
        self.places, self._power = places, power

    @property
    def last(self) -> int:
        """The last position."""
        return len(self.places) - 1

    def stamped(self, k: int) -> Iterator[Artist]:
        """Yield what stays when position `k` is left: the way to it, its dot, and the last one, which the way cut."""
        if self._whole or not 0 < k <= self.last:
            return
        for line in (self._casing, self._line):
            put(line, *self.places[k - 1 : k + 1].tolist())
            yield line
        for dot in (k - 1, k):
            if dot > 0 and self._dotted_from[dot] <= 1:
                put(self._dot, self.places[dot].tolist())
                yield self._dot

    def at(self, step: int, part: float) -> tuple[float, float]:
        """Return where the run is when so much of the time of a step has passed."""
        here, there = self.places[min(step, self.last)], self.places[min(step + 1, self.last)]
        x, y = (here + (there - here) * ease(part)).tolist()
        return x, y

    def lead(self, step: int, part: float) -> tuple[float, float]:
        """Draw the way to where the run is, all of it or from the last dot, and return that place."""
        here = self.at(step, part)
        first = 0 if self._whole else max(0, step - 1)
        before = self.places[first : step + 1].tolist() if step <= self.last or self._whole else [list(here)]
        if self._whole:
            dotted = (self._dotted_from <= self._power).tolist()
            put(self._dots, *(place for place, dot in zip(before[1:], dotted[1:], strict=False) if dot))
        for line in (self._new_casing, self._new):
            put(line, *before, here)
        return here


def _apart(places: Array, closer: float) -> Array:
    """Return for each place `(n,)` from what power on it has a dot: not where dots would run into each other.

    What has a dot keeps it in every stronger power, so that dots only come.
    """
    found = np.full(len(places), np.inf)
    for power in np.geomspace(1.0, closer, 1 + math.ceil(math.log(closer) / _CLOSER)):
        near, kept, last = _DENSE / power, found < np.inf, -1
        following = np.flatnonzero(kept).tolist()
        for k in range(len(places)):
            if kept[k]:
                last = following.pop(0)
                continue
            beside = [other for other in (last, *following[:1]) if other >= 0]
            if all(float(np.hypot(*(places[k] - places[other]))) >= near for other in beside):
                found[k], last = power, k
    return found
