"""What the verbs that make films share: what a film can be asked for, and making one after the other."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdviz.cli import values
from gdviz.cli.printing import bar_of, print_rows, row
from gdviz.film.formats import FORMATS, SUFFIXES, format_of

if TYPE_CHECKING:
    import argparse

    from gdviz.cli.parser import Parser
    from gdviz.cli.printing import Row
    from gdviz.renderer import Meter
    from gdviz.scene import Scene

QUALITIES = ("l", "m", "h", "k")


def add_looks(parser: Parser) -> None:
    """Add what every film can be asked for."""
    add = parser.add_argument
    output = f"a file to write: {', '.join(SUFFIXES)}, or a folder/ for frames; may be given again"
    add("-o", "--output", action="append", metavar="PATH", help=output)
    *words, last = FORMATS
    formats = f"{', '.join(words)} or {last}, named after the scene; may be given again"
    add("--format", action="append", choices=FORMATS, metavar="FORMAT", help=formats)
    add("--folder", default="output", metavar="DIR", help="where films named after their scenes go (output)")
    quality = "l 854x480, m 1280x720 (usual), h 1920x1080, k 3840x2160"
    add("-q", "--quality", choices=QUALITIES, metavar="QUALITY", help=quality)
    add("--size", type=values.size, metavar="WxH", help="width and height in pixels")
    add("--fps", type=values.whole, metavar="N", help="frames a second (25)")
    add("--theme", metavar="NAME", help="light or dark")
    add("--pace", type=values.pace, metavar="P", help="lesson, brief, auto, or a number of frames for every step")
    add("--hold", type=values.number, metavar="S", help="seconds that the last picture stays")
    add("--loop", type=values.whole, metavar="N", help="how often a GIF plays; for ever unless given")
    add("--ask", action="store_true", help="ask the class where it will land, before each slow move")
    add("--quiet", action="store_true", help="no progress and no report")
    add("--json", action="store_true", help="report as JSON")
    add("-n", "--dry-run", action="store_true", help="check everything and say what would be written")


def make_films(scenes: dict[str, Scene], options: argparse.Namespace) -> None:
    """Make the films of scenes, by the names of their films, one after the other, and report."""
    from gdviz.film.targets import check_targets
    from gdviz.renderer import render

    films = [(scene.with_(**_changes(options)), _targets(name, options)) for name, scene in scenes.items()]
    check_targets([target for _, targets in films for target in targets])
    rows: list[Row] = []
    for scene, targets in films:
        if options.dry_run:
            made = _planned(scene, targets)
        else:
            made = [row(one) for one in render(scene, *targets, meter=_meter(options, targets))]
        rows += made
        if not (options.json or options.quiet):
            print_rows(made)
    if options.json:
        import json

        print(json.dumps(rows, indent=2))


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the scene that the options change."""
    from gdviz.scene import SIZES

    changes = {key: getattr(options, key) for key in ("fps", "theme", "pace", "hold", "loop", "size")}
    if options.quality is not None and options.size is None:
        changes["size"] = SIZES[options.quality]
    if options.ask:
        changes["ask"] = True
    return {key: value for key, value in changes.items() if value is not None}


def _targets(name: str, options: argparse.Namespace) -> list[str]:
    formats = options.format or ([] if options.output else ["gif"])
    stem = os.path.join(options.folder, name)  # noqa: PTH118
    named = (stem + FORMATS[asked].ending for asked in dict.fromkeys(formats))
    return [*(options.output or ()), *named]  # texts, as a Path would lose the slash of a folder of frames


def _planned(scene: Scene, targets: list[str]) -> list[Row]:
    """Return what would be told about the files of a scene, were they made."""
    from gdviz.renderer import prepare

    ticks = prepare(scene, targets).ticks
    rows = []
    for target, kind in ((target, format_of(target)) for target in targets):
        frames, seconds = (1, 0.0) if kind.still else (ticks, ticks / scene.fps)
        rows.append({"path": str(Path(target)), "format": kind.name, "frames": frames, "seconds": seconds})
    return rows


def _meter(options: argparse.Namespace, targets: list[str]) -> Meter:
    """Return a progress bar for a terminal, or silence."""
    from gdviz.renderer import silent

    return silent if options.quiet or options.json or not sys.stderr.isatty() else bar_of(Path(targets[0]).name)
