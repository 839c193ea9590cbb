"""Trajectories as tables, and back: the columns of a recording.

step         the step after which the run stood there, from 0 on
run          which of the runs, from 1 on
NAME         each parameter by its name
loss         where it stood
gradient[NAME]   by each parameter, there
step[NAME]   what was added to the parameter on leaving; empty in a run's last row
evaluations  how often it had asked for the loss or its gradient by then
term TERM    one of the method's own numbers on leaving, the same for all parameters; empty in the last row, and
             everywhere in a run that does not have it
term TERM[NAME]   the same, where it differs from parameter to parameter
method, rule, asks_for, ending   texts, one a run: its name, its rule, `gradient` or `loss` alone, and how it ended

Whoever reads a table leaves columns of other names alone.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.loss import Array
from gdviz.descent.table import READERS, Columns, Table, Words
from gdviz.descent.trajectory import Ending, How, Trajectory
from gdviz.problems import BadData, BadScene, choose

WORDS = ("method", "rule", "asks_for", "ending")
ASKS = {"gradient": True, "loss": False}
_TAKEN = ("step", "run", "loss", "evaluations", "params", *WORDS)
_GRADIENT = re.compile(r"gradient\[(.*)\]", re.DOTALL)
_TERM = re.compile(r"term ([^\[]+)(?:\[(.*)\])?", re.DOTALL)


# Out


def tabled(paths: Sequence[Trajectory]) -> tuple[Columns, Words, list[int]]:
    """Return trajectories of the same parameters as columns, texts, and the first row of each run.

    Raises `BadScene` for the name of a parameter or a term that would be taken for another column.
    """
    runs = [run for path in paths for run in path]
    _check_names(runs)
    counts = [len(run.at) for run in runs]
    names, shapes = runs[0].names, shapes_of(runs[0])
    columns: dict[str, NDArray[Any]] = {
        "step": np.concatenate([run.at for run in runs]),
        "run": np.repeat(np.arange(1, len(runs) + 1), counts),
        **dict(_by_name(names, shapes, np.concatenate([run.params[:, 0] for run in runs]))),
        "loss": np.concatenate([run.loss[:, 0] for run in runs]),
    }
    gradients = np.concatenate([run.gradient[:, 0] for run in runs])
    columns |= {f"gradient[{name}]": part for name, part in _by_name(names, shapes, gradients)}
    steps = _leaving([run.step[:, 0] for run in runs], counts)
    columns |= {f"step[{name}]": part for name, part in _by_name(names, shapes, steps)}
    columns["evaluations"] = np.concatenate([run.evaluations[:, 0] for run in runs])
    for term in dict.fromkeys(term for run in runs for term in run.terms):
        parts = [run.terms[term][:, 0] if term in run.terms else _empty(*run.step[:, 0].shape) for run in runs]
        whole = _leaving(parts, counts)
        if _is_one_for_all(whole):
            columns[f"term {term}"] = whole[:, 0]
        else:
            columns |= {f"term {term}[{name}]": part for name, part in _by_name(names, shapes, whole)}
    asks = {sees: word for word, sees in ASKS.items()}
    words = {
        "method": [run.name for run in runs],
        "rule": [run.rule for run in runs],
        "asks_for": [asks[run.sees_gradient] for run in runs],
        "ending": [str(run.ends[0]) for run in runs],
    }
    return columns, words, list(accumulate(counts[:-1], initial=0))


def _check_names(runs: Sequence[Trajectory]) -> None:
    first = runs[0]
    for run in runs:
        if (run.names, run.shapes) != (first.names, first.shapes):
            raise BadScene("parameters", run.names, f"allowed in one table: the same in all runs, {first.names}")
        for term in run.terms:
            if "[" in term or term != term.strip() or not term:
                raise BadScene("term", term, "allowed in a table: a name without brackets or spaces around it")
    for name in first.names:
        odd = "[" in name or name.startswith("term ") or name != name.strip() or re.fullmatch(r"|\d+(,\d+)*", name)
        if name in _TAKEN or odd:
            taken = f"a table has other columns called {', '.join(_TAKEN)}, and some with brackets, digits or `term`"
            raise BadScene("parameter", name, f"{taken}; allowed: another name")


def shapes_of(path: Trajectory) -> tuple[tuple[int, ...], ...]:
    """Return the shape of each parameter; a number has none."""
    return path.shapes or ((),) * len(path.names)


def _by_name(
    names: Sequence[str], shapes: Sequence[tuple[int, ...]], rows: NDArray[Any]
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Cut rows `(rows, dim)` into a column `(rows, *shape)` for each parameter."""
    ends = accumulate((math.prod(shape) for shape in shapes), initial=0)
    for name, shape, (begin, end) in zip(names, shapes, pairwise(ends), strict=True):
        yield name, rows[:, begin:end].reshape(len(rows), *shape)


def _leaving(parts: Sequence[NDArray[Any]], counts: Sequence[int]) -> NDArray[Any]:
    """Put together what runs have for each step `(steps, dim)`, with an empty row for each last place."""
    dim = parts[0].shape[1]
    whole = _empty(sum(counts), dim)
    for part, begin in zip(parts, accumulate(counts, initial=0), strict=False):
        whole[begin : begin + len(part)] = part
    return whole


def _empty(*shape: int) -> NDArray[Any]:
    """Return cells that are empty."""
    return np.ma.MaskedArray(np.zeros(shape), mask=True)


def _is_one_for_all(term: NDArray[Any]) -> bool:
    """Whether a term is the same number, to the bit, for all parameters."""
    bits = np.ascontiguousarray(np.ma.getdata(term)).view(np.int64)
    return bool((bits == bits[:, :1])[~np.ma.getmaskarray(term).any(axis=1)].all())


# In


def read(path: Path, every: int = 1) -> Table:
    """Read the columns of a recording; the end of its name says the format. Raises `BadData` and `BadScene`."""
    if path.suffix.lower() not in READERS:
        raise BadScene("recording", str(path), f"its end must say the format; {choose(path.suffix, READERS)}")
    return READERS[path.suffix.lower()](path, by="run", words=WORDS, every=every)


def load_trajectories(path: str | Path) -> tuple[Trajectory, ...]:
    """Return what `Trajectory.save` or `write_record` wrote, one trajectory of a single run for each run.

    Every number has the bits that it had. Raises `BadData`, with the line, for what is no whole trajectory; one with
    some of the columns alone, from wherever it comes, can still be filmed: see `Recorded`.
    """
    table = read(Path(path))
    names = names_of(table)
    if not names:
        wanted = "its parameters stand in columns called gradient[NAME]; to film a part of a run, see Recorded"
        raise BadData(table.source, f"there is no whole trajectory in it: {wanted}")
    return tuple(_loaded(table, names, place, rows) for place, rows in enumerate(table.groups.values()))


def load_trajectory(path: str | Path) -> Trajectory:
    """Return the trajectory that `Trajectory.save` wrote, of all its runs at once.

    Raises `BadData` as `load_trajectories` does, and where the runs differ in more than their numbers.
    """
    first, *others = runs = load_trajectories(path)
    for number, other in enumerate(others, 2):
        for noun in ("name", "rule", "sees_gradient"):
            if getattr(other, noun) != getattr(first, noun):
                what = {"name": "method", "sees_gradient": "asks_for"}.get(noun, noun)
                raise BadData(path, f"runs 1 and {number} differ in their {what}; use load_trajectories")
        if not np.array_equal(other.at, first.at):
            raise BadData(path, f"runs 1 and {number} differ in their steps; use load_trajectories")
    return replace(
        first,
        params=np.concatenate([run.params for run in runs], axis=1),
        loss=np.concatenate([run.loss for run in runs], axis=1),
        gradient=np.concatenate([run.gradient for run in runs], axis=1),
        evaluations=np.concatenate([run.evaluations for run in runs], axis=1),
        step=np.concatenate([run.step for run in runs], axis=1),
        terms={
            name: np.concatenate([run.terms.get(name, np.full(run.step.shape, np.nan)) for run in runs], axis=1)
            for name in dict.fromkeys(name for run in runs for name in run.terms)
        },
        ends=tuple(run.ends[0] for run in runs),
    )


def _loaded(table: Table, names: Sequence[str], place: int, rows: NDArray[np.intp]) -> Trajectory:
    shapes = tuple(table.column(name).shape[1:] for name in names)
    dim = sum(math.prod(shape) for shape in shapes)
    leaving = rows[:-1]
    asks = word_of(table, "asks_for", place)
    if asks not in ASKS:
        raise BadData(table.source, f"asks_for is {asks!r}; {choose(str(asks), ASKS)}")
    for name in names:
        table.full_column(name)
        table.full_column(f"gradient[{name}]")
    gradient, step = (params_of(table, [f"{noun}[{name}]" for name in names], shapes) for noun in ("gradient", "step"))
    return Trajectory(
        name=word_of(table, "method", place) or "",
        rule=word_of(table, "rule", place) or "",
        names=tuple(names),
        at=steps_of(table, rows),
        params=params_of(table, names, shapes)[rows, None],
        loss=table.full_column("loss")[rows, None],
        gradient=gradient[rows, None],
        evaluations=evaluations_of(table, rows)[:, None],
        step=step[leaving, None],
        terms={name: term[:, None] for name, term in terms_of(table, names, leaving, dim).items()},
        ends=(ending_of(table, place),),
        sees_gradient=ASKS[asks],
        shapes=shapes,
    )


def names_of(table: Table) -> list[str]:
    """Return the names of the parameters, where the file tells them from its other columns; else none."""
    return [match[1] for match in map(_GRADIENT.fullmatch, table.columns) if match]


def word_of(table: Table, name: str, place: int) -> str | None:
    """Return a text of a run by its place in the file, or None where the file does not say."""
    texts = table.words.get(name, ())
    return texts[place] if place < len(texts) else None


def ending_of(table: Table, place: int) -> Ending:
    """Return how a run ended. Raises `BadData` for a sentence that no trajectory ends with."""
    sentence = (word_of(table, "ending", place) or "").strip()
    for how in How:
        before, after = how.value.split("{step}")
        match = re.fullmatch(rf"{re.escape(before)}(\d+){re.escape(after)}", sentence)
        if match:
            return Ending(how, int(match[1]))
    first = How.CONVERGED.value.format(step=31)
    raise BadData(table.source, f"ending is {sentence[:60]!r}; allowed: how a run ends, such as {first!r}")


def params_of(table: Table, names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> Array:
    """Return columns of these shapes side by side, `(rows, dim)`."""
    parts = []
    for name, shape in zip(names, shapes, strict=True):
        found = table.column(name)
        if found.shape[1:] != shape:
            raise BadData(table.source, f"{name} has the shape {found.shape[1:]} in each row; allowed: {shape}")
        parts.append(found.reshape(len(found), -1))
    whole: Array = np.concatenate(parts, axis=1)
    return whole


def steps_of(table: Table, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the steps of a run's rows, counted where the file does not say: whole, from 0 on, growing."""
    if "step" not in table.columns:
        return np.arange(len(rows), dtype=np.int64)
    steps = table.full_column("step")[rows]
    for k, step in enumerate(steps.tolist()):
        if not math.isfinite(step) or step != int(step):
            raise table.problem(int(rows[k]), f"step is {step:g}, which is not a whole number")
        if k == 0 and step != 0:
            raise table.problem(int(rows[0]), f"step begins at {step:g}; a recording begins at 0, where the run starts")
        if k and step <= steps[k - 1]:
            raise table.problem(int(rows[k]), f"step is {step:g} after {steps[k - 1]:g}; steps must grow")
    return steps.astype(np.int64)


def evaluations_of(table: Table, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return how often a run had asked by each of its rows. Raises `BadData` for what is no growing count."""
    counts = table.full_column("evaluations")[rows]
    wrong = ~np.isfinite(counts) | (counts != np.round(counts)) | (np.diff(counts, prepend=0) < 0)
    if wrong.any():
        k = int(np.argmax(wrong))
        raise table.problem(int(rows[k]), f"evaluations is {counts[k]:g}; allowed: whole numbers that never fall")
    return counts.astype(np.int64)


def terms_of(table: Table, names: Sequence[str], rows: NDArray[np.intp], dim: int) -> dict[str, Array]:
    """Return the terms that a run has in these rows, each `(rows, dim)`."""
    found: dict[str, Array] = {}
    for match in filter(None, map(_TERM.fullmatch, table.columns)):
        term = match[1]
        if term in found:
            continue
        if match[2] is None:
            column = table.column(match[0]).reshape(len(table.column(match[0])), -1)
            whole = np.broadcast_to(column[rows], (len(rows), dim)) if column.shape[1] == 1 else None
        else:
            parts = [table.column(f"term {term}[{name}]") for name in names]
            whole = np.concatenate([part.reshape(len(part), -1)[rows] for part in parts], axis=1)
        if whole is None or whole.shape[1] != dim:
            raise BadData(table.source, f"{match[0]} has another number of cells in a row than there are parameters")
        if not np.isnan(whole).all() or (not len(rows) and len(table.groups) == 1):
            found[term] = np.array(whole)
    return found
