"""How fast the page answers a student's hand, in Chromium."""

from pathlib import Path

import pytest
from browser import browsing, dragged, explorable

import gdviz
from gdviz import GradientDescent, Scene

pytestmark = pytest.mark.benchmark
SCENE = Scene(
    "(m - 3)**2 + 1", GradientDescent(0.1), start=-2.0, steps=4, size=(640, 360), pace="brief", title="A page"
)


def test_a_drag_is_answered_within_a_frame(tmp_path: Path) -> None:
    gdviz.render(SCENE, tmp_path / "film.html", click=True)
    with browsing(tmp_path / "profile") as browser:
        browser.look()
        explorable(browser, tmp_path / "film.html")
        found = dragged(browser, 200)
    print({name: round(value, 2) for name, value in found.items()})  # noqa: T201
    assert found["moves"] >= 200
    assert found["most"] < 1000 / 60
