"""Mini-batches on the screen: the artists are asked whether they show this batch, its slope, and the true one."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np
import pytest
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scenery import SCENES, film_of, scene_of
from screen import words_on
from test_picture import KINDS, PAIRS

from gdviz import Adam, GradientDescent, GradientFan, History, Line, Logistic, Momentum, Rule, Scene
from gdviz.descent.loss import Batched
from gdviz.descent.story import Moment, Phase, Story
from gdviz.footage import Footage
from gdviz.picture import curve, fit, history, samples
from gdviz.problems import BadScene
from gdviz.telling import Teller
from gdviz.words import number

Points = NDArray[np.float64]

ONE = Scene(Line(PAIRS, batch_size=3, seed=4), GradientDescent(0.1), start=-2, steps=14, title="")
TWO = Scene(Line(PAIRS, True, batch_size=3, seed=4), Adam(0.5), start=(4, -3), steps=14, title="")
CLASSES = Scene(Logistic(KINDS, batch_size=4, seed=4), GradientDescent(1.0), steps=14, title="")


def film(scene: Scene) -> tuple[Footage, Story, Batched]:
    story = scene.story()
    return film_of(scene, pace=12), story, cast(Batched, story.loss)


def drawing(film: Footage, kind: Any) -> Any:
    """The inside of a view, by the class whose method shows it."""
    return next(
        view.show.__self__ for view in film.compositor.views if isinstance(getattr(view.show, "__self__", 0), kind)
    )


def looks(film: Footage) -> Iterator[Moment]:
    """The moments at the end of each look."""
    return (s.moment for s in film.shots if s.moment.phase is Phase.LOOK and s.moment.progress >= 1)


def xy(line: Line2D) -> Points:
    return np.asarray(line.get_xydata(), dtype=np.float64)


def slope_of(ends: Points, view: Any) -> float:
    """The slope of a line through two points in units, in the units of loss and parameter."""
    (x0, x1), (y0, y1) = ([view.across.inverse(x) for x in ends[:, 0]], [view.up.inverse(y) for y in ends[:, 1]])
    return float((y1 - y0) / (x1 - x0))


def test_the_fan_is_made_of_the_batches_gradients_and_the_true_one() -> None:
    film_, story, loss = film(ONE)
    view = drawing(film_, curve._Drawing)
    path, per = story.runs[0], loss.batches.steps_per_epoch
    for moment in looks(film_):
        film_.compositor.frame(moment)
        k = moment.step
        here = path.params[k, 0]
        assert slope_of(xy(view.tangent), view) == pytest.approx(float(loss.at(k)(here)[1][0]), rel=1e-9, abs=1e-9)
        assert slope_of(xy(view.guess._true), view) == pytest.approx(float(loss(here)[1][0]), rel=1e-9, abs=1e-9)
        first = loss.batches.epoch(k) * per
        each = [float(loss.at(step)(here)[1][0]) for step in range(first, first + per)]
        fan = xy(view.guess._others).reshape(-1, 3, 2)[:, :2]
        assert [slope_of(ends, view) for ends in fan] == pytest.approx(each, rel=1e-9, abs=1e-9)
        # all of them meet in the ball, which is on the curve of all the data
        assert xy(view.ball)[0] == pytest.approx([view.across(here[0]), view.up(float(loss.value(here)))])
        assert fan.mean(axis=1) == pytest.approx(np.tile(xy(view.ball), (per, 1)))
        words = words_on(film_, moment)
        assert f"this batch {number(float(path.gradient[k, 0, 0]), view.slope_digits)}" in words
        assert f"all points {number(float(loss(here)[1][0]), view.slope_digits)}" in words


def test_the_dashed_curve_is_the_loss_of_this_step_s_batch() -> None:
    film_, story, loss = film(ONE)
    view = drawing(film_, curve._Drawing)
    seen = []
    for moment in looks(film_):
        film_.compositor.frame(moment)
        drawn = xy(view.guess._curve)
        m = np.array([view.across.inverse(x) for x in drawn[:, 0]])
        inside = drawn[:, 1] > view.pen.box.top
        value = np.array([view.up.inverse(y) for y in drawn[:, 1]])
        np.testing.assert_allclose(value[inside], loss.at(moment.step).value(m[inside, None]), rtol=1e-9)
        said = view.up(float(story.batch_losses[0][moment.step]))
        seen.append(view.guess._ring.get_visible())
        assert seen[-1] == (said >= view.pen.box.top)
        if seen[-1]:
            assert xy(view.guess._ring)[0] == pytest.approx(
                [view.across(story.runs[0].params[moment.step, 0, 0]), said]
            )
    assert any(seen)


@pytest.mark.parametrize("scene", [ONE, TWO, CLASSES], ids=["line", "two parameters", "classes"])
def test_the_points_of_the_batch_stand_out_and_they_alone_have_residuals(scene: Scene) -> None:
    film_, _, loss = film(scene)
    view = drawing(film_, fit._Drawing)
    data = loss.data
    for moment in looks(film_):
        film_.compositor.frame(moment)
        rows = loss.batches.rows(moment.step)
        places = {tuple(view.ground.points[row]) for row in rows}
        assert {tuple(place) for place in xy(view.points).tolist()} == places
        missed = xy(view.misses).reshape(-1, 3, 2)[:, 0, 0]
        kept = [data.x[row] for row in rows]
        assert sorted(set(missed)) == pytest.approx(sorted({view.across(x) for x in kept}))
    start = next(s.moment for s in film_of(scene, pace="lesson").shots if s.moment.phase is Phase.READY)
    film_.compositor.frame(start)
    assert len(xy(view.points)) == len(data)
    assert len(xy(view.unseen)) == len(data)


def test_piled_points_stand_where_their_own_x_is() -> None:
    film_, _, loss = film(CLASSES)
    view = drawing(film_, fit._Drawing)
    for x, y, (across, up) in zip(loss.data.x, loss.data.y, view.ground.points, strict=True):
        assert abs(across - view.across(x)) <= fit.DOT
        assert (up >= view.up(0.0) - 1e-9) if y == 0 else (up <= view.up(1.0) + 1e-9)


@pytest.mark.parametrize("scene", [ONE, TWO.with_(views=[[History()], [Rule()]])], ids=["one", "two parameters"])
def test_the_history_has_the_true_loss_as_a_line_and_what_each_batch_said_as_points(scene: Scene) -> None:
    film_, story, loss = film(scene)
    view = drawing(film_, history._Drawing)
    path = story.runs[0]
    for stamp in range(1, story.last(0) + 1):
        for artist in view.marks(0, stamp):
            ends = xy(cast(Line2D, artist))
            if artist is view.said:
                assert view.across.inverse(ends[0, 0]) == pytest.approx(stamp - 1)
                value = float(loss.at(stamp - 1).value(path.params[stamp - 1])[0])
            else:
                assert artist is view.segment
                value = float(loss.value(path.params[stamp - 1])[0])
            assert view.up.inverse(ends[-1, 1]) == pytest.approx(value, rel=1e-9)
    assert {"epoch 2", "each batch"} <= set(words_on(film_, film_.shots[0].moment))


def test_arrows_of_two_parameters_end_where_the_gradients_are() -> None:
    film_, story, loss = film(TWO)
    view = drawing(film_, samples._Drawing)
    per = loss.batches.steps_per_epoch
    for moment in looks(film_):
        film_.compositor.frame(moment)
        k, here = moment.step, story.runs[0].params[moment.step, 0]
        for arrow, gradient in ((view.this, loss.at(k)(here)[1]), (view.true, loss(here)[1])):
            tip = view._place(gradient)
            assert np.abs(arrow.get_xy() - tip).sum(axis=1).min() == pytest.approx(0.0, abs=1e-9)
        assert len(xy(view.used)) <= k % per
        first = k - k % per
        inside = [view._holds(*view._place(loss.at(first + j)(here)[1])) for j in range(per)]
        assert (len(xy(view.used)), len(xy(view.fresh))) == (sum(inside[: k % per]), sum(inside[k % per :]))
    for k in range(story.last(0)):
        (dot,) = view.marks(0, k + 1)
        assert xy(dot)[0] == pytest.approx(view._place(story.runs[0].gradient[k, 0]))


def test_of_hundreds_of_batches_some_are_drawn() -> None:
    x = np.linspace(-1.0, 1.0, 300)
    story = Scene(Line(type(PAIRS)(x, x), batch_size=1), GradientDescent(0.1), start=3, steps=5, title="").story()
    fan = samples.fan(story, 0, 4)
    assert fan.each.shape == (samples.MOST, 1)
    assert 1 <= fan.used <= 2
    assert fan.true == pytest.approx(story.loss(story.runs[0].params[4, 0])[1])


def test_quick_steps_show_no_batch() -> None:
    film_ = film_of(ONE, pace="lesson")
    view, data = drawing(film_, curve._Drawing), drawing(film_, fit._Drawing)
    brisk = [s.moment for s in film_.shots if s.moment.brisk]
    assert brisk
    film_.compositor.frame(brisk[-1])
    assert not any(artist.get_visible() for artist in (*view.guess.under, *view.guess.over, *view.guess.words))
    assert len(xy(data.points)) == len(PAIRS)


def test_without_batches_nothing_of_them_is_there() -> None:
    whole = Line(PAIRS, batch_size=11)
    film_ = film_of(ONE.with_(loss=whole), pace="lesson")
    assert film_.compositor.views
    assert ONE.with_(loss=whole).story().batched is None
    words = {word for shot in film_.shots[::20] for word in words_on(film_, shot.moment)}
    assert not any("batch" in text or "epoch" in text for text in words)


# what is said of it


def test_each_phase_of_a_step_says_what_was_measured() -> None:
    story = Scene(Line(PAIRS, batch_size=2, seed=6), Momentum(0.12, 0.8), start=-2, steps=60, title="").story()
    teller, loss, path = Teller(story, 0), cast(Batched, story.loss), story.runs[0]
    said = set()
    for k in range(60):
        look, decide, landed = (
            "".join(words for words, _ in teller.phase(k, phase)) for phase in (Phase.LOOK, Phase.DECIDE, Phase.MOVE)
        )
        assert look == f"It sees only {len(loss.batches.rows(k))} of 11 points: the gradient is a guess."
        if "suits this batch" in decide:
            assert decide.startswith("A larger" if path.gradient[k, 0, 0] < 0 else "A smaller")
            assert path.step[k, 0, 0] * path.gradient[k, 0, 0] < 0
        true, batch = (np.diff(one.value(path.params[k : k + 2, 0]))[0] for one in (loss, loss.at(k)))
        said.add(landed)
        assert (
            landed
            == {
                (True, True): "The loss of all the points fell. Now the next batch.",
                (True, False): "Worse for this batch, but the loss of all the points fell.",
                (False, True): "Better for this batch, but the loss of all the points went up.",
                (False, False): "Too far: the loss went up.",
            }[bool(true < 0), bool(batch < 0)]
        )
    assert len(said) == 4


def test_many_steps_together_fall_or_wander_as_measured() -> None:
    scene = Scene(Line(PAIRS, batch_size=3, seed=4), GradientDescent(0.05), start=-9, steps=200, title="")
    teller = Teller(scene.story(), 0)
    loss = teller.path.loss[:, 0]
    assert loss[12] < 0.5 * loss[1]
    assert teller.group(1, 12) == (("Every guess is different, and yet the ", ""), ("loss", "loss"), (" falls.", ""))
    assert 0.4 < (np.diff(loss[100:]) > 0).mean() < 0.6
    assert teller.group(100, 200) == (("The guesses disagree: it wanders to and fro.", ""),)
    assert teller.group(0, 9) == teller.phase(0, Phase.LOOK)


def test_the_first_step_that_misleads_is_told() -> None:
    story = scene_of(next(path for path in SCENES if path.stem == "minibatch_noise")).story()
    (event,) = Teller(story, 0).events.values()
    rises = np.flatnonzero(np.diff(story.runs[0].loss[:, 0]) > 0)
    assert (event.what.value, event.step) == ("misled", rises[0])
    gradient, true = story.runs[0].gradient[event.step, 0, 0], story.loss(story.runs[0].params[event.step])[1][0, 0]
    assert gradient * true < 0, "in this scene it is a guess of the wrong sign"


# views as the user orders them


def test_a_fan_is_a_view_like_any_other() -> None:
    film_ = film_of(TWO.with_(views=[[GradientFan(), History()], [Rule()]]), pace="lesson")
    assert {"gradients", "by m", "by b", "used in this epoch"} <= set(words_on(film_, film_.shots[0].moment))


FANS: list[tuple[Scene, str]] = [
    (ONE, "it shows 2 parameters, and this loss has 1; use Curve()"),
    (TWO.with_(loss=Line(PAIRS, True)), "it shows mini-batches, and this loss has none; give a batch_size"),
]


@pytest.mark.parametrize(("scene", "sentence"), FANS)
def test_a_fan_without_batches_is_refused(scene: Scene, sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        scene.with_(views=[[GradientFan()]])
    assert str(problem.value) == f"views: 'GradientFan()' can't be used; {sentence}"
