"""Planes through the parameter space: their directions, what they show of a path, and the loss on them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdviz import Adam, Dataset, GradientDescent, LossPlane, Network, Optimizer, Scene
from gdviz.descent.batches import normal, uniform
from gdviz.descent.loss import Array
from gdviz.descent.planes import Section, Smooth, sampled, section, weight_index
from gdviz.descent.story import Story
from gdviz.problems import BadScene

MOONS = Dataset.moons(60, 0.1, seed=3)
SMALL = Network(MOONS, (4,), seed=1, l2=1e-3)
CHOSEN = ("W1[1,2]", "b2[0]")
EVERY = pytest.mark.parametrize("directions", ["pca", "random", CHOSEN], ids=str)


def told(loss: Network = SMALL, optimizer: Optimizer | None = None, steps: int = 30, **more: Any) -> Story:
    return Scene(loss, optimizer or Adam(0.05), steps=steps, **more).story()


@pytest.fixture(scope="module")
def story() -> Story:
    return told()


# directions


def test_the_directions_are_the_principal_ones_of_the_path(story: Story) -> None:
    cut, path = section(story, "pca"), story.paths[0]
    variances, ways = np.linalg.eigh(np.cov(path.T))  # a second opinion, by another decomposition
    for k in (0, 1):
        assert abs(cut.directions[k] @ ways[:, -1 - k]) == pytest.approx(1.0, abs=1e-9)
        assert cut.shares[k] == pytest.approx(variances[-1 - k] / variances.sum(), rel=1e-9)
    assert np.allclose(cut.directions @ cut.directions.T, np.eye(2), atol=1e-12)


def test_the_path_begins_to_the_left_of_where_it_ends_and_above(story: Story) -> None:
    begin = section(story, "pca").paths[0][0]
    assert begin[0] < 0 < begin[1]


@EVERY
def test_the_shares_are_what_the_plane_keeps_of_the_spread(story: Story, directions: Any) -> None:
    cut = section(story, directions, seed=5)
    rows = story.paths[0] - story.paths[0].mean(axis=0)
    found = np.linalg.lstsq(cut.directions.T, rows.T, rcond=None)[0]
    left = ((rows.T - cut.directions.T @ found) ** 2).sum()
    assert sum(cut.shares) == pytest.approx(1 - left / (rows**2).sum(), rel=1e-9)
    one = cut.directions[0] / np.linalg.norm(cut.directions[0])
    assert cut.shares[0] == pytest.approx(((rows @ one) ** 2).sum() / (rows**2).sum(), rel=1e-9)
    assert all(0 <= share <= 1 for share in cut.shares)


@given(seed=st.integers(0, 10_000))
def test_random_directions_are_as_long_as_the_weights_into_each_unit(seed: int) -> None:
    story = told(steps=3)
    cut, end = section(story, "random", seed), SMALL.layers(story.paths[0][-1])
    for way in cut.directions:
        for layer, own in zip(SMALL.layers(way), end, strict=True):
            assert np.allclose(np.linalg.norm(layer.weights, axis=0), np.linalg.norm(own.weights, axis=0), rtol=1e-12)
            assert layer.intercepts is not None
            assert not layer.intercepts.any()
    first, second = cut.directions
    assert abs(first @ second) < 0.999 * np.linalg.norm(first) * np.linalg.norm(second)


def test_a_seed_chooses_the_random_directions(story: Story) -> None:
    ways = [section(story, "random", seed).directions for seed in (1, 1, 2)]
    assert np.array_equal(ways[0], ways[1])
    assert not np.allclose(ways[0], ways[2])


# places


@EVERY
def test_the_end_of_the_path_lies_in_the_plane(story: Story, directions: Any) -> None:
    cut, end = section(story, directions, 2), story.paths[0][-1]
    assert np.allclose(cut.points(cut.paths[0][-1]), end, atol=1e-12)
    if directions == CHOSEN:
        places = [weight_index(SMALL.about, name) for name in CHOSEN]
        assert np.allclose(cut.paths[0], story.paths[0][:, places], atol=1e-12)
    else:
        assert np.allclose(cut.paths[0][-1], 0.0, atol=1e-12)


@EVERY
def test_every_place_is_shown_by_the_nearest_one_of_the_plane(story: Story, directions: Any) -> None:
    cut = section(story, directions, 2)
    off = story.paths[0] - cut.points(cut.paths[0])
    assert np.allclose(off @ cut.directions.T, 0.0, atol=1e-10)
    assert np.linalg.norm(off[0]) > 1e-3  # the path does leave the plane


@EVERY
def test_the_path_lies_in_the_extent(story: Story, directions: Any) -> None:
    cut = section(story, directions, 2)
    for axis, (low, high) in enumerate(cut.extent):
        assert low < cut.paths[0][:, axis].min() <= cut.paths[0][:, axis].max() < high


def test_of_several_runs_the_plane_lies_where_the_lowest_ends() -> None:
    race = told(race=[GradientDescent(0.01), Adam(0.05)])
    ends = [float(race.losses(run)[-1]) for run in (0, 1)]
    best = int(np.argmin(ends))
    assert np.allclose(section(race, "pca").paths[best][-1], 0.0, atol=1e-12)
    assert not np.allclose(section(race, "pca").paths[1 - best][-1], 0.0, atol=1e-3)


def test_a_run_that_diverges_does_not_press_the_others_flat() -> None:
    line = Network(Dataset([[1.0, 0.0], [2.0, 1.0], [3.0, -1.0], [4.0, 0.5]], [1.0, 2.5, 2.0, 4.0]))
    race = told(line, race=[GradientDescent(0.05), GradientDescent(5.0)], steps=400)
    assert race.runs[1].ends[0].diverged
    cut = section(race, "pca")
    assert max(high - low for low, high in cut.extent) < 100
    assert not cut.near[1].all()
    alone = section(told(line, GradientDescent(5.0), steps=400), "pca")
    assert max(high - low for low, high in alone.extent) < 1e4
    assert alone.near[0].sum() > 1
    assert np.array_equal(alone.base, np.zeros(3))  # the start, as it never gets below that


def test_a_path_that_does_not_move_or_goes_straight_has_a_plane() -> None:
    still = section(told(optimizer=GradientDescent(1e-300), steps=3), "pca")
    assert np.allclose(still.directions @ still.directions.T, np.eye(2), atol=1e-12)
    assert still.shares == (0.0, 0.0)
    straight = section(told(optimizer=GradientDescent(0.1), steps=1), "pca")
    assert straight.shares == pytest.approx((1.0, 0.0), abs=1e-12)
    assert np.allclose(straight.directions @ straight.directions.T, np.eye(2), atol=1e-12)


# the loss


@EVERY
def test_the_loss_of_the_plane_is_that_of_the_network(story: Story, directions: Any) -> None:
    cut = section(story, directions, 2)
    spots = uniform(20, 1, 0).reshape(10, 2)
    assert np.array_equal(cut.value(spots), SMALL.value(cut.base + spots @ cut.directions))
    assert cut.value(cut.paths[0][-1]) == pytest.approx(float(story.losses(0)[-1]), rel=1e-12)


def test_a_sample_has_the_loss_from_edge_to_edge(story: Story) -> None:
    cut = section(story, "pca")
    grid = sampled(cut, (-1.0, 1.0), (0.0, 4.0))
    assert grid.shape == (64, 64)
    assert grid[0, 63] == cut.value(np.array([1.0, 0.0]))
    assert grid[21, 42] == pytest.approx(float(cut.value(np.array([1 / 3, 4 / 3]))), rel=1e-12)


def test_a_large_network_is_asked_at_fewer_places() -> None:
    data = Dataset(uniform(600 * 40, 0, 0).reshape(600, 40), np.arange(600) % 2)
    large = told(Network(data, (40,)), steps=1)
    assert 24 <= len(sampled(section(large, "pca"), (-1.0, 1.0), (-1.0, 1.0))) < 64


def smooth(grid: Array) -> Smooth:
    return Smooth(("a", "b"), (-1.0, 3.0), (2.0, 4.0), grid)


def places(count: int) -> Array:
    return np.stack(np.broadcast_arrays(np.linspace(-1, 3, count), np.linspace(2, 4, count)[:, None]), axis=-1)


def test_up_to_the_edge_a_square_function_is_met_exactly() -> None:
    def bowl(points: Array) -> Array:
        return np.asarray((points[..., 0] - 1) ** 2 + 3 * points[..., 1] + points[..., 0] * points[..., 1])

    found = smooth(bowl(places(20)))
    inside = np.array([1.0, 3.0]) + 0.99 * uniform(200, 4, 0).reshape(100, 2) * np.array([2.0, 1.0])
    assert np.allclose(found.value(inside), bowl(inside), rtol=1e-12)
    slopes = found(inside)[1]
    assert np.allclose(slopes[:, 0], 2 * (inside[:, 0] - 1) + inside[:, 1], atol=1e-9)


def test_between_its_places_the_loss_stays_in_their_range() -> None:
    grid = np.where(uniform(64, 7, 0) > 0, 1.0, 0.0).reshape(8, 8)
    found = smooth(grid)
    assert np.allclose(found.value(places(8)), grid, rtol=0, atol=1e-12)
    values = found.value(np.array([1.0, 3.0]) + uniform(2000, 8, 0).reshape(1000, 2) * np.array([2.0, 1.0]))
    assert values.min() >= 0.0
    assert values.max() <= 1.0


def test_where_the_loss_leaves_the_range_of_numbers_the_plane_has_its_highest_value() -> None:
    grid = np.ones((6, 6))
    grid[0, 0], grid[5, 5], grid[2, 2] = np.inf, np.nan, 4.0
    assert smooth(grid).value(places(6))[[0, 5], [0, 5]].tolist() == pytest.approx([4.0, 4.0])


@pytest.mark.benchmark
def test_a_plane_is_soon_found() -> None:
    import time

    begin = time.perf_counter()
    cut: Section = section(told(), "pca")
    sampled(cut, *cut.extent)
    assert time.perf_counter() - begin < 1.0


# bad input


WRITTEN = "a weight is written as W1[0,0] or b1[0] or W2[0,0] or b2[0]"


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("W1", WRITTEN),
        ("W3[0,0]", WRITTEN),
        ("W1[2,0]", "W1 goes up to W1[1,3]"),
        ("b1[0,0]", "b1 goes up to b1[3]"),
    ],
)
def test_a_weight_that_is_not_there_is_refused(name: str, why: str) -> None:
    with pytest.raises(BadScene) as raised:
        Scene(SMALL, Adam(0.1), steps=2, views=[[LossPlane(("W1[0,0]", name))]])
    assert str(raised.value) == f"LossPlane, directions: '{name}' can't be used; {why}"


def test_every_weight_is_found_where_it_stands() -> None:
    point = np.arange(float(SMALL.about.dim))
    for number, layer in enumerate(SMALL.layers(point), 1):
        for (row, column), value in np.ndenumerate(layer.weights):
            assert weight_index(SMALL.about, f"W{number}[{row}, {column}]") == value
        assert layer.intercepts is not None
        for (row,), value in np.ndenumerate(layer.intercepts):
            assert weight_index(SMALL.about, f"b{number}[{row}]") == value


@pytest.mark.parametrize("given", ["pcr", ("W1[0,0]",), ("b2[0]", "b2[0]"), 3])
def test_other_directions_are_refused(given: Any) -> None:
    with pytest.raises(BadScene, match=r"^LossPlane, directions: .*allowed: pca, random, or the names of two weights$"):
        LossPlane(given)


@pytest.mark.parametrize("seed", [-1, 1.5, True])
def test_a_seed_is_a_whole_number(seed: Any) -> None:
    with pytest.raises(BadScene, match=rf"^LossPlane, seed: {seed} can't be used; allowed: a whole number from 0$"):
        LossPlane(seed=seed)


def test_random_directions_need_weights_that_are_not_all_zero() -> None:
    still = told(Network(MOONS), GradientDescent(1e-300), steps=2)
    with pytest.raises(BadScene, match=r"'random' can't be used; where the run ends all weights are zero, "):
        section(still, "random")


def test_one_parameter_has_no_plane() -> None:
    line = Network(Dataset([1.0, 2.0], [1.0, 2.0]), intercepts=False)
    with pytest.raises(BadScene, match=r"LossPlane\(\).*it shows two directions, and this loss has one parameter$"):
        Scene(line, Adam(0.1), steps=2, views=[[LossPlane()]])


# two moons, and the numbers that they are made of


def test_normal_numbers_are_half_the_sums_of_twelve_of_a_known_generator() -> None:
    drawn = np.random.Generator(np.random.PCG64([5, 2])).random(12 * 1000) * 2 - 1
    numbers = normal(1000, 5, 2)
    assert np.allclose(numbers, drawn.reshape(12, 1000).sum(axis=0) / 2, rtol=0, atol=1e-14)
    many = normal(100_000, 0, 0)
    assert many.mean() == pytest.approx(0.0, abs=0.01)
    assert many.std() == pytest.approx(1.0, abs=0.01)
    assert (np.abs(many) < 1).mean() == pytest.approx(0.6827, abs=0.01)


def test_moons_are_half_circles_with_noise() -> None:
    clean = Dataset.moons(101, noise=0.0)
    assert [int((clean.labels == k).sum()) for k in (0, 1)] == [50, 51]
    for k, (middle, side) in enumerate((((0.0, 0.0), 1), ((1.0, 0.5), -1))):
        own = clean.inputs[clean.labels == k] - middle
        assert np.allclose(np.hypot(*own.T), 1.0)
        assert (side * own[:, 1] >= -1e-12).all()
    noisy = Dataset.moons(4000, noise=0.3, seed=2)
    assert (noisy.inputs - Dataset.moons(4000, noise=0.0).inputs).std() == pytest.approx(0.3, rel=0.03)
    assert noisy == Dataset.moons(4000, noise=0.3, seed=2)
    assert noisy != Dataset.moons(4000, noise=0.3, seed=3)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"count": 3}, "count: 3 can't be used; allowed: a whole number from 4"),
        ({"seed": -1}, "seed: -1 can't be used; allowed: a whole number from 0"),
        ({"noise": -0.1}, "noise: -0.1 can't be used; allowed: a number from 0"),
    ],
)
def test_moons_that_can_not_be_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as raised:
        Dataset.moons(**given)
    assert str(raised.value) == sentence
