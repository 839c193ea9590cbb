"""What a language is to the screen: its words, and how its numbers and sentences are written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


def _one(count: str) -> int:
    """Return which form of a noun goes with a number: the first with 1, the second with all others."""
    return int(count != "1")


def up_to_one(count: str) -> int:
    """Return which form of a noun goes with a number in French and in Brazil: the first with 0 and 1."""
    return int(count not in ("0", "1"))


@dataclass(frozen=True, eq=False)
class Language:
    """A language.

    words: the table, with the keys of the English one. decimal: the mark before decimals. form: which form of a noun
    goes with a number. pause: between names in a row. clause: between
    parts of a sentence. stop: at the end of a sentence. spaced: whether
    words stand apart; else a space between two characters of the script is taken out.
    """

    name: str
    words: Mapping[str, str]
    decimal: str = "."
    form: Callable[[str], int] = _one
    pause: str = ", "
    clause: str = ", "
    stop: str = "."
    spaced: bool = True

    @property
    def letters(self) -> str:
        """Every character of its words, once."""
        return "".join(sorted(set().union(*self.words.values())))

    def counted(self, count: str, forms: Sequence[str]) -> str:
        """Return a number with its noun in the right form; where there is one for all, it brings its own space."""
        return f"{count} {forms[self.form(count)]}" if len(forms) > 1 else f"{count}{forms[0]}"
