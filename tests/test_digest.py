"""The digest of a scene: equal for equal scenes, however they are spelt, and different for all others."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from gdviz import Adam, Data, Formula, Function, GradientDescent, Line, Run, Scene
from gdviz.descent.schedules import StepDecay
from gdviz.digest import digest
from gdviz.scenefile import load

ROOT = Path(__file__).parent.parent
SCENE = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, title="T")


def square(m: Any) -> Any:
    return m**2


def fourth(m: Any) -> Any:
    return m**4


def powered(power: int) -> Any:
    def loss(m: Any) -> Any:
        return m**power

    return loss


def test_both_spellings_of_a_scene_have_one_digest() -> None:
    python, toml = (next(iter(load(ROOT / "scenes" / f"first_steps.{end}").values())) for end in ("py", "toml"))
    assert digest(python) == digest(toml)


OTHERS = {
    "rate": {"optimizer": GradientDescent(0.2)},
    "optimizer": {"optimizer": Adam(0.1)},
    "schedule": {"optimizer": GradientDescent(StepDecay(0.1, 20))},
    "start": {"start": np.nextafter(-2.4, 0)},
    "steps": {"steps": 24},
    "title": {"title": "U"},
    "theme": {"theme": "dark"},
    "loss": {"loss": "(m - 3)**2 + 2"},
    "region": {"loss": Formula("(m - 3)**2 + 1", region=(-3, 4))},
    "one function": {"loss": Function(square)},
    "another function": {"loss": Function(fourth)},
    "one closure": {"loss": Function(powered(2))},
    "another closure": {"loss": Function(powered(4))},
    "data": {"loss": Line(Data([1.0, 2.0], [2.0, 4.0]))},
    "other data": {"loss": Line(Data([1.0, 2.0], [2.0, 5.0]))},
    "a run": {"runs": [Run("a")]},
    "two runs": {"runs": [Run("a"), Run("b")]},
}


def test_whatever_differs_has_another_digest() -> None:
    found = {name: digest(SCENE.with_(**changes)) for name, changes in OTHERS.items()}
    assert len({digest(SCENE), *found.values()}) == len(OTHERS) + 1
    assert digest(SCENE) == digest(dataclasses.replace(SCENE))
    assert digest(SCENE.with_(loss=Function(square))) == found["one function"]


def test_the_script_is_no_part_of_the_value() -> None:
    assert digest(SCENE) == digest(SCENE.with_(script="scene = ..."))
    assert SCENE.with_(script="scene = ...") == SCENE


def test_of_an_object_without_a_value_its_type_counts() -> None:
    assert digest(object()) == digest(object()) != digest(Path())
