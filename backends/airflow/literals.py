"""Values as Python literals, laid out as ruff would, and texts that Airflow's templates leave alone.

A string of the spec reaches the DAG file in one way only: as a literal made here. So whatever it
says, it stays a string, on one line, and Airflow does not render it.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union

LINE_LENGTH = 88
"""ruff's and black's default: what fits in it is formatted under any longer limit too."""

_INDENT = "    "
_JINJA = re.compile(r"\{\{|\{%|\{#")
_TEMPLATE_FILES = (".sh", ".bash", ".env", ".json", ".yaml", ".yml")
_NAMED_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


@dataclass(frozen=True)
class Code:
    """Python source of ours, put into the file as it is. Never made from a string of the spec."""

    source: str


@dataclass(frozen=True)
class Call:
    """A call of a function of ours, such as ``Param(…)``."""

    function: str
    arguments: tuple[Any, ...] = ()
    keywords: tuple[tuple[str, Any], ...] = ()


Literal = Union[None, bool, int, float, str, Code, Call, Sequence[Any], Mapping[str, Any]]


def literal(value: Any, indent: int = 0, before: int = 0, after: int = 1) -> str:
    """Returns a value as Python source that evaluates to it.

    ``indent`` is the level of the line that it starts on, ``before`` and ``after`` how many
    characters stand around it on that line. What does not fit in LINE_LENGTH is broken at brackets,
    with a trailing comma. Raises TypeError for anything but JSON, `Code` and `Call`.
    """
    flat = _flat(value)
    if len(flat) + before + after + indent * len(_INDENT) <= LINE_LENGTH:
        return flat
    return _broken(value, indent) or flat


def call_lines(call: Call, indent: int = 0) -> str:
    """Returns a call with each argument on a line of its own."""
    return _broken(call, indent) or _flat(call)


def string(text: str) -> str:
    """Returns a string literal on one line, in printable characters, with the quotes that ruff prefers."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    characters = []
    for character in text:
        if character == quote:
            characters.append("\\" + quote)
        elif character in _NAMED_ESCAPES:
            characters.append(_NAMED_ESCAPES[character])
        elif character.isprintable():
            characters.append(character)
        else:
            characters.append(_escape(ord(character)))
    return quote + "".join(characters) + quote


def untemplated(text: str) -> str:
    """Returns a Jinja template that renders to exactly this text.

    Airflow renders templated fields, and reads a field that ends like a file name from a file of
    that name: texts that would fall to either are wrapped in a Jinja string.
    """
    if not _JINJA.search(text) and not text.endswith((*_TEMPLATE_FILES, "\n")) and "\r" not in text:
        return text
    quoted = json.dumps(text, ensure_ascii=False).replace("{", "\\x7b")
    return "{{ " + quoted + " }}"


def _escape(code_point: int) -> str:
    if code_point <= 0xFF:
        return f"\\x{code_point:02x}"
    return f"\\u{code_point:04x}" if code_point <= 0xFFFF else f"\\U{code_point:08x}"


def _flat(value: Any) -> str:
    if isinstance(value, Code):
        return value.source
    if isinstance(value, Call):
        return f"{value.function}({', '.join(_items(value, _flat))})"
    if value is None or isinstance(value, (bool, int)):
        return repr(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, str):
        return string(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{string(key)}: {_flat(each)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_flat(each) for each in value) + "]"
    raise TypeError(f"no literal for {type(value).__name__}")


def _items(call: Call, render: Any) -> list[str]:
    return [render(each) for each in call.arguments] + [
        f"{name}={render(each)}" for name, each in call.keywords
    ]


def _broken(value: Any, indent: int) -> str:
    """Returns the value with one item a line, or "" if it has no items to break at."""
    inner = indent + 1
    if isinstance(value, Call):
        lines = [literal(each, inner) for each in value.arguments]
        lines += [f"{name}={literal(each, inner, len(name) + 1)}" for name, each in value.keywords]
        opening, closing = f"{value.function}(", ")"
    elif isinstance(value, Mapping):
        lines = [_entry(string(key), each, inner) for key, each in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        lines = [literal(each, inner) for each in value]
        opening, closing = "[", "]"
    else:
        return ""
    if not lines:
        return ""
    margin = _INDENT * inner
    return opening + "\n" + "".join(f"{margin}{line},\n" for line in lines) + _INDENT * indent + closing


def _entry(key: str, value: Any, indent: int) -> str:
    return f"{key}: {literal(value, indent, len(key) + 2)}"
