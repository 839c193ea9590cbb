"""Momentum: a heavy ball that keeps a part of its velocity."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with momentum.

    Rule: `velocity <- momentum * velocity + gradient`, then `m <- m - learning_rate * velocity`; with `nesterov`,
    `m <- m - learning_rate * (gradient + momentum * velocity)` with the new velocity.

    learning_rate: above 0; no default, as it depends on the loss.
    momentum: 0 to below 1; 0.9.
    nesterov: False.

    What to watch: it gathers speed, runs past the minimum and may cross a hill that stops gradient descent.

    Source: B. T. Polyak, Some methods of speeding up the convergence of iteration methods (1964); Y. Nesterov, A method
    for solving the convex programming problem with convergence rate O(1/k^2) (1983), in the form of I. Sutskever,
    J. Martens, G. Dahl and G. Hinton (2013). Equals `tf.train.MomentumOptimizer`, `torch.optim.SGD` without dampening
    and `optax.sgd`; none of them evaluates the gradient at a look-ahead point.

    >>> from gdviz import Formula
    >>> Momentum(0.25, 0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, 0.5, 3.0]
    """

    learning_rate: float = setting(above=0)
    momentum: float = setting(0.9, least=0, below=1)
    nesterov: bool = False

    name = "momentum"
    rule = "-learning_rate * (momentum * velocity + gradient)"

    def init(self, params: Array, shapes: Sequence[tuple[int, ...]]) -> Array:
        """Start at rest: the velocity `(runs, dim)` is zero."""
        return np.zeros_like(params)

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Keep a part of the velocity, add the gradient, and go."""
        velocity = self.momentum * state + seen.gradient
        shown = velocity if self.nesterov else state
        step = -(self.learning_rate * (self.momentum * shown + seen.gradient))
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "momentum": self.momentum,
            "velocity": shown,
            "gradient": seen.gradient,
        }
        return Update(step, velocity, terms)
