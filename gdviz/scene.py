"""The scene: what is minimised, by which optimizer, from where, and how it is to look. A frozen, checked value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gdviz.descent.basins import Basins
from gdviz.descent.findings import Tuned
from gdviz.descent.loss import Fit, Loss, steps_per_epoch
from gdviz.descent.optimizers import Method, Momentum, Optimizer
from gdviz.descent.phase_map import PhaseMap
from gdviz.descent.places import real
from gdviz.descent.rate_study import RateStudy
from gdviz.descent.stepper import TOLERANCE, first_params
from gdviz.descent.story import Story
from gdviz.descent.surfaces import loss_of
from gdviz.descent.training_run import Replay, TrainingRun
from gdviz.descent.tuning import Tuning
from gdviz.pace import PACES
from gdviz.picture.grounding import themed
from gdviz.picture.rows import Rows
from gdviz.picture.suitable import check_fog, check_views
from gdviz.picture.theme import STYLES, THEMES
from gdviz.picture.view import View
from gdviz.problems import BadScene, choose, counted
from gdviz.staging import searched, staged, styles_of
from gdviz.words import LONGEST_NAME, check_language, shown_names, spans

if TYPE_CHECKING:
    from matplotlib.animation import FuncAnimation
    from matplotlib.figure import Figure

    from gdviz.film.film import Written

SIZES = {"l": (854, 480), "m": (1280, 720), "h": (1920, 1080), "k": (3840, 2160)}
LEAST_SIDE, MOST_SIDE = 240, 7680
MOST_RUNS, MOST_RACING, MOST_STEPS = 12, 200, 20_000
STEPS = 25
ROLES = ("parameter", "loss", "slope", "rate")  # what `[role:words]` gives the colour of
MOST_SPANS = 9  # parts of different colour in one sentence


@dataclass(frozen=True)
class Run:
    """One of several tries that a scene tells one after the other.

    label: what is said when it begins, or in a race its name; `[rate:words]` gives words the colour of a quantity:
        parameter, loss, slope or rate.
    optimizer, start, steps: as in the scene, which gives what is left out.
    name: what it is called beside its line and in the table at the end; its method, rate or start unless given. The
        table compares up to four runs.

    It is checked by the scene that holds it.
    """

    label: str = ""
    optimizer: Method | None = None
    start: float | Sequence[float] | None = None
    steps: int | None = None
    name: str = ""


@dataclass(frozen=True)
class Scene:
    """What a film shows.

    loss: a formula such as `"(m - 3)**2 + 1"`, a named surface such as `"beale"`, or any loss: `Formula`, `Function`,
        `Line`, `Logistic`; or a recorded `TrainingRun`, which needs no optimizer.
        On the screen a parameter's name of more than 12 characters is shortened.
    optimizer: the method, such as `GradientDescent(learning_rate=0.1)`, or a run that was `Recorded` elsewhere.
    start: the first parameter, or a sequence of them; the loss's own start unless given, else zero.
    steps: how many updates, 1 to 20,000; 25 unless given, or as many as the longest recording has.
    tolerance: a run ends where its gradient and its step have shrunk to this part of their largest, and hardly any way
        is left; one with a schedule goes on to its last step, as do recordings and those of a race or a study.
    runs: several tries on the same loss, told one after the other; each `Run` replaces what it names.
    race: optimizers, or runs that differ in anything, that go at once; up to 5, or up to 200 starts of up to 5.
    study: many other runs at once, as a picture beside them: a `RateStudy`, a `PhaseMap` of a `Momentum`, or `Basins`.
        Without a race it picks the runs that are shown.
    tune: give each optimizer its best learning rate, found by a `Tuning`; True for the usual one.
    title: the film's title; in a scene script the first line of its docstring. watch: what to watch; the rest of it.
    closing: what is said at the end; `{m}` is the value of m that was found, `[parameter:{m}]` the same in its colour.
    aside: the words beside the step counter, the method's name unless given.
    lang: the language of the built-in words and of the numbers: "en", "de", "es", "fr", "ja", "pt", "zh".
    theme: "light" or "dark". fps: frames a second; 25.
    ground: the colour of the slide, such as "#F4F1E8", in place of the theme's ground, if text can be read on it; or
        "transparent", which WebM, WebP, APNG and PNG can be.
    size: width and height in pixels, even numbers; (1280, 720). Any shape from 1:3 to 3:1: wide ones such as 16:9 and
        4:3, square ones such as (1080, 1080), tall ones such as (1080, 1920), each laid out for its shape.
    pace: "lesson", "brief", "auto" (brief where only a GIF is made), or a whole number of frames for every step.
    inside: show what goes on inside of the method (moments, sizes, corrections) in place of the loss after each step.
    views: the panels, row by row, such as `[[Contour(), History()], [Rule()]]`; panels in a pair of brackets of their
        own stand above each other. What suits the loss and the frame's shape unless given.
    ask: hold before the slower moves, for the class to say where it will land.
    fog: uncover the loss only where the optimizer asks for it, and the rest of it at the end (one or two parameters).
    origin: begin with where the curve comes from (data, with one parameter).
    hold: seconds of the last picture. loop: how often a GIF, WebP or APNG plays; None for ever.
    script: the text of the file that the scene was read from, for those who want to change it; no part of its value.

    Raises `BadScene` with a sentence that names the field, what was given and what is allowed.
    """

    loss: Loss | str
    optimizer: Method | None = None
    start: float | Sequence[float] | None = None
    steps: int | None = None
    tolerance: float = 1e-3
    runs: Sequence[Run] = ()
    race: Sequence[Method | Run] = ()
    title: str | None = None
    watch: str = ""
    aside: str = ""
    closing: str = ""
    theme: str = "light"
    size: tuple[int, int] = SIZES["m"]
    fps: int = 25
    pace: str | int = "auto"
    study: RateStudy | PhaseMap | Basins | None = None
    tune: bool | Tuning = False
    inside: bool = False
    views: Rows = ()
    ask: bool = False
    fog: bool = False
    origin: bool = False
    hold: float | None = None
    loop: int | None = None
    ground: str = ""
    lang: str = "en"
    script: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        """Check every field, in one place."""
        self._settle("loss", loss_of(self.loss) if isinstance(self.loss, str) else self.loss)
        if not isinstance(self.loss, Loss):
            allowed = 'allowed: a formula such as "(m - 3)**2 + 1", or a Formula, Function, Line or Logistic'
            raise BadScene("loss", self.loss, allowed)
        if isinstance(self.loss, TrainingRun) and self.optimizer is None:
            self._settle("optimizer", Replay(self.loss))
        self._settle("start", _point(self.start))
        self._settle("size", _frozen(self.size))
        self._settle("runs", _settled("run", self.runs))
        self._settle("race", _settled("race", self.race))
        self._settle("steps", _longest(self) if self.steps is None else self.steps)
        self._settle("views", _frozen_rows(self.views))
        _check_names(self.loss)
        _check_words(self)
        _check_looks(self)
        _check_runs(self)
        _check_studies(self)
        together = bool(self.race) or self.study is not None
        check_views(self.views, self.loss, race=together, study=type(self.study).__name__)
        _check_fog(self)

    def _settle(self, field: str, value: object) -> None:
        object.__setattr__(self, field, value)

    @property
    def tries(self) -> tuple[Run, ...]:
        """The runs with everything filled in; a single one where the scene names none."""
        return tuple(
            Run(
                run.label,
                self.optimizer if run.optimizer is None else run.optimizer,
                self.start if run.start is None else run.start,
                self.steps if run.steps is None else run.steps,
                run.name,
            )
            for run in cast(tuple[Run, ...], self.race) or self.runs or (Run(),)
        )

    def story(self) -> Story:
        """Let every run go down the loss, and return the story."""
        return staged(self)

    def tuning(self) -> tuple[Tuned, ...]:
        """Return the record of the search for each run's rate: all that was tried; empty without `tune`."""
        return searched(self)

    def render(self, *outputs: str | Path, **options: Any) -> list[Written]:
        """Make the film: every file named, or `output/NAME.gif` where none is; see `gdviz.render`."""
        import gdviz  # the front door: a scene knows nothing of the renderer

        made: list[Written] = gdviz.render(self, *outputs, **options)
        return made

    def to_funcanimation(self, figure: Figure | None = None, **changes: Any) -> FuncAnimation:
        """Return the film as matplotlib's own animation, for code that has its `save` or `to_jshtml`.

        See `gdviz.funcanimation`. changes: fields of the scene to change, such as `theme="dark"`.
        """
        import gdviz  # the front door, as in `render`

        return gdviz.funcanimation(self.with_(**changes), figure)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        """Return what a notebook shows where the scene is the last line of a cell: its film."""
        import gdviz  # the front door, as in `render`

        return gdviz.notebook_bundle(self)

    def _repr_html_(self) -> str:
        """Return the same for those who only ask for a page."""
        return self._repr_mimebundle_()["text/html"]

    def with_(self, **changes: Any) -> Scene:
        """Return the scene with some fields changed, checked again."""
        names = [one.name for one in fields(self)]
        for name in changes:
            if name not in names:
                raise BadScene("Scene", name, choose(name, names))
        return replace(self, **changes)


def _frozen(given: Any) -> Any:
    """Return a list as a tuple, so that scenes compare and hash; anything else is left for its check to refuse."""
    return tuple(given) if isinstance(given, list) else given


def _frozen_rows(given: Any) -> Any:
    """Return rows of views as tuples, so that scenes compare and hash. Raises `BadScene` for anything else."""
    allowed = "allowed: rows of views, such as [[Curve(), History()], [Rule()]]"
    rows = []
    for row in given if isinstance(given, tuple | list) else [given]:
        if not isinstance(row, tuple | list) or not row:
            raise BadScene("views", row, allowed)
        cells = tuple(tuple(cell) if isinstance(cell, list) else cell for cell in row)
        for view in (view for cell in cells for view in (cell if isinstance(cell, tuple) else (cell,))):
            if not isinstance(view, View) or isinstance(view, type):
                raise BadScene("views", view, allowed)
        rows.append(cells)
    return tuple(rows)


def _settled(noun: str, given: Any) -> Any:
    """Return runs as a tuple, with starts that compare and hash; in a race an optimizer alone is a run of its own.

    Anything else is left for its check to refuse.
    """
    if not isinstance(given, tuple | list):
        return given
    runs = [Run("", one) if noun == "race" and isinstance(one, Method) else one for one in given]
    return tuple(
        replace(run, start=_point(run.start, f"{noun} {number}, start")) if isinstance(run, Run) else run
        for number, run in enumerate(runs, 1)
    )


def _longest(scene: Scene) -> int:
    """Return how many steps a scene has that does not say: those of the longest recording, if it has one."""
    runs: Sequence[object] = scene.race or scene.runs or ()
    owners = [scene, *runs] if isinstance(runs, tuple) else [scene]
    optimizers = [getattr(owner, "optimizer", None) for owner in owners]
    return max((one.lasts for one in optimizers if isinstance(one, Method) and one.lasts), default=STEPS)


def _point(start: Any, where: str = "start") -> float | tuple[float, ...] | None:
    """Return a start as a number or a tuple of numbers, so that scenes compare and hash."""
    if start is None:
        return None
    several = isinstance(start, Iterable) and not isinstance(start, str | bytes | Mapping)
    numbers = tuple(map(real, start)) if several else (real(start),)
    if any(map(math.isnan, numbers)):
        raise BadScene(where, start, "allowed: a number, or one number for each parameter")
    return numbers if several else numbers[0]


def _check_names(loss: Loss) -> None:
    """Check that the two names of parameters can be told apart where long ones are shortened."""
    names = loss.about.names
    if len(names) == 2 and len({*shown_names(names)}) == 1:
        allowed = f"on the screen names of more than {LONGEST_NAME} characters are shortened, and these look the same"
        raise BadScene("names of the parameters", ", ".join(names), f"{allowed}; choose shorter ones")


def _check_words(scene: Scene) -> None:
    check_language(scene.lang)
    if scene.title is not None:
        _check_line("title", scene.title)
    _check_line("aside", scene.aside)
    _check_sentence("closing", scene.closing)
    if not isinstance(scene.watch, str):
        raise BadScene("watch", scene.watch, "allowed: a text")
    for line in scene.watch.splitlines():
        _check_line("watch", line)


def _check_line(where: str, given: object) -> None:
    if not isinstance(given, str):
        raise BadScene(where, given, "allowed: a text")
    if not given.isprintable():
        raise BadScene(where, given, "allowed: one line of printable characters")


def _check_sentence(where: str, given: object) -> None:
    """Check a text whose `[role:words]` marks give words a colour."""
    _check_line(where, given)
    parts = spans(cast(str, given))
    for words, role in parts:
        if role and role not in ROLES:
            mark = f"[{role}]" if words == role else f"[{role}:{words}]"
            raise BadScene(where, mark, f"brackets give words the colour of a quantity; {choose(role, ROLES)}")
    if len(parts) > MOST_SPANS:
        raise BadScene(where, given, f"allowed: up to {MOST_SPANS} parts of different colour, and it has {len(parts)}")


def _check_looks(scene: Scene) -> None:
    _check_theme(scene.theme)
    if not isinstance(scene.ground, str):
        raise BadScene("ground", scene.ground, 'allowed: a colour such as "#F4F1E8", or "transparent"')
    themed(scene.theme, scene.ground)
    _check_size(scene.size)
    if not _is_whole(scene.fps, 1, 60):
        raise BadScene("fps", scene.fps, "allowed: a whole number from 1 to 60")
    _check_pace(scene.pace)
    for name in ("inside", "ask", "fog", "origin"):
        if not isinstance(getattr(scene, name), bool):
            raise BadScene(name, getattr(scene, name), "allowed: True, False")
    if scene.hold is not None and not (_is_number(scene.hold) and 0 <= scene.hold <= 600):
        raise BadScene("hold", scene.hold, "allowed: seconds from 0 to 600")
    if scene.loop is not None and not _is_whole(scene.loop, 1, 65535):
        raise BadScene("loop", scene.loop, "allowed: how often to play, 1 to 65535; for ever unless given")
    if not _is_number(scene.tolerance) or not 0 <= scene.tolerance < 1:
        raise BadScene("tolerance", scene.tolerance, f"allowed: a number from 0 to below 1, such as {TOLERANCE:g}")


def _check_theme(theme: object) -> None:
    if not isinstance(theme, str) or theme not in THEMES:
        raise BadScene("theme", theme, choose(str(theme), THEMES))


def _check_size(size: object) -> None:
    if not isinstance(size, tuple) or len(size) != 2 or not all(map(_is_whole, size)):
        raise BadScene("size", size, "allowed: width and height in pixels, such as 1280x720")
    width, height = size
    given = f"{width}x{height}"
    if min(size) < LEAST_SIDE or max(size) > MOST_SIDE:
        raise BadScene("size", given, f"allowed: sides from {LEAST_SIDE} to {MOST_SIDE} pixels")
    if width % 2 or height % 2:
        even = f"{width + width % 2}x{height + height % 2}"
        raise BadScene("size", given, f"allowed: even numbers, as video needs them; the nearest is {even}")
    if max(size) > 3 * min(size):
        raise BadScene("size", given, "allowed: shapes from 1:3 to 3:1")


def _check_pace(pace: object) -> None:
    if not _is_whole(pace, 1, 1000) and pace not in (*PACES, "auto"):
        allowed = choose(str(pace), ("auto", *PACES))
        raise BadScene("pace", pace, f"{allowed}, or a whole number of frames for each step, 1 to 1000")


def _check_runs(scene: Scene) -> None:
    runs: object = scene.runs
    if not (isinstance(runs, tuple) and all(isinstance(run, Run) for run in runs)):
        raise BadScene("runs", scene.runs, "allowed: a list of Run(label, optimizer=..., start=...)")
    if len(scene.runs) > MOST_RUNS:
        raise BadScene("runs", f"{len(scene.runs)} runs", f"allowed: up to {MOST_RUNS}, told one after the other")
    _check_race(scene)
    for number, run in enumerate(scene.tries, 1):
        _check_run(scene, run, f"{'race' if scene.race else 'run'} {number}, " if scene.runs or scene.race else "")
    about = cast(Loss, scene.loss).about
    if scene.origin and not (isinstance(scene.loss, Fit) and about.dim == 1):
        raise BadScene("origin", True, "allowed: only with data and one parameter, such as Line(data)")
    for name in ("origin", "ask"):
        if getattr(scene, name) and (scene.race or scene.study is not None):
            raise BadScene(name, True, "allowed: where runs are told one after the other, not in a race or a study")


def _check_race(scene: Scene) -> None:
    race: object = scene.race
    if not (isinstance(race, tuple) and all(isinstance(run, Run) for run in race)):
        raise BadScene("race", scene.race, "allowed: a list of optimizers, or of Run(optimizer=..., start=...)")
    if race and scene.runs:
        raise BadScene(
            "race", counted(len(race), "run"), "allowed: either race, all at once, or runs, one after the other"
        )
    if len(race) > MOST_RACING:
        raise BadScene(
            "race", f"{len(race)} runs", f"allowed: up to {MOST_RACING} starts; many starts at once are a map"
        )
    kinds = len(set(styles_of(scene.tries)))
    if kinds > STYLES:
        advice = f"allowed: up to {STYLES} that differ in more than their start; more could not be told apart by colour"
        raise BadScene("race", f"{kinds} optimizers", f"{advice}; make two films")
    if race and scene.inside:
        raise BadScene(
            "inside", True, "allowed: with one optimizer, or with runs told one after the other; not in a race"
        )


def _check_fog(scene: Scene) -> None:
    """Check that there is a picture of the loss for the fog to cover, and none that tells what is under it."""
    if not scene.fog:
        return
    if scene.views:
        raise BadScene("fog", True, "allowed: without views; set it on them, as in Curve(fog=True)")
    check_fog("fog", cast(Loss, scene.loss))
    if scene.origin:
        raise BadScene("fog", True, "allowed: without origin, which shows where the whole curve comes from")
    if scene.study is not None:
        raise BadScene("fog", True, "allowed: without a study, whose picture is not of the loss")
    if scene.inside and isinstance(scene.loss, Fit):
        raise BadScene("fog", True, "allowed: without inside, which takes the place of the curve beside data")


def _check_studies(scene: Scene) -> None:
    study: object = scene.study
    if study is not None and not isinstance(study, RateStudy | PhaseMap | Basins):
        raise BadScene("study", study, "allowed: RateStudy(), PhaseMap(), Basins()")
    if not isinstance(scene.tune, bool | Tuning):
        raise BadScene("tune", scene.tune, "allowed: True, False, or Tuning(low=..., high=...)")
    if scene.tune and steps_per_epoch(cast(Loss, scene.loss)) > 1:
        raise BadScene("tune", scene.tune, "allowed: without mini-batches, whose loss changes from step to step")
    if study is None:
        return
    if scene.tune and not isinstance(study, Basins):
        raise BadScene("tune", scene.tune, "allowed: without a study of rates, which has them for its subject")
    if scene.inside:
        raise BadScene("inside", True, "allowed: without a study, whose runs go at once")
    if len(scene.race) > STYLES:
        raise BadScene("race", f"{len(scene.race)} runs", f"allowed: up to {STYLES} beside a study")
    if scene.runs:
        raise BadScene("study", type(study).__name__, "allowed: with a race or alone, not with runs")
    if not isinstance(scene.optimizer, Optimizer):
        raise BadScene("optimizer", scene.optimizer, "a study needs one of gdviz, such as GradientDescent(0.1)")
    dim = cast(Loss, scene.loss).about.dim
    if dim > 2:
        raise BadScene(
            "study", f"{type(study).__name__}()", f"it shows runs in one or two parameters, and this loss has {dim}"
        )
    if isinstance(study, Basins) and dim != 2:
        raise BadScene("study", "Basins()", f"it maps the starts of two parameters, and this loss has {dim}")
    if isinstance(study, PhaseMap) and not isinstance(scene.optimizer, Momentum):
        raise BadScene("study", "PhaseMap()", "it varies rate and momentum; allowed: with optimizer=Momentum(...)")


def _check_run(scene: Scene, run: Run, where: str) -> None:
    _check_sentence(f"{where}label", run.label)
    _check_line(f"{where}name", run.name)
    if not isinstance(run.optimizer, Method):
        allowed = "allowed: an optimizer such as GradientDescent(learning_rate=0.1); see `gdviz list optimizers`"
        raise BadScene(f"{where}optimizer", run.optimizer, allowed)
    lasts = run.optimizer.lasts or 0
    if lasts > MOST_STEPS and run.steps == lasts:
        fewer = "give steps, or every, to have fewer" if hasattr(run.optimizer, "every") else "give steps to have fewer"
        allowed = f"it has {lasts:,} steps, and a film up to {MOST_STEPS:,}; {fewer}"
        raise BadScene(f"{where}optimizer", run.optimizer, allowed)
    if not _is_whole(run.steps, 1, MOST_STEPS):
        raise BadScene(f"{where}steps", run.steps, f"allowed: a whole number from 1 to {MOST_STEPS:,}")
    try:
        run.optimizer.check_budget(cast(int, run.steps))
        loss = cast(Loss, scene.loss)
        if isinstance(loss, TrainingRun) and not isinstance(run.optimizer, Replay):
            raise BadScene("optimizer", run.optimizer, "a training run went its own way already; leave it out")
        first_params(loss, run.optimizer.begins(loss, run.start))
    except BadScene as problem:  # it knows what is wrong, and not in which run
        raise BadScene(f"{where}{problem.field}", problem.given, problem.allowed) from None


def _is_whole(value: object, least: float = -math.inf, most: float = math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(real(value))
