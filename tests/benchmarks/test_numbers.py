"""How fast the numbers are: against PyTorch's own loop, and a sweep against its single runs."""

import numpy as np
import pytest
from measure import race, report

from gdviz import Adam, Data, Formula, Line, descend, together
from gdviz.descent.loss import Array, Loss
from gdviz.descent.trajectory import Trajectory

ROSENBROCK = Formula("(1 - x)**2 + 100*(y - x**2)**2")
START, STEPS = (-1.2, 1.0), 100
RATES = np.geomspace(1e-4, 1.0, 10_000)


@pytest.mark.benchmark
def test_a_trajectory_takes_a_third_of_pytorchs_loop() -> None:
    torch = pytest.importorskip("torch")

    def theirs() -> Array:
        place = torch.tensor(START, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.Adam([place], lr=0.1)
        path = [place.detach().numpy().copy()]
        for _ in range(STEPS):
            optimizer.zero_grad()
            x, y = place
            ((1 - x) ** 2 + 100 * (y - x**2) ** 2).backward()
            optimizer.step()
            path.append(place.detach().numpy().copy())
        return np.array(path)

    def ours() -> Trajectory:
        return Adam(0.1).minimize(ROSENBROCK, start=START, steps=STEPS, tolerance=0)

    assert np.abs(ours().params[:, 0] - theirs()).max() < 1e-9
    times = race({"gdviz": ours, "PyTorch": theirs}, rounds=15)
    ratio = times["gdviz"] / times["PyTorch"]
    shown = f"{times['gdviz'] * 1e3:.2f} ms / {times['PyTorch'] * 1e3:.2f} ms = {ratio:.2f}"
    report("100 steps of Adam on Rosenbrock's function", [("gdviz / PyTorch's loop with autograd", shown)])
    assert ratio <= 1 / 3


def sweep(loss: Loss) -> Trajectory:
    start = np.full((len(RATES), loss.about.dim), -2.0)
    return descend(loss, together([Adam(rate) for rate in RATES]), start, steps=200, tolerance=0)


@pytest.mark.benchmark
def test_a_sweep_is_a_hundred_times_faster_than_single_runs() -> None:
    loss, some = Formula("(m - 3)**2 + 1"), range(0, 10_000, 200)

    def singly() -> list[Trajectory]:
        return [Adam(RATES[k]).minimize(loss, start=-2.0, steps=200, tolerance=0) for k in some]

    times = race({"at once": lambda: sweep(loss), "singly": singly}, rounds=5)
    apart = times["singly"] * len(RATES) / len(some)
    ratio = apart / times["at once"]
    shown = f"{apart:.0f} s / {times['at once']:.2f} s = {ratio:.0f}"
    report("Adam, 10,000 rates x 200 steps", [("one by one (from 50 of them) / at once", shown)])
    assert ratio >= 100
    many = sweep(loss)
    for k, one in zip(some, singly(), strict=True):
        assert many.params[:, k].tobytes() == one.params[:, 0].tobytes()


@pytest.mark.benchmark
def test_a_sweep_over_data_gives_the_numbers_of_single_runs() -> None:
    loss = Line(Data([0.1, 1.3, 2.2, 4.0, 7.7], [1.0, -0.5, 3.25, 4.0, 9.5]), intercept=True)
    many = sweep(loss)
    worst = 0.0
    for k in range(0, 10_000, 500):
        one = Adam(RATES[k]).minimize(loss, start=(-2.0, -2.0), steps=200, tolerance=0)
        worst = max(worst, float(np.abs(many.params[:, k] - one.params[:, 0]).max()))
    report("the same on a line of data", [("largest difference from single runs", f"{worst:g}")])
    assert worst <= 1e-12
