"""Problems told in the words of the command line: `--ground` as it was typed, where the library says `ground=...`."""

import argparse
import re
from collections.abc import Mapping
from typing import Any

from gdviz.problems import BadScene

_SETTING = re.compile(r"\w+\((\w+)=\.\.\.\)")  # as in GradientDescent(learning_rate=...)
_RECORDINGS = ("Recorded", "recording")


def spelled(problem: BadScene, options: argparse.Namespace) -> BadScene:
    """Return the problem with the option that was given in place of the field, and without Python's spelling of it."""
    given = {name: value for name, value in vars(options).items() if value not in (None, "", []) and value is not False}
    path = getattr(problem.given, "path", None)  # of a recording
    if path is not None:
        return BadScene("--recorded", str(path), problem.allowed)
    option = _option(problem, given, options.spellings)
    if option is None:
        return problem
    if problem.given is True:
        return _Unfit(option, problem.allowed)
    return BadScene(option, _typed(problem.given), problem.allowed)


class _Unfit(BadScene):
    """An option without a value that does not go with the others."""

    def __init__(self, option: str, allowed: str) -> None:
        super().__init__(option, True, allowed)
        self.args = (f"{option} can't be used; {allowed}",)


def _option(problem: BadScene, given: Mapping[str, Any], spellings: Mapping[str, str]) -> str | None:
    """Return the option that set the field, if one did."""
    field = problem.field.rpartition(", ")[2]  # of a race "race 2, start" is what `--start` says for all
    setting = _SETTING.fullmatch(field)
    settings = dict(given.get("set", ()))
    if setting and setting[0].startswith(_RECORDINGS):
        field = "recorded"
    elif setting and setting[1] in settings:
        return f"--set {setting[1]}"
    elif setting:
        field = setting[1]
    elif isinstance(problem.given, str) and problem.given in settings:  # which the optimizer does not have
        return "--set"
    field = "recorded" if field in _RECORDINGS else field
    return spellings.get(field) if field in given else None


def _typed(given: object) -> object:
    """Return a value as it is typed: of several numbers `1,2`."""
    return ",".join(f"{one:g}" for one in given) if isinstance(given, tuple) else given
