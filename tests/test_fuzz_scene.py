"""No TOML scene makes gdviz run code, hang, or fail in any other way than by saying what is wrong."""

import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import pytest
from nasty import ATTACKS, nasty_formulas, valid_formula
from test_fuzz_formula import Canary

from gdviz.problems import BadInput
from gdviz.scene import Scene
from gdviz.scenefile import load

Way = Callable[[str, random.Random], str]

FEW = 20  # steps that are also taken

FORMULA = "(m - 3)**2"
VALID = (
    'loss = "(m - 3)**2"\nsteps = 5\noptimizer = { name = "GradientDescent", learning_rate = 0.1 }\n',
    'title = "T"\nwatch = """a\nb"""\naside = "A"\nclosing = "[loss:{m}]"\ntheme = "dark"\nsize = [640, 360]\n'
    'fps = 20\nloss = "m**4 - b"\nhold = 1.5\nloop = 2\nask = true\npace = "brief"\ntolerance = 1e-3\n'
    "start = [1, 2]\nsteps = 3\n"
    '[optimizer]\nname = "momentum"\nlearning_rate = 0.05\nmomentum = 0.8\nnesterov = true\n',
    'steps = 4\norigin = true\noptimizer = { name = "adam", learning_rate = 0.3, beta1 = 0.9 }\n'
    '[loss]\ncsv = "pairs.csv"\nx = "x"\ny = "y"\nx_name = "X"\ny_name = "Y"\nintercept = false\n'
    "batch_size = 1\nseed = 2\n",
    'start = 2\n[loss]\nformula = "a + (m - 3)**2"\nconstants = { a = 2.5 }\nparameters = ["m"]\nregion = [-3, 3]\n'
    'minima = [0]\nsaddles = [1]\nstart = 1.0\n[[runs]]\nlabel = "[rate:slow]"\noptimizer = { name = "adam" }\n'
    '[[runs]]\nlabel = "x"\nstart = -1\nsteps = 2\noptimizer = { name = "gradient descent", learning_rate = 0.1 }\n',
    'loss = "m**2"\nstart = 2\nsteps = 9\ninside = true\n[optimizer]\nname = "ClipByNorm"\nlimit = 0.5\n'
    '[optimizer.optimizer]\nname = "RMSprop"\nepsilon_at = "inside"\nmomentum = 0.5\n'
    '[optimizer.optimizer.learning_rate]\nschedule = "InTurn"\nboundaries = [3]\n'
    'schedules = [{ schedule = "Constant", value = 0.1 }, { schedule = "WarmRestarts", initial = 0.1, steps = 2 }]\n',
    'steps = 8\nloss = "m**4"\nstart = 1\n[optimizer]\nname = "lbfgs"\nhistory = 3\nline_search = "zoom"\n'
    'learning_rate = { schedule = "ByFormula", text = "1/(t + 1)" }\n',
    'steps = 8\n[loss]\ncsv = "kinds.csv"\nx = "x"\ny = "y"\nmodel = "logistic"\ncentred = true\n'
    '[[runs]]\nname = "A"\n'
    'optimizer = { name = "muon", iterations = 3, learning_rate = { schedule = "Listed", values = [0.1, 0.2] } }\n'
    "steps = 2\n"
    '[[runs]]\noptimizer = { name = "TrialAndError", trial_step = 0.3 }\n',
)
VALUES = (
    "0", "-1", "1", "3", "1.5", "-0.0", "1e308", "-1e308", "1e-320", "1e999", "nan", "-inf", "true", "false", '""',
    '"a"', "[]", "{}", "[[]]", "[1, 2]", "[1, [2]]", '["m"]', "[nan]", "[true]", "[{}]", "{ a = 1 }",
    '{ name = "adam" }',
    "9223372036854775807", "9223372036854775808", "-9223372036854775809", "9" * 400, "9" * 4400, "0x" + "f" * 4000,
    "0b1", "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "0001-01-01T00:00:00-23:59",
    '"' + "a" * 9000 + '"',
    "[" * 60 + "]" * 60, "[" * 2000 + "]" * 2000, "{ a = " * 60 + "1" + " }" * 60, "[" + "1," * 3000 + "]",
    '"漢字"', '"\\u0000"', '"\\u202e"', '"\\U0001F600"', '"[loss]"', '"[los:a]"', '"[0]"', '"{m}"', '"$x^2$"', '"%s"',
    '"../pairs.csv"', '"/etc/passwd"', '"/dev/zero"', '"."', '"pairs.csv/"', '"broken.csv"', '"C:\\\\x"', '"~"',
    '"GradientDescent"', '"Optimizer"', '"__class__"', '"light"', '"auto"', "20000", "20001", "[1280, 720]", "[1, 1]",
)  # fmt: skip
KEYS = (
    "loss", "optimizer", "start", "steps", "tolerance", "runs", "title", "watch", "aside", "closing", "theme", "size",
    "fps", "pace", "ask", "origin", "hold", "loop", "name", "learning_rate", "formula", "csv", "x", "y", "constants",
    "parameters", "region", "minima", "saddles", "label", "intercept", "x_name", "nesterov", "beta2", "schedule",
    "initial", "schedules", "boundaries", "values", "text", "form", "shape", "history", "iterations", "epsilon_at",
    "limit", "model", "batch_size", "seed",
    "_settle", "__init__",
    '""', '"a b"', '"m"', "loss.formula", "optimizer.name", "start.a", "a" + ".a" * 200, "loss" + ".x" * 450, "runs.a",
)  # fmt: skip
PIECES = (
    *"[]{}=.,\"'#\\\n \t\r\0\x7f😀é",
    '"""',
    "'''",
    "[[",
    "]]",
    "[runs]",
    "[[runs]]",
    "[loss]",
    "[optimizer]",
    "\\u",
    "--1",
)


class Guard(Canary):
    """Also notes which files are opened."""

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        """Note what is announced."""
        super().hear(f"open {arguments[0]}" if event == "open" else event, arguments)


GUARD = Guard()


def nasty_scenes(count: int, seed: int) -> Iterator[str]:
    """Yield `count` texts: valid scenes with other values, other keys, nasty formulas, broken places; or rubble."""
    chance = random.Random(seed)
    formulas = nasty_formulas(count + len(ATTACKS), seed)
    ways: tuple[Way, ...] = (_other_value, _other_value, _other_key, _broken, _broken, _moved)
    for formula in islice(formulas, count):
        match chance.randrange(10):
            case 0:
                yield "".join(chance.choice((*PIECES, *KEYS, *VALUES[:20])) for _ in range(chance.randint(0, 40)))
            case 1 | 2:
                yield chance.choice((VALID[0], VALID[3])).replace(FORMULA, _quoted(formula))
            case 3:
                yield chance.choice((VALID[0], VALID[3])).replace(FORMULA, valid_formula(chance))
            case _:
                text = chance.choice(VALID)
                for _ in range(chance.choice((1, 1, 1, 2, 4))):
                    way = chance.choice(ways)
                    text = way(text, chance)
                yield text


def _quoted(text: str) -> str:
    """Spell a text as TOML would have it between quotes."""
    return "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text)


def _other_value(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    place = chance.choice([k for k, line in enumerate(lines) if "=" in line] or [0])
    lines[place] = f"{lines[place].split('=')[0]}= {chance.choice(VALUES)}"
    return "\n".join(lines)


def _other_key(text: str, chance: random.Random) -> str:
    return f"{chance.choice(KEYS)} = {chance.choice(VALUES)}\n{text}"


def _moved(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    chance.shuffle(lines)
    return "\n".join(lines)


def _broken(text: str, chance: random.Random) -> str:
    place = chance.randint(0, len(text))
    piece: str = chance.choice(("", *PIECES, *VALUES))
    return text[:place] + piece + text[place + chance.randint(0, 4) :]


def survives(path: Path, text: str) -> bool:
    """Read a text as a scene and take its first steps; return whether it is one."""
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    started = time.process_time()
    GUARD.watching = True
    try:
        scene = load(path)["scene"]
        _take_a_few_steps(scene)
    except BadInput as problem:
        assert str(problem).startswith(f"{path}: ")
        assert len(str(problem)) < 1500, "a sentence, not a page"
        return False
    finally:
        GUARD.watching = False
        heard, GUARD.heard = [event for event in GUARD.heard if not event.startswith(f"open {path.parent}/")], []
        assert not heard, f"{text!r} set off {heard}"
        assert time.process_time() - started < 1.0, f"{text!r} took {time.process_time() - started:.2f} s"
    return True


def _take_a_few_steps(scene: Scene) -> None:
    if all((run.steps or FEW) <= FEW for run in scene.tries):
        assert scene.story().labels == tuple(run.label for run in scene.tries)
    assert hash(scene) == hash(scene.with_())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where a scene may stand, beside some data; whatever is loaded when first used is loaded."""
    (tmp_path / "pairs.csv").write_text("x,y\n1,2\n2,4\n")
    (tmp_path / "kinds.csv").write_text("x,y\n1,0\n2,1\n3,0\n4,1\n")
    (tmp_path / "broken.csv").write_text("x,y\n1\n")
    for text in VALID:
        (tmp_path / "scene.toml").write_text(text)
        _take_a_few_steps(load(tmp_path / "scene.toml")["scene"])
    return tmp_path / "scene.toml"


def test_nasty_scenes_are_scenes_or_refused(path: Path) -> None:
    outcomes = [survives(path, text) for text in nasty_scenes(1_000, seed=1)]
    assert 50 < sum(outcomes) < 600, "the generator makes both kinds"


@pytest.mark.slow
def test_a_hundred_thousand_nasty_scenes(path: Path) -> None:
    for text in nasty_scenes(100_000, seed=2):
        survives(path, text)


@pytest.mark.parametrize(
    "text",
    [
        "a" + ".a" * 16_000 + " = 1",
        "\n".join("a" + ".a" * 40 + f".k{k} = 1" for k in range(300)),
        "[a" + ".a" * 450 + "]\n" + "\n".join(f"k{k}=1" for k in range(4_000)),
        "\n".join(f"k{k}=1" for k in range(4_000)),
        "[[a]]\n" * 5_000,
        "a = " + "[" * 16_000,
        "a = '''" + "'" * 30_000,
        "a = [" + "{}," * 10_000 + "]",
        '"' + "\\u0041" * 5_000 + '" = 1',
        "steps = " + "1_" * 15_000 + "1",
        "steps = 1" + "0" * 30_000 + ".0",
        f"{'t' * 30_000} = 1",
    ],
    ids=range(12),
)
def test_long_texts_do_not_hang(path: Path, text: str) -> None:
    assert not survives(path, text)


def test_the_generator_repeats_itself() -> None:
    assert list(nasty_scenes(300, seed=3)) == list(nasty_scenes(300, seed=3))
