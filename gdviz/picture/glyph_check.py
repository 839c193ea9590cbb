"""Whether a text can be shown: in the typeface (no Chinese, no Devanagari, most emoji missing), and on its lines."""

import unicodedata
from functools import cache

from matplotlib.font_manager import findfont, get_font

from gdviz.descent.story import Sentence
from gdviz.picture.breaking import broken
from gdviz.picture.sprite import font, text_width
from gdviz.picture.theme import FONT, NAME, SENTENCE
from gdviz.problems import BadScene


def check_glyphs(field: str, text: str) -> None:
    """Raise `BadScene`, naming field, character and typeface, unless every character of `text` can be drawn."""
    for character in text:
        if not _is_drawn(character):
            name = unicodedata.name(character, "without a name")
            allowed = f"the typeface {FONT} has no glyph for {character!r} (U+{ord(character):04X}, {name})"
            raise BadScene(field, text, allowed)


@cache
def _is_drawn(character: str) -> bool:
    """Whether the character is in the typeface, upright and bold."""
    faces = (get_font(findfont(font(12, bold))) for bold in (False, True))
    return all(face.get_char_index(ord(character)) for face in faces)


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
