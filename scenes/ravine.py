"""Why plain gradient descent zigzags in a ravine

The gradient points across the ravine, not along it: the steps go from wall to wall while the way to the minimum is
made in tiny parts. Watch the picture draw in, up to two hundred times: it looks the same again and again, as every
step leaves nine tenths of the way, here and there. No rate does better: a larger one jumps farther across, a smaller
one goes less along. That is what momentum and the adaptive methods are for.
"""

from gdviz import Contour, GradientDescent, History, Rule, Scene, surface

scene = Scene(
    surface("ravine"),
    GradientDescent(learning_rate=0.95),
    steps=60,
    views=[[Contour(zoom=True), History()], [Rule()]],
)

if __name__ == "__main__":
    scene.render()
