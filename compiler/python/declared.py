"""Components of the user's that a spec declares, since their code cannot be read: its ``interface``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.compiler.models.markers import InputField
from tfxc.compiler.python.description import Location, ParameterField, PythonComponentDescription
from tfxc.compiler.python.types import ValueType

_ANY = ValueType("any")
_TYPES: Mapping[str, ValueType | None] = {
    "int": ValueType("int"),
    "float": ValueType("float"),
    "str": ValueType("str"),
    "bool": ValueType("bool"),
    "list": ValueType("list", (_ANY,)),
    "dict": ValueType("dict", (_ANY,)),
    "any": None,
}


def declared_description(
    type_name: str, name: str, location: Location, interface: Mapping[str, Any]
) -> PythonComponentDescription:
    """Returns the description that a spec's ``interface`` gives; what is wrong in it is left out."""
    listed = interface.get("optional")
    optional = listed if isinstance(listed, list) else []
    inputs = {
        key: InputField(key, text, key not in optional) for key, text in _texts(interface, "inputs").items()
    }
    parameters = {
        key: ParameterField(key, _TYPES.get(text), key not in optional)
        for key, text in _texts(interface, "parameters").items()
    }
    return PythonComponentDescription(
        type_name, name, location, inputs, _texts(interface, "outputs"), parameters
    )


def _texts(interface: Mapping[str, Any], key: str) -> dict[str, str]:
    section = interface.get(key)
    found = section.items() if isinstance(section, Mapping) else ()
    return {name: text for name, text in found if isinstance(name, str) and isinstance(text, str)}
