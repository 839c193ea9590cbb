"""The parameters of other people's models: read where they stand, without importing the library that made them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdviz.problems import BadScene

Named = Iterator[tuple[str, NDArray[Any]]]


def reader_of(model: Any) -> Callable[[], Named]:
    """Return what yields the parameters that a model learns, by name, as they are now.

    model: a `torch.nn.Module`, a Keras model, anything else with `named_parameters()` or `trainable_weights`, or a
        mapping of names to arrays that change in place. What is yielded may be the model's own memory: copy it.

    Raises `BadScene` for anything else.
    """
    if isinstance(model, Mapping):
        return lambda: ((str(name), array_of(value)) for name, value in model.items())
    if hasattr(model, "trainable_weights"):  # first, as on PyTorch a model of Keras has both
        return lambda: ((getattr(one, "path", one.name), array_of(_inner(one))) for one in model.trainable_weights)
    if callable(getattr(model, "named_parameters", None)):
        return lambda: (
            (name, array_of(value)) for name, value in model.named_parameters() if getattr(value, "requires_grad", True)
        )
    allowed = "allowed: a PyTorch or Keras model, or a mapping of names to arrays; without one give params to run.log"
    raise BadScene("record", model, allowed)


def _inner(variable: Any) -> Any:
    """Return the tensor of a variable of Keras, which the library beneath knows to hand over."""
    value = getattr(variable, "value", variable)
    return variable if callable(value) else value


def array_of(given: Any) -> NDArray[Any]:
    """Return a tensor of any library as an array, its own memory where that can be had."""
    if hasattr(given, "detach"):  # PyTorch's: not a part of what is differentiated
        given = given.detach().cpu()
        try:
            return np.asarray(given.numpy())
        except TypeError:  # bfloat16, which NumPy does not have
            return np.asarray(given.float().numpy())
    return np.asarray(given.numpy() if callable(getattr(given, "numpy", None)) else given)


def number_of(given: Any, where: str) -> float:
    """Return a measure as a number, be it a tensor of one. Raises `BadScene` for what is none."""
    try:
        return float(array_of(given).reshape(())) if not isinstance(given, bool) else float("none")
    except (TypeError, ValueError):
        raise BadScene(where, given, "allowed: a number, or a tensor of one") from None
