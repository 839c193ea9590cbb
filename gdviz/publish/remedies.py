"""What mends a film for a place: a new name, the scene rendered again, or one command of ffmpeg."""

import math
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from gdviz.film.facts import SUFFIXES, Facts
from gdviz.film.video import ffmpeg
from gdviz.problems import MissingPackage
from gdviz.publish.destinations import Destination

SPARE = 0.9  # share of a limit that a smaller film aims at, since its size can only be guessed


@dataclass(frozen=True)
class Remedy:
    """A command that mends a film; empty where there is nothing to mend. losses: what of the film it does not keep."""

    command: str
    losses: tuple[str, ...] = ()


def renamed(facts: Facts) -> Remedy:
    """Give a film a name that says what it is."""
    return Remedy(f"mv {_quoted(facts.path)} {_quoted(facts.path.with_suffix(SUFFIXES[facts.container][0]))}")


def again(place: Destination) -> Remedy:
    """Make a film of a scene again."""
    return Remedy(f"gdviz render SCENE --for {place.name}")


def coded(facts: Facts, place: Destination, *, as_it_is: bool) -> Remedy:
    """Have ffmpeg code a film anew, beside it, as something that a place takes.

    Sound is kept: a film that has some stays a video, as all places take MP4.

    as_it_is: whether nothing is wrong with its pictures, so that those of an MP4 need not be coded anew.
    """
    if facts.is_still:
        suffix, coding = ".png", _png(facts, place)
    elif _stays_video(facts, place):
        suffix, coding = ".mp4", _mp4(facts, place, as_it_is=as_it_is)
    else:
        suffix, coding = ".gif", _gif(facts, place)
    mended = facts.path.with_name(f"{facts.path.stem}_mended{suffix}")
    return Remedy(
        f"{_program(facts)} -i {_quoted(facts.path)} {coding} {_quoted(mended)}", tuple(_losses(facts, suffix))
    )


def _stays_video(facts: Facts, place: Destination) -> bool:
    """Return whether a film becomes an MP4: what the place takes stays what it is, the rest what suits it best."""
    if facts.container in ("GIF", "MP4") and place.accepted(facts.container) is not None:
        return facts.container == "MP4"
    return place.suffix != ".gif" or bool(facts.audio)


def _losses(facts: Facts, suffix: str) -> list[str]:
    losses = {
        "what was transparent is opaque then": facts.has_alpha and facts.container != "GIF" and suffix != ".png",
        "its colours stay those of an HDR film, pale on other screens": facts.is_hdr,
        f"of its sounds ({facts.audio}) it keeps one": "," in facts.audio,
    }
    return [loss for loss, is_lost in losses.items() if is_lost]


def _program(facts: Facts) -> str:
    """Return how ffmpeg is called here: by its name, or by the path of the one that comes with imageio-ffmpeg.

    By its path where the shell finds no other, and for an animated WebP: ffmpeg 5.1 can't read any, 9.0 can.
    """
    if shutil.which("ffmpeg") and (facts.container != "WebP" or facts.is_still):
        return "ffmpeg"
    try:
        return _quoted(Path(ffmpeg()))
    except MissingPackage:
        return "ffmpeg"


def _quoted(path: Path) -> str:
    """Return a path as the shell of the system takes it, and ffmpeg as a file: no option, no address."""
    text = f"./{path}" if not path.is_absolute() and (str(path).startswith("-") or ":" in str(path)) else str(path)
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)


def _mp4(facts: Facts, place: Destination, *, as_it_is: bool) -> str:
    """Return ffmpeg's options for an MP4 that plays everywhere."""
    sound = {"": "", "aac": " -c:a copy"}.get(facts.audio, " -c:a aac")
    if as_it_is and facts.container == "MP4" and facts.has_even_size:
        return f"-c:v copy{sound} -movflags +faststart"
    share = _share(facts, place, "MP4")
    even = "" if facts.has_even_size else "crop=trunc(iw/2)*2:trunc(ih/2)*2,"
    smaller = "" if share == 1 else f"trunc(iw*{math.sqrt(share):.4f}/2)*2:-2:"
    colours = "out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709"
    pictures = f'-vf "{even}scale={smaller}{colours}"'
    tags = "-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709"
    return f"{pictures} -c:v libx264 -profile:v high -pix_fmt yuv420p -crf 18 {tags}{sound} -movflags +faststart"


def _gif(facts: Facts, place: Destination) -> str:
    """Return ffmpeg's options for a GIF with one palette, at a rate that GIFs can have."""
    share = _share(facts, place, "GIF")
    smaller = "" if share == 1 else f"scale=trunc(iw*{math.sqrt(share):.4f}):-1,"
    loop = -1 if facts.plays == 1 and not facts.is_video else 0
    palette = "split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=none"
    return f'-filter_complex "fps=25,{smaller}{palette}" -loop {loop}'


def _png(facts: Facts, place: Destination) -> str:
    """Return ffmpeg's options for a still."""
    share = _share(facts, place, "PNG")
    smaller = "" if share == 1 else f'-vf "scale=trunc(iw*{math.sqrt(share):.4f}):-1" '
    return f"{smaller}-frames:v 1 -update 1"


def _share(facts: Facts, place: Destination, container: str) -> float:
    """Return which share of its pixels a film may keep with the limits of a place; 1 where all."""
    terms, share = place.accepted(container), 1.0
    if terms is not None and terms.most_pixels is not None:
        share = min(share, terms.most_pixels / math.prod(facts.size))
    if terms is not None and terms.most_bytes is not None and facts.bytes > terms.most_bytes:
        share = min(share, SPARE * terms.most_bytes / facts.bytes)
    return share
