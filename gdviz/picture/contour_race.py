"""A race over the plane: all runs at once, each with its colour and marker, named at its head."""

from collections.abc import Iterator

from matplotlib.artist import Artist

from gdviz.descent.story import Moment, Phase, Story
from gdviz.naming import run_names
from gdviz.picture.fog import FogOverPlane, lay_plane
from gdviz.picture.heads import Plan, plan, positions
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.lens import Lens
from gdviz.picture.named import Named
from gdviz.picture.plane import Plane
from gdviz.picture.trail import Trail
from gdviz.picture.view import Pen, put, reveal
from gdviz.picture.zoom import zoomed

_HEAD = 11.0
_MANY = 12  # runs: more than that have small heads and no names at their heads


class ContourRace:
    """The picture from above of runs that go together; plane: that of the story, unless another is given."""

    def __init__(
        self, pen: Pen, story: Story, plane: Plane | None = None, *, fog: bool = False, zoom: bool = False
    ) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        self.plane = plane or Plane(pen, story)
        self.zoom = zoomed(self.plane) if zoom else None
        self.landmarks = Landmarks(self.plane)
        self.fog = FogOverPlane(pen, story, self.plane) if fog else None
        runs = range(len(story.runs))
        self._places = [self.plane.places(path) for path in story.paths]
        many = len(story.runs) > _MANY
        styles = [theme.run(story.style(run)) for run in runs]
        closer = self.zoom.strongest if self.zoom else 1.0
        self.trails = [
            Trail(pen, at, style, thin=many, whole=fog, closer=closer)
            for at, style in zip(self._places, styles, strict=True)
        ]
        self.heads = [pen.mark(style, 6 if many else _HEAD, 1.5 if many else 3) for style in styles]
        names = ["" if many else name for name in run_names(story)]
        self.names = [Named(pen, name, f"run{story.style(run)}") for run, name in enumerate(names)]
        self.plan: Plan | None = None
        self.lens: Lens | None = None
        self.artists: list[Artist] = []

    def lay(self) -> None:
        """Lay what is still, and choose the places of the names around it."""
        trails = [*(a for t in self.trails for a in t.casings), *(a for t in self.trails for a in t.artists)]
        labels = [label for name in self.names for label in name.labels]
        heads_and_names = [*(self.heads[run] for run in self.story.from_last_to_first), *labels]
        if self.zoom:
            self.plane.lay_names("muted")
            self.artists = [*self.zoom.artists, *trails, *heads_and_names, *self.zoom.over]
            if self.names[0].labels:
                self.plan = self.zoom.names(self.story.paths, [name.block for name in self.names])
            return
        below, over = lay_plane(self.landmarks, "muted", self.fog)
        self.artists = [*below, *trails, *over, *heads_and_names]
        for _, tick in (*self.plane.ticks_across(), *self.plane.ticks_up()):
            self.pen.still(tick)
        heads = positions(self._places, self.story.steps)
        blocks = [name.block for name in self.names]
        taken = self.landmarks.taken
        if self.names[0].labels and not self.fog:  # a lens would show what is in the fog
            self.lens = Lens(self.landmarks, heads)
            self.artists += self.lens.artists
            taken = [*taken, *self.lens.taken]
        if self.names[0].labels:
            self.plan = plan(heads, blocks, self.pen.box, taken)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - all runs go together
        """Yield the ways to the places that were left, and their dots."""
        if self.fog:
            yield from self.fog.marks(0, stamp)
        elif not self.zoom and stamp > 0:
            for trail in self.trails:
                yield from trail.stamped(stamp - 1)
        if self.lens is not None:
            yield from self.lens.marks(stamp)

    def show(self, moment: Moment) -> None:
        """Set the heads, the ways to them, and their names."""
        if self.fog:
            self.fog.show(moment)
        if self.zoom and self.zoom.show(moment):
            for trail, path in zip(self.trails, self.story.paths, strict=True):
                trail.see(self.plane.places(path), self.zoom.power)
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
                name.beside(here, self.plan.corner[landed, run])
        if self.lens is not None:
            self.lens.show(moment)
