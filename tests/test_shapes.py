"""Frames of every shape: text is broken, panels go below each other, nothing is clipped, and type is large enough."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import SAMPLES
from scenery import SCENES, assert_cache_is_exact, film_of, phases, reel, scene_of, some
from screen import assert_tidy, moving, show, still
from test_picture import EXTRA

from gdviz import (
    Adam,
    Attempt,
    Contour,
    Curve,
    GradientDescent,
    History,
    Inside,
    Momentum,
    Optimizer,
    Rates,
    RateStudy,
    Rule,
    Run,
    Scene,
    Surface,
)
from gdviz.descent.story import Moment, Phase
from gdviz.descent.verdict import judge
from gdviz.footage import Footage
from gdviz.picture.breaking import broken
from gdviz.picture.heading import Heading, sentence_room
from gdviz.picture.layout import arrange_given
from gdviz.picture.shape import EDGE, SQUARE, TALL, WIDE, frame_box, shape_of
from gdviz.picture.sprite import Label, text_width
from gdviz.picture.theme import SENTENCE
from gdviz.picture.usual import arrange_usual
from gdviz.picture.view import Box
from gdviz.problems import BadScene
from gdviz.words import Sentence

UPRIGHT = [(720, 720), (720, 900), (540, 720), (540, 960)]
TITLE = "A film with a title of quite a usual length"
ALL = {path.stem: scene_of(path) for path in SCENES if not scene_of(path).views} | {
    name: scene.with_(title=TITLE) for name, scene in EXTRA.items() if not scene.views
}
OF_EACH_SIZE = pytest.mark.parametrize("size", UPRIGHT, ids=lambda size: f"{size[0]}x{size[1]}")
PARABOLA = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-1, steps=6, title="")
VALLEY = Scene("(x - 1)**2 + 10*(y - x)**2", GradientDescent(0.02), start=(-1, 1), steps=6, title="")


# units


@pytest.mark.parametrize(
    ("size", "shape", "units"),
    [
        ((1280, 720), WIDE, (1280, 720)),
        ((1024, 768), WIDE, (1280, 960)),
        ((1200, 1000), WIDE, (1280, 1280 / 1.2)),
        ((1150, 1000), SQUARE, (862.5, 750)),
        ((1080, 1080), SQUARE, (765, 765)),
        ((1080, 1350), SQUARE, (765, 956.25)),
        ((1080, 1440), TALL, (1125 * 0.75, 1125)),
        ((1080, 1920), TALL, (720, 1280)),
    ],
)
def test_every_shape_has_units_of_its_own(size: tuple[int, int], shape: object, units: tuple[float, float]) -> None:
    frame = frame_box(size)
    assert shape_of(frame) is shape
    assert (frame.width, frame.height) == pytest.approx(units)


@given(st.integers(240, 4000), st.integers(240, 4000))
def test_units_are_square_and_the_shape_of_a_frame_is_that_of_its_size(width: int, height: int) -> None:
    frame = frame_box((width, height))
    assert frame.width / width == pytest.approx(frame.height / height)
    shape = shape_of(frame)
    assert frame.width >= shape.width * (1 - 1e-12)
    assert frame.height >= shape.height * (1 - 1e-12)


# sentences

WORDS = st.text("abcdefgh ", max_size=30)
SENTENCES = st.lists(st.tuples(WORDS, st.sampled_from(["", "loss", "rate"])), max_size=9).map(tuple)


def letters(sentence: Sentence) -> float:
    """The width of a sentence of a typewriter."""
    return float(sum(len(words) for words, _ in sentence))


def coloured(lines: list[Sentence]) -> list[tuple[str, str]]:
    """Every letter with its colour."""
    return [(letter, role) for line in lines for words, role in line for letter in words if letter != " "]


@given(SENTENCES, st.integers(1, 60))
def test_a_broken_sentence_keeps_its_words_and_their_colours(sentence: Sentence, room: int) -> None:
    assert coloured(broken(sentence, room, letters)) == coloured([sentence])


@given(SENTENCES, st.integers(1, 60))
def test_only_what_has_no_space_to_break_at_is_wider_than_its_line(sentence: Sentence, room: int) -> None:
    for line in broken(sentence, room, letters):
        plain = "".join(words for words, role in line if not role).strip()
        assert letters(line) <= room or " " not in plain


@pytest.mark.parametrize(
    ("room", "lines"),
    [
        (30, ["The value is m = 3 at the end."]),
        (20, ["The value is m = 3", "at the end."]),
        (16, ["The value", "is m = 3 at", "the end."]),  # of about equal length, and no word alone
        (12, ["The value is", "m = 3 at the", "end."]),
    ],
)
def test_words_of_one_colour_stay_together(room: int, lines: list[str]) -> None:
    sentence = (("The value is ", ""), ("m = 3", "parameter"), (" at the end.", ""))
    assert ["".join(words for words, _ in line) for line in broken(sentence, room, letters)] == lines


@pytest.mark.parametrize("scene", ALL.values(), ids=ALL)
def test_every_sentence_of_every_scene_fits_its_lines(scene: Scene) -> None:
    def wide(line: Sentence) -> float:
        return sum(text_width(words, SENTENCE, bool(role), 72) for words, role in line)

    said = {shot.moment.sentence for shot in reel(scene, pace="lesson")}
    for size in UPRIGHT:
        room, most = sentence_room(frame_box(size))
        for sentence in said:
            lines = broken(sentence, room, wide)
            assert len(lines) <= most, sentence
            assert all(wide(line) <= room for line in lines), sentence


LONG = "On and on and on, " * 12


def test_a_text_that_fits_in_no_number_of_lines_is_refused() -> None:
    with pytest.raises(BadScene, match=r"^closing: .*allowed: a text that fits on 3 lines of the frame; shorten it$"):
        film_of(PARABOLA, closing=LONG, size=(540, 960))
    with pytest.raises(BadScene, match=r"^closing: .*allowed: a text that fits on 2 lines of the frame; shorten it$"):
        film_of(PARABOLA, closing=LONG, size=(720, 720))
    with pytest.raises(BadScene, match=r"^title: .*allowed: a title that fits on two lines of the frame; shorten it$"):
        film_of(PARABOLA, title=LONG, size=(540, 960))


# frames


def labels(film: Footage) -> list[Label]:
    artists = [*still(film.compositor), *film.compositor.moving]
    return [artist for artist in artists if isinstance(artist, Label) and artist.words]


def assert_all_tidy(scene: Scene, size: tuple[int, int], count: int) -> None:
    film = film_of(scene, size=size, pace="lesson")
    for shot in [*some(phases(film), count, seed=4), *some(film.shots, count, seed=5), film.shots[-1]]:
        assert_tidy(film, shot.moment)


@OF_EACH_SIZE
def test_nothing_is_clipped_or_over_another_thing_in_an_upright_frame(size: tuple[int, int]) -> None:
    for name in random.Random(sum(size)).sample(sorted(ALL), 6):
        assert_all_tidy(ALL[name], size, 5)


@pytest.mark.slow
@OF_EACH_SIZE
@pytest.mark.parametrize("scene", ALL.values(), ids=ALL)
def test_nothing_is_clipped_or_over_another_thing_in_any_scene(scene: Scene, size: tuple[int, int]) -> None:
    assert_all_tidy(scene, size, 25)


@pytest.mark.parametrize("size", [(720, 720), (1150, 1000)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_scenes_with_panels_of_their_own_are_tidy_in_a_square_frame(size: tuple[int, int]) -> None:
    for scene in (scene_of(path) for path in SCENES):
        if scene.views:
            assert_all_tidy(scene, size, 15)


@pytest.mark.parametrize("size", [pytest.param((640, 960), marks=pytest.mark.slow), (1150, 960)])
def test_the_usual_panels_find_room_in_every_shape(size: tuple[int, int]) -> None:
    rated = PARABOLA.with_(study=RateStudy())
    for scene in (*(scene.with_(title=TITLE) for scene in ALL.values()), rated):
        film_of(scene, size=size)


def test_cached_frames_of_an_upright_film_equal_frames_painted_from_scratch() -> None:
    for scene, size in ((ALL["a race"], (360, 640)), (ALL["inside, two parameters"], (400, 400))):
        film = film_of(scene, size=size, pace=3)
        assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots], 20, seed=6)


def assert_legible(scene: Scene, size: tuple[int, int], part: float) -> None:
    """Check that nothing that is ever written in a film is smaller than a part of the frame's short side."""
    film, frame = film_of(scene, size=size, pace="lesson"), frame_box(size)
    show(film.compositor, film.shots[-1].moment)
    smallest = min(labels(film), key=lambda label: label.size)
    assert smallest.size >= part * min(frame.width, frame.height), smallest.words


@pytest.mark.parametrize("scene", [PARABOLA, VALLEY, ALL["adam"], ALL["a race"], ALL["hubble"]], ids=repr)
def test_no_type_in_a_tall_frame_is_below_the_floor(scene: Scene) -> None:
    assert_legible(scene, (720, 1280), 16 / 720)


@pytest.mark.parametrize(
    "size",
    [(720, 720), *(pytest.param(size, marks=pytest.mark.slow) for size in ((720, 900), (1150, 1000)))],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
def test_no_type_in_a_square_frame_is_below_the_floor(size: tuple[int, int]) -> None:
    own = [scene for scene in map(scene_of, SCENES) if scene.views]
    for scene in [*own, *ALL.values()]:
        assert_legible(scene, size, 0.021)


def panels(scene: Scene, size: tuple[int, int]) -> list[tuple[str, Box]]:
    """The names of a film's panels with their boxes, without the heading."""
    frame, heading = frame_box(size), Heading(TITLE)
    if scene.views:
        placed = arrange_given(scene.views, heading, frame, scene.story())
    else:
        placed = arrange_usual(scene.story(), heading, frame, inside=scene.inside, fog=scene.fog)
    return [(type(view).__name__, box) for view, box in placed[:-1]]


def test_panels_stand_below_each_other_in_a_tall_frame() -> None:
    (_, contour), (_, history), _ = panels(VALLEY, (540, 960))
    assert contour.left == history.left
    assert contour.bottom < history.top


@pytest.mark.parametrize(
    ("scene", "square", "high"),
    [
        (PARABOLA, "Curve Rule", "Curve History Rule"),
        (VALLEY, "Contour Rule", "Contour Rule"),  # a rule of two lines
        (ALL["fog_of_war"], "Curve Rule", "Curve History Rule"),
        (ALL["schedules"], "Curve Rates", "Curve Rates"),
        (ALL["which_adam"], "Curve Rule", "Curve Rule"),  # a long rule
        (ALL["hubble"], "DataFit Curve", "DataFit Curve Rule"),
        (ALL["minibatch_noise"], "DataFit Curve", "DataFit Curve Rule"),
        (ALL["adam_inside"], "Curve Inside", "Curve Inside"),
        (ALL["beale_race"], "Contour Board", "Contour Board Protocol"),
        (ALL["himmelblau_basins"], "BasinMap BasinTable", "BasinMap BasinTable Protocol"),
        (ALL["learning_rate_sweep"], *["Attempt Attempt Attempt StepsNeeded"] * 2),
        (ALL["momentum_phase_map"], *["PhasePlane Attempt Attempt"] * 2),
    ],
    ids=repr,
)
def test_a_square_frame_has_fewer_panels_and_what_the_film_is_about_stays(scene: Scene, square: str, high: str) -> None:
    assert " ".join(kind for kind, _ in panels(scene, (1080, 1080))) == square
    assert " ".join(kind for kind, _ in panels(scene, (1080, 1350))) == high


def test_the_tries_of_a_study_that_a_square_frame_keeps_are_the_first_the_soonest_and_the_last() -> None:
    story = ALL["learning_rate_sweep"].story()
    placed = arrange_usual(story, Heading(TITLE), frame_box((1080, 1080)), inside=False, fog=False)
    kept = [view.run for view, _ in placed if isinstance(view, Attempt)]
    needed = [judge(run, story.minima)[0].steps_needed for run in story.runs]
    soonest = min((run for run in range(len(needed)) if needed[run] is not None), key=lambda run: needed[run] or 0)
    assert kept == sorted({0, soonest, len(needed) - 1})


def test_panels_of_a_scene_that_have_no_room_abreast_stand_below_each_other_in_a_square_frame() -> None:
    turned = VALLEY.with_(views=[[Surface(), Contour()]])
    (_, surface), (_, contour) = panels(turned, (1080, 1080))
    assert surface.bottom < contour.top
    (_, surface), (_, contour) = panels(turned, (1280, 720))
    assert surface.right < contour.left
    beside = VALLEY.with_(views=[[Contour(), History()], [Rule()]])  # which has
    (_, contour), (_, history), _ = panels(beside, (1080, 1080))
    assert contour.right < history.left


@pytest.mark.parametrize(
    ("scene", "views", "size", "sentence"),
    [
        (PARABOLA, [[Curve()], [History()], [Rates()], [History()], [Rule()]], (720, 720), "Curve.*fewer rows"),
        (PARABOLA, [[Curve(), History(), Rates(), Inside()], [Rule()]], (540, 960), "Curve.*beside each other"),
    ],
)
def test_panels_that_could_not_be_read_are_refused(
    scene: Scene, views: object, size: tuple[int, int], sentence: str
) -> None:
    with pytest.raises(BadScene, match=rf"^views: '{sentence}$"):
        film_of(scene, views=views, size=size)


# the rule


def rule_rows(film: Footage, moment: Moment, lines: int, pitch: float = 88.0) -> list[str]:
    """The numbers and signs of the rule as they are read, line by line."""
    bottom = frame_box(film.spec.size).height
    first = bottom - 145 - pitch * (lines - 1) + 69
    heights = [first + pitch * k for k in range(lines)]
    seen = moving(film.compositor, moment)
    rows = [sorted((one for one in seen if abs(one.y - y) < 1e-6), key=lambda one: one.x) for y in heights]
    return ["".join(one.words for one in row) for row in rows]


@pytest.mark.parametrize("method", random.Random(8).sample(SAMPLES, 6), ids=repr)
def test_a_broken_rule_says_the_same_as_a_whole_one(method: Optimizer) -> None:
    scene = Scene(
        "m**4 - 3*m**2 + m + 5", method, start=1.9, steps=30, title="", views=[[Curve()], [Rule(readout=False)]]
    )
    wide, tall = film_of(scene, pace="lesson"), film_of(scene, pace="lesson", size=(720, 1280))
    moment = next(shot.moment for shot in wide.shots if shot.moment.phase is Phase.DECIDE)
    (whole,) = rule_rows(wide, moment, 1)
    assert "=" in whole
    parts = next(rows for lines in (1, 2, 3) if "=" in (rows := rule_rows(tall, moment, lines))[0])
    assert "".join(parts) == whole


def test_a_rule_breaks_where_it_binds_least() -> None:
    film = film_of(
        Scene("(m - 3)**2 + 1", Momentum(0.05), start=-2, steps=30, title=""), size=(720, 1280), pace="lesson"
    )
    moment = next(shot.moment for shot in film.shots if shot.moment.phase is Phase.DECIDE)
    assert rule_rows(film, moment, 3) == ["?=−2.000", "−0.05", "×(0.9×0.00+(−10.000))"]


def test_figures_of_several_runs_fit_a_tall_frame() -> None:
    runs = [Run("a", Adam(0.1), name="Adam, one tenth"), Run("b", name="gradient descent, 0.1")]
    film = film_of(PARABOLA, runs=runs, size=(720, 1280), pace="lesson")
    show(film.compositor, film.shots[-1].moment)
    seen = {label.words for label in labels(film) if label.get_visible()}
    assert {"Adam, one tenth", "gradient descent, 0.1", "m found"} <= seen
    right = max(label.x for label in labels(film) if label.get_visible())
    assert right <= 720 - EDGE / 2
