"""Colours, type and weights. One quantity has one colour, in every panel, on its axis, in the rule and on its mark."""

from dataclasses import dataclass

from matplotlib.colors import to_hex, to_rgb

FONT = "DejaVu Sans"

# sizes of type in units: pixels of a frame of 1280 x 720
TITLE, SENTENCE, NUMBER, NAME, PILL, NOTE = 32, 24, 30, 20, 18, 17


Dashes = str | tuple[float, tuple[float, ...]]


@dataclass(frozen=True)
class RunStyle:
    """How one run of a race is told from the others, the same in every panel.

    marker: matplotlib's name of it; size: its width for that of a round one. dash: of its line in charts.
    """

    colour: str
    marker: str
    size: float
    dash: Dashes


# Colour, marker, its size, dash. A sixth hue could not be told from these by colour-blind eyes.
_RUNS: tuple[tuple[str, str, float, Dashes], ...] = (
    ("parameter", "o", 1.0, "solid"),
    ("slope", "s", 0.9, (0, (4, 1.6))),
    ("rate", "^", 1.12, (0, (2.4, 1.4))),
    ("loss", "D", 0.86, (0, (4, 1.2, 1, 1.2))),
    ("ink", "X", 1.12, (0, (1.2, 1.2))),
)
STYLES = len(_RUNS)


@dataclass(frozen=True)
class Theme:
    """The colours of a film, each `#rrggbb`.

    ground, ink, muted: the background, text, and quiet text. curve, axis, grid: the curve, the axes, the grid.
    parameter, loss, slope, rate: the four quantities; `rate` is also the step that it makes. on_pill: text on a
    filled label. high: the highest band of a loss seen from above; the lowest is the ground.
    pale: the part of a colour in the plates behind text of that colour.
    """

    name: str
    ground: str
    ink: str
    muted: str
    curve: str
    parameter: str
    loss: str
    slope: str
    rate: str
    axis: str
    grid: str
    on_pill: str
    high: str
    pale: float = 0.1

    def role(self, name: str) -> str:
        """Return the colour of a role; plain text is ink, and `run0`, `run1` ... have those of the runs of a race."""
        if name.startswith("run"):
            return self.run(int(name[3:])).colour
        return str(getattr(self, name)) if name else self.ink

    def run(self, style: int) -> "RunStyle":
        """Return how the runs of one style are drawn; there are `STYLES` of them."""
        role, marker, size, dash = _RUNS[style]
        return RunStyle(self.role(role), marker, size, dash)

    def tint(self, name: str, part: float | None = None) -> str:
        """Return `part` of a role's colour on the ground; `pale` unless given."""
        return mixed(self.role(name), self.ground, self.pale if part is None else part)

    def exact(self) -> tuple[tuple[int, int, int], ...]:
        """Return the RGB colours that a palette must keep, the ground first."""
        roles = ("ground", "ink", "muted", "curve", "parameter", "loss", "slope", "rate", "axis", "grid", "on_pill")
        tints = [self.tint(name) for name in ("slope", "rate", "parameter")] + [self.tint("parameter", 0.55)]
        colours = [self.role(name) for name in roles] + tints
        rgb = [tuple(round(255 * part) for part in to_rgb(colour)) for colour in colours]
        return tuple(dict.fromkeys((r, g, b) for r, g, b in rgb))


def mixed(colour: str, other: str, part: float) -> str:
    """Return `part` of a colour in another one."""
    pairs = zip(to_rgb(colour), to_rgb(other), strict=True)
    red, green, blue = (part * one + (1 - part) * rest for one, rest in pairs)
    return to_hex((red, green, blue))


LIGHT = Theme(
    "light",
    ground="#ffffff", ink="#14181f", muted="#57606e", curve="#3a4656",
    parameter="#174ff2", loss="#80105f", slope="#bc3200", rate="#007858",
    axis="#a9b1bd", grid="#e7eaef", on_pill="#ffffff", high="#c9d2de",
)  # fmt: skip
DARK = Theme(
    "dark",
    ground="#12161d", ink="#e8ecf2", muted="#a3adbb", curve="#bac4d2",
    parameter="#4f86ff", loss="#f2a8e6", slope="#ff8a3d", rate="#3ddbae",
    axis="#5c6675", grid="#262c36", on_pill="#0c1016", high="#333d4c",
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
