"""Recording a training run as it goes: `with gdviz.record(model) as run:`."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from gdviz.descent.models import Named, array_of, number_of, reader_of
from gdviz.descent.projection import Projection
from gdviz.descent.settings import Limits
from gdviz.descent.table import MOST_NUMBERS
from gdviz.descent.table_writing import WRITERS
from gdviz.descent.training_run import MEASURES, PROJECTED, TrainingRun
from gdviz.film.film import Written
from gdviz.film.landing import store
from gdviz.film.sizes import bytes_of
from gdviz.problems import BadData, BadScene, choose, counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_RECORDS = 2000  # more than that are more than a film has pictures
LEAST_RECORDS = 128  # where fewer whole ones fit in the budget, the parameters are projected
_UNKEPT = -1
_SHARE = 0.9  # of the numbers that are read back from a file
_TAKEN = ("step", "run", *MEASURES, PROJECTED, "method", "parameters", "shapes", "kept")


def aloud(sentence: str) -> None:
    """Write a sentence to the standard error."""
    sys.stderr.write(f"gdviz: {sentence}\n")


def record(
    model: Any = None, optimizer: Any = None, *, budget: int | str = "64 MB", every: int = 1, name: str = "",
    tell: Callable[[str], object] = aloud,
) -> Recorder:  # fmt: skip
    """Record a training run of a model, to film it: `with gdviz.record(model) as run:`.

        with gdviz.record(model) as run:
            for inputs, targets in batches:
                optimizer.zero_grad()
                loss = cost(model(inputs), targets)
                loss.backward()
                run.step(loss)
                optimizer.step()
        run.save("run.npz")     # then: gdviz show run.npz -o film.gif

    model: of PyTorch or Keras, or a mapping of names to arrays that change in place; without one the parameters are
        given to `Recorder.log`. Only what it learns is recorded.
    optimizer: of PyTorch; then it does not matter whether `run.step` stands before or after `optimizer.step`, as with
        `Recorder.watch`.
    budget: the memory that may be taken, such as "64 MB". What does not fit is thinned: every second record is dropped,
        again and again. Where fewer than 128 records of all the parameters fit, the parameters are projected, see
        `Projection`. Either is told once, at the end.
    every: look only at every so many steps. name: what the run is called beside the step.
    tell: what is told is handed to it; it goes to the standard error unless given.

    Raises `BadScene` for what can't be used.
    """
    return Recorder(model, optimizer, budget=budget, every=every, name=name, tell=tell)


class Recorder:
    """The record of a training run, as it grows; see `record`."""

    def __init__(
        self, model: Any = None, optimizer: Any = None, *, budget: int | str = "64 MB", every: int = 1, name: str = "",
        tell: Callable[[str], object] = aloud,
    ) -> None:  # fmt: skip
        if not Limits(whole=True, least=1).hold(every):
            raise BadScene("every", every, "allowed: a whole number from 1")
        self._budget = bytes_of(budget, "budget")
        self._budget_said = str(budget)
        self.name = name or (type(optimizer).__name__ if optimizer is not None else "training")
        self._read = None if model is None else reader_of(model)
        self._every, self._tell = every, tell
        self._seen = 0  # steps that there were
        self._step = -1  # the number of the last one
        self._rows = 0
        self._order: list[int] = []  # where the places of each record lie: what is dropped makes room and moves nothing
        self._free: list[int] = []
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._projection: Projection | None = None
        self._held: dict[str, Any] = {}  # measures for the next record
        self._open: int | None = None  # the row that waits for its measures, `_UNKEPT` where that step has none
        self._said: dict[str, Any] | None = None  # measures that wait for their place
        self._hooks: list[Any] = []
        self._told = False
        if optimizer is not None:
            self.watch(optimizer)

    # While it trains

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the optimizer alone again, and tell what was left out; also where the training failed."""
        self.close()

    def close(self) -> None:
        """Leave the optimizer alone again, and tell what was left out."""
        for hook in self._hooks:
            hook.remove()
        self._hooks.clear()
        if self.note and not self._told:
            self._told = True
            self._tell(self.note)

    def watch(self, optimizer: Any) -> None:
        """Look at the model just before each step of an optimizer of PyTorch, and not when `step` is called.

        Raises `BadScene` for one that can't be watched, and without a model.
        """
        if not callable(getattr(optimizer, "register_step_pre_hook", None)):
            raise BadScene("optimizer", optimizer, "allowed: an optimizer of PyTorch; with others call run.step")
        self._model_or_refuse("watch")
        self._hooks.append(optimizer.register_step_pre_hook(self._before_step))

    def _before_step(self, *_given: Any) -> None:
        self._open = self._taken(self._step + 1, self._model_or_refuse("watch"))
        if self._said is not None:
            self._measure(self._open, self._said)
            self._open, self._said = None, None

    def step(self, loss: Any = None, **measures: Any) -> None:
        """Record the model as it is now, and what was measured of it there: after `backward`, before it moves.

        loss: of this step, a number or a tensor of one; one that is no finite number says that the run diverged.
        measures: `test_loss`, `accuracy`, `test_accuracy`, where they were measured. Of steps that are not kept those
        three count for the next that is.

        Raises `BadScene` for what can't be used.
        """
        if not measures and not self._hooks and self._seen % self._every:  # as most steps of a long run
            self._seen, self._step = self._seen + 1, self._step + 1
            return
        given = self._checked(loss, measures)
        if not self._hooks:
            self._measure(self._taken(self._step + 1, self._model_or_refuse("step")), given)
        elif self._open is not None:
            self._measure(self._open, given)
            self._open = None
        else:
            self._said = given

    def log(
        self, step: int | None = None, params: Mapping[str, Any] | None = None, loss: Any = None, **measures: Any
    ) -> None:
        """Record one step of any run.

        step: its number, counted unless given. params: arrays or numbers by name, the model's own unless given.
        loss, measures: as in `step`.

        Raises `BadScene` for what can't be used, such as a parameter whose shape changes.
        """
        given = self._checked(loss, measures)
        number = self._step + 1 if step is None else step
        if not Limits(whole=True, least=self._step + 1).hold(number):
            raise BadScene("step", step, f"allowed: whole numbers that grow, from {self._step + 1} on")
        read: Callable[[], Named] | None = self._read if params is None else reader_of(params)
        self._measure(self._taken(number, read), given)

    def keras_callback(self) -> Any:
        """Return a callback for `model.fit(..., callbacks=[run.keras_callback()])`.

        Keras tells the mean loss of the epoch so far, not that of a batch; so does the record.

        Raises `MissingPackage` without Keras.
        """
        from gdviz.descent.adapters.borrowed import import_library

        return _keras_callback(import_library("keras"), self)

    # What it keeps

    def _model_or_refuse(self, where: str) -> Callable[[], Named]:
        if self._read is None:
            raise BadScene(where, None, "give gdviz.record the model, or params to run.log")
        return self._read

    def _checked(self, loss: Any, measures: Mapping[str, Any]) -> dict[str, Any]:
        for name in measures:
            if name not in MEASURES:
                raise BadScene("measure", name, choose(name, MEASURES))
        return {"loss": loss, **measures}

    def _taken(self, step: int, read: Callable[[], Named] | None) -> int:
        """Take the place of a step, and return its row, or `_UNKEPT` where it is none of those that are kept."""
        number, self._step = self._seen, step
        self._seen += 1
        if number % self._every:
            return _UNKEPT
        if not self._rows:
            self._begin({} if read is None else dict(read()))
        if self._rows == len(self._steps):
            self._thin()
        self._steps[self._rows] = step
        self._measures[:, self._rows] = math.nan
        self._order.append(self._free.pop() if self._free else self._rows)
        self._fill(self._places[self._order[-1]], read)
        self._rows += 1
        return self._rows - 1

    def _begin(self, params: Mapping[str, NDArray[Any]]) -> None:
        """Take the room that there is, once the first parameters are known."""
        for name, value in params.items():
            if name in _TAKEN or "[" in name:
                raise BadScene("params", name, f"allowed: other names than {', '.join(_TAKEN)}, without brackets")
            if value.dtype.kind not in "fiu":
                raise BadScene(f"params, {name}", str(value.dtype), "allowed: real numbers")
        self._shapes = {name: value.shape for name, value in params.items()}
        kind = np.float64 if any(value.dtype.itemsize > 4 for value in params.values()) else np.float32
        self._ends = np.cumsum([0, *(value.size for value in params.values())])
        width, room = int(self._ends[-1]), self._budget
        if self._most(width, kind, room) < LEAST_RECORDS:
            self._projection = Projection.of(self._shapes)
            width, room = self._projection.width, room - self._projection.bytes
            if self._most(width, kind, room) < LEAST_RECORDS:
                least = self._projection.bytes + LEAST_RECORDS * self._bytes(width, kind)
                allowed = f"allowed: at least {least / 1e6:.1f} MB for this model"
                raise BadScene("budget", self._budget_said, allowed)
        rows = self._most(width, kind, room) // 2 * 2
        self._steps = np.empty(rows, dtype=np.int64)
        self._measures = np.empty((len(MEASURES), rows))
        self._places: NDArray[Any] = np.empty((rows, width), dtype=kind)

    def _bytes(self, width: int, kind: type) -> int:
        return width * np.dtype(kind).itemsize + 8 * (1 + len(MEASURES))

    def _most(self, width: int, kind: type, room: int) -> int:
        """Return how many records fit in so many bytes, a film, and a file."""
        readable = int(_SHARE * MOST_NUMBERS / (width + 1 + len(MEASURES)))
        return min(MOST_RECORDS, readable, room // self._bytes(width, kind))

    def _fill(self, row: NDArray[Any], read: Callable[[], Named] | None) -> None:
        """Copy the parameters, or their projection, into a row."""
        found: Iterable[tuple[str, NDArray[Any]]] = () if read is None else read()
        parts = []
        for (name, shape), (now, value) in zip(self._shapes.items(), found, strict=False):
            if now != name or value.shape != shape:
                given = f"{now} of the shape {value.shape}" if now != name else value.shape
                first = int(self._steps[0])
                raise BadScene(f"params, {name}", given, f"allowed: the shape {shape} that it had at step {first}")
            parts.append(value.reshape(-1))
        if len(parts) != len(self._shapes):
            allowed = f"allowed: all {counted(len(self._shapes), 'parameter')} of step {self._steps[0]}"
            raise BadScene("params", counted(len(parts), "parameter"), allowed)
        if self._projection is not None:
            self._projection.fill(row, parts)
            return
        for part, begin, end in zip(parts, self._ends, self._ends[1:], strict=False):
            row[begin:end] = part

    def _measure(self, row: int, given: Mapping[str, Any]) -> None:
        """Write measures into a row; those of a step that is not kept wait for the next, but for its loss."""
        self._held |= {name: value for name, value in given.items() if value is not None and name != "loss"}
        if row < 0:
            return
        for place, name in enumerate(MEASURES):
            value = given.get(name)
            value = self._held.get(name) if value is None else value
            if value is None:
                continue
            found = number_of(value, name)
            self._measures[place, row] = found if math.isfinite(found) or name != "loss" else math.inf
        self._held.clear()

    def _thin(self) -> None:
        """Drop every second record; what was measured there, but for its loss, counts for the next one."""
        half = self._rows // 2
        odd = self._measures[1:, 1::2].copy()
        self._free, self._order = self._order[1::2], self._order[::2]
        self._steps[:half] = self._steps[::2].copy()
        self._measures[:, :half] = self._measures[:, ::2].copy()
        kept = self._measures[1:, 1:half]
        kept[...] = np.where(np.isnan(kept), odd[:, : half - 1], kept)
        for name, value in zip(MEASURES[1:], odd[:, -1].tolist(), strict=True):
            if not math.isnan(value):
                self._held.setdefault(name, value)
        self._rows, self._every = half, 2 * self._every

    # What comes of it

    @property
    def note(self) -> str:
        """What was left out, in a sentence; empty where nothing was."""
        parts = []
        if self._every > 1:
            parts.append(f"one in {self._every} of {self._seen:,} steps is kept ({counted(self._rows, 'record')})")
        if self._projection is not None:
            parts.append(f"{self._projection.words}")
        return f"{'; '.join(parts)}; the budget is {self._budget_said}" if parts else ""

    def save(self, path: str | Path) -> Written:
        """Write the record to a `.npz` file, for `gdviz show` and `TrainingRun.load`.

        Returns what was written. Raises `BadScene` for a name that does not end in .npz and for fewer than two records,
        and `FilmFailed` where the disk fails; then what stood there before still stands.
        """
        if not str(path).lower().endswith(".npz"):
            raise BadScene("recording", str(path), "allowed: a name that ends in .npz")
        if self._rows < 2:
            raise BadScene("recording", counted(self._rows, "record"), "a film needs at least two")
        self.close()
        columns = {"step": self._steps[: self._rows], **self._measured()}
        columns |= self._kept()
        words = {"method": [self.name], "kept": [f"{self._every} of {self._seen}"]}
        if self._shapes:
            words |= {"parameters": [*self._shapes], "shapes": [str(shape) for shape in self._shapes.values()]}
        return store(WRITERS[".npz"](columns, words, [0]), path, "NPZ")

    def training_run(self, source: str | Path = "training") -> TrainingRun:
        """Return the record so far, to film it without a file: `Scene(run.training_run())`.

        Raises `BadData` for fewer than two records.
        """
        if not self._rows:
            raise BadData(source, "nothing was recorded; call run.step(loss) or run.log(...) at every step")
        kept = {name: values.astype(np.float64) for name, values in self._kept().items()}
        projected = kept.pop(PROJECTED, None)
        weights = {name.removeprefix("sample[").removesuffix("]"): values for name, values in kept.items()}
        steps, shapes = self._steps[: self._rows].copy(), self._shapes
        return TrainingRun(
            Path(source), self.name, steps, self._measured(), weights, shapes, projected, self._every, self._seen
        )

    def _measured(self) -> dict[str, NDArray[Any]]:
        """Return what was measured at all, by name."""
        found = {name: self._measures[place, : self._rows].copy() for place, name in enumerate(MEASURES)}
        return {name: values for name, values in found.items() if not np.isnan(values).all()}

    def _kept(self) -> dict[str, NDArray[Any]]:
        """Return the columns of the parameters: by name, each `(records, *shape)`, or of the projection."""
        if self._projection is not None:
            return self._projection.columns(self._places[self._order])
        ends = zip(self._shapes.items(), self._ends, self._ends[1:], strict=False)
        return {name: self._places[self._order, begin:end].reshape(-1, *shape) for (name, shape), begin, end in ends}


def _keras_callback(keras: Any, run: Recorder) -> Any:
    """Return a callback of Keras that records."""

    class Recording(keras.callbacks.Callback):  # type: ignore[misc]
        """Take the place before each update, and what Keras tells of it after."""

        def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            model = self.model  # what some backends keep elsewhere is brought back by this
            run._open = run._taken(run._step + 1, reader_of(model))

        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
            run._measure(_UNKEPT if run._open is None else run._open, _told(logs, ""))

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            run._measure(_UNKEPT, {f"test_{name}": value for name, value in _told(logs, "val_").items()})

        def on_train_end(self, logs: Any = None) -> None:  # noqa: ARG002
            run.close()

    return Recording()


def _told(logs: Any, prefix: str) -> dict[str, Any]:
    """Return loss and accuracy of what Keras tells, where they are among it."""
    own = {name.removeprefix(prefix): value for name, value in (logs or {}).items() if name.startswith(prefix)}
    accuracy = next((value for name, value in own.items() if name.endswith(("acc", "accuracy"))), None)
    found = {"loss": own.get("loss"), "accuracy": accuracy}
    return {name: array_of(value) for name, value in found.items() if value is not None}
