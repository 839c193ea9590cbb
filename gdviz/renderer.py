"""The renderer: from a scene to its files, the whole story on one page."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from gdviz.film.film import Written
from gdviz.film.formats import FOLDER, check_transparent, format_of
from gdviz.film.targets import check_file, check_targets
from gdviz.film.write import write
from gdviz.footage import Footage
from gdviz.picture.compositor import Pixels
from gdviz.picture.grounding import TRANSPARENT
from gdviz.problems import BadScene
from gdviz.publish.documents import document_of
from gdviz.publish.wishes import Wishes
from gdviz.scene import Scene
from gdviz.scenefile.script import titled
from gdviz.words import speaking

Advance = Callable[[int], object]
Meter = Callable[[int], AbstractContextManager[Advance]]


def silent(_pictures: int) -> AbstractContextManager[Advance]:
    """Show no progress. A meter is told how many pictures there will be, then how many more are in the files."""
    return nullcontext(_ignore)


def _ignore(_pictures: int) -> None:
    """Let it pass."""


def render(
    scene: Scene | Sequence[Scene], *outputs: str | Path, meter: Meter = silent, **changes: Any
) -> list[Written]:  # fmt: skip
    """Make a film of a scene, in every file named, from one pass; the end of a name says the format.

    scene: or several, for a document that takes them all, such as a talk's slides.
    outputs: paths that end as the tables of `gdviz.film.formats` and `gdviz.publish.documents` say: `.gif`, `.mp4`,
        `.webp`, `.png` (the last frame), `/` (a folder of PNG frames), `.pptx`, `.html` ...; `output/NAME.gif` where
        none is given, after the script that calls.
    meter: shows progress, see `silent`. changes: fields of the scene to change, such as `theme="dark"`, and `Wishes`
        such as `segments=True`, which makes one file for each part of the film.

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where an encoder or the disk
    fails; then no file is left behind, and what stood there before still stands.
    """
    wishes = Wishes.taken_from(changes)
    given = [scene] if isinstance(scene, Scene) else list(scene)
    name, scenes = _of_the_script([one.with_(**changes) for one in given])
    targets = list(outputs) or [Path("output") / f"{name}.gif"]
    check_outputs(targets, len(scenes))
    footage = [prepare(one, targets) for one in scenes]
    films = [target for target in targets if document_of(target) is None]
    made: dict[str, list[Written]] = {}
    passes = sum(shows_pictures(target) for target in targets if target not in films) + bool(films)
    with meter(passes * sum(len(one.shots) for one in footage)) as advance:
        if films:
            filmed = _in_segments if wishes.segments else _at_once
            made |= filmed(footage[0], films, advance)
        for target in targets:
            document = document_of(target)
            if document is not None:
                with speaking(footage[0].scene.lang):
                    made[str(target)] = document.load()(footage, Path(target), wishes, advance)
    return [one for target in targets for one in made[str(target)]]


def check_outputs(targets: Sequence[str | Path], scenes: int = 1) -> None:
    """Raise `BadScene` unless every file can be made, of that many scenes, where it is asked for."""
    documents = [target for target in targets if document_of(target) is not None]
    films = [target for target in targets if target not in documents]
    if films or not documents:
        check_targets(films)
    for target in documents:
        check_file(target)
        if [*map(os.path.realpath, documents)].count(os.path.realpath(target)) > 1:
            raise BadScene("output", str(target), "it is asked for twice; give every file a name of its own")
    for target in targets:
        document = document_of(target)
        if scenes > 1 and not (document and document.several):
            raise BadScene("output", str(target), f"it takes one scene, and there are {scenes}")


def shows_pictures(target: str | Path) -> bool:
    """Say whether a file has pictures, or only words and numbers."""
    document = document_of(target)
    return document is None or document.pictures


def prepare(scene: Scene, targets: Sequence[str | Path]) -> Footage:
    """Make the footage for these files; where all that show pictures are to be brief, the pace "auto" is."""
    shown = [target for target in targets if shows_pictures(target)]
    for target in shown:
        if scene.ground == TRANSPARENT and document_of(target) is None:
            check_transparent(target)
    brief = bool(shown) and all(document_of(target) is None and format_of(target).brief for target in shown)
    return Footage.of(scene, brief)


def _at_once(footage: Footage, targets: Sequence[str | Path], advance: Advance) -> dict[str, list[Written]]:
    """Write the whole film to each file."""
    made = write(footage.frames(), targets, footage.spec, _scouts(footage, targets), lambda _ticks: advance(1))
    return {str(target): [one] for target, one in zip(targets, made, strict=True)}


def _in_segments(footage: Footage, targets: Sequence[str | Path], advance: Advance) -> dict[str, list[Written]]:
    """Write each part of the film to files of its own: `talk_01.mp4`, `talk_02.mp4` ..."""
    made: dict[str, list[Written]] = {str(target): [] for target in targets}
    scouts = _scouts(footage, targets)
    for number, part in enumerate(footage.segments, 1):
        names = [_numbered(target, number, len(footage.segments)) for target in targets]
        check_targets(names)
        files = write(footage.frames(part), names, footage.spec, scouts, lambda _ticks: advance(1))
        for target, file in zip(targets, files, strict=True):
            made[str(target)].append(file)
    return made


def _numbered(target: str | Path, number: int, count: int) -> str:
    """Return a file's name with a number before its end."""
    text, ending = str(target), format_of(target).ending
    digits = f"{number:0{max(2, len(str(count)))}}"
    stem = text.rstrip("/" + os.sep) if ending == FOLDER else text[: -len(ending)]
    return f"{stem}_{digits}{text[len(stem) :] if ending != FOLDER else FOLDER}"


def _scouts(footage: Footage, targets: Sequence[str | Path]) -> list[Pixels]:
    return footage.scouts() if any(format_of(target).scouted for target in targets) else []


def _of_the_script(scenes: Sequence[Scene]) -> tuple[str, list[Scene]]:
    """Return a name for the film, and the scenes with title, lesson and text of the script that runs."""
    script = sys.modules.get("__main__")
    path, lesson = getattr(script, "__file__", None), getattr(script, "__doc__", None)
    return Path(path).stem if path else "film", [titled(scene, lesson) for scene in scenes]
