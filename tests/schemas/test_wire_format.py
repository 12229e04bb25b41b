"""Messages of protobuf, field by field."""

from __future__ import annotations

import pytest

from tfxc.schemas.wire_format import WireError, fields, varint

MESSAGE = b"\x08\x96\x01" + b"\x12\x02ab" + b"\x1d\x01\x02\x03\x04" + b"\x21" + b"\0" * 8


def test_fields_are_numbers_and_bytes() -> None:
    assert list(fields(MESSAGE)) == [(1, 150), (2, b"ab"), (3, b"\x01\x02\x03\x04"), (4, b"\0" * 8)]
    of_view = dict(fields(memoryview(MESSAGE)))
    assert bytes(of_view[2]) == b"ab"


@pytest.mark.parametrize(
    "message", [b"\x08", b"\x08\x80", b"\x12\x03ab", b"\x1d\0", b"\x0b", b"\x08" + b"\xff" * 11]
)
def test_what_is_no_message_is_told(message: bytes) -> None:
    with pytest.raises(WireError):
        list(fields(message))


def test_a_number_has_64_bits() -> None:
    assert varint(b"\xff" * 9 + b"\x01", 0) == ((1 << 64) - 1, 10)
