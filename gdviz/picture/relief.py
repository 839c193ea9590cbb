"""The colours of land: bands of loss with thin lines between them, lit from one side."""

from collections.abc import Sequence

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from gdviz.picture.heightfield import RAYS, Sight
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import Theme

Layer = NDArray[np.uint8]  # (height, width, 4): red, green and blue times coverage, and coverage

_TONES = 64  # of light within a band
_FINE = 4096  # heights told apart
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
        band = self._band.take(fine)
        band[~sight.above] = self._bands
        band[~sight.met] = self._bands + 1
        tone = (sight.light.clip(0, 1) * np.float32(_TONES - 1)).astype(np.intp)
        tone += np.intp(_TONES) * band
        tone[self._lines(band)] += _TONES * (self._bands + 2)
        return _mean(self._palette.take(tone))

    def _lines(self, band: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return the rays within a line's width of another band, or of the land's end."""
        wide, found = self._wide, np.zeros(band.shape, dtype=bool)
        found[:-wide] = band[:-wide] != band[wide:]
        found[:, :-wide] |= band[:, :-wide] != band[:, wide:]
        return found


def _mean(rays: NDArray[np.uint32]) -> Layer:
    """Return the mean of the `RAYS x RAYS` colours in each pixel, rounded, with rows first.

    Two bytes of every colour are added at once, each with 16 bits to grow in.
    """
    columns, rows = rays.shape
    shares = rays.reshape(columns // RAYS, RAYS, rows // RAYS, RAYS)
    half, root = np.uint32(0x00020002), np.uint32(RAYS)  # 2 x 2 rays: half of four, and a division by two bits
    sums = [(part & _EVEN).sum(axis=(1, 3), dtype=np.uint32) for part in (shares, shares >> np.uint32(8))]
    even, odd = (((part + half) >> root) & _EVEN for part in sums)
    mixed = np.ascontiguousarray((even | (odd << np.uint32(8))).T)
    return mixed.view(np.uint8).reshape(*mixed.shape, 4)


def _palette(bands: int, theme: Theme) -> NDArray[np.uint32]:
    """Return the colours `(2 * (bands + 2) * tones,)`: of the bands, the underside and nothing; then of their lines."""
    low, high, under = (np.array(rgb(colour)) for colour in _LAND[theme.name])
    part = np.linspace(0, 1, bands)[:, None]
    ground = np.concatenate([low + (high - low) * part, [under]])
    light = np.linspace(0, 1, _TONES)[:, None]
    lit = _lit(ground[:, None, :], light, theme)
    ink = 255 * np.array(to_rgb(theme.curve))
    lines = lit + _LINE * (ink - lit)
    clear = np.zeros((1, _TONES, 4))
    edge = np.concatenate([np.broadcast_to(ground[-1] + 0.5 * (ink - ground[-1]), (1, _TONES, 3)), np.full((1, _TONES, 1), 255)], axis=2)
    full = np.full((bands + 1, _TONES, 1), 255)
    table = np.concatenate([np.concatenate([lit, full], 2), clear, np.concatenate([lines, full], 2), edge])
    return np.ascontiguousarray(table.round().astype(np.uint8)).view(np.uint32).ravel()


_LAND = {"light": ("#f3f6fa", "#b4c2d6", "#d3d8e0"), "dark": ("#232c39", "#56667f", "#1b222c")}
_LINE = 0.3


def _lit(ground, light, theme):
    shade = np.array(rgb("#5b6f8f" if theme.name == "light" else "#06080c"))
    shine = np.array([255.0, 255, 255] if theme.name == "light" else rgb("#9fb4d6"))
    amount = (light - 0.62)
    dark = np.clip(-amount, 0, 1) * 0.75
    bright = np.clip(amount, 0, 1) * (0.9 if theme.name=="light" else 0.35)
    return ground + dark * (shade - ground) + bright * (shine - ground)
