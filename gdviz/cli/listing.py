"""`gdviz list`: what there is to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from gdviz.cli.parser import Parser


def add_list(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    parser.add_argument("kind", nargs="?", choices=LISTS, metavar="KIND", help=f"{', '.join(LISTS)}; all unless given")
    parser.set_defaults(verb=_list)


def _list(options: argparse.Namespace) -> None:
    for kind in [options.kind] if options.kind else LISTS:
        if not options.kind:
            print(f"{kind}:")
        rows = LISTS[kind]()
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
    from gdviz.film.formats import FORMATS
    from gdviz.publish.documents import DOCUMENTS

    ends = {word: "a folder/" if row.is_folder else f"{row.ending}:" for word, row in FORMATS.items()}
    films = [(word, f"{ends[word]} {row.use}") for word, row in FORMATS.items()]
    return [*films, *((ending[1:], f"{ending}: {row.use}") for ending, row in DOCUMENTS.items())]


def _places() -> list[tuple[str, str]]:
    from gdviz.publish.destinations import DESTINATIONS

    return [(name, f"{place.title}: {', '.join(place.snippets)}") for name, place in DESTINATIONS.items()]


LISTS: dict[str, Callable[[], list[tuple[str, str]]]] = {
    "scenes": _scenes,
    "optimizers": _optimizers,
    "schedules": _schedules,
    "surfaces": _surfaces,
    "themes": _themes,
    "formats": _formats,
    "places": _places,
}
"""What can be listed, each with what returns its names and words."""
