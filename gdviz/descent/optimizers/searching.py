"""Methods that ask for more than the slope where they stand: other losses near by, or the curvature."""

from dataclasses import dataclass

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, setting, whole
from gdviz.descent.walk import Probe, Seen, Terms, Update


@dataclass(frozen=True)
class TrialAndError(Optimizer):
    """Trial and error, without any slope: try a step to either side, keep what lowers the loss.

    Rule: with a trial step `d`: the better one of `m - d` and `m + d` is taken if its loss is lower; where neither is,
    `d <- shrink * d` and nothing moves. Of several parameters one is tried after the other.

    trial_step: the first `d`, above 0; 1. shrink: above 0, below 1; 0.5.

    What to watch: two losses are asked for each step, and they say only *better* or *worse*: how far is a guess, made
    again and again. The slope would have told both side and length.

    Source: E. Fermi and N. Metropolis, Numerical Solution of a Minimum Problem (1952); R. Hooke and T. A. Jeeves,
    Direct Search Solution of Numerical and Statistical Problems (1961). No library has it in this form; SciPy's
    Nelder-Mead is a relative.

    >>> from gdviz import Formula
    >>> path = TrialAndError(2.0).minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=4)
    >>> path.params[:, 0, 0].tolist()
    [-2.0, 0.0, 2.0, 2.0, 3.0]
    """

    trial_step: Setting = setting(1.0, above=0, once=True)
    shrink: Setting = setting(0.5, above=0, below=1)

    name = "trial and error"
    rule = "trial_step * choice"
    form = "no library"
    sees_gradient = False
    searches = True

    def init(self, params: Array, shapes: Shapes) -> Array:
        """Start with the first trial step, `(runs, 1)`."""
        first: Array = np.zeros((len(params), 1)) + self.trial_step
        return first

    def update(self, seen: Seen, state: Array, params: Array, probe: Probe) -> Update:
        """Try both sides of every parameter, one after the other."""
        choice = np.zeros_like(params)
        best, place = seen.value, params
        lefts, rights = [], []
        for k in range(params.shape[-1]):
            left, right = place.copy(), place.copy()
            left[:, k] -= state[:, 0]
            right[:, k] += state[:, 0]
            below, above = probe.value(left), probe.value(right)
            lefts.append(below)
            rights.append(above)
            # Not a number is no better than anything.
            choice[:, k] = np.where(above < best, np.where(below < above, -1.0, 1.0), np.where(below < best, -1.0, 0.0))
            best = np.where(choice[:, k] < 0, below, np.where(choice[:, k] > 0, above, best))
            place = params + state * choice
        stuck = (choice == 0).all(axis=-1, keepdims=True)
        terms: Terms = {
            "trial_step": state,
            "choice": choice,
            "loss_left": np.stack(lefts, axis=-1),
            "loss_right": np.stack(rights, axis=-1),
        }
        return Update(state * choice, np.where(stuck, self.shrink * state, state), terms)


@dataclass(frozen=True)
class BacktrackingDescent(Optimizer):
    """Gradient descent with a backtracking line search: the rate is found anew at each step.

    Rule: `rate = learning_rate`, and while `loss(m - rate * gradient) > loss(m) - sufficient * rate * |gradient|**2`,
    `rate <- shrink * rate`; then `m <- m - rate * gradient`.

    learning_rate: the first try of each step, above 0; 1. shrink: above 0, below 1; 0.5. sufficient: the part of the
    decrease that the slope promises which must come true, above 0, below 1; 0.0001. most_tries: at each step, 1 or
    more; 60.

    What to watch: the loss never rises, whatever the first try (where no try is good enough, it stays); the price are
    further looks at the loss.

    Source: L. Armijo, Minimization of functions having Lipschitz continuous first partial derivatives (1966);
    J. Nocedal and S. Wright, Numerical Optimization, algorithm 3.1 (2006). optax's `scale_by_backtracking_linesearch`
    also remembers the rate.

    >>> from gdviz import Formula
    >>> path = BacktrackingDescent().minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].tolist(), path.terms["tries"].ravel().tolist()
    ([-2.0, 3.0], [2.0])
    """

    learning_rate: Setting = setting(1.0, above=0)
    shrink: Setting = setting(0.5, above=0, below=1)
    sufficient: Setting = setting(1e-4, above=0, below=1)
    most_tries: int = whole(60, least=1)

    name = "gradient descent with line search"
    rule = "-learning_rate * gradient"
    form = "Nocedal and Wright, algorithm 3.1"
    searches = True

    def update(self, seen: Seen, state: None, params: Array, probe: Probe) -> Update:
        """Shorten the step until the loss has fallen enough, each run for itself."""
        gradient = seen.gradient
        promised = (gradient * gradient).sum(axis=-1)
        rate, tries = np.zeros((len(params), 1)) + self.learning_rate, np.zeros((len(params), 1))
        waiting = np.ones(len(params), dtype=bool)
        for _ in range(self.most_tries):
            tried = probe.value((params - rate * gradient)[waiting], waiting)
            tries[waiting] += 1
            enough = seen.value[waiting] - (self.sufficient * rate)[waiting, 0] * promised[waiting]
            waiting[waiting] = ~(tried <= enough)
            if not waiting.any():
                break
            rate = np.where(waiting[:, None], self.shrink * rate, rate)
        rate = np.where(waiting[:, None], 0.0, rate)
        terms: Terms = {"learning_rate": rate, "gradient": gradient, "tries": tries}
        return Update(-(rate * gradient), None, terms)


@dataclass(frozen=True)
class Newton(Optimizer):
    """Newton's method, damped: the slope divided by how fast it changes.

    Rule: `m <- m - learning_rate * gradient / curvature`; with several parameters `curvature` is the matrix `H` of the
    second derivatives, and the step solves `(H + damping * 1) step = -learning_rate * gradient`.

    learning_rate: the part of the full step that is taken, above 0; 1. damping: added to the curvature, of at least 0;
    0: it turns the step towards the gradient's, and makes it shorter.

    What to watch: on a parabola one step is enough. Where the curve bends downwards it climbs: it looks for a place
    without slope, and a hilltop is one.

    Source: I. Newton (1669), J. Raphson (1690); damped: K. Levenberg (1944), D. Marquardt (1963). In no deep-learning
    library; SciPy's `Newton-CG` is a relative. Raises `BadScene` for a loss without second derivatives.

    >>> from gdviz import Formula
    >>> Newton().minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1).params[:, 0, 0].tolist()
    [-2.0, 3.0]
    """

    learning_rate: Setting = setting(1.0, above=0)
    damping: Setting = setting(0.0, least=0)

    name = "Newton's method"
    rule = "-learning_rate * newton_direction"
    form = "the textbook's"

    def update(self, seen: Seen, state: None, params: Array, probe: Probe) -> Update:
        """Step to where the slope would be zero if the curvature stayed as it is."""
        hessian = probe.hessian(params) + np.asarray(self.damping)[..., None] * np.eye(params.shape[-1])
        direction = _solve(hessian, seen.gradient)
        terms: Terms = {"learning_rate": self.learning_rate, "gradient": seen.gradient, "newton_direction": direction}
        if params.shape[-1] == 1:
            terms = {**terms, "curvature": hessian[:, :, 0]}
        return Update(-(self.learning_rate * direction), None, terms)


def _solve(matrices: Array, vectors: Array) -> Array:
    """Solve `(runs, dim, dim) x = (runs, dim)`, one run after the other; infinite where a matrix is singular."""
    solved = np.empty_like(vectors)
    for run, (matrix, vector) in enumerate(zip(matrices, vectors, strict=True)):
        if len(vector) == 1:
            solved[run] = vector / matrix[0]
            continue
        try:
            solved[run] = np.linalg.solve(matrix, vector)
        except np.linalg.LinAlgError:
            solved[run] = np.where(vector == 0, 0.0, np.inf)
    return solved
