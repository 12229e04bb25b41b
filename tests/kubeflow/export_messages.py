"""Writes backends/kubeflow/messages.json: the fields of KFP's messages, for checks without kfp.

Run it in the environment of tests/environments/kubeflow when a new kfp is locked:

    .venvs/kubeflow/bin/python tests/kubeflow/export_messages.py > backends/kubeflow/messages.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from kfp.kubernetes import kubernetes_executor_config_pb2
from kfp.pipeline_spec import pipeline_spec_pb2

_SCALARS = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_DOUBLE: "double",
}
_ROOTS = (
    pipeline_spec_pb2.PipelineSpec.DESCRIPTOR,
    pipeline_spec_pb2.PipelineDeploymentConfig.DESCRIPTOR,
    pipeline_spec_pb2.PlatformSpec.DESCRIPTOR,
    kubernetes_executor_config_pb2.KubernetesExecutorConfig.DESCRIPTOR,
    pipeline_spec_pb2.ExecutorInput.DESCRIPTOR,
    pipeline_spec_pb2.ExecutorOutput.DESCRIPTOR,
)


def main() -> None:
    """Prints message name → field name → its description."""
    messages: dict[str, Any] = {}
    waiting = list(_ROOTS)
    while waiting:
        message = waiting.pop()
        if message.full_name in messages or message.full_name.startswith("google.protobuf."):
            continue
        messages[message.full_name] = {field.json_name: _field(field) for field in message.fields}
        for field in message.fields:
            entry = _map_value(field)
            kind = entry if entry is not None else field
            if kind.message_type is not None:
                waiting.append(kind.message_type)
    json.dump(messages, sys.stdout, indent=1, sort_keys=True)
    sys.stdout.write("\n")


def _field(field: FieldDescriptor) -> dict[str, Any]:
    value = _map_value(field)
    described: dict[str, Any] = {"type": _type(value if value is not None else field)}
    if value is not None:
        described["map"] = True
    elif field.is_repeated:
        described["repeated"] = True
    kind = value if value is not None else field
    if kind.enum_type is not None:
        described["values"] = {each.name: each.number for each in kind.enum_type.values}
    oneof = field.containing_oneof
    if oneof is not None and len(oneof.fields) > 1:
        described["oneof"] = oneof.name
    if field.name != field.json_name:
        described["name"] = field.name
    return described


def _map_value(field: FieldDescriptor) -> FieldDescriptor | None:
    message: Descriptor | None = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return message.fields_by_name["value"]
    return None


def _type(field: FieldDescriptor) -> str:
    if field.message_type is not None:
        return str(field.message_type.full_name)
    if field.enum_type is not None:
        return "enum"
    return _SCALARS[field.type]


if __name__ == "__main__":
    main()
