"""The verbs there are, and the reading of a whole command."""

import argparse
from collections.abc import Callable, Sequence

from gdviz import __version__
from gdviz.cli.check import add_check
from gdviz.cli.gallery import add_gallery
from gdviz.cli.inspect import add_inspect
from gdviz.cli.listing import LISTS, add_list
from gdviz.cli.new import add_new
from gdviz.cli.parser import Parser
from gdviz.cli.render import add_render
from gdviz.cli.sheet import add_sheet
from gdviz.cli.show import add_show
from gdviz.cli.worksheet import add_worksheet
from gdviz.problems import BadScene, choose

EXAMPLES = """examples:
  gdviz render scenes/first_steps.py
  gdviz render scenes/hubble.py -o talk.mp4 -o talk.gif -q h --theme dark
  gdviz show "m**4 - 3*m**2 + m" --start -1.8 --optimizer adam --learning-rate 0.1 --steps 60 -o film.gif
  gdviz show beale --optimizer momentum --optimizer adam --tune --steps 100 -o race.mp4
  gdviz show "(m - 3)**2 + 1" --recorded run.csv -o film.gif
  gdviz worksheet scenes/first_steps.py --questions 3
  gdviz sheet scenes/first_steps.py -o handout.pdf
  gdviz list optimizers
  gdviz gallery -o surfaces.png
  gdviz new my_scene
"""

VERBS: tuple[tuple[str, Callable[[Parser], None], str], ...] = (
    ("render", add_render, "make the films of scene files"),
    ("show", add_show, "make a film of a formula, without a scene file"),
    ("worksheet", add_worksheet, "make a page of questions for a class, and one with the answers"),
    ("sheet", add_sheet, "lay the key moments of scenes on a page, for a handout"),
    ("list", add_list, f"list {', '.join(LISTS)}"),
    ("gallery", add_gallery, "draw all named surfaces on one sheet"),
    ("check", add_check, "say whether films play where they are to be shown, and why not"),
    ("inspect", add_inspect, "say what films are, and what they say about themselves"),
    ("new", add_new, "write a commented scene script to start from"),
)
"""The word of each verb, what adds its arguments and says which function runs it, and what `gdviz --help` tells."""


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read a command, that of the process unless given. `options.verb(options)` runs it.

    Raises BadInput for what can't be read, with the nearest match of a misspelt option.
    """
    options, unknown = _parser().parse_known_args(arguments)
    if unknown and unknown[0].startswith("-"):
        raise BadScene("option", unknown[0], choose(unknown[0].partition("=")[0], options.spellings.values()))
    if unknown:
        raise BadScene("argument", unknown[0], "it is one too many")
    return options


def _parser() -> Parser:
    parser = Parser(
        prog="gdviz",
        description="Teaching animations of gradient descent: from a scene to a GIF or an MP4.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"gdviz {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    for word, add, told in VERBS:
        verb = verbs.add_parser(word, help=told)
        add(verb)
        verb.set_defaults(spellings=verb.spellings)
    return parser
