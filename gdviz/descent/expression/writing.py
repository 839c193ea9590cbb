"""A tree written down: as the text of a formula, and as mathematics for matplotlib's mathtext.

Both keep the order and the brackets that the author's tree has.
"""

import re

from gdviz.descent.expression.elementary import CONSTANTS, PAIRWISE, UNARY
from gdviz.descent.expression.tree import Binary, Call, Constant, Expression, Name, Negative, Number

SUM, PRODUCT, MINUS, POWER, WHOLE = range(5)  # how strongly a text holds together
STRENGTH = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "**": POWER}

_PATTERNS = {name: row.latex for name, row in UNARY.items()} | {name: row.latex for name, row in PAIRWISE.items()}
_WHOLE = range(2, 100)  # exponents that stand at the name of a function: sin²(x)
GREEK = frozenset(
    re.findall(
        r"\w+",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa mu nu xi pi rho sigma tau upsilon phi chi psi omega "
        "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
    )
)


def text(tree: Expression) -> str:
    """Write a formula that reads back as the same tree; the user's constants become numbers."""
    return _text(tree)[0]


def _text(tree: Expression) -> tuple[str, int]:
    match tree:
        case Number(value):
            return _number_text(value)
        case Constant(name, value):
            return (name, WHOLE) if CONSTANTS.get(name) == value else _number_text(value)
        case Name(name):
            return name, WHOLE
        case Negative(operand):
            return f"-{_held(operand, MINUS)}", MINUS
        case Call(function, arguments):
            return f"{function}({', '.join(map(text, arguments))})", WHOLE
        case Binary("**", base, exponent):
            return f"{_held(base, WHOLE)}**{_held(exponent, MINUS)}", POWER
        case Binary(sign, left, right):
            strength = STRENGTH[sign]
            space = " " if strength == SUM else ""
            return f"{_held(left, strength)}{space}{sign}{space}{_held(right, strength + 1)}", strength


def _held(tree: Expression, strength: int) -> str:
    written, own = _text(tree)
    return written if own >= strength else f"({written})"


def _number_text(value: float) -> tuple[str, int]:
    whole = value.is_integer() and abs(value) < 1e15
    return f"{value:.0f}" if whole else repr(value), MINUS if value < 0 else WHOLE


def latex(tree: Expression) -> str:
    """Write mathematics for matplotlib's mathtext, without the dollar signs."""
    return _latex(tree)[0]


def _latex(tree: Expression) -> tuple[str, int]:
    match tree:
        case Number(value):
            return _number_latex(value)
        case Constant(name, _) | Name(name):
            return name_latex(name), WHOLE
        case Negative(operand):
            return f"-{_shown(operand, PRODUCT, minus=False)}", MINUS
        case Call(function, arguments):
            return _call_latex(function, arguments)
        case Binary("/", above, below):
            return rf"\frac{{{latex(above)}}}{{{latex(below)}}}", POWER
        case Binary("**", Call(function, arguments), Number(exponent)) if _has_name(function) and exponent in _WHOLE:
            return f"{_PATTERNS[function]}^{{{exponent:.0f}}}{_bracketed(_listed(arguments))}", POWER
        case Binary("**", base, exponent):
            return f"{_shown(base, WHOLE)}^{{{latex(exponent)}}}", POWER
        case Binary("*", left, right):
            return _product_latex(_shown(left, PRODUCT), _shown(right, POWER)), PRODUCT
        case Binary(sign, left, right):
            return f"{_shown(left, SUM)} {sign} {_shown(right, PRODUCT, minus=False)}", SUM


def _shown(tree: Expression, strength: int, minus: bool = True) -> str:
    """Write a part, in brackets where it would fall apart or where two signs would meet."""
    written, own = _latex(tree)
    holds = own >= strength and (minus or not written.startswith("-"))
    return written if holds else _bracketed(written)


def _bracketed(written: str) -> str:
    is_tall = any(word in written for word in (r"\frac", r"\sqrt", r"\left"))
    return rf"\left({written}\right)" if is_tall else f"({written})"


def _product_latex(left: str, right: str) -> str:
    if right[0].isdigit() or (right.startswith(r"\frac") and left[-1].isdigit()):
        return rf"{left} \cdot {right}"
    has_word = right.startswith("\\") or left.endswith("}")
    return rf"{left}\,{right}" if has_word else f"{left} {right}"


def _call_latex(function: str, arguments: tuple[Expression, ...]) -> tuple[str, int]:
    if _has_name(function):
        return _PATTERNS[function] + _bracketed(_listed(arguments)), POWER
    return _PATTERNS[function].format(_listed(arguments)), POWER if function == "exp" else WHOLE


def _has_name(function: str) -> bool:
    return "{}" not in _PATTERNS[function]


def _listed(arguments: tuple[Expression, ...]) -> str:
    return ", ".join(map(latex, arguments))


def _number_latex(value: float) -> tuple[str, int]:
    written, strength = _number_text(value)
    mantissa, _, exponent = written.partition("e")
    if not exponent:
        return written, strength
    scale = f"10^{{{int(exponent)}}}"
    if mantissa in ("1", "-1"):
        return mantissa.replace("1", scale), MINUS if value < 0 else POWER
    return rf"{mantissa} \cdot {scale}", PRODUCT


def name_latex(name: str) -> str:
    r"""Write a name: `m`, `\theta`, `w_{1}` for w1 and w_1, upright where it is a word."""
    parts = re.fullmatch(r"([A-Za-z]+?)_?([0-9]+)|([A-Za-z]+)_([A-Za-z]+)", name)
    if parts and (parts[1] or len(parts[3]) == 1 or parts[3] in GREEK):
        base, index = parts[1] or parts[3], parts[2] or parts[4]
        return f"{_word(base)}_{{{_word(index)}}}"
    return _word(name)


def _word(word: str) -> str:
    if (len(word) == 1 and word != "_") or word.isdigit():
        return word
    escaped = word.replace("_", r"\_")
    return f"\\{word}" if word in GREEK else rf"\mathrm{{{escaped}}}"
