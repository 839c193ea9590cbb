"""The learning rate of any optimizer, also of one inside of a piece: whether there is a number to vary, and varying it.

`ClipByNorm(Momentum(0.1))` has the rate of its Momentum.
"""

from dataclasses import fields, replace
from typing import TypeVar

from gdviz.descent.optimizers.optimizer import Optimizer
from gdviz.descent.schedules import Schedule
from gdviz.problems import BadScene

AnyOptimizer = TypeVar("AnyOptimizer", bound=Optimizer)


def why_fixed(optimizer: Optimizer) -> str:
    """Say in a few words why the rate can't be varied; empty where it can."""
    owner = _owner(optimizer)
    if owner is None:
        return f"{optimizer.name} has no learning rate"
    if isinstance(owner.learning_rate, Schedule):  # type: ignore[attr-defined] # the owner has it
        return f"the learning rate of {optimizer.name} follows a schedule"
    return ""


def with_rate(optimizer: AnyOptimizer, rate: float) -> AnyOptimizer:
    """Return the optimizer with another learning rate. Raises `BadScene` where it has none, or a schedule."""
    fixed = why_fixed(optimizer)
    if fixed:
        raise BadScene("optimizer", optimizer, f"{fixed}; allowed: one with a number for its learning rate")
    if _has_rate(optimizer):
        return replace(optimizer, learning_rate=rate)  # type: ignore[call-arg] # the field is there
    return replace(optimizer, optimizer=with_rate(optimizer.optimizer, rate))  # type: ignore[attr-defined,call-arg]


def _owner(optimizer: Optimizer) -> Optimizer | None:
    """Return the optimizer whose field the rate is: this one, or one inside of it."""
    while not _has_rate(optimizer):
        inner = getattr(optimizer, "optimizer", None)
        if not isinstance(inner, Optimizer):
            return None
        optimizer = inner
    return optimizer


def _has_rate(optimizer: Optimizer) -> bool:
    return any(one.name == "learning_rate" for one in fields(optimizer))
