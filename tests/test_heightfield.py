"""What a camera sees of land: against marching along every ray, at every angle; and the view that is made of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
from numpy.typing import NDArray
from scenery import assert_any_order, assert_cache_is_exact
from screen import assert_apart, moving

from gdviz.descent.formula import Formula
from gdviz.descent.loss import Array
from gdviz.descent.optimizers import GradientDescent, Momentum
from gdviz.descent.stepper import descend
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.compositor import Compositor
from gdviz.picture.heading import Heading
from gdviz.picture.heightfield import RAYS, Camera, Heightfield, Sight
from gdviz.picture.pane import panes_on
from gdviz.picture.shading import Relief, mean_of_rays
from gdviz.picture.sprite import Area, Label
from gdviz.picture.surface import HIGH, Surface, ground
from gdviz.picture.theme import LIGHT, THEMES
from gdviz.picture.view import Box, View
from gdviz.problems import BadScene

Height = Callable[[Array, Array], Array]
SIZE = (200, 150)
FLOOR = -0.6


def hill(x: Array, y: Array) -> Array:
    return np.asarray(0.8 * np.exp(-(x * x + y * y) / 0.08))


def bowl(x: Array, y: Array) -> Array:
    return np.asarray(0.45 * (x * x + y * y))


def waves(x: Array, y: Array) -> Array:
    return np.asarray(0.25 * np.sin(5 * x + 1) * np.cos(4 * y) + 0.3 * x)


LANDS = pytest.mark.parametrize("land", [hill, bowl, waves], ids=lambda land: land.__name__)


def field_of(land: Height, points: int = 201, top: float | None = None) -> Heightfield:
    edge = np.linspace(-1, 1, points)
    return Heightfield(land(*np.meshgrid(edge, edge)), top)


def camera_at(azimuth: float, elevation: float = 30) -> Camera:
    return Camera(azimuth, elevation, 52, SIZE[0] / 2, SIZE[1] / 2)


def sight_of(field: Heightfield, camera: Camera) -> Sight:
    return field.seen(camera, SIZE, field.light((0, 0, 1)))


# ---- which points are hidden ----


def heights_in_front(land: Height, camera: Camera, points: Array, shift: tuple[float, float] = (0, 0)) -> Array:
    """By how many pixels the land in front of points lies above their rays, `(points, marched)`; NaN beside the land.

    It marches from each point towards the camera, ten times as finely as the profiles go; `shift` moves the rays by
    pixels to the right and up.
    """
    column, _, depth = np.moveaxis(camera.project(points), -1, 0)
    back = depth[:, None] - np.linspace(1e-4, 2.9, 4400)
    places = camera.place(np.broadcast_to((column + shift[0])[:, None], back.shape), back)
    x, y = np.moveaxis(places, -1, 0)
    sloping = np.tan(np.radians(camera.elevation))
    ray = points[:, 2:] + (depth[:, None] - back) * sloping
    above = (land(x, y) - ray) * camera.scale * np.cos(np.radians(camera.elevation)) - shift[1]
    return np.where((np.abs(x) <= 1) & (np.abs(y) <= 1), above, np.nan)


def surely_hidden(land: Height, camera: Camera, points: Array) -> NDArray[np.bool_]:
    """Which points have land in front of them, and not only just: on their ray and on all those a pixel away."""
    hidden = np.ones(len(points), dtype=bool)
    for shift in product((-1, 0, 1), repeat=2):
        near = heights_in_front(land, camera, points, shift)[:, 90:]  # not the ground on which the point stands
        with np.errstate(invalid="ignore"):
            hidden &= (near[:, 1:] * near[:, :-1] <= 0).any(axis=1)
    return hidden


def path_on(land: Height) -> Array:
    """Points on a way over the middle of the land and on a circle around it."""
    along, turn = np.linspace(-0.95, 0.95, 40), np.linspace(0, 2 * np.pi, 40)
    x = np.concatenate([along, 0.7 * np.cos(turn)])
    y = np.concatenate([0.3 * along + 0.05, 0.7 * np.sin(turn)])
    return np.column_stack([x, y, land(x, y)])


def assert_hides_what_marching_hides(land: Height, azimuths: Sequence[int]) -> None:
    """Every point that can be seen is shown; of those that can't, none that is more than a pixel away from a rim."""
    field, points = field_of(land), path_on(land)
    close = hidden = 0
    for azimuth in azimuths:
        camera = camera_at(azimuth)
        shown = sight_of(field, camera).shows(points, on_land=True)
        seen = np.nanmax(heights_in_front(land, camera, points), axis=1, initial=-np.inf) <= 0.02
        assert shown[seen].all(), azimuth
        doubtful = points[shown & ~seen]
        assert not surely_hidden(land, camera, doubtful).any(), azimuth
        close += len(doubtful)
        hidden += int((~shown).sum())
    assert close < 0.12 * len(points) * len(azimuths)  # few are shown because a rim is so near
    assert hidden > 0.02 * len(points) * len(azimuths)


@LANDS
def test_the_path_is_hidden_where_land_is_in_front(land: Height) -> None:
    assert_hides_what_marching_hides(land, [0, 45, 90, 180, *range(7, 360, 24)])


@pytest.mark.slow
@LANDS
def test_the_path_is_hidden_where_land_is_in_front_at_every_angle(land: Height) -> None:
    assert_hides_what_marching_hides(land, range(360))


@LANDS
def test_the_floor_is_hidden_where_the_ray_meets_land_before(land: Height) -> None:
    edge = np.linspace(-0.97, 0.97, 8)
    points = np.column_stack([part.ravel() for part in (*np.meshgrid(edge, edge), np.full((8, 8), FLOOR))])
    field, seen = field_of(land), []
    for azimuth in range(3, 360, 60):
        camera = camera_at(azimuth)
        shown = sight_of(field, camera).shows(points)
        below = np.nanmin(heights_in_front(land, camera, points), axis=1, initial=np.inf) >= 0
        assert shown[below].all(), azimuth  # all the way below the land
        assert not shown[surely_hidden(land, camera, points)].any(), azimuth
        seen.append(shown.mean())
    assert 0.1 < np.mean(seen) < 0.95


def test_a_point_that_is_nowhere_is_hidden() -> None:
    sight = sight_of(field_of(hill), camera_at(20))
    points = np.array([[np.nan, 0, 0], [0, 0, np.nan], [0, 0, 0.8], [50, 0, 0]])
    assert sight.shows(points).tolist() == [False, False, True, True]


# ---- what each ray meets ----


@LANDS
@pytest.mark.parametrize("elevation", [12, 30, 70])
def test_every_ray_meets_the_first_land_on_its_way(land: Height, elevation: float) -> None:
    field, camera = field_of(land), camera_at(-53, elevation)
    sight = sight_of(field, camera)
    picked = np.random.default_rng(3).choice(sight.depth.size, 200, replace=False)
    column, row = (picked // sight.depth.shape[1] + 0.5) / RAYS, (picked % sight.depth.shape[1] + 0.5) / RAYS
    depth = np.linspace(-1.45, 1.45, 20001)
    x, y = np.moveaxis(camera.place(np.repeat(column[:, None], len(depth), axis=1), depth), -1, 0)
    tilt = np.radians(elevation)
    ray = ((camera.row - row)[:, None] / camera.scale - depth * np.sin(tilt)) / np.cos(tilt)
    with np.errstate(invalid="ignore"):
        above = np.where((np.abs(x) <= 1) & (np.abs(y) <= 1), ray - land(x, y), np.nan)
        crossing = above[:, 1:] * above[:, :-1] <= 0
    marched = np.where(crossing.any(axis=1), depth[crossing.argmax(axis=1)], np.inf)
    found = sight.depth.ravel()[picked].astype(np.float64)
    with np.errstate(invalid="ignore"):
        agree = (found == marched) | (np.abs(found - marched) < 0.02)
    assert agree.mean() >= 0.99  # the others graze a rim
    from_below = sight.met[~sight.above]
    assert (len(from_below) > 0) == (land is not hill and elevation < 45)


@LANDS
@pytest.mark.parametrize("azimuth", [-60, 0, 45, 90, 217])
def test_a_ray_leads_to_a_point_and_the_point_back_to_its_ray(land: Height, azimuth: float) -> None:
    field, camera = field_of(land), camera_at(azimuth)
    sight = sight_of(field, camera)
    points = sight.points()
    column, row, _ = np.moveaxis(camera.project(points), -1, 0)
    assert np.abs(column * RAYS - 0.5 - sight.met // sight.depth.shape[1]).max() < 1e-3
    assert np.abs(row * RAYS - 0.5 - sight.met % sight.depth.shape[1]).max() < 3e-3
    inside = (np.abs(points[:, :2]) < 0.999).all(axis=1)
    assert np.abs(points[inside, 2] - land(points[inside, 0], points[inside, 1])).max() < 3e-3


@pytest.mark.parametrize("azimuth", [-60, 0, 37, 45, 90, 180])
@pytest.mark.parametrize("elevation", [10, 32, 80])
def test_flat_land_fills_its_parallelogram(azimuth: float, elevation: float) -> None:
    field, camera = field_of(lambda x, _: 0 * x), camera_at(azimuth, elevation)
    sight = sight_of(field, camera)
    corners = camera.project(np.array([(-1, -1, 0), (1, -1, 0), (1, 1, 0), (-1, 1, 0)], dtype=np.float64))[:, :2]
    column, row = np.meshgrid(*((np.arange(RAYS * n) + 0.5) / RAYS for n in SIZE), indexing="ij")
    inward = []  # pixels from each side
    for begin, end in pairwise([*corners, corners[0]]):
        along = (end - begin) / np.linalg.norm(end - begin)
        inward.append((row - begin[1]) * along[0] - (column - begin[0]) * along[1])
    from_edge = np.max(inward, axis=0) * -1  # the corners go around against the clock as they are seen
    met = np.zeros(sight.depth.shape, dtype=bool)
    met.ravel()[sight.met] = True
    assert met[from_edge > 1 / RAYS].all()
    assert not met[from_edge < -1 / RAYS].any()


def test_what_is_seen_is_the_same_every_time() -> None:
    field, camera = field_of(waves), camera_at(11)
    one, two = sight_of(field, camera), sight_of(field, camera)
    assert np.array_equal(one.depth, two.depth)
    assert np.array_equal(one.height, two.height)


# ---- land with holes ----


def test_holes_are_open() -> None:
    edge = np.linspace(-1, 1, 201)
    x, y = np.meshgrid(edge, edge)
    flat = np.where(np.hypot(x, y) < 0.5, np.nan, 0.0)
    camera = camera_at(-60)
    sight = sight_of(Heightfield(flat), camera)
    around = np.hypot(*sight.points()[:, :2].T)
    assert around.min() > 0.48
    turn = np.linspace(0, 2 * np.pi, 50)
    rings = [np.column_stack([r * np.cos(turn), r * np.sin(turn), np.full(50, -0.03)]) for r in (0.4, 0.65)]
    assert sight.shows(rings[0]).all()
    assert not sight.shows(rings[1]).any()


def test_infinite_heights_are_holes_too() -> None:
    heights = np.zeros((51, 51))
    heights[20:30, 20:30] = np.inf
    missing = heights.copy()
    missing[20:30, 20:30] = np.nan
    one, two = (sight_of(Heightfield(kind), camera_at(-60)) for kind in (heights, missing))
    assert np.array_equal(one.depth, two.depth)


def test_land_is_cut_off_at_its_top_exactly() -> None:
    def cone(x: Array, y: Array) -> Array:
        return np.hypot(x, y)

    sight = sight_of(field_of(cone, top=0.5), camera_at(20, 75))
    around = np.hypot(*sight.points()[:, :2].T)
    assert 0.495 < around.max() < 0.503
    assert sight.height.max() <= 0.5
    area = len(sight.met) / (RAYS * 52) ** 2 / np.sin(np.radians(75))  # a level cut of a cone is a disc
    assert area == pytest.approx(np.pi * 0.25, rel=0.01)


def test_over_the_edge_of_cut_land_one_sees_its_valley() -> None:
    def steep(x: Array, y: Array) -> Array:
        return np.asarray(2.0 * (x * x + y * y))

    bottom, camera = np.zeros((1, 3)), camera_at(-60, 30)
    assert not sight_of(field_of(steep), camera).shows(bottom, on_land=True)[0]
    assert sight_of(field_of(steep, top=0.15), camera).shows(bottom, on_land=True)[0]


def test_heights_at_places_are_those_of_the_land_as_it_is_drawn() -> None:
    field = field_of(bowl, top=0.4)
    places = np.array([(0.3, -0.4), (0.95, 0.95), (1.2, 0.0), (np.nan, 0.0)])
    assert field.at(places)[0] == pytest.approx(0.45 * 0.25, abs=1e-4)
    assert np.isnan(field.at(places)[1:]).all()


# ---- its colours ----


def test_the_mean_of_rays_is_exact() -> None:
    rays = np.random.default_rng(1).integers(0, 256, (12, 8, 4), dtype=np.uint8)
    mean = mean_of_rays(rays.view(np.uint32)[..., 0])
    wanted = np.floor(rays.reshape(6, 2, 4, 2, 4).astype(float).mean(axis=(1, 3)) + 0.5)
    assert np.array_equal(mean, wanted.transpose(1, 0, 2))


def test_higher_bands_are_darker_and_the_edge_is_smooth() -> None:
    field, camera = field_of(lambda x, _: (x + 1) / 2), camera_at(-90, 80)
    picture = Relief([0.25, 0.5, 0.75], 1.0, LIGHT, 1.0).paint(sight_of(field, camera))
    across = picture[SIZE[1] // 2].astype(int)
    columns = [round(camera.project(np.array([x, 0, (x + 1) / 2]))[0]) for x in (-0.75, -0.25, 0.25, 0.75)]
    tones = across[columns, 0]
    assert (np.diff(tones) < -3).all()
    assert set(np.unique(picture[..., 3])) >= {0, 255}
    assert len(np.unique(picture[..., 3])) > 2  # partly covered pixels at the edge


# ---- the view ----

HIMMELBLAU = Formula(
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)), minima=((3, 2), (-2.805118, 3.131312))
)
ROSENBROCK = Formula("(1 - x)**2 + 100*(y - x**2)**2", region=((-2, 2), (-1, 3)), minima=((1, 1),))
SADDLE = Formula("x**2 - y**2")
FENCED = Formula("x - log(x) + y**2", region=((-1, 3), (-1, 2)))


def story_of(loss: Formula, start: tuple[float, float], steps: int = 6, rate: float = 0.01) -> Story:
    return Story(loss, (descend(loss, GradientDescent(rate), start=start, steps=steps),), ("",))


STORIES = {
    "himmelblau": story_of(HIMMELBLAU, (-0.3, 0.2)),
    "rosenbrock": story_of(ROSENBROCK, (-1.5, 2.4), rate=0.001),
    "saddle": story_of(SADDLE, (1.7, 0.05), rate=0.2),
    "fenced": story_of(FENCED, (2.5, 1.5), rate=0.2),
    "diverging": story_of(SADDLE, (0.1, 0.5), steps=9, rate=3.0),
    "level": story_of(Formula("0*x + 0*y"), (1, 1)),
    "below zero": story_of(Formula("-1000 + 200*x**2 + 200*y**2", region=((-3, 3), (-3, 3))), (0.1, 0.2), rate=1e-4),
    "beyond floats": story_of(Formula("exp(300*x) + exp(-300*x) + y**2", region=((-5, 5), (-1, 1))), (0.001, 0.5)),
    "at rest": story_of(HIMMELBLAU, (3, 2), steps=3),
}
STORY = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
TURN = pytest.mark.parametrize("turn", [0, 50])


def film(story: Story, theme: str = "light", size: tuple[int, int] = (320, 180), **looks: float) -> Compositor:
    views: list[tuple[View, Box]] = [
        (Surface(**looks), Box(48, 130, 1232, 690)),
        (Heading("A land"), Box(0, 0, 1280, 128)),
    ]
    return Compositor(story, views, THEMES[theme], size)


def moments(story: Story) -> list[Moment]:
    last = story.last(0)
    told = [Moment(0, 0, Phase.READY)]
    for step in range(last):
        told += [Moment(0, step, Phase.LOOK), *(Moment(0, step, Phase.MOVE, part) for part in (0.3, 0.7, 1.0))]
    return [*told, Moment(0, last, Phase.REST)]


@STORY
@TURN
@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.slow)])
def test_cached_frames_equal_frames_painted_from_scratch(story: Story, turn: float, theme: str) -> None:
    told = moments(story)
    assert_cache_is_exact(film(story, theme, turn=turn), told, min(5, len(told) // 2), seed=2)


@TURN
def test_moments_may_be_drawn_in_any_order(turn: float) -> None:
    story = STORIES["himmelblau"]
    told, drawn = moments(story)[::2], film(story, turn=turn)
    assert_any_order(drawn, told)
    assert len({drawn.frame(moment).tobytes() for moment in told}) == len(told)


def test_the_camera_turns_while_the_ball_moves_and_ends_where_it_should() -> None:
    story = STORIES["himmelblau"]
    still, turned = film(story, azimuth=-20), film(story, azimuth=-60, turn=40)
    rest = Moment(0, story.last(0), Phase.REST)
    floor = [[line.get_xydata() for line in _lines(one, rest)] for one in (still, turned)]
    # The scale differs, as there must be room for every angle; the shape of the floor's first edges does not.
    slopes = [[(b[1] - a[1]) / (b[0] - a[0]) for a, b in edges] for edges in floor]
    assert slopes[0] == pytest.approx(slopes[1])
    looked = turned.frame(Moment(0, 2, Phase.LOOK)).copy()
    assert np.array_equal(looked[130:], turned.frame(Moment(0, 2, Phase.DECIDE))[130:])


def _lines(compositor: Compositor, moment: Moment) -> list[object]:
    """The edges of the floor, which are the only lines of two points as wide as that."""
    compositor.frame(moment)
    drawn = [*panes_on(compositor.figure)[0].get_children(), *compositor.moving]
    return [a for a in drawn if getattr(a, "get_linewidth", lambda: 0)() == 1.5 and len(a.get_xydata()) == 2][:4]


def haloed(label: Label) -> Area:
    """The pixels of a text with its halo."""
    area = label.area()
    assert area is not None, label.words
    return area


@STORY
@pytest.mark.parametrize("box", [Box(48, 130, 1232, 690), Box(48, 158, 748, 638)], ids=["wide", "panel"])
@pytest.mark.parametrize(
    "size", [pytest.param((1280, 720), marks=pytest.mark.slow, id="1280"), pytest.param((640, 360), id="640")]
)
def test_no_text_is_clipped_or_lies_over_another(story: Story, box: Box, size: tuple[int, int]) -> None:
    compositor = Compositor(story, [(Surface(turn=90), box)], LIGHT, size)
    for moment in moments(story)[::4]:
        assert_apart([(label.words, haloed(label)) for label in moving(compositor, moment)], size, moment)


@STORY
def test_the_path_lies_on_the_land(story: Story) -> None:
    land = ground(story)
    drawing = film(story).views[0].show.__self__  # type: ignore[attr-defined]
    places = drawing.courses[0].points
    low, high = np.array([land.across, land.along]).T
    params = low + (places[:, :2] + 1) / 2 * (high - low)
    with np.errstate(all="ignore"):
        heights = land.height(story.loss.value(params))
    there = np.isfinite(places[:, 2])
    assert there[0]
    assert np.abs(places[there, 2] - heights[there]).max() * drawing.fit[0] * 4 < 1.0  # pixels of 1280 x 720
    assert (places[there, 2] <= HIGH + 1e-6).all()


def test_heights_are_a_logarithm_where_the_path_stays_far_below_most_of_the_land() -> None:
    assert ground(STORIES["rosenbrock"]).knee is not None
    assert ground(STORIES["himmelblau"]).knee is None
    for story in STORIES.values():
        land = ground(story)
        heights = land.height(np.linspace(land.low, land.high, 50))
        assert heights[0] == 0
        assert heights[-1] == pytest.approx(HIGH)
        assert (np.diff(heights) > 0).all()
        assert all(0 < level < HIGH for level in land.levels())


@dataclass(frozen=True)
class Together(Story):
    """A story whose runs all move at once."""

    together: bool = True


def test_of_runs_told_together_all_are_shown() -> None:
    paths = [
        descend(HIMMELBLAU, method, start=(-0.3, 0.2), steps=5) for method in (GradientDescent(0.01), Momentum(0.01))
    ]
    story = Together(HIMMELBLAU, tuple(paths), ("", ""))
    cached, told = film(story), moments(story)
    assert_cache_is_exact(cached, told, len(told), seed=1)
    drawing = cached.views[0].show.__self__  # type: ignore[attr-defined]
    balls = [walker.ball.get_xydata() for walker in drawing.walkers]
    assert len(balls) == 2
    assert np.linalg.norm(balls[0] - balls[1]) > 3


def test_what_can_not_be_shown_is_refused_with_a_sentence() -> None:
    with pytest.raises(BadScene, match=r"^elevation: 90 can't be used; allowed: 5 to 85 degrees above the horizon$"):
        Surface(elevation=90)
    with pytest.raises(BadScene, match=r"^turn: inf can't be used; allowed: a finite number of degrees$"):
        Surface(turn=float("inf"))
    loss = Formula("m**2")
    story = Story(loss, (descend(loss, GradientDescent(0.1), start=2, steps=3),), ("",))
    with pytest.raises(
        BadScene, match=r"^loss: 'm' can't be used; a surface shows the loss of exactly two parameters$"
    ):
        film(story)
    nowhere = Formula("log(-1 - x**2) + y")
    with pytest.raises(BadScene, match=r"it is not defined anywhere in the region to show$"):
        ground(Story(nowhere, STORIES["saddle"].runs, ("",)))
