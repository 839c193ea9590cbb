"""Named losses for lessons, one a row: formula, region to show, a start worth watching, where it is flat, its source.

Those of one parameter `m` come first, then landscapes of `x` and `y` that each show one thing, then the literature's
test functions; most of them are collected by M. Jamil and X.-S. Yang, "A literature survey of benchmark functions for
global optimization problems" (2013). Regions are smaller than those for global optimizers, so that valleys can be seen.
"""

from itertools import product
from typing import NamedTuple

from gdviz.descent.formula import Formula
from gdviz.descent.places import Point, Region
from gdviz.problems import BadScene, choose


class Surface(NamedTuple):
    """A row: the formula, the region to show, a start, what it is good for or who used it first.

    minima, saddles: all of those in the region, to the last digit of a float64.
    """

    formula: str
    region: Region
    start: Point
    source: str
    minima: tuple[Point, ...]
    saddles: tuple[Point, ...] = ()


def _mirrored(*points: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """Return the points and their reflections in both axes, each once, from left to right."""
    reflected = {(a * x + 0.0, b * y + 0.0) for x, y in points for a, b in product((1, -1), repeat=2)}
    return tuple(sorted(reflected))


SURFACES = {
    "parabola": Surface(
        "(m - 3)**2 + 1", (-3.2, 8.6), -2.4, "the loss of the first lesson; its minimum is at 3", (3.0,)
    ),
    "double_well": Surface(
        "m**4 - 3*m**2 + m + 5",
        (-2.15, 2.05),
        1.9,
        "two valleys, the left one deeper",
        (-1.3008395659415772, 1.1309011226299859),
    ),
    "flat_step": Surface("m**4/4 - m**3 + 8", (-1.7, 4.1), -1.4, "a slope of zero at 0 that is no minimum", (3,)),
    "plateau": Surface("1 - exp(-m**2/2)", (-4.5, 4.5), -3.2, "Welsch's loss: far away it is nearly flat", (0,)),
    "wavy": Surface(
        "m**2/8 + sin(3*m) + 1",
        (-5, 5),
        4.4,
        "a bowl with many small valleys",
        (-4.581801895628407, -2.546709843462396, -0.5094433180607492, 1.5282299012979232, 3.5646558993228643),
    ),
    "corner": Surface("abs(m - 1)", (-3, 5), -2.0, "a slope that never fades: the steps keep their length", (1,)),
    "steep_wall": Surface(
        "exp(-2*m) + m", (-1.2, 4.5), -0.9, "steep on the left, gentle on the right", (0.34657359027997264,)
    ),
    # Two parameters: one lesson each.
    "bowl": Surface(
        "x**2 + y**2/2", ((-2.6, 2.6), (-2, 2)), (-2.2, 1.6), "downhill is not quite towards the minimum", ((0, 0),)
    ),
    "ravine": Surface(
        "x**2/20 + y**2",
        ((-10.4, 10.4), (-8, 8)),
        (-9.5, 5),
        "20 times steeper across than along: at a rate of 0.9 plain descent zigzags",
        ((0, 0),),
    ),
    "long_valley": Surface(
        "(x - 3)**2/50 + (y - sin(x))**2",
        ((-5.2, 5.2), (-4, 4)),
        (-4.6, 2.6),
        "quickly down to the floor, then a long winding way",
        ((3, 0.1411200080598672),),
    ),
    "saddle": Surface(
        "x**2 - y**2 + y**4/4",
        ((-2.6, 2.6), (-2, 2)),
        (-2.2, 0.01),
        "a pass between two valleys: a start close to its ridge stays long",
        ((0, -1.4142135623730951), (0, 1.4142135623730951)),
        ((0, 0),),
    ),
    "monkey_saddle": Surface(
        "x**3 - 3*x*y**2 + (x**2 + y**2)**2/2",
        ((-2.6, 2.6), (-2, 2)),
        (1.6, 0.02),
        "three ways down from a pass where even the curvature is zero",
        ((-1.5, 0), (0.75, -1.299038105676658), (0.75, 1.299038105676658)),
        ((0, 0),),
    ),
    "two_wells": Surface(
        "x**4/4 - x**2 + x/4 + y**2",
        ((-2.6, 2.6), (-2, 2)),
        (2.2, 1.4),
        "two valleys and the pass between them, the left one deeper",
        ((-1.4729976011140302, 0), (1.346997408527774, 0)),
        ((0.1260001925862561, 0),),
    ),
    "wavy_valley": Surface(
        "x**2/20 + y**2 + sin(2*x)/2",
        ((-5.2, 5.2), (-4, 4)),
        (-4.6, 2.4),
        "ripples on the floor of a valley: small steps stop in the first",
        ((-3.7355704568666113, 0), (-0.747964956635879, 0), (2.2430781436053815, 0)),
        ((-2.481583844408974, 0), (0.8267846380611134, 0), (4.140436790068326, 0)),
    ),
    "crater": Surface(
        "1 - exp(-(x**2 + 2*y**2)/4)",
        ((-5.2, 5.2), (-4, 4)),
        (-3.4, 1),
        "a hole in a plain: far away the slope is nearly zero",
        ((0, 0),),
    ),
    # Two parameters: the literature.
    "rosenbrock": Surface(
        "(1 - x)**2 + 100*(y - x**2)**2",
        ((-2.1, 2.1), (-0.9, 2.4)),
        (-1.2, 1),
        "a bent valley, easy to find and slow to follow; Rosenbrock (1960)",
        ((1, 1),),
    ),
    "beale": Surface(
        "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
        ((-1.2, 4.4), (-2.9, 1.4)),
        (0.4, -2),
        "a flat floor between steep walls; Beale (1958)",
        ((3, 0.5),),
        ((0, 1), (0.10053793732415836, -2.644513585023125)),
    ),
    "booth": Surface(
        "(x + 2*y - 7)**2 + (2*x + y - 5)**2",
        ((-5.5, 7.5), (-2, 8)),
        (-4, 6.5),
        "a slanting bowl, 9 times steeper across than along; Jamil and Yang (2013)",
        ((1, 3),),
    ),
    "matyas": Surface(
        "0.26*(x**2 + y**2) - 0.48*x*y",
        ((-10.4, 10.4), (-8, 8)),
        (-8, 2),
        "a ravine along the diagonal: rates of their own for x and y do not help; Jamil and Yang (2013)",
        ((0, 0),),
    ),
    "himmelblau": Surface(
        "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
        ((-6.5, 6.5), (-5, 5)),
        (-0.5, -0.5),
        "four valleys of the same depth: the start decides; Himmelblau (1972)",
        (
            (-3.779310253377747, -3.2831859912861696),
            (-2.805118086952745, 3.131312518250573),
            (3, 2),
            (3.5844283403304917, -1.8481265269644036),
        ),
        (
            (-3.0730257507643897, -0.08135304428796751),
            (-0.12796134673068008, -1.9537149802445763),
            (0.08667750455539636, 2.884254701174776),
            (3.385154183607021, 0.07385187983774928),
        ),
    ),
    "mccormick": Surface(
        "sin(x + y) + (x - y)**2 - 1.5*x + 2.5*y + 1",
        ((-2.2, 4.3), (-2.8, 2.2)),
        (3.8, -1.8),
        "a valley that goes down in waves; Jamil and Yang (2013)",
        ((-0.5471975511965977, -1.5471975511965979), (2.5943951023931957, 1.5943951023931955)),
        ((-1.5943951023931955, -2.5943951023931957), (1.5471975511965979, 0.5471975511965977)),
    ),
    "three_hump_camel": Surface(
        "2*x**2 - 1.05*x**4 + x**6/6 + x*y + y**2",
        ((-2.6, 2.6), (-2, 2)),
        (-2.2, -1.5),
        "three valleys in a row, the middle one deepest; Branin (1972)",
        ((-1.747552345830289, 0.8737761729151445), (0, 0), (1.747552345830289, -0.8737761729151445)),
        ((-1.07054229182366, 0.53527114591183), (1.07054229182366, -0.53527114591183)),
    ),
    "six_hump_camel": Surface(
        "4*x**2 - 2.1*x**4 + x**6/3 + x*y - 4*y**2 + 4*y**4",
        ((-2.08, 2.08), (-1.6, 1.6)),
        (1.9, 1.3),
        "six valleys, two of them deepest; Dixon and Szegő (1978)",
        (
            (-1.703606714969981, 0.7960835686726251),
            (-1.6071047529201974, -0.5686514548841314),
            (-0.08984201310031806, 0.7126564030207396),
            (0.08984201310031806, -0.7126564030207396),
            (1.6071047529201974, 0.5686514548841314),
            (1.703606714969981, -0.7960835686726251),
        ),
        (
            (-1.6380679841897787, -0.22867406904439408),
            (-1.2960702671671092, -0.6050843880386585),
            (-1.1092053368047863, 0.7682680925095399),
            (0, 0),
            (1.1092053368047863, -0.7682680925095399),
            (1.2960702671671092, 0.6050843880386585),
            (1.6380679841897787, 0.22867406904439408),
        ),
    ),
    "styblinski_tang": Surface(
        "(x**4 - 16*x**2 + 5*x + y**4 - 16*y**2 + 5*y)/2",
        ((-5.2, 5.2), (-4, 4)),
        (0.4, -0.1),
        "from the hill in the middle into one of four valleys; Styblinski and Tang (1990)",
        (
            (-2.903534027771177, -2.903534027771177),
            (-2.903534027771177, 2.746802770990837),
            (2.746802770990837, -2.903534027771177),
            (2.746802770990837, 2.746802770990837),
        ),
        (
            (-2.903534027771177, 0.1567312567803401),
            (0.1567312567803401, -2.903534027771177),
            (0.1567312567803401, 2.746802770990837),
            (2.746802770990837, 0.1567312567803401),
        ),
    ),
    "goldstein_price": Surface(
        "(1 + (x + y + 1)**2*(19 - 14*x + 3*x**2 - 14*y + 6*x*y + 3*y**2))"
        "*(30 + (2*x - 3*y)**2*(18 - 32*x + 12*x**2 + 48*y - 36*x*y + 27*y**2))",
        ((-2, 2), (-2, 1.1)),
        (0.5, -1.8),
        "losses from 3 to 300,000: no rate suits all places; Goldstein and Price (1971)",
        ((-0.6, -0.4), (0, -1), (1.2, 0.8), (1.8, 0.2)),
        ((-0.4, -0.6), (0.6, 0.4), (1.2, -0.2), (1.4, 0.6)),
    ),
    "branin": Surface(
        "10 + 10*(1 - 1/(8*pi))*cos(x) + (y - 5.1*x**2/(4*pi**2) + 5*x/pi - 6)**2",
        ((-6, 11), (0.3, 13.4)),
        (2.5, 12.5),
        "three valleys of the same depth in a bent trough; Branin (1972)",
        ((-3.141592653589793, 12.275), (3.141592653589793, 2.275), (9.42477796076938, 2.475)),
        ((0, 6), (6.283185307179586, 1.1)),
    ),
    "peaks": Surface(
        "3*(1 - x)**2*exp(-x**2 - (y + 1)**2) - 10*(x/5 - x**3 - y**5)*exp(-x**2 - y**2) - exp(-(x + 1)**2 - y**2)/3",
        ((-3.25, 3.25), (-2.5, 2.5)),
        (0.1, 1.4),
        "hills, hollows and a plain around them; MATLAB's `peaks`",
        (
            (-1.3473962443682108, 0.20451886609700518),
            (0.22827892055636909, -1.6255349574999964),
            (0.2964455538468321, 0.32019624766683435),
        ),
        (
            (-0.2659375568372457, 0.4667399937262694),
            (0.4163233216785082, -0.3941450984024246),
            (1.0982728343350927, 0.8544609795247524),
        ),
    ),
    "freudenstein_roth": Surface(
        "(-13 + x + ((5 - y)*y - 2)*y)**2 + (-29 + x + ((y + 1)*y - 14)*y)**2",
        ((-3, 14), (-6, 7)),
        (0.5, -2),
        "the classic start leads into the wrong valley; Freudenstein and Roth (1963)",
        ((5, 4), (11.412778986902094, -0.8968052532744765)),
    ),
    "rastrigin": Surface(
        "20 + x**2 + y**2 - 10*cos(2*pi*x) - 10*cos(2*pi*y)",
        ((-1.43, 1.43), (-1.1, 1.1)),
        (1.3, 0.9),
        "an egg box, only slightly deeper in the middle; Rastrigin (1974)",
        _mirrored((0, 0), (0.9949586376523348, 0), (0, 0.9949586376523348), (0.9949586376523348, 0.9949586376523348)),
        _mirrored(
            (0.5025460365546747, 0),
            (0, 0.5025460365546747),
            (0.5025460365546747, 0.9949586376523348),
            (0.9949586376523348, 0.5025460365546747),
        ),
    ),
    "ackley": Surface(
        "20 - 20*exp(-hypot(x, y)/sqrt(50)) + e - exp((cos(2*pi*x) + cos(2*pi*y))/2)",
        ((-1.43, 1.43), (-1.1, 1.1)),
        (1.3, 0.9),
        "a dented funnel with a sharp tip; Ackley (1987)",
        _mirrored((0, 0), (0.9521665459501717, 0), (0, 0.9521665459501717), (0.9684776587077244, 0.9684776587077244)),
        _mirrored(
            (0.6257806168564638, 0),
            (0, 0.6257806168564638),
            (0.5774125352782147, 0.8747620388753442),
            (0.8747620388753442, 0.5774125352782147),
        ),
    ),
    "griewank": Surface(
        "1 + (x**2 + y**2)/4000 - cos(x)*cos(y/sqrt(2))",
        ((-6.2, 6.2), (-5.2, 5.2)),
        (-5.6, -4.6),
        "five valleys of nearly the same depth; Griewank (1981)",
        _mirrored((0, 0), (3.1400226338955397, 4.438444480920714)),
        _mirrored((1.5723679104393218, 2.2225533025787545), (4.710820534479318, 2.2181104087569534)),
    ),
    "bohachevsky": Surface(
        "x**2 + 2*y**2 - 0.3*cos(3*pi*x) - 0.4*cos(4*pi*y) + 0.7",
        ((-1.04, 1.04), (-0.8, 0.8)),
        (0.9, -0.7),
        "a bowl with ripples that fade against it farther out; Bohachevsky, Johnson and Stein (1986)",
        _mirrored((0, 0), (0.6186120678279501, 0), (0, 0.4695275456684923), (0.6186120678279501, 0.4695275456684923)),
        _mirrored(
            (0.3607081555517537, 0),
            (0, 0.2670404674810485),
            (0.3607081555517537, 0.4695275456684923),
            (0.6186120678279501, 0.2670404674810485),
        ),
    ),
    "easom": Surface(
        "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
        ((1.6, 4.7), (1.95, 4.33)),
        (4.5, 4.1),
        "a narrow hole: only near it there is a slope to follow; Easom (1990)",
        ((3.141592653589793, 3.141592653589793),),
    ),
}


def surface(name: str) -> Formula:
    """Return a named loss as a formula with its region, start, minima and saddles.

    Raises `BadScene` with the nearest name.

    >>> from gdviz.descent.surfaces import surface
    >>> surface("rosenbrock").about.minima
    ((1.0, 1.0),)
    """
    if name not in SURFACES:
        raise BadScene("surface", name, choose(name, SURFACES))
    row = SURFACES[name]
    return Formula(row.formula, region=row.region, minima=row.minima, start=row.start, saddles=row.saddles)


def loss_of(text: str) -> Formula:
    """Return the loss of a text: a named surface, else a formula. Raises `BadScene` as `Formula` does.

    A name of a surface alone is never meant as a parameter: as a formula it would be a straight line.
    """
    return surface(text) if text in SURFACES else Formula(text)
