"""Who gets off the saddle first?

The start is a thousandth beside the ridge, so that nearly all of the gradient points at the saddle. Watch plain
gradient descent: it goes there, and hardly anything pushes it on; its distance from the ridge grows by a tenth at each
step, however small it is. Momentum adds these pushes up. Adam measures each parameter's gradient by its usual size: the
tiny one counts as much as the large one, and it never comes near. All have the same learning rate; with a much larger
one plain descent would get away soon as well: try `tune=True`.
"""

from gdviz import Adam, GradientDescent, Momentum, Scene, surface

scene = Scene(
    loss=surface("saddle"),
    race=[GradientDescent(0.05), Momentum(0.05, momentum=0.8), Adam(0.05)],
    start=(-2.2, 0.001),
    steps=100,
)

if __name__ == "__main__":
    scene.render()
