"""The languages of the screen: the same keys, values and colours in each; their numbers, lines and fonts."""

import re
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from methods import SAMPLES
from scenery import SCENES, film_of, phases, scene_of, some
from screen import assert_tidy
from test_worksheets import assert_tidy as assert_tidy_page
from test_worksheets import pages

from gdviz import GradientDescent, Scene
from gdviz.account import plain
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.verdict import VERDICTS
from gdviz.footage import Footage
from gdviz.languages import LANGUAGES, load
from gdviz.languages.breaks import is_wide, parts
from gdviz.picture import glyph_check, typeface
from gdviz.picture.glyph_check import check_glyphs
from gdviz.picture.heading import PASSES, STEP
from gdviz.picture.sprite import text_width
from gdviz.picture.theme import FONT, PILL, SENTENCE
from gdviz.picture.typeface import typefaces
from gdviz.problems import BadScene
from gdviz.publish.captions import wrapped
from gdviz.scenefile import load as load_scenes
from gdviz.words import (
    check_language,
    has_word,
    listed,
    mathematics,
    method,
    number,
    prose,
    reading_seconds,
    say,
    scientific,
    short,
    speaking,
    word,
)  # fmt: skip

ENGLISH = load("en").words

OTHERS = sorted(set(LANGUAGES) - {"en"})
COMMAS = ["de", "es", "fr", "pt"]
WIDE = ["ja", "zh"]
NARROW_SPACE, THIN = "\N{NARROW NO-BREAK SPACE}", "\N{THIN SPACE}"
FILLINGS = {
    "records": "125", "test": "0.21", "number": "2", "part": "13",
    "m": "m", "value": "−12.40", "step": "17", "steps": "25", "minimum": "3.00", "loss": "0.18", "starts": "40",
    "rate": "0.012", "rates": "41", "run": "run0", "other": "run3", "name": "Momentum", "second": "RMSprop",
    "more": "31", "count": "7", "runs": "40", "all": "40", "longest": "1.5", "factor": "0.96", "curvature": "2.5",
    "limit": "0.8", "best": "0.5", "momentum": "0.9", "at": "27", "down": "−2", "up": "0.25", "few": "6", "epoch": "2",
    "tried": "41", "method": "Adam", "what": "x", "first": "x", "last": "y", "who": "x, y", "place": "m = 3.00",
    "change": "0.25", "words": "abc", "seconds": "12.0", "start": "−2.40", "needed": "21", "end": "3.000", "left": "4",
    "right": "", "share": "93",
    "unit": "h₁", "activation": "sigmoid",
}  # fmt: skip
# Words that are the same in English and in the language, so that a table may seem to be left in English.
SAME = {
    "de": {"sheet name", "film of"},
    "fr": {
        "gradients",
        "gradients of layer",
        "held out",
        "minimum",
        "fan",
        "gradient",
        "term epsilon",
        "sheet date",
        "page pause",
        "page position",
        "page description",
    },
}
# What stands alone or in the account, and not on the line of the sentence.
APART = (
    "page ",
    "explore",
    "part of",
    "film of",
    "method from",
    "many ",
    "tries of",
    "race of",
    "run starts",
    "run ends",
    "at ",
    "step ",
    "every start",
)
MODEST = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2.4, steps=3, title="T", size=(480, 270))


def needs_font(lang: str) -> None:
    with speaking(lang):
        if not all(map(typeface.has_glyph, "損失损。")):
            pytest.skip("no font for Chinese and Japanese is installed, such as fonts-noto-cjk")


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def roles_of(text: str) -> set[str]:
    return set(re.findall(r"\[(\w+|\{\w+\})[:\]]", text))


def said_in(lang: str, key: str, noun: str) -> str:
    with speaking(lang):
        return plain(say(key, **FILLINGS, slope=word(noun), saddle=word("the saddle")))


@pytest.mark.parametrize("lang", OTHERS)
def test_every_language_says_the_same_with_the_same_values_in_the_same_colours(lang: str) -> None:
    table = load(lang).words
    assert set(table) == set(ENGLISH)
    for key, text in table.items():
        assert fields_of(text) == fields_of(ENGLISH[key]), key
        assert roles_of(text) == roles_of(ENGLISH[key]), key


@pytest.mark.parametrize("lang", OTHERS)
def test_nothing_is_left_in_english(lang: str) -> None:
    same = {key for key, text in load(lang).words.items() if text == ENGLISH[key]}
    own = {key for key in same if re.search(r"[a-z]{3}", re.sub(r"\{\w+\}", "", ENGLISH[key]))}
    assert own <= SAME.get(lang, set())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_filled_sentences_have_no_marks_and_no_loose_spaces(lang: str) -> None:
    for key in ENGLISH:
        for noun in ("slope", "gradient"):
            text = said_in(lang, key, noun)
            assert text == text.strip(), key
            assert not set("[]{}|\n") & set(text), key
            assert "  " not in text, key
            assert text.replace(NARROW_SPACE, " ").isprintable(), key


@pytest.mark.parametrize("lang", LANGUAGES)
def test_sentences_are_read_in_time_and_fit_the_line_of_a_wide_frame(lang: str) -> None:
    needs_font(lang)
    keys = [key for key in ENGLISH if not key.startswith(APART)]
    stepwise = range(keys.index("look right"), keys.index("done"))  # beside them stand the phases
    with speaking(lang):
        steps, ways = (sum(text_width(word(key), PILL, True, 72) for key in keys) + 58 for keys in (STEP, PASSES))
        for place, key in enumerate(keys):
            for noun in ("slope", "gradient"):
                if noun == "slope" and "[slope:gradient]" in ENGLISH[key]:
                    continue
                sentence = say(key, **FILLINGS, slope=word(noun), saddle=word("the saddle"))
                wide = sum(text_width(words, SENTENCE, bool(role), 72) for words, role in sentence)
                right = ways if key.startswith("pass ") else steps
                room = 1184 - right - 12 if place in stepwise else 1184
                assert wide <= room, f"{key}: {plain(sentence)}"
                assert reading_seconds(sentence) <= 7, key


def test_nouns_follow_their_numbers() -> None:
    for lang, few in {"fr": "0 départ, 1 départ, 2 départs", "de": "0 Starts, 1 Start, 2 Starts"}.items():
        with speaking(lang):
            assert ", ".join(word("many starts", starts=count) for count in range(3)) == few
    with speaking("zh"):
        assert word("many starts", starts=1) == "1 个起点"


def test_words_follow_the_gender_of_the_slope() -> None:
    assert said_in("de", "equal", "slope").startswith("Die Steigung")
    assert said_in("de", "equal", "gradient").startswith("Der Gradient")
    assert said_in("fr", "no step", "gradient") == "Gradient nul, pas de pas."


def test_japanese_and_chinese_words_stand_together_and_names_in_letters_apart() -> None:
    with speaking("ja"):
        tie = {"run": "run0", "other": "run3", "name": "モメンタム", "steps": 3}
        assert plain(say("race tie", **tie, second="勾配降下法")) == "同着：モメンタムと勾配降下法、3 ステップ。"
        assert plain(say("race tie", **tie, second="Adam")) == "同着：モメンタムと Adam、3 ステップ。"


def test_french_puts_a_thin_space_before_its_double_marks() -> None:
    for text in load("fr").words.values():
        assert not re.search(r"(?<![\s\[\w])[;?!]|[^\S\u202f][:;?!]", re.sub(r"\{[^}]*\}|\[\w+:", "", text)), text


@pytest.mark.parametrize("lang", COMMAS)
def test_numbers_have_a_decimal_comma(lang: str) -> None:
    with speaking(lang):
        assert number(-1234567.5, 1) == number(-1234567.5, 1).replace(".", "")
        assert number(12345.5, 1) == f"12{THIN}345,5"
        assert (short(0.25), scientific(3.97e8), number(-2.4, 1)) == ("0,25", "3,97e8", "−2,4")
        assert listed(["2,5", "1"]) == "2,5; 1"
        assert mathematics("0.5 m^{2}.") == "0{,}5 m^{2}."
    assert (short(0.25), listed(["2.5", "1"]), mathematics("0.5 m")) == ("0.25", "2.5, 1", "0.5 m")


def test_sentences_of_an_author_keep_their_own_marks() -> None:
    with speaking("ja"):
        assert prose(["Find m", "損失が減った", "Watch", ""]) == "Find m. 損失が減った。Watch."
    assert prose(["Find m", "Why?\n  So "]) == "Find m. Why? So."


def test_methods_and_verdicts_have_words() -> None:
    wrapped_in = re.compile("^clipped | with weight decay$")
    names = {wrapped_in.sub("", sample.name) for sample in SAMPLES}
    english = {f"method {name}" for name in names if re.search(r"\b[a-z]{4}", name)}  # as in "trial and error"
    assert english == {key for key in ENGLISH if key.startswith("method ")} - {"method from"}
    with speaking("es"):
        assert method("clipped momentum with weight decay") == "momento con recorte con decaimiento de pesos"
        assert method("NAdam") == "NAdam"
    assert all(has_word(f"verdict {verdict.value}") for verdict in VERDICTS)


# who speaks what, and when


def test_a_language_that_is_not_there_is_refused() -> None:
    for ask in (lambda: check_language("gr"), lambda: MODEST.with_(lang="gr")):
        with pytest.raises(BadScene, match=r"^lang: 'gr' can't be used; allowed: en, de, es, fr, ja, pt, zh"):
            ask()
    with pytest.raises(BadScene, match=r"^lang: 3 can't be used; allowed: en"):
        MODEST.with_(lang=3)


def test_a_language_is_spoken_until_the_end_of_its_block_and_by_nobody_else() -> None:
    def heard() -> str:
        return word("step")

    with speaking("de"), pytest.raises(ZeroDivisionError), speaking("fr"):
        assert heard() == "pas"
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(heard).result() == "step"
        raise ZeroDivisionError
    assert heard() == "step"


def test_a_scene_file_names_its_language(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text('loss = "m**2"\nlang = "pt"\n[optimizer]\nname = "GradientDescent"\nlearning_rate = 0.1\n')
    (scene,) = load_scenes(path).values()
    assert scene.lang == "pt"


def test_a_story_has_the_names_of_the_language_and_the_same_numbers() -> None:
    def first(lang: str) -> Trajectory:
        return MODEST.with_(lang=lang).story().runs[0]

    assert first("es").name == "descenso de gradiente"
    assert first("en").name == "gradient descent"
    assert np.array_equal(first("es").params, first("en").params)


def frames(film: Footage) -> Iterator[np.ndarray]:
    for shot in some(film.shots, 6, seed=2):
        yield film.picture(shot.moment).copy()


def test_films_in_two_languages_can_be_drawn_in_turns() -> None:
    one, two = (film_of(MODEST, lang=lang) for lang in ("de", "en"))
    turns = list(zip(frames(one), frames(two), strict=True))
    alone = [list(frames(film_of(MODEST, lang=lang))) for lang in ("de", "en")]
    for pair, *expected in zip(turns, *alone, strict=True):
        assert all(np.array_equal(drawn, single) for drawn, single in zip(pair, expected, strict=True))
    assert any(not np.array_equal(german, english) for german, english in turns)


def test_the_account_is_in_the_language_of_the_film() -> None:
    film = film_of(MODEST, lang="de")
    assert film.spec.card.language == "de"
    assert film.account.alt.startswith("Animation: Gradientenabstieg ab m = −2,400. Nach 3 Schritten")
    assert film.account.steps[1] == (
        "Schritt 1: Steigung −10,800, Schritt 1,080; nun m = −1,320, und der Verlust ist 19,662."
    )


# lines


@given(st.text(alphabet="ab 損失が減るステップ、。（）5:[]", max_size=40))
def test_parts_lose_nothing_and_no_line_begins_with_a_stop(text: str) -> None:
    cut = parts(text)
    assert "".join(cut) == text
    for before, gap, after in zip(cut[::2], cut[1::2], cut[2::2], strict=False):
        assert gap.strip() == ""
        assert gap or (after[0] not in "、。）が" and before[-1] != "（")


def test_lines_end_at_words() -> None:
    assert parts("go  on 向右") == ["go", "  ", "on", " ", "向", "", "右"]
    assert parts("各ステップの損失が減る。") == ["各", "", "ステップの", "", "損", "", "失が", "", "減る。"]
    assert (
        wrapped("損失が減った。ここから同じことを繰り返す。次へ") == "損失が減った。ここから\n同じことを繰り返す。次へ"
    )


def test_wide_characters_take_longer_to_read() -> None:
    assert reading_seconds((("損失が", ""),)) == 1.0
    assert [character for character in "a損é。、ス" if is_wide(character)] == list("損。、ス")


# fonts


def test_latin_texts_are_in_the_typeface_alone() -> None:
    for lang in sorted(set(LANGUAGES) - set(WIDE)):
        with speaking(lang):
            assert typefaces("".join(load(lang).words.values()) if lang != "en" else "…") == (FONT,)


def test_chinese_characters_have_the_shapes_of_the_language() -> None:
    needs_font("ja")
    found = {}
    for lang in WIDE:
        with speaking(lang):
            found[lang] = typefaces("骨 7")[1]
            assert typefaces("7 a") == (FONT,)
    if not found["ja"].endswith("JP"):
        pytest.skip("no font is installed that has the shapes of both")
    assert found["zh"].endswith("SC")


def test_a_font_that_was_installed_after_matplotlib_listed_them_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    needs_font("ja")
    listed_fonts = [entry for entry in typeface.fontManager.ttflist if "DejaVu" in entry.name]
    monkeypatch.setattr(typeface.fontManager, "ttflist", listed_fonts)
    kept = (typeface._family, typeface._covers, typeface._faces, typeface._list_new_fonts)
    for cached in kept:
        cached.cache_clear()
    assert typeface.has_glyph("損")
    for cached in kept:
        cached.cache_clear()


def test_what_no_font_has_is_refused_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glyph_check, "has_glyph", str.isascii)
    with pytest.raises(BadScene, match=r"^title: '损失' can't be used; no installed font has '损' \(U\+635F.*noto-cjk"):
        check_glyphs("title", "损失")
    with pytest.raises(BadScene, match=r"^title: 'अ' can't be used; .*install one for Devanagari, such as"):
        check_glyphs("title", "अ")
    with pytest.raises(BadScene, match=r"^title: 'a 🙂' can't be used; .*leave it out: emoji are pictures"):
        check_glyphs("title", "a 🙂")
    with pytest.raises(BadScene, match=r"^lang: 'ja' can't be used; no installed font has"):
        film_of(MODEST, lang="ja")


def test_what_runs_from_right_to_left_is_refused() -> None:
    with pytest.raises(BadScene, match=r"^title: 'سلام' can't be used; allowed: text from left to right, and 'س'"):
        check_glyphs("title", "سلام")


# the pictures


@pytest.mark.parametrize("lang", ["fr", "zh"])
def test_no_text_is_clipped_or_lies_over_another_in_a_language(lang: str) -> None:
    needs_font(lang)
    film = film_of(MODEST, lang=lang, size=(1280, 720))
    with speaking(lang):
        for shot in some(phases(film), 5, seed=1):
            assert_tidy(film, shot.moment)


@pytest.mark.parametrize("lang", ["es", "ja"])
def test_a_worksheet_is_tidy_in_a_language(lang: str) -> None:
    needs_font(lang)
    with speaking(lang):
        for page in pages(MODEST.with_(lang=lang)):
            assert any(text.get_text() == load(lang).words["sheet mark"] for text in page.texts)
            assert_tidy_page(page)


@pytest.mark.slow
@pytest.mark.parametrize("lang", OTHERS)
@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_no_text_is_clipped_or_lies_over_another_in_any_language(path: Path, lang: str) -> None:
    needs_font(lang)
    for size in ((1280, 720), (640, 360), (720, 1280)):
        film = film_of(scene_of(path), lang=lang, size=size, pace="lesson")
        with speaking(lang):
            for shot in [*phases(film), *some(film.shots, 12, seed=5)]:
                assert_tidy(film, shot.moment)
