"""WebP, animated and lossless: every colour exact, the smallest of the films that browsers play as pictures.

The file is written chunk by chunk (WebP Container Specification, Google; RFC 9649, 2024): size, how often to play, then
for each picture its place, its time and its rectangle, and the card as XMP. Pillow encodes the rectangles. Memory does
not grow with the film, as it does in Pillow's own animations.

Measured on 91 pictures of 1280 x 720, a curve scene: leaving out what is unchanged makes 447 KiB of 1,505, in less
time; method 4 at quality 75 takes half as long again and saves nothing, quality below 30 saves little time and costs a
quarter more bytes.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from gdviz.film.changes import Change, Changes
from gdviz.film.film import Array, FilmSpec, Sink
from gdviz.film.stills import picture
from gdviz.film.xmp import xmp
from gdviz.problems import BadScene, FilmFailed

METHOD, QUALITY = 1, 30  # libwebp's effort; the picture is exact whatever they are
LONGEST = (1 << 24) - 1  # milliseconds; the field has 24 bits
LARGEST = 16383  # pixels on a side
ANIMATION, XMP, ALPHA = 0x02, 0x04, 0x10
REPLACE = 0x02  # do not blend


@contextmanager
def webp(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open a WebP at `path`; see `Encoder` for the contract. Raises BadScene for a side above 16383 pixels.

    Equal consecutive frames become one with a longer delay. Delays are differences of the rounded running time, so the
    whole film is right to a millisecond.
    """
    if max(spec.size) > LARGEST:
        raise BadScene("size", spec.size, f"a WebP has at most {LARGEST} pixels on a side")
    with path.open("wb") as file:
        packet = xmp(spec.card)
        file.write(_head(spec, bool(packet)))
        reel = _Reel(file, spec)
        changes = Changes(spec, reel.write, max(1, LONGEST * spec.fps // 1000 - 1), even=True)
        yield changes.add
        changes.finish()
        if packet:
            file.write(_chunk(b"XMP ", packet))
        length = file.tell()
        file.seek(4)
        file.write(struct.pack("<I", length - 8))
    _check(path, spec, reel.pictures, milliseconds(changes.ticks, spec.fps))


def milliseconds(ticks: int, fps: int) -> int:
    """Return the time of tick number `ticks` in thousandths of a second, rounded, halves up."""
    return (2000 * ticks + fps) // (2 * fps)


class _Reel:
    """Writes pictures."""

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        self.pictures = 0
        self._file, self._fps, self._transparent = file, spec.fps, spec.transparent

    def write(self, change: Change) -> None:
        rows, columns = change.box
        height, width = change.pixels.shape[:2]
        delay = milliseconds(change.end, self._fps) - milliseconds(change.start, self._fps)
        numbers = (columns.start // 2, rows.start // 2, width - 1, height - 1, delay)
        head = b"".join(_three_bytes(number) for number in numbers) + bytes([0 if change.over else REPLACE])
        made = BytesIO()
        image = picture(change.pixels, change.over or self._transparent)
        image.save(made, "WEBP", lossless=True, method=METHOD, quality=QUALITY, exact=True)
        self._file.write(_chunk(b"ANMF", head + _image(made.getvalue())))
        self.pictures += 1


def _image(file: bytes) -> bytes:
    """Return the chunk with the pixels of a WebP of one picture, whatever stands before it."""
    at = 12
    while (kind := file[at : at + 4]) != b"VP8L":
        if not kind:
            raise FilmFailed("Pillow's WebP has no lossless picture in it")
        at += 8 + _even(struct.unpack("<I", file[at + 4 : at + 8])[0])
    return file[at : at + 8 + _even(struct.unpack("<I", file[at + 4 : at + 8])[0])]


def _head(spec: FilmSpec, has_packet: bool) -> bytes:
    """Return the first chunks; the length of the file is filled in when it is known."""
    flags = ANIMATION | (XMP if has_packet else 0) | ALPHA  # later rectangles are transparent where nothing changed
    sides = b"".join(_three_bytes(side - 1) for side in spec.size)
    red, green, blue = spec.colours[0]
    ground = bytes((0, 0, 0, 0) if spec.transparent else (blue, green, red, 255))
    screen = _chunk(b"VP8X", bytes([flags, 0, 0, 0]) + sides)
    return b"RIFF\0\0\0\0WEBP" + screen + _chunk(b"ANIM", ground + struct.pack("<H", spec.loop or 0))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def _even(length: int) -> int:
    return length + length % 2


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _check(path: Path, spec: FilmSpec, pictures: int, total: int) -> None:
    """Read the chunks of the finished file; raise FilmFailed unless it holds what was written."""
    if pictures == 0:
        raise FilmFailed("the film has no frames")
    with path.open("rb") as file:
        try:
            found = _walked(file)
        except struct.error as error:
            raise FilmFailed("the finished WebP can't be read back: it ends too early") from error
    asked = (path.stat().st_size, tuple(spec.size), pictures, total)
    if found != asked:
        raise FilmFailed(f"the finished WebP holds (bytes, size, pictures, milliseconds) = {found}, not {asked}")


def _walked(file: BinaryIO) -> tuple[int, tuple[int, ...], int, int]:
    """Return the length as it is told, the size, the number of pictures and the sum of their delays."""
    signature, length, kind = struct.unpack("<4sI4s", file.read(12))
    if (signature, kind) != (b"RIFF", b"WEBP"):
        raise FilmFailed("the finished WebP can't be read back: its header is wrong")
    size: tuple[int, ...] = ()
    pictures = total = 0
    while file.tell() < length + 8:
        kind, wide = struct.unpack("<4sI", file.read(8))
        start = file.tell()
        if kind == b"VP8X":
            sides = struct.unpack("<4xHBHB", file.read(10))
            size = (1 + sides[0] + (sides[1] << 16), 1 + sides[2] + (sides[3] << 16))
        elif kind == b"ANMF":
            low, high = struct.unpack("<12xHB", file.read(15))
            pictures, total = pictures + 1, total + low + (high << 16)
        file.seek(start + _even(wide))
    return length + 8, size, pictures, total
