"""What the learning rate did: too small, good, oscillating or diverging, as measured on the run itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.places import real
from gdviz.descent.trajectory import How, Trajectory
from gdviz.problems import BadScene

TOLERANCE = 0.01  # 99 % of the way
SLOW = 100  # steps: a run that needs more is called too small
CARRIES = 0.01  # of the longest step: shorter ones do not carry the run
GROWN = 1e-9  # by so much a run must have grown to diverge: less may be rounding
ROUNDING = 8 * float(np.finfo(np.float64).eps)  # of a place's own size


class Verdict(Enum):
    """What a learning rate does; the values are the words that users read."""

    TOO_SMALL = "too small"
    GOOD = "good"
    OSCILLATING = "oscillating"
    DIVERGING = "diverging"


VERDICTS = tuple(Verdict)  # in the order in which they follow each other as the rate grows


@dataclass(frozen=True)
class Evidence:
    """What a verdict was measured from; every number can be recomputed from the trajectory.

    followed: "distance", the signed way from the minimum, or "step", each step's part along the direction in which the
        run moved most.
    begin, end: what was followed is measured from one of these numbers of steps to the other.
    crossings: how often its sign changed there.
    start_distance, end_distance: from the minimum, in the parameters' unit; NaN where none is known.
    """

    followed: str
    begin: int
    end: int
    crossings: int
    start_distance: float
    end_distance: float


@dataclass(frozen=True)
class Judgement:
    """What is said of a run.

    contraction: the factor by which a step multiplies what is followed, negative where it jumps across; see `judge`.
    steps_needed: the first step from which it stays within the tolerance, or None for never.
    """

    verdict: Verdict
    contraction: float
    steps_needed: int | None
    evidence: Evidence


def judge(
    path: Trajectory, minima: Sequence[float] | Sequence[Sequence[float]] = (), tolerance: float = TOLERANCE
) -> tuple[Judgement, ...]:
    """Judge each run of a trajectory by what it did; nothing is taken from the rate or the curvature.

    minima: the known ones, each a number or `(dim,)`; a run is measured from the one next to its lowest place. Without
        any, from its own last place where it converged; else it has no distance, and never arrives.
    tolerance: above 0, below 1. *Steps needed*: the first step with a distance of at most this part of the start's
        from which on all others are as near; 0.01 is 99 % of the way.

    *Contraction*, measured up to the step at which the run arrives, or to its end. With one parameter and a known
    minimum: of the signed distance `d`. Else of the steps, each projected on the direction of the most movement (the
    first eigenvector of the sum of their outer products), from the longest one to the last that has a hundredth of
    it, or, where that is the longer stretch, from the first that has a hundredth of it to the longest. Its size is the
    geometric mean of the growth of `hypot(d, next d)`, which a swing does not disturb; its sign is negative where more
    than half of the pairs change sign. A run without a pair to compare, of no or of one step, has the ratio of the
    distances at its end and its start, 0 at its minimum, NaN where no distance is known.

    *Diverging*: the run left the float range or the domain; or it grew, by more than rounding, and either jumps across
    or is not nearer to a known minimum at its end than at its start. *Oscillating*: the contraction is negative,
    however small. *Too small*: more steps needed than were taken, or more than 100. *Good*: the rest. On a quadratic of
    curvature `L` gradient descent contracts by `1 - rate * L`, so that it oscillates from a rate of `1 / L` and
    diverges from `2 / L` (B. T. Polyak, Introduction to Optimization, 1987). A swing of momentum that takes several
    steps to turn is no oscillation here.

    Raises `BadScene` for a thinned record, for minima of another dimension and for a tolerance outside of its range.

    >>> from gdviz import GradientDescent
    >>> path = GradientDescent(0.95).minimize("(m - 3)**2 + 1", start=-2.0)
    >>> judgement, = judge(path, minima=(3.0,))
    >>> judgement.verdict.value, round(judgement.contraction, 6), judgement.steps_needed
    ('oscillating', -0.9, 44)
    """
    if not 0 < real(tolerance) < 1:
        raise BadScene("tolerance", tolerance, "allowed: a number above 0 and below 1")
    if not np.array_equal(path.at, np.arange(len(path.at))):
        raise BadScene("path", path, "every step must be recorded to be judged; allowed: descend(..., every=1)")
    diverged = np.array([end.diverged for end in path.ends])
    last = np.array([end.step for end in path.ends]) - diverged
    points = _points(minima, path.params.shape[-1])
    if len(points):
        targets = nearest(path.params, path.loss, points)
    else:
        converged = np.array([end.how is How.CONVERGED for end in path.ends])
        targets = np.where(converged[:, None], path.params[-1], np.nan)
    found = measure(path.params, last, diverged, targets, tolerance, by_distance=bool(len(points)))
    return tuple(found.judgement(run) for run in range(path.runs))


@dataclass(frozen=True)
class Measured:
    """What `judge` says, of many runs at once, each array `(runs,)`.

    contraction; needed: steps, infinite for never; verdict: the place in `VERDICTS`; distances NaN where unknown.
    """

    followed: str
    contraction: Array
    needed: Array
    verdict: NDArray[np.int8]
    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    crossings: NDArray[np.int64]
    start_distance: Array
    end_distance: Array

    def judgement(self, run: int) -> Judgement:
        """Return what is said of one run."""
        needed = self.needed[run]
        evidence = Evidence(
            self.followed,
            int(self.begin[run]),
            int(self.end[run]),
            int(self.crossings[run]),
            float(self.start_distance[run]),
            float(self.end_distance[run]),
        )
        verdict = VERDICTS[self.verdict[run]]
        return Judgement(verdict, float(self.contraction[run]), int(needed) if np.isfinite(needed) else None, evidence)


def measure(
    params: Array,
    last: NDArray[np.int64],
    diverged: NDArray[np.bool_],
    targets: Array,
    tolerance: float = TOLERANCE,
    *,
    by_distance: bool,
) -> Measured:
    """Measure many runs as `judge` says.

    params `(steps + 1, runs, dim)`. last: the last place of its own of each run, `(runs,)`. diverged `(runs,)`.
    targets: where each run is measured from, `(runs, dim)`, NaN where unknown. by_distance: whether one parameter is
    followed by its distance.
    """
    with np.errstate(all="ignore"):
        distance = _lengths(params - targets)
        noise = ROUNDING * np.fmax(_lengths(params), _lengths(targets))
        near = distance <= np.fmax(tolerance * distance[0], noise)
        needed = np.where(diverged, np.inf, _from_then_on(near))
        reached = np.minimum(needed, last).astype(np.int64)
        distances = by_distance and params.shape[-1] == 1
        if distances:
            followed = (params - targets)[..., 0]
            begin, end = np.zeros_like(last), reached
        else:
            followed = _along(np.diff(params, axis=0), reached)
            begin, end = _stretch(followed, np.minimum(reached, last - 1), noise[:-1])
        contraction, crossings = _contraction(followed, begin, end)
        away = distance[last, np.arange(len(last))]
        contraction = np.where(end > begin, contraction, np.where(distance[0] == 0, 0.0, away / distance[0]))
        verdict = _verdicts(contraction, needed, diverged, away < distance[0], end - begin)
    what = "distance" if distances else "step"
    return Measured(what, contraction, needed, verdict, begin, end, crossings, distance[0], away)


def _verdicts(
    contraction: Array,
    needed: Array,
    diverged: NDArray[np.bool_],
    nearer: NDArray[np.bool_],
    pairs: NDArray[np.int64],
) -> NDArray[np.int8]:
    crosses = contraction < 0
    grew = np.abs(contraction) > (1.0 + GROWN) ** (1.0 / np.maximum(pairs - 1, 1))
    diverges = diverged | (grew & (crosses | ~nearer))
    choices = [Verdict.DIVERGING, Verdict.OSCILLATING, Verdict.TOO_SMALL]
    found = np.select(
        [diverges, crosses, ~(needed <= SLOW)], [VERDICTS.index(one) for one in choices], VERDICTS.index(Verdict.GOOD)
    )
    return found.astype(np.int8)


def _from_then_on(near: NDArray[np.bool_]) -> Array:
    """Return the first step from which on a claim `(steps + 1, runs)` holds to the end, infinite for never."""
    holds = np.logical_and.accumulate(near[::-1])[::-1]
    return np.where(near[-1], np.argmax(holds, axis=0), np.inf)


def _along(steps: Array, reached: NDArray[np.int64]) -> Array:
    """Return each step's part along the direction in which its run moved most until it arrived, `(steps, runs)`."""
    if steps.shape[-1] == 1:
        return steps[..., 0]
    counted = np.arange(len(steps))[:, None] <= reached
    scale = np.abs(steps).max(axis=(0, 2), where=counted[..., None], initial=0.0)
    scaled = np.where(counted[..., None], steps, 0.0) / np.where(scale > 0, scale, 1.0)[:, None]
    runs = scaled.transpose(1, 0, 2)
    _, directions = np.linalg.eigh(runs.swapaxes(1, 2) @ runs)
    found: Array = np.einsum("krd,rd->kr", steps, directions[..., -1])
    return found


def _stretch(followed: Array, most: NDArray[np.int64], noise: Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return from where to where the steps carry the run: down from the longest, or up to it if that takes longer."""
    size, place = np.abs(followed), np.arange(len(followed))[:, None]
    size = np.where((place <= most) & (size > noise), size, 0.0)
    peak = np.argmax(size, axis=0)
    carries = size >= CARRIES * size.max(axis=0)
    carries &= size > 0
    first = np.argmax(carries, axis=0)
    final = len(size) - 1 - np.argmax(carries[::-1], axis=0)
    after = np.minimum(peak + 1, len(size) - 1)
    # one pair at least: a run that arrives at once shows only by the next step whether it went too far
    final = np.where(size[after, np.arange(len(peak))] > 0, np.maximum(final, after), final)
    rises = peak - first > final - peak
    moves = size.max(axis=0) > 0
    begin, end = np.where(rises, first, peak), np.where(rises, peak, final)
    return np.where(moves, begin, 0), np.where(moves, end, 0)


def _contraction(followed: Array, begin: NDArray[np.int64], end: NDArray[np.int64]) -> tuple[Array, NDArray[np.int64]]:
    """Return the signed geometric mean between two places of each run, and how often the sign changed."""
    runs = np.arange(len(begin))
    state = np.hypot(followed[:-1], followed[1:]) if len(followed) > 1 else np.abs(followed)
    pairs = end - begin
    late = np.maximum(end - 1, 0)
    single = np.abs(followed[end, runs] / followed[begin, runs])
    mean = (state[late, runs] / state[begin * (pairs > 0), runs]) ** (1.0 / np.maximum(pairs - 1, 1))
    place = np.arange(len(followed) - 1)[:, None]
    flips = np.sign(followed[:-1]) * np.sign(followed[1:]) < 0
    crossings = (flips & (place >= begin) & (place < end)).sum(axis=0)
    size = np.where(pairs > 1, mean, single)
    return np.where(2 * crossings > pairs, -size, size), crossings


def nearest(params: Array, loss: Array, points: Array) -> Array:
    """Return for each run which of `points` `(n, dim)` is nearest to the place of its lowest loss, `(runs, dim)`."""
    best = params[np.argmin(loss, axis=0), np.arange(params.shape[1])]
    found: Array = points[np.argmin(_lengths(best[:, None] - points), axis=-1)]
    return found


def _points(minima: Sequence[float] | Sequence[Sequence[float]], dim: int) -> Array:
    try:
        points = np.asarray(minima, dtype=np.float64)
        points = points.reshape(-1, 1) if dim == 1 else points
        if not np.isfinite(points).all() or (points.size and (points.ndim != 2 or points.shape[1] != dim)):
            raise ValueError(points.shape)
    except (TypeError, ValueError):
        wanted = "numbers" if dim == 1 else f"points of {dim} numbers"
        raise BadScene("minima", minima, f"allowed: a row of finite {wanted}") from None
    return points.reshape(-1, dim)


def _lengths(rows: Array) -> Array:
    """Return the length of each row `(..., dim)`, also of numbers whose squares are beyond the float range."""
    length: Array = np.abs(rows[..., 0]) if rows.shape[-1] == 1 else np.hypot.reduce(rows, axis=-1)
    return length
