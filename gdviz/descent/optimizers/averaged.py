"""Methods that answer with an average of where they have been."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.elementwise import power
from gdviz.descent.optimizers.moments import blend, divisor
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting, whole
from gdviz.descent.walk import Probe, Seen, Terms, Update


class Average(NamedTuple):
    """What ASGD remembers."""

    updates: int
    rate: Array  # of the next update, (runs, 1)
    share: Array  # of the newest place in the average, (runs, 1)
    average: Array | None  # of the places, (runs, dim); None before the first


@dataclass(frozen=True)
class ASGD(Optimizer):
    """Averaged gradient descent: the rate falls, and the places are averaged.

    Rule: `m <- m - rate * (gradient + lambd * m)`, the first `rate` is the learning rate, then
    `learning_rate / (1 + lambd * learning_rate * t)**alpha`; `average <- average + (m - average) / max(1, t - t0)`.

    learning_rate: above 0; 0.01. lambd: of at least 0; 1e-4. alpha: above 0; 0.75. t0: of at least 0; 1e6.

    What to watch: the small ring is the average, and the answer; it follows the ball exactly until step `t0`, then it
    is calmer.

    Source: B. T. Polyak and A. B. Juditsky, Acceleration of Stochastic Approximation by Averaging (1992). Equals
    `torch.optim.ASGD`.

    >>> from gdviz import Formula
    >>> ASGD(0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(4).tolist()
    [-2.0, -1.0]
    """

    learning_rate: Setting = setting(0.01, above=0)
    lambd: Setting = setting(1e-4, least=0)
    alpha: Setting = setting(0.75, above=0)
    t0: Setting = setting(1e6, least=0)

    name = "ASGD"
    rule = "-learning_rate * (gradient + lambd * parameter)"
    form = "PyTorch"

    def init(self, params: Array, shapes: Shapes) -> Average:
        """Start with the rate as it is."""
        return Average(0, np.asarray(self.learning_rate), np.ones_like(self.learning_rate), None)

    def update(self, seen: Seen, state: Average, params: Array, probe: Probe) -> Update:
        """Step against the gradient, and take the new place into the average."""
        t, rate = state.updates + 1, state.rate
        step = -(rate * (seen.gradient + self.lambd * params))
        place = params + step
        average = place if state.average is None else state.average + (place - state.average) * state.share
        terms: Terms = {
            "learning_rate": rate,
            "gradient": seen.gradient,
            "lambd": self.lambd,
            "parameter": params,
            "average": average,
        }
        following = self.learning_rate / power(1 + self.lambd * self.learning_rate * t, self.alpha)
        share = 1 / np.maximum(1.0, t - self.t0)
        return Update(step, Average(t, following, share, average), terms)


class Free(NamedTuple):
    """What the schedule-free methods remember."""

    updates: int
    leader: Array  # z, which takes the plain steps, (runs, dim)
    total: Array  # of all weights so far, (runs, 1)
    highest: Array  # the highest rate so far, (runs, 1)
    squares: Array  # running mean of the squared gradient, (runs, dim)
    left: Array  # beta2**updates, (runs, 1)


def _free(params: Array, rate: Array) -> Free:
    """Return the memory before the first update."""
    zero, one = np.zeros_like(rate), np.ones_like(rate)
    return Free(0, params, zero, zero, np.zeros_like(params), one)


def _warm(t: int, warmup: int, timing: str) -> tuple[float, float]:
    """Return the parts of the rate that count for the weight and for the step of update `t`, from 1."""
    if not warmup:
        return 1.0, 1.0
    if timing == "late":
        return min(1.0, t / warmup), min(1.0, (t - 1) / warmup)
    return min(1.0, t / warmup), min(1.0, t / warmup)


@dataclass(frozen=True)
class ScheduleFreeSGD(Optimizer):
    """Schedule-free gradient descent: the average of all places takes the part of a decaying rate.

    Rule: three points. The gradient is taken at `m`. `z <- z - learning_rate * g`; `x <- (1 - c) * x + c * z` with `c`
    the share of this step's weight in all; `m <- momentum * x + (1 - momentum) * z`. Written as a step of `m`:
    `c * (z - m) - learning_rate * (1 - momentum * (1 - c)) * g`.

    learning_rate: above 0; 1. momentum: above 0, below 1; 0.9. warmup: steps of a rising rate; 0. weight_decay: of at
    least 0; 0, added to the gradient at `m`. weight_power: the weight of a step is the highest rate so far to this
    power; 2. step_power: times `t` to this power; 0. timing: `now`, or `late`: optax takes the rate of the step
    before.

    What to watch: the small ring is the average x, and the answer; it is calm while the ball, and z before it, swing.

    Source: A. Defazio and others, The Road Less Scheduled (2024). Equals schedulefree's SGDScheduleFree and the one of
    pytorch_optimizer; with `timing="late"` optax's.

    >>> from gdviz import Formula
    >>> path = ScheduleFreeSGD(0.25).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].tolist()
    [-2.0, 0.5]
    """

    learning_rate: Setting = setting(1.0, above=0)
    momentum: Setting = setting(0.9, above=0, below=1)
    warmup: int = whole(0, least=0)
    weight_decay: Setting = setting(0.0, least=0)
    weight_power: Setting = setting(2.0, least=0)
    step_power: Setting = setting(0.0, least=0)
    timing: str = choice("now", "late")

    name = "schedule-free SGD"
    rule = "share * (leader - parameter) - step_rate * slope_used"
    form = "schedulefree, pytorch_optimizer; optax: timing=late"

    def init(self, params: Array, shapes: Shapes) -> Free:
        """Start with all three points at the start."""
        return _free(params, np.asarray(self.learning_rate))

    def update(self, seen: Seen, state: Free, params: Array, probe: Probe) -> Update:
        """Move the leader, average it in, and stand between the two."""
        used = seen.gradient + self.weight_decay * params
        return _free_update(self, state, params, seen.gradient, used, self.momentum, state.squares, state.left)


@dataclass(frozen=True)
class ScheduleFreeAdamW(Optimizer):
    """Schedule-free AdamW: schedule-free descent with Adam's usual size under the gradient.

    Rule: as schedule-free SGD with `g = gradient / (sqrt(square) + epsilon) + weight_decay * m`, `square` the corrected
    running mean of the squared gradient, and `beta1` as the momentum.

    learning_rate: above 0; 0.0025. beta1: above 0, below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0;
    1e-8. warmup, weight_decay, weight_power, step_power, timing: as there.

    What to watch: as there; the first step is as long as the rate, the next ones are shorter.

    Source: A. Defazio and others (2024). Equals schedulefree's AdamWScheduleFree and the one of pytorch_optimizer; with
    `timing="late"` optax's, with `weight_power=0` `keras.optimizers.ScheduleFreeAdamW` on JAX.

    >>> from gdviz import Formula
    >>> path = ScheduleFreeAdamW(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].round(6).tolist()
    [-2.0, -1.5]
    """

    learning_rate: Setting = setting(0.0025, above=0)
    beta1: Setting = setting(0.9, above=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    warmup: int = whole(0, least=0)
    weight_decay: Setting = setting(0.0, least=0)
    weight_power: Setting = setting(2.0, least=0)
    step_power: Setting = setting(0.0, least=0)
    timing: str = choice("now", "late")

    name = "schedule-free AdamW"
    rule = "share * (leader - parameter) - step_rate * slope_used"
    form = "schedulefree, pytorch_optimizer; optax: timing=late; Keras on JAX: weight_power=0"

    def init(self, params: Array, shapes: Shapes) -> Free:
        """Start with all three points at the start."""
        return _free(params, np.asarray(self.learning_rate))

    def update(self, seen: Seen, state: Free, params: Array, probe: Probe) -> Update:
        """Move the leader by the gradient over its usual size, average it in, and stand between the two."""
        left = state.left * self.beta2
        squares = blend(state.squares, seen.gradient * seen.gradient, self.beta2)
        size = divisor(np.sqrt(squares / (1 - left)) + self.epsilon)
        used = seen.gradient / size + self.weight_decay * params
        return _free_update(self, state, params, seen.gradient, used, self.beta1, squares, left)


def _free_update(
    settings: ScheduleFreeSGD | ScheduleFreeAdamW, state: Free, params: Array, gradient: Array, used: Array,
    momentum: Array, squares: Array, left: Array,
) -> Update:  # fmt: skip
    """Return the update of the point where the gradient is taken, and the memory after it."""
    t = state.updates + 1
    weighing, stepping = _warm(t, settings.warmup, settings.timing)
    rate = settings.learning_rate * stepping
    highest = np.maximum(state.highest, settings.learning_rate * weighing)
    weight = power(np.array(float(t)), settings.step_power) * power(highest, settings.weight_power)
    total = state.total + weight
    share = weight / np.where(total > 0, total, 1.0)
    leader = state.leader - rate * used
    average = (params - (1 - momentum) * state.leader) / momentum
    average = (1 - share) * average + share * leader
    step_rate = rate * (1 - momentum * (1 - share))
    terms: Terms = {
        "learning_rate": rate,
        "gradient": gradient,
        "slope_used": used,
        "share": share,
        "leader": state.leader,
        "parameter": params,
        "step_rate": step_rate,
        "average": average,
    }
    step = share * (state.leader - params) - step_rate * used
    return Update(step, Free(t, leader, total, highest, squares, left), terms)
