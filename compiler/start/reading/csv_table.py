"""CSV as people save it: with semicolons, without a header, from a spreadsheet, zipped."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Optional

from tfxc.compiler.start.columns import number_text, without_gap
from tfxc.compiler.start.names import fit_names
from tfxc.compiler.start.reading.table import Cells, Table, look_at
from tfxc.schemas.failures import Failure
from tfxc.schemas.words.wording import joined

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_SAMPLE = 100
"""Rows from which separator and header are told."""
_CHUNK = 1024 * 1024
_BLANKS = " "
"""among the words of a file: values with blanks around them"""
_GZIP = b"\x1f\x8b"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
_CODINGS = {
    "utf-8-sig": "it begins with a byte order mark",
    "utf-16": "it is UTF-16",
    "cp1252": "it is not UTF-8, and was read as Windows-1252",
}


@dataclass(frozen=True)
class _Layout:
    coding: str
    is_zipped: bool
    separator: str = ","
    has_header: bool = True


def read_csv(path: Path, separator: Optional[str] = None, has_header: Optional[bool] = None) -> Table:
    """Looks at a CSV file; separator and header are told from its first rows if not given.

    Raises Failure with a sentence for a file of which no table can be made, and OSError.
    """
    with path.open("rb") as stream:
        is_zipped = stream.read(2) == _GZIP
    layout = _Layout(_coding(path, is_zipped), is_zipped)
    with _opened(path, layout) as text:
        lines = [line for line in islice(text, _SAMPLE) if line.strip()]
    if not lines:
        raise Failure(f"{path} is empty")
    layout = _Layout(layout.coding, is_zipped, separator or _separator(path, lines))
    sample = list(csv.reader(lines, delimiter=layout.separator))
    header = _has_header(sample) if has_header is None else has_header
    layout = _Layout(layout.coding, is_zipped, layout.separator, header)
    names = tuple(
        name.strip() if header and name.strip() else f"column_{number}"
        for number, name in enumerate(sample[0], start=1)
    )

    words: set[str] = set()

    def rows() -> Iterator[Cells]:
        return _rows(path, layout, len(names), words)

    columns = look_at(path, names, rows, may_have_comma=layout.separator != ",")
    return Table(path, "CSV", columns, rows, _notes(layout, words), _reasons(layout, sample[0], words))


def _notes(layout: _Layout, words: set[str]) -> tuple[str, ...]:
    notes = []
    if layout.separator != ",":
        notes.append(f"its values are separated by {SEPARATORS.get(layout.separator, layout.separator)}")
    if not layout.has_header:
        notes.append("it has no header: the columns are called column_1, column_2 and so on")
    if layout.coding in _CODINGS:
        notes.append(_CODINGS[layout.coding])
    gaps = sorted(words - {_BLANKS})
    if gaps:
        stand = "stands" if len(gaps) == 1 else "stand"
        notes.append(f"{joined([f'`{word}`' for word in gaps], 'and')} {stand} for a gap")
    return (*notes, "it is compressed") if layout.is_zipped else tuple(notes)


def _reasons(layout: _Layout, header: Sequence[str], words: set[str]) -> tuple[str, ...]:
    reasons = []
    if layout.separator != ",":
        reasons.append("commas between the values")
    if not layout.has_header:
        reasons.append("a header")
    elif fit_names(header) != tuple(header):
        reasons.append("names that can be those of features")
    if layout.coding != "utf-8":
        reasons.append("UTF-8 without a byte order mark")
    if words - {_BLANKS}:
        reasons.append("gaps that are empty")
    if _BLANKS in words:
        reasons.append("no blanks around values")
    return (*reasons, "not compressed") if layout.is_zipped else tuple(reasons)


@contextmanager
def _opened(path: Path, layout: _Layout) -> Iterator[io.TextIOWrapper]:
    with path.open("rb") as raw, _unzipped(raw, layout.is_zipped) as stream:
        try:
            yield io.TextIOWrapper(stream, encoding=layout.coding, newline="")
        except (EOFError, gzip.BadGzipFile):
            raise Failure(f"{path} is compressed, and damaged or cut off") from None
        except UnicodeDecodeError:
            raise Failure(f"{path} is no text: its bytes are not {layout.coding}") from None


@contextmanager
def _unzipped(raw: BinaryIO, is_zipped: bool) -> Iterator[BinaryIO]:
    if not is_zipped:
        yield raw
        return
    with gzip.GzipFile(fileobj=raw) as stream:
        yield stream  # type: ignore[misc]  # it reads as a BinaryIO does


def _coding(path: Path, is_zipped: bool) -> str:
    """Returns the encoding of a file: by its mark, UTF-8 if all of it is, Windows' otherwise."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as raw, _unzipped(raw, is_zipped) as stream:
            chunk = stream.read(_CHUNK)
            for mark, coding in _MARKS.items():
                if chunk.startswith(mark):
                    return coding
            if b"\0" in chunk:
                raise Failure(f"{path} is no text: it has zero bytes")
            while chunk:
                decoder.decode(chunk)
                chunk = stream.read(_CHUNK)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    except (EOFError, gzip.BadGzipFile):
        raise Failure(f"{path} is compressed, and damaged or cut off") from None
    return "utf-8"


def _separator(path: Path, lines: Sequence[str]) -> str:
    """Returns what separates the values: what gives most rows the same number of columns, the most."""
    best, most = ",", 1
    for separator in SEPARATORS:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=separator)]
        except csv.Error:
            continue
        same = sum(width == widths[0] for width in widths) / len(widths)
        if same >= 0.9 and widths[0] > most:
            best, most = separator, widths[0]
    if most == 1:
        raise Failure(
            f"{path} has one column only, whichever of `,` `;` `|` and tabs separates the values: "
            "a label needs a column beside it"
        )
    return best


def _has_header(sample: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is unlike those below it: no number above numbers, no text of its own column."""
    first, below = sample[0], [row for row in sample[1:] if len(row) == len(sample[0])]
    repeated = 0
    for position, name in enumerate(first):
        values = [value for row in below if (value := without_gap(row[position])) is not None]
        numbers = sum(number_text(value, True) is not None for value in values)
        if number_text(name.strip(), True) is not None and values and numbers >= 0.9 * len(values):
            return False
        repeated += name.strip() in values
    return repeated < len(first)


def _rows(path: Path, layout: _Layout, width: int, words: set[str]) -> Iterator[Cells]:
    """Yields the rows. ``words`` gets what stands for a gap, and `_BLANKS` if a value has some around it."""
    with _opened(path, layout) as text:
        reader = csv.reader(text, delimiter=layout.separator)
        try:
            if layout.has_header:
                next(reader)
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != width:
                    raise Failure(
                        f"{path}, line {reader.line_num}: there are {len(cells)} values, but {width} columns"
                    )
                yield [_cell(cell, words) for cell in cells]
        except csv.Error as error:
            raise Failure(f"{path}, line {reader.line_num}: {error}") from None


def _cell(cell: str, words: set[str]) -> Optional[str]:
    value = without_gap(cell)
    if value is None and cell:
        words.add(cell.strip() or _BLANKS)
    elif value is not None and len(value) != len(cell):
        words.add(_BLANKS)
    return value
