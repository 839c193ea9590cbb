"""The loss from above, as a picture: bands between contour lines, low ones light; pure functions of arrays.

Each pixel asks the loss once, so that ravines are as sharp as the picture. A line's ink falls off with the distance to
its level, told by the loss's own change from pixel to pixel, so that lines are smooth and equally wide everywhere.
"""

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.picture.sprite import rgb
from gdviz.problems import BadScene

Rgb = NDArray[np.uint8]  # (rows, columns, 3)

_LINES = 9  # contour lines on a linear scale, about
_LOWEST_BAND = 0.25  # the part of the picture that may lie below the first line before levels become logarithmic
_FLATTEST = 1e-3  # levels per pixel: where the loss changes less, a line does not widen into a patch, it fades
_STRIP = 32  # rows that are shaded at a time


@dataclass(frozen=True)
class Levels:
    """The losses at which contour lines lie.

    at: `(n,)`, ascending. strong: `(n,)`, which lines are drawn thicker and named. log: whether they are powers of ten
    and parts of them above `lowest`, the loss from which they are counted.
    """

    at: Array
    strong: NDArray[np.bool_]
    log: bool
    lowest: float

    def band(self, loss: Array) -> Array:
        """Return the height of losses `(...)` counted in levels: below 1 under the first, from `n` on over all."""
        n = len(self.at)
        if not self.log:
            step = self.at[1] - self.at[0] if n > 1 else 1.0
            return np.asarray(np.clip((loss - self.at[0]) / step + 1, 0, n + 1))
        above = np.log(np.maximum(loss - self.lowest, 1e-300))
        lines = np.log(self.at - self.lowest)
        gaps = np.diff(lines, prepend=lines[0] - 1.0, append=lines[-1] + 1.0)  # beyond the lines: a factor of e
        found: Array = np.interp(above, [lines[0] - gaps[0], *lines, lines[-1] + gaps[-1]], np.arange(n + 2.0))
        return found


def levels(loss: Array, lowest: float) -> Levels:
    """Choose the contour lines for losses `(...)` seen from above; `lowest` is the lowest known loss.

    Round numbers at equal distances, where those show the valley; else 1, 2, 5 or 1, 3 times powers of ten above the
    lowest loss, so that ravine and minimum can both be read.
    Raises `BadScene` where the loss is defined nowhere.
    """
    seen = loss[np.isfinite(loss)]
    if not seen.size:
        raise BadScene("region", "the plane that is shown", "allowed: a region where the loss has finite values")
    low = min(lowest, float(seen.min()))
    above = seen - low
    top = float(np.quantile(seen, 0.995))
    found = MaxNLocator(nbins=_LINES, steps=[1, 2, 2.5, 5, 10]).tick_values(low, top)
    at = np.array([tick for tick in found if low < tick <= top])
    if not len(at):
        at = np.array([low + 0.5 * (top - low or 1.0)])
    if top <= low or (seen < at[0]).mean() <= _LOWEST_BAND:
        strong = np.zeros(len(at), dtype=bool)
        strong[1::2] = True
        return Levels(at, strong, False, low)
    top = float(np.quantile(above, 0.985))
    first = math.floor(math.log10(max(float(np.quantile(above, 0.001)), 1e-9 * top)))
    last = math.ceil(math.log10(top))
    parts = (1, 2, 5) if last - first <= 4 else (1, 3)
    heights = [(part * 10.0**k, part == 1) for k in range(first, last + 1) for part in parts]
    kept = [(height, one) for height, one in heights if height <= 1.02 * float(above.max())]
    return Levels(low + np.array([h for h, _ in kept]), np.array([one for _, one in kept]), True, low)


def shade(
    loss: Array, chosen: Levels, ground: str, high: str, line: str, strong: str, width: float
) -> Rgb:  # fmt: skip
    """Return losses `(rows, columns)` as a picture of bands between lines.

    ground, high: the colours of the lowest and the highest band. line, strong: those of thin and of thick lines.
    width: of a thin line in pixels. Where the loss is not defined, the picture shows the highest band in stripes.
    """
    picture = np.empty((*loss.shape, 3), dtype=np.uint8)
    colours = _ramp(ground, high, len(chosen.at) + 1)
    inks = np.stack([rgb(line), rgb(strong)]).astype(np.float64)
    for top in range(0, len(loss), _STRIP):  # what fits in the processor's cache is done in a third of the time
        begin, end = max(0, top - 1), min(top + _STRIP + 1, len(loss))
        strip = _shaded(loss[begin:end], chosen, colours, inks, width)
        picture[top : top + _STRIP] = strip[top - begin :][:_STRIP]
    undefined = ~np.isfinite(loss)
    if undefined.any():
        rows, columns = np.ogrid[: loss.shape[0], : loss.shape[1]]
        stripes = (rows + columns) // max(2, round(4 * width)) % 2 == 0
        picture[undefined] = np.rint(np.where(stripes[undefined][:, None], colours[-1], colours[0]))
    return picture


def _shaded(loss: Array, chosen: Levels, colours: Array, inks: Array, width: float) -> Rgb:
    """Return losses `(rows, columns)` in the colours of their bands `(bands, 3)`, with lines in two inks `(2, 3)`."""
    count = len(chosen.at)
    band = chosen.band(np.nan_to_num(loss, nan=np.inf, posinf=np.inf, neginf=-np.inf))
    whole = np.minimum(band.astype(np.intp), count)
    picture = np.rint(colours).astype(np.uint8)[whole]
    down, across = slopes(band)
    nearest = np.clip(np.rint(band), 1, count)
    away = np.abs(band - nearest)
    reach = (0.9 * width + 0.5) * np.maximum(np.abs(down) + np.abs(across), _FLATTEST)
    inked = np.nonzero(away <= reach)  # all the pixels that a line can touch, and a few more
    steep = np.hypot(down[inked], across[inked])
    slope = np.maximum(steep, _FLATTEST)
    thick = chosen.strong[nearest[inked].astype(np.intp) - 1]
    cover = np.clip(np.where(thick, 0.9, 0.5) * width + 0.5 - away[inked] / slope, 0.0, 1.0) * steep / slope
    under = colours[whole[inked]]
    picture[inked] = np.rint(under + cover[:, None] * (inks[thick.astype(np.intp)] - under))
    return picture


def slopes(field: Array) -> tuple[Array, Array]:
    """Return how a field `(rows, columns)` changes from row to row and from column to column."""
    return np.gradient(field, axis=0), np.gradient(field, axis=1)


def _ramp(ground: str, high: str, count: int) -> Array:
    part = np.linspace(0.0, 1.0, count)[:, None]
    return np.asarray((1 - part) * rgb(ground) + part * rgb(high))


def stretch(loss: Array, rows: int, columns: int) -> Array:
    """Return a field `(r, c)` sampled at pixel centres as `(rows, columns)`, straight between the samples."""
    if loss.shape == (rows, columns):
        return loss
    field: Array = loss
    for axis, wanted in enumerate((rows, columns)):
        had = int(field.shape[axis])
        place = np.clip((np.arange(wanted) + 0.5) * had / wanted - 0.5, 0, had - 1)
        first = np.floor(place).astype(np.intp)
        part = np.expand_dims(place - first, 1 - axis)
        lower, upper = np.take(field, first, axis), np.take(field, np.minimum(first + 1, had - 1), axis)
        field = np.where(part == 0, lower, lower + part * (upper - lower))
    return field
