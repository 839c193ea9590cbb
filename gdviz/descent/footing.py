"""The loop for very many runs: where they stand, step by step, and nothing that is kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Loss
from gdviz.descent.settings import Limits
from gdviz.descent.stepper import MOST_STEPS
from gdviz.descent.walk import Probe, Walker
from gdviz.problems import BadScene

MOST_NUMBERS = 50_000_000  # that are kept at once: 400 MB, and as much again a few times while they are measured


@dataclass(frozen=True)
class Footing:
    """Where all runs stand at one step; a run that is lost repeats its last finite place.

    params `(runs, dim)`, value: the loss there, `(runs,)`.
    evaluations: how often each has asked for the loss or its gradient when it arrived there, `(runs,)`.
    alive: which of them are still within the float range and the loss's domain, `(runs,)`.
    """

    params: Array
    value: Array
    evaluations: NDArray[np.int64]
    alive: NDArray[np.bool_]


def footings(loss: Loss, walker: Walker, start: Array, steps: int) -> Iterator[Footing]:
    """Yield where the runs stand at step 0, 1, ..., `steps`: what `descend` records with a tolerance of 0, bit for bit.

    start: `(runs, dim)`, finite; a start where the loss is not defined is a run that is lost at step 0. It ends early
    where no run is left, or where the walker gives up. The arrays are valid until the next is asked for.

    Raises `BadScene` for fewer than one step.
    """
    check_steps(steps)
    probe, path = Probe(loss, len(start)), start
    with np.errstate(all="ignore"):
        seen = probe.look(0, path)
        now = Footing(path, seen.value, probe.evaluations.copy(), _finite(path, seen.value, seen.gradient))
    yield now
    updates = islice(walker.walk(probe, start.copy(), steps), steps)
    for step in range(1, steps + 1):
        with np.errstate(all="ignore"):  # not around the yield: it would hold for the reader, too
            update = next(updates, None)
            if update is None or not now.alive.any():
                return
            path = path + update.step
            seen = probe.look(step, path)
            evaluations = probe.evaluations.copy()
            moves = _finite(path, seen.value, seen.gradient)
            if now.alive.all() and moves.all():
                now = Footing(path, seen.value, evaluations, moves)
            else:
                moves &= now.alive
                now = Footing(
                    np.where(moves[:, None], path, now.params),
                    np.where(moves, seen.value, now.value),
                    np.where(moves, evaluations, now.evaluations),
                    moves,
                )
        yield now


@dataclass(frozen=True)
class Footprints:
    """The places of many runs, without what an optimizer says about them.

    params `(steps + 1, runs, dim)`, loss `(steps + 1, runs)`, evaluations `(steps + 1, runs)`.
    last: the last place of its own of each run, `(runs,)`. lost: whether it diverged there, `(runs,)`.
    """

    params: Array
    loss: Array
    evaluations: NDArray[np.int64]
    last: NDArray[np.int64]
    lost: NDArray[np.bool_]


def footprints(loss: Loss, walker: Walker, start: Array, steps: int) -> Footprints:
    """Let `walker` go down `loss` from `start` `(runs, dim)` and keep the places.

    Raises `BadScene` for fewer than one step, and for more than fit in memory.
    """
    check_steps(steps)
    if start.size * (steps + 1) > MOST_NUMBERS:
        allowed = f"allowed: at most {max(MOST_NUMBERS // start.size - 1, 1):,} for {len(start):,} runs at once"
        raise BadScene("steps", steps, f"{allowed}, whose places are all kept")
    params = np.empty((steps + 1, *start.shape))
    value, evaluations = np.empty((steps + 1, len(start))), np.empty((steps + 1, len(start)), dtype=np.int64)
    last, alive, done = np.zeros(len(start), dtype=np.int64), np.ones(len(start), dtype=bool), 0
    for step, now in enumerate(footings(loss, walker, start, steps)):
        params[step], value[step], evaluations[step], alive, done = (
            now.params,
            now.value,
            now.evaluations,
            now.alive,
            step,
        )
        last[alive] = step
    for array in (params, value, evaluations):
        array[done + 1 :] = array[done]
    return Footprints(params, value, evaluations, last, ~alive)


def check_steps(steps: object) -> None:
    """Raise `BadScene` unless it is a number of steps that can be taken."""
    limits = Limits(whole=True, least=1, most=MOST_STEPS)
    if not limits.hold(steps):
        raise BadScene("steps", steps, f"allowed: a whole number from 1 to {MOST_STEPS:,}")


def _finite(path: Array, value: Array, gradient: Array) -> NDArray[np.bool_]:
    """Say for each run whether all its numbers are finite, first by one sum: it may overflow where its parts do not."""
    total = path.sum() + value.sum() + gradient.sum()
    if isfinite(total):
        return np.ones(len(path), dtype=bool)
    finite: NDArray[np.bool_] = np.isfinite(value)
    for column in (*path.T, *gradient.T):
        finite &= np.isfinite(column)
    return finite
