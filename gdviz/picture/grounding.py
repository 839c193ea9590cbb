"""A theme on the ground of a slide: what is quiet stays as quiet, and what must be read is measured."""

import re
from dataclasses import replace

import numpy as np
from matplotlib.colors import to_hex, to_rgb

from gdviz.picture.theme import STYLES, THEMES, Theme, mixed
from gdviz.picture.vision import contrast
from gdviz.problems import BadScene

TRANSPARENT = "transparent"
TEXT, PATHS = 4.5, 3.0  # least contrast with the ground (WCAG 2.2, success criteria 1.4.3 and 1.4.11, 2023)
WORDS = ("ink", "muted", "parameter", "loss", "slope", "rate")
"""The roles in which text is written."""

TINTED = ("parameter", "loss", "slope", "rate")
_STEPS = 40  # in which a ground is led to that of the theme, to find one that can be used


def themed(name: str, ground: str = "") -> Theme:
    """Return a theme, on a ground of its own if that is a colour.

    The plates behind text get paler where its contrast would fall below 4.5. "transparent" leaves the theme as it is.

    Raises BadScene for what is no colour, and for one on which text would have a contrast below 4.5:1, or lines one
    below 3:1; it names a ground that can be used.
    """
    theme = THEMES[name]
    if ground in ("", TRANSPARENT):
        return theme
    if not re.fullmatch("#[0-9a-fA-F]{6}", ground):
        raise BadScene("ground", ground, 'allowed: the colour of the slide, such as "#F4F1E8", or "transparent"')
    thing, found, least = _worst(theme, ground)
    if found < least:
        measured = f"{thing} would have a contrast of {_shown(found)}:1"
        raise BadScene("ground", ground, f"{measured}; allowed: at least {least:g}:1, such as {_advice(theme, ground)}")
    moved = on_ground(theme, ground.lower())
    return replace(moved, pale=_palest(moved))


def _shown(found: float) -> str:
    """Return a contrast that is too small in two digits, rounded down so that it does not look enough."""
    return f"{int(100 * found) / 100:.2f}"


def _worst(theme: Theme, ground: str) -> tuple[str, float, float]:
    """Return what is nearest to its least contrast on a ground, in words, that contrast, and the least."""
    moved = on_ground(theme, ground)
    rows = [(f"text in {theme.role(role)} on it", contrast(theme.role(role), ground), TEXT) for role in WORDS]
    rows += [(f"the curve in {theme.curve} on it", contrast(theme.curve, ground), PATHS)]
    for colour in (theme.run(style).colour for style in range(STYLES)):
        rows.append((f"a path in {colour} where a map is highest", contrast(colour, moved.high), PATHS))
    return min(rows, key=lambda row: row[1] / row[2])


def _advice(theme: Theme, ground: str) -> str:
    """Name the ground that is nearest on the way to that of a theme, and that theme if it is another one."""
    ways = {one: [mixed(one.ground, ground, step / _STEPS) for step in range(_STEPS + 1)] for one in THEMES.values()}
    steps = {one: next(k for k, way in enumerate(ways[one]) if _works(one, way)) for one in ways}
    nearest = min(steps, key=lambda one: (steps[one], one is not theme))
    switch = "" if nearest is theme else f" with the {nearest.name} theme"
    return f'"{ways[nearest][steps[nearest]]}"{switch}'


def _works(theme: Theme, ground: str) -> bool:
    _, found, least = _worst(theme, ground)
    return found >= least


def on_ground(theme: Theme, ground: str) -> Theme:
    """Return a theme on another ground, whatever can be read on it.

    What is quiet, such as the grid, is as if it were laid thinly over the ground: over the theme's own it has the
    theme's colour.
    """
    axis, grid, high = (_moved(theme, role, ground) for role in ("axis", "grid", "high"))
    return replace(theme, ground=ground, axis=axis, grid=grid, high=high)


def _palest(theme: Theme) -> float:
    """Return how much of a colour the plates behind text of that colour may have, at most as much as usual."""
    parts = [theme.pale * step / 20 for step in range(20, -1, -1)]
    return next(part for part in parts if _is_readable(theme, part))


def _is_readable(theme: Theme, part: float) -> bool:
    return all(contrast(theme.role(role), theme.tint(role, part)) >= TEXT for role in TINTED)


def _moved(theme: Theme, role: str, ground: str) -> str:
    """Return the colour of a role on another ground: as much as before of a colour between ground and curve."""
    old, before, curve = (np.array(to_rgb(colour)) for colour in (theme.role(role), theme.ground, theme.curve))
    part = float(((old - before) / (curve - before)).max())
    return mixed(to_hex(before + (old - before) / part), ground, part)
