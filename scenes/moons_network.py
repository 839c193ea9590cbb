"""A network learns to part two moons

No straight line parts the two half circles. Eight hidden units bend one until it does: watch the line between the
colours on the left, and the same steps on the right as a path down the loss, on the plane in which that path spreads
most. Hollow points were held out: the network never learns from them.
"""

from gdviz import Adam, Dataset, DecisionBoundary, LossPlane, Network, Scene

moons = Dataset.moons(count=200, noise=0.12, seed=1).split(test=0.25, seed=1).standardised()

scene = Scene(
    loss=Network(moons, hidden=(8,), activation="tanh", seed=2),
    optimizer=Adam(learning_rate=0.05),
    steps=80,
    views=[[DecisionBoundary(), LossPlane()]],
)

if __name__ == "__main__":
    scene.render()
