"""A camera over the plane: it draws in upon where the runs go, planned for the whole film before the first frame.

All that it does is one zoom, from the whole plane to a goal inside of it, along the straight way on which one point
stands still; a number, its power, says how far it is. It never draws back, and never loses a run.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array, Interval
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.heads import positions

STRONGEST = 200.0  # a stronger zoom would show a world of its own
WEAKEST = 1.3  # a weaker one shows nothing new, and the camera stays where it is
FASTEST = -math.log(0.88)  # of the window's size in a step: the logarithm of the factor
MARGIN = 0.1  # of the window, free on each side around what the runs need
_STILL = 16  # one in so many steps is the last one's: so long the zoom comes to rest, and so long it stays there
_UNSEEN = 1e-3  # of the window: less than a pixel of a panel


@dataclass(frozen=True)
class Camera:
    """Where it looks, position by position.

    plane, goal: windows `(2, 2)`: low and high of each parameter; the goal lies inside and has the same shape.
    power `(positions,)`: how many times larger than in the plane things are seen, from 1 on.
    """

    plane: Array
    goal: Array
    power: Array

    def at(self, moment: Moment) -> float:
        """Return the power at a moment: it changes while the runs move, by the same factor in equal times.

        Slow steps set out and arrive gently; of brisk ones each goes on where the last one ended, without a pulse.
        """
        last = len(self.power) - 1
        here, there = (float(self.power[min(k, last)]) for k in (moment.step, moment.step + 1))
        if moment.phase is not Phase.MOVE or here == there:
            return here
        part = moment.progress if moment.brisk else ease(moment.progress)
        return there if part >= 1 else here * (there / here) ** part

    @property
    def moves(self) -> bool:
        """Whether it ever does."""
        return bool(self.power[-1] > 1)

    def window(self, power: float) -> Array:
        """Return the window `(2, 2)` at a power."""
        strongest = _size(self.plane) / _size(self.goal)
        way = 0.0 if power == 1 else (1 - 1 / power) / (1 - 1 / strongest)
        return self.plane + way * (self.goal - self.plane)


def cameras(story: Story, plane: tuple[Interval, Interval]) -> list[Camera]:
    """Return the camera of each run that is told by itself; of a race that of all, as one."""
    paths = list(story.paths)
    found = [_minimum_of(story, run) for run in range(len(story.runs))]
    if story.together:
        return [planned(np.array(plane), paths, np.concatenate(found))]
    return [planned(np.array(plane), [path], minimum) for path, minimum in zip(paths, found, strict=True)]


def planned(plane: Array, paths: Sequence[Array], minima: Array) -> Camera:
    """Return the camera for a plane `(2, 2)`, the paths `(n, 2)` of runs and the minima `(m, 2)` at which they end.

    At every position the window holds all that comes, the place that was just left, and what lies in between.
    Its size is as the last steps need it, soon enough: the way there is the calmest that loses no run, and where the
    runs arrive faster than the camera may follow, it goes on until the end.
    """
    places = positions(paths, max(map(len, paths)) - 1)
    inside = np.all((places >= plane[:, 0]) & (places <= plane[:, 1]), axis=-1, keepdims=True)
    low = _from_before(np.minimum, np.where(inside, places, np.inf).min(axis=1))
    high = _from_before(np.maximum, np.where(inside, places, -np.inf).max(axis=1))
    last = len(places) - 1
    rest = math.ceil(last / _STILL)
    settled = max(0, last - 2 * rest)
    seen = [point for point in minima if ((point >= plane[:, 0]) & (point <= plane[:, 1])).all()]
    goal = _goal(plane, np.min([low[settled], *seen], axis=0), np.max([high[settled], *seen], axis=0))
    still = Camera(plane, plane, np.ones(last + 1))
    if goal is None or _size(plane) < WEAKEST * _size(goal):
        return still
    size = _sizes(np.log(_needed(plane, goal, low, high)), settled, rest)
    power = _without_trembling(np.exp(-size))
    return Camera(plane, goal, power) if power[-1] >= WEAKEST else still


def _minimum_of(story: Story, run: int) -> Array:
    """Return the minimum `(1, 2)` at which a run ends, or none, `(0, 2)`."""
    if not story.is_minimum(run):
        return np.empty((0, 2))
    end = story.path(run)[-1]
    return np.array([min(story.minima, key=lambda minimum: math.dist(minimum, end))])


def _from_before(least: np.ufunc, values: Array) -> Array:
    """Return at each position the least, in that sense, of the values `(positions, 2)` from the one before it on."""
    found = least.accumulate(values[::-1], axis=0)[::-1]
    return np.concatenate([found[:1], found[:-1]])


def _size(window: Array) -> float:
    return float(window[0, 1] - window[0, 0])


def _goal(plane: Array, low: Array, high: Array) -> Array | None:
    """Return the window `(2, 2)` around what lies between two corners, in the plane and of its shape; or None."""
    if not np.isfinite(low).all():
        return None
    sides = plane[:, 1] - plane[:, 0]
    part = min(max(float(((high - low) / sides).max()) / (1 - 2 * MARGIN), 1 / STRONGEST), 1.0)
    begin = np.clip((low + high - part * sides) / 2, plane[:, 0], plane[:, 1] - part * sides)
    return np.stack([begin, begin + part * sides], axis=1)


def _needed(plane: Array, goal: Array, low: Array, high: Array) -> Array:
    """Return the least size, as a part of the plane, of the window that holds the corners `(positions, 2)`.

    With the margin around them, as far as there is one in the plane itself.
    """
    sides, least = plane[:, 1] - plane[:, 0], _size(goal) / _size(plane)
    way = np.ones(len(low))
    for margin in (0.0, MARGIN):
        for begin, sign, corner in ((plane[:, 0], 1, low), (plane[:, 1], -1, high)):
            end = goal[:, 0] if sign > 0 else goal[:, 1]
            room = sign * (corner - begin) - margin * sides
            closes = sign * (end - begin) - margin * sides * (1 - least)  # how far the edge comes in until the goal
            with np.errstate(invalid="ignore", divide="ignore"):
                allowed = np.where(closes > 0, room / closes, np.inf)
            way = np.minimum(way, allowed.min(axis=1))
    return 1 - np.clip(way * (1 - 1e-9), 0.0, 1.0) * (1 - least)  # an edge that is needed is not lost by rounding


def _sizes(needed: Array, settled: int, rest: int) -> Array:
    """Return the logarithm of the window's size at each position, never less than needed, nowhere too fast.

    Up to `settled` along the shortest line over what is needed, so that it begins early rather than goes fast; after
    that it stays. The mean of so many positions, `rest`, up to each one makes it come to rest softly.
    """
    least = needed.copy()
    least[0] = 0.0
    for k in range(1, len(least)):
        least[k] = max(least[k], least[k - 1] - FASTEST)
    over = [0]
    for k in range(1, settled + 1):
        while len(over) > 1 and _slope(least, over[-2], over[-1]) <= _slope(least, over[-1], k):
            over.pop()
        over.append(k)
    line = np.interp(np.arange(len(least)), over, least[over])
    padded = np.concatenate([np.zeros(rest), line])
    sums = np.cumsum(np.concatenate([[0.0], padded]))
    return np.asarray(np.maximum((sums[rest + 1 :] - sums[: -rest - 1]) / (rest + 1), line))


def _slope(values: Array, begin: int, end: int) -> float:
    return float(values[end] - values[begin]) / (end - begin)


def _without_trembling(power: Array) -> Array:
    """Return the powers with every change that could not be seen put off until it can."""
    kept = [float(power[0])]
    for value in power.tolist():
        kept.append(value if value > kept[-1] * (1 + _UNSEEN) else kept[-1])
    return np.array(kept[1:])
