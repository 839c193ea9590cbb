"""A race on the curve of one parameter: all runs at once, each with its colour and marker."""

from collections.abc import Iterator

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase, Story
from gdviz.naming import run_names
from gdviz.picture.curve_ground import CurveGround
from gdviz.picture.fog import FogOverCurve
from gdviz.picture.glyphs import ease, edge_arrow
from gdviz.picture.heads import plan, positions
from gdviz.picture.named import Named
from gdviz.picture.view import Box, Pen, put, reveal

_HEAD = 11.0
_MANY = 12  # runs: more than that have small heads and no names


class CurveRace:
    """The curve with runs that go together; each leaves a small mark where it was. In fog all of them uncover it."""

    def __init__(self, pen: Pen, story: Story, fog: bool = False) -> None:
        self.pen, self.story, theme = pen, story, pen.theme
        self.ground = CurveGround(pen, story, pen.box, whole=True)
        self.fog = FogOverCurve(pen, story, self.ground.grid, self.ground.reach) if fog else None
        runs = range(len(story.runs))
        many = len(story.runs) > _MANY
        styles = [theme.run(story.style(run)) for run in runs]
        self.places = [self.ground.places(run) for run in runs]
        self.dots = [pen.mark(style, 3 if many else 5) for style in styles]
        self.heads = [pen.mark(style, 6 if many else _HEAD, 1.5 if many else 3) for style in styles]
        self.exits = [pen.polygon(style.colour) for style in styles]
        names = ["" if many else name for name in run_names(story)]
        self.names = [Named(pen, name, f"run{story.style(run)}") for run, name in enumerate(names)]
        heads = positions(self.places, story.steps)
        box = pen.box
        room = Box(box.left, box.top + 26, box.right + 20, box.bottom)
        self.plan = None if many else plan(heads, [name.block for name in self.names], room, [], self._ink())
        labels = [label for name in self.names for label in name.labels]
        self.artists: list[Artist] = [*self.exits, *(self.heads[run] for run in story.from_last_to_first), *labels]

    def _ink(self) -> Array:
        """Return points on the curve, over which no name stands."""
        points = self.ground.points
        return np.asarray(points[np.isfinite(points).all(axis=1)][::2])

    def lay(self) -> None:
        """Lay the curve, or what is seen of it in fog."""
        for artist in self.ground.still(fog=self.fog is not None):
            self.pen.still(artist)
        if self.fog:
            minima = list(self.ground.minima())
            self.fog.what_comes_last = minima
            self.artists = [*minima, *self.fog.artists, *self.artists]

    def _holds(self, x: float, y: float) -> bool:
        box = self.pen.box
        return box.left - 1 <= x <= box.right + 1 and box.top - 1 <= y

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:  # noqa: ARG002 - all runs go together
        """Yield what of the curve stays uncovered, then a small mark at each place that was left."""
        if self.fog:
            yield from self.fog.marks(0, stamp)
        for places, dot in zip(self.places, self.dots, strict=True):
            if 0 < stamp <= len(places) - 1 and self._holds(*places[stamp - 1].tolist()):
                put(dot, places[stamp - 1].tolist())
                yield dot

    def show(self, moment: Moment) -> None:
        """Set the heads on the curve, and their names."""
        if self.fog:
            self.fog.show(moment)
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        landed = moment.step + (part >= 1)
        for run, (head, exit_, name) in enumerate(zip(self.heads, self.exits, self.names, strict=True)):
            x, y = self._place(run, moment.step, part)
            inside = self._holds(x, y)
            reveal([head], inside)
            reveal([exit_], not inside)
            put(head, (x, y))
            if not inside:
                self._leave(run, x, y)
            seen = self.plan is not None and inside and bool(self.plan.seen[landed, run])
            reveal(name.labels, seen)
            if self.plan is not None and seen:
                name.beside((x, y), self.plan.corner[landed, run])

    def _place(self, run: int, step: int, part: float) -> tuple[float, float]:
        """Return where a run is: on the curve, between two positions; in fog on the way to what is not known yet."""
        path, last = self.story.runs[run].params[:, 0, 0], self.story.last(run)
        if self.fog:
            here, there = self.places[run][min(step, last)], self.places[run][min(step + 1, last)]
            x, y = here + (there - here) * ease(part)
            return float(x), float(y)
        here, there = float(path[min(step, last)]), float(path[min(step + 1, last)])
        m = here + (there - here) * ease(part)
        return self.ground.place(m, float(self.story.loss.value(np.array([m]))))

    def _leave(self, run: int, x: float, y: float) -> None:
        """Point to where a run is that has left the picture."""
        box = self.pen.box
        sideways = y >= box.top
        at = min(max(x, box.left + 16), box.right - 16)
        self.exits[run].set_xy(edge_arrow(at, y if sideways else box.top + 4, sideways, x > box.left + box.width / 2))
