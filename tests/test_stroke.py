"""Strokes: to the last bit what matplotlib draws, and as far as they say that they reach."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D, Bbox, TransformedBbox

from gdviz.picture.stroke import Stroke

WIDE, HIGH = 120, 90
MARKERS = ("o", "s", "^", "D", "X", "+")


@dataclass(frozen=True)
class Look:
    """What a pen can ask of a line, and where it leads."""

    points: tuple[tuple[float, float], ...]
    width: float
    marker: str
    rim: float
    cap: str
    dashes: Any
    clipped: bool
    scale: float

    def drawn(self, kind: type[Line2D]) -> np.ndarray:
        """The picture of a line of a kind, on its second place: what was drawn first must leave nothing behind."""
        line = self.laid(kind)
        line.set_data([3, 5], [4, 80])
        line.draw(RendererAgg(WIDE, HIGH, 72 * self.scale))
        line.set_data(*self.axes)
        renderer = RendererAgg(WIDE, HIGH, 72 * self.scale)
        line.draw(renderer)
        return np.asarray(renderer.buffer_rgba())

    @property
    def axes(self) -> tuple[list[float], list[float]]:
        return [x for x, _ in self.points], [y for _, y in self.points]

    def laid(self, kind: type[Line2D]) -> Line2D:
        line = kind(*self.axes, linewidth=self.width, color="#174ff2", linestyle=self.dashes)
        line.set_solid_capstyle(self.cap)  # type: ignore[arg-type]
        line.set_dash_capstyle("butt")
        line.set_solid_joinstyle("round")
        if self.marker:
            line.set(marker=self.marker, linestyle="none", markersize=3 * self.width, markeredgewidth=self.rim)
            line.set(markerfacecolor="#bc3200", markeredgecolor="#123456")
        units = Affine2D().scale(self.scale, -self.scale).translate(0, HIGH)
        line.set_transform(units)
        line.set_figure(Figure(dpi=72 * self.scale))
        if self.clipped:
            line.set_clip_box(TransformedBbox(Bbox([[10, 70], [60, 20]]), units))
        return line


places = st.tuples(st.floats(-30, 150), st.floats(-30, 120)) | st.just((np.nan, np.nan))
looks = st.builds(
    Look,
    points=st.lists(places, max_size=5).map(tuple),
    width=st.floats(0.5, 9),
    marker=st.sampled_from(("", *MARKERS)),
    rim=st.floats(0, 4),
    cap=st.sampled_from(("butt", "round")),
    dashes=st.sampled_from(("solid", (0, (4.0, 1.6)))),
    clipped=st.booleans(),
    scale=st.sampled_from((0.5, 2 / 3, 1.0, 1.5, 3.0)),
)


@settings(max_examples=300, deadline=None)
@given(looks)
def test_a_stroke_is_drawn_as_matplotlib_draws_a_line(look: Look) -> None:
    assert np.array_equal(look.drawn(Stroke), look.drawn(Line2D))


@pytest.mark.parametrize("marker", ["", *MARKERS])
def test_every_look_leaves_ink(marker: str) -> None:
    look = Look(((20, 30), (50, 60)), 3, marker, 1, "round", "solid", True, 1.0)
    assert look.drawn(Stroke)[..., 3].any()


def test_what_is_hidden_leaves_none() -> None:
    line = Look(((20, 30), (50, 60)), 3, "", 1, "round", "solid", False, 1.0).laid(Stroke)
    line.set_visible(False)
    renderer = RendererAgg(WIDE, HIGH, 72)
    line.draw(renderer)
    assert not np.asarray(renderer.buffer_rgba())[..., 3].any()
    assert not line.stale


@given(looks)
def test_a_stroke_reaches_as_far_as_its_points(look: Look) -> None:
    line = look.laid(Stroke)
    assert isinstance(line, Stroke)
    shown = line.get_transform().transform(np.array(look.points).reshape(-1, 2))
    shown = shown[np.isfinite(shown).all(axis=1)]
    if not len(shown):
        assert not np.isfinite(line.reach()).any()
    else:
        assert line.reach() == pytest.approx((*shown.min(axis=0), *shown.max(axis=0)))
