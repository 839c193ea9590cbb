"""How a race stands at each step: who is ahead, and who has arrived."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array

NEAR = 1e-3  # a run has arrived when this part of the way down is left
_HOLDS = 0.04  # a lead is told when it lasts for this part of the race


@dataclass(frozen=True, eq=False)
class Standing:
    """The standing of runs that go together; positions count from 0 to the last of the longest run.

    losses: of each run up to its end, `(positions,)`. depths: the losses at the known minima.
    styles: the number of the style of each run. lost: which of them end because the loss left the range of numbers or
    its domain; none unless given. goal: whether there is a minimum to arrive at; else the lowest loss wins.
    """

    losses: tuple[Array, ...]
    depths: tuple[float, ...]
    styles: tuple[int, ...]
    lost: tuple[bool, ...] = ()
    goal: bool = True

    @cached_property
    def loss(self) -> Array:
        """The loss of each run at each position, `(positions, runs)`; a run that is over keeps its last."""
        count = max(map(len, self.losses))
        return np.stack([np.pad(one, (0, count - len(one)), mode="edge") for one in self.losses], axis=1)

    @cached_property
    def best(self) -> Array:
        """The lowest loss of each run up to each position, `(positions, runs)`."""
        best: Array = np.fmin.accumulate(self.loss, axis=0)
        return best

    @cached_property
    def lowest(self) -> float:
        """The lowest loss that is known: that of the minima, or of the runs."""
        return min([*self.depths, float(np.nanmin(self.loss))])

    @cached_property
    def target(self) -> float:
        """The loss at which a run has arrived: a thousandth of the way down is left, as a round number."""
        start = float(self.loss[0].max())
        left = NEAR * (start - self.lowest)
        if left <= 0:
            return self.lowest
        unit = 10.0 ** (math.floor(math.log10(left)) - 1)
        near = math.ceil(left / unit - 1e-9) * unit
        if abs(self.lowest) < 1e-9 * (start - self.lowest):
            return near
        return math.ceil((self.lowest + near) / unit) * unit

    @cached_property
    def arrived(self) -> tuple[int | None, ...]:
        """The position of each run from which on its loss stays at the target or below; no jump through it."""
        if not self.goal:
            return (None,) * len(self.losses)
        there = np.logical_and.accumulate((self.loss <= self.target)[::-1])[::-1]
        return tuple(int(np.argmax(run)) if run.any() else None for run in there.T)

    @cached_property
    def sides(self) -> tuple[tuple[int, ...], ...]:
        """The runs of each side of the race: one each, or all those that share a style."""
        styles = np.array(self.styles)
        return tuple(tuple(np.flatnonzero(styles == style).tolist()) for style in dict.fromkeys(self.styles))

    @cached_property
    def places(self) -> NDArray[np.intp]:
        """The place of each side at each position, `(positions, sides)`, 0 for the first.

        First by the part of its runs that has arrived, then by how early they did; then by the best loss so far, the
        mean over its runs. Who is lost comes last, however low it once was.
        """
        late = np.array([math.inf if at is None else at for at in self.arrived])
        position = np.arange(len(self.loss))[:, None]
        there = late <= position
        ends = np.array([len(one) - 1 for one in self.losses])
        gone = (position >= ends) & np.array(self.lost or [False] * len(ends))
        share, lost, early, best = [], [], [], []
        for runs in map(list, self.sides):
            share.append(there[:, runs].mean(axis=1))
            lost.append(gone[:, runs].mean(axis=1))
            count = there[:, runs].sum(axis=1)
            steps = np.where(there[:, runs], late[runs], 0.0).sum(axis=1)
            early.append(np.where(count > 0, steps / np.maximum(count, 1), math.inf))
            best.append(np.nan_to_num(self.best[:, runs], nan=np.inf).mean(axis=1))
        keys = (np.array(best).T, np.array(early).T, np.array(lost).T, -np.array(share).T)  # the last one counts most
        order = np.lexsort(keys, axis=-1)
        places = np.empty_like(order)
        np.put_along_axis(places, order, np.arange(order.shape[1])[None], axis=1)
        return places

    @cached_property
    def leads(self) -> tuple[tuple[int, int], ...]:
        """The positions at which another side takes the lead and keeps it for a while, each with that side."""
        first = np.argmin(self.places, axis=1)
        hold = max(2, math.ceil(_HOLDS * len(first)))
        found: list[tuple[int, int]] = []
        for k in range(1, len(first)):
            leader = int(first[k])
            lasting = (first[k : k + hold] == leader).all()
            if lasting and (not found or found[-1][1] != leader):
                found.append((k, leader))
        return tuple(found)

    @property
    def finishers(self) -> Sequence[int]:
        """The sides in the order of their last places."""
        return [int(side) for side in np.argsort(self.places[-1], kind="stable")]
