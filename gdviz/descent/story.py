"""A story: a loss, the runs that go down it, and the part of the plane worth showing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.critical import Critical, Kind, classify, critical_points
from gdviz.descent.findings import Findings, Tuned
from gdviz.descent.formula import Formula
from gdviz.descent.lingering import Visit, near_saddle, visits_of
from gdviz.descent.loss import Array, Batched, Fit, Interval, Loss, steps_per_epoch
from gdviz.descent.standing import Standing
from gdviz.descent.training_run import TrainingRun
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.valleys import around, search, valleys
from gdviz.problems import BadScene

FAR = 1.6  # a path may go this much farther from the minimum than its start and still be shown whole
BEYOND = 0.2  # a path may go this part of a region's width beyond it, and the picture grows with it
MARGIN = 0.04  # of the width, between such a path and the edge
STAYS = 6.0  # and so much farther where it does not run away
HILL = 6.0  # a hill between two valleys may be so many times higher than the start and still be shown whole
_SCAN = 2001  # points of a curve, to find out how high it goes
_MANY = 12  # minima: of more than that only those that paths come by choose what is shown


class Phase(Enum):
    """What a moment shows of a step, in the order of time."""

    MEASURE = "measure"  # the line and its residuals, before there is a curve
    TRACE = "trace"  # the line turns and the curve grows point by point
    READY = "ready"  # the ball waits at the start
    LOOK = "look"
    DECIDE = "decide"
    ASK = "ask"  # the class is asked where it will land
    MOVE = "move"
    REST = "rest"  # the run is over


Span = tuple[str, str]  # words, and the role that gives them their colour ("" for plain)
Sentence = tuple[Span, ...]


@dataclass(frozen=True)
class Moment:
    """One place in the story: any moment can be drawn, in any order.

    run: which of the runs. step: the update that is shown, from position `step` to `step + 1`.
    phase, progress: what is shown of it, and how far the phase has come, 0 to 1.
    sentence: what is said meanwhile. brisk: one of many quick steps, whose phases are not told apart.
    """

    run: int
    step: int
    phase: Phase
    progress: float = 1.0
    sentence: Sentence = ()
    brisk: bool = False

    @property
    def stamps(self) -> int:
        """How many marks stay by now: one when the descent begins, then one for each position left behind."""
        if self.phase in (Phase.MEASURE, Phase.TRACE):
            return 0
        return 1 + self.step + (self.phase is Phase.MOVE)


@dataclass(frozen=True)
class Window:
    """The part of the plane that the curve shows: an interval of the parameter and one of the loss."""

    params: Interval
    loss: Interval

    def holds(self, param: float, loss: float) -> bool:
        """Whether the point is in the picture."""
        return self.params[0] <= param <= self.params[1] and loss <= self.loss[1]


@dataclass(frozen=True)
class Story:
    """A loss and its runs, one trajectory of a single run for each, in the order in which they are told.

    labels: what is said when each begins. names: what each is called; empty, or "" where it is to be found out.
    together: all runs go at once, step by step, and are told as one: the moments of such a story name run 0.
    styles: of a race, the number of the style of each run, where several share one.
    protocol: the terms of a race, in words. study: what many other runs at once have found.
    searches: the record of the search for each run's learning rate; empty where there was none.
    params: the interval of the one parameter that the picture shows, where it is not to be chosen.

    With mini-batches the loss of a run is told as that of all the data, whatever a step saw of it (`batch_losses`); the
    gradient stays that of each step's batch, since it made the step.
    """

    loss: Loss
    runs: tuple[Trajectory, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...] = ()
    together: bool = False
    styles: tuple[int, ...] = ()
    protocol: str = ""
    study: Findings | None = None
    searches: tuple[Tuned, ...] = ()
    params: Interval | None = None

    @cached_property
    def from_last_to_first(self) -> tuple[int, ...]:
        """The runs of a race in the order in which they are drawn, so that nobody covers who is ahead at the end."""
        best = self.standing
        return tuple(run for side in reversed(best.finishers) for run in reversed(best.sides[side]))

    def style(self, run: int) -> int:
        """Return which of the styles a run of a race is drawn in: its own, or that of its group."""
        return self.styles[run] if self.styles else run

    def __post_init__(self) -> None:
        """Let the runs of mini-batches tell the loss of all the data."""
        if self.batched is not None:
            runs = tuple(replace(run, loss=self.loss.value(run.params)) for run in self.runs)
            object.__setattr__(self, "runs", runs)

    @cached_property
    def batched(self) -> Batched | None:
        """The loss, where each step sees only a part of its data."""
        return self.loss if isinstance(self.loss, Batched) and steps_per_epoch(self.loss) > 1 else None

    @cached_property
    def batch_losses(self) -> tuple[Array, ...]:
        """For each run what the mini-batch of each recorded step said where it stood, `(records,)`."""
        return tuple(
            np.array([float(self.loss.at(int(k)).value(here)[0]) for k, here in zip(run.at, run.params, strict=True)])
            for run in self.runs
        )

    def last(self, run: int) -> int:
        """The last position of a run: where it converged, ran out of steps, or was seen last."""
        end = self.runs[run].ends[0]
        return min(end.step - end.diverged, len(self.runs[run].params) - 1)

    def path(self, run: int) -> Array:
        """The places of a run up to its end, `(last + 1, dim)`."""
        return self.runs[run].params[: self.last(run) + 1, 0]

    def losses(self, run: int) -> Array:
        """The losses of a run up to its end, `(last + 1,)`."""
        return self.runs[run].loss[: self.last(run) + 1, 0]

    def gradients(self, run: int) -> Array:
        """The gradients that a run met up to its end, `(last + 1, dim)`."""
        return self.runs[run].gradient[: self.last(run) + 1, 0]

    @cached_property
    def paths(self) -> tuple[Array, ...]:
        """The places of all runs, see `path`."""
        return tuple(map(self.path, range(len(self.runs))))

    @cached_property
    def every_loss(self) -> Array:
        """The losses of all runs up to their ends, one after the other."""
        return np.concatenate([self.losses(run) for run in range(len(self.runs))])

    def counted(self, moment: Moment) -> tuple[int, int] | None:
        """Return which step a moment shows, of how many; None before the first one, where none is shown."""
        if moment.phase in (Phase.MEASURE, Phase.TRACE, Phase.READY):
            return None
        last = self.steps if self.together else self.last(moment.run)
        return self.count(last if moment.phase is Phase.REST else moment.step + 1), self.count(last)

    def count(self, position: int) -> int:
        """Return how many updates lead to a position: its number, unless not every step was recorded."""
        return int(self.recorded.steps[position]) if self.recorded else position

    @property
    def recorded(self) -> TrainingRun | None:
        """The training run that is told, where there is nothing but what was recorded of it."""
        return self.loss if isinstance(self.loss, TrainingRun) else None

    def position(self, moment: Moment, run: int | None = None) -> int:
        """Return the position of a run whose parameters a moment shows: the next one as soon as the step has landed."""
        own = moment.run if run is None else run
        if moment.phase is Phase.REST:
            return self.last(own)
        landed = moment.phase is Phase.MOVE and moment.progress >= 1.0
        return min(moment.step + landed, self.last(own))

    @property
    def steps(self) -> int:
        """The last position of the longest run."""
        return max(self.last(run) for run in range(len(self.runs)))

    @cached_property
    def plane(self) -> tuple[Interval, Interval]:
        """The intervals of the two parameters that a picture from above shows; chosen once, before the first frame.

        The loss's region, and paths that go a little beyond it; else the starts, the minima, and the paths as far as
        they stay near those.
        """
        region = self.loss.about.region
        if region:
            first, second = (self._around(axis, region[axis]) for axis in (0, 1))
            return first, second
        starts = np.array([run.params[0, 0] for run in self.runs])
        known = [*starts, *map(np.array, self.minima)]
        reach = max((math.dist(a, b) for a in starts for b in self.minima), default=0.0)
        for run, path in zip(self.runs, self.paths, strict=True):
            away = np.linalg.norm(path - path[0], axis=-1)
            first = away[away > 0][:1].sum()
            far = (FAR if run.ends[0].diverged else STAYS) * (reach or 3 * first)
            known += [*path[away <= far]]
        low, high = np.min(known, axis=0), np.max(known, axis=0)
        span = high - low
        span = np.where(span > 0, span, span.max() or max(1.0, float(np.abs(low).max())))
        if not isinstance(self.loss, Fit):  # parameters of data have units of their own
            span = np.maximum(span, 0.5 * span.max())
        middle = low / 2 + high / 2
        return tuple((float(m - 0.78 * s), float(m + 0.78 * s)) for m, s in zip(middle, span, strict=True))  # type: ignore[return-value]

    def _around(self, axis: int, region: Interval) -> Interval:
        """Return an interval widened to what paths need, where that is not much more."""
        low, high = region
        span = high - low
        for every in self.paths:
            path = every[:, axis]
            near = path[(path > region[0] - BEYOND * span) & (path < region[1] + BEYOND * span)]
            if near.min(initial=region[0]) < region[0]:
                low = min(low, float(near.min()) - MARGIN * span)
            if near.max(initial=region[1]) > region[1]:
                high = max(high, float(near.max()) + MARGIN * span)
        return low, high

    @cached_property
    def window(self) -> Window:
        """The part of the plane that a story of one parameter shows; chosen once, before the first frame."""
        region = self.loss.about.region
        params = self.params or (region[0] if region else self._chosen())
        curve = self.loss.value(np.linspace(*params, _SCAN)[:, None])
        curve = curve[np.isfinite(curve)]
        if not curve.size:
            raise BadScene("region", list(params), "allowed: an interval in which the loss has finite values")
        starts = [float(run.loss[0, 0]) for run in self.runs]
        low = min([*starts, *curve.tolist()])
        top = max([*starts, *self._climbs(params, low), *self._hill(params, low, max(starts) - low)])
        if region:
            top = max(top, low + 0.5 * (float(np.quantile(curve, 0.9)) - low))
        if top <= low:
            top = float(curve.max()) if curve.size and curve.max() > low else low + 1.0
        return Window(params, (low, top + 0.13 * (top - low)))

    def _chosen(self) -> Interval:
        return _interval(self._places, [point[0] for point in self.minima], self._runs_away)

    @property
    def _runs_away(self) -> list[bool]:
        """Whether each run gets farther and farther from where it started, judged by the two halves of its way."""
        found = []
        for run, path in zip(self.runs, self.paths, strict=True):
            far = np.abs(path[:, 0] - path[0, 0])
            half = len(far) // 2
            found.append(run.ends[0].diverged or bool(far[half:].max() > 1.5 * far[: half + 1].max() > 0))
        return found

    @property
    def _places(self) -> list[Array]:
        """Where each run of one parameter was, recorded or tried."""
        return [np.concatenate([run.params[:, 0, 0], _tried(run)]) for run in self.runs]

    def _hill(self, params: Interval, low: float, rise: float) -> list[float]:
        """The highest loss between the minima in the picture, unless it would press the valleys flat."""
        seen = [point[0] for point in self.minima if params[0] <= point[0] <= params[1]]
        if len(seen) < 2:
            return []
        between = np.linspace(min(seen), max(seen), _SCAN)
        top = float(self.loss.value(between[:, None]).max())
        return [top] if top - low <= HILL * rise else []

    def _climbs(self, params: Interval, low: float) -> list[float]:
        """The losses above the starts that runs reach inside of the picture, unless they are far above."""
        rise = max(float(run.loss[0, 0]) for run in self.runs) - low
        losses = np.concatenate([run.loss[_inside(run.params[:, 0, 0], params), 0] for run in self.runs])
        tried = np.concatenate([_tried(run) for run in self.runs])
        losses = np.concatenate([losses, self.loss.value(tried[_inside(tried, params), None])])
        climbs: list[float] = losses[losses - low <= FAR * rise].tolist()
        return climbs

    @cached_property
    def visible(self) -> Interval:
        """The part of the window's interval, from left to right, over which the curve is in the picture."""
        grid = np.linspace(*self.window.params, _SCAN)
        loss = self.loss.value(grid[:, None])
        seen = grid[loss <= self.window.loss[1] - 0.09 * (self.window.loss[1] - self.window.loss[0])]
        return (float(seen[0]), float(seen[-1])) if len(seen) else self.window.params

    def traced(self, progress: float) -> float:
        """The parameter at which the line stands when so much of the curve has been traced, towards the first start."""
        begin, end = sorted(self.visible, key=lambda edge: -abs(edge - float(self.runs[0].params[0, 0, 0])))
        return begin + (end - begin) * progress

    @cached_property
    def minima(self) -> tuple[tuple[float, ...], ...]:
        """The known minima, else those found: in the loss's region or, of a formula, around the paths.

        For one parameter by the sign of the exact slope, for two by `critical_points`, for more none.
        """
        about = self.loss.about
        if about.minima:
            return about.minima
        if about.dim != 1:
            return tuple(found.point for found in self._critical if found.kind is Kind.MINIMUM)
        paths = [run.params[:, 0, 0] for run in self.runs]
        low, high = about.region[0] if about.region else search(paths, self._runs_away)
        return tuple((m,) for m in valleys(self.loss, low, high))

    @cached_property
    def depths(self) -> tuple[float, ...]:
        """The loss at each of the minima."""
        return tuple(float(self.loss.value(np.array(minimum, dtype=np.float64))) for minimum in self.minima)

    @cached_property
    def saddles(self) -> tuple[Critical, ...]:
        """The known saddles; for two parameters else those found, where minima are looked for."""
        known = self.loss.about.saddles
        if known:
            return tuple(classify(self.loss, point) for point in known)
        return tuple(found for found in self._critical if found.kind is Kind.SADDLE)

    @cached_property
    def _critical(self) -> tuple[Critical, ...]:
        """The critical points of a loss of two parameters, but for a fit, which knows its only minimum."""
        about = self.loss.about
        if about.dim != 2 or isinstance(self.loss, Fit):
            return ()
        if about.region:
            return critical_points(self.loss, about.region)
        if not isinstance(self.loss, Formula):  # thousands of calls of a stranger's code may take any time
            return ()
        region = around([run.params[: 2 if run.ends[0].diverged else None, 0] for run in self.runs])
        return critical_points(self.loss, region) if np.isfinite(region).all() else ()

    @cached_property
    def standing(self) -> Standing:
        """How the runs stand at each step, of a story in which they go together."""
        runs = range(len(self.runs))
        lost = tuple(run.ends[0].diverged for run in self.runs)
        styles = tuple(map(self.style, runs))
        # of many parameters nobody looks for the minima; a group of starts is counted by those that arrive
        goal = bool(self.depths) or self.loss.about.dim <= 2 or len(set(styles)) < len(styles)
        return Standing(tuple(map(self.losses, runs)), self.depths, styles, lost, goal)

    def near(self, saddle: Critical) -> float:
        """How close counts as being at a saddle, in the parameters' unit; see `near_saddle`."""
        return near_saddle(saddle, [*self.minima, *(other.point for other in self.saddles)], self.plane)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """Who was at which saddle of a loss of two parameters, run by run, in the order of the saddles."""
        if self.loss.about.dim != 2:
            return ()
        saddles = [(saddle, self.near(saddle)) for saddle in self.saddles]
        runs = range(len(self.runs))
        return tuple(one for k in runs for one in visits_of(k, self.runs[k], self.last(k), saddles, self.plane))

    @property
    def lingered(self) -> tuple[Visit, ...]:
        """All visits, also those in passing, to the saddles at which some run lingers."""
        places = {visit.saddle.point for visit in self.visits if visit.calm is not None}
        return tuple(visit for visit in self.visits if visit.saddle.point in places)

    def lingering(self, run: int) -> Visit | None:
        """A run's first visit to a saddle at which it lingers, or None."""
        lasting = [visit for visit in self.visits if visit.run == run and visit.calm is not None]
        return min(lasting, key=lambda visit: visit.stays[0].first, default=None)

    def leaves(self, run: int) -> int | None:
        """The first position of a run outside of the window, if it never comes back; else None."""
        last = self.last(run)
        for k in range(last, -2, -1):
            if k < 0 or self._holds(run, k):
                return k + 1 if k < last else None
        return None

    def _holds(self, run: int, k: int) -> bool:
        """Whether a position of a run is in the window."""
        path = self.runs[run]
        return self.window.holds(float(path.params[k, 0, 0]), float(path.loss[k, 0]))

    def is_minimum(self, run: int) -> bool:
        """Whether the run ends at one of the minima: within 2 % of its largest distance, and 1 % of the picture."""
        if not self.minima:
            return False
        trajectory, k = self.runs[run], self.last(run)
        gaps = trajectory.distance(self.minima)[:, 0]
        return bool(gaps[k] <= max(min(0.02 * gaps[: k + 1].max(), 0.01 * self._side), 1e-302))

    @property
    def _side(self) -> float:
        """The length of the longest axis of the picture of the loss; without end where there is none."""
        axes = (self.window.params,) if self.loss.about.dim == 1 else self.plane if self.loss.about.dim == 2 else ()
        return max((high - low for low, high in axes), default=math.inf)


def _tried(run: Trajectory) -> Array:
    """Return the places on both sides that a method without a slope has tried."""
    if "trial_step" not in run.terms:
        return np.empty(0)
    places, reach = run.params[: len(run.step), 0, 0], run.terms["trial_step"][:, 0, 0]
    return np.concatenate([places - reach, places + reach])


def _come_by(minima: Sequence[float], paths: Sequence[Array], runs_away: Sequence[bool]) -> list[float]:
    """Return the minima among which the paths go, and one more on either side; of one that runs away the start."""
    reached = np.concatenate([path[:1] if away else path for path, away in zip(paths, runs_away, strict=True)])
    ordered = sorted(minima)
    first, end = np.searchsorted(ordered, [float(reached.min()), float(reached.max())])
    return ordered[max(0, int(first) - 1) : int(end) + 1] or ordered[-1:]


def _inside(path: Array, interval: Interval) -> NDArray[np.bool_]:
    return (path >= interval[0]) & (path <= interval[1])


def _interval(paths: Sequence[Array], minima: Sequence[float], runs_away: Sequence[bool]) -> Interval:
    """Choose the limits of the parameter: starts, paths and the nearest minima, the valley seen from both sides."""
    starts = np.array([path[0] for path in paths])
    every = np.concatenate([*paths, starts])
    if not minima:
        low, high = float(every.min()), float(every.max())
        margin = 0.15 * (high - low) or max(1.0, abs(low))
        return low - margin, high + margin
    shown = _come_by(minima, paths, runs_away) if len(minima) > _MANY else minima
    lows, highs = min(shown), max(shown)
    reach = max(float((lows - starts).max()), float((starts - highs).max()), 0.0)
    reach = reach or (highs - lows if shown is not minima else 1.0)
    near = [starts]
    for path, away in zip(paths, runs_away, strict=True):
        far = (FAR if away else STAYS) * reach
        near.append(path[(path >= lows - far) & (path <= highs + far)])
    kept = np.concatenate(near)
    left, right = min(float(kept.min()), lows - 0.8 * reach), max(float(kept.max()), highs + 0.8 * reach)
    margin = 0.1 * (right - left)
    return left - margin, right + margin
