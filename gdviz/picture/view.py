"""What a view is, what it hands to the compositor, and the pen with which it draws.

A view measures in units: pixels of a frame of 1280 x 720 (or 765 or 720 wide, see `shape`), from the upper left corner,
`y` downwards. The frame's resolution is the number of dots of the figure for each unit, so that type and lines scale
with it.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.text import Text
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from gdviz.descent.loss import Array, Loss
from gdviz.descent.story import Moment, Sentence, Story
from gdviz.picture.breaking import broken
from gdviz.picture.pane import Pane, panes_on
from gdviz.picture.sprite import Label, Land, Plate, font, formula_width, text_width
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import PILL, RunStyle, Theme
from gdviz.picture.typeface import formula_typefaces


def no_marks(run: int, stamp: int) -> Iterable[Artist]:  # noqa: ARG001
    """Leave nothing behind."""
    return ()


@dataclass(frozen=True)
class Moving:
    """What of a view moves.

    artists: from the lowest to the highest, drawn over everything that is still.
    show: sets their data for a moment, and only what differs from before.
    marks: the artists of mark `stamp` of a run, which stay from then on: stamp 0 when its descent begins, stamp
    `k + 1` when it leaves position `k`. They are drawn at once, so an artist may be used again for the next mark.
    """

    artists: Sequence[Artist]
    show: Callable[[Moment], None]
    marks: Callable[[int, int], Iterable[Artist]] = no_marks


@runtime_checkable
class View(Protocol):
    """A frozen dataclass of looks that can draw itself."""

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay what is still into the panel, once, and return what moves."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A view whose looks name parts of what is minimised, such as two of its inputs."""

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for a loss that does not have them; it is of a kind that the view's `Suits` names."""
        ...


@dataclass(frozen=True)
class Box:
    """A rectangle in units."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """The width."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """The height."""
        return self.bottom - self.top

    def meets(self, other: "Box", gap: float = 0.0) -> bool:
        """Whether the two overlap, or come closer than `gap`."""
        return (
            self.left < other.right + gap
            and other.left < self.right + gap
            and self.top < other.bottom + gap
            and other.top < self.bottom + gap
        )

    def within(self, other: "Box") -> bool:
        """Whether it lies inside of the other."""
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.top >= other.top
            and self.bottom <= other.bottom
        )


class Pen:
    """Makes artists in units, in the colours of a theme."""

    def __init__(self, pane: Pane | Axes, theme: Theme) -> None:
        self.pane, self.theme = pane, theme
        self.figure = cast(Figure, pane.get_figure(root=True))
        self.scale = self.figure.dpi / 72
        width, height = self.figure.get_size_inches() * 72
        self.frame = Box(0, 0, width, height)
        self.units = Affine2D().scale(self.scale, -self.scale).translate(0, height * self.scale)
        place = pane.get_position()
        self.box = Box(place.x0 * width, height * (1 - place.y1), place.x1 * width, height * (1 - place.y0))

    def beside(self) -> Box | None:
        """Return the box of the panel to the left of this one, or None."""
        others = [Pen(pane, self.theme).box for pane in panes_on(self.figure) if pane is not self.pane]
        left = [box for box in others if abs(box.top - self.box.top) < 1 and box.right < self.box.left]
        return max(left, key=lambda box: box.right, default=None)

    def still(self, artist: Artist) -> None:
        """Lay an artist into the background; names may stand outside of the panel."""
        self.pane.add_artist(self.attach(artist))
        artist.set_clip_on(False)

    def attach(self, artist: Any) -> Any:
        """Give an artist its figure, without adding it to what is still."""
        artist.set_transform(self.units)
        artist.set_figure(self.figure)
        return artist

    def clip(self, artist: Artist, box: Box | None = None) -> None:
        """Keep an artist inside of a box, the panel's own unless given."""
        box = box or self.box
        artist.set_clip_box(TransformedBbox(Bbox([[box.left, box.bottom], [box.right, box.top]]), self.units))

    def text(
        self, x: float, y: float, words: str, size: float, role: str = "ink", *, bold: bool = False,
        align: str = "left", halo: bool | str = False,
    ) -> Label:  # fmt: skip
        """Return a text with its baseline at `y`; its halo has the ground's colour unless another is given."""
        theme = self.theme
        glow = theme.ground if halo is True else halo or None
        label = Label(
            x, y, words, size, theme.role(role), self.frame.height, self.figure.dpi, bold=bold, align=align, halo=glow
        )
        label.set_figure(self.figure)
        return label

    def mathematics(self, x: float, y: float, words: str, size: float, role: str) -> Text:
        """Return a text with mathematics between dollar signs."""
        colour, fonts = self.theme.role(role), font(size, False, formula_typefaces(words))
        text = Text(x, y, words, color=colour, fontproperties=fonts, math_fontfamily="dejavusans")
        return cast(Text, self.attach(text))

    def line(
        self, points: Sequence[Sequence[float]] | Array, width: float, colour: str, dashes: Any = "solid"
    ) -> Stroke:
        """Return a line through points `(n, 2)`."""
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        line = Stroke(xy[:, 0], xy[:, 1], linewidth=width, color=colour, linestyle=dashes)
        line.set_solid_joinstyle("round")
        line.set_solid_capstyle("round")
        line.set_dash_capstyle("butt")
        return cast(Stroke, self.attach(line))

    def dot(self, radius: float, colour: str, rim: float = 0.0, rim_colour: str | None = None) -> Stroke:
        """Return a round mark, to be placed; `rim` is the width of its edge."""
        dot = Stroke([], [], marker="o", linestyle="none", markersize=2 * radius - rim, markerfacecolor=colour)
        dot.set_markeredgewidth(rim)
        dot.set_markeredgecolor(rim_colour or self.theme.ground)
        return cast(Stroke, self.attach(dot))

    def mark(self, style: RunStyle, radius: float, rim: float = 0.0) -> Stroke:
        """Return the marker of a run, to be placed."""
        mark = self.dot(radius * style.size, style.colour, rim)
        mark.set_marker(style.marker)
        return mark

    def land(self, box: Box, picture: Any) -> Land:
        """Return an opaque picture `(rows, columns, 3)` with its upper left corner at that of the box."""
        land = Land(box.left, box.top, picture, self.frame.height, self.figure.dpi)
        land.set_figure(self.figure)
        return land

    def polygon(self, colour: str) -> Polygon:
        """Return a filled shape, to be placed."""
        return cast(Polygon, self.attach(Polygon(np.zeros((1, 2)), closed=True, facecolor=colour, linewidth=0)))

    def plate(self, box: Box, colour: str, radius: float) -> Plate:
        """Return a filled rectangle with round corners."""
        size = (box.width, box.height)
        plate = Plate(box.left, box.top, size, radius, colour, self.frame.height, self.figure.dpi)
        plate.set_figure(self.figure)
        return plate

    def width(self, words: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text, with its outer spaces."""
        return text_width(words, size, bold, self.figure.dpi) / self.scale

    def formula_width(self, words: str, size: float) -> float:
        """Return the width of a text with mathematics between dollar signs."""
        return formula_width(words, size, self.figure.dpi) / self.scale


def put(line: Stroke, *points: Sequence[float]) -> None:
    """Lead a line, or set a mark, through points, if they differ."""
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    if list(line.get_xdata(orig=True)) != xs or list(line.get_ydata(orig=True)) != ys:  # type: ignore[arg-type]
        line.set_data(xs, ys)


def reveal(artists: Iterable[Artist], seen: bool) -> None:
    """Show or hide artists, if they are not so already."""
    for artist in artists:
        if artist.get_visible() != seen:
            artist.set_visible(seen)


class Spans:
    """A sentence with its quantities in their colours, in as many lines as its room asks for."""

    MOST = 9
    LEADING = 32.0  # units from line to line

    def __init__(self, pen: Pen, x: float, y: float, size: float, room: float = math.inf, lines: int = 1) -> None:
        self._pen, self._x, self._y, self._size, self._room = pen, x, y, size, room
        self.artists = [pen.text(x, y, "", size) for _ in range(self.MOST + lines - 1)]  # a line may cut a part in two
        self._said: Sentence = ()

    def _wide(self, sentence: Sentence) -> float:
        return sum(self._pen.width(words, self._size, bold=bool(role)) for words, role in sentence)

    def say(self, sentence: Sentence) -> None:
        """Show a sentence."""
        if sentence == self._said:
            return
        self._said = sentence
        labels = iter(self.artists)
        for k, line in enumerate(broken(sentence, self._room, self._wide)):
            x = self._x
            for words, role in line:
                label = next(labels)
                label.write(words, x, self._y + k * self.LEADING)
                label.dress(self._pen.theme.role(role), bool(role))
                x += self._wide(((words, role),))
        for label in labels:
            label.write("")


class Pill:
    """A filled label that travels along an axis, as wide as its longest text."""

    HEIGHT = 28.0

    def __init__(self, pen: Pen, role: str, longest: str) -> None:
        self.width = pen.width(longest, PILL, bold=True) + 20
        self._plate = pen.plate(Box(0, 0, self.width, self.HEIGHT), pen.theme.role(role), 11)
        self._text = pen.text(0, 0, "", PILL, "on_pill", bold=True, align="center")
        self.artists: list[Artist] = [self._plate, self._text]

    def place(self, x: float, y: float, words: str) -> None:
        """Centre the label at `x, y`."""
        self._plate.place(x - self.width / 2, y - self.HEIGHT / 2)
        self._text.write(words, x, y + 6.5)

    def write(self, words: str) -> None:
        """Change the words where the label stands."""
        self._text.write(words)
