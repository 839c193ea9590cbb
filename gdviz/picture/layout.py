"""Rows of views become places on the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from gdviz.descent.loss import Fit
from gdviz.descent.story import Story
from gdviz.picture.curve import Curve
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.history import History
from gdviz.picture.inside import Inside
from gdviz.picture.rates import Rates, rates_change
from gdviz.picture.rule import Rule
from gdviz.picture.samples import GradientFan
from gdviz.picture.view import Box, View

# Units.
TOP = 158.0  # the upper edge of the plots
FOOT = 196.0  # the room below them
EDGE = 48.0  # the margin
GAP = 36.0  # between panels
BETWEEN = 70.0  # between two panels of a column: ticks of the upper one, name of the lower one


@dataclass(frozen=True)
class Panel:
    """How a kind of view takes part in a row: its share of the width, and the room for names on both sides."""

    share: float
    left: float
    right: float


_PANELS: dict[type, Panel] = {
    Curve: Panel(2.15, 88, 32),
    History: Panel(1.0, 32, 10),
    DataFit: Panel(1.0, 76, 126),
    Inside: Panel(1.35, 10, 4),
}
_BATCHES: dict[type, Panel] = {
    DataFit: Panel(1.0, 76, 126),
    Curve: Panel(1.0, 104, 34),
    GradientFan: Panel(1.0, 76, 34),
}
_BESIDE_DATA: dict[type, Panel] = {Curve: Panel(0.825, 104, 34), History: Panel(1.0, 60, 10)}


Column = tuple[View, ...]  # one panel, or several above each other


def default_views(story: Story, *, inside: bool = False) -> tuple[Column, ...]:
    """Return the panels that tell a story of this kind, as columns from left to right."""
    one, with_data = story.loss.about.dim == 1, isinstance(story.loss, Fit)
    if story.batched and story.loss.about.dim <= 2 and not inside:
        return (DataFit(), History(link=False)), (Curve(),) if one else (GradientFan(),)
    beside: Column = (Inside(),) if inside else (History(link=one),)
    if not inside and rates_change(story):
        beside = (History(link=False, caption=False), Rates())
    if with_data:
        last = (Curve(),) if one else (History(link=False),)
        return ((DataFit(),), (Inside(),) if inside else last)
    if one:
        return (Curve(),), beside
    return ((History(link=False),), beside) if inside else (beside,)


def arrange(columns: Sequence[Column], heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Return each view with its box: the columns side by side, the heading above, the rule below."""
    beside_data = any(isinstance(view, DataFit) for column in columns for view in column)
    table = {**_PANELS, **(_BATCHES if story.batched else _BESIDE_DATA if beside_data else {})}
    panels = [table[type(column[0])] for column in columns]
    room = frame.width - 2 * EDGE - GAP * (len(columns) - 1)
    shares = sum(panel.share for panel in panels)
    placed: list[tuple[View, Box]] = []
    x = EDGE
    for column, panel in zip(columns, panels, strict=True):
        wide = room * panel.share / shares
        placed += _stacked(column, Box(x + panel.left, TOP, x + wide - panel.right, frame.bottom - FOOT))
        x += wide + GAP
    placed.append((heading, Box(0, 0, frame.right, TOP - 30)))
    if story.loss.about.dim <= 2:
        placed.append((Rule(), Box(0, frame.bottom - 145, frame.right, frame.bottom)))
    return placed


def _stacked(column: Column, box: Box) -> list[tuple[View, Box]]:
    """Return the views of a column with their boxes; of two the upper one is larger, and names stand between them."""
    if len(column) == 1:
        return [(column[0], box)]
    upper, lower = column
    edge = box.top + (0.6 if isinstance(upper, DataFit) else 0.52) * (box.height - BETWEEN)
    return [
        (upper, Box(box.left, box.top, box.right, edge)),
        (lower, Box(box.left, edge + BETWEEN, box.right, box.bottom)),
    ]
