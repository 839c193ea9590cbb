"""A film in words: its alt text, a long description, what is said when, and every step with its numbers.

Whoever can't see the film reads these; so do the notes of a slide, a caption track and a search.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from gdviz.commentary import Commentary, capital
from gdviz.descent.digits import Digits, digits
from gdviz.descent.network import Network
from gdviz.descent.story import Sentence, Story
from gdviz.descent.training_run import TrainingRun
from gdviz.naming import run_names
from gdviz.pace import Shot
from gdviz.telling import Teller
from gdviz.words import joined, listed, number, number_from, prose, short, word

LONGEST_ALT = 125  # characters: as much as a screen reader reads in one go
MOST_STEPS = 60  # of a run are put into words; of longer runs every second one, every third, ...
MOST_RUNS = 12  # of a race are described one by one


@dataclass(frozen=True)
class Line:
    """What is said from `begin` to `end`, in seconds from the film's start."""

    begin: float
    end: float
    words: str


@dataclass(frozen=True)
class Deed:
    """What a step does, in words; `step` is -1 where it is said how the run begins. Of a race `run` is 0."""

    run: int
    step: int
    words: str


@dataclass(frozen=True)
class Account:
    """The words of a film.

    title: its title. alt: what it shows, in up to 125 characters. long: the same at length, in sentences.
    lines: what is said when. deeds: what each step does, in numbers, run after run; of a race, what happens in it.
    """

    title: str
    alt: str
    long: str
    lines: tuple[Line, ...]
    deeds: tuple[Deed, ...]

    @property
    def steps(self) -> tuple[str, ...]:
        """The words of the deeds."""
        return tuple(deed.words for deed in self.deeds)

    @property
    def heading(self) -> str:
        """The title, where there must be one, as in an outline; the alt text of a film without a title."""
        return self.title if self.title.strip() else self.alt


def account(
    story: Story, shots: Sequence[Shot], fps: int, title: str, watch: str = "", closing: str = ""
) -> Account:  # fmt: skip
    """Put a film into words.

    shots, fps: the film. watch: what to watch, in the words of its author. closing: what its author says at the end.
    """
    reporter = _Race(story, closing) if story.together else _Runs(story, closing)
    end = reporter.end()
    long = prose((title, *reporter.report(), end, watch))
    alt = _alt(title, reporter.subject(), reporter.subject(brief=True), end)
    return Account(title, alt, long, captions_of(shots, fps), tuple(reporter.deeds()))


def captions_of(shots: Sequence[Shot], fps: int) -> tuple[Line, ...]:
    """Return what is said when; a sentence that stays over many shots is one line."""
    lines, at = [], 0
    for words, group in groupby(shots, key=lambda shot: plain(shot.moment.sentence)):
        begin, at = at, at + sum(shot.ticks for shot in group)
        if words:
            lines.append(Line(begin / fps, at / fps, words))
    return tuple(lines)


def plain(sentence: Sentence) -> str:
    """Return the words of a sentence without their colours."""
    return "".join(words for words, _ in sentence)


def _alt(title: str, subject: str, brief: str, end: str) -> str:
    """Return as much of what the film shows as there is room for: the end before the formula, all else before them."""
    tries = (prose((subject, end)), prose((brief, end)), subject, brief, word("film of", what=title or end))
    return next((text for text in tries if len(text) <= LONGEST_ALT), f"{tries[-1][: LONGEST_ALT - 1].rstrip()}…")


@dataclass(frozen=True)
class _Reporter:
    """What any story has to tell."""

    story: Story
    closing: str

    def begins(self, run: int) -> str:
        """Say by which method a run goes, at which rate, and where it starts."""
        path = self.story.runs[run]
        rate = path.terms.get("learning_rate")
        constant = rate is not None and bool((rate == rate.flat[0]).all())
        shown = short(float(f"{rate.flat[0]:.3g}")) if rate is not None else ""
        method = word("at that rate", method=path.name, rate=shown) if constant else path.name
        return self._named(run, word("many start" if self._many else "run starts", method=method, **self._at(run, 0)))

    def ends(self, run: int) -> str:
        """Say where a run stood last, and after how many steps."""
        last = self.story.last(run)
        return self._named(run, word("many end" if self._many else "run ends", count=last, **self._at(run, last)))

    def _named(self, run: int, words: str) -> str:
        """Say which of several runs it is, unless the words begin with its name."""
        if len(self.story.runs) == 1:
            return capital(words)
        name = self._names[run]
        return capital(words if words.startswith(name) else f"{name}: {words}")

    @cached_property
    def _names(self) -> list[str]:
        return run_names(self.story)

    @cached_property
    def _digits(self) -> Digits:
        return digits(self.story)

    @property
    def _many(self) -> bool:
        """Whether there are too many parameters to name the value of each."""
        about = self.story.loss.about
        return about.dim > 4 or len(about.names) != about.dim

    def _at(self, run: int, position: int) -> dict[str, str]:
        """Return the words for a position of a run: where it is, the loss there, and of classes how many are right."""
        words = {"place": self._place(run, position), "loss": self._loss(run, position)}
        return {**words, "right": self._right(run, position)} if self._many else words

    def _right(self, run: int, position: int) -> str:
        loss = self.story.loss
        if not isinstance(loss, Network) or not loss.data.classes:
            return ""
        share = float(loss.scores(self.story.runs[run].params[position, 0])[1])
        return word("share right", share=number(100 * share, 0))

    def _place(self, run: int, position: int) -> str:
        """Return the parameters at a position: `m = 2.00`, or `x = 2.00, y = 1.00`; of many only their number."""
        if self.story.recorded is not None:
            return word("so many parameters", count=self.story.recorded.count)
        names, values = self.story.loss.about.names, self.story.runs[run].params[position, 0].tolist()
        if self._many:
            return word("so many parameters", count=len(values))
        pairs = zip(names, values, strict=True)
        return listed([f"{name} = {self._number(axis, value)}" for axis, (name, value) in enumerate(pairs)])

    def _loss(self, run: int, position: int) -> str:
        loss, finer = float(self.story.runs[run].loss[position, 0]), self.story.loss.about.dim > 1
        return number_from(self._digits.loss_base, loss, self._digits.loss, finer=finer)

    def _number(self, axis: int, value: float) -> str:
        return number_from(self._digits.base(axis), value, self._digits.param)

    @property
    def _subject(self) -> str:
        """What is minimised, as far as it has a name: the parameters."""
        names = self.story.loss.about.names
        if self.story.recorded is not None:
            return word("so many parameters", count=self.story.recorded.count)
        return word("so many parameters", count=self.story.loss.about.dim) if self._many else joined(names)


class _Runs(_Reporter):
    """Tells runs one after the other."""

    def subject(self, brief: bool = False) -> str:
        """Say what the film shows."""
        methods = list(dict.fromkeys(run.name for run in self.story.runs))
        if len(self.story.runs) > 1:
            what = word("tries of", count=len(self.story.runs), method=" / ".join(methods), m=self._subject)
        elif brief:
            what = methods[0]
        else:
            key = "many by" if self._many else "method from"
            what = word(key, method=methods[0], place=self._place(0, 0))
        return word("film of", what=what)

    def end(self) -> str:
        """Say how the last run ended."""
        return plain(self._teller(len(self.story.runs) - 1).end())

    def report(self) -> Iterator[str]:
        """Yield what happens, run after run, up to the very end."""
        if self.story.recorded is not None:
            yield plain(self._teller(0).begin())
            return
        for run in range(len(self.story.runs)):
            if len(self.story.runs) > 1:
                yield plain(self._teller(run).begin())
            yield self.begins(run)
            teller = self._teller(run)
            for step, event in teller.events.items():
                yield word("at step", step=step + 1, words=plain(teller.event(event)))
            yield self.ends(run)
            if run < len(self.story.runs) - 1:
                yield plain(teller.end())

    def deeds(self) -> Iterator[Deed]:
        """Yield each step in numbers."""
        if self.story.recorded is not None:
            yield from self._recorded(self.story.recorded)
            return
        for run in range(len(self.story.runs)):
            yield Deed(run, -1, self.begins(run))
            last = self.story.last(run)
            every = -(-last // MOST_STEPS) or 1
            for step in sorted({*range(0, last, every), max(last - 1, 0)} if last else ()):
                yield Deed(run, step, self._step(run, step))

    def _recorded(self, run: TrainingRun) -> Iterator[Deed]:
        """Yield the losses of a training run, where they were measured."""
        yield Deed(0, -1, plain(self._teller(0).begin()))
        last = self.story.last(0)
        every = -(-last // MOST_STEPS) or 1
        for position in sorted({*range(0, last, every), last}) if run.measured("loss") else ():
            loss = word("recorded loss", loss=self._loss(0, position))
            yield Deed(0, position, word("at step", step=self.story.count(position), words=loss))

    def _step(self, run: int, step: int) -> str:
        path, shown = self.story.runs[run], self._digits
        there = {**self._at(run, step + 1), "step": step + 1}
        if self._many:
            return word("step of many", **there)
        if path.params.shape[-1] > 1:
            return word("step to", **there)
        change = number(float(path.step[step, 0, 0]), shown.param)
        if not path.sees_gradient:
            return word("step by", change=change, **there)
        slope = number(float(path.gradient[step, 0, 0]), shown.slope)
        return word("step down", slope=slope, change=change, **there)

    def _teller(self, run: int) -> Teller:
        return Teller(self.story, run, self.closing)


class _Race(_Reporter):
    """Tells runs that go at once."""

    @cached_property
    def _commentary(self) -> Commentary:
        return Commentary(self.story, self.closing)

    def subject(self, brief: bool = False) -> str:
        """Say what the film shows."""
        if self.story.study is not None or len(self.story.runs) == 1:
            return word("film of", what=plain(self._commentary.begin()))
        names = self._names
        who = word("so many runs", count=len(names)) if brief or len(names) > MOST_RUNS else joined(names)
        return word("film of", what=word("race of", who=who, m=self._subject))

    def end(self) -> str:
        """Say how it ended."""
        return plain(self._commentary.end())

    def report(self) -> Iterator[str]:
        """Yield under which terms they go, and what happens."""
        yield self.story.protocol
        yield from (deed.words for deed in self.deeds())

    def deeds(self) -> Iterator[Deed]:
        """Yield who starts where, what happens at which step, and where each one is at the end."""
        few = range(len(self.story.runs)) if len(self.story.runs) <= MOST_RUNS else range(0)
        yield from (Deed(0, -1, self.begins(run)) for run in few)
        for step, words in sorted(self._commentary.claims.items()):
            yield Deed(0, step, word("at step", step=step, words=plain(words)))
        yield from (Deed(0, self.story.steps, self.ends(run)) for run in few)
