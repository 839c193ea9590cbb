"""Running means that begin at zero, and what makes up for it: what the whole Adam family remembers and shows."""

from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array


class Moments(NamedTuple):
    """What Adam remembers."""

    updates: int  # done so far
    first: Array  # running mean of the gradient, (runs, dim)
    second: Array  # running mean of its square, or what a relative takes in its place, (runs, dim)
    left1: Array  # beta1**updates: the part of the first mean that is still its start at zero, (runs, 1)
    left2: Array  # beta2**updates, (runs, 1)

    def after(self, gradient: Array, beta1: Array, beta2: Array, fresh: Array | None = None) -> "Moments":
        """Return the moments after a gradient; `fresh` is averaged in place of its square."""
        square = gradient * gradient if fresh is None else fresh
        return Moments(
            self.updates + 1,
            blend(self.first, gradient, beta1),
            blend(self.second, square, beta2),
            self.left1 * beta1,
            self.left2 * beta2,
        )

    @property
    def mean(self) -> Array:
        """The first moment, corrected for its start."""
        return self.first / (1 - self.left1)

    @property
    def square(self) -> Array:
        """The second moment, corrected for its start."""
        return self.second / (1 - self.left2)

    def before_correction(self, epsilon: Array) -> Array:
        """Return an epsilon that is added before the correction: after it, it weighs as much more as the root does."""
        weighed: Array = epsilon / np.sqrt(1 - self.left2)
        return weighed

    def terms(self, rate: Array, gradient: Array, size: Array) -> dict[str, Array]:
        """Return what is shown of a step of `rate * mean / size`."""
        return {
            "learning_rate": rate,
            "gradient": gradient,
            "mean_gradient": self.mean,
            "usual_size": size,
            "first_moment": self.first,
            "second_moment": self.second,
            "correction1": 1 / (1 - self.left1),
            "correction2": 1 / (1 - self.left2),
            "effective_rate": rate / size,
        }


def at_rest(params: Array, beta1: Array, beta2: Array, initial: Array | float = 0.0) -> Moments:
    """Return the moments before the first update, both at `initial`."""
    start = np.zeros_like(params) + initial
    return Moments(0, start, start, np.ones_like(beta1), np.ones_like(beta2))


def blend(mean: Array, fresh: Array, beta: Array) -> Array:
    """Return a running mean with a fresh value: `beta * mean + (1 - beta) * fresh`."""
    return beta * mean + (1 - beta) * fresh


def divisor(size: Array) -> Array:
    """Return a size to divide by: 1 where it is zero, as no gradient has been met and there is no step to take."""
    return size if size.all() else np.where(size > 0, size, 1.0)
