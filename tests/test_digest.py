"""The digest of a scene: equal for equal scenes, however they are spelt, and different for all others."""

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from gdviz import Adam, Data, Formula, Function, GradientDescent, Line, Recorded, Run, Scene
from gdviz.descent.schedules import StepDecay
from gdviz.digest import digest
from gdviz.scenefile import load

ROOT = Path(__file__).parent.parent
SCENE = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, title="T")


def square(m: Any) -> Any:
    return m**2


def fourth(m: Any) -> Any:
    return m**4


def scaled(by: float, m: Any) -> Any:
    return by * m**2


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
    "a constant": {"loss": Function(eval("lambda m: m**2 + 1"))},
    "another constant": {"loss": Function(eval("lambda m: m**2 + 2"))},
    "a partial": {"loss": Function(partial(scaled, 1.0), names=("m",))},
    "another partial": {"loss": Function(partial(scaled, 2.0), names=("m",))},
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


def test_a_number_is_its_value_and_two_runs_of_a_recording_are_two(tmp_path: Path) -> None:
    assert digest(SCENE.with_(start=-2, optimizer=GradientDescent(1))) == digest(
        SCENE.with_(start=-2.0, optimizer=GradientDescent(1.0))
    )
    (tmp_path / "a.csv").write_text("run,m\n1,-2\n1,0\n2,-2\n2,1\n")
    one, two = (SCENE.with_(optimizer=Recorded(tmp_path / "a.csv", run=run), start=None) for run in (1, 2))
    assert digest(one) != digest(two)


def test_a_function_may_close_over_itself() -> None:
    def again(m: Any) -> Any:
        return m**2 if m is not None else again(0.0)

    assert digest(SCENE.with_(loss=Function(again))) == digest(SCENE.with_(loss=Function(again)))


def test_the_script_is_no_part_of_the_value() -> None:
    assert digest(SCENE) == digest(SCENE.with_(script="scene = ..."))
    assert SCENE.with_(script="scene = ...") == SCENE


def test_of_an_object_without_a_value_its_type_counts() -> None:
    assert digest(object()) == digest(object()) != digest(Path())
