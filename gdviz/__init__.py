"""gdviz: teaching animations of gradient descent.

The public names, loaded when they are first used (PEP 562); `adapters`, `schedules` and `train` are modules.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gdviz.uncaught import tell_problems

if TYPE_CHECKING:
    from gdviz import train as train
    from gdviz.checkpoint_folder import checkpoints as checkpoints
    from gdviz.descent import adapters as adapters
    from gdviz.descent import schedules as schedules
    from gdviz.descent.basins import Basins as Basins
    from gdviz.descent.columns import load_trajectories as load_trajectories
    from gdviz.descent.columns import load_trajectory as load_trajectory
    from gdviz.descent.costs import CrossEntropy as CrossEntropy
    from gdviz.descent.costs import Hinge as Hinge
    from gdviz.descent.costs import Huber as Huber
    from gdviz.descent.costs import MeanAbsoluteError as MeanAbsoluteError
    from gdviz.descent.costs import MeanSquaredError as MeanSquaredError
    from gdviz.descent.critical import Critical as Critical
    from gdviz.descent.critical import critical_points as critical_points
    from gdviz.descent.data import Data as Data
    from gdviz.descent.dataset import Dataset as Dataset
    from gdviz.descent.fits import Line as Line
    from gdviz.descent.formula import Formula as Formula
    from gdviz.descent.function import Function as Function
    from gdviz.descent.logistic import Logistic as Logistic
    from gdviz.descent.loss import About as About
    from gdviz.descent.loss import Loss as Loss
    from gdviz.descent.network import Network as Network
    from gdviz.descent.optimizers import ASGD as ASGD
    from gdviz.descent.optimizers import LBFGS as LBFGS
    from gdviz.descent.optimizers import SGD as SGD
    from gdviz.descent.optimizers import AdaBelief as AdaBelief
    from gdviz.descent.optimizers import Adadelta as Adadelta
    from gdviz.descent.optimizers import Adagrad as Adagrad
    from gdviz.descent.optimizers import AdagradDA as AdagradDA
    from gdviz.descent.optimizers import Adam as Adam
    from gdviz.descent.optimizers import Adamax as Adamax
    from gdviz.descent.optimizers import AdamW as AdamW
    from gdviz.descent.optimizers import Adan as Adan
    from gdviz.descent.optimizers import BacktrackingDescent as BacktrackingDescent
    from gdviz.descent.optimizers import ClipByNorm as ClipByNorm
    from gdviz.descent.optimizers import ClipByValue as ClipByValue
    from gdviz.descent.optimizers import Ftrl as Ftrl
    from gdviz.descent.optimizers import GradientDescent as GradientDescent
    from gdviz.descent.optimizers import Lion as Lion
    from gdviz.descent.optimizers import Method as Method
    from gdviz.descent.optimizers import Momentum as Momentum
    from gdviz.descent.optimizers import Muon as Muon
    from gdviz.descent.optimizers import NAdam as NAdam
    from gdviz.descent.optimizers import Newton as Newton
    from gdviz.descent.optimizers import Optimizer as Optimizer
    from gdviz.descent.optimizers import ProximalAdagrad as ProximalAdagrad
    from gdviz.descent.optimizers import ProximalGradientDescent as ProximalGradientDescent
    from gdviz.descent.optimizers import RAdam as RAdam
    from gdviz.descent.optimizers import RMSprop as RMSprop
    from gdviz.descent.optimizers import Rprop as Rprop
    from gdviz.descent.optimizers import ScheduleFreeAdamW as ScheduleFreeAdamW
    from gdviz.descent.optimizers import ScheduleFreeSGD as ScheduleFreeSGD
    from gdviz.descent.optimizers import TrialAndError as TrialAndError
    from gdviz.descent.optimizers import WeightDecay as WeightDecay
    from gdviz.descent.optimizers import Yogi as Yogi
    from gdviz.descent.optimizers.optimizer import together as together
    from gdviz.descent.phase_map import PhaseMap as PhaseMap
    from gdviz.descent.rate_study import RateStudy as RateStudy
    from gdviz.descent.recorded import Recorded as Recorded
    from gdviz.descent.stepper import descend as descend
    from gdviz.descent.surfaces import surface as surface
    from gdviz.descent.training_run import TrainingRun as TrainingRun
    from gdviz.descent.trajectory import Trajectory as Trajectory
    from gdviz.descent.tuning import Tuning as Tuning
    from gdviz.descent.verdict import Verdict as Verdict
    from gdviz.descent.verdict import judge as judge
    from gdviz.descent.walk import Seen as Seen
    from gdviz.descent.walk import Update as Update
    from gdviz.film.film import Written as Written
    from gdviz.picture.attempt import Attempt as Attempt
    from gdviz.picture.basin_map import BasinMap as BasinMap
    from gdviz.picture.basin_map import BasinTable as BasinTable
    from gdviz.picture.board import Board as Board
    from gdviz.picture.board import Protocol as Protocol
    from gdviz.picture.chain_rule import ChainRule as ChainRule
    from gdviz.picture.confusion import ConfusionMatrix as ConfusionMatrix
    from gdviz.picture.contour import Contour as Contour
    from gdviz.picture.curve import Curve as Curve
    from gdviz.picture.decision_boundary import DecisionBoundary as DecisionBoundary
    from gdviz.picture.fit import DataFit as DataFit
    from gdviz.picture.histograms import Histograms as Histograms
    from gdviz.picture.history import History as History
    from gdviz.picture.inside import Inside as Inside
    from gdviz.picture.loss_plane import LossPlane as LossPlane
    from gdviz.picture.network_graph import NetworkGraph as NetworkGraph
    from gdviz.picture.other_curve import OtherCurve as OtherCurve
    from gdviz.picture.path_plane import PathPlane as PathPlane
    from gdviz.picture.phase_plane import PhasePlane as PhasePlane
    from gdviz.picture.predictions import Predictions as Predictions
    from gdviz.picture.rates import Rates as Rates
    from gdviz.picture.rule import Rule as Rule
    from gdviz.picture.samples import GradientFan as GradientFan
    from gdviz.picture.scores import Scores as Scores
    from gdviz.picture.steps_needed import StepsNeeded as StepsNeeded
    from gdviz.picture.surface import Surface as Surface
    from gdviz.picture.training import Training as Training
    from gdviz.picture.weight_images import WeightImages as WeightImages
    from gdviz.problems import Problem as Problem
    from gdviz.publish.checking import check as check
    from gdviz.publish.contact_sheet import contact_sheet as contact_sheet
    from gdviz.publish.funcanimation import funcanimation as funcanimation
    from gdviz.publish.inspecting import inspect as inspect
    from gdviz.publish.notebook import notebook_bundle as notebook_bundle
    from gdviz.recorder import Recorder as Recorder
    from gdviz.recorder import record as record
    from gdviz.records import write_record as write_record
    from gdviz.renderer import render as render
    from gdviz.scene import Run as Run
    from gdviz.scene import Scene as Scene
    from gdviz.scenefile import load as load
    from gdviz.surface_gallery import gallery as gallery
    from gdviz.worksheets import worksheet as worksheet

__version__ = "0.1.0"

_MODULES = ("adapters", "schedules", "train")
tell_problems()

_HOMES = {
    "ASGD": "gdviz.descent.optimizers",
    "About": "gdviz.descent.loss",
    "AdaBelief": "gdviz.descent.optimizers",
    "Adadelta": "gdviz.descent.optimizers",
    "Adagrad": "gdviz.descent.optimizers",
    "AdagradDA": "gdviz.descent.optimizers",
    "Adam": "gdviz.descent.optimizers",
    "AdamW": "gdviz.descent.optimizers",
    "Adamax": "gdviz.descent.optimizers",
    "Adan": "gdviz.descent.optimizers",
    "Attempt": "gdviz.picture.attempt",
    "BacktrackingDescent": "gdviz.descent.optimizers",
    "BasinMap": "gdviz.picture.basin_map",
    "BasinTable": "gdviz.picture.basin_map",
    "Basins": "gdviz.descent.basins",
    "Board": "gdviz.picture.board",
    "ChainRule": "gdviz.picture.chain_rule",
    "ClipByNorm": "gdviz.descent.optimizers",
    "ClipByValue": "gdviz.descent.optimizers",
    "ConfusionMatrix": "gdviz.picture.confusion",
    "Contour": "gdviz.picture.contour",
    "Critical": "gdviz.descent.critical",
    "CrossEntropy": "gdviz.descent.costs",
    "Curve": "gdviz.picture.curve",
    "Data": "gdviz.descent.data",
    "DataFit": "gdviz.picture.fit",
    "Dataset": "gdviz.descent.dataset",
    "DecisionBoundary": "gdviz.picture.decision_boundary",
    "Formula": "gdviz.descent.formula",
    "Ftrl": "gdviz.descent.optimizers",
    "Function": "gdviz.descent.function",
    "GradientDescent": "gdviz.descent.optimizers",
    "GradientFan": "gdviz.picture.samples",
    "Hinge": "gdviz.descent.costs",
    "Histograms": "gdviz.picture.histograms",
    "History": "gdviz.picture.history",
    "Huber": "gdviz.descent.costs",
    "Inside": "gdviz.picture.inside",
    "LBFGS": "gdviz.descent.optimizers",
    "Line": "gdviz.descent.fits",
    "Lion": "gdviz.descent.optimizers",
    "Logistic": "gdviz.descent.logistic",
    "Loss": "gdviz.descent.loss",
    "LossPlane": "gdviz.picture.loss_plane",
    "MeanAbsoluteError": "gdviz.descent.costs",
    "MeanSquaredError": "gdviz.descent.costs",
    "Method": "gdviz.descent.optimizers",
    "Momentum": "gdviz.descent.optimizers",
    "Muon": "gdviz.descent.optimizers",
    "NAdam": "gdviz.descent.optimizers",
    "Network": "gdviz.descent.network",
    "NetworkGraph": "gdviz.picture.network_graph",
    "Newton": "gdviz.descent.optimizers",
    "Optimizer": "gdviz.descent.optimizers",
    "OtherCurve": "gdviz.picture.other_curve",
    "PathPlane": "gdviz.picture.path_plane",
    "PhaseMap": "gdviz.descent.phase_map",
    "PhasePlane": "gdviz.picture.phase_plane",
    "Predictions": "gdviz.picture.predictions",
    "Problem": "gdviz.problems",
    "Protocol": "gdviz.picture.board",
    "ProximalAdagrad": "gdviz.descent.optimizers",
    "ProximalGradientDescent": "gdviz.descent.optimizers",
    "RAdam": "gdviz.descent.optimizers",
    "RMSprop": "gdviz.descent.optimizers",
    "RateStudy": "gdviz.descent.rate_study",
    "Rates": "gdviz.picture.rates",
    "Recorded": "gdviz.descent.recorded",
    "Recorder": "gdviz.recorder",
    "Rprop": "gdviz.descent.optimizers",
    "Rule": "gdviz.picture.rule",
    "Run": "gdviz.scene",
    "SGD": "gdviz.descent.optimizers",
    "Scene": "gdviz.scene",
    "ScheduleFreeAdamW": "gdviz.descent.optimizers",
    "ScheduleFreeSGD": "gdviz.descent.optimizers",
    "Scores": "gdviz.picture.scores",
    "Seen": "gdviz.descent.walk",
    "StepsNeeded": "gdviz.picture.steps_needed",
    "Surface": "gdviz.picture.surface",
    "Training": "gdviz.picture.training",
    "TrainingRun": "gdviz.descent.training_run",
    "Trajectory": "gdviz.descent.trajectory",
    "TrialAndError": "gdviz.descent.optimizers",
    "Tuning": "gdviz.descent.tuning",
    "Update": "gdviz.descent.walk",
    "Verdict": "gdviz.descent.verdict",
    "WeightDecay": "gdviz.descent.optimizers",
    "WeightImages": "gdviz.picture.weight_images",
    "Written": "gdviz.film.film",
    "Yogi": "gdviz.descent.optimizers",
    "adapters": "gdviz.descent",
    "check": "gdviz.publish.checking",
    "checkpoints": "gdviz.checkpoint_folder",
    "contact_sheet": "gdviz.publish.contact_sheet",
    "critical_points": "gdviz.descent.critical",
    "descend": "gdviz.descent.stepper",
    "funcanimation": "gdviz.publish.funcanimation",
    "gallery": "gdviz.surface_gallery",
    "inspect": "gdviz.publish.inspecting",
    "judge": "gdviz.descent.verdict",
    "load": "gdviz.scenefile",
    "load_trajectories": "gdviz.descent.columns",
    "load_trajectory": "gdviz.descent.columns",
    "notebook_bundle": "gdviz.publish.notebook",
    "record": "gdviz.recorder",
    "render": "gdviz.renderer",
    "schedules": "gdviz.descent",
    "surface": "gdviz.descent.surfaces",
    "together": "gdviz.descent.optimizers.optimizer",
    "train": "gdviz",
    "worksheet": "gdviz.worksheets",
    "write_record": "gdviz.records",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from gdviz.problems import choose

        raise AttributeError(f"gdviz has no {name!r}; {choose(name, _HOMES)}")
    home = _HOMES[name]
    value = import_module(f"{home}.{name}") if name in _MODULES else getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*_HOMES, "__version__"]
