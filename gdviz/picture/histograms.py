"""How the weights of each layer are spread, and the gradients by them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Story
from gdviz.picture.learnt import Shown, cut, rounded_up
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.view import Box, Moving, Pen
from gdviz.problems import BadScene, choose
from gdviz.words import short, word

_KINDS = {"weights": ("weights",), "gradients": ("gradients",), "both": ("weights", "gradients")}
_ROLES = {"weights": "parameter", "gradients": "slope"}
_BINS = 31  # an odd number: zero has a bin of its own
_SAMPLE = 200  # positions at most that the axes are chosen from
_INNER = 0.999  # of the numbers: what is farther out stands in the outermost bins
_ACROSS, _DOWN = 30.0, 62.0  # units between histograms: beside each other, and below, with numbers and a name
_MOST = 0.9  # of the steps have gradients that the axis holds
_NAMES = 28.0  # units: the name of a race's run
_STRONG = 0.65  # of the colour in the bars
_LEAST = (96.0, 36.0)  # units: the smallest histogram


@dataclass(frozen=True)
class Histograms:
    """How many weights there are of each size, by layer, and how many gradients of each size.

    The axes are chosen from the whole film; numbers beyond them stand in the outermost bins. The heights are the roots
    of the shares (Tukey's rootogram, "Exploratory data analysis", 1977), so that a few large weights are seen beside
    thousands that are nearly zero. Where many layers leave no room, those in the middle are left out.

    of: "weights", "gradients" or "both". run: which run of a race.

    What to watch: weights start close together and spread; gradients gather at zero as the network has learnt. In deep
    networks those of the first layers may be tiny from the start: they vanish on the way back.
    """

    of: str = "both"
    run: int = 0

    def __post_init__(self) -> None:
        """Check what is asked for."""
        if self.of not in _KINDS:
            raise BadScene("Histograms, of", self.of, choose(str(self.of), _KINDS))

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the axes, and return the bars."""
        pen, shown = Pen(pane, theme), Shown(story, self.run)
        shown.title(pen, "", pen.box.width)
        box = replace(pen.box, top=pen.box.top + _NAMES) if story.together else pen.box
        limits = {kind: _limit(shown, kind) for kind in _KINDS[self.of]}
        histograms = [
            _Histogram(pen, place, shown, kind, layer, limits[kind])
            for kind, layer, place in _places(box, shown, self.of)
        ]

        def show(moment: Moment) -> None:
            for histogram in histograms:
                histogram.show(moment)

        return Moving([histogram.bars for histogram in histograms], show)


def _places(box: Box, shown: Shown, of: str) -> Iterator[tuple[str, int, Box]]:
    """Yield the kind, the layer and the place of each histogram; the layers run along the longer side."""
    kinds, layers = _KINDS[of], [*range(len(shown.network.widths) - 1)]
    grid = _Grid.best(box, len(kinds), len(layers))
    while len(layers) > 1 and not grid.fits:
        del layers[len(layers) // 2]
        grid = _Grid.best(box, len(kinds), len(layers))
    for row, kind in enumerate(kinds):
        for column, layer in enumerate(layers):
            yield kind, layer, grid.place(row, column)


@dataclass(frozen=True)
class _Grid:
    """Equal places in a box; `abreast` says that layers stand beside each other, and kinds below each other."""

    box: Box
    kinds: int
    layers: int
    abreast: bool

    @classmethod
    def best(cls, box: Box, kinds: int, layers: int) -> "_Grid":
        """Return the grid whose places have the better shape, about twice as wide as high."""
        both = (cls(box, kinds, layers, abreast) for abreast in (True, False))
        return max(both, key=lambda grid: min(grid.wide, 2 * grid.high))

    @property
    def wide(self) -> float:
        """The width of a place."""
        columns = self.layers if self.abreast else self.kinds
        return (self.box.width - _ACROSS * (columns - 1)) / columns

    @property
    def high(self) -> float:
        """The height of a place."""
        rows = self.kinds if self.abreast else self.layers
        return (self.box.height - _DOWN * (rows - 1)) / rows

    @property
    def fits(self) -> bool:
        """Whether a histogram in such a place can be read."""
        return self.wide >= _LEAST[0] and self.high >= _LEAST[1]

    def place(self, kind: int, layer: int) -> Box:
        """Return the place of a histogram by the numbers of its kind and its layer."""
        row, column = (kind, layer) if self.abreast else (layer, kind)
        left, top = self.box.left + column * (self.wide + _ACROSS), self.box.top + row * (self.high + _DOWN)
        return Box(left, top, left + self.wide, top + self.high)


def _numbers(shown: Shown, kind: str, layer: int, run: int, position: int) -> Array:
    """Return the weights of a layer, or the gradients by them, at a position; those that are finite."""
    packed = shown.story.path(run) if kind == "weights" else shown.story.gradients(run)
    numbers = shown.network.layers(packed[position])[layer].weights.ravel()
    return numbers[np.isfinite(numbers)]


def _sample(shown: Shown, run: int) -> list[int]:
    """Return positions all along a run, the first and the last among them."""
    last = shown.story.last(run)
    return sorted({*np.linspace(0, last, min(_SAMPLE, last + 1)).astype(int).tolist()})


def _limit(shown: Shown, kind: str) -> float:
    """Return how far the axes go: to nearly the largest weight, and to what most steps' gradients reach."""
    reaches = []
    for run in shown.runs:
        for position in _sample(shown, run):
            layers = range(len(shown.network.widths) - 1)
            sizes = [np.abs(_numbers(shown, kind, layer, run, position)) for layer in layers]
            reaches.append(max((float(np.quantile(size, _INNER)) for size in sizes if size.size), default=0.0))
    return rounded_up(float(np.quantile(reaches, 1.0 if kind == "weights" else _MOST)))


class _Histogram:
    """The weights, or the gradients by them, of one layer."""

    def __init__(self, pen: Pen, box: Box, shown: Shown, kind: str, layer: int, limit: float) -> None:
        self.pen, self.box, self.shown, self.kind, self.layer = pen, box, shown, kind, layer
        self.limit = limit
        self.across = Scale(-self.limit, self.limit, box.left, box.right)
        later = [self._roots(run, position) for run in shown.runs for position in _sample(self.shown, run)[1:]]
        self.highest = max((float(roots.max()) for roots in later), default=0.0) or 1.0
        self.seen: tuple[int, int] | None = None
        self.bars = pen.polygon(pen.theme.tint(_ROLES[kind], _STRONG))
        self._lay()

    def _roots(self, run: int, position: int) -> Array:
        """Return the root of the share of each bin, `(bins,)`."""
        numbers = np.clip(_numbers(self.shown, self.kind, self.layer, run, position), -self.limit, self.limit)
        counts = np.histogram(numbers, _BINS, (-self.limit, self.limit))[0]
        return np.asarray(np.sqrt(counts / max(1, numbers.size)))

    def _lay(self) -> None:
        """Lay the axis, its numbers and the name."""
        pen, box = self.pen, self.box
        several = len(self.shown.network.widths) > 2
        words = word(f"{self.kind} of layer", count=self.layer + 1) if several else word(self.kind)
        words = cut(pen, words, NAME, box.width, bold=True)
        pen.still(pen.text(box.left, box.top - 10, words, NAME, _ROLES[self.kind], bold=True))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, pen.theme.axis))
        middle = self.across(0.0)
        pen.still(pen.line([(middle, box.top), (middle, box.bottom + 5)], 1, pen.theme.grid))
        y, low, high = box.bottom + 21, short(-self.limit), short(self.limit)
        wide = pen.width(low, NOTE) + pen.width(high, NOTE) + 12
        if wide > box.width:
            pen.still(pen.text(box.right, y, f"±{high}", NOTE, "muted", align="right"))
            return
        pen.still(pen.text(box.left, y, low, NOTE, "muted"))
        pen.still(pen.text(box.right, y, high, NOTE, "muted", align="right"))
        if wide + 32 < box.width:
            pen.still(pen.text(middle, y, "0", NOTE, "muted", align="center"))

    def show(self, moment: Moment) -> None:
        """Set the bars."""
        now = self.shown(moment)
        if now == self.seen:
            return
        self.seen = now
        tops = self.box.bottom - np.minimum(self._roots(*now) / self.highest, 1.0) * self.box.height
        edges = np.linspace(self.box.left, self.box.right, _BINS + 1)
        outline = np.stack([edges.repeat(2)[1:-1], tops.repeat(2)], axis=-1)
        ends = [(self.box.left, self.box.bottom)], [(self.box.right, self.box.bottom)]
        self.bars.set_xy(np.concatenate([ends[0], outline, ends[1]]))
