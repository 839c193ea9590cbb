"""Scene scripts that Python runs: what their user can mend is told in one sentence, as on the command line."""

import sys
from types import TracebackType

from gdviz.problems import Problem


def tell_problems() -> None:
    """Have Python tell a `Problem` that nobody catches by the script's line and its sentence, with its exit code.

    It does so where a script calls gdviz: on the way from the script's line into gdviz there is no other file. All else
    keeps its traceback: faults of gdviz, problems in programs of several files, and what happens at a prompt.
    """
    usual = sys.excepthook

    def told(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        line = _line(trace) if isinstance(error, Problem) and not sys.flags.interactive else None
        if line is None or not isinstance(error, Problem):
            usual(kind, error, trace)
            return
        sys.stderr.write(f"gdviz: {line}: {error}\n")
        sys.exit(error.exit_code)  # Python takes it from here, as if the script had said so

    sys.excepthook = told


def _line(trace: TracebackType | None) -> str | None:
    """Return the line of the script that led into gdviz, or None where another file stands between them."""
    import traceback  # only what goes wrong needs it

    script = getattr(sys.modules.get("__main__"), "__file__", None)
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if frame.filename == script]
    others = [frame for frame in frames[len(own) :] if not frame.filename.startswith((_HOUSE, "<"))]
    if script is None or not own or frames[: len(own)] != own or others:
        return None
    return f"{script}, line {own[-1].lineno}"


_HOUSE = __file__.removesuffix("uncaught.py")
