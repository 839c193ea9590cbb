"""The learning rate has a plan

A high rate is fast and jumps across, a low one is calm and slow. A schedule has both: watch the learning rate on the
right. The first run keeps it, and jumps to the end; the second lets it fade along a cosine, and comes to rest; the
third warms up first.
"""

from gdviz import Formula, GradientDescent, Run, Scene, schedules

scene = Scene(
    loss=Formula("(m - 3)**2 + 1", region=(-3.4, 9.4)),
    start=-2.4,
    steps=20,
    runs=[
        Run("The [rate:rate] stays high.", GradientDescent(0.95), name="constant"),
        Run("The [rate:rate] fades along a cosine.", GradientDescent(schedules.Cosine(0.95, steps=20)), name="cosine"),
        Run(
            "The [rate:rate] warms up, then fades.",
            GradientDescent(schedules.WarmupCosine(0.95, warmup=5, steps=20, initial=0.1)),
            name="warm-up, cosine",
        ),
    ],
    closing="High to get there, low to come to rest: [parameter:m = {m}].",
)

if __name__ == "__main__":
    scene.render()
