"""Columns of numbers that a few words have made texts.

TFX's CsvExampleGen (tfx_bsl's ColumnTypeInferrer) makes a column of texts if a single value of it is no
number, and says nothing.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Optional

from tfxc.backends.launcher.node.csv_input import records

_FIRST_ROWS = 1000
"""Rows that say which columns may be of numbers."""
_MOST_STRAY = 0.1
"""The largest share of values that are no numbers in a column of numbers."""
_FEWEST_NUMBERS = 10
_LONGEST = 40
"""Characters of a value in a sentence."""


@dataclass
class _Column:
    """What has been seen of a column."""

    values: int = 0
    stray: int = 0
    words: set[str] = field(default_factory=set)
    first: str = ""
    where: str = ""

    @property
    def is_of_numbers(self) -> bool:
        """Whether nearly all values are numbers."""
        return self.stray <= self.values * _MOST_STRAY and self.values - self.stray >= _FEWEST_NUMBERS


def notes(paths: Sequence[Path], texts: Collection[str]) -> Iterator[str]:
    """Yields a sentence for each column of numbers among ``texts``, the columns that became text features.

    ``paths`` are the files of one input split; only where the first rows look like numbers all are read.
    """
    columns: dict[str, _Column] = {}
    _read(paths, columns, set(texts), _FIRST_ROWS)
    likely = {name for name, column in columns.items() if column.is_of_numbers}
    if likely:
        columns = {}
        _read(paths, columns, likely, None)
    for name in columns if likely else ():
        column = columns[name]
        if column.stray and column.is_of_numbers:
            yield _sentence(name, column)


def _read(paths: Sequence[Path], columns: dict[str, _Column], wanted: set[str], most: Optional[int]) -> None:
    """Adds the values of the wanted columns."""
    for path in paths:
        names: list[str] = []
        for number, text in islice(records(path), None if most is None else most + 1):
            cells = next(csv.reader([text]), [])
            if not names:
                names = cells
                continue
            for name, cell in zip(names, cells, strict=False):
                if cell and name in wanted:
                    _add(columns.setdefault(name, _Column()), cell, path, number)


def _add(column: _Column, cell: str, path: Path, number: int) -> None:
    column.values += 1
    try:
        float(cell)
    except ValueError:
        column.stray += 1
        if not column.where:
            column.first, column.where = cell, f"{path}, line {number}"
        if len(column.words) <= 1:
            column.words.add(cell)


def _sentence(name: str, column: _Column) -> str:
    word = column.first if len(column.first) <= _LONGEST else column.first[: _LONGEST - 1] + "…"
    also = " first" if column.stray > 1 else ""
    are = "is no number" if column.stray == 1 else "are no numbers"
    header = "; it is its name: the line of names comes again there" if column.first == name else ""
    return (
        f"the column `{name}` became a text feature, because {column.stray:,} of {column.values:,} values "
        f"{are} (`{word}`{also} in {column.where}{header})"
    )
