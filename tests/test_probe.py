"""Films are told for what they are: facts of foreign films, and one sentence for what is damaged or no film."""

import hashlib
import os
import struct
import subprocess
import time
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from gdviz import check
from gdviz.cli import main
from gdviz.film.facts import Facts
from gdviz.film.film import Card, FilmSpec
from gdviz.film.probe import probe
from gdviz.film.video import ffmpeg
from gdviz.film.watching import watched
from gdviz.film.write import write
from gdviz.problems import BadFile

SIZE = (64, 48)
LIST = "can be looked into: GIF, MP4, MOV, WebM, Matroska, WebP, APNG, PNG"
CUT = "it is cut short: the file ends in the middle of a block"


def encode(path: Path, *options: str, size: str = "64x48", rate: str = "25", seconds: str = "1") -> Path:
    """Have ffmpeg make a film of its test picture, as anybody would."""
    entry = ["-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc=s={size}:r={rate}:d={seconds}"]
    subprocess.run([ffmpeg(), *entry, *options, str(path)], check=True, timeout=60)
    return path


def pictures(count: int) -> list[Image.Image]:
    """Pictures of different colours, with something in each."""
    rows, columns = np.mgrid[: SIZE[1], : SIZE[0]]
    made = [np.stack([rows * 5 % 256, columns * 4 % 256, rows * 0 + 40 * k], -1) for k in range(count)]
    return [Image.fromarray(picture.astype(np.uint8)) for picture in made]


def animated(path: Path, count: int = 4, **options: object) -> Path:
    first, *others = pictures(count)
    first.save(path, save_all=True, append_images=others, **options)
    return path


# ---- facts ----


def test_an_mp4_with_everything_wrong_is_told_so(tmp_path: Path) -> None:
    options = ["-c:v", "libx264", "-pix_fmt", "yuv444p", "-metadata", "title=A ball", "-metadata", "comment=One\nTwo"]
    facts = probe(encode(tmp_path / "a.mp4", *options, size="65x49", seconds="2"))
    assert (facts.container, facts.codec, facts.pixels) == ("MP4", "h264", "yuv444p")
    assert facts.profile.startswith("High 4:4:4")
    assert (facts.size, facts.frames, facts.seconds, facts.fps) == ((65, 49), 50, 2.0, 25.0)
    assert (facts.is_faststart, facts.has_even_size, facts.colour, facts.audio) == (False, False, "", "")
    texts = dict(facts.texts)
    assert (texts["title"], texts["comment"]) == ("A ball", "One\nTwo")


def test_sound_fast_start_and_colour_tags_are_seen(tmp_path: Path) -> None:
    sound = ["-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac"]
    tags = ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709", "-color_range", "tv"]
    facts = probe(encode(tmp_path / "a.mp4", *sound, *tags, "-pix_fmt", "yuv420p", "-movflags", "+faststart"))
    assert (facts.is_faststart, facts.audio, facts.pixels) == (True, "aac", "yuv420p")
    assert facts.colour.startswith("tv, bt709")


@pytest.mark.parametrize(
    ("name", "options", "container", "codec"),
    [
        ("a.mov", ["-c:v", "libx264", "-pix_fmt", "yuv420p"], "MOV", "h264"),
        ("a.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime"], "WebM", "vp9"),
        ("a.mkv", ["-c:v", "mpeg4"], "Matroska", "mpeg4"),
        ("a.mp4", ["-c:v", "mpeg4"], "MP4", "mpeg4"),
    ],
)
def test_containers_and_codecs_are_told_apart(
    tmp_path: Path, name: str, options: list[str], container: str, codec: str
) -> None:
    facts = probe(encode(tmp_path / name, *options))
    assert (facts.container, facts.codec, facts.frames, facts.seconds) == (container, codec, 25, 1.0)


def test_alpha_in_a_webm_is_seen(tmp_path: Path) -> None:
    options = ["-vf", "format=yuva420p,colorchannelmixer=aa=0.5", "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p"]
    assert probe(encode(tmp_path / "a.webm", *options)).has_alpha
    assert not probe(encode(tmp_path / "b.webm", "-c:v", "libvpx-vp9")).has_alpha


def test_delays_that_browsers_stretch_are_counted(tmp_path: Path) -> None:
    """Pillow writes the delays: 1 hundredth, as for 60 or 100 pictures a second, then 2."""
    facts = probe(animated(tmp_path / "a.gif", duration=[10, 10, 20, 20], loop=0))
    assert (facts.frames, facts.rushed, facts.seconds, facts.shown_seconds) == (4, 2, 0.06, 0.24)
    assert facts.plays is None


@pytest.mark.parametrize(("loop", "plays"), [({}, 1), ({"loop": 0}, None), ({"loop": 4}, 5)])
def test_how_often_a_gif_plays_is_read(tmp_path: Path, loop: dict[str, int], plays: int | None) -> None:
    assert probe(animated(tmp_path / "a.gif", duration=40, **loop)).plays == plays


def test_palettes_of_single_pictures_are_counted(tmp_path: Path) -> None:
    own = DOT[:9] + b"\x80" + bytes(6) + DOT[10:]  # the same, with two colours of its own
    (tmp_path / "a.gif").write_bytes(SCREEN + DOT + own + DOT + own + b";")
    facts = probe(tmp_path / "a.gif")
    assert (facts.frames, facts.global_palette, facts.local_palettes) == (4, False, 2)
    usual = probe(animated(tmp_path / "usual.gif", duration=40))  # Pillow's way: all but the first
    assert (usual.frames, usual.global_palette, usual.local_palettes) == (4, True, 3)
    ours = probe(ours_of(tmp_path / "ours.gif"))
    assert (ours.global_palette, ours.local_palettes) == (True, 0)


@pytest.mark.parametrize(("suffix", "container"), [(".gif", "GIF"), (".png", "APNG"), (".webp", "WebP")])
def test_pillow_and_the_walk_over_the_blocks_agree(tmp_path: Path, suffix: str, container: str) -> None:
    delays = [40, 100, 250, 70]
    path = animated(
        tmp_path / f"a{suffix}", duration=delays, loop=3, **({"lossless": True} if suffix == ".webp" else {})
    )
    facts = probe(path)
    with Image.open(path) as film:
        read = []
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            read.append(film.info["duration"])
    assert facts.container == container
    assert (facts.frames, facts.seconds) == (len(read), sum(read) / 1000) == (4, 0.46)
    assert facts.plays == (4 if suffix == ".gif" else 3)  # a GIF counts the plays after the first
    assert facts.size == SIZE


def test_a_still_is_a_still(tmp_path: Path) -> None:
    for name, container in (("a.png", "PNG"), ("a.gif", "GIF"), ("a.webp", "WebP")):
        pictures(1)[0].save(tmp_path / name)
        facts = probe(tmp_path / name)
        assert (facts.container, facts.is_still, facts.seconds, facts.plays) == (container, True, 0.0, 1)


def test_an_empty_first_picture_is_seen(tmp_path: Path) -> None:
    blank = Image.new("RGB", SIZE, "white")
    blank.save(tmp_path / "a.gif", save_all=True, append_images=pictures(2), duration=40)
    assert probe(tmp_path / "a.gif").is_first_empty
    assert not probe(animated(tmp_path / "b.gif", duration=40)).is_first_empty
    filters = ["-vf", "drawbox=enable='lt(n,1)':color=white:t=fill", "-pix_fmt", "yuv420p"]
    assert probe(encode(tmp_path / "a.mp4", *filters)).is_first_empty
    assert not probe(encode(tmp_path / "b.mp4")).is_first_empty


def test_transparency_is_seen(tmp_path: Path) -> None:
    clear = Image.new("RGBA", SIZE, (255, 0, 0, 0))
    for name in ("a.png", "a.webp", "a.gif"):
        clear.save(tmp_path / name)
        assert probe(tmp_path / name).has_alpha, name
    assert not probe(animated(tmp_path / "b.gif", duration=40)).has_alpha


def test_texts_of_pictures_are_read(tmp_path: Path) -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Title", "A ball")
    notes.add_itxt("Comment", "m geht von −2 nach 3 – ¡hola!")
    notes.add_itxt("Packed", "x" * 1000, zip=True)
    pictures(1)[0].save(tmp_path / "a.png", pnginfo=notes)
    assert probe(tmp_path / "a.png").texts == (("Title", "A ball"), ("Comment", "m geht von −2 nach 3 – ¡hola!"))
    animated(tmp_path / "a.gif", duration=40, comment="from −2 to 3 " * 40)
    assert probe(tmp_path / "a.gif").texts == (("comment", "from −2 to 3 " * 40),)


CARD = "Title: A ball\nAlternative text: A ball rolls.\nLanguage: en"


def ours_of(path: Path, size: tuple[int, int] = SIZE) -> Path:
    """A film that gdviz writes, of changing pictures."""
    frames = [np.dstack([np.asarray(picture.resize(size)), np.full(size[::-1], 255)]) for picture in pictures(5)]
    ready = [np.ascontiguousarray(frame, np.uint8) for frame in frames]
    spec = FilmSpec(size, 25, colours=((255, 255, 255),), card=Card("A ball", "A ball rolls."))
    write([(frame, 5) for frame in ready], [path], spec, ready)
    return path


def test_our_own_films_are_told_right(tmp_path: Path) -> None:
    film = probe(ours_of(tmp_path / "a.mp4"))
    assert (film.codec, film.profile, film.pixels, film.is_faststart, film.audio) == (
        "h264",
        "High",
        "yuv420p",
        True,
        "",
    )
    assert film.colour.startswith("tv, bt709")
    assert (film.frames, film.seconds, dict(film.texts)["title"]) == (25, 1.0, "A ball")
    loop = probe(ours_of(tmp_path / "a.gif"))
    assert (loop.frames, loop.seconds, loop.rushed, loop.plays, loop.texts) == (
        5,
        1.0,
        0,
        None,
        (("comment", CARD),),
    )
    assert not loop.has_alpha
    still = probe(ours_of(tmp_path / "a.png"))
    assert (still.container, still.texts) == (
        "PNG",
        (("Title", "A ball"), ("Description", "A ball rolls."), ("Comment", CARD)),
    )


# ---- damaged and foreign files ----


def chunk(kind: bytes, content: bytes) -> bytes:
    """A PNG's chunk."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


PNG = b"\x89PNG\r\n\x1a\n"
SCREEN = b"GIF89a" + struct.pack("<HHBBB", 64, 48, 0, 0, 0)
DOT = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"  # a picture of one pixel
HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0))


def of(content: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(content) and None


def cut(share: float, *options: str, name: str = "whole") -> Callable[[Path], None]:
    def make(path: Path) -> None:
        whole = encode(path.with_name(name + path.suffix), *options)
        path.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
        whole.unlink()

    return make


def cut_picture(**options: object) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        animated(path, **options)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return make


def garbled(path: Path) -> None:
    """A GIF whose pictures are noise where they should be packed colours."""
    animated(path, duration=40)
    data = bytearray(path.read_bytes())
    place = data.index(b"\x2c", 800)
    data[place : place + 40] = b"\xff" * 40
    path.write_bytes(data)


def noisy(path: Path) -> None:
    """A PNG whose pixels are no longer what its checksums say."""
    pictures(1)[0].save(path)
    data = bytearray(path.read_bytes())
    place = data.index(b"IDAT") + 8
    data[place : place + 64] = b"\x00" * 64
    path.write_bytes(data)


NO_FILM = f"it is a text, whatever its name .mp4 says; {LIST}"
DAMAGED: list[tuple[str, Callable[[Path], object], str]] = [
    ("cut.mp4", cut(0.5, "-movflags", "+faststart"), CUT),
    ("no_index.mp4", cut(0.5), "it is cut short"),
    ("cut.mov", cut(0.7, "-c:v", "libx264"), "it is cut short"),
    ("cut.webm", cut(0.6, "-c:v", "libvpx-vp9", "-deadline", "realtime"), "it is damaged: ffmpeg says File ended prem"),
    ("cut.gif", cut_picture(duration=40), CUT),
    ("cut.png", cut_picture(duration=40), CUT),
    ("cut.webp", cut_picture(duration=40, lossless=True), CUT),
    (
        "header.gif",
        of(b"GIF88b" + SCREEN[6:] + DOT + b";"),
        "its header is damaged: a GIF begins with GIF87a or GIF89a",
    ),
    ("head_only.gif", of(SCREEN[:9]), CUT),
    ("no_pictures.gif", of(SCREEN + b";"), "it has no pictures"),
    ("garbled.gif", garbled, "it is damaged"),
    ("noisy.png", noisy, "it is damaged: its first picture can't be drawn"),
    ("empty.gif", of(b""), "it is empty"),
    ("text.mp4", of(b"Dear all,\nthe film is in the cloud.\n"), NO_FILM),
    ("words.gif", of("Привет, вот мой фильм".encode()), f"it is a text, whatever its name .gif says; {LIST}"),
    ("zeros.mp4", of(bytes(5000)), "it begins with zeros and is no film, whatever its name .mp4 says"),
    ("page.mp4", of(b"<!DOCTYPE html><html>404 not found</html>"), f"it is a web page; {LIST}"),
    ("list.mp4", of(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"), NO_FILM),
    ("picture.gif", lambda path: pictures(1)[0].save(path, format="JPEG"), f"it is a JPEG picture; {LIST}"),
    (
        "slides.pptx",
        of(b"PK\x03\x04" + bytes(40)),
        "it is a ZIP archive, as a .pptx, .odp or .key is: give the film in it",
    ),
    ("old.avi", lambda path: encode(path, "-c:v", "mpeg4"), f"it is an AVI film; {LIST}"),
    (
        "huge.gif",
        of(b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + DOT + b";"),
        "it says that it measures 6",
    ),
    ("huge.png", of(PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 99999, 99999, 8, 2, 0, 0, 0))), "it says that it mea"),
    ("flat.png", of(PNG + chunk(b"IHDR", struct.pack(">IIBBBBB", 0, 9, 8, 2, 0, 0, 0))), "it is damaged: it says that"),
    ("bomb.gif", of(SCREEN + DOT * 200_000 + b";"), "it has more than 100000 pictures"),
    (
        "liar.png",
        of(PNG + HEADER + chunk(b"acTL", struct.pack(">II", 9, 0)) + chunk(b"IEND", b"")),
        "it is damaged: it ",
    ),
    ("boxes.mp4", of(struct.pack(">I4sI", 12, b"ftyp", 0) + struct.pack(">I4s", 4, b"moov")), "it is damaged: one of"),
    ("hollow.mp4", of(struct.pack(">I4sI", 12, b"ftyp", 0) + struct.pack(">I4s", 8, b"moov")), "it is damaged: ffmpeg"),
    ("sound.mp4", lambda path: sound(path), "it has sound, but no pictures"),
    ("folder.mp4", Path.mkdir, "it is a folder; give a film file"),
    ("nowhere.mp4", lambda _: None, "there is no such file"),
    ("n\0ul.mp4", lambda _: None, "it can't be read"),
    ("pipe.gif", os.mkfifo, "it is no file but a device or a pipe"),
]


def sound(path: Path) -> None:
    command = [ffmpeg(), "-v", "error", "-f", "lavfi", "-i", "sine=d=1", "-c:a", "aac", str(path)]
    subprocess.run(command, check=True, timeout=60)


def state(folder: Path) -> dict[str, object]:
    return {
        path.name: (path.stat().st_mtime_ns, path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest())
        for path in folder.iterdir()
    }


@pytest.mark.parametrize(("name", "make", "sentence"), DAMAGED, ids=[name.replace("\0", "0") for name, _, _ in DAMAGED])
def test_what_is_damaged_or_no_film_gets_one_sentence_and_stays_as_it_is(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, make: Callable[[Path], object], sentence: str
) -> None:
    path = tmp_path / name
    make(path)
    before = state(tmp_path)
    began = time.monotonic()
    with pytest.raises(BadFile) as caught:
        watched(probe(path))
    assert time.monotonic() - began < 20
    assert str(caught.value).startswith(f"{path}: {sentence}")
    assert "\n" not in str(caught.value)
    for verb in ("check", "inspect"):
        assert main([verb, str(path)]) == 2
        assert capfd.readouterr() == ("", f"gdviz: {caught.value}\n")
    assert state(tmp_path) == before


def test_what_is_damaged_late_is_found_by_whoever_watches_it(tmp_path: Path) -> None:
    """The blocks are whole and the first picture too, so that there are facts to tell."""
    path = animated(tmp_path / "a.gif", duration=40)
    data = bytearray(path.read_bytes())
    place = len(data) - 200
    data[place : place + 100] = b"\xff" * 100  # within the colours of the last picture
    path.write_bytes(data)
    assert probe(path).frames == 4
    with pytest.raises(BadFile, match=r"a\.gif: it is damaged: picture 4 can't be drawn \(broken data stream"):
        watched(probe(path))
    assert main(["check", str(path)]) == 2
    assert main(["inspect", str(path)]) == 0


def test_a_film_at_an_uneven_rate_is_no_damaged_one(tmp_path: Path) -> None:
    """Every fourth picture is left out and the rest keep their times: 25 a second with gaps."""
    options = ["-vf", "select='mod(n,4)'", "-fps_mode", "vfr", "-pix_fmt", "yuv420p"]
    facts = probe(encode(tmp_path / "a.mp4", *options, seconds="4"))
    assert (facts.frames, facts.seconds) == (75, pytest.approx(4, abs=0.05))
    assert watched(facts).seconds == pytest.approx(5, abs=0.1)  # the first second is seen again


def test_a_very_long_film_is_watched_in_part_and_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdviz.film.watching.MOST_OF_VIDEO", 64 * 48 * 30)
    path = encode(tmp_path / "a.mp4", "-pix_fmt", "yuv420p", seconds="4")
    assert watched(probe(path)).seconds == 1.2
    assert str(check(path)).splitlines()[1].endswith("in any second (looked at: the first 1 s)")


def test_a_file_that_may_not_be_read_is_told_so(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = animated(tmp_path / "a.gif", duration=40)
    path.chmod(0)
    with pytest.raises(BadFile, match=r"it can't be read: Permission denied$"):
        probe(path)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", [".gif", ".png", ".webp", ".mp4", ".webm"])
def test_no_bytes_make_it_stumble(tmp_path: Path, suffix: str) -> None:
    """Films with some bytes changed or cut off are told facts or a sentence: nothing else is raised, and none hangs."""
    make = {".mp4": ["-pix_fmt", "yuv420p"], ".webm": ["-c:v", "libvpx-vp9", "-deadline", "realtime"]}
    whole = tmp_path / f"whole{suffix}"
    encode(whole, *make[suffix]) if suffix in make else animated(whole, duration=40)
    data, dice = whole.read_bytes(), np.random.default_rng(5)
    for _ in range(60 if suffix in make else 400):
        changed = bytearray(data)
        for place in dice.integers(0, len(data), dice.integers(1, 9)):
            changed[place if dice.random() < 0.5 else place % 200] = dice.integers(256)
        path = tmp_path / f"changed{suffix}"
        path.write_bytes(changed[: dice.integers(20, len(data) + 1)] if dice.random() < 0.4 else changed)
        try:
            facts = probe(path)
            watched(facts)
        except BadFile as problem:
            assert "\n" not in str(problem)
        else:
            assert isinstance(facts, Facts)
