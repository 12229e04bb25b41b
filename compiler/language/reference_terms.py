"""What a text of a spec holds: its literal pieces, its references, and what was meant as one and is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Union

from tfxc.compiler.language.selections import Selection, selected_component

Root = Literal["parameters", "run", "env", "matrix", "inputs", "outputs", "artifact"]

RUN_FIELDS: Mapping[str, str] = MappingProxyType({"id": "run-1", "date": "2026-01-01"})
"""What a run has, and a text such as it may be: for checks of what it stands in."""

CONTAINER_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"inputs": ("uri", "value"), "outputs": ("uri",)}
)
"""What a container knows of each of its inputs and outputs."""


@dataclass(frozen=True)
class Reference:
    """One reference. ``start`` and ``end`` are the characters of the text that it takes, with braces.

    ``field`` is what is meant of an input or output of a container.
    Of the value of an artifact the root is ``artifact`` and the name ``NODE.OUTPUT``.
    """

    root: Root
    name: str
    start: int = 0
    end: int = 0
    field: str = ""

    @property
    def target(self) -> str:
        """The dotted name, such as ``parameters.train_steps`` or ``tune.rate.value``."""
        if self.root == "artifact":
            return f"{self.name}.value"
        return f"{self.root}.{self.name}" + (f".{self.field}" if self.field else "")

    @property
    def channel(self) -> tuple[str, str] | None:
        """The component and the output of an artifact's value; None of any other reference.

        Outside of a container's command that is, of an input, what is given to the document as one.
        """
        if self.root == "inputs" and self.field == "value":
            return self.root, self.name
        if self.root != "artifact":
            return None
        return selected_component(self.name)[0], self.name.rpartition(".")[2]

    @property
    def named(self) -> str:
        """The component of an artifact's value as it is written, with its selection of nodes."""
        return self.dotted.rpartition(".")[0]

    @property
    def dotted(self) -> str:
        """The component and the output of an artifact's value as they are written."""
        return f"{self.root}.{self.name}" if self.root == "inputs" else self.name

    @property
    def selection(self) -> Selection | None:
        """Which nodes of the component are meant, in characters of ``name``; None where nothing says it."""
        return selected_component(self.name)[1] if self.root == "artifact" else None

    @property
    def is_of_container(self) -> bool:
        """Whether only the command of a container knows what it stands for."""
        return self.root in CONTAINER_FIELDS


Part = Union[str, Reference]


@dataclass(frozen=True)
class BadReference:
    """Something inside braces that is no reference: the characters ``[start, end)`` of the text.

    ``kind`` is ``syntax`` for what can never be a reference and ``unknown`` for a name that is not there.
    ``fix`` is what is surely meant in the place of these characters.
    """

    kind: Literal["syntax", "unknown"]
    message: str
    start: int
    end: int
    help: tuple[str, ...] = ()
    fix: str | None = None


@dataclass(frozen=True)
class Template:
    """A text taken apart: its literal pieces (never two in a row, never empty) and references."""

    parts: tuple[Part, ...]
    bad_references: tuple[BadReference, ...] = ()

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references, from left to right."""
        return tuple(part for part in self.parts if isinstance(part, Reference))

    @property
    def is_constant(self) -> bool:
        """Whether the text is the same in every run: it has no reference, nor anything meant as one."""
        return not self.bad_references and not self.references

    @property
    def whole(self) -> Reference | None:
        """The reference that makes up the whole text, whose value keeps its type; else None."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Reference):
            return self.parts[0]
        return None
