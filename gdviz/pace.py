"""From what happened to what is shown: which moment, for how long, and what is said meanwhile.

The first steps are taken slowly, phase by phase, later ones run faster, and what matters gets a hold of its own. The
reading time of a sentence sets the pace.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import cast

from gdviz.commentary import Commentary
from gdviz.descent.events import What
from gdviz.descent.loss import Fit
from gdviz.descent.story import Moment, Phase, Sentence, Story
from gdviz.telling import Teller
from gdviz.words import reading_seconds, say, shown_names

DRAW, GROW, GLIDE = 0.4, 0.4, 0.6  # seconds: the tangent is drawn, the arrow grows, the ball glides
UNDER_WAY = 0.65  # of the seconds of a way through a network: then it has arrived, and can be read
UNROLL = 2.5  # seconds in which a study shows what came after the last step
_RECORDED = 0.6  # seconds: the longest step of a recording
BRISK = 0.7  # seconds: a shorter step is only a move; phases that come and go so fast would flicker


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds.

    opening: before the first step. slow: look, decide and move of each step that is taken phase by phase.
    whole: the steps after those, each as a whole. shrink, least: each later step takes `shrink` times its predecessor,
    but not less than `least`. rush: what all the later steps may take together; where there are more, they run
    faster. event: the hold where something happens. last: the hold of the last picture.
    """

    opening: float
    slow: tuple[tuple[float, float, float], ...]
    whole: tuple[float, ...]
    shrink: float
    least: float
    rush: float
    event: float
    last: float


PACES = {
    "lesson": Pace(1.5, ((4.0, 4.0, 3.5),), (3.0, 1.5), 0.75, 0.25, 8.0, 2.0, 3.0),
    "brief": Pace(1.2, (), (3.0, 1.4), 0.7, 0.2, 4.5, 1.2, 2.0),
}
# Each of several runs: what a step is, is known by then.
_SEVERAL = {
    "lesson": Pace(1.8, (), (1.6, 0.9), 0.8, 0.25, 3.5, 2.0, 3.0),
    "brief": Pace(1.2, (), (0.8, 0.5), 0.75, 0.12, 2.2, 1.2, 2.0),
}
# Many parameters: no single step has numbers of its own to be told, and what is learnt shows after many.
_LEARNING = {
    "lesson": Pace(2.5, (), (1.2, 0.8), 0.9, 0.12, 14.0, 2.0, 4.0),
    "brief": Pace(1.8, (), (0.6, 0.4), 0.85, 0.08, 7.0, 1.2, 2.5),
}
_RACES = {
    "lesson": Pace(2.5, (), (1.4, 1.0), 0.85, 0.1, 12.0, 2.0, 4.0),
    "brief": Pace(2.0, (), (0.8, 0.6), 0.85, 0.08, 7.0, 1.2, 2.5),
}
# what several runs still stop for
_STOPS = (What.LEFT, What.CLIMBED, What.CARRIED, What.PLATEAU, What.SADDLE, What.ESCAPED, What.STUCK)


@dataclass(frozen=True)
class Shot:
    """A moment, and how many frames of the film it stays. `cut`: whether a segment of the film starts here."""

    moment: Moment
    ticks: int
    cut: bool = False


@dataclass(frozen=True)
class Plan:
    """What the film is asked to be.

    pace: a name of `PACES`, or a whole number: so many frames for every step and no other holds.
    ask: hold before each slow move, for the class to answer where it will land.
    origin: begin with where the curve comes from. hold: seconds of the last picture, or None for the pace's own.
    closing: what is said at the end instead of the built-in sentence; `{m}` is the value that was found.
    fog: the loss is uncovered only where it was asked for, and at the end as a whole.
    passes: a step is a way forward through a network, one back, and an update; both ways take their time.
    zoom: the picture draws in while runs move: quick steps follow each other without a halt, so that it does not jerk.
    """

    fps: int
    pace: str | int = "lesson"
    ask: bool = False
    origin: bool = False
    hold: float | None = None
    closing: str = ""
    fog: bool = False
    zoom: bool = False
    passes: bool = False

    def moving(self, seconds: float, part: float) -> float:
        """Return how long the move of a step that is taken as a whole lasts: a part of its time, or all of it."""
        return seconds if self.zoom and seconds < BRISK else part * seconds


def shots(story: Story, plan: Plan) -> list[Shot]:
    """Return the whole film: one shot after another."""
    reel = _Reel(plan.fps)
    if plan.origin:
        _origin(reel, story)
    if story.together:
        _Race(reel, story, plan).tell()
    else:
        for run in range(len(story.runs)):
            _Telling(reel, story, run, plan).tell()
    return reel.shots if isinstance(plan.pace, int) or story.together else _readable(reel.shots, plan.fps)


def _readable(shots: list[Shot], fps: int) -> list[Shot]:
    """Let a sentence that would pass too quickly to be read give way to the one before it."""
    made: list[Shot] = []
    for (run, sentence), group in groupby(shots, key=lambda shot: (shot.moment.run, shot.moment.sentence)):
        part = list(group)
        seconds = sum(shot.ticks for shot in part) / fps
        if made and made[-1].moment.run == run and seconds < reading_seconds(sentence) - 1.5 / fps:
            kept = made[-1].moment.sentence
            part = [replace(shot, moment=replace(shot.moment, sentence=kept)) for shot in part]
        made += part
    return made


@dataclass
class _Reel:
    """The film so far. Seconds become frames by their running total, so that no rounding adds up."""

    fps: int
    shots: list[Shot] = field(default_factory=list)
    _seconds: float = 0.0
    _ticks: int = 0
    _cut: bool = True

    def cut(self) -> None:
        """Begin a new segment with the next shot."""
        self._cut = True

    def hold(self, moment: Moment, seconds: float) -> None:
        """Show one moment for so many seconds; nothing where that is less than half a frame."""
        self._seconds += seconds
        self.show(moment, round(self._seconds * self.fps) - self._ticks)

    def show(self, moment: Moment, ticks: int) -> None:
        """Show one moment for so many frames."""
        if ticks > 0:
            self.shots.append(Shot(moment, ticks, self._cut))
            self._ticks, self._cut = self._ticks + ticks, False

    def play(self, moment: Moment, moving: float, seconds: float) -> None:
        """Let a phase come to its end in `moving` seconds, and hold it for the rest of `seconds`."""
        moving = min(moving, seconds)
        end = round((self._seconds + moving) * self.fps)
        frames = end - self._ticks
        for k in range(1, frames + 1):
            self.show(replace(moment, progress=k / frames), 1)
        self._seconds += moving
        self.hold(moment, seconds - moving)

    def frames(self, moments: list[Moment]) -> None:
        """Show each moment for one frame."""
        for moment in moments:
            self.show(moment, 1)
        self._seconds = self._ticks / self.fps


def _origin(reel: _Reel, story: Story) -> None:
    """Tell where the curve comes from: residuals, one point, the whole curve."""
    name, model = shown_names(story.loss.about.names)[0], cast(Fit, story.loss).model
    begin = Moment(0, 0, Phase.MEASURE, 0.0, say(f"measure {model}"))
    reel.hold(begin, reading_seconds(begin.sentence))
    point = Moment(0, 0, Phase.TRACE, 0.0, say(f"one point {model}"))
    reel.hold(point, reading_seconds(point.sentence))
    turning = replace(point, sentence=say(f"turn {model}", m=name), progress=1.0)
    reel.play(turning, 4.5, max(5.5, reading_seconds(turning.sentence)))
    reel.cut()


@dataclass
class _Telling:
    """One run, told."""

    reel: _Reel
    story: Story
    run: int
    plan: Plan

    def __post_init__(self) -> None:
        """Find what there is to tell."""
        self.last = self.story.last(self.run)
        self.teller = Teller(self.story, self.run, self.plan.closing, self.plan.origin, self.plan.fog, self.plan.passes)
        self._said = self.teller.tuned() or self.teller.begin()

    @property
    def _several(self) -> bool:
        return len(self.story.runs) > 1

    def tell(self) -> None:
        """Tell the run from its start to its end."""
        if isinstance(self.plan.pace, int):
            self._steadily(self.plan.pace)
        else:
            learning = self.story.loss.about.dim > 2 and not self.plan.passes
            pace = (_SEVERAL if self._several else _LEARNING if learning else PACES)[self.plan.pace]
            if self.story.recorded is not None:
                self._told(self._evenly(pace))
            else:
                slow = () if self.run or learning else PACES[self.plan.pace].slow
                self._told(replace(pace, slow=slow))
        self.reel.cut()

    def _evenly(self, pace: Pace) -> Pace:
        """Return the pace of a recording: every step takes the same time, as nothing is known of what made it."""
        length = min(_RECORDED, max(pace.least, pace.rush / max(1, self.last)))
        return replace(pace, slow=(), whole=(length,), shrink=1.0)

    def _steadily(self, frames: int) -> None:
        recorded = self.story.recorded is not None
        parts = [(Phase.MOVE, (k + 1) / frames) for k in range(frames)] if recorded else steady(frames)
        for step in range(self.last):
            self.reel.frames([replace(self._at(step, *part, say("on")), brisk=recorded) for part in parts])
        self.reel.hold(Moment(self.run, self.last, Phase.REST, 1.0, self.teller.end()), self.plan.hold or 0.0)
        if not self.plan.hold:
            self.reel.show(Moment(self.run, self.last, Phase.REST, 1.0, self.teller.end()), 1)

    def _told(self, pace: Pace) -> None:
        begin = Moment(self.run, 0, Phase.READY, 1.0, self.teller.begin())
        self.reel.hold(begin, max(pace.opening, reading_seconds(begin.sentence)))
        tuned = replace(begin, sentence=self.teller.tuned())
        if tuned.sentence:
            self.reel.hold(tuned, reading_seconds(tuned.sentence))
        self.reel.cut()
        slow = min(len(pace.slow), self.last)
        for step in range(slow):
            self._slowly(step, pace.slow[step])
            self._event(step, pace)
        lengths = _lengths(pace, self.last - slow)
        for first, end in self._groups(slow):
            self._together(first, end, lengths[first - slow : end - slow], pace)
        final = Moment(self.run, self.last, Phase.REST, 1.0, self.teller.end())
        if self.plan.fog and self.run == len(self.story.runs) - 1:
            uncovered = replace(final, sentence=self.teller.uncovered())
            self.reel.hold(uncovered, 1.0 + reading_seconds(uncovered.sentence))
        closing = self.plan.hold if self.plan.hold is not None and self.run == len(self.story.runs) - 1 else pace.last
        self.reel.hold(final, max(closing, reading_seconds(final.sentence) if self.plan.hold is None else 0.0))

    def _slowly(self, step: int, seconds: tuple[float, float, float]) -> None:
        """Take a step phase by phase, each with its sentence."""
        phases = [(Phase.LOOK, DRAW), (Phase.DECIDE, GROW), (Phase.MOVE, GLIDE)]
        for (phase, moving), length in zip(phases, seconds, strict=True):
            if phase is Phase.DECIDE and self.plan.ask:
                self.reel.hold(self._at(step, Phase.ASK, 1.0, say("ask")), 4.0)
                self.reel.cut()
            moment = self._at(step, phase, 1.0, self.teller.phase(step, phase))
            length = max(length, reading_seconds(moment.sentence))
            self.reel.play(moment, self._drawn(phase, moving, length), length)
        self.reel.cut()

    def _drawn(self, phase: Phase, moving: float, seconds: float) -> float:
        """Return in which part of a phase's seconds it comes to its end."""
        return UNDER_WAY * seconds if self.plan.passes and phase is not Phase.MOVE else moving

    def _together(self, first: int, end: int, lengths: list[float], pace: Pace) -> None:
        """Take the steps `first` to `end` as wholes, under one sentence, and hold where the last one matters."""
        spent = sum(lengths)
        sentence = self.teller.group(first, end)
        if self._several:
            sentence = self._kept(first, sentence, spent)
        for step, length in zip(range(first, end), lengths, strict=True):
            self._whole(step, length, sentence)
            if length >= BRISK and step < end - 1:
                self.reel.cut()
        event = self.teller.events.get(end - 1)
        if event is not None and (not self._several or event.what in _STOPS):
            self._event(end - 1, pace)
            return
        rest = reading_seconds(sentence) - spent
        if rest > 0 and end < self.last and not self._several:
            self.reel.hold(self._at(end - 1, Phase.MOVE, 1.0, sentence), rest)
        self.reel.cut()

    def _kept(self, first: int, sentence: Sentence, seconds: float) -> Sentence:
        """In one of several runs: the label stays at first, then the event just seen; a new sentence needs its time."""
        event = self.teller.events.get(first - 1)
        if event is not None:
            self._said = self.teller.event(event)
        elif seconds >= reading_seconds(sentence):
            self._said = sentence
        return self._said

    def _whole(self, step: int, seconds: float, sentence: Sentence) -> None:
        if seconds < BRISK:
            self.reel.play(
                replace(self._at(step, Phase.MOVE, 1.0, sentence), brisk=True), self.plan.moving(seconds, 0.7), seconds
            )
            return
        glide = min(GLIDE, 0.5 * seconds)
        part = 0.25 * seconds
        looking, deciding = (
            self._drawn(phase, min(usual, 0.2 * seconds), part)
            for phase, usual in ((Phase.LOOK, DRAW), (Phase.DECIDE, GROW))
        )
        self.reel.play(self._at(step, Phase.LOOK, 1.0, sentence), looking, part)
        if self.plan.ask and seconds >= 1.0:
            self.reel.hold(self._at(step, Phase.ASK, 1.0, say("ask")), 3.0)
        self.reel.play(self._at(step, Phase.DECIDE, 1.0, sentence), deciding, part)
        self.reel.play(self._at(step, Phase.MOVE, 1.0, sentence), glide, 0.5 * seconds)

    def _event(self, step: int, pace: Pace) -> None:
        event = self.teller.events.get(step)
        if event is not None:
            sentence = self.teller.event(event)
            self.reel.hold(self._at(step, Phase.MOVE, 1.0, sentence), max(pace.event, reading_seconds(sentence)))
            self.reel.cut()

    def _groups(self, first: int) -> Iterator[tuple[int, int]]:
        """Cut the steps from `first` on into groups that share a sentence: each ends with an event or a turn."""
        begin = first
        for step in range(first, self.last):
            if step in self.teller.events or step == self.last - 1:
                yield begin, step + 1
                begin = step + 1

    def _at(self, step: int, phase: Phase, progress: float, sentence: Sentence) -> Moment:
        return Moment(self.run, step, phase, progress, sentence)


@dataclass
class _Race:
    """Several runs that go at once, told as one."""

    reel: _Reel
    story: Story
    plan: Plan

    def __post_init__(self) -> None:
        """Find what there is to tell."""
        self.commentary = Commentary(self.story, self.plan.closing)

    def tell(self) -> None:
        """Tell the race from its start to its end."""
        steps = self.story.steps
        if isinstance(self.plan.pace, int):
            for step in range(steps):
                parts = [(k + 1) / self.plan.pace for k in range(self.plan.pace)]
                self.reel.frames([self._at(step, part, say("on")) for part in parts])
            self._end(self.plan.hold or 0.0)
            return
        pace = _RACES[self.plan.pace]
        begin = Moment(0, 0, Phase.READY, 1.0, self.commentary.begin())
        self.reel.hold(begin, max(pace.opening, reading_seconds(begin.sentence)))
        self.reel.cut()
        claims, said, since, waiting = self.commentary.claims, begin.sentence, 9.0, None
        for step, seconds in enumerate(_lengths(pace, steps)):
            waiting = claims.get(step, waiting)
            if waiting is not None and since >= reading_seconds(said):
                said, since, waiting = waiting, 0.0, None
                self.reel.cut()
            if step == self.commentary.first:  # somebody is there: look up
                self.reel.hold(self._at(step - 1, 1.0, said), pace.event)
                since += pace.event
            self.reel.play(self._at(step, 1.0, said), self.plan.moving(seconds, 0.75), seconds)
            since += seconds
        self.reel.hold(self._at(steps - 1, 1.0, said), max(0.0, reading_seconds(said) - since))
        self.reel.cut()
        hold = pace.last if self.plan.hold is None else self.plan.hold
        self._end(max(hold, reading_seconds(self.commentary.end()) if self.plan.hold is None else 0.0))

    def _end(self, seconds: float) -> None:
        final = Moment(0, self.story.steps, Phase.REST, 1.0, self.commentary.end())
        if self.story.study is not None and seconds >= UNROLL / 2:  # what its slower runs do later comes at once
            self.reel.play(final, min(UNROLL, seconds), seconds)
            return
        before = len(self.reel.shots)
        self.reel.hold(final, seconds)
        if len(self.reel.shots) == before:
            self.reel.show(final, 1)
        self.reel.cut()

    def _at(self, step: int, progress: float, sentence: Sentence) -> Moment:
        return Moment(0, step, Phase.MOVE, progress, sentence, brisk=True)


def steady(frames: int) -> list[tuple[Phase, float]]:
    """Return what each of the frames of one step shows: a third looks, a third decides, the rest moves."""
    look, decide = frames // 3, frames // 3
    move = frames - look - decide
    return [
        *((Phase.LOOK, (k + 1) / look) for k in range(look)),
        *((Phase.DECIDE, (k + 1) / decide) for k in range(decide)),
        *((Phase.MOVE, (k + 1) / move) for k in range(move)),
    ]


def _lengths(pace: Pace, steps: int) -> list[float]:
    """Return the seconds of each step that is taken as a whole."""
    lengths = list(pace.whole[:steps])
    length = pace.whole[-1]
    while len(lengths) < steps:
        length = max(pace.least, length * pace.shrink)
        lengths.append(length)
    late = sum(lengths[len(pace.whole) :])
    squeeze = min(1.0, pace.rush / late) if late else 1.0
    return [length * (1.0 if k < len(pace.whole) else squeeze) for k, length in enumerate(lengths)]
