"""Planes through the space of a network's parameters, and the loss on them.

A plane is a slice: the loss is asked for at its points alone, and a path that leaves it is seen by its shadow. How much
of the path's spread each of the two directions keeps is told with it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import cast, final

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.batches import normal
from gdviz.descent.loss import About, Array, Interval
from gdviz.descent.network import Network
from gdviz.descent.story import STAYS, Story
from gdviz.problems import BadScene, choose

Directions = str | tuple[str, str]

DIRECTIONS = ("pca", "random")
MOST, FEWEST = 64, 24  # along each side of a plane, where the loss is asked for
_COST = 3e9  # weights times examples that one plane may ask for
_FLAT = 1e-9  # of the longest direction of a path: a shorter one is rounding
_WEIGHT = re.compile(r"\s*(\w+)\s*\[\s*(\d+)\s*(?:,\s*(\d+)\s*)?\]\s*")


@final
@dataclass(frozen=True, eq=False)
class Section:
    """A plane through the parameter space of a network: the points `base + a directions[0] + b directions[1]`.

    base: `(dim,)`. directions: `(2, dim)`. names: of the two weights along which it lies; empty for other directions.
    paths: of each run the coordinates `(n, 2)` of where it was up to its end, each the plane's point next to it.
    shares: what part of the spread of the paths, the sum of squares around their mean, lies along the first direction,
    and what part the second adds to that; 0 to 1.
    near: of each run, whether a place is near enough to be shown, `(n,)`.
    """

    network: Network
    base: Array
    directions: Array
    names: tuple[str, ...]
    paths: tuple[Array, ...]
    shares: tuple[float, float]
    near: tuple[NDArray[np.bool_], ...]

    @property
    def unseen(self) -> int:
        """How many directions of the parameter space are not in the plane."""
        return self.network.about.dim - 2

    def points(self, coordinates: Array) -> Array:
        """Return the parameters `(..., dim)` at coordinates `(..., 2)`."""
        return np.asarray(self.base + coordinates @ self.directions)

    def value(self, coordinates: Array) -> Array:
        """Return the network's loss `(...)` at coordinates `(..., 2)`; with mini-batches that of all examples."""
        return self.network.value(self.points(coordinates))

    @cached_property
    def extent(self) -> tuple[Interval, Interval]:
        """The intervals of both coordinates in which the paths lie, with room around them."""
        shown = np.concatenate([path[near] for path, near in zip(self.paths, self.near, strict=True)])
        low, high = shown.min(axis=0), shown.max(axis=0)
        span = high - low
        span = np.maximum(np.where(span > 0, span, 0.0), 0.5 * (span.max() or 1.0))
        (a, b), (c, d) = (((m - 0.85 * s), (m + 0.85 * s)) for m, s in zip(low / 2 + high / 2, span, strict=True))
        return (float(a), float(b)), (float(c), float(d))


@lru_cache(maxsize=4)
def section(story: Story, directions: Directions, seed: int = 0) -> Section:
    """Return the plane through a story's parameter space in which its paths are shown.

    directions: "pca" are the two along which the paths spread most, found by a singular value decomposition of their
    places around the mean (Lorch: "Visualizing deep network training trajectories with PCA", 2016). "random" are two
    directions of normal numbers, rescaled unit by unit: the weights into a unit are as long as where the plane lies,
    intercepts stay (Li and others: "Visualizing the loss landscape of neural nets", 2018). Two weights, such as
    `("W1[0,0]", "W2[1,0]")`, are a plane along those, all others held.

    The plane lies at the place where the run ends that ends lowest; where all diverge, at the lowest place of all.
    Raises `BadScene` for random directions where all weights are zero, and for a weight that is not there.
    """
    network = cast(Network, story.loss)
    centre = _centre(story)
    near = _near(story.paths, centre)
    places = np.concatenate([path[kept] for path, kept in zip(story.paths, near, strict=True)])
    base = centre
    names: tuple[str, ...] = ()
    if directions == "pca":
        ways = _principal(places, centre)
    elif directions == "random":
        ways = _filtered(network, centre, seed)
    else:
        chosen = [weight_index(network.about, name) for name in directions]
        ways = np.concatenate([np.eye(1, len(centre), index) for index in chosen])
        base, names = centre.copy(), tuple(directions)
        base[chosen] = 0.0
    with np.errstate(all="ignore"):  # a run may have gone as far as numbers reach
        paths = tuple((path - base) @ np.linalg.pinv(ways) for path in story.paths)
    return Section(network, base, ways, names, paths, _shares(places, ways), near)


@lru_cache(maxsize=4)
def sampled(plane: Section, first: Interval, second: Interval) -> Array:
    """Return the loss `(places, places)` on a grid over a part of a plane, from edge to edge, the second axis first.

    There are 64 along each side; fewer, down to 24, where network and data are so large that they would take long.
    """
    cost = plane.network.about.dim * len(plane.network.data)
    places = int(min(max((_COST / cost) ** 0.5, FEWEST), MOST))
    a, b = (np.linspace(low, high, places) for low, high in (first, second))
    return plane.value(np.stack(np.broadcast_arrays(a, b[:, None]), axis=-1))


@dataclass(frozen=True, eq=False)
class Smooth:
    """The loss of a plane as a loss of two parameters, smooth between the places of a grid.

    names: what the two coordinates are called. first, second: their intervals. grid: as `sampled` returns it.

    Between the places it is interpolated by cubic convolution (Keys: "Cubic convolution interpolation for digital image
    processing", 1981), and never goes below the lowest or above the highest of them; beyond the edge it stays as there.
    """

    names: tuple[str, str]
    first: Interval
    second: Interval
    grid: Array

    @cached_property
    def about(self) -> About:
        """The names of the coordinates."""
        return About(self.names)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., 2)`."""
        finite = np.isfinite(self.grid)
        low, high = self.grid[finite].min(initial=np.inf), self.grid[finite].max(initial=-np.inf)
        grid = _widened(_widened(np.where(finite, self.grid, high)).T).T
        (columns, across), (rows, up) = (
            _taps((points[..., axis] - begin) / (end - begin), len(self.grid))
            for axis, (begin, end) in enumerate((self.first, self.second))
        )
        total = np.zeros(points.shape[:-1])
        for row, much in zip(rows, up, strict=True):
            total += much * sum(part * grid[row, column] for column, part in zip(columns, across, strict=True))
        return np.clip(total, low, high)

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its slopes `(..., 2)`, told by differences over a tenth of a gap."""
        value = self.value(points)
        gaps = np.array([(end - begin) / len(self.grid) / 10 for begin, end in (self.first, self.second)])
        sides = [self.value(points + side) - self.value(points - side) for side in np.diag(gaps)]
        return value, np.stack(sides, axis=-1) / (2 * gaps)

    def hessian(self, points: Array) -> None:
        """Return nothing: second derivatives are not known."""

    def at(self, step: int) -> "Smooth":  # noqa: ARG002 - the same at every step
        """Return itself."""
        return self


def weight_index(about: About, name: str) -> int:
    """Return where a weight, such as `W1[0,2]` or `b1[2]`, stands in the vector of parameters.

    Raises `BadScene` for one that is not there.
    """
    found = _WEIGHT.fullmatch(name)
    shapes = dict(zip(about.names, about.shapes, strict=True))
    if found is None or found[1] not in shapes:
        named = [f"{one}[{','.join('0' * len(shape))}]" for one, shape in shapes.items()]
        raise BadScene("LossPlane, directions", name, f"a weight is written as {' or '.join(named)}")
    shape = shapes[found[1]]
    place = [int(part) for part in found.groups()[1:] if part is not None]
    if len(place) != len(shape) or any(k >= size for k, size in zip(place, shape, strict=False)):
        last = ",".join(str(size - 1) for size in shape)
        raise BadScene("LossPlane, directions", name, f"{found[1]} goes up to {found[1]}[{last}]")
    before = [int(np.prod(size)) for size in about.shapes[: about.names.index(found[1])]]
    return sum(before) + int(np.ravel_multi_index(place, shape))


def checked_directions(given: object) -> Directions:
    """Return directions as they were given, a pair as a tuple. Raises `BadScene` for anything else."""
    if isinstance(given, str):
        if given not in DIRECTIONS:
            raise BadScene("LossPlane, directions", given, choose(given, DIRECTIONS) + ", or the names of two weights")
        return given
    pair = tuple(given) if isinstance(given, Sequence) else ()
    if len(pair) != 2 or not all(isinstance(name, str) for name in pair) or pair[0] == pair[1]:
        raise BadScene("LossPlane, directions", given, "allowed: pca, random, or the names of two weights")
    return pair[0], pair[1]


def _centre(story: Story) -> Array:
    """Return the place `(dim,)` where the run ends that ends lowest; where all diverge, the lowest place of all."""
    ends = {k: story.losses(k)[-1] for k, run in enumerate(story.runs) if not run.ends[0].diverged}
    if ends:
        return np.asarray(story.paths[min(ends, key=lambda k: float(ends[k]))][-1])
    losses = [np.nan_to_num(story.losses(k), nan=np.inf) for k in range(len(story.runs))]
    lowest = min(range(len(losses)), key=lambda k: float(losses[k].min()))
    return np.asarray(story.paths[lowest][losses[lowest].argmin()])


def _near(paths: Sequence[Array], centre: Array) -> tuple[NDArray[np.bool_], ...]:
    """Return which places of each path `(n,)` are not so far off that a picture would show nothing but those."""
    with np.errstate(all="ignore"):
        away = [np.linalg.norm(path - centre, axis=-1) for path in paths]
    first = max((float(np.linalg.norm(path[1] - path[0])) for path in paths if len(path) > 1), default=0.0)
    reach = STAYS * (max(float(one[0]) for one in away) or 3 * first)  # or: none gets below where it starts
    return tuple(one <= reach for one in away)


def _principal(places: Array, centre: Array) -> Array:
    """Return the two directions `(2, dim)` along which places `(n, dim)` spread most, of length 1.

    The first place lies to the left of the centre and above it. What has no spread is the first axis that is free.
    """
    _, sizes, ways = np.linalg.svd(places - places.mean(axis=0), full_matrices=False)
    spread = sizes > _FLAT * max(1.0, float(np.abs(places).max()))
    kept = [way for way, much in zip(ways[:2], spread, strict=False) if much]
    axis = 0
    while len(kept) < 2:
        free = np.eye(1, places.shape[1], axis)[0]
        free -= sum((free @ way) * way for way in kept)
        if np.linalg.norm(free) > 0.5 or axis == places.shape[1] - 1:
            kept.append(free / np.linalg.norm(free))
        axis += 1
    begin = places[0] - centre
    signs = (-1.0 if kept[0] @ begin > 0 else 1.0, -1.0 if kept[1] @ begin < 0 else 1.0)
    return np.stack([sign * way for sign, way in zip(signs, kept, strict=True)])


def _filtered(network: Network, centre: Array, seed: int) -> Array:
    """Return two random directions `(2, dim)` whose weights into each unit are as long as those of the centre."""
    ways = np.stack([normal(len(centre), seed, stream) for stream in (0, 1)])
    for way in ways:
        for layer, own in zip(network.layers(way), network.layers(centre), strict=True):
            layer.weights[...] *= np.linalg.norm(own.weights, axis=0) / np.linalg.norm(layer.weights, axis=0)
            if layer.intercepts is not None:
                layer.intercepts[...] = 0.0
    if not ways.any(axis=1).all():
        allowed = 'where the run ends all weights are zero, and so random directions have no length; use "pca"'
        raise BadScene("LossPlane, directions", "random", allowed)
    return ways


def _shares(places: Array, ways: Array) -> tuple[float, float]:
    """Return what part of the spread of places `(n, dim)` the first direction keeps, and what the second adds."""
    rows = places - places.mean(axis=0)
    along, _ = np.linalg.qr(ways.T)
    total = float((rows * rows).sum())
    first, second = (((rows @ along) ** 2).sum(axis=0) / (total or 1.0)).tolist()
    return first, second


def _widened(grid: Array) -> Array:
    """Return a grid `(n, m)` with a row more on both sides, each on the parabola through the three rows beside it."""
    first, last = 3 * grid[0] - 3 * grid[1] + grid[2], 3 * grid[-1] - 3 * grid[-2] + grid[-3]
    return np.concatenate([first[None], grid, last[None]])


def _taps(part: Array, count: int) -> tuple[list[NDArray[np.intp]], list[Array]]:
    """Return the four rows of a widened grid around places `(...)`, 0 to 1 of its rows, and how much of each."""
    place = np.clip(part, 0.0, 1.0) * (count - 1)
    first = np.minimum(np.floor(place), count - 2).astype(np.intp)
    t = place - first
    much = [
        ((-0.5 * t + 1.0) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((-1.5 * t + 2.0) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    ]
    return [first + shift for shift in range(4)], much
