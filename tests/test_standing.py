"""How a race stands: who has arrived, who is ahead, and when that changes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gdviz import Adam, Formula, GradientDescent, Momentum, Run, Scene
from gdviz.descent.standing import NEAR
from gdviz.descent.story import Story

BOWL = Formula("x**2 + 10*y**2", minima=[(0, 0)])


def race(*optimizers: object, **fields: object) -> Story:
    return Scene(BOWL, race=list(optimizers), **{"start": (2, 1), "steps": 60, **fields}).story()


def test_losses_of_a_run_that_is_over_stay() -> None:
    story = race(GradientDescent(0.05), Adam(0.3), tolerance=0.1)
    standing = story.standing
    assert standing.loss.shape == (story.steps + 1, 2)
    for run in range(2):
        last = story.last(run)
        assert np.array_equal(standing.loss[: last + 1, run], story.runs[run].loss[: last + 1, 0])
        assert (standing.loss[last:, run] == story.runs[run].loss[last, 0]).all()


def test_the_target_is_round_and_a_thousandth_of_the_way_is_left() -> None:
    standing = race(GradientDescent(0.05)).standing
    left = NEAR * (2**2 + 10)
    assert left <= standing.target <= 1.1 * left
    assert float(f"{standing.target:.1e}") == pytest.approx(standing.target)


def test_the_target_counts_from_the_lowest_minimum() -> None:
    loss = Formula("x**2 + y**2 - 78.3", minima=[(0, 0)])
    standing = Scene(loss, race=[GradientDescent(0.1)], start=(3, 1), steps=30).story().standing
    assert -78.3 < standing.target <= -78.3 + 0.02


def test_a_run_that_jumps_through_has_not_arrived() -> None:
    swings = [Momentum(0.002 * k, momentum=0.97) for k in range(1, 5)]
    line = Formula("x**2", minima=[0])
    story = Scene(line, race=[*swings, GradientDescent(0.05)], start=2, steps=120).story()
    standing = story.standing
    touched = (standing.loss <= standing.target).any(axis=0)
    for run, at in enumerate(standing.arrived):
        if at is not None:
            assert (standing.loss[at:, run] <= standing.target).all()
            assert standing.loss[at - 1, run] > standing.target
    assert standing.arrived[4] is not None
    assert any(touched[run] and standing.arrived[run] is None for run in range(4))


@given(st.permutations([0, 1, 2, 3]))
def test_the_order_of_the_runs_does_not_change_their_places(order: list[int]) -> None:
    optimizers = [GradientDescent(0.05), GradientDescent(0.02), Momentum(0.01), Adam(0.2)]
    places = race(*optimizers).standing.places
    mixed = race(*(optimizers[k] for k in order)).standing.places
    assert np.array_equal(mixed[1:], places[1:, order])  # at the start all are equal, and stand as they are listed


def test_places_are_a_ranking_and_arrivals_come_first() -> None:
    standing = race(GradientDescent(0.05), GradientDescent(0.001), Momentum(0.01), Adam(0.2)).standing
    assert (np.sort(standing.places, axis=1) == np.arange(4)).all()
    late = [np.inf if at is None else at for at in standing.arrived]
    assert [late[run] for run in standing.finishers] == sorted(late)


def test_a_lead_is_told_when_it_lasts() -> None:
    standing = race(GradientDescent(0.05), GradientDescent(0.02), steps=50).standing
    assert standing.leads == ((1, 0),)


def test_starts_of_one_optimizer_share_a_side() -> None:
    starts = [(x, 1.0) for x in (-2.0, -1.0, 1.0, 2.0)]
    runs = [Run(optimizer=one, start=s) for one in (GradientDescent(0.05), Adam(0.2)) for s in starts]
    story = Scene(BOWL, race=runs, steps=40).story()
    standing = story.standing
    assert standing.sides == ((0, 1, 2, 3), (4, 5, 6, 7))
    assert standing.places.shape == (story.steps + 1, 2)
    assert {story.style(run) for run in range(4)} == {0}


def test_few_starts_keep_a_style_each() -> None:
    story = Scene(BOWL, GradientDescent(0.05), race=[Run(start=(x, 1)) for x in (-2, 1, 2)], steps=40).story()
    assert [story.style(run) for run in range(3)] == [0, 1, 2]
