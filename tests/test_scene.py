"""A scene is checked when it is made: every field, with one sentence."""

from collections.abc import Sequence

import numpy as np
import pytest

from gdviz import (
    Adam,
    Curve,
    Data,
    Formula,
    Function,
    GradientDescent,
    Line,
    Momentum,
    Optimizer,
    RateStudy,
    Run,
    Scene,
    descend,
    surface,
)
from gdviz.languages import load as load_language
from gdviz.picture.view import Spans
from gdviz.problems import BadFormula, BadInput, BadScene
from gdviz.scene import MOST_RUNS, MOST_SPANS, ROLES
from gdviz.words import spans

ENGLISH = load_language("en").words

PARABOLA = "(m - 3)**2 + 1"
SLOW = GradientDescent(0.1)
SCENE = Scene(PARABOLA, SLOW, start=-2.4, steps=3)
NAMES = (
    "loss, optimizer, start, steps, tolerance, runs, race, title, watch, aside, closing, theme, size, fps, "
    "pace, study, tune, inside, views, ask, fog, origin"
)
ONE_NUMBER = "allowed: a number, or one number for each parameter"
FINITE = "allowed: a place where the loss and its gradient are finite"
OPTIMIZER = "allowed: an optimizer such as GradientDescent(learning_rate=0.1); see `gdviz list optimizers`"
STEPS = "allowed: a whole number from 1 to 20,000"
FPS = "allowed: a whole number from 1 to 60"
SIDES = "allowed: sides from 240 to 7680 pixels"
SIZE = "allowed: width and height in pixels, such as 1280x720"
PACE = "allowed: auto, lesson, brief, or a whole number of frames for each step, 1 to 1000"
HOLD = "allowed: seconds from 0 to 600"
LOOP = "allowed: how often to play, 1 to 65535; for ever unless given"
TOLERANCE = "allowed: a number from 0 to below 1, such as 1e-06"
LINE = "allowed: one line of printable characters"
LOSS = 'allowed: a formula such as "(m - 3)**2 + 1", or a Formula, Function, Line or Logistic'
BRACKETS = "brackets give words the colour of a quantity;"
ORIGIN = "allowed: only with data and one parameter, such as Line(data)"
ROLE = f"allowed: {', '.join(ROLES)}"

REFUSED = [
    ({"loss": 3}, f"loss: 3 can't be used; {LOSS}"),
    ({"loss": None}, f"loss: None can't be used; {LOSS}"),
    ({"loss": abs}, f"loss: <built-in function abs> can't be used; {LOSS}"),
    ({"optimizer": None}, f"optimizer: None can't be used; {OPTIMIZER}"),
    ({"optimizer": "adam"}, f"optimizer: 'adam' can't be used; {OPTIMIZER}"),
    ({"optimizer": Adam}, f"optimizer: {Adam!r} can't be used; {OPTIMIZER}"),
    ({"start": "12"}, f"start: '12' can't be used; {ONE_NUMBER}"),
    ({"start": True}, f"start: True can't be used; {ONE_NUMBER}"),
    ({"start": [True]}, f"start: [True] can't be used; {ONE_NUMBER}"),
    ({"start": [[1.0]]}, f"start: [[1.0]] can't be used; {ONE_NUMBER}"),
    ({"start": {"m": 1}}, f"start: {{'m': 1}} can't be used; {ONE_NUMBER}"),
    ({"start": float("nan")}, f"start: nan can't be used; {ONE_NUMBER}"),
    ({"start": float("inf")}, "start: inf can't be used; allowed: finite numbers"),
    ({"start": []}, "start: () can't be used; allowed: one number (m)"),
    ({"start": (1, 2)}, "start: (1.0, 2.0) can't be used; allowed: one number (m)"),
    ({"loss": "log(m)", "start": -1.8}, f"start: -1.8 can't be used; {FINITE}"),
    ({"loss": "1/m", "start": 0}, f"start: 0.0 can't be used; {FINITE}"),
    ({"steps": 0}, f"steps: 0 can't be used; {STEPS}"),
    ({"steps": -1}, f"steps: -1 can't be used; {STEPS}"),
    ({"steps": 20_001}, f"steps: 20001 can't be used; {STEPS}"),
    ({"steps": 2.0}, f"steps: 2.0 can't be used; {STEPS}"),
    ({"steps": True}, f"steps: True can't be used; {STEPS}"),
    ({"tolerance": 1}, f"tolerance: 1 can't be used; {TOLERANCE}"),
    ({"tolerance": "0"}, f"tolerance: '0' can't be used; {TOLERANCE}"),
    ({"tolerance": 10**400}, f"tolerance: 1{'0' * 56}... can't be used; {TOLERANCE}"),
    ({"title": 3}, "title: 3 can't be used; allowed: a text"),
    ({"title": "two\nlines"}, rf"title: 'two\nlines' can't be used; {LINE}"),
    ({"aside": None}, "aside: None can't be used; allowed: a text"),
    ({"aside": "\x07"}, rf"aside: '\x07' can't be used; {LINE}"),
    ({"watch": ["a"]}, "watch: ['a'] can't be used; allowed: a text"),
    ({"watch": "a\nb\x00"}, rf"watch: 'b\x00' can't be used; {LINE}"),
    ({"closing": 1.5}, "closing: 1.5 can't be used; allowed: a text"),
    ({"closing": "[lss:done]"}, f"closing: '[lss:done]' can't be used; {BRACKETS} did you mean 'loss'? {ROLE}"),
    ({"closing": "see [1]"}, f"closing: '[1]' can't be used; {BRACKETS} {ROLE}"),
    ({"theme": "drak"}, "theme: 'drak' can't be used; did you mean 'dark'? allowed: light, dark"),
    ({"theme": ["dark"]}, "theme: ['dark'] can't be used; did you mean 'dark'? allowed: light, dark"),
    ({"size": (1, 1)}, f"size: '1x1' can't be used; {SIDES}"),
    ({"size": (100_000, 100_000)}, f"size: '100000x100000' can't be used; {SIDES}"),
    ({"size": (1280, 238)}, f"size: '1280x238' can't be used; {SIDES}"),
    ({"size": (0, -2)}, f"size: '0x-2' can't be used; {SIDES}"),
    (
        {"size": (641, 480)},
        "size: '641x480' can't be used; allowed: even numbers, as video needs them; the nearest is 642x480",
    ),
    ({"size": (1280, 400)}, "size: '1280x400' can't be used; allowed: shapes from 1:3 to 3:1"),
    ({"size": "640x480"}, f"size: '640x480' can't be used; {SIZE}"),
    ({"size": (640.0, 480)}, f"size: (640.0, 480) can't be used; {SIZE}"),
    ({"size": [640]}, f"size: (640,) can't be used; {SIZE}"),
    ({"fps": 0}, f"fps: 0 can't be used; {FPS}"),
    ({"fps": 61}, f"fps: 61 can't be used; {FPS}"),
    ({"fps": 25.0}, f"fps: 25.0 can't be used; {FPS}"),
    ({"pace": "breif"}, f"pace: 'breif' can't be used; did you mean 'brief'? {PACE}"),
    ({"pace": 0}, f"pace: 0 can't be used; {PACE}"),
    ({"pace": 1001}, f"pace: 1001 can't be used; {PACE}"),
    ({"pace": 2.5}, f"pace: 2.5 can't be used; {PACE}"),
    ({"pace": []}, f"pace: [] can't be used; {PACE}"),
    ({"ask": 1}, "ask: 1 can't be used; allowed: True, False"),
    ({"origin": "yes"}, "origin: 'yes' can't be used; allowed: True, False"),
    ({"origin": True}, f"origin: True can't be used; {ORIGIN}"),
    ({"hold": -1}, f"hold: -1 can't be used; {HOLD}"),
    ({"hold": float("nan")}, f"hold: nan can't be used; {HOLD}"),
    ({"hold": "2"}, f"hold: '2' can't be used; {HOLD}"),
    ({"loop": 0}, f"loop: 0 can't be used; {LOOP}"),
    ({"loop": 1.0}, f"loop: 1.0 can't be used; {LOOP}"),
    ({"runs": "ab"}, "runs: 'ab' can't be used; allowed: a list of Run(label, optimizer=..., start=...)"),
    ({"runs": [SLOW]}, f"runs: ({SLOW!r},) can't be used; allowed: a list of Run(label, optimizer=..., start=...)"),
    ({"runs": [Run("a")] * 13}, "runs: '13 runs' can't be used; allowed: up to 12, told one after the other"),
    ({"runs": [Run("a"), Run("b", steps=0)]}, f"run 2, steps: 0 can't be used; {STEPS}"),
    ({"runs": [Run("a", start="x")]}, f"run 1, start: 'x' can't be used; {ONE_NUMBER}"),  # type: ignore[arg-type]
    (
        {"loss": "log(m)", "start": 1, "runs": [Run("a"), Run("b", start=-1)]},
        f"run 2, start: -1.0 can't be used; {FINITE}",
    ),
    ({"runs": [Run(7)]}, "run 1, label: 7 can't be used; allowed: a text"),  # type: ignore[arg-type]
    (
        {"runs": [Run("[rat:0.1]")]},
        f"run 1, label: '[rat:0.1]' can't be used; {BRACKETS} did you mean 'rate'? {ROLE}",
    ),
    ({"optimizer": None, "runs": [Run("a", SLOW), Run("b")]}, f"run 2, optimizer: None can't be used; {OPTIMIZER}"),
    ({"fog": "on"}, "fog: 'on' can't be used; allowed: True, False"),
    (
        {"fog": True, "views": [[Curve()]]},
        "fog: True can't be used; allowed: without views; set it on them, as in Curve(fog=True)",
    ),
    (
        {"fog": True, "loss": "x**2 + y**2 + z**2", "start": (1, 1, 1)},
        "fog: True can't be used; allowed: with one or two parameters, and this loss has 3",
    ),
    (
        {"views": [[Curve(fog=True)]], "loss": Line(Data([1, 2, 3, 4], [2, 4, 6, 8]), batch_size=2)},
        "Curve, fog: True can't be used; allowed: without mini-batches, each of which shows a whole loss of its own",
    ),
    (
        {"fog": True, "loss": Line(Data([1, 2, 3, 4], [2, 4, 6, 8]), batch_size=2)},
        "fog: True can't be used; allowed: without mini-batches, each of which shows a whole loss of its own",
    ),
    (
        {"fog": True, "study": RateStudy()},
        "fog: True can't be used; allowed: without a study, whose picture is not of the loss",
    ),
    (
        {"fog": True, "loss": Line(Data([1, 2], [2, 4])), "origin": True},
        "fog: True can't be used; allowed: without origin, which shows where the whole curve comes from",
    ),
    (
        {"fog": True, "loss": Line(Data([1, 2], [2, 4])), "inside": True},
        "fog: True can't be used; allowed: without inside, which takes the place of the curve beside data",
    ),
    (
        {"stepz": 3},
        f"Scene: 'stepz' can't be used; did you mean 'steps'? allowed: {NAMES}, hold, loop, ground, lang, script",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSED, ids=lambda given: str(given)[:40])
def test_what_cannot_be_used_gets_its_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        SCENE.with_(**changes)
    assert str(problem.value) == sentence


def test_a_formula_that_cannot_be_read_keeps_its_caret() -> None:
    with pytest.raises(BadFormula) as problem:
        Scene("m**2 + sine(m)", SLOW)
    first, text, caret = str(problem.value).split("\n")
    assert first.startswith("there is no function 'sine'; did you mean 'sin'? allowed: sin, cos")
    assert (text, caret) == ("    m**2 + sine(m)", "           ^")


@pytest.mark.parametrize(
    "text", ["$5", "a $x^$ b", "{m} {", "}", "[", "]", "[]", "[a b]", "100 %", "\\alpha", "a & b_2^3"]
)
def test_marks_of_other_languages_are_plain_text(text: str) -> None:
    scene = SCENE.with_(title=text, aside=text, closing=text, watch=text, runs=[Run(text)])
    assert scene.story().labels == (text,)


def test_a_sentence_has_as_many_colours_as_the_picture_can_hold() -> None:
    assert MOST_SPANS == Spans.MOST
    most = "a[loss]" * 4 + "b"
    assert SCENE.with_(closing=most).closing == most
    with pytest.raises(BadScene, match=r"^closing: .* allowed: up to 9 parts of different colour, and it has 11$"):
        SCENE.with_(closing=most + "[loss]c")


def test_the_built_in_sentences_use_known_roles() -> None:
    assert {role for text in ENGLISH.values() for _, role in spans(text)} <= {*ROLES, ""}


def test_a_run_takes_from_the_scene_what_it_leaves_out() -> None:
    runs = [Run("a"), Run("b", Adam(0.5), start=7, steps=2)]
    assert SCENE.with_(runs=runs).tries == (Run("a", SLOW, -2.4, 3), Run("b", Adam(0.5), 7.0, 2))
    assert SCENE.tries == (Run("", SLOW, -2.4, 3),)


def test_the_story_has_one_trajectory_for_each_run() -> None:
    story = SCENE.with_(runs=[Run("a"), Run("b", Momentum(0.1), start=1, steps=2)], tolerance=0).story()
    assert story.labels == ("a", "b")
    assert [len(path.params) for path in story.runs] == [4, 3]
    assert [float(path.params[0, 0, 0]) for path in story.runs] == [-2.4, 1.0]


@pytest.mark.parametrize("start", [[1, 2], (1.0, 2.0), np.array([1.0, 2.0]), np.array([1, 2])])
def test_starts_of_all_spellings_are_the_same(start: Sequence[float]) -> None:
    assert Scene("m**2 + b**2", SLOW, start=start).start == (1.0, 2.0)


@pytest.mark.parametrize("start", [2, 2.0, np.float32(2), np.int64(2), [2]])
def test_a_start_may_be_any_number(start: float) -> None:
    assert float(SCENE.with_(start=start).story().runs[0].params[0, 0, 0]) == 2.0


def test_scenes_compare_and_hash_by_value() -> None:
    again = Scene(Formula(PARABOLA), GradientDescent(learning_rate=0.1), start=-2.4, steps=3, size=[1280, 720])  # type: ignore[arg-type]
    assert again == SCENE
    assert hash(SCENE) == hash(again)
    assert again.with_(fps=24) != SCENE
    data = [Scene(Line(Data([1, 2], [2, 4])), SLOW, runs=[Run("a")]) for _ in range(2)]
    assert len({*data}) == 1


def test_a_scene_does_not_change() -> None:
    with pytest.raises(AttributeError):
        SCENE.fps = 24  # type: ignore[misc]


def test_a_python_callable_is_a_loss() -> None:
    scene = Scene(Function(lambda m: (m - 3) ** 2), SLOW, start=0, steps=1)
    assert float(scene.story().runs[0].params[1, 0, 0]) == pytest.approx(0.6, abs=1e-9)


def test_every_refusal_is_a_value_error_too() -> None:
    with pytest.raises(ValueError, match="runs: '13 runs'"):
        SCENE.with_(runs=[Run("a")] * (MOST_RUNS + 1))
    assert issubclass(BadScene, BadInput)


@pytest.mark.parametrize(
    ("loss", "kinds"),
    [
        (surface("himmelblau"), (Adam(0.3), GradientDescent(0.01), GradientDescent(0.03))),  # some far starts are lost
        (Formula("log(m) + 1/m"), (GradientDescent(0.5), Momentum(0.4))),  # some leave the domain
    ],
)
def test_many_starts_at_once_are_the_single_runs(loss: Formula, kinds: tuple[Optimizer, ...]) -> None:
    draw = np.random.default_rng(3)
    places = draw.uniform(0.3, 6, (12, loss.about.dim))
    each = [(kind, tuple(place), 40 + 20 * (k % 2)) for k, place in enumerate(places) for kind in kinds]
    runs = [Run(optimizer=kind, start=start, steps=steps) for kind, start, steps in each]
    story = Scene(loss, race=runs).story()
    for (kind, start, steps), path in zip(each, story.runs, strict=True):
        alone = descend(loss, kind, start=start, steps=steps, tolerance=0)
        assert path.ends == alone.ends
        for one, other in (
            (path.at, alone.at), (path.params, alone.params), (path.loss, alone.loss), (path.gradient, alone.gradient),
            (path.evaluations, alone.evaluations), (path.step, alone.step),
            *((path.terms[name], alone.terms[name]) for name in alone.terms),
        ):  # fmt: skip
            assert np.ascontiguousarray(one).tobytes() == np.ascontiguousarray(other).tobytes()


def test_the_name_of_a_surface_is_that_surface() -> None:
    assert Scene("beale", GradientDescent(0.01)).loss == surface("beale")
    assert Scene("slope", GradientDescent(0.01)).loss == Formula("slope")
