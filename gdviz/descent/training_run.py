"""Somebody's own training run, as it was recorded: what was measured of it, where its parameters were, and no loss.

A recording of a run is a table, see `columns`, with

step            how many updates the run had made
loss, test_loss, accuracy, test_accuracy   what was measured there; NaN where it was not; an infinite loss is lost
NAME            each parameter by its name, whole, or
projected, sample[NAME]   the place of all parameters in a random projection, and a fixed sample of each
method, parameters, shapes, kept   texts: what it is called, its parameters' names and shapes, and `every of seen`
"""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Self, final

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.columns import WORDS as OF_TRAJECTORIES
from gdviz.descent.columns import names_of
from gdviz.descent.loss import About, Array, Loss
from gdviz.descent.optimizers.method import Method
from gdviz.descent.stepper import Start
from gdviz.descent.table import READERS, Table
from gdviz.descent.walk import Probe, Update
from gdviz.problems import BadData, BadScene, choose, counted

MEASURES = ("loss", "test_loss", "accuracy", "test_accuracy")
WORDS = ("parameters", "shapes", "kept")
PROJECTED = "projected"
DIRECTIONS = 3  # of the path's principal ones are kept: two are drawn, and no story has fewer than it is drawn in
_SAMPLE = re.compile(r"sample\[(.*)\]", re.DOTALL)
_NO_PARAMETER = re.compile(r"(gradient|step|sample)\[.*\]|term .*", re.DOTALL)


@final
@dataclass(frozen=True, eq=False)
class TrainingRun:
    """A training run that was recorded: `Scene(TrainingRun.load("run.npz"))` films it.

    source: where it comes from. name: what it is called beside the step.
    steps: how many updates it had made at each record, `(records,)`.
    measures: by name, of `MEASURES`, `(records,)`; NaN where nothing was measured. Accuracies are parts of one.
    weights: by the names of the parameters, `(records, *shape)`; of a projected run a sample of each, `(records, n)`.
    shapes: of the parameters, by name, as the model has them.
    projected: where all parameters were, in a random projection `(records, numbers)`, or None where they are whole.
    every, seen: so many of the steps that there were make one record.

    It is a loss for want of one: all that is known of it is what was measured on the way. Its parameters are the
    principal directions of the path (Jolliffe: "Principal Component Analysis", 2002), in which places lie as far apart
    as the parameters did, as far as those directions go. Where a loss is infinite, or a parameter no finite number, the
    run diverged, and what came after is left alone.

    Raises `BadData` for arrays that don't fit each other, and for a run of one record.
    """

    source: Path
    name: str
    steps: NDArray[np.int64]
    measures: Mapping[str, Array]
    weights: Mapping[str, Array]
    shapes: Mapping[str, tuple[int, ...]]
    projected: Array | None = None
    every: int = 1
    seen: int = 0

    def __post_init__(self) -> None:
        """Check the arrays, and freeze them."""
        arrays = [
            *self.measures.values(),
            *self.weights.values(),
            *([] if self.projected is None else [self.projected]),
        ]
        lengths = {len(array) for array in arrays} | {len(self.steps)}
        if len(lengths) > 1:
            raise BadData(self.source, f"its columns have {', '.join(map(str, sorted(lengths)))} rows")
        if not arrays or not (self.weights or "loss" in self.measures):
            raise BadData(self.source, f"there is neither a loss nor a parameter in it; {choose('', MEASURES)}")
        if len(self.steps) < 2:
            raise BadData(self.source, "the run has one record; a film needs another one")
        for array in (self.steps, *arrays):
            array.flags.writeable = False
        for field in ("measures", "weights", "shapes"):
            object.__setattr__(self, field, MappingProxyType(dict(getattr(self, field))))
        object.__setattr__(self, "seen", self.seen or len(self.steps))
        if self._end == 0:
            raise BadData(self.source, f"{self._fault(0)}; a run must begin with finite numbers")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `Recorder.save` wrote, or any table of a run, see the head of this file.

        Raises `BadData` and `BadScene` for what can't be used.
        """
        source = Path(path)
        if source.suffix.lower() not in READERS:
            raise BadScene("recording", str(path), f"its end must say the format; {choose(source.suffix, READERS)}")
        table = READERS[source.suffix.lower()](source, by="run", words=(*OF_TRAJECTORIES, *WORDS))
        if len(table.groups) > 1:
            raise BadData(source, f"there are {len(table.groups)} runs in it; a training run is filmed alone")
        return cls(source, table.words.get("method", (source.stem,))[0], *_columns(table))

    # What is known of it

    @property
    def count(self) -> int:
        """How many parameters the model has."""
        return sum(math.prod(shape) for shape in self.shapes.values())

    @cached_property
    def diverged(self) -> bool:
        """Whether it left the float range."""
        return self._end < len(self.steps)

    @cached_property
    def _end(self) -> int:
        """The first record that is lost, or the number of records."""
        lost = np.isinf(self.measures["loss"]) if "loss" in self.measures else np.zeros(len(self.steps), dtype=bool)
        for place in self._places:
            lost = lost | ~np.isfinite(place.reshape(len(place), -1)).all(axis=1)
        return int(np.argmax(lost)) if lost.any() else len(self.steps)

    def _fault(self, record: int) -> str:
        """Say what of a record is no finite number."""
        if "loss" in self.measures and np.isinf(self.measures["loss"][record]):
            return f"the loss at step {self.steps[record]} is not finite"
        return f"a parameter at step {self.steps[record]} is not finite"

    @property
    def _places(self) -> tuple[Array, ...]:
        """Where the parameters were, as far as they were kept: together the coordinates of the path."""
        return tuple(self.weights.values()) if self.projected is None else (self.projected,)

    def measured(self, name: str) -> bool:
        """Whether something was measured at two records or more: of it there is a line."""
        found = self.measures.get(name)
        return found is not None and int(np.isfinite(found[: self._end]).sum()) > 1

    @cached_property
    def moves(self) -> bool:
        """Whether its parameters were recorded, and changed."""
        return bool(self._principal[1].sum() > 0)

    @property
    def path(self) -> Array:
        """The places along the principal directions, `(records, DIRECTIONS)`, up to where it was lost; from zero."""
        return self._principal[0]

    @property
    def explained(self) -> Array:
        """Which part of the path's variance lies along each of the directions, `(DIRECTIONS,)`."""
        return self._principal[1]

    @cached_property
    def _principal(self) -> tuple[Array, Array]:
        """The path along its principal directions and the part of the variance along each."""
        path, explained = np.zeros((self._end, DIRECTIONS)), np.zeros(DIRECTIONS)
        parts = [place[: self._end].reshape(self._end, -1).astype(np.float64) for place in self._places]
        if parts:
            around = np.concatenate(parts, axis=1)
            around -= around.mean(axis=0)
            scale = float(np.abs(around).max(initial=0.0)) or 1.0
            around /= scale
            across = around.shape[0] <= around.shape[1]
            values, vectors = np.linalg.eigh(around @ around.T if across else around.T @ around)
            values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
            few = min(DIRECTIONS, len(values))
            path[:, :few] = (vectors * np.sqrt(values) if across else around @ vectors)[:, :few] * scale
            explained[:few] = values[:few] / (values.sum() or 1.0)
            path -= path[0]
            path *= np.where(path[np.abs(path).argmax(axis=0), range(DIRECTIONS)] < 0, -1.0, 1.0)
        return path, explained

    @cached_property
    def losses(self) -> Array:
        """The loss at each record up to where it was lost; between those measured, on a line; zero where none was."""
        given = self.measures.get("loss", np.zeros(len(self.steps)))[: self._end]
        known = np.isfinite(given)
        if known.all() or not known.any():
            return np.nan_to_num(given)
        return np.interp(self.steps[: self._end], self.steps[: self._end][known], given[known])

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the content, in hexadecimal."""
        content = hashlib.sha256(repr((self.name, dict(self.shapes), self.every, self.seen)).encode())
        named = {"step": self.steps, **self.measures, **self.weights}
        for name, array in (named if self.projected is None else {**named, PROJECTED: self.projected}).items():
            content.update(f"{name}{array.shape}".encode() + array.tobytes())
        return content.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Whether the content is the same, wherever it lies."""
        return self.digest == other.digest if isinstance(other, TrainingRun) else NotImplemented

    def __hash__(self) -> int:
        """Return the hash of the content."""
        return hash(self.digest)

    # The contract of a loss

    @cached_property
    def about(self) -> About:
        """The principal directions are its parameters."""
        names = tuple(f"direction {number}" for number in range(1, DIRECTIONS + 1))
        return About(names, start=tuple(self.path[0].tolist()))

    def __call__(self, points: Array) -> tuple[Array, Array]:
        """Return the loss `(...)` at points `(..., dim)`, NaN off the path, and in place of the gradient zeros."""
        return self.value(points), np.zeros(np.shape(points))

    def value(self, points: Array) -> Array:
        """Return the loss alone, `(...)`: that of the first record at the place."""
        same = (np.asarray(points)[..., None, :] == self.path).all(axis=-1)
        found: Array = np.where(same.any(axis=-1), self.losses[same.argmax(axis=-1)], np.nan)
        return found

    def hessian(self, points: Array) -> None:
        """Return nothing: second derivatives are not known."""

    def at(self, step: int) -> Loss:
        """Return the loss as the run saw it at that record, by its number."""
        return _Record(self, min(step, len(self.losses) - 1))

    def __repr__(self) -> str:
        """Say what it holds, in one line."""
        records, count = counted(len(self.steps), "record"), counted(self.count, "parameter")
        return f"<TrainingRun {self.source.name}: {records} of {counted(self.seen, 'step')}, {count}>"


@dataclass(frozen=True)
class _Record:
    """The loss of a training run as it was at one record: the same wherever it is asked for."""

    run: TrainingRun
    number: int

    @property
    def about(self) -> About:
        return self.run.about

    def __call__(self, points: Array) -> tuple[Array, Array]:
        return self.value(points), np.zeros(np.shape(points))

    def value(self, points: Array) -> Array:
        return np.full(np.shape(points)[:-1], self.run.losses[self.number])

    def hessian(self, points: Array) -> None:
        """Return nothing: second derivatives are not known."""

    def at(self, step: int) -> Loss:  # noqa: ARG002
        return self


@dataclass(frozen=True)
class Replay(Method):
    """A training run, gone through again record by record: what a scene does with a `TrainingRun` by itself."""

    run: TrainingRun

    @property
    def name(self) -> str:
        """What the run is called."""
        return self.run.name

    @property
    def sees_gradient(self) -> bool:
        """No: gradients are not known."""
        return False

    @property
    def lasts(self) -> int:
        """How many updates lie between the records."""
        return len(self.run.path) - (not self.run.diverged)

    def begins(self, loss: Loss, start: Start | None) -> Start:
        """Return where it began. Raises `BadScene` for another loss, and where it is to begin elsewhere."""
        if loss != self.run:
            raise BadScene("loss", type(loss).__name__, "a training run is filmed by itself: Scene(run)")
        if start is not None:
            raise BadScene("start", start, "a training run begins where it began; leave it out")
        return self.run.path[:1]

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield what lies between the records; of a run that diverged the last step is infinite."""
        path = self.run.path
        for number in range(min(steps, self.lasts)):
            probe.see(number, start)
            step = path[number + 1 : number + 2] - start if number + 1 < len(path) else np.full_like(start, np.inf)
            start = start + step
            yield Update(step)


def _columns(
    table: Table,
) -> tuple[
    NDArray[np.int64], dict[str, Array], dict[str, Array], dict[str, tuple[int, ...]], Array | None, int, int
]:  # fmt: skip
    """Return what the columns of a table hold, in the order of the fields of `TrainingRun`."""
    steps = growing(table.source, table.full_column("step") if "step" in table.columns else None, len(table.lines))
    measures = {name: table.column(name) for name in MEASURES if name in table.columns}
    for name, found in measures.items():
        if found.ndim > 1:
            raise BadData(table.source, f"{name} has {found[0].size} numbers in each row; allowed: one")
    if PROJECTED in table.columns:
        weights = {match[1]: table.column(match[0]) for match in map(_SAMPLE.fullmatch, table.columns) if match}
    else:
        weights = {name: table.column(name) for name in _parameters(table)}
    shapes = {name: found.shape[1:] for name, found in weights.items()}
    said = table.words.get("shapes", ())
    if len(said) == len(weights):
        shapes = dict(zip(weights, map(_shape, said), strict=True))
    every, seen = _kept(table)
    projected = table.column(PROJECTED) if PROJECTED in table.columns else None
    return steps, measures, weights, shapes, projected, every, seen


def _parameters(table: Table) -> Sequence[str]:
    """Return the columns that are parameters: as the file says, else all that are nothing else."""
    taken = {"step", "run", "evaluations", *MEASURES}
    others = [name for name in table.columns if name not in taken and not _NO_PARAMETER.fullmatch(name)]
    return table.words.get("parameters") or names_of(table) or others


def _shape(text: str) -> tuple[int, ...]:
    return tuple(int(size) for size in re.findall(r"\d+", text))


def _kept(table: Table) -> tuple[int, int]:
    """Return how many steps make one record, and how many there were."""
    match = re.fullmatch(r"(\d{1,12}) of (\d{1,12})", " ".join(table.words.get("kept", ())))
    return (int(match[1]), int(match[2])) if match else (1, len(table.lines))


def growing(source: Path, given: Array | None, count: int) -> NDArray[np.int64]:
    """Return steps as whole numbers, counted where none are given. Raises `BadData` unless they grow."""
    if given is None:
        return np.arange(count, dtype=np.int64)
    for record, step in enumerate(given.tolist()):
        if not math.isfinite(step) or step != int(step):
            raise BadData(source, f"step is {step:g} in record {record + 1}, which is not a whole number")
        if record and step <= given[record - 1]:
            raise BadData(source, f"step is {step:g} after {given[record - 1]:g}; steps must grow")
    return given.astype(np.int64)
