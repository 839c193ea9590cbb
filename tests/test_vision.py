"""What eyes make of the colours: contrast, colour blindness and distance, and that no theme has a weakness."""

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenery import SCENES, film_of, phases, scene_of
from screen import still

from gdviz.footage import Footage
from gdviz.picture.sprite import Label
from gdviz.picture.theme import LIGHT, STYLES, THEMES, Theme
from gdviz.picture.vision import EYES, TEXT, ciede2000, contrast, distance, lab, luminance, weaknesses

COLOURS = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)

# Pairs of CIELAB colours and their distance: G. Sharma, W. Wu, E. N. Dalal (2005), table 1.
PUBLISHED = [
    ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
    ((50, 3.1571, -77.2803), (50, 0, -82.7485), 2.8615),
    ((50, 2.8361, -74.0200), (50, 0, -82.7485), 3.4412),
    ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
    ((50, -0.9009, -85.5211), (50, 0, -82.7485), 1.0000),
    ((50, 0, 0), (50, -1, 2), 2.3669),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
    ((50, 2.4900, -0.0010), (50, -2.4900, 0.0011), 7.2195),
    ((50, -0.0010, 2.4900), (50, 0.0009, -2.4900), 4.8045),
    ((50, 2.5000, 0), (73, 25, -18), 27.1492),
    ((50, 2.5000, 0), (61, -5, 29), 22.8977),
    ((50, 2.5000, 0), (56, -27, -3), 31.9030),
    ((50, 2.5000, 0), (58, 24, 15), 19.4535),
    ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
    ((35.0831, -44.1164, 3.7933), (35.0232, -40.0716, 1.5901), 1.8645),
    ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "published"), PUBLISHED)
def test_distances_are_the_published_ones(one: tuple[float, ...], other: tuple[float, ...], published: float) -> None:
    assert ciede2000(np.array(one), np.array(other)) == pytest.approx(published, abs=5e-5)


@given(one=COLOURS, other=COLOURS)
def test_distance_and_contrast_do_not_mind_the_order(one: str, other: str) -> None:
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-9)
    assert contrast(one, other) == contrast(other, one)
    assert 1 <= contrast(one, other) <= 21
    assert distance(one, one) == 0


def test_contrasts_are_those_that_are_published() -> None:
    """Examples of the W3C: #767676 is the lightest grey that white text takes, black on white is the most there is."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)
    assert contrast("#777777", "#ffffff") < TEXT
    assert luminance("#ff0000") == pytest.approx(0.2126)


def test_white_has_no_colour_and_all_the_light() -> None:
    for eyes in EYES:
        assert lab("#ffffff", eyes) == pytest.approx([100, 0, 0], abs=0.02)
        assert lab("#000000", eyes) == pytest.approx([0, 0, 0], abs=0.02)


def test_colour_blind_eyes_confuse_what_they_are_known_to() -> None:
    """Greens and oranges of equal lightness for deuteranopes, blues and greens for tritanopes."""
    assert distance("#b08a00", "#7aa000") > 1.7 * distance("#b08a00", "#7aa000", "deuteranopia")
    assert distance("#0090c0", "#00a090") > 1.7 * distance("#0090c0", "#00a090", "tritanopia")


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_no_theme_has_a_weakness(theme: Theme) -> None:
    assert weaknesses(theme) == []


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_runs_stay_far_apart_for_every_eye(theme: Theme) -> None:
    """What the design promises for its colours: 13 and more, where 1 can just be told apart."""
    runs = [theme.run(style).colour for style in range(STYLES)]
    assert min(distance(one, other, eyes) for one, other in combinations(runs, 2) for eyes in EYES) > 13


def test_the_weaknesses_of_a_theme_are_named() -> None:
    pale = replace(LIGHT, muted="#9aa2ad")
    assert weaknesses(pale) == ["light: muted on the ground has a contrast of 2.6; it takes 4.5"]
    assert weaknesses(replace(LIGHT, slope="#006e90")) == [
        "light: slope and rate are 4.8 apart for tritanopia; it takes 10",
        "light: run 2 and run 3 are 4.8 apart for tritanopia; it takes 10",
    ]
    blue_on_pill = replace(LIGHT, on_pill="#174ff2")
    assert any(line.startswith("light: on_pill on a pill of parameter") for line in weaknesses(blue_on_pill))


# ---- every text of every scene ----


def faint(film: Footage) -> set[tuple[str, str, str]]:
    """The texts of a film that are hard to read, each with its colour and that of the pixels around its letters."""
    found, seen = set(), 0
    for shot in phases(film):
        pixels = film.compositor.frame(shot.moment)[..., :3]
        for artist in [*still(film.compositor), *film.compositor.moving]:
            if not isinstance(artist, Label) or not artist.get_visible() or not artist.words.strip():
                continue
            for ink, x, y, colour in artist.inks():
                window = pixels[max(y, 0) : y + ink.mask.shape[0], max(x, 0) : x + ink.mask.shape[1]]
                if colour is not artist.colour or not ink.mask.size or window.shape[:2] != ink.mask.shape:
                    continue
                around, often = np.unique(window[ink.mask == 0], axis=0, return_counts=True)
                if len(around) and often.max() > 8:
                    seen += 1
                    pair = (hexed(artist.colour), hexed(around[often.argmax()]))
                    if contrast(*pair) < TEXT:
                        found.add((artist.words, *pair))
    assert seen > 50
    return found


def hexed(colour: object) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in np.asarray(colour)[:3]))


def test_every_text_of_a_scene_is_read_easily() -> None:
    path = next(path for path in SCENES if path.stem == "first_steps")
    for theme in THEMES.values():
        assert faint(film_of(scene_of(path), theme=theme.name, pace="brief")) == set()


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_text_of_every_scene_is_read_easily(path: Path, theme: Theme) -> None:
    assert faint(film_of(scene_of(path), theme=theme.name, pace="lesson")) == set()
