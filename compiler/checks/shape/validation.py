"""The errors of a pydantic model's validation, with paths that the document has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from tfxc.compiler.models.markers import Shape
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.protos.base import ProtoModel, json_name
from tfxc.schemas.words.suggest import snake_case
from tfxc.schemas.words.wording import joined

TYPE_WORDS: Mapping[str, str] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "dataclass_type": "a mapping",
    "none_required": "empty",
}
"""pydantic's error types for a value of the wrong type → what is expected"""


@dataclass(frozen=True)
class ModelError:
    """One error of a validation: where in the value, what type of error, and pydantic's context.

    ``model`` is the one that looked at the value that ``path`` leads to, or at its parent for a
    key that is missing or unknown.
    """

    kind: str
    path: Path
    value: Any
    message: str
    context: Mapping[str, Any]
    model: type[BaseModel] | None
    expected: str = ""


def model_errors(model: type[BaseModel], value: Any, path: Path) -> list[ModelError]:
    """Returns the errors of a value's validation, each at a path that exists or at a missing key's parent.

    Errors of several types at one path (a union's members) are one error.
    """
    try:
        model.model_validate(value)
    except ValidationError as error:
        found = [_model_error(line, model, value, path) for line in error.errors(include_url=False)]
        return _merged(found)
    except RecursionError:
        return [ModelError("too_deep", path, value, "is nested too deeply", {}, model)]
    return []


def is_type_error(error: ModelError) -> bool:
    """Whether a value has the wrong type, whatever its value."""
    return error.kind in TYPE_WORDS or error.kind in ("scalar_type", "channel", "resolver_channel")


def expected_type(error: ModelError) -> str:
    """Returns what a value of the wrong type should have been."""
    if error.expected:
        return error.expected
    if error.kind == "scalar_type":
        what = str(error.context.get("what", "a value"))
        return {"a valid number": "a number"}.get(what, what)
    if error.kind in ("channel", "resolver_channel"):
        return "a channel, `component.output`"
    return TYPE_WORDS.get(error.kind, "something else")


def _model_error(line: Any, model: type[BaseModel], value: Any, path: Path) -> ModelError:
    """Follows pydantic's ``loc`` through the value; parts that are no keys of it (a union's member)
    end the way."""
    error_type, location = line["type"], line["loc"]
    missing: str | None = None
    if error_type == "missing":
        *location, missing = location
    shape, here, walked = Shape(model), value, list(path)
    owner: type[BaseModel] | None = model
    for index, part in enumerate(location):
        if part == "[key]":
            error_type = "key_" + error_type
            break
        key = _existing_key(here, part)
        if key is None:
            break
        if error_type == "extra_forbidden" and index == len(location) - 1:
            owner = shape.model
        shape = shape.fields().get(key) or shape.item or Shape(Any)
        here = here[key]
        walked.append(key)
    if error_type != "extra_forbidden":
        owner = shape.model
    context = dict(line.get("ctx") or {})
    if missing is not None:
        context["missing"] = _written_name(owner, missing)
    return ModelError(error_type, tuple(walked), here, line["msg"], context, owner)


def _existing_key(value: Any, part: Any) -> Any:
    """Returns the key or index of a value that pydantic means: it may say a field's other name."""
    if isinstance(value, dict):
        for key in (part, json_name(part), snake_case(part)) if isinstance(part, str) else (part,):
            if key in value:
                return key
    elif isinstance(value, list) and isinstance(part, int) and 0 <= part < len(value):
        return part
    return None


def _written_name(model: type[BaseModel] | None, name: str) -> str:
    """Returns the name of a field as our specs write it: config messages in snake_case."""
    if model is not None and issubclass(model, ProtoModel):
        return next((field for field, info in model.model_fields.items() if info.alias == name), name)
    return name


def _merged(found: list[ModelError]) -> list[ModelError]:
    """Returns the errors with those of the wrong type at one path made one."""
    merged: dict[Any, ModelError] = {}
    for error in found:
        if not is_type_error(error):
            merged[(error.path, error.kind, len(merged))] = error
            continue
        key = (error.path, "type")
        earlier = merged.get(key)
        expected = expected_type(error)
        if earlier is not None:
            words = earlier.expected.replace(" or ", ", ").split(", ")
            expected = joined(list(dict.fromkeys([*words, expected])))
        merged[key] = ModelError(
            error.kind,
            error.path,
            error.value,
            error.message,
            error.context,
            error.model,
            expected,
        )
    values_at = {path for path, kind, *_ in merged if kind == "type"}
    return [
        error
        for key, error in merged.items()
        if key[1] == "type" or error.path not in values_at or error.kind == "missing"
    ]
