"""Which fonts a text is drawn in: the typeface, and behind it others for the characters that it lacks.

Fonts differ from machine to machine, and with them the pixels of such texts.
"""

import os
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from functools import cache

from matplotlib.font_manager import FontEntry, FontPath, findSystemFonts, fontManager, get_font, weight_dict
from matplotlib.ft2font import FT2Font

from gdviz.languages.breaks import is_wide
from gdviz.picture.theme import FONT
from gdviz.words import current_language

# Families in the order in which they are tried: those of the free Noto and Source Han, then what systems bring.
_JAPANESE = (
    "Noto Sans CJK JP", "Noto Sans JP", "Source Han Sans JP", "Source Han Sans", "IPAexGothic", "IPAGothic",
    "Hiragino Sans", "Hiragino Kaku Gothic ProN", "Yu Gothic", "Meiryo", "MS Gothic", "TakaoGothic", "VL Gothic",
)  # fmt: skip
_CHINESE = (
    "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "PingFang SC", "Hiragino Sans GB",
    "Heiti SC", "Microsoft YaHei", "SimHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Arial Unicode MS",
)  # fmt: skip
_KOREAN = ("Noto Sans CJK KR", "Noto Sans KR", "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic")


def typefaces(words: str) -> tuple[str, ...]:
    """Return the families in which a text is drawn, the typeface first; Chinese characters are those of the language.

    A character that no font has is left out: `has_glyph` tells beforehand.
    """
    return (FONT,) if words.isascii() else _typefaces(words, current_language().name)


def formula_typefaces(words: str) -> tuple[str, ...]:
    """Return the families of a text with mathematics, whose words come from the first one alone."""
    return typefaces(words)[::-1]


def has_glyph(character: str) -> bool:
    """Say whether some installed font has a character, upright and bold."""
    return _covers(FONT, character) or _family(character, current_language().name) is not None


def script_of(character: str) -> str:
    """Return the script of a character as Unicode names it: "Hiragana", "CJK unified", "Devanagari"."""
    name = unicodedata.name(character, "unknown")
    return "emoji" if unicodedata.category(character) == "So" and character > "\uffff" else name.split()[0].capitalize()


@cache
def _typefaces(words: str, language: str) -> tuple[str, ...]:
    lacking = [character for character in dict.fromkeys(words) if not _covers(FONT, character)]
    found = (_family(character, language) for character in lacking)
    return (FONT, *dict.fromkeys(family for family in found if family is not None))


@cache
def _family(character: str, language: str) -> str | None:
    """Return the first family that has a character; fonts that matplotlib has not listed yet are looked for once."""
    made_for = _made_for(character, language)
    found = next((name for name in made_for if _covers(name, character)), None)
    if found is None and _list_new_fonts():
        _covers.cache_clear()
        _faces.cache_clear()
    others = sorted({entry.name for entry in fontManager.ttflist if not entry.name.startswith("Last Resort")} - {FONT})
    return found or next((name for name in (*made_for, *others) if _covers(name, character)), None)


def _made_for(character: str, language: str) -> tuple[str, ...]:
    """Return the families that are made for a character's script and for the language."""
    name = unicodedata.name(character, "")
    if not is_wide(character):
        return ()
    if name.startswith("HANGUL"):
        return _KOREAN
    kana = name.startswith(("HIRAGANA", "KATAKANA"))
    return _JAPANESE + _CHINESE if kana or language == "Japanese" else _CHINESE + _JAPANESE


@cache
def _covers(family: str, character: str) -> bool:
    """Say whether the upright and the bold face of a family have a character as an outline."""
    faces = _faces(family)
    return bool(faces) and all(face.scalable and face.get_char_index(ord(character)) for face in faces)


@cache
def _faces(family: str) -> Sequence[FT2Font]:
    """Return the upright and the bold face of a family, the same where it has but one; none where it can't be read."""
    there = [entry for entry in fontManager.ttflist if entry.name == family and entry.style == "normal"]
    there = [entry for entry in there if os.path.exists(entry.fname)]  # noqa: PTH110
    if not there:
        return []
    nearest = (min(there, key=lambda entry: abs(_weight(entry) - wanted)) for wanted in (400, 700))
    try:
        return [get_font(FontPath(entry.fname, entry.index)) for entry in nearest]
    except (RuntimeError, OSError):
        return []


def _weight(entry: FontEntry) -> float:
    """Return the weight of a listed font as a number: 400 is normal, 700 bold."""
    return float(weight_dict.get(entry.weight, entry.weight) if isinstance(entry.weight, str) else entry.weight)


@cache
def _list_new_fonts() -> bool:
    """Add the fonts that were installed since matplotlib listed them; say whether there were any."""
    known = {entry.fname for entry in fontManager.ttflist}
    fresh = [path for path in findSystemFonts() if path not in known]
    for path in fresh:
        with suppress(RuntimeError, OSError, ValueError):  # a file that is no font
            fontManager.addfont(path)
    return bool(fresh)
