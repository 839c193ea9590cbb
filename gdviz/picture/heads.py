"""Where the names of runs stand: beside their heads, clear of the paths and of each other, at any step the same way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.picture.view import Box

CLOSE = 40.0  # units: heads nearer than that to each other have no names
_GAP = 16.0  # between a head and its name
_LATELY = 160  # positions whose ways a name keeps clear of
_MOVES = 45.0  # what it costs a name to change sides: a jump is worse than lying on a few dots
_CROSSED = 200.0  # for lying on another word: then it rather is not there


@dataclass(frozen=True)
class Name:
    """A name as it stands beside its head: the size of its block of lines in units."""

    wide: float
    high: float

    def spots(self) -> list[Box]:
        """Return where it may stand, as boxes around a head at 0, 0: right, left, below, above, and between."""
        wide, high, half = self.wide, self.high, self.high / 2
        near = 0.75 * _GAP
        return [
            Box(_GAP, -half, _GAP + wide, half),
            Box(-_GAP - wide, -half, -_GAP, half),
            Box(-wide / 2, _GAP, wide / 2, _GAP + high),
            Box(-wide / 2, -_GAP - high, wide / 2, -_GAP),
            Box(near, near, near + wide, near + high),
            Box(near, -near - high, near + wide, -near),
            Box(-near - wide, near, -near, near + high),
            Box(-near - wide, -near - high, -near, -near),
        ]


def positions(paths: Sequence[Array], last: int) -> Array:
    """Return the places of all runs `(positions, runs, 2)` up to `last`; one that is over stays where it is."""
    return np.stack([np.pad(path, ((0, last + 1 - len(path)), (0, 0)), mode="edge") for path in paths], axis=1)


@dataclass(frozen=True)
class Plan:
    """Where each name stands at each position: the corner of its box from its head `(positions, runs, 2)`, and if so.

    seen `(positions, runs)`: whether it is shown; names of heads that are close to each other, or outside, are not.
    """

    corner: Array
    seen: NDArray[np.bool_]


def plan(heads: Array, names: Sequence[Name], room: Box, taken: Sequence[Box], ground: Array | None = None) -> Plan:
    """Choose for heads `(positions, runs, 2)` the sides of their names, once for the whole film.

    taken: where words and marks stand already. ground `(n, 2)`: points of lines that are there all the time.
    A name prefers the side that it has; it changes when it would lie on paths, marks, other names or the edge.
    """
    still = np.empty((0, 2)) if ground is None else ground

    def ways(k: int) -> Array:
        return np.concatenate([_filled(heads[max(0, k - _LATELY) : k + 1]), still])

    return plan_among(heads, names, room, [taken] * len(heads), ways)


def plan_among(
    heads: Array, names: Sequence[Name], room: Box, taken: Sequence[Sequence[Box]], ways: Callable[[int], Array]
) -> Plan:
    """Choose the sides of names as `plan` does where at each position other things stand around, as under a zoom.

    taken: where words and marks stand at each position. ways `(n, 2)`: points of the lines that are seen at each.
    """
    count, runs = heads.shape[:2]
    corner, seen = np.zeros((count, runs, 2)), np.zeros((count, runs), dtype=bool)
    spots = [name.spots() for name in names]
    before: list[int | None] = [None] * runs
    stride = max(1, count // 240)
    for k in range(0, count, stride):
        ink, apart = ways(k), _apart(heads[k], room)
        placed = list(taken[k])
        for run in range(runs):
            if not apart[run]:
                continue
            x, y = heads[k, run]
            others = [_around(heads[k, other]) for other in range(runs) if other != run]
            costs = []
            for index, spot in enumerate(spots[run]):
                box = Box(x + spot.left, y + spot.top, x + spot.right, y + spot.bottom)
                change = _MOVES if before[run] not in (None, index) else 0.0
                costs.append(_cost(box, ink, [*placed, *others], room) + change + 0.1 * index)
            best = int(np.argmin(costs))
            before[run] = best
            spot = spots[run][best]
            corner[k : k + stride, run] = spot.left, spot.top
            seen[k : k + stride, run] = costs[best] < _CROSSED
            placed.append(Box(x + spot.left, y + spot.top, x + spot.right, y + spot.bottom))
    return Plan(corner, seen & _clear(heads, names, corner, seen) & _free(heads, names, corner, room, taken))


def _clear(heads: Array, names: Sequence[Name], corner: Array, seen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say of each name whether it meets no earlier one while the heads move on to their next positions."""
    clear = np.ones(seen.shape, dtype=bool)
    for begin, end in _moving(heads, names, corner):
        for run in range(1, heads.shape[1]):
            meets = ((begin[:, :run] < end[:, run, None] + 4) & (begin[:, run, None] < end[:, :run] + 4)).all(axis=-1)
            clear[:, run] &= ~(meets & seen[:, :run]).any(axis=-1)
    return clear


def _free(
    heads: Array, names: Sequence[Name], corner: Array, room: Box, taken: Sequence[Sequence[Box]]
) -> NDArray[np.bool_]:  # fmt: skip
    """Say of each name whether it stays in the room, and off what stands there, while the heads move on."""
    low, high = np.array([room.left, room.top]), np.array([room.right, room.bottom])
    marks = np.full((len(heads), 1, max(map(len, taken)), 4), np.nan)
    for k, boxes in enumerate(taken):
        marks[k, 0, : len(boxes)] = [(box.left, box.top, box.right, box.bottom) for box in boxes] or np.empty((0, 4))
    marks = np.concatenate([marks, np.concatenate([marks[1:], marks[-1:]])], axis=2)  # until the next position too
    free = np.ones(heads.shape[:2], dtype=bool)
    for begin, end in _moving(heads, names, corner):
        free &= (begin >= low).all(axis=-1) & (end <= high).all(axis=-1)
        meets = (begin[:, :, None] < marks[..., 2:]) & (end[:, :, None] > marks[..., :2])
        free &= ~meets.all(axis=-1).any(axis=-1)
    return free


def _moving(heads: Array, names: Sequence[Name], corner: Array) -> Iterator[tuple[Array, Array]]:
    """Yield the upper left and the lower right corners of all names at a few parts of every step."""
    size = np.array([(name.wide, name.high) for name in names])
    following = np.concatenate([heads[1:], heads[-1:]])
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        begin = heads + (following - heads) * part + corner
        yield begin, begin + size


def _around(head: Array) -> Box:
    x, y = head.tolist()
    return Box(x - 12, y - 12, x + 12, y + 12)


def _apart(heads: Array, room: Box) -> NDArray[np.bool_]:
    """Say of each head `(runs, 2)` whether it is in the picture and has no other one close by."""
    gaps = np.hypot(*(heads[:, None] - heads[None]).transpose(2, 0, 1))
    np.fill_diagonal(gaps, np.inf)
    x, y = heads.T
    inside = (x >= room.left) & (x <= room.right) & (y >= room.top) & (y <= room.bottom)
    found: NDArray[np.bool_] = inside & (gaps.min(axis=1, initial=np.inf) >= CLOSE)
    return found


def _filled(paths: Array) -> Array:
    """Return points on all the paths `(positions, runs, 2)`, those between the places too, `(n, 2)`."""
    if len(paths) < 2:
        return np.asarray(paths.reshape(-1, 2))
    parts = np.linspace(0, 1, 4, endpoint=False)[:, None, None, None]
    return np.asarray((paths[:-1] + parts * np.diff(paths, axis=0)).reshape(-1, 2))


def _cost(box: Box, ink: Array, others: Sequence[Box], room: Box) -> float:
    x, y = ink[:, 0], ink[:, 1]
    under = (x > box.left - 3) & (x < box.right + 3) & (y > box.top - 3) & (y < box.bottom + 3)
    outside = 0.0 if box.within(room) else 500.0
    return min(120.0, 2.5 * float(under.sum())) + _CROSSED * sum(box.meets(other, 3) for other in others) + outside
