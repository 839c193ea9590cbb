"""Where the units of a network and the numbers at its lines stand."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gdviz.picture.view import Box

Place = tuple[float, float]
RADIUS, SMALL = 44.0, 18.0  # of units with their numbers in them, and without
LOSS, LEAST_LOSS = (160.0, 88.0), (124.0, 88.0)  # units: the plate with the loss; in a narrow panel without numbers
ROOMY = 860.0  # units: a panel so wide may have all numbers
_LINE = 20.0  # the height of a number at a line
_CLEAR = 10.0  # from a line to its number: half of the band and a little
_ALONG = [0.2 + 0.04 * k for k in range(16)]  # parts of a line that are tried
_EARLY = (0.28, 0.24, 0.34, 0.2)  # where numbers stand at lines that cross: of one so early, of the other so late


@dataclass(frozen=True)
class Places:
    """Where everything stands, in units.

    units: of each layer, from top to bottom. radius: of a unit. loss: the plate of the loss. beyond: the room to the
    right of the last units for their names.
    """

    units: tuple[tuple[Place, ...], ...]
    radius: float
    loss: Box
    beyond: float = 0.0

    def line(self, layer: int, before: int, unit: int) -> tuple[Place, Place]:
        """Return where the line of a weight leaves a unit and reaches the next one: at their rims."""
        return shortened(self.units[layer][before], self.units[layer + 1][unit], self.radius, self.radius)

    def to_loss(self, unit: int) -> tuple[Place, Place]:
        """Return where the line from a unit of the last layer to the loss begins and ends."""
        x, y = self.units[-1][unit]
        middle = (self.loss.top + self.loss.bottom) / 2
        return (x + self.radius + self.beyond, y), (self.loss.left, middle)


def shortened(begin: Place, end: Place, first: float, last: float) -> tuple[Place, Place]:
    """Return a line without so much at its begin and its end."""
    wide, high = end[0] - begin[0], end[1] - begin[1]
    length = math.hypot(wide, high) or 1.0
    across, down = wide / length, high / length
    return (begin[0] + first * across, begin[1] + first * down), (end[0] - last * across, end[1] - last * down)


def places(box: Box, widths: Sequence[int], *, numbered: bool, left: float, right: float) -> Places:
    """Place the units of each layer in a column of its own, and the loss to the right of the last.

    numbered: whether the units have their numbers in them. left, right: the room for the names of inputs and outputs.
    """
    radius, gap = (RADIUS, 96.0) if numbered else (SMALL, 44.0)
    loss_wide, loss_high = LOSS if box.width >= ROOMY else LEAST_LOSS
    first, last = box.left + left + radius, box.right - loss_wide - gap - right - radius
    columns = [first + (last - first) * k / (len(widths) - 1) for k in range(len(widths))]
    rows = Box(0, box.top + radius + 8, 0, box.bottom - radius - (28 if numbered else 0))
    units = tuple(tuple((x, y) for y in _rows(rows, count)) for x, count in zip(columns, widths, strict=True))
    middle = (rows.top + rows.bottom) / 2
    loss = Box(box.right - loss_wide, middle - loss_high / 2, box.right, middle + loss_high / 2)
    return Places(units, radius, loss, right)


def _rows(rows: Box, count: int) -> list[float]:
    if count == 1:
        return [(rows.top + rows.bottom) / 2]
    return [rows.top + rows.height * k / (count - 1) for k in range(count)]


def beside_lines(
    lines: Sequence[tuple[Place, Place]], sizes: Sequence[tuple[float, float]], taken: Iterable[Box], room: Box
) -> list[tuple[Place, Place]] | None:
    """Return the middle of the two numbers of each line, one above it and one below it; None where there is no room.

    lines: from the begin to the end of each. sizes: the widths of both numbers. taken: where something stands.
    """
    stand, flattest = list(taken), sorted(range(len(lines)), key=lambda k: abs(lines[k][1][1] - lines[k][0][1]))
    tries = ((order, early) for early in _EARLY for order in (flattest[::-1], flattest))
    found = (_placed(lines, sizes, stand, room, order, early) for order, early in tries)
    return next((one for one in found if one is not None), None)


def _placed(
    lines: Sequence[tuple[Place, Place]], sizes: Sequence[tuple[float, float]], taken: Sequence[Box], room: Box,
    order: Sequence[int], early: float,
) -> list[tuple[Place, Place]] | None:  # fmt: skip
    """Return the places of the numbers of all lines, each chosen in its turn where there is still room."""
    placed: dict[int, tuple[Place, Place]] = {}
    stand = list(taken)
    for k in order:
        others = [line for j, line in enumerate(lines) if j != k]
        pairs = _pairs(lines[k], sizes[k], _best(lines[k], others, early))
        clear = (
            pair for pair in pairs
            if all(b.within(room) and not any(b.meets(s, 3) for s in stand) for b in pair)
            and not pair[0].meets(pair[1], 2) and not any(crosses(line, b) for line in others for b in pair)
        )  # fmt: skip
        found = next(clear, None)
        if found is None:
            return None
        stand += found
        placed[k] = (_middle(found[0]), _middle(found[1]))
    return [placed[k] for k in range(len(lines))]


def _best(line: tuple[Place, Place], others: Sequence[tuple[Place, Place]], early: float) -> float:
    """Return the part of a line where its numbers stand best: the middle, unless another line crosses it."""
    (x, y), (_, bottom) = line
    for (left, top), (_, low) in others:
        if abs(left - x) < RADIUS and (top - y) * (low - bottom) < 0:
            return 1.0 - early if bottom > y else early
    return 0.5


def _pairs(line: tuple[Place, Place], widths: tuple[float, float], best: float) -> Iterator[tuple[Box, Box]]:
    """Yield boxes above and below a line, first those close to its best part, and to each other."""

    def far(parts: tuple[float, float]) -> float:
        above, below = parts
        return abs(above - best) + abs(below - best) + 2 * abs(above - below)

    for above, below in sorted(((above, below) for above in _ALONG for below in _ALONG), key=far):
        yield _beside(line, above, widths[0], -1.0), _beside(line, below, widths[1], 1.0)


def _beside(line: tuple[Place, Place], part: float, wide: float, side: float) -> Box:
    """Return the box of a number at a part of a line, above it (-1) or below it (1), that just clears it."""
    (x, y), (right, bottom) = line
    length = math.hypot(right - x, bottom - y) or 1.0
    across, down = (y - bottom) / length, (right - x) / length  # downwards, at a right angle to the line
    far = side * (abs(across) * wide / 2 + abs(down) * _LINE / 2 + _CLEAR)
    x, y = x + part * (right - x) + far * across, y + part * (bottom - y) + far * down
    return Box(x - wide / 2, y - _LINE / 2, x + wide / 2, y + _LINE / 2)


def crosses(line: tuple[Place, Place], box: Box) -> bool:
    """Whether a line goes through a box, or passes it closely."""
    (x, y), (right, bottom) = line
    dots = ((x + t / 60 * (right - x), y + t / 60 * (bottom - y)) for t in range(61))
    return any(box.meets(Box(a, b, a, b), 4) for a, b in dots)


def _middle(box: Box) -> Place:
    return (box.left + box.right) / 2, (box.top + box.bottom) / 2
