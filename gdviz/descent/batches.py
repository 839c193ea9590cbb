"""Mini-batches: which of the data each step of a descent looks at."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gdviz.problems import BadScene


@dataclass(frozen=True)
class Batches:
    """The mini-batches of `count` examples; without a `size` every step sees all of them.

    They go through the data epoch by epoch: each epoch takes all the examples once, in an order of its own, `size` at a
    time; its last batch is smaller where `size` does not divide their number. Which examples a step sees depends on the
    seed and the step alone. Over an epoch the gradients of the batches, weighted by their sizes, have the mean gradient
    of all the data (Bottou, Curtis, Nocedal: "Optimization methods for large-scale machine learning", 2018, section 3).

    noun: what an example is called when a size is refused.

    Raises `BadScene` for a size that is not a whole number from 1 to `count`, or a seed that is not one from 0.
    """

    count: int
    size: int | None = None
    seed: int = 0
    noun: str = "pairs"

    def __post_init__(self) -> None:
        """Check size and seed."""
        if self.size is not None and not (_is_whole(self.size) and 1 <= self.size <= self.count):
            allowed = f"allowed: a whole number from 1 to {self.count:,}, the number of {self.noun}"
            raise BadScene("batch_size", self.size, allowed)
        if not _is_whole(self.seed) or self.seed < 0:
            raise BadScene("seed", self.seed, "allowed: a whole number from 0")

    @property
    def steps_per_epoch(self) -> int:
        """After how many steps every example has been seen once: `count / size`, rounded up."""
        return 1 if self.size is None else -(-self.count // self.size)

    def epoch(self, step: int) -> int:
        """Return the epoch of a step, both counted from 0."""
        return step // self.steps_per_epoch

    def rows(self, step: int) -> NDArray[np.intp]:
        """Return which of the data that step looks at, in the order in which they stand there, `(batch,)`."""
        if self.size is None:
            return np.arange(self.count)
        order = shuffled(self.count, self.seed, self.epoch(step))
        first = step % self.steps_per_epoch * self.size
        return np.sort(order[first : first + self.size])


def _is_whole(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


@lru_cache(maxsize=16)
def shuffled(count: int, seed: int, epoch: int) -> NDArray[np.intp]:
    """Return the numbers 0 to `count - 1` in the order of an epoch.

    They are sorted by the raw numbers of PCG64, which NumPy keeps the same for ever; how `Generator.permutation` uses
    them may change with its version, and a film with it.
    """
    order = np.argsort(np.random.PCG64([seed, epoch]).random_raw(count), kind="stable")
    order.flags.writeable = False  # it is handed out again
    return order


def uniform(count: int, seed: int, stream: int) -> NDArray[np.float64]:
    """Return `count` numbers from -1 to below 1, the same for ever; each stream of a seed has its own."""
    raw = np.random.PCG64([seed, stream]).random_raw(count)
    return np.asarray((raw >> np.uint64(11)) * 2.0**-52 - 1.0)


def normal(count: int, seed: int, stream: int) -> NDArray[np.float64]:
    """Return `count` numbers with mean 0 and deviation 1, the same for ever; each stream of a seed has its own.

    Each is half the sum of twelve of `uniform`, nearly normal and never beyond 6: no logarithm is in it, which may
    round differently on another machine.
    """
    return np.asarray(uniform(12 * count, seed, stream).reshape(12, count).sum(axis=0) / 2.0)
