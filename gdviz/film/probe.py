"""Look into a film file, anybody's: what it is, how it plays, and what is wrong with it.

Nothing is believed: neither the name nor the sizes that a file claims. Containers are walked block by block, pictures
are decoded only below `LARGEST`, frames counted up to `MOST_FRAMES`, and ffmpeg is stopped after `PATIENCE` seconds.
The file is never changed.
"""

import mmap
import os
import re
import stat
import struct
from pathlib import Path

from gdviz.film.facts import SUFFIXES, Facts
from gdviz.problems import BadFile

SHOWN = f"can be looked into: {', '.join(SUFFIXES)}"

# What is often taken for a film, by how it begins.
_OTHERS = (
    (rb"\xff\xd8\xff", "a JPEG picture"),
    (rb"%PDF", "a PDF"),
    (rb"RIFF....AVI ", "an AVI film"),
    (rb"RIFF....WAVE", "a WAV sound"),
    (rb"OggS", "an Ogg film or sound"),
    (rb"FLV", "a Flash film"),
    (rb"\x30\x26\xb2\x75", "a Windows Media film"),
    (rb"\x00\x00\x01[\xba\xb3]", "an MPEG-1 or MPEG-2 film"),
    (rb"ID3|\xff[\xfb\xf3\xf2]", "an MP3 sound"),
    (rb"PK\x03\x04", "a ZIP archive, as a .pptx, .odp or .key is: give the film in it"),
    (rb"\s*(?i:<!doctype html|<html)", "a web page"),
    (rb"\s*(<\?xml[^>]*>\s*)?<svg", "an SVG drawing"),
    (rb"BM.{8}\x36", "a BMP picture"),
    (rb"(II\*\x00|MM\x00\*)", "a TIFF picture"),
)
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def probe(path: str | Path) -> Facts:
    """Return what a film file is.

    Raises BadFile, in one sentence, for what can't be read, is damaged or is no film, and MissingPackage where ffmpeg
    is needed and not there.
    """
    file = Path(path)
    _check_readable(file)
    try:
        with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _facts(file, data)
    except OSError as error:
        raise BadFile(path, f"it can't be read: {error.strerror or error}") from error
    except (struct.error, IndexError) as error:
        raise BadFile(path, "it is cut short: the file ends in the middle of a block") from error


def _check_readable(path: Path) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        raise BadFile(path, "there is no such file") from None
    except (OSError, ValueError) as error:
        raise BadFile(path, f"it can't be read: {getattr(error, 'strerror', None) or error}") from None
    if stat.S_ISDIR(found.st_mode):
        raise BadFile(path, "it is a folder; give a film file")
    if not stat.S_ISREG(found.st_mode):
        raise BadFile(path, "it is no file but a device or a pipe; give a film file")
    if found.st_size == 0:
        raise BadFile(path, "it is empty")
    if not os.access(path, os.R_OK):
        raise BadFile(path, "it can't be read: Permission denied")


def _facts(path: Path, data: mmap.mmap) -> Facts:
    """Read the file by what its first bytes say that it is."""
    head = data[:64]
    if head[:3] == b"GIF":
        from gdviz.film.image_facts import gif_facts

        return gif_facts(path, data)
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        from gdviz.film.image_facts import png_facts

        return png_facts(path, data)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        from gdviz.film.image_facts import webp_facts

        return webp_facts(path, data)
    if head[4:8] in _BOXES:
        from gdviz.film.video_facts import mp4_facts

        return mp4_facts(path, data)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        from gdviz.film.video_facts import webm_facts

        return webm_facts(path, data)
    raise BadFile(path, f"{_guess(path, head)}; {SHOWN}")


def _guess(path: Path, head: bytes) -> str:
    """Say what a file that is no film may be."""
    for pattern, kind in _OTHERS:
        if re.match(pattern, head, re.DOTALL):
            return f"it is {kind}"
    suffix = path.suffix.lower()
    named = f", whatever its name {suffix} says" if any(suffix in ends for ends in SUFFIXES.values()) else ""
    if not any(head):
        return f"it begins with zeros and is no film{named}"
    with_text = re.fullmatch(rb"[\t\n\f\r\x20-\x7e]*", head) or _is_words(head)
    return f"it is {'a text' if with_text else 'no film that is known'}{named}"


def _is_words(head: bytes) -> bool:
    """Return whether bytes, perhaps cut within a letter, are UTF-8 without control characters."""
    text = head.decode("utf-8", errors="ignore")
    return len(text.encode()) > len(head) - 4 and not re.search(r"[\x00-\x08\x0e-\x1f]", text)
