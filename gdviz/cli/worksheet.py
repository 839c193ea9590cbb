"""`gdviz worksheet`: a page of questions for a class, and one with the answers."""

import argparse
from pathlib import Path

from gdviz.cli import values
from gdviz.cli.parser import Parser
from gdviz.cli.sources import scenes_of
from gdviz.problems import BadScene


def add_worksheet(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    add("file", metavar="FILE", help="a scene file, .py or .toml")
    output = "a .pdf of two pages, or a .png, which gets a second one beside it (output/NAME_worksheet.pdf)"
    add("-o", "--output", metavar="PATH", help=output)
    add("--questions", type=values.whole, metavar="N", help="how many, 1 to 3; as many as there are steps")
    add("--theme", default="light", metavar="NAME", help="light or dark (light, whatever the scene says)")
    add("--lang", metavar="LANG", help="the language, where it is not to be the scene's: en, de, es, fr, ja, pt, zh")
    parser.set_defaults(verb=_worksheet)


def _worksheet(options: argparse.Namespace) -> None:
    from gdviz.worksheets import worksheet

    scenes = scenes_of([options.file])
    if options.output and len(scenes) > 1:
        allowed = f"it names one worksheet, and there are {len(scenes)} scenes; leave it out"
        raise BadScene("--output", options.output, allowed)
    for name, scene in scenes.items():
        target = options.output or Path("output") / f"{name}_worksheet.pdf"
        said = scene.with_(lang=options.lang) if options.lang else scene
        for path in worksheet(said, target, questions=options.questions, theme=options.theme):
            print(f"{path}  {path.stat().st_size / 1024:,.0f} KiB")
