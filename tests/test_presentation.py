"""Presentations: what is on the slides, how films play there, and that other programs find it all."""

import hashlib
import importlib.util
import io
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from scenery import film_of

from gdviz import Adam, GradientDescent, Scene, render
from gdviz.descent.story import Phase
from gdviz.film.film import Written
from gdviz.footage import Footage
from gdviz.problems import BadScene, MissingPackage
from gdviz.publish.powerpoint_timing import timing
from gdviz.words import speaking, word

pytest.importorskip("pptx", reason="python-pptx is not installed")
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE

from gdviz.publish.powerpoint import SHORT, slide_size

OFFICE = shutil.which("soffice")
FIRST = Scene(
    "(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="Down & up", size=(480, 270), fps=10,
    watch="Watch the <arrow>.\nIt shrinks.",
)  # fmt: skip
RACE = Scene("beale", race=[GradientDescent(0.01), Adam(0.1)], steps=6, title="A race", size=(480, 270), fps=10, loop=2)
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"

Make = Callable[..., Any]


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Render scenes into a presentation, once for the same wishes, and open it by python-pptx.

    `.path` is the file, `.report` what was told of it.
    """
    made: dict[object, Written] = {}

    def opened(*scenes: Scene, **wishes: Any) -> Any:
        key = (scenes, *sorted(wishes.items()))
        if key not in made:
            path = tmp_path_factory.mktemp("talk") / "talk.pptx"
            (made[key],) = render(scenes, path, **wishes)
        found = Presentation(str(made[key].path))
        found.path, found.report = made[key].path, made[key]
        return found

    return opened


def films(slide: Any) -> list[Any]:
    return [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.MEDIA]


def described(shape: Any) -> str:
    return str(shape._element.nvPicPr.cNvPr.get("descr"))


def words(slide: Any) -> str:
    return str(slide.notes_slide.notes_text_frame.text)


def nodes(slide: Any, name: str) -> list[Any]:
    return list(slide._element.iter(P + name))


def pixels(png: bytes) -> bytes:
    return Image.open(io.BytesIO(png)).convert("RGBA").tobytes()


def drawn(film: Footage, shot: int) -> bytes:
    return film.picture(film.shots[shot].moment).tobytes()


# ---- what is on a slide ----


def test_a_film_fills_its_slide_and_is_described(talk: Make) -> None:
    made, film = talk(FIRST), film_of(FIRST)
    (slide,) = made.slides
    (shape,) = films(slide)
    assert (shape.left, shape.top, shape.width, shape.height) == (0, 0, made.slide_width, made.slide_height)
    assert described(shape) == film.account.alt
    relation = shape._element.find(".//{*}videoFile").get(f"{R}link")
    assert slide.part.related_part(relation).content_type == "video/mp4"
    assert pixels(shape.poster_frame.blob) == drawn(film, -1)


def test_the_title_is_the_slides_own_but_covers_nothing(talk: Make) -> None:
    (slide,) = talk(FIRST).slides
    title = slide.shapes.title
    assert title.text == "Down & up"
    assert title.top + title.height == 0
    assert slide.shapes[0] == title  # read first


def test_a_film_without_a_title_has_a_slide_with_one(talk: Make) -> None:
    (slide,) = talk(FIRST.with_(title="", steps=1)).slides
    assert slide.shapes.title.text.startswith("Animation: gradient descent from m = −2.400.")


def test_the_notes_have_the_lesson_the_description_and_the_steps_and_say_nothing_twice(talk: Make) -> None:
    account = film_of(FIRST).account
    lesson, description, steps = words(talk(FIRST).slides[0]).split("\n\n")
    assert lesson == "Watch the <arrow>. It shrinks."
    assert description.startswith("Down & up. Gradient descent with learning rate 0.1 starts at m = −2.400")
    assert f"{description} {lesson}" == account.long
    assert steps.splitlines() == list(account.steps[1:])
    assert account.steps[0] in description


def test_texts_say_in_which_language_they_are_to_be_read(talk: Make) -> None:
    (slide,) = talk(FIRST).slides
    for part in (slide.shapes.title, slide.notes_slide.notes_placeholder):
        runs = [run for paragraph in part.text_frame.paragraphs for run in paragraph.runs]
        assert {run._r.rPr.get("lang") for run in runs} == {"en"}


def test_the_slide_has_the_ground_of_its_film(talk: Make) -> None:
    for scene, ground in ((FIRST, "FFFFFF"), (FIRST.with_(theme="dark"), "12161D")):
        (slide,) = talk(scene).slides
        assert str(slide.background.fill.fore_color.rgb) == ground


def test_the_presentation_says_what_it_is_of(talk: Make) -> None:
    one, both = talk(FIRST).core_properties, talk(FIRST, RACE).core_properties
    card = film_of(FIRST).spec.card
    assert (one.title, one.subject, one.comments) == (card.title, card.alt, card.description)
    assert (one.identifier, one.language, one.author) == (card.digest, "en", "gdviz")
    assert (one.created, one.modified, one.last_modified_by) == (None, None, "")
    assert both.title == "Down & up · A race"
    assert both.identifier == f"{card.digest} {film_of(RACE).spec.card.digest}"


# ---- how it plays ----


def test_a_film_starts_by_itself_or_waits_for_a_click(talk: Make) -> None:
    for click, node, begins in ((False, "afterEffect", ["indefinite", "0"]), (True, "clickEffect", ["indefinite"])):
        (slide,) = talk(FIRST, click=click).slides
        call = nodes(slide, "cmd")[0]
        effect = call.getparent().getparent()
        assert call.get("cmd") == "playFrom(0.0)"
        assert effect.get("nodeType") == node
        outermost = nodes(slide, "cTn")[2]
        assert [cond.get("delay") for cond in outermost.find(P + "stCondLst")] == begins
        assert float(call.find(f".//{P}cTn").get("dur")) == pytest.approx(1000 * film_of(FIRST).seconds)


def test_a_film_that_waits_looks_as_it_begins(talk: Make) -> None:
    (slide,) = talk(FIRST, click=True).slides
    assert pixels(films(slide)[0].poster_frame.blob) == drawn(film_of(FIRST), 0)


@pytest.mark.parametrize(("loop", "repeats"), [(None, None), (1, None), (3, "3000")])
def test_a_film_plays_as_often_as_its_scene_says_and_then_keeps_its_last_picture(
    talk: Make, loop: int | None, repeats: str | None
) -> None:
    (slide,) = talk(FIRST.with_(steps=1, loop=loop)).slides
    (media,) = nodes(slide, "cMediaNode")
    assert media.find(P + "cTn").get("repeatCount") == repeats
    assert media.find(P + "cTn").get("fill") == "hold"


def test_a_click_on_a_whole_film_pauses_it_but_on_a_part_goes_on(talk: Make) -> None:
    whole, part = talk(FIRST).slides[0], talk(FIRST, segments=True).slides[1]
    for slide, pauses in ((whole, True), (part, False)):
        commands = [call.get("cmd") for call in nodes(slide, "cmd")]
        assert ("togglePause" in commands) == pauses
        assert (films(slide)[0]._element.find(".//{*}hlinkClick") is not None) == pauses


@pytest.mark.parametrize("click", [True, False])
@pytest.mark.parametrize("pausable", [True, False])
def test_the_nodes_of_the_timing_are_numbered_in_their_order(click: bool, pausable: bool) -> None:
    tree = timing(7, 1.5, 2, click, pausable)
    numbers = [int(number) for number in re.findall(r'<p:cTn id="(\d+)"', tree)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert re.search(r'<p:cTn id="2"[^>]* nodeType="mainSeq"', tree)
    assert set(re.findall(r'spid="(\d+)"', tree)) == {"7"}


# ---- parts ----


def test_every_part_has_a_slide_and_nothing_jumps(talk: Make) -> None:
    film, made = film_of(FIRST), talk(FIRST, segments=True)
    assert len(made.slides) == len(film.segments) > 3
    for number, (slide, part) in enumerate(zip(made.slides, film.segments, strict=True), 1):
        assert slide.shapes.title.text == f"Down & up ({number} of {len(film.segments)})"
        shape = slide.shapes[1]
        still = part.end - part.first == 1
        assert bool(films(slide)) != still
        shown = shape.image if still else shape.poster_frame
        assert pixels(shown.blob) == drawn(film, part.first)
        assert described(shape) == part.words
        assert words(slide)
        if not still:
            length = int(nodes(slide, "cmd")[0].find(f".//{P}cTn").get("dur"))
            assert length == round(1000 * part.seconds)
    stills = [part.end - part.first == 1 for part in film.segments]
    assert stills[0] and stills[-1]  # so that a print begins and ends as the film does


def test_each_part_has_its_own_words_and_none_of_another(talk: Make) -> None:
    film = film_of(FIRST)
    first, *others = notes = [words(slide) for slide in talk(FIRST, segments=True).slides]
    assert first.startswith("Watch the <arrow>. It shrinks.\n\nStart at m = −2.400.\n\nGradient descent with ")
    lines = [line for note in notes for line in note.splitlines() if line]
    assert len(lines) == len(set(lines))
    assert [line for line in lines if line.startswith("Step ")] == list(film.account.steps[1:])
    assert {line.words for line in film.account.lines} <= set(lines)
    for step in range(len(film.account.steps) - 1):
        own = next(note for note in others if f"Step {step + 1}: " in note)
        part = film.segments[notes.index(own)]
        moves = [shot.moment for shot in film.shots[part.first : part.end] if shot.moment.phase is Phase.MOVE]
        assert step in {moment.step for moment in moves}


def test_the_parts_of_a_race_are_never_without_words(talk: Make) -> None:
    notes = [words(slide) for slide in talk(RACE, segments=True).slides]
    assert all(notes)
    assert film_of(RACE).story.protocol in notes[0]
    assert not any(film_of(RACE).story.protocol in note for note in notes[1:])


def test_the_parts_of_several_films_are_called_so_in_their_own_language(talk: Make) -> None:
    parts = [one.with_(steps=1, title="T") for one in (FIRST, FIRST.with_(lang="de"))]
    count = len(film_of(parts[0]).segments)
    named = []
    for lang in ("en", "de"):
        with speaking(lang):
            named += [word("part of", what="T", at=at, count=count) for at in range(1, count + 1)]
    assert [slide.shapes.title.text for slide in talk(*parts, segments=True).slides] == named
    assert len(set(named)) == 2 * count


def test_the_parts_of_several_films_stand_in_sections(talk: Make) -> None:
    made = talk(FIRST, RACE, segments=True)
    sections = list(made.part._element.iter("{*}section"))
    assert [section.get("name") for section in sections] == ["Down & up", "A race"]
    listed = [int(entry.get("id")) for section in sections for entry in section.iter("{*}sldId")]
    assert listed == [slide.slide_id for slide in made.slides]
    assert len(list(sections[0].iter("{*}sldId"))) == len(film_of(FIRST).segments)
    assert not list(talk(FIRST, segments=True).part._element.iter("{*}section"))


# ---- shapes ----


@pytest.mark.parametrize(
    ("pixels", "slide"),
    [
        ((1280, 720), (12_192_000, SHORT)),
        ((854, 480), (12_192_000, SHORT)),
        ((800, 600), (9_144_000, SHORT)),
        ((1080, 1080), (SHORT, SHORT)),
        ((1080, 1920), (SHORT, 12_192_000)),
        ((1440, 480), (3 * SHORT, SHORT)),
    ],
)
def test_slides_have_the_shape_of_their_films(pixels: tuple[int, int], slide: tuple[int, int]) -> None:
    assert slide_size(pixels) == slide


def test_films_of_different_shapes_are_refused_before_anything_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "talk.pptx"
    render([FIRST.with_(steps=1), FIRST.with_(steps=1, size=(854, 480))], path)  # as good as one shape
    path.unlink()
    told = (
        "'320x320' can't be used; slides have one shape, here that of the first film, 480x270; give all films one size"
    )
    with pytest.raises(BadScene, match=f"^size: {told}$"):
        render([FIRST, RACE.with_(size=(320, 320))], path)
    assert not list(tmp_path.iterdir())


def test_a_transparent_film_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadScene, match=r"^ground: 'transparent' can't be used; MP4 has no soft edges; "):
        render(FIRST.with_(ground="transparent"), tmp_path / "talk.pptx")
    assert not list(tmp_path.iterdir())


def test_without_python_pptx_the_install_line_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "gdviz.publish.powerpoint")
    monkeypatch.setitem(sys.modules, "pptx", None)
    told = "a presentation needs the package python-pptx, which is not installed: pip install 'python-pptx>=1.0.2'"
    with pytest.raises(MissingPackage, match=f"^{told}$"):
        render(FIRST, tmp_path / "talk.pptx")


def test_layouts_are_stretched_to_the_slides(talk: Make) -> None:
    for scene in (FIRST, FIRST.with_(size=(320, 320), steps=1)):
        made = talk(scene)
        assert "type" not in made.part._element.sldSz.attrib
        for page in (made.slide_master, *made.slide_layouts):
            for shape in page.shapes:
                assert 0 <= shape.left < shape.left + shape.width <= made.slide_width
                assert 0 <= shape.top < shape.top + shape.height <= made.slide_height
        title = next(iter(made.slide_master.placeholders))
        assert 2 * title.left + title.width == pytest.approx(made.slide_width, abs=2)


# ---- the file ----


def test_equal_scenes_make_equal_files_without_a_date(talk: Make, tmp_path: Path) -> None:
    made = talk(FIRST, RACE, segments=True).path
    (again,) = render([FIRST, RACE], tmp_path / "again.pptx", segments=True)
    assert hashlib.sha256(made.read_bytes()).digest() == hashlib.sha256(again.path.read_bytes()).digest()
    assert again.bytes == made.stat().st_size
    with zipfile.ZipFile(made) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert not re.search(rb"20[0-3]\d-\d\d-\d\dT", b"".join(map(archive.read, archive.namelist())))


def test_the_report_counts_all_films(talk: Make) -> None:
    made = talk(FIRST, RACE).report
    assert made.format == "PowerPoint"
    assert made.frames == film_of(FIRST).ticks + film_of(RACE).ticks
    assert made.seconds == film_of(FIRST).seconds + film_of(RACE).seconds


@pytest.mark.parametrize("wishes", [{}, {"click": True}, {"segments": True}], ids=str)
def test_the_package_is_whole(talk: Make, wishes: dict[str, bool]) -> None:
    made = talk(FIRST, RACE, **wishes)
    with zipfile.ZipFile(made.path) as archive:
        names = archive.namelist()
        assert archive.testzip() is None
        assert len(set(names)) == len(names)
        assert b'Extension="mp4" ContentType="video/mp4"' in archive.read("[Content_Types].xml")
        assert not [name for name in names if "thumbnail" in name or "printer" in name or "app.xml" in name]
        for name in names:
            if name.endswith(".rels"):
                targets = re.findall(rb'Target="([^"]+)"', archive.read(name))
                folder = Path(name).parent.parent
                assert all(_within(folder, target.decode()) in names for target in targets), name
    for slide in made.slides:
        shapes = [int(node.get("id")) for node in nodes(slide, "cNvPr")]
        assert len(set(shapes)) == len(shapes)
        assert {int(node.get("spid")) for node in nodes(slide, "spTgt")} <= set(shapes)


def _within(folder: Path, target: str) -> str:
    parts: list[str] = [] if target.startswith("/") else [*folder.parts]
    for part in target.strip("/").split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


AUDIT = pytest.mark.skipif(importlib.util.find_spec("openxml_audit") is None, reason="openxml-audit is not installed")


@AUDIT
@pytest.mark.parametrize("wishes", [{}, {"click": True}, {"segments": True}], ids=str)
def test_the_xml_is_valid_by_the_schemas_of_ecma_376(talk: Make, wishes: dict[str, bool]) -> None:
    assert audited(talk(FIRST, RACE, **wishes).path) == ""


@AUDIT
def test_the_validator_sees_what_is_wrong_with_a_timing(talk: Make, tmp_path: Path) -> None:
    bad = tmp_path / "bad.pptx"
    with zipfile.ZipFile(talk(FIRST).path) as given, zipfile.ZipFile(bad, "w") as made:
        for name in given.namelist():
            made.writestr(name, given.read(name).replace(b'nodeType="mainSeq"', b'nodeType="soon"'))
    assert "Value 'soon' is not in allowed values" in audited(bad)


def audited(path: Path) -> str:
    """What a validator of another house finds wrong; a process of its own, as its warnings are its own too."""
    command = [sys.executable, "-m", "openxml_audit", "--quiet", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    found = " ".join(done.stdout.split())
    assert (done.returncode == 0) == (found == ""), done.stderr
    return found


# ---- in another program ----


def converted(path: Path, ending: str, folder: Path) -> Path:
    """Open a presentation in LibreOffice, and save it in another format."""
    command = [str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless"]
    command += ["--convert-to", ending, "--outdir", str(folder), str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{ending}"


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice Impress is not installed")
@pytest.mark.parametrize(("wishes", "node"), [({}, "after-previous"), ({"click": True}, "on-click")], ids=str)
def test_libreoffice_finds_films_posters_words_and_timing(
    talk: Make, wishes: dict[str, bool], node: str, tmp_path: Path
) -> None:
    made, film = talk(FIRST.with_(loop=3), **wishes), film_of(FIRST.with_(loop=3))
    with zipfile.ZipFile(converted(made.path, "odp", tmp_path)) as archive:
        content = archive.read("content.xml").decode()
        (stored,) = [name for name in archive.namelist() if name.endswith(".mp4")]
        assert archive.read(stored) == film.encoded(".mp4")[0]
        (poster,) = [name for name in archive.namelist() if "MediaPreview" in name]
        assert pixels(archive.read(poster)) == drawn(film, 0 if wishes else -1)
    assert f"<svg:desc>{film.account.alt}</svg:desc>" in content
    assert 'presentation:class="title"' in content
    assert ">Down &amp; up</text:span>" in content
    assert "Watch the &lt;arrow&gt;. It shrinks.</text:span>" in content
    main = content.partition('presentation:node-type="main-sequence"')[2].partition("</anim:seq>")[0]
    assert f'presentation:node-type="{node}"' in main
    assert re.search(rf'<anim:command smil:dur="{film.seconds:g}s"[^>]* anim:command="play"/>', main)
    assert 'smil:repeatCount="3"' in content


@pytest.mark.slow
@pytest.mark.skipif(OFFICE is None, reason="LibreOffice Impress is not installed")
@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="pdftoppm is not installed")
def test_libreoffice_prints_how_films_end_and_every_part(talk: Make, tmp_path: Path) -> None:
    film = film_of(FIRST)
    whole = [drawn(film, -1)]
    parts = [drawn(film, part.first) for part in film.segments]
    for number, (wishes, wanted) in enumerate([({}, whole), ({"segments": True}, parts)]):
        pdf = converted(talk(FIRST, **wishes).path, "pdf", tmp_path)
        command = ["pdftoppm", "-png", "-scale-to-x", "480", "-scale-to-y", "270", str(pdf), f"{pdf}{number}"]
        subprocess.run(command, check=True, timeout=60)
        pages = sorted(tmp_path.glob(f"*.pdf{number}-*.png"))
        assert len(pages) == len(wanted)
        assert max(map(_difference, pages, wanted)) < 3


def _difference(page: Path, wanted: bytes) -> float:
    """The mean difference of a printed page and a picture, of 255."""
    ours: Sequence[int] = wanted
    found = Image.open(page).convert("RGBA").tobytes()
    return sum(abs(one - other) for one, other in zip(ours, found, strict=True)) / len(found)
