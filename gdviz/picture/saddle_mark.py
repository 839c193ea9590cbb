"""The mark of a saddle seen from above: a cross, an arrow to either side in which it falls, the ring around it."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.picture.glyphs import pointer
from gdviz.picture.view import Box, Pen

_ARM = 6.0  # units from the middle to the end of each arm of the cross
_FROM, _TO = 13.0, 34.0  # units from the middle to where the arrows begin and end
_SHORTEST = 9.0  # an arrow with less room is not drawn
_LINE = 20.0  # from one line of words to the next


@dataclass(frozen=True)
class SaddleMark:
    """Where a saddle is in the picture, in units.

    way: the unit vector `(2,)` in which it falls, or None where the curvature does not tell. room: how far its arrows
    may reach without coming to another mark. ring: the closed line `(n, 2)` inside of which a run counts as being
    there, NaN where it is out of the picture; empty where none lingers.
    """

    place: tuple[float, float]
    way: tuple[float, float] | None
    room: float
    ring: Array

    def boxes(self) -> list[Box]:
        """Return what no word may cover: the cross, and the arrows."""
        x, y = self.place
        ends = [end for pair in self._arrows() for end in pair]
        return [Box(x - 11, y - 11, x + 11, y + 11), *(Box(a - 6, b - 6, a + 6, b + 6) for a, b in ends)]

    def artists(self, pen: Pen) -> Iterator[Artist]:
        """Yield the ring, the arrows, and the cross on its casing; quieter than a minimum."""
        (x, y), theme = self.place, pen.theme
        if len(self.ring):
            yield pen.line(self.ring, 1.5, theme.muted, (0, (1.2, 2.2)))
        for begin, end in self._arrows():
            arrow = pen.polygon(theme.muted)
            arrow.set_xy(pointer(begin, end, 2.5, 9))
            yield arrow
        arms = [[(x - _ARM, y - s * _ARM), (x + _ARM, y + s * _ARM)] for s in (1, -1)]
        for width, colour in ((5.0, theme.ground), (2.2, theme.muted)):
            for arm in arms:
                yield pen.line(arm, width, colour)

    def spots(self, wide: float, lines: int) -> list[tuple[float, float]]:
        """Return where a block of words may stand, as its left end and its first baseline, the nearest first."""
        x, y = self.place
        reach = max(20.0, float(np.nanmax(np.abs(self.ring - self.place), initial=0.0)) + 8)
        high = _LINE * lines
        found = []
        for gap in (reach, reach + 26, reach + 52):
            near = 0.72 * gap
            middle = y - high / 2 + 15
            found += [(x + gap, middle), (x - gap - wide, middle)]
            found += [(x + near, y + near + 15), (x + near, y - near - high + 15)]
            found += [(x - near - wide, y + near + 15), (x - near - wide, y - near - high + 15)]
            found += [(x - wide / 2, y + gap + 15), (x - wide / 2, y - gap - high + 15)]
        return found

    def _arrows(self) -> list[tuple[tuple[float, float], tuple[float, float]]]:
        """Return begin and end of the arrow to either side."""
        to = min(_TO, self.room)
        if self.way is None or to - _FROM < _SHORTEST:
            return []
        (x, y), (u, v) = self.place, self.way
        return [((x + s * u * _FROM, y + s * v * _FROM), (x + s * u * to, y + s * v * to)) for s in (1, -1)]


def stacked(left: float, base: float, wide: Sequence[float]) -> list[Box]:
    """Return the boxes of lines of words `wide`, each below the last, the first with its baseline at `base`."""
    return [Box(left - 3, base + _LINE * k - 16, left + w + 3, base + _LINE * k + 5) for k, w in enumerate(wide)]


def heading(place: tuple[float, float], beyond: tuple[float, float]) -> tuple[float, float]:
    """Return the unit vector from one place towards another."""
    length = math.dist(place, beyond)
    return (beyond[0] - place[0]) / length, (beyond[1] - place[1]) / length
