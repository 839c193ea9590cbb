"""Momentum: a heavy ball that keeps a part of its velocity."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update
from gdviz.problems import BadScene


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with momentum.

    Rule: `velocity <- momentum * velocity + gradient`, then `m <- m - learning_rate * velocity`; with `nesterov`,
    `m <- m - learning_rate * (gradient + momentum * velocity)` with the new velocity.

    learning_rate: above 0; no default, as it depends on the loss.
    momentum: 0 to below 1; 0.9.
    nesterov: False.
    rate_at: `outside` of the velocity, or `inside`: the velocity is made of steps, `velocity <- momentum * velocity +
        learning_rate * gradient`. The two differ only where the rate changes from step to step.

    What to watch: it gathers speed, runs past the minimum and may cross a hill that stops gradient descent.

    Source: B. T. Polyak, Some methods of speeding up the convergence of iteration methods (1964); Y. Nesterov, A method
    for solving the convex programming problem with convergence rate O(1/k^2) (1983), in the form of Y. Bengio, N.
    Boulanger-Lewandowski and R. Pascanu, Advances in Optimizing Recurrent Networks (2013), which needs no gradient at a
    look-ahead point. Equals `tf.train.MomentumOptimizer`, `torch.optim.SGD` without dampening and `optax.sgd`, and with
    `rate_at="inside"` `keras.optimizers.SGD`.

    >>> from gdviz import Formula
    >>> Momentum(0.25, 0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, 0.5, 3.0]
    """

    learning_rate: Setting = setting(above=0)
    momentum: Setting = setting(0.9, least=0, below=1)
    nesterov: bool = False
    rate_at: str = choice("outside", "inside")

    form = "TensorFlow 1, PyTorch, optax; Keras: rate_at=inside"

    @property
    def name(self) -> str:
        """The name; Nesterov's where it is his."""
        return "Nesterov momentum" if self.nesterov else "momentum"

    @property
    def rule(self) -> str:
        """The rule; the rate stands where it acts."""
        if self.rate_at == "inside":
            return "-momentum * past_steps - learning_rate * gradient"
        return "-learning_rate * (momentum * velocity + gradient)"

    def init(self, params: Array, shapes: Shapes) -> Array:
        """Start at rest: the velocity `(runs, dim)` is zero."""
        return np.zeros_like(params)

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Keep a part of the velocity, add the gradient, and go."""
        rate, momentum, inside = self.learning_rate, self.momentum, self.rate_at == "inside"
        velocity = momentum * state + (rate * seen.gradient if inside else seen.gradient)
        shown = velocity if self.nesterov else state
        kept = momentum * shown
        step = -kept - rate * seen.gradient if inside else -(rate * (kept + seen.gradient))
        kept_name = "past_steps" if inside else "velocity"
        terms: Terms = {"learning_rate": rate, "momentum": momentum, kept_name: shown, "gradient": seen.gradient}
        return Update(step, velocity, terms)


class Buffer(NamedTuple):
    """What SGD remembers."""

    velocity: Array  # (runs, dim)
    moved: bool  # whether there was a gradient before


@dataclass(frozen=True)
class SGD(Optimizer):
    """Stochastic gradient descent with everything that PyTorch's has; on a whole loss nothing of it is stochastic.

    Rule: `g = gradient + weight_decay * m`; `velocity <- momentum * velocity + (1 - dampening) * g`, the first velocity
    is `g` itself, undamped; then `m <- m - learning_rate * velocity`, with `nesterov`
    `m <- m - learning_rate * (g + momentum * velocity)`.

    learning_rate: above 0; 0.001. momentum: 0 to below 1; 0. dampening: 0 to 1; 0. nesterov: False; needs momentum, and
    no dampening. weight_decay: of at least 0; 0: pulls the parameters towards zero, as a term
    `weight_decay / 2 * m**2` of the loss would.

    What to watch: without momentum it is gradient descent; dampening takes from the push what momentum keeps.

    Source: H. Robbins and S. Monro, A Stochastic Approximation Method (1951). Equals `torch.optim.SGD`.

    >>> from gdviz import Formula
    >>> SGD(0.25, 0.5, 0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, 0.5, 2.375]
    """

    learning_rate: Setting = setting(0.001, above=0)
    momentum: Setting = setting(0.0, least=0, below=1)
    dampening: Setting = setting(0.0, least=0, most=1)
    nesterov: bool = False
    weight_decay: Setting = setting(0.0, least=0)

    name = "SGD"
    form = "PyTorch"

    @property
    def rule(self) -> str:
        """The rule, without what is switched off."""
        gradient = "(gradient + weight_decay * parameter)" if self.weight_decay != 0 else "gradient"
        if self.momentum == 0:
            return f"-learning_rate * {gradient}"
        return f"-learning_rate * (momentum * velocity + {'push * ' if self.dampening != 0 else ''}{gradient})"

    def __post_init__(self) -> None:
        """Check every setting; Nesterov's form has no dampening."""
        super().__post_init__()
        if self.nesterov and (self.momentum == 0 or self.dampening != 0):
            raise BadScene("SGD(nesterov=...)", True, "allowed: only with a momentum above 0 and a dampening of 0")

    def init(self, params: Array, shapes: Shapes) -> Buffer:
        """Start at rest."""
        return Buffer(np.zeros_like(params), moved=False)

    def update(self, seen: Seen, state: Buffer, params: Array, probe: Probe) -> Update:
        """Keep a part of the velocity, add the damped gradient, and go."""
        gradient = seen.gradient + self.weight_decay * params
        push = 1.0 - self.dampening if state.moved else np.ones_like(self.dampening)
        velocity = self.momentum * state.velocity + push * gradient
        shown = velocity if self.nesterov else state.velocity
        step = -(self.learning_rate * (self.momentum * shown + push * gradient))
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "velocity": shown,
            "push": push,
            "gradient": seen.gradient,
            "weight_decay": self.weight_decay,
            "parameter": params,
        }
        return Update(step, Buffer(velocity, moved=True), terms)
