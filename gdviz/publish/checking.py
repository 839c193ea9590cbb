"""`gdviz check`: whether a film plays where it is to be shown, why not, what to do, and whether it is safe for eyes."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gdviz.film.card_reading import read_card
from gdviz.film.facts import Facts
from gdviz.film.flashes import ALLOWED, Flashes
from gdviz.film.probe import probe
from gdviz.film.watching import watched
from gdviz.problems import BadFile
from gdviz.publish.destinations import DESTINATIONS, Destination, destination
from gdviz.publish.remedies import Remedy, again, coded, renamed

CODECS = {"MP4": ("h264",), "MOV": ("h264",), "WebM": ("vp8", "vp9", "av1")}
"""The codecs that the usual players of a container decode."""

PIXELS = ("yuv420p", "yuvj420p", "yuva420p")  # 8 bits, colours at half the resolution: what every player decodes
NO_CURE = "no command takes flashes out of a film: leave them out, or make them slower, where it is made"

# Exit codes: the film plays; it does not (or flashes); a file can't be read.
PLAYS, FAILS, UNREADABLE = 0, 1, 2


@dataclass(frozen=True)
class Answer:
    """Whether a film plays in one place.

    place: the name of the target. plays: whether it plays there as it should. reasons: why this place does not take
    it; empty also where the fault is the film's own. terms: on what terms it is taken. remedy: a command that mends it,
    but for flashes; empty where there is nothing to mend. losses: what of the film the remedy does not keep.
    """

    place: str
    plays: bool
    reasons: tuple[str, ...]
    terms: str
    remedy: str
    losses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """What `check` found out about one film; `print` shows it in words.

    faults: why it plays nowhere as it should. notes: what to know where it plays. answers: one for each place.
    place: the name of the place that was asked for; empty for all of them.
    """

    facts: Facts
    flashes: Flashes
    faults: tuple[str, ...]
    notes: tuple[str, ...]
    answers: tuple[Answer, ...]
    place: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether it is safe for eyes and plays in the place that was asked for; where none was, in one of all."""
        plays = [answer.plays for answer in self.answers]
        return self.flashes.is_safe and (all(plays) if self.place else any(plays))

    def __str__(self) -> str:
        """Return the report in words."""
        return "\n".join(self.lines())

    def row(self) -> dict[str, Any]:
        """Return the report as it is written in JSON."""
        return {
            **asdict(self),
            "facts": asdict(self.facts) | {"path": str(self.facts.path)},
            "flashes": asdict(self.flashes) | {"is_safe": self.flashes.is_safe},
        }

    def lines(self) -> Iterator[str]:
        """Yield the report in words, a line each."""
        yield f"{self.facts.path}: {summary(self.facts)}"
        safe = "safe" if self.flashes.is_safe else "not safe"
        yield f"  {safe} for eyes: {_flashing(self.facts, self.flashes)}"
        if not self.flashes.is_safe:
            yield f"  {NO_CURE}"
        yield from (f"  fault: {fault}" for fault in self.faults)
        yield from (f"  note: {note}" for note in self.notes)
        wide = max(len(answer.place) for answer in self.answers)
        for answer in self.answers:
            told = answer.terms if answer.plays else "; ".join(answer.reasons)
            yield f"  {answer.place:{wide}}  {'plays' if answer.plays else 'does not play'}{told and ': '}{told}"
        remedies = {answer.remedy: answer.losses for answer in self.answers if answer.remedy}
        for remedy, losses in remedies.items():
            places = [answer.place for answer in self.answers if answer.remedy == remedy]
            some = f" for {', '.join(places)}" if len(places) < len(self.answers) else ""
            yield f"  to mend it{some}: {remedy}"
            yield from (f"    {loss}" for loss in losses)


@dataclass(frozen=True)
class Checked:
    """What is found out about several files: reports of those that could be read, and the problems of the others."""

    reports: tuple[Report, ...]
    problems: tuple[BadFile, ...]

    @property
    def exit_code(self) -> int:
        """2 where a file can't be read; else 1 where a film does not play or flashes; else 0."""
        if self.problems:
            return UNREADABLE
        return PLAYS if all(report.is_fine for report in self.reports) else FAILS

    def rows(self) -> list[dict[str, Any]]:
        """Return what is written in JSON, a row a file."""
        unread = [{"path": problem.path, "problem": problem.sentence} for problem in self.problems]
        return [report.row() for report in self.reports] + unread

    def text(self) -> str:
        """Return the reports in words."""
        return "\n".join(map(str, self.reports))


def check(path: str | Path, place: str = "") -> Report:
    """Look whether a film plays where it is to be shown, what to do where not, and whether it flashes (WCAG 2.3.1).

    path: of a GIF, MP4, MOV, WebM, Matroska, WebP, APNG or PNG, made by anybody; it is not changed.
    place: such as "powerpoint", see `gdviz list places`; every place that is known unless given.

    `print(check("talk.mp4", place="powerpoint"))` shows the report in words; `is_fine` is the answer in short.

    Raises BadFile, in one sentence, for what can't be read, BadScene for a place that is not known, and MissingPackage
    for a video without ffmpeg.
    """
    places = [destination(place)] if place else list(DESTINATIONS.values())
    facts = probe(path)
    return judged(facts, watched(facts), places, place)


def checked(files: Iterable[str | Path], place: str = "") -> Checked:
    """Check several files; one that can't be read is told beside the reports. Else raises as `check` does."""
    reports, problems = [], []
    for file in files:
        try:
            reports.append(check(file, place))
        except BadFile as problem:
            problems.append(problem)
    return Checked(tuple(reports), tuple(problems))


def judged(facts: Facts, flashes: Flashes, places: Sequence[Destination], place: str = "") -> Report:
    """Judge a film by its facts, for each of `places`; `place` is the one that was asked for."""
    faults = tuple(_faults(facts))
    is_ours = read_card(facts.path) is not None
    answers = tuple(_answer(facts, faults, one, is_ours=is_ours) for one in places)
    return Report(facts, flashes, faults, tuple(_notes(facts)), answers, place)


def summary(facts: Facts) -> str:
    """Say in a line what a film is."""
    width, height = facts.size
    length = "a still" if facts.is_still else f"{facts.frames} pictures, {facts.shown_seconds:.1f} s"
    coding = f" ({facts.codec}, {facts.pixels})" if facts.is_video else ""
    return f"{facts.container}{coding}, {width} x {height}, {length}, {_weight(facts.bytes)}"


def _answer(facts: Facts, faults: Sequence[str], place: Destination, *, is_ours: bool) -> Answer:
    terms = place.accepted(facts.container)
    reasons = tuple(_reasons(facts, place))
    plays = not faults and not reasons
    remedy = (
        Remedy("") if plays and not _could_be_better(facts, place) else _remedy(facts, faults, place, is_ours=is_ours)
    )
    return Answer(place.name, plays, reasons, terms.note if terms else "", remedy.command, remedy.losses)


def _remedy(facts: Facts, faults: Sequence[str], place: Destination, *, is_ours: bool) -> Remedy:
    """Return what mends a film for a place: one of our own is made again, another one is named or coded anew."""
    is_taken = not any(_reasons(facts, place))
    if is_taken and not facts.has_fitting_name and len(faults) == 1:
        return renamed(facts)
    if is_ours:
        return again(place)
    return coded(facts, place, as_it_is=is_taken and not faults and not facts.lacks_colours)


def _faults(facts: Facts) -> Iterator[str]:
    """Yield why a film plays nowhere as it should."""
    if not facts.has_fitting_name:
        yield f"it is a {facts.container} and its name says {facts.path.suffix or 'nothing'}: programs go by the name"
    codecs = CODECS.get(facts.container, (facts.codec,))
    if facts.codec not in codecs:
        yield f"its pictures are coded as {facts.codec}; players want {' or '.join(codecs)}"
    if facts.is_video and facts.pixels not in PIXELS:
        yield f"its pixels are {facts.pixels}; QuickTime, PowerPoint and most browsers want {PIXELS[0]}"
    if facts.rushed:
        rushed = f"{facts.rushed} of {facts.frames} pictures have a delay below 2 hundredths of a second"
        slow = f"it takes {facts.shown_seconds:.1f} s in place of {facts.seconds:.1f}"
        yield f"{rushed}, which players take for 10: {slow}"


def _reasons(facts: Facts, place: Destination) -> Iterator[str]:
    """Yield why a place does not take a film."""
    terms = place.accepted(facts.container)
    if terms is None:
        known = ", ".join(row.container for row in place.accepts)
        yield f"{place.title} is known to take {known}, not {facts.container}"
        return
    if terms.most_bytes is not None and facts.bytes > terms.most_bytes:
        yield f"it weighs {_weight(facts.bytes)}; {place.title} takes {_weight(terms.most_bytes)}"
    if terms.most_pixels is not None and math.prod(facts.size) > terms.most_pixels:
        most = f"{terms.most_pixels / 1e6:.0f} million"
        yield f"it has {math.prod(facts.size) / 1e6:.0f} million pixels; {place.title} takes {most}"


def _notes(facts: Facts) -> Iterator[str]:
    """Yield what to know about a film where it plays."""
    if facts.is_video and not facts.has_even_size:
        yield "its width or height is odd: some players show a stripe at the edge, others nothing"
    if facts.is_faststart is False:
        yield "its index (moov) stands at the end: on a page it starts only when all of it is loaded"
    if facts.is_hdr:
        yield f"its colours ({facts.colour}) are for HDR screens: on others they look pale; export it for SDR (bt709)"
    elif facts.lacks_colours:
        yield "it has no colour tags (bt709): players guess, and colours may shift"
    if facts.audio:
        yield f"it has sound ({facts.audio}): browsers start only silent or muted films by themselves"
    if facts.local_palettes:
        yield f"{facts.local_palettes} of {facts.frames} pictures have palettes of their own: still parts may flicker"
    if facts.is_first_empty and not facts.is_still:
        yield "its first picture is empty: a PDF or a preview shows nothing; give a poster"
    if facts.plays == 1 and not facts.is_still and not facts.is_video:
        yield "it plays once, then stands still"


def _could_be_better(facts: Facts, place: Destination) -> bool:
    """Return whether a film that plays would play better if it were coded anew."""
    late = facts.is_faststart is False and place.is_page
    return late or facts.lacks_colours or facts.local_palettes > 0 or (facts.is_video and not facts.has_even_size)


def _flashing(facts: Facts, flashes: Flashes) -> str:
    if facts.is_still:
        return "a still does not flash"
    kinds = (("", flashes.general, flashes.general_at), ("red ", flashes.red, flashes.red_at))
    worst = [f"{most:g} {kind}flashes in the second before {at:.1f} s" for kind, most, at in kinds if most > ALLOWED]
    part = f" (looked at: the first {flashes.seconds:.0f} s)" if flashes.seconds < facts.shown_seconds - 1 else ""
    if worst:
        return f"{' and '.join(worst)}; WCAG 2.3.1 allows {ALLOWED}{part}"
    most = max(flashes.general, flashes.red)
    return f"at most {most:g} flash{'' if most in (0.5, 1) else 'es'} in any second{part}"


def _weight(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.1f} kB"
