"""A Plan's values → Python expressions."""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping
from typing import Any

from tfxc.compiler.ejecting.expressions import Call, Code, Expression, written
from tfxc.compiler.ejecting.imports import Imports
from tfxc.compiler.models.markers import Shape, model_shapes
from tfxc.schemas import plan_values
from tfxc.schemas.artifacts import artifact_type
from tfxc.schemas.plan import Plan, PlanArgument
from tfxc.schemas.protos.base import ProtoModel
from tfxc.schemas.protos.stats_options import StatsOptions

RUN_ID, RUN_DATE = "run_id", "run_date"


TAKEN = frozenset(
    {
        "create_pipeline",
        "HERE",
        "str",
        "int",
        "float",
        "bool",
        RUN_ID,
        RUN_DATE,
        "os",
        "sys",
        "tfdv",
        "datetime",
    }
    | {"metadata", "pipeline", "channel", "channel_utils", "json_format", "placeholder", "placeholders"}
    | {"executor_spec", "executor_specs", "standard_artifacts", "simple_artifacts"}
)
"""Names that a program uses for something else than nodes and parameters."""


def python_names(plan: Plan) -> dict[str, str]:
    """Returns what the parameters of a Plan are called as arguments of a Python function."""
    modules = {each.import_name.partition(".")[0] for node in plan.nodes for each in node.modules()}
    found: dict[str, str] = {}
    for each in plan.parameters:
        name = each.name
        while keyword.iskeyword(name) or name in TAKEN | modules or name in found.values():
            name += "_"
        found[each.name] = name
    return found


class NotPlainError(Exception):
    """Something of a Plan that plain TFX does not have. The text is the end of a sentence."""


class Values:
    """Turns values into expressions. ``variables`` are node ids → the names of their variables."""

    def __init__(self, plan: Plan, imports: Imports, variables: Mapping[str, str]) -> None:
        self.parameters = python_names(plan)
        self._kinds = {each.name: each.type for each in plan.parameters}
        self._imports, self._variables = imports, variables
        self.of_run: set[str] = set()

    def argument(self, argument: PlanArgument, shape: Shape | None) -> Expression:
        """Returns what a constructor is given. Raises NotPlainError."""
        if argument.kind == "artifact_type":
            return self.artifact_type(str(argument.value))
        if argument.kind == "symbolic":
            return json.dumps(argument.value, sort_keys=True)
        if argument.kind == "stats_options":
            return self._stats_options(argument.value)
        if argument.kind == "proto":
            assert argument.proto is not None  # noqa: S101  the kind says so
            return self.message(argument.proto, argument.proto_module or "", argument.value, shape)
        return self.value(argument.value)

    def value(self, value: Any, deep: bool = False) -> Expression:
        """Returns a value; ``deep``: inside another, where TFX takes no values of artifacts."""
        form, inner = plan_values.form_of(value)
        if form == "path":
            return self.value(inner, deep)
        if form == "reference":
            return Code(self._reference(inner))
        if form == "artifact_value":
            if deep:
                raise NotPlainError(
                    "TFX takes the value of an artifact as a whole argument or in a text only"
                )
            return Code(self.future(*inner.split(".", 1)) + ".value")
        if form == "concatenation":
            return Code(self._joined(inner))
        if form == "mapping":
            return {key: self.value(each, deep=True) for key, each in inner.items()}
        if form == "sequence":
            return [self.value(each, deep=True) for each in inner]
        return inner  # type: ignore[no-any-return]  # a plain value

    def future(self, node: str, output: str) -> str:
        """Returns the first artifact of an output. Raises NotPlainError."""
        return f"{self.channel(node, output)}.future()[0]"

    def channel(self, node: str, output: str) -> str:
        """Returns an output of a node. Raises NotPlainError for one of a node that was left out."""
        if node not in self._variables:
            raise NotPlainError(f"it reads from `{node}`, which is left out")
        return f'{self._variables[node]}.outputs["{output}"]'

    def artifact_type(self, name: str) -> Code:
        """Returns the class of an artifact type."""
        module, _, class_name = name.partition(":")
        if class_name:
            return Code(f"{self._imports.own(module)}.{class_name}")
        module, _, class_name = artifact_type(name).class_path.partition(":")
        return Code(f"{self._imports.module(module)}.{class_name}")

    def message(self, full_name: str, module: str, value: Any, shape: Shape | None) -> Call:
        """Returns a config message, from its JSON form."""
        prepared = self.value(_prepared(value, shape), deep=True)
        parse = f"{self._imports.module('google.protobuf.json_format')}.ParseDict"
        class_name = ".".join(part for part in full_name.split(".") if part[:1].isupper())
        return Call(parse, (prepared, Code(f"{self._imports.module(module)}.{class_name}()")))

    def _stats_options(self, value: Any) -> Call:
        tfdv = self._imports.module("tensorflow_data_validation", "tfdv")
        named: list[tuple[str, Expression]] = []
        for key, inner in value.items():
            model = model_shapes(StatsOptions)[key].model
            if inner is None:
                continue
            if model is not None and issubclass(model, ProtoModel):
                shape = model_shapes(StatsOptions)[key]
                named.append((key, self.message(model.proto, model.proto_module(), inner, shape)))
            elif key == "per_feature_weight_override":
                paths = ", ".join(
                    f"{tfdv}.FeaturePath({name.split('.')!r}): {weight!r}" for name, weight in inner.items()
                )
                named.append((key, Code(f"{{{paths}}}")))
            else:
                named.append((key, self.value(inner, deep=True)))
        return Call(f"{tfdv}.StatsOptions", (), tuple(named))

    def _reference(self, target: str) -> str:
        kind, _, name = target.partition(".")
        if kind == "parameters":
            return self.parameters[name]
        if kind == "run":
            self.of_run.add(f"run_{name}")
            return f"run_{name}"
        return f'{self._imports.module("os")}.environ["{name}"]'

    def _joined(self, parts: Any) -> str:
        """Returns parts joined as text: an f-string, or TFX's placeholders with plus signs between."""
        if not any(plan_values.form_of(part)[0] == "artifact_value" for part in parts):
            return f'f"{"".join(map(self._in_text, parts))}"'
        return " + ".join(
            written(self.value(part))
            if plan_values.form_of(part)[0] == "artifact_value" or isinstance(part, str)
            else f'f"{self._in_text(part)}"'
            for part in parts
        )

    def _in_text(self, part: Any) -> str:
        form, inner = plan_values.form_of(part)
        if form == "reference":
            code = self._reference(inner).replace('"', "'")
            is_flag = self._kinds.get(inner.removeprefix("parameters.")) == "bool"
            return f"{{str({code}).lower()}}" if is_flag else f"{{{code}}}"
        return json.dumps(part, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")


def _prepared(value: Any, shape: Shape | None) -> Any:
    """Returns the JSON form of a message without nulls, and with JSON text where the message has that."""
    if isinstance(value, list):
        return [_prepared(each, shape.item if shape is not None else None) for each in value]
    if not isinstance(value, dict) or plan_values.form_of(value)[0] != "mapping":
        return value
    model = shape.model if shape is not None else None
    fields = shape.fields() if shape is not None else {}
    found = {}
    for key, inner in value.items():
        if inner is None:
            continue
        if getattr(model, "__name__", "") == "MetricConfig" and key == "config" and isinstance(inner, dict):
            found[key] = json.dumps(inner, sort_keys=True)
        else:
            found[key] = _prepared(inner, fields.get(key, shape.item if shape is not None else None))
    return found
