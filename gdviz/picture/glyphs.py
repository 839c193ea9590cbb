"""Shapes and motions, as pure functions of numbers in units."""

import math

import numpy as np
from numpy.typing import NDArray

TANGENT = 133.0  # units from the ball to the end of its tangent


def ease(part: float) -> float:
    """Return the way done at `part` of the time, 0 to 1: slow, fast, slow."""
    return part * part * (3 - 2 * part)


def tangent(x: float, y: float, tilt: float, half: float) -> list[tuple[float, float]]:
    """Return the ends of a line through `x, y` that climbs `tilt` units for one to the right."""
    length = math.hypot(1, tilt)
    dx, dy = half / length, half * tilt / length
    return [(x - dx, y + dy), (x + dx, y - dy)]


def arrow(begin: float, end: float, y: float) -> NDArray[np.float64]:
    """Return a horizontal arrow: a bar of 8 units with a head of 20, shorter where the step is."""
    side = 1.0 if end >= begin else -1.0
    head = min(20.0, abs(end - begin))
    high = 12.0 * min(1.0, head / 12.0)
    neck = end - side * head
    shape = [(begin, y - 4), (neck, y - 4), (neck, y - high), (end, y), (neck, y + high), (neck, y + 4), (begin, y + 4)]
    return np.array(shape, dtype=np.float64)


def pointer(
    begin: tuple[float, float], end: tuple[float, float], thick: float = 6.0, head: float = 18.0
) -> NDArray[np.float64]:
    """Return an arrow from place to place: a bar `thick` wide with a head `head` long, smaller where it is short."""
    way = np.array(end, dtype=np.float64) - begin
    length = math.hypot(*way)
    along = way / length if length else np.array([1.0, 0.0])
    head = min(head, 0.8 * length)
    thick = min(thick, 0.5 * head)
    x = np.array([0.0, length - head, length - head, length, length - head, length - head, 0.0])
    y = np.array([-0.5 * thick, -0.5 * thick, -0.6 * head, 0.0, 0.6 * head, 0.5 * thick, 0.5 * thick])
    placed: NDArray[np.float64] = begin + x[:, None] * along + y[:, None] * np.array([-along[1], along[0]])
    return placed


def edge_arrow(x: float, y: float, sideways: bool, right: bool) -> NDArray[np.float64]:
    """Return the head of an arrow that points out of the picture, upwards or sideways."""
    shape = np.array([(0.0, 0.0), (-13.0, 24.0), (-4.5, 24.0), (-4.5, 44.0), (4.5, 44.0), (4.5, 24.0), (13.0, 24.0)])
    if sideways:
        shape = np.stack([-shape[:, 1] if right else shape[:, 1], shape[:, 0]], axis=1)
    placed: NDArray[np.float64] = shape + np.array([x, y])
    return placed


def bar(begin: float, end: float, y: float, thick: float) -> NDArray[np.float64]:
    """Return a horizontal bar whose upper edge is at `y`; at least a line where it is short."""
    if abs(end - begin) < 2:
        begin, end = begin - 1, begin + 1
    return np.array([(begin, y), (end, y), (end, y + thick), (begin, y + thick), (begin, y)], dtype=np.float64)
