"""Text -> tree. Nothing is ever evaluated: Python's grammar reads the text, a whitelist decides what it may mean.

Four gates, each with its own sentences: the characters, the words, the grammar, the nodes.
"""

import ast
import keyword
import math
import re
import warnings
from collections.abc import Mapping

from gdviz.descent.expression.elementary import ALIASES, CONSTANTS, NAMES, PAIRWISE
from gdviz.descent.expression.tree import Binary, Call, Constant, Expression, Name, Negative, Number, Sign
from gdviz.problems import BadFormula, choose

LONGEST, MOST_NODES, DEEPEST = 1000, 300, 40
ALLOWED = "a formula has only numbers, names, + - * / **, parentheses and functions"
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_CHARACTERS = re.compile(r"[A-Za-z0-9_+\-*/()., ]*")
_ADVICE = {
    "^": "for a power write **",
    "=": "write only what stands on the right of the equals sign",
    "%": "there is no remainder",
    "#": "there are no comments",
    "[": "group with ( )",
    "]": "group with ( )",
    "{": "group with ( )",
    "}": "group with ( )",
    "|": "for the absolute value write abs(x)",
    "!": "there is no factorial",
    "²": "for a square write **2",
    "³": "for a cube write **3",
    "√": "for a root write sqrt(x)",
    "−": "for minus write -",
    "–": "for minus write -",
    "×": "to multiply write *",
    "·": "to multiply write *",
    "⋅": "to multiply write *",
    "÷": "to divide write /",
    "π": "write pi",
}
_NUMBER = r"(?<![\w.])((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
_TOUCHING = re.compile(_NUMBER + r" *([A-Za-z]\w*)")
_JOINED = re.compile(r"[\w.)] *$")  # what stands before a place where a sign is missing
_SIGNS: dict[type[ast.operator], Sign] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}


def parse(text: str, constants: Mapping[str, float], parameters: tuple[str, ...] | None = None) -> Expression:
    """Return the tree of a formula; at most 1000 characters, 300 nodes, 40 levels.

    constants: names with a value; they hide `pi`, `e` and `tau`.
    parameters: the names allowed beside them, or None for any. A parameter hides `pi`, `e` and `tau` as well.

    Raises `BadFormula` with the place for everything else.
    """
    _check_characters(text)
    _check_words(text)
    known: dict[str, float] = {**CONSTANTS, **dict.fromkeys(parameters or (), math.nan), **constants}
    return _Reader(text, known, parameters).read(_grammar(text), 1)


def _check_characters(text: str) -> None:
    if len(text) > LONGEST:
        raise BadFormula(f"the formula has {len(text)} characters; at most {LONGEST} are read", text, LONGEST)
    if not text.strip(" "):
        raise BadFormula("the formula is empty; write one such as (m - 3)**2 + 1", text, 0)
    match = _CHARACTERS.match(text)
    place = match.end() if match else 0
    if place == len(text):
        return
    character = text[place]
    if not character.isprintable():
        raise BadFormula(f"the character {character!a} can't be part of a formula; write it on one line", text, place)
    advice = _ADVICE.get(character)
    if advice is None and character.isalpha():
        advice = "names have the letters a to z, such as theta"
    raise BadFormula(f"{character!r} can't be part of a formula; {advice or ALLOWED}", text, place)


def _check_words(text: str) -> None:
    for match in NAME.finditer(text):
        word, place = match[0], match.start()
        starts_a_word = place == 0 or not (text[place - 1].isdigit() or text[place - 1] == ".")
        if starts_a_word and keyword.iskeyword(word):
            raise BadFormula(f"{word!r} is a word of Python and no name of a parameter; {ALLOWED}", text, place)


def _grammar(text: str) -> ast.expr:
    """Return Python's tree; `text` has only ASCII characters, so that its columns in bytes are those in characters."""
    indent = len(text) - len(text.lstrip(" "))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # such as "'int' object is not callable", which gets a sentence below
            tree = ast.parse(text.strip(" "), mode="eval").body
    except SyntaxError as error:
        raise _not_grammar(text, error, indent) from None
    except (ValueError, MemoryError, RecursionError, OverflowError):
        raise BadFormula("the formula is nested too deep to be read", text, 0) from None
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            node.col_offset += indent
            node.end_col_offset = (node.end_col_offset or 0) + indent
    return tree


def _not_grammar(text: str, error: SyntaxError, indent: int) -> BadFormula:
    place = min(error.offset - 1 + indent, len(text)) if error.offset else len(text)  # 0: at the end
    touching = _TOUCHING.search(text)
    if touching:
        return BadFormula(f"a sign is missing; write {touching[1]}*{touching[2]}", text, touching.start(2))
    message = error.msg or ""
    if "never closed" in message:
        return BadFormula("this parenthesis is never closed", text, place)
    if "unmatched" in message:
        return BadFormula("this parenthesis was never opened", text, place)
    if "too many nested" in message:
        return BadFormula(f"the formula is nested too deep; at most {DEEPEST} levels are read", text, place)
    if place >= len(text.rstrip(" ")):
        return BadFormula("the formula stops where something must follow", text, place)
    if _JOINED.search(text[:place]) and re.match(r"[\w.(]", text[place]):
        return BadFormula("a sign is missing here, such as *", text, place)
    return BadFormula(f"the formula can't be understood here; {ALLOWED}", text, place)


class _Reader:
    """The whitelist: reads a node of Python's tree or says why it is none of a formula."""

    def __init__(self, text: str, known: Mapping[str, float], parameters: tuple[str, ...] | None) -> None:
        self.text, self.known, self.parameters, self.nodes = text, known, parameters, 0

    def read(self, node: ast.expr, depth: int) -> Expression:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise self.problem(f"the formula is too long; at most {MOST_NODES} numbers, names and signs are read", node)
        if depth > DEEPEST:
            raise self.problem(
                f"the formula is nested too deep; at most {DEEPEST} levels are read, so group long sums with ( )", node
            )
        match node:
            case ast.Constant(value):
                return Number(self.number(node, value))
            case ast.Name(name):
                return self.name(node, name)
            case ast.UnaryOp(ast.USub(), operand):
                return Negative(self.read(operand, depth + 1))
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.read(operand, depth + 1)
            case ast.BinOp(left, operator, right) if type(operator) in _SIGNS:
                return Binary(_SIGNS[type(operator)], self.read(left, depth + 1), self.read(right, depth + 1))
            case ast.BinOp(_, ast.FloorDiv(), _):
                raise self.problem("'//' can't be part of a formula; to divide write /", node)
            case ast.Call(function, arguments, keywords):
                return self.call(node, self.function(function), arguments, keywords, depth)
        raise self.problem(f"{_kind(node)} can't be part of a formula; {ALLOWED}", node)

    def number(self, node: ast.expr, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool):
            kind = "a complex number" if isinstance(value, complex) else "this"
            raise self.problem(f"{kind} can't be part of a formula; numbers are real", node)
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.problem("this number is too large; numbers go up to about 1.8e308", node)
        return number

    def name(self, node: ast.expr, name: str) -> Expression:
        if self.parameters is not None and name in self.parameters:
            return Name(name)
        if name in self.known:
            return Constant(name, self.known[name])
        if ALIASES.get(name, name) in NAMES:
            raise self.problem(f"{name!r} is a function; write {name}(x) with what it is taken of", node)
        if self.parameters is not None:
            allowed = choose(name, (*self.parameters, *self.known))
            raise self.problem(f"{name!r} is neither a parameter nor a constant; {allowed}", node)
        return Name(name)

    def function(self, function: ast.expr) -> str:
        if not isinstance(function, ast.Name):
            if isinstance(function, ast.Attribute):
                raise self.problem(f"a dot can't join names in a formula; {ALLOWED}", function)
            sentence = "a sign is missing before a parenthesis; to multiply write *( )"
            raise BadFormula(sentence, self.text, self.text.index("(", function.end_col_offset))
        name = ALIASES.get(function.id, function.id)
        if name in NAMES:
            return name
        if len(name) == 1 or name in self.known:
            raise self.problem(f"{name!r} is not a function; to multiply write {name}*( )", function)
        raise self.problem(f"there is no function {function.id!r}; {choose(function.id, NAMES)}", function)

    def call(
        self, node: ast.Call, name: str, arguments: list[ast.expr], keywords: list[ast.keyword], depth: int
    ) -> Expression:
        if keywords:
            raise self.problem(f"{name} takes its arguments without names; {ALLOWED}", keywords[0].value)
        least, most = _argument_count(name)
        if not least <= len(arguments) <= most:
            wanted = {(1, 1): "1 argument", (2, 2): "2 arguments"}.get((least, most), f"{least} or more arguments")
            raise self.problem(f"{name} takes {wanted}, not {len(arguments)}", node)
        return Call(name, tuple(self.read(argument, depth + 1) for argument in arguments))

    def problem(self, sentence: str, node: ast.expr) -> BadFormula:
        return BadFormula(sentence, self.text, node.col_offset)


def _argument_count(name: str) -> tuple[int, int]:
    if name not in PAIRWISE:
        return 1, 1
    return 2, LONGEST if PAIRWISE[name].several else 2


def _kind(node: ast.expr) -> str:
    match node:
        case ast.Attribute():
            return "a dot between names"
        case ast.Tuple():
            return "a comma outside of a function"
        case ast.Starred():
            return "a star before an argument"
        case _:  # the gates before leave nothing else, but a whitelist ends with a refusal
            return "this"
