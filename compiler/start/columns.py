"""What a look at data tells about its columns: types, gaps, how many values there are."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import Optional

MOST_DISTINCT = 20_000
"""Different values of a column that are told apart: `Column.distinct` is no larger."""
MOST_LISTED = 100
"""Different values of a column that are kept by name."""
NUMBERS_AMONG = 0.9
"""The least share of numbers in a column of numbers; the others are its stray words."""
MOST_STRAY = 3
"""Different stray words of a column of numbers; with more of them it is a column of text."""

GAPS = frozenset({"", "NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "?", "#N/A"})
"""Texts that stand for a value that is missing."""

_INTEGER = re.compile(r"[+-]?\d{1,18}\Z")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+\Z")
_DATE = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])([T ].*)?\Z")
"""ISO 8601: the only one that does not leave open which is the month."""


class Kind(str, Enum):
    """What the values of a column are."""

    INTEGER = "integer"
    NUMBER = "number"
    TEXT = "text"
    DATE = "date"
    VECTOR = "numbers"
    """as many numbers in each row"""
    EMPTY = "empty"
    OTHER = "other"
    """what no feature is made of: lists of different lengths, images"""


@dataclass(frozen=True)
class Column:
    """A column of data.

    ``source`` is its name in the file, ``name`` the one that it gets. ``counts`` are its values, the most
    frequent first, `MOST_LISTED` at most; ``stray`` the words among numbers. ``words`` is the mean number of
    words of a text, ``length`` how many numbers of a vector there are. ``has_decimal_comma`` is whether the
    numbers are written as 1,5; ``is_bytes`` whether TFX reads texts, where there is no telling by the kind.
    """

    name: str
    source: str
    kind: Kind
    rows: int
    missing: int
    distinct: int
    counts: tuple[tuple[str, int], ...] = ()
    stray: tuple[str, ...] = ()
    minimum: float = 0.0
    maximum: float = 0.0
    words: float = 0.0
    length: int = 1
    is_ascending: bool = False
    has_decimal_comma: bool = False
    is_bytes: bool = False
    trouble: str = ""

    @property
    def is_number(self) -> bool:
        """Whether each value is one number."""
        return self.kind in (Kind.INTEGER, Kind.NUMBER)

    @property
    def is_unique(self) -> bool:
        """Whether each row has a value of its own."""
        return not self.missing and (self.distinct == self.rows or self.distinct >= MOST_DISTINCT)


def without_gap(text: str) -> Optional[str]:
    """Returns a cell without the blanks around it, None for a gap."""
    stripped = text.strip()
    return None if stripped in GAPS else stripped


def number_text(text: str, has_decimal_comma: bool) -> Optional[str]:
    """Returns the number that a text is, as TFX reads it, or None."""
    if has_decimal_comma and _DECIMAL_COMMA.match(text):
        return text.replace(",", ".")
    return text if _NUMBER.match(text) and math.isfinite(float(text)) else None


class Collector:
    """Looks at the values of one column, one after the other.

    ``is_text`` says that they are texts whatever they look like; ``may_have_comma`` that 1,5 is a number.
    """

    def __init__(self, is_text: bool = False, may_have_comma: bool = False) -> None:
        self._is_text = is_text
        self._may_have_comma = may_have_comma
        self._rows = self._missing = self._integers = self._numbers = self._commas = self._dates = 0
        self._words = 0
        self._counts: Counter[str] = Counter()
        self._stray: Counter[str] = Counter()
        self._minimum, self._maximum = math.inf, -math.inf
        self._last = -math.inf
        self._is_ascending = True

    def add(self, text: Optional[str]) -> None:
        """Looks at a value; None is a gap."""
        self._rows += 1
        if text is None:
            self._missing += 1
            return
        if text in self._counts or len(self._counts) < MOST_DISTINCT:
            self._counts[text] += 1
        number = None if self._is_text else number_text(text, self._may_have_comma)
        if number is not None:
            self._integers += _INTEGER.match(number) is not None
            self._commas += number != text
            self._add_number(float(number))
            return
        if len(self._stray) <= MOST_STRAY or text in self._stray:
            self._stray[text] += 1
        self._words += len(text.split())
        self._dates += _DATE.match(text) is not None

    def _add_number(self, value: float) -> None:
        self._numbers += 1
        self._minimum, self._maximum = min(self._minimum, value), max(self._maximum, value)
        self._is_ascending &= value > self._last
        self._last = value

    def column(self, name: str, source: str) -> Column:
        """Returns what was seen."""
        given = self._rows - self._missing
        if not given:
            return Column(name, source, Kind.EMPTY, self._rows, self._missing, 0)
        if self._numbers >= NUMBERS_AMONG * given and len(self._stray) <= MOST_STRAY:
            return self._of_numbers(name, source)
        return Column(
            name,
            source,
            Kind.DATE if self._dates == given else Kind.TEXT,
            self._rows,
            self._missing,
            len(self._counts),
            tuple(self._counts.most_common(MOST_LISTED)),
            words=self._words / max(given - self._numbers, 1),
        )

    def _of_numbers(self, name: str, source: str) -> Column:
        stray = sum(self._stray.values())
        counts = [(text, count) for text, count in self._counts.most_common() if text not in self._stray]
        return Column(
            name,
            source,
            Kind.INTEGER if self._integers == self._numbers else Kind.NUMBER,
            self._rows,
            self._missing + stray,
            len(counts),
            tuple(counts[:MOST_LISTED]),
            tuple(sorted(self._stray)),
            self._minimum,
            self._maximum,
            is_ascending=self._is_ascending,
            has_decimal_comma=self._commas > 0,
        )
