"""The part of a figure in which one view draws.

Axes of matplotlib would do as well, but they bring ticks, lines and titles, all to be hidden: making them took a
quarter of the time in which a film is made ready.
"""

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox


class Pane(Artist):
    """A place on a figure, with what is still in it; left, bottom, width and height are parts of the figure's sides."""

    def __init__(self, figure: Figure, left: float, bottom: float, width: float, height: float) -> None:
        super().__init__()
        self._place = Bbox.from_bounds(left, bottom, width, height)
        self._artists: list[Artist] = []
        figure.add_artist(self)

    def get_position(self) -> Bbox:
        """Return where it lies, in parts of the figure's sides."""
        return self._place

    def add_artist(self, artist: Artist) -> None:
        """Lay an artist over those that are there."""
        self._artists.append(artist)
        self.stale = True

    def get_children(self) -> Sequence[Artist]:  # type: ignore[override]
        """Return what is still in it, in the order in which it was laid."""
        return self._artists

    def draw(self, renderer: Any) -> None:
        """Draw what is still, from the lowest to the highest."""
        for artist in sorted(self._artists, key=Artist.get_zorder):
            artist.draw(renderer)
        self.stale = False


def panes_on(figure: Figure) -> list[Pane]:
    """Return the panels of a figure."""
    return [artist for artist in figure.artists if isinstance(artist, Pane)]
