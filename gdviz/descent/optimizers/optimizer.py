"""The contract of every optimizer of gdviz, and the driver that runs many settings of one at once."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import Field, dataclass, fields
from functools import cache, cached_property
from typing import Any, ClassVar

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.method import Method
from gdviz.descent.schedules import Schedule
from gdviz.descent.settings import check, limits_of
from gdviz.descent.walk import Probe, Seen, Update
from gdviz.problems import BadScene, counted

Shapes = Sequence[tuple[int, ...]]


@dataclass(frozen=True)
class Optimizer(Method):
    """A method: frozen settings and a pure update.

    A subclass is a frozen dataclass whose fields are its settings. `init` and `update` see the numbers among them, and
    the schedules that stand in their place, as arrays `(runs, 1)` of this step, so that a sweep of ten thousand rates
    is one vectorised run. The terms that `update` names are what the screen shows, and `rule`, evaluated on them
    unrounded, gives the step. One of your own, which also a scene takes:

    >>> from dataclasses import dataclass
    >>> import numpy as np
    >>> from gdviz import Formula, Optimizer, Seen, Update
    >>> @dataclass(frozen=True)
    ... class SignDescent(Optimizer):
    ...     learning_rate: float = 0.5
    ...     name = "sign descent"
    ...     rule = "-learning_rate * direction"
    ...
    ...     def update(self, seen, state, params, probe):
    ...         terms = {"learning_rate": self.learning_rate, "direction": np.sign(seen.gradient)}
    ...         return Update(-self.learning_rate * terms["direction"], state, terms)
    >>> SignDescent().minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, -1.5, -1.0]

    name: what it is called on the screen. rule: the step as an expression over the names of the terms, with numbers,
    brackets and + - * /; what a function makes is a term of its own. A method that remembers something returns it as
    the second part of its Update, gets it back as `state`, and says in `init` what it is at first. form: which
    library's form it is, or which setting makes it so. sees_gradient: whether `seen` costs a gradient, and the picture
    shows a slope; a method that only compares losses is given the gradient for the record, and must not use it.
    searches: whether it asks the loss at other places than where it stands.
    """

    form: ClassVar[str] = ""
    searches: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Check every setting against its range."""
        check(self, Schedule)

    def init(self, params: Array, shapes: Shapes) -> Any:
        """Return the state before the first update; `params` is `(runs, dim)`."""

    @abstractmethod
    def update(self, seen: Seen, state: Any, params: Array, probe: Probe) -> Update:
        """Return the update from `params` `(runs, dim)`, where loss and gradient are `seen`."""

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield the updates of one run or, after `together`, of many."""
        yield from Together((self,) * len(start)).walk(probe, start, steps)

    @property
    def changes(self) -> bool:
        """Whether one of its settings is a schedule."""
        values = [getattr(self, one.name) for one in fields(self)]
        return any(isinstance(v, Schedule) or (isinstance(v, Optimizer) and v.changes) for v in values)

    def check_budget(self, steps: int) -> None:
        """Raise `BadScene` where a schedule is shorter than the run, or leads out of its setting's range."""
        for one in fields(self):
            given = getattr(self, one.name)
            if isinstance(given, Optimizer):
                given.check_budget(steps)
            if isinstance(given, Schedule):
                _check_schedule(f"{type(self).__name__}({one.name}=...)", given, limits_of(one), steps)


def _check_schedule(where: str, schedule: Schedule, limits: Any, steps: int) -> None:
    if schedule.lasts is not None and schedule.lasts < steps:
        ends = f"this schedule ends after {counted(schedule.lasts, 'step')}, and the run has {steps}"
        allowed = f"{ends}; make it longer, or run fewer"
        raise BadScene(where, schedule, allowed)
    for step in range(steps):
        value = schedule(step)
        if not limits.span(value):
            raise BadScene(where, schedule, f"at step {step + 1} it gives {value:g}; allowed: {limits}")


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
        """The common rule: that of all settings that any of the runs has switched on."""
        return _switched_on(list(dict.fromkeys(self.optimizers))).rule

    @property
    def sees_gradient(self) -> bool:
        """Whether they ask for gradients."""
        return self.optimizers[0].sees_gradient

    def check_budget(self, steps: int) -> None:
        """Check each of them."""
        for optimizer in dict.fromkeys(self.optimizers):
            optimizer.check_budget(steps)

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield the updates of all runs at once; `start` is `(runs, dim)`, a run for each optimizer."""
        settings, params = _Settings(self.optimizers), start
        if settings.change:
            self.check_budget(steps)
        method = settings.at(0)
        state = method.init(params, probe.shapes)
        for step in range(steps):
            method = settings.at(step) if settings.change else method
            # A method that only compares losses has to look where it starts; from then on it knows where it stands.
            seen = probe.see(step, params) if method.sees_gradient or step == 0 else probe.look(step, params)
            update = method.update(seen, state, params, probe)
            yield update
            params, state = params + update.step, update.state


class _Settings:
    """The settings of many optimizers of one kind as one optimizer with arrays `(runs, 1)`."""

    def __init__(self, optimizers: Sequence[Optimizer]) -> None:
        self._first = optimizers[0]
        self._columns: dict[str, Any] = {}
        for one in fields(self._first):
            self._columns[one.name] = _column(one, [getattr(optimizer, one.name) for optimizer in optimizers])

    @cached_property
    def change(self) -> bool:
        """Whether any of them changes from step to step."""
        return any(isinstance(column, _Scheduled | _Settings) and column.change for column in self._columns.values())

    def at(self, step: int) -> Optimizer:
        """Return the optimizer with the numbers of that step."""
        whole: Optimizer = object.__new__(type(self._first))
        for name, column in self._columns.items():
            now = column.at(step) if isinstance(column, _Scheduled | _Settings) else column
            object.__setattr__(whole, name, now)
        return whole


@dataclass(frozen=True)
class _Scheduled:
    """The numbers of one setting, some of them schedules."""

    values: tuple[Schedule | float, ...]
    change: ClassVar[bool] = True

    def at(self, step: int) -> Array:
        """Return the numbers of that step, `(runs, 1)`; each schedule is asked once."""
        now = {value: value(step) if isinstance(value, Schedule) else value for value in dict.fromkeys(self.values)}
        return np.array([now[value] for value in self.values], dtype=np.float64)[:, None]


def _switched_on(optimizers: Sequence[Optimizer]) -> Optimizer:
    """Return one optimizer with the first setting of each kind that is not zero."""
    first = optimizers[0]
    whole: Optimizer = object.__new__(type(first))
    for one in fields(first):
        values = [getattr(optimizer, one.name) for optimizer in optimizers]
        nested = isinstance(values[0], Optimizer)
        value = _switched_on(values) if nested else next((value for value in values if value != 0), values[0])
        object.__setattr__(whole, one.name, value)
    return whole


def _column(one: Field[Any], values: list[Any]) -> Any:
    """Return the values of one setting over all runs: an array of numbers, or what they have in common."""
    if isinstance(values[0], Optimizer):
        return _Settings(values)
    if limits_of(one).whole or not _is_number(values[0]):
        return values[0]
    if any(isinstance(value, Schedule) for value in values):
        return _Scheduled(tuple(values))
    column = np.array(values, dtype=np.float64)[:, None]
    bits = column.view(np.int64)
    # What all runs share is held once: NumPy multiplies `(runs, dim)` by it ten times as fast.
    return np.broadcast_to(column[0], column.shape) if (bits == bits[0]).all() else column


def _is_number(value: object) -> bool:
    """Whether a setting may differ from run to run: neither a switch, a word nor a row."""
    return type(value) is float or not (isinstance(value, bool | str | tuple | Optimizer) or value is None)


def together(optimizers: Sequence[Optimizer]) -> Together:
    """Join optimizers of one kind, which may differ in their numbers, to one vectorised walker.

    Raises `BadScene` when they are of different kinds or differ in a switch.
    """
    for optimizer in optimizers:
        if not isinstance(optimizer, Optimizer):
            raise BadScene("optimizers", optimizer, "allowed: optimizers of gdviz, such as Adam(0.1)")
    kinds = list(dict.fromkeys(_kind(optimizer) for optimizer in optimizers))
    if len(kinds) != 1:
        raise BadScene("optimizers", ", ".join(kinds), "allowed: one or more of one kind, with the same switches")
    return Together(tuple(optimizers))


def _kind(optimizer: Optimizer) -> str:
    """Write the optimizer without its numbers: `Momentum(nesterov=True)`."""
    written = []
    for name, is_whole in _settings_of(type(optimizer)):
        value = getattr(optimizer, name)
        if isinstance(value, Optimizer):
            written.append(f"{name}={_kind(value)}")
        elif is_whole or not _is_number(value):
            written.append(f"{name}={value!r}")
    return f"{type(optimizer).__name__}({', '.join(written)})"


@cache
def _settings_of(kind: type[Optimizer]) -> list[tuple[str, bool]]:
    """Return the names of an optimizer's settings, each with whether it is a whole number."""
    return [(one.name, limits_of(one).whole) for one in fields(kind)]
