"""The JSON Schema of the spec language, for editors.

Made from the models, so that it says what they say: types, limits, choices, groups and descriptions.
Beside that it allows a ``{{ … }}`` reference in the place of every scalar that is not free text, and
null for every key that may be left out. What needs more than one value to judge (channels that
exist, artifact types) is left to ``tfxc validate``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfxc.backends import backend_names, load_backend
from tfxc.compiler.models.json_schema_rules import Schema, either_spelling_required, group_rules
from tfxc.compiler.models.json_schema_words import first_paragraph, new_component_snippets, title
from tfxc.compiler.models.value_types import (
    AlternativesValue,
    ChannelValue,
    ChoiceValue,
    ListValue,
    MappingValue,
    ModelValue,
    ScalarValue,
    ValueType,
    read_extra,
    read_field,
)
from tfxc.schemas.components import component_model, component_types
from tfxc.schemas.components.base import Component
from tfxc.schemas.components.nodes import ArtifactQuery
from tfxc.schemas.protos.base import ProtoModel, json_name
from tfxc.schemas.spec import SHARED_KEY_PREFIX, Spec
from tfxc.schemas.tfx_lines import is_in, line_words

DIALECT = "https://json-schema.org/draft/2020-12/schema"
REFERENCE_PATTERN = r"^\{\{.*\}\}$"
CHANNEL_PATTERN = r"^[a-z][a-z0-9_]*(\[[^\[\]]*\])?\.[A-Za-z_][A-Za-z0-9_]*$"
CUSTOM_TYPE_PATTERN = r"^[^:]+:[A-Za-z_][A-Za-z0-9_]*$"

PATCH = "-patch"


def spec_json_schema(line: str | None = None) -> Schema:
    """Returns the JSON Schema (draft 2020-12) of a whole spec. The same models give the same schema.

    ``line`` is the line of TFX whose keys it has; None is those of all lines.
    """
    return _Writer(line).document()


def schema_text(schema: Schema | None = None) -> str:
    """Returns the schema as JSON with one definition to a line, so that a change shows as its lines."""
    schema = spec_json_schema() if schema is None else schema
    outer = {key: value for key, value in schema.items() if key != "$defs"}
    lines = [f"  {_json(key)}: {_json(value)}," for key, value in outer.items()]
    definitions = [f"    {_json(key)}: {_json(value)}" for key, value in schema["$defs"].items()]
    return "\n".join(["{", *lines, '  "$defs": {', ",\n".join(definitions), "  }", "}"]) + "\n"


class _Writer:
    """Collects the definitions that the schema refers to, each once.

    A definition whose name ends in `PATCH` is that of a merge patch: nothing is required and null
    removes a key. What it shares with the whole one it refers to.
    """

    def __init__(self, line: str | None) -> None:
        self.line = line
        self.definitions: Schema = {
            "reference": {
                "title": "reference",
                "type": "string",
                "pattern": REFERENCE_PATTERN,
                "description": "{{ parameters.NAME }}, {{ run.id }}, {{ run.date }}, {{ env.NAME }}, "
                "{{ NODE.OUTPUT.value }}, or {{ matrix.AXIS }} in a component with a matrix",
            },
            "channel": {
                "title": "channel",
                "description": "COMPONENT.OUTPUT, or a list of them",
                "anyOf": [
                    {"type": "string", "pattern": CHANNEL_PATTERN},
                    {
                        "type": "array",
                        "minItems": 1,
                        "items": {"type": "string", "pattern": CHANNEL_PATTERN},
                    },
                ],
            },
        }

    def document(self) -> Schema:
        """Returns the schema of a document: whole, or a patch over the one that it extends."""
        whole = self.definition_of(Spec, patch=False)
        patch = self.definition_of(Spec, patch=True)
        definitions = dict(sorted(self.definitions.items()))
        return {
            "$schema": DIALECT,
            "title": "tfxc pipeline spec",
            "if": {"required": ["extends"], "properties": {"extends": {"type": "string"}}},
            "then": patch,
            "else": whole,
            "$defs": definitions,
        }

    def definition_of(self, model: type[BaseModel], patch: bool) -> Schema:
        """Returns a reference to a model's definition, and writes the definition if it is not there yet."""
        name = _definition_name(model) + (PATCH if patch else "")
        if name not in self.definitions:
            self.definitions[name] = {}
            self.definitions[name] = self._object(model, patch)
        return {"$ref": f"#/$defs/{name}"}

    def _object(self, model: type[BaseModel], patch: bool) -> Schema:
        properties, other_names, required = {}, {}, []
        for field, info in model.model_fields.items():
            if not is_in(self.line, info.metadata):
                continue
            key = info.alias or field
            properties[key] = self._property(model, field, info, patch)
            if issubclass(model, ProtoModel) and json_name(field) != field:
                here = _definition_name(model) + (PATCH if patch else "")
                other_names[f"^{json_name(field)}$"] = {"$ref": f"#/$defs/{here}/properties/{key}"}
            if info.is_required() and not patch:
                required.append(key)
        schema: Schema = {
            "title": title(model, patch),
            "type": "object",
            "description": first_paragraph(model),
            "properties": properties,
        }
        if model is Spec:
            other_names[f"^{SHARED_KEY_PREFIX}"] = {"description": "Values that YAML anchors share."}
        if other_names:
            # As patterns, both spellings are valid and editors propose only one.
            schema["patternProperties"] = other_names
        rules = [] if patch else list(group_rules(model))
        if issubclass(model, ProtoModel):
            rules += [either_spelling_required(name) for name in required]
        elif required:
            schema["required"] = required
        if rules:
            schema["allOf"] = rules
        extra = read_extra(model)
        schema["additionalProperties"] = self.value(extra, patch) if extra is not None else False
        return schema

    def _property(self, model: type[BaseModel], field: str, info: FieldInfo, patch: bool) -> Schema:
        value = self._document_value(model, field, patch)
        if value is None:
            value = self.value(read_field(info), patch)
            whole = self.definition_of(model, patch=False)["$ref"] if patch else ""
            if patch and value == self.value(read_field(info), False):
                key = info.alias or field
                same: Schema = {"$ref": f"{whole}/properties/{key}"}
                return _any_of([same, {"type": "null"}]) if info.is_required() else same
        nullable = patch or not info.is_required()
        schema = _any_of([value, {"type": "null"}]) if nullable and not _accepts_null(value) else value
        schema = dict(schema)
        description = " ".join(filter(None, (info.description, line_words(info.metadata))))
        if description:
            schema["description"] = description
        default = info.default
        if isinstance(default, (bool, int, float, str)) and default != "" and not patch:
            schema["default"] = default
        return schema

    def _document_value(self, model: type[BaseModel], field: str, patch: bool) -> Schema | None:
        """The schema of a field of the document or of a component that its own model leaves open."""
        if issubclass(model, Component) and field == "type" and model is not Component:
            return {"const": model.__name__}
        if model is not Spec:
            return None
        if field == "components":
            component = self._component(patch)
            if patch:
                return _mapping(_any_of([component, {"type": "null"}]), Spec, field)
            return {**_mapping(component, Spec, field), "defaultSnippets": new_component_snippets()}
        if field == "environments":
            return _mapping(self.definition_of(Spec, patch=True), Spec, field)
        if field == "backends":
            return self._backends(patch)
        return None

    def _component(self, patch: bool) -> Schema:
        """The schema of one component, by its ``type``."""
        name = "component" + (PATCH if patch else "")
        if name in self.definitions:
            return {"$ref": f"#/$defs/{name}"}
        self.definitions[name] = {}
        standard = [
            {"const": type_name, "description": first_paragraph(component_model(type_name))}
            for type_name in component_types()
        ]
        custom = {
            "type": "string",
            "pattern": CUSTOM_TYPE_PATTERN,
            "description": "A component of your own: `file.py:function` or `package.module:function`.",
        }
        branches = [
            {
                "if": {"properties": {"type": {"const": type_name}}, "required": ["type"]},
                "then": self.definition_of(component_model(type_name), patch),
            }
            for type_name in component_types()
        ]
        own = {**self._object(Component, patch), "additionalProperties": True}
        own["properties"] = {
            **own["properties"],
            "type": {"anyOf": [*standard, custom], "description": Component.model_fields["type"].description},
        }
        own["description"] = "A component: a node of the pipeline."
        self.definitions[name] = {**own, "allOf": branches}
        return {"$ref": f"#/$defs/{name}"}

    def _backends(self, patch: bool) -> Schema:
        properties = {
            name: self.definition_of(load_backend(name).settings, patch) for name in backend_names()
        }
        if patch:
            properties = {name: _any_of([schema, {"type": "null"}]) for name, schema in properties.items()}
        return {"type": "object", "properties": properties}

    def value(self, value: ValueType, patch: bool) -> Schema:
        """Returns the schema of a value."""
        if isinstance(value, ScalarValue):
            return self._scalar(value)
        if isinstance(value, ChoiceValue):
            return _any_of([{"enum": list(value.values)}, _REFERENCE])
        if isinstance(value, ListValue):
            # A merge patch replaces a list as a whole.
            return {"type": "array", "items": self.value(value.item, False), **value.limits}
        if isinstance(value, MappingValue):
            item = self.value(value.item, patch)
            schema: Schema = {"type": "object"}
            if item:
                schema["additionalProperties"] = _any_of([item, {"type": "null"}]) if patch else item
            if value.key_limits:
                schema["propertyNames"] = dict(value.key_limits)
            return {**schema, **({} if patch else value.limits)}
        if isinstance(value, ModelValue):
            return self.definition_of(value.model, patch)
        if isinstance(value, ChannelValue):
            channel: Schema = {"$ref": "#/$defs/channel"}
            return _any_of([channel, self.definition_of(ArtifactQuery, patch)]) if value.query else channel
        if isinstance(value, AlternativesValue):
            return _any_of([self.value(each, patch) for each in value.alternatives])
        return {}

    def _scalar(self, value: ScalarValue) -> Schema:
        types = [each for each in value.types if not (each == "integer" and "number" in value.types)]
        schema: Schema = {"type": types[0] if len(types) == 1 else types, **value.limits}
        free_text = "string" in types and not set(value.limits) - {"minLength"}
        return schema if free_text else _any_of([schema, _REFERENCE])


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


_REFERENCE: Schema = {"$ref": "#/$defs/reference"}


def _definition_name(model: type[BaseModel]) -> str:
    if issubclass(model, ProtoModel):
        return model.proto
    return f"{model.__module__.removeprefix('tfxc.').replace('.', '-')}-{model.__name__}"


def _any_of(options: Iterable[Schema]) -> Schema:
    """Returns the schema of a value that one of some schemas accepts, without nesting and repetition."""
    flat: list[Schema] = []
    for option in options:
        for each in option["anyOf"] if set(option) == {"anyOf"} else [option]:
            if not each:
                return {}
            if each not in flat:
                flat.append(each)
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def _accepts_null(schema: Schema) -> bool:
    return not schema or {"type": "null"} in schema.get("anyOf", ())


def _mapping(item: Schema, model: type[BaseModel], field: str) -> Schema:
    """The schema of a mapping with keys as a field of a model has them."""
    value = read_field(model.model_fields[field])
    names = dict(value.key_limits) if isinstance(value, MappingValue) else {}
    return {"type": "object", "propertyNames": names, "additionalProperties": item}
