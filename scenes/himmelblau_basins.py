"""The start decides where it ends

Forty thousand starts, each with the same optimizer. A start gets the colour of the minimum at which its run arrives,
at the step at which it does. Near the borders a small change of the start leads to another minimum.
"""

from gdviz import Basins, Momentum, Scene, surface

scene = Scene(surface("himmelblau"), Momentum(learning_rate=0.003), start=(0, 0), steps=80, study=Basins())

if __name__ == "__main__":
    scene.render()
