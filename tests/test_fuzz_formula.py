"""No text makes a formula run code, hang, or fail in any other way than by saying what is wrong."""

import sys
import time

import numpy as np
import pytest
from nasty import ATTACKS, nasty_formulas

from gdviz.descent.formula import Formula
from gdviz.problems import BadFormula

HARMLESS = frozenset({"compile", "builtins.id"})  # ast.parse announces itself so; NumPy asks for identities


class Canary:
    """Notes what the interpreter announces while a text is read: imports, code that runs, files, processes."""

    def __init__(self) -> None:
        self.watching = False
        self.heard: list[str] = []
        sys.addaudithook(self.hear)

    def hear(self, event: str, _: tuple[object, ...]) -> None:
        if self.watching and event not in HARMLESS and not event.startswith(("object.", "gc.", "sys._getframe")):
            self.heard.append(event)


CANARY = Canary()  # an audit hook can't be removed, so there is one for all


def survives(text: str) -> bool:
    """Read and evaluate a text; return whether it is a formula."""
    started = time.process_time()
    CANARY.watching = True
    try:
        formula = Formula(text)
        dim = len(formula.about.names)
        formula.hessian(np.linspace(-2.0, 2.0, 3 * dim).reshape(3, dim))
        str(formula)
    except BadFormula as problem:
        assert "\n" in str(problem), "a sentence and a caret"
        return False
    finally:
        CANARY.watching = False
        assert not CANARY.heard, f"{text!r} set off {CANARY.heard}"
        assert time.process_time() - started < 1.0, f"{text!r} took {time.process_time() - started:.2f} s"
    return True


def test_nasty_texts_are_formulas_or_refused() -> None:
    Formula("m**2 + abs(m)").about  # noqa: B018 - what is loaded when first used is loaded now
    outcomes = [survives(text) for text in nasty_formulas(2_000, seed=1)]
    assert 200 < sum(outcomes) < 1_000, "the generator makes both kinds"


@pytest.mark.slow
def test_a_hundred_thousand_nasty_texts() -> None:
    for text in nasty_formulas(100_000, seed=2):
        survives(text)


def test_the_canary_sings() -> None:
    CANARY.watching = True
    eval("1")
    CANARY.watching = False
    heard, CANARY.heard = CANARY.heard, []
    assert "exec" in heard


def test_the_generator_repeats_itself() -> None:
    assert list(nasty_formulas(300, seed=3)) == list(nasty_formulas(300, seed=3))
    assert list(nasty_formulas(300, seed=3))[: len(ATTACKS)] == list(ATTACKS)
