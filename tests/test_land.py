"""The loss from above: lines where the loss has their value, bands between them, arrows that point the right way."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from scenery import film_of

from gdviz import Contour, Formula, Function, GradientDescent, History, Line, Rule, Scene, surface
from gdviz.descent.data import Data
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.surfaces import SURFACES
from gdviz.picture.plane import WIDER, Plane
from gdviz.picture.relief import Levels, levels, shade, stretch
from gdviz.picture.theme import LIGHT
from gdviz.picture.view import Pen
from gdviz.problems import BadScene

PLANES = [name for name, row in SURFACES.items() if not isinstance(row.start, float | int)]


def plane(story: Story, width: float = 640, height: float = 400) -> Plane:
    """A plane in a box of that size."""
    figure = Figure(figsize=(1280 / 72, 720 / 72), dpi=72)
    axes = figure.add_axes((100 / 1280, 1 - (100 + height) / 720, width / 1280, height / 720))
    return Plane(Pen(axes, LIGHT), story)


def bowl(loss: str | Formula = "x**2 + 4*y**2", **fields: object) -> Story:
    return Scene(loss, GradientDescent(0.1), **{"start": (2, 1), "steps": 9, **fields}).story()


# levels


def test_a_bowl_has_lines_at_round_losses_at_equal_distances() -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 200), np.linspace(-2, 2, 200))
    chosen = levels(x**2 + y**2, 0.0)
    assert not chosen.log
    assert np.ptp(np.diff(chosen.at)) < 1e-12
    assert 5 <= len(chosen.at) <= 12


@pytest.mark.parametrize("name", ["rosenbrock", "beale", "goldstein_price"])
def test_a_ravine_has_lines_at_powers_of_ten(name: str) -> None:
    loss = surface(name)
    (x0, x1), (y0, y1) = loss.about.region or ()
    points = np.stack(np.meshgrid(np.linspace(x0, x1, 200), np.linspace(y0, y1, 200)), axis=-1)
    values = loss.value(points)
    chosen = levels(values, float(loss.value(np.array(loss.about.minima[0]))))
    assert chosen.log
    tens = np.log10(chosen.at[chosen.strong] - chosen.lowest)
    assert np.allclose(tens, np.rint(tens))
    below = (values < chosen.at[0]).mean()
    assert 0 < below < 0.05  # a small area around the minimum is the lowest band


@pytest.mark.parametrize("name", PLANES)
def test_every_named_surface_has_lines_that_part_its_picture(name: str) -> None:
    loss = surface(name)
    (x0, x1), (y0, y1) = loss.about.region or ()
    points = np.stack(np.meshgrid(np.linspace(x0, x1, 120), np.linspace(y0, y1, 90)), axis=-1)
    values = loss.value(points)
    chosen = levels(values, min(float(loss.value(np.array(m))) for m in loss.about.minima))
    band = np.floor(chosen.band(values))
    shares = np.bincount(band.astype(int).ravel()) / band.size
    assert 3 <= len(chosen.at) <= 40
    assert (shares > 0.005).sum() >= 3
    assert shares.max() < 0.9  # the plain around a crater


def test_bands_count_the_lines_below() -> None:
    for chosen in (
        Levels(np.array([1.0, 2.0, 3.0]), np.zeros(3, dtype=bool), False, 0.0),
        Levels(np.array([1.0, 10.0, 100.0]), np.zeros(3, dtype=bool), True, 0.0),
    ):
        between = np.array([0.5, 1.5, 2.5, 150.0])
        below = np.minimum(np.floor(chosen.band(between)), len(chosen.at))
        assert np.array_equal(below, np.searchsorted(chosen.at, between))


def test_a_loss_defined_nowhere_is_refused() -> None:
    with pytest.raises(BadScene, match="allowed: a region where the loss has finite values"):
        levels(np.full((9, 9), np.nan), 0.0)


# the picture


def test_lines_lie_where_the_loss_has_their_value() -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 401), np.linspace(-2, 2, 401))
    loss = x**2 + y**2
    chosen = Levels(np.array([1.0]), np.array([False]), False, 0.0)
    picture = shade(loss, chosen, "#ffffff", "#ffffff", "#000000", "#000000", 1.0)
    dark = picture[..., 0] < 128
    off = np.abs(np.sqrt(loss[dark]) - 1.0)
    assert dark.sum() > 300
    assert off.max() < 0.012  # a pixel is 0.01
    angle = np.arctan2(y[dark], x[dark])
    assert np.ptp(np.histogram(angle, bins=24)[0]) < 0.5 * dark.sum() / 24  # equally wide all around


def test_low_is_light_and_high_is_dark() -> None:
    ramp = np.tile(np.linspace(0, 1, 100), (9, 1))
    chosen = Levels(np.array([0.25, 0.5, 0.75]), np.zeros(3, dtype=bool), False, 0.0)
    row = shade(ramp, chosen, "#ffffff", "#808080", "#ffffff", "#ffffff", 0.01)[4, :, 0].astype(int)
    middles = row[[12, 37, 62, 87]]  # of the bands, away from the lines
    assert (np.diff(middles) < 0).all()
    assert middles[0] == 255
    assert middles[-1] == 128


def test_where_the_loss_is_not_defined_there_are_stripes() -> None:
    loss = np.ones((60, 60))
    loss[:, 30:] = np.nan
    picture = shade(
        loss, Levels(np.array([2.0]), np.array([False]), False, 0.0), "#ffffff", "#808080", "#000000", "#000000", 1.0
    )
    assert len(np.unique(picture[:, :28], axis=None)) == 1
    assert set(np.unique(picture[:, 32:])) == {128, 255}


def test_stretching_keeps_straight_lines() -> None:
    field = np.add.outer(np.arange(10.0), 2 * np.arange(7.0))
    wide = stretch(field, 40, 35)
    inner = wide[2:-2, 3:-3]
    assert np.allclose(np.diff(inner, axis=0), 0.25)
    assert np.allclose(np.diff(inner, axis=1), 0.4)
    assert np.array_equal(stretch(field, 10, 7), field)


# the plane


def test_both_axes_have_one_unit_where_little_more_is_shown_for_it() -> None:
    shown = plane(bowl(Formula("x**2 + y**2", region=((-3, 3), (-2.5, 2.5)))))
    units = [abs(axis.end - axis.begin) / (axis.high - axis.low) for axis in (shown.across, shown.up)]
    assert units[0] == pytest.approx(units[1])
    narrow = plane(bowl(Formula("x**2 + y**2", region=((-3, 3), (-0.2, 1.1)))))
    assert (narrow.across.low, narrow.across.high) == (-3, 3)
    assert WIDER > 1


def test_the_plane_shows_start_path_and_minimum() -> None:
    story = bowl("(x - 5)**2 + 4*(y + 3)**2")
    shown = plane(story)
    for point in [*story.runs[0].params[:, 0], np.array(story.minima[0])]:
        assert shown.holds(shown.place(point))


def test_a_path_that_goes_a_little_beyond_the_region_is_shown_whole() -> None:
    loss = Formula("x**2 + y**2", region=((-1, 2), (-2, 2)))
    story = Scene(loss, GradientDescent(0.8), start=(2, 0), steps=9).story()
    assert story.plane[0][0] < -1.2
    assert story.plane[0][1] == 2


def test_data_keep_units_of_their_own() -> None:
    data = Data(np.arange(9.0), 1000 * np.arange(9.0) + 3)
    shown = plane(Scene(Line(data, intercept=True), GradientDescent(0.01), steps=9).story())
    first, second = shown.across.high - shown.across.low, shown.up.high - shown.up.low
    assert first / second > 2 * 640 / 400


def test_a_python_function_is_shown_as_well() -> None:
    loss = Function(lambda x, y: x**2 + y**2, names=("x", "y"), region=((-2, 2), (-2, 2)))
    film = film_of(Scene(loss, GradientDescent(0.1), start=(1, 1), steps=5, size=(640, 360)))
    assert film.ticks > 0


# the arrows


def arrow(film: object, colour: str) -> np.ndarray:
    """The corners of the arrow of a colour."""
    moving = film.compositor.moving  # type: ignore[attr-defined]
    found = [
        a for a in moving if isinstance(a, Polygon) and a.get_visible() and to_rgb(a.get_facecolor()) == to_rgb(colour)
    ]
    return np.asarray(found[0].get_xy())


def test_the_gradient_points_uphill_and_the_step_against_it() -> None:
    film = film_of(Scene("x**2 + 4*y**2", GradientDescent(0.05), start=(2, 1), steps=5))
    film.compositor.frame(Moment(0, 0, Phase.DECIDE, 1.0))
    uphill, step = arrow(film, LIGHT.slope), arrow(film, LIGHT.rate)
    ways = [corners[3] - (corners[0] + corners[6]) / 2 for corners in (uphill, step)]  # from the tail to the tip
    cosine = float(ways[0] @ ways[1] / np.linalg.norm(ways[0]) / np.linalg.norm(ways[1]))
    assert cosine == pytest.approx(-1, abs=1e-6)
    assert ways[0][0] > 0  # the minimum is to the left
    assert ways[0][1] < 0  # and below: units count downwards


def test_the_question_shows_the_gradient_and_not_the_step() -> None:
    film = film_of(Scene("x**2 + 4*y**2", GradientDescent(0.05), start=(2, 1), steps=5, ask=True))
    film.compositor.frame(Moment(0, 0, Phase.ASK, 1.0))
    assert len(arrow(film, LIGHT.slope))
    with pytest.raises(IndexError):
        arrow(film, LIGHT.rate)


def test_gradient_arrows_are_optional() -> None:
    views = [[Contour(gradient=False), History()], [Rule()]]
    film = film_of(Scene("x**2 + 4*y**2", GradientDescent(0.05), start=(2, 1), steps=5, views=views))
    film.compositor.frame(Moment(0, 0, Phase.DECIDE, 1.0))
    with pytest.raises(IndexError):
        arrow(film, LIGHT.slope)
