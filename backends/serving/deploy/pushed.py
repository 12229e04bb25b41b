"""The versions that a Pusher has pushed to a folder of this machine, and what saved them.

A SavedModel is read by the wire format of protobuf: no TensorFlow is needed for the one text that counts.
Fields: ``SavedModel.meta_graphs`` 2, ``MetaGraphDef.meta_info_def`` 1, ``MetaInfoDef.tensorflow_version`` 5
(tensorflow/core/protobuf/saved_model.proto and meta_graph.proto).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Optional, Union

_TENSORFLOW_VERSION = (2, 1, 5)
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


def pushed_versions(folder: Path) -> tuple[int, ...]:
    """Returns the versions that TensorFlow Serving would see in a folder, ascending."""
    try:
        names = [each.name for each in folder.iterdir() if each.is_dir()]
    except OSError:
        return ()
    return tuple(sorted(int(name) for name in names if name.isascii() and name.isdecimal()))


def tensorflow_version(saved_model: Path) -> Optional[str]:
    """Returns the version of TensorFlow that saved a model, such as ``2.16.2``; None if that is not known."""
    try:
        content = (saved_model / "saved_model.pb").read_bytes()
        text = _find(memoryview(content), _TENSORFLOW_VERSION)
    except (OSError, ValueError):
        return None
    match = _VERSION.match(bytes(text).decode("ascii", errors="replace")) if text is not None else None
    return match[0] if match is not None else None


def _find(message: memoryview, way: tuple[int, ...]) -> Optional[memoryview]:
    """Returns the first length-delimited field at the end of a way of field numbers."""
    first, *rest = way
    for number, value in _fields(message):
        if number == first and isinstance(value, memoryview):
            return _find(value, tuple(rest)) if rest else value
    return None


def _fields(message: memoryview) -> Iterator[tuple[int, Union[int, memoryview]]]:
    """Yields the fields of a message. Raises ValueError if it is cut off."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield number, value
        elif kind == _BYTES:
            length, place = _varint(message, place)
            if place + length > len(message):
                raise ValueError("cut off")
            yield number, message[place : place + length]
            place += length
        elif kind in (_FIXED64, _FIXED32):
            place += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError("no message")


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    result = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            raise ValueError("cut off")
        byte = message[place]
        place += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result, place
    raise ValueError("no number")
