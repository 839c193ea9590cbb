"""A lens over the place where the heads of a race cluster, in an empty corner of the picture."""

from collections.abc import Iterator
from itertools import product

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase
from gdviz.naming import run_names
from gdviz.picture.heads import CLOSE, plan, positions
from gdviz.picture.landmarks import Landmarks
from gdviz.picture.named import Named
from gdviz.picture.plane import Plane
from gdviz.picture.theme import NOTE
from gdviz.picture.trail import Trail
from gdviz.picture.view import Box, put, reveal

_WIDE, _HIGH = 0.4, 0.4  # parts of the picture that the lens takes
_INSET = 12.0  # units from the picture's edge
_WEAKEST, _STRONGEST = 3.0, 60.0  # a weaker one shows nothing new; a stronger one shows rounding
_ROOM = 1.5  # how much farther the lens reaches than the heads lie from its middle
_HEAD = 9.0


class Lens:
    """The surroundings of the crowd at the end of a race, many times larger.

    opens: the position at which it opens, once and for all; None where heads do not cluster or no corner is empty.
    """

    def __init__(self, landmarks: Landmarks, heads: Array) -> None:
        plane = landmarks.plane
        self.pen, self.story = plane.pen, plane.story
        self.opens: int | None = None
        self.artists: list[Artist] = []
        self.taken: list[Box] = []  # the lens, once it is there: no name of the picture around it stands there
        self.power = 0.0
        middle, crowd, reach = self._aim(heads[-1], plane)
        if len(crowd) < 2:
            return
        inside = (np.abs(heads[:, crowd] - middle).max(axis=-1) <= reach).sum(axis=1) >= 2
        opens = len(inside) - int(np.argmin(inside[::-1])) if not inside.all() else 0
        box = self._corner(landmarks, heads[opens:], middle) if opens < len(inside) else None
        if box is None:
            return
        self.power = min(box.width, box.height) / 2 / reach
        self._open(plane, box, middle, opens)

    def _aim(self, heads: Array, plane: Plane) -> tuple[Array, list[int], float]:
        """Return the middle of the lens, whose heads `(runs, 2)` it is for, and how far it reaches.

        As many of the crowd as are near enough to one minimum, or else to each other, for a strong lens.
        """
        crowd = _crowd(heads, plane)
        half = min(_WIDE * plane.box.width, _HIGH * plane.box.height) / 2
        best: tuple[Array, list[int], float] = (np.zeros(2), [], 0.0)
        for middle in [*map(np.array, plane.minima), heads[crowd].mean(axis=0)] if len(crowd) > 1 else []:
            away = np.abs(heads[crowd] - middle).max(axis=1)
            order = np.argsort(away, kind="stable")
            for count in range(len(crowd), max(1, len(best[1])), -1):
                reach = max(_ROOM * float(away[order[count - 1]]), half / _STRONGEST)
                if half / reach >= _WEAKEST:
                    best = middle, [crowd[k] for k in sorted(order[:count].tolist())], reach
                    break
        return best

    def _corner(self, landmarks: Landmarks, heads: Array, middle: Array) -> Box | None:
        """Return the corner of the picture where least has happened, and nothing will."""
        box = landmarks.box
        wide, high = _WIDE * box.width, _HIGH * box.height
        lefts, tops = (box.left + _INSET, box.right - _INSET - wide), (box.top + _INSET, box.bottom - _INSET - high)
        best: tuple[float, Box] | None = None
        for left, top in product(lefts, tops):
            corner = Box(left, top, left + wide, top + high)
            later = _within(heads.reshape(-1, 2), corner, 24)
            marks = sum(corner.meets(mark, 4) for mark in landmarks.taken) + _within(middle[None], corner, 30)
            cost = 1000.0 * ((later > 0) + marks) + _within(landmarks.trodden, corner, 4)
            if best is None or cost < best[0]:
                best = cost, corner
        return best[1] if best is not None and best[0] < 40 else None

    def _open(self, plane: Plane, box: Box, middle: Array, opens: int) -> None:
        """Make what the lens shows."""
        pen, story, theme = self.pen, self.story, self.pen.theme
        self.opens, self.taken = opens, [box]
        half = np.array([box.width, box.height]) / 2 / self.power
        ends = [plane.across.inverse(middle[0] + side * half[0]) for side in (-1, 1)]
        rises = [plane.up.inverse(middle[1] + side * half[1]) for side in (1, -1)]
        self.plane = Plane(pen, story, box, ((ends[0], ends[1]), (rises[0], rises[1])))
        runs = range(len(story.runs))
        places = [self.plane.places(path) for path in story.paths]
        styles = [theme.run(story.style(run)) for run in runs]
        self.trails = [Trail(pen, at, style, 4, box) for at, style in zip(places, styles, strict=True)]
        self.heads = [pen.mark(style, _HEAD, 2.5) for style in styles]
        self.names = [Named(pen, name, f"run{story.style(run)}") for run, name in enumerate(run_names(story))]
        frame = [(box.left, box.top), (box.right, box.top), (box.right, box.bottom), (box.left, box.bottom)]
        self.frame = [pen.line([*frame, frame[0]], 5, theme.ground), pen.line([*frame, frame[0]], 2, theme.muted)]
        eye = [(middle[0] + a * half[0], middle[1] + b * half[1]) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        self.frame.append(pen.line([*eye, eye[0]], 1.5, theme.muted))
        self.power_note = pen.text(box.left + 8, box.bottom - 8, f"× {self.power:.0f}", NOTE, "muted", halo=True)
        heads = positions(places, story.steps)
        label = Box(box.left, box.bottom - 28, box.left + 60, box.bottom)
        self.plan = plan(heads, [name.block for name in self.names], box, [label])
        trails = [*(a for t in self.trails for a in t.casings), *(a for t in self.trails for a in t.artists)]
        labels = [one for name in self.names for one in name.labels]
        self.artists = [*trails, *(self.heads[run] for run in story.from_last_to_first), *labels]

    def marks(self, stamp: int) -> Iterator[Artist]:
        """Yield the lens when it opens, with all that has happened there, then what happens."""
        if self.opens is None or stamp <= self.opens:
            return
        if stamp == self.opens + 1:
            yield from (self.plane.land(), *Landmarks(self.plane).minima_marks())
            for k in range(1, stamp):
                for trail in self.trails:
                    yield from trail.stamped(k)
            yield from (*self.frame, self.power_note)
            return
        for trail in self.trails:
            yield from trail.stamped(stamp - 1)

    def show(self, moment: Moment) -> None:
        """Set the heads inside of the lens, with their names."""
        if self.opens is None:
            return
        is_open = moment.stamps >= self.opens + 2
        part = moment.progress if moment.phase is Phase.MOVE else 0.0
        landed = moment.step + (part >= 1)
        for run, (trail, head, name) in enumerate(zip(self.trails, self.heads, self.names, strict=True)):
            here = trail.lead(moment.step, part)
            inside = is_open and self.plane.holds(here)
            reveal((*trail.casings, *trail.artists), is_open)
            reveal([head], inside)
            put(head, here)
            seen = inside and bool(self.plan.seen[landed, run])
            reveal(name.labels, seen)
            if seen:
                name.beside(here, self.plan.corner[landed, run])


def _crowd(heads: Array, plane: Plane) -> list[int]:
    """Return the largest group of heads `(runs, 2)` each of which is close to another one."""
    inside = [run for run, head in enumerate(heads) if plane.holds(head)]
    best: list[int] = []
    for first in inside:
        group = [first]
        for member in group:  # it grows while it is read
            near = [o for o in inside if o not in group and np.hypot(*(heads[o] - heads[member])) < CLOSE]
            group += near
        best = max(best, sorted(group), key=len)
    return best


def _within(points: Array, box: Box, pad: float) -> int:
    x, y = points[:, 0], points[:, 1]
    inside = (x > box.left - pad) & (x < box.right + pad) & (y > box.top - pad) & (y < box.bottom + pad)
    return int(inside.sum())
