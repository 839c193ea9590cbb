"""Any text as LaTeX: what has a meaning there is escaped, and signs that its fonts lack are mathematics."""

import re
from pathlib import PurePath

COMMANDS = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\symbol{34}", "{": r"\{", "}": r"\}", "#": r"\#",
    "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_", "…": r"\ldots{}", "\u00a0": "~",
}  # fmt: skip
"""What stands for a character in a text."""

SIGNS = {
    "−": "-", "±": r"\pm", "×": r"\times", "·": r"\cdot", "÷": r"\div", "√": r"\surd", "∞": r"\infty", "≈": r"\approx",
    "≠": r"\neq", "≤": r"\leq", "≥": r"\geq", "→": r"\rightarrow", "←": r"\leftarrow", "↑": r"\uparrow",
    "↓": r"\downarrow", "∂": r"\partial", "∇": r"\nabla", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "∈": r"\in",
    "°": r"^\circ", "²": "^2", "³": "^3", "¹": "^1", "ℓ": r"\ell", "‖": r"\Vert", "∝": r"\propto",
    "α": r"\alpha", "β": r"\beta", "γ": r"\gamma", "δ": r"\delta", "ε": r"\varepsilon", "ζ": r"\zeta", "η": r"\eta",
    "θ": r"\theta", "κ": r"\kappa", "λ": r"\lambda", "μ": r"\mu", "ν": r"\nu", "ξ": r"\xi", "π": r"\pi", "ρ": r"\rho",
    "σ": r"\sigma", "τ": r"\tau", "φ": r"\varphi", "χ": r"\chi", "ψ": r"\psi", "ω": r"\omega", "Γ": r"\Gamma",
    "Δ": r"\Delta", "Θ": r"\Theta", "Λ": r"\Lambda", "Π": r"\Pi", "Σ": r"\Sigma", "Φ": r"\Phi", "Ω": r"\Omega",
    **{chr(0x2080 + digit): f"_{digit}" for digit in range(10)},
    **{chr(0x2070 + digit): f"^{digit}" for digit in range(4, 10)}, "⁰": "^0",
}  # fmt: skip
"""What stands for a character in mathematics."""


def escaped(text: str) -> str:
    """Return a text that LaTeX prints as it is, on one line; a character of any other script stays itself."""
    return "".join(map(_escaped, text.replace("\n", " ")))


def _escaped(letter: str) -> str:
    return rf"\ensuremath{{{SIGNS[letter]}}}" if letter in SIGNS else COMMANDS.get(letter, letter)


NAMES = 'TeX takes names of letters a to z, digits, "-" and "_"'
"""What a file's name must be like."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_FOLDERS = re.compile(r"[^\\{}%#~^$&]*")  # none of what means something to TeX


def is_name(name: str) -> bool:
    """Say whether TeX takes a file's name, without what it ends in."""
    return _NAME.fullmatch(name) is not None


def is_path(path: str) -> bool:
    """Say whether TeX takes a file, or a folder where it ends in "/"; the folders before it may have any name."""
    pure = PurePath(path)
    name = pure.name if path.endswith("/") else pure.stem
    return is_name(name) and _FOLDERS.fullmatch(pure.parent.as_posix()) is not None


LATIN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿŒœŠšŽž¡¿£§©–—‘’“”"
"""What pdfLaTeX prints with any font, beside ASCII."""


def needs_unicode(text: str) -> bool:
    """Say whether a text has characters that only LuaLaTeX or XeLaTeX print."""
    return any(not (letter.isascii() or letter in COMMANDS or letter in SIGNS or letter in LATIN) for letter in text)


def pdf_string(text: str) -> str:
    r"""Return a text as what stands between the brackets of a string of PDF: UTF-16 in octal, `\376\377\000A`."""
    return "".join(rf"\{byte:03o}" for byte in b"\xfe\xff" + text.encode("utf-16-be"))
