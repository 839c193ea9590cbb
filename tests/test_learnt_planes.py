"""What a network has learnt, on the screen: the classes of the plane, predictions, and the plane of its loss."""

import re
from typing import Any

import numpy as np
import pytest
from matplotlib.artist import Artist
from scenery import assert_any_order, assert_cache_is_exact, film_of, phases, some
from screen import assert_tidy, show, words_on

from gdviz import (
    Adam,
    Board,
    Dataset,
    DecisionBoundary,
    GradientDescent,
    History,
    LossPlane,
    Momentum,
    Network,
    Predictions,
    Run,
    Scene,
)
from gdviz.descent.batches import uniform
from gdviz.descent.loss import Array
from gdviz.descent.planes import section
from gdviz.footage import Footage
from gdviz.picture.pane import panes_on
from gdviz.picture.sprite import Land, rgb
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import LIGHT, THEMES
from gdviz.problems import BadScene
from gdviz.words import speaking

MOONS = Dataset.moons(80, 0.15, seed=1)
XS = np.linspace(-3.0, 3.0, 40)
WAVE = Dataset(XS, np.sin(XS), input_names=["time (s)"], target_name="height (m)")
TABLE = uniform(60 * 3, 1, 0).reshape(60, 3)
SUMS = Dataset(TABLE, TABLE @ [2.0, -1.0, 0.5] + 10, target_name="price")
THREE = Dataset(TABLE, [str(label) for label in (TABLE[:, 0] > 0).astype(int) + (TABLE[:, 1] > 0.2)])
LEFT, RIGHT = DecisionBoundary(), LossPlane()
SHORT = Scene(Network(MOONS, (3,)), Adam(0.1), steps=8, title="T", views=[[LEFT, RIGHT]])

PARTED = Scene(
    Network(MOONS.split(0.25).standardised(), (6,), seed=1), Adam(0.1), steps=25, title="Moons",
    views=[[DecisionBoundary(), LossPlane()]],
)  # fmt: skip
CURVED = Scene(
    Network(WAVE.split(0.2).standardised(), (6,)), Adam(0.05), steps=40, title="A wave",
    views=[[Predictions(residuals=True), LossPlane("random", seed=3)]],
)  # fmt: skip
AGAINST = Scene(
    Network(SUMS.split(0.2), (4,)),
    Adam(0.1),
    steps=20,
    title="Sums",
    views=[[Predictions(True), LossPlane(("W1[0,0]", "b2[0]"))]],
)
RACED = Scene(
    Network(MOONS, (6,)), race=[GradientDescent(0.5), Momentum(0.1), Adam(0.05)], steps=25, title="A race",
    views=[[LossPlane(), History()], [Board()]],
)  # fmt: skip
FILMS = {
    "moons": PARTED,
    "a wave": CURVED,
    "against": AGAINST,
    "a race": RACED,
    "two of three": Scene(
        Network(THREE.standardised(), batch_size=7), Adam(0.1), steps=20, title="T",
        views=[[DecisionBoundary(inputs=["x1", "x3"]), History()]],
    ),
    "divided": Scene(Network(MOONS.divided(2)), GradientDescent(1.0), steps=9, title="T", views=[[DecisionBoundary()]]),
    "two runs": Scene(
        Network(MOONS, (3,)), steps=8, title="T", runs=[Run("a", GradientDescent(0.5)), Run("b", Adam(0.1))],
        views=[[DecisionBoundary(), LossPlane()]],
    ),
    "diverging": Scene(Network(SUMS), GradientDescent(9.0), steps=300, title="T", views=[[Predictions(), LossPlane()]]),
    "a line": Scene(Network(WAVE), GradientDescent(0.1), steps=9, title="T", views=[[Predictions(), RIGHT]]),
    "flat": SHORT.with_(optimizer=GradientDescent(1e-300), steps=4),
    "a column": SHORT.with_(views=[[LEFT], [RIGHT]], size=(720, 1280)),
    "a square": SHORT.with_(size=(1024, 1024)),
}  # fmt: skip
EACH = pytest.mark.parametrize("scene", FILMS.values(), ids=FILMS)


@EACH
def test_moments_may_be_drawn_in_any_order(scene: Scene) -> None:
    film = film_of(scene, size=(scene.size[0] // 2, scene.size[1] // 2))
    assert_any_order(film.compositor, [shot.moment for shot in [*some(phases(film), 5, 4), *some(film.shots, 6, 3)]])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scene", [PARTED, CURVED, AGAINST, RACED], ids=["moons", "a wave", "against", "a race"])
def test_cached_frames_equal_frames_painted_from_scratch(scene: Scene, theme: str) -> None:
    film = film_of(scene, theme=theme, size=(640, 360), pace=2)
    assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots], 5, seed=7)


@EACH
def test_no_text_is_clipped_or_lies_over_another(scene: Scene) -> None:
    film = film_of(scene, pace="lesson")
    for shot in [*phases(film), *some(film.shots, 8, seed=5)]:
        assert_tidy(film, shot.moment)


@pytest.mark.parametrize("lang", ["de", "fr", "pt"])
@pytest.mark.parametrize("name", ["moons", "two of three", "a race", "a square"])
def test_other_languages_fit(name: str, lang: str) -> None:
    film = film_of(FILMS[name], pace="brief", lang=lang)
    with speaking(lang):
        for shot in [film.shots[0], film.shots[-1]]:
            assert_tidy(film, shot.moment)


def seen_at_the_end(scene: Scene) -> tuple[Footage, list[Artist]]:
    """Return a film and what moves in it, at its last moment."""
    film = film_of(scene, pace="brief")
    show(film.compositor, film.shots[-1].moment)
    return film, film.compositor.moving


def points(artist: Artist) -> Array:
    """Return the points of a line in units."""
    assert isinstance(artist, Stroke)
    return np.stack([np.asarray(part, dtype=np.float64) for part in artist.get_data(orig=True)], axis=-1)


def line_of(moving: list[Artist], width: float, colour: str) -> Array:
    """Return the points of the line that looks so; of several that with the most."""
    found = [one for one in moving if isinstance(one, Stroke) and one.get_marker() == "None"]
    alike = [points(one) for one in found if one.get_linewidth() == width and one.get_color() == colour]
    return max(alike, key=len)


# the decision boundary


def network_of(scene: Scene) -> tuple[Network, Array]:
    """Return a scene's network and where its run ends."""
    story = scene.story()
    assert isinstance(story.loss, Network)
    return story.loss, story.paths[-1][-1]


def given_at(film: Footage, data: Dataset, places: Array) -> Array:
    """Return the inputs, scaled as the network knows them, at places in units of the first panel, by its examples."""
    show(film.compositor, film.shots[-1].moment)
    marks = [one for one in film.compositor.moving if isinstance(one, Stroke) and one.get_marker() == "o"]
    rows = data.inputs[data.labels == 0]
    own = [points(one) for one in marks if one.get_markerfacecolor() == LIGHT.run(0).colour]
    at = next(places for places in own if len(places) == len(rows))
    fits = [np.polyfit(at[:, axis], rows[:, axis], 1) for axis in (0, 1)]
    return np.stack([np.polyval(fit, places[:, axis]) for axis, fit in enumerate(fits)], axis=-1)


def test_on_the_line_both_classes_are_equally_likely() -> None:
    film, moving = seen_at_the_end(PARTED)
    network, end = network_of(PARTED)
    line = line_of(moving, 3, LIGHT.ink)
    line = line[np.isfinite(line).all(axis=1)]
    assert len(line) > 50
    chance = network.predict(end, given_at(film, network.data, line))[:, 0]
    assert np.abs(chance - 0.5).max() < 0.02


def test_where_three_classes_meet_the_line_is_between_the_two_likeliest() -> None:
    three = Dataset(TABLE[:, :2], [str(label) for label in (TABLE[:, 0] > 0).astype(int) + (TABLE[:, 1] > 0.2)])
    scene = Scene(Network(three), Adam(0.3), steps=60, title="T", views=[[DecisionBoundary()]])
    film, moving = seen_at_the_end(scene)
    network, end = network_of(scene)
    line = line_of(moving, 3, LIGHT.ink)
    line = line[np.isfinite(line).all(axis=1)]
    chance = np.sort(network.predict(end, given_at(film, three, line)), axis=1)
    assert np.abs(chance[:, -1] - chance[:, -2]).max() < 0.1
    assert np.median(np.abs(chance[:, -1] - chance[:, -2])) < 1e-3


def test_each_place_has_the_colour_of_its_likeliest_class() -> None:
    film = film_of(PARTED, pace="brief")
    network, end = network_of(PARTED)
    frame = film.compositor.frame(film.shots[-1].moment).copy()
    (land,) = [one for one in film.compositor.moving if isinstance(one, Land)]
    left, top, right, bottom = (np.array(land.area()) / (film.spec.size[1] / 720)).tolist()
    spots = np.stack(
        [left + (uniform(400, 3, 0) + 1) / 2 * (right - left), top + (uniform(400, 3, 1) + 1) / 2 * (bottom - top)], 1
    )
    spots = np.floor(spots) + 0.5
    chance = network.predict(end, given_at(film, network.data, spots))
    scale = film.spec.size[1] / 720
    pixels = frame[(spots[:, 1] * scale).astype(int), (spots[:, 0] * scale).astype(int), :3]
    for k in (0, 1):
        shades = {rgb(LIGHT.tint(f"run{k}", 0.1 + 0.08 * band)) for band in range(5)}
        sure = chance[:, k] > 0.6
        assert sure.sum() > 40
        hit = np.array([tuple(pixel) in shades for pixel in pixels[sure].tolist()])
        assert hit.mean() > 0.75  # the others lie on marks, names and the line


def test_examples_taken_for_another_class_lie_on_a_disc() -> None:
    film = film_of(PARTED, pace="brief")
    network, _ = network_of(PARTED)
    story = PARTED.story()
    assert network.test is not None
    for shot in (film.shots[0], film.shots[-1]):
        show(film.compositor, shot.moment)
        marks = [one for one in film.compositor.moving if isinstance(one, Stroke) and one.get_marker() == "o"]
        discs = [one for one in marks if one.get_markerfacecolor() == LIGHT.ink]
        point = story.paths[0][story.position(shot.moment)]
        wrong = sum((one.classify(point, one.data.inputs) != one.data.labels).sum() for one in (network, network.test))
        assert len(points(discs[0])) == wrong
    first = story.paths[0][0]
    assert (network.classify(first, network.data.inputs) != network.data.labels).sum() > 5  # there was something to see


def test_axes_have_the_unit_of_the_data_and_say_that_they_were_scaled() -> None:
    words = words_on(film_of(PARTED, pace="brief"), film_of(PARTED, pace="brief").shots[-1].moment)
    assert {"x1", "x2", "inputs standardised", "held out", "wrong class", "upper moon", "lower moon"} <= set(words)
    numbers = [
        float(text.replace("\N{MINUS SIGN}", "-")) for text in words if re.fullmatch(r"\N{MINUS SIGN}?\d\.\d", text)
    ]
    assert 1.0 in numbers  # the highest moon is one unit high, in deviations it would be two
    halved = film_of(FILMS["divided"], pace="brief")
    assert "inputs divided by 2" in words_on(halved, halved.shots[-1].moment)


def test_inputs_that_are_not_shown_are_said_to_be_at_their_mean() -> None:
    film = film_of(FILMS["two of three"], pace="brief")
    words = words_on(film, film.shots[-1].moment)
    assert "inputs standardised, 1 other input at the mean" in words
    assert {"x1", "x3"} <= set(words)
    assert "x2" not in words


def test_the_class_at_the_mean_of_the_inputs_that_are_not_shown_is_drawn() -> None:
    shifted = Dataset(np.concatenate([TABLE[:, :2], TABLE[:, 2:] + 5], axis=1), (TABLE[:, 0] > 0).astype(int))
    network = Network(shifted)
    point = np.array([3.0, 0.0, -1.0, 5.0 + TABLE[:, 2].mean()])  # at the mean of x3: 3 x1 alone decides
    scene = Scene(
        network,
        GradientDescent(1e-300),
        start=tuple(point),
        steps=1,
        title="T",
        views=[[DecisionBoundary(inputs=("x1", "x2"))]],
    )
    film, moving = seen_at_the_end(scene)
    line = line_of(moving, 3, LIGHT.ink)
    at = given_at(film, shifted, line[np.isfinite(line).all(axis=1)])
    assert np.abs(at[:, 0]).max() < 1e-6


# predictions


def test_the_curve_is_what_the_network_predicts() -> None:
    film, moving = seen_at_the_end(CURVED)
    network, end = network_of(CURVED)
    curve = line_of(moving, 5, LIGHT.parameter)
    dots = [one for one in moving if isinstance(one, Stroke) and len(points(one)) == len(network.data)]
    at, data = points(dots[0]), network.data
    across = np.polyfit(at[:, 0], data.inputs[:, 0], 1)
    up = np.polyfit(at[:, 1], data.targets, 1)
    predicted = network.predict(end, np.polyval(across, curve[:, :1]))
    assert np.allclose(np.polyval(up, curve[:, 1]), predicted, atol=1e-9)
    misses = line_of(moving, 2, LIGHT.tint("loss", 0.62)).reshape(-1, 3, 2)
    assert np.allclose(misses[:, 0], at)
    assert np.allclose(np.polyval(up, misses[:, 1, 1]), network.predict(end, data.inputs), atol=1e-9)
    assert {"time (s)", "height (m)", "held out"} <= set(words_on(film, film.shots[-1].moment))


def test_predictions_stand_against_what_is_true() -> None:
    film, moving = seen_at_the_end(AGAINST)
    network, end = network_of(AGAINST)
    assert network.test is not None
    parts = [network.data, network.test.data]
    dots = [points(one) for one in moving if isinstance(one, Stroke) and one.get_marker() == "o"]
    for data in parts:
        at = next(one for one in dots if len(one) == len(data))
        fits = [np.polyfit(at[:, 0], data.targets, 1), np.polyfit(at[:, 1], network.predict(end, data.inputs), 1)]
        assert np.allclose(np.polyval(fits[0], at[:, 0]), data.targets, atol=1e-9)
        assert np.allclose(np.polyval(fits[1], at[:, 1]), network.predict(end, data.inputs), atol=1e-9)
    assert {"price", "predicted price"} <= set(words_on(film, film.shots[-1].moment))


def test_residuals_are_drawn_where_they_are_asked_for() -> None:
    for residuals in (False, True):
        _, moving = seen_at_the_end(CURVED.with_(views=[[Predictions(residuals)]]))
        lines = [one for one in moving if isinstance(one, Stroke) and one.get_color() == LIGHT.tint("loss", 0.62)]
        assert [line.get_visible() for line in lines] == [residuals]


# the plane of the loss


@pytest.mark.parametrize("scene", [PARTED, CURVED, AGAINST], ids=["pca", "random", "weights"])
def test_the_axes_say_what_they_show_of_the_path_and_a_note_what_they_do_not(scene: Scene) -> None:
    film, story = film_of(scene, pace="brief"), scene.story()
    (view,) = [one for one in scene.views[0] if isinstance(one, LossPlane)]  # type: ignore[index, union-attr]
    cut = section(story, view.directions, view.seed)
    words = " | ".join(words_on(film, film.shots[-1].moment))
    for name, share in zip(cut.names or ("direction 1", "direction 2"), cut.shares, strict=True):
        assert f"{name}: {f'{100 * share:.0f} %' if share >= 0.01 else '<1 %'}" in words
    assert "of the path's spread" in words
    assert f"a slice: {story.loss.about.dim - 2} other directions not seen" in words


def test_of_two_parameters_nothing_is_unseen() -> None:
    film = film_of(FILMS["a line"], pace="brief")
    words = words_on(film, film.shots[-1].moment)
    assert "direction 1: 100 % of the path's spread" in words
    assert not any("not seen" in text for text in words)


def test_the_ball_goes_through_the_plane_in_one_unit_for_both_directions() -> None:
    film, moving = seen_at_the_end(PARTED)
    (ball,) = [one for one in moving if isinstance(one, Stroke) and one.get_markersize() == 2 * 11 - 3]
    (path,) = section(PARTED.story(), "pca").paths
    way = next(points(one) for one in moving if isinstance(one, Stroke) and one.get_linewidth() == 2.5)
    unit = np.hypot(*(way[-1] - way[0])) / np.hypot(*(path[-1] - path[-2]))
    still = [one for pane in panes_on(film.compositor.figure) for one in pane.get_children() if isinstance(one, Stroke)]
    start = next(points(one)[0] for one in still if one.get_markersize() == 2 * 9 - 3)
    assert np.allclose(points(ball)[0] - start, unit * (path[-1] - path[0]) * [1, -1], atol=0.5)
    assert np.hypot(*(points(ball)[0] - start)) > 100


def test_a_run_that_diverges_leaves_the_plane_once() -> None:
    film, moving = seen_at_the_end(FILMS["diverging"])
    view = film.compositor.views[1]
    ways = []
    for stamp in range(film.shots[-1].moment.stamps):
        ways += [points(one) for one in view.marks(0, stamp) if isinstance(one, Stroke) and one.get_linewidth() == 2.5]
    long = [way for way in ways if not np.array_equal(way[0], way[1])]
    assert 1 < len(long) < 10 < len(ways)
    (ball,) = [one for one in moving if isinstance(one, Stroke) and one.get_markersize() == 2 * 11 - 3]
    assert not ball.get_visible()


def test_a_race_names_its_runs_on_the_plane() -> None:
    film = film_of(RACED, pace="brief")
    assert words_on(film, film.shots[-1].moment).count("Adam") >= 2  # at its head and on the board


# bad input

NUMBERS = Network(SUMS)


SIX = Dataset(TABLE[:, :2], np.arange(60) % 6)
REFUSED: list[tuple[Any, Any, str]] = [
    ("(m - 3)**2", RIGHT, "it shows what a network has learnt, and this loss is none; use Network(data)"),
    (NUMBERS, LEFT, "it shows classes, and these targets are numbers"),
    (Network(Dataset([1.0, 2.0, 3.0], [0, 1, 0])), LEFT, "it shows two inputs, and these data have one"),
    (
        Network(THREE), LEFT,
        "it shows two inputs, and these data have 3; choose two, such as inputs=('x1', 'x2')",
    ),
    (Network(SIX), LEFT, "it tells up to 5 classes apart, and these data have 6"),
    (Network(MOONS), Predictions(), "it shows numbers, and these targets are classes"),
]  # fmt: skip


@pytest.mark.parametrize(("loss", "view", "why"), REFUSED, ids=[why for _, _, why in REFUSED])
def test_views_that_do_not_suit_are_refused(loss: Any, view: Any, why: str) -> None:
    with pytest.raises(BadScene) as raised:
        Scene(loss, Adam(0.1), steps=2, views=[[view]])
    assert str(raised.value) == f"views: '{type(view).__name__}()' can't be used; {why}"


def test_an_input_that_is_not_there_is_refused() -> None:
    with pytest.raises(BadScene, match=r"^DecisionBoundary, inputs: 'x4' can't be used; allowed: x1, x2, x3$"):
        Scene(Network(THREE), Adam(0.1), steps=2, views=[[DecisionBoundary(inputs=("x1", "x4"))]])


@pytest.mark.parametrize("given", ["x1", ("x1",), ("x1", "x1"), (1, 2)])
def test_two_inputs_are_named(given: Any) -> None:
    with pytest.raises(BadScene, match=r"^DecisionBoundary, inputs: .*; allowed: the names of two inputs$"):
        DecisionBoundary(inputs=given)


@pytest.mark.parametrize("view", [DecisionBoundary(), Predictions()])
def test_a_race_has_no_single_run_to_show(view: Any) -> None:
    loss = Network(MOONS) if isinstance(view, DecisionBoundary) else NUMBERS
    with pytest.raises(BadScene, match="it shows one run at a time"):
        Scene(loss, race=[Adam(0.1), GradientDescent(0.1)], steps=2, views=[[view]])
