"""Whether a text can be written: the typeface has no Chinese, Devanagari or emoji, and would draw empty boxes."""

import unicodedata
from functools import cache

from matplotlib.font_manager import findfont, get_font

from gdviz.picture.sprite import font
from gdviz.picture.theme import FONT
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
