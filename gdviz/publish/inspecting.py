"""`gdviz inspect`: what a film is, and what it says about itself."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gdviz.film.card_reading import read_card
from gdviz.film.facts import Facts
from gdviz.film.film import Card
from gdviz.film.probe import probe
from gdviz.problems import BadFile
from gdviz.publish.checking import UNREADABLE

_HOUSEKEEPING = {"major_brand", "minor_version", "compatible_brands", "encoder"}  # what says nothing about the film


@dataclass(frozen=True)
class Inspection:
    """What a film file is, and what gdviz wrote into it, if it did; `print` shows it in words."""

    facts: Facts
    card: Card | None

    def row(self) -> dict[str, Any]:
        """Return what is written in JSON."""
        said = {"card": None if self.card is None else asdict(self.card)}
        return asdict(self.facts) | {"path": str(self.facts.path), "fps": self.facts.fps} | said

    def lines(self) -> Iterator[str]:
        """Yield the facts of the film, a line each, then its texts."""
        yield f"{self.facts.path}"
        rows = [*_rows(self.facts), *(_texts(self.facts) if self.card is None else _said(self.card))]
        wide = max(len(name) for name, _ in rows)
        for name, words in rows:
            first, *others = words.splitlines() or [""]
            yield f"  {name:{wide}}  {first}".rstrip()
            yield from (f"  {'':{wide}}  {line}".rstrip() for line in others)

    def __str__(self) -> str:
        """Return it in words."""
        return "\n".join(self.lines())


@dataclass(frozen=True)
class Inspected:
    """What was found in several files: the facts of those that could be read, and the problems of the others."""

    films: tuple[Inspection, ...]
    problems: tuple[BadFile, ...]

    @property
    def exit_code(self) -> int:
        """2 where a file can't be read, else 0."""
        return UNREADABLE if self.problems else 0

    def rows(self) -> list[dict[str, Any]]:
        """Return what is written in JSON, a row a file."""
        unread = [{"path": problem.path, "problem": problem.sentence} for problem in self.problems]
        return [film.row() for film in self.films] + unread

    def text(self) -> str:
        """Return what was found in words."""
        return "\n".join(map(str, self.films))


def inspect(path: str | Path) -> Inspection:
    """Look what a film is, how it is coded, how long it plays, and what it says about itself; it is not changed.

    path: of a GIF, MP4, MOV, WebM, Matroska, WebP, APNG or PNG, made by anybody.

    `print(inspect("talk.mp4"))` shows it in words; `.facts` has sizes in pixels and times in seconds, and `.card` the
    title, alt text, description, digest and language of a film that gdviz made, else None.

    Raises BadFile, in one sentence, for what can't be read, and MissingPackage for a video without ffmpeg.
    """
    facts = probe(path)
    return Inspection(facts, read_card(facts.path))


def inspected(files: Iterable[str | Path]) -> Inspected:
    """Inspect several files; one that can't be read is told beside the others. Else raises as `inspect` does."""
    films, problems = [], []
    for file in files:
        try:
            films.append(inspect(file))
        except BadFile as problem:
            problems.append(problem)
    return Inspected(tuple(films), tuple(problems))


def _said(card: Card) -> Iterator[tuple[str, str]]:
    """Yield what gdviz wrote into a film."""
    rows = [("title", card.title), ("alt text", card.alt), ("description", card.description), ("digest", card.digest)]
    yield from ((name, text) for name, text in [*rows, ("language", card.language)] if text)


def _texts(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what other programs wrote into a film."""
    yield from ((name, text) for name, text in facts.texts if name.lower() not in _HOUSEKEEPING)


def _rows(facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield the facts that there are, by name."""
    yield "container", f"{facts.container}{'' if facts.has_fitting_name else ', though its name says otherwise'}"
    yield "codec", f"{facts.codec}{f', {facts.profile}' if facts.profile else ''}"
    yield "pixels", f"{facts.pixels}{', with alpha' if facts.has_alpha else ''}"
    yield "size", f"{facts.size[0]} x {facts.size[1]}"
    yield "bytes", str(facts.bytes)
    if facts.is_still:
        yield "pictures", "1, a still"
        return
    yield "pictures", f"{facts.frames}, {facts.fps:.4g} a second on the average"
    slow = f"; {facts.shown_seconds:g} in browsers, as {facts.rushed} delays are below 2 hundredths"
    yield "seconds", f"{facts.seconds:g}{slow if facts.rushed else ''}"
    if facts.is_video:
        yield "colour", facts.colour or "no tags"
        yield "sound", facts.audio or "none"
    else:
        yield "plays", "for ever" if facts.plays is None else f"{facts.plays} times" if facts.plays > 1 else "once"
    if facts.is_faststart is not None:
        yield "index", "before the pictures (fast start)" if facts.is_faststart else "after the pictures"
    if facts.container == "GIF":
        own = f"{facts.local_palettes} pictures with palettes of their own"
        yield "palettes", f"{'one for all' if facts.global_palette else 'none for all'}, {own}"
    if facts.is_first_empty:
        yield "first picture", "empty"
