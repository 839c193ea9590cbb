"""A film on the ground of a slide, or on none: what must be read can be read, and a cut-out laid on a slide fits it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import to_hex, to_rgb
from numpy.typing import NDArray
from PIL import Image
from scenery import SCENES, scene_of

from gdviz import GradientDescent, Scene, render
from gdviz.picture.grounding import PATHS, TEXT, TINTED, WORDS, contrast, on_ground, themed
from gdviz.picture.matting import inked, matted
from gdviz.picture.theme import STYLES, THEMES, Theme
from gdviz.problems import BadScene
from gdviz.renderer import prepare

TINY: dict[str, Any] = {"size": (320, 240), "pace": 1}
SMALL = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="Small", **TINY)
GROUNDS = {"light": "#fafaff", "dark": "#0a0d12"}  # on both the plates behind text are as strong as usual
COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: to_hex([part / 255 for part in rgb]))


def laid(cut: NDArray[np.uint8], ground: str) -> NDArray[np.int_]:
    """Lay straight RGBA on a ground."""
    alpha = cut[..., 3:].astype(float) / 255
    below = 255 * np.array(to_rgb(ground))
    return np.rint(cut[..., :3] * alpha + below * (1 - alpha)).astype(int)


# --- a slide's colour --------------------------------------------------------------------------------------------


@given(COLOURS, st.sampled_from(sorted(THEMES)))
def test_a_ground_is_refused_or_everything_can_be_read_on_it(ground: str, name: str) -> None:
    try:
        theme = themed(name, ground)
    except BadScene as problem:
        advice = problem.allowed.partition("such as ")[2].split('"')
        themed(advice[2].split()[2] if advice[2] else name, advice[1])  # what is advised can be used
        return
    assert theme.ground == ground
    for role in WORDS:
        assert contrast(theme.role(role), ground) >= TEXT
    for role in TINTED:
        assert contrast(theme.role(role), theme.tint(role)) >= TEXT
    for style in range(STYLES):
        assert contrast(theme.run(style).colour, theme.high) >= PATHS
    assert contrast(theme.curve, ground) >= PATHS


def test_contrast_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=1e-3)  # WebAIM's example of what falls short
    assert contrast("#ffffff", "#777777") == contrast("#777777", "#ffffff")


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_a_theme_on_its_own_ground_is_itself(theme: Theme) -> None:
    assert on_ground(theme, theme.ground) == theme
    assert themed(theme.name, theme.ground) == themed(theme.name) == themed(theme.name, "transparent") == theme


def test_the_grid_stays_as_quiet_on_another_ground() -> None:
    for theme, ground in ((THEMES["light"], "#f4f1e8"), (THEMES["dark"], "#000000")):
        moved = themed(theme.name, ground)
        for role in ("grid", "axis", "high"):
            usual = contrast(theme.role(role), theme.ground)
            assert contrast(moved.role(role), ground) == pytest.approx(usual, rel=0.12)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"ground": "#e0e0ff"},
            r"ground: '#e0e0ff' can't be used; text in #007858 on it would have a contrast of 4\.25:1; "
            r'allowed: at least 4\.5:1, such as "#e7e7ff"$',
        ),
        ({"ground": "#F4F1E8", "theme": "dark"}, r'a contrast of 1\.04:1; .* such as "#f4f1e8" with the light theme'),
        (
            {"ground": "#1f2a44", "theme": "dark"},
            r"a path in #4f86ff where a map is highest .* at least 3:1",
        ),
        ({"ground": "cream"}, 'allowed: the colour of the slide, such as "#F4F1E8", or "transparent"'),
        ({"ground": "#fff"}, 'allowed: the colour of the slide, such as "#F4F1E8", or "transparent"'),
        ({"ground": None}, 'ground: None can\'t be used; allowed: a colour such as "#F4F1E8", or "transparent"'),
    ],
)
def test_a_ground_that_can_not_be_used_is_refused(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene, match=sentence):
        SMALL.with_(**changes)


@pytest.mark.parametrize("name", ["film.gif", "film.webp", "film.png"])
def test_a_film_has_the_ground_of_the_slide(tmp_path: Path, name: str) -> None:
    render(SMALL, tmp_path / name, ground="#F4F1E8")
    with Image.open(tmp_path / name) as image:
        picture = np.array(image.convert("RGB"))
    assert picture[0, 0].tolist() == [0xF4, 0xF1, 0xE8]
    assert (picture == (0xF4, 0xF1, 0xE8)).all(axis=-1).mean() > 0.5
    assert not (picture == 255).all(axis=-1).mean() > 0.02, "white is only in filled labels"


# --- no ground ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "theme"),
    [
        pytest.param(path, theme, marks=pytest.mark.slow if (number + k) % 2 else (), id=f"{path.stem}-{theme}")
        for number, path in enumerate(SCENES)
        for k, theme in enumerate(THEMES)
    ],
)
def test_a_cut_out_laid_on_a_slide_is_the_film_on_that_ground(path: Path, theme: str) -> None:
    scene = scene_of(path).with_(size=(480, 270), pace=1, theme=theme)
    cut, film = (prepare(scene.with_(ground=ground), ["a.webp"]) for ground in ("transparent", GROUNDS[theme]))
    last = len(film.shots) - 1
    for number in (0, last // 2, last):
        moment = film.shots[number].moment
        found = laid(cut.compositor.frame(moment), GROUNDS[theme])
        differs = np.abs(found - film.compositor.frame(moment)[..., :3])
        assert differs.mean() < 0.3
        assert (differs > 3).mean() < 1e-3  # where shades are rounded again and again


def test_a_cut_out_from_the_cache_is_that_from_scratch() -> None:
    film = prepare(SMALL.with_(ground="transparent"), ["a.webp"])
    order = [*range(len(film.shots)), 3, 0, len(film.shots) - 1]
    for number in order:
        moment = film.shots[number].moment
        np.testing.assert_array_equal(film.compositor.frame(moment), film.compositor.paint(moment))


@given(COLOURS, st.integers(0, 255))
def test_what_is_laid_on_black_and_on_white_is_found_again(colour: str, alpha: int) -> None:
    straight = np.array([*(round(255 * part) for part in to_rgb(colour)), alpha], np.uint8).reshape(1, 4)
    opaque = np.full((1, 1), 255)
    black, white = (np.hstack([laid(straight, ground), opaque]).astype(np.uint8) for ground in ("#000000", "#ffffff"))
    found = matted(black, white)
    assert abs(int(found[0, 3]) - alpha) <= 1
    assert np.abs(laid(found, "#000000") - black[:, :3]).max() <= 1
    assert np.abs(laid(found, "#ffffff") - white[:, :3]).max() <= 1


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(1, 254)), min_size=1, max_size=40))
def test_a_soft_edge_gets_the_colour_of_its_ink(edges: list[tuple[int, int]]) -> None:
    inks = np.array([(255, 255, 255), (20, 24, 31), (188, 50, 0), (0, 120, 88), (23, 79, 242)], np.int32)
    straight = np.array([[*inks[number], alpha] for number, alpha in edges], np.uint8)
    opaque = np.full((len(edges), 1), 255)
    black, white = (np.hstack([laid(straight, ground), opaque]).astype(np.uint8) for ground in ("#000000", "#ffffff"))
    found = matted(black, white)
    settled = inked(found, inks)
    np.testing.assert_array_equal(settled[:, 3], found[:, 3])
    assert np.abs(laid(settled, "#000000") - laid(found, "#000000")).max() <= 1
    for (number, alpha), got in zip(edges, settled, strict=True):
        assert alpha < 40 or got[:3].tolist() == inks[number].tolist()  # fainter, two inks can look the same


@pytest.mark.parametrize("name", ["film.webp", "film.apng", "film.png", "frames/"])
def test_a_transparent_film_shows_the_slide(tmp_path: Path, name: str) -> None:
    render(SMALL, f"{tmp_path}/{name}", ground="transparent")
    path = tmp_path / "frames" / "frame_00001.png" if name == "frames/" else tmp_path / name
    with Image.open(path) as image:
        picture = np.array(image.convert("RGBA"))
    assert picture[0, 0].tolist()[3] == 0
    assert (picture[..., 3] == 0).mean() > 0.5
    assert (picture[..., 3] == 255).mean() > 0.004
    assert ((picture[..., 3] > 0) & (picture[..., 3] < 255)).any()


@pytest.mark.parametrize("name", ["film.gif", "film.mp4"])
def test_formats_without_soft_edges_are_not_made_transparent(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadScene, match=r"ground: 'transparent' can't be used; .* has no .*\.webm, \.webp") as caught:
        render(SMALL, tmp_path / "film.webp", tmp_path / name, ground="transparent")
    assert 'the slide\'s colour, such as "#F4F1E8"' in str(caught.value)
    assert list(tmp_path.iterdir()) == []
