"""Adam: a running mean of the gradient, measured by its usual size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update


class Moments(NamedTuple):
    """What Adam remembers."""

    updates: int  # done so far
    first: Array  # running mean of the gradient, (runs, dim)
    second: Array  # running mean of its square, (runs, dim)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, adaptive moment estimation.

    Rule: `m1 <- beta1 * m1 + (1 - beta1) * gradient`, `m2 <- beta2 * m2 + (1 - beta2) * gradient**2`, both corrected
    for their start at zero (`mean = m1 / (1 - beta1**t)`, `square = m2 / (1 - beta2**t)`), then
    `m <- m - learning_rate * mean / (sqrt(square) + epsilon)`.

    learning_rate: above 0; 0.001. beta1: 0.9. beta2: 0.999, both 0 to below 1. epsilon: 1e-8, outside of the root.

    What to watch: the first steps are all as long as the rate, however steep the slope; then it overshoots, since
    the mean remembers the slopes of before.

    Source: D. P. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, algorithm 1 (2015). Equals
    `torch.optim.Adam` and `optax.adam`; TensorFlow 1 and Keras add epsilon before the correction.

    >>> from gdviz import Formula
    >>> Adam(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].round(2).tolist()
    [-2.0, -1.5, -1.0]
    """

    learning_rate: float = setting(0.001, above=0)
    beta1: float = setting(0.9, least=0, below=1)
    beta2: float = setting(0.999, least=0, below=1)
    epsilon: float = setting(1e-8, above=0)

    name = "Adam"
    rule = "-learning_rate * mean_gradient / usual_size"

    def init(self, params: Array, shapes: Sequence[tuple[int, ...]]) -> Moments:
        """Start with both moments at zero."""
        return Moments(0, np.zeros_like(params), np.zeros_like(params))

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size."""
        t = state.updates + 1
        first = self.beta1 * state.first + (1 - self.beta1) * seen.gradient
        second = self.beta2 * state.second + (1 - self.beta2) * seen.gradient**2
        mean = first / (1 - self.beta1**t)
        size = np.sqrt(second / (1 - self.beta2**t)) + self.epsilon
        step = -(self.learning_rate * mean / size)
        rate = self.learning_rate
        terms: Terms = {"learning_rate": rate, "mean_gradient": mean, "usual_size": size, "gradient": seen.gradient}
        return Update(step, Moments(t, first, second), terms)
