"""The loss of two parameters as land, seen from a camera; the path goes down on it, its shadow lies on the floor."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from numpy.typing import NDArray

from gdviz.descent.loss import Array, Interval
from gdviz.descent.places import real
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.axis_names import is_long
from gdviz.picture.glyphs import ease
from gdviz.picture.heightfield import Camera, Heightfield, Sight
from gdviz.picture.pane import Pane
from gdviz.picture.scales import Scale, tick_texts
from gdviz.picture.shading import Layer, Relief, overlay, straight
from gdviz.picture.sprite import Sprite
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, Theme
from gdviz.picture.view import Box, Moving, Pen, reveal
from gdviz.problems import BadScene
from gdviz.words import shown_names, word

GRID = 512  # points of the land along each side
HIGH = 0.58  # units from the lowest loss to the top; the floor is a square of 2 units
SINKS = 0.45, 0.55, 0.65, 0.75, 0.85  # units from the lowest loss down to the floor: the first that will do
FINE = 0.03  # units between points of the path
_MOST_PIECES = 200  # of a step, however far it leads out of the picture
_APART = 0.06  # units between dots
_SHADOWED = 0.6  # of the path's shadow is to be seen
_DROP = 60  # points of the line from the ball to its shadow
_LIGHT = (-0.5, -0.15, 0.85)  # from where the light comes: to the camera's right, away from it, up
_CLEAR = 62.0, 30.0, 46.0  # units of the panel kept free for numbers: at the sides, above, below


@dataclass(frozen=True)
class Surface:
    """The land of a loss of two parameters, with the path on it, hidden where it goes behind a hill.

    azimuth: where the camera stands, in degrees from the first parameter's axis towards the second's. elevation: how
    high, in degrees, above 0 and below 90. turn: by how many degrees it goes around the land in the course of the film.

    The heights are the loss, from the lowest in the region to a little above the highest that a run visits; land above
    that is cut off. Where a run stays so low that little would be left of the land, they are its logarithm, rounded
    off at the bottom. The light goes with the camera, so that the land is as easy to read from every side. The numbers
    stand at the edges in front, and change over when another corner comes to the front.

    What to watch: the path goes straight down where gradient descent has small steps; its shadow shows the way on the
    map; bands and lines are places of the same loss.

    Raises `BadScene` for another number of parameters and for angles that can't be used.
    """

    azimuth: float = -60
    elevation: float = 32
    turn: float = 0

    def __post_init__(self) -> None:
        """Check the angles."""
        for field in ("azimuth", "elevation", "turn"):
            if not math.isfinite(real(getattr(self, field))):
                raise BadScene(field, getattr(self, field), "allowed: a finite number of degrees")
        if not 5 <= self.elevation <= 85:
            raise BadScene("elevation", self.elevation, "allowed: 5 to 85 degrees above the horizon")

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the land, unless the camera turns, and return what moves."""
        if story.loss.about.dim != 2:
            names = ", ".join(story.loss.about.names)
            raise BadScene("loss", names, "a surface shows the loss of exactly two parameters")
        drawing = _Drawing(Pen(pane, theme), story, self)
        if not self.turn:
            drawing.stand()
        return Moving(drawing.artists, drawing.show, drawing.marks)


@dataclass(frozen=True)
class Ground:
    """What of a loss is shown: an interval for each parameter, and how losses become heights.

    low, high: the losses at height 0 and at `HIGH`. knee: the rise above `low` up to which the heights of a logarithm
    are nearly linear; None where the heights are linear.
    """

    across: Interval
    along: Interval
    low: float
    high: float
    knee: float | None = None

    def height(self, loss: Array) -> Array:
        """Return the heights of losses, in units; they may lie beyond the top."""
        with np.errstate(all="ignore"):
            rise, top = np.asarray(loss, dtype=np.float64) - self.low, self.high - self.low
            if self.knee is None:
                return np.asarray(HIGH * (rise / top))
            return np.asarray(HIGH * np.log1p(rise / self.knee) / np.log1p(top / self.knee))

    def places(self, params: Array) -> Array:
        """Return where parameters `(..., 2)` lie in the square -1 to 1."""
        low, high = np.array([self.across, self.along]).T
        return np.asarray(2 * (params - low) / (high - low) - 1)

    def levels(self) -> list[float]:
        """Return the heights of the lines: at round losses, of a logarithm at even heights."""
        if self.knee is not None:
            return [HIGH * k / 12 for k in range(1, 12)]
        ticks = Scale(self.low, self.high, 0, 1).ticks(12)
        return [float(self.height(np.array(tick))) for tick in ticks if self.low < tick < self.high]

    def ticks(self) -> list[float]:
        """Return a few round losses."""
        if self.knee is None:
            return Scale(self.low, self.high, 0, 1).ticks(4)
        lowest = self.knee + max(self.low, 0.0)
        if not lowest < self.high < math.inf:
            return []
        first, last = math.ceil(math.log10(lowest)), math.floor(math.log10(self.high))
        return [10.0**k for k in range(first, last + 1)][-4:]


def ground(story: Story) -> Ground:
    """Choose the region and the heights of a story; once, before the first frame."""
    across, along = story.plane
    loss = _grid(story, across, along)
    known = loss[np.isfinite(loss)]
    if not known.size:
        raise BadScene("loss", story.loss.about.names, "it is not defined anywhere in the region to show")
    paths = [story.losses(run) for run in range(len(story.runs))]
    starts = [float(path[0]) for path in paths]
    low = float(min(known.min(), *(path[np.isfinite(path)].min() for path in paths)))
    rise = max(starts) - low
    visited = np.concatenate(paths) - low
    middle, upper, top = (float(q) for q in np.quantile(known - low, (0.5, 0.75, 1)))
    rise = float(visited[visited <= 2 * rise].max(initial=0.0)) or top or 1.0
    if middle > 8 * rise:
        return Ground(across, along, low, low + top, max(rise / 30, 3e-4 * top))
    high = max(1.2 * rise, upper)
    return Ground(across, along, low, low + (top if 0 < top <= 1.6 * high else high))


def _grid(story: Story, across: Interval, along: Interval) -> Array:
    """Return the loss `(GRID, GRID)` over the region, the second parameter along the rows."""
    with np.errstate(all="ignore"):
        points = np.stack(np.meshgrid(np.linspace(*across, GRID), np.linspace(*along, GRID)), axis=-1)
        return story.loss.value(points)


class _Land(Sprite):
    """The picture of the land, laid over what is behind it."""

    def __init__(self, pen: Pen) -> None:
        super().__init__(pen.box.left, pen.box.top, pen.theme.ground, pen.frame.height, pen.figure.dpi)
        self.left, self.top = round(pen.box.left * pen.scale), round(pen.box.top * pen.scale)
        self.size = round(pen.box.width * pen.scale), round(pen.box.height * pen.scale)
        self._layer: Layer = np.zeros((*self.size[::-1], 4), dtype=np.uint8)

    def lay(self, layer: Layer) -> None:
        """Take another picture."""
        self._layer = layer
        self.stale = True

    def area(self) -> tuple[int, int, int, int]:
        """Return the pixels of the whole panel."""
        return self.left, self.top, self.left + self.size[0], self.top + self.size[1]

    def blend(self, pixels: NDArray[np.uint8]) -> None:
        """Blend it into a picture."""
        left, top, right, bottom = self.area()
        part = pixels[top:bottom, left:right]
        overlay(part, self._layer[: part.shape[0], : part.shape[1]])

    def engrave(self, renderer: Any) -> None:
        """Lay it on the page."""
        left, _, _, bottom = self.area()
        renderer.draw_image(renderer.new_gc(), left, self._rows - bottom, straight(self._layer)[::-1])


class _Course:
    """The way of one run over the land.

    stops: where the run stood, `(records, 3)`. points: the way between, `(n, 3)`; all lie on the land. begins: the
    point at which each stop is, `(records,)`. dotted: the stops that are far enough from the one before to be told
    apart, `(records,)`. hints: the points, evenly apart, that stand for the way where it is hidden, `(n,)`.
    """

    def __init__(self, field: Heightfield, ground: Ground, path: Array) -> None:
        flat = ground.places(path)
        lengths = np.linalg.norm(np.diff(flat, axis=0), axis=1)
        pieces = np.ceil(np.nan_to_num(lengths) / FINE).clip(1, _MOST_PIECES).astype(int)
        self.begins = np.concatenate([[0], np.cumsum(pieces)])
        step = np.repeat(np.arange(len(pieces)), pieces)
        part = (np.arange(len(step)) - self.begins[step]) / pieces[step]
        places = np.concatenate([flat[step] + part[:, None] * (flat[step + 1] - flat[step]), flat[-1:]])
        self.points = np.column_stack([places, field.at(places)])
        self.stops = self.points[self.begins]
        self.dotted = _apart(self.stops, _APART)
        self.hints = _apart(self.points, _APART)


def _apart(points: Array, distance: float) -> NDArray[np.bool_]:
    """Say which points `(n, 3)` are so far from the last one that was kept; the first is not kept."""
    kept, last = np.zeros(len(points), dtype=bool), points[0]
    for k, point in enumerate(points):
        kept[k] = not math.dist(point, last) < distance  # where one of them is NaN there is a gap between them
        last = point if kept[k] else last
    return kept


class _Drawing:
    """The land of one film."""

    def __init__(self, pen: Pen, story: Story, view: Surface) -> None:
        self.pen, self.story, self.view = pen, story, view
        self.together = story.together
        self.ground = ground(story)
        loss = _grid(story, self.ground.across, self.ground.along)
        self.field = Heightfield(self.ground.height(loss), HIGH)
        self.relief = Relief(self.ground.levels(), HIGH, pen.theme, pen.scale)
        self.courses = [_Course(self.field, self.ground, path) for path in story.paths]
        self.sink = self._sink()
        self.fit = self._fit()
        self.angle: float | None = None
        self.camera: Camera
        self.sight: Sight
        self._movers()

    def _movers(self) -> None:
        pen, theme = self.pen, self.pen.theme
        about = self.story.loss.about
        self.edges = [pen.line([], 1.5, theme.axis) for _ in range(4)]
        self.grid = [[pen.line([], 1, theme.grid) for _ in ticks] for ticks in self._param_ticks()]
        self.upright = pen.line([], 1.5, theme.axis)
        self.numbers = [
            [pen.text(0, 0, text, NOTE, "muted", align="center") for text in tick_texts(ticks)]
            for ticks in self._param_ticks()
        ]
        self.names = [
            pen.text(0, 0, name, 22, "parameter", bold=True, align="center") for name in shown_names(about.names)
        ]
        self.loss_ticks = self.ground.ticks()
        self.losses = [pen.text(0, 0, text, NOTE, "muted", align="right") for text in tick_texts(self.loss_ticks)]
        self.loss_name = pen.text(0, 0, word("loss"), NAME, "loss", bold=True, align="right")
        self.land = _Land(pen)
        self.minima = self._minima()
        self.crosses = pen.line([], 0, theme.ink)
        self.crosses.set_marker("+")
        self.crosses.set_markersize(15)
        self.crosses.set_markeredgewidth(2.5)
        self.minimum = pen.text(0, 0, word("minimum"), NOTE, "ink", halo=True)
        self.behind: list[Artist] = [
            *(line for lines in self.grid for line in lines), *self.edges, self.upright,
            *(label for labels in self.numbers for label in labels), *self.names, *self.losses, self.loss_name,
        ]  # fmt: skip
        self.on_land: list[Artist] = [self.crosses, self.minimum]
        styles = [self._style(run) for run in self._runs(0)]
        self.trails = [_Trail(pen, *style) for style in styles]  # what is behind, stamped bit by bit
        self.walkers = [_Walker(pen, *style) for style in styles]
        moving = [artist for walker in self.walkers for artist in walker.artists]
        self.artists = [*self.behind, self.land, *self.on_land, *moving] if self.view.turn else moving

    def _style(self, run: int) -> tuple[str, str]:
        """Return the colour and the marker of a run."""
        if not self.together:
            return self.pen.theme.parameter, "o"
        style = self.pen.theme.run(self.story.style(run))
        return style.colour, style.marker

    def _param_ticks(self) -> list[list[float]]:
        return [Scale(*interval, 0, 1).ticks(5) for interval in (self.ground.across, self.ground.along)]

    def _minima(self) -> Array:
        """Return the known minima `(n, 3)` on the land, the lowest first."""
        order = np.argsort(self.story.depths, kind="stable")
        places = self.ground.places(np.array(self.story.minima).reshape(-1, 2)[order])
        return np.column_stack([places, self.field.at(places)])

    def _angles(self) -> Array:
        """Return angles of the camera from all over the film."""
        count = 1 + math.ceil(min(abs(self.view.turn), 360) / 6)
        return np.asarray(self.view.azimuth + self.view.turn * np.linspace(0, 1, count))

    def _sink(self) -> float:
        """Return how far the floor lies below the lowest loss: where enough of the shadow is seen."""
        size, nothing = 240, self.field.light((0.0, 0.0, 1.0))
        cameras = [Camera(angle, self.view.elevation, size / 4, size / 2, size / 2) for angle in self._angles()]
        sights = [self.field.seen(camera, (size, size), nothing) for camera in cameras]
        points = np.concatenate([course.points for course in self.courses])
        points = points[np.isfinite(points[:, 2])]
        for sink in SINKS:
            floor = points * (1, 1, 0) - (0, 0, sink)
            if not len(points) or np.mean([sight.shows(floor).mean() for sight in sights]) >= _SHADOWED:
                return sink
        return SINKS[-1]

    def fallen(self, points: Array) -> Array:
        """Return points `(n, 3)` straight below on the floor; NaN stays."""
        return np.asarray(points * (1, 1, 0) - (0, 0, self.sink))

    def _fit(self) -> tuple[float, float, float]:
        """Return pixels for a unit, and the pixels of the land's centre, so that every angle of the film has room."""
        edge = np.linspace(-1, 1, 49)
        flat = np.stack(np.meshgrid(edge, edge), axis=-1).reshape(-1, 2)
        land = np.column_stack([flat, self.field.at(flat)])
        corners = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-self.sink, HIGH / 2)])
        solid = np.concatenate([land[np.isfinite(land[:, 2])], corners])
        shadows = [Camera(angle, self.view.elevation, 1.0, 0.0, 0.0).project(solid) for angle in self._angles()]
        columns, rows = (np.concatenate([shadow[:, k] for shadow in shadows]) for k in (0, 1))
        box, (side, above, below) = self.pen.box, _CLEAR
        scale = min((box.width - 2 * side) / np.ptp(columns), (box.height - above - below) / np.ptp(rows))
        row = (box.height + above - below) / 2 - scale * (rows.max() + rows.min()) / 2
        pixels = self.pen.scale
        return float(scale * pixels), box.width / 2 * pixels, float(row * pixels)

    # what is laid for an angle of the camera

    def stand(self) -> None:
        """Lay everything that a camera at rest sees of the land into the background."""
        self._turn(self.view.azimuth)
        for order, artist in enumerate([*self.behind, self.land, *self.on_land]):
            artist.set_zorder(order)  # matplotlib would lay lines over the land
            self.pen.still(artist)

    def _turn(self, angle: float) -> None:
        """Look from an angle."""
        if angle == self.angle:
            return
        self.angle = angle
        self.camera = Camera(angle, self.view.elevation, *self.fit)
        right_x, right_y, _, _ = self.camera.frame
        right, away, up = _LIGHT
        light = np.array([right * right_x - away * right_y, right * right_y + away * right_x, up])
        self.sight = self.field.seen(
            self.camera, self.land.size, self.field.light(tuple(light / np.linalg.norm(light)))
        )
        self.land.lay(self.relief.paint(self.sight))
        self._scenery()

    def on_screen(self, points: Array) -> Array:
        """Return where points `(n, 3)` are on the frame, in units `(n, 2)`."""
        place = self.camera.project(points)[:, :2]
        return np.asarray((place + np.array([self.land.left, self.land.top])) / self.pen.scale)

    def _scenery(self) -> None:
        """Set the floor, its numbers and names, the loss axis and the minima."""
        corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], dtype=np.float64)
        floor = np.column_stack([corners, np.full(4, -self.sink)])
        depth = self.camera.project(floor)[:, 2]
        flat = self.on_screen(floor)
        for k, line in enumerate(self.edges):
            _lay(line, flat[[k, (k + 1) % 4]])
        near = corners[int(np.argmin(depth))]  # the corner in front: both axes begin there
        for axis, (ticks, interval) in enumerate(
            zip(self._param_ticks(), (self.ground.across, self.ground.along), strict=True)
        ):
            self._axis(axis, near[1 - axis], [2 * (t - interval[0]) / (interval[1] - interval[0]) - 1 for t in ticks])
        left = int(np.argmin(flat[:, 0]))
        self._losses(corners[left])
        seen = self.sight.shows(self.minima, on_land=True)
        places = self.on_screen(self.minima)
        _lay(self.crosses, places[seen])
        reveal([self.minimum], bool(seen[:1].any()))
        if seen[:1].any():
            self.minimum.write(word("minimum"), places[0, 0] + 13, places[0, 1] + 22)
            self._give_way()

    def _give_way(self) -> None:
        """Hide the numbers of the floor that the word at the minimum, on a small land, would lie over."""
        pen, left, base = self.pen, self.minimum.x, self.minimum.y
        named = Box(left, base - NOTE, left + pen.width(self.minimum.words, NOTE), base)
        for number in (*self.numbers[0], *self.numbers[1]):
            half = pen.width(number.words, NOTE) / 2
            if Box(number.x - half, number.y - NOTE, number.x + half, number.y).meets(named):
                reveal([number], False)

    def _axis(self, axis: int, side: float, ticks: Sequence[float]) -> None:
        """Set a parameter's grid lines, and its numbers along the edge of the floor at `side` of the other one."""

        def at(along: Array, across: float) -> Array:
            flat = np.full((len(along), 3), -self.sink)
            flat[:, axis], flat[:, 1 - axis] = along, across
            return self.on_screen(flat)

        tick = np.array(ticks)
        ends = at(tick, side), at(tick, -side)
        for line, begin, end in zip(self.grid[axis], *ends, strict=True):
            _lay(line, np.array([begin, end]))
        middle, centre = at(np.zeros(1), side)[0], at(np.zeros(1), 0.0)[0]
        outward = (middle - centre) / np.linalg.norm(middle - centre)
        for label, value, place in zip(self.numbers[axis], ticks, ends[0], strict=True):
            x, y = place + outward * 20
            label.write(label.words, float(x), float(y) + 6)
            reveal([label], abs(value) < 0.88)
        name = self.names[axis]
        wide = self.pen.width(name.words, 22, bold=True) if is_long(name.words) else 0.0
        x, y = middle + outward * (52 + abs(outward[0]) * wide / 2)
        x = min(max(x, 8 + wide / 2), self.pen.frame.right - 8 - wide / 2) if wide else x
        name.write(name.words, float(x), float(y) + 7)

    def _losses(self, corner: Array) -> None:
        """Set the loss axis over a corner of the floor."""
        heights = self.ground.height(np.array(self.loss_ticks))
        post = self.on_screen(np.array([(*corner, height) for height in (-self.sink, HIGH)]))
        _lay(self.upright, post)
        places = self.on_screen(np.array([(*corner, height) for height in heights]).reshape(-1, 3))
        above = -math.inf
        for label, (x, y) in reversed([*zip(self.losses, places, strict=True)]):  # where they crowd, the higher stays
            label.write(label.words, float(x) - 9, float(y) + 6)
            reveal([label], y - above > NOTE)
            above = y if y - above > NOTE else above
        top = min([float(post[1, 1]) + 8, *places[:, 1].tolist()])
        self.loss_name.write(self.loss_name.words, float(post[1, 0]) - 9, top - 18)

    # what moves

    def _angle(self, moment: Moment) -> float:
        """Return the camera's angle at a moment: it turns while the ball moves."""
        last = max(self.story.last(run) for run in self._runs(moment.run)) or 1
        part = 0.0
        if moment.phase is Phase.MOVE:
            part = moment.progress if moment.brisk else ease(moment.progress)
        return self.view.azimuth + self.view.turn * min(1.0, (moment.step + part) / last)

    def _runs(self, told: int) -> list[int]:
        """Return the runs on the screen while a run is told."""
        return list(range(len(self.courses))) if self.together else [told]

    def show(self, moment: Moment) -> None:
        """Set the ball, the way to it, its shadow; and the land, where the camera turns."""
        if self.view.turn:
            self._turn(self._angle(moment))
        for walker, run in zip(self.walkers, self._runs(moment.run), strict=True):
            course = self.courses[run]
            k = min(moment.step, len(course.stops) - 1)
            moving = moment.phase is Phase.MOVE and k + 1 < len(course.stops)
            walker.go(self, course, 0 if self.view.turn else max(0, k - 1), k, ease(moment.progress) if moving else 0.0)

    def marks(self, run: int, stamp: int) -> Iterator[Artist]:
        """Yield the way to the place that was left, where the camera is at rest."""
        if self.view.turn or stamp == 0:
            return
        for trail, told in zip(self.trails, self._runs(run), strict=True):
            course, k = self.courses[told], stamp - 1
            if k < len(course.stops):
                trail.lead(self, course, max(0, k - 2), k)
                yield from trail.artists


class _Trail:
    """The way of one run as far as it is behind, with its shadow."""

    def __init__(self, pen: Pen, colour: str, marker: str) -> None:
        theme = pen.theme
        self.shadow = pen.line([], 3, theme.tint("muted", 0.4))
        self.casing = pen.line([], 6.5, theme.ground)
        self.casing.set_solid_capstyle("butt")  # so that it does not cover the way before, where steps are short
        self.way = pen.line([], 3, colour)
        self.hints = pen.dot(2, theme.tint("muted", 0.6))
        self.dots = pen.dot(4.5, colour, 1.2)
        self.dots.set_marker(marker)
        self.artists: list[Artist] = [self.shadow, self.casing, self.way, self.hints, self.dots]

    def lead(self, drawing: _Drawing, course: _Course, since: int, k: int, part: float = 0.0) -> Array:
        """Set the way from stop `since` to `part` of the way from stop `k`; return its last point `(3,)`."""
        sight, on_screen = drawing.sight, drawing.on_screen
        begin, end = course.begins[since], course.begins[k]
        points, hinted = course.points[begin : end + 1], course.hints[begin : end + 1]
        if part > 0:
            reached = course.begins[k] + part * (course.begins[k + 1] - course.begins[k])
            whole = math.ceil(reached)
            place = course.stops[k, :2] + part * (course.stops[k + 1, :2] - course.stops[k, :2])
            head = np.array([*place, drawing.field.at(place)])
            points = np.concatenate([course.points[begin:whole], head[None]])
            hinted = np.append(course.hints[begin:whole], False)
        way, shown = on_screen(points), sight.shows(points, on_land=True)
        seen_way = np.where(shown[:, None], way, np.nan)
        _lay(self.casing, seen_way)
        _lay(self.way, seen_way)
        _lay(self.hints, way[hinted & ~shown])
        stops = course.stops[since : k + 1][course.dotted[since : k + 1]]
        _lay(self.dots, on_screen(stops)[sight.shows(stops, on_land=True)])
        fallen = drawing.fallen(points)
        _lay(self.shadow, np.where(sight.shows(fallen)[:, None], on_screen(fallen), np.nan))
        return np.asarray(points[-1])


class _Walker:
    """What of one run moves: the way of this step, the ball, and a line from it down to its shadow."""

    def __init__(self, pen: Pen, colour: str, marker: str) -> None:
        theme = pen.theme
        self.trail = _Trail(pen, colour, marker)
        self.drop = pen.line([], 2, theme.muted, (0, (1.2, 1.6)))
        self.shadow = pen.dot(5, theme.tint("muted", 0.7))
        self.start = pen.dot(8, theme.ground, 2.5, colour)
        self.behind = pen.dot(10, "none", 2.5, theme.muted)
        self.ball = pen.dot(11, colour, 3)
        self.ball.set_marker(marker)
        self.artists: list[Artist] = [
            self.trail.shadow, self.drop, self.shadow, *self.trail.artists[1:], self.start, self.behind, self.ball,
        ]  # fmt: skip

    def go(self, drawing: _Drawing, course: _Course, since: int, k: int, part: float) -> None:
        """Set all of it for a ball at `part` of the way from stop `k`."""
        sight, on_screen = drawing.sight, drawing.on_screen
        head = self.trail.lead(drawing, course, since, k, part)[None]
        shown = sight.shows(head, on_land=True)
        _lay(self.ball, on_screen(head[shown]))
        _lay(self.behind, on_screen(head[~shown]))
        start = course.stops[:1]
        _lay(self.start, on_screen(start[sight.shows(start, on_land=True)]))
        fallen = drawing.fallen(head)
        _lay(self.shadow, on_screen(fallen[sight.shows(fallen)]))
        down = head + (fallen - head) * np.linspace(0, 1, _DROP)[:, None]
        _lay(self.drop, np.where(sight.shows(down)[:, None], on_screen(down), np.nan))


def _lay(line: Stroke, points: Array) -> None:
    """Lead a line through points `(n, 2)`, if they differ."""
    if not np.array_equal(np.asarray(line.get_xydata()), points, equal_nan=True):
        line.set_data(points[:, 0], points[:, 1])
