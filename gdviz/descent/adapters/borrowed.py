"""What the adapters share: settings that compare and print, refusals in one sentence, and the loop over the runs."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any, ClassVar, Protocol

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.method import Method
from gdviz.descent.schedules import Schedule
from gdviz.descent.walk import Probe, Update
from gdviz.problems import BadScene, MissingPackage, Problem, choose, counted

Settings = tuple[tuple[str, Any], ...]
Shapes = tuple[tuple[int, ...], ...]


def kept(settings: Mapping[str, Any]) -> Settings:
    """Return settings as they are kept: sorted pairs, rows as tuples, so that they compare, hash and print."""
    return tuple(sorted((name, _frozen(value)) for name, value in settings.items()))


def _frozen(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def import_library(package: str) -> Any:
    """Import another library, or raise `MissingPackage` with the line that installs it."""
    top = package.partition(".")[0]
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != top:
            raise
        raise MissingPackage(top, f"adapters.{top}", f"pip install {top}") from error


@dataclass(frozen=True, repr=False)
class Borrowed(Method):
    """A method of another library.

    method: its name there. settings: `kept`. as_matrix: whether a vector is handed over as a column.
    """

    method: str
    settings: Settings = ()
    as_matrix: bool = False

    library: ClassVar[str]

    def __post_init__(self) -> None:
        """Refuse what the library does not have."""
        where = f"adapters.{self.library}"
        if not isinstance(self.as_matrix, bool):
            raise BadScene(f"{where}(as_matrix=...)", self.as_matrix, "allowed: True, False")
        for name, value in self.settings:
            try:
                hash(value)
            except TypeError:
                raise BadScene(f"{where}({name}=...)", value, "allowed: numbers, words, and rows of them") from None
        method: object = self.method
        if not isinstance(method, str) or not self.exists():
            raise BadScene(where, method, choose(str(method), self.methods()))
        self._check_names(f"{where}({self.method!r})")
        with self.own_words(Exception):  # in the making, whatever happens is about the settings
            self.check_settings()

    @abstractmethod
    def methods(self) -> Iterable[str]:
        """Return the names that the library has, for the sentence that refuses another."""

    @abstractmethod
    def setting_names(self) -> Iterable[str]:
        """Return the settings that the method takes."""

    def exists(self) -> bool:
        """Whether the library has the method."""
        return self.method in self.methods()

    def check_settings(self) -> None:
        """Let the library refuse, in its own words, what it can't use."""

    def _check_names(self, where: str) -> None:
        allowed = sorted(self.setting_names())
        for name, _ in self.settings:
            if name not in allowed:
                raise BadScene(where, name, choose(name, allowed))

    @contextmanager
    def own_words(self, *kinds: type[Exception]) -> Iterator[None]:
        """Turn what the library raises into one sentence: what it says of values, or of the kinds named."""
        try:
            yield
        except Problem:
            raise
        except Exception as error:
            if not isinstance(error, kinds or _ABOUT_VALUES):
                raise
            said = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BadScene("optimizer", self, f"{self.library} says: {said}") from error

    @property
    def name(self) -> str:
        """The library and its name for the method."""
        return f"{self.library} {self.method}"

    @property
    def schedules(self) -> dict[str, Schedule]:
        """The settings that change from step to step."""
        return {name: value for name, value in self.settings if isinstance(value, Schedule)}

    @property
    def changes(self) -> bool:
        """Whether one of its settings is a schedule."""
        return bool(self.schedules)

    def check_budget(self, steps: int) -> None:
        """Raise `BadScene` where a schedule is shorter than the run."""
        for name, schedule in self.schedules.items():
            if schedule.lasts is not None and schedule.lasts < steps:
                allowed = f"this schedule ends after {counted(schedule.lasts, 'step')}, and the run has {steps}"
                raise BadScene(f"adapters.{self.library}({name}=...)", schedule, allowed)

    def __repr__(self) -> str:
        """Return the call that makes it."""
        return f"adapters.{self.library}({', '.join(self._arguments())})"

    def _arguments(self) -> Iterator[str]:
        yield repr(self.method)
        yield from (f"{name}={value!r}" for name, value in self.settings)
        if self.as_matrix:
            yield "as_matrix=True"


_ABOUT_VALUES = (AssertionError, RuntimeError, TypeError, ValueError)
_RATES = ("lr", "learning_rate")


class Asking:
    """What one run asks of the loss; at one place it is asked, and counted, once."""

    def __init__(self, probe: Probe, run: int) -> None:
        self._probe, self._run = probe, run
        self._place = b""
        self._found: tuple[float, Array]

    def __call__(self, point: Array) -> tuple[float, Array]:
        """Return the loss and its gradient `(dim,)` at `point` `(dim,)`."""
        if self._place != point.tobytes():
            seen = self._probe(point, self._run)
            self._place, self._found = point.tobytes(), (float(seen.value), seen.gradient)
        return self._found

    def arrive(self, point: Array, value: float, gradient: Array) -> None:
        """Take in what is seen at the start of a step: free where just this was the last that was asked."""
        known = self._place == point.tobytes() and self._found[0] == value
        if not (known and np.array_equal(self._found[1], gradient)):
            self._probe.evaluations[self._run] += 1
        self._place, self._found = point.tobytes(), (value, gradient)

    def hessian(self, point: Array) -> Array:
        """Return the second derivatives `(dim, dim)` at `point`; they count once, for this run alone."""
        before = self._probe.evaluations.copy()
        found: Array = self._probe.hessian(point[None])[0]
        self._probe.evaluations[:] = before
        self._probe.evaluations[self._run] += 1
        return found


class Run(Protocol):
    """One library optimizer on its way."""

    @property
    def place(self) -> Array:
        """The parameters `(dim,)`."""
        ...

    def advance(self, step: int, ask: Asking) -> None:
        """Do one update; asked where the run stands, the loss answers at no cost."""
        ...

    def terms(self) -> dict[str, Array]:
        """Return what the library remembers after the update, by its own names, each as `remembered` says it."""
        ...


@dataclass(frozen=True, repr=False)
class Stepwise(Borrowed):
    """A method that the library offers as one step after another."""

    @abstractmethod
    def begin(self, start: Array, shapes: Shapes) -> Sequence[Run]:
        """Return a library optimizer for each run, at `start` `(runs, dim)`; its parameters have these `shapes`."""

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield the updates, with a library optimizer for each run.

        The library's own numbers go on from step to step; a step leads from where the record stands to them, so that
        rounding never adds up. A run that has left the float range or the loss's domain is not asked any more.
        """
        self.check_budget(steps)
        shapes = self.shapes(probe.shapes, start.shape[1])
        with self.own_words(Exception):
            runs = self.begin(start, shapes)
        asking = [Asking(probe, run) for run in range(len(start))]
        names: Sequence[str] | None = None
        for step in range(steps):
            places = np.stack([run.place for run in runs])
            seen = probe.look(step, places)
            for run, ask, place, value, gradient in zip(runs, asking, places, seen.value, seen.gradient, strict=True):
                if np.isfinite(place).all() and np.isfinite(value) and np.isfinite(gradient).all():
                    ask.arrive(place, float(value), gradient)
                    with self.own_words():
                        run.advance(step, ask)
            states = [run.terms() for run in runs]
            names = names if names is not None else list(states[0])
            # Named after the library: what it calls velocity may be something else than what gdviz does.
            terms = {f"{self.library}_{name}": _together([state.get(name) for state in states]) for name in names}
            update = np.stack([run.place for run in runs]) - start
            yield Update(update, None, {**terms, **self._shown_rates(step), "gradient": seen.gradient})
            start = start + update

    def rates(self, step: int) -> dict[str, float]:
        """Return the scheduled settings at that step."""
        return {name: schedule(step) for name, schedule in self.schedules.items()}

    def _shown_rates(self, step: int) -> dict[str, float]:
        """Return the scheduled settings by the names of the pictures, the learning rate always."""
        rates = {**dict(self.settings), **self.rates(step)}
        rate = next((rates[name] for name in _RATES if isinstance(rates.get(name), int | float)), None)
        others = {f"{self.library}_{name}": value for name, value in self.rates(step).items() if name not in _RATES}
        return others if rate is None else {**others, "learning_rate": rate}

    def shapes(self, packed: Shapes, dim: int) -> Shapes:
        """Return the shapes of the library's parameters: those of the loss where it has matrices, else one vector."""
        shapes = packed if any(len(shape) > 1 for shape in packed) else ((dim,),)
        if self.as_matrix:
            shapes = tuple(shape if len(shape) > 1 else (int(np.prod(shape)), 1) for shape in shapes)
        return shapes


def _together(rows: Sequence[Array | None]) -> Array:
    """Stack what the runs remember, `(runs, dim)` or `(runs, 1)`; a run that does not has zeros."""
    blank = np.zeros_like(next((row for row in rows if row is not None), np.zeros(1)))
    return np.stack([blank if row is None else row for row in rows])


def unpack(vector: Array, shapes: Shapes) -> list[Array]:
    """Cut `vector` `(dim,)` into arrays of these shapes."""
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1]
    return [np.array(part.reshape(shape)) for part, shape in zip(np.split(vector, ends), shapes, strict=True)]


def remembered(parts: Sequence[Any], dim: int) -> Array | None:
    """Return what a library keeps for its parameters: numbers `(dim,)`, or one for all of them `(1,)`; else None."""
    rows = [pack([part]) for part in parts]
    if all(row.size == 1 for row in rows) and len({row.item() for row in rows}) == 1:
        return rows[0]
    whole = pack(rows)
    return whole if whole.size == dim else None


def pack(parts: Iterable[Any]) -> Array:
    """Return arrays of the library as one new vector `(dim,)` of float64."""
    packed: Array = np.concatenate([np.asarray(part, dtype=np.float64).reshape(-1) for part in parts])
    return packed
