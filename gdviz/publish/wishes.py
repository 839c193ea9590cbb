"""What a document can be asked for, beside what the scene says."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from gdviz.problems import BadScene
from gdviz.publish.documents import DOCUMENTS, document_of
from gdviz.publish.snippets import SNIPPETS, snippet_path


@dataclass(frozen=True)
class Wishes:
    """How films are put into documents.

    segments: stop wherever a speaker may want to: a film for each part, so that a click goes on and another goes back.
    click: wait for a click, or a press of play, instead of starting by itself.
    place: where they are to be shown; a page for one of `snippets.SNIPPETS` has beside it what to paste there.

    Raises `BadScene` for anything else.
    """

    segments: bool = False
    click: bool = False
    place: str = ""

    def __post_init__(self) -> None:
        """Check what is asked for."""
        for name in ("segments", "click"):
            given = getattr(self, name)
            if not isinstance(given, bool):
                raise BadScene(name, given, "allowed: True or False")

    def check(self, targets: Sequence[str | Path]) -> None:
        """Raise `BadScene` for a wish that none of the files can fulfil."""
        for wish in ("segments", "click"):
            given = getattr(self, wish)
            if given and not any(_fulfils(target, wish) for target in targets):
                films = "a film, or with " if wish == "segments" else ""
                ends = [ending for ending, document in DOCUMENTS.items() if wish in document.wishes]
                raise BadScene(wish, given, f"allowed: with {films}an output that ends in {' or '.join(ends)}")

    def files(self, document: str | Path) -> list[tuple[Path, str]]:
        """Return the files that a document consists of, itself the first, each with the name of its format."""
        row, path = DOCUMENTS[Path(document).suffix.lower()], Path(document)
        beside = [(path.with_name(path.stem + ending), kind) for ending, kind in row.beside]
        pasted = [(snippet_path(path), "snippet")] if self.place in SNIPPETS and path.suffix.lower() == ".html" else []
        return [(path, row.name), *beside, *pasted]

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> "Wishes":
        """Take the wishes out of named options; what is left there is not ours."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls) if field.name in options})


def _fulfils(target: str | Path, wish: str) -> bool:
    """Say whether a file can fulfil a wish; a film in any format can be cut into parts."""
    document = document_of(target)
    return wish == "segments" if document is None else wish in document.wishes
