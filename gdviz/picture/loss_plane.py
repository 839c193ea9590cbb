"""The loss of a network on a plane through the space of its weights, with the path's shadow on it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Interval, Loss
from gdviz.descent.planes import Directions, Section, Smooth, checked_directions, sampled, section, weight_index
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Trajectory
from gdviz.picture.contour_race import ContourRace
from gdviz.picture.fog import lay_plane
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.pane import Pane
from gdviz.picture.plane import Plane
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.trail import Trail
from gdviz.picture.view import Box, Moving, Pen, put, reveal
from gdviz.problems import BadScene
from gdviz.words import word

_NOTE = 47.0  # units below the picture, under its numbers


@dataclass(frozen=True)
class LossPlane:
    """The loss on a plane through the parameter space, from above, as `Contour` shows that of two parameters.

    directions: "pca", those along which the path spreads most; "random", rescaled to the weights unit by unit; or two
        weights, such as `("W1[0,0]", "W2[1,0]")`. See `section` for what these are and who thought of them.
    seed: of random directions.

    The plane goes through the place where the run ends. The axes say what part of the path's spread each direction
    shows, and a note how many others are not seen: the path is a shadow, and above its beginning the loss of the plane
    is not quite that of the run.

    What to watch: in hundreds of dimensions too the path goes down a valley. But it is a slice: what looks like a wall
    may have a way around it.
    """

    directions: Directions = "pca"
    seed: int = 0

    def __post_init__(self) -> None:
        """Check what does not depend on the loss."""
        object.__setattr__(self, "directions", checked_directions(self.directions))
        seed: object = self.seed
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise BadScene("LossPlane, seed", self.seed, "allowed: a whole number from 0")

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for a single parameter, and for weights that are not there."""
        if loss.about.dim == 1:
            raise BadScene("views", "LossPlane()", "it shows two directions, and this loss has one parameter")
        if not isinstance(self.directions, str):
            for name in self.directions:
                weight_index(loss.about, name)

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the loss, its lines and names, and return what moves."""
        pen = Pen(pane, theme)
        cut = section(story, self.directions, self.seed)
        intervals = _even(cut.extent, pen.box)
        shadow = _shadow(story, cut, intervals)
        plane = Plane(pen, shadow, None, intervals)
        plane.names = _names(pen, cut)
        plane.numbered = bool(cut.names)  # a weight has a unit that can be read elsewhere, a direction has none
        drawing = ContourRace(pen, shadow, plane) if story.together else _Drawing(pen, shadow, plane)
        drawing.lay()
        if cut.unseen:
            whole, brief = (word(key, count=cut.unseen) for key in ("slice", "slice in brief"))
            words = whole if pen.width(whole, NOTE) <= pen.box.width else brief
            pen.still(pen.text(pen.box.left, pen.box.bottom + _NOTE, words, NOTE, "muted"))
        return Moving(drawing.artists, drawing.show, drawing.marks)


class _Drawing:
    """The shadows of runs told one after the other."""

    def __init__(self, pen: Pen, story: Story, plane: Plane) -> None:
        self.pen, self.plane, self.landmarks = pen, plane, Landmarks(plane)
        self.trails = [Trail(pen, plane.places(path), pen.theme.run(0)) for path in story.paths]
        self.ball = pen.dot(11, pen.theme.parameter, 3)
        trails = [artist for trail in self.trails for artist in (*trail.casings, *trail.artists)]
        self.artists: list[Artist] = [*trails, self.ball]

    def lay(self) -> None:
        """Lay the loss, the numbers along its axes and their names."""
        lay_plane(self.landmarks, "muted", None)
        for _, tick in (*self.plane.ticks_across(), *self.plane.ticks_up()):
            self.pen.still(tick)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the way to each place that was left, and its dot."""
        if stamp > 0:
            yield from self.trails[run].stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Move the ball and the way to it."""
        trail = self.trails[moment.run]
        for other in self.trails:
            reveal((*other.casings, *other.artists), other is trail)
        here = trail.lead(moment.step, moment.progress if moment.phase is Phase.MOVE else 0.0)
        reveal([self.ball], self.plane.holds(here))
        put(self.ball, here)


def _shadow(story: Story, cut: Section, intervals: tuple[Interval, Interval]) -> Story:
    """Return the story as it is seen in the plane: the paths by their coordinates, with the losses that they had."""
    first, second = intervals
    loss = Smooth(("a", "b"), first, second, sampled(cut, first, second))
    paths = [_kept(path, near) for path, near in zip(cut.paths, cut.near, strict=True)]
    runs = tuple(_seen(run, path) for run, path in zip(story.runs, paths, strict=True))
    return replace(story, loss=loss, runs=runs, together=True)


def _kept(path: Array, near: NDArray[np.bool_]) -> Array:
    """Return coordinates `(n, 2)` that stay where a path left the surroundings of the others for good."""
    away = int(np.flatnonzero(near)[-1]) + 1
    return np.concatenate([path[:away], np.repeat(path[away : away + 1], len(path) - away, axis=0)])


def _seen(run: Trajectory, path: Array) -> Trajectory:
    """Return a run by its coordinates `(n, 2)`."""
    records, still = slice(len(path)), np.zeros((len(path), 1, 2))
    return Trajectory(
        run.name, run.rule, ("a", "b"), run.at[records], path[:, None], run.loss[records], still,
        run.evaluations[records], still[1:], {}, run.ends, run.sees_gradient,
    )  # fmt: skip


def _even(extent: tuple[Interval, Interval], box: Box) -> tuple[Interval, Interval]:
    """Return an extent widened so that both directions have the same unit in a box."""
    units = [(high - low) / side for (low, high), side in zip(extent, (box.width, box.height), strict=True)]
    wider = [max(units) * side / 2 for side in (box.width, box.height)]
    (a, b), (c, d) = (
        (low / 2 + high / 2 - w, low / 2 + high / 2 + w) for (low, high), w in zip(extent, wider, strict=True)
    )
    return (a, b), (c, d)


def _names(pen: Pen, cut: Section) -> tuple[str, str]:
    """Return what the axes say: what the directions are, and how much of the path each of them shows.

    Across it is brief where there must be room for numbers.
    """
    names = cut.names or tuple(word("direction", count=k) for k in (1, 2))
    found = []
    for name, share, room in zip(names, cut.shares, (0.5 if cut.names else 1.0, 1.0), strict=True):
        part = word("few") if 0 < share < 0.01 else f"{100 * share:.0f} %"
        whole = word("spread", name=name, value=part)
        fits = pen.width(whole, NAME, bold=True) <= room * pen.box.width
        found.append(whole if fits else f"{name}: {part}")
    return found[0], found[1]
