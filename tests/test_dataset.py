"""Examples to learn from: what is read, what is refused, and how parts are held out and scaled."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdviz import Dataset
from gdviz.problems import BadData, BadScene

TABLE = """width,length,kind,grade
1.5,2.5,rose,0
2.5,3.5,iris,1
3.5,4.5,rose,1
4.0,1.0,iris,0
"""


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text(TABLE)
    return path


def test_a_csv_file_gives_classes_by_name(flowers: Path) -> None:
    data = Dataset.from_csv(flowers, target="kind", inputs=["width", "length"])
    assert data.classes == ("iris", "rose")
    assert data.labels.tolist() == [1, 0, 1, 0]
    assert data.inputs.tolist() == [[1.5, 2.5], [2.5, 3.5], [3.5, 4.5], [4.0, 1.0]]
    assert data.input_names == ("width", "length")
    assert repr(data) == "<Dataset flowers.csv: 4 examples of 2 inputs, 2 classes of kind>"
    ordered = Dataset.from_csv(flowers, target="kind", inputs=["width"], classes=["rose", "iris"])
    assert ordered.labels.tolist() == [0, 1, 0, 1]


def test_a_column_of_numbers_is_a_number_or_a_class(flowers: Path) -> None:
    number = Dataset.from_csv(flowers, target="grade", inputs=["width"])
    assert (number.classes, number.targets.tolist()) == ((), [0.0, 1.0, 1.0, 0.0])
    assert Dataset.from_csv(flowers, target="grade", inputs=["width"], classes=True).classes == ("0", "1")
    named = Dataset.from_csv(flowers, target="grade", inputs=["width"], classes=["poor", "good"])
    assert (named.classes, named.labels.tolist()) == (("poor", "good"), [0, 1, 1, 0])


def test_arrays_of_an_npz_file_are_images_and_labels(tmp_path: Path) -> None:
    images = np.arange(5 * 2 * 3).reshape(5, 2, 3).astype(np.uint8)
    np.savez(tmp_path / "few.npz", images=images, labels=np.array([0, 1, 2, 1, 0], dtype=np.uint8))
    data = Dataset.from_npz(tmp_path / "few.npz", inputs="images", target="labels").divided(16)
    assert (data.image, data.inputs.shape, data.classes) == ((2, 3), (5, 6), ("0", "1", "2"))
    assert np.array_equal(data.inputs, images.reshape(5, 6) / 16)
    assert data.scaling is not None
    assert np.array_equal(data.scaling.undo(data.inputs), images.reshape(5, 6))


class Frame:
    """What of a pandas DataFrame is asked for."""

    def __init__(self, columns: dict[str, Any]) -> None:
        self._columns = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> Any:
        return self._columns[name]


def test_a_frame_gives_its_columns() -> None:
    frame = Frame({"a": np.array([1, 2, 3]), "b": np.array([0.5, 1.5, 2.5]), "c": np.array(["x", "y", "x"], object)})
    data = Dataset.from_frame(frame, target="c")
    assert (data.input_names, data.classes, data.labels.tolist()) == (("a", "b"), ("x", "y"), [0, 1, 0])
    with pytest.raises(BadData, match="the frame: the column 'c' is text; inputs are numbers"):
        Dataset.from_frame(frame, target="a", inputs=["c"])
    with pytest.raises(BadData, match=r"the frame: there is no column 'd'; allowed: a, b, c"):
        Dataset.from_frame(frame, target="d")


# --- parts and scaling -------------------------------------------------------------------------------------------


def drawn(count: int = 40) -> Dataset:
    numbers = np.random.default_rng(4)
    return Dataset(numbers.normal(3, 2, (count, 2)), np.arange(count) % 3)


def test_every_example_is_learnt_from_or_held_out() -> None:
    data = drawn()
    split = data.split(0.25, seed=3)
    assert split.test is not None
    assert (len(split), len(split.test)) == (30, 10)
    rows = np.concatenate([split.inputs, split.test.inputs])
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, data.inputs.tolist()))
    assert split == data.split(10, seed=3) != data.split(0.25, seed=4)


def test_what_is_held_out_says_nothing_of_the_scale() -> None:
    split = drawn().split(0.25)
    scaled = split.standardised()
    assert scaled.inputs.mean(axis=0) == pytest.approx([0, 0], abs=1e-12)
    assert scaled.inputs.std(axis=0) == pytest.approx([1, 1])
    assert scaled.test is not None
    assert split.test is not None
    assert scaled.scaling is not None
    assert scaled.scaling.undo(scaled.test.inputs) == pytest.approx(split.test.inputs)
    assert abs(scaled.test.inputs.mean()) > 1e-3


def test_a_column_that_is_always_the_same_becomes_zero() -> None:
    data = Dataset([[1.0, 7.0], [2.0, 7.0]], [0, 1]).standardised()
    assert data.inputs.tolist() == [[-1.0, 0.0], [1.0, 0.0]]


def test_a_dataset_is_a_value() -> None:
    data = drawn().split(0.5).standardised()
    again = pickle.loads(pickle.dumps(data))
    assert again == data
    assert hash(again) == hash(data)
    assert again.test == data.test
    for array in (data.inputs, again.inputs, data.targets, again.test.inputs):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1.0
        with pytest.raises(ValueError, match="cannot set WRITEABLE"):
            array.flags.writeable = True


DEEP = np.zeros((2, 2, 2, 2))
KINDS = "the targets must be numbers, or texts that name classes; their type is object"
FINITE = "only finite numbers can be learnt from"
LEARN = "learn from; hold out fewer"
TWICE = "they are scaled already; scale them once"
PART = "allowed: a part between 0 and 1, or a whole number below 40, how many there are"

# --- bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (([[1.0], [2.0]], [0, 1, 0]), "the data: the inputs have 2 rows and the targets 3"),
        (([[1.0, 2.0], [3.0, np.nan]], [0, 1]), "the data: input 2 is nan in row 2; " + FINITE),
        (([[1.0], [2.0]], [0.5, np.inf]), "the data: the target is inf in row 2; only finite numbers can be learnt"),
        (([["a"], ["b"]], [0, 1]), "the data: the inputs must be numbers; their type is <U1"),
        (([[1.0], [2.0, 3.0]], [0, 1]), "the data: the inputs must be rows of equally many numbers"),
        ((DEEP, [0, 1]), "the data: the inputs must be rows of numbers (n, columns), not (2, 2, 2, 2)"),
        (([[1.0], [2.0]], [3, 3]), "the data: the class is '3' in every row; at least two classes are needed"),
        (([[1.0], [2.0]], ["a", "a"]), "the data: the class is 'a' in every row; at least two classes are needed"),
        (([[1.0], [2.0]], [[0], [1]]), "the data: the targets must be one for each example, (n,), not (2, 1)"),
        (([[1.0], [2.0]], [None, {}]), "the data: " + KINDS),
        ((np.zeros((200, 1)), np.arange(200)), "the data: there are 200 classes, and at most 100 can be told apart"),
    ],
)  # fmt: skip
def test_what_can_t_be_learnt_from_is_said_in_a_sentence(given: tuple[Any, Any], sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        Dataset(*given)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("targets", "sentence"),
    [
        ([0, 1, 5], "the data: the class is 5 in row 3; the 3 classes are counted from 0 to 2"),
        ([0, -1, 1], "the data: the class is -1 in row 2; the 3 classes are counted from 0 to 2"),
        ([0.0, 1.5, 1.0], "the data: the class is 1.5 in row 2; the 3 classes are counted from 0 to 2"),
        (
            ["red", "blu", "red"],
            "the data: the class is 'blu' in row 2; did you mean 'blue'? allowed: red, green, blue",
        ),
    ],
)
def test_labels_outside_of_the_classes_are_told_with_their_row(targets: list[Any], sentence: str) -> None:
    with pytest.raises(BadData) as caught:
        Dataset([[1.0], [2.0], [3.0]], targets, classes=["red", "green", "blue"])
    assert str(caught.value) == sentence


def test_a_file_is_told_with_its_line(flowers: Path) -> None:
    with pytest.raises(BadData, match=r"flowers\.csv, line 2: kind is 'rose', which is not a number"):
        Dataset.from_csv(flowers, target="grade")
    with pytest.raises(BadData, match=r"flowers\.csv, line 1: there is no column 'king'; did you mean 'kind'\?"):
        Dataset.from_csv(flowers, target="king")
    with pytest.raises(BadData, match=r"flowers\.csv: the column 'kind' is the target, and can't be an input as well"):
        Dataset.from_csv(flowers, target="kind", inputs=["width", "kind"])
    flowers.write_text(TABLE.replace("3.5,iris", "nan,iris"))
    with pytest.raises(BadData, match=r"flowers\.csv, line 3: length is 'nan'; only finite numbers can be fitted"):
        Dataset.from_csv(flowers, target="kind", inputs=["length"])


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda data: data.split(0), "test: 0 can't be used; " + PART),
        (lambda data: data.split(1.0), "test: 1.0 can't be used; " + PART),
        (lambda data: data.split(39), "test: 39 can't be used; no example of '0' would be left to " + LEARN),
        (lambda data: data.divided(0), "by: 0 can't be used; allowed: a number other than 0"),
        (lambda data: data.divided(2).standardised(), "inputs: 'divided' can't be used; " + TWICE),
    ],
)  # fmt: skip
def test_parts_that_can_t_be(call: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as caught:
        call(drawn())
    assert str(caught.value) == sentence
