"""What eyes make of colours: contrast, colour blindness, and how far two colours are apart.

Contrast is that of WCAG 2.2 (W3C 2023): 4.5 for text, 3 for what must be seen. Colour-blind eyes are simulated after
G. M. Machado, M. M. Oliveira, L. A. F. Fernandes, "A Physiologically-based Model for Simulation of Color Vision
Deficiency" (2009), at severity 1. Distances are CIEDE2000, as written out by G. Sharma, W. Wu, E. N. Dalal, "The
CIEDE2000 Color-Difference Formula" (2005).
"""

from itertools import combinations

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from gdviz.picture.theme import STYLES, Theme

Array = NDArray[np.float64]

EYES: dict[str, Array] = {
    "all colours": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}
"""What each kind of eyes makes of linear red, green and blue."""

TEXT, SEEN = 4.5, 3.0  # contrasts: of text, and of what must be seen
APART = 10.0  # CIEDE2000 between two colours that mean different things; a just noticeable difference is near 1

_TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
_WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
_TEXTS = ("ink", "muted", "curve", "parameter", "loss", "slope", "rate")
_TINTED = ("parameter", "slope", "rate")
_PILLS = ("parameter", "loss")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    return float(_linear(colour) @ (0.2126, 0.7152, 0.0722))


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def lab(colour: str, eyes: str = "all colours") -> Array:
    """Return CIELAB's L, a and b of a colour, `(3,)`, as one kind of eyes sees it; see `EYES`."""
    xyz = _TO_XYZ @ np.clip(EYES[eyes] @ _linear(colour), 0, 1) / _WHITE
    roots = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * roots[1] - 16, 500 * (roots[0] - roots[1]), 200 * (roots[1] - roots[2])])


def distance(one: str, other: str, eyes: str = "all colours") -> float:
    """Return how far apart two colours are for one kind of eyes, in units of CIEDE2000."""
    return ciede2000(lab(one, eyes), lab(other, eyes))


def ciede2000(one: Array, other: Array) -> float:
    """Return the CIEDE2000 difference of two colours in CIELAB, `(3,)` each (Sharma, Wu & Dalal 2005, eqs. 2 to 22)."""
    (light1, a1, b1), (light2, a2, b2) = one, other
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - _high_chroma(mean_c))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    if h2 - h1 == 180:
        turn = 180.0  # where both ways round are as long, the paper's sign
    d_light, d_c, d_h = light2 - light1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c = (light1 + light2) / 2, (c1 + c2) / 2
    h = _mean_hue(h1, h2) if c1 * c2 else h1 + h2
    t = 1 - 0.17 * _cos(h - 30) + 0.24 * _cos(2 * h) + 0.32 * _cos(3 * h + 6) - 0.20 * _cos(4 * h - 63)
    s_light = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    s_c, s_h = 1 + 0.045 * c, 1 + 0.015 * c * t
    rotation = -2 * _high_chroma(c) * np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2))))
    parts = d_light / s_light, d_c / s_c, d_h / s_h
    return float(np.sqrt(sum(part**2 for part in parts) + rotation * parts[1] * parts[2]))


def _high_chroma(c: float) -> float:
    return float(np.sqrt(c**7 / (c**7 + 25.0**7)))


def _mean_hue(h1: float, h2: float) -> float:
    mean = (h1 + h2) / 2
    if abs(h1 - h2) <= 180:
        return mean
    return mean + 180 if h1 + h2 < 360 else mean - 180


def _cos(degrees: float) -> float:
    return float(np.cos(np.radians(degrees)))


def _linear(colour: str) -> Array:
    parts = np.array(to_rgb(colour))
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def weaknesses(theme: Theme) -> list[str]:
    """Return what some eyes can't read or tell apart in a theme, a sentence each; an empty list is a good theme.

    Checked are the contrasts of text on the ground, on its own tint and on pills, those of runs on the ground, and the
    distances, for all kinds of eyes, among the four quantities and among the runs of a race.
    """
    pairs = [(name, theme.role(name), "the ground", theme.ground, TEXT) for name in _TEXTS]
    pairs += [(name, theme.role(name), "its tint", theme.tint(name), TEXT) for name in _TINTED]
    pairs += [("on_pill", theme.on_pill, f"a pill of {name}", theme.role(name), TEXT) for name in _PILLS]
    runs = {f"run {style + 1}": theme.run(style).colour for style in range(STYLES)}
    pairs += [(name, colour, "the ground", theme.ground, SEEN) for name, colour in runs.items()]
    found = [
        f"{theme.name}: {name} on {ground} has a contrast of {contrast(one, other):.1f}; it takes {needed}"
        for name, one, ground, other, needed in pairs
        if contrast(one, other) < needed
    ]
    quantities = {name: theme.role(name) for name in ("parameter", "loss", "slope", "rate")}
    together = [*combinations(quantities.items(), 2), *combinations(runs.items(), 2)]
    far = f"it takes {APART:.0f}"
    return found + [
        f"{theme.name}: {one} and {other} are {distance(first, second, eyes):.1f} apart for {eyes}; {far}"
        for (one, first), (other, second) in together
        for eyes in EYES
        if distance(first, second, eyes) < APART
    ]
