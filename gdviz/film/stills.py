"""PNG: the poster of a film, and a folder with a picture for every tick."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from gdviz.film.card_text import card_tags
from gdviz.film.film import Array, Card, FilmSpec, Sink
from gdviz.problems import FilmFailed, counted

FRAME_NAME = "frame_{:05d}.png"
PACKING = 6  # zlib's level: 38 ms a frame of 1280 x 720; 3 takes 27 ms and a quarter more space, 9 takes 114 ms


@contextmanager
def poster(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open a PNG of the last frame at `path`; see `Encoder` for the contract. Its texts are the card's."""
    width, height = spec.size
    last = np.empty((height, width, 4), np.uint8)
    frames = 0

    def keep(rgba: Array, _ticks: int) -> None:
        nonlocal frames
        frames += 1
        np.copyto(last, rgba)

    yield keep
    if frames == 0:
        raise FilmFailed("the film has no frames")
    _save(path, last, spec)
    _check(path, spec)


@contextmanager
def folder(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Make the folder `path` of PNG frames, one for each tick, from 1; see `Encoder` for the contract.

    Equal consecutive frames are one file under several names where the file system can do that, else copies.
    """
    path.mkdir()
    album = _Album(path, spec)
    yield album.add
    album.finish()


class _Album:
    """Numbers the frames of a folder and encodes each picture once."""

    def __init__(self, path: Path, spec: FilmSpec) -> None:
        self._path, self._spec = path, spec
        self._count = 0
        self._last: Array | None = None
        self._pictures: list[int] = []  # the numbers under which a picture was first saved

    def add(self, rgba: Array, ticks: int) -> None:
        if self._last is None or not np.array_equal(rgba.view(np.uint32), self._last.view(np.uint32)):
            self._count += 1
            ticks -= 1
            _save(self._file(self._count), rgba, self._spec)
            self._pictures.append(self._count)
            self._last = rgba.copy()
        for _ in range(ticks):
            self._count += 1
            _share(self._file(self._pictures[-1]), self._file(self._count))

    def finish(self) -> None:
        if self._count == 0:
            raise FilmFailed("the film has no frames")
        found = sum(1 for _ in self._path.iterdir())
        if found != self._count:
            raise FilmFailed(f"the finished folder holds {counted(found, 'frame')}, not {self._count}")
        for number in self._pictures:
            _check(self._file(number), self._spec)

    def _file(self, number: int) -> Path:
        return self._path / FRAME_NAME.format(number)


def _save(path: Path, rgba: Array, spec: FilmSpec) -> None:
    image = picture(rgba, spec.transparent)
    image.save(path, format="PNG", compress_level=PACKING, pnginfo=notes(spec.card))


def picture(rgba: Array, transparent: bool) -> Image.Image:
    """Return pixels `(height, width, 4)` as Pillow's picture, with alpha where that means anything."""
    side = (rgba.shape[1], rgba.shape[0])
    if transparent:
        return Image.frombuffer("RGBA", side, rgba, "raw", "RGBA", 0, 1)
    return Image.frombuffer("RGBX", side, rgba, "raw", "RGBX", 0, 1).convert("RGB")


def notes(card: Card) -> PngImagePlugin.PngInfo:
    """Return a card as international texts of a PNG: `Title`, `Description` and `Comment` (W3C, 2003)."""
    chunks = PngImagePlugin.PngInfo()
    for name, text in card_tags(card).items():
        chunks.add_itxt(name.capitalize(), text, lang=card.language)
    return chunks


def _share(picture: Path, name: Path) -> None:
    try:
        name.hardlink_to(picture)
    except OSError:  # no links on this file system, or too many to one file
        shutil.copyfile(picture, name)


def _check(path: Path, spec: FilmSpec) -> None:
    """Read the finished picture, with its checksums; raise FilmFailed unless it is whole."""
    try:
        with Image.open(path, formats=["PNG"]) as picture:
            size = picture.size
            picture.verify()
    except (SyntaxError, OSError) as error:  # Pillow says "broken PNG" with a SyntaxError
        raise FilmFailed(f"the finished PNG can't be read back: {error}") from error
    if size != tuple(spec.size):
        raise FilmFailed(f"the finished PNG measures {size}, not {tuple(spec.size)}")
