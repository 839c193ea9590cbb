"""Which views suit a film: told before anything is drawn."""

import math
from dataclasses import fields, is_dataclass
from typing import Any

from gdviz.descent.loss import Fit, Loss, steps_per_epoch
from gdviz.descent.network import Network
from gdviz.descent.places import real
from gdviz.descent.training_run import TrainingRun
from gdviz.picture.chain_rule import ChainRule
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.network_graph import NetworkGraph
from gdviz.picture.panels import PANELS, Suits
from gdviz.picture.rows import Rows, views_of
from gdviz.picture.training import Training
from gdviz.picture.view import Choosy, View
from gdviz.problems import BadScene, counted


def has_fog(rows: Rows) -> bool:
    """Whether a view among them uncovers the loss little by little."""
    return any(isinstance(view, Curve | Contour) and view.fog for view in views_of(rows))


def goes_forward_and_back(rows: Rows) -> bool:
    """Whether a view among them shows each step as a way forward through a network, and back."""
    return any(isinstance(view, NetworkGraph | ChainRule) for view in views_of(rows))


def check_views(rows: Rows, loss: Loss, *, race: bool, study: str = "") -> None:
    """Raise `BadScene` for views that can't show such a loss, or a film that is no race or has no such study."""
    for view in views_of(rows):
        name = type(view).__name__
        _check_looks(view)
        if isinstance(view, Training) and isinstance(loss, TrainingRun):
            _check_measured(view, loss)
        if isinstance(view, Curve | Contour) and view.fog:
            check_fog(f"{name}, fog", loss)
        if isinstance(view, Contour) and view.fog and view.zoom:
            raise BadScene("Contour, zoom", True, "allowed: without fog, which hides where the runs will go")
        wrong = _misfit(PANELS[type(view)].suits, loss, race, study) if type(view) in PANELS else ""
        if wrong:
            raise BadScene("views", f"{name}()", wrong)
        if isinstance(view, Choosy):
            view.check(loss)


def _misfit(suits: Suits, loss: Loss, race: bool, study: str) -> str:
    """Return why a view can't be part of a film, or nothing."""
    dim = loss.about.dim
    whole = steps_per_epoch(loss) == 1
    count = "one parameter" if suits.dim == 1 else f"{suits.dim} parameters"
    reasons = {
        f"it shows {count}, and this loss has {dim}; {_other(dim)}": suits.dim not in (None, dim),
        "it shows data, and this loss has none; use Line or Logistic": suits.data and not isinstance(loss, Fit),
        "it shows mini-batches, and this loss has none; give a batch_size": suits.batches and whole,
        f"it has room for two parameters, and this loss has {dim}": suits.few and dim > 2,
        "it shows a race; allowed: in a scene with race=[...]": suits.race is True and not race,
        f"it shows {suits.shows}; allowed: with study={suits.study}()": suits.study not in ("", study),
        "it shows one run at a time; in a race use Curve, Contour or History": suits.race is False and race,
    }
    found = next((reason for reason, holds in reasons.items() if holds), "")
    return found or _misfit_network(suits, loss) or _misfit_run(suits, loss)


def _misfit_run(suits: Suits, loss: Loss) -> str:
    """Return why a view can't show a recorded training run, or nothing."""
    if not isinstance(loss, TrainingRun):
        return "it shows a training run that was recorded; use TrainingRun.load(path)" if suits.recorded else ""
    return "it shows where the parameters went, and none were recorded" if suits.moves and not loss.moves else ""


def _misfit_network(suits: Suits, loss: Loss) -> str:
    """Return why a view can't show what a loss has learnt, or nothing."""
    if not isinstance(loss, Network):
        return "it shows what a network has learnt, and this loss is none; use Network(data)" if suits.network else ""
    count = loss.data.inputs.shape[1]
    reasons = {
        "it shows classes, and these targets are numbers": suits.classes and not loss.data.classes,
        "it shows inputs that are images; give them as (n, height, width)": suits.image and loss.data.image is None,
        f"it shows {counted(suits.inputs, 'input')}, and these data have {count}": suits.inputs not in (None, count),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _check_measured(view: Training, run: TrainingRun) -> None:
    """Raise `BadScene` where nothing was measured of what a view shows."""
    measure = "accuracy" if view.accuracy else "loss"
    if not (run.measured(measure) or run.measured(f"test_{measure}")):
        allowed = f"it shows the {measure}, which was not measured at two steps or more"
        raise BadScene("views", "Training(accuracy=True)" if view.accuracy else "Training()", allowed)


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
        elif one.name == "run":
            if isinstance(given, bool) or not isinstance(given, int):
                raise BadScene(where, given, "allowed: a whole number")
        elif isinstance(usual, int | float) and not math.isfinite(real(given)):
            raise BadScene(where, given, "allowed: a number")


def _other(dim: int) -> str:
    return {1: "use Curve()", 2: "use Contour()"}.get(dim, "use History()")
