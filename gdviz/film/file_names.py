"""The name that a file gets, and the hidden ones beside it under which it is made."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gdviz.film.formats import format_of


@dataclass(frozen=True)
class FileNames:
    """The names of a file or a folder of frames: the path as given, the real one, and the hidden ones beside it."""

    given: Path
    real: Path
    is_folder: bool = False

    @classmethod
    def of_film(cls, path: str | Path) -> "FileNames":
        """Return the names of a film. Raises BadScene unless the end of `path` says a format."""
        return cls(Path(path), Path(os.path.realpath(path)), format_of(path).is_folder)

    @classmethod
    def of_file(cls, path: str | Path) -> "FileNames":
        """Return the names of a file that is no film."""
        return cls(Path(path), Path(os.path.realpath(path)))

    @property
    def part(self) -> Path:
        """Where the film is made."""
        return self._hidden("part")

    @property
    def aside(self) -> Path:
        """Where a former folder waits while the new one takes its name."""
        return self._hidden("aside")

    def leftovers(self) -> list[tuple[Path, str]]:
        """Return hidden files of processes that are no more, each with its kind, "part" or "aside"."""
        stem, suffix = self._halves
        ours = re.compile(rf"\.{re.escape(stem)}\.(\d+)\.(part|aside){re.escape(suffix)}")
        found = [(path, ours.fullmatch(path.name)) for path in sorted(self.real.parent.iterdir())]
        return [(path, m[2]) for path, m in found if m and not _lives(int(m[1]))]

    def _hidden(self, kind: str) -> Path:
        stem, suffix = self._halves
        return self.real.parent / f".{stem}.{os.getpid()}.{kind}{suffix}"

    @property
    def _halves(self) -> tuple[str, str]:
        return (self.real.name, "") if self.is_folder else (self.real.stem, self.real.suffix)


def _lives(process: int) -> bool:
    """Return whether another process of that number runs. What carries our own number is from an earlier life."""
    if process == os.getpid():
        return False
    if os.name != "posix":
        return True  # asking is not harmless elsewhere, and a leftover is
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True
