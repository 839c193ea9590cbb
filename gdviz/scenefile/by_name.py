"""Optimizers, schedules, views and studies by their names, with settings; what is misspelt is told with the nearest."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, TypeVar

from gdviz.descent.optimizers import OPTIMIZERS, Optimizer
from gdviz.problems import BadInput, BadScene, choose

Named = TypeVar("Named")

SOME_RATE = 0.01


def optimizer_named(name: str, settings: Mapping[str, Any]) -> Optimizer:
    """Return an optimizer by its name, spelt `GradientDescent`, `gradient descent` or `gradient-descent`.

    Raises `BadInput` for an unknown name or setting, with the nearest one, and for a setting that is missing.
    """
    return called("optimizer", OPTIMIZERS, name, settings)


def rated(name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of an optimizer with some rate, where it needs one and none is given.

    They are for one that is to be tuned: there it does not matter where the search begins.
    """
    missing = needs_rate(name) and "learning_rate" not in settings
    return {"learning_rate": SOME_RATE, **settings} if missing else dict(settings)


def settings_of(name: str) -> tuple[str, ...]:
    """Return the names of an optimizer's settings. Raises `BadInput` for an unknown optimizer, with the nearest one."""
    return tuple(one.name for one in fields(_kind("optimizer", OPTIMIZERS, name)) if one.init)


def needs_rate(name: str) -> bool:
    """Say whether there is an optimizer of that name that can't be made without a learning rate."""
    kinds = [kind for one, kind in OPTIMIZERS.items() if letters(one) == letters(name)]
    rates = [one for kind in kinds for one in fields(kind) if one.name == "learning_rate"]
    return any(one.default is MISSING for one in rates)


def called(where: str, kinds: Mapping[str, type[Named]], name: str, settings: Mapping[str, Any]) -> Named:
    """Return the value of a kind, by the kind's name, with these settings; `where` is what asks for it.

    Raises `BadInput` for an unknown name or setting, with the nearest one, and for a setting that is missing.
    """
    kind = _kind(where, kinds, name)
    allowed = [one.name for one in fields(kind) if one.init]
    for setting in settings:
        if setting not in allowed:
            raise BadScene(kind.__name__, setting, choose(setting, allowed))
    for one in fields(kind):
        if one.init and one.default is MISSING and one.name not in settings:
            raise BadInput(f"{kind.__name__}: {one.name} is missing; give {_wanted(one)}")
    made: Named = kind(**settings)
    return made


def _kind(where: str, kinds: Mapping[str, type[Any]], name: str) -> Any:
    known = {letters(kind): kind for kind in kinds}
    if letters(name) not in known:
        raise BadScene(where, name, choose(name, kinds))
    return kinds[known[letters(name)]]


def _wanted(one: Any) -> str:
    """Return what a setting without a default may be."""
    if "part" in one.metadata:
        return f"{'an optimizer' if one.metadata['part'] is Optimizer else 'a schedule'}"
    if "row" in one.metadata:
        return "a row of numbers"
    limits = one.metadata.get("limits")
    return "a whole number, such as 10" if limits is not None and limits.whole else "a number, such as 0.1"


def letters(name: str) -> str:
    """Return what of a name counts: `GradientDescent`, `gradient descent` and `gradient-descent` are one."""
    return "".join(c for c in name.lower() if c.isalnum())
