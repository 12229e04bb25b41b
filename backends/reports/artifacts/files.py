"""Reading the files of artifacts: bytes, names in a folder, and TFRecord."""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tfxc.schemas.plan_values import is_uri

_LENGTH = struct.Struct("<Q")
_CRC = 4
MOST_BYTES = 512 * 1024 * 1024
"""A file that is longer is not read: reports are not for it."""


class UnreadableError(Exception):
    """A file of an artifact that is not there, is not on this machine or does not hold what it should.

    ``str(error)`` is what a report says, without a full stop.
    """


def folder(uri: str) -> Path:
    """Returns the folder of an artifact on this machine. Raises UnreadableError if there is none."""
    if not uri:
        raise UnreadableError("its place is not known")
    if is_uri(uri):
        raise UnreadableError(f"it lies at {uri}, which is not read from here")
    path = Path(uri)
    if not path.is_dir():
        raise UnreadableError(f"{uri} is not there any more")
    return path


def read(path: Path) -> bytes:
    """Returns the bytes of a file. Raises UnreadableError."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UnreadableError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def parsed(message_type: Any, content: bytes, path: Path) -> Any:
    """Returns a message of its serialised form. Raises UnreadableError if it is none."""
    from google.protobuf.message import DecodeError

    try:
        return message_type.FromString(content)
    except DecodeError:
        raise UnreadableError(f"{path} is damaged") from None


def records(path: Path) -> Iterator[bytes]:
    """Yields the records of a TFRecord file, plain or compressed with gzip.

    A file that ends within a record (one that is still written) ends before it; check sums are not
    looked at. Raises UnreadableError.
    """
    content = read(path)
    if content[:2] == b"\x1f\x8b":
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            raise UnreadableError(f"{path} is damaged") from None
    position = 0
    head = _LENGTH.size + _CRC
    while position + head <= len(content):
        (length,) = _LENGTH.unpack_from(content, position)
        start = position + head
        if start + length + _CRC > len(content):
            return
        yield content[start : start + length]
        position = start + length + _CRC


def split_files(root: Path, name: str) -> list[tuple[str, Path]]:
    """Returns split and file of an artifact with a file for each split (``""``: one of the whole).

    Those of a DistributionValidator are pairs of splits.
    """
    found = [("", root / name)] if (root / name).is_file() else []
    # A DistributionValidator has a folder for each pair of splits that it compares.
    for each in sorted((*root.glob("Split-*"), *root.glob("SplitPair-*"))):
        if (each / name).is_file():
            found.append((each.name.partition("-")[2], each / name))
    # As people speak of them: what a model learns from first.
    return sorted(found, key=lambda pair: (pair[0] != "train", pair[0]))
