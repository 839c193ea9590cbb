"""Critical points, where the gradient is zero: found by Newton's method, told apart by their curvatures."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from gdviz.descent.function import FIRST_STEP
from gdviz.descent.loss import Array, Loss
from gdviz.descent.places import Region, places
from gdviz.descent.trajectory import Trajectory
from gdviz.problems import BadScene

GRID = 20
MOST_STARTS = 1_000_000

# Lengths are in parts of the region's width, so that parameters of different units count alike.
_ROUNDS = 100  # where the curvature is zero too each brings but a third, or a fifth, of the way
_REACH = 0.1  # the longest step: Newton's own would leave the region wherever the curvature is small
_MARGIN = 0.25  # so far outside of the region a search may lead and still come back
_SETTLED = 1e-8  # after a step so short one more brings all the digits that there are
_ACCEPTED = 1e-6  # what differences and flat floors allow: the step still to go, and the gradient by the curvature
_SAME = 1e-4
_FLAT = 1e-6  # a curvature below this part of the largest nearby counts as none
_NEARBY = 0.01


class Kind(Enum):
    """What a critical point is; where a curvature is zero and the rest are of one sign they do not tell."""

    MINIMUM = "minimum"
    SADDLE = "saddle"
    MAXIMUM = "maximum"
    DEGENERATE = "degenerate"


@dataclass(frozen=True)
class Critical:
    """A point with a gradient of zero.

    point: `(dim,)`. kind: minimum, saddle, maximum or degenerate.
    eigenvalues: the curvatures of the loss there, `(dim,)`, from the most negative to the most positive.
    directions: the unit vector `(dim,)` of each, the first component that is not zero positive.
    """

    point: tuple[float, ...]
    kind: Kind
    eigenvalues: tuple[float, ...]
    directions: tuple[tuple[float, ...], ...]

    @property
    def escape(self) -> tuple[float, ...] | None:
        """The direction of the most negative curvature, in which a descent leaves; None where no curvature is."""
        return self.directions[0] if self.eigenvalues[0] < 0 and self.kind is not Kind.MINIMUM else None


def classify(loss: Loss, point: Sequence[float]) -> Critical:
    """Return what a critical point is, by the signs of the Hessian's eigenvalues.

    point: `(dim,)`, taken to be critical: its gradient is not looked at. An eigenvalue below a millionth of the
    curvature nearby (a hundredth of the region away, or of `max(1, |x|)` without one) counts as zero. The signs are
    those of the Hessian in units of the region, which by Sylvester's law of inertia (1852) are the signs in any unit.

    Raises `BadScene` for a point of another dimension, or where the loss has no second derivatives.

    >>> from gdviz.descent.formula import Formula
    >>> found = classify(Formula("x**2 - y**2"), (0, 0))
    >>> found.kind.value, found.eigenvalues, found.escape
    ('saddle', (-2.0, 2.0), (0.0, 1.0))
    """
    about = loss.about
    (checked,) = places(about.dim, None, (), None, (point,)).saddles
    here = np.array(checked)
    widths = np.ptp(np.array(about.region), axis=1) if about.region else np.maximum(1.0, np.abs(here))
    with np.errstate(all="ignore"):
        found = _classified(loss, here[None], widths)
    if not found:
        raise BadScene("point", checked, "allowed: a place where the loss has second derivatives")
    return found[0]


def critical_points(loss: Loss, region: Region, grid: int = GRID) -> tuple[Critical, ...]:
    """Return the critical points of a region: minima, saddles, maxima, degenerate ones, each kind from left to right.

    Newton's method on the gradient, `x -= H(x)^-1 g(x)`, with steps of at most a tenth of the region, is started from
    the middles of `grid**dim` equal cells. It knows no uphill or downhill, and so finds points of every kind; one
    that draws no start is missed, and points closer together than a ten-thousandth of the region count as one.
    Where critical points are not isolated (a flat floor, a ring) what is returned is a sample of degenerate ones.

    region: `(low, high)` for each parameter. Raises `BadScene` for another region, or a grid of no or too many starts.

    >>> from gdviz.descent.formula import Formula
    >>> [(found.kind.value, found.point) for found in critical_points(Formula("m**3 - 3*m"), (-2, 2))]
    [('minimum', (1.0,)), ('maximum', (-1.0,))]
    """
    dim = loss.about.dim
    intervals = places(dim, region, (), None, ()).region
    _check_grid(grid, dim)
    low, high = np.array(intervals).T
    cells = (np.indices((grid,) * dim).reshape(dim, -1).T + 0.5) / grid
    with np.errstate(all="ignore"):
        points = _flat_points(loss, low + (high - low) * cells, low, high)
        found = _classified(loss, points, high - low) if len(points) else []
    order = list(Kind)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), *_rounded(one.point, low, high))))


def _check_grid(grid: object, dim: int) -> None:
    most = int(MOST_STARTS ** (1 / dim) + 1e-9)
    if isinstance(grid, bool) or not isinstance(grid, int) or not 1 <= grid <= most:
        raise BadScene("grid", grid, f"allowed: a whole number from 1 to {most:,}")


@dataclass(frozen=True)
class Stay:
    """How long a run stays near a place: the first step at which it is near, and the last before it is not."""

    first: int
    last: int

    @property
    def steps(self) -> int:
        """How many updates begin and end near the place."""
        return self.last - self.first


def stay(path: Trajectory, point: Sequence[float], radius: float, run: int = 0) -> Stay | None:
    """Return the first of a run's `stays`, or None where it is never near."""
    return next(iter(stays(path, point, radius, run)), None)


def stays(path: Trajectory, point: Sequence[float], radius: float, run: int = 0) -> tuple[Stay, ...]:
    """Return a run's stays within a radius of a point such as a saddle, in the order of time.

    Near is a distance of at most `radius`, in the parameters' unit, at a recorded step: a jump across the place is no
    stay. `first` is the first such step of an unbroken row of them, `last` the one that ends it: a heavy ball that
    rolls over a saddle and back stays twice. After its end a run stays nowhere: the rows that a trajectory repeats are
    left out.

    Raises `BadScene` for a point of another dimension and for a radius that is not positive.
    """
    (centre,) = places(path.params.shape[-1], None, (), None, (point,)).saddles
    if not 0 < radius < np.inf:
        raise BadScene("radius", radius, "allowed: a finite number above 0")
    end = path.ends[run]
    while_it_runs = path.at <= end.step - end.diverged
    with np.errstate(over="ignore"):
        near = np.linalg.norm(path.params[while_it_runs, run] - np.array(centre), axis=-1) <= radius
    changes = np.flatnonzero(np.diff(near, prepend=False, append=False)).reshape(-1, 2)
    return tuple(Stay(int(path.at[first]), int(path.at[end - 1])) for first, end in changes)


def _classified(loss: Loss, points: Array, widths: Array) -> list[Critical]:
    """Tell points `(n, dim)` apart, but for those without second derivatives."""
    hessian = _hessian(loss, points, widths)
    smooth = np.isfinite(hessian).all(axis=(-2, -1))
    points, hessian = points[smooth], hessian[smooth]
    if not len(points):
        return []
    values, vectors = np.linalg.eigh(hessian)
    curvatures, largest = np.linalg.eigvalsh(_in_widths(hessian, widths)), _curvature_nearby(loss, points, widths)
    return [
        Critical(
            tuple(point.tolist()),
            _kind(curvatures[k], largest[k]),
            tuple(values[k].tolist()),
            tuple(_signed(vector) for vector in vectors[k].T),
        )
        for k, point in enumerate(points)
    ]


def _kind(curvatures: Array, largest: float) -> Kind:
    up, down = curvatures > _FLAT * largest, curvatures < -_FLAT * largest
    if up.any() and down.any():
        return Kind.SADDLE
    if up.all():
        return Kind.MINIMUM
    return Kind.MAXIMUM if down.all() else Kind.DEGENERATE


def _curvature_nearby(loss: Loss, points: Array, widths: Array) -> Array:
    """Return the largest curvature `(n,)` at points and on both sides of them along each parameter, in widths."""
    away = _NEARBY * np.diag(widths)
    around = points[:, None] + np.concatenate([away[:1] * 0.0, away, -away])
    sizes = _size(_in_widths(_hessian(loss, around.reshape(-1, len(widths)), widths), widths))
    return np.asarray(np.where(np.isfinite(sizes), sizes, 0.0).reshape(around.shape[:2]).max(axis=1))


def _signed(vector: Array) -> tuple[float, ...]:
    """Return a unit vector with the sign that makes its first component positive, one of rounding errors aside."""
    first = vector[np.abs(vector) > 1e-9][0]
    return tuple((np.copysign(1.0, first) * vector + 0.0).tolist())


def _flat_points(loss: Loss, points: Array, low: Array, high: Array) -> Array:
    """Return the different points `(n, dim)` within the region at which Newton's method settles."""
    points = _settled(loss, points, low, high)
    if not len(points):
        return points
    gradient, hessian = _derivatives(loss, points, high - low)
    steps = _steps(gradient, hessian)
    points, left = points + steps * (high - low), np.linalg.norm(steps, axis=-1)
    flat = (left <= _ACCEPTED) & (np.linalg.norm(gradient, axis=-1) <= _ACCEPTED * _size(hessian))
    flat &= ((points >= low) & (points <= high)).all(axis=-1)
    points = points[flat][np.argsort(left[flat], kind="stable")]
    found = points[:0]
    while len(points):
        found = np.concatenate([found, points[:1]])
        points = points[np.abs((points - points[0]) / (high - low)).max(axis=-1) > _SAME]
    return found


def _settled(loss: Loss, points: Array, low: Array, high: Array) -> Array:
    """Return where Newton's method leads from points `(n, dim)`, without those that it leads out of the region."""
    widths, done = high - low, [points[:0]]
    for _ in range(_ROUNDS):
        steps = _steps(*_derivatives(loss, points, widths))
        points = points + steps * widths
        near = (np.abs(points - (low + high) / 2) <= (0.5 + _MARGIN) * widths).all(axis=-1)  # false for a NaN
        settled = np.linalg.norm(steps, axis=-1) <= _SETTLED
        done.append(points[near & settled])
        points = points[near & ~settled]
        if not len(points):
            break
    return np.concatenate([*done, points])


def _steps(gradient: Array, hessian: Array) -> Array:
    """Return Newton's steps `(n, dim)`, cut to the longest; NaN where there is none. Flat directions are left alone."""
    finite = np.asarray(np.isfinite(gradient).all(axis=-1) & np.isfinite(hessian).all(axis=(-2, -1)))
    values, vectors = np.linalg.eigh(np.where(finite[:, None, None], hessian, 0.0))
    along = (vectors.swapaxes(-1, -2) @ gradient[..., None])[..., 0]
    curved = np.asarray(np.abs(values) > 1e-12 * np.abs(values).max(axis=-1, keepdims=True))
    lengths = np.divide(along, values, out=np.zeros_like(along), where=curved)
    steps = np.asarray(-(vectors @ lengths[..., None])[..., 0])
    steps = steps * np.minimum(1.0, _REACH / np.linalg.norm(steps, axis=-1, keepdims=True))
    return np.where(finite[:, None], steps, np.nan)


def _derivatives(loss: Loss, points: Array, widths: Array) -> tuple[Array, Array]:
    """Return gradient `(n, dim)` and Hessian `(n, dim, dim)` in units of the loss, the widths being 1."""
    return loss(points)[1] * widths, _in_widths(_hessian(loss, points, widths), widths)


def _hessian(loss: Loss, points: Array, widths: Array) -> Array:
    """Return the second derivatives `(n, dim, dim)`: the loss's own, else by central differences of its gradient."""
    known = loss.hessian(points)
    if known is not None:
        return known
    columns = []
    for i, reach in enumerate(FIRST_STEP * widths):
        away = reach * np.eye(len(widths))[i]
        ahead, behind = points + away, points - away
        # Divided by the distance of the two floats, not by the step that was meant.
        columns.append((loss(ahead)[1] - loss(behind)[1]) / (ahead[:, i] - behind[:, i])[:, None])
    hessian = np.stack(columns, axis=-1)
    return np.asarray((hessian + hessian.swapaxes(-1, -2)) / 2)


def _in_widths(hessian: Array, widths: Array) -> Array:
    return np.asarray(hessian * np.outer(widths, widths))


def _size(hessian: Array) -> Array:
    return np.asarray(np.linalg.norm(hessian, axis=(-2, -1)))


def _rounded(point: tuple[float, ...], low: Array, high: Array) -> list[float]:
    rounded: list[float] = np.round((np.array(point) - low) / (high - low), 9).tolist()
    return rounded
