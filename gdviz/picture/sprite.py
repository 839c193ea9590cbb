"""Artists whose ink is made once and then only moved: text that changes, and filled labels.

Text is what costs time in a frame. A number that changes has ten digits to choose from, so each digit, and each run of
other characters, is drawn once by matplotlib and kept as a picture of its coverage; a text is put together from such
pieces at whole pixels. Digits of the typeface are equally wide and without kerning, so nothing is lost by it.

On a page that is printed there are no pixels: there the same artists are letters and outlines (`engrave`).
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path
from matplotlib.textpath import TextToPath, text_to_path
from matplotlib.transforms import Affine2D, Bbox
from numpy.typing import NDArray

from gdviz.picture.theme import FONT
from gdviz.picture.typeface import formula_typefaces, typefaces

Families = tuple[str, ...]  # of fonts
Mask = NDArray[np.uint8]
Colour = tuple[int, int, int]
Area = tuple[int, int, int, int]  # left, top, right, bottom in pixels
HALO = 4.0  # units that the ground shines around a text

_BEFORE = {"left": 0.0, "center": 0.5, "right": 1.0}  # parts of a text that lie before its place
_PIECE = re.compile(r"\d|[^\d]+")


@dataclass(frozen=True, eq=False)
class Ink:
    """A picture of coverage, 0 to 255, and where its upper left corner lies from the pen, in pixels."""

    mask: Mask
    left: int
    top: int
    advance: float


Laid = tuple[Ink, int, int, Colour]  # an ink, the pixel of its upper left corner, its colour


def around(inks: Iterable[Laid]) -> Area | None:
    """Return the smallest area with all inks in it, or None where there is nothing to see."""
    boxes = [(x, y, x + ink.mask.shape[1], y + ink.mask.shape[0]) for ink, x, y, _ in inks if ink.mask.size]
    if not boxes:
        return None
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def piece_ink(words: str, size: float, bold: bool, dpi: float) -> Ink:
    """Return the ink of a piece of text; the pen stands at its left end, on the baseline."""
    return _piece_ink(words, size, bold, dpi, typefaces(words))


@lru_cache(maxsize=4096)
def _piece_ink(words: str, size: float, bold: bool, dpi: float, families: Families) -> Ink:
    properties = font(size, bold, families)
    scale = dpi / 72
    advance = text_width(words, size, bold, dpi)
    height = int(1.6 * size * scale) + 4
    margin = int(0.4 * size * scale) + 2
    renderer = RendererAgg(int(advance) + 2 * margin + 2, 2 * height, dpi)
    renderer.draw_text(renderer.new_gc(), margin, height, words, properties, 0)
    return _cut(np.asarray(renderer.buffer_rgba())[..., 3], margin, height, advance)


def halo_ink(words: str, size: float, bold: bool, dpi: float) -> Ink:
    """Return the ink of a piece of text, grown by the halo on all sides."""
    return _halo_ink(piece_ink(words, size, bold, dpi), dpi)


@lru_cache(maxsize=1024)
def _halo_ink(ink: Ink, dpi: float) -> Ink:
    reach = round(HALO * dpi / 72)
    grown = np.zeros((ink.mask.shape[0] + 2 * reach, ink.mask.shape[1] + 2 * reach), dtype=np.uint8)
    height, width = ink.mask.shape
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dx * dx + dy * dy <= (reach + 0.5) ** 2:
                part = grown[reach + dy : reach + dy + height, reach + dx : reach + dx + width]
                np.maximum(part, ink.mask, out=part)
    return Ink(grown, ink.left - reach, ink.top - reach, ink.advance)


@lru_cache(maxsize=64)
def plate_ink(width: float, height: float, radius: float, dpi: float) -> Ink:
    """Return the ink of a rectangle with round corners; the pen stands at its upper left corner."""
    scale = dpi / 72
    across, down = int(width * scale) + 4, int(height * scale) + 4
    renderer = RendererAgg(across, down, dpi)
    shape = _plate(width, height, radius)
    shape.set_transform(Affine2D().scale(scale, scale).translate(1, down - 1 - round(height * scale)))
    shape.draw(renderer)
    return _cut(np.asarray(renderer.buffer_rgba())[..., 3], 1, 1, width * scale)


def _plate(width: float, height: float, radius: float) -> FancyBboxPatch:
    """Return a rectangle with round corners; its lower left corner is at 0, 0."""
    style = f"round,pad=0,rounding_size={radius}"
    return FancyBboxPatch((0, 0), width, height, boxstyle=style, linewidth=0, facecolor="k")


def outline(words: str, size: float, bold: bool) -> Path:
    """Return the outline of a text in units; the pen stands at 0, 0, and y is upwards."""
    return _outline(words, size, bold, typefaces(words))


@lru_cache(maxsize=1024)
def _outline(words: str, size: float, bold: bool, families: Families) -> Path:
    points, codes = text_to_path.get_text_path(font(size, bold, families), words, ismath=False)
    return Path(np.reshape(points, (-1, 2)) * (size / TextToPath.FONT_SCALE), codes)


@dataclass(frozen=True, eq=False)
class Paint:
    """An ink in a colour, made ready to be laid on: what of the ground shines through, and what comes over it.

    Both `(height, width, 4)` and 255 times too large; the second holds the half that rounds.
    """

    through: NDArray[np.uint16]
    over: NDArray[np.uint16]


@lru_cache(maxsize=512)
def paint(ink: Ink, colour: Colour) -> Paint:
    """Return an ink in a colour; opaque pixels stay so."""
    cover = np.repeat(ink.mask[..., None].astype(np.uint16), 4, axis=2)
    return Paint(255 - cover, np.array([*colour, 255], dtype=np.uint16) * cover + np.uint16(127))


def text_width(words: str, size: float, bold: bool, dpi: float) -> float:
    """Return the width of a text in pixels, with its outer spaces: that of the pieces from which it is put together."""
    return _text_width(words, size, bold, dpi, typefaces(words))


@lru_cache(maxsize=8192)
def _text_width(words: str, size: float, bold: bool, dpi: float, families: Families) -> float:
    return sum(_piece_width(piece, size, bold, dpi, families) for piece in _PIECE.findall(words))


def formula_width(words: str, size: float, dpi: float) -> float:
    """Return the width in pixels of a text with mathematics between dollar signs."""
    return _formula_width(words, size, dpi, formula_typefaces(words))


@lru_cache(maxsize=256)
def _formula_width(words: str, size: float, dpi: float, families: Families) -> float:
    return _measured(words, font(size, False, families), dpi, mathematics=True)


@lru_cache(maxsize=4096)
def _piece_width(words: str, size: float, bold: bool, dpi: float, families: Families) -> float:
    return _measured(f"|{words}|", font(size, bold, families), dpi) - 2 * _bar_width(size, bold, dpi)


@lru_cache(maxsize=256)
def _bar_width(size: float, bold: bool, dpi: float) -> float:
    return _measured("|", font(size, bold), dpi)


def _measured(words: str, properties: FontProperties, dpi: float, *, mathematics: bool = False) -> float:
    renderer: Any = _measure(dpi)  # matplotlib leaves the method without types
    return float(renderer.get_text_width_height_descent(words, properties, mathematics)[0])


@lru_cache(maxsize=64)
def font(size: float, bold: bool, families: Families = (FONT,)) -> FontProperties:
    """Return the font of a size in units: the typeface, and others behind it."""
    return FontProperties(family=families, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=8)
def _measure(dpi: float) -> RendererAgg:
    return RendererAgg(8, 8, dpi)


def _cut(mask: Mask, x: int, y: int, advance: float) -> Ink:
    """Keep the part of a mask that has ink; the pen stood at `x, y`."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return Ink(np.zeros((0, 0), dtype=np.uint8), 0, 0, advance)
    top, left = int(rows[0]), int(columns[0])
    return Ink(mask[top : rows[-1] + 1, left : columns[-1] + 1].copy(), left - x, top - y, advance)


class Sprite(Artist):
    """An artist made of inks at whole pixels; `x, y` is its place in units."""

    def __init__(self, x: float, y: float, colour: str, frame_height: float, dpi: float) -> None:
        super().__init__()
        self.x, self.y = x, y
        self._dpi, self._scale = dpi, dpi / 72
        self._high = frame_height * self._scale
        self._rows = round(self._high)
        self.set_colour(colour)

    def set_colour(self, colour: str) -> None:
        """Change the colour."""
        self.colour = rgb(colour)
        self.stale = True

    def inks(self) -> Sequence[Laid]:
        """Return each ink with the pixel of its upper left corner and its colour, from the lowest to the highest."""
        raise NotImplementedError

    def area(self) -> Area | None:
        """Return the pixels that are inked, or None."""
        return around(self.inks())

    def get_window_extent(self, renderer: object = None) -> Bbox:  # noqa: ARG002
        """Return the inked box in matplotlib's display coordinates."""
        left, top, right, bottom = self.area() or (0, 0, 0, 0)
        return Bbox([[left, self._rows - bottom], [right, self._rows - top]])

    def draw(self, renderer: Any) -> None:
        """Ink the renderer's picture; a renderer without pixels gets outlines and letters."""
        if self.get_visible():
            if isinstance(renderer, RendererAgg):
                self.blend(np.asarray(renderer.buffer_rgba()))
            else:
                self.engrave(renderer)
        self.stale = False

    def blend(self, pixels: NDArray[np.uint8]) -> None:
        """Blend the inks into a picture `(height, width, 4)`."""
        for ink, x, y, colour in self.inks():
            blend(pixels, paint(ink, colour), x, y)

    def engrave(self, renderer: Any) -> None:
        """Draw the same with outlines, letters and pictures, none of it at whole pixels."""
        raise NotImplementedError

    def _pencil(self, renderer: Any, colour: Colour, width: float = 0.0) -> GraphicsContextBase:
        """Return what a renderer draws with, in a colour, with a line of so many units."""
        context: GraphicsContextBase = renderer.new_gc()
        context.set_foreground(_parts(colour))
        context.set_linewidth(width)
        context.set_joinstyle("round")
        return context


def rgb(colour: str) -> Colour:
    """Return a colour's red, green and blue, 0 to 255."""
    red, green, blue = (round(255 * part) for part in to_rgb(colour))
    return red, green, blue


def blend(pixels: NDArray[np.uint8], coat: Paint, x: int, y: int) -> None:
    """Lay paint onto opaque pixels with its upper left corner at `x, y`, clipped to the picture."""
    height, width = pixels.shape[:2]
    left, top = max(0, x), max(0, y)
    right, bottom = min(width, x + coat.over.shape[1]), min(height, y + coat.over.shape[0])
    if left >= right or top >= bottom:
        return
    part = np.s_[top - y : bottom - y, left - x : right - x]
    mixed = pixels[top:bottom, left:right] * coat.through[part]
    mixed += coat.over[part]
    mixed //= 255
    pixels[top:bottom, left:right] = mixed


class Label(Sprite):
    """A text with its baseline at `y`; `align` says what of it is at `x`."""

    def __init__(
        self, x: float, y: float, words: str, size: float, colour: str, frame_height: float, dpi: float, *,
        bold: bool = False, align: str = "left", halo: str | None = None,
    ) -> None:  # fmt: skip
        super().__init__(x, y, colour, frame_height, dpi)
        self.words, self.size, self.bold, self._align = words, size, bold, align
        self._halo = None if halo is None else rgb(halo)
        self._laid_as: tuple[object, ...] = ()  # what `_laid` and `_area` were made from
        self._laid: Sequence[Laid] = ()
        self._area: Area | None = None

    def write(self, words: str, x: float | None = None, y: float | None = None) -> None:
        """Set words and place, if they differ."""
        place = (words, self.x if x is None else x, self.y if y is None else y)
        if place != (self.words, self.x, self.y):
            self.words, self.x, self.y = place
            self.stale = True

    def shine(self, colour: str) -> None:
        """Change the colour of its halo, if it is another one."""
        if self._halo != rgb(colour):
            self._halo = rgb(colour)
            self.stale = True

    def dress(self, colour: str, bold: bool) -> None:
        """Set colour and weight."""
        self.bold = bold
        self.set_colour(colour)

    def inks(self) -> Sequence[Laid]:
        """Return the halo of every piece, then every piece; laid once for as long as the label stays as it is."""
        self._lay()
        return self._laid

    def area(self) -> Area | None:
        """Return the pixels that are inked, or None."""
        self._lay()
        return self._area

    def _lay(self) -> None:
        wanted = (self.words, self.x, self.y, self.size, self.bold, self.colour, self._halo)
        if wanted == self._laid_as:
            return
        style = (self.size, self.bold, self._dpi)
        pieces = _PIECE.findall(self.words)
        wide = sum(piece_ink(piece, *style).advance for piece in pieces)
        pen = self.x * self._scale - wide * _BEFORE[self._align]
        places, base = [], round(self.y * self._scale)
        for piece in pieces:
            places.append((piece, round(pen)))
            pen += piece_ink(piece, *style).advance
        coats = [(piece_ink, self.colour)] if self._halo is None else [(halo_ink, self._halo), (piece_ink, self.colour)]
        found = [(make(piece, *style), x, colour) for make, colour in coats for piece, x in places]
        self._laid_as = wanted
        self._laid = [(ink, x + ink.left, base + ink.top, colour) for ink, x, colour in found]
        self._area = around(self._laid)

    def engrave(self, renderer: Any) -> None:
        """Draw the halo of the words, then the words."""
        if not self.words:
            return
        wide = text_width(self.words, self.size, self.bold, self._dpi)
        x = self.x * self._scale - wide * _BEFORE[self._align]
        y = self._high - self.y * self._scale
        if self._halo is not None:
            place = Affine2D().scale(self._scale).translate(x, y)
            pencil = self._pencil(renderer, self._halo, 2 * HALO)
            renderer.draw_path(pencil, outline(self.words, self.size, self.bold), place, _parts(self._halo))
        pencil = self._pencil(renderer, self.colour)
        renderer.draw_text(pencil, x, y, self.words, font(self.size, self.bold, typefaces(self.words)), 0.0, False)


class Plate(Sprite):
    """A filled rectangle with round corners; `x, y` is its upper left corner."""

    def __init__(
        self, x: float, y: float, size: tuple[float, float], radius: float, colour: str, frame_height: float, dpi: float
    ) -> None:
        super().__init__(x, y, colour, frame_height, dpi)
        self._ink = plate_ink(*size, radius, dpi)
        self._shape = *size, radius

    def place(self, x: float, y: float) -> None:
        """Move it, if it is elsewhere."""
        if (x, y) != (self.x, self.y):
            self.x, self.y = x, y
            self.stale = True

    def inks(self) -> Sequence[Laid]:
        """Return the plate."""
        left, top = round(self.x * self._scale), round(self.y * self._scale)
        return [(self._ink, left + self._ink.left, top + self._ink.top, self.colour)]

    def engrave(self, renderer: Any) -> None:
        """Draw the plate."""
        shape = _plate(*self._shape)
        bottom = self._high - (self.y + shape.get_height()) * self._scale
        place = Affine2D().scale(self._scale).translate(self.x * self._scale, bottom)
        renderer.draw_path(self._pencil(renderer, self.colour), shape.get_path(), place, _parts(self.colour))


class Land(Sprite):
    """An opaque picture `(rows, columns, 3)`; `x, y` is the place of its upper left corner."""

    def __init__(self, x: float, y: float, picture: Mask, frame_height: float, dpi: float) -> None:
        super().__init__(x, y, "k", frame_height, dpi)
        self.lay(picture)
        self.set_zorder(-1)  # below everything else that is still

    def lay(self, picture: Mask) -> None:
        """Set another picture."""
        self._picture = picture
        self._plate: Mask | None = None
        self.stale = True

    def area(self) -> Area:
        """Return the pixels that it covers."""
        left, top = round(self.x * self._scale), round(self.y * self._scale)
        return left, top, left + self._picture.shape[1], top + self._picture.shape[0]

    def blend(self, pixels: NDArray[np.uint8]) -> None:
        """Copy it into a picture, clipped to that."""
        left, top, right, bottom = self.area()
        kept = np.s_[max(0, -top) : pixels.shape[0] - top, max(0, -left) : pixels.shape[1] - left]
        pixels[max(0, top) : max(0, bottom), max(0, left) : max(0, right), :3] = self._picture[kept]

    def engrave(self, renderer: Any) -> None:
        """Lay it on the page; the same array each time, so that a document of many pages holds it once."""
        if self._plate is None:
            self._plate = opaque(self._picture)
        left, _, _, bottom = self.area()
        renderer.draw_image(renderer.new_gc(), left, self._rows - bottom, self._plate)


def opaque(picture: Mask) -> Mask:
    """Return a picture `(rows, columns, 3)` as a renderer wants it: RGBA, from its lowest row upwards."""
    return np.dstack([picture, np.full(picture.shape[:2], 255, dtype=np.uint8)])[::-1]


def _parts(colour: Colour) -> tuple[float, float, float]:
    """Return a colour's red, green and blue from 0 to 1."""
    red, green, blue = colour
    return red / 255, green / 255, blue / 255
