"""What frames show: as if painted from scratch, nothing clipped, nothing over another thing, colours apart."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from methods import FORMS, PLAIN, SAMPLES
from scenery import SCENES, assert_any_order, assert_cache_is_exact, film_of, phases, scene_of, some
from screen import assert_tidy, moving, words_on

from gdviz import (
    Adam,
    Board,
    ClipByNorm,
    Contour,
    Data,
    Formula,
    GradientDescent,
    GradientFan,
    History,
    Line,
    Logistic,
    Momentum,
    Optimizer,
    Protocol,
    Rates,
    RMSprop,
    Rprop,
    Rule,
    Run,
    Scene,
    ScheduleFreeAdamW,
    TrialAndError,
    schedules,
    surface,
)
from gdviz.descent.digits import digits
from gdviz.descent.loss import Array
from gdviz.descent.story import Moment, Phase
from gdviz.descent.walk import Probe, Seen, Update
from gdviz.footage import Footage
from gdviz.picture.sprite import rgb
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene

BY_NAME = pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
SIZES = [(854, 480), (1024, 768)]
MORE = [(1280, 720), (1920, 1080)]  # laid out in the same units, so that what differs is the rounding to pixels

XS = np.array([0.2, 0.5, 0.6, 0.9, 1.1, 1.4, 1.5, 2.0, 2.3, 2.8, 3.0])
PAIRS = Data(XS, 2 * XS + np.array([0.9, -1.2, 0.4, 1.5, -0.7, -1.6, 0.3, 1.1, -0.8, 1.4, -1.0]))
KINDS = Data(XS - 1.5, [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1])

BOWL = Formula("(x - 1)**2 + 10*(y - x)**2", minima=[(1, 1)])
EXTRA = {
    "adam": Scene("m**4 - 3*m**2 + m", Adam(0.1), start=-1.8, steps=30),
    "momentum": Scene("(m - 3)**2 + 1", Momentum(0.05), start=-2, steps=30),
    "diverging": Scene("(m - 3)**2 + 1", GradientDescent(1.1), start=0, steps=10),
    "overflow": Scene("(m - 3)**4", GradientDescent(3.0), start=0, steps=10),
    "leaves its domain": Scene("m - log(m)", GradientDescent(3.0), start=0.3, steps=9),
    "flat": Scene("(m - 3)**2", GradientDescent(0.1), start=3, steps=5),
    "two parameters": Scene("(x - 1)**2 + 10*(y - x)**2", GradientDescent(0.02), start=(-1, 1), steps=12),
    "a race": Scene(
        Formula("(x - 1)**2 + 10*(y - x)**2", minima=[(1, 1)]),
        race=[GradientDescent(0.02), Momentum(0.004), Adam(0.2), RMSprop(0.05), Rprop(0.05)],
        start=(-1, 1),
        steps=40,
    ),
    "a race of starts": Scene(
        Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)), minima=[(3, 2)]),
        GradientDescent(0.005),
        race=[Run(start=(x, x / 2)) for x in (-4, -1, 0, 4)],
        steps=30,
    ),
    "a race over a saddle": Scene(
        surface("saddle"), race=[GradientDescent(0.1), Momentum(0.1), Adam(0.1)], start=(-2.2, 0.01), steps=40
    ),
    "saddles everywhere": Scene(
        surface("himmelblau"),
        GradientDescent(0.003),
        race=[Run(start=start) for start in ((-2.6, -0.2), (-0.9, -3.9), (0.4, 4.6))],
        steps=60,
    ),
    "a slanting saddle": Scene("x*y + (x**2 + y**2)**2/8", GradientDescent(0.1), start=(1.1, 1.09), steps=60),
    "a monkey saddle": Scene(surface("monkey_saddle"), GradientDescent(0.05), steps=60),
    "a plateau": Scene(surface("rosenbrock"), GradientDescent(0.001), steps=60),
    "views": Scene(
        "(x - 1)**2 + 10*(y - x)**2",
        Adam(0.2),
        start=(-1, 1),
        steps=12,
        views=[[Contour(gradient=False), [History(), Rates()]], [Rule()]],
    ),
    "a zoom": Scene(BOWL, GradientDescent(0.04), start=(-1, 1), steps=60, views=[[Contour(zoom=True), History()]]),
    "a zoom on a saddle": Scene(
        surface("saddle"), GradientDescent(0.1), start=(-2.2, 0.01), steps=60, views=[[Contour(zoom=True)], [Rule()]]
    ),
    "a race under a zoom": Scene(
        surface("beale"),
        race=[GradientDescent(0.028), Momentum(0.0035), RMSprop(0.12), Adam(0.2)],
        steps=100,
        views=[[Contour(zoom=True), [Board(), History()]], [Protocol()]],
    ),
    "a race over many valleys under a zoom": Scene(
        surface("himmelblau"),
        race=[GradientDescent(0.01), Momentum(0.005), Adam(0.3)],
        steps=80,
        views=[[Contour(zoom=True), Board()]],
    ),
    "runs under a zoom": Scene(
        BOWL,
        start=(-1, 1),
        steps=40,
        runs=[Run(name, GradientDescent(rate)) for name, rate in (("a", 0.02), ("b", 0.045))],
        views=[[Contour(zoom=True), History()]],
    ),
    "inside, two parameters": Scene("(x - 1)**2 + 10*(y - x)**2", Adam(0.2), start=(-1, 1), steps=12, inside=True),
    "inside, clipped": Scene("m**4", ClipByNorm(Momentum(0.05), 1.0), start=2, steps=12, inside=True),
    "a schedule": Scene("m**2", GradientDescent(schedules.OneCycle(0.9, 12)), start=2, steps=12),
    "trial and error": Scene(
        "m**2", start=2, steps=12, runs=[Run("a", TrialAndError(0.7)), Run("b", GradientDescent(0.4))]
    ),
    "batches": Scene(Line(PAIRS, batch_size=3), GradientDescent(0.2), start=-2, steps=20),
    "batches of one": Scene(Line(PAIRS, batch_size=1), Momentum(0.1, 0.5), start=-2, steps=20, ask=True),
    "batches, two parameters": Scene(Line(PAIRS, True, batch_size=3), Adam(0.5), steps=20),
    "batches of classes": Scene(Logistic(KINDS, batch_size=4), GradientDescent(2.0), steps=20, origin=True),
    "batches, diverging": Scene(Line(PAIRS, batch_size=3), GradientDescent(2.0), start=-2, steps=12),
    "batches, two parameters, diverging": Scene(
        Line(PAIRS, True, batch_size=3), GradientDescent(2.0), steps=9, views=[[GradientFan(), History()], [Rule()]]
    ),
    "batches, two parameters, overflow": Scene(
        Line(PAIRS, True, batch_size=3), GradientDescent(1e60), steps=9, views=[[GradientFan()], [Rule()]]
    ),
    "batches, two parameters, flat": Scene(Line(Data([1, 2, 3], [0, 0, 0]), True, batch_size=2), Adam(0.1), steps=3),
    "batches, without a slope": Scene(Line(PAIRS, batch_size=3), TrialAndError(1.0), start=-2, steps=12),
    "batches, two runs": Scene(
        Line(PAIRS, batch_size=3), steps=12, runs=[Run("a", GradientDescent(0.1)), Run("b", Adam(0.5), start=4)]
    ),
    "many decades": Scene("exp(4*m) - 4*m", GradientDescent(0.001), start=2.5, steps=20),
    "huge": Scene("1e9*(m - 3000)**2", GradientDescent(1e-10), start=-2e4, steps=20),
    "tiny": Scene("1e-9*(m - 0.003)**2", GradientDescent(1e8), start=-0.02, steps=20),
}
EXTRAS = pytest.mark.parametrize("scene", EXTRA.values(), ids=EXTRA)


@BY_NAME
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_cached_frames_equal_frames_painted_from_scratch(path: Path, theme: str) -> None:
    scene = scene_of(path).with_(theme=theme, size=(640, 360), pace=2, fps=10)
    film = film_of(scene)
    few = [*film.shots[:40], *film.shots[-20:]] if len(film.shots) > 60 else film.shots  # its slow sister takes all
    assert_cache_is_exact(film.compositor, [shot.moment for shot in few], 5, seed=7)


@pytest.mark.slow
@BY_NAME
@pytest.mark.parametrize("theme", THEMES)
def test_every_cached_frame_equals_the_one_painted_from_scratch(path: Path, theme: str) -> None:
    scene = scene_of(path).with_(theme=theme, pace="lesson")
    film, scratch = film_of(scene), film_of(scene)  # painted in the same order, and nothing shared
    for shot in film.shots:
        assert np.array_equal(film.compositor.frame(shot.moment), scratch.compositor.paint(shot.moment)), shot.moment


@EXTRAS
@pytest.mark.parametrize("count", [4, pytest.param(12, marks=pytest.mark.slow)])
def test_moments_may_be_drawn_in_any_order(scene: Scene, count: int) -> None:
    film = film_of(scene, size=(640, 360))
    shots = [*some(phases(film), count, seed=4), *some(film.shots, count, seed=3)]
    assert_any_order(film.compositor, [shot.moment for shot in shots])


@pytest.mark.parametrize(
    ("path", "size"),
    [
        pytest.param(
            path, size, marks=() if size == SIZES[k % 2] else pytest.mark.slow, id=f"{width}x{height}-{path.stem}"
        )
        for size in (*SIZES, *MORE)
        for k, path in enumerate(SCENES)
        for width, height in [size]
    ],
)
def test_no_text_is_clipped_or_lies_over_another(path: Path, size: tuple[int, int]) -> None:
    film = film_of(scene_of(path), size=size, pace="lesson")
    for shot in [*phases(film), *some(film.shots, 25, seed=5)]:
        assert_tidy(film, shot.moment)


@EXTRAS
def test_no_text_is_clipped_or_lies_over_another_in_odd_scenes(scene: Scene) -> None:
    film = film_of(scene, pace="lesson", title="A film with a title of quite a usual length")
    for shot in [*phases(film), *some(film.shots, 25, seed=5)]:
        assert_tidy(film, shot.moment)


def test_the_numbers_of_the_rule_close() -> None:
    scene = scene_of(next(path for path in SCENES if path.stem == "first_steps"))
    story = scene.story()
    shown, path = digits(story), story.runs[0]
    for k in range(3):
        here, there = (round(float(path.params[j, 0, 0]), shown.param) for j in (k, k + 1))
        slope = round(float(path.gradient[k, 0, 0]), shown.slope)
        assert round(here - 0.1 * slope, shown.param) == there


# the rule of every optimizer

RULED = Formula("m**4 - 3*m**2 + m + 5")
OF_EACH = pytest.mark.parametrize("sample", SAMPLES, ids=repr)


def ruled(sample: Optimizer, **more: Any) -> Footage:
    scene = Scene(RULED, sample, start=1.9, steps=30, size=(640, 360), pace="lesson", title="", **more)
    return film_of(scene)


def rule_on(film: Footage, moment: Moment) -> list[str]:
    """The numbers and signs of the rule as they are read on the screen, from left to right."""
    row = sorted(
        (label for label in moving(film.compositor, moment) if label.y == 720 - 145 + 69 and label.x < 1260),
        key=lambda label: label.x,
    )
    words = " ".join(label.words for label in row).partition("→")[0]
    for shown, read in (("\N{MINUS SIGN}", "-"), ("×", "*"), ("÷", "/"), ("\N{THIN SPACE}", ""), ("=", " = ")):
        words = words.replace(shown, read)
    return words.split()


def shown_value(words: str) -> tuple[float, list[float]]:
    """Evaluate what is shown, and say by how much each number's last digit can change it."""
    numbers = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?")
    value = eval(words, {"__builtins__": {}})  # digits and signs that this test has put together
    changes = []
    for number in numbers.finditer(words):
        mantissa, _, exponent = number[0].partition("e")
        half = 0.5 * 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
        moved = f"{words[: number.start()]}({number[0]} + {half}){words[number.end() :]}"
        changes.append(abs(eval(moved, {"__builtins__": {}}) - value))
    return value, changes


@OF_EACH
def test_the_numbers_on_the_screen_give_the_step(sample: Optimizer) -> None:
    film = ruled(sample)
    landed = [s.moment for s in film.shots if s.moment.phase is Phase.MOVE and s.moment.progress >= 1]
    for step in range(min(2, len({moment.step for moment in landed}))):
        moment = next(moment for moment in landed if moment.step == step)
        words = rule_on(film, moment)
        assert words[1] == "=", words
        end = next(
            (k for k in range(3, len(words)) if words[k - 1][-1] in "0123456789)" and words[k][0].isdigit()), None
        )
        value, changes = shown_value(" ".join(words[2:end]))
        new = float(words[0])
        places = len(words[0].partition(".")[2])
        assert abs(new - value) <= 1.01 * sum(changes) + 0.5 * 10.0**-places + 1e-9, " ".join(words)


def assert_no_overflow(sample: Optimizer) -> None:
    film = ruled(sample, inside=True)
    shots = phases(film)
    for shot in [*shots[1:5], *shots[-2:]]:
        assert_tidy(film, shot.moment)


@pytest.mark.parametrize("sample", PLAIN, ids=repr)
def test_no_rule_and_no_inside_overflows(sample: Optimizer) -> None:
    assert_no_overflow(sample)


@pytest.mark.slow
@pytest.mark.parametrize("sample", FORMS, ids=repr)
def test_no_rule_of_any_form_overflows(sample: Optimizer) -> None:
    assert_no_overflow(sample)


def test_the_question_hides_the_answer() -> None:
    film = film_of(Scene("(m - 3)**2", GradientDescent(0.2), start=0, steps=5, ask=True), pace="lesson")
    asking = next(shot.moment for shot in film.shots if shot.moment.phase is Phase.ASK)
    words = words_on(film, asking)
    assert "Where will it land?" in words
    assert "?" in words
    assert "1.200" not in words


@pytest.mark.parametrize("optimizer", [GradientDescent(0.01), Momentum(0.01), Adam(0.5)], ids=lambda one: one.name)
def test_the_question_hides_the_answer_in_two_dimensions(optimizer: Optimizer) -> None:
    loss = Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)))
    scene = Scene(loss, optimizer, start=(-0.5, -4.2), steps=6, ask=True, title="")
    film, story = film_of(scene, pace="lesson"), scene.story()
    asking = [shot.moment for shot in film.shots if shot.moment.phase is Phase.ASK]
    assert [moment.step for moment in asking] == [0, 1, 2, 3]
    places = digits(story).param
    for moment in asking:
        words = words_on(film, moment)
        assert "Where will it land?" in words
        assert words.count("?") >= 2  # one for each parameter
        assert "gradient" in words
        after = story.runs[0].params[moment.step + 1, 0]
        assert not {f"{value:.{places}f}".replace("-", "\N{MINUS SIGN}") for value in after} & set(words)
        panel = film.compositor.frame(moment)[158:524, 136:800, :3].copy()
        assert not (panel == rgb(THEMES["light"].rate)).all(axis=2).any()  # no arrow of the step
        deciding = film.compositor.frame(Moment(0, moment.step, Phase.DECIDE, 1.0))[158:524, 136:800, :3]
        assert (panel == rgb(THEMES["light"].slope)).all(axis=2).sum() > 50
        assert (deciding == rgb(THEMES["light"].rate)).all(axis=2).sum() > 50


def test_a_run_that_leaves_is_shown_leaving() -> None:
    film = film_of(EXTRA["diverging"], pace="lesson")
    words = words_on(film, film.shots[-1].moment)
    assert "left at step 2" in words
    assert any(text.startswith("m = ") for text in words)


@pytest.mark.parametrize("rate", [0.5, 1e4])
def test_the_numbers_of_a_ball_that_jumps_far_across_the_picture_stay_in_the_frame(rate: float) -> None:
    runs = [Run("a", GradientDescent(0.05)), Run("b", GradientDescent(rate))]
    views = [[Contour(), History()], [Rule()]]
    film = film_of(Scene("x**2 + 10*y**2", runs=runs, start=(3, 1), steps=30, title="", views=views), pace="lesson")
    for shot in film.shots:
        if shot.moment.run == 1:
            assert_tidy(film, shot.moment)


def test_a_loss_next_to_the_end_of_the_float_range_has_an_axis() -> None:
    runs = [Run("a", GradientDescent(0.05)), Run("b", GradientDescent(0.11))]
    views = [[Contour(), History()]]
    film = film_of(Scene("x**2 + 10*y**2", runs=runs, start=(3, 1), steps=2000, title="", views=views), pace="brief")
    assert_tidy(film, film.shots[-1].moment)


def test_axes_hold_start_path_and_minimum() -> None:
    for path in SCENES:
        story = scene_of(path).story()
        if story.loss.about.dim > 2:  # there is no picture of the loss itself
            continue
        axes = [story.window.params] if story.loss.about.dim == 1 else story.plane
        for axis, (low, high) in enumerate(axes):
            assert all(low <= run.params[0, 0, axis] <= high for run in story.runs)
            assert any(low < minimum[axis] < high for minimum in story.minima)


def test_losses_over_many_decades_get_a_log_axis() -> None:
    film = film_of(Scene(Formula("exp(4*m) - 4*m"), GradientDescent(0.00002), start=2.5, steps=200), pace="brief")
    words = words_on(film, film.shots[0].moment)
    assert {"1", "10"} <= set(words) or {"10", "100"} <= set(words) or "1\N{THIN SPACE}000" in words


# what is found, and how


def test_runs_are_compared_at_the_end() -> None:
    film = film_of(scene_of(next(path for path in SCENES if path.stem == "little_by_little")), pace="lesson")
    first = next(shot.moment for shot in film.shots if shot.moment.phase is Phase.REST)
    last = film.shots[-1].moment
    assert {"found", "run"}.isdisjoint(words_on(film, first))
    words = words_on(film, last)
    assert {"trial and error", "gradient descent", "correct digits", "looks"} <= set(words)
    assert any(text.startswith("steps to loss ") for text in words)
    story = scene_of(next(path for path in SCENES if path.stem == "little_by_little")).story()
    for run, path in enumerate(story.runs):
        assert str(int(path.evaluations[story.last(run), 0])) in words


def test_a_method_without_a_slope_is_shown_trying() -> None:
    film = film_of(Scene("(m - 3)**2 + 1", TrialAndError(1.0), start=-1, steps=12), pace="lesson", title="")
    looked = [shot.moment for shot in film.shots if shot.moment.phase is Phase.LOOK and shot.moment.progress >= 1]
    words = words_on(film, looked[0])
    assert not any(text.startswith("slope") for text in words)
    assert {"26.000", "10.000"} <= set(words)  # the losses on both sides


@dataclass(frozen=True)
class Halving(Optimizer):
    """Halves the parameter: it asks for no slope."""

    rule = "-0.5 * parameter"
    sees_gradient = False

    def update(self, _seen: Seen, _state: None, params: Array, _probe: Probe) -> Update:
        return Update(-0.5 * params, None, {"parameter": params})


def test_a_method_that_asks_for_no_slope_is_shown_without_one() -> None:
    film = film_of(Scene("m**2", Halving(), start=2, steps=6), pace="lesson", title="")
    told = [shot.moment for shot in film.shots if shot.moment.phase is Phase.LOOK]
    assert told
    assert not any(text.startswith("slope") for moment in told for text in words_on(film, moment))
    assert any("asks for no slope" in "".join(text for text, _ in moment.sentence) for moment in told)


@pytest.mark.parametrize(
    "scene",
    [
        Scene("exp(m)", Rprop(1000), start=700, steps=9),  # from 1e304 down to 0
        Scene("(m - 3)**2", ScheduleFreeAdamW(1e160), start=1, steps=9),
        Scene("m**2", Adam(1e149), start=1e150, steps=9),
    ],
)
def test_numbers_at_the_ends_of_the_range_are_drawn(scene: Scene) -> None:
    film = film_of(scene.with_(inside=True, size=(320, 240)))
    for shot in some(film.shots, 12, seed=3):
        film.compositor.frame(shot.moment)


def test_a_schedule_is_drawn_beside_the_run_and_a_constant_rate_is_not() -> None:
    changing = film_of(Scene("m**2", GradientDescent(schedules.Cosine(0.4, 10)), start=2, steps=10))
    constant = film_of(Scene("m**2", GradientDescent(0.4), start=2, steps=10))
    assert words_on(changing, changing.shots[0].moment).count("learning rate") == 1
    assert words_on(constant, constant.shots[0].moment).count("learning rate") == 0


def test_the_bias_correction_is_shown_as_it_is() -> None:
    film = film_of(Scene("(m - 3)**2 + 1", Adam(0.5), start=-2.4, steps=20, inside=True), pace="lesson")
    decided = next(shot.moment for shot in film.shots if shot.moment.phase is Phase.DECIDE)
    words = words_on(film, decided)
    assert {"inside Adam", "mean slope", "usual size", "bias correction", "× 1", "× 10", "× 30"} <= set(words)
    assert {"\N{MINUS SIGN}10.800", "10.800", "+0.500"} <= set(words)


def test_names_that_do_not_fit_are_refused() -> None:
    runs = [Run("a", name="A name as long as a whole sentence, which no table can show"), Run("b", start=-1)]
    with pytest.raises(BadScene, match=r"^runs, name: 'A name as long.*shorten it$"):
        film_of(Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=1, steps=4, runs=runs))
