"""Where a word finds room beside the curve: near what it names, clear of the curve, the ball and other words."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from gdviz.descent.loss import Array
from gdviz.picture.glyphs import TANGENT, tangent
from gdviz.picture.scales import LANE
from gdviz.picture.view import Box

LINE = 26.0  # units from one line of a label to the next


class Room:
    """The panel of a curve through `points` `(n, 2)` in units, with vertical guides at `guides`."""

    def __init__(self, box: Box, points: Array, guides: Sequence[float]) -> None:
        self._box, self._points, self._guides = box, points, guides

    def beside(self, points: Array) -> "Room":
        """Return the same room with one more curve in it, through `points` `(n, 2)`."""
        return Room(self._box, np.concatenate([self._points, points]), self._guides)

    def for_name(self, wide: float, curve: Array, taken: Sequence[Box]) -> tuple[float, float] | None:
        """Return the place of a curve's name, beside, above or below one of its `curve` `(n, 2)` points; or None."""
        places = [
            place
            for x, y in curve.tolist()
            for place in ((x + 12, y + 6), (x - 12 - wide, y + 6), (x - wide / 2, y - 12), (x - wide / 2, y + 24))
        ]
        return self._clearest(wide, places, taken, lambda place: 0.01 * place[1])

    def for_block(self, wide: float, lines: int, x: float, y: float, taken: Sequence[Box]) -> tuple[float, float]:
        """Return the place of a few lines of text near the ball at `x, y`, wherever the panel is clear."""
        box = self._box
        places = [(left, top) for left in np.arange(box.left + 6, box.right, 12.0).tolist()
                  for top in np.arange(box.top + 40, box.bottom - LANE, 12.0).tolist()]  # fmt: skip

        def far(place: tuple[float, float]) -> float:
            return 0.12 * math.hypot(place[0] + wide / 2 - x, place[1] - y)

        taken = [*taken, Box(x - 16, y - 16, x + 16, y + 16)]
        return self._clearest(wide, places, taken, far, lines) or (box.left + 6, box.top + 40)

    def _clearest(
        self, wide: float, places: Sequence[tuple[float, float]], taken: Sequence[Box],
        cost: Callable[[tuple[float, float]], float], lines: int = 1,
    ) -> tuple[float, float] | None:  # fmt: skip
        """Return the place of a text, of those inside of the panel and clear of `taken`, that covers least."""
        room = Box(self._box.left + 2, self._box.top + 4, self._box.right + 24, self._box.bottom - LANE - 4)
        found = []
        for left, top in places:
            label = Box(left - 4, top - 18, left + wide + 4, top + 6 + LINE * (lines - 1))
            if label.within(room) and not any(label.meets(other, 6) for other in taken):
                guides = sum(4.0 for guide in self._guides if label.left < guide < label.right)
                found.append((round(self._covered(label) + guides + cost((left, top)), 9), left, top))
        return min(found)[1:] if found else None

    def for_slope(
        self, wide: float, x: float, y: float, tilt: float, corner: tuple[float, float] | None
    ) -> tuple[float, float]:
        """Return the place of the slope's label, near the ball at `x, y` or the corner of the slope's triangle."""
        box = self._box
        middle = y if corner is None else (y + corner[1]) / 2
        right, left = (x + 44 if corner is None else corner[0] + 12), x - 44 - wide
        drop = 1 if tilt < 0 else -1
        places = [(right, middle + 7)]
        for shift in (0, 36, -36, 72, -72, 108, -108, 150, -150):
            places += [
                (right, y + 7 + drop * shift),
                (left, y + 7 + shift),
                (right + 60, y + 7 + shift),
                (left - 60, y + 7 + shift),
            ]
        room = Box(box.left + 4, box.top + 26, box.right + 24, box.bottom - LANE - 4)
        if not any(room.left + 4 <= at and at + wide + 4 <= room.right for at, _ in places):  # as wide as the panel
            places = [(min(max(at, room.left + 4), room.right - 4 - wide), height) for at, height in places]

        def cost(place: tuple[float, float]) -> float:
            label = Box(place[0] - 4, place[1] - 18, place[0] + wide + 4, place[1] + 6)
            outside = 0 if label.within(room) else 1000
            return self._crowded(label, x, y, tilt) + outside + 0.12 * math.hypot(place[0] - x, place[1] - y)

        return min(places, key=lambda place: round(cost(place), 9))

    def _crowded(self, label: Box, x: float, y: float, tilt: float) -> float:
        """Return how much of the curve, the tangent and the dotted lines lies under a label."""
        ends = np.array(tangent(x, y, tilt, TANGENT))
        line = ends[0] + (ends[1] - ends[0]) * np.linspace(0, 1, 60)[:, None]
        inside = (line > (label.left, label.top)) & (line < (label.right, label.bottom))
        over = float(inside.all(axis=1).sum())
        drops = 10.0 * (label.left < x + 14 and label.right > x - 14 and label.bottom > y - 14)
        drops += 10.0 * (label.top < y + 6 and label.bottom > y - 6 and label.left < x)
        guides = sum(4.0 for guide in self._guides if label.left < guide < label.right)
        return self._covered(label) + 3 * over + drops + guides

    def for_numbers(self, wide: float, x: float, y: float, named: Sequence[Box]) -> tuple[float, float]:
        """Return the place of the numbers of a ball that has left at `x, y`: near its arrow, clear of named boxes."""
        box = self._box
        top, bottom = box.top + 2, box.bottom - LANE - 80
        taken = (*named, Box(x - 16, y - 4, x + 16, y + 48))
        heights = (min(max(y + drop, top), bottom) for drop in (8, 32, 56, 84, 120, -60, -100))
        lefts = (x + 24, x - 24 - wide, x + 70, x - 70 - wide, x + 120, x - 120 - wide)
        fits = [left for left in lefts if box.left + 4 <= left and left + wide <= box.right + 20]

        def cost(place: tuple[float, float]) -> float:
            left, height = place
            label = Box(left - 4, height, left + wide + 4, height + 78)
            meets = 1000 * sum(label.meets(other, 12) for other in taken)
            return self._covered(label) + meets + 0.01 * (abs(left + wide / 2 - x) + abs(height - y))

        places = [(left, height) for height in heights for left in fits]
        return min(places, key=lambda place: round(cost(place), 9), default=(box.left + 4, top))

    def _covered(self, label: Box) -> float:
        """Return how many points of the curve lie under a label."""
        across, down = self._points[:, 0], self._points[:, 1]
        with np.errstate(invalid="ignore"):
            under = (across > label.left) & (across < label.right) & (down > label.top) & (down < label.bottom)
        return float(under.sum())
