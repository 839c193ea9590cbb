"""Tables of numbers in files: columns by name, read from CSV, JSON and NPZ; `table_writing` writes them as such.

It knows nothing of what the numbers mean. A column is an array `(rows, ...)`; in CSV, and in rows of JSON, one of
matrices is spread over cells named `W[0,0]`, `W[0,1]`, ... A cell may be empty: `null` in JSON, NaN in NPZ.
Numbers keep every bit; of the many NaNs of float64 CSV and JSON have one. NumPy's pickled objects are never loaded.
"""

import csv
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gdviz.problems import BadData, choose

Array: TypeAlias = NDArray[np.float64]
Columns: TypeAlias = Mapping[str, NDArray[Any]]  # of floats or whole numbers; what is masked is an empty cell
Words: TypeAlias = Mapping[str, Sequence[str]]

MOST_NUMBERS = 20_000_000  # kept of a file: 160 MB
_PART = 4096  # numbers
DEEPEST = 8  # lists in one another in JSON
MOST_BYTES = 200_000_000  # of a JSON file, which is read at once and takes several times that
_CELL = re.compile(r"(.+)\[(\d{1,9}(?:,\d{1,9}){0,7})\]", re.DOTALL)  # as deep as lists in JSON may be
_HEAD = 8192  # bytes of a CSV file that are looked at for what separates its cells
_NOT_BETWEEN = re.compile(r'"[^"]*(?:"|$)|\[[^\]]*(?:\]|$)')  # the commas in "a, b" and W[0,1] separate nothing
_COMMA, _POINT = (re.compile(rf"\s*[+-]?\d*{mark}\d+(?:[eE][+-]?\d+)?\s*") for mark in (",", r"\."))


@dataclass(frozen=True, eq=False)
class Column:
    """Numbers `(rows, ...)`, NaN where a cell is empty.

    fault: the first row with something else than a number, and what is wrong with it. blank: the first empty one.
    """

    values: Array
    fault: tuple[int, str] | None = None
    blank: int | None = None

    def __post_init__(self) -> None:
        """Freeze the array."""
        self.values.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of a file. Faults of columns that nobody asks for do no harm.

    words: columns of texts, one text for each group, in the order in which the groups begin.
    groups: the rows of each group, by its number; one group, 1, where the file does not tell them apart.
    lines: where each row stands in the file, by the number of what `noun` says: its line, or its row.
    """

    source: Path
    columns: Mapping[str, Column]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: Mapping[int, NDArray[np.intp]] = field(default_factory=dict)
    lines: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    noun: str = "row"

    def column(self, name: str) -> Array:
        """Return a column; raise `BadData` where it is not there, or a cell of it is no number."""
        if name not in self.columns:
            line = 1 if self.noun == "line" else None
            raise BadData(self.source, f"there is no column {name!r}; {choose(name, self.columns)}", line)
        found = self.columns[name]
        if found.fault is not None:
            raise self.problem(*found.fault)
        return found.values

    def full_column(self, name: str) -> Array:
        """Return a column without empty cells; raise `BadData` where there is one."""
        found, blank = self.column(name), self.columns[name].blank
        if blank is not None:
            raise self.problem(blank, f"{name} is empty, which is not a number")
        return found

    def problem(self, row: int, sentence: str) -> BadData:
        """Return what is wrong in a row, with the line or the number of the row."""
        number = int(self.lines[row])
        if self.noun == "line":
            return BadData(self.source, sentence, number)
        return BadData(f"{self.source}, row {number}", sentence)


def read_csv(path: Path, *, by: str = "", words: Sequence[str] = (), every: int = 1, strict: bool = False) -> Table:
    """Read a CSV file in UTF-8 whose first line names its columns; empty lines are skipped.

    Cells are separated by commas, or all by semicolons, as spreadsheets do where numbers have a decimal comma; then
    `0,5` is a number, in a file where none has a decimal point.

    by: the column of whole numbers that says to which group a row belongs. words: columns of texts, of which the first
        row of each group counts. every: keep every so many rows of each group, and its last, so that a file of any
        length can be read. strict: empty cells, NaN and infinities are faults.

    Raises `BadData`, with the line, for what is no such file.
    """
    rows = _lines(path)
    first = next(rows, None)
    if first is None:
        raise BadData(path, "the file is empty; its first line must name the columns")
    line, header = first
    kept = _Kept(path, [name.strip() for name in header], by, words, every, strict=strict)
    kept.check_header(line)
    for line, row in rows:
        if len(row) != len(header):
            hint = "; decimal commas need semicolons between the cells" if len(row) == 2 * len(header) else ""
            raise BadData(path, f"cells in this row: {len(row)}, columns in the first line: {len(header)}{hint}", line)
        kept.take(line, row)
    return kept.table()


def read_texts(path: Path, name: str) -> list[str]:
    """Return the cells of a column of a CSV file that `read_csv` can read, as texts without outer spaces."""
    rows = _lines(path)
    place = [cell.strip() for cell in next(rows)[1]].index(name)
    return [row[place].strip() for _, row in rows]


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with the lines in which they end, one at a time."""
    with _opened(path, "CSV") as file:
        separator = _separator(file.peek(_HEAD)[:_HEAD])
        reader = csv.reader(io.TextIOWrapper(file, "utf-8-sig", newline=""), delimiter=separator, strict=True)
        rows = ((reader.line_num, row) for row in reader if row)
        try:
            yield from rows if separator == "," else _with_points(path, rows)
        except csv.Error as error:
            raise BadData(path, f"this is not CSV: {error}", reader.line_num) from None
        except UnicodeDecodeError:
            raise BadData(path, "the text is not in UTF-8; save the file as UTF-8", _foreign_line(path)) from None


def _separator(head: bytes) -> str:
    """Return what separates the cells, by the first line: a semicolon where it has one, and no comma between names."""
    lines = (line for line in head.decode("utf-8-sig", "ignore").splitlines() if line)
    names = _NOT_BETWEEN.sub("", next(lines, ""))
    return ";" if ";" in names and "," not in names else ","


def _with_points(path: Path, rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Yield rows with decimal points in place of decimal commas; raise `BadData` where a file has both."""
    comma, point = ("", 0), ("", 0)  # a number of each kind, and its line
    for line, row in rows:
        found = [_COMMA.fullmatch(cell) for cell in row]
        comma = next(((cell.strip(), line) for cell, match in zip(row, found, strict=True) if match), comma)
        point = next(((cell.strip(), line) for cell in row if _POINT.fullmatch(cell)), point)
        if comma[1] and point[1]:
            both = f"{comma[0]} in line {comma[1]} has a decimal comma, and {point[0]} in line {point[1]} a point"
            raise BadData(path, f"{both}; write all numbers alike", line)
        yield line, [cell.replace(",", ".") if match else cell for cell, match in zip(row, found, strict=True)]


def _foreign_line(path: Path) -> int:
    """Return the first line that is not in UTF-8."""
    with path.open("rb") as file:
        return next((number for number, line in enumerate(file, 1) if not _is_utf8(line)), 1)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _opened(path: Path, kind: str) -> io.BufferedReader:
    try:
        return path.open("rb")
    except FileNotFoundError:
        raise BadData(path, "there is no such file") from None
    except IsADirectoryError:
        raise BadData(path, f"this is a folder, not a {kind} file") from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise BadData(path, f"the file can't be read: {getattr(error, 'strerror', None) or error}") from None


class _Growing:
    """An array that grows: as lists, Python's numbers would take four times the room."""

    def __init__(self, kind: type) -> None:
        self._kind, self._latest = kind, list[float]()
        self._parts: list[NDArray[Any]] = []
        self._size = 0

    def append(self, number: float) -> None:
        self._latest.append(number)
        self._size += 1
        if len(self._latest) == _PART:
            self._parts.append(np.array(self._latest, dtype=self._kind))
            self._latest = []

    def whole(self) -> NDArray[Any]:
        return np.concatenate([*self._parts, np.array(self._latest, dtype=self._kind)])

    def __len__(self) -> int:
        return self._size


class _Kept:
    """What is kept of rows of cells, column by column."""

    def __init__(
        self, path: Path, header: list[str], by: str, words: Sequence[str], every: int, *,
        noun: str = "line", strict: bool = False, rows: int | None = None,
    ) -> None:  # fmt: skip
        self._path, self._header, self._every, self._noun, self._strict = path, header, every, noun, strict
        self._rows = rows  # where they have been counted
        self._by = header.index(by) if by in header else None
        self._texts = {place: name for place, name in enumerate(header) if name in words}
        self._numbers = {place: _Growing(np.float64) for place in range(len(header)) if place not in self._texts}
        self._faults: dict[int, tuple[int, str]] = {}
        self._blanks: dict[int, int] = {}
        self._words: dict[str, list[str]] = {name: [] for name in self._texts.values()}
        self._lines = _Growing(np.int64)
        self._groups: dict[int, _Growing] = {}
        self._seen: dict[int, int] = {}
        self._waiting: dict[int, tuple[int, Sequence[Any]]] = {}  # the last row of a group, where it was not kept

    def check_header(self, line: int | None) -> None:
        twice = [name for name in self._header if self._header.count(name) > 1]
        if twice:
            raise BadData(self._path, f"two columns are called {twice[0]!r}; names must differ", line)

    def take(self, line: int, row: Sequence[Any]) -> None:
        group = 1 if self._by is None else self._group(line, self._header[self._by], row[self._by])
        seen = self._seen.get(group, 0)
        if not seen:
            for place, name in self._texts.items():
                self._words[name].append(_text(row[place]))
        self._seen[group] = seen + 1
        if seen % self._every:
            self._waiting[group] = (line, row)
        else:
            self._waiting.pop(group, None)
            self._keep(group, line, row)

    def _group(self, line: int, name: str, cell: object) -> int:
        number = _number(cell)
        if number is None or not number.is_integer():
            raise self._problem(line, f"{name} is {_shown(cell)}, which is not a whole number")
        return int(number)

    def _problem(self, line: int, sentence: str) -> BadData:
        if self._noun == "line":
            return BadData(self._path, sentence, line)
        return BadData(f"{self._path}, row {line}", sentence)

    def _keep(self, group: int, line: int, row: Sequence[Any]) -> None:
        place = len(self._lines)
        self._groups.setdefault(group, _Growing(np.intp)).append(place)
        self._lines.append(line)
        if len(self._lines) * len(self._header) > MOST_NUMBERS:
            raise self._too_many()
        for column, numbers in self._numbers.items():
            number = _number(row[column])
            if number is None or (self._strict and not math.isfinite(number)):
                self._note(column, place, row[column])
            numbers.append(math.nan if number is None else number)

    def _too_many(self) -> BadData:
        rows = self._rows
        if rows is None:
            with self._path.open(encoding="utf-8", errors="replace") as file:  # as text, whose lines may end in "\r"
                rows = sum(1 for _ in file) - 1
        few = max(rows * len(self._header) // MOST_NUMBERS, self._every) + 1
        kept = f"more than the {MOST_NUMBERS:,} numbers that are kept of a file"
        advice = "keep fewer of its rows" if self._strict else f"give every={few} or more"
        return BadData(self._path, f"some {rows:,} rows of {len(self._header)} columns are {kept}; {advice}")

    def _note(self, column: int, row: int, cell: object) -> None:
        if not self._strict and (cell is None or (isinstance(cell, str) and not cell.strip())):
            self._blanks.setdefault(column, row)
            return
        name, number = self._header[column], _number(cell)
        why = ", which is not a number" if number is None else "; only finite numbers can be fitted"
        self._faults.setdefault(column, (row, f"{name} is {_shown(cell)}{why}"))

    def table(self) -> Table:
        for group, (line, row) in self._waiting.items():
            self._keep(group, line, row)
        if not len(self._lines):
            raise BadData(self._path, "there are no rows below the names of the columns", 1)
        columns = {
            self._header[place]: Column(numbers.whole(), self._faults.get(place), self._blanks.get(place))
            for place, numbers in self._numbers.items()
        }
        return Table(
            self._path,
            _gathered(columns),
            {name: tuple(texts) for name, texts in self._words.items()},
            {group: rows.whole() for group, rows in self._groups.items()},
            self._lines.whole(),
            self._noun,
        )


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""


def _shown(cell: object) -> str:
    return repr(cell.strip()[:40] if isinstance(cell, str) else cell)[:60]


def _number(cell: object) -> float | None:
    """Return the number in a cell, or None; `nan`, `inf` and `-inf` are numbers, Python's 1_000 is none."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float) or (isinstance(cell, str) and "_" in cell):
        return None
    try:
        return float(cell)
    except (ValueError, OverflowError):
        return None


def _gathered(columns: dict[str, Column]) -> dict[str, Column]:
    """Join columns `W[0,0]`, `W[0,1]`, ... that follow each other to one of matrices, where none is missing."""
    found = dict(columns)
    cells: dict[str, list[tuple[int, ...]]] = {}
    for name in columns:
        match = _CELL.fullmatch(name)
        if match:
            cells.setdefault(match[1], []).append(tuple(map(int, match[2].split(","))))
    for name, places in cells.items():
        shape = tuple(1 + max(axis) for axis in zip(*places, strict=False))
        is_whole = math.prod(shape) == len(places) and list(np.ndindex(shape)) == places
        if is_whole and name not in columns:
            parts = [found[cell_name(name, place)] for place in places]
            values = np.stack([part.values for part in parts], axis=-1).reshape(-1, *shape)
            fault = min((part.fault for part in parts if part.fault is not None), default=None)
            blank = min((part.blank for part in parts if part.blank is not None), default=None)
            joined = {cell_name(name, place) for place in places}
            pairs = [(name if one in joined else one, column) for one, column in found.items()]
            found = {one: Column(values, fault, blank) if one == name else column for one, column in pairs}
    return found


def cell_name(name: str, place: Iterable[int]) -> str:
    """Return the name of the column that has one cell of every matrix of a column, such as `W[0,1]`."""
    return f"{name}[{','.join(map(str, place))}]"


def read_json(path: Path, *, by: str = "", words: Sequence[str] = (), every: int = 1) -> Table:
    """Read a JSON file: an object with a list for each column, or a list of objects, one for each row.

    What is no list in an object of columns is left alone.
    Numbers that JSON lacks are the texts "nan", "inf" and "-inf"; Python's own NaN and Infinity are understood.
    by, words, every: as in `read_csv`. Raises `BadData` for what is no such file.
    """
    given = _parsed(path)
    if isinstance(given, list) and given and all(isinstance(row, dict) for row in given):
        return _from_rows(path, given, by, words, every)
    lists = {name: found for name, found in given.items() if isinstance(found, list)} if isinstance(given, dict) else {}
    if not lists:
        example = '{"m": [1, 2], "loss": [5, 2]}'
        raise BadData(path, f"this is no table; allowed: a list for each column, as in {example}, or a list of rows")
    numbers = {name: _nested(path, name, found) for name, found in lists.items() if name not in words}
    texts = {name: tuple(map(_text, lists[name])) for name in words if name in lists}
    return _table(path, numbers, texts, by, every)


def _parsed(path: Path) -> Any:
    with _opened(path, "JSON") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadData(path, f"the file has more than {MOST_BYTES:,} bytes; save it as .csv or .npz")
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=lambda pairs: _once(path, pairs))
    except UnicodeDecodeError:
        raise BadData(path, "the text is not in UTF-8; save the file as UTF-8", _foreign_line(path)) from None
    except json.JSONDecodeError as error:
        raise BadData(path, f"this is not JSON: {error.msg}", error.lineno) from None
    except RecursionError:
        raise BadData(path, "this is no table: it is nested too deeply") from None
    except BadData:
        raise
    except ValueError:
        raise BadData(path, "a number has thousands of digits") from None


def _once(path: Path, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BadData(path, f"two columns are called {twice!r}; names must differ")
    return found


def _from_rows(path: Path, rows: list[dict[str, Any]], by: str, words: Sequence[str], every: int) -> Table:
    header = list(rows[0])
    kept = _Kept(path, header, by, words, every, noun="row", rows=len(rows))
    for number, row in enumerate(rows, 1):
        if row.keys() != rows[0].keys():
            odd = min(row.keys() ^ rows[0].keys())
            raise BadData(f"{path}, row {number}", f"it differs from the first row in {odd!r}; all have the same names")
        kept.take(number, [row[name] for name in header])
    return kept.table()


def _nested(path: Path, name: str, column: list[Any]) -> Column:
    """Return a column of numbers, or of lists of lists of them."""
    fault: tuple[int, str] | None = None
    blank: int | None = None

    def leaf(row: int, cell: Any, depth: int = 1) -> Any:
        nonlocal fault, blank
        if isinstance(cell, list):
            if depth > DEEPEST:
                raise BadData(path, "this is no table: it is nested too deeply")
            return [leaf(row, one, depth + 1) for one in cell]
        number = _number(cell)
        if cell is None:
            blank = row if blank is None else blank
        elif number is None:
            fault = fault or (row, f"{name} is {_shown(cell)}, which is not a number")
        return math.nan if number is None else number

    rows = [leaf(row, cell) for row, cell in enumerate(column)]
    try:
        return Column(np.array(rows, dtype=np.float64), fault, blank)
    except ValueError:
        raise BadData(path, f"the rows of {name} differ in their lengths") from None


def read_npz(path: Path, *, by: str = "", words: Sequence[str] = (), every: int = 1) -> Table:
    """Read an NPZ file, an array `(rows, ...)` for each column; single numbers in it are left alone.

    by, words, every: as in `read_csv`. Raises `BadData` for what is no such file, and for pickled objects, which could
    run anything.
    """
    with _opened(path, "NPZ") as file:
        try:
            arrays = dict(_arrays(path, file))
        except (OSError, EOFError, ValueError, KeyError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
            if isinstance(error, BadData):
                raise
            said = str(error).partition("\n")[0] or type(error).__name__
            raise BadData(path, f"this is no NPZ file as NumPy writes it: {said}") from None
    numbers = {}
    for name, given in arrays.items():
        if given.ndim and name not in words:
            is_real = given.dtype.kind in "biuf"
            values = np.asarray(given, np.float64) if is_real else np.full(len(given), math.nan)
            wrong = f"{name} is of the type {given.dtype}; only real numbers can be used"
            numbers[name] = Column(values, None if is_real else (0, wrong))
    texts = {name: tuple(map(str, np.atleast_1d(arrays[name]).tolist())) for name in words if name in arrays}
    return _table(path, numbers, texts, by, every)


def _arrays(path: Path, file: io.BufferedReader) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield the arrays of an NPZ file by name, having looked at the size of each before it is unpacked."""
    room = 8 * MOST_NUMBERS
    with zipfile.ZipFile(file) as archive:
        members = [member for member in archive.namelist() if member.endswith(".npy")]
        if not members:
            raise BadData(path, "there are no arrays in it")
        for member in members:
            name = member.removesuffix(".npy")
            with archive.open(member) as stream:
                version = npy.read_magic(stream)
                read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
                shape, _, dtype = read(stream)
            if dtype.hasobject:
                raise BadData(path, f"{name!r} holds pickled objects, which could run anything; save plain numbers")
            room -= math.prod(shape) * max(8, dtype.itemsize)
            if room < 0:
                raise BadData(path, f"it has more than the {8 * MOST_NUMBERS:,} bytes that are kept of a file")
            with archive.open(member) as stream:
                yield name, npy.read_array(stream, allow_pickle=False)


READERS: dict[str, Callable[..., Table]] = {".csv": read_csv, ".json": read_json, ".npz": read_npz}
"""The readers by the ends of names."""


def _table(path: Path, columns: dict[str, Column], words: Mapping[str, tuple[str, ...]], by: str, every: int) -> Table:
    """Return columns of a file that holds them whole as a table, thinned out."""
    lengths = {name: len(column.values) for name, column in columns.items()}
    (first, rows), *others = lengths.items() if lengths else [("", 0)]
    if not rows:
        raise BadData(path, "there are no rows")
    odd = next((name for name, length in others if length != rows), None)
    if odd is not None:
        raise BadData(path, f"{first} has {rows} rows and {odd} has {lengths[odd]}; columns must be equally long")
    lines = np.arange(1, rows + 1)
    table = Table(path, columns, words, {1: np.arange(rows)}, lines)
    if by in columns:
        numbers = table.full_column(by)
        wrong = np.flatnonzero(~np.isfinite(numbers) | (numbers != np.round(numbers)))
        if len(wrong):
            raise table.problem(int(wrong[0]), f"{by} is {numbers[wrong[0]]:g}, which is not a whole number")
        order = dict.fromkeys(numbers.astype(np.int64).tolist())
        table = replace(table, groups={number: np.flatnonzero(numbers == number) for number in order})
    return replace(table, groups={number: _thinned(found, every) for number, found in table.groups.items()})


def _thinned(rows: NDArray[np.intp], every: int) -> NDArray[np.intp]:
    last = [] if (len(rows) - 1) % every == 0 else [rows[-1]]
    return np.append(rows[::every], last).astype(np.intp)
