"""What recording a training run of PyTorch costs: its time beside that of the training, and its memory."""

import gc
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from measure import report

import gdviz
from gdviz.film.sizes import bytes_of

STEPS, SIZES, BATCH, ROUNDS = 1000, (784, 128, 10), 128, 7
SHARE, BUDGET = 0.05, "64 MB"
HERE = Path(__file__).parent

pytestmark = pytest.mark.benchmark


def trained(torch: Any, budget: str | None) -> tuple[float, Any]:
    """Train a network of 101,770 parameters for 1,000 steps, recorded or not.

    Return the seconds of the processor, and the record.
    """
    torch.manual_seed(7)
    model = torch.nn.Sequential(
        torch.nn.Linear(SIZES[0], SIZES[1]), torch.nn.ReLU(), torch.nn.Linear(SIZES[1], SIZES[2])
    )
    optimizer, cost = torch.optim.Adam(model.parameters(), 1e-3), torch.nn.CrossEntropyLoss()
    inputs, targets = torch.randn(2048, SIZES[0]), torch.randint(0, SIZES[2], (2048,))
    run = None if budget is None else gdviz.record(model, budget=budget, tell=lambda _: None)
    begin = process_time()
    for step in range(STEPS):
        rows = slice(step * BATCH % 2048, step * BATCH % 2048 + BATCH)
        optimizer.zero_grad()
        loss = cost(model(inputs[rows]), targets[rows])
        loss.backward()
        if run is not None:
            run.step(loss)
        optimizer.step()
    return process_time() - begin, run


def test_recording_costs_a_few_per_cent() -> None:
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    trained(torch, BUDGET)
    pairs = []
    for number in range(ROUNDS):  # in turns, each first in every other, so that a busy machine slows both alike
        gc.collect()
        both = {kind: trained(torch, kind)[0] for kind in ((None, BUDGET) if number % 2 else (BUDGET, None))}
        pairs.append((both[None], both[BUDGET]))
    plain, more = (min(times) for times in zip(*pairs, strict=True))  # what else runs can only make them longer
    share = more / plain - 1
    report(
        f"Recording {STEPS} steps of 101,770 parameters in {BUDGET}, batches of {BATCH}; processor, least of {ROUNDS}",
        [("the training alone", f"{plain:.2f} s"), (f"more for recording, at most {SHARE:.0%}", f"{share:+.1%}")],
    )
    assert share <= SHARE


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of processes from /proc")
def test_the_record_stays_within_its_budget() -> None:
    pytest.importorskip("torch")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import torch; from measure import peak_memory\n"
        "from test_recording_speed import trained; torch.set_num_threads(1); trained(torch, '2 MB')\n"
        "before = peak_memory(); _, run = trained(torch, sys.argv[2]); print(peak_memory() - before, run.note)"
    )
    command = [sys.executable, "-c", script, str(HERE), BUDGET]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    more, note = done.stdout.split(maxsplit=1)
    room = bytes_of(BUDGET) / 2**20
    report("Memory of the record", [(f"more than without, at most {room:.0f} MiB", f"{float(more):.0f} MiB")])
    assert note.startswith("one in 8 of 1,000 steps is kept (125 records)")
    assert float(more) <= room + 8  # of what training and interpreter need now and then
