"""What an editor writes for a key or a component: the rest of it, to be filled in."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from tfxc.compiler.models.new_component import free_id, required_keys
from tfxc.compiler.models.value_types import ListValue, MappingValue, ModelValue, ValueType
from tfxc.schemas.components import component_model


def key_snippet(key: str, value: ValueType) -> str:
    """Returns a key with what begins its value, in the protocol's snippet syntax."""
    if isinstance(value, (ModelValue, MappingValue)):
        return f"{key}:\n  $0"
    if isinstance(value, ListValue):
        return f"{key}: [$0]"
    return f"{key}: $0"


def component_snippet(type_name: str, siblings: Mapping[str, str]) -> str:
    """Returns what stands below ``type: NAME``: the required keys that are not there; "" for none."""
    missing = [key for key in required_keys(component_model(type_name)) if key not in siblings]
    return "".join(f"\n{key}: ${index}" for index, key in enumerate(missing, 1))


def new_component_snippet(type_name: str, taken: Collection[str]) -> str:
    """Returns a whole new component of a type, with an id that is not taken."""
    keys = required_keys(component_model(type_name))
    rest = "".join(f"\n  {key}: ${index}" for index, key in enumerate(keys, 2))
    return f"${{1:{free_id(type_name, taken)}}}:\n  type: {type_name}{rest}\n"
