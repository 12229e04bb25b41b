"""What could not be carried into a spec."""

from __future__ import annotations

from dataclasses import dataclass, field

PIPELINE = ""
"""Where what belongs to no component stands."""


class NotCarriedError(Exception):
    """Something of the IR has no place in a spec. The text is why, as the end of a sentence."""


@dataclass(frozen=True)
class Note:
    """A sentence about a component of the spec ("": the pipeline), shown there as a comment."""

    component: str
    text: str

    def __str__(self) -> str:
        return f"{self.component}: {self.text}" if self.component else self.text


@dataclass
class Notes:
    """Collects what could not be carried, in the order in which it was met."""

    found: list[Note] = field(default_factory=list)

    def add(self, component: str, text: str) -> None:
        """Notes a sentence, once."""
        note = Note(component, text)
        if note not in self.found:
            self.found.append(note)
