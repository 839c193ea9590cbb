"""The README is true: its commands run, its scenes film, its figures are those of the code."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from scenery import ROOT, scene_of

from gdviz import Scene, load
from gdviz.cli import main
from gdviz.descent.story import Story
from gdviz.pace import Plan, Shot, shots

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = [(kind, text) for kind, text in re.findall(r"```(\w+)\n(.*?)```", README, re.DOTALL)]
LINES = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
SET_UP = [line for line in LINES if line.startswith("python3 -m venv")]
COMMANDS = [line for line in LINES if line.startswith("gdviz")]


def test_ci_runs_the_test_line_letter_by_letter() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert SET_UP[1] in script


def test_the_two_lines_come_first() -> None:
    assert [line.split(" && ")[-1] for line in SET_UP] == [
        ".venv/bin/gdviz render scenes/hubble.py",
        ".venv/bin/python -m pytest -q -n 2",
    ]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenes, and the files that snippets write, to run commands in."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(ROOT / "scenes", folder / "scenes")
    for snippet in (text for kind, text in BLOCKS if kind == "python" and ".save(" in text):
        subprocess.run([sys.executable, "-c", snippet], cwd=folder, check=True, timeout=60)
    return folder


@pytest.mark.parametrize("line", COMMANDS)
def test_every_command_runs(
    line: str, checkout: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command as it stands there; of what it films, a dozen pictures or so, none of which stays."""

    def thinned(story: Story, plan: Plan) -> list[Shot]:
        reel = shots(story, plan)
        return [replace(shot, ticks=1) for shot in [*reel[: -1 : max(1, len(reel) // 12)], reel[-1]]]

    monkeypatch.chdir(checkout)
    monkeypatch.setattr("gdviz.footage.shots", thinned)
    arguments = shlex.split(line)[1:]
    for path in set(arguments) - set(outputs_of(line)):
        maker = next((other for other in COMMANDS if path in outputs_of(other)), None)
        if maker is not None and not Path(path).exists():
            assert main(shlex.split(maker)[1:]) == 0  # what another line writes, this one reads
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.out
    assert told.err == ""


def outputs_of(line: str) -> list[str]:
    """Return the files that a command names as its outputs."""
    arguments = shlex.split(line)
    return [path for word, path in pairwise(arguments) if word == "-o"]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(line, marks=() if line == "gdviz render scenes/first_steps.py" else pytest.mark.slow)
        for line in COMMANDS
    ],
)
def test_every_command_films_all_of_it_in_a_process_of_its_own(line: str, checkout: Path) -> None:
    words = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(words, cwd=checkout, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


CHOSEN = {  # a file in which each mark is found: all of them would be collected alike
    "slow": "tests/test_film_kill.py",
    "benchmark": "tests/benchmarks/test_memory.py",
    "adapters": "tests/test_adapters.py",
}


def test_the_developers_commands_choose_tests() -> None:
    lines = [shlex.split(part) for line in LINES for part in line.split(" && ") if part.startswith("python -m pytest")]
    marks = {words[words.index("-m", 2) + 1]: words for words in lines}
    assert sorted(marks) == sorted(CHOSEN)
    quick = ["--collect-only", "-q", "-p", "no:cacheprovider"]
    alone = {mark: ["-n", "0"] if "-n" in words else [] for mark, words in marks.items()}
    orders = [[*words[3:], CHOSEN[mark], *quick, *alone[mark]] for mark, words in marks.items()]
    script = "import sys; from json import loads; from pytest import main; sys.exit(any(map(main, loads(sys.argv[1]))))"
    command = [sys.executable, "-c", script, json.dumps(orders)]  # one process, as each would load the same modules
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout


def test_the_first_scene_films(tmp_path: Path) -> None:
    text = next(text for kind, text in BLOCKS if kind == "python" and "Scene(" in text)
    assert len(text.strip().splitlines()) <= 14
    path = tmp_path / "mine.py"
    path.write_text(text, "utf-8")
    scene = load(path)["mine"]
    assert scene.title == "Find the m with the smallest loss"
    assert scene.with_(size=(320, 240), pace=1).render(tmp_path / "mine.gif")[0].seconds > 0


def test_the_toml_scene_is_the_python_scene(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(next(text for kind, text in BLOCKS if kind == "toml"), "utf-8")
    python = next(text for kind, text in BLOCKS if kind == "python" and "Scene(" in text)
    (tmp_path / "twin.py").write_text(python, "utf-8")
    assert load(path)["mine"] == load(tmp_path / "twin.py")["twin"].with_(watch="")


def test_the_toml_scene_with_data_and_runs_films(checkout: Path) -> None:
    _, text, *_ = (text for kind, text in BLOCKS if kind == "toml")
    path = checkout / "scenes" / "petals_again.toml"
    path.write_text(text, "utf-8")
    scene = load(path)["petals_again"]
    assert len(scene.story().runs) == 2
    assert scene.with_(size=(320, 240), pace=1).render(path.with_suffix(".gif"))[0].seconds > 0


def test_the_race_in_toml_films(tmp_path: Path) -> None:
    _, _, text, _ = (text for kind, text in BLOCKS if kind == "toml")
    path = tmp_path / "race.toml"
    path.write_text(text, "utf-8")
    scene = load(path)["race"]
    assert [run.name for run in scene.story().runs] == ["momentum", "Adam"]
    assert scene.with_(size=(640, 360), pace=1).render(path.with_suffix(".gif"))[0].seconds > 0


def test_the_network_in_toml_films(checkout: Path) -> None:
    *_, text = (text for kind, text in BLOCKS if kind == "toml")
    path = checkout / "scenes" / "irises_again.toml"
    path.write_text(text, "utf-8")
    scene = load(path)["irises_again"]
    assert scene.story().loss.about.shapes == ((4, 8), (8,), (8, 3), (3,))
    assert scene.with_(size=(640, 360), pace=1, steps=4).render(path.with_suffix(".gif"))[0].seconds > 0


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "python"][1:])
def test_the_snippets_run(text: str, checkout: Path) -> None:
    subprocess.run([sys.executable, "-c", text], cwd=checkout, check=True, capture_output=True, timeout=60)


def test_hubbles_rate_is_the_one_stated() -> None:
    scene: Scene = scene_of(ROOT / "scenes" / "hubble.py")
    found = float(scene.story().runs[0].params[-1, 0, 0])
    best = scene.loss.about.minima[0][0]  # type: ignore[union-attr]
    assert f"the film's 25 steps reach {found:.2f} km/s per million parsecs" in README.replace("\n", " ")
    assert f"{best:.2f}." in README


def test_the_gallery_is_light_and_shown() -> None:
    films = sorted((ROOT / "output" / "gallery").glob("*.gif"))
    assert films
    for film in films:
        assert film.stat().st_size < 300_000, film.name
        assert f"output/gallery/{film.name}" in README
