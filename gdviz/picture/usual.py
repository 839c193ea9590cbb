"""Which views tell a story of a kind, where the scene does not name them."""

import math
from contextlib import suppress

from gdviz.descent.findings import BasinFindings, PhaseFindings, RateFindings
from gdviz.descent.loss import Fit
from gdviz.descent.network import Network
from gdviz.descent.story import Story
from gdviz.descent.training_run import TrainingRun
from gdviz.descent.verdict import judge
from gdviz.picture.attempt import Attempt
from gdviz.picture.basin_map import BasinMap, BasinTable
from gdviz.picture.board import Board, Protocol
from gdviz.picture.confusion import ConfusionMatrix
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.decision_boundary import DecisionBoundary
from gdviz.picture.fit import DataFit
from gdviz.picture.heading import Heading
from gdviz.picture.histograms import Histograms
from gdviz.picture.history import History
from gdviz.picture.inside import Inside
from gdviz.picture.layout import arrange, is_high
from gdviz.picture.loss_plane import LossPlane
from gdviz.picture.path_plane import PathPlane
from gdviz.picture.phase_plane import PhasePlane
from gdviz.picture.predictions import Predictions
from gdviz.picture.rates import Rates, rates_change
from gdviz.picture.rows import Cell, Rows, stack
from gdviz.picture.rule import Rule, rule_height
from gdviz.picture.samples import GradientFan
from gdviz.picture.scores import Scores
from gdviz.picture.shape import EDGE, SQUARE, WIDE, shape_of
from gdviz.picture.steps_needed import StepsNeeded
from gdviz.picture.theme import STYLES
from gdviz.picture.training import Training
from gdviz.picture.view import Box, View
from gdviz.picture.weight_images import WeightImages
from gdviz.problems import BadScene

_BRIEF = 0.2  # of the height: beside a rule that takes more there is room for the loss alone
_PLANE = 2  # inputs that span a plane
_ABREAST = 2  # attempts beside each other in an upright frame


def arrange_usual(story: Story, heading: Heading, frame: Box, *, inside: bool, fog: bool) -> list[tuple[View, Box]]:
    """Return the panels that tell a story of this kind in such a frame, each with its box."""
    *others, last = _choices(story, frame, inside=inside, fog=fog)
    for rows in others:
        with suppress(BadScene):
            return arrange(rows, heading, frame, story)
    return arrange(last, heading, frame, story)


def _choices(story: Story, frame: Box, *, inside: bool, fog: bool) -> list[Rows]:
    """Return rows of panels for a frame, the best first, of which the last has to do."""
    shape = shape_of(frame)
    if story.recorded is not None:
        return _recorded_choices(story.recorded, upright=shape is not WIDE)
    if isinstance(story.loss, Network) and not inside and story.study is None:
        return _network_choices(story, story.loss, upright=shape is not WIDE)
    if shape is WIDE:
        return [_wide_rows(story, inside=inside, fog=fog)]
    if shape is SQUARE:
        return _square_choices(story, frame, inside=inside, fog=fog)
    return _tall_choices(story, inside=inside, fog=fog)


def _recorded_choices(run: TrainingRun, *, upright: bool) -> list[Rows]:
    """Return rows for a training run: where its parameters went, and what was measured of it on the way."""
    kinds = [kind for kind in ("loss", "accuracy") if run.measured(kind) or run.measured(f"test_{kind}")]
    lines = [[Training(kind == "accuracy", kind == some[-1]) for kind in some] for some in (kinds, kinds[:1])]
    path: list[View] = [PathPlane()] if run.moves or not kinds else []
    if upright:
        return [*([[view] for view in (*path, *some)] for some in lines), [[view] for view in (*path, *lines[1])][:1]]
    return [[[*path, *([tuple(some)] if some else [])]] for some in lines]


def _network_choices(story: Story, network: Network, *, upright: bool) -> list[Rows]:
    """Return rows for a network: what it has learnt, as its data let it be seen, and how well."""
    if story.together:
        rows: list[Rows] = [[[Scores(), Board()], [Protocol()]], [[Scores()], [Board()]]]
        return rows[::-1] if upright else rows
    data, learnt = network.data, History(link=False)
    columns = data.inputs.shape[1]
    if not data.classes:
        shown: list[Cell] = [Predictions(), Scores() if data.test else learnt]
    elif data.image is not None:
        shown = [(WeightImages(), ConfusionMatrix()), Scores()]
    elif columns == _PLANE and len(data.classes) <= STYLES:
        shown = [DecisionBoundary(), (learnt, LossPlane()) if network.hidden else Scores()]
    else:
        shown = [Scores(), (ConfusionMatrix(), Histograms())]
    if not upright:
        return [[shown]]
    stacked = [[view] for cell in shown for view in stack(cell)]
    return [stacked[:3], stacked[:2], stacked[:1]]


def _square_choices(story: Story, frame: Box, *, inside: bool, fog: bool) -> list[Rows]:
    """Return rows for a frame about as wide as high: fewer panels than in a wide one, so that their type is as large.

    What a film is about stays: the data, the loss and the inside; the scoreboard of a race, a study's chart and a few
    of its tries; rates that change. Then the rule, where there is room for it. The history, and the terms of a race,
    stand in frames that are rather high.
    """
    dim, high = story.loss.about.dim, is_high(frame)
    if isinstance(story.study, RateFindings):
        return [[[Attempt(run) for run in _telling(story, 3)], [StepsNeeded()]]]
    if isinstance(story.study, PhaseFindings):
        return [[[PhasePlane()], [Attempt(run) for run in _telling(story, 2)]]]
    terms = [[Protocol()]] if high else []
    if isinstance(story.study, BasinFindings):
        return [[[BasinMap()], [BasinTable()], *terms]]
    if story.together:
        ground = _seen(dim, fog) if dim <= 2 else History(minimum=not fog)
        return [[[ground], [Board(fog=fog)], *terms], [[ground], [Board(fog=fog)]]]
    data: Rows = [[DataFit()]] if isinstance(story.loss, Fit) else []
    loss: Rows = [[_seen(dim, fog)]]
    seen: Rows = [*(data or loss), [Inside()]] if inside else [*data, *loss]
    brief = dim <= 2 and rule_height(story, frame.width - 2 * EDGE) <= _BRIEF * frame.height
    rule: Rows = [[Rule()]] if brief or (dim <= 2 and len(seen) == 1) else []
    planned = rates_change(story) and not inside
    told: Rows = [[Rates()]] if planned else [[History(minimum=not fog)]] if len(seen) == 1 and dim <= 2 else []
    first, second = (told, rule) if planned else (rule, told)
    whole = [[*seen, *told, *rule]] if high and brief else []
    abreast = [[view for row in seen for view in row]]
    return [*whole, [*seen, *first], [*seen, *second], seen, abreast]


def _tall_choices(story: Story, *, inside: bool, fog: bool) -> list[Rows]:
    """Return rows for a frame that is clearly higher than wide: panels stand one below the other.

    Where a long rule leaves too little height, the rates go first, then the rule.
    """
    rows = _wide_rows(story, inside=inside, fog=fog)
    if isinstance(story.study, RateFindings | PhaseFindings):
        attempts = [Attempt(run) for run in range(len(story.runs))]
        abreast = [attempts[k : k + _ABREAST] for k in range(0, len(attempts), _ABREAST)]
        first = [[PhasePlane()]] if isinstance(story.study, PhaseFindings) else []
        return [[*first, *abreast, *rows[1:]], rows]
    if isinstance(story.study, BasinFindings):
        return [[[BasinMap()], [BasinTable()], [History()], [Protocol()]], [[BasinMap()], [BasinTable()], [Protocol()]]]
    if story.batched:  # what is small beside the data in a wide frame can't be read in an upright one
        rows = [[stack(cell)[0] for cell in row] for row in rows]
    stacked = [[view] for row in rows for cell in row for view in stack(cell)]
    fewer = [[stack(cell)[0]] for row in rows for cell in row]
    if story.together and story.study is None:
        land = [_seen(story.loss.about.dim, fog)] if story.loss.about.dim <= 2 else []
        rows = [[*land, History(minimum=not fog)], [Board(fog=fog)], [Protocol()]]
    bare = [row for row in fewer if not isinstance(row[0], Rule)]
    return [stacked, rows, fewer, bare]


def _telling(story: Story, most: int) -> list[int]:
    """Return the runs of a study that tell the most, in their order: the first, the soonest to arrive, the last."""
    needed = [judge(run, story.minima)[0].steps_needed for run in story.runs]
    arrivals = [math.inf if steps is None else steps for steps in needed]
    soonest = arrivals.index(min(arrivals))
    return sorted([*dict.fromkeys((0, soonest, len(story.runs) - 1))][:most])


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
        beside = (Board(fog=fog), History(minimum=not fog))
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
