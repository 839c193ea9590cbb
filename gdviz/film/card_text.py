"""A film's card as one text, for formats with a comment: a line for each field, which people can read too."""

import re

from gdviz.film.film import Card
from gdviz.problems import BadScene

NAMES = {
    "title": "Title",
    "alt": "Alternative text",
    "description": "Description",
    "digest": "Digest",
    "language": "Language",
}
"""What the fields are called in a file."""

MOST = 100_000  # characters that are looked at; a comment of a foreign file may have any number
_FOLD = "\n  "  # a line that goes on; as in the headers of a letter (RFC 5322, 2008)


def card_text(card: Card) -> str:
    """Return a card as lines such as `Title: First steps`; empty fields are left out, and an empty card is no text."""
    given = {NAMES[field]: text for field, text in vars(card).items() if text}
    if list(given) == [NAMES["language"]]:
        return ""
    return "\n".join(f"{name}: {text.replace(chr(10), _FOLD)}" for name, text in given.items())


def card_tags(card: Card) -> dict[str, str]:
    """Return a card as title, description and comment, the tags that most formats and players know.

    The comment has all of it; the description falls back to the text alternative. Empty tags are left out.
    """
    tags = {"title": card.title, "description": card.description or card.alt, "comment": card_text(card)}
    return {name: text for name, text in tags.items() if text}


def read_card_text(text: str) -> Card | None:
    """Return the card of which `card_text` made a text, or None for any other text."""
    fields = {name: field for field, name in NAMES.items()}
    found: dict[str, str] = {}
    for line in re.split(r"\n(?!  )", text[:MOST]):
        name, colon, value = line.partition(": ")
        if not colon or name not in fields or fields[name] in found:
            return None
        found[fields[name]] = value.replace(_FOLD, "\n")
    try:
        return Card(**found) if "language" in found else None
    except BadScene:  # control characters, or a language that is none
        return None
