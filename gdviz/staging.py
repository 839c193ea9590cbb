"""From a scene to its story: rates are looked for, studies run, and every run goes down the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from gdviz.commentary import protocol
from gdviz.descent.basins import Basins
from gdviz.descent.findings import BasinFindings, Findings, PhaseFindings, RateFindings, Tuned
from gdviz.descent.learning_rate import rate_of, with_rate
from gdviz.descent.loss import Array, Loss
from gdviz.descent.optimizers import Method, Optimizer
from gdviz.descent.phase_map import STEPS
from gdviz.descent.rate_study import besides
from gdviz.descent.stepper import descend, first_params
from gdviz.descent.story import Story
from gdviz.descent.trajectory import Trajectory
from gdviz.descent.tuning import Tuning
from gdviz.picture.theme import STYLES
from gdviz.words import method, speaking, word

if TYPE_CHECKING:
    from gdviz.scene import Run, Scene


def staged(scene: Scene) -> Story:
    """Return the story of a scene, in its language."""
    with speaking(scene.lang):
        return _staged(scene)


def _staged(scene: Scene) -> Story:
    loss, found = cast(Loss, scene.loss), _found(scene)
    shown = _shown(scene, found)
    if isinstance(found, RateFindings):  # what is shown is to be measured itself
        rates = [rate for rate in (rate_of(run.optimizer) for run in shown) if rate is not None]
        found = besides(found, loss, cast(Optimizer, scene.optimizer), scene.start, rates)
    tries, records = _tuned(scene, shown)
    paths = _paths(scene, tries)
    labels, names = tuple(run.label for run in tries), tuple(run.name for run in tries)
    if scene.race:
        names = tuple(run.name or run.label for run in tries)
    if not scene.race and found is None:
        return Story(loss, paths, labels, names, searches=records)
    # over a map in the colours of the minima, a run that goes alone is drawn in ink
    alone = isinstance(found, BasinFindings) and len(tries) == 1
    styles = (STYLES - 1,) if alone else styles_of(shown)  # as they were before they were tuned
    story = Story(loss, paths, labels, names, together=True, styles=styles, study=found, searches=records)
    return replace(story, protocol=protocol(story, [cast(int, run.steps) for run in tries]))


def searched(scene: Scene) -> tuple[Tuned, ...]:
    """Return the record of the search for each run's rate; empty where there was none."""
    return _tuned(scene, _shown(scene, _found(scene)))[1]


def styles_of(tries: Sequence[Run]) -> tuple[int, ...]:
    """Return the style of each run of a race: its own where there are enough, else that of its optimizer."""
    if len(tries) <= STYLES:
        return tuple(range(len(tries)))
    kinds = list(dict.fromkeys(run.optimizer for run in tries))
    return tuple(kinds.index(run.optimizer) for run in tries)


def _paths(scene: Scene, tries: Sequence[Run]) -> tuple[Trajectory, ...]:
    """Let every run go; of many, those that differ in their starts alone at once: the same numbers, much sooner."""
    loss = cast(Loss, scene.loss)
    if len(tries) <= STYLES:
        return tuple(_descended(scene, run, _begin(loss, run)) for run in tries)
    groups: dict[tuple[object, ...], list[int]] = {}
    for number, run in enumerate(tries):
        alone = () if isinstance(run.optimizer, Optimizer) else (number,)  # a walk of its own takes one run
        groups.setdefault((run.optimizer, run.steps, *alone), []).append(number)
    paths: dict[int, Trajectory] = {}
    for numbers in groups.values():
        starts = np.concatenate([_begin(loss, tries[number]) for number in numbers])
        together = _descended(scene, tries[numbers[0]], starts)
        paths |= {number: path.to_its_end() for number, path in zip(numbers, together, strict=True)}
    return tuple(paths[number] for number in range(len(tries)))


def _begin(loss: Loss, run: Run) -> Array:
    """Return where a run begins, `(1, dim)`."""
    return first_params(loss, cast(Method, run.optimizer).begins(loss, run.start))


def _descended(scene: Scene, run: Run, starts: Array) -> Trajectory:
    optimizer = cast(Method, run.optimizer)
    # those that go together take all their steps, and a recording is shown to its end
    whole = optimizer.changes or optimizer.lasts is not None or scene.race or scene.study is not None
    tolerance = 0.0 if whole else scene.tolerance
    path = descend(cast(Loss, scene.loss), optimizer, starts, cast(int, run.steps), tolerance)
    return replace(path, name=method(path.name))


def _found(scene: Scene) -> Findings | None:
    """Let the study run; one of rates or momenta takes its time."""
    if scene.study is None:
        return None
    loss, optimizer = cast(Loss, scene.loss), cast(Optimizer, scene.optimizer)
    if isinstance(scene.study, Basins):
        return scene.study.run(loss, optimizer, cast(int, scene.steps))
    steps = max(cast(int, scene.steps), STEPS)  # slow runs are to arrive
    return scene.study.run(loss, optimizer, scene.start, steps)


def _shown(scene: Scene, found: Findings | None) -> tuple[Run, ...]:
    """Return the runs, or what a study shows where the scene names none."""
    tries = scene.tries
    if scene.race or found is None:
        return tries
    optimizer: Any = scene.optimizer
    if isinstance(found, RateFindings):
        return tuple(replace(tries[0], optimizer=with_rate(optimizer, rate)) for rate in found.examples())
    if isinstance(found, PhaseFindings):
        pairs = found.examples()
        kinds = [replace(optimizer, learning_rate=rate, momentum=momentum) for rate, momentum in pairs.values()]
        return tuple(replace(tries[0], optimizer=k, name=word(n)) for k, n in zip(kinds, pairs, strict=True))
    return tries


def _tuned(scene: Scene, tries: tuple[Run, ...]) -> tuple[tuple[Run, ...], tuple[Tuned, ...]]:
    """Give each run its best rate, if asked; they race for one loss, also where no minimum is known."""
    if scene.tune is False:
        return tries, ()
    loss, tuning = cast(Loss, scene.loss), Tuning() if scene.tune is True else scene.tune
    kinds = {(run.optimizer, run.steps): run for run in reversed(tries)}  # of many starts, the first speaks for all
    found = {kind: _best(tuning, loss, run) for kind, run in kinds.items()}
    if tuning.target is None and not loss.about.minima:
        lowest = min(float(one.best_losses[one.admitted].min(initial=np.inf)) for _, one in found.values())
        start = float(loss.value(_begin(loss, tries[0]))[0])
        if lowest < start:
            goal = replace(tuning, target=lowest + tuning.tolerance * (start - lowest))
            found = {kind: _best(goal, loss, run) for kind, run in kinds.items()}
    best = [found[run.optimizer, run.steps] for run in tries]
    tuned = tuple(replace(run, optimizer=optimizer) for run, (optimizer, _) in zip(tries, best, strict=True))
    return tuned, tuple(record for _, record in best)


def _best(tuning: Tuning, loss: Loss, run: Run) -> tuple[Method, Tuned]:
    return tuning.tune(cast(Method, run.optimizer), loss, run.start, cast(int, run.steps))
