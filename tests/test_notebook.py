"""What notebooks show, asked as Jupyter and marimo ask; and scenes as matplotlib's own animation."""

import base64
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.figure import Figure
from PIL import Image

from gdviz import Adam, Formula, GradientDescent, Scene, Trajectory, descend, load_trajectory, together
from gdviz.descent.trajectory import Origin
from gdviz.film.video import ffmpeg
from gdviz.footage import Footage
from gdviz.publish import notebook

SCENE = Scene("(m - 3)**2 + 1", GradientDescent(0.2), 0.0, 2, title="Down & up", size=(320, 240), pace=2, fps=10)


class Page(HTMLParser):
    """The tags of a page with what they say, and the words between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def one(self, tag: str) -> dict[str, str | None]:
        (found,) = [attributes for name, attributes in self.tags if name == tag]
        return found


def data_of(address: str | None, kind: str) -> bytes:
    assert address is not None
    assert address.startswith(f"data:{kind};base64,")
    return base64.b64decode(address.partition(",")[2], validate=True)


def decoded(video: bytes, folder: Path) -> tuple[tuple[int, int], int]:
    """Return the size of a video and the number of its pictures, all of them decoded, and that it has no sound."""
    path = folder / "film.mp4"
    path.write_bytes(video)
    command = [ffmpeg(), "-i", str(path), "-f", "framecrc", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "h264" in done.stderr
    assert "Audio" not in done.stderr
    found = re.search(r"#dimensions 0: (\d+)x(\d+)", done.stdout)
    assert found is not None
    return (int(found[1]), int(found[2])), sum(not line.startswith("#") for line in done.stdout.splitlines())


# ---- what is shown ----


def test_a_scene_shows_its_film(tmp_path: Path) -> None:
    shown = SCENE._repr_mimebundle_()
    assert sorted(shown) == ["image/png", "text/html", "text/plain"]
    assert shown["text/plain"] == repr(SCENE)
    assert shown["text/html"] == SCENE._repr_html_()
    page, footage = Page(shown["text/html"]), Footage.of(SCENE)
    video = page.one("video")
    assert {"controls", "muted", "playsinline"} < set(video)
    assert not {"autoplay", "loop"} & set(video)  # what moves by itself beside a text must not go on for long
    assert video["aria-label"] == footage.account.alt
    assert decoded(data_of(video["src"], "video/mp4"), tmp_path) == ((320, 240), footage.ticks)
    poster = data_of(video["poster"], "image/png")
    assert poster == base64.b64decode(shown["image/png"])
    with Image.open(BytesIO(poster)) as picture:
        assert (np.asarray(picture) == footage.picture(footage.shots[-1].moment)[..., :3]).all()


def test_the_film_is_there_in_words() -> None:
    page, account = Page(SCENE._repr_html_()), Footage.of(SCENE).account
    assert account.long in page.words  # with its & as it was written
    assert "Down & up" in page.words
    assert all(step in page.words for step in account.steps)
    assert page.words.startswith("the film in words")
    assert "&amp; up" in SCENE._repr_html_()


@pytest.mark.parametrize(
    ("size", "shown"),
    [((1280, 720), (864, 486)), ((480, 640), (480, 640)), ((1080, 1080), (480, 480)), ((1080, 1920), (486, 864))],
)
def test_films_are_as_large_as_a_cell(size: tuple[int, int], shown: tuple[int, int]) -> None:
    assert notebook._small(SCENE.with_(size=size)).size == shown


def test_a_transparent_scene_is_shown_on_its_theme() -> None:
    assert notebook._small(SCENE.with_(ground="transparent")).ground == ""
    assert notebook._small(SCENE.with_(ground="#F4F1E8")).ground == "#F4F1E8"


def test_equal_scenes_are_filmed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    notebook._remembered.cache_clear()
    encode = Footage.encoded
    monkeypatch.setattr(Footage, "encoded", lambda *given: made.append(given) or encode(*given))
    one, other = SCENE._repr_mimebundle_(), SCENE.with_()._repr_mimebundle_()
    assert one == other
    assert len(made) == 1
    SCENE.with_(fps=12)._repr_html_()
    assert len(made) == 2


def test_a_loss_of_ones_own_that_can_not_be_told_from_others_is_filmed_again() -> None:
    class Unhashable(Formula):
        __hash__ = None  # type: ignore[assignment]

    scene = SCENE.with_(loss=Unhashable("(m - 3)**2 + 1"))
    with pytest.raises(TypeError):
        hash(scene)
    assert "video/mp4" in scene._repr_html_()


def test_a_heavy_film_is_made_lighter_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = SCENE.with_(size=(640, 480), pace=4)
    free = data_of(Page(scene._repr_html_()).one("video")["src"], "video/mp4")
    notebook._remembered.cache_clear()
    monkeypatch.setattr(notebook, "MOST_BYTES", len(free) * 2 // 3)
    page = Page(scene._repr_html_())
    assert len(data_of(page.one("video")["src"], "video/mp4")) <= len(free) * 2 // 3
    assert re.match(r"(\d+x\d+, )?video coarser by \d+|\d+x\d+", page.words)
    notebook._remembered.cache_clear()


def test_what_can_not_be_filmed_is_told_in_one_sentence() -> None:
    scene = SCENE.with_(title="<b>" + 40 * "long ")
    shown = scene._repr_mimebundle_()
    told = "title: '<b>long long long long long long long long long long lon... can't be used; "
    assert shown["text/plain"].startswith(f"{scene!r}\n{told}")
    assert told in Page(shown["text/html"]).words
    assert "<b>" not in shown["text/html"]
    assert "image/png" not in shown


def test_faults_of_ours_are_not_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Footage:
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(Footage, "of", broken)
    with pytest.raises(ZeroDivisionError, match="ours"):
        SCENE.with_(title="A fault")._repr_html_()


# ---- trajectories ----


def drawn(path: Trajectory) -> Footage:
    return notebook._of_trajectory(path)


def test_a_trajectory_shows_what_happened(tmp_path: Path) -> None:
    path = Adam(0.5).minimize("(m - 3)**2 + 1", start=0.0, steps=4)
    shown = path._repr_mimebundle_()
    assert shown["text/plain"] == repr(path)
    assert shown["text/html"] == path._repr_html_()
    video = Page(shown["text/html"]).one("video")
    assert "Adam from m = 0.000" in (video["aria-label"] or "")
    assert decoded(data_of(video["src"], "video/mp4"), tmp_path) == ((864, 486), drawn(path).ticks)
    (run,) = drawn(path).story.runs
    assert (run.params == path.params).all()
    assert run.ends == path.ends


def test_a_trajectory_keeps_how_it_ended() -> None:
    path = GradientDescent(0.4).minimize("(m - 3)**2 + 1", start=0.0)
    assert str(path.ends[0]).startswith("converged at step")
    assert drawn(path).story.runs[0].ends == path.ends
    lost = GradientDescent(1e200).minimize("m**4", start=1.0)
    assert lost.ends[0].diverged
    assert drawn(lost).story.runs[0].ends == lost.ends


def test_several_runs_are_a_race() -> None:
    many = together([GradientDescent(0.1), GradientDescent(0.3)])
    path = descend(Formula("(m - 3)**2"), many, [[0.0], [1.0]], 20)
    story = drawn(path).story
    assert story.together
    for run, one in zip(story.runs, path, strict=True):
        steps = min(one.ends[0].step, run.ends[0].step)
        assert (run.params[: steps + 1] == one.params[: steps + 1]).all()
    alone = drawn(path.run(1)).story.runs[0]
    assert (alone.params == path.run(1).to_its_end().params).all()
    assert path.run(1).origin == Origin(Formula("(m - 3)**2"), GradientDescent(0.3))


def test_a_thinned_trajectory_is_made_again_in_full() -> None:
    path = descend(Formula("m**2"), GradientDescent(0.1), 1.0, 30, 0.0, every=5)
    (run,) = drawn(path).story.runs
    assert (run.params[path.at] == path.params).all()


def test_a_loaded_trajectory_says_what_it_lacks(tmp_path: Path) -> None:
    GradientDescent(0.1).minimize("m**2", start=1.0, steps=3).save(tmp_path / "run.csv")
    shown = load_trajectory(tmp_path / "run.csv")._repr_mimebundle_()
    assert shown["text/plain"].endswith("without its loss there is no film; use Scene(loss, Recorded(path))")
    assert "image/png" not in shown


def test_a_walker_of_ones_own_says_what_it_lacks() -> None:
    class Walker:
        name, rule, sees_gradient = "mine", "", True

        def walk(self, probe: Any, start: Any, steps: int) -> Any:
            return GradientDescent(0.1).walk(probe, start, steps)

    shown = descend(Formula("m**2"), Walker(), 1.0, 3)._repr_mimebundle_()
    assert shown["text/plain"].endswith("allowed: a run of a Method, such as an Optimizer of your own")


def test_where_it_comes_from_is_no_part_of_what_is_said() -> None:
    path = GradientDescent(0.1).minimize("m**2", start=1.0, steps=3)
    assert path.origin is not None
    assert "origin" not in repr(path)


# ---- in notebooks that run ----

CELLS = (
    "from gdviz import GradientDescent, Scene",
    'Scene("(m - 3)**2 + 1", GradientDescent(0.2), 0.0, 2, size=(320, 240), pace=2, fps=10)',
    'GradientDescent(0.2).minimize("(m - 3)**2 + 1", 0.0, 2)',
)


def needs(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")


@pytest.mark.slow
def test_jupyter_runs_and_converts_it(tmp_path: Path) -> None:
    needs("nbconvert", "ipykernel")
    cells = [
        {"cell_type": "code", "id": f"c{k}", "metadata": {}, "execution_count": None, "outputs": [], "source": source}
        for k, source in enumerate(CELLS)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "book.ipynb").write_text(json.dumps(book))
    for kind in ("html", "latex"):
        command = [sys.executable, "-m", "nbconvert", "--execute", "--to", kind, "book.ipynb"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    page = Page((tmp_path / "book.html").read_text())
    videos = [attributes for tag, attributes in page.tags if tag == "video"]
    assert len(videos) == 2
    for video, size in zip(videos, [(320, 240), (864, 486)], strict=True):
        assert (video["aria-label"] or "").startswith("Animation: gradient descent from m = 0.")
        assert decoded(data_of(video["src"], "video/mp4"), tmp_path)[0] == size
    assert len(list((tmp_path / "book_files").glob("*.png"))) == 2
    assert (tmp_path / "book.tex").read_text().count("includegraphics") >= 2


@pytest.mark.slow
def test_marimo_shows_it(tmp_path: Path) -> None:
    needs("marimo")
    names = "(GradientDescent, Scene)"
    first = f"@app.cell\ndef _():\n    {CELLS[0]}\n    return {names}\n"
    cells = "\n".join([first, *(f"@app.cell\ndef _{names}:\n    {last}\n" for last in CELLS[1:])])
    (tmp_path / "book.py").write_text(f"import marimo\napp = marimo.App()\n{cells}\n")
    command = [sys.executable, "-m", "marimo", "export", "html", "book.py", "-o", "book.html", "--no-include-code"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "book.html").read_text().count("data:video/mp4;base64,") == 2


# ---- matplotlib's own animation ----


def test_a_scene_is_an_animation_of_matplotlib(tmp_path: Path) -> None:
    film, footage = SCENE.to_funcanimation(), Footage.of(SCENE)
    assert isinstance(film, FuncAnimation)
    film.save(tmp_path / "film.gif", writer=PillowWriter(fps=10))
    with Image.open(tmp_path / "film.gif") as saved:
        assert saved.size == (320, 240)
        seconds = 0.0
        for number in range(saved.n_frames):
            saved.seek(number)
            seconds += saved.info["duration"] / 1000
    assert seconds == pytest.approx(footage.seconds)


def test_its_frames_are_the_pictures_of_the_film_to_the_last_bit() -> None:
    film, footage = SCENE.to_funcanimation(theme="dark"), Footage.of(SCENE.with_(theme="dark"))
    wanted = [shot for shot in footage.shots for _ in range(shot.ticks)]
    frames = list(film.new_frame_seq())
    assert len(frames) == footage.ticks
    for tick in frames[::3]:
        film._draw_frame(tick)
        film._fig.canvas.draw()
        assert (np.asarray(film._fig.canvas.buffer_rgba()) == footage.picture(wanted[tick].moment)).all()
    assert film._interval == 100
    film._draw_was_started = True


def test_it_is_played_in_a_figure_of_ones_own() -> None:
    figure = Figure(figsize=(8, 4))
    film = SCENE.to_funcanimation(figure)
    assert film._fig is figure
    page = film.to_jshtml(default_mode="once")
    assert page.count("data:image/png;base64,") == Footage.of(SCENE).ticks


def test_no_figure_is_left_with_pyplot() -> None:
    told = "import sys; from gdviz import GradientDescent, Scene; "
    told += "film = Scene('m**2', GradientDescent(0.1), 1.0, 1, size=(320, 240), pace=1, hold=0).to_funcanimation(); "
    told += "film._draw_was_started = True; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-W", "error", "-c", told], check=True)


def test_a_film_that_plays_once_does_not_repeat() -> None:
    for loop, repeat in ((None, True), (1, False)):
        film = SCENE.to_funcanimation(loop=loop)
        assert film._repeat is repeat
        film._draw_was_started = True
