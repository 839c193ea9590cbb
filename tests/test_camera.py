"""The camera over the plane: it draws in, never back, never too fast, and never loses a run."""

import math
from itertools import pairwise
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from scenery import assert_cache_is_exact, film_of, some
from screen import show

from gdviz import (
    Adam,
    Board,
    Contour,
    Data,
    Formula,
    GradientDescent,
    History,
    Line,
    Momentum,
    RMSprop,
    Run,
    Scene,
    surface,
)
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.footage import Footage
from gdviz.picture.camera import FASTEST, MARGIN, STRONGEST, Camera, cameras, planned
from gdviz.picture.contour import _Drawing
from gdviz.picture.contour_race import ContourRace
from gdviz.picture.heads import positions
from gdviz.picture.plane import Plane
from gdviz.picture.scales import Scale
from gdviz.picture.theme import LIGHT
from gdviz.picture.trail import _apart
from gdviz.picture.view import Pen
from gdviz.picture.zoom import Zoom, _along, _round_numbers
from gdviz.problems import BadScene
from gdviz.scenefile import load

PLANE = np.array([[-4.0, 4.0], [-2.0, 3.0]])
VIEWS = [[Contour(zoom=True), History()]]
RAVINE = Scene(surface("ravine"), GradientDescent(0.95), steps=60, views=VIEWS)
BOWL = Formula("(x - 1)**2 + 10*(y - x)**2", minima=[(1, 1)])
RACE = Scene(
    surface("beale"),
    race=[GradientDescent(0.028), Momentum(0.0035), RMSprop(0.12), Adam(0.2)],
    steps=100,
    views=[[Contour(zoom=True), [Board(), History()]]],
)
SCENES = {
    "ravine": RAVINE,
    "ravine, dark": RAVINE.with_(theme="dark", optimizer=Momentum(0.1)),
    "saddle": RAVINE.with_(loss=surface("saddle"), optimizer=GradientDescent(0.1), start=(-2.2, 0.01)),
    "a race": RACE,
    "one leaves": Scene(
        BOWL, race=[GradientDescent(0.04), GradientDescent(0.1)], start=(-1, 1), steps=40, views=[[Contour(zoom=True)]]
    ),
    "runs": Scene(
        BOWL,
        start=(-1, 1),
        steps=30,
        runs=[Run(name, GradientDescent(rate)) for name, rate in (("a", 0.03), ("b", 0.09), ("c", 0.12))],
        views=VIEWS,
    ),
    "data": Scene(
        Line(Data([1, 2, 3, 4, 5, 6], [2.1, 3.9, 6.2, 7.8, 10.1, 12.2]), intercept=True),
        GradientDescent(0.05),
        steps=40,
        views=VIEWS,
    ),
}
OF_EACH = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
CAMERAS = {name: scene.story() for name, scene in SCENES.items()}
OF_EACH_STORY = pytest.mark.parametrize("story", CAMERAS.values(), ids=CAMERAS)


def small(scene: Scene, **changes: object) -> Footage:
    return film_of(scene, size=(640, 360), title="", **changes)


def drawing(film: Footage) -> _Drawing | ContourRace:
    return next(view.show.__self__ for view in film.compositor.views if hasattr(view.show.__self__, "zoom"))  # type: ignore[attr-defined]


def zoom_of(film: Footage) -> Zoom:
    found = drawing(film).zoom
    assert found is not None
    return found


def paths_of(story: Story) -> list[Array]:
    return [run.params[: story.last(k) + 1, 0] for k, run in enumerate(story.runs)]


def holds(window: Array, places: Array) -> np.ndarray:
    return np.asarray(((places >= window[:, 0]) & (places <= window[:, 1])).all(axis=-1))


def assert_lawful(camera: Camera, paths: list[Array]) -> None:
    power = camera.power
    assert power[0] == 1
    assert (np.diff(power) >= 0).all()
    assert (np.diff(np.log(power)) <= FASTEST + 1.1e-3).all()
    assert power[-1] <= STRONGEST * (1 + 1e-9)
    windows = np.array([camera.window(one) for one in power.tolist()])
    np.testing.assert_array_equal(windows[0], camera.plane)
    np.testing.assert_allclose(np.ptp(windows, axis=2), np.ptp(camera.plane, axis=1) / power[:, None], rtol=1e-9)
    slack = 1e-12 * np.ptp(camera.plane)
    assert (np.diff(windows[..., 0], axis=0) >= -slack).all()
    assert (np.diff(windows[..., 1], axis=0) <= slack).all()
    places = positions(paths, len(power) - 1)
    inside = holds(camera.plane, places)
    for k, window in enumerate(windows):
        seen = holds(window, places[max(0, k - 1) :])
        assert seen[inside[max(0, k - 1) :]].all(), k


# ---- the plan ----


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    steps=st.integers(1, 120),
    rates=st.lists(st.floats(-1.2, 1.2), min_size=1, max_size=4),
    noise=st.sampled_from([0.0, 1e-3, 0.5]),
)
def test_a_window_never_grows_never_jumps_and_holds_what_comes(
    seed: int, steps: int, rates: list[float], noise: float
) -> None:
    rng = np.random.default_rng(seed)
    goal = rng.uniform(PLANE[:, 0], PLANE[:, 1])
    paths = []
    for rate in rates:
        start = rng.uniform(PLANE[:, 0], PLANE[:, 1]) - goal
        count = int(rng.integers(1, steps + 2))
        shrinking = start * rate ** np.arange(count)[:, None] * np.array([1.0, rng.uniform(0.5, 1)])
        paths.append(goal + shrinking + noise * rng.normal(size=(count, 2)) * abs(rate) ** np.arange(count)[:, None])
    assert_lawful(planned(PLANE, paths, goal[None]), paths)


@OF_EACH_STORY
def test_the_cameras_of_stories_keep_the_law(story: Story) -> None:
    together = [paths_of(story)] if story.together else [[path] for path in paths_of(story)]
    for camera, paths in zip(cameras(story, story.plane), together, strict=True):
        assert_lawful(camera, paths)


@OF_EACH_STORY
def test_while_they_move_runs_stay_in_the_window(story: Story) -> None:
    for group, camera in enumerate(cameras(story, story.plane)):
        paths = paths_of(story) if story.together else [paths_of(story)[group]]
        places = positions(paths, len(camera.power) - 1)
        for k in range(len(places) - 1):
            ends = holds(camera.plane, places[k]) & holds(camera.plane, places[k + 1])
            for brisk in (False, True):
                for part in (0.01, 0.2, 0.5, 0.8, 0.99):
                    window = camera.window(camera.at(Moment(group, k, Phase.MOVE, part, brisk=brisk)))
                    way = places[k] + part * part * (3 - 2 * part) * (places[k + 1] - places[k])
                    assert holds(window, way)[ends].all()


def test_it_goes_along_the_calmest_way() -> None:
    """A run that is there after one step: the camera takes all its time, at one speed but for the end."""
    path = np.concatenate([[[3.0, 2.0]], np.zeros((100, 2))])
    camera = planned(PLANE, [path], np.zeros((1, 2)))
    speed = np.diff(np.log(camera.power))
    np.testing.assert_allclose(speed[10:80], speed[40], rtol=1e-6)
    assert camera.power[-1] == pytest.approx(STRONGEST)
    assert not speed[-7:].any()


def test_it_draws_in_no_farther_than_the_last_steps_need() -> None:
    story = RACE.story()
    (camera,) = cameras(story, story.plane)
    last = np.concatenate([path[-2:] for path in paths_of(story)] + [np.array(story.minima)])
    window = camera.window(float(camera.power[-1]))
    part = np.ptp(last, axis=0) / np.ptp(window, axis=1)
    assert 0.4 < part.max() <= 1 - 2 * MARGIN + 1e-9


def test_near_the_minimum_of_the_ravine_it_is_as_strong_as_can_be() -> None:
    story = RAVINE.story()
    (camera,) = cameras(story, story.plane)
    assert camera.power[-1] == pytest.approx(STRONGEST)
    start, end = (abs(paths_of(story)[0][k, 0]) for k in (0, -1))
    assert end < 0.01 * start  # in the whole plane the last steps can't be told apart
    assert end > 0.05 * np.ptp(camera.window(float(camera.power[-1]))[0])


@pytest.mark.parametrize(
    "scene",
    [
        RAVINE.with_(optimizer=GradientDescent(1.2), steps=12),
        RAVINE.with_(optimizer=GradientDescent(1e-4), race=[Run(start=(-9.5, 6)), Run(start=(9.5, -6))], steps=30),
    ],
    ids=["it leaves", "far apart"],
)
def test_where_nothing_could_be_seen_better_it_does_nothing(scene: Scene) -> None:
    film, plain = small(scene), small(scene.with_(views=[[Contour(), History()]]))
    assert drawing(film).zoom is None
    for shot in some(film.shots, 6, seed=3):
        assert np.array_equal(film.compositor.frame(shot.moment), plain.compositor.frame(shot.moment))


# ---- moments ----


@OF_EACH_STORY
def test_it_stands_still_but_while_runs_move(story: Story) -> None:
    camera = cameras(story, story.plane)[0]
    for k in range(len(camera.power)):
        for phase in (Phase.READY, Phase.LOOK, Phase.ASK, Phase.DECIDE, Phase.REST):
            assert camera.at(Moment(0, k, phase, 0.3)) == camera.power[k]
        following = camera.power[min(k + 1, len(camera.power) - 1)]
        for brisk in (False, True):
            assert camera.at(Moment(0, k, Phase.MOVE, 1.0, brisk=brisk)) == following


def test_quick_steps_make_one_smooth_movement() -> None:
    film = small(RAVINE)
    zoom, powers = zoom_of(film), []
    for shot in film.shots:
        powers += [zoom.cameras[0].at(shot.moment)] * shot.ticks
    speed = np.diff(np.log(powers))
    quick = np.flatnonzero([s.moment.brisk for s in film.shots for _ in range(s.ticks)])
    middle = speed[quick[20] : quick[-40]]
    assert middle.min() > 0
    assert (np.abs(np.diff(np.log(middle))) < math.log(2)).all()


@OF_EACH
def test_cached_frames_equal_frames_painted_from_scratch(scene: Scene) -> None:
    film = small(scene, pace=3)
    assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots[::3]], 5, seed=1)


@OF_EACH
def test_moments_may_be_drawn_in_any_order(scene: Scene) -> None:
    film, other = small(scene), small(scene)
    shots = some(film.shots, 12, seed=2)
    forwards = [film.compositor.frame(shot.moment).copy() for shot in shots]
    backwards = [other.compositor.frame(shot.moment).copy() for shot in reversed(shots)]
    assert all(np.array_equal(one, two) for one, two in zip(forwards, reversed(backwards), strict=True))


def test_while_it_stands_the_land_is_not_painted_again() -> None:
    film = small(RAVINE)
    land = zoom_of(film).land
    seen = []
    for phase, progress in ((Phase.LOOK, 0.2), (Phase.LOOK, 1.0), (Phase.DECIDE, 0.5), (Phase.MOVE, 0.5)):
        film.compositor.frame(Moment(0, 9, phase, progress))
        seen.append(land._picture)
    assert seen[0] is seen[1] is seen[2] is not seen[3]


# ---- what is seen ----


def test_marks_stand_where_they_belong() -> None:
    film = small(RACE)
    one = drawing(film)
    for shot in some(film.shots, 8, seed=6):
        film.compositor.frame(shot.moment)
        window = zoom_of(film).cameras[0].window(zoom_of(film).power)
        box = one.pen.box
        for trail, path in zip(one.trails, one.story.paths, strict=True):
            part = (path - window[:, 0]) / np.ptp(window, axis=1)
            at = np.stack([box.left + part[:, 0] * box.width, box.bottom - part[:, 1] * box.height], axis=1)
            np.testing.assert_allclose(trail.places, at, rtol=1e-6, atol=1e-6)


@OF_EACH
@pytest.mark.parametrize("count", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_names_are_whole_and_clear_of_the_map_and_of_each_other(scene: Scene, count: int) -> None:
    film = film_of(scene, title="")
    zoom = zoom_of(film)
    for shot in some(film.shots, count, seed=8):
        show(film.compositor, shot.moment)
        words = [one for one in zoom._words[zoom._shown] if one.label.get_visible()]
        boxes = [one.box(zoom.plane) for one in words]
        assert all(box.within(zoom.plane.box) for box in boxes)
        if zoom._map._note.get_visible():
            assert not any(box.meets(zoom._map.box) for box in boxes)
        for k, (one, box) in enumerate(zip(words, boxes, strict=True)):
            for other, its in list(zip(words, boxes, strict=True))[:k]:
                assert not box.meets(its) or (one.point == other.point).all()


@pytest.mark.parametrize("name", ["ravine", "a race", "saddle"])
def test_the_name_of_a_line_lies_on_it(name: str) -> None:
    zoom = zoom_of(film_of(SCENES[name], title=""))
    numbers = [one for words in zoom._words for one in words if not one.label.words[-1].isalpha()]
    found = [one for one in numbers if "curvature" not in one.label.words]
    assert len(found) >= 3
    for one in found:
        shown = float(one.label.words.replace("\N{MINUS SIGN}", "-"))
        assert float(zoom.story.loss.value(one.point)) == pytest.approx(shown, rel=1e-3)


def test_a_name_stays_for_a_while_and_never_comes_back() -> None:
    zoom = zoom_of(film_of(RAVINE, title=""))
    (words,) = zoom._words
    assert all(one.goes / one.comes > 1.4 for one in words if one.label.words[0].isdigit())
    powers = np.geomspace(1, zoom.strongest, 200)
    for one in words:
        seen = np.array([one.seen(power) for power in powers.tolist()])
        assert (np.diff(np.flatnonzero(seen)) == 1).all()


@settings(max_examples=100, deadline=None)
@given(low=st.floats(-1e3, 1e3), size=st.floats(1e-3, 1e3), move=st.floats(-1, 1))
def test_ticks_are_round_and_far_enough_apart_by_the_length_of_the_axis_alone(
    low: float, size: float, move: float
) -> None:
    spacing = []
    for begin in (low, low + move * size):
        scale = Scale(begin, begin + size, 100.0, 700.0)
        ticks = _round_numbers(scale, 85.0)
        assert 2 <= len(ticks) <= 8
        gaps = np.diff([scale(tick) for tick in ticks])
        assert gaps.min() >= 84.9
        step = float(np.diff(ticks).mean())
        spacing.append(step)
        leading = step / 10.0 ** math.floor(math.log10(step) + 1e-6)
        assert min(abs(leading - part) for part in (1, 2, 5)) < 1e-3
    assert spacing[0] == pytest.approx(spacing[1], rel=1e-3)


def test_ticks_can_be_told_apart() -> None:
    film = film_of(RAVINE, title="")
    zoom = zoom_of(film)
    for shot in some(film.shots, 20, seed=9):
        show(film.compositor, shot.moment)
        for axis in zoom.ticks:
            words = [label.words for _, label in axis]
            assert len(words) == len(set(words)) >= 1


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), count=st.integers(1, 80), closer=st.floats(1, 200))
def test_of_two_dots_neither_runs_into_the_other_and_dots_only_come(seed: int, count: int, closer: float) -> None:
    rng = np.random.default_rng(seed)
    places = np.cumsum(rng.normal(size=(count, 2)) * 4 ** rng.uniform(-3, 2, (count, 1)), axis=0)
    powers = _apart(places, closer)
    assert (_apart(places, 1.0) == np.where(powers <= 1, 1, np.inf)).all()
    for power in (1.0, closer**0.5, closer):
        dotted = places[powers <= power]
        assert (np.hypot(*np.diff(dotted, axis=0).T) * power >= 5 - 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), scale=st.sampled_from([10.0, 300.0, 1e5]))
def test_places_along_a_path_are_all_those_inside_of_the_box(seed: int, scale: float) -> None:
    box = Pen(Figure(dpi=72).add_axes((0.2, 0.2, 0.5, 0.5)), LIGHT).box
    middle = np.array([box.left / 2 + box.right / 2, box.top / 2 + box.bottom / 2])
    path = middle + np.random.default_rng(seed).normal(size=(8, 2)) * scale
    found = _along(path, box)
    corners = np.array([[box.left, box.right], [box.top, box.bottom]])
    assert holds(corners + np.array([-1e-6, 1e-6]), found).all()
    fine = np.concatenate([a + np.linspace(0, 1, 4001)[:, None] * (b - a) for a, b in pairwise(path)])
    for place in fine[holds(corners, fine)][::50]:
        assert np.hypot(*(found - place).T).min() <= 8


# ---- scenes ----


def test_it_does_not_go_into_the_fog() -> None:
    with pytest.raises(BadScene) as refused:
        RAVINE.with_(views=[[Contour(fog=True, zoom=True)]])
    assert str(refused.value) == (
        "Contour, zoom: True can't be used; allowed: without fog, which hides where the runs will go"
    )


def test_it_is_on_or_off() -> None:
    with pytest.raises(BadScene) as refused:
        RAVINE.with_(views=[[Contour(zoom=8)]])  # type: ignore[arg-type]
    assert str(refused.value) == "Contour, zoom: 8 can't be used; allowed: True, False"


def test_a_file_can_ask_for_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "near.toml"
    path.write_text(
        'loss = "x**2/20 + y**2"\noptimizer = { name = "GradientDescent", learning_rate = 0.95 }\n'
        'start = [-9.5, 5]\nsteps = 60\nviews = [[{ view = "Contour", zoom = true }, "History"]]\n'
    )
    (scene,) = load(path).values()
    assert scene.views == ((Contour(zoom=True), History()),)


@pytest.mark.benchmark
@pytest.mark.parametrize("name", ["ravine", "a race"])
def test_a_frame_of_a_moving_camera_takes_less_than_40_milliseconds(name: str) -> None:
    film = film_of(SCENES[name])
    moments = [shot.moment for shot in film.shots if shot.moment.brisk][40:80]
    took = []
    for moment in moments:
        begin = process_time()
        film.compositor.frame(moment)
        took.append(process_time() - begin)
    assert np.median(took) < 0.04


def test_levels_show_both_the_whole_and_the_goal() -> None:
    film = small(RAVINE)
    zoom = zoom_of(film)
    levels, (camera,) = zoom.plane.levels.at, zoom.cameras
    for power in (1.0, float(camera.power[-1])):
        first, second = camera.window(power)
        plane = Plane(zoom.pen, zoom.story, None, (tuple(first), tuple(second)))
        assert ((levels > plane.loss.min()) & (levels < plane.loss.max())).sum() >= 4
