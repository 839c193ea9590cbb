"""PDF pages, on which pictures are letters and lines, and which say what they are."""

from collections.abc import Iterable
from pathlib import Path

from matplotlib import rc_context
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from gdviz.film.film import Card

INCH = 72.0  # points


def save(pages: Iterable[Figure], path: Path, card: Card) -> None:
    """Write figures as the pages of a PDF, one after the other, with a card but without a date.

    Fonts are embedded as outlines that can be searched and copied (Type 42, TrueType), as publishers ask for.
    """
    about = {"Title": card.title, "Subject": card.alt, "Keywords": card.digest, "Creator": "gdviz"}
    facts = {name: text for name, text in about.items() if text}
    with (
        rc_context({"pdf.fonttype": 42}),  # the backend takes it from nowhere else; put back at the end
        PdfPages(path, metadata={**facts, "CreationDate": None}) as pdf,
    ):
        for page in pages:
            pdf.savefig(page)


def blank(wide: float, high: float, ground: str) -> Figure:
    """Return an empty page of a size in points; "none" is no ground."""
    return Figure(figsize=(wide / INCH, high / INCH), facecolor=ground)
