"""The optimizers: one family a file."""

from gdviz.descent.optimizers.adam import Adam
from gdviz.descent.optimizers.gradient_descent import GradientDescent
from gdviz.descent.optimizers.momentum import Momentum
from gdviz.descent.optimizers.optimizer import Optimizer

OPTIMIZERS: dict[str, type[Optimizer]] = {kind.__name__: kind for kind in (Adam, GradientDescent, Momentum)}

__all__ = ["OPTIMIZERS", "Adam", "GradientDescent", "Momentum", "Optimizer"]
