"""What a scene is, in one number: equal scenes have equal digests, on any machine."""

import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np


def digest(scene: object) -> str:
    """Return the SHA-256 of a scene, in hexadecimal: of every field that compares, by value.

    Functions count by their source text, or where that is not to be had by their compiled code, with what they close
    over. Of an object that is nothing of these only its type counts: two of them can't be told apart.
    """
    found = hashlib.sha256()
    for part in _parts(scene):
        data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def _parts(value: Any) -> Iterator[str | bytes]:
    """Yield what makes a value, piece by piece, each with its type."""
    yield type(value).__qualname__
    if value is None or isinstance(value, bool | int | str):
        yield repr(value)
    elif isinstance(value, float | np.floating):
        yield float(value).hex()
    elif isinstance(value, bytes):
        yield value
    elif isinstance(value, Enum):
        yield value.name
    elif isinstance(value, PurePath):
        yield value.name  # where it lies is not what it is
    elif isinstance(own := getattr(value, "digest", None), str):
        yield own
    elif is_dataclass(value):
        if not type(value).__module__.startswith("gdviz."):
            yield _source(type(value))  # an optimizer of the user's own is what its methods do
        for field in fields(value):
            if field.compare:
                yield field.name
                yield from _parts(getattr(value, field.name))
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}"
        yield value.tobytes()
    elif isinstance(value, Mapping):
        yield str(len(value))
        for key in sorted(value, key=repr):
            yield from _parts(key)
            yield from _parts(value[key])
    elif isinstance(value, tuple | list | frozenset | set):
        members = sorted(value, key=repr) if isinstance(value, frozenset | set) else value
        yield str(len(value))
        for member in members:
            yield from _parts(member)
    elif callable(value):
        yield from _function(value)


def _function(given: Callable[..., Any]) -> Iterator[str | bytes]:
    """Yield what a function does, as far as that can be told."""
    function = inspect.unwrap(given)
    code = getattr(function, "__code__", None)
    if code is None:  # built in, or of a compiled library: its name says what it is
        yield f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', type(function).__qualname__)}"
        return
    yield _source(function) or code.co_code
    for cell in function.__closure__ or ():
        yield from _parts(cell.cell_contents)


def _source(given: Any) -> str:
    """Return the text that made a function or a class, or nothing where that is lost."""
    try:
        return inspect.getsource(given)
    except (OSError, TypeError):
        return ""
