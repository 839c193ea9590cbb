"""Where you start decides where you end

A loss with two valleys. Watch the first two tries: gradient descent ends in the valley it starts in. Then watch the
third: the heavy ball of momentum starts where the first one did, and its speed carries it over the hill.
"""

from gdviz import Formula, GradientDescent, Momentum, Run, Scene

scene = Scene(
    loss=Formula("m**4 - 3*m**2 + m + 5", region=(-2.15, 2.05)),
    steps=40,
    runs=[
        Run("Start on the right: [parameter:m = 1.9].", GradientDescent(0.03), start=1.9),
        Run("Start left of the hill: [parameter:m = −0.2].", GradientDescent(0.03), start=-0.2),
        Run("On the right again, now with momentum.", Momentum(0.03, momentum=0.8), start=1.9),
    ],
)

if __name__ == "__main__":
    scene.render()
