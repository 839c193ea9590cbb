"""gdviz: teaching animations of gradient descent.

The public names, loaded when they are first used (PEP 562).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gdviz.descent.data import Data as Data
    from gdviz.descent.fits import Line as Line
    from gdviz.descent.formula import Formula as Formula
    from gdviz.descent.function import Function as Function
    from gdviz.descent.loss import About as About
    from gdviz.descent.loss import Loss as Loss
    from gdviz.descent.optimizers import Adam as Adam
    from gdviz.descent.optimizers import GradientDescent as GradientDescent
    from gdviz.descent.optimizers import Momentum as Momentum
    from gdviz.descent.optimizers import Optimizer as Optimizer
    from gdviz.descent.stepper import descend as descend
    from gdviz.descent.surfaces import surface as surface
    from gdviz.descent.trajectory import Trajectory as Trajectory
    from gdviz.film.film import Written as Written
    from gdviz.problems import Problem as Problem
    from gdviz.renderer import render as render
    from gdviz.scene import Run as Run
    from gdviz.scene import Scene as Scene
    from gdviz.scenefile import load as load

__version__ = "0.1.0"

_HOMES = {
    "About": "gdviz.descent.loss",
    "Adam": "gdviz.descent.optimizers",
    "Data": "gdviz.descent.data",
    "Formula": "gdviz.descent.formula",
    "Function": "gdviz.descent.function",
    "GradientDescent": "gdviz.descent.optimizers",
    "Line": "gdviz.descent.fits",
    "Loss": "gdviz.descent.loss",
    "Momentum": "gdviz.descent.optimizers",
    "Optimizer": "gdviz.descent.optimizers",
    "Problem": "gdviz.problems",
    "Run": "gdviz.scene",
    "Scene": "gdviz.scene",
    "Trajectory": "gdviz.descent.trajectory",
    "Written": "gdviz.film.film",
    "descend": "gdviz.descent.stepper",
    "load": "gdviz.scenefile",
    "render": "gdviz.renderer",
    "surface": "gdviz.descent.surfaces",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        from gdviz.problems import choose

        raise AttributeError(f"gdviz has no {name!r}; {choose(name, _HOMES)}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*_HOMES, "__version__"]
