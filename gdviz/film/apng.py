"""APNG: every colour exact, and soft edges where the film is transparent.

The file is written chunk by chunk (W3C, Portable Network Graphics, third edition, 2025): header, how many pictures and
plays, the card, then for each picture its place and time and its rectangle. Memory does not grow with the film.

Measured on 91 pictures of 1280 x 720, a curve scene: leaving out what is unchanged makes a third of the bytes; rows
without a filter pack to 897 KiB, with Pillow's choice of filters to 1,146; zlib's level 9 takes half as long again for
a fifteenth of the bytes.
"""

import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from gdviz.film.card_text import card_tags
from gdviz.film.changes import Change, Changes
from gdviz.film.film import Array, Card, FilmSpec, Sink
from gdviz.problems import FilmFailed

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COUNT_AT = 33  # bytes before the chunk that counts the pictures: signature and header
LONGEST = 65535  # ticks; a delay is a fraction of two numbers of 16 bits
PACKING = 6  # zlib's level
KEPT = b"\0"  # what is done to a picture after its time: nothing
SOURCE, OVER = b"\0", b"\1"


@contextmanager
def apng(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open an APNG at `path`; see `Encoder` for the contract.

    Equal consecutive frames become one with a longer delay. Delays are fractions of a second and exact.
    """
    with path.open("wb") as file:
        file.write(SIGNATURE + _chunk(b"IHDR", struct.pack(">IIBBBBB", *spec.size, 8, 6, 0, 0, 0)))
        file.write(_counts(0, spec) + _texts(spec.card))
        reel = _Reel(file, spec.fps)
        changes = Changes(spec, reel.write, LONGEST)
        yield changes.add
        changes.finish()
        file.write(_chunk(b"IEND", b""))
        file.seek(COUNT_AT)
        file.write(_counts(reel.pictures, spec))
    _check(path, spec, reel.pictures, changes.ticks)


class _Reel:
    """Writes pictures; their chunks are numbered."""

    def __init__(self, file: BinaryIO, fps: int) -> None:
        self.pictures = 0
        self._file, self._fps, self._number = file, fps, 0

    def write(self, change: Change) -> None:
        rows, columns = change.box
        height, width = change.pixels.shape[:2]
        place = struct.pack(">IIII", width, height, columns.start, rows.start)
        time = struct.pack(">HH", change.end - change.start, self._fps)
        data = _packed(change.pixels)
        control = self._next() + place + time + KEPT + (OVER if change.over else SOURCE)
        first = self.pictures == 0  # it is also what programs show that know nothing of animation
        self._file.write(_chunk(b"fcTL", control))
        self._file.write(_chunk(b"IDAT", data) if first else _chunk(b"fdAT", self._next() + data))
        self.pictures += 1

    def _next(self) -> bytes:
        self._number += 1
        return struct.pack(">I", self._number - 1)


def _packed(pixels: Array) -> bytes:
    """Return the rows of a rectangle, each after the number of its filter, which is none, deflated."""
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + 4 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, 4 * width)
    return zlib.compress(rows.data, PACKING)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(kind)))


def _counts(pictures: int, spec: FilmSpec) -> bytes:
    """Return the chunk that says how many pictures there are, and how often to play them; 0 is for ever."""
    return _chunk(b"acTL", struct.pack(">II", pictures, spec.loop or 0))


def _texts(card: Card) -> bytes:
    """Return a card as international texts, not compressed: `Title`, `Description`, `Comment`."""
    language = card.language.encode()
    parts = [
        b"\0".join([name.capitalize().encode(), b"\0", language, b"", text.encode()])
        for name, text in card_tags(card).items()
    ]
    return b"".join(_chunk(b"iTXt", part) for part in parts)


def _check(path: Path, spec: FilmSpec, pictures: int, ticks: int) -> None:
    """Read the chunks of the finished file; raise FilmFailed unless it holds what was written."""
    if pictures == 0:
        raise FilmFailed("the film has no frames")
    with path.open("rb") as file:
        if file.read(8) != SIGNATURE:
            raise FilmFailed("the finished APNG can't be read back: its header is wrong")
        found = _walked(file)
    asked = (tuple(spec.size), pictures, pictures, ticks)
    if found != asked:
        raise FilmFailed(f"the finished APNG holds (size, pictures counted, pictures, ticks) = {found}, not {asked}")


def _walked(file: BinaryIO) -> tuple[tuple[int, ...], int, int, int]:
    """Return size, number of pictures as it is told and as it is, and the sum of their delays in ticks."""
    size: tuple[int, ...] = ()
    told = pictures = ticks = 0
    kind = b""
    while kind != b"IEND":
        head = file.read(8)
        length, kind = struct.unpack(">I4s", head) if len(head) == 8 else (0, b"")
        data, checksum = file.read(length), file.read(4)
        if checksum != struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))):
            raise FilmFailed("the finished APNG can't be read back: it is cut or a checksum is wrong")
        if kind == b"IHDR":
            size = struct.unpack(">II", data[:8])
        elif kind == b"acTL":
            told = struct.unpack(">I", data[:4])[0]
        elif kind == b"fcTL":
            pictures += 1
            ticks += struct.unpack(">H", data[20:22])[0]
    return size, told, pictures, ticks
