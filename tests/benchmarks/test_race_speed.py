"""How fast the film of a race is made, beside matplotlib's own way."""

from pathlib import Path

import numpy as np
import pytest
from measure import race, report
from usual_race import UsualRace

from gdviz import Adagrad, Adam, GradientDescent, Momentum, RMSprop, Scene, render, surface
from gdviz.descent.story import Moment
from gdviz.renderer import prepare

TITLE = "Five ways down Beale's function"
FRAMES = 200
ROUNDS = 3
FASTER = {".gif": 12.0, ".mp4": 6.0}  # times, at least
SAME = 4.0  # levels of 255 by which the two pictures may differ in the mean

RACERS = (GradientDescent(0.01), Momentum(0.005, 0.9), RMSprop(0.05), Adam(0.1), Adagrad(0.5))
SCENE = Scene(surface("beale"), race=RACERS, steps=FRAMES - 1, tolerance=0, pace=1, size=(1280, 720), title=TITLE)
"""Every step one frame, and the end one more."""


@pytest.mark.benchmark
@pytest.mark.parametrize("suffix", FASTER)
def test_a_race_is_made_many_times_faster_than_by_func_animation(suffix: str, tmp_path: Path) -> None:
    ours, theirs = tmp_path / f"ours{suffix}", tmp_path / f"theirs{suffix}"
    film = prepare(SCENE, [ours])
    moments = [shot.moment for shot in film.shots]
    assert len(moments) == film.ticks == FRAMES
    differences = [_difference(moment) for moment in (moments[15], moments[-1])]
    assert max(differences) < SAME
    found = race(
        {
            "gdviz": lambda: render(SCENE, ours),
            "matplotlib": lambda: UsualRace(SCENE.story(), TITLE).save(theirs, moments, SCENE.fps),
        },
        ROUNDS,
    )
    faster = found["matplotlib"] / found["gdviz"]
    report(
        f"A race of 5 over the plane, {FRAMES} frames of 1280 x 720, {suffix}: median of {ROUNDS}, scene to file",
        [
            ("gdviz", f"{found['gdviz']:.2f} s, {ours.stat().st_size / 1024:.0f} KiB"),
            ("FuncAnimation", f"{found['matplotlib']:.2f} s, {theirs.stat().st_size / 1024:.0f} KiB"),
            (f"times faster, at least {FASTER[suffix]:.0f}", f"{faster:.1f}"),
            ("part of its bytes", f"{ours.stat().st_size / theirs.stat().st_size:.2f}"),
            ("the pictures differ in the mean by, of 255", f"{max(differences):.1f}"),
        ],
    )
    assert faster >= FASTER[suffix]


def _difference(moment: Moment) -> float:
    """Return by how many levels the rival's picture of a moment differs from ours in the mean."""
    usual, ours = UsualRace(SCENE.story(), TITLE), prepare(SCENE, ["film.gif"]).compositor.frame(moment)
    usual.update(moment)
    usual.figure.canvas.draw()
    drawn = np.asarray(usual.figure.canvas.buffer_rgba()).astype(int)  # type: ignore[attr-defined]
    return float(np.abs(drawn - ours).mean())
