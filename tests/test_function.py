"""Python callables as losses: how they are called, what their faults mean, and their slopes."""

import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdviz.descent.formula import Formula
from gdviz.descent.function import Function
from gdviz.descent.loss import Loss
from gdviz.problems import BadScene


def parabola(m: Any) -> Any:
    return (m - 3) ** 2 + 1


def rosenbrock(x: Any, y: Any) -> Any:
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


def rosenbrock_slopes(x: Any, y: Any) -> Any:
    return -2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)


def of_floats(m: Any) -> Any:
    return math.sin(m) if m > 0 else m * 0.5


CALLABLES = [  # function, gradient, names, whether it takes arrays
    (parabola, None, ("m",), True),
    (parabola, lambda m: 2 * (m - 3), ("m",), True),
    (rosenbrock, None, ("x", "y"), True),
    (rosenbrock, rosenbrock_slopes, ("x", "y"), True),
    (lambda m: np.exp(np.sin(m)) * np.cbrt(m), None, ("m",), True),
    (of_floats, None, ("m",), False),
    (lambda _: 3.0, None, ("m",), False),
    (lambda m: float(m) ** 2, None, ("m",), False),
    (lambda m: np.sum(m**2), None, ("m",), False),
    (lambda m: m**2 if np.ndim(m) == 0 else np.abs(m), None, ("m",), False),
]


@pytest.mark.parametrize(("function", "gradient", "names", "takes_arrays"), CALLABLES)
def test_one_point_equals_the_same_point_among_many(
    function: Any, gradient: Any, names: tuple[str, ...], takes_arrays: bool
) -> None:
    loss = Function(function, gradient, names)
    assert isinstance(loss, Loss)
    assert loss._function.takes_arrays is takes_arrays
    points = np.random.default_rng(1).normal(0.0, 3.0, (400, len(names)))
    value, slope = loss(points)
    hessian = loss.hessian(points)
    assert hessian.shape == (400, len(names), len(names))
    np.testing.assert_array_equal(loss.value(points), value)
    for first, count in ((0, 1), (17, 1), (30, 2), (99, 7), (399, 1)):
        part = points[first : first + count]
        np.testing.assert_array_equal(loss(part)[0], value[first : first + count])
        np.testing.assert_array_equal(loss(part)[1], slope[first : first + count])
        np.testing.assert_array_equal(loss.hessian(part), hessian[first : first + count])
    np.testing.assert_array_equal(loss(points[5])[1], slope[5])
    assert loss(np.empty((0, len(names))))[1].shape == (0, len(names))


@given(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3))
def test_differences_equal_the_exact_slopes(x: float, y: float) -> None:
    exact = Formula("(1 - x)**2 + 100*(y - x**2)**2")
    point = np.array([x, y])
    value, gradient = Function(rosenbrock, names=("x", "y"))(point)
    true_value, true_gradient = exact(point)
    assert value == pytest.approx(float(true_value), rel=1e-9, abs=1e-9)
    scale = np.max(np.abs(true_gradient)) + abs(value) * 1e-4
    np.testing.assert_allclose(gradient, true_gradient, rtol=1e-6, atol=1e-6 * (1.0 + scale))


def test_hessians_come_from_differences() -> None:
    exact = Formula("(1 - x)**2 + 100*(y - x**2)**2").hessian(np.array([1.2, 0.7]))
    for gradient, relative in ((None, 1e-5), (rosenbrock_slopes, 1e-8)):
        hessian = Function(rosenbrock, gradient, ("x", "y")).hessian(np.array([1.2, 0.7]))
        np.testing.assert_allclose(hessian, exact, rtol=relative, atol=relative)
        np.testing.assert_array_equal(hessian, hessian.T)


FAULTS = [  # function, point
    (lambda m: math.log(m), -1.0),
    (lambda m: 1.0 / float(m), 0.0),
    (lambda m: math.exp(m), 1e4),
    (lambda m: float(m) ** (1 / 3), -8.0),
    (lambda m: float("nan") * m, 1.0),
]


@pytest.mark.parametrize(("function", "point"), FAULTS)
def test_arithmetic_faults_are_nan(function: Any, point: float) -> None:
    value, slope = Function(function, start=2)(np.array([[point], [2.0]]))
    assert np.isnan(value[0])
    assert np.isnan(slope[0, 0])


def test_a_function_of_arrays_that_refuses_some_points_is_nan_only_there() -> None:
    def picky(m: Any) -> Any:
        if np.any(m > 100):
            raise ValueError("too far")
        return np.sin(m)

    loss = Function(picky, region=(-1, 1))
    value = loss.value(np.array([[1.0], [200.0], [2.0]]))
    np.testing.assert_array_equal(value, [loss.value(np.array([1.0])), np.nan, loss.value(np.array([2.0]))])


def test_a_fault_of_another_kind_is_passed_on() -> None:
    with pytest.raises(NameError, match="nonsense"):
        Function(lambda _: nonsense)  # type: ignore[name-defined] # noqa: F821 - on purpose


def test_a_function_may_spoil_what_it_is_given() -> None:
    def spoiling(m: Any) -> Any:
        m *= 2
        return m

    points = np.array([[1.0], [2.0]])
    np.testing.assert_array_equal(Function(spoiling).value(points), [2.0, 4.0])
    np.testing.assert_array_equal(points, [[1.0], [2.0]])


REFUSED = [  # arguments, sentence
    ({"function": 3}, "function: 3 can't be used; give a function of the parameters, such as lambda m: (m - 3)**2"),
    ({"function": lambda _: None}, "function: None can't be used; it must return real numbers"),
    ({"function": lambda _: "3"}, "function: '3' can't be used; it must return real numbers"),
    ({"function": lambda m: [m]}, "it must return real numbers"),
    (
        {"function": parabola, "gradient": lambda m: 2 * m},
        "gradient: 0.547847 can't be used; at m = 0.273923 the function's slope by m is -5.45215",
    ),
    (
        {"function": rosenbrock, "gradient": lambda x, _: 2 * x, "names": ("x", "y")},
        "it must return 2 numbers, one for each parameter",
    ),
    (
        {"function": parabola, "names": ("m", "m")},
        "names: ('m', 'm') can't be used; give different names of letters a to z, digits and underscores",
    ),
    ({"function": parabola, "names": ()}, "names: () can't be used; at least one parameter is needed"),
    (
        {"function": parabola, "label": 3},
        "label: 3 can't be used; give mathematics as a string, such as '(m - 3)^{2}'",
    ),
    (
        {"function": parabola, "start": (1, 2)},
        "start: (1, 2) can't be used; a point is 1 finite number, one for each parameter",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_what_can_t_be_a_loss_is_told(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        Function(**arguments)
    assert sentence in str(problem.value)


def test_a_wrong_gradient_is_found_at_any_scale() -> None:
    for scale in (1e-12, 1.0, 1e12):
        Function(lambda m, s=scale: s * m**3, lambda m, s=scale: 3 * s * m**2)
        with pytest.raises(BadScene, match="the function's slope by m is"):
            Function(lambda m, s=scale: s * m**3, lambda m, s=scale: 2 * s * m**2)


def test_it_is_a_value() -> None:
    loss = Function(parabola, region=(-1, 5), minima=[3], start=0, label="(m - 3)^2 + 1")
    assert loss.about.text == "(m - 3)^2 + 1"
    assert (loss.about.region, loss.about.minima, loss.about.start) == (((-1.0, 5.0),), ((3.0,),), (0.0,))
    assert loss == Function(parabola, region=((-1, 5),), minima=((3,),), start=(0,), label="(m - 3)^2 + 1")
    assert hash(loss) == hash(Function(parabola, region=(-1, 5), minima=[3], start=0, label="(m - 3)^2 + 1"))
    assert pickle.loads(pickle.dumps(loss)) == loss
    assert loss.at(3) is loss
    with pytest.raises(ValueError, match=r"points must have the shape \(\.\.\., 1\), not \(2,\)"):
        loss.value(np.zeros(2))


def test_the_names_of_several_parameters_are_those_of_the_callable() -> None:
    assert Function(lambda x, y: x**2 + y**2).about.names == ("x", "y")
    assert Function(lambda x: x**2).about.names == ("m",)
    assert Function(lambda x, scale=2.0: scale * x**2).about.names == ("m",)
