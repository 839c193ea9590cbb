"""Presentations: a slide for each film, or for each part of it, for PowerPoint and whatever opens its files.

A film fills its slide, as it has its title in the picture; the slide's own title stands above the slide, where the
outline and screen readers find it and nobody else does. A film plays as often as its scene's `loop` says, and once
where that is None: then its last picture stays, and nothing moves beside the speaker without end (WCAG 2.2.2).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gdviz.film.film import Progress, Written
from gdviz.film.landing import store
from gdviz.footage import Footage
from gdviz.problems import BadScene, MissingPackage
from gdviz.publish.cards import card_of
from gdviz.publish.slides import ALIKE, slides
from gdviz.publish.wishes import Wishes

if TYPE_CHECKING:
    from gdviz.publish.powerpoint import Deck


def powerpoint(footage: Sequence[Footage], path: Path, wishes: Wishes, progress: Progress) -> list[Written]:
    """Write a presentation: a slide for each film, or with `wishes.segments` for each of its parts.

    Raises `MissingPackage` without python-pptx, and `BadScene` where films differ in shape or are transparent.
    """
    _check_shapes(footage)
    deck = _deck(footage[0].scene.size)
    for one in footage:
        if wishes.segments and len(footage) > 1:
            deck.begin_section(one.account.heading)
        for slide in slides(one, wishes, progress):
            deck.add(slide, one.spec, wishes)
    file = store(deck.packed(card_of(footage)), path, "PowerPoint")
    ticks, seconds = sum(one.ticks for one in footage), sum(one.seconds for one in footage)
    return [Written(file.path, file.bytes, ticks, seconds, file.format)]


def _check_shapes(footage: Sequence[Footage]) -> None:
    width, height = footage[0].scene.size
    for one in footage:
        wide, high = one.scene.size
        if abs(wide * height / (high * width) - 1) > ALIKE:
            allowed = f"slides have one shape, here that of the first film, {width}x{height}; give all films one size"
            raise BadScene("size", f"{wide}x{high}", allowed)


def _deck(size: tuple[int, int]) -> "Deck":
    try:
        from gdviz.publish.powerpoint import Deck
    except ModuleNotFoundError as error:
        if error.name != "pptx":
            raise
        raise MissingPackage("python-pptx", "a presentation", "pip install 'python-pptx>=1.0.2'") from error
    return Deck(size)
