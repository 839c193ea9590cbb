"""Scenes in files: both spellings say the same, and what can't be used is told with its file and line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from scenery import ROOT, scene_of

from gdviz import Adam, ClipByNorm, Data, Formula, GradientDescent, Line, Lion, Momentum, Run, Scene, load
from gdviz.descent.optimizers import OPTIMIZERS
from gdviz.descent.schedules import Constant, Cosine, InTurn
from gdviz.picture.panels import VIEWS
from gdviz.problems import BadInput, MissingPackage
from gdviz.scenefile.by_name import optimizer_named
from gdviz.scenefile.script import titled
from gdviz.scenefile.table import MOST_BYTES, MOST_DOTS, from_table

FormOf = Callable[[str, str | bytes], Path]

IMPORTS = "from gdviz import *\nfrom gdviz import Scene, GradientDescent\n"
ONE = 'scene = Scene("(m - 3)**2", GradientDescent(0.1))\n'
DESCENT = 'optimizer = { name = "gradient descent", learning_rate = 0.1 }\n'
METHODS = ", ".join(OPTIMIZERS)
MISSING = (
    "it is missing; allowed: its name, or a table with `name` and settings, such as "
    'optimizer = { name = "gradient descent", learning_rate = 0.1 }'
)
OPTIMIZER = "allowed: an optimizer such as GradientDescent(learning_rate=0.1); see `gdviz list optimizers`"
SETTINGS = "learning_rate, beta1, beta2, epsilon, epsilon_at, epsilon_root, amsgrad"
FORMULA_KEYS = "formula, constants, parameters, region, minima, start, saddles"
LINE_KEYS = "csv, x, y, x_name, y_name, model, intercept, centred, batch_size, seed"
RUN_KEYS = "label, optimizer, start, steps, name"
SIMPLE = "allowed: texts, numbers, true, false, lists and tables; no dates"
BITS = "allowed: whole numbers of 64 bits"
NO_FILE = "there is no such file"
TWINS = [
    (
        'Scene("m**2", GradientDescent(0.1), start=-2, steps=7, title="T", watch="W", theme="dark", size=(640, 480))',
        'loss = "m**2"\nstart = -2\nsteps = 7\ntitle = "T"\nwatch = "W"\ntheme = "dark"\nsize = [640, 480]\n' + DESCENT,
    ),
    (
        'Scene(Formula("a*m**2 + b", constants={"a": 2}, parameters=["m", "b"], region=((-1, 1), (0, 2)), '
        'minima=[(0, 0)], start=(1, 1), saddles=[(2, 0)]), Momentum(0.1, nesterov=True), title="")',
        '[loss]\nformula = "a*m**2 + b"\nconstants = { a = 2 }\nparameters = ["m", "b"]\nregion = [[-1, 1], [0, 2]]\n'
        "minima = [[0, 0]]\nstart = [1, 1]\nsaddles = [[2, 0]]\n"
        '[optimizer]\nname = "Momentum"\nlearning_rate = 0.1\nnesterov = true\n',
    ),
    (
        'Scene("m**2", start=3, title="", runs=[Run("a", Adam(0.1)), Run("b", GradientDescent(1), start=1, steps=2)],'
        ' hold=1.5, loop=2, pace=3, fps=20, ask=True, tolerance=0, aside="A", closing="{m}")',
        'loss = "m**2"\nstart = 3\nhold = 1.5\nloop = 2\npace = 3\nfps = 20\nask = true\ntolerance = 0\naside = "A"\n'
        'closing = "{m}"\n'
        '[[runs]]\nlabel = "a"\noptimizer = { name = "adam", learning_rate = 0.1 }\n'
        '[[runs]]\nlabel = "b"\nstart = 1\nsteps = 2\noptimizer = { name = "gradient-descent", learning_rate = 1 }\n',
    ),
    (
        'Scene(Line(Data([1, 2], [2, 4], "x", "Y (km)")), GradientDescent(0.1), title="", origin=True)',
        'origin = true\nloss = { csv = "data/pairs.csv", x = "x", y = "y", y_name = "Y (km)" }\n' + DESCENT,
    ),
    (
        'Scene(Line(Data([1, 2], [2, 4], "x", "y"), intercept=True), GradientDescent(0.1), title="")',
        'loss = { csv = "data/pairs.csv", x = "x", y = "y", intercept = true }\n' + DESCENT,
    ),
    (
        'Scene(Line(Data([1, 2], [2, 4], "x", "y"), batch_size=1, seed=7), GradientDescent(0.1), title="")',
        'loss = { csv = "data/pairs.csv", x = "x", y = "y", batch_size = 1, seed = 7 }\n' + DESCENT,
    ),
]


def csv(name: str) -> str:
    """Return a scene of a line on the data of a file."""
    return f'loss = {{ csv = "{name}", x = "x", y = "y" }}\n{DESCENT}'


@pytest.fixture
def file(tmp_path: Path) -> FormOf:
    """Write a file beside `data/pairs.csv`."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "pairs.csv").write_text("x,y\n1,2\n2,4\n")

    def write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def sentence_of(path: Path) -> str:
    """Return what is wrong with a file, its folder left out."""
    with pytest.raises(BadInput) as problem:
        load(path)
    return str(problem.value).replace(f"{path.parent}/" if path.is_absolute() else "", "")


# --- two spellings -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("python", "toml"), TWINS, ids=range(len(TWINS)))
def test_both_spellings_are_one_scene(file: FormOf, python: str, toml: str) -> None:
    names = {kind.__name__: kind for kind in (Scene, Formula, Line, Data, Run, Adam, GradientDescent, Momentum)}
    assert load(file("a.toml", toml)) == {"a": eval(python, names)}


def test_the_first_steps_are_the_same_in_both() -> None:
    python, toml = (scene_of(ROOT / "scenes" / f"first_steps{suffix}") for suffix in (".py", ".toml"))
    assert toml == python
    assert python.title == "Find the m with the smallest loss"
    assert python.watch.startswith("Watch the length of the green arrow.")


@pytest.mark.parametrize("name", ["GradientDescent", "gradientdescent", "gradient descent", "Gradient-Descent"])
def test_an_optimizer_has_many_spellings(name: str) -> None:
    assert optimizer_named(name, {"learning_rate": 0.1}) == GradientDescent(0.1)


def test_schedules_and_pieces_are_tables_in_tables(file: FormOf) -> None:
    toml = """loss = "m**2"
steps = 20
[optimizer]
name = "clip by norm"
limit = 2
[optimizer.optimizer]
name = "adam"
beta1 = { schedule = "Listed", values = [0.9, 0.8] }
[optimizer.optimizer.learning_rate]
schedule = "InTurn"
boundaries = [5]
schedules = [{ schedule = "Constant", value = 0.1 }, { schedule = "Cosine", initial = 0.1, steps = 15 }]
"""
    with pytest.raises(BadInput, match=r"Adam, beta1: Listed\(values=.*this schedule ends after 2 steps, and the run "):
        load(file("a.toml", toml))
    scene = load(file("b.toml", toml.replace('{ schedule = "Listed", values = [0.9, 0.8] }', "0.8")))["b"]
    rate = InTurn((Constant(0.1), Cosine(0.1, 15)), (5,))
    assert scene.optimizer == ClipByNorm(Adam(rate, beta1=0.8), 2)


def test_an_optimizer_needs_no_table_for_its_name_alone(file: FormOf) -> None:
    scenes = load(file("a.toml", 'loss = "m**2"\noptimizer = "adam"\n'))
    assert scenes["a"].optimizer == Adam()
    rows = 'loss = "m**2"\n[[runs]]\noptimizer = "adam"\n[[runs]]\noptimizer = "lion"\n'
    assert [run.optimizer for run in load(file("b.toml", rows))["b"].runs] == [Adam(), Lion()]


@pytest.mark.parametrize("key", ["name", "schedule"])
def test_a_schedule_has_its_name_under_either_key(file: FormOf, key: str) -> None:
    rate = f'{{ {key} = "cosine", initial = 1, steps = 25 }}'
    scenes = load(file("a.toml", f'loss = "m**2"\noptimizer = {{ name = "adam", learning_rate = {rate} }}'))
    assert scenes["a"].optimizer == Adam(Cosine(1, 25))


def test_a_byte_order_mark_does_no_harm(file: FormOf) -> None:
    assert load(file("a.toml", f'\ufeffloss = "m**2"\n{DESCENT}'))["a"].loss == Formula("m**2")


# --- Python ------------------------------------------------------------------------------------------------------


def test_scenes_are_found_by_their_names(file: FormOf) -> None:
    script = file(
        "two.py", f'{IMPORTS}{ONE}again = scene\ndark = scene.with_(theme="dark")\n_hidden = dark.with_(fps=9)\n'
    )
    assert {name: scene.theme for name, scene in load(script).items()} == {"two_scene": "light", "two_dark": "dark"}


def test_the_docstring_is_title_and_lesson(file: FormOf) -> None:
    script = file("a.py", f'"""A title.\n\nWatch this.\nAnd that.\n"""\n{IMPORTS}{ONE}')
    scene = load(script)["a"]
    assert (scene.title, scene.watch) == ("A title", "Watch this.\nAnd that.")


def test_what_the_scene_says_itself_goes_before_its_docstring() -> None:
    scene = Scene("m**2", GradientDescent(0.1), watch="Mine.")
    assert titled(scene, "Title\n\nLesson").watch == "Mine."
    assert titled(scene.with_(title="Own"), "Title\n\nLesson").title == "Own"
    assert titled(scene, None).title == ""


def test_a_script_imports_what_lies_beside_it(file: FormOf) -> None:
    file("beside_it_lies.py", "RATE = 0.25\n")
    script = file("a.py", f"{IMPORTS}from beside_it_lies import RATE\nscene = Scene('m**2', GradientDescent(RATE))\n")
    assert load(script)["a"].optimizer == GradientDescent(0.25)


def test_loading_does_not_render(file: FormOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    load(file("a.py", f'{IMPORTS}{ONE}if __name__ == "__main__":\n    scene.render()\n'))
    assert not (tmp_path / "output").exists()


SCRIPTS = [
    ("", "a.py: no scene in this file; bind one at its top level: scene = Scene(...)"),
    ("def f(:\n", "a.py, line 1: SyntaxError: invalid syntax"),
    ("\n\nsteps = 1 / 0\n", "a.py, line 3: ZeroDivisionError: division by zero"),
    ("import no_such_module\n", "a.py, line 1: ModuleNotFoundError: No module named 'no_such_module'"),
    ("import sys\nsys.exit(3)\n", "a.py, line 2: the script ends itself here; bind its scenes and let it run on"),
    (f"{IMPORTS}scene = Scene()\n", "a.py, line 3: TypeError: Scene.__init__() missing 1 "),
    (f"{IMPORTS}def f():\n    return Scene('m')\nf()\n", f"a.py, line 4: optimizer: None can't be used; {OPTIMIZER}"),
    (
        f"{IMPORTS}import gdviz\ngdviz.scen\n",
        "a.py, line 4: AttributeError: gdviz has no 'scen'; did you mean 'Scene'?",
    ),
    (
        f"{IMPORTS}data = Data([1, float('nan')], [1, 2])\n",
        "a.py, line 3: the data: x is nan in row 2; only finite numbers can be fitted",
    ),
    (f"{IMPORTS}Function(lambda m: m.nothing)\n", "a.py, line 3: AttributeError: "),
    (b"\x00", "a.py: "),
    (b"x = '\xff'\n", "a.py, line 1: SyntaxError: (unicode error) 'utf-8' codec"),
]


@pytest.mark.parametrize(("script", "sentence"), SCRIPTS)
def test_mistakes_in_a_script_name_their_line(file: FormOf, script: str | bytes, sentence: str) -> None:
    assert sentence_of(file("a.py", script)).startswith(sentence)


def test_a_formula_in_a_script_keeps_its_caret(file: FormOf) -> None:
    found = sentence_of(file("a.py", f'{IMPORTS}\nscene = Scene("m**2 +", GradientDescent(0.1))\n')).split("\n")
    assert found[0].startswith("a.py, line 4: ")
    assert found[1:] == ["    m**2 +", "          ^"]


def test_a_fault_of_the_library_is_not_taken_for_one_of_the_script(
    file: FormOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr("gdviz.scene._check_looks")
    with pytest.raises(NameError, match="_check_looks"):
        load(file("a.py", f"{IMPORTS}{ONE}"))


def test_a_missing_package_stays_one(file: FormOf) -> None:
    script = "from gdviz.problems import MissingPackage\nraise MissingPackage('torch', 'this', 'pip install torch')\n"
    with pytest.raises(MissingPackage, match=r"^this needs the package torch, which is not installed"):
        load(file("a.py", script))


# --- TOML --------------------------------------------------------------------------------------------------------

GOOD = f'loss = "m**2"\n{DESCENT}'
KEYS = (
    "loss, optimizer, start, steps, tolerance, runs, race, title, watch, aside, closing, theme, size, fps, "
    "pace, study, tune, inside, views, ask, fog, origin"
)
BESIDE = "allowed: a file beside the scene, or in a folder below it"
TABLES = [
    ("loss = \n", "Invalid value (at line 1, column 8)"),
    ("= 3", "Invalid statement (at line 1, column 1)"),
    ("steps = 3\n", 'loss: it is missing; give a formula, such as loss = "(m - 3)**2 + 1", or a table'),
    ('loss = "m**2"\n', f"optimizer: {MISSING}"),
    (
        f"stepz = 3\n{GOOD}",
        f"scene: 'stepz' can't be used; did you mean 'steps'? allowed: {KEYS}, hold, loop, ground, lang",
    ),
    (f"steps = 0\n{GOOD}", "steps: 0 can't be used; allowed: a whole number from 1 to 20,000"),
    (f"start = nan\n{GOOD}", "start: nan can't be used; allowed: a number, or one number for each parameter"),
    (f'start = "3"\n{GOOD}', "start: '3' can't be used; allowed: a number, or a list"),
    (f"start = true\n{GOOD}", "start: true can't be used; allowed: a number, or a list"),
    (f"title = 1979-05-27\n{GOOD}", f"title: '1979-05-27' can't be used; {SIMPLE}"),
    (f"steps = {2**64}\n{GOOD}", f"steps: 'a number of 65 bits' can't be used; {BITS}"),
    (f"steps = {'9' * 5000}\n{GOOD}", "a number has thousands of digits"),
    (f"steps = 0x{'f' * 9000}\n{GOOD}", f"steps: 'a number of 36000 bits' can't be used; {BITS}"),
    (f"start = {'[' * 900}{']' * 900}\n{GOOD}", "nested too deeply"),
    (f"start{'.a' * 400} = 3\n{GOOD}", f"start{'.a' * 6}: 'a table' can't be used; it is nested too deeply"),
    ("a" + ".a" * MOST_DOTS + ".a = 1", f"more than {MOST_DOTS} dots; a scene is a page of text"),
    (b"\xff", "not a text in UTF-8 (byte 1)"),
    (b"#" * (MOST_BYTES + 1), f"larger than {MOST_BYTES:,} bytes; a scene is a page of text"),
    (f"loss = 3\n{DESCENT}", f"loss: 3 can't be used; allowed: a table with {FORMULA_KEYS}"),
    (
        f"loss = {{}}\n{DESCENT}",
        "loss: it has no formula; allowed: a table with `formula`, with `csv`, `x` and `y`, or with `examples`",
    ),
    (f"loss = {{ formula = 3 }}\n{DESCENT}", "loss, formula: 3 can't be used; allowed: a text"),
    (f'loss = {{ formula = "m", parameters = 3 }}\n{DESCENT}', "loss, parameters: 3 can't be used; allowed: a list"),
    (f'loss = {{ formula = "m", constants = [] }}\n{DESCENT}', "loss, constants: [] can't be used; allowed: a table"),
    (
        f'loss = {{ formula = "m", regoin = [] }}\n{DESCENT}',
        f"loss: 'regoin' can't be used; did you mean 'region'? allowed: {FORMULA_KEYS}",
    ),
    (f'loss = {{ csv = "data/pairs.csv", x = "x" }}\n{DESCENT}', "loss: y is missing; a fit needs `csv`, `x` and `y`"),
    (f'loss = {{ csv = 3, x = "x", y = "y" }}\n{DESCENT}', "loss, csv: 3 can't be used; allowed: a text"),
    (
        f'loss = {{ csv = "data/pairs.csv", x = "x", y = "y", xname = 1 }}\n{DESCENT}',
        f"loss: 'xname' can't be used; did you mean 'x_name'? allowed: {LINE_KEYS}",
    ),
    (
        f'loss = {{ csv = "data/pairs.csv", x = "x", y = "y", intercept = 1 }}\n{DESCENT}',
        "loss, intercept: 1 can't be used; allowed: true, false",
    ),
    (
        f'loss = {{ csv = "data/pairs.csv", x = "x", y = "y", batch_size = true }}\n{DESCENT}',
        "loss, batch_size: true can't be used; allowed: a number",
    ),
    (
        f'loss = {{ csv = "data/pairs.csv", x = "x", y = "y", batch_size = 3 }}\n{DESCENT}',
        "batch_size: 3 can't be used; allowed: a whole number from 1 to 2, the number of pairs",
    ),
    (
        f'loss = {{ csv = "data/pairs.csv", x = "x", y = "z" }}\n{DESCENT}',
        "data/pairs.csv, line 1: there is no column 'z'; allowed: x, y",
    ),
    (csv("none.csv"), "none.csv: there is no such file"),
    (csv("data"), "loss, csv: 'data' can't be used; it is no file"),
    (csv("../data/pairs.csv"), f"loss, csv: '../data/pairs.csv' can't be used; {BESIDE}"),
    (csv("data/../../x.csv"), f"loss, csv: 'data/../../x.csv' can't be used; {BESIDE}"),
    (csv("/dev/zero"), f"loss, csv: '/dev/zero' can't be used; {BESIDE}"),
    (csv("C:/x.csv"), f"loss, csv: 'C:/x.csv' can't be used; {BESIDE}"),
    (csv(r"\\\\host\\x.csv"), rf"loss, csv: '\\\\host\\x.csv' can't be used; {BESIDE}"),
    (csv(r"a\u0000.csv"), rf"loss, csv: 'a\x00.csv' can't be used; {BESIDE}"),
    ('loss = "m**2"\noptimizer = 3\n', "optimizer: 3 can't be used; allowed: a table, or a text"),
    ('loss = "m**2"\noptimizer = "momentum"\n', "Momentum: learning_rate is missing; give a number, such as 0.1"),
    ('loss = "m**2"\noptimizer = { learning_rate = 1 }\n', f"optimizer: its `name` is missing; allowed: {METHODS}"),
    ('loss = "m**2"\noptimizer = { name = 1 }\n', "optimizer, name: 1 can't be used; allowed: a text"),
    (
        'loss = "m**2"\noptimizer = { name = "clip by norm", limit = 1, optimizer = 3 }\n',
        "optimizer: 3 can't be used; allowed: a table with `name` and settings",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "adam", learning_rate = { name = "cosine", initial = 0.1 } }\n',
        "Cosine: steps is missing; give a whole number, such as 10",
    ),
    (
        'loss = "m**2"\n[[runs]]\noptimizer = { learning_rate = 1 }\n',
        f"run 1, optimizer: its `name` is missing; allowed: {METHODS}",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "adm" }\n',
        f"optimizer: 'adm' can't be used; did you mean 'Adam'? allowed: {METHODS}",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "momentum" }\n',
        "Momentum: learning_rate is missing; give a number, such as 0.1",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "adam", momentum = 1 }\n',
        f"Adam: 'momentum' can't be used; allowed: {SETTINGS}",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "adam", learning_rate = "1" }\n',
        "Adam, learning_rate: '1' can't be used; allowed: a number above 0, or a schedule",
    ),
    (
        'loss = "m**2"\noptimizer = { name = "adam", learning_rate = -1 }\n',
        "Adam, learning_rate: -1 can't be used; allowed: a number above 0",
    ),
    ('loss = "m**2"\nruns = 3\n', "runs: 3 can't be used; allowed: a list"),
    ('loss = "m**2"\nruns = [3]\n', f"run 1: 3 can't be used; allowed: a table with {RUN_KEYS}"),
    ('loss = "m**2"\nruns = [{ label = 3 }]\n', "run 1, label: 3 can't be used; allowed: a text"),
    (f"{GOOD}[[runs]]\nsteps = true\n", "run 1, steps: true can't be used; allowed: a number"),
    (f"{GOOD}[[runs]]\nstep = 1\n", f"run 1: 'step' can't be used; did you mean 'steps'? allowed: {RUN_KEYS}"),
    (f'{GOOD}views = "contour"\n', "views: 'contour' can't be used; allowed: a list"),
    (
        f'{GOOD}views = ["contour"]\n',
        """views: 'contour' can't be used; allowed: rows of views, such as [["curve", "history"], ["rule"]]""",
    ),
    (
        f'{GOOD}views = [["kontour"]]\n',
        f"views: 'kontour' can't be used; did you mean 'Contour'? allowed: {', '.join(VIEWS)}",
    ),
    (
        f'{GOOD}views = [[{{ view = "contour", gradiant = true }}]]\n',
        "Contour: 'gradiant' can't be used; did you mean 'gradient'? allowed: gradient, fog, zoom",
    ),
    (
        f'{GOOD}views = [[{{ view = "contour", gradient = 3 }}]]\n',
        "Contour, gradient: 3 can't be used; allowed: True, False",
    ),
    (
        f'{GOOD}study = "basin"\n',
        "study: 'basin' can't be used; did you mean 'Basins'? allowed: RateStudy, PhaseMap, Basins",
    ),
    (
        f'{GOOD}study = {{ study = "basins", colums = 40 }}\n',
        "Basins: 'colums' can't be used; did you mean 'columns'? allowed: columns, rows, tolerance",
    ),
    (f"{GOOD}study = {{ columns = 40 }}\n", "study: its `study` is missing; allowed: RateStudy, PhaseMap, Basins"),
    (
        f"{GOOD}tune = {{ point = 9 }}\n",
        "Tuning: 'point' can't be used; did you mean 'points'? allowed: low, high, points, cap, target, tolerance",
    ),
    (f"{GOOD}tune = 3\n", "tune: 3 can't be used; allowed: a table, or true, false"),
]


@pytest.mark.parametrize(("toml", "sentence"), TABLES, ids=lambda given: str(given)[:30])
def test_mistakes_in_toml_name_their_key(file: FormOf, toml: str | bytes, sentence: str) -> None:
    assert sentence_of(file("a.toml", toml)) == f"a.toml: {sentence}"


def test_a_formula_in_toml_keeps_its_caret(file: FormOf) -> None:
    found = sentence_of(file("a.toml", f'loss = "__import__(1)"\n{DESCENT}')).split("\n")
    assert found[0].startswith("a.toml: ")
    assert found[1:] == ["    __import__(1)", "    ^"]


def test_a_table_needs_no_file(tmp_path: Path) -> None:
    optimizer = {"name": "Adam"}
    assert from_table({"loss": "m**2", "optimizer": optimizer}, tmp_path) == Scene("m**2", Adam(), title="")


# --- files -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.txt", "scene file: 'a.txt' can't be used; allowed: a Python script (.py) or a TOML file (.toml)"),
        ("data", "scene file: 'data' can't be used; allowed: a Python script (.py) or a TOML file (.toml)"),
        ("firts.py", f"scene file: 'firts.py' can't be used; {NO_FILE}; did you mean 'first.py'? allowed: first.py"),
        ("no/x.py", f"scene file: 'no/x.py' can't be used; {NO_FILE}"),
        ("a\0.py", rf"scene file: 'a\x00.py' can't be used; {NO_FILE}; allowed: first.py"),
        (f"{'a' * 300}.toml", f"scene file: {'a' * 300}.toml can't be read: File name too long"),
    ],
)
def test_files_that_are_no_scenes(
    file: FormOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    file("first.py", "")
    assert sentence_of(Path(name)) == sentence


def test_a_folder_of_that_name_is_no_scene(tmp_path: Path) -> None:
    (tmp_path / "a.py").mkdir()
    assert "there is no such file" in sentence_of(tmp_path / "a.py")


def test_an_optimizer_that_is_to_be_tuned_needs_no_rate(tmp_path: Path) -> None:
    path = tmp_path / "race.toml"
    race = 'loss = "m**2"\nstart = 1\nrace = ["gradient descent", "adam", { name = "ClipByNorm", limit = 1, '
    path.write_text(race + 'optimizer = { name = "momentum" } }]\ntune = true\n')
    found = [record.rate for record in load(path)["race"].tuning()]
    assert len(found) == 3
    assert None not in found
    path.write_text(path.read_text().replace("tune = true", "tune = false"))
    with pytest.raises(BadInput, match=r"GradientDescent: learning_rate is missing; give a number, such as 0\.1$"):
        load(path)
