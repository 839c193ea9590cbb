"""What is kept of a model whose parameters are too many to be kept: a random projection, and a sample."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

NUMBERS = 1021  # a prime: the rows and columns of a matrix, often powers of two, do not fall into step with it
SAMPLED = 4096  # weights, of all parameters together
_LEAST = 16  # of each parameter
_ROWS = 256  # that are worked on at a time, so that little room is needed
_SEED = 20170613


@dataclass(frozen=True, eq=False)
class Projection:
    """A fixed random projection of all parameters onto a few numbers, and a fixed sample of each of them.

    Number j is the sum of the parameters j, j + 1021, j + 2042, ..., each with a sign of its own, drawn once. Lengths
    and angles stay what they are in the mean, and squared lengths within 4.4 % (one standard deviation, √(2/1021)) for
    what is spread over many parameters: that is all that the picture of a path asks for (Achlioptas: "Database-friendly
    random projections", 2003; Weinberger and others: "Feature hashing for large scale multitask learning", 2009). It is
    the same from the first step to the last, which principal directions of what has been seen so far are not, and costs
    one pass over the parameters. The sample is for the spread of the weights of each parameter.

    shapes: of the parameters, by name. signs: a bit for each parameter, packed. places: of the sample of each.
    """

    shapes: Mapping[str, tuple[int, ...]]
    signs: NDArray[np.uint8]
    places: tuple[NDArray[np.int64], ...]

    @classmethod
    def of(cls, shapes: Mapping[str, tuple[int, ...]]) -> Self:
        """Draw signs and samples, always the same ones."""
        drawn = Random(_SEED)
        sizes = [math.prod(shape) for shape in shapes.values()]
        block = NUMBERS * _ROWS
        signs = np.frombuffer(drawn.randbytes(-(-sum(sizes) // block) * block // 8), dtype=np.uint8)
        each = max(_LEAST, SAMPLED // max(1, len(sizes)))
        chosen = [
            np.array(range(n) if n <= each else sorted(drawn.sample(range(n), each)), dtype=np.int64) for n in sizes
        ]
        return cls(shapes, signs, tuple(chosen))

    @property
    def count(self) -> int:
        """How many parameters there are."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @property
    def width(self) -> int:
        """How many numbers are kept for each step."""
        return NUMBERS + sum(len(places) for places in self.places)

    @property
    def bytes(self) -> int:
        """The room that it takes by itself."""
        return self.signs.nbytes + sum(places.nbytes for places in self.places)

    @property
    def words(self) -> str:
        """What it does, for people."""
        sampled = self.width - NUMBERS
        return f"of {self.count:,} parameters a random projection onto {NUMBERS:,} numbers and {sampled:,} samples"

    def fill(self, row: NDArray[Any], params: Sequence[NDArray[Any]]) -> None:
        """Write what is kept of the parameters, each flat, into a row `(width,)`."""
        row[:NUMBERS] = self._projected(params)
        begin = NUMBERS
        for part, places in zip(params, self.places, strict=True):
            row[begin : begin + len(places)] = part[places]
            begin += len(places)

    def _projected(self, params: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
        total = np.zeros(NUMBERS)
        for number, block in enumerate(_blocks(params)):
            begin = number * block.size // 8
            minus = np.unpackbits(self.signs[begin : begin + block.size // 8]).reshape(_ROWS, NUMBERS)
            total += block.sum(axis=0, dtype=np.float64) - 2.0 * np.einsum("ij,ij->j", block, minus)
        return total

    def columns(self, rows: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Cut rows `(records, width)` into the columns of a recording."""
        columns, begin = {"projected": rows[:, :NUMBERS]}, NUMBERS
        for name, places in zip(self.shapes, self.places, strict=True):
            columns[f"sample[{name}]"] = rows[:, begin : begin + len(places)]
            begin += len(places)
        return columns


def _blocks(params: Sequence[NDArray[Any]]) -> Iterator[NDArray[Any]]:
    """Yield all parameters one after the other in blocks `(_ROWS, NUMBERS)`, the last one filled up with zeros."""
    block, filled = np.zeros(_ROWS * NUMBERS), 0
    for part in params:
        taken = 0
        while taken < len(part):
            some = min(len(part) - taken, len(block) - filled)
            block[filled : filled + some] = part[taken : taken + some]
            taken, filled = taken + some, filled + some
            if filled == len(block):
                yield block.reshape(_ROWS, NUMBERS)
                filled = 0
    if filled:
        block[filled:] = 0.0
        yield block.reshape(_ROWS, NUMBERS)
