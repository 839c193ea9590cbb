"""Optimizers of other libraries, run as they are: `adapters.torch("Adam", lr=0.1).minimize(loss, start=-2.0)`.

Each is a frozen value, checked when it is made and written as the call that makes it. It goes down a loss in float64
with the library's own code, one library optimizer for each run, and gives the same trajectory as every other method;
there is no rule to show. A library is imported only when one of its optimizers is made.

A loss whose vector packs matrices hands them over as such, so that a method like Muon sees what it was made for.
Every other loss is one vector, or, with `as_matrix=True`, one column `(dim, 1)`.
"""

from typing import Any

from gdviz.descent.adapters.borrowed import kept
from gdviz.descent.optimizers.method import Method


def torch(method: str, /, *, as_matrix: bool = False, **settings: Any) -> Method:
    """Return an optimizer of PyTorch, a class of `torch.optim`: `adapters.torch("Adam", lr=0.1)`.

    settings: the keywords of that class; a schedule of gdviz may stand in place of every number among them. One update
    is one `optimizer.step(closure)`, for LBFGS up to its `max_iter` iterations.

    Raises `BadScene` for a name or a setting that PyTorch does not have, `MissingPackage` where it is not installed.
    """
    from gdviz.descent.adapters.from_torch import Torch

    return Torch(method, kept(settings), as_matrix)


def optax(method: str, /, *parts: Method, as_matrix: bool = False, **settings: Any) -> Method:
    """Return an optimizer of optax, a function of it: `adapters.optax("adam", learning_rate=0.1)`, `"contrib.muon"`.

    settings: the keywords of that function; a schedule of gdviz may stand in place of every number that it only
        calculates with. Another optimizer of optax may be a setting, or one of the `parts` before them:
        `adapters.optax("chain", adapters.optax("clip", max_delta=1.0), adapters.optax("sgd", learning_rate=0.1))`.

    Line searches and second derivatives (`lbfgs`, `polyak_sgd`, `contrib.sophia`) are given the loss.
    Raises `BadScene` for a name or a setting that optax does not have, `MissingPackage` where it is not installed.
    """
    from gdviz.descent.adapters.from_optax import Optax

    return Optax(method, kept(settings), as_matrix, parts)


def keras(method: str, /, *, as_matrix: bool = False, **settings: Any) -> Method:
    """Return an optimizer of Keras 3, a class of `keras.optimizers`: `adapters.keras("Adam", learning_rate=0.1)`.

    settings: the keywords of that class; the learning rate may be a schedule of gdviz.

    Keras runs on the backend that it is set to (`KERAS_BACKEND`). On JAX and PyTorch all is float64, but for parts of
    Adafactor and Muon. Elsewhere Keras rounds some of its numbers to float32: paths are off by up to 1e-4 on TensorFlow
    and 1e-3 on NumPy. `ScheduleFreeAdamW` of Keras 3.15 is right on JAX alone.

    Raises `BadScene` for a name or a setting that Keras does not have, `MissingPackage` where it is not installed, or
    the backend is not that it is set to.
    """
    from gdviz.descent.adapters.from_keras import Keras

    return Keras(method, kept(settings), as_matrix)


def scipy(method: str, /, **options: Any) -> Method:
    """Return a method of `scipy.optimize.minimize`: `adapters.scipy("Nelder-Mead")`.

    options: those of the method: `adapters.scipy("BFGS", gtol=1e-8)`.

    One update leads to the next iterate that SciPy reports to its callback; where it has finished, the run stands
    still. It is stopped after as many as there are steps; its limits on evaluations stay SciPy's own. Methods that only
    compare losses never see a gradient; those that need second derivatives ask the loss for them.

    Raises `BadScene` for a name or an option that SciPy does not have, `MissingPackage` where it is not installed.
    """
    from gdviz.descent.adapters.from_scipy import SciPy

    return SciPy(method, kept(options))
