"""The frozen record of a descent: where the parameters went, and how each run ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Loss
from gdviz.problems import counted

if TYPE_CHECKING:
    from gdviz.descent.walk import Walker


class How(Enum):
    """How a run ended; the values are the sentences that users read."""

    CONVERGED = "converged at step {step}"
    RAN_OUT = "ran out of steps after {step}"
    STOPPED = "stopped by itself at step {step}"
    OVERFLOWED = "diverged at step {step}: the loss left the float range"
    LEFT_DOMAIN = "diverged at step {step}: the loss is not defined there"


@dataclass(frozen=True)
class Ending:
    """How a run ended and at which step; `str(ending)` is the sentence."""

    how: How
    step: int

    def __str__(self) -> str:
        """Return the sentence."""
        return self.how.value.format(step=self.step)

    @property
    def diverged(self) -> bool:
        """Whether the run left what numbers can hold or where the loss is defined."""
        return self.how in (How.OVERFLOWED, How.LEFT_DOMAIN)


@dataclass(frozen=True)
class Origin:
    """Where a trajectory comes from: what went down which loss."""

    loss: Loss
    walker: "Walker"

    def of_run(self, number: int) -> "Origin":
        """Return where one of the runs comes from; those of optimizers that go together have one each."""
        optimizers = getattr(self.walker, "optimizers", None)
        return self if optimizers is None else Origin(self.loss, optimizers[number])


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What happened, with the step as the first axis of every array; all arrays are read-only.

    After its end a run repeats its last finite row.

    name, rule: the method's name, and its step as an expression over the names of the terms.
    names: of the parameters.
    at: the steps recorded, `(records,)`: 0 to `steps` unless the record was thinned.
    params `(records, runs, dim)`, loss `(records, runs)`, gradient `(records, runs, dim)`: where the runs stood, and
        what they saw there. With mini-batches that is the loss of the batch of the step that leaves from there, and of
        the last place that of the batch which would be next; the loss of all the data is `loss.value(path.params)`.
    evaluations `(records, runs)`: how often each run had asked for the loss or its gradient when it arrived there.
    step `(records - 1, runs, dim)`: what was added to the parameters on leaving each recorded place; zero once a run
        has ended, and for the update that would have led out of the float range or of the loss's domain.
    terms: the optimizer's own numbers on leaving each recorded place, `(records - 1, runs, dim)`.
    ends: how each run ended.
    sees_gradient: whether the method asked for gradients, or only compared losses.
    shapes: what the vector of parameters packs, one for each name, as in `About`; empty where all are numbers.
    origin: the loss and the method, where they are known; a notebook draws the film from it. A loaded one has none.
    """

    name: str
    rule: str
    names: tuple[str, ...]
    at: NDArray[np.int64]
    params: Array
    loss: Array
    gradient: Array
    evaluations: NDArray[np.int64]
    step: Array
    terms: Mapping[str, Array]
    ends: tuple[Ending, ...]
    sees_gradient: bool = True
    shapes: tuple[tuple[int, ...], ...] = ()
    origin: Origin | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        object.__setattr__(self, "terms", MappingProxyType(dict(self.terms)))
        if not any(self.shapes):
            object.__setattr__(self, "shapes", ())
        arrays = (self.at, self.params, self.loss, self.gradient, self.evaluations, self.step, *self.terms.values())
        for array in arrays:
            array.flags.writeable = False

    @property
    def runs(self) -> int:
        """How many runs."""
        return len(self.ends)

    @property
    def last(self) -> int:
        """The record at which the last of the runs had ended."""
        return int(np.searchsorted(self.at, max(end.step for end in self.ends)))

    def run(self, number: int) -> "Trajectory":
        """Return one of the runs as a trajectory of its own."""
        only = slice(number, number + 1)
        return Trajectory(
            self.name, self.rule, self.names, self.at, self.params[:, only], self.loss[:, only], self.gradient[:, only],
            self.evaluations[:, only], self.step[:, only],
            {name: term[:, only] for name, term in self.terms.items()}, self.ends[only], self.sees_gradient,
            self.shapes, self.origin and self.origin.of_run(number),
        )  # fmt: skip

    def to_its_end(self) -> "Trajectory":
        """Return the records up to the one at which the last of the runs had ended."""
        records, steps = slice(self.last + 1), slice(self.last)
        return Trajectory(
            self.name, self.rule, self.names, self.at[records], self.params[records], self.loss[records],
            self.gradient[records], self.evaluations[records], self.step[steps],
            {name: term[steps] for name, term in self.terms.items()}, self.ends, self.sees_gradient, self.shapes,
            self.origin,
        )  # fmt: skip

    def save(self, path: str | Path) -> None:
        """Write every number to a `.csv`, `.json` or `.npz` file, a row for each step of each run.

        The columns are `step`, `run`, the parameters, `loss`, `gradient[m]`, `step[m]`, `evaluations`, `term ...`, and
        the texts `method`, `rule`, `asks_for` and `ending` (in CSV in the first row of a run). `load_trajectory` gives
        back the same bits; `Recorded` films them.

        Raises `BadScene` for a path that can't be used and `FilmFailed` where the disk fails; then what stood there
        before still stands.
        """
        import gdviz  # the front door: this room knows nothing of how files are written

        gdviz.write_record(self, path)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        """Return what a notebook shows: the film, where the loss is known."""
        import gdviz  # the front door, as in `save`

        return gdviz.notebook_bundle(self)

    def _repr_html_(self) -> str:
        """Return the same for those who only ask for a page."""
        return self._repr_mimebundle_()["text/html"]

    def __iter__(self) -> Iterator["Trajectory"]:
        """Yield each run as a trajectory of its own."""
        return (self.run(number) for number in range(self.runs))

    def distance(self, minima: Sequence[Sequence[float]]) -> Array:
        """Return the distance `(records, runs)` to the nearest of the minima, in the parameters' unit."""
        points = np.asarray(minima, dtype=np.float64).reshape(-1, self.params.shape[-1])
        gaps = np.linalg.norm(self.params[:, :, None, :] - points, axis=-1)
        nearest: Array = gaps.min(axis=-1)
        return nearest

    def correct_digits(self, minima: Sequence[Sequence[float]]) -> Array:
        """Return the accuracy `(records, runs)`: how many decimal digits of the nearest minimum are right.

        `-log10(distance / max(1, |minimum|))`, at most the 15.95 of a float64, at least 0.
        """
        points = np.asarray(minima, dtype=np.float64).reshape(-1, self.params.shape[-1])
        gaps = np.linalg.norm(self.params[:, :, None, :] - points, axis=-1)
        scale = np.maximum(1.0, np.linalg.norm(points, axis=-1))
        relative = (gaps / scale).min(axis=-1)
        digits: Array = np.maximum(0.0, -np.log10(np.maximum(relative, np.finfo(np.float64).eps / 2)))
        return digits

    def steps_to(self, loss: float) -> tuple[int | None, ...]:
        """Return for each run the first recorded step with a loss of at most `loss`, or None: the speed."""
        return tuple(None if k is None else int(self.at[k]) for k in self._records_to(loss))

    def evaluations_to(self, loss: float) -> tuple[int | None, ...]:
        """Return for each run how often it had asked for the loss or its gradient by then, or None."""
        return tuple(
            None if k is None else int(self.evaluations[k, run]) for run, k in enumerate(self._records_to(loss))
        )

    def _records_to(self, loss: float) -> list[int | None]:
        reached = self.loss <= loss
        return [int(np.argmax(run)) if run.any() else None for run in reached.T]

    def __repr__(self) -> str:
        """Say what it holds, in one line."""
        ends = ", ".join(str(end) for end in self.ends[:3]) + (", ..." if self.runs > 3 else "")
        return f"<Trajectory of {self.name}: {counted(self.runs, 'run')}, {ends}>"
