"""Losses as small pictures with their names, in rows on one sheet.

Everything here is drawn with matplotlib's own artists and no sprites, so that it can be printed as well as painted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text

from gdviz.descent.loss import Loss
from gdviz.picture.relief import levels, shade
from gdviz.picture.scales import Scale
from gdviz.picture.sprite import font
from gdviz.picture.theme import NAME, NOTE, TITLE, Theme
from gdviz.picture.view import Box, Pen
from gdviz.words import word

# Units; one is a pixel of the painted sheet and a point of the printed one.
WIDE, HIGH = 260, 200  # a picture
_EDGE, _GAP = 48, 28  # around the sheet, and between pictures
_NAMED = 48  # from the bottom of a picture to the top of the one below
_TOP, _HEAD = 96, 76  # above the first group, and from the top of a group to its first picture
_ROOM = 0.08  # of the height of a curve, below it and above
_GRAIN = 2  # losses along a curve for each pixel


@dataclass(frozen=True)
class _Mark:
    """A cross with arms `(x, y)` so many units long, in both directions."""

    arms: tuple[tuple[float, float], tuple[float, float]]
    width: float


_MINIMUM = _Mark(((8, 0), (0, 8)), 2.5)
_SADDLE = _Mark(((5, 5), (5, -5)), 1.8)


def sheet(losses: Mapping[str, Loss], theme: Theme, columns: int) -> Figure:
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
    return Text(x, y, words, color=pen.theme.role(role), fontproperties=font(size, bold))


def _miniature(pen: Pen, box: Box, loss: Loss) -> Iterator[Artist]:
    """Yield the picture of a loss, then its marks, those of the minima above."""
    across, up, artist = (_curve if loss.about.dim == 1 else _land)(pen, box, loss)
    yield from artist
    for mark, points in ((_SADDLE, loss.about.saddles), (_MINIMUM, loss.about.minima)):
        for point in points:
            height = point[1] if loss.about.dim == 2 else float(loss.value(np.array(point)))
            yield from _crossed(pen, mark, (across(point[0]), up(height)))


def _curve(pen: Pen, box: Box, loss: Loss) -> tuple[Scale, Scale, list[Artist]]:
    """Return the scales of the parameter and of the loss, and the curve over its axis."""
    (region,) = loss.about.region
    grid = np.linspace(*region, _GRAIN * WIDE + 1)
    heights = loss.value(grid[:, None])
    low, high = float(heights.min()), float(heights.max())
    margin = _ROOM * (high - low)
    across, up = Scale(*region, box.left, box.right), Scale(low - margin, high + margin, box.bottom, box.top)
    axis = pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, pen.theme.axis)
    places = [(across(m), up(height)) for m, height in zip(grid.tolist(), heights.tolist(), strict=True)]
    return across, up, [axis, pen.line(places, 3, pen.theme.curve)]


def _land(pen: Pen, box: Box, loss: Loss) -> tuple[Scale, Scale, list[Artist]]:
    """Return the scales of the two parameters, and the picture from above."""
    first, second = loss.about.region
    across, up = Scale(*first, box.left, box.right), Scale(*second, box.bottom, box.top)
    x, y = (np.linspace(*ends, 2 * count + 1)[1::2] for ends, count in ((first, WIDE), (second[::-1], HIGH)))
    seen = loss.value(np.stack(np.meshgrid(x, y), axis=-1))
    lowest = min((float(loss.value(np.array(minimum))) for minimum in loss.about.minima), default=np.inf)
    theme, chosen = pen.theme, levels(seen, lowest)
    picture = shade(seen, chosen, theme.ground, theme.high, theme.tint("axis", 0.75), theme.axis, pen.scale)
    image = AxesImage(pen.axes, extent=(box.left, box.right, box.bottom, box.top), interpolation="nearest")
    image.set_data(picture)
    return across, up, [image]


def _crossed(pen: Pen, mark: _Mark, place: tuple[float, float]) -> Iterator[Artist]:
    """Yield a mark, on the ground that makes it stand out."""
    x, y = place
    arms = [[(x - dx, y - dy), (x + dx, y + dy)] for dx, dy in mark.arms]
    yield from (pen.line(arm, mark.width + 3, pen.theme.ground) for arm in arms)
    yield from (pen.line(arm, mark.width, pen.theme.ink) for arm in arms)
