"""Named losses for lessons, one a row: formula, region to show, a start worth watching, and where it comes from."""

from typing import NamedTuple

from gdviz.descent.formula import Formula
from gdviz.problems import BadScene, choose


class Surface(NamedTuple):
    """A row: the formula, the region to show, a start, and what it is good for or who used it first."""

    formula: str
    region: tuple[float, float]
    start: float
    source: str


SURFACES = {
    "parabola": Surface("(m - 3)**2 + 1", (-3.2, 8.6), -2.4, "the loss of the first lesson; its minimum is at 3"),
    "double_well": Surface("m**4 - 3*m**2 + m + 5", (-2.15, 2.05), 1.9, "two valleys, the left one deeper"),
    "flat_step": Surface("m**4/4 - m**3 + 8", (-1.7, 4.1), -1.4, "a slope of zero at 0 that is no minimum"),
    "plateau": Surface("1 - exp(-m**2/2)", (-4.5, 4.5), -3.2, "Welsch's loss: far away it is nearly flat"),
    "wavy": Surface("m**2/8 + sin(3*m) + 1", (-5, 5), 4.4, "a bowl with many small valleys"),
    "corner": Surface("abs(m - 1)", (-3, 5), -2.0, "a slope that never fades: the steps keep their length"),
    "steep_wall": Surface("exp(-2*m) + m", (-1.2, 4.5), -0.9, "steep on the left, gentle on the right"),
}


def surface(name: str) -> Formula:
    """Return a named loss as a formula with its region and start. Raises `BadScene` with the nearest name."""
    if name not in SURFACES:
        raise BadScene("surface", name, choose(name, SURFACES))
    row = SURFACES[name]
    return Formula(row.formula, region=row.region, start=row.start)
