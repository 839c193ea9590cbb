"""The command line, used as its users do; whole outputs are compared where they are short."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scenery import ROOT

from gdviz import Adam, Momentum, Run, Scene, TrialAndError, __version__, renderer
from gdviz.cli import main
from gdviz.cli.films import ENDINGS
from gdviz.descent.optimizers import OPTIMIZERS
from gdviz.descent.surfaces import SURFACES
from gdviz.footage import Footage
from gdviz.picture.theme import THEMES
from gdviz.publish.destinations import DESTINATIONS

Result = tuple[int, str, str]  # exit code, standard output, standard error
Call = Callable[..., Result]

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, limits and terminals of POSIX")
FIRST = str(ROOT / "scenes" / "first_steps.py")
TINY = ("--size", "320x240", "--pace", "1")
SHOW = ("show", "(m - 3)**2 + 1", "--learning-rate", "0.1", "--steps", "3", *TINY)
LOOKS = (
    "--help, --output, --format, --folder, --quality, --size, --fps, --lang, --theme, --ground, --pace, --hold, "
    "--loop, --ask, --segments, --click, --max-size, --for, --quiet, --json, --dry-run"
)
FUNCTIONS = (
    "sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, exp, log, log2, log10, sqrt, cbrt, abs, sign, sigmoid, "
    "softplus, relu, min, max, atan2, hypot"
)
SIDES = "allowed: sides from 240 to 7680 pixels"
FINITE = "allowed: a place where the loss and its gradient are finite"
BACKWARDS = "allowed: text from left to right, and 'ש' (U+05E9, HEBREW LETTER SHIN) is not"
FITS = "allowed: a title that fits on one line of the frame; shorten it"
FOLDER = "it is a folder; give a file name, or add a / for a folder of PNG frames"
FRAMES = "it holds 'thesis.txt'; a folder of frames must be new, empty, or hold only frames of a film"
SUFFIXES = ".gif, .mp4, .webm, .webp, .apng, .png, .html, .pptx, .vtt, .srt, .txt, .csv, .json, .npz, .tex, .pdf"
LOOPING = "only in .gif, .webp, .apng, .html, .pptx, .tex a film says how often it plays; leave it out"
BYTES = "allowed: bytes, such as 5000000, 5MB (a million bytes each), 500KB or 4.5MiB"
ENDS = "or end the name with / for a folder of PNG frames"


@pytest.fixture
def gdviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Run the command line in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Result:
        code = main(arguments)
        return (code, *capfd.readouterr())

    return call


def process(*command: str, folder: Path, **settings: object) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, in a process of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, **settings
    )


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# --- bad input ---------------------------------------------------------------------------------------------------

REFUSED: list[tuple[Sequence[str], str]] = [
    ((), "the following arguments are required: VERB"),
    (
        ("rendr",),
        "verb: 'rendr' can't be used; did you mean 'render'? "
        "allowed: render, show, worksheet, sheet, list, gallery, check, inspect, new",
    ),
    (("render",), "the following arguments are required: FILE"),
    (("render", FIRST, "--thme", "dark"), f"option: '--thme' can't be used; did you mean '--theme'? allowed: {LOOKS}"),
    (("render", FIRST, "--theme"), "--theme: expected one argument"),
    (("render", FIRST, "--theme", "drk"), "--theme: 'drk' can't be used; did you mean 'dark'? allowed: light, dark"),
    (("render", FIRST, "-q", "x"), "--quality: 'x' can't be used; allowed: l, m, h, k"),
    (
        ("render", FIRST, "--format", "mp3"),
        f"--format: 'mp3' can't be used; did you mean 'mp4'? allowed: {', '.join(ENDINGS)}",
    ),
    (("render", FIRST, "--fps", "0"), "--fps: 0 can't be used; allowed: a whole number from 1 to 60"),
    (("render", FIRST, "--fps", "-5"), "--fps: -5 can't be used; allowed: a whole number from 1 to 60"),
    (("render", FIRST, "--fps", "2.5"), "--fps: '2.5' can't be used; allowed: a whole number"),
    (("render", FIRST, "--fps", "9" * 5000), f"--fps: '{'9' * 60}' can't be used; allowed: a whole number"),
    (("render", FIRST, "--hold", "-1e3"), "--hold: -1000.0 can't be used; allowed: seconds from 0 to 600"),
    (("render", FIRST, "--hold", "nan"), "--hold: nan can't be used; allowed: seconds from 0 to 600"),
    (("render", FIRST, "--hold", "long"), "--hold: 'long' can't be used; allowed: a number"),
    (
        ("render", FIRST, "--loop", "0"),
        "--loop: 0 can't be used; allowed: how often to play, 1 to 65535; for ever unless given",
    ),
    (("render", FIRST, "--size", "1x1"), f"--size: '1x1' can't be used; {SIDES}"),
    (("render", FIRST, "--size", "100000x100000"), f"--size: '100000x100000' can't be used; {SIDES}"),
    (
        ("render", FIRST, "--size", "641x480"),
        "--size: '641x480' can't be used; allowed: even numbers, as video needs them; the nearest is 642x480",
    ),
    (
        ("render", FIRST, "--size", "big"),
        "--size: 'big' can't be used; allowed: width and height in pixels, such as 1280x720",
    ),
    (
        ("render", FIRST, "--size", f"{'9' * 5000}x1"),
        f"--size: '{'9' * 60}' can't be used; allowed: width and height in pixels, such as 1280x720",
    ),
    (
        ("render", FIRST, "-o", "a.giv"),
        f"--output: 'a.giv' can't be used; did you mean '.gif'? allowed: {SUFFIXES}, {ENDS}",
    ),
    (("render", FIRST, "-o", "a"), f"--output: 'a' can't be used; its end must say the format: {SUFFIXES}, {ENDS}"),
    (
        ("render", FIRST, "-o", "a.gif", "-o", "./a.gif"),
        "--output: 'a.gif' can't be used; it is asked for twice; give every file a name of its own",
    ),
    (("render", "no.py"), "scene file: 'no.py' can't be used; there is no such file"),
    (("render", "no.txt"), "scene file: 'no.txt' can't be used; allowed: a Python script (.py) or a TOML file (.toml)"),
    (("render", f"{'a' * 300}.py"), f"scene file: {'a' * 300}.py can't be read: File name too long"),
    (("show", "sine(x)"), f"there is no function 'sine'; did you mean 'sin'? allowed: {FUNCTIONS}\n    sine(x)\n    ^"),
    (
        ("show", "m**2", "--learning-rate", "0.1", "--steps", "0"),
        "--steps: 0 can't be used; allowed: a whole number from 1 to 20,000",
    ),
    (
        ("show", "m**2", "--learning-rate", "0.1", "--steps", "many"),
        "--steps: 'many' can't be used; allowed: a whole number",
    ),
    (("show", "m**2"), "--learning-rate: GradientDescent needs one; give --learning-rate 0.1, or --tune to find it"),
    (
        ("show", "m**2", "--learning-rate", "0"),
        "--learning-rate: 0.0 can't be used; allowed: a number above 0",
    ),
    (
        ("show", "m**2", "--learning-rate", "nan"),
        "--learning-rate: nan can't be used; allowed: a number above 0",
    ),
    (
        ("show", "m**2", "--learning-rate", "-inf"),
        "--learning-rate: -inf can't be used; allowed: a number above 0",
    ),
    (("show", "m**2", "--learning-rate", "x"), "--learning-rate: 'x' can't be used; allowed: a number"),
    (("show", "log(m)", "--learning-rate", "0.1", "--start", "-1.8"), f"--start: -1.8 can't be used; {FINITE}"),
    (
        ("show", "m**2", "--learning-rate", "0.1", "--start", "-1.8,2"),
        "--start: '-1.8,2' can't be used; allowed: one number (m)",
    ),
    (
        ("show", "m**2", "--start", "a"),
        "--start: 'a' can't be used; allowed: a number, or one for each parameter, such as -1.8,2",
    ),
    (
        ("show", "m**2", "--optimizer", "adm"),
        f"--optimizer: 'adm' can't be used; did you mean 'Adam'? allowed: {', '.join(OPTIMIZERS)}",
    ),
    (
        ("show", "m**2", "--lr", "1", "--optimizer", "adam", "--optimizer", "momentum", "--set", "nesterof=true"),
        "--set: 'nesterof' can't be used; did you mean 'nesterov'? allowed: amsgrad, beta1, beta2, epsilon, "
        "epsilon_at, epsilon_root, learning_rate, momentum, nesterov, rate_at",
    ),
    (
        ("show", "m**2", "--lr", "1", "--optimizer", "adam", "--optimizer", "momentom"),
        f"--optimizer: 'momentom' can't be used; did you mean 'Momentum'? allowed: {', '.join(OPTIMIZERS)}",
    ),
    (
        ("show", "m**2", "--optimizer", "adam", "--set", "beta3=0.5"),
        "--set: 'beta3' can't be used; did you mean 'beta2'? allowed: learning_rate, beta1, beta2, epsilon, "
        "epsilon_at, epsilon_root, amsgrad",
    ),
    (
        ("show", "m**2", "--set", "beta1"),
        "--set: 'beta1' can't be used; allowed: NAME=NUMBER, NAME=true, NAME=false or NAME=WORD, such as momentum=0.8",
    ),
    (
        ("show", "parabla", "--learning-rate", "0.1"),
        f"surface: 'parabla' can't be used; did you mean 'parabola'? allowed: {', '.join(SURFACES)}",
    ),
    (
        (*SHOW, "--title", "שלום"),
        f"--title: 'שלום' can't be used; {BACKWARDS}",
    ),
    (
        (*SHOW, "--title", "hi 🧠"),
        "--title: 'hi 🧠' can't be used; no installed font has '🧠' (U+1F9E0, BRAIN); "
        "leave it out: emoji are pictures, and not drawn",
    ),
    ((*SHOW, "--title", "a\nb"), r"--title: 'a\nb' can't be used; allowed: one line of printable characters"),
    (
        (*SHOW, "--title", "m" * 200),
        f"--title: '{'m' * 56}... can't be used; {FITS}",
    ),
    (
        (*SHOW, "--tune"),
        "--learning-rate: --tune finds the learning rate by itself; give one of them",
    ),
    (
        ("show", "m**2", "--set", "learning_rate=0.1", "--tune"),
        "--set learning_rate: --tune finds the learning rate by itself; give one of them",
    ),
    (
        (*SHOW, "--set", "learning_rate=0.2"),
        "--set learning_rate: --learning-rate says it too; give one of them",
    ),
    (("show", "m**2", "--theme", "drk"), "--theme: 'drk' can't be used; did you mean 'dark'? allowed: light, dark"),
    (("show", "m**2", "--steps", "0"), "--steps: 0 can't be used; allowed: a whole number from 1 to 20,000"),
    (("show", "m**2", "--set", "foo=1"), "--set: 'foo' can't be used; allowed: learning_rate"),
    (("show", "m**2", "-o", "a.avi"), f"--output: 'a.avi' can't be used; allowed: {SUFFIXES}, {ENDS}"),
    ((*SHOW, "-o", "a.mp4", "--loop", "2"), f"--loop: 2 can't be used; {LOOPING}"),
    ((*SHOW, "-o", "a.mp4", "-o", "b.csv", "--loop", "2"), f"--loop: 2 can't be used; {LOOPING}"),
    (
        (*SHOW, "--optimizer", "momentum", "--set", "momentum=7"),
        "--set momentum: 7 can't be used; allowed: a number of at least 0 and below 1",
    ),
    (
        (*SHOW, "--optimizer", "momentum", "--optimizer", "adam", "--start", "1,2"),
        "--start: '1,2' can't be used; allowed: one number (m)",
    ),
    (
        (*SHOW, "--optimizer", "momentum", "--optimizer", "adam", "--ask"),
        "--ask can't be used; allowed: where runs are told one after the other, not in a race or a study",
    ),
    ((*SHOW, "--for", "fax"), f"--for: 'fax' can't be used; allowed: {', '.join(DESTINATIONS)}"),
    ((*SHOW, "--click"), "--click can't be used; allowed: with an output that ends in .html or .pptx or .tex"),
    ((*SHOW, "--max-size", "big"), f"--max-size: 'big' can't be used; {BYTES}"),
    (
        (*SHOW, "--ground", "transparent"),
        "--ground: 'transparent' can't be used; GIF has no soft edges; allowed: with .webm, .webp, .apng, .png or a "
        'folder/ of PNG frames, or the slide\'s colour, such as "#F4F1E8"',
    ),
    (("render", FIRST, FIRST), f"scene files: {FIRST!r} can't be used; it is given twice; give every scene once"),
    (
        ("list", "optimzers"),
        "kind: 'optimzers' can't be used; did you mean 'optimizers'? "
        "allowed: scenes, optimizers, schedules, surfaces, themes, formats, places",
    ),
    (("list", "themes", "formats"), "argument: 'formats' can't be used; it is one too many"),
    (("gallery", "-o", "a.gif"), "--output: 'a.gif' can't be used; its end must say the format; allowed: .png, .pdf"),
    (("gallery", "--theme", "drk"), "--theme: 'drk' can't be used; did you mean 'dark'? allowed: light, dark"),
    (("gallery", "--columns", "1"), "--columns: 1 can't be used; allowed: a whole number from 2 to 20"),
    (("gallery", "--columns", "many"), "--columns: 'many' can't be used; allowed: a whole number"),
    (
        ("new", "my scene"),
        "new: 'my scene' can't be used; allowed: a name of letters, digits and underscores, such as my_scene",
    ),
    (("new", "no/folder"), "new: no/folder.py can't be written: No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=lambda given: str(given)[:40])
def test_bad_input_gets_one_sentence(gdviz: Call, tmp_path: Path, arguments: Sequence[str], sentence: str) -> None:
    assert gdviz(*arguments) == (2, "", f"gdviz: {sentence}\n")
    assert files(tmp_path) == []


ATTEMPTS = {
    "__import__('os').system('touch hacked')": 11,
    "m.__class__": 1,
    "m**2 + ": 7,
    "(m - 3": 0,
    "m**2 + 2m": 7,
    "m = 2": 2,
    "[m for m in range(3)]": 0,
}


@pytest.mark.parametrize(("formula", "column"), ATTEMPTS.items())
def test_a_formula_that_is_none_gets_a_caret(gdviz: Call, tmp_path: Path, formula: str, column: int) -> None:
    code, out, told = gdviz("show", formula, "--learning-rate", "0.1")
    sentence, text, caret, end = told.split("\n")
    assert (code, out, text.rstrip(), end) == (2, "", f"    {formula}".rstrip(), "")
    assert re.fullmatch(r"gdviz: \S.{10,}", sentence)
    assert abs(caret.index("^") - 4 - column) <= 1
    assert files(tmp_path) == []


TABLES = {
    "": "pairs.csv: the file is empty; its first line must name the columns",
    "x,y\n": "pairs.csv, line 1: there are no rows below the names of the columns",
    "x,y\n1,2\n3\n": "pairs.csv, line 3: cells in this row: 1, columns in the first line: 2",
    "x,y\n1,2\n3,four\n": "pairs.csv, line 3: y is 'four', which is not a number",
    "x,y\n1,nan\n": "pairs.csv, line 2: y is 'nan'; only finite numbers can be fitted",
    'x,y\n1,"2\n': "pairs.csv, line 2: this is not CSV: unexpected end of data",
    "x,z\n1,2\n": "pairs.csv, line 1: there is no column 'y'; allowed: x, z",
}


@pytest.mark.parametrize(("content", "sentence"), TABLES.items())
def test_a_broken_csv_names_its_line(gdviz: Call, tmp_path: Path, content: str, sentence: str) -> None:
    Path("pairs.csv").write_text(content)
    optimizer = 'optimizer = { name = "adam" }\n'
    Path("line.toml").write_text(f'loss = {{ csv = "pairs.csv", x = "x", y = "y" }}\n{optimizer}')
    assert gdviz("render", "line.toml") == (2, "", f"gdviz: line.toml: {sentence}\n")
    assert files(tmp_path) == ["line.toml", "pairs.csv"]


def test_a_name_without_a_glyph_is_found_wherever_it_stands(gdviz: Call) -> None:
    run = 'runs = [{ label = "a" }, { label = "[rate:ש]" }]\n'
    texts = {
        "aside": 'aside = "ש"',
        "closing": 'closing = "[loss:ש]"',
        "run 2, label": run,
        "x_name": 'loss = { csv = "pairs.csv", x = "x", y = "y", x_name = "ש" }',
        "y_name": 'loss = { csv = "pairs.csv", x = "x", y = "y", y_name = "ש" }',
    }
    Path("pairs.csv").write_text("x,y\n1,2\n2,4\n")
    for field, line in texts.items():
        loss = "" if "loss =" in line else 'loss = "m**2"\n'
        Path("a.toml").write_text(f'{loss}optimizer = {{ name = "adam" }}\nsteps = 2\n{line}\n')
        code, _, told = gdviz("render", "a.toml", "--dry-run")
        assert (code, told) == (2, f"gdviz: {field}: 'ש' can't be used; {BACKWARDS}\n")


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("blocked/film.gif", "--output: 'blocked/film.gif' can't be used; {here}/blocked is a file, not a folder"),
        ("blocked/", "--output: 'blocked' can't be used; it is a file; choose another name for the folder of frames"),
        ("folder.gif", f"--output: 'folder.gif' can't be used; {FOLDER}"),
        ("work/", f"--output: 'work' can't be used; {FRAMES}"),
    ],
)
def test_places_that_cannot_be_written(gdviz: Call, tmp_path: Path, output: str, sentence: str) -> None:
    Path("blocked").write_text("mine")
    Path("folder.gif").mkdir()
    Path("work").mkdir()
    Path("work/thesis.txt").write_text("mine")
    code, out, told = gdviz(*SHOW, "-o", "good.gif", "-o", output)
    assert (code, out) == (2, "")
    assert (
        told.replace("'blocked/'", "'blocked'").replace("'work/'", "'work'")
        == f"gdviz: {sentence.format(here=tmp_path)}\n"
    )
    assert files(tmp_path) == ["blocked", "work/thesis.txt"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder in which nobody can write")
def test_a_folder_that_only_seems_writable(gdviz: Call, tmp_path: Path) -> None:
    code, out, told = gdviz(*SHOW, "-o", "good.gif", "-o", "/proc/film.gif")
    assert (code, out) in ((5, ""), (2, ""))
    assert told.startswith(("gdviz: /proc/film.gif: ", "gdviz: --output: '/proc/film.gif' can't be used; "))
    assert files(tmp_path) == []


def test_two_scenes_do_not_fit_in_one_film(gdviz: Call, tmp_path: Path) -> None:
    hubble = FIRST.replace("first_steps", "hubble")
    sentence = "--output: 'a.gif' can't be used; it names one film, and there are 2 scenes; use --format"
    assert gdviz("render", FIRST, hubble, "-o", "a.gif") == (2, "", f"gdviz: {sentence}\n")
    told = gdviz("render", FIRST, FIRST.replace(".py", ".toml"))[2]
    assert told.endswith(f"its film would have the name of that of {FIRST}; render one after the other with -o\n")
    assert files(tmp_path) == []


def test_a_missing_package_has_its_own_exit_code(gdviz: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    code, out, told = gdviz(*SHOW, "-o", "a.mp4")
    assert (code, out) == (4, "")
    assert "imageio" in told
    assert "pip install" in told
    assert told.count("\n") == 1
    assert files(tmp_path) == []


def test_a_fault_of_gdviz_is_not_hidden(gdviz: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("gdviz.scene._check_looks")
    with pytest.raises(NameError, match="_check_looks"):
        gdviz(*SHOW)


@pytest.mark.parametrize("text", ["a [loss] b", "{m} {", "}", "x^2_3", "100 %", "\\alpha", "a & b", "[1]"])
def test_a_title_is_plain_text(gdviz: Call, text: str) -> None:
    assert gdviz(*SHOW, "--title", text, "-o", "a.png", "--quiet") == (0, "", "")


@pytest.mark.parametrize("text", ["costs 5 $", "$x^2$", "a $x^$ b"])
def test_a_dollar_in_a_title_is_plain_text(gdviz: Call, text: str) -> None:
    assert gdviz(*SHOW, "--title", text, "-o", "a.png", "--quiet") == (0, "", "")


def test_an_output_with_a_name_that_is_too_long(gdviz: Call) -> None:
    assert gdviz(*SHOW, "-o", f"{'a' * 300}.gif")[0] == 2


# --- full disks, interruptions ------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
from gdviz.cli import main
sys.exit(main(sys.argv[1:]))
"""
# A process that is started in the background ignores Ctrl-C unless told otherwise.
MINDFUL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from gdviz.cli import main
sys.exit(main(sys.argv[1:]))
"""


@POSIX
@pytest.mark.parametrize(  # a GIF is among the outputs of each
    "name", ["film.mp4", "frames/", *(pytest.param(name, marks=pytest.mark.slow) for name in ("film.gif", "film.png"))]
)
def test_a_full_disk_leaves_what_was_there(tmp_path: Path, name: str) -> None:
    former = tmp_path / (f"{name}frame_00001.png" if name.endswith("/") else name)
    former.parent.mkdir(exist_ok=True)
    former.write_bytes(b"former")
    made = process("-c", LIMITED, *SHOW, "-o", "new/folder/a.gif", "-o", name, folder=tmp_path)
    assert (made.returncode, made.stdout) == (5, "")
    assert re.fullmatch(rf"gdviz: (new/folder/a\.gif|{name.rstrip('/')}): [^\n]+\n", made.stderr)
    assert files(tmp_path) == [str(former.relative_to(tmp_path))]
    assert former.read_bytes() == b"former"
    assert not (tmp_path / "new").exists()


@POSIX
def test_a_full_disk_leaves_no_half_script(tmp_path: Path) -> None:
    made = process("-c", LIMITED.replace("3000", "300"), "new", "mine", folder=tmp_path)
    assert (made.returncode, made.stdout) == (2, "")
    assert made.stderr == "gdviz: new: mine.py can't be written: File too large\n"
    assert files(tmp_path) == []


@POSIX
@pytest.mark.parametrize(("name", "ends", "code"), [
    ("film.gif", signal.SIGINT, 130), ("film.mp4", signal.SIGINT, 130), ("film.mp4", signal.SIGTERM, 143),
])  # fmt: skip
def test_who_is_stopped_leaves_nothing_half_written(tmp_path: Path, name: str, ends: int, code: int) -> None:
    (tmp_path / name).write_bytes(b"former")
    command = [sys.executable, "-c", MINDFUL, "render", FIRST, "-o", name, "-q", "h", "--pace", "200"]
    running = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    patience = time.monotonic() + 60
    while not list(tmp_path.glob(".*")) and time.monotonic() < patience:
        time.sleep(0.01)
    time.sleep(0.2)
    if ends == signal.SIGINT:
        os.killpg(running.pid, ends)  # the terminal tells the whole group, ffmpeg too
    else:
        running.terminate()
    out, told = running.communicate(timeout=60)
    assert (running.returncode, out, told) == (code, "", "gdviz: stopped; nothing half-written is left\n")
    assert files(tmp_path) == [name]
    assert (tmp_path / name).read_bytes() == b"former"


# --- progress ----------------------------------------------------------------------------------------------------


@POSIX
def test_a_terminal_shows_a_bar_that_comes_to_its_end(tmp_path: Path) -> None:
    keyboard, screen = terminal()
    command = [sys.executable, "-m", "gdviz", *SHOW, "-o", "a.gif", "-o", "b.mp4"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=screen, text=True)
    os.close(screen)
    shown = everything_from(keyboard)
    assert running.stdout
    out = running.stdout.read()
    running.stdout.close()
    assert running.wait() == 0
    assert "a.gif: " in shown
    assert re.search(r"100%.*4/4", shown), "the bar counts the pictures that are in the files"
    assert "?" not in shown.rsplit("100%", 1)[1], "there is no time left"
    assert re.fullmatch(r"a\.gif  0\.2 s, \d+ KiB\nb\.mp4  0\.2 s, \d+ KiB\n", out)


def terminal() -> tuple[int, int]:
    """Return both ends of a terminal of a usual size."""
    import pty
    import termios

    keyboard, screen = pty.openpty()
    termios.tcsetwinsize(screen, (24, 100))
    return keyboard, screen


def everything_from(keyboard: int) -> str:
    """Read a terminal until its other end is closed, which Linux reports as an error."""
    pieces = []
    try:
        while piece := os.read(keyboard, 65536):
            pieces.append(piece)
    except OSError:
        pass
    os.close(keyboard)
    return b"".join(pieces).decode()


@POSIX
def test_no_bar_where_none_is_wanted(tmp_path: Path) -> None:
    keyboard, screen = terminal()
    calls = [[*SHOW, "-o", "a.png", option] for option in ("--quiet", "--json")]
    command = [sys.executable, "-c", f"from gdviz.cli import main; exit(any(map(main, {calls})))"]
    running = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=screen)
    os.close(screen)
    assert everything_from(keyboard) == ""
    assert running.wait() == 0


# --- films -------------------------------------------------------------------------------------------------------


def test_render_writes_to_output(gdviz: Call, tmp_path: Path) -> None:
    code, out, told = gdviz("render", FIRST, *TINY)
    assert (code, told) == (0, "")
    assert re.fullmatch(r"output/first_steps\.gif  1\.0 s, \d+ KiB\n", out)
    assert files(tmp_path) == ["output/first_steps.gif"]


def test_several_files_come_from_one_pass(gdviz: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stories = count_stories(monkeypatch)
    outputs = [word for name in ("a.gif", "b.mp4", "c.png", "d/") for word in ("-o", name)]
    code, out, _ = gdviz(*SHOW, *outputs)
    assert (code, len(stories)) == (0, 1)
    weights = r"a\.gif  0\.2 s, \d+ KiB\nb\.mp4  0\.2 s, \d+ KiB\nc\.png  \d+ KiB\nd  0\.2 s, \d+ KiB\n"
    assert re.fullmatch(weights, out)
    assert files(tmp_path) == ["a.gif", "b.mp4", "c.png", *(f"d/frame_{k:05}.png" for k in range(1, 5))]


def count_stories(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Return a list that grows with every story that is run."""
    from gdviz import Scene

    stories: list[object] = []
    run = Scene.story

    def counted(scene: Scene) -> object:
        stories.append(scene)
        return run(scene)

    monkeypatch.setattr(Scene, "story", counted)
    return stories


def test_several_scenes_and_formats(gdviz: Call, tmp_path: Path) -> None:
    Path("b.toml").write_text('loss = "m**2"\nstart = 1\nsteps = 2\noptimizer = { name = "adam" }\n')
    Path("a.py").write_text(
        'from gdviz import *\nfrom gdviz import Scene, Adam\none = Scene("m**2", Adam(), steps=1, start=1)\n'
        "two = one.with_(steps=2)\n"
    )
    code, out, told = gdviz("render", "a.py", "b.toml", "--format", "png", "--format", "gif", "--format", "png", *TINY)
    assert (code, told, len(out.splitlines())) == (0, "", 6)
    films = [f"output/{name}.{end}" for name in ("a_one", "a_two", "b") for end in ("gif", "png")]
    assert files(tmp_path) == ["a.py", "b.toml", *films]


def test_json_is_all_that_is_printed(gdviz: Call) -> None:
    code, out, told = gdviz(*SHOW, "-o", "a.gif", "-o", "b.png", "--json")
    assert (code, told) == (0, "")
    gif, png = json.loads(out)
    assert gif == {
        "path": "a.gif",
        "format": "GIF",
        "frames": 4,
        "seconds": 0.16,
        "bytes": Path("a.gif").stat().st_size,
    }
    assert png == {"path": "b.png", "format": "PNG", "frames": 1, "seconds": 0.0, "bytes": Path("b.png").stat().st_size}


def test_a_dry_run_writes_nothing(gdviz: Call, tmp_path: Path) -> None:
    outputs = ("-o", "x/a.gif", "-o", "b.png", "--format", "frames")
    assert gdviz(*SHOW, *outputs, "--dry-run") == (
        0,
        "x/a.gif  0.2 s, not written\nb.png  not written\noutput/film  0.2 s, not written\n",
        "",
    )
    assert json.loads(gdviz(*SHOW, *outputs, "-n", "--json")[1])[1] == {
        "path": "b.png", "format": "PNG", "frames": 1, "seconds": 0.0,
    }  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_names_the_very_files_that_are_made(gdviz: Call, tmp_path: Path) -> None:
    asked = (
        *SHOW[:-2],
        "--pace",
        "brief",
        "-o",
        "a.gif",
        "-o",
        "b.tex",
        "-o",
        "c.html",
        "--segments",
        "--for",
        "reveal",
    )
    planned, made = (json.loads(gdviz(*asked, "--json", *more)[1]) for more in (["-n"], []))
    assert files(tmp_path) == sorted(row["path"] for row in made)
    assert [(row["path"], row["format"]) for row in planned] == [(row["path"], row["format"]) for row in made]
    films = [[(row["frames"], row["seconds"]) for row in rows if row["format"] == "GIF"] for rows in (planned, made)]
    assert films[0] == films[1]
    assert len(films[0]) > 1


def test_captions_made_alone_say_that_the_film_takes_another_time(gdviz: Call) -> None:
    lesson = (*SHOW[:-2],)
    gdviz(*lesson, "--pace", "1", "-o", "talk.gif")
    code, _, told = gdviz(*lesson, "-o", "talk.vtt")
    assert code == 0
    assert re.fullmatch(
        r"gdviz: talk\.vtt: it follows a film of [1-9]\d*\.\d s, and talk\.gif takes 0\.2 s; make both at once, "
        r"or give the same --pace\n",
        told,
    )
    assert gdviz(*lesson, "--pace", "1", "-o", "talk.vtt")[2] == ""
    assert gdviz(*lesson, "-o", "talk.vtt", "--quiet")[2] == ""
    assert gdviz(*lesson, "-o", "talk.vtt", "--title", "Another")[::2] == (0, "")
    Path("talk.gif").write_bytes(b"no film")
    assert gdviz(*lesson, "-o", "talk.vtt")[::2] == (0, "")


def test_of_several_optimizers_each_takes_the_settings_that_it_has(
    gdviz: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenes: list[Scene] = []
    planned = renderer.prepare

    def prepare(scene: Scene, targets: Sequence[str | Path]) -> Footage:
        scenes.append(scene)
        return planned(scene, targets)

    monkeypatch.setattr(renderer, "prepare", prepare)
    names = ("--optimizer", "momentum", "--optimizer", "adam", "--optimizer", "trial-and-error")
    settings = ("--lr", "0.2", "--set", "momentum=0.8", "--set", "beta1=0.7")
    assert gdviz("show", "m**2", "--start", "1", *names, *settings, *TINY, "-n")[::2] == (0, "")
    assert [run.optimizer for run in scenes[0].race if isinstance(run, Run)] == [
        Momentum(0.2, momentum=0.8),
        Adam(0.2, beta1=0.7),
        TrialAndError(),
    ]


def test_tuned_rates_are_reported(gdviz: Call) -> None:
    race = ("show", "(m - 3)**2", "--start", "0", "--optimizer", "adam", "--optimizer", "momentum", "--tune", *TINY)
    code, out, _ = gdviz(*race, "-n")
    assert code == 0
    found = re.findall(
        r"^(\w+): learning rate \S+, the best of 82 tried, none with a step over 0.75$", out, re.MULTILINE
    )
    assert found == ["Adam", "momentum"]
    assert "tried" not in gdviz(*race, "-n", "--json")[1] + gdviz(*race, "-n", "--quiet")[1]


def test_films_named_after_scenes_go_to_the_folder(gdviz: Call, tmp_path: Path) -> None:
    outputs = ("-o", "a.png", "--format", "png", "--format", "frames", "--folder", "talk/films")
    code, out, told = gdviz("render", FIRST, *TINY, *outputs, "--dry-run")
    planned = (
        "a.png  not written\ntalk/films/first_steps.png  not written\ntalk/films/first_steps  1.0 s, not written\n"
    )
    assert (code, out, told) == (0, planned, "")
    assert list(tmp_path.iterdir()) == []


def test_quiet_says_nothing(gdviz: Call, tmp_path: Path) -> None:
    assert gdviz(*SHOW, "--quiet") == (0, "", "")
    assert files(tmp_path) == ["output/film.gif"]


@pytest.mark.parametrize(("quality", "size"), [("l", (854, 480)), ("m", (1280, 720))])
def test_qualities_are_sizes(gdviz: Call, quality: str, size: tuple[int, int]) -> None:
    assert gdviz("show", "m**2", "--learning-rate", "0.1", "--steps", "1", "-q", quality, "-o", "a.png")[0] == 0
    with Image.open("a.png") as picture:
        assert picture.size == size


def test_the_looks_of_a_film_can_be_asked_for(gdviz: Call) -> None:
    looks = ("--fps", "10", "--theme", "dark", "--hold", "2", "--loop", "3", "--size", "240x320")
    assert gdviz(*SHOW, *looks, "-o", "a.gif", "--quiet") == (0, "", "")
    with Image.open("a.gif") as film:
        assert film.size == (240, 320)
        assert film.info["loop"] == 2  # beside the first time
        assert np.array(film.convert("RGB"))[0, 0].tolist() == [
            int(THEMES["dark"].ground[k : k + 2], 16) for k in (1, 3, 5)
        ]
        length = 0
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            length += film.info["duration"]
    assert length == 300 + 2000


def test_a_film_can_have_the_ground_of_a_slide_or_none(gdviz: Call) -> None:
    assert gdviz(*SHOW, "--ground", "#F4F1E8", "-o", "a.webp", "--quiet") == (0, "", "")
    assert gdviz(*SHOW, "--ground", "transparent", "-o", "b.webp", "--quiet") == (0, "", "")
    with Image.open("a.webp") as film, Image.open("b.webp") as clear:
        assert film.convert("RGBA").getpixel((0, 0)) == (0xF4, 0xF1, 0xE8, 255)
        assert np.array(clear.convert("RGBA"))[0, 0, 3] == 0
    for dry in ((), ("-n",)):
        code, _, told = gdviz(*SHOW, "--ground", "transparent", "-o", "c.gif", *dry)
        assert (code, told.partition(";")[0]) == (2, "gdviz: --ground: 'transparent' can't be used")


def test_asking_the_class_takes_time(gdviz: Call) -> None:
    def seconds(*options: str) -> float:
        show = ("show", "m**2", "--learning-rate", "0.1", "--start", "-1", "--steps", "2", "--pace", "lesson")
        return float(json.loads(gdviz(*show, *options, "--dry-run", "--json")[1])[0]["seconds"])

    assert seconds("--ask") > seconds() + 2


@pytest.mark.parametrize("start", [("--start", "-1.8"), ("--start=-1.8",), ("--start", "-18e-1"), ("--start", "-1.8,")])
def test_starts_may_be_negative(gdviz: Call, start: Sequence[str]) -> None:
    code, _, told = gdviz("show", "m**2", *start, "--learning-rate", "0.1", "--dry-run")
    assert (code, told) == ((2, told) if start[-1].endswith(",") else (0, ""))


def test_formulas_may_begin_with_a_minus(gdviz: Call) -> None:
    for formula in ("-m**2+m**4", "-sin(m)", "-(m - 1)*m", "-3*m + m**2", "-.5*m + m**2"):
        assert gdviz("show", formula, "--start", "-0.5", "--learning-rate", "0.1", "-n")[0] == 0
    assert gdviz("show", "m**2 + b**2", "--start", "-1.8,2", "--learning-rate", "0.1", "-n")[::2] == (0, "")


def test_the_example_of_a_film_without_a_scene(gdviz: Call) -> None:
    example = ("m**4 - 3*m**2 + m", "--start", "-1.8", "--optimizer", "adam", "--learning-rate", "0.1", "--steps", "60")
    code, out, told = gdviz("show", *example, "-o", "film.gif", *TINY)
    assert (code, told) == (0, "")
    assert re.fullmatch(r"film\.gif  \d\.\d s, \d+ KiB\n", out)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if k % 4 == 0 else pytest.mark.slow) for k, name in enumerate(SURFACES)]
)
def test_a_named_surface_can_be_shown(gdviz: Call, name: str) -> None:
    momentum = ("--optimizer", "momentum", "--set", "momentum=0.8", "--set", "nesterov=true", "--learning-rate", "0.1")
    assert gdviz("show", name, *momentum, "--steps", "5", "-n")[::2] == (0, "")


# --- lists, new scenes, help --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("optimizers", list(OPTIMIZERS)),
        ("surfaces", list(SURFACES)),
        ("themes", list(THEMES)),
        ("formats", [*ENDINGS]),
    ],
)
def test_each_kind_is_listed_by_name(gdviz: Call, kind: str, names: list[str]) -> None:
    code, out, told = gdviz("list", kind)
    assert (code, told) == (0, "")
    assert [line.split("  ")[0] for line in out.splitlines()] == names
    assert all(len(line) > len(names[0]) + 10 for line in out.splitlines()), "each has a word of explanation"
    assert f"{kind}:\n  {names[0]}" in gdviz("list")[1]


def test_scenes_are_listed_by_title_and_not_run(gdviz: Call) -> None:
    assert gdviz("list", "scenes") == (0, "", "")
    Path("scenes").mkdir()
    Path("scenes/a.py").write_text('"""A lesson\n\nWatch."""\nraise SystemExit("run")\n')
    Path("scenes/b.toml").write_text('title = "Another"\n')
    Path("scenes/c.py").write_text("def (:\n")
    Path("scenes/d.txt").write_text("no scene")
    code, out, told = gdviz("list", "scenes")
    assert (code, told) == (0, "")
    assert out.startswith("scenes/a.py    A lesson\nscenes/b.toml  Another\nscenes/c.py    (can't be read: ")
    assert out.count("\n") == 3


def test_the_gallery_is_one_sheet(gdviz: Call, tmp_path: Path) -> None:
    code, said, complaints = gdviz("gallery", "--theme", "dark", "--columns", "9")
    assert (code, complaints, files(tmp_path)) == (0, "", ["output/surfaces.png"])
    assert re.fullmatch(r"output/surfaces\.png  [\d,]+ KiB\n", said)
    with Image.open(tmp_path / "output" / "surfaces.png") as picture:
        assert picture.width > picture.height  # 9 columns, 4 rows


def test_a_new_scene_can_be_rendered(gdviz: Call, tmp_path: Path) -> None:
    assert gdviz("new", "mine") == (0, "wrote mine.py; now try: gdviz render mine.py\n", "")
    assert "python mine.py writes output/mine.gif" in Path("mine.py").read_text()
    assert gdviz("new", "my_scene_2")[0] == 0
    assert "python my_scene_2.py writes output/my_scene_2.gif" in Path("my_scene_2.py").read_text()
    Path("my_scene_2.py").unlink()
    assert gdviz("render", "mine.py", *TINY, "--quiet") == (0, "", "")
    assert files(tmp_path) == ["mine.py", "output/mine.gif"]
    assert gdviz("new", "mine.py") == (
        2,
        "",
        "gdviz: new: 'mine.py' can't be used; it exists already; choose another name\n",
    )


def test_help_and_version(gdviz: Call, capfd: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["--help"], ["render", "--help"], ["show", "-h"], ["list", "-h"], ["new", "-h"]):
        with pytest.raises(SystemExit) as end:
            gdviz(*arguments)
        out, told = capfd.readouterr()
        assert (end.value.code, told) == (0, "")
        assert out == f"gdviz {__version__}\n" if arguments == ["--version"] else out.startswith("usage: gdviz ")


# --- processes ---------------------------------------------------------------------------------------------------


def test_a_scene_script_runs_by_itself(tmp_path: Path) -> None:
    made = process(FIRST, folder=tmp_path)
    assert (made.returncode, made.stdout, made.stderr) == (0, "", "")
    assert files(tmp_path) == ["output/first_steps.gif"]
    assert b"Find the m with the smallest loss" in (tmp_path / "output" / "first_steps.gif").read_bytes()


SCRIPT = """from gdviz import GradientDescent, Scene

scene = Scene("{formula}", GradientDescent(0.1))
if __name__ == "__main__":
    scene.render({output})
"""


@pytest.mark.parametrize(
    ("formula", "output", "line", "sentence"),
    [
        ("m**^2", "", 3, "'^' can't be part of a formula; for a power write **\n    m**^2\n       ^"),
        ("m**2", "'a.avi'", 5, f"output: 'a.avi' can't be used; allowed: {SUFFIXES}, {ENDS}"),
    ],
)
def test_a_script_that_python_runs_gets_one_sentence(
    tmp_path: Path, formula: str, output: str, line: int, sentence: str
) -> None:
    script = tmp_path / "mine.py"
    script.write_text(SCRIPT.format(formula=formula, output=output))
    made = process("mine.py", folder=tmp_path)
    assert (made.returncode, made.stdout) == (2, "")
    assert made.stderr == f"gdviz: {script}, line {line}: {sentence}\n"


def test_what_is_not_the_scripts_own_problem_keeps_its_traceback(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text(SCRIPT.format(formula="m**^2", output=""))
    scripts = {
        "import beside\n": "BadFormula",  # a program of several files
        "import gdviz\n1 / 0\n": "ZeroDivisionError",
        "import gdviz\ngdviz.Scene.story(3)\n": "AttributeError",
    }
    for number, (script, kind) in enumerate(scripts.items()):
        (tmp_path / f"mine{number}.py").write_text(script)
        made = process(f"mine{number}.py", folder=tmp_path)
        assert made.returncode == 1
        assert made.stderr.startswith("Traceback (most recent call last):\n")
        assert kind in made.stderr


def test_the_package_is_a_program(tmp_path: Path) -> None:
    assert process("-m", "gdviz", "--version", folder=tmp_path).stdout == f"gdviz {__version__}\n"
    refused = process("-m", "gdviz", "list", "x", folder=tmp_path)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    heavy = "{'numpy', 'matplotlib', 'sympy', 'imageio', 'imageio_ffmpeg', 'PIL', 'tqdm'}"
    watched = "import sys\nfrom gdviz.cli import main\ntry:\n    main(sys.argv[1:])\n"
    script = f"{watched}finally:\n    print({heavy} & {{*sys.modules}})"
    for arguments in (["--help"], ["render", "--help"], ["list", "formats"]):
        assert process("-c", script, *arguments, folder=tmp_path).stdout.splitlines()[-1] == "set()"


@POSIX
def test_a_reader_may_close_the_pipe(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        listed = process_into(writing, "-m", "gdviz", "list", "optimizers", folder=tmp_path)
    finally:
        os.close(writing)
    assert (listed.returncode, listed.stderr) == (0, b"")


def process_into(output: int, *command: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    """Run Python with its output going somewhere else."""
    return subprocess.run([sys.executable, *command], cwd=folder, stdout=output, stderr=subprocess.PIPE, check=False)
