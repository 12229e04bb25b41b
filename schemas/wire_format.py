"""The wire format of protobuf, without the messages' modules: for the few fields that somebody needs.

Source: https://protobuf.dev/programming-guides/encoding.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar, Union

_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5
_MOST_BITS = 70
"""of a varint: ten bytes of seven bits"""

Content = TypeVar("Content", bytes, memoryview)


class WireError(ValueError):
    """Bytes that are no message, or a part of one."""


def varint(content: Union[bytes, memoryview], position: int) -> tuple[int, int]:
    """Returns the number at a position, without a sign, and the position behind it. Raises WireError."""
    value = 0
    for shift in range(0, _MOST_BITS, 7):
        if position >= len(content):
            raise WireError("cut off")
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise WireError("no number")


def fields(content: Content) -> Iterator[tuple[int, Union[int, Content]]]:
    """Yields number and content of each field: an int or, of all but varints, bytes. Raises WireError."""
    position = 0
    while position < len(content):
        tag, position = varint(content, position)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, position = varint(content, position)
            yield number, value
            continue
        if kind == _LENGTH:
            size, position = varint(content, position)
        elif kind in (_FIXED32, _FIXED64):
            size = 4 if kind == _FIXED32 else 8
        else:
            raise WireError("no message")
        if position + size > len(content):
            raise WireError("cut off")
        yield number, content[position : position + size]
        position += size


def encoded_varint(value: int) -> bytes:
    """Returns a number of at most 64 bits; a negative one as its two's complement, as int64 is written."""
    value %= 1 << 64
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def encoded_field(number: int, content: bytes) -> bytes:
    """Returns a field of bytes, of text or of a message."""
    return encoded_varint(number << 3 | _LENGTH) + encoded_varint(len(content)) + content
