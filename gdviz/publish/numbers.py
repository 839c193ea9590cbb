"""The numbers of the runs, beside the films: see `gdviz.records`."""

from collections.abc import Callable, Sequence
from pathlib import Path

from gdviz.film.film import Written
from gdviz.footage import Footage
from gdviz.publish.wishes import Wishes
from gdviz.records import write_record


def numbers(
    footage: Sequence[Footage], path: Path, _wishes: Wishes, _progress: Callable[[int], object]
) -> list[Written]:  # fmt: skip
    """Write the trajectories of a film's runs."""
    return [write_record(footage[0].story, path)]
