"""Scenes in files: Python scripts, which are run, and TOML files, which can't execute anything."""

import runpy
import sys
import tomllib
import traceback
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from gdviz.descent.data import Data
from gdviz.descent.fits import Line
from gdviz.descent.formula import Formula
from gdviz.descent.loss import Loss
from gdviz.descent.optimizers import OPTIMIZERS, Optimizer
from gdviz.problems import BadInput, BadScene, Problem, choose
from gdviz.scene import Run, Scene

MOST_BYTES = 1_000_000  # of a TOML scene
FORMULA_KEYS = ("formula", "constants", "parameters", "region", "minima", "start")
LINE_KEYS = ("csv", "x", "y", "x_name", "y_name", "intercept")


def load(path: str | Path) -> dict[str, Scene]:
    """Return the scenes of a file by the names of their films.

    The only scene of `first_steps.py` is `first_steps`; of several, each adds its own name. A script's docstring gives title
    and lesson. Raises `BadInput` with the file and the line of what can't be used.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], dict[str, Scene]]] = {".py": _script, ".toml": _toml}
    if path.suffix not in readers:
        raise BadScene("scene file", str(path), "allowed: a Python script (.py) or a TOML file (.toml)")
    if not path.is_file():
        near = choose(path.name, sorted(p.name for p in path.parent.glob("*") if p.suffix in readers))
        raise BadScene("scene file", str(path), f"there is no such file; {near}")
    scenes = readers[path.suffix](path)
    if not scenes:
        raise BadInput(f"{path}: no scene in this file; bind one at its top level: scene = Scene(...)")
    return scenes


def optimizer_named(name: object, settings: Mapping[str, Any]) -> Optimizer:
    """Return an optimizer by its name, spelt `GradientDescent`, `gradient descent` or `gradient-descent`."""
    plain = {_plain(kind): kind for kind in OPTIMIZERS}
    if not isinstance(name, str) or _plain(name) not in plain:
        raise BadScene("optimizer", name, choose(str(name), OPTIMIZERS))
    kind = OPTIMIZERS[plain[_plain(name)]]
    allowed = [one.name for one in fields(kind)]
    for setting in settings:
        if setting not in allowed:
            raise BadScene(f"{kind.__name__}", setting, choose(setting, allowed))
    missing = [one.name for one in fields(kind) if one.default is one.default_factory and one.name not in settings]
    if missing:
        raise BadScene(f"{kind.__name__}({missing[0]}=...)", None, "it has no default; give a number, such as 0.1")
    return kind(**settings)


def _plain(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


# Python


def _script(path: Path) -> dict[str, Scene]:
    """Run a scene script, and collect the scenes that it binds."""
    sys.path.insert(0, str(path.parent))
    try:
        names = runpy.run_path(str(path), run_name="gdviz.scenefile")
    except Problem as problem:
        raise _placed(path, problem, str(problem)) from problem
    except Exception as error:
        last = "".join(traceback.TracebackException.from_exception(error).format_exception_only()).strip()
        raise _placed(path, error, last) from error
    finally:
        sys.path.remove(str(path.parent))
    found = {name: value for name, value in names.items() if isinstance(value, Scene) and not name.startswith("_")}
    return _named(path, {name: _titled(scene, names.get("__doc__")) for name, scene in found.items()})


def _placed(path: Path, error: Exception, sentence: str) -> BadInput:
    """Say where in the script it happened."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    if isinstance(error, SyntaxError):
        return BadInput(f"{path}: {sentence}")
    return BadInput(f"{path}, line {lines[-1]}: {sentence}" if lines else f"{path}: {sentence}")


def _titled(scene: Scene, lesson: str | None) -> Scene:
    return scene if scene.title is not None else scene.with_(**titles(lesson))


def titles(lesson: str | None) -> dict[str, str]:
    """Read a scene script's docstring: its first line is the title, the rest says what to watch."""
    title, _, watch = (lesson or "").strip().partition("\n")
    return {"title": title.strip().rstrip("."), "watch": watch.strip()}


def _named(path: Path, scenes: dict[str, Scene]) -> dict[str, Scene]:
    unlike = {id(scene): name for name, scene in reversed(scenes.items())}  # one scene may have two names
    kept = {name: scene for name, scene in scenes.items() if unlike[id(scene)] == name}
    if len(kept) == 1:
        return {path.stem: next(iter(kept.values()))}
    return {f"{path.stem}_{name}": scene for name, scene in kept.items()}


# TOML


def _toml(path: Path) -> dict[str, Scene]:
    """Read a TOML scene; nothing in it is executed, and data are read from beside it."""
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"{path}: larger than {MOST_BYTES:,} bytes; a scene is a page of text")
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not a text in UTF-8 (byte {error.start + 1})") from None
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise BadInput(f"{path}: {error or 'nested too deeply'}") from None
    try:
        return {path.stem: from_table(table, path.parent)}
    except Problem as problem:
        raise BadInput(f"{path}: {problem}") from None


def from_table(table: Mapping[str, Any], folder: Path) -> Scene:
    """Return the scene that a TOML table spells; data files are relative to `folder`.

    Keys are the fields of `Scene`. `loss` is a formula, or a table of `Formula` (with the text as `formula`) or of a line
    (`csv`, `x`, `y`, `x_name`, `y_name`, `intercept`); an `optimizer` is a table with its `name` and its settings.
    """
    allowed = [one.name for one in fields(Scene)]
    given = dict(_table("scene", table, allowed))
    if "loss" not in given:
        raise BadScene("loss", None, 'it is missing; allowed: a formula such as "(m - 3)**2 + 1", or a table')
    given["loss"] = _loss(given["loss"], folder)
    if "optimizer" in given:
        given["optimizer"] = _optimizer(given["optimizer"])
    if "runs" in given:
        given["runs"] = _runs(given["runs"])
    if "title" not in given:
        given["title"] = ""
    return Scene(**given)


def _table(where: str, table: object, allowed: list[str] | tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(table, dict):
        raise BadScene(where, table, f"allowed: a table with {', '.join(allowed)}")
    for key in table:
        if key not in allowed:
            raise BadScene(where, key, choose(key, allowed))
    return table


def _loss(given: object, folder: Path) -> Loss | str:
    if isinstance(given, str):
        return given
    if isinstance(given, dict) and "csv" in given:
        return _line(_table("loss", given, LINE_KEYS), folder)
    settings = dict(_table("loss", given, FORMULA_KEYS))
    text = settings.pop("formula", None)
    if not isinstance(text, str):
        raise BadScene("loss", given, "allowed: a table with `formula`, or with `csv`, `x` and `y`")
    return Formula(text, **settings)


def _line(given: Mapping[str, Any], folder: Path) -> Line:
    texts = {key: given[key] for key in ("csv", "x", "y", "x_name", "y_name") if key in given}
    for key in ("csv", "x", "y"):
        if key not in texts:
            raise BadScene(f"loss.{key}", None, "it is missing; a line needs `csv`, `x` and `y`")
    for key, value in texts.items():
        if not isinstance(value, str) or "\0" in value:
            raise BadScene(f"loss.{key}", value, "allowed: a text")
    intercept = given.get("intercept", False)
    if not isinstance(intercept, bool):
        raise BadScene("loss.intercept", intercept, "allowed: true, false")
    path = folder / texts.pop("csv")
    return Line(Data.from_csv(path, **texts), intercept=intercept)


def _optimizer(given: object) -> Optimizer:
    if not isinstance(given, dict):
        raise BadScene("optimizer", given, 'allowed: a table such as { name = "GradientDescent", learning_rate = 0.1 }')
    return optimizer_named(given.get("name"), {key: value for key, value in given.items() if key != "name"})


def _runs(given: object) -> tuple[Run, ...]:
    if not isinstance(given, list):
        raise BadScene("runs", given, "allowed: a list of tables with label, optimizer, start, steps")
    made = []
    for number, table in enumerate(given, 1):
        row = dict(_table(f"runs[{number}]", table, [one.name for one in fields(Run)]))
        if "optimizer" in row:
            row["optimizer"] = _optimizer(row["optimizer"])
        made.append(Run(row.pop("label", ""), **row))
    return tuple(made)
