"""The rate stays, the steps shrink

A step is the learning rate times the slope. Watch the green arrow get shorter as the slope gets flatter, though the
rate is the same. Then watch the second try: the slope fades away, the ball all but stops, and the minimum is
somewhere else.
"""

from gdviz import Formula, GradientDescent, Run, Scene

scene = Scene(
    loss=Formula("m**4/4 - m**3 + 8", region=(-1.7, 4.1)),
    optimizer=GradientDescent(learning_rate=0.05),
    steps=30,
    runs=[
        Run("From the right: start at [parameter:m = 3.9].", start=3.9),
        Run("From the left: start at [parameter:m = −1.4].", start=-1.4),
    ],
)

if __name__ == "__main__":
    scene.render()
