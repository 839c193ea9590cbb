"""Whether files can be written where they are asked for, told before any work is done; nothing is created."""

import os
import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from gdviz.film.place import Place
from gdviz.problems import BadScene

FRAME_FILE = re.compile(r"frame_\d{5,}\.png")
LONGEST_NAME = 200  # bytes: file systems take 255, and a film being written has a longer name than its own


def check_targets(targets: Sequence[str | Path]) -> None:
    """Raise BadScene unless every target can be written, and none is another one or lies within it."""
    if not targets:
        raise BadScene("output", [], "give at least one file name")
    for target in targets:
        check_target(target)
    for one, other in combinations(map(Place.of_film, targets), 2):
        if os.path.normcase(one.real) == os.path.normcase(other.real):
            raise BadScene("output", str(other.given), "it is asked for twice; give every file a name of its own")
        for outer, inner in ((one, other), (other, one)):
            if outer.real in inner.real.parents:
                raise BadScene("output", str(inner.given), f"it lies within the folder of frames {outer.given}")


def check_target(path: str | Path) -> None:
    """Raise BadScene unless a film can be written to `path`; nothing is created.

    Its folder must exist or be possible to create, and must be writable. A file's name must not be a folder's, and a
    folder of frames must hold nothing but frames of an earlier film, so that no work of others is lost.
    """
    _check_name(path)
    _check_place(Place.of_film(path), ", or add a / for a folder of PNG frames")


def check_file(path: str | Path) -> None:
    """Raise BadScene unless a file that is no film can be written to `path`; see `check_target`."""
    _check_name(path)
    _check_place(Place.of_file(path))


def _check_name(path: str | Path) -> None:
    if len(os.fsencode(Path(path).name)) > LONGEST_NAME:
        raise BadScene("output", str(path), f"allowed: a name of up to {LONGEST_NAME} bytes")


def _check_place(place: Place, or_else: str = "") -> None:
    if place.is_folder and place.real.exists():
        _check_folder(place)
    elif place.real.is_dir():
        raise BadScene("output", str(place.given), f"it is a folder; give a file name{or_else}")
    above = next(parent for parent in place.real.parents if parent.exists())
    if not above.is_dir():
        raise BadScene("output", str(place.given), f"{above} is a file, not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadScene("output", str(place.given), f"the folder {above} can't be written to; choose another one")


def _check_folder(place: Place) -> None:
    if Path.cwd().is_relative_to(place.real):
        raise BadScene("output", str(place.given), "it is the folder in use; name one within it for the frames")
    if not place.real.is_dir():
        raise BadScene("output", str(place.given), "it is a file; choose another name for the folder of frames")
    for name in sorted(entry.name for entry in place.real.iterdir()):
        if not FRAME_FILE.fullmatch(name):
            allowed = f"it holds {name!r}; a folder of frames must be new, empty, or hold only frames of a film"
            raise BadScene("output", str(place.given), allowed)
