"""Pieces that go around any method of one gradient: clipping, and weight decay. They can be put around each other."""

import re
from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.elementwise import norm
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, part, setting
from gdviz.descent.walk import Probe, Seen, Update
from gdviz.problems import BadScene


@dataclass(frozen=True)
class Piece(Optimizer):
    """Something around a method: it changes the gradient that the method sees, or the step that it makes."""

    optimizer: Optimizer = part(Optimizer)

    def __post_init__(self) -> None:
        """Check every setting; a method that searches compares losses, which a changed gradient contradicts."""
        super().__post_init__()
        if self.optimizer.searches:
            allowed = "allowed: a method that asks for one gradient at each step, such as Adam(0.1)"
            raise BadScene(f"{type(self).__name__}(optimizer=...)", self.optimizer.name, allowed)

    @property
    def learning_rate(self) -> Any:
        """The rate of the method."""
        return getattr(self.optimizer, "learning_rate", 1.0)

    def init(self, params: Array, shapes: Shapes) -> Any:
        """Return the state of the method."""
        return self.optimizer.init(params, shapes)


@dataclass(frozen=True)
class Clipped(Piece):
    """A piece that shortens the gradient."""

    @property
    def name(self) -> str:
        """The name of the method, clipped."""
        return self.optimizer.name if isinstance(self.optimizer, Clipped) else f"clipped {self.optimizer.name}"

    @property
    def rule(self) -> str:
        """The rule of the method, with the shortened gradient."""
        return _renamed(self.optimizer.rule, "clipped_gradient")

    @abstractmethod
    def clip(self, gradient: Array) -> Array:
        """Return the gradient `(runs, dim)`, shortened."""

    def update(self, seen: Seen, state: Any, params: Array, probe: Probe) -> Update:
        """Let the method step by the shortened gradient."""
        clipped = self.clip(seen.gradient)
        update = self.optimizer.update(Seen(seen.value, clipped), state, params, probe)
        terms = {**update.terms, "clipped_gradient": update.terms.get("clipped_gradient", clipped)}
        return Update(update.step, update.state, {**terms, "gradient": seen.gradient})


@dataclass(frozen=True)
class ClipByNorm(Clipped):
    """Clip the gradient by its norm: a longer one is shortened to the limit, its direction stays.

    Rule: `gradient <- gradient * min(1, limit / |gradient|)` over all parameters, then as the method.

    optimizer: the method. limit: above 0; 1.

    What to watch: at a cliff the step stays as long as the limit allows.

    Source: R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks (2013). Equals
    `optax.clip_by_global_norm` and `tf.clip_by_global_norm` before the method; `torch.nn.utils.clip_grad_norm_` adds
    1e-6 to the norm.

    >>> from gdviz import Formula, GradientDescent
    >>> path = ClipByNorm(GradientDescent(0.5), 2.0).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].tolist()
    [-2.0, -1.0]
    """

    limit: Setting = setting(1.0, above=0)

    form = "optax.clip_by_global_norm, tf.clip_by_global_norm"

    def clip(self, gradient: Array) -> Array:
        """Return the gradient, at most as long as the limit."""
        length = norm(gradient)
        clipped: Array = np.where(length > self.limit, gradient * (self.limit / length), gradient)
        return clipped


@dataclass(frozen=True)
class ClipByValue(Clipped):
    """Clip each number of the gradient to the limit; its direction may change.

    Rule: `gradient <- max(-limit, min(limit, gradient))`, then as the method.

    optimizer: the method. limit: above 0; 1.

    What to watch: far out all slopes count the same, so that the steps are equally long.

    Source: T. Mikolov, Statistical Language Models Based on Neural Networks (2012). Equals `optax.clip`,
    `tf.clip_by_value`, `torch.nn.utils.clip_grad_value_` before the method.

    >>> from gdviz import Formula, GradientDescent
    >>> path = ClipByValue(GradientDescent(0.5), 2.0).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].tolist()
    [-2.0, -1.0]
    """

    limit: Setting = setting(1.0, above=0)

    form = "optax.clip, torch.nn.utils.clip_grad_value_"

    def clip(self, gradient: Array) -> Array:
        """Return the gradient, each number at most as large as the limit."""
        return np.clip(gradient, -np.asarray(self.limit), self.limit)


@dataclass(frozen=True)
class WeightDecay(Piece):
    """Weight decay around any method.

    Rule: `decoupled`: `m <- m - learning_rate * weight_decay * m`, besides the method's own step; `l2`:
    `gradient <- gradient + weight_decay * m`, then as the method.

    optimizer: the method. weight_decay: of at least 0; 0.01. decay_form: `decoupled` (Keras' `weight_decay`; AdamW),
    or `l2` (PyTorch's `weight_decay` of most methods), as a term `weight_decay / 2 * m**2` of the loss would.

    What to watch: it comes to rest nearer to zero than the minimum.

    Source: I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization (2019). `WeightDecay(Adam(rate), d)` is
    `AdamW(rate, weight_decay=d)`.

    >>> from gdviz import Formula, GradientDescent
    >>> path = WeightDecay(GradientDescent(0.5), 0.125).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].tolist()
    [-2.0, 3.125]
    """

    weight_decay: Setting = setting(0.01, least=0)
    decay_form: str = choice("decoupled", "l2")

    form = "Keras; PyTorch: decay_form=l2"

    def __post_init__(self) -> None:
        """Check every setting; two decays in one another are one."""
        super().__post_init__()
        inner: Any = self.optimizer
        while isinstance(inner, Piece):
            if isinstance(inner, WeightDecay):
                allowed = "allowed: one WeightDecay around a method; add the two decays"
                raise BadScene("WeightDecay(optimizer=...)", "a method with WeightDecay", allowed)
            inner = inner.optimizer

    @property
    def name(self) -> str:
        """The name of the method, with its decay."""
        return f"{self.optimizer.name} with weight decay"

    @property
    def rule(self) -> str:
        """The rule of the method, with the decay where it acts."""
        if self.decay_form == "l2":
            return _renamed(self.optimizer.rule, "(gradient + decay * parameter)")
        return f"{self.optimizer.rule} - learning_rate * decay * parameter"

    def update(self, seen: Seen, state: Any, params: Array, probe: Probe) -> Update:
        """Let the method step, and the parameters decay."""
        pull = self.weight_decay * params
        coupled = self.decay_form == "l2"
        used = Seen(seen.value, seen.gradient + pull) if coupled else seen
        update = self.optimizer.update(used, state, params, probe)
        rate = update.terms.get("learning_rate", self.learning_rate)
        step = update.step if coupled else update.step - rate * pull
        own = {"decay": self.weight_decay, "parameter": params, "learning_rate": rate, "gradient": seen.gradient}
        return Update(step, update.state, {**update.terms, **own})


def _renamed(rule: str, gradient: str) -> str:
    """Return a rule with other words for the gradient; one that does not name it stays as it is."""
    return re.sub(r"\bgradient\b", lambda _: gradient, rule)
