"""`gdviz show`: a film of a formula, without a scene file."""

import argparse
from typing import Any

from gdviz.cli import values
from gdviz.cli.films import add_looks, make_films
from gdviz.cli.parser import Parser
from gdviz.problems import BadInput


def add_show(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    add("formula", help='a formula such as "(m - 3)**2 + 1", or a name from `gdviz list surfaces`')
    add("--start", type=values.numbers, metavar="M", help="where to begin; numbers for several parameters as 1,2")
    optimizer = "see `gdviz list optimizers`; given again: a race, all at once"
    add("--optimizer", action="append", metavar="NAME", help=optimizer)
    add("--tune", action="store_true", help="find the best learning rate of each optimizer by a search")
    add("--learning-rate", "--lr", type=values.number, metavar="RATE", help="how far a step goes for a slope of one")
    add("--set", type=values.setting, action="append", metavar="NAME=VALUE", help="another setting of the optimizer")
    add("--steps", type=values.whole, default=25, metavar="N", help="how many updates (25)")
    add("--title", metavar="TEXT", help="the title of the film")
    add("--inside", action="store_true", help="show what goes on inside of the optimizer")
    add_looks(parser)
    parser.set_defaults(verb=_show)


def _show(options: argparse.Namespace) -> None:
    from gdviz.scene import Scene

    settings = dict(options.set or ())
    if options.learning_rate is not None:
        settings["learning_rate"] = options.learning_rate
    loss = _loss(options.formula)
    optimizers = [_optimizer(name, settings, options.tune) for name in options.optimizer or ["GradientDescent"]]
    title = options.title
    if title is None:
        title = f"Find the {' and '.join(loss.about.names)} with the smallest loss"
    goes: dict[str, Any] = {"race": optimizers} if len(optimizers) > 1 else {"optimizer": optimizers[0]}
    goes |= {"start": options.start, "steps": options.steps, "tune": options.tune, "inside": options.inside}
    make_films({"film": Scene(loss, title=title, **goes)}, options)


def _optimizer(name: str, settings: dict[str, Any], tune: bool) -> Any:
    """Return an optimizer; one that is to be tuned needs no rate, for it does not matter where the search begins."""
    from gdviz.scenefile.by_name import needs_rate, optimizer_named

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
