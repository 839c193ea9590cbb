"""What can be read on a frame, and where: asked of the artists, without painting."""

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.artist import Artist

from gdviz.descent.story import Moment
from gdviz.footage import Footage
from gdviz.picture.compositor import Compositor
from gdviz.picture.pane import panes_on
from gdviz.picture.sprite import Area, Label, around


def show(compositor: Compositor, moment: Moment) -> None:
    """Bring every artist to a moment."""
    with np.errstate(all="ignore"):
        for view in compositor.views:
            view.show(moment)


def still(compositor: Compositor) -> Iterator[Artist]:
    """Yield what never moves."""
    for panel in panes_on(compositor.figure):
        yield from panel.get_children()


def moving(compositor: Compositor, moment: Moment) -> list[Label]:
    """Return the labels among what moves that are seen at a moment."""
    show(compositor, moment)
    return [artist for artist in compositor.moving if isinstance(artist, Label) and artist.get_visible()]


def moving_words(film: Footage, moment: Moment) -> list[str]:
    """Return the words of what moves, as they are at a moment."""
    return [label.words for label in moving(film.compositor, moment)]


def texts(film: Footage, moment: Moment) -> list[tuple[str, Area]]:
    """Return every text that is on the screen at a moment, with the pixels of its ink."""
    show(film.compositor, moment)
    found = [ink(artist) for artist in [*still(film.compositor), *film.compositor.moving]]
    if moment.stamps:  # an artist of a mark is used again for the next one, so it is read at once
        found += [ink(artist) for view in film.compositor.views for artist in view.marks(moment.run, 0)]
    return [text for text in found if text is not None]


def ink(artist: Artist) -> tuple[str, Area] | None:
    """Return a text and its pixels, without its halo; None for what is no text, hidden, or empty."""
    if not isinstance(artist, Label) or not artist.get_visible() or not artist.words.strip():
        return None
    area = around(laid for laid in artist.inks() if laid[3] == artist.colour)
    assert area, artist.words
    return artist.words, area


def words_on(film: Footage, moment: Moment) -> list[str]:
    """Return every text that is on the screen at a moment."""
    return [words for words, _ in texts(film, moment)]


Rectangle = Sequence[float]  # two corners: the lower ends of both axes, then the upper ends


def assert_apart(found: Sequence[tuple[str, Rectangle]], size: tuple[float, float], when: object) -> None:
    """Check that nothing leaves a page or a frame of a size, and that nothing lies over another thing."""
    areas = np.array([area for _, area in found]).reshape(-1, 4)
    left, top, right, bottom = areas.T
    inside = (left >= 0) & (top >= 0) & (right <= size[0]) & (bottom <= size[1])
    assert inside.all(), (
        f"clipped: {[words for (words, _), fits in zip(found, inside, strict=True) if not fits]}, {when}"
    )
    meet = (left[:, None] < right) & (left < right[:, None]) & (top[:, None] < bottom) & (top < bottom[:, None])
    over = [(found[one][0], found[two][0]) for one, two in np.argwhere(np.triu(meet, 1))]
    assert not over, f"one lies over the other: {over}, {when}"


def assert_tidy(film: Footage, moment: Moment) -> None:
    """Check that no text of a moment is clipped or lies over another."""
    assert_apart(texts(film, moment), film.spec.size, moment)
