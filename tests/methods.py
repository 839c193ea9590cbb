"""Samples of every optimizer, for the tests that go through all of them."""

from gdviz.descent.optimizers import (
    LBFGS,
    OPTIMIZERS,
    SGD,
    AdaBelief,
    Adagrad,
    AdagradDA,
    Adam,
    Adamax,
    AdamW,
    Adan,
    ClipByNorm,
    ClipByValue,
    Ftrl,
    GradientDescent,
    Lion,
    Momentum,
    Muon,
    NAdam,
    Optimizer,
    ProximalAdagrad,
    ProximalGradientDescent,
    RAdam,
    RMSprop,
    Rprop,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    WeightDecay,
)
from gdviz.descent.schedules import Cosine


def with_rate(name: str, rate: float) -> Optimizer:
    """Return an optimizer of that kind with that rate, or with what stands in its place."""
    if name in ("ClipByNorm", "ClipByValue", "WeightDecay"):
        return OPTIMIZERS[name](Momentum(rate))  # type: ignore[call-arg] # the method comes first in each of them
    return OPTIMIZERS[name](rate)  # type: ignore[call-arg] # the rate, or a step, comes first in each of them


# Every form that a switch or a word gives a method; the plain ones are added for each kind.
FORMS: list[Optimizer] = [
    Momentum(0.02, 0.8, nesterov=True),
    Momentum(Cosine(0.05, 30), 0.8, rate_at="inside"),
    Momentum(Cosine(0.05, 30), 0.8, nesterov=True, rate_at="inside"),
    SGD(0.02, 0.8, 0.25, weight_decay=0.05),
    SGD(0.02, 0.8, nesterov=True),
    Adam(0.1, 0.8, 0.95, 0.01),
    Adam(0.1, 0.8, 0.95, 0.01, epsilon_at="hat", epsilon_root=1e-3),
    *(Adam(0.1, beta2=0.9, amsgrad=form) for form in ("raw", "corrected", "uncorrected")),
    Adam(Cosine(0.2, 30)),
    AdamW(0.1, weight_decay=0.2, amsgrad="raw"),
    Adagrad(0.5, 0.1, 0.01, "inside"),
    AdagradDA(0.5, l1=0.02, l2=0.03, global_step=3),
    RMSprop(0.02, 0.9, epsilon_at="inside", momentum=0.8, rate_at="inside", initial_accumulator=1.0),
    RMSprop(0.02, 0.9, 0.01, centered=True, momentum=0.8, nesterov=True, bias_correction=True),
    ProximalGradientDescent(0.02, 0.3, 0.2),
    ProximalAdagrad(0.5, 0.3, 0.2, 0.1),
    Ftrl(0.5, -0.7, 0.5, 0.01, 0.01, 0.05, 0.2),
    Adamax(0.1, epsilon_at="outside"),
    NAdam(0.1, momentum_decay=1.0),
    NAdam(0.1, momentum_form="constant"),
    RAdam(0.02, epsilon_at="outside", threshold=4.5),
    AdaBelief(0.1, epsilon=1e-4, epsilon_root=1e-4, rectify=True),
    Adan(0.1, weight_decay=0.1, change_weight="rest", decay_form="added"),
    Adan(0.1, weight_decay=0.1),
    LBFGS(0.5, history=2, iterations=3),
    LBFGS(1.0, line_search="zoom", scaling="norm", pairs="all"),
    LBFGS(0.05, line_search="none"),
    Lion(0.05, weight_decay=0.1),
    Rprop(0.05, timing="late"),
    ScheduleFreeSGD(0.05, warmup=5, weight_decay=0.01, timing="late"),
    ScheduleFreeAdamW(0.1, warmup=5, step_power=1.0),
    Muon(0.05, nesterov=False, weight_decay=0.05, scale="rms"),
    Muon(0.05, scale="columns", bias_correction=True),
    ClipByNorm(Adam(0.1), 0.5),
    ClipByValue(ClipByNorm(Momentum(0.05), 2.0), 0.5),
    ClipByNorm(WeightDecay(Momentum(0.05), 0.1, "l2"), 2.0),
    WeightDecay(GradientDescent(0.05), 0.1, "l2"),
    WeightDecay(SGD(0.05, weight_decay=0.2), 0.1, "l2"),
    WeightDecay(NAdam(0.1), 0.1),
]
PLAIN: list[Optimizer] = [with_rate(name, 0.03) for name in OPTIMIZERS]
SAMPLES = [*PLAIN, *FORMS]
