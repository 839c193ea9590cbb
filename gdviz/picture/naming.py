"""What the runs of a film are called on the screen."""

from gdviz.descent.story import Story
from gdviz.words import short, word


def run_names(story: Story) -> list[str]:
    """Return what each run is called: its own name, or what tells it apart: its method, its rate, or its start."""
    runs = story.runs
    rates = [float(run.terms["learning_rate"][0, 0, 0]) for run in runs if "learning_rate" in run.terms]
    starts = [float(run.params[0, 0, 0]) for run in runs]
    usual = [f"{word('run')} {number}" for number in range(1, len(runs) + 1)]
    if len({run.name for run in runs}) == len(runs):
        usual = [run.name for run in runs]
    elif len(set(rates)) == len(runs):
        usual = [short(rate) for rate in rates]
    elif len(set(starts)) == len(runs):
        usual = [f"{story.loss.about.names[0]} = {short(start)}" for start in starts]
    return [own or name for own, name in zip(story.names or usual, usual, strict=True)]
