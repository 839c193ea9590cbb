"""`gdviz new`: a commented scene script to start from."""

import argparse
from pathlib import Path
from string import Template

from gdviz.cli.parser import Parser
from gdviz.problems import BadInput, BadScene


def add_new(parser: Parser) -> None:
    """Add what the verb can be asked for."""
    parser.add_argument("name", metavar="NAME", help="the script's name, with or without .py")
    parser.set_defaults(verb=_new)


def _new(options: argparse.Namespace) -> None:
    path = Path(options.name if options.name.endswith(".py") else f"{options.name}.py")
    if not path.stem.isidentifier():
        raise BadScene("new", options.name, "allowed: a name of letters, digits and underscores, such as my_scene")
    try:
        _create(path, TEMPLATE.substitute(script=path, name=path.stem))
    except FileExistsError:
        raise BadScene("new", str(path), "it exists already; choose another name") from None
    except OSError as error:
        raise BadInput(f"new: {path} can't be written: {error.strerror}") from None
    print(f"wrote {path}; now try: gdviz render {path}")


def _create(path: Path, text: str) -> None:
    """Write a file that does not exist yet, whole or not at all."""
    with path.open("x", encoding="utf-8") as script:
        try:
            script.write(text)
            script.flush()
        except OSError:
            path.unlink()
            raise


TEMPLATE = Template('''"""Find the m with the smallest loss

The first line above is the title of the film. These lines say what to watch: the arrow is the step, and it gets
shorter as the slope gets flatter, though the learning rate stays the same.
"""

from gdviz import GradientDescent, Scene

scene = Scene(
    # What is minimised: a formula of your own. `gdviz list surfaces` has some to start from.
    loss="(m - 3)**2 + 1",
    # By which method: GradientDescent, Momentum, Adam; see `gdviz list optimizers`.
    optimizer=GradientDescent(learning_rate=0.1),
    # From where, and how many steps at most.
    start=-2.4,
    steps=25,
    # More to try:
    # theme="dark",
    # ask=True,  # "Where will it land?", for the class to answer
    # pace="lesson",  # the first step phase by phase; "brief" is quicker
)

if __name__ == "__main__":
    scene.render()  # python $script writes output/$name.gif
''')
