"""A run that was recorded elsewhere, gone through again step by step."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gdviz.descent import columns
from gdviz.descent.columns import ASKS, ending_of, steps_of, word_of
from gdviz.descent.loss import Array, Loss, steps_per_epoch
from gdviz.descent.optimizers.method import Method
from gdviz.descent.settings import Limits
from gdviz.descent.stepper import Start, first_params
from gdviz.descent.table import Table
from gdviz.descent.trajectory import How
from gdviz.descent.walk import Probe, Seen, Update
from gdviz.problems import BadScene

TOLERANCE = 1e-3
LONGEST_NAME = 40  # characters: what fits beside the step


@dataclass(frozen=True)
class Recorded(Method):
    """A run that was recorded elsewhere: `Scene("(m - 3)**2 + 1", Recorded("run.csv"))`.

    path: a `.csv`, `.json` or `.npz` file with a row for each step, the first being the start. Its columns are those of
        `Trajectory.save`, of which the parameters alone will do, by the names that the loss has for them (or all in one
        column `params` of as many numbers a row): a loss, where it is a number, is compared with that of the scene;
        evaluations and terms are shown; columns of other names are left alone.
    name: what it is called; as the file says, or after the file, unless given.
    run: which of the runs in the file, by its number in the column `run`, where there are several.
    every: take so many recorded steps as one, so that a long run can be filmed.
    tolerance: by what part of itself, or of the first one, a recorded loss may differ from the scene's.

    There is no rule: a step is what lies between two rows. Loss and gradient are the scene's. A recording goes on to
    its last row. Rows at its end that are no numbers say that it diverged there. Two recordings of the same content are
    equal, wherever they are.

    Raises `BadData`, with the line, for a file that can't be used, as soon as it is made or meets its loss.
    """

    path: str | os.PathLike[str] = field(compare=False)
    name: str = ""
    run: int | None = None
    every: int = 1
    tolerance: float = TOLERANCE
    digest: str = field(init=False, repr=False)
    _table: Table = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the file, and check what can be checked without a loss."""
        self._check_settings()
        table = columns.read(Path(self.path), self.every)
        object.__setattr__(self, "_table", table)
        object.__setattr__(self, "digest", _digest(table))
        if self.run is None and len(table.groups) == 1:
            object.__setattr__(self, "run", next(iter(table.groups)))
        runs = ", ".join(map(str, list(table.groups)[:9])) + (", ..." if len(table.groups) > 9 else "")
        if self.run not in table.groups:
            given = "no run" if self.run is None else self.run
            raise BadScene("Recorded(run=...)", given, f"allowed: {runs}, the runs in {Path(self.path).name}")
        rows = self._rows
        if len(rows) < 2:
            raise table.problem(int(rows[0]), "the run has one place; a step needs another one")
        steps_of(table, rows)
        if not self.name:
            usual = Path(self.path).stem + (f" {self.run}" if len(table.groups) > 1 else "")
            object.__setattr__(self, "name", word_of(table, "method", self._place) or usual)
        if len(self.name) > LONGEST_NAME or not self.name.isprintable():
            allowed = f"allowed: one line of up to {LONGEST_NAME} printable characters"
            raise BadScene("Recorded(name=...)", self.name, allowed)

    def _check_settings(self) -> None:
        given: dict[str, object] = vars(self)
        if not isinstance(given["path"], str | os.PathLike):
            raise BadScene("Recorded", given["path"], "allowed: the path of a .csv, .json or .npz file")
        if not isinstance(given["name"], str):
            raise BadScene("Recorded(name=...)", given["name"], "allowed: a text")
        limits = {"run": Limits(whole=True, optional=True), "every": Limits(whole=True, least=1)}
        for setting, limit in {**limits, "tolerance": Limits(least=0, most=1)}.items():
            if not limit.hold(given[setting]):
                raise BadScene(f"Recorded({setting}=...)", given[setting], f"allowed: {limit}")

    @classmethod
    def all_of(cls, path: str | os.PathLike[str]) -> tuple["Recorded", ...]:
        """Return every run of a file: `Scene(loss, race=Recorded.all_of("race.csv"))`."""
        return tuple(cls(path, run=number) for number in columns.read(Path(path)).groups)

    @property
    def _place(self) -> int:
        """Which of the runs it is, in the order of the file."""
        return list(self._table.groups).index(self.run or 0)

    @property
    def _rows(self) -> NDArray[np.intp]:
        """The rows of the run, without those after its end."""
        table = self._table
        rows = table.groups[self.run or 0]
        if not word_of(table, "ending", self._place):
            return rows
        end, steps = ending_of(table, self._place), steps_of(table, rows)
        last = end.step - (end.how is How.LEFT_DOMAIN)  # that place is not known
        return rows[: int(np.searchsorted(steps, last)) + 1]

    @property
    def lasts(self) -> int:
        """How many updates were recorded."""
        return len(self._rows) - 1

    @property
    def sees_gradient(self) -> bool:
        """Whether the method asked for gradients, as far as the file says."""
        return ASKS.get(word_of(self._table, "asks_for", self._place) or "", True)

    def begins(self, loss: Loss, start: Start | None) -> Start:
        """Return where it began, `(1, dim)`; raise `BadScene` where it is to begin elsewhere."""
        begin = self._path(loss)[:1]
        if start is not None and (first_params(loss, start) != begin).any():
            raise BadScene("start", start, f"the recording begins at {_shown(begin)}; leave it out")
        return begin

    def _path(self, loss: Loss) -> Array:
        """Return the places `(rows, dim)`; the last is infinite where the run diverged there."""
        table, rows, about = self._table, self._rows, loss.about
        own = columns.names_of(table)
        if own and sorted(own) != sorted(about.names):
            wanted, found = ", ".join(about.names), ", ".join(own)
            raise BadScene("optimizer", self, f"the loss has the parameters {wanted}, and the recording has {found}")
        names, shapes = about.names, about.shapes or ((),) * about.dim
        if "params" in table.columns and about.names[0] not in table.columns:
            names, shapes = ("params",), ((about.dim,),)
        for name in names:
            table.full_column(name)
        path = columns.params_of(table, names, shapes)[rows]
        lost = np.asarray(~np.isfinite(path).all(axis=1))
        first = int(np.argmax(lost)) if lost.any() else len(path)
        if first == 0 or not lost[first:].all():
            at = int(np.argmin(np.isfinite(path[first])))
            name = (about.names if len(about.names) == about.dim else ("a parameter",) * about.dim)[at]
            allowed = "allowed: finite numbers, but for the last rows of a run that diverged"
            raise table.problem(int(rows[first]), f"{name} is {path[first, at]}; {allowed}")
        if first == len(path) and self._overflowed:
            first -= 1
        return np.concatenate([path[:first], np.full((int(first < len(path)), about.dim), np.inf)])

    @property
    def _overflowed(self) -> bool:
        """Whether the file says that the run left the float range with its last step."""
        said = word_of(self._table, "ending", self._place)
        return bool(said) and ending_of(self._table, self._place).how is How.OVERFLOWED

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield what lies between the rows, from where the record stands, so that rounding never adds up.

        Where evaluations were not recorded, each place counts as one.
        """
        loss, table = probe.loss, self._table
        path = self._path(loss)
        wrong = (start != path[0]).any(axis=1)
        if wrong.any():
            raise BadScene("start", _shown(start[wrong]), f"the recording begins at {_shown(path)}")
        rows = self._rows[: len(path)]
        losses = table.column("loss")[rows] if "loss" in table.columns else None
        counts = columns.evaluations_of(table, rows) if "evaluations" in table.columns else None
        terms = columns.terms_of(table, loss.about.names, rows[:-1], loss.about.dim)
        before = probe.evaluations.copy()
        self._compare(loss, probe.look(0, start), start, losses, 0)
        for k in range(min(steps, len(path) - 1)):
            seen = probe.look(k, start) if counts is not None else probe.see(k, start)
            if counts is not None:
                probe.evaluations[:] = before + counts[k + 1] - counts[0]
            update = path[k + 1] - start
            start = start + update
            if np.isfinite(start).all():
                self._compare(loss, probe.look(k + 1, start), start, losses, k + 1)
            shown = {name: term[k : k + 1] for name, term in terms.items()}
            yield Update(update, None, {**shown, "gradient": seen.gradient} if self.sees_gradient else shown)

    def _compare(self, loss: Loss, seen: Seen, place: Array, losses: Array | None, k: int) -> None:
        """Raise `BadData` where another loss was recorded; with mini-batches that of all data will do as well."""
        if losses is None or np.isnan(losses[k]):
            return
        given, first = float(losses[k]), float(np.nan_to_num(losses[0]))
        found = [float(seen.value[0])]
        if steps_per_epoch(loss) > 1:
            found.append(float(loss.value(place)[0]))
        for value in found:
            finite = np.isfinite([given, value])
            scale = max(abs(given), abs(value), abs(first))
            if not finite.any() or (finite.all() and abs(given - value) <= self.tolerance * scale):
                return
        sentence = f"the recorded loss at step {k} is {given:.6g}, and the loss of the scene is {found[0]:.6g} there"
        raise self._table.problem(int(self._rows[k]), f"{sentence}; they are not the same loss")


def _shown(places: Array) -> float | list[float]:
    """Return the first of the places `(n, dim)` as it is written."""
    first: list[float] = places[0].tolist()
    return first[0] if len(first) == 1 else first


def _digest(table: Table) -> str:
    """Return the SHA-256 of the content, in hexadecimal."""
    content = hashlib.sha256(repr((sorted(table.words.items()), list(table.columns), list(table.groups))).encode())
    for column in table.columns.values():
        content.update(repr((column.values.shape, column.fault)).encode() + column.values.tobytes())
    for rows in table.groups.values():
        content.update(rows.tobytes() + b"\0")
    return content.hexdigest()
