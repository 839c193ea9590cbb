"""What the studies take: a map of a million starts, a plane of ten thousand cells, a search for a fair rate."""

import subprocess
import sys
from pathlib import Path

import pytest
from measure import race, report

from gdviz import Formula, GradientDescent, Momentum, PhaseMap, RateStudy, Tuning

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS, MEMORY = 20.0, 2048.0  # MiB
BOWL = Formula("2*(x - 1)**2 + 20*(y + 2)**2", region=((-4, 4), (-4, 4)), minima=((1, -2),))

pytestmark = pytest.mark.benchmark


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of processes from /proc")
def test_a_million_starts_are_mapped_while_one_waits() -> None:
    command = [sys.executable, str(HERE / "basins_map.py"), "1000", "200"]
    paths = {"PYTHONPATH": f"{ROOT}:{HERE}", "PATH": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=paths)
    seconds, memory, *parts = map(float, done.stdout.split())
    report(
        "Basins of Himmelblau's function, 1,000 x 1,000 starts, 200 steps of momentum",
        [
            (f"seconds, at most {SECONDS:.0f}", f"{seconds:.1f} s"),
            (f"peak memory, at most {MEMORY:.0f} MiB", f"{memory:.0f} MiB"),
            ("for a start and a step", f"{seconds / 1e6 / 200 * 1e9:.0f} ns"),
            ("parts of the map", " ".join(f"{part:.3f}" for part in parts)),
        ],
    )
    assert sum(parts) > 0.999  # the work was done: everybody has arrived
    assert seconds <= SECONDS
    assert memory <= MEMORY


def test_the_other_studies_answer_at_once() -> None:
    start = (3.0, 1.0)
    found = race(
        {
            "400 rates, 100 steps": lambda: RateStudy().run(BOWL, GradientDescent(0.1), start, 100),
            "120 rates x 80 momenta, 300 steps": lambda: PhaseMap().run(BOWL, Momentum(0.1), start),
            "best of 82 rates, 100 steps": lambda: Tuning().tune(Momentum(0.1), BOWL, start, 100),
        },
        rounds=3,
    )
    report("Studies, median of 3", [(what, f"{seconds:.2f} s") for what, seconds in found.items()])
    assert found["120 rates x 80 momenta, 300 steps"] <= 5.0
    assert found["400 rates, 100 steps"] <= 0.5
    assert found["best of 82 rates, 100 steps"] <= 0.5
