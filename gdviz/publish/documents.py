"""The documents that films and words are put into, one row each. To add one: a file of this room, and a row here.

Like the formats of films, the table is read whenever the command line is asked for help, so it loads nothing.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gdviz.film.formats import CODED, SUFFIXES, format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gdviz.film.film import Progress, Written
    from gdviz.footage import Footage
    from gdviz.publish.wishes import Wishes

    Writer = Callable[[Sequence[Footage], Path, Wishes, Progress], list[Written]]
    """Makes a document of footage at a path; tells how many pictures more are done. Every file is whole or absent."""


class Document(NamedTuple):
    """A kind of document.

    name: what reports call it. use: what it is good for. writer: "module:name", imported when it is needed.
    several: whether it takes more than one scene. pictures: whether it shows pictures; else it has words or numbers.
    wishes: those of `Wishes` that it can fulfil. video: whether it has films in it, which can be coded to be smaller.
    loops: whether it says how often they play. beside: the files that belong to it: how their names end, and formats.
    """

    name: str
    use: str
    writer: str
    several: bool = False
    pictures: bool = True
    wishes: tuple[str, ...] = ()
    video: bool = False
    loops: bool = False
    beside: tuple[tuple[str, str], ...] = ()

    @property
    def knobs(self) -> tuple[str, ...]:
        """What makes it smaller: what does so with the video in it, see `gdviz.film.formats`; of words nothing does."""
        return CODED if self.video else ()

    def load(self) -> Writer:
        """Import the writer."""
        module, _, name = self.writer.partition(":")
        writer: Writer = getattr(import_module(module), name)
        return writer


_NUMBERS = "gdviz.publish.numbers:numbers"

DOCUMENTS = {
    ".html": Document("HTML page", "a player for browsers, offline; with a try-it of start and rate",
                      "gdviz.publish.page:page", several=True, wishes=("segments", "click"), video=True, loops=True),
    ".pptx": Document("PowerPoint", "slides whose films play", "gdviz.publish.presentation:powerpoint",
                      several=True, wishes=("segments", "click"), video=True, loops=True),
    ".vtt": Document("WebVTT", "captions for web players", "gdviz.publish.captions:webvtt", pictures=False),
    ".srt": Document("SubRip", "captions for video players", "gdviz.publish.captions:subrip", pictures=False),
    ".txt": Document("text", "alt text, description and every step in words", "gdviz.publish.captions:transcript",
                     several=True, pictures=False),
    ".csv": Document("CSV", "the numbers, a row for each step of each run", _NUMBERS, pictures=False),
    ".json": Document("JSON", "the same, a list for each column", _NUMBERS, pictures=False),
    ".npz": Document("NPZ", "the same, for NumPy", _NUMBERS, pictures=False),
    ".tex": Document("LaTeX", "frames of a talk in Beamer, with vector pictures", "gdviz.publish.latex:latex",
                     wishes=("segments", "click"), loops=True,
                     beside=(("_frames.pdf", "PDF"), ("_timeline.txt", "text"))),
    ".pdf": Document("PDF", "a contact sheet: the key moments on paper", "gdviz.publish.contact_sheet:sheets",
                     several=True),
}  # fmt: skip
"""The documents by the end of the name."""


def document_of(path: str | Path) -> Document | None:
    """Return the document that the end of `path` asks for, or None where it is no document's."""
    return None if str(path).endswith("/") else DOCUMENTS.get(Path(path).suffix.lower())


def check_ending(path: str | Path) -> None:
    """Raise `BadScene` unless the end of `path` is that of a film or a document; it names all that are allowed."""
    if document_of(path) is None:
        format_of(path, tuple(DOCUMENTS))


def loops(path: str | Path) -> bool:
    """Say whether a file says itself how often it plays."""
    return (document_of(path) or format_of(path)).loops


def looping() -> list[str]:
    """Return the ends of names of all that say so."""
    return [ending for ending in (*SUFFIXES, *DOCUMENTS) if loops(f"film{ending}")]
