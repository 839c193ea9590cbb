"""The words of a film: alt text, description, what is said when, every step; tracks and transcripts made of them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from scenery import SCENES, film_of, scene_of

from gdviz import Adam, GradientDescent, Run, Scene, render
from gdviz.account import LONGEST_ALT, MOST_STEPS, Line, plain
from gdviz.publish.captions import WIDEST, track, wrapped

FIRST = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="T", size=(320, 240))


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_is_told_in_words(path: Path) -> None:
    film = film_of(scene_of(path))
    told = film.account
    assert told.alt.startswith("Animation: ")
    assert len(told.alt) <= LONGEST_ALT
    assert len(told.long) > len(told.alt)
    assert told.steps
    for words in (told.alt, told.long, *told.steps, *(line.words for line in told.lines)):
        assert not re.search(r"[\[\]{}]", words), words  # no mark for a colour, no name of a value
        assert "  " not in words
    assert told.lines[0].begin == 0
    assert all(one.end <= other.begin for one, other in zip(told.lines, told.lines[1:], strict=False))
    assert told.lines[-1].end == pytest.approx(film.seconds)


@pytest.mark.parametrize("title", ["", " "])
def test_where_a_title_must_be_a_film_without_one_has_its_alt_text(title: str) -> None:
    assert film_of(FIRST).account.heading == "T"
    told = film_of(FIRST, title=title).account
    assert told.heading == told.alt.strip() != ""


def test_the_words_are_the_numbers_of_the_run() -> None:
    told = film_of(FIRST).account
    assert told.steps[0] == "Gradient descent with learning rate 0.1 starts at m = −2.400, where the loss is 30.160."
    assert told.steps[1] == "Step 1: the slope is −10.800, the step 1.080; now m = −1.320, and the loss is 19.662."
    assert told.steps[-1].startswith("Step 3: ")
    assert told.alt.startswith("Animation: gradient descent from m = −2.400. ")


@pytest.mark.parametrize(
    ("loss", "start", "slope"), [("(m - 3)**2 + 1", 3, "slope"), ("x**2 + y**2", (0, 0), "gradient")]
)
@pytest.mark.parametrize("pace", ["lesson", "brief"])
def test_a_run_that_starts_at_a_minimum_is_told_so(loss: str, start: Any, slope: str, pace: str) -> None:
    said = [line.words for line in film_of(Scene(loss, Adam(0.1), start, 5), pace=pace).account.lines]
    assert said[-1] == f"It starts at a minimum: the {slope} is zero, and it stays."
    assert f"A {slope} of zero makes no step." in said
    assert not any("uphill" in words or "against" in words for words in said)


def test_a_run_that_starts_at_a_maximum_is_not_told_so() -> None:
    for loss, start in (("m**4 - 3*m**2", 0), ("x**2 - y**2", (0, 0))):
        film = film_of(Scene(loss, Adam(0.1), start, 5), pace="lesson")
        assert not any("at a minimum" in line.words for line in film.account.lines)


def test_of_a_long_run_not_every_step_is_told_but_the_last_one_is() -> None:
    scene = FIRST.with_(steps=1000, tolerance=0.0)
    steps = film_of(scene, pace=1).account.steps
    assert len(steps) <= MOST_STEPS + 2
    assert steps[-1].startswith("Step 1000: ")


def test_runs_and_races_are_told_by_name() -> None:
    runs = [Run("slow", GradientDescent(0.01)), Run("fast", GradientDescent(0.3))]
    assert film_of(FIRST.with_(runs=runs)).account.alt.startswith("Animation: 2 runs of gradient descent to find m. ")
    race = Scene("beale", race=[GradientDescent(0.01), Adam(0.1)], steps=30, title="", size=(320, 240))
    told = film_of(race).account
    assert "gradient descent, Adam race" in told.alt
    assert told.steps[0].startswith("Gradient descent with learning rate 0.01 starts at x = ")
    assert "Adam with learning rate 0.1 starts" in told.long


def test_a_title_that_is_all_there_is_room_for_is_cut_and_says_so() -> None:
    scene = Scene("(m - 3)**2", GradientDescent(0.1), steps=2, title="The loss of two " * 3, closing="yes " * 15)
    assert len(film_of(scene).account.alt) <= LONGEST_ALT


def test_lines_are_the_sentences_of_the_film() -> None:
    film = film_of(FIRST)
    said = [plain(shot.moment.sentence) for shot in film.shots]
    assert [line.words for line in film.account.lines] == [
        w for w, before in zip(said, ["", *said], strict=False) if w != before
    ]


# --- segments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_segments_are_the_whole_film_in_parts(path: Path) -> None:
    film = film_of(scene_of(path))
    parts = film.segments
    assert [part.first for part in parts[1:]] == [part.end for part in parts[:-1]]
    assert (parts[0].first, parts[-1].end) == (0, len(film.shots))
    assert sum(part.seconds for part in parts) == pytest.approx(film.seconds)
    assert len(parts) > 1
    assert all(part.seconds > 0 for part in parts)


def test_a_film_in_segments_is_a_file_for_each(tmp_path: Path) -> None:
    made = render(FIRST, tmp_path / "talk.gif", f"{tmp_path}/frames/", segments=True)
    parts = film_of(FIRST, pace="lesson").segments
    assert [one.path.name for one in made[: len(parts)]] == [f"talk_{k:02}.gif" for k in range(1, len(parts) + 1)]
    assert {one.path.name for one in made[len(parts) :]} == {f"frames_{k:02}" for k in range(1, len(parts) + 1)}
    assert [one.seconds for one in made[: len(parts)]] == pytest.approx([part.seconds for part in parts])


# --- tracks ------------------------------------------------------------------------------------------------------


def test_a_track_and_a_transcript_are_written(tmp_path: Path) -> None:
    names = [tmp_path / f"a.{ending}" for ending in ("vtt", "srt", "txt")]
    vtt, srt, txt = render(FIRST, *names)
    assert (vtt.format, srt.format, txt.format) == ("WebVTT", "SubRip", "text")
    assert vtt.seconds == srt.seconds > 0
    lines = film_of(FIRST, pace="lesson").account.lines
    text = names[0].read_text("utf-8")
    assert text.startswith("WEBVTT\n\n00:00:00.000 --> ")
    assert text.count("-->") == names[1].read_text("utf-8").count("-->") == len(lines)
    assert names[1].read_text("utf-8").startswith("1\n00:00:00,000 --> ")
    told = names[2].read_text("utf-8")
    assert told.startswith("T\n\nAnimation: ")
    assert "Step 1: " in told


def test_several_scenes_go_into_one_transcript_and_not_into_one_track(tmp_path: Path) -> None:
    render([FIRST, FIRST.with_(title="U")], tmp_path / "a.txt")
    assert "\n\nU\n\n" in (tmp_path / "a.txt").read_text("utf-8")
    with pytest.raises(ValueError, match="it takes one scene, and there are 2"):
        render([FIRST, FIRST], tmp_path / "a.vtt")
    assert not (tmp_path / "a.vtt").exists()


def test_marks_of_the_track_are_words_in_it() -> None:
    assert "a &lt; b &amp; c" in track([Line(0.0, 1.5, "a < b & c")])
    assert "00:01:01.250 --> 01:00:00.000" in track([Line(61.25, 3600.0, "x")])


CAPTIONS: Mapping[str, int] = {
    "Start at m = 2.": 1,
    "After 25 steps m = 2.980; the minimum is at 3.000.": 2,
    "Nearly flat: a saddle, and even the curvature does not tell which way falls.": 2,
    "one": 1,
    "a" * 60: 1,
}


@pytest.mark.parametrize(("words", "lines"), CAPTIONS.items())
def test_captions_are_wrapped_into_few_lines_of_about_equal_length(words: str, lines: int) -> None:
    found = wrapped(words).split("\n")
    assert len(found) == lines
    assert " ".join(found) == words
    assert all(len(line) <= WIDEST for line in found if " " in line)
