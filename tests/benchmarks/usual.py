"""The measure: the same film made with matplotlib's own `FuncAnimation`, in its best usual form.

Every artist is made once and then only given new data and new words. Where the picture could be had cheaper than
gdviz draws it (no halos around the words), the cheaper form is taken. That `FuncAnimation` draws each frame twice
where there is no window (once for the canvas, once for the file) is its own way, and part of what is measured.
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

from gdviz.descent.story import Moment, Phase, Story
from gdviz.film.video import PRESET, QUALITY, THREADS
from gdviz.picture.theme import LIGHT
from gdviz.words import number

WIDTH, HEIGHT = 1280, 720
CURVE, HISTORY = (136.0, 158.0, 801.0, 524.0), (900.0, 158.0, 1222.0, 524.0)  # left, top, right, bottom
RULE = (("new m", "parameter", 122), ("m", "parameter", 314), ("learning rate", "rate", 510), ("slope", "slope", 741))
BETWEEN = (("=", 218), ("\N{MINUS SIGN}", 410), ("\N{MULTIPLICATION SIGN}", 610))
PHASES = {Phase.LOOK: ("look", 1030), Phase.DECIDE: ("decide", 1115), Phase.MOVE: ("move", 1204)}
LANE = 44 / (524 - 158 - 44)  # the part below the lowest loss, where the arrow runs, of the part above
ENCODING = (
    f"-preset {PRESET} -crf {QUALITY} -threads {THREADS} -profile:v high -pix_fmt yuv420p -movflags +faststart "
    "-vf scale=out_color_matrix=bt709:out_range=tv"
).split()
"""ffmpeg's options, those of gdviz."""


class UsualFilm:
    """The figure, and `update`, which sets it to a moment."""

    def __init__(self, story: Story, title: str) -> None:
        self.story, self.path = story, story.runs[0]
        self.params, self.loss = self.path.params[:, 0, 0], self.path.loss[:, 0]
        self.figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=72, facecolor=LIGHT.ground)
        FigureCanvasAgg(self.figure)
        self.sheet = self._panel((0, 0, WIDTH, HEIGHT), (0, WIDTH), (HEIGHT, 0))
        self.sheet.set_axis_off()
        low, high = story.window.loss
        low = 0.0 if 0 <= low < 0.35 * high else low
        self.bottom = low - LANE * (high - low)
        self.curve = self._panel(CURVE, story.window.params, (self.bottom, high))
        self.history = self._panel(HISTORY, (0, len(self.params) - 1), (self.bottom, high))
        self._lay(title)
        self._move()

    def save(self, path: Path, moments: Sequence[Moment], fps: int) -> None:
        """Make the film; the suffix of `path` says whether by Pillow or by the ffmpeg that gdviz uses."""
        with rc_context({"animation.ffmpeg_path": get_ffmpeg_exe()}):
            film = FuncAnimation(self.figure, self.update, moments, init_func=list, cache_frame_data=False)
            film.save(path, writer=_writer(path, fps), dpi=72, savefig_kwargs={"facecolor": LIGHT.ground})

    def update(self, moment: Moment) -> list[Any]:
        """Set every artist to a moment."""
        k, rest = moment.step, moment.phase is Phase.REST
        moving = moment.phase is Phase.MOVE
        landed = moving and moment.progress >= 1
        here, there = self.params[k], self.params[min(k + 1, len(self.params) - 1)]
        eased = moment.progress**2 * (3 - 2 * moment.progress)
        m = here + (there - here) * eased if moving else here
        self._ball(m, float(self.story.loss.value(np.array([m]))))
        self._slope(here, float(self.loss[k]), moment, rest or moving)
        self._step(here, there, moment, rest)
        done = k + moving
        self.ghosts.set_data(self.params[:done], self.loss[:done])
        self.line.set_data(range(k + landed + 1), self.loss[: k + landed + 1])
        self.dots.set_data(range(done), self.loss[:done])
        self.head.set_data([k + landed], [self.loss[k + landed]])
        self._words(moment, landed or rest)
        return []

    def _panel(self, box: tuple[float, ...], across: tuple[float, float], up: tuple[float, float]) -> Axes:
        left, top, right, bottom = box
        place = (left / WIDTH, 1 - bottom / HEIGHT, (right - left) / WIDTH, (bottom - top) / HEIGHT)
        axes = self.figure.add_axes(place, facecolor="none")
        axes.set(xlim=across, ylim=up)
        axes.locator_params(nbins=8 if box is CURVE else 5)
        axes.tick_params(length=0, labelsize=17, labelcolor=LIGHT.muted, pad=8)
        axes.spines[["left", "top", "right"]].set_visible(False)
        axes.spines["bottom"].set(color=LIGHT.axis, linewidth=1.5)
        return axes

    def _text(self, x: float, y: float, words: str, size: float, role: str, align: str = "left", **more: Any) -> Any:
        colour = LIGHT.role(role)
        return self.sheet.text(x, y, words, size=size, color=colour, ha=align, family="DejaVu Sans", **more)

    def _lay(self, title: str) -> None:
        """Lay what never changes."""
        for axes in (self.curve, self.history):
            axes.grid(axis="both" if axes is self.curve else "y", color=LIGHT.grid, linewidth=1)
            axes.set_axisbelow(True)
        grid = np.linspace(*self.story.window.params, 1201)
        self.curve.plot(grid, self.story.loss.value(grid[:, None]), color=LIGHT.curve, linewidth=4)
        dashes: dict[str, Any] = {"color": LIGHT.axis, "linewidth": 1.5, "linestyle": (0, (4, 3))}
        (minimum,) = self.story.minima[0]
        self.curve.axvline(minimum, 0, 0.92, **dashes)
        self.history.axhline(float(self.story.loss.value(np.array([minimum]))), **dashes)
        self._text(498, 176, "minimum", 17, "muted", "center")
        self._text(1222, 463, "minimum", 17, "muted", "right")
        self._text(48, 58, title, 32, "ink", weight="bold")
        self._text(128, 148, "loss", 20, "loss", "right", weight="bold")
        self._text(142, 148, "$=\\,(m - 3)^{2} + 1$", 18, "loss", math_fontfamily="dejavusans")
        self._text(310, 148, "slope $=\\,2(m - 3)$", 18, "slope", math_fontfamily="dejavusans")
        self._text(900, 148, "loss after each step", 20, "loss", weight="bold")
        self._text(811, 525, "m", 22, "parameter", weight="bold")
        self._text(1061, 571, "step", 18, "muted", "center")
        self._text(900, 602, "loss", 20, "loss")
        of = f"of {len(self.params) - 1}"
        self.counter_right = 1232 - 11.7 * len(of) - 3
        self._text(self.counter_right - 104, 58, "gradient descent", 20, "muted", "right")
        self._text(1232, 58, of, 20, "muted", "right")
        for words, role, x in RULE:
            self._text(x, 602, words, 20, role, "center")
        for words, x in BETWEEN:
            self._text(x, 602, words, 20, "muted", "center")
            self._text(x, 644, words, 30, "ink", "center")
        self.sheet.plot([394, 394, 823, 823], [669, 678, 678, 669], color=LIGHT.rate, linewidth=2.5)

    def _move(self) -> None:
        """Make what moves, empty."""
        theme, dotted = LIGHT, (0, (1.2, 1.6))
        rim: dict[str, Any] = {"linestyle": "none", "marker": "o", "clip_on": False}
        ground: dict[str, Any] = {"markeredgecolor": theme.ground}
        (self.ghosts,) = self.curve.plot([], [], **rim, **ground, color=theme.tint("parameter", 0.55), markersize=12.5)
        (self.tangent,) = self.curve.plot([], [], color=theme.slope, linewidth=5)
        (self.down,) = self.curve.plot([], [], color=theme.parameter, linewidth=2.5, linestyle=dotted)
        (self.left,) = self.curve.plot([], [], color=theme.loss, linewidth=2.5, linestyle=dotted)
        (self.landing,) = self.curve.plot([], [], color=theme.rate, linewidth=2.5, linestyle=dotted)
        (self.arrow,) = self.sheet.fill([0, 0, 0], [0, 0, 0], color=theme.rate, linewidth=0)
        (self.ring,) = self.curve.plot([], [], **rim, color=theme.ground, markersize=15.5, markeredgewidth=2.5)
        self.ring.set_markeredgecolor(theme.parameter)
        (self.ball,) = self.curve.plot([], [], **rim, **ground, color=theme.parameter, markersize=19, markeredgewidth=3)
        (self.line,) = self.history.plot([], [], color=theme.loss, linewidth=3)
        (self.dots,) = self.history.plot([], [], **rim, **ground, color=theme.loss, markersize=8.5)
        (self.head,) = self.history.plot([], [], **rim, **ground, color=theme.loss, markersize=16.5)
        self.slope = self._text(0, 0, "", 20, "slope", weight="bold")
        self.step = self._text(0, 0, "", 20, "rate", weight="bold")
        self.param_pill = self._pill("parameter")
        self.loss_pill = self._pill("loss")
        self.sentence = self._text(48, 98, "", 24, "ink")
        self.counter = self._text(self.counter_right, 58, "", 20, "ink", "right", weight="bold")
        self.phases = {phase: self._text(x, 98, name, 18, "muted", "center") for phase, (name, x) in PHASES.items()}
        (self.under,) = self.sheet.plot([], [], color=theme.ink, linewidth=3)
        self.numbers = [self._text(x, 644, "", 30, role, "center", weight="bold") for _, role, x in RULE]
        tint = {"boxstyle": "round,pad=0.4", "facecolor": theme.tint("rate"), "linewidth": 0}
        self.rule_step = self._text(608, 704, "", 20, "rate", "center", weight="bold", bbox=tint)
        self.readout = self._text(900, 644, "", 30, "loss", weight="bold")

    def _pill(self, role: str) -> Any:
        box = {"boxstyle": "round,pad=0.35", "facecolor": LIGHT.role(role), "linewidth": 0}
        return self._text(0, 0, "", 18, "on_pill", "center", weight="bold", bbox=box)

    def _ball(self, m: float, loss: float) -> None:
        low = self.story.window.params[0]
        self.ball.set_data([m], [loss])
        self.down.set_data([m, m], [loss, self.bottom])
        self.left.set_data([m, low], [loss, loss])
        x, y = self._place(m, loss)
        self.param_pill.set_position((x, 548.5))
        self.param_pill.set_text(number(m, 3))
        self.loss_pill.set_position((84, y + 6.5))
        self.loss_pill.set_text(number(loss, 3))

    def _place(self, m: float, loss: float) -> tuple[float, float]:
        """Return where a point of the curve is on the sheet."""
        low, high = self.story.window.params
        top = self.curve.get_ylim()[1]
        x = CURVE[0] + (m - low) / (high - low) * (CURVE[2] - CURVE[0])
        return x, CURVE[3] - (loss - self.bottom) / (top - self.bottom) * (CURVE[3] - CURVE[1])

    def _slope(self, m: float, loss: float, moment: Moment, hidden: bool) -> None:
        slope = float(self.path.gradient[moment.step, 0, 0])
        whole = moment.phase is not Phase.LOOK or moment.progress >= 1
        self.tangent.set_visible(not hidden)
        self.slope.set_visible(not hidden and whole)
        reach = 1.55 / np.hypot(1, slope / 3.3) * (1 if whole else 0.5)
        self.tangent.set_data([m - reach, m + reach], [loss - slope * reach, loss + slope * reach])
        x, y = self._place(m, loss)
        self.slope.set_position((x + 68, y + 7))
        self.slope.set_text(f"slope {number(slope, 3)}")

    def _step(self, here: float, there: float, moment: Moment, rest: bool) -> None:
        seen = moment.phase in (Phase.DECIDE, Phase.MOVE)
        landing = moment.phase is Phase.DECIDE and moment.progress >= 1
        target = float(self.story.loss.value(np.array([there])))
        for artist in (self.arrow, self.step):
            artist.set_visible(seen)
        for artist in (self.ring, self.landing):
            artist.set_visible(landing)
        self.ring.set_data([there], [target])
        self.landing.set_data([there, there], [target, self.bottom + 2])
        grown = 0.5 if moment.phase is Phase.DECIDE and moment.progress < 1 else 1.0
        begin, end = self._place(here, 0)[0], self._place(here + (there - here) * grown, 0)[0]
        neck = end - min(20.0, end - begin)
        xs, ys = (begin, neck, neck, end, neck, neck, begin), (498, 498, 490, 502, 514, 506, 506)
        self.arrow.set_xy(np.stack([xs, ys], axis=1))
        words = f"step +{number(there - here, 3)}"
        self.step.set_position((self._place(there, 0)[0] + 12, 509))
        self.step.set_text(words)
        self.rule_step.set_visible(moment.phase is not Phase.LOOK)
        if not rest:
            self.rule_step.set_text(words)

    def _words(self, moment: Moment, known: bool) -> None:
        k = min(moment.step, len(self.params) - 2)
        self.sentence.set_text("".join(words for words, _ in moment.sentence))
        self.counter.set_text(f"step {k + 1}")
        for phase, text in self.phases.items():
            text.set_fontweight("bold" if phase is moment.phase else "normal")
            text.set_color(LIGHT.ink if phase is moment.phase else LIGHT.muted)
            text.set_visible(moment.phase is not Phase.REST)
        middle = PHASES.get(moment.phase, ("", -100))[1]
        self.under.set_data([middle - 34, middle + 34], [107, 107])
        slope = number(float(self.path.gradient[k, 0, 0]), 3)
        rate = number(float(self.path.terms["learning_rate"][k, 0, 0]), 1)
        new = number(float(self.params[k + 1]), 3) if known else "?"
        for text, words in zip(self.numbers, (new, number(float(self.params[k]), 3), rate, f"({slope})"), strict=True):
            text.set_text(words)
        before, after = number(float(self.loss[k]), 3), number(float(self.loss[k + 1]), 3)
        self.readout.set_text(f"{before} \N{RIGHTWARDS ARROW} {after}" if known else before)


def _writer(path: Path, fps: int) -> Any:
    if path.suffix == ".gif":
        return PillowWriter(fps=fps)
    return FFMpegWriter(fps=fps, codec="libx264", extra_args=ENCODING)
