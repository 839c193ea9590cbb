"""How steeply the slope of a loss changes: the number that limits the learning rate."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.footing import footprints
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers import GradientDescent, Momentum, Optimizer
from gdviz.descent.optimizers.searching import BacktrackingDescent

Which = NDArray[np.bool_]  # a claim about each point, `(n,)`

POLISHING = 20  # Newton's steps at most
EPSILON = 4 * float(np.finfo(np.float64).eps)
_NEAR = 0.01  # of the way: so near to its end the minimum is looked for
FLAT = 1e-6  # of the largest gradient: flat enough for a bottom


@dataclass(frozen=True)
class Curvature:
    """The largest curvature met on a careful way down.

    value: the largest eigenvalue of the Hessian, or for a loss without one the largest change of the gradient along a
        step, for its length. place: where that was. step: at which step of the way.
    bottom: the same of the minimum where the way ended; NaN where it ended elsewhere, or without a Hessian.
    """

    value: float
    place: tuple[float, ...]
    step: int
    bottom: float


def largest_curvature(loss: Loss, start: Array, steps: int) -> Curvature:
    """Return the largest curvature on the way from `start` `(dim,)`, walked without jumps.

    The way is that of gradient descent with a line search that demands half of what the slope promises: on a quadratic
    its rate is at most one divided by the curvature, so that it jumps across nothing (L. Armijo 1966). The number is
    NaN or below 0 where nothing on the way is curved upwards. Where a loss is steeper on the way than at the bottom,
    a run that is there already settles up to the limit of `bottom`.
    """
    with np.errstate(all="ignore"):
        here = _curvatures(loss, start[None])
        first = 1.0 if here is None or not np.isfinite(here[0]) or here[0] == 0 else float(1 / abs(here[0]))
    way = footprints(loss, BacktrackingDescent(first, sufficient=0.5), start[None], steps)
    places = way.params[: int(way.last[0]) + 1, 0]
    with np.errstate(all="ignore"):
        found = _curvatures(loss, places)
        if found is None:
            found, places = _from_gradients(loss, places)
    if not np.isfinite(found).any():
        return Curvature(float("nan"), tuple(start.tolist()), 0, float("nan"))
    step = int(np.nanargmax(found))
    return Curvature(float(found[step]), tuple(places[step].tolist()), step, _at_bottom(loss, way.params[:, 0]))


def _at_bottom(loss: Loss, way: Array) -> float:
    """Return the largest curvature at the minimum where a way `(steps + 1, dim)` ended, NaN where it did not."""
    steepest = float(_lengths(loss(way)[1]).max())
    end = bottoms(loss, way[-1:], _NEAR * float(_lengths(way[-1:] - way[:1])[0]), steepest)
    curvatures = _curvatures(loss, end)
    return float("nan") if curvatures is None or not len(end) else float(curvatures[0])


def stable_rate(optimizer: Optimizer, curvature: float) -> float:
    """Return the learning rate above which a method leaves every bottom of that curvature; NaN where none is known.

    Gradient descent: `2 / L`; with momentum `2 (1 + momentum) / L` (Polyak 1964); in Nesterov's form
    `2 (1 + momentum) / ((1 + 2 momentum) L)`, where the eigenvalue -1 of its matrix begins.
    """
    if not curvature > 0:
        return float("nan")
    match optimizer:
        case GradientDescent():
            return 2.0 / curvature
        case Momentum(momentum=float() | int() as momentum, nesterov=nesterov):
            return 2.0 * (1.0 + momentum) / (curvature * (1.0 + 2.0 * momentum if nesterov else 1.0))
        case _:
            return float("nan")


def bottoms(loss: Loss, points: Array, radius: float, steepest: float) -> Array:
    """Return the minima `(n, dim)` next to `points` `(m, dim)`, each once, those with the lowest loss first.

    Newton's method goes from each point to where the gradient vanishes, at most `radius` away. What is flat there,
    measured by `steepest`, the length of a large gradient of this loss, nowhere curved downwards, and not higher than
    the loss at `radius` to either side along each parameter, is a minimum; all within `radius` of it are the same one.
    Where the loss has no Hessian the points stay as they are.
    """
    with np.errstate(all="ignore"):
        ends = _polished(loss, points, radius)
        value, gradient = loss(ends)
        flat = np.isfinite(value) & (_lengths(gradient) <= FLAT * steepest)
        curvatures = _spectra(loss, ends[flat])
        if curvatures is not None:
            flat[flat] = curvatures[:, 0] >= -FLAT * np.abs(curvatures).max(axis=-1)
        for side in radius * np.concatenate([np.eye(points.shape[-1]), -np.eye(points.shape[-1])]):
            flat[flat] = ~(loss.value(ends[flat] + side) < value[flat] - EPSILON * np.abs(value[flat]))
    found: list[Array] = []
    for end in ends[flat][np.argsort(value[flat], kind="stable")]:
        if all(np.linalg.norm(end - other) > radius for other in found):
            found.append(end)
    return np.array(found).reshape(-1, points.shape[-1])


def _polished(loss: Loss, points: Array, radius: float) -> Array:
    """Take Newton's steps that shorten the gradient and stay near."""
    here, slope = points, loss(points)[1]
    for _ in range(POLISHING):
        hessian = loss.hessian(here)
        if hessian is None:
            return points
        step = _solved(hessian, -slope)
        there = here + step
        new = loss(there)[1]
        better = (_lengths(new) < _lengths(slope)) & (_lengths(there - points) <= radius)
        if not better.any():
            break
        here, slope = np.where(better[:, None], there, here), np.where(better[:, None], new, slope)
    return here


def _solved(matrices: Array, columns: Array) -> Array:
    """Solve `(n, dim, dim)` x = `(n, dim)` by the pseudoinverse; zero where a matrix is not finite."""
    finite: Which = np.asarray(np.isfinite(matrices).all(axis=(-2, -1)))
    inverse = np.linalg.pinv(np.where(finite[:, None, None], matrices, 0.0), hermitian=True)
    found: Array = (inverse @ columns[..., None])[..., 0]
    return found


def _spectra(loss: Loss, points: Array) -> Array | None:
    """Return the Hessian's eigenvalues `(n, dim)`, rising; NaN where it is not finite, None where there is none."""
    hessian = loss.hessian(points)
    if hessian is None:
        return None
    finite: Which = np.asarray(np.isfinite(hessian).all(axis=(-2, -1)))
    values = np.linalg.eigvalsh(np.where(finite[:, None, None], hessian, 0.0))
    return np.where(finite[:, None], values, np.nan)


def _curvatures(loss: Loss, points: Array) -> Array | None:
    spectra = _spectra(loss, points)
    return None if spectra is None else spectra[:, -1]


def _from_gradients(loss: Loss, places: Array) -> tuple[Array, Array]:
    """Return how much the gradient changes along each step, for its length, and where the steps end."""
    way, change = np.diff(places, axis=0), np.diff(loss(places)[1], axis=0)
    moved = (way != 0).any(axis=-1)
    found: Array = ((way * change).sum(axis=-1) / (way * way).sum(axis=-1))[moved]
    return found, places[1:][moved]


def _lengths(rows: Array) -> Array:
    length: Array = np.sqrt((rows * rows).sum(axis=-1))
    return length
