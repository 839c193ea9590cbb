"""Another loss beside the film's own: the same steps, the same interval, and what can't stand there."""

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from gdviz import Adam, Curve, Data, GradientDescent, Line, Logistic, OtherCurve, Scene, Trajectory
from gdviz.problems import BadScene

DATA = Data([-2.0, -1.0, 0.5, 1.0, 2.0], [0, 0, 1, 0, 1])
METHOD = GradientDescent(0.5)


def squares(steps: int = 6) -> Trajectory:
    return METHOD.minimize(Logistic(DATA, cost="mean_squared_error"), start=-2.0, steps=steps)


def scene(path: Any, **fields: Any) -> Scene:
    views = [[Curve(), OtherCurve(path)]]
    return Scene(Logistic(DATA), METHOD, -2.0, 6, tolerance=0.0, views=views, title="two", **fields)


def test_the_other_ball_stands_where_the_other_descent_was() -> None:
    from gdviz.descent.story import Moment, Phase
    from gdviz.picture.theme import LIGHT

    path, story = squares(4), scene(squares(4)).story()
    figure = Figure(figsize=(1280 / 72, 720 / 72), dpi=72)
    moving = OtherCurve(path).draw(figure.add_axes((0.2, 0.2, 0.6, 0.6)), story, LIGHT)
    low, high = story.window.params
    for step in range(6):
        moving.show(Moment(0, step, Phase.LOOK))
        pills = [artist.words for artist in moving.artists if getattr(artist, "words", "").startswith(("−", "0", "1"))]
        m = float(path.params[min(step, path.last), 0, 0])
        assert any(abs(float(words.replace("−", "-")) - m) < 6e-4 for words in pills), (step, pills)
    assert low <= path.params.min() <= path.params.max() <= high


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        (3, "OtherCurve, path: 3 can't be used; allowed: a descent in one parameter, such as GradientDescent(0.5)"),
        (METHOD.minimize(Line(DATA, True), steps=3), "can't be used; allowed: a descent in one parameter"),
        (Adam(0.1).minimize(Line(DATA), start=[[0.0], [1.0]], steps=3), "can't be used; allowed: a descent in one"),
    ],
)
def test_what_is_no_descent_in_one_parameter_is_refused(path: Any, sentence: str) -> None:
    with pytest.raises(BadScene) as caught:
        scene(path)
    assert sentence in str(caught.value)


def test_a_descent_from_a_file_knows_no_loss(tmp_path: Any) -> None:
    from gdviz import load_trajectory

    squares().save(tmp_path / "run.npz")
    with pytest.raises(BadScene, match="it was read from a file and does not know its loss"):
        scene(load_trajectory(tmp_path / "run.npz"))


def test_it_is_filmed_to_the_end() -> None:
    made = scene(squares(2), size=(640, 360))
    from gdviz.footage import Footage

    pictures = [rgba.copy() for rgba, _ in Footage.of(made, brief=True).frames()]
    assert len(pictures) > 10
    assert not np.array_equal(pictures[0], pictures[-1])
