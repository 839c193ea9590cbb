"""The loss over two parameters, seen from above, with the path down it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.patches import Polygon

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.contour_race import ContourRace
from gdviz.picture.fog import FogOverPlane, lay_plane
from gdviz.picture.glyphs import ease, pointer
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.pane import Pane
from gdviz.picture.plane import Plane
from gdviz.picture.scales import pill_text
from gdviz.picture.sprite import Label
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.trail import Trail
from gdviz.picture.view import Box, Moving, Pen, Pill, put, reveal
from gdviz.picture.zoom import zoomed
from gdviz.words import word

_GRADIENT = 70.0  # units of a gradient's arrow
_BALL = 11.0


@dataclass(frozen=True)
class Contour:
    """The loss of two parameters from above: light is low, and along a line it is the same.

    gradient: draw the gradient as an arrow, uphill, while it is looked at.
    fog: cover the loss, but for a disc around each place where it was asked for; at the end the rest appears, paler.
    zoom: draw in upon where the runs go, up to 200 times, and show on a small map where that is. Not together with fog.

    Of a race it shows all runs at once, each named at its head, and no gradients.

    What to watch: the step goes against the gradient, across the lines; where they are close together it is steep.
    """

    gradient: bool = True
    fog: bool = False
    zoom: bool = False

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the loss, its lines, axes and minima, and return what moves."""
        pen = Pen(pane, theme)
        race = ContourRace(pen, story, fog=self.fog, zoom=self.zoom) if story.together else None
        drawing = race or _Drawing(pen, story, self)
        drawing.lay()
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The picture from above of runs told one after the other."""

    def __init__(self, pen: Pen, story: Story, looks: Contour) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        self.plane = Plane(pen, story)
        self.zoom = zoomed(self.plane) if looks.zoom else None
        self.landmarks = Landmarks(self.plane)
        self.fog = FogOverPlane(pen, story, self.plane) if looks.fog else None
        self.digits = digits(story).param
        closer = self.zoom.strongest if self.zoom else 1.0
        self.trails = [
            Trail(pen, self.plane.places(path), theme.run(0), whole=looks.fog, closer=closer) for path in story.paths
        ]
        seen = [looks.gradient and run.sees_gradient for run in story.runs]
        self.uphill = [self._uphill(k) if one else None for k, one in enumerate(seen)]
        dotted = (0, (1.2, 1.6))
        self.drops = [pen.line([], 2, theme.tint("parameter", 0.6), dotted) for _ in range(2)]
        self.gradient, self.step = pen.polygon(theme.slope), pen.polygon(theme.rate)
        for arrow in (self.gradient, self.step):
            arrow.set_edgecolor(theme.ground)
            arrow.set_linewidth(1.5)
        self.slope_name = pen.text(0, 0, word("gradient"), NAME, "slope", bold=True, halo=True)
        self.step_name = pen.text(0, 0, word("step"), NAME, "rate", bold=True, halo=True)
        self.ring = pen.dot(9, theme.ground, 2.5, theme.parameter)
        self.ball = pen.dot(_BALL, theme.parameter, 3)
        self.edge = pen.polygon(theme.parameter)
        self.edge_note = pen.text(0, 0, "", NOTE, "parameter", bold=True, halo=True)
        # A zoom has ticks that change, and pills that must not.
        self.bases = (0.0, 0.0) if self.zoom else self.plane.bases
        self.pills = [Pill(pen, "parameter", self._longest(axis)) for axis in (0, 1)]
        self.ticks = ([], []) if self.zoom else (self.plane.ticks_across(), self.plane.ticks_up())
        self.artists: list[Artist] = []

    def _longest(self, axis: int) -> str:
        scale = (self.plane.across, self.plane.up)[axis]
        return max((self._number(axis, limit) for limit in (scale.low, scale.high)), key=len)

    def _number(self, axis: int, value: float) -> str:
        return pill_text(self.bases[axis], value, self.digits)

    def lay(self) -> None:
        """Lay what is still."""
        trails = [artist for trail in self.trails for artist in (*trail.casings, *trail.artists)]
        lower = [*(tick for ticks in self.ticks for _, tick in ticks), *self.drops, *trails]
        upper = [
            self.gradient, self.step, self.ring, self.ball, self.slope_name, self.step_name, self.edge, self.edge_note,
            *self.pills[0].artists, *self.pills[1].artists,
        ]  # fmt: skip
        if self.zoom:
            self.plane.lay_names("parameter")
            self.artists = [*self.zoom.artists, *lower, *upper, *self.zoom.over]
        else:
            below, over = lay_plane(self.landmarks, "parameter", self.fog)
            self.artists = [*below, *lower, *over, *upper]

    def _uphill(self, run: int) -> Array:
        """Return the gradient's arrow `(n, 2)` in units at each position: which way is uphill, always equally long.

        A length that grew with the gradient would be compared with the step, which has another scale.
        """
        gradient = self.story.gradients(run)
        unit = np.array([(a.end - a.begin) / (a.high - a.low) for a in (self.plane.across, self.plane.up)])
        arrows = gradient * unit
        length = np.hypot(*arrows.T)[:, None]
        return np.asarray(np.where(length > 0, arrows / np.where(length > 0, length, 1.0) * _GRADIENT, 0.0))

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the way to each place that was left, and its dot."""
        if self.fog:
            yield from self.fog.marks(run, stamp)
        elif not self.zoom and stamp > 0:
            yield from self.trails[run].stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Set everything that moves."""
        if self.fog:
            self.fog.show(moment)
        if self.zoom and self.zoom.show(moment):
            for one, path in zip(self.trails, self.story.paths, strict=True):
                one.see(self.plane.places(path), self.zoom.power)
        told = moment.phase not in (Phase.MEASURE, Phase.TRACE)
        trail, k = self.trails[moment.run], moment.step
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        for other in self.trails:
            reveal((*other.casings, *other.artists), told and other is trail)
        here, now = trail.lead(k, part), self._now(moment, part)
        at = self.plane.place(now)  # apart from `here` where a jump is so long that its ends are not at their places
        inside = told and self.plane.holds(here) and self.plane.holds(at)
        reveal([self.ball, *self.drops], inside)
        if inside:
            put(self.ball, here)
            put(self.drops[0], (here[0], here[1] + 14), (here[0], self.pen.box.bottom))
            put(self.drops[1], (here[0] - 14, here[1]), (self.pen.box.left, here[1]))
        self._pills(now, at, inside)
        looking = told and moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.ASK) and self.plane.holds(trail.at(k, 0))
        self._look(moment, looking)
        self._decide(moment, looking and moment.phase is Phase.DECIDE)
        self._edge(at if self.plane.holds(here) else here, told and not inside)

    def _now(self, moment: Moment, part: float) -> Array:
        """Return the parameters, `(2,)`, of a ball that has gone a part of its way."""
        path, k = self.story.runs[moment.run].params[:, 0], moment.step
        here, there = path[min(k, len(path) - 1)], path[min(k + 1, len(path) - 1)]
        return np.asarray(here + (there - here) * ease(part))

    def _pills(self, now: Array, places: tuple[float, float], inside: bool) -> None:
        """Let the two parameters travel along their axes; ticks give way."""
        labels = self.zoom.ticks if self.zoom else self.ticks
        for axis, (pill, ticks, at) in enumerate(zip(self.pills, labels, places, strict=True)):
            reveal(pill.artists, inside)
            x, y = (
                (at, self.pen.box.bottom + 18)
                if axis == 0
                else (max(self.pen.box.left - 6, pill.width + 4) - pill.width / 2, at)
            )
            if inside:
                pill.place(x, y, self._number(axis, float(now[axis])))
            for place, tick in ticks:
                reach = pill.width / 2 + self.pen.width(tick.words, NOTE) / 2 + 8 if axis == 0 else 28.0
                reveal([tick], not inside or abs(place - at) > reach)

    def _look(self, moment: Moment, seen: bool) -> None:
        """Let the gradient's arrow grow, uphill."""
        arrows = self.uphill[moment.run]
        seen = seen and arrows is not None
        reveal([self.gradient, self.slope_name], seen)
        if not seen or arrows is None:
            return
        begin = self.trails[moment.run].at(moment.step, 0)
        grown = ease(moment.progress) if moment.phase is Phase.LOOK else 1.0
        whole = arrows[moment.step]
        self._arrow(self.gradient, self.slope_name, begin, whole, max(grown, 0.02))

    def _decide(self, moment: Moment, seen: bool) -> None:
        """Let the step's arrow grow, to the ring where it will land."""
        trail, k = self.trails[moment.run], moment.step
        begin, end = trail.at(k, 0), trail.at(k + 1, 0)
        seen = seen and begin != end
        reveal([self.step, self.step_name], seen)
        reveal([self.ring], seen and moment.progress >= 1 and self.plane.holds(end))
        if seen:
            put(self.ring, end)
            self._arrow(self.step, self.step_name, begin, np.subtract(end, begin), max(ease(moment.progress), 0.02))

    def _arrow(
        self, arrow: Polygon, name: Label, begin: tuple[float, float], whole: Array, part: float
    ) -> None:  # fmt: skip
        """Draw a part of an arrow, with its name beyond where the whole of it will end."""
        box = self.pen.box
        end = (begin[0] + whole[0] * part, begin[1] + whole[1] * part)
        arrow.set_xy(pointer(begin, _kept(begin, end, box)))
        x, y = _kept(begin, (begin[0] + whole[0], begin[1] + whole[1]), box)
        spot = self._beyond(name, (x, y), whole)
        reveal([name], spot is not None)
        if spot is not None:
            name.write(name.words, *spot)

    def _beyond(self, name: Label, tip: tuple[float, float], whole: Array) -> tuple[float, float] | None:
        """Return where an arrow's name stands: beyond its tip, or else where no other word is; None without a place."""
        wide, box = self.pen.width(name.words, NAME, bold=True), self.pen.box
        taken = list(self.zoom.taken if self.zoom else self.landmarks.taken)
        if name is self.step_name and self.slope_name.get_visible():
            left, top, right, bottom = self.slope_name.area() or (0, 0, 0, 0)
            taken.append(Box(*(side / self.pen.scale for side in (left, top, right, bottom))))
        right, down = whole[0] >= 0, whole[1] > 0
        beside = (tip[0] + 10 if right else tip[0] - 10 - wide, tip[1] + 7)
        over = (tip[0] - wide / 2, tip[1] + (26 if down else -12))
        spots = [beside, over] if abs(whole[0]) >= 0.6 * abs(whole[1]) else [over, beside]
        spots += [(beside[0], tip[1] + shift) for shift in (-24, 38, -48, 62)]
        spots += [(tip[0] - 10 - wide if right else tip[0] + 10, tip[1] + shift) for shift in (7, -24, 38)]

        def cost(spot: tuple[float, float]) -> float:
            label = Box(spot[0] - 3, spot[1] - 19, spot[0] + wide + 3, spot[1] + 7)
            ball = Box(*(part - 12 for part in tip), *(part + 12 for part in tip))
            return 2.0 * (not label.within(box)) + sum(label.meets(other) for other in (*taken, ball))

        best = min(spots, key=cost)
        if cost(best) > 0:
            return None
        return min(max(best[0], box.left + 4), box.right - wide - 4), min(max(best[1], box.top + 20), box.bottom - 8)

    def _edge(self, here: tuple[float, float], out: bool) -> None:
        """Show where a ball that is outside of the picture would be."""
        reveal([self.edge, self.edge_note], out)
        if not out:
            return
        box = self.pen.box
        x, y = min(max(here[0], box.left + 4), box.right - 4), min(max(here[1], box.top + 4), box.bottom - 4)
        middle = ((box.left + box.right) / 2, (box.top + box.bottom) / 2)
        way = np.array([x - middle[0], y - middle[1]])
        way = way / np.hypot(*way) * 40
        self.edge.set_xy(pointer((x - way[0], y - way[1]), (x, y), 8, 22))
        words = word("outside")
        wide = self.pen.width(words, NOTE, bold=True)
        left = min(max(x - 1.6 * way[0] - wide / 2, box.left + 6), box.right - wide - 6)
        self.edge_note.write(words, left, min(max(y - 1.6 * way[1] + 6, box.top + 20), box.bottom - 10))


def _kept(begin: Sequence[float], end: Sequence[float], box: Box) -> tuple[float, float]:
    """Return the end of an arrow, or where the arrow leaves the picture."""
    part = 1.0
    for b, e, low, high in ((begin[0], end[0], box.left, box.right), (begin[1], end[1], box.top, box.bottom)):
        if e != b:
            part = min(part, max((low - b) / (e - b), (high - b) / (e - b)))
    part = max(part, 0.0)
    return begin[0] + (end[0] - begin[0]) * part, begin[1] + (end[1] - begin[1]) * part
