"""Fair races: every optimizer with the learning rate that suits it, found by a search that can be repeated."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.findings import Tuned
from gdviz.descent.footing import Footprints, check_steps, footprints
from gdviz.descent.learning_rate import AnyMethod, at_rates, why_fixed, with_rate
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers.method import Method
from gdviz.descent.settings import check, setting, whole
from gdviz.descent.stepper import STEPS, Start
from gdviz.descent.study import one_start
from gdviz.problems import BadScene


class _Trials(NamedTuple):
    """How all rates did, each `(tried,)`; the names are those of `Tuned`."""

    rates: Array
    scores: Array
    best_losses: Array
    longest_steps: Array
    admitted: NDArray[np.bool_]

    def joined(self, other: "_Trials") -> "_Trials":
        """Return these and the others."""
        return _Trials(
            np.append(self.rates, other.rates),
            np.append(self.scores, other.scores),
            np.append(self.best_losses, other.best_losses),
            np.append(self.longest_steps, other.longest_steps),
            np.append(self.admitted, other.admitted),
        )


@dataclass(frozen=True)
class Tuning:
    """A search for the best learning rate.

    low, high: between which rates, evenly spaced on a logarithmic axis, both above 0; 0.0001 to 10. points: how many, 3
        to 10,000; 41, ten for a factor of ten; then as many again between the neighbours of the best.
    cap: the longest step allowed, as a part of the diagonal of the loss's region, or where it has none of the box
        around the start and the known minima, or else around the start and the lowest place that any rate reached;
        above 0; 0.25. None: any step. Without it a method wins by one lucky jump, which no other start repeats.
    target: the loss to reach, or None for all but `tolerance` of the way from the start's loss down to the lowest
        known: that of the loss's known minima, else the lowest that an admitted run of the coarse search met.
    tolerance: above 0, below 1; 0.001. Say the target where methods race for it on a loss without known minima: each
        would find its own.

    The best rate needs the fewest evaluations until the loss stays at the target or below. Where none gets there, and
    between equals, it is the one with the lowest loss met, then the smallest rate.

    >>> from gdviz import Formula, GradientDescent
    >>> bowl = Formula("x**2 + 4*y**2", region=((-4, 4), (-4, 4)), minima=((0, 0),))
    >>> tuned, record = Tuning().tune(GradientDescent(0.01), bowl, start=(1.0, 1.0), steps=50)
    >>> round(tuned.learning_rate, 3), float(record.scores.min())
    (0.188, 6.0)
    """

    low: float = setting(1e-4, above=0)
    high: float = setting(10.0, above=0)
    points: int = whole(41, least=3, most=10_000)
    cap: float | None = setting(0.25, above=0, optional=True)
    target: float | None = setting(None, optional=True)
    tolerance: float = setting(1e-3, above=0, below=1)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.low >= self.high:
            raise BadScene("Tuning(low=...)", self.low, f"allowed: below high, which is {self.high:g}")

    def tune(
        self, optimizer: AnyMethod, loss: Loss, start: Start | None = None, steps: int = STEPS
    ) -> tuple[AnyMethod, Tuned]:
        """Return the optimizer with its best rate, and the record of the search.

        One without a learning rate, or with a schedule in its place, comes back as it is; the record says so. Of one
        inside of a piece, as in `ClipByNorm(Momentum(0.1))`, it is that one's rate.

        Raises `BadScene` for more than one start, and where no rate keeps its steps within the cap.
        """
        check_steps(steps)
        point = one_start(loss, start)
        fixed = why_fixed(optimizer)
        if fixed:
            return optimizer, Tuned(optimizer, None, f"{fixed}; it is left as it is", tuple(point.tolist()), steps)
        rates = np.geomspace(self.low, self.high, self.points)
        coarse = _descents(optimizer, loss, rates, point, steps)
        longest = self._longest(loss, coarse)
        target = self._target(loss, coarse, longest)
        first = _trials(coarse, rates, target, longest)
        best = self._best(first)
        around = np.geomspace(rates[max(best - 1, 0)], rates[min(best + 1, self.points - 1)], self.points)
        second = _trials(_descents(optimizer, loss, around, point, steps), around, target, longest)
        trials = first.joined(second)
        rate = float(trials.rates[self._best(trials)])
        words = [
            word
            for edge, word in ((self.low, "smallest"), (self.high, "largest"))
            if math.isclose(rate, edge, rel_tol=1e-6)
        ]
        note = f"the best rate is the {words[0]} of those tried; another may be better" if words else ""
        tuned = with_rate(optimizer, rate)
        return tuned, Tuned(tuned, rate, note, tuple(point.tolist()), steps, target, longest, *trials)

    def _longest(self, loss: Loss, way: Footprints) -> float:
        """Return the longest step allowed, in the parameters' unit."""
        if self.cap is None:
            return float("inf")
        about = loss.about
        if about.region is not None:
            corners = np.array(about.region).T
        else:
            minima = np.array(about.minima).reshape(-1, about.dim)
            corners = np.concatenate([way.params[0, :1], minima if len(minima) else _lowest_place(way)])
        return self.cap * float(np.linalg.norm(np.ptp(corners, axis=0)))

    def _target(self, loss: Loss, way: Footprints, longest: float) -> float:
        """Return the loss to reach."""
        if self.target is not None:
            return self.target
        minima = np.array(loss.about.minima).reshape(-1, loss.about.dim)
        known = loss.value(minima) if len(minima) else way.loss[:, _longest_steps(way) <= longest]
        lowest = float(known.min(initial=way.loss[0, 0]))
        return lowest + self.tolerance * float(way.loss[0, 0] - lowest)

    def _best(self, trials: _Trials) -> int:
        """Return which of the trials is the best of those admitted."""
        if not trials.admitted.any():
            allowed = f"no rate from {self.low:g} to {self.high:g} keeps its steps within it; allowed: a smaller low"
            raise BadScene("Tuning(cap=...)", self.cap, f"{allowed}, or a larger cap")
        order = np.lexsort((trials.rates, trials.best_losses, trials.scores, ~trials.admitted))
        return int(order[0])


def _descents(optimizer: Method, loss: Loss, rates: Array, point: Array, steps: int) -> Footprints:
    """Run the optimizer with all rates at once."""
    return footprints(loss, at_rates(optimizer, rates), np.tile(point, (len(rates), 1)), steps)


def _trials(way: Footprints, rates: Array, target: float, longest: float) -> _Trials:
    """Return how each rate did."""
    reached = np.logical_and.accumulate((way.loss <= target)[::-1])[::-1]
    cost = way.evaluations[np.argmax(reached, axis=0), np.arange(len(rates))]
    scores = np.where(reached[-1] & ~way.lost, cost, np.inf)
    steps = _longest_steps(way)
    return _Trials(rates, scores, way.loss.min(axis=0), steps, steps <= longest)


def _longest_steps(way: Footprints) -> Array:
    """Return the longest step of each run, infinite where it diverged."""
    with np.errstate(over="ignore"):
        steps = np.linalg.norm(np.diff(way.params, axis=0), axis=-1).max(axis=0)
    return np.where(way.lost, np.inf, steps)


def _lowest_place(way: Footprints) -> Array:
    """Return the place of the lowest loss that any run met, `(1, dim)`."""
    step, run = np.unravel_index(np.argmin(way.loss), way.loss.shape)
    return way.params[step, [run]]
