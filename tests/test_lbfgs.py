"""L-BFGS against the libraries, and its two line searches against what they promise."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gdviz.descent.formula import Formula
from gdviz.descent.optimizers.lbfgs import LBFGS
from gdviz.descent.optimizers.optimizer import together
from gdviz.descent.optimizers.wolfe import CURVATURE, DECREASE, NEARLY, Found, Line, Trial, strong_wolfe, zoom
from gdviz.descent.schedules import Listed
from gdviz.descent.stepper import descend
from gdviz.descent.trajectory import How, Trajectory
from gdviz.descent.walk import Probe
from gdviz.problems import BadScene

Case = dict[str, Any]

ROSENBROCK = Formula("(1 - x)**2 + 100*(y - x**2)**2")
WELLS = Formula("m**4 - 3*m**2 + m")
OPTAX = LBFGS(history=10, line_search="zoom", scaling="norm", pairs="all")
FORMS = [
    LBFGS(),
    LBFGS(0.3, history=2, iterations=4, tolerance_gradient=1e-7, tolerance_change=1e-9),
    LBFGS(history=1, evaluations=3),
    OPTAX,
    LBFGS(0.5, line_search="zoom", iterations=3),
    LBFGS(line_search="zoom", scaling="none", pairs="all", evaluations=4),
    LBFGS(0.05, line_search="none"),
    LBFGS(0.02, line_search="none", iterations=3, scaling="norm", pairs="all"),
]


# ---- the libraries ----


def torch_form(given: Case) -> LBFGS:
    return LBFGS(
        given["lr"],
        given["history_size"],
        given["max_iter"],
        given["line_search_fn"] or "none",
        evaluations=given["max_eval"],
        tolerance_gradient=given["tolerance_grad"],
        tolerance_change=given["tolerance_change"],
    )


def optax_form(given: Case, config: str) -> LBFGS:
    return LBFGS(
        given["learning_rate"] or 1.0,
        given["memory_size"],
        line_search="none" if config.endswith("nolinesearch") else "zoom",
        scaling="norm" if given["scale_init_precond"] else "none",
        pairs="all",
    )


def followed(case: Case) -> Trajectory:
    settings = case["hyperparameters"]
    method = torch_form(settings) if case["library"] == "torch" else optax_form(settings, case["config"])
    loss = Formula(case["formula"], parameters=case["variables"])
    return descend(loss, method, start=case["start"], steps=case["steps"], tolerance=0)


def cases(reference: Path) -> list[Case]:
    files = sorted(
        [*reference.glob("trajectories/torch__LBFGS__*.json"), *reference.glob("trajectories/optax__lbfgs__*")]
    )
    assert len(files) >= 18
    return [json.loads(file.read_text(encoding="utf-8")) for file in files]


def test_it_follows_pytorch_and_optax(reference: Path) -> None:
    for case in cases(reference):
        path, check = followed(case), case["check"]
        last = min(check["reliable_steps"], len(path.at) - 1)
        assert last == check["reliable_steps"] or path.ends[0].how is How.CONVERGED, case["id"]
        for ours, theirs in ((path.params, case["positions"]), (path.loss, case["losses"])):
            wanted = np.array(theirs[: last + 1])
            error = np.abs(ours[: last + 1, 0] - wanted) / np.maximum(1.0, np.abs(wanted))
            assert error.max() <= check["rtol"], case["id"]


def test_it_asks_as_often_as_pytorch(reference: Path) -> None:
    counted = [case for case in cases(reference) if "func_evals_total" in case.get("aux", {})]
    assert len(counted) >= 11
    for case in counted:
        path = followed(case)
        last = min(case["check"]["reliable_steps"], len(path.at) - 1)
        assert path.evaluations[1 : last + 1, 0].tolist() == case["aux"]["func_evals_total"][:last], case["id"]


# ---- what it says of itself ----


@pytest.mark.parametrize("method", FORMS, ids=repr)
@pytest.mark.parametrize("loss", [ROSENBROCK, WELLS], ids=lambda loss: str(loss.text))
def test_the_rule_evaluated_on_its_terms_gives_the_step(method: LBFGS, loss: Formula) -> None:
    path = method.minimize(loss, start=np.linspace(0.25, 1.75, 3 * loss.about.dim).reshape(3, -1), steps=20)
    rule = Formula(path.rule)
    step = rule.value(np.stack([path.terms[name] for name in rule.about.names], axis=-1))
    going = np.arange(len(path.step))[:, None] < [end.step - end.diverged for end in path.ends]
    assert going.sum() >= 6
    assert step[going] == pytest.approx(path.step[going], rel=1e-12, abs=0)
    assert {"gradient", "step_length", "direction", "tries"} <= set(path.terms)
    assert (path.terms["gradient"][0] == path.gradient[0]).all()


@pytest.mark.parametrize("method", FORMS, ids=repr)
def test_a_step_costs_one_evaluation_and_its_tries(method: LBFGS) -> None:
    path = method.minimize(ROSENBROCK, start=[-1.2, 1.0], steps=15)
    assert (np.diff(path.evaluations[:, 0]) == 1 + path.terms["tries"][:, 0, 0]).all()


def test_it_remembers_no_more_than_it_may() -> None:
    path = LBFGS(history=3).minimize(ROSENBROCK, start=[-1.2, 1.0], steps=8)
    assert path.terms["remembered"][:, 0, 0].tolist() == [0, 1, 2, 3, 3, 3, 3, 3]


def test_as_many_moves_as_there_are_parameters_find_the_minimum_of_a_bowl() -> None:
    """With an exact search; this one is nearly: the first length is right from the second move on."""
    bowl = Formula("(x - 1)**2 + 3*(y + 2)**2 + x*y")
    path = LBFGS().minimize(bowl, start=[5.0, 5.0], steps=20)
    assert path.ends[0].how is How.CONVERGED
    assert path.ends[0].step <= 9
    assert path.params[-1, 0] == pytest.approx([24 / 11, -26 / 11], abs=1e-6)


# ---- many runs ----


@pytest.mark.parametrize("method", FORMS, ids=repr)
def test_a_run_is_the_same_alone_and_among_many(method: LBFGS) -> None:
    starts = np.random.default_rng(5).normal(0.0, 2.0, (12, 2))
    many = descend(ROSENBROCK, method, start=starts, steps=12, tolerance=0)
    for run, start in enumerate(starts):
        alone = descend(ROSENBROCK, method, start=start, steps=12, tolerance=0)
        steps = len(alone.at)
        np.testing.assert_array_equal(many.params[:steps, run], alone.params[:, 0])
        np.testing.assert_array_equal(many.evaluations[:steps, run], alone.evaluations[:, 0])
        for name, term in alone.terms.items():
            np.testing.assert_array_equal(many.terms[name][: len(term), run], term[:, 0])


def test_runs_may_differ_in_their_numbers() -> None:
    methods = [LBFGS(1.0), LBFGS(0.2), LBFGS(0.2, tolerance_gradient=100.0)]
    many = descend(ROSENBROCK, together(methods), start=[[-1.2, 1.0]] * 3, steps=5)
    for run, method in enumerate(methods):
        alone = method.minimize(ROSENBROCK, start=[-1.2, 1.0], steps=5)
        np.testing.assert_array_equal(many.params[: len(alone.at), run], alone.params[:, 0])
    assert not (many.params[1:, 0] == many.params[1:, 1]).any()


def test_a_run_that_diverges_leaves_the_others_alone() -> None:
    leaping = LBFGS(line_search="none", scaling="none")
    steep = Formula("exp(m**2) + m")
    path = leaping.minimize(steep, start=[[3.0], [0.1], [1.5]], steps=30)
    alone = leaping.minimize(steep, start=0.1, steps=30)
    assert [end.diverged for end in path.ends] == [True, False, True]
    np.testing.assert_array_equal(path.params[: len(alone.at), 1], alone.params[:, 0])


@pytest.mark.parametrize("method", FORMS, ids=repr)
@pytest.mark.parametrize(
    "formula", ["-m**4", "-exp(m)", "log(m)", "sqrt(m)", "1/m", "m*1e300", "m", "0*m", "1e-200*m**2", "abs(m)", "-m**2"]
)
def test_nothing_raises_whatever_the_numbers(method: LBFGS, formula: str) -> None:
    path = method.minimize(Formula(formula), start=[[1.0], [0.3], [50.0]], steps=12)
    assert np.isfinite(path.params).all()


def test_driven_by_hand_it_warns_of_nothing() -> None:
    probe = Probe(ROSENBROCK, 1)
    updates = list(OPTAX.walk(probe, np.array([[-1.2, 1.0]]), 3))
    assert len(updates) == 3
    assert probe.evaluations[0] == 3 + sum(np.sum(update.terms["tries"]) for update in updates)


# ---- settings ----


def test_few_evaluations_are_not_exceeded_by_more_than_one() -> None:
    for most in (1, 2, 3, 5):
        for search in ("strong_wolfe", "zoom"):
            path = LBFGS(evaluations=most, line_search=search, iterations=3).minimize(WELLS, start=2.0, steps=4)
            assert np.diff(path.evaluations[:, 0]).max() <= most + 1


def test_one_trial_is_taken_only_if_it_is_lower() -> None:
    """As in PyTorch, whose `max_eval` for `max_iter=1` leaves the search no more."""
    path = LBFGS(100.0, evaluations=1).minimize(WELLS, start=2.0, steps=1)
    assert path.terms["tries"][0, 0, 0] == 1
    assert path.step[0, 0, 0] == 0


def test_a_rate_of_zero_goes_nowhere_and_asks_nothing() -> None:
    path = LBFGS(Listed((1.0, 0.0, 1.0))).minimize(ROSENBROCK, start=[-1.2, 1.0], steps=3)
    assert path.step[1, 0].tolist() == [0.0, 0.0]
    assert path.terms["tries"][1, 0, 0] == 0
    assert path.loss[3, 0] < path.loss[2, 0]


def test_the_tolerances_of_pytorch_can_keep_it_from_arriving() -> None:
    early = LBFGS(tolerance_gradient=1e-7, tolerance_change=1e-9).minimize(WELLS, start=0.2, steps=30)
    assert early.ends[0].how is How.RAN_OUT
    assert not early.step[-1].any()
    assert LBFGS().minimize(WELLS, start=0.2, steps=30).ends[0].how is How.CONVERGED


COUNT = "allowed: a whole number of at least 1"
WRONG = [
    ({"learning_rate": 0}, "LBFGS(learning_rate=...): 0 can't be used; allowed: a number above 0"),
    ({"history": 0}, f"LBFGS(history=...): 0 can't be used; {COUNT}"),
    ({"history": 2.5}, f"LBFGS(history=...): 2.5 can't be used; {COUNT}"),
    ({"iterations": 0}, f"LBFGS(iterations=...): 0 can't be used; {COUNT}"),
    ({"evaluations": 0}, f"LBFGS(evaluations=...): 0 can't be used; {COUNT}, or None"),
    (
        {"tolerance_change": -1e-9},
        "LBFGS(tolerance_change=...): -1e-09 can't be used; allowed: a number of at least 0",
    ),
    ({"pairs": "some"}, "LBFGS(pairs=...): 'some' can't be used; allowed: positive, all"),
    ({"scaling": "halves"}, "LBFGS(scaling=...): 'halves' can't be used; allowed: sum, norm, none"),
]


@pytest.mark.parametrize(("given", "sentence"), WRONG)
def test_settings_out_of_range_are_said(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        LBFGS(**given)
    assert str(problem.value) == sentence


# ---- the searches ----


class Along:
    """A smooth function of the length, bounded below, that counts its trials."""

    def __init__(self, bowl: float, waves: list[tuple[float, float, float]], start: float) -> None:
        self.bowl, self.waves, self.start, self.asked = bowl, waves, start, 0

    def __call__(self, length: float) -> Trial:
        self.asked += 1
        place = np.float64(self.start + length)
        value, slope = self.bowl * place**2, 2 * self.bowl * place
        for height, pace, phase in self.waves:
            value += height * np.sin(pace * place + phase)
            slope += height * pace * np.cos(pace * place + phase)
        return Trial(length, value, slope, np.array([slope]))


WAVE = st.tuples(st.floats(-3.0, 3.0), st.floats(0.1, 5.0), st.floats(0.0, 6.0))
LINES = st.builds(Along, st.floats(0.01, 10.0), st.lists(WAVE, max_size=3), st.floats(-5.0, -0.5))
SEARCHES: list[tuple[Callable[[Line, Trial, float, int], Found], float]] = [(strong_wolfe, 0.0), (zoom, NEARLY)]


@pytest.mark.parametrize(("search", "nearly"), SEARCHES, ids=["strong_wolfe", "zoom"])
@given(line=LINES, first=st.floats(1e-3, 10.0))
def test_a_length_that_is_found_keeps_both_conditions(
    search: Callable[[Line, Trial, float, int], Found], nearly: float, line: Along, first: float
) -> None:
    here = line(0.0)
    if here.slope > -0.1:
        return
    line.asked = 0
    with np.errstate(all="ignore"):
        found, tries = search(line, here, np.float64(first), 60)
    assert tries == line.asked
    assert found.length > 0
    assert found.value <= here.value + max(DECREASE * found.length * here.slope, nearly * abs(here.value))
    assert tries > 60 or abs(found.slope) <= CURVATURE * abs(here.slope)


@settings(max_examples=40)
@given(st.floats(0.1, 5.0), st.floats(0.1, 5.0), st.floats(-2.0, 2.0), st.floats(-3.0, 3.0), st.floats(-3.0, 3.0))
def test_steps_keep_both_conditions_on_smooth_functions(a: float, b: float, c: float, x: float, y: float) -> None:
    loss = Formula(f"{a!r}*x**2 + {b!r}*y**2 + {c!r}*sin(2*x + y)")
    for method in (LBFGS(), OPTAX, LBFGS(line_search="zoom", iterations=1)):
        path = method.minimize(loss, start=[x, y], steps=6, tolerance=1e-3)
        direction = path.terms["direction"][:, 0]
        before, after = ((path.gradient[at, 0] * direction).sum(axis=-1) for at in (slice(0, -1), slice(1, None)))
        fall = DECREASE * path.terms["step_length"][:, 0, 0] * before
        told = before < -1e-10 * (1.0 + np.abs(path.loss[:-1, 0]))  # where rounding does not decide
        nearly = NEARLY * np.abs(path.loss[:-1, 0]) if method.line_search == "zoom" else fall
        assert (path.loss[1:, 0] <= path.loss[:-1, 0] + np.maximum(fall, nearly))[told].all()
        assert (np.abs(after) <= CURVATURE * np.abs(before) * (1 + 1e-12))[told].all()


@pytest.mark.parametrize("method", [LBFGS(), OPTAX, LBFGS(iterations=3)], ids=repr)
def test_a_search_comes_back_from_where_the_loss_is_not_defined(method: LBFGS) -> None:
    path = method.minimize(Formula("x - 3*log(x)"), start=[[20.0], [0.01]], steps=60)
    assert [end.how for end in path.ends] == [How.CONVERGED] * 2
    assert path.params[-1, :, 0] == pytest.approx([3.0, 3.0], abs=1e-4)


def test_downhill_without_end_is_searched_no_longer_than_allowed() -> None:
    for search in ("strong_wolfe", "zoom"):
        path = LBFGS(line_search=search).minimize(Formula("-m"), start=0.0, steps=1)
        assert path.terms["tries"][0, 0, 0] in (20, 25)
        assert path.params[1, 0, 0] > 1e5
