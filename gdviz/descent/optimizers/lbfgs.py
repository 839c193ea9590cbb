"""L-BFGS: how the gradient changed along the last moves tells how the loss is curved."""

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.optimizers.wolfe import Found, Line, Trial, strong_wolfe, zoom
from gdviz.descent.settings import Setting, choice, setting, whole
from gdviz.descent.walk import Probe, Seen, Terms, Update

TINY = np.finfo(np.float64).tiny  # what is smaller has lost its digits
LEAST_CURVATURE = 1e-10  # PyTorch's: below it a pair says nothing of a minimum, and is not remembered
ZOOM_TRIES = 20  # optax's, for one search
EVALUATIONS = 25  # PyTorch's for its 20 iterations


class Pair(NamedTuple):
    """What one move taught."""

    move: Array  # (dim,)
    change: Array  # of the gradient along it, (dim,)
    weight: float  # 1 / (move . change)


class Memory(NamedTuple):
    """What one run remembers."""

    pairs: tuple[Pair, ...]  # the oldest first
    scale: float  # the inverse curvature where no pair tells
    move: Array  # the last, (dim,), not yet among the pairs
    gradient: Array  # where it began, (dim,)
    fresh: bool  # whether no move was made yet

    def direction(self, gradient: Array) -> Array:
        """Return `-H * gradient` by two loops over the pairs (Nocedal and Wright, algorithm 7.4)."""
        rest, parts = -gradient, []
        for pair in reversed(self.pairs):
            part = _dot(pair.move, rest) * pair.weight
            rest = rest - part * pair.change
            parts.append(part)
        way = self.scale * rest
        for pair, part in zip(self.pairs, reversed(parts), strict=True):
            way = way + (part - _dot(pair.change, way) * pair.weight) * pair.move
        return way


class Move(NamedTuple):
    """What one run does in one update: `earlier + length * direction`."""

    earlier: Array  # the sum of all its moves but the last, (dim,)
    length: float
    direction: Array  # (dim,)
    tries: int  # evaluations beside that of the place where it stood
    memory: Memory

    @property
    def step(self) -> Array:
        """The whole of it, `(dim,)`."""
        return self.earlier + self.length * self.direction


@dataclass(frozen=True)
class LBFGS(Optimizer):
    """L-BFGS: Newton's method from memory; how the gradient changed along the last moves stands for the curvature.

    Rule: `direction = -H * gradient`, where `H` sends the change of the gradient along every remembered move back to
    that move, and is otherwise `move . change / change . change` of the last; a line search finds `step_length`, and
    `m <- m + step_length * direction`. With more `iterations` a step is the sum of so many moves.

    learning_rate: above 0; 1: the length that is tried first.
    history: a whole number of at least 1; 100 (optax 10): how many moves it remembers.
    iterations: a whole number of at least 1; 1 (PyTorch 20): the moves that make one step.
    line_search: `strong_wolfe` (PyTorch), `zoom` (optax), or `none`: it goes as far as the rate says.
    scaling: how the first move is shortened, when no curvature is known: `sum` to at most the rate in the sum of its
        parts, `norm` (optax) in its length; with `none` it is not, and `H` is otherwise 1, always (optax with
        `scale_init_precond=False`).
    pairs: `positive`: a move with a `move . change` of up to 1e-10 is forgotten (PyTorch); `all`: none is, and it may
        go uphill where the loss is curved downwards (optax).
    evaluations: None, or a whole number of at least 1: after so many in one step no other move begins, and the search
        of the last may take one more. None leaves room: 25, or 5/4 of the iterations; with `zoom` 20 for each search.
    tolerance_gradient: of at least 0; 0 (PyTorch 1e-7): where no slope is larger, it rests.
    tolerance_change: of at least 0; 0 (PyTorch 1e-9): it rests where the slope along the direction is smaller, and
        ends a step after a move or a fall that is. With PyTorch's it may rest for ever in sight of the minimum.

    What to watch: `step_length` comes to 1 as it learns the curvature, and then it is in the minimum in a few steps;
    `tries` is what that costs. Without a search it may leap away.

    Source: J. Nocedal, Updating Quasi-Newton Matrices with Limited Storage (1980); D. Liu and J. Nocedal, On the
    limited memory BFGS method for large scale optimization (1989). Equals with PyTorch's tolerances
    `torch.optim.LBFGS(max_iter=1, max_eval=25, line_search_fn="strong_wolfe")`, whose own `max_eval` for `max_iter=1`
    switches the search off; and with `line_search="zoom", scaling="norm", pairs="all", history=10` `optax.lbfgs`.

    >>> from gdviz import Formula
    >>> LBFGS().minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=2).params[:, 0, 0].tolist()
    [-2.0, -1.0, 3.0]
    """

    learning_rate: Setting = setting(1.0, above=0)
    history: int = whole(100, least=1)
    iterations: int = whole(1, least=1)
    line_search: str = choice("strong_wolfe", "zoom", "none")
    scaling: str = choice("sum", "norm", "none")
    pairs: str = choice("positive", "all")
    evaluations: int | None = whole(None, least=1, optional=True)
    tolerance_gradient: Setting = setting(0.0, least=0)
    tolerance_change: Setting = setting(0.0, least=0)

    name = "L-BFGS"
    form = (
        "PyTorch with tolerance_gradient=1e-7, tolerance_change=1e-9; "
        "optax with line_search=zoom, scaling=norm, pairs=all, history=10"
    )
    searches = True

    @property
    def rule(self) -> str:
        """The rule; of several moves the last."""
        return "step_length * direction" if self.iterations == 1 else "earlier_moves + step_length * direction"

    def init(self, params: Array, shapes: Shapes) -> tuple[Memory, ...]:
        """Start with nothing remembered, each run for itself."""
        nothing = np.zeros(params.shape[1])
        return tuple(Memory((), 1.0, nothing, nothing, fresh=True) for _ in params)

    def update(self, seen: Seen, state: tuple[Memory, ...], params: Array, probe: Probe) -> Update:
        """Let one run after the other choose its direction, and search along it."""
        numbers = (self.learning_rate, self.tolerance_gradient, self.tolerance_change)
        rows = np.broadcast_to(np.hstack(numbers), (len(params), 3))
        with np.errstate(all="ignore"):  # a search divides by zero where it has learned nothing, and sees to it
            moves = [
                _Run(self, run, probe, params[run], *rows[run]).move(seen.value[run], seen.gradient[run], state[run])
                for run in range(len(params))
            ]
        terms: Terms = {
            "gradient": seen.gradient,
            "step_length": np.array([[move.length] for move in moves]),
            "direction": np.stack([move.direction for move in moves]),
            "tries": np.array([[float(move.tries)] for move in moves]),
            "remembered": np.array([[float(len(move.memory.pairs))] for move in moves]),
            "learning_rate": self.learning_rate,
        }
        if self.iterations > 1:
            terms = {"earlier_moves": np.stack([move.earlier for move in moves]), **terms}
        return Update(np.stack([move.step for move in moves]), tuple(move.memory for move in moves), terms)


@dataclass(frozen=True)
class _Run:
    """One run in one update."""

    method: LBFGS
    index: int
    probe: Probe
    params: Array  # (dim,)
    rate: float
    flattest: float
    smallest: float

    def move(self, value: float, gradient: Array, memory: Memory) -> Move:
        """Return what it does, from the loss and the gradient where it stands."""
        nowhere = np.zeros_like(gradient)
        done, here = Move(nowhere, 0.0, nowhere, 0, memory), Trial(0.0, value, 0.0, gradient)
        for left in reversed(range(self.method.iterations)):
            defined = np.isfinite(here.value) and np.isfinite(here.gradient).all()
            if not defined or np.abs(here.gradient).max() <= self.flattest:
                break
            memory = self._learn(done.memory, here.gradient)
            direction = memory.direction(here.gradient)
            here = here._replace(length=0.0, slope=_dot(here.gradient, direction))
            if self.smallest > 0 and here.slope > -self.smallest:
                break
            found = self._search(done, here, direction, memory.fresh, left)
            moved = found.trial.length * direction
            memory = memory._replace(move=moved, gradient=here.gradient, fresh=False)
            done = Move(done.step, found.trial.length, direction, done.tries + found.tries, memory)
            small = np.abs(moved).max() <= self.smallest or abs(found.trial.value - here.value) < self.smallest
            if small or self._trials(done.tries) < 1:
                break
            here = found.trial
        return done

    def _learn(self, memory: Memory, gradient: Array) -> Memory:
        """Return the memory with the last move as a pair, where it tells something of the curvature."""
        scaling = self.method.scaling
        if memory.fresh:
            shrink = min(1.0, 1.0 / math.hypot(*gradient))
            return memory._replace(scale=shrink if scaling == "norm" else 1.0)
        change = gradient - memory.gradient
        curvature, square = _dot(memory.move, change), _dot(change, change)
        if self.method.pairs == "positive" and not curvature > LEAST_CURVATURE:
            return memory
        pair = Pair(memory.move, change, 1.0 / curvature if abs(curvature) >= TINY else 0.0)
        scale = curvature / square if scaling != "none" and square >= TINY else 1.0
        return memory._replace(pairs=(*memory.pairs, pair)[-self.method.history :], scale=scale)

    def _line(self, earlier: Array, direction: Array) -> Line:
        """Return the loss along a direction, from where the moves so far have led."""

        def line(length: float) -> Trial:
            seen = self.probe((self.params + (earlier + length * direction))[None, :], self.index)
            value, gradient = seen.value[0], seen.gradient[0]
            return Trial(length, np.inf if np.isnan(value) else value, _dot(gradient, direction), gradient)

        return line

    def _search(self, done: Move, here: Trial, direction: Array, fresh: bool, left: int) -> Found:
        """Return how far to go; `left` more moves follow."""
        shrink = min(1.0, 1.0 / np.abs(here.gradient).sum()) if fresh and self.method.scaling == "sum" else 1.0
        first, line = shrink * self.rate, self._line(done.step, direction)
        if not first > 0:  # a schedule may fade to zero
            return Found(here, 0)
        if self.method.line_search == "strong_wolfe":
            return strong_wolfe(line, here, first, self._trials(done.tries), self.smallest / np.abs(direction).max())
        if self.method.line_search == "zoom":
            return zoom(line, here, first, self._trials(done.tries))
        return Found(line(first), 1) if left else Found(here._replace(length=first), 0)

    def _trials(self, tries: int) -> int:
        """Return how many evaluations there may still be after so many tries."""
        given = self.method.evaluations
        if given is None and self.method.line_search == "zoom":
            return ZOOM_TRIES
        return (given or max(EVALUATIONS, self.method.iterations * 5 // 4)) - 1 - tries


def _dot(one: Array, other: Array) -> float:
    """Return the inner product, summed in an order that does not depend on where the vectors lie."""
    product: float = (one * other).sum()
    return product
