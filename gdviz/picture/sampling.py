"""Where a curve is sampled; one that turns more often than can be drawn becomes the band between its heights."""

from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array, Fit, Interval, Loss

BAND = 0.45  # of the curve's colour over the ground: what lies on a band is to be seen
_OFTEN = 8  # a curve that turns more than once in so many samples is drawn as a band
_SEED = 1847  # of the samples that tell: any would do, and the same is the same picture
_FINER = 8  # samples in a column of a band, from which its lowest and its highest are kept


@dataclass(frozen=True, eq=False)
class Samples:
    """A curve's parameters, in rising order, and its losses there, each `(n,)`.

    band: the losses are the lowest and the highest in each of many narrow columns, one after the other: a line through
    them fills what the curve sweeps, where a line from sample to sample would show waves that are not there.
    """

    params: Array
    losses: Array
    band: bool = False


def sampled(loss: Loss, interval: Interval, count: int) -> Samples:
    """Return a curve at `count` parameters, or the band that it sweeps in `count` columns."""
    params = np.linspace(*interval, count)
    losses = loss.value(params[:, None])
    # Even samples of quick waves may lie on a slow one; uneven ones do not.
    uneven = params[:-1] + np.diff(params) * np.random.default_rng(_SEED).random(count - 1)
    if isinstance(loss, Fit) or _OFTEN * _turns(loss.value(uneven[:, None])) <= count:
        return Samples(params, losses)
    inside = (np.arange(_FINER) + 0.5) / _FINER
    width = (interval[1] - interval[0]) / count
    edges = interval[0] + width * np.arange(count)
    columns = loss.value((edges[:, None] + width * inside)[..., None])
    with np.errstate(invalid="ignore"):
        ends = np.stack([np.fmin.reduce(columns, axis=1), np.fmax.reduce(columns, axis=1)], axis=1)
    return Samples(np.repeat(edges + width / 2, 2), ends.ravel(), band=True)


def _turns(losses: Array) -> int:
    """Return how often the losses `(n,)` turn from rising to falling or back."""
    steps = np.sign(np.diff(losses[np.isfinite(losses)]))
    steps = steps[steps != 0]
    return int((steps[1:] != steps[:-1]).sum())
