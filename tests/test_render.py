"""Films are read back: they show what was planned, for as long as planned, in the colours of the theme."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import imageio
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scenery import ROOT, SCENES, scene_of

from gdviz import Adam, Data, Formula, GradientDescent, Line, Run, Scene, load, render
from gdviz.film.film import Written
from gdviz.film.write import write
from gdviz.footage import Footage
from gdviz.picture.compositor import Pixels
from gdviz.picture.theme import THEMES
from gdviz.problems import BadScene, FilmFailed
from gdviz.renderer import prepare

Picture = NDArray[np.uint8]

TINY: dict[str, Any] = {"size": (320, 240), "pace": 1}
SMALL = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="Small", **TINY)
MOST_ERROR = 0.5  # of 255, on the average over all colours of all pixels


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def timeline(path: Path) -> Iterator[tuple[Picture, int]]:
    """Yield the pictures `(rows, columns, 4)` of a GIF, as they are seen, each with its milliseconds."""
    with Image.open(path) as film:
        for number in range(film.n_frames):  # type: ignore[attr-defined]
            film.seek(number)
            yield np.asarray(film.convert("RGBA")), int(film.info["duration"])


def written(film: Footage, frames: Iterable[tuple[Pixels, int]], path: Path) -> Written:
    return write(iter(frames), [path], film.spec, film.scouts())[0]


def seen(film: Footage, frames: Sequence[tuple[Pixels, int]], path: Path) -> Iterator[tuple[Picture, Pixels]]:
    """Yield each picture of a film as it is seen at its time, and as it was drawn."""
    shown, until, at, pictures = np.empty(0, np.uint8), 0, 0, timeline(path)
    for drawn, ticks in frames:
        begins, at = round(at * 100 / film.spec.fps) * 10, at + ticks
        while until <= begins:
            shown, milliseconds = next(pictures)
            until += milliseconds
        yield shown, drawn


def check_film(scene: Scene, path: Path) -> None:
    """Check length, background and colours of a scene's GIF."""
    film = prepare(scene, [path])
    frames = [(picture.copy(), ticks) for picture, ticks in film.frames()]
    made = written(film, frames, path)
    assert (made.frames, made.seconds) == (film.ticks, film.ticks / scene.fps)
    assert sum(milliseconds for _, milliseconds in timeline(path)) == round(film.ticks * 1000 / scene.fps, -1)
    ground = np.array([*film.spec.colours[0], 255], np.uint8)
    errors = []
    for shown, drawn in seen(film, frames, path):
        assert shown[0, 0].tolist() == ground.tolist()
        at = drawn.view(np.uint32)[..., 0] == ground.view(np.uint32)
        assert (shown.view(np.uint32)[..., 0] == ground.view(np.uint32))[at].all(), "the ground is the theme's, exactly"
        errors.append((np.maximum(shown, drawn) - np.minimum(shown, drawn)).mean() * 4 / 3)  # opacity has no error
    assert len(errors) == len(film.shots)
    assert np.mean(errors) <= MOST_ERROR


# --- every scene -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_makes_a_film_in_its_colours(tmp_path: Path, path: Path) -> None:
    check_film(scene_of(path).with_(size=(480, 270), pace=1, fps=10), tmp_path / "film.gif")


@pytest.mark.slow
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_every_scene_in_full_makes_a_film_in_its_colours(tmp_path: Path, path: Path, theme: str) -> None:
    check_film(scene_of(path).with_(theme=theme), tmp_path / "film.gif")


@pytest.mark.parametrize("theme", THEMES)
def test_the_ground_is_that_of_the_theme(tmp_path: Path, theme: str) -> None:
    path = tmp_path / "film.gif"
    render(SMALL, path, theme=theme)
    red, green, blue = (int(THEMES[theme].ground[k : k + 2], 16) for k in (1, 3, 5))
    for picture, _ in timeline(path):
        assert picture[0, 0].tolist() == [red, green, blue, 255]
        assert (picture == (red, green, blue, 255)).all(axis=-1).mean() > 0.5


@pytest.mark.parametrize("fps", [7, 12, 24, 25, 30, 60])
def test_a_film_is_as_long_as_planned_at_every_rate(tmp_path: Path, fps: int) -> None:
    path = tmp_path / "film.gif"
    film = prepare(SMALL.with_(fps=fps, pace="brief", hold=1.3), [path])
    written(film, film.frames(), path)
    length = sum(milliseconds for _, milliseconds in timeline(path))
    assert abs(length - 1000 * film.ticks / fps) <= 5


def test_gif_and_mp4_are_equally_long(tmp_path: Path) -> None:
    gif, mp4 = render(SMALL, tmp_path / "a.gif", tmp_path / "a.mp4", hold=2)
    assert (gif.frames, gif.seconds) == (mp4.frames, mp4.seconds) == (53, 53 / 25)
    reader: Any = imageio.get_reader(tmp_path / "a.mp4")
    with closing(reader):
        facts = reader.get_meta_data()
        assert (facts["fps"], facts["size"], facts["codec"]) == (25, (320, 240), "h264")
        assert reader.count_frames() == 53
    assert sum(milliseconds for _, milliseconds in timeline(tmp_path / "a.gif")) == 2120


def test_the_poster_is_the_last_picture(tmp_path: Path) -> None:
    render(SMALL, tmp_path / "a.png", f"{tmp_path}/frames/")
    frames = sorted((tmp_path / "frames").iterdir())
    assert len(frames) == 4
    film = prepare(SMALL, ["a.gif"])
    last = film.compositor.frame(film.shots[-1].moment)[..., :3]
    for path in (tmp_path / "a.png", frames[-1]):
        with Image.open(path) as picture:
            assert (np.asarray(picture.convert("RGB")) == last).all()


# --- the same again ----------------------------------------------------------------------------------------------


def test_the_same_scene_gives_the_same_bytes(tmp_path: Path) -> None:
    names = ("film.gif", "film.mp4", "film.png")
    first, again = ([tmp_path / turn / name for name in names] for turn in "12")
    render(SMALL, *first)
    script = f"from test_render import SMALL, render\nrender(SMALL, *{[str(path) for path in again]})"
    environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", script], env=os.environ | environment, check=True)
    assert [digest(path) for path in first] == [digest(path) for path in again]


TWINS = {
    "first steps": (
        'Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="T", size=(320, 240), pace=1)',
        'loss = "(m - 3)**2 + 1"\nstart = -2.4\nsteps = 3\ntitle = "T"\nsize = [320, 240]\npace = 1\n'
        'optimizer = { name = "GradientDescent", learning_rate = 0.1 }\n',
    ),
    "a line": (
        'Scene(Line(Data.from_csv(HERE / "pairs.csv", x="x", y="y", y_name="Y")), Adam(0.3), steps=3, size=(320, 240), '
        'pace=1, closing="[parameter:{m}]", title="")',
        'steps = 3\nsize = [320, 240]\npace = 1\nclosing = "[parameter:{m}]"\n'
        'loss = { csv = "pairs.csv", x = "x", y = "y", y_name = "Y" }\n'
        'optimizer = { name = "adam", learning_rate = 0.3 }\n',
    ),
    "two tries": (
        'Scene(Formula("m**2", region=(-3, 3)), start=2, steps=2, size=(320, 240), pace=1, title="",'
        'runs=[Run("[rate:slow]", GradientDescent(0.1)), Run("fast", Adam(0.5), start=-1)])',
        'start = 2\nsteps = 2\nsize = [320, 240]\npace = 1\nloss = { formula = "m**2", region = [-3, 3] }\n'
        '[[runs]]\nlabel = "[rate:slow]"\noptimizer = { name = "gradient descent", learning_rate = 0.1 }\n'
        '[[runs]]\nlabel = "fast"\nstart = -1\noptimizer = { name = "adam", learning_rate = 0.5 }\n',
    ),
}


@pytest.mark.parametrize(("python", "toml"), TWINS.values(), ids=TWINS)
def test_both_spellings_give_the_same_bytes(tmp_path: Path, python: str, toml: str) -> None:
    names = "Adam, Data, Formula, GradientDescent, Line, Run, Scene"
    (tmp_path / "pairs.csv").write_text("x,y\n1,2\n2,3.5\n3,6.5\n")
    head = f"from pathlib import Path\nfrom gdviz import {names}\nHERE = Path(__file__).parent\n"
    (tmp_path / "a.py").write_text(f"{head}scene = {python}\n")
    (tmp_path / "b.toml").write_text(toml)
    for path in (tmp_path / "a.py", tmp_path / "b.toml"):
        ((_, scene),) = load(path).items()
        render(scene, path.with_suffix(".gif"), path.with_suffix(".mp4"))
    assert digest(tmp_path / "a.gif") == digest(tmp_path / "b.gif")
    assert digest(tmp_path / "a.mp4") == digest(tmp_path / "b.mp4")


# --- the library's call ------------------------------------------------------------------------------------------


def test_a_meter_hears_of_every_picture(tmp_path: Path) -> None:
    heard: list[int] = []

    @contextmanager
    def meter(pictures: int) -> Iterator[Callable[[int], object]]:
        heard.append(-pictures)
        yield heard.append
        heard.append(0)

    render(SMALL, tmp_path / "a.gif", meter=meter, hold=2)
    pictures = len(prepare(SMALL.with_(hold=2), ["a.gif"]).shots)
    assert heard == [-pictures, *[1] * pictures, 0]


def test_fields_can_be_changed_in_the_call(tmp_path: Path) -> None:
    (made,) = SMALL.render(tmp_path / "a.gif", steps=2, fps=10)
    assert made == Written(tmp_path / "a.gif", (tmp_path / "a.gif").stat().st_size, 3, 0.3, "GIF")
    with pytest.raises(BadScene, match=r"^Scene: 'step' can't be used; did you mean 'steps'\?"):
        SMALL.render(tmp_path / "b.gif", step=2)


def test_what_cannot_be_written_is_told_before_anything_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(Scene, "story")
    with pytest.raises(BadScene, match=r"^output: 'a\.giv' can't be used; did you mean '\.gif'\?"):
        render(SMALL, tmp_path / "a.gif", "a.giv")


def test_only_films_of_gifs_alone_are_brief_by_themselves() -> None:
    scene = SMALL.with_(pace="auto")
    gif, both = prepare(scene, ["a.gif"]), prepare(scene, ["a.gif", "a.mp4"])
    assert gif.ticks == prepare(scene.with_(pace="brief"), ["a.mp4"]).ticks
    assert both.ticks == prepare(scene.with_(pace="lesson"), ["a.gif"]).ticks > gif.ticks


def test_a_drawer_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "a.gif"
    film = prepare(SMALL, [path])
    monkeypatch.setattr(type(film.compositor), "frame", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write(film.frames(), [path], film.spec, [])
    assert list(tmp_path.iterdir()) == []


def test_a_failed_film_names_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gdviz.film.landing._sync", full)
    path = tmp_path / "a.gif"
    path.write_bytes(b"former")
    with pytest.raises(FilmFailed, match=r"a\.gif: the disk is full$"):
        render(SMALL, path)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("a.gif", b"former")]


@pytest.mark.parametrize(
    "scene",
    [
        Scene("m**2", GradientDescent(5.0), start=1, steps=12),
        Scene("sqrt(m)", GradientDescent(3.0), start=1, steps=4),
        Scene("exp(m)", GradientDescent(0.1), start=300, steps=3),
        Scene("1e-300*m**2", Adam(0.1), start=1, steps=3),
        Scene("0*m", GradientDescent(0.1), start=1, steps=3),
        Scene("(m - 1e9)**2", GradientDescent(0.4), start=1e9 + 1, steps=3),
        Scene(Line(Data([2], [3])), GradientDescent(0.1), steps=3, origin=True),
        Scene(Line(Data([0, 0], [1, 2])), GradientDescent(0.1), steps=3),
        Scene(Line(Data([1, 2, 3], [3, 5, 7]), intercept=True), Adam(0.1), steps=3),
        Scene("m**2", runs=[Run("a"), Run("b")], optimizer=GradientDescent(0.1), start=0, steps=2),
        Scene(Formula("abs(m)", region=(-1, 1)), GradientDescent(0.1), start=30, steps=2),
    ],
    ids=lambda scene: str(scene.loss)[:30],
)
def test_odd_stories_make_films_too(tmp_path: Path, scene: Scene) -> None:
    (made,) = render(scene, tmp_path / "a.png", title="", **TINY)
    assert made.bytes > 1000


def test_a_story_at_the_edge_of_the_float_range_makes_a_film(tmp_path: Path) -> None:
    scene = Scene("exp(m)", GradientDescent(0.1), start=700, steps=3)
    render(scene, tmp_path / "a.png", title="", **TINY)


LONG = "On and on and on, " * 8
FITS = "allowed: a text that fits on its line of the frame; shorten it"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closing": f"[loss:{LONG}]"}, "closing"),
        ({"aside": LONG}, "aside"),
        ({"runs": [Run("a"), Run(LONG)]}, "run 2, label"),
    ],
)
def test_a_text_that_would_be_cut_off_is_refused(changes: dict[str, object], field: str) -> None:
    with pytest.raises(BadScene) as problem:
        prepare(SMALL.with_(**changes), ["a.gif"])
    assert str(problem.value) == f"{field}: '{LONG[:56]}... can't be used; {FITS}"


# --- all files or none -------------------------------------------------------------------------------------------


def test_a_document_that_fails_leaves_the_films_as_they_were(tmp_path: Path) -> None:
    scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), steps=2, size=(320, 240), pace=1, title="T")
    (tmp_path / "old.gif").write_text("old")
    with pytest.raises(BadScene, match="TeX"):
        render(scene, tmp_path / "old.gif", tmp_path / "a.txt", tmp_path / "bad name.tex")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("old.gif", "old")]


def test_files_that_stand_beside_others_may_not_be_others(tmp_path: Path) -> None:
    scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), steps=2, size=(320, 240), pace=1, title="T")
    with pytest.raises(BadScene, match="two files would have that name"):
        render(scene, tmp_path / "p.html", tmp_path / "p_snippet.html", place="web")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("wish", "name"), [("click", "a.gif"), ("segments", "a.txt")])
def test_a_wish_that_no_file_fulfils_is_refused(tmp_path: Path, wish: str, name: str) -> None:
    scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), steps=2, size=(320, 240), pace=1, title="T")
    with pytest.raises(BadScene, match=f"{wish}: .* can't be used; allowed: with "):
        render(scene, tmp_path / name, **{wish: True})
