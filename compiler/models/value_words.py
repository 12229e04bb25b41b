"""What a value is, in a few words: ``list of texts``, ``integer ≥ 0``, ``AUTO or UNIX_TIMESTAMP``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfxc.compiler.models.value_types import (
    INTEGER_TEXT_PATTERN,
    AlternativesValue,
    ChannelValue,
    ChoiceValue,
    ListValue,
    MappingValue,
    ModelValue,
    ScalarValue,
    ValueType,
)
from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.scalars import INT32_MAX, UINT32_MAX

_SINGULAR = {"string": "text", "integer": "integer", "number": "number", "boolean": "true or false"}
_PLURAL = {
    "text": "texts",
    "integer": "integers",
    "number": "numbers",
    "path": "paths",
    "mapping": "mappings",
    "any value": "any values",
    "list of texts": "lists of texts",
    "true or false": "booleans",
}
_WIDEST = (-(2**63), -(2**31), INT32_MAX, UINT32_MAX, 2**63 - 1, 2**64 - 1)
"""The limits that a protobuf integer has by itself: not worth a word."""


def type_words(value: ValueType) -> str:
    """Returns what a value is, in a few words."""
    if isinstance(value, ScalarValue):
        return _scalar_words(value)
    if isinstance(value, ChoiceValue):
        return _either([str(each) for each in _names(value.values)])
    if isinstance(value, ListValue):
        return f"list of {_plural(value.item)}"
    if isinstance(value, MappingValue):
        words = _plural(value.item)
        return "mapping" if words == "any values" else f"mapping of names to {words}"
    if isinstance(value, ModelValue):
        model = value.model
        return model.proto.rpartition(".")[2] if issubclass(model, ProtoModel) else "mapping"
    if isinstance(value, ChannelValue):
        return "channel"
    if isinstance(value, AlternativesValue):
        usual = [each for each in value.alternatives if not _is_protobuf_text(each)]
        return _either([type_words(each) for each in usual])
    return "any value"


def _is_protobuf_text(value: ValueType) -> bool:
    """Whether a value is a number in the way that protobuf's JSON form writes some."""
    return isinstance(value, ChoiceValue) or (
        isinstance(value, ScalarValue) and value.limits.get("pattern") == INTEGER_TEXT_PATTERN
    )


def _scalar_words(value: ScalarValue) -> str:
    if value.words:
        return value.words
    types = [each for each in value.types if not (each == "integer" and "number" in value.types)]
    words = _either([_SINGULAR[each] for each in types])
    limits = _limit_words(value.limits)
    return f"{words} {limits}" if limits else words


def _limit_words(limits: Mapping[str, Any]) -> str:
    least, above = limits.get("minimum"), limits.get("exclusiveMinimum")
    most, below = limits.get("maximum"), limits.get("exclusiveMaximum")
    least = None if least in _WIDEST else least
    most = None if most in _WIDEST else most
    if least is not None and most is not None:
        return f"{least} to {most}"
    parts = [("≥", least), (">", above), ("≤", most), ("<", below)]
    return " and ".join(f"{sign} {limit}" for sign, limit in parts if limit is not None)


def _names(values: Sequence[Any]) -> list[Any]:
    """The names among the values of an enum that takes numbers too; all values where there are none."""
    return [value for value in values if isinstance(value, str)] or list(values)


def _plural(value: ValueType) -> str:
    if isinstance(value, ScalarValue) and not value.words and value.limits:
        words, _, limits = type_words(value).partition(" ")
        return f"{_PLURAL.get(words, words)} {limits}".rstrip()
    words = type_words(value)
    return _PLURAL.get(words, words)


def _either(words: Sequence[str]) -> str:
    words = list(dict.fromkeys(words))
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"
