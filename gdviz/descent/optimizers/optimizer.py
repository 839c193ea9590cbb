"""The contract of every optimizer of gdviz, and the driver that runs many settings of one at once."""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from gdviz.descent.loss import Array, Loss
from gdviz.descent.stepper import TOLERANCE, Start, descend
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.walk import Probe, Seen, Update
from gdviz.problems import BadScene


def setting(
    default: float | None = None, *, above: float = -math.inf, least: float = -math.inf, below: float = math.inf
) -> Any:
    """Declare a numeric setting with its range: `above <`, `least <=` and `< below`."""
    limits = {"above": above, "least": least, "below": below}
    return field(metadata=limits) if default is None else field(default=default, metadata=limits)


@dataclass(frozen=True)
class Optimizer(ABC):
    """A method: frozen settings and a pure update.

    A subclass is a frozen dataclass whose fields are its settings. `init` and `update` see the numeric ones as arrays
    `(runs, 1)`, so that a sweep of ten thousand rates is one vectorised run. The terms that `update` names are what the
    screen shows, and `rule`, evaluated on them unrounded, gives the step.
    """

    name: ClassVar[str]
    rule: ClassVar[str]

    def __post_init__(self) -> None:
        """Check every setting against its range."""
        for one in fields(self):
            given = getattr(self, one.name)
            where = f"{type(self).__name__}({one.name}=...)"
            if one.type in (bool, "bool"):
                if not isinstance(given, bool):
                    raise BadScene(where, given, "allowed: True, False")
            else:
                _check_number(where, given, **one.metadata)

    @abstractmethod
    def init(self, params: Array, shapes: Sequence[tuple[int, ...]]) -> Any:
        """Return the state before the first update; `params` is `(runs, dim)`."""

    @abstractmethod
    def update(self, seen: Seen, state: Any, params: Array, probe: Probe) -> Update:
        """Return the update from `params` `(runs, dim)`, where loss and gradient are `seen`."""

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield the updates of one run or, after `together`, of many."""
        yield from together([self] * len(start)).walk(probe, start, steps)

    def minimize(
        self, loss: Loss, start: Start | None = None, steps: int = 100, tolerance: float = TOLERANCE
    ) -> Trajectory:
        """Go down `loss` and return the trajectory.

        start: the first parameters, a number, `(dim,)` or `(runs, dim)`; the loss's own start unless given, else zeros.
        steps: the budget of updates.
        tolerance: a run has converged when its gradient and its step have shrunk to this part of their largest; 0 stops
            early only where nothing moves at all.

        Raises `BadScene` for a start outside of the loss's domain and for a budget below one step.
        """
        return descend(loss, self, start=start, steps=steps, tolerance=tolerance)


@dataclass(frozen=True)
class Together:
    """Several optimizers of one kind as one walker over as many runs."""

    optimizers: tuple[Optimizer, ...]

    @property
    def name(self) -> str:
        """The common name."""
        return self.optimizers[0].name

    @property
    def rule(self) -> str:
        """The common rule."""
        return self.optimizers[0].rule

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield the updates of all runs at once; `start` is `(runs, dim)`, a run for each optimizer."""
        method, params = self._vectorised(), start
        state = method.init(params, probe.shapes)
        for step in range(steps):
            update = method.update(probe.see(step, params), state, params, probe)
            yield update
            params, state = params + update.step, update.state

    def _vectorised(self) -> Optimizer:
        """One optimizer whose numeric settings are arrays `(runs, 1)`."""
        first = self.optimizers[0]
        whole = object.__new__(type(first))
        for one in fields(first):
            values = [getattr(optimizer, one.name) for optimizer in self.optimizers]
            stacked = values[0] if isinstance(values[0], bool) else np.array(values, dtype=np.float64)[:, None]
            object.__setattr__(whole, one.name, stacked)
        return whole


def together(optimizers: Sequence[Optimizer]) -> Together:
    """Join optimizers of one kind, which may differ in their numbers, to one vectorised walker.

    Raises `BadScene` when they are of different kinds or differ in a switch.
    """
    kinds = list(dict.fromkeys(_kind(optimizer) for optimizer in optimizers))
    if len(kinds) != 1:
        raise BadScene("optimizers", ", ".join(kinds), "allowed: one or more of one kind, with the same switches")
    return Together(tuple(optimizers))


def _kind(optimizer: Optimizer) -> str:
    """Write the optimizer without its numbers: `Momentum(nesterov=True)`."""
    settings = {one.name: getattr(optimizer, one.name) for one in fields(optimizer)}
    switches = [f"{name}={value}" for name, value in settings.items() if isinstance(value, bool)]
    return f"{type(optimizer).__name__}({', '.join(switches)})"


def _check_number(
    where: str, given: object, above: float = -math.inf, least: float = -math.inf, below: float = math.inf
) -> None:
    if isinstance(given, int | float) and not isinstance(given, bool) and above < given < below and given >= least:
        return
    limits = {f"above {above:g}": above, f"of at least {least:g}": least, f"below {below:g}": below}
    bounds = " and ".join(words for words, limit in limits.items() if math.isfinite(limit))
    raise BadScene(where, given, f"allowed: a number {bounds or 'that is finite'}")
