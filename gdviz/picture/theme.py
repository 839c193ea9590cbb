"""Colours, type and weights. One quantity has one colour, in every panel, on its axis, in the rule and on its mark."""

from dataclasses import dataclass

from matplotlib.colors import to_hex, to_rgb

FONT = "DejaVu Sans"

# sizes of type in units: pixels of a frame of 1280 x 720
TITLE, SENTENCE, NUMBER, NAME, PILL, NOTE = 32, 24, 30, 20, 18, 17


@dataclass(frozen=True)
class Theme:
    """The colours of a film, each `#rrggbb`.

    ground, ink, muted: the background, text, and quiet text. curve, axis, grid: the curve, the axes, the grid.
    parameter, loss, slope, rate: the four quantities; `rate` is also the step that it makes. on_pill: text on a
    filled label.
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

    def role(self, name: str) -> str:
        """Return the colour of a role; plain text is ink."""
        return str(getattr(self, name)) if name else self.ink

    def tint(self, name: str, part: float = 0.1) -> str:
        """Return `part` of a role's colour on the ground."""
        pairs = zip(to_rgb(self.role(name)), to_rgb(self.ground), strict=True)
        red, green, blue = (part * colour + (1 - part) * ground for colour, ground in pairs)
        return to_hex((red, green, blue))

    def exact(self) -> tuple[tuple[int, int, int], ...]:
        """Return the RGB colours that a palette must keep, the ground first."""
        roles = ("ground", "ink", "muted", "curve", "parameter", "loss", "slope", "rate", "axis", "grid", "on_pill")
        tints = [self.tint(name) for name in ("slope", "rate", "parameter")] + [self.tint("parameter", 0.55)]
        colours = [self.role(name) for name in roles] + tints
        rgb = [tuple(round(255 * part) for part in to_rgb(colour)) for colour in colours]
        return tuple(dict.fromkeys((r, g, b) for r, g, b in rgb))


LIGHT = Theme(
    "light",
    ground="#ffffff", ink="#14181f", muted="#57606e", curve="#3a4656",
    parameter="#174ff2", loss="#80105f", slope="#bc3200", rate="#007858",
    axis="#a9b1bd", grid="#e7eaef", on_pill="#ffffff",
)  # fmt: skip
DARK = Theme(
    "dark",
    ground="#12161d", ink="#e8ecf2", muted="#a3adbb", curve="#bac4d2",
    parameter="#4f86ff", loss="#f2a8e6", slope="#ff8a3d", rate="#3ddbae",
    axis="#5c6675", grid="#262c36", on_pill="#0c1016",
)  # fmt: skip
THEMES = {theme.name: theme for theme in (LIGHT, DARK)}
