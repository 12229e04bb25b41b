"""What may stand at a path of a spec: the models, followed from the document's root."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfxc.backends import backend_names, load_backend
from tfxc.compiler.models.value_types import (
    AlternativesValue,
    AnyValue,
    ListValue,
    MappingValue,
    ModelValue,
    ValueType,
    read_extra,
    read_field,
)
from tfxc.schemas.components import find_component_model
from tfxc.schemas.components.base import Component
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.protos.base import ProtoModel, json_name
from tfxc.schemas.spec import Spec


@dataclass(frozen=True)
class Expected:
    """What a value may be, and the field that it is the value of, where there is one."""

    value: ValueType
    info: FieldInfo | None = None


def expected_at(path: Path, component_type: str | None) -> Expected:
    """Returns what may stand at a path; any value where the models leave it open.

    ``component_type`` is the type of the component that the path leads into.
    """
    while path[:1] == ("environments",) and len(path) > 1:
        path = path[2:]
    if path[:1] == ("components",) and len(path) > 1:
        model = find_component_model(component_type or "") or Component
        return _below(Expected(ModelValue(model)), path[2:])
    if path[:1] == ("backends",) and len(path) > 1:
        if path[1] not in backend_names():
            return Expected(AnyValue())
        return _below(Expected(ModelValue(load_backend(str(path[1])).settings)), path[2:])
    return _below(Expected(ModelValue(Spec)), path)


def models_in(value: ValueType) -> tuple[type[BaseModel], ...]:
    """Returns the models whose keys a value may have."""
    if isinstance(value, ModelValue):
        return (value.model,)
    if isinstance(value, AlternativesValue):
        return tuple(model for each in value.alternatives for model in models_in(each))
    return ()


def keys_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """Returns the keys of a mapping that a model describes, each with its field."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def _below(expected: Expected, path: Path) -> Expected:
    for part in path:
        expected = _step(expected.value, part)
    return expected


def _step(value: ValueType, part: object) -> Expected:
    if isinstance(value, AlternativesValue):
        found = [_step(each, part) for each in value.alternatives]
        known = [each for each in found if not isinstance(each.value, AnyValue) or each.info is not None]
        return known[0] if known else Expected(AnyValue())
    if isinstance(value, ListValue) and isinstance(part, int):
        return Expected(value.item)
    if isinstance(value, MappingValue):
        return Expected(value.item)
    if isinstance(value, ModelValue):
        keys = keys_of(value.model)
        if issubclass(value.model, ProtoModel):
            keys.update({json_name(name): info for name, info in value.model.model_fields.items()})
        if part in keys:
            info = keys[str(part)]
            return Expected(read_field(info), info)
        extra = read_extra(value.model)
        return Expected(extra if extra is not None else AnyValue())
    return Expected(AnyValue())
