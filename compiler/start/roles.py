"""What each column is to a model: what Transform does with it, or why it is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from tfxc.compiler.start.columns import MOST_DISTINCT, Column, Kind

MOST_CATEGORIES = 100
"""Values of a column that get a number each, from a vocabulary; more of them share the numbers of hashes."""
WORDS_OF_TEXT = 4.0
"""The mean number of words from which on texts are read word by word."""
LEAST_TEXTS = 20
"""Different values from which on a column can be one of free texts."""
MOST_MISSING = 0.95
"""The share of gaps from which on a column is left out."""
NEARLY_UNIQUE = 0.9
"""The share of different values from which on a column of short texts only names its rows."""

_IDENTIFIER = re.compile(
    r"(^|.*_)(id|ids|key|uuid|guid|index|idx|row|rownames|rowid)(_\d+)?\Z|^column_1\Z", re.I
)


class Role(str, Enum):
    """What becomes of a column; the value says so in a table."""

    LABEL = "label"
    NUMBER = "scaled"
    CATEGORY = "vocabulary"
    HASHED = "hashed"
    TEXT = "words"
    DATE = "time and season"
    VECTOR = "scaled numbers"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Feature:
    """A column with its role; ``reason`` says why it is left out."""

    column: Column
    role: Role
    reason: str = ""

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name


def features_of(columns: tuple[Column, ...], label: Column) -> tuple[Feature, ...]:
    """Returns every column with its role, in the order of the data."""
    return tuple(
        Feature(column, Role.LABEL) if column.name == label.name else _feature(column) for column in columns
    )


def _feature(column: Column) -> Feature:
    for reason in _reasons_against(column):
        return Feature(column, Role.LEFT_OUT, reason)
    if column.is_number:
        return Feature(column, Role.NUMBER)
    if column.kind is Kind.DATE:
        return Feature(column, Role.DATE)
    if column.kind is Kind.VECTOR:
        return Feature(column, Role.VECTOR)
    if _is_free_text(column):
        return Feature(column, Role.TEXT)
    return Feature(column, Role.CATEGORY if column.distinct <= MOST_CATEGORIES else Role.HASHED)


def _reasons_against(column: Column) -> Iterator[str]:
    """Yields why no feature is made of a column."""
    given = column.rows - column.missing
    if column.kind is Kind.OTHER:
        yield column.trouble
    elif column.kind is Kind.EMPTY:
        yield "it is empty"
    elif column.kind is not Kind.VECTOR and column.distinct == 1:
        yield "it has the same value in every row"
    elif column.missing > MOST_MISSING * column.rows:
        yield f"{column.missing / column.rows:.0%} of it is missing"
    elif column.kind is Kind.INTEGER and column.is_unique and (column.is_ascending or _is_identifier(column)):
        yield "it only names the rows: each has a number of its own"
    elif column.kind is Kind.TEXT and not _is_free_text(column):
        if column.is_unique:
            yield "it only names the rows: each has a value of its own"
        elif column.distinct >= min(NEARLY_UNIQUE * given, MOST_DISTINCT):
            yield "nearly every row has a value of its own"


def _is_identifier(column: Column) -> bool:
    return _IDENTIFIER.match(column.name) is not None


def _is_free_text(column: Column) -> bool:
    return column.kind is Kind.TEXT and column.words >= WORDS_OF_TEXT and column.distinct >= LEAST_TEXTS
