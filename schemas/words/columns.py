"""Cells in rows, set in columns of plain text: what tables of commands look like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yields a line for each row, with every column as wide as its widest cell and no blanks at the end.

    All rows have the same number of cells. Raises ValueError if they do not.
    """
    cells = [tuple(row) for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
