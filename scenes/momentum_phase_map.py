"""How much momentum, and with which learning rate?

Ten thousand pairs go down the same ravine. The greener a pair, the sooner it arrived. More momentum allows larger
rates, up to the dashed limit; too much of it swings for long.
"""

from gdviz import Momentum, PhaseMap, Scene, surface

scene = Scene(surface("ravine"), Momentum(0.1), steps=60, study=PhaseMap())

if __name__ == "__main__":
    scene.render()
