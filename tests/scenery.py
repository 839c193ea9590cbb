"""The scenes of `scenes/`, and moments picked from their films."""

import random
from collections.abc import Sequence
from pathlib import Path

from gdviz.footage import Footage
from gdviz.pace import Shot
from gdviz.renderer import prepare
from gdviz.scene import Scene
from gdviz.scenefile import load

ROOT = Path(__file__).resolve().parent.parent
SCENES = sorted((ROOT / "scenes").glob("*.py"))


def scene_of(path: Path) -> Scene:
    """Return the scene of a file."""
    return next(iter(load(path).values()))


def film_of(scene: Scene, **changes: object) -> Footage:
    """Return a film that is ready to be drawn."""
    return prepare(scene.with_(**changes), ["film.mp4"])


def phases(film: Footage) -> list[Shot]:
    """Return the last shot of each phase of the first steps of each run, and the last of the film."""
    found = {}
    for shot in film.shots:
        if shot.moment.step <= 3 or shot.moment.phase.value == "rest":
            found[shot.moment.run, shot.moment.step, shot.moment.phase] = shot
    return [*found.values(), film.shots[-1]]


def some(shots: Sequence[Shot], count: int, seed: int) -> list[Shot]:
    """Return seeded shots in their order."""
    picked = sorted(random.Random(seed).sample(range(len(shots)), min(count, len(shots))))
    return [shots[k] for k in picked]
