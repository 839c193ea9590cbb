"""What it costs to predict a target badly: the mean over the examples, and its slope by the model's outputs.

A model's outputs are arrays `(units, n)`, a column for each example. The targets are numbers `(n,)`, or the numbers of
classes `(n,)`. Two classes have one output, whose logistic function is the probability of the second; more have one
output each, and the softmax of a column is the probabilities of the classes.

    Cost (abstract)
    ├── CrossEntropy                 of classes
    ├── Hinge                        of classes
    └── Distance (abstract)         of numbers; for classes, of the probabilities from 0 and 1
        ├── MeanSquaredError
        ├── MeanAbsoluteError
        └── Huber
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, final

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.activations import sigmoid
from gdviz.descent.loss import Array
from gdviz.descent.places import real
from gdviz.problems import BadScene, choose

Labels = NDArray[np.intp]


class Cost(ABC):
    """A cost; `name` is how it is written in a scene file."""

    name: ClassVar[str]

    @abstractmethod
    def of_classes(self, outputs: Array, labels: Labels) -> tuple[float, Array]:
        """Return the mean cost of predicting classes `(n,)`, and its slope by the outputs, both `(units, n)`."""


@final
@dataclass(frozen=True)
class CrossEntropy(Cost):
    """The cross-entropy of the classes: the mean of -ln p, p being the probability given to the right class.

    With two classes and no hidden layer that is logistic regression, with more it is softmax regression (Cox: "The
    regression analysis of binary sequences", 1958). Never the logarithm of a rounded probability: it is found from the
    outputs, less the largest of a column, so that no exponential overflows.
    """

    name: ClassVar[str] = "cross_entropy"

    def of_classes(self, outputs: Array, labels: Labels) -> tuple[float, Array]:
        """Return the mean of -ln p, and (p - y) / n."""
        count = labels.size
        if len(outputs) == 1:
            wrong = np.where(labels == 1, -outputs[0], outputs[0])
            costs = np.maximum(wrong, 0.0) + np.log1p(np.exp(-np.abs(wrong)))
            slope = np.where(labels == 1, -1.0, 1.0) * sigmoid(wrong) / count
            return float(costs.sum() / count), slope[None]
        each = np.arange(count)
        shifted = outputs - outputs.max(axis=0)
        right = shifted[labels, each]
        np.exp(shifted, out=shifted)
        total = shifted.sum(axis=0)
        value = float((np.log(total) - right).sum() / count)
        shifted /= total * count
        shifted[labels, each] -= 1.0 / count
        return value, shifted


@final
@dataclass(frozen=True)
class Hinge(Cost):
    """The hinge: nothing where the right class leads by a margin of 1, else what is lacking.

    Two classes: the mean of max(0, 1 - t z), with t = ±1 (Cortes, Vapnik: "Support-vector networks", 1995). More: the
    mean over examples and classes of max(0, 1 + z - z of the right one), the right class itself left out of the sum
    (Weston, Watkins: "Support vector machines for multi-class pattern recognition", 1999), as in PyTorch.
    """

    name: ClassVar[str] = "hinge"

    def of_classes(self, outputs: Array, labels: Labels) -> tuple[float, Array]:
        """Return the mean hinge and its slope; 0 where the margin is met exactly."""
        count = labels.size
        if len(outputs) == 1:
            sign = np.where(labels == 1, 1.0, -1.0)
            lacking = 1.0 - sign * outputs[0]
            return float(np.maximum(lacking, 0.0).sum() / count), np.where(lacking > 0.0, -sign / count, 0.0)[None]
        each = np.arange(count)
        lacking = 1.0 + outputs - outputs[labels, each]
        lacking[labels, each] = 0.0
        share = 1.0 / (count * len(outputs))
        slope = np.where(lacking > 0.0, share, 0.0)
        slope[labels, each] = -slope.sum(axis=0)
        return float(np.maximum(lacking, 0.0).sum() * share), slope


class Distance(Cost):
    """A cost of how far a prediction is from its target, a number or the probability of a class."""

    @abstractmethod
    def _each(self, errors: Array) -> tuple[Array, Array]:
        """Return what errors of any shape cost, and the slopes."""

    def of_numbers(self, outputs: Array, targets: Array) -> tuple[float, Array]:
        """Return the mean cost of predicting numbers `(n,)`, and its slope `(1, n)` by the outputs `(1, n)`."""
        costs, slopes = self._each(outputs - targets)
        return float(costs.sum() / targets.size), slopes / targets.size

    def of_classes(self, outputs: Array, labels: Labels) -> tuple[float, Array]:
        """Return the mean cost of the probabilities' errors, summed over the classes, and its slope.

        Squared, that is the Brier score ("Verification of forecasts expressed in terms of probability", 1950).
        """
        count = labels.size
        if len(outputs) == 1:
            sure = sigmoid(outputs)
            costs, slopes = self._each(sure - (labels == 1))
            return float(costs.sum() / count), slopes * sure * sigmoid(-outputs) / count
        sure = softmax(outputs)
        costs, slopes = self._each(sure - (np.arange(len(outputs))[:, None] == labels))
        return float(costs.sum() / count), sure * (slopes - (sure * slopes).sum(axis=0)) / count


@final
@dataclass(frozen=True)
class MeanSquaredError(Distance):
    """The mean of the squared errors (Legendre 1805)."""

    name: ClassVar[str] = "mean_squared_error"

    def _each(self, errors: Array) -> tuple[Array, Array]:
        return errors * errors, 2.0 * errors


@final
@dataclass(frozen=True)
class MeanAbsoluteError(Distance):
    """The mean of the errors without their signs; an error of exactly 0 has the slope 0."""

    name: ClassVar[str] = "mean_absolute_error"

    def _each(self, errors: Array) -> tuple[Array, Array]:
        return np.abs(errors), np.sign(errors)


@final
@dataclass(frozen=True)
class Huber(Distance):
    """Half the square of an error up to `delta`, and beyond it straight on.

    delta: in the targets' unit, more than 0. Huber: "Robust estimation of a location parameter", 1964.
    """

    delta: float = 1.0
    name: ClassVar[str] = "huber"

    def __post_init__(self) -> None:
        """Check delta."""
        delta = real(self.delta)
        if isinstance(self.delta, bool) or not 0.0 < delta < np.inf:
            raise BadScene("delta", self.delta, "allowed: a number above 0")
        object.__setattr__(self, "delta", delta)

    def _each(self, errors: Array) -> tuple[Array, Array]:
        size = np.abs(errors)
        costs = np.where(size <= self.delta, 0.5 * errors * errors, self.delta * (size - 0.5 * self.delta))
        return costs, np.clip(errors, -self.delta, self.delta)


COSTS: dict[str, type[Cost]] = {
    kind.name: kind for kind in (CrossEntropy, Hinge, Huber, MeanAbsoluteError, MeanSquaredError)
}


def softmax(outputs: Array) -> Array:
    """Return the probabilities `(units, n)` of the classes, each column summing to 1."""
    shifted = np.exp(outputs - outputs.max(axis=0))
    return np.asarray(shifted / shifted.sum(axis=0))


def cost_of(given: object, *, classes: bool) -> Cost:
    """Return a cost from what a user gave: a cost, its name, or None for the usual one of such targets.

    Raises `BadScene` for a name that there is not, and for a cost of classes where the targets are numbers.
    """
    if given is None:
        return CrossEntropy() if classes else MeanSquaredError()
    if isinstance(given, str):
        if given not in COSTS:
            raise BadScene("cost", given, choose(given, COSTS))
        given = COSTS[given]()
    if not isinstance(given, Cost):
        raise BadScene("cost", given, f"allowed: {', '.join(f'{kind.__name__}()' for kind in COSTS.values())}")
    if not classes and not isinstance(given, Distance):
        raise BadScene("cost", given.name, "it is of classes, and these targets are numbers; give classes, or another")
    return given
