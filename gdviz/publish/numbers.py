"""The numbers of the runs, beside the films: see `gdviz.records`."""

from collections.abc import Sequence
from pathlib import Path

from gdviz.film.film import Progress, Written
from gdviz.footage import Footage
from gdviz.publish.wishes import Wishes
from gdviz.records import write_record


def numbers(footage: Sequence[Footage], path: Path, _wishes: Wishes, _progress: Progress) -> list[Written]:
    """Write the trajectories of a film's runs."""
    return [write_record(footage[0].story, path)]
