"""What the optimizer sees

All that gradient descent knows of a loss is its value and its slope where it stands: here the curve is uncovered only
there. Watch it come to rest at the bottom of a valley, as far as it can see. Then the fog lifts: the next valley is
lower, and nothing that it ever saw could have told so.
"""

from gdviz import Formula, GradientDescent, Scene

scene = Scene(
    loss=Formula("m**2/8 + sin(2*m) + 1", region=(-4.4, 4.4)),
    optimizer=GradientDescent(learning_rate=0.2),
    start=3.7,
    steps=25,
    fog=True,
)

if __name__ == "__main__":
    scene.render()
