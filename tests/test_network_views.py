"""A network with its weights and gradients: every number on the screen, and the pictures."""

import importlib
import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from scenery import ROOT, assert_any_order, assert_cache_is_exact, film_of, phases, scene_of, some
from screen import assert_tidy, moving, show, still, words_on

from gdviz import Adam, ChainRule, Dataset, GradientDescent, History, Momentum, Network, NetworkGraph, Run, Scene
from gdviz.account import plain
from gdviz.descent.digits import digits
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.picture.propagation import Propagation, closes, edges
from gdviz.picture.rows import views_of
from gdviz.picture.sprite import Label
from gdviz.problems import BadData, BadScene
from gdviz.telling import Teller
from gdviz.words import number

SCENE = scene_of(ROOT / "scenes" / "backpropagation.py")
VIEWS = [[NetworkGraph()], [ChainRule()]]
INPUTS, TARGET = (0.5, -1.0), 1.0
START = (0.8, -0.6, -0.4, 0.9, -0.1, -0.2, 0.7, -1.1, -0.3)
WEIGHTS, INTERCEPTS = ("w₁", "w₂", "w₃", "w₄", "v₁", "v₂"), ("b₁", "b₂", "c")
PLACE = dict(zip(("w₁", "w₂", "w₃", "w₄", "b₁", "b₂", "v₁", "v₂", "c"), range(9), strict=True))


def one_example(cost: str = "cross_entropy", **more: Any) -> Network:
    data = Dataset([INPUTS], [int(TARGET)], classes=["no", "yes"])
    return Network(data, (2,), "sigmoid", cost, **more)


# --- every number on the screen -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What goes through the 2-2-1 network: of its three units, h₁, h₂ and the prediction."""

    sums: tuple[float, float, float]
    outputs: tuple[float, float, float]
    slopes: tuple[float, float, float]
    sent_back: tuple[float, float, float]
    gradients: tuple[float, ...]
    loss: float


def sigmoid(z: float) -> float:
    return 1.0 / (1.0 + math.exp(-z))


def cost_of(cost: str, prediction: float) -> float:
    return -math.log(prediction) if cost == "cross_entropy" else (prediction - TARGET) ** 2


def by_hand(cost: str, point: tuple[float, ...]) -> Known:
    w1, w2, w3, w4, b1, b2, v1, v2, c = point
    x1, x2 = INPUTS
    z1, z2 = w1 * x1 + w3 * x2 + b1, w2 * x1 + w4 * x2 + b2
    h1, h2 = sigmoid(z1), sigmoid(z2)
    z = v1 * h1 + v2 * h2 + c
    p = sigmoid(z)
    own = p * (1 - p)
    back = p - TARGET if cost == "cross_entropy" else 2 * (p - TARGET) * own
    s1, s2 = h1 * (1 - h1), h2 * (1 - h2)
    d1, d2 = back * v1 * s1, back * v2 * s2
    gradients = (d1 * x1, d2 * x1, d1 * x2, d2 * x2, d1, d2, back * h1, back * h2, back)
    return Known((z1, z2, z), (h1, h2, p), (s1, s2, own), (d1, d2, back), gradients, cost_of(cost, p))


def by_differences(cost: str, point: tuple[float, ...]) -> Known:
    """The same by central differences: of the weights, and of each unit's sum, to which something is added."""

    def loss(weights: tuple[float, ...], added: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> float:
        w1, w2, w3, w4, b1, b2, v1, v2, c = weights
        h1 = sigmoid(w1 * INPUTS[0] + w3 * INPUTS[1] + b1 + added[0])
        h2 = sigmoid(w2 * INPUTS[0] + w4 * INPUTS[1] + b2 + added[1])
        return cost_of(cost, sigmoid(v1 * h1 + v2 * h2 + c + added[2]))

    def slope(of: Callable[[float], float]) -> float:
        return (of(1e-5) - of(-1e-5)) / 2e-5

    def moved(k: int) -> Callable[[float], float]:
        return lambda by: loss(tuple(value + by * (j == k) for j, value in enumerate(point)))

    def pushed(unit: int) -> Callable[[float], float]:
        return lambda by: loss(point, tuple(by * (unit == j) for j in range(3)))  # type: ignore[arg-type]

    known = by_hand(cost, point)
    slopes = tuple(slope(lambda by, z=z: sigmoid(z + by)) for z in known.sums)  # type: ignore[misc]
    sent = tuple(slope(pushed(unit)) for unit in range(3))
    return Known(known.sums, known.outputs, slopes, sent, tuple(slope(moved(k)) for k in range(9)), loss(point))  # type: ignore[arg-type]


def by_torch(cost: str, point: tuple[float, ...]) -> Known:
    """The same by PyTorch, which keeps the gradients of everything on the way."""
    torch = importlib.import_module("torch")
    leaf = torch.tensor(point, dtype=torch.float64, requires_grad=True)
    row = torch.tensor(INPUTS, dtype=torch.float64)
    sums = row @ leaf[:4].reshape(2, 2) + leaf[4:6]
    middle = torch.sigmoid(sums)
    output = middle @ leaf[6:8] + leaf[8]
    for one in (sums, middle, output):
        one.retain_grad()
    target = torch.tensor(TARGET, dtype=torch.float64)
    prediction = torch.sigmoid(output)
    prediction.retain_grad()
    if cost == "cross_entropy":
        loss = torch.nn.functional.binary_cross_entropy_with_logits(output, target)
    else:
        loss = torch.nn.functional.mse_loss(prediction, target)
    loss.backward()
    slopes = (sums.grad / middle.grad).tolist()
    own = torch.autograd.functional.jacobian(torch.sigmoid, output.detach())
    sent = (*sums.grad.tolist(), float(output.grad))
    outputs = (*middle.detach().tolist(), float(prediction.detach()))
    return Known(
        (*sums.detach().tolist(), float(output.detach())), outputs, (*slopes, float(own)), sent,
        tuple(leaf.grad.tolist()), float(loss.detach()),
    )  # fmt: skip


SOURCES = [by_hand, by_differences, pytest.param(by_torch, marks=pytest.mark.adapters)]


def numbers_on(film: Footage, moment: Moment) -> Counter[str]:
    """Every text under the heading that has a number in it."""
    show(film.compositor, moment)
    kept = [label for label in still(film.compositor) if isinstance(label, Label)]
    return Counter(
        label.words
        for label in [*kept, *moving(film.compositor, moment)]
        if label.y > 128 and re.search("[0-9]", label.words)
    )


def shown(value: float, places: int = 3) -> str:
    return number(value, places)


def bracketed(value: float) -> str:
    return f"({shown(value)})" if value < 0 else shown(value)


def of_graph(cost: str, known: Known, point: tuple[float, ...], phase: Phase, step: tuple[float, ...]) -> Iterator[str]:
    """Every number that the graph is to show at the end of a phase, but for the loss, which has decimals of its own."""
    yield from ("0.5", "−1", "target 1", *map(shown, known.outputs))
    for name, place in PLACE.items():
        yield f"{name} {shown(point[place])}"
    if phase is not Phase.DECIDE:
        yield from (f"sum {shown(value)}" for value in known.sums)
        if phase is Phase.MOVE:
            yield from (f"{'' if change < 0 else '+'}{shown(change)}" for change in step)
        return
    yield from (shown(known.gradients[PLACE[name]]) for name in WEIGHTS)
    yield from (f"sends back {shown(value)}" for value in known.sent_back)
    yield from (f"sigmoid slope {shown(value)}" for value in known.slopes[:2])
    if cost == "cross_entropy":
        yield f"sum {shown(known.sums[2])}"
    else:
        yield f"sigmoid slope {shown(known.slopes[2])}"
        yield "2 × (prediction − target) × slope"


def of_rule(known: Known, point: tuple[float, ...], phase: Phase, step: int, new: tuple[float, ...]) -> Iterator[str]:
    """Every number that the rule is to show: it follows w₁, then v₁, then w₄."""
    name, input_, unit = (("w₁", 0, 0), ("v₁", None, 2), ("w₄", 1, 1))[min(step, 2)]
    gradient, sent = known.gradients[PLACE[name]], known.sent_back[2]
    if phase is Phase.LOOK:
        yield shown(known.sums[unit])
        if input_ is None:
            (h1, h2), v1, v2, c = known.outputs[:2], *point[6:]
            yield from (shown(h1), bracketed(v1), bracketed(h2), bracketed(v2), bracketed(c))
        else:
            first, second = ("w₁", "w₃") if unit == 0 else ("w₂", "w₄")
            yield from ("0.5", "(−1)", bracketed(point[PLACE[first]]), bracketed(point[PLACE[second]]))
            yield bracketed(point[4 + unit])
        yield shown(known.outputs[unit])
    elif phase is Phase.DECIDE:
        yield from (shown(gradient), shown(sent))
        if input_ is None:
            yield bracketed(known.outputs[0])
        else:
            yield from (bracketed(point[6 + unit]), shown(known.slopes[unit]), ("0.5", "(−1)")[input_])
    else:
        yield from (shown(new[PLACE[name]]), shown(point[PLACE[name]]), "0.5", bracketed(gradient))


@pytest.mark.parametrize("cost", ["cross_entropy", "mean_squared_error"])
@pytest.mark.parametrize("source", SOURCES)
def test_every_number_on_the_screen_is_right(source: Callable[..., Known], cost: str) -> None:
    film = film_of(SCENE.with_(loss=one_example(cost)), pace="lesson")
    path = film.story.runs[0].params[:, 0]
    assert path[0] == pytest.approx(START)
    seen = 0
    for shot in phases(film):
        moment = shot.moment
        if moment.phase not in (Phase.LOOK, Phase.DECIDE, Phase.MOVE) or moment.brisk:
            continue
        point, new = (tuple(path[moment.step + k].tolist()) for k in (0, 1))
        known, step = source(cost, point), tuple((np.subtract(new, point)).tolist())
        here = new if moment.phase is Phase.MOVE else point
        drawn = source(cost, here)
        expected = [*of_graph(cost, drawn, here, moment.phase, step), shown(drawn.loss, digits(film.story).loss)]
        expected += of_rule(known, point, moment.phase, moment.step, new)
        assert numbers_on(film, moment) == Counter(expected), moment
        seen += 1
    assert seen >= 6  # three phases of two steps at least


@pytest.mark.parametrize("source", SOURCES)
def test_every_number_of_the_last_picture_is_right(source: Callable[..., Known]) -> None:
    film = film_of(SCENE, pace="brief")
    point = tuple(film.story.runs[0].params[-1, 0].tolist())
    known = source("cross_entropy", point)
    expected = [*of_graph("cross_entropy", known, point, Phase.DECIDE, ()), shown(known.loss, 4)]
    expected += of_rule(known, point, Phase.DECIDE, 20, point)
    assert numbers_on(film, film.shots[-1].moment) == Counter(expected)


def test_the_equations_of_the_slow_steps_close_as_they_are_shown() -> None:
    passes = Propagation(SCENE.story(), 0, 0, "")
    assert passes.places == 3
    for step in range(3):
        assert closes(passes.chain(step), 3)
        assert closes(passes.update(step), 3)
    assert not closes([passes.chain(0)[0], *passes.chain(1)[1:]], 3)


# --- the laws of the equations ------------------------------------------------------------------------------------

KINDS = {
    "two classes": Dataset([[1.0, 2.0], [-1.0, 0.5], [0.3, -2.0]], [0, 1, 1]),
    "three classes": Dataset([[1.0, 2.0], [-1.0, 0.5], [0.3, -2.0]], [0, 1, 2]),
    "numbers": Dataset([[1.0, 2.0], [-1.0, 0.5], [0.3, -2.0]], [0.5, 1.5, -2.5]),
}


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("hidden", [(), (2,), (3, 4)])
@pytest.mark.parametrize("kind", KINDS)
def test_the_factors_of_every_weight_give_its_gradient(kind: str, hidden: tuple[int, ...], activation: str) -> None:
    network = Network(KINDS[kind], hidden, activation, seed=3)
    start = np.random.default_rng(2).normal(size=network.about.dim)
    story = Scene(network, GradientDescent(0.1), start=start.tolist(), steps=2).story()
    for edge in edges(network):
        passes = Propagation(story, 0, 1, edge.name)
        gradient, *factors = (term.value for term in passes.chain(1))
        slopes = network.on(network.data.part(np.array([1])))(story.runs[0].params[1, 0])[1]
        assert gradient == pytest.approx(slopes[edge.place], rel=1e-12, abs=1e-300)
        assert math.prod(factors) == pytest.approx(gradient, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("kind", KINDS)
def test_what_reaches_a_unit_adds_up_to_its_sum(kind: str) -> None:
    network = Network(KINDS[kind], (2,), seed=3)
    story = Scene(network, GradientDescent(0.1), steps=2).story()
    for edge in edges(network):
        total, *terms = Propagation(story, 0, 2, edge.name).sums(1)
        terms = [term for term in terms if term.sign != "→"]
        found, product = 0.0, 0.0
        for term in terms:
            if term.sign == "×":
                product *= term.value
            else:
                found, product = found + product, term.value
        assert found + product == pytest.approx(total.value, rel=1e-12)


def test_the_names_follow_the_order_of_the_parameters() -> None:
    names = [edge.name for edge in edges(one_example())]
    assert names == ["w1", "w2", "w3", "w4", "b1", "b2", "v1", "v2", "c"]
    assert [edge.place for edge in edges(one_example())] == list(range(9))
    bare = edges(one_example(intercepts=False))
    assert [edge.name for edge in bare] == ["w1", "w2", "w3", "w4", "v1", "v2"]


# --- what is said ---------------------------------------------------------------------------------------------------


def test_the_phases_are_called_forward_backward_and_update() -> None:
    film = film_of(SCENE, pace="lesson")
    said = {
        shot.moment.phase: plain(shot.moment.sentence)
        for shot in film.shots
        if shot.moment.step == 0 and shot.moment.phase in (Phase.LOOK, Phase.DECIDE, Phase.MOVE)
    }
    assert {phase: words.partition(":")[0] for phase, words in said.items()} == {
        Phase.LOOK: "Forward", Phase.DECIDE: "Backward", Phase.MOVE: "Update",
    }  # fmt: skip
    for shot in phases(film):
        if shot.moment.step == 0 and shot.moment.phase in said:
            words = words_on(film, shot.moment)
            assert {"forward", "backward", "update"} <= set(words)
            assert not {"look", "decide", "move"} & set(words)


def test_the_update_says_what_it_follows_and_where_it_leads() -> None:
    data = Dataset([INPUTS], [2.0])
    said = set()
    for optimizer in (GradientDescent(0.05), GradientDescent(0.9), Momentum(0.1, 0.9)):
        story = Scene(Network(data, (2,), seed=1), optimizer, steps=12).story()
        path, teller = story.runs[0], Teller(story, 0, passes=True)
        for step in range(story.last(0)):
            words = plain(teller.phase(step, Phase.MOVE))
            against = (path.step[step] * path.gradient[step] <= 0).all()
            assert ("goes against its gradient" in words, "the rule gives" in words) == (against, not against)
            assert words.endswith("falls." if path.loss[step + 1] < path.loss[step] else "rises.")
            said.add(words)
    assert len(said) == 4
    many = Scene(Network(KINDS["two classes"], (2,)), GradientDescent(0.5), steps=3).story()
    mean = "Update: each weight follows the mean gradient of many examples."
    assert plain(Teller(many, 0, passes=True).phase(0, Phase.MOVE)) == mean


def test_numbers_come_from_the_inputs_to_the_loss_and_back() -> None:
    film = film_of(SCENE, pace="lesson")
    counts: dict[Phase, list[int]] = {Phase.LOOK: [], Phase.DECIDE: []}
    for shot in film.shots:
        if shot.moment.step == 0 and shot.moment.phase in counts:
            counts[shot.moment.phase].append(numbers_on(film, shot.moment).total())
    for found in counts.values():
        assert found == sorted(found)
        assert found[-1] > found[0] + 5


# --- pictures -------------------------------------------------------------------------------------------------------

NUMBERS = np.random.default_rng(5)
FLOWERS = Dataset(
    NUMBERS.normal(size=(30, 4)), np.arange(30) % 3, classes=["setosa", "versicolor", "virginica"],
    input_names=["sepal length in cm", "sepal width", "petal length", "petal width"],
)  # fmt: skip
PICTURES = {
    "squared error": Scene(one_example("mean_squared_error"), GradientDescent(2.0), start=START, steps=12, views=VIEWS),
    "hinge": Scene(
        one_example("hinge"), Adam(0.1), steps=12, views=[[NetworkGraph(follow="b2")], [ChainRule(follow="b2")]]
    ),
    "numbers": Scene(
        Network(KINDS["numbers"], (2,), "relu"), Adam(0.1), steps=12, views=[[NetworkGraph(2)], [ChainRule(2)]]
    ),
    "no hidden layer": Scene(Network(KINDS["two classes"]), GradientDescent(0.5), steps=12, views=VIEWS),
    "without intercepts": Scene(one_example(intercepts=False), GradientDescent(0.5), steps=12, views=VIEWS),
    "three classes": Scene(Network(KINDS["three classes"], (3,), l2=0.1), GradientDescent(0.5), steps=12, views=VIEWS),
    "large": Scene(
        Network(FLOWERS, (6, 6)), Adam(0.05), steps=12, views=[[NetworkGraph(7), History()], [ChainRule(7)]]
    ),
    "mini-batches": Scene(Network(FLOWERS, (4,), batch_size=6), Adam(0.05), steps=12, views=VIEWS),
    "two runs": Scene(
        one_example(), start=START, steps=8, views=VIEWS,
        runs=[Run("Gradient descent.", GradientDescent(0.5)), Run("Adam.", Adam(0.2))],
    ),
    "diverging": Scene(Network(KINDS["numbers"], (2,), "relu"), GradientDescent(50.0), steps=12, views=VIEWS),
}  # fmt: skip
OF_EACH = pytest.mark.parametrize("scene", PICTURES.values(), ids=PICTURES)
SIZES = [(1280, 720), (640, 360), (1080, 1080), (720, 1280)]


@OF_EACH
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_no_text_is_clipped_or_lies_over_another(scene: Scene, size: tuple[int, int]) -> None:
    alone = [[view] for view in views_of(scene.views)]
    square = [row for row in alone if not isinstance(row[0], History)]  # which has no room for a third panel
    given = scene.views if size[0] > size[1] else square if size[0] == size[1] else alone
    film = film_of(scene, size=size, pace="lesson", title="A network", views=given)
    for shot in [*phases(film), *some(film.shots, 8, seed=5)]:
        assert_tidy(film, shot.moment)


@OF_EACH
@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_cached_frames_equal_frames_painted_from_scratch(scene: Scene, theme: str) -> None:
    film = film_of(scene, size=(640, 360), pace="lesson", title="", theme=theme)
    moments = [shot.moment for shot in film.shots if shot.moment.step < 2][::5]
    moments.append(film.shots[-1].moment)
    assert_cache_is_exact(film.compositor, moments, 6, seed=3)
    assert_any_order(film.compositor, moments[::4])


def test_a_small_network_has_all_its_numbers_in_a_wide_frame_and_fewer_in_a_narrow_one() -> None:
    wide, tall = (film_of(SCENE, size=size) for size in ((1280, 720), (720, 1280)))
    assert "w₁ 0.800" in words_on(wide, wide.shots[0].moment)
    assert "w₁ 0.800" not in words_on(tall, tall.shots[0].moment)
    assert any(words.startswith("The wider the line") for words in words_on(tall, tall.shots[0].moment))


# --- what can't be shown --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "view", "sentence"),
    [
        (
            Network(FLOWERS, (7,)),
            NetworkGraph(),
            "views: 'NetworkGraph()' can't be used; it has room for 6 units in a layer and 2 hidden layers, "
            "and this network is 4-7-3; use History()",
        ),
        (
            Network(FLOWERS, (2, 2, 2)),
            ChainRule(),
            "views: 'ChainRule()' can't be used; it has room for 6 units in a layer and 2 hidden layers, "
            "and this network is 4-2-2-2-3; use History()",
        ),
        (
            one_example(),
            NetworkGraph(example=1),
            "NetworkGraph, example: 1 can't be used; allowed: a whole number from 0 to 0, its row in the data",
        ),
        (
            one_example(),
            ChainRule(follow="w9"),
            "ChainRule, follow: 'w9' can't be used; allowed: w1, w2, w3, w4, b1, b2, v1, v2, c",
        ),
        (
            "(m - 3)**2",
            NetworkGraph(),
            "views: 'NetworkGraph()' can't be used; it shows what a network has learnt, and this loss is none; "
            "use Network(data)",
        ),
    ],
)
def test_what_can_t_be_shown_is_said_in_a_sentence(loss: Any, view: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as caught:
        Scene(loss, GradientDescent(0.1), steps=2, views=[[view]])
    assert str(caught.value) == sentence


def test_a_race_has_no_single_way_forward_and_back() -> None:
    with pytest.raises(BadScene, match="it shows one run at a time; in a race use"):
        Scene(one_example(), race=[GradientDescent(0.1), Adam(0.1)], steps=2, views=VIEWS)


def test_one_example_alone_needs_the_names_of_its_classes() -> None:
    assert Dataset([[1.0]], [1], classes=["no", "yes"]).labels.tolist() == [1]
    with pytest.raises(BadData, match="the class is '1' in every row; at least two classes are needed"):
        Dataset([[1.0]], [1])
    with pytest.raises(BadData, match="the class is 'yes' in every row; at least two classes are needed"):
        Dataset([[1.0], [2.0]], [1, 1], classes=["no", "yes"])


def test_the_scene_ends_closer_to_its_target() -> None:
    story = SCENE.story()
    said = [Propagation(story, 0, 0, "").prediction(position)[0] for position in range(story.last(0) + 1)]
    assert said[0] < 0.5 < 0.9 < said[-1]
    assert np.all(np.diff(said) > 0)
