"""Strict JSON form → protobuf message.

``json_format.ParseDict`` does the parsing; this module finds the message type by its full name,
prepares what the JSON form of the spec allows beyond protobuf's own (a mapping for
``MetricConfig.config``), and turns protobuf's complaints into sentences with a path. Importing it
imports protobuf only; the message types must be registered by the modules that define them.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import json
import re
from collections.abc import Mapping
from typing import Any, Optional

from google.protobuf import json_format, symbol_database
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from tfxc.schemas.failures import Failure

_JSON_TEXT_FIELDS = frozenset({("tensorflow_model_analysis.MetricConfig", "config")})
"""String fields that hold JSON, and for which the spec takes a mapping."""

_CHAIN = re.compile(r"Failed to parse (\w+) field: ")
_AT = re.compile(r" at \w+(?:\.([\w.\[\]]+))?\.?$")
_REASONS = (
    (re.compile(r"Couldn't parse integer: (?P<value>.+)"), "must be a whole number, but it is {value}"),
    (
        re.compile(r"invalid literal for int\(\) with base 10: (?P<value>.+)"),
        "must be a whole number, but it is {value}",
    ),
    (re.compile(r"Couldn't parse float: (?P<value>.+)"), "must be a number, but it is {value!r}"),
    (re.compile(r"must be in \[\] which is (?P<value>.+)"), "must be a list, but it is {value!r}"),
    (re.compile(r"expected string or bytes-like object"), "must be text"),
    (re.compile(r"[Vv]alue out of range: (?P<value>.+)"), "is out of range: {value}"),
)
_ENUM = re.compile(r"Invalid enum value (?P<value>\S+) for enum type (?P<type>[\w.]+)")


def message_class(full_name: str, module: Optional[str] = None) -> type[Message]:
    """Returns the class of a message type, which importing the module registers.

    Without a module it must have been imported. Raises Failure if there is none of that name.
    """
    if module is not None:
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    try:
        found: type[Message] = symbol_database.Default().GetSymbol(full_name)
    except KeyError:
        raise Failure(f"this version of TFX has no message type `{full_name}`.") from None
    return found


def parse(full_name: str, value: Any, where: str, module: Optional[str] = None) -> Message:
    """Returns the message of that type that ``value`` is the JSON form of.

    Unknown fields, values of the wrong type, unknown enum names and two fields of one oneof are
    errors. ``where`` names the argument in messages, ``module`` is what registers the type. Raises
    Failure.
    """
    message = message_class(full_name, module)()
    if not isinstance(value, Mapping):
        raise Failure(f"{where} must be a mapping of {full_name} fields, but it is {value!r}.")
    prepared = _prepare(value, message.DESCRIPTOR, where)
    try:
        json_format.ParseDict(prepared, message)
    except json_format.ParseError as error:
        raise Failure(_explain(str(error), where)) from None
    return message


def _prepare(value: Mapping[str, Any], descriptor: Descriptor, where: str) -> dict[str, Any]:
    """Returns the value without nulls and with mappings dumped where a field holds JSON text.

    Raises Failure for unknown fields, a field in both its spellings, and two arms of a oneof.
    """
    prepared: dict[str, Any] = {}
    fields = {field.json_name: field for field in descriptor.fields} | dict(descriptor.fields_by_name)
    given: dict[str, str] = {}
    for key, inner in value.items():
        if inner is None:
            continue
        field = fields.get(key)
        if field is None:
            if key.startswith(("@", "[")):  # the type of an Any, an extension
                prepared[key] = inner
                continue
            raise Failure(_unknown_field(where, key, list(descriptor.fields_by_name)))
        for group in (field.name, field.containing_oneof.full_name if field.containing_oneof else field.name):
            if given.setdefault(group, key) != key:
                raise Failure(f"{where}: only one of `{given[group]}` and `{key}` may be set.")
        if (descriptor.full_name, field.name) in _JSON_TEXT_FIELDS and isinstance(inner, Mapping):
            prepared[key] = json.dumps(inner, sort_keys=True)
        else:
            prepared[key] = _prepare_field(inner, field, f"{where}.{key}")
    return prepared


def _unknown_field(where: str, key: str, names: list[str]) -> str:
    """Returns the message for a field that a message type does not have."""
    close = difflib.get_close_matches(key, names, n=1)
    hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(sorted(names)) or 'none'}."
    return f"{where} has no field `{key}`; {hint}"


def _prepare_field(value: Any, field: FieldDescriptor, where: str) -> Any:
    """Returns the value of one field, prepared through messages, lists and maps."""
    inner = field.message_type
    if inner is None or inner.full_name.startswith("google.protobuf."):
        return value
    if inner.GetOptions().map_entry:
        entry = inner.fields_by_name["value"].message_type
        if entry is None or not isinstance(value, Mapping) or entry.full_name.startswith("google.protobuf."):
            return value
        return {
            key: _prepare(each, entry, f"{where}.{key}") if isinstance(each, Mapping) else each
            for key, each in value.items()
        }
    if _is_repeated(field):
        if not isinstance(value, (list, tuple)):
            return value
        return [
            _prepare(each, inner, f"{where}[{index}]") if isinstance(each, Mapping) else each
            for index, each in enumerate(value)
        ]
    return _prepare(value, inner, where) if isinstance(value, Mapping) else value


def _is_repeated(field: FieldDescriptor) -> bool:
    """Whether a field is a list: newer protobufs have a property for it and warn about ``label``."""
    newer: Any = getattr(field, "is_repeated", None)
    return bool(newer) if newer is not None else field.label == FieldDescriptor.LABEL_REPEATED


def _explain(text: str, where: str) -> str:
    """Returns protobuf's complaint as a sentence that begins with the path of what is wrong."""
    first = text.strip().splitlines()[0].rstrip(". ")
    at = _AT.search(first)
    path = (
        f"{where}.{at[1].removesuffix('.value')}"
        if at and at[1]
        else ".".join([where, *_CHAIN.findall(first)])
    )
    reason = _AT.sub("", _CHAIN.sub("", first))
    enum = _ENUM.search(reason)
    if enum is not None:
        return f"{path} must be one of {', '.join(_enum_names(enum['type']))}, but it is {enum['value']!r}."
    for pattern, sentence in _REASONS:
        found = pattern.search(reason)
        if found is not None:
            return f"{path} {sentence.format(**found.groupdict())}."
    return f"{path}: {reason}."


def _enum_names(full_name: str) -> list[str]:
    """Returns the names of an enum's values."""
    enum = symbol_database.Default().pool.FindEnumTypeByName(full_name)
    return [value.name for value in enum.values]
