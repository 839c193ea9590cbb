"""Why plain gradient descent zigzags in a ravine

The gradient points across the ravine, not along it: the steps go from wall to wall while the way to the minimum is
made in tiny parts. A larger learning rate would jump out; a smaller one would take for ever. That is what momentum and
the adaptive methods are for.
"""

from gdviz import GradientDescent, Scene, surface

scene = Scene(surface("ravine"), GradientDescent(learning_rate=0.9), steps=40)

if __name__ == "__main__":
    scene.render()
