"""The Plan's parameters as Airflow Params: typed, with limits, so that the trigger form checks them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends.airflow.literals import Call, Literal
from tfxc.schemas.plan import Plan, PlanParameter

_TYPES: Mapping[str, str] = {
    "int": "integer",
    "float": "number",
    "str": "string",
    "path": "string",
    "bool": "boolean",
}


def params(plan: Plan) -> dict[str, Literal]:
    """Returns parameter name → a call of Airflow's Param."""
    return {parameter.name: _param(parameter) for parameter in plan.parameters}


def _param(parameter: PlanParameter) -> Call:
    arguments: tuple[Any, ...] = () if parameter.required else (parameter.default,)
    keywords: dict[str, Any] = {"type": _type(parameter)}
    if parameter.description:
        keywords["description"] = parameter.description
    if parameter.minimum is not None:
        keywords["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        keywords["maximum"] = parameter.maximum
    if parameter.choices:
        keywords["enum"] = list(parameter.choices)
    if parameter.pattern is not None:
        # JSON Schema searches for a pattern; a parameter's must match the whole value.
        keywords["pattern"] = f"^(?:{parameter.pattern})$"
    return Call("Param", arguments, tuple(keywords.items()))


def _type(parameter: PlanParameter) -> Any:
    """Returns the JSON Schema type. Airflow's form sends null for a text field that is left empty,
    and the launcher takes null for the default."""
    name = _TYPES[parameter.type]
    return [name, "null"] if parameter.default == "" and not parameter.choices else name
