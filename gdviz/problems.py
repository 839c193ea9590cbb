"""Every exception that gdviz raises on purpose, and the exit code that the command line gives for it.

    Problem
    ├── BadInput (also a ValueError)   2   what was asked for can't be used
    │   ├── BadScene                       a field of a scene, an option, an argument
    │   ├── BadFormula                     a formula, with a caret under the place
    │   ├── BadData                        a data file, with its line
    │   └── BadFile                        a film to look into
    ├── MissingPackage                 4   something to install is missing
    └── FilmFailed                     5   the film could not be made

Each carries one sentence: what, where, what is allowed and, for a misspelt word, the nearest match.
Anything else that is raised is a fault of gdviz and is shown with its traceback.
"""

from collections.abc import Iterable
from pathlib import Path

_PLURALS = {"minimum": "minima"}


class Problem(Exception):
    """A problem that its user can mend; `str(problem)` is the sentence to show."""

    exit_code = 5


class BadInput(Problem, ValueError):
    """What was asked for can't be used."""

    exit_code = 2


class BadScene(BadInput):
    """A field of a scene, an option or an argument can't be used."""

    def __init__(self, field: str, given: object, allowed: str) -> None:
        self.field, self.given, self.allowed = field, given, allowed
        super().__init__(f"{field}: {_shown(given)} can't be used; {allowed}")


class BadFormula(BadInput):
    """A formula can't be read; the sentence is followed by the formula with a caret under the place."""

    def __init__(self, sentence: str, text: str, column: int) -> None:
        self.sentence, self.text, self.column = sentence, text, column
        left = max(0, column - 60)
        line = "".join(" " if c.isspace() else c for c in text[left : left + 100])
        super().__init__(f"{sentence}\n    {line}\n    {' ' * (column - left)}^")


class BadData(BadInput):
    """A data file or an array of data can't be used."""

    def __init__(self, source: str | Path, sentence: str, line: int | None = None) -> None:
        self.source, self.line = str(source), line
        where = str(source) if line is None else f"{source}, line {line}"
        super().__init__(f"{where}: {sentence}")


class BadFile(BadInput):
    """A film that is to be looked into can't be read, or is no film."""

    def __init__(self, path: str | Path, sentence: str) -> None:
        self.path, self.sentence = str(path), sentence
        super().__init__(f"{path}: {sentence}")


class MissingPackage(Problem):
    """A package that only this request needs is not installed."""

    exit_code = 4

    def __init__(self, package: str, purpose: str, install: str) -> None:
        super().__init__(f"{purpose} needs the package {package}, which is not installed: {install}")


class FilmFailed(Problem):
    """The film could not be made: an encoder failed, the disk is full, a folder can't be written."""

    exit_code = 5


def choose(word: str, allowed: Iterable[str]) -> str:
    """Say what is allowed in place of `word`, the nearest match first."""
    from difflib import get_close_matches  # only a misspelt word needs it, and `gdviz --help` is to come at once

    names = list(allowed)
    near = get_close_matches(word.lower(), {name.lower(): name for name in names}, n=1, cutoff=0.55)
    hint = next((f"did you mean {name!r}? " for name in names if near and name.lower() == near[0]), "")
    return f"{hint}allowed: {', '.join(names)}"


def counted(count: object, noun: str) -> str:
    """Return a number with its noun: `1 step`, `0 steps`, `12 minima`; the number may be written already."""
    return f"{count} {noun if str(count) == '1' else _PLURALS.get(noun, f'{noun}s')}"


def _shown(given: object) -> str:
    text = repr(given)
    return text if len(text) <= 60 else f"{text[:57]}..."
