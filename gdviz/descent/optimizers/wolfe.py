"""Line searches: how far to go in a direction, found by trying.

Both look for a length where the loss has fallen enough, `loss(t) <= loss(0) + DECREASE * t * slope(0)`, and where the
slope along the line is much flatter than at the start, `|slope(t)| <= CURVATURE * |slope(0)|`: the strong Wolfe
conditions. First they go out until a piece of the line must hold such a length, then they make that piece smaller.

Source: J. Nocedal and S. Wright, Numerical Optimization, 2nd edition (2006), algorithms 3.5 and 3.6.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array

DECREASE = 1e-4  # the part of the fall promised by the first slope that a step has to bring
CURVATURE = 0.9  # the part of the first slope that may be left
NEARLY = 1e-6  # of the loss: within it values no longer tell, and slopes decide
FINEST = 1e-5  # of the first length: a smaller piece of the line is not worth searching by `zoom`


class Trial(NamedTuple):
    """One place on the line; all four may leave the float range."""

    length: float  # from the start, in units of the direction
    value: float  # the loss; infinite where it is not defined, so that such a place is always too far
    slope: float  # along the line
    gradient: Array  # (dim,)


class Found(NamedTuple):
    """Where a search ends: at its start, if nothing better was met."""

    trial: Trial
    tries: int


Line = Callable[[float], Trial]


def strong_wolfe(line: Line, start: Trial, first: float, more: int, narrowest: float = 0.0) -> Found:
    """Search with cubic interpolation, at most `more` trials after the one at the length `first`.

    narrowest: a piece of the line below this length is not searched any further; its better end is taken.

    As in `torch.optim.LBFGS`; only where PyTorch's trials become NaN does this one halve the piece of the line instead.
    """
    before, new, tries = start, line(first), 1
    bracket = [start, new]
    while tries <= more:
        # The book asks from the second trial on whether the loss has risen again; PyTorch from the third.
        if not _falls(start, new) or (tries > 2 and new.value >= before.value):
            bracket = [before, new]
            break
        if _is_flat(start, new):
            return Found(new, tries)
        if new.slope >= 0:
            bracket = [before, new]
            break
        nearest, farthest = new.length + 0.01 * (new.length - before.length), 10 * new.length
        before, new = new, line(_cubic(before, new, nearest, farthest))
        tries += 1
        bracket = [start, new]
    low, stuck = _lower(bracket), False
    while tries <= more and not abs(bracket[1].length - bracket[0].length) < narrowest:
        left, right = sorted(end.length for end in bracket)
        length, stuck = _inside(_cubic(bracket[0], bracket[1], left, right), left, right, stuck)
        new = line(length)
        tries += 1
        if not _falls(start, new) or new.value >= bracket[low].value:
            bracket[1 - low] = new
            low = _lower(bracket)
            continue
        flat = _is_flat(start, new)
        if not flat and new.slope * (bracket[1 - low].length - bracket[low].length) >= 0:
            bracket[1 - low] = bracket[low]
        bracket[low] = new
        if flat:
            break
    return Found(bracket[low], tries)


def zoom(line: Line, start: Trial, first: float, most: int) -> Found:
    """Search by doubling, then with a cubic through three values, in at most `most` trials and at least one.

    Very near to a minimum, where values no longer differ, the slope alone says whether the loss falls (W. W. Hager and
    H. Zhang, Algorithm 851: CG_DESCENT, 2006). As in `optax.scale_by_zoom_linesearch`.
    """
    before, new, tries = start, line(first), 1
    safe = start  # falls enough, though it may be too steep
    while True:
        falls = _nearly_falls(start, new)
        safe = new if falls else safe
        if falls and _is_flat(start, new):
            return Found(new, tries)
        too_far = not falls or (tries > 1 and new.value >= before.value)
        if too_far or new.slope >= 0 or tries >= most:
            break
        before, new = new, line(2 * new.length)
        tries += 1
    low, high = (before, new) if too_far else (new, before)
    third = low
    while tries < most:
        new = line(_between(low, high, third))
        tries += 1
        falls = _nearly_falls(start, new)
        safe = new if falls and new.value < safe.value else safe
        if falls and _is_flat(start, new):
            return Found(new, tries)
        if abs(high.length - low.length) <= FINEST * first and safe.length > 0:
            break
        if not falls or new.value >= low.value:
            third, high = high, new
            continue
        if new.slope * (high.length - low.length) >= 0:
            third, high = high, low
        else:
            third = low
        low = new
    return Found(safe if safe.length > 0 or not _is_defined(new) else new, tries)


def _falls(start: Trial, new: Trial) -> bool:
    """Whether the loss has fallen enough."""
    return new.value <= start.value + DECREASE * new.length * start.slope


def _nearly_falls(start: Trial, new: Trial) -> bool:
    """Whether the loss has fallen enough, or has hardly changed while its slope turns."""
    fall = new.value - start.value
    enough = fall - DECREASE * new.length * start.slope <= 0
    turns = new.slope - (2 * DECREASE - 1) * start.slope <= 0
    return _is_defined(new) and (enough or (turns and fall - NEARLY * abs(start.value) <= 0))


def _is_flat(start: Trial, new: Trial) -> bool:
    """Whether the slope has become small."""
    return abs(new.slope) <= CURVATURE * abs(start.slope)


def _is_defined(new: Trial) -> bool:
    return math.isfinite(new.value) and not math.isnan(new.slope)


def _lower(bracket: list[Trial]) -> int:
    """Return which end is lower; the first where they are level."""
    return 0 if bracket[0].value <= bracket[1].value else 1


def _inside(length: float, left: float, right: float, stuck: bool) -> tuple[float, bool]:
    """Return a length that keeps a tenth away from both ends, and whether it was allowed this once not to."""
    margin = 0.1 * (right - left)
    if not min(right - length, length - left) < margin:
        return length, False
    if stuck or length >= right or length <= left:
        return (right - margin if abs(length - right) < abs(length - left) else left + margin), False
    return length, True


def _cubic(one: Trial, other: Trial, least: float, most: float) -> float:
    """Return the minimum, from `least` to `most`, of the cubic with both values and slopes (equation 3.59)."""
    left, right = (one, other) if one.length <= other.length else (other, one)
    d1 = left.slope + right.slope - 3 * (left.value - right.value) / (left.length - right.length)
    square = d1 * d1 - left.slope * right.slope
    if not square >= 0:
        return (least + most) / 2
    d2 = np.sqrt(square)
    back = (right.slope + d2 - d1) / (right.slope - left.slope + 2 * d2)
    length = right.length - (right.length - left.length) * back
    return (least + most) / 2 if np.isnan(length) else min(max(length, least), most)


def _between(low: Trial, high: Trial, third: Trial) -> float:
    """Return a length well between `low` and `high`: by a cubic, else by a parabola, else the middle.

    Both leave `low` with its slope; the parabola goes through `high`, the cubic also through `third`.
    """
    b, c = high.length - low.length, third.length - low.length
    rest_b, rest_c = high.value - low.value - low.slope * b, third.value - low.value - low.slope * c
    scale = (b * c) ** 2 * (b - c)
    cube = (c**2 * rest_b - b**2 * rest_c) / scale
    square = (b**3 * rest_c - c**3 * rest_b) / scale
    by_cubic = low.length + (np.sqrt(square * square - 3 * cube * low.slope) - square) / (3 * cube)
    by_parabola = low.length - low.slope / (2 * (rest_b / b**2))
    left, right = sorted((low.length, high.length))
    for length, margin in ((by_cubic, 0.2 * abs(b)), (by_parabola, 0.1 * abs(b))):
        if left + margin < length < right - margin:
            return length
    return (low.length + high.length) / 2
