"""What is printed about files: a line or a row of JSON for each, and a bar while they are made."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gdviz.film.film import Progress, Written
    from gdviz.publish.checking import Checked
    from gdviz.publish.inspecting import Inspected
    from gdviz.renderer import Meter

Row = dict[str, Any]
"""What is told about a file: path, format, frames, seconds, bytes once it is made, and what was given up for them."""


def row(made: Written) -> Row:
    """Return what is told about a file that was made."""
    told = {"path": str(made.path), "format": made.format, "frames": made.frames, "seconds": made.seconds}
    return {**told, "bytes": made.bytes, **({"fitted": made.fitted} if made.fitted else {})}


def print_rows(rows: Iterable[Row]) -> None:
    """Print a line for each file."""
    for row in rows:
        length = [f"{row['seconds']:.1f} s"] if row["seconds"] else []
        weight = f"{row['bytes'] / 1024:,.0f} KiB" if "bytes" in row else "not written"
        fitted = f"; to fit: {row['fitted']}" if "fitted" in row else ""
        print(f"{row['path']}  {', '.join([*length, weight])}{fitted}")
        for line in row.get("paste", "").splitlines():
            print(f"    {line}")


def print_found(found: Checked | Inspected, as_json: bool) -> int:
    """Print what films are, and on standard error why others can't be read; return the exit code."""
    if as_json:
        import json

        print(json.dumps(found.rows(), indent=2))
    elif found.text():
        print(found.text())
    for problem in found.problems:
        print(f"gdviz: {problem}", file=sys.stderr)
    return found.exit_code


def bar_of(name: str) -> Meter:
    """Return a meter that shows a progress bar on standard error."""

    @contextmanager
    def bar(pictures: int) -> Iterator[Progress]:
        from tqdm import tqdm

        with tqdm(total=pictures, desc=name, unit=" pictures", leave=False, file=sys.stderr) as shown:
            yield shown.update
            shown.refresh()  # the last of it, which came too soon after the one before to be shown

    return bar
