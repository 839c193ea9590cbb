"""Files below a limit: what a film gives up to be small, what is least noticed first.

The steps stand in one order, `STEPS`: colours and the coding of video, then frames a second, then size, and the pace
where that is not enough; every format takes those that make its files smaller. A file that is too large says how far
down to go, by what each step is known to save, and the next ones correct the estimate: mostly two or three encodings.
Whatever the estimates are worth, only a file that was measured counts, and nothing is refused before the last step.
A file that gave up much more than it had to is made once more, with a step in between.

Measured on a brief film of a curve, 1280 x 720: half the width makes 0.45 of a GIF and 0.48 of an MP4; 12 frames a
second in place of 25 make 0.72 of a GIF and 0.82 of an MP4, which therefore keeps its own; 10 steps coarser make 0.53
of an MP4 and 0.78 of a WebM; 64 colours make 0.96 of a GIF that has some 100.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from gdviz.footage import Footage
from gdviz.problems import BadScene
from gdviz.scene import LEAST_SIDE

LEAST = 0.0  # as a scale: the smallest picture there is
ENOUGH = 0.8  # of the limit: a file below it may have given up too much, if there are steps that were not tried
MOST_REFINED = 2  # further tries then, each a pass
CLOSE = 0.97  # how far below the limit a step between two that were tried aims
MARGINS = (0.97, 0.92, 0.8, 0.6)  # how far below the limit each further try aims

STEPS: tuple[tuple[str, float], ...] = (
    *(("coarser", 4), ("palette", 128), ("fps", 20), ("scale", 3 / 4), ("coarser", 8), ("fps", 15)),
    *(("scale", 2 / 3), ("palette", 64), ("coarser", 12), ("scale", 1 / 2), ("fps", 12), ("brief", True)),
    *(("scale", 3 / 8), ("palette", 32), ("coarser", 16), ("fps", 10), ("scale", LEAST)),
)
"""What is given up, one after the other: fields of `Fit` and their values."""


@dataclass(frozen=True)
class Fit:
    """What a film gives up.

    scale: of width and height, as a share. fps: frames a second at most. brief: whether a lesson becomes a brief film.
    palette: colours of a GIF at most. coarser: steps of a video's quality scale.
    """

    scale: float = 1.0
    fps: float = 60
    brief: float = False
    palette: float = 255
    coarser: float = 0

    def applied(self, footage: Footage) -> Footage:
        """Return the same runs, filmed so."""
        if self == Fit():
            return footage
        scene = footage.scene
        changes: dict[str, Any] = {"fps": min(scene.fps, int(self.fps)), "size": scaled(scene.size, self.scale)}
        if self.brief and footage.pace == "lesson":
            changes["pace"] = "brief"
        other = footage.again(**changes)
        return replace(other, spec=replace(other.spec, palette=int(self.palette), coarser=int(self.coarser)))

    def words(self, footage: Footage, knobs: Sequence[str]) -> str:
        """Say how a film is made so, as far as it is not what was asked for."""
        usual, (width, height) = Fit(), scaled(footage.scene.size, self.scale)
        told = {
            "scale": f"{width}x{height}",
            "fps": f"{min(footage.scene.fps, self.fps):.0f} frames a second",
            "palette": f"{self.palette:.0f} colours",
            "coarser": f"video coarser by {self.coarser:.0f}",
            "brief": "brief",
        }
        return ", ".join(told[knob] for knob in told if knob in knobs and getattr(self, knob) != getattr(usual, knob))

    def weight(self, footage: Footage) -> float:
        """Return how large a file of it is thought to be, as a share of one that gives up nothing."""
        share = (scaled(footage.scene.size, self.scale)[0] / footage.scene.size[0]) ** 1.1
        share *= min(1.0, self.fps / footage.scene.fps) ** 0.6
        share *= 0.6 if self.brief else 1.0
        return float(share * (self.palette / 255) ** 0.06 * 2 ** (-self.coarser / 11))


class Search:
    """The search for what one file must give up. `fit` is what to try next."""

    def __init__(self, name: str, knobs: Sequence[str], footage: Sequence[Footage], limit: int) -> None:
        self._name, self._limit, self._knobs, self._footage = name, limit, knobs, footage[0]
        self._ladder = ladder(knobs, footage)
        self._expected = [math.log(fit.weight(footage[0])) for fit in self._ladder]
        self._sizes: dict[int, int] = {}
        self._at, self._found, self._refined = 0, -1, 0

    @property
    def fit(self) -> Fit:
        """What to try."""
        return self._ladder[self._at]

    @property
    def words(self) -> str:
        """What that is, in words; empty where nothing is given up."""
        return self.fit.words(self._footage, self._knobs)

    def accepts(self, size: int) -> bool:
        """Take the size in bytes of the file that was tried; return whether it is to be kept, else go on to `fit`.

        That is the next one where it is too large, one before it where less may do, and one that was tried again where
        it did not.

        Raises `BadScene`, with the size of the smallest file that was made, where there is no next one.
        """
        self._sizes[self._at] = size
        if size <= self._limit:
            self._found = self._at
        elif self._at == self._found:  # the same once more, and not as large as before
            self._found = -1
        if self._found >= 0:
            self._at, tried = self._better(), self._at
            return self._at == tried
        if self._at == len(self._ladder) - 1:
            smallest = min(self._sizes, key=lambda at: self._sizes[at])
            made = self._ladder[smallest].words(self._footage, self._knobs)
            what = f"{self._name} has {self._sizes[smallest]:,} bytes at least{f' ({made})' if made else ''}"
            raise BadScene("max_size", self._limit, f"{what}; allowed: more than that, or fewer steps in the film")
        self._at = self._next(size)
        return False

    def _better(self) -> int:
        """Return a step before the one that fits, which was not tried and should do as well; else that one."""
        found, too_large = self._found, max((at for at in self._sizes if at < self._found), default=-1)
        if too_large < 0 or self._refined == MOST_REFINED or self._sizes[found] > ENOUGH * self._limit:
            return found
        self._refined += 1
        wide, narrow = math.log(self._sizes[too_large]), math.log(self._sizes[found])
        span = min(-0.01, self._expected[found] - self._expected[too_large])
        aim = math.log(CLOSE * self._limit)

        def size(at: int) -> float:
            return wide + (narrow - wide) * (self._expected[at] - self._expected[too_large]) / span

        return next((at for at in range(too_large + 1, found) if size(at) <= aim), found)

    def _next(self, size: int) -> int:
        """Return the first step that should do, if sizes go on as they have gone so far; else the last one."""
        margin = MARGINS[min(len(self._sizes), len(MARGINS)) - 1]
        wanted = math.log(margin * self._limit / size) / self._steepness(size)
        later = range(self._at + 1, len(self._ladder))
        return next((at for at in later if self._expected[at] - self._expected[self._at] <= wanted), later[-1])

    def _steepness(self, size: int) -> float:
        """Return how much faster files shrink than was thought, in logarithms."""
        first = min(self._sizes)
        fallen = self._expected[self._at] - self._expected[first]
        if fallen > -0.01:
            return 1.0
        return min(2.0, max(0.3, math.log(size / self._sizes[first]) / fallen))


def ladder(knobs: Sequence[str], footage: Sequence[Footage]) -> list[Fit]:
    """Return what films give up, one step after the other, where only `knobs` help; the first gives up nothing."""
    fits = [Fit()]
    for knob, value in STEPS:
        fit = replace(fits[-1], **{knob: value})
        if knob in knobs and any(_tells(knob, fits[-1], fit, one) for one in footage):
            fits.append(fit)
    return fits


def _tells(knob: str, before: Fit, after: Fit, footage: Footage) -> bool:
    """Return whether a step changes a film at all."""
    scene = footage.scene
    if knob == "scale":
        return scaled(scene.size, after.scale) != scaled(scene.size, before.scale)
    if knob == "fps":
        return after.fps < scene.fps
    return footage.pace == "lesson" if knob == "brief" else True


def scaled(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return a smaller size: even numbers, no side below the least one, and nearby the one of truest shape."""
    if scale == 1:
        return size
    width, height = size
    least = max(scale, LEAST_SIDE / min(size))
    if least >= 1:
        return size
    wide, tall = (_even_near(side * least, side) for side in size)
    near_sizes = [(across, down) for across in wide for down in tall]
    return min(
        near_sizes, key=lambda near: (abs(math.log(near[0] * height / (near[1] * width))), abs(near[0] - width * least))
    )


def _even_near(side: float, most: int) -> range:
    """Return the even numbers within a thirtieth of a side, none of them below the least or above `most`."""
    low, high = max(side * 29 / 30, LEAST_SIDE), min(side * 31 / 30, most)
    return range(2 * math.ceil(low / 2), 2 * int(high / 2) + 1, 2)
