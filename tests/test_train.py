"""TensorFlow 1's `tf.train`: its ten names, its signatures and defaults, its traps."""

import inspect
from typing import Any

import pytest

import gdviz
from gdviz import Formula, Logistic, train
from gdviz.descent.data import Data
from gdviz.descent.optimizers import Optimizer
from gdviz.descent.schedules import Exponential
from gdviz.problems import BadScene

PARABOLA = Formula("(m - 3)**2 + 1")
REQUIRED = inspect.Parameter.empty

# As in TensorFlow 1.15, without use_locking and name.
SIGNATURES: dict[str, dict[str, Any]] = {
    "GradientDescentOptimizer": {"learning_rate": REQUIRED},
    "MomentumOptimizer": {"learning_rate": REQUIRED, "momentum": REQUIRED, "use_nesterov": False},
    "AdagradOptimizer": {"learning_rate": REQUIRED, "initial_accumulator_value": 0.1},
    "AdagradDAOptimizer": {
        "learning_rate": REQUIRED,
        "global_step": REQUIRED,
        "initial_gradient_squared_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
    },
    "AdadeltaOptimizer": {"learning_rate": 0.001, "rho": 0.95, "epsilon": 1e-8},
    "AdamOptimizer": {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    "FtrlOptimizer": {
        "learning_rate": REQUIRED,
        "learning_rate_power": -0.5,
        "initial_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
        "l2_shrinkage_regularization_strength": 0.0,
        "beta": None,
    },
    "ProximalGradientDescentOptimizer": {
        "learning_rate": REQUIRED,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
    },
    "ProximalAdagradOptimizer": {
        "learning_rate": REQUIRED,
        "initial_accumulator_value": 0.1,
        "l1_regularization_strength": 0.0,
        "l2_regularization_strength": 0.0,
    },
    "RMSPropOptimizer": {
        "learning_rate": REQUIRED,
        "decay": 0.9,
        "momentum": 0.0,
        "epsilon": 1e-10,
        "centered": False,
    },
}
NEEDED = {"learning_rate": 0.1, "momentum": 0.9, "global_step": 0}


@pytest.mark.parametrize("name", SIGNATURES)
def test_it_takes_what_tensorflow_takes(name: str) -> None:
    given = inspect.signature(getattr(train, name)).parameters
    assert {key: one.default for key, one in given.items()} == SIGNATURES[name]
    assert inspect.getdoc(getattr(train, name))


def test_there_are_ten() -> None:
    assert {name for name in vars(train) if name.endswith("Optimizer") and name != "Optimizer"} == set(SIGNATURES)


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_articles_line_runs(name: str) -> None:
    needed = {key: NEEDED[key] for key, value in SIGNATURES[name].items() if value is REQUIRED}
    optimizer: Optimizer = getattr(gdviz.train, name)(**needed)
    path = optimizer.minimize(PARABOLA)
    assert path.loss[-1, 0] < path.loss[0, 0]


def test_the_articles_two_lines_run_on_a_cross_entropy() -> None:
    cross_entropy = Logistic(Data([-2.0, -1.0, 0.5, 1.0, 2.0, -0.5], [0, 0, 0, 1, 1, 1]))
    plain = gdviz.train.GradientDescentOptimizer(0.5).minimize(cross_entropy)
    adam = gdviz.train.AdamOptimizer(1e-4).minimize(cross_entropy)
    assert adam.params[-1, 0, 0] == pytest.approx(0.01, rel=1e-2)  # a hundred steps, each as long as the rate
    digits = [path.correct_digits(cross_entropy.about.minima)[-1, 0] for path in (plain, adam)]
    assert digits[0] > 3 > 0.1 > digits[1]


def test_its_traps() -> None:
    # RMSProp's accumulator starts at one: the first step is shorter than the rate, PyTorch's ten times as long.
    first = train.RMSPropOptimizer(0.1).minimize(PARABOLA, start=2.9, steps=1).step[0, 0, 0]
    assert first == pytest.approx(0.1 * 0.2 / (0.9 + 0.1 * 0.2**2) ** 0.5)
    # Adagrad has no epsilon, and so may not start at zero.
    with pytest.raises(
        BadScene, match=r"^AdagradOptimizer\(initial_accumulator_value=...\): 0 can't be used; allowed: a "
    ):
        train.AdagradOptimizer(0.1, 0)
    # AdagradDA forgets where it started.
    far = train.AdagradDAOptimizer(0.5, 0).minimize(PARABOLA, start=[[9.0], [900.0]], steps=1)
    assert far.params[1, :, 0].tolist() == pytest.approx([-0.5, -0.5], abs=1e-3)
    # FTRL shrinks its start: without any gradient to speak of the first step leads towards zero.
    shrunk = train.FtrlOptimizer(0.5).minimize(Formula("m + 0*m**2"), start=8.0, steps=1)
    assert shrunk.params[1, 0, 0] == pytest.approx(8 * (1 - (0.1 / 1.1) ** 0.5) - 0.5 / 1.1**0.5)
    # Adam's epsilon is added before the correction.
    assert train.AdamOptimizer(0.1) != gdviz.Adam(0.1)
    assert train.AdamOptimizer(0.1) == gdviz.Adam(0.1, epsilon_at="hat")


def test_a_rate_may_be_a_schedule() -> None:
    rate = Exponential(0.2, 0.5, 20)
    path = train.MomentumOptimizer(rate, 0.5).minimize(PARABOLA, start=-2.0, steps=30)
    assert path.terms["learning_rate"][20, 0, 0] == 0.1


def test_bad_settings_name_the_setting() -> None:
    with pytest.raises(
        BadScene, match=r"^Adam\(beta1=...\): 1 can't be used; allowed: a number of at least 0 and below 1"
    ):
        train.AdamOptimizer(beta1=1)
    with pytest.raises(BadScene, match=r"^GradientDescent\(learning_rate=...\): -0.5 can't be used"):
        train.GradientDescentOptimizer(-0.5)
