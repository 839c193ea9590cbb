"""What the units of a network do with their sums."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array

_erf = np.frompyfunc(math.erf, 1, 1)


@dataclass(frozen=True)
class Activation:
    """A function of a unit's sum `z`, and its slope.

    of: returns the unit's output for sums of any shape. slope: returns its derivative there, of the sums and of the
    outputs, which some know it by. gain: how wide the first weights are spread, see `Network`.
    """

    name: str
    of: Callable[[Array], Array]
    slope: Callable[[Array, Array], Array]
    gain: float


def sigmoid(z: Array) -> Array:
    """Return 1 / (1 + exp(-z)); exp is never given a positive number."""
    small = np.exp(-np.abs(z))
    return np.asarray(np.where(z >= 0.0, 1.0, small) / (1.0 + small))


def _normal(z: Array) -> Array:
    """Return the normal distribution's probability of less than z."""
    return 0.5 * (1.0 + np.asarray(_erf(z / math.sqrt(2.0)), dtype=np.float64))


def _tanh_slope(_: Array, output: Array) -> Array:
    return 1.0 - output * output


def _sigmoid_slope(_: Array, output: Array) -> Array:
    return output * (1.0 - output)


def _relu(z: Array) -> Array:
    return np.maximum(z, 0.0)


def _relu_slope(z: Array, _: Array) -> Array:
    return np.asarray(z > 0.0, dtype=np.float64)


def _gelu(z: Array) -> Array:
    return z * _normal(z)


def _gelu_slope(z: Array, _: Array) -> Array:
    return np.asarray(_normal(z) + z * np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi))


# tanh; the logistic function; max(0, z), with slope 0 at 0 (Nair, Hinton: "Rectified linear units improve restricted
# Boltzmann machines", 2010); z times the normal distribution's probability of less than z (Hendrycks, Gimpel:
# "Gaussian error linear units", 2016).
ACTIVATIONS: dict[str, Activation] = {
    one.name: one
    for one in (
        Activation("tanh", np.tanh, _tanh_slope, 1.0),
        Activation("relu", _relu, _relu_slope, math.sqrt(2.0)),
        Activation("sigmoid", sigmoid, _sigmoid_slope, 1.0),
        Activation("gelu", _gelu, _gelu_slope, math.sqrt(2.0)),
    )
}
