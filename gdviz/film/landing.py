"""How files get their names: each whole or absent, and what stood there before is safe until then.

A file is made beside its name, under a hidden one (`.film.4711.part.gif`, the number being the process). When it is
complete, has been read back and is safe on the disk, it takes its name in one atomic step. Whatever goes wrong before,
the name keeps what it had. Only a process that is killed outright can leave a hidden file behind; the next one that
writes the same name sweeps it away.
"""

import ctypes
import errno
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from gdviz.film.file_names import FileNames
from gdviz.film.film import Written
from gdviz.film.writable import check_file
from gdviz.problems import FilmFailed


@contextmanager
def beside(targets: Sequence[str | Path]) -> Iterator[list[Path]]:
    """Yield a hidden path beside each of `targets`, files that are no films, to be written within the block.

    At its end they take their names; after an error no file has been touched. Raises BadScene for targets that can't be
    used (see `check_file`), and FilmFailed with the file and the reason.
    """
    for target in targets:
        check_file(target)
    files = [FileNames.of_file(target) for target in targets]
    with staged(files):
        with failures_named(files[0]):
            yield [file.part for file in files]
        finish(files)


def store(content: bytes, path: str | Path, kind: str) -> Written:
    """Write a file that is ready, in a format of its own, as safely as a film; `kind` is the name of the format.

    Raises as `beside` does.
    """
    with beside([path]) as (part,):
        part.write_bytes(content)
    return Written(Path(path), len(content), 1, 0.0, kind)


@contextmanager
def staged(files: Sequence[FileNames]) -> Iterator[None]:
    """Make the folders, sweep what killed processes left, and remove our own parts at the end, come what may."""
    made: list[Path] = []
    try:
        for file in files:
            with failures_named(file):
                made += _missing_folders(file.real.parent)
                file.real.parent.mkdir(parents=True, exist_ok=True)
                _recover(file)
        yield
    except BaseException:
        for file in files:
            remove(file.part)
            _put_back(file, file.aside)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def finish(files: Sequence[FileNames]) -> None:
    """Have the disk store what was written, all of it, and give it its names."""
    for file in files:
        with failures_named(file):
            _make_durable(file.part)
    for file in files:
        with failures_named(file):
            _land(file)


@contextmanager
def failures_named(file: FileNames) -> Iterator[None]:
    """Turn what the disk or an encoder reports into one sentence about the file that was asked for."""
    try:
        yield
    except FilmFailed as failure:
        raise FilmFailed(f"{file.given}: {failure}") from failure
    except OSError as error:
        raise FilmFailed(f"{file.given}: {_disk_reason(error, file)}") from error


def _disk_reason(error: OSError, file: FileNames) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the folder {file.real.parent} can't be written to"
    return f"it can't be written: {error.strerror or error}"


def _missing_folders(path: Path) -> list[Path]:
    """Return which of the folder and those above it do not exist, outermost first."""
    return [folder for folder in (path, *path.parents) if not folder.exists()][::-1]


def _recover(file: FileNames) -> None:
    """Undo what a killed process left half done: a folder put aside goes back, the rest is removed."""
    for leftover, kind in file.leftovers():
        if kind == "aside":
            _put_back(file, leftover)
        remove(leftover)


def _put_back(file: FileNames, aside: Path) -> None:
    """Give a folder that waits aside its name again, if no other has it."""
    if aside.exists() and not file.real.exists():
        aside.rename(file.real)


def remove(path: Path) -> None:
    """Remove a file or a folder of ours, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # not there, or out of reach: then nothing better can be done
            path.unlink()


def _make_durable(path: Path) -> None:
    """Have the disk store the finished file or folder, before it replaces anything."""
    if path.is_dir():
        for file in path.iterdir():
            _sync(file)
    _sync(path)


def _sync(path: Path) -> None:
    if os.name != "posix":
        return  # elsewhere only a file open for writing can be flushed, and a folder not at all
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _land(file: FileNames) -> None:
    """Give the finished film its name; what had it before is gone after, and not a moment earlier."""
    if not (file.is_folder and file.real.exists()):
        file.part.replace(file.real)
    elif _exchange(file.part, file.real):
        remove(file.part)
    else:
        file.real.rename(file.aside)
        file.part.rename(file.real)
        remove(file.aside)
    with suppress(OSError):  # some file systems can't; the name is right, only a power cut could undo it
        _sync(file.real.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one atomic step, where the system offers it (Linux's renameat2); return whether it did."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), swap) == 0
