"""What is said of a race: at its start, when the lead changes, when a run arrives or is lost, and at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np

from gdviz.descent.digits import digits
from gdviz.descent.findings import BasinFindings, Findings, PhaseFindings, RateFindings
from gdviz.descent.lingering import Visit
from gdviz.descent.standing import Standing
from gdviz.descent.story import Sentence, Story
from gdviz.descent.trajectory import How
from gdviz.naming import side_names
from gdviz.words import clauses, filled, method, number, prose, say, short, word, written


@dataclass(frozen=True)
class Commentary:
    """Tells a race; `closing` is said at its end instead of who was first."""

    story: Story
    closing: str = ""

    @cached_property
    def standing(self) -> Standing:
        """How the race stands at each step."""
        return self.story.standing

    @cached_property
    def _names(self) -> list[str]:
        return side_names(self.story, self.standing.sides)

    @property
    def _grouped(self) -> bool:
        """Whether a side has several runs: of those the single ones are not told."""
        return len(self.standing.sides) < len(self.story.runs)

    def _say(self, key: str, side: int, **more: object) -> Sentence:
        style = self.story.style(self.standing.sides[side][0])
        return say(key, run=f"run{style}", name=capital(self._names[side]), **more)

    def begin(self) -> Sentence:
        """Ask what the race, or the study, is about."""
        if self.story.study is not None:
            return say(
                {RateFindings: "study rates", PhaseFindings: "study map"}.get(type(self.story.study), "study basins")
            )
        starts = {tuple(run.params[0, 0].tolist()) for run in self.story.runs}
        if len(starts) > 1:
            return say("race starts", starts=len(starts))
        if not self.standing.goal:
            return say("race begin open")
        return say("race begin saddle" if self._compared else "race begin")

    @property
    def first(self) -> int | None:
        """The position at which the first run arrives, if that is worth a hold."""
        arrivals = [at for at in self.standing.arrived if at]
        return None if self._grouped or self.story.study is not None else min(arrivals, default=None)

    @cached_property
    def claims(self) -> dict[int, Sentence]:
        """What can be said when position `k` is reached; of several things at once the most telling."""
        if self._grouped or self.story.study is not None:
            return {}
        arrivals = sorted((at, run) for run, at in enumerate(self.standing.arrived) if at is not None)
        first = arrivals[0][0] if arrivals else -3
        found: dict[int, Sentence] = {}
        for k, run in self.standing.leads:
            if not first <= k <= first + 2:  # who is there leads: that is said by itself
                found[k] = self._say("race takes" if found else "race lead", run)
        found |= self._escapes
        for run, path in enumerate(self.story.runs):
            if path.ends[0].diverged:
                key = "race undefined" if path.ends[0].how is How.LEFT_DOMAIN else "race lost"
                found[min(self.story.last(run), self.story.steps - 1)] = self._say(key, run)
        for place, (at, run) in reversed(list(enumerate(arrivals))):
            key = "race next" if place else "race first"
            found[at] = self._say(f"{key} minimum" if self._compared else key, run, steps=at)
        return found

    @property
    def _there(self) -> Sequence[Visit]:
        """Who spends steps at a saddle at which somebody lingers."""
        return [visit for visit in self.story.lingered if visit.steps]

    @property
    def _compared(self) -> bool:
        """Whether several runs were at the same one saddle, and the race is about who gets off it."""
        return not self._grouped and len({visit.saddle.point for visit in self._there}) == 1 < len(self._there)

    def _left(self) -> Sentence:
        """Say who left the saddle first, and who came next; nothing where nobody did, or where that is not one."""
        leavers = sorted((visit.left, visit.run) for visit in self._there if visit.left is not None)
        if not self._compared or not leavers or [at for at, _ in leavers].count(leavers[0][0]) > 1:
            return ()
        (at, run), *others = leavers
        next_at, second = others[0] if others else (None, next(v.run for v in self._there if v.left is None))
        more = {"other": f"run{self.story.style(second)}", "second": self._names[second], "more": next_at}
        return self._say("race left first" if others else "race left alone", run, steps=at, **more)

    @property
    def _escapes(self) -> dict[int, Sentence]:
        """Who leaves the saddle for good, where somebody lingers; first is only who was there, and left it alone.

        Of those that leave together only one is told. A run that shot across, and spent no step there, leaves nothing.
        """
        saddle = word("the saddle" if len({visit.saddle.point for visit in self._there}) == 1 else "a saddle")
        leavers = sorted((visit.left, visit.run, visit.steps) for visit in self._there if visit.left is not None)
        found: dict[int, Sentence] = {}
        for at, run, steps in leavers:
            if self._compared and [left for left, _, _ in leavers if left <= at] == [at]:
                found[at] = self._say("race escapes first", run, at=at, saddle=saddle)
            elif steps > 1:
                found[at] = self._say("race escapes", run, steps=steps, saddle=saddle)
        return found

    def _closing(self) -> Sentence:
        """Fill the scene's own last sentence with the values of the run that is first."""
        first = self.standing.sides[self.standing.finishers[0]][0]
        values = self.story.runs[first].params[self.story.last(first), 0]
        return filled(self.closing, self.story.loss.about.names, values.tolist(), max(0, digits(self.story).param - 1))

    def end(self) -> Sentence:
        """Say who was first: off the saddle where several were there, else at the minimum."""
        if self.closing:
            return self._closing()
        if self.story.study is not None:
            return _studied(self.story.study)
        story, standing = self.story, self.standing
        arrived = sorted(at for at in standing.arrived if at is not None)
        if self._grouped:
            return say("race many", count=len(arrived), runs=len(story.runs), steps=story.steps)
        left = self._left()
        if left:
            return left
        first = standing.finishers[0]
        if not arrived:
            return self._nobody([run for run in standing.finishers if not story.runs[run].ends[0].diverged])
        if len(arrived) == 1:
            return self._say("race alone" if len(story.runs) > 1 else "race won", first, steps=arrived[0])
        second = standing.finishers[1]
        if arrived[0] == arrived[1]:
            other = f"run{story.style(second)}"
            return self._say("race tie", first, steps=arrived[0], other=other, second=self._names[second])
        return self._say(
            "race won late", first, steps=arrived[0], other=f"run{story.style(second)}", second=self._names[second],
            more=arrived[1],
        )  # fmt: skip

    def _nobody(self, going: Sequence[int]) -> Sentence:
        """Say who of those that are not lost, the lowest ever first, is closest when nobody has arrived.

        The picture shows who is lowest now: where that is another one, both are named.
        """
        if not going:
            return say("race all lost")
        now = min(going, key=lambda run: float(self.standing.loss[-1, run]))
        if now == going[0]:
            return self._say("race none" if self.standing.goal else "race lowest", now, steps=self.story.steps)
        ever = {"other": f"run{self.story.style(going[0])}", "second": self._names[going[0]]}
        key = "race none now" if self.standing.goal else "race lowest now"
        return self._say(key, now, steps=self.story.steps, **ever)


def _studied(found: Findings) -> Sentence:
    """Say what a study found."""
    if isinstance(found, RateFindings):
        return _rates(found)
    if isinstance(found, PhaseFindings):
        rate, momentum, steps = found.fastest()
        if not np.isfinite(steps):
            return say("study map none", steps=found.steps)
        pair = {"rate": written(f"{rate:.2g}"), "momentum": written(f"{momentum:.2g}")}
        return say("study map end", **pair, steps=f"{steps:.0f}")
    basins = cast(BasinFindings, found)
    lost, ends = (basins.minimum < 0).mean() > 0.005, len(np.unique(basins.minimum[basins.minimum >= 0]))
    key = (
        "study basins" + {0: " none", 1: " one"}.get(ends, "" if lost else " end") + (" lost" if lost and ends else "")
    )
    return say(key, count=ends, steps=basins.steps)


def _rates(found: RateFindings) -> Sentence:
    """Say which of the rates arrive."""
    arriving = np.isfinite(found.steps_needed)
    if not arriving.any():
        return say("study rates none", steps=found.steps)
    best = float(np.median(found.rates[found.steps_needed == found.steps_needed.min()]))
    if arriving[-1]:
        return say("study rates all", best=short(float(f"{best:.2g}")))
    wall = float(found.rates[arriving][-1])
    close = np.isfinite(found.limit) and abs(found.limit - wall) < 0.05 * found.limit
    limit = found.limit if close else wall
    return say("study rates limit", limit=short(float(f"{limit:.2g}")), best=short(float(f"{best:.2g}")))


def capital(name: str) -> str:
    """Return a name as a sentence begins with it; a symbol, such as `m`, stays as it is."""
    return name[:1].upper() + name[1:] if name[1:2].islower() else name


def protocol(story: Story, budgets: Sequence[int]) -> str:
    """Say under which terms the runs of a race go: what they share, and what each has of its own.

    budgets: the steps that each run may take.
    """
    runs, records = story.runs, story.searches
    if isinstance(story.study, BasinFindings):
        found = story.study
        said = word("every start", starts=number(found.minimum.size, 0), steps=found.steps, method=method(found.method))
        return prose([said if found.rate is None else word("at its rate", what=said, rate=short(found.rate))])
    starts = len({tuple(run.params[0, 0].tolist()) for run in runs})
    rates = [run.terms["learning_rate"] for run in runs if "learning_rate" in run.terms]
    parts = [word("one start") if starts == 1 else word("many starts", starts=starts)]
    if len(set(budgets)) == 1:
        parts.append(word("one budget", steps=budgets[0]))
    if isinstance(story.study, PhaseFindings):  # each has its rate and its momentum, which the map shows
        return prose([clauses(parts)])
    tried = max((len(record.rates) for record in records), default=0)
    if tried:
        parts.append(word("tuned rates", rates=tried))
        longest = max(record.longest for record in records if len(record.rates))
        if np.isfinite(longest):
            parts.append(word("no step over", longest=written(f"{longest:.2g}")))
    elif len(rates) == len(runs) and len(np.unique(np.concatenate([rate.ravel() for rate in rates]))) == 1:
        parts.append(word("one rate", rate=written(f"{float(rates[0].flat[0]):g}")))
    elif rates:
        parts.append(word("own rates"))
    return prose([clauses(parts), word("race goal" if story.standing.goal else "race goal open")])
