"""The chain rule for one weight of a network, factor by factor, and before and after it its sum and its update."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from matplotlib.artist import Artist

from gdviz.descent.loss import Loss
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.pane import Pane
from gdviz.picture.propagation import Propagation, Term, check_example
from gdviz.picture.sprite import Label, Plate, rgb, text_width
from gdviz.picture.theme import NAME, NUMBER, Theme
from gdviz.picture.view import Box, Moving, Pen, reveal

_HEIGHT, _PITCH = 145.0, 92.0  # units: of one line, and from a line to the next
_TITLES, _NUMBERS = 36.0, 78.0  # baselines, from the top
_AROUND = 11.0  # units on both sides of a number
_SIGN = 31.0  # units that a sign takes
_SMALLEST = 0.82  # of the usual size: rather than smaller type, the rule takes more lines in a narrow panel
_UNKNOWN = "?"
Wide = Callable[[str, float, bool], float]


@dataclass(frozen=True)
class ChainRule:
    """The gradient of one weight as the product of what is met on the way back to it, with this step's numbers.

    On the way forward it shows the sum of the unit to which the weight leads, and in the update how the step changes
    the weight. With several examples the update is not the example's own: the step is made by all that it saw.

    example: its row in the data. follow: the name of the weight, such as "w1"; a few in their turn, from step to step,
    unless given. Give a `NetworkGraph` beside it the same two.

    What to watch: a question mark for each number that has not come yet; on the way back the factors come in the order
    in which the path meets them, from the loss to the weight.
    """

    example: int = 0
    follow: str = ""

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for a network that is too large to be drawn, or has no such example, or no such weight."""
        check_example(type(self).__name__, loss, self.example, self.follow)

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Return what moves."""
        table = _Table(Pen(pane, theme), story, self.example, self.follow)
        return Moving(table.artists, table.show)


def chain_height(story: Story, width: float, views: Sequence[ChainRule] = (ChainRule(),)) -> float:
    """Return the height of rules in so wide a panel, in units: a narrow one has the lines of the longest."""
    runs = range(len(story.runs))
    lines = 1
    for view in views:
        books = (_Book(Propagation(story, run, view.example, view.follow), _wide) for run in runs)
        every = [columns for book in books for columns in book.longest()]
        size = _size(every, width)
        lines = max(lines, *(len(_breaks(columns, width / size)) for columns in every))
    return _HEIGHT + _PITCH * (lines - 1)


def _wide(words: str, size: float, bold: bool) -> float:
    return text_width(words, size, bold, 72)


@dataclass(frozen=True)
class _Column:
    """A place in the table: `width` with the sign before it; `number` is the width of its widest number."""

    sign: float
    width: float
    number: float
    paren: float


class _Book:
    """The equations of a run, and how wide their columns are."""

    def __init__(self, passes: Propagation, wide: Wide) -> None:
        self.passes, self.wide = passes, wide
        self.terms = lru_cache(maxsize=64)(self._terms)
        self.columns = lru_cache(maxsize=256)(self._columns)

    def _terms(self, kind: Phase, position: int) -> tuple[Term, ...]:
        made = {Phase.LOOK: self.passes.sums, Phase.DECIDE: self.passes.chain, Phase.MOVE: self.passes.update}
        return made[kind](position)

    def number(self, term: Term) -> str:
        """Write a number of an equation; a negative one after another sign stands in brackets."""
        text = self.passes.written(term)
        return f"({text})" if term.sign and term.sign not in "=→" and not text[0].isdigit() else text

    @cached_property
    def _widest(self) -> dict[tuple[Phase, str], list[str]]:
        """The longest number of each column, of all equations of a kind about one weight."""
        found: dict[tuple[Phase, str], list[str]] = {}
        for position in range(self.passes.last + 1):
            name = self.passes.followed(position).name
            for kind in (Phase.LOOK, Phase.DECIDE, Phase.MOVE):
                if kind is Phase.MOVE and position == self.passes.last:
                    continue
                texts = [self.number(term) for term in self.terms(kind, position)]
                before = found.setdefault((kind, name), texts)
                found[kind, name] = [max(pair, key=len) for pair in zip(before, texts, strict=True)]
        return found

    def _columns(self, kind: Phase, name: str) -> tuple[_Column, ...]:
        position = next(k for k in range(self.passes.last + 1) if self.passes.followed(k).name == name)
        made = []
        for term, text in zip(self.terms(kind, position), self._widest[kind, name], strict=True):
            sign = _SIGN if term.sign else 0.0
            number = max(self.wide(text, NUMBER, True), self.wide(_UNKNOWN, NUMBER, True))
            room = max(number, self.wide(term.words, NAME, False)) + 2 * _AROUND
            paren = self.wide(")", NUMBER, True) if text.endswith(")") else 0.0
            made.append(_Column(sign, sign + room, number, paren))
        return tuple(made)

    def longest(self) -> list[tuple[_Column, ...]]:
        """Return the columns of every equation that is shown."""
        return [self.columns(kind, name) for kind, name in self._widest]


def _size(every: Sequence[Sequence[_Column]], room: float) -> float:
    """Return the part of the usual size at which the longest equation fits on a line; never less than the smallest."""
    longest = max(sum(column.width for column in columns) for columns in every)
    return 1.0 if longest <= room else max(_SMALLEST, 0.98 * room / longest)  # type does not shrink in proportion


def _breaks(columns: Sequence[_Column], room: float) -> list[int]:
    """Return with which columns lines begin, the first among them."""
    begins, x = [0], 0.0
    for k, column in enumerate(columns):
        if x + column.width > room and k > begins[-1]:
            begins.append(k)
            x = 0.0
        x += column.width
    return begins


class _Table:
    """The equation that is shown, in artists that are used again for the next one."""

    def __init__(self, pen: Pen, story: Story, example: int, follow: str) -> None:
        self.pen = pen
        self._key: object = None
        runs = range(len(story.runs))
        passes = [Propagation(story, run, example, follow) for run in runs]
        self.books = [_Book(one, lambda words, size, bold: pen.width(words, size, bold=bold)) for one in passes]
        every = [columns for book in self.books for columns in book.longest()]
        most = max(map(len, every))
        self.size = size = _size(every, pen.box.width)
        self.titles = [pen.text(0, 0, "", NAME * size, align="center") for _ in range(most)]
        self.numbers = [pen.text(0, 0, "", NUMBER * size, bold=True, align="right") for _ in range(most)]
        self.signs = [pen.text(0, 0, "", NUMBER * size, align="center") for _ in range(most)]
        self.plates = {wide: self._plate(wide * size) for wide in {columns[0].width for columns in every}}
        self.artists: list[Artist] = [*self.plates.values(), *self.titles, *self.numbers, *self.signs]

    def _plate(self, wide: float) -> Plate:
        """Return the plate behind a result whose column is so wide."""
        box = self.pen.box
        place = Box(box.left, box.top + _TITLES - 20, box.left + wide, box.top + _NUMBERS + 16)
        return self.pen.plate(place, self.pen.theme.tint("slope"), 8)

    def show(self, moment: Moment) -> None:
        """Write the equation of a moment, as far as its numbers are known."""
        book = self.books[moment.run]
        passed = book.passes.passed(moment)
        told = moment.phase not in (Phase.MEASURE, Phase.TRACE, Phase.READY)
        kind = Phase.LOOK if not passed.back else Phase.DECIDE if passed.step is None else Phase.MOVE
        position = passed.position if passed.step is None else passed.step
        known = {Phase.LOOK: passed.forward, Phase.DECIDE: passed.back, Phase.MOVE: float(passed.landed)}[kind]
        key = (moment.run, kind, position, int(2 * known), told)
        if key == self._key:
            return
        self._key = key
        reveal(self.artists, told)
        if told:
            self._write(book, kind, position, known)

    def _write(self, book: _Book, kind: Phase, position: int, known: float) -> None:
        terms = book.terms(kind, position)
        columns = book.columns(kind, book.passes.followed(position).name)
        box, size = self.pen.box, self.size
        begins = _breaks(columns, box.width / size)
        x, line = box.left, 0
        for k, (term, column) in enumerate(zip(terms, columns, strict=True)):
            if k in begins[1:]:
                x, line = box.left, line + 1
            down = box.top + _PITCH * line
            middle = x + size * (column.sign + column.width) / 2
            _set(self.titles[k], term.words, middle, down + _TITLES, self.pen.theme.role(term.role))
            _set(self.signs[k], term.sign, x + size * column.sign / 2, down + _NUMBERS, self.pen.theme.ink)
            self._number(self.numbers[k], book, term, column, (middle, down + _NUMBERS), seen=known >= term.known)
            x += size * column.width
        for spare in range(len(terms), len(self.titles)):
            for label in (self.titles[spare], self.signs[spare], self.numbers[spare]):
                label.write("")
        for wide, plate in self.plates.items():
            reveal([plate], wide == columns[0].width)
            plate.set_colour(self.pen.theme.tint(terms[0].role))

    def _number(
        self, label: Label, book: _Book, term: Term, column: _Column, place: tuple[float, float], *, seen: bool
    ) -> None:  # fmt: skip
        """Write a number with its last digit where that of the widest one is, or a question mark in the middle."""
        x, y = place
        text = book.number(term) if seen else _UNKNOWN
        if seen:
            edge = x + self.size * column.number / 2
            inner = edge - self.size * column.paren
            _set(label, text, edge if text.endswith(")") else inner, y, self.pen.theme.role(term.role))
        else:
            half = self.pen.width(_UNKNOWN, NUMBER * self.size, bold=True) / 2
            _set(label, text, x + half, y, self.pen.theme.role(term.role))


def _set(label: Label, words: str, x: float, y: float, colour: str) -> None:
    """Set words, place and colour of a label, if they differ."""
    label.write(words, x, y)
    if label.colour != rgb(colour):
        label.set_colour(colour)
