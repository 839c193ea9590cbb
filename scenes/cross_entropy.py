"""Why cross-entropy, and not squares?

Versicolor or virginica: the blue curve starts surely wrong, with m far on the wrong side. On the right, the squared
error is flat there: being wrong by 0.99 or by 1 is nearly the same, the slope is next to nothing, and the ball hardly
stirs. On the left, cross-entropy asks for the logarithm: the surer the mistake, the dearer, so the hill is steep all
the way down. Watch the two slopes: same petals, same start, same learning rate.
"""

from pathlib import Path

from gdviz import Curve, Data, GradientDescent, Logistic, OtherCurve, Scene

petals = Data.from_csv(
    Path(__file__).parent / "data" / "iris_petals.csv",
    x="petal_width_mm",
    y="virginica",
    x_name="petal width (mm)",
    y_name="probability of virginica",
).centred()
method, start, steps = GradientDescent(learning_rate=0.5), -3.0, 25
squares = method.minimize(Logistic(petals, cost="mean_squared_error"), start=start, steps=steps)
left = f"{squares.params[-1, 0, 0]:.2f}".replace("-", "−")

scene = Scene(
    loss=Logistic(petals),
    optimizer=method,
    start=start,
    steps=steps,
    tolerance=0.0,
    views=[[Curve(), OtherCurve(squares)]],
    closing=f"[loss:Cross-entropy] came to [parameter:m = {{m}}]; the squares are still at [parameter:{left}].",
)

if __name__ == "__main__":
    scene.render()
