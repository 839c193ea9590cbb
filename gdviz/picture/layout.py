"""Rows of views become places on the frame."""

import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from gdviz.descent.basins import BasinFindings
from gdviz.descent.loss import Fit, Loss, steps_per_epoch
from gdviz.descent.phase_map import PhaseFindings
from gdviz.descent.places import real
from gdviz.descent.rate_study import RateFindings
from gdviz.descent.story import Story
from gdviz.picture.attempt import Attempt
from gdviz.picture.basin_map import BasinMap, BasinTable, table_height
from gdviz.picture.board import Board, Protocol, board_height, protocol_height
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.history import History
from gdviz.picture.inside import Inside
from gdviz.picture.phase_plane import PhasePlane
from gdviz.picture.rates import Rates, rates_change
from gdviz.picture.rule import Rule, rule_height
from gdviz.picture.samples import GradientFan
from gdviz.picture.shape import EDGE, WIDE, shape_of
from gdviz.picture.steps_needed import StepsNeeded
from gdviz.picture.surface import Surface
from gdviz.picture.view import Box, View
from gdviz.problems import BadScene

# Units.
BELOW = 30.0  # from the heading to the first row of plots
TICKS = 51.0  # below a row of plots
GAP = 36.0  # between panels
BETWEEN = 70.0  # between two panels of a column: ticks of the upper one, name of the lower one
_ABREAST = 2  # attempts beside each other in an upright frame
_HIGH = 1.15  # of the width: a frame so much higher has its panels one below the other

Cell = View | Sequence[View]  # one panel, or several above each other
Rows = Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class Panel:
    """How a kind of view takes part in a row.

    share: of the width. left, right: the room for names and ticks on both sides, in units.
    tall: its row's share of the height, in an upright frame; the rows of a wide one are equally high.
    height: how high it is, in units, for a width, where it does not take what room there is.
    above: the room above it for its names, in a later row.
    least: the width and height, in units, at which it can still be read.
    """

    share: float
    left: float
    right: float
    tall: float = 1.0
    height: Callable[[Story, float], float] | None = None
    above: float = 40.0
    least: tuple[float, float] = (0.0, 0.0)


_PANELS: dict[type, Panel] = {
    Curve: Panel(2.15, 88, 32, 1.7, least=(200, 140)),
    Contour: Panel(2.15, 88, 32, 1.9, least=(160, 130)),
    History: Panel(1.0, 32, 10, least=(170, 90)),
    Rates: Panel(1.0, 32, 10, 0.8, least=(120, 90)),
    DataFit: Panel(1.0, 76, 126, 1.4, least=(160, 140)),
    GradientFan: Panel(1.0, 76, 126, least=(120, 90)),
    Inside: Panel(1.35, 10, 4, 1.5, least=(230, 170)),
    Board: Panel(1.0, 0, 0, height=board_height, above=20),
    Rule: Panel(1.0, 0, 0, height=rule_height, above=0),
    Protocol: Panel(1.0, 0, 0, height=protocol_height, above=0),
    Attempt: Panel(1.0, 0, 0, least=(150, 70)),
    StepsNeeded: Panel(1.0, 56, 56, least=(200, 90)),
    Surface: Panel(2.9, 0, 0, 1.9, least=(200, 160)),
    PhasePlane: Panel(1.95, 36, 24, 1.9, least=(200, 160)),
    BasinMap: Panel(1.5, 36, 24, 1.9, least=(160, 130)),
    BasinTable: Panel(1.0, 0, 0, height=table_height, above=20),
}
VIEWS: dict[str, type[View]] = {kind.__name__: kind for kind in _PANELS}
_BESIDE_DATA: dict[type, Panel] = {
    Curve: replace(_PANELS[Curve], share=0.825, left=104, right=34),
    Contour: replace(_PANELS[Contour], share=0.9, left=104, right=34),
    History: replace(_PANELS[History], left=60),
}
_RACE: dict[type, Panel] = {
    Curve: replace(_PANELS[Curve], share=1.3, left=66, right=24),
    Contour: replace(_PANELS[Contour], share=1.3, left=36, right=24),
    History: replace(_PANELS[History], left=64),
}
# Panels that stand alone in their row, one below the other: their axes begin at the same place.
_ALIGNED: dict[bool, dict[type, Panel]] = {
    False: {kind: replace(_PANELS[kind], left=88, right=32) for kind in (History, Rates)},
    True: {kind: replace(_PANELS[kind], left=64, right=24) for kind in (Curve, Contour, History)},
}
_BATCHES: dict[type, Panel] = {
    Curve: replace(_PANELS[Curve], share=1.0, left=104, right=34),
    Contour: replace(_PANELS[Contour], share=1.0, left=104, right=34),
    History: replace(_PANELS[History], left=76, right=126),
}


def arrange_usual(story: Story, heading: Heading, frame: Box, *, inside: bool, fog: bool) -> list[tuple[View, Box]]:
    """Return the panels that tell a story of this kind in such a frame, each with its box."""
    *others, last = _choices(story, frame, inside=inside, fog=fog)
    for rows in others:
        with suppress(BadScene):
            return arrange(rows, heading, frame, story)
    return arrange(last, heading, frame, story)


def _choices(story: Story, frame: Box, *, inside: bool, fog: bool) -> list[Rows]:
    """Return rows of panels for a frame, the best first, of which the last has to do.

    In a frame that is clearly higher than wide panels stand one below the other. A square one has no height for that:
    there only the scoreboard of a race, which needs the width, has a row of its own. Where a long rule leaves too
    little height, the rates go first, then the rule.
    """
    rows = _wide_rows(story, inside=inside, fog=fog)
    if shape_of(frame) is WIDE:
        return [rows]
    if isinstance(story.study, RateFindings | PhaseFindings):
        attempts = [Attempt(run) for run in range(len(story.runs))]
        abreast = [attempts[k : k + _ABREAST] for k in range(0, len(attempts), _ABREAST)]
        first = [[PhasePlane()]] if isinstance(story.study, PhaseFindings) else []
        return [[*first, *abreast, *rows[1:]], rows]
    firsts = [[stack(cell)[0] for cell in row] for row in rows]
    if isinstance(story.study, BasinFindings):
        return [[[BasinMap()], [BasinTable()], [History()], [Protocol()]], [[BasinMap()], [BasinTable()], [Protocol()]]]
    if story.batched:  # what is small beside the data in a wide frame can't be read in an upright one
        rows = firsts
    stacked = [[view] for row in rows for cell in row for view in stack(cell)]
    fewer = [[stack(cell)[0]] for row in rows for cell in row]
    if story.together and story.study is None:
        land = [_seen(story.loss.about.dim, fog)] if story.loss.about.dim <= 2 else []
        rows = [[*land, History(minimum=not fog)], [Board()], [Protocol()]]
    bare = [row for row in fewer if not isinstance(row[0], Rule)]
    return [stacked, rows, fewer, bare] if _is_high(frame) else [rows, firsts]


def _wide_rows(story: Story, *, inside: bool, fog: bool) -> Rows:
    dim, with_data = story.loss.about.dim, isinstance(story.loss, Fit)
    if isinstance(story.study, RateFindings):
        return [[Attempt(run) for run in range(len(story.runs))], [StepsNeeded()]]
    if isinstance(story.study, BasinFindings):
        return [[BasinMap(), (BasinTable(), History())], [Protocol()]]
    if isinstance(story.study, PhaseFindings):
        runs = range(len(story.runs))
        return [[PhasePlane(), *([Attempt(run) for run in runs[k::2]] for k in (0, 1) if runs[k::2])], [Protocol()]]
    if story.together:
        beside = (Board(), History(minimum=not fog))
        if dim <= 2:
            return [[_seen(dim, fog), beside], [Protocol()]]
        return [[History(), Board()], [Protocol()]]
    rule = [[Rule()]] if dim <= 2 else []
    if story.batched and dim <= 2 and not inside:
        few = (DataFit(), History(link=False)) if dim == 1 else (DataFit(), GradientFan())
        return [[few, _seen(dim, fog)], *rule]
    first: Cell = DataFit() if with_data else _seen(dim, fog)
    if inside:
        return [[first, Inside()], *rule]
    if with_data:
        return [[first, _seen(dim, fog)], *rule]
    told = History(link=dim == 1 and not rates_change(story), minimum=not fog)  # what lies in fog is not told beside it
    last: Cell = (told, Rates()) if rates_change(story) else told
    return [[first, last] if dim <= 2 else [last], *rule]


def _seen(dim: int, fog: bool) -> View:
    """Return the view of a loss of so many parameters itself, where there is one."""
    return Curve(fog=fog) if dim == 1 else Contour(fog=fog) if dim == 2 else History(link=False)


def has_fog(rows: Rows) -> bool:
    """Whether a view among them uncovers the loss little by little."""
    return any(isinstance(view, Curve | Contour) and view.fog for row in rows for cell in row for view in stack(cell))


def check_views(rows: Rows, loss: Loss, *, race: bool, study: str = "") -> None:
    """Raise `BadScene` for views that can't show such a loss, or a film that is no race or has no such study."""
    for view in (view for row in rows for cell in row for view in stack(cell)):
        _check_looks(view)
        if isinstance(view, Curve | Contour) and view.fog:
            check_fog(f"{type(view).__name__}, fog", loss)
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


def check_fog(where: str, loss: Loss) -> None:
    """Raise `BadScene` where the picture of a loss can't be in fog; `where` is the field that asks for it."""
    if loss.about.dim > 2:
        raise BadScene(where, True, f"allowed: with one or two parameters, and this loss has {loss.about.dim}")
    if steps_per_epoch(loss) > 1:
        raise BadScene(where, True, "allowed: without mini-batches, each of which shows a whole loss of its own")


def _check_looks(view: View) -> None:
    """Check that each look of a view is of the kind of its usual value."""
    looks: Any = view
    for one in fields(looks) if is_dataclass(looks) else ():
        given, usual = getattr(view, one.name), one.default
        where = f"{type(view).__name__}, {one.name}"
        if isinstance(usual, bool):
            if not isinstance(given, bool):
                raise BadScene(where, given, "allowed: True, False")
        elif isinstance(view, Attempt) and (isinstance(given, bool) or not isinstance(given, int)):
            raise BadScene(where, given, "allowed: a whole number")
        elif isinstance(usual, int | float) and not math.isfinite(real(given)):
            raise BadScene(where, given, "allowed: a number")


def _other(dim: int) -> str:
    return {1: "use Curve()", 2: "use Contour()"}.get(dim, "use History()")


def arrange(rows: Rows, heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Return each view with its box: the heading above, the rows one below the other."""
    for view in (view for row in rows for cell in row for view in stack(cell)):
        if isinstance(view, Attempt) and not 0 <= view.run < len(story.runs):
            raise BadScene("Attempt, run", view.run, f"allowed: 0 to {len(story.runs) - 1}, the runs of the race")
    table = _table(rows, story)
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
        alone = len(row) == 1 and _is_high(frame) and not story.batched
        aligned = table | _ALIGNED[bool(story.together)] if alone else table
        placed += _row(row, Box(EDGE, top, frame.right - EDGE, top + high), aligned, story)
        top += high + below[k]
    for view, box in placed:
        _check_room(view, box, table[type(view)].least)
    return [*placed, (heading, Box(0, 0, frame.right, heading_ends))]


def _table(rows: Rows, story: Story) -> dict[type, Panel]:
    """Return the panels' table for a film: with data, or of a race, axes need more room for their numbers."""
    with_data = any(isinstance(view, DataFit) for row in rows for cell in row for view in stack(cell))
    special = _RACE if story.together else _BATCHES if story.batched else {}
    return _PANELS | (_BESIDE_DATA if with_data else {}) | special


def _is_high(frame: Box) -> bool:
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


def stack(cell: Cell) -> Sequence[View]:
    """Return the views of a cell, from top to bottom."""
    return cell if isinstance(cell, Sequence) else (cell,)
