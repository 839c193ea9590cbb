"""How a weight learns what to change

Two inputs, two hidden units, one prediction: a whole network with every number on the screen. Watch the first step.
Forward, each unit adds up what reaches it, until the prediction meets its target. Backward, the factors on the marked
path are multiplied one after the other: that is the gradient of w₁. In the update every weight goes against its own.
"""

from gdviz import ChainRule, Dataset, GradientDescent, Network, NetworkGraph, Scene

example = Dataset([[0.5, -1.0]], [1], classes=["no", "yes"])

scene = Scene(
    loss=Network(example, hidden=(2,), activation="sigmoid", cost="cross_entropy"),
    optimizer=GradientDescent(learning_rate=0.5),
    start=(0.8, -0.6, -0.4, 0.9, -0.1, -0.2, 0.7, -1.1, -0.3),  # w₁ to w₄, b₁ and b₂, v₁ and v₂, c
    steps=20,
    aside="one example",
    views=[[NetworkGraph()], [ChainRule()]],
)

if __name__ == "__main__":
    scene.render()
