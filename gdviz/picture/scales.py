"""From numbers to places: limits, ticks and the mapping of an axis; chosen before the first frame."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.ticker import MaxNLocator

from gdviz.descent.loss import Array
from gdviz.descent.story import Story
from gdviz.words import number, short, signed, written

LANE = 44.0  # units between the lowest loss and the parameter's axis, where the step arrow runs
_DIGITS = 8  # of a tick's number: a longer one does not fit beside its axis
_FINEST = 24  # decimals


@dataclass(frozen=True)
class Scale:
    """An axis: the numbers `low` to `high` lie at `begin` to `end` in units.

    beyond: how many lengths of the axis beyond its begin a place may be; what is farther away is put there.
    """

    low: float
    high: float
    begin: float
    end: float
    log: bool = False
    beyond: float = 50.0

    def __call__(self, value: float) -> float:
        """Return the place of a number; numbers beyond the float range stay beyond the end of the axis."""
        if self.log:
            low = math.log(self.low)  # quotients of the numbers themselves may leave the range of floats
            part = (math.log(max(value, 1e-300)) - low) / (math.log(self.high) - low)
        else:
            part = (value - self.low) / (self.high - self.low)
        part = max(-self.beyond, min(self.beyond, part if part == part else self.beyond))
        return self.begin + (self.end - self.begin) * part

    def places(self, values: Array) -> Array:
        """Return the places `(...)` of numbers `(...)` on a linear axis, to the last bit those of one by one."""
        with np.errstate(all="ignore"):  # what is beyond the float range stays beyond the end, as one by one
            part = (values - self.low) / (self.high - self.low)
        part = np.clip(np.where(np.isnan(part), self.beyond, part), -self.beyond, self.beyond)
        return self.begin + (self.end - self.begin) * part

    def inverse(self, place: float) -> float:
        """Return the number at a place of a linear axis."""
        return self.low + (place - self.begin) / (self.end - self.begin) * (self.high - self.low)

    def ticks(self, most: int) -> list[float]:
        """Return a few round numbers on the axis."""
        if self.log:
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            stride = max(1, math.ceil((last - first + 1) / most))
            return [10.0**k for k in range(first, last + 1, stride)]
        found = MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]).tick_values(self.low, self.high)
        slack = 1e-9 * (self.high - self.low)
        return [float(tick) for tick in found if self.low - slack <= tick <= self.high + slack]


def tick_texts(ticks: list[float]) -> list[str]:
    """Return the ticks' numbers: on a log axis each with its own decimals, else all with those of the finest.

    Ticks that differ only far behind their first digits would be long, or look the same: of those the roundest is
    written whole, and the others as what they are above or below it, such as `1 000 000` and `+0.0025`.
    """
    if len(ticks) > 1 and 0 < ticks[0] <= ticks[-1] / 100:
        return [_tick(tick, max(0, -math.floor(math.log10(tick) + 1e-9))) for tick in ticks]
    base, gap = tick_base(ticks), _gap(ticks)
    places = _places(ticks, gap)
    if not base:
        return [_tick(tick, places) for tick in ticks]
    return [_whole(base, gap) if tick == base else _beside(tick - base, places) for tick in ticks]


def tick_base(ticks: list[float]) -> float:
    """Return the tick above or below which the others are written, or 0 where all are written whole."""
    largest, gap = max((abs(tick) for tick in ticks), default=0.0), _gap(ticks)
    if len(ticks) > 1 and 0 < ticks[0] <= ticks[-1] / 100:
        return 0.0
    places = _places(ticks, gap)
    digits = len(str(int(largest))) + places
    if len({_tick(tick, places) for tick in ticks}) == len(ticks) and (digits <= _DIGITS or largest < 1e4 * gap):
        return 0.0
    return min(ticks, key=lambda tick: (_places([tick], gap, -_FINEST), abs(tick)))


def _gap(ticks: list[float]) -> float:
    """Return the smallest gap between neighbours."""
    return min((there - here for here, there in pairwise(ticks)), default=max(map(abs, ticks), default=0.0))


def pill_text(base: float, value: float, decimals: int) -> str:
    """Return what a pill on an axis says: as its ticks do, where they are written above or below one of them."""
    return signed(value - base, decimals) if base else number(value, decimals)


def _places(ticks: list[float], gap: float, least: int = 0) -> int:
    """Return how many decimals, `least` or more, tell the ticks exactly, judged by the gap between them."""
    return next((n for n in range(least, _FINEST) if all(abs(round(t, n) - t) <= 1e-6 * gap for t in ticks)), _FINEST)


def _whole(value: float, gap: float) -> str:
    """Return the number of a tick with all its digits."""
    places = _places([value], gap)
    return number(value, places) if 1e-4 <= abs(value) < 1e7 and places <= 7 else short(value)


def _beside(value: float, places: int) -> str:
    """Return by how much a tick is above or below another."""
    return ("+" if value > 0 else "") + _tick(value, places)


def _tick(value: float, places: int) -> str:
    """Return a tick's number; very large and very small ones as `5e17`."""
    if abs(value) < 1e7 and places <= 4:
        return number(value, places)
    mantissa, _, exponent = f"{value:.3g}".partition("e")
    return written(f"{mantissa}e{int(exponent)}" if exponent else mantissa)


def loss_scale(story: Story, top: float, bottom: float) -> Scale:
    """Return the loss axis that curve and history share: linear, with the lane of the step arrow below."""
    low, high = story.window.loss
    if 0 <= low < 0.35 * high:
        low = 0.0
    lane = LANE / (bottom - top - LANE) * (high - low)
    return Scale(low - lane, high, bottom, top)


def many_decades(story: Story) -> bool:
    """Whether the losses span so many decades that a linear axis would show a flat line for most of the film."""
    losses = story.every_loss
    losses = losses[np.isfinite(losses)]
    return bool(losses.min() > 0 and np.median(losses) < 1e-3 * losses.max())
