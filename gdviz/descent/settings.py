"""The settings of optimizers and schedules: how they are declared, and how they are checked.

A setting is a field of a frozen dataclass: a number (for an optimizer also a schedule in its place), a switch, one of
a few words, a whole number, a row of numbers, or another optimizer or schedule that is a part of it.
"""

import math
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeAlias

from gdviz.descent.places import real
from gdviz.problems import BadScene, choose

# A number or a schedule as the user writes it; inside of `update` an array `(runs, 1)`. Three things, so: any.
Setting: TypeAlias = Any


@dataclass(frozen=True)
class Limits:
    """The range of a number: `above <`, `least <=`, `< below`, `<= most`; `whole` ones only; None if `optional`.

    once: whether it counts only at the start, so that no schedule can stand in its place.
    """

    above: float = -math.inf
    least: float = -math.inf
    below: float = math.inf
    most: float = math.inf
    whole: bool = False
    optional: bool = False
    once: bool = False

    def hold(self, given: object) -> bool:
        """Whether a number is of this kind."""
        if given is None:
            return self.optional
        if isinstance(given, bool) or not isinstance(given, int if self.whole else int | float):
            return False
        number = real(given)
        return self.above < number < self.below and self.least <= number <= self.most and math.isfinite(number)

    def span(self, number: float) -> bool:
        """Whether a value that a schedule reaches can be used: the open ends count, as a rate may fade to zero."""
        return max(self.above, self.least) <= number <= min(self.below, self.most) and math.isfinite(number)

    def __str__(self) -> str:
        """Return the range in words."""
        ends = {f"above {self.above:g}": self.above, f"of at least {self.least:g}": self.least}
        ends |= {f"below {self.below:g}": self.below, f"up to {self.most:g}": self.most}
        bounds = " and ".join(words for words, limit in ends.items() if math.isfinite(limit))
        noun = "a whole number" if self.whole else "a number"
        return f"{noun} {bounds or 'that is finite'}" + (", or None" if self.optional else "")


def setting(default: Any = MISSING, **limits: Any) -> Any:
    """Declare a number with its `Limits`; an optimizer takes a schedule in its place."""
    return field(default=default, metadata={"limits": Limits(**limits)})


def whole(default: Any = MISSING, **limits: Any) -> Any:
    """Declare a whole number with its `Limits`, the same in all runs."""
    return field(default=default, metadata={"limits": Limits(whole=True, **limits)})


def choice(default: str, *others: str) -> Any:
    """Declare one of a few words, `default` unless given."""
    return field(default=default, metadata={"words": (default, *others)})


def row(default: Any = MISSING, **limits: Any) -> Any:
    """Declare a row of numbers, each within its `Limits`."""
    return field(default=default, metadata={"row": Limits(**limits)})


def part(kind: type) -> Any:
    """Declare another optimizer or schedule as a part of this one."""
    return field(metadata={"part": kind})


def check(owner: Any, schedule: type | None = None) -> None:
    """Check every field of a dataclass; where `schedule` is given, one may stand in place of a number."""
    for one in fields(owner):
        given = getattr(owner, one.name)
        where = f"{type(owner).__name__}({one.name}=...)"
        if "words" in one.metadata:
            words = one.metadata["words"]
            if not isinstance(given, str) or given not in words:
                raise BadScene(where, given, choose(str(given), words))
        elif "part" in one.metadata:
            kind = one.metadata["part"]
            if not isinstance(given, kind):
                raise BadScene(where, given, f"allowed: one of the {kind.__name__.lower()}s")
        elif "row" in one.metadata:
            object.__setattr__(owner, one.name, _checked_row(where, given, one.metadata["row"]))
        elif isinstance(one.default, bool) or one.type in (bool, "bool"):
            if not isinstance(given, bool):
                raise BadScene(where, given, "allowed: True, False")
        elif isinstance(one.default, str):
            if not isinstance(given, str):
                raise BadScene(where, given, "allowed: a word")
        else:
            limits = limits_of(one)
            may_change = schedule is not None and not limits.whole and not limits.once
            if not (limits.hold(given) or (may_change and isinstance(given, schedule or ()))):
                instead = ", or a schedule" if may_change and not _is_number(given) else ""
                raise BadScene(where, given, f"allowed: {limits}{instead}")


def limits_of(one: Any) -> Limits:
    """Return the limits of a field; any finite number where it declares none."""
    limits: Limits = one.metadata.get("limits") or Limits()
    return limits


def _is_number(given: object) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool)


def _checked_row(where: str, given: object, limits: Limits) -> tuple[float, ...]:
    if not isinstance(given, tuple | list) or not given or not all(map(limits.hold, given)):
        noun = str(limits).removeprefix("a ").replace("number", "numbers")
        raise BadScene(where, given, f"allowed: a row of {noun}")
    return tuple(given)
