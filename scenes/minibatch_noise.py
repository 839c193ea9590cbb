"""A guess from six nebulae

Hubble's 24 nebulae again, but each step looks at six of them only. Watch the gradient of these six beside the true one:
it is a guess, sometimes too steep, sometimes too flat. The guesses are cheap, and on the average they are right, so the
loss of all the data falls all the same; near the minimum they disagree, and m does not come to rest.
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
    loss=Line(nebulae, batch_size=6, seed=3),
    optimizer=GradientDescent(learning_rate=0.15),
    start=0,
    steps=24,
    aside="batches of 6",
)

if __name__ == "__main__":
    scene.render()
