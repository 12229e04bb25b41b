"""The versions that a Pusher has pushed to a folder of this machine, and what saved them.

A SavedModel is read by the wire format of protobuf: no TensorFlow is needed for the one text that counts.
Fields: ``SavedModel.meta_graphs`` 2, ``MetaGraphDef.meta_info_def`` 1, ``MetaInfoDef.tensorflow_version`` 5
(tensorflow/core/protobuf/saved_model.proto and meta_graph.proto).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Optional

from tfxc.schemas.wire_format import fields

_TENSORFLOW_VERSION = (2, 1, 5)
_VERSION = re.compile(r"\d+\.\d+\.\d+")


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
    for number, value in fields(message):
        if number == first and isinstance(value, memoryview):
            return _find(value, tuple(rest)) if rest else value
    return None
