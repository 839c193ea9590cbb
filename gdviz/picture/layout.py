"""Rows of views become places on the frame."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from gdviz.descent.story import Story
from gdviz.picture.curve import Curve
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.history import History
from gdviz.picture.panels import ALIGNED, Panel, panels_for
from gdviz.picture.rows import Cell, Rows, stack, views_of
from gdviz.picture.shape import EDGE, WIDE, shape_of
from gdviz.picture.view import Box, View
from gdviz.problems import BadScene

# Units.
BELOW = 30.0  # from the heading to the first row of plots
TICKS = 51.0  # below a row of plots
GAP = 36.0  # between panels
BETWEEN = 70.0  # between two panels of a column: ticks of the upper one, name of the lower one
_HIGH = 1.15  # of the width: a frame so much higher has its panels one below the other


def arrange(rows: Rows, heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Return each view with its box: the heading above, the rows one below the other."""
    for view in views_of(rows):
        run = getattr(view, "run", 0)
        if story.together and not 0 <= run < len(story.runs):
            where = f"{type(view).__name__}, run"
            raise BadScene(where, run, f"allowed: 0 to {len(story.runs) - 1}, the runs of the race")
    table = panels_for(rows, story, frame)
    heading_ends = heading.bottom(frame, story)
    fixed = [_fixed(row, table, story, frame.width - 2 * EDGE) for row in rows]
    above = [max(table[type(stack(cell)[0])].above for cell in row) if k else BELOW for k, row in enumerate(rows)]
    below = [TICKS if height is None else 0.0 for height in fixed]
    room = frame.bottom - heading_ends - sum(height or 0.0 for height in fixed) - sum(above) - sum(below)
    shares = [0.0 if height is not None else _tall(row, table, frame) for row, height in zip(rows, fixed, strict=True)]
    placed: list[tuple[View, Box]] = []
    top = heading_ends
    for k, row in enumerate(rows):
        top += above[k]
        given = fixed[k]
        high = room * shares[k] / sum(shares) if given is None else given
        alone = len(row) == 1 and shape_of(frame) is not WIDE and not story.batched
        aligned = table | ALIGNED[bool(story.together)] if alone else table
        placed += _row(row, Box(EDGE, top, frame.right - EDGE, top + high), aligned, story)
        top += high + below[k]
    for view, box in placed:
        _check_room(view, box, table[type(view)].least)
    return [*placed, (heading, Box(0, 0, frame.right, heading_ends))]


def arrange_given(rows: Rows, heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Arrange the rows of a scene: in a frame that is not wide one below the other what has no room abreast."""
    try:
        return arrange(rows, heading, frame, story)
    except BadScene:
        if shape_of(frame) is WIDE:
            raise
        with suppress(BadScene):
            return arrange([[view] for view in views_of(rows)], heading, frame, story)
        raise


def is_high(frame: Box) -> bool:
    """Whether a frame is so much higher than wide that its panels stand one below the other."""
    return frame.height > _HIGH * frame.width


def _check_room(view: View, box: Box, least: tuple[float, float]) -> None:
    """Raise `BadScene` for a panel that could not be read."""
    for side, room, needed in (("wide", box.width, least[0]), ("high", box.height, least[1])):
        if room < needed:
            fewer = "panels beside each other" if side == "wide" else "rows"
            allowed = f"it could not be read: too little room for it in a frame of this size; use fewer {fewer}"
            raise BadScene("views", f"{type(view).__name__}()", allowed)


def _tall(row: Sequence[Cell], table: dict[type, Panel], frame: Box) -> float:
    """Return a row's share of the height: that of its tallest cell; in a wide frame all have the same."""
    wide = shape_of(frame) is WIDE
    return 1.0 if wide else max(sum(table[type(view)].tall for view in stack(cell)) for cell in row)


def _fixed(row: Sequence[Cell], table: dict[type, Panel], story: Story, width: float) -> float | None:
    """Return the height of a row of views that do not take what room there is."""
    heights = [[table[type(view)].height for view in stack(cell)] for cell in row]
    if any(height is None for cell in heights for height in cell):
        return None
    return max(sum(height(story, width) for height in cell if height is not None) for cell in heights)


def _row(row: Sequence[Cell], box: Box, table: dict[type, Panel], story: Story) -> list[tuple[View, Box]]:
    panels = [table[type(stack(cell)[0])] for cell in row]
    room = box.width - GAP * (len(row) - 1)
    shares = sum(panel.share for panel in panels)
    placed: list[tuple[View, Box]] = []
    left = box.left
    before: Cell | None = None
    for cell, panel in zip(row, panels, strict=True):
        wide = room * panel.share / shares
        place = Box(left, box.top, left + wide, box.bottom)
        placed += _column(_unlinked(cell, before), place, table, story)
        left, before = left + wide + GAP, cell
    return placed


def _unlinked(cell: Cell, before: Cell | None) -> Cell:
    """Take the dotted line to the curve from a history that has no curve to its left."""
    linked = isinstance(cell, History) and not isinstance(before, Curve)
    return replace(cell, link=False) if linked and isinstance(cell, History) else cell


def _column(cell: Cell, box: Box, table: dict[type, Panel], story: Story) -> list[tuple[View, Box]]:
    """Return the views of a column with their boxes; of two that share, the upper one is larger."""
    views = stack(cell)
    heights = [table[type(view)].height for view in views]
    fixed = sum(height(story, box.width) for height in heights if height is not None)
    free = sum(height is None for height in heights)
    room = box.height - fixed - BETWEEN * (len(views) - 1)
    first = 0.6 if isinstance(views[0], DataFit) else 0.52
    shares = [first, 1 - first] if free == 2 else [1 / free] * free if free else []
    placed, top = [], box.top
    for view, height in zip(views, heights, strict=True):
        high = shares.pop(0) * room if height is None else height(story, box.width)
        panel = table[type(view)]
        if isinstance(view, History) and view is not views[-1]:
            view = replace(view, caption=False)  # the name of the panel below stands there
        placed.append((view, Box(box.left + panel.left, top, box.right - panel.right, top + high)))
        top += high + BETWEEN
    return placed
