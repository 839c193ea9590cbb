"""Down the land, seen from all around

The loss of two parameters is a land. The path lies on it and is hidden where it goes behind a hill; its shadow on the
floor is the same path on the map to the right.
"""

from gdviz import Contour, Momentum, Scene, Surface, surface

scene = Scene(
    surface("six_hump_camel"),
    Momentum(learning_rate=0.02),
    steps=40,
    views=[[Surface(azimuth=-110, turn=100), Contour(gradient=False)]],
)

if __name__ == "__main__":
    scene.render()
