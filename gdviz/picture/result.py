"""What was found, on the last picture of a run: accuracy and speed as figures, in place of the rule."""

import math

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.story import Story
from gdviz.picture.naming import run_names
from gdviz.picture.theme import NAME, NUMBER, PILL
from gdviz.picture.view import Pen, reveal
from gdviz.problems import BadScene
from gdviz.words import number, word

_MOST_ROWS = 4  # more runs than that can't be read in one table
_LEFT, _GAP = 14.0, 56.0  # units: from the left edge, and between columns


class Result:
    """The figures of one run; for the last of several runs, those of all of them, one under the other."""

    def __init__(self, pen: Pen, story: Story, run: int) -> None:
        self.artists: list[Artist] = []
        self.compares = False
        if story.loss.about.dim != 1 or not story.minima:
            return
        runs = range(len(story.runs))
        self.compares = 1 < len(runs) <= _MOST_ROWS and run == runs[-1]
        if self.compares:
            self._compare(pen, story)
        else:
            self._tell(pen, story, run)
        reveal(self.artists, False)

    def _tell(self, pen: Pen, story: Story, run: int) -> None:
        x, top = pen.box.left + _LEFT, pen.box.top
        for title, value, role in _figures(story, run):
            self.artists += [
                pen.text(x, top + 27, title, NAME, role),
                pen.text(x, top + 69, value, NUMBER, role, bold=True),
            ]
            x += max(pen.width(title, NAME), pen.width(value, NUMBER, bold=True)) + _GAP

    def _compare(self, pen: Pen, story: Story) -> None:
        """Lay a table with a row for each run; numbers stand under each other."""
        count, names = len(story.runs), run_names(story)
        top, size = pen.box.top + 20, NAME
        stride = min(34.0, 116.0 / count)
        rows = [[("run", name, "ink"), *_figures(story, run)] for run, name in enumerate(names)]
        left = not any(names)
        x = pen.box.left + _LEFT
        for k in range(1 if left else 0, len(rows[0])):
            title = word("run") if k == 0 else rows[0][k][0]
            wide = max([pen.width(title, PILL), *(pen.width(row[k][1], size, bold=True) for row in rows)])
            at, align = (x, "left") if k == 0 else (x + wide, "right")
            self.artists.append(pen.text(at, top, title, PILL, "muted", align=align))
            for place, row in enumerate(rows, 1):
                _, value, role = row[k]
                self.artists.append(pen.text(at, top + place * stride, value, size, role, bold=k > 0, align=align))
            x += wide + _GAP
        if x - _GAP > pen.box.right + 24:
            longest = max(names, key=len)
            raise BadScene("runs, name", longest, "allowed: a name that fits beside the figures; shorten it")


def _figures(story: Story, run: int) -> list[tuple[str, str, str]]:
    """Return title, number and role of each figure: the value, its accuracy, and what it took."""
    path, last, shown = story.runs[run], story.last(run), digits(story)
    gap = float(path.distance(story.minima)[last, 0])
    right = float(path.correct_digits(story.minima)[last, 0])
    figures = [
        (word("found", m=story.loss.about.names[0]), number(float(path.params[last, 0, 0]), shown.param), "parameter"),
        (word("distance"), number(gap, shown.param), "ink"),
        (word("digits"), f"{right:.1f}", "ink"),
        _speed(story, run),
    ]
    looks = int(path.evaluations[last, 0])
    if any(int(one.evaluations[story.last(k), 0]) != story.last(k) for k, one in enumerate(story.runs)):
        figures.append((word("looks"), str(looks), "ink"))
    return figures


def _speed(story: Story, run: int) -> tuple[str, str, str]:
    """Return the speed of convergence: the steps taken, or of several runs the first step with a loss near the lowest.

    Near is 2 % of the way from the highest start, in the digits that are shown.
    """
    if len(story.runs) == 1:
        return word("steps"), str(story.last(run)), "ink"
    places = digits(story).loss
    lowest = min(float(story.loss.value(np.array(minimum))) for minimum in story.minima)
    start = max(float(path.loss[0, 0]) for path in story.runs)
    near = lowest + 0.02 * (start - lowest)
    near = near if places > 7 else math.ceil(near * 10**places) / 10**places
    (step,) = story.runs[run].run(0).steps_to(near)
    reached = step is not None and step <= story.last(run)
    return word("steps to", loss=number(near, places)), str(step) if reached else word("never"), "ink"
