"""What things are called on the screen: the numbers of a rule, and the runs of a film."""

from gdviz.descent.story import Story
from gdviz.words import has_word, short, word

_SLOPE = {
    "gradient", "clipped_gradient", "mean_gradient", "mean_ahead", "mean_change", "velocity", "orthogonal",
    "sum_of_gradients", "slope_used", "first_moment", "newton_direction", "curvature", "surprise",
}  # fmt: skip
_RATE = {
    "learning_rate", "step_rate", "stride", "trial_step", "past_steps", "step_length", "step", "usual_step",
    "effective_rate", "choice",
}  # fmt: skip
_PARAMETER = {"parameter", "leader", "average"}


def term_role(name: str) -> str:
    """Return the role that gives a term its colour."""
    return "slope" if name in _SLOPE else "rate" if name in _RATE else "parameter" if name in _PARAMETER else "ink"


def term_word(name: str, slope: str) -> str:
    """Return the words for a term; one that the table does not know is called what the optimizer calls it."""
    if name == "gradient":
        return slope
    key = f"term {name}"
    return word(key, slope=slope) if has_word(key) else name.replace("_", " ")


def run_names(story: Story) -> list[str]:
    """Return what each run is called: its own name, or what tells it apart: its method, its rate, or its start."""
    runs = story.runs
    rates = [float(run.terms["learning_rate"][0, 0, 0]) for run in runs if "learning_rate" in run.terms]
    starts = [float(run.params[0, 0, 0]) for run in runs]
    usual = [""] * len(runs)
    if len({run.name for run in runs}) == len(runs):
        usual = [run.name for run in runs]
    elif len(set(rates)) == len(runs):
        usual = [short(rate) for rate in rates]
    elif len(set(starts)) == len(runs):
        usual = [f"{story.loss.about.names[0]} = {short(start)}" for start in starts]
    return [own or name for own, name in zip(story.names or usual, usual, strict=True)]
