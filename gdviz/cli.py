"""The command line. Each verb is: read the arguments, make one call to the library, print.

Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 2 something asked for can't be
used, 4 something to install is missing, 5 the film could not be made, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gdviz.problems import BadInput, BadScene, Problem, choose

TYPE_CHECKING = False  # typing takes a quarter of the time in which `gdviz --help` should answer
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from typing import Any

    from gdviz.scene import Scene

EXAMPLES = """examples:
  gdviz render scenes/first_steps.py
  gdviz render scenes/hubble.py -o talk.mp4 -o talk.gif -q h --theme dark
  gdviz show "m**4 - 3*m**2 + m" --start -1.8 --optimizer adam --learning-rate 0.1 --steps 60 -o film.gif
  gdviz list optimizers
  gdviz new my_scene
"""
QUALITIES = ("l", "m", "h", "k")
KINDS = ("scenes", "optimizers", "surfaces", "themes", "formats")
SUFFIXES = {"gif": ".gif", "mp4": ".mp4", "png": ".png", "frames": "/"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        options = _parser().parse_args(arguments)
        verb: Callable[[argparse.Namespace], int] = options.verb
        return verb(options)
    except Problem as problem:
        print(f"gdviz: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("gdviz: stopped; nothing half-written is left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


class _Parser(argparse.ArgumentParser):
    """Answers a misspelt verb or option with the nearest one."""

    def error(self, message: str) -> Any:
        """Say what is wrong, and end with exit code 2."""
        known = [option for action in self._actions for option in action.option_strings if option.startswith("--")]
        if message.startswith("unrecognized arguments: -"):
            message = f"{message}; {choose(message.split(': ')[1].split()[0].split('=')[0], known)}"
        self.exit(2, f"gdviz: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gdviz", description="Teaching animations of gradient descent: from a scene to a GIF or an MP4.",
        epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and stop")
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)

    render = verbs.add_parser("render", help="make the films of scene files", allow_abbrev=False)
    render.add_argument("files", nargs="+", metavar="FILE", help="scene files, .py or .toml")
    _add_looks(render)
    render.set_defaults(verb=_render)

    show = verbs.add_parser("show", help="make a film of a formula, without a scene file", allow_abbrev=False)
    show.add_argument("formula", help='a formula such as "(m - 3)**2 + 1", or a name from `gdviz list surfaces`')
    show.add_argument("--start", type=_numbers, metavar="M", help="where to begin; a number for each parameter")
    show.add_argument("--optimizer", default="GradientDescent", metavar="NAME", help="see `gdviz list optimizers`")
    show.add_argument("--learning-rate", type=float, metavar="RATE", help="how far a step goes for a slope of one")
    show.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="another setting of the optimizer")
    show.add_argument("--steps", type=int, default=25, metavar="N", help="how many updates (25)")
    show.add_argument("--title", metavar="TEXT", help="the title of the film")
    _add_looks(show)
    show.set_defaults(verb=_show)

    listing = verbs.add_parser("list", help="list scenes, optimizers, surfaces, themes, formats", allow_abbrev=False)
    listing.add_argument("kind", nargs="?", metavar="KIND", help=", ".join(KINDS) + "; all of them unless given")
    listing.set_defaults(verb=_list)

    new = verbs.add_parser("new", help="write a commented scene script to start from", allow_abbrev=False)
    new.add_argument("name", metavar="NAME", help="the script's name, with or without .py")
    new.set_defaults(verb=_new)
    return parser


class _Version(argparse.Action):
    def __call__(self, *_: object) -> None:
        import gdviz

        print(f"gdviz {gdviz.__version__}")
        raise SystemExit(0)


def _add_looks(parser: argparse.ArgumentParser) -> None:
    """Add what every film can be asked for."""
    add = parser.add_argument
    add("-o", "--output", action="append", default=[], metavar="PATH", help="a file to write: .gif, .mp4, .png, or a folder/ for frames; may be given again")
    add("--format", action="append", default=[], metavar="F", help="gif, mp4, png or frames, written to output/; may be given again")
    add("-q", "--quality", metavar="Q", help="l 854x480, m 1280x720 (usual), h 1920x1080, k 3840x2160")
    add("--size", metavar="WxH", help="width and height in pixels")
    add("--fps", type=int, metavar="N", help="frames a second (25)")
    add("--theme", metavar="NAME", help="light or dark")
    add("--pace", metavar="P", help="lesson, brief, auto, or a number of frames for every step")
    add("--hold", type=float, metavar="S", help="seconds that the last picture stays")
    add("--loop", type=int, metavar="N", help="how often a GIF plays; for ever unless given")
    add("--ask", action="store_true", help="ask the class where it will land, before each slow move")
    add("--quiet", action="store_true", help="no progress and no report")
    add("--json", action="store_true", help="report as JSON")
    add("-n", "--dry-run", action="store_true", help="check everything and say what would be written")


def _render(options: argparse.Namespace) -> int:
    """Make the films of scene files."""
    from gdviz.scenefile import load

    scenes = {name: scene for file in options.files for name, scene in _distinct(file, load(file))}
    if options.output and len(scenes) > 1:
        raise BadScene("--output", options.output[0], f"it names one film, and there are {len(scenes)} scenes; use --format")
    return _film(scenes, options)


_seen: dict[str, str] = {}


def _distinct(file: str, scenes: dict[str, Scene]) -> list[tuple[str, Scene]]:
    for name in scenes:
        if _seen.setdefault(name, file) != file:
            raise BadScene("scene files", file, f"its film would have the name of that of {_seen[name]}; rename one of them")
    return list(scenes.items())


def _show(options: argparse.Namespace) -> int:
    """Make a film of a formula."""
    from gdviz.descent.formula import Formula
    from gdviz.descent.surfaces import SURFACES, surface
    from gdviz.scene import Scene
    from gdviz.scenefile import optimizer_named

    settings = {"learning_rate": options.learning_rate} if options.learning_rate is not None else {}
    settings |= dict(_setting(text) for text in options.set)
    loss = surface(options.formula) if options.formula in SURFACES else Formula(options.formula)
    title = options.title if options.title is not None else f"Find the {' and '.join(loss.about.names)} with the smallest loss"
    optimizer = optimizer_named(options.optimizer, settings)
    scene = Scene(loss, optimizer, start=options.start, steps=options.steps, title=title)
    return _film({"film": scene}, options)


def _film(scenes: dict[str, Scene], options: argparse.Namespace) -> int:
    """Make one film after the other, and report."""
    from gdviz.film.write import check_targets
    from gdviz.render import prepare, render

    changes = _changes(options)
    films = {name: (scene.with_(**changes), _targets(name, options)) for name, scene in scenes.items()}
    check_targets([target for _, targets in films.values() for target in targets])
    reports: list[dict[str, Any]] = []
    for scene, targets in films.values():
        if options.dry_run:
            film = prepare(scene, targets)
            size = f"{scene.size[0]}x{scene.size[1]}"
            reports += [{"path": t, "size": size, "frames": film.ticks, "seconds": film.ticks / scene.fps} for t in targets]
            continue
        for one in render(scene, *targets, meter=_meter(options, targets)):
            reports.append({"path": str(one.path), "format": one.format, "bytes": one.bytes, "frames": one.frames, "seconds": round(one.seconds, 3)})
    _report(reports, options)
    return 0


def _changes(options: argparse.Namespace) -> dict[str, Any]:
    """Return the fields of the scene that the options change."""
    from gdviz.scene import SIZES

    changes: dict[str, Any] = {key: getattr(options, key) for key in ("fps", "theme", "hold", "loop")}
    changes["pace"] = int(options.pace) if options.pace and options.pace.isdecimal() else options.pace
    changes["ask"] = True if options.ask else None
    if options.quality is not None:
        if options.quality not in QUALITIES:
            raise BadScene("--quality", options.quality, choose(options.quality, QUALITIES))
        changes["size"] = SIZES[options.quality]
    if options.size is not None:
        changes["size"] = _size(options.size)
    return {key: value for key, value in changes.items() if value is not None}


def _targets(name: str, options: argparse.Namespace) -> list[str]:
    for asked in options.format:
        if asked not in SUFFIXES:
            raise BadScene("--format", asked, choose(asked, SUFFIXES))
    formats = options.format or ([] if options.output else ["gif"])
    return [*options.output, *(f"output/{name}{SUFFIXES[asked]}" for asked in dict.fromkeys(formats))]


def _report(reports: list[dict[str, Any]], options: argparse.Namespace) -> None:
    if options.json:
        import json

        print(json.dumps(reports, indent=2))
    elif not options.quiet:
        for row in reports:
            weight = f"{row['bytes'] / 1024:,.0f} KiB" if "bytes" in row else f"{row['size']}, not written"
            length = f"{row['seconds']:.1f} s, " if row["seconds"] else ""
            print(f"{row['path']}  {length}{weight}")


def _meter(options: argparse.Namespace, targets: list[str]) -> Callable[[int], AbstractContextManager[Callable[[int], object]]]:
    """Return a progress bar for a terminal, or silence."""
    from gdviz.render import silent

    if options.quiet or options.json or not sys.stderr.isatty():
        return silent
    from contextlib import contextmanager

    @contextmanager
    def bar(total: int) -> Any:
        from tqdm import tqdm

        with tqdm(total=total, desc=Path(targets[0]).name, unit=" frames", leave=False, file=sys.stderr) as shown:
            yield shown.update

    return bar


def _list(options: argparse.Namespace) -> int:
    """List what there is."""
    if options.kind is not None and options.kind not in KINDS:
        raise BadScene("list", options.kind, choose(options.kind, KINDS))
    for kind in [options.kind] if options.kind else KINDS:
        if not options.kind:
            print(f"{kind}:")
        rows = _rows(kind)
        wide = max((len(name) for name, _ in rows), default=0)
        for name, words in rows:
            print(f"{'' if options.kind else '  '}{name:{wide}}  {words}".rstrip())
    return 0


def _rows(kind: str) -> list[tuple[str, str]]:
    if kind == "scenes":
        return [(str(path), _first_line(path)) for path in sorted(Path("scenes").glob("*.*")) if path.suffix in (".py", ".toml")]
    if kind == "optimizers":
        from gdviz.descent.optimizers import OPTIMIZERS

        return [(name, method.__doc__.splitlines()[0] if method.__doc__ else "") for name, method in OPTIMIZERS.items()]
    if kind == "surfaces":
        from gdviz.descent.surfaces import SURFACES

        return [(name, f"{row.formula}: {row.source}") for name, row in SURFACES.items()]
    if kind == "themes":
        from gdviz.picture.theme import THEMES

        return [(name, f"ground {theme.ground}, text {theme.ink}") for name, theme in THEMES.items()]
    return [
        ("gif", ".gif: plays everywhere, loops"),
        ("mp4", ".mp4: H.264, for slides and browsers"),
        ("png", ".png: the last picture, as a poster"),
        ("frames", "a folder/ of PNG frames, one for each frame of the film"),
    ]


def _first_line(path: Path) -> str:
    """Return the title of a scene file, without running it."""
    import ast
    import tomllib

    try:
        if path.suffix == ".py":
            return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]
        return str(tomllib.loads(path.read_text("utf-8")).get("title", ""))
    except (SyntaxError, ValueError, OSError) as error:
        return f"(can't be read: {error})"


def _new(options: argparse.Namespace) -> int:
    """Write a scene script to start from."""
    path = Path(options.name if options.name.endswith(".py") else f"{options.name}.py")
    if not path.stem.isidentifier():
        raise BadScene("new", options.name, "allowed: a name of letters, digits and underscores, such as my_scene")
    try:
        with path.open("x", encoding="utf-8") as script:
            script.write(TEMPLATE)
    except FileExistsError:
        raise BadScene("new", str(path), "it exists already; choose another name") from None
    except OSError as error:
        raise BadInput(f"new: {path} can't be written: {error.strerror}") from None
    print(f"wrote {path}; now try: gdviz render {path}")
    return 0


def _numbers(text: str) -> Any:
    """Read a start: a number, or several with commas."""
    numbers = [float(part) for part in text.split(",")]
    return numbers[0] if len(numbers) == 1 else tuple(numbers)


def _setting(text: str) -> tuple[str, Any]:
    """Read `NAME=VALUE`."""
    name, equals, value = text.partition("=")
    if not equals:
        raise BadScene("--set", text, "allowed: NAME=VALUE, such as momentum=0.8")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    try:
        return name, float(value)
    except ValueError:
        raise BadScene("--set", text, "allowed: a number, true or false after the =") from None


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not (cross and width.isdecimal() and height.isdecimal()):
        raise BadScene("--size", text, "allowed: width and height in pixels, such as 1280x720")
    return int(width), int(height)


TEMPLATE = '''"""Find the m with the smallest loss

The first line above is the title of the film. These lines say what to watch: the arrow is the step, and it gets shorter as
the slope gets flatter, though the learning rate stays the same.
"""

from gdviz import GradientDescent, Scene

scene = Scene(
    # What is minimised: a formula of your own. `gdviz list surfaces` has some to start from.
    loss="(m - 3)**2 + 1",
    # By which method: GradientDescent, Momentum, Adam; see `gdviz list optimizers`.
    optimizer=GradientDescent(learning_rate=0.1),
    # From where, and how many steps at most.
    start=-2.4,
    steps=25,
    # More to try:
    # theme="dark",
    # ask=True,  # "Where will it land?", for the class to answer
    # pace="lesson",  # the first step phase by phase; "brief" is quicker
)

if __name__ == "__main__":
    scene.render()  # python my_scene.py writes output/my_scene.gif
'''
