"""Whether files can be written where they are asked for, told before any work is done; nothing is created."""

import os
import re
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

from gdviz.film.file_names import FileNames
from gdviz.problems import BadScene

FRAME_FILE = re.compile(r"frame_\d{5,}\.png")
LONGEST_NAME = 200  # bytes: file systems take 255, and a film being written has a longer name than its own


def check_films(targets: Sequence[str | Path]) -> None:
    """Raise BadScene unless every target can be written, and none is another one or lies within it."""
    if not targets:
        raise BadScene("output", [], "give at least one file name")
    for target in targets:
        check_film(target)
    for one, other in combinations(map(FileNames.of_film, targets), 2):
        if os.path.normcase(one.real) == os.path.normcase(other.real):
            raise BadScene("output", str(other.given), "it is asked for twice; give every file a name of its own")
        for outer, inner in ((one, other), (other, one)):
            if outer.real in inner.real.parents:
                raise BadScene("output", str(inner.given), f"it lies within the folder of frames {outer.given}")


def check_film(path: str | Path) -> None:
    """Raise BadScene unless a film can be written to `path`; nothing is created.

    Its folder must exist or be possible to create, and must be writable. A file's name must not be a folder's, and a
    folder of frames must hold nothing but frames of an earlier film, so that no work of others is lost.
    """
    _check_name(path)
    _check_path(FileNames.of_film(path), ", or add a / for a folder of PNG frames")


def check_file(path: str | Path) -> None:
    """Raise BadScene unless a file that is no film can be written to `path`; see `check_film`."""
    _check_name(path)
    _check_path(FileNames.of_file(path))


def _check_name(path: str | Path) -> None:
    if len(os.fsencode(Path(path).name)) > LONGEST_NAME:
        raise BadScene("output", str(path), f"allowed: a name of up to {LONGEST_NAME} bytes")


def _check_path(file: FileNames, or_else: str = "") -> None:
    if file.is_folder and file.real.exists():
        _check_folder(file)
    elif file.real.is_dir():
        raise BadScene("output", str(file.given), f"it is a folder; give a file name{or_else}")
    above = next(parent for parent in file.real.parents if parent.exists())
    if not above.is_dir():
        raise BadScene("output", str(file.given), f"{above} is a file, not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadScene("output", str(file.given), f"the folder {above} can't be written to; choose another one")


def _check_folder(file: FileNames) -> None:
    if Path.cwd().is_relative_to(file.real):
        raise BadScene("output", str(file.given), "it is the folder in use; name one within it for the frames")
    if not file.real.is_dir():
        raise BadScene("output", str(file.given), "it is a file; choose another name for the folder of frames")
    for name in sorted(entry.name for entry in file.real.iterdir()):
        if not FRAME_FILE.fullmatch(name):
            allowed = f"it holds {name!r}; a folder of frames must be new, empty, or hold only frames of a film"
            raise BadScene("output", str(file.given), allowed)
