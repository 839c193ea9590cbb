"""One run of several, small: where it went, by which factor each step brings it closer, and the verdict on it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.findings import RateFindings
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.verdict import VERDICTS, Judgement, judge
from gdviz.picture.curve_ground import CurveGround
from gdviz.picture.glyphs import pointer
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.pane import Pane
from gdviz.picture.plane import Plane
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.trail import Trail
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.words import number, short, word

_HEAD = 62.0  # units above the picture for the rate, the verdict and the factor
_LARGEST = 100.0  # a factor beyond that says nothing more
_BESIDE = 24.0  # units: how far the factor may reach beyond the picture, towards the next one
_ARROW = 46.0  # units: the arrow by which a run leaves


@dataclass(frozen=True)
class Attempt:
    """One run among others at other rates.

    run: which of the scene's.

    What to watch: the way to the minimum in many tiny steps, in a few, in jumps across, or away from it. The factor
    and the verdict are measured on the run itself, and come when it has arrived, has left, or is over.
    """

    run: int = 0

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the loss, and return what moves."""
        drawing = _Attempt(Pen(pane, theme), story, self.run)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Attempt:
    """The small picture of one run."""

    def __init__(self, pen: Pen, story: Story, run: int) -> None:
        self.pen, self.story, self.run = pen, story, run
        box = pen.box
        self.box = Box(box.left, box.top + _HEAD - 40, box.right, box.bottom)
        self.path, self.last = story.runs[run], story.last(run)
        self.style = pen.theme.run(story.style(run))
        role = f"run{story.style(run)}"
        self.ground = CurveGround(pen, story, self.box) if story.loss.about.dim == 1 else _Land(pen, story, self.box)
        places = self.ground.places(run)
        inside = [self._holds(place) for place in places]
        last_inside = max((k for k, seen in enumerate(inside) if seen), default=-1)
        self.leaves = last_inside + 1 if last_inside < self.last else None  # it may come back before
        self.trail = Trail(pen, places, self.style, 4, Box(box.left - 6, self.box.top, box.right + 6, box.bottom))
        self.head = pen.mark(self.style, 10, 2.5)
        self.judgement: Judgement = judge(self.path, story.minima)[0]
        said = self._verdict()
        self.exit = pen.polygon(self.style.colour)
        self.verdict = pen.text(box.right, box.top - 12, said, NAME, role, bold=True, align="right")
        self.factor = pen.text(box.left, box.top + 14, self._factor(), NOTE, "muted")
        self.note = pen.text(0, 0, "", NOTE, role, align="center", halo=True)
        self.title = pen.text(box.left, box.top - 12, self._name(), NAME, role, bold=True)
        wide = pen.width(self.title.words, NAME, bold=True) + pen.width(self.verdict.words, NAME, bold=True)
        if wide + 16 > box.width:  # no room for both: the verdict stands in the line of the factor
            self.verdict.write(self.verdict.words, box.right, box.top + 14)
            self.factor.write("")
        if pen.width(self.factor.words, NOTE) > box.width + _BESIDE:
            self.factor.write("")
        trails = [*self.trail.casings, *self.trail.artists]
        self.artists: list[Artist] = [*trails, self.exit, self.head, self.note, self.verdict, self.factor]

    def _name(self) -> str:
        """Return the run's own name, else its rate."""
        own, rate = self.story.names[self.run] if self.story.names else "", self.path.terms.get("learning_rate")
        return own or (self.path.name if rate is None else word("at rate", rate=short(float(rate.flat[0]))))

    def _verdict(self) -> str:
        """Return the verdict: of a study of rates its own, over its longer runs; none for a run with a name."""
        found, rate = self.story.study, self.path.terms.get("learning_rate")
        if self.story.names and self.story.names[self.run]:
            return ""
        if not isinstance(found, RateFindings) or rate is None:
            return word(f"verdict {self.judgement.verdict.value}")
        nearest = int(np.argmin(np.abs(found.rates - float(rate.flat[0]))))
        return word(f"verdict {VERDICTS[int(found.verdict[nearest])].value}")

    def _factor(self) -> str:
        factor = self.judgement.contraction
        measured = self.judgement.evidence
        whole = measured.followed == "distance" or measured.end - measured.begin > 0.5 * self.last
        key = "factor" if measured.followed == "distance" else "factor of step"
        return word(key, factor=number(factor, 2)) if abs(factor) < _LARGEST and whole else ""

    def _holds(self, place: Array) -> bool:
        x, y = place.tolist()
        return bool(self.box.left - 2 <= x <= self.box.right + 2 and self.box.top - 2 <= y <= self.box.bottom + 2)

    def lay(self) -> None:
        """Lay the loss with its axis, the start and the title."""
        for artist in (*self.ground.still(), self.title):
            self.pen.still(artist)
        x, y = self.trail.places[0].tolist()
        if not self._holds(self.trail.places[0]):
            return
        ring = self.pen.dot(8, self.pen.theme.ground, 2.5, self.pen.theme.ink)
        ring.set_data([x], [y])
        self.pen.still(ring)

    @property
    def _known(self) -> int:
        """The position at which the verdict is known: it has arrived, has left the picture, or is over."""
        arrived, left = self.judgement.steps_needed, self.leaves
        return min(self.last, *(at for at in (arrived, left) if at is not None), self.last)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - all runs go together
        """Yield the way to the place that was left."""
        if stamp > 0 and (self.leaves is None or stamp - 1 < self.leaves):
            yield from self.trail.stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Set the head and, when it is known, the verdict."""
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        here = self.trail.lead(moment.step, part)
        landed = moment.step + (part >= 1)
        gone = self.leaves is not None and (landed >= self.leaves or not self._holds(np.array(here)))
        reveal([self.head, *self.trail.casings, *self.trail.artists], not gone)
        put(self.head, here)
        known = landed >= self._known
        reveal([self.verdict, self.factor], known)
        reveal([self.exit, self.note], gone)
        if gone and self.leaves is not None:
            self._leave(self.leaves)

    def _leave(self, at: int) -> None:
        """Show by where it left, and at which step."""
        before = max(at - 1, 0)
        begin, way = self.trail.places[before], self.trail.places[at] - self.trail.places[before]
        way = way / max(float(np.hypot(*way)), 1e-9) * _ARROW
        end = begin + way
        self.exit.set_xy(pointer((begin[0], begin[1]), (end[0], end[1]), 3, 16))
        self.note.write(word("off at", step=at), (self.box.left + self.box.right) / 2, self.box.bottom - 12)


class _Land:
    """The loss of two parameters, small."""

    def __init__(self, pen: Pen, story: Story, box: Box) -> None:
        self.plane = Plane(pen, story, box)

    def places(self, run: int) -> Array:
        """Return the places of a run in units, `(n, 2)`."""
        return self.plane.places(self.plane.story.path(run))

    def still(self) -> Iterator[Artist]:
        """Yield the land and its minima."""
        yield from (self.plane.land(), *Landmarks(self.plane).minima_marks())
