"""A film as matplotlib's own animation, for those who have code that saves or shows one."""

import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gdviz.footage import Footage
from gdviz.scene import Scene

DPI = 64.0  # a power of two, so that inches times it are whole pixels again


def funcanimation(scene: Scene, figure: Figure | None = None) -> FuncAnimation:
    """Return the film of a scene as a `matplotlib.animation.FuncAnimation`: `save` it, or show its `to_jshtml()`.

    Its one artist is an image of each finished picture, so that every pixel is that of `scene.render`, as long as it is
    saved at the figure's own resolution; what is behind it, axes and lines, is not to be had from the figure. A frame
    is a tick of the film, as its interval is constant, so a hold is many equal frames, and saving is slow: a film of
    13 s took matplotlib half a minute with ffmpeg and more than a minute with Pillow, and `render` 4 s.

    figure: where it is shown, such as `plt.figure()`, where `plt.show()` is to play it; the picture keeps its shape. A
        figure of its own, unknown to pyplot, and of exactly the size of the scene, unless given.

    Raises `BadScene` for a text that can't be drawn.
    """
    footage = Footage.of(scene)
    width, height = scene.size
    own = figure is None
    if figure is None:
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
        FigureCanvasAgg(figure)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    image = axes.imshow(
        np.zeros((height, width, 4), np.uint8), interpolation="none" if own else None, aspect="auto" if own else "equal"
    )
    shown = np.repeat(np.arange(len(footage.shots)), [shot.ticks for shot in footage.shots])

    def show(tick: int) -> list[Artist]:
        image.set_data(footage.picture(footage.shots[shown[tick]].moment))
        return [image]

    return FuncAnimation(
        figure, show, frames=footage.ticks, interval=1000 / scene.fps, repeat=scene.loop != 1, cache_frame_data=False
    )
