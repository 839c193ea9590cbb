"""The command line. Each verb is: read the arguments, make one call to the library, print.

Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 2 something asked for can't
be used, 4 something to install is missing, 5 the film could not be made, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from gdviz import __version__
from gdviz.problems import BadInput, BadScene, Problem, choose

TYPE_CHECKING = False  # typing takes a quarter of the time in which `gdviz --help` should answer
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NoReturn

    from gdviz.film.film import Written
    from gdviz.renderer import Advance, Meter
    from gdviz.scene import Scene

    Row = dict[str, Any]  # what is told about a file

EXAMPLES = """examples:
  gdviz render scenes/first_steps.py
  gdviz render scenes/hubble.py -o talk.mp4 -o talk.gif -q h --theme dark
  gdviz show "m**4 - 3*m**2 + m" --start -1.8 --optimizer adam --learning-rate 0.1 --steps 60 -o film.gif
  gdviz show beale --optimizer momentum --optimizer adam --tune --steps 100 -o race.mp4
  gdviz worksheet scenes/first_steps.py --questions 3
  gdviz list optimizers
  gdviz gallery -o surfaces.png
  gdviz new my_scene
"""
KINDS = ("scenes", "optimizers", "schedules", "surfaces", "themes", "formats")
QUALITIES = ("l", "m", "h", "k")
ENDS = {"gif": ".gif", "mp4": ".mp4", "png": ".png", "frames": "/"}

# What begins with a minus and is a value all the same: numbers, and formulas such as -m**2 or -sin(m).
_VALUE = re.compile(r"-(\d|\.\d|inf|nan|\(|\w+\s*[-+*/(^])")
_OTHER_SPELLINGS = re.compile(r"^(--[\w-]+)(?:/--[\w-]+)+(?=:)")  # argparse names all the long words of an option


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        options = _parsed(arguments)
        options.verb(options)
        sys.stdout.flush()
    except Problem as problem:
        print(f"gdviz: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("gdviz: stopped; nothing half-written is left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who read our output has seen enough, as `head` does; Python would complain again when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


# Reading the arguments


class _Parser(argparse.ArgumentParser):
    """Takes negative numbers and formulas as values, and answers with one sentence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._negative_number_matcher = _VALUE

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        raise BadInput(_OTHER_SPELLINGS.sub(r"\1", message.removeprefix("argument ")))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise BadScene(str(action.metavar).lower(), value, choose(value, action.choices))


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    options, unknown = _parser().parse_known_args(arguments)
    if unknown and unknown[0].startswith("-"):
        raise BadScene("option", unknown[0], choose(unknown[0].partition("=")[0], options.known))
    if unknown:
        raise BadScene("argument", unknown[0], "it is one too many")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="gdviz",
        description="Teaching animations of gradient descent: from a scene to a GIF or an MP4.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gdviz {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=_Parser)
    _add_render(verbs.add_parser("render", help="make the films of scene files"))
    _add_show(verbs.add_parser("show", help="make a film of a formula, without a scene file"))
    _add_worksheet(verbs.add_parser("worksheet", help="make a page of questions for a class, and one with the answers"))
    _add_list(verbs.add_parser("list", help=f"list {', '.join(KINDS)}"))
    _add_gallery(verbs.add_parser("gallery", help="draw all named surfaces on one sheet"))
    _add_new(verbs.add_parser("new", help="write a commented scene script to start from"))
    for verb in verbs.choices.values():
        words = [word for action in verb._actions for word in action.option_strings]
        verb.set_defaults(known=[word for word in words if word.startswith("--")])
    return parser


def _add_render(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="scene files, .py or .toml")
    _add_looks(parser)
    parser.set_defaults(verb=_render)


def _add_show(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("formula", help='a formula such as "(m - 3)**2 + 1", or a name from `gdviz list surfaces`')
    add("--start", type=_numbers, metavar="M", help="where to begin; numbers for several parameters as 1,2")
    optimizer = "see `gdviz list optimizers`; given again: a race, all at once"
    add("--optimizer", action="append", metavar="NAME", help=optimizer)
    add("--tune", action="store_true", help="find the best learning rate of each optimizer by a search")
    add("--learning-rate", "--lr", type=_number, metavar="RATE", help="how far a step goes for a slope of one")
    another = "another setting of the optimizer; of several, of those that have it"
    add("--set", type=_setting, action="append", metavar="NAME=VALUE", help=another)
    add("--steps", type=_whole, default=25, metavar="N", help="how many updates (25)")
    add("--title", metavar="TEXT", help="the title of the film")
    add("--inside", action="store_true", help="show what goes on inside of the optimizer")
    _add_looks(parser)
    parser.set_defaults(verb=_show)


def _add_worksheet(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("file", metavar="FILE", help="a scene file, .py or .toml")
    output = "a .pdf of two pages, or a .png, which gets a second one beside it (output/NAME_worksheet.pdf)"
    add("-o", "--output", metavar="PATH", help=output)
    add("--questions", type=_whole, metavar="N", help="how many, 1 to 3; as many as there are steps")
    add("--theme", default="light", metavar="NAME", help="light or dark (light, whatever the scene says)")
    parser.set_defaults(verb=_worksheet)


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("kind", nargs="?", choices=KINDS, metavar="KIND", help=f"{', '.join(KINDS)}; all unless given")
    parser.set_defaults(verb=_list)


def _add_gallery(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("-o", "--output", default="output/surfaces.png", metavar="PATH", help="a .png or a .pdf (output/surfaces.png)")
    add("--theme", metavar="NAME", help="light or dark")
    add("--columns", type=_whole, metavar="N", help="how many pictures in a row (7)")
    parser.set_defaults(verb=_gallery)


def _add_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the script's name, with or without .py")
    parser.set_defaults(verb=_new)


def _add_looks(parser: argparse.ArgumentParser) -> None:
    """Add what every film can be asked for."""
    add = parser.add_argument
    output = "a file to write: .gif, .mp4, .png, or a folder/ for frames; may be given again"
    add("-o", "--output", action="append", metavar="PATH", help=output)
    formats = "gif, mp4, png or frames, named after the scene; may be given again"
    add("--format", action="append", choices=tuple(ENDS), metavar="FORMAT", help=formats)
    add("--folder", default="output", metavar="DIR", help="where films named after their scenes go (output)")
    quality = "l 854x480, m 1280x720 (usual), h 1920x1080, k 3840x2160"
    add("-q", "--quality", choices=QUALITIES, metavar="QUALITY", help=quality)
    add("--size", type=_size, metavar="WxH", help="width and height in pixels")
    add("--fps", type=_whole, metavar="N", help="frames a second (25)")
    add("--theme", metavar="NAME", help="light or dark")
    add("--pace", type=_pace, metavar="P", help="lesson, brief, auto, or a number of frames for every step")
    add("--hold", type=_number, metavar="S", help="seconds that the last picture stays")
    add("--loop", type=_whole, metavar="N", help="how often a GIF plays; for ever unless given")
    add("--ask", action="store_true", help="ask the class where it will land, before each slow move")
    add("--quiet", action="store_true", help="no progress and no report")
    add("--json", action="store_true", help="report as JSON")
    add("-n", "--dry-run", action="store_true", help="check everything and say what would be written")


def _refusal(text: str, allowed: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text[:60]!r} can't be used; allowed: {allowed}")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _refusal(text, "a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _refusal(text, "a number") from None


def _numbers(text: str) -> float | tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise _refusal(text, "a number, or one for each parameter, such as -1.8,2") from None
    return numbers[0] if len(numbers) == 1 else numbers


def _size(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,9})[xX×]([0-9]{1,9})", text)
    if not found:
        raise _refusal(text, "width and height in pixels, such as 1280x720")
    return int(found[1]), int(found[2])


def _pace(text: str) -> str | int:
    return _whole(text) if text.isdecimal() else text


def _setting(text: str) -> tuple[str, int | float | bool | str]:
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise _refusal(text, "NAME=NUMBER, NAME=true, NAME=false or NAME=WORD, such as momentum=0.8")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            pass
    return name, value


# Films


def _render(options: argparse.Namespace) -> None:
    """Make the films of scene files."""
    scenes = _loaded(options.files)
    if options.output and len(scenes) > 1:
        allowed = f"it names one film, and there are {len(scenes)} scenes; use --format"
        raise BadScene("--output", options.output[0], allowed)
    _film(scenes, options)


def _loaded(files: Iterable[str]) -> dict[str, Scene]:
    """Return the scenes of all files by the names of their films, of which no two may be the same."""
    from gdviz.scenefile import load

    scenes: dict[str, Scene] = {}
    sources: dict[str, str] = {}
    for file in dict.fromkeys(files):
        for name, scene in load(file).items():
            if name in sources:
                allowed = f"its film would have the name of that of {sources[name]}; render one after the other with -o"
                raise BadScene("scene files", file, allowed)
            scenes[name], sources[name] = scene, file
    return scenes


def _show(options: argparse.Namespace) -> None:
    """Make a film of a formula."""
    from gdviz.scene import Scene
    from gdviz.words import shown_names

    settings = dict(options.set or ())
    if options.learning_rate is not None:
        settings["learning_rate"] = options.learning_rate
    loss = _loss(options.formula)
    names = options.optimizer or ["GradientDescent"]
    optimizers = [_optimizer(name, own, options.tune) for name, own in _shared(names, settings)]
    title = options.title
    if title is None:
        title = f"Find the {' and '.join(shown_names(loss.about.names))} with the smallest loss"
    goes: dict[str, Any] = {"race": optimizers} if len(optimizers) > 1 else {"optimizer": optimizers[0]}
    goes |= {"start": options.start, "steps": options.steps, "tune": options.tune, "inside": options.inside}
    scene = Scene(loss, title=title, **goes)
    _film({"film": scene}, options)
    if not (options.json or options.quiet):
        for search in scene.tuning():
            print(search)


def _shared(names: Sequence[str], settings: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return each optimizer with its settings: of several each takes those that it has, and every one must be taken."""
    if len(names) == 1:
        return [(names[0], settings)]
    from gdviz.scenefile import settings_of

    known = {name: settings_of(name) for name in names}
    every = sorted(set().union(*known.values()))
    for setting in settings:
        if setting not in every:
            raise BadScene("--set", setting, choose(setting, every))
    return [(name, {one: value for one, value in settings.items() if one in known[name]}) for name in names]


def _optimizer(name: str, settings: dict[str, Any], tune: bool) -> Any:
    """Return an optimizer; one that is to be tuned needs no rate, for it does not matter where the search begins."""
    from gdviz.scenefile import needs_rate, optimizer_named

    if needs_rate(name) and "learning_rate" not in settings:
        if not tune:
            raise BadInput(f"--learning-rate: {name} needs one; give --learning-rate 0.1, or --tune to find it")
        settings = {"learning_rate": 0.01, **settings}
    return optimizer_named(name, settings)


def _loss(text: str) -> Any:
    """Return a named surface or a formula; a single word is a name, for as a formula it would have no minimum."""
    from gdviz.descent.formula import Formula
    from gdviz.descent.surfaces import surface

    return surface(text) if text.isidentifier() and len(text) > 1 else Formula(text)


def _film(scenes: dict[str, Scene], options: argparse.Namespace) -> None:
    """Make one film after the other, and report."""
    from gdviz.film.write import check_targets
    from gdviz.renderer import render

    films = [(scene.with_(**_changes(options)), _targets(name, options)) for name, scene in scenes.items()]
    check_targets([target for _, targets in films for target in targets])
    rows: list[Row] = []
    for scene, targets in films:
        if options.dry_run:
            made = _planned(scene, targets)
        else:
            made = [_row(one) for one in render(scene, *targets, meter=_meter(options, targets))]
        rows += made
        if not (options.json or options.quiet):
            _print(made)
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
    named = (os.path.join(options.folder, name) + ENDS[asked] for asked in dict.fromkeys(formats))  # noqa: PTH118
    return [*(options.output or ()), *named]  # texts, as a Path would lose the slash of a folder of frames


def _row(made: Written) -> Row:
    """Return what is told about a file that was made."""
    row = {"path": str(made.path), "format": made.format, "frames": made.frames, "seconds": made.seconds}
    return {**row, "bytes": made.bytes}


def _planned(scene: Scene, targets: list[str]) -> list[Row]:
    """Return what would be told about the files of a scene, were they made."""
    from gdviz.film.write import format_of
    from gdviz.renderer import prepare

    ticks = prepare(scene, targets).ticks
    rows = []
    for target, kind in ((target, format_of(target)) for target in targets):
        frames, seconds = (1, 0.0) if kind.still else (ticks, ticks / scene.fps)
        rows.append({"path": str(Path(target)), "format": kind.name, "frames": frames, "seconds": seconds})
    return rows


def _print(rows: Iterable[Row]) -> None:
    for row in rows:
        length = [f"{row['seconds']:.1f} s"] if row["seconds"] else []
        weight = f"{row['bytes'] / 1024:,.0f} KiB" if "bytes" in row else "not written"
        print(f"{row['path']}  {', '.join([*length, weight])}")


def _worksheet(options: argparse.Namespace) -> None:
    """Make the worksheets of a scene file."""
    from gdviz.worksheets import worksheet

    scenes = _loaded([options.file])
    if options.output and len(scenes) > 1:
        allowed = f"it names one worksheet, and there are {len(scenes)} scenes; leave it out"
        raise BadScene("--output", options.output, allowed)
    for name, scene in scenes.items():
        target = options.output or Path("output") / f"{name}_worksheet.pdf"
        for path in worksheet(scene, target, questions=options.questions, theme=options.theme):
            print(f"{path}  {path.stat().st_size / 1024:,.0f} KiB")


def _meter(options: argparse.Namespace, targets: list[str]) -> Meter:
    """Return a progress bar for a terminal, or silence."""
    from contextlib import contextmanager

    from gdviz.renderer import silent

    if options.quiet or options.json or not sys.stderr.isatty():
        return silent

    @contextmanager
    def bar(pictures: int) -> Iterator[Advance]:
        from tqdm import tqdm

        name = Path(targets[0]).name
        with tqdm(total=pictures, desc=name, unit=" pictures", leave=False, file=sys.stderr) as shown:
            yield shown.update
            shown.refresh()  # the last of it, which came too soon after the one before to be shown

    return bar


# Lists


def _list(options: argparse.Namespace) -> None:
    """List what there is."""
    for kind in [options.kind] if options.kind else KINDS:
        if not options.kind:
            print(f"{kind}:")
        rows = ROWS[kind]()
        wide = max((len(name) for name, _ in rows), default=0)
        for name, words in rows:
            print(f"{'' if options.kind else '  '}{name:{wide}}  {words}".rstrip())


def _scenes() -> list[tuple[str, str]]:
    found = sorted(path for path in Path("scenes").glob("*.*") if path.suffix in (".py", ".toml"))
    return [(str(path), _title_in(path)) for path in found]


def _title_in(path: Path) -> str:
    """Return the title of a scene file, without running it."""
    import ast
    import tomllib

    try:
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
        return str(tomllib.loads(text).get("title", ""))
    except (SyntaxError, ValueError, OSError, RecursionError) as error:
        return f"(can't be read: {error})"


def _optimizers() -> list[tuple[str, str]]:
    from gdviz.descent.optimizers import OPTIMIZERS

    return [(name, f"{_first_line(method)} Form of: {method.form}") for name, method in OPTIMIZERS.items()]


def _schedules() -> list[tuple[str, str]]:
    from gdviz.descent.schedules import SCHEDULES

    return [(name, _first_line(schedule)) for name, schedule in SCHEDULES.items()]


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").partition("\n")[0]


def _surfaces() -> list[tuple[str, str]]:
    from gdviz.descent.surfaces import SURFACES

    return [(name, f"{row.source}: {row.formula}") for name, row in SURFACES.items()]


def _themes() -> list[tuple[str, str]]:
    from gdviz.picture.theme import THEMES

    return [(name, f"ground {theme.ground}, text {theme.ink}") for name, theme in THEMES.items()]


def _formats() -> list[tuple[str, str]]:
    return [
        ("gif", ".gif: plays everywhere, loops"),
        ("mp4", ".mp4: H.264, for slides and browsers"),
        ("png", ".png: the last picture, as a poster"),
        ("frames", "a folder/ of PNG frames, one for each frame of the film"),
    ]


ROWS: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "scenes": _scenes,
    "optimizers": _optimizers,
    "schedules": _schedules,
    "surfaces": _surfaces,
    "themes": _themes,
    "formats": _formats,
}


# The gallery


def _gallery(options: argparse.Namespace) -> None:
    """Draw the sheet of all named surfaces."""
    from gdviz.sheet import gallery

    asked = {"theme": options.theme, "columns": options.columns}
    made = gallery(options.output, **{name: value for name, value in asked.items() if value is not None})
    _print([_row(made)])


# A new scene


def _new(options: argparse.Namespace) -> None:
    """Write a scene script to start from."""
    path = Path(options.name if options.name.endswith(".py") else f"{options.name}.py")
    if not path.stem.isidentifier():
        raise BadScene("new", options.name, "allowed: a name of letters, digits and underscores, such as my_scene")
    try:
        _create(path, TEMPLATE.replace("my_scene.py", str(path)).replace("my_scene", path.stem))
    except FileExistsError:
        raise BadScene("new", str(path), "it exists already; choose another name") from None
    except OSError as error:
        raise BadInput(f"new: {path} can't be written: {error.strerror}") from None
    print(f"wrote {path}; now try: gdviz render {path}")


def _create(path: Path, text: str) -> None:
    """Write a file that does not exist yet, whole or not at all."""
    with path.open("x", encoding="utf-8") as script:
        try:
            script.write(text)
            script.flush()
        except OSError:
            path.unlink()
            raise


TEMPLATE = '''"""Find the m with the smallest loss

The first line above is the title of the film. These lines say what to watch: the arrow is the step, and it gets
shorter as the slope gets flatter, though the learning rate stays the same.
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
