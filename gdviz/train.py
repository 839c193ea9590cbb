"""TensorFlow 1's `tf.train`: its ten optimizers by their own names, with its own defaults.

The article's lines run with `tensorflow` replaced by `gdviz`:

    train_step = gdviz.train.AdamOptimizer(1e-4).minimize(cross_entropy)

Each returns the optimizer of gdviz that computes exactly what TensorFlow's does; `minimize` runs the whole descent, 100
steps from the loss's start unless told otherwise. Any number may be a schedule (`gdviz.schedules`). Of the originals'
arguments `use_locking` and `name` are left out: they say nothing of the numbers; what comes after them there is given
by name here. TensorFlow's decays are schedules: `gdviz.schedules.Exponential` for `exponential_decay`, and so on.
"""

from typing import Any

from gdviz.descent.optimizers import (
    Adadelta,
    Adagrad,
    AdagradDA,
    Adam,
    Ftrl,
    GradientDescent,
    Momentum,
    ProximalAdagrad,
    ProximalGradientDescent,
    RMSprop,
)
from gdviz.problems import BadScene


def GradientDescentOptimizer(learning_rate: Any) -> GradientDescent:
    """`m <- m - learning_rate * gradient`."""
    return GradientDescent(learning_rate)


def MomentumOptimizer(learning_rate: Any, momentum: Any, *, use_nesterov: bool = False) -> Momentum:
    """Gradient descent with a velocity; the rate is outside of it."""
    return Momentum(learning_rate, momentum, nesterov=use_nesterov)


def AdagradOptimizer(learning_rate: Any, initial_accumulator_value: Any = 0.1) -> Adagrad:
    """Adagrad without any epsilon: the accumulator starts above zero instead."""
    _above_zero("AdagradOptimizer(initial_accumulator_value=...)", initial_accumulator_value)
    return Adagrad(learning_rate, initial_accumulator_value, epsilon=0)


def AdagradDAOptimizer(
    learning_rate: Any,
    global_step: int,
    initial_gradient_squared_accumulator_value: Any = 0.1,
    l1_regularization_strength: Any = 0.0,
    l2_regularization_strength: Any = 0.0,
) -> AdagradDA:
    """Adagrad with dual averaging, which forgets its start; `global_step` counts the updates before the first: 0."""
    return AdagradDA(
        learning_rate,
        initial_gradient_squared_accumulator_value,
        l1_regularization_strength,
        l2_regularization_strength,
        global_step,
    )


def AdadeltaOptimizer(learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-8) -> Adadelta:
    """Adadelta; with the default rate of 0.001 it looks frozen, the paper has 1."""
    return Adadelta(learning_rate, rho, epsilon)


def AdamOptimizer(learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999, epsilon: Any = 1e-8) -> Adam:
    """Adam with the paper's "epsilon hat": added before the correction of the second moment."""
    return Adam(learning_rate, beta1, beta2, epsilon, epsilon_at="hat")


def FtrlOptimizer(
    learning_rate: Any,
    learning_rate_power: Any = -0.5,
    initial_accumulator_value: Any = 0.1,
    l1_regularization_strength: Any = 0.0,
    l2_regularization_strength: Any = 0.0,
    *,
    l2_shrinkage_regularization_strength: Any = 0.0,
    beta: Any = None,
) -> Ftrl:
    """Follow the regularised leader; the start is shrunk at the first step."""
    return Ftrl(
        learning_rate,
        learning_rate_power,
        initial_accumulator_value,
        l1_regularization_strength,
        l2_regularization_strength,
        l2_shrinkage_regularization_strength,
        0.0 if beta is None else beta,
    )


def ProximalGradientDescentOptimizer(
    learning_rate: Any, l1_regularization_strength: Any = 0.0, l2_regularization_strength: Any = 0.0
) -> ProximalGradientDescent:
    """Gradient descent with the penalties solved exactly."""
    return ProximalGradientDescent(learning_rate, l1_regularization_strength, l2_regularization_strength)


def ProximalAdagradOptimizer(
    learning_rate: Any,
    initial_accumulator_value: Any = 0.1,
    l1_regularization_strength: Any = 0.0,
    l2_regularization_strength: Any = 0.0,
) -> ProximalAdagrad:
    """Adagrad with the penalties solved exactly."""
    return ProximalAdagrad(
        learning_rate, initial_accumulator_value, l1_regularization_strength, l2_regularization_strength
    )


def RMSPropOptimizer(
    learning_rate: Any, decay: Any = 0.9, momentum: Any = 0.0, epsilon: Any = 1e-10, *, centered: bool = False
) -> RMSprop:
    """RMSprop whose mean square starts at one, epsilon inside of the root and the rate inside of the velocity."""
    return RMSprop(
        learning_rate,
        decay,
        epsilon,
        epsilon_at="inside",
        centered=centered,
        momentum=momentum,
        rate_at="inside",
        initial_accumulator=1.0,
    )


def _above_zero(where: str, given: Any) -> None:
    if isinstance(given, int | float) and not given > 0:
        raise BadScene(where, given, "allowed: a number above 0, as there is no epsilon")
