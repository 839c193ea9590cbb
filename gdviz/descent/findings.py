"""What a study found, as a noun that pictures can read."""

from dataclasses import dataclass, fields

import numpy as np


@dataclass(frozen=True, eq=False)
class Findings:
    """What a study found: its arrays are read-only."""

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for one in fields(self):
            value = getattr(self, one.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
