"""The scene: what is minimised, by which optimizer, from where, and how it is to look. A frozen, checked value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gdviz.descent.formula import Formula
from gdviz.descent.loss import Loss
from gdviz.descent.optimizers import OPTIMIZERS, Optimizer
from gdviz.descent.stepper import TOLERANCE, descend, first_params
from gdviz.descent.story import Story
from gdviz.pace import PACES
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene, choose

if TYPE_CHECKING:
    from gdviz.film.film import Written

SIZES = {"l": (854, 480), "m": (1280, 720), "h": (1920, 1080), "k": (3840, 2160)}
LEAST_SIDE, MOST_SIDE = 240, 7680
MOST_RUNS, MOST_STEPS = 12, 20_000
STEPS = 25


@dataclass(frozen=True)
class Run:
    """One of several tries that a scene tells one after the other.

    label: what is said when it begins; `[rate:words]` gives words the colour of a quantity (parameter, loss, slope, rate).
    optimizer, start, steps: as in the scene, which gives what is left out.
    """

    label: str
    optimizer: Optimizer | None = None
    start: float | Sequence[float] | None = None
    steps: int | None = None


@dataclass(frozen=True)
class Scene:
    """What a film shows.

    loss: a formula such as `"(m - 3)**2 + 1"`, or any loss: `Formula`, `Function`, `Line`.
    optimizer: the method, such as `GradientDescent(learning_rate=0.1)`.
    start: the first parameter, or a sequence of them; the loss's own start unless given, else zero.
    steps: how many updates, 1 to 20,000; 25. tolerance: a run ends where its gradient and its step have shrunk to this
        part of their largest.
    runs: several tries on the same loss, told one after the other; each `Run` replaces what it names.
    title: the film's title; in a scene script the first line of its docstring. watch: what to watch; the rest of it.
    closing: what is said at the end; `{m}` is the value of m that was found, `[parameter:{m}]` the same in its colour.
    aside: the words beside the step counter, the method's name unless given.
    theme: "light" or "dark". size: width and height in pixels, even numbers; (1280, 720). fps: frames a second; 25.
    pace: "lesson", "brief", "auto" (brief where only a GIF is made), or a whole number of frames for every step.
    ask: hold before the slower moves, for the class to say where it will land.
    origin: begin with where the curve comes from (a line with one parameter).
    hold: seconds of the last picture. loop: how often a GIF plays; None for ever.

    Raises `BadScene` with a sentence that names the field, what was given and what is allowed.
    """

    loss: Loss | str
    optimizer: Optimizer | None = None
    start: float | Sequence[float] | None = None
    steps: int = STEPS
    tolerance: float = 1e-3
    runs: Sequence[Run] = ()
    title: str | None = None
    watch: str = ""
    aside: str = ""
    closing: str = ""
    theme: str = "light"
    size: tuple[int, int] = SIZES["m"]
    fps: int = 25
    pace: str | int = "auto"
    ask: bool = False
    origin: bool = False
    hold: float | None = None
    loop: int | None = None

    def __post_init__(self) -> None:
        """Check every field, in one place."""
        settle = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731
        settle("loss", Formula(self.loss) if isinstance(self.loss, str) else self.loss)
        if not isinstance(self.loss, Loss):
            raise BadScene("loss", self.loss, 'allowed: a formula such as "(m - 3)**2 + 1", or a Formula, Function or Line')
        settle("start", _point(self.start))
        settle("runs", tuple(self.runs) if isinstance(self.runs, list | tuple) else self.runs)
        settle("size", tuple(self.size) if isinstance(self.size, list | tuple) else self.size)
        _check_words(self)
        _check_looks(self)
        _check_runs(self)

    @property
    def tries(self) -> tuple[Run, ...]:
        """The runs with everything filled in; a single one where the scene names none."""
        given = self.runs or (Run(""),)
        return tuple(
            Run(run.label, run.optimizer or self.optimizer, self.start if run.start is None else _point(run.start), run.steps or self.steps)
            for run in given
        )

    def story(self) -> Story:
        """Let every run go down the loss, and return the story."""
        assert isinstance(self.loss, Loss)
        tries = self.tries
        paths = [
            descend(self.loss, run.optimizer, start=run.start, steps=run.steps or STEPS, tolerance=self.tolerance)
            for run in tries
            if run.optimizer is not None
        ]
        return Story(self.loss, tuple(paths), tuple(run.label for run in tries))

    def render(self, *outputs: str | Path, **options: Any) -> list[Written]:
        """Make the film: every file named, or `output/NAME.gif` where none is; see `gdviz.render`."""
        import gdviz  # the front door: a scene knows nothing of the renderer

        made: list[Written] = gdviz.render(self, *outputs, **options)
        return made

    def with_(self, **changes: Any) -> Scene:
        """Return the scene with some fields changed, checked again."""
        names = [one.name for one in fields(self)]
        for name in changes:
            if name not in names:
                raise BadScene("Scene", name, choose(name, names))
        return replace(self, **changes)


def _point(start: Any) -> Any:
    """Return a start as a number or a tuple of numbers, so that scenes compare and hash."""
    if start is None or isinstance(start, int | float):
        return start
    try:
        return tuple(float(number) for number in start)
    except (TypeError, ValueError):
        raise BadScene("start", start, "allowed: a number, or one number for each parameter") from None


def _check_words(scene: Scene) -> None:
    for name in ("title", "watch", "aside", "closing"):
        given = getattr(scene, name)
        if not (isinstance(given, str) or (name == "title" and given is None)):
            raise BadScene(name, given, "allowed: a text")
        if given and any(not c.isprintable() for c in given.replace("\n", " ") if name == "watch") :
            raise BadScene(name, given, "allowed: printable characters")
        if given and name != "watch" and not given.isprintable():
            raise BadScene(name, given, "allowed: one line of printable characters")


def _check_looks(scene: Scene) -> None:
    if scene.theme not in THEMES:
        raise BadScene("theme", scene.theme, choose(str(scene.theme), THEMES))
    _check_size(scene.size)
    if not _whole(scene.fps) or not 1 <= scene.fps <= 60:
        raise BadScene("fps", scene.fps, "allowed: a whole number from 1 to 60")
    frames = _whole(scene.pace) and 1 <= int(scene.pace) <= 1000
    if not frames and scene.pace not in (*PACES, "auto"):
        allowed = choose(str(scene.pace), ("auto", *PACES))
        raise BadScene("pace", scene.pace, f"{allowed}, or a whole number of frames for each step, 1 to 1000")
    for name in ("ask", "origin"):
        if not isinstance(getattr(scene, name), bool):
            raise BadScene(name, getattr(scene, name), "allowed: True, False")
    if scene.hold is not None and not (_number(scene.hold) and 0 <= scene.hold <= 600):
        raise BadScene("hold", scene.hold, "allowed: seconds from 0 to 600")
    if scene.loop is not None and not (_whole(scene.loop) and 1 <= scene.loop <= 65535):
        raise BadScene("loop", scene.loop, "allowed: how often to play, 1 to 65535, or None for ever")
    if not _number(scene.tolerance) or not 0 <= scene.tolerance < 1:
        raise BadScene("tolerance", scene.tolerance, f"allowed: a number from 0 to below 1, such as {TOLERANCE:g}")


def _check_size(size: object) -> None:
    pair = isinstance(size, tuple) and len(size) == 2 and all(_whole(side) for side in size)
    if not pair:
        raise BadScene("size", size, "allowed: width and height in pixels, such as 1280x720")
    width, height = size  # type: ignore[misc]
    if not (LEAST_SIDE <= min(width, height) and max(width, height) <= MOST_SIDE):
        raise BadScene("size", f"{width}x{height}", f"allowed: sides from {LEAST_SIDE} to {MOST_SIDE} pixels")
    if width % 2 or height % 2:
        even = f"{width + width % 2}x{height + height % 2}"
        raise BadScene("size", f"{width}x{height}", f"allowed: even numbers, as video needs them; the nearest is {even}")
    if not 1 / 3 <= width / height <= 3:
        raise BadScene("size", f"{width}x{height}", "allowed: shapes from 1:3 to 3:1")


def _check_runs(scene: Scene) -> None:
    if not isinstance(scene.runs, tuple) or not all(isinstance(run, Run) for run in scene.runs):
        raise BadScene("runs", scene.runs, "allowed: a list of Run(label, optimizer=..., start=...)")
    if len(scene.runs) > MOST_RUNS:
        raise BadScene("runs", f"{len(scene.runs)} runs", f"allowed: up to {MOST_RUNS}, told one after the other")
    for number, run in enumerate(scene.tries, 1):
        where = f"runs[{number}]." if scene.runs else ""
        if not isinstance(run.optimizer, Optimizer):
            raise BadScene(f"{where}optimizer", run.optimizer, f"allowed: one of {', '.join(OPTIMIZERS)}, such as GradientDescent(learning_rate=0.1)")
        if not _whole(run.steps) or not 1 <= (run.steps or 0) <= MOST_STEPS:
            raise BadScene(f"{where}steps", run.steps, f"allowed: a whole number from 1 to {MOST_STEPS:,}")
        assert isinstance(scene.loss, Loss)
        first_params(scene.loss, run.start)
    if scene.origin and not (hasattr(scene.loss, "data") and scene.loss.about.dim == 1):  # type: ignore[union-attr]
        raise BadScene("origin", True, "allowed: only with a Line of one parameter, whose curve comes from data")


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
