"""Where films are shown: what each place takes, how it plays it, and what to paste there; one row a place.

What is said of formats and limits was read in the pages that each row names, or measured; where nothing was found it
says "not known". Programs change: the pages were read in 2026. The words of menus are those of the English programs.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from gdviz.film.facts import SUFFIXES
from gdviz.problems import BadScene, choose
from gdviz.publish.tex_text import NAMES, escaped, is_path

MB = 1_000_000


@dataclass(frozen=True)
class Accepts:
    """A container that a place takes; see `film.facts.SUFFIXES` for the names.

    most_bytes, most_pixels: of the file, and of a picture of it; None where no limit is known. note: on what terms.
    """

    container: str
    most_bytes: int | None = None
    most_pixels: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Snippet:
    """What to paste or to do for a kind of file.

    language: "html", "markdown", "attribute" (of Pandoc's Markdown), "tex", "python" or "words"; it says how texts and
        names of files are written.
    template: with `{file}`, `{alt}`, `{width}`, `{height}`, `{ratio}`, `{poster}`, `{fps}`, `{frames}`.
    """

    language: str
    template: str


@dataclass(frozen=True)
class Destination:
    """A place where films are shown.

    name: as in `--for NAME`; title: as its makers write it. suffix: of the file that suits it best; "/" is a folder of
    PNG frames. size: of the picture that suits it, in pixels. accepts: what it takes. starts: how a film there begins,
    and whether it goes on for ever. snippets: what to paste, by suffix. is_page: whether films are loaded through a
    network while they play. notes: traps. sources: where all this is from.
    """

    name: str
    title: str
    suffix: str
    size: tuple[int, int]
    accepts: tuple[Accepts, ...]
    starts: str
    snippets: Mapping[str, Snippet] = field(hash=False)
    is_page: bool = False
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def accepted(self, container: str) -> Accepts | None:
        """Return on what terms a container is taken; None where it is not known to be."""
        return next((row for row in self.accepts if row.container == container), None)

    def terms(self, file: str | PurePath) -> Accepts:
        """Return on what terms a film is taken, by its name. Raises BadScene where it is not."""
        suffix = self._taken("output", str(file))
        kinds = {"/": "PNG"} | {end: container for container, ends in SUFFIXES.items() for end in ends}
        found = self.accepted(kinds[suffix])
        assert found is not None, "what has a snippet is taken"
        return found

    def _taken(self, field: str, file: str) -> str:
        """Return what the name of a file ends in, "/" for a folder. Raises BadScene for one that has no place here."""
        suffix = "/" if file.endswith("/") else PurePath(file).suffix.lower()
        if suffix not in self.snippets:
            raise BadScene(field, file, f"{self.title} is known to take {', '.join(self.snippets)}")
        if self.snippets[suffix].language == "tex" and not is_path(file):
            raise BadScene(field, file, NAMES)
        return suffix

    def changes(self, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Return the fields of a scene to change, so that its film suits this place; what is `asked` for stays.

        Raises BadScene where the size that is asked for can't be shown here.
        """
        width, height = (asked or {}).get("size") or self.size
        terms = [row for row in self.accepts if self.suffix == f".{row.container.lower()}"]
        for row in terms:
            if row.most_pixels is not None and width * height > row.most_pixels:
                allowed = f"{self.title} takes up to {row.most_pixels / 1e6:.0f} million pixels"
                raise BadScene("size", (width, height), f"{allowed}, such as {self.size}")
        return {"size": (width, height)}

    def snippet(
        self, file: str, alt: str, size: tuple[int, int], *, poster: str = "", fps: int = 25, frames: int = 1
    ) -> str:
        """Return what to paste or to do with a file here.

        file, poster: as they are reached from there; a folder of frames ends in "/". alt: what the film shows, for
        those who don't see it. size: of the film in pixels. fps, frames: of a folder of frames.

        Raises BadScene for a file of a kind, or of a name, that has no place here.
        """
        kind = self.snippets[self._taken("file", file)]
        text = kind.template if poster else re.sub(r' poster="\{poster\}"', "", kind.template)
        values = {"alt": _text(alt, kind.language), "file": _name(file, kind.language)}
        values |= {"poster": _name(poster, kind.language), "width": str(size[0]), "height": str(size[1])}
        values |= {"fps": str(fps), "frames": f"{frames:05d}", "ratio": f"{size[1] / size[0]:.4f}"}
        return re.sub(r"\{(alt|file|poster|width|height|ratio|fps|frames)\}", lambda found: values[found[1]], text)


def destination(name: str) -> Destination:
    """Return the place of a name. Raises BadScene with the nearest match."""
    if name not in DESTINATIONS:
        raise BadScene("place", name, choose(name, DESTINATIONS))
    return DESTINATIONS[name]


def _text(text: str, language: str) -> str:
    """Write a text so that it stands for itself in a language; in Python it is HTML within a text in single quotes."""
    plain = " ".join(text.split())
    match language:
        case "html":
            return html.escape(plain, quote=True)
        case "python":
            return html.escape(plain, quote=True).replace("\\", "\\\\")
        case "markdown":
            return re.sub(r'([\\\[\]"*_`<>])', r"\\\1", plain)
        case "attribute":
            return plain.replace("\\", "\\\\").replace('"', "'")
        case "tex":
            return escaped(plain)
    return plain


def _name(file: str, language: str) -> str:
    """Write the name of a file so that a language finds it."""
    if language in ("html", "markdown", "attribute"):
        return quote(file, safe="/:.-_~")
    return repr(file) if language == "python" else file


_VIDEO = '<video src="{file}" poster="{poster}" width="{width}" height="{height}" {how}></video>'
_IMAGE = Snippet("html", '<img src="{file}" width="{width}" height="{height}" alt="{alt}">')
_MARKDOWN = Snippet("markdown", "![{alt}]({file})")
_PICTURE = Snippet("tex", r"\includegraphics[width=\linewidth,alt={{alt}}]{{file}}")


def _video(how: str) -> Snippet:
    return Snippet("html", _VIDEO.replace("{how}", how))


def _steps(*suffixes: str, words: str) -> dict[str, Snippet]:
    return dict.fromkeys(suffixes, Snippet("words", words))


_LABELLED = 'aria-label="{alt}"'
_REVEAL = _video(f"data-autoplay loop muted playsinline {_LABELLED}")
_WEB_IMAGES = dict.fromkeys((".gif", ".webp", ".apng", ".png"), _IMAGE)
_WEB = tuple(Accepts(container) for container in ("MP4", "WebM", "GIF", "WebP", "APNG", "PNG"))
_FACTS = "measured or read for the design of gdviz"
_WCAG = "WCAG 2.2, 2.2.2: what moves by itself for more than 5 s beside other content needs a way to pause it"

_ROWS = (
    Destination(
        "powerpoint", "PowerPoint", ".mp4", (1920, 1080),
        (Accepts("MP4"), Accepts("MOV"), Accepts("GIF"), Accepts("PNG", note="as a still")),
        "a video starts on a click, unless Playback > Start says Automatically; Loop until Stopped repeats it; "
        "a GIF starts by itself and loops as it says",
        _steps(
            ".mp4", ".mov",
            words="Insert > Video > This Device: {file}; Playback > Start: Automatically; alt text: {alt}",
        )
        | _steps(".gif", ".png", words="Insert > Pictures > This Device: {file}; alt text: {alt}"),
        notes=("no WebM and no WebP", "the alpha of a video is painted black: give the film the colour of the slide"),
        sources=(
            _FACTS,
            "Microsoft, Video and audio file formats supported in PowerPoint (recommended: MP4 with H.264 and AAC), "
            "as cited at learn.microsoft.com/answers/questions/5339846",
        ),
    ),
    Destination(
        "google-slides", "Google Slides", ".gif", (1280, 720),
        (
            Accepts("GIF", 50 * MB, 25_000_000), Accepts("PNG", 50 * MB, 25_000_000, "as a still"),
            Accepts("MP4", note="only through Google Drive: upload it there, then Insert > Video > Google Drive"),
        ),
        "a GIF starts by itself and loops as it says; a video from Drive starts as its Format options say",
        _steps(".gif", ".png", words="Insert > Image > Upload from computer: {file}; alt text (Ctrl+Alt+Y): {alt}")
        | _steps(".mp4", words="upload {file} to Drive; Insert > Video > Google Drive; alt text (Ctrl+Alt+Y): {alt}"),
        notes=("whether the 25 million pixels are those of one picture or of all is not known",),
        sources=("developers.google.com/workspace/slides/api/guides/add-image", _FACTS),
    ),
    Destination(
        "keynote", "Keynote", ".mp4", (1920, 1080),
        (
            Accepts("MP4"), Accepts("MOV"), Accepts("PNG", note="as a still"),
            Accepts("GIF", note="Keynote 6 shows its first picture only, unless it is named .mov; later: not known"),
        ),
        "a film starts on a click, unless Movie > Start movie on click is off; Repeat: Loop repeats it",
        _steps(".mp4", ".mov", ".gif", ".png", words="drag {file} onto the slide; Accessibility Description: {alt}"),
        notes=("limits of size: not known",),
        sources=(
            "allgaierconsulting.com/techtalk (2014), for GIF",
            "eclecticlight.co (2018), for H.264 as what Keynote converts to",
        ),
    ),
    Destination(
        "impress", "LibreOffice Impress", ".mp4", (1280, 720),
        (
            Accepts("MP4", note="where the system has a decoder for H.264"), Accepts("GIF"),
            Accepts("WebM", note="where the system has a decoder for it"), Accepts("PNG", note="as a still"),
        ),
        "a GIF starts by itself and loops as it says; whether a video starts by itself is set by its interaction",
        _steps(".mp4", ".webm", words="Insert > Audio or Video: {file}; then Position and Size > Description: {alt}")
        | _steps(".gif", ".png", words="Insert > Image: {file}; then Alt Text: {alt}"),
        notes=("a PDF made from the slides shows the first picture of a GIF",),
        sources=(_FACTS, "github.com/flathub/org.libreoffice.LibreOffice/issues/20, for the decoders"),
    ),
    Destination(
        "beamer", "LaTeX Beamer", "/", (1280, 720),
        (
            Accepts("MP4", note=r"with \movie, in pympress and pdfpc; elsewhere beside the slides or not at all"),
            Accepts("PNG", note="as a still"),
        ),
        "frames in Acrobat and Okular, with buttons; other viewers show the poster",
        {
            "/": Snippet(
                "tex",
                "% \\usepackage{animate}; {alt}\n"
                r"\animategraphics[controls,loop,poster=last,width=\linewidth]{{fps}}{{file}frame_}{00001}{{frames}}",
            ),
            ".mp4": Snippet(
                "tex",
                "% \\usepackage{multimedia}; {alt}\n"
                r"\movie[width=\linewidth,height={ratio}\linewidth,autostart,loop]{}{{file}}",
            ),
            ".png": _PICTURE,
        },
        notes=("no GIF", "the PDF holds every frame: a long film makes a heavy PDF"),
        sources=("animate, CTAN", "beamer, base/multimedia/multimedia.sty", _FACTS),
    ),
    Destination(
        "reveal", "reveal.js", ".mp4", (1280, 720), _WEB,
        "data-autoplay starts it when its slide is shown and stops it when one goes on; `loop` repeats it",
        {".mp4": _REVEAL, ".webm": _REVEAL} | _WEB_IMAGES,
        is_page=True,
        notes=("browsers start only silent films by themselves, so: muted",),
        sources=("revealjs.com/media", _FACTS),
    ),
    Destination(
        "web", "HTML", ".mp4", (1280, 720), _WEB,
        "a video has buttons and waits for a click; a GIF starts by itself and loops as it says",
        dict.fromkeys((".mp4", ".webm"), _video(f"controls loop muted playsinline {_LABELLED}")) | _WEB_IMAGES,
        is_page=True,
        notes=(_WCAG,),
        sources=("HTML Living Standard, 4.8.8: the video element", _FACTS),
    ),
    Destination(
        "quarto", "Quarto", ".mp4", (1280, 720), _WEB,
        "the shortcode has buttons and waits for a click; in PDF and Word it becomes a link: there use the PNG",
        dict.fromkeys((".mp4", ".webm"), Snippet("attribute", '{{< video {file} aria-label="{alt}" >}}'))
        | dict.fromkeys(
            (".gif", ".webp", ".apng", ".png"), Snippet("attribute", '![]({file}){fig-alt="{alt}" width={width}}')
        ),
        is_page=True,
        notes=("aria-label takes Quarto 1.9",),
        sources=("quarto.org/docs/authoring/videos.html", "github.com/quarto-dev/quarto-web/pull/1794, for aria-label"),
    ),
    Destination(
        "marp", "Marp", ".mp4", (1280, 720), _WEB,
        "autoplay starts all films of a deck at once, when it is opened: controls and a click are better",
        dict.fromkeys((".mp4", ".webm"), _video('controls loop muted playsinline title="{alt}"'))
        | dict.fromkeys((".gif", ".webp", ".apng", ".png"), _MARKDOWN),
        is_page=True,
        notes=("of the attributes of a video it keeps title and strips aria-label",),
        sources=("github.com/marp-team/marp-core, src/html/allowlist.ts", _FACTS),
    ),
    Destination(
        "github", "GitHub", ".gif", (1280, 720),
        (
            Accepts("GIF", 10 * MB), Accepts("PNG", 10 * MB, note="as a still"),
            *(
                Accepts(
                    video, 10 * MB,
                    note="dragged into the editor of an issue or a README, not as a file of the repository; "
                    "100 MB on paid plans",
                )
                for video in ("MP4", "MOV", "WebM")
            ),
        ),
        "a GIF starts by itself and loops as it says, unless the reader has switched that off; a video has buttons",
        dict.fromkeys((".gif", ".png"), _MARKDOWN)
        | _steps(".mp4", ".mov", ".webm", words="drag {file} into the editor; the words beside it: {alt}"),
        is_page=True,
        notes=("<video> with a path in the repository is stripped", _WCAG),
        sources=("docs.github.com, Attaching files", _FACTS),
    ),
    Destination(
        "notion", "Notion", ".gif", (1280, 720),
        (Accepts("GIF", 5 * MB), Accepts("MP4", 5 * MB), Accepts("PNG", 5 * MB, note="as a still")),
        "a GIF starts by itself and loops as it says; a video has buttons and waits for a click",
        _steps(".gif", ".png", words="/image, then Upload: {file}; alt text: {alt}")
        | _steps(".mp4", words="/video, then Upload: {file}; caption: {alt}"),
        is_page=True,
        notes=("5 MB are the limit of the free plan; paid plans have none that is known", _WCAG),
        sources=("developers.notion.com/docs/working-with-files-and-media", _FACTS),
    ),
    Destination(
        "moodle", "Moodle", ".mp4", (1280, 720),
        (Accepts("MP4"), Accepts("WebM"), Accepts("GIF"), Accepts("PNG", note="as a still")),
        "a video has buttons and waits for a click, as the rules for learning platforms want it",
        dict.fromkeys((".mp4", ".webm"), _video('controls muted playsinline preload="metadata" title="{alt}"'))
        | dict.fromkeys((".gif", ".png"), _IMAGE),
        is_page=True,
        notes=("the limit of size is set by each site: not known", "at most three flashes a second", _WCAG),
        sources=("Moodle, media/player/html5video and lang/en/media.php", _FACTS),
    ),
    Destination(
        "jupyter", "Jupyter", ".mp4", (1280, 720),
        tuple(Accepts(row.container, 20 * MB) for row in _WEB),
        "a video has buttons and waits for a click; it is kept within the notebook",
        dict.fromkeys(
            (".mp4", ".webm"),
            Snippet(
                "python",
                "from IPython.display import Video\n\n"
                "Video({file}, embed=True, width={width}, "
                "html_attributes='controls loop muted playsinline aria-label=\"{alt}\"')",
            ),
        )
        | dict.fromkeys((".gif", ".webp", ".apng", ".png"), _MARKDOWN),
        notes=("above 20 MB a notebook gets too heavy to load and to share",),
        sources=("ipython.readthedocs.io, IPython.display.Video", _FACTS),
    ),
)  # fmt: skip

DESTINATIONS = {row.name: row for row in _ROWS}
"""The places by their names."""
