"""A map that is uncovered: at step `k` what has arrived by then, at the end the rest, quickly."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.glyphs import ease

Number = TypeVar("Number", bound=np.generic)


def level(story: Story, moment: Moment, top: float) -> float:
    """Return up to how many steps things are shown: those that are counted; at rest up to `top` and beyond."""
    last = story.steps
    if moment.phase is Phase.REST:
        return top if moment.progress >= 1 else last + (max(top, last) - last) * ease(moment.progress)
    return min(moment.step + (ease(moment.progress) if moment.phase is Phase.MOVE else 0.0), last)


def cells(field: NDArray[Number], rows: int, columns: int) -> NDArray[Number]:
    """Return a field `(r, c)` as `(rows, columns)`, each pixel with the value of its cell."""
    down = np.arange(rows) * field.shape[0] // rows
    across = np.arange(columns) * field.shape[1] // columns
    found: NDArray[Number] = field[down[:, None], across[None]]
    return found
