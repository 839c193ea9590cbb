"""The numbers along the axes of a panel."""

import math
from collections.abc import Iterator, Sequence

from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.sprite import Label
from gdviz.picture.theme import NOTE
from gdviz.picture.view import Pen


def numbers_below(
    pen: Pen, across: Scale, ticks: Sequence[float], drop: float = 21.0, last: float = math.inf
) -> Iterator[Label]:
    """Yield the numbers under a panel, each centred at its place, so far below; none beyond the place `last`."""
    for tick, text in zip(ticks, tick_texts(list(ticks)), strict=True):
        if across(tick) <= last:
            yield pen.text(across(tick), pen.box.bottom + drop, text, NOTE, "muted", align="center")


def numbers_beside(pen: Pen, up: Scale, ticks: Sequence[float]) -> Iterator[Label]:
    """Yield the numbers to the left of a panel."""
    for tick, text in zip(ticks, tick_texts(list(ticks)), strict=True):
        yield pen.text(pen.box.left - 9, up(tick) + 6, text, NOTE, "muted", align="right")
