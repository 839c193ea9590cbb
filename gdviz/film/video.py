"""MP4 and WebM, through the ffmpeg that comes with imageio.

MP4: H.264 that slides, browsers and PowerPoint play. WebM: VP9 for pages, and with alpha where the film has it.

Measured on 90 frames of 1280 x 720 on two cores: `veryfast` takes 7 ms a frame (half of `medium`'s time where
everything moves) and its files are not larger; `rgb0` is what matplotlib draws and saves the conversion that `rgb24`
needs (12 ms).

The same pictures must give the same bytes. The fast form of x264's macroblock tree does not keep to that: of one film
made 1,200 times 9 were different, and 1 of 300 on a single thread. With `cpu-independent` x264 takes the exact form, as
on every processor: 1,500 of 1,500 were the same, in no more time and 0.7 % more bytes.
"""

import errno
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread, current_thread, main_thread
from types import FrameType
from typing import IO, Any

import numpy as np

from gdviz.film.card_text import card_tags
from gdviz.film.film import Array, FilmSpec, Sink
from gdviz.problems import BadScene, FilmFailed, MissingPackage

QUALITY = 18  # x264's constant rate factor: no difference can be seen on slides
PRESET = "veryfast"
VP9_QUALITY = 20
VP9_SPEED = "-deadline realtime -cpu-used 6"  # `good` takes six times as long for a tenth of the bytes
THREADS = 2  # the bytes depend on the number, so it must not depend on the machine
CLOCK = 0.0006  # seconds; WebM's times are rounded to thousandths
IN_FLIGHT = 3  # pictures between drawer and encoder
PATIENCE = 0.2  # seconds between two looks whether the encoder still lives


@contextmanager
def mp4(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open an MP4 at `path`; see `Encoder` for the contract. `spec.loop` and `spec.colours` have no place in it.

    Encoding runs beside drawing. Raises BadScene for an odd width or height, MissingPackage without ffmpeg.
    """
    with _encoded("MP4", path, spec, _h264(spec.coarser)) as sink:
        yield sink


@contextmanager
def webm(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open a WebM at `path`, with alpha if the film is transparent; else as `mp4`.

    Times are whole thousandths of a second.
    """
    with _encoded("WebM", path, spec, _vp9(spec.transparent, spec.coarser)) as sink:
        yield sink


@contextmanager
def _encoded(name: str, path: Path, spec: FilmSpec, coding: str) -> Iterator[Sink]:
    _check_size(name, spec.size)
    program = ffmpeg(_a(name))
    with tempfile.TemporaryFile() as complaints, ExitStack() as guard:
        with _interrupts_held_back():
            command = [program, *_options(path, spec, coding)]
            feeder = _Feeder(_started(command, complaints), complaints, spec)
            guard.callback(feeder.stop)
        yield feeder.add
        if feeder.ticks == 0:
            raise FilmFailed("the film has no frames")
        feeder.finish()
    _check(name, path, spec, feeder.ticks)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let a Ctrl-C wait: between the start of a program and the promise to stop it, it would leave an orphan."""
    former = signal.getsignal(signal.SIGINT)
    if not callable(former) or current_thread() is not main_thread():
        yield
        return
    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
    for number, frame in caught[:1]:
        former(number, frame)


def ffmpeg(purpose: str = "video") -> str:
    """Return the path of the ffmpeg program. Raises MissingPackage, whose sentence names the purpose."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise MissingPackage("imageio-ffmpeg", purpose, "pip install 'imageio[ffmpeg]'") from error


class _Feeder:
    """Copies frames and writes them to the encoder from a thread, a few at most in flight."""

    def __init__(self, encoder: subprocess.Popen[bytes], complaints: IO[bytes], spec: FilmSpec) -> None:
        width, height = spec.size
        self.ticks = 0
        self._encoder, self._complaints = encoder, complaints
        self._free: SimpleQueue[Array] = SimpleQueue()
        self._full: SimpleQueue[tuple[Array, int] | None] = SimpleQueue()
        for _ in range(IN_FLIGHT):
            self._free.put(np.empty((height, width, 4), np.uint8))
        self._thread = Thread(target=self._feed, name="gdviz video writer", daemon=True)
        self._thread.start()

    def add(self, rgba: Array, ticks: int) -> None:
        """Take the next frame; waits while all buffers are in flight."""
        buffer = self._buffer()
        np.copyto(buffer, rgba)
        self._full.put((buffer, ticks))
        self.ticks += ticks

    def finish(self) -> None:
        """Send everything and wait for the encoder to end. Raises FilmFailed with its last words."""
        self._full.put(None)
        self._thread.join()
        if self._encoder.wait():
            raise self._failure()

    def stop(self) -> None:
        """End the encoder, if it still runs, and the thread, which then has nobody to write to."""
        if self._encoder.poll() is None:
            self._encoder.kill()
            self._encoder.wait()
        self._full.put(None)
        self._thread.join()

    def _buffer(self) -> Array:
        while self._thread.is_alive():
            with suppress(Empty):
                return self._free.get(timeout=PATIENCE)
        raise self._failure()

    def _feed(self) -> None:
        pipe = self._encoder.stdin
        assert pipe is not None, "the encoder was started with a pipe"
        with suppress(OSError), pipe:  # an encoder that stops reading says why in its exit code
            while item := self._full.get():
                buffer, ticks = item
                for _ in range(ticks):
                    pipe.write(buffer.data)
                self._free.put(buffer)

    def _failure(self) -> FilmFailed:
        with suppress(subprocess.TimeoutExpired):
            self._encoder.wait(timeout=5)
        return FilmFailed(_reason(self._encoder.poll(), self._complaints))


def _started(command: list[str], complaints: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the encoder, out of reach of the terminal's Ctrl-C: whoever is interrupted stops it."""
    apart: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
    try:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, **apart)
    except OSError as error:
        raise FilmFailed(f"the encoder {command[0]} can't be started: {error.strerror}") from error


def _h264(coarser: int) -> str:
    quality = f"-preset {PRESET} -crf {QUALITY + coarser} -threads {THREADS} -x264-params cpu-independent=1"
    return f"-c:v libx264 -profile:v high -pix_fmt yuv420p {quality} -movflags +faststart -f mp4"


def _vp9(transparent: bool, coarser: int) -> str:
    layout = "yuva420p -auto-alt-ref 0" if transparent else "yuv420p"  # hidden frames would have no alpha
    quality = f"-b:v 0 -crf {VP9_QUALITY + coarser} {VP9_SPEED}"
    return f"-c:v libvpx-vp9 -pix_fmt {layout} {quality} -row-mt 1 -threads {THREADS} -f webm"


def _options(path: Path, spec: FilmSpec, coding: str) -> list[str]:
    width, height = spec.size
    pixels = "rgba" if spec.transparent else "rgb0"
    entry = f"-f rawvideo -pix_fmt {pixels} -s {width}x{height} -r {spec.fps} -i pipe:0 -an"
    colour = (
        "-vf scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709 "
        "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    )
    repeatable = "-fps_mode cfr -fflags +bitexact -flags:v +bitexact"
    # a quarter of a tick early, as the first picture from that time on becomes a whole one
    entries = ",".join(f"{max(0.0, (tick - 0.25) / spec.fps):.5f}" for tick in spec.entries)
    whole = ["-force_key_frames", entries] if entries else []
    tags = [part for name, text in card_tags(spec.card).items() for part in ("-metadata", f"{name}={text}")]
    words = f"-hide_banner -loglevel error -y {entry} {colour} {repeatable}".split()
    return [*words, *whole, *tags, *coding.split(), f"file:{path}"]


def _check_size(name: str, size: tuple[int, int]) -> None:
    even = tuple(side + side % 2 for side in size)
    if even != tuple(size):
        raise BadScene("size", size, f"{_a(name)} needs an even width and height, such as {even}")


def _a(name: str) -> str:
    """Return the name of a format with its article."""
    return f"{'an' if name == 'MP4' else 'a'} {name}"


def _reason(code: int | None, complaints: IO[bytes]) -> str:
    complaints.seek(0)
    said = complaints.read().decode(errors="replace")
    if os.strerror(errno.ENOSPC) in said:
        return "the disk is full"
    lines = dict.fromkeys(re.sub(r"\[\S+ @ \w+\]", "", line).strip() for line in said.splitlines())
    words = "; ".join(line for line in lines if line)
    if len(words) > 400:
        words = f"{words[:200]} ... {words[-200:]}"  # the cause comes first, what it led to last
    return f"ffmpeg {_ending(code)}{': ' if words else ''}{words}"


def _ending(code: int | None) -> str:
    if code is None:
        return "stopped reading"
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was stopped by {signal.Signals(-code).name}"
    return f"was stopped by signal {-code}"


def _check(name: str, path: Path, spec: FilmSpec, ticks: int) -> None:
    """Have ffmpeg list the packets of the finished file; raise FilmFailed unless it holds what was sent."""
    command = [ffmpeg(_a(name)), "-v", "error", "-nostdin", "-i", f"file:{path}", "-c", "copy", "-f", "framecrc", "-"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as reader,
    ):
        found = _listed(reader.stdout or (), spec.fps)
        if reader.wait():
            raise FilmFailed(f"the finished {name} can't be read back: {_reason(reader.returncode, complaints)}")
    asked = (tuple(spec.size), ticks, ticks / spec.fps)
    if found[:2] != asked[:2] or abs(found[2] - asked[2]) > CLOCK:
        raise FilmFailed(f"the finished {name} holds (size, frames, seconds) = {found}, not {asked}")


def _listed(lines: Iterable[str], fps: int) -> tuple[tuple[int, ...], int, float]:
    """Read ffmpeg's `framecrc` listing: size, number of packets, and when the last frame has stood for its tick."""
    size: tuple[int, ...] = ()
    unit = Fraction(0)
    packets = last = 0
    for line in lines:
        if line.startswith("#dimensions 0: "):
            size = tuple(int(side) for side in line[15:].split("x"))
        elif line.startswith("#tb 0: "):
            unit = Fraction(line[7:].strip())
        elif not line.startswith("#"):
            packets += 1
            last = max(last, int(line.split(",")[2]))
    return size, packets, float(last * unit + Fraction(1, fps))
