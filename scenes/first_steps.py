"""Find the m with the smallest loss

Watch the length of the green arrow. The learning rate is the same at every step, yet the steps get smaller: the slope
does.
"""

from gdviz import GradientDescent, Scene

scene = Scene(
    loss="(m - 3)**2 + 1",
    optimizer=GradientDescent(learning_rate=0.1),
    start=-2.4,
    steps=25,
)

if __name__ == "__main__":
    scene.render()
