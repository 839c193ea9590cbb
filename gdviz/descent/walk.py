"""What an optimizer is given and what it hands back: one update after another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Loss
from gdviz.problems import BadScene

Which = int | slice | NDArray[np.bool_]  # some of the runs
ALL = slice(None)
Terms = Mapping[str, Array | float]  # by name, each `(runs, dim)`, `(runs, 1)`, or one number for all


@dataclass(frozen=True)
class Seen:
    """The loss `(runs,)` and its gradient `(runs, dim)` where the runs stand."""

    value: Array
    gradient: Array


@dataclass(frozen=True)
class Update:
    """One update.

    step: what is added to the parameters, `(runs, dim)`: the arrow on the screen.
    state: what the optimizer remembers for its next update.
    terms: the named numbers of its rule.
    """

    step: Array
    state: Any = None
    terms: Terms = field(default_factory=dict)


class Probe:
    """A loss that counts what it is asked, for `runs` runs at once; called, it answers for the step last seen.

    evaluations: how often each run has asked for the loss or for its gradient, `(runs,)`. The loss with its gradient
    at one place counts once, however often it is read again.
    """

    def __init__(self, loss: Loss, runs: int) -> None:
        self._loss = self._now = loss
        self._place: tuple[int, bytes] | None = None
        self._seen: Seen
        self._counted = False
        self.evaluations = np.zeros(runs, dtype=np.int64)

    @property
    def loss(self) -> Loss:
        """The loss itself, for what it says of itself: what is asked of it here is not counted."""
        return self._loss

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shapes that the parameter vector packs, for methods that treat a matrix as a whole."""
        return self._loss.about.shapes

    def see(self, step: int, params: Array) -> Seen:
        """Return loss and gradient at `params` `(runs, dim)`, as the loss is at that step."""
        seen = self.look(step, params)
        if not self._counted:
            self.evaluations += 1
            self._counted = True
        return seen

    def look(self, step: int, params: Array) -> Seen:
        """Return the same at nobody's cost; the recorder looks where the walker is about to, so nothing runs twice."""
        place = (step, params.tobytes())
        if self._place != place:
            self._now = self._loss.at(step)
            value, gradient = self._now(params)
            self._place, self._seen, self._counted = place, Seen(value, gradient), False
        return self._seen

    def __call__(self, points: Array, which: Which = ALL) -> Seen:
        """Return the loss of this step, with its gradient, at trial `points`, one for each of `which` runs.

        which: an index or a mask of runs, all unless given; theirs is the cost.
        """
        self.evaluations[which] += 1
        return Seen(*self._now(points))

    def value(self, points: Array, which: Which = ALL) -> Array:
        """Return the same without the gradient, `(runs,)`."""
        self.evaluations[which] += 1
        return self._now.value(points)

    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(runs, dim, dim)` at `points`; raise `BadScene` where they are not known."""
        found = self._now.hessian(points)
        if found is None:
            allowed = "this method needs second derivatives, which the loss does not have; choose another method"
            raise BadScene("loss", type(self._now).__name__, allowed)
        self.evaluations += 1
        return found


class Walker(Protocol):
    """Whatever goes down a loss: an optimizer of gdviz, somebody else's, or a recording."""

    @property
    def name(self) -> str:
        """The method's name in plain words."""
        ...

    @property
    def rule(self) -> str:
        """The step as an expression over the names of the terms; empty where there is none."""
        ...

    @property
    def sees_gradient(self) -> bool:
        """Whether it asks for gradients; of one that only compares losses, no slope is shown."""
        ...

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield one update after another, from `start` `(runs, dim)`."""
        ...
