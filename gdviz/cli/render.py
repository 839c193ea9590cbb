"""`gdviz render`: the films of scene files."""

import argparse

from gdviz.cli.films import add_looks, make_films
from gdviz.cli.parser import Parser
from gdviz.cli.sources import scenes_of
from gdviz.problems import BadScene


def add_render(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="scene files, .py or .toml")
    add_looks(parser)
    parser.set_defaults(verb=_render)


def _render(options: argparse.Namespace) -> None:
    scenes = scenes_of(options.files)
    if options.output and len(scenes) > 1:
        allowed = f"it names one film, and there are {len(scenes)} scenes; use --format"
        raise BadScene("--output", options.output[0], allowed)
    make_films(scenes, options)
