"""The named surfaces are those of the literature, and what is known of them is true to the last digit."""

import itertools
import math
from collections.abc import Callable

import mpmath
import numpy as np
import pytest
import sympy
from test_formula_digits import exact

from gdviz import GradientDescent, Momentum
from gdviz.descent.critical import Kind, classify, critical_points
from gdviz.descent.expression.parse import parse
from gdviz.descent.formula import Formula
from gdviz.descent.loss import Array
from gdviz.descent.surfaces import SURFACES, Surface, surface
from gdviz.problems import BadScene

PLANES = [name for name in SURFACES if len(surface(name).about.names) == 2]
KINKED = {"corner": (1.0,), "ackley": (0.0, 0.0)}  # minima at a tip, where there is no Hessian
FLAT = {"monkey_saddle": (0.0, 0.0)}  # a saddle with a Hessian of zero


def ackley(x: Array, y: Array) -> Array:
    points, a, b, c = np.stack([x, y]), 20.0, 0.2, 2 * np.pi
    mean = np.mean(points**2, axis=0)
    return -a * np.exp(-b * np.sqrt(mean)) - np.exp(np.mean(np.cos(c * points), axis=0)) + a + np.e


def beale(x: Array, y: Array) -> Array:
    return np.asarray(sum((c - x * (1 - y**k)) ** 2 for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))))


def branin(x: Array, y: Array) -> Array:
    b, c, t = 5.1 / (2 * np.pi) ** 2, 5 / np.pi, 1 / (8 * np.pi)
    return np.square(y - b * x**2 + c * x - 6) + 10 * (1 - t) * np.cos(x) + 10


def freudenstein_roth(x: Array, y: Array) -> Array:
    return (x - 13 - 2 * y + 5 * y**2 - y**3) ** 2 + (x - 29 - 14 * y + y**2 + y**3) ** 2


def goldstein_price(x: Array, y: Array) -> Array:
    s, d = x + y, 2 * x - 3 * y  # both factors are polynomials of one combination of x and y
    first = 1 + (s + 1) ** 2 * (19 - 14 * s + 3 * s**2)
    return np.asarray(first * (30 + d**2 * (18 - 16 * d + 3 * d**2)))


def griewank(x: Array, y: Array) -> Array:
    root = np.sqrt(np.arange(1, 3))
    return np.asarray(np.hypot(x, y) ** 2 / 4000 - np.prod(np.cos(np.stack([x, y], -1) / root), axis=-1) + 1)


def monkey_saddle(x: Array, y: Array) -> Array:
    z = x + 1j * y
    return np.real(z**3) + np.abs(z) ** 4 / 2


def peaks(x: Array, y: Array) -> Array:
    return (
        3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2)
        - 10 * (x / 5 - x**3 - y**5) * np.exp(-(x**2) - y**2)
        - 1 / 3 * np.exp(-((x + 1) ** 2) - y**2)
    )


def quadratic(*rows: tuple[float, float]) -> Callable[[Array, Array], Array]:
    """Half of `p^T A p`, for the Hessian A."""
    return lambda x, y: np.einsum("i...,ij,j...", np.stack([x, y]), np.array(rows), np.stack([x, y])) / 2


def rastrigin(x: Array, y: Array) -> Array:
    return np.asarray(sum(10 + z**2 - 10 * np.cos(2 * np.pi * z) for z in (x, y)))


def styblinski_tang(x: Array, y: Array) -> Array:
    return np.asarray(sum(np.polyval([1, 0, -16, 5, 0], z) for z in (x, y)) / 2)


LITERATURE: dict[str, Callable[[Array, Array], Array]] = {
    "bowl": quadratic((2, 0), (0, 1)),
    "ravine": quadratic((0.1, 0), (0, 2)),
    "long_valley": lambda x, y: 0.02 * (x - 3) ** 2 + np.square(np.sin(x) - y),
    "saddle": lambda x, y: x**2 + (y**2 / 2 - 1) ** 2 - 1,
    "monkey_saddle": monkey_saddle,
    "two_wells": lambda x, y: (x**2 / 2 - 1) ** 2 - 1 + 0.25 * x + y**2,
    "wavy_valley": lambda x, y: 0.05 * x**2 + y**2 + np.sin(x) * np.cos(x),
    "crater": lambda x, y: -np.expm1(-0.25 * x**2 - 0.5 * y**2),
    "rosenbrock": lambda x, y: 100 * (x**2 - y) ** 2 + (x - 1) ** 2,
    "beale": beale,
    "booth": lambda x, y: 5 * x**2 + 5 * y**2 + 8 * x * y - 34 * x - 38 * y + 74,
    "matyas": quadratic((0.52, -0.48), (-0.48, 0.52)),
    "himmelblau": lambda x, y: np.square(x * x + y - 11) + np.square(x + y * y - 7),
    "mccormick": lambda x, y: np.sin(x + y) + (x - y) ** 2 - 3 / 2 * x + 5 / 2 * y + 1,
    "three_hump_camel": lambda x, y: (x + y) ** 2 - x * y + np.polyval([1 / 6, 0, -1.05, 0, 1, 0, 0], x),
    "six_hump_camel": lambda x, y: (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (-4 + 4 * y**2) * y**2,
    "styblinski_tang": styblinski_tang,
    "goldstein_price": goldstein_price,
    "branin": branin,
    "peaks": peaks,
    "freudenstein_roth": freudenstein_roth,
    "rastrigin": rastrigin,
    "ackley": ackley,
    "griewank": griewank,
    "bohachevsky": lambda x, y: x**2 + 2 * y**2 + 0.3 * (1 - np.cos(3 * np.pi * x)) + 0.4 * (1 - np.cos(4 * np.pi * y)),
    "easom": lambda x, y: -np.cos(x) * np.cos(y) * np.exp(-((x - np.pi) ** 2 + (y - np.pi) ** 2)),
}


def region(loss: Formula) -> tuple[Array, Array]:
    low, high = np.array(loss.about.region).T
    return low, high


def around(loss: Formula, point: tuple[float, ...], count: int = 1000) -> Array:
    """Return seeded neighbours: up to a hundredth of the region away, at all scales from there down to 1e-4 of it."""
    random = np.random.default_rng(0)
    low, high = region(loss)
    directions = random.normal(size=(count, len(point)))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return np.array(point) + directions * (high - low) * 10.0 ** random.uniform(-4, -2, (count, 1))


def declared(name: str) -> list[tuple[tuple[float, ...], Kind]]:
    about = surface(name).about
    return [*((point, Kind.MINIMUM) for point in about.minima), *((point, Kind.SADDLE) for point in about.saddles)]


POINTS = [
    pytest.param(name, point, kind, id=f"{name}-{kind.value}-{number}")
    for name in SURFACES
    for number, (point, kind) in enumerate(declared(name))
]
SMOOTH = [one for one in POINTS if one.values[1] not in (KINKED.get(one.values[0]), FLAT.get(one.values[0]))]  # type: ignore[arg-type, call-overload]


def test_there_is_a_choice_of_two_parameters_and_each_has_its_second_opinion() -> None:
    assert len(PLANES) == 26
    assert list(LITERATURE) == PLANES


@pytest.mark.parametrize("name", PLANES)
def test_a_formula_is_that_of_the_literature(name: str) -> None:
    loss = surface(name)
    assert loss.about.names == ("x", "y")
    points = np.random.default_rng(1).uniform(*region(loss), (2000, 2))
    ours, theirs = loss.value(points), LITERATURE[name](*points.T)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14 * np.abs(theirs).max())


@pytest.mark.parametrize(("name", "point", "kind"), SMOOTH)
def test_what_is_declared_is_critical_to_the_last_digit_and_of_its_kind(
    name: str, point: tuple[float, ...], kind: Kind
) -> None:
    # Newton's method in fifty digits, on the formula's own float64 constants, finds nothing else nearby.
    loss = surface(name)
    symbols = [sympy.Symbol(one, real=True) for one in loss.about.names]
    tree = exact(parse(loss.text, {}, loss.about.names))
    slopes = [tree.diff(symbol) for symbol in symbols]
    gradient = sympy.lambdify(symbols, slopes, "mpmath")
    hessian = sympy.lambdify(symbols, [[slope.diff(symbol) for symbol in symbols] for slope in slopes], "mpmath")
    with mpmath.workdps(50):
        true = mpmath.matrix([mpmath.mpf(x) for x in point])
        for _ in range(4):
            true -= mpmath.lu_solve(mpmath.matrix(hessian(*true)), mpmath.matrix(gradient(*true)))
        away = float(mpmath.norm(true - mpmath.matrix(point)))
    assert away <= 2 * np.spacing(max(map(abs, point)))
    steep = np.abs(loss(np.random.default_rng(0).uniform(*region(loss), (1000, len(point))))[1]).max()
    assert np.abs(loss(np.array(point))[1]).max() <= 1e-13 * steep
    found = classify(loss, point)
    assert found.kind is kind
    assert (min(found.eigenvalues) > 0) == (kind is Kind.MINIMUM)


@pytest.mark.parametrize(("name", "point"), [(name, p) for name in SURFACES for p in surface(name).about.minima])
def test_a_minimum_is_lower_than_a_thousand_neighbours(name: str, point: tuple[float, ...]) -> None:
    loss = surface(name)
    assert (loss.value(around(loss, point)) > loss.value(np.array(point))).all()


@pytest.mark.parametrize(("name", "point"), [(name, p) for name in SURFACES for p in surface(name).about.saddles])
def test_a_saddle_has_higher_and_lower_neighbours(name: str, point: tuple[float, ...]) -> None:
    loss = surface(name)
    higher = loss.value(around(loss, point)) > loss.value(np.array(point))
    assert 0 < higher.mean() < 1
    assert not loss(np.array(point))[1].any() or name not in FLAT


@pytest.mark.parametrize("name", SURFACES)
def test_places_are_in_the_region_and_the_start_is_on_the_way(name: str) -> None:
    loss = surface(name)
    low, high = region(loss)
    for point, _ in declared(name):
        assert ((low + 0.03 * (high - low) < point) & (point < high - 0.03 * (high - low))).all(), point
    start = np.array(loss.about.start)
    assert ((low < start) & (start < high)).all()
    value, gradient = loss(start)
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
    assert value > min(float(loss.value(np.array(point))) for point in loss.about.minima)
    assert np.abs(gradient).max() > 1e-3


@pytest.mark.parametrize("name", PLANES)
def test_regions_are_wide_pictures(name: str) -> None:
    low, high = region(surface(name))
    assert 1.15 <= (high - low)[0] / (high - low)[1] <= 1.35


@pytest.mark.parametrize("name", SURFACES)
def test_nothing_in_the_region_is_lower_than_the_lowest_minimum(name: str) -> None:
    loss = surface(name)
    axes = [np.linspace(*interval, 301) for interval in loss.about.region or ()]
    values = loss.value(np.stack(np.meshgrid(*axes), axis=-1))
    lowest = min(float(loss.value(np.array(point))) for point in loss.about.minima)
    assert values.min() >= lowest - 1e-15 * np.abs(values).max()


@pytest.mark.parametrize("name", SURFACES)
def test_no_minimum_and_no_saddle_of_the_region_is_missing(name: str) -> None:
    loss = surface(name)
    found = critical_points(loss, loss.about.region or (), grid=32)
    for kind in (Kind.MINIMUM, Kind.SADDLE):
        expected = [point for point, of in declared(name) if of is kind]
        expected = [point for point in expected if point not in (KINKED.get(name), FLAT.get(name))]
        points = [one.point for one in found if one.kind is kind]
        assert len(points) == len(expected)
        for point in points:
            assert min(math.dist(point, other) for other in expected) < 1e-7


def descended(loss: Formula, points: Array, rounds: int = 300) -> Array:
    """Return where points come to rest that only ever go downhill: Newton's steps with the curvatures' signs taken off.

    (Dauphin and others, 2014, "Identifying and attacking the saddle point problem".)
    """
    low, high = region(loss)
    for _ in range(rounds):
        value, gradient = loss(points)
        bends, directions = np.linalg.eigh(loss.hessian(points))
        along = np.einsum("nji,nj->ni", directions, gradient) / np.maximum(np.abs(bends), 1e-6)
        step = -np.einsum("nij,nj->ni", directions, along)
        step *= np.minimum(1, 0.05 * (high - low).min() / np.maximum(np.linalg.norm(step, axis=1), 1e-300))[:, None]
        for _ in range(40):
            step[loss.value(points + step) > value] /= 2
        points = points + step
    return points


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANES)
def test_a_descent_from_anywhere_ends_at_no_other_minimum(name: str) -> None:
    loss = surface(name)
    low, high = region(loss)
    points = descended(loss, np.random.default_rng(2).uniform(low, high, (200, 2)))
    inside = points[((points > low) & (points < high)).all(axis=1)]
    gaps = np.linalg.norm(inside[:, None] - np.array([point for point, _ in declared(name)]), axis=-1).min(axis=1)
    assert len(inside) > 100
    assert gaps.max() < 1e-6 * (high - low).max()


def test_the_ravine_makes_plain_descent_zigzag() -> None:
    path = GradientDescent(0.9).minimize(surface("ravine"), steps=20).params[:, 0]
    assert (np.diff(np.sign(path[:, 1])) != 0).all()
    assert (np.diff(np.abs(path), axis=0) < 0).all()


@pytest.mark.parametrize(("name", "condition"), [("ravine", 20), ("booth", 9), ("matyas", 25)])
def test_quadratics_are_as_steep_across_as_they_say(name: str, condition: float) -> None:
    low, high = np.linalg.eigvalsh(surface(name).hessian(np.zeros(2)))
    assert high / low == pytest.approx(condition, rel=1e-12)


@pytest.mark.parametrize(
    ("name", "rate", "momentum", "end"),
    [
        ("wavy_valley", 0.1, 0.0, (-3.7355704568666113, 0)),
        ("saddle", 0.1, 0.0, (0, 1.4142135623730951)),
        ("monkey_saddle", 0.01, 0.0, (0.75, 1.299038105676658)),
        ("monkey_saddle", 0.004, 0.9, (-1.5, 0)),  # a heavy ball runs straight over the pass
        ("two_wells", 0.02, 0.0, (1.346997408527774, 0)),
        ("three_hump_camel", 0.005, 0.0, (-1.747552345830289, 0.8737761729151445)),
        ("three_hump_camel", 0.0017, 0.9, (0, 0)),
        ("peaks", 0.01, 0.0, (0.2964455538468321, 0.32019624766683435)),
        ("peaks", 0.0033, 0.9, (0.22827892055636909, -1.6255349574999964)),
        ("branin", 0.05, 0.0, (-3.141592653589793, 12.275)),
        ("branin", 0.018, 0.9, (3.141592653589793, 2.275)),
        ("freudenstein_roth", 0.0002, 0.9, (11.412778986902094, -0.8968052532744765)),
        ("rastrigin", 0.001, 0.0, (0.9949586376523348, 0.9949586376523348)),
    ],
)
def test_starts_lead_where_the_lesson_needs_them(
    name: str, rate: float, momentum: float, end: tuple[float, float]
) -> None:
    method = Momentum(rate, momentum=momentum) if momentum else GradientDescent(rate)
    path = method.minimize(surface(name), steps=30_000)
    assert math.dist(path.params[-1, 0], end) < 1e-3


def test_reflections_are_counted_once() -> None:
    assert SURFACES["griewank"].minima == tuple(
        sorted(
            {
                (0.0, 0.0),
                *((a * 3.1400226338955397, b * 4.438444480920714) for a, b in itertools.product((1, -1), repeat=2)),
            }
        )
    )
    assert len(SURFACES["rastrigin"].minima) == 9
    assert len(SURFACES["rastrigin"].saddles) == 12


def test_a_row_names_everything() -> None:
    assert Surface._fields == ("formula", "region", "start", "source", "minima", "saddles")
    about = surface("saddle").about
    assert about.saddles == ((0.0, 0.0),)
    assert about.minima == ((0.0, -1.4142135623730951), (0.0, 1.4142135623730951))
    assert about.region == ((-2.6, 2.6), (-2.0, 2.0))
    with pytest.raises(
        BadScene, match=r"^surface: 'rosenbrok' can't be used; did you mean 'rosenbrock'\? allowed: par"
    ):
        surface("rosenbrok")
