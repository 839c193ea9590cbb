"""The nouns of the room: what a film is, how frames come in, what was written."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdviz.problems import BadScene, counted

Array = NDArray[np.uint8]
"""A picture: `(height, width, 4)` uint8, RGBA, C-contiguous; opaque unless its film is transparent."""

Frame = tuple[Array, int]
"""A picture and how long it stands, in ticks: whole frames at the film's rate, at least 1."""

Colour = tuple[int, int, int]
"""Red, green, blue, each from 0 to 255."""

Sink = Callable[[Array, int], None]
"""Takes the next frame of a film. The picture's memory belongs to its drawer again as soon as the call returns."""

Progress = Callable[[int], object]
"""Is told how much more is done: ticks, or pictures."""

FASTEST = 100  # ticks a second: GIF counts time in hundredths of a second
MOST_COLOURS = 250  # colours to keep exactly: a GIF has 255 beside the transparent one, and text needs shades
MOST_PLAYS = 65535  # loop counters have 16 bits

_UNFIT = "\ufffe\uffff"  # no characters, and none of XML's


@dataclass(frozen=True)
class Card:
    """What a file says about itself, for people and programs that cannot see it. Each text may be empty.

    title: the film's. alt: a text alternative, up to some 125 characters. description: what happens, at length.
    digest: names the scene. language: of the texts, a tag of BCP 47 (RFC 5646, 2009) such as "en" or "pt-BR".

    There is no date among them, so that equal scenes make equal files. Raises BadScene, naming the field.
    """

    title: str = ""
    alt: str = ""
    description: str = ""
    digest: str = ""
    language: str = "en"

    def __post_init__(self) -> None:
        for field, text in vars(self).items():
            letters = text.replace("\n", "")
            if any(letter in _UNFIT or unicodedata.category(letter) in ("Cc", "Cs") for letter in letters):
                raise BadScene(field, text, "allowed: any text without control characters but line feeds")
        if not re.fullmatch(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", self.language):
            raise BadScene("language", self.language, 'allowed: a tag such as "en" or "pt-BR"')


@dataclass(frozen=True)
class FilmSpec:
    """What every format must know before the first frame.

    size: width and height in pixels.
    fps: ticks in a second, 1 to 100.
    loop: how many times a GIF, WebP or APNG plays in all; None plays for ever.
    colours: RGB colours that a palette must keep exactly; the first is the background.
    card: written into the file as metadata.
    transparent: whether the pictures' alpha means anything. It is straight (colours are not multiplied by it).
    entries: ticks at which a player will enter the film, so that a video has a whole picture there.
    palette: how many colours a GIF may have, 1 to 255; those to keep exactly are kept beyond it.
    coarser: how much coarser than usual video is coded, in steps of its quality scale, 0 to 30; 11 halve an MP4.

    Raises BadScene, naming the field.
    """

    size: tuple[int, int]
    fps: int
    loop: int | None = None
    colours: tuple[Colour, ...] = ((255, 255, 255),)
    card: Card = Card()
    transparent: bool = False
    entries: tuple[int, ...] = ()
    palette: int = 255
    coarser: int = 0

    def __post_init__(self) -> None:
        if not _are_whole(self.size, 2, 1, 65535):
            raise BadScene("size", self.size, "allowed: width and height in whole pixels, 1 to 65535")
        if not _are_whole((self.fps,), 1, 1, FASTEST):
            raise BadScene("fps", self.fps, f"allowed: whole frames a second, 1 to {FASTEST}")
        if self.loop is not None and not _are_whole((self.loop,), 1, 1, MOST_PLAYS):
            raise BadScene("loop", self.loop, f"allowed: how often to play, 1 to {MOST_PLAYS}; for ever unless given")
        if not 1 <= len(self.colours) <= MOST_COLOURS:
            raise BadScene(
                "colours", counted(len(self.colours), "colour"), f"allowed: 1 to {MOST_COLOURS}, background first"
            )
        if not _are_whole((self.palette,), 1, 1, 255):
            raise BadScene("palette", self.palette, "allowed: a whole number of colours, 1 to 255")
        if not _are_whole((self.coarser,), 1, 0, 30):
            raise BadScene("coarser", self.coarser, "allowed: a whole number, 0 to 30")
        for colour in self.colours:
            if not _are_whole(colour, 3, 0, 255):
                raise BadScene("colours", colour, "allowed: red, green and blue, each a whole number from 0 to 255")
        if not all(_is_whole(tick) and tick >= 0 for tick in self.entries):
            raise BadScene("entries", self.entries, "allowed: whole ticks from 0 on")

    def check(self, rgba: Array, ticks: int) -> None:
        """Raise BadScene unless `rgba` and `ticks` are a frame of this film."""
        width, height = self.size
        if rgba.shape != (height, width, 4) or rgba.dtype != np.uint8:
            given = f"{rgba.dtype} {rgba.shape}"
            raise BadScene("frame", given, f"a frame of this film is uint8 ({height}, {width}, 4)")
        if not rgba.flags.c_contiguous:
            raise BadScene("frame", "an array that is not C-contiguous", "copy it with numpy.ascontiguousarray")
        if not (_is_whole(ticks) and ticks >= 1):
            raise BadScene("ticks", ticks, "a frame stands for a whole number of ticks, at least 1")


@dataclass(frozen=True)
class Written:
    """A file that was made.

    path: as it was asked for.
    bytes: its size; for a folder, the sum over its files, a shared one counted once.
    frames: ticks of the film, all of them shown at `fps`; 1 for a still.
    seconds: how long it plays; 0 for a still.
    format: the name of its row in `FORMATS`, such as "GIF".
    fitted: what was given up for a limit of its size, such as "960x540, 128 colours"; empty where nothing was.
    """

    path: Path
    bytes: int
    frames: int
    seconds: float
    format: str
    fitted: str = ""


Encoder = Callable[[Path, FilmSpec, Sequence[Array]], AbstractContextManager[Sink]]
"""Opens a file for a film, given a few of its pictures (scouts), and hands back its sink.

Left normally, the file is complete and was read back. Left by an exception, whatever was started has been stopped,
and the file may be there in part: whoever chose the name removes it. Raises FilmFailed with a sentence that names no
file, and OSError where the disk is at fault.
"""


def _are_whole(numbers: Sequence[int], count: int, lowest: int, highest: int) -> bool:
    return len(numbers) == count and all(_is_whole(number) and lowest <= number <= highest for number in numbers)


def _is_whole(number: object) -> bool:
    return isinstance(number, (int, np.integer)) and not isinstance(number, bool)
