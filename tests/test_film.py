"""Films are read back: pictures, times, sizes, and what is left when something goes wrong."""

import errno
import itertools
import os
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import imageio
import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from gdviz.film import gif as gif_file
from gdviz.film import landing, stills, video
from gdviz.film.film import Array, Card, FilmSpec, Frame
from gdviz.film.formats import FORMATS, format_of
from gdviz.film.gif import gif, hundredths
from gdviz.film.palette import FEWEST, choose_palette, nearest, packed, unpacked
from gdviz.film.writable import check_film, check_films
from gdviz.film.write import write
from gdviz.problems import BadScene, FilmFailed, MissingPackage

WIDTH, HEIGHT = 320, 180
WHITE, INK, RED, BLUE = (250, 251, 255), (31, 35, 40), (214, 39, 40), (31, 119, 180)
SPEC = FilmSpec((WIDTH, HEIGHT), 25, None, (WHITE, INK, RED, BLUE), Card("First steps"))
COUNT = 24


def picture(moment: float) -> Array:
    """Draw a parabola and a ball on it, with soft edges, as matplotlib would."""
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH].astype(float)
    x = column / WIDTH * 2 - 1
    curve = np.clip(2.2 - np.abs(row - 20 - 140 * (1 - x * x)) / np.hypot(1, 1.75 * x), 0, 1)
    middle = 0.9 * np.cos(moment / 6)
    away = np.hypot(column - (middle + 1) / 2 * WIDTH, row - 20 - 140 * (1 - middle * middle))
    rgba = np.full((HEIGHT, WIDTH, 4), 255, np.uint8)
    layers = ((curve, BLUE), (np.clip(7 - away, 0, 1), RED))
    image = np.broadcast_to(np.array(WHITE, float), (HEIGHT, WIDTH, 3))
    for cover, colour in layers:
        image = image + cover[..., None] * (np.array(colour) - image)
    rgba[..., :3] = np.rint(image)
    rgba[4:10, 4:300] = (*INK, 255)
    return rgba


PICTURES = [picture(moment) for moment in range(COUNT)]
SCOUTS = [PICTURES[0], PICTURES[COUNT // 2], PICTURES[-1]]


def film(pictures: list[Array] = PICTURES, ticks: int = 1) -> Iterator[Frame]:
    """Yield frames the way a drawer does: in one array that is drawn over after every frame."""
    canvas = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    for drawn in pictures:
        canvas[:] = drawn
        yield canvas, ticks
        canvas[:] = 77


def spec_with(**changes: object) -> FilmSpec:
    return FilmSpec(**{**{name: getattr(SPEC, name) for name in SPEC.__dataclass_fields__}, **changes})


def gif_frames(path: Path) -> tuple[list[Array], list[int]]:
    """Return the pictures, as they are seen, and their delays in milliseconds."""
    with Image.open(path) as image:
        seen, delays = [], []
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            seen.append(np.array(image.convert("RGB")))
            delays.append(image.info["duration"])
    return seen, delays


def mp4_frames(path: Path) -> list[Array]:
    command = f"{get_ffmpeg_exe()} -v error -i {path} -vf scale=in_color_matrix=bt709 -f rawvideo -pix_fmt rgb24 -"
    raw = subprocess.run(command.split(), capture_output=True, check=True).stdout
    return list(np.frombuffer(raw, np.uint8).reshape(-1, HEIGHT, WIDTH, 3))


def error(seen: Array, drawn: Array) -> float:
    return float(np.abs(seen.astype(int) - drawn[..., :3]).mean())


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


# --- GIF ---------------------------------------------------------------------------------------------------------


def test_the_bytes_of_an_mp4_do_not_depend_on_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of x264's plain C, which a processor can't do otherwise."""
    write(film(), [tmp_path / "fast.mp4"], SPEC, SCOUTS)
    ours = video._h264
    monkeypatch.setattr(video, "_h264", lambda coarser: ours(coarser).replace("x264-params ", "x264-params asm=0:"))
    write(film(), [tmp_path / "plain.mp4"], SPEC, SCOUTS)
    assert (tmp_path / "fast.mp4").read_bytes() == (tmp_path / "plain.mp4").read_bytes()


def test_a_gif_shows_every_picture_for_its_time(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    (written,) = write(film(), [path], SPEC, SCOUTS)
    seen, delays = gif_frames(path)
    assert (written.frames, written.seconds, written.format) == (COUNT, COUNT / 25, "GIF")
    assert written.bytes == path.stat().st_size
    assert delays == [40] * COUNT
    assert len(imageio.v3.imread(path)) == COUNT
    assert max(error(got, drawn) for got, drawn in zip(seen, PICTURES, strict=True)) <= 0.5
    squares = [((got.astype(float) - drawn[..., :3]) ** 2).mean() for got, drawn in zip(seen, PICTURES, strict=True)]
    assert 10 * np.log10(255**2 / np.mean(squares)) > 50


@pytest.mark.parametrize("colour", SPEC.colours)
def test_a_theme_colour_stays_exact_in_every_picture(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    write(film(), [tmp_path / "film.gif"], SPEC, SCOUTS)
    for got, drawn in zip(gif_frames(tmp_path / "film.gif")[0], PICTURES, strict=True):
        there = (drawn[..., :3] == colour).all(axis=-1)
        assert there.any()
        assert (got[there] == colour).all()


def test_a_gif_has_one_palette_and_stores_rectangles(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write(film(), [path], SPEC, SCOUTS)
    data = path.read_bytes()
    assert data[10] & 0x80, "a global palette; that no picture has one of its own is checked after every writing"
    with Image.open(path) as image:
        for number in range(1, COUNT):
            image.seek(number)
            assert image.disposal_method == 1  # type: ignore[attr-defined]
            left, _, right, _ = image.tile[0][1] or (0, 0, WIDTH, HEIGHT)
            assert right - left < WIDTH / 2


@pytest.mark.parametrize(("loop", "stored"), [(None, 0), (1, None), (2, 1), (7, 6)])
def test_the_loop_block_says_how_often_to_play(tmp_path: Path, loop: int | None, stored: int | None) -> None:
    path = tmp_path / "film.gif"
    write(film(), [path], spec_with(loop=loop), SCOUTS)
    with Image.open(path) as image:
        assert image.info.get("loop") == stored
    assert (b"NETSCAPE2.0" in path.read_bytes()) == (stored is not None)


@pytest.mark.parametrize("fps", [1, 3, 20, 24, 25, 30, 50, 60, 75, 99, 100])
@pytest.mark.parametrize("count", [2, 3, 4, 5, 23])
def test_a_gif_lasts_as_long_as_the_film(tmp_path: Path, fps: int, count: int) -> None:
    write(film(PICTURES[:count]), [tmp_path / "film.gif"], spec_with(fps=fps), SCOUTS)
    seen, delays = gif_frames(tmp_path / "film.gif")
    assert sum(delays) == 10 * max(2, hundredths(count, fps))
    assert min(delays) >= 20
    assert error(seen[-1], PICTURES[count - 1]) <= 0.5
    if fps <= 50:
        exact = [1000 * (n + 1) / fps for n in range(count)]
        np.testing.assert_allclose(np.cumsum(delays), exact, atol=5.001)


def test_a_single_tick_still_stands_for_two_hundredths(tmp_path: Path) -> None:
    write(film(PICTURES[:1]), [tmp_path / "film.gif"], spec_with(fps=100), SCOUTS)
    assert b"!\xf9\x04\x05\x02\x00" in (tmp_path / "film.gif").read_bytes()


def test_a_long_hold_before_a_last_short_picture_gives_it_time(tmp_path: Path) -> None:
    frames = [(PICTURES[0], 99), (PICTURES[1], 1)]
    write(frames, [tmp_path / "film.gif"], spec_with(fps=100), SCOUTS)
    seen, delays = gif_frames(tmp_path / "film.gif")
    assert delays == [980, 20]
    assert error(seen[-1], PICTURES[1]) <= 0.5


def test_the_delays_of_24_frames_a_second_follow_the_running_time(tmp_path: Path) -> None:
    write(film(), [tmp_path / "film.gif"], spec_with(fps=24), SCOUTS)
    assert gif_frames(tmp_path / "film.gif")[1][:6] == [40, 40, 50, 40, 40, 40]


def test_equal_frames_become_one_and_holds_may_be_longer_than_a_delay(tmp_path: Path) -> None:
    long = 25 * 700  # 700 s; a delay ends at 655.35 s
    write([(PICTURES[0], 2), (PICTURES[0], 3), (PICTURES[1], long)], [tmp_path / "film.gif"], SPEC, SCOUTS)
    seen, delays = gif_frames(tmp_path / "film.gif")
    assert delays == [200, 655350, 700000 - 655350]
    np.testing.assert_array_equal(seen[1], seen[2])


def test_frames_that_all_change_are_stored_whole(tmp_path: Path) -> None:
    noise = np.random.default_rng(5).integers(0, 256, (6, HEIGHT, WIDTH, 4), np.uint8)
    noise[..., 3] = 255
    write(((n, 1) for n in noise), [tmp_path / "film.gif"], SPEC, list(noise))
    seen, _ = gif_frames(tmp_path / "film.gif")
    assert len(seen) == 6
    assert max(error(got, drawn) for got, drawn in zip(seen, noise, strict=True)) < 20  # 65,000 colours in 255


def test_the_title_is_in_the_file(tmp_path: Path) -> None:
    title = "Élan: " + "long " * 80
    write(film(), [tmp_path / "film.gif", tmp_path / "film.png"], spec_with(card=Card(title)), SCOUTS)
    with Image.open(tmp_path / "film.gif") as image:
        assert image.info["comment"].decode() == f"Title: {title}\nLanguage: en"
    with Image.open(tmp_path / "film.png") as image:
        assert image.info["Title"] == title


def test_a_gif_that_is_cut_anywhere_does_not_pass(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    write(film(PICTURES[:2]), [path], SPEC, SCOUTS)
    data = path.read_bytes()
    gif_file._check(path, SPEC, 2, 8)
    with pytest.raises(FilmFailed, match="the finished GIF holds"):
        gif_file._check(path, SPEC, 2, 9)
    for length in {*range(0, len(data), 7), len(data) - 1}:
        path.write_bytes(data[:length])
        with pytest.raises(FilmFailed, match="the finished GIF can't be read back"):
            gif_file._check(path, SPEC, 2, 8)


def test_a_damaged_gif_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gif_file, "_comment", lambda _: b"?")
    with pytest.raises(FilmFailed, match=r"film\.gif: the finished GIF can't be read back: unknown block"):
        write(film(), [tmp_path / "film.gif"], SPEC, SCOUTS)
    assert files(tmp_path) == []


# --- palette -----------------------------------------------------------------------------------------------------


def test_a_palette_keeps_its_colours_and_finds_the_nearest() -> None:
    palette = choose_palette(SPEC.colours, SCOUTS)
    assert list(map(tuple, palette.colours[: len(SPEC.colours)])) == list(SPEC.colours)
    assert FEWEST <= len(palette.colours) <= 255
    keys = np.random.default_rng(1).integers(0, 1 << 24, 500, np.uint32)
    colours = unpacked(keys)
    brute = ((colours[:, None] - palette.colours.astype(float)) ** 2).sum(axis=2).argmin(axis=1)
    np.testing.assert_array_equal(palette.entries(keys), brute + 1)
    np.testing.assert_array_equal(palette.entries(keys | np.uint32(0xFF000000)), brute + 1)
    np.testing.assert_array_equal(nearest(colours, palette.colours.astype(np.float32)), brute)


def test_a_dot_of_a_colour_of_its_own_keeps_it() -> None:
    dotted = PICTURES[0].copy()
    dotted[80:83, 150:153, :3] = (150, 30, 160)
    palette = choose_palette(SPEC.colours, [*PICTURES, dotted])
    (entry,) = palette.entries(packed(dotted)[81, 151:152])
    assert np.abs(palette.colours[entry - 1].astype(int) - (150, 30, 160)).max() <= 24


def test_a_film_of_few_colours_is_exact() -> None:
    flat = np.full((20, 20, 4), 255, np.uint8)
    flat[5:9, 5:9, :3] = RED
    flat[12:, :, :3] = (1, 2, 3)
    palette = choose_palette([(255, 255, 255), (255, 255, 255)], [flat])
    assert len(palette.colours) == 3
    np.testing.assert_array_equal(palette.colours[palette.entries(packed(flat)) - 1], flat[..., :3])
    assert len(choose_palette(SPEC.colours, []).colours) == len(SPEC.colours)


# --- MP4 ---------------------------------------------------------------------------------------------------------


def test_an_mp4_shows_every_tick(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    pictures = [PICTURES[0], PICTURES[0], PICTURES[5], PICTURES[9]]
    (written,) = write([(PICTURES[0], 2), (PICTURES[5], 1), (PICTURES[9], 30)], [path], SPEC, SCOUTS)
    seen = mp4_frames(path)
    assert (len(seen), written.frames, written.seconds) == (33, 33, 33 / 25)
    for got, drawn in zip(seen, pictures, strict=False):
        assert error(got, drawn) < 3
    assert np.abs(seen[0][150:170, 5:15].astype(int) - WHITE).max() <= 8
    about = imageio.v3.immeta(path)
    assert (about["codec"], about["size"], about["fps"]) == ("h264", (WIDTH, HEIGHT), 25)
    assert about["pix_fmt"].startswith("yuv420p(tv, bt709")
    assert about["duration"] == pytest.approx(33 / 25, abs=0.01)


def test_an_mp4_can_start_before_it_is_loaded(tmp_path: Path) -> None:
    write(film(), [tmp_path / "film.mp4"], SPEC, SCOUTS)
    data = (tmp_path / "film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    assert b"First steps" in data
    assert b"Lavf" not in data


@pytest.mark.parametrize("fps", [20, 24, 25, 30, 50, 60])
def test_an_mp4_lasts_as_long_as_the_film(tmp_path: Path, fps: int) -> None:
    (written,) = write(film(ticks=2), [tmp_path / "film.mp4"], spec_with(fps=fps), SCOUTS)
    assert written.seconds == 2 * COUNT / fps  # read back by the encoder: frames, size, seconds as a fraction


def test_an_odd_size_is_refused_with_an_even_one(tmp_path: Path) -> None:
    with pytest.raises(BadScene, match=r"size: \(321, 180\) can't be used; .* such as \(322, 180\)"):
        write(film(), [tmp_path / "film.mp4"], spec_with(size=(321, 180)), SCOUTS)
    assert files(tmp_path) == []


def test_what_ffmpeg_says_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(video, "PRESET", "nonsense")
    with pytest.raises(FilmFailed, match=r"film\.mp4: ffmpeg ended with exit code \d+: \w.*preset") as caught:
        write(film(PICTURES * 4), [tmp_path / "film.mp4"], SPEC, SCOUTS)
    assert len(str(caught.value)) < 700
    assert "\n" not in str(caught.value)
    assert files(tmp_path) == []


def test_an_encoder_that_is_killed_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(FilmFailed, match="ffmpeg was stopped by SIGKILL"),
        video.mp4(tmp_path / "film.mp4", SPEC, SCOUTS) as sink,
    ):
        sink.__self__._encoder.kill()  # type: ignore[attr-defined]
        for rgba, ticks in film(PICTURES * 20):
            sink(rgba, ticks)


def test_without_ffmpeg_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(MissingPackage, match=r"an MP4 needs .* pip install 'imageio\[ffmpeg\]'"):
        write(film(), [tmp_path / "film.mp4"], SPEC, SCOUTS)


def test_an_encoder_that_can_not_be_started_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "none"))
    with pytest.raises((FilmFailed, MissingPackage)):
        write(film(), [tmp_path / "film.mp4"], SPEC, SCOUTS)


def test_a_damaged_mp4_does_not_pass(tmp_path: Path) -> None:
    write(film(), [tmp_path / "film.mp4"], SPEC, SCOUTS)
    with pytest.raises(
        FilmFailed, match=r"holds \(size, frames, seconds\) = \(\(320, 180\), 24, 0\.96\), not .* 25, 1\.0\)"
    ):
        video._check("MP4", tmp_path / "film.mp4", SPEC, COUNT + 1)
    (tmp_path / "film.mp4").write_bytes(b"")
    with pytest.raises(FilmFailed, match="can't be read back"):
        video._check("MP4", tmp_path / "film.mp4", SPEC, COUNT)


# --- PNG ---------------------------------------------------------------------------------------------------------


def test_the_poster_is_the_last_picture(tmp_path: Path) -> None:
    (written,) = write(film(), [tmp_path / "poster.png"], SPEC, SCOUTS)
    with Image.open(tmp_path / "poster.png") as image:
        assert image.mode == "RGB"
        np.testing.assert_array_equal(np.array(image), PICTURES[-1][..., :3])
    assert (written.frames, written.seconds, written.format) == (1, 0.0, "PNG")


def test_a_folder_holds_a_picture_for_every_tick(tmp_path: Path) -> None:
    target = f"{tmp_path}/frames/"
    for pictures in (PICTURES, PICTURES[:3]):  # the second time it replaces a longer film
        (written,) = write(film(pictures, ticks=2), [target], SPEC, SCOUTS)
        names = files(tmp_path / "frames")
        assert names == [f"frame_{n:05d}.png" for n in range(1, 2 * len(pictures) + 1)]
        for number, drawn in enumerate(pictures):
            for name in names[2 * number : 2 * number + 2]:
                with Image.open(tmp_path / "frames" / name) as image:
                    np.testing.assert_array_equal(np.array(image), drawn[..., :3])
        assert (written.frames, written.path) == (len(names), tmp_path / "frames")
    assert files(tmp_path)[0] == "frames"


def test_equal_pictures_are_copied_where_links_are_not_to_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    write(film(PICTURES[:1], ticks=3), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
    assert len(files(tmp_path / "frames")) == 3


def test_a_folder_is_put_aside_where_names_can_not_be_swapped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landing, "_exchange", lambda *_: False)
    for count in (5, 3):
        write(film(PICTURES[:count]), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
        assert len(files(tmp_path / "frames")) == count
    assert len(files(tmp_path)) == 4


def test_a_folder_left_aside_gets_its_name_back(tmp_path: Path) -> None:
    write(film(PICTURES[:5]), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
    (tmp_path / "frames").rename(tmp_path / f".frames.{dead_process()}.aside")
    with pytest.raises(ZeroDivisionError):
        write(failing(ZeroDivisionError), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
    assert len(files(tmp_path / "frames")) == 5
    assert len(files(tmp_path)) == 6


def test_an_interrupted_swap_gives_the_folder_its_name_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(film(PICTURES[:5]), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
    monkeypatch.setattr(landing, "_exchange", lambda *_: False)
    rename = Path.rename

    def interrupted(self: Path, to: Path) -> Path:
        if ".part" in self.name:
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(film(PICTURES[:3]), [f"{tmp_path}/frames/"], SPEC, SCOUTS)
    assert len(files(tmp_path / "frames")) == 5
    assert len(files(tmp_path)) == 6


# --- the pass ----------------------------------------------------------------------------------------------------

ALL = ["film.gif", "film.mp4", "film.webm", "film.webp", "film.apng", "film.png", "frames/"]


def test_several_files_come_out_of_one_pass(tmp_path: Path) -> None:
    heard: list[int] = []
    written = write(film(ticks=2), [f"{tmp_path}/{name}" for name in ALL], SPEC, SCOUTS, heard.append)
    assert heard == [2] * COUNT
    assert [done.format for done in written] == [kind.name for kind in FORMATS.values()]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(name.strip("/") for name in ALL)


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for turn in "ab":
        write(film(), [f"{tmp_path}/{turn}/{name}" for name in ALL], SPEC, SCOUTS)
    names = [name for name in files(tmp_path / "a") if (tmp_path / "a" / name).is_file()]
    assert len(names) == len(ALL) - 1 + COUNT
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name


def failing(exception: type[BaseException]) -> Iterator[Frame]:
    yield from itertools.islice(film(), COUNT // 2)
    raise exception


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("exception", [ZeroDivisionError, OSError, KeyboardInterrupt, GeneratorExit, SystemExit])
def test_an_interrupted_film_leaves_nothing_and_keeps_the_former(
    tmp_path: Path, name: str, exception: type[BaseException]
) -> None:
    with pytest.raises(exception) as caught:
        write(failing(exception), [f"{tmp_path}/new/deep/{name}"], SPEC, SCOUTS)
    assert caught.type is exception, "the drawer's own error passes unchanged"
    assert files(tmp_path) == []
    write(film(PICTURES[:2]), [f"{tmp_path}/{name}"], SPEC, SCOUTS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(exception):
        write(failing(exception), [f"{tmp_path}/{name}"], SPEC, SCOUTS)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert threading.active_count() == 1


@pytest.mark.parametrize("name", ALL)
def test_a_film_without_frames_is_no_film(tmp_path: Path, name: str) -> None:
    with pytest.raises(FilmFailed, match="the film has no frames"):
        write([], [f"{tmp_path}/{name}"], SPEC, SCOUTS)
    assert files(tmp_path) == []


def test_one_failure_keeps_all_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "film.gif").write_bytes(b"former")
    monkeypatch.setattr(stills, "_check", lambda *_: (_ for _ in ()).throw(FilmFailed("broken")))
    with pytest.raises(FilmFailed, match=r"film\.png: broken"):
        write(film(), [tmp_path / "film.gif", tmp_path / "film.png"], SPEC, SCOUTS)
    assert files(tmp_path) == ["film.gif"]
    assert (tmp_path / "film.gif").read_bytes() == b"former"


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_leftovers_of_killed_processes_are_swept(tmp_path: Path) -> None:
    dead, alive = dead_process(), os.getppid()
    for name in (f".film.{dead}.part.gif", f".film.{alive}.part.gif", f".other.{dead}.part.gif", ".film.x.part.gif"):
        (tmp_path / name).write_bytes(b"half")
    (tmp_path / f".frames.{dead}.part").mkdir()
    (tmp_path / f".frames.{dead}.part" / "frame_00001.png").write_bytes(b"half")
    write(film(), [f"{tmp_path}/film.gif", f"{tmp_path}/frames/"], SPEC, SCOUTS)
    hidden = sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("."))
    assert hidden == sorted([f".film.{alive}.part.gif", f".other.{dead}.part.gif", ".film.x.part.gif"])


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "film.gif").write_bytes(b"former")
    (tmp_path / "film.gif").symlink_to("there/film.gif")
    write(film(), [tmp_path / "film.gif"], SPEC, SCOUTS)
    assert (tmp_path / "film.gif").is_symlink()
    assert (tmp_path / "there" / "film.gif").read_bytes().startswith(b"GIF89a")


FULL_DISK = """
import resource, sys
sys.path.insert(0, {tests!r})
from test_film import *
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
noise = np.random.default_rng(1).integers(0, 256, (40, HEIGHT, WIDTH, 4), np.uint8)
try:
    write(((n, 1) for n in noise), [{target!r}], SPEC, [noise[0]])
except FilmFailed as failure:
    print(failure)
"""


@pytest.mark.parametrize("name", ALL)
def test_a_file_that_may_not_grow_is_told_and_leaves_nothing(tmp_path: Path, name: str) -> None:
    pytest.importorskip("resource")
    write(film(PICTURES[:2]), [f"{tmp_path}/{name}"], SPEC, SCOUTS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    script = FULL_DISK.format(tests=str(Path(__file__).parent), target=f"{tmp_path}/{name}", limit=20_000)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1, done.stderr
    assert name.strip("/") in done.stdout
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (errno.ENOSPC, "the disk is full"),
        (errno.EROFS, "can't be written to"),
        (errno.EIO, "it can't be written: Input/output error"),
    ],
)
def test_what_the_disk_says_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, sentence: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(FilmFailed, match=rf"film\.gif: .*{sentence}"):
        write(film(), [tmp_path / "film.gif"], SPEC, SCOUTS)
    assert files(tmp_path) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's device that is always full")
def test_a_full_disk_stops_a_gif_at_once() -> None:
    with pytest.raises(OSError, match="No space left"), ExitStack() as stack:
        sink = stack.enter_context(gif(Path("/dev/full"), SPEC, SCOUTS))
        for rgba, ticks in film(PICTURES * 20):
            sink(rgba, ticks)


# --- what may be asked for ---------------------------------------------------------------------------------------

ENDS = ".gif, .mp4, .webm, .webp, .apng, .png"


@pytest.mark.parametrize(
    ("path", "name"),
    [("a.gif", "GIF"), ("a.GIF", "GIF"), ("b/c.mp4", "MP4"), (Path("x.png"), "PNG"), ("frames/", "PNG frames")],
)
def test_the_end_of_a_name_says_the_format(path: str | Path, name: str) -> None:
    assert format_of(path).name == name


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("film.gfi", f"output: 'film.gfi' can't be used; did you mean '.gif'? allowed: {ENDS}, or end the"),
        ("film", f"its end must say the format: {ENDS}, or end the name with / for a folder of PNG frames"),
        ("film.avi", f"allowed: {ENDS}"),
    ],
)
def test_an_unknown_format_is_refused(path: str, sentence: str) -> None:
    with pytest.raises(BadScene) as caught:
        format_of(path)
    assert sentence in str(caught.value)


def test_targets_that_would_harm_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "thesis.tex").write_text("mine")
    (tmp_path / "dir.gif").mkdir()
    (tmp_path / "file").write_text("mine")
    monkeypatch.chdir(tmp_path / "dir.gif")
    refused = {
        f"{tmp_path}/notes/": "it holds 'thesis.tex'",
        f"{tmp_path}/dir.gif": "it is a folder",
        f"{tmp_path}/dir.gif/": "it is the folder in use",
        f"{tmp_path}/file/": "it is a file",
        f"{tmp_path}/file/film.gif": "is a file, not a folder",
    }
    for target, sentence in refused.items():
        with pytest.raises(BadScene, match=sentence):
            check_film(target)
    check_film(tmp_path / "new" / "deep" / "film.gif")
    assert not (tmp_path / "new").exists()


def test_a_folder_that_can_not_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who may write anywhere
    with pytest.raises(BadScene, match="can't be written to"):
        check_film(tmp_path / "film.gif")


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], "give at least one"),
        (["a.gif", "b/../a.gif"], "asked for twice"),
        (["frames/", "frames/a.gif"], "lies within the folder"),
    ],
)
def test_targets_that_meet_are_refused(tmp_path: Path, names: list[str], sentence: str) -> None:
    with pytest.raises(BadScene, match=sentence):
        check_films([f"{tmp_path}/{name}" for name in names])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("size", (0, 10)),
        ("size", (10, 10.5)),
        ("size", (1, 2, 3)),
        ("fps", 0),
        ("fps", 101),
        ("fps", 29.97),
        ("fps", True),
        ("loop", 0),
        ("loop", 65537),
        ("colours", ()),
        ("colours", ((0, 0, 256),)),
        ("colours", tuple((0, 0, n) for n in range(251))),
    ],
)
def test_a_film_that_can_not_be_is_refused(field: str, value: object) -> None:
    with pytest.raises(BadScene, match=f"^{field}: .*allowed: "):
        spec_with(**{field: value})


@pytest.mark.parametrize(
    "frame",
    [
        (np.zeros((HEIGHT, WIDTH, 3), np.uint8), 1),
        (np.zeros((HEIGHT, WIDTH, 4), np.float32), 1),
        (np.zeros((HEIGHT, WIDTH, 8), np.uint8)[..., ::2], 1),
        (PICTURES[0], 0),
        (PICTURES[0], 1.5),
    ],
)
def test_what_is_not_a_frame_is_refused(tmp_path: Path, frame: Frame) -> None:
    with pytest.raises(BadScene, match=r"^(frame|ticks): "):
        write([frame], [tmp_path / "film.gif"], SPEC, SCOUTS)
    assert files(tmp_path) == []


def test_an_encoder_is_loaded_only_when_asked_for() -> None:
    script = (
        "import sys, gdviz.film.formats as f; f.format_of('a.mp4');"
        "assert not {'numpy', 'PIL', 'imageio', 'imageio_ffmpeg'} & set(sys.modules);"
        "import gdviz.film.write; assert not {'PIL', 'imageio', 'imageio_ffmpeg'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


# --- memory ------------------------------------------------------------------------------------------------------


def peak(frames: int, path: Path) -> int:
    tracemalloc.start()
    write(((PICTURES[n % COUNT], 1) for n in range(frames)), [path], SPEC, SCOUTS)
    high = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return high


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm", ".webp", ".apng"])
def test_memory_does_not_grow_with_the_film(tmp_path: Path, suffix: str) -> None:
    few, many = (peak(count, tmp_path / f"film{suffix}") for count in (60, 400))
    assert many < few + 200_000, "less than one frame"


@pytest.mark.slow
@pytest.mark.parametrize("name", ["film.gif", "film.mp4", "film.webm", "film.webp", "film.apng"])
def test_memory_is_flat_for_ten_thousand_frames(tmp_path: Path, name: str) -> None:
    assert peak(10_000, tmp_path / name) < peak(60, tmp_path / name) + 2_000_000
