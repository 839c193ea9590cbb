"""The memory of a film does not grow with its length."""

import subprocess
import sys
from pathlib import Path

import pytest
from measure import report

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GROWTH = 1.2

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory of processes from /proc"),
]


@pytest.mark.parametrize("suffix", [".gif", ".mp4", ".webm", ".webp", ".apng"])
def test_ten_thousand_frames_need_the_memory_of_five_hundred(suffix: str, tmp_path: Path) -> None:
    short, long = (_peak(frames, tmp_path / f"film{suffix}") for frames in (500, 10_000))
    ratio = sum(long) / sum(short)
    report(
        f"Peak memory at 1920 x 1080, {suffix}",
        [
            ("500 frames, Python + encoder", f"{short[0]:.0f} + {short[1]:.0f} MiB"),
            ("10,000 frames, Python + encoder", f"{long[0]:.0f} + {long[1]:.0f} MiB"),
            (f"ratio, at most {GROWTH}", f"{ratio:.2f}"),
        ],
    )
    assert ratio <= GROWTH


def _peak(frames: int, target: Path) -> tuple[float, float]:
    command = [sys.executable, str(HERE / "long_film.py"), str(frames), str(target)]
    paths = {"PYTHONPATH": f"{ROOT}:{HERE}", "PATH": ""}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=paths, cwd=target.parent)
    python, encoder = map(float, done.stdout.split())
    assert target.stat().st_size > 0
    return python, encoder
