"""Whether a text can be shown: in the fonts that are installed, and on its lines."""

import unicodedata

from gdviz.descent.story import Sentence
from gdviz.languages.breaks import is_wide
from gdviz.picture.breaking import broken
from gdviz.picture.sprite import text_width
from gdviz.picture.theme import NAME, SENTENCE
from gdviz.picture.typeface import has_glyph, script_of
from gdviz.problems import BadScene


def check_glyphs(field: str, text: str, given: str | None = None) -> None:
    """Raise `BadScene`, naming field, character and what to install, unless every character of `text` can be drawn.

    given: what the user gave, where that is not the text itself.
    """
    given = text if given is None else given
    for character in text:
        if unicodedata.bidirectional(character) in ("R", "AL", "AN"):
            raise BadScene(field, given, f"allowed: text from left to right, and {_named(character)} is not")
        if not has_glyph(character):
            raise BadScene(field, given, f"no installed font has {_named(character)}; {_to_install(character)}")


def _named(character: str) -> str:
    return f"{character!r} (U+{ord(character):04X}, {unicodedata.name(character, 'without a name')})"


def _to_install(character: str) -> str:
    """Say how to get a font that has a character."""
    script = script_of(character)
    if is_wide(character) and script != "emoji":
        return (
            "install one for Chinese and Japanese: apt install fonts-noto-cjk on Debian and Ubuntu, "
            "elsewhere Noto Sans CJK from https://github.com/notofonts/noto-cjk"
        )
    if script == "emoji":
        return "leave it out: emoji are pictures, and not drawn"
    return f"install one for {script}, such as that of Noto Sans from https://fonts.google.com/noto"


def check_sentence_fits(field: str, sentence: Sentence, room: float, lines: int) -> None:
    """Raise `BadScene`, naming the field, unless a sentence fits on so many lines, each at most `room` units wide."""
    given = broken(sentence, room, _wide) if lines > 1 else [sentence]
    if len(given) > lines or any(_wide(line) > room for line in given):
        _refuse(field, "".join(words for words, _ in sentence), lines)


def check_aside_fits(aside: str, room: float) -> None:
    """Raise `BadScene` unless the words beside the step counter are at most `room` units wide."""
    if text_width(aside, NAME, False, 72) > room:
        _refuse("aside", aside, 1)


def _wide(sentence: Sentence) -> float:
    return sum(text_width(words, SENTENCE, bool(role), 72) for words, role in sentence)


def _refuse(field: str, words: str, lines: int) -> None:
    place = "its line" if lines == 1 else f"{lines} lines"
    raise BadScene(field, words, f"allowed: a text that fits on {place} of the frame; shorten it")
