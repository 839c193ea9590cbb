"""`gdviz show`: a film of a formula, without a scene file."""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gdviz.cli import values
from gdviz.cli.films import add_looks, check_films, make_films
from gdviz.cli.parser import Parser
from gdviz.problems import BadInput, BadScene, choose

_RECORDINGS = (".npz", ".csv", ".json")


def add_show(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    add = parser.add_argument
    what = (
        'a formula such as "(m - 3)**2 + 1", a name of `gdviz list surfaces`, or a training run: a .npz file, a folder'
    )
    add("formula", help=what)
    add("--start", type=values.numbers, metavar="M", help="where to begin; numbers for several parameters as 1,2")
    optimizer = "see `gdviz list optimizers`; given again: a race, all at once"
    add("--optimizer", action="append", metavar="NAME", help=optimizer)
    recorded = "a run to show as it was recorded: .csv, .json or .npz; may be given again, and beside optimizers"
    add("--recorded", action="append", metavar="FILE", help=recorded)
    add("--tune", action="store_true", help="find the best learning rate of each optimizer by a search")
    add("--learning-rate", "--lr", type=values.number, metavar="RATE", help="how far a step goes for a slope of one")
    another = "another setting of the optimizer; of several, of those that have it"
    add("--set", type=values.setting, action="append", metavar="NAME=VALUE", help=another)
    add("--steps", type=values.whole, metavar="N", help="how many updates (25, or as many as were recorded)")
    add("--title", metavar="TEXT", help="the title of the film")
    add("--inside", action="store_true", help="show what goes on inside of the optimizer")
    add_looks(parser)
    parser.set_defaults(verb=_show)


def _show(options: argparse.Namespace) -> None:
    from gdviz.scene import Scene
    from gdviz.scenefile.by_name import optimizer_named, rated
    from gdviz.words import shown_names

    run = _training_run(options)
    if run is not None:
        title = f"Training: {run.name}" if options.title is None else options.title
        make_films({"film": Scene(run, title=title, steps=options.steps)}, options)
        return
    loss = _loss(options.formula)
    optimizers = _recordings(options)
    names = options.optimizer or ([] if optimizers else ["GradientDescent"])
    shared = _shared(names, _settings(options))
    optimizers += [optimizer_named(name, rated(name, settings)) for name, settings in shared]
    title = options.title
    if title is None:
        title = f"Find the {' and '.join(shown_names(loss.about.names))} with the smallest loss"
    goes: dict[str, Any] = {"race": optimizers} if len(optimizers) > 1 else {"optimizer": optimizers[0]}
    goes |= {"start": options.start, "steps": options.steps, "tune": options.tune, "inside": options.inside}
    scene = Scene(loss, title=title, **goes)
    if not options.tune:
        _check_rates(shared, lambda: check_films({"film": scene}, options))
    make_films({"film": scene}, options)
    if not (options.json or options.quiet):
        for search in scene.tuning():
            print(search)


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    """Return the settings of the optimizers. Raises BadInput for a rate that would be ignored."""
    settings = dict(options.set or ())
    if options.learning_rate is not None:
        if "learning_rate" in settings:
            raise BadInput("--set learning_rate: --learning-rate says it too; give one of them")
        settings["learning_rate"] = options.learning_rate
    if options.tune and "learning_rate" in settings:
        option = "--learning-rate" if options.learning_rate is not None else "--set learning_rate"
        raise BadInput(f"{option}: --tune finds the learning rate by itself; give one of them")
    return settings


def _training_run(options: argparse.Namespace) -> Any:
    """Return the training run that is to be shown, be it a file or a folder of checkpoints; None for a formula."""
    given = Path(options.formula)
    if not given.is_dir() and given.suffix.lower() not in _RECORDINGS:
        return None
    refused = ("start", "optimizer", "recorded", "tune", "learning_rate", "set", "inside")
    for option in refused:
        if getattr(options, option) not in (None, False):
            raise BadInput(f"--{option.replace('_', '-')}: a training run can't be changed; leave it out")
    if given.is_dir():
        from gdviz.checkpoint_folder import checkpoints

        return checkpoints(given)
    from gdviz.descent.training_run import TrainingRun

    return TrainingRun.load(given)


def _shared(names: Sequence[str], settings: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return each optimizer with its settings: of several each takes those that it has, and every one must be taken."""
    if len(names) == 1:
        return [(names[0], settings)]
    from gdviz.scenefile.by_name import settings_of

    known = {name: settings_of(name) for name in names}
    every = sorted(set().union(*known.values()))
    for setting in settings:
        if setting not in every:
            raise BadScene("--set", setting, choose(setting, every))
    return [(name, {one: value for one, value in settings.items() if one in known[name]}) for name in names]


def _recordings(options: argparse.Namespace) -> list[Any]:
    """Return every run of the files of recordings; beside them alone there is nothing to set."""
    from gdviz.descent.recorded import Recorded

    if options.recorded and not options.optimizer:
        for option, given in (("--learning-rate", options.learning_rate), ("--set", options.set)):
            if given is not None:
                raise BadInput(f"{option}: a recording can't be changed; give it with --optimizer")
        if options.tune:
            raise BadInput("--tune: a recording can't be changed; give it with --optimizer")
    return [run for file in options.recorded or () for run in Recorded.all_of(file)]


def _check_rates(shared: Sequence[tuple[str, dict[str, Any]]], check_others: Callable[[], object]) -> None:
    """Raise BadInput for an optimizer without a rate, where nothing else is wrong, which is told first."""
    from gdviz.scenefile.by_name import needs_rate

    for name, settings in shared:
        if needs_rate(name) and "learning_rate" not in settings:
            check_others()
            raise BadInput(f"--learning-rate: {name} needs one; give --learning-rate 0.1, or --tune to find it")


def _loss(text: str) -> Any:
    """Return a named surface or a formula; a single word is a name, for as a formula it would have no minimum."""
    from gdviz.descent.formula import Formula
    from gdviz.descent.surfaces import surface

    return surface(text) if text.isidentifier() and len(text) > 1 else Formula(text)
