"""The page: one file that loads nothing, says everything, and holds the film that it shows."""

import base64
import hashlib
import json
import re
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import gdviz
from gdviz import GradientDescent, Scene
from gdviz.cli import main
from gdviz.digest import digest
from gdviz.film.film import FilmSpec
from gdviz.film.video import ffmpeg
from gdviz.film.write import write
from gdviz.footage import Footage
from gdviz.problems import BadScene
from gdviz.publish.captions import track
from gdviz.publish.destinations import DESTINATIONS
from gdviz.publish.page import KEYS, _opaque, embedded
from gdviz.publish.snippets import SNIPPETS
from gdviz.words import current_language, speaking, word

NASTY = """A "title" & '</script><b>$x ${y} {z}"""
SCRIPT = '"""A doc </script> & <!-- "quotes" """\nprint("$title", 1 < 2 > 0)\n'
SCENE = Scene(
    "(m - 3)**2 + 1", GradientDescent(0.1), start=-2.0, steps=4, size=(640, 360), pace="brief", fps=10, title=NASTY,
    watch='Watch --> <!-- <b> & "c" \\u003c ]]>.', script=SCRIPT,
)  # fmt: skip
BOWL = Scene("x**2 + y**2", GradientDescent(0.1), start=(1, 2), steps=3, size=(640, 360), pace=2, theme="dark",
             title="A bowl")  # fmt: skip
VOID = {"meta", "track", "input", "br", "link", "img"}


class Parsed(HTMLParser):
    """The elements of a page with their attributes and texts; fails where tags do not match."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[dict[str, Any]] = []
        self.all: list[dict[str, Any]] = []
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = {"tag": tag, "text": "", **{name: value or "" for name, value in attrs}}
        self.all.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all.append({"tag": tag, "text": "", **{name: value or "" for name, value in attrs}})

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()["tag"] == tag

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element["text"] += data

    def find(self, tag: str, **attributes: str) -> list[dict[str, Any]]:
        given = {name.rstrip("_"): value for name, value in attributes.items()}
        return [one for one in self.all if one["tag"] == tag and all(one.get(k) == v for k, v in given.items())]

    def one(self, tag: str, **attributes: str) -> dict[str, Any]:
        (found,) = self.find(tag, **attributes)
        return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pages") / "film.html"
    gdviz.render(SCENE, path)
    return path


@pytest.fixture(scope="module")
def page(made: Path) -> Parsed:
    return Parsed(made.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def footage() -> Footage:
    return Footage.of(SCENE)


def content(uri: str, kind: str) -> bytes:
    head, _, text = uri.partition(",")
    assert head == f"data:{kind};base64"
    return base64.b64decode(text, validate=True)


def test_it_loads_nothing(made: Path, page: Parsed) -> None:
    for element in page.all:
        for name in ("src", "href", "poster", "action", "data", "srcset"):
            assert element.get(name, "data:").startswith("data:"), element
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(|https?://(?!www\.w3\.org/2000/svg)",
                         re.sub(r"base64,[\w+/=]+", "", made.read_text(encoding="utf-8")))  # fmt: skip


def test_its_policy_lets_only_its_own_script_and_style_run(page: Parsed) -> None:
    policy = next(one for one in page.find("meta") if one.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
    assert rules["default-src"] == "'none'" and "unsafe" not in policy["content"]
    (script,) = [one for one in page.find("script") if "type" not in one]
    for rule, element in (("script-src", script), ("style-src", page.one("style"))):
        hashed = base64.b64encode(hashlib.sha256(element["text"].encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{hashed}'"
    assert not [one for one in page.all if "style" in one or any(name.startswith("on") for name in one)]


def test_texts_come_through_whole_whatever_is_in_them(page: Parsed, footage: Footage) -> None:
    assert page.one("title")["text"] == NASTY
    assert page.one("h1")["text"] == NASTY
    assert page.one("pre")["text"] == SCRIPT
    assert page.one("video")["aria-label"] == footage.account.alt
    assert page.one("p", id="long-1")["text"] == footage.account.long
    words = [one["text"] for one in page.find("li")]
    assert words[-len(footage.account.steps) :] == list(footage.account.steps)
    assert not page.find("b")


def test_the_scripts_data_are_what_the_footage_says(page: Parsed, footage: Footage) -> None:
    data = json.loads(page.one("script", class_="data")["text"])
    assert data["ticks"] == footage.ticks and data["fps"] == SCENE.fps
    assert [begin / SCENE.fps for begin in data["begins"]] == [part.begin for part in footage.segments]
    assert [line[2] for line in data["lines"]] == [line.words for line in footage.account.lines]
    steps = [(step, of) for _, step, of in data["steps"]]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert data["plays"] is None and not data["click"] and not data["segments"]


def test_the_film_the_poster_and_the_captions_are_in_it(page: Parsed, footage: Footage, tmp_path: Path) -> None:
    video = page.one("video")
    film = tmp_path / "film.mp4"
    film.write_bytes(content(video["src"], "video/mp4"))
    command = [ffmpeg(), "-v", "error", "-i", str(film), "-f", "framecrc", "-"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert sum(not line.startswith("#") for line in listing.splitlines()) == footage.ticks
    poster = tmp_path / "poster.png"
    write([(footage.picture(footage.shots[-1].moment), 1)], [poster], footage.spec, ())
    assert content(video["poster"], "image/png") == poster.read_bytes()
    assert content(page.one("track")["src"], "text/vtt").decode() == track(footage.account.lines)
    assert "default" not in page.one("track")  # the picture has the sentence already


def test_a_video_has_a_whole_picture_wherever_it_is_entered(footage: Footage, tmp_path: Path) -> None:
    entries = (0, 3, 10, 11, 40)
    path = tmp_path / "film.mp4"
    write(footage.frames(), [path], replace(footage.spec, entries=entries), ())
    command = [ffmpeg(), "-v", "error", "-skip_frame", "nokey", "-i", str(path), "-f", "framecrc", "-"]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    whole = [int(line.split(",")[2]) for line in listing.splitlines() if not line.startswith("#")]
    assert set(entries) <= set(whole)
    assert len(whole) == len(entries)


def test_entries_are_checked() -> None:
    with pytest.raises(BadScene, match=r"^entries: \(0, -1\) can't be used; allowed: whole ticks from 0 on$"):
        FilmSpec((640, 360), 25, entries=(0, -1))


def test_equal_scenes_give_equal_bytes(made: Path, tmp_path: Path) -> None:
    again = tmp_path / "film.html"
    gdviz.render(replace(SCENE), again)
    assert again.read_bytes() == made.read_bytes()


def test_it_carries_the_digest_of_its_scene(page: Parsed) -> None:
    assert page.one("meta", name="gdviz-digest")["content"] == digest(SCENE)


def test_a_transparent_film_lies_on_the_ground_of_its_theme(tmp_path: Path) -> None:
    scenes = {name: BOWL.with_(ground=name) for name in ("", "transparent", "#181c23")}
    pages = {}
    for name, scene in scenes.items():
        gdviz.render(scene, tmp_path / "film.html")
        pages[name] = Parsed((tmp_path / "film.html").read_text(encoding="utf-8"))
        assert pages[name].one("meta", name="gdviz-digest")["content"] == digest(scene)
    grounds = {name: re.search("--ground:(#[0-9a-f]+);", one.one("style")["text"]) for name, one in pages.items()}
    assert [found and found[1] for found in grounds.values()] == ["#12161d", "#12161d", "#181c23"]
    pixels = {
        name: np.asarray(Image.open(BytesIO(content(one.one("video")["poster"], "image/png"))).convert("RGBA"))
        for name, one in pages.items()
    }
    assert np.array_equal(pixels[""], pixels["transparent"])
    assert pixels["#181c23"][0, 0].tolist() == [0x18, 0x1C, 0x23, 255]


def test_a_transparent_film_is_drawn_again_but_neither_run_nor_coded_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    film = Footage.of(BOWL.with_(ground="transparent"))
    film = replace(film, spec=replace(film.spec, coarser=8))
    monkeypatch.setattr(Scene, "story", lambda _scene: pytest.fail("the optimizers run again"))
    made = _opaque(film)
    assert made.spec == replace(film.spec, transparent=False, colours=Footage.again(film, ground="").spec.colours)
    assert (made.spec.coarser, made.spec.card.digest) == (8, digest(film.scene))
    assert _opaque(made) is made


def test_each_film_of_a_page_speaks_its_own_language(tmp_path: Path) -> None:
    gdviz.render([BOWL, BOWL.with_(lang="de"), BOWL.with_(lang="fr")], tmp_path / "film.html")
    page = Parsed((tmp_path / "film.html").read_text(encoding="utf-8"))
    assert page.one("html")["lang"] == "en"
    found = zip(page.find("button", class_="restart"), page.find("script", class_="data"), strict=True)
    for lang, (button, script) in zip(("en", "de", "fr"), found, strict=True):
        data = json.loads(script["text"])
        with speaking(lang):
            assert button["aria-label"] == word("page restart")
            assert data["words"]["play"] == word("page play")
            assert data["point"] == current_language().decimal
    speeds = [one["text"] for one in page.find("option", value="1.5")]
    assert speeds == ["1.5×", "1,5×", "1,5×"]
    assert [one["text"] for one in page.find("option", selected="")][:1] == ["1×"]


def test_every_control_has_a_name(page: Parsed) -> None:
    controls = [*page.find("button"), *page.find("select"), *page.find("input")]
    assert len(controls) == 13
    labels = page.find("label")
    for control in controls:
        assert control.get("aria-label") or control["text"] or control["class"] in ("start", "rate"), control
    assert [label["text"].split() for label in labels] == [["start", "m", "="], ["learning", "rate"]]


def test_ids_are_there_once_and_what_is_referred_to_is_there(tmp_path: Path) -> None:
    path = tmp_path / "two.html"
    gdviz.render([SCENE, BOWL], path, click=True, segments=True)
    page = Parsed(path.read_text(encoding="utf-8"))
    ids = [one["id"] for one in page.all if "id" in one]
    assert len(ids) == len(set(ids))
    for one in page.all:
        assert set(one.get("aria-labelledby", "").split()) | set(one.get("aria-describedby", "").split()) <= set(ids)
    assert [one["text"] for one in page.find("h2")][:2] == [NASTY, "A bowl"]
    assert len(page.find("video")) == 2 and page.one("h1")["text"] == word("page films", count=2)
    assert len(page.find("section")) == 1  # the bowl has two parameters
    data = [json.loads(one["text"]) for one in page.find("script", class_="data")]
    assert [one["explorable"] is None for one in data] == [False, True]
    assert all(one["click"] and one["segments"] for one in data)
    assert len(page.find("pre")) == 1  # the bowl has no script


def test_json_in_a_script_ends_nothing() -> None:
    given = {"words": "</script><!-- \u2028\u2029 & 'é\""}
    text = embedded(given)
    assert not set("<\u2028\u2029") & set(text)
    assert json.loads(text) == given


def test_the_keys_that_are_told_are_those_of_the_script(page: Parsed) -> None:
    (script,) = [one["text"] for one in page.find("script") if "type" not in one]
    table = script[script.index("const KEYS = {") : script.index("const OF_SLIDERS")]
    there = {found[0] or found[1] for found in re.findall(r'^  (?:"(.+?)"|(\w+)):', table, re.MULTILINE)}
    spelled = {"page key space": " ", "→": "ArrowRight", "←": "ArrowLeft", "−": "-", "K": "k", "F": "f"}
    assert {spelled.get(key, key) for keys in KEYS.values() for key in keys} == there


# ---- snippets ----


def test_every_snippet_is_for_a_place() -> None:
    assert set(SNIPPETS) <= set(DESTINATIONS)


@pytest.mark.parametrize("place", SNIPPETS)
def test_a_snippet_shows_the_page(place: str, tmp_path: Path) -> None:
    page, pasted = gdviz.render(SCENE, tmp_path / "my film.html", place=place)
    assert (page.path.name, pasted.path.name) == ("my film.html", "my film_snippet.html")
    frame = Parsed(pasted.path.read_text(encoding="utf-8")).one("iframe")
    assert frame["data-src" if place == "reveal" else "src"] == "my%20film.html#embed"
    assert frame["title"] == Footage.of(SCENE).account.alt
    assert pasted.bytes == pasted.path.stat().st_size


def test_places_without_a_snippet_have_the_page_alone(tmp_path: Path) -> None:
    assert [made.path.name for made in gdviz.render(SCENE, tmp_path / "film.html", place="moodle")] == ["film.html"]


def test_a_page_for_slides_is_asked_for_in_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scene = tmp_path / "scene.toml"
    scene.write_text(
        'loss = "m**2"\noptimizer = {name = "GradientDescent", learning_rate = 0.1}\nstart = 1.0\npace = 1\n'
    )
    assert main(["render", str(scene), "-o", str(tmp_path / "film.html"), "--for", "reveal"]) == 0
    page, pasted = capsys.readouterr().out.splitlines()
    assert page.startswith(f"{tmp_path}/film.html") and pasted.startswith(f"{tmp_path}/film_snippet.html")
