"""The gallery: every surface that has a name, on one sheet to choose from."""

from io import BytesIO
from pathlib import Path

from gdviz.descent.surfaces import SURFACES, surface
from gdviz.film.film import Written
from gdviz.film.landing import store
from gdviz.picture.glyph_check import check_glyphs
from gdviz.picture.miniature import miniatures
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene, choose
from gdviz.words import current_language, speaking

FORMATS = {".png": "PNG", ".pdf": "PDF"}
COLUMNS = 7  # all surfaces of one parameter in a row
LEAST_COLUMNS, MOST_COLUMNS = 2, 20  # one would leave no room for the title


def gallery(
    path: str | Path = "output/surfaces.png", *, theme: str = "light", columns: int = COLUMNS, lang: str = "en"
) -> Written:
    """Draw every named surface as a small picture with its name, all on one sheet.

    path: ends in `.png` (painted, a picture 260 x 200 pixels) or `.pdf` (printed: names, curves and marks stay sharp).
    theme: "light" or "dark". columns: pictures in a row, 2 to 20. lang: the language of the headings.

    Surfaces of one parameter are curves; those of two are seen from above, light where the loss is low. What to watch:
    `+` marks the minima, `×` the saddles.

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where the disk fails; then what
    stood there before still stands.
    """
    kind = FORMATS.get(Path(path).suffix.lower())
    if kind is None:
        raise BadScene("output", str(path), f"its end must say the format; {choose(Path(path).suffix, FORMATS)}")
    if theme not in THEMES:
        raise BadScene("theme", theme, choose(str(theme), THEMES))
    if not _is_whole(columns, LEAST_COLUMNS, MOST_COLUMNS):
        raise BadScene("columns", columns, f"allowed: a whole number from {LEAST_COLUMNS} to {MOST_COLUMNS}")
    made = BytesIO()
    with speaking(lang):
        check_glyphs("lang", current_language().letters, lang)
        figure = miniatures({name: surface(name) for name in SURFACES}, THEMES[theme], columns)
    dates = {"CreationDate": None} if kind == "PDF" else {}  # the same sheet is the same file
    figure.savefig(made, format=kind.lower(), dpi="figure", metadata=dates)
    return store(made.getvalue(), path, kind)


def _is_whole(number: object, least: int, most: int) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= most
