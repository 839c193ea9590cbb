"""Scenes in Python scripts, which are run; what goes wrong is told with the script's own line."""

import runpy
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gdviz.problems import BadInput, Problem
from gdviz.scene import Scene


def titled(scene: Scene, lesson: str | None) -> Scene:
    """Give a scene without a title that of its script's docstring, whose further lines say what to watch."""
    if scene.title is not None:
        return scene
    title, _, watch = (lesson or "").strip().partition("\n")
    return replace(scene, title=title.strip().rstrip("."), watch=scene.watch or watch.strip())


def scenes_of_script(path: Path) -> dict[str, Scene]:
    """Run a scene script, and return the scenes that it binds by the names of their films.

    Raises `BadInput` with the line that fails; faults of gdviz pass as they are.
    """
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
    house = Path(__file__).parents[1]
    return Path(file).is_relative_to(house) and Path(file) != house / "__init__.py"


def _named(path: Path, scenes: dict[str, Scene]) -> dict[str, Scene]:
    firsts = {id(scene): name for name, scene in reversed(scenes.items())}  # one scene may have two names
    kept = {name: scene for name, scene in scenes.items() if firsts[id(scene)] == name}
    if len(kept) == 1:
        return {path.stem: next(iter(kept.values()))}
    return {f"{path.stem}_{name}": scene for name, scene in kept.items()}
