"""The learning rate of any optimizer, also of one inside of a piece: whether there is a number to vary, and varying it.

`ClipByNorm(Momentum(0.1))` has the rate of its Momentum.
"""

from dataclasses import fields, replace
from typing import Any, TypeVar

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.method import Method
from gdviz.descent.optimizers.optimizer import Optimizer, Together, together
from gdviz.descent.schedules import Schedule
from gdviz.problems import BadScene

AnyMethod = TypeVar("AnyMethod", bound=Method)


def why_fixed(optimizer: Method) -> str:
    """Say in a few words why the rate can't be varied; empty where it can."""
    if not isinstance(optimizer, Optimizer):
        return f"{optimizer.name} has a learning rate of its own, if any"
    owner = _owner(optimizer)
    if owner is None:
        return f"{optimizer.name} has no learning rate"
    if isinstance(owner.learning_rate, Schedule):  # type: ignore[attr-defined] # the owner has it
        return f"the learning rate of {optimizer.name} follows a schedule"
    return ""


def rate_of(optimizer: Method | None) -> float | None:
    """Return the rate, where there is a number to vary."""
    if not isinstance(optimizer, Optimizer) or why_fixed(optimizer):
        return None
    return float(_owner(optimizer).learning_rate)  # type: ignore[union-attr] # nothing fixes it, so it has an owner


def with_rate(optimizer: AnyMethod, rate: float) -> AnyMethod:
    """Return the optimizer with another learning rate. Raises `BadScene` where it has none, or a schedule."""
    fixed = why_fixed(optimizer)
    if fixed:
        raise BadScene("optimizer", optimizer, f"{fixed}; allowed: one with a number for its learning rate")
    whole: Any = optimizer
    if _has_rate(whole):
        return replace(whole, learning_rate=rate)  # type: ignore[no-any-return] # of the same kind
    return replace(whole, optimizer=with_rate(whole.optimizer, rate))  # type: ignore[no-any-return]


def at_rates(optimizer: Method, rates: Array) -> Together:
    """Return the optimizer with each of the rates `(runs,)` as one walker. Raises `BadScene` as `with_rate` does."""
    several: list[Any] = [with_rate(optimizer, rate) for rate in rates.tolist()]
    return together(several)


def _owner(optimizer: Optimizer) -> Optimizer | None:
    """Return the optimizer whose field the rate is: this one, or one inside of it."""
    while not _has_rate(optimizer):
        inner = getattr(optimizer, "optimizer", None)
        if not isinstance(inner, Optimizer):
            return None
        optimizer = inner
    return optimizer


def _has_rate(optimizer: Any) -> bool:
    return any(one.name == "learning_rate" for one in fields(optimizer))
