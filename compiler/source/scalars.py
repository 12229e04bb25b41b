"""What a plain (unquoted) YAML scalar is.

The resolution is that of the YAML 1.2 core schema, which is also what editors and JSON use:

- ``true`` and ``false`` (also ``True``, ``TRUE`` …) are the only booleans; ``yes``, ``no``, ``on``
  and ``off`` are strings, so that a key ``on`` stays what it is;
- ``null``, ``Null``, ``NULL``, ``~`` and nothing at all are null;
- ``12``, ``-3``, ``0x1F`` and ``0o17`` are integers; ``1.5``, ``1e3`` and ``.5`` are floats;
- everything else is a string, dates such as ``2026-01-01`` too.

What YAML 1.1 reads as another number (``010``, ``1_000``, ``1:30``, ``0b1``) is refused, with the
way to write it that everybody reads alike. So are infinity and NaN, which JSON cannot hold.
"""

from __future__ import annotations

import math
import re
from typing import NamedTuple, Union

Scalar = Union[str, int, float, bool, None]

LONGEST_NUMBER = 400
"""Digits of the longest number that is read as one."""

_CONSTANTS: dict[str, Scalar] = {
    "": None,
    "~": None,
    "null": None,
    "Null": None,
    "NULL": None,
    "true": True,
    "True": True,
    "TRUE": True,
    "false": False,
    "False": False,
    "FALSE": False,
}
_NUMBER_START = frozenset("+-.0123456789")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_OCTAL = re.compile(r"0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9_]+")
_UNDERSCORES = re.compile(r"[-+]?[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?")
_BINARY = re.compile(r"[-+]?0b[01_]+")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")


class Refused(NamedTuple):
    """A scalar that is not read. ``value`` is the likeliest meaning, to go on checking with."""

    value: Scalar
    message: str
    help: str


def resolve_plain(text: str) -> Scalar | Refused:
    """Returns the value of a plain scalar, or why it is refused."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INTEGER.fullmatch(text) or _HEXADECIMAL.fullmatch(text) or _OCTAL.fullmatch(text):
        return resolve_integer(text)
    if _LEADING_ZERO.fullmatch(text):
        digits = text.replace("_", "")[:LONGEST_NUMBER]
        return _ambiguous(text, int(digits), "an octal number to YAML 1.1 and a decimal one to YAML 1.2")
    if _FLOAT.fullmatch(text):
        return resolve_float(text)
    if _NOT_FINITE.fullmatch(text):
        name = "NaN" if text.lower().endswith("nan") else "-Infinity" if text[0] == "-" else "Infinity"
        return Refused(
            float(name),
            f"`{text}` is a number that JSON cannot hold",
            f'write "{name}", quoted, where a proto takes a float; elsewhere leave the key out',
        )
    if _UNDERSCORES.fullmatch(text) and "_" in text:
        return _ambiguous(text, _without_underscores(text), "a number to YAML 1.1 and text to YAML 1.2")
    if _BINARY.fullmatch(text):
        return _ambiguous(text, int(text.replace("_", "")[:LONGEST_NUMBER], 2), "a number to YAML 1.1 only")
    if _SEXAGESIMAL.fullmatch(text):
        return _ambiguous(text, _sexagesimal(text), "a base-60 number to YAML 1.1 and text to YAML 1.2")
    return text


def resolve_integer(text: str) -> Scalar | Refused:
    """Returns the integer that the text is in YAML 1.2; the text must be one."""
    if len(text) > LONGEST_NUMBER:
        return _too_long(text)
    base = 16 if text.startswith("0x") else 8 if text.startswith("0o") else 10
    return int(text, base)


def resolve_float(text: str) -> Scalar | Refused:
    """Returns the float that the text is in YAML 1.2; the text must be one."""
    if len(text) > LONGEST_NUMBER:
        return _too_long(text)
    value = float(text)
    if math.isinf(value):
        return Refused(
            value, f"`{text}` is a number that JSON cannot hold", "the largest float is about 1.8e308"
        )
    return value


def _too_long(text: str) -> Refused:
    return Refused(
        0, f"a number of {len(text)} digits", f"numbers have at most {LONGEST_NUMBER} digits; quote text"
    )


def _ambiguous(text: str, value: Scalar, meanings: str) -> Refused:
    return Refused(value, f"`{text}` is {meanings}", f'write {value} for the number, or "{text}" for text')


def _without_underscores(text: str) -> Scalar:
    digits = text.replace("_", "")[:LONGEST_NUMBER]
    return int(digits) if _INTEGER.fullmatch(digits) else float(digits)


def _sexagesimal(text: str) -> Scalar:
    digits = text.replace("_", "").lstrip("+-")[:LONGEST_NUMBER]
    total: int | float = 0
    for part in digits.split(":"):
        total = total * 60 + (float(part) if "." in part else int(part or 0))
    return -total if text[0] == "-" else total
