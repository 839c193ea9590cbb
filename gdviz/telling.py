"""What is said of a run: at its start, in each phase of a step, over many steps, at events, at its end.

A sentence is chosen by what was measured, and says nothing that the numbers on the screen contradict.
"""

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gdviz.descent.critical import Kind
from gdviz.descent.digits import Digits, digits
from gdviz.descent.events import Event, What, events
from gdviz.descent.lingering import Visit
from gdviz.descent.loss import Array, Fit, steps_per_epoch
from gdviz.descent.network import Network
from gdviz.descent.story import Phase, Sentence, Story
from gdviz.descent.training_run import TrainingRun
from gdviz.descent.trajectory import How, Trajectory
from gdviz.words import filled, joined, number, number_from, say, short, shown_names, spans, word, written

_MANY = 4  # parameters: of more than that only some are named


@dataclass(frozen=True)
class Teller:
    """Tells one run of a story.

    closing: what is said at the end of the last run instead; `{m}` is the value that was found. origin: whether the
    film began with where the curve comes from, and the question is which parameter is best. fog: whether the loss is
    uncovered only where it was asked for. passes: whether a step is told as a way forward through a network, and back.
    """

    story: Story
    run: int
    closing: str = ""
    origin: bool = False
    fog: bool = False
    passes: bool = False

    @property
    def path(self) -> Trajectory:
        """The run."""
        return self.story.runs[self.run]

    @property
    def last(self) -> int:
        """Its last position."""
        return self.story.last(self.run)

    @cached_property
    def events(self) -> dict[int, Event]:
        """What happens, by the step with which it happens."""
        if self.story.recorded is not None:  # losses of batches go up and down, and that is nothing to stop for
            return {}
        return {event.step: event for event in events(self.story, self.run)}

    @cached_property
    def _visit(self) -> Visit | None:
        """The saddle at which the run lingers, if it does."""
        return self.story.lingering(self.run)

    @property
    def name(self) -> str:
        """The parameter's name."""
        return shown_names(self.story.loss.about.names)[0]

    @property
    def slope(self) -> str:
        """What the slope is called: a line of data has a slope of its own."""
        return word("gradient" if isinstance(self.story.loss, Fit) or not self._one else "slope")

    @cached_property
    def _shown(self) -> Digits:
        return digits(self.story)

    @property
    def digits(self) -> int:
        """The decimals of the parameter."""
        return self._shown.param

    def _words(self, **more: object) -> dict[str, object]:
        return {"m": self.name, "slope": self.slope, **more}

    def _value(self, position: int) -> str:
        return number_from(self._shown.base(0), float(self.path.params[position, 0, 0]), self.digits)

    def begin(self) -> Sentence:
        """Say where it begins: the run's label where there are several."""
        if self.story.recorded is not None:
            return self._of_recorded(self.story.recorded)
        if len(self.story.runs) > 1:
            return spans(self.story.labels[self.run])
        if self.origin:
            return say("find", m=self.name)
        if self.passes:
            return say("pass begin")
        if self.fog:
            return say("fog" if self._only_stands else "fog asks")
        return say("begin", **self._words(value=self._value(0))) if self._one else say("find all", m=self._all_names)

    def _of_recorded(self, run: TrainingRun) -> Sentence:
        """Say what was recorded, and how much of it was kept."""
        key = (
            "recorded projected" if run.projected is not None else "recorded" if run.every == 1 else "recorded thinned"
        )
        return say(key if run.shapes else "recorded measures", **self._counts(run))

    def _counts(self, run: TrainingRun) -> dict[str, object]:
        return {
            "records": number(self.last + 1, 0),
            "count": number(run.count, 0),
            "steps": number(float(run.steps[-1] - run.steps[0]), 0),
        }

    def tuned(self) -> Sentence:
        """Say how its learning rate was found; nothing where none was looked for."""
        search = self.story.searches[self.run] if self.story.searches else None
        if search is None or search.rate is None:
            return ()
        found = {"rate": short(search.rate), "tried": len(search.rates)}
        if not np.isfinite(search.longest):
            return say("tuned", **found)
        return say("tuned short", **found, longest=written(f"{search.longest:.2g}"))

    @property
    def _one(self) -> bool:
        return self.story.loss.about.dim == 1

    @property
    def _only_stands(self) -> bool:
        """Whether it asks for the loss nowhere but where it stands."""
        return int(self.path.evaluations[self.last, 0]) <= self.last

    def uncovered(self) -> Sentence:
        """Say of the whole loss, at the end, what it is; of a search some places that were asked for are not known."""
        return say("fog lifts unseen" if self.tries or self._only_stands else "fog lifts")

    @property
    def _all_names(self) -> str:
        *first, last = shown_names(self.story.loss.about.names)
        return word("and", first=joined(first if len(first) < _MANY else [*first[:2], "…"]), last=last)

    def phase(self, step: int, phase: Phase) -> Sentence:
        """Say what is seen, decided or done in a phase of a step."""
        moves = self.path.step[step, 0]
        if self.passes:
            return say({Phase.LOOK: "pass forward", Phase.DECIDE: "pass backward"}.get(phase, self._passed(step)))
        if self.story.batched and moves.any() and not self.tries and self.path.sees_gradient:
            key = self._of_batch(step, phase)
            if key:
                batches = self.story.batched.batches
                few, many = len(batches.rows(step)), batches.count
                return say(key, **self._words(few=few, all=many))
        landed = "same" if not moves.any() else "fell" if self._fell(step) else "rose" if self._one else "went up"
        if self.tries:
            key = {Phase.LOOK: "look around", Phase.DECIDE: self._tried(moves)}.get(phase, landed)
            return say("stays" if key == "same" else key, **self._words())
        if phase is Phase.LOOK and not self.path.sees_gradient:
            return say("look blind", **self._words())
        if not self._one and self._is_level(step):
            return say({Phase.LOOK: "look level", Phase.DECIDE: "no step"}.get(phase, landed), **self._words())
        if not self._one:
            against = bool((moves * self.path.gradient[step, 0] <= 0).all())  # momentum may go uphill
            decided = "decide all" if against else "decide all by rule"
            decided = decided if self.path.sees_gradient else "decide blind all"
            return say({Phase.LOOK: "look all", Phase.DECIDE: decided}.get(phase, landed))
        slope, move = float(self.path.gradient[step, 0, 0]), float(moves[0])
        if phase is Phase.LOOK:
            return say("look flat" if slope == 0 else "look right" if slope < 0 else "look left", **self._words())
        return say(self._decision(slope, move) if phase is Phase.DECIDE else landed, **self._words())

    def _is_level(self, step: int) -> bool:
        """Whether the gradient is zero at a place, and makes no step."""
        return self.path.sees_gradient and not (self.path.gradient[step, 0].any() or self.path.step[step, 0].any())

    @property
    def _starts_there(self) -> bool:
        """Whether it starts at a minimum, and there is nothing to do."""
        still = all(map(self._is_level, range(self.last)))
        return still and not self.tries and self.story.is_minimum(self.run)

    def _passed(self, step: int) -> str:
        """Say what the update of a network's weights follows, and where it leads."""
        moves, loss = self.path.step[step, 0], self.story.loss
        if not moves.any():
            return "same"
        if isinstance(loss, Network) and len(loss.data) > 1:
            return "pass mean"
        against = bool((moves * self.path.gradient[step, 0] <= 0).all())
        return f"pass {'fell' if self._fell(step) else 'rose'}{'' if against else ' by rule'}"

    def _of_batch(self, step: int, phase: Phase) -> str:
        """Say what the mini-batch of a step has to do with it; nothing where something else makes the step."""
        if phase is Phase.LOOK:
            return "batch look"
        if phase is Phase.DECIDE:
            slope, move = self.path.gradient[step, 0], self.path.step[step, 0]
            if not self._one:
                return "batch decide all"
            return "" if slope[0] * move[0] >= 0 else "batch more" if move[0] > 0 else "batch less"
        batch = self.story.loss.at(step)
        before, after = batch.value(self.path.params[step : step + 2, 0])
        if self._fell(step):
            return "batch fell" if after <= before else "batch fell anyway"
        return "batch misled" if after < before else ""

    def _decision(self, slope: float, move: float) -> str:
        """Say what makes the step."""
        side = "right" if move > 0 else "left"
        if move == 0:
            return "no step" if slope == 0 and self.path.sees_gradient else "waits"
        if not self.path.sees_gradient:
            return f"decide blind {side}"
        if move * slope > 0:
            return f"{self._reason} {side}"
        if isinstance(self.story.loss, Fit):
            return f"decide {'more' if move > 0 else 'less'} {self.story.loss.model}"
        return f"mean {side}" if self._reason == "lags" else f"decide {side}"

    @property
    def _reason(self) -> str:
        """Why it may go against the slope: its speed, a mean slope that lags behind, or something of its own."""
        named = set(re.findall(r"\w+", self.path.rule))
        if named & {"velocity", "past_steps"}:
            return "carried"
        return "lags" if {"mean_gradient", "mean_ahead"} & {*named, *self.path.terms} else "against"

    @property
    def tries(self) -> bool:
        """Whether the method knows no slope and tries both sides."""
        return "trial_step" in self.path.terms

    def _tried(self, moves: Array) -> str:
        """Say what a method without a slope found on the two sides."""
        if not moves.any():
            return "no better"
        return "better" if len(moves) > 1 else "better right" if moves[0] > 0 else "better left"

    def _fell(self, step: int) -> bool:
        return bool(self.path.loss[step + 1, 0] < self.path.loss[step, 0])

    def group(self, first: int, end: int) -> Sentence:
        """Say what all these steps have in common."""
        if self.story.recorded is not None:
            falls = self.path.loss[end, 0] < self.path.loss[first, 0]
            return say("little" if falls else "on")
        if self.story.batched and not self.tries and end - first > 1:
            if first == 0:  # what a batch is has not been said
                return self.phase(0, Phase.LOOK)
            loss = self.path.loss[first : end + 1, 0]
            falls = loss[-1] < 0.5 * loss[0] or (np.diff(loss) > 0).mean() <= 1 / 3
            return say("batch falls" if falls and loss[-1] < loss[0] else "batch wanders")
        if not self._one and end - first == 1 and self._is_level(first):
            return self.phase(first, Phase.DECIDE)
        if not self._one:
            return say("zigzag" if self._zigzags(first, end) else "little" if self._fell(first) else "on")
        steps, slopes = self.path.step[first:end, 0, 0], abs(self.path.gradient[first:end, 0, 0])
        if end - first == 1:
            return self.phase(first, Phase.DECIDE)
        sizes, fell = abs(steps), bool(self.path.loss[end, 0] < self.path.loss[first, 0])
        plain = self.path.rule == "-learning_rate * gradient" and self._constant_rate
        if self.tries:
            key = "trying"
        elif self._turns(steps) > 0.5:
            key = "across" if fell or not self._is_out(first) else "event growing"
        elif (abs(sizes - sizes[0]) <= 0.01 * sizes[0]).all():
            key = "equal" if plain and (abs(slopes - slopes[0]) <= 0.01 * slopes[0]).all() else "even"
        elif plain and (sizes[1:] <= sizes[:-1]).all():
            key = "smaller"
        elif plain and (slopes[1:] >= slopes[:-1]).all():
            key = "larger"
        elif (sizes >= 0.9 * sizes.max()).all():
            key = "even"
        elif self._reason == "carried" and fell and (sizes[1:] > 1.01 * sizes[:-1]).mean() > 0.7:
            key = "gathers"
        elif not plain and (sizes[1:] > sizes[:-1]).mean() > 0.9:
            key = "longer"
        elif not plain and (sizes[1:] < sizes[:-1]).mean() > 0.9:
            key = "shorter"
        else:
            key = "little" if fell and (self.path.loss[first + 1 : end + 1] < self.path.loss[first:end]).all() else "on"
        return say(key, **self._words())

    def _zigzags(self, first: int, end: int) -> bool:
        """Whether most of the way is made in steps that turn back by more than a right angle."""
        steps = self.path.step[first:end, 0]
        turns, sizes = (steps[1:] * steps[:-1]).sum(axis=-1), np.linalg.norm(steps[1:], axis=-1)
        return bool(sizes[turns < 0].sum() > 0.5 * sizes.sum() > 0)

    @property
    def _constant_rate(self) -> bool:
        """Whether the learning rate is the same at every step."""
        rate = self.path.terms["learning_rate"][: self.last]
        return bool((rate == rate[:1]).all())

    def _is_out(self, position: int) -> bool:
        """Whether the run has left the picture by then."""
        return self._left_at is not None and position >= self._left_at

    @cached_property
    def _left_at(self) -> int | None:
        """The position from which on the run is outside of the picture, if it is at its end."""
        return self.story.leaves(self.run)

    def event(self, event: Event) -> Sentence:
        """Say what just happened."""
        key = f"event {event.what.value}"
        if event.what in (What.CARRIED, What.PASSED):
            other = "event uphill" if event.what is What.CARRIED else "event over"
            key = {"carried": key, "lags": "event lags"}.get(self._reason, other)
        if event.what is What.SADDLE and self._visit is not None and self._visit.saddle.kind is not Kind.SADDLE:
            key = "event saddle unclear"
        if event.what is What.ESCAPED and self._visit is not None:
            return say(key, **self._words(steps=self._visit.steps))
        sizes = np.linalg.norm(self.path.step[:, 0], axis=-1)
        if event.what is What.PLATEAU and sizes[event.step] > 0.1 * sizes.max():
            key = "event faint"
        if event.what is What.LEFT:
            return say(key, **self._words(steps=event.step + 1))
        return say(key, **self._words())

    def end(self) -> Sentence:
        """Say how it ended, in the light of where the minimum is."""
        if self.closing and self.run == len(self.story.runs) - 1:
            return self._closing()
        end = self.path.ends[0]
        if self.story.recorded is not None:
            return self._end_of_recorded(self.story.recorded)
        if end.diverged:
            return say("overflowed" if end.how is How.OVERFLOWED else "left domain", steps=end.step)
        if self._starts_there:
            return say("starts there", **self._words())
        here = float(self.path.loss[self.last, 0])
        loss = number_from(self._shown.loss_base, here, self._shown.loss, finer=not self._one)
        if self._visit is not None and self._visit.left is None:
            return say("still at saddle", steps=self.last, value=loss)
        if not self._one or not self.story.minima:
            return say(self._verdict_of_all(), steps=self.last, value=loss)
        verdict = self._verdict()
        steps = self._left_at if verdict == "too high" else self.last
        return say(verdict, **self._words(value=self._value(self.last), steps=steps, minimum=self._minimum()))

    def _verdict_of_all(self) -> str:
        """Judge a run of several parameters: at a minimum it has its values, in all digits shown but the last."""
        if not self.story.is_minimum(self.run):
            return "ended"
        if self.story.loss.about.dim > 2:  # nobody sees where it stands
            return "arrived all"
        gaps = abs(np.array(self.story.minima) - self.path.params[self.last, 0])
        return "arrived all" if (gaps.max(axis=1) <= 0.5 * 10.0 ** -max(0, self.digits - 1)).any() else "near all"

    def _end_of_recorded(self, run: TrainingRun) -> Sentence:
        """Say what was measured last, or when it was lost."""
        if self.path.ends[0].diverged:
            return say("overflowed", steps=int(run.steps[self.last + 1]))
        if not run.measured("loss"):
            return say("recorded end", **self._counts(run))
        loss = number_from(self._shown.loss_base, float(self.path.loss[self.last, 0]), self._shown.loss)
        tests = run.measures.get("test_loss", np.empty(0))[: self.last + 1]
        tests = tests[np.isfinite(tests)]
        if not len(tests):
            return say("ended", steps=self.last, value=loss)
        return say("recorded ended", value=loss, test=number(float(tests[-1]), self._shown.loss))

    def _closing(self) -> Sentence:
        """Fill the scene's own last sentence with the values that were found."""
        values = self.path.params[self.last, 0].tolist()
        return filled(self.closing, self.story.loss.about.names, values, max(0, self.digits - 1))

    def _verdict(self) -> str:
        """Judge the run by what was measured: whether it left, where it ended, how it moved."""
        story, run = self.story, self.run
        gaps = self.path.distance(story.minima)[: self.last + 1, 0]
        sizes = abs(self.path.step[: self.last, 0, 0])
        resting = self.last > 0 and sizes[-1] <= 0.05 * sizes.max()
        if self._left_at is not None and gaps[-1] > gaps[0] and not resting:
            return "too high"
        if story.is_minimum(run):
            return self._arrival()
        if resting and gaps[-1] > 0.1 * gaps.max() and self.path.ends[0].how is How.CONVERGED:
            return "elsewhere"
        slopes = abs(self.path.gradient[: self.last + 1, 0, 0])
        moves = self.path.step[: self.last, 0, 0]
        if What.PLATEAU in {event.what for event in self.events.values()} and slopes[-1] <= 0.02 * slopes.max():
            return "flat"
        if self.last > 2 and self._turns(moves) > 0.5:
            return "swinging" if self._rates_differ else "swings"
        if self._rates_differ:
            return "short"
        coming = gaps[-1] < gaps[-2] and abs(moves[-1]) > 0.1 * abs(moves).max() if self.last > 1 else False
        coming &= np.ptp(np.sign(moves[-steps_per_epoch(story.loss) :])) == 0  # all batches of an epoch agree
        return "on its way" if coming else "close"

    def _turns(self, steps: Array) -> float:
        """Return how many of the steps that can be seen go against the one before, as a part of all."""
        seen = steps[abs(steps) >= 0.5 * 10.0**-self.digits]
        return float((np.sign(seen[1:]) * np.sign(seen[:-1]) < 0).mean()) if len(seen) > 1 else 0.0

    def _arrival(self) -> str:
        """Say which minimum was reached: the only one, the deepest, or another one."""
        if len(self.story.minima) > 1:
            height = self.story.window.loss[1] - self.story.window.loss[0]
            above = float(self.path.loss[self.last, 0]) - min(self.story.depths)
            return "valley" if above > 0.02 * height else "deepest"
        if self._rates_differ:
            return "good"
        reached = number_from(self._shown.base(0), float(self.path.params[self.last, 0, 0]), max(0, self.digits - 1))
        return "done" if reached == self._minimum(fewer=1) else "close"

    @property
    def _rates_differ(self) -> bool:
        """Whether the film compares learning rates of one method."""
        runs = self.story.runs
        if len({path.name for path in runs}) > 1 or not all("learning_rate" in path.terms for path in runs):
            return False
        rates = [set(path.terms["learning_rate"][: self.story.last(k)].ravel()) for k, path in enumerate(runs)]
        return all(len(rate) <= 1 for rate in rates) and len(set().union(*rates)) > 1

    def _minimum(self, fewer: int = 0) -> str:
        """The nearest minimum, with fewer decimals than the parameter."""
        here = float(self.path.params[self.last, 0, 0])
        nearest = min((m[0] for m in self.story.minima), key=lambda m: abs(m - here))
        return number_from(self._shown.base(0), nearest, max(0, self.digits - fewer))
