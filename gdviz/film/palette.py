"""One palette for a whole film, chosen from a few of its pictures, and the way from colours to its entries."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from gdviz.film.film import Array, Colour

Keys = NDArray[np.uint32]
"""Colours packed in 24 bits, red in the lowest; the highest byte is of no meaning."""

COLOUR = np.uint32(0xFFFFFF)
UNKNOWN = 0  # no colour has this entry, so that a GIF can use it for "transparent"
LARGEST = 255  # colours, beside entry 0
FEWEST = 32  # a smaller palette saves nothing that can be measured
GOOD_ENOUGH = 0.16  # mean squared error of a channel, in levels of 255: 56 dB
FAR = 24  # levels; what is off by more can be seen, if it is a dot and not a speck,
SPECK = 1e-5  # that is a share of the pixels: 9 of 1280 x 720
REFINEMENTS = 6  # rounds of k-means; later ones move no colour by a whole level
EXACT_BINS = 4096  # how many of the most frequent colours are weighed one by one
MERGED_BINS = 16384  # and how many groups the rest may form; more costs seconds and gains nothing


class Palette:
    """Up to 255 colours, entries 1, 2, ...; entry 0 is left free.

    Finding a colour's entry is exact (the nearest by Euclid, the first of equals) and remembered in a table over all
    24-bit colours. The table's memory is only touched, and so only used, where colours occur.
    """

    def __init__(self, colours: Array) -> None:
        self.colours = colours
        """The colours `(count, 3)`, uint8; row 0 is entry 1."""
        self._entries = np.zeros(1 << 24, np.uint8)

    def entries(self, keys: Keys) -> Array:
        """Return the entry of each colour in `keys`, in the same shape."""
        colours = keys & COLOUR
        found: Array = self._entries[colours]
        if not found.all():
            self._learn(np.unique(colours[found == UNKNOWN]))
            found = self._entries[colours]
        return found

    def _learn(self, keys: Keys) -> None:
        for part in np.array_split(keys, 1 + keys.size // 16384):
            self._entries[part] = nearest(unpacked(part), self.colours.astype(np.float32)) + 1


def packed(rgba: Array) -> Keys:
    """Return an RGBA picture `(height, width, 4)` as `(height, width)` keys that share its memory.

    The highest byte is the alpha channel; `Palette.entries` and `unpacked` pass over it.
    """
    return rgba.view("<u4")[..., 0]


def unpacked(keys: Keys) -> NDArray[np.float32]:
    """Return `keys` as red, green, blue `(..., 3)`."""
    return np.stack([keys & 255, keys >> 8 & 255, keys >> 16 & 255], axis=-1).astype(np.float32)


def nearest(points: NDArray[np.float32], colours: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return for each of `points` `(n, 3)` the row of the nearest of `colours` `(k, 3)`, the first of equals.

    On whole numbers up to 255 every sum is below 2**24 and so exact in float32, whatever order it is added in.
    """
    return np.asarray(((colours * colours).sum(axis=1) - 2 * (points @ colours.T)).argmin(axis=1))


def choose_palette(kept: Sequence[Colour], scouts: Sequence[Array], most: int = LARGEST) -> Palette:
    """Choose the colours of a film, up to `most`, or as many as there are in `kept`.

    Those of `kept` come first, exactly. Then the colour that the palette so far serves worst (its share of the
    pixels times its squared distance) is added until the mean error is small or the palette full; k-means then moves
    the added colours to the middle of what they serve. An anti-aliased film of 20,000 colours comes out with some
    100 at 55 dB, a flat one with fewer.
    """
    fixed = np.array(list(dict.fromkeys(kept)), np.float32)
    points, shares = _histogram(scouts) if scouts else (fixed, np.zeros(len(fixed), np.float32))
    colours = _refined(_grown(fixed, points, shares, most), len(fixed), points, shares)
    rounded = np.rint(colours).astype(np.uint8)
    return Palette(np.array(list(dict.fromkeys(map(tuple, rounded.tolist()))), np.uint8))


def _histogram(scouts: Sequence[Array]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the colours `(n, 3)` of the pictures and their shares `(n,)` of all pixels."""
    pixels = [packed(scout).ravel() & COLOUR for scout in scouts]
    ground = pixels[0][0]  # most pixels are the ground's: setting them apart saves sorting them
    inked = np.concatenate([part[part != ground] for part in pixels])
    keys, counts = np.unique(inked, return_counts=True)
    keys, counts = np.append(keys, ground), np.append(counts, sum(part.size for part in pixels) - inked.size)
    order = np.argsort(-counts, kind="stable")
    keys, shares = keys[order], counts[order] / counts.sum()
    points = unpacked(keys)
    if keys.size > EXACT_BINS:
        points, shares = _coarsened(points, shares)
    return points, shares.astype(np.float32)


def _coarsened(
    points: NDArray[np.float32], shares: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Merge the rarer colours that agree in the highest bits of each channel: six, or fewer if they are too many."""
    rare, weight = points[EXACT_BINS:], shares[EXACT_BINS:]
    for dropped in (2, 3, 4):
        found, bins = np.unique((rare.astype(np.int64) >> dropped) @ np.array([1, 256, 65536]), return_inverse=True)
        if found.size <= MERGED_BINS:
            break
    total = np.bincount(bins, weight)
    middles = np.stack([np.bincount(bins, weight * rare[:, channel]) / total for channel in range(3)], axis=1)
    return (
        np.concatenate([points[:EXACT_BINS], middles.astype(np.float32)]),
        np.concatenate([shares[:EXACT_BINS], total]),
    )


def _grown(
    colours: NDArray[np.float32], points: NDArray[np.float32], shares: NDArray[np.float32], most: int
) -> NDArray[np.float32]:
    """Add to `colours`, one by one, the point that is served worst; at the end, those that are simply far off."""
    rows = list(colours)
    seen = shares >= SPECK
    distance = np.min([((points - colour) ** 2).sum(axis=1) for colour in rows], axis=0)
    while len(rows) < most:
        error = shares * distance
        worst = int(error.argmax())
        if len(rows) >= FEWEST and error.sum() / 3 < GOOD_ENOUGH:
            worst = int((distance * seen).argmax())
            if distance[worst] <= FAR**2:
                break
        if distance[worst] == 0:
            break
        rows.append(points[worst])
        np.minimum(distance, ((points - points[worst]) ** 2).sum(axis=1), out=distance)
    return np.array(rows)


def _refined(
    colours: NDArray[np.float32], fixed: int, points: NDArray[np.float32], shares: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Move all but the first `fixed` colours to the middle of the points that are nearest to them."""
    for _ in range(REFINEMENTS):
        serving = nearest(points, colours)
        weight = np.bincount(serving, shares, len(colours))
        moved = np.stack([np.bincount(serving, shares * points[:, c], len(colours)) for c in range(3)], axis=1)
        used = weight > 0
        used[:fixed] = False
        colours[used] = moved[used] / weight[used, None]
    return colours
