"""WebP, APNG and WebM, opaque and transparent, read back by Pillow and ffmpeg."""

import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import imageio
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from test_film import COUNT, HEIGHT, PICTURES, SCOUTS, SPEC, WIDTH, error, film, mp4_frames, spec_with

from gdviz.film import apng as apng_file
from gdviz.film import video
from gdviz.film import webp as webp_file
from gdviz.film.changes import Change, Changes
from gdviz.film.film import Array, FilmSpec
from gdviz.film.webp import milliseconds
from gdviz.film.write import write
from gdviz.problems import BadScene, FilmFailed

EXACT = ["film.webp", "film.apng"]
CLEAR = spec_with(transparent=True)


def clear(moment: int) -> Array:
    """A soft ball over nothing; its ground is wholly transparent."""
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    away = np.hypot(column - 40 - 9 * moment, row - 90)
    rgba = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    rgba[..., 3] = np.rint(255 * np.clip((30 - away) / 12, 0, 1))
    rgba[rgba[..., 3] > 0, :3] = (214, 39, 40)
    return rgba


SOFT = [clear(moment) for moment in range(12)]


def shown(path: Path) -> tuple[list[Array], list[float], int | None]:
    """Return the pictures as they are seen, their milliseconds, and how often they play."""
    with Image.open(path) as image:
        seen, delays = [], []
        for number in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(number)
            image.load()
            seen.append(np.array(image.convert("RGBA")))
            delays.append(image.info["duration"])
        return seen, delays, image.info.get("loop")


def layers(path: Path) -> list[Array]:
    """Return the pictures of a WebM with their alpha, at which only libvpx's own decoder looks."""
    entry = f"{get_ffmpeg_exe()} -v error -c:v libvpx-vp9 -i {path}"
    command = f"{entry} -vf scale=in_color_matrix=bt709 -f rawvideo -pix_fmt rgba -"
    raw = subprocess.run(command.split(), capture_output=True, check=True).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 4))


def same(seen: Array, drawn: Array) -> bool:
    """Whether two pictures look the same: what is wholly transparent has no colour."""
    return bool(((seen == drawn).all(axis=-1) | ((seen[..., 3] == 0) & (drawn[..., 3] == 0))).all())


# --- WebP and APNG -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", EXACT)
def test_every_picture_is_exact_and_stands_for_its_time(tmp_path: Path, name: str) -> None:
    (written,) = write(film(), [tmp_path / name], SPEC, SCOUTS)
    seen, delays, loop = shown(tmp_path / name)
    assert (written.frames, written.seconds, written.bytes) == (COUNT, COUNT / 25, (tmp_path / name).stat().st_size)
    assert (delays, loop) == ([40] * COUNT, 0)
    for got, drawn in zip(seen, PICTURES, strict=True):
        np.testing.assert_array_equal(got, drawn)


@pytest.mark.parametrize("name", EXACT)
def test_soft_edges_are_exact_and_nothing_is_left_where_the_ball_was(tmp_path: Path, name: str) -> None:
    write(film(SOFT), [tmp_path / name], CLEAR, SCOUTS)
    seen, _, _ = shown(tmp_path / name)
    assert all(same(got, drawn) for got, drawn in zip(seen, SOFT, strict=True))
    assert seen[0][0, 0, 3] == 0


@pytest.mark.parametrize("name", EXACT)
def test_a_transparent_film_of_opaque_pictures_is_exact_too(tmp_path: Path, name: str) -> None:
    write(film(), [tmp_path / name], CLEAR, SCOUTS)
    for got, drawn in zip(shown(tmp_path / name)[0], PICTURES, strict=True):
        np.testing.assert_array_equal(got, drawn)


@pytest.mark.parametrize("name", EXACT)
def test_equal_frames_become_one_that_stands_longer(tmp_path: Path, name: str) -> None:
    frames = [(PICTURES[0], 2), (PICTURES[0], 3), (PICTURES[1], 1), (PICTURES[0], 50)]
    write(frames, [tmp_path / name], SPEC, SCOUTS)
    assert shown(tmp_path / name)[1] == [200, 40, 2000]


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("loop", [None, 1, 2, 65535])
def test_a_film_plays_as_often_as_asked(tmp_path: Path, name: str, loop: int | None) -> None:
    write(film(PICTURES[:2]), [tmp_path / name], spec_with(loop=loop), SCOUTS)
    assert shown(tmp_path / name)[2] == (loop or 0)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("fps", [1, 7, 24, 30, 60, 100])
def test_a_film_lasts_as_long_as_it_should(tmp_path: Path, name: str, fps: int) -> None:
    write(film(PICTURES[:7]), [tmp_path / name], spec_with(fps=fps), SCOUTS)
    delays = shown(tmp_path / name)[1]
    slack = 0.5 if name.endswith("webp") else 1e-6
    np.testing.assert_allclose(np.cumsum(delays), [1000 * (n + 1) / fps for n in range(7)], atol=slack)


@pytest.mark.parametrize("name", EXACT)
def test_pictures_may_stand_for_hours(tmp_path: Path, name: str) -> None:
    ticks = 70_000  # 19 hours; an APNG's delay ends at 65,535 ticks, a WebP's at 4.6 hours
    write([(PICTURES[0], ticks), (PICTURES[1], 1)], [tmp_path / name], spec_with(fps=1), SCOUTS)
    seen, delays, _ = shown(tmp_path / name)
    assert sum(delays) == 1000 * (ticks + 1)
    for got in seen[:-1]:
        np.testing.assert_array_equal(got, PICTURES[0])
    np.testing.assert_array_equal(seen[-1], PICTURES[1])


@pytest.mark.parametrize(
    ("file", "name", "sentence"),
    [(webp_file, "film.webp", "the finished WebP"), (apng_file, "film.apng", "the finished APNG")],
)
def test_a_film_that_is_cut_anywhere_does_not_pass(tmp_path: Path, file: object, name: str, sentence: str) -> None:
    path = tmp_path / name
    write(film(PICTURES[:2]), [path], SPEC, SCOUTS)
    data = path.read_bytes()
    total = {"film.webp": 80, "film.apng": 2}[name]
    check = file._check  # type: ignore[attr-defined]
    check(path, SPEC, 2, total)
    with pytest.raises(FilmFailed, match=f"{sentence} holds"):
        check(path, SPEC, 2, total + 1)
    for length in {*range(0, len(data), 97), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(FilmFailed, match=sentence):
            check(path, SPEC, 2, total)


def test_a_changed_byte_of_an_apng_does_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "film.apng"
    write(film(PICTURES[:2]), [path], SPEC, SCOUTS)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(FilmFailed, match="a checksum is wrong"):
        apng_file._check(path, SPEC, 2, 2)


def test_the_chunks_of_an_apng_are_numbered_and_sound(tmp_path: Path) -> None:
    write(film(PICTURES[:5]), [tmp_path / "film.apng"], SPEC, SCOUTS)
    data, at, numbers, kinds = (tmp_path / "film.apng").read_bytes(), 8, [], []
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(kind + body)
        numbers += [struct.unpack(">I", body[:4])[0]] if kind in (b"fcTL", b"fdAT") else []
        kinds.append(kind)
        at += 12 + length
    assert numbers == list(range(9))
    assert kinds.index(b"acTL") < kinds.index(b"IDAT")
    assert kinds[-1] == b"IEND"


def test_a_program_without_animation_shows_the_first_picture_of_an_apng(tmp_path: Path) -> None:
    write(film(PICTURES[:3]), [tmp_path / "film.apng"], SPEC, SCOUTS)
    with Image.open(tmp_path / "film.apng") as image:
        np.testing.assert_array_equal(np.array(image.convert("RGBA")), PICTURES[0])


def test_ffmpeg_sees_the_same_in_an_apng(tmp_path: Path) -> None:
    write(film(PICTURES[:6], ticks=2), [tmp_path / "film.apng"], SPEC, SCOUTS)
    command = f"{get_ffmpeg_exe()} -v error -i {tmp_path}/film.apng -fps_mode passthrough -f rawvideo -pix_fmt rgba -"
    raw = subprocess.run(command.split(), capture_output=True, check=True).stdout
    seen = np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 4)
    for got, drawn in zip(seen, PICTURES[:6], strict=True):
        np.testing.assert_array_equal(got, drawn)


def test_a_webp_that_would_be_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScene, match=r"size: \(16384, 2\) can't be used; a WebP has at most 16383 pixels on a side"):
        write([], [tmp_path / "film.webp"], spec_with(size=(16384, 2)), [])


# --- what changes ------------------------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=9),
    st.booleans(),
    st.booleans(),
    st.integers(1, 7),
)
def test_changes_laid_over_each_other_are_the_film(
    frames: list[tuple[int, int]], transparent: bool, even: bool, longest: int
) -> None:
    rng = np.random.default_rng(len(frames))
    pictures = rng.integers(0, 256, (4, 9, 11, 4), np.uint8)
    pictures[1:] = np.where(rng.random((3, 9, 11, 1)) < 0.8, pictures[0], pictures[1:])
    if not transparent:
        pictures[..., 3] = 255
    spec = FilmSpec((11, 9), 25, transparent=transparent)
    screen, seen = np.zeros((9, 11, 4), np.uint8), []

    def lay(change: Change) -> None:
        assert 1 <= change.end - change.start <= longest
        part = screen[change.box]
        part[:] = np.where(change.pixels[..., 3:] == 0, part, change.pixels) if change.over else change.pixels
        seen.extend([screen.copy()] * (change.end - change.start))
        assert not even or all(side.start % 2 == 0 for side in change.box)

    changes = Changes(spec, lay, longest, even=even)
    for number, ticks in frames:
        changes.add(pictures[number].copy(), ticks)
    changes.finish()
    asked = [number for number, ticks in frames for _ in range(ticks)]
    assert changes.ticks == len(asked)
    for got, number in zip(seen, asked, strict=True):
        np.testing.assert_array_equal(got, pictures[number])


@given(st.integers(0, 10**9), st.integers(1, 100))
def test_milliseconds_are_rounded(ticks: int, fps: int) -> None:
    assert abs(milliseconds(ticks, fps) * fps - 1000 * ticks) * 2 <= fps


# --- WebM --------------------------------------------------------------------------------------------------------


def test_a_webm_shows_every_tick(tmp_path: Path) -> None:
    (written,) = write(film(ticks=2), [tmp_path / "film.webm"], SPEC, SCOUTS)
    seen = mp4_frames(tmp_path / "film.webm")
    assert (len(seen), written.frames, written.format) == (2 * COUNT, 2 * COUNT, "WebM")
    assert max(error(got, PICTURES[number // 2]) for number, got in enumerate(seen)) < 3
    about = imageio.v3.immeta(tmp_path / "film.webm")
    assert (about["codec"], about["size"], about["fps"]) == ("vp9", (WIDTH, HEIGHT), 25)
    assert about["pix_fmt"].startswith("yuv420p(tv, bt709")
    assert about["duration"] == pytest.approx(2 * COUNT / 25, abs=0.01)


def test_a_webm_is_transparent_where_the_film_is(tmp_path: Path) -> None:
    write(film(SOFT), [tmp_path / "film.webm"], CLEAR, SCOUTS)
    seen = layers(tmp_path / "film.webm")
    assert len(seen) == len(SOFT)
    for got, drawn in zip(seen, SOFT, strict=True):
        alpha, asked = got[..., 3].astype(int), drawn[..., 3].astype(int)
        assert np.abs(alpha - asked).mean() < 1
        assert alpha[asked == 0].mean() < 0.5
        assert alpha[asked == 255].mean() > 254
        assert np.abs(got[asked == 255].astype(int) - drawn[asked == 255]).mean() < 6
    write(film(SOFT[:2]), [tmp_path / "opaque.webm"], SPEC, SCOUTS)
    assert all((got[..., 3] == 255).all() for got in layers(tmp_path / "opaque.webm"))


@pytest.mark.parametrize("fps", [7, 24, 25, 30, 50, 60, 99])
@pytest.mark.parametrize("transparent", [False, True])
def test_a_webm_lasts_as_long_as_the_film(tmp_path: Path, fps: int, transparent: bool) -> None:
    path = tmp_path / "film.webm"
    write(film(), [path], spec_with(fps=fps, transparent=transparent), SCOUTS)
    told = subprocess.run([get_ffmpeg_exe(), "-i", str(path)], capture_output=True, text=True, check=False).stderr
    found = re.search(r"Duration: 00:00:([\d.]+)", told)
    assert found
    assert float(found[1]) == pytest.approx(COUNT / fps, abs=0.0101)  # it is told in hundredths


@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
@pytest.mark.parametrize("name", ["film.apng", "film.webm"])  # animated WebP is beyond Debian's
def test_ffprobe_counts_the_same(tmp_path: Path, name: str) -> None:
    write(film(), [tmp_path / name], SPEC, SCOUTS)
    entries = "-count_frames -show_entries stream=nb_read_frames,width,height -of csv=p=0"
    told = subprocess.run(["ffprobe", "-v", "error", *entries.split(), tmp_path / name], capture_output=True, text=True)
    assert told.stdout.strip() == f"{WIDTH},{HEIGHT},{COUNT}"


def test_a_damaged_webm_does_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "film.webm"
    write(film(), [path], SPEC, SCOUTS)
    with pytest.raises(FilmFailed, match=r"the finished WebM holds .* 24, 0\.96\), not .* 25, 1\.0\)"):
        video._check("WebM", path, SPEC, COUNT + 1)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(FilmFailed, match="the finished WebM"):
        video._check("WebM", path, SPEC, COUNT)


def test_an_odd_size_of_a_webm_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScene, match=r"size: \(321, 180\) can't be used; a WebM needs an even width and height"):
        write([], [tmp_path / "film.webm"], spec_with(size=(321, 180)), [])


# --- PNG ---------------------------------------------------------------------------------------------------------


def test_posters_and_frames_keep_the_alpha(tmp_path: Path) -> None:
    write(film(SOFT), [tmp_path / "film.png", f"{tmp_path}/frames/"], CLEAR, SCOUTS)
    for path, drawn in ((tmp_path / "film.png", SOFT[-1]), (tmp_path / "frames" / "frame_00003.png", SOFT[2])):
        with Image.open(path) as image:
            assert image.mode == "RGBA"
            assert same(np.array(image), drawn)
