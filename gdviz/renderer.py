"""The renderer: from a scene to its files, the whole story on one page."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gdviz.descent.story import Story
from gdviz.film.film import FilmSpec, Written
from gdviz.film.write import check_targets, format_of, write
from gdviz.pace import Plan, Shot, shots
from gdviz.picture.compositor import Compositor, Pixels
from gdviz.picture.glyph_check import check_aside_fits, check_glyphs, check_sentence_fits
from gdviz.picture.heading import Heading, aside_room, sentence_room
from gdviz.picture.layout import arrange, arrange_usual, has_fog
from gdviz.picture.shape import frame_box
from gdviz.picture.theme import THEMES
from gdviz.scene import Scene
from gdviz.scenefile import titled
from gdviz.words import spans

SCOUTS = 7  # pictures looked at beforehand, to choose the colours of a palette

Advance = Callable[[int], object]
Meter = Callable[[int], AbstractContextManager[Advance]]


def silent(_pictures: int) -> AbstractContextManager[Advance]:
    """Show no progress. A meter is told how many pictures there will be, then how many more are in the files."""
    return nullcontext(_ignore)


def _ignore(_pictures: int) -> None:
    """Let it pass."""


def render(scene: Scene, *outputs: str | Path, meter: Meter = silent, **changes: Any) -> list[Written]:
    """Make a film of a scene, in every file named, from one pass; the suffix says the format.

    outputs: paths that end in `.gif`, `.mp4`, `.png` (the last frame) or `/` (a folder of PNG frames);
        `output/NAME.gif` where none is given, after the script that calls.
    meter: shows progress, see `silent`. changes: fields of the scene to change, such as `theme="dark"`.

    Returns what was written. Raises `BadScene` for what can't be used and `FilmFailed` where an encoder or the disk
    fails; then no file is left behind, and what stood there before still stands.
    """
    name, scene = _of_the_script(scene.with_(**changes))
    targets = list(outputs) or [Path("output") / f"{name}.gif"]
    check_targets(targets)
    film = prepare(scene, targets)
    scouts = film.scouts() if any(format_of(target).scouted for target in targets) else []
    with meter(len(film.shots)) as advance:
        return write(film.frames(), targets, film.spec, scouts, lambda _ticks: advance(1))


@dataclass(frozen=True)
class Film:
    """A scene, ready to be drawn."""

    compositor: Compositor
    shots: Sequence[Shot]
    spec: FilmSpec

    @property
    def ticks(self) -> int:
        """The number of frames at the film's rate; a picture may stay for several."""
        return sum(shot.ticks for shot in self.shots)

    def frames(self) -> Iterator[tuple[Pixels, int]]:
        """Yield each picture with the number of frames that it stays."""
        for shot in self.shots:
            yield self._picture(shot), shot.ticks

    def scouts(self) -> list[Pixels]:
        """Return a few pictures from all over the film, the last one among them."""
        last = len(self.shots) - 1
        places = sorted({round(last * k / (SCOUTS - 1)) for k in range(SCOUTS)})
        return [self._picture(self.shots[place]).copy() for place in places]

    def _picture(self, shot: Shot) -> Pixels:
        with np.errstate(all="ignore"):  # numbers at the edge of the float range are content
            return self.compositor.frame(shot.moment)


def prepare(scene: Scene, targets: Sequence[str | Path]) -> Film:
    """Let the optimizers run, plan the film, lay the picture out. Raises `BadScene` for a text that can't be drawn."""
    with np.errstate(all="ignore"):
        return _prepared(scene, targets)


def reel_of(scene: Scene, story: Story, targets: Sequence[str | Path]) -> list[Shot]:
    """Return what the film of a story shows, and for how long; nothing is drawn for it."""
    is_brief = all(format_of(target).name == "GIF" for target in targets)
    pace = ("brief" if is_brief else "lesson") if scene.pace == "auto" else scene.pace
    fog = scene.fog or has_fog(scene.views)
    plan = Plan(scene.fps, pace, scene.ask, scene.origin, hold=scene.hold, closing=scene.closing, fog=fog)
    return shots(story, plan)


def _prepared(scene: Scene, targets: Sequence[str | Path]) -> Film:
    story, theme = scene.story(), THEMES[scene.theme]
    _check_texts(scene, story)
    reel = reel_of(scene, story, targets)
    _check_lines(scene, reel)
    heading = Heading(scene.title or "", scene.aside)
    frame = frame_box(scene.size)
    given = arrange(scene.views, heading, frame, story) if scene.views else None
    views = given or arrange_usual(story, heading, frame, inside=scene.inside, fog=scene.fog)
    spec = FilmSpec(scene.size, scene.fps, scene.loop, theme.exact(), scene.title or "")
    return Film(Compositor(story, views, theme, scene.size), reel, spec)


def _check_texts(scene: Scene, story: Story) -> None:
    """Check the characters of every text that the user wrote and the picture shows."""
    texts = {"title": scene.title or "", "aside": scene.aside, "closing": _plain(scene.closing)}
    texts |= {f"run {number}, label": _plain(label) for number, label in enumerate(story.labels, 1)}
    texts |= {f"run {number}, name": name for number, name in enumerate(story.names, 1)}
    data = getattr(story.loss, "data", None)
    if data is not None:
        texts |= {"x_name": data.x_name, "y_name": data.y_name}
    for field, text in texts.items():
        check_glyphs(field, text)


def _check_lines(scene: Scene, reel: Sequence[Shot]) -> None:
    """Check the length of what the user says; the closing is as long as the values in it."""
    frame = frame_box(scene.size)
    room, lines = sentence_room(frame)
    check_aside_fits(scene.aside, aside_room(frame))
    for number, run in enumerate(scene.runs, 1):
        check_sentence_fits(f"run {number}, label", spans(run.label), room, lines)
    if scene.closing:
        check_sentence_fits("closing", reel[-1].moment.sentence, room, lines)


def _plain(text: str) -> str:
    """Return the words of a text without the marks that colour them."""
    return "".join(words for words, _ in spans(text))


def _of_the_script(scene: Scene) -> tuple[str, Scene]:
    """Return a name for the film, and the scene with title and lesson of the script that runs."""
    script = sys.modules.get("__main__")
    path, lesson = getattr(script, "__file__", None), getattr(script, "__doc__", None)
    return Path(path).stem if path else "film", titled(scene, lesson)
