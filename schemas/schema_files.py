"""Schema files, as SchemaGen writes and people edit them: the features, without TensorFlow's messages.

Mirrors ``Schema`` of ``tensorflow_metadata/proto/v0/schema.proto`` in protobuf's text format.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Union

FeatureType = Literal["INT", "FLOAT", "BYTES", "STRUCT", ""]

_LONGEST = 1 << 20
"""Bytes of a schema file that is read."""
_DEEPEST = 50
_TOKEN = re.compile(
    r"""\s+|\#[^\n]*|(?P<token>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|[{}<>:;,\[\]]|[\w.+-]+)"""
)
_OLD_STAGES = frozenset({"DEPRECATED", "DISABLED", "DERIVED"})
"""Stages of a feature that the data need not have."""
_MADE = ("sparse_feature", "weighted_feature")
"""Features that are made of others, as tensor representations are."""
_ENDS = {"{": "}", "<": ">"}

Message = dict[str, list[Union[str, "Message"]]]


@dataclass(frozen=True)
class SchemaFeature:
    """A feature that a schema names.

    ``is_required`` is whether all data need it, in ``least_fraction`` of the examples at least.
    """

    name: str
    type: FeatureType
    is_required: bool
    least_fraction: float = 0.0


def read_schema_file(path: Path) -> tuple[SchemaFeature, ...]:
    """Returns the features of a schema file, those too that are made of others.

    Raises OSError; ValueError for what cannot be read as one.
    """
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError("too long")
    tokens = list(_tokens(content.decode("utf-8")))
    message, end = _message(tokens, 0, "", 0)
    if end != len(tokens):
        raise ValueError("no text format")
    made = [name for kind in _MADE for each in _messages(message, kind) for name in [_text(each, "name")]]
    for group in _messages(message, "tensor_representation_group"):
        for value in _messages(group, "value"):
            made += [_text(each, "key") for each in _messages(value, "tensor_representation")]
    features = [_feature(each) for each in _messages(message, "feature")]
    return (*features, *(SchemaFeature(name, "", False) for name in made if name))


def _messages(message: Message, name: str) -> Iterator[Message]:
    return (each for each in message.get(name, ()) if isinstance(each, dict))


def _tokens(text: str) -> Iterator[str]:
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            raise ValueError("no text format")
        position = found.end()
        if found["token"] is not None:
            yield found["token"]


def _message(tokens: list[str], at: int, closing: str, depth: int) -> tuple[Message, int]:
    """Returns the fields up to a closing brace, and the place behind it."""
    if depth > _DEEPEST:
        raise ValueError("too deep")
    fields: Message = {}
    while at < len(tokens) and tokens[at] != closing:
        name, at = tokens[at], at + 1
        if tokens[at : at + 1] == [":"]:
            at += 1
        if at >= len(tokens):
            raise ValueError("no text format")
        value: Union[str, Message]
        if tokens[at] in _ENDS:
            value, at = _message(tokens, at + 1, _ENDS[tokens[at]], depth + 1)
        elif tokens[at] == "[":
            end = tokens.index("]", at)
            value, at = "", end + 1
        else:
            value, at = tokens[at], at + 1
        fields.setdefault(name, []).append(value)
        while at < len(tokens) and tokens[at] in (",", ";"):
            at += 1
    if closing and at >= len(tokens):
        raise ValueError("no text format")
    return fields, at + bool(closing)


def _feature(fields: Message) -> SchemaFeature:
    presence = next((each for each in fields.get("presence", ()) if isinstance(each, dict)), {})
    least = max(_number(presence, "min_fraction"), _number(presence, "min_count"))
    # Which environment data are of is said to a validator, not to a schema.
    everywhere = not fields.keys() & {"in_environment", "not_in_environment"}
    stage = _text(fields, "lifecycle_stage")
    kind = _text(fields, "type")
    return SchemaFeature(
        _text(fields, "name"),
        kind if kind in ("INT", "FLOAT", "BYTES", "STRUCT") else "",  # type: ignore[arg-type]
        least > 0 and everywhere and stage not in _OLD_STAGES,
        _number(presence, "min_fraction"),
    )


def _text(fields: Message, name: str) -> str:
    value = next((each for each in fields.get(name, ()) if isinstance(each, str)), "")
    return value[1:-1] if value[:1] in ('"', "'") else value


def _number(fields: Message, name: str) -> float:
    return float(_text(fields, name) or 0)
