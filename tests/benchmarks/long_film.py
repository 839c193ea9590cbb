"""Make a film of so many 1920 x 1080 frames, and print the peak memory of this process and of its encoder, in MiB.

    python long_film.py FRAMES FILE

A process of its own, so that nothing else counts.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from measure import peak_memory

from gdviz.descent.optimizers import GradientDescent
from gdviz.film.film import Frame
from gdviz.film.write import write
from gdviz.renderer import prepare
from gdviz.scene import Scene


def children() -> list[int]:
    """Return the processes that this one has started, from Linux's `/proc`."""
    found = [path.read_text().split() for path in Path(f"/proc/{os.getpid()}/task").glob("*/children")]
    return [int(number) for numbers in found for number in numbers]


def main(frames: int, target: str) -> None:
    """Make the film, one frame for each step, and watch the encoder's memory on the way."""
    optimizer = GradientDescent(learning_rate=0.5 / frames)
    scene = Scene("(m - 3)**2 + 1", optimizer, start=-2.4, steps=frames, tolerance=0, pace=1, size=(1920, 1080))
    film = prepare(scene, [target])
    encoder = 0.0

    def watched() -> Iterator[Frame]:
        nonlocal encoder
        for count, frame in enumerate(film.frames()):
            if count % 50 == 0:
                encoder = max([encoder, *(peak_memory(child) for child in children())])
            yield frame

    write(watched(), [target], film.spec, film.scouts())
    sys.stdout.write(f"{peak_memory():.1f} {encoder:.1f}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
