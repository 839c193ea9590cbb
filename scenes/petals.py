"""Versicolor or virginica: how sure is a petal?

Fifty irises of each kind: the wider the petal, the more likely it is a virginica. The blue curve says how likely, and
m how steeply it rises: how sure it is. Watch the residuals while it grows steeper: most shrink, but those of the few
petals on the wrong side grow, and cross-entropy makes them pay dearly. The best m is where the two balance: as sure as
the petals allow, and no surer.
"""

from pathlib import Path

import numpy as np

from gdviz import Data, GradientDescent, Logistic, Scene

petals = Data.from_csv(
    Path(__file__).parent / "data" / "iris_petals.csv",
    x="petal_width_mm",
    y="virginica",
    x_name="petal width (mm)",
    y_name="probability of virginica",
).centred()
loss = Logistic(petals)
sure = loss.predict(np.array(loss.about.minima[0]), np.array([2.0]))[0]

scene = Scene(
    loss=loss,
    optimizer=GradientDescent(learning_rate=0.3),
    start=0,
    steps=60,
    origin=True,
    aside="irises, 1936",
    closing=f"[parameter:m = {{m}}]: 2 mm above the mean, a petal is virginica with {sure:.0%}.",
)

if __name__ == "__main__":
    scene.render()
