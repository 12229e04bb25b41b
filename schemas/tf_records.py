"""TFRecord files: reading and writing them without TensorFlow.

The format is that of ``tensorflow/core/lib/io/record_reader.h``: length, its checksum, data, its checksum.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import IO

_HEAD, _FOOT = 12, 4
"""Bytes before and after the data of a record."""


class RecordError(Exception):
    """A file that is no TFRecord file, or is cut off."""


@lru_cache(maxsize=1)
def _crc_table() -> tuple[int, ...]:
    """Returns the table of CRC-32C (Castagnoli), whose reflected polynomial is 0x82F63B78."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return tuple(table)


def masked_checksum(data: bytes) -> int:
    """Returns the checksum of data as it stands in a file: CRC-32C, rotated, plus a constant."""
    table, crc = _crc_table(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def record(data: bytes) -> bytes:
    """Returns data as a record."""
    length = struct.pack("<Q", len(data))
    checks = struct.pack("<I", masked_checksum(length)), struct.pack("<I", masked_checksum(data))
    return b"".join((length, checks[0], data, checks[1]))


def read_records(path: Path) -> Iterator[bytes]:
    """Yields the records of a file. Raises RecordError, and OSError."""
    with path.open("rb") as stream:
        yield from records_in(stream)


def records_in(stream: IO[bytes]) -> Iterator[bytes]:
    """Yields the records of a stream. Raises RecordError.

    The checksum of each length is checked: that of the data would take longer than using them.
    """
    for framed in framed_records_in(stream):
        yield framed[_HEAD:-_FOOT]


def framed_records_in(stream: IO[bytes]) -> Iterator[bytes]:
    """Yields the records of a stream as they stand there, each with its length and checksums.

    Raises RecordError.
    """
    while header := stream.read(_HEAD):
        if len(header) < _HEAD:
            raise RecordError("it ends within a record")
        length, check = struct.unpack("<QI", header)
        if masked_checksum(header[:8]) != check:
            raise RecordError("it is no TFRecord file, or is damaged")
        rest = stream.read(length + _FOOT)
        if len(rest) < length + _FOOT:
            raise RecordError("it ends within a record")
        yield header + rest
