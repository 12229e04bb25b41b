"""What an ExampleGen would read from a folder: the files of each of its splits, looked into.

The checks before a run and the launcher, where data is only there when a node runs, ask the same here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Optional

from tfxc.schemas.csv_files import CsvFile, check_same_columns, read_csv_file
from tfxc.schemas.data_files import DataFileError, check_are_data, check_matches, matching_files, nearest
from tfxc.schemas.data_spans import filled, has_spans, unfinished_span
from tfxc.schemas.data_tables import DataTable
from tfxc.schemas.file_kinds import UNREADABLE_ENDINGS, check_kind
from tfxc.schemas.table_files import read_table_file

MOST_TABLES = 50
"""Files of a split whose columns are looked at, where they are no CSV files."""


@dataclass(frozen=True)
class InputSplit:
    """A split's files; of CSV files what they begin with, too, of others what tells their columns."""

    name: str
    paths: tuple[Path, ...]
    csv_files: tuple[CsvFile, ...] = ()
    tables: tuple[DataTable, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the split's files; none where there is no telling."""
        if self.csv_files:
            return self.csv_files[0].columns
        return tuple(dict.fromkeys(name for table in self.tables for name in table.columns))

    @property
    def steady_columns(self) -> tuple[str, ...]:
        """The columns that every row of the files has, or surely has a place for."""
        tables = self.tables
        return tuple(
            name
            for name in self.columns
            if all(name in each.columns and name not in each.sometimes for each in tables)
        )


@dataclass(frozen=True)
class InputData:
    """The splits of an input, and what is to be said of them that is no mistake."""

    splits: tuple[InputSplit, ...]
    remarks: tuple[str, ...] = ()

    @property
    def csv_files(self) -> tuple[CsvFile, ...]:
        """The CSV files of all splits."""
        return tuple(file for split in self.splits for file in split.csv_files)


def asked_span(range_config: Any) -> Optional[int]:
    """Returns the span that a range_config names; None for the latest. It is a mapping, or None."""
    static = range_config.get("static_range") if isinstance(range_config, dict) else None
    start = static.get("start_span_number", 0) if isinstance(static, dict) else None
    return int(start) if isinstance(start, (int, str)) and str(start).isdigit() else None


def read_input(
    folder: Path,
    splits: Sequence[tuple[str, str]],
    input_format: str,
    start: Optional[int] = None,
    most: Optional[int] = None,
    has_examples: bool = True,
) -> InputData:
    """Reads the beginnings of the files of splits (name and pattern).

    ``most`` is how many files of a split are looked into at most, ``has_examples`` whether records are to be
    tf.Examples, with features to look at. Raises DataFileError for what TFX would
    read wrongly or not at all, OSError, and ValueError or NotImplementedError for what is no pattern.
    """
    patterns = filled(folder, splits, start)
    remarks = [
        remark
        for _, pattern in splits
        if has_spans(pattern) and (remark := unfinished_span(folder, pattern, start)) is not None
    ]
    looked_into = input_format if has_examples or input_format != "records" else "other"
    read = tuple(
        _with_tables(_split(folder, name, pattern, input_format, most), looked_into)
        for name, pattern in patterns
    )
    return InputData(read, tuple(dict.fromkeys(remarks)))


def missing_columns(splits: Sequence[InputSplit]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Returns for splits that lack columns: the split, one that has them, and the columns."""
    found = []
    for split in splits:
        there = frozenset(split.columns)
        for other in splits:
            lacking = tuple(name for name in other.steady_columns if name not in there)
            if lacking and split.columns:
                found.append((split.name, other.name, lacking))
                break
    return found


def _split(folder: Path, name: str, pattern: str, input_format: str, most: Optional[int]) -> InputSplit:
    if input_format == "csv":
        check_matches(folder, pattern)
    paths = matching_files(folder, pattern, into_folders=input_format != "csv")
    if not paths:
        split = f" (split `{name}`)" if name else ""
        raise DataFileError(f"no file in {folder} matches `{pattern}`{split}", nearest(folder, pattern))
    known = [path for path in paths[:most] if path.suffix.lower() not in UNREADABLE_ENDINGS]
    if input_format != "csv":
        _check_kinds(known, pattern, input_format)
        return InputSplit(name, tuple(paths))
    files = [read_csv_file(path) for path in known]
    check_same_columns(files)
    if files and not any(file.has_rows for file in files):
        split = f" (split `{name}`)" if name else ""
        raise DataFileError(f"{files[0].path} has column names but no rows{split}")
    return InputSplit(name, tuple(paths), tuple(files))


def _with_tables(split: InputSplit, input_format: str) -> InputSplit:
    """Returns a split with what tells the columns of its files; without if that of one does not.

    Raises DataFileError.
    """
    tables: list[DataTable] = []
    known = [path for path in split.paths if path.suffix.lower() not in UNREADABLE_ENDINGS]
    for path in known[:MOST_TABLES] if input_format not in ("csv", "other") else ():
        if not path.stat().st_size:
            continue
        table = read_table_file(path, input_format, is_first=not tables)
        if table is None:
            return split
        tables.append(table)
    return replace(split, tables=tuple(tables))


def _check_kinds(paths: Sequence[Path], pattern: str, input_format: str) -> None:
    """Raises DataFileError if a file is of another kind than is read; an empty one has no records."""
    if input_format == "other":
        return
    check_are_data([path for path in paths if path.stat().st_size or input_format != "records"], pattern)
    for path in paths:
        check_kind(path, input_format)  # type: ignore[arg-type]
