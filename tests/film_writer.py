"""Writes a small film to a file, once or for ever: `python film_writer.py TARGET SEED [forever]`."""

import signal
import sys
from collections.abc import Iterator

import numpy as np

from gdviz.film.film import FilmSpec
from gdviz.film.write import write

FRAMES = 25
np.random.default_rng(0)  # NumPy loads its generators late, and loading them swallows a Ctrl-C


def frames(seed: int) -> Iterator[tuple[np.ndarray, int]]:
    numbers = np.random.default_rng(seed)
    canvas = np.full((90, 160, 4), 255, np.uint8)
    for _ in range(FRAMES):
        row, column = numbers.integers(0, 80), numbers.integers(0, 150)
        canvas[row : row + 10, column : column + 10, :3] = numbers.integers(0, 256, 3)
        yield canvas, 1


def write_film(target: str, seed: int) -> None:
    write(frames(seed), [target], FilmSpec((160, 90), 25), [])


if __name__ == "__main__":
    target, seed, *forever = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may have it ignored
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    write_film(target, int(seed))
    while forever:
        write_film(target, int(seed))
