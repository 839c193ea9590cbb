"""Which classes are taken for which: the confusion matrix."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.network import Network
from gdviz.descent.story import Moment, Story
from gdviz.picture.learnt import Shown, cut
from gdviz.picture.pane import Pane
from gdviz.picture.sprite import Label, rgb
from gdviz.picture.theme import NOTE, PILL, Theme, mixed
from gdviz.picture.view import Box, Moving, Pen
from gdviz.words import number, word

_GAP = 2.0  # units between cells
_ROW = 24.0  # units: the height of the classes' names above
_LEAST = 19.0  # units: the least height of a row with numbers
_NAMES = 0.3  # of the width, at most, for the classes' names
_WIDEST = 1.9  # a cell is at most so many times as wide as high, or as high as wide
_EMPTY = 0.4  # of the grid's colour in the ground, where there is nothing
_QUIET, _FAINT, _STRONG = 0.3, 0.14, 0.3  # colour of what is right; of a single mistake, and what more a whole row has


@dataclass(frozen=True)
class ConfusionMatrix:
    """The true class down, the predicted class across, and how many examples of the one were taken for the other.

    The diagonal is what is right, in quiet grey; mistakes have a colour, the stronger the larger their share of the
    true class. Below it the accuracy, and on what it was counted.

    test: count the examples that were held out, where there are any; those that were learnt from unless so.
    run: which run of a race.

    What to watch: the start takes everything for one class; then the mistakes gather on the pairs that look alike.
    """

    test: bool = True
    run: int = 0

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the classes' names, and return the cells."""
        drawing = _Drawing(Pen(pane, theme), story, self.test, self.run)
        for artist in drawing.still():
            drawing.pen.still(artist)
        return Moving(drawing.artists, drawing.show)


class _Drawing:
    """The matrix of one film."""

    def __init__(self, pen: Pen, story: Story, test: bool, run: int) -> None:
        self.pen, self.shown = pen, Shown(story, run)
        network = self.shown.network
        self.held_out = test and network.test is not None
        self.judged: Network = network.test if test and network.test is not None else network
        self.classes = network.data.classes
        size = len(self.classes)
        self.every = np.bincount(self.judged.data.labels, minlength=size)
        longest = max(pen.width(name, NOTE) for name in self.classes)
        names = min(max(longest, pen.width(word("true class"), NOTE)), _NAMES * pen.box.width) + 10
        wide, high = (pen.box.width - names) / size, (pen.box.height - _ROW) / size
        self.wide, self.high = min(wide, _WIDEST * high), min(high, _WIDEST * wide)
        self.left, self.top = pen.box.left + names, pen.box.top + _ROW
        self.counts: dict[tuple[int, int], NDArray[np.intp]] = {}
        self.seen: tuple[int, int] | None = None
        self.before = np.full((size, size), -1)
        across, down = (round(size * side * pen.scale) for side in (self.wide, self.high))
        self.rows, self.columns = (np.arange(length) * size // length for length in (down, across))
        gap = round(_GAP * pen.scale) if min(self.wide, self.high) > 4 * _GAP else 0
        self.between = _last(self.rows, gap)[:, None] | _last(self.columns, gap)
        box = Box(self.left, self.top, self.left + size * self.wide, self.top + size * self.high)
        self.land = pen.land(box, self._picture(self.before))
        digits = len(str(int(self.every.max())))
        self.numbered = self.high >= _LEAST and self.wide >= pen.width("8" * digits, NOTE) + 6
        places = range(size) if self.numbered else ()
        self.numbers = [[self._number(row, column) for column in places] for row in places]
        self.right = pen.text(pen.box.left, box.bottom + 27, "", PILL, bold=True)
        self.artists: list[Artist] = [self.land, *(label for row in self.numbers for label in row), self.right]

    def _number(self, row: int, column: int) -> Label:
        middle = self.left + (column + 0.5) * self.wide - _GAP / 2
        base = self.top + (row + 0.5) * self.high - _GAP / 2 + 6
        role, bold = ("curve", False) if row == column else ("ink", True)
        return self.pen.text(middle, base, "", NOTE, role, bold=bold, align="center")

    def still(self) -> Iterator[Artist]:
        """Yield the names of the classes and of the two axes."""
        pen, box = self.pen, self.pen.box
        across = word("predicted")
        edge = min(box.right, self.left + self.wide * len(self.classes))
        self.shown.title(pen, word("confusion"), edge - box.left - pen.width(across, NOTE) - 16)
        yield pen.text(edge, box.top - 10, across, NOTE, "muted", align="right")
        room = self.left - 8 - box.left
        corner = cut(pen, word("true class"), NOTE, room)
        yield pen.text(self.left - 8, self.top - 7, corner, NOTE, "muted", align="right")
        every = max(1, int(-(-18 // self.high)))
        for row in range(0, len(self.classes), every):
            words = cut(pen, self.classes[row], NOTE, room)
            yield pen.text(self.left - 8, self.top + (row + 0.5) * self.high + 5, words, NOTE, align="right")
        longest = max(pen.width(name, NOTE) for name in self.classes)
        every = 1 if self.numbered else max(1, int(-(-(longest + 6) // self.wide)))
        for column in range(0, len(self.classes), every):
            words = cut(pen, self.classes[column], NOTE, every * self.wide - 4)
            yield pen.text(self.left + (column + 0.5) * self.wide - 1, self.top - 7, words, NOTE, align="center")

    def _counted(self, run: int, position: int) -> NDArray[np.intp]:
        """Return how many of each true class were taken for each class, `(true, predicted)`."""
        found = self.counts.get((run, position))
        if found is None:
            data, size = self.judged.data, len(self.classes)
            taken_for = self.judged.classify(self.shown.point(run, position), data.inputs)
            found = np.bincount(data.labels * size + taken_for, minlength=size * size).reshape(size, size)
            self.counts[run, position] = found
        return found

    def show(self, moment: Moment) -> None:
        """Set the cells of the parameters that are shown."""
        now = self.shown(moment)
        if now == self.seen:
            return
        self.seen, counts = now, self._counted(*now)
        if (counts != self.before).any():
            self.land.lay(self._picture(counts))
        for row, column in np.argwhere(counts != self.before).tolist() if self.numbered else ():
            count = int(counts[row, column])
            self.numbers[row][column].write(number(count, 0) if count else "")
        self.before = counts
        right, every = int(np.trace(counts)), int(counts.sum())
        percent = f"{number(100 * right / every, 1)} %"
        key = "right of held out" if self.held_out else "right of all"
        words = word(key, value=percent, count=every)
        if self.pen.width(words, PILL, bold=True) > self.pen.box.width:
            words = f"{word('held out' if self.held_out else 'learnt from')} {percent}"
        self.right.write(words)

    def _picture(self, counts: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return the cells in their colours."""
        theme, share = self.pen.theme, (np.maximum(counts, 0) / np.maximum(1, self.every)[:, None])[..., None]
        colours = (theme.ground, theme.muted, theme.loss, mixed(theme.grid, theme.ground, _EMPTY))
        ground, muted, wrong, empty = (np.array(rgb(colour)) for colour in colours)
        quiet = ground + (0.05 + _QUIET * share) * (muted - ground)
        mistakes = np.where(share > 0, ground + (_FAINT + _STRONG * np.sqrt(share)) * (wrong - ground), empty)
        cells = np.where(np.eye(len(counts), dtype=bool)[..., None], quiet, mistakes)
        whole = np.rint(cells).astype(np.uint8)[self.rows[:, None], self.columns]
        whole[self.between] = ground
        return whole


def _last(cells: NDArray[np.intp], count: int) -> NDArray[np.bool_]:
    """Return which of the pixels along one side, given their cells, are among the last ones of a cell."""
    return np.asarray(cells != np.append(cells[count:], np.full(count, -1)))
