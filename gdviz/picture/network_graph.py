"""A network as units and lines, with what goes forward through it and back for one example."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist

from gdviz.descent.loss import Loss
from gdviz.descent.story import Moment, Phase, Story
from gdviz.picture.graph_places import ROOMY, Place, Places, beside_lines, crosses, places
from gdviz.picture.pane import Pane
from gdviz.picture.propagation import Edge, Passed, Propagation, check_example
from gdviz.picture.sprite import Label, rgb
from gdviz.picture.stroke import Stroke
from gdviz.picture.theme import NAME, NOTE, NUMBER, PILL, Theme
from gdviz.picture.view import Box, Moving, Pen, Spans, put, reveal
from gdviz.words import say, shown_names, signed, word

# units
BAND, PALE = 14.0, 0.24  # the way back to the followed weight, and how much of its colour it has
_THIN, _THICK = 1.0, 6.0  # lines whose width says how large a weight is
_PULSE, _SMALL_PULSE = 6.0, 4.0
_HEAD, _SHAFT = 20.0, 56.0  # the arrow on the band
_MOST_NUMBERED = 3  # units in a layer that may have all their numbers, where those have room
_LEADING, _BELOW = 22.0, 24.0  # from line to line beside a unit, and below the last one

Writes = Callable[[Propagation, Passed], tuple[str, str]]  # words, and their role


@dataclass(frozen=True)
class NetworkGraph:
    """A network with the numbers of one example: forward to its loss, back to every gradient, then the update.

    A weight stands above its line and its gradient below. An intercept stands at its unit, whose sum and, on the way
    back, whose activation's slope are told there too; what a unit sends back is also its intercept's gradient. Of a
    larger network, up to layers of six, or in a narrow panel, the lines say how large weights and gradients are.

    example: its row in the data. follow: the name of a weight, such as "w1", whose way back is marked; a few in their
    turn, from step to step, unless given. Give a `ChainRule` beside it the same two.

    What to watch: on the way forward numbers appear from the inputs to the loss, on the way back from the loss to the
    inputs; in the update each weight goes against its gradient, and the prediction moves towards the target.
    """

    example: int = 0
    follow: str = ""

    def check(self, loss: Loss) -> None:
        """Raise `BadScene` for a network that is too large to be drawn, or has no such example, or no such weight."""
        check_example(type(self).__name__, loss, self.example, self.follow)

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay units and lines, and return what moves."""
        pen = Pen(pane, theme)
        passes = [Propagation(story, run, self.example, self.follow) for run in range(len(story.runs))]
        drawing = _Numbered.fitting(pen, passes) or _Bare(pen, passes, _bare_places(pen, passes))
        return Moving(drawing.artists, drawing.show)


class _Graph:
    """What graphs with and without their numbers have in common: lines, units, the way back, what flows, the loss."""

    def __init__(self, pen: Pen, passes: Sequence[Propagation], at: Places) -> None:
        self.pen, self.passes, self.at, self.theme = pen, passes, at, pen.theme
        self.one = passes[0]
        self.weights = [edge for edge in self.one.edges if edge.before is not None]
        self.writes: list[tuple[Label, Writes]] = []
        self._key: object = None
        outputs = range(self.one.loss.widths[-1])
        self.links = [at.to_loss(unit) for unit in outputs]
        for link in self.links:
            pen.still(pen.line(link, 2, self.theme.axis))
        ways = max(len(self._way(one, edge)) for one in passes for edge in one.edges)
        self.bands = [pen.line([], BAND, self.theme.tint("slope", PALE)) for _ in range(ways)]
        for band in self.bands:
            band.set_solid_capstyle("butt")
        self.shafts = [pen.line([], 3, self.theme.slope) for _ in range(ways)]
        self.heads = [pen.polygon(self.theme.slope) for _ in range(ways)]
        self.units = [self._unit(place) for layer in at.units for place in layer]
        self.pulse = pen.dot(_PULSE if at.radius > 30 else _SMALL_PULSE, self.theme.slope)
        self.texts: list[Label] = []
        self._loss()

    def _unit(self, place: Place) -> Stroke:
        dot = self.pen.dot(self.at.radius, self.theme.ground, 3, self.theme.axis)
        put(dot, place)
        return dot

    def line_of(self, edge: Edge) -> tuple[Place, Place]:
        """Return the ends of the line of a weight."""
        assert edge.before is not None
        return self.at.line(edge.layer, edge.before, edge.unit)

    # The loss

    def _loss(self) -> None:
        pen, box, one = self.pen, self.at.loss, self.one
        pen.still(pen.plate(box, self.theme.tint("loss"), 10))
        middle = (box.left + box.right) / 2
        data = one.loss.data
        pen.still(pen.text(middle, box.top + 30, word("loss"), NAME, "loss", align="center"))
        target = shown_names(data.classes)[int(one.target)] if one.loss.widths[-1] > 1 else one.given(one.target)
        below = [word("target", value=target), *([] if one.alone else [word("example", number=one.example + 1)])]
        for k, words in enumerate(below):
            x = max(middle, box.left + 2 + pen.width(words, PILL) / 2)  # lines come from the left
            pen.still(pen.text(x, box.bottom + 26 + 24 * k, words, PILL, "muted", align="center"))
        self.add(
            pen.text(middle, box.top + 68, "", NUMBER - 2, "loss", bold=True, align="center"),
            lambda passes, passed: (
                passes.loss_text(passed.position) if passed.forward > passes.stages else "", "loss",
            ),
        )  # fmt: skip

    def add(self, label: Label, writes: Writes) -> None:
        """Let a label be written with what a moment has to say there."""
        self.texts.append(label)
        self.writes.append((label, writes))

    # What moves

    @property
    def artists(self) -> list[Artist]:
        """What moves, from the lowest to the highest."""
        return [*self.bands, *self.shafts, *self.heads, *self.lines, *self.units, self.pulse, *self.texts, *self.more]

    @property
    def lines(self) -> Sequence[Stroke]:
        """The lines that change."""
        return ()

    @property
    def more(self) -> Sequence[Artist]:
        """What else moves."""
        return ()

    def show(self, moment: Moment) -> None:
        """Write the numbers of a moment, as far as they are known, and let what is on its way flow."""
        passes = self.passes[moment.run]
        passed = passes.passed(moment)
        self._flow(passed, moment)
        ways = int(2 * passed.forward), int(2 * passed.back)
        key = (moment.run, passed.position, *ways, passed.step, passed.landed, passed.quick)
        if key == self._key:
            return
        self._key = key
        for label, writes in self.writes:
            words, role = writes(passes, passed)
            label.write(words)
            colour = self.theme.role(role)
            if label.colour != rgb(colour):
                label.set_colour(colour)
        self._mark(passes, passed)
        self.dress(passes, passed)

    def dress(self, passes: Propagation, passed: Passed) -> None:
        """Set what else says how far the way has come."""

    def _flow(self, passed: Passed, moment: Moment) -> None:
        """Set the dots that run along the lines of the stage that is on its way."""
        stages = self.one.stages
        way, forward = (passed.back, False) if passed.back else (passed.forward, True)
        flows = moment.phase in (Phase.LOOK, Phase.DECIDE) and 0.0 < way < stages + 1
        reveal([self.pulse], flows)
        if not flows:
            return
        stage, part = int(way), way - int(way)
        layer = stage if forward else stages - stage
        if layer == stages:
            lines = list(self.links)
        else:
            lines = [self.line_of(edge) for edge in self.weights if edge.layer == layer]
        part = part if forward else 1.0 - part
        put(self.pulse, *((x + part * (a - x), y + part * (b - y)) for (x, y), (a, b) in lines))
        colour = self.theme.ink if forward else self.theme.slope
        if self.pulse.get_markerfacecolor() != colour:
            self.pulse.set_markerfacecolor(colour)

    def _way(self, passes: Propagation, edge: Edge) -> list[tuple[tuple[Place, Place], float]]:
        """Return the lines of the way back to a weight, and from which stage on each is marked."""
        found = [(self.at.line(*line), passes.stages - line[0] + 0.0) for line in passes.on_path(edge)]
        if passes.single(edge):
            found += [(self.links[edge.unit if edge.layer == passes.stages - 1 else 0], 0.0)]
        return found

    def _mark(self, passes: Propagation, passed: Passed) -> None:
        """Mark the way back to the followed weight, as far as it has come, and the units on it."""
        told = passed.back > 0 and passed.step is None
        edge = passes.followed(passed.position)
        way = [line for line, since in self._way(passes, edge) if told and passed.back >= since + 0.5]
        for k, (band, shaft, head) in enumerate(zip(self.bands, self.shafts, self.heads, strict=True)):
            reveal([band, shaft, head], k < len(way))
            if k < len(way):
                self._lead(way[k], band, shaft, head)
        on_way = {edge.layer + 1: edge.unit, **({} if edge.before is None else {edge.layer: edge.before})}
        if passes.single(edge):
            on_way |= dict.fromkeys(range(edge.layer + 2, passes.stages + 1), 0)
        units = iter(self.units)
        for layer, places_of in enumerate(self.at.units):
            for unit in range(len(places_of)):
                reached = told and on_way.get(layer) == unit and passed.back >= passes.stages - layer + 0.5
                colour, dot = self.theme.slope if reached else self.theme.axis, next(units)
                if dot.get_markeredgecolor() != colour:
                    dot.set_markeredgecolor(colour)

    def _lead(self, line: tuple[Place, Place], band: Stroke, shaft: Stroke, head: object) -> None:
        """Lay a band along a line, and an arrow on it that points to its begin."""
        begin, end = line
        put(band, begin, end)
        length = ((end[0] - begin[0]) ** 2 + (end[1] - begin[1]) ** 2) ** 0.5 or 1.0
        size = min(1.0, self.at.radius / 30)
        across, down = (end[0] - begin[0]) / length, (end[1] - begin[1]) / length
        neck = (begin[0] + _HEAD * size * across, begin[1] + _HEAD * size * down)
        tail = (begin[0] + _SHAFT * size * across, begin[1] + _SHAFT * size * down)
        put(shaft, neck, tail)
        wide = 0.55 * _HEAD * size
        corners = [
            begin,
            (neck[0] - wide * down, neck[1] + wide * across),
            (neck[0] + wide * down, neck[1] - wide * across),
        ]
        head.set_xy(corners)  # type: ignore[attr-defined]


class _Numbered(_Graph):
    """A small network, with every number."""

    def __init__(
        self, pen: Pen, passes: Sequence[Propagation], at: Places, beside: Sequence[tuple[Place, Place]]
    ) -> None:
        super().__init__(pen, passes, at)
        for edge in self.weights:
            pen.still(pen.line(self.line_of(edge), 2, self.theme.axis))
        for edge, (above, below) in zip(self.weights, beside, strict=True):
            self.add(pen.text(above[0], above[1] + 6, "", PILL, bold=True, align="center"), _weight(edge))
            self.add(pen.text(below[0], below[1] + 6, "", PILL, bold=True, align="center"), _gradient(edge))
        self._name_units()
        for layer, k, text, writes in _notes(pen, self.one, at):
            bold = k == 0
            self.add(
                pen.text(*text, "", PILL, bold=bold, align="center" if layer == self.one.stages else "left"), writes
            )
        box = pen.box
        self.keys = [Spans(pen, box.left, box.bottom + y, NOTE) for y in (22.0, 44.0)]

    @classmethod
    def fitting(cls, pen: Pen, passes: Sequence[Propagation]) -> "_Numbered | None":
        """Return the graph of a network whose numbers have room, or None."""
        one = passes[0]
        if max(one.loss.widths) > _MOST_NUMBERED or pen.box.width < ROOMY:
            return None
        names = max(pen.width(_name(one, 0, unit), NAME) for unit in range(one.loss.widths[0]))
        at = places(pen.box, one.loss.widths, numbered=True, left=max(0.0, names / 2 - 44), right=0.0)
        weights = [edge for edge in one.edges if edge.before is not None]
        lines = [at.line(edge.layer, edge.before or 0, edge.unit) for edge in weights]
        sizes = [(_widest(pen, passes, _weight(edge)), _widest(pen, passes, _gradient(edge))) for edge in weights]
        taken = [_around(place, at.radius) for layer in at.units for place in layer]
        taken += [_name_box(pen, one, at, layer, unit) for layer in range(one.stages + 1)
                  for unit in range(one.loss.widths[layer])]  # fmt: skip
        notes = [
            _box(text, _widest(pen, passes, writes), centred=layer == one.stages)
            for layer, _, text, writes in _notes(pen, one, at)
        ]
        room = Box(pen.box.left, pen.box.top - 26, pen.box.right, pen.box.bottom + 4)
        if any(crosses(line, note) for line in lines for note in notes) or any(not n.within(room) for n in notes):
            return None
        beside = beside_lines(lines, sizes, [*taken, *notes, at.loss], room)
        return None if beside is None else cls(pen, passes, at, beside)

    def _name_units(self) -> None:
        """Write the names of the units above them, those of the lowest below, and what is in them."""
        pen, one = self.pen, self.one
        for layer, spots in enumerate(self.at.units):
            for unit, (x, y) in enumerate(spots):
                name, base = _name(one, layer, unit), _name_base(self.at, layer, unit)
                pen.still(pen.text(x, base, name, NAME, "muted", align="center"))
                self.add(pen.text(x, y + 7, "", NAME, bold=True, align="center"), _output(layer, unit))

    @property
    def more(self) -> Sequence[Artist]:
        """The words under the graph."""
        return [artist for key in self.keys for artist in key.artists]

    def dress(self, passes: Propagation, passed: Passed) -> None:
        """Say what stands above and below the lines."""
        told = passed.back >= 1
        first = "graph update" if passed.step is not None else "graph gradients" if told else "graph weights"
        says = [say(first), say("graph intercepts") if told and passed.step is None and passes.loss.intercepts else ()]
        for key, sentence in zip(self.keys, says, strict=True):
            wide = sum(self.pen.width(words, NOTE, bold=bool(role)) for words, role in sentence)
            key.say(sentence if wide <= self.pen.box.width else ())


def _name(passes: Propagation, layer: int, unit: int) -> str:
    name = passes.unit_name(layer, unit)
    return name if layer else word("the input", name=name)


def _name_base(at: Places, layer: int, unit: int) -> float:
    """Return the baseline of a unit's name: above it, below the lowest of several."""
    _, y = at.units[layer][unit]
    return y + at.radius + 22 if 0 < unit == len(at.units[layer]) - 1 else y - at.radius - 10


def _name_box(pen: Pen, passes: Propagation, at: Places, layer: int, unit: int) -> Box:
    half, base = pen.width(_name(passes, layer, unit), NAME) / 2, _name_base(at, layer, unit)
    x, _ = at.units[layer][unit]
    return Box(x - half, base - 17, x + half, base + 5)


def _weight(edge: Edge) -> Writes:
    def write(passes: Propagation, passed: Passed) -> tuple[str, str]:
        return f"{edge.shown} {passes.text(passes.weight(passed.position, edge))}", "parameter"

    return write


def _gradient(edge: Edge) -> Writes:
    """Return what writes the gradient of a weight or an intercept once it is known, and in the update the change."""

    def write(passes: Propagation, passed: Passed) -> tuple[str, str]:
        if passed.step is not None:
            return signed(passes.change(passed.step, edge), passes.places), "rate"
        known = passed.back >= passes.stages - edge.layer + 0.5
        return passes.text(passes.gradient(passed.position, edge)) if known else "", "slope"

    return write


def _output(layer: int, unit: int) -> Writes:
    def write(passes: Propagation, passed: Passed) -> tuple[str, str]:
        if layer == 0:
            return passes.given(passes.inputs[unit]), "ink"
        if passed.forward < layer:
            return "", "ink"
        if layer == passes.stages:
            return passes.text(passes.prediction(passed.position)[unit]), "ink"
        return passes.text(float(passes.trace(passed.position).outputs[layer][unit, 0])), "ink"

    return write


def _notes(pen: Pen, one: Propagation, at: Places) -> Iterator[tuple[int, int, Place, Writes]]:
    """Yield what is told beside each unit: its layer, the line, the place of the text, and what writes it."""
    for layer, spots in list(enumerate(at.units))[1:]:
        for unit, (x, y) in enumerate(spots):
            own = one.intercept(layer, unit)
            room = at.units[layer + 1][0][0] - x - 2 * at.radius - 14 if layer < one.stages else pen.box.width
            writes = _about(pen, one, layer, unit, own, room)
            low = 0 < unit == len(spots) - 1
            begin = (x, y + at.radius + 24) if layer == one.stages else (x + at.radius + 8, y + 22 if low else y - 52)
            if not low and layer < one.stages and len(writes) < 3:
                begin = (begin[0], begin[1] + _LEADING)
            for k, write in enumerate(writes):
                down = (_BELOW if layer == one.stages else _LEADING) * k
                yield layer, k if own is not None else k + 1, (begin[0], begin[1] + down), write


def _about(pen: Pen, one: Propagation, layer: int, unit: int, own: Edge | None, room: float) -> list[Writes]:
    """Return what writes the lines beside a unit; `own` is its intercept."""
    first = [] if own is None else [_weight(own)]
    last = [_origin] if layer == one.stages and one.origin else []
    return [*first, _inner(pen, layer, unit, room), _sent(pen, layer, unit, own, room), *last]


def _inner(pen: Pen, layer: int, unit: int, room: float) -> Writes:
    """Return what writes the sum of a unit and, once the way back has come to it, the slope of its activation there."""

    def write(passes: Propagation, passed: Passed) -> tuple[str, str]:
        trace = passes.trace(passed.position)
        if passed.step is None and passed.back >= passes.stages - layer + 1:
            last = layer == passes.stages
            slope = passes.own_slope(passed.position) if last else float(trace.slopes[layer - 1][unit, 0])
            if slope is not None:
                title = word("slope of it", activation="sigmoid" if last else passes.activation)
                return _fitting(pen, [title, word("slope")], passes.text(slope), room), "slope"
        if passed.forward < layer:
            return "", "muted"
        return f"{word('sum')} {passes.text(float(trace.sums[layer - 1][unit, 0]))}", "muted"

    return write


def _sent(pen: Pen, layer: int, unit: int, own: Edge | None, room: float) -> Writes:
    """Return what writes what a unit sends back, once it does, and in the update how its intercept changes."""

    def write(passes: Propagation, passed: Passed) -> tuple[str, str]:
        if passed.step is not None:
            return ("", "rate") if own is None else _gradient(own)(passes, passed)
        if passed.back < passes.stages - layer + 1:
            return "", "slope"
        sent = float(passes.trace(passed.position).sent_back[layer - 1][unit, 0])
        return _fitting(pen, [word("sends back")], passes.text(sent), room), "slope"

    return write


def _origin(passes: Propagation, passed: Passed) -> tuple[str, str]:
    return passes.origin if passed.back >= 1 and passed.step is None else "", "muted"


def _fitting(pen: Pen, titles: Sequence[str], value: str, room: float) -> str:
    """Return a title and a number, or the number alone where no title has room."""
    return next((f"{t} {value}" for t in titles if pen.width(f"{t} {value}", PILL) <= room), value)


def _widest(pen: Pen, passes: Sequence[Propagation], writes: Writes) -> float:
    """Return the width of the widest text that is ever written there."""
    found = 0.0
    for one in passes:
        full = one.stages + 1.0
        moments = [Passed(position, *ways) for position in range(one.last + 1) for ways in ((full, 0.0), (full, full))]
        moments += [Passed(step, full, full, step) for step in range(one.last)]
        texts = {writes(one, passed)[0] for passed in moments}
        longest = max(map(len, texts))
        found = max(found, *(pen.width(text, PILL, bold=True) for text in texts if len(text) >= longest - 1))
    return found


def _around(place: Place, reach: float) -> Box:
    x, y = place
    return Box(x - reach, y - reach, x + reach, y + reach)


def _box(text: Place, wide: float, *, centred: bool) -> Box:
    x, y = text
    left = x - wide / 2 if centred else x
    return Box(left, y - 15, left + wide, y + 4)


class _Bare(_Graph):
    """A larger network: its lines say how large weights, gradients and changes are, and only its ends have numbers."""

    def __init__(self, pen: Pen, passes: Sequence[Propagation], at: Places) -> None:
        super().__init__(pen, passes, at)
        self._lines = [pen.line(self.line_of(edge), _THIN, self.theme.axis) for edge in self.weights]
        one = self.one
        for unit, (x, y) in enumerate(at.units[0]):
            for words, down, role in ((one.unit_name(0, unit), -3, "muted"), (one.given(one.inputs[unit]), 17, "ink")):
                pen.still(pen.text(x - at.radius - 10, y + down, words, NOTE, role, align="right"))
        target = int(one.target) if one.loss.widths[-1] > 1 else 0
        for unit, (x, y) in enumerate(at.units[-1]):
            left = x + at.radius + 10
            pen.still(pen.text(left, y - 3, one.unit_name(one.stages, unit), NOTE, "muted"))
            self.add(pen.text(left, y + 17, "", NOTE, bold=unit == target), _output(one.stages, unit))
        self.key = Spans(pen, pen.box.left, pen.box.bottom + 32, NOTE)

    @property
    def lines(self) -> Sequence[Stroke]:
        """The lines of the weights."""
        return self._lines

    @property
    def more(self) -> Sequence[Artist]:
        """The words under the graph."""
        return self.key.artists

    def dress(self, passes: Propagation, passed: Passed) -> None:
        """Give every line the width and the colour of its weight, gradient or change."""
        position = passed.position
        weights = [passes.weight(position, edge) for edge in self.weights]
        gradients = [passes.gradient(position, edge) for edge in self.weights]
        for k, (edge, line) in enumerate(zip(self.weights, self._lines, strict=True)):
            if passed.step is not None:
                changes = [passes.change(passed.step, other) for other in self.weights]
                _draw_line(line, changes[k], changes, self.theme.rate)
            elif not passed.quick and passed.back >= passes.stages - edge.layer + 0.5:
                _draw_line(line, gradients[k], gradients, self.theme.slope)
            else:
                _draw_line(line, weights[k], weights, self.theme.parameter if weights[k] >= 0 else self.theme.ink)
        back = passed.back > 0 and not passed.quick
        said = "lines update" if passed.step is not None else "lines gradients" if back else "lines weights"
        sentence = say(said)
        wide = sum(self.pen.width(words, NOTE, bold=bool(role)) for words, role in sentence)
        self.key.say(sentence if wide <= self.pen.box.width else ())


def _draw_line(line: Stroke, value: float, others: Sequence[float], colour: str) -> None:
    """Set the width of a line, of all lines the largest for the largest number, and its colour."""
    largest = max(map(abs, others)) or 1.0
    width = _THIN + (_THICK - _THIN) * min(1.0, abs(value) / largest)
    line.set_linewidth(width)
    line.set_color(colour)


def _bare_places(pen: Pen, passes: Sequence[Propagation]) -> Places:
    one, units = passes[0], range(passes[0].loss.widths[-1])
    inputs = [text for unit, value in enumerate(one.inputs) for text in (one.unit_name(0, unit), one.given(value))]
    left = max(pen.width(text, NOTE) for text in inputs) + 10
    named = max(pen.width(one.unit_name(one.stages, unit), NOTE) for unit in units)
    right = max(named, *(_widest(pen, passes, _output(one.stages, unit)) for unit in units)) + 16
    return places(pen.box, one.loss.widths, numbered=False, left=left, right=right)
