"""Trajectories as files: they come back bit for bit, others read them, and runs recorded elsewhere are filmed."""

import csv
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import gdviz
from gdviz import (
    Adam,
    Data,
    Formula,
    GradientDescent,
    Line,
    Method,
    Momentum,
    Recorded,
    Run,
    Scene,
    Trajectory,
    TrialAndError,
    load_trajectories,
    load_trajectory,
    write_record,
)
from gdviz.cli import main
from gdviz.descent import table, table_writing
from gdviz.descent.columns import tabled
from gdviz.descent.loss import About, Array
from gdviz.descent.stepper import descend
from gdviz.descent.trajectory import Ending, How
from gdviz.problems import BadData, BadInput, BadScene
from gdviz.renderer import prepare
from gdviz.scenefile.table import from_table

ENDS = (".csv", ".json", ".npz")
PARABOLA = "(m - 3)**2 + 1"
PARTS = ("at", "params", "loss", "gradient", "evaluations", "step")
RUN = "m,loss\n-2,26\n0,10\n2,2\n2.5,1.25\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, in use."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def assert_same(found: Trajectory, path: Trajectory) -> None:
    """Every number to the bit; of NaNs there is one."""
    for part in PARTS:
        assert_same_bits(getattr(found, part), getattr(path, part), part)
    assert found.terms.keys() == path.terms.keys()
    for name in path.terms:
        assert_same_bits(found.terms[name], path.terms[name], name)
    for field in ("name", "rule", "names", "ends", "sees_gradient", "shapes"):
        assert getattr(found, field) == getattr(path, field), field


def assert_same_bits(found: np.ndarray, wanted: np.ndarray, what: str) -> None:
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), what
    if wanted.dtype == np.float64:
        found, wanted = (np.where(np.isnan(array), np.nan, array) for array in (found, wanted))
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(wanted).tobytes(), what


# ---- out and in again ----

FINITE = st.floats(allow_nan=False, allow_infinity=False)
NAMES = st.text("abcxyzμ_ ,.\"'\n", min_size=1, max_size=6).filter(lambda name: name == name.strip())


@st.composite
def trajectories(draw: st.DrawFn) -> Trajectory:
    """A trajectory of any numbers, shapes and words."""
    names = tuple(draw(st.lists(NAMES, min_size=1, max_size=3, unique=True)))
    shapes = tuple(draw(st.sampled_from([(), (), (1,), (2, 2)])) for _ in names)
    steps, runs = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    dim = sum(int(np.prod(shape)) for shape in shapes)
    at = np.concatenate([[0], np.cumsum(draw(st.lists(st.integers(1, 9), min_size=steps, max_size=steps)))])

    def numbers(*shape: int, elements: st.SearchStrategy[float] = FINITE) -> Array:
        found: Array = draw(hnp.arrays(np.float64, shape, elements=elements))
        return found

    terms = {name: numbers(steps, runs, dim, elements=st.floats()) for name in draw(st.sets(NAMES, max_size=2))}
    # A term that is nowhere a number is none that the method has.
    terms = {name: term for name, term in terms.items() if not np.isnan(term).all()}
    if draw(st.booleans()):
        terms["learning_rate"] = np.broadcast_to(numbers(1), (steps, runs, dim))
    how = st.builds(Ending, st.sampled_from(How), st.integers(0, int(at[-1])))
    return Trajectory(
        name=draw(NAMES),
        rule=draw(st.just("") | NAMES),
        names=names,
        at=at,
        params=numbers(steps + 1, runs, dim),
        loss=numbers(steps + 1, runs),
        gradient=numbers(steps + 1, runs, dim),
        evaluations=np.cumsum(np.ones((steps + 1, runs), dtype=np.int64), axis=0),
        step=numbers(steps, runs, dim),
        terms=terms,
        ends=tuple(draw(how) for _ in range(runs)),
        sees_gradient=draw(st.booleans()),
        shapes=shapes,
    )


@given(path=trajectories(), end=st.sampled_from(ENDS))
@settings(max_examples=60, deadline=None)
def test_every_trajectory_comes_back_bit_for_bit(
    tmp_path_factory: pytest.TempPathFactory, path: Trajectory, end: str
) -> None:
    file = tmp_path_factory.mktemp("run") / f"run{end}"
    content = table_writing.WRITERS[end](*tabled([path]))
    assert content == table_writing.WRITERS[end](*tabled([path]))
    file.write_bytes(content)
    assert_same(load_trajectory(file), path)


def descents() -> list[Trajectory]:
    """Real ones: one run, many at once, thinned out, diverged, out of the domain, without a slope, with matrices."""
    return [
        Momentum(0.1).minimize(PARABOLA, start=-2.4, steps=30),
        Adam(0.1).minimize("x**2 + 3*y**2", start=[[1.0, 2.0], [-1.0, 1e-200], [0.1, 0.1]], steps=9),
        descend(Formula(PARABOLA), GradientDescent(0.1), [[1.0], [2.0]], steps=25, every=4),
        GradientDescent(1.2).minimize("m**4", start=1.5, steps=30),
        GradientDescent(2.0).minimize("log(m) + m", start=0.5, steps=30),
        TrialAndError(0.5).minimize(PARABOLA, start=-2.4, steps=9),
        GradientDescent(0.1).minimize(Packed(), start=[1.0, 2.0, 3.0, 4.0, 5.0], steps=3),
    ]


class Packed:
    """Half the square of a number and a matrix `(2, 2)`, the number last."""

    about = About(names=("W", "b"), shapes=((2, 2), ()))

    def __call__(self, points: Array) -> tuple[Array, Array]:
        return self.value(points), points

    def value(self, points: Array) -> Array:
        found: Array = (points**2).sum(axis=-1) / 2
        return found

    def hessian(self, points: Array) -> None:  # noqa: ARG002 - not known
        return None

    def at(self, step: int) -> "Packed":  # noqa: ARG002 - the same at every step
        return self


@pytest.mark.parametrize("end", ENDS)
def test_descents_are_saved_and_loaded(here: Path, end: str) -> None:
    for path in descents():
        path.save(f"run{end}")
        assert_same(load_trajectory(f"run{end}"), path)
    assert [file.name for file in here.iterdir()] == [f"run{end}"]


@pytest.mark.parametrize("end", ENDS)
def test_the_runs_of_a_race_keep_their_own_terms(here: Path, end: str) -> None:
    story = Scene(
        "x**2 + 3*y**2", race=[Adam(0.1), Momentum(0.02), Run(optimizer=Adam(0.2), steps=7)], start=[1, 2]
    ).story()
    made = write_record(story, f"race{end}")
    assert (made.path, made.format, made.bytes) == (
        Path(f"race{end}"),
        end[1:].upper(),
        (here / f"race{end}").stat().st_size,
    )
    found = load_trajectories(f"race{end}")
    assert len(found) == len(story.runs)
    for one, run in zip(found, story.runs, strict=True):
        assert_same(one, run)
    with pytest.raises(BadData) as problem:
        load_trajectory(f"race{end}")
    assert str(problem.value) == f"race{end}: runs 1 and 2 differ in their method; use load_trajectories"


def test_other_programs_read_them(here: Path) -> None:
    path = Momentum(0.1).minimize(PARABOLA, start=-2.4, steps=5)
    for end in ENDS:
        path.save(f"run{end}")
    with (here / "run.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    columns = (
        "step,run,m,loss,gradient[m],step[m],evaluations,term learning_rate,term momentum,term velocity,term gradient"
    )
    assert list(rows[0]) == [*columns.split(","), "method", "rule", "asks_for", "ending"]
    assert [float(row["m"]) for row in rows] == path.params[:, 0, 0].tolist()
    assert [row["step[m]"] for row in rows][-1] == ""
    assert (rows[0]["method"], rows[0]["ending"], rows[1]["method"]) == ("momentum", "ran out of steps after 5", "")
    found = json.loads((here / "run.json").read_text(), parse_constant=pytest.fail)
    assert found["loss"] == path.loss[:, 0].tolist()
    assert found["step[m]"] == [*path.step[:, 0, 0].tolist(), None]
    with np.load(here / "run.npz", allow_pickle=False) as arrays:
        assert arrays["m"].tolist() == path.params[:, 0, 0].tolist()
        assert arrays["method"].tolist() == ["momentum"]


def test_json_says_what_it_has_no_number_for(here: Path) -> None:
    path = GradientDescent(1.0).minimize(PARABOLA, start=1.0, steps=1)
    odd = np.array([np.inf, -np.inf, np.nan])[:, None, None]
    terms = {name: odd[k : k + 1] for k, name in enumerate(("up", "down", "none"))}
    two = gdviz.Trajectory(**{**vars(path), "terms": terms})
    two.save("run.json")
    found = json.loads((here / "run.json").read_text(), parse_constant=pytest.fail)
    assert [found[f"term {name}"] for name in terms] == [["inf", None], ["-inf", None], ["nan", None]]


def test_equal_runs_are_equal_bytes_at_any_time(here: Path) -> None:
    for end in ENDS:
        for name in ("one", "two"):
            Adam(0.1).minimize(PARABOLA, start=-2.4, steps=9).save(f"{name}{end}")
        assert (here / f"one{end}").read_bytes() == (here / f"two{end}").read_bytes()
    with zipfile.ZipFile("one.npz") as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_what_can_t_be_written_is_told(here: Path) -> None:
    path = GradientDescent(0.1).minimize(PARABOLA, start=-2.4, steps=3)
    other = GradientDescent(0.1).minimize("b**2", start=1, steps=3)
    odd = gdviz.Trajectory(**{**vars(path), "terms": {"a[b]": path.step}})
    taken = GradientDescent(0.1).minimize("loss**2", start=1, steps=3)
    others = "step, run, loss, evaluations, params, method, rule, asks_for, ending"
    refused: list[tuple[Any, str, str]] = [
        (path, "run.xlsx", "output: 'run.xlsx' can't be used; its end must say the format; allowed: .csv, .json, .npz"),
        (path, "run", "output: 'run' can't be used; its end must say the format; allowed: .csv, .json, .npz"),
        ([], "run.csv", "trajectories: [] can't be used; allowed: at least one"),
        (
            [path, other],
            "run.csv",
            "parameters: ('b',) can't be used; allowed in one table: the same in all runs, ('m',)",
        ),
        (odd, "run.csv", "term: 'a[b]' can't be used; allowed in a table: a name without brackets or spaces around it"),
        (
            taken,
            "run.npz",
            f"parameter: 'loss' can't be used; a table has other columns called {others}, and some with brackets, "
            "digits or `term`; allowed: another name",
        ),
    ]
    for told, name, sentence in refused:
        with pytest.raises(BadScene) as problem:
            write_record(told, name)
        assert str(problem.value) == sentence
    assert not list(here.iterdir())
    (here / "folder.csv").mkdir()
    with pytest.raises(BadScene, match=r"output: 'folder\.csv' can't be used; it is a folder; give a file name$"):
        path.save("folder.csv")


# ---- runs recorded elsewhere ----


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("end", ENDS)
def test_a_recorded_run_goes_where_it_went(end: str) -> None:
    """Places, losses, evaluations and terms, and how it ended, within a rounding of each place."""
    losses = [PARABOLA, "x**2 + 3*y**2", PARABOLA, "m**4"]
    paths = [
        Momentum(0.1).minimize(PARABOLA, start=-2.4, steps=30),
        Adam(0.1).minimize("x**2 + 3*y**2", start=[1.0, 2.0], steps=9),
        TrialAndError(0.5).minimize(PARABOLA, start=-2.4, steps=9),
        GradientDescent(1.2).minimize("m**4", start=1.5, steps=30),
    ]
    for loss, path in zip(losses, paths, strict=True):
        path.save(f"run{end}")
        found = Recorded(f"run{end}").minimize(loss, tolerance=0)
        np.testing.assert_array_almost_equal_nulp(found.params, path.params, 1)
        assert (found.evaluations == path.evaluations).all()
        assert (found.name, found.rule, found.sees_gradient) == (path.name, "", path.sees_gradient)
        assert found.ends[0].diverged == path.ends[0].diverged
        assert found.ends[0].step == path.ends[0].step
        for name in path.terms:
            assert_same_bits(found.terms[name], path.terms[name], name)


@pytest.mark.usefixtures("here")
def test_a_run_that_left_the_domain_ends_where_it_was_last_seen() -> None:
    path = GradientDescent(0.3).minimize("sqrt(m)", start=0.5, steps=30)
    assert path.ends[0] == Ending(How.LEFT_DOMAIN, 3)
    path.save("run.csv")
    found = Recorded("run.csv").minimize("sqrt(m)", steps=30, tolerance=0)
    assert found.params.tolist() == path.params[:3].tolist()
    assert found.ends[0] == Ending(How.STOPPED, 2)


@pytest.mark.usefixtures("here")
def test_the_three_formats_are_one_recording() -> None:
    for end in ENDS:
        Adam(0.1).minimize("x**2 + 3*y**2", start=[1.0, 2.0], steps=9).save(f"run{end}")
    runs = [Recorded(f"run{end}") for end in ENDS]
    assert len(set(runs)) == 1
    assert len({run.digest for run in runs}) == 1
    other = Adam(0.11).minimize("x**2 + 3*y**2", start=[1.0, 2.0], steps=9)
    other.save("run.csv")
    assert Recorded("run.csv") != runs[0]
    assert repr(runs[0]) == "Recorded(path='run.csv', name='Adam', run=1, every=1, tolerance=0.001)"


FOREIGN: list[tuple[str, str | dict[str, Any]]] = [
    ("plain.csv", RUN),
    ("alone.csv", "m\n-2\n0\n2\n2.5\n"),
    ("marked.csv", "\ufeffnote, m ,step\r\nstart,-2,0\r\n\r\n,0,10\r\n,2,20\r\nend,2.5,30\r\n"),
    ("columns.json", '{"m": [-2, 0, 2, 2.5], "loss": [26, 10, 2, 1.25], "note": ["a", 1, null, {}], "lr": 0.1}'),
    ("rows.json", '[{"m": -2, "loss": 26}, {"m": 0, "loss": 10}, {"m": 2, "loss": null}, {"m": 2.5, "loss": 1.25}]'),
    ("named.npz", {"m": np.array([-2, 0, 2, 2.5], dtype=np.float32), "loss": [26.0, 10, 2, 1.25], "lr": 0.1}),
    ("packed.npz", {"params": [[-2.0], [0], [2], [2.5]]}),
]


def put(name: str, content: str | bytes | dict[str, Any]) -> str:
    """Write a file that a stranger may have written."""
    if isinstance(content, dict):
        np.savez(name, **content)
    else:
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    return name


@pytest.mark.parametrize(("name", "content"), FOREIGN)
@pytest.mark.usefixtures("here")
def test_a_table_of_another_tool_is_filmed(name: str, content: str | dict[str, Any]) -> None:
    scene = Scene(PARABOLA, Recorded(put(name, content)), title="")
    (path,) = scene.story().runs
    assert scene.steps == 3
    assert path.params[:, 0, 0].tolist() == [-2, 0, 2, 2.5]
    assert path.loss[:, 0].tolist() == [26, 10, 2, 1.25]
    assert path.gradient[:, 0, 0].tolist() == [-10, -6, -2, -1]
    assert path.step[:, 0, 0].tolist() == [2, 2, 0.5]
    assert path.evaluations[:, 0].tolist() == [0, 1, 2, 3]
    assert (path.name, path.rule) == (Path(name).stem, "")


@pytest.mark.usefixtures("here")
def test_its_film_is_named_and_shows_the_step() -> None:
    scene = Scene(PARABOLA, Recorded(put("run.csv", RUN), name="My tool"), title="", size=(640, 360), pace=1)
    film = prepare(scene, ["film.gif"])
    film.compositor.frame(film.shots[len(film.shots) // 2].moment)
    words = [getattr(artist, "words", "") for view in film.compositor.views for artist in view.artists]
    assert {"My tool", "step", "new m"} <= set(words)
    assert "learning rate" not in words
    assert [one.format for one in scene.render("film.gif", "again.csv")] == ["GIF", "CSV"]
    assert load_trajectory("again.csv").params[:, 0, 0].tolist() == [-2, 0, 2, 2.5]


def test_trajectories_of_the_reference_are_filmed(here: Path, reference: Path) -> None:
    """Runs that other libraries made: where they say they were, and what they say the loss was."""
    files = [
        "torch__Adam__default_lr0.1__beale.json",
        "optax__lion__default_lr0.05__doublewell.json",
        "tf1__*__quadratic.json",
        "keras__Adam__amsgrad__rosenbrock.json",
        "torch__SGD__*__doublewell.json",
    ]
    found = [min(reference.glob(f"trajectories/{name}"), default=None) for name in files]
    cases = [json.loads(path.read_text()) for path in found if path is not None]
    assert len(cases) >= 3
    for case in cases:
        assert_follows(here, case)


@pytest.mark.slow
def test_all_trajectories_of_the_reference_are_gone_through(here: Path, reference: Path) -> None:
    cases = [json.loads(path.read_text()) for path in sorted(reference.glob("trajectories/*.json"))]
    cases = [case for case in cases if case["kind"] == "optimizer"]
    assert len(cases) > 500
    for case in cases:
        assert_follows(here, case)


def assert_follows(folder: Path, case: dict[str, Any]) -> None:
    places = np.array(case["positions"], dtype=np.float64).reshape(len(case["losses"]), -1)
    losses = np.array(case["losses"], dtype=np.float64)
    if not (np.isfinite(places).all() and np.isfinite(losses).all()):
        return
    with (folder / "run.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*case["variables"], "loss"])
        writer.writerows(zip(*places.T.tolist(), losses.tolist(), strict=True))
    loss = Formula(case["formula"], parameters=case["variables"])
    scene = Scene(loss, Recorded(folder / "run.csv", name=case["optimizer"], tolerance=1e-9), title="")
    (path,) = scene.story().runs
    last = min(len(path.at), len(places)) - 1
    assert last == len(places) - 1 or not np.abs(path.step[-1]).any(), case["id"]
    assert np.abs(path.params[: last + 1, 0] - places[: last + 1]).max() <= 1e-12 * max(1, np.abs(places).max())
    np.testing.assert_allclose(path.loss[: last + 1, 0], losses[: last + 1], rtol=1e-9, atol=1e-9)


# ---- which of its steps, and which of its runs ----


@pytest.mark.usefixtures("here")
def test_a_recording_goes_to_its_end_unless_steps_are_given() -> None:
    path = Momentum(0.1).minimize(PARABOLA, start=-2.4, steps=60, tolerance=0)
    path.save("run.csv")
    assert Scene(PARABOLA, Recorded("run.csv")).steps == 60
    assert Scene(PARABOLA, Recorded("run.csv")).story().runs[0].ends[0] == Ending(How.RAN_OUT, 60)
    assert len(Scene(PARABOLA, Recorded("run.csv"), steps=7).story().runs[0].at) == 8
    assert Scene(PARABOLA, Recorded("run.csv"), steps=99).story().runs[0].ends[0] == Ending(How.STOPPED, 60)
    race = Scene(PARABOLA, race=[Recorded("run.csv"), Run(optimizer=Adam(0.1), start=-2.4)])
    assert [len(run.at) for run in race.story().runs] == [61, 61]
    assert Scene(PARABOLA, GradientDescent(0.1)).steps == 25


@pytest.mark.usefixtures("here")
def test_every_takes_several_steps_as_one_and_keeps_the_last() -> None:
    path = GradientDescent(0.01).minimize(PARABOLA, start=-2.4, steps=25, tolerance=0)
    for end in ENDS:
        path.save(f"run{end}")
        found = Recorded(f"run{end}", every=10).minimize(PARABOLA, tolerance=0)
        places = path.params[[0, 10, 20, 25]]
        np.testing.assert_array_almost_equal_nulp(found.params, places, 1)
        assert found.evaluations[:, 0].tolist() == [0, 10, 20, 25]


@pytest.mark.usefixtures("here")
def test_one_file_holds_several_runs() -> None:
    scene = Scene(PARABOLA, race=[GradientDescent(0.1), Adam(0.2)], start=-2.4, steps=9)
    for end in ENDS:
        scene.render(f"race{end}")
        runs = Recorded.all_of(f"race{end}")
        assert [(run.run, run.name, run.lasts) for run in runs] == [(1, "gradient descent", 9), (2, "Adam", 9)]
        again = Scene(PARABOLA, race=runs).story()
        for one, other in zip(again.runs, scene.story().runs, strict=True):
            np.testing.assert_array_almost_equal_nulp(one.params, other.params, 1)
    put("mixed.csv", "run,m\n7,1\n3,5\n7,2\n3,4\n")
    seven, three = Recorded.all_of("mixed.csv")
    assert [(run.run, run.name) for run in (seven, three)] == [(7, "mixed 7"), (3, "mixed 3")]
    assert three.minimize(PARABOLA, tolerance=0).params[:, 0, 0].tolist() == [5, 4]


@pytest.mark.usefixtures("here")
def test_matrices_are_found_by_their_cells() -> None:
    put("run.csv", 'b,"W[0,0]","W[0,1]","W[1,0]","W[1,1]"\n5,1,2,3,4\n4,0,1,2,3\n')
    put("run.json", '{"W": [[[1, 2], [3, 4]], [[0, 1], [2, 3]]], "b": [5, 4]}')
    put("run.npz", {"params": [[1.0, 2, 3, 4, 5], [0, 1, 2, 3, 4]]})
    for end in ENDS:
        path = Recorded(f"run{end}").minimize(Packed(), tolerance=0)
        assert path.params[:, 0].tolist() == [[1, 2, 3, 4, 5], [0, 1, 2, 3, 4]]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("cell", ["9" * 5000, ",".join("0" * 70)], ids=["huge", "deep"])
def test_a_name_that_only_looks_like_a_cell_is_a_name(cell: str) -> None:
    put("run.csv", f'm,"W[{cell}]"\n-2,1\n-1,2\n')
    assert list(table.read_csv(Path("run.csv")).columns) == ["m", f"W[{cell}]"]


@pytest.mark.usefixtures("here")
def test_rows_at_the_end_that_are_no_numbers_are_a_run_that_diverged() -> None:
    run = Recorded(put("run.csv", "m,loss\n1.5,5.0625\n-14.7,46694.8881\ninf,inf\nnan,nan\n"))
    path = Scene("m**4", run, title="").story().runs[0]
    assert path.ends[0] == Ending(How.OVERFLOWED, 2)
    assert path.params[:, 0, 0].tolist() == [1.5, -14.7, -14.7]


def test_the_loss_of_a_mini_batch_may_be_that_of_the_batch_or_of_all_data(here: Path) -> None:
    line = Line(Data([1, 2, 3, 4], [2, 1, 5, 3]), batch_size=2, seed=3)
    scene = Scene(line, GradientDescent(0.02), start=0, steps=6, tolerance=0)
    write_record(descend(line, GradientDescent(0.02), 0.0, steps=6, tolerance=0), "batch.csv")
    write_record(scene.story(), "all.csv")
    assert (here / "batch.csv").read_text() != (here / "all.csv").read_text()
    for name in ("batch.csv", "all.csv"):
        run = Scene(line, Recorded(name), title="").story().runs[0]
        np.testing.assert_array_almost_equal_nulp(run.params, scene.story().runs[0].params, 1)


def test_of_a_long_file_only_what_is_kept_takes_memory(here: Path) -> None:
    with (here / "long.csv").open("w") as file:
        file.write("m,loss\n")
        file.writelines(f"{m},{(m - 3) ** 2 + 1}\n" for m in (k / 1e5 for k in range(100_001)))
    tracemalloc.start()
    try:
        run = Recorded("long.csv", every=1000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert run.lasts == 100
    assert peak < 1e6  # the file has 3 MB, and as rows of texts it would take 20


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    "content",
    [
        "m;loss\n-2;26\n0;10\n2;2\n2,5;1,25\n",
        "\ufeffm;loss\r\n-2;26\r\n0;10\r\n2;2\r\n2,5e0; 1,25 \r\n",
        "m;loss\n-2;26\n0;10\n2;2\n2.5;1.25\n",
        '"m";loss;"a, note"\n-2;26;\n0;10;\n2;2;\n,25e1;1,25;"1,2"\n',
    ],
)
def test_a_spreadsheet_with_decimal_commas_is_read(content: str) -> None:
    put("a.csv", RUN)
    put("b.csv", content)
    ours, theirs = (Scene(PARABOLA, Recorded(name)).story().runs[0] for name in ("a.csv", "b.csv"))
    assert theirs.params.tolist() == ours.params.tolist()


@pytest.mark.usefixtures("here")
def test_a_matrix_keeps_its_commas_between_semicolons() -> None:
    put("a.csv", "W[0,0];W[0,1];run\n0,5;1;1\n0,25;2;1\n")
    assert table.read_csv(Path("a.csv"), by="run").column("W").tolist() == [[[0.5, 1.0]], [[0.25, 2.0]]]


# ---- what can't be used ----


def refusal(make: Callable[[], object]) -> str:
    with pytest.raises(BadInput) as problem:
        make()
    return str(problem.value)


READ: list[tuple[str, str | bytes | dict[str, Any], str]] = [
    ("a.csv", "", "a.csv: the file is empty; its first line must name the columns"),
    (
        "a.csv",
        "m;loss\n-2;26\n0,5;1.234\n",
        "a.csv, line 3: 0,5 in line 3 has a decimal comma, and 1.234 in line 3 a point; write all numbers alike",
    ),
    (
        "a.csv",
        "m;loss\n-2.5;26\n0;10\n0,5;1\n",
        "a.csv, line 4: 0,5 in line 4 has a decimal comma, and -2.5 in line 2 a point; write all numbers alike",
    ),
    (
        "a.csv",
        "m,loss\n-2,5,26,2\n0,5,10,1\n",
        "a.csv, line 2: cells in this row: 4, columns in the first line: 2; decimal commas need semicolons between the "
        "cells",
    ),
    ("a.csv", "m,loss\n", "a.csv, line 1: there are no rows below the names of the columns"),
    ("a.csv", "m,loss\n-2,26\n", "a.csv, line 2: the run has one place; a step needs another one"),
    ("a.csv", "m,m\n1,2\n2,3\n", "a.csv, line 1: two columns are called 'm'; names must differ"),
    ("a.csv", "m,loss\n-2,26\n0\n", "a.csv, line 3: cells in this row: 1, columns in the first line: 2"),
    ("a.csv", b"m\n1\n\xff\n", "a.csv, line 3: the text is not in UTF-8; save the file as UTF-8"),
    ("a.csv", 'm\n1\n"2', "a.csv, line 3: this is not CSV: unexpected end of data"),
    ("a.csv", "step,m\n1,-2\n2,0\n", "a.csv, line 2: step begins at 1; a recording begins at 0, where the run starts"),
    ("a.csv", "step,m\n0,-2\n\n2,0\n2,1\n", "a.csv, line 5: step is 2 after 2; steps must grow"),
    ("a.csv", "step,m\n0,-2\n0.5,0\n", "a.csv, line 3: step is 0.5, which is not a whole number"),
    ("a.csv", "step,m\n0,-2\nnan,0\n", "a.csv, line 3: step is nan, which is not a whole number"),
    ("a.csv", "step,m\n0,-2\n,0\n", "a.csv, line 3: step is empty, which is not a number"),
    ("a.csv", "step,m\n0,-2\ntwo,0\n", "a.csv, line 3: step is 'two', which is not a number"),
    ("a.csv", "run,m\n1,-2\nadam,0\n", "a.csv, line 3: run is 'adam', which is not a whole number"),
    (
        "a.csv",
        "m,ending\n1,gave up\n2,\n",
        "a.csv: ending is 'gave up'; allowed: how a run ends, such as 'converged at step 31'",
    ),
    ("a.csv", "run,m\n1,1\n1,2\n4,3\n", "Recorded(run=...): 'no run' can't be used; allowed: 1, 4, the runs in a.csv"),
    ("a.txt", RUN, "recording: 'a.txt' can't be used; its end must say the format; allowed: .csv, .json, .npz"),
    ("a.json", "", "a.json, line 1: this is not JSON: Expecting value"),
    ("a.json", '{"m": [1,\n2', "a.json, line 2: this is not JSON: Expecting ',' delimiter"),
    ("a.json", '{"m": [1, 2], "m": [1, 2]}', "a.json: two columns are called 'm'; names must differ"),
    ("a.json", '{"m": [1, 2], "loss": [1]}', "a.json: m has 2 rows and loss has 1; columns must be equally long"),
    ("a.json", '{"m": []}', "a.json: there are no rows"),
    ("a.json", '[{"m": 1}, {"n": 1}]', "a.json, row 2: it differs from the first row in 'm'; all have the same names"),
    ("a.json", '{"m": [[1, 2], [1]]}', "a.json: the rows of m differ in their lengths"),
    ("a.json", '{"run": [1, 1.5], "m": [1, 2]}', "a.json, row 2: run is 1.5, which is not a whole number"),
    ("a.json", "[" * 9000, "a.json: this is no table: it is nested too deeply"),
    ("a.json", '{"m": ' + "[" * 20 + "]" * 20 + "}", "a.json: this is no table: it is nested too deeply"),
    ("a.json", '{"m": [' + "9" * 5000 + "]}", "a.json: a number has thousands of digits"),
    ("a.json", b'{"m":\n\xff', "a.json, line 2: the text is not in UTF-8; save the file as UTF-8"),
    ("a.npz", "no zip", "a.npz: this is no NPZ file as NumPy writes it: File is not a zip file"),
    ("a.npz", {}, "a.npz: there are no arrays in it"),
    ("a.npz", {"m": [1.0, 2], "loss": [3.0]}, "a.npz: m has 2 rows and loss has 1; columns must be equally long"),
    (
        "a.npz",
        {"m": np.array([1, None], dtype=object)},
        "a.npz: 'm' holds pickled objects, which could run anything; save plain numbers",
    ),
]
JSON_TABLE = (
    'a.json: this is no table; allowed: a list for each column, as in {"m": [1, 2], "loss": [5, 2]}, or a list of rows'
)
READ += [("a.json", content, JSON_TABLE) for content in ("3", "[]", "{}", "[1, 2]", '{"m": 3}')]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "content", "sentence"), READ)
def test_a_file_that_is_no_recording_is_told(name: str, content: str | bytes | dict[str, Any], sentence: str) -> None:
    put(name, content)
    assert refusal(lambda: Recorded(name)) == sentence


MET: list[tuple[str, str | bytes | dict[str, Any], str]] = [
    ("a.csv", "m;loss\n1.234,5;2\n2;3\n", "a.csv, line 2: m is '1.234,5', which is not a number"),
    ("a.csv", "x,loss\n1,2\n2,3\n", "a.csv, line 1: there is no column 'm'; allowed: x, loss"),
    ("a.csv", "M,loss\n1,5\n2,2\n", "a.csv, line 1: there is no column 'm'; did you mean 'M'? allowed: M, loss"),
    ("a.csv", "x;loss\n1;5\n2;2\n", "a.csv, line 1: there is no column 'm'; allowed: x, loss"),
    ("a.csv", "m\n1\ntwo\n3\n", "a.csv, line 3: m is 'two', which is not a number"),
    ("a.csv", "m\n1\n1_0\n3\n", "a.csv, line 3: m is '1_0', which is not a number"),
    ("a.csv", "m,n\n1,1\n,1\n3,1\n", "a.csv, line 3: m is empty, which is not a number"),
    (
        "a.csv",
        "m\n1\nnan\n3\n",
        "a.csv, line 3: m is nan; allowed: finite numbers, but for the last rows of a run that diverged",
    ),
    (
        "a.csv",
        "m\ninf\nnan\n",
        "a.csv, line 2: m is inf; allowed: finite numbers, but for the last rows of a run that diverged",
    ),
    ("a.json", '{"m": [1, "two", 3]}', "a.json, row 2: m is 'two', which is not a number"),
    ("a.json", '{"m": [1, null, 3]}', "a.json, row 2: m is empty, which is not a number"),
    ("a.json", '{"m": [1, true, 3]}', "a.json, row 2: m is True, which is not a number"),
    ("a.json", '{"x": [1, 2, 3]}', "a.json: there is no column 'm'; allowed: x"),
    ("a.json", '{"m": [[1, 2], [3, 4]]}', "a.json: m has the shape (2,) in each row; allowed: ()"),
    (
        "a.npz",
        {"m": [1.0, np.nan, 3]},
        "a.npz, row 2: m is nan; allowed: finite numbers, but for the last rows of a run that diverged",
    ),
    ("a.npz", {"m": [1j, 2]}, "a.npz, row 1: m is of the type complex128; only real numbers can be used"),
    ("a.npz", {"params": [[1.0, 2], [3, 4]]}, "a.npz: params has the shape (2,) in each row; allowed: (1,)"),
]
TOLD: list[tuple[str, str, str]] = [
    (
        "a.csv",
        "m,loss\n-2,26\n0,10.2\n2,2\n",
        "a.csv, line 3: the recorded loss at step 1 is 10.2, and the loss of the scene is 10 there",
    ),
    (
        "a.csv",
        "m,loss\n-2,13\n0,5\n",
        "a.csv, line 2: the recorded loss at step 0 is 13, and the loss of the scene is 26 there",
    ),
    (
        "a.csv",
        "m,loss\n-2,26\n0,inf\n",
        "a.csv, line 3: the recorded loss at step 1 is inf, and the loss of the scene is 10 there",
    ),
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "content", "sentence"), MET)
def test_a_recording_of_another_loss_is_told_with_its_scene(
    name: str, content: str | bytes | dict[str, Any], sentence: str
) -> None:
    run = Recorded(put(name, content))
    assert refusal(lambda: Scene(PARABOLA, run)) == sentence


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("name", "content", "sentence"), TOLD)
def test_another_loss_is_told_with_its_step_and_both_numbers(name: str, content: str, sentence: str) -> None:
    scene = Scene(PARABOLA, Recorded(put(name, content)))
    assert refusal(scene.story) == f"{sentence}; they are not the same loss"
    assert refusal(lambda: Recorded(name).minimize(PARABOLA)) == f"{sentence}; they are not the same loss"


@pytest.mark.usefixtures("here")
def test_a_loss_that_was_rounded_is_the_same_loss() -> None:
    rounded = "m,loss\n-2,26.02\n0,10.02\n2,1.98\n"
    assert Scene(PARABOLA, Recorded(put("a.csv", rounded))).story()
    strict = Scene(PARABOLA, Recorded("a.csv", tolerance=1e-6))
    assert refusal(strict.story).startswith("a.csv, line 2: the recorded loss at step 0 is 26.02, ")


@pytest.mark.usefixtures("here")
def test_settings_that_can_t_be_used_are_told() -> None:
    put("run.csv", RUN)
    put("several.csv", "run,m\n1,1\n1,2\n4,3\n4,4\n")
    run = Recorded("run.csv")
    Adam(0.1).minimize("x**2 + y**2", start=[1, 1], steps=3).save("two.csv")
    two = Recorded("two.csv")
    line = "allowed: one line of up to 40 printable characters"
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: Recorded(3), "Recorded: 3 can't be used; allowed: the path of a .csv, .json or .npz file"),  # type: ignore[arg-type] # on purpose
        (
            lambda: Recorded("run.csv", every=0),
            "Recorded(every=...): 0 can't be used; allowed: a whole number of at least 1",
        ),
        (
            lambda: Recorded("run.csv", tolerance=-1),
            "Recorded(tolerance=...): -1 can't be used; allowed: a number of at least 0 and up to 1",
        ),
        (
            lambda: Recorded("run.csv", name="a\nb"),
            f"Recorded(name=...): 'a\\nb' can't be used; {line}",
        ),
        (lambda: Recorded("run.csv", name="a" * 41), f"Recorded(name=...): '{'a' * 41}' can't be used; {line}"),
        (lambda: Recorded("run.csv", name=1), "Recorded(name=...): 1 can't be used; allowed: a text"),  # type: ignore[arg-type] # on purpose
        (
            lambda: Recorded("several.csv", run=2),
            "Recorded(run=...): 2 can't be used; allowed: 1, 4, the runs in several.csv",
        ),
        (lambda: Recorded("run.csv", run=2), "Recorded(run=...): 2 can't be used; allowed: 1, the runs in run.csv"),
        (lambda: Recorded("none.csv"), "none.csv: there is no such file"),
        (lambda: Recorded("none.json"), "none.json: there is no such file"),
        (lambda: Recorded("none.npz"), "none.npz: there is no such file"),
        (
            lambda: Recorded("."),
            "recording: '.' can't be used; its end must say the format; allowed: .csv, .json, .npz",
        ),
        (lambda: Scene(PARABOLA, run, start=1), "start: 1.0 can't be used; the recording begins at -2.0; leave it out"),
        (
            lambda: Scene(PARABOLA, race=[run, Run(optimizer=run, start=1)]),
            "race 2, start: 1.0 can't be used; the recording begins at -2.0; leave it out",
        ),
        (
            lambda: descend(Formula(PARABOLA), run, start=[[-2.0], [1.0]]),
            "start: 1.0 can't be used; the recording begins at -2.0",
        ),
        (
            lambda: Scene(PARABOLA, two),
            f"optimizer: {str(two)[:57]}... can't be used; the loss has the parameters m, and the recording has x, y",
        ),
        (
            lambda: load_trajectory("run.csv"),
            "run.csv: there is no whole trajectory in it: its parameters stand in columns called gradient[NAME]; "
            "to film a part of a run, see Recorded",
        ),
    ]
    for make, sentence in refused:
        assert refusal(make) == sentence


@pytest.mark.parametrize("end", ENDS)
def test_a_folder_is_no_recording(here: Path, end: str) -> None:
    (here / f"runs{end}").mkdir()
    assert refusal(lambda: Recorded(f"runs{end}")) == f"runs{end}: this is a folder, not a {end[1:].upper()} file"


@pytest.mark.usefixtures("here")
def test_files_that_are_too_long_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_NUMBERS", 6)
    monkeypatch.setattr(table, "MOST_BYTES", 50)
    put("run.csv", RUN)
    kept = "more than the 6 numbers that are kept of a file; give every=2 or more"
    assert refusal(lambda: Recorded("run.csv")) == f"run.csv: some 4 rows of 2 columns are {kept}"
    assert Recorded("run.csv", every=2).lasts == 2
    put("run.csv", RUN.replace("\n", "\r"))
    assert refusal(lambda: Recorded("run.csv")) == f"run.csv: some 4 rows of 2 columns are {kept}"
    put("run.json", '[{"m": 1}, {"m": 2}, {"m": 3}, {"m": 4}, {"m": 5}, {"m": 6}, {"m": 7}]')  # one line
    monkeypatch.setattr(table, "MOST_BYTES", 500)
    kept = "more than the 6 numbers that are kept of a file; give every=2 or more"
    assert refusal(lambda: Recorded("run.json")) == f"run.json: some 7 rows of 1 columns are {kept}"
    monkeypatch.setattr(table, "MOST_BYTES", 50)
    put("run.json", '{"m": [' + "1, " * 99 + "1]}")
    assert refusal(lambda: Recorded("run.json")) == "run.json: the file has more than 50 bytes; save it as .csv or .npz"
    put("run.npz", {"m": np.zeros(7)})
    assert refusal(lambda: Recorded("run.npz")) == "run.npz: it has more than the 48 bytes that are kept of a file"


@pytest.mark.usefixtures("here")
def test_a_film_of_too_many_steps_says_how_to_thin_it_out() -> None:
    put("run.npz", {"m": np.linspace(5, 3, 20_002)})
    run = Recorded("run.npz")
    shown = f"{str(run)[:57]}..."
    allowed = "it has 20,001 steps, and a film up to 20,000; give steps, or every, to have fewer"
    assert refusal(lambda: Scene(PARABOLA, run)) == f"optimizer: {shown} can't be used; {allowed}"
    assert Scene(PARABOLA, Recorded("run.npz", every=100)).steps == 201
    assert Scene(PARABOLA, run, steps=7).steps == 7


@given(
    content=st.binary(max_size=60) | st.text('m,\n10"[]{}:. a', max_size=60).map(str.encode), end=st.sampled_from(ENDS)
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_in_a_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, end: str
) -> None:
    file = tmp_path_factory.mktemp("any") / f"run{end}"
    file.write_bytes(content)
    try:
        run = Recorded(file)
        assert isinstance(run, Method)
        Scene(PARABOLA, run)
    except BadInput as problem:
        assert "\n" not in str(problem)


@pytest.mark.usefixtures("here")
def test_an_npz_file_cut_anywhere_is_refused() -> None:
    np.savez_compressed("run.npz", m=np.linspace(5, 3, 9), loss=np.zeros(9))
    whole = Path("run.npz").read_bytes()
    for length in range(0, len(whole), 7):
        put("run.npz", whole[:length])
        assert refusal(lambda: Recorded("run.npz")).startswith("run.npz: this is no NPZ file as NumPy writes it: ")
    for place in range(0, len(whole), 5):  # one byte wrong anywhere: read or refused
        put("run.npz", whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            Recorded("run.npz")
        except BadInput as problem:
            assert str(problem).startswith(("run.npz", "Recorded"))


# ---- in scene files, and on the command line ----


def test_a_scene_in_toml_reads_recordings_from_beside_it(here: Path) -> None:
    (here / "runs").mkdir()
    put("runs/a.csv", RUN)
    put("b.csv", "m\n-2\n0\n1\n")
    one = from_table({"loss": PARABOLA, "optimizer": {"recorded": "runs/a.csv", "name": "My tool", "every": 2}}, here)
    assert one == Scene(PARABOLA, Recorded("runs/a.csv", name="My tool", every=2), title="")
    race: list[Any] = [{"recorded": "runs/a.csv"}, {"recorded": "b.csv", "run": 1, "tolerance": 0.1}, "adam"]
    many = from_table({"loss": PARABOLA, "start": -2, "race": [*race[:2], {"optimizer": race[0], "label": "L"}]}, here)
    runs = [Recorded("runs/a.csv"), Recorded("b.csv", tolerance=0.1), Run("L", Recorded("runs/a.csv"))]
    assert many == Scene(PARABOLA, race=runs, start=-2, title="")
    told = from_table({"loss": PARABOLA, "runs": [{"optimizer": race[0], "label": "L"}]}, here)
    assert told == Scene(PARABOLA, runs=[Run("L", Recorded("runs/a.csv"))], title="")


def test_a_recording_in_toml_that_can_t_be_used_is_told(here: Path) -> None:
    put("a.csv", RUN)
    beside = "allowed: a file beside the scene, or in a folder below it"
    refused: list[tuple[dict[str, Any], str]] = [
        ({"recorded": "../a.csv"}, f"optimizer, recorded: '../a.csv' can't be used; {beside}"),
        ({"recorded": "/a.csv"}, f"optimizer, recorded: '/a.csv' can't be used; {beside}"),
        ({"recorded": 3}, "optimizer, recorded: 3 can't be used; allowed: a text"),
        (
            {"recorded": "a.csv", "learning_rate": 1},
            "optimizer: 'learning_rate' can't be used; allowed: recorded, name, run, every, tolerance",
        ),
        ({"recorded": "b.csv"}, f"{here / 'b.csv'}: there is no such file"),
    ]
    for given_, sentence in refused:
        assert refusal(lambda given_=given_: from_table({"loss": PARABOLA, "optimizer": given_}, here)) == sentence


Result = tuple[int, str, str]


@pytest.fixture
def command(here: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:  # noqa: ARG001 - in an empty folder
    """Run the command line."""

    def call(*arguments: str) -> Result:
        code = main(arguments)
        return (code, *capfd.readouterr())

    return call


TINY = ("--size", "320x240", "--pace", "1")
SHOW: Sequence[str] = ("show", PARABOLA, "--learning-rate", "0.1", "--steps", "3", "--start", "-2.4", *TINY)


def test_numbers_go_out_beside_films(command: Callable[..., Result]) -> None:
    code, out, err = command(*SHOW, "-o", "a.png", "-o", "x/a.csv", "--format", "npz", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    assert [(row["path"], row["format"]) for row in rows] == [
        ("a.png", "PNG"),
        ("x/a.csv", "CSV"),
        ("output/film.npz", "NPZ"),
    ]
    assert all(row["bytes"] == Path(row["path"]).stat().st_size for row in rows)
    for name in ("x/a.csv", "output/film.npz"):
        assert_same(load_trajectory(name), GradientDescent(0.1).minimize(PARABOLA, -2.4, 3, tolerance=1e-3))


def test_numbers_alone_need_no_picture(command: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gdviz.picture.compositor.Compositor.__init__", pytest.fail)
    assert command(*SHOW, "-o", "a.json")[0] == 0
    code, out, _ = command(*SHOW, "-o", "b.json", "-n")
    assert (code, out, Path("b.json").exists()) == (0, "b.json  not written\n", False)


def test_recordings_are_shown_from_the_command_line(command: Callable[..., Result]) -> None:
    put("run.csv", RUN)
    show = ("show", PARABOLA, "--recorded", "run.csv", *TINY)
    code, out, err = command(*show, "-o", "film.png", "-o", "out.csv", "--quiet")
    assert (code, out, err) == (0, "", "")
    assert load_trajectory("out.csv").params[:, 0, 0].tolist() == [-2, 0, 2, 2.5]
    optimizer = ("--optimizer", "adam", "--learning-rate", "0.1", "--start", "-2")
    assert command(*show, *optimizer, "-o", "out.csv")[0] == 0
    assert [(run.name, len(run.at)) for run in load_trajectories("out.csv")] == [("run", 4), ("Adam", 4)]
    assert command("show", PARABOLA, "--recorded", "out.csv", *TINY, "-o", "again.csv")[0] == 0
    assert [run.name for run in load_trajectories("again.csv")] == ["run", "Adam"]


REFUSED: list[tuple[Sequence[str], str]] = [
    (("--recorded", "none.csv", "-o", "a.gif"), "none.csv: there is no such file"),
    (
        ("--recorded", "run.csv", "--lr", "0.1"),
        "--learning-rate: a recording can't be changed; give it with --optimizer",
    ),
    (("--recorded", "run.csv", "--set", "beta1=0.1"), "--set: a recording can't be changed; give it with --optimizer"),
    (("--recorded", "run.csv", "--tune"), "--tune: a recording can't be changed; give it with --optimizer"),
    (
        ("--recorded", "run.csv", "-o", "a.gif", "-o", "run.csv/b.csv"),
        "--output: 'run.csv/b.csv' can't be used; {here}/run.csv is a file, not a folder",
    ),
    (
        ("--recorded", "run.csv", "-o", "b.csv", "-o", "./b.csv"),
        "--output: 'b.csv' can't be used; it is asked for twice; give every file a name of its own",
    ),
    (
        ("--recorded", "run.csv", "-o", "a.gif", "-o", "a.gif"),
        "--output: 'a.gif' can't be used; it is asked for twice; give every file a name of its own",
    ),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED)
def test_what_the_command_line_can_t_use_is_told(
    command: Callable[..., Result], here: Path, arguments: Sequence[str], sentence: str
) -> None:
    put("run.csv", RUN)
    code, out, err = command("show", PARABOLA, *TINY, *arguments)
    assert (code, out, err) == (2, "", f"gdviz: {sentence.format(here=here)}\n")
    assert [file.name for file in here.iterdir()] == ["run.csv"]


def test_a_name_that_can_t_be_drawn_is_told(command: Callable[..., Result]) -> None:
    put("ניסוי.csv", RUN)
    code, _, err = command("show", PARABOLA, "--recorded", "ניסוי.csv", *TINY, "-o", "a.gif")
    assert code == 2
    assert err.startswith("gdviz: run 1, optimizer: 'ניסוי' can't be used; allowed: text from left to right")
