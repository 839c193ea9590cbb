"""Every optimizer: its rule is what it does, its settings are checked, and it is a value that prints as its call."""

import doctest
import importlib
import inspect
import pickle
import pkgutil
import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from methods import SAMPLES

from gdviz import load
from gdviz.descent import optimizers
from gdviz.descent.formula import Formula
from gdviz.descent.optimizers import (
    OPTIMIZERS,
    SGD,
    AdagradDA,
    Adam,
    ClipByNorm,
    Ftrl,
    GradientDescent,
    Momentum,
    Newton,
    Optimizer,
    RMSprop,
    TrialAndError,
)
from gdviz.descent.schedules import SCHEDULES, Cosine, Schedule
from gdviz.problems import BadScene

LOSSES = [Formula("m**4 - 3*m**2 + m + 5"), Formula("(1 - x)**2 + 4*(y - x**2)**2")]
EACH = pytest.mark.parametrize("sample", SAMPLES, ids=repr)


def test_every_optimizer_has_a_sample() -> None:
    assert {type(sample).__name__ for sample in SAMPLES} == set(OPTIMIZERS)
    assert {name: kind.__name__ for name, kind in OPTIMIZERS.items()} == {name: name for name in OPTIMIZERS}


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.text)
@EACH
def test_the_rule_evaluated_on_its_terms_gives_the_step(sample: Optimizer, loss: Formula) -> None:
    path = sample.minimize(loss, start=np.linspace(0.25, 1.75, 3 * loss.about.dim).reshape(3, -1), steps=30)
    rule = Formula(path.rule)
    assert set(rule.about.names) <= set(path.terms)
    step = rule.value(np.stack([path.terms[name] for name in rule.about.names], axis=-1))
    going = np.arange(len(path.step))[:, None] < [end.step - end.diverged for end in path.ends]
    assert going.sum() > 3
    # where the rule subtracts the place itself, a step can't be more exact than the place
    slack = 1e-15 * np.abs(path.params[:-1][going]).max() if rule.text.endswith("- parameter") else 0.0
    assert step[going] == pytest.approx(path.step[going], rel=1e-12, abs=slack)
    for name, term in path.terms.items():
        assert term.shape == path.step.shape, name


SEES_SLOPE = [
    sample for sample in SAMPLES if sample.sees_gradient and not isinstance(sample, Newton | AdagradDA | Ftrl)
]


@pytest.mark.parametrize("sample", SEES_SLOPE, ids=repr)
def test_first_steps_go_downhill(sample: Optimizer) -> None:
    path = sample.minimize(LOSSES[0], start=[[1.9], [-2.0]], steps=2)
    first = path.step[0] if path.step[0].any() else path.step[1]  # optax's late forms do nothing at first
    assert first.any()
    assert (first * path.gradient[0] <= 0).all()
    assert (path.terms["gradient"][0] == path.gradient[0]).all()


@EACH
def test_it_is_a_value_that_prints_as_its_call(sample: Optimizer) -> None:
    again = eval(repr(sample), {**OPTIMIZERS, **SCHEDULES})
    assert again == sample
    assert hash(again) == hash(sample)
    assert pickle.loads(pickle.dumps(sample)) == sample
    changed = {fields(sample)[0].name: GradientDescent(0.7) if hasattr(sample, "optimizer") else 0.7}
    assert replace(sample, **changed) != sample
    with pytest.raises(AttributeError):
        sample.learning_rate = 1.0  # type: ignore[attr-defined] # on purpose


@pytest.mark.parametrize("kind", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_its_docstring_has_everything(kind: type[Optimizer]) -> None:
    doc = inspect.getdoc(kind) or ""
    for part in ("Rule: ", "What to watch: ", "Source: ", ">>> "):
        assert part in doc, part
    assert re.search(r"\b(16|17|18|19|20)\d\d\b", doc.partition("Source:")[2]), "the year of its source"
    settings = doc.partition("Rule:")[2].partition("What to watch:")[0]
    for one in fields(kind):
        assert re.search(rf"\b{one.name}\b", settings), one.name
        if isinstance(one.default, float) and kind.__name__ != "ScheduleFreeAdamW":
            assert one.default in [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", settings)], (
                one.name
            )
    assert kind.form


@EACH
def test_it_can_be_written_in_a_toml_scene(sample: Optimizer, tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    path.write_text(f'loss = "m**2"\nstart = 1\nsteps = 20\noptimizer = {written(sample)}\n', "utf-8")
    assert load(path)["scene"].optimizer == sample


def written(value: object) -> str:
    """Write a setting, an optimizer or a schedule in TOML."""
    if isinstance(value, Optimizer | Schedule):
        noun = "name" if isinstance(value, Optimizer) else "schedule"
        rows = [f'{noun} = "{type(value).__name__}"']
        settings = {one.name: getattr(value, one.name) for one in fields(value) if one.init}
        rows += [f"{name} = {written(given)}" for name, given in settings.items() if given is not None]
        return f"{{ {', '.join(rows)} }}"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def test_its_print_is_exact() -> None:
    assert repr(GradientDescent(0.1)) == "GradientDescent(learning_rate=0.1)"
    assert repr(Momentum(0.1)) == "Momentum(learning_rate=0.1, momentum=0.9, nesterov=False, rate_at='outside')"
    clipped = ClipByNorm(GradientDescent(Cosine(0.1, 50)), 2.0)
    assert repr(clipped) == (
        "ClipByNorm(optimizer=GradientDescent(learning_rate=Cosine(initial=0.1, steps=50, final=0.0, power=1.0, "
        "after='stay')), limit=2.0)"
    )
    assert len({GradientDescent(0.1), GradientDescent(0.1), GradientDescent(0.2)}) == 2


RATE = "allowed: a number above 0"
RATE_OR = "allowed: a number above 0, or a schedule"
PART = "allowed: a number of at least 0 and below 1"
WRONG: list[tuple[type[Optimizer], dict[str, Any], str]] = [
    (GradientDescent, {"learning_rate": 0}, f"GradientDescent(learning_rate=...): 0 can't be used; {RATE}"),
    (GradientDescent, {"learning_rate": -0.1}, f"GradientDescent(learning_rate=...): -0.1 can't be used; {RATE}"),
    (GradientDescent, {"learning_rate": "0.1"}, f"GradientDescent(learning_rate=...): '0.1' can't be used; {RATE_OR}"),
    (GradientDescent, {"learning_rate": True}, f"GradientDescent(learning_rate=...): True can't be used; {RATE_OR}"),
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
    (Adam, {"learning_rate": None}, f"Adam(learning_rate=...): None can't be used; {RATE_OR}"),
    (Adam, {"beta1": 1.0}, f"Adam(beta1=...): 1.0 can't be used; {PART}"),
    (Adam, {"beta2": -1e-9}, f"Adam(beta2=...): -1e-09 can't be used; {PART}"),
    (RMSprop, {"epsilon": 0}, f"RMSprop(epsilon=...): 0 can't be used; {RATE}"),
]


WRONG += [
    (
        Adam,
        {"amsgrad": "row"},
        "Adam(amsgrad=...): 'row' can't be used; did you mean 'raw'? allowed: no, raw, corrected, uncorrected",
    ),
    (
        SGD,
        {"nesterov": True},
        "SGD(nesterov=...): True can't be used; allowed: only with a momentum above 0 and a dampening of 0",
    ),
    (
        ClipByNorm,
        {"optimizer": TrialAndError()},
        "ClipByNorm(optimizer=...): 'trial and error' can't be used; allowed: a method that asks for one gradient at "
        "each step, such as Adam(0.1)",
    ),
    (
        RMSprop,
        {"initial_accumulator": Cosine(1.0, 9)},
        "RMSprop(initial_accumulator=...): Cosine(initial=1.0, steps=9, final=0.0, power=1.0, after=... can't be used; "
        "allowed: a number of at least 0",
    ),
    (ClipByNorm, {"optimizer": 0.1}, "ClipByNorm(optimizer=...): 0.1 can't be used; allowed: one of the optimizers"),
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
