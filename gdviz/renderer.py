"""The renderer: from a scene to its files, the whole story on one page."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from gdviz.film.film import Written
from gdviz.film.formats import format_of
from gdviz.film.targets import check_targets
from gdviz.film.write import write
from gdviz.footage import Footage
from gdviz.scene import Scene
from gdviz.scenefile import titled

Advance = Callable[[int], object]
Meter = Callable[[int], AbstractContextManager[Advance]]


def silent(_pictures: int) -> AbstractContextManager[Advance]:
    """Show no progress. A meter is told how many pictures there will be, then how many more are in the files."""
    return nullcontext(_ignore)


def _ignore(_pictures: int) -> None:
    """Let it pass."""


def render(scene: Scene, *outputs: str | Path, meter: Meter = silent, **changes: Any) -> list[Written]:
    """Make a film of a scene, in every file named, from one pass; the suffix says the format.

    outputs: paths that end in `.gif`, `.mp4`, `.png` (the last frame) or `/` (a folder of PNG frames);
        `output/NAME.gif` where none is given, after the script that calls.
    meter: shows progress, see `silent`. changes: fields of the scene to change, such as `theme="dark"`.

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where an encoder or the disk
    fails; then no file is left behind, and what stood there before still stands.
    """
    name, scene = _of_the_script(scene.with_(**changes))
    targets = list(outputs) or [Path("output") / f"{name}.gif"]
    check_targets(targets)
    footage = prepare(scene, targets)
    scouts = footage.scouts() if any(format_of(target).scouted for target in targets) else []
    with meter(len(footage.shots)) as advance:
        return write(footage.frames(), targets, footage.spec, scouts, lambda _ticks: advance(1))


def prepare(scene: Scene, targets: Sequence[str | Path]) -> Footage:
    """Make the footage for these files; where they are to be brief, the pace "auto" is."""
    return Footage.of(scene, brief=all(format_of(target).brief for target in targets))


def _of_the_script(scene: Scene) -> tuple[str, Scene]:
    """Return a name for the film, and the scene with title and lesson of the script that runs."""
    script = sys.modules.get("__main__")
    path, lesson = getattr(script, "__file__", None), getattr(script, "__doc__", None)
    return Path(path).stem if path else "film", titled(scene, lesson)
