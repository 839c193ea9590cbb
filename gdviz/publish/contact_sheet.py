"""Contact sheets: the key moments of a film on one page, for a handout; its lines and letters stay sharp.

A whole picture of a film has no room on a column of paper: its numbers would be three points high. So each moment has
the scene's first panel alone, at the size that worksheets have; only studies, whose panels belong together, are shown
as a whole, on a page across. What the film says at a moment stands below it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import groupby, pairwise
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from gdviz.account import plain
from gdviz.descent.story import Moment, Phase, Sentence, Story
from gdviz.film.film import Progress, Written
from gdviz.film.landing import beside, store
from gdviz.footage import Footage
from gdviz.naming import run_names
from gdviz.pace import Shot
from gdviz.picture.breaking import broken
from gdviz.picture.compositor import Compositor
from gdviz.picture.grounding import themed
from gdviz.picture.heading import Heading
from gdviz.picture.panels import panels_for
from gdviz.picture.printed import Printed, fine
from gdviz.picture.shape import frame_box
from gdviz.picture.sprite import font, text_width
from gdviz.picture.theme import THEMES, Theme
from gdviz.picture.typeface import typefaces
from gdviz.picture.view import Box, View
from gdviz.problems import BadScene, choose
from gdviz.publish.cards import card_of
from gdviz.publish.paper import INCH, blank, save
from gdviz.publish.wishes import Wishes
from gdviz.scene import Scene
from gdviz.words import speaking, word

SUFFIXES = (".pdf", ".png")
PAPERS = {"a4": (595.3, 841.9), "letter": (612.0, 792.0)}  # points
FEWEST, MOST = 4, 6  # moments, where a film has so many
LEAST_TYPE = 9.0  # points of what the sheet itself says

_DPI = 200  # of a PNG
_MARGIN, _APART = 43.0, 16.0  # points: at the edges of the page, between pictures
_TITLE, _TEXT, _LEADING, _FOOT = 17.0, 10.0, 13.0, 9.0  # points: sizes of type, from line to line, at the foot
_MOST_LINES = 6  # of the lesson
_ABOVE, _BELOW, _LEFT = 44.0, 51.0, 24.0  # units around a panel, for its names and ticks, beside its own room
_FRAME = 1280, 720  # from which a panel is cut
_POINT = 0.43  # points for a unit of a panel: its smallest type, of 17 units, is 7.3 points high


def contact_sheet(
    scene: Scene | Sequence[Scene], path: str | Path, *, theme: str = "light", paper: str = "a4"
) -> Written:  # fmt: skip
    """Make a page of the key moments of a scene, for a handout.

    Up to six pictures, each with what is said at that moment; title and lesson above. See `key_moments` for which.

    scene: or several, for a page each. path: `.pdf`, or for one scene `.png`, 200 dots an inch.
    theme: black on white unless another one is asked for; the scene's own is for the screen. paper: "a4" or "letter".

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where the disk fails; then what
    stood there before still stands.
    """
    path, scenes = Path(path), [scene] if isinstance(scene, Scene) else list(scene)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadScene("output", str(path), choose(suffix, SUFFIXES))
    if theme not in THEMES:
        raise BadScene("theme", theme, choose(theme, THEMES))
    if paper not in PAPERS:
        raise BadScene("paper", paper, choose(paper, PAPERS))
    if not scenes:
        raise BadScene("scene", scenes, "allowed: a scene, or several")
    if suffix == ".png" and len(scenes) != 1:
        raise BadScene("output", str(path), f"a .png has one page, and there are {len(scenes)} scenes; use a .pdf")
    footage = [Footage.of(one.with_(theme=theme, ground="")) for one in scenes]
    if suffix == ".pdf":
        return _written(footage, path, PAPERS[paper], lambda _shots: None)
    made = BytesIO()
    about = {"Title": footage[0].account.heading}
    page(footage[0], PAPERS[paper]).savefig(made, format="png", dpi=_DPI, metadata=about)
    return store(made.getvalue(), path, "PNG")


def sheets(footage: Sequence[Footage], path: Path, _wishes: Wishes, progress: Progress) -> list[Written]:
    """Write a page of A4 for each film, in the colours of its scene."""
    return [_written(footage, path, PAPERS["a4"], progress)]


def _written(footage: Sequence[Footage], path: Path, paper: tuple[float, float], progress: Progress) -> Written:
    def pages() -> Iterator[Figure]:
        for one in footage:
            yield page(one, paper)
            progress(len(one.shots))

    with beside([path]) as (part,):
        save(pages(), part, card_of(footage))
        return Written(path, part.stat().st_size, len(footage), 0.0, "PDF")


def key_moments(shots: Sequence[Shot], most: int = MOST, *, together: bool = False) -> list[Moment]:
    """Choose from 4 to `most` moments of a film, in its order; all of a film that has fewer.

    Each sentence has one moment: the end of what is shown under it, or the middle where the next one shows the same
    place. In a race, and in a study, things are said when they happen: there it is the beginning. The first and the
    last are always among them; then where each of several runs ends, or the phases of a first step that is taken
    slowly; then those of the longest holds: what matters gets a hold of its own. Where a film says little, the longest
    stretches between two of them are halved until there are four.

    together: whether all runs go at once.
    """
    spans, at = [], 0
    for _, group in groupby(shots, key=lambda shot: (shot.moment.run, shot.moment.sentence)):
        first, at = at, at + len(list(group))
        spans.append((first, at))
    last = len(shots) - 1
    holds = [max(shot.ticks for shot in shots[first:end]) for first, end in spans]
    picked = dict(zip((_pick(shots, *span, together=together) for span in spans), holds, strict=True))
    runs = {shots[k].moment.run: k for k in picked}  # the last of each
    slow = [k for k in picked if _is_phase(shots[k].moment)]
    told = list(runs.values()) if len(runs) > 1 else slow
    longest = sorted(picked, key=lambda k: (-picked[k], k))
    chosen = sorted(list(dict.fromkeys([next(iter(picked)), last, *told, *longest]))[:most])
    while len(chosen) < min(FEWEST, len(shots)):
        marks = [-1, *chosen]
        before, after = max(pairwise(marks), key=lambda pair: pair[1] - pair[0])
        chosen = sorted({*chosen, (before + after) // 2})
    return [shots[k].moment for k in chosen]


def _pick(shots: Sequence[Shot], first: int, end: int, *, together: bool) -> int:
    """Return which of the shots `first` to `end`, all under one sentence, shows what it says."""
    if together and end < len(shots):
        return first
    if end == len(shots) or _position(shots[end].moment) != _position(shots[end - 1].moment):
        return end - 1
    middle = (first + end) // 2
    moved = [k for k in range(first, middle) if shots[k].moment.phase is Phase.MOVE and shots[k].moment.progress == 1.0]
    return end - 1 if _is_phase(shots[end - 1].moment) else moved[-1] if moved else end - 1


def _position(moment: Moment) -> tuple[int, int]:
    """Return which run is where when a moment ends: its steps done."""
    return moment.run, moment.step + (moment.phase is Phase.MOVE)


def _is_phase(moment: Moment) -> bool:
    """Say whether a moment ends a phase of the very first step."""
    phases = (Phase.LOOK, Phase.DECIDE, Phase.MOVE)
    return moment.run == 0 and moment.step == 0 and moment.phase in phases and not moment.brisk


@dataclass(frozen=True)
class _Cut:
    """What of a frame is shown: the panels to draw, the size of their frame in pixels, and the part of it in units."""

    views: Sequence[tuple[View, Box]]
    size: tuple[int, int]
    part: Box


def page(footage: Footage, paper: tuple[float, float]) -> Figure:
    """Return the contact sheet of a film, in its language, on paper of a size in points."""
    with speaking(footage.scene.lang):
        return _page(footage, paper)


def _page(footage: Footage, paper: tuple[float, float]) -> Figure:
    whole = footage.story.study is not None
    wide, high = sorted(paper, reverse=whole)
    theme = themed(footage.scene.theme, footage.scene.ground if footage.scene.ground.startswith("#") else "")
    sheet = _Sheet(blank(wide, high, theme.ground), theme, wide, high)
    top = sheet.head(footage)
    moments = key_moments(footage.shots, FEWEST if whole else MOST, together=footage.story.together)
    rows = -(-len(moments) // 2)
    across, down = (wide - 2 * _MARGIN - _APART) / 2, (high - top - _MARGIN) / rows
    lines = max(len(sheet.wrapped(moment.sentence, across)) for moment in moments)
    room = down - _APART - _LEADING * (lines + 1)
    cut = _whole(footage) if whole else _panel(footage, across / _POINT, room / _POINT)
    scale = min(across / cut.part.width, room / cut.part.height)
    compositor = Compositor(footage.story, cut.views, theme, fine(cut.size))
    for k, moment in enumerate(moments):
        x, y = _MARGIN + k % 2 * (across + _APART), top + k // 2 * down
        sheet.picture(Printed(compositor, moment, cut.part, x, high - y - scale * cut.part.height, scale))
        sheet.caption(footage, moment, k + 1, x, y + scale * cut.part.height + _LEADING, across)
    sheet.foot(footage)
    return sheet.figure


def _whole(footage: Footage) -> _Cut:
    """Show everything but the heading, whose words stand on the sheet."""
    views = [(view, box) for view, box in footage.views if not isinstance(view, Heading)]
    top = max(box.bottom for view, box in footage.views if isinstance(view, Heading))
    frame = frame_box(footage.scene.size)
    return _Cut(views, footage.scene.size, Box(0, top, frame.width, frame.height))


def _panel(footage: Footage, wide: float, high: float) -> _Cut:
    """Show the first panel alone, on so many units of a frame."""
    view, _ = footage.views[0]
    panel = panels_for([[view]], footage.story, Box(0, 0, wide, high))[type(view)]
    box = Box(_LEFT + panel.left, _ABOVE, wide - _LEFT - panel.right, high - _BELOW)
    return _Cut([(view, box)], _FRAME, Box(0, 0, wide, high))


@dataclass(frozen=True)
class _Sheet:
    """A page on which to write, in points from its upper left corner."""

    figure: Figure
    theme: Theme
    wide: float
    high: float

    def head(self, footage: Footage) -> float:
        """Write title and lesson; return where the pictures begin."""
        room = self.wide - 2 * _MARGIN
        title = footage.account.heading
        size = max(LEAST_TYPE, min(_TITLE, _TITLE * room / _wide(((title, "ink"),), _TITLE)))
        y = _MARGIN + 12
        for line in self.wrapped(((title, "ink"),), room, size):
            self._write(line, _MARGIN, y, size)
            y += 1.3 * size
        lesson = " ".join(footage.scene.watch.split())
        for line in self.wrapped(((lesson, ""),), room)[:_MOST_LINES] if lesson else []:
            self._write(line, _MARGIN, y, _TEXT)
            y += _LEADING
        return self._names(footage.story, y) if footage.story.together and footage.story.study is None else y

    def _names(self, story: Story, y: float) -> float:
        """Tell whose mark is whose, below `y`, in a race; return where the pictures begin."""
        x, y = _MARGIN + 4, y + 5
        for run, name in enumerate(run_names(story)):
            style = self.theme.run(story.style(run))
            words = ((name, f"run{story.style(run)}"),)
            if x + 10 + _wide(words, _TEXT) > self.wide - _MARGIN:
                x, y = _MARGIN + 4, y + _LEADING
            mark = Line2D([x / self.wide], [1 - (y - 3.5) / self.high], marker=style.marker, color=style.colour)
            mark.set_markersize(6 * style.size)
            mark.set_markeredgewidth(0)
            self.figure.add_artist(mark)
            self._write(words, x + 8, y, _TEXT)
            x += 26 + _wide(words, _TEXT)
        return y + _LEADING

    def caption(self, footage: Footage, moment: Moment, number: int, x: float, y: float, room: float) -> None:
        """Write the number of a picture, the step, and what is said."""
        self._write(((f"{number}", "ink"),), x, y, _TEXT)
        self._write(((_step(footage, moment), "muted"),), x + 14, y, LEAST_TYPE, bold=False)
        for k, line in enumerate(self.wrapped(moment.sentence, room), 1):
            self._write(line, x, y + k * _LEADING, _TEXT)

    def foot(self, footage: Footage) -> None:
        """Write whence the data are, and which scene it is."""
        data = getattr(footage.story.loss, "data", None)
        y = self.high - _MARGIN + 14
        self.figure.add_artist(Line2D(
            [_MARGIN / self.wide, 1 - _MARGIN / self.wide], [1 - (y - 12) / self.high] * 2,
            color=self.theme.grid, linewidth=0.7,
        ))  # fmt: skip
        texts = [data.source if data is not None else "", f"gdviz {footage.spec.card.digest[:12]}"]
        self._write(((" · ".join(filter(None, texts)), "muted"),), _MARGIN, y, _FOOT, bold=False)

    def picture(self, printed: Printed) -> None:
        """Lay a picture."""
        self.figure.add_artist(printed)

    def wrapped(self, sentence: Sentence, room: float, size: float = _TEXT) -> list[Sentence]:
        """Return a sentence in lines that fit."""
        return broken(sentence, room, lambda words: _wide(words, size)) if plain(sentence) else []

    def _write(self, sentence: Sentence, x: float, y: float, size: float, *, bold: bool | None = None) -> None:
        """Write words in their colours, with the baseline at `y`; what has a colour is bold unless told otherwise."""
        for words, role in sentence:
            heavy = bool(role) if bold is None else bold
            fonts = font(size, heavy, typefaces(words))
            self.figure.text(
                x / self.wide, 1 - y / self.high, words, color=self.theme.role(role), fontproperties=fonts,
                ha="left", va="baseline", parse_math=False,
            )  # fmt: skip
            x += text_width(words, size, heavy, 10 * INCH) / 10


def _wide(sentence: Sentence, size: float) -> float:
    """Return the width of words in points; matplotlib's type is up to 3 % wider where it is fitted to pixels."""
    return 1.03 * sum(text_width(words, size, bool(role), 10 * INCH) for words, role in sentence) / 10


def _step(footage: Footage, moment: Moment) -> str:
    """Say which step is shown, in the words of the heading."""
    counted = footage.story.counted(moment)
    if counted is None:
        return ""
    step, last = counted
    return f"{word('step of', step=step)} {word('of', steps=last)}"
