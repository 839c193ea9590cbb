"""What the runs of a film are called on the screen."""

from collections.abc import Sequence

from gdviz.descent.story import Story
from gdviz.languages.breaks import is_wide, parts
from gdviz.words import listed, short, shown_names, word

_LONG = 11  # characters of a name in one line


def run_names(story: Story) -> list[str]:
    """Return what each run is called: its own name, or what tells it apart: its method, its rate, or its start."""
    runs = story.runs
    rates = [float(run.terms["learning_rate"][0, 0, 0]) for run in runs if "learning_rate" in run.terms]
    starts = [tuple(run.params[0, 0].tolist()) for run in runs]
    usual = [f"{word('run')} {number}" for number in range(1, len(runs) + 1)]
    if len({run.name for run in runs}) == len(runs):
        usual = [run.name for run in runs]
    elif len(set(rates)) == len(runs):
        usual = [short(rate) for rate in rates]
    elif len({(run.name, rate) for run, rate in zip(runs, rates, strict=False)}) == len(runs):
        usual = [f"{run.name} {short(rate)}" for run, rate in zip(runs, rates, strict=True)]
    elif len(set(starts)) == len(runs):
        usual = [_place(shown_names(story.loss.about.names), start) for start in starts]
    return [own or name for own, name in zip(story.names or usual, usual, strict=True)]


def side_names(story: Story, sides: Sequence[Sequence[int]]) -> list[str]:
    """Return what the sides of a race are called: of one run as the run, of several as their method."""
    if all(len(runs) == 1 for runs in sides):
        return run_names(story)
    first = [runs[0] for runs in sides]
    own = [story.names[run] if story.names else "" for run in first]
    methods = [story.runs[run].name for run in first]
    if len(set(methods)) < len(methods):
        rates = [story.runs[run].terms.get("learning_rate") for run in first]
        methods = [
            name if rate is None else f"{name} {short(float(rate.flat[0]))}"
            for name, rate in zip(methods, rates, strict=True)
        ]
    return [given or method for given, method in zip(own, methods, strict=True)]


def _place(names: tuple[str, ...], start: tuple[float, ...]) -> str:
    """Return a start as it is written: `m = 2`, or `2, 1` for several parameters."""
    return f"{names[0]} = {short(start[0])}" if len(start) == 1 else listed([*map(short, start[:2])])


def wrapped(name: str) -> list[str]:
    """Return a name in one line, or in two of nearly equal length, cut where a line may end."""
    cut = parts(name.strip())
    if _width(name) <= _LONG or len(cut) < 2:
        return [name]
    pairs = [("".join(cut[:k]), "".join(cut[k + 1 :])) for k in range(1, len(cut), 2)]
    return list(min(pairs, key=lambda pair: max(map(_width, pair))))


def _width(text: str) -> int:
    """Return how many letters would take the place of a text."""
    return len(text) + sum(map(is_wide, text))
