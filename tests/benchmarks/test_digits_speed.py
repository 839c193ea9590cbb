"""How fast the digits are learnt, beside PyTorch, and filmed, beside the bare encoder."""

from pathlib import Path
from time import process_time
from typing import Any

import pytest
from measure import race, report
from test_speed import encode

from gdviz import Adam, ConfusionMatrix, Dataset, GradientDescent, Histograms, Network, Scene, Scores, WeightImages
from gdviz.film.write import write
from gdviz.renderer import prepare, render

pytestmark = pytest.mark.benchmark

DATA = Path(__file__).parents[2] / "scenes" / "data" / "digits.npz"
STEPS = 100
ROUNDS = 3
OVER_ENCODER = 3.0
SLOWER_THAN_TORCH = 1.0
METHODS = {"SGD": (GradientDescent(0.5), 0.5), "Adam": (Adam(1e-4), 1e-4)}


def digits() -> Dataset:
    return Dataset.from_npz(DATA, inputs="images", target="labels").divided(16)


@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_filming_the_digits_takes_at_most_three_times_their_encoding(suffix: str, tmp_path: Path) -> None:
    scene = Scene(
        Network(digits().split(0.25)),
        GradientDescent(0.5),
        steps=STEPS,
        views=[[(WeightImages(), Scores()), (ConfusionMatrix(), Histograms())]],
        title="Digits",
    )
    target = tmp_path / f"film{suffix}"
    ready = prepare(scene, [target])
    pictures = [(picture.copy(), ticks) for picture, ticks in ready.frames()]

    def encoding() -> None:
        if suffix == ".mp4":
            encode([picture for picture, ticks in pictures for _ in range(ticks)], tmp_path / "bare.mp4", scene.fps)
        else:
            write(pictures, [tmp_path / "bare.gif"], ready.spec, [])

    found = race({"whole": lambda: render(scene, target), "encoding": encoding}, ROUNDS)
    ratio = found["whole"] / found["encoding"]
    report(
        f"Digits, {STEPS} steps, four views at 1280 x 720, {suffix}, {len(pictures)} frames: median of {ROUNDS}",
        [
            ("learning, drawing and encoding", f"{found['whole']:.2f} s"),
            ("encoding alone, frames in memory", f"{found['encoding']:.2f} s"),
            (f"ratio, at most {OVER_ENCODER:.0f}", f"{ratio:.2f}"),
        ],
    )
    assert ratio <= OVER_ENCODER


@pytest.mark.parametrize("name", METHODS)
def test_learning_the_digits_takes_no_longer_than_with_pytorch(name: str) -> None:
    torch: Any = pytest.importorskip("torch")
    torch.set_num_threads(1)
    optimizer, rate = METHODS[name]
    data = digits()
    inputs, labels = torch.tensor(data.inputs.copy()), torch.tensor(data.labels)
    ends = {}

    def ours() -> None:
        ends["gdviz"] = float(optimizer.minimize(Network(data), steps=STEPS).loss[-1, 0])

    def theirs() -> None:
        weights = torch.zeros(64, 10, dtype=torch.float64, requires_grad=True)
        intercepts = torch.zeros(10, dtype=torch.float64, requires_grad=True)
        method = getattr(torch.optim, name)([weights, intercepts], lr=rate)
        for _ in range(STEPS):
            method.zero_grad()
            torch.nn.functional.cross_entropy(inputs @ weights + intercepts, labels).backward()
            method.step()
        with torch.no_grad():
            ends["PyTorch"] = float(torch.nn.functional.cross_entropy(inputs @ weights + intercepts, labels))

    found = race({"gdviz": ours, "PyTorch": theirs}, 3 * ROUNDS, process_time)
    ratio = found["gdviz"] / found["PyTorch"]
    report(
        f"Digits, all {len(data)} of them, {STEPS} full-batch steps of {name}: median processor time of {3 * ROUNDS}",
        [
            ("gdviz, with everything recorded", f"{1000 * found['gdviz']:.0f} ms"),
            ("PyTorch on the processor, one thread, float64", f"{1000 * found['PyTorch']:.0f} ms"),
            (f"ratio, at most {SLOWER_THAN_TORCH:.0f}", f"{ratio:.2f}"),
        ],
    )
    assert ends["gdviz"] == pytest.approx(ends["PyTorch"], rel=1e-9)
    assert ratio <= SLOWER_THAN_TORCH
