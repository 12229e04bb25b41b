"""The Plan's arguments → the Python values that TFX's constructors take."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from typing import Any, Union, get_args, get_origin

import tensorflow_data_validation as tfdv
from google.protobuf.message import Message

from tfxc.backends.launcher.build import protos
from tfxc.backends.launcher.build.artifacts import artifact_class
from tfxc.backends.launcher.protocol.values import Values, resolve
from tfxc.schemas.failures import Failure
from tfxc.schemas.plan import PlanArgument
from tfxc.schemas.protos.base import message_fields
from tfxc.schemas.protos.stats_options import StatsOptions


def argument_value(argument: PlanArgument, values: Values, where: str) -> Any:
    """Returns what to pass to the constructor. Raises Failure if the value does not fit."""
    if argument.kind == "symbolic":
        return json.dumps(argument.value, sort_keys=True)
    value = resolve(argument.value, values, where)
    if value is None:
        return None
    if argument.kind == "proto" and argument.proto is not None:
        return protos.parse(argument.proto, value, where, argument.proto_module)
    if argument.kind == "stats_options":
        return stats_options(value, where)
    if argument.kind == "artifact_type":
        return artifact_class(value)
    return value


def as_declared(declared: Any, value: Any, where: str) -> Any:
    """Returns the argument of a component of the user's as TFX demands it for a declared type.

    Integers become floats wherever the type takes only floats, and the JSON form of a proto, of which
    TFX would drop unknown fields, becomes that proto. ``declared`` is a type as TFX keeps it of a
    component's parameter: a class, or ``List``, ``Dict`` or ``Union`` of such. Raises Failure.
    """
    if isinstance(declared, type) and issubclass(declared, Message) and isinstance(value, Mapping):
        return protos.parse(declared.DESCRIPTOR.full_name, value, where)
    if declared is float and type(value) is int:
        return float(value)
    kind, inner = get_origin(declared), get_args(declared)
    if kind is list and inner and isinstance(value, list):
        return [as_declared(inner[0], item, where) for item in value]
    if kind is dict and len(inner) == 2 and isinstance(value, Mapping):
        return {key: as_declared(inner[1], item, where) for key, item in value.items()}
    if kind in (Union, types.UnionType) and type(value) not in inner:
        changed = (as_declared(each, value, where) for each in inner)
        return next((each for each in changed if each is not value), value)
    return value


def stats_options(value: Any, where: str) -> tfdv.StatsOptions:
    """Returns TFDV's StatsOptions from its JSON form: its constructor's arguments, with
    ``schema`` and ``slicing_config`` as the JSON form of their protos.

    Raises Failure for an unknown option or a value that TFDV refuses.
    """
    if not isinstance(value, Mapping):
        raise Failure(f"{where} must be a mapping of StatsOptions, but it is {value!r}.")
    messages = message_fields(StatsOptions)
    options: dict[str, Any] = {}
    for key, inner in value.items():
        if inner is None:
            continue
        if key in messages:
            message = messages[key]
            options[key] = protos.parse(message.proto, inner, f"{where}.{key}", message.proto_module())
        elif key == "per_feature_weight_override":
            options[key] = {tfdv.FeaturePath(name.split(".")): weight for name, weight in inner.items()}
        else:
            options[key] = inner
    try:
        return tfdv.StatsOptions(**options)
    except (TypeError, ValueError) as error:
        raise Failure(f"{where}: {str(error).rstrip('.')}.") from None
