"""The facts of GIF, PNG, APNG and WebP: their blocks are walked without decoding, then the first picture is drawn.

Sources: GIF89a (CompuServe 1990); Portable Network Graphics, third edition (W3C 2025), which has the animation chunks;
WebP container (Google, RIFF chunks).
"""

import math
import struct
import warnings
from collections.abc import Iterator, Sequence
from mmap import mmap
from pathlib import Path

import numpy as np
from PIL import Image

from gdviz.film.facts import HASTE, MOST_FRAMES, UNHURRIED, Facts, check_count, check_size
from gdviz.film.film import Array
from gdviz.problems import BadFile

SAMPLED = 512  # pixels along the longer side that are looked at, to see whether a picture is empty
ALIKE = 24  # levels of 255 that compressed pixels of one colour may differ by
EMPTY = 0.001  # share of pixels of another colour up to which a picture counts as empty
LONGEST_TEXT = 65536  # bytes of a text that are read
_MODES = {"P": "palette", "1": "black and white", "L": "grey", "LA": "grey, alpha", "RGB": "rgb", "RGBA": "rgba"}
_SCREEN = 13  # bytes of a GIF's header

Texts = list[tuple[str, str]]


def gif_facts(path: Path, data: mmap) -> Facts:
    """Return the facts of a GIF. Raises BadFile; struct.error or IndexError where it ends too early."""
    version = data[:6]
    if version not in (b"GIF87a", b"GIF89a"):
        shown = version[3:].decode("ascii", errors="replace")
        raise BadFile(path, f"its header is damaged: a GIF begins with GIF87a or GIF89a, this one with GIF{shown}")
    width, height, flags = struct.unpack("<HHB", data[6:11])
    check_size(path, width, height)
    walk = _GifWalk(path, data, _SCREEN + _palette_bytes(flags))
    check_count(path, len(walk.delays))
    return _with_first(
        path, "GIF", data, (width, height), walk.delays, walk.plays, walk.texts,
        codec="gif", global_palette=bool(flags & 0x80), local_palettes=walk.local_palettes,
    )  # fmt: skip


class _GifWalk:
    """Passes over the blocks of a GIF, and keeps what they say: delays in seconds, palettes, loops, comments."""

    def __init__(self, path: Path, data: mmap, start: int) -> None:
        self.delays: list[float] = []
        self.local_palettes = 0
        self.plays: int | None = 1
        self.texts: Texts = []
        self._delay = 0
        position = start
        while position < len(data) and data[position] != 0x3B and len(self.delays) <= MOST_FRAMES:
            position = self._block(path, data, position)

    def _block(self, path: Path, data: mmap, position: int) -> int:
        """Read the block at `position`; return where the next one begins."""
        if data[position] == 0x2C:
            width, height, flags = struct.unpack("<HHB", data[position + 5 : position + 10])
            check_size(path, width, height)
            self.delays.append(self._delay / 100)
            self._delay = 0
            self.local_palettes += flags >> 7
            return _after_blocks(data, position + 11 + _palette_bytes(flags))
        if data[position] != 0x21:
            raise BadFile(path, f"it is damaged: after {len(self.delays)} pictures there is no block that a GIF has")
        label, first = data[position + 1], position + 2
        if label == 0xF9:
            self._delay = struct.unpack("<H", data[first + 2 : first + 4])[0]
        elif label == 0xFF and data[first + 1 : first + 12] == b"NETSCAPE2.0" and data[first + 13] == 1:
            more = struct.unpack("<H", data[first + 14 : first + 16])[0]
            self.plays = more + 1 if more else None
        elif label == 0xFE:
            self.texts.append(("comment", _joined(data, first)))
        return _after_blocks(data, first)


def _palette_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _after_blocks(data: mmap, position: int) -> int:
    """Pass over a chain of sub-blocks."""
    while size := data[position]:
        position += size + 1
    return position + 1


def _joined(data: mmap, position: int) -> str:
    """Return the text in a chain of sub-blocks."""
    text = b""
    while (size := data[position]) and len(text) < LONGEST_TEXT:
        text += data[position + 1 : position + 1 + size]
        position += size + 1
    return text.decode(errors="replace")


def png_facts(path: Path, data: mmap) -> Facts:
    """Return the facts of a PNG or an APNG. Raises BadFile; struct.error where it ends too early."""
    if data[12:16] != b"IHDR":
        raise BadFile(path, "its header is damaged: a PNG begins with its size")
    width, height = struct.unpack(">II", data[16:24])
    check_size(path, width, height)
    delays: list[float] = []
    texts: Texts = []
    promised, plays = None, None
    for kind, start, end in _png_chunks(data):
        if kind == b"acTL":
            promised, often = struct.unpack(">II", data[start : start + 8])
            plays = often or None
        elif kind == b"fcTL":
            number, unit = struct.unpack(">HH", data[start + 20 : start + 24])
            delays.append(number / (unit or 100))
            check_count(path, len(delays))
        elif kind in (b"tEXt", b"iTXt"):
            texts += _png_text(kind, data[start : min(end, start + LONGEST_TEXT)])
    if promised is None:
        return _with_first(path, "PNG", data, (width, height), [0.0], 1, texts, codec="png")
    if promised != len(delays):
        raise BadFile(path, f"it is damaged: it promises {promised} pictures and has {len(delays)}")
    check_count(path, len(delays))
    return _with_first(path, "APNG", data, (width, height), delays, plays, texts, codec="apng")


def _png_chunks(data: mmap) -> Iterator[tuple[bytes, int, int]]:
    """Yield each chunk's name, and where its content begins and ends."""
    position, kind = 8, b""
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", data[position : position + 8])
        end = position + 8 + size
        if end + 4 > len(data):
            raise struct.error
        yield kind, position + 8, end
        position = end + 4


def _png_text(kind: bytes, content: bytes) -> Texts:
    name, _, rest = content.partition(b"\0")
    if kind == b"tEXt":
        return [(name.decode("latin-1"), rest.decode("latin-1"))]
    if rest[:1] != b"\0":
        return []  # a packed text may unfold to any length
    _, _, text = rest[2:].split(b"\0", 2) if rest.count(b"\0", 2) >= 2 else (b"", b"", b"")
    return [(name.decode("latin-1"), text.decode(errors="replace"))]


def webp_facts(path: Path, data: mmap) -> Facts:
    """Return the facts of a WebP, moving or not. Raises BadFile; struct.error where it ends too early."""
    if struct.unpack("<I", data[4:8])[0] + 8 > len(data):
        raise struct.error
    size, plays, codec = (0, 0), 1, ""
    delays: list[float] = []
    for kind, start in _webp_chunks(data):
        if kind == b"VP8X":
            size = _uint24(data, start + 4) + 1, _uint24(data, start + 7) + 1
            check_size(path, *size)
        elif kind == b"ANIM":
            plays = struct.unpack("<H", data[start + 4 : start + 6])[0]
        elif kind == b"ANMF":
            delays.append(_uint24(data, start + 12) / 1000)
            check_count(path, len(delays))
            codec = codec or data[start + 16 : start + 20].decode("ascii", errors="replace")
        elif kind in (b"VP8 ", b"VP8L"):
            codec = kind.decode()
    words = {"VP8L": "webp, lossless", "VP8 ": "webp, lossy"}.get(codec, "webp")
    return _with_first(path, "WebP", data, size, delays or [0.0], (plays or None) if delays else 1, [], codec=words)


def _webp_chunks(data: mmap) -> Iterator[tuple[bytes, int]]:
    """Yield each chunk's name, and where its content begins."""
    position, end = 12, struct.unpack("<I", data[4:8])[0] + 8
    while position + 8 <= end:
        kind, size = struct.unpack("<4sI", data[position : position + 8])
        if position + 8 + size > len(data):
            raise struct.error
        yield kind, position + 8
        position += 8 + size + size % 2


def _uint24(data: mmap, position: int) -> int:
    return int.from_bytes(data[position : position + 3], "little")


def _with_first(
    path: Path,
    container: str,
    data: mmap,
    size: tuple[int, int],
    delays: Sequence[float],
    plays: int | None,
    texts: Texts,
    codec: str,
    global_palette: bool = False,
    local_palettes: int = 0,
) -> Facts:
    """Draw the first picture, and put the facts together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd but harmless; what is not, is raised
        try:
            with Image.open(path, formats=["PNG" if container == "APNG" else container]) as picture:
                check_size(path, *picture.size)
                mode = picture.mode
                picture.load()
                rgba = _sampled(picture)
        except BadFile:
            raise
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            raise BadFile(path, f"it is damaged: its first picture can't be drawn ({error})") from error
        is_still = len(delays) == 1
        return Facts(
            path, container, len(data), size if size != (0, 0) else picture.size, len(delays),
            seconds=0.0 if is_still else round(math.fsum(delays), 3),
            codec=codec,
            pixels=_MODES.get(mode, mode),
            shown_seconds=0.0 if is_still else round(math.fsum(map(shown, delays)), 3),
            rushed=0 if is_still else sum(delay <= HASTE for delay in delays),
            plays=plays,
            global_palette=global_palette,
            local_palettes=local_palettes,
            is_first_empty=is_empty(rgba),
            has_alpha=bool((rgba[..., 3] < 255).any()),
            texts=tuple(texts),
        )  # fmt: skip


def shown(delay: float) -> float:
    """Return how many seconds browsers give a picture that asks for `delay`."""
    return UNHURRIED if delay <= HASTE else delay


def _sampled(picture: Image.Image) -> Array:
    """Return some of the picture's pixels, `(height, width, 4)`, as they are."""
    scale = max(1.0, max(picture.size) / SAMPLED)
    size = (max(1, round(picture.width / scale)), max(1, round(picture.height / scale)))
    return np.asarray(picture.resize(size, Image.Resampling.NEAREST).convert("RGBA"))


def is_empty(picture: Array) -> bool:
    """Return whether a picture `(height, width, 3 or 4)` shows (almost) nothing but one colour.

    What is transparent shows nothing.
    """
    rgb = picture[..., :3].astype(np.int16)
    seen = picture[..., 3] > 0 if picture.shape[-1] == 4 else np.ones(rgb.shape[:2], bool)
    if not seen.any():
        return True
    differs = np.abs(rgb - np.median(rgb[seen], axis=0)).max(axis=-1) > ALIKE
    return float((differs & seen).mean()) <= EMPTY
