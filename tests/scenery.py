"""The scenes of `scenes/`, and moments picked from their films."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np

from gdviz.descent.story import Moment
from gdviz.footage import Footage
from gdviz.pace import Shot
from gdviz.picture.compositor import Compositor
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


def reel(scene: Scene, **changes: object) -> list[Shot]:
    """Return the shots of a film that nobody has to draw."""
    changed = scene.with_(**changes)
    return [*Footage.of(changed).shots]


def phases(film: Footage) -> list[Shot]:
    """Return the last shot of each phase of the first steps of each run, and the last of the film."""
    found = {}
    for shot in film.shots:
        if shot.moment.step <= 3 or shot.moment.phase.value == "rest":
            found[shot.moment.run, shot.moment.step, shot.moment.phase] = shot
    return [*found.values(), film.shots[-1]]


Anything = TypeVar("Anything")


def some(things: Sequence[Anything], count: int, seed: int) -> list[Anything]:
    """Return seeded things, such as shots, in their order."""
    picked = sorted(random.Random(seed).sample(range(len(things)), min(count, len(things))))
    return [things[k] for k in picked]


def assert_cache_is_exact(compositor: Compositor, moments: Sequence[Moment], count: int, seed: int) -> None:
    """Draw moments in their order; check that some frames, and the last, equal those painted from scratch before."""
    picked = {*some(range(len(moments)), count, seed), len(moments) - 1}
    scratch = {place: compositor.paint(moments[place]) for place in sorted(picked)}
    for place, moment in enumerate(moments):
        frame = compositor.frame(moment)
        assert place not in scratch or np.array_equal(frame, scratch[place]), moment


def assert_any_order(compositor: Compositor, moments: Sequence[Moment]) -> None:
    """Draw moments forwards and backwards; check that they look the same."""
    forwards = [compositor.frame(moment).copy() for moment in moments]
    for frame, moment in zip(reversed(forwards), reversed(moments), strict=True):
        assert np.array_equal(compositor.frame(moment), frame), moment
