"""What is minimised: the contract that formulas, Python callables and data losses share."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.batches import Batches
from gdviz.descent.data import Data

Array = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True)
class About:
    """What a loss says of itself, for those who draw it.

    names: the parameters, in the order of the vector.
    text: the loss as mathematics for the screen, in matplotlib's mathtext without the dollar signs, or None.
    slopes: its derivative by each parameter, in the same spelling; empty where it has none.
    region: the interval worth showing for each parameter, or None to let the picture choose.
    minima, saddles: known ones, each a point of `dim` numbers.
    start: a point to start from when the user names none.
    shapes: the shapes that the vector packs, one for each name; scalars unless said.
    """

    names: tuple[str, ...]
    text: str | None = None
    slopes: tuple[str, ...] = ()
    region: tuple[Interval, ...] | None = None
    minima: tuple[tuple[float, ...], ...] = ()
    start: tuple[float, ...] | None = None
    shapes: tuple[tuple[int, ...], ...] = ()
    saddles: tuple[tuple[float, ...], ...] = ()

    @property
    def dim(self) -> int:
        """The length of the parameter vector."""
        return sum(int(np.prod(shape)) for shape in self.shapes) if self.shapes else len(self.names)


@runtime_checkable
class Loss(Protocol):
    """A function of the parameters, with its gradient.

    Everything is float64 and vectorised: `points` has the shape `(..., dim)`. Outside of its domain a loss gives
    NaN or an infinity and never raises. The result for one point is the same to the last bit whether it is
    asked for alone or among thousands.
    """

    @property
    def about(self) -> About:
        """Names, region, minima, start, saddles and mathematics."""
        ...

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)`."""
        ...

    def value(self, points: Array) -> Array:
        """Return the loss alone, `(...)`."""
        ...

    def hessian(self, points: Array) -> Array | None:
        """Return the second derivatives `(..., dim, dim)`, or None where they are not known."""
        ...

    def at(self, step: int) -> "Loss":
        """Return the loss as seen at that step: itself, or the mini-batch of that step."""
        ...


@runtime_checkable
class Fit(Loss, Protocol):
    """A loss of data `x, y` and a model that predicts `y`."""

    @property
    def data(self) -> Data:
        """The data."""
        ...

    @property
    def model(self) -> str:
        """What predicts `y`: "line", or "logistic", the curve of a probability. Pictures and sentences go by it."""
        ...

    @property
    def measure(self) -> str:
        """What its loss is: "line", "logistic" or "squared logistic". Pictures call it by that."""
        ...

    def predict(self, point: Array, x: Array) -> Array:
        """Return the model's `y` `(n,)` at `x` `(n,)` with the parameters `point` `(dim,)`."""
        ...


@runtime_checkable
class Batched(Loss, Protocol):
    """A loss of data of which each step may see a few examples only: `at(step)` is that of the step's mini-batch."""

    @property
    def batches(self) -> Batches:
        """Which of the examples each step looks at."""
        ...


def steps_per_epoch(loss: Loss) -> int:
    """Return after how many steps of a descent all that there is to a loss has been seen; 1 without mini-batches."""
    return loss.batches.steps_per_epoch if isinstance(loss, Batched) else 1
