"""More than three flashes a second are found in any film, and in none of ours."""

import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scenery import SCENES, film_of, scene_of

from gdviz.film.flashes import CELL, FIELD, SCREEN, Flashes, cell_grid, flashes
from gdviz.film.probe import probe
from gdviz.film.video import ffmpeg
from gdviz.film.watching import watched
from gdviz.picture.theme import THEMES

FULL = (slice(None), slice(None))
Picture = np.ndarray


def strobe(
    hertz: float,
    dark: tuple[int, int, int] = (0, 0, 0),
    bright: tuple[int, int, int] = (255, 255, 255),
    box: tuple[slice, slice] = FULL,
    size: tuple[int, int] = (256, 192),
    fps: int = 60,
    seconds: float = 3,
) -> Iterator[tuple[Picture, float]]:
    """A box that is lit `hertz` times a second, half of the time, on a dark ground."""
    for k in range(round(fps * seconds)):
        picture = np.empty((size[1], size[0], 3), np.uint8)
        picture[:] = dark
        if math.floor(2 * hertz * k / fps + 1e-9) % 2:
            picture[box] = bright
        yield picture, 1 / fps


@pytest.mark.parametrize("hertz", [0.5, 1, 2, 3, 4, 5, 10, 15, 30])
def test_flashes_of_the_whole_picture_are_counted(hertz: float) -> None:
    found = flashes(strobe(hertz, seconds=4))
    assert found.general == max(hertz, 0.5)  # in any second there is at least half of one
    assert found.is_safe == (hertz <= 3)


@pytest.mark.parametrize(
    ("dark", "bright", "counts"),
    [
        (0, 88, False),  # luminances of 0 and 0.0976: less than a tenth apart
        (0, 92, True),  # 0 and 0.1070
        (200, 212, False),  # 0.5776 and 0.6584
        (200, 221, True),  # 0.5776 and 0.7230
        (230, 255, True),  # 0.7913 and 1
        (233, 255, False),  # 0.8148 and 1: the darker is bright itself
    ],
)
def test_what_counts_is_a_tenth_of_the_luminance_with_a_dark_below_four_fifths(
    dark: int, bright: int, counts: bool
) -> None:
    assert flashes(strobe(10, (dark,) * 3, (bright,) * 3)).general == (10 if counts else 0)


@pytest.mark.parametrize("size", [(256, 192), (512, 384), (640, 360), (1280, 720), (192, 256)])
def test_a_quarter_of_ten_degrees_is_the_least_area_that_counts(size: tuple[int, int]) -> None:
    """A square of a quarter of 341 x 256 has a side of 148 pixels at 1024 x 768, whatever size the film has."""
    scale = max(size[0] / SCREEN[0], size[1] / SCREEN[1])
    side = math.sqrt(FIELD[0] * FIELD[1] / 4) * scale
    for share, counts in ((0.93, False), (1.07, True)):
        edge = round(side * share)
        box = (slice(10, 10 + edge), slice(5, 5 + edge))
        assert (flashes(strobe(8, box=box, size=size, fps=16, seconds=2)).general > 3) == counts


def test_far_apart_flashes_do_not_add_up() -> None:
    """Each of four boxes, in the corners of the picture, is below a quarter of a field; no field holds two of them."""
    frames = []
    for k in range(40):
        picture = np.zeros((192, 256, 3), np.uint8)
        if k % 2:
            for corner in (np.s_[:30, :30], np.s_[-30:, :30], np.s_[:30, -30:], np.s_[-30:, -30:]):
                picture[corner] = 255
        frames.append((picture, 0.05))
    assert flashes(frames).general == 0


def test_red_flashes_count_though_their_luminance_hardly_changes() -> None:
    red, grey = (215, 0, 0), (112, 112, 112)  # both have a luminance near 0.15
    found = flashes(strobe(5, grey, red))
    assert (found.general, found.red, found.is_safe) == (0, 5, False)
    green = flashes(strobe(5, grey, (0, 125, 0)))
    assert (green.red, green.is_safe) == (0, True)
    assert flashes(strobe(2, grey, red)).is_safe


def test_slow_changes_count_where_they_turn() -> None:
    """A sine of the luminance with 4 turns a second in which every column has a phase of its own."""
    phases = np.linspace(0, 2 * np.pi, 256)

    def wave(hertz: float, k: int) -> Picture:
        light = 0.5 + 0.4 * np.sin(2 * np.pi * hertz * k / 50 + phases)
        level = 255 * (1.055 * light ** (1 / 2.4) - 0.055)
        return np.broadcast_to(level.astype(np.uint8)[None, :, None], (192, 256, 3))

    assert flashes((wave(4, k), 0.02) for k in range(150)).general >= 3.5
    assert flashes((wave(2, k), 0.02) for k in range(150)).is_safe


def test_flashes_of_different_places_in_one_field_add_up() -> None:
    """Left, then right: two flashes each within a second are four for whoever looks between them."""
    frames = []
    for side in (np.s_[:, 20:62], np.s_[:, 62:104]):
        for k in range(8):
            picture = np.zeros((192, 256, 3), np.uint8)
            if k % 4 > 1:
                picture[side] = 255
            frames.append((picture, 1 / 17))
    assert flashes(frames).general > 3


def test_a_single_change_is_half_a_flash_and_a_still_none() -> None:
    black, white = np.zeros((192, 256, 3), np.uint8), np.full((192, 256, 3), 255, np.uint8)
    assert flashes([(black, 1.0), (white, 1.0)]).general == 0.5
    assert flashes([(white, 9.0)]) == Flashes(0, 0, 0, 0, 9.0)
    assert flashes([]) == Flashes(0, 0, 0, 0, 0)


@settings(max_examples=25, deadline=None)
@given(
    levels=st.lists(st.integers(0, 255), min_size=2, max_size=40),
    fps=st.sampled_from([10, 25, 50]),
)
def test_uniform_pictures_agree_with_a_plain_count(levels: list[int], fps: int) -> None:
    """The definition, written out for one place: peaks and valleys in turn, then the fullest second."""
    light = [lin / 12.92 if (lin := level / 255) <= 0.04045 else ((lin + 0.055) / 1.055) ** 2.4 for level in levels]
    turns, low, high, heading = [], light[0], light[0], 0
    for k, value in enumerate(light):
        low, high = min(low, value), max(high, value)
        if heading != 1 and np.float32(value) - np.float32(low) >= np.float32(0.1) and low < 0.8:
            turns, low, high, heading = [*turns, k], value, value, 1
        elif heading != -1 and np.float32(high) - np.float32(value) >= np.float32(0.1) and value < 0.8:
            turns, low, high, heading = [*turns, k], value, value, -1
    most = max((sum(0 <= turn - other < fps for turn in turns) for other in turns), default=0)
    pictures = ((np.full((12, 16, 3), level, np.uint8), 1 / fps) for level in levels)
    assert flashes(pictures).general == most / 2


def test_cells_have_four_pixels_of_the_screen() -> None:
    assert cell_grid(1024, 768) == (SCREEN[0] // CELL, SCREEN[1] // CELL)
    assert cell_grid(1920, 1080) == (256, 144)
    assert cell_grid(16, 12) == (16, 12)


# ---- films ----


def test_a_short_gif_that_loops_is_watched_as_it_plays(tmp_path: Path) -> None:
    """Two pictures of a tenth of a second make one change, but a strobe when they play for ever."""
    black, white = (Image.new("RGB", (64, 48), colour) for colour in ("black", "white"))
    for options, counted in (({"loop": 0}, 5), ({}, 0.5)):
        black.save(tmp_path / "a.gif", save_all=True, append_images=[white], duration=100, **options)
        assert watched(probe(tmp_path / "a.gif")).general == counted


@pytest.mark.parametrize(("suffix", "options"), [(".gif", {}), (".png", {}), (".webp", {"lossless": True})])
def test_flashes_are_found_in_images(tmp_path: Path, suffix: str, options: dict[str, bool]) -> None:
    frames = [Image.fromarray(picture) for picture, _ in strobe(5, fps=10, seconds=2)]
    path = tmp_path / f"a{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=100, **options)
    assert watched(probe(path)).general == 5


@pytest.mark.parametrize("hertz", [2, 6])
def test_flashes_are_found_in_videos(tmp_path: Path, hertz: int) -> None:
    """The picture is drawn by ffmpeg: it is white in every other half of a period."""
    light = f"geq=lum='255*mod(floor(2*{hertz}*N/50),2)':cb=128:cr=128"
    entry = ["-f", "lavfi", "-i", f"color=s=320x240:r=50:d=3,format=yuv420p,{light}"]
    subprocess.run([ffmpeg(), "-v", "error", *entry, "-pix_fmt", "yuv420p", str(tmp_path / "a.mp4")], check=True)
    found = watched(probe(tmp_path / "a.mp4"))
    assert found.general == hertz
    assert found.is_safe == (hertz <= 3)


# ---- our own ----


def flashing(path: Path, theme: str, size: tuple[int, int], pace: str) -> Flashes:
    """The flashes of a scene's film, all of its pictures, without a file in between."""
    film = film_of(scene_of(path), theme=theme, size=size, pace=pace)
    return flashes((picture[..., :3], ticks / film.spec.fps) for picture, ticks in film.frames())


@pytest.mark.parametrize("name", ["first_steps", "learning_rate_sweep"])
def test_a_film_of_ours_does_not_flash(name: str) -> None:
    path = next(path for path in SCENES if path.stem == name)
    assert flashing(path, "dark", (320, 240), "brief").is_safe


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_no_scene_flashes_in_any_theme(path: Path, theme: str) -> None:
    for pace in ("brief", "lesson"):
        assert flashing(path, theme, (640, 360), pace).is_safe
