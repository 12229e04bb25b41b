"""The features of the tf.Examples that a TFRecord file begins with."""

from __future__ import annotations

import gzip
import lzma
import os
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Optional

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_tables import ColumnKind, DataTable
from tfxc.schemas.file_kinds import open_data, record_length
from tfxc.schemas.tf_examples import BYTES, FLOATS, INTEGERS, Feature, NoExampleError, parse_example
from tfxc.schemas.wire_format import WireError, fields

FIRST_SAMPLE, SAMPLE = 100, 10
"""Records that are looked into, of the first file of several and of the others."""
_COUNTED = 1000
"""Records that are counted at most."""
_MOST = 1 << 20
"""Bytes of records that are looked into, if the first is not longer."""
_LONGEST = 16 << 20
"""Bytes of the first record, and of a file in which records are counted."""
_HEAD, _FOOT = 12, 4
_KINDS: dict[int, ColumnKind] = {BYTES: "BYTES", FLOATS: "FLOAT", INTEGERS: "INT"}


def read_record_file(path: Path, most: int = FIRST_SAMPLE) -> Optional[DataTable]:
    """Looks at the first records of a file, ``most`` at most.

    Returns None if they are no tf.Examples, but may be other messages. Raises DataFileError for a record that
    is no protobuf message at all, OSError.
    """
    seen: Counter[str] = Counter()
    found: dict[str, set[ColumnKind]] = {}
    sampled, rows = 0, 0
    records = _Records(path, most)
    for rows, record in enumerate(records, start=1):
        if record is None:
            continue
        sampled += 1
        features = _features(path, rows, record)
        if features is None:
            return None
        for name, feature in features.items():
            if feature.values:
                seen[name] += 1
                found.setdefault(name, set()).add(_KINDS.get(feature.kind, ""))
    return DataTable(
        path,
        columns=tuple(sorted(seen)),
        kinds={name: next(iter(each)) for name, each in found.items() if len(each) == 1},
        rows=rows if records.ended else None,
        sampled=sampled,
        partial=not (records.ended and sampled == rows),
        sometimes=frozenset(name for name, count in seen.items() if count < sampled),
    )


class _Records:
    """The first records of a file, None for those that are only counted.

    ``ended`` is, after them, whether there are no more. One that is broken is an end: `check_kind` tells it.
    """

    def __init__(self, path: Path, most: int) -> None:
        self._path = path
        self._most = most
        self.ended = False

    def __iter__(self) -> Iterator[Optional[bytes]]:
        try:
            with open_data(self._path) as stream:
                yield from self._of(stream)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile):
            self.ended = True

    def _of(self, stream: IO[bytes]) -> Iterator[Optional[bytes]]:
        passed, room = 0, _LONGEST
        for number in range(_COUNTED):
            length = record_length(stream.read(_HEAD))
            if length is None:
                self.ended = True
                return
            passed += length
            if number < self._most and length <= room:
                yield stream.read(length + _FOOT)[:length]
                room = (room if number else _MOST) - length
            elif passed > _LONGEST:
                return
            else:
                stream.seek(length + _FOOT, os.SEEK_CUR)
                yield None


def _features(path: Path, number: int, record: bytes) -> Optional[dict[str, Feature]]:
    """Returns the features of a record; None if it may be another message than a tf.Example."""
    try:
        return parse_example(record)
    except NoExampleError:
        if _is_message(record):
            return None
    raise DataFileError(
        f"{path} is a TFRecord file whose record {number} is no tf.Example",
        "it is no protobuf message; write tf.Examples, or read the records by an executor of your own "
        "(FileBasedExampleGen)",
        code="W766",
    )


def _is_message(record: bytes) -> bool:
    try:
        return all(number for number, _ in fields(record))
    except WireError:
        return False
