"""Axes: numbers and their places."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scenery import film_of, phases
from screen import assert_tidy, moving_words, still

from gdviz import Adam, GradientDescent, Momentum, Scene
from gdviz.descent.digits import decimals, digits
from gdviz.descent.story import Phase
from gdviz.picture.scales import Scale, pill_text, tick_base, tick_texts
from gdviz.picture.sprite import Label
from gdviz.words import number, number_from

ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.floats(-1e307, 1e307), st.floats(1e-3, 1e307), st.lists(ANY, max_size=9))
def test_many_places_on_an_axis_are_the_single_ones(low: float, width: float, values: list[float]) -> None:
    scale = Scale(low, max(low + width, math.nextafter(low, math.inf)), 88.0, 801.5)
    assert scale.places(np.array(values)).tolist() == [scale(value) for value in values]


def value_of(text: str) -> float:
    return float(text.replace("\N{THIN SPACE}", "").replace("\N{MINUS SIGN}", "-"))


@given(
    st.integers(-9_999_999, 9_999_999),
    st.integers(-13, 12),
    st.sampled_from([1.0, 2.0, 2.5, 5.0]),
    st.integers(-14, 9),
    st.integers(2, 8),
)
def test_ticks_differ_fit_and_read_back(head: int, power: int, gap: float, fine: int, count: int) -> None:
    """Any round number and any round gap, as far as floats can tell the ticks apart."""
    base, step = float(f"{head}e{power}"), float(f"{gap}e{fine}")
    first = round(base / step)
    ticks = [float(f"{first + k}") * step for k in range(count)]
    assume(first != 0 and abs(first) < 1e9)  # floats can tell them apart
    assume(not 0 < ticks[0] <= ticks[-1] / 100)  # no log axis
    texts = tick_texts(ticks)
    assert len(set(texts)) == count
    assert max(map(len, texts)) <= 14
    shown, near = np.array([value_of(text) for text in texts]), 0.005 * np.abs(ticks) + 0.02 * step
    if (np.abs(shown - ticks) > near).any():  # all but one say by how much they differ from it
        (whole,) = np.flatnonzero(np.abs(shown - ticks) <= 1e-5 * np.abs(ticks))
        shown = np.where(np.arange(count) == whole, ticks, ticks[whole] + shown)
    assert (np.abs(shown - ticks) <= near).all()


TICKS = [
    ([0.0, 2.5, 5.0], ["0.0", "2.5", "5.0"]),
    ([1e6, 1e6 + 0.0025, 1e6 + 0.005], ["1\N{THIN SPACE}000\N{THIN SPACE}000", "+0.0025", "+0.0050"]),
    ([0.001, 0.001 + 2.5e-12, 0.001 + 5e-12], ["0.001", "+2.5e\N{MINUS SIGN}12", "+5e\N{MINUS SIGN}12"]),
    ([2e9 - 2, 2e9 - 1, 2e9, 2e9 + 1], ["\N{MINUS SIGN}2", "\N{MINUS SIGN}1", "2e9", "+1"]),
    ([2000.5, 2001.0, 2001.5], ["2000.5", "2001.0", "2001.5"]),
    ([-4e9, 0.0, 4e9], ["\N{MINUS SIGN}4e9", "0", "4e9"]),
]


@pytest.mark.parametrize(("ticks", "texts"), TICKS)
def test_ticks_are_written_short(ticks: list[float], texts: list[str]) -> None:
    assert tick_texts(ticks) == texts


def test_decimals_follow_any_spread() -> None:
    for power in range(-300, 300, 7):
        assert decimals(4.1 * 10.0**power) == max(0, 3 - power)
    assert decimals(5e-324) == decimals(math.inf) == decimals(0.0) == 0


def test_two_parameters_far_apart_have_the_decimals_of_their_own_ways() -> None:
    far = Scene("(x-1e6)**2 + (y+1e6)**2", GradientDescent(0.1), start=(1e6 - 3, 1 - 1e6))
    near = Scene("(x-3)**2 + (y+1)**2", GradientDescent(0.1), start=(0, 0))
    assert digits(far.story()).param == digits(near.story()).param


SCALES = {
    "large parameters": Scene("(x-1e6)**2", GradientDescent(0.1), start=1e6 - 3),
    "large loss": Scene("1e6 + 1e-3*(x-1)**2", GradientDescent(100.0), start=4),
    "large loss, a race": Scene("1e6 + 1e-3*(x-1)**2", race=[GradientDescent(100.0), Adam(0.3)], start=4),
    "large loss of two": Scene("1e6+1e-3*(x**2+4*y**2)", GradientDescent(90.0), start=(3, 1)),
    "large loss of two, a race": Scene(
        "1e6+1e-3*(x**2+4*y**2)", race=[GradientDescent(90.0), Momentum(10.0)], start=(3, 1)
    ),
    "large parameters, two": Scene("(x-1e6)**2+(y+1e6)**2", GradientDescent(0.1), start=(1e6 - 3, 1 - 1e6)),
    "small loss": Scene("1e-9*(x-3)**2", GradientDescent(1e8), start=0),
    "tiny loss": Scene("1e-20*(x-3)**2", GradientDescent(1e19), start=0),
    "giant parameters": Scene("(x/1e9)**2", GradientDescent(1e17), start=5e9),
    "tiny parameters": Scene("(x*1e7)**2", GradientDescent(1e-15), start=4e-6),
    "a little more than a thousandth": Scene("1e-12*(x-3)**2+1e-3", GradientDescent(1e11), start=0),
}


@pytest.mark.parametrize("scene", SCALES.values(), ids=SCALES)
def test_at_any_scale_words_are_in_the_frame_and_the_rule_has_numbers(scene: Scene) -> None:
    film = film_of(scene, size=(640, 360), title="", steps=6)
    picture = film.compositor
    for shot in (film.shots[len(film.shots) // 3], film.shots[-1]):
        picture.frame(shot.moment)
        labels = [one for one in (*still(picture), *picture.moving) if isinstance(one, Label) and one.get_visible()]
        for label in labels:
            left, top, right, bottom = label.area() or (0, 0, 0, 0)
            assert min(left, top) >= 0, label.words
            assert right <= 640, label.words
            assert bottom <= 360, label.words
        numbers = [label.words.strip("()") for label in labels if label.words.strip("()+\N{MINUS SIGN}")[:1].isdigit()]
        assert len({words for words in numbers if words.strip("0.")}) > 4


# numbers that differ only far behind their first digits

FAR = Scene("(x - 2e9)**2", GradientDescent(0.1), start=2e9 + 3, steps=12, title="")
FINE = Scene("1e-3 + 1e-12*(m - 3)**2", GradientDescent(1e11), start=0, steps=12, title="")


@given(st.integers(-999, 999), st.integers(-9, 12), st.floats(-900, 900), st.integers(0, 4))
def test_a_number_from_a_round_one_reads_back(head: int, power: int, offset: float, decimals: int) -> None:
    assume(head != 0)
    base = float(f"{head}e{power}")
    value = base + offset * abs(base) * 1e-6
    text = number_from(base, value, decimals)
    cut = max(k for k in range(1, len(text)) if text[k] in "+\N{MINUS SIGN}" and text[k - 1] != "e")
    near = 0.5 * 10.0**-decimals + 0.005 * abs(value - base) + 1e-12 * abs(base)
    assert value_of(text[:cut]) == base
    assert abs(value_of(text[cut:]) - (value - base)) <= near


def test_a_number_without_a_round_one_or_far_from_it_is_written_whole() -> None:
    assert number_from(0.0, 2.5, 3) == number(2.5, 3)
    assert number_from(2e9, -1e12, 3) == number(-1e12, 3)
    assert number_from(2e9, math.nan, 3) == "?"


def test_pills_speak_as_the_ticks_beside_them() -> None:
    ticks = [2e9 - 1, 2e9, 2e9 + 1]
    assert (tick_base(ticks), tick_base([0.0, 2.5, 5.0]), tick_base([])) == (2e9, 0.0, 0.0)
    assert pill_text(tick_base(ticks), 2e9 + 2.4, 3) == "+2.400"
    assert pill_text(0.0, 2.4, 3) == "2.400"


@pytest.mark.parametrize(("scene", "base"), [(FAR, 2e9), (FINE, 0.001)], ids=["far", "fine"])
def test_steps_that_are_small_beside_the_numbers_can_be_read(scene: Scene, base: float) -> None:
    shown, story = digits(scene.story()), scene.story()
    assert base in (shown.base(0), shown.loss_base)
    of = (*shown.bases, shown.loss_base)
    assert [one for one in of if one] == [base]  # the other quantity is written whole
    path = story.runs[0]
    values = path.params[:, 0, 0] if shown.base(0) else path.loss[:, 0]
    texts = [number_from(base, float(v), shown.param if shown.base(0) else shown.loss) for v in values[:6]]
    assert len(set(texts)) == len(texts)
    film = film_of(scene, pace="lesson")
    for shot in phases(film):
        assert_tidy(film, shot.moment)
    first = next(shot.moment for shot in film.shots if shot.moment.phase is Phase.DECIDE)
    assert texts[first.step] in moving_words(film, first)


@given(st.floats(-1e5, 1e5), st.floats(1e-2, 1e5))
def test_usual_numbers_have_no_round_one_beside_them(start: float, rise: float) -> None:
    scene = Scene(f"(m - {abs(start)})**2", GradientDescent(0.1), start=abs(start) + rise, steps=3, title="")
    assert digits(scene.story()).bases == (0.0,)
