"""Rules of a JSON Schema about several keys of one mapping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel

from tfxc.schemas.components.base import Component
from tfxc.schemas.protos.base import ConfigModel, ProtoModel, json_name
from tfxc.schemas.spec import Metadata

Schema = dict[str, Any]


def either_spelling_required(name: str) -> Schema:
    """Returns the rule that a config message has a field, in snake_case or camelCase."""
    names = dict.fromkeys((name, json_name(name)))
    return {"anyOf": [{"required": [each]} for each in names]} if len(names) > 1 else {"required": [name]}


def group_rules(model: type[BaseModel]) -> Iterable[Schema]:
    """Yields the rules about the groups of fields of which only one, or at least one, is given."""
    exclusive: list[tuple[str, ...]] = []
    needed: list[tuple[str, ...]] = []
    if issubclass(model, Component):
        exclusive += [*model.exactly_one, *model.at_most_one]
        needed += [*model.exactly_one, *model.at_least_one]
    elif issubclass(model, ConfigModel):
        exclusive += model.at_most_one
        needed += model.at_least_one
        if issubclass(model, ProtoModel):
            exclusive += model.oneofs.values()
    elif model is Metadata:
        exclusive.append(tuple(model.model_fields))
        needed.append(tuple(model.model_fields))
    yield from ({"anyOf": [_given(name) for name in group]} for group in needed)
    for group in exclusive:
        for index, name in enumerate(group):
            for other in group[index + 1 :]:
                yield {"not": {"allOf": [_given(name), _given(other)]}}


def _given(name: str) -> Mapping[str, Any]:
    return {"required": [name], "properties": {name: {"not": {"type": "null"}}}}
