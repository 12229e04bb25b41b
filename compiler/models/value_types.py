"""What a field of a model takes, read from its annotation: one description for editors and for people.

`read_type` understands the annotations that our models use. What it does not know it describes as
any value, so that a JSON Schema made of it never refuses what a model accepts.
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfxc.schemas.components.markers import (
    ArtifactTypeName,
    ChannelInput,
    ExecutorClass,
    FilePath,
    ModuleFile,
    UserFunction,
)
from tfxc.schemas.components.nodes import (
    STRATEGY_CLASSES,
    STRATEGY_PATH_PATTERN,
    ResolverChannel,
    StrategyClass,
)
from tfxc.schemas.fields import OneOf, OneOfTypes
from tfxc.schemas.protos.base import Message
from tfxc.schemas.protos.scalars import SPECIAL_DOUBLES, LongInteger, ProtoEnum, SpecialDouble

JsonType = Literal["string", "integer", "number", "boolean"]

INTEGER_TEXT_PATTERN = r"^-?[0-9]{1,20}$"

_JSON_TYPES: Mapping[Any, JsonType] = {str: "string", int: "integer", float: "number", bool: "boolean"}


@dataclass(frozen=True)
class AnyValue:
    """Any value."""


@dataclass(frozen=True)
class ScalarValue:
    """A value of one of some JSON types. ``limits`` are JSON Schema keywords (minimum, pattern, …);
    ``words`` says what a text is, such as ``path``."""

    types: tuple[JsonType, ...]
    limits: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class ChoiceValue:
    """One of some values."""

    values: tuple[Any, ...]


@dataclass(frozen=True)
class ListValue:
    """A list."""

    item: ValueType
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class MappingValue:
    """A mapping with keys of the user's own, which match ``key_limits``."""

    item: ValueType
    key_limits: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ModelValue:
    """A mapping that a model describes."""

    model: type[BaseModel]


@dataclass(frozen=True)
class ChannelValue:
    """``component.output`` or a list of such; with ``query``, also ``{artifact_type: …}``."""

    query: bool = False


@dataclass(frozen=True)
class AlternativesValue:
    """A value of one of several kinds."""

    alternatives: tuple[ValueType, ...]


ValueType = Union[
    AnyValue,
    ScalarValue,
    ChoiceValue,
    ListValue,
    MappingValue,
    ModelValue,
    ChannelValue,
    AlternativesValue,
]


def read_field(info: FieldInfo) -> ValueType:
    """Returns what a field takes beside null, which every field that is not required takes too."""
    return read_type(info.annotation, tuple(info.metadata))


def read_type(annotation: Any, metadata: tuple[Any, ...] = ()) -> ValueType:
    """Returns what values of an annotation with this metadata are, null left aside."""
    while get_origin(annotation) is Annotated:
        annotation, *inner = get_args(annotation)
        metadata = (*inner, *metadata)
    found = _marked(metadata)
    if found is not None:
        return found
    return _limited(_unmarked(annotation, metadata), metadata)


def read_extra(model: type[BaseModel]) -> ValueType | None:
    """Returns what a model's keys that no field names take; None if it takes no such key."""
    if model.model_config.get("extra") != "allow":
        return None
    for parent in model.__mro__:
        if "__pydantic_extra__" in vars(parent).get("__annotations__", {}) and parent is not BaseModel:
            annotation = parent.__annotations__["__pydantic_extra__"]
            return read_type(get_args(annotation)[1])
    return AnyValue()


def _marked(metadata: Iterable[Any]) -> ValueType | None:
    """What a marker says that validates a value by itself, whatever the annotation is."""
    for marker in metadata:
        if isinstance(marker, Message):
            return ModelValue(marker.model)
        if isinstance(marker, ProtoEnum):
            numbers = tuple(number for _, number in marker.names)
            return ChoiceValue(numbers if marker.numbers_only else (*dict(marker.names), *numbers))
        if isinstance(marker, OneOf):
            return ChoiceValue(marker.values)
        if isinstance(marker, StrategyClass):
            own = ScalarValue(("string",), {"pattern": STRATEGY_PATH_PATTERN})
            return AlternativesValue((ChoiceValue(tuple(STRATEGY_CLASSES)), own))
        if isinstance(marker, OneOfTypes):
            return ScalarValue(tuple(_JSON_TYPES[each] for each in marker.types))
        if isinstance(marker, LongInteger):
            limits = {"minimum": marker.least, "maximum": marker.most}
            text = ScalarValue(("string",), {"pattern": INTEGER_TEXT_PATTERN})
            return AlternativesValue((ScalarValue(("integer",), limits), text))
        if isinstance(marker, SpecialDouble):
            return AlternativesValue((ScalarValue(("number",)), ChoiceValue(SPECIAL_DOUBLES)))
        if isinstance(marker, ChannelInput):
            return ChannelValue()
        if isinstance(marker, ResolverChannel):
            return ChannelValue(query=True)
    return None


def _unmarked(annotation: Any, metadata: tuple[Any, ...]) -> ValueType:
    if annotation in _JSON_TYPES:
        return ScalarValue((_JSON_TYPES[annotation],), words=_words(metadata))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return ModelValue(annotation)
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return ChoiceValue(arguments)
    if origin in (list, tuple):
        return ListValue(read_type(arguments[0]) if arguments else AnyValue())
    if origin is dict:
        key = read_type(arguments[0])
        return MappingValue(read_type(arguments[1]), key.limits if isinstance(key, ScalarValue) else {})
    if origin in (Union, types.UnionType):
        members = [member for member in arguments if member is not type(None)]
        if len(members) == 1:
            return read_type(members[0], metadata)
        # typing takes Union[int, str] and Union[str, int] for one and keeps the one it met first.
        return AlternativesValue(tuple(sorted(map(read_type, members), key=repr)))
    return AnyValue()


def _words(metadata: Iterable[Any]) -> str:
    for marker in metadata:
        if isinstance(marker, FilePath):
            return "path"
        if isinstance(marker, ModuleFile):
            return "Python file"
        if isinstance(marker, UserFunction):
            return "import path"
        if isinstance(marker, ExecutorClass):
            return "class"
        if isinstance(marker, ArtifactTypeName):
            return "artifact type"
    return ""


_KEYWORDS = {
    "ge": "minimum",
    "gt": "exclusiveMinimum",
    "le": "maximum",
    "lt": "exclusiveMaximum",
    "multiple_of": "multipleOf",
}
_LENGTHS = {
    ScalarValue: ("minLength", "maxLength"),
    ListValue: ("minItems", "maxItems"),
    MappingValue: ("minProperties", "maxProperties"),
}


def _limited(value: ValueType, metadata: Iterable[Any]) -> ValueType:
    """Returns a description with the limits that its metadata sets."""
    if not isinstance(value, (ScalarValue, ListValue, MappingValue)):
        return value
    least, most = _LENGTHS[type(value)]
    keywords = {**_KEYWORDS, "pattern": "pattern", "min_length": least, "max_length": most}
    limits = dict(value.limits)
    for constraint in _constraints(metadata):
        for attribute, keyword in keywords.items():
            limit = getattr(constraint, attribute, None)
            if limit is not None:
                limits[keyword] = limit
    return replace(value, limits=limits)


def _constraints(metadata: Iterable[Any]) -> Iterable[Any]:
    for each in metadata:
        # A Field inside an annotation, Annotated[int, Field(ge=0)], keeps its own constraints.
        if isinstance(each, FieldInfo):
            yield from each.metadata
        else:
            yield each
