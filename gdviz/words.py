"""The words and numbers of the screen, in the language that is spoken; the tables are in `gdviz/languages`.

Which language that is, is known to the running code, and not to every call: `with speaking("fr"):`. Threads, and
pictures that are drawn in turns, do not hear each other.

A sentence is a tuple of spans `(words, role)`; the role gives the words their colour.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from string import Formatter
from typing import Any

from gdviz.languages import LANGUAGES, load
from gdviz.languages.breaks import is_wide
from gdviz.languages.en import LANGUAGE as ENGLISH
from gdviz.languages.language import Language
from gdviz.problems import BadScene, choose, counted

LONGEST_NAME = 12  # characters of a parameter's name in the picture
MINUS = "\N{MINUS SIGN}"

Span = tuple[str, str]
Sentence = tuple[Span, ...]

_SPOKEN: ContextVar[Language] = ContextVar("language", default=ENGLISH)
_MARK = re.compile(r"\[(\w+)(?::([^\]]*))?\]")
_BETWEEN = re.compile(r"(?<=[\u3001-\u9fff])(\]?) (?=(?:\[\w+:)?[\u3001-\u9fff])")  # a space, maybe at a mark
_BLANK = re.compile(r"[ \n\t]+")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language, such as "fr", until the end of the block. Raises `BadScene` for one that is not there."""
    check_language(lang)
    token = _SPOKEN.set(load(lang))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def check_language(lang: object) -> None:
    """Raise `BadScene` unless it is the short name of a language that is spoken."""
    if not isinstance(lang, str) or lang not in LANGUAGES:
        raise BadScene("lang", lang, choose(str(lang), LANGUAGES))


def current_language() -> Language:
    """Return the language that is spoken."""
    return _SPOKEN.get()


class _Filling(Formatter):
    """Fills the places of a text; one with a noun, such as `{steps:step}`, with a number of them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value, or a number with its noun, or the form that goes with the noun that is the value."""
        language, text = current_language(), str(value)
        if not format_spec:
            return text
        forms = format_spec.split("|")
        if not text[:1].isdigit():
            return forms[text == language.words["gradient"]]
        return counted(text, format_spec) if language is ENGLISH else language.counted(text, forms)


_filling = _Filling()


def word(key: str, **values: object) -> str:
    """Return a name or a heading."""
    text = _filling.format(current_language().words[key], **values)
    return text if current_language().spaced else _BETWEEN.sub(r"\1", text)


def has_word(key: str) -> bool:
    """Say whether the table has a name or a heading."""
    return key in ENGLISH.words


def method(name: str) -> str:
    """Return what a method is called, with what is wrapped around it; names such as Adam are the same everywhere."""
    inner = name.removesuffix(" with weight decay")
    if inner != name:
        return word("with weight decay", method=method(inner))
    if name.startswith("clipped "):
        return word("clipped", method=method(name.removeprefix("clipped ")))
    key = f"method {name}"
    return word(key) if has_word(key) else name


def say(key: str, **values: object) -> Sentence:
    """Return a sentence as spans `(words, role)`."""
    return spans(word(key, **values))


def joined(parts: Sequence[str]) -> str:
    """Return names in a row: `x, y`."""
    return current_language().pause.join(parts)


def clauses(parts: Sequence[str]) -> str:
    """Return the parts of a sentence in a row: `same start, same 25 steps`."""
    return current_language().clause.join(parts)


def listed(numbers: Sequence[str]) -> str:
    """Return numbers in a row: `2.5, 1`, or `2,5; 1` where the comma is the decimal mark."""
    return ("; " if current_language().decimal == "," else ", ").join(numbers)


def prose(sentences: Sequence[str]) -> str:
    """Return sentences one after the other, each ended as sentences are; those of an author may be of other languages.

    What is not in the script of the language has the marks of English.
    """
    text = ""
    for line in filter(None, (_BLANK.sub(" ", sentence).strip() for sentence in sentences)):
        stop = current_language().stop if any(map(is_wide, line)) == is_wide(current_language().stop) else "."
        gap = "" if not text or is_wide(text[-1]) else " "
        text += gap + (line if line[-1] in ".?!…。？！" else line + stop)
    return text


def spans(text: str) -> Sentence:
    """Read the `[role:words]` marks of a text."""
    found, at = [], 0
    for mark in _MARK.finditer(text):
        found += [(text[at : mark.start()], ""), (mark[2] if mark[2] is not None else mark[1], mark[1])]
        at = mark.end()
    found.append((text[at:], ""))
    return tuple(span for span in found if span[0])


def filled(text: str, names: Sequence[str], values: Sequence[float], decimals: int) -> Sentence:
    """Return a user's sentence with `{name}` replaced by the value of that name."""
    for name, value in zip(names, values, strict=False):
        text = text.replace("{" + name + "}", number(value, decimals))
    return spans(text)


def reading_seconds(sentence: Sentence) -> float:
    """Return how long a sentence stays at least: half a second, and a second for every 15 characters.

    Chinese and Japanese ones say more: 6 a second. (Subtitles may show 20, 9 and 4 a second: Netflix, Timed Text Style
    Guides for English, Chinese, Japanese. Here the eye is also on the picture, and nobody is speaking.)
    """
    text = "".join(words for words, _ in sentence)
    wide = sum(map(is_wide, text))
    return 0.5 + (len(text) - wide) / 15 + wide / 6


def shown_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return what parameters are called on the screen: of names of more than 12 characters the begin and the end."""
    return tuple(name if len(name) <= LONGEST_NAME else f"{name[:7]}…{name[-4:]}" for name in names)


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus sign, fixed decimals, and thin spaces between thousands.

    The decimal mark is that of the language: `3.5`, in French `3,5`.

    Numbers from ten million on, and those that need more than seven decimals, are written as `3.97e8`; those from a
    million on have at most three decimals. What is less than a millionth of the last decimal is zero.
    """
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    if abs(value) >= 1e7 or decimals > 7:
        return scientific(value) if abs(value) >= 1e-6 * 10.0**-decimals else "0"
    text = f"{value:,.{min(decimals, 3) if abs(value) >= 1e6 else decimals}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # no minus for a number that is shown as zero
    apart = "\N{THIN SPACE}" if abs(value) >= 1e4 else ""
    return written(text.replace(",", apart))


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign, also where it is a plus, or shown as zero."""
    text = number(value, decimals)
    return text if text.startswith(MINUS) else f"+{text}"


def number_from(base: float, value: float, decimals: int, *, finer: bool = False) -> str:
    """Return a number as a round one and by how much it is above or below it, such as `2e9+2.400`.

    It is written whole where the base is 0, and where it is farther from it than that is from 0.
    finer: of a number that would be shown as zero write two digits, such as `0.00011`, down to 0.00001.
    """
    if finer and not base and 1e-5 <= abs(value) < 0.5 * 10.0**-decimals:
        return short(float(f"{value:.2g}"))
    if not base or not abs(value - base) < abs(base):
        return number(value, decimals)
    whole = short(base)
    exact = float(whole.replace(MINUS, "-").replace(current_language().decimal, ".")) == base
    return (whole if exact else written(repr(base))) + signed(value - base, decimals)


def scientific(value: float) -> str:
    """Return a number with three digits and its power of ten, such as `3.97e8`."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return written(f"{mantissa}e{int(exponent)}") if value else "0"


def short(value: float) -> str:
    """Return a setting, such as a learning rate, as it was written: without needless digits."""
    plain, text = f"{value:.12f}".rstrip("0").rstrip("."), f"{value:.6g}"
    exact = float(plain) == value and len(plain) <= 12
    if exact and (1e-5 <= abs(value) < 1e7 or float(text) != value):
        text = plain
    mantissa, e, exponent = text.partition("e")
    return written(f"{mantissa}e{int(exponent)}" if e else text)


def written(text: str) -> str:
    """Return a number that Python has written with a true minus sign, and the decimal mark of the language."""
    return text.replace("-", MINUS).replace(".", current_language().decimal)


def mathematics(latex: str) -> str:
    """Return a formula with the decimal mark of the language."""
    return _POINT.sub("{,}", latex) if current_language().decimal == "," else latex
