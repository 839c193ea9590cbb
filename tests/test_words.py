"""What is written on the screen: every sentence has known colours, and numbers look like mathematics."""

import math
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import SAMPLES

from gdviz.languages import load as load_language
from gdviz.picture.terms import TERMS
from gdviz.problems import counted
from gdviz.words import number, reading_seconds, say, short, spans, word

ENGLISH = load_language("en").words

ROLES = {"", "parameter", "slope", "rate", "loss", "run0", "run3"}
FILLINGS = {
    "records": "125", "test": "0.21", "number": "2", "part": "13",
    "m": "m", "value": "−2.40", "slope": "slope", "label": "a small rate", "step": "7", "steps": "25", "minimum": "3",
    "method": "Adam", "loss": "0.18", "starts": 40, "rate": "0.01", "rates": 41, "run": "run0", "other": "run3",
    "name": "Gradient descent", "second": "momentum", "more": "31", "count": "7", "runs": "40", "all": "40",
    "longest": "1.5", "factor": "0.96", "curvature": "2", "limit": "1", "best": "0.5", "momentum": "0.9",
    "parts": "a quarter of the starts each", "saddle": "the saddle", "at": "27", "down": "−2", "up": "0.25",
    "few": "6", "epoch": "2", "tried": "82", "what": "momentum from x = 1.", "place": "m = 3", "who": "Adam, momentum",
    "change": "0.5", "words": "Too far.", "seconds": "12.0", "start": "−2.40", "needed": "21", "end": "3.000",
    "left": "4", "first": "x, y", "last": "z", "right": "", "share": "93", "unit": "h₁", "activation": "sigmoid",
}  # fmt: skip
# what is only read, by those who don't see the film
READ = {
    "film of", "method from", "tries of", "race of", "so many runs", "so many parameters", "at that rate", "run starts",
    "run ends", "at step", "step down", "step by", "step to", "many by", "many start", "many end", "step of many",
    "share right",
}  # fmt: skip
THIN = "\N{THIN SPACE}"


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_every_sentence_has_known_roles_and_fillings(key: str) -> None:
    fields = fields_of(ENGLISH[key])
    assert fields <= set(FILLINGS), key
    said = say(key, **{name: FILLINGS[name] for name in fields})
    assert said
    assert {role for _, role in said} <= ROLES
    text = "".join(words for words, _ in said)
    assert not set("[]{}\n") & set(text), text
    assert text == text.strip()
    assert text.isprintable()


@pytest.mark.parametrize("key", sorted(set(ENGLISH) - READ))
def test_sentences_fit_one_line_and_are_read_in_time(key: str) -> None:
    said = say(key, **FILLINGS)
    assert len("".join(words for words, _ in said)) <= 90
    assert reading_seconds(said) <= 7


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_of_one_the_noun_is_singular_and_of_any_other_number_plural(key: str) -> None:
    names = [name for name in fields_of(ENGLISH[key]) if str(FILLINGS[name]).isdigit()]
    of_one = "".join(words for words, _ in say(key, **FILLINGS | dict.fromkeys(names, 1)))
    assert not re.search(r"\b1 (learning )?(\w+s|minima)\b", of_one), of_one
    for count in (0, 2, "10 000"):
        said = "".join(words for words, _ in say(key, **FILLINGS | dict.fromkeys(names, count)))
        assert not re.search(rf"\b{count} (step|run|start|minimum|point|rate|learning rate)\b", said), said


def test_a_number_is_counted_with_its_noun() -> None:
    assert [counted(number, "step") for number in (0, 1, 2, "1", "10")] == [
        "0 steps", "1 step", "2 steps", "1 step", "10 steps",
    ]  # fmt: skip
    assert (counted(1, "minimum"), counted(2, "minimum")) == ("1 minimum", "2 minima")
    assert word("one budget", steps=1) == "same 1 step"
    assert word("many starts", starts=2) == "2 starts"


def test_marks_become_spans() -> None:
    assert spans("Go [slope] and [rate:learning rate]: [parameter:m = 3].") == (
        ("Go ", ""), ("slope", "slope"), (" and ", ""), ("learning rate", "rate"), (": ", ""),
        ("m = 3", "parameter"), (".", ""),
    )  # fmt: skip
    assert spans("plain") == (("plain", ""),)
    assert spans("") == ()
    assert spans("[loss]") == (("loss", "loss"),)
    assert spans("[rate:]x") == (("x", ""),)


@given(st.text(alphabet="abc [](): =", max_size=30))
def test_spans_lose_no_words(text: str) -> None:
    joined = "".join(words for words, _ in spans(text))
    assert len(joined) <= len(text)
    assert "[" in text or joined == text


def test_names_and_sentences_are_filled_in() -> None:
    assert word("step of", step=3) == "step 3"
    assert say("begin", m="m", value="−2") == (("Start at ", ""), ("m = −2", "parameter"), (".", ""))
    with pytest.raises(KeyError):
        say("begin", m="m")


def test_reading_time_grows_with_the_letters() -> None:
    assert reading_seconds(()) == 0.5
    assert reading_seconds((("a" * 10, ""), ("b" * 5, "loss"))) == 1.5


NUMBERS = [
    (3.0, 2, "3.00"), (-2.4, 1, "−2.4"), (2.5, 0, "2"), (-0.001, 2, "0.00"), (0.0, 0, "0"), (-0.0, 1, "0.0"),
    (1234.5, 1, "1234.5"), (-9999.25, 2, "−9999.25"), (12345.0, 0, f"12{THIN}345"), (123456.5, 1, f"123{THIN}456.5"),
    (-1234567.0, 0, f"−1{THIN}234{THIN}567"), (1e7, 2, "1.00e7"), (-2.5e12, 0, "−2.50e12"), (1e300, 2, "1.00e300"),
    (-1.5e-9, 8, "−1.50e−9"), (0.0, 9, "0"), (3.7e-69, 11, "0"),
    (9e-20, 23, "9.00e−20"), (1000000.0094, 6, f"1{THIN}000{THIN}000.009"),
    (math.inf, 2, "∞"), (-math.inf, 2, "−∞"), (math.nan, 2, "?"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "decimals", "text"), NUMBERS)
def test_numbers_look_like_mathematics(value: float, decimals: int, text: str) -> None:
    assert number(value, decimals) == text


@given(st.floats(-999_999, 999_999), st.integers(0, 7))
def test_numbers_read_back_to_their_decimals(value: float, decimals: int) -> None:
    text = number(value, decimals)
    assert "-" not in text
    assert len(text.partition(".")[2]) == decimals
    assert float(text.replace(THIN, "").replace("−", "-")) == pytest.approx(value, abs=0.5001 * 10.0**-decimals)
    assert number(-value, decimals).lstrip("−") == text.lstrip("−")


SETTINGS = [
    (0.1, "0.1"), (0.05, "0.05"), (1e-4, "0.0001"), (-0.25, "−0.25"), (3.0, "3"), (0.0, "0"), (1e-8, "1e−8"),
    (0.9999, "0.9999"), (123456.0, "123456"), (1e8, "1e8"), (-2.5e17, "−2.5e17"), (12345678.0, "12345678"),
    (1234567.891, "1.23457e6"), (1e-6, "1e−6"), (math.inf, "inf"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "text"), SETTINGS)
def test_settings_are_shown_as_they_were_written(value: float, text: str) -> None:
    assert short(value) == text


@given(st.floats(1e-9, 1e5))
def test_short_settings_are_near(value: float) -> None:
    assert float(short(value).replace("−", "-")) == pytest.approx(value, rel=1e-2)


def test_every_term_that_has_a_word_can_be_shown_and_every_shown_term_has_one() -> None:
    words = {key.removeprefix("term ") for key in ENGLISH if key.startswith("term ")}
    shown = {name for sample in SAMPLES for name in re.findall(r"[a-z]\w*", sample.rule)}
    assert words <= shown | set(TERMS)
    assert shown - {"gradient", "parameter"} <= words
