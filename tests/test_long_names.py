"""Long names of parameters: shortened where they are shown, inside of the frame and over no other word."""

from itertools import product

import numpy as np
import pytest
from PIL import Image
from scenery import film_of
from screen import still

from gdviz import (
    Adam,
    Basins,
    Contour,
    Curve,
    Data,
    Formula,
    GradientDescent,
    History,
    Line,
    Momentum,
    Run,
    Scene,
    Surface,
)
from gdviz.picture.axis_names import is_long
from gdviz.picture.sprite import Label, rgb
from gdviz.picture.theme import LIGHT
from gdviz.problems import BadScene
from gdviz.words import LONGEST_NAME, shown_names
from gdviz.worksheets import worksheet

ONE, TWO = "learning_progress_of_the_student", "learning_progress_of_the_teacher"
SHORT = ("learnin…dent", "learnin…cher")
CURVE, PLANE = f"({ONE}-3)**2+1", f"({ONE}-3)**2+({TWO}+1)**2"
RATE = GradientDescent(0.1)
DATA = Data([1, 2, 3, 4], [2, 4, 7, 8])
SCENES = {
    "curve": Scene(CURVE, RATE, start=0),
    "curve, runs": Scene(CURVE, RATE, runs=[Run("a", start=0), Run("b", start=1)]),
    "curve, a race": Scene(CURVE, race=[RATE, Adam(0.3)], start=0),
    "plane": Scene(PLANE, RATE, start=(0, 1)),
    "plane, inside": Scene(PLANE, Adam(0.1), start=(0, 1), inside=True),
    "plane, a race": Scene(PLANE, race=[RATE, Adam(0.3)], start=(0, 1)),
    "basins": Scene(Formula(PLANE, region=((-1, 5), (-3, 3))), Momentum(0.1), start=(0, 1), study=Basins()),
    "surface": Scene(PLANE, RATE, start=(0, 1), views=[[Surface()]]),
    "data": Scene(Line(DATA, names=(ONE,)), GradientDescent(0.05), start=0),
    "batches": Scene(
        Line(DATA, names=(ONE, TWO), intercept=True, batch_size=2), GradientDescent(0.05), start=(0, 1), steps=6
    ),
}
SIZES = ((1280, 720), (720, 720), (540, 960))


def test_names_are_shortened_and_short_ones_are_not() -> None:
    assert shown_names((ONE, TWO)) == SHORT
    assert all(len(name) == LONGEST_NAME for name in SHORT)
    assert shown_names(("m", "weight_twelv")) == ("m", "weight_twelv")
    assert [is_long(name) for name in ("m", "b1", "weight")] == [False, False, True]


def test_two_names_that_would_look_the_same_are_refused() -> None:
    with pytest.raises(BadScene) as problem:
        Scene("(weight_of_the_old_one)**2 + (weight_of_one_more_one)**2", RATE, start=(1, 1))
    assert str(problem.value).startswith("names of the parameters: 'weight_of_the_old_one, weight_of_one_more_one'")
    assert str(problem.value).endswith(
        "on the screen names of more than 12 characters are shortened, and these look the same; choose shorter ones"
    )
    Scene("(weight_of_the_old_one)**2 + (weight_of_one_more_one)**2 + z**2", RATE, start=(1, 1, 1))  # has no axes


@pytest.mark.parametrize(("name", "size"), [*product(SCENES, SIZES)])
def test_a_name_is_in_the_frame_and_over_no_other_word(name: str, size: tuple[int, int]) -> None:
    film = film_of(SCENES[name], size=size, title="")
    picture, count = film.compositor, len(film.shots)
    found = set()
    for shot in (film.shots[0], film.shots[count // 4], film.shots[count // 2], film.shots[-1]):
        picture.frame(shot.moment)
        labels = [one for one in (*still(picture), *picture.moving) if isinstance(one, Label) and one.get_visible()]
        areas = [(label.words, label.area()) for label in labels if label.words and label.area()]
        for words, area in areas:
            if not any(short in words for short in SHORT):
                continue
            found.add(words)
            left, top, right, bottom = area or (0, 0, 0, 0)
            assert min(left, top) >= 0, words
            assert right <= size[0], words
            assert bottom <= size[1], words
            for other, box in areas:
                if box is not None and (other, box) != (words, area):
                    apart = right <= box[0] + 1 or box[2] <= left + 1 or bottom <= box[1] + 1 or box[3] <= top + 1
                    assert apart, (words, other)
    assert found


def test_six_parameters_are_asked_for_in_one_line() -> None:
    scene = Scene(" + ".join(f"weight_number_{n}**2" for n in range(6)), RATE, start=(1,) * 6)
    first = film_of(scene, title="").shots[0].moment.sentence
    said = "".join(words for words, _ in first)
    assert said == "Which weight_…er_0, weight_…er_1, … and weight_…er_5 have the smallest loss?"


def test_a_worksheet_has_the_name_below_its_picture(tmp_path: object) -> None:
    scenes = [Scene(loss, RATE, start=(0, 1)) for loss in (PLANE, "(x-3)**2+(y+1)**2")]
    inked = []
    for k, scene in enumerate(scenes):
        page = np.array(Image.open(worksheet(scene, f"{tmp_path}/{k}.png", questions=1)[0]))[..., :3]
        inked.append(int((page == rgb(LIGHT.parameter)).all(axis=2).sum()))
    assert inked[0] > inked[1] + 2500  # the names: 500 of these pixels are below the picture


def test_views_of_their_own_have_short_names_too() -> None:
    for view in (Curve(), Contour()):
        loss, start = (CURVE, 0) if isinstance(view, Curve) else (PLANE, (0, 1))
        film = film_of(Scene(loss, RATE, start=start, views=[[view, History()]]), title="")
        texts = [one.words for one in still(film.compositor) if isinstance(one, Label)]
        assert SHORT[0] in texts
