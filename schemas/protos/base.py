"""What every config message has in common.

A config message is written in a spec as the JSON form of its protobuf message: field names in
snake_case or camelCase, enums by name or number, wrapper types (``DoubleValue`` and its like) as
plain scalars, null for unset. Unlike protobuf's own parser the models take no unknown field, no 1.0
for an integer, and numbers as text only where protobuf writes them so: in YAML those are mistakes.

Models live in one module per family of messages, and a field names the message it takes with the
marker `Message`: a family is imported, and its models are built, when a spec uses it.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Optional, Union, get_args

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from tfxc.schemas.fields import plain_validator, validate_beside
from tfxc.schemas.strict import STRICT
from tfxc.schemas.tfx_lines import TfxLine

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, ModelWrapValidatorHandler


@cache
def json_name(name: str) -> str:
    """Returns the camelCase name of a field: protobuf's own rule."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@dataclass(frozen=True)
class Message:
    """Marks a value as the JSON form of a config message, and validates it by the message's model.

    ``path`` is ``module:Class`` in this package. Neither is touched before there is a value.
    """

    path: str

    @cached_property
    def model(self) -> "type[ConfigModel]":
        """The message's model. Imports its module."""
        module, _, name = self.path.partition(":")
        model: type[ConfigModel] = getattr(import_module(f"{__package__}.{module}"), name)
        return model

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the message. Raises pydantic.ValidationError."""
        return self.model.model_validate(value)


@dataclass(frozen=True)
class FieldOfTfxc:
    """Marks a field that TFX's message does not have: the component's model reads it, and nobody behind."""


Oneofs = Mapping[str, tuple[str, ...]]
"""name of a oneof → the fields that are its arms"""


class ConfigModel(BaseModel):
    """Base of nested configuration. Keys that no field names are errors.

    Class variables
        at_most_one: groups of fields of which at most one may be given. Two are an error of the type
            ``exclusive`` at the second one's key, with all the keys that were given as ``ctx["keys"]``.
        at_least_one: groups of fields of which at least one must be given. None is an error of the type
            ``needs_one``, with the group as ``ctx["keys"]``.
    """

    model_config = STRICT

    at_most_one: ClassVar[tuple[tuple[str, ...], ...]] = ()
    at_least_one: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _report_groups_beside_fields(cls, value: Any, handler: "ModelWrapValidatorHandler[Any]") -> Any:
        errors = cls._group_errors(value) if isinstance(value, dict) else []
        return validate_beside(handler, value, errors, cls.__name__)

    @classmethod
    def _group_errors(cls, value: dict[str, Any]) -> list[InitErrorDetails]:
        errors = []
        for group in cls.at_most_one:
            errors += _more_than_one("exclusive", group, value, {})
        for group in cls.at_least_one:
            errors += _none(group, value)
        return errors


def _both_names(name: str) -> Union[str, AliasChoices]:
    # The first one is the name in the error of a missing field.
    other = json_name(name)
    return name if other == name else AliasChoices(name, other)


class ProtoModel(ConfigModel):
    """Base of the config messages. The module of each says, as ``PROTO_MODULE``, what registers them.

    Class variables
        proto: the message's full protobuf name.
        only_in_tfx: the line of TFX that alone has the message; None if all have it.
        oneofs: name of a oneof → its fields. Two of them are an error of the type ``oneof``, with what
            ``exclusive`` has and the oneof's name as ``ctx["oneof"]``.
    """

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=_both_names))

    proto: ClassVar[str]
    only_in_tfx: ClassVar[Optional[TfxLine]] = None
    oneofs: ClassVar[Oneofs] = {}

    @classmethod
    def proto_module(cls) -> str:
        """Returns the module to import for the message to be known to protobuf."""
        module: str = vars(sys.modules[cls.__module__])["PROTO_MODULE"]
        return module

    @classmethod
    def _group_errors(cls, value: dict[str, Any]) -> list[InitErrorDetails]:
        errors = super()._group_errors(value)
        for name, fields in cls.oneofs.items():
            errors += _more_than_one("oneof", fields, value, {"oneof": name})
        return errors


def without_own_fields(model: type[ProtoModel], value: Any) -> Any:
    """Returns the JSON form of a message without the fields that only tfxc's model of it has."""
    own = [
        name
        for name, info in model.model_fields.items()
        if any(isinstance(mark, FieldOfTfxc) for mark in info.metadata)
    ]
    if not own or not isinstance(value, dict):
        return value
    keys = {key for name in own for key in (name, json_name(name))}
    return {key: inner for key, inner in value.items() if key not in keys}


def _more_than_one(
    error_type: str, fields: tuple[str, ...], value: dict[str, Any], context: dict[str, Any]
) -> list[InitErrorDetails]:
    """An error if a mapping gives more than one of some fields, by either of their names."""
    arms = {name: field for field in fields for name in (field, json_name(field))}
    keys = [key for key in value if key in arms and value[key] is not None]
    if len({arms[key] for key in keys}) < 2:
        return []
    error = PydanticCustomError(
        error_type,
        "Only one of these can be given: {given}",
        {**context, "keys": keys, "given": ", ".join(keys)},
    )
    return [InitErrorDetails(type=error, loc=(keys[1],), input=value[keys[1]])]


def _none(fields: tuple[str, ...], value: dict[str, Any]) -> list[InitErrorDetails]:
    """An error if a mapping gives none of some fields, by either of their names; an empty list is none."""
    if any(value.get(name) not in (None, []) for field in fields for name in (field, json_name(field))):
        return []
    error = PydanticCustomError(
        "needs_one",
        "It needs {words}",
        {"keys": list(fields), "words": " or ".join(f"`{f}`" for f in fields)},
    )
    return [InitErrorDetails(type=error, loc=(), input=value)]


def message_fields(model: type[ConfigModel]) -> dict[str, type[ProtoModel]]:
    """Returns the keys of a model that are config messages, with their messages. Imports those."""
    found = {}
    for name, info in model.model_fields.items():
        named = [marker.model for marker in info.metadata if isinstance(marker, Message)]
        for each in (*named, info.annotation, *get_args(info.annotation)):
            if isinstance(each, type) and issubclass(each, ProtoModel):
                found[info.alias or name] = each
    return found
