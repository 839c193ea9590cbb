"""The command line. Each verb is: read the arguments, make one call to the library, print.

Results go to standard output, progress and warnings to standard error. Exit codes: 0 done, 1 a film that is checked
does not play or is not safe for eyes, 2 something asked for can't be used, 4 something to install is missing, 5 the
film could not be made, 130 interrupted.

`gdviz --help` loads all files of this room and nothing heavy: what a verb needs is imported when it is called.
"""

import os
import sys
from collections.abc import Sequence

from gdviz.cli.verbs import parsed
from gdviz.problems import Problem


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    try:
        options = parsed(arguments)
        code: int = options.verb(options) or 0
        sys.stdout.flush()
    except Problem as problem:
        print(f"gdviz: {problem}", file=sys.stderr)
        return problem.exit_code
    except KeyboardInterrupt:
        print("gdviz: stopped; nothing half-written is left", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # Who read our output has seen enough, as `head` does; Python would complain again when it closes the pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code
