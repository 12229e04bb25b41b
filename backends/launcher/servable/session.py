"""TensorFlow's session loader through its C API, without Python's TensorFlow."""

from __future__ import annotations

import contextlib
import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tfxc.backends.launcher.servable.verdict import NOT_FOUND, LoaderError

LIBRARY = "libtensorflow_cc.so.2"
STRING = 7
"""DT_STRING"""
_TSTRING_SIZE = 24
_CAREFUL_CONFIG = b"\x10\x01\x28\x01\x38\x01\x52\x05\x52\x03\x98\x01\x01"
"""A ConfigProto: one thread within an operation and one between them; as TensorFlow Serving has it, no
insistence on devices; and no optimising of a graph that is called once."""


@dataclass(frozen=True)
class Feed:
    """A tensor to call a graph with: zeros, or (of DT_STRING) the same bytes everywhere."""

    tensor: str
    dtype: int
    shape: tuple[int, ...]
    content: bytes = b""


@dataclass(frozen=True)
class Tensor:
    """A tensor's values: ``dtype`` is the number of a tf.DataType.

    ``data`` are the bytes of the values in row-major order, or (of DT_STRING) the values themselves.
    """

    dtype: int
    shape: tuple[int, ...]
    data: Any


@dataclass(frozen=True)
class Port:
    """A tensor of a loaded graph, found by its name: what to feed or to fetch."""

    operation: int
    index: int


class _Buffer(ctypes.Structure):
    _fields_ = (("data", ctypes.c_void_p), ("length", ctypes.c_size_t), ("deallocator", ctypes.c_void_p))


class _Output(ctypes.Structure):
    _fields_ = (("operation", ctypes.c_void_p), ("index", ctypes.c_int))


class Session:
    """A SavedModel as TensorFlow Serving loads it: variables restored, init operations run.

    ``meta_graph`` is its MetaGraphDef, serialised. Calls may be made from several threads at once. Raises
    LoaderError, and OSError where the library cannot be loaded. It lives until `close`.
    """

    def __init__(
        self, tensorflow: Path, folder: str, tag: str = "serve", config: bytes = _CAREFUL_CONFIG
    ) -> None:
        self._library = library = _declared(tensorflow)
        self._quick = _declared(tensorflow, is_quick=True)
        options = library.TF_NewSessionOptions()
        with self._status() as status:
            library.TF_SetConfig(options, config, len(config), status)
        self._graph = library.TF_NewGraph()
        buffer = library.TF_NewBuffer()
        tags = (ctypes.c_char_p * 1)(tag.encode())
        try:
            with self._status() as status:
                self._session = library.TF_LoadSessionFromSavedModel(
                    options, None, folder.encode(), tags, 1, self._graph, buffer, status
                )
            self.meta_graph = ctypes.string_at(buffer.contents.data, buffer.contents.length)
        except LoaderError:
            library.TF_DeleteGraph(self._graph)
            raise
        finally:
            library.TF_DeleteBuffer(buffer)
            library.TF_DeleteSessionOptions(options)

    def port(self, tensor: str) -> Port:
        """Finds a tensor in the graph. Raises LoaderError."""
        name, _, index = tensor.partition(":")
        operation = self._library.TF_GraphOperationByName(self._graph, name.encode())
        if not operation:
            raise LoaderError(NOT_FOUND, f"its graph has no node {name}")
        return Port(operation, int(index or 0))

    def run(self, feeds: Sequence[tuple[Port, Tensor]], fetches: Sequence[Port]) -> list[Tensor]:
        """Computes tensors from others. Raises LoaderError."""
        quick = self._quick
        inputs = (_Output * len(feeds))(*(_Output(port.operation, port.index) for port, _ in feeds))
        values = (ctypes.c_void_p * len(feeds))(*(self._tensor(tensor) for _, tensor in feeds))
        outputs = (_Output * len(fetches))(*(_Output(port.operation, port.index) for port in fetches))
        results = (ctypes.c_void_p * len(fetches))()
        try:
            with self._status() as status:
                self._library.TF_SessionRun(
                    *(self._session, None, inputs, values, len(feeds), outputs, results, len(fetches)),
                    *(None, 0, None, status),
                )
            return [self._values(result) for result in results if result]
        finally:
            for (_, tensor), value in zip(feeds, values, strict=True):
                if tensor.dtype == STRING:
                    data = quick.TF_TensorData(value)
                    for place in range(data, data + len(tensor.data) * _TSTRING_SIZE, _TSTRING_SIZE):
                        quick.TF_StringDealloc(place)
                quick.TF_DeleteTensor(value)
            for result in results:
                if result:
                    quick.TF_DeleteTensor(result)

    def filled(self, feed: Feed) -> Tensor:
        """Returns the tensor that a feed describes."""
        count = math.prod(feed.shape)
        if feed.dtype == STRING:
            return Tensor(feed.dtype, feed.shape, [feed.content] * count)
        return Tensor(feed.dtype, feed.shape, bytes(count * self._quick.TF_DataTypeSize(feed.dtype)))

    def close(self) -> None:
        """Frees the model. Nothing may be running, and nothing may be called after it."""
        with contextlib.suppress(LoaderError), self._status() as status:
            self._library.TF_CloseSession(self._session, status)
        with contextlib.suppress(LoaderError), self._status() as status:
            self._library.TF_DeleteSession(self._session, status)
        self._library.TF_DeleteGraph(self._graph)

    def _tensor(self, tensor: Tensor) -> int:
        library, shape = self._quick, tensor.shape
        count = len(tensor.data)
        size = count * _TSTRING_SIZE if tensor.dtype == STRING else count
        dimensions = (ctypes.c_int64 * len(shape))(*shape)
        made: int = library.TF_AllocateTensor(tensor.dtype, dimensions, len(shape), size)
        data = library.TF_TensorData(made)
        if tensor.dtype != STRING:
            ctypes.memmove(data, tensor.data, size)
            return made
        for position, text in enumerate(tensor.data):
            place = data + position * _TSTRING_SIZE
            library.TF_StringInit(place)
            library.TF_StringCopy(place, text, len(text))
        return made

    def _values(self, made: int) -> Tensor:
        library = self._quick
        dtype = library.TF_TensorType(made)
        shape = tuple(library.TF_Dim(made, axis) for axis in range(library.TF_NumDims(made)))
        data = library.TF_TensorData(made)
        if dtype != STRING:
            return Tensor(dtype, shape, ctypes.string_at(data, library.TF_TensorByteSize(made)))
        places = range(data, data + math.prod(shape) * _TSTRING_SIZE, _TSTRING_SIZE) if data else ()
        texts = [
            ctypes.string_at(library.TF_StringGetDataPointer(place), library.TF_StringGetSize(place))
            for place in places
        ]
        return Tensor(dtype, shape, texts)

    @contextlib.contextmanager
    def _status(self) -> Iterator[int]:
        """Gives a status to a call of the library, and raises the LoaderError that it was left with."""
        status = self._quick.TF_NewStatus()
        try:
            yield status
            code = self._quick.TF_GetCode(status)
            if code:
                raise LoaderError(code, self._quick.TF_Message(status).decode(errors="replace"))
        finally:
            self._quick.TF_DeleteStatus(status)


@cache
def _declared(tensorflow: Path, is_quick: bool = False) -> Any:
    """Returns TensorFlow's library with the types of what is called.

    Calls of the quick one keep the lock of the interpreter: to give it away for less than a microsecond,
    dozens of times a request, is to wait for other threads as often.
    """
    library = (ctypes.PyDLL if is_quick else ctypes.CDLL)(str(tensorflow / LIBRARY))
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
        "TF_DeleteStatus": (None, [pointer]),
        "TF_DeleteSessionOptions": (None, [pointer]),
        "TF_DeleteBuffer": (None, [buffer]),
        "TF_DeleteGraph": (None, [pointer]),
        "TF_CloseSession": (None, [pointer, pointer]),
        "TF_DeleteSession": (None, [pointer, pointer]),
        "TF_DeleteTensor": (None, [pointer]),
        "TF_TensorType": (whole, [pointer]),
        "TF_TensorByteSize": (size, [pointer]),
        "TF_NumDims": (whole, [pointer]),
        "TF_Dim": (ctypes.c_int64, [pointer, whole]),
        "TF_StringInit": (None, [pointer]),
        "TF_StringDealloc": (None, [pointer]),
        "TF_StringGetDataPointer": (pointer, [pointer]),
        "TF_StringGetSize": (size, [pointer]),
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
