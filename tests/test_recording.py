"""Training runs that are recorded as they go: what is kept, what is refused, and their films."""

import json
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenery import assert_any_order, assert_cache_is_exact, film_of, some
from screen import assert_tidy, words_on

import gdviz
from gdviz import Adam, History, PathPlane, Recorder, Scene, Training, TrainingRun, checkpoints, record
from gdviz.checkpoint_folder import READERS
from gdviz.cli import main
from gdviz.descent.loss import Loss
from gdviz.descent.models import array_of
from gdviz.descent.projection import NUMBERS, Projection
from gdviz.descent.training_run import Replay
from gdviz.film.sizes import bytes_of
from gdviz.problems import BadData, BadScene, MissingPackage
from gdviz.recorder import MOST_RECORDS
from gdviz.words import speaking


class Tensor:
    """A pretend tensor: it must be detached before it is an array, and is half of what NumPy knows."""

    def __init__(self, values: Any, requires_grad: bool = True) -> None:
        self.values, self.requires_grad = np.asarray(values, dtype=np.float32), requires_grad

    def detach(self) -> "Tensor":
        return Tensor(self.values, requires_grad=False)

    def cpu(self) -> "Tensor":
        return self

    def numpy(self) -> Any:
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")
        return self.values


class Model:
    """A pretend model of PyTorch: two weights that are learnt and one that is frozen."""

    def __init__(self) -> None:
        self.weight, self.bias = Tensor([[4.0, -2.0, 1.0]]), Tensor([1.0])
        self.frozen = Tensor([7.0], requires_grad=False)

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        yield from {"fc.weight": self.weight, "fc.bias": self.bias, "embedding": self.frozen}.items()

    @property
    def loss(self) -> float:
        return float((self.weight.values**2).sum() + (self.bias.values**2).sum())


class Optimizer:
    """A pretend optimizer of PyTorch that halves every weight."""

    def __init__(self, model: Model) -> None:
        self.model, self.hooks = model, dict[int, Any]()

    def register_step_pre_hook(self, hook: Any) -> Any:
        self.hooks[key := len(self.hooks)] = hook

        class Handle:
            remove = staticmethod(lambda: self.hooks.pop(key))

        return Handle

    def step(self) -> None:
        for hook in list(self.hooks.values()):
            hook(self, (), {})
        self.model.weight.values *= 0.5
        self.model.bias.values *= 0.5


def quiet(**options: Any) -> Recorder:
    """A recorder of a mapping that tells nobody."""
    return record(tell=lambda _: None, **options)


def recorded(steps: int = 40, **more: Any) -> Recorder:
    """A run that turns in four parameters, with every measure, tests at each fifth step."""
    run = quiet(name="Adam", **more)
    for k in range(steps):
        tests = {"test_loss": 0.5 + 1 / (k + 1), "test_accuracy": 1 - 0.5**k} if k % 5 == 0 else {}
        place = {"w": np.array([[np.cos(k / 9), np.sin(k / 9)]]) * 0.97**k, "b": 0.1 * k}
        run.log(k, place, 2 * 0.9**k, accuracy=1 - 0.6 * 0.9**k, **tests)
    return run


# ---- recording ----


def test_a_model_is_recorded_where_the_loss_was_seen() -> None:
    model = Model()
    with record(model) as run:
        for _ in range(5):
            run.step(Tensor(model.loss))
            Optimizer(model).step()
    found = run.training_run()
    assert list(found.weights) == ["fc.weight", "fc.bias"]  # what is not learnt is not recorded
    assert found.weights["fc.weight"][:, 0].tolist() == [[4 / 2**k, -2 / 2**k, 1 / 2**k] for k in range(5)]
    np.testing.assert_allclose(found.measures["loss"], [22 / 4**k for k in range(5)])
    assert found.steps.tolist() == [*range(5)]
    assert found.count == 4
    assert run.note == ""


@pytest.mark.parametrize("before", [True, False], ids=["before the step", "after the step"])
def test_a_watched_optimizer_lets_the_loss_be_told_before_or_after_its_step(before: bool) -> None:
    model = Model()
    optimizer = Optimizer(model)
    with record(model, optimizer) as run:
        for k in range(5):
            loss = model.loss
            if before:
                run.step(loss, accuracy=k / 5)
            optimizer.step()
            if not before:
                run.step(loss, accuracy=k / 5)
    optimizer.step()
    found = run.training_run()
    assert run.name == "Optimizer"
    assert found.weights["fc.bias"][:, 0].tolist() == [0.5**k for k in range(5)]
    np.testing.assert_allclose(found.measures["loss"], [22 / 4**k for k in range(5)])
    np.testing.assert_allclose(found.measures["accuracy"], np.arange(5) / 5)
    assert not optimizer.hooks  # it was left alone at the end of the block


def test_the_optimizer_is_left_alone_also_after_an_error() -> None:
    optimizer = Optimizer(model := Model())
    with pytest.raises(ZeroDivisionError), record(model, optimizer):
        1 / 0  # noqa: B018
    assert not optimizer.hooks


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    run = recorded()
    assert run.save(tmp_path / "run.npz").bytes == (tmp_path / "run.npz").stat().st_size
    read, kept = TrainingRun.load(tmp_path / "run.npz"), run.training_run()
    assert read == kept
    assert hash(read) == hash(kept)
    assert read != recorded(39).training_run()
    assert repr(read) == "<TrainingRun run.npz: 40 records of 40 steps, 3 parameters>"
    assert read.shapes == {"w": (1, 2), "b": ()}
    assert np.isfinite(read.measures["test_loss"]).sum() == 8


def test_what_gdviz_recorded_itself_is_a_training_run_too(tmp_path: Path) -> None:
    path = Adam(0.3).minimize("x**2 + 3*y**2", start=(2, 1), steps=30)
    path.save(tmp_path / "path.csv")
    run = TrainingRun.load(tmp_path / "path.csv")
    np.testing.assert_array_equal(run.measures["loss"], path.loss[:, 0])
    assert list(run.weights) == ["x", "y"]
    assert run.name == "Adam"


# ---- the budget ----


@settings(deadline=None, max_examples=40)
@given(st.integers(2, 400), st.integers(1, 4))
def test_what_does_not_fit_is_thinned_evenly(steps: int, every: int) -> None:
    numbers = 20
    run = quiet(budget=128 * (numbers * 8 + 40), every=every)
    for k in range(steps):
        run.log(3 * k, {"w": np.full(numbers, float(k))}, loss=float(k))
    if run._rows < 2:
        return
    found = run.training_run()
    assert len(found.steps) <= 128
    assert found.steps.tolist() == [*range(0, 3 * steps, 3 * found.every)]
    np.testing.assert_array_equal(found.weights["w"][:, 0], found.steps / 3)  # each row is still its own
    np.testing.assert_array_equal(found.measures["loss"], found.steps / 3)
    assert found.every == every * 2 ** round(np.log2(found.every / every))
    assert found.seen == steps


def test_what_was_measured_between_two_records_counts_for_the_next() -> None:
    run = quiet(budget=128 * (20 * 8 + 40))
    for k in range(1000):
        tests = {"test_loss": 5000.0 - k} if k % 125 == 3 else {}
        run.log(k, {"w": np.full(20, float(k))}, loss=float(k), **tests)
    found = run.training_run()
    at = np.flatnonzero(np.isfinite(found.measures["test_loss"]))
    assert found.every == 8
    assert found.steps[at].tolist() == [-(-(3 + 125 * k) // 8) * 8 for k in range(8)]
    assert found.measures["test_loss"][at].tolist() == [5000.0 - 3 - 125 * k for k in range(8)]


def test_what_was_left_out_is_told_once() -> None:
    told: list[str] = []
    run = record(budget="30 kB", tell=told.append)
    with run:
        for k in range(1000):
            run.log(k, {"w": np.full(20, float(k))}, loss=1.0)
    run.close()
    assert told == ["one in 8 of 1,000 steps is kept (125 records); the budget is 30 kB"]


def test_a_film_never_has_more_records_than_pictures() -> None:
    run = quiet()
    for k in range(3 * MOST_RECORDS):
        run.log(loss=float(k))
    assert len(run.training_run().steps) <= MOST_RECORDS


def test_many_parameters_are_projected_and_sampled_within_the_budget() -> None:
    sizes = {"a": (300, 200), "b": (70,)}
    noise = np.random.default_rng(3)
    start, way = ({name: noise.normal(size=size) for name, size in sizes.items()} for _ in range(2))
    run = quiet(budget="9 MB")
    for k in range(300):
        run.log(k, {name: start[name] + 0.01 * k * way[name] for name in sizes}, loss=1.0)
    assert run._places.nbytes + run._measures.nbytes + run._steps.nbytes <= bytes_of("9 MB")
    found = run.training_run()
    assert "of 60,070 parameters a random projection onto 1,021 numbers and 2,118 samples" in run.note
    assert found.count == 60_070
    assert found.shapes == sizes
    assert found.projected is not None
    assert found.explained[0] == pytest.approx(1.0)  # a straight line stays one
    length = 0.01 * found.steps[-1] * np.sqrt(sum((one**2).sum() for one in way.values()))
    assert abs(np.linalg.norm(found.path[-1] - found.path[0]) / length - 1) < 0.1
    assert set(found.weights["a"][0]) <= set(start["a"].ravel())
    np.testing.assert_array_equal(found.weights["b"][0], start["b"])


@pytest.mark.parametrize("seed", range(12))
def test_the_projection_keeps_lengths_as_it_promises(seed: int) -> None:
    noise = np.random.default_rng(seed)
    shapes = {"w": (int(noise.integers(2, 400)), 128), "b": (128,)}
    projection = Projection.of(shapes)
    parts = [noise.normal(size=shape).ravel() for shape in shapes.values()]
    row = np.empty(projection.width)
    projection.fill(row, parts)
    square = sum(float(part @ part) for part in parts)
    assert abs(float(row[:NUMBERS] @ row[:NUMBERS]) / square - 1) < 6 * np.sqrt(2 / NUMBERS)
    doubled = np.empty(projection.width)
    projection.fill(doubled, [2 * part for part in parts])
    np.testing.assert_allclose(doubled, 2 * row)


# ---- the run as a loss ----


def test_the_path_keeps_its_distances() -> None:
    run = recorded().training_run()
    whole = np.concatenate([run.weights["w"].reshape(40, -1), run.weights["b"].reshape(40, -1)], axis=1)
    apart = np.linalg.norm(whole[:, None] - whole, axis=-1)
    np.testing.assert_allclose(np.linalg.norm(run.path[:, None] - run.path, axis=-1), apart, atol=1e-9)
    spread = np.linalg.svd(whole - whole.mean(axis=0), compute_uv=False) ** 2
    np.testing.assert_allclose(run.explained, spread / spread.sum(), atol=1e-12)


def test_it_knows_its_losses_and_no_others() -> None:
    run = recorded().training_run()
    assert isinstance(run, Loss)
    np.testing.assert_array_equal(run.value(run.path), run.measures["loss"])
    assert np.isnan(run.value(run.path + 1e-3)).all()
    path = Replay(run).minimize(run)
    np.testing.assert_array_equal(path.loss[:, 0], run.measures["loss"])
    np.testing.assert_array_equal(path.params[:, 0], run.path)
    assert not path.sees_gradient


def test_a_run_that_rests_is_told_to_its_end() -> None:
    run = quiet()
    for k in range(10):
        run.log(k, {"w": [float(max(k, 4)), 1.0]}, loss=1.0)
    assert len(Scene(run.training_run()).story().losses(0)) == 10


@pytest.mark.parametrize("lost", [np.nan, np.inf])
@pytest.mark.parametrize("what", ["loss", "params"])
def test_divergence_is_content(lost: float, what: str) -> None:
    run = quiet()
    for k in range(9):
        bad = lost if k >= 6 else 0.0
        run.log(10 * k, {"w": [float(k), k * k + bad * (what == "params")]}, loss=k + bad * (what == "loss"))
    found = run.training_run()
    assert found.diverged
    assert len(found.path) == 6
    film = film_of(Scene(found, title="Lost"))
    assert film.account.long.endswith("Diverged at step 60: the loss left the range of numbers.")
    assert film.story.runs[0].ends[0].diverged


def test_a_loss_that_was_not_measured_everywhere_has_a_line_between() -> None:
    run = quiet()
    for k in range(9):
        run.log(k, {"w": [float(k)]}, loss=10.0 - k if k % 4 == 0 else None)
    assert run.training_run().losses.tolist() == [10.0 - k for k in range(9)]


# ---- what can't be used ----


def refuse(sentence: str, call: Callable[[], object], kind: type[Exception] = BadScene) -> None:
    with pytest.raises(kind) as caught:
        call()
    assert str(caught.value) == sentence


def log_twice(first: Any, second: Any) -> Callable[[], None]:
    def call() -> None:
        run = quiet()
        run.log(0, first, loss=1.0)
        run.log(1, second, loss=1.0)

    return call


def test_what_can_not_be_recorded_is_refused_in_a_sentence() -> None:
    model = "a PyTorch or Keras model, or a mapping of names to arrays; without one give params to run.log"
    refuse(f"record: 3 can't be used; allowed: {model}", lambda: record(3))
    refuse("every: 0 can't be used; allowed: a whole number from 1", lambda: record(every=0))
    sizes = "bytes, such as 5000000, 5MB (a million bytes each), 500KB or 4.5MiB"
    refuse(f"budget: 'much' can't be used; allowed: {sizes}", lambda: record(budget="much"))
    none = "give gdviz.record the model, or params to run.log"
    refuse(f"step: None can't be used; {none}", lambda: record().step(1.0))
    refuse("loss: 'low' can't be used; allowed: a number, or a tensor of one", lambda: record(Model()).step("low"))
    measures = "did you mean 'accuracy'? allowed: loss, test_loss, accuracy, test_accuracy"
    refuse(f"measure: 'acuracy' can't be used; {measures}", lambda: record(Model()).step(1.0, acuracy=1))
    watched = "allowed: an optimizer of PyTorch; with others call run.step"
    refuse(f"optimizer: 'Adam' can't be used; {watched}", lambda: record(Model(), "Adam"))
    had = "allowed: the shape (2,) that it had at step 0"
    refuse(f"params, w: (3,) can't be used; {had}", log_twice({"w": [1, 2]}, {"w": [1, 2, 3]}))
    refuse(f"params, w: 'v of the shape (2,)' can't be used; {had}", log_twice({"w": [1, 2]}, {"v": [1, 2]}))
    refuse("params: '0 parameters' can't be used; allowed: all 1 parameter of step 0", log_twice({"w": [1]}, {}))
    refuse("params, w: '<U1' can't be used; allowed: real numbers", log_twice({"w": ["a"]}, {}))
    with pytest.raises(BadScene, match=r"^params: 'loss' can't be used; allowed: other names than step, run, loss, "):
        log_twice({"loss": 1.0}, {})()
    run = recorded(3)
    refuse("step: 2 can't be used; allowed: whole numbers that grow, from 3 on", lambda: run.log(2, {}, loss=1.0))
    refuse("recording: 'run.csv' can't be used; allowed: a name that ends in .npz", lambda: run.save("run.csv"))
    few = "recording: '1 record' can't be used; a film needs at least two"
    refuse(few, lambda: recorded(1).save("run.npz"))
    little = quiet(budget="1 kB")
    with pytest.raises(BadScene, match=r"^budget: '1 kB' can't be used; allowed: at least 1.1 MB for this model$"):
        little.log(0, {"w": np.zeros(10)}, loss=1.0)


def table(path: Path, **columns: Any) -> Path:
    path.write_text(json.dumps(columns))
    return path


def test_files_that_are_no_training_run_are_refused(tmp_path: Path) -> None:
    here = tmp_path / "run.json"

    def load() -> TrainingRun:
        return TrainingRun.load(here)

    refuse(f"{here}: there is no such file", load, BadData)
    table(here, step=[0], w=[1.0], loss=[1.0])
    refuse(f"{here}: the run has one record; a film needs another one", load, BadData)
    table(here, step=[0, 1, 1], w=[1.0, 2.0, 3.0])
    refuse(f"{here}: step is 1 after 1; steps must grow", load, BadData)
    table(here, step=[0, 1.5], w=[1.0, 2.0])
    refuse(f"{here}: step is 1.5 in record 2, which is not a whole number", load, BadData)
    table(here, step=[0, 1], w=[1.0, 2.0], loss=["inf", 1.0])
    refuse(f"{here}: the loss at step 0 is not finite; a run must begin with finite numbers", load, BadData)
    table(here, step=[0, 1], run=[1, 2], w=[1.0, 2.0])
    refuse(f"{here}: there are 2 runs in it; a training run is filmed alone", load, BadData)
    table(here, step=[0, 1], accuracy=[0.5, 0.6])
    nothing = "there is neither a loss nor a parameter in it; allowed: loss, test_loss, accuracy, test_accuracy"
    refuse(f"{here}: {nothing}", load, BadData)
    with pytest.raises(BadScene, match=r"its end must say the format"):
        TrainingRun.load("run.txt")


def test_scenes_refuse_what_a_recording_does_not_know() -> None:
    run = recorded().training_run()
    with pytest.raises(BadScene, match=r"a training run went its own way already; leave it out$"):
        Scene(run, Adam(0.1))
    with pytest.raises(BadScene, match=r"^start: .* a training run begins where it began; leave it out$"):
        Scene(run, start=(1, 2, 3))
    with pytest.raises(BadScene, match=r"it shows a training run that was recorded; use TrainingRun.load\(path\)$"):
        Scene("m**2", Adam(0.1), views=[[Training()]])
    losses = quiet()
    for k in range(4):
        losses.log(loss=1.0 / (k + 1))
    with pytest.raises(BadScene, match=r"it shows where the parameters went, and none were recorded$"):
        Scene(losses.training_run(), views=[[PathPlane()]])
    with pytest.raises(BadScene, match=r"it shows the accuracy, which was not measured at two steps or more$"):
        Scene(losses.training_run(), views=[[Training(accuracy=True)]])


# ---- checkpoints ----


def safetensors(path: Path, kind: str = "F32", **arrays: Any) -> Path:
    """Write a file of the format safetensors."""
    header, content = dict[str, Any](), b""
    for name, values in arrays.items():
        array = np.asarray(values, dtype=np.float32)
        raw = (array.view(np.uint32) >> 16).astype("<u2").tobytes() if kind == "BF16" else array.tobytes()
        header[name] = {"dtype": kind, "shape": array.shape, "data_offsets": [len(content), len(content) + len(raw)]}
        content += raw
    head = json.dumps({"__metadata__": {"format": "pt"}, **header}).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + content)
    return path


@pytest.mark.parametrize("kind", ["F32", "BF16"])
def test_a_folder_of_checkpoints_is_a_run(tmp_path: Path, kind: str) -> None:
    for epoch in (10, 2, 9):
        safetensors(tmp_path / f"model_epoch{epoch}.safetensors", kind, w=[[epoch, 1.0]], b=[0.5])
    (tmp_path / "notes.txt").write_text("not a checkpoint")
    run = checkpoints(tmp_path, name="a run")
    assert run.steps.tolist() == [2, 9, 10]  # by number, not by letters
    assert run.weights["w"][:, 0, 0].tolist() == [2.0, 9.0, 10.0]
    film = film_of(Scene(run, title="Checkpoints"))
    assert "step 10" in words_on(film, film.shots[-1].moment)


def test_npz_checkpoints_bring_their_losses(tmp_path: Path) -> None:
    for step in range(3):
        np.savez(tmp_path / f"v2-step{step}-epoch0.npz", w=np.ones(3) * step, loss=1.0 / (step + 1))
    run = checkpoints(tmp_path)
    np.testing.assert_allclose(run.measures["loss"], [1, 1 / 2, 1 / 3])
    assert run.steps.tolist() == [0, 1, 2]


def test_other_checkpoints_are_refused_by_name(tmp_path: Path) -> None:
    def read() -> TrainingRun:
        return checkpoints(tmp_path)

    refuse(f"{tmp_path / 'none'}: there is no such folder", lambda: checkpoints(tmp_path / "none"), BadData)
    safetensors(tmp_path / "m1.safetensors", w=[[1.0, 2.0]])
    few = f"it has 1 checkpoint, and a film needs two; allowed: {', '.join(READERS)}"
    refuse(f"{tmp_path}: {few}", read, BadData)
    second = tmp_path / "m2.safetensors"
    safetensors(second, w=[[1.0], [2.0]])
    another = "this is another model"
    refuse(f"{second}: {another}: 'w' has the shape (2, 1), and (1, 2) in m1.safetensors", read, BadData)
    safetensors(second, w=[[1.0, 2.0]], b=[1.0])
    refuse(f"{second}: {another}: it has 'b', which m1.safetensors has not", read, BadData)
    safetensors(second, v=[1.0])
    refuse(f"{second}: {another}: there is no 'w' in it, which m1.safetensors has", read, BadData)
    second.write_bytes(b"\xff" * 40)
    refuse(f"{second}: this is no safetensors file: its header would be {2**64 - 1:,} bytes long", read, BadData)
    head = json.dumps({"w": {"dtype": "F32", "shape": [2], "data_offsets": [0, 800]}}).encode()
    second.write_bytes(len(head).to_bytes(8, "little") + head)
    refuse(f"{second}: this is no safetensors file: a tensor of the shape (2,) lies at bytes 0 to 800", read, BadData)
    second.rename(tmp_path / "last.safetensors")
    refuse(f"{tmp_path / 'last.safetensors'}: there is no number in its name, which would say its step", read, BadData)
    safetensors(tmp_path / "last.safetensors").rename(tmp_path / "n01.safetensors")
    same = "its name says step 1, and so does that of m1.safetensors"
    refuse(f"{tmp_path / 'n01.safetensors'}: {same}", read, BadData)


def test_pickled_objects_are_never_loaded(tmp_path: Path) -> None:
    for k in range(2):
        np.savez(tmp_path / f"{k}.npz", w=np.array([print], dtype=object))
    with pytest.raises(BadData, match=r"0\.npz: this is no NPZ file of plain arrays: Object arrays cannot be loaded"):
        checkpoints(tmp_path)


def test_checkpoints_of_pytorch_need_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    for k in range(2):
        (tmp_path / f"{k}.pt").write_bytes(b"")
    with pytest.raises(MissingPackage, match=r"^reading 0\.pt needs the package torch, .*: pip install torch$"):
        checkpoints(tmp_path)


# ---- films ----

LOOKS: list[dict[str, Any]] = [
    {"size": (1280, 720)},
    {"size": (640, 360), "theme": "dark", "lang": "de"},
    {"size": (1080, 1080), "lang": "fr"},
    {"size": (720, 1280), "lang": "ja"},
]


def scene(**looks: Any) -> Scene:
    return Scene(recorded().training_run(), title="Training", **looks)


@pytest.mark.parametrize("looks", LOOKS, ids=lambda looks: "x".join(map(str, looks["size"])))
def test_films_are_tidy(looks: dict[str, Any]) -> None:
    film = film_of(scene(**looks))
    with speaking(film.scene.lang):
        for shot in [film.shots[0], *some(film.shots, 4, 1), film.shots[-1]]:
            assert_tidy(film, shot.moment)


@pytest.mark.parametrize("lang", ["en", "de", "es", "fr", "ja", "pt", "zh"])
def test_a_thinned_run_of_large_numbers_says_so_in_every_language(lang: str) -> None:
    run = quiet(budget="9 MB", name="AdamW")
    for k in range(0, 2_000_000, 10_000):
        run.log(k, {"w": np.full(200_000, np.float32(k))}, loss=1.0, test_loss=2.0)
    film = film_of(Scene(run.training_run(), title="Long", lang=lang))
    with speaking(lang):
        for shot in (film.shots[0], film.shots[-1]):
            assert_tidy(film, shot.moment)
    assert run.training_run().projected is not None


def test_cached_frames_are_those_painted_from_scratch() -> None:
    film = film_of(scene(size=(640, 360)))
    assert_cache_is_exact(film.compositor, [shot.moment for shot in film.shots[::3]], 4, 7)
    assert_any_order(film.compositor, [shot.moment for shot in some(film.shots, 6, 2)])


def test_steps_are_counted_as_they_were_made_not_as_they_were_kept() -> None:
    run = quiet()
    for k in range(5):
        run.log(100 * k, {"w": [k, k * k, 1.0]}, loss=5.0 - k)
    film = film_of(Scene(run.training_run(), title="Hundreds"))
    assert {"step 400", "of 400"} <= set(words_on(film, film.shots[-1].moment))
    assert film.story.counted(film.shots[-1].moment) == (400, 400)
    assert not any("look" in words_on(film, shot.moment) for shot in film.shots[:3])


def test_the_usual_views_show_what_there_is() -> None:
    def kinds(run: Recorder) -> list[str]:
        film = film_of(Scene(run.training_run(), title="T"))
        return [type(view).__name__ for view, _ in film.views[:-1]]

    assert kinds(recorded()) == ["PathPlane", "Training", "Training"]
    losses, path = quiet(), quiet()
    for k in range(6):
        losses.log(loss=1.0 / (k + 1))
        path.log(params={"w": [k, 1.0]})
    assert kinds(losses) == ["Training"]
    assert kinds(path) == ["PathPlane"]
    film = film_of(Scene(path.training_run(), title="T"))
    assert film.account.long.endswith("This was the way of 5 steps.")


def test_a_run_of_one_number_and_one_that_stands_still_are_filmed() -> None:
    still, alone = quiet(), quiet()
    for k in range(4):
        still.log(params={"w": [1.0, 2.0]}, loss=1.0)
        alone.log(params={"m": 3.0 - k}, loss=(3.0 - k) ** 2)
    for run in (still, alone):
        film = film_of(Scene(run.training_run(), title="T"))
        assert_tidy(film, film.shots[-1].moment)
        film.picture(film.shots[-1].moment)


def test_other_views_and_paces_fit() -> None:
    film = film_of(scene(views=[[History(link=False), Training()]], pace=2))
    film.picture(film.shots[-1].moment)
    assert len(film.shots) == 2 * 39 + 1


def test_the_command_line_shows_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(6).save(tmp_path / "run.npz")
    out = tmp_path / "last.png"
    assert main(["show", str(tmp_path / "run.npz"), "-o", str(out), "--size", "640x360", "--quiet"]) in (0, None)
    assert out.exists()
    assert main(["show", str(tmp_path / "run.npz"), "--lr", "0.1"]) == 2
    assert "--learning-rate: a training run can't be changed; leave it out" in capsys.readouterr().err
    assert main(["show", str(tmp_path / "no.npz")]) == 2
    assert "there is no such file" in capsys.readouterr().err


def test_recording_loads_no_drawing() -> None:

    script = (
        "import sys, gdviz; gdviz.record; assert 'matplotlib' not in sys.modules; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
    assert gdviz.record is record


# ---- with the libraries themselves ----


@pytest.mark.adapters
def test_pytorch_is_recorded_bit_by_bit(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 1))
    optimizer = torch.optim.Adam(model.parameters(), 0.02)
    inputs, targets = torch.randn(64, 5), torch.randn(64, 1)
    places, losses = [], []
    with record(model, optimizer, name="Adam") as run:
        for k in range(30):
            optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(model(inputs), targets)
            loss.backward()
            places.append({name: one.detach().numpy().copy() for name, one in model.named_parameters()})
            losses.append(float(loss.detach()))
            optimizer.step()
            run.step(loss)
            if k % 10 == 0:
                torch.save({"model_state_dict": model.state_dict(), "loss": losses[-1]}, tmp_path / f"step_{k}.pt")
    run.save(tmp_path / "run.npz")
    found = TrainingRun.load(tmp_path / "run.npz")
    assert found.measures["loss"].tolist() == losses
    for name, values in found.weights.items():
        np.testing.assert_array_equal(values, [place[name] for place in places])
    saved = checkpoints(tmp_path, name="saved") if (tmp_path / "run.npz").rename(tmp_path / "run.bin") else None
    assert saved is not None
    assert saved.steps.tolist() == [0, 10, 20]
    assert saved.measures["loss"].tolist() == losses[::10]
    np.testing.assert_array_equal(saved.weights["0.weight"][1], places[11]["0.weight"])
    half = model.to(torch.bfloat16)
    with record(half, tell=lambda _: None) as other:
        other.step(torch.tensor(1.0, requires_grad=True))
        other.step(torch.tensor([[2.0]]))
    expected = half[0].weight.detach().float().numpy()
    np.testing.assert_array_equal(other.training_run().weights["0.weight"][0], expected)


@pytest.mark.adapters
def test_pickles_among_checkpoints_of_pytorch_are_not_run(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    for k in range(2):
        (tmp_path / f"{k}.pt").write_bytes(pickle.dumps(Scene))
    with pytest.raises(BadData, match=r"0\.pt: PyTorch does not read it as weights alone: "):
        checkpoints(tmp_path)


@pytest.mark.adapters
def test_safetensors_are_read_as_their_library_writes_them(tmp_path: Path) -> None:
    library = pytest.importorskip("safetensors.numpy")
    noise = np.random.default_rng(5)
    wanted = [{name: noise.normal(size=(3, k)).astype(kind) for name, kind in KINDS.items()} for k in (2, 2)]
    for k, arrays in enumerate(wanted):
        library.save_file(arrays, tmp_path / f"at{k}.safetensors", metadata={"format": "np"})
    run = checkpoints(tmp_path)
    for name in KINDS:
        np.testing.assert_array_equal(run.weights[name], [arrays[name] for arrays in wanted])


KINDS = {"a": "f4", "b": "f8", "c": "f2"}


@pytest.mark.adapters
def test_keras_is_recorded_by_a_callback(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(2)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, "tanh"), keras.layers.Dense(2, "softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    noise = np.random.default_rng(1)
    inputs, labels = noise.normal(size=(64, 4)), noise.integers(0, 2, 64)
    start = [array_of(one.value).copy() for one in model.trainable_weights]
    run = record(model, name="SGD")
    callbacks = [run.keras_callback()]
    test = (inputs[:16], labels[:16])
    model.fit(inputs, labels, batch_size=16, epochs=3, verbose=0, validation_data=test, callbacks=callbacks)
    found = run.training_run()
    assert len(found.steps) == 3 * 4
    for values, first in zip(found.weights.values(), start, strict=True):
        np.testing.assert_array_equal(values[0], first)
    assert np.isfinite(found.measures["loss"]).all()
    assert np.isfinite(found.measures["accuracy"]).all()
    assert np.flatnonzero(np.isfinite(found.measures["test_loss"])).tolist() == [4, 8]  # known at the next step
