"""Strict reading of JSON as KFP's protobuf messages, without protobuf: as Go's protojson does it.

`messages.json` has the fields of the messages of kfp-pipeline-spec and kfp-kubernetes 2.17.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

PIPELINE_SPEC = "ml_pipelines.PipelineSpec"
DEPLOYMENT_CONFIG = "ml_pipelines.PipelineDeploymentConfig"
PLATFORM_SPEC = "ml_pipelines.PlatformSpec"
EXECUTOR_CONFIG = "kfp_kubernetes.KubernetesExecutorConfig"
EXECUTOR_OUTPUT = "ml_pipelines.ExecutorOutput"

Place = tuple[str, str]
"""Where in the document, and what is wrong there."""

_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s\Z", re.ASCII)
_INTEGER = re.compile(r"-?\d+\Z", re.ASCII)
_RANGES = {"int32": 2**31, "int64": 2**63}


def misfits(message: str, value: Any, where: str, ignore_unknown: bool = False) -> Iterator[Place]:
    """Yields what keeps a JSON value from being the JSON form of a message.

    Fields have their JSON name or their name in the proto file, as protojson takes them. Null is a
    field that is not there. ``ignore_unknown`` passes over unknown fields, in nested messages too.
    """
    if not isinstance(value, dict):
        yield where, f"must be a mapping, but it is {_shown(value)}"
        return
    fields = _fields(message)
    seen: dict[str, str] = {}
    arms: dict[str, str] = {}
    for key, inner in value.items():
        place = f"{where}.{key}" if where else str(key)
        field = fields.get(key)
        if field is None:
            if not ignore_unknown:
                yield place, f"{message.rpartition('.')[2]} has no field `{key}`"
            continue
        json_name = field["json_name"]
        if json_name in seen:
            yield place, f"the field is also given as `{seen[json_name]}`"
        seen[json_name] = key
        if inner is None and field["type"] != "google.protobuf.Value":
            continue
        if "oneof" in field:
            if field["oneof"] in arms:
                yield place, f"cannot stand beside `{arms[field['oneof']]}`: only one of them can be set"
            arms[field["oneof"]] = key
        yield from _field_misfits(field, inner, place, ignore_unknown)


def canonical(message: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a message's JSON with every field under its JSON name and without nulls.

    The value must be free of `misfits`; fields that the message does not have stay as they are.
    """
    fields = _fields(message)
    result: dict[str, Any] = {}
    for key, inner in value.items():
        field = fields.get(key)
        if field is None:
            result[key] = inner
        elif inner is not None or field["type"] == "google.protobuf.Value":
            result[field["json_name"]] = _canonical_field(field, inner)
    return result


def _canonical_field(field: Mapping[str, Any], value: Any) -> Any:
    kind = field["type"]
    if kind not in _messages():
        return value
    if field.get("map"):
        return {key: canonical(kind, inner) for key, inner in value.items()}
    if field.get("repeated"):
        return [canonical(kind, inner) for inner in value]
    return canonical(kind, value)


@cache
def _fields(message: str) -> Mapping[str, Mapping[str, Any]]:
    """Returns a message's fields by every name that they can have."""
    fields: dict[str, Mapping[str, Any]] = {}
    for json_name, field in _messages()[message].items():
        described = {**field, "json_name": json_name}
        fields[json_name] = described
        fields[field.get("name", json_name)] = described
    return fields


@cache
def _messages() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    text = files("tfxc.backends.kubeflow").joinpath("messages.json").read_text("utf-8")
    messages: dict[str, dict[str, dict[str, Any]]] = json.loads(text)
    return messages


def _field_misfits(field: Mapping[str, Any], value: Any, where: str, ignore_unknown: bool) -> Iterator[Place]:
    if field.get("map"):
        if not isinstance(value, dict):
            yield where, f"must be a mapping, but it is {_shown(value)}"
            return
        for key, inner in value.items():
            yield from _value_misfits(field, inner, f"{where}.{key}", ignore_unknown)
    elif field.get("repeated"):
        if not isinstance(value, list):
            yield where, f"must be a list, but it is {_shown(value)}"
            return
        for index, inner in enumerate(value):
            yield from _value_misfits(field, inner, f"{where}[{index}]", ignore_unknown)
    else:
        yield from _value_misfits(field, value, where, ignore_unknown)


def _value_misfits(field: Mapping[str, Any], value: Any, where: str, ignore_unknown: bool) -> Iterator[Place]:
    kind = field["type"]
    if kind == "google.protobuf.Value":
        return
    if kind == "google.protobuf.Struct":
        if not isinstance(value, dict):
            yield where, f"must be a mapping, but it is {_shown(value)}"
    elif kind == "google.protobuf.Duration":
        if not isinstance(value, str) or not _DURATION.match(value):
            yield where, f"must be a duration in seconds such as `30s`, but it is {_shown(value)}"
    elif kind == "enum":
        if not _is_enum(field["values"], value):
            names = ", ".join(field["values"])
            yield where, f"must be one of {names}, but it is {_shown(value)}"
    elif kind == "string":
        if not isinstance(value, str):
            yield where, f"must be a text, but it is {_shown(value)}"
    elif kind == "bool":
        if not isinstance(value, bool):
            yield where, f"must be true or false, but it is {_shown(value)}"
    elif kind in _RANGES:
        if not _is_integer(value, _RANGES[kind]):
            yield where, f"must be an integer, but it is {_shown(value)}"
    elif kind == "double":
        if not _is_double(value):
            yield where, f"must be a number, but it is {_shown(value)}"
    else:
        yield from misfits(kind, value, where, ignore_unknown)


def _is_enum(values: Mapping[str, int], value: Any) -> bool:
    return (
        value in values if isinstance(value, str) else isinstance(value, int) and not isinstance(value, bool)
    )


def _is_integer(value: Any, limit: int) -> bool:
    if isinstance(value, str):
        return _INTEGER.match(value) is not None and -limit <= int(value) < limit
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return math.isfinite(value) and float(value).is_integer() and -limit <= value < limit


def _is_double(value: Any) -> bool:
    if isinstance(value, str):
        try:
            float(value)
        except ValueError:
            return False
        return value.strip() == value
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return f"`{text if len(text) <= 60 else text[:59] + '…'}`"
