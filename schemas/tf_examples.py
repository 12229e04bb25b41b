"""tf.Examples, read and written without TensorFlow.

The messages are those of ``tensorflow/core/example/example.proto`` and ``feature.proto``: an Example holds
Features, a map from names to lists of bytes (field 1), floats (2) or int64s (3).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, Union

from tfxc.schemas.wire_format import WireError, encoded_field, encoded_varint, fields, varint

BYTES, FLOATS, INTEGERS = 1, 2, 3
_FEATURES = _MAP = _KEY = 1
_VALUE = 2


class NoExampleError(Exception):
    """Bytes that are no tf.Example."""


class Feature(NamedTuple):
    """The values of a feature; ``kind`` is BYTES, FLOATS, INTEGERS, or 0 where there are none."""

    kind: int
    values: Sequence[Union[bytes, float, int]]


def parse_example(record: bytes) -> dict[str, Feature]:
    """Returns the features of a serialised tf.Example. Raises NoExampleError."""
    found: dict[str, Feature] = {}
    try:
        for number, content in fields(record):
            if number != _FEATURES or not isinstance(content, bytes):
                raise NoExampleError
            for entry_number, entry in fields(content):
                if entry_number != _MAP or not isinstance(entry, bytes):
                    raise NoExampleError
                parts = dict(fields(entry))
                name, value = parts.get(_KEY, b""), parts.get(_VALUE, b"")
                if not isinstance(name, bytes) or not isinstance(value, bytes):
                    raise NoExampleError
                found[name.decode()] = _feature(value)
    except (WireError, struct.error, UnicodeDecodeError):
        raise NoExampleError from None
    return found


def serialized_example(features: Mapping[str, Feature]) -> bytes:
    """Returns a serialised tf.Example, in the order of the names: the same features, the same bytes."""
    entries = (
        encoded_field(_KEY, name.encode()) + encoded_field(_VALUE, _serialized_feature(feature))
        for name, feature in sorted(features.items())
    )
    return encoded_field(_FEATURES, b"".join(encoded_field(_MAP, entry) for entry in entries))


def _serialized_feature(feature: Feature) -> bytes:
    """Returns a Feature with its list, which is there, too, where it has no values."""
    if feature.kind == BYTES:
        content = b"".join(encoded_field(1, bytes(value)) for value in feature.values)  # type: ignore[arg-type]
    elif not feature.values:
        content = b""
    elif feature.kind == FLOATS:
        content = encoded_field(1, struct.pack(f"<{len(feature.values)}f", *feature.values))
    else:
        content = encoded_field(1, b"".join(encoded_varint(int(value)) for value in feature.values))
    return encoded_field(feature.kind, content) if feature.kind else b""


def _feature(content: bytes) -> Feature:
    for kind, listed in fields(content):
        if kind not in (BYTES, FLOATS, INTEGERS) or not isinstance(listed, bytes):
            raise NoExampleError
        values: list[Union[bytes, float, int]] = []
        for _, value in fields(listed):
            if kind == BYTES or isinstance(value, int):
                values.append(_signed(value) if isinstance(value, int) else value)
            elif kind == FLOATS:
                values.extend(struct.unpack(f"<{len(value) // 4}f", value))
            else:
                values.extend(_packed(value))
        return Feature(kind, values)
    return Feature(0, [])


def _packed(content: bytes) -> Iterator[int]:
    position = 0
    while position < len(content):
        value, position = varint(content, position)
        yield _signed(value)


def _signed(value: int) -> int:
    return value - (1 << 64) if value >= 1 << 63 else value
