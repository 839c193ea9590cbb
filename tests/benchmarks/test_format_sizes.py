"""The same film in every format: how large it is, and how long it takes from the scene to the file."""

from functools import partial
from pathlib import Path

import pytest
from measure import race, report

from gdviz.descent.optimizers import GradientDescent
from gdviz.film.formats import FORMATS
from gdviz.renderer import render
from gdviz.scene import Scene

pytestmark = pytest.mark.benchmark

ROUNDS = 3
TITLE = "Find the m with the smallest loss"
SLOWER = 4.0  # times the time of an MP4, at most, for what moves
SMALLER = 0.6  # of an APNG's bytes, at most, are a WebP's: both are exact


@pytest.mark.parametrize("ground", ["", "transparent"])
def test_a_film_of_91_frames_in_every_format(tmp_path: Path, ground: str) -> None:
    optimizer = GradientDescent(learning_rate=0.1)
    scene = Scene("(m - 3)**2 + 1", optimizer, start=-2.4, steps=15, tolerance=0, pace=6, title=TITLE, ground=ground)
    rows = [row for row in FORMATS.values() if row.transparent or not ground]
    targets = {row.name: f"{tmp_path}/film{row.ending}" for row in rows}
    found = race({name: partial(render, scene, target) for name, target in targets.items()}, ROUNDS)
    sizes = {name: _bytes(Path(target)) for name, target in targets.items()}
    report(
        f"91 frames of 1280 x 720, {ground or 'opaque'}: scene to file, median of {ROUNDS}",
        [(name, f"{found[name]:.2f} s, {sizes[name] / 1024:,.0f} KiB") for name in targets],
    )
    if not ground:  # where it is transparent, whole rectangles have to be stored
        assert sizes["WebP"] <= SMALLER * sizes["APNG"]
        assert all(found[name] <= SLOWER * found["MP4"] for name in targets if name != "PNG frames")


def _bytes(path: Path) -> int:
    """Return the bytes of a file, or of all in a folder, those under several names once."""
    files = path.iterdir() if path.is_dir() else [path]
    return sum({file.stat().st_ino: file.stat().st_size for file in files}.values())
