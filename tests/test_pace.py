"""How long things stay: reading times, holds, whole films, and frames that add up."""

from itertools import groupby
from pathlib import Path

import pytest
from scenery import SCENES, film_of, reel, scene_of

from gdviz import GradientDescent, Scene
from gdviz.descent.story import Phase
from gdviz.pace import PACES, Plan, shots
from gdviz.telling import Teller
from gdviz.words import reading_seconds

BY_NAME = pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
ONE = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=25)


def test_a_lesson_takes_up_to_half_a_minute_and_a_brief_film_a_quarter() -> None:
    story = ONE.story()
    lengths = {pace: sum(shot.ticks for shot in shots(story, Plan(25, pace))) / 25 for pace in PACES}
    assert 20 <= lengths["lesson"] <= 30
    assert 8 <= lengths["brief"] <= 15


@BY_NAME
@pytest.mark.parametrize("pace", PACES)
def test_sentences_stay_long_enough_to_be_read(path: Path, pace: str) -> None:
    scene = scene_of(path)
    for sentence, group in groupby(reel(scene, pace=pace), key=lambda shot: shot.moment.sentence):
        seconds = sum(shot.ticks for shot in group) / scene.fps
        assert seconds >= reading_seconds(sentence) - 2 / scene.fps, "".join(words for words, _ in sentence)


@pytest.mark.parametrize("fps", [7, 12, 20, 24, 25, 30, 50, 60])
def test_the_length_does_not_depend_on_the_rate(fps: int) -> None:
    story = ONE.story()
    length = sum(shot.ticks for shot in shots(story, Plan(fps, "lesson"))) / fps
    usual = sum(shot.ticks for shot in shots(story, Plan(25, "lesson"))) / 25
    assert length == pytest.approx(usual, abs=1.5 / min(fps, 25))


def test_a_steady_film_has_so_many_frames_for_each_step() -> None:
    for frames in (1, 2, 3, 6, 10):
        film = film_of(ONE.with_(steps=20, tolerance=0.0), pace=frames)
        assert film.ticks == 20 * frames + 1


def test_the_hold_is_the_last_picture() -> None:
    film = film_of(ONE, pace="brief", hold=7.0)
    assert film.shots[-1].moment.phase is Phase.REST
    assert film.shots[-1].ticks == 175


def test_asking_holds_before_the_move() -> None:
    asked = film_of(ONE.with_(ask=True), pace="lesson")
    phases = [shot.moment.phase for shot in asked.shots]
    first_move = phases.index(Phase.MOVE)
    assert Phase.ASK in phases[:first_move]
    assert asked.ticks > film_of(ONE, pace="lesson").ticks


def test_a_thousand_steps_do_not_take_an_hour() -> None:
    film = film_of(
        Scene("(m - 3)**2 + 1", GradientDescent(0.001), start=-2.4, steps=2000, tolerance=0.0), pace="lesson"
    )
    assert film.ticks / 25 < 45


def test_every_shot_has_frames_and_segments_begin_where_something_begins() -> None:
    film = film_of(ONE, pace="lesson")
    assert all(shot.ticks >= 1 for shot in film.shots)
    assert film.shots[0].cut
    assert sum(shot.cut for shot in film.shots) >= 3


def test_what_is_near_only_beside_a_far_start_is_not_at_a_minimum() -> None:
    far = Scene("himmelblau", GradientDescent(1e-3), start=(20, -20), steps=25)
    story = far.story()
    gap, way = story.runs[0].distance(story.minima)[[-1, 0], 0]
    assert 0.3 < gap < 0.02 * way  # it can be seen in the picture
    assert "".join(words for words, _ in Teller(story, 0).end()).startswith("At the end the loss is")
    there = far.with_(steps=100).story()
    assert " steps it is close to a minimum: the loss is" in "".join(words for words, _ in Teller(there, 0).end())
