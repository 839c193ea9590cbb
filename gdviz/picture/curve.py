"""The m-versus-loss curve with the ball, its slope, and the step along the axis of the parameter."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.digits import digits
from gdviz.descent.loss import Fit
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.axis_names import axis_names
from gdviz.picture.curve_race import CurveRace
from gdviz.picture.fog import FogOverCurve
from gdviz.picture.glyphs import TANGENT, arrow, ease, edge_arrow, tangent
from gdviz.picture.guess import Guess
from gdviz.picture.guides import guided, guides
from gdviz.picture.pane import Pane
from gdviz.picture.placing import Room
from gdviz.picture.sampling import BAND, sampled
from gdviz.picture.scales import LANE, Scale, loss_scale, pill_text, tick_base, tick_texts
from gdviz.picture.theme import NAME, NOTE, PILL, Theme
from gdviz.picture.trial import Trial
from gdviz.picture.view import Box, Moving, Pen, Pill, put, reveal
from gdviz.words import mathematics, number, shown_names, signed, word

_POINTS = 1201  # of the curve: more than one for each pixel of the widest preset's panel
_TRACED = (Phase.MEASURE, Phase.TRACE)


@dataclass(frozen=True)
class Curve:
    """The loss against the one parameter.

    formula: write the loss and its slope as mathematics above the curve, where they fit.
    fog: draw the curve only around each place where its loss was asked for; at the end the rest appears, paler, with
        the minima and the formula.

    What to watch: the tangent's slope is the number in the rule; the arrow's length is the step; flatter means shorter.
    With mini-batches the curve, and the ball on it, are those of all the data; the dashed curve is that of this step's
    batch. Its slope is the guess that makes the step, one of a fan of guesses around the true slope.
    """

    formula: bool = True
    fog: bool = False

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay grid, axes and names, and return what moves."""
        if story.together:
            race = CurveRace(Pen(pane, theme), story, self.fog)
            race.lay()
            return Moving(race.artists, race.show, race.marks)
        drawing = _Drawing(Pen(pane, theme), story, self.fog)
        drawing.lay(self.formula)
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The curve of one film."""

    def __init__(self, pen: Pen, story: Story, fog: bool) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        box, window = pen.box, story.window
        self.name = shown_names(story.loss.about.names)[0]
        self.slope_name = word("gradient" if isinstance(story.loss, Fit) else "slope")
        self.across = Scale(*window.params, box.left, box.right)
        self.up = loss_scale(story, box.top, box.bottom)
        shown = digits(story)
        self.digits, self.loss_digits, self.slope_digits = shown.param, shown.loss, shown.slope
        seen = sampled(story.loss, window.params, _POINTS)
        pairs = zip(seen.params, seen.losses, strict=True)
        self.points = np.array([(self.across(m), self.up(value)) for m, value in pairs])
        self.points[~np.isfinite(seen.losses)] = np.nan
        self.curve_colour = theme.tint("curve", BAND) if seen.band else theme.curve
        self.fog = FogOverCurve(pen, story, seen.params, self.points) if fog else None
        self.room = Room(box, self.points, [self.across(m) for m in guided(story, self.across)])
        self.tries = ["trial_step" in run.terms for run in story.runs]  # without a slope, on both sides
        self.leaves = [story.leaves(run) for run in range(len(story.runs))]
        self._labelled: dict[tuple[int, int], tuple[float, float]] = {}  # where the slope's label stands in this step
        self._movers(theme)
        self.notes = [self._note(run) for run in range(len(story.runs))]

    def _movers(self, theme: Theme) -> None:
        pen, box = self.pen, self.pen.box
        self.guides, self.named = guides(pen, self.story, self.across)  # which come with the curve
        batched = self.story.batched is not None
        self.curve = pen.line(self.points, 2.5 if batched else 4, self.curve_colour)
        self.ghost = pen.dot(7, theme.tint("parameter", 0.55), 1.5)
        self.close_ghost = pen.dot(6.25, theme.tint("parameter", 0.55))  # beside another one, without a rim
        self.grown = pen.line([], 2.5 if batched else 4, theme.curve)
        self.guess = Guess(pen, self.story, self.across, self.up, self.room, self.named) if batched else None
        self.tangent = pen.line([], 5, theme.slope)
        for line in (self.curve, self.grown, self.tangent):
            pen.clip(line, Box(box.left, box.top - 2, box.right + 2, box.bottom))
        # Of a fan of tangents some would run through the lane of the step, and its words.
        pen.clip(self.tangent, Box(box.left, box.top, box.right, box.bottom - LANE) if batched else None)
        self.triangle = pen.line([], 1.8, theme.slope, (0, (4, 2.5)))
        self.one = pen.text(0, 0, "1", NOTE, "slope", bold=True, align="center", halo=True)
        self.slope = pen.text(0, 0, "", NAME, "slope", bold=True, halo=True)
        dotted = (0, (1.2, 1.6))
        self.down = pen.line([], 2.5, theme.parameter, dotted)
        self.left = pen.line([], 2.5, theme.loss, dotted)
        self.landing = pen.line([], 2.5, theme.rate, dotted)
        self.arrow = pen.polygon(theme.rate)
        self.step = pen.text(0, 0, "", NAME, "rate", bold=True, halo=True)
        self.trial = Trial(pen, self.story, self.across, self.up, self.loss_digits, self.named)
        self.ring = pen.dot(9, theme.ground, 2.5, theme.parameter)
        self.average = pen.dot(7, theme.ground, 2.5, theme.parameter)  # the answer of methods that average
        self.ball = pen.dot(11, theme.parameter, 3)
        self.edge = pen.polygon(theme.parameter)
        self.edge_note = pen.text(0, 0, "", NAME, "parameter", bold=True, halo=True)
        self.edge_loss = pen.text(0, 0, "", NAME, "loss", bold=True, halo=True)
        self.edge_step = pen.text(0, 0, "", NOTE, "muted", halo=True)
        self.param_base = tick_base(self._tick_values(self.across, 8, horizontal=True))
        self.loss_base = tick_base(self._tick_values(self.up, 5, horizontal=False))
        self.param_pill = Pill(pen, "parameter", self._longest(self.story.window.params, self.digits, self.param_base))
        self.loss_pill = Pill(pen, "loss", self._longest(self.up_limits(), self.loss_digits, self.loss_base))
        self.param_ticks = self._ticks(self.across, 8, horizontal=True)
        self.loss_ticks = self._ticks(self.up, 5, horizontal=False)
        self.glyphs: list[Artist] = [
            self.grown, *(self.guess.under if self.guess else ()), self.tangent,
            *(self.guess.over if self.guess else ()), self.triangle, self.one, self.down, self.left, self.landing,
            self.arrow, *self.trial.artists, self.ring, self.average, self.ball, self.slope, self.step,
            *(self.guess.words if self.guess else ()), self.edge, self.edge_note, self.edge_loss, self.edge_step,
        ]  # fmt: skip
        ticks = [artist for _, artist in (*self.param_ticks, *self.loss_ticks)]
        self.artists = [*ticks, *self.glyphs, *self.param_pill.artists, *self.loss_pill.artists]

    def up_limits(self) -> tuple[float, float]:
        """The losses between which the pill travels."""
        return self.story.window.loss

    @staticmethod
    def _longest(limits: tuple[float, float], digits: int, base: float) -> str:
        return max((pill_text(base, limit, digits) for limit in limits), key=len)

    def _tick_values(self, scale: Scale, most: int, *, horizontal: bool) -> list[float]:
        box = self.pen.box
        if horizontal:
            return scale.ticks(max(2, min(most, int(box.width / 85))))
        return [value for value in scale.ticks(most) if box.top + 12 <= scale(value) <= box.bottom - 16]

    def _ticks(self, scale: Scale, most: int, *, horizontal: bool) -> list[tuple[float, Artist]]:
        box, found = self.pen.box, []
        values = self._tick_values(scale, most, horizontal=horizontal)
        for value, text in zip(values, tick_texts(values), strict=True):
            at = scale(value)
            if horizontal:
                found.append((at, self.pen.text(at, box.bottom + 21, text, NOTE, "muted", align="center")))
            else:
                found.append((at, self.pen.text(box.left - 9, at + 6, text, NOTE, "muted", align="right")))
        return [(at, artist) for at, artist in found]

    # what is still

    def lay(self, formula: bool) -> None:
        """Lay grid, axis, names and the minimum into the background."""
        pen, box, theme = self.pen, self.pen.box, self.pen.theme
        for at, _ in self.param_ticks:
            pen.still(pen.line([(at, box.top), (at, box.bottom)], 1, theme.grid))
        for at, _ in self.loss_ticks:
            pen.still(pen.line([(box.left, at), (box.right, at)], 1, theme.grid))
        pen.still(pen.line([(box.left, box.bottom), (box.right, box.bottom)], 1.5, theme.axis))
        for name in axis_names(pen, box, [self.name], "parameter", drop=1):
            pen.still(name)
        pen.still(pen.text(box.left - 8, box.top - 10, word("loss"), NAME, "loss", bold=True, align="right"))
        written = list(self._formula(slope=all(run.sees_gradient for run in self.story.runs))) if formula else []
        if self.fog:
            self.fog.what_comes_last = [*self.guides, *written]
            self.artists = [*self.guides, *self.fog.artists, *written, *self.artists]
            return
        for artist in written:
            pen.still(artist)

    def _formula(self, *, slope: bool) -> Iterator[Artist]:
        """Yield the loss and, where it is told, its slope as mathematics, as far as there is room."""
        pen, box, about = self.pen, self.pen.box, self.story.loss.about
        x, y, end = box.left + 6, box.top - 10, box.right + 30
        if isinstance(self.story.loss, Fit):
            words = word(f"loss of a {self.story.loss.measure}")
            if x + pen.width(words, PILL) <= end:
                yield pen.text(x, y, words, PILL, "loss")
            return
        for role, lead, text in (
            ("loss", "", about.text),
            ("slope", f"{self.slope_name} ", about.slopes[0] if slope and about.slopes else None),
        ):
            if text is None:
                return
            words = f"{lead}$=\\,{mathematics(text)}$"
            width = pen.formula_width(words, PILL)
            if x + width > end:
                return
            yield pen.mathematics(x, y, words, PILL, role)
            x += width + 36

    # what moves

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the curve itself, then the ghost of each place that was left."""
        if self.fog:
            yield from self.fog.marks(run, stamp)
        elif stamp == 0:
            yield from (*self.guides, self.curve)
        if stamp == 0:
            return
        path = self.story.runs[run]
        m, loss = float(path.params[stamp - 1, 0, 0]), float(path.loss[stamp - 1, 0])
        if not self.story.window.holds(m, loss):
            return
        place = (self.across(m), self.up(loss))
        before = (float(path.params[max(0, stamp - 2), 0, 0]), float(path.loss[max(0, stamp - 2), 0]))
        close = stamp > 1 and math.dist(place, (self.across(before[0]), self.up(before[1]))) < 16
        ghost = self.close_ghost if close else self.ghost
        put(ghost, place)
        yield ghost

    def show(self, moment: Moment) -> None:
        """Set everything that moves."""
        if moment.phase in _TRACED:
            self._trace(moment)
            return
        if self.fog:
            self.fog.show(moment)
        put(self.grown)
        path, k = self.story.runs[moment.run], moment.step
        here, there = float(path.params[k, 0, 0]), float(path.params[min(k + 1, len(path.params) - 1), 0, 0])
        moving = moment.phase is Phase.MOVE
        part = ease(moment.progress) if moving else 0.0
        m = here + (there - here) * part
        loss = float(path.loss[k + moving, 0])
        hops = self.fog is not None and moving and moment.progress < 1  # what it passes over is not known
        if hops:
            loss = float(path.loss[k, 0]) + (loss - float(path.loss[k, 0])) * part
        elif moving and moment.progress < 1:
            loss = float(self.story.loss.value(np.array([m])))
        inside = self.story.window.holds(m, loss) and loss == loss and not self._gone(moment)
        self._ball(m, loss, inside)
        if hops:
            known = pill_text(self.loss_base, float(path.loss[k, 0]), self.loss_digits) if moment.brisk else "?"
            self.loss_pill.write(known)
        slope = float(path.gradient[k, 0, 0])
        told = moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.ASK) and not self._gone(moment)
        looking = told and self.story.window.holds(here, float(path.loss[k, 0]))
        tries = self.tries[moment.run]
        self._slope(here, float(path.loss[k, 0]), slope, moment, looking and path.sees_gradient)
        self.trial.show(moment, here, looking and tries)
        self._average(moment)
        self._step(here, there, moment)
        self._edge(m, loss, inside, moment)

    def _gone(self, moment: Moment) -> bool:
        """Whether the ball has left the picture, for good: it is not shown passing through."""
        left = self.leaves[moment.run]
        return left is not None and moment.step >= left

    def _trace(self, moment: Moment) -> None:
        """Let the curve grow, from the left, as far as the parameter has come."""
        reveal(self.glyphs, False)
        m = self.story.traced(moment.progress)
        begin = self.across(self.story.traced(0.0))
        ends = sorted((begin, self.across(m)))
        points = self.points[(self.points[:, 0] >= ends[0]) & (self.points[:, 0] <= ends[1])]
        traced = moment.phase is Phase.TRACE
        reveal([self.grown, self.ball], traced)
        put(self.grown, *points.tolist())
        loss = float(self.story.loss.value(np.array([m])))
        put(self.ball, (self.across(m), self.up(loss)))
        self._pills(m, loss, traced)

    def _ball(self, m: float, loss: float, inside: bool) -> None:
        x, y, box = self.across(m), self.up(loss), self.pen.box
        reveal([self.ball, self.down, self.left], inside)
        if inside:
            put(self.ball, (x, y))
            put(self.down, (x, y + 14), (x, box.bottom - 1))
            put(self.left, (x - 14, y), (box.left + 1, y))
        self._pills(m, loss, inside)

    def _pills(self, m: float, loss: float, seen: bool) -> None:
        box = self.pen.box
        x = min(max(self.across(m), box.left), box.right)
        self.param_pill.place(
            x, box.bottom + 18, pill_text(self.param_base, m, self.digits) if self._in_range(m) else ""
        )
        y = min(max(self.up(loss), box.top), box.bottom)
        reveal(self.loss_pill.artists, seen)
        middle = max(box.left - 6 - self.loss_pill.width / 2, self.loss_pill.width / 2 + 4)
        self.loss_pill.place(middle, y, pill_text(self.loss_base, loss, self.loss_digits))
        reveal(self.param_pill.artists, self._in_range(m))
        half = self.param_pill.width / 2
        for at, tick in self.param_ticks:
            wide = self.pen.width(tick.words, NOTE) / 2  # type: ignore[attr-defined]
            reveal([tick], not self._in_range(m) or abs(at - x) > half + wide + 8)
        for at, tick in self.loss_ticks:
            reveal([tick], not seen or abs(at - y) > 14 + 6 + 8)

    def _in_range(self, m: float) -> bool:
        low, high = self.story.window.params
        return low <= m <= high

    def _slope(self, m: float, loss: float, slope: float, moment: Moment, seen: bool) -> None:
        """Draw the tangent from its middle, and its triangle while the slope is looked at."""
        looking = seen and moment.phase is Phase.LOOK
        whole = seen and (moment.progress >= 1 or moment.phase is not Phase.LOOK)
        reveal([self.tangent], seen)
        reveal([self.slope], whole and self.guess is None)
        x, y = self.across(m), self.up(loss)
        tilt = slope * self._steepness()
        corner = None if self.guess else self._corner(x, y, tilt)  # several slopes meet in the ball: no triangle
        if seen:
            grown = ease(moment.progress) if moment.phase is Phase.LOOK else 1.0
            reach = TANGENT if corner is None else max(TANGENT, math.hypot(corner[0] - x, corner[1] - y) + 6)
            put(self.tangent, *tangent(x, y, tilt, reach * grown))
        fits = corner is not None
        reveal([self.triangle, self.one], looking and whole and fits)
        if looking and corner is not None:
            put(self.triangle, (x + math.copysign(14, corner[0] - x), y), (corner[0], y), corner)
            above = y - 8 if corner[1] > y else y + 20
            self.one.write("1", (x + corner[0]) / 2 + 2, above)
        if self.guess:
            self.guess.show(moment, looking=seen, gone=self._gone(moment))
        elif whole:
            words = f"{self.slope_name} {number(slope, self.slope_digits)}"
            place = (moment.run, moment.step)
            if place not in self._labelled:
                self._labelled = {
                    place: self.room.for_slope(self.pen.width(words, NAME, bold=True), x, y, tilt, corner)
                }
            self.slope.write(words, *self._labelled[place])

    def _average(self, moment: Moment) -> None:
        """Show the average of the places so far, for a method that answers with it."""
        averages = self.story.runs[moment.run].terms.get("average")
        landed = moment.phase is Phase.REST or (moment.phase is Phase.MOVE and moment.progress >= 1)
        k = moment.step - (not landed or moment.phase is Phase.REST)
        known = averages is not None and k >= 0
        m = float(averages[k, 0, 0]) if averages is not None and known else 0.0
        loss = float(self.story.loss.value(np.array([m])))
        seen = known and self.story.window.holds(m, loss)
        reveal([self.average], seen)
        if seen:
            put(self.average, (self.across(m), self.up(loss)))

    def _steepness(self) -> float:
        """Units upwards for one unit to the right, at slope one."""
        across = (self.across.end - self.across.begin) / (self.across.high - self.across.low)
        up = (self.up.begin - self.up.end) / (self.up.high - self.up.low)
        return up / across

    def _corner(self, x: float, y: float, tilt: float) -> tuple[float, float] | None:
        """Where the slope triangle ends: one to the right, the slope up or down; None where that can't be seen."""
        one = (self.across.end - self.across.begin) / (self.across.high - self.across.low)
        end = (x + one, y - tilt * one)
        box = self.pen.box
        seen = 36 <= one <= 180 and abs(end[1] - y) >= 14
        return end if seen and end[0] < box.right - 8 and box.top + 8 < end[1] < box.bottom - 8 else None

    def _step(self, here: float, there: float, moment: Moment) -> None:
        """Let the arrow grow along the axis: its length is the step."""
        box = self.pen.box
        stepping = moment.phase in (Phase.DECIDE, Phase.MOVE) and not moment.brisk and not self._gone(moment)
        seen = stepping and here != there and self._in_range(here)
        asked = moment.phase is Phase.ASK
        reveal([self.arrow, self.step], seen)
        target = float(self.story.loss.value(np.array([there])))
        landing = (
            moment.phase is Phase.DECIDE and seen and self.story.window.holds(there, target) and moment.progress >= 1
        )
        reveal([self.landing], landing and not asked)
        unseen = self.fog is not None and not self.tries[moment.run]  # where it will be, but not how high
        reveal([self.ring], landing and not asked and not unseen)
        if not seen:
            return
        grown = ease(moment.progress) if moment.phase is Phase.DECIDE else 1.0
        begin = self.across(here)
        end = min(max(self.across(here + (there - here) * grown), box.left), box.right)
        y = box.bottom - LANE / 2
        shape = arrow(begin, end, y)
        if not np.array_equal(self.arrow.get_xy()[: len(shape)], shape):
            self.arrow.set_xy(shape)
        words = f"{word('step')} {signed(there - here, self.digits)}"
        self._step_label(words, begin, min(max(self.across(there), box.left), box.right), y)
        if landing:
            put(self.ring, (self.across(there), self.up(target)))
            top = box.top + 28 if unseen else self.up(target) + 12
            put(self.landing, (self.across(there), min(top, y)), (self.across(there), y))

    def _step_label(self, words: str, begin: float, end: float, y: float) -> None:
        """Write the step beyond the arrow's head; at the edge behind its tail, or else above its shaft."""
        wide, box = self.pen.width(words, NAME, bold=True), self.pen.box
        right = end >= begin
        beyond, behind = (end + 12, begin - 16 - wide) if right else (end - 12 - wide, begin + 16)
        fits = [x for x in (beyond, behind) if box.left + 2 <= x and x + wide <= box.right]
        x = fits[0] if fits else min(max((begin + end - wide) / 2, box.left + 2), box.right - wide)
        self.step.write(words, x, y + 7 if fits else y - 16)

    def _edge(self, m: float, loss: float, inside: bool, moment: Moment) -> None:
        """Show a ball that has left: an arrow at the edge, its numbers, and the step at which it left."""
        left = self.leaves[moment.run]
        out = not inside and moment.phase not in (Phase.MEASURE, Phase.TRACE)
        reveal([self.edge], out)  # it may come back; what is said of it beside the arrow is for good
        reveal([self.edge_note, self.edge_loss, self.edge_step], out and left is not None)
        if not out:
            return
        x, y, sideways = self._exit(m, loss)
        box = self.pen.box
        self.edge.set_xy(edge_arrow(x, y, sideways, self.across(m) > box.left + box.width / 2))
        if left is None:
            return
        at, top = self.notes[moment.run]
        for label, text, drop in zip((self.edge_note, self.edge_loss), self._numbers(m, loss), (20, 46), strict=True):
            label.write(text, at, top + drop)
        self.edge_step.write(word("left at", step=left), at, top + 70)

    def _exit(self, m: float, loss: float) -> tuple[float, float, bool]:
        """Where a point outside of the picture is nearest to it, and whether it left by the side."""
        box = self.pen.box
        sideways = self.up(loss) >= box.top
        x = min(max(self.across(m), box.left + 16), box.right - 16)
        return x, self.up(loss) if sideways else box.top + 4, sideways

    def _numbers(self, m: float, loss: float) -> tuple[str, str]:
        return f"{self.name} = {number(m, self.digits)}", f"{word('loss')} {number(loss, self.loss_digits)}"

    def _note(self, run: int) -> tuple[float, float]:
        """The one place of a run's numbers once it has left: where it left, with room for all that follow."""
        left, path = self.leaves[run], self.story.runs[run]
        if left is None:
            return 0.0, 0.0
        away = [(float(path.params[k, 0, 0]), float(path.loss[k, 0])) for k in range(left, self.story.last(run) + 1)]
        wide = max(self.pen.width(text, NAME, bold=True) for place in away for text in self._numbers(*place))
        x, y, _ = self._exit(*away[0])
        return self.room.for_numbers(wide, x, y, self.named)
