"""The columns of an Avro file, from the schema in its header.

Source: the specification of Avro 1.11, "Object Container Files".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Optional

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.data_tables import ColumnKind, DataTable
from tfxc.schemas.wire_format import WireError, varint

_MAGIC = b"Obj\x01"
_MOST = 1 << 20
"""Bytes of a header that are read."""
_KINDS: dict[str, ColumnKind] = {
    "boolean": "INT",
    "int": "INT",
    "long": "INT",
    "float": "FLOAT",
    "double": "FLOAT",
    "string": "BYTES",
    "bytes": "BYTES",
    "enum": "BYTES",
}


def read_avro_file(path: Path) -> Optional[DataTable]:
    """Reads the columns of a file; None if it holds no records, or if its header is too long.

    Raises DataFileError if the header is broken, OSError.
    """
    with path.open("rb") as stream:
        content = stream.read(_MOST)
    try:
        schema = json.loads(next(value for key, value in _metadata(content) if key == b"avro.schema"))
        if not isinstance(schema, dict) or schema.get("type") != "record":
            return None
        fields = {str(field["name"]): _kind(field["type"]) for field in schema["fields"]}
    except (WireError, StopIteration, ValueError, LookupError, TypeError, RecursionError):
        if len(content) == _MOST:
            return None
        raise DataFileError(
            f"{path} is an Avro file whose header is broken", "write it again", code="W766"
        ) from None
    return DataTable(path, tuple(fields), {name: kind for name, kind in fields.items() if kind})


def _metadata(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields the entries of the header's map: blocks of them, up to one of none."""
    at = len(_MAGIC)
    count, at = _long(content, at)
    while count:
        if count < 0:  # then the size of the block follows
            count = -count
            _, at = _long(content, at)
        for _ in range(count):
            key, at = _bytes(content, at)
            value, at = _bytes(content, at)
            yield key, value
        count, at = _long(content, at)


def _bytes(content: bytes, at: int) -> tuple[bytes, int]:
    size, at = _long(content, at)
    if size < 0 or at + size > len(content):
        raise WireError("cut off")
    return content[at : at + size], at + size


def _long(content: bytes, at: int) -> tuple[int, int]:
    value, at = varint(content, at)
    return (value >> 1) ^ -(value & 1), at


def _kind(declared: Any) -> ColumnKind:
    """Returns what TFX makes of values of a type, which may be missing."""
    if isinstance(declared, list):
        kinds = [each for each in declared if each != "null"]
        return _kind(kinds[0]) if len(kinds) == 1 else ""
    if isinstance(declared, dict):
        return "" if "logicalType" in declared else _kind(declared.get("type"))
    return _KINDS.get(declared, "") if isinstance(declared, str) else ""
