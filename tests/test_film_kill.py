"""A film that is killed outright, at any moment, leaves the former one whole under its name."""

import hashlib
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from film_writer import write_film

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that can't be caught")

WRITER = Path(__file__).with_name("film_writer.py")


def made(target: str, seed: int) -> str:
    """Write a film to the end; return its digest."""
    write_film(target, seed)
    return digest(target)


def digest(target: str) -> str:
    """Return a digest of a file, or of a folder's names and files."""
    path = Path(target)
    parts = sorted(path.iterdir()) if path.is_dir() else [path]
    return hashlib.sha256(b"".join(part.name.encode() + part.read_bytes() for part in parts)).hexdigest()


def kill_after(target: str, seed: int, seconds: float, how: int = getattr(signal, "SIGKILL", 0)) -> None:
    """Begin to write films again and again, and stop the process while it does."""
    command = [sys.executable, str(WRITER), target, str(seed), "forever"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(how)
    try:
        process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == -how


def check_rounds(target: str, rounds: int, longest: float) -> None:
    moments = random.Random(target[-4:])
    whole = {made(target, 2), made(target, 1)}
    for turn in range(rounds):
        kill_after(target, 1 + turn % 2, moments.uniform(0, longest))
        assert digest(target) in whole, f"round {turn}: neither the former film nor the new one"
    assert made(target, 1) in whole
    patience = time.monotonic() + 20
    while leftovers(target) and time.monotonic() < patience:  # an encoder whose parent is killed may begin even now
        time.sleep(0.05)
        write_film(target, 1)
    assert leftovers(target) == [], "they are swept"


def leftovers(target: str) -> list[str]:
    """Return what is beside a film."""
    return [path.name for path in Path(target).parent.iterdir() if path != Path(target)]


@pytest.mark.parametrize("name", ["film.gif", "film.mp4", "frames/"])
def test_a_killed_film_keeps_the_former(tmp_path: Path, name: str) -> None:
    check_rounds(f"{tmp_path}/{name}", 4, 0.4)


@pytest.mark.parametrize("name", ["film.gif", "film.mp4", "frames/"])
@pytest.mark.parametrize("seconds", [0.02, 0.13])
def test_ctrl_c_leaves_the_former_and_nothing_else(tmp_path: Path, name: str, seconds: float) -> None:
    target = f"{tmp_path}/{name}"
    former = made(target, 1)
    kill_after(target, 1, seconds, signal.SIGINT)
    assert digest(target) == former
    assert leftovers(target) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["film.gif", "film.mp4", "frames/"])
def test_a_film_killed_many_times_keeps_the_former(tmp_path: Path, name: str) -> None:
    check_rounds(f"{tmp_path}/{name}", 200, 0.5)
