"""Studies: the numbers of single runs, the theory of quadratics, and maps that are what each start finds."""

import doctest
import importlib
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from methods import with_rate

from gdviz import (
    Adam,
    Basins,
    ClipByNorm,
    Formula,
    GradientDescent,
    Momentum,
    Optimizer,
    PhaseMap,
    RateStudy,
    Tuning,
    Verdict,
    descend,
    judge,
    schedules,
    surface,
    together,
)
from gdviz.descent import basins
from gdviz.descent.curvature import bottoms, largest_curvature, stable_rate
from gdviz.descent.footing import footprints
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers import OPTIMIZERS
from gdviz.descent.rate_study import besides
from gdviz.problems import BadScene

PARABOLA = Formula("(m - 3)**2 + 1")
BOWL = Formula("2*(x - 1)**2 + 20*(y + 2)**2")
HIMMELBLAU = "(x**2 + y - 11)**2 + (x + y**2 - 7)**2"
MINIMA = ((3.0, 2.0), (-2.805118, 3.131312), (-3.77931, -3.283186), (3.584428, -1.848127))
FOUR = Formula(HIMMELBLAU, region=((-6, 6), (-6, 6)), minima=MINIMA)
TWO = Formula("(x**2 - 1)**2 + y**2", region=((-2, 2), (-1, 1)))


@dataclass(frozen=True)
class WithoutHessian(Formula):
    """A loss that does not know its second derivatives."""

    def hessian(self, points: Array) -> Any:
        """Return nothing."""


# ---- the loop ----


@pytest.mark.parametrize("rate", [0.01, 0.3])
@pytest.mark.parametrize("kind", OPTIMIZERS)
@pytest.mark.parametrize("loss", [FOUR, Formula("x - log(x) + y**4 - log(y)")], ids=["himmelblau", "logarithms"])
def test_the_loop_of_many_runs_is_that_of_descend(loss: Loss, kind: str, rate: float) -> None:
    """Also of the runs that are lost on the way, to the last bit."""
    start = np.random.default_rng(5).uniform(0.1, 5, (7, 2))
    walker = with_rate(kind, rate)
    way = footprints(loss, walker, start, 25)
    path = descend(loss, walker, start, steps=25, tolerance=0)
    for run, end in enumerate(path.ends):
        last = end.step - end.diverged
        kept = min(last, len(path.at) - 1) + 1
        assert way.params[:kept, run].tobytes() == path.params[:kept, run].tobytes()
        assert way.loss[:kept, run].tobytes() == path.loss[:kept, run].tobytes()
        assert way.evaluations[:kept, run].tolist() == path.evaluations[:kept, run].tolist()
        assert way.lost[run] == end.diverged
        assert not end.diverged or way.last[run] == last
        assert (way.params[kept:, run] == way.params[kept - 1, run]).all()  # it stays where it ended


# ---- curvature ----


def test_the_limits_of_the_rate_are_where_the_spectral_radius_is_one() -> None:
    """The matrix of `(distance, last distance)` on a quadratic, its eigenvalues by numpy."""
    curvature = 7.0
    forms: list[Optimizer] = [GradientDescent(0.1)]
    forms += [Momentum(0.1, beta, nesterov) for beta in (0.0, 0.3, 0.9, 0.99) for nesterov in (False, True)]
    for form in forms:
        beta, nesterov = getattr(form, "momentum", 0.0), getattr(form, "nesterov", False)
        limit = stable_rate(form, curvature)
        for rate, side in ((0.999 * limit, -1), (1.001 * limit, 1)):
            rest = 1 - rate * curvature
            row = [(1 + beta) * rest, -beta * rest] if nesterov else [beta + rest, -beta]
            radius = np.abs(np.linalg.eigvals([row, [1, 0]])).max()
            assert np.sign(radius - 1) == side, (form, rate)


def test_a_method_without_a_known_limit_has_none() -> None:
    assert np.isnan(stable_rate(Adam(0.1), 7.0))
    assert np.isnan(stable_rate(Momentum(0.1, schedules.Constant(0.5)), 7.0))
    assert np.isnan(stable_rate(GradientDescent(0.1), -7.0))


def test_the_curvature_is_measured_where_the_way_is_most_curved() -> None:
    found = largest_curvature(surface("steep_wall"), np.array([-0.9]), 100)
    assert found.place == (-0.9,)
    assert found.step == 0
    assert found.value == pytest.approx(4 * np.exp(1.8), rel=1e-12)
    assert found.bottom == pytest.approx(4 * np.exp(-np.log(2.0)), rel=1e-9)  # at the minimum, log(2)/2
    late = largest_curvature(surface("plateau"), np.array([-3.2]), 200)
    assert late.step > 0
    assert late.value == pytest.approx(1.0, abs=1e-6)
    assert abs(late.place[0]) < 1e-3


@pytest.mark.parametrize("text", ["2*(x - 1)**2 + 20*(y + 2)**2", "x**2 + 3*x*y + 8*y**2"])
def test_without_second_derivatives_the_gradients_tell_the_curvature(text: str) -> None:
    exact = np.linalg.eigvalsh(Formula(text).hessian(np.zeros(2)))[-1]
    found = largest_curvature(WithoutHessian(text), np.array([0.7, 1.9]), 100)
    assert 0.9 * exact < found.value <= exact * (1 + 1e-6)
    assert np.isnan(found.bottom)


def test_the_bottoms_are_minima_and_neither_saddles_nor_summits_nor_steps() -> None:
    saddle, summit = (0.086678, 2.884255), (-0.270845, -0.923039)
    around = np.array([saddle, summit])[:, None] + np.random.default_rng(3).uniform(-0.05, 0.05, (2, 40, 2))
    places = np.concatenate([np.array(MINIMA) + 0.01, around.reshape(-1, 2)])
    found = bottoms(FOUR, places, 0.2, 100.0)
    assert sorted(map(tuple, found.round(5).tolist())) == sorted((round(x, 5), round(y, 5)) for x, y in MINIMA)
    assert len(bottoms(surface("flat_step"), np.array([[-1e-4]]), 0.1, 10.0)) == 0
    assert bottoms(Formula("m**4"), np.array([[0.01]]), 0.1, 10.0) == pytest.approx(0.0, abs=1e-3)


# ---- the learning rate ----


def test_the_study_of_a_parabola_is_the_theory() -> None:
    found = RateStudy(points=200).run(PARABOLA, GradientDescent(0.1), start=-2.0, steps=500)
    product = 2 * found.rates
    assert found.limit == found.settling_limit == pytest.approx(1.0)
    assert found.rates[[0, -1]].tolist() == pytest.approx([1.15 / 200, 1.15])
    assert found.contraction == pytest.approx(1 - product, abs=1e-6)
    with np.errstate(divide="ignore"):
        expected = np.ceil(np.log(0.01) / np.log(np.abs(1 - product)))
    assert found.steps_needed[product < 1.98].tolist() == np.maximum(expected, 1)[product < 1.98].tolist()
    assert np.isinf(found.steps_needed[product > 2]).all()
    words = np.array([verdict.value for verdict in Verdict])[found.verdict]
    assert (words[product > 2] == "diverging").all()
    assert (words[(product > 1.001) & (product < 2)] == "oscillating").all()
    assert set(words[product < 0.999]) == {"too small", "good"}


@pytest.mark.parametrize("optimizer", [GradientDescent(1.0), Momentum(1.0, 0.8), Momentum(1.0, 0.8, nesterov=True)])
@pytest.mark.parametrize("loss", [PARABOLA, BOWL])
def test_beyond_the_limit_nothing_arrives_and_just_below_it_all_do(loss: Loss, optimizer: Optimizer) -> None:
    start = [-2.0, 3.0][: loss.about.dim]
    found = RateStudy(points=60).run(loss, optimizer, start=start, steps=600)
    assert np.isinf(found.steps_needed[found.rates > found.limit]).all()
    inside = (found.rates < 0.97 * found.limit) & (found.rates > 0.1 * found.limit)
    assert np.isfinite(found.steps_needed[inside]).all()
    assert (found.verdict[found.rates > found.limit] == list(Verdict).index(Verdict.DIVERGING)).all()


@pytest.mark.parametrize("optimizer", [Adam(1.0), ClipByNorm(Momentum(1.0), 2.0)])
def test_a_study_has_the_numbers_of_its_single_runs(optimizer: Optimizer) -> None:
    found = RateStudy(low=0.001, high=0.8, points=30).run(FOUR, optimizer, start=(-1.0, 0.5), steps=90)
    assert np.isnan(found.limit)
    for k, rate in enumerate(found.rates.tolist()):
        own = ClipByNorm(Momentum(rate), 2.0) if isinstance(optimizer, ClipByNorm) else Adam(rate)
        path = descend(FOUR, own, (-1.0, 0.5), steps=90, tolerance=0)
        (single,) = judge(path, found.minima.tolist())
        assert found.final_loss[k] == path.loss[-1, 0]
        assert found.steps_needed[k] == (np.inf if single.steps_needed is None else single.steps_needed)
        assert list(Verdict)[found.verdict[k]] is single.verdict
        assert found.contraction[k] == single.contraction


def test_rates_measured_besides_are_as_if_they_had_been_in_the_sweep() -> None:
    start, whole = (-1.0, 0.5), RateStudy(low=0.125, high=0.625, points=5).run(FOUR, Adam(1.0), (-1.0, 0.5), 60)
    sparse = RateStudy(low=0.125, high=0.625, points=3).run(FOUR, Adam(1.0), start, 60)
    found = besides(sparse, FOUR, Adam(1.0), start, [0.5, 0.25, 0.375])
    for name in ("rates", "steps_needed", "final_loss", "contraction", "verdict", "minima"):
        one, other = getattr(found, name), getattr(whole, name)
        assert one.dtype == other.dtype
        assert np.array_equal(one, other, equal_nan=True), name
        assert not one.flags.writeable
    assert besides(found, FOUR, Adam(1.0), start, [0.5]) is found


def test_minima_that_are_not_known_are_found() -> None:
    found = RateStudy(low=0.001, high=0.02, points=50).run(
        Formula(HIMMELBLAU), GradientDescent(1.0), start=(-1.0, 0.5), steps=500
    )
    for one in found.minima:
        assert np.linalg.norm(np.array(MINIMA) - one, axis=1).min() < 1e-5
    assert np.isfinite(found.steps_needed).any()


# ---- the plane of rate and momentum ----


def test_the_map_of_a_quadratic_is_its_spectral_radius() -> None:
    found = PhaseMap(rates=40, momenta=25).run(BOWL, Momentum(0.1), start=(3.0, 1.0), steps=300)
    radius = np.empty((25, 40))
    for row, beta in enumerate(found.momenta):
        for column, rate in enumerate(found.rates):
            matrices = [[[1 + beta - rate * curvature, -beta], [1, 0]] for curvature in (4, 40)]
            radius[row, column] = np.abs(np.linalg.eigvals(matrices)).max()
    error = np.abs(found.contraction - radius) / radius
    assert error.max() < 0.1  # at the fold two eigenvalues meet, and a run shows `k radius**k`
    assert np.quantile(error, 0.95) < 0.01
    limits = 2 * (1 + found.momenta) / 40
    assert found.limits == pytest.approx(limits, rel=1e-12)
    beyond = found.rates > limits[:, None]
    assert ((found.verdict == list(Verdict).index(Verdict.DIVERGING)) == beyond).all()
    assert np.isinf(found.steps_needed[beyond]).all()
    arrives = (radius < 0.97) & (radius > 0.05)
    assert np.isfinite(found.steps_needed[arrives]).all()


def test_every_cell_is_a_run_of_its_own() -> None:
    found = PhaseMap(rates=6, momenta=5, low=0.001, high=0.03).run(FOUR, Momentum(1.0, nesterov=True), (-1, 0.5), 150)
    assert found.contraction.shape == found.verdict.shape == found.steps_needed.shape == (5, 6)
    for row, beta in enumerate(found.momenta.tolist()):
        for column, rate in enumerate(found.rates.tolist()):
            path = descend(FOUR, Momentum(rate, beta, nesterov=True), (-1.0, 0.5), steps=150, tolerance=0)
            (single,) = judge(path, found.minima.tolist())
            needed = np.inf if single.steps_needed is None else single.steps_needed
            assert (found.steps_needed[row, column], found.verdict[row, column]) == (
                needed,
                list(Verdict).index(single.verdict),
            )


# ---- basins ----


def test_a_map_of_basins_is_what_single_runs_find(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(basins, "TILE", 997)
    optimizer = Momentum(0.012, 0.9)
    found = Basins(60, 45).run(FOUR, optimizer, steps=60)
    assert set(np.unique(found.minimum)) == {-2, -1, 0, 1, 2, 3}
    assert found.radius == pytest.approx(0.12 * np.sqrt(2))
    rng = np.random.default_rng(8)
    for row, column in zip(rng.integers(45, size=150), rng.integers(60, size=150), strict=True):
        path = descend(FOUR, optimizer, (found.columns[column], found.rows[row]), steps=60, tolerance=0)
        cell = (found.minimum[row, column], found.arrived[row, column])
        if path.ends[0].diverged:
            assert cell == (-2, path.ends[0].step)
            continue
        places = path.params[: path.ends[0].step + 1, 0]
        near = [np.linalg.norm(places - one, axis=1) <= found.radius for one in np.array(MINIMA)]
        home = next((k for k in range(4) if near[k][-1]), -1)
        since = -1 if home < 0 else next(k for k in range(len(places)) if near[home][k:].all())
        assert cell == (home, since)


def test_the_cells_do_not_depend_on_the_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    maps = []
    for tile in (1, 13, 4096):
        monkeypatch.setattr(basins, "TILE", tile)
        maps.append(Basins(9, 7).run(FOUR, Momentum(0.005), steps=60))
    for other in maps[1:]:
        assert (other.minimum == maps[0].minimum).all()
        assert (other.arrived == maps[0].arrived).all()


def test_starts_on_the_ridge_end_nowhere_and_the_map_is_symmetric() -> None:
    found = Basins(31, 9).run(TWO, GradientDescent(0.05), steps=300)
    assert found.minima == pytest.approx(np.array([[-1.0, 0.0], [1.0, 0.0]]), abs=1e-9)
    assert (found.minimum[:, :15] == 0).all()
    assert (found.minimum[:, 15] == -1).all()
    assert (found.arrived[:, 15] == -1).all()
    assert (found.minimum[:, 16:] == 1).all()
    assert (found.arrived == found.arrived[:, ::-1]).all()
    assert found.arrived.max() > 10


def test_starts_outside_of_the_domain_are_lost_at_once_and_a_slope_has_no_minima() -> None:
    loss = Formula("x - log(x) + y**2", region=((-1, 3), (-1, 1)))
    found = Basins(9, 5).run(loss, GradientDescent(0.1), steps=100)
    assert found.columns[:3].tolist() == [-1.0, -0.5, 0.0]
    assert (found.minimum[:, :3] == -2).all()
    assert (found.arrived[:, :3] == 0).all()
    assert (found.minimum[:, 3:] == 0).all()
    assert found.minima == pytest.approx(np.array([[1.0, 0.0]]), abs=1e-6)
    slope = Basins(3, 4).run(Formula("x + y", region=((-1, 1), (-1, 1))), GradientDescent(0.1), steps=20)
    assert slope.minima.shape == (0, 2)
    assert (slope.minimum == -1).all()
    assert (slope.arrived == -1).all()


@pytest.mark.parametrize("kind", [Formula, WithoutHessian])
def test_basins_find_the_minima_of_himmelblau(kind: Callable[..., Loss]) -> None:
    loss = kind(HIMMELBLAU, region=((-6, 6), (-6, 6)))
    found = Basins(8, 8).run(loss, GradientDescent(0.01), steps=300)
    assert sorted(map(tuple, found.minima.round(4).tolist())) == sorted((round(x, 4), round(y, 4)) for x, y in MINIMA)
    assert (found.minimum >= 0).all()


# ---- what can't be used, and what can't be changed ----


@pytest.mark.parametrize(
    ("ask", "field", "given", "allowed"),
    [
        (lambda: RateStudy(low=0.0), "RateStudy(low=...)", 0.0, "allowed: a number above 0, or None"),
        (lambda: RateStudy(low=0.2, high=0.1), "RateStudy(low=...)", 0.2, "allowed: below high, which is 0.1"),
        (
            lambda: RateStudy(points=1),
            "RateStudy(points=...)", 1, "allowed: a whole number of at least 2 and up to 100000",
        ),
        (
            lambda: RateStudy(low=7.0).run(PARABOLA, GradientDescent(0.1)),
            "RateStudy(low=...)", 7.0, "allowed: below high, which is 1.15",
        ),
        (
            lambda: RateStudy().run(PARABOLA, Adam(0.1)),
            "RateStudy(high=...)", None,
            "no limit is known for this method on this loss; give the largest rate to try",
        ),
        (
            lambda: RateStudy().run(PARABOLA, GradientDescent(0.1), start=[[1.0], [2.0]]),
            "start", [[1.0], [2.0]], "a study asks many runs from the same start; allowed: one start",
        ),
        (
            lambda: RateStudy().run(PARABOLA, GradientDescent(0.1), steps=0),
            "steps", 0, "allowed: a whole number from 1 to 10,000,000",
        ),
        (
            lambda: RateStudy(high=1.0).run(PARABOLA, ClipByNorm(Momentum(schedules.Constant(0.1)))),
            "optimizer", ClipByNorm(Momentum(schedules.Constant(0.1))),
            "the learning rate of clipped momentum follows a schedule; "
            "allowed: one with a number for its learning rate",
        ),
        (
            lambda: PhaseMap(least=0.5, most=0.5),
            "PhaseMap(least=...)", 0.5, "allowed: below most, which is 0.5",
        ),
        (
            lambda: PhaseMap(rates=1000, momenta=200).run(PARABOLA, Momentum(0.1), steps=300),
            "steps", 300, "allowed: at most 249 for 200,000 runs at once, whose places are all kept",
        ),
        (
            lambda: PhaseMap().run(PARABOLA, Adam(0.1)),
            "optimizer", Adam(0.1), "allowed: a Momentum, whose rate and momentum are varied",
        ),
        (lambda: Basins(tolerance=1.0), "Basins(tolerance=...)", 1.0, "allowed: a number above 0 and below 1"),
        (
            lambda: Basins().run(PARABOLA, GradientDescent(0.1)),
            "loss", "m", "a map of basins has two axes; allowed: a loss of two parameters",
        ),
        (
            lambda: Basins().run(BOWL, GradientDescent(0.1)),
            "region", None,
            "a map of basins needs to know where to start; give the loss a region, such as ((-5, 5), (-5, 5))",
        ),
        (
            lambda: Basins().run(FOUR, GradientDescent(0.1), steps=True),
            "steps", True, "allowed: a whole number from 1 to 10,000,000",
        ),
    ],
)  # fmt: skip
def test_what_can_t_be_used_is_said_in_a_sentence(
    ask: Callable[[], object], field: str, given: object, allowed: str
) -> None:
    with pytest.raises(BadScene) as problem:
        ask()
    assert str(problem.value) == str(BadScene(field, given, allowed))


@pytest.mark.parametrize(
    "ask",
    [
        lambda: RateStudy(points=5).run(PARABOLA, GradientDescent(0.1), steps=9),
        lambda: PhaseMap(rates=3, momenta=2).run(PARABOLA, Momentum(0.1), steps=9),
        lambda: Basins(3, 4).run(FOUR, Momentum(0.1), steps=9),
        lambda: Tuning(points=3).tune(GradientDescent(0.1), FOUR, start=(1.0, 1.0), steps=9)[1],
    ],
)
def test_findings_are_read_only(ask: Callable[[], Any]) -> None:
    found = ask()
    arrays = [getattr(found, one.name) for one in fields(found) if isinstance(getattr(found, one.name), np.ndarray)]
    assert len(arrays) >= 4
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize("name", ["basins", "phase_map", "rate_study", "tuning", "verdict"])
def test_the_examples_in_the_docstrings_run(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"gdviz.descent.{name}"), raise_on_error=True)
    assert found.attempted >= 2


def test_a_sweep_is_one_vectorised_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred rates ask the loss as often as two do."""
    asked: list[int] = []
    call = Formula.__call__

    def counted(self: Formula, points: Array) -> tuple[Array, Array]:
        asked.append(len(points))
        return call(self, points)

    monkeypatch.setattr(Formula, "__call__", counted)
    footprints(BOWL, together([GradientDescent(0.01)] * 2), np.ones((2, 2)), 20)
    few = len(asked)
    footprints(BOWL, together([GradientDescent(0.01)] * 100), np.ones((100, 2)), 20)
    assert len(asked) == 2 * few == 2 * 21
