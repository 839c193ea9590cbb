"""A race over the plane: all runs at once, each with its colour and marker, named at its head."""

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.fog import FogOverPlane, lay_plane
from gdviz.picture.heads import Name, plan
from gdviz.picture.naming import run_names, wrapped
from gdviz.picture.plane import Plane
from gdviz.picture.theme import NAME
from gdviz.picture.trail import Trail
from gdviz.picture.view import Pen, put, reveal

_HEAD = 11.0
_LINE = 24.0  # units from one line of a name to the next
_MANY = 12  # runs: more than that have small heads and no names at their heads


class ContourRace:
    """The picture from above of runs that go together."""

    def __init__(self, pen: Pen, story: Story, fog: bool = False) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        self.plane = Plane(pen, story)
        self.fog = FogOverPlane(pen, story, self.plane) if fog else None
        runs = range(len(story.runs))
        places = [self.plane.places(story.runs[run].params[: story.last(run) + 1, 0]) for run in runs]
        many = len(story.runs) > _MANY
        styles = [theme.run(story.style(run)) for run in runs]
        radius = 2.5 if many else 4.5
        self.trails = [Trail(pen, at, style, radius, whole=fog) for at, style in zip(places, styles, strict=True)]
        self.heads = [pen.mark(style, 6 if many else _HEAD, 1.5 if many else 3) for style in styles]
        names = ["" if many else name for name in run_names(story)]
        self.names = [_Named(pen, name, f"run{story.style(run)}") for run, name in enumerate(names)]
        self._places = places
        trails = [*(a for t in self.trails for a in t.casings), *(a for t in self.trails for a in t.artists)]
        labels = [label for name in self.names for label in name.labels]
        self.artists: list[Artist] = [*trails, *reversed(self.heads), *labels]

    def lay(self) -> None:
        """Lay what is still, and choose the places of the names around it."""
        self.artists = [*lay_plane(self.pen, self.plane, "muted", self.fog), *self.artists]
        for _, tick in (*self.plane.ticks_across(), *self.plane.ticks_up()):
            self.pen.still(tick)
        count = self.story.steps + 1
        heads = np.stack([np.pad(at, ((0, count - len(at)), (0, 0)), mode="edge") for at in self._places], axis=1)
        blocks = [Name(name.wide, name.high) for name in self.names]
        self.plan = plan(heads, blocks, self.pen.box, self.plane.taken) if self.names[0].labels else None

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - all runs go together
        """Yield the ways to the places that were left, and their dots."""
        if self.fog:
            yield from self.fog.marks(0, stamp)
        elif stamp > 0:
            for trail in self.trails:
                yield from trail.stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Set the heads, the ways to them, and their names."""
        if self.fog:
            self.fog.show(moment)
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        landed = moment.step + (part >= 1)
        for run, (trail, head, name) in enumerate(zip(self.trails, self.heads, self.names, strict=True)):
            here = trail.lead(moment.step, part)
            inside = self.plane.holds(here)
            reveal([head], inside)
            put(head, here)
            seen = self.plan is not None and inside and bool(self.plan.seen[landed, run])
            reveal(name.labels, seen)
            if self.plan is not None and seen:
                left, top = self.plan.corner[landed, run].tolist()
                name.write(here[0] + left, here[1] + top, centred=left < -0.4 * name.wide < left + 0.2 * name.wide)


class _Named:
    """A run's name in one or two lines."""

    def __init__(self, pen: Pen, name: str, role: str) -> None:
        lines = wrapped(name) if name else []
        self.labels = [pen.text(0, 0, line, NAME, role, bold=True, halo=True) for line in lines]
        self._widths = [pen.width(line, NAME, bold=True) for line in lines]
        self.wide = max(self._widths, default=0.0)
        self.high = _LINE * len(lines)

    def write(self, left: float, top: float, *, centred: bool) -> None:
        """Write the lines into a box; each begins at its left edge unless they are centred."""
        for k, (label, wide) in enumerate(zip(self.labels, self._widths, strict=True)):
            label.write(label.words, left + (self.wide - wide) / 2 if centred else left, top + _LINE * (k + 1) - 6)
