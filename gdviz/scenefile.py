"""Scenes in files: Python scripts, which are run, and TOML files, which can't execute anything."""

import runpy
import sys
import tomllib
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import MISSING, fields, replace
from pathlib import Path, PureWindowsPath
from typing import Any, TypeVar

from gdviz.descent.basins import Basins
from gdviz.descent.data import Data
from gdviz.descent.fits import Line
from gdviz.descent.formula import Formula
from gdviz.descent.logistic import Logistic
from gdviz.descent.loss import Loss
from gdviz.descent.optimizers import OPTIMIZERS, Optimizer
from gdviz.descent.phase_map import PhaseMap
from gdviz.descent.rate_study import RateStudy
from gdviz.descent.schedules import SCHEDULES, Schedule
from gdviz.descent.surfaces import loss_of
from gdviz.descent.tuning import Tuning
from gdviz.picture.layout import VIEWS
from gdviz.picture.view import View
from gdviz.problems import BadInput, BadScene, Problem, choose
from gdviz.scene import Run, Scene

SUFFIXES = (".py", ".toml")
MOST_BYTES, MOST_DOTS = 32_768, 500  # of a TOML scene: dotted keys take the reader a time that grows with their square
DEEPEST = 6  # tables and lists in one another
WHOLE = 2**63  # TOML promises whole numbers of 64 bits
LONGEST_NAME = 100  # characters of a key or a column

Study = RateStudy | PhaseMap | Basins
Named = TypeVar("Named", Optimizer, Schedule, View, Study, Tuning)
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
MODELS: dict[str, type[Line] | type[Logistic]] = {"line": Line, "logistic": Logistic}
RUN_KEYS: dict[str, Kinds] = {
    "label": (str,),
    "optimizer": (dict, str),
    "start": POINT,
    "steps": (int,),
    "name": (str,),
}
SCENE_KEYS: dict[str, Kinds] = {
    **{one.name: ANY for one in fields(Scene)},
    "optimizer": (dict, str),
    "start": POINT,
    "runs": (list,),
    "race": (list,),
    "study": (dict, str),
    "tune": (dict, bool),
    "views": (list,),
}
STUDIES: dict[str, type[Study]] = {kind.__name__: kind for kind in (RateStudy, PhaseMap, Basins)}
NOUNS = {str: "a text", dict: "a table", list: "a list", bool: "true, false", int: "a number", float: "a number"}


def load(path: str | Path) -> dict[str, Scene]:
    """Return the scenes of a file by the names of their films.

    The only scene of `first_steps.py` is `first_steps`; of several, each adds its own name. A script's docstring gives
    title and lesson. Raises `BadInput` with the file and the line of what can't be used.
    """
    path = Path(path)
    _check_there(path)
    scenes = _script(path) if path.suffix == ".py" else _toml(path)
    if not scenes:
        raise BadInput(f"{path}: no scene in this file; bind one at its top level: scene = Scene(...)")
    return scenes


def _check_there(path: Path) -> None:
    if path.suffix not in SUFFIXES:
        raise BadScene("scene file", str(path), "allowed: a Python script (.py) or a TOML file (.toml)")
    try:
        if path.is_file():
            return
        beside = sorted(other.name for other in path.parent.glob("*") if other.suffix in SUFFIXES)
    except (OSError, ValueError) as error:  # a name that is too long, or holds a null character
        raise BadInput(f"scene file: {path} can't be read: {getattr(error, 'strerror', None) or error}") from None
    near = f"; {choose(path.name, beside)}" if beside else ""
    raise BadScene("scene file", str(path), f"there is no such file{near}")


def optimizer_named(name: str, settings: Mapping[str, Any]) -> Optimizer:
    """Return an optimizer by its name, spelt `GradientDescent`, `gradient descent` or `gradient-descent`.

    Raises `BadInput` for an unknown name or setting, with the nearest one, and for a setting that is missing.
    """
    return _called("optimizer", OPTIMIZERS, name, settings)


def settings_of(name: str) -> tuple[str, ...]:
    """Return the names of an optimizer's settings. Raises `BadInput` for an unknown optimizer, with the nearest one."""
    return tuple(one.name for one in fields(_kind("optimizer", OPTIMIZERS, name)) if one.init)


def needs_rate(name: str) -> bool:
    """Say whether there is an optimizer of that name that can't be made without a learning rate."""
    kinds = [kind for one, kind in OPTIMIZERS.items() if _letters(one) == _letters(name)]
    rates = [one for kind in kinds for one in fields(kind) if one.name == "learning_rate"]
    return any(one.default is MISSING for one in rates)


def _called(where: str, kinds: Mapping[str, type[Named]], name: str, settings: Mapping[str, Any]) -> Named:
    """Return the value of a kind, by the kind's name, with these settings."""
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
    letters = {_letters(kind): kind for kind in kinds}
    if _letters(name) not in letters:
        raise BadScene(where, name, choose(name, kinds))
    return kinds[letters[_letters(name)]]


def _wanted(one: Any) -> str:
    """Return what a setting without a default may be."""
    if "part" in one.metadata:
        return f"{'an optimizer' if one.metadata['part'] is Optimizer else 'a schedule'}"
    if "row" in one.metadata:
        return "a row of numbers"
    limits = one.metadata.get("limits")
    return "a whole number, such as 10" if limits is not None and limits.whole else "a number, such as 0.1"


def _letters(name: str) -> str:
    return "".join(c for c in name.lower() if c.isalnum())


def titled(scene: Scene, lesson: str | None) -> Scene:
    """Give a scene without a title that of its script's docstring, whose further lines say what to watch."""
    if scene.title is not None:
        return scene
    title, _, watch = (lesson or "").strip().partition("\n")
    return replace(scene, title=title.strip().rstrip("."), watch=scene.watch or watch.strip())


# Python


def _script(path: Path) -> dict[str, Scene]:
    """Run a scene script, and collect the scenes that it binds."""
    with _placed(path):
        names = _run(path)
        found = {name: one for name, one in names.items() if isinstance(one, Scene) and not name.startswith("_")}
        return {name: titled(scene, names.get("__doc__")) for name, scene in _named(path, found).items()}


def _run(path: Path) -> dict[str, Any]:
    """Run a script and return its names; what lies beside it can be imported, as when Python runs it."""
    before = sys.path[:]
    sys.path.insert(0, str(path.parent))
    try:
        return runpy.run_path(str(path), run_name="__scene__")
    finally:
        sys.path[:] = before


@contextmanager
def _placed(path: Path) -> Iterator[None]:
    """Say of what goes wrong in a script where it happened; faults of gdviz pass as they are."""
    try:
        yield
    except BadInput as problem:
        raise BadInput(f"{_place(path, problem)}: {problem}") from problem
    except Problem:  # a package is missing, a film that the script made itself failed
        raise
    except SystemExit as leaving:
        raise BadInput(
            f"{_place(path, leaving)}: the script ends itself here; bind its scenes and let it run on"
        ) from None
    except Exception as error:
        if not _is_the_scripts(path, error):
            raise
        *_, sentence = traceback.TracebackException.from_exception(error).format_exception_only()
        raise BadInput(f"{_place(path, error)}: {sentence.strip()}") from error


def _place(path: Path, error: BaseException) -> str:
    """Return the script with the last of its lines on the way to the error."""
    if isinstance(error, SyntaxError) and error.filename == str(path) and error.lineno:
        return f"{path}, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
    return f"{path}, line {lines[-1]}" if lines else str(path)


def _is_the_scripts(path: Path, error: Exception) -> bool:
    """Whether an error arose in the script or what it uses, and not inside of gdviz."""
    files = [frame.filename for frame in traceback.extract_tb(error.__traceback__)]
    own = [place for place, file in enumerate(files) if file == str(path)]
    if not own:
        return isinstance(error, SyntaxError | ValueError | OSError | RecursionError)  # it could not even be compiled
    return not any(map(_is_inside, files[own[-1] + 1 :]))


def _is_inside(file: str) -> bool:
    """Whether a file is one of gdviz, behind its front door, where misspelt names are refused."""
    house = Path(__file__).parent
    return Path(file).is_relative_to(house) and Path(file) != house / "__init__.py"


def _named(path: Path, scenes: dict[str, Scene]) -> dict[str, Scene]:
    firsts = {id(scene): name for name, scene in reversed(scenes.items())}  # one scene may have two names
    kept = {name: scene for name, scene in scenes.items() if firsts[id(scene)] == name}
    if len(kept) == 1:
        return {path.stem: next(iter(kept.values()))}
    return {f"{path.stem}_{name}": scene for name, scene in kept.items()}


# TOML


def _toml(path: Path) -> dict[str, Scene]:
    """Read a TOML scene; nothing in it is executed, and data are read from beside it."""
    try:
        return {path.stem: from_table(_parsed(_text(path)), path.parent)}
    except OSError as error:
        raise BadInput(f"{path}: can't be read: {error.strerror or error}") from None
    except BadInput as problem:
        raise BadInput(f"{path}: {problem}") from problem


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

    Keys are the fields of `Scene`. `loss` is a formula, or a table of `Formula` (with the text as `formula`) or of a
    fit (`csv`, `x`, `y`, `x_name`, `y_name`, `model`, `centred`, `intercept`, `batch_size`, `seed`; its model is `line`
    or `logistic`); an `optimizer` is its name, or a table with its `name` and its settings. A setting may be a table
    too: a schedule with the name as `schedule`, or the optimizer that another one is put around.
    Raises `BadInput` naming the key.
    """
    _check_simple("scene", table)
    given = dict(_table("scene", table, SCENE_KEYS))
    if "loss" not in given:
        raise BadInput('loss: it is missing; give a formula, such as loss = "(m - 3)**2 + 1", or a table')
    given["loss"] = _loss(given["loss"], folder)
    if "optimizer" in given:
        given["optimizer"] = _optimizer(given["optimizer"])
    if "runs" in given:
        given["runs"] = [_one_run(f"run {number}", row) for number, row in enumerate(given["runs"], 1)]
    if "race" in given:
        given["race"] = [_racing(f"race {number}", row) for number, row in enumerate(given["race"], 1)]
    if "study" in given:
        name, settings = _name_and_settings("study", given["study"], ("study",), STUDIES)
        given["study"] = _called("study", STUDIES, name, settings)
    if isinstance(given.get("tune"), dict):
        given["tune"] = _called("tune", {"Tuning": Tuning}, "Tuning", given["tune"])
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
    settings = dict(_table("loss", given, FORMULA_KEYS))
    if "formula" not in settings:
        raise BadInput("loss: it has no formula; allowed: a table with `formula`, or with `csv`, `x` and `y`")
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
    data = Data.from_csv(_beside(folder, given["csv"]), **names)
    settings = {key: given[key] for key in ("intercept", "batch_size", "seed") if key in given}
    return MODELS[model](data.centred() if given.get("centred") else data, **settings)


def _beside(folder: Path, name: str) -> Path:
    """Return a file of a folder or below it: a stranger's scene is to read no other."""
    path = folder / name
    if PureWindowsPath(name).anchor or ".." in PureWindowsPath(name).parts or "\0" in name:
        raise BadScene("loss, csv", name, "allowed: a file beside the scene, or in a folder below it")
    if path.exists() and not path.is_file():
        raise BadScene("loss, csv", name, "it is no file")
    return path


def _one_run(where: str, given: object) -> Run:
    row = {"label": "", **_table(where, given, RUN_KEYS)}
    if "optimizer" in row:
        row["optimizer"] = _optimizer(row["optimizer"], f"{where}, optimizer")
    return Run(**row)


def _racing(where: str, given: object) -> Run:
    """Return a run of a race: a table of `Run`, or an optimizer alone."""
    name = given.get("name") if isinstance(given, dict) else given
    if isinstance(name, str) and _letters(name) in map(_letters, OPTIMIZERS):
        return Run(optimizer=_optimizer(given, where))
    return _one_run(where, given)


def _row_of_views(given: object) -> list[Any]:
    """Return a row of views: names, tables with the name as `view` and its settings, or columns of these."""
    if not isinstance(given, list):
        raise BadScene("views", given, 'allowed: rows of views, such as [["curve", "history"], ["rule"]]')
    return [[_view(one) for one in cell] if isinstance(cell, list) else _view(cell) for cell in given]


def _view(given: object) -> View:
    name, settings = _name_and_settings("views", given, ("view",), VIEWS)
    made: View = _called("views", VIEWS, name, settings)
    return made


def _optimizer(given: object, where: str = "optimizer") -> Optimizer:
    """Return the optimizer of a table, or of a name alone."""
    name, settings = _name_and_settings(where, given, ("name",), OPTIMIZERS)
    return _called(where, OPTIMIZERS, name, {key: _setting(key, value) for key, value in settings.items()})


def _schedule(where: str, given: object) -> Schedule:
    name, settings = _name_and_settings(where, given, ("schedule", "name"), SCHEDULES)
    return _called(f"{where}, schedule", SCHEDULES, name, {key: _setting(key, one) for key, one in settings.items()})


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


def _setting(key: str, given: Any) -> Any:
    """Return a setting: a table is an optimizer or a schedule, a list of tables a row of schedules."""
    if key == "optimizer":
        return _optimizer(given)
    if isinstance(given, dict):
        return _schedule(key, given)
    if isinstance(given, list):
        return tuple(_schedule(key, one) if isinstance(one, dict) else one for one in given)
    return given
