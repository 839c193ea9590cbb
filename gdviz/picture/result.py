"""What was found, on the last picture of a run: accuracy and speed as figures, in place of the rule."""

import math
from dataclasses import dataclass

from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.story import Story
from gdviz.naming import run_names, wrapped
from gdviz.picture.theme import NAME, NUMBER, PILL
from gdviz.picture.view import Pen, reveal
from gdviz.problems import BadScene
from gdviz.words import number, number_from, shown_names, word, written

_MOST_ROWS = 4  # more runs than that can't be read in one table
_LEFT, _GAP, _CLOSE = 14.0, 56.0, 24.0  # units: from the left edge, and between columns, less where room is short
_WIDE = 1180.0  # units: a table in a narrower panel may have titles in two lines, and fewer figures


class Result:
    """The figures of one run; for the last of several runs, those of all of them, one under the other.

    room: units from the left edge of the panel, for the figures of one run.
    """

    def __init__(self, pen: Pen, story: Story, run: int, room: float) -> None:
        self.artists: list[Artist] = []
        self.compares = False
        if story.loss.about.dim != 1 or not story.minima:
            return
        runs = range(len(story.runs))
        self.compares = 1 < len(runs) <= _MOST_ROWS and run == runs[-1]
        if self.compares:
            self._compare(pen, story)
        else:
            self._tell(pen, story, run, room - _LEFT)
        reveal(self.artists, False)

    def _tell(self, pen: Pen, story: Story, run: int, room: float) -> None:
        figures = _figures(story, run)

        def wide(figure: Figure) -> float:
            return max(pen.width(figure.title, NAME), pen.width(figure.value, NUMBER, bold=True))

        choices = ((figures, _GAP), (figures, _CLOSE), (_without(figures, "distance"), _CLOSE))
        fits = [(kept, gap) for kept, gap in choices if sum(map(wide, kept)) + gap * (len(kept) - 1) <= room]
        kept, gap = (fits or choices[-1:])[0]
        x, top = pen.box.left + _LEFT, pen.box.top
        for figure in kept:
            self.artists += [
                pen.text(x, top + 27, figure.title, NAME, figure.role),
                pen.text(x, top + 69, figure.value, NUMBER, figure.role, bold=True),
            ]
            x += wide(figure) + gap

    def _compare(self, pen: Pen, story: Story) -> None:
        """Lay a table with a row for each run; numbers stand under each other."""
        names = run_names(story)
        rows = [[Figure(word("run"), name, "ink"), *_figures(story, run)] for run, name in enumerate(names)]
        if not any(names):
            rows = [row[1:] for row in rows]
        tables = [_Table(pen, rows, _GAP, lines=1)]
        if pen.box.width < _WIDE:
            fewer = [_without(row, "distance") for row in rows]
            fewest = [_without(row, "digits") for row in fewer]
            tables += [_Table(pen, some, gap, lines=2) for some in (rows, fewer, fewest) for gap in (_GAP, _CLOSE)]
        table = next((table for table in tables if table.fits), None)
        if table is None:
            longest = max(names, key=len)
            raise BadScene("runs, name", longest, "allowed: a name that fits beside the figures; shorten it")
        self.artists += table.artists


@dataclass(frozen=True)
class Figure:
    """One number with its title, and whose colour it has."""

    title: str
    value: str
    role: str


def _without(figures: list[Figure], key: str) -> list[Figure]:
    """Leave out a figure: first the distance, which the correct digits tell in another way, then those."""
    return [figure for figure in figures if figure.title != word(key)]


class _Table:
    """The figures of several runs, a row for each, with `gap` units between columns and titles in `lines` lines."""

    def __init__(self, pen: Pen, rows: list[list[Figure]], gap: float, lines: int) -> None:
        box = pen.box
        head = 20.0 + 18.0 * (lines - 1)
        stride = min(34.0, (round(box.height) - head - 9 * lines) / len(rows))
        self.artists: list[Artist] = []
        x = box.left + _LEFT
        for column in zip(*rows, strict=True):
            named = column[0].title == word("run")
            titles = wrapped(column[0].title) if lines > 1 else [column[0].title]
            values = [pen.width(figure.value, NAME, bold=True) for figure in column]
            wide = max([*(pen.width(title, PILL) for title in titles), *values])
            at, align = (x, "left") if named else (x + wide, "right")
            for k, title in enumerate(reversed(titles)):
                self.artists.append(pen.text(at, box.top + head - 20 * k, title, PILL, "muted", align=align))
            for place, figure in enumerate(column, 1):
                y = box.top + head + place * stride
                self.artists.append(pen.text(at, y, figure.value, NAME, figure.role, bold=not named, align=align))
            x += wide + gap
        self.fits = x - gap <= box.right + 24


def _figures(story: Story, run: int) -> list[Figure]:
    """Return the figures of a run: the value, its accuracy, and what it took."""
    path, last, shown = story.runs[run], story.last(run), digits(story)
    gap = float(path.distance(story.minima)[last, 0])
    right = float(path.correct_digits(story.minima)[last, 0])
    found = word("found", m=shown_names(story.loss.about.names)[0])
    figures = [Figure(found, number_from(shown.base(0), float(path.params[last, 0, 0]), shown.param), "parameter")]
    deepest = min(story.depths)
    here, start = float(path.loss[last, 0]), float(path.loss[0, 0])
    if len(story.runs) == 1 and len(story.minima) > 1 and here - deepest > 0.02 * (start - deepest):
        # It is next to a minimum that is not the one to be found: to be close to it is no success.
        figures.append(Figure(word("loss here"), number_from(shown.loss_base, here, shown.loss), "loss"))
        figures.append(Figure(word("deepest loss"), number_from(shown.loss_base, deepest, shown.loss), "loss"))
    else:
        figures.append(Figure(word("distance"), number(gap, shown.param), "ink"))
        figures.append(Figure(word("digits"), written(f"{right:.1f}"), "ink"))
    figures.append(_speed(story, run))
    looks = int(path.evaluations[last, 0])
    if any(int(one.evaluations[story.last(k), 0]) != story.last(k) for k, one in enumerate(story.runs)):
        figures.append(Figure(word("looks"), str(looks), "ink"))
    return figures


def _speed(story: Story, run: int) -> Figure:
    """Return the speed of convergence: the steps taken, or of several runs the first step with a loss near the lowest.

    Near is 2 % of the way from the highest start, in the digits that are shown.
    """
    if len(story.runs) == 1:
        return Figure(word("steps"), str(story.last(run)), "ink")
    shown, places = digits(story), digits(story).loss
    lowest = min(story.depths)
    start = max(float(path.loss[0, 0]) for path in story.runs)
    near = lowest + 0.02 * (start - lowest)
    near = near if places > 7 else math.ceil(near * 10**places) / 10**places
    (step,) = story.runs[run].run(0).steps_to(near)
    reached = step is not None and step <= story.last(run)
    return Figure(
        word("steps to", loss=number_from(shown.loss_base, near, places)),
        str(step) if reached else word("never"),
        "ink",
    )
