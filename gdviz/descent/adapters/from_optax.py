"""The gradient transformations of optax, on JAX."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any

import numpy as np

from gdviz.descent.adapters.borrowed import Asking, Shapes, Stepwise, import_library, pack, remembered, unpack
from gdviz.descent.loss import Array
from gdviz.descent.optimizers.method import Method
from gdviz.descent.schedules import Schedule
from gdviz.problems import BadScene


def double_precision() -> Any:
    """Return the context in which JAX has float64, whatever the user's own setting is."""
    jax = import_library("jax")
    home = jax if hasattr(jax, "enable_x64") else import_library("jax.experimental")  # where it was before JAX 0.8
    return home.enable_x64(True)


@dataclass(frozen=True, repr=False)
class Optax(Stepwise):
    """A function of optax that returns a gradient transformation.

    parts: the transformations that it is given before its settings, such as those of `chain`.
    """

    parts: tuple[Method, ...] = ()

    library = "optax"

    def methods(self) -> Iterable[str]:
        """Return the functions that take a learning rate; others exist too, mostly to serve as parts."""
        optax, contrib = import_library("optax"), import_library("optax.contrib")
        return [*_with_rate(optax), *(f"contrib.{name}" for name in _with_rate(contrib))]

    def exists(self) -> bool:
        """Whether optax has a function of that name."""
        try:
            return _is_function(self._function())
        except AttributeError:
            return False

    def setting_names(self) -> Iterable[str]:
        """Return the keywords of the function."""
        parameters = inspect.signature(self._function()).parameters.values()
        return [one.name for one in parameters if one.kind in (one.POSITIONAL_OR_KEYWORD, one.KEYWORD_ONLY)]

    def check_settings(self) -> None:
        """Make one, and see that it is an optimizer."""
        for part in self.parts:
            if not isinstance(part, Optax):
                raise BadScene("adapters.optax", part, "allowed: other optimizers of optax; settings by their names")
        with double_precision():
            made = self.transformation({schedule: schedule(0) for schedule in self.scheduled()})
        if not (hasattr(made, "init") and hasattr(made, "update")):
            raise TypeError(f"{self.method} makes no gradient transformation")

    def check_budget(self, steps: int) -> None:
        """Raise `BadScene` where a schedule, also one of a part, is shorter than the run."""
        super().check_budget(steps)
        for part in self._inner():
            part.check_budget(steps)

    def scheduled(self) -> tuple[Schedule, ...]:
        """Return every schedule, also those of the parts."""
        inner = [schedule for part in self._inner() for schedule in part.scheduled()]
        return tuple(dict.fromkeys([*self.schedules.values(), *inner]))

    def transformation(self, now: Mapping[Schedule, Any]) -> Any:
        """Return the transformation, with the number of each schedule."""

        def made(value: Any) -> Any:
            if isinstance(value, Optax):
                return value.transformation(now)
            return now[value] if isinstance(value, Schedule) else value

        return self._function()(*map(made, self.parts), **{name: made(value) for name, value in self.settings})

    def begin(self, start: Array, shapes: Shapes) -> list["_Run"]:
        """Return the runs, which share one compiled update."""
        update = _CompiledUpdate(self, shapes)
        return [_Run(update, place) for place in start]

    def _inner(self) -> list["Optax"]:
        given = (*self.parts, *(value for _, value in self.settings))
        return [part for part in given if isinstance(part, Optax)]

    def _function(self) -> Any:
        import_library("optax.contrib")
        return attrgetter(self.method)(import_library("optax"))

    def _arguments(self) -> Iterator[str]:
        method, *others = super()._arguments()
        yield from (method, *map(repr, self.parts), *others)


def _with_rate(module: Any) -> list[str]:
    functions = {name: one for name, one in vars(module).items() if _is_function(one)}
    takes = (name for name, one in functions.items() if "learning_rate" in str(inspect.signature(one)))
    return sorted(name for name in takes if not name.startswith(("scale_", "_")))


def _is_function(one: Any) -> bool:
    return inspect.isfunction(one) or isinstance(one, partial)


class _CompiledUpdate:
    """The update of all runs, compiled by JAX once; where it asks the loss, the run that is on its way is asked."""

    def __init__(self, method: Optax, shapes: Shapes) -> None:
        self._jax, self._optax = import_library("jax"), import_library("optax")
        self._method, self._shapes = method, shapes
        self._value, self._gradient = self._loss()
        self._compiled = self._jax.jit(self._update)
        self._asking: Asking
        self._raised: BaseException | None = None

    def __call__(self, asking: Asking, step: int, params: Any, state: Any, seen: tuple[float, Array]) -> Any:
        """Return the parameters and the state after the update."""
        value, gradient = seen
        self._asking, self._raised = asking, None
        try:
            done = self._compiled(params, state, self.tree(gradient), value, self._rates(step))
            return self._jax.block_until_ready(done)
        finally:
            if self._raised is not None:
                raise self._raised

    def state(self, params: Any) -> Any:
        """Return what the transformation remembers before the first update."""
        return self._transformation(self._rates(0)).init(params)

    def tree(self, vector: Array) -> Any:
        """Return a vector `(dim,)` as parameters for JAX: one array, or a list of them."""
        parts = [self._jax.numpy.asarray(part) for part in unpack(vector, self._shapes)]
        return parts if len(parts) > 1 else parts[0]

    def leaves(self, tree: Any) -> list[Any]:
        """Return the arrays of a tree."""
        found: list[Any] = self._jax.tree.leaves(tree)
        return found

    def _rates(self, step: int) -> tuple[float, ...]:
        return tuple(schedule(step) for schedule in self._method.scheduled())

    def _transformation(self, rates: tuple[Any, ...]) -> Any:
        return self._method.transformation(dict(zip(self._method.scheduled(), rates, strict=True)))

    def _update(self, params: Any, state: Any, gradient: Any, value: Any, rates: tuple[Any, ...]) -> Any:
        update = self._transformation(rates).update
        known = {"value": value, "grad": gradient, "value_fn": self._value, "obj_fn": self._value}
        known["grad_fn"] = lambda params, _step: self._gradient(params)
        taken = inspect.signature(update).parameters.values()
        if not any(one.kind is one.VAR_KEYWORD for one in taken):
            known = {one.name: known[one.name] for one in taken if one.name in known}
        updates, state = update(gradient, state, params, **known)
        return self._optax.apply_updates(params, updates), state

    def _loss(self) -> tuple[Any, Any]:
        """Return the loss and its gradient as functions of JAX that it can differentiate, once and twice."""
        jax, size = self._jax, sum(int(np.prod(shape)) for shape in self._shapes)
        value = jax.custom_jvp(lambda point: self._ask(lambda asking, place: asking(place)[0], (), point))
        gradient = jax.custom_jvp(lambda point: self._ask(lambda asking, place: asking(place)[1], (size,), point))

        def hessian(point: Any) -> Any:
            return self._ask(lambda asking, place: asking.hessian(place), (size, size), point)

        value.defjvp(lambda points, tangents: (value(*points), gradient(*points) @ tangents[0]))
        gradient.defjvp(lambda points, tangents: (gradient(*points), hessian(*points) @ tangents[0]))

        def of_tree(params: Any, obj_fn: Any = None, grad_fn: Any = None) -> Any:  # noqa: ARG001
            """Take, and leave, what else the update is given: a line search passes all of it on."""
            return value(jax.numpy.concatenate([leaf.ravel() for leaf in self.leaves(params)]))

        return of_tree, jax.grad(of_tree)

    def _ask(self, answer: Callable[[Asking, Array], Any], shape: tuple[int, ...], point: Any) -> Any:
        """Ask outside of JAX; what is raised there is kept, as JAX would bury it in an error of its own."""

        def outside(place: Any) -> Array:
            try:
                return np.asarray(answer(self._asking, np.array(place, dtype=np.float64)), dtype=np.float64)
            except BaseException as error:
                self._raised = error
                return np.full(shape, np.nan)

        return self._jax.pure_callback(outside, self._jax.ShapeDtypeStruct(shape, np.float64), point)


class _Run:
    """The parameters and the state of one run."""

    def __init__(self, update: _CompiledUpdate, start: Array) -> None:
        self._update, self.place = update, start
        with double_precision():
            self._params = update.tree(start)
            self._state = update.state(self._params)

    def advance(self, step: int, ask: Asking) -> None:
        """Do one update."""
        with double_precision():
            self._params, self._state = self._update(ask, step, self._params, self._state, ask(self.place))
            self.place = pack(self._update.leaves(self._params))

    def terms(self) -> dict[str, Array]:
        """Return the numbers of the state, such as `mu`, `nu` and `trace`; of several of one name the first."""
        return dict(reversed(list(self._named(self._state))))

    def _named(self, state: Any) -> Iterator[tuple[str, Array]]:
        """Yield the fields of a state, and of those within it, that are numbers `(dim,)` or `(1,)`."""
        if hasattr(state, "_asdict"):
            for name, value in state._asdict().items():
                leaves = [] if isinstance(value, tuple) else self._update.leaves(value)
                floats = [leaf for leaf in leaves if np.issubdtype(leaf.dtype, np.floating)]
                row = remembered(floats, self.place.size) if floats else None
                if row is not None:
                    yield name, row
        if isinstance(state, tuple | dict):
            for part in state.values() if isinstance(state, dict) else state:
                yield from self._named(part)
