"""The JSON text of a request as Python values, and values in the words of errors.

Mirrors ``tensorflow_serving/util/json_tensor.cc`` and the texts of RapidJSON, which it reads JSON with. The
tokens NaN, Infinity and -Infinity are numbers; what follows the value is ignored.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tfxc.backends.serving.server.status import StatusError, invalid

_LONGEST_SHOWN = 256
_DECODER = json.JSONDecoder()
_PROBLEMS = {
    "Expecting value": "Invalid value.",
    "Expecting property name enclosed in double quotes": "Missing a name for object member.",
    "Expecting ':' delimiter": "Missing a colon after a name of object member.",
    "Unterminated string starting at": "Missing a closing quotation mark in string.",
    "Invalid \\escape": "Invalid escape character in string.",
    "Invalid \\uXXXX escape": "Incorrect hex digit after \\u escape in string.",
    "Invalid control character at": "Invalid encoding in string.",
}
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.S)
_TYPES = {
    type(None): "Null",
    dict: "Object",
    list: "Array",
    str: "String",
    int: "Number",
    float: "Number",
}


def parsed(body: bytes) -> dict[str, Any]:
    """Returns the object that a request's body holds. Raises StatusError."""
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _problem("Invalid encoding in string.", error.start) from None
    start = len(text) - len(text.lstrip(" \t\r\n\ufeff"))
    if start == len(text):
        raise _problem("The document is empty.", len(body))
    try:
        value, _ = _DECODER.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise _problem(_reason(error), len(text[: error.pos].encode())) from None
    except RecursionError:
        raise invalid("JSON Parse error: the value is nested too deeply") from None
    except ValueError:  # an integer with more digits than Python reads
        raise _problem("Number too big to be stored in double.", start) from None
    if not isinstance(value, dict):
        raise wrong_value(value, "Is not object")
    return value


def _problem(reason: str, offset: int) -> StatusError:
    return invalid(f"JSON Parse error: {reason} at offset: {offset}")


def _reason(error: json.JSONDecodeError) -> str:
    if error.msg.startswith("Expecting ',' delimiter"):
        is_array = _innermost(error.doc[: error.pos]) == "["
        rest = "] after an array element." if is_array else "} after an object member."
        return f"Missing a comma or {rest}"
    return next((text for start, text in _PROBLEMS.items() if error.msg.startswith(start)), "Invalid value.")


def _innermost(text: str) -> str:
    """Returns the bracket of the array or object that a text ends in."""
    opened: list[str] = []
    for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)):
        if bracket in "[{":
            opened.append(bracket)
        elif opened:
            opened.pop()
    return opened[-1] if opened else ""


def wrong_value(value: Any, what: str) -> StatusError:
    """Returns the error of a value that is not as it should be."""
    return invalid(f"JSON Value: {shown(value)} {what}")


def type_name(value: Any) -> str:
    """Returns RapidJSON's name for a value's type."""
    if isinstance(value, bool):
        return "True" if value else "False"
    return _TYPES[type(value)]


def shown(value: Any) -> str:
    """Returns a value as errors show it: objects indented, arrays in one line, cut where it gets long."""
    text = ""
    for piece in _pieces(value, 0):
        if len(text.encode()) >= _LONGEST_SHOWN:
            break
        text += piece
    return text


def _pieces(value: Any, level: int) -> Iterator[str]:
    indent = "    " * (level + 1)
    if isinstance(value, dict):
        yield "{"
        for position, (key, each) in enumerate(value.items()):
            comma = "," if position else ""
            yield f"{comma}\n{indent}{json.dumps(key, ensure_ascii=False)}: "
            yield from _pieces(each, level + 1)
        yield f"\n{indent[4:]}}}" if value else "}"
    elif isinstance(value, list):
        yield "["
        for position, each in enumerate(value):
            if position:
                yield ", "
            yield from _pieces(each, level + 1)
        yield "]"
    else:
        yield json.dumps(value, ensure_ascii=False)
