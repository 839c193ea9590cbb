"""Learning rate against momentum: how fast a heavy ball comes to rest, in one run of the whole plane."""

from dataclasses import dataclass

import numpy as np

from gdviz.descent.curvature import largest_curvature, stable_rate
from gdviz.descent.findings import PhaseFindings
from gdviz.descent.footing import Footprints, check_steps, footprints
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers import Momentum, Optimizer
from gdviz.descent.optimizers.optimizer import together
from gdviz.descent.settings import check, setting, whole
from gdviz.descent.stepper import Start
from gdviz.descent.study import found_minima, measured, one_start, spaced
from gdviz.descent.verdict import nearest
from gdviz.problems import BadScene

STEPS = 300  # a heavy ball needs some hundred steps to show how fast it comes to rest
CLEAR = 1e-10  # of the start's distance: nearer, rounding has its say


@dataclass(frozen=True)
class PhaseMap:
    """The plane of learning rate and momentum.

    rates, momenta: how many of each, 2 or more; 120 and 80. low, high: the rates, evenly spaced; from nearly 0 to 15 %
        beyond the limit of the largest momentum, unless given. least, most: the momenta, evenly spaced, both of at
        least 0 and below 1; 0 to 0.98.

    The contraction is measured, not computed: by least squares from the logarithm of the distance of a place and the
    one before, taken as one vector, over the second half of the steps that are farther from the minimum than rounding
    reaches. On a quadratic it comes near the spectral radius of the heavy ball's matrix `[[1 + momentum - rate * L,
    -momentum], [1, 0]]`, the largest of all directions.

    What to watch: more momentum allows larger rates, up to `2 (1 + momentum) / L`; the fastest of all lies at a fold,
    where the ball just stops swinging.

    Source: B. T. Polyak, Some methods of speeding up the convergence of iteration methods (1964).

    >>> from gdviz import Formula
    >>> found = PhaseMap(rates=3, momenta=2, most=0.5).run(Formula("(m - 3)**2 + 1"), Momentum(0.1), start=-2.0)
    >>> found.limits.tolist(), found.rates.round(3).tolist(), found.contraction.round(2).tolist()
    ([1.0, 1.5], [0.575, 1.15, 1.725], [[0.15, 1.3, 2.45], [0.71, 0.71, 1.65]])
    """

    rates: int = whole(120, least=2, most=10_000)
    momenta: int = whole(80, least=2, most=10_000)
    low: float | None = setting(None, above=0, optional=True)
    high: float | None = setting(None, above=0, optional=True)
    least: float = setting(0.0, least=0, below=1)
    most: float = setting(0.98, least=0, below=1)

    def __post_init__(self) -> None:
        """Check every field."""
        check(self)
        if self.least >= self.most:
            raise BadScene("PhaseMap(least=...)", self.least, f"allowed: below most, which is {self.most:g}")

    def run(self, loss: Loss, optimizer: Optimizer, start: Start | None = None, steps: int = STEPS) -> PhaseFindings:
        """Let a `Momentum` go down `loss` from one `start`, with every rate and momentum in place of its own.

        Raises `BadScene` for another optimizer, for more than one start, and where no limit is known and `high` is not
        given.
        """
        if not isinstance(optimizer, Momentum):
            raise BadScene("optimizer", optimizer, "allowed: a Momentum, whose rate and momentum are varied")
        check_steps(steps)
        point = one_start(loss, start)
        steepest = largest_curvature(loss, point, steps)
        momenta = np.linspace(self.least, self.most, self.momenta)
        forms = [Momentum(1.0, momentum, optimizer.nesterov, optimizer.rate_at) for momentum in momenta.tolist()]
        limits, settling = (
            np.array([stable_rate(form, curvature) for form in forms])
            for curvature in (steepest.value, steepest.bottom)
        )
        rates = spaced(type(self).__name__, self.low, self.high, self.rates, float(np.fmax(limits, settling).max()))
        plane = [
            Momentum(rate, form.momentum, form.nesterov, form.rate_at) for form in forms for rate in rates.tolist()
        ]
        way = footprints(loss, together(plane), np.tile(point, (len(plane), 1)), steps)
        minima = found_minima(loss, way)
        found = measured(way, minima)
        shape = (len(momenta), len(rates))
        return PhaseFindings(
            rates,
            momenta,
            _shrinking(way, minima).reshape(shape),
            found.needed.reshape(shape),
            found.verdict.reshape(shape),
            limits,
            settling,
            steepest.value,
            minima,
            steps,
        )


def _shrinking(way: Footprints, minima: Array) -> Array:
    """Return the measured factor per step of every run, `(runs,)`."""
    if not len(minima):
        return np.full(len(way.last), np.nan)
    with np.errstate(all="ignore"):
        away = np.linalg.norm(way.params - nearest(way.params, way.loss, minima), axis=-1)
        state = np.hypot(away[1:], away[:-1])
        place = np.arange(len(state))[:, None]
        # up to the first state that rounding may reach, or to the run's end
        clear = np.logical_and.accumulate(state > CLEAR * away[0], axis=0) & (place < way.last)
        count = clear.sum(axis=0)
        weight = (clear & (place >= np.where(count > 4, count // 2, 0))).astype(np.float64)
        height = np.where(weight > 0, np.log(state), 0.0)
        many = weight.sum(axis=0)
        middle = (weight * place).sum(axis=0) / many
        slope = (weight * (place - middle) * height).sum(axis=0) / (weight * (place - middle) ** 2).sum(axis=0)
    few = np.where(way.lost, np.inf, 0.0)  # too few states for a slope: gone, or arrived, at once
    return np.where(many > 1, np.exp(slope), few)
