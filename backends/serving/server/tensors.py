"""Tensors as messages. Mirrors ``tensorflow/core/framework/tensor.cc`` (FromProto, AsProtoField)."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import BOOL, DTYPES
from tfxc.backends.serving.server.messages import TensorProto


def from_proto(proto: Any) -> Tensor:
    """Returns the tensor of a message. Raises ValueError if its values do not fit its type and shape."""
    dtype = DTYPES.get(proto.dtype)
    if dtype is None or proto.tensor_shape.unknown_rank:
        raise ValueError
    shape = tuple(dimension.size for dimension in proto.tensor_shape.dim)
    if any(size < 0 for size in shape):
        raise ValueError
    count = math.prod(shape)
    if proto.dtype == STRING:
        return Tensor(STRING, shape, _spread(list(proto.string_val), count, b""))
    if proto.tensor_content:
        if len(proto.tensor_content) != count * dtype.size:
            raise ValueError
        return Tensor(proto.dtype, shape, proto.tensor_content)
    field = getattr(proto, dtype.field)
    if not field:
        return Tensor(proto.dtype, shape, bytes(count * dtype.size))
    return Tensor(proto.dtype, shape, packed(proto.dtype, _spread(list(field), count * dtype.parts, 0)))


def _spread(values: list[Any], count: int, default: Any) -> list[Any]:
    """Returns as many values as there must be: the last one stands for all that are not there."""
    if len(values) > count:
        raise ValueError
    return values + [values[-1] if values else default] * (count - len(values))


def packed(dtype: int, values: Sequence[Any]) -> bytes:
    """Returns numbers as the bytes of a tensor. Raises ValueError for those that do not fit the type."""
    if dtype == BOOL:
        return bytes(values)
    try:
        return array(DTYPES[dtype].format, values).tobytes()
    except OverflowError:
        raise ValueError from None


def values_of(tensor: Tensor) -> list[Any]:
    """Returns the values of a tensor in row-major order."""
    if tensor.dtype == STRING:
        return list(tensor.data)
    values: Any = memoryview(tensor.data).cast(DTYPES[tensor.dtype].format)  # type: ignore[call-overload]
    numbers: list[Any] = values.tolist()
    return numbers


def to_proto(tensor: Tensor) -> Any:
    """Returns a tensor as a message, with its values in the field of its type."""
    proto = TensorProto(dtype=tensor.dtype)
    for size in tensor.shape:
        proto.tensor_shape.dim.add(size=size)
    getattr(proto, DTYPES[tensor.dtype].field).extend(values_of(tensor))
    return proto
