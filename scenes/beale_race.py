"""Five ways down a bent valley

Every optimizer has the learning rate that suits it best, found by the same search, and takes no step longer than a
quarter of the picture's diagonal: otherwise one lucky jump would win. Watch who leads early, and who is at the minimum
first.
"""

from gdviz import Adam, GradientDescent, Momentum, NAdam, RMSprop, Scene, surface

scene = Scene(
    surface("beale"),
    race=[GradientDescent(0.01), Momentum(0.01), RMSprop(0.01), Adam(0.01), NAdam(0.01)],
    tune=True,
    steps=100,
)

if __name__ == "__main__":
    scene.render()
