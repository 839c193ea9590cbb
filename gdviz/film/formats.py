"""The formats of films, one row each. To add one: a file of this room with its encoder, and a row here.

The command line reads the table whenever it is asked for help, so it loads no encoder and no NumPy.
"""

from __future__ import annotations

import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gdviz.problems import BadScene, choose

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gdviz.film.film import Encoder

FOLDER = "/"
"""The end of the name of a folder of frames."""

# what makes a film smaller, and what makes a video so: its frames are mostly alike and cost next to nothing
MOVING, CODED = ("scale", "fps", "brief"), ("scale", "brief", "coarser")


class Format(NamedTuple):  # no dataclass: importing those takes a fifth of the time of `gdviz --help`
    """A way to store a film.

    name: what reports call it. ending: of a file's name, a suffix or `FOLDER`. use: what it is good for, or holds.
    encoder: "module:name" of its `Encoder`, imported when it is needed.
    still: whether it only has one picture. scouted: whether its encoder looks at scouts, to choose a palette.
    transparent: whether it can let what lies behind shine through, softly.
    loops: whether it says itself how often it plays.
    brief: whether a film in it is a brief one unless asked otherwise, because every picture makes it heavier.
    knobs: what makes a file of it smaller, names of fields of `gdviz.fitting.Fit`.
    """

    name: str
    ending: str
    use: str
    encoder: str
    still: bool = False
    scouted: bool = False
    brief: bool = False
    transparent: bool = False
    loops: bool = False
    knobs: tuple[str, ...] = MOVING

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of frames."""
        return self.ending == FOLDER

    def load(self) -> Encoder:
        """Import the encoder."""
        module, _, name = self.encoder.partition(":")
        encoder: Encoder = getattr(import_module(module), name)
        return encoder


FORMATS = {
    "gif": Format("GIF", ".gif", "plays everywhere, loops", "gdviz.film.gif:gif", scouted=True, brief=True,
                  loops=True, knobs=(*MOVING, "palette")),
    "mp4": Format("MP4", ".mp4", "H.264, for slides and browsers", "gdviz.film.video:mp4",
                  knobs=CODED),
    "webm": Format("WebM", ".webm", "VP9, for pages; can be transparent", "gdviz.film.video:webm", transparent=True,
                   knobs=CODED),
    "webp": Format("WebP", ".webp", "loops, every colour exact, for pages; can be transparent", "gdviz.film.webp:webp",
                   transparent=True, loops=True),
    "apng": Format("APNG", ".apng", "as .webp, twice as large, for programs without that", "gdviz.film.apng:apng",
                   transparent=True, loops=True),
    "png": Format("PNG", ".png", "the last picture, as a poster; does not move", "gdviz.film.stills:poster",
                  still=True, transparent=True, knobs=("scale",)),
    "frames": Format("PNG frames", FOLDER, "of PNG frames, one for each frame of the film", "gdviz.film.stills:folder",
                     transparent=True),
}  # fmt: skip
"""The formats by the word that asks for them."""

SUFFIXES = {row.ending: row for row in FORMATS.values() if not row.is_folder}
"""The formats of single files by their suffix."""


def format_of(path: str | Path, others: Sequence[str] = ()) -> Format:
    """Return the format that the end of `path` asks for: a suffix, or a slash or an existing folder.

    Raises BadScene with what is allowed and the nearest match. others: suffixes of files that are no films, which are
    allowed where the path was given.
    """
    text = os.fspath(path)
    suffix = Path(text).suffix.lower()
    if text.endswith(("/", os.sep)) or (suffix not in SUFFIXES and Path(text).is_dir()):
        return FORMATS["frames"]
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]
    allowed = (*SUFFIXES, *others)
    folder = "or end the name with / for a folder of PNG frames"
    if not suffix:
        raise BadScene("output", text, f"its end must say the format: {', '.join(allowed)}, {folder}")
    raise BadScene("output", text, f"{choose(suffix, allowed)}, {folder}")


def check_transparent(path: str | Path) -> None:
    """Raise BadScene unless the format that the end of `path` asks for can be transparent."""
    row = format_of(path)
    if not row.transparent:
        able = ", ".join(suffix for suffix, other in SUFFIXES.items() if other.transparent)
        ways = f'with {able} or a folder/ of PNG frames, or the slide\'s colour, such as "#F4F1E8"'
        raise BadScene("ground", "transparent", f"{row.name} has no soft edges; allowed: {ways}")
