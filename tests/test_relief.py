"""The relief of a loss seen from above: bands in their colours, lines where they belong and nowhere else."""

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from gdviz.picture.relief import Levels, levels, shade

COLOURS = ("#ffffff", "#808080", "#ff0000", "#0000ff")  # ground, high, thin lines, thick lines
LINEAR = Levels(np.array([1.0, 2.0, 3.0]), np.array([False, True, False]), False, 0.0)
DECADES = Levels(np.array([1.0, 10.0, 100.0]), np.array([False, True, False]), True, 0.0)
BOTH = pytest.mark.parametrize("chosen", [LINEAR, DECADES], ids=["linear", "decades"])


def colour(number: int) -> np.ndarray:
    return np.rint(255 * np.array(to_rgb(COLOURS[number])))


def inked(picture: np.ndarray) -> np.ndarray:
    """Which pixels hold some of a line's colour: all others are grey."""
    return np.ptp(picture.astype(int), axis=-1) > 2


@BOTH
def test_what_lies_above_the_last_line_is_the_highest_band_and_no_line(chosen: Levels) -> None:
    high = np.linspace(4, 60, 40) * chosen.at[-1]
    for loss in (np.tile(high, (40, 1)), np.full((40, 40), 7 * chosen.at[-1]), np.full((40, 40), 1e300)):
        picture = shade(loss, chosen, *COLOURS, 1.0)
        assert not inked(picture).any()
        assert (picture == colour(1)).all()


def test_a_plain_at_the_height_of_a_line_is_no_patch() -> None:
    picture = shade(np.full((30, 30), 2.0), LINEAR, *COLOURS, 1.0)
    assert not inked(picture).any()


def test_a_hole_in_a_plain_has_lines_around_the_hole_alone() -> None:
    x, y = np.meshgrid(np.linspace(-5, 5, 200), np.linspace(-4, 4, 160))
    loss = 1 - np.exp(-(x**2 + 2 * y**2) / 4)
    picture = inked(shade(loss, levels(loss, 0.0), *COLOURS, 1.0))
    assert picture.any()
    assert not picture[loss > 0.999].any()
