"""Proximal methods and FTRL: the penalties l1 and l2 are not stepped down but solved, so that l1 gives true zeros."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.elementwise import power, shrink
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update


def _pull(point: Array, rate: Array, l1: Array, l2: Array) -> Array:
    """Return by how much the penalties pull a point towards zero."""
    return point - shrink(point, rate * l1) / (1 + rate * l2)


@dataclass(frozen=True)
class ProximalGradientDescent(Optimizer):
    """Proximal gradient descent: a gradient step on the loss, then the penalties solved exactly.

    Rule: `p = m - learning_rate * gradient`,
    `m <- sign(p) * max(|p| - learning_rate * l1, 0) / (1 + learning_rate * l2)`.

    learning_rate: above 0; no default. l1, l2: of at least 0; 0: the weights of `|m|` and of `m**2 / 2`.

    What to watch: `pull` draws towards zero; with l1 the parameter can land on zero exactly, and stays.

    Source: J. Duchi and Y. Singer, Efficient Learning using Forward-Backward Splitting (2009). Equals
    `tf.train.ProximalGradientDescentOptimizer`.

    >>> from gdviz import Formula
    >>> path = ProximalGradientDescent(0.25, l1=8.0).minimize(Formula("(m - 3)**2 + 1"), start=-1.0, steps=2)
    >>> path.params[:, 0, 0].tolist()
    [-1.0, 0.0, 0.0]
    """

    learning_rate: Setting = setting(above=0)
    l1: Setting = setting(0.0, least=0)
    l2: Setting = setting(0.0, least=0)

    name = "proximal gradient descent"
    form = "TensorFlow 1"

    @property
    def rule(self) -> str:
        """The rule, without a pull where there is none."""
        return "-learning_rate * gradient" + ("" if self.l1 == 0 and self.l2 == 0 else " - pull")

    def update(self, seen: Seen, state: None, params: Array, probe: Probe) -> Update:
        """Step against the gradient, then let the penalties pull."""
        down = self.learning_rate * seen.gradient
        pull = _pull(params - down, self.learning_rate, self.l1, self.l2)
        terms: Terms = {"learning_rate": self.learning_rate, "gradient": seen.gradient, "pull": pull}
        return Update(-down - pull, None, terms)


@dataclass(frozen=True)
class ProximalAdagrad(Optimizer):
    """Proximal Adagrad: Adagrad, with the penalties solved exactly.

    Rule: `a <- a + gradient**2`, `e = learning_rate / sqrt(a)`, `p = m - e * gradient`,
    `m <- sign(p) * max(|p| - e * l1, 0) / (1 + e * l2)`.

    learning_rate: above 0; no default. initial_accumulator: above 0; 0.1. l1, l2: of at least 0; 0.

    What to watch: as Adagrad, and `pull` draws towards zero, less and less as the rate shrinks.

    Source: J. Duchi and Y. Singer (2009); J. Duchi, E. Hazan and Y. Singer (2011). Equals
    `tf.train.ProximalAdagradOptimizer`.

    >>> from gdviz import Formula
    >>> path = ProximalAdagrad(0.5, l1=0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].round(4).tolist()
    [-2.0, -1.4953]
    """

    learning_rate: Setting = setting(above=0)
    initial_accumulator: Setting = setting(0.1, above=0, once=True)
    l1: Setting = setting(0.0, least=0)
    l2: Setting = setting(0.0, least=0)

    name = "proximal Adagrad"
    form = "TensorFlow 1"

    @property
    def rule(self) -> str:
        """The rule, without a pull where there is none."""
        return "-learning_rate * gradient / size_of_all" + ("" if self.l1 == 0 and self.l2 == 0 else " - pull")

    def init(self, params: Array, shapes: Shapes) -> Array:
        """Start the sum of squares `(runs, dim)`."""
        start: Array = np.zeros_like(params) + self.initial_accumulator
        return start

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Step as Adagrad does, then let the penalties pull."""
        total = state + seen.gradient * seen.gradient
        size = np.sqrt(total)
        down = self.learning_rate * seen.gradient / size
        pull = _pull(params - down, self.learning_rate / size, self.l1, self.l2)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "size_of_all": size,
            "pull": pull,
            "sum_of_squares": total,
            "effective_rate": self.learning_rate / size,
        }
        return Update(-down - pull, total, terms)


class Leader(NamedTuple):
    """What FTRL remembers, `(runs, dim)` each."""

    squares: Array
    linear: Array  # the slope at zero of what it minimises


@dataclass(frozen=True)
class Ftrl(Optimizer):
    """Follow the regularised leader: the best place for all gradients so far, found anew at each step.

    Rule: `n' = n + gradient**2`, `z <- z + gradient + 2 * l2_shrinkage * m - (n'**-p - n**-p) / learning_rate * m`,
    `q = n'**-p / learning_rate + 2 * l2 + beta / learning_rate`, `m <- (clip(z, -l1, l1) - z) / q`, with
    `p = learning_rate_power`.

    learning_rate: above 0; no default. learning_rate_power: up to 0; -0.5. initial_accumulator: of at least 0; 0.1.
    l1, l2, l2_shrinkage, beta: of at least 0; 0. The paper's and pytorch_optimizer's `lambda_2` is twice this `l2`.

    What to watch: `z` knows nothing of the start, so the first step shrinks it: `m` falls towards zero before it
    learns. With l1 a parameter stays at zero until its gradients outweigh it.

    Source: H. B. McMahan and others, Ad Click Prediction: a View from the Trenches (2013). Equals
    `tf.train.FtrlOptimizer` and `keras.optimizers.Ftrl`.

    >>> from gdviz import Formula
    >>> Ftrl(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(4).tolist()
    [-2.0, -1.437]
    """

    learning_rate: Setting = setting(above=0)
    learning_rate_power: Setting = setting(-0.5, most=0)
    initial_accumulator: Setting = setting(0.1, least=0, once=True)
    l1: Setting = setting(0.0, least=0)
    l2: Setting = setting(0.0, least=0)
    l2_shrinkage: Setting = setting(0.0, least=0)
    beta: Setting = setting(0.0, least=0)

    name = "FTRL"
    rule = "-pull_of_all / strength - parameter"
    form = "TensorFlow 1, Keras"

    def init(self, params: Array, shapes: Shapes) -> Leader:
        """Start with some squares, and no slope."""
        return Leader(np.zeros_like(params) + self.initial_accumulator, np.zeros_like(params))

    def update(self, seen: Seen, state: Leader, params: Array, probe: Probe) -> Update:
        """Go where all gradients so far are in balance with the penalties."""
        squares = state.squares + seen.gradient * seen.gradient
        grown, before = (power(n, -self.learning_rate_power) for n in (squares, state.squares))
        shift = (grown - before) / self.learning_rate * params
        linear = state.linear + seen.gradient + 2 * self.l2_shrinkage * params - shift
        strength = grown / self.learning_rate + 2 * self.l2 + self.beta / self.learning_rate
        pull = shrink(linear, self.l1)
        # No gradient yet and nothing to hold it: a parameter that nothing pulls at lies at zero.
        safe = np.where(strength > 0, strength, 1.0)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "pull_of_all": pull,
            "strength": safe,
            "parameter": params,
            "sum_of_squares": squares,
        }
        return Update(-(pull / safe) - params, Leader(squares, linear), terms)
