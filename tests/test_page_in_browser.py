"""The page in Chromium: its keys, its parts, its manners, and the try-it, answered as fast as it is dragged."""

import base64
import json
import os
import re
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from browser import Browser, browsing, dragged, explorable
from numpy.typing import NDArray
from PIL import Image

import gdviz
from gdviz import GradientDescent, Scene
from gdviz.descent.exploration import explored
from gdviz.footage import Footage
from gdviz.publish.explorable import LEVELS, reach

pytestmark = pytest.mark.slow

SCENE = Scene(
    "(m - 3)**2 + 1", GradientDescent(0.1), start=-2.0, steps=4, size=(640, 360), pace="brief", title="A page",
    script="scene = 1 < 2\n",
)  # fmt: skip
DARK = Scene("x**2 + y**2", GradientDescent(0.1), start=(1, 2), steps=3, size=(640, 360), pace=2, theme="dark",
             title="A bowl")  # fmt: skip
DESKTOP, PHONE = (1280, 720), (390, 844)
TICK, RUNNING = "players[0].tick", "players[0].running"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(autouse=True)
def nothing_is_complained_of(browser: Browser) -> Iterator[None]:
    browser.complaints.clear()
    browser.look(DESKTOP)
    yield
    assert browser.complaints == []


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    gdviz.render(SCENE, folder / "film.html", place="reveal", size=SCENE.size)
    gdviz.render([DARK, SCENE.with_(theme="dark")], folder / "two.html")
    gdviz.render(SCENE, folder / "click.html", click=True)
    gdviz.render(SCENE, folder / "segments.html", segments=True)
    return folder


@pytest.fixture(scope="module")
def footage() -> Footage:
    return Footage.of(SCENE)


def beyond(name: str) -> Path:
    """A package of Node.js for verifying: in the folder that NODE_MODULES names, else beside the tests."""
    folder = Path(os.environ.get("NODE_MODULES", Path(__file__).parents[1] / "node_modules")) / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not there: npm install {name}, and set NODE_MODULES to its folder")
    return folder


def begins(footage: Footage) -> list[int]:
    return [round(part.begin * SCENE.fps) for part in footage.segments]


def paused_at_start(browser: Browser, page: Path) -> None:
    browser.open(page)
    browser.run("players[0].hand(() => players[0].seek(0))")


# ---- the player ----


def test_it_starts_by_itself_and_over_again(browser: Browser, pages: Path) -> None:
    browser.open(pages / "film.html")
    browser.until(f"{TICK} > 3 && {RUNNING}")
    browser.run("players[0].video.currentTime = players[0].video.duration - 0.2")
    browser.until(f"{TICK} < 20 && {RUNNING}")
    assert browser.run("players[0].video.muted && !players[0].video.controls")


def test_it_stays_still_where_less_motion_is_asked_for(browser: Browser, pages: Path) -> None:
    browser.look(DESKTOP, calm=True)
    browser.open(pages / "film.html")
    time.sleep(0.5)
    assert browser.run("[players[0].running, players[0].begun, players[0].inView]") == [False, False, True]
    browser.press(" ")
    browser.until(RUNNING)


def test_with_click_it_waits(browser: Browser, pages: Path) -> None:
    browser.open(pages / "click.html")
    time.sleep(0.5)
    assert browser.run("[players[0].running, players[0].inView]") == [False, True]
    browser.run("document.querySelector('.toggle').click()")
    browser.until(RUNNING)


def test_with_segments_it_stops_where_a_part_ends(browser: Browser, pages: Path, footage: Footage) -> None:
    browser.open(pages / "segments.html")
    ends = begins(footage)[1:]
    for end in ends[:2]:
        browser.until(f"!{RUNNING} && {TICK} === {end - 1}")
        browser.press(" ")


def test_forward_plays_part_after_part_and_back_goes_to_their_begins(
    browser: Browser, pages: Path, footage: Footage
) -> None:
    paused_at_start(browser, pages / "film.html")
    browser.run("players[0].hasten(2)")
    ends = [*begins(footage)[1:], footage.ticks]
    assert len(ends) > 3
    for end in ends:
        browser.press("ArrowRight")
        browser.until(f"!{RUNNING} && {TICK} === {end - 1}")
    for begin in reversed(begins(footage)):
        browser.press("ArrowLeft")
        browser.until(f"!{RUNNING} && {TICK} === {begin}")


def test_who_goes_back_at_the_very_end_stays_there(browser: Browser, pages: Path, footage: Footage) -> None:
    paused_at_start(browser, pages / "film.html")
    browser.press("End")
    browser.press("ArrowLeft")
    browser.run("players[0].video.dispatchEvent(new Event('ended'))")  # it comes a moment later
    assert browser.run(TICK) == begins(footage)[-1]
    assert not browser.run(RUNNING)


def test_forward_while_it_plays_goes_on_with_the_next_part(browser: Browser, pages: Path, footage: Footage) -> None:
    paused_at_start(browser, pages / "film.html")
    browser.press("ArrowRight")
    browser.press("ArrowRight")
    second = begins(footage)[1]
    assert browser.run(TICK) >= second
    browser.until(f"!{RUNNING} && {TICK} === {begins(footage)[2] - 1}")


def test_every_key_does_what_is_told(browser: Browser, pages: Path, footage: Footage) -> None:
    paused_at_start(browser, pages / "film.html")
    for key in (" ", "k"):
        browser.press(key)
        browser.until(RUNNING)
        browser.press(key)
        browser.until(f"!{RUNNING}")
    browser.press("End")
    assert browser.run(TICK) == footage.ticks - 1
    browser.press(",")
    assert browser.run(TICK) == footage.ticks - 2
    browser.press("Home")
    assert browser.run(TICK) == 0
    browser.press(".")
    browser.press(".")
    assert browser.run(TICK) == 2
    for key, speed in (("+", 1.5), ("+", 2), ("+", 2), ("-", 1.5), ("-", 1), ("-", 0.5), ("-", 0.5)):
        browser.press(key)
        assert browser.run("[players[0].video.playbackRate, Number(players[0].speed.value)]") == [speed, speed]
    browser.press("?")
    assert browser.run("document.querySelector('dialog').open")
    browser.press("Escape")
    assert not browser.run("document.querySelector('dialog').open")
    browser.press("f")
    browser.until("document.fullscreenElement === players[0].figure")
    browser.press("f")
    browser.until("document.fullscreenElement === null")


def test_every_control_can_be_reached_and_used_by_keyboard(browser: Browser, pages: Path) -> None:
    paused_at_start(browser, pages / "film.html")
    browser.until("!document.querySelector('.explorable').hidden")
    reached = []
    for _ in range(16):
        browser.press("Tab")
        reached.append(browser.run("(document.activeElement.className || document.activeElement.tagName)"))
    wanted = ["restart", "back", "toggle", "forward", "position", "speed", "full", "help", "start", "rate", "reset"]
    assert reached[: len(wanted)] == wanted
    assert reached[len(wanted) :].count("SUMMARY") == 3


def test_arrows_move_a_slider_that_has_the_focus(browser: Browser, pages: Path) -> None:
    paused_at_start(browser, pages / "film.html")
    browser.run("players[0].slider.focus()")
    browser.press("ArrowRight")
    browser.until(f"{TICK} === 1 && !{RUNNING}")


def test_the_slider_says_where_the_film_is(browser: Browser, pages: Path, footage: Footage) -> None:
    paused_at_start(browser, pages / "film.html")
    said = "players[0].slider.getAttribute('aria-valuetext')"
    assert browser.run(said) == "0.0 s"
    browser.press("End")
    assert browser.run(said) == f"step 4 of 4, {(footage.ticks - 1) / SCENE.fps:.1f} s"
    assert browser.run("players[0].said.textContent") == footage.account.lines[-1].words


def test_what_is_sought_is_what_is_shown(browser: Browser, pages: Path, footage: Footage) -> None:
    paused_at_start(browser, pages / "film.html")
    pictures: list[NDArray[np.int16]] = []
    number_of: list[int] = []  # of the picture that each tick shows
    for number, (picture, count) in enumerate(footage.frames()):
        pictures.append(picture[::2, ::2, :3].astype(np.int16))
        number_of += [number] * count
    ticks = [*begins(footage), *Random(5).sample(range(footage.ticks), 6)]
    for tick in ticks:
        shown = browser.run(
            f"""new Promise((resolve) => {{
                const {{ video }} = players[0], canvas = document.createElement("canvas");
                [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
                const look = () => {{ canvas.getContext("2d").drawImage(video, 0, 0); resolve(canvas.toDataURL()); }};
                video.requestVideoFrameCallback(look);
                players[0].seek({tick} === players[0].tick ? {tick} + 1 : {tick});
                players[0].seek({tick});
            }})"""
        )
        found = np.asarray(Image.open(BytesIO(base64.b64decode(shown.partition(",")[2]))).convert("RGB"))[::2, ::2]
        off = [float(np.abs(found - picture).mean()) for picture in pictures]
        assert off[number_of[tick]] <= min(off) + 1e-9, (tick, int(np.argmin(off)))


def test_taps_and_swipes(browser: Browser, pages: Path, footage: Footage) -> None:
    browser.look(PHONE, mobile=True)
    paused_at_start(browser, pages / "film.html")
    x, y = browser.run("(({x, y}) => [x + 150, y + 80])(players[0].video.getBoundingClientRect())")
    browser.swipe(x + 100, y, x - 50)
    browser.until(f"!{RUNNING} && {TICK} === {begins(footage)[1] - 1}")
    browser.swipe(x - 50, y, x + 100)
    browser.until(f"!{RUNNING} && {TICK} === 0")
    browser.mouse("mousePressed", x, y)
    browser.mouse("mouseReleased", x, y)
    browser.until(RUNNING)


def test_it_starts_when_it_comes_into_view_and_rests_out_of_it(browser: Browser, pages: Path) -> None:
    browser.open(pages / "two.html")
    browser.until("players[0].running && !players[1].running")
    browser.run("players[1].figure.scrollIntoView()")
    browser.until("!players[0].running && players[1].running")
    browser.run("players[0].figure.scrollIntoView()")
    browser.until("players[0].running && players[0].tick < 10 && !players[1].running")


def test_the_scene_can_be_copied(browser: Browser, pages: Path) -> None:
    browser.open(pages / "film.html")
    browser.send("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    browser.run("document.querySelector('.copy').click()")
    browser.until("document.querySelector('.copy').textContent === 'Copied'")
    assert browser.run("navigator.clipboard.readText()") == SCENE.script


def test_without_javascript_the_browsers_own_controls_play_it(browser: Browser, pages: Path) -> None:
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages / "film.html")
        assert browser.run("document.querySelector('video').controls && document.querySelector('.explorable').hidden")
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("size", [DESKTOP, (640, 800), PHONE, (320, 640)], ids=str)
def test_nothing_is_wider_than_the_window(browser: Browser, pages: Path, size: tuple[int, int]) -> None:
    browser.look(size, mobile=size[0] < 600)
    for name in ("film.html", "two.html"):
        browser.open(pages / name)
        browser.run("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert browser.run("document.documentElement.scrollWidth <= innerWidth")


def test_embedded_it_is_the_film_alone_and_fits_its_frame(browser: Browser, pages: Path) -> None:
    browser.look((640, 416))
    browser.open(pages / "click.html")
    browser.until("!document.querySelector('.explorable').hidden")
    seen = "[...document.querySelectorAll('h1, .explorable, details')].some((one) => one.checkVisibility())"
    assert browser.run(seen)
    browser.open(pages / "film.html", "#embed")
    assert not browser.run(seen)
    assert browser.run("document.documentElement.scrollHeight <= innerHeight")
    assert browser.run("document.querySelector('.controls').getBoundingClientRect().bottom <= innerHeight")


# ---- start and rate to try ----


def test_the_paths_are_the_steppers(browser: Browser, pages: Path, footage: Footage) -> None:
    explorable(browser, pages / "film.html")
    optimizer = SCENE.optimizer
    assert isinstance(optimizer, GradientDescent)
    found, (low, high) = explored(footage.story, optimizer), reach(footage.story)
    pick = Random(5)
    for _ in range(40):
        i, j = pick.randrange(60), pick.randrange(60)
        text = browser.run(
            f"players[0].explorable.then((made) => made.paths.run({i}, {j}))"
            ".then(({places, ...rest}) => JSON.stringify({places: places.map(String), ...rest}))"
        )
        run: dict[str, Any] = json.loads(text)
        places = np.array([float(place.replace("Infinity", "inf")) for place in run["places"]])
        own = found.params[: found.last[i, j] + 1, i, j]
        within = (own >= low) & (own <= high)
        assert len(places) == len(own)
        assert np.abs(places - own)[within].max() <= 0.5001 * (high - low) / (LEVELS - 1)
        assert (np.isinf(places) == ~within).all()
        assert (run["needed"], run["verdict"], run["lost"]) == (
            found.needed[i, j], found.verdict[i, j], found.lost[i, j]
        )  # fmt: skip


def test_sliders_and_words(browser: Browser, pages: Path) -> None:
    explorable(browser, pages / "film.html")
    result = "document.querySelector('.result').textContent.trim()"
    first = browser.run(result)
    assert first == "good 99 % of the way at step 21; at step 100 m = 3.000."
    browser.run("document.querySelector('input.rate').focus()")
    browser.press("End")
    assert browser.run(result) == "diverging it leaves the picture at step 1."
    rate = browser.run("document.querySelector('.rate-value').textContent")
    browser.until("document.querySelector('.live').textContent !== ''")
    live = browser.run("document.querySelector('.live').textContent")
    told = f"Start m = −2.000, learning rate {rate}: diverging; it leaves the picture at step 1."
    assert live == told
    browser.press("Home")
    assert browser.run(result).startswith("too small")
    browser.run("document.querySelector('.reset').click()")
    assert browser.run(result) == first


def test_numbers_have_the_decimal_mark_of_the_language(browser: Browser, tmp_path: Path) -> None:
    gdviz.render(SCENE.with_(lang="de"), tmp_path / "film.html", click=True)
    explorable(browser, tmp_path / "film.html")
    browser.run("players[0].seek(30)")
    numbers = "document.querySelector('.clock').textContent + document.querySelector('.result').textContent"
    seconds = f"{Footage.of(SCENE.with_(lang='de')).seconds:.1f}".replace(".", ",")
    assert re.findall(r"\d+[.,]\d+", browser.run(numbers)) == ["1,2", seconds, "3,000"]
    said = browser.run("document.querySelector('.position').getAttribute('aria-valuetext')")
    assert "1.2" not in said
    browser.run("players[0].hasten(1)")
    assert browser.run("[players[0].video.playbackRate, players[0].speed.value].join()") == "1.5,1.5"


def test_the_ball_follows_the_pointer(browser: Browser, pages: Path, footage: Footage) -> None:
    explorable(browser, pages / "film.html")
    dragged(browser, 10)
    place = float(browser.run("document.querySelector('.start-value').textContent"))
    low, high = footage.story.window.params
    left, right = 78 / 640, 590 / 640  # of the panel, between which the window lies
    pointer = low + (0.15 + 0.75 * 9 / 10 - left) / (right - left) * (high - low)
    starts = browser.run("players[0].data.explorable.starts")
    assert place == pytest.approx(min(starts, key=lambda start: abs(start - pointer)), abs=0.0005)
    assert browser.run("document.activeElement.className") == "start"


# ---- for everybody ----


@pytest.mark.parametrize("name", ["film.html", "two.html"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=str)
def test_axe_finds_no_violation(browser: Browser, pages: Path, name: str, size: tuple[int, int]) -> None:
    axe = (beyond("axe-core") / "axe.min.js").read_text(encoding="utf-8")
    browser.look(size)
    browser.open(pages / name)
    browser.until("[...document.querySelectorAll('.explorable')].every((one) => !one.hidden)")
    browser.run(f"{axe}; document.querySelectorAll('details').forEach((one) => {{ one.open = true; }})")
    found = "axe.run().then(({violations, passes}) => [violations.map(({id}) => id), passes.length])"
    for _ in range(2):
        violations, passes = browser.run(found)
        assert violations == []
        assert passes > 5
        browser.run("document.querySelector('dialog').open || help()")


def test_in_slides_of_reveal_the_clicker_plays_part_after_part(browser: Browser, pages: Path, footage: Footage) -> None:
    reveal = (beyond("reveal.js") / "dist").as_uri()
    pasted = (pages / "film_snippet.html").read_text(encoding="utf-8")
    deck = pages / "deck.html"
    deck.write_text(
        f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Deck</title>
        <link rel="stylesheet" href="{reveal}/reveal.css"></head><body><div class="reveal"><div class="slides">
        <section>One</section>{pasted}<section>Three</section></div></div>
        <script src="{reveal}/reveal.js"></script><script>Reveal.initialize({{ transition: "none" }});</script>
        </body></html>""",
        encoding="utf-8",
    )
    browser.open(deck)
    browser.until("Reveal.isReady()")
    slide = "Reveal.getIndices().h"
    browser.press("ArrowRight")
    browser.until(f"{slide} === 1 && document.activeElement.tagName === 'IFRAME'")
    for _ in footage.segments:
        browser.press("ArrowRight")
        assert browser.run(slide) == 1
    browser.press("End")
    time.sleep(0.3)
    browser.press("ArrowRight")
    browser.until(f"{slide} === 2 && document.activeElement.tagName === 'BODY'")
    browser.press("ArrowLeft")
    browser.until(f"{slide} === 1 && document.activeElement.tagName === 'IFRAME'")
    browser.press("Home")
    browser.press("ArrowLeft")
    browser.until(f"{slide} === 0 && document.activeElement.tagName === 'BODY'")
