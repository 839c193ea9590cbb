"""What all losses of data share: the mean, over pairs of numbers, of how badly a model predicts `y` from `x`.

With a batch size the loss is still that of all the data; each step sees the mean over a few of them (`MeanLoss.at`).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Self

import numpy as np

from gdviz.descent.batches import Batches
from gdviz.descent.data import Data
from gdviz.descent.function import checked_names
from gdviz.descent.loss import About, Array
from gdviz.problems import BadScene

CHUNK = 1 << 20  # numbers held at once: three arrays of 8 MiB


@dataclass(frozen=True)
class MeanLoss(ABC):
    """A loss that is a mean over the data, of a model with one weight, or with a weight and an intercept.

    data: the pairs. intercept: whether there is a `b`. names: what the parameters are called, `m` and `b` unless said.
    batch_size: how many pairs each step of a descent looks at; all of them unless given. seed: of their order.

    A model says how far it misses each pair, and what that costs; everything else is here.

    How mini-batches go through the data is said at `Batches`.

    Raises `BadScene` for names that do not match, a batch size that is not a whole number from 1 to the number of
    pairs, a seed that is not a whole number from 0, or one without a batch size.
    """

    data: Data
    intercept: bool = False
    names: Iterable[str] | None = None
    batch_size: int | None = None
    seed: int = 0
    _names: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.data, Data):
            raise BadScene("data", self.data, "give Data(x, y) or Data.from_csv(path, x=..., y=...)")
        self._check_data()
        names = self._checked_names()
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "_names", names)
        self._check_batches()

    def _checked_names(self) -> tuple[str, ...]:
        usual = ("m", "b") if self.intercept else ("m",)
        given = usual if self.names is None else checked_names(self.names)
        if len(given) != len(usual):
            raise BadScene("names", self.names, f"this {self._noun} has {len(usual)} of them: {', '.join(usual)}")
        return given

    def _check_batches(self) -> None:
        _ = self.batches  # which checks its own
        if self.seed and self.batch_size is None:
            raise BadScene("seed", self.seed, "it shuffles mini-batches; give a batch_size too")

    @cached_property
    def batches(self) -> Batches:
        """Which of the pairs each step looks at."""
        return Batches(len(self.data), self.batch_size, self.seed)

    @property
    @abstractmethod
    def model(self) -> str:
        """What predicts y; pictures and sentences go by it."""

    @property
    def measure(self) -> str:
        """What its loss is; pictures call it by that."""
        return self.model

    @property
    @abstractmethod
    def about(self) -> About:
        """Names, the minimum, the start at zero, and the mathematics."""

    @abstractmethod
    def hessian(self, points: Array) -> Array:
        """Return the second derivatives `(..., dim, dim)`."""

    @property
    @abstractmethod
    def _noun(self) -> str:
        """What the model is called when it is refused."""

    @abstractmethod
    def _check_data(self) -> None:
        """Raise `BadData` for pairs that the model can't be fitted to."""

    @abstractmethod
    def _misses(self, rows: Array) -> Array:
        """Return by how much each pair is missed `(k, n)` with parameters `(k, dim)`."""

    @abstractmethod
    def _cost(self, misses: Array) -> Array:
        """Return the loss `(k,)` of misses `(k, n)`."""

    @abstractmethod
    def _slopes(self, misses: Array) -> Iterator[Array]:
        """Yield the derivative `(k,)` of the loss by each parameter, of misses `(k, n)`."""

    @abstractmethod
    def _predicted(self, sums: Array) -> Array:
        """Return the model's `y` for the weighted sums `m x + b`, of any shape."""

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` and its gradient `(..., dim)` at points `(..., dim)`."""
        rows, shape = as_rows(points, len(self._names))
        value, gradient = np.empty(len(rows)), np.empty(rows.shape)
        with np.errstate(all="ignore"):
            for part, misses in self._parts(rows):
                value[part] = self._cost(misses)
                for column, slope in enumerate(self._slopes(misses)):
                    gradient[part, column] = slope
        return value.reshape(shape[:-1]), gradient.reshape(shape)

    def value(self, points: Array) -> Array:
        """Return the loss `(...)` at points `(..., dim)`."""
        rows, shape = as_rows(points, len(self._names))
        value = np.empty(len(rows))
        with np.errstate(all="ignore"):
            for part, misses in self._parts(rows):
                value[part] = self._cost(misses)
        return value.reshape(shape[:-1])

    def predict(self, point: Array, x: Array) -> Array:
        """Return the model's `y` `(n,)` at `x` `(n,)` with the parameters `point` `(dim,)`."""
        rows, _ = as_rows(point, len(self._names))
        x = np.asarray(x, dtype=np.float64)
        with np.errstate(all="ignore"):
            return np.asarray(self._predicted(weighted(rows, [x, np.ones_like(x)])[0]))

    def at(self, step: int) -> Self:
        """Return the loss as seen at that step: of its mini-batch alone, or itself where every step sees all the data.

        With a `batch_size` of all the data it is the same loss to the last bit.
        """
        if self.batch_size is None:
            return self
        # Not by the constructor: the data as a whole were checked, and a few of them may well be of one class.
        batch = object.__new__(type(self))
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        batch.__dict__.update(own, data=self.data.part(self.batches.rows(step)), batch_size=None, seed=0)
        return batch

    def _parts(self, rows: Array) -> Iterator[tuple[slice, Array]]:
        """Yield the misses `(k, n)` of a few rows at a time; each is summed along itself, whatever is beside it."""
        for part in parts(len(rows), len(self.data)):
            yield part, self._misses(rows[part])


def weighted(rows: Array, columns: list[Array]) -> Array:
    """Return the sums `(k, n)` of columns `(n,)` with weights `(k, dim)`, of as many columns as there are weights."""
    total = rows[:, :1] * columns[0]
    return total + rows[:, 1:] * columns[1] if rows.shape[1] > 1 else total


def as_rows(points: Array, dim: int) -> tuple[Array, tuple[int, ...]]:
    """Return points `(..., dim)` as rows `(k, dim)`, and the shape that they had."""
    points = np.asarray(points, dtype=np.float64)
    if points.ndim == 0 or points.shape[-1] != dim:
        raise ValueError(f"points must have the shape (..., {dim}), not {points.shape}")
    return points.reshape(-1, dim), points.shape


def parts(count: int, width: int) -> Iterator[slice]:
    """Cut `count` rows into parts that hold at most `CHUNK` numbers when each row has `width` of them."""
    height = max(1, CHUNK // width)
    return (slice(top, top + height) for top in range(0, count, height))
