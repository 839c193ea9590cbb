"""LaTeX: a film as frames of a talk in Beamer, or as a figure of an article, all of letters and lines.

Three files: `talk.tex`, ready to be compiled or copied from; `talk_frames.pdf`, a picture on every page; and
`talk_timeline.txt`, which tells how long each of them stays. Two frames show the same. The first plays: the package
`animate` (A. Grahn, 2007-2022) does that with JavaScript, which few viewers of PDF have. The second goes on by clicks,
with overlays, in all of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.figure import Figure

from gdviz.account import plain
from gdviz.descent.story import Moment
from gdviz.film.film import Progress, Written
from gdviz.film.landing import beside
from gdviz.footage import Footage
from gdviz.picture.compositor import Compositor
from gdviz.picture.grounding import TRANSPARENT, themed
from gdviz.picture.printed import Printed, fine
from gdviz.picture.shape import frame_box
from gdviz.problems import BadScene
from gdviz.publish.paper import blank, save
from gdviz.publish.tex_text import NAMES, escaped, is_name, needs_unicode, pdf_string
from gdviz.publish.wishes import Wishes
from gdviz.words import speaking

RATES = (6, 4, 3, 2, 1)  # pictures a second of what moves: the first with which there are not too many pages
MOST = 240  # pages; a viewer keeps them all
_SCALE = 0.3543  # points for a unit: a frame 1280 units wide is as wide as a slide of Beamer, 160 mm
_ASPECTS = {"169": 16 / 9, "1610": 16 / 10, "149": 14 / 9, "32": 3 / 2, "54": 5 / 4, "43": 4 / 3}  # Beamer's


@dataclass(frozen=True)
class Page:
    """A picture of the film, and how many ticks it stays. `stop`: whether a part of the film ends with it."""

    moment: Moment
    ticks: int
    stop: bool


def latex(footage: Sequence[Footage], path: Path, wishes: Wishes, progress: Progress) -> list[Written]:
    """Write a film for LaTeX.

    With the wish `segments` the animation stops where a speaker may want to; with `click` it waits for a press of play.

    Raises `BadScene` for a name that TeX can't take, and what `beside` raises.
    """
    (film,) = footage
    if not is_name(path.stem):
        raise BadScene("output", str(path), NAMES)
    files = wishes.files(path)
    pages = paged(film)
    with beside([name for name, _ in files]) as (source, pictures, times):
        save(_drawn(film, pages, progress), pictures, film.spec.card)
        times.write_text(timeline(pages, film.scene.fps, stops=wishes.segments), encoding="ascii", newline="\n")
        source.write_text(document(film, pages, path.stem, wishes), encoding="utf-8", newline="\n")
        sizes = [part.stat().st_size for part in (source, pictures, times)]
    lengths = ((film.ticks, film.seconds), (len(pages), 0.0), (1, 0.0))
    return [
        Written(name, size, *length, kind) for (name, kind), size, length in zip(files, sizes, lengths, strict=True)
    ]


def paged(footage: Footage) -> list[Page]:
    """Choose the pictures worth a page: the end of every part, what stands still, and some of what moves."""
    choices = (_at_rate(footage, rate) for rate in RATES)
    return next((pages for pages in choices if len(pages) <= MOST), _at_rate(footage, RATES[-1]))


def _at_rate(footage: Footage, rate: int) -> list[Page]:
    """Keep of what moves so many pictures a second; all pages together stay as long as the film."""
    apart = footage.scene.fps / rate
    ends = {part.end - 1 for part in footage.segments}
    pages: list[Page] = []
    for k, shot in enumerate(footage.shots):
        kept, stop = (pages[-1], k in ends) if pages else (None, k in ends)
        if kept is not None and shot.moment == kept.moment:
            pages[-1] = Page(kept.moment, kept.ticks + shot.ticks, stop)
        elif kept is None or stop or kept.stop or kept.ticks >= apart or shot.ticks >= apart:
            pages.append(Page(shot.moment, shot.ticks, stop))
        else:
            pages[-1] = Page(kept.moment, kept.ticks + shot.ticks, kept.stop)
    return pages


def timeline(pages: Sequence[Page], fps: int, *, stops: bool = False) -> str:
    """Return the timeline of `animate`: for each picture its rate, the inverse of how long it stays, and its number.

    stops: wait, with a star, where a part of the film ends, but for the last one.
    """
    lines = [
        f"{'*' if stops and page.stop and page is not pages[-1] else ''}:{fps / page.ticks:.6f}:{number}\n"
        for number, page in enumerate(pages)
    ]
    return "".join(lines)


def _drawn(footage: Footage, pages: Sequence[Page], progress: Progress) -> Iterator[Figure]:
    """Yield each page."""
    scene = footage.scene
    theme, frame = themed(scene.theme, scene.ground), frame_box(scene.size)
    with speaking(scene.lang):
        compositor = Compositor(footage.story, footage.views, theme, fine(scene.size))
    compositor.figure.patch.set_visible(scene.ground != TRANSPARENT)
    done = 0
    for number, page in enumerate(pages, 1):
        figure = blank(_SCALE * frame.width, _SCALE * frame.height, "none")
        with speaking(scene.lang):
            figure.add_artist(Printed(compositor, page.moment, frame, 0, 0, _SCALE))
        yield figure
        progress(number * len(footage.shots) // len(pages) - done)
        done = number * len(footage.shots) // len(pages)


def document(footage: Footage, pages: Sequence[Page], stem: str, wishes: Wishes) -> str:
    """Return the source: a talk of two frames, and after its end the lines for an article."""
    animation = Animation.of(footage, pages, stem, wishes)
    watch = footage.scene.watch
    notes = [f"  \\note{{{escaped(watch)}}}"] if watch.strip() else []
    lines = [
        *_head(footage, stem),
        r"\begin{document}",
        "",
        "% It plays in Acrobat, Okular, PDF-XChange, Foxit and PDF.js.",
        "% Elsewhere, and on paper, the last picture stands.",
        *_slide([f"  {animation.at(_PLAYED)}"], notes),
        "",
        "% The same for every viewer: a picture for every click. A graphicx older than 2021 does not know alt=...",
        *_slide(_overlays(footage, pages, stem), notes),
        "",
        r"\end{document}",
        "",
        "What follows is for an article: \\usepackage{graphicx,animate} in its head, this where the figure belongs.",
        "",
        r"\begin{figure}",
        r"  \centering",
        f"  {animation.at(_IN_TEXT)}",
        f"  \\caption{{{escaped(footage.account.heading)}}}",
        r"\end{figure}",
    ]
    return "\n".join(lines) + "\n"


_ON_SLIDE = r"width=\textwidth,height=.92\textheight,keepaspectratio"
_PLAYED = r"width=\textwidth,height=.86\textheight,keepaspectratio"  # the buttons stand below it
_IN_TEXT = r"width=\linewidth"


@dataclass(frozen=True)
class Animation:
    """The command of the package `animate` that plays the pages.

    rate: pictures a second of the first page; the timeline has those of the others. stem: the name of the film.
    settings: the options that do not depend on where it stands.
    """

    rate: float
    stem: str
    settings: tuple[str, ...]

    @classmethod
    def of(cls, footage: Footage, pages: Sequence[Page], stem: str, wishes: Wishes) -> "Animation":
        """Have it play as often as the scene says, and start and stop as is wished."""
        scene = footage.scene
        settings = ["controls", "poster=last", f"timeline={stem}_timeline.txt"]
        settings += ["loop"] if scene.loop is None and not wishes.segments else []
        settings += [] if wishes.click else ["autoplay"]
        settings += [rf"alttext={{\detokenize{{{pdf_string(footage.account.alt)}}}}}"]
        return cls(scene.fps / pages[0].ticks, stem, tuple(settings))

    def at(self, size: str) -> str:
        """Return it, at a size that is given as the options of graphicx."""
        given = ",\n    ".join([size, *self.settings])
        return f"\\animategraphics[{given}]{{{self.rate:.6f}}}{{{self.stem}_frames}}{{}}{{}}"


def _head(footage: Footage, stem: str) -> list[str]:
    """Return what stands before the slides."""
    scene, heading = footage.scene, footage.account.heading
    width, height = scene.size
    aspect = min(_ASPECTS, key=lambda name: abs(_ASPECTS[name] - width / height))
    script = ["% The texts have characters that only these two print, each with a font that has them:"]
    other = [*script, "% !TeX program = lualatex"] if needs_unicode(heading + scene.watch) else []
    return [
        f"% {' '.join(heading.split())}",
        f"% Made by gdviz; the scene's digest is {footage.spec.card.digest}",
        "%",
        "% Compile it as it is, twice, with pdflatex or lualatex. Two files belong to it:",
        f"% {stem}_frames.pdf and {stem}_timeline.txt.",
        "% Or copy what you need: a frame into a talk, the figure at the end into an article.",
        *other,
        rf"\documentclass[aspectratio={aspect}]{{beamer}}",
        r"\usepackage{animate}",
        r"\setbeamertemplate{navigation symbols}{}",
        *([] if scene.ground == TRANSPARENT else _ground(themed(scene.theme, scene.ground).ground)),
    ]


def _ground(colour: str) -> list[str]:
    """Return the lines that give the slides the ground of the pictures."""
    code = colour.lstrip("#").upper()
    return [rf"\definecolor{{ground}}{{HTML}}{{{code}}}", r"\setbeamercolor{background canvas}{bg=ground}"]


def _slide(shown: Sequence[str], notes: Sequence[str]) -> list[str]:
    """Return a slide that shows only what is given."""
    return [r"\begin{frame}[plain]", r"  \centering", *shown, *notes, r"\end{frame}"]


def _overlays(footage: Footage, pages: Sequence[Page], stem: str) -> list[str]:
    """Return a picture for every click: the last one of each part, with its sentence for those who don't see it."""
    stops = [(number, plain(page.moment.sentence)) for number, page in enumerate(pages, 1) if page.stop]
    return [
        f"  \\includegraphics<{click}>[page={number},{_ON_SLIDE},\n"
        f"    alt={{{escaped(said or footage.account.alt)}}}]{{{stem}_frames}}%"
        for click, (number, said) in enumerate(stops, 1)
    ]
