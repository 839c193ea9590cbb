"""The names of parameters at the axes of a picture."""

from collections.abc import Iterator, Sequence

from gdviz.picture.sprite import Label, text_width
from gdviz.picture.theme import NAME
from gdviz.picture.view import Box, Pen

_SHORT = 40.0  # units


def is_long(name: str) -> bool:
    """Say whether a name does not fit at the end of its axis."""
    return text_width(name, 22, True, 72) > _SHORT


def axis_names(
    pen: Pen, box: Box, names: Sequence[str], role: str, *, drop: float = 6.0, below: float = 48.0
) -> Iterator[Label]:
    """Yield the names of the axes of a picture, the parameter across and, of two, the one up.

    Each stands at the end of its axis, a long one below or above the picture. drop: units from the axis across to the
    baseline of a short name; below: to that of a long one.
    """
    first, *others = names
    if not is_long(first):
        yield pen.text(box.right + 10, box.bottom + drop, first, 22, role, bold=True)
    else:
        yield pen.text(box.right, box.bottom + below, first, NAME, role, bold=True, align="right")
    for second in others[:1]:
        if not is_long(second):
            yield pen.text(box.left - 9, box.top - 10, second, 22, role, bold=True, align="right")
        else:
            yield pen.text(box.left, box.top - 12, second, NAME, role, bold=True)
