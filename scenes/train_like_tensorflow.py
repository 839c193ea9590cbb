"""All used alike, and yet not the same

The two lines of the TensorFlow tutorial, on a cross-entropy of real petals, with TensorFlow 1's own rules and defaults:

    GradientDescentOptimizer(0.5).minimize(cross_entropy)
    AdamOptimizer(1e-4).minimize(cross_entropy)

Swapping the optimizer is easy; the rate has to change with it. Watch how far each gets in the same number of steps,
then compare in the table: the accuracy of the value, and the speed. The third run is Adam again, at a rate of its own.
"""

from pathlib import Path

from gdviz import Data, Logistic, Run, Scene, train

petals = Data.from_csv(
    Path(__file__).parent / "data" / "iris_petals.csv",
    x="petal_width_mm",
    y="virginica",
    x_name="petal width (mm)",
    y_name="probability of virginica",
).centred()
cross_entropy = Logistic(petals)

scene = Scene(
    loss=cross_entropy,
    start=0,
    steps=25,
    runs=[
        Run(
            "GradientDescentOptimizer([rate:0.5]): a few steps will do.",
            train.GradientDescentOptimizer(0.5),
            name="gradient descent, 0.5",
        ),
        Run(
            "AdamOptimizer([rate:0.0001]): each step is as long as that.",
            train.AdamOptimizer(1e-4),
            name="Adam, 0.0001",
        ),
        Run(
            "AdamOptimizer([rate:0.1]): a rate of its own.",
            train.AdamOptimizer(0.1),
            name="Adam, 0.1",
        ),
    ],
)

if __name__ == "__main__":
    scene.render()
