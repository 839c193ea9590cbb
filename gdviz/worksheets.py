"""Worksheets: a page of questions "where will it land?", and a page with the answers, for a class to do on paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array, Fit, Loss
from gdviz.descent.story import Moment, Phase, Story
from gdviz.film.landing import beside
from gdviz.languages.breaks import parts
from gdviz.picture.axis_names import is_long
from gdviz.picture.compositor import Compositor, Pixels
from gdviz.picture.contour import Contour
from gdviz.picture.curve import Curve
from gdviz.picture.glyph_check import check_glyphs
from gdviz.picture.rows import views_of
from gdviz.picture.rule import Rule
from gdviz.picture.sprite import font, formula_width, rgb, text_width
from gdviz.picture.theme import THEMES, Theme
from gdviz.picture.typeface import formula_typefaces, typefaces
from gdviz.picture.view import Box
from gdviz.problems import BadScene, choose
from gdviz.scene import Scene
from gdviz.telling import Teller
from gdviz.words import current_language, mathematics, number, prose, shown_names, speaking, word

SUFFIXES = (".pdf", ".png")
MOST = 3  # questions for which a page has room

_WIDE, _HIGH = 595.3, 841.9  # points: A4
_MARGIN, _TOP, _FOOT = 43.0, 102.0, 24.0  # points: left and right, above the first question, below the last
_POINT = 0.43  # points of paper for a unit of the picture: type of 17 units is 7.3 points high
_SIZE = 2560, 1440  # of the frame from which the pictures are cut: 335 dots an inch on paper
_DPI = 200  # of a PNG
_RULE = Box(48, 575, 1232, 720)  # units
_LEFT, _ABOVE, _ACROSS, _TALLEST = 150.0, 60.0, 520.0, 370.0  # units: the panel's left, top, width and greatest height
_NAMES, _BELOW, _LONG = 40.0, 34.0, 54.0  # units above and below a panel, for its names and ticks; for a long name
_GAP = 8.0  # points between things
_SEEN = 0.02  # of the picture: a shorter step could not be marked

_Picture = tuple[Pixels, Pixels]  # the loss, and the rule


def worksheet(
    scene: Scene, path: str | Path, *, questions: int | None = None, theme: str = "light"
) -> list[Path]:  # fmt: skip
    """Make a worksheet of a scene: a page that asks where the next step will land, and a page with the answers.

    Each question has the picture of a moment with the slope and without the step, the update rule with its numbers and
    a question mark, and room for an answer. Of several runs the first is asked about. The steps are the first one,
    those at which something happens, such as an overshoot, and a late one.

    path: `.pdf` for two pages in one file; `.png` for `sheet.png` and `sheet_answers.png`, 200 dots an inch.
    questions: 1 to 3, as many as there are steps unless given.
    theme: black on white unless another one is asked for; the scene's own is for the screen.

    Returns the files written. Raises `BadScene` for what can't be used, and `FilmFailed` where the disk fails; then no
    file is left behind, and what stood there before still stands.
    """
    targets = _targets(path)
    if theme not in THEMES:
        raise BadScene("theme", theme, choose(theme, THEMES))
    with np.errstate(all="ignore"), speaking(scene.lang):  # numbers at the edge of the float range are content
        sheet = _sheet(scene, questions, THEMES[theme])
        pages = [sheet.page(answers=answers, sharp=targets[0].suffix.lower() == ".pdf") for answers in (False, True)]
    with beside(targets) as parts:
        _save(pages, parts, sheet.title)
    return targets


def _targets(path: str | Path) -> list[Path]:
    """Return the files that a worksheet consists of."""
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise BadScene("output", str(path), choose(suffix, SUFFIXES))
    return [path] if suffix == ".pdf" else [path, path.with_name(f"{path.stem}_answers{path.suffix}")]


def _save(pages: Sequence[Figure], parts: Sequence[Path], title: str) -> None:
    if len(parts) == 1:
        with PdfPages(parts[0], metadata={"Title": title, "CreationDate": None}) as pdf:
            for page in pages:
                pdf.savefig(page)
        return
    for page, part in zip(pages, parts, strict=True):
        page.savefig(part, format="png", dpi=_DPI, metadata={"Title": title})


def _sheet(scene: Scene, asked: int | None, theme: Theme) -> "_Sheet":
    """Let the optimizer run, choose the steps, and draw their pictures."""
    given: object = MOST if asked is None else asked
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= MOST:
        raise BadScene("questions", asked, f"allowed: a whole number from 1 to {MOST}")
    loss, title = cast(Loss, scene.loss), scene.title or word("ask")
    check_glyphs("title", title)
    check_glyphs("lang", current_language().letters, scene.lang)
    if loss.about.dim > 2:
        allowed = f"allowed: a loss of one or two parameters, and this one has {loss.about.dim}"
        raise BadScene("worksheet", title, allowed)
    story = Story(loss, scene.story().runs[:1], ("",))
    questions = given if asked is not None else max(1, min(given, story.last(0)))
    if story.last(0) < questions:
        raise BadScene("questions", questions, f"allowed: up to the number of steps, and this run has {story.last(0)}")
    room = (_HIGH - _TOP - _FOOT) / questions / _POINT  # units
    below = _LONG if is_long(shown_names(loss.about.names)[0]) else _BELOW
    high = min(_TALLEST, room - _RULE.height - _NAMES - below - 2 * _GAP / _POINT)
    panel = Box(_LEFT, _ABOVE, _LEFT + _ACROSS, _ABOVE + high)
    view = _view(scene, loss)
    compositor = Compositor(story, [(view, panel), (Rule(), _RULE)], theme, _SIZE)
    steps = steps_to_ask(story, questions)
    frames = [compositor.frame(moment).copy() for step in steps for moment in _moments(step)]
    ground = np.array(rgb(theme.ground))
    looks = _cut(frames, Box(0, panel.top - _NAMES, 1280, panel.bottom + below), ground)
    rules = _cut(frames, _RULE, ground)
    pictures = list(zip(looks, rules, strict=True))
    return _Sheet(title, story, theme, steps, pictures[::2], pictures[1::2], view.fog)


def _view(scene: Scene, loss: Loss) -> Curve | Contour:
    """Return the scene's own view of its loss, or the usual one."""
    own = [view for view in views_of(scene.views) if isinstance(view, Curve | Contour)]
    usual = Curve(fog=scene.fog) if loss.about.dim == 1 else Contour(fog=scene.fog)
    return own[0] if own else usual


def _moments(step: int) -> tuple[Moment, Moment]:
    """Return the moments of the question and of its answer."""
    return Moment(0, step, Phase.ASK), Moment(0, step, Phase.MOVE)


def _cut(frames: Sequence[Pixels], area: Box, ground: Array) -> list[Pixels]:
    """Return a part of each frame, as wide as what is drawn in any of them."""
    scale = _SIZE[0] / 1280
    rows = slice(round(area.top * scale), round(area.bottom * scale))
    parts = [frame[rows, :, :3] for frame in frames]
    inked = np.flatnonzero(np.any([(part != ground).any(axis=(0, 2)) for part in parts], axis=0))
    return [part[:, inked[0] : inked[-1] + 1] for part in parts]


def steps_to_ask(story: Story, count: int) -> list[int]:
    """Choose `count` steps of a story's first run, ascending: the first, those of events, a late one, others between.

    Those come first that can be marked: they begin in the picture, and are long enough to be seen.
    """
    last = story.last(0)
    moves = _moves(story)
    seen = np.flatnonzero(moves >= _SEEN).tolist()
    happens = [step for step in Teller(story, 0).events if step in seen]
    late = seen[-1:]
    between = [seen[round(part * (len(seen) - 1))] for part in np.linspace(0, 1, count)] if seen else []
    wanted = [0, *happens[: max(0, count - 2)], *late, *happens, *between, *seen, *range(last)]
    return sorted(list(dict.fromkeys(wanted))[:count])


def _moves(story: Story) -> Array:
    """Return the length of each step as a part of the picture `(last,)`; 0 for steps that begin outside of it."""
    path, last, dim = story.runs[0], story.last(0), story.loss.about.dim
    ends = np.array([story.window.params] if dim == 1 else story.plane)
    here = path.params[:last, 0]
    inside = ((here >= ends[:, 0]) & (here <= ends[:, 1])).all(axis=1)
    lengths = np.abs(path.step[:last, 0] / (ends[:, 1] - ends[:, 0])).max(axis=1)
    return np.where(inside, lengths, 0.0)


@dataclass(frozen=True)
class _Sheet:
    """What the two pages show."""

    title: str
    story: Story
    theme: Theme
    steps: Sequence[int]
    asked: Sequence[_Picture]
    answered: Sequence[_Picture]
    fog: bool

    def page(self, *, answers: bool, sharp: bool) -> Figure:
        """Return a page; `sharp` pictures keep their pixels, others are fitted to those of the page."""
        paper = _Paper(self.theme, sharp)
        self._head(paper, answers=answers)
        high = (_HIGH - _TOP - _FOOT) / len(self.steps)
        pictures = self.answered if answers else self.asked
        for k, (step, picture) in enumerate(zip(self.steps, pictures, strict=True)):
            self._question(paper, _TOP + k * high, k + 1, step, picture, answers=answers)
        return paper.figure

    def _head(self, paper: "_Paper", *, answers: bool) -> None:
        """Write the title, what it is about, what to do, and a place for a name."""
        room = _WIDE - 2 * _MARGIN
        size = min(17.0, 17.0 * room / paper.width(self.title, 17, bold=True))
        paper.text(_MARGIN, 58, self.title, size, bold=True)
        paper.text(_MARGIN, 76, self._about(room), 10, mathematics=True)
        paper.text(_MARGIN, 92, word("sheet mark"), 10)
        if answers:
            paper.text(_WIDE - _MARGIN, 36, word("sheet answers"), 10, bold=True, align="right")
            return
        paper.text(_MARGIN, 34, word("sheet name"), 9, "muted")
        paper.line(_MARGIN + paper.width(word("sheet name"), 9) + 5, 36, 330)
        paper.text(345, 34, word("sheet date"), 9, "muted")
        paper.line(345 + paper.width(word("sheet date"), 9) + 5, 36, _WIDE - _MARGIN)

    def _about(self, room: float) -> str:
        """Return by which method it goes down, and down what, where that is known and there is room for it."""
        loss, method = self.story.loss, self.story.runs[0].name.replace("$", r"\$")
        if isinstance(loss, Fit):
            return f"{method}; {word('loss')}: {word(f'loss of a {loss.measure}')}"
        whole = f"{method}; {word('loss')} $=\\,{mathematics(loss.about.text or '')}$"
        has_text = loss.about.text is not None and not self.fog
        return whole if has_text and formula_width(whole, 10, 720) / 10 <= room else method

    def _question(
        self, paper: "_Paper", top: float, number_of: int, step: int, picture: _Picture, *, answers: bool
    ) -> None:  # fmt: skip
        """Lay the pictures of a question, and beside them what is asked or answered."""
        look, rule = picture
        paper.line(_MARGIN, top, _WIDE - _MARGIN, "grid")
        right, bottom = paper.picture(look, _MARGIN, top + _GAP)
        paper.picture(rule, _MARGIN, bottom + _GAP)
        x, y = max(right + 2 * _GAP, 350.0), top + _GAP + 14
        steps = f"{word('step of', step=step + 1)} {word('of', steps=self.story.last(0))}"
        paper.text(x, y, f"{number_of}", 13, bold=True)
        paper.text(x + 16, y, steps, 10)
        y = self._places(paper, x, y + 11, step, answers=answers)
        y = self._loss(paper, x, y + 13, step, answers=answers)
        self._reason(paper, x, y + 18, bottom, step, answers=answers)

    def _places(self, paper: "_Paper", x: float, y: float, step: int, *, answers: bool) -> float:
        """Draw a box for the new value of each parameter; return where the last one ends."""
        shown = digits(self.story).param
        names = shown_names(self.story.loss.about.names)
        texts = [f"{word('new', m=name)} =" for name in names]
        left = x + max(paper.width(text, 11) for text in texts) + _GAP
        for axis, (text, role) in enumerate(zip(texts, ("parameter", "parameter"), strict=False)):
            paper.text(x, y + 15, text, 11, role)
            paper.box(left, y, max(60.0, _WIDE - _MARGIN - left), 21)
            if answers:
                value = number(float(self.story.runs[0].params[step + 1, 0, axis]), shown)
                paper.text(left + 8, y + 15, value, 12, role, bold=True)
            y += 25
        return y

    def _loss(self, paper: "_Paper", x: float, y: float, step: int, *, answers: bool) -> float:
        """Ask whether the loss will fall; return the baseline."""
        paper.text(x, y, word("sheet loss"), 10)
        before, after = (float(self.story.runs[0].loss[k, 0]) for k in (step, step + 1))
        truth = "sheet falls" if after < before else "sheet stays" if after == before else "sheet rises"
        at = x + paper.width(f"{word('sheet loss')} ", 10) + 5
        for key in ("sheet falls", "sheet rises", "sheet stays"):
            paper.box(at, y - 8.5, 9, 9)
            if answers and key == truth:
                paper.cross(at, y - 8.5, 9)
            paper.text(at + 12, y, word(key), 10, bold=answers and key == truth)
            at += 12 + paper.width(f"{word(key)}  ", 10, bold=True)
        return y

    def _reason(self, paper: "_Paper", x: float, y: float, bottom: float, step: int, *, answers: bool) -> None:
        """Leave lines to say why, or say it."""
        paper.text(x, y, word("sheet why"), 10)
        if answers:
            for k, line in enumerate(paper.wrapped(self._why(step), 10, _WIDE - _MARGIN - x)):
                paper.text(x, y + 15 + 13 * k, line, 10)
            return
        y += 20
        while y <= bottom + 2:
            paper.line(x, y, _WIDE - _MARGIN)
            y += 20

    def _why(self, step: int) -> str:
        """Say what makes a step, and what came of it."""
        teller = Teller(self.story, 0)
        sentences = [teller.phase(step, Phase.DECIDE)]
        loss = self.story.runs[0].loss[:, 0]
        if step in teller.events:
            sentences.append(teller.event(teller.events[step]))
        elif not loss[step + 1] < loss[step]:
            sentences.append(teller.phase(step, Phase.MOVE))
        return prose(["".join(words for words, _ in sentence) for sentence in sentences])


class _Paper:
    """A page on which to write, in points from its upper left corner."""

    def __init__(self, theme: Theme, sharp: bool) -> None:
        self._theme, self._sharp = theme, sharp
        self.figure = Figure(figsize=(_WIDE / 72, _HIGH / 72), facecolor=theme.ground)

    @staticmethod
    def width(words: str, size: float, *, bold: bool = False) -> float:
        """Return the width of a text in points; type that is fitted to pixels is up to 3 % wider than printed."""
        return 1.03 * text_width(words, size, bold, 720) / 10

    def wrapped(self, words: str, size: float, room: float) -> list[str]:
        """Return a text in lines that fit."""
        first, *rest = parts(words)
        lines = [first]
        for space, one in zip(rest[::2], rest[1::2], strict=True):
            longer = f"{lines[-1]}{space}{one}"
            if self.width(longer, size) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(one)
        return lines

    def text(
        self, x: float, y: float, words: str, size: float, role: str = "ink", *, bold: bool = False,
        align: str = "left", mathematics: bool = False,
    ) -> None:  # fmt: skip
        """Write a text with its baseline at `y`; `mathematics` may stand in it between dollar signs."""
        fonts = font(size, bold, (formula_typefaces if mathematics else typefaces)(words))
        self.figure.text(
            x / _WIDE, 1 - y / _HIGH, words, color=self._theme.role(role), fontproperties=fonts, ha=align,
            va="baseline", math_fontfamily="dejavusans", parse_math=mathematics,
        )  # fmt: skip

    def line(self, x: float, y: float, end: float, role: str = "muted") -> None:
        """Draw a horizontal line, to write on or to divide."""
        self._add([(x, y), (end, y)], role)

    def cross(self, x: float, y: float, side: float) -> None:
        """Cross a box."""
        for shift in (0.0, side):
            self._add([(x, y + shift), (x + side, y + side - shift)], "ink", 1.6)

    def _add(self, points: Sequence[tuple[float, float]], role: str, width: float = 0.7) -> None:
        xs, ys = zip(*points, strict=True)
        line = Line2D(
            [x / _WIDE for x in xs], [1 - y / _HIGH for y in ys], color=self._theme.role(role), linewidth=width
        )
        self.figure.add_artist(line)

    def box(self, x: float, y: float, wide: float, high: float) -> None:
        """Draw an empty box."""
        corner = (x / _WIDE, 1 - (y + high) / _HIGH)
        colour = self._theme.role("ink")
        self.figure.add_artist(
            Rectangle(corner, wide / _WIDE, high / _HIGH, fill=False, edgecolor=colour, linewidth=0.8)
        )

    def picture(self, pixels: Pixels, x: float, y: float) -> tuple[float, float]:
        """Lay a picture at its size on paper; return its right and lower edge."""
        scale = _POINT * 1280 / _SIZE[0]
        high, wide = pixels.shape[0] * scale, pixels.shape[1] * scale
        axes = self.figure.add_axes((x / _WIDE, 1 - (y + high) / _HIGH, wide / _WIDE, high / _HIGH))
        axes.set_axis_off()
        axes.imshow(pixels, aspect="auto", interpolation="none" if self._sharp else "hanning")
        return x + wide, y + high
