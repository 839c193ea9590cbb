"""MP4: H.264 that slides, browsers and PowerPoint play, through the ffmpeg that comes with imageio.

Measured on 90 frames of 1280 x 720 on two cores: `veryfast` takes 7 ms a frame (half of `medium`'s time where
everything moves) and its files are not larger; `rgb0` is what matplotlib draws and saves the conversion that `rgb24`
needs (12 ms).
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

from gdviz.film.film import Array, FilmSpec, Sink
from gdviz.problems import BadScene, FilmFailed, MissingPackage

QUALITY = 18  # x264's constant rate factor: no difference can be seen on slides
PRESET = "veryfast"
THREADS = 2  # x264's bytes depend on the number, so it must not depend on the machine
IN_FLIGHT = 3  # pictures between drawer and encoder
PATIENCE = 0.2  # seconds between two looks whether the encoder still lives


@contextmanager
def mp4(path: Path, spec: FilmSpec, _scouts: Sequence[Array]) -> Iterator[Sink]:
    """Open an MP4 at `path`; see `Encoder` for the contract. `spec.loop` and `spec.colours` have no place in it.

    Encoding runs beside drawing. Raises BadScene for an odd width or height, MissingPackage without ffmpeg.
    """
    _check_size(spec.size)
    program = ffmpeg()
    with tempfile.TemporaryFile() as complaints, ExitStack() as guard:
        with _interrupts_held_back():
            feeder = _Feeder(_started([program, *_options(path, spec)], complaints), complaints, spec)
            guard.callback(feeder.stop)
        yield feeder.add
        if feeder.ticks == 0:
            raise FilmFailed("the film has no frames")
        feeder.finish()
    _check(program, path, spec, feeder.ticks)


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


def ffmpeg() -> str:
    """Return the path of the ffmpeg program. Raises MissingPackage."""
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise MissingPackage("imageio-ffmpeg", "an MP4", "pip install 'imageio[ffmpeg]'") from error


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
        self._thread = Thread(target=self._feed, name="gdviz MP4 writer", daemon=True)
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


def _options(path: Path, spec: FilmSpec) -> list[str]:
    width, height = spec.size
    entry = f"-f rawvideo -pix_fmt rgb0 -s {width}x{height} -r {spec.fps} -i pipe:0 -an"
    coding = f"-c:v libx264 -profile:v high -pix_fmt yuv420p -preset {PRESET} -crf {QUALITY} -threads {THREADS}"
    colour = (
        "-vf scale=out_color_matrix=bt709:out_range=tv "
        "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    )
    output = "-fps_mode cfr -fflags +bitexact -flags:v +bitexact -movflags +faststart"
    title = ["-metadata", f"title={spec.title}"] if spec.title else []
    # a quarter of a tick early, as the first picture from that time on becomes a whole one
    entries = ",".join(f"{max(0.0, (tick - 0.25) / spec.fps):.5f}" for tick in spec.entries)
    whole = ["-force_key_frames", entries] if entries else []
    words = f"-hide_banner -loglevel error -y {entry} {coding} {colour} {output}".split()
    return [*words, *whole, *title, "-f", "mp4", f"file:{path}"]


def _check_size(size: tuple[int, int]) -> None:
    even = tuple(side + side % 2 for side in size)
    if even != tuple(size):
        raise BadScene("size", size, f"an MP4 needs an even width and height, such as {even}")


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


def _check(program: str, path: Path, spec: FilmSpec, ticks: int) -> None:
    """Have ffmpeg list the packets of the finished file; raise FilmFailed unless it holds what was sent."""
    command = [program, "-v", "error", "-nostdin", "-i", f"file:{path}", "-c", "copy", "-f", "framecrc", "-"]
    with (
        tempfile.TemporaryFile() as complaints,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True) as reader,
    ):
        found = _listed(reader.stdout or ())
        if reader.wait():
            raise FilmFailed(f"the finished MP4 can't be read back: {_reason(reader.returncode, complaints)}")
    asked = (tuple(spec.size), ticks, ticks / spec.fps)
    if found != asked:
        raise FilmFailed(f"the finished MP4 holds (size, frames, seconds) = {found}, not {asked}")


def _listed(lines: Iterable[str]) -> tuple[tuple[int, ...], int, float]:
    """Read ffmpeg's `framecrc` listing: size, number of packets and seconds."""
    size: tuple[int, ...] = ()
    unit = Fraction(0)
    packets = duration = 0
    for line in lines:
        if line.startswith("#dimensions 0: "):
            size = tuple(int(side) for side in line[15:].split("x"))
        elif line.startswith("#tb 0: "):
            unit = Fraction(line[7:].strip())
        elif not line.startswith("#"):
            packets += 1
            duration += int(line.split(",")[3])
    return size, packets, float(duration * unit)
