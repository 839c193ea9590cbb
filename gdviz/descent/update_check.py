"""What an update has to be; a method of the user's own may have any of it wrong, and is told so in one sentence."""

import re
from collections.abc import Mapping
from functools import cache

import numpy as np

from gdviz.descent.expression.parse import NAME, parse
from gdviz.descent.formula import Formula
from gdviz.descent.walk import Update, Walker
from gdviz.problems import BadFormula, BadScene, choose

_NUMBER = re.compile(r"(?<![A-Za-z0-9_])[0-9.]+(?:[eE][-+]?[0-9]+)?")
_SETTABLE = re.compile(r"[A-Za-z0-9_.+\-*/() ]*")  # what the picture of a rule can set


def checked_names(
    walker: Walker, update: Update, shape: tuple[int, ...], before: frozenset[str] | None
) -> frozenset[str]:
    """Return the names of the terms of an update, having checked it; `before` are those of the last one.

    Raises `BadScene` for a step or a term of another shape, for terms that come and go, and for a rule that names no
    term or can't be shown.
    """
    where = f"optimizer {walker.name!r}"
    if not isinstance(update, Update):
        raise BadScene(f"{where}, update", update, "allowed: Update(step, state, terms)")
    if not isinstance(update.terms, Mapping):
        raise BadScene(f"{where}, terms", update.terms, "allowed: a dictionary of names with numbers")
    names = frozenset(update.terms)
    if before is not None and before != names:
        odd = min(before ^ names, default="")
        raise BadScene(f"{where}, terms", odd, "allowed: the same names at every step, and this one comes or goes")
    if np.shape(update.step) != shape:
        raise BadScene(f"{where}, step", np.shape(update.step), f"allowed: an array {shape}, as the parameters are")
    for name, term in update.terms.items():
        if not _fits(term, shape):
            allowed = f"allowed: a number, or an array {(shape[0], 1)} or {shape}"
            raise BadScene(f"{where}, term {name}", np.shape(term), allowed)
    _check_rule(where, walker.rule, names)
    _check_sum(where, walker.rule, update)
    return names


def _check_sum(where: str, rule: str, update: Update) -> None:
    """Check that a rule gives the step, as far as both are numbers."""
    if not rule:
        return
    formula = _formula(rule)
    columns = [np.broadcast_to(np.asarray(update.terms[n], np.float64), update.step.shape) for n in formula.about.names]
    given = formula.value(np.stack(columns, axis=-1))
    # Where a rule takes the place off again, a step is no more exact than the place.
    slack = 1e-9 * np.abs(np.asarray(update.terms.get("parameter", 0.0)))
    wrong = np.abs(given - update.step) > 1e-6 * np.abs(update.step) + slack + 1e-300
    if (wrong & np.isfinite(given) & np.isfinite(update.step)).any():
        run = int(np.argmax(wrong.any(axis=-1)))
        allowed = f"the rule gives {given[run, 0]:g} at the first step, and the step is {update.step[run, 0]:g}"
        raise BadScene(f"{where}, rule", rule, allowed)


@cache
def _formula(rule: str) -> Formula:
    return Formula(rule)


def _fits(term: object, shape: tuple[int, ...]) -> bool:
    try:
        return np.broadcast_to(np.asarray(term, dtype=np.float64), shape).shape == shape
    except (TypeError, ValueError):
        return False


@cache
def _check_rule(where: str, rule: str, names: frozenset[str]) -> None:
    """Check that a rule is a formula of terms with nothing that the picture can't set."""
    if not rule:
        return
    if not isinstance(rule, str):
        raise BadScene(f"{where}, rule", rule, "allowed: a text such as '-learning_rate * gradient'")
    for name in NAME.findall(_NUMBER.sub(" ", rule)):
        if name not in names:
            raise BadScene(f"{where}, rule", name, f"no term has this name; {choose(name, sorted(names))}")
    if not _SETTABLE.fullmatch(rule) or "**" in rule:
        raise BadScene(
            f"{where}, rule", rule, "allowed: terms, numbers, brackets and + - * /; name anything else a term"
        )
    try:
        parse(rule, {}, tuple(sorted(names)))
    except BadFormula as problem:
        raise BadScene(f"{where}, rule", rule, problem.sentence) from None
