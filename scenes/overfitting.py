"""Learning by heart

Two kinds of iris, told apart by the length and width of their sepals, which hardly suffices. The network has 30 hidden
units, and 50 flowers to learn from; 50 others are held out. Watch the two losses: both fall at first, then they part.
What is learnt after that is about these 50 flowers, and no longer about iris.
"""

from pathlib import Path

from gdviz import Adam, ConfusionMatrix, Dataset, Histograms, Network, Scene, Scores

iris = Dataset.from_csv(Path(__file__).parent / "data" / "iris.csv", target="species")
sepals = iris.inputs[iris.labels > 0, :2]
names = [iris.classes[label] for label in iris.labels if label > 0]
flowers = Dataset(sepals, names, input_names=["sepal length (cm)", "sepal width (cm)"], target_name="species")

scene = Scene(
    loss=Network(flowers.split(0.5, seed=1).standardised(), hidden=(30,), seed=1),
    optimizer=Adam(0.01),
    steps=300,
    views=[[Scores(), (ConfusionMatrix(), Histograms("weights"))]],
    closing="On its own 50 flowers it gets better and better, on the 50 others worse.",
)

if __name__ == "__main__":
    scene.render()
