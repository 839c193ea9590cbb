"""`gdviz render`: the films of scene files."""

import argparse

from gdviz.cli.films import add_looks, make_films
from gdviz.cli.parser import Parser
from gdviz.cli.sources import scenes_of


def add_render(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="scene files, .py or .toml")
    add_looks(parser)
    parser.set_defaults(verb=_render)


def _render(options: argparse.Namespace) -> None:
    make_films(scenes_of(options.files), options)
