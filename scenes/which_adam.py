"""Which Adam is it?

One name, one start, one learning rate, and the usual epsilon of each library. On a steep loss nobody can tell them
apart; this one is almost flat, and epsilon counts. PyTorch adds it as the paper's algorithm 1 does, after the
correction; TensorFlow 1 adds it before, as the paper's remark on efficiency does, so at the first step it weighs 31.6
times as much; Keras does the same with ten times the epsilon. Watch epsilon under the fraction, and how long the first
step is.
"""

from gdviz import Adam, Formula, Run, Scene, train

scene = Scene(
    loss=Formula("1e-7*(m - 3)**2", region=(-3.4, 6.4)),
    start=-2.4,
    steps=15,
    runs=[
        Run("Paper and PyTorch: epsilon comes after the correction.", Adam(0.3), name="PyTorch"),
        Run("TensorFlow 1: before it, so that it weighs more.", train.AdamOptimizer(0.3), name="TensorFlow 1"),
        Run("Keras: before it, and ten times larger.", Adam(0.3, epsilon=1e-7, epsilon_at="hat"), name="Keras"),
    ],
    closing="Same name, same [rate:rate]: epsilon alone makes the [rate:steps] shorter.",
)

if __name__ == "__main__":
    scene.render()
