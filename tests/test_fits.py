"""Data and the losses of data: what is read, what is refused, and the line against its closed form."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser

from gdviz.descent.data import Data
from gdviz.descent.fits import Line
from gdviz.descent.loss import Fit
from gdviz.problems import BadData, BadScene

# Hubble, "A relation between distance and radial velocity among extra-galactic nebulae", PNAS 15 (1929), table 1.
DISTANCE = [0.032, 0.034, 0.214, 0.263, 0.275, 0.275, 0.45, 0.5, 0.5, 0.63, 0.8, 0.9]
DISTANCE += [0.9, 0.9, 0.9, 1.0, 1.1, 1.1, 1.4, 1.7, 2.0, 2.0, 2.0, 2.0]
VELOCITY = [170, 290, -130, -70, -185, -220, 200, 290, 270, 200, 300, -30]
VELOCITY += [650, 150, 500, 920, 450, 500, 500, 960, 500, 850, 800, 1090]


# ---- data ----


def test_data_are_immutable_copies() -> None:
    x = np.arange(3)
    data = Data(x, [1, 2.5, 4])
    x[0] = 99
    assert data.x.tolist() == [0.0, 1.0, 2.0]
    assert data.x.dtype == data.y.dtype == np.float64
    with pytest.raises(ValueError, match="read-only"):
        data.x[0] = 1.0
    with pytest.raises(ValueError, match="WRITEABLE"):
        data.x.setflags(write=True)
    with pytest.raises(AttributeError):
        data.x_name = "t"  # type: ignore[misc] # on purpose
    assert repr(data) == "<Data the data: 3 pairs of x, y>"


def test_data_are_equal_by_numbers_and_names() -> None:
    data = Data([1, 2], [3, 4], source="here")
    assert data == Data((1.0, 2.0), np.array([3, 4]), source="there")
    assert hash(data) == hash(Data([1, 2], [3, 4]))
    assert data != Data([1, 2], [3, 5])
    assert data != Data([1, 2], [3, 4], x_name="t")
    assert data != "data"
    again = pickle.loads(pickle.dumps(data))
    assert again == data
    assert not again.x.flags.writeable


REFUSED_ARRAYS: list[tuple[Any, Any, str]] = [
    ([1, 2], [1], "the data: x has 2 numbers and y has 1; they must be pairs"),
    ([], [], "the data: x is empty; at least one number is needed"),
    ([1, np.nan], [1, 2], "the data: x is nan in row 2; only finite numbers can be fitted"),
    ([1, 2], [np.inf, 2], "the data: y is inf in row 1; only finite numbers can be fitted"),
    ([[1, 2]], [1, 2], "the data: x must be one row of numbers; it has 2 dimensions"),
    ([[1, 2], [3]], [1, 2], "the data: x must be one row of numbers; it has 2 dimensions"),
    ([1, 2], ["a", "b"], "the data: y must be real numbers; its type is <U1"),
    ([1, 2], [1j, 2], "the data: y must be real numbers; its type is complex128"),
]


@pytest.mark.parametrize(("x", "y", "sentence"), REFUSED_ARRAYS)
def test_arrays_that_are_no_data_are_told(x: Any, y: Any, sentence: str) -> None:
    with pytest.raises(BadData) as problem:
        Data(x, y)
    assert str(problem.value) == sentence


def test_a_csv_file_is_read_by_the_names_of_its_columns(tmp_path: Path) -> None:
    file = tmp_path / "cars.csv"
    file.write_bytes('\ufeffname, weight,"speed, top"\r\n"a\nb",1.5,3\r\n\r\nc, 2e3 ,-4\r\n'.encode())
    data = Data.from_csv(file, x="weight", y="speed, top", y_name="km/h")
    assert (data.x.tolist(), data.y.tolist()) == ([1.5, 2000.0], [3.0, -4.0])
    assert (data.x_name, data.y_name, data.source) == ("weight", "km/h", "cars.csv")


REFUSED_FILES = [
    (b"", "the file is empty; its first line must name the columns"),
    (b"\n\n", "the file is empty; its first line must name the columns"),
    (b"x,y\n", "there are no rows below the names of the columns"),
    (b"x,why\n1,2\n", "there is no column 'y'; allowed: x, why"),
    (b"x,Y\n1,2\n", "there is no column 'y'; did you mean 'Y'? allowed: x, Y"),
    (b"x,y\n1,2\n3\n", "cells in this row: 1, columns in the first line: 2"),
    (b"x,y\n1,2\n3,4,5\n", "cells in this row: 3, columns in the first line: 2"),
    (b"x,y\n1,2\n3,four\n", "y is 'four', which is not a number"),
    (b"x,y\n1,\n", "y is '', which is not a number"),
    (b"x,y\n1,1_000\n", "y is '1_000', which is not a number"),
    (b"x,y\n1,2\n\n3,nan\n", "y is 'nan'; only finite numbers can be fitted"),
    (b"x,y\n1e999,2\n", "x is '1e999'; only finite numbers can be fitted"),
    (b"x,y,x\n1,2,3\n", "two columns are called 'x'; names must differ"),
    (b"x,y\n1,2\n\xff,3\n", "the text is not in UTF-8; save the file as UTF-8"),
    (b'x,y\n1,"2\n', "this is not CSV: unexpected end of data"),
]
LINES = [None, None, 1, 1, 1, 3, 3, 3, 2, 2, 4, 2, 1, 3, 2]


@pytest.mark.parametrize(
    ("content", "sentence", "line"), [(*row, n) for row, n in zip(REFUSED_FILES, LINES, strict=True)]
)
def test_a_file_that_is_no_data_is_told_with_its_line(
    tmp_path: Path, content: bytes, sentence: str, line: int | None
) -> None:
    file = tmp_path / "bad.csv"
    file.write_bytes(content)
    with pytest.raises(BadData) as problem:
        Data.from_csv(file, x="x", y="y")
    where = str(file) if line is None else f"{file}, line {line}"
    assert str(problem.value) == f"{where}: {sentence}"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"none\.csv: there is no such file"):
        Data.from_csv(tmp_path / "none.csv", x="x", y="y")
    with pytest.raises(BadData, match="this is a folder, not a CSV file"):
        Data.from_csv(tmp_path, x="x", y="y")


def test_a_name_of_data_is_a_word() -> None:
    with pytest.raises(BadData, match="the data: x_name must be a name, not 3"):
        Data([1], [2], x_name=3)  # type: ignore[arg-type] # on purpose


def test_a_file_that_can_t_be_opened_is_told() -> None:
    with pytest.raises(BadData, match="the file can't be read: embedded null byte"):
        Data.from_csv("a\0b", x="x", y="y")


def test_centred_data_say_so() -> None:
    data = Data([1, 2, 6], [0, 1, 1], "petal width (mm)", "y", source="here").centred()
    assert data.x.tolist() == [-2.0, -1.0, 3.0]
    assert (data.x_name, data.y_name, data.source) == ("petal width (mm from the mean)", "y", "here")
    assert data.y.tolist() == [0.0, 1.0, 1.0]
    assert Data([1, 3], [0, 1], "hours").centred().x_name == "hours from the mean"
    with pytest.raises(BadData, match="only finite numbers can be fitted"):
        Data([1.7e308, 1.7e308], [0, 1]).centred()


# ---- the line ----


def test_hubble_s_constant_of_1929() -> None:
    line = Line(Data(DISTANCE, VELOCITY))
    ((constant,),) = line.about.minima
    assert constant == pytest.approx(423.94, abs=0.005)
    assert constant == pytest.approx(np.dot(DISTANCE, VELOCITY) / np.dot(DISTANCE, DISTANCE), rel=1e-12)
    assert abs(line(np.array([constant]))[1][0]) < 1e-10


@given(st.integers(0, 2**32), st.booleans())
def test_the_slope_vanishes_at_the_minimum_and_nowhere_lower(seed: int, intercept: bool) -> None:
    rng = np.random.default_rng(seed)
    line = Line(Data(rng.normal(1.0, 1.0, 12), rng.normal(0.0, 5.0, 12)), intercept)
    best = np.array(line.about.minima[0])
    value, gradient = line(best)
    np.testing.assert_allclose(gradient, 0.0, atol=1e-11)
    around = best + rng.normal(0.0, 1.0, (50, line.about.dim))
    # A parabola is its value, slope and curvature at one point.
    moved = around - best
    parabola = value + 0.5 * np.einsum("ki,kij,kj->k", moved, line.hessian(around), moved)
    np.testing.assert_allclose(line.value(around), parabola, rtol=1e-10)
    np.testing.assert_allclose(line(around)[1], np.einsum("kij,kj->ki", line.hessian(around), moved), atol=1e-9)


@pytest.mark.parametrize("intercept", [False, True])
@pytest.mark.parametrize("n", [1, 2, 24, 129, 5000])
def test_one_point_equals_the_same_point_among_thousands(n: int, intercept: bool) -> None:
    rng = np.random.default_rng(n)
    line = Line(Data(rng.normal(size=n), rng.normal(size=n)), intercept)
    points = rng.normal(size=(1000, line.about.dim)) * 10.0
    value, gradient = line(points)
    np.testing.assert_array_equal(line.value(points), value)
    for first, count in ((0, 1), (0, 2), (5, 7), (200, 300), (999, 1)):
        part = line(points[first : first + count])
        np.testing.assert_array_equal(part[0], value[first : first + count])
        np.testing.assert_array_equal(part[1], gradient[first : first + count])
    np.testing.assert_array_equal(line(np.asfortranarray(points))[1], gradient)
    assert line(points.reshape(10, 100, -1))[1].shape == (10, 100, line.about.dim)
    assert line.value(np.empty((0, line.about.dim))).shape == (0,)


def test_a_line_never_raises() -> None:
    line = Line(Data([1e300, -1e300], [1.0, 2.0]), intercept=True)
    value, _ = line(np.array([[1e300, 0.0], [np.nan, 1.0], [np.inf, -np.inf]]))
    assert not np.any(np.isfinite(value))
    assert line.hessian(np.zeros(2))[0, 0] == np.inf


NO_SINGLE_MINIMUM = [([0.0, 0.0], False), ([2.0, 2.0], True), ([1.0], True)]


@pytest.mark.parametrize(("x", "intercept"), NO_SINGLE_MINIMUM)
def test_where_many_lines_fit_there_is_no_minimum(x: list[float], intercept: bool) -> None:
    assert Line(Data(x, [1.0, 3.0][: len(x)]), intercept).about.minima == ()


def test_the_minimum_does_not_hang_on_the_unit_of_x() -> None:
    for unit in (1e-200, 1e-12, 1.0, 1e12, 1e200):
        ((slope, intercept),) = Line(Data(np.array([1.0, 2.0, 4.0]) * unit, [3.0, 5.0, 9.0]), True).about.minima
        assert (slope * unit, intercept) == pytest.approx((2.0, 1.0))


def test_it_is_a_fit() -> None:
    line = Line(Data([1, 2], [3, 4]), intercept=True)
    assert isinstance(line, Fit)
    assert line.about.names == ("m", "b")
    assert line.about.start == (0.0, 0.0)
    assert line.predict(np.array([2.0, 1.0]), np.array([0.0, 1.0, 3.0])).tolist() == [1.0, 3.0, 7.0]
    assert Line(Data([1, 2], [3, 4])).predict(np.array([2.0]), np.array([3.0])).tolist() == [6.0]
    assert line == Line(Data([1, 2], [3, 4]), True, names=("m", "b"))
    assert hash(line) == hash(Line(Data([1, 2], [3, 4]), True))
    assert pickle.loads(pickle.dumps(line)) == line
    assert line.at(1) is line
    with pytest.raises(ValueError, match=r"points must have the shape \(\.\.\., 2\), not \(1,\)"):
        line.value(np.zeros(1))
    assert line.about.text == r"\frac{1}{n}\,\sum (m x + b - y)^{2}"
    parser = MathTextParser("agg")
    for written in (line.about.text, *line.about.slopes):
        parser.parse(f"${written}$")


REFUSED_LINES: list[tuple[dict[str, Any], str]] = [
    ({"data": [1, 2]}, "data: [1, 2] can't be used; give Data(x, y) or Data.from_csv(path, x=..., y=...)"),
    ({"data": Data([1], [2]), "names": ("m", "b")}, "names: ('m', 'b') can't be used; this line has 1 of them: m"),
    (
        {"data": Data([1], [2]), "names": ("slope of it",)},
        "names: ('slope of it',) can't be used; give different names of letters a to z, digits and underscores",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED_LINES)
def test_what_can_t_be_a_line_is_told(arguments: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        Line(**arguments)
    assert str(problem.value) == sentence
