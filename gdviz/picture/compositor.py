"""Still background + marks that stay + what moves -> frames. The only file that knows about caching.

A frame costs what is new in it. The background is painted once; marks are stamped onto it, once each, in the order of
the steps; of what moves only the artists that changed are painted again, together with those whose ink they touch.
Frames made so equal frames painted from scratch to the last bit (`paint`), which the tests prove.
"""

import math
from collections.abc import Iterable, Sequence
from functools import cached_property

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from gdviz.descent.story import Moment, Story
from gdviz.picture.pane import Pane
from gdviz.picture.shape import frame_box
from gdviz.picture.sprite import Area, Sprite
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import Theme
from gdviz.picture.view import Box, Moving, View

Pixels = NDArray[np.uint8]  # (height, width, 4), RGBA, opaque


class Compositor:
    """Draws moments of one story, in any order; those that follow each other fastest."""

    def __init__(self, story: Story, views: Sequence[tuple[View, Box]], theme: Theme, size: tuple[int, int]) -> None:
        self._size = size
        frame = frame_box(size)
        dpi = 72 * size[0] / frame.width
        self.figure = Figure(figsize=(size[0] / dpi, size[1] / dpi), dpi=dpi, facecolor=theme.ground)
        FigureCanvasAgg(self.figure)
        panes = [self._pane(box, frame) for _, box in views]
        self.views: list[Moving] = [view.draw(pane, story, theme) for (view, _), pane in zip(views, panes, strict=True)]
        self.moving = [artist for view in self.views for artist in view.artists]
        self._ground, self._front = self._renderer(dpi), self._renderer(dpi)
        self._back, self._pixels = _pixels(self._ground), _pixels(self._front)
        self._inked: list[Area | None] = [None] * len(self.moving)
        self._stamped: tuple[int, int] | None = None

    def _pane(self, box: Box, frame: Box) -> Pane:
        left, bottom = box.left / frame.width, 1 - box.bottom / frame.height
        return Pane(self.figure, left, bottom, box.width / frame.width, box.height / frame.height)

    def _renderer(self, dpi: float) -> RendererAgg:
        return RendererAgg(*self._size, dpi)

    @cached_property
    def _still(self) -> Pixels:
        return _pixels(self._renderer_of_still())

    def _renderer_of_still(self) -> RendererAgg:
        renderer = self._renderer(self.figure.dpi)
        self.figure.draw(renderer)
        return renderer

    def frame(self, moment: Moment) -> Pixels:
        """Return the frame of a moment. Its memory is used again for the next one."""
        dirty = self._stamp(moment)
        for view in self.views:
            view.show(moment)
        self._repaint(dirty)
        return self._pixels

    def paint(self, moment: Moment) -> Pixels:
        """Return the frame of a moment, painted from scratch: the judge of `frame`."""
        renderer = self._renderer(self.figure.dpi)
        self.draw(moment, renderer)
        return _pixels(renderer)

    def draw(self, moment: Moment, renderer: RendererBase) -> None:
        """Draw a moment from scratch with a renderer of matplotlib, in pixels of the frame: also lines and letters."""
        self.figure.draw(renderer)
        for stamp in range(moment.stamps):
            for artist in self._marks(moment.run, stamp):
                artist.draw(renderer)
        for view in self.views:
            view.show(moment)
        for artist in self.moving:
            artist.draw(renderer)
        for artist in self.moving:
            artist.stale = True

    def _marks(self, run: int, stamp: int) -> Iterable[Artist]:
        for view in self.views:
            yield from view.marks(run, stamp)

    def _stamp(self, moment: Moment) -> list[Area] | None:
        """Bring the background to a moment; return the areas that changed, or None where all of it did."""
        run, wanted = moment.run, moment.stamps
        fresh = self._stamped is None or self._stamped[0] != run or self._stamped[1] > wanted
        done = 0 if fresh or self._stamped is None else self._stamped[1]
        if fresh:
            self._back[:] = self._still
        areas = []
        for stamp in range(done, wanted):
            for artist in self._marks(run, stamp):
                artist.draw(self._ground)
                if not fresh:
                    areas.append(self._area(artist))
        self._stamped = run, wanted
        return None if fresh else [area for area in areas if area is not None]

    def _repaint(self, dirty: list[Area] | None) -> None:
        """Paint what changed, and what it touches, over the background."""
        if dirty is None:
            self._pixels[:] = self._back
            self._inked = [self._area(artist) for artist in self.moving]
            for artist in self.moving:
                artist.draw(self._front)
            return
        again = [artist.stale for artist in self.moving]
        for k, artist in enumerate(self.moving):
            if again[k]:
                before, self._inked[k] = self._inked[k], self._area(artist)
                dirty += [area for area in (before, self._inked[k]) if area is not None]
        self._spread(again, dirty)
        for left, top, right, bottom in dirty:
            self._pixels[top:bottom, left:right] = self._back[top:bottom, left:right]
        for k, artist in enumerate(self.moving):
            if again[k]:
                artist.draw(self._front)
                artist.stale = False  # a hidden artist does not say that it was drawn

    def _spread(self, again: list[bool], dirty: list[Area]) -> None:
        """Add every artist whose ink is touched by what is painted again, until none is left."""
        waiting = {k: ink for k, ink in enumerate(self._inked) if ink is not None and not again[k]}
        front = list(dirty)
        while front and waiting:
            touched = _meet(np.array([*waiting.values()]), np.array(front))
            reached = {k: ink for (k, ink), touch in zip(waiting.items(), touched.tolist(), strict=True) if touch}
            for k, ink in reached.items():
                again[k] = True
                dirty.append(ink)
                del waiting[k]
            front = [*reached.values()]

    def _area(self, artist: Artist) -> Area | None:
        """Return the pixels that an artist can ink, or None where it is hidden or empty."""
        if not artist.get_visible():
            return None
        if isinstance(artist, Sprite):
            return _within(artist.area(), self._size)
        left, bottom, right, top = self._extent(artist)
        if not math.isfinite(left + bottom + right + top):
            return None
        pad = 3 + _rim(artist) * self.figure.dpi / 72
        height = self._size[1]
        area = (int(left - pad), int(height - top - pad), int(right + pad) + 1, int(height - bottom + pad) + 1)
        return _within(area, self._size)

    def _extent(self, artist: Artist) -> tuple[float, float, float, float]:
        """Return left, bottom, right and top in display coordinates; infinite where there is nothing.

        A line's own `get_window_extent` takes ten times as long as its `reach`.
        """
        if not isinstance(artist, Stroke):
            left, bottom, right, top = map(float, artist.get_window_extent(self._front).extents)
            return left, bottom, right, top
        left, bottom, right, top = artist.reach()
        mark = artist.get_markersize() / 2 * self.figure.dpi / 72 if artist.get_marker() != "None" else 0.0
        return left - mark, bottom - mark, right + mark, top + mark


def _rim(artist: Artist) -> float:
    """Return by how many points the ink reaches beyond an artist's own extent."""
    if isinstance(artist, Stroke):
        return max(float(artist.get_linewidth()), float(artist.get_markeredgewidth()))
    return float(artist.get_linewidth()) if isinstance(artist, Patch) else 0.0


def _within(area: Area | None, size: tuple[int, int]) -> Area | None:
    """Return the part of an area that lies in the picture."""
    if area is None:
        return None
    left, top, right, bottom = max(0, area[0]), max(0, area[1]), min(size[0], area[2]), min(size[1], area[3])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _meet(ones: NDArray[np.int_], others: NDArray[np.int_]) -> NDArray[np.bool_]:
    """Return for each area of `ones` `(n, 4)` whether it overlaps any of `others` `(m, 4)`."""
    across = (ones[:, None, 0] < others[:, 2]) & (others[:, 0] < ones[:, None, 2])
    down = (ones[:, None, 1] < others[:, 3]) & (others[:, 1] < ones[:, None, 3])
    return np.asarray((across & down).any(axis=1))


def _pixels(renderer: RendererAgg) -> Pixels:
    return np.asarray(renderer.buffer_rgba())
