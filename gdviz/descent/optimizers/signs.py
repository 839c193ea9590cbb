"""Methods that look only at the sign: the slope says where to go, and something else how far."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.moments import blend
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.schedules import Schedule
from gdviz.descent.settings import Setting, choice, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update
from gdviz.problems import BadScene


class Strides(NamedTuple):
    """What Rprop remembers, `(runs, dim)` each."""

    gradient: Array  # of the step before; 0 where it had turned
    stride: Array
    waiting: Array  # the move that the late form makes at the next update


@dataclass(frozen=True)
class Rprop(Optimizer):
    """Resilient backpropagation: the stride grows while the slope keeps its sign, and shrinks when it turns.

    Rule: `stride <- stride * grow` where the gradient has the sign of the one before, `stride * shrink` where it has
    the other (and then no move, and no memory of it), kept between `least` and `most`;
    `m <- m - stride * sign(gradient)`.

    learning_rate: the first stride, above 0; 0.01. shrink: above 0, below 1; 0.5. grow: of at least 1; 1.2.
    least, most: above 0, least below most; 1e-6 and 50. timing: `now`, or `late`: each move waits for the next update,
    and is dropped where the slope has turned by then; the first is none (optax 0.2.8).

    What to watch: the strides do not care how steep it is; across the valley it stops, halves the stride, and returns.

    Source: M. Riedmiller and H. Braun, A Direct Adaptive Method for Faster Backpropagation Learning: The RPROP
    Algorithm (1993). Equals `torch.optim.Rprop`, and `optax.rprop` with `timing="late"`.

    >>> from gdviz import Formula
    >>> Rprop(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=3).params[:, 0, 0].round(2).tolist()
    [-2.0, -1.5, -0.9, -0.18]
    """

    learning_rate: Setting = setting(0.01, above=0, once=True)
    shrink: Setting = setting(0.5, above=0, below=1)
    grow: Setting = setting(1.2, least=1)
    least: Setting = setting(1e-6, above=0)
    most: Setting = setting(50.0, above=0)
    timing: str = choice("now", "late")

    name = "Rprop"
    rule = "-stride * sign_of_slope"
    form = "PyTorch; optax: timing=late"

    def __post_init__(self) -> None:
        """Check every setting; the shortest stride is the shorter one."""
        super().__post_init__()
        if not isinstance(self.least, Schedule) and not isinstance(self.most, Schedule) and self.least >= self.most:
            raise BadScene("Rprop(least=...)", self.least, f"allowed: a number below most, {self.most:g}")

    def init(self, params: Array, shapes: Shapes) -> Strides:
        """Start with the first stride, and no slope before."""
        zero = np.zeros_like(params)
        return Strides(zero, zero + self.learning_rate, zero)

    def update(self, seen: Seen, state: Strides, params: Array, probe: Probe) -> Update:
        """Make a stride downhill, or wait where the slope has turned."""
        turn = np.sign(seen.gradient) * np.sign(state.gradient)
        factor = np.where(turn > 0, self.grow, np.where(turn < 0, self.shrink, 1.0))
        stride = np.clip(state.stride * factor, self.least, self.most)
        direction = np.where(turn < 0, 0.0, np.sign(seen.gradient))
        kept = np.where(turn < 0, 0.0, seen.gradient)
        move = stride * direction
        if self.timing == "late":
            late = np.where(turn < 0, 0.0, state.waiting)
            terms: Terms = {"gradient": seen.gradient, "stride": np.abs(late), "sign_of_slope": np.sign(late)}
            return Update(-late, Strides(kept, stride, move), terms)
        terms = {"gradient": seen.gradient, "stride": stride, "sign_of_slope": direction}
        return Update(-move, Strides(kept, stride, move), terms)


@dataclass(frozen=True)
class Lion(Optimizer):
    """Lion, evolved sign momentum: every parameter moves by the rate, up or down.

    Rule: `direction = sign(beta1 * m1 + (1 - beta1) * gradient)`,
    `m <- m - learning_rate * (direction + weight_decay * m)`, then `m1 <- beta2 * m1 + (1 - beta2) * gradient`.

    learning_rate: above 0; 0.0001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.99. weight_decay: of at least 0; 0
    (optax has 0.001).

    What to watch: all steps are equally long, so that it ends in swinging around the minimum unless the rate decays.

    Source: X. Chen and others, Symbolic Discovery of Optimization Algorithms (2023). Equals `keras.optimizers.Lion`,
    `optax.lion`, lion-pytorch and pytorch_optimizer's Lion at the same weight decay.

    >>> from gdviz import Formula
    >>> Lion(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, -1.5, -1.0]
    """

    learning_rate: Setting = setting(1e-4, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.99, least=0, below=1)
    weight_decay: Setting = setting(0.0, least=0)

    name = "Lion"
    form = "lion-pytorch, Keras, pytorch_optimizer; optax: weight_decay=0.001"

    @property
    def rule(self) -> str:
        """The rule, with the decay where there is some."""
        if self.weight_decay == 0:
            return "-learning_rate * sign_of_mean"
        return "-learning_rate * (sign_of_mean + weight_decay * parameter)"

    def init(self, params: Array, shapes: Shapes) -> Array:
        """Start with the running mean `(runs, dim)` at zero."""
        return np.zeros_like(params)

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Go by the rate where the mean gradient points."""
        leaning = blend(state, seen.gradient, self.beta1)
        direction = np.sign(leaning)
        mean = blend(state, seen.gradient, self.beta2)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "mean_gradient": leaning,
            "sign_of_mean": direction,
            "weight_decay": self.weight_decay,
            "parameter": params,
        }
        return Update(-(self.learning_rate * (direction + self.weight_decay * params)), mean, terms)
