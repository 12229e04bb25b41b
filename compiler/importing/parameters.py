"""TFX's runtime parameters → the parameters of a spec, and the values that hold them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.compiler.importing.expressions import Channels, constant, value_of
from tfxc.compiler.importing.ir import Json
from tfxc.compiler.importing.names import parameter_names
from tfxc.compiler.importing.notes import NotCarriedError
from tfxc.schemas import plan_values

OF_EVERY_PIPELINE = frozenset({"pipeline-run-id", "pipeline-root"})
"""Runtime parameters that TFX's compiler makes: tfxc fills them in itself."""

_TYPES = {"INT": "int", "DOUBLE": "float", "STRING": "str", "BOOLEAN": "bool"}
"""TFX has no BOOLEAN: Kubeflow has."""
_JSON_TYPES = ("list_type", "dict_type", "proto_type", "boolean_type", "union_type")


class Parameters:
    """The runtime parameters of an IR."""

    def __init__(self, ir: Json) -> None:
        found = {each["name"]: each for each in _runtime_parameters(ir.get("nodes", []))}
        found = {name: each for name, each in found.items() if name not in OF_EVERY_PIPELINE}
        self._names = parameter_names(found)
        self._found = found
        self._paths: set[str] = set()
        self._unused: set[str] = set()

    def value(self, value: Json, channels: Channels) -> Any:
        """Returns the Plan's form of a Value of the IR. Raises NotCarriedError."""
        if "runtime_parameter" in value:
            return self._reference(value["runtime_parameter"])
        if "structural_runtime_parameter" in value:
            return self._structural(value["structural_runtime_parameter"].get("parts", []))
        if "placeholder" in value:
            return value_of(value["placeholder"], channels)
        plain = constant(value.get("field_value", {}))
        kinds = value.get("schema", {}).get("value_type", {})
        if isinstance(plain, str) and any(kind in kinds for kind in _JSON_TYPES):
            return json.loads(plain)
        return plain

    def is_path(self, value: Any) -> None:
        """Notes that a value is a file path: a parameter that is all of it is of the type path."""
        form, target = plan_values.form_of(value)
        if form == "reference":
            self._paths.add(str(target).removeprefix("parameters."))

    def default(self, target: str) -> Any:
        """Returns the default of a parameter that is no more referred to; None if it has none."""
        name = next(name for name, own in self._names.items() if f"parameters.{own}" == target)
        self._unused.add(name)
        return constant(self._found[name]["default_value"]) if "default_value" in self._found[name] else None

    def section(self) -> dict[str, Any]:
        """Returns the section ``parameters``."""
        found = [(name, each) for name, each in self._found.items() if name not in self._unused]
        return {self._names[name]: self._declared(each) for name, each in found}

    def _declared(self, parameter: Json) -> dict[str, Any]:
        type_name = _TYPES.get(parameter.get("type", ""), "str")
        if self._names[parameter["name"]] in self._paths and type_name == "str":
            type_name = "path"
        declared: dict[str, Any] = {"type": type_name}
        if "default_value" in parameter:
            declared["default"] = constant(parameter["default_value"])
        return declared

    def _reference(self, parameter: Json) -> Any:
        if parameter["name"] in OF_EVERY_PIPELINE:
            if parameter["name"] == "pipeline-run-id":
                return plan_values.reference("run.id")
            raise NotCarriedError("a reference to the pipeline root has no place in a spec")
        return plan_values.reference(f"parameters.{self._names[parameter['name']]}")

    def _structural(self, parts: Json) -> Any:
        """Returns a text with parameters in it; of one that is JSON, what it says."""
        pieces: list[Any] = [
            part["constant_value"] if "constant_value" in part else self._reference(part["runtime_parameter"])
            for part in parts
        ]
        marks = {
            f"\ue000{index}\ue001": piece for index, piece in enumerate(pieces) if isinstance(piece, dict)
        }
        by_mark = {id(piece): mark for mark, piece in marks.items()}
        text = ""
        for piece in pieces:
            if isinstance(piece, str):
                text += piece
                continue
            in_quotes = text.replace('\\"', "").count('"') % 2 == 1
            text += by_mark[id(piece)] if in_quotes else f'"{by_mark[id(piece)]}"'
        try:
            return _filled_in(json.loads(text), marks)
        except ValueError:
            return plan_values.concatenation(pieces)


def _filled_in(value: Any, marks: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled_in(inner, marks) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled_in(inner, marks) for inner in value]
    if not isinstance(value, str) or "\ue000" not in value:
        return value
    if value in marks:
        return marks[value]
    pieces: list[Any] = [value]
    for mark, piece in marks.items():
        split: list[Any] = []
        for each in pieces:
            before, found, after = each.partition(mark) if isinstance(each, str) else (each, "", "")
            split += [part for part in (before, piece if found else "", after) if part != ""]
        pieces = split
    return plan_values.concatenation(pieces)


def _runtime_parameters(value: Json) -> Iterator[Json]:
    if isinstance(value, dict):
        parameter = value.get("runtime_parameter")
        if isinstance(parameter, dict) and "name" in parameter:
            yield parameter
        for inner in value.values():
            yield from _runtime_parameters(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _runtime_parameters(inner)
