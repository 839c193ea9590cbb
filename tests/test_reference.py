"""The numbers against a second opinion: trajectories computed by PyTorch, optax, TensorFlow and Keras themselves.

A new optimizer is a new row of `TRANSLATIONS`. The fast tests take two functions for each setting; all of them run with
`pytest -m slow`.
"""

import json
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gdviz.descent.data import Data
from gdviz.descent.fits import Line
from gdviz.descent.formula import Formula
from gdviz.descent.loss import About, Array
from gdviz.descent.optimizers import Adam, GradientDescent, Momentum, Optimizer
from gdviz.descent.stepper import descend

Settings = Mapping[str, Any]
Case = dict[str, Any]

LEAST_CASES = {"torch.SGD": 20, "torch.Adam": 8, "optax.sgd": 15, "optax.adam": 5, "tf1.MomentumOptimizer": 15}


def _sgd(rate: str, nesterov: str = "nesterov") -> Callable[[Settings], Optimizer]:
    def build(given: Settings) -> Optimizer:
        if not given.get("momentum"):
            return GradientDescent(given[rate])
        return Momentum(given[rate], given["momentum"], nesterov=given.get(nesterov, False))

    return build


def _torch_adam(given: Settings) -> Optimizer:
    beta1, beta2 = given["betas"]
    return Adam(given["lr"], beta1, beta2, given["eps"])


def _optax_adam(given: Settings) -> Optimizer:
    return Adam(given["learning_rate"], given["b1"], given["b2"], given["eps"])


# A library's method -> how its settings are said here, and which of its switches have to be off for that.
TRANSLATIONS: dict[str, tuple[Callable[[Settings], Optimizer], tuple[str, ...]]] = {
    "torch.SGD": (_sgd("lr"), ("dampening",)),
    "optax.sgd": (_sgd("learning_rate"), ()),
    "keras.SGD": (_sgd("learning_rate"), ("weight_decay",)),
    "tf1.GradientDescentOptimizer": (_sgd("learning_rate"), ()),
    "tf1.ProximalGradientDescentOptimizer": (
        _sgd("learning_rate"),
        ("l1_regularization_strength", "l2_regularization_strength"),
    ),
    "tf1.MomentumOptimizer": (_sgd("learning_rate", "use_nesterov"), ()),
    "torch.Adam": (_torch_adam, ("amsgrad",)),
    "optax.adam": (_optax_adam, ("eps_root", "nesterov")),
}
# TensorFlow's and Keras' Adam add epsilon before the bias correction: no setting of gdviz' Adam equals them.


def translated(case: Case) -> Optimizer | None:
    """Return the optimizer of gdviz that a case describes, or None where there is none yet."""
    build, must_be_off = TRANSLATIONS.get(case["key"], (None, ()))
    settings = case["hyperparameters"]
    if build is None or any(settings.get(name) for name in must_be_off):
        return None
    return build(settings)


def loss_of(case: Case) -> Formula:
    """Return the loss of a case; PyTorch's weight decay is the gradient of a square added to it."""
    formula, decay = case["formula"], case["hyperparameters"].get("weight_decay") or 0
    if decay:
        formula += f" + {decay}/2*(" + " + ".join(f"{name}**2" for name in case["variables"]) + ")"
    return Formula(formula, parameters=case["variables"])


def is_reduced(case: Case) -> bool:
    """Say whether the fast tests take this case: the double well, and one more function chosen by the name alone."""
    functions = ("quadratic", "rosenbrock", "beale", "doublewell", "illcond")
    chosen = functions[zlib.crc32((case["key"] + case["config"]).encode()) % len(functions)]
    return case["function"] in ("doublewell", chosen)


def cases(reference: Path) -> list[Case]:
    """Return the cases of the optimizers that exist, read by the beginning of their names."""
    libraries = {key.partition(".")[0] for key in TRANSLATIONS}
    paths = [path for path in sorted(reference.glob("trajectories/*.json")) if path.name.split("__")[0] in libraries]
    names = {key.replace(".", "__") + "__" for key in TRANSLATIONS}
    found = [json.loads(path.read_text()) for path in paths if any(path.name.startswith(name) for name in names)]
    return [case for case in found if case["kind"] == "optimizer" and translated(case) is not None]


def error(path: Array, expected: object) -> float:
    """The largest `|p - reference| / max(1, |reference|)` of all steps."""
    wanted = np.asarray(expected, dtype=np.float64)
    return float(np.max(np.abs(path - wanted) / np.maximum(1.0, np.abs(wanted)), initial=0.0))


def assert_same(case: Case) -> None:
    optimizer = translated(case)
    assert optimizer is not None
    reliable, rtol = case["check"]["reliable_steps"], case["check"]["rtol"]
    path = descend(loss_of(case), optimizer, start=case["start"], steps=case["steps"], tolerance=0)
    last = min(reliable, len(path.at) - 1)
    assert last == reliable or path.ends[0].diverged or not path.step[-1].any(), case["id"]
    assert error(path.params[: last + 1, 0], case["positions"][: last + 1]) <= rtol, case["id"]
    if not case["hyperparameters"].get("weight_decay"):
        assert error(path.loss[: last + 1, 0], case["losses"][: last + 1]) <= rtol, case["id"]


def test_every_setting_follows_its_library(reference: Path) -> None:
    reduced = [case for case in cases(reference) if is_reduced(case)]
    assert len(reduced) >= 20
    for case in reduced:
        assert_same(case)


@pytest.mark.slow
def test_every_setting_follows_its_library_on_every_function(reference: Path) -> None:
    found = cases(reference)
    for key, least in LEAST_CASES.items():
        assert sum(case["key"] == key for case in found) >= least, key
    for case in found:
        assert_same(case)


# ---- real data ----


def test_descent_finds_the_line_of_the_iris_petals(shared_data: Path) -> None:
    """Least squares of width on length as the reference states it, and the rate above which descent diverges."""
    line = Line(petals(shared_data), intercept=True)
    path = descend(line, Momentum(0.02, 0.9), steps=5_000, tolerance=1e-13)
    assert str(path.ends[0]).startswith("converged")
    assert path.params[-1, 0].tolist() == pytest.approx([0.41575541635, -0.36307552132], abs=1e-10)
    assert float(path.loss[-1, 0]) == pytest.approx(0.04206730919, abs=1e-11)
    below, above = (descend(line, GradientDescent(rate), steps=3_000, every=100) for rate in (0.0554, 0.0556))
    assert below.loss[-1, 0] < below.loss[0, 0]
    assert above.loss[-1, 0] > 1e3


def petals(shared_data: Path) -> Data:
    header = (shared_data / "iris.csv").read_text().splitlines()[0].split(",")
    length, width = (
        next(name for name in header if "petal" in name.lower() and part in name.lower())
        for part in ("length", "width")
    )
    return Data.from_csv(shared_data / "iris.csv", x=length, y=width)


class Softmax:
    """The mean cross entropy of `softmax(X W + b)` on handwritten digits: 650 parameters in one vector."""

    def __init__(self, features: Array, labels: NDArray[np.intp]) -> None:
        self.features, self.wanted = features, np.eye(10)[labels]
        names = tuple(f"p{k}" for k in range(65 * 10))
        self.about = About(names, start=(0.0,) * len(names))

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss and its gradient, one point after the other."""
        found = [self._one(point.reshape(65, 10)) for point in points]
        return np.array([loss for loss, _ in found]), np.stack([gradient.ravel() for _, gradient in found])

    def _one(self, weights: Array) -> tuple[float, Array]:
        scores = self.features @ weights[:64] + weights[64]
        scores -= scores.max(axis=1, keepdims=True)
        chances = np.exp(scores)
        chances /= chances.sum(axis=1, keepdims=True)
        slope = (chances - self.wanted) / len(self.features)
        loss = -np.log((chances * self.wanted).sum(axis=1)).mean()
        return float(loss), np.vstack([self.features.T @ slope, slope.sum(axis=0)])

    def value(self, points: Array) -> Array:
        return self(points)[0]

    def hessian(self, points: Array) -> None:  # noqa: ARG002 - not known
        return None

    def at(self, step: int) -> "Softmax":  # noqa: ARG002 - the same at every step
        return self


def digits_cases(reference: Path) -> list[Case]:
    found = [json.loads(path.read_text()) for path in sorted(reference.glob("trajectories/realdata__digits*.json"))]
    return [case for case in found if translated(case) is not None]


@pytest.mark.slow
def test_digits_are_learned_as_by_torch(reference: Path, shared_data: Path) -> None:
    with np.load(shared_data / "digits.npz") as file:
        images, labels = file["images"] / 16.0, file["labels"].astype(np.intp)
    found = digits_cases(reference)
    assert len(found) >= 6
    for case in found:
        rows = case["dataset"]["n"]
        loss = Softmax(images.reshape(-1, 64)[:rows], labels[:rows])
        optimizer = translated(case)
        assert optimizer is not None
        path = descend(loss, optimizer, steps=case["steps"], tolerance=0)
        assert error(path.loss[:, 0], case["losses"]) <= case["check"]["rtol"], case["id"]
