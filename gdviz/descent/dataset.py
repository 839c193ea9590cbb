"""Examples that a model learns from: rows of inputs with a target each, a number or a class."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gdviz.descent.batches import normal, shuffled
from gdviz.descent.places import real
from gdviz.descent.table import read_csv, read_npz, read_texts
from gdviz.problems import BadData, BadScene, choose, counted

Array = NDArray[np.float64]
MOST_CLASSES = 100
_IMAGE = 3  # dimensions of inputs that are images


@dataclass(frozen=True, eq=False)
class Scaling:
    """What was done to the inputs: `(given - shift) / spread`, column by column; all of a dataset's parts alike.

    name: "standardised" (mean 0, standard deviation 1) or "divided" (by one number).
    """

    name: str
    shift: Array
    spread: Array

    def of(self, given: Array) -> Array:
        """Return inputs `(..., columns)` that were given as others, scaled."""
        return np.asarray((given - self.shift) / self.spread)

    def undo(self, inputs: Array) -> Array:
        """Return inputs `(..., columns)` as they were given."""
        return np.asarray(inputs * self.spread + self.shift)


@dataclass(frozen=True, eq=False, repr=False)
class Dataset:
    """Examples, immutable: inputs `(n, columns)` and targets `(n,)`.

    inputs: any array-like of numbers `(n, columns)`, or images `(n, height, width)`, whose pixels become the columns.
    targets: numbers, as floats; or classes, as texts, truth values or whole numbers.
    classes: the names of the classes in their order; the targets' own, sorted, unless given. Whole numbers count into
        them, from 0.
    input_names, target_name: what axes say, unit included. source: where the numbers come from, for messages.

    `labels` are the classes' numbers `(n,)`; of `targets` that are numbers there are none. `image` is the height and
    width of images, `scaling` what was done to the inputs, and `test` a dataset that was held out of this one.

    Raises `BadData` for lengths that differ, a cell that is not finite (with its row, from 1), a label outside of the
    classes, and one class only, unless there is but one example, with the names of its classes.
    """

    inputs: Array
    targets: Array
    input_names: tuple[str, ...]
    target_name: str
    classes: tuple[str, ...]
    source: str
    image: tuple[int, int] | None
    scaling: Scaling | None = None
    test: "Dataset | None" = field(default=None, repr=False)

    def __init__(
        self, inputs: ArrayLike, targets: ArrayLike, *, input_names: Sequence[str] | None = None,
        target_name: str = "y", classes: Sequence[str] | None = None, source: str = "the data",
    ) -> None:  # fmt: skip
        table, image = _inputs(inputs, source, input_names)
        names = _names(input_names, table.shape[1], source)
        numbers, found = _targets(targets, classes, source)
        if len(numbers) != len(table):
            raise BadData(source, f"the inputs have {counted(len(table), 'row')} and the targets {len(numbers)}")
        if not target_name or not isinstance(target_name, str):
            raise BadData(source, f"target_name must be a name, not {target_name!r}")
        own = {"inputs": table, "targets": numbers, "input_names": names, "target_name": target_name, "source": source}
        for name, value in {**own, "classes": found, "image": image, "scaling": None, "test": None}.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_csv(
        cls, path: str | os.PathLike[str], *, target: str, inputs: Sequence[str] | None = None,
        classes: Sequence[str] | bool | None = None, input_names: Sequence[str] | None = None,
        target_name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """Read a CSV file in UTF-8 whose first line names its columns.

        target: the column to predict; of texts, or of whole numbers with `classes=True` or their names, a class.
        inputs: the columns to predict it from, all others unless given. input_names, target_name: what to call them.

        Raises `BadData` with the line for a file that can't be read, a column that is not there, and a cell of an input
        that is not a finite number.
        """
        path = Path(path)
        table = read_csv(path, strict=True)
        if target not in table.columns:
            raise BadData(path, f"there is no column {target!r}; {choose(target, table.columns)}", 1)
        chosen = [name for name in table.columns if name != target] if inputs is None else list(inputs)
        if target in chosen:
            raise BadData(path, f"the column {target!r} is the target, and can't be an input as well")
        columns = np.stack([table.full_column(name) for name in chosen], axis=-1)
        own = None if isinstance(classes, bool) else classes
        values: Any = table.columns[target].values
        text = table.columns[target].fault is not None
        if classes is False or not (classes or text):
            values = table.full_column(target)
        elif text or own is None or set(read_texts(path, target)) <= set(own):
            values = read_texts(path, target)
        return cls(
            columns, values, input_names=chosen if input_names is None else input_names, classes=own,
            target_name=target if target_name is None else target_name, source=path.name,
        )  # fmt: skip

    @classmethod
    def from_npz(
        cls, path: str | os.PathLike[str], *, inputs: str, target: str, classes: Sequence[str] | None = None,
        input_names: Sequence[str] | None = None, target_name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """Read two arrays of an NPZ file: of inputs `(n, columns)` or images `(n, height, width)`, and of targets.

        Targets that are all whole numbers are classes.

        Raises `BadData` for a file that can't be read or an array that is not there. Pickled objects are never loaded.
        """
        path = Path(path)
        table = read_npz(path)
        arrays = {name: table.full_column(name) for name in (inputs, target)}
        labels: Any = arrays[target]
        if np.all(labels == np.round(labels)):
            labels = labels.astype(np.int64)
        name = target if target_name is None else target_name
        return cls(arrays[inputs], labels, input_names=input_names, classes=classes, target_name=name, source=path.name)

    @classmethod
    def from_frame(
        cls, frame: Any, *, target: str, inputs: Sequence[str] | None = None, classes: Sequence[str] | None = None,
        target_name: str | None = None,
    ) -> "Dataset":  # fmt: skip
        """Take a pandas DataFrame, or anything with columns by name; see `from_csv`.

        Raises `BadData` for a column that is not there, and one of inputs that is text.
        """
        columns = [str(name) for name in frame.columns]
        chosen = [name for name in columns if name != target] if inputs is None else list(inputs)
        for name in (*chosen, target):
            if name not in columns:
                raise BadData("the frame", f"there is no column {name!r}; {choose(name, columns)}")
        arrays = []
        for name in chosen:
            column = np.asarray(frame[name])
            if column.dtype.kind not in "biuf":
                raise BadData("the frame", f"the column {name!r} is text; inputs are numbers")
            arrays.append(column.astype(np.float64))
        targets = np.asarray(frame[target])
        if targets.dtype.kind == "O":
            targets = np.array([str(cell) for cell in targets])
        name = target if target_name is None else target_name
        return cls(
            np.stack(arrays, axis=-1), targets, input_names=chosen, classes=classes, target_name=name,
            source="the frame",
        )  # fmt: skip

    @classmethod
    def moons(cls, count: int = 200, noise: float = 0.1, seed: int = 0) -> "Dataset":
        """Return two interleaved half circles of radius 1: two classes that no straight line can part.

        count: how many points, half of them on each moon. noise: the deviation of the normal numbers added to both
        coordinates. seed: of those; the same points for ever. (As scikit-learn's `make_moons` lays them.)

        Raises `BadScene` for a count below 4, and a noise or a seed below 0.
        """
        wholes: tuple[tuple[str, object, int], ...] = (("count", count, 4), ("seed", seed, 0))
        for name, given, least in wholes:
            if isinstance(given, bool) or not isinstance(given, int) or given < least:
                raise BadScene(name, given, f"allowed: a whole number from {least}")
        spread = real(noise)
        if not 0.0 <= spread < np.inf:
            raise BadScene("noise", noise, "allowed: a number from 0")
        half = count // 2
        upper, lower = (np.linspace(0.0, np.pi, points) for points in (half, count - half))
        across = np.concatenate([np.cos(upper), 1.0 - np.cos(lower)])
        up = np.concatenate([np.sin(upper), 0.5 - np.sin(lower)])
        inputs = np.stack([across, up], axis=-1) + spread * normal(2 * count, seed, 0).reshape(count, 2)
        labels = np.repeat([0, 1], [half, count - half])
        return cls(inputs, labels, classes=("upper moon", "lower moon"), target_name="moon", source="two moons")

    @cached_property
    def labels(self) -> NDArray[np.intp]:
        """The numbers of the classes, from 0, `(n,)`; only where there are classes."""
        return self.targets.astype(np.intp)

    def split(self, test: float | int = 0.25, seed: int = 0) -> "Dataset":
        """Return the examples to learn from, with those held out as their `test`.

        test: what part is held out, 0 to 1, or how many. seed: of the choice, which is the same for ever.

        Raises `BadScene` where one of the two parts would be empty, or hold one class only.
        """
        held = round(test * len(self)) if isinstance(test, float) else test
        if isinstance(test, bool) or not 1 <= held < len(self):
            allowed = f"allowed: a part between 0 and 1, or a whole number below {len(self):,}, how many there are"
            raise BadScene("test", test, allowed)
        order = shuffled(len(self), seed, 0)
        kept = self.part(np.sort(order[held:]))
        if self.classes and len(np.unique(kept.labels)) < len(self.classes):
            missing = next(name for k, name in enumerate(self.classes) if k not in kept.labels)
            raise BadScene("test", test, f"no example of {missing!r} would be left to learn from; hold out fewer")
        return replace_in(kept, test=self.part(np.sort(order[:held])))

    def standardised(self) -> "Dataset":
        """Return the inputs with mean 0 and standard deviation 1, column by column; those of the test part alike.

        What is held out says nothing here: mean and deviation are of the examples to learn from. A column that is the
        same in all of them becomes 0.
        """
        spread = self.inputs.std(axis=0)
        shift = self.inputs.mean(axis=0)
        return self._scaled(Scaling("standardised", shift, np.where(spread > 0.0, spread, 1.0)))

    def divided(self, by: float) -> "Dataset":
        """Return the inputs divided by a number, such as the 16 grey levels of the digits' pixels."""
        number = real(by)
        if isinstance(by, bool) or not np.isfinite(number) or number == 0.0:
            raise BadScene("by", by, "allowed: a number other than 0")
        columns = self.inputs.shape[1]
        return self._scaled(Scaling("divided", np.zeros(columns), np.full(columns, number)))

    def _scaled(self, scaling: Scaling) -> "Dataset":
        if self.scaling is not None:
            raise BadScene("inputs", self.scaling.name, "they are scaled already; scale them once")
        inputs = frozen(scaling.of(self.inputs))
        return replace_in(self, inputs=inputs, scaling=scaling, test=self.test and self.test._scaled(scaling))

    def part(self, rows: NDArray[np.intp]) -> "Dataset":
        """Return some of the examples, by their rows `(k,)` from 0; nothing is held out of them."""
        return replace_in(self, inputs=frozen(self.inputs[rows]), targets=frozen(self.targets[rows]), test=None)

    @property
    def texts(self) -> dict[str, str]:
        """What of it is shown as text, by field."""
        names = {f"input_names, {k}": name for k, name in enumerate(self.input_names, 1)}
        classes = {f"classes, {k}": name for k, name in enumerate(self.classes, 1)}
        return {**names, **classes, "target_name": self.target_name}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the numbers and the names, in hexadecimal; of the test part too."""
        scaling = (
            (self.scaling.name, self.scaling.shift.tobytes(), self.scaling.spread.tobytes()) if self.scaling else ()
        )
        names = repr(
            (self.input_names, self.target_name, self.classes, self.image, self.inputs.shape, scaling)
        ).encode()
        test = self.test.digest.encode() if self.test else b""
        return hashlib.sha256(b"\0".join((names, self.inputs.tobytes(), self.targets.tobytes(), test))).hexdigest()

    def __len__(self) -> int:
        return len(self.targets)

    def __eq__(self, other: object) -> bool:
        return self.digest == other.digest if isinstance(other, Dataset) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        what = f"{len(self.classes)} classes of {self.target_name}" if self.classes else self.target_name
        test = f", {len(self.test)} held out" if self.test else ""
        columns = self.inputs.shape[1]
        return f"<Dataset {self.source}: {counted(len(self), 'example')} of {counted(columns, 'input')}, {what}{test}>"

    def __reduce__(self) -> tuple[Callable[..., "Dataset"], tuple[object, ...]]:
        # Pickle would give the arrays back writeable.
        return _restored, ({name: value for name, value in self.__dict__.items() if name in _FIELDS},)


_FIELDS = ("inputs", "targets", "input_names", "target_name", "classes", "source", "image", "scaling", "test")


def replace_in(data: Dataset, **changes: Any) -> Dataset:
    """Return a dataset with some fields changed; those were checked when it was made."""
    fields = {name: getattr(data, name) for name in _FIELDS}
    return _restored({**fields, **changes})


def _restored(fields: dict[str, Any]) -> Dataset:
    made = object.__new__(Dataset)
    arrays = {name: frozen(fields[name]) for name in ("inputs", "targets")}
    made.__dict__.update(fields, **arrays)
    return made


def frozen(array: Array) -> Array:
    """Return the array over immutable bytes: nobody can make it writeable again."""
    if not array.flags.writeable and isinstance(array.base, bytes | np.ndarray):
        return array
    return np.frombuffer(array.tobytes(), dtype=np.float64).reshape(array.shape)


def _inputs(given: ArrayLike, source: str, names: Sequence[str] | None) -> tuple[Array, tuple[int, int] | None]:
    """Return inputs as rows of numbers, and the height and width of those that are images."""
    try:
        array = np.asarray(given)
    except ValueError:  # rows of different lengths
        raise BadData(source, "the inputs must be rows of equally many numbers") from None
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim not in (2, _IMAGE) or not array.size:
        raise BadData(source, f"the inputs must be rows of numbers (n, columns), not {array.shape}")
    if array.dtype.kind not in "biuf":
        raise BadData(source, f"the inputs must be numbers; their type is {array.dtype}")
    image = (int(array.shape[1]), int(array.shape[2])) if array.ndim == _IMAGE else None
    table = array.reshape(len(array), -1).astype(np.float64)
    bad = np.argwhere(~np.isfinite(table))
    if len(bad):
        row, column = bad[0]
        name = names[column] if names is not None and column < len(names) else f"input {column + 1}"
        raise BadData(
            source, f"{name} is {table[row, column]} in row {row + 1}; only finite numbers can be learnt from"
        )
    return frozen(table), image


def _names(given: Sequence[str] | None, columns: int, source: str) -> tuple[str, ...]:
    if given is None:
        return ("x",) if columns == 1 else tuple(f"x{column}" for column in range(1, columns + 1))
    names = tuple(map(str, given))
    if isinstance(given, str) or len(names) != columns or not all(names):
        raise BadData(source, f"input_names must be {counted(columns, 'name')}, one for each input, not {given!r}")
    return names


def _targets(given: ArrayLike, classes: Sequence[str] | None, source: str) -> tuple[Array, tuple[str, ...]]:
    """Return targets as numbers, and the names of the classes, if they are any."""
    array = np.asarray(given)
    if array.ndim != 1 or not array.size:
        raise BadData(source, f"the targets must be one for each example, (n,), not {array.shape}")
    if array.dtype.kind == "f" and classes is None:
        bad = np.flatnonzero(~np.isfinite(array))
        if len(bad):
            raise BadData(
                source, f"the target is {array[bad[0]]} in row {bad[0] + 1}; only finite numbers can be learnt"
            )
        return frozen(array.astype(np.float64)), ()
    if array.dtype.kind not in "biufU":
        raise BadData(source, f"the targets must be numbers, or texts that name classes; their type is {array.dtype}")
    labels, names = _labels(array, classes, source)
    alone = classes is not None and len(labels) == 1  # one example can but be of one of the classes that are named
    if len(np.unique(labels)) == 1 and not alone:
        raise BadData(source, f"the class is {names[labels[0]]!r} in every row; at least two classes are needed")
    if len(names) > MOST_CLASSES:
        raise BadData(source, f"there are {len(names):,} classes, and at most {MOST_CLASSES} can be told apart")
    return frozen(labels.astype(np.float64)), names


def _labels(
    array: NDArray[Any], classes: Sequence[str] | None, source: str
) -> tuple[NDArray[np.intp], tuple[str, ...]]:
    """Return the classes' numbers and names."""
    if classes is None:
        own, labels = np.unique(array, return_inverse=True)
        return labels.astype(np.intp), tuple(str(name) for name in own)
    names = tuple(map(str, classes))
    if len(set(names)) < max(2, len(names)):
        raise BadData(source, f"classes must be at least two names that differ, not {list(names)}")
    if array.dtype.kind == "U":
        bad = np.flatnonzero(~np.isin(array, names))
        if len(bad):
            label = str(array[bad[0]])
            raise BadData(source, f"the class is {label!r} in row {bad[0] + 1}; {choose(label, names)}")
        return np.array([names.index(str(label)) for label in array], dtype=np.intp), names
    numbers = array.astype(np.float64)
    bad = np.flatnonzero(~((numbers >= 0) & (numbers < len(names)) & (numbers == np.round(numbers))))
    if len(bad):
        allowed = f"the {len(names)} classes are counted from 0 to {len(names) - 1}"
        raise BadData(source, f"the class is {numbers[bad[0]]:g} in row {bad[0] + 1}; {allowed}")
    return numbers.astype(np.intp), names
