"""What the verbs that make films share: what a film can be asked for, and making one after the other."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdviz.cli import values
from gdviz.cli.printing import bar_of, print_rows, row
from gdviz.film.formats import FORMATS, SUFFIXES, format_of
from gdviz.problems import BadScene
from gdviz.publish.documents import DOCUMENTS, check_ending, document_of, looping, loops

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from gdviz.cli.parser import Parser
    from gdviz.cli.printing import Row
    from gdviz.footage import Footage
    from gdviz.publish.destinations import Destination
    from gdviz.publish.wishes import Wishes
    from gdviz.renderer import Meter
    from gdviz.scene import Scene

    Job = tuple[list[Scene], list[str]]
    """Scenes, and the files that take them."""

ENDINGS = {**{word: row.ending for word, row in FORMATS.items()}, **{ending[1:]: ending for ending in DOCUMENTS}}
"""The ends of names by the words for `--format`."""

WORDS = {row.ending: word for word, row in FORMATS.items()}
"""The words by the ends of names of films."""

WISHES = ("segments", "click")
QUALITIES = ("l", "m", "h", "k")


def add_looks(parser: Parser) -> None:
    """Add what every film can be asked for."""
    add = parser.add_argument
    output = f"a file to write: {', '.join((*SUFFIXES, *DOCUMENTS))}, or a folder/ for frames; may be given again"
    add("-o", "--output", action="append", metavar="PATH", help=output)
    *words, last = ENDINGS
    formats = f"{', '.join(words)} or {last}, named after the scene; may be given again"
    add("--format", action="append", choices=ENDINGS, metavar="FORMAT", help=formats)
    add("--folder", default="output", metavar="DIR", help="where films named after their scenes go (output)")
    quality = "l 854x480, m 1280x720 (usual), h 1920x1080, k 3840x2160"
    add("-q", "--quality", choices=QUALITIES, metavar="QUALITY", help=quality)
    add("--size", type=values.size, metavar="WxH", help="width and height in pixels")
    add("--fps", type=values.whole, metavar="N", help="frames a second (25)")
    add("--lang", metavar="LANG", help="the language on the screen: en, de, es, fr, ja, pt, zh")
    add("--theme", metavar="NAME", help="light or dark")
    add("--ground", metavar="COLOUR", help="the slide's colour, such as '#F4F1E8', or transparent")
    add("--pace", type=values.pace, metavar="P", help="lesson, brief, auto, or a number of frames for every step")
    add("--hold", type=values.number, metavar="S", help="seconds that the last picture stays")
    add("--loop", type=values.whole, metavar="N", help="how often a GIF, WebP or APNG plays; for ever unless given")
    add("--ask", action="store_true", help="ask the class where it will land, before each slow move")
    add("--segments", action="store_true", help="a film for every part, so that a click goes on and another goes back")
    add("--click", action="store_true", help="in slides and pages: wait for a click instead of starting by itself")
    limit = "no file larger than that, such as 5MB or 500KB; tells what was given up for it"
    add("--max-size", metavar="SIZE", help=limit)
    shown = (
        "where it is to be shown: sets format, size and limits, and tells what to paste there, for a page (.html) in "
    )
    shown += "a file beside it (reveal, web); see `gdviz list places`"
    add("--for", dest="place", metavar="PLACE", help=shown)
    add("--quiet", action="store_true", help="no progress and no report")
    add("--json", action="store_true", help="report as JSON")
    add("-n", "--dry-run", action="store_true", help="check everything and say what would be written")


def check_films(scenes: dict[str, Scene], options: argparse.Namespace) -> list[Job]:
    """Check all that is asked for, before the first film is made, and return what is to be made. Raises `BadScene`."""
    for given in options.output or ():
        check_ending(given)
    shown = _destination(options)
    looks = _changes(options)
    looks |= shown.changes(looks) if shown else {}
    jobs = [([scene.with_(**looks) for scene in part], targets) for part, targets in _jobs(scenes, options)]
    for part, targets in jobs:
        _check(targets, len(part), options, shown)
    if options.max_size is not None:
        from gdviz.film.sizes import bytes_of

        bytes_of(options.max_size)
    if options.loop is not None and not any(loops(target) for _, targets in jobs for target in targets):
        allowed = f"only in {', '.join(looping())} a film says how often it plays; leave it out"
        raise BadScene("loop", options.loop, allowed)
    return jobs


def make_films(scenes: dict[str, Scene], options: argparse.Namespace) -> None:
    """Make the films of scenes, by the names of their films, and documents of all of them, and report."""
    jobs, shown = check_films(scenes, options), _destination(options)
    rows: list[Row] = []
    for part, targets in jobs:
        made = _planned(part, targets, options) if options.dry_run else _made(part, targets, shown, options)
        rows += made
        if not (options.json or options.quiet):
            print_rows(made)
        if not (options.quiet or options.dry_run):
            _tell_other_times(made, targets, part[0].title or "")
    if options.json:
        import json

        print(json.dumps(rows, indent=2))


def _destination(options: argparse.Namespace) -> Destination | None:
    """Return where films are to be shown, if that was said; it chooses the format where nothing else does."""
    if not options.place:
        return None
    from gdviz.publish.destinations import destination

    shown = destination(options.place)
    options.format = options.format or ([] if options.output else [WORDS[shown.suffix]])
    return shown


def _check(targets: Sequence[str], scenes: int, options: argparse.Namespace, shown: Destination | None) -> None:
    """Raise BadScene for files that can't be written, can't fulfil a wish, or can't be shown where they should."""
    from gdviz.publish.wishes import Wishes
    from gdviz.renderer import check_outputs

    check_outputs(targets, scenes)
    Wishes(**_wishes(options)).check(targets)
    if shown:
        for film in (path for path in targets if document_of(path) is None):
            shown.terms(film)


def _wishes(options: argparse.Namespace) -> dict[str, Any]:
    """Return what is wished of the files, beside their looks."""
    return {wish: getattr(options, wish) for wish in WISHES if getattr(options, wish)}


def _made(
    scenes: Sequence[Scene], targets: Sequence[str], shown: Destination | None, options: argparse.Namespace
) -> list[Row]:
    """Make files and return what is told about them, with what to paste where they are to be shown."""
    from gdviz.renderer import render

    wishes = _wishes(options) | ({"place": shown.name, "size": scenes[0].size} if shown else {})
    if options.max_size is not None:
        wishes["max_size"] = options.max_size
    files = render(scenes, *targets, meter=_meter(options, targets), **wishes)
    made = [row(one) for one in files]
    if shown:
        from gdviz.publish.pasting import pasted

        for told, file in zip(made, files, strict=True):
            if file.path.suffix.lower() in shown.snippets or file.path.is_dir():
                told["paste"] = pasted(shown, file)
    return made


def _jobs(scenes: dict[str, Scene], options: argparse.Namespace) -> list[Job]:
    """Return which scenes go into which files: those named take all, those named after a scene take that one."""
    given: list[str] = options.output or []
    if len(scenes) == 1:
        return [([scene], [*given, *_targets(name, options)]) for name, scene in scenes.items()]
    for target in given:
        document = document_of(target)
        if document is None or not document.several:
            allowed = f"it names one film, and there are {len(scenes)} scenes; use --format"
            raise BadScene("--output", target, allowed)
    own = [([scene], _targets(name, options)) for name, scene in scenes.items()]
    return [*([([*scenes.values()], given)] if given else []), *(job for job in own if job[1])]


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the scene that the options change."""
    from gdviz.scene import SIZES

    changes = {key: getattr(options, key) for key in ("fps", "lang", "theme", "ground", "pace", "hold", "loop", "size")}
    if options.quality is not None and options.size is None:
        changes["size"] = SIZES[options.quality]
    if options.ask:
        changes["ask"] = True
    return {key: value for key, value in changes.items() if value is not None}


def _targets(name: str, options: argparse.Namespace) -> list[str]:
    """Return the files that are named after a scene; texts, as a Path would lose the slash of a folder of frames."""
    formats = options.format or ([] if options.output else ["gif"])
    stem = os.path.join(options.folder, name)  # noqa: PTH118
    return [stem + ENDINGS[asked] for asked in dict.fromkeys(formats)]


def _planned(scenes: Sequence[Scene], targets: Sequence[str], options: argparse.Namespace) -> list[Row]:
    """Return what would be told about the files, were they made; of documents only their names."""
    from gdviz.publish.wishes import Wishes
    from gdviz.renderer import prepare

    wishes = Wishes(**_wishes(options), place=options.place or "")
    footage = [prepare(one, targets) for one in scenes]
    rows: list[Row] = []
    for target in targets:
        if document_of(target) is None:
            rows += _planned_films(footage[0], target, wishes)
            continue
        files = wishes.files(target)
        rows += [{"path": str(path), "format": kind, "frames": 1, "seconds": 0.0} for path, kind in files]
    return rows


def _planned_films(footage: Footage, target: str, wishes: Wishes) -> list[Row]:
    """Return what would be told about a film, or about each part of it."""
    from gdviz.renderer import numbered

    kind, parts = format_of(target), footage.segments
    films = [(target, footage.ticks)]
    if wishes.segments:
        lengths = [round(part.seconds * footage.scene.fps) for part in parts]
        films = [(numbered(target, number, len(parts)), ticks) for number, ticks in enumerate(lengths, 1)]
    rows = []
    for path, ticks in films:
        length = (
            {"frames": 1, "seconds": 0.0} if kind.still else {"frames": ticks, "seconds": ticks / footage.scene.fps}
        )
        rows.append({"path": str(Path(path)), "format": kind.name, **length})
    return rows


def _tell_other_times(rows: Sequence[Row], targets: Sequence[str], title: str) -> None:
    """Say on standard error of captions made without a film that the one of their name takes another time."""
    if any(document_of(target) is None for target in targets):
        return
    from gdviz.publish.captions import other_times

    for told in rows:
        said = other_times(Path(told["path"]), told["seconds"], title)
        if said:
            print(f"gdviz: {said}; make both at once, or give the same --pace", file=sys.stderr)


def _meter(options: argparse.Namespace, targets: Sequence[str]) -> Meter:
    """Return a progress bar for a terminal, or silence."""
    from gdviz.renderer import silent

    return silent if options.quiet or options.json or not sys.stderr.isatty() else bar_of(Path(targets[0]).name)
