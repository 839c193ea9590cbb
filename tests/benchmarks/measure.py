"""How the benchmarks measure: contenders take turns, medians are compared, a table says what was found."""

import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median
from time import perf_counter


def race(
    contenders: Mapping[str, Callable[[], object]], rounds: int, clock: Callable[[], float] = perf_counter
) -> dict[str, float]:
    """Let every contender run `rounds` times, in turns, so that a busy machine slows all alike; median seconds.

    clock: `time.process_time` counts the processor's time alone, of which a busy machine takes none.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, run in contenders.items():
            begin = clock()
            run()
            seconds[name].append(clock() - begin)
    return {name: median(times) for name, times in seconds.items()}


def report(title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print what was measured, in plain words."""
    lines = [f"    {what:<58} {found:>24}" for what, found in rows]
    sys.stdout.write("\n".join(["", title, *lines, ""]))
    sys.stdout.flush()


def peak_memory(process: int | str = "self") -> float:
    """Return the largest memory that a process has held, in MiB, from Linux's `/proc`; 0 where it has ended.

    `getrusage` would not do: a child's largest memory there includes its parent's at the time of the start.
    """
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
