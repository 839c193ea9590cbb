"""From frames to files: any number of them in one pass, each whole or absent (see `landing`)."""

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from gdviz.film.file_names import FileNames
from gdviz.film.film import Array, FilmSpec, Frame, Progress, Written
from gdviz.film.formats import Format, check_transparent, format_of
from gdviz.film.landing import failures_named, finish, remove, staged
from gdviz.film.writable import check_films


def silent(_ticks: int) -> None:
    """Show no progress."""


@dataclass
class Draft:
    """A film that is complete, under its hidden name. It takes its own name unless it is dropped."""

    written: Written
    file: FileNames
    kept: bool = True

    def drop(self) -> None:
        """Remove the file; what stands under its name stays."""
        self.kept = False
        remove(self.file.part)


def write(
    frames: Iterable[Frame],
    targets: Sequence[str | Path],
    spec: FilmSpec,
    scouts: Sequence[Array],
    progress: Progress = silent,
) -> list[Written]:
    """Write `frames` to every one of `targets`, whose ends say the formats; see `gdviz.film.formats`.

    scouts: a few of the film's pictures, from which palettes are chosen.
    progress: called with the ticks of each frame once every encoder has taken it.

    Raises BadScene for targets that can't be used (see `check_films`), MissingPackage, and FilmFailed with the file
    and the reason. What the drawer raises passes unchanged. After any of them no file has been touched.
    """
    with drafted(frames, targets, spec, scouts, progress) as drafts:
        return [draft.written for draft in drafts]


@contextmanager
def drafted(
    frames: Iterable[Frame],
    targets: Sequence[str | Path],
    spec: FilmSpec,
    scouts: Sequence[Array],
    progress: Progress = silent,
) -> Iterator[list[Draft]]:
    """Write as `write` does, and yield the films before they take their names, which they do as the block is left.

    After an exception no file has been touched.
    """
    check_films(targets)
    if spec.transparent:
        for target in targets:
            check_transparent(target)
    files = [FileNames.of_film(target) for target in targets]
    films = [(file, format_of(target)) for file, target in zip(files, targets, strict=True)]
    with staged(files):
        ticks = _encoded(frames, films, spec, scouts, progress)
        drafts = [Draft(_describe(file, kind, ticks, spec), file) for file, kind in films]
        yield drafts
        finish([draft.file for draft in drafts if draft.kept])


def _encoded(
    frames: Iterable[Frame],
    films: Sequence[tuple[FileNames, Format]],
    spec: FilmSpec,
    scouts: Sequence[Array],
    progress: Progress,
) -> int:
    """Run all encoders over the frames; return the film's length in ticks.

    The drawer works outside of every `failures_named`, so that its own errors are not taken for the disk's.
    """
    total = 0
    with ExitStack() as all_encoders:
        running = []
        for file, kind in films:
            own = all_encoders.enter_context(ExitStack())
            with failures_named(file):
                sink = own.enter_context(kind.load()(file.part, spec, scouts))
            running.append((file, own, sink))
        for rgba, ticks in frames:
            spec.check(rgba, ticks)
            for file, _, sink in running:
                with failures_named(file):
                    sink(rgba, ticks)
            total += ticks
            progress(ticks)
        for file, own, _ in running:
            with failures_named(file):
                own.close()
    return total


def _describe(file: FileNames, kind: Format, ticks: int, spec: FilmSpec) -> Written:
    size = sum(found.st_size for found in _files(file.part).values())
    if kind.still:
        return Written(file.given, size, 1, 0.0, kind.name)
    return Written(file.given, size, ticks, ticks / spec.fps, kind.name)


def _files(path: Path) -> dict[int, os.stat_result]:
    """Return the sizes and such of the files at `path`, by inode, so that a shared file counts once."""
    if not path.is_dir():
        return {0: path.stat()}
    with os.scandir(path) as entries:
        return {entry.inode(): entry.stat() for entry in entries}
