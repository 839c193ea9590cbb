"""`gdviz gallery`: all named surfaces on one sheet."""

import argparse

from gdviz.cli import values
from gdviz.cli.parser import Parser
from gdviz.cli.printing import print_rows, row


def add_gallery(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    add("-o", "--output", default="output/surfaces.png", metavar="PATH", help="a .png or a .pdf (output/surfaces.png)")
    add("--theme", metavar="NAME", help="light or dark")
    add("--lang", metavar="LANG", help="the language of the headings: en, de, es, fr, ja, pt, zh")
    add("--columns", type=values.whole, metavar="N", help="how many pictures in a row (7)")
    parser.set_defaults(verb=_gallery)


def _gallery(options: argparse.Namespace) -> None:
    from gdviz.surface_gallery import gallery

    asked = {"theme": options.theme, "columns": options.columns, "lang": options.lang}
    made = gallery(options.output, **{name: value for name, value in asked.items() if value is not None})
    print_rows([row(made)])
