"""What a file says about itself is read back, by us and by others; other files say nothing."""

import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image
from test_film import ALL, PICTURES, SCOUTS, SPEC, film, spec_with

from gdviz.film.card_reading import read_card
from gdviz.film.card_text import card_tags, card_text, read_card_text
from gdviz.film.film import Card
from gdviz.film.write import write
from gdviz.film.xmp import SPACES, read_xmp, xmp
from gdviz.problems import BadScene

CARD = Card(
    "Élan = 5; #1 <b> & 'c'",
    'A ball runs down "a parabola": m goes from −2.4 to 3.',
    "First line.\nSecond line:\n  indented; Title: not one.\n\n日本語 🎓 \\n stays.",
    "sha256:0123456789abcdef",
    "pt-BR",
)
TEXT = st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff") | st.just("\n"))
CARDS = st.builds(Card, TEXT, TEXT, TEXT, TEXT, st.sampled_from(["en", "pt-BR", "zh-Hans-CN"]))


@given(CARDS)
def test_a_card_survives_as_a_text_and_as_a_packet(card: Card) -> None:
    said = any((card.title, card.alt, card.description, card.digest))
    assert read_card_text(card_text(card)) == (card if said else None)
    assert read_xmp(xmp(card)) == (card if said else None)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("card", [CARD, Card("Title only"), Card(digest="d")])
def test_every_format_carries_the_card(tmp_path: Path, name: str, card: Card) -> None:
    write(film(PICTURES[:2]), [f"{tmp_path}/{name}"], spec_with(card=card), SCOUTS)
    assert read_card(f"{tmp_path}/{name}") == card


@pytest.mark.parametrize("name", ALL)
def test_a_film_without_words_has_no_card(tmp_path: Path, name: str) -> None:
    write(film(PICTURES[:2]), [f"{tmp_path}/{name}"], spec_with(card=Card()), SCOUTS)
    assert read_card(f"{tmp_path}/{name}") is None


@pytest.mark.parametrize("name", ["film.mp4", "film.webm"])
def test_players_find_title_and_description(tmp_path: Path, name: str) -> None:
    write(film(PICTURES[:2]), [tmp_path / name], spec_with(card=Card("First steps", "alt", "At length")), SCOUTS)
    command = [get_ffmpeg_exe(), "-hide_banner", "-i", str(tmp_path / name)]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    lines = {tuple(part.strip() for part in line.lower().split(":", 1)) for line in told.splitlines() if ":" in line}
    assert {("title", "first steps"), ("description", "at length")} <= lines


@pytest.mark.parametrize("name", ["film.png", "film.apng"])
def test_a_png_has_its_texts_with_their_language(tmp_path: Path, name: str) -> None:
    write(film(PICTURES[:2]), [tmp_path / name], spec_with(card=CARD), SCOUTS)
    with Image.open(tmp_path / name) as image:
        assert image.info["Title"] == CARD.title
        assert image.info["Description"] == CARD.description
        assert image.info["Title"].lang == "pt-BR"


def test_a_webp_has_its_text_alternative_where_screen_readers_look(tmp_path: Path) -> None:
    write(film(PICTURES[:2]), [tmp_path / "film.webp"], spec_with(card=CARD), SCOUTS)
    with Image.open(tmp_path / "film.webp") as image:
        root = ElementTree.fromstring(image.info["xmp"])
    assert root.findtext(".//iptc:AltTextAccessibility/rdf:Alt/rdf:li", None, SPACES) == CARD.alt
    assert root.findtext(".//dc:identifier", None, SPACES) == CARD.digest


def test_the_description_of_a_card_falls_back_to_the_alternative() -> None:
    assert card_tags(Card(alt="short"))["description"] == "short"
    assert card_tags(Card()) == {}


@pytest.mark.parametrize("name", [name for name in ALL if name != "frames/"])
def test_damaged_and_foreign_files_have_no_card(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(film(PICTURES[:2]), [path], spec_with(card=CARD), SCOUTS)
    whole = path.read_bytes()
    for bad in (b"", b"\0" * 100, b"hello", whole[:20], whole[:60], b"x" + whole[1:]):
        path.write_bytes(bad)
        assert read_card(path) is None
        assert path.read_bytes() == bad


@pytest.mark.parametrize("name", ["film.gif", "film.png", "film.apng"])
def test_a_card_can_be_read_from_a_file_that_is_cut_behind_it(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(film(PICTURES[:2]), [path], spec_with(card=CARD), SCOUTS)
    path.write_bytes(path.read_bytes()[:-200])
    assert read_card(path) in (CARD, None)


def test_pictures_of_others_have_no_card(tmp_path: Path) -> None:
    image = Image.new("RGB", (8, 8))
    image.save(tmp_path / "a.gif", comment=b"made with love")
    image.save(tmp_path / "a.png")
    image.save(tmp_path / "a.webp", xmp=b'<x:xmpmeta xmlns:x="adobe:ns:meta/"/>')
    image.save(tmp_path / "b.webp", xmp=b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>")
    image.save(tmp_path / "c.webp", xmp=b"<broken")
    (tmp_path / "notes.txt").write_text("Title: no film\nLanguage: en")
    (tmp_path / "empty").mkdir()
    for path in tmp_path.iterdir():
        assert read_card(path) is None, path
    with pytest.raises(FileNotFoundError):
        read_card(tmp_path / "none.gif")


@pytest.mark.parametrize("text", ["made with love", "Title: a", "Title: a\nTitle: b\nLanguage: en", "Language: ?", ""])
def test_a_text_that_is_no_card_is_none(text: str) -> None:
    assert read_card_text(text) is None


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("title", "a\0b", "allowed: any text without control characters"),
        ("alt", "a\rb", "allowed: any text without control characters"),
        ("description", "\ud800", "allowed: any text without control characters"),
        ("digest", "\uffff", "allowed: any text without control characters"),
        ("language", "English please", 'allowed: a tag such as "en" or "pt-BR"'),
        ("language", "", 'allowed: a tag such as "en" or "pt-BR"'),
    ],
)
def test_a_card_that_can_not_be_is_refused(field: str, value: str, sentence: str) -> None:
    with pytest.raises(BadScene, match=f"^{field}: .*{sentence}"):
        Card(**{field: value})


def test_a_card_adds_little_to_a_gif(tmp_path: Path) -> None:
    for name, card in (("without.gif", Card()), ("with.gif", CARD)):
        write(film(PICTURES[:2]), [tmp_path / name], spec_with(card=card), SCOUTS)
    added = (tmp_path / "with.gif").stat().st_size - (tmp_path / "without.gif").stat().st_size
    assert added < 60 + len(card_text(CARD).encode())
    assert SPEC.card != CARD
