"""Data of a loss: pairs of numbers, from arrays or from a CSV file."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdviz.descent.table import read_csv
from gdviz.problems import BadData, counted


@dataclass(frozen=True, eq=False, repr=False)
class Data:
    """Pairs of numbers, immutable.

    x, y: any array-likes of the same length; held as read-only float64 copies `(n,)`, `n >= 1`.
    x_name, y_name: what the axes of a picture say, unit included.
    source: where the numbers come from, for messages and captions; two data of the same numbers and names are equal
    whatever their source.

    Raises `BadData` where lengths differ, nothing is there, or a number is not finite (it names the row, from 1).
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    x_name: str = "x"
    y_name: str = "y"
    source: str = "the data"

    def __init__(
        self, x: ArrayLike, y: ArrayLike, x_name: str = "x", y_name: str = "y", source: str = "the data"
    ) -> None:
        columns = {"x": _column("x", x, source), "y": _column("y", y, source)}
        lengths = [len(column) for column in columns.values()]
        if lengths[0] != lengths[1]:
            raise BadData(source, f"x has {counted(lengths[0], 'number')} and y has {lengths[1]}; they must be pairs")
        fields = {**columns, "x_name": _label("x_name", x_name, source), "y_name": _label("y_name", y_name, source)}
        for name, value in {**fields, "source": source}.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_csv(
        cls, path: str | os.PathLike[str], *, x: str, y: str, x_name: str | None = None, y_name: str | None = None
    ) -> "Data":
        """Read two columns of a CSV file in UTF-8 whose first line names its columns; empty lines are skipped.

        x, y: the names of the columns. x_name, y_name: what to call them on the screen, the columns' names unless
        said. `source` becomes the file's name.

        Raises `BadData` with the line for a file that can't be read, a column that is not there, a row that is too
        short or too long, and a cell that is not a finite number.
        """
        table = read_csv(Path(path), strict=True)
        xs, ys = table.column(x), table.column(y)
        return cls(xs, ys, x if x_name is None else x_name, y if y_name is None else y_name, Path(path).name)

    def centred(self) -> "Data":
        """Return the same data with the mean of x taken off; the name of x says so.

        A curve that has no intercept needs it where x = 0 is not where the curve should turn.
        """
        with np.errstate(over="ignore"):  # a difference beyond the float range is refused like any infinity
            x = self.x - np.mean(self.x)
        name, unit = (self.x_name[:-1], ")") if self.x_name.endswith(")") else (self.x_name, "")
        return Data(x, self.y, f"{name} from the mean{unit}", self.y_name, self.source)

    def part(self, rows: NDArray[np.intp]) -> "Data":
        """Return some of the pairs, by their rows `(k,)` from 0, under the same names."""
        return Data(self.x[rows], self.y[rows], self.x_name, self.y_name, self.source)

    @property
    def texts(self) -> dict[str, str]:
        """What of it is shown as text, by field."""
        return {"x_name": self.x_name, "y_name": self.y_name}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the numbers and the names, in hexadecimal."""
        names = repr((self.x_name, self.y_name)).encode()
        return hashlib.sha256(b"\0".join((names, self.x.tobytes(), self.y.tobytes()))).hexdigest()

    def __len__(self) -> int:
        return len(self.x)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Data) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"<Data {self.source}: {counted(len(self), 'pair')} of {self.x_name}, {self.y_name}>"

    def __reduce__(self) -> tuple[Callable[..., "Data"], tuple[object, ...]]:
        # Pickle would give the arrays back writeable.
        return Data, (self.x, self.y, self.x_name, self.y_name, self.source)


def _column(name: str, given: ArrayLike, source: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        array = np.empty((0, 0))
    if array.ndim != 1:
        raise BadData(source, f"{name} must be one row of numbers; it has {array.ndim} dimensions")
    if not len(array):
        raise BadData(source, f"{name} is empty; at least one number is needed")
    if array.dtype.kind not in "biuf":
        raise BadData(source, f"{name} must be real numbers; its type is {array.dtype}")
    array = array.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(array))
    if len(bad):
        raise BadData(source, f"{name} is {array[bad[0]]} in row {bad[0] + 1}; only finite numbers can be fitted")
    # Over immutable bytes nobody can make the array writeable again.
    return np.frombuffer(array.tobytes(), dtype=np.float64)


def _label(field: str, given: object, source: str) -> str:
    if not isinstance(given, str) or not given:
        raise BadData(source, f"{field} must be a name, not {given!r}")
    return given
