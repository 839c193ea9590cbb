"""How many decimals each quantity of a story is shown with: one number for each, in every panel and in the rule."""

import math
from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.story import Story
from gdviz.descent.trajectory import Trajectory

_SLOW = 3  # steps that are taken slowly enough to be worked out by hand


@dataclass(frozen=True)
class Digits:
    """Decimals of the parameters (and of the step), of the loss and of the slope.

    bases, loss_base: round numbers from which each parameter that is drawn, and the loss, are told; 0 for those that
    are written whole.
    """

    param: int
    loss: int
    slope: int
    bases: tuple[float, ...] = ()
    loss_base: float = 0.0

    def base(self, axis: int) -> float:
        """Return the number from which a parameter is told."""
        return self.bases[axis] if axis < len(self.bases) else 0.0


def digits(story: Story) -> Digits:
    """Choose the decimals: enough to see the steps, and one more where a sum on the screen would not close.

    A sum closes when the numbers of the rule, worked out by hand as they are shown, give the number that is shown.
    """
    if story.loss.about.dim == 1:
        params, losses = np.array(story.window.params), np.array(story.window.loss)
    else:
        params = np.concatenate([run.params.reshape(-1, story.loss.about.dim) for run in story.runs])
        seen = np.concatenate([run.loss[:, 0] for run in story.runs])
        low = seen.min()
        losses = seen[seen - low <= 10 * (seen[0] - low)]
    slopes = [np.abs(story.gradients(run).ravel()) for run in range(len(story.runs))]
    slope = decimals(2 * float(np.quantile(np.concatenate(slopes), 0.9)))
    least = decimals(_spread(params))
    told_slowly = len(story.runs) == 1 and story.loss.about.dim == 1
    param = min((least, least + 1), key=lambda d: _open_sums(story, d, slope)) if told_slowly else least
    dim, loss = story.loss.about.dim, decimals(float(np.ptp(losses)))
    axes = (story.window.params,) if dim == 1 else story.plane if dim == 2 else ()
    bases = tuple(_base(low, high, param) for low, high in axes)
    lowest = min([float(losses.min()), *story.depths])
    return Digits(param, loss, slope, bases, _base(lowest, float(losses.max()), loss))


def _base(low: float, high: float, places: int) -> float:
    """Return the roundest number of an interval in which numbers with so many decimals would look alike, else 0.

    They do where they are too large, or too finely apart, to be written whole, and are within a hundredth of their
    size.
    """
    near, far = sorted((abs(low), abs(high)))
    whole = far < 1e7 and places <= (3 if far >= 1e6 else 7)
    if whole or not 0 < high - low < 0.01 * far < math.inf:
        return 0.0
    power = math.floor(math.log10(far))
    while True:
        found = float(f"{math.ceil(near / 10.0**power - 1e-9)}e{power}")
        if found <= far:
            return math.copysign(found, low)
        power -= 1


def _spread(params: Array) -> float:
    """Return how far parameters `(n,)` or `(n, dim)` go: all together, unless each goes only a little of that way."""
    own, all_of_them = float(np.ptp(params, axis=0).max()), float(np.ptp(params))
    return own if 0 < own < 1e-3 * all_of_them else all_of_them


def decimals(spread: float) -> int:
    """Return how many decimals show the four-thousandth part of `spread`."""
    return max(0, math.ceil(-math.log10(spread / 4000))) if 0 < spread / 4000 < math.inf else 0


def term_decimals(path: Trajectory, name: str, last: int) -> int | None:
    """Return the decimals of one of the optimizer's own numbers, or None for a setting, shown as it was written."""
    term = path.terms[name][: max(1, last), 0]
    if name != "gradient" and (term == term[0]).all():
        return None
    if (term == np.round(term)).all() and np.abs(term).max() < 1000:
        return 0
    usual = decimals(2 * float(np.quantile(np.abs(term), 0.9)))
    if name == "gradient" or not 0 < term.min() < np.inf:
        return usual
    # What may stand under a fraction is never shown as zero: two of its digits are seen wherever they are.
    return max(usual, min(7, 1 - math.floor(math.log10(float(term.min())))))


def _open_sums(story: Story, param: int, slope: int) -> int:
    """How many of the slow steps of plain gradient descent do not close with so many decimals."""
    path = story.runs[0]
    if path.rule != "-learning_rate * gradient":
        return 0
    found = 0
    for k in range(min(_SLOW, story.last(0))):
        here, there = (round(float(path.params[j, 0, 0]), param) for j in (k, k + 1))
        rate, tilt = float(path.terms["learning_rate"][k, 0, 0]), round(float(path.gradient[k, 0, 0]), slope)
        found += round(here - rate * tilt, param) != there
    return found
