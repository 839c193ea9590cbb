"""A run's name beside its head, in one line or two."""

from gdviz.descent.loss import Array
from gdviz.naming import wrapped
from gdviz.picture.heads import Name
from gdviz.picture.theme import NAME
from gdviz.picture.view import Pen

_LINE = 24.0  # units from one line of a name to the next


class Named:
    """A run's name in one or two lines."""

    def __init__(self, pen: Pen, name: str, role: str) -> None:
        lines = wrapped(name) if name else []
        self.labels = [pen.text(0, 0, line, NAME, role, bold=True, halo=True) for line in lines]
        self._widths = [pen.width(line, NAME, bold=True) for line in lines]
        self.block = Name(max(self._widths, default=0.0), _LINE * len(lines))

    def beside(self, head: tuple[float, float], corner: Array) -> None:
        """Write the lines into a box whose corner lies so far from a head; those above or below it are centred."""
        left, top = head[0] + float(corner[0]), head[1] + float(corner[1])
        centred = abs(float(corner[0]) + self.block.wide / 2) < 0.2 * self.block.wide
        for k, (label, wide) in enumerate(zip(self.labels, self._widths, strict=True)):
            label.write(
                label.words, left + (self.block.wide - wide) / 2 if centred else left, top + _LINE * (k + 1) - 6
            )
