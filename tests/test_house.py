"""The house keeps its plan: who may import whom, what `import gdviz` costs, and that every public name is explained."""

import ast
import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import gdviz

ROOT = Path(gdviz.__file__).parent
HEAVY = ("numpy", "matplotlib", "sympy", "imageio", "PIL", "tqdm", "torch", "jax", "optax", "keras", "scipy")
NAMELESS = {"utils", "util", "helpers", "helper", "misc", "common", "core", "base"}

NOUNS = ("descent.dataset", "descent.loss", "descent.network", "descent.story", "descent.trajectory")
NOUNS += ("descent.training_run",)
SCENE = (*NOUNS, "descent.costs", "descent.data", "descent.fits", "descent.formula", "descent.logistic")
SCENE += ("descent.learning_rate", "descent.optimizers", "descent.places", "descent.surfaces")
MEASURED = ("descent.critical", "descent.digits", "descent.lingering", "descent.standing", "descent.verdict")
MEASURED += ("descent.planes",)
FOUND = "descent.findings"
SPOKEN = ("words", "languages.breaks")
STUDIES = (FOUND, "descent.basins", "descent.phase_map", "descent.rate_study", "descent.tuning")
VIEWS = ("picture.grounding", "picture.panels", "picture.rows", "picture.suitable", "picture.theme", "picture.view")
NOTEBOOK = ("descent.optimizers", "descent.story", "descent.trajectory", "descent.walk", "picture.grounding")
LISTED = ("descent.formula", "descent.optimizers", "descent.schedules", "descent.surfaces", "picture.theme")
LISTED += ("descent.recorded", "descent.training_run", "film.formats", "film.sizes", "film.writable")

# what is printed is drawn anew: moments of a story, by its views, at the size that they have on paper
PAPER = ("descent.story", "pace", "naming", "picture*", "words", "problems")

# Who may import what, the first pattern that fits; names are without "gdviz.", and "" is the front door.
LAW: list[tuple[str, tuple[str, ...]]] = [
    ("problems", ()),
    # a script that Python runs is told of its problems by the front door
    ("uncaught", ("problems",)),
    ("languages*", ("languages*",)),
    ("words", ("languages*", "problems")),
    # a trajectory saves itself by the front door, as a scene renders itself: how files are written is film's alone
    ("descent.trajectory", ("descent*", "problems", "")),
    ("descent*", ("descent*", "problems")),
    ("film*", ("film*", "problems")),
    # what runs are called wherever they are told of
    ("naming", (*NOUNS, *SPOKEN)),
    # what a story is measured by, the same in every view: digits, standings, verdicts, critical points, stays,
    # findings, planes
    ("picture*", ("picture*", *NOUNS, *MEASURED, FOUND, "descent.places", *SPOKEN, "naming", "problems")),
    ("train", ("descent.optimizers*", "problems")),
    ("telling", (*NOUNS, "descent.critical", "descent.digits", "descent.events", "descent.lingering", "words")),
    ("commentary", (*NOUNS, FOUND, "descent.digits", "descent.lingering", "descent.standing", "naming", "words")),
    ("account", (*NOUNS, "descent.digits", "commentary", "pace", "naming", "telling", "words")),
    ("digest", ()),
    ("pace", (*NOUNS, "descent.events", "commentary", "telling", "words")),
    ("staging", (*SCENE, *STUDIES, "descent.stepper", "picture.theme", "commentary", "words")),
    # the views that a scene names, and whether they suit its loss
    ("scene", (*SCENE, *STUDIES, "descent.stepper", *VIEWS, "pace", "staging", "words", "problems", "")),
    (
        "scenefile*",
        ("scenefile*", "scene", *SCENE, *STUDIES, "descent.recorded", "descent.schedules", *VIEWS, "problems"),
    ),
    # trajectories as files: the columns are descent's, the safety of writing is film's
    ("records", (*NOUNS, "descent.columns", "descent.table_writing", "film.film", "film.landing", "problems")),
    # a training run is recorded as it goes, and stored as safely as a film; checkpoints are recorded one by one
    (
        "recorder",
        (
            *("descent.adapters.borrowed", "descent.models", "descent.projection", "descent.settings"),
            *("descent.table", "descent.table_writing", "descent.training_run", "film.film", "film.landing"),
            *("film.sizes", "problems"),
        ),
    ),
    ("checkpoint_folder", ("descent.models", "descent.training_run", "recorder", "problems")),
    ("footage", ("scene", "account", "digest", "pace", "words", *NOUNS, "picture*", "film*", "problems")),
    # what a film gives up to be small
    ("fitting", ("footage", "scene", "film.sizes", "problems")),
    # documents get footage, and write as safely as films
    # what a student may change is computed beforehand, and drawn on the axes of the film
    (
        "publish.explorable",
        (*NOUNS, "descent.digits", "descent.exploration", "descent.verdict", "footage", "picture.scales", "words"),
    ),
    # a page has the colours of its film, and says which step is shown
    (
        "publish.page",
        ("publish*", "descent.story", "film*", "footage", "picture.grounding", "picture.theme", "words"),
    ),
    ("publish.notebook", (*NOTEBOOK, "account", "fitting", "footage", "scene", "words", "problems")),
    ("publish.latex", ("publish.paper", "publish.tex_text", "publish.wishes", "account", "film*", "footage", *PAPER)),
    (
        "publish.contact_sheet",
        ("publish.cards", "publish.paper", "publish.wishes", "account", "film*", "footage", "scene", *PAPER),
    ),
    # which step a part of a film makes is said by the phases of its moments
    ("publish.slides", ("publish.wishes", "account", "descent.story", "film.film", "footage", "words")),
    ("publish*", ("publish*", "account", "film*", "footage", "records", "scene", *SPOKEN, "problems")),
    (
        "renderer",
        (
            *("scene", "scenefile.script", "fitting", "footage", "film*", "picture.compositor", "picture.grounding"),
            *("publish*", "words", "problems"),
        ),
    ),
    # questions for paper: moments of a story, drawn by its views, with what is told of them
    ("worksheets", ("scene", "telling", *SPOKEN, *NOUNS, "descent.digits", "picture*", "film.landing", "problems")),
    (
        "surface_gallery",
        (
            "descent.surfaces",
            "picture.glyph_check",
            "picture.miniature",
            "words",
            "picture.theme",
            "film.film",
            "film.landing",
            "problems",
        ),
    ),
    # the command line lists what there is, and checks the names of files before anything heavy is loaded
    (
        "cli*",
        (
            "cli*",
            "checkpoint_folder",
            "fitting",
            "renderer",
            "scene",
            "scenefile*",
            "surface_gallery",
            "words",
            "worksheets",
            "publish*",
            "problems",
            *LISTED,
            "",
        ),
    ),
    ("__main__", ("cli",)),
]


def modules() -> dict[str, Path]:
    """Every module of gdviz by its name without the package: `descent.loss`, `film`; the front door is ""."""
    paths = sorted(ROOT.rglob("*.py"))
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix("__init__").strip("."): path
        for path in paths
    }


MODULES = modules()


def statements(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those for type checkers alone: what is never run can't break the plan."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        yield node
        yield from statements(node)


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The modules of gdviz that a file imports, at its top or within a function; every file is read once."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in statements(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (inner(alias.name) for alias in node.names if is_ours(alias.name))
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if is_ours(node.module or ""):
                package = inner(node.module or "")
                for alias in node.names:
                    within = f"{package}.{alias.name}".strip(".")
                    yield within if within in MODULES else package


def is_ours(name: str) -> bool:
    return name.partition(".")[0] == "gdviz"


def inner(name: str) -> str:
    return name.removeprefix("gdviz").removeprefix(".")


def allowed_for(module: str) -> tuple[str, ...]:
    return next(allowed for pattern, allowed in LAW if fnmatchcase(module, pattern))


@pytest.mark.parametrize("module", [name for name in MODULES if name])
def test_every_module_imports_only_what_the_plan_allows(module: str) -> None:
    for imported in imports(MODULES[module]):
        assert imported in MODULES, f"{module} imports {imported}, which does not exist"
        assert any(fnmatchcase(imported, pattern) for pattern in allowed_for(module)), f"{module} imports {imported}"


def test_every_row_of_the_law_is_about_something() -> None:
    for pattern, _ in LAW:
        assert any(fnmatchcase(module, pattern) for module in MODULES), pattern


def test_nothing_imports_the_command_line_but_its_door() -> None:
    others = {module: path for module, path in MODULES.items() if module.partition(".")[0] != "cli"}
    found = {module: name for module, path in others.items() for name in imports(path) if name.startswith("cli")}
    assert found == {"__main__": "cli"}


def test_there_are_no_cycles_even_within_functions() -> None:
    graph = {module: {name for name in imports(path) if name} - {module} for module, path in MODULES.items() if module}
    list(TopologicalSorter(graph).static_order())  # raises CycleError


@pytest.mark.parametrize("room", ["descent", "film"])
def test_rooms_keep_out_what_is_not_theirs(room: str) -> None:
    strangers = {"descent": {"matplotlib", "imageio", "PIL", "time"}, "film": {"matplotlib"}}[room]
    for path in (ROOT / room).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found = {alias.name for node in statements(tree) if isinstance(node, ast.Import) for alias in node.names}
        found |= {node.module or "" for node in statements(tree) if isinstance(node, ast.ImportFrom)}
        assert not {name.partition(".")[0] for name in found} & strangers, path.name


def test_drawing_uses_no_global_state_of_matplotlib() -> None:
    for path in ROOT.rglob("*.py"):
        assert not {"pyplot", "rcParams"} & set(names(path)), path.name


def names(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield name
            case ast.alias(name=name):
                yield name.rpartition(".")[2]


def test_every_file_is_named_after_its_idea() -> None:
    assert not {part for module in MODULES for part in module.split(".")} & NAMELESS


# ---- public names ----


def checked_names() -> dict[str, str]:
    """The names of the `TYPE_CHECKING` block of `gdviz/__init__.py`, with their homes, in its order."""
    tree = ast.parse(MODULES[""].read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    found = [(node.module, alias) for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names]
    assert all(alias.asname == alias.name for _, alias in found)
    return {alias.name: str(module) for module, alias in found}


def test_public_names_are_sorted_and_the_same_everywhere() -> None:
    assert gdviz.__all__ == sorted(gdviz.__all__)
    assert list(gdviz._HOMES) == sorted(gdviz._HOMES)
    assert checked_names() == gdviz._HOMES
    assert set(gdviz.__all__) <= set(dir(gdviz))


def test_every_public_name_is_there_and_explained() -> None:
    for name in gdviz.__all__:
        value = getattr(gdviz, name)
        assert inspect.getdoc(value), name
        assert value.__name__.rpartition(".")[2] == name
        assert inspect.ismodule(value) or getattr(importlib.import_module(gdviz._HOMES[name]), name) is value


def test_every_optimizer_is_public() -> None:
    from gdviz.descent.optimizers import OPTIMIZERS

    assert set(OPTIMIZERS) <= set(gdviz.__all__)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(
        AttributeError, match=r"^gdviz has no 'adam'; did you mean 'Adam'\? allowed: ASGD, About, AdaBelief, "
    ):
        gdviz.adam  # noqa: B018


@pytest.mark.parametrize("module", [name for name in MODULES if "__main__" not in name])
def test_whatever_is_public_has_a_docstring(module: str) -> None:
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    assert ast.get_docstring(tree), module
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name[0] != "_"]
    owners: list[ast.Module | ast.ClassDef] = [tree, *classes]
    for owner in owners:
        for node in owner.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                assert ast.get_docstring(node), f"{module}.{node.name}"


# ---- what a start costs ----


def loaded(*arguments: str) -> list[str]:
    """The heavy packages that a fresh interpreter has loaded at the end."""
    listing = (
        f"import sys, json; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]), file=sys.stderr)"
    )
    script = f"import atexit; atexit.register(lambda: exec({listing!r}, {{}}))\n" + "\n".join(arguments)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    found: list[str] = json.loads(done.stderr.splitlines()[-1])
    return found


def test_importing_gdviz_loads_nothing_heavy() -> None:
    assert loaded("import gdviz; dir(gdviz); gdviz.__version__") == []
    assert "numpy" in loaded("import gdviz; gdviz.Adam")  # the measure itself works


def test_help_loads_nothing_heavy() -> None:
    for verb in ([], ["render"]):
        assert (
            loaded("import sys", f"sys.argv = ['gdviz', *{verb}, '--help']", "from gdviz.cli import main; main()") == []
        )


def test_a_formula_and_its_film_need_no_sympy() -> None:
    assert "sympy" not in loaded("import gdviz; gdviz.Formula('(m - 3)**2').about; import gdviz.renderer")
