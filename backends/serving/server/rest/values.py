"""JSON values as tensors. Mirrors ``tensorflow_serving/util/json_tensor.cc`` (FillTensorProto)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Sequence
from typing import Any, Optional

from tfxc.backends.launcher.servable.session import STRING, Tensor
from tfxc.backends.serving.server.dtypes import BOOL, DOUBLE, FLOAT, INT32, INT64, dtype_name
from tfxc.backends.serving.server.rest.parse import shown, type_name, wrong_value
from tfxc.backends.serving.server.status import Code, StatusError, invalid
from tfxc.backends.serving.server.tensors import packed

_BASE64 = re.compile(r"[A-Za-z0-9+/\s]*=*\s*", re.ASCII)
_BOUNDS = {
    INT32: (-(2**31), 2**31 - 1),
    4: (0, 2**8 - 1),
    5: (-(2**15), 2**15 - 1),
    6: (-(2**7), 2**7 - 1),
    INT64: (-(2**63), 2**63 - 1),
    22: (0, 2**32 - 1),
    23: (0, 2**64 - 1),
}
"""the integers of each type; a value outside of them is an error here, and wraps around there"""
_NUMBERS = frozenset({int, float})
_KINDS: dict[int, frozenset[type]] = {
    FLOAT: _NUMBERS,
    DOUBLE: _NUMBERS,
    BOOL: frozenset({bool}),
    STRING: frozenset({str}),
    **{dtype: frozenset({int}) for dtype in _BOUNDS},
}
"""the types of Python that stand for each type"""


def is_base64(value: Any) -> bool:
    """Whether a value stands for bytes."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("b64"), str)


def decoded(value: Any) -> bytes:
    """Returns the bytes that an object stands for. Raises StatusError."""
    if not is_base64(value):
        raise wrong_value(value, "not formatted correctly for base64 data")
    text = value["b64"]
    try:
        if not _BASE64.fullmatch(text):
            raise invalid("Unable to base64 decode")
        return binascii.a2b_base64(text.rstrip("= \t\r\n") + "==")
    except ValueError:
        raise invalid("Unable to base64 decode") from None


def dense_shape(value: Any) -> tuple[int, ...]:
    """Returns the shape of a value, judged by the first element of each list."""
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def tensor_of(value: Any, dtype: int, shape: Optional[tuple[int, ...]] = None) -> Tensor:
    """Returns a value as a tensor. Raises StatusError if one of its parts is not of the type or shape."""
    shape = dense_shape(value) if shape is None else shape
    flat: list[Any] = []
    _fill(value, 0, shape, dtype, flat)
    return Tensor(dtype, shape, flat if dtype == STRING else packed(dtype, flat))


def _fill(value: Any, level: int, shape: tuple[int, ...], dtype: int, flat: list[Any]) -> None:
    rank = len(shape)
    if not isinstance(value, list):
        if level != rank:
            raise wrong_value(
                value, f"found at incorrect level: {level + 1} in the JSON DOM. Expected at level: {rank}"
            )
        flat.append(_leaf(value, dtype))
        return
    if level >= rank:
        raise invalid(f"Encountered list at unexpected level: {level} expected < {rank}")
    if len(value) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(value)} at level: {level} "
            f"expected size: {shape[level]}"
        )
    if level == rank - 1 and _are_all(value, dtype):
        flat += value if dtype != STRING else [each.encode("utf-8", "surrogatepass") for each in value]
        return
    for each in value:
        _fill(each, level + 1, shape, dtype, flat)


def _are_all(values: Sequence[Any], dtype: int) -> bool:
    """Whether values are of a type, found out without looking at each in Python."""
    if not set(map(type, values)) <= _KINDS.get(dtype, frozenset()):
        return False
    bounds = _BOUNDS.get(dtype)
    return bounds is None or not values or (bounds[0] <= min(values) and max(values) <= bounds[1])


def _leaf(value: Any, dtype: int) -> Any:
    if dtype == STRING and isinstance(value, dict):
        return decoded(value)
    if dtype not in _KINDS:
        text = f"Conversion of JSON Value: {shown(value)} to type: {dtype_name(dtype)}"
        raise StatusError(Code.UNIMPLEMENTED, text)
    if not _are_all([value], dtype):
        what = f"Type: {type_name(value)} is not of expected type: {dtype_name(dtype)}"
        raise wrong_value(value, what)
    return value.encode("utf-8", "surrogatepass") if dtype == STRING else value
