"""An optimizer of your own

Ten lines make an optimizer: settings, a name, a rule, and an update that names its numbers. This one takes the sign of
the slope alone. Watch the rule: its words and numbers are the ones named in the script; and the steps, which never get
shorter unless the rate does.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from gdviz import Formula, Optimizer, Run, Scene, Update, schedules


@dataclass(frozen=True)
class SignDescent(Optimizer):
    """Step by the rate, downhill, however steep it is."""

    learning_rate: Any = 0.7  # a number, or a schedule
    name = "sign descent"
    rule = "-learning_rate * sign_of_slope"

    def update(self, seen, state, params, probe):  # type: ignore[no-untyped-def] # short, for the lesson
        """Return the step, what to remember (nothing), and the numbers of the rule."""
        sign = np.sign(seen.gradient)
        return Update(-self.learning_rate * sign, state, {"learning_rate": self.learning_rate, "sign_of_slope": sign})


scene = Scene(
    loss=Formula("(m - 3)**2 + 1", region=(-3.4, 8.2)),
    start=-2.4,
    steps=16,
    tolerance=0,
    runs=[
        Run("Only the sign of the [slope]: all [rate:steps] are equally long.", SignDescent(), name="rate stays"),
        Run(
            "The same, and the [rate:rate] fades.",
            SignDescent(schedules.Exponential(0.9, 0.85)),
            name="rate fades",
        ),
    ],
)

if __name__ == "__main__":
    scene.render()
