"""What happened in a run, and at which step: the things that a film stops for."""

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.lingering import NEAR
from gdviz.descent.loss import Array
from gdviz.descent.story import Story


class What(Enum):
    """The events of a run of one or more parameters."""

    UPHILL = "uphill"  # the first step after which the loss is higher
    CROSSED = "crossed"  # the first jump to the other side of the valley with a lower loss
    GROWING = "growing"  # each jump is longer than the last, and the loss rises
    PLATEAU = "plateau"  # nearly flat, and not at a minimum
    SADDLE = "saddle"  # nearly flat, at a saddle where it lingers
    ESCAPED = "escaped"  # it has left that saddle, and never comes back
    STUCK = "stuck"  # a method without a slope finds neither side lower
    LEFT = "left"  # the path leaves the picture
    CLIMBED = "climbed"  # momentum carries it over a hill
    CARRIED = "carried"  # the first uphill step that goes on in the direction of the one before
    MISLED = "misled"  # the first step of a mini-batch after which the loss of all the data is higher
    PASSED = "passed"  # it runs past the bottom of a valley, and on


@dataclass(frozen=True)
class Event:
    """Something that happens with update `step`, from position `step` to `step + 1`."""

    what: What
    step: int


def events(story: Story, run: int) -> tuple[Event, ...]:
    """Return what happens in a run, in the order of time, each kind once; at most one event a step."""
    found: dict[int, Event] = {}
    for what, step in sorted(_first(story, run).items(), key=lambda item: _RANK.index(item[0])):
        if step is not None and step < story.last(run):
            found.setdefault(step, Event(what, step))
    return tuple(found[step] for step in sorted(found))


_STAYS = 5  # positions: fewer are crossed, and no stay
_RANK = (
    What.LEFT, What.CLIMBED, What.SADDLE, What.ESCAPED, What.GROWING, What.CARRIED, What.UPHILL, What.CROSSED,
    What.PASSED, What.PLATEAU, What.STUCK, What.MISLED,
)  # fmt: skip


def _first(story: Story, run: int) -> dict[What, int | None]:
    trajectory, last = story.runs[run], story.last(run)
    loss = story.losses(run)
    up = loss[1:] > loss[:-1]
    if story.batched:  # the gradients are guesses: where their signs change says nothing of the valley
        leaves = story.leaves(run) if trajectory.params.shape[-1] == 1 else None
        return {What.MISLED: _where(up), What.LEFT: None if not leaves else leaves - 1}
    firsts = {What.UPHILL: _where(up)}
    if trajectory.params.shape[-1] == 1:
        slope, step = story.gradients(run)[:, 0], trajectory.step[:last, 0, 0]
        # Signs, as products of large numbers overflow; what is nothing but rounding has none.
        uphill, side = (np.where(abs(x) > 1e-9 * abs(x).max(initial=0.0), np.sign(x), 0.0) for x in (slope, step))
        goes_on = np.concatenate([side[1:] * side[:-1] > 0, [False]])  # the next step has the same direction
        onward, across = np.roll(goes_on, 1), np.concatenate([[False], side[1:] * side[:-1] < 0])
        flips = uphill[1:] * uphill[:-1] < 0
        again = np.concatenate([flips[1:] & (np.abs(slope[2:]) < np.abs(slope[:-2])), [False]])
        longer = np.concatenate([[False], np.abs(step[1:]) > np.abs(step[:-1])])
        climbing = uphill[:-1] * side > 0
        over = np.concatenate([[False], climbing[:-1] & ~climbing[1:]]) & onward
        leaves = story.leaves(run)
        firsts |= {
            What.UPHILL: _where(up & ~onward),
            What.CARRIED: _where(up & onward),
            What.CROSSED: _where(flips & ~up & again),
            What.PASSED: _where(flips & goes_on),
            What.GROWING: _where(up & longer & across),
            What.CLIMBED: _where(over),
            What.LEFT: None if not leaves else leaves - 1,
            What.PLATEAU: _plateau(story, run),
        }
        if "trial_step" in trajectory.terms:
            firsts[What.STUCK] = _where(step == 0)
    if trajectory.params.shape[-1] == 2:
        visit = story.lingering(run)
        firsts[What.PLATEAU] = _plateau_of_two(story, run)
        if visit is not None and visit.calm is not None:
            firsts |= {What.SADDLE: max(0, visit.calm - 1), What.ESCAPED: visit.left and visit.left - 1}
    return firsts


def _plateau(story: Story, run: int) -> int | None:
    """Find the first step with a slope below 2 % of the steepest, far from every minimum, on a run that stays there.

    Far means in the parameter and in the loss: a wide valley's floor is flat, and no plateau.
    """
    trajectory, last = story.runs[run], story.last(run)
    slope = np.abs(story.gradients(run)[:, 0])
    gaps = trajectory.distance(story.minima)[: last + 1, 0] if story.minima else np.full(last + 1, np.inf)
    width = story.window.params[1] - story.window.params[0]
    lowest, highest = story.window.loss
    above = story.losses(run) - lowest > 0.05 * (highest - lowest)
    flat = (slope <= 0.02 * np.maximum.accumulate(slope)) & (gaps > 0.05 * width) & above
    return _where(flat[:-1] & flat[1:])


def _plateau_of_two(story: Story, run: int) -> int | None:
    """Find the same for two parameters: far from every saddle too, and for `_STAYS` positions in a row.

    Far is a tenth of the smaller side of the plane, and a loss of more than 5 % of the way down above the lowest.
    """
    trajectory, last = story.runs[run], story.last(run)
    steep: Array = np.linalg.norm(story.gradients(run), axis=-1)
    loss = story.losses(run)
    flat_points = [*story.minima, *(saddle.point for saddle in story.saddles)]
    gaps = trajectory.distance(flat_points)[: last + 1, 0] if flat_points else np.full(last + 1, np.inf)
    lowest = min([float(loss.min()), *story.depths])
    far = gaps > NEAR * min(high - low for low, high in story.plane)
    flat: NDArray[np.bool_] = (
        (steep <= 0.02 * np.maximum.accumulate(steep)) & far & (loss - lowest > 0.05 * (loss.max() - lowest))
    )
    if len(flat) < _STAYS:
        return None
    windows: NDArray[np.bool_] = np.lib.stride_tricks.sliding_window_view(flat, _STAYS)
    return _where(np.asarray(windows.all(axis=-1)))


def _where(flags: NDArray[np.bool_]) -> int | None:
    return int(np.argmax(flags)) if flags.any() else None
