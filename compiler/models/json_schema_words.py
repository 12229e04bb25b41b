"""What a JSON Schema says to people: titles of its definitions, and snippets that editors propose.

``defaultSnippets`` is the keyword of VS Code and of yaml-language-server; validators pass over it.
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from tfxc.compiler.models.json_schema_rules import Schema
from tfxc.compiler.models.new_component import free_id, required_keys
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import Component
from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.spec import Spec


def title(model: type[BaseModel], patch: bool) -> str:
    """Returns what a message calls a value of a model: a component or a message of TFX by its own name."""
    if model is Spec:
        name = "pipeline spec"
    elif model is Component:
        name = "component"
    elif issubclass(model, ProtoModel):
        name = model.proto.rpartition(".")[2]
    elif issubclass(model, Component):
        name = model.__name__
    else:
        name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", model.__name__).lower()
    return f"changes to {name}" if patch else name


def first_paragraph(model: type[BaseModel]) -> str:
    """Returns the first paragraph of what a model says of itself, as one line."""
    return " ".join((model.__doc__ or "").split("\n\n")[0].split())


def new_component_snippets() -> list[Schema]:
    """Returns one snippet for each type of component: an id to change, the type and the required keys."""
    return [_new_component(type_name) for type_name in component_types()]


def _new_component(type_name: str) -> Schema:
    model = component_model(type_name)
    body: dict[str, Any] = {"type": type_name}
    body.update({key: f"${index}" for index, key in enumerate(required_keys(model), 2)})
    return {
        "label": f"new {type_name}",
        "description": first_paragraph(model),
        "body": {f"${{1:{free_id(type_name, ())}}}": body},
    }
