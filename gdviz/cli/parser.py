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
    def words(self) -> list[str]:
        """The long words of all options."""
        return [word for action in self._actions for word in action.option_strings if word.startswith("--")]

    def error(self, message: str) -> NoReturn:
        """Say what is wrong."""
        raise BadInput(_OTHER_SPELLINGS.sub(r"\1", message.removeprefix("argument ")))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise BadScene(str(action.metavar).lower(), value, choose(value, action.choices))
