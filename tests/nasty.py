"""Formulas as a fuzzer, a vandal or a tired teacher would write them."""

import random
from collections.abc import Iterator

from gdviz.descent.expression.elementary import PAIRWISE, UNARY

ATTACKS = (
    "__import__('os').system('true')",
    "().__class__.__base__.__subclasses__()",
    "m.__class__",
    "(lambda: m)()",
    "lambda m: m**2",
    "f'{m}'",
    "f'{__import__(\"os\").getcwd()}'",
    "(m := 3)",
    "[m for m in range(10**9)]",
    "open('/dev/null')",
    "eval('m')",
    "exec('import os')",
    "compile('m', '', 'eval')",
    "getattr(m, 'x')",
    "globals()",
    "breakpoint()",
    "m; import os",
    "import os",
    "m if m else m",
    "not m",
    "m and m",
    "m < 3",
    "m == 2",
    "m = 2",
    "m @ m",
    "m % 2",
    "m // 2",
    "~m",
    "m << 900000000",
    "m[0]",
    "{m}",
    "(m,)",
    "m, m",
    "*m",
    "sin(*m)",
    "sin(**m)",
    "sin(x=m)",
    "sin(m for m in m)",
    "sin()",
    "sin(m, m)",
    "sin",
    "max(m)",
    "await m",
    "yield m",
    "None",
    "True*m",
    "...",
    "2j*m",
    "b'm'",
    "'m'*10**9",
    "9**9**9**9*m",
    "m**9**9**9**9",
    "9**9**9**9**m",
    "floor(exp(exp(20)))*m",
    "exp(exp(exp(exp(exp(m)))))",
    "1e999*m",
    "0x" + "f" * 400 + "*m",
    "9" * 900 + "*m",
    "0.0000000001" * 50,
    "2m",
    "2(m + 1)",
    "m(2)",
    "(m)(m)",
    "m m",
    "m^2",
    "y = m*x + b",
    "0777*m",
    "1__0*m",
    "m # squared",
    "m \\\n + 1",
    "m\n+1",
    "\tm",
    "m\x00",
    "\x00",
    "\ufeffm",
    "m\u202e",
    "\ud800",
    "m²",
    "√m",
    "m × 2",
    "m − 2",
    "θ**2",
    "ⅿ**2",
    "ﬁ*m",
    "μ + µ",
    "𝐦",
    "٣*m",
    "💥",
    "",
    " ",
    "()",
    "(" * 300 + "m" + ")" * 300,
    "(" * 999,
    ")" * 999,
    "-" * 999 + "m",
    "+" * 900 + "m",
    "sin(" * 150 + "m" + ")" * 150,
    "m" + "+m" * 450,
    "m" + "**m" * 300,
    "m" + "**2" * 38,
    "m" + "/m" * 38,
    "sigmoid(" * 38 + "m" + ")" * 38,
    "m*" * 2000 + "m",
    "m" * 1000,
    "m" * 5000,
    " " * 5000 + "m",
    "max(" + ", ".join(["m"] * 290) + ")",
)
NAMES = ("m", "b", "w1", "theta_2", "x", "pi", "e", "learning_rate")
NUMBERS = ("0", "1", "2", "3", "0.5", "1e-3", "7.25", "1e308", "1_000", "00", "1e-400", "12345678901234567890")
PIECES = (*"()+-*/.,^=[]{}'\"\\#:;@!~%&|<> \t\n\0²π", "**", "//", "lambda ", "__", "2m", "e", "sin", "if", "1e9")


def nasty_formulas(count: int, seed: int) -> Iterator[str]:
    """Yield `count` texts: every attack first, then valid formulas, broken ones, and pieces at random.

    The same seed gives the same texts.
    """
    chance = random.Random(seed)
    for number in range(count):
        if number < len(ATTACKS):
            yield ATTACKS[number]
        else:
            yield chance.choice((valid_formula, _broken, _broken_attack, _rubble, _nested))(chance)


def valid_formula(chance: random.Random, depth: int = 4) -> str:
    """Return a formula that the grammar allows; it may still be without a parameter."""
    if depth == 0 or chance.random() < 0.15:
        return chance.choice(NAMES if chance.random() < 0.6 else NUMBERS[:7])
    inside = [valid_formula(chance, depth - 1) for _ in range(2)]
    kind = chance.randrange(8)
    if kind == 0:
        return f"{chance.choice(list(UNARY))}({inside[0]})"
    if kind == 1:
        return f"{chance.choice(list(PAIRWISE))}({inside[0]}, {inside[1]})"
    if kind == 2:
        return f"-({inside[0]})"
    if kind == 3:
        return f"({inside[0]})**{chance.choice(('2', '3', '-1', '0.5', 'm', '(1/3)'))}"
    return f"({inside[0]}) {chance.choice('+-*/')} ({inside[1]})"


def _broken(chance: random.Random) -> str:
    return _mutated(valid_formula(chance), chance)


def _broken_attack(chance: random.Random) -> str:
    return _mutated(chance.choice(ATTACKS)[:1200], chance)


def _mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.randint(1, 4)):
        place = chance.randint(0, len(text))
        match chance.randrange(4):
            case 0:
                text = text[:place] + text[place + chance.randint(1, 3) :]
            case 1:
                text = text[:place] + chance.choice((*PIECES, *NUMBERS, *NAMES)) + text[place:]
            case 2:
                text = (
                    text[:place] + chr(chance.choice((chance.randrange(128), chance.randrange(0x11000)))) + text[place:]
                )
            case _:
                text = text[:place] + text[chance.randint(0, len(text)) :]
    return text


def _rubble(chance: random.Random) -> str:
    return "".join(chance.choice((*PIECES, *NUMBERS, *NAMES, *UNARY)) for _ in range(chance.randint(1, 30)))


def _nested(chance: random.Random) -> str:
    opening, closing = chance.choice(
        (("(", ")"), ("-", ""), ("sin(", ")"), ("max(m, ", ")"), ("2**", ""), ("(m+", ")/2"))
    )
    depth = chance.choice((5, 20, 37, 41, 90, 200, 990))
    return opening * depth + "m" + closing * (depth - chance.choice((0, 0, 0, 1)))
