"""The kinds of views there are: how each takes part in a row, and which films it can be part of."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from gdviz.descent.story import Story
from gdviz.picture.attempt import Attempt
from gdviz.picture.basin_map import BasinMap, BasinTable, table_height
from gdviz.picture.board import Board, Protocol, board_height, protocol_height
from gdviz.picture.chain_rule import ChainRule, chain_height
from gdviz.picture.confusion import ConfusionMatrix
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.decision_boundary import DecisionBoundary
from gdviz.picture.fit import DataFit
from gdviz.picture.histograms import Histograms
from gdviz.picture.history import History
from gdviz.picture.inside import Inside
from gdviz.picture.loss_plane import LossPlane
from gdviz.picture.network_graph import NetworkGraph
from gdviz.picture.other_curve import OtherCurve
from gdviz.picture.path_plane import PathPlane
from gdviz.picture.phase_plane import PhasePlane
from gdviz.picture.predictions import Predictions
from gdviz.picture.rates import Rates
from gdviz.picture.rows import Rows, views_of
from gdviz.picture.rule import Rule, rule_height
from gdviz.picture.samples import GradientFan
from gdviz.picture.scores import Scores
from gdviz.picture.shape import SQUARE, shape_of
from gdviz.picture.steps_needed import StepsNeeded
from gdviz.picture.surface import Surface
from gdviz.picture.training import Training
from gdviz.picture.view import Box, View
from gdviz.picture.weight_images import WeightImages


@dataclass(frozen=True)
class Suits:
    """Which films a kind of view can be part of: of any, unless something is said.

    dim: of a loss of so many parameters. few: of one or two. data, batches: of a loss that has such.
    network: of a `Network`; classes, image: with such targets and inputs; inputs: with so many of them.
    recorded: of a `TrainingRun` alone; moves: of one whose parameters were recorded.
    race: True for races, and studies, alone; False for all but those.
    study: with such a study alone, and what it `shows` of it.
    """

    dim: int | None = None
    few: bool = False
    data: bool = False
    batches: bool = False
    network: bool = False
    classes: bool = False
    image: bool = False
    inputs: int | None = None
    recorded: bool = False
    moves: bool = False
    race: bool | None = None
    study: str = ""
    shows: str = ""


_ANY, _ALONE, _RACING = Suits(), Suits(race=False), Suits(race=True)
_PASSES = Suits(network=True, race=False)
_BASINS = Suits(study="Basins", shows="where starts end")


@dataclass(frozen=True)
class Panel:
    """How a kind of view takes part in a row.

    share: of the width. left, right: the room for names and ticks on both sides, in units.
    tall: its row's share of the height, in an upright frame; the rows of a wide one are equally high.
    height: how high it is, in units, for a width, where it does not take what room there is.
    above: the room above it for its names, in a later row.
    least: the width and height, in units, at which it can still be read.
    suits: which films it can be part of.
    """

    share: float
    left: float
    right: float
    tall: float = 1.0
    height: Callable[[Story, float], float] | None = None
    above: float = 40.0
    least: tuple[float, float] = (0.0, 0.0)
    suits: Suits = _ANY


PANELS: dict[type, Panel] = {
    Curve: Panel(2.15, 88, 32, 1.7, least=(200, 140), suits=Suits(dim=1)),
    Contour: Panel(2.15, 88, 32, 1.9, least=(160, 130), suits=Suits(dim=2)),
    History: Panel(1.0, 32, 10, least=(170, 90)),
    Rates: Panel(1.0, 32, 10, 0.8, least=(120, 90), suits=_ALONE),
    DataFit: Panel(1.0, 76, 126, 1.4, least=(160, 140), suits=Suits(data=True, race=False)),
    GradientFan: Panel(1.0, 76, 126, least=(120, 90), suits=Suits(dim=2, batches=True, race=False)),
    Inside: Panel(1.35, 10, 4, 1.5, least=(230, 170), suits=_ALONE),
    Board: Panel(1.0, 0, 0, height=board_height, above=20, suits=_RACING),
    Rule: Panel(1.0, 0, 0, height=rule_height, above=0, suits=Suits(few=True, race=False)),
    Protocol: Panel(1.0, 0, 0, height=protocol_height, above=0, suits=_RACING),
    Attempt: Panel(1.0, 0, 0, least=(150, 70), suits=_RACING),
    StepsNeeded: Panel(1.0, 56, 56, least=(200, 90), suits=Suits(study="RateStudy", shows="a study of rates")),
    Surface: Panel(2.9, 0, 0, 1.9, least=(200, 160), suits=Suits(dim=2)),
    OtherCurve: Panel(2.15, 88, 32, 1.7, least=(200, 140), suits=Suits(dim=1, race=False)),
    PhasePlane: Panel(1.95, 36, 24, 1.9, least=(200, 160), suits=Suits(study="PhaseMap", shows="rates and momenta")),
    PathPlane: Panel(1.25, 24, 24, 1.6, least=(200, 140), suits=Suits(recorded=True, moves=True, race=False)),
    Training: Panel(1.0, 76, 24, least=(200, 90), suits=Suits(recorded=True, race=False)),
    BasinMap: Panel(1.5, 36, 24, 1.9, least=(160, 130), suits=_BASINS),
    WeightImages: Panel(1.4, 0, 0, 1.0, least=(150, 70), suits=Suits(network=True, image=True)),
    ConfusionMatrix: Panel(1.0, 0, 0, 1.4, least=(180, 120), suits=Suits(network=True, classes=True)),
    Scores: Panel(1.2, 0, 0, 1.0, least=(230, 130), suits=Suits(network=True)),
    Histograms: Panel(1.0, 0, 0, 0.8, least=(110, 60), suits=Suits(network=True)),
    DecisionBoundary: Panel(1.6, 72, 24, 1.9, least=(280, 150), suits=Suits(network=True, classes=True, race=False)),
    Predictions: Panel(1.6, 76, 32, 1.4, least=(180, 130), suits=Suits(network=True, race=False)),
    LossPlane: Panel(1.6, 72, 24, 1.9, least=(280, 150), suits=Suits(network=True)),
    BasinTable: Panel(1.0, 0, 0, height=table_height, above=20, suits=_BASINS),
    NetworkGraph: Panel(2.6, 0, 0, 2.4, least=(420, 190), suits=_PASSES),
    ChainRule: Panel(1.0, 0, 0, height=chain_height, above=0, suits=_PASSES),
}
VIEWS: dict[str, type[View]] = {kind.__name__: kind for kind in PANELS}
_BESIDE_DATA: dict[type, Panel] = {
    Curve: replace(PANELS[Curve], share=0.825, left=104, right=34),
    Contour: replace(PANELS[Contour], share=0.9, left=104, right=34),
    History: replace(PANELS[History], left=60),
}
_RACE: dict[type, Panel] = {
    Curve: replace(PANELS[Curve], share=1.3, left=66, right=24),
    Contour: replace(PANELS[Contour], share=1.3, left=36, right=24),
    History: replace(PANELS[History], left=64),
}
# In a frame about as wide as high the history beside the loss needs more of the width for its name, and a surface more
# of the height than what stands below it.
_SQUARE: dict[type, Panel] = {
    Curve: replace(PANELS[Curve], share=1.5),
    Contour: replace(PANELS[Contour], share=1.5),
    Surface: replace(PANELS[Surface], tall=3.2),
}
# Panels that stand alone in their row, one below the other: their axes begin at the same place.
ALIGNED: dict[bool, dict[type, Panel]] = {
    False: {kind: replace(PANELS[kind], left=88, right=32) for kind in (History, Rates)},
    True: {kind: replace(PANELS[kind], left=64, right=24) for kind in (Curve, Contour, History)},
}
_BATCHES: dict[type, Panel] = {
    Curve: replace(PANELS[Curve], share=1.0, left=104, right=34),
    Contour: replace(PANELS[Contour], share=1.0, left=104, right=34),
    History: replace(PANELS[History], left=76, right=126),
}


def panels_for(rows: Rows, story: Story, frame: Box) -> dict[type, Panel]:
    """Return the panels' table for a film: with data, or of a race, axes need more room for their numbers."""
    shaped = _SQUARE if shape_of(frame) is SQUARE else {}
    with_data = any(isinstance(view, DataFit) for view in views_of(rows))
    special = _RACE if story.together else _BATCHES if story.batched else {}
    return PANELS | shaped | (_BESIDE_DATA if with_data else {}) | special | _chains(rows)


def _chains(rows: Rows) -> dict[type, Panel]:
    """Return the panel of chain rules that is as high as the examples and weights that they follow ask for."""
    views = [view for view in views_of(rows) if isinstance(view, ChainRule)]
    high = partial(chain_height, views=views)
    return {ChainRule: replace(PANELS[ChainRule], height=high)} if views else {}
