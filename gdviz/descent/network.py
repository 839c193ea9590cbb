"""Models of many weights: linear, logistic and softmax regression, and small dense networks, by backpropagation."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, Self, cast, final

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.activations import ACTIVATIONS, Activation, sigmoid
from gdviz.descent.batches import Batches, uniform
from gdviz.descent.costs import Cost, Distance, cost_of, softmax
from gdviz.descent.dataset import Dataset
from gdviz.descent.loss import About, Array
from gdviz.descent.mean_loss import as_rows
from gdviz.descent.places import real
from gdviz.problems import BadScene, choose

MOST_HIDDEN, MOST_UNITS = 8, 4096
MOST_WEIGHTS = 2_000_000
# Multiplications. OpenBLAS shares a product of more among its threads and waits for them; on a busy machine that takes
# ten times as long as one thread alone does. What is larger than `_SMALL` is worth sharing, and so is what would fall
# into parts of fewer than `_FEWEST` examples.
_ALONE, _SMALL, _FEWEST = 262_144, 2**24, 16


class Layer(NamedTuple):
    """The weights `(units before, units)` of a layer and its intercepts `(units,)`, or None without them."""

    weights: Array
    intercepts: Array | None


@dataclass(frozen=True)
class Trace:
    """What goes through a network and back, for examples `n`; arrays have a column for each of them.

    outputs: of each layer, the inputs first, `(units, n)`; the last are the sums of the last layer.
    sums: of each layer of weights, `(units, n)`.
    sent_back: the slope of the loss by each layer's sums, `(units, n)`.
    slopes: of the activation at each hidden layer's sums, `(units, n)`.
    gradients: the slope of the loss by each layer's weights and intercepts, as in `Layer`.
    cost: the cost without the penalties.
    """

    outputs: tuple[Array, ...]
    sums: tuple[Array, ...]
    sent_back: tuple[Array, ...]
    slopes: tuple[Array, ...]
    gradients: tuple[Layer, ...]
    cost: float


@final
@dataclass(frozen=True)
class Network:
    """The mean cost of a dense network's predictions, and the penalties of its weights.

        h = inputs;   h = activation(W h + b) for each hidden layer;   outputs = W h + b
        loss = mean cost(outputs, targets) + l1 Σ |w| + l2/2 Σ w²

    data: the examples. hidden: the units of each hidden layer; none of them is linear, logistic or softmax regression,
        as the targets are numbers, two classes or more.
    activation: of the hidden units, "tanh", "relu", "sigmoid" or "gelu".
    cost: a `CrossEntropy`, `Hinge`, `MeanSquaredError`, `MeanAbsoluteError`, `Huber`, or its name; cross-entropy for
        classes and the squared error for numbers unless given.
    l1, l2: of the weights alone, not of the intercepts; both together are the elastic net (Zou, Hastie 2005).
    intercepts: whether there are any.
    batch_size: how many examples each step looks at, all unless given, see `Batches`.
    seed: of the first weights and of the order of mini-batches.

    The parameters are packed in one vector, layer by layer: `W1 (inputs, units)` row by row, `b1 (units,)`, `W2`, ...;
    `W` and `b` where there is one layer. A network with hidden layers starts with weights that are uniform up to
    gain * √(6 / (units before + units)) (Glorot, Bengio: "Understanding the difficulty of training deep feedforward
    neural networks", 2010), of ReLU and GELU up to √(6 / units before) (He and others: "Delving deep into rectifiers",
    2015); intercepts, and the weights of a single layer, start at zero.

    The gradient is found backwards, layer by layer (Rumelhart, Hinton, Williams: "Learning representations by
    back-propagating errors", 1986).

    Raises `BadScene` for a field that can't be used.
    """

    data: Dataset
    hidden: Sequence[int] = ()
    activation: str = "tanh"
    cost: Cost | str | None = None
    l1: float = 0.0
    l2: float = 0.0
    intercepts: bool = True
    batch_size: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        """Check every field."""
        if not isinstance(self.data, Dataset):
            raise BadScene("data", self.data, "give Dataset(inputs, targets) or Dataset.from_csv(path, target=...)")
        self._settle("hidden", _checked_hidden(self.hidden))
        if self.activation not in ACTIVATIONS:
            raise BadScene("activation", self.activation, choose(str(self.activation), ACTIVATIONS))
        self._settle("cost", cost_of(self.cost, classes=bool(self.data.classes)))
        for name in ("l1", "l2"):
            weight = real(getattr(self, name))
            if isinstance(getattr(self, name), bool) or not 0.0 <= weight < np.inf:
                raise BadScene(name, getattr(self, name), "allowed: a number from 0")
            self._settle(name, weight)
        if not isinstance(self.intercepts, bool):
            raise BadScene("intercepts", self.intercepts, "allowed: True, False")
        _ = self.batches  # which checks its own
        if sum((before + self.intercepts) * units for before, units in pairwise(self.widths)) > MOST_WEIGHTS:
            raise BadScene("hidden", list(self.hidden), f"allowed: up to {MOST_WEIGHTS:,} weights; these make more")

    def _settle(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    # What it is

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The units of each layer, from the inputs to the outputs."""
        classes = len(self.data.classes)
        return (self.data.inputs.shape[1], *self.hidden, classes if classes > 2 else 1)

    @cached_property
    def about(self) -> About:
        """Names and shapes of what is packed, and the start."""
        names: list[str] = []
        shapes: list[tuple[int, ...]] = []
        for number, (before, units) in enumerate(pairwise(self.widths), 1):
            mark = str(number) if self.hidden else ""
            names.append(f"W{mark}")
            shapes.append((before, units))
            if self.intercepts:
                names.append(f"b{mark}")
                shapes.append((units,))
        return About(tuple(names), start=self._start, shapes=tuple(shapes))

    @property
    def _start(self) -> tuple[float, ...]:
        """The first weights, and intercepts of zero."""
        parts: list[float] = []
        for number, (before, units) in enumerate(pairwise(self.widths)):
            wide = 2.0 * before if self._activation.gain > 1.0 else float(before + units)
            reach = self._activation.gain * math.sqrt(6.0 / wide) if self.hidden else 0.0
            parts += (reach * uniform(before * units, self.seed, number + 1)).tolist()
            parts += [0.0] * (units * self.intercepts)
        return tuple(parts)

    @property
    def _activation(self) -> Activation:
        return ACTIVATIONS[self.activation]

    @cached_property
    def _across(self) -> Array:
        """The inputs, a column for each example `(columns, n)`."""
        return np.ascontiguousarray(self.data.inputs.T)

    # The contract of a loss

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)` at points `(..., dim)`."""
        rows, shape = as_rows(points, self.about.dim)
        value, gradient = np.empty(len(rows)), np.empty(rows.shape)
        with np.errstate(all="ignore"):
            for number, point in enumerate(rows):  # one by one: a product of matrices rounds as its shape has it
                value[number] = self._value_and_gradient(point, gradient[number])
        return value.reshape(shape[:-1]), gradient.reshape(shape)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., dim)`."""
        rows, shape = as_rows(points, self.about.dim)
        with np.errstate(all="ignore"):
            values = [self._cost(self._forward(self.layers(point))[0][-1])[0] + self._penalty(point) for point in rows]
        return np.array(values, dtype=np.float64).reshape(shape[:-1])

    def hessian(self, points: Array) -> None:
        """Return nothing: second derivatives are not known."""

    @cached_property
    def batches(self) -> Batches:
        """Which of the examples each step looks at."""
        return Batches(len(self.data), self.batch_size, self.seed, "examples")

    def at(self, step: int) -> Self:
        """Return the loss as seen at that step: of its mini-batch alone, or itself where every step sees all."""
        return self if self.batch_size is None else self.on(self.data.part(self.batches.rows(step)))

    # What pictures ask

    def on(self, data: Dataset) -> Self:
        """Return the same network and the same loss on other examples of the same kind, all at once."""
        other = object.__new__(type(self))
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        known = {name: self.__dict__[name] for name in ("widths", "about") if name in self.__dict__}
        other.__dict__.update(own, **known, data=data, batch_size=None)
        return other

    @cached_property
    def test(self) -> "Network | None":
        """The same network on the examples that were held out, or None."""
        return None if self.data.test is None else self.on(self.data.test)

    def layers(self, point: Array) -> tuple[Layer, ...]:
        """Return the weights and intercepts that a point `(dim,)` packs, as views of it."""
        return tuple(self._unpacked(np.asarray(point, dtype=np.float64)))

    def predict(self, point: Array, inputs: Array) -> Array:
        """Return what the network says of inputs `(n, columns)`, scaled as its data are.

        Numbers `(n,)`; for classes their probabilities `(n, classes)`, whatever the cost is that they were learnt by.
        """
        with np.errstate(all="ignore"):
            outputs = self._forward(self.layers(point), np.ascontiguousarray(inputs.T))[0][-1]
            if not self.data.classes:
                return np.asarray(outputs[0])
            if len(outputs) == 1:
                return np.stack([sigmoid(-outputs[0]), sigmoid(outputs[0])], axis=-1)
            return softmax(outputs).T

    def classify(self, point: Array, inputs: Array) -> NDArray[np.intp]:
        """Return the number of the likeliest class `(n,)` of inputs `(n, columns)`; the first of equals."""
        return np.asarray(self._likeliest(self._forward(self.layers(point), np.ascontiguousarray(inputs.T))[0][-1]))

    def scores(self, points: Array) -> tuple[Array, Array]:
        """Return the cost without penalties and the accuracy, both `(...)`, at points `(..., dim)`.

        The accuracy is the part of the examples whose likeliest class is the right one; NaN for numbers.
        """
        rows, shape = as_rows(points, self.about.dim)
        costs, right = np.empty(len(rows)), np.full(len(rows), np.nan)
        with np.errstate(all="ignore"):
            for number, point in enumerate(rows):
                outputs = self._forward(self.layers(point))[0][-1]
                costs[number] = self._cost(outputs)[0]
                if self.data.classes:
                    right[number] = np.mean(self._likeliest(outputs) == self.data.labels)
        return costs.reshape(shape[:-1]), right.reshape(shape[:-1])

    def trace(self, point: Array, rows: Sequence[int] | None = None) -> Trace:
        """Return all that goes forward and back, of some of the examples by their rows; of all unless given."""
        loss = self if rows is None else self.on(self.data.part(np.array(rows, dtype=np.intp)))
        return loss._trace(loss.layers(point))

    # Forward and back

    def _unpacked(self, point: Array) -> Iterator[Layer]:
        place = 0
        for before, units in pairwise(self.widths):
            end = place + before * units
            weights = point[place:end].reshape(before, units)
            place = end + units * self.intercepts
            yield Layer(weights, point[end:place] if self.intercepts else None)

    def _forward(self, layers: Sequence[Layer], inputs: Array | None = None) -> tuple[list[Array], list[Array]]:
        """Return the outputs of each layer, the inputs first, and the sums; the last outputs are the last sums."""
        outputs, sums = [self._across if inputs is None else inputs], []
        for layer in layers:
            total = _through(layer.weights.T, outputs[-1])
            if layer.intercepts is not None:
                total += layer.intercepts[:, None]
            sums.append(total)
            outputs.append(total if len(sums) == len(layers) else self._activation.of(total))
        return outputs, sums

    def _cost(self, outputs: Array) -> tuple[float, Array]:
        if self.data.classes:
            return cast(Cost, self.cost).of_classes(outputs, self.data.labels)
        return cast(Distance, self.cost).of_numbers(outputs, self.data.targets)

    def _trace(self, layers: Sequence[Layer]) -> Trace:
        outputs, sums = self._forward(layers)
        cost, slope = self._cost(outputs[-1])
        sent_back = [slope]
        slopes: list[Array] = []
        gradients: list[Layer] = []
        for number in reversed(range(len(layers))):
            slope = sent_back[0]
            gradients.insert(0, Layer(_summed(outputs[number], slope), slope.sum(axis=1) if self.intercepts else None))
            if number:
                slopes.insert(0, self._activation.slope(sums[number - 1], outputs[number]))
                sent_back.insert(0, _through(layers[number].weights, slope) * slopes[0])
        return Trace(tuple(outputs), tuple(sums), tuple(sent_back), tuple(slopes), tuple(gradients), cost)

    def _value_and_gradient(self, point: Array, gradient: Array) -> float:
        """Write the gradient `(dim,)` at a point, and return the loss."""
        trace = self._trace(self.layers(point))
        for into, found in zip(self._unpacked(gradient), trace.gradients, strict=True):
            into.weights[...] = found.weights
            if into.intercepts is not None and found.intercepts is not None:
                into.intercepts[...] = found.intercepts
        if not self.l1 and not self.l2:
            return trace.cost
        for into, layer in zip(self._unpacked(gradient), self.layers(point), strict=True):
            into.weights[...] += self.l1 * np.sign(layer.weights) + self.l2 * layer.weights
        return trace.cost + self._penalty(point)

    def _penalty(self, point: Array) -> float:
        if not self.l1 and not self.l2:
            return 0.0
        weights = [layer.weights for layer in self.layers(point)]
        return sum(float(self.l1 * np.abs(w).sum() + 0.5 * self.l2 * (w * w).sum()) for w in weights)

    def _likeliest(self, outputs: Array) -> NDArray[np.intp]:
        return np.asarray(outputs[0] > 0.0 if len(outputs) == 1 else outputs.argmax(axis=0), dtype=np.intp)


def _through(weights: Array, columns: Array) -> Array:
    """Return `weights @ columns`, `(units, n)`."""
    found = np.empty((len(weights), columns.shape[1]))
    for block in _blocks(weights.size, columns.shape[1]):
        np.matmul(weights, columns[:, block], out=found[:, block])
    return found


def _summed(outputs: Array, slopes: Array) -> Array:
    """Return `outputs @ slopes.T`, summed over the examples, `(before, units)`."""
    blocks = _blocks(len(outputs) * len(slopes), slopes.shape[1])
    found: Array = outputs[:, blocks[0]] @ slopes[:, blocks[0]].T
    for block in blocks[1:]:
        found += outputs[:, block] @ slopes[:, block].T
    return found


def _blocks(each: int, count: int) -> list[slice]:
    """Return the examples in parts, with so many multiplications for each, that one thread works through alone."""
    most = _ALONE // each
    if most < _FEWEST or each * count <= _ALONE or each * count > _SMALL:
        return [slice(0, count)]
    return [slice(first, first + most) for first in range(0, count, most)]


def _checked_hidden(given: object) -> tuple[int, ...]:
    allowed = f"allowed: up to {MOST_HIDDEN} whole numbers from 1 to {MOST_UNITS:,}, the units of each hidden layer"
    units = (given,) if isinstance(given, int) else given
    if not isinstance(units, tuple | list) or len(units) > MOST_HIDDEN:
        raise BadScene("hidden", given, allowed)
    for unit in units:
        if isinstance(unit, bool) or not isinstance(unit, int) or not 1 <= unit <= MOST_UNITS:
            raise BadScene("hidden", given, allowed)
    return tuple(units)
