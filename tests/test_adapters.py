"""Other libraries' optimizers: what the adapters promise without any library, and their runs against the library's own.

The first part needs nothing installed. The second is marked `adapters`; each of its tests is skipped where its library
is missing. A new optimizer is a new row of a table: it is held against a plain loop of the library itself, with the
library's own derivatives where it has them, on Rosenbrock's function and on a double well.
"""

import copy
import importlib
import json
import os
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gdviz.descent import adapters
from gdviz.descent.adapters import from_keras
from gdviz.descent.adapters.borrowed import Asking, Shapes, Stepwise, kept
from gdviz.descent.formula import Formula
from gdviz.descent.loss import About, Array
from gdviz.descent.optimizers.method import Method
from gdviz.descent.schedules import Exponential, Listed, StepDecay
from gdviz.descent.walk import Probe
from gdviz.problems import BadScene, MissingPackage

LIBRARIES = ("torch", "optax", "keras", "scipy")

# ---- without any library ----


@dataclass(frozen=True, repr=False)
class Pretend(Stepwise):
    """A library of two optimizers: one falls along the gradient, one looks twice at where it may go."""

    library = "pretend"

    def methods(self) -> Iterable[str]:
        return ("Fall", "Look")

    def setting_names(self) -> Iterable[str]:
        return ("momentum", "rate")

    def check_settings(self) -> None:
        if not isinstance(dict(self.settings)["rate"], float | StepDecay | Listed):
            raise ValueError("the rate is a number.\nAnd much more of no interest.")

    def begin(self, start: Array, shapes: Shapes) -> list["Falling"]:
        return [Falling(self, place, shapes) for place in start]


class Falling:
    def __init__(self, method: Pretend, place: Array, shapes: Shapes) -> None:
        self.method, self.place, self.shapes = method, place, shapes

    def advance(self, step: int, ask: Asking) -> None:
        rate = {**dict(self.method.settings), **self.method.rates(step)}["rate"]
        there = self.place - rate * ask(self.place)[1]
        if self.method.method == "Look":
            assert ask(there)[0] == ask(there)[0]
        self.place = there

    def terms(self) -> dict[str, Array]:
        return {"double": 2 * self.place, "rows": np.array([float(self.shapes[0][0])])}


class Packed:
    """Half the square of a matrix `(2, 2)` and a bias `(2,)`; at every step its valley lies one further."""

    about = About(names=("W", "b"), shapes=((2, 2), (2,)))

    def __init__(self, moves: bool = False, step: int = 0) -> None:
        self.moves, self.step = moves, step

    def __call__(self, points: Array) -> tuple[Array, Array]:
        return self.value(points), points - self.step

    def value(self, points: Array) -> Array:
        return ((points - self.step) ** 2).sum(axis=-1) / 2

    def hessian(self, points: Array) -> Array | None:
        return None if self.moves else np.broadcast_to(np.eye(6), (*points.shape, 6)).copy()

    def at(self, step: int) -> "Packed":
        return Packed(True, step) if self.moves else self


def pretend(method: str = "Fall", **settings: Any) -> Pretend:
    return Pretend(method, kept(settings), settings.pop("as_matrix", False))


def test_it_prints_as_the_call_that_makes_it() -> None:
    assert repr(pretend("Fall", rate=0.5)) == "adapters.pretend('Fall', rate=0.5)"
    column = Pretend("Look", kept({"rate": 0.5, "momentum": [0.9, np.float64(0.5)]}), as_matrix=True)
    assert repr(column) == "adapters.pretend('Look', momentum=(0.9, 0.5), rate=0.5, as_matrix=True)"
    assert column.name == "pretend Look"
    assert column.rule == ""


def test_it_is_a_value() -> None:
    one = pretend(rate=0.5, momentum=[0.9, 0.5])
    assert one == pretend(momentum=(0.9, 0.5), rate=0.5)
    assert (
        len({one, pretend(rate=0.5, momentum=np.array([0.9, 0.5])), pretend(rate=0.5), pretend("Look", rate=0.5)}) == 3
    )
    assert one != Pretend("Fall", one.settings, as_matrix=True)
    assert pickle.loads(pickle.dumps(one)) == one == copy.deepcopy(one)


@pytest.mark.parametrize(
    ("method", "settings", "sentence"),
    [
        ("Fal", {}, "adapters.pretend: 'Fal' can't be used; did you mean 'Fall'? allowed: Fall, Look"),
        (3, {}, "adapters.pretend: 3 can't be used; allowed: Fall, Look"),
        (
            "Fall",
            {"rat": 1.0},
            "adapters.pretend('Fall'): 'rat' can't be used; did you mean 'rate'? allowed: momentum, rate",
        ),
        (
            "Fall",
            {"rate": {}},
            "adapters.pretend(rate=...): {} can't be used; allowed: numbers, words, and rows of them",
        ),
        (
            "Fall",
            {"rate": "a"},
            "optimizer: adapters.pretend('Fall', rate='a') can't be used; pretend says: the rate is a number.",
        ),
    ],
)
def test_what_the_library_does_not_have_is_refused_in_one_sentence(method: Any, settings: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as refused:
        pretend(method, **settings)
    assert str(refused.value) == sentence


def test_as_matrix_is_a_switch() -> None:
    with pytest.raises(BadScene, match=r"^adapters.pretend\(as_matrix=...\): 1 can't be used; allowed: True, False$"):
        Pretend("Fall", kept({"rate": 0.5}), as_matrix=1)  # type: ignore[arg-type]


def test_its_steps_are_the_librarys_own_and_its_numbers_are_terms() -> None:
    path = pretend(rate=0.25).minimize(Formula("m**2"), start=[[2.0], [-4.0]], steps=3, tolerance=0)
    assert path.params[:, :, 0].tolist() == [[2, -4], [1, -2], [0.5, -1], [0.25, -0.5]]
    assert path.terms["pretend_double"][:, 0, 0].tolist() == [2, 1, 0.5]
    assert path.terms["gradient"][:, 1, 0].tolist() == [-8, -4, -2]
    assert path.evaluations[:, 0].tolist() == [0, 1, 2, 3]
    assert path.name == "pretend Fall"


def test_a_place_asked_again_counts_once() -> None:
    path = pretend("Look", rate=0.25).minimize(Formula("m**2"), start=2.0, steps=3, tolerance=0)
    assert path.evaluations[:, 0].tolist() == [
        0,
        2,
        3,
        4,
    ]  # the start, and then where it looked, which is where it went


def test_a_loss_that_moves_on_is_asked_anew() -> None:
    path = pretend("Look", rate=1.0).minimize(Packed(moves=True), start=np.ones(6), steps=4, tolerance=0)
    assert path.params[:, 0, 0].tolist() == [1, 0, 1, 2, 3]
    assert path.evaluations[:, 0].tolist() == [0, 2, 4, 6, 8]


def test_a_run_that_has_diverged_is_not_asked_any_more() -> None:
    path = pretend(rate=10.0).minimize(Formula("m**4"), start=[[1e60], [0.1]], steps=5)
    assert str(path.ends[0]) == "diverged at step 1: the loss left the float range"
    assert not path.ends[1].diverged
    assert path.evaluations[:, 0].tolist() == [0, 0, 0, 0, 0, 0]
    assert path.evaluations[-1, 1] == 5


def test_a_schedule_sets_the_number_of_each_step() -> None:
    path = pretend(rate=StepDecay(0.5, every=1, factor=0.5)).minimize(Formula("m"), start=0.0, steps=3)
    assert path.step[:, 0, 0].tolist() == [-0.5, -0.25, -0.125]
    assert path.terms["pretend_rate"][:, 0, 0].tolist() == [0.5, 0.25, 0.125]


def test_a_schedule_that_ends_before_the_run_is_refused() -> None:
    short = pretend(rate=Listed((0.1, 0.2)))
    with pytest.raises(
        BadScene, match=r"^adapters\.pretend\(rate=\.\.\.\): .* this schedule ends after 2 steps, and the run has 3$"
    ):
        short.minimize(Formula("m"), start=0.0, steps=3)


@pytest.mark.parametrize(
    ("loss", "as_matrix", "shapes"),
    [
        (Formula("x**2 + y**2"), False, ((2,),)),
        (Formula("x**2 + y**2"), True, ((2, 1),)),
        (Packed(), False, ((2, 2), (2,))),
        (Packed(), True, ((2, 2), (2, 1))),
    ],
)
def test_matrices_are_handed_over_as_such(loss: Any, as_matrix: bool, shapes: Shapes) -> None:
    method = Pretend("Fall", kept({"rate": 0.5}), as_matrix)
    assert method.shapes(Probe(loss, 1).shapes, loss.about.dim) == shapes


def without(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Make the import of a package impossible, whether it is installed and loaded or not."""
    loaded = [name for name in sys.modules if name.partition(".")[0] == package]
    for name in {package, *loaded}:
        monkeypatch.setitem(sys.modules, name, None)


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_missing_library_is_named_with_the_line_that_installs_it(
    library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without(monkeypatch, library)
    with pytest.raises(MissingPackage) as missing:
        getattr(adapters, library)({"scipy": "BFGS", "optax": "adam"}.get(library, "Adam"))
    assert str(missing.value) == (
        f"adapters.{library} needs the package {library}, which is not installed: pip install {library}"
    )
    assert missing.value.exit_code == 4


def test_a_missing_backend_of_keras_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def halted(_package: str) -> None:
        raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

    monkeypatch.setattr(from_keras, "import_library", halted)
    with pytest.raises(MissingPackage) as missing:
        adapters.keras("Adam")
    assert str(missing.value) == (
        "Keras, as it is set up here, needs the package tensorflow, which is not installed: "
        "pip install tensorflow, or set KERAS_BACKEND to jax or torch"
    )


def test_no_library_is_loaded_before_it_is_used() -> None:
    script = "import sys, gdviz.descent.adapters.from_keras, gdviz.descent.adapters.from_scipy; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert not {"torch", "jax", "optax", "keras", "scipy"} & set(done.stdout.split())


# ---- against the libraries themselves ----

TOLERANCE = 1e-12
STARTS = {"rosenbrock": (-1.2, 1.0), "well": (2.0,)}
FORMULAS = {"rosenbrock": Formula("(1 - x)**2 + 100*(y - x**2)**2"), "well": Formula("m**4 - 3*m**2 + m")}

Row = tuple[str, dict[str, Any], int]


def values(function: str, p: Any) -> Any:
    """The loss, in the numbers of any library."""
    if function == "well":
        return p[0] ** 4 - 3 * p[0] ** 2 + p[0]
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


def slopes(function: str, p: Array) -> Array:
    """Its derivatives, by hand."""
    if function == "well":
        return np.array([4 * p[0] ** 3 - 6 * p[0] + 1])
    valley = p[1] - p[0] ** 2
    return np.array([-2 * (1 - p[0]) - 400 * p[0] * valley, 200 * valley])


def needed(package: str) -> Any:
    """Import a library, or skip the test."""
    if package == "keras":
        os.environ.setdefault("KERAS_BACKEND", "jax")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            library: Any = importlib.import_module(package)
    except ModuleNotFoundError as missing:  # the library, or what it stands on
        pytest.skip(f"{missing.name} is not installed: pip install {missing.name}")
    if package == "keras" and library.config.backend() not in ("jax", "torch"):
        pytest.skip(f"Keras rounds to float32 on {library.config.backend()}: set KERAS_BACKEND to jax or torch")
    return library


def error(path: Array, expected: object) -> float:
    """The largest `|p - expected| / max(1, |expected|)` of all steps."""
    wanted = np.asarray(expected, dtype=np.float64)
    return float(np.max(np.abs(path - wanted) / np.maximum(1.0, np.abs(wanted)), initial=0.0))


def follows(method: Method, function: str, plain: Array) -> None:
    """Assert that the adapter goes the way of the plain loop, `(steps + 1, dim)`."""
    path = method.minimize(FORMULAS[function], start=STARTS[function], steps=len(plain) - 1, tolerance=0)
    assert len(path.at) == len(plain) or not path.step[-1].any(), path.ends
    assert error(path.params[:, 0], plain[: len(path.at)]) <= TOLERANCE, (method, function)


def each(rows: Iterable[Row]) -> Iterator[Any]:
    for function in FORMULAS:
        yield from (pytest.param(row, function, id=f"{row[0]}-{function}") for row in rows)


def table(rows: Iterable[Row]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize(("row", "function"), list(each(rows)))


TORCH: tuple[Row, ...] = (
    ("ASGD", {"lr": 1e-3, "lambd": 0.05, "t0": 10, "alpha": 0.6}, 60),
    ("Adadelta", {"rho": 0.95}, 60),
    ("Adafactor", {"lr": 0.05}, 60),
    ("Adagrad", {"lr": 0.5, "lr_decay": 0.05, "initial_accumulator_value": 0.1}, 60),
    ("Adam", {"lr": 0.1, "amsgrad": True, "betas": (0.8, 0.9)}, 60),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.1}, 60),
    ("Adamax", {"lr": 0.1}, 60),
    ("LBFGS", {"lr": 1e-3, "max_iter": 4}, 30),
    ("LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 1, "max_eval": 25}, 20),  # it magnifies rounding
    ("Muon", {"lr": 0.05, "as_matrix": True}, 30),
    ("NAdam", {"lr": 0.1}, 60),
    ("RAdam", {"lr": 1e-3, "decoupled_weight_decay": True, "weight_decay": 0.1}, 60),
    ("RMSprop", {"lr": 0.01, "centered": True, "momentum": 0.8, "eps": 1e-2}, 60),
    ("Rprop", {"lr": 0.1}, 60),
    ("SGD", {"lr": 1e-3, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, 60),
)


def torch_loop(name: str, settings: dict[str, Any], function: str, steps: int) -> tuple[Array, int]:
    """Return the path of PyTorch's own loop with its own derivatives, and the places its closure was asked at."""
    torch = needed("torch")
    settings, start = dict(settings), STARTS[function]
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        shape = (len(start), 1) if settings.pop("as_matrix", False) else (len(start),)
        p = torch.tensor(start).reshape(shape).requires_grad_()
        optimizer = getattr(torch.optim, name)([p], **settings)
        path, asked = [list(start)], []

        def closure() -> Any:
            optimizer.zero_grad()
            loss = values(function, p.reshape(-1))
            loss.backward()
            asked.append(tuple(p.detach().reshape(-1).tolist()))
            return loss

        for _ in range(steps):
            optimizer.step(closure)
            path.append(p.detach().reshape(-1).tolist())
    finally:
        torch.set_default_dtype(before)
    moved = [one for one, last in zip(asked, [None, *asked], strict=False) if one != last]
    return np.array(path), len(moved)


@pytest.mark.adapters
@table(TORCH)
def test_torch_goes_its_own_way(row: Row, function: str) -> None:
    name, settings, steps = row
    plain, _ = torch_loop(name, settings, function, steps)
    follows(adapters.torch(name, **settings), function, plain)


@pytest.mark.adapters
def test_every_optimizer_of_torch_is_in_the_table() -> None:
    optim = needed("torch").optim
    kinds = [kind for kind in vars(optim).values() if isinstance(kind, type) and issubclass(kind, optim.Optimizer)]
    assert {kind.__name__ for kind in kinds} - {"Optimizer", "SparseAdam"} == {name for name, _, _ in TORCH}


OPTAX: tuple[Row, ...] = (
    ("adabelief", {"learning_rate": 0.05}, 60),
    ("adam", {"learning_rate": 0.1, "nesterov": True}, 60),
    ("contrib.adopt", {"learning_rate": 0.05}, 60),
    ("contrib.madgrad", {"learning_rate": 0.05}, 60),
    ("contrib.momo", {}, 40),
    ("contrib.muon", {"learning_rate": 0.05, "as_matrix": True}, 60),
    ("contrib.prodigy", {"estim_lr0": 1e-3}, 60),
    ("contrib.schedule_free_sgd", {"learning_rate": 1e-3}, 60),
    ("contrib.sophia", {"learning_rate": 0.05, "update_interval": 3}, 60),
    ("lamb", {"learning_rate": 0.02}, 60),
    ("lbfgs", {}, 15),
    ("lion", {"learning_rate": 0.05}, 60),
    ("nadamw", {"learning_rate": 0.05}, 60),
    ("polyak_sgd", {"scaling": 0.05, "f_min": -4.0}, 20),
    ("rmsprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.8, "eps": 1e-2}, 60),
    ("rprop", {"learning_rate": 0.1}, 60),
    ("sgd", {"learning_rate": 1e-3, "momentum": 0.9, "nesterov": True}, 60),
)


def optax_loop(make: Callable[[Any], Any], function: str, steps: int, as_matrix: bool = False) -> Array:
    """Return the path of optax's own loop with JAX's own derivatives."""
    optax, jax = needed("optax"), needed("jax")
    from gdviz.descent.adapters.from_optax import double_precision

    start = STARTS[function]
    with double_precision():
        optimizer = optax.with_extra_args_support(make(optax))
        p = jax.numpy.asarray(start).reshape((len(start), 1) if as_matrix else (len(start),))

        def loss(p: Any, obj_fn: Any = None) -> Any:  # noqa: ARG001 - a line search passes it on
            return values(function, p.reshape(-1))

        @jax.jit
        def update(p: Any, state: Any) -> Any:
            value, gradient = jax.value_and_grad(loss)(p)
            more = {"value": value, "grad": gradient, "value_fn": loss, "obj_fn": loss}
            step, state = optimizer.update(gradient, state, p, **more)
            return optax.apply_updates(p, step), state

        path, state = [start], optimizer.init(p)
        for _ in range(steps):
            p, state = update(p, state)
            path.append(tuple(np.asarray(p).reshape(-1).tolist()))
    return np.array(path)


@pytest.mark.adapters
@table(OPTAX)
def test_optax_goes_its_own_way(row: Row, function: str) -> None:
    name, settings, steps = row
    own = {key: value for key, value in settings.items() if key != "as_matrix"}

    def make(optax: Any) -> Any:
        home = needed("optax.contrib") if name.startswith("contrib.") else optax
        return getattr(home, name.removeprefix("contrib."))(**own)

    plain = optax_loop(make, function, steps, "as_matrix" in settings)
    follows(adapters.optax(name, **settings), function, plain)


@pytest.mark.adapters
def test_parts_of_optax_are_joined() -> None:
    needed("optax")
    sgd = adapters.optax("sgd", learning_rate=0.1, momentum=0.9)
    joined = adapters.optax("chain", adapters.optax("clip_by_global_norm", max_norm=1.0), sgd)
    assert repr(joined) == (
        "adapters.optax('chain', adapters.optax('clip_by_global_norm', max_norm=1.0), "
        "adapters.optax('sgd', learning_rate=0.1, momentum=0.9))"
    )
    assert pickle.loads(pickle.dumps(joined)) == joined
    plain = optax_loop(lambda o: o.chain(o.clip_by_global_norm(1.0), o.sgd(0.1, 0.9)), "rosenbrock", 60)
    follows(joined, "rosenbrock", plain)
    with pytest.raises(
        BadScene, match=r"^adapters\.optax: .* can't be used; allowed: other optimizers of optax; settings by"
    ):
        adapters.optax("chain", pretend(rate=0.5))


KERAS: tuple[Row, ...] = (
    ("Adadelta", {"learning_rate": 1.0}, 60),
    ("Adafactor", {"learning_rate": 0.05}, 30),
    ("Adagrad", {"learning_rate": 0.5}, 60),
    ("Adam", {"learning_rate": 0.1, "amsgrad": True, "beta_1": 0.8}, 60),
    ("AdamW", {"learning_rate": 0.1}, 60),
    ("Adamax", {"learning_rate": 0.1}, 60),
    ("Ftrl", {"learning_rate": 0.5, "l1_regularization_strength": 0.01}, 60),
    ("Lamb", {"learning_rate": 0.02}, 60),
    ("Lion", {"learning_rate": 0.05}, 60),
    ("Muon", {"learning_rate": 0.05, "as_matrix": True}, 30),
    ("Nadam", {"learning_rate": 0.1}, 60),
    ("RMSprop", {"learning_rate": 0.01, "centered": True, "momentum": 0.8, "epsilon": 1e-3}, 60),
    ("SGD", {"learning_rate": 1e-3, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}, 60),
    ("ScheduleFreeAdamW", {"learning_rate": 0.1, "warmup_steps": 5}, 60),
)


def keras_loop(name: str, settings: dict[str, Any], function: str, steps: int) -> Array:
    """Return the path of a loop of Keras in float64, with derivatives by hand."""
    keras = needed("keras")
    from gdviz.descent.adapters.from_optax import double_precision

    settings, start, before = dict(settings), STARTS[function], keras.config.floatx()
    keras.config.set_floatx("float64")
    try:
        with double_precision() if keras.config.backend() == "jax" else warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            shape = (len(start), 1) if settings.pop("as_matrix", False) else (len(start),)
            p = keras.Variable(np.array(start).reshape(shape), dtype="float64")
            optimizer, path = getattr(keras.optimizers, name)(**settings), [np.array(start)]
            for _ in range(steps):
                gradient = keras.ops.convert_to_tensor(slopes(function, path[-1]).reshape(shape))
                optimizer.apply([gradient], [p])
                path.append(np.array(keras.ops.convert_to_numpy(p.value)).reshape(-1))
    finally:
        keras.config.set_floatx(before)
    return np.array(path)


@pytest.mark.adapters
@table(KERAS)
def test_keras_goes_its_own_way(row: Row, function: str) -> None:
    name, settings, steps = row
    plain = keras_loop(name, settings, function, steps)
    follows(adapters.keras(name, **settings), function, plain)


@pytest.mark.adapters
def test_every_optimizer_of_keras_is_in_the_table() -> None:
    optimizers = needed("keras").optimizers
    wrappers = {"LossScaleOptimizer", "MultiOptimizer", "Optimizer", "OptimizerMap"}
    assert {name for name, kind in vars(optimizers).items() if isinstance(kind, type)} - wrappers == {
        name for name, _, _ in KERAS
    }


SCIPY: tuple[Row, ...] = (
    ("BFGS", {"gtol": 1e-8}, 100),
    ("CG", {}, 100),
    ("COBYLA", {}, 100),
    ("COBYQA", {}, 100),
    ("L-BFGS-B", {"maxcor": 3}, 100),
    ("Nelder-Mead", {"adaptive": True}, 300),
    ("Newton-CG", {}, 100),
    ("Powell", {}, 100),
    ("SLSQP", {}, 100),
    ("TNC", {}, 100),
    ("dogleg", {}, 100),
    ("trust-constr", {}, 100),
    ("trust-exact", {}, 100),
    ("trust-krylov", {}, 100),
    ("trust-ncg", {}, 100),
)
COMPARING = ("COBYLA", "COBYQA", "Nelder-Mead", "Powell")
HESSIANS = ("Newton-CG", "dogleg", "trust-constr", "trust-exact", "trust-krylov", "trust-ncg")


def scipy_loop(name: str, options: dict[str, Any], function: str, steps: int) -> tuple[Array, int]:
    """Return what SciPy reports to its callback, and how often it asked for the loss and for its second derivatives."""
    optimize = needed("scipy.optimize")
    loss, start, asked = FORMULAS[function], np.array(STARTS[function]), 0

    def value(p: Array) -> Any:
        nonlocal asked
        asked += 1
        return float(loss.value(p)) if name in COMPARING else (float(loss.value(p)), loss(p)[1])

    def hessian(p: Array) -> Array:
        nonlocal asked
        asked += 1
        return loss.hessian(p)

    more: dict[str, Any] = {} if name in COMPARING else {"jac": True}
    if name in HESSIANS:
        more["hess"] = hessian
    if name not in ("COBYLA", "TNC"):
        options = {**options, "maxiter": 10 * steps}
    path = [start]

    def callback(p: Any, *_state: Any) -> None:
        path.append(np.array(p).reshape(-1))

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optimize.minimize(value, start, method=name, callback=callback, options=options, **more)
    return np.array(path), asked


@pytest.mark.adapters
@table(SCIPY)
def test_scipy_goes_its_own_way(row: Row, function: str) -> None:
    name, options, steps = row
    plain, asked = scipy_loop(name, options, function, steps)
    path = adapters.scipy(name, **options).minimize(
        FORMULAS[function], start=STARTS[function], steps=steps, tolerance=0
    )
    count = min(len(path.at), len(plain))
    assert error(path.params[:count, 0], plain[:count]) <= TOLERANCE
    if len(plain) <= steps:  # SciPy came to its own end; then it stands still
        assert not path.step[len(plain) - 1 :].any()
        assert path.evaluations[-1, 0] == asked


# ---- against the reference ----


def translated(case: dict[str, Any]) -> Method:
    """Return the adapter that a case describes."""
    library, _, name = case["key"].partition(".")
    settings = dict(case["hyperparameters"])
    if case["kind"] == "schedule":
        library, inner = library.removesuffix("_sched"), dict(case["inner_optimizer"])
        name, rates = inner.pop("name"), Listed(tuple(case["lrs"]))
        settings = {**inner, "lr" if library == "torch" else "learning_rate": rates}
    if name == "contrib.sam":
        optax, rho, rate = adapters.optax, settings.pop("rho"), settings.pop("learning_rate")
        settings["optimizer"] = optax("sgd", learning_rate=rate, momentum=settings.pop("momentum"))
        settings["adv_optimizer"] = optax("chain", optax("contrib.normalize"), optax("sgd", learning_rate=rho))
    if case["config"].endswith("nolinesearch"):
        settings["linesearch"] = None
    if case["param_layout"].startswith("one matrix"):
        settings["as_matrix"] = True
    return getattr(adapters, library)(name, **settings)  # type: ignore[no-any-return]


# Keras's own backends differ in these: two have parts in float32, and the last is wrong but on JAX.
UNLIKE_JAX = ("Adafactor", "Muon", "ScheduleFreeAdamW")


@pytest.mark.adapters
@pytest.mark.parametrize(
    ("library", "least"),
    [("torch", 160), ("torch_sched", 20), ("optax", 320), ("optax_sched", 15), ("keras", 110), ("keras_sched", 9)],
)
def test_it_goes_the_way_that_the_reference_recorded(library: str, least: int, reference: Path) -> None:
    module = needed(library.removesuffix("_sched"))
    count = 0
    for file in sorted(reference.glob(f"trajectories/{library}__*.json")):
        case = json.loads(file.read_text())
        if case["version"].partition(".")[0] != module.__version__.partition(".")[0]:
            pytest.skip(f"the reference was recorded with {library} {case['version']}, here is {module.__version__}")
        count += 1
        if library == "keras" and case["optimizer"] in UNLIKE_JAX and module.config.backend() != "jax":
            continue
        last, rtol = case["check"]["reliable_steps"], case["check"]["rtol"]
        loss = Formula(case["formula"], parameters=case["variables"])
        path = translated(case).minimize(loss, start=case["start"], steps=case["steps"], tolerance=0)
        last = min(last, len(path.at) - 1)
        assert last == case["check"]["reliable_steps"] or path.ends[0].diverged or not path.step[-1].any(), case["id"]
        assert error(path.params[: last + 1, 0], case["positions"][: last + 1]) <= rtol, case["id"]
    assert count >= least


# ---- what else the adapters promise ----

SAMPLES = [
    ("torch", "Adam", {"lr": 0.1}),
    ("torch", "LBFGS", {"line_search_fn": "strong_wolfe", "max_iter": 3}),
    ("optax", "adam", {"learning_rate": 0.1}),
    ("optax", "lbfgs", {}),
    ("keras", "Adam", {"learning_rate": 0.1}),
    ("scipy", "BFGS", {}),
    ("scipy", "Nelder-Mead", {}),
]
sampled = pytest.mark.parametrize(
    ("library", "name", "settings"), SAMPLES, ids=[f"{one[0]}-{one[1]}" for one in SAMPLES]
)


@pytest.mark.adapters
@sampled
def test_many_runs_go_as_they_would_alone(library: str, name: str, settings: dict[str, Any]) -> None:
    needed(library)
    method: Method = getattr(adapters, library)(name, **settings)
    starts = [[-1.2, 1.0], [3.0, 2.0], [0.0, -1.0]]
    together = method.minimize(FORMULAS["rosenbrock"], start=starts, steps=20)
    for run, start in enumerate(starts):
        alone = method.minimize(FORMULAS["rosenbrock"], start=start, steps=20)
        count = len(alone.at)
        assert np.array_equal(together.params[:count, run], alone.params[:, 0])
        assert np.array_equal(together.evaluations[:count, run], alone.evaluations[:, 0])
        assert together.ends[run].how == alone.ends[0].how


@pytest.mark.adapters
@sampled
def test_it_prints_compares_and_pickles(library: str, name: str, settings: dict[str, Any]) -> None:
    needed(library)
    method = getattr(adapters, library)(name, **settings)
    assert eval(repr(method), {"adapters": adapters}) == method == pickle.loads(pickle.dumps(method))
    assert method.name == f"{library} {name}"


@pytest.mark.adapters
def test_what_the_library_remembers_is_shown() -> None:
    needed("torch")
    path = adapters.torch("Adam", lr=0.1).minimize(FORMULAS["rosenbrock"], start=[-1.2, 1.0], steps=3)
    gradient = path.terms["gradient"]
    assert set(path.terms) == {"gradient", "learning_rate", "torch_exp_avg", "torch_exp_avg_sq"}
    assert np.allclose(path.terms["torch_exp_avg"][0], 0.1 * gradient[0])


@pytest.mark.adapters
@pytest.mark.parametrize(
    ("library", "name", "settings", "terms"),
    [
        ("torch", "SGD", {"lr": 0.1, "momentum": 0.9}, {"momentum_buffer"}),
        ("torch", "NAdam", {}, {"exp_avg", "exp_avg_sq", "mu_product"}),
        ("optax", "adam", {"learning_rate": 0.1}, {"mu", "nu"}),
        ("optax", "contrib.muon", {"learning_rate": 0.1, "as_matrix": True}, {"mu"}),
        ("keras", "Adam", {}, {"momentum", "velocity"}),
        ("keras", "Ftrl", {}, {"accumulator", "linear"}),
        ("scipy", "BFGS", {}, set()),
    ],
)
def test_terms_have_the_librarys_own_names(library: str, name: str, settings: dict[str, Any], terms: set[str]) -> None:
    needed(library)
    path = getattr(adapters, library)(name, **settings).minimize(Packed(), start=np.ones((2, 6)), steps=2)
    rate = {"learning_rate"} if {"lr", "learning_rate"} & set(settings) else set()
    assert set(path.terms) == {"gradient", *rate, *(f"{library}_{term}" for term in terms)}
    assert all(term.shape == path.step.shape for term in path.terms.values())


@pytest.mark.adapters
def test_a_closure_is_counted_as_often_as_it_is_asked_at_another_place() -> None:
    settings = {"line_search_fn": "strong_wolfe", "max_iter": 3}
    _, asked = torch_loop("LBFGS", settings, "rosenbrock", 8)
    path = adapters.torch("LBFGS", **settings).minimize(FORMULAS["rosenbrock"], start=STARTS["rosenbrock"], steps=8)
    assert path.evaluations[-1, 0] == asked


@pytest.mark.adapters
def test_second_derivatives_are_asked_of_the_loss() -> None:
    needed("scipy")
    needed("optax")
    for method in (adapters.scipy("trust-exact"), adapters.optax("contrib.sophia", learning_rate=0.1)):
        with pytest.raises(BadScene, match=r"^loss: 'Packed' can't be used; this method needs second derivatives"):
            method.minimize(Packed(moves=True), start=np.ones(6), steps=2)


@pytest.mark.adapters
def test_the_users_own_settings_stay_as_they_are() -> None:
    torch, jax, keras = needed("torch"), needed("jax"), needed("keras")
    methods = (adapters.torch("NAdam"), adapters.optax("adam", learning_rate=0.1), adapters.keras("Adam"))
    for method in methods:
        walk = method.walk(Probe(FORMULAS["well"], 1), np.array([[2.0]]), 3)
        for _ in walk:  # between the steps too
            assert torch.get_default_dtype() == torch.float32
            assert jax.numpy.zeros(1).dtype == np.float32
            assert keras.config.floatx() == "float32"


@pytest.mark.adapters
def test_a_schedule_stands_in_place_of_a_number() -> None:
    torch = needed("torch")
    rate, momentum = Exponential(1e-3, 0.9, every=1), StepDecay(0.9, every=5, factor=0.5)
    p = torch.tensor(STARTS["rosenbrock"], dtype=torch.float64, requires_grad=True)
    optimizer, plain = torch.optim.SGD([p], lr=1.0, momentum=0.5), [p.tolist()]
    for step in range(20):
        optimizer.param_groups[0].update(lr=rate(step), momentum=momentum(step))
        optimizer.zero_grad()
        values("rosenbrock", p).backward()
        optimizer.step()
        plain.append(p.tolist())
    follows(adapters.torch("SGD", lr=rate, momentum=momentum), "rosenbrock", np.array(plain))
    needed("optax")
    trace = adapters.optax("trace", decay=momentum)
    chain = adapters.optax("chain", trace, adapters.optax("scale_by_learning_rate", learning_rate=rate))
    follows(chain, "rosenbrock", np.array(plain))
    with pytest.raises(BadScene, match=r"this schedule ends after 2 steps, and the run has 3$"):
        adapters.optax("chain", adapters.optax("sgd", learning_rate=Listed((0.1, 0.1)))).minimize(Packed(), steps=3)


@pytest.mark.adapters
def test_where_a_schedule_can_not_stand_it_is_refused() -> None:
    needed("keras")
    with pytest.raises(
        BadScene, match=r"^adapters\.keras\(momentum=\.\.\.\): .* only the learning rate may be a schedule"
    ):
        adapters.keras("SGD", momentum=StepDecay(0.9, 5))
    needed("scipy")
    with pytest.raises(
        BadScene, match=r"^adapters\.scipy\('BFGS'\): .* SciPy's methods choose their own steps; allowed: a"
    ):
        adapters.scipy("BFGS", gtol=StepDecay(0.9, 5))


@pytest.mark.adapters
def test_muon_sees_the_matrices_of_a_loss() -> None:
    torch = needed("torch")
    with pytest.raises(
        BadScene, match=r"^optimizer: adapters\.torch\('Muon'\) can't be used; torch says: Muon only supports"
    ):
        adapters.torch("Muon").minimize(Packed(), start=np.ones(6), steps=2)
    start = np.arange(1.0, 7.0)
    tensors = [torch.tensor(start[:4]).reshape(2, 2), torch.tensor(start[4:]).reshape(2, 1)]
    optimizer, plain = torch.optim.Muon(tensors, lr=0.1), [start]
    for _ in range(10):
        for tensor in tensors:
            tensor.grad = tensor.clone()
        optimizer.step()
        plain.append(torch.cat([tensor.reshape(-1) for tensor in tensors]).numpy())
    path = adapters.torch("Muon", lr=0.1, as_matrix=True).minimize(Packed(), start=start, steps=10, tolerance=0)
    assert error(path.params[:, 0], plain) <= TOLERANCE
    needed("optax")
    muon = adapters.optax("contrib.muon", learning_rate=0.1).minimize(Packed(), start=start, steps=10)
    flat = adapters.optax("contrib.muon", learning_rate=0.1).minimize(
        Formula("a**2/2 + b**2/2"), start=[1.0, 2.0], steps=10
    )
    assert np.allclose(muon.step[0, 0, 4:], flat.step[0, 0])  # the bias: by Adam
    assert not np.allclose(np.abs(muon.step[0, 0, :4]), 0.1)  # the matrix: as one


@pytest.mark.adapters
def test_divergence_is_content() -> None:
    needed("torch")
    path = adapters.torch("SGD", lr=10.0).minimize(Formula("m**4"), start=2.0)
    assert str(path.ends[0]) == "diverged at step 4: the loss left the float range"
    needed("scipy")
    gave_up = adapters.scipy("Powell").minimize(Formula("1/x + y"), start=[0.5, 1.0], steps=10)
    assert not gave_up.step.any()


REFUSED = [
    ("torch", "Adm", {}, "adapters.torch: 'Adm' can't be used; did you mean 'Adam'? allowed: ASGD, "),
    ("torch", "SparseAdam", {}, "adapters.torch: 'SparseAdam' can't be used; did you mean "),
    ("torch", "Adam", {"beta": 1}, "adapters.torch('Adam'): 'beta' can't be used; did you mean 'betas'? allowed: "),
    (
        "torch",
        "Adam",
        {"lr": -1},
        "optimizer: adapters.torch('Adam', lr=-1) can't be used; torch says: Invalid learning",
    ),
    ("optax", "adan_", {}, "adapters.optax: 'adan_' can't be used; did you mean 'adan'? allowed: "),
    ("optax", "contrib.muo", {}, "adapters.optax: 'contrib.muo' can't be used; did you mean 'contrib.muon'? allowed: "),
    ("optax", "GradientTransformation", {}, "adapters.optax: 'GradientTransformation' can't be used; "),
    (
        "optax",
        "adam",
        {"lerning_rate": 1},
        "adapters.optax('adam'): 'lerning_rate' can't be used; did you mean 'learning_",
    ),
    ("optax", "adam", {}, "optimizer: adapters.optax('adam') can't be used; optax says: adam() missing 1 required"),
    ("optax", "apply_updates", {"params": 1, "updates": 2}, "optimizer: adapters.optax('apply_updates', params=1, upd"),
    ("keras", "adam", {}, "adapters.keras: 'adam' can't be used; did you mean 'Adam'? allowed: Adadelta, "),
    ("keras", "LossScaleOptimizer", {}, "adapters.keras: 'LossScaleOptimizer' can't be used; allowed: Adadelta, "),
    ("keras", "SGD", {"rate": 1}, "adapters.keras('SGD'): 'rate' can't be used; "),
    (
        "keras",
        "SGD",
        {"momentum": 2},
        "optimizer: adapters.keras('SGD', momentum=2) can't be used; keras says: `momentum`",
    ),
    ("scipy", "BFG", {}, "adapters.scipy: 'BFG' can't be used; did you mean 'BFGS'? allowed: BFGS, CG, COBYLA, "),
    (
        "scipy",
        "BFGS",
        {"gtool": 1},
        "adapters.scipy('BFGS'): 'gtool' can't be used; did you mean 'gtol'? allowed: c1, c2",
    ),
    (
        "scipy",
        "trust-constr",
        {"gtool": 1},
        "adapters.scipy('trust-constr'): 'gtool' can't be used; did you mean 'gtol'?",
    ),
    ("scipy", "TNC", {"maxiter": 1}, "adapters.scipy('TNC'): 'maxiter' can't be used; "),
    ("scipy", "BFGS", {"gtol": "a"}, "optimizer: adapters.scipy('BFGS', gtol='a') can't be used; scipy says: "),
]


@pytest.mark.adapters
@pytest.mark.parametrize(("library", "name", "settings", "sentence"), REFUSED)
def test_what_a_library_does_not_have_is_refused(
    library: str, name: str, settings: dict[str, Any], sentence: str
) -> None:
    needed(library)
    with pytest.raises(BadScene) as refused:
        getattr(adapters, library)(name, **settings)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)


@pytest.mark.adapters
def test_options_that_do_not_fit_the_loss_are_refused_by_scipy() -> None:
    needed("scipy")
    method = adapters.scipy("BFGS", hess_inv0=np.ones((2, 2)))
    with pytest.raises(
        BadScene, match=r"^optimizer: .* can't be used; scipy says: 'hess_inv0' matrix isn't positive definite"
    ):
        method.minimize(FORMULAS["rosenbrock"], start=[-1.2, 1.0])


@pytest.mark.adapters
def test_scipy_is_stopped_after_the_budget_of_steps() -> None:
    needed("scipy")
    for name in ("BFGS", "TNC"):
        budget = adapters.scipy(name).minimize(FORMULAS["rosenbrock"], start=[-1.2, 1.0], steps=5)
        assert budget.step[:, 0].any(axis=-1).tolist() == [True] * 5
    stopped = adapters.scipy("BFGS", maxiter=3).minimize(FORMULAS["rosenbrock"], start=[-1.2, 1.0], steps=5)
    assert stopped.step[:, 0].any(axis=-1).tolist() == [True] * 3 + [False]
