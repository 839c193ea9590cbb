"""How the learning rate decides: steps needed, final loss and verdict against the rate, in one run of many rates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gdviz.descent.curvature import largest_curvature, stable_rate
from gdviz.descent.findings import RateFindings
from gdviz.descent.footing import check_steps, footprints
from gdviz.descent.learning_rate import at_rates
from gdviz.descent.loss import Loss
from gdviz.descent.optimizers.optimizer import Optimizer
from gdviz.descent.settings import check, setting, whole
from gdviz.descent.stepper import STEPS, Start
from gdviz.descent.study import found_minima, measured, one_start, spaced
from gdviz.problems import BadScene


@dataclass(frozen=True)
class RateStudy:
    """A sweep of the learning rate.

    low, high: between which rates, evenly spaced, both above 0; from nearly 0 (a `points`-th of `high`) to 15 % beyond
        the limit that the measured curvature sets, unless given. points: how many rates, 2 to 100,000; 400.

    What to watch: needed steps fall as the rate grows, are fewest at one divided by the curvature, and shoot up at the
    limit, two divided by the curvature, beyond which nothing arrives.

    >>> from gdviz import Formula, GradientDescent
    >>> found = RateStudy(points=5).run(Formula("(m - 3)**2 + 1"), GradientDescent(0.1), start=-2.0, steps=50)
    >>> found.limit, found.rates.round(2).tolist(), found.steps_needed.tolist()
    (1.0, [0.23, 0.46, 0.69, 0.92, 1.15], [8.0, 2.0, 5.0, 27.0, inf])
    """

    low: float | None = setting(None, above=0, optional=True)
    high: float | None = setting(None, above=0, optional=True)
    points: int = whole(400, least=2, most=100_000)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise BadScene("RateStudy(low=...)", self.low, f"allowed: below high, which is {self.high:g}")

    def run(self, loss: Loss, optimizer: Optimizer, start: Start | None = None, steps: int = STEPS) -> RateFindings:
        """Let `optimizer` go down `loss` from one `start`, with every rate in place of its own.

        Raises `BadScene` for an optimizer without a learning rate or with a schedule there, for more than one start,
        and where no limit is known and `high` is not given.
        """
        check_steps(steps)
        point = one_start(loss, start)
        steepest = largest_curvature(loss, point, steps)
        limit, settling = (stable_rate(optimizer, curvature) for curvature in (steepest.value, steepest.bottom))
        rates = spaced(type(self).__name__, self.low, self.high, self.points, np.fmax(limit, settling))
        way = footprints(loss, at_rates(optimizer, rates), np.tile(point, (len(rates), 1)), steps)
        minima = found_minima(loss, way)
        found = measured(way, minima)
        return RateFindings(
            rates,
            found.needed,
            way.loss[-1].copy(),
            found.contraction,
            found.verdict,
            limit,
            settling,
            steepest.value,
            steepest.place,
            steepest.step,
            minima,
            steps,
        )


def besides(
    found: RateFindings, loss: Loss, optimizer: Optimizer, start: Start | None, rates: Sequence[float]
) -> RateFindings:
    """Return what a study found with further rates among its own, each measured as those were.

    loss, optimizer, start: those of the study.
    """
    new = np.setdiff1d(rates, found.rates)
    if not new.size:
        return found
    way = footprints(loss, at_rates(optimizer, new), np.tile(one_start(loss, start), (len(new), 1)), found.steps)
    more = measured(way, found.minima)
    every = np.concatenate([found.rates, new])
    order = np.argsort(every)
    return replace(
        found,
        rates=every[order],
        steps_needed=np.concatenate([found.steps_needed, more.needed])[order],
        final_loss=np.concatenate([found.final_loss, way.loss[-1]])[order],
        contraction=np.concatenate([found.contraction, more.contraction])[order],
        verdict=np.concatenate([found.verdict, more.verdict])[order],
    )
