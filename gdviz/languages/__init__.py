"""The languages of the screen, one file each. To add one: a file here with all keys of the English table, and a row.

Messages, errors and the command line stay English.
"""

from functools import cache
from importlib import import_module

from gdviz.languages.language import Language

LANGUAGES = {
    "en": "English",
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "ja": "Japanese",
    "pt": "Portuguese",
    "zh": "Chinese",
}
"""What is spoken: short name (ISO 639) and English name."""


@cache
def load(lang: str) -> Language:
    """Import a language."""
    found: Language = import_module(f"gdviz.languages.{lang}").LANGUAGE
    return found
