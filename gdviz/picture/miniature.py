"""Losses as small pictures with their names, in rows on one sheet.

Everything here is drawn with matplotlib's own artists and no sprites, so that it can be printed as well as painted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text

from gdviz.descent.loss import Array, Interval, Loss
from gdviz.picture.relief import levels, shade
from gdviz.picture.scales import Scale
from gdviz.picture.sprite import font
from gdviz.picture.theme import NAME, NOTE, TITLE, Theme
from gdviz.picture.typeface import typefaces
from gdviz.picture.view import Box, Pen
from gdviz.words import word

# Units; one is a pixel of the painted sheet and a point of the printed one.
WIDE, HIGH = 260, 200  # a picture
_EDGE, _GAP = 48, 28  # around the sheet, and between pictures
_NAMED = 48  # from the bottom of a picture to the top of the one below
_TOP, _HEAD = 96, 72  # above the first group, and from the top of a group to its first picture
_ROOM = 0.08  # of the height of a curve, below it and above
_GRAIN = 2  # losses along a curve for each pixel


@dataclass(frozen=True)
class _Mark:
    """A cross with arms `(x, y)` so many units long, in both directions."""

    arms: tuple[tuple[float, float], tuple[float, float]]
    width: float


_MINIMUM = _Mark(((8, 0), (0, 8)), 2.5)
_SADDLE = _Mark(((5, 5), (5, -5)), 1.8)


def miniatures(losses: Mapping[str, Loss], theme: Theme, columns: int) -> Figure:
    """Return a figure with a picture of each loss of one or two parameters under its name.

    Losses of one parameter are curves; those of two are seen from above, light where they are low, each with the
    region that it says is worth showing. Known minima are marked by `+`, known saddles by `×`. Those of one parameter
    come first, in rows of their own. The figure has 72 pixels to the inch, and a canvas that paints.
    """
    groups = [[name for name, loss in losses.items() if loss.about.dim == dim] for dim in (1, 2)]
    heights = [_HEAD + -(-len(group) // columns) * (HIGH + _NAMED) if group else 0 for group in groups]
    size = 2 * _EDGE + columns * (WIDE + _GAP) - _GAP, _TOP + sum(heights)
    figure = Figure(figsize=(size[0] / 72, size[1] / 72), dpi=72, facecolor=theme.ground)
    FigureCanvasAgg(figure)
    axes: Axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    pen, top = Pen(axes, theme), _TOP
    _heading(pen, size[0])
    for group, height, words in zip(groups, heights, ("one parameter", "two parameters"), strict=True):
        if group:
            _lay(pen, [_words(pen, _EDGE, top + 16, word(words), NAME, "muted")])
        for number, name in enumerate(group):
            row, column = divmod(number, columns)
            left, upper = _EDGE + column * (WIDE + _GAP), top + _HEAD + row * (HIGH + _NAMED)
            box = Box(left, upper, left + WIDE, upper + HIGH)
            _lay(pen, [_words(pen, left, upper - 10, name, NAME, bold=True), *_miniature(pen, box, losses[name])])
        top += height
    return figure


def _lay(pen: Pen, artists: Sequence[Artist]) -> None:
    for artist in artists:
        pen.still(artist)


def _heading(pen: Pen, right: float) -> None:
    """Lay the title, and to the right what the marks mean."""
    _lay(pen, [_words(pen, _EDGE, 58, word("named surfaces"), TITLE, bold=True)])
    x = right - _EDGE
    for mark, name in ((_SADDLE, word("saddle")), (_MINIMUM, word("minimum"))):
        x -= pen.width(name, NOTE)
        _lay(pen, [_words(pen, x, 58, name, NOTE), *_crossed(pen, mark, (x - 18, 52))])
        x -= 56


def _words(pen: Pen, x: float, y: float, words: str, size: float, role: str = "ink", *, bold: bool = False) -> Text:
    return Text(x, y, words, color=pen.theme.role(role), fontproperties=font(size, bold, typefaces(words)))


def _miniature(pen: Pen, box: Box, loss: Loss) -> Iterator[Artist]:
    """Yield the picture of a loss, then its marks, those of the minima above."""
    draw = _curve if loss.about.dim == 1 else _land
    yield from draw(pen, box, loss, cast(tuple[Interval, ...], loss.about.region))


def _curve(pen: Pen, box: Box, loss: Loss, region: Sequence[Interval]) -> Iterator[Artist]:
    """Yield the axis, the curve, and its minima."""
    grid = np.linspace(*region[0], _GRAIN * WIDE + 1)
    heights = loss.value(grid[:, None])
    low, high = float(heights.min()), float(heights.max())
    margin = _ROOM * (high - low)
    across, up = Scale(*region[0], box.left, box.right), Scale(low - margin, high + margin, box.bottom, box.top)
    yield pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, pen.theme.axis)
    places = [(across(m), up(height)) for m, height in zip(grid.tolist(), heights.tolist(), strict=True)]
    yield pen.line(places, 3, pen.theme.curve)
    for minimum in loss.about.minima:
        yield from _crossed(pen, _MINIMUM, (across(minimum[0]), up(float(loss.value(np.array(minimum))))), rim=0)


def _land(pen: Pen, box: Box, loss: Loss, region: Sequence[Interval]) -> Iterator[Artist]:
    """Yield the picture from above, saddles and minima."""
    x, y = _centres(region[0], WIDE), _centres(region[1], HIGH)[::-1]
    seen = loss.value(np.stack(np.meshgrid(x, y), axis=-1))
    lowest = min((float(loss.value(np.array(minimum))) for minimum in loss.about.minima), default=np.inf)
    theme, chosen = pen.theme, levels(seen, lowest)
    image = AxesImage(cast(Axes, pen.pane), extent=(box.left, box.right, box.bottom, box.top), interpolation="nearest")
    image.set_data(shade(seen, chosen, theme.ground, theme.high, theme.tint("axis", 0.75), theme.axis, pen.scale))
    yield image
    across, up = Scale(*region[0], box.left, box.right), Scale(*region[1], box.bottom, box.top)
    for mark, points in ((_SADDLE, loss.about.saddles), (_MINIMUM, loss.about.minima)):
        for point in points:
            yield from _crossed(pen, mark, (across(point[0]), up(point[1])))


def _centres(interval: Interval, count: int) -> Array:
    """Return the middles of so many equal parts of an interval."""
    return np.linspace(*interval, 2 * count + 1)[1::2]


def _crossed(pen: Pen, mark: _Mark, place: tuple[float, float], rim: float = 1.5) -> Iterator[Artist]:
    """Yield a mark, and around it so much of the ground that it stands out."""
    x, y = place
    arms = [[(x - dx, y - dy), (x + dx, y + dy)] for dx, dy in mark.arms]
    if rim:
        yield from (pen.line(arm, mark.width + 2 * rim, pen.theme.ground) for arm in arms)
    yield from (pen.line(arm, mark.width, pen.theme.ink) for arm in arms)
