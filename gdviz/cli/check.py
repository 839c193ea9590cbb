"""`gdviz check`: whether films play where they are to be shown, why not, and whether they are safe for eyes."""

import argparse

from gdviz.cli.parser import Parser
from gdviz.cli.printing import print_found

FILMS = "films: .gif, .mp4, .mov, .webm, .mkv, .webp, .apng, .png"


def add_check(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    add("files", nargs="+", metavar="FILE", help=FILMS)
    where = "where it is to be shown, such as powerpoint; everywhere unless given"
    add("--for", dest="place", default="", metavar="PLACE", help=where)
    add("--json", action="store_true", help="report as JSON")
    parser.set_defaults(verb=_check)


def _check(options: argparse.Namespace) -> int:
    """Return 0 where all play in PLACE, or somewhere unless it is given; 1 where one does not; 2 if unreadable."""
    from gdviz.publish.checking import checked

    return print_found(checked(options.files, options.place), as_json=options.json)
