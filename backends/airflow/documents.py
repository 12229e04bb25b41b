"""The documentation that Airflow shows: of the pipeline, and of each node with its YAML."""

from __future__ import annotations

import json
import re
from typing import Any, Union

import yaml

from tfxc.schemas.conditions import condition_text
from tfxc.schemas.plan import (
    ContainerComponent,
    Plan,
    PlanChannel,
    PlanExecution,
    PlanNode,
    PlanQuery,
    PythonComponent,
    ResolverComponent,
)
from tfxc.schemas.plan_components import shown_type
from tfxc.schemas.spec_values import spec_value

_DUMPER: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_REPORT = (
    "A run as a page, with its data, training, evaluation and models: `tfxc report RUN_ID --spec FOLDER`, "
    "where FOLDER is that of this DAG's file, on a machine that has TFX and reaches the metadata store."
)
_FENCE = re.compile(r"`{3,}")


def documents(plan: Plan) -> str:
    """Returns docs.json: ``pipeline``, and ``nodes`` by id, each Markdown."""
    texts = {
        "pipeline": _pipeline_text(plan),
        "nodes": {node.id: _node_text(node) for node in plan.nodes},
    }
    return json.dumps(texts, ensure_ascii=True, indent=2) + "\n"


def _pipeline_text(plan: Plan) -> str:
    rows = [
        f"| `{node.id}` | {_cell(shown_type(node.component))} | {_cell(node.description)} |"
        for node in plan.nodes
    ]
    head = [plan.description, ""] if plan.description else []
    # No link: where this text is shown, what the tasks wrote can rarely be read.
    return "\n".join([*head, "| node | component | |", "| --- | --- | --- |", *rows, "", _REPORT, ""])


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
    if isinstance(node.component, ContainerComponent):
        return {**component, **_container(node, node.component), **_common(node)}
    for key, channels in node.inputs.items():
        sources = [_channel(channel) for channel in channels]
        component[key] = sources[0] if len(sources) == 1 else sources
    component.update({key: spec_value(argument.value) for key, argument in node.arguments.items()})
    if node.module is not None:
        component["module_file"] = f"{node.module.import_name}.py"
    return {**component, **_common(node)}


def _container(node: PlanNode, container: ContainerComponent) -> dict[str, Any]:
    """Returns the keys of a container, those that it has."""
    channels = {name: [_channel(each) for each in sources] for name, sources in node.inputs.items()}
    keys = {
        "image": spec_value(container.image),
        "inputs": {name: sources[0].artifact_type for name, sources in node.inputs.items()},
        "outputs": dict(node.outputs),
        "parameters": {name: spec_value(argument.value) for name, argument in node.arguments.items()},
        "command": [spec_value(each) for each in container.command],
        "args": [spec_value(each) for each in container.args],
        "working_directory": container.working_directory,
        **{name: sources[0] for name, sources in channels.items()},
    }
    return {key: value for key, value in keys.items() if value}


def _common(node: PlanNode) -> dict[str, Any]:
    """Returns the keys that every component has."""
    common: dict[str, Any] = {}
    if node.when is not None:
        common["when"] = condition_text(node.when)
    execution = _execution(node.execution)
    if execution:
        common["execution"] = execution
    return common


def _type(node: PlanNode) -> str:
    if isinstance(node.component, PythonComponent):
        return f"{node.component.module.import_name}:{node.component.function}"
    return node.component.type


def _channel(channel: Union[PlanChannel, PlanQuery]) -> Any:
    if isinstance(channel, PlanChannel):
        return f"{channel.node}.{channel.output}"
    return channel.model_dump(mode="json", exclude_defaults=True)


def _execution(execution: PlanExecution) -> dict[str, Any]:
    """Returns what differs from the defaults."""
    values: dict[str, Any] = spec_value(execution.model_dump(mode="json", exclude_defaults=True))
    return values
