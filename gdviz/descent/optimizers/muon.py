"""Muon: momentum whose matrices are made orthogonal."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from gdviz.descent.loss import Array
from gdviz.descent.optimizers.optimizer import Optimizer, Shapes
from gdviz.descent.settings import Setting, choice, setting, whole
from gdviz.descent.walk import Probe, Seen, Terms, Update

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # the coefficients of the paper's quintic


class Buffer(NamedTuple):
    """What Muon remembers."""

    velocity: Array  # (runs, dim)
    shapes: tuple[tuple[int, int], ...]  # of the matrices that the vector packs
    left: Array  # momentum**updates, (runs, 1)


@dataclass(frozen=True)
class Muon(Optimizer):
    """Muon, momentum orthogonalised by Newton-Schulz: a step turns every direction of a matrix equally far.

    Rule: `velocity <- momentum * velocity + gradient`, of which each matrix `X` is divided by its norm and put five
    times through `a X + (b X Xᵀ + c (X Xᵀ)²) X`; `m <- m - learning_rate * (scale * orthogonal + weight_decay * m)`.

    learning_rate: above 0; 0.02. momentum: 0 to below 1; 0.95. nesterov: True: the gradient is added once more.
    weight_decay: of at least 0; 0. iterations: of Newton and Schulz, 1 or more; 5. epsilon: above 0; 1e-7.
    scale: `rows`, sqrt(max(1, rows / columns)) (PyTorch, pytorch_optimizer), `columns`, sqrt(max(1, columns / rows))
        (optax), `rms`, 0.2 sqrt(max(rows, columns)) (Keras, and PyTorch's match_rms_adamw), or `none`.
    bias_correction: False; True as in optax.

    Its matrices are those of the loss's `shapes`; where a loss has none, its vector is one column. In a column there is
    one direction only, so Muon is momentum of constant length: 0.6964 times the rate, times what `scale` says.

    What to watch: all steps are equally long, however steep the slope.

    Source: K. Jordan and others, Muon: An optimizer for hidden layers in neural networks (2024). Equals
    `keras.optimizers.Muon` with `scale="rms"`, and `optax.contrib.muon` with `scale="columns", bias_correction=True`;
    `torch.optim.Muon` computes in bfloat16, which this does not.

    >>> from gdviz import Formula
    >>> path = Muon(0.5, scale="columns").minimize(Formula("(m - 3)**2 + 1"), start=-2.0, steps=1)
    >>> path.params[:, 0, 0].round(4).tolist()
    [-2.0, -1.6518]
    """

    learning_rate: Setting = setting(0.02, above=0)
    momentum: Setting = setting(0.95, least=0, below=1)
    nesterov: bool = True
    weight_decay: Setting = setting(0.0, least=0)
    iterations: int = whole(5, least=1)
    epsilon: Setting = setting(1e-7, above=0)
    scale: str = choice("rows", "columns", "rms", "none")
    bias_correction: bool = False

    name = "Muon"
    form = "PyTorch, but in float64: weight_decay=0.1; Keras: scale=rms; optax: scale=columns bias_correction=true"

    @property
    def rule(self) -> str:
        """The rule, with the decay where there is some."""
        if self.weight_decay == 0:
            return "-learning_rate * orthogonal"
        return "-learning_rate * (orthogonal + weight_decay * parameter)"

    def init(self, params: Array, shapes: Shapes) -> Buffer:
        """Start at rest; what is no matrix is a column."""
        given = [shape for shape in shapes if int(np.prod(shape)) > 1]
        sizes = [_matrix(shape) for shape in shapes] if given else [(params.shape[-1], 1)]
        return Buffer(np.zeros_like(params), tuple(sizes), np.ones_like(self.momentum))

    def update(self, seen: Seen, state: Buffer, params: Array, probe: Probe) -> Update:
        """Step along the orthogonal matrices nearest to the velocity."""
        left = state.left * self.momentum
        if self.bias_correction:
            velocity = self.momentum * state.velocity + (1 - self.momentum) * seen.gradient
            ahead = self.momentum * velocity / (1 - left * self.momentum)
            ahead = ahead + (1 - self.momentum) * seen.gradient / (1 - left)
            used = ahead if self.nesterov else velocity / (1 - left)
        else:
            velocity = self.momentum * state.velocity + seen.gradient
            used = seen.gradient + self.momentum * velocity if self.nesterov else velocity
        orthogonal = self._orthogonal(used, state.shapes)
        terms: Terms = {
            "learning_rate": self.learning_rate,
            "gradient": seen.gradient,
            "orthogonal": orthogonal,
            "weight_decay": self.weight_decay,
            "parameter": params,
        }
        step = -(self.learning_rate * (orthogonal + self.weight_decay * params))
        return Update(step, Buffer(velocity, state.shapes, left), terms)

    def _orthogonal(self, vectors: Array, shapes: tuple[tuple[int, int], ...]) -> Array:
        """Return the scaled orthogonal matrices for the rows `(runs, dim)`, packed again."""
        made, at = [], 0
        for rows, columns in shapes:
            part = vectors[:, at : at + rows * columns].reshape(-1, rows, columns)
            at += rows * columns
            factor = {
                "rows": max(1.0, rows / columns) ** 0.5,
                "columns": max(1.0, columns / rows) ** 0.5,
                "rms": 0.2 * max(rows, columns) ** 0.5,
                "none": 1.0,
            }[self.scale]
            whole = _newton_schulz(part, self.iterations, np.asarray(self.epsilon)[..., None])
            made.append(factor * whole.reshape(len(vectors), -1))
        return np.concatenate(made, axis=-1)


def _matrix(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return a shape as rows and columns; what has more axes is flattened behind the first."""
    return (shape[0], int(np.prod(shape[1:]))) if len(shape) > 1 else (int(np.prod(shape)), 1)


def _newton_schulz(matrices: Array, iterations: int, epsilon: Array) -> Array:
    """Return matrices `(runs, rows, columns)` whose singular values have been driven near to one."""
    a, b, c = NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.swapaxes(1, 2) if tall else matrices
    x = x / (np.sqrt((x * x).sum(axis=(1, 2), keepdims=True)) + epsilon)
    for _ in range(iterations):
        square = x @ x.swapaxes(1, 2)
        x = a * x + (b * square + c * (square @ square)) @ x
    found: Array = x.swapaxes(1, 2) if tall else x
    return found
