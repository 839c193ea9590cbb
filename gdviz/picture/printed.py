"""Pictures on paper: a moment of a story on a page of matplotlib, of letters and lines, in any size.

A compositor draws in pixels of its frame. For paper its artists draw the same through a renderer that passes everything
on to that of the page, moved and reduced: a PDF then has letters that can be searched and lines that stay sharp. What
is a picture itself, such as the bands of a map, stays one; its pixels are those of the compositor.
"""

from contextvars import copy_context
from functools import lru_cache
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextToPath, text_to_path
from matplotlib.transforms import Affine2D, Bbox, TransformedPath
from numpy.typing import NDArray
from PIL import Image

from gdviz.descent.story import Moment
from gdviz.picture.compositor import Compositor
from gdviz.picture.shape import frame_box
from gdviz.picture.view import Box

FINENESS = 2.0  # pixels of a compositor's frame for each unit: on a slide 160 mm wide some 400 to the inch


def fine(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size in pixels of a frame for paper, of the same shape as one of `size`."""
    frame = frame_box(size)
    return round(FINENESS * frame.width), round(FINENESS * frame.height)


class Printed(Artist):
    """A moment, or a part of its picture, on a page.

    part: what of the frame is shown, in units. left, bottom: where its lower left corner lies, in points of the page.
    scale: points for each unit.
    """

    def __init__(
        self, compositor: Compositor, moment: Moment, part: Box, left: float, bottom: float, scale: float
    ) -> None:
        super().__init__()
        self._compositor, self._moment, self._part = compositor, moment, part
        self._left, self._bottom, self._by = left, bottom, scale
        self._surroundings = copy_context()

    def draw(self, renderer: RendererBase) -> None:
        """Draw it through the renderer of the page, in the language that was spoken when this was made."""
        self._surroundings.run(self._draw, renderer)

    def _draw(self, renderer: RendererBase) -> None:
        points = float(cast(float, renderer.points_to_pixels(1.0)))
        figure = self._compositor.figure
        dots = figure.dpi / 72
        high = float(figure.get_size_inches()[1]) * 72
        place = Affine2D().scale(1 / dots).translate(-self._part.left, self._part.bottom - high)
        place.scale(self._by).translate(self._left, self._bottom).scale(points)
        window = Bbox([[self._part.left, high - self._part.bottom], [self._part.right, high - self._part.top]])
        with np.errstate(all="ignore"):  # numbers at the edge of the float range are content
            press = _Press(renderer, place, self._by, dots, Bbox(window.get_points() * dots))
            self._compositor.draw(self._moment, press)
        self.stale = False


@lru_cache(maxsize=64)
def _formula(words: str, prop: FontProperties) -> Path:
    """Return the outlines of a text with mathematics, in units; parsing it takes as long as all else on a page."""
    points, codes = text_to_path.get_text_path(prop, words, ismath=True)
    return Path(np.reshape(points, (-1, 2)) * (prop.get_size_in_points() / TextToPath.FONT_SCALE), codes)


class _Press(RendererBase):
    """Passes what a compositor draws on to the renderer of a page.

    place: from the compositor's pixels to those of the page. scale: points of the page for each unit.
    dots: the compositor's pixels for each unit. window: what of the compositor's frame is shown, in its pixels.
    """

    def __init__(self, page: Any, place: Affine2D, scale: float, dots: float, window: Bbox) -> None:
        super().__init__()
        self._page, self._place, self._by, self._dots, self._window = page, place, scale, dots, window
        self._grown = float(place.get_matrix()[0, 0])
        self._turned = Affine2D().scale(self._grown)

    def draw_path(self, gc: Any, path: Any, transform: Any, rgbFace: Any = None) -> None:  # noqa: N803, matplotlib's
        """Draw lines, or a shape."""
        self._page.draw_path(self._context(gc), path, transform + self._place, rgbFace)

    def draw_markers(
        self, gc: Any, marker_path: Any, marker_trans: Any, path: Any, trans: Any, rgbFace: Any = None  # noqa: N803
    ) -> None:  # fmt: skip
        """Draw a mark at each point."""
        marker = marker_trans + self._turned
        self._page.draw_markers(self._context(gc), marker_path, marker, path, trans + self._place, rgbFace)

    def draw_text(
        self, gc: Any, x: float, y: float, s: str, prop: Any, angle: float, ismath: Any = False, mtext: Any = None
    ) -> None:
        """Write a text with its baseline at `y`, upwards; of a formula only the outlines, which are kept."""
        if ismath:
            place = Affine2D().scale(self._dots).rotate_deg(angle).translate(x, y)
            gc.set_linewidth(0.0)
            self.draw_path(gc, _formula(s, prop), place, gc.get_rgb())
            return
        x, y = self._place.transform((x, y))
        if self._page.flipy():
            y = self._page.get_canvas_width_height()[1] - y
        smaller = prop.copy()
        smaller.set_size(prop.get_size_in_points() * self._by)
        self._page.draw_text(self._context(gc), x, y, s, smaller, angle, ismath, mtext)

    def draw_image(self, gc: Any, x: float, y: float, im: NDArray[np.uint8]) -> None:  # type: ignore[override]
        """Lay a picture with its lower left corner at `x, y`; a page of pixels has it in its own number of them."""
        left, bottom = self._place.transform((x, y))
        wide, high = im.shape[1] * self._grown, im.shape[0] * self._grown
        if self._page.option_scale_image():
            self._page.draw_image(self._context(gc), left, bottom, im, Affine2D().scale(wide, high))
            return
        left, bottom, right, top = (round(edge) for edge in (left, bottom, left + wide, bottom + high))
        fitted = Image.fromarray(np.ascontiguousarray(im)).resize((right - left, top - bottom), Image.Resampling.BOX)
        self._page.draw_image(self._context(gc), left, bottom, np.array(fitted))

    def points_to_pixels(self, points: float) -> float:  # type: ignore[override]
        """Return how many of the compositor's pixels a length is that is given in points, which are its units."""
        return points * self._dots

    def flipy(self) -> bool:
        """Say that `y` goes upwards."""
        return False

    def get_text_width_height_descent(self, s: str, prop: Any, ismath: Any) -> tuple[float, float, float]:
        """Return the extent of a text in the compositor's pixels."""
        wide, high, descent = text_to_path.get_text_width_height_descent(s, prop, ismath)
        return wide * self._dots, high * self._dots, descent * self._dots

    def _context(self, given: Any) -> Any:
        """Return what the page draws with: thinner lines, and clipped to what is shown."""
        context = self._page.new_gc()
        context.copy_properties(given)
        context.set_linewidth(given.get_linewidth() * self._by)
        offset, dashes = given.get_dashes()
        if dashes is not None:
            context.set_dashes(offset * self._by, [length * self._by for length in dashes])
        clip = given.get_clip_rectangle()
        seen = self._window if clip is None else Bbox.intersection(self._window, clip)
        if seen is None:  # nothing: no size, and not at the page's origin, where Agg would take that for no clip at all
            seen = Bbox.from_bounds(self._window.x1, self._window.y1, 0, 0)
        context.set_clip_rectangle(seen.transformed(self._place))
        path, moved = given.get_clip_path()
        if path is not None:
            context.set_clip_path(TransformedPath(path, (moved or Affine2D()) + self._place))
        return context
