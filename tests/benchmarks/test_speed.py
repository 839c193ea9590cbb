"""How fast films are made, beside matplotlib's own way and beside the bare encoder."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from measure import race, report
from usual import ENCODING, UsualFilm

from gdviz.descent.optimizers import GradientDescent
from gdviz.film.write import write
from gdviz.footage import Footage
from gdviz.renderer import prepare, render
from gdviz.scene import Scene

pytestmark = pytest.mark.benchmark

TITLE = "Find the m with the smallest loss"
ROUNDS = 3
FASTER = {".gif": 12.0, ".mp4": 6.0}  # times, at least
GIF_BYTES = 0.3  # of Pillow's, at most
SAME = 4.0  # levels of 255 by which the two pictures may differ in the mean
OVER_ENCODER = 1.3
LATE = 1.2  # a late frame's cost beside an early one's


def film(steps: int, pace: int, *, rate: float = 0.1, size: tuple[int, int] = (1280, 720)) -> Scene:
    """Return the scene of every benchmark: each step takes `pace` frames."""
    optimizer = GradientDescent(learning_rate=rate)
    return Scene("(m - 3)**2 + 1", optimizer, start=-2.4, steps=steps, tolerance=0, pace=pace, size=size, title=TITLE)


@pytest.mark.parametrize("suffix", FASTER)
@pytest.mark.parametrize(("steps", "pace"), [(20, 6), (120, 1)])
def test_films_are_made_many_times_faster_than_by_func_animation(
    steps: int, pace: int, suffix: str, tmp_path: Path
) -> None:
    scene, ours, theirs = film(steps, pace), tmp_path / f"ours{suffix}", tmp_path / f"theirs{suffix}"
    moments = [shot.moment for shot in prepare(scene, [ours]).shots]
    _same_picture(scene)
    found = race(
        {
            "gdviz": lambda: render(scene, ours),
            "matplotlib": lambda: UsualFilm(scene.story(), TITLE).save(theirs, moments, scene.fps),
        },
        ROUNDS,
    )
    faster, smaller = found["matplotlib"] / found["gdviz"], ours.stat().st_size / theirs.stat().st_size
    report(
        f"{steps} steps, {pace} frames each, 1280 x 720, {suffix}: median of {ROUNDS}, scene to file",
        [
            ("gdviz", f"{found['gdviz']:.2f} s, {ours.stat().st_size / 1024:.0f} KiB"),
            ("FuncAnimation", f"{found['matplotlib']:.2f} s, {theirs.stat().st_size / 1024:.0f} KiB"),
            (f"times faster, at least {FASTER[suffix]:.0f}", f"{faster:.1f}"),
            (f"part of its bytes{f', at most {GIF_BYTES}' if suffix == '.gif' else ''}", f"{smaller:.2f}"),
        ],
    )
    assert faster >= FASTER[suffix]
    assert suffix != ".gif" or smaller <= GIF_BYTES


def _same_picture(scene: Scene) -> None:
    """Make sure that the rival draws the same, in the middle of the film and at its end."""
    usual, shots = UsualFilm(scene.story(), TITLE), prepare(scene, ["film.gif"])
    for shot in (shots.shots[15], shots.shots[-1]):
        usual.update(shot.moment)
        usual.figure.canvas.draw()
        drawn = np.asarray(usual.figure.canvas.buffer_rgba()).astype(int)  # type: ignore[attr-defined]
        assert np.abs(drawn - shots.compositor.frame(shot.moment)).mean() < SAME


def test_an_mp4_takes_little_longer_than_its_encoder_alone(tmp_path: Path) -> None:
    scene, target = film(40, 6, size=(1920, 1080)), tmp_path / "film.mp4"
    ready = prepare(scene, [target])
    pictures = [picture.copy() for picture, _ in ready.frames()]
    found = race(
        {
            "whole": lambda: write(ready.frames(), [target], ready.spec, []),
            "encoder": lambda: encode(pictures, tmp_path / "bare.mp4", scene.fps),
        },
        rounds=5,
    )
    ratio = found["whole"] / found["encoder"]
    report(
        f"MP4 of 1920 x 1080, {len(pictures)} frames, median of 5",
        [
            ("drawing and encoding", f"{found['whole']:.2f} s"),
            ("the encoder alone, frames in memory", f"{found['encoder']:.2f} s"),
            (f"ratio, at most {OVER_ENCODER}", f"{ratio:.2f}"),
        ],
    )
    assert ratio <= OVER_ENCODER


def encode(pictures: list[np.ndarray], target: Path, fps: int) -> None:
    """Feed a bare ffmpeg, with the options that gdviz uses."""
    height, width, _ = pictures[0].shape
    entry = f"-loglevel error -y -f rawvideo -pix_fmt rgb0 -s {width}x{height} -r {fps} -i pipe:0 -c:v libx264"
    command = [get_ffmpeg_exe(), *entry.split(), *ENCODING, str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for picture in pictures:
            encoder.stdin.write(picture.data)
    assert encoder.returncode == 0


def test_a_late_frame_costs_what_an_early_one_does() -> None:
    scene = film(5100, 1, rate=2e-4)
    early, late = prepare(scene, ["film.gif"]), prepare(scene, ["film.gif"])
    costs: dict[str, list[float]] = {"early": [], "late": []}
    late.compositor.frame(late.shots[4999].moment)
    for k in range(100):  # in turns, so that a busy machine slows both alike
        costs["early"].append(_seconds(partial(_draw, early, k)))
        costs["late"].append(_seconds(partial(_draw, late, 5000 + k)))
    first, last = median(costs["early"]), median(costs["late"])
    report(
        "Drawing at 1280 x 720, median of 100 frames",
        [
            ("frames 0 to 99", f"{1000 * first:.2f} ms"),
            ("frames 5000 to 5099", f"{1000 * last:.2f} ms"),
            (f"ratio, at most {LATE}", f"{last / first:.2f}"),
        ],
    )
    assert last / first <= LATE


def _draw(ready: Footage, number: int) -> None:
    ready.compositor.frame(ready.shots[number].moment)


def _seconds(run: Callable[[], object]) -> float:
    begin = perf_counter()
    run()
    return perf_counter() - begin
