"""What is printed: pictures of letters and lines, LaTeX, contact sheets."""

import re
import shutil
import subprocess
import sys
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image
from scenery import ROOT, scene_of

from gdviz import Adam, Contour, GradientDescent, Run, Scene, Surface, contact_sheet, render
from gdviz.account import plain
from gdviz.cli import main
from gdviz.descent.story import Moment, Phase
from gdviz.footage import Footage
from gdviz.languages import load
from gdviz.naming import run_names
from gdviz.picture.compositor import Compositor
from gdviz.picture.printed import Printed, fine
from gdviz.picture.shading import overlay, straight
from gdviz.picture.shape import frame_box
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene
from gdviz.publish.contact_sheet import FEWEST, LEAST_TYPE, MOST, PAPERS, key_moments, page
from gdviz.publish.latex import MOST as MOST_PAGES
from gdviz.publish.latex import document, latex, paged, timeline
from gdviz.publish.tex_text import COMMANDS, LATIN, SIGNS, escaped, needs_unicode, pdf_string
from gdviz.publish.wishes import Wishes

ENGLISH = load("en").words

FIRST = Scene(
    "(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=6, title="Find m", pace="brief", size=(854, 480)
)
PLANE = Scene("beale", Adam(0.1), steps=8, views=[[Contour()]], title="From above", pace="brief", size=(854, 480))
LAND = PLANE.with_(views=[[Surface()]], theme="dark")
RACE = Scene("beale", race=[GradientDescent(0.001), Adam(0.1)], steps=30, title="A race", size=(854, 480))
TRIES = FIRST.with_(runs=[Run("a", start=-2.4), Run("b", start=8), Run("c", start=1)])
STEADY = FIRST.with_(pace=1, steps=40)
SCENES = {"curve": FIRST, "contour": PLANE, "surface": LAND, "race": RACE, "tries": TRIES, "steady": STEADY}
POPPLER = pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm (poppler-utils) is not installed")


@cache
def footage_of(name: str) -> Footage:
    return Footage.of(SCENES[name])


def differences(pixels: np.ndarray, frame: np.ndarray) -> tuple[float, float]:
    """The mean difference of two pictures in levels of 255, and the part of pixels that differ by more than half."""
    gaps = np.abs(pixels[..., :3].astype(int) - frame[..., :3].astype(int))
    return float(gaps.mean()), float((gaps.max(axis=-1) > 127).mean())


@cache
def printer(name: str) -> tuple[Compositor, Compositor]:
    """Return what draws a film for paper, and one that draws its frames in the same size."""
    film = footage_of(name)
    size = fine(film.scene.size)
    one, other = (Compositor(film.story, film.views, THEMES[film.scene.theme], size) for _ in range(2))
    return one, other


def alone(name: str, k: int) -> tuple[Figure, np.ndarray]:
    """A page with one picture of a film, half as wide as its frame is in units, and the frame for it."""
    film = footage_of(name)
    frame, (drawer, again) = frame_box(film.scene.size), printer(name)
    figure = Figure(figsize=(frame.width / 144, frame.height / 144), facecolor="none")
    moment = film.shots[k].moment
    figure.add_artist(Printed(drawer, moment, frame, 0, 0, 0.5))
    return figure, again.frame(moment)


def command(*words: object) -> str:
    return subprocess.run([*map(str, words)], check=True, capture_output=True, encoding="utf-8").stdout


# ---- pictures ----


@pytest.mark.parametrize(("name", "k"), [("curve", 0), ("curve", -1), ("contour", -1), ("surface", -1), ("race", -1)])
def test_letters_and_lines_show_what_pixels_show(name: str, k: int) -> None:
    figure, frame = alone(name, k)
    made = BytesIO()
    figure.savefig(made, format="png", dpi=4 * 72)
    mean, far = differences(np.asarray(Image.open(made)), frame)
    assert mean < 3
    assert far < 0.012  # edges of letters, which lie at whole pixels in a film


@POPPLER
@pytest.mark.parametrize("name", ["curve", "contour", "surface"])
def test_a_page_of_a_pdf_shows_the_frame(name: str, tmp_path: Path) -> None:
    figure, frame = alone(name, -1)
    figure.savefig(tmp_path / "page.pdf")
    order = ["pdftoppm", "-r", str(4 * 72), "-png", "-singlefile", "page.pdf", "page"]
    subprocess.run(order, cwd=tmp_path, check=True)
    mean, far = differences(np.asarray(Image.open(tmp_path / "page.png")), frame)
    assert mean < 3
    assert far < 0.012


def test_printing_leaves_the_film_as_it_was() -> None:
    film = Footage.of(FIRST)
    drawer, frame = film.compositor, frame_box(FIRST.size)
    assert isinstance(drawer, Compositor)
    before = film.picture(film.shots[40].moment).copy()
    figure = Figure(figsize=(4, 3))
    figure.add_artist(Printed(drawer, film.shots[-1].moment, frame, 0, 0, 0.2))
    figure.savefig(BytesIO(), format="pdf")
    assert np.array_equal(film.picture(film.shots[40].moment), before)


def test_only_the_part_asked_for_is_inked() -> None:
    film = footage_of("curve")
    frame = frame_box(FIRST.size)
    drawer = Compositor(film.story, film.views, THEMES["dark"], fine(FIRST.size))
    figure = Figure(figsize=(5, 5), facecolor="white")
    part = type(frame)(100, 200, 400, 500)
    figure.add_artist(Printed(drawer, film.shots[-1].moment, part, 90, 90, 0.5))
    made = BytesIO()
    figure.savefig(made, format="png", dpi=72)
    dark = (np.asarray(Image.open(made).convert("L")) < 250).nonzero()
    edges = [dark[0].min(), dark[0].max(), dark[1].min(), dark[1].max()]
    assert edges == pytest.approx([120, 269, 90, 239], abs=1)


@pytest.mark.parametrize("kind", ["png", pytest.param("pdf", marks=POPPLER)])
def test_a_part_that_leaves_panels_out_has_nothing_of_them(kind: str, tmp_path: Path) -> None:
    """What of the frame is shown looks the same without the rest of it, in the corner of a page too."""
    film = footage_of("curve")
    frame = frame_box(FIRST.size)
    part = type(frame)(0, 0, frame.width / 2, 90)  # of the heading
    shown = []
    for box, bottom in ((frame, part.bottom - frame.height), (part, 0.0)):
        drawer = Compositor(film.story, film.views, THEMES["light"], fine(FIRST.size))
        figure = Figure(figsize=(part.width / 72, part.height / 72), facecolor="white")
        figure.add_artist(Printed(drawer, film.shots[-1].moment, box, 0, bottom, 1.0))
        path = tmp_path / f"{box.height:.0f}.{kind}"
        figure.savefig(path, dpi=72)
        if kind == "pdf":
            command("pdftoppm", "-r", 72, "-png", "-singlefile", path, path.with_suffix(""))
        shown.append(np.asarray(Image.open(path.with_suffix(".png")).convert("L")))
    assert shown[1].min() < 128
    assert np.array_equal(shown[0][:, :-2], shown[1][:, :-2])


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_a_layer_can_be_told_in_straight_alpha(seed: int) -> None:
    random = np.random.default_rng(seed)
    alpha = random.integers(0, 256, (6, 5, 1))
    layer = np.concatenate([random.integers(0, 256, (6, 5, 3)) * alpha // 255, alpha], axis=-1).astype(np.uint8)
    for ground in (0, 255):
        laid = np.full((6, 5, 4), ground, np.uint8)
        overlay(laid, layer)
        part = layer[..., 3:] / 255
        mixed = straight(layer)[..., :3] * part + ground * (1 - part)
        assert np.abs(mixed - laid[..., :3]).max() <= 1


# ---- LaTeX ----


def printed(source: str) -> str:
    """Read what LaTeX would print, by its rules and not by ours: a command, a group, or a character that is not one."""
    back = {f"\\ensuremath{{{command}}}": sign for sign, command in SIGNS.items()}
    back |= {command: letter for letter, command in COMMANDS.items()}
    token = r"\\ensuremath\{[^{}]*\}|\\symbol\{34\}|\\[a-z]+\{\}|\\[^a-z]|[^\\{}#$%&_^]"
    tokens = re.findall(token, source)
    assert "".join(tokens) == source  # nothing that means something to TeX is left over
    return "".join(back.get(token, token) for token in tokens)


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))) | st.text(st.sampled_from(
    [*COMMANDS, *SIGNS, *LATIN, *"ab 1.'`-"])))  # fmt: skip
def test_any_text_is_printed_as_it_is(text: str) -> None:
    assert printed(escaped(text)) == text


@given(st.text(st.characters(codec="utf-8")))
def test_strings_of_pdf_hold_any_text(text: str) -> None:
    written = pdf_string(text)
    assert re.fullmatch(r"(\\[0-3][0-7][0-7])+", written)
    octets = bytes(int(one, 8) for one in written.split("\\")[1:])
    assert octets.decode("utf-16") == text


def test_what_only_newer_engines_print_is_told() -> None:
    assert not needs_unicode("5 % of √2 − 1 ≤ θ₁ … “é”" + "".join(SIGNS) + LATIN)
    assert needs_unicode("最小")
    assert "% !TeX program = lualatex" in source(FIRST.with_(watch="Наблюдайте."))
    assert "% !TeX program" not in source(FIRST)


def source(scene: Scene, **wishes: bool) -> str:
    film = Footage.of(scene)
    return document(film, paged(film), "film", Wishes(**wishes))


@pytest.mark.parametrize("name", SCENES)
def test_pages_last_as_long_as_the_film(name: str) -> None:
    film = footage_of(name)
    pages = paged(film)
    assert len(pages) <= MOST_PAGES
    assert sum(page.ticks for page in pages) == film.ticks
    assert (pages[0].moment, pages[-1].moment) == (film.shots[0].moment, film.shots[-1].moment)
    moments = [page.moment for page in pages]
    assert all(film.shots[part.end - 1].moment in moments for part in film.segments)
    assert pages[-1].stop
    assert sum(page.stop for page in pages) == len(film.segments)
    rows = [line.split(":") for line in timeline(pages, film.scene.fps).splitlines()]
    assert sum(1 / float(rate) for _, rate, _ in rows) == pytest.approx(film.seconds, rel=1e-4)
    assert [int(number) for *_, number in rows] == list(range(len(pages)))


def test_a_long_film_has_fewer_pictures_a_second() -> None:
    long = Footage.of(STEADY.with_(pace=30, steps=100))
    assert len(paged(long)) <= MOST_PAGES
    assert len(paged(long)) > len(paged(footage_of("steady")))


def test_stars_stop_the_animation_between_its_parts() -> None:
    film = footage_of("curve")
    stars = [line.startswith("*") for line in timeline(paged(film), 25, stops=True).splitlines()]
    assert sum(stars) == len(film.segments) - 1
    assert not stars[-1]


def test_the_source_says_what_was_wished() -> None:
    usual, waiting = source(FIRST), source(FIRST, click=True)
    assert usual.count("autoplay") == 2  # in the talk and in the article
    assert "autoplay" not in waiting
    assert "    loop,\n" in usual
    assert "    loop,\n" not in source(FIRST.with_(loop=1))
    assert "    loop,\n" not in source(FIRST, segments=True)
    assert r"\definecolor{ground}{HTML}{12161D}" in source(FIRST.with_(theme="dark"))
    assert r"\definecolor" not in source(FIRST.with_(ground="transparent"))
    assert r"\documentclass[aspectratio=43]{beamer}" in source(FIRST.with_(size=(640, 480)))


def test_every_part_of_the_film_is_an_overlay_with_its_sentence() -> None:
    film = footage_of("curve")
    text = source(FIRST)
    for click, part in enumerate(film.segments, 1):
        assert f"\\includegraphics<{click}>[page=" in text
        assert escaped(plain(film.shots[part.end - 1].moment.sentence)) in text


def test_latex_gets_three_files_the_same_ones_each_time(tmp_path: Path) -> None:
    """In another process, which orders sets otherwise and has drawn nothing before, they are the same too."""
    script = "import sys; from test_paper import FIRST; from gdviz import render; render(FIRST, sys.argv[1])"
    order = [sys.executable, "-c", script, str(tmp_path / "2" / "film.tex")]
    env = {"PYTHONHASHSEED": "2", "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PATH": ""}
    subprocess.run(order, check=True, env=env)
    render(FIRST, tmp_path / "1" / "film.tex")
    names = ["film.tex", "film_frames.pdf", "film_timeline.txt"]
    assert sorted(path.name for path in (tmp_path / "1").iterdir()) == names
    assert all((tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes() for name in names)
    pdf = (tmp_path / "1/film_frames.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == len(paged(footage_of("curve")))
    assert b"/Subtype /TrueType" in pdf or b"/CIDFontType2" in pdf
    assert b"/Type3" not in pdf
    assert b"Date" not in pdf
    assert footage_of("curve").spec.card.digest.encode() in pdf


def test_a_name_that_tex_can_not_take_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "my film.tex"
    with pytest.raises(BadScene, match=r'TeX takes names of letters a to z, digits, "-" and "_"$'):
        render(FIRST, bad)
    with pytest.raises(BadScene, match="it takes one scene, and there are 2"):
        render([FIRST, PLANE], tmp_path / "film.tex")
    assert not list(tmp_path.iterdir())


def installed(*files: str) -> bool:
    """Whether a TeX has these files."""
    finder = shutil.which("kpsewhich")
    return finder is not None and all(subprocess.run([finder, name], capture_output=True).stdout for name in files)


TEX = pytest.mark.skipif(
    not installed("animate.sty", "beamer.cls"),
    reason="TeX with animate and beamer (texlive-latex-extra) is not installed",
)
HARD = FIRST.with_(
    title="5 % of $x_1$ & {y}: #1 ~ \\m^2 <|> √2 − 1",
    watch=f'"Quotes", {"".join(SIGNS)} and {LATIN}',
)


@pytest.mark.slow
@TEX
@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_latex_compiles(engine: str, tmp_path: Path) -> None:
    if not shutil.which(engine):
        pytest.skip(f"{engine} is not installed")
    if engine == "lualatex" and not installed("lmroman10-regular.otf", "luaotfload.sty"):
        pytest.skip("lualatex lacks luaotfload or Latin Modern")
    render(HARD, tmp_path / "film.tex")
    talk = (tmp_path / "film.tex").read_text(encoding="utf-8")
    shown = "\\setbeameroption{show notes}\n\\begin{document}"
    (tmp_path / "talk.tex").write_text(talk.replace("\\begin{document}", shown), encoding="utf-8")
    figure = talk.partition("belongs.")[2]
    head = "\\documentclass{article}\n\\usepackage{graphicx,animate}\n\\begin{document}\n"
    (tmp_path / "article.tex").write_text(f"{head}{figure}\\end{{document}}\n", encoding="utf-8")
    for name in ("film", "talk", "article"):
        for _ in range(2):
            order = [engine, "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
            done = subprocess.run(order, cwd=tmp_path, capture_output=True, text=True, errors="replace", timeout=300)
            assert done.returncode == 0, done.stdout[-2000:]
        assert "Missing character" not in (tmp_path / f"{name}.log").read_text(errors="replace")
    if shutil.which("pdfinfo"):
        film = Footage.of(HARD)
        about = subprocess.run(["pdfinfo", "film.pdf"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert f"Pages:           {1 + len(film.segments)}\n" in about
        assert re.search(r"JavaScript: +yes", about)
        said = subprocess.run(["pdftotext", "article.pdf", "-"], cwd=tmp_path, capture_output=True, text=True).stdout
        for part in ("5 % of $x_1$ & {y}: #1", "\\m^2", "<|>"):
            assert part in said.replace("ˆ", "^").replace("˜", "~")
    alt = pdf_string(Footage.of(HARD).account.alt)
    for name in ("film", "article"):
        assert alt_in(tmp_path / f"{name}.pdf", alt)


def alt_in(path: Path, alt: str) -> bool:
    """Whether a PDF has the text alternative of an animation, as TeX left it or in compressed objects."""
    import zlib

    whole = path.read_bytes()
    texts = [whole]
    for begin in re.finditer(rb"stream\r?\n", whole):
        try:
            texts.append(zlib.decompressobj().decompress(whole[begin.end() :]))
        except zlib.error:
            continue
    return any(alt.encode() in text for text in texts)


# ---- contact sheets ----


@pytest.mark.parametrize("name", SCENES)
def test_key_moments_are_few_and_in_order(name: str) -> None:
    film = footage_of(name)
    moments = key_moments(film.shots, together=film.story.together)
    places = [[shot.moment for shot in film.shots].index(moment) for moment in moments]
    assert places == sorted(set(places))
    assert min(FEWEST, len(film.shots)) <= len(moments) <= MOST
    assert moments[-1] == film.shots[-1].moment
    assert moments[0].sentence == film.shots[0].moment.sentence


def test_the_first_slow_step_is_shown_in_its_phases() -> None:
    film = Footage.of(FIRST.with_(pace="lesson"))
    first = [moment.phase for moment in key_moments(film.shots) if moment.step == 0 and moment.phase != Phase.READY]
    assert first == [Phase.LOOK, Phase.DECIDE, Phase.MOVE]


def test_every_one_of_several_runs_is_shown_at_its_end() -> None:
    film = footage_of("tries")
    ends = {(moment.run, moment.phase) for moment in key_moments(film.shots)}
    assert {(run, Phase.REST) for run in range(3)} <= ends


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 8)), min_size=1, max_size=40), st.booleans())
@settings(max_examples=60, deadline=None)
def test_any_film_has_key_moments(parts: list[tuple[int, int]], together: bool) -> None:
    from gdviz.pace import Shot

    shots = [
        Shot(Moment(0, step, Phase.MOVE, 1.0, ((str(said), ""),)), ticks) for step, (ticks, said) in enumerate(parts)
    ]
    steps = [moment.step for moment in key_moments(shots, together=together)]
    assert steps == sorted(set(steps))
    assert min(FEWEST, len(shots)) <= len(steps) <= MOST
    assert steps[-1] == len(shots) - 1


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        ("steady", "a4"),
        *(
            pytest.param(name, paper, marks=pytest.mark.slow)
            for name in ("curve", "race", "steady")
            for paper in PAPERS
            if (name, paper) != ("steady", "a4")
        ),
    ],
)
def test_a_sheet_is_readable_and_keeps_its_margins(name: str, paper: str) -> None:
    film = footage_of(name)
    sheet = page(film, PAPERS[paper])
    wide, high = PAPERS[paper]
    assert (sheet.get_size_inches() * 72).tolist() == pytest.approx([wide, high])
    sheet.set_dpi(720)
    assert sheet.texts
    for text in sheet.texts:
        assert text.get_fontsize() >= LEAST_TYPE
        box = text.get_window_extent()
        assert box.x0 >= 0.99 * 43 * 10
        assert box.x1 <= (wide - 42) * 10
    said = [text.get_text() for text in sheet.texts]
    assert film.account.title in said
    for moment in key_moments(film.shots, together=film.story.together):
        assert all(words.strip() in " ".join(said) for words, role in moment.sentence if role)
    if name == "race":
        assert set(run_names(film.story)) <= set(said)
    assert sum(isinstance(artist, Printed) for artist in sheet.get_children()) == len(
        key_moments(film.shots, together=film.story.together)
    )


@pytest.mark.slow
def test_texts_of_a_sheet_do_not_overlap() -> None:
    sheet = page(
        Footage.of(
            FIRST.with_(watch="A lesson. " * 60, title="A title as long as a frame has room for it, on one line")
        ),
        PAPERS["a4"],
    )
    sheet.set_dpi(720)
    boxes = [text.get_window_extent() for text in sheet.texts if text.get_text().strip()]
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            across = min(one.x1, other.x1) - max(one.x0, other.x0)
            assert across < 30 or min(one.y1, other.y1) - max(one.y0, other.y0) < 10


def test_a_study_lies_across_and_is_shown_whole() -> None:
    film = Footage.of(scene_of(ROOT / "scenes/learning_rate_sweep.py"))
    sheet = page(film, PAPERS["a4"])
    wide, high = sheet.get_size_inches()
    assert wide > high


def test_a_sheet_of_a_film_without_a_title_is_headed_by_its_alt_text(tmp_path: Path) -> None:
    film = Footage.of(FIRST.with_(title=""))
    said = " ".join(text.get_text() for text in page(film, PAPERS["a4"]).texts)
    assert said.startswith(film.account.alt)
    contact_sheet(film.scene, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as picture:
        assert picture.info["Title"] == film.account.alt


@POPPLER
def test_each_page_speaks_the_language_of_its_film_and_the_sheet_is_called_after_all(tmp_path: Path) -> None:
    path = contact_sheet([FIRST.with_(lang="de"), FIRST, PLANE.with_(title="")], tmp_path / "sheet.pdf").path
    german, english = (command("pdftotext", "-f", number, "-l", number, path, "-") for number in (1, 2))
    for words, others in ((load("de").words, ENGLISH), (ENGLISH, load("de").words)):
        text = german if words is not ENGLISH else english
        for key in ("loss", "steps"):  # of the picture, and of the line below it
            assert words[key] in text and others[key] not in text.replace(words[key], "")
    assert f"Title:           Find m · Find m · {Footage.of(PLANE.with_(title='')).account.alt}\n" in command(
        "pdfinfo", path
    )


@POPPLER
def test_pages_for_latex_speak_the_language_of_the_film(tmp_path: Path) -> None:
    latex([Footage.of(FIRST.with_(lang="de"))], tmp_path / "film.tex", Wishes(), lambda _shots: None)
    text = command("pdftotext", tmp_path / "film_frames.pdf", "-")
    assert re.search(r"\d,\d", text) and not re.search(r"\d\.\d", text)  # said, and written while it is drawn
    assert load("de").words["loss"] in text and ENGLISH["loss"] not in text


def test_sheets_are_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    one = contact_sheet(FIRST, tmp_path / "one.pdf")
    assert one.path.read_bytes() == contact_sheet(FIRST, tmp_path / "again.pdf").path.read_bytes()
    two = contact_sheet([FIRST, PLANE], tmp_path / "two.pdf", paper="letter").path.read_bytes()
    assert len(re.findall(rb"/Type /Page\b", two)) == 2
    assert contact_sheet(FIRST, tmp_path / "one.png", theme="dark").format == "PNG"
    with Image.open(tmp_path / "one.png") as picture:
        assert picture.size == (1653, 2338)
        assert picture.getpixel((3, 3))[:3] == (0x12, 0x16, 0x1D)
    (made,) = render([FIRST, PLANE], tmp_path / "both.pdf")
    assert (made.frames, made.format) == (2, "PDF")
    monkeypatch.chdir(tmp_path)
    assert main(["sheet", str(ROOT / "scenes/first_steps.py"), "-o", "handout.pdf"]) == 0
    assert re.match(r"handout\.pdf +\d+ KiB", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"path": "sheet.gif"}, r"output: 'sheet.gif' can't be used; .*allowed: .pdf, .png"),
        ({"theme": "drak"}, "theme: 'drak' can't be used; did you mean 'dark'?"),
        ({"paper": "a5"}, "paper: 'a5' can't be used; allowed: a4, letter"),
        ({"scene": [FIRST, PLANE], "path": "sheet.png"}, "a .png has one page, and there are 2 scenes; use a .pdf"),
        ({"scene": []}, r"scene: \[\] can't be used; allowed: a scene, or several"),
    ],
)
def test_what_a_sheet_can_not_be_is_told(changes: dict[str, object], sentence: str) -> None:
    given: dict[str, object] = {"scene": FIRST, "path": "sheet.pdf", **changes}
    with pytest.raises(BadScene, match=sentence.replace("?", r"\?")):
        contact_sheet(**given)  # type: ignore[arg-type]
