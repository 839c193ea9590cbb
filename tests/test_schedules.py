"""Schedules: what they give, how long they last, what is said of a bad one; the libraries are the judges."""

import inspect
import math
import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest

from gdviz import Adam, Formula, GradientDescent, Momentum, Scene
from gdviz.descent.schedules import (
    SCHEDULES,
    ByFormula,
    Constant,
    Cosine,
    Cyclic,
    Exponential,
    Interpolated,
    InTurn,
    InverseTime,
    LinearCosine,
    Listed,
    MultiStep,
    NaturalExponential,
    OneCycle,
    Piecewise,
    Polynomial,
    Product,
    Schedule,
    StepDecay,
    WarmRestarts,
    WarmupCosine,
)
from gdviz.problems import BadFormula, BadScene

PARABOLA = Formula("(m - 3)**2 + 1")
SAMPLES: list[Schedule] = [
    ByFormula("0.4/sqrt(t + 1)"), Constant(0.1), Cosine(0.2, 30, 0.01, after="return"), Cyclic(0.01, 0.2, 10, 5),
    Exponential(0.2, 0.5, 20, staircase=True, begin=5, final=0.03), InTurn((Constant(0.1), Cosine(0.2, 9)), (10,)),
    Interpolated((20, 60), (0.2, 0.1, 0.02), "cosine"), InverseTime(0.2, 0.5, 10), LinearCosine(0.2, 80),
    Listed((0.1,) * 100), MultiStep(0.3, (15, 40, 70), 0.3), NaturalExponential(0.2, 0.5, 20), OneCycle(0.5, 100),
    Piecewise((20, 60), (0.2, 0.1, 0.02)), Polynomial(0.2, 30, 0.01, 2.0, cycle=True),
    Product(Constant(0.5), Exponential(0.2, 0.98)), StepDecay(0.1, 30), WarmRestarts(0.2, 10, 0.01, 2.0, 0.5),
    WarmupCosine(0.2, 10, 100, 0.02, 0.001),
]  # fmt: skip


def test_every_schedule_has_a_sample() -> None:
    assert {type(sample).__name__ for sample in SAMPLES} == set(SCHEDULES)


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_it_is_a_value_and_a_pure_function_of_the_step(sample: Schedule) -> None:
    assert eval(repr(sample), dict(SCHEDULES)) == sample
    assert hash(eval(repr(sample), dict(SCHEDULES))) == hash(sample)
    forwards = [sample(step) for step in range(100)]
    assert [sample(step) for step in reversed(range(100))] == forwards[::-1]
    assert all(isinstance(value, float) and 0 <= value < 1 for value in forwards)


@pytest.mark.parametrize("sample", SAMPLES, ids=repr)
def test_it_takes_the_place_of_a_rate(sample: Schedule) -> None:
    path = Momentum(sample, 0.5).minimize(PARABOLA, start=-2.0, steps=40, tolerance=0)
    assert path.terms["learning_rate"][:, 0, 0].tolist() == [sample(step) for step in range(len(path.step))]


@pytest.mark.parametrize("kind", SCHEDULES.values(), ids=SCHEDULES)
def test_its_docstring_names_every_setting(kind: type[Schedule]) -> None:
    usual = {"initial", "final", "peak", "low", "high", "steps", "every", "begin", "warmup", "up", "down"}
    doc = inspect.getdoc(kind) or ""
    for one in fields(kind):
        assert not one.init or one.name in usual or re.search(rf"\b{one.name}\b", doc), one.name


def test_any_number_may_be_a_schedule() -> None:
    path = Adam(0.1, beta1=Polynomial(0.5, 20, 0.95), epsilon=Constant(1e-3)).minimize(PARABOLA, start=-2.0, steps=20)
    assert np.isfinite(path.params).all()
    fixed = Adam(0.1, beta1=0.5, epsilon=1e-3).minimize(PARABOLA, start=-2.0, steps=20)
    assert (path.params[1] == fixed.params[1]).all()
    assert (path.params[5] != fixed.params[5]).all()


def test_known_values() -> None:
    assert [StepDecay(1, 2, 0.5)(step) for step in range(5)] == [1, 1, 0.5, 0.5, 0.25]
    assert [MultiStep(1, (1, 3), 0.5)(step) for step in range(5)] == [1, 0.5, 0.5, 0.25, 0.25]
    assert [Piecewise((1, 3), (3, 2, 1))(step) for step in range(5)] == [3, 3, 2, 2, 1]
    assert [Piecewise((1, 3), (3, 2, 1), "after")(step) for step in range(5)] == [3, 2, 2, 1, 1]
    assert [Cosine(1, 2)(step) for step in range(4)] == pytest.approx([1, 0.5, 0, 0])
    assert [Cosine(1, 2, after="return")(step) for step in range(5)] == pytest.approx([1, 0.5, 0, 0.5, 1])
    assert [WarmRestarts(1, 2)(step) for step in range(5)] == pytest.approx([1, 0.5, 1, 0.5, 1])
    assert [WarmRestarts(1, 1, longer=2, lower=0.5)(step) for step in range(4)] == pytest.approx([1, 0.5, 0.25, 0.25])
    assert [WarmupCosine(1, 2, 4)(step) for step in range(6)] == pytest.approx([0, 0.5, 1, 0.5, 0, 0])
    assert (Constant(0.5) * 2)(0) == (2 * Constant(0.5))(0) == 1.0


def test_how_long_they_last() -> None:
    assert OneCycle(0.1, 50).lasts == 50
    assert Listed((0.1, 0.2)).lasts == 2
    assert Product(Constant(1), OneCycle(0.1, 50)).lasts == 50
    assert InTurn((OneCycle(0.1, 5), Constant(0.1)), (5,)).lasts is None
    assert InTurn((OneCycle(0.1, 4), Constant(0.1)), (5,)).lasts == 4
    assert InTurn((Constant(0.1), OneCycle(0.1, 4)), (5,)).lasts == 9
    assert Cosine(0.1, 5).lasts is None


WRONG: list[tuple[Any, str]] = [
    (lambda: StepDecay(0.1, 0), "StepDecay(every=...): 0 can't be used; allowed: a whole number of at least 1"),
    (lambda: Cosine(-0.1, 5), "Cosine(initial=...): -0.1 can't be used; allowed: a number of at least 0"),
    (lambda: Cosine(0.1, 2.5), "Cosine(steps=...): 2.5 can't be used; allowed: a whole number of at least 1"),
    (
        lambda: Cosine(0.1, 5, after="rise"),
        "Cosine(after=...): 'rise' can't be used; allowed: stay, return",
    ),
    (lambda: Exponential(0.1, 0), "Exponential(factor=...): 0 can't be used; allowed: a number above 0"),
    (
        lambda: Piecewise((1, 2), (0.1, 0.2)),
        "Piecewise(values=...): (0.1, 0.2) can't be used; allowed: 3 numbers",
    ),
    (
        lambda: Piecewise((2, 1), (0.1, 0.2, 0.3)),
        "Piecewise(boundaries=...): (2, 1) can't be used; allowed: steps that rise from one to the next",
    ),
    (
        lambda: WarmupCosine(0.1, 10, 10),
        "WarmupCosine(warmup=...): 10 can't be used; allowed: fewer than the 10 steps in all, as the cosine comes "
        "after it",
    ),
    (
        lambda: InTurn((Constant(0.1), 0.2), (5,)),
        "InTurn(schedules=...): (Constant(value=0.1), 0.2) can't be used; allowed: a row of schedules",
    ),
    (
        lambda: InTurn((Constant(0.1), Constant(0.2)), ()),
        "InTurn(boundaries=...): () can't be used; allowed: 1, one between two schedules",
    ),
    (
        lambda: OneCycle(0.1, 9, fall=0.5),
        'OneCycle(fall=...): 0.5 can\'t be used; allowed: only with form="optax" and shape="linear", which fall in two '
        "phases",
    ),
    (
        lambda: InTurn((Constant(0.1), Constant(0.2)), 5),  # type: ignore[arg-type]
        "InTurn(boundaries=...): 5 can't be used; allowed: a row of whole numbers",
    ),
    (lambda: Listed(()), "Listed(values=...): () can't be used; allowed: a row of numbers that is finite"),
]


@pytest.mark.parametrize(("make", "sentence"), WRONG, ids=[sentence[:30] for _, sentence in WRONG])
def test_bad_settings_are_said(make: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        make()
    assert str(problem.value) == sentence


def test_a_formula_of_anything_but_the_step_is_refused() -> None:
    with pytest.raises((BadFormula, BadScene)):
        ByFormula("0.1*t*x")
    with pytest.raises(
        BadScene, match=r"^ByFormula\(text=...\): '0.1' can't be used; allowed: a formula of the step t"
    ):
        ByFormula("0.1")


def test_a_schedule_shorter_than_the_run_is_refused() -> None:
    sentence = (
        "GradientDescent(learning_rate=...): Listed(values=(0.1, 0.2)) can't be used; "
        "this schedule ends after 2 steps, and the run has 3; make it longer, or run fewer"
    )
    short = GradientDescent(Listed((0.1, 0.2)))
    assert short.minimize(PARABOLA, start=-2.0, steps=2).params.shape == (3, 1, 1)
    with pytest.raises(BadScene) as problem:
        short.minimize(PARABOLA, start=-2.0, steps=3)
    assert str(problem.value) == sentence
    with pytest.raises(BadScene) as problem:
        Scene(PARABOLA, short, steps=3)
    assert str(problem.value) == sentence


@pytest.mark.parametrize(
    ("optimizer", "part"),
    [
        (
            Momentum(0.1, Polynomial(0.9, 10, 1.5)),
            "at step 3 it gives 1.02; allowed: a number of at least 0 and below 1",
        ),
        (GradientDescent(Exponential(1.0, 1e100)), "at step 5 it gives inf; allowed: a number above 0"),
        (GradientDescent(ByFormula("1 - t")), "at step 3 it gives -1; allowed: a number above 0"),
    ],
)
def test_a_schedule_that_leaves_the_range_is_refused(optimizer: Any, part: str) -> None:
    with pytest.raises(BadScene) as problem:
        optimizer.minimize(PARABOLA, start=-2.0, steps=20)
    assert str(problem.value).endswith(part)


# ---- against the libraries ----


def rates(schedule: Schedule, steps: int) -> list[float]:
    return [schedule(step) for step in range(steps)]


@pytest.mark.adapters
@pytest.mark.parametrize("phases", [2, 3])
@pytest.mark.parametrize("shape", ["cosine", "linear"])
def test_one_cycle_is_pytorchs(phases: int, shape: str) -> None:
    torch = pytest.importorskip("torch")
    for steps, rise in ((100, 0.3), (37, 0.25), (50, 0.5 if phases == 2 else 0.4)):
        optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
        theirs = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, 0.5, total_steps=steps, pct_start=rise, anneal_strategy=shape[:6].replace("cosine", "cos"),
            three_phase=phases == 3,
        )  # fmt: skip
        found = []
        for _ in range(steps):
            found.append(theirs.get_last_lr()[0])
            optimizer.step()
            if len(found) < steps:
                theirs.step()
        assert rates(OneCycle(0.5, steps, rise, shape=shape, phases=phases), steps) == pytest.approx(found, rel=1e-12)


@pytest.mark.adapters
@pytest.mark.parametrize("longer", [1, 2])
def test_warm_restarts_are_pytorchs(longer: int) -> None:
    torch = pytest.importorskip("torch")
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.2)
    theirs = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 10, longer, eta_min=0.01)
    found = []
    for _ in range(80):
        found.append(theirs.get_last_lr()[0])
        optimizer.step()
        theirs.step()
    assert rates(WarmRestarts(0.2, 10, 0.01, float(longer)), 80) == pytest.approx(found, rel=1e-12)


@pytest.mark.adapters
def test_one_cycles_are_optax() -> None:
    optax = pytest.importorskip("optax")
    for shape in ("cosine", "linear"):
        theirs = getattr(optax, f"{shape}_onecycle_schedule")(100, 0.5)
        found = [float(theirs(step)) for step in range(100)]
        assert rates(OneCycle(0.5, 100, shape=shape, form="optax"), 100) == pytest.approx(
            found, rel=1e-4
        )  # its are float32


@pytest.mark.adapters
def test_restarts_are_keras() -> None:
    keras = pytest.importorskip("keras")
    theirs = keras.optimizers.schedules.CosineDecayRestarts(0.2, 10, t_mul=2.0, m_mul=0.8, alpha=0.1)
    found = [float(theirs(step)) for step in range(100)]
    assert rates(WarmRestarts(0.2, 10, 0.02, 2.0, 0.8), 100) == pytest.approx(found, rel=1e-5)


def test_every_value_is_finite_for_a_million_steps() -> None:
    for sample in SAMPLES:
        last = 10**6 if sample.lasts is None else sample.lasts - 1
        assert math.isfinite(sample(last)), sample
