"""Findings (a mistake at a place in the document) and diagnostics (a finding with its source span).

A check works on plain values and names places by *path*: the keys and indexes that lead from the
document's root to a value, such as ``("components", "trainer", "examples")``. The compiler then
looks the path up in the position tree and makes a `Diagnostic` of the `Finding`. So neither the
checks nor the backends know about files, lines and columns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, Union

from tfxc.schemas.words.printable import printable

PathPart = Union[str, int]
Path = tuple[PathPart, ...]
"""Keys and indexes from the document's root to a value; ``()`` is the document itself."""


Rewriting = Literal["quoted", "unquoted", "boolean", "integer", "listed", "unwrapped"]
"""How a value is written anew, from its own text: in quotes or without; as the boolean that a text such as
``yes`` means; as a whole number; as a list of itself; the one value of a mapping, alone."""


class Severity(str, Enum):
    """How bad a finding is. Errors stop everything after the checks; warnings stop nothing."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, order=True)
class Span:
    """A stretch of one source file. Lines and columns count from 1; the end column is exclusive."""

    file: str
    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class Related:
    """A second place that explains a finding, with the words to print under it."""

    path: Path
    text: str
    at_key: bool = True


@dataclass(frozen=True)
class Finding:
    """A mistake in the document, at a path.

    ``at_key`` points at the mapping key instead of its value (an unknown key, a component's name).
    ``part`` narrows a string value to the characters ``[start, end)`` of it (one reference in a
    longer string, one name in a condition). ``fix`` is what is surely meant in the place of that: of a
    text or a key the whole of it, of a ``part`` just these characters. ``rewriting`` is how the value is
    surely meant to be written, where it is right but for its type; with a ``fix`` that is written, unquoted.
    """

    code: str
    message: str
    path: Path = ()
    at_key: bool = False
    part: tuple[int, int] | None = None
    related: tuple[Related, ...] = ()
    help: tuple[str, ...] = ()
    fix: str | None = None
    rewriting: Rewriting | None = None


@dataclass(frozen=True)
class Fix:
    """An edit that puts a mistake right: what to write in the place of a span, as YAML."""

    span: Span
    text: str


@dataclass(frozen=True)
class Label:
    """A secondary span of a diagnostic, with the words to print under it."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """A finding with its place in the source, ready to be rendered.

    ``message`` is one line, whatever of a spec it repeats. ``span`` is None only where there is no source to
    point at (a file that cannot be opened).
    """

    code: str
    severity: Severity
    message: str
    span: Span | None = None
    labels: tuple[Label, ...] = ()
    help: tuple[str, ...] = field(default=())
    fix: Fix | None = None

    def __post_init__(self) -> None:
        """Makes the message printable: a name with a line break in it would end the line of a report."""
        object.__setattr__(self, "message", printable(self.message))

    @property
    def is_error(self) -> bool:
        """Whether this diagnostic stops a compile or a run."""
        return self.severity is Severity.ERROR


def sorted_diagnostics(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Returns each diagnostic once, by file, line, column, code and message: always in the same order."""
    nowhere = Span("", 0, 0, 0, 0)
    unique = dict.fromkeys(diagnostics)
    return sorted(unique, key=lambda d: (d.span or nowhere, d.code, d.message))
