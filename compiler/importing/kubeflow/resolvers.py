"""TFX's Resolvers in a PipelineSpec: one task for the latest artifacts, two for the latest blessed model.

Mirrors ``_build_resolver_spec`` of ``tfx/orchestration/kubeflow/v2/step_builder.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tfxc.compiler.importing.ir import PIPELINE
from tfxc.compiler.importing.kubeflow.model import Constant, Guard, Json, OfTask, Source, Task
from tfxc.compiler.importing.kubeflow.types import artifact_type
from tfxc.compiler.importing.notes import Notes
from tfxc.compiler.importing.resolvers import RESOLVER
from tfxc.schemas.components.nodes import STRATEGY_CLASSES

_BLESSING, _MODEL = "-model-blessing-resolver", "-model-resolver"
_LATEST, _BLESSED = "LatestArtifactStrategy", "LatestBlessedModelStrategy"
_KNOWN_FILTER = re.compile(r'schema_title="[\w.]+" AND state=LIVE')


def is_resolver(task: Task) -> bool:
    """Whether a task looks artifacts up in ML Metadata."""
    return "resolver" in task.executor


def redirected(tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Returns tasks that read and wait for the two halves of a resolver as for one task."""
    listed = tuple(tasks)
    whole = {task.id: _whole(task.id) for task in listed if is_resolver(task)}

    def source(value: Source) -> Source:
        if isinstance(value, OfTask) and value.task in whole:
            return replace(value, task=whole[value.task])
        return value

    def sources(values: Mapping[str, Source]) -> Mapping[str, Source]:
        return {name: source(each) for name, each in values.items()}

    return tuple(
        replace(
            task,
            parameters=sources(task.parameters),
            artifacts=sources(task.artifacts),
            guards=tuple(
                Guard(each.text, sources(each.parameters), sources(each.artifacts)) for each in task.guards
            ),
            waits=tuple(dict.fromkeys(whole.get(each, each) for each in task.waits)),
        )
        for task in listed
    )


def joined(tasks: Iterable[Task]) -> tuple[Task, ...]:
    """Returns the tasks with the two halves of each resolver as one, where the first of them stood."""
    found: dict[str, Task] = {}
    for task in tasks:
        whole = _whole(task.id) if is_resolver(task) else task.id
        if whole in found:
            outputs = {**_outputs(found[whole]), **_outputs(task)}
            component = {**task.component, "outputDefinitions": {"artifacts": outputs}}
            found[whole] = replace(found[whole], component=component)
        elif whole != task.id:
            found[whole] = replace(task, id=whole, artifacts={})
        else:
            found[whole] = task
    return tuple(found.values())


def resolver_node(task: Task, is_cached: bool, notes: Notes) -> Json:
    """Returns the node of a resolver: TFX's graph of a strategy over what it looks for.

    ``is_cached`` is whether the pipeline is: the file does not say it of resolvers.
    """
    outputs = _outputs(task)
    queries = task.executor["resolver"].get("outputArtifactQueries", {})
    is_blessed = task.executor_label.removesuffix("_executor").endswith((_BLESSING, _MODEL))
    for key, query in queries.items():
        if not is_blessed and not _KNOWN_FILTER.fullmatch(query.get("filter", "")):
            notes.add(task.id, f"the filter of its output `{key}` has no place in a spec")
    strategy = STRATEGY_CLASSES[_BLESSED if is_blessed else _LATEST].replace(":", ".")
    kinds = {key: {"name": artifact_type(each)} for key, each in outputs.items()}
    operation = {"op_type": strategy, "args": [{"node_id": "chosen_from"}], "kwargs": _config(task)}
    graph = {
        "nodes": {
            "strategy": {"op_node": operation},
            "chosen_from": {"dict_node": {"node_ids": {key: f"input_{key}" for key in kinds}}},
            **{f"input_{key}": {"input_node": {"input_key": key}} for key in kinds},
        },
        "result_node": "strategy",
    }
    channels = {
        key: {"context_queries": [{"type": {"name": PIPELINE}}], "artifact_query": {"type": kind}}
        for key, kind in kinds.items()
    }
    return {
        "pipeline_node": {
            "node_info": {"id": task.id, "type": {"name": RESOLVER}},
            "inputs": {
                "inputs": {key: {"channels": [channel]} for key, channel in channels.items()},
                "input_graphs": {"graph_1": graph},
            },
            "outputs": {"outputs": {key: {"artifact_spec": {"type": kind}} for key, kind in kinds.items()}},
            "execution_options": {"caching_options": {"enable_cache": is_cached}},
            "upstream_nodes": list(task.waits),
        }
    }


def _whole(id_: str) -> str:
    for suffix in (_BLESSING, _MODEL):
        if id_.endswith(suffix):
            return id_.removesuffix(suffix)
    return id_


def _outputs(task: Task) -> dict[str, Json]:
    found: dict[str, Json] = task.component.get("outputDefinitions", {}).get("artifacts", {})
    return found


def _config(task: Task) -> dict[str, Any]:
    """Returns what the strategy was made with, which TFX keeps under a name of another meaning."""
    kept = task.parameters.get("source_uri")
    if not isinstance(kept, Constant) or not isinstance(kept.value, str):
        return {}
    try:
        config = json.loads(kept.value)
    except ValueError:
        return {}
    return {
        name: {"value": {"field_value": {"int_value": str(value)}}}
        for name, value in (config.items() if isinstance(config, dict) else ())
        if isinstance(value, int) and name == "desired_num_of_artifacts" and value != 1
    }
