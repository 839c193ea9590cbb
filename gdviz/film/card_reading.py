"""Reading the card of a finished film, whatever its format."""

import struct
import subprocess
import warnings
from pathlib import Path

from PIL import Image

from gdviz.film.card_text import MOST, read_card_text
from gdviz.film.film import Card
from gdviz.film.video import ffmpeg
from gdviz.film.xmp import read_xmp

PICTURES = {".gif": "GIF", ".png": "PNG", ".apng": "PNG", ".webp": "WEBP"}
VIDEOS = (".mp4", ".webm")
PATIENCE = 20  # seconds for ffmpeg to read the head of a file


def read_card(path: str | Path) -> Card | None:
    """Return the card that gdviz wrote into a film, a poster or the first of a folder of frames.

    None where there is none: other files, damaged ones, and formats unknown by their suffix. Raises OSError where
    nothing can be read at `path`, and MissingPackage for a video without ffmpeg.
    """
    path = Path(path)
    if path.is_dir():
        first = min(path.glob("frame_*.png"), default=None)
        return None if first is None else read_card(first)
    with path.open("rb"):
        pass  # whatever goes wrong from here on is in what it holds
    suffix = path.suffix.lower()
    if suffix in VIDEOS:
        return read_card_text(_comment(path))
    return _in_picture(path, PICTURES[suffix]) if suffix in PICTURES else None


def _in_picture(path: Path, kind: str) -> Card | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sizes that would be a danger if the pixels were decoded
            with Image.open(path, formats=[kind]) as image:
                found = image.info
    except (OSError, ValueError, SyntaxError, EOFError, struct.error, Image.DecompressionBombError):
        return None
    if kind == "WEBP":
        return read_xmp(found.get("xmp", b""))
    text = found.get("Comment" if kind == "PNG" else "comment", "")
    return read_card_text(text.decode(errors="replace") if isinstance(text, bytes) else str(text))


def _comment(path: Path) -> str:
    """Return the comment of a video, as ffmpeg reads it."""
    command = [ffmpeg(), "-v", "quiet", "-nostdin", "-i", f"file:{path}", "-f", "ffmetadata", "-"]
    try:
        found = subprocess.run(command, capture_output=True, timeout=PATIENCE, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return _tags(found[: 8 * MOST].decode(errors="replace")).get("comment", "")


def _tags(text: str) -> dict[str, str]:
    """Read ffmpeg's metadata format: `name=value` lines, in which a backslash makes the next character part of them."""
    tags: dict[str, str] = {}
    name, part, letters = "", "", iter(text)
    for letter in letters:
        if letter == "\\":
            part += next(letters, "")
        elif letter == "=" and not name:
            name, part = part, ""
        elif letter == "\n":
            tags.setdefault(name.lower(), part)
            name, part = "", ""
        else:
            part += letter
    return tags
