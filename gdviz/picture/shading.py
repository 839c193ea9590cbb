"""The colours of land: bands of loss with thin lines between them, lit from one side."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.picture.heightfield import RAYS, Sight
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import Theme

Layer = NDArray[np.uint8]  # (height, width, 4): red, green and blue times coverage, and coverage

_TONES = 64  # of light within a band
_LINE = 0.3  # of a line's colour is that of a curve
_FINE = 4096  # heights told apart
_HALF = np.uint32(0x00020002)  # of four, for each of them
_EVEN = np.uint32(0x00FF00FF)  # two of the four bytes of a pixel, with room for their sums


class Relief:
    """Paints what a camera sees of land whose heights are 0 to `top`.

    levels: the heights of the lines, ascending. line: their width in pixels.
    """

    def __init__(self, levels: Sequence[float], top: float, theme: Theme, line: float) -> None:
        self._fine = np.float32((_FINE - 1) / top)
        heights = np.arange(_FINE) / float(self._fine)
        self._band = np.searchsorted(np.asarray(levels), heights, side="right").astype(np.uint8)
        self._bands = len(levels) + 1
        self._palette = _palette(self._bands, theme)
        self._wide = max(1, round(RAYS * line))

    def paint(self, sight: Sight) -> Layer:
        """Return the picture, each pixel the mean of its rays."""
        fine = (sight.height * self._fine).clip(0, _FINE - 1).astype(np.intp)
        band = np.full(sight.depth.shape, self._bands + 1, dtype=np.uint8)
        band.ravel()[sight.met] = np.where(sight.above, self._band.take(fine), np.uint8(self._bands))
        tone = np.zeros(band.shape, dtype=np.uint16)
        tone.ravel()[sight.met] = (sight.light * np.float32(_TONES - 1)).clip(0, _TONES - 1)
        tone += np.uint16(_TONES) * band
        tone[self._lines(band)] += _TONES * (self._bands + 2)
        return mean_of_rays(self._palette.take(tone))

    def _lines(self, band: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return the rays within a line's width of another band, or of the land's end."""
        wide, found = self._wide, np.zeros(band.shape, dtype=bool)
        found[:-wide] = band[:-wide] != band[wide:]
        found[:, :-wide] |= band[:, :-wide] != band[:, wide:]
        return found


def overlay(pixels: NDArray[np.uint8], layer: Layer) -> None:
    """Lay a layer over opaque pixels of its size."""
    through = np.uint16(255) - layer[..., 3:]
    pixels[:] = layer + (pixels * through + np.uint16(127)) // np.uint16(255)


def straight(layer: Layer) -> Layer:
    """Return a layer whose colours are not multiplied by their alpha; what is wholly transparent stays black."""
    alpha = np.maximum(layer[..., 3:], 1).astype(np.uint16)
    colours = (layer[..., :3] * np.uint16(255) + alpha // 2) // alpha
    return np.concatenate([np.minimum(colours, 255).astype(np.uint8), layer[..., 3:]], axis=-1)


def mean_of_rays(rays: NDArray[np.uint32]) -> Layer:
    """Return the mean of the `RAYS x RAYS` colours in each pixel, rounded, with rows first.

    Two bytes of every colour are added at once, each with 16 bits to grow in.
    """
    even, odd = (_sums(part & _EVEN) for part in (rays, rays >> np.uint32(8)))
    mixed = np.ascontiguousarray((even | (odd << np.uint32(8))).T)
    return mixed.view(np.uint8).reshape(*mixed.shape, 4)


def _sums(shares: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the mean of 2 x 2 rays for two bytes at once."""
    columns = shares[0::2] + shares[1::2]
    four = columns[:, 0::2] + columns[:, 1::2]
    return ((four + _HALF) >> np.uint32(2)) & _EVEN


def _palette(bands: int, theme: Theme) -> NDArray[np.uint32]:
    """Return the colours, a row of tones each: of the bands, the underside and nothing; then of their lines."""
    look = _LOOKS[theme.name]
    low, high, under = (np.array(rgb(name), dtype=np.float64) for name in (look.low, look.high, look.under))
    plain = np.concatenate([low + (high - low) * np.linspace(0, 1, bands)[:, None], [under, under]])
    tone = np.linspace(0, 1, _TONES)[:, None] - look.even
    lit = plain[:, None] + (-tone).clip(0) * look.shading * (rgb(look.shade) - plain[:, None])
    lit += tone.clip(0) * look.shining * (rgb(look.shine) - lit)
    lines = lit + _LINE * (rgb(theme.curve) - lit)
    colours = np.full((2, bands + 2, _TONES, 4), 255.0)
    colours[0, ..., :3], colours[1, ..., :3] = lit, lines
    colours[0, bands + 1] = 0  # nothing is clear, but its line belongs to the land's edge
    return np.ascontiguousarray(colours.round().astype(np.uint8)).view(np.uint32).ravel()


@dataclass(frozen=True)
class _Look:
    """The colours of land: of its lowest and its highest band and of its underside, in shade and where it shines.

    even: how squarely land faces the light where its colour is its own. shading, shining: how much of the other colours
    is mixed in, for each part of light less or more.
    """

    low: str
    high: str
    under: str
    shade: str
    shine: str
    even: float
    shading: float
    shining: float


_LOOKS = {
    "light": _Look("#f3f6fa", "#b4c2d6", "#d3d8e0", "#5b6f8f", "#ffffff", 0.62, 0.75, 0.9),
    "dark": _Look("#232c39", "#56667f", "#333e4d", "#0a0d12", "#9fb4d6", 0.62, 0.75, 0.35),
}
