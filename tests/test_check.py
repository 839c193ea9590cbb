"""Where films play: the table of places, what `check` and `inspect` say, and that the remedies mend."""

import ast
import html.parser
import json
import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from test_probe import CARD, animated, encode, ours_of, pictures

from gdviz import GradientDescent, Scene, check, inspect, render
from gdviz.cli import main
from gdviz.film.facts import SUFFIXES
from gdviz.film.video import ffmpeg
from gdviz.problems import BadFile, BadScene
from gdviz.publish.destinations import DESTINATIONS, Destination, destination
from gdviz.publish.tex_text import escaped

PLACES = pytest.mark.parametrize("place", DESTINATIONS.values(), ids=DESTINATIONS)
NASTY = 'A "ball" goes 50% of the way to m_1 & <stops> at [3] {x} \\ it\'s $5 # 1'
Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def gdviz(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Run the command line in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        return (code, *capfd.readouterr())

    return call


def playing(path: Path) -> set[str]:
    return {answer.place for answer in check(path).answers if answer.plays}


# ---- the table ----


def test_every_place_that_was_asked_for_has_a_row() -> None:
    asked = "powerpoint google-slides keynote impress beamer reveal web quarto marp github notion moodle jupyter"
    assert list(DESTINATIONS) == asked.split()
    assert all(name == row.name for name, row in DESTINATIONS.items())


@PLACES
def test_every_row_says_what_it_takes_how_it_starts_and_where_that_is_from(place: Destination) -> None:
    assert place.sources
    assert place.starts
    assert all(row.container in SUFFIXES for row in place.accepts)
    assert place.suffix in place.snippets
    known = {suffix for row in place.accepts for suffix in SUFFIXES[row.container]} | {"/"}
    assert set(place.snippets) <= known
    assert {SUFFIXES[row.container][0] for row in place.accepts} <= set(place.snippets)


@PLACES
def test_every_place_has_a_snippet_in_which_nothing_is_left_open(place: Destination) -> None:
    for suffix in place.snippets:
        for poster in ("", "poster.png"):
            text = place.snippet(f"film{suffix}", "A ball goes to m = 3", (1280, 720), poster=poster, frames=120)
            assert "A ball goes to m = 3" in text
            assert "film" in text
            assert not re.search(r"\{(file|alt|width|height|ratio|poster|fps|frames)\}", text.replace("{00120}", ""))
            assert "poster" not in text or poster or "poster=last" in text
            assert ("poster.png" in text) == (bool(poster) and text.startswith("<video"))


class Attributes(html.parser.HTMLParser):
    def handle_starttag(self, _tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found = dict(attrs)


@PLACES
def test_texts_with_quotes_and_brackets_stay_texts(place: Destination) -> None:
    for suffix, snippet in place.snippets.items():
        name = "my_film-1" if snippet.language == "tex" else "my film_1"
        text = place.snippet(f"{name}{suffix}", NASTY, (1280, 720), frames=9)
        match snippet.language:
            case "html":
                reader = Attributes()
                reader.feed(text)
                assert NASTY in reader.found.values()
                assert reader.found["src"] == f"my%20film_1{suffix}"
            case "python":
                call = ast.parse(text).body[-1].value  # type: ignore[attr-defined]
                assert ast.literal_eval(call.args[0]) == f"my film_1{suffix}"
                reader = Attributes()
                reader.feed(f"<video {ast.literal_eval(call.keywords[-1].value)}>")
                assert reader.found["aria-label"] == NASTY
            case "tex":
                assert escaped(NASTY) in text
                assert f"{name}{suffix}" in text
            case "markdown":
                assert r"\<stops\> at \[3\]" in text
            case "attribute":
                assert text.count('"') % 2 == 0
                assert "A 'ball' goes 50%" in text
            case _:
                assert NASTY in text


def test_alt_texts_are_written_for_latex_sign_by_sign() -> None:
    text = destination("beamer").snippet("film.png", 'from m = −2 < 3, |∇f| "falls"', (1280, 720))
    sign = r"\ensuremath{%s}"
    assert f"from m = {sign % '-'}2 " + r"\textless{} 3, \textbar{}" + sign % r"\nabla" + "f" in text
    assert not set('−∇<|"') & set(text)


@pytest.mark.parametrize("file", ["50%.mp4", "my film.mp4", "a&b/film.mp4", "50%/", "film.v2/", "ä.png", "a#/b.png"])
def test_a_name_that_tex_would_read_otherwise_is_refused(file: str) -> None:
    allowed = 'TeX takes names of letters a to z, digits, "-" and "_"'
    for field, take in (
        ("output", destination("beamer").terms),
        ("file", lambda it: destination("beamer").snippet(it, "", (9, 9))),
    ):
        with pytest.raises(BadScene) as problem:
            take(file)
        assert str(problem.value) == f"{field}: {file!r} can't be used; {allowed}"


@pytest.mark.parametrize("file", ["my talks/v1.2/film_1.mp4", "../a-b/", "/films/frames/"])
def test_folders_on_the_way_to_it_may_have_any_name_without_marks_of_tex(file: str) -> None:
    assert f"{{{file}" in destination("beamer").snippet(file, "", (9, 9))


def test_a_misspelt_place_is_answered_with_the_nearest() -> None:
    with pytest.raises(BadScene, match=r"^place: 'powerpont' can't be used; did you mean 'powerpoint'\? allowed"):
        destination("powerpont")


def test_a_file_without_a_place_is_refused() -> None:
    sentence = r"^file: 'a\.webm' can't be used; PowerPoint is known to take \.mp4, \.mov, \.gif, \.png$"
    with pytest.raises(BadScene, match=sentence):
        destination("powerpoint").snippet("a.webm", "", (9, 9))


@PLACES
def test_what_a_place_changes_makes_a_scene(place: Destination) -> None:
    scene = Scene("m**2", GradientDescent(0.1), start=1, **place.changes())
    assert scene.size == place.size
    assert place.changes({"size": (640, 360)}) == {"size": (640, 360)}
    assert place.changes({"fps": 20, "size": None}) == {"size": place.size}


def test_sizes_that_a_place_can_not_show_are_refused() -> None:
    with pytest.raises(BadScene, match=r"^size: \(7680, 4320\) can't be used; Google Slides takes up to 25 million"):
        destination("google-slides").changes({"size": (7680, 4320)})


# ---- what is said ----


def test_films_of_ours_play_where_they_are_made_for(tmp_path: Path) -> None:
    scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-2, steps=3, title="A ball", pace=1, size=(320, 240))
    render(scene, tmp_path / "film.mp4", tmp_path / "film.gif")
    for report in (check(tmp_path / "film.mp4"), check(tmp_path / "film.gif")):
        assert (report.faults, report.notes) == ((), ())
        for answer in report.answers:
            if DESTINATIONS[answer.place].suffix == report.facts.path.suffix:
                assert (answer.plays, answer.remedy) == (True, "")


def test_our_mp4_and_gif_play_nearly_everywhere(tmp_path: Path) -> None:
    assert playing(ours_of(tmp_path / "a.mp4")) == set(DESTINATIONS)
    assert playing(ours_of(tmp_path / "a.gif")) == set(DESTINATIONS) - {"beamer"}
    assert playing(ours_of(tmp_path / "a.png")) == set(DESTINATIONS)


BROWSERS = {"reveal", "web", "quarto", "marp", "jupyter"}
FOREIGN: list[tuple[str, list[str], str, set[str]]] = [
    ("a.mp4", ["-pix_fmt", "yuv444p"], "its pixels are yuv444p; QuickTime, PowerPoint and most browsers want", set()),
    ("a.mp4", ["-pix_fmt", "yuv420p10le"], "its pixels are yuv420p10le", set()),
    ("a.mp4", ["-c:v", "mpeg4"], "its pictures are coded as mpeg4; players want h264", set()),
    ("a.mp4", ["-pix_fmt", "yuv420p"], "its index (moov) stands at the end", set(DESTINATIONS)),
    ("a.mp4", ["-pix_fmt", "yuv420p"], "it has no colour tags (bt709)", set(DESTINATIONS)),
    ("a.mp4", ["-f", "lavfi", "-i", "sine=d=1", "-pix_fmt", "yuv420p"], "it has sound (aac)", set(DESTINATIONS)),
    ("a.mov", ["-pix_fmt", "yuv420p"], "", {"powerpoint", "keynote", "github"}),
    ("a.webm", ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv420p"], "", BROWSERS | {"impress", "github", "moodle"}),
    ("a.webm", ["-c:v", "libvpx-vp9", "-pix_fmt", "yuv444p"], "its pixels are yuv444p", set()),
    ("a.mkv", ["-pix_fmt", "yuv420p"], "", set()),
]


@pytest.mark.parametrize(
    ("name", "options", "words", "places"),
    FOREIGN,
    ids=lambda given: str(sorted(given) if isinstance(given, set) else given)[:30],
)
def test_foreign_videos_are_told_right(
    tmp_path: Path, name: str, options: list[str], words: str, places: set[str]
) -> None:
    path = encode(tmp_path / name, *options)
    report = check(path)
    assert not words or any(said.startswith(words) for said in (*report.faults, *report.notes))
    assert {answer.place for answer in report.answers if answer.plays} == places
    assert report.is_fine == bool(places)
    assert check(path, "beamer").is_fine == ("beamer" in places)


def test_an_odd_size_is_told(tmp_path: Path) -> None:
    report = check(encode(tmp_path / "a.mp4", "-pix_fmt", "yuv444p", size="65x49"))
    assert any(note.startswith("its width or height is odd") for note in report.notes)


def test_a_gif_of_sixty_pictures_a_second_is_told_to_be_slow(tmp_path: Path) -> None:
    report = check(animated(tmp_path / "a.gif", 30, duration=10, loop=0))
    slow = "30 of 30 pictures have a delay below 2 hundredths of a second, which players take for 10: "
    assert report.faults == (f"{slow}it takes 3.0 s in place of 0.3",)
    assert not playing(tmp_path / "a.gif")


def test_palettes_and_loops_of_a_gif_are_told(tmp_path: Path) -> None:
    report = check(animated(tmp_path / "a.gif", duration=40))
    assert report.faults == ()
    own = "3 of 4 pictures have palettes of their own: still parts may flicker"
    assert report.notes == (own, "it plays once, then stands still")


def test_a_name_that_lies_is_told_and_mended(tmp_path: Path) -> None:
    path = ours_of(tmp_path / "a.gif").rename(tmp_path / "a b.mp4")
    report = check(path, "notion")
    assert report.faults == ("it is a GIF and its name says .mp4: programs go by the name",)
    subprocess.run(shlex.split(report.answers[0].remedy), check=True)
    assert check(tmp_path / "a b.gif", "notion").answers[0].plays


def test_what_is_too_heavy_or_too_large_is_told(tmp_path: Path) -> None:
    heavy = tmp_path / "a.gif"
    heavy.write_bytes(ours_of(heavy).read_bytes() + bytes(5_200_000))  # what follows its end is no part of a GIF
    answers = {answer.place: answer for answer in check(heavy).answers}
    assert answers["notion"].reasons == ("it weighs 5.2 MB; Notion takes 5.0 MB",)
    assert answers["github"].plays
    large = Image.new("RGB", (6000, 4200))
    large.save(tmp_path / "large.png")
    assert check(tmp_path / "large.png", "google-slides").answers[0].reasons == (
        "it has 25 million pixels; Google Slides takes 25 million",
    )


def test_a_strobe_is_not_safe_anywhere(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("black", "white") * 10]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:], duration=50, loop=0)
    report = check(tmp_path / "a.gif")
    assert not report.flashes.is_safe
    assert not report.is_fine and not check(tmp_path / "a.gif", "reveal").is_fine
    first, flashing, cure, *_ = report.lines()
    assert first.startswith(f"{tmp_path}/a.gif: GIF")
    assert flashing.startswith("  not safe for eyes: 10 flashes in the second before")
    assert cure == "  no command takes flashes out of a film: leave them out, or make them slower, where it is made"


def test_a_film_of_a_scene_is_made_again_instead_of_coded_anew(tmp_path: Path) -> None:
    for name, place in {"a.gif": "beamer", "a.webp": "powerpoint", "a.apng": "notion", "a.webm": "keynote"}.items():
        remedy = check(ours_of(tmp_path / name), place).answers[0].remedy
        assert remedy == f"gdviz render SCENE --for {place}"
    animated(tmp_path / "b.gif", duration=40, loop=0, comment="Made elsewhere. Digest: 0123abcd")
    assert check(tmp_path / "b.gif", "beamer").answers[0].remedy.startswith("ffmpeg ")


# ---- remedies ----


SOUND = ["-f", "lavfi", "-i", "sine=d=1"]
HDR = ["-vf", "setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc=smpte2084"]
MENDABLE: list[tuple[str, Callable[[Path], Path], str]] = [
    ("a.mp4", lambda path: encode(path, "-pix_fmt", "yuv444p", size="65x49"), "powerpoint"),
    ("b.mp4", lambda path: encode(path, "-c:v", "mpeg4"), "reveal"),
    ("c.mp4", lambda path: encode(path, "-pix_fmt", "yuv420p"), "marp"),
    ("d d.mov", lambda path: encode(path, "-pix_fmt", "yuv420p"), "jupyter"),
    ("e.webm", lambda path: encode(path, "-c:v", "libvpx-vp9", "-deadline", "realtime"), "powerpoint"),
    ("f.mkv", lambda path: encode(path, "-pix_fmt", "yuv420p"), "github"),
    ("g.gif", lambda path: animated(path, 30, duration=10, loop=0), "google-slides"),
    ("h.gif", lambda path: animated(path, 30, duration=40, loop=0), "beamer"),
    ("-i.gif", lambda path: animated(path, 30, duration=10), "notion"),
    ("j.webp", lambda path: animated(path, 30, duration=40, lossless=True), "powerpoint"),
    ("k.apng", lambda path: animated(path.with_suffix(".png"), 30, duration=40).rename(path), "keynote"),
    ("l:it's.mp4", lambda path: encode(path, "-c:v", "libx265", "-x265-params", "log-level=none"), "powerpoint"),
    (
        "m.mp4",
        lambda path: encode(path, "-c:v", "libx265", "-x265-params", "log-level=none", "-pix_fmt", "yuv420p10le", *HDR),
        "keynote",
    ),
    ("n.mp4", lambda path: encode(path, "-pix_fmt", "yuv444p", rate="60000/1001"), "keynote"),
    ("o.mp4", lambda path: encode(path, "-pix_fmt", "yuv444p", rate="7"), "impress"),
    ("p.webp", lambda path: animated(path, 1, lossless=True), "powerpoint"),
]
AUDIBLE: list[tuple[str, list[str], str]] = [
    ("a.mp4", ["-pix_fmt", "yuv444p"], "powerpoint"),
    ("b.mp4", ["-pix_fmt", "yuv420p", "-c:a", "libmp3lame"], "keynote"),
    ("c.mp4", ["-vf", "scale=out_color_matrix=bt709", "-colorspace", "bt709", "-pix_fmt", "yuv420p"], "reveal"),
    ("d.mkv", ["-pix_fmt", "yuv420p", "-c:a", "libopus"], "github"),
    ("e.webm", ["-c:v", "libvpx-vp9", "-deadline", "realtime"], "google-slides"),
    ("f.mov", ["-c:v", "prores_ks", "-c:a", "pcm_s16le"], "notion"),
]


@pytest.fixture(autouse=True)
def _program(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a program `ffmpeg` that a shell finds."""
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}")


def mend(path: Path, place: str) -> Path:
    """Do what `check` says, word by word, with the ffmpeg that is there; return the mended film."""
    program, *words = shlex.split(check(path, place).answers[0].remedy)
    assert program == (ffmpeg() if path.suffix == ".webp" and not check(path).facts.is_still else "ffmpeg")
    subprocess.run([ffmpeg(), "-v", "error", *words], check=True, timeout=60)
    return Path(words[-1])


@pytest.mark.parametrize(("name", "make", "place"), MENDABLE, ids=[name for name, _, _ in MENDABLE])
def test_a_remedy_mends(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    make: Callable[[Path], Path],
    place: str,
) -> None:
    """Afterwards nothing is wrong, and the film takes as long as before."""
    make(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    report, mended = check(Path(name), place), check(mend(Path(name), place), place)
    assert mended.answers[0].plays
    assert mended.faults == ()
    assert set(mended.notes) <= {"it plays once, then stands still"}  # which may be meant so
    assert mended.facts.seconds == pytest.approx(report.facts.seconds, abs=0.09)
    assert mended.facts.is_still == report.facts.is_still


@pytest.mark.parametrize(("name", "options", "place"), AUDIBLE, ids=[name for name, _, _ in AUDIBLE])
def test_a_remedy_keeps_the_sound(tmp_path: Path, name: str, options: list[str], place: str) -> None:
    mended = check(mend(encode(tmp_path / name, *SOUND, *options), place), place)
    assert mended.answers[0].plays
    assert mended.facts.audio == "aac"
    assert mended.notes == ("it has sound (aac): browsers start only silent or muted films by themselves",)
    said = subprocess.run([ffmpeg(), "-i", mended.facts.path], capture_output=True, text=True, check=False).stderr
    assert re.search(r"Duration: 00:00:01\.0", said)  # that of the longer one


def test_every_place_takes_films_with_sound_as_mp4() -> None:
    assert all(place.accepted("MP4") for place in DESTINATIONS.values())


def test_a_film_of_a_phone_held_upright_stays_upright(tmp_path: Path) -> None:
    lying = encode(tmp_path / "a.mp4", "-pix_fmt", "yuv444p", size="96x48")
    turned = ["-display_rotation", "90", "-i", lying, "-c", "copy", tmp_path / "b.mp4"]
    subprocess.run([ffmpeg(), "-v", "error", *turned], check=True, timeout=60)
    mended = check(mend(tmp_path / "b.mp4", "powerpoint"))
    assert mended.facts.size == (48, 96)


def test_a_remedy_makes_what_is_too_heavy_light(tmp_path: Path) -> None:
    noise = ["-vf", "noise=alls=100:allf=t", "-pix_fmt", "yuv444p", "-crf", "1", "-preset", "ultrafast"]
    heavy = encode(tmp_path / "a.mp4", *noise, size="640x361")
    assert check(heavy, "notion").answers[0].reasons[0].endswith("MB; Notion takes 5.0 MB")
    light = check(mend(heavy, "notion"), "notion")
    assert light.answers[0].plays
    assert light.facts.has_even_size
    assert light.facts.size[0] / light.facts.size[1] == pytest.approx(640 / 361, rel=0.01)


def test_what_a_remedy_loses_is_said(tmp_path: Path) -> None:
    clear = ["-vf", "format=yuva420p,colorchannelmixer=aa=0.5", "-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p"]
    report = check(encode(tmp_path / "a.webm", *clear, "-deadline", "realtime"), "keynote")
    assert report.answers[0].losses == ("what was transparent is opaque then",)
    assert str(report).endswith("\n    what was transparent is opaque then")
    report = check(encode(tmp_path / "b.mp4", "-pix_fmt", "yuv444p", *HDR), "keynote")
    assert report.answers[0].losses == ("its colours stay those of an HDR film, pale on other screens",)
    assert any(note.startswith("its colours (tv, bt2020nc/bt2020/smpte2084) are for HDR") for note in report.notes)
    two = [*SOUND, *SOUND, "-map", "0", "-map", "1", "-map", "2", "-pix_fmt", "yuv444p"]
    report = check(encode(tmp_path / "c.mp4", *two), "keynote")
    assert report.answers[0].losses == ("of its sounds (aac, aac) it keeps one",)


def test_the_ffmpeg_of_a_remedy_is_one_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = encode(tmp_path / "a.mp4", "-pix_fmt", "yuv444p")
    monkeypatch.setattr("shutil.which", lambda _: None)
    remedy = shlex.split(check(film, "keynote").answers[0].remedy)
    assert remedy[0] == ffmpeg()
    subprocess.run([*remedy[:1], "-v", "error", *remedy[1:]], check=True, timeout=60)
    assert check(tmp_path / "a_mended.mp4", "keynote").is_fine


# ---- in Python ----


def test_both_are_there_for_python(tmp_path: Path) -> None:
    ours_of(tmp_path / "a.gif")
    report, found = check(tmp_path / "a.gif", place="reveal"), inspect(str(tmp_path / "a.gif"))
    assert (report.place, report.is_fine, [answer.place for answer in report.answers]) == ("reveal", True, ["reveal"])
    assert str(report).splitlines()[-1] == "  reveal  plays"
    assert (found.facts, found.card and found.card.title) == (report.facts, "A ball")
    assert str(found).splitlines()[1] == "  container  GIF"
    for look in (check, inspect):
        with pytest.raises(BadFile, match=r"^nowhere\.gif: there is no such file$"):
            look("nowhere.gif")
    with pytest.raises(BadScene, match=r"^place: 'raveal' can't be used; did you mean 'reveal'\?"):
        check(tmp_path / "a.gif", "raveal")


# ---- the command line ----


def test_check_says_what_plays_and_what_to_do(gdviz: Call, tmp_path: Path) -> None:
    encode(tmp_path / "a.mp4", "-pix_fmt", "yuv444p")
    code, said, problems = gdviz("check", "a.mp4", "--for", "reveal")
    weight = f"{(tmp_path / 'a.mp4').stat().st_size / 1e3:.1f} kB"
    tags = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    scale = '"scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709"'
    assert said.splitlines() == [
        f"a.mp4: MP4 (h264, yuv444p), 64 x 48, 25 pictures, 1.0 s, {weight}",
        "  safe for eyes: at most 1 flash in any second",
        "  fault: its pixels are yuv444p; QuickTime, PowerPoint and most browsers want yuv420p",
        "  note: its index (moov) stands at the end: on a page it starts only when all of it is loaded",
        "  note: it has no colour tags (bt709): players guess, and colours may shift",
        "  reveal  does not play",
        f"  to mend it: ffmpeg -i a.mp4 -vf {scale} -c:v libx264 -profile:v high -pix_fmt yuv420p -crf 18 {tags} "
        "-movflags +faststart a_mended.mp4",
    ]
    assert (code, problems) == (1, "")


def test_exit_codes_say_how_it_went(gdviz: Call, tmp_path: Path) -> None:
    ours_of(tmp_path / "a.gif")
    (tmp_path / "b.gif").write_text("no film")
    assert gdviz("check", "a.gif")[0] == 0
    assert gdviz("check", "a.gif", "--for", "beamer")[0] == 1
    code, said, problems = gdviz("check", "a.gif", "b.gif")
    assert code == 2
    assert said.startswith("a.gif: GIF, 64 x 48, 5 pictures, 1.0 s, ")
    assert problems.startswith("gdviz: b.gif: it is a text, whatever its name .gif says; can be looked into: GIF")
    assert gdviz("check", "b.gif")[:2] == (2, "")
    assert gdviz("inspect", "b.gif")[:2] == (2, "")
    code, _, problems = gdviz("check", "a.gif", "--for", "gihub")
    assert (code, problems[:62]) == (2, "gdviz: --for: 'gihub' can't be used; did you mean 'github'? al")


def test_reports_are_json(gdviz: Call, tmp_path: Path) -> None:
    ours_of(tmp_path / "a.gif")
    code, said, _ = gdviz("check", "a.gif", "nowhere.gif", "--json")
    film, missing = json.loads(said)
    assert code == 2
    assert film["facts"]["container"] == "GIF"
    assert film["flashes"]["is_safe"] is True
    assert {answer["place"]: answer["plays"] for answer in film["answers"]}["beamer"] is False
    assert missing == {"path": "nowhere.gif", "problem": "there is no such file"}
    code, said, _ = gdviz("inspect", "a.gif", "--json")
    assert (code, json.loads(said)[0]["texts"]) == (0, [["comment", CARD]])


def test_inspect_prints_facts_and_texts(gdviz: Call, tmp_path: Path) -> None:
    ours_of(tmp_path / "a.gif")
    code, said, problems = gdviz("inspect", "a.gif")
    assert (code, problems) == (0, "")
    assert said.splitlines() == [
        "a.gif",
        "  container  GIF",
        "  codec      gif",
        "  pixels     palette",
        "  size       64 x 48",
        f"  bytes      {(tmp_path / 'a.gif').stat().st_size}",
        "  pictures   5, 5 a second on the average",
        "  seconds    1",
        "  plays      for ever",
        "  palettes   one for all, 0 pictures with palettes of their own",
        "  title      A ball",
        "  alt text   A ball rolls.",
        "  language   en",
    ]
    pictures(1)[0].save(tmp_path / "a.png")
    assert "  pictures   1, a still" in gdviz("inspect", "a.png")[1].splitlines()
