"""The page: films in one HTML file that works offline, from a double click, in a student's own time.

The file loads nothing: film, poster and captions are in it, and its content security policy lets the browser run and
load only what is (W3C, Content Security Policy Level 3). Without JavaScript the browser's own controls play the film.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from gdviz.film.film import Progress, Written
from gdviz.film.landing import beside
from gdviz.footage import Footage
from gdviz.picture.grounding import themed
from gdviz.picture.theme import THEMES, Theme
from gdviz.publish.captions import track
from gdviz.publish.explorable import explorable
from gdviz.publish.snippets import SNIPPETS, snippet
from gdviz.publish.wishes import Wishes
from gdviz.words import current_language, number, short, speaking, word

KEYS = {
    "toggle": ("page key space", "K"),
    "forward": ("→", "PageDown"),
    "back": ("←", "PageUp"),
    "frame": (",", "."),
    "ends": ("Home", "End"),
    "speed": ("+", "−"),
    "full screen": ("F",),
    "help": ("?",),
}
"""The keys by what they do; the script's own table has the same."""

SPEEDS = (0.5, 1.0, 1.5, 2.0)
ROLES = ("ground", "ink", "muted", "curve", "parameter", "loss", "slope", "rate", "axis", "grid")


def page(footage: Sequence[Footage], path: Path, wishes: Wishes, progress: Progress) -> list[Written]:
    """Write films as one HTML page, and what to paste elsewhere to show it, where that is wished.

    A film starts when it comes into view, and again as often as `scene.loop` says; not where its user has asked the
    system for less motion (WCAG 2.2, 2.2.2 and 2.3.3), nor with `wishes.click`. Once somebody has taken it in hand it
    stops at its end. With `wishes.segments` it stops wherever a part ends. A page lies on nothing, so that a film with
    a transparent ground has that of its theme.
    """
    footage = [_opaque(one) for one in footage]
    films = []
    for place, one in enumerate(footage, 1):
        with speaking(one.scene.lang):
            films.append(_film(one, place, len(footage), wishes, progress))
    content = _page(footage, films).encode()
    ticks, seconds = sum(one.ticks for one in footage), sum(one.seconds for one in footage)
    contents = [content]
    if wishes.place in SNIPPETS:
        contents.append(snippet(wishes.place, path.name, footage[0]).encode())
    lengths = ((ticks, seconds), (1, 0.0))
    made = [
        Written(name, len(text), *length, kind)
        for (name, kind), text, length in zip(wishes.files(path), contents, lengths, strict=False)
    ]
    with beside([one.path for one in made]) as parts:
        for part, text in zip(parts, contents, strict=True):
            part.write_bytes(text)
    return made


def _page(footage: Sequence[Footage], films: Sequence[str]) -> str:
    first, theme = footage[0], _theme(footage[0])
    title = first.account.heading if len(footage) == 1 else word("page films", count=len(footage))
    on_paper = f"@media print{{{_variables(THEMES['light'])}}}"
    style = f"\n{_variables(theme)}\n{on_paper}\n{_part('page.css')}"
    script = f'\n"use strict";\n{_part("explorable.js")}{_part("player.js")}'
    policy = (
        f"default-src 'none'; img-src data:; media-src data: blob:; "
        f"style-src {_hashed(style)}; script-src {_hashed(script)}; base-uri 'none'; form-action 'none'"
    )
    texts = {
        "language": first.spec.card.language,
        "policy": policy,
        "description": " ".join(one.account.alt for one in footage),
        "digest": " ".join(one.spec.card.digest for one in footage),
        "scheme": theme.name,
        "title": title,
        "crowd": "single" if len(footage) == 1 else "several",  # the picture of a single film has the title
        "no_script": word("page no script"),
        "keys": word("page keys"),
        "close": word("page close"),
    }
    return _filled("page.html", texts, style=style, script=script, films="".join(films), key_list=_keys())


def _film(
    footage: Footage, number: int, count: int, wishes: Wishes, progress: Progress
) -> str:  # fmt: skip
    account, scene = footage.account, footage.scene
    film, poster = _encoded(footage, progress)
    found = explorable(footage)
    data = _data(footage, wishes) | {"explorable": found and found[1]}
    names = ("restart", "back", "play", "forward", "position", "speed", "full screen", "keys", "controls",
             "description", "transcript")  # fmt: skip
    texts = {
        "number": str(number),
        "language": footage.spec.card.language,
        "digest": footage.spec.card.digest,
        "width": str(scene.size[0]),
        "height": str(scene.size[1]),
        "poster": _base64(poster),
        "film": _base64(film),
        "track": _base64(track(account.lines).encode()),
        "alt": account.alt,
        "long": account.long,
        "last": str(footage.ticks - 1),
        **{name.replace(" ", "_"): word(f"page {name}") for name in names},
    }
    return _filled(
        "film.html",
        texts,
        heading="" if count == 1 else f"<h2>{escape(account.heading)}</h2>",
        explorable=_explorable(footage, number, count, found[0]) if found else "",
        speeds="".join(map(_speed, SPEEDS)),
        lines=_items(f"{line.words} ({word('page seconds', seconds=_seconds(line.begin))})" for line in account.lines),
        steps=_items(account.steps),
        source=_source(scene.script) if scene.script else "",
        data=embedded(data),
    )


def _encoded(footage: Footage, progress: Progress) -> tuple[bytes, bytes]:
    """Return the film, with a whole picture wherever a part begins, and its last picture."""
    entries = tuple(round(part.begin * footage.scene.fps) for part in footage.segments)
    film, poster = footage.encoded(".mp4", ".png", entries=entries, progress=progress)
    return film, poster


def _data(footage: Footage, wishes: Wishes) -> dict[str, Any]:
    """Return what the player's script needs to know, times in frames of the film."""
    scene = footage.scene
    keys = ("play", "pause", "copy", "copied", "seconds")
    blanks = {name: f"{{{name}}}" for name in ("step", "steps", "seconds", "all")}
    return {
        "fps": scene.fps,
        "point": current_language().decimal,
        "ticks": footage.ticks,
        "begins": [round(part.begin * scene.fps) for part in footage.segments],
        "lines": [(round(line.begin * scene.fps), round(line.end * scene.fps), line.words)
                  for line in footage.account.lines],
        "steps": _steps(footage),
        "plays": scene.loop,
        "click": wishes.click,
        "segments": wishes.segments,
        "words": {
            **{key: word(f"page {key}", **blanks) for key in keys},
            "position": word("page position text", **blanks),
            "clock": word("page clock", **blanks),
        },
    }  # fmt: skip


def _steps(footage: Footage) -> list[tuple[int, int, int]]:
    """Return from which frame on the step counter of the picture says what: `(frame, step, of steps)`."""
    at = 0
    found: list[tuple[int, int, int]] = []
    for shot in footage.shots:
        counted = footage.story.counted(shot.moment)
        if counted is not None and (not found or found[-1][1:] != counted):
            found.append((at, *counted))
        at += shot.ticks
    return found


def _explorable(footage: Footage, number: int, count: int, panels: str) -> str:
    texts = {
        "number": str(number),
        "level": "h2" if count == 1 else "h3",
        "explore": word("explore"),
        "how": word("explore how"),
        "start": word("explore start", m=footage.story.loss.about.names[0]),
        "rate": word("explore rate"),
        "reset": word("explore reset"),
    }
    return _filled("explorable.html", texts, panels=panels)


def _source(script: str) -> str:
    texts = {"scene": word("page scene"), "copy": word("page copy"), "script": script}
    return _filled("source.html", texts)


def embedded(value: object) -> str:
    """Return JSON that can stand in a `<script>`: nothing in it ends one, or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _filled(name: str, texts: dict[str, str], **markup: str) -> str:
    """Fill a template with texts, which are escaped, and with markup, which is not."""
    return Template(_part(name)).substitute({key: escape(text) for key, text in texts.items()} | markup)


@cache
def _part(name: str) -> str:
    return (files("gdviz.publish") / "player" / name).read_text(encoding="utf-8")


def _theme(footage: Footage) -> Theme:
    return themed(footage.scene.theme, footage.scene.ground)


def _opaque(footage: Footage) -> Footage:
    """Return footage as it is; a transparent one lies on the ground of its theme, all else stays as it was."""
    if not footage.spec.transparent:
        return footage
    made = footage.again(ground="")
    return replace(made, spec=replace(footage.spec, colours=made.spec.colours, transparent=False))


def _items(texts: Iterable[str]) -> str:
    return "".join(f"<li>{escape(text)}</li>" for text in texts)


def _keys() -> str:
    rows = []
    for does, keys in KEYS.items():
        shown = ", ".join(f"<kbd>{escape(word(key) if key.startswith('page ') else key)}</kbd>" for key in keys)
        rows.append(f"<dt>{shown}</dt><dd>{escape(word(f'page key {does}'))}</dd>")
    return "".join(rows)


def _variables(theme: Theme) -> str:
    colours = {role: getattr(theme, role) for role in ROLES}
    colours |= {"on-pill": theme.on_pill, "ghost": theme.tint("parameter", 0.55), "tint": theme.tint("ink", 0.06)}
    colours |= {"edge": theme.muted}
    named = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    return f":root{{color-scheme:{theme.name};{named}}}"


def _hashed(text: str) -> str:
    return f"'sha256-{_base64(hashlib.sha256(text.encode()).digest())}'"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _speed(speed: float) -> str:
    return f'<option value="{speed:g}"{" selected" if speed == 1 else ""}>{short(speed)}×</option>'


def _seconds(seconds: float) -> str:
    return number(seconds, 1)
