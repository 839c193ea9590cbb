"""What a scene is, in one number: equal scenes have equal digests, on any machine."""

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from pathlib import PurePath
from typing import Any

import numpy as np


def digest(scene: object) -> str:
    """Return the SHA-256 of a scene, in hexadecimal: of every field that compares, by value.

    Numbers count by their value: 1 is 1.0. Functions count by their source text, or where that is not to be had by
    their compiled code, with what they close over and their defaults. Of an object that is nothing of these only its
    type counts: two of them can't be told apart.
    """
    found = hashlib.sha256()
    for part in _parts(scene, ()):
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def _parts(value: Any, within: tuple[int, ...]) -> Iterator[str | bytes]:
    """Yield what makes a value, piece by piece, each with its type; `within` names the values that it is a part of."""
    if id(value) in within:  # a function may close over itself
        return
    within = (*within, id(value))
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        yield "number"
        yield repr(int(value)) if float(value).is_integer() else float(value).hex()
        return
    yield type(value).__qualname__
    if value is None or isinstance(value, bool | str):
        yield repr(value)
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, Enum):
        yield value.name
    elif isinstance(value, PurePath):
        yield value.name  # where it lies is not what it is
    elif is_dataclass(value):
        kind: Any = type(value)
        yield str(getattr(value, "digest", ""))  # of what it holds beside its fields
        if not kind.__module__.startswith("gdviz."):
            yield _source(kind)  # an optimizer of the user's own is what its methods do
        for field in fields(value) if kind.__dataclass_params__.eq else ():
            if field.compare:
                yield field.name
                yield from _parts(getattr(value, field.name), within)
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}"
        yield value.tobytes()
    elif isinstance(value, Mapping):
        yield str(len(value))
        for key in sorted(value, key=repr):
            yield from _parts(key, within)
            yield from _parts(value[key], within)
    elif isinstance(value, tuple | list | frozenset | set):
        members = sorted(value, key=repr) if isinstance(value, frozenset | set) else value
        yield str(len(value))
        for member in members:
            yield from _parts(member, within)
    elif callable(value):
        yield from _function(value, within)


def _function(given: Callable[..., Any], within: tuple[int, ...]) -> Iterator[str | bytes]:
    """Yield what a function does, as far as that can be told."""
    if isinstance(given, partial):
        yield from _parts((given.func, given.args, given.keywords), within)
        return
    function = inspect.unwrap(given)
    code = getattr(function, "__code__", None)
    if code is None:  # built in, or of a compiled library: its name says what it is
        yield f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__qualname__)}"
        return
    yield (
        _source(function)
        or code.co_code + repr([one for one in code.co_consts if not hasattr(one, "co_code")]).encode()
    )
    defaults = (getattr(function, "__defaults__", None), getattr(function, "__kwdefaults__", None))
    closed = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    yield from _parts((*defaults, *closed), within)


def _source(given: Any) -> str:
    """Return the text that made a function or a class, or nothing where that is lost."""
    try:
        return inspect.getsource(given)
    except (OSError, TypeError):
        return ""
