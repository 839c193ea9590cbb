"""What to paste, or to do, with a film that was made for a place."""

from gdviz.film.card_reading import read_card
from gdviz.film.film import Written
from gdviz.film.probe import probe
from gdviz.publish.destinations import Destination


def pasted(place: Destination, made: Written) -> str:
    """Return what to paste there for a film or a folder of frames, with the alt text that it carries itself.

    The rate is that of the file, which may have given up some of its scene's for a limit of its size.
    """
    is_folder = made.path.is_dir()
    picture = made.path / "frame_00001.png" if is_folder else made.path
    card = read_card(picture)
    file = f"{made.path}/" if is_folder else str(made.path)
    alt = "" if card is None else card.alt
    fps = round(made.frames / made.seconds) if made.seconds else 1
    return place.snippet(file, alt, probe(picture).size, fps=fps, frames=made.frames)
