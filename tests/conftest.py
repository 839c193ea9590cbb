"""What several test files share: the reference trajectories and the data, where they stand beside this checkout."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from gdviz import Scene
from gdviz.descent.story import Story

SHARED = Path(__file__).parents[2] / "shared"
REFERENCE = SHARED / "reference"


@pytest.fixture(scope="session")
def reference() -> Path:
    """The folder of reference trajectories; a test that needs it is skipped where it is not there."""
    if not REFERENCE.is_dir():
        pytest.skip("the shared reference is not beside this checkout")
    return REFERENCE


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data sets; a test that needs it is skipped where it is not there."""
    if not (SHARED / "data").is_dir():
        pytest.skip("the shared data are not beside this checkout")
    return SHARED / "data"


@pytest.fixture(autouse=True, scope="session")
def stories_told_once() -> Iterator[None]:
    """Let scenes that differ in their looks alone share a story, as the same runs would be made again and again."""
    told: dict[object, Story] = {}
    tell = Scene.story

    def story(scene: Scene) -> Story:
        runs = (
            scene.loss,
            scene.optimizer,
            scene.start,
            scene.steps,
            scene.tolerance,
            scene.runs,
            scene.race,
            scene.lang,
        )
        try:
            key = (runs, scene.study, scene.tune, scene.lang)
            hash(key)
        except TypeError:  # a loss or an optimizer of a test's own that can't be told apart
            return tell(scene)
        if key not in told:
            told[key] = tell(scene)
        return told[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scene, "story", story)
        yield


def pytest_collection_finish() -> None:
    """Let the garbage collector look seldom, and at nothing imported or collected: a fifth of the time was its."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


@pytest.fixture(autouse=True, scope="module")
def films_let_go() -> Iterator[None]:
    """Collect after each file: films hold their pictures in circles, and hundreds of them would take gigabytes."""
    yield
    gc.collect()
