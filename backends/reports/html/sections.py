"""What pages are made of: sections, and tables that stay usable with thousands of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

STATIC_ROWS = 200
"""How many rows of a table are in the page as HTML; the others are data that its script shows."""


@dataclass(frozen=True)
class Section:
    """A part of a page. ``view`` is what its template shows, ``notes`` say what is left out, and why."""

    id: str
    title: str
    template: str
    view: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Heading:
    """A column's heading; numbers stand at the right."""

    title: str
    number: bool = False
    hint: str = ""


@dataclass(frozen=True)
class Row:
    """Cells as text, and ``bad``, ``good`` or nothing."""

    cells: tuple[str, ...]
    tone: str = ""


@dataclass(frozen=True)
class DataTable:
    """A table that can be sorted and filtered. Rows come in the order that matters most: the worst first."""

    id: str
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]

    @property
    def first(self) -> tuple[Row, ...]:
        return self.rows[:STATIC_ROWS]

    @property
    def rest(self) -> tuple[Row, ...]:
        return self.rows[STATIC_ROWS:]
