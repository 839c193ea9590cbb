"""What a classifier has learnt, as pictures: asked of the artists, and of numpy."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.patches import Polygon
from scenery import assert_any_order, assert_cache_is_exact, film_of, some
from screen import assert_tidy, show, words_on

from gdviz import (
    Adam,
    ConfusionMatrix,
    Dataset,
    GradientDescent,
    Histograms,
    History,
    Network,
    Run,
    Scene,
    Scores,
    WeightImages,
)
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.picture.learnt import rounded_up
from gdviz.picture.sprite import Land, rgb
from gdviz.picture.theme import NOTE, THEMES
from gdviz.problems import BadScene

Array = np.ndarray
DATA = Path(__file__).parent.parent / "scenes" / "data"
ALL = [[(WeightImages(), Scores()), (ConfusionMatrix(), Histograms())]]
SIZES = [(1280, 720), (1024, 768), (1080, 1080), (1080, 1920), (640, 360)]


def images(classes: int = 4, count: int = 60, seed: int = 0, side: int = 5) -> Dataset:
    """Small noisy images, each with a bright line in the row of its class, some of them held out."""
    numbers, labels = np.random.default_rng(seed), np.arange(count) % classes
    pictures = numbers.normal(scale=0.6, size=(count, side, side))
    pictures[np.arange(count), labels] += 1.0
    return Dataset(pictures, labels, classes=["zero", "one", "two", "three", "four"][:classes]).split(0.3)


SOFTMAX = Network(images())
SCENES = {
    "softmax": Scene(SOFTMAX, GradientDescent(0.3), steps=25, views=ALL),
    "two classes": Scene(Network(images(2)), Adam(0.05), steps=12, views=ALL),
    "hidden layers": Scene(Network(images(), (7, 5), "relu"), Adam(0.02), steps=20, views=ALL),
    "many units": Scene(Network(images(), (90,)), Adam(0.02), steps=8, views=[[WeightImages(), Histograms("weights")]]),
    "nothing held out": Scene(Network(images().part(np.arange(30))), GradientDescent(0.3), steps=10, views=ALL),
    "mini-batches": Scene(Network(images(), batch_size=10), GradientDescent(0.3), steps=25, views=ALL),
    "diverging": Scene(
        Network(images(), (6,), "relu", "mean_squared_error"), GradientDescent(1e6), steps=25, views=ALL
    ),
    "overflow": Scene(
        Network(Dataset([[1.0], [2.0], [4.0]], [1.0, 2.5, 3.5])), GradientDescent(1e20), steps=25,
        views=[[Scores(), Histograms()]],
    ),
    "numbers": Scene(
        Network(Dataset(np.arange(12.0), np.arange(12.0) ** 2).split(4).standardised(), (5,)), Adam(0.1), steps=15,
        views=[[Scores(), Histograms("gradients")]],
    ),
    "runs": Scene(
        SOFTMAX, steps=12, runs=[Run("slow", GradientDescent(0.05)), Run("fast", GradientDescent(0.5))], views=ALL
    ),
    "race": Scene(
        SOFTMAX, race=[GradientDescent(0.3), Run("a long name of a run", Adam(0.01), steps=9)], steps=15,
        views=[[(WeightImages(), Scores()), (ConfusionMatrix(run=1), Histograms(run=1))]],
    ),
}  # fmt: skip
EVERY = pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)


def at(step: int, phase: Phase = Phase.LOOK) -> Moment:
    return Moment(0, step, phase)


def view(film: Footage, number: int) -> list:  # the artists of a panel
    return list(film.compositor.views[number].artists)


@EVERY
def test_cached_frames_equal_frames_painted_from_scratch(scene: Scene) -> None:
    film = film_of(scene, size=(640, 360), pace=2, theme="dark")
    assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots], 6, seed=1)


@EVERY
def test_moments_may_be_drawn_in_any_order(scene: Scene) -> None:
    film = film_of(scene, size=(640, 360))
    assert_any_order(film.compositor, [shot.moment for shot in some(film.shots, 8, seed=2)])


@EVERY
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_text_is_clipped_or_lies_over_another(scene: Scene, size: tuple[int, int]) -> None:
    film = film_of(scene, size=size, pace=1, title="What it has learnt")
    for shot in [film.shots[0], *some(film.shots, 8, seed=3), film.shots[-1]]:
        assert_tidy(film, shot.moment)


@pytest.mark.parametrize("lang", ["de", "es", "fr", "ja", "pt", "zh"])
def test_no_text_is_clipped_in_other_languages(lang: str) -> None:
    film = film_of(SCENES["softmax"], lang=lang, pace=1, title="x")
    for shot in (film.shots[0], film.shots[-1]):
        assert_tidy(film, shot.moment)


# --- weights as images ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
def test_each_image_has_the_colours_of_its_weights(theme: str) -> None:
    film = film_of(SCENES["softmax"], theme=theme)
    step, colours = 20, THEMES[theme]
    show(film.compositor, at(step))
    weights = SOFTMAX.layers(film.story.path(0)[step])[0].weights
    lands = [artist for artist in view(film, 0) if isinstance(artist, Land)]
    assert len(lands) == 4
    ground, blue, orange = (np.array(rgb(colours.role(name)), float) for name in ("ground", "parameter", "slope"))
    for unit, land in enumerate(lands):
        picture = np.asarray(land._picture, float)
        dots = len(picture) // 5
        seen = picture[dots // 2 :: dots, dots // 2 :: dots]
        towards = np.where((weights[:, unit] > 0).reshape(5, 5, 1), blue, orange) - ground
        strength = ((seen - ground) * towards).sum(-1) / (towards * towards).sum(-1)
        size = np.abs(weights[:, unit]).reshape(5, 5)
        assert strength.min() >= 0
        assert np.corrcoef(strength.ravel(), np.minimum(size, np.quantile(np.abs(weights), 0.98)).ravel())[0, 1] > 0.99


def test_softmax_starts_with_empty_images_and_one_scale_is_said_for_all_frames() -> None:
    film = film_of(SCENES["softmax"])
    said = {words for step in (0, 9, 24) for words in words_on(film, at(step)) if "≤" in words or "≥" in words}
    assert len(said) == 2  # the two ends of the key
    show(film.compositor, at(0, Phase.READY))
    ground = rgb(THEMES["light"].ground)
    assert all((land._picture == ground).all() for land in view(film, 0) if isinstance(land, Land))


def test_of_many_units_the_first_are_shown_and_it_says_of_how_many() -> None:
    film = film_of(SCENES["many units"])
    lands = [artist for artist in view(film, 0) if isinstance(artist, Land)]
    assert 10 <= len(lands) < 90
    assert f"weights of {len(lands)} of 90 units" in words_on(film, at(0))


def test_two_classes_share_one_image_named_after_the_second() -> None:
    film = film_of(SCENES["two classes"])
    lands = [artist for artist in view(film, 0) if isinstance(artist, Land)]
    assert len(lands) == 1
    assert "one" in words_on(film, at(0))


# --- the confusion matrix ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("test", [True, False])
def test_the_matrix_counts_what_was_taken_for_what(test: bool) -> None:
    scene = Scene(SOFTMAX, GradientDescent(0.3), steps=25, views=[[ConfusionMatrix(test)]])
    film = film_of(scene)
    judged = SOFTMAX.test if test else SOFTMAX
    assert judged is not None
    taken = judged.classify(film.story.path(0)[7], judged.data.inputs)
    expected = np.zeros((4, 4), int)
    np.add.at(expected, (judged.data.labels, taken), 1)
    show(film.compositor, at(7))
    numbers = [artist.words for artist in view(film, 0) if getattr(artist, "size", 0) == NOTE]
    assert [int(words or 0) for words in numbers] == expected.ravel().tolist()
    share = f"{100 * np.trace(expected) / expected.sum():.1f} %"
    kind = "held-out examples" if test else "examples"
    assert f"{share} of {expected.sum()} {kind} right" in words_on(film, at(7))


def test_a_hundred_classes_are_shown_by_colours_alone() -> None:
    labels = np.arange(400) % 100
    data = Dataset(np.random.default_rng(0).normal(size=(400, 3)), labels)
    film = film_of(Scene(Network(data), Adam(0.1), steps=3, views=[[ConfusionMatrix(), History()]]), title="x")
    assert len(view(film, 0)) == 2  # the cells, and the accuracy
    assert_tidy(film, film.shots[-1].moment)


# --- loss and accuracy ---------------------------------------------------------------------------------------------


def test_the_scores_are_those_of_the_network() -> None:
    film = film_of(SCENES["softmax"])
    point = film.story.path(0)[11]
    assert SOFTMAX.test is not None
    (train, right), (test, held) = SOFTMAX.scores(point), SOFTMAX.test.scores(point)
    found = words_on(film, at(11))
    named = [f"train {train:.2f}", f"test {test:.2f}"]
    assert set(named) <= set(found)
    assert {f"train {100 * right:.1f} %", f"test {100 * held:.1f} %"} <= set(found)


def test_the_best_step_on_the_test_is_marked_once_it_is_past() -> None:
    numbers = np.random.default_rng(4)
    noise = Dataset(numbers.normal(size=(60, 6)), numbers.integers(0, 2, 60)).split(0.5)
    network = Network(noise, (20,))
    film = film_of(Scene(network, Adam(0.02), steps=80, views=[[Scores()]]), title="x")
    assert network.test is not None
    best = int(np.argmin(network.test.scores(film.story.path(0))[0]))
    assert 0 < best < 60
    words = f"lowest test loss: step {best}"
    assert words not in words_on(film, at(best))
    assert words in words_on(film, at(best + 1))


def test_nothing_is_marked_where_the_test_loss_only_falls() -> None:
    film = film_of(SCENES["softmax"])
    assert not any("lowest test loss" in words for words in words_on(film, film.shots[-1].moment))


def test_numbers_have_no_accuracy() -> None:
    film = film_of(SCENES["numbers"])
    assert "accuracy" not in words_on(film, at(3))
    assert not any("%" in words for words in words_on(film, at(3)))


# --- histograms ----------------------------------------------------------------------------------------------------


def test_the_bars_are_the_roots_of_the_shares() -> None:
    film = film_of(Scene(SOFTMAX, GradientDescent(0.3), steps=25, views=[[Histograms("weights")]]))
    show(film.compositor, at(25, Phase.REST))
    (bars,) = view(film, 0)
    assert isinstance(bars, Polygon)
    x, y = np.asarray(bars.get_xy())[:-1].T
    heights = (y[0] - y)[1:-1:2]
    weights = SOFTMAX.layers(film.story.path(0)[-1])[0].weights.ravel()
    limit = rounded_up(max(float(np.quantile(np.abs(one), 0.999)) for one in film.story.path(0)[:, : weights.size]))
    counts = np.histogram(np.clip(weights, -limit, limit), len(heights), (-limit, limit))[0]
    roots = np.sqrt(counts / weights.size)
    assert heights / heights.max() == pytest.approx(roots / roots.max())
    assert np.ptp(x) > 100


def test_layers_in_the_middle_are_left_out_where_there_is_no_room() -> None:
    deep = Network(images(), (6,) * 8)
    scene = Scene(deep, Adam(0.02), steps=5, views=[[WeightImages(), Scores(), Histograms()]])
    found = words_on(film_of(scene, title="x"), at(2))
    assert {"weights 1", "gradients 1", "weights 9", "gradients 9"} <= set(found)
    assert "weights 5" not in found


# --- what is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "one", "sentence"),
    [
        (Network(Dataset([[1.0], [2.0]], [0, 1])), WeightImages(), "it shows inputs that are images"),
        (Network(Dataset([[1.0], [2.0]], [0.5, 1.5])), ConfusionMatrix(), "it shows classes"),
        ("m**2", Scores(), "it shows what a network has learnt"),
        ("m**2", Histograms(), "it shows what a network has learnt"),
        (SOFTMAX, WeightImages(run=0.5), "WeightImages, run: 0.5 can't be used; allowed: a whole number"),
        (SOFTMAX, ConfusionMatrix(test=1), "ConfusionMatrix, test: 1 can't be used; allowed: True, False"),
    ],
)  # fmt: skip
def test_views_that_do_not_suit_are_refused(network: object, one: object, sentence: str) -> None:
    with pytest.raises(BadScene, match=sentence.replace("(", r"\(")):
        Scene(network, GradientDescent(0.1), views=[[one]])


def test_a_kind_of_histogram_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadScene, match="Histograms, of: 'weight' can't be used; did you mean 'weights'"):
        Histograms("weight")


def test_a_run_that_is_not_in_the_race_is_refused() -> None:
    scene = Scene(SOFTMAX, race=[GradientDescent(0.3), Adam(0.01)], steps=3, views=[[WeightImages(run=2)]])
    with pytest.raises(BadScene, match="WeightImages, run: 2 can't be used; allowed: 0 to 1, the runs of the race"):
        film_of(scene)


def test_rounding_up_keeps_two_digits() -> None:
    assert [rounded_up(size) for size in (1.157, 0.0651, 0.5, 37.2, 0.0, np.inf, np.nan)] == [
        1.2, 0.066, 0.5, 38.0, 1.0, 1.0, 1.0,
    ]  # fmt: skip
