"""How fast does the universe expand?

Edwin Hubble's 24 nebulae of 1929: the farther away, the faster they flee. Watch where the curve comes from: the line
turns, each m misses the points by something, and that loss is one point of the curve. Then gradient descent looks for
the best m.
"""

from pathlib import Path

from gdviz import Data, GradientDescent, Line, Scene

nebulae = Data.from_csv(
    Path(__file__).parent / "data" / "hubble1929.csv",
    x="distance_mpc",
    y="velocity_km_s",
    x_name="distance (million parsecs)",
    y_name="velocity (km/s)",
)

scene = Scene(
    loss=Line(nebulae),
    optimizer=GradientDescent(learning_rate=0.1),
    start=0,
    steps=25,
    origin=True,
    aside="Hubble 1929",
    closing="They flee [parameter:{m} km/s] faster for every million parsecs.",
)

if __name__ == "__main__":
    scene.render()
