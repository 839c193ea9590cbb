"""The scenes of the files that a verb is given."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from gdviz.problems import BadScene

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gdviz.scene import Scene


def scenes_of(files: Iterable[str]) -> dict[str, Scene]:
    """Return the scenes of all files by the names of their films. Raises BadScene if two have the same, or are one."""
    from gdviz.scenefile import load

    given = list(files)
    scenes: dict[str, Scene] = {}
    sources: dict[str, str] = {}
    for file in given:
        if len([one for one in given if os.path.realpath(one) == os.path.realpath(file)]) > 1:
            raise BadScene("scene files", file, "it is given twice; give every scene once")
        for name, scene in load(file).items():
            if name in sources:
                allowed = f"its film would have the name of that of {sources[name]}; render one after the other with -o"
                raise BadScene("scene files", file, allowed)
            scenes[name], sources[name] = scene, file
    return scenes
