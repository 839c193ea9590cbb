"""The facts of MP4, MOV, WebM and Matroska: ffmpeg reads them; only what it does not tell is read from the bytes.

What it does not tell is the order of the boxes of an MP4 (ISO/IEC 14496-12), and whether the last one is whole.
"""

import re
import struct
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from mmap import mmap
from pathlib import Path
from threading import Timer
from typing import IO, Any

import numpy as np

from gdviz.film.facts import MOST_FRAMES, Facts, check_count, check_size
from gdviz.film.film import Array
from gdviz.film.image_facts import SAMPLED, is_empty
from gdviz.film.video import ffmpeg
from gdviz.problems import BadFile

_WRITING = ("[out", "[vost", "[framecrc", "[rawvideo")  # ffmpeg's names for its parts that write
PATIENCE = 120.0  # seconds until ffmpeg is stopped


def mp4_facts(path: Path, data: mmap) -> Facts:
    """Return the facts of an MP4 or a MOV. Raises BadFile; struct.error where it ends too early; MissingPackage."""
    boxes = list(_boxes(path, data))
    names = [kind for kind, _ in boxes]
    if b"moov" not in names:
        raise BadFile(path, "it is cut short: its index (moov) is missing, and no player can open it")
    is_mov = b"ftyp" not in names or data[boxes[names.index(b"ftyp")][1] :][:4] == b"qt  "
    fast = b"mdat" not in names or names.index(b"moov") < names.index(b"mdat")
    return _facts(path, data, "MOV" if is_mov else "MP4", fast)


def _boxes(path: Path, data: mmap) -> Iterator[tuple[bytes, int]]:
    """Yield the name of each outermost box, and where its content begins."""
    position = 0
    while position < len(data):
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        start = position + 8
        if size == 1:
            size, start = struct.unpack(">Q", data[start : start + 8])[0], start + 8
        elif size == 0:
            size = len(data) - position
        if size < start - position:
            raise BadFile(path, "it is damaged: one of its boxes says that it is shorter than its own head")
        if position + size > len(data):
            raise struct.error
        yield kind, start
        position += size


def webm_facts(path: Path, data: mmap) -> Facts:
    """Return the facts of a WebM or a Matroska film. Raises BadFile and MissingPackage."""
    return _facts(path, data, "WebM" if b"webm" in data[:64] else "Matroska", None)


def _facts(path: Path, data: mmap, container: str, is_faststart: bool | None) -> Facts:
    """Ask ffmpeg for the streams and the packets, and draw the first picture."""
    listing = _listed(path, container)
    stream = _stream(path, listing.words)
    check_size(path, *stream.size)
    check_count(path, listing.packets)
    with closing(decoded(path, container, reduced(stream.size, SAMPLED), ["-frames:v", "1"])) as pictures:
        first = next(pictures, None)
    if first is None:
        raise BadFile(path, "it is damaged: its first picture can't be drawn")
    return Facts(
        path, container, len(data), stream.size, listing.packets,
        seconds=listing.seconds if listing.packets > 1 else 0.0,
        codec=stream.codec,
        profile=stream.profile,
        pixels=stream.pixels,
        shown_seconds=listing.seconds if listing.packets > 1 else 0.0,
        is_first_empty=is_empty(first),
        is_faststart=is_faststart,
        colour=stream.colour,
        audio=", ".join(re.findall(r"Stream #0:\d+.*?: Audio: (\w+)", listing.words)),
        has_alpha=stream.pixels.startswith(("yuva", "rgba", "bgra", "argb")) or "alpha_mode      : 1" in listing.words,
        texts=tuple(_texts(listing.words)),
    )  # fmt: skip


# What ffmpeg says


@dataclass(frozen=True)
class _Listing:
    """Packets of the first video stream, their length in seconds, and what ffmpeg says of the file."""

    packets: int
    seconds: float
    words: str


def _listed(path: Path, container: str) -> _Listing:
    options = ["-map", "0:v:0", "-c", "copy", "-f", "framecrc", "-"]
    unit, packets, duration = Fraction(0), 0, 0
    with _running([*_entry(path, container, "info"), *options]) as (process, said):
        for line in process.stdout or ():
            if line.startswith(b"#tb 0: "):
                unit = Fraction(line[7:].decode().strip())
            elif not line.startswith(b"#"):
                packets += 1
                duration += int(line.split(b",")[3])
                if packets > MOST_FRAMES:
                    break
        else:
            process.wait()
        words = _words(said)
    if "Stream #0" in words and not re.search(r"Stream #0:\d+.*?: Video:", words):
        raise BadFile(path, "it has sound, but no pictures")
    if packets <= MOST_FRAMES:
        _check_end(path, process.returncode, words)
    return _Listing(packets, float(duration * unit), words)


def _complaints(words: str) -> list[str]:
    """Return the errors among ffmpeg's lines, but those of its writing side, which are not about the film."""
    found = re.findall(r"^((?:\[[^\]]*\] )*)\[(?:error|fatal|panic)\] (.*\S)", words, re.MULTILINE)
    return [line for part, line in found if not part.startswith(_WRITING)]


@dataclass(frozen=True)
class _Stream:
    """The first video stream."""

    codec: str
    profile: str
    pixels: str
    colour: str
    size: tuple[int, int]


def _stream(path: Path, words: str) -> _Stream:
    """Read ffmpeg's line about the video stream, such as `h264 (High) (avc1 / ...), yuv420p(tv, bt709), 320x240`."""
    line = re.search(r"Stream #0:\d+.*?: Video: (.*)", words)
    found = line and re.match(r"(\w+)(?: \(([^/()]+)\))?.*?, (\w+)(?:\(([^)]*)\))?, (\d+)x(\d+)", line[1])
    if not found:
        raise BadFile(path, "it is damaged: ffmpeg can't say what its pictures are")
    tags = [tag for tag in (found[4] or "").split(", ") if tag and tag not in ("progressive", "unknown")]
    return _Stream(found[1], found[2] or "", found[3], ", ".join(tags), (int(found[5]), int(found[6])))


def _texts(words: str) -> Iterator[tuple[str, str]]:
    """Yield the tags of the file itself, which stand before its streams; a text may go on over several lines."""
    head = re.sub(r"^\[\w+\] ", "", words.partition("Stream #0")[0], flags=re.MULTILINE)
    name, text = "", ""
    for line in head.splitlines():
        tag = re.match(r"    ([\w-]+) *: (.*)", line)
        more = re.match(r"     +: (.*)", line)
        if more and name:
            text += f"\n{more[1]}"
            continue
        if name:
            yield name, text
        name, text = (tag[1], tag[2]) if tag else ("", "")


# Running ffmpeg


def reduced(size: tuple[int, int], longest: int) -> tuple[int, int]:
    """Return a size of the same shape whose longer side is at most `longest` pixels."""
    scale = max(1.0, max(size) / longest)
    return max(1, round(size[0] / scale)), max(1, round(size[1] / scale))


def decoded(
    path: Path, container: str, size: tuple[int, int], options: Sequence[str] = (), filters: str = ""
) -> Generator[Array]:
    """Yield the pictures of a video, `(height, width, 3)` RGB of the given size.

    Raises BadFile where one can't be drawn. A film that takes longer than `PATIENCE` ends early.
    """
    width, height = size
    scale = f"{filters}scale={width}:{height}:flags=area"
    output = ["-map", "0:v:0", "-vf", scale, *options, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    length = width * height * 3
    with _running([*_entry(path, container, "error"), *output]) as (process, said):
        assert process.stdout is not None, "ffmpeg was started with a pipe"
        while len(picture := process.stdout.read(length)) == length:
            yield np.frombuffer(picture, np.uint8).reshape(height, width, 3)
        _check_end(path, process.wait(), _words(said))


def _check_end(path: Path, code: int, words: str) -> None:
    """Raise BadFile where ffmpeg complains of a film; that we stopped it, a negative code, is no fault of the film."""
    complaints = _complaints(words)
    if complaints or code > 0:
        raise BadFile(path, f"it is damaged: ffmpeg says {complaints[0] if complaints else 'nothing, and gives up'}")


def _entry(path: Path, container: str, level: str) -> list[str]:
    """Return how ffmpeg opens a film: as what its bytes say, and nothing else that the file may point to."""
    demuxer = "mov" if container in ("MP4", "MOV") else "matroska"
    opened = ["-protocol_whitelist", "file", "-f", demuxer, "-i", f"file:{path}"]
    return [ffmpeg(), "-hide_banner", "-nostdin", "-loglevel", f"level+{level}", "-threads", "2", *opened]


@contextmanager
def _running(command: list[str]) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Run a program, stop it when its time is up or nobody needs it any longer, and keep what it says."""
    pipes: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, stderr=said, **pipes) as process:
        watch = Timer(PATIENCE, process.kill)
        watch.daemon = True
        watch.start()
        try:
            yield process, said
        finally:
            watch.cancel()
            process.kill()


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read(1 << 20).decode(errors="replace")
