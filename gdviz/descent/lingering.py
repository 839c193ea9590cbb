"""How long a run lingers at saddles, measured within a radius around each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gdviz.descent.critical import Critical, Stay, stays
from gdviz.descent.loss import Interval
from gdviz.descent.trajectory import Trajectory

NEAR = 0.1  # of the smaller side of the plane: that close to a saddle a run is at it
_CALM = 0.1  # nearly flat: a gradient of this part of the largest one that the run meets in the picture
_LEAST = 5  # updates at a saddle: fewer are over before anything could be told


@dataclass(frozen=True)
class Visit:
    """A run at a saddle, once or several times.

    run: its number in the story. radius: so close it counts as being there, in the parameters' unit.
    stays: each time that it was there. calm: the first position there at which the land is nearly flat; None where
    it only passes by. left: the first position from which it never comes back; None where it ends at the saddle.
    """

    run: int
    saddle: Critical
    radius: float
    stays: tuple[Stay, ...]
    calm: int | None
    left: int | None

    @property
    def steps(self) -> int:
        """How many updates begin and end there."""
        return sum(stay.steps for stay in self.stays)

    def steps_by(self, position: int) -> int:
        """Return how many of them were taken when the run stands at a position."""
        return sum(max(0, min(position, stay.last) - stay.first) for stay in self.stays)


def near_saddle(saddle: Critical, flat_points: Sequence[Sequence[float]], plane: Sequence[Interval]) -> float:
    """Return how close counts as being at a saddle, in the parameters' unit.

    A tenth of the smaller side of the plane that is shown, but never more than half the way to the nearest of the
    `flat_points`, all minima and saddles: who is there is nowhere else.
    """
    side = min(high - low for low, high in plane)
    gaps = np.linalg.norm(np.array(flat_points) - np.array(saddle.point), axis=-1)
    return float(min(NEAR * side, gaps[gaps > 0].min(initial=np.inf) / 2))


def visits_of(
    run: int, path: Trajectory, last: int, saddles: Sequence[tuple[Critical, float]], plane: Sequence[Interval]
) -> Iterator[Visit]:
    """Yield where a run of two parameters was, up to its `last` position, of `saddles`, each with its radius.

    It lingers there, and its `calm` is told, if it takes at least 5 updates there and meets a gradient of at most a
    tenth of the largest that it sees in the plane that is shown.
    """
    for saddle, radius in saddles:
        found = stays(path, saddle.point, radius)
        if found:
            left = found[-1].last + 1
            yield Visit(run, saddle, radius, found, _calm(path, last, found, plane), left if left <= last else None)


def _calm(path: Trajectory, last: int, found: tuple[Stay, ...], plane: Sequence[Interval]) -> int | None:
    """Return the first position of long enough stays at which the gradient is small."""
    if sum(stay.steps for stay in found) < _LEAST:
        return None
    steep = np.linalg.norm(path.gradient[: last + 1, 0], axis=-1)
    low, high = np.array(plane).T
    inside = ((path.params[: last + 1, 0] >= low) & (path.params[: last + 1, 0] <= high)).all(axis=-1)
    largest = steep[inside].max(initial=0.0)
    there = (k for stay in found for k in range(stay.first, stay.last + 1))
    return next((k for k in there if steep[k] <= _CALM * largest), None)
