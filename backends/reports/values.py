"""What a report says, as values that any renderer can write: parts, statements, lines, tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Union

from tfxc.backends.reports.states import NodeFinalState

Tone = Union[Literal["plain", "name", "good", "warning", "notice", "faint", "error"], NodeFinalState]
"""How a text is meant: renderers choose colours and weights by it."""


@dataclass(frozen=True)
class Span:
    """A piece of one line."""

    text: str
    tone: Tone = "plain"


Line = tuple[Span, ...]


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, and where plain text is to have it."""

    head: str
    right: bool = False
    width: int = 0
    """the fewest characters that plain text gives it"""


@dataclass(frozen=True)
class Table:
    """Rows of cells. ``has_plain_head`` is whether plain text shows the heads of the columns too."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Span, ...], ...]
    has_plain_head: bool = True


@dataclass(frozen=True)
class Quotation:
    """Lines of somebody else, such as a traceback or a log; ``lead`` says whose, if that must be said."""

    lines: tuple[str, ...]
    lead: str = ""


@dataclass(frozen=True)
class Statement:
    """One thing that the report says: a line, what belongs to it, and where there is more of it."""

    line: Line = ()
    details: tuple[Line, ...] = ()
    table: Table | None = None
    quotations: tuple[Quotation, ...] = ()
    more: Line = ()


@dataclass(frozen=True)
class Part:
    """Statements about one thing. ``title`` is for renderers that have headings."""

    title: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Contents:
    """A whole report."""

    title: Line
    parts: tuple[Part, ...]


def line(text: str, tone: Tone = "plain") -> Line:
    """Returns a line of one piece."""
    return (Span(text, tone),)
