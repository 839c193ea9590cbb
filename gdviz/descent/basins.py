"""Basins of attraction: from every start of a grid, which minimum a run ends at, and how soon."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.curvature import bottoms
from gdviz.descent.findings import BasinFindings
from gdviz.descent.footing import check_steps, footings
from gdviz.descent.loss import Array, Interval, Loss
from gdviz.descent.settings import check, setting, whole
from gdviz.descent.stepper import STEPS
from gdviz.descent.walk import Walker
from gdviz.problems import BadScene

NOWHERE, LOST = -1, -2  # what a map holds in place of a minimum
TILE = 8192  # starts at once: what a step of them touches fits the processor's second cache
MOST = 1_000_000_000  # steps of all starts together: about a minute
SCOUTS = 64  # starts along each axis of the grid that looks for unknown minima


@dataclass(frozen=True)
class Basins:
    """The map of a loss of two parameters: every point of its region is a start, its colour the minimum reached.

    columns, rows: how many starts along each parameter, 2 to 10,000; 200. tolerance: above 0, below 1; 0.01: a run has
        arrived when it stays within this part of the region's diagonal.

    The known minima are those of the loss's `about`. Where it names none they are looked for: runs from a grid of
    64 x 64 starts, what they come to is made exact by Newton's method, and ends within the tolerance of each other are
    one minimum. One whose basin falls between those starts is missed, and its runs end nowhere (-1).

    What to watch: gradient descent has plain borders along the ridges; momentum carries runs across and frays them.

    >>> from gdviz import Formula, GradientDescent
    >>> found = Basins(4, 2).run(Formula("(x**2 - 1)**2 + y**2", region=((-2, 2), (-1, 1))), GradientDescent(0.05))
    >>> found.minima.round(6).tolist(), found.minimum.tolist()
    ([[-1.0, 0.0], [1.0, 0.0]], [[0, 0, 1, 1], [0, 0, 1, 1]])
    """

    columns: int = whole(200, least=2, most=10_000)
    rows: int = whole(200, least=2, most=10_000)
    tolerance: float = setting(0.01, above=0, below=1)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)

    def run(self, loss: Loss, optimizer: Walker, steps: int = STEPS) -> BasinFindings:
        """Let `optimizer` go down `loss` from every start of the grid; its numbers are those of single runs.

        Raises `BadScene` for a loss without a region or of another number of parameters than two.
        """
        check_steps(steps)
        asked = self.columns * self.rows * steps
        if asked > MOST:
            allowed = f"allowed: up to {MOST:,} steps of all starts together; these take {asked:,}"
            raise BadScene("Basins(columns, rows)", f"{self.columns} x {self.rows}", allowed)
        across, down = _region(loss)
        radius = self.tolerance * float(np.hypot(across[1] - across[0], down[1] - down[0]))
        minima = np.array(loss.about.minima).reshape(-1, 2)
        if not len(minima):
            minima = _found(loss, optimizer, _grid(across, SCOUTS), _grid(down, SCOUTS), steps, radius)
        columns, rows = _grid(across, self.columns), _grid(down, self.rows)
        cells = self.rows * self.columns
        minimum, arrived = np.empty(cells, dtype=np.int16), np.empty(cells, dtype=np.int32)
        for tile in _tiles(cells):
            row, column = np.divmod(np.arange(tile.start, tile.stop), self.columns)
            start = np.stack([columns[column], rows[row]], axis=-1)
            minimum[tile], arrived[tile] = _arrivals(loss, optimizer, start, steps, minima, radius)
        shape = (self.rows, self.columns)
        given = getattr(optimizer, "learning_rate", None)
        rate = float(given) if isinstance(given, int | float) else None
        return BasinFindings(
            columns, rows, minimum.reshape(shape), arrived.reshape(shape), minima, radius, optimizer.name, rate, steps
        )


def _arrivals(
    loss: Loss, walker: Walker, start: Array, steps: int, minima: Array, radius: float
) -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    """Return for each start `(n, 2)` where its run ends, and since which step it is there."""
    place = np.full(len(start), NOWHERE, dtype=np.int16)
    since = np.zeros(len(start), dtype=np.int32)
    alive = np.ones(len(start), dtype=bool)
    for step, now in enumerate(footings(loss, walker, start, steps)):
        near = _near(now.params, minima, radius)
        since[near != place] = step
        place = near
        if not now.alive.all():
            since[alive & ~now.alive] = step
            alive = now.alive
    place[~alive] = LOST
    since[place == NOWHERE] = NOWHERE
    return place, since


def _near(params: Array, minima: Array, radius: float) -> NDArray[np.int16]:
    """Return for each place `(n, 2)` which minimum it is within the radius of, the first of several, or none."""
    first, second = np.ascontiguousarray(params.T)
    found = np.full(len(params), NOWHERE, dtype=np.int16)
    with np.errstate(over="ignore"):  # a run on its way out of the float range
        for number in reversed(range(len(minima))):
            across, down = first - minima[number, 0], second - minima[number, 1]
            across *= across
            down *= down
            across += down
            np.copyto(found, number, where=across <= radius * radius)
    return found


def _found(loss: Loss, walker: Walker, columns: Array, rows: Array, steps: int, radius: float) -> Array:
    """Look for the minima `(n, 2)`: those that runs from a coarse grid come to."""
    start = np.stack(np.meshgrid(columns, rows), axis=-1).reshape(-1, 2)
    with np.errstate(all="ignore"):
        slopes = np.linalg.norm(loss(start)[1], axis=-1)
    for now in footings(loss, walker, start, steps):
        ends, alive = now.params, now.alive
    steepest = float(slopes[np.isfinite(slopes)].max(initial=0.0))
    minima = bottoms(loss, ends[alive], radius, steepest)
    return minima[np.lexsort(minima.T[::-1])]  # from left to right: rounding decides which of two equal losses is lower


def _region(loss: Loss) -> tuple[Interval, Interval]:
    about = loss.about
    if about.dim != 2:
        raise BadScene(
            "loss", ", ".join(about.names), "a map of basins has two axes; allowed: a loss of two parameters"
        )
    if about.region is None:
        allowed = "a map of basins needs to know where to start; give the loss a region, such as ((-5, 5), (-5, 5))"
        raise BadScene("region", None, allowed)
    return about.region[0], about.region[1]


def _grid(interval: Interval, points: int) -> Array:
    return np.linspace(*interval, points)


def _tiles(cells: int) -> Iterator[slice]:
    return (slice(first, min(first + TILE, cells)) for first in range(0, cells, TILE))
