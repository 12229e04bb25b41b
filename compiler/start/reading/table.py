"""Data as rows of texts, whatever the file was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from tfxc.compiler.start.columns import Collector, Column
from tfxc.compiler.start.names import fit_names
from tfxc.schemas.failures import Failure

Cells = list[Optional[str]]
"""A row: a text for each column, None for a gap."""


@dataclass(frozen=True)
class Table:
    """Rows that can be read again and again, with their columns.

    ``notes`` are sentences about what is odd in the file; ``reasons`` say why TFX cannot take it as it is.
    """

    path: Path
    format: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterator[Cells]]
    notes: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def number_of_rows(self) -> int:
        """How many rows there are."""
        return self.columns[0].rows if self.columns else 0

    def column(self, name: str) -> Optional[Column]:
        """Returns the column that a name means: the file's, or the one that it gets."""
        named = [each for each in self.columns if each.source == name]
        return next(iter(named or [each for each in self.columns if each.name == name]), None)


def look_at(
    path: Path, names: tuple[str, ...], rows: Callable[[], Iterator[Cells]], may_have_comma: bool = False
) -> tuple[Column, ...]:
    """Reads all rows, and returns their columns. Raises Failure if there is no row."""
    collectors = [Collector(may_have_comma=may_have_comma) for _ in names]
    for cells in rows():
        for collector, cell in zip(collectors, cells, strict=True):
            collector.add(cell)
    columns = tuple(
        collector.column(fit, name)
        for collector, fit, name in zip(collectors, fit_names(names), names, strict=True)
    )
    if not columns or not columns[0].rows:
        raise Failure(f"{path} has column names but no rows")
    return columns
