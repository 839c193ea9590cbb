"""The loop: it lets a walker go down a loss, many runs at once, and records the trajectory."""

from collections.abc import Sequence
from itertools import islice
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Loss, steps_per_epoch
from gdviz.descent.trajectory import Ending, How, Origin, Trajectory
from gdviz.descent.update_check import checked_names
from gdviz.descent.walk import Probe, Seen, Terms, Update, Walker
from gdviz.problems import BadScene

Start = float | Sequence[float] | Sequence[Sequence[float]] | NDArray[np.float64]
Which = NDArray[np.bool_]  # a claim about each run, `(runs,)`

STEPS = 100
TOLERANCE = 1e-6
MOST_STEPS = 10_000_000
_OF_THE_WAY = 2.0  # so many times the tolerance may be left of the way
_HALVINGS = 1100  # from the largest float down to the smallest


def descend(
    loss: Loss,
    walker: Walker,
    start: Start | None = None,
    steps: int = STEPS,
    tolerance: float = TOLERANCE,
    every: int = 1,
) -> Trajectory:
    """Let `walker` go down `loss` and return the trajectory.

    start: `(dim,)` for one run, `(runs, dim)` for many; the loss's own start unless given, else zeros.
    steps: the budget of updates, the same for all runs.
    tolerance: a run has converged when its gradient and its step have shrunk to this part of the largest that it has
        met, and what is left of its way to at most twice this part of its way from the start, if its steps go on
        shrinking as the last two do. After a steep start the first comes long before the second: the gradient is a
        thousandth of what it was, and the run is still going. 0 stops early only where nothing moves at all. With
        mini-batches the first must be so for a whole epoch: a small gradient of one batch may be luck; the second is
        not asked, as one step says nothing of the next.

    every: keep every so many steps (and the last), so that a long run of many starts fits in memory.

    Divergence is a result, not an error. Raises `BadScene` for a start where the loss is not defined, for fewer than
    one step, for a tolerance outside of 0 to below 1 and for `every` below 1.
    """
    _check_whole("steps", steps, MOST_STEPS)
    _check_whole("every", every, MOST_STEPS)
    _check_tolerance(tolerance)
    params = first_params(loss, start)
    with np.errstate(all="ignore"):
        record = _Record(loss, walker, params, tolerance, every)
        for update in islice(walker.walk(record.probe, params.copy(), steps), steps):
            record.add(update)
            if not record.alive.any():
                break
        return record.trajectory(steps)


def first_params(loss: Loss, start: Start | None) -> Array:
    """Return the start as `(runs, dim)`, or raise `BadScene`: finite, of the loss's dimension, inside its domain."""
    about = loss.about
    given = start if start is not None else about.start or (0.0,) * about.dim
    params = np.atleast_1d(_numbers(given, about.dim))
    if params.ndim > 2 or params.shape[-1] != about.dim or not params.size:
        raise BadScene("start", given, f"allowed: {_how_many(about.dim)} ({', '.join(about.names)})")
    if not np.isfinite(params).all():
        raise BadScene("start", given, "allowed: finite numbers")
    params = np.ascontiguousarray(params.reshape(-1, about.dim))
    with np.errstate(all="ignore"):
        value, gradient = loss(params)
    bad = ~_finite(value, gradient)
    if bad.any():
        where = params[int(np.argmax(bad))].tolist()
        allowed = "allowed: a place where the loss and its gradient are finite"
        raise BadScene("start", where[0] if about.dim == 1 else where, allowed)
    return params


class _Record:
    """The growing record of all runs; a run that has ended repeats its last finite row.

    While all runs are alive and well, what they hand over is kept as it is; only then are rows chosen run by run.
    """

    def __init__(self, loss: Loss, walker: Walker, params: Array, tolerance: float, every: int) -> None:
        self._walker = walker
        self.probe = Probe(loss, len(params))
        self.alive = np.ones(len(params), dtype=bool)
        self._all_alive = True
        self._loss, self._tolerance, self._every = loss, tolerance, every
        self._done = 0
        self._path = params  # where the walker believes to be, also after a run's end
        self._here = params
        self._seen = self.probe.look(0, params)
        self._cost = np.zeros(len(params), dtype=np.int64)
        self._largest = np.stack([_length(self._seen.gradient), np.zeros(len(params))])  # of gradient and step
        self._start, self._before = params, np.zeros_like(params)  # the first place and the last step
        # Of so many steps in a row the gradients are those of a whole epoch, wherever it begins.
        self._rest = 2 * steps_per_epoch(loss) - 1
        self._still = np.zeros(len(params), dtype=np.int64)  # for how many steps each run has been at rest
        self._ends: dict[int, Ending] = {}
        self._at: list[int] = []
        self._rows: list[tuple[Array, Array, Array, NDArray[np.int64]]] = []
        self._steps: list[Array] = []
        self._terms: list[Terms] = []
        self._names: frozenset[str] | None = None  # of the terms
        self._keep_place()

    def add(self, update: Update) -> None:
        """Take one update in: move the runs that are alive, and end those that are over."""
        if not self._is_as_before(update):
            self._names = checked_names(self._walker, update, self._path.shape, self._names)
        leaving = self._done % self._every == 0
        if leaving:
            self._keep_terms(update.terms)
        self._done += 1
        self._path = self._path + update.step
        seen = self.probe.look(self._done, self._path)
        step = update.step
        if self._all_alive and _all_finite(self._path, seen):
            self._here, self._seen, self._cost = self._path, seen, self.probe.evaluations.copy()
        else:
            step = self._move(step, seen)
        if leaving:
            self._steps.append(step)
        self._end_still(step)
        if self._done % self._every == 0:
            self._keep_place()

    def _is_as_before(self, update: Update) -> bool:
        """Whether an update has the shape and the terms of the last one, which were checked."""
        if self._names is None or type(update) is not Update:  # a user's own may hand over anything
            return False
        return np.shape(update.step) == self._path.shape and update.terms.keys() == self._names

    def _move(self, step: Array, seen: Seen) -> Array:
        """Move the runs that still can, end those that can't, and return the steps taken."""
        moves = self.alive & np.isfinite(self._path).all(axis=-1) & _finite(seen.value, seen.gradient)
        self._end_lost(self.alive & ~moves, seen.value)
        rows = moves[:, None]
        self._here = np.where(rows, self._path, self._here)
        self._seen = Seen(
            np.where(moves, seen.value, self._seen.value), np.where(rows, seen.gradient, self._seen.gradient)
        )
        self._cost = np.where(moves, self.probe.evaluations, self._cost)
        return np.where(rows, step, 0.0)

    def _keep_place(self) -> None:
        self._at.append(self._done)
        self._rows.append((self._here, self._seen.value, self._seen.gradient, self._cost))

    def _keep_terms(self, terms: Terms) -> None:
        if not self._all_alive:
            before = self._terms[-1]
            terms = {name: np.where(self.alive[:, None], term, before[name]) for name, term in terms.items()}
        self._terms.append(terms)

    def _end_still(self, step: Array) -> None:
        """End the runs that have come to rest: flat and slow, each against the most so far, with little way to go.

        With mini-batches one flat gradient may be luck; it takes those of a whole epoch. A recording goes on to its
        last row, also where it rests for a while.
        """
        if getattr(self._walker, "lasts", None) is not None:
            return
        lengths = _length(np.stack([self._seen.gradient, step]))
        self._largest = np.maximum(self._largest, lengths)
        still = (lengths <= self._tolerance * self._largest).all(axis=0)
        if self._rest > 1:
            self._still = np.where(still, self._still + 1, 0)
            still = self._still >= self._rest
        elif still.any():
            way = _length(self._here - self._start)
            still &= _left(self._before, step) <= _OF_THE_WAY * self._tolerance * way
        self._before = step
        if still.any():
            self._end(self.alive & still, How.CONVERGED)

    def _end_lost(self, lost: Which, value: Array) -> None:
        """End the runs that are lost: outside of the loss's domain, or beyond the float range."""
        undefined = lost & np.isnan(value) & np.isfinite(self._path).all(axis=-1)
        if undefined.any():
            loss = self._loss.at(self._done)
            undefined[undefined] = ~_overflows_between(loss, self._here[undefined], self._path[undefined])
        self._end(undefined, How.LEFT_DOMAIN)
        self._end(lost & ~undefined, How.OVERFLOWED)

    def _end(self, which: Which, how: How) -> None:
        self._ends |= {int(run): Ending(how, self._done) for run in np.flatnonzero(which)}
        self.alive = self.alive & ~which
        self._all_alive = bool(self.alive.all())

    def trajectory(self, budget: int) -> Trajectory:
        """Return what was recorded; a run that has not ended had no steps left, or its walker gave up."""
        if self._at[-1] != self._done:
            self._keep_place()
        params, loss, gradient, evaluations = zip(*self._rows, strict=True)
        over = Ending(How.RAN_OUT if self._done == budget else How.STOPPED, self._done)
        names = self._terms[0] if self._terms else ()
        return Trajectory(
            name=self._walker.name,
            rule=self._walker.rule,
            names=self._loss.about.names,
            at=np.array(self._at),
            params=np.stack(params),
            loss=np.stack(loss),
            gradient=np.stack(gradient),
            evaluations=np.stack(evaluations),
            step=np.array(self._steps).reshape(-1, *self._here.shape),
            terms={name: self._stacked(name) for name in names},
            ends=tuple(self._ends.get(run, over) for run in range(len(self.alive))),
            sees_gradient=self._walker.sees_gradient,
            shapes=self._loss.about.shapes,
            origin=Origin(self._loss, self._walker),
        )

    def _stacked(self, name: str) -> Array:
        """Return one term of all steps, `(records - 1, runs, dim)`; a setting that never changes takes no room."""
        first = self._terms[0][name]
        if all(terms[name] is first for terms in self._terms):
            return np.broadcast_to(np.asarray(first, dtype=np.float64), (len(self._terms), *self._here.shape))
        whole = np.empty((len(self._terms), *self._here.shape))
        for row, terms in zip(whole, self._terms, strict=True):
            row[...] = terms[name]
        return whole


def _overflows_between(loss: Loss, here: Array, there: Array) -> Which:
    """Say whether the loss, not a number at `there` `(runs, dim)`, is infinite on the way from `here`.

    Beyond the float range infinity minus infinity is not a number either: `m**4 - m**2` far out is no hole in the
    domain. One infinite point alone is a pole at the edge of the domain, such as that of `log(m)`.
    """
    left, right, infinities = here, there, np.zeros(len(here), dtype=np.int64)
    for _ in range(_HALVINGS):
        middle = left / 2 + right / 2
        halved = ~((middle == left) | (middle == right)).all(axis=-1) & (infinities <= 1)
        if not halved.any():
            break
        value = loss.value(middle)
        infinities += np.isinf(value) & halved
        inside = np.isfinite(value)[:, None]
        left, right = np.where(inside, middle, left), np.where(inside, right, middle)
    return infinities > 1


def _left(before: Array, step: Array) -> Array:
    """Return how far runs `(runs, dim)` still go if each step is to the next as the last two were to each other.

    That is the sum of the geometric series; without end where steps do not shrink.
    """
    factor = (before * step).sum(axis=-1) / (before * before).sum(axis=-1)
    factor = np.where(before.any(axis=-1), factor, 0.0)
    left: Array = np.where(factor < 1, _length(step) * np.abs(factor) / (1 - factor), np.inf)
    return left


def _length(rows: Array) -> Array:
    """Return the length of each row `(..., dim)`."""
    length: Array = np.sqrt((rows * rows).sum(axis=-1))
    return length


def _all_finite(path: Array, seen: Seen) -> bool:
    """Say whether all numbers are finite, judged by their sums: a sum may overflow where its parts do not."""
    return isfinite(path.sum() + seen.value.sum() + seen.gradient.sum())


def _finite(value: Array, gradient: Array) -> Which:
    finite: Which = np.isfinite(value) & np.isfinite(gradient).all(axis=-1)
    return finite


def _numbers(given: object, dim: int) -> Array:
    try:
        array = np.asarray(given)
        if array.dtype.kind not in "iufO":  # O: whole numbers beyond 64 bits; never texts, which NumPy would read
            raise TypeError(array.dtype)
        return array.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        raise BadScene("start", given, f"allowed: {_how_many(dim)}") from None


def _how_many(dim: int) -> str:
    return "one number" if dim == 1 else f"{dim} numbers"


def _check_whole(field: str, given: object, most: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= most:
        raise BadScene(field, given, f"allowed: a whole number from 1 to {most:,}")


def _check_tolerance(given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < 1:
        raise BadScene("tolerance", given, "allowed: a number from 0 to below 1")
