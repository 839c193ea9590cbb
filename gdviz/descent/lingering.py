"""How long the runs of a story linger at its saddles, measured within a radius around each."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gdviz.descent.critical import Critical, Stay, stays
from gdviz.descent.story import Story

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


def visits(story: Story) -> tuple[Visit, ...]:
    """Return who was at which saddle of a loss of two parameters, run by run, in the order of the saddles.

    At a saddle is within `near_saddle`. A run lingers there, and its `calm` is told, if it takes at least 5 updates
    there and meets a gradient of at most a tenth of the largest that it sees in the picture.
    """
    return tuple(visit for run in range(len(story.runs)) for visit in _of_run(story, run))


def lingered(story: Story) -> tuple[Visit, ...]:
    """Return all visits, also those in passing, to the saddles at which some run lingers."""
    seen = visits(story)
    places = {visit.saddle.point for visit in seen if visit.calm is not None}
    return tuple(visit for visit in seen if visit.saddle.point in places)


def lingering(story: Story, run: int) -> Visit | None:
    """Return a run's first visit to a saddle at which it lingers, or None."""
    lasting = [visit for visit in _of_run(story, run) if visit.calm is not None]
    return min(lasting, key=lambda visit: visit.stays[0].first, default=None)


def near_saddle(story: Story, saddle: Critical) -> float:
    """Return how close counts as being at a saddle, in the parameters' unit.

    A tenth of the smaller side of the plane that is shown, but never more than half the way to the nearest minimum or
    other saddle: who is there is nowhere else.
    """
    side = min(high - low for low, high in story.plane)
    others = np.array([*story.minima, *(other.point for other in story.saddles)])
    gaps = np.linalg.norm(others - np.array(saddle.point), axis=-1)
    return float(min(NEAR * side, gaps[gaps > 0].min(initial=np.inf) / 2))


def _of_run(story: Story, run: int) -> Iterator[Visit]:
    if story.loss.about.dim != 2:
        return
    path, last = story.runs[run], story.last(run)
    for saddle in story.saddles:
        radius = near_saddle(story, saddle)
        found = stays(path, saddle.point, radius)
        if found:
            left = found[-1].last + 1
            yield Visit(run, saddle, radius, found, _calm(story, run, found), left if left <= last else None)


def _calm(story: Story, run: int, found: tuple[Stay, ...]) -> int | None:
    """Return the first position of long enough stays at which the gradient is small."""
    path, last = story.runs[run], story.last(run)
    if sum(stay.steps for stay in found) < _LEAST:
        return None
    steep = np.linalg.norm(path.gradient[: last + 1, 0], axis=-1)
    low, high = np.array(story.plane).T
    inside = ((path.params[: last + 1, 0] >= low) & (path.params[: last + 1, 0] <= high)).all(axis=-1)
    largest = steep[inside].max(initial=0.0)
    there = (k for stay in found for k in range(stay.first, stay.last + 1))
    return next((k for k in there if steep[k] <= _CALM * largest), None)
