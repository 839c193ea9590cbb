"""Cross-entropy in one weight and with an intercept: against plain floats, fifty digits and differences."""

import math
import pickle
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from gdviz.descent.data import Data
from gdviz.descent.logistic import Logistic
from gdviz.descent.loss import Fit
from gdviz.problems import BadData, BadScene

# Hours of study and whether the examination was passed: the worked example of Wikipedia's "Logistic regression", whose
# fit, 1.5046 for an hour and -4.0777, is R's.
HOURS = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.25, 3.5, 4.0, 4.25, 4.5, 4.75, 5.0, 5.5]
PASSED = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
EXAM = Data(HOURS, PASSED)
PETALS = Path(__file__).parents[1] / "scenes" / "data" / "iris_petals.csv"

PATIENT = settings(deadline=None)  # what is asked is whether it is right, also on a busy machine
INTERCEPT = pytest.mark.parametrize("intercept", [False, True])


def random_data(seed: int, n: int = 40) -> Data:
    """Data of two classes that overlap."""
    rng = np.random.default_rng(seed)
    x = rng.normal(0.3, 1.0, n)
    y = (rng.random(n) < 0.5 + 0.3 * np.tanh(x)).astype(float)
    y[:4], x[:4] = [0, 1, 0, 1], [2.0, -2.0, -1.5, 1.5]
    return Data(x, y)


# ---- values, gradients, curvature ----


@PATIENT
@given(st.integers(0, 2**32), st.booleans())
def test_it_equals_the_formula_in_plain_floats(seed: int, intercept: bool) -> None:
    data = random_data(seed)
    loss = Logistic(data, intercept)
    points = np.random.default_rng(seed).uniform(-2.0, 2.0, (20, loss.about.dim))  # beyond, 1 - p loses its digits
    value, gradient = loss(points)
    z = points[:, :1] * data.x + (points[:, 1:] if intercept else 0.0)
    p = 1.0 / (1.0 + np.exp(-z))
    np.testing.assert_allclose(
        value, np.mean(-(data.y * np.log(p) + (1 - data.y) * np.log(1 - p)), axis=-1), rtol=1e-11
    )
    np.testing.assert_allclose(gradient[:, 0], np.mean((p - data.y) * data.x, axis=-1), rtol=1e-12, atol=1e-14)
    if intercept:
        np.testing.assert_allclose(gradient[:, 1], np.mean(p - data.y, axis=-1), rtol=1e-12, atol=1e-14)


def exact(data: Data, m: float, b: float) -> tuple[Any, list[Any]]:
    """Return the loss and both slopes in fifty digits."""
    pairs = [(mpmath.mpf(float(x)), int(y)) for x, y in zip(data.x, data.y, strict=True)]
    value, by_m, by_b = mpmath.mpf(0), mpmath.mpf(0), mpmath.mpf(0)
    for x, y in pairs:
        wrong = (m * x + b) * (-1 if y else 1)
        value += mpmath.log1p(mpmath.exp(wrong))
        miss = (-1 if y else 1) / (1 + mpmath.exp(-wrong))
        by_m, by_b = by_m + miss * x, by_b + miss
    return value / len(pairs), [by_m / len(pairs), by_b / len(pairs)]


EXTREME = [0.0, 1e-300, 1e-9, 0.3, -2.0, 40.0, -40.0, 700.0, -750.0, 3e4, -1e9]


@pytest.mark.parametrize("m", EXTREME)
@pytest.mark.parametrize("b", [0.0, 1.7, -300.0])
@pytest.mark.parametrize("part", [0, 1, 2], ids=["overlapping", "parted", "one on the wrong side"])
def test_it_has_all_its_digits_at_any_weight(m: float, b: float, part: int) -> None:
    data = [Data(HOURS, PASSED), Data([-2.0, -0.5, 1.0, 3.0], [0, 0, 1, 1]), Data([-2.0, 1e-3, 3.0], [0, 0, 1])][part]
    with mpmath.workdps(50):
        value, gradient = exact(data, mpmath.mpf(m), mpmath.mpf(b))
        # m x + b is rounded once, which moves everything by as much as its size.
        slack = 4e-16 * max(abs(m) * float(np.abs(data.x).max()), abs(b), 4.0)
        found = Logistic(data, intercept=True)(np.array([m, b]))
        assert abs(found[0] - value) <= slack * value + 1e-300
        for one, other in zip(found[1], gradient, strict=True):
            assert abs(one - other) <= slack * float(np.abs(data.x).max()) * value + 1e-300


def test_the_slope_keeps_its_digits_where_p_is_one() -> None:
    """At 60 the probability differs from 1 by 1e-26: `p - y` would be zero."""
    loss = Logistic(Data([-1.0, 1.0], [0, 1]))
    value, gradient = loss(np.array([60.0]))
    assert value == pytest.approx(math.exp(-60.0), rel=1e-14)
    assert gradient[0] == pytest.approx(-math.exp(-60.0), rel=1e-14)


def test_the_largest_weights_are_quiet() -> None:
    """Warnings are errors in these tests: nothing here overflows aloud, and a mean of floats is a float."""
    largest = float(np.finfo(np.float64).max)
    loss = Logistic(Data([1.0, 1.0, 1.0, -1.0], [0, 0, 0, 1]))
    value, gradient = loss(np.array([[largest], [-largest], [np.inf], [np.nan]]))
    assert value[0] == largest
    assert value[1] == 0.0
    assert value[2] == np.inf
    assert np.isnan(value[3])
    assert gradient[:2, 0].tolist() == [1.0, 0.0]
    assert np.isfinite(Logistic(EXAM).value(np.array([[largest / 5.5], [-largest / 5.5]]))).all()
    curvature = loss.hessian(np.array([[largest], [-1e4], [0.0]]))[:, 0, 0]
    assert curvature.tolist() == [0.0, 0.0, 0.25]
    assert Logistic(EXAM).predict(np.array([largest]), np.array([-1e9, 0.0, 1e9])).tolist() == [0.0, 0.5, 1.0]


@INTERCEPT
@pytest.mark.parametrize("seed", range(5))
def test_gradient_and_hessian_equal_central_differences(seed: int, intercept: bool) -> None:
    loss = Logistic(random_data(seed), intercept)
    points = np.random.default_rng(seed).normal(0.0, 1.5, (30, loss.about.dim))
    gradient, hessian = loss(points)[1], loss.hessian(points)
    for i in range(loss.about.dim):
        move = np.zeros(loss.about.dim)
        move[i] = 1e-5
        slope = (loss.value(points + move) - loss.value(points - move)) / 2e-5
        np.testing.assert_allclose(gradient[:, i], slope, rtol=1e-7, atol=1e-9)
        bend = (loss(points + move)[1] - loss(points - move)[1]) / 2e-5
        np.testing.assert_allclose(hessian[:, i], bend, rtol=1e-7, atol=1e-9)
    np.testing.assert_array_equal(hessian, hessian.swapaxes(-1, -2))


@INTERCEPT
@pytest.mark.parametrize("n", [2, 3, 24, 129, 5000])
def test_one_point_equals_the_same_point_among_thousands(n: int, intercept: bool) -> None:
    rng = np.random.default_rng(n)
    loss = Logistic(Data(rng.normal(size=n), np.arange(n) % 2), intercept)
    points = rng.normal(size=(1000, loss.about.dim)) * 30.0
    value, gradient = loss(points)
    hessian = loss.hessian(points[:300])
    np.testing.assert_array_equal(loss.value(points), value)
    for first, count in ((0, 1), (0, 2), (5, 7), (200, 300), (999, 1)):
        part = loss(points[first : first + count])
        np.testing.assert_array_equal(part[0], value[first : first + count])
        np.testing.assert_array_equal(part[1], gradient[first : first + count])
    np.testing.assert_array_equal(loss(points[7])[1], gradient[7])
    np.testing.assert_array_equal(loss.hessian(points[7]), hessian[7])
    np.testing.assert_array_equal(loss(np.asfortranarray(points))[1], gradient)
    assert loss(points.reshape(10, 100, -1))[1].shape == (10, 100, loss.about.dim)
    assert loss.hessian(points[:6].reshape(2, 3, -1)).shape == (2, 3, loss.about.dim, loss.about.dim)
    assert loss.value(np.empty((0, loss.about.dim))).shape == (0,)


# ---- the minimum ----


def test_the_examination_of_the_textbook() -> None:
    ((weight, intercept),) = Logistic(EXAM, intercept=True).about.minima
    assert (weight, intercept) == pytest.approx((1.5046, -4.0777), abs=5e-5)


def test_the_petals_of_two_irises() -> None:
    petals = Data.from_csv(PETALS, x="petal_width_mm", y="virginica").centred()
    loss = Logistic(petals)
    ((m,),) = loss.about.minima
    with mpmath.workdps(30):
        best = mpmath.findroot(lambda w: exact(petals, w, mpmath.mpf(0))[1][0], 1.2)
    assert m == pytest.approx(float(best), rel=1e-14)
    assert np.mean((loss.predict(np.array([m]), petals.x) > 0.5) == petals.y) == 0.94


def test_the_petals_are_fisher_s(shared_data: Path) -> None:
    rows = [line.split(",") for line in (shared_data / "iris.csv").read_text().splitlines()]
    kept = [row for row in rows[1:] if row[4] != "setosa"]
    for name, place in (("petal_length_mm", 2), ("petal_width_mm", 3)):
        data = Data.from_csv(PETALS, x=name, y="virginica")
        np.testing.assert_allclose(data.x / 10, [float(row[place]) for row in kept], rtol=1e-15)
        assert data.y.tolist() == [float(row[4] == "virginica") for row in kept]


@PATIENT
@given(st.integers(0, 2**32), st.booleans(), st.floats(-8, 8), st.floats(-3, 3))
def test_the_slope_vanishes_at_the_minimum_and_nowhere_lower(
    seed: int, intercept: bool, unit: float, origin: float
) -> None:
    data = random_data(seed)
    x = (data.x + (origin if intercept else 0.0)) * 10.0**unit
    loss = Logistic(Data(x, data.y), intercept)
    best = np.array(loss.about.minima[0])
    value, gradient = loss(best)
    np.testing.assert_allclose(gradient / np.array([10.0**unit, 1.0])[: len(best)], 0.0, atol=1e-12)
    around = best * (1.0 + np.random.default_rng(seed).normal(0.0, 0.1, (50, len(best))))
    assert (loss.value(around) >= value * (1 - 1e-15)).all()


HARD = [  # overlapping, by next to nothing or over many decades
    ([-1.0, -1e-10, 1.0], [0, 1, 1], False),
    ([-1.0, -1e-300, 1.0], [0, 1, 1], False),
    ([-1.0, 1e-10, 0.0, 1.0], [0, 0, 1, 1], True),
    ([-1.0, 2.0, 1.0, 1e6], [0, 1, 0, 0], True),
    ([-1e-12, 1e-12, 2e-12, -2e-12, 1.0], [0, 1, 0, 1, 1], True),
    ([-1e-12, 1e-12, 2e-12, -2e-12, 1.0], [0, 1, 0, 1, 1], False),
    ([1e300, -1e300, 2e-12, -5e299, 1.0], [0, 1, 0, 1, 1], False),
    ([1e308, -1.7e308, 2e-12, -5e299, 1.7e308], [0, 1, 0, 1, 1], True),
    ([1.0, 1.0, 1.0], [0, 1, 1], False),  # ln 2
]


@pytest.mark.parametrize(("x", "y", "intercept"), HARD)
def test_a_minimum_that_is_hard_to_find_is_found(x: list[float], y: list[int], intercept: bool) -> None:
    data = Data(x, y)
    loss = Logistic(data, intercept)
    ((m, *b),) = loss.about.minima
    with mpmath.workdps(50):
        _, slopes = exact(data, mpmath.mpf(m), mpmath.mpf(b[0] if b else 0.0))
        unit = max(abs(value) for value in x)
        assert abs(slopes[0] / unit) < 1e-12
        assert not b or abs(slopes[1]) < 1e-12


def test_a_minimum_far_out_is_exact() -> None:
    """Two points pull to the right, with exp(-m), and one to the left, with 1e-10 / 2: m = ln(4e10), nearly."""
    ((m,),) = Logistic(Data([-1.0, -1e-10, 1.0], [0, 1, 1])).about.minima
    assert m == pytest.approx(math.log(4e10), rel=1e-9)


NO_MINIMUM = [
    ([-1.0, 2.0], [0, 1], False),  # parted at zero
    ([-1.0, 2.0], [1, 0], False),  # the other way round
    ([0.0, 2.0, 3.0], [0, 1, 1], False),  # 0 is told by chance whatever the weight
    ([0.0, 0.0], [0, 1], False),  # every weight fits equally well
    ([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1], True),
    ([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0], True),
    ([1.0, 2.0, 2.0, 4.0], [0, 0, 1, 1], True),  # parted but for a tie
    ([2.0, 2.0, 2.0], [0, 1, 1], True),  # many pairs fit equally well
]


@pytest.mark.parametrize(("x", "y", "intercept"), NO_MINIMUM)
def test_classes_that_are_parted_have_no_minimum(x: list[float], y: list[int], intercept: bool) -> None:
    assert Logistic(Data(x, y), intercept).about.minima == ()


def test_what_is_parted_without_an_intercept_depends_on_the_origin() -> None:
    away = Data([1.0, 2.0, 3.0, 4.0], [0, 1, 0, 1])
    assert Logistic(away).about.minima
    assert Logistic(away.centred()).about.minima
    parted = Data([1.0, 2.0, 3.0, 4.0], [0, 0, 1, 1])
    assert Logistic(parted).about.minima
    assert not Logistic(parted.centred()).about.minima


# ---- what it says of itself ----


def test_it_is_a_fit() -> None:
    loss = Logistic(EXAM, intercept=True)
    assert isinstance(loss, Fit)
    assert (loss.about.names, loss.about.start) == (("m", "b"), (0.0, 0.0))
    assert loss.value(np.zeros(2)) == pytest.approx(math.log(2), rel=1e-15)
    assert loss == Logistic(EXAM, True, names=("m", "b"))
    assert loss != Logistic(EXAM, True, names=("weight", "bias"))
    assert hash(loss) == hash(Logistic(Data(HOURS, PASSED), True))
    again = pickle.loads(pickle.dumps(loss))
    assert again == loss
    assert again.about == loss.about
    assert loss.at(1) is loss
    with pytest.raises(ValueError, match=r"points must have the shape \(\.\.\., 2\), not \(1,\)"):
        loss.value(np.zeros(1))


def test_it_predicts_a_probability() -> None:
    x = np.array([-1.0, 0.0, 3.0])
    alone, both = Logistic(EXAM), Logistic(EXAM, intercept=True)
    np.testing.assert_allclose(alone.predict(np.array([2.0]), x), 1 / (1 + np.exp(-2 * x)), rtol=1e-15)
    np.testing.assert_allclose(both.predict(np.array([2.0, 1.0]), x), 1 / (1 + np.exp(-2 * x - 1)), rtol=1e-15)


@INTERCEPT
def test_its_mathematics_can_be_drawn(intercept: bool) -> None:
    about = Logistic(EXAM, intercept).about
    assert about.text == r"-\frac{1}{n}\,\sum (y \ln p + (1 - y) \ln (1 - p))"
    assert len(about.slopes) == about.dim
    parser = MathTextParser("agg")
    for written in (about.text, *about.slopes):
        parser.parse(f"${written}$")


REFUSED: list[tuple[dict[str, Any], type[Exception], str]] = [
    (
        {"data": [1, 2]},
        BadScene,
        "data: [1, 2] can't be used; give Data(x, y) or Data.from_csv(path, x=..., y=...)",
    ),
    ({"data": EXAM, "names": ("m", "b")}, BadScene, "names: ('m', 'b') can't be used; this curve has 1 of them: m"),
    (
        {"data": Data([1, 2, 3], [0, 1, 2], source="cars.csv")},
        BadData,
        "cars.csv: y is 2 in row 3; two classes are written as 0 and 1",
    ),
    ({"data": Data([1, 2], [0.5, 1])}, BadData, "the data: y is 0.5 in row 1; two classes are written as 0 and 1"),
    (
        {"data": Data([1, 2], [1, 1])},
        BadData,
        "the data: y is 1 in every row; both classes, 0 and 1, are needed",
    ),
]


@pytest.mark.parametrize(("arguments", "problem", "sentence"), REFUSED)
def test_what_can_t_be_told_apart_is_told(arguments: dict[str, Any], problem: type[Exception], sentence: str) -> None:
    with pytest.raises(problem) as caught:
        Logistic(**arguments)
    assert str(caught.value) == sentence


# ---- squares, to see what speaks against them ----


@INTERCEPT
def test_squares_are_those_of_the_probabilities(intercept: bool) -> None:
    data = random_data(3)
    loss = Logistic(data, intercept, cost="mean_squared_error")
    points, step = np.random.default_rng(3).uniform(-2.0, 2.0, (20, loss.about.dim)), 1e-5
    z = points[:, :1] * data.x + (points[:, 1:] if intercept else 0.0)
    value, gradient = loss(points)
    np.testing.assert_allclose(value, np.mean((1.0 / (1.0 + np.exp(-z)) - data.y) ** 2, axis=-1), rtol=1e-12)
    for axis, apart in enumerate(step * np.eye(loss.about.dim)):
        rise = (loss.value(points + apart) - loss.value(points - apart)) / (2 * step)
        np.testing.assert_allclose(gradient[:, axis], rise, atol=1e-9)
        bend = (loss(points + apart)[1] - loss(points - apart)[1]) / (2 * step)
        np.testing.assert_allclose(loss.hessian(points)[..., axis], bend, atol=1e-8)


def test_a_sure_mistake_is_steep_for_cross_entropy_and_flat_for_squares() -> None:
    petals = Data.from_csv(PETALS, x="petal_width_mm", y="virginica").centred()
    far = np.array([[-4.0]])
    assert Logistic(petals)(far)[1][0, 0] < -3.5
    assert -0.01 < Logistic(petals, cost="mean_squared_error")(far)[1][0, 0] < 0.0


def test_a_cost_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadScene, match=r"^cost: 'squares' can't be used; allowed: cross_entropy, mean_squared_error$"):
        Logistic(EXAM, cost="squares")
