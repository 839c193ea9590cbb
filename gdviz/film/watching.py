"""Watch a film file through: its pictures, small, with their times, as browsers and players show them."""

import itertools
import warnings
from collections.abc import Generator, Iterator
from contextlib import closing
from math import ceil

import numpy as np
from PIL import Image

from gdviz.film.facts import Facts
from gdviz.film.film import Array
from gdviz.film.flashes import Flashes, cell_grid, flashes
from gdviz.film.image_facts import shown
from gdviz.problems import BadFile

# pixels that are decoded at most, about a minute's work: 6 minutes of full HD, or 4,300 pictures of a GIF of 1280 x 720
MOST_OF_VIDEO, MOST_OF_IMAGES = 20e9, 4e9
QUICKEST = 60.0  # pictures a second that are looked at; screens show no more


def watched(facts: Facts) -> Flashes:
    """Return how a film flashes; of a very long one, only its first minutes are looked at, see `Flashes.seconds`.

    Raises BadFile where a picture can't be drawn, and MissingPackage without ffmpeg for a video.
    """
    with closing(_played(facts)) as pictures:
        most = (MOST_OF_VIDEO if facts.is_video else MOST_OF_IMAGES) / (facts.size[0] * facts.size[1])
        return flashes(itertools.islice(pictures, max(1, int(most))))


def _played(facts: Facts) -> Generator[tuple[Array, float]]:
    """Yield the pictures, and once more those of the first second where the film begins again: its end flashes too."""
    yield from _pictures(facts)
    again, rounds = 0.0, 1
    while again < 1 and not facts.is_still and (facts.is_video or facts.plays is None or rounds < facts.plays):
        rounds += 1
        with closing(_pictures(facts)) as pictures:
            for picture, seconds in pictures:
                yield picture, seconds
                again += seconds
                if again >= 1:
                    break


def _pictures(facts: Facts) -> Generator[tuple[Array, float]]:
    """Yield each picture, a cell a pixel, opaque on white, and how many seconds it is shown."""
    if facts.is_still:
        return
    yield from _of_video(facts) if facts.is_video else _of_images(facts)


def _of_video(facts: Facts) -> Iterator[tuple[Array, float]]:
    from gdviz.film.video_facts import decoded

    rate = min(QUICKEST, max(1, ceil(facts.fps)))  # a steady one, also where the film's own is not
    grid = cell_grid(*facts.size)
    with closing(decoded(facts.path, facts.container, grid, filters=f"fps={rate},")) as pictures:
        yield from ((picture, 1 / rate) for picture in pictures)


def _of_images(facts: Facts) -> Iterator[tuple[Array, float]]:
    grid = cell_grid(*facts.size)
    number = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is odd but harmless; what is not, is raised
        try:
            with Image.open(facts.path) as film:
                for number in range(facts.frames):
                    film.seek(number)
                    film.load()
                    seconds = shown(film.info.get("duration", 0) / 1000)
                    yield np.asarray(_on_white(film).resize(grid, Image.Resampling.BOX)), seconds
        except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
            raise BadFile(facts.path, f"it is damaged: picture {number + 1} can't be drawn ({error})") from error


def _on_white(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    rgba = picture.convert("RGBA")
    ground = Image.new("RGBA", rgba.size, "white")
    return Image.alpha_composite(ground, rgba).convert("RGB")
