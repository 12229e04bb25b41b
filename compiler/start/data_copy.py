"""The copy of the data that a project begins with, and what is different in it."""

from __future__ import annotations

import csv
import gzip
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

from tfxc.compiler.start.columns import Column, Kind, number_text
from tfxc.compiler.start.reading.table import Cells, Table
from tfxc.schemas.tf_records import record
from tfxc.schemas.words.wording import joined


@dataclass(frozen=True)
class DataCopy:
    """What is written of a table: the columns that are kept, without the rows that have no label.

    ``done`` are phrases about what is different from the file; without any it is copied as it is.
    """

    table: Table
    columns: tuple[Column, ...]
    label: Column
    file_name: str
    done: tuple[str, ...]

    @property
    def rows(self) -> int:
        """How many rows the copy has."""
        return self.table.number_of_rows - self.label.missing

    def label_numbers(self) -> Iterator[float]:
        """Yields the label of each row; of a label of numbers."""
        position = self.table.columns.index(self.label)
        for cells in self.table.rows():
            text = _value(cells[position], self.label)
            if text is not None:
                yield float(text)

    def write(self, folder: Path) -> None:
        """Writes the copy into a folder. Raises OSError."""
        target = folder / self.file_name
        if not self.done:
            shutil.copyfile(self.table.path, target)
        elif self.table.format == "TFRecord":
            self._write_records(target)
        else:
            self._write_csv(target)

    def _write_csv(self, target: Path) -> None:
        kept = [(self.table.columns.index(column), column) for column in self.columns]
        with target.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow([column.name for column in self.columns])
            for cells in self._labelled():
                writer.writerow([_value(cells[position], column) for position, column in kept])

    def _write_records(self, target: Path) -> None:
        from tfxc.compiler.start.reading.records_table import read_records

        position = self.table.columns.index(self.label)
        with gzip.open(target, "wb") as stream:
            for content, cells in zip(read_records(self.table.path), self.table.rows(), strict=True):
                if cells[position] is not None:
                    stream.write(record(content))

    def _labelled(self) -> Iterator[Cells]:
        position = self.table.columns.index(self.label)
        return (cells for cells in self.table.rows() if _value(cells[position], self.label) is not None)


def data_copy(table: Table, label: Column) -> DataCopy:
    """Returns what to write of a table for a pipeline that learns a label."""
    is_records = table.format == "TFRecord"
    dropped = () if is_records else tuple(each for each in table.columns if _is_unwritable(table, each))
    columns = tuple(each for each in table.columns if each not in dropped)
    done = [*table.reasons, *(() if is_records else _of_values(columns))]
    if label.missing:
        rows = f"{label.missing:,} row{'' if label.missing == 1 else 's'}"
        done.append(f"{rows} without a label left out")
    done += [f"`{each.name}` left out: {_why_dropped(each)}" for each in dropped]
    return DataCopy(table, columns, label, _file_name(table, bool(done)), tuple(done))


def _of_values(columns: tuple[Column, ...]) -> Iterator[str]:
    renamed = [f"`{each.source}` as `{each.name}`" for each in columns if each.source != each.name]
    if renamed:
        more = [f"{len(renamed) - 5} more"] if len(renamed) > 5 else []
        yield f"columns renamed: {joined([*renamed[:5], *more], 'and')}"
    for each in columns:
        if each.stray:
            words = joined([f"`{word}`" for word in each.stray], "and")
            yield f"{words} among the numbers of `{each.name}` left out"
    commas = [each for each in columns if each.has_decimal_comma]
    if commas:
        yield f"decimal points in place of commas in {_names(tuple(commas))}"


def _is_unwritable(table: Table, column: Column) -> bool:
    """Whether TFX would not read a column: one without values, or one that CSV cannot hold."""
    return column.kind is Kind.EMPTY or (column.kind is Kind.OTHER and table.format != "TFRecord")


def _why_dropped(column: Column) -> str:
    return f"it has {column.trouble}" if column.trouble else "it is empty, and TFX cannot tell its type"


def _names(columns: tuple[Column, ...]) -> str:
    return joined([f"`{each.name}`" for each in columns], "and")


def _value(text: Optional[str], column: Column) -> Optional[str]:
    """Returns a value as it is written, None for a gap."""
    if text is None or not column.is_number:
        return text
    return number_text(text, column.has_decimal_comma)


def _file_name(table: Table, is_changed: bool) -> str:
    name = table.path.name
    if table.format != "TFRecord":
        stem = name.removesuffix(".gz").removesuffix(".GZ")
        return f"{Path(stem).stem}.csv"
    # Beam tells by the end of the name what is compressed.
    return f"{name.removesuffix('.gz')}.gz" if is_changed or _is_zipped(table.path) else name


def _is_zipped(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"
