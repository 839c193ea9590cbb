"""Mini-batches: every pair once an epoch, the same for the same seed and step; a guess that is right on the average."""

import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdviz import SGD, Adam, Data, GradientDescent, Line, Logistic, Momentum, Scene, descend
from gdviz.descent.loss import Batched, Fit
from gdviz.descent.trajectory import How
from gdviz.problems import BadScene

RNG = np.random.default_rng(5)
X = RNG.normal(1.0, 1.0, 23)
PAIRS = Data(X, 2.0 * X - 1.0 + RNG.normal(0.0, 1.0, 23))
KINDS = Data(X, (X + RNG.normal(0.0, 1.0, 23) > 1.0).astype(float))
WHOLE = [Line(PAIRS), Line(PAIRS, intercept=True), Logistic(KINDS), Logistic(KINDS, intercept=True)]
MODELS = pytest.mark.parametrize("whole", WHOLE, ids=lambda loss: f"{loss.model}, {loss.about.dim}")
SIZES = pytest.mark.parametrize("size", [1, 2, 5, 22, 23])


def batched(whole: Line | Logistic, size: int, seed: int = 3) -> Line | Logistic:
    return type(whole)(whole.data, whole.intercept, batch_size=size, seed=seed)


@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 2**70), st.integers(0, 500))
def test_an_epoch_takes_every_pair_once(count: int, size: int, seed: int, epoch: int) -> None:
    size = min(size, count)
    loss = Line(Data(np.arange(count), np.arange(count)), batch_size=size, seed=seed)
    per = loss.batches.steps_per_epoch
    assert per == -(-count // size)
    steps = range(epoch * per, (epoch + 1) * per)
    assert {loss.batches.epoch(step) for step in steps} == {epoch}
    batches = [loss.batches.rows(step).tolist() for step in steps]
    assert [len(batch) for batch in batches] == [size] * (count // size) + [count % size] * (count % size > 0)
    assert sorted(row for batch in batches for row in batch) == list(range(count))
    assert all(batch == sorted(batch) for batch in batches)


@MODELS
@SIZES
def test_over_an_epoch_the_gradients_have_the_mean_of_all(whole: Line | Logistic, size: int) -> None:
    loss, points = batched(whole, size), RNG.normal(0.0, 2.0, (7, whole.about.dim))
    value, gradient = whole(points)
    for epoch in range(3):
        steps = range(epoch * loss.batches.steps_per_epoch, (epoch + 1) * loss.batches.steps_per_epoch)
        parts = [(len(loss.batches.rows(step)) / 23, *loss.at(step)(points)) for step in steps]
        np.testing.assert_allclose(sum(share * v for share, v, _ in parts), value, rtol=1e-12)
        np.testing.assert_allclose(sum(share * g for share, _, g in parts), gradient, rtol=1e-12, atol=1e-12)


def test_over_many_epochs_every_pair_comes_first_as_often_as_any_other() -> None:
    loss, epochs = Line(PAIRS, batch_size=4, seed=11), 6000
    first = np.zeros(23)
    for epoch in range(epochs):
        first[loss.batches.rows(epoch * loss.batches.steps_per_epoch)] += 1
    # hypergeometric, one draw of 4 of 23 an epoch; five standard deviations
    share = 4 / 23
    assert abs(first - epochs * share).max() < 5 * np.sqrt(epochs * share * (1 - share))


@MODELS
def test_one_step_s_guess_is_right_on_the_average(whole: Line | Logistic) -> None:
    point = np.full(whole.about.dim, 0.4)
    guesses = np.array([batched(whole, 5, seed).at(0)(point)[1] for seed in range(4000)])
    error = guesses.std(axis=0) / np.sqrt(len(guesses))
    assert (abs(guesses.mean(axis=0) - whole(point)[1]) < 5 * error).all()
    assert (error > 0).all()


def test_the_batch_of_a_step_hangs_on_seed_and_step_alone() -> None:
    steps = [int(step) for step in np.random.default_rng(1).permutation(200)]
    loss = Line(PAIRS, batch_size=5, seed=3)
    forwards = {step: loss.batches.rows(step).tolist() for step in range(200)}
    anew = pickle.loads(pickle.dumps(loss))
    assert {step: anew.batches.rows(step).tolist() for step in steps} == forwards
    assert {step: Line(PAIRS, True, batch_size=5, seed=3).batches.rows(step).tolist() for step in steps} == forwards
    assert [loss.at(step) for step in steps] == [loss.at(step) for step in steps]
    other = Line(PAIRS, batch_size=5, seed=4)
    assert forwards != {step: other.batches.rows(step).tolist() for step in range(200)}
    epochs = {tuple(row for step in range(5 * e, 5 * e + 5) for row in forwards[step]) for e in range(40)}
    assert len(epochs) == 40, "each epoch has an order of its own"


def test_the_order_is_that_of_raw_numbers_which_numpy_keeps() -> None:
    loss = Line(PAIRS, batch_size=5, seed=3)
    raw = np.random.PCG64(np.random.SeedSequence([3, 1])).random_raw(23)
    order = sorted(range(23), key=lambda row: int(raw[row]))
    assert loss.batches.rows(5 + 2).tolist() == sorted(order[10:15])


@MODELS
def test_the_loss_itself_stays_that_of_all_the_data(whole: Line | Logistic) -> None:
    loss, points = batched(whole, 4), RNG.normal(0.0, 2.0, (9, whole.about.dim))
    for mine, true in zip(loss(points), whole(points), strict=True):
        np.testing.assert_array_equal(mine, true)
    np.testing.assert_array_equal(loss.value(points), whole.value(points))
    np.testing.assert_array_equal(loss.hessian(points), whole.hessian(points))
    assert loss.about == whole.about
    assert loss != whole


@MODELS
def test_a_batch_of_all_the_data_is_the_same_loss_to_the_last_bit(whole: Line | Logistic) -> None:
    loss, points = batched(whole, 23), RNG.normal(0.0, 2.0, (9, whole.about.dim))
    for step in (0, 1, 77):
        assert loss.at(step) == whole
        for mine, true in zip(loss.at(step)(points), whole(points), strict=True):
            np.testing.assert_array_equal(mine, true)
    one, other = (Adam(0.1).minimize(each, steps=40) for each in (loss, whole))
    np.testing.assert_array_equal(one.params, other.params)
    np.testing.assert_array_equal(one.loss, other.loss)
    assert one.ends == other.ends


@MODELS
def test_a_batch_is_the_loss_of_its_pairs(whole: Line | Logistic) -> None:
    loss = batched(whole, 6)
    assert isinstance(loss, Batched)
    assert isinstance(loss.at(2), Fit)
    rows = loss.batches.rows(2)
    assert loss.at(2).data == Data(whole.data.x[rows], whole.data.y[rows])
    assert loss.at(2).at(9) == loss.at(2)
    assert whole.at(7) is whole
    assert (whole.batches.steps_per_epoch, whole.batches.epoch(7), whole.batches.rows(7).tolist()) == (
        1,
        7,
        list(range(23)),
    )


def test_a_batch_may_be_of_one_class() -> None:
    for intercept in (False, True):
        loss = Logistic(Data([-1.0, 1.0, 2.0, 0.5], [0, 1, 1, 0]), intercept, batch_size=1)
        for step in range(4):
            value, gradient = loss.at(step)(np.zeros(loss.about.dim))
            assert value == pytest.approx(np.log(2.0))
            assert np.isfinite(gradient).all()
            assert loss.at(step).about.minima == ()


def by_hand(data: Data, loss: Line, steps: int, rate: float, keep: float) -> list[float]:
    """Go down a line through the origin with the heavy ball, in plain NumPy."""
    path, velocity, m = [0.0], 0.0, 0.0
    for step in range(steps):
        epoch, place = divmod(step, loss.batches.steps_per_epoch)
        order = np.argsort(np.random.PCG64([loss.seed, epoch]).random_raw(len(data)))
        batch = order[place * 5 : place * 5 + 5]
        x, y = data.x[batch], data.y[batch]
        velocity = keep * velocity + (2.0 * (m * x - y) * x).mean()
        m -= rate * velocity
        path.append(float(m))
    return path


@pytest.mark.parametrize(("method", "keep"), [(GradientDescent(0.05), 0.0), (Momentum(0.05, 0.9), 0.9)])
def test_a_run_equals_the_one_by_hand(method: Any, keep: float) -> None:
    loss = Line(PAIRS, batch_size=5, seed=8)
    path = method.minimize(loss, steps=60)
    np.testing.assert_allclose(path.params[:, 0, 0], by_hand(PAIRS, loss, 60, 0.05, keep), rtol=1e-12, atol=1e-14)


def test_the_record_is_what_each_step_saw() -> None:
    loss = Line(PAIRS, True, batch_size=5, seed=8)
    path = SGD(0.05).minimize(loss, steps=30)
    for k in range(31):
        value, gradient = loss.at(k)(path.params[k])
        np.testing.assert_array_equal(path.loss[k], value)
        np.testing.assert_array_equal(path.gradient[k], gradient)


def test_many_runs_at_once_see_the_same_batches_as_one() -> None:
    loss = Line(PAIRS, batch_size=5, seed=8)
    many = Adam(0.1).minimize(loss, start=[[0.0], [1.0], [-3.0]], steps=25)
    for run, start in enumerate((0.0, 1.0, -3.0)):
        alone = Adam(0.1).minimize(loss, start=start, steps=25)
        np.testing.assert_array_equal(many.params[:, run], alone.params[:, 0])


# when a run has come to rest


def test_a_lucky_batch_ends_no_run() -> None:
    x = np.array([0.0, 0.0, 0.0, 1.0, 2.0])  # alone, the pairs at zero say that the slope is zero
    loss = Line(Data(x, [1.0, 2.0, 3.0, 2.0, 5.0]), batch_size=1)
    path = GradientDescent(0.05).minimize(loss, steps=50, tolerance=0.0)
    flat = path.gradient[1:, 0, 0] == 0.0
    assert (flat[1:] & flat[:-1]).any(), "twice in a row nothing moved"
    assert path.ends[0].how is How.RAN_OUT


def test_noise_never_comes_to_rest() -> None:
    loss = Line(PAIRS, batch_size=12, seed=2)
    path = GradientDescent(0.05).minimize(loss, steps=3000, tolerance=0.01)
    relative = abs(path.gradient[:, 0, 0]) / abs(path.gradient[0, 0, 0])
    assert relative[1:].min() < 0.01, "single batches were flat"
    assert path.ends[0].how is How.RAN_OUT


def test_where_all_batches_agree_a_run_comes_to_rest_after_a_calm_epoch() -> None:
    data = Data(X, 2.0 * X)  # a line goes through every pair
    loss = Line(data, batch_size=5)
    path = GradientDescent(0.1).minimize(loss, steps=500)
    assert path.ends[0].how is How.CONVERGED
    assert path.params[-1, 0, 0] == pytest.approx(2.0, abs=1e-5)
    sizes = abs(path.gradient[:, 0, 0]), abs(path.step[:, 0, 0])
    last = path.ends[0].step
    calm = 2 * loss.batches.steps_per_epoch - 1
    assert (sizes[0][last - calm + 1 : last + 1] <= 1e-6 * sizes[0].max()).all()
    assert (sizes[1][last - calm : last] <= 1e-6 * sizes[1].max()).all()


def test_runs_that_rest_end_each_by_itself() -> None:
    loss = Line(Data(X, 2.0 * X), batch_size=5)
    path = descend(loss, GradientDescent(0.1), start=[[2.0], [5.0]], steps=500)
    assert [end.how for end in path.ends] == [How.CONVERGED, How.CONVERGED]
    assert path.ends[0].step == 2 * loss.batches.steps_per_epoch - 1 < path.ends[1].step


# what can't be used

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"batch_size": 0}, "batch_size: 0 can't be used; allowed: a whole number from 1 to 23, the number of pairs"),
    ({"batch_size": 24}, "batch_size: 24 can't be used; allowed: a whole number from 1 to 23, the number of pairs"),
    ({"batch_size": 2.0}, "batch_size: 2.0 can't be used; allowed: a whole number from 1 to 23, the number of pairs"),
    ({"batch_size": True}, "batch_size: True can't be used; allowed: a whole number from 1 to 23, the number of pairs"),
    ({"batch_size": 2, "seed": -1}, "seed: -1 can't be used; allowed: a whole number from 0"),
    ({"batch_size": 2, "seed": None}, "seed: None can't be used; allowed: a whole number from 0"),
    ({"seed": 1}, "seed: 1 can't be used; it shuffles mini-batches; give a batch_size too"),
]


@pytest.mark.parametrize(("arguments", "sentence"), WRONG)
@pytest.mark.parametrize("model", [Line, Logistic])
def test_what_can_t_be_a_batch_is_told(
    model: type[Line] | type[Logistic], arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(BadScene) as problem:
        model(KINDS, **arguments)
    assert str(problem.value) == sentence


def test_a_batch_is_the_mean_in_exact_arithmetic_too() -> None:
    data = Data([1.0, 2.0, 4.0, 8.0, 3.0], [2.0, 1.0, 0.5, 4.0, 7.0])
    loss, m = Line(data, batch_size=2, seed=1), 0.75
    for step in range(6):
        pairs = [(Fraction(data.x[row]), Fraction(data.y[row])) for row in loss.batches.rows(step)]
        exact = sum((Fraction(m) * x - y) ** 2 for x, y in pairs) / len(pairs)
        assert float(loss.at(step).value(np.array([m]))) == pytest.approx(float(exact), rel=1e-15)


def test_a_story_tells_the_loss_of_all_the_data_and_the_gradient_of_each_batch() -> None:
    loss = Line(PAIRS, batch_size=5, seed=8)
    scene = Scene(loss, GradientDescent(0.05), steps=20, title="")
    (told,), path = scene.story().runs, GradientDescent(0.05).minimize(loss, steps=20)
    np.testing.assert_array_equal(told.params, path.params)
    np.testing.assert_array_equal(told.gradient, path.gradient)
    np.testing.assert_array_equal(told.loss, Line(PAIRS).value(path.params))
    np.testing.assert_array_equal(scene.story().batch_losses[0], path.loss[:, 0])
