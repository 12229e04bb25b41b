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

from tfxc.compiler.start.columns import without_gap
from tfxc.compiler.start.reading.table import Cells, Table, look_at
from tfxc.schemas.csv_dialect import (
    COMMA,
    OTHER_SEPARATORS,
    SAMPLE_ROWS,
    is_first_row_data,
    read_rows,
    separator_of,
)
from tfxc.schemas.failures import Failure
from tfxc.schemas.words.wording import joined

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
    separator: str = COMMA
    has_header: bool = True


def read_csv(path: Path, separator: Optional[str] = None, has_header: Optional[bool] = None) -> Table:
    """Looks at a CSV file; separator and header are told from its first rows if not given.

    Raises Failure with a sentence for a file of which no table can be made, and OSError.
    """
    with path.open("rb") as stream:
        is_zipped = stream.read(2) == _GZIP
    layout = _Layout(_coding(path, is_zipped), is_zipped)
    with _opened(path, layout) as text:
        beginning = "".join(islice(text, SAMPLE_ROWS))
    if not beginning.strip():
        raise Failure(f"{path} is empty")
    separator = separator or separator_of(beginning)
    sample = _sample(path, beginning, separator)
    header = not is_first_row_data(sample[0], sample[1:]) if has_header is None else has_header
    layout = _Layout(layout.coding, is_zipped, separator, header)
    names = tuple(
        name.strip() if header and name.strip() else f"column_{number}"
        for number, name in enumerate(sample[0], start=1)
    )

    words: set[str] = set()

    def rows() -> Iterator[Cells]:
        return _rows(path, layout, len(names), words)

    columns = look_at(path, names, rows, may_have_comma=layout.separator != COMMA)
    return Table(path, "CSV", columns, rows, _notes(layout, words), _reasons(layout, sample[0], words))


def _sample(path: Path, beginning: str, separator: str) -> list[list[str]]:
    """Returns the first rows. Raises Failure if they have one column only."""
    try:
        sample = read_rows(beginning, separator, SAMPLE_ROWS)
    except csv.Error as error:
        raise Failure(f"{path}: {error}") from None
    if len(sample[0]) > 1:
        return sample
    raise Failure(
        f"{path} has one column only, as its first lines are separated: a label needs columns beside it; "
        "say what separates them with --separator"
    )


def _notes(layout: _Layout, words: set[str]) -> tuple[str, ...]:
    notes = []
    if layout.separator != COMMA:
        notes.append(
            f"its values are separated by {OTHER_SEPARATORS.get(layout.separator, f'`{layout.separator}`')}"
        )
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
    if layout.separator != COMMA:
        reasons.append("commas between the values")
    if not layout.has_header:
        reasons.append("a header")
    elif not all(name.strip() for name in header):
        reasons.append("a name for each column")
    if layout.coding != "utf-8":
        reasons.append("UTF-8 without a byte order mark")
    if words - {_BLANKS}:
        reasons.append("gaps that are empty")
    if _BLANKS in words or any(name != name.strip() for name in header):
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
