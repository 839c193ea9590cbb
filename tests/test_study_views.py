"""What the pictures of studies show: measured verdicts, steps that each rate needs, maps that are uncovered."""

import re
from pathlib import Path

import numpy as np
import pytest
from scenery import film_of
from screen import moving_words, still

from gdviz import (
    Attempt,
    BasinMap,
    Basins,
    Formula,
    GradientDescent,
    Momentum,
    PhaseMap,
    PhasePlane,
    RateStudy,
    Run,
    Scene,
    StepsNeeded,
    surface,
)
from gdviz.commentary import Commentary
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.picture.basin_map import ranked
from gdviz.picture.sprite import Label, Land
from gdviz.picture.uncovering import cells, level
from gdviz.problems import BadScene
from gdviz.scenefile import load

RATES = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-1, steps=20, study=RateStudy(points=80), size=(854, 480))
PLANE = Scene(
    "(m - 3)**2 + 1", Momentum(0.1), start=-1, steps=30, study=PhaseMap(rates=24, momenta=16), size=(854, 480)
)
MAP = Scene(surface("himmelblau"), Momentum(0.003), start=(0, 0), steps=60, study=Basins(40, 30), size=(854, 480))


def land(film: Footage, moment: Moment) -> np.ndarray:
    film.compositor.frame(moment)
    (found,) = [artist for artist in film.compositor.moving if isinstance(artist, Land)]
    return found._picture.copy()


def rest(film: Footage) -> Moment:
    return film.shots[-1].moment


# rates


def test_the_examples_have_the_four_verdicts() -> None:
    texts = moving_words(film := film_of(RATES), rest(film))
    assert [word for word in texts if word in ("too small", "good", "oscillating", "diverging")] == [
        "too small", "good", "oscillating", "diverging",
    ]  # fmt: skip
    assert "distance × −0.90 per step" in texts
    assert "never" in texts


def test_a_verdict_comes_when_it_is_known() -> None:
    film = film_of(RATES)
    assert not {"too small", "good", "oscillating", "diverging"} & set(
        moving_words(film, Moment(0, 0, Phase.MOVE, 0.5))
    )
    assert "diverging" in moving_words(film, Moment(0, 8, Phase.MOVE, 1.0))
    assert "too small" not in moving_words(film, Moment(0, 8, Phase.MOVE, 1.0))


def test_rates_can_be_chosen_and_their_factor_is_measured() -> None:
    scene = RATES.with_(race=[GradientDescent(0.25), GradientDescent(0.75)])
    texts = moving_words(film := film_of(scene), rest(film))
    assert "distance × 0.50 per step" in texts
    assert "distance × −0.50 per step" in texts


def test_the_curve_of_steps_grows_to_what_is_counted() -> None:
    film = film_of(RATES)
    heights = []
    for step in (1, 4, 12):
        film.compositor.frame(Moment(0, step, Phase.MOVE, 1.0))
        curves = [a for a in film.compositor.moving if len(getattr(a, "get_xydata", list)()) >= 80]
        heights.append(np.isfinite(curves[0].get_xydata()).all(axis=1).sum())  # type: ignore[attr-defined]
    assert heights[0] < heights[1] < heights[2] <= 84


def test_the_limit_is_said() -> None:
    assert "above 1 nothing arrives" in "".join(word for word, _ in Commentary(RATES.story()).end())


@pytest.mark.parametrize("run", [4, -1])
def test_an_attempt_that_is_not_there_is_refused(run: int) -> None:
    with pytest.raises(BadScene, match=r"Attempt, run: .* can't be used; allowed: 0 to 3"):
        film_of(RATES.with_(views=[[Attempt(run)], [StepsNeeded()]]))


def test_two_parameters_are_told_on_small_lands() -> None:
    film = film_of(RATES.with_(loss="x**2 + 4*y**2", start=(2, 1)))
    assert {"too small", "diverging"} <= set(moving_words(film, rest(film)))


# maps


@pytest.mark.parametrize("scene", [PLANE, MAP], ids=["momenta", "basins"])
def test_a_map_is_uncovered_for_good(scene: Scene) -> None:
    film = film_of(scene)
    last = land(film, rest(film))
    before = None
    for step in (0, 5, 15, 29):
        now = land(film, Moment(0, step, Phase.MOVE, 1.0))
        final = (now == last).all(axis=-1)
        assert before is None or (final | ~before).all()
        assert before is None or final.sum() > before.sum()
        before = final


def test_maps_can_be_drawn_in_any_order() -> None:
    film = film_of(MAP)
    early = Moment(0, 5, Phase.MOVE, 1.0)
    first = land(film, early)
    land(film, rest(film))
    assert np.array_equal(land(film, early), first)


def test_the_soonest_pair_is_said_as_it_was_measured() -> None:
    story = PLANE.story()
    rate, momentum, steps = story.study.fastest()  # type: ignore[union-attr]
    said = "".join(word for word, _ in Commentary(story).end())
    assert said == f"Soonest: rate {rate:.2g} with momentum {momentum:.2g}, in {steps:.0f} steps."
    needed = story.study.steps_needed  # type: ignore[union-attr]
    assert steps == needed.min()


def test_shares_of_the_basins_are_those_of_the_map() -> None:
    film = film_of(MAP)
    texts = moving_words(film, rest(film))
    found = MAP.story().study
    for index in ranked(found):  # type: ignore[arg-type]
        share = 100 * float((found.minimum == index).mean())  # type: ignore[union-attr]
        assert f"{share:.0f} %" in texts


def test_basins_are_said_with_the_number_of_minima() -> None:
    said = "".join(word for word, _ in Commentary(MAP.story()).end())
    assert said.startswith("The start decides: 4 minima")
    assert MAP.story().protocol == "1200 starts, each with 60 steps of momentum at learning rate 0.003."


def test_cells_keep_their_values() -> None:
    field = np.arange(12).reshape(3, 4)
    wide = cells(field, 30, 40)
    assert np.array_equal(wide[5::10, 5::10], field)
    assert set(np.unique(wide)) == set(range(12))


def test_the_level_counts_steps_and_ends_at_the_top() -> None:
    story = PLANE.story()
    assert level(story, Moment(0, 3, Phase.MOVE, 1.0), 500) == 4
    assert level(story, Moment(0, story.steps, Phase.REST, 0.0), 500) == story.steps
    assert level(story, Moment(0, story.steps, Phase.REST, 1.0), 500) == 500


# what can't be used


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"study": 3}, "allowed: RateStudy\\(\\), PhaseMap\\(\\), Basins\\(\\)"),
        ({"study": Basins()}, "it maps the starts of two parameters, and this loss has 1"),
        ({"study": PhaseMap()}, "it varies rate and momentum; allowed: with optimizer=Momentum"),
        ({"runs": [Run("a"), Run("b")]}, "allowed: with a race or alone, not with runs"),
        ({"optimizer": None, "race": [GradientDescent(0.1)]}, "a study needs one of gdviz"),
        ({"views": [[PhasePlane()]]}, "it shows rates and momenta; allowed: with study=PhaseMap"),
        ({"views": [[BasinMap()]]}, "it shows where starts end; allowed: with study=Basins"),
    ],
)
def test_what_cannot_be_used_gets_its_sentence(fields: dict[str, object], said: str) -> None:
    with pytest.raises(BadScene, match=said):
        RATES.with_(**fields)


def test_a_map_of_a_loss_without_region_says_what_to_give() -> None:
    with pytest.raises(BadScene, match="give the loss a region"):
        MAP.with_(loss=Formula("x**2 + y**2")).story()


# scene files


@pytest.mark.parametrize(
    ("written", "study"),
    [
        ('study = "basins"', Basins()),
        ('study = {study = "basins", columns = 40, rows = 30}', Basins(40, 30)),
        ('study = {study = "rate study", points = 80}', RateStudy(points=80)),
        ('study = "phase map"', PhaseMap()),
    ],
)
def test_studies_have_a_toml_spelling(tmp_path: Path, written: str, study: object) -> None:
    file = tmp_path / "map.toml"
    loss = 'loss = "x**2 + y**2"\nstart = [1, 1]\noptimizer = {name = "momentum", learning_rate = 0.1}\n'
    file.write_text(f"{loss}{written}\n", encoding="utf-8")
    assert load(file)["map"].study == study


# what was found wrong once


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"tune": True}, "allowed: without a study of rates"),
        ({"inside": True}, "allowed: without a study"),
        ({"race": [GradientDescent(0.1 * k) for k in range(1, 7)]}, "'6 "),
        (
            {"loss": "x**2 + y**2 + z**2", "start": (1, 1, 1)},
            "it shows runs in one or two parameters, and this loss has 3",
        ),
    ],
)
def test_a_study_refuses_what_it_can_not_show(fields: dict[str, object], said: str) -> None:
    with pytest.raises(BadScene, match=re.escape(said)):
        RATES.with_(**fields)


def test_the_limit_of_momentum_is_not_said_to_be_two_by_curvature() -> None:
    film = film_of(RATES.with_(optimizer=Momentum(0.1), steps=60))
    texts = [label.words for label in still(film.compositor) if isinstance(label, Label)]
    assert not any("2 / curvature" in words for words in texts)
    assert any(words.startswith("limit: ") for words in texts)


def test_rates_none_of_which_arrives_are_told_as_they_are() -> None:
    scene = RATES.with_(loss=surface("rosenbrock"), optimizer=GradientDescent(0.001), start=(-1.2, 1), steps=9)
    assert "".join(word for word, _ in Commentary(scene.story()).end()) == "None of these rates arrives in 300 steps."


def test_verdicts_are_those_of_the_study() -> None:
    scene = RATES.with_(loss=surface("ravine"), start=None)
    shown_verdicts = set(moving_words(film := film_of(scene), rest(film))) & {
        "too small",
        "good",
        "oscillating",
        "diverging",
    }
    found = scene.story().study
    assert len(shown_verdicts) == len(set(found.verdict.tolist()))  # type: ignore[union-attr]


def test_one_minimum_is_told_in_the_singular() -> None:
    scene = MAP.with_(loss=surface("booth"), optimizer=GradientDescent(0.05))
    said = "".join(word for word, _ in Commentary(scene.story()).end())
    assert said.startswith(("Every start ends at the same minimum", "One minimum;"))


def test_a_map_of_too_many_steps_says_how_many_are_allowed() -> None:
    with pytest.raises(BadScene, match="allowed: up to 1,000,000,000 steps of all starts together"):
        MAP.with_(study=Basins(9000, 9000)).story()


def test_the_terms_of_a_map_are_those_of_its_own_runs() -> None:
    scene = MAP.with_(optimizer=GradientDescent(0.01), race=[Momentum(0.003)])
    assert scene.story().protocol == "1200 starts, each with 60 steps of gradient descent at learning rate 0.01."
