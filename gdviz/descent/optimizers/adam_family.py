"""Adam's relatives: they keep its running means, and change what is measured or how far it is trusted."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.elementwise import power
from gdviz.descent.optimizers.moments import Moments, at_rest, blend, divisor
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting
from gdviz.descent.walk import Probe, Seen, Terms, Update


@dataclass(frozen=True)
class Adamax(Optimizer):
    """Adamax: Adam measured by the largest gradient of late instead of the root mean square.

    Rule: `m1 <- beta1 * m1 + (1 - beta1) * gradient`, `u <- max(beta2 * u, |gradient| + epsilon)`,
    `m <- m - learning_rate * m1 / (1 - beta1**t) / u`.

    learning_rate: above 0; 0.002. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: above 0; 1e-8.
    epsilon_at: `inside` of the maximum, or `outside`.

    What to watch: one steep place makes every step short for a long time after.

    Source: D. P. Kingma and J. Ba (2015), algorithm 2. Equals `torch.optim.Adamax` and `optax.adamax`, with
    `epsilon_at="outside"` and epsilon 1e-7 `keras.optimizers.Adamax`.

    >>> from gdviz import Formula
    >>> Adamax(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].round(3).tolist()
    [-2.0, -1.5, -1.026]
    """

    learning_rate: Setting = setting(0.002, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, above=0)
    epsilon_at: str = choice("inside", "outside")

    name = "Adamax"
    rule = "-learning_rate * mean_gradient / largest_size"
    form = "PyTorch, optax; Keras: epsilon_at=outside epsilon=1e-7"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by the largest of late."""
        inside = self.epsilon_at == "inside"
        fresh = np.abs(seen.gradient) + (self.epsilon if inside else 0.0)
        largest = np.maximum(self.beta2 * state.second, fresh)
        moments = state.after(seen.gradient, self.beta1, self.beta2)._replace(second=largest)
        mean, size = moments.mean, largest if inside else largest + self.epsilon
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "mean_gradient": mean,
            "largest_size": size,
            "first_moment": moments.first,
            "correction1": 1 / (1 - moments.left1),
            "effective_rate": self.learning_rate / size,
        }
        return Update(-(self.learning_rate * mean / size), moments, terms)


@dataclass(frozen=True)
class NAdam(Optimizer):
    """Adam with Nesterov's momentum: the mean gradient of the next step, as far as it is known already.

    Rule: the moments are Adam's. `mu_t = beta1 * (1 - 0.96**(t * momentum_decay) / 2)`, `P_t = mu_1 * ... * mu_t`,
    `ahead = (1 - mu_t) * gradient / (1 - P_t) + mu_(t+1) * m1 / (1 - P_t * mu_(t+1))`,
    `m <- m - learning_rate * ahead / (sqrt(square) + epsilon)`.

    learning_rate: above 0; 0.002. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-8.
    momentum_decay: of at least 0; 0.004 (PyTorch; Keras has 1). momentum_form: `scheduled`, as above, or `constant`:
    `ahead = (1 - beta1) * gradient / (1 - beta1**t) + beta1 * m1 / (1 - beta1**(t+1))` (optax). Three libraries, three
    algorithms: they differ visibly.

    What to watch: it turns a little earlier than Adam, for it looks one step ahead.

    Source: T. Dozat, Incorporating Nesterov Momentum into Adam (2016). Equals `torch.optim.NAdam`; with
    `momentum_decay=1` and epsilon 1e-7 `keras.optimizers.Nadam`; with `momentum_form="constant"` `optax.nadam`.

    >>> from gdviz import Formula
    >>> NAdam(0.5).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(4).tolist()
    [-2.0, -1.4718]
    """

    learning_rate: Setting = setting(0.002, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    momentum_decay: Setting = setting(0.004, least=0)
    momentum_form: str = choice("scheduled", "constant")

    name = "NAdam"
    rule = "-learning_rate * mean_ahead / usual_size"
    form = "PyTorch; Keras: momentum_decay=1 epsilon=1e-7; optax: momentum_form=constant"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient of the next step, divided by its usual size."""
        now, following = self._momentum(state.updates + 1), self._momentum(state.updates + 2)
        # What is left of the start is the product of the momenta so far, which differ from step to step.
        left = state.left1 * now
        moments = state.after(seen.gradient, self.beta1, self.beta2)._replace(left1=left)
        ahead = (1 - now) * seen.gradient / (1 - left) + following * moments.first / (1 - left * following)
        size = divisor(np.sqrt(moments.square) + self.epsilon)
        terms = {**moments.terms(self.learning_rate, seen.gradient, size), "mean_ahead": ahead, "momentum": now}
        return Update(-(self.learning_rate * ahead / size), moments, terms)

    def _momentum(self, t: int) -> Array:
        """Return the momentum of update `t`, `(runs, 1)`."""
        if self.momentum_form == "constant":
            return np.asarray(self.beta1)
        momentum: Array = self.beta1 * (1 - 0.5 * power(np.array(0.96), t * self.momentum_decay))
        return momentum


@dataclass(frozen=True)
class RAdam(Optimizer):
    """Rectified Adam: while the usual size is still uncertain, it is not used.

    Rule: with `r = 2 / (1 - beta2) - 1` and `rho = r - 2 * t * beta2**t / (1 - beta2**t)`: where `rho` is above the
    threshold, Adam's step times `sqrt((rho - 4) * (rho - 2) * r / ((r - 4) * (r - 2) * rho))`; before that,
    `m <- m - learning_rate * mean`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-8.
    epsilon_at: `hat`, before the correction (PyTorch), or `outside` (optax). threshold: of at least 4; 5.

    What to watch: the first five steps are plain momentum with the rate as it is, so that a rate that is good for Adam
    may be far too high; then it becomes careful, and slowly Adam.

    Source: L. Liu and others, On the Variance of the Adaptive Learning Rate and Beyond (2020). Equals
    `torch.optim.RAdam`, and `optax.radam` with `epsilon_at="outside"`.

    >>> from gdviz import Formula
    >>> RAdam(0.05).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(2).tolist()
    [-2.0, -1.5]
    """

    learning_rate: Setting = setting(0.001, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    epsilon_at: str = choice("hat", "outside")
    threshold: Setting = setting(5.0, least=4)

    name = "RAdam"
    rule = "-learning_rate * rectification * mean_gradient / usual_size"
    form = "PyTorch; optax: epsilon_at=outside"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size once that is known well enough."""
        moments = state.after(seen.gradient, self.beta1, self.beta2)
        sure, factor = rectification(moments, self.beta2, self.threshold)
        hat = self.epsilon_at == "hat"
        epsilon = moments.before_correction(self.epsilon) if hat else self.epsilon
        size = np.where(sure, divisor(np.sqrt(moments.square) + epsilon), 1.0)
        rate = self.learning_rate * factor
        terms = {**moments.terms(rate, seen.gradient, size), "learning_rate": self.learning_rate}
        return Update(-(rate * moments.mean / size), moments, {**terms, "rectification": factor})


def rectification(moments: Moments, beta2: Array, threshold: Array | float) -> tuple[NDArray[np.bool_], Array]:
    """Return where the second moment is known well enough, and the factor that makes up for its variance, else 1."""
    most = 2 / (1 - beta2) - 1
    length = most - 2 * moments.updates * moments.left2 / (1 - moments.left2)
    sure = length > threshold
    above = (length - 4) * (length - 2) * most
    below = (most - 4) * (most - 2) * length
    return sure, np.where(sure, np.sqrt(np.where(sure, above / below, 1.0)), 1.0)


@dataclass(frozen=True)
class AdaBelief(Optimizer):
    """AdaBelief: Adam measured by how much the gradient differs from what its mean led to expect.

    Rule: `m1 <- beta1 * m1 + (1 - beta1) * gradient`,
    `s <- beta2 * s + (1 - beta2) * (gradient - m1)**2 + epsilon_root`, then as Adam with `s` in place of `m2`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 1e-16.
    epsilon_root: of at least 0; 1e-16, added to `s` at every step, and kept. rectify: False; with RAdam's factor, and
    until it is sure the mean alone, epsilon before the correction.

    What to watch: where the slope stays as expected it takes long steps, however steep it is; where it turns, short
    ones.

    Source: J. Zhuang and others, AdaBelief Optimizer (2020). Equals `optax.adabelief`, and the AdaBelief of
    pytorch_optimizer and torch_optimizer with `epsilon_root` equal to their `eps`.

    >>> from gdviz import Formula
    >>> AdaBelief(0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(3).tolist()
    [-2.0, -1.889]
    """

    learning_rate: Setting = setting(0.001, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-16, least=0)
    epsilon_root: Setting = setting(1e-16, least=0)
    rectify: bool = False

    name = "AdaBelief"
    form = "optax; pytorch_optimizer and torch_optimizer: epsilon_root as large as epsilon"

    @property
    def rule(self) -> str:
        """The rule, with RAdam's factor where it is asked for."""
        return f"-learning_rate * {'rectification * ' if self.rectify else ''}mean_gradient / usual_surprise"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments at zero."""
        return at_rest(params, self.beta1, self.beta2)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual surprise."""
        surprise = seen.gradient - blend(state.first, seen.gradient, self.beta1)
        moments = state.after(seen.gradient, self.beta1, self.beta2, surprise * surprise)
        moments = moments._replace(second=moments.second + self.epsilon_root)
        size = divisor(np.sqrt(moments.square) + self.epsilon)
        factor = np.ones_like(moments.left2)
        if self.rectify:
            sure, factor = rectification(moments, self.beta2, 5.0)
            late = np.sqrt(moments.square) + moments.before_correction(self.epsilon)
            size = np.where(sure, divisor(late), 1.0)
        rate = self.learning_rate * factor
        terms = {**moments.terms(rate, seen.gradient, size), "learning_rate": self.learning_rate}
        step = -(rate * moments.mean / size)
        terms |= {"rectification": factor, "usual_surprise": terms.pop("usual_size")}
        return Update(step, moments, terms)


@dataclass(frozen=True)
class Yogi(Optimizer):
    """Yogi: Adam whose second moment changes by no more than the gradient's square, up or down.

    Rule: `m1` as Adam's, `v <- v - (1 - beta2) * sign(v - gradient**2) * gradient**2`, then as Adam.

    learning_rate: above 0; 0.01. beta1: 0 to below 1; 0.9. beta2: 0 to below 1; 0.999. epsilon: of at least 0; 0.001.
    initial_accumulator: of at least 0; 1e-6, with which both moments start; the correction is applied all the same.

    What to watch: after a steep place the rate recovers slowly and steadily, where Adam's comes back sooner.

    Source: M. Zaheer and others, Adaptive Methods for Nonconvex Optimization (2018). Equals `optax.yogi`, and the Yogi
    of pytorch_optimizer and torch_optimizer.

    >>> from gdviz import Formula
    >>> Yogi(0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(3).tolist()
    [-2.0, -1.9]
    """

    learning_rate: Setting = setting(0.01, above=0)
    beta1: Setting = setting(0.9, least=0, below=1)
    beta2: Setting = setting(0.999, least=0, below=1)
    epsilon: Setting = setting(1e-3, least=0)
    initial_accumulator: Setting = setting(1e-6, least=0, once=True)

    name = "Yogi"
    rule = "-learning_rate * mean_gradient / usual_size"
    form = "optax, pytorch_optimizer, torch_optimizer"

    def init(self, params: Array, shapes: Shapes) -> Moments:
        """Start with both moments a little above zero."""
        return at_rest(params, self.beta1, self.beta2, self.initial_accumulator)

    def update(self, seen: Seen, state: Moments, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient, divided by its usual size."""
        square = seen.gradient * seen.gradient
        second = state.second - (1 - self.beta2) * np.sign(state.second - square) * square
        moments = state.after(seen.gradient, self.beta1, self.beta2)._replace(second=second)
        size = divisor(np.sqrt(moments.square) + self.epsilon)
        terms = moments.terms(self.learning_rate, seen.gradient, size)
        return Update(-(self.learning_rate * moments.mean / size), moments, terms)


class Differences(NamedTuple):
    """What Adan remembers."""

    gradient: Array  # of the step before, (runs, dim)
    moments: tuple[Array, Array, Array]  # running means of gradient, difference, squared look ahead; (runs, dim) each
    left: tuple[Array, Array, Array]  # beta**updates of each, (runs, 1)
    moved: bool


@dataclass(frozen=True)
class Adan(Optimizer):
    """Adan, adaptive Nesterov momentum: it also keeps a mean of how the gradient changes.

    Rule: `d = gradient - gradient before` (0 at first); `m1`, `m2` and `m3` are the running means of `gradient`, of `d`
    and of `(gradient + w * d)**2`, corrected as Adam's; `m <- m - learning_rate * (mean + w * mean_change) /
    (sqrt(square + epsilon_root) + epsilon)`.

    learning_rate: above 0; 0.001. beta1: 0 to below 1; 0.98. beta2: 0 to below 1; 0.92. beta3: 0 to below 1; 0.99.
    epsilon: of at least 0; 1e-8. epsilon_root: of at least 0; 0. weight_decay: of at least 0; 0, `decay_form`
    `divided`: `m / (1 + learning_rate * weight_decay)` after the step (the paper), or `added` to the direction (optax).
    change_weight: `w` is `beta2` (the paper's code, pytorch_optimizer) or what is left of one, `rest` (optax).

    What to watch: the change of the gradient is a brake: it shortens the step before the valley's floor is crossed.

    Source: X. Xie and others, Adan: Adaptive Nesterov Momentum Algorithm (2022). Equals the Adan of pytorch_optimizer;
    with `change_weight="rest", decay_form="added"` and `epsilon_root=1e-8` `optax.adan`.

    >>> from gdviz import Formula
    >>> Adan(0.1).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].round(3).tolist()
    [-2.0, -1.9]
    """

    learning_rate: Setting = setting(0.001, above=0)
    beta1: Setting = setting(0.98, least=0, below=1)
    beta2: Setting = setting(0.92, least=0, below=1)
    beta3: Setting = setting(0.99, least=0, below=1)
    epsilon: Setting = setting(1e-8, least=0)
    epsilon_root: Setting = setting(0.0, least=0)
    weight_decay: Setting = setting(0.0, least=0)
    decay_form: str = choice("divided", "added")
    change_weight: str = choice("beta2", "rest")

    name = "Adan"
    form = "pytorch_optimizer; optax: change_weight=rest decay_form=added epsilon_root=1e-8"

    @property
    def rule(self) -> str:
        """The rule, with the decay where there is some."""
        inside = "mean_gradient + weight * mean_change"
        plain = f"-learning_rate * ({inside}) / usual_size"
        if self.weight_decay == 0:
            return plain
        if self.decay_form == "added":
            return f"-learning_rate * (({inside}) / usual_size + weight_decay * parameter)"
        return f"{plain} - pull"

    def init(self, params: Array, shapes: Shapes) -> Differences:
        """Start with all moments at zero."""
        zero = np.zeros_like(params)
        ones = tuple(np.ones_like(beta) for beta in (self.beta1, self.beta2, self.beta3))
        return Differences(zero, (zero, zero, zero), (ones[0], ones[1], ones[2]), moved=False)

    def update(self, seen: Seen, state: Differences, params: Array, probe: Probe) -> Update:
        """Step by the mean gradient and its mean change."""
        betas = (self.beta1, self.beta2, self.beta3)
        weight = self.beta2 if self.change_weight == "beta2" else 1 - self.beta2
        change = seen.gradient - state.gradient if state.moved else np.zeros_like(params)
        ahead = seen.gradient + weight * change
        fresh = (seen.gradient, change, ahead * ahead)
        left = tuple(part * beta for part, beta in zip(state.left, betas, strict=True))
        moments = tuple(map(blend, state.moments, fresh, betas))
        mean, mean_change, square = (moment / (1 - part) for moment, part in zip(moments, left, strict=True))
        size = divisor(np.sqrt(square + self.epsilon_root) + self.epsilon)
        direction = (mean + weight * mean_change) / size
        down = self.learning_rate * direction
        if self.decay_form == "added":
            pull = self.learning_rate * self.weight_decay * params
        else:
            decay = self.learning_rate * self.weight_decay
            pull = (params - down) * (decay / (1 + decay))
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "mean_gradient": mean,
            "weight": weight,
            "mean_change": mean_change,
            "usual_size": size,
            "pull": pull,
            "weight_decay": self.weight_decay,
            "parameter": params,
            "effective_rate": self.learning_rate / size,
        }
        after = Differences(
            seen.gradient, (moments[0], moments[1], moments[2]), (left[0], left[1], left[2]), moved=True
        )
        return Update(-down - pull, after, terms)
