"""The types of tensors. Mirrors ``tensorflow/core/framework/types.proto`` and ``tensor.proto``."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from tfxc.backends.launcher.servable.session import STRING


class DType(NamedTuple):
    """A type: its name, how Python's `array` and `memoryview` spell it, and its field of a TensorProto.

    A complex number is two values of its format.
    """

    name: str
    format: str
    size: int
    field: str
    parts: int = 1


FLOAT, DOUBLE, INT32, INT64, BOOL = 1, 2, 3, 9, 10

DTYPES = MappingProxyType(
    {
        FLOAT: DType("float", "f", 4, "float_val"),
        DOUBLE: DType("double", "d", 8, "double_val"),
        INT32: DType("int32", "i", 4, "int_val"),
        4: DType("uint8", "B", 1, "int_val"),
        5: DType("int16", "h", 2, "int_val"),
        6: DType("int8", "b", 1, "int_val"),
        STRING: DType("string", "", 0, "string_val"),
        8: DType("complex64", "f", 8, "scomplex_val", 2),
        INT64: DType("int64", "q", 8, "int64_val"),
        BOOL: DType("bool", "?", 1, "bool_val"),
        14: DType("bfloat16", "H", 2, "half_val"),
        17: DType("uint16", "H", 2, "int_val"),
        18: DType("complex128", "d", 16, "dcomplex_val", 2),
        19: DType("half", "H", 2, "half_val"),
        22: DType("uint32", "I", 4, "uint32_val"),
        23: DType("uint64", "Q", 8, "uint64_val"),
    }
)
"""the number of a tf.DataType → what it is"""


def dtype_name(dtype: int) -> str:
    """Returns the name of a type as TensorFlow writes it in texts."""
    known = DTYPES.get(dtype)
    return known.name if known else f"DataType {dtype}"
