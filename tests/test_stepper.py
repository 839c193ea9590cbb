"""Laws of the loop: many runs at once equal single runs, what has ended stays, and every ending has its sentence."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from methods import with_rate

from gdviz.descent.data import Data
from gdviz.descent.fits import Line
from gdviz.descent.formula import Formula
from gdviz.descent.function import Function
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers import OPTIMIZERS, SGD, Adam, GradientDescent, Lion, Momentum, Optimizer
from gdviz.descent.optimizers.optimizer import together
from gdviz.descent.stepper import descend, first_params
from gdviz.descent.surfaces import surface
from gdviz.descent.trajectory import Ending, How, Trajectory
from gdviz.descent.walk import Probe, Update
from gdviz.problems import BadScene

PARABOLA = Formula("(m - 3)**2 + 1")
ROSENBROCK = Formula("(1 - x)**2 + 100*(y - x**2)**2")
LINE = Line(Data([0.1, 1.3, 2.2, 4.0, 7.7], [1.0, -0.5, 3.25, 4.0, 9.5]), intercept=True)
LOSSES: dict[str, Loss] = {
    "parabola": PARABOLA,
    "quartic": Formula("m**4 - 3*m**2 + m + 5"),  # diverges above a rate that depends on the start
    "logarithm": Formula("m - log(m)"),  # defined on one side only
    "waves": Formula("sin(3*m) + exp(-m**2) + m**2/8"),
    "rosenbrock": ROSENBROCK,
    "line": LINE,
    "callable": Function(lambda a, b: (a - 1) ** 2 + a * b + b**2, names=("a", "b")),
    "three": Formula("tanh(u*v) + log1p_like**2 + u**2", parameters=("u", "v", "log1p_like")),
}


# ---- many runs at once ----


def rows(path: Trajectory, run: int) -> dict[str, Array]:
    """Return the arrays of one run, up to its end."""
    last = min(path.ends[run].step, len(path.at) - 1)
    arrays = {name: getattr(path, name)[: last + 1, run] for name in ("params", "loss", "gradient", "evaluations")}
    steps = {"step": path.step[:last, run], **{name: term[:last, run] for name, term in path.terms.items()}}
    return {**arrays, **steps}


def assert_equal_runs(many: Trajectory, run: int, single: Trajectory) -> None:
    assert many.ends[run] == single.ends[0]
    expected = rows(single, 0)
    for name, array in rows(many, run).items():
        assert array.tobytes() == expected[name].tobytes(), f"{name}: {array} is not {expected[name]}"


@st.composite
def sweeps(draw: st.DrawFn) -> tuple[Loss, list[Optimizer], Array]:
    """A loss, optimizers of one kind with different numbers, and a start for each; some of the runs diverge."""
    loss = LOSSES[draw(st.sampled_from(sorted(LOSSES)))]
    name = draw(st.sampled_from(sorted(OPTIMIZERS)))
    runs = draw(st.integers(1, 6))
    rates = draw(st.lists(st.floats(1e-4, 2.0), min_size=runs, max_size=runs))
    optimizers = [with_rate(name, rate) for rate in rates]
    if name == "Momentum":
        nesterov = draw(st.booleans())
        memories = draw(st.lists(st.floats(0, 0.99), min_size=runs, max_size=runs))
        optimizers = [Momentum(rate, memory, nesterov) for rate, memory in zip(rates, memories, strict=True)]
    numbers = st.floats(0.125, 8.0)
    dim = loss.about.dim
    starts = draw(st.lists(st.lists(numbers, min_size=dim, max_size=dim), min_size=runs, max_size=runs))
    return loss, optimizers, np.array(starts)


@settings(max_examples=150, deadline=None)
@given(sweeps(), st.sampled_from([0.0, 1e-3]))
def test_a_sweep_equals_single_runs_bit_for_bit(sweep: tuple[Loss, list[Optimizer], Array], tolerance: float) -> None:
    loss, optimizers, starts = sweep
    many = descend(loss, together(optimizers), starts, steps=40, tolerance=tolerance)
    for run, optimizer in enumerate(optimizers):
        assert_equal_runs(many, run, descend(loss, optimizer, starts[run], steps=40, tolerance=tolerance))


@settings(max_examples=40, deadline=None)
@given(sweeps(), st.randoms(use_true_random=False))
def test_permuting_runs_permutes_results(sweep: tuple[Loss, list[Optimizer], Array], random: Any) -> None:
    loss, optimizers, starts = sweep
    order = list(range(len(optimizers)))
    random.shuffle(order)
    one = descend(loss, together(optimizers), starts, steps=30)
    other = descend(loss, together([optimizers[k] for k in order]), starts[order], steps=30)
    for place, run in enumerate(order):
        assert_equal_runs(one, run, other.run(place))


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_hundreds_of_starts_of_one_optimizer_equal_single_runs(name: str) -> None:
    optimizer = with_rate(name, 0.05)
    starts = np.linspace(-30, 30, 276)[:, None]  # the outer ones diverge
    many = descend(LOSSES["quartic"], optimizer, starts, steps=25)
    for run in range(0, 276, 25):
        assert_equal_runs(many, run, descend(LOSSES["quartic"], optimizer, starts[run], steps=25))


@settings(max_examples=40, deadline=None)
@given(sweeps())
def test_a_run_that_has_ended_repeats_its_last_finite_row(sweep: tuple[Loss, list[Optimizer], Array]) -> None:
    loss, optimizers, starts = sweep
    path = descend(loss, together(optimizers), starts, steps=40, tolerance=1e-3)
    assert all(np.isfinite(array).all() for array in (path.params, path.loss, path.gradient, path.step))
    for run, end in enumerate(path.ends):
        last = end.step - end.diverged
        for array in (path.params, path.loss, path.gradient, path.evaluations):
            assert (array[last:, run] == array[last, run]).all()
        assert not path.step[last:, run].any()
        for term in path.terms.values():
            assert term[end.step :, run].tobytes() == term[end.step - 1 : end.step, run].tobytes() * (
                len(term) - end.step
            )


@settings(max_examples=40, deadline=None)
@given(sweeps())
def test_each_step_is_what_is_added(sweep: tuple[Loss, list[Optimizer], Array]) -> None:
    loss, optimizers, starts = sweep
    path = descend(loss, together(optimizers), starts, steps=20)
    assert (path.params[1:] == path.params[:-1] + path.step).all()
    value, gradient = loss(path.params)
    assert (value == path.loss).all()
    assert (gradient == path.gradient).all()


def test_runs_are_taken_apart_and_walked_through() -> None:
    path = GradientDescent(0.1).minimize(ROSENBROCK, start=[[0.0, 0.0], [1.0, 2.0], [0.5, 0.5]], steps=4)
    assert path.runs == len(list(path)) == 3
    for run, single in enumerate(path):
        assert single.runs == 1
        assert (single.params[:, 0] == path.params[:, run]).all()
        assert single.terms["gradient"].shape == single.step.shape == (len(path.at) - 1, 1, 2)


def test_only_one_kind_goes_together() -> None:
    kinds = [GradientDescent(0.1), Lion(0.1), GradientDescent(0.2)]
    with pytest.raises(BadScene) as problem:
        together(kinds)
    assert str(problem.value) == (
        "optimizers: 'GradientDescent(), Lion()' can't be used; "
        "allowed: one or more of one kind, with the same switches"
    )
    with pytest.raises(BadScene, match="same switches"):
        together([Momentum(0.1), Momentum(0.1, nesterov=True)])
    with pytest.raises(BadScene, match="one or more"):
        together([])


# ---- endings ----

ENDINGS = [
    ("(m - 3)**2 + 1", 0.1, -2.0, "converged at step 63"),  # 0.8**62 is the first power below the tolerance
    ("(m - 3)**2 + 1", 0.1, 3.0, "converged at step 1"),
    ("(m - 3)**2 + 1", 0.01, -2.0, "ran out of steps after 100"),
    ("m**4", 1.0, 3.0, "diverged at step 5: the loss left the float range"),
    ("(m - 3)**2", 1e308, -2.0, "diverged at step 1: the loss left the float range"),
    ("m - log(m)", 8.0, 0.5, "diverged at step 3: the loss is not defined there"),
    ("log(m)", 2.0, 1.0, "diverged at step 1: the loss is not defined there"),
    ("log(m)", 1.0, 1.0, "diverged at step 1: the loss left the float range"),  # at the pole itself
    ("sqrt(m)", 1.0, 0.25, "diverged at step 1: the loss is not defined there"),
    # Infinity minus infinity is not a number, and yet no hole in the domain.
    ("m**4 - 3*m**2 + m", 0.7, 1e5, "diverged at step 3: the loss left the float range"),
    ("m**4 - 3*m**2 + m", 1.0, 1e52, "diverged at step 1: the loss left the float range"),
    ("exp(m) - exp(2*m)", 1.0, 3.0, "diverged at step 1: the loss left the float range"),
]


@pytest.mark.parametrize(("formula", "rate", "start", "sentence"), ENDINGS)
def test_every_ending_has_its_sentence(formula: str, rate: float, start: float, sentence: str) -> None:
    path = GradientDescent(rate).minimize(Formula(formula), start=start)
    assert str(path.ends[0]) == sentence
    assert path.ends[0].diverged == sentence.startswith("diverged")
    assert repr(path) == f"<Trajectory of gradient descent: 1 run, {sentence}>"


def test_endings_are_each_runs_own() -> None:
    path = descend(Formula("m**4 - 3*m**2 + m"), GradientDescent(0.05), [[1.5], [40.0], [1e80 ** (1 / 2)]], steps=12)
    assert [end.how for end in path.ends] == [How.RAN_OUT, How.OVERFLOWED, How.OVERFLOWED]
    assert path.ends[1].step > path.ends[2].step
    assert path.last == 12


def test_a_long_record_names_three_endings() -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=[[1.0], [2.0], [4.0], [5.0]], steps=1)
    assert repr(path) == (
        "<Trajectory of gradient descent: 4 runs, ran out of steps after 1, ran out of steps after 1, "
        "ran out of steps after 1, ...>"
    )


def test_convergence_needs_a_flat_gradient_and_a_small_step() -> None:
    # At the bottom of the bowl the gradient is small, but the ball is fast.
    path = Momentum(0.01, 0.99).minimize(PARABOLA, start=-2.0, steps=60, tolerance=0.01)
    assert (np.abs(path.gradient) < 0.01 * np.abs(path.gradient).max()).any()
    assert path.ends[0] == Ending(How.RAN_OUT, 60)


def test_convergence_is_measured_against_the_steepest_slope_met_on_the_way() -> None:
    path = GradientDescent(0.1).minimize(Formula("m**4/4 - m**2/2"), start=1e-9, steps=1000)  # beside the hilltop
    slope = np.abs(path.gradient[:, 0, 0])
    assert path.ends[0].how is How.CONVERGED
    assert slope[0] == pytest.approx(1e-9)
    assert slope[-1] <= 1e-6 * slope.max() < slope[-3]


STEEP = [  # from where nearly all of the way down is behind at once, and most of the way across is not
    ("x**4", 0.01, 3.0), ("x**6 + x**2/10", 1e-4, 3.0), ("cosh(x)", 0.01, 5.0), ("exp(x) - x", 0.005, 5.0),
    ("x**4 + x**2", 1e-4, 20.0), ("(m - 3)**2", 0.1, -2.0), ("(m - 3)**2", 0.95, -2.0),
]  # fmt: skip


@pytest.mark.parametrize(("formula", "rate", "start"), STEEP)
def test_a_run_that_has_converged_is_at_its_minimum_however_steep_its_start_was(
    formula: str, rate: float, start: float
) -> None:
    path = GradientDescent(rate).minimize(Formula(formula), start=start, steps=3000, tolerance=1e-3)
    bottom = 3.0 if "m" in formula else 0.0
    if path.ends[0].how is How.CONVERGED:
        assert abs(path.params[path.last, 0, 0] - bottom) <= 0.0021 * abs(start - bottom)
    else:  # it goes on as long as it may
        assert path.last == 3000
    slope = np.abs(path.gradient[:, 0, 0])
    assert (slope <= 1e-3 * slope.max()).any()


def test_himmelblaus_valley_is_not_reached_from_afar_before_it_is_reached() -> None:
    loss = surface("himmelblau")
    minima = loss.about.minima
    for rate in (1e-4, 5e-4, 1e-3):
        path = GradientDescent(rate).minimize(loss, start=(20, -20), steps=300, tolerance=1e-3)
        assert path.distance(minima)[path.last, 0] <= 0.08 or path.ends[0].how is How.RAN_OUT
    assert path.ends[0].how is How.CONVERGED


@settings(max_examples=60)
@given(st.floats(0.05, 0.95), st.booleans(), st.sampled_from([1e-2, 1e-3, 1e-6, 1e-9]), st.floats(0.1, 1e6))
def test_where_all_shrinks_by_one_factor_the_largest_alone_decides(
    factor: float, across: bool, tolerance: float, start: float
) -> None:
    rate = (1 + factor if across else 1 - factor) / 2
    path = GradientDescent(rate).minimize(Formula("x**2"), start=start, steps=600, tolerance=tolerance)
    first = 1 + math.log(tolerance) / math.log(factor)  # the step that is so much shorter than the first one
    assert path.ends[0].how is How.CONVERGED
    assert first - 1e-6 <= path.ends[0].step <= first + 1 + 1e-6


def test_without_tolerance_only_rest_stops_a_run() -> None:
    assert str(GradientDescent(0.1).minimize(PARABOLA, -2.0, tolerance=0).ends[0]) == "ran out of steps after 100"
    exact = GradientDescent(0.5).minimize(PARABOLA, -2.0, tolerance=0)
    assert exact.params[:, 0, 0].tolist() == [-2.0, 3.0, 3.0]
    assert str(exact.ends[0]) == "converged at step 2"


# ---- what is counted and kept ----


def test_each_place_costs_one_evaluation() -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=[[-2.0], [3.0]], steps=5)
    assert path.evaluations.tolist() == [[0, 0], [1, 1], [2, 1], [3, 1], [4, 1], [5, 1]]


@pytest.mark.parametrize("starts", [[1.5], [[1.5], [40.0], [1.0]]])
def test_nothing_is_evaluated_twice(starts: Any) -> None:
    asked: list[int] = []

    class Counted(Formula):
        def __call__(self, points: Array) -> tuple[Array, Array]:
            asked.append(len(points))
            return super().__call__(points)

    path = GradientDescent(0.05).minimize(Counted("m**4 - 3*m**2 + m"), start=starts, steps=12)
    assert len(asked) == 1 + len(path.at)  # the check of the start, then every place once


class Searcher:
    """Halves the rate until the loss falls: a walker that asks for trial points."""

    name, rule, sees_gradient = "search", "", True

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        params = start
        for step in range(steps):
            seen, rate = probe.see(step, params), 1.0
            while (probe.value(params - rate * seen.gradient) > 0.99 * seen.value).any() and rate > 0.1:
                rate /= 2
            params -= rate * seen.gradient  # in its own array, which is none of the recorder's
            yield Update(-rate * seen.gradient)


def test_trial_points_are_counted() -> None:
    path = descend(PARABOLA, Searcher(), start=-2.0, steps=1)
    assert path.params[:, 0, 0].tolist() == [
        -2.0,
        3.0,
    ]  # the whole rate lands as high on the other side, half of it hits
    assert path.evaluations[:, 0].tolist() == [0, 3]
    assert path.terms == {}
    assert path.rule == ""


def test_reading_again_is_free() -> None:
    probe = Probe(PARABOLA, 2)
    here, there = np.array([[-2.0], [4.0]]), np.array([[-1.0], [5.0]])
    first = probe.see(0, here)
    assert probe.see(0, here) is first
    assert probe.evaluations.tolist() == [1, 1]
    probe.look(1, there)
    assert probe.evaluations.tolist() == [1, 1]
    assert probe.see(1, there).gradient.tolist() == [[-8.0], [4.0]]
    assert probe.evaluations.tolist() == [2, 2]


class Standing:
    """Yields nothing at all, or more than it was asked for."""

    name, rule, sees_gradient = "standing", "", True

    def __init__(self, updates: int) -> None:
        self.updates = updates

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:  # noqa: ARG002 - as the contract says
        return (Update(np.ones_like(start)) for _ in range(self.updates))


def test_a_walker_may_give_up_at_once_and_never_exceeds_the_budget() -> None:
    nothing = descend(PARABOLA, Standing(0), start=-2.0)
    assert nothing.params.shape == (1, 1, 1)
    assert nothing.step.shape == (0, 1, 1)
    assert nothing.ends == (Ending(How.STOPPED, 0),)
    assert str(nothing.ends[0]) == "stopped by itself at step 0"
    assert descend(PARABOLA, Standing(99), start=-2.0, steps=5).at.tolist() == [0, 1, 2, 3, 4, 5]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 30), st.integers(1, 12), st.sampled_from([0.05, 0.3]), st.sampled_from(sorted(OPTIMIZERS)))
def test_thinning_keeps_the_right_rows(steps: int, every: int, rate: float, name: str) -> None:
    optimizer = with_rate(name, rate)
    starts = [[1.5], [9.0], [30.0]]  # some diverge early, and all may end before the budget
    whole = descend(LOSSES["quartic"], optimizer, starts, steps=steps, tolerance=0.01)
    thin = descend(LOSSES["quartic"], optimizer, starts, steps=steps, tolerance=0.01, every=every)
    last = whole.at[-1]
    assert thin.at.tolist() == [*range(0, last, every), last]
    assert thin.ends == whole.ends
    for array in ("params", "loss", "gradient", "evaluations"):
        assert (getattr(thin, array) == getattr(whole, array)[thin.at]).all()
    assert len(thin.step) == len(thin.at) - 1
    assert (thin.step == whole.step[thin.at[:-1]]).all()
    for term, values in thin.terms.items():
        for run, end in enumerate(whole.ends):
            alive = thin.at[:-1] < end.step
            assert values[alive, run].tobytes() == whole.terms[term][thin.at[:-1]][alive, run].tobytes()


def test_thinned_records_look_as_documented() -> None:
    path = descend(PARABOLA, GradientDescent(0.1), start=-2.0, steps=7, every=3, tolerance=0)
    assert path.at.tolist() == [0, 3, 6, 7]
    assert path.params.shape == (4, 1, 1)
    assert path.step.shape == path.terms["gradient"].shape == (3, 1, 1)
    assert path.step[:, 0, 0].tolist() == pytest.approx([0.1 * 10 * 0.8**k for k in (0, 3, 6)])


def test_arrays_are_read_only() -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=-2.0, steps=3)
    arrays = [path.at, path.params, path.loss, path.gradient, path.evaluations, path.step, *path.terms.values()]
    for array in [*arrays, path.run(0).params, path.run(0).terms["gradient"]]:
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0
    with pytest.raises(TypeError, match="item assignment"):
        path.terms["gradient"] = path.step  # type: ignore[index] # on purpose
    with pytest.raises(AttributeError):
        path.loss = path.loss  # type: ignore[misc] # on purpose


def test_the_start_given_is_not_touched() -> None:
    start = np.array([[-2.0]])
    descend(PARABOLA, Searcher(), start=start, steps=3)
    assert start.tolist() == [[-2.0]]


# ---- measures ----


def test_speed_and_cost() -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=[[-2.0], [3.0], [203.0]], steps=20)
    assert path.steps_to(2.0) == (8, 0, None)  # 25 * 0.64**k <= 1 from k = 8 on
    assert path.evaluations_to(2.0) == (8, 0, None)
    assert path.steps_to(0.5) == (None, None, None)
    thin = descend(PARABOLA, GradientDescent(0.1), [[-2.0], [3.0], [203.0]], steps=20, every=5)
    assert thin.steps_to(2.0) == (10, 0, None)
    assert thin.evaluations_to(2.0) == (10, 0, None)


def test_accuracy() -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=[[-2.0], [3.0]], steps=2)
    assert path.distance([(3.0,)]).tolist() == [[5.0, 0.0], [4.0, 0.0], [pytest.approx(3.2), 0.0]]
    digits = path.correct_digits([(3.0,)])
    assert digits[:, 1].tolist() == [pytest.approx(15.95, abs=0.01)] * 3
    assert digits[0, 0] == 0.0  # farther away than the minimum is large
    near = GradientDescent(0.1).minimize(PARABOLA, start=3.003, steps=1).correct_digits([(3.0,), (-40.0,)])
    assert near[0, 0] == pytest.approx(3.0)


def test_the_nearest_of_several_minima_counts() -> None:
    path = GradientDescent(0.1).minimize(ROSENBROCK, start=[[0.0, 0.0], [9.0, 9.0]], steps=1)
    assert path.distance([(3.0, 4.0), (9.0, 8.0)])[0].tolist() == [5.0, 1.0]


# ---- starts and arguments ----

BAD_STARTS = [
    (PARABOLA, "3", "start: '3' can't be used; allowed: one number"),
    (PARABOLA, True, "start: True can't be used; allowed: one number"),
    (PARABOLA, 1j, "start: 1j can't be used; allowed: one number"),
    (PARABOLA, [1, 2], "start: [1, 2] can't be used; allowed: one number (m)"),
    (PARABOLA, [], "start: [] can't be used; allowed: one number (m)"),
    (PARABOLA, [[[1.0]]], "start: [[[1.0]]] can't be used; allowed: one number (m)"),
    (PARABOLA, 10**400, None),
    (PARABOLA, float("nan"), "start: nan can't be used; allowed: finite numbers"),
    (PARABOLA, 1e200, "start: 1e+200 can't be used; allowed: a place where the loss and its gradient are finite"),
    (ROSENBROCK, 1.0, "start: 1.0 can't be used; allowed: 2 numbers (x, y)"),
    (ROSENBROCK, [[1, 2], [3]], "start: [[1, 2], [3]] can't be used; allowed: 2 numbers"),
    (ROSENBROCK, ["a", "b"], "start: ['a', 'b'] can't be used; allowed: 2 numbers"),
    (Formula("log(m)"), -1.0, "start: -1.0 can't be used; allowed: a place where the loss and its gradient are finite"),
    (
        Formula("log(m)"),
        [[1.0], [0.0]],
        "start: 0.0 can't be used; allowed: a place where the loss and its gradient are finite",
    ),
    (
        Formula("sqrt(x) + y"),
        (0.0, 1.0),
        "start: [0.0, 1.0] can't be used; allowed: a place where the loss and its gradient are finite",
    ),
]


@pytest.mark.parametrize(("loss", "start", "sentence"), BAD_STARTS)
def test_a_start_that_can_not_be_used_is_said(loss: Loss, start: Any, sentence: str | None) -> None:
    with pytest.raises(BadScene) as problem:
        first_params(loss, start)
    assert str(problem.value) == sentence or sentence is None


@pytest.mark.parametrize(
    ("start", "params"),
    [(2, [[2.0]]), ([2], [[2.0]]), ([[2], [3]], [[2.0], [3.0]]), (10**20, [[1e20]]), (np.float32(0.5), [[0.5]])],
)
def test_starts_are_numbers_points_or_many_points(start: Any, params: list[list[float]]) -> None:
    assert first_params(PARABOLA, start).tolist() == params


def test_the_losss_own_start_is_the_default() -> None:
    assert first_params(PARABOLA, None).tolist() == [[0.0]]
    assert first_params(replace(PARABOLA, start=2.5), None).tolist() == [[2.5]]
    assert first_params(LINE, None).tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("argument", "given", "sentence"),
    [
        ("steps", 0, "steps: 0 can't be used; allowed: a whole number from 1 to 10,000,000"),
        ("steps", 2.5, "steps: 2.5 can't be used; allowed: a whole number from 1 to 10,000,000"),
        ("steps", True, "steps: True can't be used; allowed: a whole number from 1 to 10,000,000"),
        ("every", 0, "every: 0 can't be used; allowed: a whole number from 1 to 10,000,000"),
        ("tolerance", 1, "tolerance: 1 can't be used; allowed: a number from 0 to below 1"),
        ("tolerance", float("nan"), "tolerance: nan can't be used; allowed: a number from 0 to below 1"),
        ("tolerance", False, "tolerance: False can't be used; allowed: a number from 0 to below 1"),
    ],
)
def test_arguments_out_of_range_are_said(argument: str, given: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        descend(PARABOLA, GradientDescent(0.1), start=1.0, **{argument: given})
    assert str(problem.value) == sentence


def test_minimize_needs_only_a_loss() -> None:
    path = Adam(1e-4).minimize(PARABOLA)
    assert str(path.ends[0]) == "ran out of steps after 100"
    assert path.at.tolist() == list(range(101))
    assert path.params[0].tolist() == [[0.0]]
    assert path.params[-1, 0, 0] == pytest.approx(0.01, rel=1e-3)  # a hundred steps of the length of the rate
    assert (path.name, path.names) == ("Adam", ("m",))
    assert {"learning_rate", "gradient", "mean_gradient", "usual_size", "first_moment", "correction1"} < set(path.terms)


# ---- an optimizer of the user's own ----


@dataclass(frozen=True)
class Own(Optimizer):
    """Hands over whatever it was made with."""

    learning_rate: float = 0.1
    mistake: str = ""

    name = "my own"

    @property
    def rule(self) -> str:
        return {
            "a misspelt name": "-learnig_rate * gradient",
            "a function": "-learning_rate * sign(gradient)",
            "a power": "-learning_rate * gradient**2",
            "a bracket": "-learning_rate * (gradient",
            "a number": "-2 * 0.5e0 * learning_rate * gradient",
            "none": "",
        }.get(self.mistake, "-learning_rate * gradient")

    def update(self, seen: Any, state: Any, params: Array, probe: Probe) -> Any:  # noqa: ARG002
        terms: Any = {"learning_rate": self.learning_rate, "gradient": seen.gradient}
        step = -(self.learning_rate * seen.gradient)
        if self.mistake == "nothing":
            return None
        if self.mistake == "no terms":
            terms = None
        if self.mistake == "step of one row":
            step = step[0, :1, None]
        if self.mistake == "term of three":
            terms["odd"] = np.zeros(3)
        if self.mistake == "term of words":
            terms["odd"] = "left"
        if self.mistake == "term now and then" and state:
            terms["late"] = 1.0
        return Update(step, True, terms)


WHERE = "optimizer 'my own', "
SETTABLE = "allowed: terms, numbers, brackets and + - * /; name anything else a term"
MISTAKES = {
    "a misspelt name": "rule: 'learnig_rate' can't be used; no term has this name; did you mean 'learning_rate'? "
    "allowed: gradient, learning_rate",
    "a function": "rule: 'sign' can't be used; no term has this name; allowed: gradient, learning_rate",
    "a power": f"rule: '-learning_rate * gradient**2' can't be used; {SETTABLE}",
    "a bracket": "rule: '-learning_rate * (gradient' can't be used; this parenthesis is never closed",
    "nothing": "update: None can't be used; allowed: Update(step, state, terms)",
    "no terms": "terms: None can't be used; allowed: a dictionary of names with numbers",
    "step of one row": "step: (1, 1) can't be used; allowed: an array (2, 1), as the parameters are",
    "term of three": "term odd: (3,) can't be used; allowed: a number, or an array (2, 1) or (2, 1)",
    "term of words": "term odd: () can't be used; allowed: a number, or an array (2, 1) or (2, 1)",
    "term now and then": "terms: 'late' can't be used; allowed: the same names at every step, and this one comes or "
    "goes",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_an_optimizer_of_ones_own_is_said(mistake: str) -> None:
    with pytest.raises(BadScene) as problem:
        Own(mistake=mistake).minimize(PARABOLA, start=[[1.0], [2.0]], steps=3)
    assert str(problem.value) == f"{WHERE}{MISTAKES[mistake]}"


@pytest.mark.parametrize("fine", ["", "none"])
def test_an_optimizer_of_ones_own_runs_and_a_rule_is_optional(fine: str) -> None:
    path = Own(mistake=fine).minimize(PARABOLA, start=1.0, steps=3)
    assert (path.params == GradientDescent(0.1).minimize(PARABOLA, start=1.0, steps=3).params).all()


def test_the_rule_of_many_is_that_of_everything_that_is_switched_on() -> None:
    many = [SGD(0.05, weight_decay=0.3), SGD(0.05, 0.9), SGD(0.05, 0.9, dampening=0.5)]
    path = descend(PARABOLA, together(many), [[1.0]] * 3, steps=5)
    rule = Formula(path.rule)
    step = rule.value(np.stack([path.terms[name] for name in rule.about.names], axis=-1))
    assert step == pytest.approx(path.step, rel=1e-12)
