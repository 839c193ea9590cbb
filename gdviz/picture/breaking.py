"""Long texts in lines: broken where a line may end, coloured words kept together."""

from collections.abc import Callable, Sequence
from itertools import groupby

from gdviz.languages.breaks import may_break, parts
from gdviz.words import Sentence, Span

Width = Callable[[Sentence], float]  # of words in their colours, on one line

_NARROWER = (0.5, 0.6, 0.7, 0.8, 0.9)  # parts of the room that are tried, so that no word stays alone on the last line


def broken(sentence: Sentence, room: float, width: Width) -> list[Sentence]:
    """Return a sentence in as few lines as `room` units allow, of about the same length.

    A line breaks at a space, which then is not written, or between Chinese or Japanese characters. Words of one colour
    stay together, unless they alone are wider than the room. A word that is wider still has a line of its own.
    """
    units = _units(sentence, room, width)
    fewest = _filled(units, room, width)
    narrower = (_filled(units, part * room, width) for part in _NARROWER)
    return next((lines for lines in narrower if len(lines) == len(fewest)), fewest)


def _units(sentence: Sentence, room: float, width: Width) -> list[Sentence]:
    """Cut a sentence into what can't be broken, and the spaces in between, if any, which are units of their own."""
    units: list[list[Span]] = [[]]
    for words, role in sentence:
        whole = bool(role) and width(((words, role),)) <= room
        first, *rest = [words] if whole else parts(words)
        if first and units[-1] and may_break(units[-1][-1][0][-1], first[0]):
            units += [[], []]
        units[-1] += [(first, role)] if first else []
        for space, part in zip(rest[::2], rest[1::2], strict=True):
            units += [[(space, role)] if space else [], [(part, role)] if part else []]
    return [tuple(unit) for unit in units]


def _filled(units: Sequence[Sentence], room: float, width: Width) -> list[Sentence]:
    """Fill line after line."""
    lines: list[Sentence] = [units[0]]
    for space, unit in zip(units[1::2], units[2::2], strict=True):
        longer = (*lines[-1], *space, *unit)
        if width(_joined(longer)) <= room or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(unit)
    return [_joined(line) for line in lines]


def _joined(line: Sentence) -> Sentence:
    """Put neighbours of one colour together."""
    return tuple(("".join(words for words, _ in same), role) for role, same in groupby(line, key=lambda span: span[1]))
