"""What a notebook shows where a scene or a trajectory is the last line of a cell: the film itself.

Jupyter, nbconvert, VS Code and marimo ask an object for `_repr_mimebundle_` or `_repr_html_`; both come from here and
agree. Nothing of IPython is imported.
"""

from base64 import b64encode
from functools import lru_cache
from html import escape

from gdviz.descent.optimizers import Method
from gdviz.descent.story import Story
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.walk import Walker
from gdviz.fitting import Search, scaled
from gdviz.footage import Footage
from gdviz.picture.grounding import TRANSPARENT
from gdviz.problems import BadScene, Problem
from gdviz.scene import Run, Scene
from gdviz.words import speaking, word

SHORTER_SIDE = 480  # pixels; a cell is some 800 wide
MOST_BYTES = 14_000_000  # of a video; as text it takes a third more, and notebooks drop outputs from 20 MB on
KEPT = 8  # films that are remembered

Bundle = dict[str, str]


def notebook_bundle(shown: Scene | Trajectory) -> Bundle:
    """Return what a notebook is to show, by MIME type; the images are in base64.

    `text/html` is the film as a silent H.264 video within the page, that plays when it is asked to, with its alt text,
    and under it the film in words; `image/png` is its last picture, for pages that can't move; `text/plain` is the
    `repr`. The shorter side has at most 480 pixels, and "auto" is the brief pace; what else is given up for a video
    below 20 MB is said under it. A transparent scene is shown on the ground of its theme.

    A trajectory is drawn as it went, with the loss that it remembers. Where no film can be made, the reason stands in
    its place, as one sentence. Equal scenes are filmed once.
    """
    try:
        html, picture = _found(shown)
    except Problem as problem:
        plain, reason = repr(shown), str(problem)
        html = f"<pre>{escape(plain)}</pre><p>{escape(reason)}</p>"
        return {"text/plain": f"{plain}\n{reason}", "text/html": html}
    return {"text/plain": repr(shown), "text/html": html, "image/png": picture}


def _found(shown: Scene | Trajectory) -> tuple[str, str]:
    """Return the page and the last picture of a film, which is made once where its scene can be told from others."""
    try:
        hash(shown)
    except TypeError:  # a loss or an optimizer of the user's own
        return _film(shown)
    return _remembered(shown)


def _film(shown: Scene | Trajectory) -> tuple[str, str]:
    """Return the page and the last picture of a film."""
    footage = _of_trajectory(shown) if isinstance(shown, Trajectory) else Footage.of(_small(shown), brief=True)
    search = Search("the video", ("scale", "brief", "coarser"), [footage], MOST_BYTES)
    while True:
        film, words = search.fit.applied(footage), search.words
        video, poster = film.encoded(".mp4", ".png")
        if search.accepts(len(video)):
            break
    picture = _base64(poster)
    return _page(film, _base64(video), picture, words), picture


_remembered = lru_cache(KEPT)(_film)


def _small(scene: Scene) -> Scene:
    """Return a scene as it is shown in a cell."""
    size = scaled(scene.size, min(1.0, SHORTER_SIDE / min(scene.size)))
    return scene.with_(size=size, ground="" if scene.ground == TRANSPARENT else scene.ground)


def _of_trajectory(path: Trajectory) -> Footage:
    """Return the footage of what happened; of several runs, a race of them."""
    if path.origin is None:
        raise BadScene("trajectory", path, "without its loss there is no film; use Scene(loss, Recorded(path))")
    walkers = [_method(path, path.origin.of_run(number).walker) for number in range(path.runs)]
    loss, starts = path.origin.loss, path.params[0].tolist()
    steps = max(1, *(end.step for end in path.ends))
    if path.runs > 1:
        runs = [Run("", walker, start) for walker, start in zip(walkers, starts, strict=True)]
        return Footage.of(_small(Scene(loss, race=runs, steps=steps)), brief=True)
    scene = _small(Scene(loss, walkers[0], starts[0], steps, tolerance=0.0))
    whole = len(path.at) == path.at[-1] + 1  # else it was thinned, and is made again
    return Footage.of(scene, brief=True, story=Story(loss, (path.to_its_end(),), ("",), ("",)) if whole else None)


def _method(path: Trajectory, walker: Walker) -> Method:
    """Return what went down, if a scene can have it."""
    if not isinstance(walker, Method):
        raise BadScene("trajectory", path, "allowed: a run of a Method, such as an Optimizer of your own")
    return walker


def _base64(data: bytes) -> str:
    return b64encode(data).decode("ascii")


def _page(footage: Footage, video: str, picture: str, given_up: str) -> str:
    width, height = footage.spec.size
    account, language = footage.account, footage.spec.card.language
    smaller = f"<p><small>{escape(given_up)}</small></p>" if given_up else ""
    return (
        f'<figure lang="{escape(language)}" style="margin:0">'
        f'<video controls muted playsinline width="{width}" height="{height}" style="max-width:100%;height:auto" '
        f'aria-label="{escape(account.alt)}" poster="data:image/png;base64,{picture}" '
        f'src="data:video/mp4;base64,{video}"></video>{smaller}{_transcript(footage)}</figure>'
    )


def _transcript(footage: Footage) -> str:
    """Return the film in words, folded."""
    account = footage.account
    steps = "".join(f"<li>{escape(step)}</li>" for step in account.steps)
    with speaking(footage.scene.lang):
        heading = escape(word("in words"))
    return f"<details><summary>{heading}</summary><p>{escape(account.long)}</p><ol>{steps}</ol></details>"
