"""Rows of data to ask a model about, read from CSV, JSON lines or TFRecord. Imports no TensorFlow."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Union

from tfxc.schemas.failures import Failure, WrongUse, because
from tfxc.schemas.words.wording import counted

FORMATS = ("csv", "jsonl", "tfrecord")
_SUFFIXES = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".tfrecord": "tfrecord",
    ".tfrecords": "tfrecord",
}
_SHARD = re.compile(r"-\d{5}-of-\d{5}(\.gz)?$")
"""the end of what TFX calls its files of examples: data_tfrecord-00000-of-00001.gz"""
STANDARD_INPUT = "-"


class Row(NamedTuple):
    """A row: where it stands, and its columns, or (of a TFRecord) a serialised example.

    The columns of CSV are texts, "" for a gap; those of JSON are JSON values.
    """

    place: str
    content: Union[dict[str, Any], bytes]


def format_of(name: str, wanted: str | None) -> str:
    """Returns the format of a file. Raises WrongUse if its name does not tell."""
    if wanted is not None:
        if wanted not in FORMATS:
            raise WrongUse(f"--format {wanted}: there are {', '.join(FORMATS)}.")
        return wanted
    names = [suffix.lower() for suffix in Path(name).suffixes]
    if _SHARD.search(Path(name).name):
        return "tfrecord"
    found = next((_SUFFIXES[suffix] for suffix in names if suffix in _SUFFIXES), None)
    if found is None:
        raise WrongUse(
            f"`{name}` does not say by its name what it is: say --format with {', '.join(FORMATS)}."
        )
    return found


def read_rows(name: str, format_name: str) -> Iterator[Row]:
    """Yields the rows of a file; ``-`` is standard input, and .gz is unpacked. Raises Failure."""
    path = Path(name)
    try:
        if name == STANDARD_INPUT:
            yield from _rows(sys.stdin.buffer, "standard input", format_name)
            return
        with path.open("rb") as stream:
            if path.suffix == ".gz":
                import gzip

                yield from _rows(gzip.GzipFile(fileobj=stream), name, format_name)
            else:
                yield from _rows(stream, name, format_name)
    except UnicodeDecodeError:
        raise Failure(f"{name} is not UTF-8") from None
    except EOFError:
        raise Failure(f"{name} is cut off") from None
    except OSError as error:
        raise Failure(because(error, path)) from None


def _rows(stream: Any, name: str, format_name: str) -> Iterator[Row]:
    if format_name == "tfrecord":
        yield from _records(stream, name)
        return
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
    yield from _csv(text, name) if format_name == "csv" else _lines(text, name)


def _csv(text: io.TextIOWrapper, name: str) -> Iterator[Row]:
    reader = csv.reader(text)
    try:
        header = next(reader, None)
        if header is None:
            raise Failure(f"{name} is empty: its first line must name the columns")
        if len(set(header)) < len(header):
            double = next(each for each in header if header.count(each) > 1)
            raise Failure(f"{name}: two columns are named `{double}`")
        for cells in reader:
            if not cells:
                continue
            place = f"{name}:{reader.line_num}"
            if len(cells) != len(header):
                values, columns = counted(len(cells), "value"), counted(len(header), "column")
                raise Failure(f"{place}: {values}, but {columns}")
            yield Row(place, dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        raise Failure(f"{name}:{reader.line_num}: {error}") from None


def _lines(text: io.TextIOWrapper, name: str) -> Iterator[Row]:
    for number, line in enumerate(text, start=1):
        if not line.strip():
            continue
        place = f"{name}:{number}"
        try:
            value = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise Failure(f"{place}: it is no JSON: {error}; each line must be an object") from None
        if not isinstance(value, dict):
            raise Failure(f"{place}: each line must be an object with a value for each column")
        yield Row(place, value)


def _records(stream: BinaryIO, name: str) -> Iterator[Row]:
    from tfxc.schemas.tf_records import RecordError, records_in

    try:
        for number, record in enumerate(records_in(stream), start=1):
            yield Row(f"{name}, record {number}", record)
    except RecordError as error:
        raise Failure(f"{name}: {error}") from None
