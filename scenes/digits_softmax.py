"""Ten digits out of nothing

The two lines with which so many have met TensorFlow, GradientDescentOptimizer(0.5) and AdamOptimizer(1e-4), on 1,348
real handwritten digits. All weights are zero at first: the images are empty. Watch what speaks for each digit, in
blue, and what speaks against it, in orange. On the right next to nothing appears: Adam's step is about as long as its
learning rate, whatever the slope, and after 100 steps of 0.0001 no weight is larger than 0.013. Such a rate is meant
for thousands of small batches; here each step sees all the digits, and there are 100 steps. Yet three digits in four
are told rightly by what can't even be seen.
"""

from pathlib import Path

from gdviz import Adam, Dataset, GradientDescent, Network, Run, Scene, Scores, WeightImages

digits = Dataset.from_npz(Path(__file__).parent / "data" / "digits.npz", inputs="images", target="labels")

scene = Scene(
    loss=Network(digits.divided(16).split(0.25)),
    race=[
        Run("gradient descent, rate 0.5", GradientDescent(0.5)),
        Run("Adam, rate 0.0001", Adam(1e-4)),
    ],
    steps=100,
    views=[[WeightImages(run=0), WeightImages(run=1)], [Scores()]],
    closing="100 steps of 0.0001: what [slope:Adam] has learnt can't even be seen, yet it knows three in four.",
)

if __name__ == "__main__":
    scene.render()
