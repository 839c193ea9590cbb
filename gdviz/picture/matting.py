"""Pictures without a ground: what is drawn, and how much of what lies behind shines through.

Each picture is drawn twice, on a black ground and on a white one; where the two differ, something shines through
(Smith & Blinn, "Blue screen matting", SIGGRAPH 1996, theorem 4). No artist has to know of it. What is mixed with the
ground, such as the grid, the bands of a map and the plates behind text, comes out as its colour, thin; halos and rims,
which are of the ground's colour, show what lies behind. Since both pictures are the same however they were made, cached
or from scratch, so is the result.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.story import Moment
from gdviz.picture.compositor import Compositor, Pixels

BLACK, WHITE = "#000000", "#ffffff"

Colours = NDArray[np.uint8]


class Cutout:
    """Draws moments of one story without a ground; as a `Compositor` does with one.

    The pixels are straight RGBA: laid over black or white they give what was drawn there, to two levels of 255. What is
    wholly transparent has the first of `colours`, which shows where a player mixes neighbouring pixels.

    on: returns the compositor on a ground of some colour. colours: those of the theme, RGB, the ground first.
    """

    def __init__(self, on: Callable[[str], Compositor], colours: Sequence[tuple[int, int, int]]) -> None:
        self._black, self._white = on(BLACK), on(WHITE)
        self._inks = np.array(colours, np.int32)
        self._beneath = np.array([*colours[0], 0], np.uint8).view("<u4")[0]
        self._former: tuple[NDArray[np.uint32], NDArray[np.uint32]] | None = None
        self._cut: Pixels = np.empty(0, np.uint8)

    def frame(self, moment: Moment) -> Pixels:
        """Return the frame of a moment. Its memory is used again for the next one."""
        pair = tuple(_keys(one.frame(moment)) for one in (self._black, self._white))
        if self._former is None:
            self._former = pair[0].copy(), pair[1].copy()
            self._cut = self._solved(*pair).view(np.uint8).reshape(*pair[0].shape, 4)
            return self._cut
        differs = (pair[0] != self._former[0]) | (pair[1] != self._former[1])
        black, white = pair[0][differs], pair[1][differs]
        for former, new in zip(self._former, (black, white), strict=True):
            former[differs] = new
        _keys(self._cut)[differs] = self._solved(black, white)
        return self._cut

    def paint(self, moment: Moment) -> Pixels:
        """Return the frame of a moment, painted from scratch: the judge of `frame`."""
        pair = [_keys(one.paint(moment)) for one in (self._black, self._white)]
        return self._solved(*pair).view(np.uint8).reshape(*pair[0].shape, 4)

    def _solved(self, black: NDArray[np.uint32], white: NDArray[np.uint32]) -> NDArray[np.uint32]:
        """Return straight RGBA from the pixels over black and those over white, each packed in 32 bits."""
        matte = inked(matted(_colours(black), _colours(white)), self._inks)
        keys: NDArray[np.uint32] = _keys(matte)
        return np.where(matte[..., 3] == 0, self._beneath, keys)


def matted(black: Colours, white: Colours) -> Colours:
    """Return straight RGBA `(..., 4)` from colours over black and over white, each `(..., 4)` with opaque alpha.

    The three channels differ by as much, but for rounding; their mean says the alpha.
    """
    low, high = black[..., :3].astype(np.int32), white[..., :3].astype(np.int32)
    alpha = 255 - (2 * np.maximum(high - low, 0).sum(axis=-1, keepdims=True) + 3) // 6
    colour = (510 * low + alpha) // np.maximum(2 * alpha, 1)
    return np.concatenate([np.minimum(colour, 255), alpha], axis=-1).astype(np.uint8)


def inked(matte: Colours, inks: NDArray[np.int32]) -> Colours:
    """Return straight RGBA `(..., 4)` in which edges have the colour of the ink `(count, 3)` that they are of.

    At small alpha an edge's own colour is known to a few levels only; the ink that gives the same over black, to one
    level, is the likely one. Files get a third smaller by it.
    """
    soft = (matte[..., 3] > 0) & (matte[..., 3] < 255)
    found = matte[soft].astype(np.int32)
    alpha = found[:, 3:]
    over_black, best = _over_black(found[:, :3], alpha), np.full(len(found), 2)
    for ink in inks:
        error = np.abs(_over_black(ink, alpha) - over_black).max(axis=-1, initial=0)
        nearer = error < best
        best[nearer] = error[nearer]
        found[nearer, :3] = ink
    settled = matte.copy()
    settled[soft] = found
    return settled


def _over_black(colour: NDArray[np.int32], alpha: NDArray[np.int32]) -> NDArray[np.int32]:
    return (colour * alpha + 127) // 255


def _keys(pixels: Pixels) -> NDArray[np.uint32]:
    return pixels.view("<u4")[..., 0]


def _colours(keys: NDArray[np.uint32]) -> Colours:
    return np.ascontiguousarray(keys).view(np.uint8).reshape(*keys.shape, 4)
