"""PowerPoint's format, Office Open XML (ECMA-376), by python-pptx; what that gets wrong for films is put right here.

Left to itself it makes a film play on a click alone, puts a loudspeaker before it, gives it no alt text and writes the
date; and its empty presentation is of 4:3, with its author's name and a picture of a slide that is not there.
"""

import io
import zipfile
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from xml.sax.saxutils import escape, quoteattr

import pptx
from pptx.dml.color import RGBColor
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import qn
from pptx.util import Emu

from gdviz.film.film import Card, FilmSpec
from gdviz.publish.powerpoint_timing import timing
from gdviz.publish.slides import ALIKE, Slide
from gdviz.publish.wishes import Wishes

SHORT = 6_858_000  # the short side of a slide: 7.5 inches, in units of 914,400 an inch
USUAL = (16 / 9, 4 / 3)
TITLE_ONLY = 5  # the layout of that name in python-pptx's presentation
TITLE_HEIGHT = 914_400
EPOCH = (1980, 1, 1, 0, 0, 0)  # the first date that a ZIP archive can have
STORED = (".mp4", ".png")  # packed already
LEFTOVERS = (RELATIONSHIP_TYPE.EXTENDED_PROPERTIES, RELATIONSHIP_TYPE.THUMBNAIL, RELATIONSHIP_TYPE.PRINTER_SETTINGS)

_CORE = """
<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
 xmlns:dc="http://purl.org/dc/elements/1.1/">
 <dc:title>{title}</dc:title>
 <dc:creator>gdviz</dc:creator>
 <dc:subject>{alt}</dc:subject>
 <dc:description>{description}</dc:description>
 <dc:identifier>{digest}</dc:identifier>
 <dc:language>{language}</dc:language>
</cp:coreProperties>"""

_SECTIONS = """
<p:extLst xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main">
 <p:ext uri="{{521415D9-36F7-43E2-AB2F-B90AF26B5E84}}">
  <p14:sectionLst xmlns:p14="http://schemas.microsoft.com/office/powerpoint/2010/main">{sections}</p14:sectionLst>
 </p:ext>
</p:extLst>"""
_SECTION = '<p14:section name={name} id="{{{id}}}"><p14:sldIdLst>{slides}</p14:sldIdLst></p14:section>'


class Deck:
    """A presentation that takes slides, one after the other."""

    def __init__(self, size: tuple[int, int]) -> None:
        """Begin a presentation for films of a size in pixels."""
        self._talk = pptx.Presentation()
        self._size = slide_size(size)
        self._sections: list[tuple[str, list[int]]] = []
        self._reshape()
        self._drop_leftovers()

    def begin_section(self, name: str) -> None:
        """Let the slides to come stand under a heading in the list of slides."""
        self._sections.append((name, []))

    def add(self, slide: Slide, spec: FilmSpec, wishes: Wishes) -> None:
        """Add a slide with its picture or film, title, alt text, notes, and how it plays."""
        made = self._talk.slides.add_slide(self._talk.slide_layouts[TITLE_ONLY])
        made.background.fill.solid()
        made.background.fill.fore_color.rgb = RGBColor(*spec.colours[0])
        self._place_title(made.shapes.title)
        _write(made.shapes.title.text_frame, slide.title, spec.card.language)
        _write(made.notes_slide.notes_text_frame, slide.notes, spec.card.language)
        shape = self._filled(made.shapes, slide)
        shape.name = slide.title
        shape._element.nvPicPr.cNvPr.set("descr", slide.alt)
        if slide.film:
            pausable = not wishes.segments  # there a click goes on, wherever it falls
            plays = timing(shape.shape_id, slide.seconds, spec.loop or 1, wishes.click, pausable)
            _set_timing(made._element, plays)
            if not pausable:
                _let_clicks_through(shape._element.nvPicPr.cNvPr)
        if self._sections:
            self._sections[-1][1].append(made.slide_id)

    def packed(self, card: Card) -> bytes:
        """Return the file: the same bytes for the same slides."""
        self._talk.core_properties._element = parse_xml(_CORE.format(**_escaped(card)))
        if self._sections:
            self._talk.part._element.append(parse_xml(_SECTIONS.format(sections=self._section_list())))
        file = io.BytesIO()
        self._talk.save(file)
        return _undated(file)

    def _reshape(self) -> None:
        """Give the slides their shape, and stretch the layouts to it, so that slides of others' making fit in."""
        width, height = self._size
        across, down = width / self._talk.slide_width, height / self._talk.slide_height
        master = self._talk.slide_master
        for page in (master, *master.slide_layouts):
            for box in page._element.iter(qn("a:off"), qn("a:ext")):
                for name, factor in (("x", across), ("y", down), ("cx", across), ("cy", down)):
                    if name in box.attrib:
                        box.set(name, str(round(int(box.get(name)) * factor)))
        self._talk.slide_width, self._talk.slide_height = Emu(width), Emu(height)
        del self._talk.part._element.sldSz.attrib["type"]  # "4:3 on a screen"

    def _drop_leftovers(self) -> None:
        package = self._talk.part.package
        for owner in (package, self._talk.part, self._talk.slide_master.part):
            for rel in [rel for rel in owner._rels.values() if rel.reltype in LEFTOVERS]:
                owner._rels.pop(rel.rId)

    def _place_title(self, title: Any) -> None:
        """Put a title above its slide, where PowerPoint's own "hidden slide titles" are."""
        title.left, title.top, title.width, title.height = 0, -TITLE_HEIGHT, self._size[0], TITLE_HEIGHT

    def _filled(self, shapes: Any, slide: Slide) -> Any:
        """Add the picture or the film, as large as the slide."""
        picture = io.BytesIO(slide.picture)
        if not slide.film:
            return shapes.add_picture(picture, 0, 0, *self._size)
        return shapes.add_movie(io.BytesIO(slide.film), 0, 0, *self._size, picture, "video/mp4")

    def _section_list(self) -> str:
        return "".join(
            _SECTION.format(
                name=quoteattr(name),
                id=str(uuid5(NAMESPACE_OID, f"gdviz section {number}")).upper(),
                slides="".join(f'<p14:sldId id="{slide}"/>' for slide in slides),
            )
            for number, (name, slides) in enumerate(self._sections, 1)
        )


def slide_size(pixels: tuple[int, int]) -> tuple[int, int]:
    """Return width and height of the slides for films of that shape; shapes near a usual one are that one."""
    ratio = max(pixels) / min(pixels)
    long = round(SHORT * next((usual for usual in USUAL if abs(ratio / usual - 1) <= ALIKE), ratio))
    return (long, SHORT) if pixels[0] >= pixels[1] else (SHORT, long)


def _write(frame: Any, text: str, language: str) -> None:
    """Put a text into a frame, and say in which language it is to be read aloud."""
    frame.text = text
    for paragraph in frame.paragraphs:
        for run in paragraph.runs:
            run._r.get_or_add_rPr().set("lang", language)


def _set_timing(slide: Any, plays: str) -> None:
    slide.remove(slide.find(qn("p:timing")))
    slide.insert_element_before(parse_xml(plays), "p:extLst")


def _let_clicks_through(film: Any) -> None:
    film.remove(film.find(qn("a:hlinkClick")))


def _undated(file: io.BytesIO) -> bytes:
    """Return a ZIP archive without the time and the system that it was made at."""
    packed = io.BytesIO()
    with zipfile.ZipFile(file) as given, zipfile.ZipFile(packed, "w") as made:
        for name in given.namelist():
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = 0
            entry.compress_type = zipfile.ZIP_STORED if name.endswith(STORED) else zipfile.ZIP_DEFLATED
            made.writestr(entry, given.read(name))
    return packed.getvalue()


def _escaped(card: Card) -> dict[str, str]:
    return {name: escape(text) for name, text in vars(card).items()}
