"""From frames to files: any number of them in one pass, each whole or absent.

A film is made beside its name, under a hidden one (`.film.4711.part.gif`, the number being the process). When the
last frame is in, every file has been read back and is safe on the disk, they take their names, one atomic step each.
Whatever goes wrong before, the names keep what they had. Only a process that is killed outright can leave a hidden
file behind; the next one that writes the same name sweeps it away.
"""

import ctypes
import errno
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from gdviz.film.film import Array, Encoder, FilmSpec, Frame, Written
from gdviz.problems import BadScene, FilmFailed, choose

FRAME_FILE = re.compile(r"frame_\d{5,}\.png")


def _gif() -> Encoder:
    from gdviz.film.gif import gif

    return gif


def _mp4() -> Encoder:
    from gdviz.film.video import mp4

    return mp4


def _poster() -> Encoder:
    from gdviz.film.stills import poster

    return poster


def _folder() -> Encoder:
    from gdviz.film.stills import folder

    return folder


@dataclass(frozen=True)
class Format:
    """A way to store a film: its name, and the import of its encoder.

    still: whether it only has one picture. scouted: whether its encoder looks at scouts, to choose a palette.
    """

    name: str
    load: Callable[[], Encoder]
    still: bool = False
    scouted: bool = False


FOLDER = "/"
FORMATS = {
    ".gif": Format("GIF", _gif, scouted=True),
    ".mp4": Format("MP4", _mp4),
    ".png": Format("PNG", _poster, still=True),
    FOLDER: Format("PNG frames", _folder),
}
"""The formats by the end of the name: a suffix, or a slash for a folder of frames."""


LONGEST_NAME = 200  # bytes: file systems take 255, and a film being written has a longer name than its own


def silent(_ticks: int) -> None:
    """Show no progress."""


def write(
    frames: Iterable[Frame],
    targets: Sequence[str | Path],
    spec: FilmSpec,
    scouts: Sequence[Array],
    progress: Callable[[int], object] = silent,
) -> list[Written]:
    """Write `frames` to every one of `targets`, whose ends say the formats; see `FORMATS`.

    scouts: a few of the film's pictures, from which palettes are chosen.
    progress: called with the ticks of each frame once every encoder has taken it.

    Raises BadScene for targets that can't be used (see `check_targets`), MissingPackage, and FilmFailed with the file
    and the reason. What the drawer raises passes unchanged. After any of them no file has been touched.
    """
    check_targets(targets)
    places = [_Place.of(target) for target in targets]
    with _staged(places):
        ticks = _encoded(frames, places, spec, scouts, progress)
        written = [_describe(place, ticks, spec) for place in places]
        _finish(places)
    return written


@contextmanager
def beside(targets: Sequence[str | Path]) -> Iterator[list[Path]]:
    """Yield a hidden path beside each of `targets`, files that are no films, to be written within the block.

    At its end they take their names; after an error no file has been touched. Raises BadScene for targets that can't be
    used (see `check_target`), and FilmFailed with the file and the reason.
    """
    places = [_place_of_file(target) for target in targets]
    with _staged(places):
        with _told(places[0]):
            yield [place.part for place in places]
        _finish(places)


def _finish(places: Sequence["_Place"]) -> None:
    """Have the disk store what was written, all of it, and give it its names."""
    for place in places:
        with _told(place):
            _make_durable(place.part)
    for place in places:
        with _told(place):
            _land(place)


def store(content: bytes, path: str | Path, kind: str) -> Written:
    """Write a file that is ready, in a format of its own, as safely as a film; `kind` is the name of the format.

    Raises as `beside` does.
    """
    with beside([path]) as (part,):
        part.write_bytes(content)
    return Written(Path(path), len(content), 1, 0.0, kind)


def format_of(path: str | Path) -> Format:
    """Return the format that the end of `path` asks for: a suffix, or a slash or an existing folder.

    Raises BadScene with what is allowed and the nearest match.
    """
    return FORMATS[_ending(path)]


def check_targets(targets: Sequence[str | Path]) -> None:
    """Raise BadScene unless every target can be written, and none is another one or lies within it."""
    if not targets:
        raise BadScene("output", [], "give at least one file name")
    for target in targets:
        check_target(target)
    for one, other in combinations(map(_Place.of, targets), 2):
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
    _check_place(_Place.of(path))


def check_file(path: str | Path) -> None:
    """Raise BadScene unless a file that is no film can be written to `path`, as `beside` would; nothing is created."""
    _place_of_file(path)


def _place_of_file(path: str | Path) -> "_Place":
    place = _Place(Path(path), Path(os.path.realpath(path)), "")
    _check_name(place.given)
    _check_place(place)
    return place


def _check_name(path: str | Path) -> None:
    if len(os.fsencode(Path(path).name)) > LONGEST_NAME:
        raise BadScene("output", str(path), f"allowed: a name of up to {LONGEST_NAME} bytes")


def _check_place(place: "_Place") -> None:
    if place.is_folder and place.real.exists():
        _check_folder(place)
    elif place.real.is_dir():
        frames = ", or add a / for a folder of PNG frames" if place.ending else ""
        raise BadScene("output", str(place.given), f"it is a folder; give a file name{frames}")
    above = next(parent for parent in place.real.parents if parent.exists())
    if not above.is_dir():
        raise BadScene("output", str(place.given), f"{above} is a file, not a folder")
    if not os.access(above, os.W_OK | os.X_OK):
        raise BadScene("output", str(place.given), f"the folder {above} can't be written to; choose another one")


def _check_folder(place: "_Place") -> None:
    if Path.cwd().is_relative_to(place.real):
        raise BadScene("output", str(place.given), "it is the folder in use; name one within it for the frames")
    if not place.real.is_dir():
        raise BadScene("output", str(place.given), "it is a file; choose another name for the folder of frames")
    for name in sorted(entry.name for entry in place.real.iterdir()):
        if not FRAME_FILE.fullmatch(name):
            allowed = f"it holds {name!r}; a folder of frames must be new, empty, or hold only frames of a film"
            raise BadScene("output", str(place.given), allowed)


def _ending(path: str | Path) -> str:
    text = os.fspath(path)
    if text.endswith(("/", os.sep)):
        return FOLDER
    suffix = Path(text).suffix.lower()
    if suffix in FORMATS:
        return suffix
    if Path(text).is_dir():
        return FOLDER
    folder = "or end the name with / for a folder of PNG frames"
    suffixes = [name for name in FORMATS if name != FOLDER]
    if not suffix:
        allowed = f"its end must say the format: {', '.join(suffixes)}, {folder}"
        raise BadScene("output", text, allowed)
    raise BadScene("output", text, f"{choose(suffix, suffixes)}, {folder}")


@dataclass(frozen=True)
class _Place:
    """Where a film goes: the path as given, the real one, and the hidden ones beside it."""

    given: Path
    real: Path
    ending: str

    @classmethod
    def of(cls, path: str | Path) -> "_Place":
        return cls(Path(path), Path(os.path.realpath(path)), _ending(path))

    @property
    def is_folder(self) -> bool:
        return self.ending == FOLDER

    @property
    def format(self) -> Format:
        return FORMATS[self.ending]

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


@contextmanager
def _staged(places: Sequence[_Place]) -> Iterator[None]:
    """Make the folders, sweep what killed processes left, and remove our own parts at the end, come what may."""
    made: list[Path] = []
    try:
        for place in places:
            with _told(place):
                made += _missing_folders(place.real.parent)
                place.real.parent.mkdir(parents=True, exist_ok=True)
                _recover(place)
        yield
    except BaseException:
        for place in places:
            _remove(place.part)
            _put_back(place, place.aside)
        for folder in reversed(made):
            with suppress(OSError):
                folder.rmdir()
        raise


def _missing_folders(path: Path) -> list[Path]:
    """Return which of the folder and those above it do not exist, outermost first."""
    return [folder for folder in (path, *path.parents) if not folder.exists()][::-1]


def _recover(place: _Place) -> None:
    """Undo what a killed process left half done: a folder put aside goes back, the rest is removed."""
    for leftover, kind in place.leftovers():
        if kind == "aside":
            _put_back(place, leftover)
        _remove(leftover)


def _put_back(place: _Place, aside: Path) -> None:
    """Give a folder that waits aside its name again, if no other has it."""
    if aside.exists() and not place.real.exists():
        aside.rename(place.real)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):  # not there, or out of reach: then nothing better can be done
            path.unlink()


def _encoded(
    frames: Iterable[Frame],
    places: Sequence[_Place],
    spec: FilmSpec,
    scouts: Sequence[Array],
    progress: Callable[[int], object],
) -> int:
    """Run all encoders over the frames; return the film's length in ticks.

    The drawer works outside of every `_told`, so that its own errors are not taken for the disk's.
    """
    total = 0
    with ExitStack() as all_encoders:
        running = []
        for place in places:
            own = all_encoders.enter_context(ExitStack())
            with _told(place):
                sink = own.enter_context(place.format.load()(place.part, spec, scouts))
            running.append((place, own, sink))
        for rgba, ticks in frames:
            spec.check(rgba, ticks)
            for place, _, sink in running:
                with _told(place):
                    sink(rgba, ticks)
            total += ticks
            progress(ticks)
        for place, own, _ in running:
            with _told(place):
                own.close()
    return total


@contextmanager
def _told(place: _Place) -> Iterator[None]:
    """Turn what the disk or an encoder reports into one sentence about the file that was asked for."""
    try:
        yield
    except FilmFailed as failure:
        raise FilmFailed(f"{place.given}: {failure}") from failure
    except OSError as error:
        raise FilmFailed(f"{place.given}: {_disk_reason(error, place)}") from error


def _disk_reason(error: OSError, place: _Place) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"the folder {place.real.parent} can't be written to"
    return f"it can't be written: {error.strerror or error}"


def _describe(place: _Place, ticks: int, spec: FilmSpec) -> Written:
    size = sum(found.st_size for found in _files(place.part).values())
    if place.format.still:
        return Written(place.given, size, 1, 0.0, place.format.name)
    return Written(place.given, size, ticks, ticks / spec.fps, place.format.name)


def _files(path: Path) -> dict[int, os.stat_result]:
    """Return the sizes and such of the files at `path`, by inode, so that a shared file counts once."""
    if not path.is_dir():
        return {0: path.stat()}
    with os.scandir(path) as entries:
        return {entry.inode(): entry.stat() for entry in entries}


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


def _land(place: _Place) -> None:
    """Give the finished film its name; what had it before is gone after, and not a moment earlier."""
    if not (place.is_folder and place.real.exists()):
        place.part.replace(place.real)
    elif _exchange(place.part, place.real):
        _remove(place.part)
    else:
        place.real.rename(place.aside)
        place.part.rename(place.real)
        _remove(place.aside)
    with suppress(OSError):  # some file systems can't; the name is right, only a power cut could undo it
        _sync(place.real.parent)


def _exchange(one: Path, other: Path) -> bool:
    """Swap two names in one atomic step, where the system offers it (Linux's renameat2); return whether it did."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), swap) == 0
