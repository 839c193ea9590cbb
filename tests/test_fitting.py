"""Files below a limit: it holds for every scene, format and number of files, and little is given up for it."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gdviz import Adam, GradientDescent, Momentum, Problem, Scene, Written, render
from gdviz.cli import main
from gdviz.film.film import FilmSpec
from gdviz.film.palette import choose_palette
from gdviz.film.sizes import bytes_of
from gdviz.film.video import mp4
from gdviz.fitting import MOST_REFINED, STEPS, Fit, Search, ladder, scaled
from gdviz.footage import Footage
from gdviz.problems import BadScene

SMALL = Scene("(m - 3)**2 + 1", GradientDescent(0.2), 0.0, 4, title="Down", size=(640, 360), pace="brief", fps=10)
ALL = ("scale", "fps", "brief", "palette", "coarser")


@pytest.fixture(scope="module")
def footage() -> Footage:
    return Footage.of(SMALL)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


# ---- the limit holds ----


def test_a_film_that_fits_gives_up_nothing(tmp_path: Path) -> None:
    free = SMALL.render(tmp_path / "free.gif")
    fitted = SMALL.render(tmp_path / "fitted.gif", max_size=free[0].bytes)
    assert fitted == [replace(free[0], path=tmp_path / "fitted.gif")]
    assert (tmp_path / "fitted.gif").read_bytes() == (tmp_path / "free.gif").read_bytes()


def test_each_file_gives_up_only_what_it_must(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("film.gif", "film.mp4", "film.png")]
    free = {one.format: one for one in SMALL.render(*paths)}
    limit = max(one.bytes for one in free.values()) * 4 // 5
    made = {one.format: one for one in SMALL.render(*paths, max_size=limit)}
    for name, one in made.items():
        assert one.path.stat().st_size == one.bytes <= limit
        assert bool(one.fitted) == (free[name].bytes > limit)
        assert one.bytes == free[name].bytes or one.fitted
    assert any(one.fitted for one in made.values())
    assert not all(one.fitted for one in made.values())
    assert left_in(tmp_path) == ["film.gif", "film.mp4", "film.png"]


def test_what_was_given_up_is_what_the_file_shows(tmp_path: Path) -> None:
    path = tmp_path / "film.gif"
    free = SMALL.render(path)[0]
    made = SMALL.render(path, max_size=free.bytes // 2)[0]
    size, *_ = made.fitted.split(", ")
    with Image.open(path) as film:
        assert size == f"{film.width}x{film.height}"
        assert film.width < 640


def test_a_limit_out_of_reach_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"before")
    with pytest.raises(BadScene) as caught:
        SMALL.render(tmp_path / "film.mp4", tmp_path / "new" / "film.png", max_size=2000)
    told = str(caught.value)
    assert told.startswith(f"max_size: 2000 can't be used; {tmp_path / 'film.mp4'} has ")
    assert told.endswith(
        " bytes at least (434x244, video coarser by 16); allowed: more than that, or fewer steps in the film"
    )
    assert left_in(tmp_path) == ["film.mp4"]
    assert (tmp_path / "film.mp4").read_bytes() == b"before"


def test_the_smallest_size_that_is_told_is_enough(tmp_path: Path) -> None:
    with pytest.raises(BadScene) as caught:
        SMALL.render(tmp_path / "film.png", max_size=100)
    least = int(str(caught.value).split(" has ")[1].split(" bytes")[0].replace(",", ""))
    assert SMALL.render(tmp_path / "film.png", max_size=least)[0].bytes == least


def test_every_part_of_a_film_fits_and_all_are_alike(tmp_path: Path) -> None:
    scene = SMALL.with_(steps=2)
    free = scene.render(tmp_path / "a.mp4", segments=True)
    limit = max(one.bytes for one in free) * 2 // 3
    made = scene.render(tmp_path / "b.mp4", segments=True, max_size=limit)
    assert len(made) == len(free) > 1
    assert all(one.bytes <= limit for one in made)
    assert len({one.fitted for one in made}) == 1
    assert made[0].fitted


def test_a_folder_is_weighed_as_a_whole(tmp_path: Path) -> None:
    scene = SMALL.with_(pace=1, size=(320, 240))
    free = scene.render(f"{tmp_path}/free/")[0]
    made = scene.render(f"{tmp_path}/fitted/", max_size=free.bytes)[0]
    assert made.bytes == free.bytes
    with pytest.raises(BadScene, match="bytes at least"):
        scene.render(f"{tmp_path}/none/", max_size=free.bytes // 10)
    assert not (tmp_path / "none").exists()


def test_a_page_fits_and_is_where_it_belongs_once(tmp_path: Path) -> None:
    free = SMALL.render(tmp_path / "free.html")[0]
    made = SMALL.render(tmp_path / "film.html", max_size=free.bytes * 9 // 10)[0]
    assert (tmp_path / "film.html").stat().st_size == made.bytes <= free.bytes * 9 // 10
    assert made.fitted
    assert left_in(tmp_path) == ["film.html", "free.html"]


def test_a_document_of_words_fits_or_does_not(tmp_path: Path) -> None:
    free = SMALL.render(tmp_path / "film.txt")[0]
    assert SMALL.render(tmp_path / "film.txt", max_size=free.bytes) == [free]
    with pytest.raises(BadScene, match=r"film\.txt has [\d,]+ bytes at least; allowed"):
        SMALL.render(tmp_path / "film.txt", tmp_path / "other.txt", max_size=free.bytes - 1)


SURFACES = ("(m - 3)**2 + 1", "m**4 - 3*m**2 + m", "beale", "rosenbrock", "himmelblau", "exp(0.1*m) + cos(m)")


def random_scene(dice: random.Random) -> tuple[Scene, str, int]:
    """Return a scene, the end of a file's name and a limit that is somewhere between easy and hopeless."""
    one = Adam(dice.choice([0.05, 0.2])) if dice.random() < 0.6 else Momentum(dice.choice([0.0005, 0.002]))
    goes: dict[str, Any] = {"race": [one, Adam(0.1)]} if dice.random() < 0.3 else {"optimizer": one}
    size = dice.choice([(640, 360), (480, 480), (360, 640), (854, 480), (602, 402)])
    looks = {"size": size, "fps": dice.choice([10, 12, 24, 25, 30]), "theme": dice.choice(["light", "dark"])}
    pace = dice.choice(["auto", "brief", 1, 4])
    scene = Scene(dice.choice(SURFACES), steps=dice.randint(1, 6), pace=pace, hold=0.5, **looks, **goes)
    ending = dice.choice([".gif", ".gif", ".gif", ".mp4", ".mp4", ".webp", ".apng", ".webm", ".png"])
    return scene, ending, int(10 ** dice.uniform(4.0, 5.3))


def holds(seed: int, folder: Path) -> tuple[int, str]:
    """Render a random scene under a random limit; return the passes, and what was given up or "none fits"."""
    scene, ending, limit = random_scene(random.Random(seed))
    passes: list[int] = []

    class Pass:
        def __init__(self, pictures: int) -> None:
            passes.append(pictures)

        def __enter__(self) -> Any:
            return lambda _pictures: None

        def __exit__(self, *_: object) -> None:
            pass

    try:
        (made,) = render(scene, folder / f"{seed}{ending}", meter=Pass, max_size=limit)
    except BadScene as problem:
        assert "bytes at least" in str(problem)
        least = int(str(problem).split(" has ")[1].split(" bytes")[0].replace(",", ""))
        assert least > limit
        assert left_in(folder) == []
        return len(passes), "none fits"
    assert made.path.stat().st_size == made.bytes <= limit
    made.path.unlink()
    assert left_in(folder) == []
    return len(passes), made.fitted


@pytest.mark.parametrize("seed", range(3))
def test_the_limit_holds(seed: int, tmp_path: Path) -> None:
    passes, _ = holds(seed, tmp_path)
    assert passes <= len(STEPS) + 1


@pytest.mark.slow
def test_the_limit_holds_in_a_hundred_random_scenes(tmp_path: Path) -> None:
    found = [holds(seed, tmp_path) for seed in range(100)]
    outcomes = [outcome for _, outcome in found]
    assert outcomes.count("none fits") < 50
    assert sum(map(bool, outcomes)) >= 30, "there was nothing to do"
    assert max(passes for passes, _ in found) <= 4 + MOST_REFINED + 1


# ---- the search ----


@given(st.lists(st.floats(0.3, 1.0), min_size=20, max_size=20), st.integers(1, 10**7))
def test_a_search_ends_with_a_file_that_fits_or_with_the_last_step(
    footage: Footage, shrinks: Sequence[float], limit: int
) -> None:
    """Whatever the files turn out to be, it takes hardly longer than the ladder, and keeps the largest that fits."""
    search = Search("film.gif", ALL, [footage], limit)
    rungs = ladder(ALL, [footage])
    sizes = [math.ceil(5_000_000 * math.prod(shrinks[: at + 1])) for at in range(len(rungs))]
    tried: list[int] = []
    try:
        while True:
            tried.append(rungs.index(search.fit))
            if search.accepts(sizes[tried[-1]]):
                break
        assert sizes[tried[-1]] == max(sizes[at] for at in tried if sizes[at] <= limit) <= limit
    except BadScene:
        assert tried[-1] == len(rungs) - 1
        assert sizes[tried[-1]] > limit
    first = next((place for place, at in enumerate(tried) if sizes[at] <= limit), len(tried) - 1)
    assert tried[: first + 1] == sorted(set(tried[: first + 1]))
    assert len(tried) <= first + 1 + MOST_REFINED + 1
    assert tried[0] == 0


def test_a_file_much_below_the_limit_is_made_once_more_with_a_step_in_between(footage: Footage) -> None:
    """What was measured: a GIF of 541 KB below 300, which had ended at 180."""
    measured = [541_000, 541_000, 493_000, 400_000, 327_000, 302_000, 276_000, 180_000]
    search = Search("film.gif", ALL, [footage], 300_000)
    tried: list[int] = []
    rungs = ladder(ALL, [footage])
    while True:
        tried.append(rungs.index(search.fit))
        if search.accepts(measured[tried[-1]] if tried[-1] < len(measured) else 150_000):
            break
    kept = measured[tried[-1]]
    assert 0.8 * 300_000 <= kept <= 300_000


def test_what_fits_no_better_in_between_is_made_as_it_was(footage: Footage) -> None:
    """Where steps in between turn out too large, the file that did fit is made again."""
    rungs = ladder(ALL, [footage])
    fits = len(rungs) // 2
    sizes = [1_000_000 - at for at in range(fits)] + [100_000] * (len(rungs) - fits)
    search, tried = Search("film.gif", ALL, [footage], 200_000), []
    while not search.accepts(sizes[rungs.index(search.fit)]):
        tried.append(rungs.index(search.fit))
    assert sizes[rungs.index(search.fit)] == 100_000
    assert len(tried) <= len(rungs)


@given(st.floats(0.5, 1.5), st.floats(0.05, 0.99))
def test_files_that_shrink_as_known_or_half_as_fast_take_four_passes(
    footage: Footage, steepness: float, share: float
) -> None:
    rungs = ladder(("scale", "fps", "palette"), [footage])
    sizes = [int(1e6 * rung.weight(footage) ** steepness) for rung in rungs]
    limit = max(int(1e6 * share), sizes[-1])
    search, passes = Search("film.gif", ("scale", "fps", "palette"), [footage], limit), 1
    while not search.accepts(sizes[rungs.index(search.fit)]):
        passes += 1
    assert passes <= 4


def test_what_changes_nothing_is_no_step(footage: Footage) -> None:
    slow = replace(footage, scene=footage.scene.with_(fps=12, size=(320, 240)))
    assert [fit.fps for fit in ladder(("scale", "fps", "brief"), [slow])] == [60, 10]
    assert ladder((), [footage]) == [Fit()]
    assert not any(fit.brief for fit in ladder(ALL, [footage]))  # it is brief already
    lesson = Footage.of(SMALL.with_(pace="lesson"))
    (brief,) = [fit for before, fit in pairwise(ladder(ALL, [lesson])) if fit.brief > before.brief]
    assert brief.applied(lesson).seconds < lesson.seconds
    assert brief.applied(lesson).story is lesson.story


@given(
    st.sampled_from([(1280, 720), (1080, 1080), (1080, 1920), (1200, 1000), (240, 720), (722, 242), (1202, 1000)]),
    st.floats(0.0, 0.95),
)
def test_smaller_pictures_keep_their_shape(size: tuple[int, int], scale: float) -> None:
    width, height = scaled(size, scale)
    assert width % 2 == height % 2 == 0
    assert 240 <= min(width, height) <= min(size)
    assert width <= size[0]
    assert height <= size[1]
    assert abs(math.log(width / height * size[1] / size[0])) < 0.005
    SMALL.with_(size=(width, height))


def test_smaller_pictures_of_usual_sizes() -> None:
    assert scaled((1280, 720), 0.75) == (960, 540)
    assert scaled((1280, 720), 0.5) == (640, 360)
    assert scaled((1280, 720), 0) == (434, 244)
    assert scaled((240, 240), 0.5) == (240, 240)


# ---- what it is made of ----


def test_a_palette_has_no_more_colours_than_it_may(footage: Footage) -> None:
    scouts, kept = footage.scouts(), footage.spec.colours
    assert len(choose_palette(kept, scouts).colours) > 40
    assert len(choose_palette(kept, scouts, 32).colours) <= 32
    assert [tuple(colour) for colour in choose_palette(kept, scouts, 1).colours] == list(dict.fromkeys(kept))


def test_coarser_video_is_smaller(footage: Footage, tmp_path: Path) -> None:
    sizes = []
    for coarser in (0, 12):
        path = tmp_path / f"{coarser}.mp4"
        with mp4(path, replace(footage.spec, coarser=coarser), []) as sink:
            for rgba, ticks in footage.frames():
                sink(rgba, ticks)
        sizes.append(path.stat().st_size)
    assert sizes[1] < 0.75 * sizes[0]


@pytest.mark.parametrize(("field", "given"), [("palette", 0), ("palette", 256), ("coarser", -1), ("coarser", 31)])
def test_a_film_says_what_it_can_be_made_of(field: str, given: int) -> None:
    with pytest.raises(BadScene, match=f"^{field}: {given} can't be used; allowed: a whole number"):
        FilmSpec((10, 10), 25, **{field: given})


@pytest.mark.parametrize(
    ("text", "bytes_"),
    [
        ("5MB", 5_000_000), ("5 mb", 5_000_000), ("4.5MiB", 4_718_592), ("500KB", 500_000), ("10KiB", 10_240),
        ("123456", 123_456), (123_456, 123_456), ("1GB", 10**9), ("0.5kB", 500), ("12B", 12),
    ],
)  # fmt: skip
def test_sizes_as_people_write_them(text: int | str, bytes_: int) -> None:
    assert bytes_of(text) == bytes_


@pytest.mark.parametrize("wrong", ["5M", "MB", "-5MB", "0", "0.0001KB", "1e6", "", "5 MB 3", 0, -1, 2.5, True, None])
def test_what_is_no_size_is_told(wrong: object) -> None:
    with pytest.raises(BadScene) as caught:
        bytes_of(wrong)
    allowed = "allowed: bytes, such as 5000000, 5MB (a million bytes each), 500KB or 4.5MiB"
    assert str(caught.value) == f"max_size: {wrong!r} can't be used; {allowed}"


# ---- the command ----

SHOW = ("show", "(m - 3)**2 + 1", "--learning-rate", "0.1", "--steps", "3", "--size", "480x360", "--pace", "2")


def test_the_command_tells_what_it_gave_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([*SHOW, "-o", "a.gif"]) == 0
    size = Path("a.gif").stat().st_size
    capsys.readouterr()
    assert main([*SHOW, "-o", "a.gif", "--max-size", f"{size * 3 // 4}"]) == 0
    assert "KiB; to fit: " in capsys.readouterr().out
    assert Path("a.gif").stat().st_size <= size * 3 // 4
    assert main([*SHOW, "-o", "a.gif", "--max-size", f"{size * 3 // 4}", "--json"]) == 0
    assert '"fitted": "' in capsys.readouterr().out
    assert main([*SHOW, "-o", "b.gif", "--max-size", "1KB"]) == Problem.exit_code - 3 == 2
    assert capsys.readouterr().err.startswith("gdviz: --max-size: 1000 can't be used; b.gif has ")
    assert not Path("b.gif").exists()
    assert main([*SHOW, "-n", "--max-size", "1M"]) == 2
    assert capsys.readouterr().err.startswith("gdviz: --max-size: '1M' can't be used; allowed: bytes, such as")


def test_what_was_written_says_what_was_given_up_only_then() -> None:
    assert Written(Path("a.gif"), 1, 1, 1.0, "GIF").fitted == ""
