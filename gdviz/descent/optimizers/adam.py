"""Adam: a running mean of the gradient, measured by its usual size."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.moments import Moments, at_rest, divisor
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting
from gdviz.descent.walk import Probe, Seen, Update


class Memory(NamedTuple):
    """What Adam remembers."""

    moments: Moments
    largest: Array  # the largest second moment so far, for AMSGrad, (runs, dim)


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, adaptive moment estimation.

    Rule: `m1 <- beta1 * m1 + (1 - beta1) * gradient`, `m2 <- beta2 * m2 + (1 - beta2) * gradient**2`, both corrected
    for their start at zero (`mean = m1 / (1 - beta1**t)`, `square = m2 / (1 - beta2**t)`), then
    `m <- m - learning_rate * mean / (sqrt(square) + epsilon)`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-8.
    epsilon_at: `outside` of the root, or `hat`: added to `sqrt(m2)` before the correction, as in the remark at the end
        of the paper's section 2; at the first step it then weighs 31.6 times as much.
    epsilon_root: of at least 0; 0; one more, inside of the root.
    amsgrad: `no`, or the largest second moment so far: `raw` (the largest `m2`, then corrected: PyTorch, Keras),
        `corrected` (the largest corrected one: optax), `uncorrected` (the largest `m2`, left as it is, while the mean
        is corrected: optax with `bias_correction_nu=False`). The paper corrects neither.

    What to watch: the first steps are all as long as the rate, however steep the slope; then it overshoots, since
    the mean remembers the slopes of before.

    Source: D. P. Kingma and J. Ba, Adam: A Method for Stochastic Optimization, algorithm 1 (2015); S. Reddi, S. Kale
    and S. Kumar, On the Convergence of Adam and Beyond (2018). Equals `torch.optim.Adam` and `optax.adam`; with
    `epsilon_at="hat"` `tf.train.AdamOptimizer` and (epsilon 1e-7) `keras.optimizers.Adam`.

    >>> from gdviz import Formula
    >>> Adam(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].round(2).tolist()
    [-2.0, -1.5, -1.0]
    """

    learning_rate: Setting = setting(0.001, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    epsilon_at: str = choice("outside", "hat")
    epsilon_root: Setting = setting(0.0, least=0)
    amsgrad: str = choice("no", "raw", "corrected", "uncorrected")

    rule = "-learning_rate * mean_gradient / usual_size"
    form = "the paper, PyTorch, optax; TensorFlow 1: epsilon_at=hat; Keras: epsilon_at=hat epsilon=1e-7"

    @property
    def name(self) -> str:
        """The name; AMSGrad where it keeps the largest moment."""
        return "Adam" if self.amsgrad == "no" else "AMSGrad"

    def init(self, params: Array, shapes: Shapes) -> Memory:
        """Start with both moments at zero."""
        return Memory(at_rest(params, self.beta1, self.beta2), np.zeros_like(params))

    def update(self, seen: Seen, state: Memory, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size."""
        memory, terms = _after(self, seen.gradient, state)
        return Update(-(self.learning_rate * terms["mean_gradient"] / terms["usual_size"]), memory, terms)


@dataclass(frozen=True)
class AdamW(Optimizer):
    """Adam with decoupled weight decay: the pull towards zero is not divided by the usual size.

    Rule: as Adam, `m <- m - learning_rate * (mean / (sqrt(square) + epsilon) + weight_decay * m)`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-8.
    weight_decay: of at least 0; 0.01 (PyTorch; Keras has 0.004, optax 1e-4). epsilon_at, epsilon_root, amsgrad: as in
    `Adam`.

    What to watch: it comes to rest not in the minimum but where decay and gradient are in balance, nearer to zero.

    Source: I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization (2019). Equals `torch.optim.AdamW` and
    `optax.adamw`, with `epsilon_at="hat"` `keras.optimizers.AdamW`.

    >>> from gdviz import Formula
    >>> AdamW(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(2).tolist()
    [-2.0, -1.49]
    """

    learning_rate: Setting = setting(0.001, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    weight_decay: Setting = setting(0.01, least=0)
    epsilon_at: str = choice("outside", "hat")
    epsilon_root: Setting = setting(0.0, least=0)
    amsgrad: str = choice("no", "raw", "corrected", "uncorrected")

    name = "AdamW"
    rule = "-learning_rate * (mean_gradient / usual_size + weight_decay * parameter)"
    form = "PyTorch; optax: weight_decay=1e-4; Keras: weight_decay=0.004 epsilon_at=hat epsilon=1e-7"

    def init(self, params: Array, shapes: Shapes) -> Memory:
        """Start with both moments at zero."""
        return Memory(at_rest(params, self.beta1, self.beta2), np.zeros_like(params))

    def update(self, seen: Seen, state: Memory, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size, and by a part of the parameters."""
        memory, terms = _after(self, seen.gradient, state)
        scaled = terms["mean_gradient"] / terms["usual_size"]
        step = -(self.learning_rate * (scaled + self.weight_decay * params))
        return Update(step, memory, {**terms, "weight_decay": self.weight_decay, "parameter": params})


def _after(settings: Adam | AdamW, gradient: Array, state: Memory) -> tuple[Memory, dict[str, Array]]:
    """Return what Adam remembers after a gradient, and the terms made of it."""
    moments = state.moments.after(gradient, settings.beta1, settings.beta2)
    hat = settings.epsilon_at == "hat"
    epsilon = moments.before_correction(settings.epsilon) if hat else settings.epsilon
    square, largest = _square(settings.amsgrad, moments, state.largest)
    root = np.sqrt(square + settings.epsilon_root)
    terms = moments.terms(settings.learning_rate, gradient, divisor(root + epsilon))
    return Memory(moments, largest), {**terms, "root": root, "epsilon": epsilon}


def _square(amsgrad: str, moments: Moments, largest: Array) -> tuple[Array, Array]:
    """Return the second moment that counts, and the largest so far."""
    if amsgrad == "no":
        return moments.square, largest
    largest = np.maximum(largest, moments.square if amsgrad == "corrected" else moments.second)
    return (largest / (1 - moments.left2) if amsgrad == "raw" else largest), largest
