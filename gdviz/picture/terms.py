"""What the numbers of an optimizer's rule are to the picture: one row a term."""

from dataclasses import dataclass

from gdviz.words import has_word, word


@dataclass(frozen=True)
class Term:
    """How a term is shown.

    role: whose colour it has. unit: `slope` or `parameter`, in which it is measured, or neither. seen: whether it is
    known before anything is decided. bar: whether the view of the inside draws it.
    """

    role: str = "ink"
    unit: str = ""
    seen: bool = False
    bar: bool = False


_SLOPE = Term("slope", "slope", bar=True)
_SIZE = Term("ink", "slope", bar=True)
_HIDDEN = Term("slope", "slope")
_STEP = Term("rate", "parameter", bar=True)
_PLACE = Term("parameter", "parameter", seen=True)
_RATE = Term("rate")
_SETTING = Term(seen=True)
# In the order in which the inside is told: from what is seen to what is done.
TERMS: dict[str, Term] = {
    "gradient": Term("slope", "slope", seen=True, bar=True),
    "clipped_gradient": _SLOPE,
    "velocity": Term("slope", "slope", seen=True, bar=True),
    "sum_of_gradients": _SLOPE,
    "mean_gradient": _SLOPE,
    "mean_ahead": _SLOPE,
    "mean_change": _SLOPE,
    "usual_size": _SIZE,
    "usual_surprise": _SIZE,
    "largest_size": _SIZE,
    "size_of_all": _SIZE,
    "root": Term("ink", "slope"),
    "epsilon": Term("ink", "slope"),
    "curvature": Term("ink", bar=True),
    "pull_of_all": _SLOPE,
    "strength": Term("ink", bar=True),
    "direction": Term("rate", bar=True),
    "past_steps": Term("rate", "parameter", seen=True, bar=True),
    "stride": _STEP,
    "usual_step": _STEP,
    "step": _STEP,
    "trial_step": Term("rate", "parameter", seen=True),
    "earlier_moves": Term("rate", "parameter"),
    "pull": Term("ink", "parameter"),
    "learning_rate": Term("rate", seen=True),
    "step_rate": _RATE,
    "step_length": _RATE,
    "effective_rate": _RATE,
    "choice": _RATE,
    "slope_used": _HIDDEN,
    "newton_direction": _HIDDEN,
    "orthogonal": _HIDDEN,
    "parameter": _PLACE,
    "leader": _PLACE,
    "average": Term("parameter", "parameter"),
    "momentum": _SETTING,
    "weight_decay": _SETTING,
    "decay": _SETTING,
    "lambd": _SETTING,
}
BARS = [name for name, term in TERMS.items() if term.bar]


def term(name: str) -> Term:
    """Return the row of a term; one that the table does not know is shown as plain text."""
    return TERMS.get(name, Term())


def term_word(name: str, slope: str) -> str:
    """Return the words for a term; one that the table does not know is called what the optimizer calls it."""
    if name == "gradient":
        return slope
    if name == "step":
        return word("step")
    key = f"term {name}"
    return word(key, slope=slope) if has_word(key) else name.replace("_", " ")
