"""Inside Adam

Adam does not step by the slope but by its mean, measured by its usual size. Watch the bars on the right, from the
slope as it is down to the step that is really taken; and below them how the correction of the first steps fades.
"""

from gdviz import Adam, Formula, Scene

scene = Scene(
    loss=Formula("(m - 3)**2 + 1", region=(-3.4, 8.2)),
    optimizer=Adam(learning_rate=0.4),
    start=-2.4,
    steps=60,
    inside=True,
)

if __name__ == "__main__":
    scene.render()
