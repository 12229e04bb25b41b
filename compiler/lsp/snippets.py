"""What an editor writes for a key or a component: the rest of it, to be filled in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from tfxc.compiler.models.value_types import ListValue, MappingValue, ModelValue, ValueType
from tfxc.schemas.components import component_model
from tfxc.schemas.components.base import Component


def key_snippet(key: str, value: ValueType) -> str:
    """Returns a key with what begins its value, in the protocol's snippet syntax."""
    if isinstance(value, (ModelValue, MappingValue)):
        return f"{key}:\n  $0"
    if isinstance(value, ListValue):
        return f"{key}: [$0]"
    return f"{key}: $0"


def required_keys(model: type[Component]) -> tuple[str, ...]:
    """Returns the keys that a component cannot be without: of a group of which one is needed, the first."""
    required = [
        info.alias or name
        for name, info in model.model_fields.items()
        if info.is_required() and name != "type"
    ]
    for group in (*model.exactly_one, *model.at_least_one):
        if not any(name in required for name in group):
            required.append(group[0])
    return tuple(required)


def component_snippet(type_name: str, siblings: Mapping[str, str], column: int) -> str:
    """Returns what stands below ``type: NAME``: the required keys that are not there; "" for none."""
    del column
    missing = [key for key in required_keys(component_model(type_name)) if key not in siblings]
    return "".join(f"\n{key}: ${index}" for index, key in enumerate(missing, 1))


def new_component_snippet(type_name: str, taken: Collection[str]) -> str:
    """Returns a whole new component of a type, with an id that is not taken."""
    keys = required_keys(component_model(type_name))
    rest = "".join(f"\n  {key}: ${index}" for index, key in enumerate(keys, 2))
    return f"${{1:{free_id(type_name, taken)}}}:\n  type: {type_name}{rest}\n"


def free_id(type_name: str, taken: Collection[str]) -> str:
    """Returns the id that a component of a type is usually given: CsvExampleGen is `csv_example_gen`."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_name).lower()
    number = 2
    chosen = name
    while chosen in taken:
        chosen = f"{name}_{number}"
        number += 1
    return chosen
