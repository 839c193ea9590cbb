"""Chromium, driven over its debugging pipe: a program we did not write opens our pages."""

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CONNECT = """import os, sys
ends = [os.dup(int(end)) for end in sys.argv[1:3]]  # out of the way of 3 and 4
while min(ends) < 5:
    ends = [os.dup(end) for end in ends]
os.dup2(ends[0], 3)
os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, which reads from 3 and writes to 4."""

PATIENCE = 30.0  # seconds for an answer
CODES = {" ": 32, "ArrowRight": 39, "ArrowLeft": 37, "ArrowUp": 38, "Home": 36, "End": 35, "PageDown": 34, "Escape": 27,
         "Tab": 9}  # fmt: skip


class Browser:
    """A tab of a headless Chromium."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands, self._answers = commands, answers
        self._rest, self._count, self._session = b"", 0, ""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **params: Any) -> Any:
        """Send a command of the DevTools protocol and return its result."""
        self._count += 1
        number = self._count
        command: dict[str, Any] = {"id": number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        os.write(self._commands, json.dumps(command).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, answer["error"]
                return answer["result"]
            self._hear(answer)

    def _hear(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.exceptionThrown":
            details = event["params"]["exceptionDetails"]
            self.complaints.append(str(details.get("exception", {}).get("description", details["text"])))
        if event.get("method") == "Log.entryAdded" and event["params"]["entry"]["level"] in ("error", "warning"):
            self.complaints.append(event["params"]["entry"]["text"])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            read = os.read(self._answers, 1 << 20)
            assert read, "the browser has gone"
            self._rest += read
        answer, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(answer)
        return found

    def look(self, size: tuple[int, int] = (1280, 900), *, calm: bool = False, mobile: bool = False) -> None:
        """Set the window's size, and whether its user wants things to be calm."""
        self.send("Emulation.setDeviceMetricsOverride", width=size[0], height=size[1], deviceScaleFactor=1,
                  mobile=mobile)  # fmt: skip
        self.send("Emulation.setTouchEmulationEnabled", enabled=mobile)
        feature = {"name": "prefers-reduced-motion", "value": "reduce" if calm else "no-preference"}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def open(self, page: Path, mark: str = "") -> None:
        """Open a file and wait until it and its videos are there."""
        self.send("Page.navigate", url=f"{page.as_uri()}{mark}")
        self.until("document.readyState === 'complete' && location.protocol === 'file:'")
        self.until("[...document.querySelectorAll('video')].every((video) => video.readyState >= 3)")

    def run(self, script: str) -> Any:
        """Return the value of an expression; a promise is waited for."""
        result = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True,
                           userGesture=True)  # fmt: skip
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, claim: str) -> None:
        """Wait for an expression to be true."""
        end = time.monotonic() + PATIENCE
        while not self.run(claim):
            assert time.monotonic() < end, f"not within {PATIENCE:g} s: {claim}"
            time.sleep(0.02)

    def press(self, key: str) -> None:
        """Press and release a key."""
        code = CODES.get(key, ord(key[0].upper()))
        text = {"text": key} if len(key) == 1 else {}
        self.send("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, **text)
        self.send("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Press ("mousePressed"), move or release the mouse."""
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1,
                  buttons=0 if kind == "mouseReleased" else 1)  # fmt: skip

    def swipe(self, x: float, y: float, to_x: float) -> None:
        """Draw a finger sideways."""
        self.send("Input.dispatchTouchEvent", type="touchStart", touchPoints=[{"x": x, "y": y}])
        for part in (0.25, 0.5, 0.75, 1.0):
            at = {"x": x + part * (to_x - x), "y": y}
            self.send("Input.dispatchTouchEvent", type="touchMove", touchPoints=[at])
        self.send("Input.dispatchTouchEvent", type="touchEnd", touchPoints=[])

    def picture(self) -> bytes:
        """Return what can be seen, as a PNG."""
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])


@contextmanager
def browsing(profile: Path) -> Iterator[Browser]:
    """Start Chromium, or skip the test where there is none."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("there is no Chromium on this machine")
    (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe",
               "--autoplay-policy=no-user-gesture-required", "--mute-audio", f"--user-data-dir={profile}"]  # fmt: skip
    running = subprocess.Popen(
        [sys.executable, "-c", CONNECT, str(theirs_in), str(theirs_out), program, *options, "about:blank"],
        pass_fds=(theirs_in, theirs_out),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(theirs_in)
    os.close(theirs_out)
    try:
        yield Browser(ours_out, ours_in)
    finally:
        os.close(ours_out)
        os.close(ours_in)
        with_patience(lambda: running.poll() is not None) or running.kill()
        running.wait()


def with_patience(claim: Callable[[], bool]) -> bool:
    """Wait a few seconds for a claim."""
    end = time.monotonic() + 5
    while not claim() and time.monotonic() < end:
        time.sleep(0.05)
    return claim()


def explorable(browser: Browser, page: Path) -> None:
    """Open a page and go to its try-it."""
    browser.open(page)
    browser.until("!document.querySelector('.explorable').hidden")
    browser.run("document.querySelector('.explorable').scrollIntoView()")


def dragged(browser: Browser, moves: int) -> dict[str, float]:
    """Drag the ball across the panel; return milliseconds: of handling a move, and from a move to the next picture."""
    browser.run(
        """performance.clearMeasures(); window.waits = [];
        document.querySelector(".curve-panel").addEventListener("pointermove", (event) => {
            requestAnimationFrame(() => { const c = new MessageChannel();
                c.port1.onmessage = () => waits.push(performance.now() - event.timeStamp); c.port2.postMessage(0); });
        }, true)"""
    )
    x, y, width = browser.run(
        "(({x, y, width, height}) => [x, y + height / 2, width])"
        "(document.querySelector('.curve-panel').getBoundingClientRect())"
    )
    browser.mouse("mousePressed", x + 0.15 * width, y)
    for k in range(moves):
        browser.mouse("mouseMoved", x + (0.15 + 0.75 * k / moves) * width, y)
    browser.mouse("mouseReleased", x + 0.9 * width, y)
    took = sorted(browser.run("performance.getEntriesByName('drag').map((one) => one.duration)"))
    waits = sorted(browser.run("waits"))
    middle, late = len(waits) // 2, round(0.95 * (len(waits) - 1))
    return {
        "moves": len(took),
        "median": took[len(took) // 2],
        "most": took[-1],
        "wait": waits[middle],
        "late wait": waits[late],
    }
