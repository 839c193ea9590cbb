"""Operations on arrays that several methods share; each run's numbers are the same alone and among thousands."""

import numpy as np

from gdviz.descent.loss import Array


def power(base: Array, exponent: Array | float) -> Array:
    """Return `base**exponent`; NumPy takes other paths for arrays of one element, which may differ in the last bit."""
    base, exponent = np.broadcast_arrays(np.asarray(base), np.asarray(exponent))
    rows = np.power(np.repeat(base.ravel(), 2), np.repeat(exponent.ravel(), 2))
    found: Array = rows[::2].reshape(base.shape)
    return found


def norm(rows: Array) -> Array:
    """Return the length of each row, `(runs, 1)`."""
    length: Array = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    return length


def shrink(values: Array, by: Array) -> Array:
    """Return the values moved towards zero by `by`, and no further: the proximal step of an absolute value."""
    moved: Array = np.sign(values) * np.maximum(np.abs(values) - by, 0.0)
    return moved
