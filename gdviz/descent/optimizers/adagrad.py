"""Adagrad and its kin: each parameter has a rate of its own, smaller the more gradient it has met."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.elementwise import shrink
from gdviz.descent.optimizers.moments import divisor
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting, whole
from gdviz.descent.walk import Probe, Seen, Terms, Update


@dataclass(frozen=True)
class Adagrad(Optimizer):
    """Adagrad, adaptive gradient.

    Rule: `sum_of_squares <- sum_of_squares + gradient**2`,
    `m <- m - learning_rate * gradient / (sqrt(sum_of_squares) + epsilon)`.

    learning_rate: above 0; 0.01. initial_accumulator: what the sum of squares starts with, of at least 0; 0.
    epsilon: of at least 0; 1e-10. epsilon_at: `outside` of the root, or `inside`. PyTorch's `lr_decay` is a schedule:
    `schedules.InverseTime(rate, decay)`.

    What to watch: the first step is as long as the rate whatever the slope (with an initial accumulator, shorter);
    then the steps only ever get shorter, as the sum never forgets.

    Source: J. Duchi, E. Hazan and Y. Singer, Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization (2011). Equals `torch.optim.Adagrad`; with `initial_accumulator=0.1` and `epsilon=0`
    `tf.train.AdagradOptimizer`; with `initial_accumulator=0.1, epsilon=1e-7, epsilon_at="inside"`
    `keras.optimizers.Adagrad` and `optax.adagrad`.

    >>> from gdviz import Formula
    >>> Adagrad(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(9).tolist()
    [-2.0, -1.5]
    """

    learning_rate: Setting = setting(0.01, above=0)
    initial_accumulator: Setting = setting(0.0, least=0, once=True)
    epsilon: Setting = setting(1e-10, least=0)
    epsilon_at: str = choice("outside", "inside")

    name = "Adagrad"
    rule = "-learning_rate * gradient / size_of_all"
    form = (
        "PyTorch; Keras and optax: initial_accumulator=0.1 epsilon=1e-7 epsilon_at=inside; "
        "TensorFlow 1: initial_accumulator=0.1 epsilon=0"
    )

    def init(self, params: Array, shapes: Shapes) -> Array:
        """Start the sum of squares `(runs, dim)`."""
        start: Array = np.zeros_like(params) + self.initial_accumulator
        return start

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Divide the gradient by the root of all its squares so far."""
        total = state + seen.gradient * seen.gradient
        inside = self.epsilon_at == "inside"
        size: Array = np.sqrt(total + self.epsilon) if inside else np.sqrt(total) + self.epsilon
        size = divisor(size)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "size_of_all": size,
            "sum_of_squares": total,
            "effective_rate": self.learning_rate / size,
        }
        return Update(-(self.learning_rate * seen.gradient / size), total, terms)


class Sums(NamedTuple):
    """What dual averaging remembers, `(runs, dim)` each."""

    updates: int
    gradients: Array
    squares: Array


@dataclass(frozen=True)
class AdagradDA(Optimizer):
    """Adagrad with dual averaging: the place is worked out anew from the sum of all gradients.

    Rule: `G <- G + gradient`, `Q <- Q + gradient**2`, then
    `m <- -learning_rate * shrunk / (l2 * t * learning_rate + sqrt(Q))`, where `shrunk` is `G` moved towards zero by
    `l1 * t`, and t counts the updates from 1.

    learning_rate: above 0; no default. initial_accumulator: above 0; 0.1. l1, l2: of at least 0; 0. global_step: the
    count before the first update; 0.

    What to watch: **it forgets where it started**: the first step leads to nearly the same place from anywhere, near
    zero.

    Source: J. Duchi, E. Hazan and Y. Singer (2011), the primal-dual form; L. Xiao, Dual Averaging Methods for
    Regularized Stochastic Learning and Online Optimization (2010). Equals `tf.train.AdagradDAOptimizer`.

    >>> from gdviz import Formula
    >>> run = AdagradDA(0.5).minimize(Formula("(m - 3)**2 + 1"), start=[[-2.0], [9.0]], steps=1)
    >>> run.params[1, :, 0].round(3).tolist()
    [0.5, -0.5]
    """

    learning_rate: Setting = setting(above=0)
    initial_accumulator: Setting = setting(0.1, above=0, once=True)
    l1: Setting = setting(0.0, least=0)
    l2: Setting = setting(0.0, least=0)
    global_step: int = whole(0, least=0)

    name = "Adagrad with dual averaging"
    rule = "-learning_rate * sum_of_gradients / size_of_all - parameter"
    form = "TensorFlow 1"

    def init(self, params: Array, shapes: Shapes) -> Sums:
        """Start with no gradient, and some squares."""
        return Sums(self.global_step, np.zeros_like(params), np.zeros_like(params) + self.initial_accumulator)

    def update(self, seen: Seen, state: Sums, params: Array, probe: Probe) -> Update:
        """Go where the sum of all gradients points, seen from zero."""
        t = state.updates + 1
        total, squares = state.gradients + seen.gradient, state.squares + seen.gradient * seen.gradient
        shrunk = shrink(total, self.l1 * t)
        size = self.l2 * t * self.learning_rate + np.sqrt(squares)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "sum_of_gradients": shrunk,
            "size_of_all": size,
            "sum_of_squares": squares,
            "parameter": params,
        }
        return Update(-(self.learning_rate * shrunk / size) - params, Sums(t, total, squares), terms)


class Averages(NamedTuple):
    """What Adadelta remembers, `(runs, dim)` each."""

    gradients: Array  # running mean of their squares
    steps: Array  # the same of the steps


@dataclass(frozen=True)
class Adadelta(Optimizer):
    """Adadelta: the step has the size of the steps before, so that units cancel and the rate could be 1.

    Rule: `G <- rho * G + (1 - rho) * gradient**2`, `d = gradient * sqrt(D + epsilon) / sqrt(G + epsilon)`,
    `D <- rho * D + (1 - rho) * d**2`, `m <- m - learning_rate * d`.

    learning_rate: above 0; 1. rho: 0 to below 1; 0.9. epsilon: above 0; 1e-6, inside of both roots.

    What to watch: it starts with tiny steps, of about the root of epsilon, and has to learn how far it may go.

    Source: M. D. Zeiler, ADADELTA: An Adaptive Learning Rate Method (2012). Equals `torch.optim.Adadelta` and
    `optax.adadelta(1.0)`; TensorFlow 1 and Keras have the same rule with `learning_rate=0.001, rho=0.95`, which looks
    frozen, and `epsilon=1e-8` or `1e-7`.

    >>> from gdviz import Formula
    >>> Adadelta().minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(6).tolist()
    [-2.0, -1.996838]
    """

    learning_rate: Setting = setting(1.0, above=0)
    rho: Setting = setting(0.9, least=0, below=1)
    epsilon: Setting = setting(1e-6, above=0)

    name = "Adadelta"
    rule = "-learning_rate * gradient * usual_step / usual_size"
    form = (
        "PyTorch, optax; TensorFlow 1: learning_rate=0.001 rho=0.95 epsilon=1e-8; "
        "Keras: learning_rate=0.001 rho=0.95 epsilon=1e-7"
    )

    def init(self, params: Array, shapes: Shapes) -> Averages:
        """Start with both means at zero."""
        return Averages(np.zeros_like(params), np.zeros_like(params))

    def update(self, seen: Seen, state: Averages, params: Array, probe: Probe) -> Update:
        """Give the gradient the size of a usual step."""
        gradients = self.rho * state.gradients + (1 - self.rho) * seen.gradient * seen.gradient
        usual_step, size = np.sqrt(state.steps + self.epsilon), np.sqrt(gradients + self.epsilon)
        move = seen.gradient * usual_step / size
        steps = self.rho * state.steps + (1 - self.rho) * move * move
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "usual_step": usual_step,
            "usual_size": size,
            "effective_rate": self.learning_rate * usual_step / size,
        }
        return Update(-(self.learning_rate * seen.gradient * usual_step / size), Averages(gradients, steps), terms)


class Means(NamedTuple):
    """What RMSprop remembers."""

    squares: Array  # running mean of the squared gradient, (runs, dim)
    gradients: Array  # running mean of the gradient, for the centered form, (runs, dim)
    velocity: Array  # (runs, dim)
    left: Array  # decay**updates, (runs, 1)


@dataclass(frozen=True)
class RMSprop(Optimizer):
    """RMSprop: the gradient, divided by its usual size of late.

    Rule: `v <- decay * v + (1 - decay) * gradient**2`, `u = gradient / (sqrt(v) + epsilon)`,
    `velocity <- momentum * velocity + u`, `m <- m - learning_rate * velocity`.

    learning_rate: above 0; 0.01. decay: 0 to below 1; 0.99 (`alpha` in PyTorch, `rho` in Keras). epsilon: above 0;
    1e-8. epsilon_at: `outside` of the root, or `inside`. centered: False; takes the squared running mean of the
    gradient from `v`, so that what is left is its variance. momentum: 0 to below 1; 0. nesterov: False. rate_at:
    `outside` of the velocity, or `inside`. initial_accumulator: what `v` starts with, of at least 0; 0.
    bias_correction: False; divides `v` by `1 - decay**t`.

    What to watch: `v` starts at zero, so that the first step is ten times the rate; TensorFlow 1 starts it at one, and
    its first steps are short.

    Source: T. Tieleman and G. Hinton, Lecture 6.5 of Neural Networks for Machine Learning (2012); centered: A. Graves,
    Generating Sequences With Recurrent Neural Networks (2013). Equals `torch.optim.RMSprop`; with `decay=0.9,
    epsilon_at="inside", rate_at="inside"` `optax.rmsprop` and (epsilon 1e-7) `keras.optimizers.RMSprop`; with
    `initial_accumulator=1` and `epsilon=1e-10` besides `tf.train.RMSPropOptimizer`.

    >>> from gdviz import Formula
    >>> RMSprop(0.05).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(6).tolist()
    [-2.0, -1.5]
    """

    learning_rate: Setting = setting(0.01, above=0)
    decay: Setting = setting(0.99, least=0, below=1)
    epsilon: Setting = setting(1e-8, above=0)
    epsilon_at: str = choice("outside", "inside")
    centered: bool = False
    momentum: Setting = setting(0.0, least=0, below=1)
    nesterov: bool = False
    rate_at: str = choice("outside", "inside")
    initial_accumulator: Setting = setting(0.0, least=0, once=True)
    bias_correction: bool = False

    name = "RMSprop"
    form = (
        "PyTorch; optax: decay=0.9 epsilon_at=inside rate_at=inside; Keras: the same with epsilon=1e-7; "
        "TensorFlow 1: the same with epsilon=1e-10 initial_accumulator=1"
    )

    @property
    def rule(self) -> str:
        """The rule, without momentum where there is none."""
        if self.momentum == 0:
            return "-learning_rate * gradient / usual_size"
        if self.rate_at == "inside":
            return "-momentum * past_steps - learning_rate * gradient / usual_size"
        return "-learning_rate * (momentum * velocity + gradient / usual_size)"

    def init(self, params: Array, shapes: Shapes) -> Means:
        """Start at rest."""
        zero = np.zeros_like(params)
        return Means(zero + self.initial_accumulator, zero, zero, np.ones_like(self.decay))

    def update(self, seen: Seen, state: Means, params: Array, probe: Probe) -> Update:
        """Divide the gradient by its usual size, and keep a part of the velocity."""
        gradient, rate, decay = seen.gradient, self.learning_rate, self.decay
        squares = decay * state.squares + (1 - decay) * gradient * gradient
        mean = decay * state.gradients + (1 - decay) * gradient
        left = state.left * decay
        size = self._size(squares, mean, left)
        scaled = rate * gradient / size if self.rate_at == "inside" else gradient / size
        velocity = self.momentum * state.velocity + scaled
        shown = velocity if self.nesterov else state.velocity
        kept = self.momentum * shown
        step = -kept - scaled if self.rate_at == "inside" else -(rate * (kept + scaled))
        terms: Terms = {
            "learning_rate": rate,
            "gradient": gradient,
            "usual_size": size,
            "mean_square": squares,
            "momentum": self.momentum,
            "past_steps" if self.rate_at == "inside" else "velocity": shown,
            "effective_rate": rate / size,
        }
        return Update(step, Means(squares, mean, velocity, left), terms)

    def _size(self, squares: Array, mean: Array, left: Array) -> Array:
        """Return the usual size of the gradient, `(runs, dim)`."""
        corrected = 1 - left if self.bias_correction else 1.0
        spread = squares / corrected
        if self.centered:
            spread = spread - (mean / corrected) * (mean / corrected)
        size: Array
        size = np.sqrt(spread + self.epsilon) if self.epsilon_at == "inside" else np.sqrt(spread) + self.epsilon
        return size
