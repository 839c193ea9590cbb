"""Axes: numbers and their places."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gdviz.picture.scales import Scale

ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.floats(-1e307, 1e307), st.floats(1e-3, 1e307), st.lists(ANY, max_size=9))
def test_many_places_on_an_axis_are_the_single_ones(low: float, width: float, values: list[float]) -> None:
    scale = Scale(low, max(low + width, math.nextafter(low, math.inf)), 88.0, 801.5)
    assert scale.places(np.array(values)).tolist() == [scale(value) for value in values]
