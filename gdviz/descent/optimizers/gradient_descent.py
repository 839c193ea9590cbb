"""Gradient descent: a step against the slope, in proportion to it."""

from dataclasses import dataclass

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer
from gdviz.descent.settings import Setting, setting
from gdviz.descent.walk import Probe, Seen, Update


@dataclass(frozen=True)
class GradientDescent(Optimizer):
    """Gradient descent.

    Rule: `m <- m - learning_rate * gradient`.

    learning_rate: above 0; no default, as it depends on the loss.

    What to watch: the rate stays, the steps shrink with the slope.

    Source: A. Cauchy, Méthode générale pour la résolution des systèmes d'équations simultanées (1847). Equals
    `tf.train.GradientDescentOptimizer`, `torch.optim.SGD`, `keras.optimizers.SGD` and `optax.sgd`.

    >>> from gdviz import Formula
    >>> GradientDescent(0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].tolist()
    [-2.0, -1.0]
    """

    learning_rate: Setting = setting(above=0)

    name = "gradient descent"
    rule = "-learning_rate * gradient"
    form = "every library"

    def update(self, seen: Seen, state: None, params: Array, probe: Probe) -> Update:
        """Step against the gradient."""
        step = -(self.learning_rate * seen.gradient)
        return Update(step, None, {"learning_rate": self.learning_rate, "gradient": seen.gradient})
