"""`gdviz sheet`: the key moments of scenes on paper."""

import argparse

from gdviz.cli.parser import Parser
from gdviz.cli.printing import print_rows, row
from gdviz.cli.sources import scenes_of


def add_sheet(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    add("file", metavar="FILE", nargs="+", help="scene files, .py or .toml; a page for each scene")
    output = "a .pdf, or for one scene a .png (output/sheet.pdf)"
    add("-o", "--output", default="output/sheet.pdf", metavar="PATH", help=output)
    add("--theme", default="light", metavar="NAME", help="light or dark (light, whatever the scene says)")
    add("--paper", default="a4", metavar="NAME", help="a4 or letter (a4)")
    parser.set_defaults(verb=_sheet)


def _sheet(options: argparse.Namespace) -> None:
    from gdviz.publish.contact_sheet import contact_sheet

    scenes = list(scenes_of(options.file).values())
    print_rows([row(contact_sheet(scenes, options.output, theme=options.theme, paper=options.paper))])
