"""Every optimizer: its rule is what it does, its settings are checked, and it is a value that prints as its call."""

import doctest
import importlib
import pkgutil
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gdviz.descent import optimizers
from gdviz.descent.formula import Formula
from gdviz.descent.optimizers import OPTIMIZERS, Adam, GradientDescent, Momentum, Optimizer
from gdviz.problems import BadScene

# A new optimizer is a new row for each of its switches.
SAMPLES: list[Optimizer] = [
    GradientDescent(0.03),
    Momentum(0.02, 0.8),
    Momentum(0.02, 0.8, nesterov=True),
    Adam(0.1, 0.8, 0.95, 0.01),
    Adam(0.1),
]
LOSSES = [Formula("m**4 - 3*m**2 + m + 5"), Formula("(1 - x)**2 + 4*(y - x**2)**2")]


def test_every_optimizer_has_a_sample() -> None:
    assert {type(sample).__name__ for sample in SAMPLES} == set(OPTIMIZERS)
    assert {name: kind.__name__ for name, kind in OPTIMIZERS.items()} == {name: name for name in OPTIMIZERS}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.text)
@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_the_rule_evaluated_on_its_terms_gives_the_step(sample: Optimizer, loss: Formula) -> None:
    path = sample.minimize(loss, start=np.linspace(0.25, 1.75, 3 * loss.about.dim).reshape(3, -1), steps=30)
    rule = Formula(path.rule)
    assert set(rule.about.names) <= set(path.terms)
    step = rule.value(np.stack([path.terms[name] for name in rule.about.names], axis=-1))
    going = np.arange(len(path.step))[:, None] < [end.step - end.diverged for end in path.ends]
    assert going.sum() > 40
    assert step[going] == pytest.approx(path.step[going], rel=1e-12, abs=0)


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_a_first_step_goes_downhill(sample: Optimizer) -> None:
    path = sample.minimize(LOSSES[0], start=[[1.9], [-2.0]], steps=1)
    assert (path.step[0] * path.gradient[0] < 0).all()
    assert (path.terms["gradient"][0] == path.gradient[0]).all()


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_it_is_a_value_that_prints_as_its_call(sample: Optimizer) -> None:
    again = eval(repr(sample), dict(OPTIMIZERS))
    assert again == sample
    assert hash(again) == hash(sample)
    assert replace(sample, learning_rate=0.5) != sample  # type: ignore[call-arg] # every method has a rate
    with pytest.raises(AttributeError):
        sample.learning_rate = 1.0  # type: ignore[attr-defined] # on purpose


def test_its_print_is_exact() -> None:
    assert repr(GradientDescent(0.1)) == "GradientDescent(learning_rate=0.1)"
    assert repr(Momentum(0.1)) == "Momentum(learning_rate=0.1, momentum=0.9, nesterov=False)"
    assert repr(Adam()) == "Adam(learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08)"
    assert len({GradientDescent(0.1), GradientDescent(0.1), GradientDescent(0.2)}) == 2


RATE = "allowed: a number above 0"
PART = "allowed: a number of at least 0 and below 1"
WRONG: list[tuple[type[Optimizer], dict[str, Any], str]] = [
    (GradientDescent, {"learning_rate": 0}, f"GradientDescent(learning_rate=...): 0 can't be used; {RATE}"),
    (GradientDescent, {"learning_rate": -0.1}, f"GradientDescent(learning_rate=...): -0.1 can't be used; {RATE}"),
    (GradientDescent, {"learning_rate": "0.1"}, f"GradientDescent(learning_rate=...): '0.1' can't be used; {RATE}"),
    (GradientDescent, {"learning_rate": True}, f"GradientDescent(learning_rate=...): True can't be used; {RATE}"),
    (
        GradientDescent,
        {"learning_rate": float("inf")},
        f"GradientDescent(learning_rate=...): inf can't be used; {RATE}",
    ),
    (
        GradientDescent,
        {"learning_rate": float("nan")},
        f"GradientDescent(learning_rate=...): nan can't be used; {RATE}",
    ),
    (Momentum, {"learning_rate": 0.1, "momentum": 1}, f"Momentum(momentum=...): 1 can't be used; {PART}"),
    (Momentum, {"learning_rate": 0.1, "momentum": -0.1}, f"Momentum(momentum=...): -0.1 can't be used; {PART}"),
    (
        Momentum,
        {"learning_rate": 0.1, "nesterov": 1},
        "Momentum(nesterov=...): 1 can't be used; allowed: True, False",
    ),
    (Adam, {"learning_rate": None}, f"Adam(learning_rate=...): None can't be used; {RATE}"),
    (Adam, {"beta1": 1.0}, f"Adam(beta1=...): 1.0 can't be used; {PART}"),
    (Adam, {"beta2": -1e-9}, f"Adam(beta2=...): -1e-09 can't be used; {PART}"),
    (Adam, {"epsilon": 0}, f"Adam(epsilon=...): 0 can't be used; {RATE}"),
]


@pytest.mark.parametrize(("kind", "settings", "sentence"), WRONG)
def test_settings_out_of_range_are_said(kind: type[Optimizer], settings: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        kind(**settings)
    assert str(problem.value) == sentence


@pytest.mark.parametrize("settings", [{"beta1": 0}, {"beta2": 0}, {"learning_rate": 1}, {"epsilon": 1e-300}])
def test_the_ends_of_the_ranges_can_be_used(settings: dict[str, Any]) -> None:
    path = Adam(**settings).minimize(LOSSES[0], start=1.9, steps=3)
    assert np.isfinite(path.params).all()


def test_the_examples_in_the_docstrings_run() -> None:
    names = [module.name for module in pkgutil.iter_modules(optimizers.__path__, f"{optimizers.__name__}.")]
    results = [doctest.testmod(importlib.import_module(name), raise_on_error=True) for name in names]
    assert sum(result.attempted for result in results) >= len(OPTIMIZERS)
