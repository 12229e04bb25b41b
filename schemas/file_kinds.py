"""What a file is, by its first and last bytes, and which ExampleGen reads it.

Sources: the specifications of TFRecord (TensorFlow's ``record_writer.h``), Parquet and Avro, gzip (RFC 1952).
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Literal, Optional, cast

from tfxc.schemas.data_files import DataFileError
from tfxc.schemas.tf_records import masked_checksum

InputFormat = Literal["csv", "records", "avro", "parquet"]
Kind = Literal["csv", "records", "avro", "parquet", "gzip", "bzip2", "xz", "zip", "binary"]

_BEGINNINGS: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"Obj\x01", "avro"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"PK\x03\x04", "zip"),
)
_NAMES: dict[str, str] = {
    "csv": "a text file",
    "records": "a TFRecord file",
    "avro": "an Avro file",
    "parquet": "a Parquet file",
    "gzip": "a gzip file",
    "bzip2": "a bzip2 file",
    "xz": "an xz file",
    "zip": "a ZIP archive, as Excel's workbooks are",
    "binary": "a binary file",
}
_EXPECTED = {"csv": "CSV", "records": "TFRecords", "avro": "Avro", "parquet": "Parquet"}
_ENDINGS: dict[str, Kind] = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
"""Endings by which Beam knows that a file is compressed (``CompressionTypes.detect_compression_type``)."""
UNREADABLE_ENDINGS = (".zst", ".zstd", ".deflate", ".lzma")
"""Endings of what Beam decompresses and Python does not: such files are not looked into."""
_HEAD, _FOOT = 12, 4
"""Bytes before and after the data of a TFRecord."""
MOST_RECORDS = 20_000
"""Records of one file whose lengths are looked at."""


def open_data(path: Path) -> IO[bytes]:
    """Opens a file as Beam does: decompressed if its ending says that it is compressed. Raises OSError."""
    kind = _ENDINGS.get(path.suffix.lower())
    if kind == "gzip":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    if kind == "bzip2":
        return cast("IO[bytes]", bz2.open(path, "rb"))
    return cast("IO[bytes]", lzma.open(path, "rb")) if kind == "xz" else path.open("rb")


def read_beginning(path: Path, size: int) -> bytes:
    """Returns the first bytes of a file, decompressed. Raises DataFileError if it cannot be, OSError."""
    try:
        with open_data(path) as stream:
            return stream.read(size)
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile):
        pass
    except OSError as error:
        if error.errno is not None:
            raise
    raise DataFileError(
        f"{path} cannot be decompressed", "it is cut off, or not what its ending says", code="W766"
    )


def check_kind(path: Path, expected: InputFormat) -> None:
    """Raises DataFileError if a file is surely of another kind than is read, or cut off; OSError.

    An empty file is of any kind.
    """
    with path.open("rb") as stream:
        raw = stream.read(_HEAD)
    packed = kind_of(raw)
    ending = _ENDINGS.get(path.suffix.lower()) if expected in ("csv", "records") else None
    if not raw:
        if expected in ("avro", "parquet"):
            raise _wrong(path, f"is empty, and so no {_EXPECTED[expected]} file", "remove it")
        return
    if ending is not None and packed != ending:
        raise _wrong(path, f"is called {path.suffix}, but is not compressed", "give it another ending")
    if ending is None and packed in _ENDINGS.values():
        named = next(name for name, kind in _ENDINGS.items() if kind == packed)
        help = f"give it the ending {named}" if expected in ("csv", "records") else "decompress it"
        raise _wrong(path, f"is {_NAMES[packed]}, which TFX would not decompress", help)
    beginning = read_beginning(path, 1024)
    kind = kind_of(beginning)
    if kind != expected and (kind != "binary" or expected != "csv"):
        reader = _reader(kind)
        help = f"{reader} reads {_EXPECTED[kind]}" if reader else f"save it as {_EXPECTED[expected]}"
        raise _wrong(path, f"is {_NAMES[kind]}, not {_EXPECTED[expected]}", help)
    if expected == "records" and ending is None:
        _check_lengths(path)
    if expected == "parquet":
        with path.open("rb") as stream:
            stream.seek(-4, os.SEEK_END)
            if stream.read(4) != b"PAR1":
                raise _wrong(path, "is a Parquet file that is cut off", "write it again")


def _reader(kind: Kind) -> str:
    """Returns the component that reads files of a kind; nothing if none does."""
    from tfxc.schemas.components import component_model, component_types

    found = (name for name in component_types() if component_model(name).input_format == kind)
    return next(found, "")


def kind_of(beginning: bytes) -> Kind:
    """Returns what a file is by its first 12 bytes or more; ``csv`` for any text."""
    for mark, kind in _BEGINNINGS:
        if beginning.startswith(mark):
            return kind
    if record_length(beginning) is not None:
        return "records"
    is_marked = beginning.startswith((b"\xff\xfe", b"\xfe\xff"))
    return "binary" if b"\0" in beginning and not is_marked else "csv"


def record_length(head: bytes) -> Optional[int]:
    """Returns how long the data of a TFRecord is whose first 12 bytes these are; None if it is none."""
    if len(head) < _HEAD:
        return None
    length, checksum = struct.unpack("<QI", head[:_HEAD])
    return int(length) if masked_checksum(head[:8]) == checksum else None


def _check_lengths(path: Path) -> None:
    """Raises DataFileError if a record of an uncompressed file is broken or cut off."""
    size, place = path.stat().st_size, 0
    with path.open("rb") as stream:
        for number in range(1, MOST_RECORDS + 1):
            if place == size:
                return
            stream.seek(place)
            head = stream.read(_HEAD)
            length = record_length(head)
            if length is None and len(head) == _HEAD:
                raise _wrong(path, f"is a TFRecord file whose record {number} is broken", "write it again")
            place += _HEAD + (length or 0) + _FOOT
            if place > size:
                raise _wrong(path, f"is a TFRecord file that is cut off in record {number}", "write it again")


def _wrong(path: Path, what: str, help: str) -> DataFileError:
    return DataFileError(f"{path} {what}", help, code="W766")
