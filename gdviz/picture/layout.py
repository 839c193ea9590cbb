"""Rows of views become places on the frame."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from gdviz.descent.basins import BasinFindings
from gdviz.descent.loss import Fit, Loss, steps_per_epoch
from gdviz.descent.phase_map import PhaseFindings
from gdviz.descent.places import real
from gdviz.descent.rate_study import RateFindings
from gdviz.descent.story import Story
from gdviz.picture.attempt import Attempt
from gdviz.picture.basin_map import BasinMap, BasinTable
from gdviz.picture.board import Board, Protocol, board_height
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.history import History
from gdviz.picture.inside import Inside
from gdviz.picture.phase_plane import PhasePlane
from gdviz.picture.rates import Rates, rates_change
from gdviz.picture.rule import Rule
from gdviz.picture.samples import GradientFan
from gdviz.picture.steps_needed import StepsNeeded
from gdviz.picture.surface import Surface
from gdviz.picture.theme import STYLES
from gdviz.picture.view import Box, View
from gdviz.problems import BadScene

# Units.
TOP = 158.0  # the upper edge of the first row of plots
NAMES = 40.0  # above a later row, for the names of its panels
TICKS = 51.0  # below a row of plots
EDGE = 48.0  # the margin to the left and to the right
GAP = 36.0  # between panels
BETWEEN = 70.0  # between two panels of a column: ticks of the upper one, name of the lower one
LEAST = 90.0  # the height of a panel that can still be read

Cell = View | Sequence[View]  # one panel, or several above each other
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Panel:
    """How a kind of view takes part in a row.

    share: of the width. left, right: the room for names and ticks on both sides, in units.
    height: how high it is, in units, where it does not take what room there is.
    """

    share: float
    left: float
    right: float
    height: Callable[[Story], float] | None = None


_PANELS: dict[type, Panel] = {
    Curve: Panel(2.15, 88, 32),
    Contour: Panel(2.15, 88, 32),
    History: Panel(1.0, 32, 10),
    Rates: Panel(1.0, 32, 10),
    DataFit: Panel(1.0, 76, 126),
    GradientFan: Panel(1.0, 76, 126),
    Inside: Panel(1.35, 10, 4),
    Board: Panel(1.0, 0, 0, board_height),
    Rule: Panel(1.0, 0, 0, lambda _: 145),
    Protocol: Panel(1.0, 0, 0, lambda _: 48),
    Attempt: Panel(1.0, 0, 0),
    StepsNeeded: Panel(1.0, 56, 56),
    Surface: Panel(2.15, 0, 0),
    PhasePlane: Panel(1.3, 36, 24),
    BasinMap: Panel(1.5, 36, 24),
    BasinTable: Panel(1.0, 0, 0, lambda story: 34 + 40.0 * _minima(story)),
}
VIEWS: dict[str, type[View]] = {kind.__name__: kind for kind in _PANELS}


def _minima(story: Story) -> int:
    """Return how many rows the table of basins has, at most."""
    return min(STYLES, len(story.study.minima)) + 2 if isinstance(story.study, BasinFindings) else 1


_BESIDE_DATA: dict[type, Panel] = {
    Curve: Panel(0.825, 104, 34),
    Contour: Panel(0.9, 104, 34),
    History: Panel(1.0, 60, 10),
}
_BATCHES: dict[type, Panel] = {
    Curve: Panel(1.0, 104, 34),
    Contour: Panel(1.0, 104, 34),
    History: Panel(1.0, 76, 126),
}
_RACE: dict[type, Panel] = {Curve: Panel(1.3, 66, 24), Contour: Panel(1.3, 36, 24), History: Panel(1.0, 64, 10)}


def default_views(story: Story, *, inside: bool = False) -> Rows:
    """Return the panels that tell a story of this kind, row by row."""
    dim, with_data = story.loss.about.dim, isinstance(story.loss, Fit)
    if isinstance(story.study, RateFindings):
        return [[Attempt(run) for run in range(len(story.runs))], [StepsNeeded()]]
    if isinstance(story.study, BasinFindings):
        return [[BasinMap(), (BasinTable(), History())], [Protocol()]]
    if isinstance(story.study, PhaseFindings):
        return [[PhasePlane(), (Curve() if dim == 1 else Contour(), History())], [Protocol()]]
    if story.together:
        beside = (Board(), History())
        if dim <= 2:
            return [[Curve() if dim == 1 else Contour(), beside], [Protocol()]]
        return [[History(), Board()], [Protocol()]]
    rule = [[Rule()]] if dim <= 2 else []
    if story.batched and dim <= 2 and not inside:
        few = (DataFit(), History(link=False)) if dim == 1 else (DataFit(), GradientFan())
        return [[few, Curve() if dim == 1 else Contour()], *rule]
    first: Cell = DataFit() if with_data else Curve() if dim == 1 else Contour() if dim == 2 else History(link=False)
    if inside:
        return [[first, Inside()], *rule]
    if with_data:
        return [[first, Curve() if dim == 1 else Contour()], *rule]
    last: Cell = (History(link=False), Rates()) if rates_change(story) else History(link=dim == 1)
    return [[first, last] if dim <= 2 else [last], *rule]


def check_views(rows: Rows, loss: Loss, *, race: bool, study: str = "") -> None:
    """Raise `BadScene` for views that can't show such a loss, or a film that is no race or has no such study."""
    for view in (view for row in rows for cell in row for view in _stack(cell)):
        _check_looks(view)
        name, dim = type(view).__name__, loss.about.dim
        wanted = {Curve: 1, Contour: 2, Surface: 2, GradientFan: 2}.get(type(view), dim)
        if dim != wanted:
            count = "one parameter" if wanted == 1 else f"{wanted} parameters"
            raise BadScene("views", f"{name}()", f"it shows {count}, and this loss has {dim}; {_other(dim)}")
        if isinstance(view, DataFit) and not isinstance(loss, Fit):
            raise BadScene("views", f"{name}()", "it shows data, and this loss has none; use Line or Logistic")
        if isinstance(view, GradientFan) and steps_per_epoch(loss) == 1:
            raise BadScene("views", f"{name}()", "it shows mini-batches, and this loss has none; give a batch_size")
        if isinstance(view, Rule) and dim > 2:
            raise BadScene("views", f"{name}()", f"it has room for two parameters, and this loss has {dim}")
        if isinstance(view, Board | Protocol | Attempt) and not race:
            raise BadScene("views", f"{name}()", "it shows a race; allowed: in a scene with race=[...]")
        if isinstance(view, StepsNeeded) and study != "RateStudy":
            raise BadScene("views", f"{name}()", "it shows a study of rates; allowed: with study=RateStudy()")
        if isinstance(view, PhasePlane) and study != "PhaseMap":
            raise BadScene("views", f"{name}()", "it shows rates and momenta; allowed: with study=PhaseMap()")
        if isinstance(view, BasinMap | BasinTable) and study != "Basins":
            raise BadScene("views", f"{name}()", "it shows where starts end; allowed: with study=Basins()")
        if isinstance(view, Rule | Inside | Rates | DataFit | GradientFan) and race:
            raise BadScene("views", f"{name}()", "it shows one run at a time; in a race use Curve, Contour or History")


def _check_looks(view: View) -> None:
    """Check that each look of a view is of the kind of its usual value."""
    looks: Any = view
    for one in fields(looks) if is_dataclass(looks) else ():
        given, usual = getattr(view, one.name), one.default
        where = f"{type(view).__name__}, {one.name}"
        if isinstance(usual, bool):
            if not isinstance(given, bool):
                raise BadScene(where, given, "allowed: True, False")
        elif isinstance(usual, int | float) and not math.isfinite(real(given)):
            raise BadScene(where, given, "allowed: a number")


def _other(dim: int) -> str:
    return {1: "use Curve()", 2: "use Contour()"}.get(dim, "use History()")


def arrange(rows: Rows, heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Return each view with its box: the heading above, the rows one below the other."""
    every = [view for row in rows for cell in row for view in _stack(cell)]
    for view in every:
        if isinstance(view, Attempt) and not 0 <= view.run < len(story.runs):
            raise BadScene("Attempt, run", view.run, f"allowed: 0 to {len(story.runs) - 1}, the runs of the race")
    table: dict[type, Panel] = _PANELS | (_BESIDE_DATA if any(isinstance(view, DataFit) for view in every) else {})
    table |= _RACE if story.together else _BATCHES if story.batched else {}
    fixed = [_fixed(row, table, story) for row in rows]
    free = [k for k, height in enumerate(fixed) if height is None]
    room = frame.bottom - TOP - sum(height for height in fixed if height is not None)
    room -= TICKS * len(free) + NAMES * max(0, len(free) - 1)
    each = room / len(free) if free else 0.0
    if free and each < LEAST:
        raise BadScene("views", f"{len(rows)} rows", "no room for so many in this size; use fewer")
    placed: list[tuple[View, Box]] = []
    top = TOP
    for k, (row, height) in enumerate(zip(rows, fixed, strict=True)):
        high = each if height is None else height
        top += NAMES if height is None and free and k != free[0] else 0.0
        placed += _row(row, Box(EDGE, top, frame.right - EDGE, top + high), table, story)
        top += high + (TICKS if height is None else 0.0)
    return [*placed, (heading, Box(0, 0, frame.right, TOP - 30))]


def _fixed(row: Sequence[Cell], table: dict[type, Panel], story: Story) -> float | None:
    """Return the height of a row of views that do not take what room there is."""
    heights = [[table[type(view)].height for view in _stack(cell)] for cell in row]
    if any(height is None for cell in heights for height in cell):
        return None
    return max(sum(height(story) for height in cell if height is not None) for cell in heights)


def _row(row: Sequence[Cell], box: Box, table: dict[type, Panel], story: Story) -> list[tuple[View, Box]]:
    panels = [table[type(_stack(cell)[0])] for cell in row]
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
    views = _stack(cell)
    heights = [table[type(view)].height for view in views]
    fixed = sum(height(story) for height in heights if height is not None)
    free = sum(height is None for height in heights)
    room = box.height - fixed - BETWEEN * (len(views) - 1)
    first = 0.6 if isinstance(views[0], DataFit) else 0.52
    shares = [first, 1 - first] if free == 2 else [1 / free] * free if free else []
    placed, top = [], box.top
    for view, height in zip(views, heights, strict=True):
        high = shares.pop(0) * room if height is None else height(story)
        panel = table[type(view)]
        if isinstance(view, History) and view is not views[-1]:
            view = replace(view, caption=False)  # the name of the panel below stands there
        placed.append((view, Box(box.left + panel.left, top, box.right - panel.right, top + high)))
        top += high + BETWEEN
    return placed


def _stack(cell: Cell) -> Sequence[View]:
    return cell if isinstance(cell, Sequence) else (cell,)
