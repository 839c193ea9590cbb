"""A method without a slope: the two places that it tries, each with its loss."""

from matplotlib.artist import Artist

from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease
from gdviz.picture.scales import LANE, Scale
from gdviz.picture.theme import NOTE
from gdviz.picture.view import Box, Pen, put, reveal
from gdviz.words import number


class Trial:
    """Two rings on the curve, their losses beside them, and the reach of the trial step along the axis.

    named: where words stand already.
    """

    def __init__(self, pen: Pen, story: Story, across: Scale, up: Scale, digits: int, named: list[Box]) -> None:
        self._pen, self._story, self._across, self._up = pen, story, across, up
        self._digits, self._named = digits, named
        self._reach = pen.line([], 2.5, pen.theme.rate, (0, (1.2, 1.6)))
        self._rings = [pen.dot(8, pen.theme.ground, 2.5, pen.theme.loss) for _ in range(2)]
        self._notes = [pen.text(0, 0, "", NOTE, "loss", bold=True, align=a, halo=True) for a in ("right", "left")]
        self.artists: list[Artist] = [self._reach, *self._rings, *self._notes]

    def show(self, moment: Moment, m: float, seen: bool) -> None:
        """Show what is tried around `m`, as far as it is known by now."""
        reveal(self.artists, seen)
        if not seen:
            return
        looking = moment.phase is Phase.LOOK
        known = not looking or moment.progress >= 1
        terms, k, box = self._story.runs[moment.run].terms, moment.step, self._pen.box
        reach = float(terms["trial_step"][k, 0, 0])
        grown = reach * (ease(moment.progress) if looking else 1.0)
        y = box.bottom - LANE / 2
        put(self._reach, *((min(max(self._across(m + side), box.left), box.right), y) for side in (-grown, grown)))
        losses = [float(terms[name][k, 0, 0]) for name in ("loss_left", "loss_right")]
        taken = list(self._named)
        for place in sorted((0, 1), key=lambda place: losses[place]):  # the better one has its number in any case
            at = m + (reach if place else -reach)
            shown = known and self._story.window.holds(at, losses[place])
            reveal([self._rings[place]], shown)
            reveal([self._notes[place]], shown and self._tell(place, at, losses[place], taken))

    def _tell(self, place: int, m: float, loss: float, taken: list[Box]) -> bool:
        """Set a ring on a trial place, and its loss beside it; say whether there is room for that."""
        x, y, side, box = self._across(m), self._up(loss), 1 if place else -1, self._pen.box
        put(self._rings[place], (x, y))
        words = number(loss, self._digits)
        wide = self._pen.width(words, NOTE, bold=True)
        outside = box.left < x + side * (14 + wide) < box.right
        at = x + side * 14 if outside else x - side * (14 + wide)
        left = at if place else at - wide
        for drop in (-10, 24):
            label = Box(left, y + drop - 16, left + wide, y + drop + 3)
            if not any(label.meets(other, 4) for other in taken):
                taken.append(label)
                self._notes[place].write(words, at, y + drop)
                return True
        return False
