"""`--for`: a film as a place wants it, and what to paste there."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from gdviz import GradientDescent, Scene, check, render
from gdviz.cli import main
from gdviz.film.probe import probe
from gdviz.fitting import Search
from gdviz.problems import BadScene
from gdviz.publish.destinations import DESTINATIONS
from gdviz.publish.pasting import pasted

SHOW = ("show", "(m - 3)**2 + 1", "--learning-rate", "0.1", "--steps", "2", "--pace", "1", "--title", "T")
SCENE = Scene("(m - 3)**2 + 1", GradientDescent(0.1), steps=2, pace=1, title="T")

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gdviz(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize("place", DESTINATIONS)
def test_a_film_for_a_place_plays_there_and_is_told_how(gdviz: Call, place: str) -> None:
    code, said, problems = gdviz(*SHOW, "--for", place, "--size", "320x240", "--json")
    (row,) = json.loads(said)
    assert (code, problems) == (0, "")
    path = Path(row["path"])
    assert path.is_dir() if place == "beamer" else path.suffix == DESTINATIONS[place].suffix
    assert path.name in row["paste"]
    assert "Animation: gradient descent" in row["paste"]
    if path.is_file():
        assert check(path, place).is_fine


def test_the_size_is_that_of_the_place_unless_one_is_asked_for(tmp_path: Path) -> None:
    render(SCENE, tmp_path / "a.png", place="powerpoint")
    render(SCENE, tmp_path / "b.png", place="powerpoint", size=(320, 240))
    assert (probe(tmp_path / "a.png").size, probe(tmp_path / "b.png").size) == ((1920, 1080), (320, 240))


def test_a_limit_of_a_place_is_kept_or_a_smaller_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def search(target: str, knobs: Sequence[str], footage: Any, limit: int) -> Search:
        asked.append(limit)
        return Search(target, knobs, footage, limit)

    monkeypatch.setattr("gdviz.renderer.Search", search)
    small = {"place": "notion", "size": (320, 240)}
    render(SCENE, tmp_path / "a.gif", tmp_path / "a.txt", **small)
    render(SCENE, tmp_path / "a.gif", max_size="1MB", **small)
    render(SCENE, tmp_path / "a.gif", max_size="9MB", **small)
    assert asked == [5_000_000, 1_000_000, 5_000_000]


def test_the_command_line_keeps_the_size_that_is_asked_for(gdviz: Call) -> None:
    assert gdviz(*SHOW, "--for", "github", "--size", "480x270", "-o", "a.png")[0] == 0
    assert probe("a.png").size == (480, 270)


def test_what_is_to_be_pasted_has_the_rate_of_the_file_not_of_the_scene(tmp_path: Path) -> None:
    scene = SCENE.with_(steps=2, pace="brief")
    (whole,) = render(scene, f"{tmp_path}/whole/", place="beamer", size=(320, 240))
    (small,) = render(scene, f"{tmp_path}/small/", place="beamer", size=(320, 240), max_size=whole.bytes * 3 // 4)
    assert "frames a second" in small.fitted
    for made, rate in ((whole, 25), (small, int(small.fitted.split(" frames")[0].split()[-1]))):
        text = pasted(DESTINATIONS["beamer"], made)
        assert text.endswith(f"{{{rate}}}{{{made.path}/frame_}}{{00001}}{{{made.frames:05d}}}")


def test_what_a_place_does_not_take_is_refused_before_anything_is_made(gdviz: Call, tmp_path: Path) -> None:
    code, said, problems = gdviz(*SHOW, "--for", "powerpoint", "-o", "a.webm")
    assert (code, said) == (2, "")
    assert problems == "gdviz: --output: 'a.webm' can't be used; PowerPoint is known to take .mp4, .mov, .gif, .png\n"
    assert gdviz(*SHOW, "--for", "gihub")[2].startswith("gdviz: --for: 'gihub' can't be used; did you mean 'github'?")
    with pytest.raises(BadScene, match="Notion is known to take"):
        render(SCENE, tmp_path / "a.webp", place="notion")
    with pytest.raises(BadScene, match="TeX takes names of letters a to z"):
        render(SCENE, tmp_path / "50%.mp4", place="beamer")
    with pytest.raises(BadScene, match=r"^size: '481x271' can't be used; allowed: even numbers"):
        render(SCENE, tmp_path / "a.gif", place="powerpoint", size=(481, 271))
    assert list(tmp_path.iterdir()) == []


def test_places_are_listed(gdviz: Call) -> None:
    assert [line.split()[0] for line in gdviz("list", "places")[1].splitlines()] == list(DESTINATIONS)
