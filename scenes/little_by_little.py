"""Little by little

You don't get the best m at once: you try, look at the loss, and keep what lowers it. Watch the first run: it knows no
slope, so it has to try both sides and to guess how far. Then watch the second: the slope tells it the side and the
length, and the same point is reached with a fraction of the looks at the loss.
"""

from gdviz import Formula, GradientDescent, Run, Scene, TrialAndError

scene = Scene(
    loss=Formula("(m - 3)**2 + 1", region=(-4.2, 8.2)),
    start=-2.4,
    steps=30,
    runs=[
        Run("Trial and error: no slope, only the [loss].", TrialAndError(trial_step=1.0)),
        Run("Gradient descent: the [slope] says where, and how far.", GradientDescent(learning_rate=0.3)),
    ],
)

if __name__ == "__main__":
    scene.render()
