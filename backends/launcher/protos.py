"""Strict JSON form → protobuf message.

``json_format.ParseDict`` does the parsing; this module finds the message type by its full name,
prepares what the JSON form of the spec allows beyond protobuf's own (a mapping for
``MetricConfig.config``), and turns protobuf's complaints into sentences with a path. Importing it
imports protobuf only; the message types must be registered by the modules that define them.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, symbol_database
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from tfxc.backends.launcher.errors import LaunchFailure

_JSON_TEXT_FIELDS = frozenset({("tensorflow_model_analysis.MetricConfig", "config")})
"""String fields that hold JSON, and for which the spec takes a mapping."""

_UNKNOWN = re.compile(r'Message type "(?P<message>[^"]+)" has no field named "(?P<field>[^"]+)"')
_ONEOF = re.compile(r'should not have multiple "(?P<oneof>[^"]+)" oneof fields')
_TWICE = re.compile(r'should not have multiple "(?P<field>[^"]+)" fields')

_DEFINED_IN = {
    "tensorflow_model_analysis.": "tensorflow_model_analysis.proto.config_pb2",
    "tensorflow.data_validation.": "tensorflow_data_validation.anomalies.proto.custom_validation_config_pb2",
    "tfx.components.example_gen.": "tfx.proto.example_gen_pb2",
    "tfx.components.evaluator.": "tfx.proto.evaluator_pb2",
    "tfx.components.trainer.": "tfx.proto.trainer_pb2",
    "tfx.components.transform.": "tfx.proto.transform_pb2",
    "tfx.components.tuner.": "tfx.proto.tuner_pb2",
    "tfx.components.pusher.": "tfx.proto.pusher_pb2",
    "tfx.components.infra_validator.": "tfx.proto.infra_validator_pb2",
    "tfx.components.bulkinferrer.": "tfx.proto.bulk_inferrer_pb2",
    "tfx.components.example_diff.": "tfx.proto.example_diff_pb2",
    "tfx.components.distribution_validator.": "tfx.proto.distribution_validator_pb2",
    "tfx.configs.": "tfx.proto.range_config_pb2",
    "tfx_bsl.": "tfx_bsl.public.proto.slicing_spec_pb2",
    "tensorflow.metadata.v0.Schema": "tensorflow_metadata.proto.v0.schema_pb2",
}
"""Prefix of a message's full name → the module that registers it."""


def message_class(full_name: str) -> type[Message]:
    """Returns the class of a message type. Raises LaunchFailure if TFX has none of that name."""
    for prefix, module in _DEFINED_IN.items():
        if full_name.startswith(prefix):
            importlib.import_module(module)
    try:
        found: type[Message] = symbol_database.Default().GetSymbol(full_name)
    except KeyError:
        raise LaunchFailure(f"this version of TFX has no message type `{full_name}`.") from None
    return found


def parse(full_name: str, value: Any, where: str) -> Message:
    """Returns the message of that type that ``value`` is the JSON form of.

    Unknown fields, values of the wrong type, unknown enum names and two fields of one oneof are
    errors. ``where`` names the argument in messages. Raises LaunchFailure.
    """
    message = message_class(full_name)()
    if not isinstance(value, Mapping):
        raise LaunchFailure(f"{where} must be a mapping of {full_name} fields, but it is {value!r}.")
    prepared = _prepare(value, message.DESCRIPTOR, where)
    try:
        json_format.ParseDict(prepared, message)
    except json_format.ParseError as error:
        raise LaunchFailure(f"{where}: {_explain(str(error), message.DESCRIPTOR)}") from None
    return message


def _prepare(value: Mapping[str, Any], descriptor: Descriptor, where: str) -> dict[str, Any]:
    """Returns the value without nulls and with mappings dumped where a field holds JSON text."""
    prepared: dict[str, Any] = {}
    fields = {field.json_name: field for field in descriptor.fields} | dict(descriptor.fields_by_name)
    for key, inner in value.items():
        if inner is None:
            continue
        field = fields.get(key)
        if field is None:
            prepared[key] = inner
        elif (descriptor.full_name, field.name) in _JSON_TEXT_FIELDS and isinstance(inner, Mapping):
            # MetricConfig.config: TFMA wants the JSON of a Keras-style configuration without its
            # outer braces or with them; with them is what its own writers use.
            prepared[key] = json.dumps(inner, sort_keys=True)
        else:
            prepared[key] = _prepare_field(inner, field, f"{where}.{key}")
    return prepared


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
    if field.label == FieldDescriptor.LABEL_REPEATED:
        if not isinstance(value, (list, tuple)):
            return value
        return [
            _prepare(each, inner, f"{where}[{index}]") if isinstance(each, Mapping) else each
            for index, each in enumerate(value)
        ]
    return _prepare(value, inner, where) if isinstance(value, Mapping) else value


def _explain(text: str, descriptor: Descriptor) -> str:
    """Returns protobuf's complaint as a sentence."""
    unknown = _UNKNOWN.search(text)
    if unknown is not None:
        return f"{unknown['message'].rpartition('.')[2]} has no field `{unknown['field']}`."
    oneof = _ONEOF.search(text)
    if oneof is not None:
        return f"only one of the fields of `{oneof['oneof'].rpartition('.')[2]}` may be set."
    twice = _TWICE.search(text)
    if twice is not None:
        return f"`{twice['field']}` is given twice, in two spellings."
    first = text.strip().splitlines()[0].rstrip(". ")
    return f"not a valid {descriptor.name}: {first}."
