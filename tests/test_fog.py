"""Fog: what was asked for is uncovered, nothing else is, and at the end all of it."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenery import ROOT, assert_any_order, assert_cache_is_exact, film_of, reel, scene_of, some
from screen import words_on

from gdviz import (
    LBFGS,
    About,
    Adam,
    Contour,
    Curve,
    Formula,
    GradientDescent,
    History,
    Momentum,
    Run,
    Scene,
    TrialAndError,
)
from gdviz.descent.loss import Array, Loss
from gdviz.descent.stepper import descend
from gdviz.descent.story import Moment, Phase, Story
from gdviz.footage import Footage
from gdviz.picture.fog import RADIUS, asked, colour
from gdviz.picture.glyphs import TANGENT
from gdviz.picture.pane import panes_on
from gdviz.picture.plane import Plane
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import LIGHT, THEMES
from gdviz.picture.view import Pen

VALLEYS = Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)), minima=[(3, 2)])
CURVE = Scene("m**4 - 3*m**2 + m + 5", GradientDescent(0.03), start=1.9, steps=12, fog=True)
PLANE = Scene(VALLEYS, GradientDescent(0.01), start=(-0.5, -4.2), steps=12, fog=True)
SCENES = {
    "curve": CURVE,
    "curve, momentum": CURVE.with_(optimizer=Momentum(0.03, momentum=0.8)),
    "curve, runs": CURVE.with_(runs=[Run("one"), Run("two", start=-2.0)]),
    "curve, tries": Scene("(m - 3)**2 + 1", TrialAndError(2.0), start=-1, steps=9, fog=True),
    "curve, leaving": Scene("(m - 3)**2 + 1", GradientDescent(1.1), start=0, steps=8, fog=True),
    "curve, a race": CURVE.with_(race=[GradientDescent(0.03), Adam(0.4), Momentum(0.02)]),
    "plane": PLANE,
    "plane, dark": PLANE.with_(theme="dark", optimizer=Momentum(0.01)),
    "plane, runs": PLANE.with_(runs=[Run("one"), Run("two", start=(4, 4))]),
    "plane, tries": PLANE.with_(optimizer=TrialAndError(1.0)),
    "plane, a race": PLANE.with_(race=[GradientDescent(0.01), Adam(0.4), Momentum(0.005)]),
    "plane, leaving": PLANE.with_(optimizer=GradientDescent(0.03)),
    "views": PLANE.with_(fog=False, views=[[Contour(fog=True), History()]]),
}
OF_EACH = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)


def small(scene: Scene, **changes: Any) -> Footage:
    return film_of(scene, size=(640, 360), title="", **changes)


def at(film: Footage, step: int, phase: Phase) -> Moment:
    return next(s.moment for s in film.shots if s.moment.step == step and s.moment.phase is phase)


@OF_EACH
def test_cached_frames_equal_frames_painted_from_scratch(scene: Scene) -> None:
    film = small(scene, pace=4)
    assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots], 5, seed=1)


@OF_EACH
def test_moments_may_be_drawn_in_any_order(scene: Scene) -> None:
    film = small(scene)
    assert_any_order(film.compositor, [shot.moment for shot in some(film.shots, 12, seed=2)])


# ---- one parameter ----


def ink_of_the_curve(film: Footage, moment: Moment) -> tuple[Array, Any]:
    """Return the columns, in units, that have ink in the colour of the curve, and the box of the panel."""
    frame = film.compositor.frame(moment)
    box = Pen(panes_on(film.compositor.figure)[0], LIGHT).box
    panel = frame[round(box.top) : round(box.bottom), round(box.left) : round(box.right), :3]
    inked = (panel == rgb(LIGHT.curve)).all(axis=2).any(axis=0)
    return box.left + np.flatnonzero(inked), box


def test_the_curve_is_uncovered_around_the_start_alone() -> None:
    film = film_of(CURVE)
    columns, box = ink_of_the_curve(film, at(film, 0, Phase.READY))
    low, high = CURVE.story().window.params
    start = box.left + (1.9 - low) / (high - low) * box.width
    assert len(columns)
    assert abs(columns - start).max() <= TANGENT


def test_what_is_uncovered_stays_and_only_grows() -> None:
    film = film_of(CURVE)
    before: set[int] = set()
    for step in range(4):
        columns, _ = ink_of_the_curve(film, at(film, step, Phase.MOVE))  # the ball has not landed yet
        after = set(columns.tolist())
        covered = 30  # columns that the ball or an arrow may hide
        assert len(before - after) <= covered
        before |= after


def test_during_a_move_nothing_is_uncovered_before_the_landing() -> None:
    film = film_of(CURVE)
    move = Moment(0, 0, Phase.MOVE, 0.4)
    resting, _ = ink_of_the_curve(film, at(film, 0, Phase.READY))
    moving, _ = ink_of_the_curve(film, move)
    landed, _ = ink_of_the_curve(film, Moment(0, 0, Phase.MOVE, 1.0))
    assert moving.min() >= resting.min()
    assert landed.min() < resting.min() - 20
    assert "?" in words_on(film, move)


def test_the_last_picture_shows_minima_and_formula_and_none_before_does() -> None:
    film = film_of(CURVE)
    alone = len([words for words in words_on(film, film.shots[-1].moment) if words == "minimum"])
    for shot in some(film.shots[:-2], 20, seed=4):
        if shot.moment.phase is not Phase.REST:
            assert words_on(film, shot.moment).count("minimum") == 0
    assert alone == 2  # two valleys
    pale = rgb(LIGHT.tint("curve", 3 / 8))
    frame = film.compositor.frame(film.shots[-1].moment)
    assert (frame[..., :3] == pale).all(axis=2).sum() > 200


def test_the_place_of_the_landing_is_told_and_its_height_is_not() -> None:
    film, clear = film_of(CURVE), film_of(CURVE, fog=False)
    landed = Moment(0, 0, Phase.DECIDE, 1.0)
    curve = film.compositor.frame(landed)[158:480, 136:800, :3].copy()
    seen = clear.compositor.frame(landed)[158:480, 136:800, :3]
    ring = np.array(rgb(LIGHT.parameter))
    assert (curve == ring).all(axis=2).sum() < (seen == ring).all(axis=2).sum()


def test_of_several_runs_only_the_last_one_lifts_the_fog() -> None:
    film = film_of(SCENES["curve, runs"])
    first = next(s.moment for s in film.shots if s.moment.phase is Phase.REST)
    assert (first.run, film.shots[-1].moment.run) == (0, 1)
    assert words_on(film, first).count("minimum") < words_on(film, film.shots[-1].moment).count("minimum")


def test_in_a_race_on_a_curve_all_runs_uncover_it_and_nothing_else_does() -> None:
    race = SCENES["curve, a race"]
    film, story = film_of(race), race.story()
    (low, high), runs = story.window.params, story.runs
    for position in (0, 3, 8):
        columns, box = ink_of_the_curve(film, Moment(0, position, Phase.READY))
        places = np.concatenate([run.params[: position + 1, 0, 0] for run in runs])
        at = box.left + (places - low) / (high - low) * box.width
        assert np.abs(columns[:, None] - at).min(axis=1).max() <= TANGENT
        newest = box.left + (np.array([run.params[position, 0, 0] for run in runs]) - low) / (high - low) * box.width
        assert np.abs(newest[:, None] - columns).min(axis=1).max() <= 30  # a head hides the curve under it
    assert "minimum" not in words_on(film, Moment(0, 8, Phase.MOVE, 1.0, brisk=True))
    assert "minimum" in words_on(film, film.shots[-1].moment)


def test_in_a_race_a_head_does_not_follow_the_curve_that_it_does_not_know() -> None:
    race = SCENES["curve, a race"].with_(race=[Run("one", GradientDescent(0.3)), Run("two", start=-2.0)])
    views = {fog: Curve(fog=fog) for fog in (False, True)}
    halves = {fog: film_of(race, fog=False, views=[[view]]) for fog, view in views.items()}
    moment, inked = Moment(0, 0, Phase.MOVE, 0.5, brisk=True), {}
    for fog, film in halves.items():
        frame = film.compositor.frame(moment)[..., :3]
        inked[fog] = np.argwhere((frame == rgb(LIGHT.run(0).colour)).all(axis=2))
    path = race.story().runs[0]
    middle = (
        Scene(race.loss, GradientDescent(0.3), start=float(path.params[:2, 0, 0].mean())).story().runs[0].loss[0, 0]
    )
    assert middle < path.loss[:2, 0].mean()  # the curve lies below the way that is straight
    assert inked[True][:, 0].mean() < inked[False][:, 0].mean() - 5


# ---- two parameters ----


def away(film: Footage, story: Story, places: Array) -> Array:
    """Return how far each pixel of the plane is from the nearest of places `(n, 2)`, in units, `(rows, columns)`."""
    pen = Pen(panes_on(film.compositor.figure)[0], LIGHT)
    box = pen.box
    rows, columns = np.mgrid[round(box.top) : round(box.bottom), round(box.left) : round(box.right)]
    at = Plane(pen, story).places(places)
    gaps: Array = np.min([np.hypot(columns + 0.5 - x, rows + 0.5 - y) for x, y in at], axis=0)
    return gaps


def plane_of(film: Footage, moment: Moment) -> Array:
    box = Pen(panes_on(film.compositor.figure)[0], LIGHT).box
    frame = film.compositor.frame(moment)
    return frame[round(box.top) : round(box.bottom), round(box.left) : round(box.right), :3].astype(np.float64)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("step", [0, 3, 7])
def test_discs_show_what_the_clear_picture_shows_and_the_rest_is_fog(theme: str, step: int) -> None:
    film, clear = film_of(PLANE, theme=theme), film_of(PLANE, theme=theme, fog=False)
    moment, story = Moment(0, step, Phase.LOOK, 1.0), PLANE.story()
    gaps = away(film, story, story.runs[0].params[: step + 1, 0])
    fogged, whole = plane_of(film, moment), plane_of(clear, moment)
    inside, fog = gaps < RADIUS - 16.0, rgb(colour(THEMES[theme]))
    assert (fogged == whole).all(axis=2)[inside].mean() > 0.98  # but for names of lines and minima, which come last
    # Far from the path only the name of the start, the dotted lines and the arrow's name are not fog.
    foggy, like_fog = ((picture == fog).all(axis=2) for picture in (fogged, whole))
    assert foggy[gaps > RADIUS + 2].mean() > 0.97
    assert not (foggy & ~like_fog)[inside].any()


def test_during_a_move_the_landing_is_still_in_fog() -> None:
    film = film_of(PLANE)
    story = PLANE.story()
    path = story.runs[0].params[:2, 0]
    new = (away(film, story, path[1:]) < RADIUS - 20) & (away(film, story, path[:1]) > RADIUS + 2)
    fog = rgb(colour(LIGHT))
    going, landed = (plane_of(film, Moment(0, 0, Phase.MOVE, part)) for part in (0.3, 1.0))
    assert (going[new] == fog).all(axis=1).mean() > 0.9
    assert not (landed[new] == fog).all(axis=1).any()


def test_at_the_end_the_rest_is_paler_and_the_discs_are_not() -> None:
    film, clear = film_of(PLANE), film_of(PLANE, fog=False)
    last, story = film.shots[-1].moment, PLANE.story()
    gaps = away(film, story, story.runs[0].params[: story.last(0) + 1, 0])
    shown, whole = plane_of(film, last), plane_of(clear, last)
    fog = np.array(rgb(colour(LIGHT)))
    same = (shown == whole).all(axis=2)
    assert same[gaps < RADIUS - 16].mean() > 0.98
    rest = gaps > RADIUS + 2
    nearer = np.abs(shown - fog).sum(axis=2) <= np.abs(whole - fog).sum(axis=2)
    assert nearer[rest].mean() > 0.98
    assert (shown[rest] == fog).all(axis=1).mean() < 0.05  # thick lines have the colour of fog
    assert (shown[rest] == whole[rest]).all(axis=1).mean() < 0.05
    assert "minimum" in words_on(film, last)


def test_in_a_race_all_runs_uncover() -> None:
    race = SCENES["plane, a race"]
    film, story = film_of(race), race.story()
    moment = Moment(0, 5, Phase.MOVE, 1.0, brisk=True)
    foggy = (plane_of(film, moment) == rgb(colour(LIGHT))).all(axis=2)
    for run in story.runs:
        for position in (0, 3, 6):
            gaps = away(film, story, run.params[position : position + 1, 0])
            assert foggy[gaps < RADIUS - 20].mean() < 0.05, run.name  # thick lines have the colour of fog
    every = away(film, story, np.concatenate([run.params[:7, 0] for run in story.runs]))
    assert foggy[every > RADIUS + 2].mean() > 0.97


# ---- what was asked for ----


@dataclass(frozen=True)
class Watched:
    """A loss that remembers where it was asked for."""

    loss: Loss
    seen: list[Array] = field(default_factory=list, compare=False)

    @property
    def about(self) -> About:
        return self.loss.about

    def __call__(self, points: Array) -> tuple[Array, Array]:
        self.seen.extend(np.reshape(points, (-1, points.shape[-1])).copy())
        return self.loss(points)

    def value(self, points: Array) -> Array:
        self.seen.extend(np.reshape(points, (-1, points.shape[-1])).copy())
        return self.loss.value(points)

    def hessian(self, points: Array) -> Array | None:
        return self.loss.hessian(points)

    def at(self, step: int) -> "Watched":  # noqa: ARG002
        return self


@settings(max_examples=25, deadline=None)
@given(st.floats(-4, 4), st.floats(-4, 4), st.floats(0.2, 2), st.booleans())
def test_what_is_uncovered_is_what_was_asked_for(x: float, y: float, reach: float, tries: bool) -> None:
    watched = Watched(VALLEYS)
    method = TrialAndError(reach) if tries else GradientDescent(0.005)
    path = descend(watched, method, start=(x, y), steps=6)
    told = np.concatenate(asked(Story(VALLEYS, (path,), ("",)), 0))
    told = np.unique(told, axis=0)
    assert np.array_equal(told, np.unique(np.array(watched.seen), axis=0))


# ---- what is said ----


def said(scene: Scene) -> list[str]:
    return list(dict.fromkeys("".join(words for words, _ in shot.moment.sentence) for shot in reel(scene)))


@pytest.mark.parametrize("scene", [CURVE, PLANE], ids=["curve", "plane"])
def test_the_film_says_what_it_sees_and_what_it_never_saw(scene: Scene) -> None:
    sentences = said(scene)
    assert sentences[0] == "It sees the loss only where it stands."
    assert sentences[-2] == "Now the whole loss: the rest it never saw."
    assert sentences[-1] == said(scene.with_(fog=False))[-1]


def test_a_search_is_not_said_to_see_only_where_it_stands() -> None:
    tries = said(SCENES["curve, tries"])
    assert (tries[0], tries[-2]) == (
        "It sees the loss only where it asks for it.",
        "Now the whole loss: the rest it never saw.",
    )
    searches = said(CURVE.with_(optimizer=LBFGS()))  # its line search asks where nobody wrote down
    assert (searches[0], searches[-2]) == ("It sees the loss only where it asks for it.", "Now the whole loss.")


def test_without_fog_nothing_is_said_of_it() -> None:
    assert not any("sees" in sentence or "saw" in sentence for sentence in said(CURVE.with_(fog=False)))


def test_fog_on_the_views_is_said_too() -> None:
    assert said(CURVE.with_(fog=False, views=[[Curve(fog=True)]]))[0].startswith("It sees")


def test_the_scene_ends_in_a_valley_that_is_not_the_deepest() -> None:
    scene = scene_of(ROOT / "scenes" / "fog_of_war.py")
    assert scene.fog
    assert said(scene)[-1] == "A valley, but not the deepest one."
