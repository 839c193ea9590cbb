"""How large should the learning rate be?

Trial and error: the same loss, the same start, four learning rates. Watch the two ends: too small crawls, too large
swings ever wider. In between the ball is at the bottom in
a few steps.
"""

from gdviz import GradientDescent, Run, Scene

scene = Scene(
    loss="(m - 3)**2 + 1",
    start=-1,
    steps=20,
    runs=[
        Run("First try: a [rate:learning rate] of [rate:0.02].", GradientDescent(0.02)),
        Run("Much larger: a [rate:learning rate] of [rate:1.05].", GradientDescent(1.05), steps=8),
        Run("A little less: a [rate:learning rate] of [rate:0.95].", GradientDescent(0.95)),
        Run("In between: a [rate:learning rate] of [rate:0.35].", GradientDescent(0.35)),
    ],
)

if __name__ == "__main__":
    scene.render()
