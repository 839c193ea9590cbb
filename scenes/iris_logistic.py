"""Three irises, told apart by their petals

Fisher's 150 flowers of 1936, by the length and the width of their petals. Softmax regression has no hidden layer, and
so its borders stay straight: they only turn and move. Setosa is told apart at once; between versicolor and virginica
the border settles slowly, and a few petals stay on the wrong side whatever it does.
"""

from pathlib import Path

from gdviz import Dataset, DecisionBoundary, GradientDescent, History, Network, Scene

petals = Dataset.from_csv(
    Path(__file__).parent / "data" / "iris.csv",
    target="species",
    inputs=("petal_length_cm", "petal_width_cm"),
    input_names=("petal length (cm)", "petal width (cm)"),
).standardised()

scene = Scene(
    loss=Network(petals),
    optimizer=GradientDescent(learning_rate=0.5),
    steps=80,
    views=[[DecisionBoundary(), History()]],
    aside="irises, 1936",
)

if __name__ == "__main__":
    scene.render()
