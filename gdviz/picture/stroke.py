"""Lines and marks that are drawn often: matplotlib's own, without the detours.

A frame of a race draws some fifty of them, of a few points each, and what matplotlib does around such a line takes
twice as long as its ink.
"""

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backend_bases import GraphicsContextBase
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.path import Path
from matplotlib.transforms import Affine2D


class Stroke(Line2D):
    """A line, or marks at its points, in units; to the last bit as `Line2D` draws it.

    Its transform is affine and keeps the axes apart, as that of a `Pen` does.
    """

    def draw(self, renderer: Any) -> None:
        """Ink the line, or else the marks. Dashes are left to matplotlib."""
        is_line, is_marked = self.get_linestyle() != "None", self.get_marker() != "None"
        if self.is_dashed() or (is_line and is_marked):
            super().draw(renderer)
            return
        if self.get_visible() and len(self._points):
            context = renderer.new_gc()
            if self.get_clip_on():
                context.set_clip_rectangle(self.clipbox)
            if is_marked:
                self._mark(renderer, context)
            elif is_line:
                self._lead(renderer, context)
        self.stale = False

    def set_data(self, *args: Any) -> None:
        """Set the coordinates: two sequences, or one of two."""
        super().set_data(*args)
        across, up = self.get_data(orig=True)
        self._points = np.array([across, up], dtype=np.float64).T

    def reach(self) -> tuple[float, float, float, float]:
        """Return left, bottom, right and top of the points in display coordinates; infinite where there are none.

        Neither the width of the line nor the size of its marks is in it.
        """
        across, up = self._points.T.tolist()
        (scale, _, left), (_, rise, bottom), _ = self.get_transform().get_matrix().tolist()
        first, last = _ends(across)
        low, high = sorted(rise * end + bottom for end in _ends(up))
        return scale * first + left, low, scale * last + left, high

    def _lead(self, renderer: Any, context: GraphicsContextBase) -> None:
        context.set_linewidth(self.get_linewidth())
        context.set_joinstyle(self.get_solid_joinstyle())
        context.set_capstyle(self.get_solid_capstyle())
        context.set_foreground(to_rgba(self.get_color()), isRGBA=True)
        renderer.draw_path(context, Path(self._points), self.get_transform())

    def _mark(self, renderer: Any, context: GraphicsContextBase) -> None:
        size = renderer.points_to_pixels(self.get_markersize())
        style, turned = _shape(str(self.get_marker()), size)
        context.set_linewidth(self.get_markeredgewidth())
        context.set_foreground(to_rgba(self.get_markeredgecolor()), isRGBA=True)
        threshold = style.get_snap_threshold()
        context.set_snap(threshold if threshold is None else size >= threshold)
        context.set_joinstyle(style.get_joinstyle())
        context.set_capstyle(style.get_capstyle())
        face = to_rgba(self.get_markerfacecolor())
        renderer.draw_markers(context, style.get_path(), turned, Path(self._points), self.get_transform(), face)


@lru_cache(maxsize=256)
def _shape(marker: str, size: float) -> tuple[MarkerStyle, Affine2D]:
    """Return a marker, and what makes it so many pixels wide."""
    style = MarkerStyle(marker)
    return style, Affine2D(style.get_transform().get_matrix()).scale(size)


def _ends(numbers: Iterable[float]) -> tuple[float, float]:
    """Return the lowest and the highest of the finite numbers; infinite where there are none."""
    finite = [number for number in numbers if math.isfinite(number)]
    return min(finite, default=math.inf), max(finite, default=-math.inf)
