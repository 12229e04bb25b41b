"""What TFX's CsvExampleGen cannot read rightly, found in the names and first lines of files.

TFX gives the pattern of a split to Beam and takes the first line of each file for the names of its columns.
Of two columns with one name it keeps the last; a folder that the pattern matches it reads as a file; a byte
order mark becomes a part of the first column's name. All these are sentences here, with the file in them.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ALL_FILES = "*"
"""The pattern of input that names none."""

_PLACEHOLDER = re.compile(r"\{[A-Z]+(:\d+)?\}")
"""``{SPAN}``, ``{VERSION:2}``, ``{YYYY}`` … in a split's pattern"""
_MARKS = {
    b"\xef\xbb\xbf": "begins with a byte order mark, which would become a part of the first column's name",
    b"\xff\xfe": "is UTF-16",
    b"\xfe\xff": "is UTF-16",
}
_USUAL_HEADER, _LONGEST_HEADER = 16 * 1024, 1024 * 1024
"""Bytes of a file that its header and first row are looked for in: first so many, then so many."""


class CsvFileError(Exception):
    """Why a file, or what a pattern matches, cannot be read. The text is a sentence that names the file.

    ``problem`` is its beginning, without what it says of the file's ``content``; ``help`` is what to do.
    """

    def __init__(self, problem: str, help: str = "", content: str = "") -> None:
        super().__init__(f"{problem}{content}{': ' if help else ''}{help}.")
        self.problem = problem
        self.content = content
        self.help = help


@dataclass(frozen=True)
class CsvFile:
    """A file with the names of its columns, and whether there is a row below them."""

    path: Path
    columns: tuple[str, ...]
    has_rows: bool


def has_spans(pattern: str) -> bool:
    """Whether a pattern has placeholders: then TFX reads only some of the files that it matches."""
    return _PLACEHOLDER.search(pattern) is not None


def matching_files(folder: Path, pattern: str) -> list[Path]:
    """Returns the files that a split's pattern matches, whatever their span or version, sorted.

    Raises OSError, and ValueError for what is no pattern.
    """
    return [path for path in _matches(folder, pattern) if path.is_file()]


def check_matches(folder: Path, pattern: str) -> None:
    """Raises CsvFileError if a pattern matches a folder, which TFX would read as a file."""
    for path in _matches(folder, pattern):
        if path.is_dir():
            raise CsvFileError(
                f"{path} is a folder that the pattern `{pattern}` matches, and TFX reads it as a file",
                "move it away, or name the files by a pattern such as `*.csv`, as "
                '`input_config: {splits: [{name: all, pattern: "*.csv"}]}`',
            )


def read_csv_file(path: Path) -> CsvFile:
    """Reads the beginning of a file. Raises CsvFileError, OSError."""
    with path.open("rb") as stream:
        beginning = stream.read(_USUAL_HEADER)
        if len(_lines(beginning)) < 3:  # the last may be cut off
            beginning += stream.read(_LONGEST_HEADER)
    for mark, what in _MARKS.items():
        if beginning.startswith(mark):
            raise CsvFileError(
                f"{path} {what}",
                "save it as UTF-8 without a byte order mark (a spreadsheet's “CSV”, not “CSV UTF-8”)",
            )
    lines = _lines(beginning)
    if not lines:
        raise CsvFileError(f"{path} is empty", "a CSV file begins with a line of column names")
    try:
        columns = next(csv.reader([lines[0].decode("utf-8")]), [])
    except UnicodeDecodeError:
        raise CsvFileError(f"{path}, line 1 is not UTF-8 text", "save the file as UTF-8") from None
    except csv.Error as error:
        raise CsvFileError(f"{path}, line 1: {error}") from None
    _check_names(path, columns)
    return CsvFile(path, tuple(columns), len(lines) > 1)


def check_same_columns(files: Sequence[CsvFile]) -> None:
    """Raises CsvFileError if files of one split have different columns: TFX takes those of the first."""
    for file in files[1:]:
        if file.columns != files[0].columns:
            raise CsvFileError(
                f"{file.path} has other columns than {files[0].path.name}",
                content=f": {', '.join(file.columns)} instead of {', '.join(files[0].columns)}",
            )


def _matches(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(_PLACEHOLDER.sub("*", pattern)))


def _lines(beginning: bytes) -> list[bytes]:
    return [line for line in beginning.splitlines() if line.strip()]


def _check_names(path: Path, columns: Sequence[str]) -> None:
    twice = [name for name, number in Counter(columns).items() if number > 1]
    if twice:
        named = ", ".join(f"`{name}`" if name else "no name" for name in twice)
        raise CsvFileError(
            f"{path} has {'a column name' if len(twice) == 1 else 'column names'} more than once",
            "TFX would keep only the last column; give each a name of its own",
            f" ({named})",
        )
