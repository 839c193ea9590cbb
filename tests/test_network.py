"""Models of many weights: their numbers, by differences, by the shared reference and by PyTorch."""

import importlib
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdviz import (
    Adam,
    CrossEntropy,
    Dataset,
    GradientDescent,
    Hinge,
    Huber,
    Lion,
    MeanAbsoluteError,
    MeanSquaredError,
    Momentum,
    Network,
)
from gdviz.descent.activations import ACTIVATIONS
from gdviz.descent.costs import COSTS, Cost
from gdviz.descent.optimizers import Method
from gdviz.descent.stepper import descend
from gdviz.problems import BadScene

Array = np.ndarray
CLASSIFIES = [CrossEntropy(), Hinge(), MeanSquaredError(), MeanAbsoluteError(), Huber(0.3)]
PREDICTS = [MeanSquaredError(), MeanAbsoluteError(), Huber(0.5)]
KINDS = [(2, cost) for cost in CLASSIFIES] + [(4, cost) for cost in CLASSIFIES] + [(0, cost) for cost in PREDICTS]


def examples(classes: int, seed: int = 0, count: int = 23, columns: int = 3) -> Dataset:
    numbers = np.random.default_rng(seed)
    inputs = numbers.normal(size=(count, columns))
    if not classes:
        return Dataset(inputs, numbers.normal(size=count))
    return Dataset(inputs, np.arange(count) % classes)


def somewhere(network: Network, seed: int = 1) -> Array:
    return np.random.default_rng(seed).normal(size=network.about.dim)


# --- the gradient ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("classes", "cost"), KINDS)
def test_the_gradient_is_that_of_central_differences(classes: int, cost: Cost, activation: str) -> None:
    network = Network(examples(classes), (5, 4), activation, cost, l1=0.01, l2=0.02)
    point, step = somewhere(network), 1e-6
    apart = step * np.eye(len(point))
    differences = (network.value(point + apart) - network.value(point - apart)) / (2 * step)
    assert network(point)[1] == pytest.approx(differences, rel=1e-5, abs=2e-8)


@pytest.mark.parametrize(("classes", "cost"), KINDS)
def test_many_points_give_what_each_gives_alone(classes: int, cost: Cost) -> None:
    network = Network(examples(classes), (5,), "relu", cost, l2=0.1)
    points = np.stack([somewhere(network, seed) for seed in range(6)]).reshape(2, 3, -1)
    values, gradients = network(points)
    assert np.array_equal(values, network.value(points))
    for place in np.ndindex(2, 3):
        assert np.array_equal(network(points[place])[0], values[place])
        assert np.array_equal(network(points[place])[1], gradients[place])


def test_no_number_overflows_where_the_loss_is_finite() -> None:
    for classes in (2, 3):
        network = Network(examples(classes))
        value, gradient = network(1e6 * somewhere(network))
        assert np.isfinite(value)
        assert np.isfinite(gradient).all()


def test_a_trace_is_what_makes_the_gradient() -> None:
    network = Network(examples(2), (4,), "sigmoid")
    point = somewhere(network)
    trace = network.trace(point)
    packed = np.concatenate([part.ravel() for layer in trace.gradients for part in layer if part is not None])
    assert np.array_equal(packed, network(point)[1])
    parts = [network.trace(point, [row]) for row in range(len(network.data))]
    mean = np.mean([one.gradients[0].weights for one in parts], axis=0)
    assert mean == pytest.approx(trace.gradients[0].weights, rel=1e-12, abs=1e-15)
    assert network.layers(point)[0].weights[2, 3] == point[2 * 4 + 3]


# --- mini-batches and parts --------------------------------------------------------------------------------------


def test_batches_of_an_epoch_have_the_mean_gradient_of_all() -> None:
    network = Network(examples(3), (4,), batch_size=5, seed=2)
    point = somewhere(network)
    sizes = [len(network.batches.rows(step)) for step in range(network.batches.steps_per_epoch)]
    assert sum(sizes) == len(network.data)
    gradients = [network.at(step)(point)[1] for step in range(network.batches.steps_per_epoch)]
    assert np.average(gradients, axis=0, weights=sizes) == pytest.approx(network(point)[1], rel=1e-12, abs=1e-15)


def test_the_start_is_uniform_and_the_same_for_ever() -> None:
    network = Network(examples(0, columns=40), (50,), "tanh")
    layer = network.layers(np.array(network.about.start))[0]
    assert np.abs(layer.weights).max() == pytest.approx(np.sqrt(6 / 90), rel=0.01)
    assert layer.weights.std() == pytest.approx(np.sqrt(2 / 90), rel=0.03)
    assert not np.any(layer.intercepts)
    assert layer.weights[0, :2].tolist() == pytest.approx([-0.2208, 0.0], abs=1)
    assert not np.any(Network(examples(3)).about.start), "one layer has no symmetry to break"
    assert Network(examples(0), (3,), seed=1).about.start != Network(examples(0), (3,), seed=2).about.start


def test_scores_are_of_the_data_alone() -> None:
    network = Network(examples(3), l1=1.0)
    point = somewhere(network)
    cost, accuracy = network.scores(np.stack([point, point]))
    assert (
        cost[0]
        == cost[1]
        == pytest.approx(float(network.value(point)) - np.abs(network.layers(point)[0].weights).sum())
    )
    right = network.classify(point, network.data.inputs) == network.data.labels
    assert accuracy[0] == np.mean(right)
    assert network.predict(point, network.data.inputs).sum(axis=1) == pytest.approx(np.ones(23))
    assert np.isnan(Network(examples(0)).scores(np.zeros(4))[1])


NAMES = ", ".join(ACTIVATIONS)
SIZES = "allowed: a whole number from 1 to 23, the number of examples"
WEIGHTS = "allowed: up to 2,000,000 weights; these make more"
UNITS = "allowed: up to 8 whole numbers from 1 to 4,096, the units of each hidden layer"


# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"data": 3}, "data: 3 can't be used; give Dataset(inputs, targets) or Dataset.from_csv(path, target=...)"),
        ({"hidden": (3, 0)}, "hidden: (3, 0) can't be used; " + UNITS),
        ({"hidden": "3"}, "hidden: '3' can't be used; " + UNITS),
        ({"hidden": (4096, 4096)}, "hidden: [4096, 4096] can't be used; " + WEIGHTS),
        ({"activation": "relo"}, "activation: 'relo' can't be used; did you mean 'relu'? allowed: " + NAMES),
        ({"cost": "cross"}, "cost: 'cross' can't be used; did you mean 'cross_entropy'? allowed: " + ", ".join(COSTS)),
        ({"cost": 3}, "cost: 3 can't be used; allowed: " + ", ".join(f"{kind.__name__}()" for kind in COSTS.values())),
        ({"l1": -1.0}, "l1: -1.0 can't be used; allowed: a number from 0"),
        ({"l2": True}, "l2: True can't be used; allowed: a number from 0"),
        ({"intercepts": 1}, "intercepts: 1 can't be used; allowed: True, False"),
        ({"batch_size": 24}, "batch_size: 24 can't be used; " + SIZES),
        ({"seed": -1}, "seed: -1 can't be used; allowed: a whole number from 0"),
    ],
)  # fmt: skip
def test_what_can_t_be_used_is_said_in_a_sentence(fields: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as caught:
        Network(**{"data": examples(3), **fields})
    assert str(caught.value) == sentence


def test_a_cost_of_classes_is_refused_for_numbers() -> None:
    with pytest.raises(BadScene) as caught:
        Network(examples(0), cost="hinge")
    assert str(caught.value) == (
        "cost: 'hinge' can't be used; it is of classes, and these targets are numbers; give classes, or another"
    )
    with pytest.raises(BadScene, match="delta: 0 can't be used; allowed: a number above 0"):
        Huber(0)


def test_a_network_is_a_value() -> None:
    network = Network(examples(3), [4], cost="cross_entropy")
    assert network == Network(examples(3), (4,), cost=CrossEntropy())
    assert hash(network) == hash(pickle.loads(pickle.dumps(network)))
    assert network != Network(examples(3), (5,))


# --- the shared reference ----------------------------------------------------------------------------------------

DIGITS: dict[str, Method] = {
    "SGD__lr0.5": GradientDescent(0.5),
    "SGD__lr0.1_momentum0.9": Momentum(0.1, 0.9),
    "Adam__lr0.01": Adam(0.01),
    "Adam__lr0.1": Adam(0.1),
    "Adam__default": Adam(1e-3),
}


@pytest.mark.parametrize("run", DIGITS)
def test_the_digits_are_learnt_as_by_pytorch(run: str, reference: Path, shared_data: Path) -> None:
    known = json.loads((reference / "trajectories" / f"realdata__digits_softmax__torch__{run}.json").read_text())
    data = Dataset.from_npz(shared_data / "digits.npz", inputs="images", target="labels").divided(16)
    network = Network(data)
    path = descend(network, DIGITS[run], steps=known["steps"], tolerance=0.0)
    losses = np.array(known["losses"])
    assert (np.abs(path.loss[:, 0] - losses) / np.maximum(1, losses)).max() <= known["check"]["rtol"]
    assert network.scores(path.params[[0, 1, 50, -1], 0])[1] == pytest.approx(
        [known["accuracies"][k] for k in (0, 1, 50, -1)], abs=1e-12
    )
    if "final" in known:
        layer = network.layers(path.params[-1, 0])[0]
        assert layer.intercepts == pytest.approx(known["final"]["b"], rel=1e-9)
        assert layer.weights[20] == pytest.approx(known["final"]["W_row20"], rel=1e-9)


# --- PyTorch -----------------------------------------------------------------------------------------------------


def by_torch(network: Network, point: Array) -> tuple[float, Array]:
    """Return loss and gradient of the same network, written in PyTorch's own words."""
    torch = importlib.import_module("torch")
    functional = torch.nn.functional
    leaf = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    hidden = torch.tensor(np.array(network.data.inputs))
    parts = torch.split(leaf, [int(np.prod(shape)) for shape in network.about.shapes])
    packed = [part.reshape(shape) for part, shape in zip(parts, network.about.shapes, strict=True)]
    weights, intercepts = packed[0::2], packed[1::2]
    activation = {
        "tanh": torch.tanh, "relu": functional.relu, "sigmoid": torch.sigmoid, "gelu": functional.gelu,
    }[network.activation]  # fmt: skip
    for number, (weight, intercept) in enumerate(zip(weights, intercepts, strict=True), 1):
        hidden = hidden @ weight + intercept
        if number < len(weights):
            hidden = activation(hidden)
    loss = torch_cost(torch, network, hidden)
    for weight in weights:
        loss = loss + network.l1 * weight.abs().sum() + network.l2 / 2 * (weight**2).sum()
    loss.backward()
    return float(loss.detach()), leaf.grad.numpy()


def torch_cost(torch: Any, network: Network, outputs: Any) -> Any:
    """Return the cost by PyTorch's own losses where it has them."""
    functional, cost, data = torch.nn.functional, network.cost, network.data
    distance: dict[type, Callable[..., Any]] = {
        MeanSquaredError: functional.mse_loss,
        MeanAbsoluteError: functional.l1_loss,
        Huber: lambda *both, **more: functional.huber_loss(*both, delta=cost.delta, **more),  # type: ignore[union-attr]
    }
    if not data.classes:
        return distance[type(cost)](outputs[:, 0], torch.tensor(np.array(data.targets)))
    labels = torch.tensor(np.array(data.labels))
    if outputs.shape[1] == 1:
        one, target = outputs[:, 0], labels.to(torch.float64)
        if isinstance(cost, CrossEntropy):
            return functional.binary_cross_entropy_with_logits(one, target)
        if isinstance(cost, Hinge):
            return torch.clamp(1 - (2 * target - 1) * one, min=0).mean()
        return distance[type(cost)](torch.sigmoid(one), target)
    if isinstance(cost, CrossEntropy):
        return functional.cross_entropy(outputs, labels)
    if isinstance(cost, Hinge):
        return functional.multi_margin_loss(outputs, labels)
    each = distance[type(cost)](
        outputs.softmax(1), functional.one_hot(labels, outputs.shape[1]).double(), reduction="none"
    )
    return each.sum(1).mean()


@pytest.mark.adapters
def test_fifty_random_networks_agree_with_pytorch() -> None:
    pytest.importorskip("torch")
    numbers, worst = np.random.default_rng(6), 0.0
    activations = list(ACTIVATIONS)
    for turn in range(52):
        classes, cost = KINDS[turn % len(KINDS)]
        hidden = tuple(int(units) for units in numbers.integers(1, 30, numbers.integers(0, 4)))
        data = examples(classes, turn, int(numbers.integers(classes + 2, 60)), int(numbers.integers(1, 12)))
        penalties = numbers.uniform(0, 0.1, 2) * numbers.integers(0, 2, 2)
        network = Network(data, hidden, activations[turn % 4], cost, *map(float, penalties))
        point = somewhere(network, turn)
        value, gradient = network(point)
        known, slopes = by_torch(network, point)
        worst = max(worst, abs(float(value) - known) / abs(known))
        worst = max(worst, float(np.abs(gradient - slopes).max() / np.abs(slopes).max()))
    assert worst <= 1e-12


@pytest.mark.adapters
def test_a_trace_is_what_pytorch_sends_back() -> None:
    torch = pytest.importorskip("torch")
    network = Network(examples(2), (4,), "sigmoid", MeanSquaredError())
    point = somewhere(network)
    trace = network.trace(point, [7])
    (first, second), row = network.layers(point), torch.tensor(np.array(network.data.inputs[7]))
    sums = (row @ torch.tensor(np.array(first.weights)) + torch.tensor(np.array(first.intercepts))).requires_grad_()
    middle = torch.sigmoid(sums)
    middle.retain_grad()
    output = middle @ torch.tensor(np.array(second.weights)) + torch.tensor(np.array(second.intercepts))
    output.retain_grad()
    loss = (torch.sigmoid(output)[0] - float(network.data.labels[7])) ** 2
    loss.backward()
    assert trace.cost == pytest.approx(float(loss.detach()), rel=1e-12)
    assert trace.sums[0][:, 0] == pytest.approx(sums.detach().numpy(), rel=1e-12)
    assert trace.outputs[1][:, 0] == pytest.approx(middle.detach().numpy(), rel=1e-12)
    assert trace.sent_back[1][:, 0] == pytest.approx(output.grad.numpy(), rel=1e-12)
    assert trace.sent_back[0][:, 0] == pytest.approx(sums.grad.numpy(), rel=1e-12)


def test_the_optimizers_of_the_field_go_down_a_network() -> None:
    network = Network(examples(3, count=60), (6,), "gelu")
    for optimizer in (GradientDescent(0.5), Adam(0.05), Lion(0.01)):
        path = descend(network, optimizer, steps=60, tolerance=0.0)
        assert path.shapes == ((3, 6), (6,), (6, 3), (3,))
        assert path.loss[-1, 0] < 0.9 * path.loss[0, 0]
