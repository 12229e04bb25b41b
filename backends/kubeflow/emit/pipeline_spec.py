"""The PipelineSpec: each node of the Plan as a container task that runs our launcher.

Mirrors ``PipelineSpec`` 2.1.0 (api/v2alpha1/pipeline_spec.proto in kubeflow/pipelines), in the fields
that KFP 2.5 to 2.17 know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tfxc.backends.kubeflow.emit.artifacts import STATE, kfp_artifacts
from tfxc.backends.kubeflow.emit.container import container_spec, plan_digest, retry_policy
from tfxc.backends.kubeflow.emit.container_node import PARTS, container_node
from tfxc.backends.kubeflow.emit.inputs import (
    FINAL_STATUS,
    Input,
    nodes_that_may_be_skipped,
    root_parameters,
    shared_inputs,
    skip_condition,
    state_inputs,
)
from tfxc.backends.kubeflow.emit.names import component_label, executor_label, exit_handler_key, task_keys
from tfxc.backends.kubeflow.emit.platform_spec import executor_config
from tfxc.backends.kubeflow.settings import KubeflowSettings
from tfxc.schemas.plan import COMPLETED, NONE_FAILED, ContainerComponent, Plan, PlanNode
from tfxc.schemas.plan_graph import essential_upstream

LONGEST_DESCRIPTION = 1024


def pipeline_documents(plan: Plan, settings: KubeflowSettings) -> tuple[dict[str, Any], ...]:
    """Returns the PipelineSpec and, if any node has something to say to Kubernetes, the platform
    document. The same Plan and settings give equal documents."""
    keys = _keys(plan)
    shared = shared_inputs(plan)
    digest = plan_digest(plan.to_json())
    may_be_skipped = nodes_that_may_be_skipped(plan)
    components: dict[str, Any] = {}
    executors: dict[str, Any] = {}
    platform: dict[str, Any] = {}
    tasks: dict[str, Any] = {}
    upstream = essential_upstream(plan)
    for node in plan.nodes:
        key = keys[node.id]
        before = upstream[node.id]
        watched = [] if node.id == plan.on_exit else _watched(node, before, keys, may_be_skipped)
        inputs = (*shared, *state_inputs(watched))
        node_settings = settings.for_node(node)
        if isinstance(node.component, ContainerComponent):
            emitted = container_node(node, keys, inputs, shared, node_settings, settings.python, digest)
            components.update(emitted.components)
            executors.update(emitted.executors)
            platform.update(emitted.platform)
            tasks[key] = _group_task(_task(node, key, inputs, [keys[each] for each in before], watched))
            continue
        components[component_label(key)] = _component(node, key, inputs, node.id == plan.on_exit)
        container = container_spec(node, node_settings, settings.python, digest)
        executors[executor_label(key)] = {"container": container}
        tasks[key] = _task(node, key, inputs, [keys[each] for each in before], watched)
        config = executor_config(node_settings, node.execution.timeout)
        if config:
            platform[executor_label(key)] = config
    root_tasks = tasks
    if plan.on_exit is not None:
        root_tasks = _with_exit_handler(keys, keys[plan.on_exit], tasks, components, shared)
    root: dict[str, Any] = {"dag": {"tasks": root_tasks}}
    definitions = root_parameters(plan)
    if definitions:
        root["inputDefinitions"] = {"parameters": definitions}
    spec = {
        "pipelineInfo": _pipeline_info(plan),
        "root": root,
        "components": components,
        "deploymentSpec": {"executors": executors},
        "schemaVersion": "2.1.0",
        "sdkVersion": "tfxc",
    }
    if not platform:
        return (spec,)
    return spec, {"platforms": {"kubernetes": {"deploymentSpec": {"executors": platform}}}}


def _keys(plan: Plan) -> dict[str, str]:
    """Returns the key of each task: of a node under its id, of the tasks of a container behind it."""
    ids = [node.id for node in plan.nodes]
    containers = [node.id for node in plan.nodes if isinstance(node.component, ContainerComponent)]
    return task_keys([*ids, *(f"{each}-{part}" for each in containers for part in PARTS)])


def _group_task(task: dict[str, Any]) -> dict[str, Any]:
    """Returns the task that is a group: constants are given to the tasks in it."""
    del task["cachingOptions"]
    task.pop("retryPolicy", None)
    return task


def _pipeline_info(plan: Plan) -> dict[str, Any]:
    info = {"name": plan.name}
    if plan.description:
        info["description"] = plan.description[:LONGEST_DESCRIPTION]
    return info


def _watched(
    node: PlanNode, upstream: Sequence[str], keys: Mapping[str, str], may_be_skipped: frozenset[str]
) -> list[str]:
    """Returns the keys of the upstream tasks whose being skipped skips this one."""
    if node.execution.trigger_strategy == COMPLETED:
        return []
    watched = [keys[each] for each in upstream if each in may_be_skipped]
    if node.execution.trigger_strategy == NONE_FAILED and len(watched) < len(upstream):
        return []  # one is always there
    return watched


def _component(node: PlanNode, key: str, inputs: Sequence[Input], on_exit: bool) -> dict[str, Any]:
    definitions = {name: definition for name, definition, _ in inputs}
    if on_exit:
        definitions[FINAL_STATUS] = {"parameterType": "TASK_FINAL_STATUS", "isOptional": True}
    return {
        "executorLabel": executor_label(key),
        "inputDefinitions": {"parameters": definitions},
        "outputDefinitions": {
            "artifacts": {
                artifact.key: {"artifactType": {"schemaTitle": artifact.type, "schemaVersion": "0.0.1"}}
                for artifact in kfp_artifacts(node)
            },
            "parameters": {STATE: {"parameterType": "STRING"}},
        },
    }


def _task(
    node: PlanNode, key: str, inputs: Sequence[Input], upstream: Sequence[str], watched: Sequence[str]
) -> dict[str, Any]:
    task: dict[str, Any] = {
        "taskInfo": {"name": node.label},
        "componentRef": {"name": component_label(key)},
        "inputs": {"parameters": {name: source for name, _, source in inputs}},
        "cachingOptions": {"enableCache": False},
    }
    if upstream:
        task["dependentTasks"] = sorted(upstream)
    if watched:
        task["triggerPolicy"] = {"condition": skip_condition(watched, node.execution.trigger_strategy)}
    policy = retry_policy(node.execution)
    if policy:
        task["retryPolicy"] = policy
    return task


def _with_exit_handler(
    keys: Mapping[str, str],
    exit_key: str,
    tasks: dict[str, Any],
    components: dict[str, Any],
    shared: Sequence[Input],
) -> dict[str, Any]:
    """Moves all tasks but the exit task into a group, and returns the root's tasks: the group, and the
    exit task that waits for it whatever became of it."""
    group_key = exit_handler_key(keys.values())
    passed = [(name, {**own}, source) for name, own, source in shared if "componentInputParameter" in source]
    group: dict[str, Any] = {"dag": {"tasks": {key: task for key, task in tasks.items() if key != exit_key}}}
    if passed:
        group["inputDefinitions"] = {"parameters": {name: definition for name, definition, _ in passed}}
    components[component_label(group_key)] = group
    group_task: dict[str, Any] = {
        "taskInfo": {"name": group_key},
        "componentRef": {"name": component_label(group_key)},
    }
    if passed:
        group_task["inputs"] = {"parameters": {name: source for name, _, source in passed}}
    exit_task = dict(tasks[exit_key])
    status = {FINAL_STATUS: {"taskFinalStatus": {"producerTask": group_key}}}
    exit_task["inputs"] = {"parameters": {**exit_task["inputs"]["parameters"], **status}}
    exit_task["dependentTasks"] = [group_key]
    exit_task["triggerPolicy"] = {"strategy": "ALL_UPSTREAM_TASKS_COMPLETED"}
    return {group_key: group_task, exit_key: exit_task}
