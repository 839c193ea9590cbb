"""Every word and number form that appears on the screen, in one table; and which language is spoken.

English stands here; the other languages have the same keys, each in a file of `gdviz/languages`. Which one is spoken
is known to the running code, and not to every call: `with speaking("fr"):`. Threads, and pictures that are drawn in
turns, do not hear each other.

A sentence is a tuple of spans `(words, role)`; the role gives the words their colour. In the table `[slope]` is the
word "slope" in the colour of the slope, `[rate:learning rate]` the words "learning rate" in the colour of the rate,
`{m}` is filled in, and `{steps:step}` is a number with its noun: 1 step, 2 steps. Other languages write the forms out:
`{steps:Schritt|Schritte}`, and `{slope:die Steigung|der Gradient}` where the two nouns are of different gender.
"""

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from string import Formatter
from typing import Any

from gdviz.languages import LANGUAGES, load
from gdviz.languages.breaks import is_wide
from gdviz.languages.language import Language
from gdviz.problems import BadScene, choose, counted

LONGEST_NAME = 12  # characters of a parameter's name in the picture
MINUS = "\N{MINUS SIGN}"

Span = tuple[str, str]
Sentence = tuple[Span, ...]

ENGLISH = {
    # headings and names
    "in words": "the film in words",
    "step": "step",
    "step of": "step {step}",
    "of": "of {steps}",
    "look": "look",
    "decide": "decide",
    "move": "move",
    "loss": "loss",
    "history": "loss after each step",
    "loss of a line": "mean squared residual",
    "loss of a logistic": "mean cross-entropy",
    "minimum": "minimum",
    "saddle": "saddle",
    "named surfaces": "Surfaces by name",
    "one parameter": "one parameter",
    "two parameters": "two parameters",
    "curvatures": "curvature {down} along the arrows, {up} across",
    "curvatures unclear": "curvature {down} and {up}",
    "start": "start",
    "found": "{m} found",
    "distance": "off by",
    "digits": "correct digits",
    "loss here": "loss there",
    "deepest loss": "deepest loss",
    "steps": "steps",
    "steps to": "steps to loss {loss}",
    "never": "never",
    "is lost": "lost",
    "next": "next",
    "new": "new {m}",
    "slope": "slope",
    "this batch": "this batch",
    "all points": "all points",
    "each batch": "each batch",
    "fan": "gradients",
    "used": "used in this epoch",
    "fresh": "to come",
    "by": "by {m}",
    "batch curve": "loss of this batch",
    "epoch": "epoch {epoch}",
    "gradient": "gradient",
    "left at": "left at step {step}",
    "outside": "outside of the picture",
    "run": "run",
    "looks": "looks",
    "inside": "inside {method}",
    "inside it": "inside the method",
    "correction": "bias correction",
    "rates": "learning rate",
    # the terms of the optimizers' rules, as the rule and the view inside show them
    "term clipped_gradient": "clipped {slope}",
    "term learning_rate": "learning rate",
    "term step_rate": "rate now",
    "term momentum": "keep",
    "term push": "push",
    "term velocity": "past {slope}s",
    "term past_steps": "past steps",
    "term weight_decay": "decay",
    "term decay": "decay",
    "term lambd": "decay",
    "term pull": "pull to zero",
    "term mean_gradient": "mean {slope}",
    "term mean_ahead": "mean ahead",
    "term mean_change": "mean change",
    "term usual_size": "usual size",
    "term largest_size": "largest size",
    "term usual_step": "usual step",
    "term sum_of_gradients": "sum of {slope}s",
    "term pull_of_all": "pull of all",
    "term strength": "strength",
    "term rectification": "rectifier",
    "term weight": "weight",
    "term stride": "stride",
    "term direction": "way",
    "term sign_of_slope": "sign of {slope}",
    "term sign_of_mean": "sign of mean",
    "term size_of_all": "size of all",
    "term usual_surprise": "usual surprise",
    "term root": "usual size",
    "term epsilon": "epsilon",
    "term orthogonal": "evened {slope}",
    "term share": "share",
    "term leader": "leader",
    "term slope_used": "{slope}",
    "term trial_step": "trial step",
    "term choice": "side",
    "term curvature": "curvature",
    "term newton_direction": "Newton's way",
    "term step_length": "length",
    "term earlier_moves": "moves before",
    "term effective_rate": "effective rate",
    # the origin of the curve
    "measure line": "The line misses each point by a [loss:residual].",
    "measure logistic": "The blue curve misses each point by a [loss:residual].",
    "one point line": "Square them, take the mean: the [loss], one point of the curve.",
    "one point logistic": "Take the mean of −ln(1 − [loss:residual]): the [loss], one point on the right.",
    "turn line": "Turn the line: every [parameter:{m}] has its [loss]. Together they are the curve.",
    "turn logistic": "Bend the blue curve: every [parameter:{m}] has its [loss].",
    "find all": "Which [parameter:{m}] have the smallest [loss]?",
    "find": "Which [parameter:{m}] has the smallest [loss]?",
    # a study
    "at rate": "rate {rate}",
    "factor": "distance × {factor} per step",
    "factor of step": "step × {factor} per step",
    "off at": "off the chart at step {step}",
    "verdict too small": "too small",
    "verdict good": "good",
    "verdict oscillating": "oscillating",
    "verdict diverging": "diverging",
    "steps needed": "steps needed for 99 % of the way",
    "so many steps": "{steps:step}",
    "limit": "limit: 2 / curvature = 2 / {curvature} = {limit}",
    "limit of it": "limit: {limit}",
    "study rates": "Which [rate:learning rate] reaches the minimum, and how fast?",
    "study rates all": "All of these rates arrive; soonest is [rate:{best}].",
    "study rates none": "None of these rates arrives in {steps:step}.",
    "study rates limit": "Too small is slow, above [rate:{limit}] nothing arrives; soonest is [rate:{best}].",
    "study map": "Which [rate:learning rate], with how much momentum, arrives soonest?",
    "study map none": "No pair arrives in {steps:step}.",
    "study map end": "Soonest: [rate:rate {rate}] with momentum {momentum}, in {steps:step}.",
    "study basins": "Every start gets the colour of the minimum that it reaches, once it is there.",
    "study basins end": "The start decides: {count:minimum}, each with its basin.",
    "study basins lost": "The start decides: {count:minimum}; grey starts arrive nowhere.",
    "study basins one": "Every start ends at the same minimum.",
    "study basins one lost": "One minimum; grey starts do not arrive there in {steps:step}.",
    "study basins none": "No start arrives in {steps:step}.",
    "without momentum": "without momentum",
    "fastest": "soonest",
    "most momentum": "too much momentum",
    "beyond the limit": "rate too large",
    "momentum": "momentum",
    "map colours": "the greener, the sooner; numbers: steps needed",
    "map limit": "limit: 2 (1 + momentum) / curvature",
    "share": "share",
    "median steps": "median steps",
    "one of them": "one of them",
    "strong colour": "the stronger the colour, the sooner it arrived",
    "few": "<1 %",
    "ends at": "ends at",
    "other minima": "other minima",
    "nowhere": "nowhere",
    "lost": "diverges",
    # a rate that was looked for
    "tuned": "Its [rate:learning rate {rate}] is the best of {tried} tried.",
    "tuned short": "Its [rate:learning rate {rate}] is the best of {tried} tried, none with a step over {longest}.",
    # a race
    "loss now": "loss now",
    "best loss": "best loss",
    "rate": "rate",
    "arrived": "arrived",
    "steps at": "steps at",
    "the saddle": "the saddle",
    "saddles": "saddles",
    "a saddle": "a saddle",
    "mean steps": "mean steps",
    "so many of": "{count} of {all}",
    "steps to stay": "steps to",
    "below": "stay below",
    "gradients asked": "looks",
    "history above": "loss above the minimum",
    "history above best": "loss above the lowest found",
    "every start": "{starts:start}, each with {steps:step} of {method}",
    "at its rate": "{what} at learning rate {rate}",
    "one start": "Same start",
    "many starts": "{starts:start}",
    "one budget": "same {steps:step}",
    "one rate": "the same learning rate {rate} for all",
    "own rates": "each at its own hand-picked learning rate",
    "tuned rates": "each at the best of {rates:learning rate} tried",
    "no step over": "none with a step over {longest}",
    "race begin": "Same start, same number of steps: who is at the minimum first?",
    "race begin saddle": "Same start, same number of steps: who gets off the saddle first?",
    "race left first": "Off the saddle first: [{run}:{name}], at step {steps}; [{other}:{second}] at step {more}.",
    "race left alone": "Only [{run}:{name}] got off the saddle, at step {steps}; [{other}:{second}] is still there.",
    "race starts": "From {starts:start}: where do they end, and who is there first?",
    "race lead": "[{run}:{name}] leads.",
    "race takes": "[{run}:{name}] takes the lead.",
    "race first": "[{run}:{name}] is there first, after {steps:step}.",
    "race next": "[{run}:{name}] is there after {steps:step}.",
    "race first minimum": "[{run}:{name}] is at the minimum first, after {steps:step}.",
    "race next minimum": "[{run}:{name}] is at the minimum after {steps:step}.",
    "race escapes first": "[{run}:{name}] leaves {saddle} first, at step {at}.",
    "race escapes": "[{run}:{name}] leaves {saddle} after {steps:step} there.",
    "race undefined": "[{run}:{name}] is lost: the loss is not defined there.",
    "race all lost": "All are lost: their steps are too large.",
    "race tie": "Both first: [{run}:{name}] and [{other}:{second}], after {steps:step}.",
    "race lost": "[{run}:{name}] is lost: the loss left the range of numbers.",
    "race won": "First: [{run}:{name}], after {steps:step}.",
    "race won late": "First: [{run}:{name}], after {steps:step}; [{other}:{second}] needs {more}.",
    "race alone": "Only [{run}:{name}] has arrived, after {steps:step}.",
    "race none": "Nobody has arrived in {steps:step}; [{run}:{name}] is closest.",
    "race many": "{count} of {runs} arrived in {steps:step}.",
    # a worksheet
    "sheet name": "Name",
    "sheet date": "Date",
    "sheet answers": "Answers",
    "sheet mark": "Where will it land? Mark it in the picture.",
    "sheet loss": "The loss",
    "sheet falls": "falls",
    "sheet rises": "rises",
    "sheet stays": "stays",
    "sheet why": "Why?",
    # a run
    "fog": "It sees the [loss] only where it stands.",
    "fog asks": "It sees the [loss] only where it asks for it.",
    "fog lifts": "Now the whole [loss].",
    "fog lifts unseen": "Now the whole [loss]: the rest it never saw.",
    "begin": "Start at [parameter:{m} = {value}].",
    "look right": "The [slope:{slope}] is negative: downhill is to the right.",
    "look left": "The [slope:{slope}] is positive: downhill is to the left.",
    "look flat": "The [slope:{slope}] is zero: no side is downhill.",
    "decide right": "Go against the [slope:{slope}]: [parameter:{m}] takes a [rate:step] to the right.",
    "decide left": "Go against the [slope:{slope}]: [parameter:{m}] takes a [rate:step] to the left.",
    "decide more line": "A larger [parameter:{m}] brings the line closer to the points.",
    "decide less line": "A smaller [parameter:{m}] brings the line closer to the points.",
    "decide more logistic": "A larger [parameter:{m}] brings the blue curve closer to most points.",
    "decide less logistic": "A smaller [parameter:{m}] brings the blue curve closer to most points.",
    "carried right": "The speed from before is stronger: [parameter:{m}] still goes right.",
    "carried left": "The speed from before is stronger: [parameter:{m}] still goes left.",
    "lags right": "The [slope:mean {slope}] still says right: [parameter:{m}] goes on.",
    "lags left": "The [slope:mean {slope}] still says left: [parameter:{m}] goes on.",
    "mean right": "The [slope:mean {slope}] decides: [parameter:{m}] takes a [rate:step] to the right.",
    "mean left": "The [slope:mean {slope}] decides: [parameter:{m}] takes a [rate:step] to the left.",
    "against right": "[parameter:{m}] goes right, though the [slope:{slope}] says left.",
    "against left": "[parameter:{m}] goes left, though the [slope:{slope}] says right.",
    "no step": "A [slope:{slope}] of zero makes no [rate:step].",
    "waits": "It waits here for one step.",
    "look around": "No {slope} is known: try a [rate:step] to either side.",
    "look blind": "It asks for no {slope}: it compares the loss at places that it tries.",
    "decide blind right": "What it has seen speaks for the right: [parameter:{m}] takes a [rate:step].",
    "decide blind left": "What it has seen speaks for the left: [parameter:{m}] takes a [rate:step].",
    "decide blind all": "What it has seen speaks for this [rate:step].",
    "better right": "Right is lower: [parameter:{m}] takes that [rate:step].",
    "better left": "Left is lower: [parameter:{m}] takes that [rate:step].",
    "better": "Each parameter takes the [rate:step] that is lower.",
    "no better": "Neither side is lower: stay, and try shorter [rate:steps].",
    "stays": "Nothing moves. Now the same with shorter [rate:steps].",
    "trying": "Try both sides; keep what lowers the [loss].",
    "look all": "The [slope:gradient] says, for each parameter, which way is uphill.",
    "decide all": "Go against the [slope:gradient]: each parameter takes its own [rate:step].",
    "decide all by rule": "The rule gives each parameter its own [rate:step].",
    "ask": "Where will it land?",
    "fell": "The [loss] fell. Now the same again from here.",
    "rose": "Too far: the [loss] went up.",
    "went up": "The [loss] went up.",
    "same": "The [loss] is the same: nothing moves.",
    # steps that see a mini-batch
    "batch look": "It sees only {few} of {all:point}: the [slope:{slope}] is a guess.",
    "batch more": "A larger [parameter:{m}] suits this batch: a [rate:step] to the right.",
    "batch less": "A smaller [parameter:{m}] suits this batch: a [rate:step] to the left.",
    "batch decide all": "Go against the [slope:gradient] of this batch, as if it were that of all the points.",
    "batch fell": "The [loss] of all the points fell. Now the next batch.",
    "batch misled": "Better for this batch, but the [loss] of all the points went up.",
    "batch fell anyway": "Worse for this batch, but the [loss] of all the points fell.",
    "batch falls": "Every guess is different, and yet the [loss] falls.",
    "batch wanders": "The guesses disagree: it wanders to and fro.",
    # several steps together
    "smaller": "Smaller [slope:{slope}], smaller [rate:step]; the [rate:rate] is the same.",
    "equal": "The [slope:{slope}] stays the same, and so does the [rate:step].",
    "larger": "Larger [slope:{slope}], larger [rate:step]; the [rate:rate] is the same.",
    "even": "The [rate:steps] are about equally long, however steep the [slope:{slope}].",
    "longer": "The [rate:steps] get longer.",
    "shorter": "The [rate:steps] get shorter.",
    "across": "It jumps across the valley, from side to side.",
    "zigzag": "It zigzags: each [rate:step] turns back across the valley.",
    "gathers": "It gathers speed on the way down.",
    "little": "Little by little, the [loss] falls.",
    "on": "And so on, step by step.",
    # events
    "event uphill": "Too far: the [loss] went up.",
    "event carried": "Uphill, but its speed carries it on.",
    "event passed": "Its speed carries it past the minimum.",
    "event crossed": "It jumped across the valley, to a lower [loss].",
    "event lags": "Past the minimum: the [slope:mean {slope}] still points this way.",
    "event over": "It runs past the minimum.",
    "event faint": "Nearly flat: the [slope:{slope}] is close to zero.",
    "event misled": "A guess that misled: the [loss] of all the points went up.",
    "event stuck": "Neither side is lower: stay, and try shorter [rate:steps].",
    "event growing": "Each jump is larger: the [rate:rate] is too high.",
    "event plateau": "Nearly flat: the [rate:steps] are tiny.",
    "event saddle": "Nearly flat: a saddle. It rises one way and falls the other.",
    "event saddle unclear": "Nearly flat: a saddle, and even the curvature does not tell which way falls.",
    "event escaped": "It has left the saddle after {steps:step} there.",
    "event left": "It leaves the picture at step {steps}.",
    "event climbed": "Its speed carries it over the hill.",
    # ends
    "done": "Done: [parameter:{m} = {value}].",
    "close": "After {steps:step} [parameter:{m} = {value}]; the minimum is at {minimum}.",
    "short": "Still on its way after {steps:step}: the [rate:rate] is too small.",
    "elsewhere": "It comes to rest at [parameter:{m} = {value}], and not in the minimum at {minimum}.",
    "swings": "After {steps:step} it still swings around the minimum at {minimum}.",
    "on its way": "After {steps:step} it is still on its way to {minimum}.",
    "swinging": "After {steps:step} it still swings: the [rate:rate] is a bit too high.",
    "good": "Close to the minimum after {steps:step}: a good [rate:rate].",
    "too high": "Away for good at step {steps}: the [rate:rate] is too high.",
    "deepest": "The deepest valley: [parameter:{m} = {value}].",
    "flat": "Flat here, but not the lowest point.",
    "valley": "A valley, but not the deepest one.",
    "overflowed": "Diverged at step {steps}: the [loss] left the range of numbers.",
    "left domain": "Stopped at step {steps}: the [loss] is not defined there.",
    "still at saddle": "After {steps:step} it is still at the saddle: there the [loss] is [loss:{value}].",
    "arrived all": "After {steps:step} it is at a minimum: the [loss] is [loss:{value}].",
    "ended": "At the end the [loss] is [loss:{value}].",
    # a training run that was recorded
    "recorded": "A training run: {count:parameter}, {steps:step}.",
    "recorded thinned": "A training run: {count:parameter}, {steps:step}; {records} of them are kept.",
    "recorded projected": "{count:parameter} in a random projection, {records} of {steps:step} kept.",
    "recorded measures": "A training run: {steps:step}.",
    "recorded loss": "the loss is {loss}.",
    "recorded ended": "At the end the [loss] is [loss:{value}], on test data [slope:{test}].",
    "recorded end": "This was the way of {steps:step}.",
    "direction": "direction {number}: {part} % of the variance",
    "projection": "{count:parameter}, projected onto two directions",
    "test loss": "loss on test data",
    "accuracy": "accuracy",
    "test accuracy": "accuracy on test data",
    "in training": "in training",
    "on test data": "on test data",
    # between words
    "and": "{first} and {last}",
    # the methods; names that are not here are the same in every language
    "method gradient descent": "gradient descent",
    "method gradient descent with line search": "gradient descent with line search",
    "method proximal gradient descent": "proximal gradient descent",
    "method momentum": "momentum",
    "method Nesterov momentum": "Nesterov momentum",
    "method trial and error": "trial and error",
    "method Newton's method": "Newton's method",
    "method proximal Adagrad": "proximal Adagrad",
    "method Adagrad with dual averaging": "Adagrad with dual averaging",
    "method schedule-free SGD": "schedule-free SGD",
    "method schedule-free AdamW": "schedule-free AdamW",
    "clipped": "clipped {method}",
    "with weight decay": "{method} with weight decay",
    # the film in words, for those who don't see it
    "film of": "Animation: {what}",
    "method from": "{method} from {place}.",
    "tries of": "{count:run} of {method} to find {m}.",
    "race of": "{who} race to the best {m}.",
    "so many runs": "{count:run}",
    "so many parameters": "{count:parameter}",
    "at that rate": "{method} with learning rate {rate}",
    "run starts": "{method} starts at {place}, where the loss is {loss}.",
    "run ends": "Steps taken: {count}. It stands at {place}, where the loss is {loss}.",
    "at step": "Step {step}: {words}",
    "step down": "Step {step}: the slope is {slope}, the step {change}; now {place}, and the loss is {loss}.",
    "step by": "Step {step}: the step is {change}; now {place}, and the loss is {loss}.",
    "step to": "Step {step}: now {place}, and the loss is {loss}.",
    # a slide with a part of a film
    "part of": "{what} ({at} of {count})",
    # the page of a film
    "page films": "{count:animation}",
    "page controls": "controls of the film",
    "page restart": "From the beginning",
    "page back": "Step back",
    "page play": "Play",
    "page pause": "Pause",
    "page forward": "Step forward",
    "page position": "Position",
    "page position text": "step {step} of {steps}, {seconds} s",
    "page seconds": "{seconds} s",
    "page clock": "{seconds} / {all} s",
    "page speed": "Speed",
    "page full screen": "Full screen",
    "page keys": "Keys",
    "page close": "Close",
    "page description": "Description",
    "page transcript": "In words",
    "page scene": "The scene, to copy and to change",
    "page copy": "Copy",
    "page copied": "Copied",
    "page no script": "Without JavaScript the film plays, but without steps.",
    "page key toggle": "play, pause; also a tap on the film",
    "page key forward": "play the next part; also a swipe to the left",
    "page key back": "back to where a part begins; also a swipe to the right",
    "page key frame": "one picture back or on",
    "page key ends": "to the beginning, to the end",
    "page key speed": "faster, slower",
    "page key full screen": "full screen",
    "page key help": "these keys",
    "page key space": "Space",
    # what a student may change
    "explore": "Try it",
    "explore how": "Drag the ball, or move the sliders.",
    "explore start": "start {m} =",
    "explore rate": "learning rate",
    "explore reset": "As in the film",
    "explore curve": "The loss against {m}, with the places of all steps",
    "explore history": "The loss after each step",
    "explore given": "Start {m} = {start}, learning rate {rate}:",
    "explore arrives": "99 % of the way at step {needed}; at step {steps} {m} = {end}.",
    "explore never": "at step {steps} {m} = {end}, and less than 99 % of the way is done.",
    "explore gone": "it leaves the picture at step {left}.",
    "explore lost": "the loss leaves the range of numbers at step {left}.",
}

_ENGLISH = Language("English", ENGLISH)
_SPOKEN: ContextVar[Language] = ContextVar("language", default=_ENGLISH)
_MARK = re.compile(r"\[(\w+)(?::([^\]]*))?\]")
_BETWEEN = re.compile(r"(?<=[\u3001-\u9fff])(\]?) (?=(?:\[\w+:)?[\u3001-\u9fff])")  # a space, maybe at a mark
_BLANK = re.compile(r"[ \n\t]+")
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Speak a language, such as "fr", until the end of the block. Raises `BadScene` for one that is not there."""
    check_language(lang)
    token = _SPOKEN.set(_ENGLISH if lang == "en" else load(lang))
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def check_language(lang: object) -> None:
    """Raise `BadScene` unless it is the short name of a language that is spoken."""
    if not isinstance(lang, str) or lang not in LANGUAGES:
        raise BadScene("lang", lang, choose(str(lang), LANGUAGES))


def spoken() -> Language:
    """Return the language that is spoken."""
    return _SPOKEN.get()


class _Filling(Formatter):
    """Fills the places of a text; one with a noun, such as `{steps:step}`, with a number of them."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value, or a number with its noun, or the form that goes with the noun that is the value."""
        language, text = spoken(), str(value)
        if not format_spec:
            return text
        forms = format_spec.split("|")
        if not text[:1].isdigit():
            return forms[text == language.words["gradient"]]
        return counted(text, format_spec) if language is _ENGLISH else language.counted(text, forms)


_filling = _Filling()


def word(key: str, **values: object) -> str:
    """Return a name or a heading."""
    text = _filling.format(spoken().words[key], **values)
    return text if spoken().spaced else _BETWEEN.sub(r"\1", text)


def has_word(key: str) -> bool:
    """Say whether the table has a name or a heading."""
    return key in ENGLISH


def method(name: str) -> str:
    """Return what a method is called, with what is wrapped around it; names such as Adam are the same everywhere."""
    inner = name.removesuffix(" with weight decay")
    if inner != name:
        return word("with weight decay", method=method(inner))
    if name.startswith("clipped "):
        return word("clipped", method=method(name.removeprefix("clipped ")))
    key = f"method {name}"
    return word(key) if has_word(key) else name


def say(key: str, **values: object) -> Sentence:
    """Return a sentence as spans `(words, role)`."""
    return spans(word(key, **values))


def joined(parts: Sequence[str]) -> str:
    """Return names in a row: `x, y`."""
    return spoken().pause.join(parts)


def clauses(parts: Sequence[str]) -> str:
    """Return the parts of a sentence in a row: `same start, same 25 steps`."""
    return spoken().clause.join(parts)


def listed(numbers: Sequence[str]) -> str:
    """Return numbers in a row: `2.5, 1`, or `2,5; 1` where the comma is the decimal mark."""
    return ("; " if spoken().decimal == "," else ", ").join(numbers)


def told(sentences: Sequence[str]) -> str:
    """Return sentences one after the other, each ended as sentences are; those of an author may be of other languages.

    What is not in the script of the language has the marks of English.
    """
    text = ""
    for line in filter(None, (_BLANK.sub(" ", sentence).strip() for sentence in sentences)):
        stop = spoken().stop if any(map(is_wide, line)) == is_wide(spoken().stop) else "."
        gap = "" if not text or is_wide(text[-1]) else " "
        text += gap + (line if line[-1] in ".?!…。？！" else line + stop)
    return text


def spans(text: str) -> Sentence:
    """Read the `[role:words]` marks of a text."""
    found, at = [], 0
    for mark in _MARK.finditer(text):
        found += [(text[at : mark.start()], ""), (mark[2] if mark[2] is not None else mark[1], mark[1])]
        at = mark.end()
    found.append((text[at:], ""))
    return tuple(span for span in found if span[0])


def filled(text: str, names: Sequence[str], values: Sequence[float], decimals: int) -> Sentence:
    """Return a user's sentence with `{name}` replaced by the value of that name."""
    for name, value in zip(names, values, strict=False):
        text = text.replace("{" + name + "}", number(value, decimals))
    return spans(text)


def reading_seconds(sentence: Sentence) -> float:
    """Return how long a sentence stays at least: half a second, and a second for every 15 characters.

    Chinese and Japanese ones say more: 6 a second. (Subtitles may show 20, 9 and 4 a second: Netflix, Timed Text Style
    Guides for English, Chinese, Japanese. Here the eye is also on the picture, and nobody is speaking.)
    """
    text = "".join(words for words, _ in sentence)
    wide = sum(map(is_wide, text))
    return 0.5 + (len(text) - wide) / 15 + wide / 6


def shown_names(names: Sequence[str]) -> tuple[str, ...]:
    """Return what parameters are called on the screen: of names of more than 12 characters the begin and the end."""
    return tuple(name if len(name) <= LONGEST_NAME else f"{name[:7]}…{name[-4:]}" for name in names)


def number(value: float, decimals: int) -> str:
    """Return a number with a true minus sign, fixed decimals, and thin spaces between thousands.

    The decimal mark is that of the language: `3.5`, in French `3,5`.

    Numbers from ten million on, and those that need more than seven decimals, are written as `3.97e8`; those from a
    million on have at most three decimals. What is less than a millionth of the last decimal is zero.
    """
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    if abs(value) >= 1e7 or decimals > 7:
        return scientific(value) if abs(value) >= 1e-6 * 10.0**-decimals else "0"
    text = f"{value:,.{min(decimals, 3) if abs(value) >= 1e6 else decimals}f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # no minus for a number that is shown as zero
    apart = "\N{THIN SPACE}" if abs(value) >= 1e4 else ""
    return written(text.replace(",", apart))


def signed(value: float, decimals: int) -> str:
    """Return a number with its sign, also where it is a plus, or shown as zero."""
    text = number(value, decimals)
    return text if text.startswith(MINUS) else f"+{text}"


def number_from(base: float, value: float, decimals: int) -> str:
    """Return a number as a round one and by how much it is above or below it, such as `2e9+2.400`.

    It is written whole where the base is 0, and where it is farther from it than that is from 0.
    """
    if not base or not abs(value - base) < abs(base):
        return number(value, decimals)
    whole = short(base)
    exact = float(whole.replace(MINUS, "-").replace(spoken().decimal, ".")) == base
    return (whole if exact else written(repr(base))) + signed(value - base, decimals)


def scientific(value: float) -> str:
    """Return a number with three digits and its power of ten, such as `3.97e8`."""
    mantissa, exponent = f"{value:.2e}".split("e")
    return written(f"{mantissa}e{int(exponent)}") if value else "0"


def short(value: float) -> str:
    """Return a setting, such as a learning rate, as it was written: without needless digits."""
    plain, text = f"{value:.12f}".rstrip("0").rstrip("."), f"{value:.6g}"
    exact = float(plain) == value and len(plain) <= 12
    if exact and (1e-5 <= abs(value) < 1e7 or float(text) != value):
        text = plain
    mantissa, e, exponent = text.partition("e")
    return written(f"{mantissa}e{int(exponent)}" if e else text)


def written(text: str) -> str:
    """Return a number that Python has written with a true minus sign, and the decimal mark of the language."""
    return text.replace("-", MINUS).replace(".", spoken().decimal)


def mathematics(latex: str) -> str:
    """Return a formula with the decimal mark of the language."""
    return _POINT.sub("{,}", latex) if spoken().decimal == "," else latex
