"""What views of a network share: whose parameters they show, what that run is called, and words cut to their room."""

import math

from gdviz.descent.loss import Array
from gdviz.descent.network import Network
from gdviz.descent.story import Moment, Story
from gdviz.naming import run_names
from gdviz.picture.theme import NAME
from gdviz.picture.view import Pen

_SPACE = 12.0  # units between the name of a run and that of its panel


def network_of(story: Story) -> Network:
    """Return the story's network."""
    assert isinstance(story.loss, Network)  # the scene has checked it
    return story.loss


class Shown:
    """The runs that a view shows: in a race the one that it names, else the one that is told."""

    def __init__(self, story: Story, run: int) -> None:
        self.story, self.network = story, network_of(story)
        self._own = run if story.together else None
        self.runs = [run] if story.together else [*range(len(story.runs))]
        self.name = run_names(story)[run] if story.together else ""

    def __call__(self, moment: Moment) -> tuple[int, int]:
        """Return the run whose parameters a moment shows, and their position."""
        run = moment.run if self._own is None else self._own
        return run, self.story.position(moment, run)

    def point(self, run: int, position: int) -> Array:
        """Return the parameters `(dim,)`."""
        point: Array = self.story.path(run)[position]
        return point

    def title(self, pen: Pen, words: str, room: float) -> None:
        """Lay the name of a panel, if it has room; in a race that of its run comes first, in the run's colour."""
        x = pen.box.left
        if self.name:
            own = cut(pen, self.name, NAME, room, bold=True)
            pen.still(pen.text(x, pen.box.top - 10, own, NAME, f"run{self.story.style(self.runs[0])}", bold=True))
            x += pen.width(own, NAME, bold=True) + _SPACE
        if words and x + pen.width(words, NAME, bold=True) <= pen.box.left + room:
            pen.still(pen.text(x, pen.box.top - 10, words, NAME, bold=True))


def cut(pen: Pen, words: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return words, or as much of their beginning as has room, with an ellipsis; nothing where none of them has."""
    if pen.width(words, size, bold=bold) <= room:
        return words
    kept = len(words) - 1
    while kept and pen.width(words[:kept].rstrip() + "…", size, bold=bold) > room:
        kept -= 1
    return words[:kept].rstrip() + "…" if kept else ""


def rounded_up(size: float) -> float:
    """Return the next number of two digits from a size, such as 1.5 or 0.065; 1 where there is no size."""
    if not 0.0 < size < math.inf:
        return 1.0
    unit = 10.0 ** (math.floor(math.log10(size)) - 1)
    return float(f"{math.ceil(size / unit - 1e-9) * unit:.3g}")
