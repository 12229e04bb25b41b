"""Python expressions, and their text: on one line if there is room, else one item a line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

WIDTH = 100
_STEP = "    "


@dataclass(frozen=True)
class Code:
    """An expression as it is written."""

    text: str


@dataclass(frozen=True)
class Call:
    """A call with positional and named arguments, and what is called on its result."""

    function: str
    arguments: tuple[Expression, ...] = ()
    named: tuple[tuple[str, Expression], ...] = ()
    after: str = ""


Expression = Union[Code, Call, Mapping[str, Any], Sequence[Any], str, int, float, bool, None]
"""Lists, mappings and plain values stand for themselves, and may hold code and calls."""


def written(value: Any, before: str = "", indent: str = "") -> str:
    """Returns an expression behind ``before``, its first line; further lines are indented by ``indent``."""
    flat = _flat(value)
    if len(indent) + len(before) + len(flat) <= WIDTH or not _can_break(value):
        return before + flat
    opening, items, closing = _parts(value)
    inner = indent + _STEP
    lines = [inner + written(item, start, inner) + "," for start, item in items]
    return "\n".join([before + opening, *lines, indent + closing])


def _parts(value: Any) -> tuple[str, list[tuple[str, Any]], str]:
    if isinstance(value, Call):
        items = [("", each) for each in value.arguments]
        return (
            f"{value.function}(",
            [*items, *((f"{key}=", each) for key, each in value.named)],
            f"){value.after}",
        )
    if isinstance(value, Mapping):
        return "{", [(f"{_text(str(key))}: ", each) for key, each in value.items()], "}"
    return "[", [("", each) for each in value], "]"


def _can_break(value: Any) -> bool:
    if isinstance(value, Call):
        return bool(value.arguments or value.named)
    return isinstance(value, (Mapping, list, tuple)) and bool(value)


def _flat(value: Any) -> str:
    if isinstance(value, Code):
        return value.text
    if isinstance(value, (Call, Mapping, list, tuple)):
        opening, items, closing = _parts(value)
        return opening + ", ".join(start + _flat(item) for start, item in items) + closing
    return _text(value) if isinstance(value, str) else repr(value)


def _text(value: str) -> str:
    """Returns a text in double quotes."""
    if value.isprintable():
        return json.dumps(value, ensure_ascii=False)
    return repr(value)
