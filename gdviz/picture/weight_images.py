"""The weights of each unit as an image: what a classifier of images has learnt to look for."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Story
from gdviz.picture.learnt import Shown, cut, rounded_up
from gdviz.picture.pane import Pane
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import NOTE, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen
from gdviz.words import short, word

_SHADES = 20  # of each sign: finer ones can't be told apart, and would change without end
_MOST = 40  # images
_NEARLY = 0.85  # of the largest size: images may be so much smaller where that makes all rows equally long
_MOST_WEIGHTS = 0.98  # of them have a colour of their own, the others the strongest
_PIXEL = 2.0  # units: the smallest pixel of an image
_GAP, _ABOVE, _WIDEST = 14.0, 24.0, 48.0  # units: between images, above them for their names, at most between columns
_BAR, _THICK, _BELOW = 96.0, 14.0, 30.0  # units: the key, and its baseline below the images


@dataclass(frozen=True)
class WeightImages:
    """The weights of each unit of the first layer as an image, for inputs that are images.

    A pixel is blue where ink speaks for the unit, orange where it speaks against it, the ground where it says nothing.
    The colours have one scale for the whole film, which the key says; the runs of a race share it. Two weights in a
    hundred may be beyond its ends. Without hidden layers there is an image for each class; two classes share one, that
    of the second. Of many units the first are shown.

    run: which run of a race.

    What to watch: softmax starts at zero, with empty images; after a few steps each class has its shape in blue, and
    around it in orange what other classes have there.
    """

    run: int = 0

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay names, frames and the key, and return the images."""
        drawing = _Drawing(Pen(pane, theme), story, self.run)
        for artist in drawing.still():
            drawing.pen.still(artist)
        return Moving(drawing.artists, drawing.show)


class _Drawing:
    """The images of one film."""

    def __init__(self, pen: Pen, story: Story, run: int) -> None:
        self.pen, self.shown = pen, Shown(story, run)
        network = self.shown.network
        assert network.data.image is not None  # the scene has checked it
        self.image = network.data.image
        self.names = _names(self.shown)
        self.all = len(self.names)
        self.places, self.dots = _arranged(pen, self.all, self.image)
        self.limits = {own: _limit(self.shown, own) for own in self.shown.runs}
        self.colours = _colours(pen.theme)
        blank = self._enlarged(np.full(self.image, _SHADES))
        self.lands = [pen.land(box, blank) for box in self.places]
        self.seen: tuple[int, int] | None = None
        self.shades = np.full((self.all, *self.image), _SHADES)
        self.key = {own: self._key_words(own) for own in self.shown.runs}
        self.bar = max(pen.width(low, NOTE) for low, _ in self.key.values()) + pen.box.left + 8
        base = pen.box.bottom + _BELOW
        self.low = pen.text(self.bar - 8, base, "", NOTE, "muted", align="right")
        self.high = pen.text(self.bar + _BAR + 8, base, "", NOTE, "muted")
        self.artists: list[Artist] = [*self.lands, self.low, self.high]

    def _enlarged(self, shades: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return an image `(height, width)` of shades in colours, each pixel as many dots wide as it is to be."""
        return np.asarray(self.colours[shades.repeat(self.dots, axis=0).repeat(self.dots, axis=1)])

    def still(self) -> Iterator[Artist]:
        """Yield the names of the images, their frames, and the bar of the key."""
        pen, theme = self.pen, self.pen.theme
        for name, box in zip(self.names, self.places, strict=False):
            words = cut(pen, name, PILL, box.width + _GAP - 4, bold=True)
            yield pen.text((box.left + box.right) / 2, box.top - 7, words, PILL, bold=True, align="center")
            rim = Box(box.left - 1, box.top - 1, box.right + 1, box.bottom + 1)
            corners = [(rim.left, rim.top), (rim.right, rim.top), (rim.right, rim.bottom), (rim.left, rim.bottom)]
            yield pen.line([*corners, corners[0]], 1.5, theme.axis)
        across, down = round(_BAR * pen.scale), round(_THICK * pen.scale)
        columns = np.arange(across) * len(self.colours) // across
        top = pen.box.bottom + _BELOW - _THICK + 1
        box = Box(self.bar, top, self.bar + _BAR, top + _THICK)
        yield pen.land(box, np.broadcast_to(self.colours[columns], (down, across, 3)).copy())
        self.shown.title(pen, _title(self.shown, len(self.places), self.all), pen.box.width)

    def _key_words(self, run: int) -> tuple[str, str]:
        """Return what the two ends of the scale say; of classes also what they mean, where there is room."""
        limit, pen = self.limits[run], self.pen
        low, high = f"≤ {short(-limit)}", f"≥ {short(limit)}"
        against, favour = f"{word('against')} {low}", f"{high} {word('in favour')}"
        of_classes = bool(self.shown.network.data.classes) and not self.shown.network.hidden
        wide = pen.width(against, NOTE) + pen.width(favour, NOTE) + _BAR + 16
        return (against, favour) if of_classes and wide <= pen.box.width else (low, high)

    def show(self, moment: Moment) -> None:
        """Set the images of the parameters that are shown."""
        now = self.shown(moment)
        if now == self.seen:
            return
        self.seen, (run, position) = now, now
        for label, words in zip((self.low, self.high), self.key[run], strict=True):
            label.write(words)
        shades = _shades(self.shown, run, position, self.limits[run])
        for land, old, new in zip(self.lands, self.shades, shades, strict=False):
            if not np.array_equal(old, new):
                land.lay(self._enlarged(new))
        self.shades = shades


def _names(shown: Shown) -> list[str]:
    """Return what each image is called: its class, or the number of its unit."""
    network = shown.network
    if network.hidden:
        return [str(number) for number in range(1, network.hidden[0] + 1)]
    classes = network.data.classes
    return [*classes] if len(classes) > 2 else [classes[1] if classes else network.data.target_name]


def _title(shown: Shown, count: int, every: int) -> str:
    """Return the name of the panel."""
    if count < every:
        return word("weights of some", count=count, all=every)
    return word("weights of units" if shown.network.hidden or not shown.network.data.classes else "weights of classes")


def _first_weights(shown: Shown, run: int) -> Array:
    """Return the weights of the first layer on the way of a run, `(positions, inputs, units)`."""
    inputs, units = shown.network.widths[:2]
    path = shown.story.path(run)
    return path[:, : inputs * units].reshape(len(path), inputs, units)


def _limit(shown: Shown, run: int) -> float:
    """Return a round number that few weights ever exceed, as long as the loss is not above that at the start."""
    largest = 0.0
    for one in range(len(shown.story.runs)) if shown.story.together else (run,):
        weights, losses = _first_weights(shown, one), shown.story.losses(one)
        kept = weights[losses <= losses[0]]
        largest = max([largest, *(float(np.quantile(np.abs(part), _MOST_WEIGHTS)) for part in kept)])
    return rounded_up(largest)


def _shades(shown: Shown, run: int, position: int, limit: float) -> NDArray[np.intp]:
    """Return the shade of each pixel, `(units, height, width)`; the middle one is that of zero."""
    image = shown.network.data.image
    assert image is not None
    part = np.nan_to_num(_first_weights(shown, run)[position].T.reshape(-1, *image) / limit)
    return np.asarray(np.rint(np.clip(part, -1.0, 1.0) * _SHADES) + _SHADES, dtype=np.intp)


def _colours(theme: Theme) -> NDArray[np.uint8]:
    """Return the colours of the shades, `(shades, 3)`: from that of the slope over the ground to the parameter's."""
    part = np.arange(-_SHADES, _SHADES + 1)[:, None] / _SHADES
    ground, positive, negative = (np.array(rgb(theme.role(name))) for name in ("ground", "parameter", "slope"))
    mixed = ground + np.abs(part) * (np.where(part > 0, positive, negative) - ground)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _arranged(pen: Pen, count: int, image: tuple[int, int]) -> tuple[list[Box], int]:
    """Return the boxes of as many images as have room, row by row, and the dots to which a pixel is enlarged."""
    height, width = image
    box, least = pen.box, max(1, round(_PIXEL * pen.scale))
    for shown in range(min(count, _MOST), 0, -1):
        most = max(_dots(pen, shown, across, image) for across in range(1, shown + 1))
        columns = min(
            (across for across in range(1, shown + 1) if _dots(pen, shown, across, image) >= _NEARLY * most),
            key=lambda across: (-shown % across, -_dots(pen, shown, across, image)),
        )
        dots = _dots(pen, shown, columns, image)
        if dots >= least or shown == 1:
            break
    dots = max(1, dots)
    wide, high = width * dots / pen.scale, height * dots / pen.scale
    rows = -(-shown // columns)
    across = min((box.width - wide) / max(1, columns - 1), wide + _WIDEST)
    down = min((box.height - high - _ABOVE) / max(1, rows - 1), high + _ABOVE + _WIDEST)
    places = []
    for number in range(shown):
        left, top = box.left + across * (number % columns), box.top + _ABOVE + down * (number // columns)
        left, top = round(left * pen.scale) / pen.scale, round(top * pen.scale) / pen.scale
        places.append(Box(left, top, left + wide, top + high))
    return places, dots


def _dots(pen: Pen, count: int, columns: int, image: tuple[int, int]) -> int:
    """Return how many dots wide a pixel of an image can be, with so many images in so many columns."""
    rows = -(-count // columns)
    wide = (pen.box.width - _GAP * (columns - 1)) / columns / image[1]
    high = ((pen.box.height - _GAP * (rows - 1)) / rows - _ABOVE) / image[0]
    return max(0, int(min(wide, high) * pen.scale))
