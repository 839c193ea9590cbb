"""Captions and transcripts: what a film says, as files beside it.

The sentence under the title is in every picture already. The tracks give it to players that show or speak captions
themselves (WebVTT: W3C 2019; SubRip: the format of the program of that name), the text to readers.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from gdviz.account import Account, Line
from gdviz.film.card_reading import read_card
from gdviz.film.film import Progress, Written
from gdviz.film.formats import SUFFIXES
from gdviz.film.landing import store
from gdviz.film.probe import probe
from gdviz.footage import Footage
from gdviz.languages.breaks import is_wide, parts
from gdviz.problems import Problem
from gdviz.publish.wishes import Wishes

TRACKS = (".vtt", ".srt")
SAME_LENGTH = 0.1  # seconds between two lengths that are one: containers round theirs
WIDEST = 42  # characters in a line of a caption, as broadcasters have it


def webvtt(footage: Sequence[Footage], path: Path, _wishes: Wishes, _progress: Progress) -> list[Written]:
    """Write a film's sentences as a WebVTT track."""
    return [_track(footage[0], path, "WebVTT", track(footage[0].account.lines))]


def subrip(footage: Sequence[Footage], path: Path, _wishes: Wishes, _progress: Progress) -> list[Written]:
    """Write a film's sentences as a SubRip track."""
    lines = footage[0].account.lines
    blocks = [
        f"{number}\n{_clock(line.begin, ',')} --> {_clock(line.end, ',')}\n{wrapped(line.words)}\n"
        for number, line in enumerate(lines, 1)
    ]
    return [_track(footage[0], path, "SubRip", "\n".join(blocks))]


def transcript(footage: Sequence[Footage], path: Path, _wishes: Wishes, _progress: Progress) -> list[Written]:
    """Write films in words: what they show, what is said in them, and every step."""
    text = "\n\n".join("\n".join(_told(one.account)) for one in footage)
    return [store(f"{text}\n".encode(), path, "text")]


def other_times(path: Path, seconds: float, title: str) -> str:
    """Say that captions of so many seconds do not go with the films beside them; empty where they do, or none is.

    Those count that have the same name but for its suffix, and the same title: another one may be of another scene.
    """
    lengths = _lengths_beside(path, title) if path.suffix.lower() in TRACKS else {}
    if not lengths or any(abs(length - seconds) <= SAME_LENGTH for length in lengths.values()):
        return ""
    name, length = next(iter(lengths.items()))
    return f"{path}: it follows a film of {seconds:.1f} s, and {name} takes {length:.1f} s"


def _lengths_beside(path: Path, title: str) -> dict[str, float]:
    """Return how many seconds the films of a title take that have the name of a file but for its suffix."""
    lengths = {}
    for film in (path.with_suffix(suffix) for suffix, row in SUFFIXES.items() if not row.still):
        with suppress(Problem, OSError):  # what stands there, if anything, may be no film, or one that needs ffmpeg
            card = read_card(film)
            if card is not None and card.title == title:
                lengths[film.name] = probe(film).seconds
    return lengths


def track(lines: Sequence[Line]) -> str:
    """Return lines as a WebVTT track."""
    cues = [
        f"{_clock(line.begin, '.')} --> {_clock(line.end, '.')}\n{wrapped(_escaped(line.words))}\n" for line in lines
    ]
    return "\n".join(["WEBVTT\n", *cues])


def _track(footage: Footage, path: Path, kind: str, text: str) -> Written:
    made = store(text.encode(), path, kind)
    return Written(made.path, made.bytes, footage.ticks, footage.seconds, kind)


def _told(account: Account) -> Iterator[str]:
    yield account.title
    yield ""
    yield account.alt
    yield ""
    yield account.long
    yield ""
    yield from account.steps


def wrapped(words: str) -> str:
    """Return a caption in as few lines as it needs, of about equal length."""
    count = -(-_columns(words) // WIDEST)
    lines, rest = [], parts(words)
    for left in range(count, 0, -1):
        wanted, line = _columns("".join(rest)) / left, rest.pop(0) if rest else ""
        while rest and (left == 1 or _columns(line + rest[0]) + _columns(rest[1]) / 2 <= wanted):
            line += rest.pop(0) + rest.pop(0)
        lines.append(line)
        del rest[:1]  # the space at which the line ends
    return "\n".join(line for line in lines if line)


def _columns(text: str) -> int:
    """Return how many letters would take the place of a text; subtitles hold a third as much Chinese or Japanese."""
    return len(text) + 2 * sum(map(is_wide, text))


def _clock(seconds: float, point: str) -> str:
    """Return a time as hours, minutes, seconds and thousandths: `00:01:02.500`."""
    whole, thousandths = divmod(round(1000 * seconds), 1000)
    minutes, seconds_left = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds_left:02}{point}{thousandths:03}"


def _escaped(words: str) -> str:
    """Return words with the characters that WebVTT reads as marks."""
    return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
