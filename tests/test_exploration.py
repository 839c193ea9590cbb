"""The grid of starts and rates: every path is that of a single run, and what is packed comes back."""

import base64
import zlib
from random import Random

import numpy as np
import pytest
from scenery import film_of

from gdviz import LBFGS, Adam, Basins, GradientDescent, Momentum, Run, Scene, TrialAndError, schedules
from gdviz.descent.exploration import NEVER, Exploration, can_be_explored, explored
from gdviz.descent.loss import Array
from gdviz.descent.stepper import descend
from gdviz.descent.verdict import VERDICTS, judge
from gdviz.publish.explorable import LEVELS, explorable, packed, reach
from gdviz.words import short

SCENES = {
    "bowl": Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4),
    "valleys": Scene("m**4 - 3*m**2 + m + 4", Momentum(0.02, 0.8), start=2.2),
    "domain": Scene("m - log(m)", GradientDescent(0.3), start=3.0),
    "adam": Scene("(m - 3)**2 + 1", Adam(0.3), start=-2.4),
}


def found_of(scene: Scene, starts: int = 7, rates: int = 9) -> Exploration:
    optimizer = scene.optimizer
    assert can_be_explored(scene.story(), optimizer)
    return explored(scene.story(), optimizer, starts, rates)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", SCENES)
def test_every_path_is_that_of_a_single_run_bit_for_bit(name: str) -> None:
    scene = SCENES[name]
    found, pick = found_of(scene), Random(name)
    for _ in range(12):
        i, j = pick.randrange(7), pick.randrange(9)
        optimizer = type(scene.optimizer)(**{**vars(scene.optimizer), "learning_rate": float(found.rates[j])})
        path = descend(scene.story().loss, optimizer, float(found.starts[i]), steps=100, tolerance=0)  # type: ignore[arg-type]
        own = min(found.last[i, j], len(path.params) - 1) + 1
        assert np.array_equal(found.params[:own, i, j], path.params[:own, 0, 0])
        assert bool(found.lost[i, j]) == path.ends[0].diverged


@pytest.mark.parametrize("tune", [False, True])
def test_the_pages_own_rate_is_the_one_that_ran(tune: bool) -> None:
    film = film_of(Scene("(m - 3)**2 + 1", GradientDescent(0.01), start=-2.4, steps=9, tune=tune))
    made = explorable(film)
    assert made is not None
    _, data = made
    ran = film.story.runs[0].terms["learning_rate"].flat[0]
    assert (ran == 0.01) is not tune
    assert data["rateTexts"][data["rate"]] == short(float(ran))


def test_what_is_said_of_a_run_is_what_judge_says() -> None:
    found = found_of(SCENES["bowl"])
    for i in range(7):
        for j in range(9):
            path = GradientDescent(float(found.rates[j])).minimize(
                "(m - 3)**2 + 1", start=float(found.starts[i]), steps=100, tolerance=0
            )
            (said,) = judge(path, minima=(3.0,))
            assert VERDICTS[found.verdict[i, j]] is said.verdict
            assert found.needed[i, j] == (NEVER if said.steps_needed is None else said.steps_needed)


@pytest.mark.parametrize("name", SCENES)
def test_the_grid_has_the_scenes_own_start_and_rate_and_rises(name: str) -> None:
    scene = SCENES[name]
    found = found_of(scene, 60, 60)
    assert len(found.starts) == len(found.rates) == 60
    assert found.starts[found.start] == scene.start
    assert found.rates[found.rate] == scene.optimizer.learning_rate  # type: ignore[union-attr]
    assert (np.diff(found.starts) > 0).all() and (np.diff(found.rates) > 0).all() and found.rates[0] > 0


def test_rates_go_beyond_the_limit_where_one_is_known() -> None:
    found = found_of(SCENES["bowl"], 60, 60)  # a curvature of 2 everywhere: nothing arrives above a rate of 1
    assert 1.2 < found.rates[-1] < 1.4
    diverging = VERDICTS.index(next(one for one in VERDICTS if one.value == "diverging"))
    assert ((found.verdict == diverging) == (found.rates > 1.0)).all()


@pytest.mark.parametrize(
    ("scene", "what"),
    [
        (Scene("x**2 + y**2", GradientDescent(0.1), start=(1, 2)), "two parameters"),
        (Scene("m**2", GradientDescent(schedules.Cosine(0.1, steps=25)), start=1.0), "a schedule"),
        (Scene("m**2", TrialAndError(0.1), start=1.0), "no rate"),
        (Scene("m**2", LBFGS(0.5), start=1.0), "a search"),
        (Scene("m**2", GradientDescent(0.1), start=1.0, runs=[Run(), Run(start=2.0)]), "two runs"),
        (Scene("m**2", start=1.0, race=[GradientDescent(0.1), Momentum(0.1)]), "a race"),
        (Scene("himmelblau", GradientDescent(0.01), study=Basins(5, 5)), "a study"),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_other_scenes_can_not_be_explored(scene: Scene, what: str) -> None:
    assert not can_be_explored(scene.story(), scene.tries[0].optimizer), what


# ---- packing ----


def unpacked(text: str, runs: tuple[int, int], low: float, high: float) -> Array:
    """Read packed paths by another way than the page's: `(starts, rates, steps + 1)`, infinite beyond the ends."""
    content = zlib.decompress(base64.b64decode(text))
    count = runs[0] * runs[1] * 101
    changes = [256 * big + small for big, small in zip(content[:count], content[count : 2 * count], strict=True)]
    levels = np.cumsum(np.array(changes).reshape(*runs, 101), axis=-1) % 65_536
    places = low + (levels - 1) / (LEVELS - 1) * (high - low)
    return np.where(levels == 0, -np.inf, np.where(levels > LEVELS, np.inf, places))


@pytest.mark.parametrize("name", SCENES)
def test_packed_paths_come_back_within_half_a_level(name: str) -> None:
    scene = SCENES[name]
    found, (low, high) = found_of(scene), reach(scene.story())
    back, sent = unpacked(packed(found, low, high), (7, 9), low, high), np.moveaxis(found.params, 0, -1)
    within = (sent >= low) & (sent <= high)
    assert within.any()
    assert np.abs(back - sent)[within].max() <= 0.5001 * (high - low) / (LEVELS - 1)
    assert (back[sent < low] == -np.inf).all() and (back[sent > high] == np.inf).all()


def test_half_a_level_is_a_65_000th_of_the_window() -> None:
    low, high = reach(SCENES["bowl"].story())
    left, right = SCENES["bowl"].story().window.params
    assert 0.5 * (high - low) / (LEVELS - 1) < (right - left) / 65_000


@pytest.mark.parametrize("name", SCENES)
def test_the_whole_grid_weighs_at_most_a_megabyte(name: str) -> None:
    assert len(packed(found_of(SCENES[name], 60, 60), *reach(SCENES[name].story()))) <= 1_000_000


def test_even_noise_weighs_at_most_a_megabyte() -> None:
    noise = np.random.default_rng(5)
    bytes_of = lambda: noise.integers(0, 256, (60, 60), dtype=np.uint8)  # noqa: E731
    grid = np.arange(60.0)
    params = noise.uniform(0, 1, (101, 60, 60))
    found = Exploration(grid, grid, 0, 0, params, bytes_of(), bytes_of() > 127, bytes_of(), bytes_of())
    assert 900_000 < len(packed(found, 0.0, 1.0)) <= 1_000_000
