"""Scenes in TOML files, which can't execute anything: a stranger's scene is only read."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path, PureWindowsPath
from typing import Any

from gdviz.descent.basins import Basins
from gdviz.descent.costs import COSTS
from gdviz.descent.data import Data
from gdviz.descent.dataset import Dataset
from gdviz.descent.fits import Line
from gdviz.descent.formula import Formula
from gdviz.descent.logistic import Logistic
from gdviz.descent.loss import Loss
from gdviz.descent.network import Network
from gdviz.descent.optimizers import OPTIMIZERS, Method, Optimizer
from gdviz.descent.phase_map import PhaseMap
from gdviz.descent.rate_study import RateStudy
from gdviz.descent.recorded import Recorded
from gdviz.descent.schedules import SCHEDULES, Schedule
from gdviz.descent.surfaces import loss_of
from gdviz.descent.tuning import Tuning
from gdviz.picture.panels import VIEWS
from gdviz.picture.view import View
from gdviz.problems import BadInput, BadScene, choose
from gdviz.scene import Run, Scene
from gdviz.scenefile.by_name import called, letters, rated

MOST_BYTES, MOST_DOTS = 32_768, 500  # of a TOML scene: dotted keys take the reader a time that grows with their square
DEEPEST = 6  # tables and lists in one another
_SETTING = re.compile(r"(\w+)\((\w+)=\.\.\.\)")  # how Python would say it: GradientDescent(learning_rate=...)
WHOLE = 2**63  # TOML promises whole numbers of 64 bits
LONGEST_NAME = 100  # characters of a key or a column

Study = RateStudy | PhaseMap | Basins
Kinds = tuple[type, ...]
ANY: Kinds = (object,)
POINT: Kinds = (int, float, list)
FORMULA_KEYS: dict[str, Kinds] = {
    "formula": (str,),
    "constants": (dict,),
    "parameters": (list,),
    "region": (list,),
    "minima": (list,),
    "start": POINT,
    "saddles": (list,),
}
FIT_KEYS: dict[str, Kinds] = {
    **dict.fromkeys(("csv", "x", "y", "x_name", "y_name", "model"), (str,)),
    **dict.fromkeys(("intercept", "centred"), (bool,)),
    **dict.fromkeys(("batch_size", "seed"), (int,)),
}
NETWORK_KEYS: dict[str, Kinds] = {
    **dict.fromkeys(("examples", "target", "target_name", "activation"), (str,)),
    "inputs": (list, str),
    **dict.fromkeys(("input_names", "hidden"), (list,)),
    "classes": (list, bool),
    "standardised": (bool,),
    "divided": (int, float),
    "test": (int, float),
    "test_seed": (int,),
    "cost": (str, dict),
    **dict.fromkeys(("l1", "l2"), (int, float)),
    "intercepts": (bool,),
    **dict.fromkeys(("batch_size", "seed"), (int,)),
}
_OF_NETWORK = ("hidden", "activation", "l1", "l2", "intercepts", "batch_size", "seed")
MODELS: dict[str, type[Line] | type[Logistic]] = {"line": Line, "logistic": Logistic}
RECORDING_KEYS: dict[str, Kinds] = {
    **dict.fromkeys(("recorded", "name"), (str,)),
    **dict.fromkeys(("run", "every"), (int,)),
    "tolerance": (int, float),
}
RUN_KEYS: dict[str, Kinds] = {
    "label": (str,),
    "optimizer": (dict, str),
    "start": POINT,
    "steps": (int,),
    "name": (str,),
}
SCENE_KEYS: dict[str, Kinds] = {
    **{one.name: ANY for one in fields(Scene) if one.compare},
    "optimizer": (dict, str),
    "start": POINT,
    "runs": (list,),
    "race": (list,),
    "study": (dict, str),
    "tune": (dict, bool),
    "views": (list,),
}
EXAMPLE = 'optimizer = { name = "gradient descent", learning_rate = 0.1 }'
STUDIES: dict[str, type[Study]] = {kind.__name__: kind for kind in (RateStudy, PhaseMap, Basins)}
NOUNS = {str: "a text", dict: "a table", list: "a list", bool: "true, false", int: "a number", float: "a number"}


def scenes_of_toml(path: Path) -> dict[str, Scene]:
    """Return the scene of a file by the name of its film; data are read from beside it. Raises `BadInput`."""
    try:
        return {path.stem: from_table(_parsed(_text(path)), path.parent)}
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror or error}") from None
    except BadScene as problem:
        raise BadInput(f"{path}: {_spelled(problem)}") from problem
    except BadInput as problem:
        raise BadInput(f"{path}: {problem}") from problem


def _spelled(problem: BadScene) -> str:
    """Return the sentence with the keys and values of TOML in place of Python's."""
    if problem.given is None:
        return (
            f"{problem.field}: it is missing; allowed: its name, or a table with `name` and settings, such as {EXAMPLE}"
        )
    keys = _SETTING.sub(r"\1, \2", problem.field)
    given = {True: "true", False: "false"}[problem.given] if isinstance(problem.given, bool) else None
    sentence = str(BadScene(keys, problem.given, problem.allowed))
    return sentence if given is None else sentence.replace(f": {problem.given!r} can't", f": {given} can't", 1)


def _text(path: Path) -> str:
    if path.stat().st_size > MOST_BYTES:
        raise BadInput(f"larger than {MOST_BYTES:,} bytes; a scene is a page of text")
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"not a text in UTF-8 (byte {error.start + 1})") from None


def _parsed(text: str) -> dict[str, Any]:
    dots = sum(line.count(".") for line in text.splitlines() if not line.lstrip().startswith("#"))
    if dots > MOST_DOTS:
        raise BadInput(f"more than {MOST_DOTS} dots; a scene is a page of text")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(str(error)) from None
    except RecursionError:
        raise BadInput("nested too deeply") from None
    except ValueError:
        raise BadInput("a number has thousands of digits") from None


def from_table(table: Mapping[str, Any], folder: Path) -> Scene:
    """Return the scene that a TOML table spells; data files are relative to `folder`, in it or below.

    Keys are the fields of `Scene`. `loss` is a formula, or a table of `Formula` (with the text as `formula`), of a fit
    (`csv`, `x`, `y`, `x_name`, `y_name`, `model`, `centred`, `intercept`, `batch_size`, `seed`; its model is `line` or
    `logistic`), or of a network (a CSV or NPZ file as `examples`, `target`, `inputs`, `classes`, `standardised`,
    `divided`, `test`, and the settings of `Network`). An `optimizer` is its name, or a table with its `name` and its
    settings, or one with the file of a recording as `recorded` and the settings of `Recorded`. A setting may be a table
    too: a schedule with the name as `schedule`, or the optimizer that another one is put around.
    With `tune` an optimizer needs no learning rate. Raises `BadInput` naming the key.
    """
    _check_simple("scene", table)
    given = dict(_table("scene", table, SCENE_KEYS))
    if "loss" not in given:
        raise BadInput('loss: it is missing; give a formula, such as loss = "(m - 3)**2 + 1", or a table')
    given["loss"] = _loss(given["loss"], folder)
    reader = _Methods(folder, tuned=given.get("tune", False) is not False)
    if "optimizer" in given:
        given["optimizer"] = reader.method(given["optimizer"])
    if "runs" in given:
        given["runs"] = [reader.run(f"run {number}", row) for number, row in enumerate(given["runs"], 1)]
    if "race" in given:
        given["race"] = [reader.racing(f"race {number}", row) for number, row in enumerate(given["race"], 1)]
    if "study" in given:
        name, settings = _name_and_settings("study", given["study"], ("study",), STUDIES)
        given["study"] = called("study", STUDIES, name, settings)
    if isinstance(given.get("tune"), dict):
        given["tune"] = called("tune", {"Tuning": Tuning}, "Tuning", given["tune"])
    if "views" in given:
        given["views"] = [_row_of_views(row) for row in given["views"]]
    return Scene(**{"title": "", **given})


def _check_simple(where: str, given: object, depth: int = 0) -> None:
    """Raise `BadScene` for what no scene holds: dates, whole numbers beyond 64 bits, depths."""
    if depth > DEEPEST:
        raise BadScene(where, "a table", "it is nested too deeply")
    if isinstance(given, dict):
        for key, value in given.items():
            _check_name(where, key)
            _check_simple(key if depth == 0 else f"{where}.{key}", value, depth + 1)
    elif isinstance(given, list):
        for value in given:
            _check_simple(where, value, depth + 1)
    elif isinstance(given, int) and not -WHOLE <= given < WHOLE:
        raise BadScene(where, f"a number of {given.bit_length()} bits", "allowed: whole numbers of 64 bits")
    elif not isinstance(given, str | int | float):
        raise BadScene(where, str(given), "allowed: texts, numbers, true, false, lists and tables; no dates")


def _check_name(where: str, name: str) -> None:
    if len(name) > LONGEST_NAME:
        raise BadScene(where, name, f"allowed: names of up to {LONGEST_NAME} characters")


def _table(where: str, given: object, keys: Mapping[str, Kinds]) -> Mapping[str, Any]:
    """Return a table, having checked its keys and the kinds of their values."""
    if not isinstance(given, dict):
        raise BadScene(where, given, f"allowed: a table with {', '.join(keys)}")
    for key, value in given.items():
        if key not in keys:
            raise BadScene(where, key, choose(key, keys))
        if not _is_one_of(value, keys[key]):
            nouns = dict.fromkeys(NOUNS[kind] for kind in keys[key])
            raise BadScene(key if where == "scene" else f"{where}, {key}", value, f"allowed: {', or '.join(nouns)}")
    return given


def _is_one_of(value: object, kinds: Kinds) -> bool:
    """Whether a value is of a kind; Python takes `true` for a number, a scene does not."""
    return isinstance(value, kinds) and (not isinstance(value, bool) or kinds == ANY or bool in kinds)


def _loss(given: object, folder: Path) -> Loss:
    if isinstance(given, str):
        return loss_of(given)
    if isinstance(given, dict) and "csv" in given:
        return _fit(_table("loss", given, FIT_KEYS), folder)
    if isinstance(given, dict) and "examples" in given:
        return _network(_table("loss", given, NETWORK_KEYS), folder)
    settings = dict(_table("loss", given, FORMULA_KEYS))
    if "formula" not in settings:
        raise BadInput(
            "loss: it has no formula; allowed: a table with `formula`, with `csv`, `x` and `y`, or with `examples`"
        )
    return Formula(settings.pop("formula"), **settings)


def _fit(given: Mapping[str, Any], folder: Path) -> Line | Logistic:
    for key in ("x", "y"):
        if key not in given:
            raise BadInput(f"loss: {key} is missing; a fit needs `csv`, `x` and `y`")
    names = {key: given[key] for key in ("x", "y", "x_name", "y_name") if key in given}
    for key, name in names.items():
        _check_name(f"loss, {key}", name)
    model = given.get("model", "line")
    if model not in MODELS:
        raise BadScene("loss, model", model, choose(model, MODELS))
    data = Data.from_csv(_beside(folder, given["csv"], "loss, csv"), **names)
    settings = {key: given[key] for key in ("intercept", "batch_size", "seed") if key in given}
    return MODELS[model](data.centred() if given.get("centred") else data, **settings)


def _network(given: Mapping[str, Any], folder: Path) -> Network:
    if "target" not in given:
        raise BadInput("loss: target is missing; a network needs `examples`, a CSV or NPZ file, and its `target`")
    path = _beside(folder, given["examples"], "loss, examples")
    names = {key: given[key] for key in ("target", "inputs", "classes", "input_names", "target_name") if key in given}
    data = _examples(path, names)
    if "test" in given:
        data = data.split(given["test"], given.get("test_seed", 0))
    if given.get("standardised"):
        data = data.standardised()
    if "divided" in given:
        data = data.divided(given["divided"])
    settings = {key: given[key] for key in _OF_NETWORK if key in given}
    if "cost" in given:
        kind, own = _name_and_settings("loss, cost", given["cost"], ("name",), COSTS)
        settings["cost"] = called("loss, cost", COSTS, kind, own)
    return Network(data, **settings)


def _examples(path: Path, names: Mapping[str, Any]) -> Dataset:
    """Read the examples of a file, whose kind its ending tells."""
    if path.suffix.lower() != ".npz":
        if isinstance(names.get("inputs"), str):
            raise BadScene("loss, inputs", names["inputs"], 'allowed: a list of columns, such as ["width", "length"]')
        return Dataset.from_csv(path, **names)
    if not isinstance(names.get("inputs"), str):
        raise BadInput("loss: inputs is missing; of an NPZ file it is the name of one array")
    if isinstance(names.get("classes"), bool):
        raise BadScene("loss, classes", names["classes"], "allowed: a list of names; an NPZ file tells by its numbers")
    return Dataset.from_npz(path, **names)


def _beside(folder: Path, name: str, where: str) -> Path:
    """Return a file of a folder or below it: a stranger's scene is to read no other."""
    path = folder / name
    if PureWindowsPath(name).anchor or ".." in PureWindowsPath(name).parts or "\0" in name:
        raise BadScene(where, name, "allowed: a file beside the scene, or in a folder below it")
    if path.exists() and not path.is_file():
        raise BadScene(where, name, "it is no file")
    return path


@dataclass(frozen=True)
class _Methods:
    """Reads optimizers and the runs that have them. tuned: they are to be given their rates, and may lack them."""

    folder: Path
    tuned: bool

    def run(self, where: str, given: object) -> Run:
        row = {"label": "", **_table(where, given, RUN_KEYS)}
        if "optimizer" in row:
            row["optimizer"] = self.method(row["optimizer"], f"{where}, optimizer")
        return Run(**row)

    def racing(self, where: str, given: object) -> Run:
        """Return a run of a race: a table of `Run`, or an optimizer or a recording alone."""
        name = given.get("name") if isinstance(given, dict) else given
        is_method = isinstance(name, str) and letters(name) in map(letters, OPTIMIZERS)
        if is_method or (isinstance(given, dict) and "recorded" in given):
            return Run(optimizer=self.method(given, where))
        return self.run(where, given)

    def method(self, given: object, where: str = "optimizer") -> Method:
        """Return an optimizer, or a recording from a file beside the scene."""
        if not isinstance(given, dict) or "recorded" not in given:
            return self._optimizer(given, where)
        settings = dict(_table(where, given, RECORDING_KEYS))
        return Recorded(_beside(self.folder, settings.pop("recorded"), f"{where}, recorded"), **settings)

    def _optimizer(self, given: object, where: str = "optimizer") -> Optimizer:
        """Return the optimizer of a table, or of a name alone."""
        name, settings = _name_and_settings(where, given, ("name",), OPTIMIZERS)
        if self.tuned:
            settings = rated(name, settings)
        return called(where, OPTIMIZERS, name, {key: self._setting(key, value) for key, value in settings.items()})

    def _schedule(self, where: str, given: object) -> Schedule:
        name, settings = _name_and_settings(where, given, ("schedule", "name"), SCHEDULES)
        own = {key: self._setting(key, one) for key, one in settings.items()}
        return called(f"{where}, schedule", SCHEDULES, name, own)

    def _setting(self, key: str, given: Any) -> Any:
        """Return a setting: a table is an optimizer or a schedule, a list of tables a row of schedules."""
        if key == "optimizer":
            return self._optimizer(given)
        if isinstance(given, dict):
            return self._schedule(key, given)
        if isinstance(given, list):
            return tuple(self._schedule(key, one) if isinstance(one, dict) else one for one in given)
        return given


def _row_of_views(given: object) -> list[Any]:
    """Return a row of views: names, tables with the name as `view` and its settings, or columns of these."""
    if not isinstance(given, list):
        raise BadScene("views", given, 'allowed: rows of views, such as [["curve", "history"], ["rule"]]')
    return [[_view(one) for one in cell] if isinstance(cell, list) else _view(cell) for cell in given]


def _view(given: object) -> View:
    name, settings = _name_and_settings("views", given, ("view",), VIEWS)
    made: View = called("views", VIEWS, name, settings)
    return made


def _name_and_settings(
    where: str, given: object, keys: tuple[str, ...], kinds: Mapping[str, type]
) -> tuple[str, dict[str, Any]]:
    """Return the name under one of `keys`, or the text that is given instead of a table, and what is beside it."""
    settings = {keys[0]: given} if isinstance(given, str) else given
    if not isinstance(settings, dict):
        raise BadScene(where, given, f"allowed: a table with `{keys[0]}` and settings")
    key = next((key for key in keys if key in settings), None)
    if key is None:
        raise BadInput(f"{where}: its `{keys[0]}` is missing; allowed: {', '.join(kinds)}")
    if not isinstance(settings[key], str):
        raise BadScene(f"{where}, {key}", settings[key], "allowed: a text")
    return settings[key], {other: value for other, value in settings.items() if other != key}
