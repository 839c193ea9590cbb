"""How fast a turning land is drawn, beside matplotlib's own `plot_surface`."""

from collections.abc import Iterator
from itertools import count

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import BoundaryNorm, LightSource, ListedColormap
from matplotlib.figure import Figure
from measure import race, report

from gdviz.descent.formula import Formula
from gdviz.descent.optimizers import GradientDescent
from gdviz.descent.stepper import descend
from gdviz.descent.story import Story
from gdviz.picture.heightfield import RAYS, Camera, Heightfield
from gdviz.picture.shading import Relief, overlay
from gdviz.picture.surface import GRID, HIGH, ground
from gdviz.picture.theme import LIGHT

pytestmark = pytest.mark.benchmark

SIZE = (700, 480)
QUADS = 170  # along each side; with more the picture comes no closer to its own limit
FASTER = 2.0
ROUNDS = 15
LIMIT = 4  # times finer is the picture that both are compared with
LOSS = Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)))


class Ours:
    """The land as `Surface` draws it."""

    def __init__(self, heights: np.ndarray, levels: list[float], finer: int = 1) -> None:
        self.field, self.relief, self.finer = Heightfield(heights, HIGH), Relief(levels, HIGH, LIGHT, finer), finer

    def draw(self, azimuth: float) -> np.ndarray:
        width, height = (self.finer * side for side in SIZE)
        camera = Camera(azimuth, 32, 170 * self.finer, width / 2, 0.49 * height)
        pixels = np.full((height, width, 4), 255, dtype=np.uint8)
        overlay(pixels, self.relief.paint(self.field.seen(camera, (width, height), self.field.light((0.0, 0.6, 0.8)))))
        return pixels


class Theirs:
    """The same land of quads, made once; for a frame only the camera is moved.

    It is drawn at `RAYS` times the size and averaged, which gives it as many samples in a pixel as ours has: its own
    smoothing leaves seams between the quads.
    """

    def __init__(self, heights: np.ndarray, levels: list[float], quads: int = QUADS, finer: int = 1) -> None:
        figure = Figure(figsize=(SIZE[0] / 72, SIZE[1] / 72), dpi=72 * RAYS * finer)
        self.canvas = FigureCanvasAgg(figure)
        self.axes: Axes = figure.add_axes((0, 0, 1, 1), projection="3d")
        self.axes.set_axis_off()
        picked = np.linspace(0, GRID - 1, quads + 1).round().astype(int)
        edge, kept = np.linspace(-1, 1, GRID)[picked], np.minimum(heights[np.ix_(picked, picked)], HIGH)
        bands = ListedColormap(np.linspace([0.95, 0.96, 0.98], [0.7, 0.76, 0.84], len(levels) + 1))
        colours = LightSource().shade(kept, bands, norm=BoundaryNorm([0, *levels, HIGH + 1e-9], bands.N))
        self.axes.plot_surface(  # type: ignore[attr-defined]
            *np.meshgrid(edge, edge), kept, facecolors=colours, rcount=quads + 1, ccount=quads + 1, linewidth=0,
            antialiased=False,
        )  # fmt: skip

    def draw(self, azimuth: float) -> np.ndarray:
        self.axes.view_init(32, azimuth)  # type: ignore[attr-defined]
        self.canvas.draw()
        return coarser(np.asarray(self.canvas.buffer_rgba()), RAYS)


def coarser(pixels: np.ndarray, times: int) -> np.ndarray:
    """Return a picture of so many times fewer pixels along each side, each the mean of those it replaces."""
    columns = sum(pixels[:, k::times].astype(np.uint16) for k in range(times))
    return np.asarray(sum(columns[k::times] for k in range(times)) // times**2)  # type: ignore[index]


def roughness(picture: np.ndarray, limit: np.ndarray) -> float:
    """Return by how many levels of 255 a picture differs from its own limit, root mean square."""
    return float(np.sqrt(((picture[..., :3].astype(float) - limit[..., :3]) ** 2).mean()))


def test_a_turning_land_is_drawn_faster_than_by_plot_surface() -> None:
    story = Story(LOSS, (descend(LOSS, GradientDescent(0.01), start=(-0.3, 0.2), steps=5),), ("",))
    land, edge = ground(story), np.linspace(-5, 5, GRID)
    heights, levels = land.height(LOSS.value(np.stack(np.meshgrid(edge, edge), axis=-1))), land.levels()
    ours, theirs = Ours(heights, levels), Theirs(heights, levels)
    our_limit = coarser(Ours(heights, levels, LIMIT).draw(-60), LIMIT)
    their_limit = coarser(Theirs(heights, levels, GRID - 1, LIMIT // RAYS).draw(-60).astype(np.uint8), LIMIT // RAYS)
    rough = roughness(ours.draw(-60), our_limit), roughness(theirs.draw(-60), their_limit)
    angles: Iterator[int] = count(-60)
    found = race({"gdviz": lambda: ours.draw(next(angles)), "matplotlib": lambda: theirs.draw(next(angles))}, ROUNDS)
    ratio = found["matplotlib"] / found["gdviz"]
    report(
        f"A land of {SIZE[0]} x {SIZE[1]}, the camera turning, median of {ROUNDS} frames, {RAYS} x {RAYS} in a pixel",
        [
            ("gdviz", f"{1000 * found['gdviz']:.0f} ms"),
            (f"matplotlib, {QUADS} x {QUADS} quads, without the lines", f"{1000 * found['matplotlib']:.0f} ms"),
            (f"matplotlib takes longer, at least {FASTER} times", f"{ratio:.1f}"),
            ("gdviz differs from a picture of ever smaller pixels by", f"{rough[0]:.2f} of 255"),
            ("matplotlib does, from ever smaller quads and pixels", f"{rough[1]:.2f} of 255"),
        ],
    )
    assert rough[0] <= rough[1]
    assert ratio >= FASTER
