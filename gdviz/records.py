"""The numbers of a story in a file: trajectories as CSV, JSON or NPZ, written as safely as a film."""

from collections.abc import Sequence
from pathlib import Path

from gdviz.descent.columns import tabled
from gdviz.descent.story import Story
from gdviz.descent.table_writing import WRITERS
from gdviz.descent.trajectory import Trajectory
from gdviz.film.film import Written
from gdviz.film.landing import store
from gdviz.problems import BadScene, choose

ENDS = tuple(WRITERS)


def is_record(path: str | Path) -> bool:
    """Whether the end of a name asks for the numbers, and not for a film."""
    return Path(path).suffix.lower() in ENDS and not str(path).endswith("/")


def write_record(told: Story | Trajectory | Sequence[Trajectory], path: str | Path) -> Written:
    """Write the runs of a story, or trajectories of the same parameters, to a `.csv`, `.json` or `.npz` file.

    The columns are those of `Trajectory.save`, the runs numbered from 1. Of mini-batches a story's loss is that of all
    the data, as the film shows it. Equal runs give equal bytes.

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where the disk fails; then what
    stood there before still stands.
    """
    suffix = Path(path).suffix.lower()
    if not is_record(path):
        raise BadScene("output", str(path), f"its end must say the format; {choose(suffix, ENDS)}")
    paths = told.runs if isinstance(told, Story) else (told,) if isinstance(told, Trajectory) else tuple(told)
    if not paths:
        raise BadScene("trajectories", list(paths), "allowed: at least one")
    return store(WRITERS[suffix](*tabled(paths)), path, suffix.removeprefix(".").upper())
