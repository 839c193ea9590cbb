"""What the studies share: one start, the minima to measure from."""

import numpy as np

from gdviz.descent.curvature import bottoms
from gdviz.descent.footing import Footprints
from gdviz.descent.loss import Array, Loss
from gdviz.descent.stepper import Start, first_params
from gdviz.descent.verdict import TOLERANCE, Measured, measure, nearest
from gdviz.problems import BadScene

BEYOND = 1.15  # of the limit: how far a study looks unless told
_REACH = 0.01  # of the usual way: how near to a lowest place met, or to a known one, its minimum is looked for


def one_start(loss: Loss, start: Start | None) -> Array:
    """Return the start `(dim,)`, or raise `BadScene`."""
    params = first_params(loss, start)
    if len(params) > 1:
        raise BadScene("start", start, "a study asks many runs from the same start; allowed: one start")
    point: Array = params[0]
    return point


def spaced(study: str, low: float | None, high: float | None, points: int, limit: float) -> Array:
    """Return the rates from `low` to `high`, or as far as the limit says. Raises `BadScene` where nothing says."""
    if high is None:
        if not np.isfinite(limit):
            allowed = "no limit is known for this method on this loss; give the largest rate to try"
            raise BadScene(f"{study}(high=...)", high, allowed)
        high = BEYOND * limit
    if low is not None and low >= high:
        raise BadScene(f"{study}(low=...)", low, f"allowed: below high, which is {high:g}")
    return np.linspace(high / points if low is None else low, high, points)


def found_minima(loss: Loss, way: Footprints) -> Array:
    """Return the minima `(n, dim)` to measure from: the known ones, made exact; else those that runs came near."""
    best = way.params[np.argmin(way.loss, axis=0), np.arange(len(way.last))]
    kept = best[~way.lost]
    known = np.array(loss.about.minima).reshape(-1, best.shape[-1])
    start = way.params[0]
    with np.errstate(all="ignore"):
        steepest = float(np.linalg.norm(loss(start)[1], axis=-1).max())
    if len(known):
        # Tables of test functions round their minima: a contraction can't be measured closer than that.
        exact = [
            bottoms(loss, one[None], _REACH * float(np.linalg.norm(start - one, axis=-1).max()), steepest)
            for one in known
        ]
        return np.concatenate([found if len(found) else one[None] for found, one in zip(exact, known, strict=True)])
    if not len(kept):
        return known
    went = np.linalg.norm(kept - start[~way.lost], axis=-1)
    return bottoms(loss, kept, _REACH * float(np.median(went[went > 0])) if went.any() else 0.0, steepest)


def measured(way: Footprints, minima: Array) -> Measured:
    """Measure every run from the minimum next to its lowest place."""
    known = len(minima) > 0
    targets = nearest(way.params, way.loss, minima) if known else np.full(way.params.shape[1:], np.nan)
    return measure(way.params, way.last, way.lost, targets, TOLERANCE, by_distance=known)
