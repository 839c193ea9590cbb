"""How large should the learning rate be?

Four rates, the same start: too small, good, oscillating, diverging. Each step multiplies the distance to the minimum by
the same factor, and the factor is measured. Below, the steps that four hundred rates need: a wide valley with a wall at
two divided by the curvature.
"""

from gdviz import GradientDescent, RateStudy, Scene

scene = Scene("(m - 3)**2 + 1", GradientDescent(0.1), start=-1, steps=20, study=RateStudy())

if __name__ == "__main__":
    scene.render()
