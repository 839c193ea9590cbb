"""Worksheets: two pages that ask and answer, whole or absent."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.figure import Figure
from PIL import Image
from scenery import ROOT, SCENES, scene_of
from screen import assert_apart

from gdviz import Adam, Formula, GradientDescent, Momentum, Run, Scene, worksheet
from gdviz.cli import main
from gdviz.descent.events import events
from gdviz.descent.story import Story
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene, FilmFailed
from gdviz.worksheets import MOST, _sheet, steps_to_ask

FIRST = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=25, title="Find m")
VALLEYS = Formula("(x**2 + y - 11)**2 + (x + y**2 - 7)**2", region=((-5, 5), (-5, 5)), minima=[(3, 2)])
PLANE = Scene(VALLEYS, Momentum(0.01), start=(-0.5, -4.2), steps=20, title="From above")
TWO = [Run("a", start=-2.4), Run("b", start=8)]
ODD = {
    "runs": FIRST.with_(runs=TWO),
    "a race": PLANE.with_(race=[GradientDescent(0.01), Adam(0.3)]),
    "leaving": FIRST.with_(optimizer=GradientDescent(1.1), steps=9),
    "overflow": Scene("(m - 3)**4", GradientDescent(3.0), start=0, steps=10),
    "dollars": FIRST.with_(title="What does $5 cost in $?"),
    "a long title": FIRST.with_(title="A title so long that it would never fit on one line of a sheet of paper " * 2),
    "no title": FIRST.with_(title=None),
    "fog": PLANE.with_(fog=True),
}


@cache
def pages(scene: Scene, questions: int = 3) -> tuple[Figure, Figure]:
    """Return the pages that a worksheet consists of, with pictures of half the pixels; nobody may change them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gdviz.worksheets._SIZE", (1280, 720))
        sheet = _sheet(scene, questions, THEMES["light"])
        return sheet.page(answers=False, sharp=True), sheet.page(answers=True, sharp=True)


def texts(page: Figure) -> list[str]:
    return [text.get_text() for text in page.texts]


def story_of(scene: Scene) -> Story:
    story = scene.story()
    return Story(story.loss, story.runs[:1], ("",))


# ---- what is asked ----


@settings(max_examples=60, deadline=None)
@given(st.floats(0.01, 1.2), st.floats(-5, 8), st.integers(1, 30), st.integers(1, MOST))
def test_the_steps_are_different_ones_of_the_run_and_the_first_is_among_them(
    rate: float, start: float, steps: int, count: int
) -> None:
    story = story_of(Scene("(m - 3)**2 + 1", GradientDescent(rate), start=start, steps=steps))
    chosen = steps_to_ask(story, count)
    assert chosen == sorted(set(chosen))
    assert len(chosen) == min(count, story.last(0)) or not story.last(0)
    assert chosen[0] == 0
    assert all(step < max(1, story.last(0)) for step in chosen)


def test_an_overshoot_is_asked_about() -> None:
    story = story_of(Scene("(m - 3)**2 + 1", Momentum(0.1, momentum=0.8), start=-2.4, steps=25))
    first = next(event.step for event in events(story, 0))
    assert first in steps_to_ask(story, 3)


def test_a_late_step_is_one_that_can_still_be_seen() -> None:
    story = story_of(FIRST)
    last = steps_to_ask(story, 3)[-1]
    low, high = story.window.params
    moves = np.abs(story.runs[0].step[:, 0, 0]) / (high - low)
    assert moves[last] >= 0.02 > moves[last + 1]


# ---- what the pages show ----


def test_questions_keep_the_answers_to_themselves() -> None:
    asked, answered = (texts(page) for page in pages(FIRST))
    m = -2.4
    for step in range(steps_to_ask(story_of(FIRST), 3)[-1] + 1):
        m -= 0.1 * 2 * (m - 3)  # the textbook's own way to the answers
        if step in steps_to_ask(story_of(FIRST), 3):
            value = f"{m:.3f}".replace("-", "\N{MINUS SIGN}")
            assert value in answered
            assert value not in asked
    assert asked.count("new m =") == answered.count("new m =") == 3
    assert {"Name", "Date", "Find m", "Where will it land? Mark it in the picture."} <= set(asked)
    assert "Answers" in answered
    assert "Answers" not in asked


@pytest.mark.parametrize(
    "scene", [FIRST, PLANE, FIRST.with_(optimizer=GradientDescent(0.95))], ids=["m", "x, y", "far"]
)
def test_the_answer_says_whether_the_loss_fell(scene: Scene) -> None:
    story = story_of(scene)
    _, answered = pages(scene)
    bold = [text.get_text() for text in answered.texts if text.get_weight() == "bold"]
    told = [words for words in bold if words in ("falls", "rises", "stays")]
    loss = story.runs[0].loss[:, 0]
    assert told == ["falls" if loss[k + 1] < loss[k] else "rises" for k in steps_to_ask(story, 3)]


def test_both_parameters_have_a_box() -> None:
    asked, answered = (texts(page) for page in pages(PLANE))
    assert asked.count("new x =") == asked.count("new y =") == 3
    assert len(answered) > len(asked)


def test_the_pictures_differ_by_the_step_alone() -> None:
    asked, answered = ([axes.images[0].get_array() for axes in page.axes] for page in pages(FIRST))
    green = np.array([0, 120, 88])  # the colour of the step
    for question, answer in zip(asked[::2], answered[::2], strict=True):
        assert question is not None and answer is not None
        assert not (np.asarray(question) == green).all(axis=2).any()
        assert (np.asarray(answer) == green).all(axis=2).any()


def test_fog_hides_the_formula_on_paper_too() -> None:
    curve = FIRST.with_(fog=True)
    assert any("(m - 3)" in words for words in texts(pages(FIRST, 1)[0]))
    assert not any("(m - 3)" in words for words in texts(pages(curve, 1)[0]))


def assert_tidy(page: Figure) -> None:
    width, height = page.get_size_inches() * page.dpi
    renderer = RendererAgg(int(width), int(height), page.dpi)
    boxes = [(text.get_text(), text.get_window_extent(renderer).extents) for text in page.texts]
    boxes += [("picture", axes.get_window_extent(renderer).extents) for axes in page.axes]
    assert_apart(boxes, (width, height), page.texts[0])


@pytest.mark.parametrize("scene", [FIRST, PLANE, *ODD.values()], ids=["one", "two", *ODD])
def test_nothing_leaves_the_page_or_lies_over_another_thing(scene: Scene) -> None:
    for page in pages(scene):
        assert_tidy(page)


# ---- files ----


def images(data: bytes) -> list[tuple[int, int]]:
    """Return width and height of the pictures in a PDF, in pixels."""
    found = re.findall(rb"/Height (\d+)|/Width (\d+)", data)
    numbers = [int(one or other) for one, other in found]
    return [(max(pair), min(pair)) for pair in zip(numbers[::2], numbers[1::2], strict=True)]


def test_a_pdf_has_two_pages_of_sharp_pictures(tmp_path: Path) -> None:
    path = tmp_path / "sheet.pdf"
    assert worksheet(FIRST, path) == [path]
    data = path.read_bytes()
    assert data.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", data)) == 2
    box = next(iter(re.findall(rb"/MediaBox \[ ?([\d. ]+?) ?\]", data)))
    assert [round(float(side)) for side in box.split()] == [0, 0, 595, 842]
    sizes = images(data)
    assert len(sizes) == 2 * 3 * 2  # a page's questions, each with the loss and the rule
    # The widest, the rule, is as wide as the page without its margins, or narrower: 7.1 inches.
    assert max(wide for wide, _ in sizes) / 7.1 >= 200


def test_a_worksheet_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        worksheet(FIRST, tmp_path / name, questions=1)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


@pytest.mark.parametrize(("theme", "paper"), [("light", (255, 255, 255)), ("dark", (18, 22, 29))])
def test_a_png_is_two_pages_black_on_white_unless_asked(tmp_path: Path, theme: str, paper: tuple[int, ...]) -> None:
    made = worksheet(FIRST.with_(theme="dark"), tmp_path / "sheet.png", questions=1, theme=theme)
    assert [path.name for path in made] == ["sheet.png", "sheet_answers.png"]
    for path in made:
        with Image.open(path) as picture:
            assert picture.size == (1653, 2338)  # A4 at 200 dots an inch
            assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
            assert picture.convert("RGB").getpixel((3, 3)) == paper


@pytest.mark.slow
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_has_a_worksheet(tmp_path: Path, path: Path) -> None:
    if scene_of(path).loss.about.dim > 2:  # type: ignore[union-attr]
        with pytest.raises(BadScene, match="allowed: a loss of one or two parameters"):
            worksheet(scene_of(path), tmp_path / "sheet.pdf")
        return
    for page in pages(scene_of(path)):
        assert_tidy(page)
        assert len(page.axes) == 6
    assert worksheet(scene_of(path), tmp_path / "sheet.pdf")


# ---- bad input, full disks ----

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"path": "sheet.pfd"}, "output: 'sheet.pfd' can't be used; did you mean '.pdf'? allowed: .pdf, .png"),
    ({"path": "sheet"}, "output: 'sheet' can't be used; allowed: .pdf, .png"),
    ({"questions": 0}, "questions: 0 can't be used; allowed: a whole number from 1 to 3"),
    ({"questions": 4}, "questions: 4 can't be used; allowed: a whole number from 1 to 3"),
    ({"questions": True}, "questions: True can't be used; allowed: a whole number from 1 to 3"),
    ({"theme": "drak"}, "theme: 'drak' can't be used; did you mean 'dark'? allowed: light, dark"),
    (
        {"scene": FIRST.with_(steps=2), "questions": 3},
        "questions: 3 can't be used; allowed: up to the number of steps, and this run has 2",
    ),
    (
        {"scene": Scene("x**2 + y**2 + z**2", GradientDescent(0.1), start=(1, 1, 1), title="Three")},
        "worksheet: 'Three' can't be used; allowed: a loss of one or two parameters, and this one has 3",
    ),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED, ids=lambda given: str(given)[:30])
def test_what_cannot_be_used_gets_its_sentence(tmp_path: Path, given: dict[str, Any], sentence: str) -> None:
    arguments = {"scene": FIRST, "path": tmp_path / "sheet.pdf", **given}
    with pytest.raises(BadScene) as problem:
        worksheet(arguments.pop("scene"), arguments.pop("path"), **arguments)
    assert str(problem.value) == sentence
    assert not list(tmp_path.iterdir())


def test_a_name_that_is_a_folders_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sheet.pdf").mkdir()
    with pytest.raises(BadScene, match=r"it is a folder; give a file name$"):
        worksheet(FIRST, tmp_path / "sheet.pdf")


@pytest.mark.parametrize("name", ["sheet.pdf", "sheet.png"])
def test_a_disk_that_fails_leaves_what_was_there(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_bytes(b"former")

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Figure, "savefig", fails)
    with pytest.raises(FilmFailed, match=rf"{name}: the disk is full$"):
        worksheet(FIRST, tmp_path / name, questions=1)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"former"


# ---- the command line ----

FILE = str(ROOT / "scenes" / "first_steps.py")


def test_the_command_line_makes_one_beside_the_films(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["worksheet", FILE, "--questions", "1"]) == 0
    assert re.fullmatch(r"output/first_steps_worksheet\.pdf  \d+ KiB\n", capsys.readouterr().out)
    assert main(["worksheet", FILE, "-o", "a.png", "--questions", "2", "--theme", "dark"]) == 0
    assert re.fullmatch(r"a\.png  \d+ KiB\na_answers\.png  \d+ KiB\n", capsys.readouterr().out)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a_answers.png", "output"]


COMPLAINTS = [
    (("worksheet",), "the following arguments are required: FILE"),
    (("worksheet", FILE, "-o", "a.gif"), "--output: 'a.gif' can't be used; allowed: .pdf, .png"),
    (("worksheet", FILE, "--questions", "9"), "--questions: 9 can't be used; allowed: a whole number from 1 to 3"),
    (("worksheet", FILE, "--questions", "x"), "--questions: 'x' can't be used; allowed: a whole number"),
    (("worksheet", FILE, "--thme", "x"), "option: '--thme' can't be used; did you mean '--theme'? allowed: --help, "),
]


@pytest.mark.parametrize(("arguments", "sentence"), COMPLAINTS, ids=str)
def test_the_command_line_refuses_in_one_sentence(
    arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"gdviz: {sentence}")


def test_one_name_for_several_worksheets_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = "from gdviz import GradientDescent, Scene\n" + "".join(
        f"{name} = Scene('(m - {k})**2', GradientDescent(0.1), start=5, steps=9)\n" for k, name in enumerate("ab")
    )
    (tmp_path / "two.py").write_text(script)
    assert main(["worksheet", str(tmp_path / "two.py"), "-o", str(tmp_path / "a.pdf")]) == 2
    assert "it names one worksheet, and there are 2 scenes; leave it out" in capsys.readouterr().err


def test_a_worksheet_loads_no_encoder() -> None:
    script = f"from gdviz.cli import main; main(['worksheet', {FILE!r}, '-o', '/nowhere/at/all/a.gif']); "
    script += "import sys; print([name for name in ('imageio', 'imageio_ffmpeg', 'sympy') if name in sys.modules])"
    made = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert made.stdout == "[]\n"
