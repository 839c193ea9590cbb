"""Scenes in files: Python scripts, which are run, and TOML files, which can't execute anything."""

from dataclasses import replace
from pathlib import Path

from gdviz.problems import BadInput, BadScene, choose
from gdviz.scene import Scene
from gdviz.scenefile.script import scenes_of_script
from gdviz.scenefile.table import scenes_of_toml

SUFFIXES = (".py", ".toml")


def load(path: str | Path) -> dict[str, Scene]:
    """Return the scenes of a file by the names of their films.

    The only scene of `first_steps.py` is `first_steps`; of several, each adds its own name. A script's docstring gives
    title and lesson. Raises `BadInput` with the file and the line of what can't be used.
    """
    path = Path(path)
    _check_there(path)
    scenes = scenes_of_script(path) if path.suffix == ".py" else scenes_of_toml(path)
    if not scenes:
        raise BadInput(f"{path}: no scene in this file; bind one at its top level: scene = Scene(...)")
    text = path.read_text("utf-8-sig")
    return {name: replace(scene, script=text) for name, scene in scenes.items()}


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
