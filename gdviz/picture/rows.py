"""Rows of views: how a scene says which panels a film has."""

from collections.abc import Iterator, Sequence

from gdviz.picture.view import View

Cell = View | Sequence[View]  # one panel, or several above each other
Rows = Sequence[Sequence[Cell]]


def views_of(rows: Rows) -> Iterator[View]:
    """Yield the views of all rows."""
    return (view for row in rows for cell in row for view in stack(cell))


def stack(cell: Cell) -> Sequence[View]:
    """Return the views of a cell, from top to bottom."""
    return cell if isinstance(cell, Sequence) else (cell,)
