"""The columns of a Parquet file, from its footer, without pyarrow.

A check reads files that anybody may have put there: releases of pyarrow below 14.0.1, which TFX 1.16 needs,
run code that a Parquet file brings (CVE-2023-47248); and importing it takes longer than all else of a check.

Sources: ``parquet.thrift`` of the Parquet format, and Thrift's compact protocol.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_tables import ColumnKind, DataTable
from tfxc.schemas.wire_format import WireError, varint

_MAGIC = b"PAR1"
_MOST = 1 << 20
"""Bytes of a footer that are read: the columns come first in it."""
_DEEPEST = 20
_SCHEMA, _ROWS = 2, 3
_TYPE, _REPETITION, _NAME, _CHILDREN, _CONVERTED, _LOGICAL = 1, 3, 4, 5, 6, 10
_PHYSICAL: dict[int, ColumnKind] = {0: "INT", 1: "INT", 2: "INT", 4: "FLOAT", 5: "FLOAT", 6: "BYTES"}
_PLAIN_CONVERTED = frozenset({0, 4, *range(11, 20)})
_PLAIN_LOGICAL = frozenset({1, 4, 10, 12})
"""What changes nothing of a physical type: texts, enumerations, widths of integers, JSON. A date or a decimal
does."""
_REPEATED = 2


def read_parquet_file(path: Path) -> Optional[DataTable]:
    """Reads the columns of a file; None if there are too many. Raises DataFileError if the file is broken,
    OSError."""
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - 8, 0))
        end = stream.read(8)
        length = struct.unpack("<I", end[:4])[0] if len(end) == 8 else 0
        if end[4:] != _MAGIC or not 0 < length <= size - 12:
            raise _broken(path)
        stream.seek(size - 8 - length)
        footer = stream.read(min(length, _MOST))
    try:
        elements, rows = _schema_and_rows(footer)
        return DataTable(path, *_columns(elements), rows=rows)
    except (WireError, LookupError, TypeError, AttributeError, UnicodeDecodeError):
        if length > _MOST:
            return None
        raise _broken(path) from None


def _broken(path: Path) -> DataFileError:
    return DataFileError(f"{path} is a Parquet file whose footer is broken", "write it again", code="W766")


def _schema_and_rows(footer: bytes) -> tuple[list[Any], int]:
    elements: list[Any] = []
    for number, value in _Compact(footer).fields(0):
        if number == _SCHEMA:
            elements = value
        elif number == _ROWS:
            if not isinstance(value, int) or value < 0:
                break
            return elements, value
    raise WireError("no columns")


def _columns(elements: list[Any]) -> tuple[tuple[str, ...], dict[str, ColumnKind]]:
    """Returns the children of the root, and the types of those that are plain values.

    The tree of elements is a list: each is followed by its children.
    """
    names: list[str] = []
    kinds: dict[str, ColumnKind] = {}
    place = 1
    for _ in range(int(elements[0].get(_CHILDREN, 0))):
        element = elements[place]
        name = element[_NAME].decode()
        names.append(name)
        kind = _kind(element)
        if kind:
            kinds[name] = kind
        place = _behind(elements, place)
    return tuple(names), kinds


def _behind(elements: list[Any], place: int) -> int:
    pending = 1
    while pending:
        pending += int(elements[place].get(_CHILDREN, 0)) - 1
        place += 1
    return place


def _kind(element: dict[int, Any]) -> ColumnKind:
    if element.get(_CHILDREN) or element.get(_REPETITION) == _REPEATED:
        return ""
    logical = element.get(_LOGICAL)
    if logical is not None:
        is_plain = next(iter(logical), None) in _PLAIN_LOGICAL
    else:
        is_plain = _CONVERTED not in element or element[_CONVERTED] in _PLAIN_CONVERTED
    return _PHYSICAL.get(element[_TYPE], "") if is_plain else ""


class _Compact:
    """A reader of Thrift's compact protocol; a struct is a mapping from the numbers of its fields."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def fields(self, depth: int) -> Iterator[tuple[int, Any]]:
        """Yields the fields of the struct that begins here. Raises WireError."""
        number = 0
        while (head := self._byte()) != 0:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            yield number, self._value(head & 15, depth)

    def _value(self, kind: int, depth: int, in_list: bool = False) -> Any:
        if depth > _DEEPEST:
            raise WireError("too deep")
        if kind in (1, 2):
            return self._byte() == 1 if in_list else kind == 1
        if kind == 3:
            return self._byte()
        if kind in (4, 5, 6):
            return self._zigzag()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._varint())
        if kind in (9, 10):
            return self._list(depth)
        if kind == 12:
            return dict(self.fields(depth + 1))
        raise WireError("no value")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        size = head >> 4 if head >> 4 != 15 else self._varint()
        if size > len(self._content) - self._at:
            raise WireError("cut off")
        return [self._value(head & 15, depth + 1, in_list=True) for _ in range(size)]

    def _byte(self) -> int:
        return self._bytes(1)[0]

    def _bytes(self, size: int) -> bytes:
        if self._at + size > len(self._content):
            raise WireError("cut off")
        found = self._content[self._at : self._at + size]
        self._at += size
        return found

    def _varint(self) -> int:
        value, self._at = varint(self._content, self._at)
        return value

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
