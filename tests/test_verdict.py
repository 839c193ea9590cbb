"""Verdicts: theory on quadratics, and on everything else what the trajectory itself shows."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from methods import with_rate

from gdviz import Formula, GradientDescent, Momentum, Trajectory, Verdict, descend, judge, together
from gdviz.descent.loss import Array, Loss
from gdviz.descent.surfaces import surface
from gdviz.descent.verdict import Judgement
from gdviz.problems import BadScene

PARABOLA = Formula("(m - 3)**2 + 1")
ROSENBROCK = Formula("(1 - x)**2 + 100*(y - x**2)**2", start=(-1.2, 1.0))
HIMMELBLAU = Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2")
VALLEY = Formula("x**2/2 + 5*y**2 + z**2", start=(2.0, 1.0, -1.0))


# ---- theory ----


def quadratics() -> Iterator[tuple[float, float, float, float]]:
    """A thousand cases `(curvature, minimum, start, rate * curvature)`, many of them close to a limit."""
    rng = np.random.default_rng(20)
    while True:
        curvature, minimum = 10 ** rng.uniform(-6, 6), rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 3)
        start = minimum + rng.choice([-1, 1]) * 10 ** rng.uniform(-3, 3)
        near = rng.choice([-1, 1]) * 10 ** rng.uniform(-6, -1)
        product = rng.choice(
            [
                rng.uniform(0, 1),
                rng.uniform(1, 2),
                rng.uniform(2, 5),
                10 ** rng.uniform(-9, 0),
                1 + near,
                2 * (1 + near),
            ]
        )
        if min(abs(product - 1), abs(product / 2 - 1)) > 1e-6:
            yield float(curvature), float(minimum), float(start), float(product)


def test_on_a_thousand_quadratics_every_verdict_is_that_of_the_theory() -> None:
    met = dict.fromkeys(Verdict, 0)
    for _, (curvature, minimum, start, product) in zip(range(1000), quadratics(), strict=False):
        loss = Formula("L/2*(m - c)**2", constants={"L": curvature, "c": minimum})
        path = GradientDescent(product / curvature).minimize(loss, start=start, steps=40)
        (found,) = judge(path, (minimum,))
        case = f"curvature {curvature!r}, minimum {minimum!r}, start {start!r}, rate * curvature {product!r}: {found}"
        if product > 2:
            expected = Verdict.DIVERGING
        elif product > 1:
            expected = Verdict.OSCILLATING
        else:
            needed = np.ceil(np.log(0.01) / np.log1p(-product)) if product < 1 else 1
            if abs(np.log(0.01) / np.log1p(-product) - 40) < 1e-6:
                continue  # the last step of the budget decides, and rounding with it
            expected = Verdict.GOOD if needed <= 40 else Verdict.TOO_SMALL
        met[expected] += 1
        assert found.verdict is expected, case
        assert found.contraction == pytest.approx(1 - product, rel=1e-6, abs=1e-7), case
    assert min(met.values()) > 100, met


@pytest.mark.parametrize("product", [0.03, 0.4, 0.9, 1.0, 1.3, 1.9])
def test_the_steps_needed_are_those_of_the_geometric_series(product: float) -> None:
    (found,) = judge(GradientDescent(product / 2).minimize(PARABOLA, start=-2.0, steps=200), (3.0,))
    expected = 1 if product == 1 else int(np.ceil(np.log(0.01) / np.log(abs(1 - product))))
    assert found.steps_needed == expected
    assert found.verdict is (
        Verdict.TOO_SMALL if expected > 100 else Verdict.OSCILLATING if product > 1 else Verdict.GOOD
    )


def test_the_limit_itself_neither_grows_nor_shrinks() -> None:
    (found,) = judge(GradientDescent(1.0).minimize(PARABOLA, start=-2.0), (3.0,))
    assert (found.verdict, found.contraction, found.steps_needed) == (Verdict.OSCILLATING, -1.0, None)


def test_the_steepest_direction_decides_when_a_bowl_is_left() -> None:
    """In a bowl of curvatures 1, 10 and 2 the limits are those of 10, from any start that is not on its axis."""
    rates = np.array([0.02, 0.19, 0.199, 0.201, 0.3])
    many = descend(VALLEY, together([GradientDescent(rate) for rate in rates]), np.tile([2.0, 1.0, -1.0], (5, 1)), 150)
    words = [found.verdict.value for found in judge(many, ((0, 0, 0),))]
    assert words == ["too small", "oscillating", "oscillating", "diverging", "diverging"]


@pytest.mark.parametrize("round_", [True, False])
def test_bowls_of_any_shape_are_left_above_two_divided_by_their_largest_curvature(round_: bool) -> None:
    """Turned ellipses of an axis ratio up to 30; in round ones, which have one curvature, all limits are exact."""
    rng = np.random.default_rng(21)
    for _ in range(200):
        turn, steep = rng.uniform(0, np.pi), 10 ** rng.uniform(-3, 3)
        flat = steep if round_ else steep / 10 ** rng.uniform(0, 1.5)
        axes = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = axes @ np.diag([flat, steep]) @ axes.T
        constants = {"a": matrix[0, 0], "b": matrix[0, 1], "d": matrix[1, 1]}
        loss = Formula("a/2*x**2 + b*x*y + d/2*y**2", constants, parameters=("x", "y"))
        near = 1 + rng.choice([-1, 1]) * 10 ** rng.uniform(-3, -1)
        product = float(rng.choice([rng.uniform(0, 3), near, 2 * near]))
        start = rng.normal(size=2) * 10 ** rng.uniform(-2, 2)
        (found,) = judge(GradientDescent(product / steep).minimize(loss, start=start, steps=100), ((0.0, 0.0),))
        case = f"product {product!r}, matrix {matrix.tolist()}, start {start.tolist()}: {found}"
        assert (found.verdict is Verdict.DIVERGING) == (product > 2), case
        if round_:
            assert (found.contraction < 0) == (product > 1), case
            assert found.contraction == pytest.approx(1 - product, abs=1e-6), case


# ---- the evidence is in the trajectory ----

RATES: list[tuple[Loss, Any, tuple[str, ...], tuple[float, ...]]] = [
    *(
        (surface(name), None, ("GradientDescent",), (0.003, 0.1, 0.3, 0.95, 1.05))
        for name in ("parabola", "double_well", "plateau", "wavy", "steep_wall")
    ),
    (surface("double_well"), None, ("Momentum", "Adam", "RMSprop", "Lion"), (0.05,)),
    (ROSENBROCK, None, ("GradientDescent", "Momentum", "Adam"), (0.0005, 0.0015, 0.1)),
    (HIMMELBLAU, (-1.0, 0.5), ("GradientDescent", "Momentum", "Adam"), (0.001, 0.02, 0.5)),
    (VALLEY, None, ("GradientDescent",), (0.001, 0.1, 0.15, 0.21)),
]
RUNS = [(loss, kind, rate, start) for loss, start, kinds, rates in RATES for kind in kinds for rate in rates]
MINIMA = {
    1: ((3.0,), (0.0,), (-1.3008395659,), (1.1309011226,), (0.3465735903,), (3.5646558993,)),
    2: ((1.0, 1.0), (3.0, 2.0), (-2.805118, 3.131312), (-3.77931, -3.283186), (3.584428, -1.848127)),
    3: ((0.0, 0.0, 0.0),),
}


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize(("loss", "kind", "rate", "start"), RUNS)
def test_every_verdict_can_be_recomputed_from_the_arrays(
    loss: Loss, kind: str, rate: float, start: Any, known: bool
) -> None:
    path = with_rate(kind, rate).minimize(loss, start=start, steps=120)
    minima = tuple(np.ravel(one) for one in MINIMA[loss.about.dim]) if known else ()
    (found,) = judge(path, [one.tolist() for one in minima])
    recomputed(path, minima, found)


def recomputed(path: Trajectory, minima: tuple[Array, ...], found: Judgement) -> None:
    """Compute every number of a judgement again, one run at a time and as its docstring says."""
    end, evidence = path.ends[0], found.evidence
    last = end.step - end.diverged
    places = path.params[: last + 1, 0]
    target = None
    if minima:
        lowest = places[np.argmin(path.loss[: last + 1, 0])]
        target = min(minima, key=lambda one: float(np.linalg.norm(one - lowest)))
    elif str(end).startswith("converged"):
        target = places[-1]
    needed = None
    if target is None:
        assert np.isnan(evidence.start_distance)
    else:
        away = [float(np.hypot.reduce(np.append(place - target, 0.0))) for place in places]
        assert (away[0], away[-1]) == pytest.approx((evidence.start_distance, evidence.end_distance), rel=1e-12)
        if not end.diverged and away[-1] <= 0.01 * away[0]:
            needed = next(k for k in range(len(away)) if max(away[k:]) <= 0.01 * away[0])
    assert found.steps_needed == needed

    if evidence.followed == "distance":
        assert target is not None
        assert places.shape[1] == 1
        assert (evidence.begin, evidence.end) == (0, last if needed is None else needed)
        row = (places - target)[:, 0]
    else:
        steps = np.diff(places, axis=0)
        if needed is not None:
            steps = steps[: needed + 1]
        direction = np.linalg.svd(steps / np.abs(steps).max())[2][0]
        row = steps @ direction
        size = np.abs(row)
        assert np.argmax(size) in (evidence.begin, evidence.end)
        within = size[evidence.begin : evidence.end + 1]
        assert min(within[0], within[-1]) >= 0.01 * size.max() * (1 - 1e-9) or len(within) == 2
    pairs = evidence.end - evidence.begin
    row = row[evidence.begin : evidence.end + 1]
    assert evidence.crossings == sum(a * b < 0 for a, b in zip(np.sign(row), np.sign(row[1:]), strict=False))
    if pairs > 1:
        states = np.hypot(row[:-1], row[1:])
        size = (states[-1] / states[0]) ** (1 / (pairs - 1))
    elif pairs == 1:
        size = abs(row[1] / row[0])
    else:
        size = evidence.end_distance / evidence.start_distance
    sign = -1 if evidence.crossings > pairs / 2 else 1
    assert found.contraction == pytest.approx(sign * size, rel=1e-9, nan_ok=True)

    nearer = target is not None and evidence.end_distance < evidence.start_distance
    if end.diverged or (size > 1 + 1e-9 and (sign < 0 or not nearer)):
        expected = Verdict.DIVERGING
    elif sign < 0:
        expected = Verdict.OSCILLATING
    else:
        expected = Verdict.TOO_SMALL if needed is None or needed > 100 else Verdict.GOOD
    assert found.verdict is expected


def test_the_runs_above_meet_every_verdict() -> None:
    met = set()
    for loss, kind, rate, start in RUNS:
        path = with_rate(kind, rate).minimize(loss, start=start, steps=120)
        minima = [np.ravel(one).tolist() for one in MINIMA[loss.about.dim]]
        met.add((loss.about.dim > 1, judge(path, minima)[0].verdict))
    assert met == {(several, verdict) for several in (False, True) for verdict in Verdict}


# ---- special runs ----


def test_many_runs_are_judged_as_one_by_one() -> None:
    rates = np.geomspace(1e-4, 0.2, 40)
    many = descend(HIMMELBLAU, together([Momentum(rate) for rate in rates]), np.tile([-1.0, 0.5], (40, 1)), steps=80)
    minima = MINIMA[2]
    assert judge(many, minima) == tuple(judge(run, minima)[0] for run in many)  # type: ignore[arg-type]


def test_a_run_that_starts_at_its_minimum_is_good_at_once() -> None:
    (found,) = judge(GradientDescent(0.1).minimize(PARABOLA, start=3.0), (3.0,))
    assert (found.verdict, found.contraction, found.steps_needed) == (Verdict.GOOD, 0.0, 0)
    assert found.evidence.crossings == found.evidence.begin == found.evidence.end == 0


def test_a_run_that_rests_on_a_summit_never_arrives() -> None:
    (found,) = judge(GradientDescent(0.1).minimize(Formula("(m**2 - 1)**2"), start=0.0), (-1.0, 1.0))
    assert (found.verdict, found.contraction, found.steps_needed) == (Verdict.TOO_SMALL, 1.0, None)


def test_leaving_the_domain_is_diverging() -> None:
    path = GradientDescent(5.0).minimize(Formula("m - log(m)"), start=3.0)
    assert path.ends[0].diverged
    assert judge(path, (1.0,))[0].verdict is Verdict.DIVERGING


def test_a_run_beyond_the_root_of_the_float_range_has_not_arrived() -> None:
    """Its squares overflow while its numbers do not."""
    path = GradientDescent(1e200).minimize(Formula("abs(x) + abs(y)"), start=(1.0, 2.0), steps=1)
    (found,) = judge(path, ((0, 0),))
    assert (found.verdict, found.steps_needed) == (Verdict.DIVERGING, None)
    assert found.contraction == pytest.approx(np.sqrt(0.4) * 1e200)


def test_a_ball_that_speeds_up_towards_its_minimum_does_not_diverge() -> None:
    path = Momentum(1e-4, 0.99).minimize(Formula("x**2 + y**2"), start=(1.0, 2.0), steps=12)
    (found,) = judge(path, ((0, 0),))
    assert found.contraction > 1
    assert found.verdict is Verdict.TOO_SMALL


@pytest.mark.parametrize(
    ("minima", "tolerance", "every", "sentence"),
    [
        ((3.0,), 0.0, 1, "tolerance: 0.0 can't be used; allowed: a number above 0 and below 1"),
        ((3.0,), 0.01, 2, "every step must be recorded to be judged; allowed: descend(..., every=1)"),
        ((float("nan"),), 0.01, 1, "minima: (nan,) can't be used; allowed: a row of finite numbers"),
        (("three",), 0.01, 1, "minima: ('three',) can't be used; allowed: a row of finite numbers"),
    ],
)
def test_what_can_t_be_judged_is_said(minima: Any, tolerance: float, every: int, sentence: str) -> None:
    path = descend(PARABOLA, GradientDescent(0.1), -2.0, steps=10, every=every)
    with pytest.raises(BadScene) as problem:
        judge(path, minima, tolerance)
    assert sentence in str(problem.value)


def test_minima_of_another_dimension_are_refused() -> None:
    with pytest.raises(BadScene) as problem:
        judge(GradientDescent(0.01).minimize(HIMMELBLAU, start=(0.0, 0.0)), (3.0, 2.0))
    assert str(problem.value) == "minima: (3.0, 2.0) can't be used; allowed: a row of finite points of 2 numbers"
