"""The command line. Each verb is: read the arguments, make one call to the library, print.

Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 1 a film that is checked
does not play or is not safe for eyes, 2 something asked for can't be used, 4 something to install is missing, 5 the
film could not be made, 130 interrupted, 143 asked to end.

`gdviz --help` loads all files of this room and nothing heavy: what a verb needs is imported when it is called.
"""

import os
import signal
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

from gdviz.cli.spelling import spelled
from gdviz.cli.verbs import parsed
from gdviz.problems import BadScene, Problem

STOPPED = "gdviz: stopped; nothing half-written is left"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        options = parsed(arguments)
        with _ending_cleanly():
            code = _run(options)
        sys.stdout.flush()
    except Problem as problem:
        print(f"gdviz: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print(STOPPED, file=sys.stderr)
        return 130
    except Terminated:
        print(STOPPED, file=sys.stderr)
        return 128 + signal.SIGTERM
    except BrokenPipeError:
        # Who read our output has seen enough, as `head` does; Python would complain again when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


class Terminated(BaseException):
    """The system asked the process to end; like a KeyboardInterrupt nothing takes it for an error on its way."""


def _run(options: Namespace) -> int:
    """Run a verb; what can't be used is told by the options that were given."""
    try:
        code: int = options.verb(options) or 0
    except BadScene as problem:
        raise spelled(problem, options) from None
    return code


@contextmanager
def _ending_cleanly() -> Iterator[None]:
    """Let SIGTERM, which would end the process at once, unwind it first, so that hidden parts of files go; once."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may handle signals
        return

    def end(_signal: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
