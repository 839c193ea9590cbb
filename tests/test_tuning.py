"""Fair races: the search finds the best rate, keeps its record, and is not won by a lucky jump."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from methods import with_rate
from scenery import film_of

from gdviz import (
    Adam,
    ClipByNorm,
    Formula,
    GradientDescent,
    Momentum,
    Optimizer,
    Run,
    Scene,
    TrialAndError,
    Tuning,
    WeightDecay,
    descend,
    schedules,
)
from gdviz.descent.findings import Tuned
from gdviz.descent.optimizers import OPTIMIZERS
from gdviz.problems import BadScene

BEALE = Formula(
    "(1.5 - x + x*y)**2 + (2.25 - x + x*y**2)**2 + (2.625 - x + x*y**3)**2",
    region=((-4.5, 4.5), (-4.5, 4.5)),
    minima=((3.0, 0.5),),
)
PARABOLA = Formula("(m - 3)**2 + 1", region=(-50, 50), minima=(3,))
BOWL = Formula("x**2 + 4*y**2", region=((-4, 4), (-4, 4)), minima=((0, 0),))


def best(record: Tuned) -> int:
    """Return the place of the chosen rate."""
    return int(np.argmin(np.abs(record.rates - record.rate)))


def test_a_lucky_jump_wins_without_the_cap_and_not_with_it() -> None:
    """On Beale's function one rate throws gradient descent beside the minimum, but not from a start next door."""
    start, near = (1.5, 2.0), [(1.5 + dx, 2.0 + dy) for dx, dy in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02))]
    target = Tuning().tune(GradientDescent(0.1), BEALE, start, 300)[1].target
    needed: dict[float | None, list[float]] = {}
    for cap in (None, 0.25):
        tuned, record = Tuning(cap=cap).tune(GradientDescent(0.1), BEALE, start, 300)
        paths = [descend(BEALE, tuned, one, steps=300, tolerance=0) for one in (start, *near)]
        needed[cap] = [next((k for k in range(301) if (p.loss[k:, 0] <= target).all()), np.inf) for p in paths]
        assert needed[cap][0] == record.scores[best(record)]
        longest = np.linalg.norm(paths[0].step[:, 0], axis=-1).max()
        assert longest == pytest.approx(record.longest_steps[best(record)], rel=1e-12)
        assert (longest > 0.25 * 9 * np.sqrt(2)) == (cap is None)
    assert needed[None][0] < 5
    assert max(needed[None]) > 50  # luck does not repeat
    assert max(needed[0.25]) < 1.2 * min(needed[0.25])  # merit does


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_the_record_is_that_of_single_runs_and_can_be_repeated(kind: str) -> None:
    given, tuning = with_rate(kind, 0.01), Tuning(low=1e-3, high=1.0, points=7)
    tuned, record = tuning.tune(given, BOWL, (2.0, -1.0), 60)
    again = tuning.tune(given, BOWL, (2.0, -1.0), 60)[1]
    assert (record.rates == again.rates).all()
    assert (record.scores == again.scores).all()
    assert record.optimizer == again.optimizer == tuned
    if record.rate is None:
        assert kind == "TrialAndError"
        return
    assert len(record.rates) == len(record.scores) == 14
    assert record.target == pytest.approx(8e-3)
    own = getattr(tuned, "optimizer", tuned)
    assert own.learning_rate == record.rate
    for k in (0, 6, best(record)):
        path = descend(BOWL, with_rate(kind, float(record.rates[k])), (2.0, -1.0), steps=60, tolerance=0)
        low = [j for j in range(len(path.loss)) if (path.loss[j:, 0] <= record.target).all()]
        arrives = low and not path.ends[0].diverged
        assert record.scores[k] == (path.evaluations[low[0], 0] if arrives else np.inf)
        assert record.best_losses[k] == path.loss.min()
        longest = np.inf if path.ends[0].diverged else np.linalg.norm(path.step[:, 0], axis=-1).max()
        assert record.longest_steps[k] == pytest.approx(longest, rel=1e-9)
        assert record.admitted[k] == (record.longest_steps[k] <= record.longest)
    among = [k for k in range(14) if record.admitted[k]]
    expected = min(among, key=lambda k: (record.scores[k], record.best_losses[k], record.rates[k]))
    assert record.rates[expected] == record.rate


def test_the_refinement_stays_between_the_neighbours_of_the_best() -> None:
    record = Tuning(points=11).tune(Momentum(0.1), BEALE, (1.0, 1.0), 200)[1]
    coarse, fine = record.rates[:11], record.rates[11:]
    assert coarse == pytest.approx(np.geomspace(1e-4, 10, 11))
    place = int(np.flatnonzero(np.isclose(coarse, fine[0]))[0])
    assert fine == pytest.approx(np.geomspace(coarse[place], coarse[place + 2], 11))
    assert record.scores[best(record)] <= record.scores[:11][record.admitted[:11]].min()
    assert record.note == ""


def test_on_a_parabola_the_best_rate_is_that_of_the_theory() -> None:
    """A rate of one divided by the curvature arrives at once."""
    tuned, record = Tuning().tune(GradientDescent(0.01), PARABOLA, -2.0, 50)
    assert tuned.learning_rate == pytest.approx(0.5, rel=0.04)
    assert record.scores[best(record)] == 1


def test_where_nobody_arrives_the_lowest_loss_decides() -> None:
    record = Tuning(low=1e-4, high=0.02).tune(GradientDescent(0.1), PARABOLA, -2.0, 10)[1]
    assert np.isinf(record.scores).all()
    assert record.best_losses[best(record)] == record.best_losses.min()
    assert record.rate == pytest.approx(0.02)
    assert record.note == "the best rate is the largest of those tried; another may be better"


def test_without_known_minima_the_lowest_loss_met_is_the_goal() -> None:
    blind = Formula(BEALE.text, region=BEALE.region)
    record = Tuning().tune(Adam(0.1), blind, (1.0, 1.0), 300)[1]
    value = BEALE.value(np.array([1.0, 1.0]))
    lowest = record.best_losses[:41][record.admitted[:41]].min()
    assert record.target == pytest.approx(lowest + 1e-3 * (value - lowest), rel=1e-12)
    assert np.isfinite(record.scores[best(record)])


@pytest.mark.parametrize(
    ("loss", "diagonal"),
    [
        (BOWL, np.hypot(8, 8)),
        (Formula(BOWL.text, minima=((0, 0),)), np.hypot(2, 1)),  # of the box from start to minimum
        (Formula(BOWL.text), np.hypot(2, 1)),  # and to where the best run went
    ],
)
def test_the_cap_is_a_part_of_a_diagonal(loss: Formula, diagonal: float) -> None:
    record = Tuning(cap=0.5, points=9).tune(GradientDescent(0.1), loss, (2.0, -1.0), 300)[1]
    assert record.longest == pytest.approx(0.5 * diagonal, rel=1e-3)


def test_a_given_target_is_the_target() -> None:
    record = Tuning(target=1.5).tune(GradientDescent(0.1), PARABOLA, -2.0, 50)[1]
    assert record.target == 1.5


@pytest.mark.parametrize(
    ("optimizer", "note"),
    [
        (TrialAndError(0.1), "trial and error has no learning rate; it is left as it is"),
        (
            Adam(schedules.Cosine(0.1, 30)),
            "the learning rate of Adam follows a schedule; it is left as it is",
        ),
        (
            WeightDecay(Adam(schedules.Constant(0.1))),
            "the learning rate of Adam with weight decay follows a schedule; it is left as it is",
        ),
    ],
)
def test_what_has_no_rate_to_vary_is_left_as_it_is(optimizer: Optimizer, note: str) -> None:
    tuned, record = Tuning().tune(optimizer, BOWL, (2.0, -1.0), 20)
    assert tuned is optimizer
    assert record.optimizer is optimizer
    assert (record.rate, record.note, len(record.rates)) == (None, note, 0)


def test_the_rate_inside_of_pieces_is_tuned() -> None:
    given = WeightDecay(ClipByNorm(Momentum(0.1, 0.8), 2.0), 0.001)
    tuned, record = Tuning().tune(given, BOWL, (2.0, -1.0), 60)
    assert record.rate is not None
    assert tuned == WeightDecay(ClipByNorm(Momentum(record.rate, 0.8), 2.0), 0.001)
    assert eval(repr(tuned)) == tuned


@pytest.mark.parametrize(
    ("ask", "field", "given", "allowed"),
    [
        (lambda: Tuning(low=1.0, high=1.0), "Tuning(low=...)", 1.0, "allowed: below high, which is 1"),
        (lambda: Tuning(points=2), "Tuning(points=...)", 2, "allowed: a whole number of at least 3 and up to 10000"),
        (lambda: Tuning(cap=0.0), "Tuning(cap=...)", 0.0, "allowed: a number above 0, or None"),
        (lambda: Tuning(tolerance=1), "Tuning(tolerance=...)", 1, "allowed: a number above 0 and below 1"),
        (
            lambda: Tuning(low=0.4, cap=0.01).tune(GradientDescent(0.1), BOWL, (2.0, -1.0), 20),
            "Tuning(cap=...)",
            0.01,
            "no rate from 0.4 to 10 keeps its steps within it; allowed: a smaller low, or a larger cap",
        ),
        (
            lambda: Tuning().tune(GradientDescent(0.1), BOWL, [(2.0, -1.0), (1.0, 1.0)], 20),
            "start",
            [(2.0, -1.0), (1.0, 1.0)],
            "a study asks many runs from the same start; allowed: one start",
        ),
        (
            lambda: Tuning().tune(GradientDescent(0.1), BOWL, (2.0, -1.0), 0),
            "steps",
            0,
            "allowed: a whole number from 1 to 10,000,000",
        ),
    ],
)
def test_what_can_t_be_used_is_said_in_a_sentence(
    ask: Callable[[], Any], field: str, given: object, allowed: str
) -> None:
    with pytest.raises(BadScene) as problem:
        ask()
    assert str(problem.value) == str(BadScene(field, given, allowed))


def sentences(scene: Scene) -> list[str]:
    """Return what the film says, each sentence once."""
    return list(dict.fromkeys("".join(words for words, _ in shot.moment.sentence) for shot in film_of(scene).shots))


SINGLE = Scene(PARABOLA, GradientDescent(0.01), start=-2, steps=9, tune=Tuning(points=11), size=(320, 240), title="")


def test_a_film_of_one_run_says_that_its_rate_was_looked_for_as_a_race_does() -> None:
    (record,) = SINGLE.tuning()
    said = f"Its learning rate {record.rate:.6g} is the best of 22 tried, none with a step over {record.longest:.2g}."
    assert sentences(SINGLE)[:2] == ["Start at m = −2.00.", said]
    assert said.split(" tried")[1][1:-1] in SINGLE.with_(race=[GradientDescent(0.01)]).story().protocol
    uncapped = sentences(SINGLE.with_(tune=Tuning(points=11, cap=None)))[1]
    assert uncapped.endswith(" is the best of 22 tried.")
    assert not any("tried" in sentence for sentence in sentences(SINGLE.with_(tune=False)))


def test_of_several_runs_each_says_it_and_one_that_was_left_as_it_is_does_not() -> None:
    runs = [Run("first"), Run("second", TrialAndError(1.0)), Run("third", Adam(0.1))]
    told = sentences(SINGLE.with_(runs=runs))
    assert [place for place, said in enumerate(told) if "tried" in said] == [
        told.index("first") + 1,
        told.index("third") + 1,
    ]


def test_a_record_reads_as_a_line() -> None:
    assert str(Tuning(points=3, low=0.1, high=0.4).tune(GradientDescent(0.1), PARABOLA, -2.0, 20)[1]) == (
        "gradient descent: learning rate 0.4, the best of 6 tried, none with a step over 25; "
        "the best rate is the largest of those tried; another may be better"
    )
    assert str(Tuning(points=5, cap=None).tune(GradientDescent(0.1), PARABOLA, -2.0, 20)[1]).endswith("of 10 tried")
    assert str(Tuning().tune(TrialAndError(1.0), PARABOLA, -2.0, 20)[1]) == (
        "trial and error has no learning rate; it is left as it is"
    )
