"""What TFX's CsvExampleGen cannot read rightly, found in the first lines of files.

TFX takes the first line of each file for the names of its columns, ends lines at LF only and separates by
commas only. Of two columns with one name it keeps the last; a byte order mark becomes a part of the first
column's name; a file whose lines end with CR alone has no row. All these are sentences here, with the file
in them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tfxc.schemas.csv_dialect import OTHER_SEPARATORS, Rows, is_first_row_data, other_separator, read_rows
from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.file_kinds import check_kind, read_beginning

_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte order mark, which would become a part of the first column's name",
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
}
_USUAL_HEADER, _LONGEST_HEADER = 16 * 1024, 1024 * 1024
"""Bytes of a file that its header and first row are looked for in: first so many, then so many."""
_LINE_END = re.compile(r"\r\n|\r|\n")
_SHOWN = 60
"""Characters of a line in a message."""


class CsvFileError(DataFileError):
    """Why a CSV file cannot be read."""


@dataclass(frozen=True)
class CsvFile:
    """A file with the names of its columns, and whether there is a row below them."""

    path: Path
    columns: tuple[str, ...]
    has_rows: bool


def read_csv_file(path: Path) -> CsvFile:
    """Reads the beginning of a file, decompressed where Beam would. Raises DataFileError, OSError."""
    check_kind(path, "csv")
    beginning = read_beginning(path, _USUAL_HEADER)
    size = _USUAL_HEADER
    if len(_lines(beginning)) < 3:  # the last may be cut off
        size = _USUAL_HEADER + _LONGEST_HEADER
        beginning = read_beginning(path, size)
    is_whole = len(beginning) < size
    for mark, what in _MARKS.items():
        if beginning.startswith(mark):
            raise CsvFileError(
                f"{path} {what}",
                "save it as UTF-8 without a byte order mark (a spreadsheet's “CSV”, not “CSV UTF-8”)",
            )
    lines = _lines(beginning)
    if not lines:
        raise CsvFileError(f"{path} is empty", "a CSV file begins with a line of column names")
    text = _text(path, beginning, is_whole)
    columns = _columns(path, text, is_cut=not is_whole and len(lines) == 1)
    if len(lines) > 1 and b"\n" not in beginning:
        raise CsvFileError(
            f"{path} ends its lines with CR alone, so that TFX would find no row in it",
            "save it with the line ends of Linux or Windows",
        )
    _check_dialect(path, columns, text)
    return CsvFile(path, tuple(columns), len(lines) > 1)


def check_same_columns(files: Sequence[CsvFile]) -> None:
    """Raises CsvFileError if files of one split have different columns: TFX takes those of the first."""
    for file in files[1:]:
        if file.columns != files[0].columns:
            raise CsvFileError(
                f"{file.path} has other columns than {files[0].path.name}",
                content=f": {', '.join(file.columns)} instead of {', '.join(files[0].columns)}",
            )


def _lines(beginning: bytes) -> list[bytes]:
    return [line for line in beginning.splitlines() if line.strip()]


def _text(path: Path, beginning: bytes, is_whole: bool) -> str:
    """Returns the text that a file begins with: whole lines, or a part of the first.

    Raises CsvFileError if it is not UTF-8.
    """
    kept = beginning if is_whole or b"\n" not in beginning else beginning[: beginning.rindex(b"\n") + 1]
    try:
        return kept.decode("utf-8")
    except UnicodeDecodeError as error:
        if not is_whole and error.end >= len(kept) - 3 and b"\n" not in kept:
            return kept[: error.start].decode("utf-8")
        number = len(kept[: error.start].split(b"\n"))
        raise CsvFileError(f"{path}, line {number} is not UTF-8 text", "save the file as UTF-8") from None


def _columns(path: Path, text: str, is_cut: bool) -> list[str]:
    """Returns the names of the columns; without the last, and unchecked, if the first line ``is_cut`` off.

    Raises CsvFileError for such as TFX could not read rightly.
    """
    line = next(line for line in _LINE_END.split(text) if line.strip())
    if is_cut:
        return next(csv.reader([line.rpartition(",")[0]]), [])
    if line.count('"') % 2:
        raise CsvFileError(
            f"{path}, line 1 has a quotation mark that is not closed in it",
            "TFX reads the names of the columns from the first line only",
        )
    try:
        columns = next(csv.reader([line]), [])
    except csv.Error as error:
        raise CsvFileError(f"{path}, line 1: {error}") from None
    twice = [name for name, number in Counter(columns).items() if number > 1]
    if twice and not _is_data(columns, text):
        named = ", ".join(f"`{name}`" if name else "no name" for name in twice)
        raise CsvFileError(
            f"{path} has {'a column name' if len(twice) == 1 else 'column names'} more than once",
            "TFX would keep only the last column; give each a name of its own",
            f" ({named})",
        )
    return columns


def _check_dialect(path: Path, columns: Sequence[str], text: str) -> None:
    """Raises CsvFileError if a file is surely separated by no commas, or has surely no header."""
    separator = other_separator(text)
    if separator is not None:
        raise CsvFileError(
            f"{path} is separated by {OTHER_SEPARATORS[separator]}, so that TFX would make one column of all",
            "save it with commas",
            code="W764",
        )
    if _is_data(columns, text):
        line = ",".join(columns)
        shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"
        raise CsvFileError(
            f"{path} begins without names of columns, so that TFX would take those of its first row",
            "put a line of names above it",
            f" ({shown})",
            code="W765",
        )


def _is_data(columns: Sequence[str], text: str) -> bool:
    return is_first_row_data(columns, _rows(text)[1:])


def _rows(text: str) -> Rows:
    """Returns the first rows of a file, as far as they can be read."""
    try:
        return read_rows(text)
    except csv.Error:
        return []
