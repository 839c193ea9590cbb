"""What a document can be asked for, beside what the scene says."""

from dataclasses import dataclass, fields
from typing import Any

from gdviz.problems import BadScene


@dataclass(frozen=True)
class Wishes:
    """How films are put into documents.

    segments: stop wherever a speaker may want to: a film for each part, so that a click goes on and another goes back.
    click: wait for a click, or a press of play, instead of starting by itself.

    Raises `BadScene` for anything but True and False.
    """

    segments: bool = False
    click: bool = False

    def __post_init__(self) -> None:
        """Check every field."""
        for field in fields(self):
            given = getattr(self, field.name)
            if not isinstance(given, bool):
                raise BadScene(field.name, given, "allowed: True or False")

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> "Wishes":
        """Take the wishes out of named options; what is left there is not ours."""
        return cls(**{field.name: options.pop(field.name) for field in fields(cls) if field.name in options})
