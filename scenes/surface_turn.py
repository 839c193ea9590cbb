"""Over the pass, seen from all around

The loss of two parameters is a land. The path lies on it and is hidden where it goes behind a hill; its shadow on the
floor is the same path on the map to the right. Watch momentum: its speed carries it past the nearer valley, over the
pass, into the deeper one.
"""

from gdviz import Contour, Momentum, Scene, Surface, surface

scene = Scene(
    surface("two_wells"),
    Momentum(learning_rate=0.05),
    steps=40,
    views=[[Surface(azimuth=-60, elevation=34, turn=110), Contour(gradient=False)]],
)

if __name__ == "__main__":
    scene.render()
