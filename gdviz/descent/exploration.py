"""What a student may change: from a grid of starts and learning rates, every path, in one run of all of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.curvature import largest_curvature, stable_rate
from gdviz.descent.digits import digits
from gdviz.descent.findings import Findings
from gdviz.descent.footing import footprints
from gdviz.descent.learning_rate import at_rates, rate_of
from gdviz.descent.loss import Array
from gdviz.descent.optimizers import Optimizer
from gdviz.descent.story import Story
from gdviz.descent.study import found_minima, measured

STARTS, RATES, STEPS = 60, 60, 100
BEYOND = 1.3  # of the largest stable rate: far enough to see several runs leave
DEPTH = 300.0  # the largest rate is so many times the smallest
UNKNOWN = 10.0  # times the scene's own rate, where no limit is known
NEVER = 255  # what `needed` holds for a run that does not arrive


@dataclass(frozen=True, eq=False)
class Exploration(Findings):
    """The paths of a grid of starts and rates; the arrays are read-only.

    starts `(starts,)`, rates `(rates,)`: rising. start, rate: the places in them of the story's own.
    params `(steps + 1, starts, rates)`: where each run stands after each step; one that is lost repeats its last place.
    last `(starts, rates)`: the last place of its own. lost: whether it diverged there. needed: the first step from
    which it stays within 1 % of its start's distance from the minimum, `NEVER` for never. verdict: as `judge` says, as
    the place in `VERDICTS`.
    """

    starts: Array
    rates: Array
    start: int
    rate: int
    params: Array
    last: NDArray[np.uint8]
    lost: NDArray[np.bool_]
    needed: NDArray[np.uint8]
    verdict: NDArray[np.uint8]


def can_be_explored(story: Story, optimizer: object) -> bool:
    """Say whether it has one run of one parameter, without mini-batches, by a method with a learning rate to vary.

    A method that searches finds how far to go by itself, so that its rate says little, and a schedule may be shorter
    than the paths: both are left out.
    """
    if len(story.runs) > 1 or story.together or story.batched is not None or story.loss.about.dim > 1:
        return False
    if not isinstance(optimizer, Optimizer) or optimizer.searches or optimizer.changes:
        return False
    return rate_of(optimizer) is not None


def explored(story: Story, optimizer: Optimizer, starts: int = STARTS, rates: int = RATES) -> Exploration:
    """Let `optimizer` go down the loss of a story that `can_be_explored`, from every start at every rate, 100 steps.

    The starts are spread evenly over what the picture shows of the curve, rounded as it shows them; the rates evenly
    by their logarithm, rounded to three digits, up to beyond the limit where one is known. The story's own start and
    rate are among them, unrounded. Every number is that of a single run, bit for bit.
    """
    loss, own = story.loss, float(story.runs[0].params[0, 0, 0])
    at, start = _starts(story, own, starts)
    how, rate = _rates(story, optimizer, own, rates)
    grid = np.stack(np.meshgrid(at, how, indexing="ij"), axis=-1).reshape(-1, 2)
    way = footprints(loss, at_rates(optimizer, grid[:, 1]), grid[:, :1].copy(), STEPS)
    found = measured(way, found_minima(loss, way))
    shape = (len(at), len(how))
    return Exploration(
        at,
        how,
        start,
        rate,
        way.params[..., 0].reshape(-1, *shape),
        way.last.astype(np.uint8).reshape(shape),
        way.lost.reshape(shape),
        np.where(np.isfinite(found.needed), found.needed, NEVER).astype(np.uint8).reshape(shape),
        found.verdict.astype(np.uint8).reshape(shape),
    )


def _starts(story: Story, own: float, count: int) -> tuple[Array, int]:
    """Return the starts, and which of them is the story's own."""
    low, high = min(story.visible[0], own), max(story.visible[1], own)
    if low == high:
        low, high = story.window.params
    decimals, gap = digits(story).param, (high - low) / count
    place = min(math.floor((own - low) / gap), count - 1)
    points = np.round(own + gap * (np.arange(count) - place), decimals)
    points[place] = own
    return points, place


def _rates(story: Story, optimizer: Optimizer, start: float, count: int) -> tuple[Array, int]:
    """Return the rates, and which of them is the optimizer's own."""
    own = rate_of(optimizer)
    assert own is not None, "it was asked whether it can be explored"
    limit = stable_rate(optimizer, largest_curvature(story.loss, np.array([start]), STEPS).value)
    high = max(BEYOND * limit, 1.5 * own) if np.isfinite(limit) else UNKNOWN * own
    low = min(high / DEPTH, own / 3)
    factor = (high / low) ** (1 / (count - 1))
    place = round(math.log(own / low) / math.log(factor))
    points = np.array([float(f"{own * factor ** (k - place):.3g}") for k in range(count)])
    points[place] = own
    return points, place
