"""Running means that begin at zero, and the factors that make up for it: what the whole Adam family remembers."""

from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array


class Moments(NamedTuple):
    """What Adam remembers."""

    updates: int  # done so far
    first: Array  # running mean of the gradient, (runs, dim)
    second: Array  # running mean of its square, or what a relative takes in its place, (runs, dim)
    largest: Array  # the largest second moment so far, for AMSGrad, (runs, dim)
    left1: Array  # beta1**updates: the part of the first mean that is still its start at zero, (runs, 1)
    left2: Array  # beta2**updates, (runs, 1)


def at_rest(params: Array, beta1: Array, beta2: Array, initial: Array | float = 0.0) -> Moments:
    """Return the moments before the first update, both at `initial`."""
    start = np.zeros_like(params) + initial
    return Moments(0, start, start, np.zeros_like(params), np.ones_like(beta1), np.ones_like(beta2))


def blend(mean: Array, fresh: Array, beta: Array) -> Array:
    """Return a running mean with a fresh value: `beta * mean + (1 - beta) * fresh`."""
    return beta * mean + (1 - beta) * fresh
