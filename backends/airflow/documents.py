"""The documentation that Airflow shows: of the pipeline, and of each node with its YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Union

import yaml

from tfxc.schemas.plan import (
    ArtifactOperand,
    Comparison,
    Condition,
    JsonValue,
    Logical,
    Operand,
    Plan,
    PlanChannel,
    PlanExecution,
    PlanNode,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
    Truth,
)

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_FENCE = re.compile(r"`{3,}")


def documents(plan: Plan) -> str:
    """Returns docs.json: ``pipeline``, and ``nodes`` by id, each Markdown."""
    texts = {
        "pipeline": _pipeline_text(plan),
        "nodes": {node.id: _node_text(node) for node in plan.nodes},
    }
    return json.dumps(texts, ensure_ascii=True, indent=2) + "\n"


def spec_value(value: JsonValue) -> JsonValue:
    """Returns a value of the Plan as a spec writes it: references in braces, paths as texts."""
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((key, inner),) = value.items()
            if key == "$reference":
                return "{{ " + str(inner) + " }}"
            if key == "$concatenate":
                return "".join(str(spec_value(part)) for part in inner)
            if key == "$path":
                return spec_value(inner)
            if key == "$mapping":
                value = inner
        return {name: spec_value(each) for name, each in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [spec_value(each) for each in value]
    return value


def condition_text(condition: Condition) -> str:
    """Returns a condition as a spec writes it."""
    if isinstance(condition, Truth):
        return _value_text(condition.truth)
    if isinstance(condition, Comparison):
        left, right = _operand_text(condition.left), _operand_text(condition.right)
        return f"{left} {condition.operator} {right}"
    return _logical_text(condition)


def _logical_text(condition: Logical) -> str:
    terms = [
        f"({condition_text(term)})" if isinstance(term, Logical) else condition_text(term)
        for term in condition.terms
    ]
    return f"not {terms[0]}" if condition.operator == "not" else f" {condition.operator} ".join(terms)


def _operand_text(operand: Operand) -> str:
    if not isinstance(operand, ArtifactOperand):
        return _value_text(operand.value)
    place = {
        "property": f"properties.{operand.name}",
        "custom_property": f"custom_properties.{operand.name}",
    }.get(operand.field, operand.field)
    return f"{operand.node}.{operand.output}.{place}"


def _value_text(value: JsonValue) -> str:
    if isinstance(value, Mapping):
        return str(spec_value(value))
    return json.dumps(value, ensure_ascii=False)


def _pipeline_text(plan: Plan) -> str:
    rows = [f"| `{node.id}` | {node.component.type} | {_cell(node.description)} |" for node in plan.nodes]
    head = [plan.description, ""] if plan.description else []
    return "\n".join([*head, "| node | component | |", "| --- | --- | --- |", *rows, ""])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _node_text(node: PlanNode) -> str:
    head = [node.description, ""] if node.description else []
    text = yaml.dump(
        {node.id: _component(node)},
        Dumper=_DUMPER,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=False,
        width=100,
    )
    longest = max((len(run) for run in _FENCE.findall(text)), default=2)
    fence = "`" * max(3, longest + 1)
    return "\n".join([*head, f"{fence}yaml", text.rstrip("\n"), fence, ""])


def _component(node: PlanNode) -> dict[str, Any]:
    """Returns the node as a component of a spec."""
    component: dict[str, Any] = {"type": _type(node)}
    if isinstance(node.component, ResolverComponent):
        component["strategy_class"] = node.component.strategy_class.rpartition(":")[2]
        if node.component.config:
            component["config"] = spec_value(node.component.config)
    for key, channels in node.inputs.items():
        sources = [_channel(channel) for channel in channels]
        component[key] = sources[0] if len(sources) == 1 else sources
    component.update({key: spec_value(argument.value) for key, argument in node.arguments.items()})
    if node.module is not None:
        component["module_file"] = f"{node.module.import_name}.py"
    if node.when is not None:
        component["when"] = condition_text(node.when)
    execution = _execution(node.execution)
    if execution:
        component["execution"] = execution
    return component


def _type(node: PlanNode) -> str:
    if isinstance(node.component, PythonComponent):
        return f"{node.component.module.import_name}:{node.component.function}"
    return node.component.type


def _channel(channel: Union[PlanChannel, PlanQuery]) -> Any:
    if isinstance(channel, PlanChannel):
        return f"{channel.node}.{channel.output}"
    return {"artifact_type": channel.artifact_type}


def _execution(execution: PlanExecution) -> dict[str, Any]:
    """Returns what differs from the defaults."""
    values: dict[str, Any] = spec_value(execution.model_dump(mode="json", exclude_defaults=True))
    return values
