"""PyTorch's optimizers, `torch.optim`."""

import inspect
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdviz.descent.adapters.borrowed import Asking, Shapes, Stepwise, import_library, pack, remembered, unpack
from gdviz.descent.loss import Array


@dataclass(frozen=True, repr=False)
class Torch(Stepwise):
    """A class of `torch.optim`."""

    library = "torch"

    def methods(self) -> Iterable[str]:
        """Return the classes of `torch.optim`; SparseAdam is for gradients that are mostly zeros, which no loss has."""
        found = vars(import_library("torch.optim"))
        optimizer = found["Optimizer"]
        kinds = [kind for kind in found.values() if inspect.isclass(kind) and issubclass(kind, optimizer)]
        return sorted(kind.__name__ for kind in kinds if kind is not optimizer and kind.__name__ != "SparseAdam")

    def setting_names(self) -> Iterable[str]:
        """Return the keywords of the class."""
        return set(inspect.signature(self._kind()).parameters) - {"params"}

    def check_settings(self) -> None:
        """Make one."""
        self.begin(np.zeros((1, 1)), ((1, 1),))

    def begin(self, start: Array, shapes: Shapes) -> list["_Run"]:
        """Return the optimizers."""
        return [_Run(self, place, shapes) for place in start]

    def optimizer(self, tensors: list[Any]) -> Any:
        """Return the library's optimizer of these tensors."""
        return self._kind()(tensors, **dict(self.settings) | self.rates(0))

    def _kind(self) -> Any:
        return getattr(import_library("torch.optim"), self.method)


class _Run:
    """One optimizer of PyTorch, with its tensors."""

    def __init__(self, method: Torch, start: Array, shapes: Shapes) -> None:
        self._torch, self._method, self._shapes = import_library("torch"), method, shapes
        with self._double():
            self._tensors = [self._torch.from_numpy(part) for part in unpack(start, shapes)]
            self._optimizer = method.optimizer(self._tensors)

    @property
    def place(self) -> Array:
        """The parameters."""
        return pack(self._tensors)

    def advance(self, step: int, ask: Asking) -> None:
        """Do one step; the closure answers as often as the optimizer asks."""
        self._optimizer.param_groups[0].update(self._method.rates(step))

        def closure() -> float:
            value, gradient = ask(self.place)
            for tensor, part in zip(self._tensors, unpack(gradient, self._shapes), strict=True):
                tensor.grad = self._torch.from_numpy(part)
            return value

        with self._double():
            self._optimizer.step(closure)

    def terms(self) -> dict[str, Array]:
        """Return the tensors and numbers of the optimizer's state, such as `exp_avg` and `momentum_buffer`."""
        states = [self._optimizer.state.get(tensor, {}) for tensor in self._tensors]
        found: dict[str, Array] = {}
        for name, first in states[0].items():
            parts = [state[name] for state in states if name in state]  # of LBFGS the first has all
            row = remembered(parts, self.place.size) if isinstance(first, self._torch.Tensor | float) else None
            if row is not None and name != "step":
                found[name] = row
        return found

    @contextmanager
    def _double(self) -> Iterator[None]:
        """Make what the optimizer makes for itself, such as NAdam's product of betas, in float64 too."""
        before = self._torch.get_default_dtype()
        self._torch.set_default_dtype(self._torch.float64)
        try:
            yield
        finally:
            self._torch.set_default_dtype(before)
