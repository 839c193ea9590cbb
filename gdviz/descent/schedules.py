"""Schedules: a number that changes from step to step, such as a learning rate that decays.

Any numeric setting of an optimizer takes one in place of its number. A schedule is a frozen value; called with the
number of a step, from 0, it gives the number for that update. `a * b` multiplies two of them.

Everywhere `initial`, `final`, `peak`, `low` and `high` are numbers of at least 0 between which it goes, and `steps`,
`every`, `begin`, `warmup`, `up` and `down` whole numbers of updates. What to watch: the panel of the learning rate,
which a film draws beside every run whose rate changes: long steps where it is high, rest where it has faded.

Sources: I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts (2017); L. N. Smith, Cyclical
Learning Rates for Training Neural Networks (2017); L. N. Smith and N. Topin, Super-Convergence: Very Fast Training of
Neural Networks Using Large Learning Rates (2018); and the libraries named with each.
"""

import math
import re
from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from gdviz.descent.formula import Formula
from gdviz.descent.settings import check, choice, part, row, setting, whole
from gdviz.problems import BadScene, counted


@dataclass(frozen=True)
class Schedule(ABC):
    """A number for each step."""

    def __post_init__(self) -> None:
        """Check every setting."""
        check(self)

    @abstractmethod
    def __call__(self, step: int) -> float:
        """Return the number for update `step`, counted from 0."""

    @property
    def lasts(self) -> int | None:
        """How many steps it has a number for; None: it never ends."""
        return None

    def __mul__(self, other: "Schedule | float") -> "Schedule":
        """Return the product of two schedules, or of a schedule and a number."""
        if not isinstance(other, Schedule | int | float):
            return NotImplemented
        return Product(self, other if isinstance(other, Schedule) else Constant(other))

    __rmul__ = __mul__


@dataclass(frozen=True)
class Constant(Schedule):
    """The same `value` at every step."""

    value: float = setting()

    def __call__(self, step: int) -> float:
        """Return the value."""
        return self.value


@dataclass(frozen=True)
class Listed(Schedule):
    """A number for each step, written out as `values`; the run may not be longer."""

    values: tuple[float, ...] = row()

    def __call__(self, step: int) -> float:
        """Return the number of that step."""
        return self.values[step]

    @property
    def lasts(self) -> int:
        """As many steps as there are numbers."""
        return len(self.values)


@dataclass(frozen=True)
class StepDecay(Schedule):
    """`initial * factor**(step // every)`: a stair. PyTorch's StepLR.

    factor: above 0; 0.1.
    """

    initial: float = setting(least=0)
    every: int = whole(least=1)
    factor: float = setting(0.1, above=0)

    def __call__(self, step: int) -> float:
        """Return the height of the stair."""
        return self.initial * _power(self.factor, step // self.every)


@dataclass(frozen=True)
class MultiStep(Schedule):
    """`initial`, multiplied by `factor` at each of the `milestones`. PyTorch's MultiStepLR.

    factor: above 0; 0.1.
    """

    initial: float = setting(least=0)
    milestones: tuple[int, ...] = row(whole=True, least=0)
    factor: float = setting(0.1, above=0)

    def __call__(self, step: int) -> float:
        """Return the height of the stair."""
        return self.initial * _power(self.factor, bisect_right(sorted(self.milestones), step))


@dataclass(frozen=True)
class Piecewise(Schedule):
    """The first of `values` up to the first of `boundaries`, then the next, and so on; also PyTorch's ConstantLR.

    boundary: whether the step on a boundary still has the value `before` it (TensorFlow 1 and Keras) or has that
        `after` it (optax).
    """

    boundaries: tuple[int, ...] = row(whole=True, least=0)
    values: tuple[float, ...] = row()
    boundary: str = choice("before", "after")

    def __post_init__(self) -> None:
        """Check that there is one value more than boundaries, which rise."""
        super().__post_init__()
        _check_rising(self, self.boundaries)
        if len(self.values) != len(self.boundaries) + 1:
            raise BadScene(
                "Piecewise(values=...)", self.values, f"allowed: {counted(len(self.boundaries) + 1, 'number')}"
            )

    def __call__(self, step: int) -> float:
        """Return the value of the piece."""
        find = bisect_left if self.boundary == "before" else bisect_right
        return self.values[find(self.boundaries, step)]


@dataclass(frozen=True)
class Interpolated(Schedule):
    """Through `values` at step 0 and at each of `boundaries`, then level. optax's piecewise_interpolate_schedule.

    shape: `linear` between them, or half a `cosine`.
    """

    boundaries: tuple[int, ...] = row(whole=True, least=1)
    values: tuple[float, ...] = row()
    shape: str = choice("linear", "cosine")

    def __post_init__(self) -> None:
        """Check that there is one value more than boundaries, which rise."""
        super().__post_init__()
        _check_rising(self, self.boundaries)
        if len(self.values) != len(self.boundaries) + 1:
            raise BadScene(
                "Interpolated(values=...)", self.values, f"allowed: {counted(len(self.boundaries) + 1, 'number')}"
            )

    def __call__(self, step: int) -> float:
        """Return the number on the way from one value to the next."""
        if step >= self.boundaries[-1]:
            return self.values[-1]
        ends = (0, *self.boundaries)
        k = bisect_right(ends, step) - 1
        done = (step - ends[k]) / (ends[k + 1] - ends[k])
        return _between(self.values[k], self.values[k + 1], done, self.shape)


@dataclass(frozen=True)
class Exponential(Schedule):
    """`initial * factor**(step / every)`, in stairs where `staircase` is set.

    factor: above 0. every: above 0; 1. staircase: False. begin: it stays level until that step; 0. final: it goes no
    further than that; None. PyTorch's ExponentialLR, TensorFlow's
    and Keras' exponential decay, optax's exponential_decay.
    """

    initial: float = setting(least=0)
    factor: float = setting(above=0)
    every: float = setting(1, above=0)
    staircase: bool = False
    begin: int = whole(0, least=0)
    final: float | None = setting(None, optional=True)

    def __call__(self, step: int) -> float:
        """Return the decayed number."""
        if step <= self.begin:
            return self.initial
        value = self.initial * _power(self.factor, _periods(step - self.begin, self.every, self.staircase))
        if self.final is None:
            return value
        return max(value, self.final) if self.factor < 1 else min(value, self.final)


@dataclass(frozen=True)
class NaturalExponential(Schedule):
    """`initial * exp(-decay * step / every)`, in stairs where `staircase` is set. TensorFlow 1.

    decay: of at least 0. every: above 0; 1. staircase: False.
    """

    initial: float = setting(least=0)
    decay: float = setting(least=0)
    every: float = setting(1, above=0)
    staircase: bool = False

    def __call__(self, step: int) -> float:
        """Return the decayed number."""
        return self.initial * math.exp(-self.decay * _periods(step, self.every, self.staircase))


@dataclass(frozen=True)
class InverseTime(Schedule):
    """`initial / (1 + decay * step / every)`, in stairs where `staircase` is set. TensorFlow 1, Keras.

    decay: of at least 0. every: above 0; 1, with which it is the `lr_decay` of PyTorch's Adagrad. staircase: False.
    """

    initial: float = setting(least=0)
    decay: float = setting(least=0)
    every: float = setting(1, above=0)
    staircase: bool = False

    def __call__(self, step: int) -> float:
        """Return the decayed number."""
        return self.initial / (1 + self.decay * _periods(step, self.every, self.staircase))


@dataclass(frozen=True)
class Polynomial(Schedule):
    """`final + (initial - final) * (1 - step / steps)**power`, then level; straight with a power of 1.

    final: 0. power: above 0; 1. cycle: where it has ended, it goes on with twice, three times as many steps
    (TensorFlow); False. begin: it stays level until that step (optax); 0. PyTorch's PolynomialLR and LinearLR,
    TensorFlow's polynomial_decay, optax's polynomial_schedule and linear_schedule.
    """

    initial: float = setting(least=0)
    steps: int = whole(least=1)
    final: float = setting(0.0, least=0)
    power: float = setting(1.0, above=0)
    cycle: bool = False
    begin: int = whole(0, least=0)

    def __call__(self, step: int) -> float:
        """Return the number on the way."""
        step = max(0, step - self.begin)
        steps = self.steps * max(1, math.ceil(step / self.steps)) if self.cycle else self.steps
        left = 1 - min(step, steps) / steps
        return self.final + (self.initial - self.final) * _power(left, self.power)


@dataclass(frozen=True)
class Cosine(Schedule):
    """Half a cosine from `initial` to `final` in so many steps.

    final: 0. after: whether it then stays (`stay`: TensorFlow, Keras, optax) or climbs again (`return`: PyTorch's
    CosineAnnealingLR). power: of the cosine part, above 0, as optax's `exponent`; 1.
    """

    initial: float = setting(least=0)
    steps: int = whole(least=1)
    final: float = setting(0.0, least=0)
    power: float = setting(1.0, above=0)
    after: str = choice("stay", "return")

    def __call__(self, step: int) -> float:
        """Return the number on the way."""
        step = min(step, self.steps) if self.after == "stay" else step
        return self.final + (self.initial - self.final) * _power(_half_cosine(step / self.steps), self.power)


@dataclass(frozen=True)
class LinearCosine(Schedule):
    """A cosine of `periods` periods under a falling line. TensorFlow 1's linear_cosine_decay.

    `initial * ((alpha + 1 - step / steps) * (1 + cos(2 pi periods step / steps)) / 2 + beta)`, then level.
    periods: above 0; 0.5. alpha: 0. beta: 0.001. Source:
    I. Bello, B. Zoph, V. Vasudevan and Q. Le, Neural Optimizer Search with Reinforcement Learning (2017).
    """

    initial: float = setting(least=0)
    steps: int = whole(least=1)
    periods: float = setting(0.5, above=0)
    alpha: float = setting(0.0)
    beta: float = setting(0.001)

    def __call__(self, step: int) -> float:
        """Return the number on the way."""
        done = min(step, self.steps) / self.steps
        return self.initial * ((self.alpha + 1 - done) * _half_cosine(2 * self.periods * done) + self.beta)


@dataclass(frozen=True)
class WarmRestarts(Schedule):
    """Half a cosine from `initial` to `final` in so many steps, and again, and again.

    final: 0. longer: each takes so many times the steps of the one before, of at least 1; 1. lower: each starts so many
    times as high above `final` as the one before, above 0; 1. PyTorch's CosineAnnealingWarmRestarts; TensorFlow's
    cosine_decay_restarts has `longer=2`.
    """

    initial: float = setting(least=0)
    steps: int = whole(least=1)
    final: float = setting(0.0, least=0)
    longer: float = setting(1.0, least=1)
    lower: float = setting(1.0, above=0)

    def __call__(self, step: int) -> float:
        """Return the number within the present period."""
        period = self._period(step)
        begin, end = self._begin(period), self._begin(period + 1)
        height = (self.initial - self.final) * _power(self.lower, period)
        return self.final + height * _half_cosine((step - begin) / (end - begin))

    def _begin(self, period: int) -> float:
        """Return the step at which a period begins: a geometric sum."""
        if self.longer == 1:
            return float(self.steps * period)
        return self.steps * (_power(self.longer, period) - 1) / (self.longer - 1)

    def _period(self, step: int) -> int:
        """Return which period a step is in, counted from 0."""
        if self.longer == 1:
            return step // self.steps
        found = int(math.log1p(step * (self.longer - 1) / self.steps) / math.log(self.longer))
        return next(k for k in (found + 1, found, found - 1, found - 2) if k <= 0 or self._begin(k) <= step)


@dataclass(frozen=True)
class WarmupCosine(Schedule):
    """Straight from `initial` up to `peak` in `warmup` steps, then half a cosine down to `final`, then level.

    steps: all of them, the warm-up included. initial, final: 0. optax's warmup_cosine_decay_schedule.
    """

    peak: float = setting(least=0)
    warmup: int = whole(least=0)
    steps: int = whole(least=1)
    initial: float = setting(0.0, least=0)
    final: float = setting(0.0, least=0)

    def __post_init__(self) -> None:
        """Check that the warm-up leaves steps for the cosine."""
        super().__post_init__()
        if self.warmup >= self.steps:
            allowed = f"allowed: fewer than the {counted(self.steps, 'step')} in all, as the cosine comes after it"
            raise BadScene("WarmupCosine(warmup=...)", self.warmup, allowed)

    def __call__(self, step: int) -> float:
        """Return the number on the way up or down."""
        if step < self.warmup:
            return self.initial + (self.peak - self.initial) * step / self.warmup
        return Cosine(self.peak, self.steps - self.warmup, self.final)(step - self.warmup)


FALL = 0.85  # optax's pct_final


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up from `peak / divide` to `peak`, and down to `peak / (divide * divide_end)`; the run may not be longer.

    rise: the part of the steps in which it climbs, above 0, below 1; 0.3. divide: above 0; 25. divide_end: above 0;
    10000. shape: `cosine`, or `linear`. form: `torch` (the peak at `rise * steps - 1`, the end at the last step) or
    `optax` (the peak at the whole number of `rise * steps`, the end one step after the last).
    phases: 2, or 3: down to where it began in as many steps as it climbed, then to the end; of `torch`.
    fall: where the second of three phases ends, as a part of the steps, above `rise`; 0.85; of `optax` with `linear`.
    """

    peak: float = setting(above=0)
    steps: int = whole(least=2)
    rise: float = setting(0.3, above=0, below=1)
    divide: float = setting(25.0, above=0)
    divide_end: float = setting(1e4, above=0)
    shape: str = choice("cosine", "linear")
    phases: int = whole(2, least=2, most=3)
    form: str = choice("torch", "optax")
    fall: float = setting(FALL, above=0, most=1)

    def __post_init__(self) -> None:
        """Check every setting, and that none is given that its form does not know."""
        super().__post_init__()
        three = self.form == "optax" and self.shape == "linear"
        if self.phases == 3 and self.form == "optax":
            allowed = 'allowed: 2; optax has three phases with shape="linear" and two with "cosine"'
            raise BadScene("OneCycle(phases=...)", self.phases, allowed)
        if self.fall != FALL and not three:
            allowed = 'allowed: only with form="optax" and shape="linear", which fall in two phases'
            raise BadScene("OneCycle(fall=...)", self.fall, allowed)
        if three and self.fall <= self.rise:
            raise BadScene("OneCycle(fall=...)", self.fall, f"allowed: a number above rise, {self.rise:g}")

    @property
    def lasts(self) -> int:
        """So many steps."""
        return self.steps

    def __call__(self, step: int) -> float:
        """Return the number on the way."""
        low, end = self.peak / self.divide, self.peak / self.divide / self.divide_end
        begin, before = 0.0, low
        for until, value in self._stations(low, end):
            if step <= until:
                done = (step - begin) / (until - begin) if until > begin else 1.0
                return _between(before, value, done, self.shape)
            begin, before = until, value
        return end

    def _stations(self, low: float, end: float) -> list[tuple[float, float]]:
        """Return the steps at which a phase ends, each with the number reached."""
        if self.form == "optax":
            top = int(self.rise * self.steps)
            middle = [(float(int(self.fall * self.steps)), low)] if self.shape == "linear" else []
            return [(float(top), self.peak), *middle, (float(self.steps), end)]
        top_at = self.rise * self.steps - 1
        middle = [(2 * self.rise * self.steps - 2, low)] if self.phases == 3 else []
        return [(top_at, self.peak), *middle, (self.steps - 1.0, end)]


@dataclass(frozen=True)
class Cyclic(Schedule):
    """Up from `low` to `high` in `up` steps and down in `down`, again and again. PyTorch's CyclicLR.

    up: 2000. down: as many as up unless given. mode: `triangular`; `halving`, each peak half as high as the one before;
    `fading`, the height times `factor**step`. factor: above 0; 1.
    """

    low: float = setting(least=0)
    high: float = setting(above=0)
    up: int = whole(2000, least=1)
    down: int | None = whole(None, least=1, optional=True)
    mode: str = choice("triangular", "halving", "fading")
    factor: float = setting(1.0, above=0)

    def __call__(self, step: int) -> float:
        """Return the number on the way up or down."""
        down = self.up if self.down is None else self.down
        cycle, within = divmod(step, self.up + down)
        height = within / self.up if within <= self.up else (self.up + down - within) / down
        fade = {"triangular": 1.0, "halving": _power(0.5, cycle), "fading": _power(self.factor, step)}[self.mode]
        return self.low + (self.high - self.low) * height * fade


@dataclass(frozen=True)
class ByFormula(Schedule):
    """A formula of the step `t`, counted from 0: `ByFormula("0.4/sqrt(t + 1)")`; `text` is never run as a program."""

    text: str = ""
    _formula: Formula = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the formula, which has to name the step."""
        if not re.search(r"\bt\b", str(self.text)):
            raise BadScene("ByFormula(text=...)", self.text, "allowed: a formula of the step t; else use Constant(...)")
        object.__setattr__(self, "_formula", Formula(self.text, parameters=("t",)))

    def __call__(self, step: int) -> float:
        """Return the formula's value."""
        return float(self._formula.value(np.array([float(step)])))


@dataclass(frozen=True)
class Product(Schedule):
    """Two schedules, `one` and the `other`, multiplied. PyTorch's ChainedScheduler."""

    one: Schedule = part(Schedule)
    other: Schedule = part(Schedule)

    def __call__(self, step: int) -> float:
        """Return the product."""
        return self.one(step) * self.other(step)

    @property
    def lasts(self) -> int | None:
        """As long as the shorter of the two."""
        return min((one.lasts for one in (self.one, self.other) if one.lasts is not None), default=None)


@dataclass(frozen=True)
class InTurn(Schedule):
    """One of the `schedules` after the other, each counting from 0 anew (SequentialLR, join_schedules).

    boundaries: the steps at which the second, the third ... begins.
    """

    schedules: tuple[Schedule, ...] = ()
    boundaries: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Check that there is one boundary between two schedules."""
        given: Any = self.schedules
        if not isinstance(given, tuple | list) or not given or not all(isinstance(one, Schedule) for one in given):
            raise BadScene("InTurn(schedules=...)", given, "allowed: a row of schedules")
        if not isinstance(self.boundaries, tuple | list):
            raise BadScene("InTurn(boundaries=...)", self.boundaries, "allowed: a row of whole numbers")
        object.__setattr__(self, "schedules", tuple(given))
        object.__setattr__(self, "boundaries", tuple(self.boundaries))
        _check_rising(self, self.boundaries)
        if len(self.boundaries) != len(self.schedules) - 1:
            allowed = f"allowed: {len(self.schedules) - 1}, one between two schedules"
            raise BadScene("InTurn(boundaries=...)", self.boundaries, allowed)

    def __call__(self, step: int) -> float:
        """Return the number of the schedule whose turn it is."""
        turn = bisect_right(self.boundaries, step)
        return self.schedules[turn](step - (self.boundaries[turn - 1] if turn else 0))

    @cached_property
    def lasts(self) -> int | None:
        """Until one of them ends before its turn is over, or the last one ends."""
        begins = (0, *self.boundaries)
        for one, begin, end in zip(self.schedules, begins, (*self.boundaries, None), strict=True):
            if one.lasts is not None and (end is None or begin + one.lasts < end):
                return begin + one.lasts
        return None


def _check_rising(schedule: Schedule, boundaries: tuple[Any, ...]) -> None:
    where = f"{type(schedule).__name__}(boundaries=...)"
    if not all(isinstance(one, int) and not isinstance(one, bool) for one in boundaries):
        raise BadScene(where, boundaries, "allowed: a row of whole numbers")
    if list(boundaries) != sorted(set(boundaries)):
        raise BadScene(where, boundaries, "allowed: steps that rise from one to the next")


def _periods(step: int, every: float, staircase: bool) -> float:
    return float(step // every) if staircase else step / every


def _power(base: float, exponent: float) -> float:
    """Return `base**exponent`; infinite beyond the float range, where Python would raise."""
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.inf


def _half_cosine(done: float) -> float:
    """Return 1 at 0 and 0 at 1, along half a cosine."""
    return (1 + math.cos(math.pi * done)) / 2


def _between(begin: float, end: float, done: float, shape: str) -> float:
    return end + (begin - end) * (_half_cosine(done) if shape == "cosine" else 1 - done)


SCHEDULES: dict[str, type[Schedule]] = {
    kind.__name__: kind
    for kind in (
        ByFormula, Constant, Cosine, Cyclic, Exponential, InTurn, Interpolated, InverseTime, LinearCosine, Listed,
        MultiStep, NaturalExponential, OneCycle, Piecewise, Polynomial, Product, StepDecay, WarmRestarts, WarmupCosine,
    )
}  # fmt: skip
