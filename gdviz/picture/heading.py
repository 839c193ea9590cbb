"""Title, sentence, method, step and phase: what is always on the screen."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gdviz.descent.story import Moment, Phase, Sentence, Story
from gdviz.picture.breaking import broken
from gdviz.picture.pane import Pane
from gdviz.picture.shape import EDGE, WIDE, Shape, shape_of
from gdviz.picture.sprite import text_width
from gdviz.picture.theme import NAME, PILL, SENTENCE, TITLE, Theme
from gdviz.picture.view import Box, Moving, Pen, Spans, put, reveal
from gdviz.problems import BadScene
from gdviz.words import word

STEP, PASSES = ("look", "decide", "move"), ("forward", "backward", "update")  # what the phases of a step are called
_PLACE = {Phase.LOOK: 0, Phase.DECIDE: 1, Phase.ASK: 1, Phase.MOVE: 2}
# units
_FIRST = 58.0  # the baseline of the title
_LEAST_TITLE = 24  # the smallest size of a title
_SMALLER_TITLE = 28  # from this size downwards a title rather takes two lines, in an upright frame
_TITLE_LEADING = 38.0
_BELOW = 40.0  # from the title, and from the counter, to the next baseline
_APART = 25.0  # between words on one line


@dataclass(frozen=True)
class Heading:
    """The title, the sentence, the method, the step and its phase.

    In a wide frame the sentence stands under the title, and the rest to the right of both. In an upright one the title
    may take two lines; method, step and phase follow under it, and below them the sentence, broken into lines.

    title: the film's title. aside: the words before the step; the run's own name or the method's unless given.
    phases: the words for the three phases of a step, by their keys: `STEP`, or `PASSES` through a network.
    """

    title: str = ""
    aside: str = ""
    phases: tuple[str, str, str] = STEP

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the title and return what moves."""
        pen = Pen(pane, theme)
        plan = self._plan(pen.frame, story)
        asides, right = self._asides(story), pen.frame.right - EDGE
        counter = _Counter(pen, plan, asides, "8" * len(str(story.count(story.steps))))
        if plan.shape is WIDE:
            room = counter.left - _APART - max(pen.width(aside, NAME) for aside in asides) - EDGE - 24
            plan = replace(plan, size=_fitting(pen, self.title, room))
        for k, line in enumerate(plan.title):
            pen.still(pen.text(EDGE, _FIRST + _TITLE_LEADING * k, line, plan.size, bold=True))
        room, lines = sentence_room(pen.frame)
        sentence = Spans(pen, EDGE, plan.sentence, SENTENCE, room if lines > 1 else math.inf, lines)
        phases = _Phases(pen, right, plan.phases, self.phases)

        def show(moment: Moment) -> None:
            sentence.say(moment.sentence)
            counter.show(moment, story)
            phases.show(moment)

        return Moving([*sentence.artists, *counter.artists, *phases.artists], show)

    def bottom(self, frame: Box, story: Story) -> float:
        """Return how far down it reaches, in units. Raises `BadScene` for a title that fits in no way."""
        plan = self._plan(frame, story)
        return plan.sentence + Spans.LEADING * (plan.shape.lines - 1) + 30

    def _asides(self, story: Story) -> list[str]:
        """Return the words beside the step for each run."""
        if story.together:
            return [self.aside] * len(story.runs)
        own = story.names or [""] * len(story.runs)
        return [self.aside or name or run.name for name, run in zip(own, story.runs, strict=True)]

    def _plan(self, frame: Box, story: Story) -> "_Plan":
        shape = shape_of(frame)
        if shape is WIDE:
            second = _FIRST + _BELOW
            return _Plan(shape, (self.title,), TITLE, _FIRST, _FIRST, second, second, 0.0)
        room = frame.width - 2 * EDGE
        title, size = _in_lines(self.title, room)
        aside = max(_wide(((words, ""),)) for words in self._asides(story))
        steps = str(story.count(story.steps))
        others = _wide(((word("step of", step=steps), "ink"), (word("of", steps=steps), "")))
        others += _phases_width(self.phases)
        beside = aside + others + 2 * _APART <= room
        first = _FIRST + _TITLE_LEADING * (len(title) - 1) + _BELOW if title else _FIRST
        counter = first if beside else first + Spans.LEADING
        start = aside + _APART if aside and beside else 0.0
        return _Plan(shape, title, size, first, counter, counter, counter + _BELOW, start)


@dataclass(frozen=True)
class _Plan:
    """How the heading is laid out.

    title, size: its lines and their size. aside, counter, phases, sentence: baselines. start: from the left edge to the
    counter, in an upright frame.
    """

    shape: Shape
    title: Sequence[str]
    size: float
    aside: float
    counter: float
    phases: float
    sentence: float
    start: float


def sentence_room(frame: Box) -> tuple[float, int]:
    """Return how many units a line of the sentence may be wide in a frame, and how many lines it may have."""
    return frame.width - 2 * EDGE, shape_of(frame).lines


def aside_room(frame: Box) -> float:
    """Return how many units the words beside the step may be wide: in an upright frame they may have their own line."""
    room, lines = sentence_room(frame)
    return room / 2 if lines == 1 else room


def _wide(sentence: Sentence) -> float:
    return sum(text_width(words, NAME, bool(role), 72) for words, role in sentence)


def _fitting(pen: Pen, title: str, room: float) -> float:
    """Return the size at which the title fits, the usual one where it can; a title that never fits is refused."""
    if not title:
        return TITLE
    for size in range(TITLE, _LEAST_TITLE - 1, -1):
        if pen.width(title, size, bold=True) <= room:
            return size
    raise BadScene("title", title, "allowed: a title that fits on one line of the frame; shorten it")


def _in_lines(title: str, room: float) -> tuple[Sequence[str], float]:
    """Return the lines of a title and their size: one line, or two rather than small type; one too long is refused."""
    if not title:
        return (), TITLE
    for most, sizes in ((1, range(TITLE, _SMALLER_TITLE, -1)), (2, range(TITLE, _LEAST_TITLE - 1, -1))):
        for size in sizes:

            def wide(sentence: Sentence, size: float = size) -> float:
                return sum(text_width(words, size, True, 72) for words, _ in sentence)

            lines = broken(((title, ""),), room, wide)
            if len(lines) <= most and all(wide(line) <= room for line in lines):
                return ["".join(words for words, _ in line) for line in lines], size
    raise BadScene("title", title, "allowed: a title that fits on two lines of the frame; shorten it")


def _phases_width(names: tuple[str, str, str]) -> float:
    """Return how many units the words of the phases take, with some air."""
    return max(230.0, sum(text_width(word(name), PILL, True, 72) for name in names) + 2 * 29 + 8)


class _Counter:
    """`gradient descent   step 3 of 25`, its columns fixed; `left` is where the step begins."""

    def __init__(self, pen: Pen, plan: _Plan, asides: list[str], widest: str) -> None:
        self._asides = asides
        of = pen.width(word("of", steps=widest), NAME)
        step = pen.width(word("step of", step=widest), NAME, bold=True)
        wide = plan.shape is WIDE
        right = pen.frame.right - EDGE if wide else EDGE + plan.start + step + 7 + of
        self.left = right - of - 7 - step
        self._of = pen.text(right - of, plan.counter, "", NAME, "muted")
        side, at = ("right", right - of - 7) if wide else ("left", self.left)
        self._step = pen.text(at, plan.counter, "", NAME, bold=True, align=side)
        # In a wide frame the aside leans against the step, and against the edge where there is no step.
        self._told, self._idle = (right - of - step - _APART, right) if wide else (EDGE, EDGE)
        self._aside = pen.text(self._idle, plan.aside, "", NAME, "muted", align="right" if wide else "left")
        self.artists = [self._of, self._step, self._aside]

    def show(self, moment: Moment, story: Story) -> None:
        """Count."""
        counted = story.counted(moment)
        reveal([self._of, self._step], counted is not None)
        self._aside.write(self._asides[moment.run], self._idle if counted is None else self._told)
        if counted is not None:
            step, last = counted
            self._of.write(word("of", steps=last))
            self._step.write(word("step of", step=step))


class _Phases:
    """The words `look`, `decide`, `move`, or others; the active one bold and underlined."""

    def __init__(self, pen: Pen, right: float, y: float, names: tuple[str, str, str]) -> None:
        self._names = names
        widths = [pen.width(word(name), PILL, bold=True) for name in names]
        lefts = [right - sum(widths[k:]) - 29 * (len(widths) - k - 1) for k in range(len(widths))]
        self._quiet = {
            n: pen.text(x + w / 2, y, word(n), PILL, "muted", align="center")
            for n, x, w in zip(names, lefts, widths, strict=True)
        }
        self._loud = {
            n: pen.text(x + w / 2, y, word(n), PILL, bold=True, align="center")
            for n, x, w in zip(names, lefts, widths, strict=True)
        }
        self._places = {n: (x, x + w) for n, x, w in zip(names, lefts, widths, strict=True)}
        self._line, self._under = y + 9, pen.line([], 3, pen.theme.ink)
        self.artists = [*self._quiet.values(), *self._loud.values(), self._under]

    def show(self, moment: Moment) -> None:
        """Underline the phase."""
        place = None if moment.brisk else _PLACE.get(moment.phase)
        active = None if place is None else self._names[place]
        for name in self._quiet:
            reveal([self._quiet[name]], active is not None and name != active)
            reveal([self._loud[name]], name == active)
        reveal([self._under], active is not None)
        if active is not None:
            left, right = self._places[active]
            put(self._under, (left, self._line), (right, self._line))
