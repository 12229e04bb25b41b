"""What the fields of a pydantic model are marked with, and where file paths lie inside a value."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from tfxc.schemas.components.base import Component
from tfxc.schemas.components.markers import ChannelInput, FilePath
from tfxc.schemas.diagnostics import Path
from tfxc.schemas.protos.base import Message, json_name
from tfxc.schemas.tfx_lines import only_line

Marker = TypeVar("Marker")


@dataclass(frozen=True)
class InputField:
    """A field that takes artifacts. ``many`` is whether it takes more than one."""

    name: str
    artifact_type: str
    required: bool
    many: bool = True


@cache
def keys_of(model: type[BaseModel]) -> Mapping[str, FieldInfo]:
    """Returns a model's fields by the keys that a document gives them (their aliases), in their order."""
    return {info.alias or name: info for name, info in model.model_fields.items()}


def marker_of(model: type[BaseModel], key: str, marker: type[Marker]) -> Marker | None:
    """Returns the marker of a kind that the field of a key has, wherever in its annotation, or None."""
    for candidate in markers_by_key(model).get(key, ()):
        if isinstance(candidate, marker):
            return candidate
    return None


def marked_keys(model: type[BaseModel], marker: type[Marker]) -> Mapping[str, Marker]:
    """Returns the keys whose fields have a marker of a kind, in their order."""
    found: Mapping[str, Marker] = _marked_keys(model, marker)  # type: ignore[arg-type]  # a class is hashable
    return found


@cache
def _marked_keys(model: type[BaseModel], marker: Any) -> Mapping[str, Any]:
    found = {}
    for key, markers in markers_by_key(model).items():
        for candidate in markers:
            if isinstance(candidate, marker):
                found[key] = candidate
                break
    return found


def marked_values(
    model: type[BaseModel], marker: type[Any], values: Any, path: Path = ()
) -> Iterator[tuple[Path, Any]]:
    """Yields path and value of each field with a marker of a kind: of a model, and of models inside it."""
    shapes = model_shapes(model)
    for key, value in values.items() if isinstance(values, Mapping) else ():
        if not isinstance(key, str) or value is None:
            continue
        if marker_of(model, key, marker) is not None:
            yield (*path, key), value
            continue
        inner = shapes[key].plain_model if key in shapes else None
        if inner is not None:
            yield from marked_values(inner, marker, value, (*path, key))


@cache
def markers_by_key(model: type[BaseModel]) -> Mapping[str, tuple[Any, ...]]:
    """Returns all markers of each key's field, outermost first."""
    return {key: (*info.metadata, *_markers(info.annotation)) for key, info in keys_of(model).items()}


@cache
def input_fields(model: type[Component]) -> Mapping[str, InputField]:
    """Returns the keys of a component model that take artifacts, in their order."""
    return {
        key: InputField(key, marker.artifact_type, keys_of(model)[key].is_required(), marker.many)
        for key, marker in marked_keys(model, ChannelInput).items()
    }


class Shape:
    """Where file paths lie inside values of an annotation, and what only one line of TFX has.

    A path is at the value itself (``is_path``), in items of a list or values of a mapping
    (``item``), or in the fields of a model (``fields``). ``only_line`` is the line of TFX that alone has
    the field, or None.
    """

    def __init__(self, annotation: Any, metadata: tuple[Any, ...] = ()) -> None:
        markers = (*metadata, *_markers(annotation))
        self.is_path = any(isinstance(marker, FilePath) for marker in markers)
        self.only_line = only_line(markers)
        self._message = next((marker for marker in markers if isinstance(marker, Message)), None)
        self._model = next(_models(annotation), None)
        self._item = next(_items(annotation), None)

    @property
    def item(self) -> Shape | None:
        """The shape of a list's items or a mapping's values."""
        return _shape(self._item) if self._item is not None else None

    @property
    def plain_model(self) -> type[BaseModel] | None:
        """The model that describes the value, if that is no config message."""
        return self._model

    @property
    def model(self) -> type[BaseModel] | None:
        """The model that describes the value, if one does. A config message's is imported."""
        return self._message.model if self._message is not None else self._model

    def fields(self) -> Mapping[str, Shape]:
        """The shapes of a model's fields by every name that a document may give them."""
        model = self.model
        return model_shapes(model) if model is not None else {}


@cache
def model_shapes(model: type[BaseModel]) -> Mapping[str, Shape]:
    """Returns the shape of each field, by its name, its alias and its protobuf JSON name."""
    shapes: dict[str, Shape] = {}
    for name, info in model.model_fields.items():
        shape = Shape(info.annotation, tuple(info.metadata))
        for key in (name, info.alias or name, json_name(name)):
            shapes.setdefault(key, shape)
    return shapes


@cache
def _shape(annotation: Any) -> Shape:
    return Shape(annotation)


def _members(annotation: Any) -> Iterator[Any]:
    """Yields an annotation's alternatives with `Optional`, `Union` and `Annotated` taken off."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _members(get_args(annotation)[0])
    elif origin is Union or origin is types.UnionType:
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _markers(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *metadata = get_args(annotation)
        yield from metadata
        yield from _markers(inner)
    elif origin is Union or origin is types.UnionType:
        for member in get_args(annotation):
            yield from _markers(member)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    for member in _members(annotation):
        if isinstance(member, type) and issubclass(member, BaseModel):
            yield member


def _items(annotation: Any) -> Iterator[Any]:
    for member in _members(annotation):
        origin = get_origin(member)
        if origin is list:
            yield get_args(member)[0]
        elif origin is dict:
            yield get_args(member)[1]
