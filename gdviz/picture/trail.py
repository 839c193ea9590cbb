"""The way of one run over the plane, step by step, with its dots."""

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.picture.glyphs import ease
from gdviz.picture.theme import RunStyle
from gdviz.picture.view import Box, Pen, put

_DENSE = 5.0  # units: dots nearer than that to the one before would run into a thick line


class Trail:
    """A run's path through `places` `(n, 2)` in units: a line over a casing, with a dot where each step began.

    thin: one of many, without dots. whole: it moves as a whole and leaves no marks, where other marks, laid later,
    would cover it.
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
    ) -> None:
        self.places, self._whole = places, whole
        wide, narrow = (3.0, 1.4) if thin else (6.0, 2.5)
        self._casing, self._line = pen.line([], wide, pen.theme.ground), pen.line([], narrow, style.colour)
        self._dot, self._dots = pen.mark(style, radius), pen.mark(style, radius)
        self._new_casing, self._new = pen.line([], wide, pen.theme.ground), pen.line([], narrow, style.colour)
        for artist in (self._casing, self._line, self._dot, self._dots, self._new_casing, self._new):
            pen.clip(artist, box)
        for casing in (self._casing, self._new_casing):
            casing.set_solid_capstyle("butt")  # it covers no dot but those at its ends, which are drawn again
        self._dotted = [False] * len(places) if thin else _apart(places)
        self.casings: list[Artist] = [self._new_casing]
        self.artists: list[Artist] = [self._new, self._dots] if whole else [self._new]

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
            if dot > 0 and self._dotted[dot]:
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
            put(self._dots, *(place for place, dotted in zip(before[1:], self._dotted[1:], strict=False) if dotted))
        for line in (self._new_casing, self._new):
            put(line, *before, here)
        return here


def _apart(places: Array) -> list[bool]:
    """Say of each place whether it has a dot: not where dots would run into each other."""
    kept, last = [], np.full(2, np.inf)
    for place in places:
        apart = not np.isfinite(last).all() or float(np.hypot(*(place - last))) >= _DENSE
        kept.append(apart)
        last = place if apart else last
    return kept
