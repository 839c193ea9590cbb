"""The renderer: from a scene to its files, the whole story on one page."""

import os
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gdviz.film.film import Written
from gdviz.film.formats import FOLDER, check_transparent, format_of
from gdviz.film.targets import check_file, check_targets
from gdviz.film.write import Draft, drafted
from gdviz.fitting import Search, bytes_of
from gdviz.footage import Footage, Segment
from gdviz.picture.compositor import Pixels
from gdviz.picture.grounding import TRANSPARENT
from gdviz.problems import BadScene
from gdviz.publish.destinations import target as destination
from gdviz.publish.documents import Document, document_of
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
    scene: Scene | Sequence[Scene],
    *outputs: str | Path,
    meter: Meter = silent,
    max_size: int | str | None = None,
    place: str = "",
    **changes: Any,
) -> list[Written]:
    """Make a film of a scene, in every file named, from one pass; the end of a name says the format.

    scene: or several, for a document that takes them all, such as a talk's slides.
    outputs: paths that end as the tables of `gdviz.film.formats` and `gdviz.publish.documents` say: `.gif`, `.mp4`,
        `.webp`, `.png` (the last frame), `/` (a folder of PNG frames), `.pptx`, `.html` ...; `output/NAME.gif` where
        none is given, after the script that calls.
    meter: shows progress, see `silent`. changes: fields of the scene to change, such as `theme="dark"`, and `Wishes`
        such as `segments=True`, which makes one file for each part of the film.
    max_size: bytes that no file may exceed, or a folder's files together: 5_000_000, "5MB" or "4.5MiB". A file that
        would gives up what is least noticed (see `gdviz.fitting`), and `Written.fitted` says what; size, frames a
        second and pace of the scene are the most that it has. Each attempt is a pass, and a meter, of its own.

    place: where films are to be shown, such as "github" (see `gdviz.publish.destinations`): its size, unless one is
        asked for, and its limit of bytes, unless `max_size` is given; without outputs also its format.

    Returns what was written. Raises `BadScene` for what can't be used, also where no film is small enough, and
    `FilmFailed` where an encoder or the disk fails; then no file is left behind, and what stood there before still
    stands.
    """
    limit = None if max_size is None else bytes_of(max_size)
    wishes = Wishes.taken_from(changes)
    shown = destination(place) if place else None
    if shown is not None:
        changes |= shown.changes(changes)
    given = [scene] if isinstance(scene, Scene) else list(scene)
    name, scenes = _of_the_script([one.with_(**changes) for one in given])
    targets = list(outputs) or [f"output/{name}{shown.suffix if shown else '.gif'}"]
    check_outputs(targets, len(scenes))
    wishes.check(targets)
    films = [path for path in targets if document_of(path) is None]
    if shown is not None:
        limits = [limit, *(shown.terms(path).most_bytes for path in films)]
        limit = min((one for one in limits if one is not None), default=None)
    footage = [prepare(one, targets) for one in scenes]
    if limit is not None:
        fitted = _fitted(footage, targets, wishes, limit, meter)
        return [one for path in targets for one in fitted[str(path)]]
    passes = sum(shows_pictures(path) for path in targets if path not in films) + bool(films)
    made: dict[str, list[Written]] = {}
    with meter(passes * sum(len(one.shots) for one in footage)) as advance, ExitStack() as landing:
        if films:
            for name, drafts in _filmed(footage[0], films, wishes, advance, landing).items():
                made[name] = [draft.written for draft in drafts]
        landing.close()
        for path in map(str, targets):
            document = document_of(path)
            if document is not None:
                with speaking(footage[0].scene.lang):
                    made[path] = document.load()(footage, Path(path), wishes, advance)
    return [one for path in targets for one in made[str(path)]]


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
    footage = Footage.of(scene, brief)
    if shown:
        _ = footage.compositor  # made now, so that what can't be drawn is told before anything is written
    return footage


def _filmed(
    footage: Footage, targets: Sequence[str | Path], wishes: Wishes, advance: Advance, landing: ExitStack
) -> dict[str, list[Draft]]:
    """Make the film, or each part of it in files of its own: `talk_01.mp4` ...; `landing` gives them their names."""
    made: dict[str, list[Draft]] = {str(target): [] for target in targets}
    scouts = _scouts(footage, targets)
    parts: list[tuple[Segment | None, list[str | Path]]] = [(None, list(targets))]
    if wishes.segments:
        count = len(footage.segments)
        parts = [
            (part, [_numbered(target, number, count) for target in targets])
            for number, part in enumerate(footage.segments, 1)
        ]
    for part, paths in parts:
        check_targets(paths)
        film = drafted(footage.frames(part), paths, footage.spec, scouts, lambda _ticks: advance(1))
        for target, draft in zip(targets, landing.enter_context(film), strict=True):
            made[str(target)].append(draft)
    return made


def _fitted(
    footage: Sequence[Footage], targets: Sequence[str | Path], wishes: Wishes, limit: int, meter: Meter
) -> dict[str, list[Written]]:
    """Make every file no larger than the limit: those that are too large once more, until all are small enough."""
    films = {target: format_of(target) for target in targets if document_of(target) is None}
    searches = {target: Search(str(target), film.knobs, footage, limit) for target, film in films.items()}
    made: dict[str, list[Written]] = {}
    with ExitStack() as landing:  # all films take their names together
        while waiting := [target for target in films if str(target) not in made]:
            fit = searches[waiting[0]].fit
            together = [target for target in waiting if searches[target].fit == fit]
            film = fit.applied(footage[0])
            with meter(len(film.shots)) as advance:
                drafts = _filmed(film, together, wishes, advance, landing)
            for target in together:
                written, words = [draft.written for draft in drafts[str(target)]], searches[target].words
                if searches[target].accepts(max(one.bytes for one in written)):
                    made[str(target)] = [replace(one, fitted=words) for one in written]
                else:
                    for draft in drafts[str(target)]:
                        draft.drop()
        for target in targets:
            document = document_of(target)
            if document is not None:
                search = Search(str(target), document.knobs, footage, limit)
                made[str(target)] = _fitted_document(footage, Path(target), document, wishes, search, meter)
    return made


def _fitted_document(
    footage: Sequence[Footage], path: Path, document: Document, wishes: Wishes, search: Search, meter: Meter
) -> list[Written]:
    """Make a document elsewhere until it is small enough, and then where it belongs."""
    write = document.load()
    while True:
        words, films = search.words, [search.fit.applied(one) for one in footage]
        with meter(sum(len(one.shots) for one in films)) as advance, TemporaryDirectory(prefix="gdviz") as folder:
            size = sum(one.bytes for one in write(films, Path(folder) / path.name, wishes, advance))
        if search.accepts(size):
            return [replace(one, fitted=words) for one in write(films, path, wishes, _ignore)]


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
