"""What is on the slides of a presentation: films, or parts of them, with all that is said of them."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

from gdviz.account import captions_of, plain
from gdviz.descent.story import Phase
from gdviz.film.film import Progress
from gdviz.footage import Footage, Segment
from gdviz.publish.wishes import Wishes
from gdviz.words import speaking, word

ALIKE = 0.005  # shapes that differ by less are one: 854x480 is taken for 16:9


@dataclass(frozen=True)
class Slide:
    """What is on a slide.

    title: for the outline, in which a slide without one has no place. alt: what the picture or the film shows.
    notes: for the speaker, in paragraphs.
    picture: a PNG that fills the slide, until its film begins if it has one. film: an MP4, or nothing.
    seconds: how long the film is.
    """

    title: str
    alt: str
    notes: str
    picture: bytes
    film: bytes = b""
    seconds: float = 0.0


def slides(one: Footage, wishes: Wishes, progress: Progress) -> Iterator[Slide]:
    """Yield the slides of a film: one, or with `wishes.segments` one for each part."""
    if wishes.segments:
        yield from _parts(one, progress)
    else:
        yield _whole(one, wishes.click, progress)


def _whole(one: Footage, click: bool, progress: Progress) -> Slide:
    """Put a film on a slide.

    Printed, the slide shows how it ends; where the film waits for a click, a class that is to guess must not see that.
    """
    shown = 0 if click else -1
    notes = _paragraphs(*_description(one), _steps(one))
    picture, film = _picture(one, shown), _film(one, None, progress)
    return Slide(one.account.heading, one.account.alt, notes, picture, film, one.seconds)


def _parts(one: Footage, progress: Progress) -> Iterator[Slide]:
    """Put every part of a film on a slide of its own, which looks from the beginning as its film begins.

    A part that holds a single picture is that picture; most films begin and end with one.
    """
    count = len(one.segments)
    for number, part in enumerate(one.segments, 1):
        with speaking(one.scene.lang):
            name = word("part of", what=one.account.heading, at=number, count=count)
        still = part.end - part.first == 1
        picture = _picture(one, part.first)
        film = b"" if still else _film(one, part, progress)
        if still:
            progress(1)
        yield Slide(name, part.words or one.account.alt, part_notes(one, number), picture, film, part.seconds)


def part_notes(one: Footage, number: int) -> str:
    """Return what is said in a part, but what still stands from the part before, and what its steps do.

    The first one begins with what to watch, and the terms of a race.
    """
    part = one.segments[number - 1]
    said = [line.words for line in captions_of(one.shots[part.first : part.end], one.scene.fps)]
    deeds = [*_deeds(one, part)]
    stands = number > 1 and said[:1] == [plain(one.shots[part.first - 1].moment.sentence)]
    if stands and (said[1:] or deeds):  # where nothing else is said, it is better than nothing
        del said[0]
    first = (_description(one)[0], one.story.protocol) if number == 1 else ()
    return _paragraphs(*first, "\n".join(said), "\n".join(deeds))


def _deeds(one: Footage, part: Segment) -> Iterator[str]:
    """Yield what the steps do that are made in a part, as far as the film does not say it."""
    reached = [(shot.moment.run, shot.moment.step, shot.moment.phase in (Phase.MOVE, Phase.REST)) for shot in one.shots]
    for deed in one.account.deeds:
        shot = min(bisect_left(reached, (deed.run, deed.step, True)), len(reached) - 1)
        if part.first <= shot < part.end and not any(line.words in deed.words for line in one.account.lines):
            yield deed.words


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(filter(None, parts))


def _description(one: Footage) -> tuple[str, str]:
    """Return what to watch, and what happens, with nothing said twice."""
    watch = " ".join(one.scene.watch.split())
    return watch, one.account.long.rpartition(watch)[0].strip() if watch else one.account.long


def _steps(one: Footage) -> str:
    """Return the steps in words, but those that the description has."""
    return "\n".join(step for step in one.account.steps if step not in one.account.long)


def _film(one: Footage, part: Segment | None, progress: Progress) -> bytes:
    (film,) = one.encoded(".mp4", part=part, progress=progress)
    return film


def _picture(one: Footage, shot: int) -> bytes:
    first = shot % len(one.shots)
    (picture,) = one.encoded(".png", part=Segment(first, first + 1, 0.0, 0.0, ""))
    return picture
