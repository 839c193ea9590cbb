"""Sizes in bytes, as people write them."""

import re

from gdviz.problems import BadScene

UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}


def bytes_of(given: object, where: str = "max_size") -> int:
    """Read a size: a whole number of bytes, or a text such as "5MB" (million bytes) or "4.5 MiB" (of 1,048,576).

    Raises `BadScene` for anything else; `where` is the option that asked for it.
    """
    found = (
        re.fullmatch(r"(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]*)", given.strip().lower()) if isinstance(given, str) else None
    )
    if found and found[2] in UNITS:
        size = int(float(found[1]) * UNITS[found[2]])
    else:
        size = given if isinstance(given, int) and not isinstance(given, bool) else 0
    if size < 1:
        raise BadScene(where, given, "allowed: bytes, such as 5000000, 5MB (a million bytes each), 500KB or 4.5MiB")
    return size
