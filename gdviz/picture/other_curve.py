"""Another loss of the same parameter, and how far the same method gets on it meanwhile."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from matplotlib.artist import Artist

from gdviz.descent.loss import Loss
from gdviz.descent.story import Moment, Phase, Story
from gdviz.descent.trajectory import Origin, Trajectory
from gdviz.picture.curve import Curve
from gdviz.picture.pane import Pane
from gdviz.picture.theme import Theme
from gdviz.picture.view import Moving
from gdviz.problems import BadScene


@dataclass(frozen=True)
class OtherCurve:
    """The curve of another loss beside the film's own, with a descent on it, step beside step.

    path: a descent on it that was made by a method of gdviz, such as
        `GradientDescent(0.5).minimize(Logistic(data, cost="mean_squared_error"), start=-4, steps=20)`; of one run and
        one parameter. It rests where it has no step left.

    What to watch: the same data, the same start, the same learning rate; what the loss measures decides how steep the
    hill is, and so how fast the ball comes down.
    """

    path: Trajectory

    def check(self, loss: Loss) -> None:  # noqa: ARG002 - any loss of one parameter will do
        """Raise `BadScene` for what is no descent in one parameter, or does not know its loss."""
        where, allowed = "OtherCurve, path", "allowed: a descent in one parameter"
        allowed += ", such as GradientDescent(0.5).minimize(loss)"
        path: object = self.path
        if not isinstance(path, Trajectory) or path.params.shape[-1] != 1 or path.runs != 1:
            raise BadScene(where, path, allowed)
        if path.origin is None:
            raise BadScene(where, path, f"it was read from a file and does not know its loss; {allowed}")

    def draw(self, pane: Pane, story: Story, theme: Theme) -> Moving:
        """Lay the other curve over the same interval of the parameter, and return what moves."""
        origin = self.path.origin
        assert isinstance(origin, Origin), "the scene has checked it"
        other = Story(origin.loss, (self.path,), ("",), params=story.window.params)
        drawn = Curve().draw(pane, other, theme)
        last = other.last(0)

        def show(moment: Moment) -> None:
            over = moment.step >= last
            drawn.show(replace(moment, run=0, step=last, phase=Phase.REST) if over else replace(moment, run=0))

        def marks(run: int, stamp: int) -> Iterable[Artist]:
            return drawn.marks(0, stamp) if run == 0 and stamp <= last else ()

        return Moving(drawn.artists, show, marks)
