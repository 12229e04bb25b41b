"""A node's execution properties → the arguments of its component."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Union, get_args

from tfxc.compiler.importing.expressions import Channels
from tfxc.compiler.importing.ir import IrNode
from tfxc.compiler.importing.notes import NotCarriedError, Notes
from tfxc.compiler.importing.parameters import Parameters
from tfxc.compiler.importing.paths import Paths
from tfxc.compiler.importing.stats_options import stats_options
from tfxc.compiler.importing.user_code import UserCode
from tfxc.compiler.models.markers import Shape, keys_of, marker_of, model_shapes
from tfxc.schemas import plan_values
from tfxc.schemas.components.base import COMMON_KEYS, Component
from tfxc.schemas.components.markers import (
    ArgumentOfTfxc,
    ChannelInput,
    ExecutionKey,
    ExecutionProperty,
    ExecutorClass,
    ModuleFile,
    StatsOptionsJson,
    SwitchesOutputs,
    UserFunction,
)
from tfxc.schemas.protos.base import Message
from tfxc.schemas.spec_values import spec_value

_MODULE_FILE, _MODULE_PATH = "module_file", "module_path"
_ONE_SPLIT = "single_split"
_ALL_FILES = {"splits": [{"name": _ONE_SPLIT, "pattern": "*"}]}
_TWO_SPLITS = {
    "split_config": {"splits": [{"hash_buckets": 2, "name": "train"}, {"hash_buckets": 1, "name": "eval"}]}
}
_FIXED = {"output_data_format": 6, "output_file_format": 5}
"""Execution properties that TFX sets itself in ExampleGens without such arguments."""
_OURS = "__tfxc"


class Arguments:
    """Turns the execution properties of nodes into arguments."""

    def __init__(self, parameters: Parameters, paths: Paths, code: UserCode, notes: Notes) -> None:
        self._parameters, self._paths, self._code, self._notes = parameters, paths, code, notes

    def of_model(self, model: type[Component], node: IrNode, id_: str, channels: Channels) -> dict[str, Any]:
        """Returns the arguments of a component of TFX's, in the order of its model."""
        given = {name: value for name, value in node.parameters.items() if not name.startswith(_OURS)}
        found: dict[str, Any] = {}
        for key, name in _properties(model).items():
            if name in given:
                value = self._value(given.pop(name), id_, key, channels)
                value = self._argument(model, key, value, id_) if value is not None else None
                if value is not None:
                    found[key] = value
        for name, value in self._module(model, given, id_, channels).items():
            found.setdefault(name, value)
        found |= _switches(model, node)
        for name in given:
            if name in _FIXED and self._value(given[name], id_, name, channels) == _FIXED[name]:
                continue
            self._notes.add(id_, f"`{name}` is no argument that tfxc knows of {model.__name__}")
        return _without_defaults(model, found)

    def plain(self, node: IrNode, id_: str, channels: Channels) -> dict[str, Any]:
        """Returns the arguments of a component of the user's, or of a container."""
        found = {}
        for name in sorted(node.parameters):
            if not name.startswith(_OURS):
                value = self._value(node.parameters[name], id_, name, channels)
                if value is not None:
                    found[name] = value
        return found

    def _value(self, value: Any, id_: str, key: str, channels: Channels) -> Any:
        try:
            return self._parameters.value(value, channels)
        except NotCarriedError as reason:
            self._notes.add(id_, f"`{key}` is left out: {reason}")
            return None

    def _argument(self, model: type[Component], key: str, value: Any, id_: str) -> Any:
        """Returns an execution property as the argument that it came of."""
        annotation = keys_of(model)[key].annotation
        if marker_of(model, key, UserFunction) is not None and isinstance(value, str):
            return self._code.function(value)
        if marker_of(model, key, StatsOptionsJson) is not None:
            return stats_options(json.loads(value) if isinstance(value, str) else value, self._notes, id_)
        form, target = plan_values.form_of(value)
        if form == "reference" and (is_message(model, key) or _takes(annotation, (dict, list))):
            value = self._parameters.default(str(target))
            self._notes.add(id_, f"`{{{{ {target} }}}}` as the whole of `{key}`: its default stands here")
        is_text = isinstance(value, str)
        if is_text and (is_message(model, key) or _takes(annotation, (dict, list))):
            try:
                value = json.loads(value)
            except ValueError:
                self._notes.add(id_, f"`{key}` is left out: it is no JSON")
                return None
        if _takes(annotation, (bool,)) and isinstance(value, int):
            value = bool(value)
        shape = model_shapes(model).get(key)
        return _in_order(self._paths.moved(value, shape), shape)

    def _module(
        self, model: type[Component], given: dict[str, Any], id_: str, channels: Channels
    ) -> dict[str, Any]:
        """Returns where the user's module is, which an IR has as a file or by its import name."""
        if not any(marker_of(model, key, ModuleFile) is not None for key in keys_of(model)):
            return {}
        file, path = (given.pop(name, None) for name in (_MODULE_FILE, _MODULE_PATH))
        if file is not None:
            text = self._value(file, id_, _MODULE_FILE, channels)
            if isinstance(text, str):
                return {_MODULE_FILE: self._code.module_file(text, id_)}
            self._notes.add(id_, "`module_file` is left out: tfxc reads a module before the run")
        elif path is not None:
            text = self._value(path, id_, _MODULE_PATH, channels)
            placed = self._code.module_path(str(text), id_)
            if placed is not None:
                return {_MODULE_FILE: placed}
            if _MODULE_PATH in keys_of(model):
                return {_MODULE_PATH: text}
            function = next(iter(_functions(model)), None)
            if function is not None:
                return {function: f"{text}.{function}"}
        return {}


def is_message(model: type[Component], key: str) -> bool:
    """Whether an argument is the JSON form of a config message."""
    return marker_of(model, key, Message) is not None


def _in_order(value: Any, shape: Shape | None) -> Any:
    """Returns the JSON form of a message with its fields in the message's order."""
    if shape is None:
        return value
    if isinstance(value, list):
        return [_in_order(inner, shape.item or shape) for inner in value]
    if not isinstance(value, dict):
        return value
    fields = shape.fields()
    rank = {name: index for index, name in enumerate(fields)}
    ordered = sorted(value.items(), key=lambda each: rank.get(each[0], len(rank)))
    return {key: _in_order(inner, fields.get(key, shape.item)) for key, inner in ordered}


def _functions(model: type[Component]) -> list[str]:
    return [key for key in keys_of(model) if marker_of(model, key, UserFunction) is not None]


def _properties(model: type[Component]) -> Mapping[str, str]:
    """Returns the arguments of a component that become execution properties → the names of those."""
    found = {}
    for key in keys_of(model):
        if key in COMMON_KEYS or key in (_MODULE_FILE, _MODULE_PATH):
            continue
        if any(
            marker_of(model, key, each)
            for each in (ChannelInput, ArgumentOfTfxc, ExecutionKey, ExecutorClass)
        ):
            continue
        kept = marker_of(model, key, ExecutionProperty)
        name = key if kept is None else kept.name
        if name is not None:
            found[key] = name
    return found


def _takes(annotation: Any, kinds: tuple[type, ...]) -> bool:
    """Whether an annotation, or what it is a union of, is one of some types or made of them."""
    members = [annotation, *get_args(annotation)]
    members += [inner for member in members for inner in get_args(member)]
    return any(getattr(member, "__origin__", member) in kinds for member in members if member is not Union)


def _switches(model: type[Component], node: IrNode) -> dict[str, Any]:
    """Returns the arguments that take outputs away, of a node that lacks these."""
    found = {}
    for key in keys_of(model):
        switch, kept = marker_of(model, key, SwitchesOutputs), marker_of(model, key, ExecutionProperty)
        if switch is None or kept is None or kept.name is not None:
            continue
        switched = [
            name
            for name, output in model.outputs.items()
            if output.present is not None and not output.present({key: switch.off})
        ]
        if switched and not any(name in node.outputs for name in switched):
            found[key] = switch.off
    return found


def _without_defaults(model: type[Component], found: Mapping[str, Any]) -> dict[str, Any]:
    """Returns arguments without what TFX fills in itself."""
    kept = {}
    splits = (
        (found.get("input_config") or {}).get("splits")
        if isinstance(found.get("input_config"), dict)
        else None
    )
    query = "query" in keys_of(model)
    for key, value in found.items():
        default = keys_of(model)[key].default
        if not keys_of(model)[key].is_required() and type(value) is type(default) and value == default:
            continue
        if key == "exclude_splits" and value == []:
            continue
        if key == "input_config" and value == _ALL_FILES:
            continue
        if key == "input_config" and query and _is_one_split(splits):
            kept["query"] = value["splits"][0]["pattern"]
            continue
        if key == "output_config" and value == (_TWO_SPLITS if len(splits or ()) < 2 else {}):
            continue
        kept[key] = value
    return kept


def _is_one_split(splits: Any) -> bool:
    return isinstance(splits, list) and len(splits) == 1 and splits[0].get("name") == _ONE_SPLIT


def as_spec(value: Any) -> Any:
    """Returns the Plan's form of a value as a spec writes it."""
    return spec_value(value)
