"""NumPy code run once on stand-ins, written down, and played again: on many points, or quickly on a single one.

`trace` hands a function `Slot`s instead of columns. Each NumPy function that meets one leaves a note with its operands,
equal notes are kept once, and notes that no result needs are dropped. The tape is then played with NumPy's functions on
columns, or on one point with Python's own arithmetic, which is that of IEEE 754 as well: the same bits, much sooner.
"""

import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from gdviz.descent.expression.elementary import Array

Function: TypeAlias = Callable[..., Any]
Note: TypeAlias = tuple[Any, ...]  # a function with the places of its operands; or "input" or "constant" and which
Instruction: TypeAlias = tuple[Function, int, int, int | None, int | None]  # with the registers: result, operands


def trace(function: Callable[[list[Array]], Iterable[Array]], inputs: int) -> "Tape":
    """Return what a function does to so many columns; it must do the same whatever the numbers are."""
    notebook = Notebook()
    slots = [Slot(notebook, notebook.open(("input", i))) for i in range(inputs)]
    with np.errstate(all="ignore"):  # what depends on constants alone is computed here
        outputs = [notebook.find(output) for output in function(cast(list[Array], slots))]
    return _compiled(notebook, inputs, outputs)


class Slot(NDArrayOperatorsMixin):
    """Stands in for a column of numbers: what is done to it goes into the notebook."""

    __slots__ = ("notebook", "place")

    def __init__(self, notebook: "Notebook", place: int) -> None:
        self.notebook, self.place = notebook, place

    def __array_ufunc__(self, function: Function, _: str, *operands: object) -> "Slot":
        """Note a function of numbers; NumPy's protocol, which the operators use as well."""
        return self.notebook.note(function, operands)

    def __array_function__(self, function: Function, _: object, operands: Sequence[object], __: object) -> "Slot":
        """Note any other function, such as `np.where`; NumPy's protocol."""
        return self.notebook.note(function, operands)


class Notebook:
    """What was done, each thing once: a function and the places of its operands, which stand before it."""

    def __init__(self) -> None:
        self.places: dict[Note, int] = {}
        self.constants: dict[int, float] = {}

    def note(self, function: Function, operands: Sequence[object]) -> Slot:
        """Write a function down and return the stand-in of its result."""
        places = [self.find(operand) for operand in operands]
        if function is np.multiply:
            others = [place for place in places if self.constants.get(place) != 1.0]
            if len(others) == 1:  # x · 1 is x, to the last bit
                return Slot(self, others[0])
        return Slot(self, self.open((function, *places)))

    def find(self, operand: object) -> int:
        """Return the place of a stand-in or of a constant."""
        if isinstance(operand, Slot):
            return operand.place
        constant = np.asarray(operand).item()
        place = self.open(("constant", repr(constant)))  # by its spelling, for -0.0 is not 0.0
        self.constants[place] = constant
        return place

    def open(self, note: Note) -> int:
        """Return the place of a note, a new one unless it is there."""
        return self.places.setdefault(note, len(self.places))


@dataclass(frozen=True, slots=True)
class Tape:
    """A computation on registers, to be played on columns of points or on one point, with the same bits.

    registers: what stands in them at first, inputs before constants.
    outputs: where the results are in the end.
    may_warn: whether NumPy takes part when it is played on one point.
    """

    many: list[Instruction]
    one: list[Instruction]
    registers: list[float | None]
    outputs: list[int]
    may_warn: bool

    def at_points(self, columns: Sequence[Array]) -> list[Array]:
        """Return the results `(n,)` at many points, two at least, from their coordinates `(n,)`; constants as such."""
        with np.errstate(all="ignore"):
            return self._play(self.many, columns)

    def at_point(self, numbers: Sequence[float]) -> list[float]:
        """Return the results at one point from its coordinates."""
        if not self.may_warn:
            return self._play(self.one, numbers)
        with np.errstate(all="ignore"):
            return self._play(self.one, numbers)

    def _play(self, instructions: list[Instruction], inputs: Sequence[Any]) -> list[Any]:
        registers: list[Any] = self.registers.copy()
        registers[: len(inputs)] = inputs
        for function, result, i, j, k in instructions:
            if j is None:
                registers[result] = function(registers[i])
            elif k is None:
                registers[result] = function(registers[i], registers[j])
            else:
                registers[result] = function(registers[i], registers[j], registers[k])
        return [registers[output] for output in self.outputs]


def _compiled(notebook: Notebook, inputs: int, outputs: list[int]) -> Tape:
    """Give every note that is needed a register, which is used again when it has been read for the last time."""
    notes, constants = list(notebook.places), notebook.constants
    last_reader = _last_readers(notes, outputs)
    register = {place: place for place in range(inputs)}
    registers: list[float | None] = [None] * inputs
    many: list[Instruction] = []
    one: list[Instruction] = []
    free: list[int] = []

    def new(value: float | None) -> int:
        registers.append(value)
        return len(registers) - 1

    for place in sorted(last_reader.keys() - register.keys()):
        if place in constants:
            register[place] = new(constants[place])
            continue
        function, *operands = notes[place]
        read = [register[operand] for operand in operands]
        done = [operand for operand in dict.fromkeys(operands) if last_reader[operand] == place]
        columns = [operand for operand in done if operand >= inputs and operand not in constants]
        # NumPy takes the array to write into as one more operand. Only arithmetic is sure to give the same bits so.
        into = [register[column] for column in columns if function in _ARITHMETIC and notes[column][0] not in _CHOICES]
        free += [register[operand] for operand in done]
        register[place] = into[0] if into else free[-1] if free else new(None)
        if register[place] in free:
            free.remove(register[place])
        varies = tuple(operand not in constants for operand in operands)
        many.append(_instruction(function, register[place], [*read, *into[:1]]))
        one.append(_instruction(_alone(function, varies), register[place], read))
    may_warn = any(function not in _PLAIN for function, *_ in many)
    return Tape(many, one, registers, [register[output] for output in outputs], may_warn)


def _last_readers(notes: list[Note], outputs: list[int]) -> dict[int, int]:
    """Return where each place that is needed is read for the last time; an output is read after the end."""
    readers = dict.fromkeys(outputs, len(notes))
    for place in reversed(range(len(notes))):
        kind, *operands = notes[place]
        if place in readers and not isinstance(kind, str):
            for operand in operands:
                readers.setdefault(operand, place)
    return readers


def _instruction(function: Function, result: int, operands: list[int]) -> Instruction:
    first, second, third = (*operands, None, None)[:3]
    return function, result, cast(int, first), second, third


def _alone(function: Function, varies: tuple[bool, ...]) -> Function:
    """Return a function of floats with the bits of NumPy's among many numbers: on a single one it takes other paths."""
    if function in _PLAIN:
        return _PLAIN[function]
    match varies:
        case (True,):
            return lambda x: function((x, x)).item(0)
        case (True, False):
            return lambda x, constant: function((x, x), constant).item(0)
        case _:

            def of_pairs(*numbers: float) -> float:
                pairs = [(x, x) if each else x for x, each in zip(numbers, varies, strict=True)]
                return cast(float, function(*pairs).item(0))

            return of_pairs


def _divide(a: float, b: float) -> float:
    return a / b if b else a * math.copysign(math.inf, b)


# What Python computes as NumPy does, whatever the numbers are, and without a warning.
_ARITHMETIC: Mapping[Function, Function] = {
    np.add: operator.add,
    np.subtract: operator.sub,
    np.multiply: operator.mul,
    np.divide: _divide,
    np.negative: operator.neg,
    np.absolute: abs,
    np.square: lambda x: x * x,
}
_CHOICES: Mapping[Function, Function] = {
    np.equal: operator.eq,
    np.less: operator.lt,
    np.greater: operator.gt,
    np.bitwise_and: operator.and_,
    np.where: lambda condition, x, y: x if condition else y,
}
_PLAIN = {**_ARITHMETIC, **_CHOICES}
