"""Where to look for minima around the paths of runs, and the minima of one parameter."""

from collections.abc import Sequence

import numpy as np

from gdviz.descent.loss import Array, Interval, Loss

_SCAN = 2001  # points of the search for minima; a valley narrower than 1/2000 of the region is missed


def search(paths: Sequence[Array], runs_away: Sequence[bool]) -> Interval:
    """Return where to look: the paths and as much again on both sides; of a diverging path only the beginning."""
    starts = np.array([path[0] for path in paths])
    centre, reach = float(np.median(starts)), max(float(np.ptp(starts)), 1e-3 * float(np.abs(starts).max()), 1e-9)
    steps = [np.abs(np.diff(path)) for path in paths]
    first = max((float(step[step > 0][0]) for step in steps if (step > 0).any()), default=1.0)
    near = [
        path[np.abs(path - centre) <= 20 * max(reach, first)] if away else path
        for path, away in zip(paths, runs_away, strict=True)
    ]
    low, high = float(np.concatenate(near).min(initial=centre)), float(np.concatenate(near).max(initial=centre))
    span, far = max(high - low, first), 1.5 * float(np.abs(starts).max())
    return min(low - 1.5 * span, -far), max(high + 1.5 * span, far)


def around(paths: Sequence[Array]) -> list[Interval]:
    """Return where to look with two parameters: the paths `(steps + 1, dim)`, and more than as much again around."""
    every, starts = np.concatenate(paths), np.array([path[0] for path in paths])
    low, high = every.min(axis=0), every.max(axis=0)
    with np.errstate(over="ignore"):
        reach, far = 1.5 * (float((high - low).max()) or 1.0), 1.5 * float(np.abs(starts).max())
        lows, highs = np.minimum(low - reach, -far), np.maximum(high + reach, far)
    return list(zip(lows.tolist(), highs.tolist(), strict=True))


def valleys(loss: Loss, low: float, high: float) -> Sequence[float]:
    """Find the minima between `low` and `high`: where the slope turns from downhill to uphill."""
    grid = np.linspace(low, high, _SCAN)
    slope = loss(grid[:, None])[1][:, 0]
    found = []
    rising = np.append(slope[1:], 0.0) > 0  # a slope that fades to zero is no valley: it has to rise behind it
    for k in np.flatnonzero((slope[:-1] < 0) & ((slope[1:] > 0) | ((slope[1:] == 0) & rising[1:]))):
        left, right = grid[k], grid[k + 1]
        for _ in range(200):
            middle = (left + right) / 2
            if middle in (left, right):
                break
            if loss(np.array([[middle]]))[1][0, 0] < 0:
                left = middle
            else:
                right = middle
        found.append(
            float(
                right if abs(right) < 1e-15 else min((left, right), key=lambda m: abs(loss(np.array([[m]]))[1][0, 0]))
            )
        )
    return found
