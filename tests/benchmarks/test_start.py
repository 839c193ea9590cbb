"""What the command line takes before anything moves."""

import subprocess
import sys
from pathlib import Path
from time import perf_counter

import pytest
from measure import race, report

ROOT = Path(__file__).parents[2]
HELP, FIRST_FILM = 1.5, 3.0
BARE = "import argparse, dataclasses, pathlib"

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(not (ROOT / "gdviz" / "__main__.py").exists(), reason="there is no command line yet"),
]


def test_help_comes_at_once() -> None:
    found = race({"help": lambda: _run("-m", "gdviz", "--help"), "bare": lambda: _run("-c", BARE)}, rounds=21)
    ratio = found["help"] / found["bare"]
    report(
        "The command line's start, median of 21",
        [
            ("python -m gdviz --help", f"{1000 * found['help']:.0f} ms"),
            (f'python -c "{BARE}"', f"{1000 * found['bare']:.0f} ms"),
            (f"ratio, at most {HELP}", f"{ratio:.2f}"),
        ],
    )
    assert ratio <= HELP


def test_the_first_film_comes_within_seconds(tmp_path: Path) -> None:
    scene, target = str(ROOT / "scenes" / "first_steps.py"), str(tmp_path / "film.gif")
    seconds = []
    for _ in range(5):
        begin = perf_counter()
        _run("-m", "gdviz", "render", scene, "-q", "l", "-o", target)
        seconds.append(perf_counter() - begin)
    found = sorted(seconds)[2]
    report(
        "gdviz render scenes/first_steps.py -q l -o film.gif",
        [(f"median of 5, at most {FIRST_FILM} s", f"{found:.2f} s")],
    )
    assert found <= FIRST_FILM


def _run(*words: str) -> None:
    subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=ROOT)
