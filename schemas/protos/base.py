"""What every config message has in common.

A config message is written in a spec as the JSON form of its protobuf message: field names in
snake_case or camelCase, enums by name or number, wrapper types (``DoubleValue`` and its like) as
plain scalars, null for unset. Unlike protobuf's own parser the models take no unknown field, no
number written as text and no 1.0 for an integer: in YAML those are mistakes.

Models live in one module per family of messages, and a field names the message it takes with the
marker `Message`: a family is imported, and its models are built, when a spec uses it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from tfxc.schemas.fields import FLOAT_MAX, plain_validator, unknown_value, validate_beside

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, ModelWrapValidatorHandler

INT32_MAX = 2**31 - 1
UINT32_MAX = 2**32 - 1

Int32 = Annotated[int, Field(ge=-(2**31), le=INT32_MAX)]
"""An int32, as protobuf has it."""
Count = Annotated[int, Field(ge=0, le=INT32_MAX)]
"""An int32 that counts something, so that a negative number has no meaning."""
UInt32 = Annotated[int, Field(ge=0, le=UINT32_MAX)]
"""A uint32, as protobuf has it."""

SPECIAL_DOUBLES = ("Infinity", "-Infinity", "NaN")
"""How protobuf's JSON form writes the doubles that are not finite."""


def json_name(name: str) -> str:
    """Returns the camelCase name of a field: protobuf's own rule."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


@dataclass(frozen=True)
class SpecialDouble:
    """Validates a double: a finite number, or one of `SPECIAL_DOUBLES` as text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(_double, source)


def _double(value: object) -> object:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if abs(value) <= FLOAT_MAX:
            return value
        raise PydanticCustomError(
            "finite_number", 'Write numbers that are not finite as text, such as "Infinity"'
        )
    if isinstance(value, str) and value in SPECIAL_DOUBLES:
        return value
    raise PydanticCustomError("float_type", "Input should be a valid number")


Base64Text = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/_-]*={0,2}$")]
"""Bytes, as protobuf's JSON form has them."""


@dataclass(frozen=True)
class LongInteger:
    """Validates an integer of 64 bits: protobuf's JSON form has it as text, and YAML as a number."""

    least: int
    most: int

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value. Raises PydanticCustomError of pydantic's own types for integers."""
        number = int(value) if isinstance(value, str) and _INTEGER_TEXT.fullmatch(value) else value
        if not isinstance(number, int) or isinstance(number, bool):
            raise PydanticCustomError("int_type", "Input should be a valid integer")
        if number < self.least:
            raise PydanticCustomError(
                "greater_than_equal", "Input should be greater than or equal to {ge}", {"ge": self.least}
            )
        if number > self.most:
            raise PydanticCustomError(
                "less_than_equal", "Input should be less than or equal to {le}", {"le": self.most}
            )
        return value


_INTEGER_TEXT = re.compile(r"-?\d{1,20}", re.ASCII)

Int64 = Annotated[Union[int, str], LongInteger(-(2**63), 2**63 - 1)]
"""An int64, as protobuf's JSON form or YAML has it."""
UInt64 = Annotated[Union[int, str], LongInteger(0, 2**64 - 1)]
"""A uint64, as protobuf's JSON form or YAML has it."""


@dataclass(frozen=True)
class NamesItsType:
    """Validates the JSON form of a ``google.protobuf.Any``: a mapping that says its type."""

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(_any_message, source)


def _any_message(value: object) -> object:
    if not isinstance(value, dict):
        raise PydanticCustomError("dict_type", "Input should be a valid dictionary")
    if not isinstance(value.get("@type"), str):
        raise PydanticCustomError("any_type", "`@type` is missing: it names the message's type")
    return value


AnyMessage = Annotated[dict[str, Any], NamesItsType()]
"""Any message in JSON form, with ``type.googleapis.com/package.Message`` in its key ``@type``."""
Double = Annotated[Union[int, float, str], SpecialDouble()]
"""A double or float, as protobuf's JSON form has it."""


@dataclass(frozen=True)
class ProtoEnum:
    """Marks an enum, and validates that a value is one of its names or numbers.

    The error has the type ``enum`` and the allowed names as ``ctx["values"]``. With ``numbers_only`` it is
    an argument of a Python function, which takes the number and no name.
    """

    proto: str
    names: tuple[tuple[str, int], ...]
    numbers_only: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: "GetCoreSchemaHandler") -> CoreSchema:
        return plain_validator(self.validate, source)

    def validate(self, value: object) -> object:
        """Returns the value if it is a name or number of the enum. Raises PydanticCustomError."""
        if isinstance(value, int) and not isinstance(value, bool):
            if any(value == number for _, number in self.names):
                return value
        elif (
            isinstance(value, str) and not self.numbers_only and any(value == name for name, _ in self.names)
        ):
            return value
        if self.numbers_only:
            raise unknown_value([f"{number} ({name})" for name, number in self.names])
        raise unknown_value([name for name, _ in self.names])


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


Oneofs = Mapping[str, tuple[str, ...]]
"""name of a oneof → the fields that are its arms"""


class ConfigModel(BaseModel):
    """Base of nested configuration. Keys that no field names are errors.

    Class variables
        at_most_one: groups of fields of which at most one may be given. Two are an error of the type
            ``exclusive`` at the second one's key, with all the keys that were given as ``ctx["keys"]``.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        defer_build=True,
        allow_inf_nan=False,
        protected_namespaces=(),
    )

    at_most_one: ClassVar[tuple[tuple[str, ...], ...]] = ()

    @model_validator(mode="wrap")
    @classmethod
    def _report_groups_beside_fields(cls, value: Any, handler: "ModelWrapValidatorHandler[Any]") -> Any:
        problems = cls._group_problems(value) if isinstance(value, dict) else []
        return validate_beside(handler, value, problems, cls.__name__)

    @classmethod
    def _group_problems(cls, value: dict[str, Any]) -> list[InitErrorDetails]:
        return [
            problem for group in cls.at_most_one for problem in _more_than_one("exclusive", group, value, {})
        ]


def _both_names(name: str) -> Union[str, AliasChoices]:
    # The first one is the name in the error of a missing field.
    other = json_name(name)
    return name if other == name else AliasChoices(name, other)


class ProtoModel(ConfigModel):
    """Base of the config messages.

    Class variables
        proto: the message's full protobuf name.
        oneofs: name of a oneof → its fields. Two of them are an error of the type ``oneof``, with what
            ``exclusive`` has and the oneof's name as ``ctx["oneof"]``.
    """

    model_config = ConfigDict(alias_generator=AliasGenerator(validation_alias=_both_names))

    proto: ClassVar[str]
    oneofs: ClassVar[Oneofs] = {}

    @classmethod
    def _group_problems(cls, value: dict[str, Any]) -> list[InitErrorDetails]:
        problems = super()._group_problems(value)
        for name, fields in cls.oneofs.items():
            problems += _more_than_one("oneof", fields, value, {"oneof": name})
        return problems


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
