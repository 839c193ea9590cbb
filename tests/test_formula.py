"""Formulas: what is refused and how, the numbers against SymPy and differences, the mathematics on the screen."""

import copy
import math
import pickle
import random
import warnings
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.mathtext import MathTextParser
from nasty import nasty_formulas, valid_formula

from gdviz.descent.expression.derivative import Inexpressible, derivative
from gdviz.descent.expression.elementary import ALIASES, PAIRWISE, UNARY
from gdviz.descent.expression.jet import evaluate
from gdviz.descent.expression.parse import parse
from gdviz.descent.expression.writing import latex, text
from gdviz.descent.formula import Formula
from gdviz.descent.loss import Loss
from gdviz.problems import BadFormula, BadScene

ALLOWED = "a formula has only numbers, names, + - * / **, parentheses and functions"

REFUSED = [  # text, the column of the caret, the sentence
    ("", 0, "the formula is empty; write one such as (m - 3)**2 + 1"),
    ("   ", 0, "the formula is empty; write one such as (m - 3)**2 + 1"),
    ("m" * 1001, 1000, "the formula has 1001 characters; at most 1000 are read"),
    ("m\n+1", 1, "the character '\\n' can't be part of a formula; write it on one line"),
    ("m + \0", 4, "the character '\\x00' can't be part of a formula; write it on one line"),
    ("m^2", 1, "'^' can't be part of a formula; for a power write **"),
    ("m²", 1, "'²' can't be part of a formula; for a square write **2"),
    ("3 × m", 2, "'×' can't be part of a formula; to multiply write *"),
    ("θ**2", 0, "'θ' can't be part of a formula; names have the letters a to z, such as theta"),
    ("y = m*x", 2, "'=' can't be part of a formula; write only what stands on the right of the equals sign"),
    ("[m]", 0, "'[' can't be part of a formula; group with ( )"),
    ("m < 2", 2, f"'<' can't be part of a formula; {ALLOWED}"),
    ("'m'", 0, f"\"'\" can't be part of a formula; {ALLOWED}"),
    ("lambda*m", 0, f"'lambda' is a word of Python and no name of a parameter; {ALLOWED}"),
    ("m if m else 2", 2, f"'if' is a word of Python and no name of a parameter; {ALLOWED}"),
    ("True*m", 0, f"'True' is a word of Python and no name of a parameter; {ALLOWED}"),
    ("  2m", 3, "a sign is missing; write 2*m"),
    ("1 + 2 m", 6, "a sign is missing; write 2*m"),
    ("a b", 2, "a sign is missing here, such as *"),
    ("2(m + 1)", 1, "a sign is missing before a parenthesis; to multiply write *( )"),
    ("(m + 1)(m - 1)", 7, "a sign is missing before a parenthesis; to multiply write *( )"),
    ("m(b + 1)", 0, "'m' is not a function; to multiply write m*( )"),
    ("1 + (m", 4, "this parenthesis is never closed"),
    ("m + 1)", 5, "this parenthesis was never opened"),
    ("m +", 3, "the formula stops where something must follow"),
    ("m */ 2", 3, f"the formula can't be understood here; {ALLOWED}"),
    ("m.real", 0, f"a dot between names can't be part of a formula; {ALLOWED}"),
    ("1 + m.real()", 4, f"a dot can't join names in a formula; {ALLOWED}"),
    ("m, b", 0, f"a comma outside of a function can't be part of a formula; {ALLOWED}"),
    ("max(*m, 1)", 4, f"a star before an argument can't be part of a formula; {ALLOWED}"),
    ("m // 2", 0, "'//' can't be part of a formula; to divide write /"),
    ("2j*m", 0, "a complex number can't be part of a formula; numbers are real"),
    ("1e999*m", 0, "this number is too large; numbers go up to about 1.8e308"),
    ("9" * 400 + "*m", 0, "this number is too large; numbers go up to about 1.8e308"),
    ("m + sin", 4, "'sin' is a function; write sin(x) with what it is taken of"),
    ("sin(m, 2)", 0, "sin takes 1 argument, not 2"),
    ("atan2(m)", 0, "atan2 takes 2 arguments, not 1"),
    ("min(m)", 0, "min takes 2 or more arguments, not 1"),
    ("3*pi", 0, "the formula has no parameter to minimise by; give it one, such as (m - 3)**2"),
    ("-" * 60 + "m", 40, "the formula is nested too deep; at most 40 levels are read, so group long sums with ( )"),
    ("(" * 300 + "m" + ")" * 300, 200, "the formula is nested too deep; at most 40 levels are read"),
    ("max(" + "m, " * 300 + "m)", 901, "the formula is too long; at most 300 numbers, names and signs are read"),
]


@pytest.mark.parametrize(("formula", "column", "sentence"), REFUSED)
def test_a_bad_formula_is_told_what_and_where(formula: str, column: int, sentence: str) -> None:
    with pytest.raises(BadFormula) as problem:
        Formula(formula)
    assert (problem.value.sentence, problem.value.column) == (sentence, column)


def test_a_misspelt_function_is_told_the_nearest() -> None:
    with pytest.raises(
        BadFormula, match=r"there is no function 'sine'; did you mean 'sin'\? allowed: sin, cos, tan"
    ) as e:
        Formula("1 + sine(m)")
    assert e.value.column == 4


FIELDS: list[tuple[dict[str, object], str]] = [
    ({"constants": {"a": math.inf}}, "constants, a: inf can't be used; a constant is a finite number"),
    ({"constants": {"a": "2"}}, "constants, a: '2' can't be used; a constant is a finite number"),
    ({"constants": {"c": 1}}, "constants: 'c' can't be used; the formula 'a*m' does not contain it; leave it out"),
    ({"constants": {"sin": 1}}, "constants: 'sin' can't be used; this is the name of a function; choose another"),
    (
        {"constants": {"2a": 1}},
        "constants: '2a' can't be used; a name has letters a to z, digits and underscores, and is no word of Python",
    ),
    ({"constants": 3}, "constants: 3 can't be used; give names with numbers, such as {'a': 2.0}"),
    (
        {"parameters": ("a", "m", "q")},
        "parameters: 'q' can't be used; the formula 'a*m' does not contain it; leave it out",
    ),
    (
        {"parameters": ("a", "a", "m")},
        "parameters: 'a' can't be used; each name has one meaning, so it can't be given twice",
    ),
    (
        {"region": (0, 1)},
        "region: (0, 1) can't be used; "
        "give 2 intervals (low, high), one for each parameter, of finite numbers with low < high",
    ),
    (
        {"region": ((0, 1), (1, 0))},
        "region: ((0, 1), (1, 0)) can't be used; "
        "give 2 intervals (low, high), one for each parameter, of finite numbers with low < high",
    ),
    (
        {"region": ((0, 1),)},
        "region: ((0, 1),) can't be used; give 2 intervals (low, high), one for each parameter, of",
    ),
    ({"minima": 3}, "minima: 3 can't be used; give a tuple"),
    ({"saddles": [3]}, "saddles: 3 can't be used; a point is 2 finite numbers, one for each parameter"),
    ({"start": "ab"}, "start: 'ab' can't be used; a point is 2 finite numbers, one for each parameter"),
    ({"start": (1, None)}, "start: (1, None) can't be used; a point is 2 finite numbers, one for each parameter"),
    (
        {"constants": {"a": 1}, "parameters": ("a", "m")},
        "parameters: 'a' can't be used; each name has one meaning, so it can't be given twice",
    ),
    ({"text": 3}, "text: 3 can't be used; a formula is a string such as '(m - 3)**2 + 1'"),
    ({"start": 3}, "start: 3 can't be used; a point is 2 finite numbers, one for each parameter"),
    (
        {"minima": [(0, math.nan)]},
        "minima: (0, nan) can't be used; a point is 2 finite numbers, one for each parameter",
    ),
]


@pytest.mark.parametrize(("settings_", "sentence"), FIELDS)
def test_a_bad_field_is_named(settings_: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadScene) as problem:
        Formula(**{"text": "a*m"} | settings_)  # type: ignore[arg-type] # on purpose
    assert str(problem.value).startswith(sentence)


def test_a_name_outside_of_the_parameters_is_refused() -> None:
    with pytest.raises(BadFormula, match="'b' is neither a parameter nor a constant; allowed: m, pi, e, tau"):
        Formula("m + b", parameters=("m",))


MATHEMATICS = [  # formula, its text, its slopes
    ("(m - 3)**2 + 1", "(m - 3)^{2} + 1", ("2 (m - 3)",)),
    ("m**4 - 3*m**2 + m", "m^{4} - 3 m^{2} + m", ("4 m^{3} - 6 m + 1",)),
    (
        "(1 - x)**2 + 100*(y - x**2)**2",
        "(1 - x)^{2} + 100 (y - x^{2})^{2}",
        ("-2 (1 - x) - 400 x (y - x^{2})", "200 (y - x^{2})"),
    ),
    ("m**2/2", r"\frac{m^{2}}{2}", ("m",)),
    ("m/-3", r"\frac{m}{-3}", (r"-\frac{1}{3}",)),
    ("(-m/-3)**3", r"\left(\frac{-m}{-3}\right)^{3}", (r"\left(\frac{-m}{-3}\right)^{2}",)),
    ("1/m", r"\frac{1}{m}", (r"-\frac{1}{m^{2}}",)),
    ("sin(3*m)", r"\sin(3 m)", (r"3\,\cos(3 m)",)),
    ("cos(m)**2", r"\cos^{2}(m)", (r"-2\,\sin(m)\,\cos(m)",)),
    ("sqrt(w1**2 + 1)", r"\sqrt{w_{1}^{2} + 1}", (r"\frac{w_{1}}{\sqrt{w_{1}^{2} + 1}}",)),
    ("exp(-m)", "e^{-m}", ("-e^{-m}",)),
    ("e**(2*m)", "e^{2 m}", ("2 e^{2 m}",)),
    ("log(theta)", r"\ln(\theta)", (r"\frac{1}{\theta}",)),
    ("abs(m)", r"\left|m\right|", (r"\mathrm{sign}(m)",)),
    ("tanh(m)", r"\tanh(m)", (r"1 - \tanh^{2}(m)",)),
    ("-(a - -m)*2", r"-(a - (-m)) \cdot 2", ("-2", "-2")),
    ("m - (m - 1)", "m - (m - 1)", ("0",)),
    ("relu(m)", r"\mathrm{relu}(m)", ()),
    ("w_max + learning_rate", r"w_{\mathrm{max}} + \mathrm{learning\_rate}", ("1", "1")),
    ("1e20*m + 2.5e-7*m", r"10^{20}\,m + 2.5 \cdot 10^{-7}\,m", None),
]


@pytest.mark.parametrize(("formula", "written", "slopes"), MATHEMATICS)
def test_the_screen_shows_the_author_s_own_tree(formula: str, written: str, slopes: tuple[str, ...] | None) -> None:
    about = Formula(formula).about
    assert about.text == written
    assert slopes is None or about.slopes == slopes


def test_constants_are_shown_by_name_and_read_back_as_numbers() -> None:
    formula = Formula("a*m**2 + pi", {"a": -0.5})
    assert formula.about.text == r"a m^{2} + \pi"
    assert formula.about.slopes == ("2 a m",)
    assert str(formula) == "-0.5*m**2 + pi"
    assert Formula("e*m", {"e": 2}).value(np.array([3.0])) == 6.0
    assert Formula("e*m", parameters=("m", "e")).about.names == ("m", "e")


def test_a_long_derivative_is_left_out() -> None:
    assert Formula("*".join(f"sin(m**{n})" for n in range(1, 12))).about.slopes == ()


def test_all_mathematics_can_be_drawn() -> None:
    parser = MathTextParser("agg")
    for formula in _formulas(60, seed=5):
        for written in (formula.about.text, *formula.about.slopes):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                parser.parse(f"${written}$")


@pytest.mark.parametrize(("opening", "closing"), [("sqrt(", ")"), ("2**", ""), ("abs(", ")"), ("1/(1 + ", ")")])
def test_what_is_nested_too_deep_for_the_screen_has_no_text(opening: str, closing: str) -> None:
    parser = MathTextParser("agg")
    for depth in (1, 4, 8, 11):
        parser.parse(f"${Formula(opening * depth + 'm' + closing * depth).about.text}$")
    about = Formula(opening * 18 + "m" + closing * 18).about
    assert (about.text, about.slopes) == (None, ())
    assert Formula("m*" + "2**" * 13 + "b").about.slopes == ()


def test_it_is_a_value() -> None:
    formula = Formula("a*m**2", {"a": 2}, start=3, region=(-1, 1), minima=[0], saddles=[2])
    assert isinstance(formula, Loss)
    assert repr(formula) == (
        "Formula(text='a*m**2', constants=(('a', 2.0),), parameters=('m',), region=((-1.0, 1.0),), "
        "minima=((0.0,),), start=(3.0,), saddles=((2.0,),))"
    )
    assert eval(repr(formula)) == formula
    formula.hessian(np.zeros(1))  # what it has made for itself meanwhile is not part of it
    for other in (pickle.loads(pickle.dumps(formula)), copy.deepcopy(formula), replace(formula)):
        assert other == formula
        assert other.hessian(np.zeros((2, 1))).tolist() == [[[4.0]], [[4.0]]]
    assert len({formula, Formula("a*m**2", [("a", 2)], ("m",), ((-1, 1),), ((0,),), (3,), ((2,),)), Formula("m")}) == 2
    assert formula.at(7) is formula
    with pytest.raises(AttributeError):
        formula.text = "m"  # type: ignore[misc] # on purpose


def test_parameters_come_in_order_of_appearance_unless_said() -> None:
    assert Formula("b - m*b").about.names == ("b", "m")
    swapped = Formula("b - m*b", parameters=("m", "b"))
    assert swapped.value(np.array([3.0, 2.0])) == -4.0


# ---- numbers ----

STRANGE = (0.0, -0.0, 1.0, -1.0, 0.3, 2.5, 1e-320, -1e-200, 1e200, 1.7e308, np.inf, -np.inf, np.nan)


def _formulas(count: int, seed: int) -> list[Formula]:
    chance = random.Random(seed)
    found: list[Formula] = []
    while len(found) < count:
        try:
            found.append(Formula(valid_formula(chance)))
        except BadFormula:
            continue
    return found


def _points(formula: Formula, count: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    points = rng.normal(0.0, 2.0, (count, formula.about.dim))
    points[::7] *= 1e6
    points[::11] = np.round(points[::11])
    return points


SYMPY: dict[str, Callable[..., sympy.Expr]] = {
    "asin": sympy.asin,
    "acos": sympy.acos,
    "atan": sympy.atan,
    "log2": lambda x: sympy.log(x, 2),
    "log10": lambda x: sympy.log(x, 10),
    "abs": sympy.Abs,
    "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)),
    "softplus": lambda x: sympy.log(1 + sympy.exp(x)),
    "hypot": lambda a, b: sympy.sqrt(a**2 + b**2),
}
SECOND_OPINION = [
    "(1 - x)**2 + 100*(y - x**2)**2",
    "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "-20*exp(-0.2*sqrt(0.5*(x**2 + y**2))) - exp(0.5*(cos(2*pi*x) + cos(2*pi*y))) + e + 20",
    "x**y + y**x",
    "x**-3 + (x*y)**(1/3) + 2**(x*y)",
    "x/y + y/(1 + x**2)",
    "-(x - y)**3*sin(x*y)",
    *(f"{name}(x*y/7)*y" for name in UNARY if name not in ("sign", "relu", "cbrt", "abs")),
    *(f"{name}(x*y, x - 3*y)" for name in ("atan2", "hypot")),
]


@pytest.mark.parametrize("formula", SECOND_OPINION)
def test_derivatives_agree_with_sympy(formula: str) -> None:
    symbols = sympy.symbols("x y", positive=True)
    meaning = {**SYMPY, "e": sympy.E, "x": symbols[0], "y": symbols[1]}
    expected = sympy.sympify(formula, locals=meaning)
    loss = Formula(formula, parameters=("x", "y"))
    for point in ((0.7, 1.9), (1.3, 0.6), (2.2, 1.1)):
        numbers = dict(zip(symbols, point, strict=True))
        slopes = [expected.diff(symbol) for symbol in symbols]
        bends = [[slope.diff(symbol) for symbol in symbols] for slope in slopes]
        value, gradient = loss(np.array(point))
        assert value == pytest.approx(float(expected.evalf(30, subs=numbers)), rel=1e-12)
        assert gradient == pytest.approx([float(s.evalf(30, subs=numbers)) for s in slopes], rel=1e-11, abs=1e-12)
        hessian = [[float(bend.evalf(30, subs=numbers)) for bend in row] for row in bends]
        assert loss.hessian(np.array(point)) == pytest.approx(np.array(hessian), rel=1e-10, abs=1e-11)


@pytest.mark.parametrize("name", [*UNARY, *PAIRWISE])
def test_every_row_of_the_table_agrees_with_differences(name: str) -> None:
    loss = Formula(f"{name}(0.3*x - 0.2)" if name in UNARY else f"{name}(x, 0.7*y + 0.1)")
    for point in np.random.default_rng(4).uniform(0.8, 2.5, (5, loss.about.dim)):
        step = 1e-5 * np.eye(len(point))
        differences = [(loss.value(point + h) - loss.value(point - h)) / 2e-5 for h in step]
        assert loss(point)[1] == pytest.approx(differences, rel=1e-7, abs=1e-9)
        differences = [(loss(point + h)[1] - loss(point - h)[1]) / 2e-5 for h in step]
        assert loss.hessian(point) == pytest.approx(np.array(differences), rel=1e-6, abs=1e-8)


AT_EDGES = [  # formula, point, value, slope, curvature
    ("m**2", 0.0, 0.0, 0.0, 2.0),
    ("m**1", 0.0, 0.0, 1.0, 0.0),
    ("m**0", 0.0, 1.0, 0.0, 0.0),
    ("m**3", -2.0, -8.0, 12.0, -12.0),
    ("m**-2", -2.0, 0.25, 0.25, 0.375),
    ("(m - 3)**2", 3.0, 0.0, 0.0, 2.0),
    ("m**m", 1.0, 1.0, 1.0, 2.0),
    ("0**m", 2.0, 0.0, 0.0, 0.0),
    ("abs(m)", 0.0, 0.0, 0.0, 0.0),
    ("sign(m)", 0.0, 0.0, 0.0, 0.0),
    ("relu(m)", 0.0, 0.0, 0.0, 0.0),
    ("max(m, -m)", 0.0, 0.0, 0.0, 0.0),
    ("min(m, 2*m)", 0.0, 0.0, 1.5, 0.0),
    ("hypot(m, 0)", 0.0, 0.0, 0.0, 0.0),
    ("sigmoid(m)", -1000.0, 0.0, 0.0, 0.0),
    ("sigmoid(m)", 1000.0, 1.0, 0.0, 0.0),
    ("softplus(m)", 1000.0, 1000.0, 1.0, 0.0),
    ("tanh(m)", 1000.0, 1.0, 0.0, 0.0),
    ("min(exp(m), 5)", 1000.0, 5.0, 0.0, 0.0),
    ("sqrt(m)", 0.0, 0.0, np.inf, -np.inf),
    ("log(m)", 0.0, -np.inf, np.inf, -np.inf),
    ("log(m)", -1.0, np.nan, np.nan, np.nan),
    ("m**0.5", -1.0, np.nan, np.nan, np.nan),
    ("m**2", np.inf, np.inf, np.inf, 2.0),
    ("m**2", np.nan, np.nan, np.nan, np.nan),
    ("m + 9**9**9**9", 1.0, np.inf, 1.0, 0.0),
]


@pytest.mark.parametrize(("formula", "point", "value", "slope", "curvature"), AT_EDGES)
def test_the_edges_follow_the_conventions(
    formula: str, point: float, value: float, slope: float, curvature: float
) -> None:
    loss, at = Formula(formula), np.array([point])
    np.testing.assert_array_equal(loss(at)[0], value)
    np.testing.assert_array_equal(loss(at)[1], [slope])
    np.testing.assert_array_equal(loss.hessian(at), [[curvature]])


@pytest.mark.parametrize("seed", range(10))
def test_one_point_equals_the_same_point_among_thousands(seed: int) -> None:
    for formula in _formulas(20, seed):
        points = _points(formula, 1000, seed)
        whole = (*formula(points), formula.hessian(points))
        np.testing.assert_array_equal(formula.value(points), whole[0])
        for count in (1, 2, 3, 7, 8):
            for first in (0, 5, 11, 1000 - count):
                some = points[first : first + count]
                for part, everything in zip((*formula(some), formula.hessian(some)), whole, strict=True):
                    np.testing.assert_array_equal(part, everything[first : first + count], strict=True)


@pytest.mark.parametrize("seed", range(5))
def test_even_the_strangest_point_equals_itself_among_others(seed: int) -> None:
    chance = np.random.default_rng(seed)
    for formula in _formulas(60, seed + 100):
        points = chance.choice(STRANGE, (12, formula.about.dim))
        whole = (formula.value(points), *formula(points), formula.hessian(points))
        for k, point in enumerate(points):
            for alone, among in zip(
                (formula.value(point), *formula(point), formula.hessian(point)), whole, strict=True
            ):
                np.testing.assert_array_equal(alone, among[k], strict=True)
                is_number = ~np.isnan(alone)
                np.testing.assert_array_equal(np.signbit(alone)[is_number], np.signbit(among[k])[is_number])


@pytest.mark.parametrize("seed", range(5))
def test_the_tape_does_what_the_rules_say(seed: int) -> None:
    for formula in _formulas(40, seed + 200):
        points, names = _points(formula, 50, seed), formula.about.names
        columns = {name: (i, points[:, i].copy()) for i, name in enumerate(names)}
        with np.errstate(all="ignore"):
            jet = evaluate(parse(formula.text, {}, names), columns, 2)
        value, gradient = formula(points)
        hessian = formula.hessian(points)
        np.testing.assert_array_equal(value, jet.value)
        sound = ~np.isnan(value)
        for i in range(len(names)):
            np.testing.assert_array_equal(gradient[sound, i], np.broadcast_to(jet.slopes.get(i, 0.0), 50)[sound])
            for j in range(i, len(names)):
                np.testing.assert_array_equal(
                    hessian[sound, i, j], np.broadcast_to(jet.bends.get((i, j), 0.0), 50)[sound]
                )
                np.testing.assert_array_equal(hessian[:, i, j], hessian[:, j, i])


def test_what_is_given_is_not_written_to_and_what_is_returned_is_one_s_own() -> None:
    for text_ in ("m", "-m", "m + 1", "(m + 1)**2*m", "abs(-m)"):
        formula, points = Formula(text_), np.linspace(-1, 1, 9)[:, None]
        for _ in range(2):
            for result in (formula.value(points), *formula(points), formula.hessian(points)):
                result[...] = 7.0
        np.testing.assert_array_equal(points[:, 0], np.linspace(-1, 1, 9))


def test_any_layout_of_the_points_gives_the_same_bits() -> None:
    formula = Formula("exp(sin(x))*y**x - tanh(y)/x")
    points = _points(formula, 600)
    value, gradient = formula(points)
    grid = formula(points.reshape(20, 30, 2))
    assert grid[0].shape == (20, 30)
    assert grid[1].shape == (20, 30, 2)
    np.testing.assert_array_equal(grid[0].ravel(), value)
    np.testing.assert_array_equal(formula(np.asfortranarray(points))[1], gradient)
    np.testing.assert_array_equal(formula(np.repeat(points, 2, axis=0)[::2])[0], value)
    assert formula(np.empty((0, 2)))[1].shape == (0, 2)
    assert formula.hessian(np.empty((4, 0, 2))).shape == (4, 0, 2, 2)


def test_points_of_another_dimension_are_the_caller_s_fault() -> None:
    with pytest.raises(ValueError, match=r"points must have the shape \(\.\.\., 2\), not \(3,\)"):
        Formula("x*y")(np.zeros(3))


SEEDS = st.integers(0, 2**32)


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_a_formula_read_back_from_its_text_gives_the_same_values(seed: int) -> None:
    formula = _formulas(1, seed)[0]
    again = Formula(str(formula), parameters=formula.about.names)
    points = _points(formula, 20)
    assert str(again) == str(formula)
    np.testing.assert_array_equal(again.hessian(points), formula.hessian(points))


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_the_derivative_on_the_screen_is_the_one_that_is_computed(seed: int) -> None:
    formula = _formulas(1, seed)[0]
    rng = np.random.default_rng(seed)
    points = rng.uniform(0.1, 2.0, (20, formula.about.dim))
    names = formula.about.names
    columns = {name: (i, points[:, i].copy()) for i, name in enumerate(names)}
    tree = parse(formula.text, {}, names)
    for i, name in enumerate(names):
        try:
            slope = derivative(tree, name)
        except Inexpressible:
            continue
        with np.errstate(all="ignore"):
            shown = np.broadcast_to(evaluate(slope, columns, 0).value, 20)
        value, computed = formula(points)
        # Cancellation may cost digits, and what is tidied on paper (0/0) need not be a number on the machine.
        sound = np.isfinite(shown) & np.isfinite(computed[:, i]) & (np.abs(value) < 1e6) & (np.abs(shown) < 1e6)
        np.testing.assert_allclose(shown[sound], computed[sound, i], rtol=1e-5, atol=1e-5, err_msg=text(slope))


@given(SEEDS)
@settings(max_examples=150, deadline=None)
def test_gradients_equal_central_differences(seed: int) -> None:
    formula = _formulas(1, seed)[0]
    point = np.random.default_rng(seed).uniform(0.2, 2.0, formula.about.dim)
    _, gradient = formula(point)
    for i in range(formula.about.dim):
        distances = (1e-5, 5e-6)
        ends = [point + sign * h * np.eye(len(point))[i] for h in distances for sign in (1, -1)]
        values = formula.value(np.array(ends))
        if not np.all(np.abs(values) < 1e100) or np.isnan(gradient[i]):  # NaN: a factor 0 · ∞ within
            continue
        coarse, fine = (values[0] - values[1]) / 2e-5, (values[2] - values[3]) / 1e-5
        rounding = 1e-10 * np.max(np.abs(values)) + 1e-9
        # Where two steps disagree, the point is near a kink or a pole and differences say nothing.
        if abs(coarse - fine) <= 1e-6 * abs(fine) + 10 * rounding:
            assert gradient[i] == pytest.approx(fine, rel=1e-4, abs=100 * rounding + 1e-6)


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_formula_or_a_sentence(formula: str) -> None:
    try:
        Formula(formula)
    except BadFormula as problem:
        assert 0 <= problem.column <= len(formula)


def test_every_alias_is_known() -> None:
    for alias, name in ALIASES.items():
        arguments = "x" if name in UNARY else "x, 2"
        assert str(Formula(f"{alias}({arguments})")) == f"{name}({arguments})"


def test_no_formula_hangs() -> None:
    for hostile in ("9**9**9**9*m", "m**9**9**9**9", "exp(exp(exp(exp(m))))", "m" + "**9" * 38):
        assert Formula(hostile).hessian(np.array([2.0])).shape == (1, 1)


def test_mathematics_of_valid_nasty_formulas_never_fails() -> None:
    for formula in nasty_formulas(500, seed=9):
        try:
            tree = parse(formula, {})
        except BadFormula:
            continue
        assert latex(tree)
