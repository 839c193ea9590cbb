"""What goes forward and back through a network for one example, named, and worked out as equations on the screen."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from gdviz.descent.digits import digits
from gdviz.descent.loss import Array, Loss
from gdviz.descent.network import Layer, Network, Trace
from gdviz.descent.story import Moment, Phase, Story
from gdviz.problems import BadScene, choose
from gdviz.words import has_word, number, short, shown_names, word

MOST_UNITS, MOST_HIDDEN_LAYERS = 6, 2  # of a network that is drawn
_FIGURES = (3, 4)  # decimals that are tried, of numbers below 100
_SLOW = 3  # steps whose equations can be worked out by hand
_MOST_TERMS = 2  # inputs of a unit whose sum is written out
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_WEIGHTS, _INTERCEPTS, _UNITS = "wvu", "bcd", "hg"  # the letters of the layers, in their order
_SHOWN = {"relu": "ReLU", "gelu": "GELU"}


def check_example(where: str, loss: Loss, example: object, follow: object) -> None:
    """Raise `BadScene` for a network that is too large to be drawn, or has no such example, or no such weight."""
    if not isinstance(loss, Network):
        return
    if max(loss.widths) > MOST_UNITS or len(loss.hidden) > MOST_HIDDEN_LAYERS:
        room = f"it has room for {MOST_UNITS} units in a layer and {MOST_HIDDEN_LAYERS} hidden layers"
        widths = "-".join(map(str, loss.widths))
        raise BadScene("views", f"{where}()", f"{room}, and this network is {widths}; use History()")
    most = len(loss.data) - 1
    if isinstance(example, bool) or not isinstance(example, int) or not 0 <= example <= most:
        raise BadScene(f"{where}, example", example, f"allowed: a whole number from 0 to {most:,}, its row in the data")
    names = [edge.name for edge in edges(loss)]
    if follow != "" and follow not in names:
        raise BadScene(f"{where}, follow", follow, choose(str(follow), names))


@dataclass(frozen=True)
class Edge:
    """A weight, or an intercept, of a network.

    name: in letters and digits, such as `w1`. layer: of weights, from 0. before, unit: which units it leads from and
    to; an intercept comes from None. place: in the vector of parameters.
    """

    name: str
    layer: int
    before: int | None
    unit: int
    place: int

    @property
    def shown(self) -> str:
        """The name as it is written on the screen: `w₁`."""
        return self.name.translate(_SUBSCRIPTS)


def edges(loss: Network) -> tuple[Edge, ...]:
    """Return all weights and intercepts in the order of the parameters: `w1, w2, ..., b1, ..., v1, ..., c`."""
    return tuple(_edges(loss))


def _edges(loss: Network) -> Iterator[Edge]:
    place = 0
    for layer, (before, units) in enumerate(zip(loss.widths, loss.widths[1:], strict=False)):
        kinds = [(_letter(_WEIGHTS, layer), [(i, j) for i in range(before) for j in range(units)])]
        if loss.intercepts:
            kinds.append((_letter(_INTERCEPTS, layer), [(-1, j) for j in range(units)]))
        for letter, pairs in kinds:
            for count, (i, j) in enumerate(pairs, 1):
                yield Edge(_numbered(letter, count, len(pairs)), layer, None if i < 0 else i, j, place)
                place += 1


def _letter(letters: str, layer: int) -> str:
    return letters[layer] if layer < len(letters) else f"{letters[-1]}{layer}_"


def _numbered(letter: str, count: int, of: int) -> str:
    return f"{letter}{count}" if of > 1 else letter


@dataclass(frozen=True)
class Passed:
    """How far a moment has come.

    position: whose parameters are shown. forward: how many layers have their outputs, the inputs being the first; one
    more than there are stands for the loss. back: how many stages of the way back are done, from the loss to the last
    layer being the first. step: the update that is shown instead of the gradients, or None. landed: whether it is made.
    quick: whether no way is told apart: in quick steps, and at the end.
    """

    position: int
    forward: float
    back: float
    step: int | None = None
    landed: bool = False
    quick: bool = False


@dataclass(frozen=True)
class Term:
    """A number of an equation.

    sign: what stands before it. words, role: what it is, and its colour. value: of it. known: from which part of the
    way forward, back, or of the update on it is known. form: "given" for what is written without needless zeros,
    "setting" for what is written as it was set.
    """

    sign: str
    words: str
    role: str
    value: float
    known: float = 0.0
    form: str = ""


class Propagation:
    """One run of a network, seen with one example.

    example: its row in the data. follow: the name of the weight that is followed; unless given the first one, then the
    first one of the last layer, and from the third step on the last one of the first layer: where steps are quick it
    stays the same.
    """

    def __init__(self, story: Story, run: int, example: int, follow: str) -> None:
        assert isinstance(story.loss, Network)
        self.story, self.run, self.path, self.loss = story, run, story.runs[run], story.loss
        self.example, self.last = example, story.last(run)
        self.edges = edges(self.loss)
        weights = [edge for edge in self.edges if edge.before is not None]
        first = [edge for edge in weights if edge.layer == 0]
        turns = [first[0], next(edge for edge in weights if edge.layer == self.stages - 1), first[-1]]
        self._followed = [edge for edge in self.edges if edge.name == follow] or turns
        self.trace = lru_cache(maxsize=64)(self._trace)
        self.prediction = lru_cache(maxsize=64)(self._prediction)

    # What is there

    @property
    def stages(self) -> int:
        """How many layers of weights there are."""
        return len(self.loss.widths) - 1

    @property
    def inputs(self) -> tuple[float, ...]:
        """The inputs of the example."""
        return tuple(self.loss.data.inputs[self.example].tolist())

    @property
    def target(self) -> float:
        """The target: a number, or the number of the class."""
        return float(self.loss.data.targets[self.example])

    @property
    def alone(self) -> bool:
        """Whether the loss is that of this example, so that its gradient makes the step."""
        return len(self.loss.data) == 1 and not self.loss.l1 and not self.loss.l2

    def intercept(self, layer: int, unit: int) -> Edge | None:
        """Return the intercept of a unit of a layer, the inputs being layer 0; None where there is none."""
        return next((e for e in self.edges if (e.layer, e.before, e.unit) == (layer - 1, None, unit)), None)

    def _trace(self, position: int) -> Trace:
        with np.errstate(all="ignore"):
            return self.loss.trace(self.path.params[position, 0], [self.example])

    def _prediction(self, position: int) -> tuple[float, ...]:
        inputs = self.loss.data.inputs[[self.example]]
        said = self.loss.predict(self.path.params[position, 0], inputs).reshape(-1)
        return tuple(said[1:].tolist() if len(self.loss.data.classes) == 2 else said.tolist())

    def weight(self, position: int, edge: Edge) -> float:
        """Return a weight, or an intercept."""
        return float(self.path.params[position, 0, edge.place])

    def gradient(self, position: int, edge: Edge) -> float:
        """Return the slope of this example's loss by a weight or an intercept."""
        return _entry(self.trace(position).gradients[edge.layer], edge)

    def change(self, step: int, edge: Edge) -> float:
        """Return what a step adds to a weight or an intercept."""
        return float(self.path.step[step, 0, edge.place])

    def own_slope(self, position: int) -> float | None:
        """Return the slope of the last unit's logistic function, where the way back goes through it; else None."""
        plain = self.loss.data.classes and len(self._prediction_names) == 1 and self._cost not in _THROUGH_SUMS
        (said, *_) = self.prediction(position)
        return said * (1.0 - said) if plain else None

    # What it is called

    def unit_name(self, layer: int, unit: int) -> str:
        """Return the name of a unit: of an input, of a hidden unit, or of what is predicted."""
        if layer == 0:
            return shown_names(self.loss.data.input_names)[unit].translate(_SUBSCRIPTS)
        if layer == self.stages:
            return self._prediction_names[unit]
        name = _numbered(_letter(_UNITS, layer - 1), unit + 1, self.loss.widths[layer])
        return name.translate(_SUBSCRIPTS)

    @cached_property
    def _prediction_names(self) -> list[str]:
        return [word("prediction")] if self.loss.widths[-1] == 1 else list(shown_names(self.loss.data.classes))

    @property
    def activation(self) -> str:
        """The name of the hidden units' activation."""
        return _SHOWN.get(self.loss.activation, self.loss.activation)

    @property
    def _cost(self) -> str:
        return self.loss.cost if isinstance(self.loss.cost, str) else getattr(self.loss.cost, "name", "")

    @property
    def origin(self) -> str:
        """How the prediction sends back what it does, in words; nothing where that is not a product."""
        key = f"sent by {self._cost}" + (" of a probability" if self.own_slope(0) is not None else "")
        return word(key) if has_word(key) and self.loss.widths[-1] == 1 else ""

    # Numbers as they are written

    @cached_property
    def places(self) -> int:
        """The decimals of every number, the fewest with which the equations of the slow steps close."""
        largest = max([*map(abs, self.inputs), float(np.abs(self.path.params[: self.last + 1, 0]).max())])
        fewer = max(0, min(3, math.floor(math.log10(largest)) - 1)) if 0 < largest < math.inf else 0
        return min((count - fewer for count in _FIGURES), key=lambda places: (self._open(places), places))

    def _open(self, places: int) -> int:
        """Count the equations of the slow steps that do not close with so many decimals."""
        found = 0
        for step in range(min(_SLOW, self.last)):
            told = [self.chain(step), self.update(step)]
            found += sum(not closes(terms, places) for terms in told)
        return found

    def text(self, value: float) -> str:
        """Write a number."""
        return number(value, self.places)

    def loss_text(self, position: int) -> str:
        """Write the loss of the example: where it is the only one, with the decimals that the loss has elsewhere."""
        places = digits(self.story).loss if self.alone else self.places
        return number(self.trace(position).cost, places)

    def given(self, value: float) -> str:
        """Write an input or a target: without needless zeros, and with as many decimals as other numbers at most."""
        shown = next((k for k in range(self.places) if round(value, k) == value), self.places)
        return number(value, shown)

    def written(self, term: Term) -> str:
        """Write a number of an equation."""
        return {"given": self.given, "setting": short}.get(term.form, self.text)(term.value)

    # Equations

    def followed(self, position: int) -> Edge:
        """Return the weight that is followed on the way to the next position."""
        return self._followed[min(position, max(0, self.last - 1), len(self._followed) - 1)]

    def on_path(self, edge: Edge) -> Sequence[tuple[int, int, int]]:
        """Return the lines `(layer, before, unit)` on the way back to a weight, as far as its equation tells it."""
        own = [] if edge.before is None else [(edge.layer, edge.before, edge.unit)]
        later = edge.layer + 1
        if later < self.stages:
            own += [(later, edge.unit, unit) for unit in range(self.loss.widths[later + 1])]
        return own

    def single(self, edge: Edge) -> bool:
        """Whether there is but one way from the loss to a weight, so that its gradient is one product."""
        return all(units == 1 for units in self.loss.widths[edge.layer + 2 :])

    def sums(self, position: int) -> tuple[Term, ...]:
        """Return how the unit to which the followed weight leads finds its output."""
        edge, trace = self.followed(position), self.trace(position)
        name, last = self.unit_name(edge.layer + 1, edge.unit), edge.layer + 1 == self.stages
        squashed = not last or (bool(self.loss.data.classes) and self.loss.widths[-1] == 1)
        total = float(trace.sums[edge.layer][edge.unit, 0])
        there = edge.layer + 1.0
        title = name if last and not self.loss.data.classes else word("sum of", unit=name)
        title = word("sum") if last and squashed else title
        terms = [Term("", title, "ink", total, there)]
        if self.loss.widths[edge.layer] <= _MOST_TERMS:
            terms += self._parts(position, edge)
        if squashed:
            output = self.prediction(position)[0] if last else float(trace.outputs[edge.layer + 1][edge.unit, 0])
            terms.append(Term("→", "sigmoid" if last else self.activation, "ink", output, there))
        return tuple(terms)

    def _parts(self, position: int, edge: Edge) -> Iterator[Term]:
        for other in self.edges:
            if (other.layer, other.unit) != (edge.layer, edge.unit):
                continue
            first = other.before == 0
            weight = self.weight(position, other)
            if other.before is None:
                yield Term("+", other.shown, "parameter", weight, float(edge.layer))
                continue
            value = float(self.trace(position).outputs[edge.layer][other.before, 0])
            name = self.unit_name(edge.layer, other.before)
            yield Term(
                "=" if first else "+", name, "ink", value, float(edge.layer), form="given" if edge.layer == 0 else ""
            )
            yield Term("×", other.shown, "parameter", weight, float(edge.layer))

    def chain(self, position: int) -> tuple[Term, ...]:
        """Return the gradient of the followed weight as the product of what is met on the way back to it."""
        edge, trace, stages = self.followed(position), self.trace(position), self.stages
        here = stages - edge.layer - 1.0
        result = Term("", word("gradient of", m=edge.shown), "slope", self.gradient(position, edge), here + 1.5)
        if edge.layer == stages - 1:
            terms = [result, Term("=", word("sent back"), "slope", float(trace.sent_back[-1][edge.unit, 0]), 1.0)]
        elif edge.layer == stages - 2 and self.single(edge):
            over = next(e for e in self.edges if (e.layer, e.before, e.unit) == (stages - 1, edge.unit, 0))
            terms = [
                result,
                Term("=", word("sent back"), "slope", float(trace.sent_back[-1][0, 0]), 1.0),
                Term("×", word("the weight", m=over.shown), "parameter", self.weight(position, over), 1.5),
            ]
        else:
            arriving = float(self.loss.layers(self.path.params[position, 0])[edge.layer + 1].weights[edge.unit]
                             @ trace.sent_back[edge.layer + 1][:, 0])  # fmt: skip
            name = self.unit_name(edge.layer + 1, edge.unit)
            terms = [result, Term("=", word("arrives at", unit=name), "slope", arriving, here + 0.5)]
        if edge.layer < stages - 1:
            slope = float(trace.slopes[edge.layer][edge.unit, 0])
            terms.append(Term("×", word("slope of it", activation=self.activation), "slope", slope, here + 1.0))
        if edge.before is not None:
            name, value = self.unit_name(edge.layer, edge.before), float(trace.outputs[edge.layer][edge.before, 0])
            said = word("the input", name=name) if edge.layer == 0 else name
            terms.append(Term("×", said, "ink", value, here + 1.5, form="given" if edge.layer == 0 else ""))
        return tuple(terms)

    def update(self, step: int) -> tuple[Term, ...]:
        """Return how a step changes the followed weight."""
        edge = self.followed(step)
        old, new = (self.weight(position, edge) for position in (step, step + 1))
        terms = [Term("", word("new", m=edge.shown), "parameter", new, 1.0), Term("=", edge.shown, "parameter", old)]
        if not (self.alone and self.path.rule == "-learning_rate * gradient"):
            return (*terms, Term("+", word("step"), "rate", self.change(step, edge)))
        rate = float(self.path.terms["learning_rate"][step, 0, 0])
        slope = Term("×", word("gradient"), "slope", self.gradient(step, edge))
        return (*terms, Term("−", word("term learning_rate"), "rate", rate, form="setting"), slope)

    # Moments

    def passed(self, moment: Moment) -> Passed:
        """Return how far a moment of this run has come."""
        there, all_of_it = self.story.position(moment, self.run), self.stages + 1.0
        done = moment.progress * all_of_it
        if moment.phase in (Phase.MEASURE, Phase.TRACE, Phase.READY):
            return Passed(0, 0.0, 0.0)
        if moment.phase is Phase.REST or moment.brisk or not self.last:
            return Passed(there, all_of_it, all_of_it, quick=True)
        if moment.phase in (Phase.LOOK, Phase.ASK):
            return Passed(there, done if moment.phase is Phase.LOOK else all_of_it, 0.0)
        if moment.phase is Phase.DECIDE:
            return Passed(there, all_of_it, done)
        step = min(moment.step, self.last - 1)
        return Passed(there, all_of_it, all_of_it, step, there > step)


_THROUGH_SUMS = ("cross_entropy", "hinge")  # costs whose slope is found by the sums, not by the probabilities


def _entry(layer: Layer, edge: Edge) -> float:
    array: Array | None = layer.weights if edge.before is not None else layer.intercepts
    assert array is not None
    return float(array[edge.unit] if edge.before is None else array[edge.before, edge.unit])


def closes(terms: Sequence[Term], places: int) -> bool:
    """Whether the numbers of an equation, worked out by hand as they are shown, give the number that is shown."""
    result, *others = [term.value if term.form == "setting" else round(term.value, places) for term in terms]
    total, product = 0.0, 0.0
    for term, value in zip(terms[1:], others, strict=True):
        if term.sign == "×":
            product *= value
        else:
            total, product = total + product, -value if term.sign == "−" else value
    return round(total + product, places) == result
