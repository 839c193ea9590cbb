"""What studies and searches have found, as nouns that pictures can read; those that find have files of their own."""

import math
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.verdict import VERDICTS, Verdict

if TYPE_CHECKING:
    from gdviz.descent.optimizers.method import Method

_DIVERGING = VERDICTS.index(Verdict.DIVERGING)


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study found: its arrays are read-only."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False


@dataclass(frozen=True, eq=False)
class RateFindings(Findings):
    """What a `RateStudy` found; the arrays are read-only, each `(points,)`.

    rates: rising, those that were asked for besides among them.
    steps_needed: the first step from which a run stays within 1 % of its start's distance, infinite for never.
    final_loss: at the last finite place. contraction, verdict: as `judge` says, the verdict as its place in
        `tuple(Verdict)`.
    limit: the rate above which the method leaves a bottom of the largest curvature met: `2 / L` for gradient descent,
        see `stable_rate`; NaN for methods for which none is known.
    settling_limit: the same of the minimum where the careful way ended, beyond which nothing settles there; NaN where
        it did not come to a minimum.
    curvature, curvature_place, curvature_step: that `L`, where it was met on a careful way down, and at which step of
    it.
    minima: from which the distances are measured, `(n, dim)`; empty where none was found. steps: how many each took.
    """

    rates: Array
    steps_needed: Array
    final_loss: Array
    contraction: Array
    verdict: NDArray[np.int8]
    limit: float
    settling_limit: float
    curvature: float
    curvature_place: tuple[float, ...]
    curvature_step: int
    minima: Array
    steps: int

    def examples(self) -> tuple[float, ...]:
        """Return a rate for each verdict that was met, rounded to a hundredth or so of the largest one.

        Of those too small a late one, which still gets somewhere; from the middle of the good ones; of those that
        oscillate a late one, which swings for long; of those that diverge an early one, which can be seen to leave.
        """
        places = 2 - math.floor(math.log10(float(self.rates[-1])))
        found = []
        for verdict, part in enumerate((0.9, 0.5, 0.9, 0.35)):
            rates = self.rates[self.verdict == verdict]
            if rates.size:
                found.append(round(float(rates[round(part * (rates.size - 1))]), places))
        return tuple(rate for rate in dict.fromkeys(found) if rate > 0)


@dataclass(frozen=True, eq=False)
class PhaseFindings(Findings):
    """What a `PhaseMap` found; the arrays are read-only.

    rates `(rates,)`, momenta `(momenta,)`: the plane's axes, rising. All others `(momenta, rates)`:
    contraction: the factor by which a step multiplies the distance from the minimum; above 1 where it grows, infinite
        where the run diverged before three steps, NaN where no minimum is known. steps_needed: the first step from
        which a run stays within 1 % of its start's distance, infinite for never. verdict: as `judge` says, as the place
        in `tuple(Verdict)`.
    limits `(momenta,)`: the rate above which each momentum leaves a bottom of the largest curvature met on a careful
        way down, `curvature`; see `stable_rate`.
    settling_limits `(momenta,)`: the same of the minimum where that way ended; NaN where it did not come to one.
    minima: from which the distances are measured, `(n, dim)`. steps: how many each took.
    """

    rates: Array
    momenta: Array
    contraction: Array
    steps_needed: Array
    verdict: NDArray[np.int8]
    limits: Array
    settling_limits: Array
    curvature: float
    minima: Array
    steps: int

    def fastest(self) -> tuple[float, float, float]:
        """Return the rate and the momentum that need the fewest steps, and how many those are."""
        needed = np.where(np.isfinite(self.steps_needed), self.steps_needed, np.inf)
        equal = needed == needed.min()
        row, column = np.unravel_index(int(np.argmin(np.where(equal, self.contraction, np.inf))), equal.shape)
        return float(self.rates[column]), float(self.momenta[row]), float(needed[row, column])

    def examples(self) -> dict[str, tuple[float, float]]:
        """Return pairs of rate and momentum worth seeing, in two digits, by what they stand for.

        "without momentum": the soonest of those; "fastest": the soonest of all; "most momentum": the rate of that with
        the largest momentum; "beyond the limit": a rate that is too large.
        """
        rate, momentum, _ = self.fastest()
        plain = self.rates[int(np.argmin(self.steps_needed[0]))]
        beyond = self.rates[self.verdict[0] == _DIVERGING]
        found = {"fastest": (rate, momentum), "most momentum": (rate, float(self.momenta[-1]))}
        if self.momenta[0] == 0 and momentum > 0:
            found = {"without momentum": (float(plain), 0.0), **found}
        if beyond.size:
            found["beyond the limit"] = (float(beyond[len(beyond) // 6]), float(self.momenta[0]))
        return {name: (float(f"{a:.2g}"), float(f"{b:.2g}")) for name, (a, b) in found.items()}


@dataclass(frozen=True, eq=False)
class BasinFindings(Findings):
    """What `Basins` found; the arrays are read-only.

    columns `(columns,)`, rows `(rows,)`: the starts' first and second parameter, rising, from edge to edge.
    minimum `(rows, columns)`: the place in `minima` of the one where the run ends; -1 for none, -2 for diverged.
    arrived `(rows, columns)`: the step from which on it stays within `radius` of it; for a diverged run the step that
        led out of the float range or the domain; -1 for none.
    minima `(n, 2)`. radius: in the parameters' unit. method, rate, steps: of the runs; no rate where there is none or
    where it changes.
    """

    columns: Array
    rows: Array
    minimum: NDArray[np.int16]
    arrived: NDArray[np.int32]
    minima: Array
    radius: float
    method: str
    rate: float | None
    steps: int


@dataclass(frozen=True, eq=False)
class Tuned(Findings):
    """The record of a search: all that was tried, so that it can be written down and repeated; arrays are read-only.

    optimizer: as it came out, its `repr` the call that makes it. rate: its learning rate; None where it was left as it
        is. note: why it was left, or that the best rate is the smallest or the largest of those tried; else empty.
    rates `(tried,)`: the coarse ones in rising order, then those of the refinement. scores `(tried,)`: how many
        evaluations of the gradient or the loss each needed until the loss stayed at `target` or below, infinite for
        never. best_losses `(tried,)`: the lowest loss met. longest_steps `(tried,)`: the longest step, in the
        parameters' unit, infinite for a run that diverged. admitted `(tried,)`: whether that was within `longest`.
    start, steps, target, longest: what held for all; the last two NaN where nothing was tried.
    """

    optimizer: "Method"
    rate: float | None
    note: str
    start: tuple[float, ...]
    steps: int
    target: float = math.nan
    longest: float = math.nan
    rates: Array = field(default_factory=lambda: np.empty(0))
    scores: Array = field(default_factory=lambda: np.empty(0))
    best_losses: Array = field(default_factory=lambda: np.empty(0))
    longest_steps: Array = field(default_factory=lambda: np.empty(0))
    admitted: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))

    def __str__(self) -> str:
        """Say what came out, in one line."""
        if self.rate is None:
            return self.note
        within = f", none with a step over {self.longest:.2g}" if math.isfinite(self.longest) else ""
        best = f"{self.optimizer.name}: learning rate {self.rate:.6g}, the best of {len(self.rates)} tried{within}"
        return f"{best}; {self.note}" if self.note else best
