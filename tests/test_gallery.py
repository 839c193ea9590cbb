"""The gallery: every named surface on one sheet, readable, the right way up, whole or absent."""

import errno
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.text import Text
from PIL import Image

from gdviz import Formula, gallery, surface
from gdviz.descent.surfaces import SURFACES
from gdviz.picture.miniature import HIGH, WIDE, miniatures
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import DARK, LIGHT, Theme
from gdviz.problems import BadScene, FilmFailed

NAMED = {name: surface(name) for name in SURFACES}
LEAST_TYPE = 17  # pixels
Rectangle = tuple[float, float, float, float]


def texts(figure: Figure) -> dict[str, Text]:
    return {text.get_text(): text for text in figure.findobj(Text) if text.get_text()}  # type: ignore[attr-defined]


def crosses(figure: Figure, theme: Theme, within: Rectangle) -> Iterator[tuple[float, float]]:
    """The middles of the marks, each of two strokes, whose places are within a rectangle of units."""
    left, right, bottom, top = within
    lines: list[Stroke] = figure.findobj(Stroke)  # type: ignore[assignment]
    middles = [tuple(np.mean(line.get_xydata(), axis=0).round(6)) for line in lines if line.get_color() == theme.ink]
    found = [(x, y) for x, y in middles if left <= x <= right and top <= y <= bottom]
    assert len(found) == 2 * len(set(found))
    yield from dict.fromkeys(found)


@pytest.mark.parametrize(("theme", "columns"), [(LIGHT, 2), (DARK, 7), (LIGHT, 20)])
def test_every_surface_is_there_and_its_name_can_be_read(theme: Theme, columns: int) -> None:
    figure = miniatures(NAMED, theme, columns)
    found = texts(figure)
    assert set(NAMED) <= set(found)
    width, height = figure.get_size_inches() * 72
    extents = {words: text.get_window_extent() for words, text in found.items()}
    for words, text in found.items():
        box = extents[words]
        assert text.get_fontsize() >= LEAST_TYPE
        assert min(box.x0, box.y0) >= 0, words
        assert box.x1 <= width, words
        assert box.y1 <= height, words
    assert all(extents[name].width < WIDE for name in NAMED)
    assert not any(extents[one].overlaps(extents[other]) for one, other in combinations(found, 2))


def test_each_land_is_seen_from_above_the_right_way_up() -> None:
    losses = {"right": Formula("9*x + y", region=((0, 1), (0, 1))), "up": Formula("x + 9*y", region=((0, 1), (0, 1)))}
    images: list[AxesImage] = miniatures(losses, LIGHT, 2).findobj(AxesImage)  # type: ignore[assignment]
    right, up = (np.asarray(image.get_array()).mean(axis=-1) for image in images)
    assert right.shape == (HIGH, WIDE)
    assert right[:, :20].mean() > right[:, -20:].mean()
    assert up[-20:].mean() > up[:20].mean()


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
def test_the_marks_of_lands_lie_where_the_gradient_is_zero(theme: Theme) -> None:
    figure = miniatures(NAMED, theme, 7)
    lands = [name for name, loss in NAMED.items() if loss.about.dim == 2]
    images: list[AxesImage] = figure.findobj(AxesImage)  # type: ignore[assignment]
    for name, image in zip(lands, images, strict=True):
        about, extent = NAMED[name].about, image.get_extent()
        left, right, bottom, top = extent
        assert about.region is not None
        (x_low, x_high), (y_low, y_high) = about.region
        marks = list(crosses(figure, theme, extent))
        assert len(marks) == len(about.minima) + len(about.saddles), name
        for x, y in marks:
            point = (
                x_low + (x - left) / (right - left) * (x_high - x_low),
                y_low + (bottom - y) / (bottom - top) * (y_high - y_low),
            )
            rim = np.array([(x_low, y_low), (x_low, y_high), (x_high, y_low), (x_high, y_high)])
            steep = np.abs(NAMED[name](rim)[1]).max()
            if np.isfinite(steep) and name != "ackley":  # whose minimum is a tip
                assert np.abs(NAMED[name](np.array(point))[1]).max() < 1e-6 * max(steep, 1.0), name


def test_a_curve_is_drawn_through_its_minima() -> None:
    loss = Formula("m**4 - 3*m**2 + m", region=(-2, 2), minima=(-1.3008395659415772, 1.1309011226299859))
    figure = miniatures({"wells": loss}, LIGHT, 2)
    lines: list[Stroke] = figure.findobj(Stroke)  # type: ignore[assignment]
    (curve,) = [np.asarray(line.get_xydata()) for line in lines if line.get_color() == LIGHT.curve]
    marks = list(crosses(figure, LIGHT, (48, 48 + WIDE, 2000, 100)))
    assert len(marks) == 2
    for x, y in marks:
        assert np.interp(x, *curve.T) == pytest.approx(y, abs=0.05)
    lowest = curve[np.argmax(curve[:, 1])]  # units count downwards
    assert lowest == pytest.approx(marks[0], abs=1)


def test_the_painted_sheet_is_read_back(tmp_path: Path) -> None:
    target = tmp_path / "new" / "surfaces.png"
    made = gallery(target, theme="dark")
    assert (made.path, made.bytes, made.frames, made.format) == (target, target.stat().st_size, 1, "PNG")
    with Image.open(target) as picture:
        assert picture.size == tuple(miniatures(NAMED, DARK, 7).get_size_inches() * 72)
        assert picture.convert("RGB").getpixel((0, 0)) == tuple(bytes.fromhex(DARK.ground[1:]))
    assert [path.name for path in target.parent.iterdir()] == ["surfaces.png"]


def test_the_printed_sheet_is_the_same_each_time(tmp_path: Path) -> None:
    one, two = tmp_path / "one.pdf", tmp_path / "two.PDF"
    assert gallery(one, columns=5).format == "PDF"
    gallery(two, columns=5)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes().startswith(b"%PDF-")
    assert one.read_bytes().rstrip().endswith(b"%%EOF")


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"path": "a.gif"}, "output: 'a.gif' can't be used; its end must say the format; allowed: .png, .pdf"),
    ({"path": "a.pgn"}, "output: 'a.pgn' can't be used; its end must say the format; did you mean '.png'\\? .*"),
    ({"path": "a"}, "output: 'a' can't be used; its end must say the format; allowed: .png, .pdf"),
    ({"path": "folder.png"}, "output: 'folder.png' can't be used; it is a folder; .*"),
    ({"path": f"{'a' * 300}.png"}, "output: 'aaa.* can't be used; allowed: a name of up to 200 bytes"),
    ({"theme": "drk"}, "theme: 'drk' can't be used; did you mean 'dark'\\? allowed: light, dark"),
    ({"columns": 1}, "columns: 1 can't be used; allowed: a whole number from 2 to 20"),
    ({"columns": True}, "columns: True can't be used; allowed: a whole number from 2 to 20"),
    ({"columns": 2.5}, "columns: 2.5 can't be used; allowed: a whole number from 2 to 20"),
]


@pytest.mark.parametrize(("asked", "sentence"), REFUSED, ids=str)
def test_what_cannot_be_used_gets_one_sentence(
    asked: dict[str, Any], sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(BadScene, match=f"^{sentence}$"):
        gallery(**asked)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.png"]


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "surfaces.png"
    target.write_text("the old sheet")

    def full(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[:100])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(FilmFailed, match=r"surfaces\.png: the disk is full$"):
        gallery(target)
    assert target.read_text() == "the old sheet"
    assert [path.name for path in tmp_path.iterdir()] == ["surfaces.png"]
