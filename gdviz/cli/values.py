"""What the values of options look like: texts to numbers, sizes and settings."""

import argparse
import re


def whole(text: str) -> int:
    """Read a whole number."""
    try:
        return int(text)
    except ValueError:
        raise _refusal(text, "a whole number") from None


def number(text: str) -> float:
    """Read a number."""
    try:
        return float(text)
    except ValueError:
        raise _refusal(text, "a number") from None


def numbers(text: str) -> float | tuple[float, ...]:
    """Read a number, or several with commas between them."""
    try:
        found = tuple(float(part) for part in text.split(","))
    except ValueError:
        raise _refusal(text, "a number, or one for each parameter, such as -1.8,2") from None
    return found[0] if len(found) == 1 else found


def size(text: str) -> tuple[int, int]:
    """Read width and height in pixels."""
    found = re.fullmatch(r"([0-9]{1,9})[xX×]([0-9]{1,9})", text)
    if not found:
        raise _refusal(text, "width and height in pixels, such as 1280x720")
    return int(found[1]), int(found[2])


def pace(text: str) -> str | int:
    """Read the name of a pace, or a number of frames."""
    return whole(text) if text.isdecimal() else text


def setting(text: str) -> tuple[str, int | float | bool | str]:
    """Read a setting of an optimizer, its name and its value."""
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise _refusal(text, "NAME=NUMBER, NAME=true, NAME=false or NAME=WORD, such as momentum=0.8")
    if value.lower() in ("true", "false"):
        return name, value.lower() == "true"
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            pass
    return name, value


def _refusal(text: str, allowed: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text[:60]!r} can't be used; allowed: {allowed}")
