"""Networks in scenes: in TOML as in Python, filmed like any loss."""

from pathlib import Path

import numpy as np
import pytest
from screen import assert_tidy, words_on

from gdviz import (
    Adam,
    CrossEntropy,
    Dataset,
    DecisionBoundary,
    GradientDescent,
    Huber,
    Network,
    Predictions,
    Scene,
    WeightImages,
    load,
    render,
)
from gdviz.account import plain
from gdviz.commentary import Commentary
from gdviz.footage import Footage
from gdviz.problems import BadInput

TABLE = "\n".join(["width,length,kind,size", *(f"{k % 7},{k % 5},{'ab'[k % 2]},{k / 9}" for k in range(30))])
TOML = """
optimizer = {{ name = "Adam", learning_rate = 0.1 }}
steps = 4
loss = {{ {loss} }}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "some.csv").write_text(TABLE)
    np.savez(tmp_path / "some.npz", images=np.arange(48).reshape(12, 2, 2), labels=np.arange(12) % 3)
    return tmp_path


def loss_in(folder: Path, loss: str) -> Network:
    (folder / "scene.toml").write_text(TOML.format(loss=loss))
    [scene] = load(folder / "scene.toml").values()
    assert isinstance(scene.loss, Network)
    return scene.loss


def test_toml_spells_a_network_as_python_does(folder: Path) -> None:
    data = Dataset.from_csv(folder / "some.csv", target="kind", inputs=["width", "length"])
    assert loss_in(folder, 'examples = "some.csv", target = "kind", inputs = ["width", "length"]') == Network(data)
    more = (
        'examples = "some.csv", target = "kind", inputs = ["width", "length"], test = 0.3, test_seed = 2, '
        'standardised = true, hidden = [4, 3], activation = "gelu", cost = "cross_entropy", l2 = 0.1, '
        "batch_size = 5, seed = 3"
    )
    held = data.split(0.3, 2).standardised()
    assert loss_in(folder, more) == Network(held, (4, 3), "gelu", CrossEntropy(), l2=0.1, batch_size=5, seed=3)
    numbers = Dataset.from_csv(folder / "some.csv", target="size", inputs=["width"])
    huber = 'examples = "some.csv", target = "size", inputs = ["width"], cost = { name = "huber", delta = 2.0 }'
    assert loss_in(folder, huber) == Network(numbers, cost=Huber(2.0))


def test_toml_reads_images(folder: Path) -> None:
    images = Dataset.from_npz(folder / "some.npz", inputs="images", target="labels").divided(16)
    given = 'examples = "some.npz", inputs = "images", target = "labels", divided = 16'
    assert loss_in(folder, given) == Network(images)


@pytest.mark.parametrize(
    ("loss", "sentence"),
    [
        ('examples = "some.csv"', "loss: target is missing; a network needs `examples`, a CSV"),
        ('examples = "some.csv", target = "kin"', "there is no column 'kin'; did you mean 'kind'?"),
        ('examples = "some.csv", target = "size"', "kind is 'a', which is not a number"),
        ('examples = "some.csv", target = "kind", inputs = "width"', "loss, inputs: 'width' can't be used; allowed: a"),
        ('examples = "some.npz", target = "labels"', "loss: inputs is missing; of an NPZ file it is the name"),
        ('examples = "../some.csv", target = "kind"', "loss, examples: '../some.csv' can't be used; allowed: "),
        ('examples = "some.csv", target = "kind", layers = [3]', "loss: 'layers' can't be used; allowed: examples"),
        ('examples = "some.csv", target = "kind", inputs = ["size"], cost = "hing"', "did you mean 'hinge'?"),
        ('examples = "some.csv", target = "kind", inputs = ["size"], hidden = ["a"]', "hidden: ['a'] can't be used"),
    ],
)  # fmt: skip
def test_mistakes_are_told_by_their_key(folder: Path, loss: str, sentence: str) -> None:
    with pytest.raises(BadInput) as caught:
        loss_in(folder, loss)
    assert sentence in str(caught.value)


def test_a_network_is_filmed(folder: Path) -> None:
    (folder / "scene.toml").write_text(
        TOML.format(loss='examples = "some.csv", target = "kind", inputs = ["width", "length"], hidden = [3]')
    )
    [scene] = load(folder / "scene.toml").values()
    [made] = render(scene.with_(size=(640, 360)), folder / "film.gif")
    assert made.path.stat().st_size > 1000


def test_what_happens_to_many_parameters_is_told_by_loss_and_accuracy(folder: Path) -> None:
    (folder / "scene.toml").write_text(
        TOML.format(loss='examples = "some.csv", target = "kind", inputs = ["width", "length"], hidden = [3]')
    )
    [scene] = load(folder / "scene.toml").values()
    story = scene.story()
    render(scene.with_(size=(640, 360)), folder / "film.txt")
    told = (folder / "film.txt").read_text()
    share = scene.loss.scores(story.runs[0].params[4, 0])[1]
    assert "begins with 13 parameters" in told
    assert f"Step 4: the loss is {story.runs[0].loss[4, 0]:.5f}, accuracy {100 * share:.0f} %." in told


def test_a_race_of_networks_has_no_minimum_to_arrive_at(folder: Path) -> None:
    data = Dataset.from_csv(folder / "some.csv", target="kind", inputs=["width", "length"])
    race = [GradientDescent(0.05), Adam(0.1)]
    story = Scene(Network(data, (3,)), race=race, steps=20).story()
    losses = [run.loss[-1, 0] for run in story.runs]
    best = ["Gradient descent", "Adam"][int(np.argmin(losses))]
    assert story.standing.arrived == (None, None)
    assert plain(Commentary(story).begin()) == "Same start, same number of steps: whose loss falls lowest?"
    assert plain(Commentary(story).end()) == f"After 20 steps {best} has the lowest loss."
    assert story.protocol.endswith("Ranked by their best loss.")
    film = Footage.of(Scene(Network(data, (3,)), race=race, steps=20, title="two"))
    assert not {"never", "stay below"} & set(words_on(film, film.shots[-1].moment))
    assert_tidy(film, film.shots[-1].moment)


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (1080, 1080), (640, 360)], ids=str)
def test_what_a_network_has_learnt_is_shown_unasked(folder: Path, size: tuple[int, int]) -> None:
    plane = Dataset.from_csv(folder / "some.csv", target="kind", inputs=["width", "length"]).split(0.3)
    numbers = Dataset.from_csv(folder / "some.csv", target="size", inputs=["width"])
    images = Dataset.from_npz(folder / "some.npz", inputs="images", target="labels")
    first = {
        DecisionBoundary: Network(plane.standardised(), (3,)),
        Predictions: Network(numbers, (3,)),
        WeightImages: Network(images),
    }
    for kind, network in first.items():
        film = Footage.of(Scene(network, Adam(0.05), steps=6, title="a network", size=size))
        assert kind in {type(view) for view, _ in film.views}
        for shot in (film.shots[0], film.shots[-1]):
            assert_tidy(film, shot.moment)
