"""Title, sentence, method, step and phase: what is always on the screen."""

from dataclasses import dataclass

from matplotlib.axes import Axes

from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.theme import NAME, PILL, SENTENCE, TITLE, Theme
from gdviz.picture.view import Moving, Pen, Spans, put, reveal
from gdviz.problems import BadScene
from gdviz.words import word

_ACTIVE = {Phase.LOOK: "look", Phase.DECIDE: "decide", Phase.ASK: "decide", Phase.MOVE: "move"}


@dataclass(frozen=True)
class Heading:
    """The title with the sentence under it; to the right the method, the step and its phase.

    title: the film's title. aside: the words before the step; the run's own name or the method's unless given.
    """

    title: str = ""
    aside: str = ""

    def draw(self, axes: Axes, story: Story, theme: Theme) -> Moving:
        """Lay the title and return what moves."""
        pen = Pen(axes, theme)
        left, right, top = 48, pen.frame.right - 48, 0
        longest = len(str(story.steps))
        wide = _Counter.width(pen, "8" * longest)
        own = story.names or [""] * len(story.runs)
        asides = [self.aside or name or run.name for name, run in zip(own, story.runs, strict=True)]
        if story.together:
            asides = [self.aside]
        size = _fitting(pen, self.title, right - left - wide - max(pen.width(a, NAME) for a in asides) - 24)
        pen.still(pen.text(left, top + 58, self.title, size, bold=True))
        counter = _Counter(pen, right, asides, "8" * longest)
        sentence = Spans(pen, left, top + 98, SENTENCE)
        phases = _Phases(pen, right)

        def show(moment: Moment) -> None:
            sentence.say(moment.sentence)
            counter.show(moment, story)
            phases.show(moment)

        return Moving([*sentence.artists, *counter.artists, *phases.artists], show)


def _fitting(pen: Pen, title: str, room: float) -> float:
    """Return the size at which the title fits, the usual one where it can; a title that never fits is refused."""
    if not title:
        return TITLE
    for size in range(TITLE, 23, -1):
        if pen.width(title, size, bold=True) <= room:
            return size
    raise BadScene("title", title, "allowed: a title that fits on one line of the frame; shorten it")


class _Counter:
    """`gradient descent   step 3 of 25`, its columns fixed."""

    def __init__(self, pen: Pen, right: float, asides: list[str], widest: str) -> None:
        self._asides = asides
        of = pen.width(word("of", steps=widest), NAME)
        step = pen.width(word("step of", step=widest), NAME, bold=True)
        self._of = pen.text(right - of, 58, "", NAME, "muted")
        self._step = pen.text(right - of - 7, 58, "", NAME, bold=True, align="right")
        self._right, self._beside = right, right - of - step - 25
        self._aside = pen.text(right, 58, "", NAME, "muted", align="right")
        self.artists = [self._of, self._step, self._aside]

    @staticmethod
    def width(pen: Pen, widest: str) -> float:
        """Return the room that step and count take."""
        return pen.width(word("of", steps=widest), NAME) + pen.width(word("step of", step=widest), NAME, bold=True) + 32

    def show(self, moment: Moment, story: Story) -> None:
        """Count."""
        told = moment.phase not in (Phase.MEASURE, Phase.TRACE, Phase.READY)
        reveal([self._of, self._step], told)
        self._aside.write(self._asides[moment.run], self._beside if told else self._right)
        if told:
            last = story.steps if story.together else story.last(moment.run)
            self._of.write(word("of", steps=last))
            self._step.write(word("step of", step=last if moment.phase is Phase.REST else moment.step + 1))


class _Phases:
    """The words `look`, `decide`, `move`; the active one bold and underlined."""

    def __init__(self, pen: Pen, right: float) -> None:
        names = ("look", "decide", "move")
        widths = [pen.width(word(name), PILL, bold=True) for name in names]
        lefts = [right - sum(widths[k:]) - 29 * (len(widths) - k - 1) for k in range(len(widths))]
        self._quiet = {
            n: pen.text(x + w / 2, 98, word(n), PILL, "muted", align="center")
            for n, x, w in zip(names, lefts, widths, strict=True)
        }
        self._loud = {
            n: pen.text(x + w / 2, 98, word(n), PILL, bold=True, align="center")
            for n, x, w in zip(names, lefts, widths, strict=True)
        }
        self._places = {n: (x, x + w) for n, x, w in zip(names, lefts, widths, strict=True)}
        self._under = pen.line([], 3, pen.theme.ink)
        self.artists = [*self._quiet.values(), *self._loud.values(), self._under]

    def show(self, moment: Moment) -> None:
        """Underline the phase."""
        active = None if moment.brisk else _ACTIVE.get(moment.phase)
        for name in self._quiet:
            reveal([self._quiet[name]], active is not None and name != active)
            reveal([self._loud[name]], name == active)
        reveal([self._under], active is not None)
        if active is not None:
            left, right = self._places[active]
            put(self._under, (left, 107), (right, 107))
