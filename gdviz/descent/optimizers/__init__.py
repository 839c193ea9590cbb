"""The optimizers: one family a file."""

from gdviz.descent.optimizers.adagrad import Adadelta, Adagrad, AdagradDA, RMSprop
from gdviz.descent.optimizers.adam import Adam, AdamW
from gdviz.descent.optimizers.adam_family import AdaBelief, Adamax, Adan, NAdam, RAdam, Yogi
from gdviz.descent.optimizers.averaged import ASGD, ScheduleFreeAdamW, ScheduleFreeSGD
from gdviz.descent.optimizers.gradient_descent import GradientDescent
from gdviz.descent.optimizers.lbfgs import LBFGS
from gdviz.descent.optimizers.method import Method
from gdviz.descent.optimizers.momentum import SGD, Momentum
from gdviz.descent.optimizers.muon import Muon
from gdviz.descent.optimizers.optimizer import Optimizer
from gdviz.descent.optimizers.pieces import ClipByNorm, ClipByValue, WeightDecay
from gdviz.descent.optimizers.proximal import Ftrl, ProximalAdagrad, ProximalGradientDescent
from gdviz.descent.optimizers.searching import BacktrackingDescent, Newton, TrialAndError
from gdviz.descent.optimizers.signs import Lion, Rprop

OPTIMIZERS: dict[str, type[Optimizer]] = {
    kind.__name__: kind
    for kind in (
        ASGD, AdaBelief, Adadelta, Adagrad, AdagradDA, Adam, AdamW, Adamax, Adan, BacktrackingDescent, ClipByNorm,
        ClipByValue, Ftrl, GradientDescent, LBFGS, Lion, Momentum, Muon, NAdam, Newton, ProximalAdagrad,
        ProximalGradientDescent, RAdam, RMSprop, Rprop, SGD, ScheduleFreeAdamW, ScheduleFreeSGD, TrialAndError,
        WeightDecay, Yogi,
    )
}  # fmt: skip

__all__ = [
    "ASGD", "LBFGS", "OPTIMIZERS", "SGD", "AdaBelief", "Adadelta", "Adagrad", "AdagradDA", "Adam", "AdamW", "Adamax",
    "Adan", "BacktrackingDescent", "ClipByNorm", "ClipByValue", "Ftrl", "GradientDescent", "Lion", "Method", "Momentum",
    "Muon", "NAdam", "Newton", "Optimizer", "ProximalAdagrad", "ProximalGradientDescent", "RAdam", "RMSprop", "Rprop",
    "ScheduleFreeAdamW", "ScheduleFreeSGD", "TrialAndError", "WeightDecay", "Yogi",
]  # fmt: skip
