"""Races: what is said of them, what the pictures show, how they are written in a scene file."""

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from scenery import film_of
from screen import moving_words

from gdviz import (
    Adam,
    Board,
    ClipByNorm,
    Contour,
    Data,
    Formula,
    GradientDescent,
    History,
    Line,
    Momentum,
    Protocol,
    RMSprop,
    Run,
    Scene,
    Surface,
    Tuning,
    surface,
)
from gdviz.commentary import Commentary
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.naming import wrapped
from gdviz.picture.heads import CLOSE, Name, plan
from gdviz.picture.history_race import _strokes, dash_pattern, dashed
from gdviz.picture.theme import LIGHT, STYLES, THEMES
from gdviz.picture.view import Box
from gdviz.problems import BadScene
from gdviz.scenefile import load

BOWL = Formula("x**2 + 10*y**2", minima=[(0, 0)])
FOUR = [GradientDescent(0.05), Momentum(0.01), RMSprop(0.05), Adam(0.2)]


def race(**fields: object) -> Scene:
    return Scene(BOWL, **{"race": FOUR, "start": (2, 1), "steps": 60, **fields})


def words(sentence: object) -> str:
    return "".join(word for word, _ in sentence)  # type: ignore[attr-defined]


def rest(film: Footage) -> Moment:
    return film.shots[-1].moment


# what is said


def test_the_winner_is_named_at_the_end() -> None:
    story = race().story()
    commentary = Commentary(story)
    arrived = commentary.standing.arrived
    first = commentary.standing.finishers[0]
    assert words(commentary.end()).startswith(f"First: {story.runs[first].name[0].upper()}{story.runs[first].name[1:]}")
    assert f"after {arrived[first]} steps" in words(commentary.end())


@pytest.mark.parametrize(
    ("optimizers", "steps", "said"),
    [
        ([GradientDescent(0.0001), Adam(0.0001)], 5, "Nobody has arrived in 5 steps; Gradient descent is closest."),
        ([GradientDescent(0.05), Adam(0.0001)], 60, r"Only Gradient descent has arrived, after \d+ steps\."),
        ([GradientDescent(0.05)], 60, r"First: Gradient descent, after \d+ steps\."),
    ],
)
def test_the_end_is_told_as_it_was(optimizers: list[GradientDescent], steps: int, said: str) -> None:
    assert re.fullmatch(said, words(Commentary(race(race=optimizers, steps=steps).story()).end()))


def test_a_race_of_starts_counts_those_that_arrive() -> None:
    runs = [Run(start=(x, y)) for x in (-2, -1, 1, 2) for y in (-1, 1)]
    story = Scene(BOWL, GradientDescent(0.05), race=runs, steps=60).story()
    commentary = Commentary(story)
    assert words(commentary.begin()) == "From 8 starts: where do they end, and who is there first?"
    assert words(commentary.end()) == f"8 of 8 arrived in {story.steps} steps."
    assert commentary.claims == {}


def test_a_lost_run_is_told_and_the_others_go_on() -> None:
    story = race(race=[GradientDescent(5.0), Adam(0.2)], steps=400).story()
    claims = [words(claim) for claim in Commentary(story).claims.values()]
    assert "Gradient descent is lost: the loss left the range of numbers." in claims
    assert story.last(1) > story.last(0)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Same start, same 60 steps, each at its own hand-picked learning rate."),
        (
            {"race": [GradientDescent(0.1), Momentum(0.1)]},
            "Same start, same 60 steps, the same learning rate 0.1 for all.",
        ),
        (
            {"race": [Run(optimizer=Adam(0.1), start=(1, 1)), Run(optimizer=Adam(0.1), start=(2, 1), steps=9)]},
            "2 starts, the same learning rate 0.1 for all.",
        ),
        (
            {"tune": Tuning(points=11)},
            r"Same start, same 60 steps, each at the best of 22 learning rates tried, none with .*",
        ),
    ],
)
def test_the_protocol_says_what_holds_for_all(fields: dict[str, object], said: str) -> None:
    goal = r" Arrived: 99\.9 % of the way down, for good; the others rank by their best loss\."
    assert re.fullmatch(said + goal, race(**fields).story().protocol)


@pytest.mark.parametrize("start", [(2, 1), (0.3, -0.7), (5, 0.01)])
def test_who_has_arrived_has_gone_nearly_all_the_way_down(start: tuple[float, float]) -> None:
    standing = race(start=start).story().standing
    top = float(standing.loss[0].max())
    part = (top - standing.target) / (top - standing.lowest)
    assert 0.9989 <= part <= 0.999
    for run, at in enumerate(standing.arrived):
        assert at is None or (standing.loss[at:, run] <= standing.target).all()


def test_where_nobody_arrives_the_end_names_who_is_lowest_in_the_picture() -> None:
    swinging = [Momentum(0.05, momentum=0.97), GradientDescent(0.02)]
    said = set()
    for steps in range(5, 30):
        story = race(race=swinging, steps=steps).story()
        end = words(Commentary(story).end())
        if not end.startswith("Nobody"):
            continue
        names = [run.name[0].upper() + run.name[1:] for run in story.runs]
        now, ever = (int(np.argmin(row)) for row in (story.standing.loss[-1], story.standing.best[-1]))
        apart = f"lowest now: {names[now]}, lowest ever: {story.runs[ever].name}."
        assert end.endswith(f"{names[now]} is closest." if now == ever else apart)
        assert story.standing.finishers[0] == ever
        said.add(now == ever)
    assert said == {True, False}


def test_who_is_lost_comes_last_however_low_it_once_was() -> None:
    optimizers = [Momentum(0.002, momentum=0.98), GradientDescent(0.0012)]
    standing = Scene(surface("rosenbrock"), race=optimizers, steps=40).story().standing
    assert standing.best[-1, 0] < standing.best[-1, 1]
    assert standing.finishers == [1, 0]
    gone = len(standing.losses[0]) - 1
    assert standing.places[gone - 1].tolist() == [0, 1]
    assert standing.places[gone].tolist() == [1, 0]


def test_a_tuned_race_is_recorded_and_repeats() -> None:
    scene = race(tune=Tuning(points=11))
    records = scene.tuning()
    assert [record.rate for record in records] == [record.rate for record in scene.tuning()]
    story = scene.story()
    for record, run in zip(records, story.runs, strict=True):
        assert record.rate == run.terms["learning_rate"].flat[0]
        assert len(record.rates) == 22
    assert race().tuning() == ()


def test_tuned_runs_without_a_known_minimum_race_for_one_loss() -> None:
    plain = Formula("(x - 1)**4 + y**2")
    scene = Scene(plain, race=[GradientDescent(0.1), Adam(0.1)], start=(3, 1), steps=30, tune=Tuning(points=9))
    assert len({record.target for record in scene.tuning()}) == 1


# what is shown


def test_heads_are_where_the_runs_are() -> None:
    film = film_of(race(size=(640, 360)))
    story = race().story()
    moment = Moment(0, 10, Phase.MOVE, 1.0)
    film.compositor.frame(moment)
    markers = {LIGHT.run(k).marker for k in range(4)}
    heads = [a for a in film.compositor.moving if getattr(a, "get_marker", lambda: "None")() in markers]
    places = np.array([a.get_xydata()[0] for a in heads if len(a.get_xydata())])  # type: ignore[attr-defined]
    axes_x = np.ptp(places[:, 0])
    assert len(places) >= 4
    spread = np.ptp([run.params[11, 0, 0] for run in story.runs])
    assert (axes_x > 0) == (spread > 0)


def test_the_board_shows_the_last_figures() -> None:
    film = film_of(race(size=(1280, 720)))
    texts = moving_words(film, rest(film))
    story = race().story()
    arrived = Commentary(story).standing.arrived
    for at in arrived:
        assert (str(at) if at is not None else "never") in texts


def test_names_meet_no_name_and_no_head_at_any_position() -> None:
    rng = np.random.default_rng(4)
    heads = np.cumsum(rng.normal(0, 9, (200, 5, 2)), axis=0) + rng.uniform(100, 400, (5, 2))
    names = [Name(wide, 24.0) for wide in (60, 120, 90, 150, 40)]
    chosen = plan(heads, names, Box(0, 0, 600, 500), [])
    assert chosen.seen.any()
    for k in range(200):
        boxes = {
            run: Box(x, y, x + names[run].wide, y + 24)
            for run in np.flatnonzero(chosen.seen[k]).tolist()
            for x, y in [(heads[k, run] + chosen.corner[k, run]).tolist()]
        }
        assert not any(one.meets(two) for one, two in combinations(boxes.values(), 2)), k
        for run in boxes:
            gaps = np.hypot(*(np.delete(heads[k], run, axis=0) - heads[k, run]).T)
            assert gaps.min() >= CLOSE


def test_names_stay_where_they_are_unless_something_is_in_the_way() -> None:
    path = np.stack([np.linspace(50, 550, 100), np.full(100, 200.0)], axis=1)
    chosen = plan(path[:, None], [Name(80.0, 24.0)], Box(0, 0, 700, 400), [])
    sides = np.abs(np.diff(chosen.corner[:, 0], axis=0)).sum(axis=1) > 0
    assert sides.sum() <= 1


def test_dashes_go_on_from_step_to_step() -> None:
    whole = list(_strokes([4.0, 2.0], 0.0, 60.0))
    parts = [stroke for k in range(40) for stroke in _strokes([4.0, 2.0], 1.5 * k, 1.5 * (k + 1))]
    assert sum(off - on for on, off in whole) == pytest.approx(sum(off - on for on, off in parts))
    assert whole == [(6.0 * k, 6.0 * k + 4) for k in range(10)]


def test_a_line_of_short_steps_has_the_ink_of_one_long_step() -> None:
    points = np.stack([np.linspace(0, 100, 51), np.zeros(51)], axis=1)
    dash = dash_pattern((0, (3, 2)), 2.0)
    ink = 0.0
    for row in dashed(points, dash):
        xy = np.array(row).reshape(-1, 2)
        ink += float(np.nansum(np.abs(np.diff(xy[:, 0]))))
    assert ink == pytest.approx(60.0, abs=4.0)


@pytest.mark.parametrize("theme", THEMES)
def test_a_lens_opens_where_heads_cluster_and_shows_them_apart(theme: str) -> None:
    beale = Formula(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        region=((-0.6, 4.4), (-1.75, 1.8)), minima=[(3, 0.5)],
    )  # fmt: skip
    optimizers = [GradientDescent(0.008), Momentum(0.004), RMSprop(0.126), Adam(0.5)]
    film = film_of(Scene(beale, race=optimizers, start=(0.7, 1.5), steps=100, theme=theme, size=(1280, 720)))
    before = film.compositor.frame(Moment(0, 5, Phase.MOVE, 1.0)).copy()
    after = film.compositor.frame(rest(film)).copy()
    names = moving_words(film, rest(film))
    assert "momentum" in names
    corner = np.s_[480:570, 430:560]  # the lower right of the land, where no path comes
    assert (before[corner] != after[corner]).any(axis=-1).mean() > 0.3


def test_one_style_for_each_run_and_no_sixth() -> None:
    assert len({LIGHT.run(k).colour for k in range(STYLES)}) == STYLES
    assert len({LIGHT.run(k).marker for k in range(STYLES)}) == STYLES
    assert LIGHT.role("run2") == LIGHT.run(2).colour


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Adam", ["Adam"]),
        ("gradient descent", ["gradient", "descent"]),
        ("averyveryverylong", ["averyveryverylong"]),
    ],
)
def test_long_names_are_wrapped_at_spaces(name: str, lines: list[str]) -> None:
    assert wrapped(name) == lines


# what can't be used


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"race": Adam(0.1)}, "allowed: a list of optimizers, or of Run"),
        ({"race": [3]}, "allowed: a list of optimizers, or of Run"),
        ({"race": [Adam(0.1 * k) for k in range(1, 7)]}, "race: '6 optimizers' can't be used; allowed: up to 5"),
        (
            {"race": [Run(optimizer=Adam(0.1), start=(k, 1)) for k in range(201)]},
            "race: '201 runs' can't be used; allowed: up to 200",
        ),
        ({"runs": [Run("a", Adam(0.1))]}, "allowed: either race, all at once, or runs"),
        (
            {"race": FOUR, "inside": True},
            "not in a race",
        ),
        ({"race": [Run(optimizer=Adam(0.1), start=3)]}, "race 1, start"),
        ({"views": [[Contour(), "Board"]]}, "views: 'Board' can't be used; allowed: rows of views"),
        ({"views": []}, ""),
        ({"views": [[]]}, "allowed: rows of views"),
        ({"tune": 1.5}, "tune: 1.5 can't be used; allowed: True, False, or Tuning"),
    ],
)
def test_what_cannot_be_used_gets_its_sentence(fields: dict[str, object], said: str) -> None:
    if not said:
        assert race(**fields).views == ()
        return
    with pytest.raises(BadScene, match=re.escape(said)):
        race(**fields)


def test_a_board_needs_a_race() -> None:
    with pytest.raises(BadScene, match=re.escape("it shows a race; allowed: in a scene with race=[...]")):
        Scene(BOWL, Adam(0.1), views=[[Board()]])


def test_a_name_too_long_for_the_board_is_refused() -> None:
    run = Run(optimizer=Adam(0.1), name="a-name-that-is-much-longer-than-any-scoreboard-is-wide")
    with pytest.raises(BadScene, match="allowed: a name that fits beside the figures"):
        film_of(race(race=[run]))


# scene files


def test_a_race_in_toml_is_the_race_in_python(tmp_path: Path) -> None:
    file = tmp_path / "race.toml"
    file.write_text(
        'loss = {formula = "x**2 + 10*y**2", minima = [[0, 0]]}\nstart = [2, 1]\nsteps = 60\n'
        'race = [{name = "gradient_descent", learning_rate = 0.05}, "adam", {optimizer = "adam", start = [1, 1]}]\n'
        'views = [["contour", ["board", {view = "history", link = false}]], ["protocol"]]\n',
        encoding="utf-8",
    )
    expected = Scene(
        BOWL, race=[GradientDescent(0.05), Adam(), Run(optimizer=Adam(), start=(1, 1))], start=(2, 1), steps=60,
        views=[[Contour(), [Board(), History(link=False)]], [Protocol()]], title="",
    )  # fmt: skip
    assert load(file)["race"] == expected


# what was found wrong once


def test_many_starts_of_one_optimizer_are_tuned_together() -> None:
    starts = [Run(start=(x, 1)) for x in (-3, -2, -1, 1, 2, 3)]
    scene = Scene(BOWL, GradientDescent(0.01), race=starts, steps=30, tune=Tuning(points=9))
    story = scene.story()
    assert {story.style(run) for run in range(6)} == {0}
    assert len({record.rate for record in scene.tuning()}) == 1


def test_a_race_takes_all_its_steps() -> None:
    story = race(steps=80).story()
    assert {story.last(run) for run in range(4)} == {80}


def test_a_label_names_a_run_of_a_race() -> None:
    runs = [Run("slow", GradientDescent(0.001)), Run("fast", GradientDescent(0.05))]
    assert words(Commentary(race(race=runs).story()).end()).startswith("Only Fast has arrived")


def test_when_all_are_lost_nobody_is_closest() -> None:
    story = race(race=[GradientDescent(9.0), GradientDescent(8.0)], steps=400).story()
    assert words(Commentary(story).end()) == "All are lost: their steps are too large."


def test_a_tie_is_no_win() -> None:
    runs = [Run(optimizer=GradientDescent(0.05), start=(2, y)) for y in (1, -1)]
    assert words(Commentary(race(race=runs).story()).end()).startswith("Both first: ")


def test_a_closing_is_filled_with_the_winner() -> None:
    scene = race(closing="Found: {x}.")
    assert re.fullmatch(r"Found: \N{MINUS SIGN}?0\.00\d*\.", words(film_of(scene).shots[-1].moment.sentence))


def test_a_surface_shows_many_starts() -> None:
    starts = [Run(start=(x, 1)) for x in (-3, -2, -1, 0.5, 1, 2, 3)]
    scene = Scene(BOWL, GradientDescent(0.05), race=starts, steps=5, views=[[Surface()]], size=(640, 360))
    film = film_of(scene)
    film.compositor.frame(rest(film))


def test_a_piece_with_its_optimizer_is_no_run(tmp_path: Path) -> None:
    file = tmp_path / "race.toml"
    piece = '{name = "ClipByNorm", limit = 1.0, optimizer = {name = "momentum", learning_rate = 0.1}}'
    file.write_text(f'loss = "x**2"\nstart = 1\nrace = [{piece}]\n', encoding="utf-8")
    (run,) = load(file)["race"].race
    assert run == Run(optimizer=ClipByNorm(Momentum(0.1), 1.0))


@pytest.mark.parametrize("field", ["ask", "origin"])
def test_what_is_told_one_after_the_other_is_not_for_a_race(field: str) -> None:
    data = Line(Data([1, 2, 3], [2, 4, 6.5]))
    with pytest.raises(BadScene, match="not in a race or a study"):
        Scene(data, race=[GradientDescent(0.01)], **{field: True})


def test_batches_are_not_tuned() -> None:
    data = Line(Data([1, 2, 3], [2, 4, 6.5]), batch_size=2, seed=1)
    with pytest.raises(BadScene, match="allowed: without mini-batches"):
        Scene(data, race=[GradientDescent(0.01), Adam(0.1)], tune=True)
