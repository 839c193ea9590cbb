"""GIF: one palette, changed rectangles over the last frame, exact time.

The file is written block by block (GIF89a, CompuServe 1990): header, logical screen with the global palette, how
often to play, the card as a comment, then for each picture its delay and its rectangle. Pillow's C code does the LZW.
Memory does not grow with the film.
"""

import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gdviz.film.card_text import card_text
from gdviz.film.changes import Box, bounds
from gdviz.film.film import Array, FilmSpec, Sink
from gdviz.film.palette import Keys, Palette, choose_palette, packed
from gdviz.problems import FilmFailed

SHORTEST = 2  # hundredths; browsers play 0 and 1 as 10
LONGEST = 65535  # hundredths; the field has 16 bits
TRANSPARENT = 0
SPARSE = 0.75  # unchanged share of a rectangle above which leaving it out packs better (7 times for a moving point);
# below, where everything moves, holes break up LZW's runs and cost a tenth
TRAILER = b";"


@contextmanager
def gif(path: Path, spec: FilmSpec, scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open a GIF at `path`; see `Encoder` for the contract.

    Equal consecutive frames become one with a longer delay. Delays are differences of the rounded running time, so
    the whole film is right to 10 ms and 24 frames a second are 4, 4, 4, 5 ... hundredths. Above 50 frames a second a
    picture that would stand for less than 2 hundredths is left out: the film drops frames rather than slow down.
    """
    palette = choose_palette(spec.colours, scouts, spec.palette)
    with path.open("wb") as file:
        file.write(_head(spec, palette))
        reel = _Reel(file, spec, palette)
        yield reel.add
        reel.finish()
        file.write(TRAILER)
    _check(path, spec, reel.blocks, reel.written)


def hundredths(ticks: int, fps: int) -> int:
    """Return the time of tick number `ticks` in hundredths of a second, rounded, halves up."""
    return (200 * ticks + fps) // (2 * fps)


@dataclass
class _Picture:
    """A changed rectangle: when it appears, where, its entries, and those that it covers."""

    start: int
    box: Box
    entries: Array
    covered: Array


class _Reel:
    """Turns frames into blocks. The last two pictures wait, until it is sure that they stand long enough."""

    def __init__(self, file: BinaryIO, spec: FilmSpec, palette: Palette) -> None:
        width, height = spec.size
        self.blocks = 0
        self.written = 0  # hundredths
        self._file, self._fps, self._palette = file, spec.fps, palette
        self._depth = _depth(palette)
        self._ticks = 0
        self._waiting: list[_Picture] = []
        self._screen = np.zeros((height, width), np.uint8)  # entries of the newest frame; 0 differs from all
        self._keys = np.zeros(height * width, np.uint32)
        self._differs = np.empty(height * width, np.bool_)

    def add(self, rgba: Array, ticks: int) -> None:
        """Take the next frame; the work is that of comparing it, and then that of the rectangle that changed."""
        start = hundredths(self._ticks, self._fps)
        self._ticks += ticks
        keys = packed(rgba).ravel()
        places = self._changed(keys)
        if places.size == 0:
            return
        colours = keys[places]
        box = _spanned(places, rgba.shape[1])
        covered = self._screen[box].copy()
        self._keys[places] = colours
        self._screen.ravel()[places] = self._palette.entries(colours)
        self._wait(start, box, covered)
        while len(self._waiting) > 2:
            self._write_first(self._waiting[1].start)

    def finish(self) -> None:
        """Write what waits. The last picture is always shown, if need be at the cost of the one before."""
        end = max(hundredths(self._ticks, self._fps), SHORTEST)
        if len(self._waiting) == 2 and end - self._waiting[1].start < SHORTEST:
            before, last = self._waiting
            if end - SHORTEST - before.start >= SHORTEST:
                last.start = end - SHORTEST
            else:
                self._waiting.clear()
                self._wait(before.start, *self._undone(before, *self._undone(last, last.box, last.covered)))
        while self._waiting:
            self._write_first(self._waiting[1].start if len(self._waiting) > 1 else end)

    def _changed(self, keys: Keys) -> NDArray[np.intp]:
        """Return the places, counted row by row, where `keys` differ from those of the frame before."""
        return np.flatnonzero(np.not_equal(keys, self._keys, out=self._differs))

    def _wait(self, start: int, box: Box, covered: Array) -> None:
        """Line up the screen's `box`; a picture before it that would stand too short is left out."""
        if self._waiting and start - self._waiting[-1].start < SHORTEST:
            dropped = self._waiting.pop()
            start = dropped.start
            box, covered = self._undone(dropped, box, covered)
        differs = self._screen[box] != covered
        changed = bounds(differs)
        if changed is None:
            return
        entries, covered, differs = self._screen[box][changed], covered[changed], differs[changed]
        sparse = np.count_nonzero(differs) < (1 - SPARSE) * differs.size
        entries = entries * differs if sparse else entries.copy()  # what is multiplied by False is transparent
        self._waiting.append(_Picture(start, _within(box, changed), entries, covered))

    def _undone(self, dropped: _Picture, box: Box, covered: Array) -> tuple[Box, Array]:
        """Return the rectangle around `dropped` and the later `box`, and what it held before both."""
        around = _around(dropped.box, box)
        before = self._screen.copy()
        before[box] = covered
        before[dropped.box] = dropped.covered
        return around, before[around].copy()

    def _write_first(self, end: int) -> None:
        picture = self._waiting.pop(0)
        delay = end - picture.start
        self._write(picture.entries, picture.box, min(delay, LONGEST))
        corner = (slice(0, 1), slice(0, 1))
        for left in range(delay - LONGEST, 0, -LONGEST):
            self._write(np.zeros((1, 1), np.uint8), corner, min(left, LONGEST))

    def _write(self, entries: Array, box: Box, delay: int) -> None:
        self._file.write(_image(entries, box, delay, self._depth))
        self.blocks += 1
        self.written += delay


def _spanned(places: NDArray[np.intp], width: int) -> Box:
    """Return the smallest rectangle that holds all `places`, which are sorted and counted in rows of `width`."""
    columns = places % width
    rows = slice(int(places[0]) // width, int(places[-1]) // width + 1)
    return rows, slice(int(columns.min()), int(columns.max()) + 1)


def _within(outer: Box, inner: Box) -> Box:
    """Return `inner`, counted from the corner of `outer`, in pixels of the screen."""
    rows, columns = (slice(o.start + i.start, o.start + i.stop) for o, i in zip(outer, inner, strict=True))
    return rows, columns


def _around(one: Box, other: Box) -> Box:
    rows, columns = (slice(min(a.start, b.start), max(a.stop, b.stop)) for a, b in zip(one, other, strict=True))
    return rows, columns


def _depth(palette: Palette) -> int:
    """Return how many bits hold every entry; a palette's size is written as a power of two, at least 4."""
    return max(2, len(palette.colours).bit_length())


def _head(spec: FilmSpec, palette: Palette) -> bytes:
    depth = _depth(palette)
    colours = [spec.colours[0], *palette.colours.tolist()]  # the unused entry 0 shows the background, if at all
    table = np.zeros((1 << depth, 3), np.uint8)
    table[: len(colours)] = colours
    screen = struct.pack("<HHBBB", *spec.size, 0xF0 | (depth - 1), 0, 0)
    return b"GIF89a" + screen + table.tobytes() + _loop(spec.loop) + _comment(card_text(spec.card))


def _loop(plays: int | None) -> bytes:
    """Return Netscape's block, which counts the plays after the first; 0 is for ever, no block plays once."""
    if plays == 1:
        return b""
    return b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", 0 if plays is None else plays - 1, 0)


def _comment(text: str) -> bytes:
    data = text.encode()
    if not data:
        return b""
    parts = [data[i : i + 255] for i in range(0, len(data), 255)]
    return b"!\xfe" + b"".join(bytes([len(part)]) + part for part in parts) + b"\0"


def _image(entries: Array, box: Box, delay: int, depth: int) -> bytes:
    """Return the control block (leave the picture, transparent entry 0), the rectangle and its LZW data."""
    rows, columns = box
    height, width = entries.shape
    control = struct.pack("<BBBBHBB", 0x21, 0xF9, 4, 0b00000101, delay, TRANSPARENT, 0)
    place = struct.pack("<BHHHHB", 0x2C, columns.start, rows.start, width, height, 0)
    data = Image.fromarray(entries).tobytes("gif", "L", depth, 0)
    return control + place + bytes([depth]) + data + b"\0"


def _check(path: Path, spec: FilmSpec, blocks: int, total: int) -> None:
    """Read the blocks of the finished file; raise FilmFailed unless it holds what was written."""
    if blocks == 0:
        raise FilmFailed("the film has no frames")
    with path.open("rb") as file:
        try:
            found = _walked(file, spec)
        except (struct.error, IndexError) as error:
            raise FilmFailed("the finished GIF can't be read back: it ends too early") from error
    if found != (blocks, total):
        raise FilmFailed(f"the finished GIF holds (pictures, hundredths) = {found}, not {(blocks, total)}")


def _walked(file: BinaryIO, spec: FilmSpec) -> tuple[int, int]:
    """Return the number of pictures and the sum of their delays, in hundredths."""
    signature, width, height, flags, _, _ = struct.unpack("<6sHHBBB", file.read(13))
    if signature != b"GIF89a" or (width, height) != tuple(spec.size):
        raise FilmFailed("the finished GIF can't be read back: its header is wrong")
    file.seek(3 << (flags & 7) + 1, 1)
    pictures = total = 0
    while (mark := struct.unpack("c", file.read(1))[0]) != TRAILER:
        if mark == b",":
            if file.read(9)[8] & 0x80:
                raise FilmFailed("the finished GIF can't be read back: a picture has a palette of its own")
            pictures += 1
            file.seek(1, 1)
            _skip(file)
        elif mark == b"!":
            label = file.read(1)
            first = _skip(file)
            total += struct.unpack("<H", first[1:3])[0] if label == b"\xf9" else 0
        else:
            raise FilmFailed(f"the finished GIF can't be read back: unknown block {mark!r}")
    return pictures, total


def _skip(file: BinaryIO) -> bytes:
    """Pass over a chain of sub-blocks; return what the first one holds."""
    size = file.read(1)[0]
    first = file.read(size)
    while size:
        size = file.read(1)[0]
        file.seek(size, 1)
    return first
