"""Footage: a scene that has run, planned as a film and ready to be drawn, with its words and its segments."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from gdviz.account import Account, account, plain
from gdviz.descent.story import Moment, Story
from gdviz.digest import digest
from gdviz.film.film import Card, FilmSpec, Progress
from gdviz.film.formats import format_of
from gdviz.film.write import silent, write
from gdviz.pace import Plan, Shot, shots
from gdviz.picture.compositor import Compositor, Pixels
from gdviz.picture.contour import Contour
from gdviz.picture.glyph_check import check_aside_fits, check_glyphs, check_sentence_fits
from gdviz.picture.grounding import TRANSPARENT, on_ground, themed
from gdviz.picture.heading import PASSES, STEP, Heading, aside_room, sentence_room
from gdviz.picture.layout import arrange_given
from gdviz.picture.matting import Cutout
from gdviz.picture.shape import frame_box
from gdviz.picture.suitable import goes_forward_and_back, has_fog
from gdviz.picture.theme import Theme
from gdviz.picture.usual import arrange_usual
from gdviz.picture.view import Box, View
from gdviz.scene import Scene
from gdviz.words import current_language, spans, speaking

SCOUTS = 7  # pictures looked at beforehand, to choose the colours of a palette


@dataclass(frozen=True)
class Segment:
    """A part of a film between two places where a speaker may stop: a phase, a step, an event.

    first, end: its shots, as in `shots[first:end]`. begin, seconds: when it begins and how long it takes.
    words: what is said when it ends.
    """

    first: int
    end: int
    begin: float
    seconds: float
    words: str


@dataclass(frozen=True)
class Footage:
    """A scene, ready to be drawn.

    account: the film in words. views: its panels, each with its box. drawer: makes what draws them.
    pace: how long things take, where "auto" is settled.
    """

    scene: Scene
    story: Story
    views: Sequence[tuple[View, Box]]
    drawer: Callable[[], Compositor | Cutout]
    shots: Sequence[Shot]
    spec: FilmSpec
    account: Account
    pace: str | int

    @classmethod
    def of(cls, scene: Scene, brief: bool = False, story: Story | None = None) -> "Footage":
        """Let the optimizers run, plan the film, lay the picture out.

        brief: which pace "auto" is. story: what happened, where the runs were made before.

        Raises `BadScene` for a text that can't be drawn.
        """
        with np.errstate(all="ignore"), speaking(scene.lang):
            return _made(scene, story or scene.story(), brief)

    def again(self, **looks: Any) -> "Footage":
        """Return the same runs with other looks: fields of the scene that change nothing about them, such as `size`."""
        scene = self.scene.with_(**looks)
        with np.errstate(all="ignore"), speaking(scene.lang):
            return _made(scene, self.story, self.pace == "brief")

    @cached_property
    def compositor(self) -> Compositor | Cutout:
        """What draws the moments; made when it is first needed, as words and numbers do without."""
        with np.errstate(all="ignore"), speaking(self.scene.lang):
            return self.drawer()

    @property
    def ticks(self) -> int:
        """The number of frames at the film's rate; a picture may stay for several."""
        return sum(shot.ticks for shot in self.shots)

    @property
    def seconds(self) -> float:
        """How long the film is."""
        return self.ticks / self.scene.fps

    def picture(self, moment: Moment) -> Pixels:
        """Draw one moment, `(height, width, 4)`; its memory is used again for the next one."""
        with np.errstate(all="ignore"), speaking(self.scene.lang):  # numbers at the edge of the float range are content
            return self.compositor.frame(moment)

    def frames(self, part: Segment | None = None) -> Iterator[tuple[Pixels, int]]:
        """Yield each picture, of the whole film or of a part, with the number of frames that it stays."""
        for shot in self.shots[part.first : part.end] if part else self.shots:
            yield self.picture(shot.moment), shot.ticks

    def scouts(self) -> list[Pixels]:
        """Return a few pictures from all over the film, the last one among them."""
        last = len(self.shots) - 1
        places = sorted({round(last * k / (SCOUTS - 1)) for k in range(SCOUTS)})
        return [self.picture(self.shots[place].moment).copy() for place in places]

    def scouts_for(self, targets: Sequence[str | Path]) -> list[Pixels]:
        """Return the scouts that files are to be written with: none where no format looks at any."""
        return self.scouts() if any(format_of(target).scouted for target in targets) else []

    def encoded(
        self, *endings: str, part: Segment | None = None, entries: tuple[int, ...] = (), progress: Progress = silent
    ) -> list[bytes]:
        """Return the film, or a part of it, as the bytes of files whose names end so, such as ".mp4"; in one pass.

        entries: see `FilmSpec`. progress: is told of each picture.
        """
        with TemporaryDirectory(prefix="gdviz") as folder:
            paths = [Path(folder) / f"film{ending}" for ending in endings]
            spec = replace(self.spec, entries=entries)
            write(self.frames(part), paths, spec, self.scouts_for(paths), lambda _ticks: progress(1))
            return [path.read_bytes() for path in paths]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """The parts between which a speaker may stop."""
        ends = [*[k for k, shot in enumerate(self.shots) if shot.cut][1:], len(self.shots)]
        made, first, at = [], 0, 0
        for end in ends:
            ticks = sum(shot.ticks for shot in self.shots[first:end])
            words = plain(self.shots[end - 1].moment.sentence)
            made.append(Segment(first, end, at / self.scene.fps, ticks / self.scene.fps, words))
            first, at = end, at + ticks
        return tuple(made)


def _made(scene: Scene, story: Story, brief: bool) -> Footage:
    theme = themed(scene.theme, scene.ground)
    _check_texts(scene, story)
    pace = ("brief" if brief else "lesson") if scene.pace == "auto" else scene.pace
    fog = scene.fog or has_fog(scene.views)
    passes = goes_forward_and_back(scene.views)
    heading = Heading(scene.title or "", scene.aside, PASSES if passes else STEP)
    frame = frame_box(scene.size)
    given = arrange_given(scene.views, heading, frame, story) if scene.views else None
    views = given or arrange_usual(story, heading, frame, inside=scene.inside, fog=scene.fog)
    zoom = any(isinstance(view, Contour) and view.zoom for view, _ in views)
    looks = {"fog": fog, "zoom": zoom, "passes": passes}
    plan = Plan(scene.fps, pace, scene.ask, scene.origin, hold=scene.hold, closing=scene.closing, **looks)
    reel = shots(story, plan)
    _check_lines(scene, reel)
    transparent = scene.ground == TRANSPARENT
    told = account(story, reel, scene.fps, scene.title or "", scene.watch, scene.closing)
    card = Card(told.title, told.alt, told.long, digest(scene), scene.lang)
    spec = FilmSpec(scene.size, scene.fps, scene.loop, theme.exact(), card, transparent)

    def drawer() -> Compositor | Cutout:
        def drawn(look: Theme) -> Compositor:
            return Compositor(story, views, look, scene.size)

        return Cutout(lambda ground: drawn(on_ground(theme, ground)), spec.colours) if transparent else drawn(theme)

    return Footage(scene, story, views, drawer, reel, spec, told, pace)


def _check_texts(scene: Scene, story: Story) -> None:
    """Check the characters of every text that the user wrote and the picture shows."""
    texts = {"title": scene.title or "", "aside": scene.aside, "closing": plain(spans(scene.closing))}
    texts |= {f"run {number}, label": plain(spans(label)) for number, label in enumerate(story.labels, 1)}
    texts |= {f"run {number}, name": name for number, name in enumerate(story.names, 1)}
    texts |= {f"run {number}, optimizer": run.name for number, run in enumerate(story.runs, 1)}
    data = getattr(story.loss, "data", None)
    if data is not None:
        texts |= data.texts
    check_glyphs("lang", current_language().letters, scene.lang)
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
