"""The loop: it lets a walker go down a loss, many runs at once, and records the trajectory."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Loss
from gdviz.descent.trajectory import Ending, How, Trajectory
from gdviz.descent.walk import Probe, Seen, Update, Walker
from gdviz.problems import BadScene

Start = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[np.float64]

TOLERANCE = 1e-6
MOST_STEPS = 10_000_000


def descend(
    loss: Loss,
    walker: Walker,
    start: Start | None = None,
    steps: int = 100,
    tolerance: float = TOLERANCE,
    every: int = 1,
) -> Trajectory:
    """Let `walker` go down `loss` and return the trajectory.

    start: `(dim,)` for one run, `(runs, dim)` for many; the loss's own start unless given, else zeros.
    steps: the budget of updates, the same for all runs.
    tolerance: a run has converged when its gradient and its step have shrunk to this part of the largest that it has
        met; 0 stops early only where nothing moves at all.
    every: keep every so many steps (and the last), so that a long run of many starts fits in memory.

    Divergence is a result, not an error. Raises `BadScene` for a start where the loss is not defined, for fewer than one
    step and for a tolerance outside of 0 to 1.
    """
    _check(steps, tolerance, every)
    params = first_params(loss, start)
    with np.errstate(all="ignore"):
        record = _Record(loss, params, tolerance, every)
        for update in walker.walk(record.probe, params, steps):
            record.add(update)
            if not record.alive.any():
                break
        return record.trajectory(walker)


def first_params(loss: Loss, start: Start | None) -> Array:
    """Return the start as `(runs, dim)`, checked: finite, of the loss's dimension, inside its domain."""
    dim = loss.about.dim
    given = start if start is not None else loss.about.start or (0.0,) * dim
    try:
        params = np.array(given, dtype=np.float64, ndmin=1)
    except (TypeError, ValueError):
        raise BadScene("start", given, f"allowed: {_numbers(dim)}") from None
    if params.ndim > 2 or params.shape[-1] != dim or not params.size:
        raise BadScene("start", given, f"allowed: {_numbers(dim)} ({', '.join(loss.about.names)})")
    if not np.isfinite(params).all():
        raise BadScene("start", given, "allowed: finite numbers")
    params = np.ascontiguousarray(params.reshape(-1, dim))
    value, gradient = loss(params)
    bad = ~np.isfinite(value) | ~np.isfinite(gradient).all(axis=-1)
    if bad.any():
        where = params[int(np.argmax(bad))].tolist()
        raise BadScene(
            "start", where[0] if dim == 1 else where, "allowed: a place where the loss and its gradient are finite"
        )
    return params


class _Record:
    """The growing record of all runs; a run that has ended repeats its last finite row."""

    def __init__(self, loss: Loss, params: Array, tolerance: float, every: int) -> None:
        self.probe = Probe(loss, len(params))
        self._look = Probe(loss, len(params))  # the recorder's own looking is nobody's cost
        self._loss, self._tolerance, self._every = loss, tolerance, every
        self._done = 0
        self._here = params
        self._seen = self._at(params)
        self._steepest = np.linalg.norm(self._seen.gradient, axis=-1)
        self._longest = np.zeros(len(params))
        self._cost = np.zeros(len(params), dtype=np.int64)
        self.alive = np.ones(len(params), dtype=bool)
        self._ends: dict[int, Ending] = {}
        self._at_steps, self._params, self._losses, self._gradients, self._costs = [0], [params], [], [], []
        self._losses.append(self._seen.value)
        self._gradients.append(self._seen.gradient)
        self._costs.append(self._cost)
        self._steps: list[Array] = []
        self._terms: list[dict[str, Array]] = []

    def _at(self, params: Array) -> Seen:
        return self._look.see(self._done, params)

    def add(self, update: Update) -> None:
        """Take one update in: move the runs that are alive, and end those that are over."""
        leaving = self._done % self._every == 0
        step = np.where(self.alive[:, None], update.step, 0.0)
        target = self._here + step
        self._done += 1
        seen = self._at(target)
        lost = self.alive & ~(
            np.isfinite(target).all(-1) & np.isfinite(seen.value) & np.isfinite(seen.gradient).all(-1)
        )
        self._end(lost, lambda run: _lost(seen.value[run], step[run]))
        moved = self.alive[:, None]
        self._here = np.where(moved, target, self._here)
        self._seen = Seen(
            np.where(self.alive, seen.value, self._seen.value), np.where(moved, seen.gradient, self._seen.gradient)
        )
        self._cost = np.where(self.alive, self.probe.evaluations, self._cost)
        if leaving:
            self._steps.append(np.where(np.isfinite(step), step, 0.0))
            self._terms.append({name: np.broadcast_to(term, step.shape).copy() for name, term in update.terms.items()})
        self._end(self.alive & self._still(step), lambda run: How.CONVERGED)
        if self._done % self._every == 0:
            self._keep()

    def _keep(self) -> None:
        self._at_steps.append(self._done)
        self._params.append(self._here)
        self._losses.append(self._seen.value)
        self._gradients.append(self._seen.gradient)
        self._costs.append(self._cost)

    def _still(self, step: Array) -> NDArray[np.bool_]:
        """Which runs have come to rest: a flat gradient and a small step, both against the largest so far."""
        slope, length = np.linalg.norm(self._seen.gradient, axis=-1), np.linalg.norm(step, axis=-1)
        self._steepest = np.maximum(self._steepest, slope)
        self._longest = np.maximum(self._longest, length)
        still: NDArray[np.bool_] = (slope <= self._tolerance * self._steepest) & (
            length <= self._tolerance * self._longest
        )
        return still

    def _end(self, which: NDArray[np.bool_], how: Callable[[int], How]) -> None:
        for run in np.flatnonzero(which):
            self._ends[int(run)] = Ending(how(int(run)), self._done)
        self.alive = self.alive & ~which

    def trajectory(self, walker: Walker) -> Trajectory:
        """Return what was recorded."""
        if self._at_steps[-1] != self._done:
            self._keep()
        runs = range(len(self.alive))
        ends = tuple(self._ends.get(run, Ending(How.RAN_OUT, self._done)) for run in runs)
        names = list(self._terms[0]) if self._terms else []
        return Trajectory(
            walker.name, walker.rule, self._loss.about.names, np.array(self._at_steps), np.stack(self._params),
            np.stack(self._losses), np.stack(self._gradients), np.stack(self._costs),
            np.stack(self._steps), {name: np.stack([terms[name] for terms in self._terms]) for name in names}, ends,
        )  # fmt: skip


def _lost(value: np.float64, step: Array) -> How:
    """Why a run is lost: beyond the float range, or outside of the loss's domain."""
    return How.LEFT_DOMAIN if np.isnan(value) and np.isfinite(step).all() else How.OVERFLOWED


def _check(steps: int, tolerance: float, every: int) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MOST_STEPS:
        raise BadScene("steps", steps, f"allowed: a whole number from 1 to {MOST_STEPS:,}")
    if not isinstance(tolerance, int | float) or not 0 <= tolerance < 1:
        raise BadScene("tolerance", tolerance, "allowed: a number from 0 to below 1")
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise BadScene("every", every, "allowed: a whole number of at least 1")


def _numbers(dim: int) -> str:
    return "one number" if dim == 1 else f"{dim} numbers"
