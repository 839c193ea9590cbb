"""Saddles and plateaus: how long runs stay there, by theory; what is told of it, marked and counted."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from scenery import film_of
from screen import ink, texts, words_on

from gdviz import Adam, Formula, GradientDescent, Momentum, Optimizer, Run, Scene, surface
from gdviz.commentary import Commentary
from gdviz.descent.critical import Stay, stays
from gdviz.descent.events import What, events
from gdviz.descent.loss import Loss
from gdviz.descent.story import Phase, Sentence, Story
from gdviz.picture.fog import lay_plane
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.plane import Plane
from gdviz.picture.theme import THEMES
from gdviz.picture.view import Box, Pen
from gdviz.telling import Teller

SQUARE = ((-2, 2), (-2, 2))  # a plane with a radius of 0.4
PASS = surface("saddle")


def story_of(loss: str | Loss, *methods: Optimizer, start: tuple[float, float], steps: int, **more: Any) -> Story:
    """Return one run told, or a race of several."""
    if len(methods) > 1:
        return Scene(loss, race=methods, start=start, steps=steps, **more).story()
    return Scene(loss, methods[0], start=start, steps=steps, **more).story()


def plain(sentence: Sentence) -> str:
    return "".join(words for words, _ in sentence)


def told(story: Story, run: int = 0) -> dict[int, str]:
    teller = Teller(story, run)
    return {step: plain(teller.event(event)) for step, event in teller.events.items()}


# ---- how long ----


@settings(max_examples=25, deadline=None)
@given(rate=st.floats(0.01, 0.4), curvature=st.floats(0.05, 3), away=st.floats(1e-8, 1e-2), turn=st.floats(0, math.pi))
def test_on_a_quadratic_a_run_stays_as_long_as_the_theory_says(
    rate: float, curvature: float, away: float, turn: float
) -> None:
    """Along the escape, whatever its direction, the distance grows by `1 + rate * curvature` at each step."""
    growth = 1 + rate * curvature
    assume(math.log(3 / away) / math.log(growth) < 250)
    c, s = math.cos(turn), math.sin(turn)
    loss = Formula(
        "(u*x + v*y)**2 - k/2*(u*y - v*x)**2", {"u": c, "v": s, "k": curvature}, region=SQUARE, saddles=[(0, 0)]
    )
    story = story_of(loss, GradientDescent(rate), start=(-s * away, c * away), steps=250, tolerance=0)
    (visit,) = story.visits
    count = math.log(visit.radius / away) / math.log(growth)
    assume(1e-6 < count % 1 < 1 - 1e-6)  # else rounding decides
    assert visit.stays == (Stay(0, math.floor(count)),)
    assert (visit.steps, visit.left) == (math.floor(count), math.floor(count) + 1)
    assert visit.radius == story.near(story.saddles[0])


def test_each_tenth_of_the_distance_from_the_ridge_costs_as_many_steps() -> None:
    """From the ridge too: all positions there are those at which the closed form is within the radius."""
    k, loss = np.arange(400), Formula("x**2 - y**2", region=SQUARE)
    for power in range(2, 9):
        story = story_of(loss, GradientDescent(0.05), start=(-1.9, 10.0**-power), steps=399, tolerance=0)
        (visit,) = story.visits
        (near,) = np.nonzero(np.hypot(1.9 * 0.9**k, 10.0**-power * 1.1**k) <= visit.radius)
        assert visit.stays == (Stay(near[0], near[-1]),)
        assert visit.steps == len(near) - 1


def test_near_is_a_tenth_of_the_smaller_side_and_nowhere_else() -> None:
    story = story_of(PASS, GradientDescent(0.1), start=(-2.2, 0.01), steps=5)
    assert story.near(story.saddles[0]) == pytest.approx(0.4)  # of a plane of 5.2 by 4
    crowded = story_of(surface("bohachevsky"), GradientDescent(0.01), start=(0.9, -0.7), steps=5)
    flat = np.array([*crowded.minima, *(saddle.point for saddle in crowded.saddles)])
    for saddle in crowded.saddles:
        gaps = np.linalg.norm(flat - np.array(saddle.point), axis=-1)
        assert crowded.near(saddle) == pytest.approx(min(0.16, np.sort(gaps)[1] / 2))


def test_a_ball_that_rolls_over_the_saddle_and_back_stays_twice() -> None:
    story = story_of(PASS, Momentum(0.05, momentum=0.8), start=(-2.2, 0.001), steps=100)
    (visit,) = story.visits
    near = np.hypot(*story.runs[0].params[:, 0].T) <= 0.4
    assert len(visit.stays) == 2
    assert visit.steps == int((near[1:] & near[:-1]).sum())
    assert visit.left == int(np.flatnonzero(near)[-1]) + 1
    counted = [visit.steps_by(k) for k in range(len(near))]
    assert counted == np.cumsum([0, *(near[1:] & near[:-1])]).tolist()


def test_stays_are_all_unbroken_rows() -> None:
    path = Momentum(0.05).minimize(PASS, start=(-2.2, 0.001), steps=60)
    near = np.hypot(*path.params[:, 0].T) <= 0.4
    found = stays(path, (0, 0), 0.4)
    assert len(found) > 1
    rebuilt = np.zeros(len(near), dtype=bool)
    for one in found:
        rebuilt[one.first : one.last + 1] = True
    assert (rebuilt == near).all()
    assert all(one.last + 1 < other.first for one, other in pairwise(found))
    assert stays(path, (0, 0), 1e-9) == ()


def test_who_shoots_across_does_not_linger() -> None:
    story = story_of(PASS, Momentum(0.1), start=(-2.2, 0.01), steps=40)
    (visit,) = story.visits
    assert visit.calm is None
    assert story.lingering(0) is None
    assert story.lingered == ()


def test_lingering_is_among_small_gradients() -> None:
    story = story_of(PASS, GradientDescent(0.05), start=(-2.2, 0.001), steps=100)
    visit = story.lingering(0)
    assert visit is not None
    steep = np.linalg.norm(story.runs[0].gradient[:, 0], axis=-1)
    near = np.hypot(*story.runs[0].params[:, 0].T) <= 0.4
    assert visit.calm == int(np.argmax(near & (steep <= 0.1 * steep.max())))


def test_other_dimensions_and_bowls_have_no_visits() -> None:
    assert Scene("m**3", GradientDescent(0.01), start=1, steps=20).story().visits == ()
    assert story_of(surface("bowl"), GradientDescent(0.1), start=(-2, 1), steps=20).visits == ()


# ---- what is told ----


def test_a_saddle_is_told_when_it_is_flat_and_when_it_is_left() -> None:
    story = story_of(PASS, GradientDescent(0.05), start=(-2.2, 0.001), steps=100)
    visit = story.lingering(0)
    assert visit is not None and visit.calm is not None and visit.left is not None
    assert [(event.what, event.step) for event in events(story, 0)] == [
        (What.SADDLE, visit.calm - 1),
        (What.ESCAPED, visit.left - 1),
    ]
    assert told(story) == {
        visit.calm - 1: "Nearly flat: a saddle. It rises one way and falls the other.",
        visit.left - 1: "It has left the saddle after 46 steps there.",
    }


def test_a_saddle_without_curvature_is_told_as_one() -> None:
    story = story_of(surface("monkey_saddle"), GradientDescent(0.05), start=(1.6, 0.02), steps=60)
    flat, left = told(story).values()
    assert flat == "Nearly flat: a saddle, and even the curvature does not tell which way falls."
    assert left == "It has left the saddle after 32 steps there."


def test_a_run_that_begins_at_the_saddle_is_told_at_once() -> None:
    story = story_of(PASS, GradientDescent(0.05), start=(0, 0.001), steps=100)
    assert next(iter(events(story, 0))).what is What.SADDLE
    assert next(iter(events(story, 0))).step == 0


def test_a_run_that_never_gets_off_is_told_so() -> None:
    story = story_of(PASS, GradientDescent(0.05), start=(-2.2, 0.0), steps=60)
    assert What.ESCAPED not in {event.what for event in events(story, 0)}
    assert plain(Teller(story, 0).end()) == "After 60 steps it is still at the saddle: there the loss is 0.000016."


def test_a_film_holds_at_the_saddle() -> None:
    scene = Scene(PASS, GradientDescent(0.05), start=(-2.2, 0.001), steps=100, size=(320, 240))
    said = {plain(shot.moment.sentence): 0 for shot in film_of(scene, pace="lesson").shots}
    for shot in film_of(scene, pace="lesson").shots:
        said[plain(shot.moment.sentence)] += shot.ticks
    assert said["Nearly flat: a saddle. It rises one way and falls the other."] >= 2 * scene.fps
    assert said["It has left the saddle after 46 steps there."] >= 2 * scene.fps


def test_a_plateau_of_two_parameters_is_nearly_flat_and_far_from_all_that_is_flat() -> None:
    story = story_of(surface("rosenbrock"), GradientDescent(0.001), start=(-1.2, 1), steps=60)
    steep = np.linalg.norm(story.runs[0].gradient[:, 0], axis=-1)
    flat = steep <= 0.02 * np.maximum.accumulate(steep)
    lasting = next(k for k in range(60) if flat[k : k + 5].all())
    assert [(event.what, event.step) for event in events(story, 0)] == [(What.PLATEAU, lasting)]
    assert told(story) == {lasting: "Nearly flat: the steps are tiny."}


@pytest.mark.parametrize("name", ["bowl", "ravine", "saddle", "booth"])
def test_the_floor_around_a_minimum_or_a_saddle_is_no_plateau(name: str) -> None:
    story = story_of(surface(name), GradientDescent(0.05), start=surface(name).about.start, steps=300)  # type: ignore[arg-type]
    assert What.PLATEAU not in {event.what for event in events(story, 0)}


def test_a_plateau_that_is_crossed_in_a_moment_is_not_told() -> None:
    loss = Formula("x**4/4 - x**3 + y**2/8", region=((-2, 4), (-2, 2)), minima=[(3, 0)])  # level at 0, and no minimum
    slow = story_of(loss, GradientDescent(0.05), start=(-1.4, 0.1), steps=60)
    quick = story_of(loss, Momentum(0.02, momentum=0.8), start=(-1.4, 0.1), steps=60)
    steep = np.linalg.norm(quick.runs[0].gradient[:12, 0], axis=-1)
    assert (steep <= 0.02 * np.maximum.accumulate(steep)).sum() == 4
    assert What.PLATEAU in {event.what for event in events(slow, 0)}
    assert What.PLATEAU not in {event.what for event in events(quick, 0)}


RACERS = GradientDescent(0.05), Momentum(0.05, momentum=0.8), Adam(0.05)
RACE = story_of(PASS, *RACERS, start=(-2.2, 0.001), steps=100)


def test_a_race_says_who_leaves_first_and_after_how_many_steps() -> None:
    near = [np.hypot(*run.params[:, 0].T) <= 0.4 for run in RACE.runs]
    left = [int(np.flatnonzero(one)[-1]) + 1 for one in near[:2]]
    claims = Commentary(RACE).claims
    assert plain(claims[left[1]]) == f"Momentum leaves the saddle first, at step {left[1]}."
    steps = int((near[0][1:] & near[0][:-1]).sum())
    assert plain(claims[left[0]]) == f"Gradient descent leaves the saddle after {steps} steps there."
    assert left[1] < left[0]
    assert not near[2].any()  # Adam: never there, and nothing is said of it
    assert sum("saddle" in plain(claim) for claim in claims.values()) == 2


def test_a_race_around_one_saddle_asks_and_answers_who_gets_off_it_first() -> None:
    (first, at), (second, later) = ((RACE.runs[visit.run].name, visit.left) for visit in reversed(RACE.lingered))
    commentary = Commentary(RACE)
    assert plain(commentary.begin()) == "Same start, same number of steps: who gets off the saddle first?"
    assert (
        plain(commentary.end())
        == f"Off the saddle first: {first.capitalize()}, at step {at}; {second} at step {later}."
    )
    assert any("is at the minimum first, after" in plain(claim) for claim in commentary.claims.values())
    short = Commentary(story_of(PASS, *RACERS, start=(-2.2, 0.001), steps=40))
    assert plain(short.end()) == f"Only Momentum got off the saddle, at step {at}; gradient descent is still there."
    away = Commentary(story_of(PASS, *RACERS, start=(0.5, 1.0), steps=100))
    assert plain(away.begin()) == "Same start, same number of steps: who is at the minimum first?"
    assert "saddle" not in plain(away.end())
    still = Commentary(story_of(PASS, *RACERS[:2], start=(-2.2, 0.0), steps=40))
    assert "saddle" not in plain(still.end())  # nobody got off it


def test_nobody_is_first_alone_or_together() -> None:
    alone = story_of(PASS, GradientDescent(0.05), Adam(0.05), start=(-2.2, 0.001), steps=100)
    twins = Scene(
        PASS,
        race=[Run(optimizer=GradientDescent(0.05), start=(-2.2, y)) for y in (0.001, -0.001)],
        steps=100,
    ).story()
    for story in (alone, twins):
        said = [plain(claim) for claim in Commentary(story).claims.values() if "saddle" in plain(claim)]
        assert len(said) == 1
        assert "after 46 steps there" in said[0]


def test_who_shot_across_is_not_said_to_leave() -> None:
    story = story_of(PASS, GradientDescent(0.1), Momentum(0.1), start=(-2.2, 0.01), steps=25)
    lingers, across = story.visits
    assert across.left is not None and lingers.left is not None and across.left < lingers.left
    said = [plain(claim) for claim in Commentary(story).claims.values() if "saddle" in plain(claim)]
    assert not any(claim.startswith("Momentum") for claim in said)


def test_nothing_is_said_of_a_saddle_at_which_nobody_lingers() -> None:
    story = story_of(PASS, Momentum(0.1), Adam(0.1), start=(-2.2, 0.01), steps=40)
    assert not any("saddle" in plain(claim) for claim in Commentary(story).claims.values())


# ---- what is seen ----


def pen_of() -> Pen:
    figure = Figure(figsize=(1280 / 72, 720 / 72), dpi=72)
    return Pen(figure.add_axes((0.05, 0.3, 0.45, 0.5)), THEMES["light"])


def landmarks(story: Story) -> Landmarks:
    return Landmarks(Plane(pen_of(), story))


def arrows(marks: Landmarks) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the tail and the tip of each arrow at saddles."""
    for artist in marks.saddle_marks():
        if isinstance(artist, Polygon):
            corners = artist.get_xy()
            yield (corners[0] + corners[-2]) / 2, corners[3]


@pytest.mark.parametrize("name", ["saddle", "two_wells", "himmelblau", "branin", "peaks"])
def test_two_arrows_lead_away_from_each_saddle_along_the_eigenvector(name: str) -> None:
    loss = surface(name)
    start = loss.about.start
    assert start is not None
    marks = landmarks(story_of(loss, GradientDescent(0.001), start=(start[0], start[1]), steps=3))
    plane = marks.plane
    places = [np.array(plane.place(np.array(point))) for point in loss.about.saddles]
    found = list(arrows(marks))
    assert len(found) == 2 * sum(mark.room >= 22 for mark in marks.saddles.values()) > 0
    for tail, tip in found:
        here = min(range(len(places)), key=lambda k: np.hypot(*(places[k] - tail)))
        hessian = loss.hessian(np.array(loss.about.saddles[here]))
        assert hessian is not None
        down = np.linalg.eigh(hessian)[1][:, 0]
        ahead = np.array(plane.place(np.array(loss.about.saddles[here]) + 1e-3 * down)) - places[here]
        for part in (tip - tail, tip - places[here]):
            turned = float(part[0] * ahead[1] - part[1] * ahead[0])
            assert abs(turned) <= 1e-6 * np.hypot(*part) * np.hypot(*ahead)
        assert np.hypot(*(tip - places[here])) > np.hypot(*(tail - places[here]))


def test_a_saddle_is_a_cross_and_a_minimum_a_plus() -> None:
    marks = landmarks(story_of(PASS, GradientDescent(0.1), start=(-2.2, 1), steps=3))
    crosses = [line.get_xydata() for line in marks.saddle_marks() if hasattr(line, "get_xydata")]
    pluses = [line.get_xydata() for line in marks.minima_marks() if hasattr(line, "get_xydata")]
    assert {tuple(np.abs(np.diff(arm, axis=0))[0] > 0) for arm in crosses} == {(True, True)}
    assert {tuple(np.abs(np.diff(arm, axis=0))[0] > 0) for arm in pluses} == {(True, False), (False, True)}


def test_the_ring_is_the_radius_within_which_steps_are_counted() -> None:
    marks = landmarks(RACE)
    plane = marks.plane
    (saddle,) = RACE.saddles
    ring = marks.saddles[saddle].ring
    points = np.array([(plane.across.inverse(x), plane.up.inverse(y)) for x, y in ring])
    np.testing.assert_allclose(np.hypot(*points.T), RACE.near(saddle), rtol=1e-12)
    passing = story_of(PASS, Adam(0.05), start=(-2.2, 0.001), steps=60)
    assert not len(landmarks(passing).saddles[saddle].ring)


def laid(story: Story) -> Landmarks:
    marks = landmarks(story)
    below, over = lay_plane(marks, "muted", None)
    assert not below
    for name in over:  # which move: they stand over the paths
        marks.pen.still(name)
    return marks


def still_words(story: Story) -> set[str]:
    return {artist.words for artist in laid(story).pen.pane.get_children() if hasattr(artist, "words")}


def test_the_word_is_there_where_a_path_comes_near_and_the_curvatures_where_one_stays() -> None:
    stays_there = still_words(RACE)
    assert {"saddle", "curvature \N{MINUS SIGN}2 along the arrows, 2 across"} <= stays_there
    passes_by = still_words(story_of(PASS, Momentum(0.1), start=(-2.2, 0.01), steps=40))
    assert "saddle" in passes_by
    assert not any(words.startswith("curvature") for words in passes_by)
    assert "saddle" not in still_words(story_of(PASS, Adam(0.05), start=(-2.2, 0.001), steps=60))
    flat = still_words(story_of(surface("monkey_saddle"), GradientDescent(0.05), start=(1.6, 0.02), steps=60))
    assert {"saddle", "curvature 0 and 0"} <= flat


def test_of_two_saddles_the_word_is_at_that_where_a_run_lingers() -> None:
    loss = surface("himmelblau")
    runs = [Run(start=(0.4, 4.6)), Run(start=(-2.6, -0.2))]
    for order in (runs, runs[::-1]):
        story = Scene(loss, GradientDescent(0.003), race=order, steps=60).story()
        assert len({visit.saddle for visit in story.visits}) == 2
        (lingers,) = story.lingered
        marks = laid(story)
        (word,) = (label for label in marks.pen.pane.get_children() if getattr(label, "words", "") == "saddle")
        nearest = min(marks.saddles, key=lambda one: math.dist(marks.saddles[one].place, (word.x, word.y)))  # type: ignore[attr-defined]
        assert nearest == lingers.saddle


@pytest.mark.parametrize(
    "name",
    ["saddle", "monkey_saddle", "two_wells", "himmelblau", "six_hump_camel", "three_hump_camel", "peaks", "rastrigin"],
)
def test_words_and_marks_of_the_plane_lie_over_nothing(name: str) -> None:
    """Runs from close to every saddle, so that as much as can be is written."""
    loss = surface(name)
    for x, y in loss.about.saddles[:4]:
        found = landmarks(story_of(loss, GradientDescent(0.002), start=(x + 1e-3, y + 1e-3), steps=40))
        details, names = found.details()
        for artist in (*details, *names):
            found.pen.still(artist)
        assert found.saddles
        marks = [box for mark in found.saddles.values() for box in mark.boxes()]
        for words, (left, top, right, bottom) in filter(None, map(ink, found.pen.pane.get_children())):
            assert not any(Box(left, top, right, bottom).meets(mark) for mark in marks), words


def test_the_board_counts_the_steps_at_the_saddle() -> None:
    film = film_of(Scene(PASS, race=RACE_METHODS, start=(-2.2, 0.001), steps=100, title=""), pace=1)
    near = [np.hypot(*run.params[:, 0].T) <= 0.4 for run in RACE.runs]
    for shot in film.shots[::9]:
        landed = shot.moment.step + (shot.moment.phase is Phase.MOVE and shot.moment.progress >= 1)
        counts = [int((one[1:] & one[:-1])[:landed].sum()) for one in near]
        found = texts(film, shot.moment)
        (_, head) = next(text for text in found if text[0] == "steps at")
        column = [words for words, area in found if abs(area[2] - head[2]) <= 3 and area[1] > head[3] + 20]
        assert sorted(column) == sorted(map(str, counts))
    assert "now" not in words_on(film, film.shots[0].moment)  # less important: it gave way


RACE_METHODS = (GradientDescent(0.05), Momentum(0.05, momentum=0.8), Adam(0.05))


def test_a_board_has_no_such_column_where_nobody_lingers() -> None:
    film = film_of(Scene(PASS, race=[Momentum(0.1), Adam(0.1)], start=(-2.2, 0.01), steps=20), pace=1)
    assert "steps at" not in words_on(film, film.shots[0].moment)
