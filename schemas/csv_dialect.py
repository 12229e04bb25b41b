"""How a CSV file is written, from its first lines: its separator, and whether column names come first.

TFX separates by commas only, and takes the first line for the names of the columns whatever is in it: other
separators make one column of all, and a file without a header features called ``101.0``. The functions here
find nothing unless it is sure.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import islice, pairwise

COMMA = ","
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}
"""Separators that TFX does not know, and what many of them are called."""
SAMPLE_ROWS = 100
"""Rows that are looked at."""

Rows = Sequence[Sequence[str]]


def read_rows(text: str, separator: str = COMMA, most: int = SAMPLE_ROWS + 1) -> list[list[str]]:
    """Returns the first rows of a text, without blank lines. Raises csv.Error."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    return list(islice((row for row in reader if row), most))


def other_separator(text: str) -> str | None:
    """Returns what separates the columns of a file if it is no comma; None if that is not sure.

    ``text`` is its beginning: whole lines, the names of the columns first. Sure is what divides each of the
    first lines into the same number of columns, where commas divide the header into none.
    """
    try:
        header = read_rows(text, most=1)
        if not header or len(header[0]) != 1:
            return None
        found = {separator: _columns(text, separator) for separator in OTHER_SEPARATORS}
    except csv.Error:
        return None
    best = max(found, key=lambda separator: found[separator])
    return best if found[best] > 1 else None


def separator_of(text: str) -> str:
    """Returns what separates the columns of a file: a comma unless it is surely another."""
    return other_separator(text) or COMMA


def is_first_row_data(header: Sequence[str], rows: Rows) -> bool:
    """Whether the first row of a file is surely no names of columns, but data like the rows below it.

    Sure it is if no name says the contrary and one at least says so. A text over numbers, or over a few
    texts that keep coming back without it, says the contrary; a text that comes again below it says so. A
    number says so if it is among the numbers below it, and all of them together if they do not just go up
    or down, as years and the numbers of columns do. Rows that are the same as the first say nothing, and
    neither do fewer than three.
    """
    rows = [row for row in rows if list(row) != list(header)]
    if len(rows) < 3 or any(len(row) != len(header) for row in rows):
        return False
    again, within, numbers = 0, 0, []
    for place, name in enumerate(header):
        below = [row[place].strip() for row in rows if row[place].strip()]
        cell = name.strip()
        if not cell or not below:
            continue
        values = [_number(each) for each in below]
        known = [each for each in values if each is not None]
        number = _number(cell)
        if number is not None:
            if len(known) < len(values):
                return False
            numbers.append((cell, number))
            within += min(known) <= number <= max(known)
        elif len(known) == len(values):
            return False
        elif cell in below:
            again += 1
        elif len(set(below)) <= len(below) / 2:
            return False
    return (again > 0 and again + within >= (again + len(numbers)) / 2) or _says_data(numbers, within)


def _columns(text: str, separator: str) -> int:
    """Returns how many columns each first row has; 0 if they differ, or if there is but the header."""
    numbers = {len(row) for row in read_rows(text, separator)}
    return numbers.pop() if len(numbers) == 1 and len(read_rows(text, separator, 2)) > 1 else 0


def _says_data(numbers: Sequence[tuple[str, float]], within: int) -> bool:
    """Whether the numbers of a first row are no names: see `is_first_row_data`."""
    if not numbers or within * 2 < len(numbers):
        return False
    if len(numbers) == 1:
        return not numbers[0][0].lstrip("+-").isdigit()
    values = [number for _, number in numbers]
    steps = [second - first for first, second in pairwise(values)]
    return not (all(step > 0 for step in steps) or all(step < 0 for step in steps))


def _number(text: str) -> float | None:
    """Returns the number that a cell holds as TFX reads it; None for a text."""
    try:
        return float(text)
    except ValueError:
        return None
