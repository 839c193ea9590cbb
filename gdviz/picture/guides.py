"""Where a curve of one parameter is lowest: a quiet guide for each minimum, with its word where there is room."""

from matplotlib.artist import Artist

from gdviz.descent.story import Story
from gdviz.picture.scales import Scale
from gdviz.picture.theme import NOTE
from gdviz.picture.view import Box, Pen
from gdviz.words import word

_MOST = 12  # minima in the picture: of more only those next to where runs end have a guide


def guided(story: Story, across: Scale) -> list[float]:
    """Return the minima in the picture that have a guide, deepest first; of equals that next to where a run ends."""
    depths = dict(zip((minimum[0] for minimum in story.minima), story.depths, strict=True))
    ends = [float(path[-1, 0]) for path in story.paths]
    lowest = min(depths.values(), default=0.0)
    least = lowest + 1e-9 * max(1.0, abs(lowest))

    def order(m: float) -> tuple[float, float]:
        return max(depths[m], least), min(abs(m - end) for end in ends)

    seen = [m for m in sorted(depths, key=order) if across.low <= m <= across.high]
    if len(seen) <= _MOST:
        return seen
    nearest = {min(seen, key=lambda m: abs(m - end)) for end in ends}
    return [m for m in seen if m in nearest]


def guides(pen: Pen, story: Story, across: Scale) -> tuple[list[Artist], list[Box]]:
    """Return a guide for each minimum, with its word, and where words stand; of more than two the deepest is named."""
    box, half = pen.box, pen.width(word("minimum"), NOTE) / 2
    made: list[Artist] = []
    taken: list[float] = []
    shown = guided(story, across)
    for m in shown:
        at = across(m)
        made.append(pen.line([(at, box.top + 28), (at, box.bottom)], 1.5, pen.theme.axis, (0, (4, 3))))
        place = min(max(at, box.left + half), box.right - half)
        crowd = len(shown) > 2 and taken
        if not crowd and all(abs(place - other) > 2 * half + 16 for other in taken):
            taken.append(place)
            made.append(pen.text(place, box.top + 18, word("minimum"), NOTE, "muted", align="center", halo=True))
    return made, [Box(place - half, box.top, place + half, box.top + 24) for place in taken]
