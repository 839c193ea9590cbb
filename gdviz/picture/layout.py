"""Rows of views become places on the frame."""

from collections.abc import Sequence
from dataclasses import dataclass

from gdviz.descent.loss import Fit
from gdviz.descent.story import Story
from gdviz.picture.curve import Curve
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.history import History
from gdviz.picture.rule import Rule
from gdviz.picture.view import Box, View

TOP, FOOT, EDGE, GAP = (
    158.0,
    196.0,
    48.0,
    36.0,
)  # units: the plots' upper edge, the room below them, the margin, between panels


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
}
_BESIDE_DATA = {Curve: Panel(0.825, 104, 34), History: Panel(1.0, 60, 10)}


def default_views(story: Story) -> tuple[View, ...]:
    """Return the panels that tell a story of this kind."""
    if isinstance(story.loss, Fit):
        return (DataFit(), Curve()) if story.loss.about.dim == 1 else (DataFit(), History(link=False))
    return (Curve(), History()) if story.loss.about.dim == 1 else (History(link=False),)


def arrange(views: Sequence[View], heading: Heading, frame: Box, story: Story) -> list[tuple[View, Box]]:
    """Return each view with its box: the panels in one row, the heading above, the rule below."""
    beside_data = any(isinstance(view, DataFit) for view in views)
    panels = [(_BESIDE_DATA if beside_data else _PANELS).get(type(view), _PANELS[type(view)]) for view in views]
    room = frame.width - 2 * EDGE - GAP * (len(views) - 1)
    shares = sum(panel.share for panel in panels)
    placed: list[tuple[View, Box]] = []
    x = EDGE
    for view, panel in zip(views, panels, strict=True):
        wide = room * panel.share / shares
        placed.append((view, Box(x + panel.left, TOP, x + wide - panel.right, frame.bottom - FOOT)))
        x += wide + GAP
    placed.append((heading, Box(0, 0, frame.right, TOP - 30)))
    if story.loss.about.dim <= 2:
        placed.append((Rule(), Box(0, frame.bottom - 145, frame.right, frame.bottom)))
    return placed
