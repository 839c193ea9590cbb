"""The methods of `scipy.optimize.minimize`: each runs to its end, and its iterates become updates."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from gdviz.descent.adapters.borrowed import Asking, Borrowed, import_library
from gdviz.descent.loss import Array
from gdviz.descent.walk import Probe, Update
from gdviz.problems import BadScene, Problem, choose

COMPARING = ("COBYLA", "COBYQA", "Nelder-Mead", "Powell")  # ask for the loss alone
GRADIENTS = ("BFGS", "CG", "L-BFGS-B", "SLSQP", "TNC")
HESSIANS = ("Newton-CG", "dogleg", "trust-constr", "trust-exact", "trust-krylov", "trust-ncg")
COUNTING = ("COBYLA", "TNC")  # their limit is one of evaluations, not of iterates


class _Enough(Exception):
    """Thrown out of SciPy once there are as many iterates as asked for; all of its methods let it through."""


@dataclass(frozen=True)
class _Path:
    """One run as SciPy reported it: where it was, and what it had asked by then; the last place is where it stopped."""

    places: list[Array]
    costs: list[int]
    total: int

    def place(self, step: int) -> Array:
        """Return the parameters `(dim,)` after so many updates."""
        return self.places[min(step, len(self.places) - 1)]

    def cost(self, step: int) -> int:
        """Return the evaluations up to there."""
        return self.costs[step] if step < len(self.costs) else self.total


@dataclass(frozen=True, repr=False)
class SciPy(Borrowed):
    """A method of `scipy.optimize.minimize` with its options."""

    library = "scipy"

    def methods(self) -> Iterable[str]:
        """Return the methods."""
        return sorted((*COMPARING, *GRADIENTS, *HESSIANS), key=str.lower)

    @property
    def sees_gradient(self) -> bool:
        """Whether the method asks for more than losses."""
        return self.method not in COMPARING

    def setting_names(self) -> Iterable[str]:
        """Return the options as they are given: only SciPy itself knows them all, so `check_settings` asks it."""
        return [name for name, _ in self.settings]

    def check_settings(self) -> None:
        """Let SciPy refuse, on a parabola, what it does not know."""
        where = f"adapters.scipy({self.method!r})"
        for schedule in self.schedules.values():
            raise BadScene(where, schedule, "SciPy's methods choose their own steps; allowed: a number")

        def parabola(x: Array) -> Any:
            return (float(x @ x), 2 * x) if self.sees_gradient else float(x @ x)

        optimize = import_library("scipy.optimize")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                warnings.simplefilter("error", optimize.OptimizeWarning)
                self._minimize(parabola, lambda x: 2 * np.eye(len(x)), np.ones(1), 1, lambda _place: None)
        except (optimize.OptimizeWarning, TypeError) as refusal:
            unknown = re.search(r"(?:Unknown solver options: |unexpected keyword argument ')(\w+)", str(refusal))
            if unknown:
                raise BadScene(where, unknown[1], choose(unknown[1], self._options())) from None
            if isinstance(refusal, TypeError):
                raise
        except ValueError:
            pass  # rows of another length than the parabola's one parameter are for the walk to judge

    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield an update for each iterate; then one more in which all stand still.

        SciPy runs first, from every start to its end; the record is told of its evaluations as they come to pass.
        """
        before = probe.evaluations.copy()
        paths = [self._path(probe, run, place, steps) for run, place in enumerate(start)]
        for step in range(min(steps, max(len(path.places) for path in paths))):
            seen = probe.look(step, start)
            probe.evaluations[:] = before + [path.cost(step + 1) for path in paths]
            update = np.stack([path.place(step + 1) for path in paths]) - start
            yield Update(update, None, {"gradient": seen.gradient} if self.sees_gradient else {})
            start = start + update

    def _path(self, probe: Probe, run: int, start: Array, steps: int) -> _Path:
        """Let SciPy go down from `start` `(dim,)`; at each of its iterates the loss moves on by one step."""
        before = int(probe.evaluations[run])
        places, costs, undefined = [start], [0], False

        def told(found: Array) -> Array:
            nonlocal undefined
            undefined = undefined or not np.isfinite(found).all()
            return found

        def loss(point: Array) -> Any:
            if not self.sees_gradient:
                return float(told(probe.value(point, run)))
            seen = probe(point, run)
            return float(told(seen.value)), seen.gradient

        def hessian(point: Array) -> Array:
            return told(Asking(probe, run).hessian(point))

        def arrive(place: Array) -> None:
            places.append(place)
            costs.append(int(probe.evaluations[run]) - before)
            probe.look(len(places) - 1, place[None])

        probe.look(0, start[None])
        with self.own_words(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a search that fails or overflows is a result
            try:
                self._minimize(loss, hessian, start, steps, arrive)
            except (RuntimeError, ValueError) as error:
                gave_up = undefined or "valid bracket" in str(error)  # then the run ends where it was
                if isinstance(error, Problem) or not gave_up:
                    raise
        return _Path(places, costs, int(probe.evaluations[run]) - before)

    def _minimize(
        self,
        loss: Callable[[Array], Any],
        hessian: Callable[[Array], Array],
        start: Array,
        steps: int,
        arrive: Callable[[Array], None],
    ) -> None:
        """Run SciPy for so many iterates at most, and hand each to `arrive`."""
        options = dict(self.settings)
        if self.method not in COUNTING:
            options.setdefault("maxiter", 2 * steps + 10)  # out of the way: some stop one short of theirs
        count = 0

        def callback(place: Any, *_more: Any) -> None:
            nonlocal count
            arrive(np.array(place, dtype=np.float64).reshape(start.shape))
            count += 1
            if count == steps:
                raise _Enough

        more: dict[str, Any] = {"jac": True} if self.sees_gradient else {}
        if self.method in HESSIANS:
            more["hess"] = hessian
        minimize = import_library("scipy.optimize").minimize
        with suppress(_Enough):
            minimize(loss, start.copy(), method=self.method, callback=callback, options=options, **more)

    def _options(self) -> list[str]:
        """Return the options that SciPy's documentation lists."""
        text = import_library("scipy.optimize").show_options("minimize", self.method, disp=False)
        section = re.split(r"\n *(?:Returns|Notes|References)\n *-", re.split(r"\n *Options\n *-+", text)[-1])[0]
        rows = re.findall(r"^ *(\w+(?:, \w+)*) ?: ", section, re.MULTILINE)
        budget = set() if self.method in COUNTING else {"maxiter"}
        return sorted({name for row in rows for name in row.split(", ")} | budget)
