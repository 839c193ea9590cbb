"""Snippets: what to paste into slides and pages to show a page of a film there."""

from html import escape
from pathlib import Path
from urllib.parse import quote

from gdviz.footage import Footage

REVEAL = """\
<section>
  <iframe data-src="{page}#embed" title="{alt}" width="{width}" height="{height}" style="border: 0; max-width: none"
    allow="autoplay; fullscreen" data-autoplay></iframe>
</section>
"""
FIGURE = """\
<figure>
  <iframe src="{page}#embed" title="{alt}" width="{width}" height="{height}" style="border: 0; max-width: 100%"
    allow="autoplay; fullscreen" loading="lazy"></iframe>
  <figcaption>{title}</figcaption>
</figure>
"""
SNIPPETS = {"reveal": REVEAL, "web": FIGURE}
"""The snippets by the places that show pages (see `destinations`): a slide of reveal.js, or any web page."""

CONTROLS = 56  # pixels for the controls below the film


def snippet(place: str, page: str, footage: Footage) -> str:
    """Return what to paste, where the file `page` lies beside the slides or the page.

    In reveal.js the film starts when its slide comes; while it is shown, the clicker's keys play part after part, and
    after the last one go on to the next slide: the page and reveal.js tell each other by `postMessage`.
    """
    width, height = footage.scene.size
    if place == "reveal":  # a slide is 960 x 700 in its own units, unless its author says otherwise
        width, height = 960, round(960 * height / width)
    values = {"page": quote(page), "alt": footage.account.alt, "title": footage.account.heading}
    texts = {name: escape(value) for name, value in values.items()}
    return SNIPPETS[place].format(width=width, height=height + CONTROLS, **texts)


def snippet_path(page: Path) -> Path:
    """Return the name of the file with the snippet: `film_snippet.html` beside `film.html`."""
    return page.with_name(f"{page.stem}_snippet{page.suffix}")
