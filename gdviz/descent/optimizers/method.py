"""Whatever goes down a loss when it is asked to: the methods of gdviz, and those of other libraries."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from gdviz.descent.formula import Formula
from gdviz.descent.loss import Array, Loss
from gdviz.descent.stepper import STEPS, TOLERANCE, Start, descend
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.walk import Probe, Update
from gdviz.problems import BadScene


class Method(ABC):
    """A way down, used as everybody knows it: `Adam(1e-4).minimize(loss)`."""

    @property
    def name(self) -> str:
        """What it is called on the screen."""
        return type(self).__name__

    @property
    def rule(self) -> str:
        """The step as an expression over the names of the terms; empty where there is none to show."""
        return ""

    @property
    def sees_gradient(self) -> bool:
        """Whether it asks for gradients; of one that only compares losses, no slope is shown."""
        return True

    @abstractmethod
    def walk(self, probe: Probe, start: Array, steps: int) -> Iterator[Update]:
        """Yield one update after another, from `start` `(runs, dim)`."""

    def check_budget(self, steps: int) -> None:  # noqa: B027 - most methods can go on for ever
        """Raise `BadScene` where it can't take so many steps: one of its schedules is shorter, or leaves its range."""

    @property
    def lasts(self) -> int | None:
        """How many updates there are, where that is given beforehand; None where it could go on."""
        return None

    def begins(self, loss: Loss, start: Start | None) -> Start | None:
        """Return where it begins: at `start`, or, where that is None, where the loss says; a recording has its own."""
        return start

    @property
    def changes(self) -> bool:
        """Whether a schedule changes it from step to step."""
        return False

    def minimize(
        self, loss: Loss | str, start: Start | None = None, steps: int | None = None, tolerance: float = TOLERANCE
    ) -> Trajectory:
        """Go down `loss`, or a formula given as text, and return the trajectory.

        start: the first parameters, a number, `(dim,)` or `(runs, dim)`; the loss's own start unless given, else zeros.
        steps: the budget of updates, 100 unless given; of a recording all that it has.
        tolerance: a run has converged when its gradient and its step have shrunk to this part of their largest; 0 stops
            early only where nothing moves at all.

        Raises `BadScene` for a start outside of the loss's domain, for a budget below one step, and for a schedule that
        is shorter than the budget.
        """
        if isinstance(loss, str):
            loss = Formula(loss)
        if not isinstance(loss, Loss):
            allowed = 'allowed: a formula such as "(m - 3)**2 + 1", or a Formula, Function, Line or Logistic'
            raise BadScene("loss", loss, allowed)
        budget = (self.lasts or STEPS) if steps is None else steps
        return descend(loss, self, start=self.begins(loss, start), steps=budget, tolerance=tolerance)
