"""The measure of a race: the same film made with matplotlib's own `FuncAnimation`, in its best usual form.

What a lecturer writes: filled contours and contour lines of the loss on a grid, a path with markers for each method, a
marker at its head and its name beside it, the losses on a log axis, a scoreboard of texts. Every artist is made once
and then only given new data and new words. Where the picture could be had cheaper than gdviz draws it (no casing under
the paths, no halos around the names, no dots left out where they crowd), the cheaper form is taken.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe
from matplotlib import rc_context
from matplotlib.animation import FFMpegWriter, FuncAnimation, PillowWriter
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from usual import ENCODING, HEIGHT, WIDTH

from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.theme import LIGHT
from gdviz.words import number, short

PLANE, HISTORY = (84.0, 158.0, 673.0, 621.0), (797.0, 502.0, 1222.0, 621.0)  # left, top, right, bottom
GRID = 300  # points along each side for the contours; with 100 the innermost lines have corners
LEVELS = (0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000)
ROWS = (213.0, 259.0, 305.0, 351.0, 397.0)
COLUMNS = (984, 1058, 1145, 1231)
APART = 40.0  # pixels: heads nearer than that to each other go without names
OUTLINE = withStroke(linewidth=8, foreground=LIGHT.ground)  # of a halo of 4


class UsualRace:
    """The figure, and `update`, which sets it to a moment."""

    def __init__(self, story: Story, title: str) -> None:
        self.story, self.standing = story, story.standing
        self.paths = [run.params[: story.last(k) + 1, 0] for k, run in enumerate(story.runs)]
        self.losses = [run.loss[: story.last(k) + 1, 0] for k, run in enumerate(story.runs)]
        self.styles = [LIGHT.run(story.style(run)) for run in range(len(story.runs))]
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=LIGHT.ground)
        FigureCanvasAgg(self.figure)
        self.sheet = self._panel((0, 0, WIDTH, HEIGHT), (0, WIDTH), (HEIGHT, 0))
        self.sheet.set_axis_off()
        self.sheet.set_zorder(3)  # the names lie over the plane
        across, up = story.plane
        self.plane = self._panel(PLANE, across, up)
        self.plane.spines["bottom"].set_visible(False)
        low, high = (10.0 ** side(np.log10(self.standing.loss)) for side in (_floor, _ceil))
        self.history = self._panel(HISTORY, (0, story.steps), (low, high))
        self.history.set_yscale("log")
        self._lay(title)
        self._move()

    def save(self, path: Path, moments: Sequence[Moment], fps: int) -> None:
        """Make the film; the suffix of `path` says whether by Pillow or by the ffmpeg that gdviz uses."""
        with rc_context({"animation.ffmpeg_path": get_ffmpeg_exe()}):
            film = FuncAnimation(self.figure, self.update, moments, init_func=list, cache_frame_data=False)
            film.save(path, writer=_writer(path, fps), dpi=72, savefig_kwargs={"facecolor": LIGHT.ground})

    def update(self, moment: Moment) -> list[Any]:
        """Set every artist to a moment."""
        moving = moment.phase is Phase.MOVE
        landed = moment.step + (moving and moment.progress >= 1)
        eased = moment.progress**2 * (3 - 2 * moment.progress) if moving else 0.0
        heads = []
        for run, (path, losses) in enumerate(zip(self.paths, self.losses, strict=True)):
            k, last = min(moment.step, len(path) - 1), len(path) - 1
            x, y = path[k] + (path[min(k + 1, last)] - path[k]) * eased
            at = k + eased * (k < last)
            loss = losses[k] * (losses[min(k + 1, last)] / losses[k]) ** eased
            self.ways[run].set_data([*path[: k + 1, 0], x], [*path[: k + 1, 1], y])
            self.dots[run].set_data(path[1:k, 0], path[1:k, 1])
            self.lines[run].set_data([*range(k + 1), at], [*losses[: k + 1], loss])
            self.heads[run].set_data([x], [y])
            self.ends[run].set_data([at], [loss])
            heads.append((x, y))
        self._name(np.array(heads))
        self._board(landed)
        self.sentence.set_text("".join(words for words, _ in moment.sentence))
        self.counter.set_text(f"step {min(moment.step + 1, self.story.steps)}")
        return []

    def _panel(self, box: tuple[float, ...], across: tuple[float, float], up: tuple[float, float]) -> Axes:
        left, top, right, bottom = box
        place = (left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT)
        axes = self.figure.add_axes(place, facecolor="none")
        axes.set(xlim=across, ylim=up)
        axes.tick_params(length=0, labelsize=17, labelcolor=LIGHT.muted, pad=8)
        axes.spines[["left", "top", "right"]].set_visible(False)
        axes.spines["bottom"].set(color=LIGHT.axis, linewidth=1.5)
        return axes

    def _text(self, x: float, y: float, words: str, size: float, role: str, align: str = "left", **more: Any) -> Any:
        colour = LIGHT.role(role)
        return self.sheet.text(x, y, words, size=size, color=colour, ha=align, family="DejaVu Sans", **more)

    def _lay(self, title: str) -> None:
        """Lay what never changes."""
        self._contours()
        self.history.grid(axis="y", color=LIGHT.grid, linewidth=1)
        self.history.minorticks_off()
        names = self.story.loss.about.names
        self._text(683, 627, names[0], 22, "muted", weight="bold")
        self._text(75, 148, names[1], 22, "muted", "right", weight="bold")
        self._text(48, 58, title, 32, "ink", weight="bold")
        self._text(741, 486, "loss after each step", 20, "ink", weight="bold")
        self._text(1009, 666, "step", 18, "muted", "center")
        self._text(48, 696, self.story.protocol, 17, "muted")
        of = f"of {self.story.steps}"
        self._text(1232, 58, of, 20, "muted", "right")
        self.counter_right = 1232 - 11.7 * len(of) - 3
        for words, x in zip(("rate", "loss\nnow", "best\nloss", f"steps\nto {self._target}"), COLUMNS, strict=True):
            self._text(x, 182, words, 17, "muted", "right", linespacing=1.0)
        for place, y in enumerate(ROWS, 1):
            self._text(733, y + 6, str(place), 18, "muted")

    @property
    def _target(self) -> str:
        return number(self.standing.target, 3)

    def _contours(self) -> None:
        """Lay the loss, its lines with their numbers, the start and the minimum."""
        story, axes = self.story, self.plane
        across, up = (np.linspace(*ends, GRID) for ends in story.plane)
        loss = story.loss.value(np.stack(np.meshgrid(across, up), axis=-1))
        bands = np.linspace(0, 1, len(LEVELS) + 1)
        ground, high = (np.array([int(c[k : k + 2], 16) / 255 for k in (1, 3, 5)]) for c in (LIGHT.ground, LIGHT.high))
        axes.contourf(across, up, loss, [0, *LEVELS, 1e9], colors=[ground + part * (high - ground) for part in bands])
        widths = [1.8 if np.log10(level) % 1 == 0 else 1.0 for level in LEVELS]
        lines = axes.contour(across, up, loss, LEVELS, colors=LIGHT.axis, linewidths=widths)
        axes.clabel(lines, [0.1, 1, 10, 100, 1000], fontsize=17, colors=LIGHT.muted, fmt="%g")
        (minimum,), start = story.minima, self.paths[0][0]
        axes.plot(*minimum, "+", markersize=18, markeredgewidth=2.5, color=LIGHT.ink)
        axes.plot(*start, "o", markersize=15, markeredgewidth=3, color=LIGHT.ground, markeredgecolor=LIGHT.ink)
        axes.plot(*np.transpose(story.loss.about.saddles), "x", markersize=12, markeredgewidth=2, color=LIGHT.muted)
        for words, place in (("minimum", minimum), ("start", start)):
            axes.annotate(words, place, (17, -6), textcoords="offset points", size=17, color=LIGHT.ink)

    def _move(self) -> None:
        """Make what moves, empty."""
        self.ways, self.dots, self.heads, self.names, self.lines, self.ends, self.rows = ([] for _ in range(7))
        for run, style in enumerate(self.styles):
            look: dict[str, Any] = {"color": style.colour, "marker": style.marker, "linestyle": "none"}
            rim = {"markeredgecolor": LIGHT.ground}
            self.ways += self.plane.plot([], [], color=style.colour, linewidth=2.5)
            self.dots += self.plane.plot([], [], markersize=9 * style.size, markeredgewidth=0, **look)
            self.heads += self.plane.plot([], [], markersize=22 * style.size - 3, markeredgewidth=3, **rim, **look)
            dash = {"color": style.colour, "linewidth": 3, "linestyle": style.dash}
            self.lines += self.history.plot([], [], **dash)
            ends = {"markersize": 16 * style.size - 1.5, "markeredgewidth": 1.5, "clip_on": False, **rim, **look}
            self.ends += self.history.plot([], [], **ends)
            name = _name(self.story, run)
            self.names.append(
                self._text(0, 0, name, 20, f"run{run}", weight="bold", path_effects=[OUTLINE], va="center")
            )
            sample = self.sheet.plot([], [], **dash), self.sheet.plot([], [], **(ends | {"clip_on": True}))
            words = [self._text(0, 0, name, 18, f"run{run}", weight="bold", va="center", linespacing=1.0)]
            sizes = ((17, "muted", "normal"), (17, "muted", "normal"), (18, "ink", "bold"), (18, "ink", "bold"))
            words += [
                self._text(x, 0, "", s, r, "right", weight=w) for x, (s, r, w) in zip(COLUMNS, sizes, strict=True)
            ]
            self.rows.append((sample[0][0], sample[1][0], words))
        self.sentence = self._text(48, 98, "", 24, "ink")
        self.counter = self._text(self.counter_right, 58, "", 20, "ink", "right", weight="bold")

    def _name(self, heads: np.ndarray) -> None:
        """Write the names beside those heads that are apart from the others."""
        places = self.plane.transData.transform(heads)
        gaps = np.hypot(*(places[:, None] - places).T) + np.diag(np.full(len(places), np.inf))
        for name, (x, y), gap in zip(self.names, places, gaps.min(axis=0), strict=True):
            name.set_visible(gap >= APART)
            beyond = x > PLANE[2] - 140
            name.set_ha("right" if beyond else "left")
            name.set_position((x - 16 if beyond else x + 16, HEIGHT - y))

    def _board(self, k: int) -> None:
        """Write the standing at a position."""
        standing = self.standing
        for run, (line, marker, words) in enumerate(self.rows):
            y = ROWS[standing.places[k, run]]
            line.set_data([751, 793], [y, y])
            marker.set_data([772], [y])
            arrived = standing.arrived[run]
            steps = str(arrived) if arrived is not None and arrived <= k else "\N{EN DASH}"
            rate = float(self.story.runs[run].terms["learning_rate"][0, 0, 0])
            figures = (short(rate), number(standing.loss[k, run], 3), number(standing.best[k, run], 3), steps)
            for text, figure in zip(words[1:], figures, strict=True):
                text.set_text(figure)
                text.set_y(y + 6)
            words[0].set_position((803, y))


def _floor(values: np.ndarray) -> float:
    return float(np.floor(values.min()))


def _ceil(values: np.ndarray) -> float:
    return float(np.ceil(values.max()))


def _name(story: Story, run: int) -> str:
    """Return a run's name, a long one in two lines."""
    name = story.runs[run].name
    return name if len(name) < 12 else name.replace(" ", "\n")


def _writer(path: Path, fps: int) -> Any:
    if path.suffix == ".gif":
        return PillowWriter(fps=fps)
    return FFMpegWriter(fps=fps, codec="libx264", extra_args=ENCODING)
