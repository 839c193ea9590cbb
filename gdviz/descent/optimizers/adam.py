"""Adam: a running mean of the gradient, measured by its usual size."""

from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.moments import Moments, at_rest, blend
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam, adaptive moment estimation.

    Rule: `m1 <- beta1 * m1 + (1 - beta1) * gradient`, `m2 <- beta2 * m2 + (1 - beta2) * gradient**2`, both corrected
    for their start at zero (`mean = m1 / (1 - beta1**t)`, `square = m2 / (1 - beta2**t)`), then
    `m <- m - learning_rate * mean / (sqrt(square) + epsilon)`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-8.
    epsilon_at: `outside` of the root, or `hat`: added to `sqrt(m2)` before the correction, as in the remark at the end
        of the paper's section 2; at the first step it then weighs 31.6 times as much.
    epsilon_root: 0; one more, inside of the root.
    amsgrad: `no`, or the largest second moment so far: `raw` (the largest `m2`, then corrected: PyTorch, Keras),
        `corrected` (the largest corrected one: optax), `uncorrected` (the largest `m2`, left as it is: the paper).

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
    form = "the paper, PyTorch, optax; TensorFlow 1 and Keras with epsilon_at=hat"

    @property
    def name(self) -> str:
        """The name; AMSGrad where it keeps the largest moment."""
        return "Adam" if self.amsgrad == "no" else "AMSGrad"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size."""
        moments, terms = adam_terms(self, seen.gradient, state)
        return Update(-(self.learning_rate * terms["mean_gradient"] / terms["usual_size"]), moments, terms)


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
    form = "PyTorch, optax; Keras with epsilon_at=hat"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size, and by a part of the parameters."""
        moments, terms = adam_terms(self, seen.gradient, state)
        scaled = terms["mean_gradient"] / terms["usual_size"]
        step = -(self.learning_rate * (scaled + self.weight_decay * params))
        return Update(step, moments, {**terms, "weight_decay": self.weight_decay, "parameter": params})


def adam_terms(settings: Adam | AdamW, gradient: Array, state: Moments) -> tuple[Moments, Terms]:
    """Return Adam's moments after a gradient, and the terms made of them."""
    left1, left2 = state.left1 * settings.beta1, state.left2 * settings.beta2
    first = blend(state.first, gradient, settings.beta1)
    second = blend(state.second, gradient * gradient, settings.beta2)
    correction1, correction2 = 1 / (1 - left1), 1 / (1 - left2)
    square, largest = _square(settings.amsgrad, second, second / (1 - left2), state.largest, 1 - left2)
    # Before the correction epsilon is as much smaller as the root is: it counts for more after it.
    epsilon = settings.epsilon / np.sqrt(1 - left2) if settings.epsilon_at == "hat" else settings.epsilon
    size = np.sqrt(square + settings.epsilon_root) + epsilon
    # Where no gradient has been met and no epsilon is, there is nothing to divide by, and no step to take.
    size = size if size.all() else np.where(size > 0, size, 1.0)
    terms: Terms = {
        "learning_rate": settings.learning_rate,
        "gradient": gradient,
        "mean_gradient": first / (1 - left1),
        "usual_size": size,
        "first_moment": first,
        "second_moment": second,
        "correction1": correction1,
        "correction2": correction2,
        "effective_rate": settings.learning_rate / size,
    }
    return Moments(state.updates + 1, first, second, largest, left1, left2), terms


def _square(amsgrad: str, second: Array, corrected: Array, largest: Array, grown: Array) -> tuple[Array, Array]:
    """Return the second moment that counts, and the largest so far."""
    if amsgrad == "no":
        return corrected, largest
    largest = np.maximum(largest, corrected if amsgrad == "corrected" else second)
    return (largest / grown if amsgrad == "raw" else largest), largest
