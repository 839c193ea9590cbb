"""The renderer: from a scene to its files, the whole story on one page."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from gdviz.film.film import Progress, Written
from gdviz.film.formats import FOLDER, check_transparent, format_of
from gdviz.film.landing import beside
from gdviz.film.sizes import bytes_of
from gdviz.film.writable import check_file, check_films
from gdviz.film.write import Draft, drafted
from gdviz.film.write import silent as unheard
from gdviz.fitting import Search
from gdviz.footage import Footage, Segment
from gdviz.picture.grounding import TRANSPARENT
from gdviz.problems import BadScene
from gdviz.publish.destinations import destination
from gdviz.publish.documents import check_ending, document_of
from gdviz.publish.wishes import Wishes
from gdviz.scene import Scene
from gdviz.scenefile.script import titled
from gdviz.words import speaking

Meter = Callable[[int], AbstractContextManager[Progress]]
Limits = Mapping[str | Path, int | None]  # of bytes, for each file; None for any size


def silent(_pictures: int) -> AbstractContextManager[Progress]:
    """Show no progress. A meter is told how many pictures there will be, then how many more are in the files."""
    return nullcontext(unheard)


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
        asked for, and for films its limit of bytes, or `max_size` where that is less; without outputs also its format.
        Beside a page (`.html`) for "reveal" or "web" what to paste there is written.

    Returns what was written. Raises `BadScene` for what can't be used, also where no film is small enough, and
    `FilmFailed` where an encoder or the disk fails; then no file is left behind, and what stood there before still
    stands.
    """
    limit = None if max_size is None else bytes_of(max_size)
    wishes = replace(Wishes.taken_from(changes), place=place)
    shown = destination(place) if place else None
    if shown is not None:
        changes |= shown.changes(changes)
    given = [scene] if isinstance(scene, Scene) else list(scene)
    name, scenes = _of_the_script([one.with_(**changes) for one in given])
    targets = list(outputs) or [f"output/{name}{shown.suffix if shown else '.gif'}"]
    check_outputs(targets, len(scenes))
    wishes.check(targets)
    limits: dict[str | Path, int | None] = dict.fromkeys(targets, limit)
    if shown is not None:
        for film in (path for path in targets if document_of(path) is None):
            most = shown.terms(film).most_bytes
            limits[film] = min((one for one in (limit, most) if one is not None), default=None)
    footage = [prepare(one, targets) for one in scenes]
    with ExitStack() as landing:  # all files take their names together, once everything is made
        made = _films(footage, limits, wishes, meter, landing)
        made |= _documents(footage, limits, wishes, meter, landing)
        _check_apart([one.path for files in made.values() for one in files])
    return [one for path in targets for one in made[str(path)]]


def _films(
    footage: Sequence[Footage], limits: Limits, wishes: Wishes, meter: Meter, landing: ExitStack
) -> dict[str, list[Written]]:
    """Make the films in one pass, and those with a limit of bytes in as many as it takes."""
    films = [path for path in limits if document_of(path) is None]
    free = [path for path in films if limits[path] is None]
    made: dict[str, list[Written]] = {}
    if free:
        with meter(len(footage[0].shots)) as advance:
            drafts = _filmed(footage[0], free, wishes, advance, landing)
        made = {path: [draft.written for draft in parts] for path, parts in drafts.items()}
    return made | _fitted(footage, {path: limits[path] for path in films if path not in free}, wishes, meter, landing)


def _documents(
    footage: Sequence[Footage], limits: Limits, wishes: Wishes, meter: Meter, landing: ExitStack
) -> dict[str, list[Written]]:
    """Make the documents, each elsewhere; its files take their names with those of all others."""
    made: dict[str, list[Written]] = {}
    for path, limit in limits.items():
        document = document_of(path)
        if document is None:
            continue
        search = None if limit is None else Search(str(path), document.knobs, footage, limit)
        with TemporaryDirectory(prefix="gdviz") as folder:
            draft = Path(folder) / Path(path).name
            while True:
                films = footage if search is None else [search.fit.applied(one) for one in footage]
                words = "" if search is None else search.words
                pictures = document.pictures * sum(len(one.shots) for one in films)
                with meter(pictures) as advance, speaking(footage[0].scene.lang):
                    files = document.load()(films, draft, wishes, advance)
                if search is None or search.accepts(sum(one.bytes for one in files)):
                    break
            names = [Path(path).parent / one.path.name for one in files]
            for file, part in zip(files, landing.enter_context(beside(names)), strict=True):
                shutil.copyfile(file.path, part)
        made[str(path)] = [replace(one, path=name, fitted=words) for one, name in zip(files, names, strict=True)]
    return made


def _check_apart(paths: Sequence[Path]) -> None:
    """Raise `BadScene` where two of all the files, also those that stand beside others, have one name."""
    places = [os.path.realpath(path) for path in paths]
    for path, place in zip(paths, places, strict=True):
        if places.count(place) > 1:
            raise BadScene("output", str(path), "two files would have that name; choose other names")


def check_outputs(targets: Sequence[str | Path], scenes: int = 1) -> None:
    """Raise `BadScene` unless every file can be made, of that many scenes, where it is asked for."""
    for target in targets:
        check_ending(target)
    documents = [target for target in targets if document_of(target) is not None]
    films = [target for target in targets if target not in documents]
    if films or not documents:
        check_films(films)
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
    footage: Footage, targets: Sequence[str | Path], wishes: Wishes, advance: Progress, landing: ExitStack
) -> dict[str, list[Draft]]:
    """Make the film, or each part of it in files of its own: `talk_01.mp4` ...; `landing` gives them their names."""
    made: dict[str, list[Draft]] = {str(target): [] for target in targets}
    scouts = footage.scouts_for(targets)
    parts: list[tuple[Segment | None, list[str | Path]]] = [(None, list(targets))]
    if wishes.segments:
        count = len(footage.segments)
        parts = [
            (part, [numbered(target, number, count) for target in targets])
            for number, part in enumerate(footage.segments, 1)
        ]
    for part, paths in parts:
        check_films(paths)
        film = drafted(footage.frames(part), paths, footage.spec, scouts, lambda _ticks: advance(1))
        for target, draft in zip(targets, landing.enter_context(film), strict=True):
            made[str(target)].append(draft)
    return made


def _fitted(
    footage: Sequence[Footage], limits: Limits, wishes: Wishes, meter: Meter, landing: ExitStack
) -> dict[str, list[Written]]:
    """Make every film no larger than its limit: those that are too large once more, until all are small enough."""
    searches = {
        path: Search(str(path), format_of(path).knobs, footage, limit) for path, limit in limits.items() if limit
    }
    made: dict[str, list[Written]] = {}
    while waiting := [path for path in searches if str(path) not in made]:
        fit = searches[waiting[0]].fit
        together = [path for path in waiting if searches[path].fit == fit]
        film = fit.applied(footage[0])
        with meter(len(film.shots)) as advance:
            drafts = _filmed(film, together, wishes, advance, landing)
        for path in together:
            written, words = [draft.written for draft in drafts[str(path)]], searches[path].words
            if searches[path].accepts(max(one.bytes for one in written)):
                made[str(path)] = [replace(one, fitted=words) for one in written]
            else:
                for draft in drafts[str(path)]:
                    draft.drop()
    return made


def numbered(target: str | Path, number: int, count: int) -> str:
    """Return the name of the file of a part, one of `count`: with its number before the end."""
    text, ending = str(target), format_of(target).ending
    digits = f"{number:0{max(2, len(str(count)))}}"
    stem = text.rstrip("/" + os.sep) if ending == FOLDER else text[: -len(ending)]
    return f"{stem}_{digits}{text[len(stem) :] if ending != FOLDER else FOLDER}"


def _of_the_script(scenes: Sequence[Scene]) -> tuple[str, list[Scene]]:
    """Return a name for the film, and the scenes with title, lesson and text of the script that runs."""
    script = sys.modules.get("__main__")
    path, lesson = getattr(script, "__file__", None), getattr(script, "__doc__", None)
    return Path(path).stem if path else "film", [titled(scene, lesson) for scene in scenes]
