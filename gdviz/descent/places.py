"""The places that a loss names - region, minima, start, saddles - as they are given, checked."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from gdviz.descent.loss import Interval
from gdviz.problems import BadScene

Point: TypeAlias = float | Sequence[float]
Region: TypeAlias = Sequence[float] | Sequence[Sequence[float]]


@dataclass(frozen=True)
class Places:
    """Where to look, for `dim` parameters.

    region: an interval for each parameter, or None. minima, saddles: known ones. start: a point, or None.
    """

    region: tuple[Interval, ...] | None
    minima: tuple[tuple[float, ...], ...]
    start: tuple[float, ...] | None
    saddles: tuple[tuple[float, ...], ...]


def places(
    dim: int, region: Region | None, minima: Iterable[Point], start: Point | None, saddles: Iterable[Point]
) -> Places:
    """Return the places as tuples of floats; with one parameter a bare interval and bare numbers will do.

    Raises `BadScene` naming the field for a wrong count, a number that is not finite, an interval from high to low.
    """
    return Places(
        None if region is None else _region(dim, region),
        tuple(_point("minima", dim, point) for point in _all("minima", minima)),
        None if start is None else _point("start", dim, start),
        tuple(_point("saddles", dim, point) for point in _all("saddles", saddles)),
    )


def _region(dim: int, region: Region) -> tuple[Interval, ...]:
    intervals = _all("region", region)
    if dim == 1 and len(intervals) == 2 and not any(isinstance(end, Iterable) for end in intervals):
        intervals = (intervals,)
    if len(intervals) != dim:
        raise _no_region(dim, region)
    ends = tuple(_numbers(interval) for interval in intervals)
    found = tuple((pair[0], pair[1]) for pair in ends if pair is not None and len(pair) == 2 and pair[0] < pair[1])
    if len(found) != dim:
        raise _no_region(dim, region)
    return found


def _no_region(dim: int, region: object) -> BadScene:
    allowed = f"give {_count(dim, 'interval')} (low, high), one for each parameter, of finite numbers with low < high"
    return BadScene("region", region, allowed)


def _point(field: str, dim: int, point: object) -> tuple[float, ...]:
    numbers = _numbers(point if isinstance(point, Iterable) else (point,))
    if numbers is None or len(numbers) != dim:
        raise BadScene(field, point, f"a point is {_count(dim, 'finite number')}, one for each parameter")
    return numbers


def _all(field: str, given: object) -> tuple[object, ...]:
    if not isinstance(given, Iterable) or isinstance(given, str):
        raise BadScene(field, given, "give a tuple")
    return tuple(given)


def _numbers(given: object) -> tuple[float, ...] | None:
    """Return finite floats, or None where there is anything else."""
    if not isinstance(given, Iterable) or isinstance(given, str):
        return None
    numbers = tuple(real(number) for number in given)
    return numbers if all(map(math.isfinite, numbers)) else None


def real(number: object) -> float:
    """Return a real number as a float, NaN for anything else; a string is no number."""
    if isinstance(number, str | bytes | bool):
        return math.nan
    try:
        return float(number)  # type: ignore[arg-type] # whatever has __float__ will do: NumPy's scalars, fractions
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _count(dim: int, noun: str) -> str:
    return f"{dim} {noun}" + ("" if dim == 1 else "s")
