"""`gdviz inspect`: what films are, and what they say about themselves."""

import argparse

from gdviz.cli.check import FILMS
from gdviz.cli.parser import Parser
from gdviz.cli.printing import print_found


def add_inspect(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    parser.add_argument("files", nargs="+", metavar="FILE", help=FILMS)
    parser.add_argument("--json", action="store_true", help="report as JSON")
    parser.set_defaults(verb=_inspect)


def _inspect(options: argparse.Namespace) -> int:
    """Return 0, or 2 where a film can't be read."""
    from gdviz.publish.inspecting import inspected

    return print_found(inspected(options.files), as_json=options.json)
