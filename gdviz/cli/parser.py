"""How arguments are read: negative numbers and formulas are values, and what is wrong is told in one sentence."""

import argparse
import re
from typing import Any, NoReturn

from gdviz.problems import BadInput, BadScene, choose

# What begins with a minus and is a value all the same: numbers, and formulas such as -m**2 or -sin(m).
_VALUE = re.compile(r"-(\d|\.\d|inf|nan|\(|\w+\s*[-+*/(^])")
_OTHER_SPELLINGS = re.compile(r"^(--[\w-]+)(?:/--[\w-]+)+(?=:)")  # argparse names all the long words of an option


class Parser(argparse.ArgumentParser):
    """Takes negative numbers and formulas as values, and answers with one sentence."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        self._negative_number_matcher = _VALUE

    @property
    def spellings(self) -> dict[str, str]:
        """The long words of all options, by the names of what they set."""
        longs = {
            action.dest: [word for word in action.option_strings if word.startswith("--")] for action in self._actions
        }
        return {name: words[0] for name, words in longs.items() if words}

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        raise BadInput(_OTHER_SPELLINGS.sub(r"\1", message.removeprefix("argument ")))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            name = action.option_strings[-1] if action.option_strings else str(action.metavar).lower()
            raise BadScene(name, value, choose(value, action.choices))
