"""The optimizers of Keras 3, on whichever backend it has."""

import inspect
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdviz.descent.adapters.borrowed import Asking, Shapes, Stepwise, import_library, pack, remembered, unpack
from gdviz.descent.adapters.from_optax import double_precision
from gdviz.descent.loss import Array
from gdviz.problems import BadScene, MissingPackage

RATE = "learning_rate"


@dataclass(frozen=True, repr=False)
class Keras(Stepwise):
    """A class of `keras.optimizers`."""

    library = "keras"

    def methods(self) -> Iterable[str]:
        """Return the classes of `keras.optimizers` that have a learning rate; the others only wrap one of them."""
        found = vars(_keras().optimizers)
        kinds = {name: kind for name, kind in found.items() if inspect.isclass(kind) and name != "Optimizer"}
        return sorted(name for name, kind in kinds.items() if RATE in inspect.signature(kind).parameters)

    def setting_names(self) -> Iterable[str]:
        """Return the keywords of the class."""
        return set(inspect.signature(self._kind()).parameters) - {"kwargs"}

    def check_settings(self) -> None:
        """Make one; of the settings only the learning rate may be a schedule."""
        for name, schedule in self.schedules.items():
            if name != RATE:
                allowed = "in an optimizer of Keras only the learning rate may be a schedule; allowed: a number"
                raise BadScene(f"adapters.keras({name}=...)", schedule, allowed)
        self.begin(np.zeros((1, 1)), ((1, 1),))

    def begin(self, start: Array, shapes: Shapes) -> list["_Run"]:
        """Return the optimizers."""
        return [_Run(self, place, shapes) for place in start]

    def optimizer(self) -> Any:
        """Return the library's optimizer."""
        return self._kind()(**dict(self.settings) | self.rates(0))

    def _kind(self) -> Any:
        return getattr(_keras().optimizers, self.method)


def _keras() -> Any:
    """Import Keras, or raise `MissingPackage` for it or for its backend."""
    try:
        return import_library("keras")
    except ModuleNotFoundError as error:
        backend = (error.name or "").partition(".")[0]
        install = f"pip install {backend}, or set KERAS_BACKEND to jax or torch"
        raise MissingPackage(backend, "Keras, as it is set up here,", install) from error


class _Run:
    """One optimizer of Keras, with its variables."""

    def __init__(self, method: Keras, start: Array, shapes: Shapes) -> None:
        self._keras, self._method, self._shapes = _keras(), method, shapes
        with self._double():
            parts = unpack(start, shapes)
            self._variables = [
                self._keras.Variable(part, dtype="float64", name=f"params{number}") for number, part in enumerate(parts)
            ]
            self._optimizer = method.optimizer()
            self._optimizer.build(self._variables)
            self.place = start

    def advance(self, step: int, ask: Asking) -> None:
        """Do one step."""
        _, gradient = ask(self.place)
        with self._double():
            for rate in self._method.rates(step).values():
                self._optimizer.learning_rate = rate
            parts = unpack(gradient, self._shapes)
            self._optimizer.apply([self._keras.ops.convert_to_tensor(part) for part in parts], self._variables)
            self.place = pack(self._numpy(self._variables))

    def terms(self) -> dict[str, Array]:
        """Return the optimizer's own variables, such as `momentum` and `velocity`."""
        found: dict[str, list[Any]] = {}
        for variable in self._optimizer.variables:
            of, _, name = variable.name.partition("_")
            if of.startswith("params") and name:
                found.setdefault(name, []).append(variable)
        with self._double():
            rows = {name: remembered(self._numpy(variables), self.place.size) for name, variables in found.items()}
        return {name: row for name, row in rows.items() if row is not None}

    def _numpy(self, variables: list[Any]) -> list[Array]:
        return [self._keras.ops.convert_to_numpy(variable.value) for variable in variables]

    @contextmanager
    def _double(self) -> Iterator[None]:
        """Let Keras make everything in float64, and put its own setting back."""
        config = self._keras.config
        before = config.floatx()
        with double_precision() if config.backend() == "jax" else nullcontext(), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Keras's own, of NumPy and on the torch backend
            config.set_floatx("float64")
            try:
                yield
            finally:
                config.set_floatx(before)
