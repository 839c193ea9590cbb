"""The shape of a frame: how many units it is wide, and how its text is broken."""

from dataclasses import dataclass

from gdviz.picture.view import Box

EDGE = 48.0  # units of margin to the left and to the right


@dataclass(frozen=True)
class Shape:
    """A family of frames that are laid out alike.

    least: the smallest width for a height of one. width, height: units that fit inside; a frame of another shape is
    longer on one side. lines: into how many a sentence may be broken.
    """

    least: float
    width: float
    height: float
    lines: int


WIDE = Shape(1.2, 1280, 720, 1)  # 16:9, 4:3
SQUARE = Shape(0.8, 765, 750, 2)  # 1:1, 4:5
TALL = Shape(0.0, 720, 1125, 3)  # 9:16; 3:4, which is wider, has 844 x 1125


def shape_of(frame: Box) -> Shape:
    """Return the shape of a frame."""
    return next(shape for shape in (WIDE, SQUARE, TALL) if frame.width >= shape.least * frame.height)


def frame_box(size: tuple[int, int]) -> Box:
    """Return a frame of a size in pixels in units."""
    width, height = size
    shape = shape_of(Box(0, 0, width, height))
    scale = min(width / shape.width, height / shape.height)
    return Box(0, 0, width / scale, height / scale)
