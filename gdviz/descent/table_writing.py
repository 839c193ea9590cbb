"""Tables of numbers as files: CSV, JSON and NPZ, which `table` reads to the last bit; equal tables, equal bytes."""

import csv
import io
import json
import math
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gdviz.descent.table import Columns, Words, cell_name

_TIMES = (1980, 1, 1, 0, 0, 0)  # in an NPZ file


def csv_bytes(columns: Columns, words: Words, firsts: Sequence[int]) -> bytes:
    """Return a table as CSV, a text standing in the first row of its group; `firsts` are those rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    flat = dict(chain.from_iterable(_spread(name, column) for name, column in columns.items()))
    rows = len(next(iter(columns.values())))
    beside = {name: [""] * rows for name in words}
    for name, texts in words.items():
        for first, word in zip(firsts, texts, strict=True):
            beside[name][first] = word
    writer.writerow([*flat, *beside])
    cells = [["" if cell is None else repr(cell) for cell in column.tolist()] for column in flat.values()]
    writer.writerows(zip(*cells, *beside.values(), strict=True))
    return text.getvalue().encode("utf-8")


def _spread(name: str, column: NDArray[Any]) -> Iterator[tuple[str, NDArray[Any]]]:
    if column.ndim == 1:
        yield name, column
    for place in np.ndindex(column.shape[1:]) if column.ndim > 1 else ():
        yield cell_name(name, place), column[(slice(None), *place)]


def json_bytes(columns: Columns, words: Words, firsts: Sequence[int]) -> bytes:  # noqa: ARG001 - as the others
    """Return a table as JSON that every reader understands: what it lacks are the texts "nan", "inf" and "-inf"."""
    lists = {name: _portable(column.tolist()) for name, column in columns.items()}
    lists |= {name: list(texts) for name, texts in words.items()}
    rows = (f"{json.dumps(name)}: {json.dumps(column, allow_nan=False)}" for name, column in lists.items())
    return ("{\n" + ",\n".join(rows) + "\n}\n").encode("utf-8")


def _portable(cell: Any) -> Any:
    if isinstance(cell, list):
        return [_portable(one) for one in cell]
    return repr(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell


def npz_bytes(columns: Columns, words: Words, firsts: Sequence[int]) -> bytes:  # noqa: ARG001 - as the others
    """Return a table as NumPy's NPZ, compressed."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, column in {**columns, **{name: np.array(texts) for name, texts in words.items()}}.items():
            member = zipfile.ZipInfo(f"{name}.npy", _TIMES)
            member.compress_type = zipfile.ZIP_DEFLATED
            plain = column.filled(math.nan) if isinstance(column, np.ma.MaskedArray) else column
            with archive.open(member, "w", force_zip64=True) as stream:
                npy.write_array(stream, np.ascontiguousarray(plain), allow_pickle=False)
    return made.getvalue()


WRITERS: dict[str, Callable[[Columns, Words, Sequence[int]], bytes]] = {
    ".csv": csv_bytes,
    ".json": json_bytes,
    ".npz": npz_bytes,
}
"""The writers by the ends of names."""
