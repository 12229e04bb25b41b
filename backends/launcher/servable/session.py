"""TensorFlow's session loader through its C API, without Python's TensorFlow."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.servable.verdict import NOT_FOUND, LoaderError

LIBRARY = "libtensorflow_cc.so.2"
STRING = 7
"""DT_STRING"""
_TSTRING_SIZE = 24
_CONFIG = b"\x10\x01\x28\x01\x38\x01\x52\x05\x52\x03\x98\x01\x01"
"""A ConfigProto: one thread within an operation and one between them; as TensorFlow Serving has it, no
insistence on devices; and no optimising of a graph that is called once."""


@dataclass(frozen=True)
class Feed:
    """A tensor to call a graph with: zeros, or (of DT_STRING) the same bytes everywhere."""

    tensor: str
    dtype: int
    shape: tuple[int, ...]
    content: bytes = b""


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p))


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


class Session:
    """A SavedModel as TensorFlow Serving loads it: variables restored, init operations run.

    ``meta_graph`` is its MetaGraphDef, serialised. Raises LoaderError, and OSError where the library cannot
    be loaded. What is allocated lives as long as the process.
    """

    def __init__(self, tensorflow: Path, folder: str, tag: str = "serve") -> None:
        self._library = _declared(ctypes.CDLL(str(tensorflow / LIBRARY)))
        self._status = self._library.TF_NewStatus()
        options = self._library.TF_NewSessionOptions()
        self._library.TF_SetConfig(options, _CONFIG, len(_CONFIG), self._status)
        self._check()
        self._graph = self._library.TF_NewGraph()
        buffer = self._library.TF_NewBuffer()
        tags = (ctypes.c_char_p * 1)(tag.encode())
        self._session = self._library.TF_LoadSessionFromSavedModel(
            options, None, folder.encode(), tags, 1, self._graph, buffer, self._status
        )
        self._check()
        self.meta_graph = ctypes.string_at(buffer.contents.data, buffer.contents.length)

    def run(self, feeds: Sequence[Feed], fetches: Sequence[str]) -> None:
        """Computes tensors from others and drops the result. Raises LoaderError."""
        inputs = (_Output * len(feeds))(*(self._output(feed.tensor) for feed in feeds))
        values = (ctypes.c_void_p * len(feeds))(*(self._tensor(feed) for feed in feeds))
        outputs = (_Output * len(fetches))(*map(self._output, fetches))
        results = (ctypes.c_void_p * len(fetches))()
        self._library.TF_SessionRun(
            *(self._session, None, inputs, values, len(feeds), outputs, results, len(fetches)),
            *(None, 0, None, self._status),
        )
        self._check()

    def _output(self, tensor: str) -> _Output:
        name, _, index = tensor.partition(":")
        operation = self._library.TF_GraphOperationByName(self._graph, name.encode())
        if not operation:
            raise LoaderError(NOT_FOUND, f"its graph has no node {name}")
        return _Output(operation, int(index or 0))

    def _tensor(self, feed: Feed) -> int:
        count = math.prod(feed.shape)
        size = _TSTRING_SIZE if feed.dtype == STRING else self._library.TF_DataTypeSize(feed.dtype)
        dimensions = (ctypes.c_int64 * len(feed.shape))(*feed.shape)
        tensor: int = self._library.TF_AllocateTensor(
            feed.dtype, dimensions, len(feed.shape), max(1, count * size)
        )
        data = self._library.TF_TensorData(tensor)
        if feed.dtype != STRING:
            ctypes.memset(data, 0, count * size)
            return tensor
        for position in range(count):
            text = data + position * _TSTRING_SIZE
            self._library.TF_StringInit(text)
            self._library.TF_StringCopy(text, feed.content, len(feed.content))
        return tensor

    def _check(self) -> None:
        code = self._library.TF_GetCode(self._status)
        if code:
            raise LoaderError(code, self._library.TF_Message(self._status).decode(errors="replace"))


def _declared(library: ctypes.CDLL) -> Any:
    """Returns TensorFlow's library with the types of what is called."""
    pointer, text, whole, size = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int, ctypes.c_size_t
    buffer = ctypes.POINTER(_Buffer)
    types: dict[str, tuple[Any, list[Any]]] = {
        "TF_NewStatus": (pointer, []),
        "TF_GetCode": (whole, [pointer]),
        "TF_Message": (text, [pointer]),
        "TF_NewSessionOptions": (pointer, []),
        "TF_SetConfig": (None, [pointer, text, size, pointer]),
        "TF_NewGraph": (pointer, []),
        "TF_NewBuffer": (buffer, []),
        "TF_LoadSessionFromSavedModel": (
            pointer,
            [pointer, pointer, text, ctypes.POINTER(text), whole, pointer, buffer, pointer],
        ),
        "TF_GraphOperationByName": (pointer, [pointer, text]),
        "TF_DataTypeSize": (size, [whole]),
        "TF_AllocateTensor": (pointer, [whole, ctypes.POINTER(ctypes.c_int64), whole, size]),
        "TF_TensorData": (pointer, [pointer]),
        "TF_StringInit": (None, [pointer]),
        "TF_StringCopy": (None, [pointer, text, size]),
        "TF_SessionRun": (
            None,
            [
                *(pointer, pointer, ctypes.POINTER(_Output), ctypes.POINTER(pointer), whole),
                *(ctypes.POINTER(_Output), ctypes.POINTER(pointer), whole),
                *(ctypes.POINTER(pointer), whole, pointer, pointer),
            ],
        ),
    }
    for name, (result, arguments) in types.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library
