"""Pictures, sentences and numbers of one film say the same, and the picture shows what the sentence is about."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scenery import ROOT, film_of, scene_of
from screen import assert_tidy, words_on

from gdviz import Adam, Board, Contour, Formula, GradientDescent, Momentum, RateStudy, Scene, surface
from gdviz.account import plain
from gdviz.descent.events import What
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.languages.breaks import parts
from gdviz.picture.guides import guided
from gdviz.picture.sampling import sampled
from gdviz.picture.scales import Scale
from gdviz.picture.sprite import Label
from gdviz.picture.stroke import Stroke
from gdviz.telling import Teller
from gdviz.words import number_from

MINUS = "\N{MINUS SIGN}"
TWO_VALLEYS = Scene(
    "m**4 - 3*m**2 + m + 5", race=[GradientDescent(0.03), Momentum(0.03, momentum=0.8)], start=1.9, steps=40, title=""
)


def landings(film: Footage) -> list[Moment]:
    """Return the moments at which a step has landed, and the last one."""
    moments = [shot.moment for shot in film.shots]
    return [moment for moment in moments if moment.phase is Phase.MOVE and moment.progress >= 1] + moments[-1:]


# a run that leaves


@pytest.mark.parametrize("rate", [1.05, 1.2, 3.0, 50.0])
def test_a_run_leaves_for_good_when_it_leaves(rate: float) -> None:
    story = Scene("m**2", GradientDescent(rate), start=1).story()
    teller = Teller(story, 0)
    (left,) = (event.step + 1 for event in teller.events.values() if event.what is What.LEFT)
    assert plain(teller.end()) == f"Away for good at step {left}: the rate is too high."


def test_the_history_of_a_run_that_diverges_begins_in_the_picture() -> None:
    film = film_of(Scene("m**2", GradientDescent(50), start=1, title=""))
    words = words_on(film, film.shots[0].moment)
    powers = [float(word) for word in words if word.startswith("1e")]
    assert "1" in words  # where it starts
    assert min(powers) > 1
    assert max(powers) > 1e80  # it ends at 6e99


# a race in fog


@pytest.mark.parametrize("scene", [TWO_VALLEYS, TWO_VALLEYS.with_(loss="x**4 - 3*x**2 + x + 5 + y**2", start=(1.9, 1))])
def test_in_fog_the_board_does_not_tell_the_loss_to_reach_before_it_is_found(scene: Scene) -> None:
    film = film_of(scene, fog=True, size=(960, 540))
    found = min(at for at in film.story.standing.arrived if at is not None)
    target = f"{film.story.standing.target:.4f}"
    seen = set()
    for moment in landings(film)[::3]:
        landed = moment.step + (moment.phase is Phase.MOVE)
        words = words_on(film, moment)
        assert (target in words) == (landed >= found)
        assert ("?" in words) == (landed < found)
        assert moment.phase is Phase.REST or not {"minimum", "loss above the minimum"} & set(words)
        seen.add(landed >= found)
    assert seen == {True, False}
    clear = film_of(scene, size=(960, 540))
    assert target in words_on(clear, clear.shots[0].moment)


def test_at_the_end_of_the_fog_both_dashed_lines_have_their_word() -> None:
    film = film_of(TWO_VALLEYS, fog=True)
    assert words_on(film, film.shots[-1].moment).count("minimum") == len(film.story.minima) == 2


# what a minimum's neighbour is called


def test_close_to_a_minimum_is_not_at_it() -> None:
    story = scene_of(ROOT / "scenes" / "ravine.py").story()
    assert plain(Teller(story, 0).end()) == "After 60 steps it is close to a minimum: the loss is 0.00011."
    longer = scene_of(ROOT / "scenes" / "ravine.py").with_(steps=200, tolerance=0.0).story()
    assert plain(Teller(longer, 0).end()).startswith(f"After {longer.last(0)} steps it is at a minimum: the loss is 0.")


@given(st.floats(-1, 1), st.integers(0, 7))
def test_a_number_that_is_not_zero_is_written_as_zero_only_where_it_is_tiny(value: float, decimals: int) -> None:
    text = number_from(0.0, value, decimals, finer=True).replace(MINUS, "-")
    if abs(value) >= 1e-5:
        assert float(text) != 0
        assert abs(float(text) - value) <= max(0.5 * 10.0**-decimals if abs(value) >= 0.5 * 10.0**-decimals else 0,
                                               0.051 * abs(value)) + 1e-15  # fmt: skip


# the names of marks


@pytest.mark.parametrize("scene", [
    Scene(surface("two_wells"), Momentum(0.05), steps=40, title=""),
    Scene(surface("two_wells"), race=[Momentum(0.05), Adam(0.1)], steps=40, title=""),
])  # fmt: skip
def test_names_of_marks_stand_over_the_paths(scene: Scene) -> None:
    film = film_of(scene, size=(960, 540))
    (drawing, *_) = film.compositor.views
    artists = list(drawing.artists)
    names = [k for k, artist in enumerate(artists) if isinstance(artist, Label) and artist.words == "minimum"]
    box = next(box for view, box in film.views if isinstance(view, Contour))
    trails = [k for k, artist in enumerate(artists) if isinstance(artist, Stroke) and artist.get_linewidth() > 2.4]
    assert len(names) == 1
    assert sum(k < names[0] for k in trails) >= len(film.story.runs)
    assert box.width > 0


# a curve with more turns than can be drawn


@settings(max_examples=100, deadline=None)
@given(st.floats(1, 20_000), st.floats(0.1, 10))
@example(18523.0, 5.6875)
@example(6974.0, 5.0)  # seven waves, nearly, from each sample to the next: they all lie on a slow one
def test_a_curve_is_sampled_as_it_is_or_drawn_as_the_band_that_it_sweeps(frequency: float, width: float) -> None:
    loss = Formula(f"sin({frequency!r}*m)")
    found = sampled(loss, (0.0, width), 801)
    assert (np.diff(found.params) >= 0).all()
    waves = frequency * width / (2 * np.pi)
    if not found.band:
        assert waves < 100  # eight samples for each wave: none that is drawn is one that is not there
        assert np.array_equal(found.losses, np.sin(frequency * found.params))
        return
    low, high = found.losses.reshape(-1, 2).T
    assert (low <= high).all()
    edges = np.linspace(0, width, 802)
    for k in range(0, 801, 80):  # a second opinion: numpy on a fine grid in that column
        dense = np.sin(frequency * np.linspace(edges[k], edges[k + 1], 4001))
        turn = frequency * width / 801 / 8 / 2  # the most by which the sine changes in half the way between samples
        assert dense.min() - 1e-9 <= low[k] <= dense.min() + turn + 1e-9
        assert dense.max() - turn - 1e-9 <= high[k] <= dense.max() + 1e-9


@pytest.mark.parametrize("start", [0.3, 1.0, 2.0, -7.0])
def test_of_many_valleys_those_are_shown_that_the_run_comes_by(start: float) -> None:
    story = Scene("sin(50*m)", GradientDescent(0.001), start=start).story()
    low, high = story.window.params
    seen = [m for (m,) in story.minima if low <= m <= high]
    assert 1 <= len(seen) <= 12
    assert low < story.path(0).min() < story.path(0).max() < high


def test_of_many_minima_in_the_picture_those_have_a_guide_where_runs_end() -> None:
    story = Scene("sin(50*m)", GradientDescent(0.1), start=0.3).story()
    shown = guided(story, Scale(*story.window.params, 0.0, 100.0))
    assert len(story.minima) > 100
    assert shown == [min((m for (m,) in story.minima), key=lambda m: abs(m - story.path(0)[-1, 0]))]


# the usual pictures of races


@pytest.mark.parametrize(
    "scene",
    [
        scene_of(ROOT / "scenes" / "beale_race.py"),
        scene_of(ROOT / "scenes" / "saddle_escape.py"),
        Scene(surface("rosenbrock"), race=[GradientDescent(0.001), Momentum(0.001)], steps=60),
        Scene(surface("himmelblau"), race=[GradientDescent(0.01), Adam(0.1)], start=(4, 4), steps=30, fog=True),
    ],
    ids=["beale", "saddle", "nobody arrives", "fog"],
)
@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (720, 720)], ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_end_of_a_race_is_tidy_in_every_shape(scene: Scene, size: tuple[int, int]) -> None:
    film = film_of(scene, size=size)
    assert any(isinstance(view, Board) for view, _ in film.views)
    assert_tidy(film, film.shots[-1].moment)


# a study


def test_the_chart_of_steps_says_how_many_the_runs_in_the_picture_take() -> None:
    scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-1, steps=20, study=RateStudy(points=41), title="")
    film = film_of(scene)
    assert "runs shown: 20 steps" in words_on(film, film.shots[-1].moment)
    assert_tidy(film, film.shots[-1].moment)
    longer = film_of(scene.with_(steps=200))
    assert not any("runs shown" in words for words in words_on(longer, longer.shots[-1].moment))


# lines


@given(st.lists(st.sampled_from(["99", "%", ";", "pas", ":", "way", "?"]), min_size=1, max_size=9))
def test_no_line_begins_with_a_percent_sign_or_a_mark(words: list[str]) -> None:
    text = " ".join(words)
    found = parts(text)
    assert "".join(found) == text
    assert not any(part[0] in "%;:?" for part in found[2::2] if part)
