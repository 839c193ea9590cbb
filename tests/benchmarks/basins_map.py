"""Map the basins of Himmelblau's function from so many starts each way, and print seconds and peak memory in MiB.

    python basins_map.py STARTS STEPS

A process of its own, so that nothing else counts.
"""

import sys
from time import perf_counter

import numpy as np
from measure import peak_memory

from gdviz import Basins, Formula, Momentum

HIMMELBLAU = Formula(
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    region=((-6, 6), (-6, 6)),
    minima=((3, 2), (-2.805118, 3.131312), (-3.77931, -3.283186), (3.584428, -1.848127)),
)


def main(starts: int, steps: int) -> None:
    """Map, and say what it took; the parts of the map that each minimum has come last."""
    begin = perf_counter()
    found = Basins(starts, starts).run(HIMMELBLAU, Momentum(0.005, 0.9), steps)
    seconds = perf_counter() - begin
    parts = [np.mean(found.minimum == one) for one in range(4)]
    sys.stdout.write(" ".join(f"{number:.4f}" for number in (seconds, peak_memory(), *parts)) + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
