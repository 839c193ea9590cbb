"""The explorable: start and learning rate in the student's hand, every path computed beforehand.

A page can't run an optimizer: it would be a second one, in another language. So all paths of a grid are computed here
and packed; the page only draws them, and snaps to the grid.
"""

import base64
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from gdviz.descent.digits import digits
from gdviz.descent.exploration import NEVER, STEPS, Exploration, can_be_explored, explored
from gdviz.descent.loss import Array
from gdviz.descent.story import Story
from gdviz.descent.verdict import VERDICTS
from gdviz.footage import Footage
from gdviz.picture.scales import Scale, loss_scale, tick_texts
from gdviz.words import current_language, number, short, word

WIDTH, HEIGHT = 640, 430  # of a panel, in its own units
LEAST_LEFT, RIGHT, TOP, BOTTOM = 78, 590, 52, 376
DIGIT = 16  # the width of one, as large as they are on a phone
SAMPLES = 601  # of the curve
LEVELS = 65_533  # of a place, beside those for "beyond the left end" and "beyond the right end"


def explorable(footage: Footage) -> tuple[str, dict[str, Any]] | None:
    """Return the panels as SVG and what the page's script needs, or None where the scene can't be explored."""
    story = footage.story
    optimizer = story.searches[0].optimizer if story.searches else footage.scene.tries[0].optimizer
    if not can_be_explored(story, optimizer):
        return None
    assert optimizer is not None, "what can be explored has one"
    found = explored(story, optimizer)  # type: ignore[arg-type] # as it can be explored, it is one of gdviz's own
    return _panels(story), _data(story, found)


def packed(found: Exploration, low: float, high: float) -> str:
    """Pack the paths into base64 text: at most 1,000,000 characters for 60 x 60 runs of 100 steps.

    A place between `low` and `high` is one of 65,533 levels, so that it comes back within half of a level; one beyond
    them is 0 or 65,535. Differences from step to step, high bytes apart from low ones, then one byte a run each: the
    last step, steps needed, verdict, whether it is lost; all deflated (RFC 1950).
    """
    levels = np.rint((np.clip(found.params, low, high) - low) / (high - low) * (LEVELS - 1)).astype(np.uint16) + 1
    levels = np.where(found.params < low, 0, np.where(found.params > high, LEVELS + 2, levels)).astype(np.uint16)
    along = np.moveaxis(levels, 0, -1)
    change = np.diff(along, axis=-1, prepend=np.uint16(0)).astype("<u2")  # modulo 65,536, as the page adds them up
    low_bytes, high_bytes = np.ascontiguousarray(change).view(np.uint8).reshape(-1, 2).T
    rows = (found.last, found.needed, found.verdict, found.lost.astype(np.uint8))
    parts = (high_bytes, low_bytes, *rows)
    return base64.b64encode(zlib.compress(b"".join(part.tobytes() for part in parts), 9)).decode()


def reach(story: Story) -> tuple[float, float]:
    """Return between which parameters places are kept: the window and half of its width on both sides."""
    low, high = story.window.params
    return low - (high - low) / 2, high + (high - low) / 2


@dataclass(frozen=True)
class _Axes:
    """The axes of the parameter, of the loss (the same in both panels) and of the steps."""

    across: Scale
    up: Scale
    steps: Scale
    losses: tuple[float, ...]
    texts: tuple[str, ...]

    @classmethod
    def of(cls, story: Story) -> "_Axes":
        """Choose them, with room for the longest number of the loss."""
        up = loss_scale(story, TOP, BOTTOM)
        losses = [value for value in up.ticks(4) if TOP + 12 <= up(value) <= BOTTOM - 8]
        texts = tick_texts(losses)
        left = max(LEAST_LEFT, 20 + DIGIT * max(map(len, texts), default=0))
        across, steps = Scale(*story.window.params, left, RIGHT), Scale(0, STEPS, left, RIGHT)
        return cls(across, up, steps, tuple(losses), tuple(texts))

    @property
    def left(self) -> float:
        """Where the panels' charts begin."""
        return self.across.begin


def _data(story: Story, found: Exploration) -> dict[str, Any]:
    axes = _Axes.of(story)
    grid = np.linspace(*story.window.params, SAMPLES)
    shown = digits(story).param
    return {
        "window": story.window.params,
        "reach": reach(story),
        "levels": LEVELS,
        "box": (axes.left, RIGHT, TOP, BOTTOM),
        "heights": _heights(story.loss.value(grid[:, None]), axes.up),
        "starts": found.starts.tolist(),
        "startTexts": [number(start, shown) for start in found.starts.tolist()],
        "rateTexts": [short(rate) for rate in found.rates.tolist()],
        "start": found.start,
        "rate": found.rate,
        "steps": STEPS,
        "never": NEVER,
        "decimals": shown,
        "point": current_language().decimal,
        "verdicts": [one.name.lower() for one in VERDICTS],
        "verdictTexts": [word(f"verdict {one.value}") for one in VERDICTS],
        "words": {name: _open(story, f"explore {name}") for name in ("given", "arrives", "never", "gone", "lost")},
        "paths": packed(found, *reach(story)),
    }


def _open(story: Story, key: str) -> str:
    """Return a sentence whose numbers the page fills in."""
    numbers = {name: f"{{{name}}}" for name in ("start", "rate", "needed", "steps", "end", "left")}
    return word(key, m=story.loss.about.names[0], **numbers)


def _heights(losses: Array, up: Scale) -> list[float | None]:
    """Return the places of losses on their axis; None where the loss is not defined."""
    return [round(up(value), 1) if np.isfinite(value) else None for value in losses.tolist()]


def _panels(story: Story) -> str:
    axes, name = _Axes.of(story), story.loss.about.names[0]
    minima = [axes.across(point[0]) for point in story.minima]
    guides = [_line(at, TOP, at, BOTTOM, "guide") for at in minima if axes.left <= at <= RIGHT]
    curve = [*_grid(axes, axes.across), *guides, _text(RIGHT + 8, BOTTOM + 7, name, "name parameter", "start")]
    history = [*_grid(axes, axes.steps), _text(RIGHT + 8, BOTTOM - 12, word("steps"), "name muted", "end")]
    label = word("explore curve", m=name)
    return _panel("curve", label, curve) + _panel("history", word("explore history"), history)


def _panel(kind: str, label: str, still: list[str]) -> str:
    return (
        f'<svg class="panel {kind}-panel" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">'
        f'{"".join(still)}<g class="moves"></g></svg>'
    )


def _grid(axes: _Axes, across: Scale) -> Iterator[str]:
    """Yield the lines and the numbers of a panel, and the name of the loss."""
    values = across.ticks(5)
    for value, text in zip(values, tick_texts(values), strict=True):
        yield _line(across(value), TOP, across(value), BOTTOM, "grid")
        yield _text(across(value), BOTTOM + 30, text, "tick", "middle")
    for value, text in zip(axes.losses, axes.texts, strict=True):
        yield _line(axes.left, axes.up(value), RIGHT, axes.up(value), "grid")
        yield _text(axes.left - 10, axes.up(value) + 8, text, "tick", "end")
    yield _line(axes.left, BOTTOM, RIGHT, BOTTOM, "axis")
    yield _text(axes.left - 10, TOP - 22, word("loss"), "name loss", "middle")


def _line(x: float, y: float, to_x: float, to_y: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
