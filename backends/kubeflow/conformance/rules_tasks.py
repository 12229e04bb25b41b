"""Rules about tasks: their keys, what they wait for, what they are given, conditions and retries."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from tfxc.backends.kubeflow.conformance.cel import CelError, parse_condition
from tfxc.backends.kubeflow.conformance.rules import (
    Documents,
    artifacts_of,
    finding,
    is_exit_task,
    mapping,
    parameters_of,
    tasks_of,
    upstream_of,
)
from tfxc.backends.kubeflow.conformance.rules_spec import fits
from tfxc.backends.kubeflow.emit.names import LONGEST_TASK_KEY
from tfxc.backends.kubeflow.emit.placeholders import wrong_placeholders
from tfxc.schemas.diagnostics import Finding

TASK_KEY = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*\Z", re.ASCII)
IMPORTER_SCHEMES = ("gs://", "s3://", "minio://", "oci://")

_RUN_VALUE = re.compile(r"\{\{\$\.[a-z_]+\}\}\Z", re.ASCII)


def findings(documents: Documents) -> Iterator[Finding]:
    """Yields what is wrong with the tasks of every DAG."""
    for where, component in documents.dags():
        tasks = tasks_of(component)
        yield from _graph(f"{where}.dag.tasks", tasks)
        for key, task in tasks.items():
            place = f"{where}.dag.tasks.{key}"
            name = mapping(task, "componentRef").get("name", "")
            if not name:
                yield finding("component-ref", place, "names no component")
            elif name not in documents.components:
                yield finding("component-missing", f"{place}.componentRef", f"there is no component `{name}`")
            else:
                target = documents.components[name]
                yield from _key(place, key)
                yield from _inputs(documents, place, component, tasks, key, target)
                yield from _kind(documents, place, key, task, target)
                yield from _condition(place, task)
                yield from _retries(place, task)
    for component_name, component in documents.components.items():
        container = documents.executor_of(component).get("container")
        if container is not None:
            place = f"deploymentSpec.executors.{component['executorLabel']}.container"
            for inner, message in wrong_placeholders(container, component):
                yield finding("placeholder", f"{place}.{inner} (of {component_name})", message)


def _key(where: str, key: str) -> Iterator[Finding]:
    if not TASK_KEY.match(key):
        yield finding("task-key", where, "Argo takes letters, digits and `-`, and no `-` at the beginning")
    if len(key) > LONGEST_TASK_KEY:
        yield finding("task-key", where, f"is longer than {LONGEST_TASK_KEY} characters")


def _graph(where: str, tasks: Mapping[str, Any]) -> Iterator[Finding]:
    """Yields what is wrong with what waits for what."""
    hooks: dict[str, str] = {}
    for key, task in tasks.items():
        if f"{key}-driver" in tasks:
            message = f"the backend adds a task `{key}-driver`, which is there already"
            yield finding("driver-name", f"{where}.{key}", message)
        exit_task = is_exit_task(task)
        if exit_task and not task.get("dependentTasks"):
            yield finding("exit-without-task", f"{where}.{key}", "an exit task must wait for a task")
        for upstream in upstream_of(task):
            if upstream not in tasks:
                yield finding(
                    "dependency", f"{where}.{key}", f"waits for `{upstream}`, which is no task here"
                )
            elif is_exit_task(tasks[upstream]):
                message = f"waits for the exit task `{upstream}`, and nothing can come after one"
                yield finding("after-exit", f"{where}.{key}", message)
            elif exit_task and upstream in hooks:
                message = f"`{upstream}` has another exit task, `{hooks[upstream]}`, which would not run"
                yield finding("two-exits", f"{where}.{key}", message)
            elif exit_task:
                hooks[upstream] = key
    try:
        TopologicalSorter({key: upstream_of(task) for key, task in tasks.items()}).prepare()
    except CycleError as error:
        yield finding("cycle", where, f"these tasks wait for each other: {' → '.join(error.args[1])}")


def _inputs(
    documents: Documents,
    where: str,
    parent: Mapping[str, Any],
    tasks: Mapping[str, Any],
    key: str,
    target: Mapping[str, Any],
) -> Iterator[Finding]:
    task = tasks[key]
    given = mapping(task, "inputs", "parameters")
    known = parameters_of(target, "input")
    iterator = mapping(task, "parameterIterator")
    item = iterator.get("itemInput")
    for name, source in given.items():
        place = f"{where}.inputs.parameters.{name}"
        if name not in known and name != mapping(iterator, "items").get("inputParameter"):
            yield finding("parameter-undefined", place, "the component does not define this parameter")
        else:
            yield from _parameter(documents, place, parent, tasks, task, source, known.get(name, {}))
    for name, definition in known.items():
        optional = definition.get("isOptional") or definition.get("defaultValue") is not None
        if (
            name not in given
            and not optional
            and name != item
            and definition.get("parameterType") != "TASK_CONFIG"
        ):
            yield finding(
                "parameter-missing",
                f"{where}.inputs.parameters",
                f"`{name}` is not given, and is not optional",
            )
    artifacts = artifacts_of(target, "input")
    for name, source in mapping(task, "inputs", "artifacts").items():
        place = f"{where}.inputs.artifacts.{name}"
        if name not in artifacts:
            yield finding("artifact-undefined", place, "the component does not define this artifact")
        yield from _artifact(documents, place, parent, tasks, source)
    for name, definition in artifacts.items():
        if name not in mapping(task, "inputs", "artifacts") and not definition.get("isOptional"):
            yield finding(
                "artifact-missing", f"{where}.inputs.artifacts", f"`{name}` is not given, and is not optional"
            )


def _parameter(
    documents: Documents,
    where: str,
    parent: Mapping[str, Any],
    tasks: Mapping[str, Any],
    task: Mapping[str, Any],
    source: Mapping[str, Any],
    definition: Mapping[str, Any],
) -> Iterator[Finding]:
    kind = definition.get("parameterType", "STRING")
    if "componentInputParameter" in source:
        name = source["componentInputParameter"]
        if name not in parameters_of(parent, "input"):
            yield finding("pipeline-input", where, f"the parent has no parameter `{name}`")
    elif "taskOutputParameter" in source:
        output = source["taskOutputParameter"]
        outputs = parameters_of(_component_of(documents, tasks, output.get("producerTask")), "output")
        if output.get("producerTask") in tasks and output.get("outputParameterKey") not in outputs:
            message = f"`{output.get('producerTask')}` has no output `{output.get('outputParameterKey')}`"
            yield finding("output-missing", where, message)
    elif "taskFinalStatus" in source:
        if not is_exit_task(task):
            yield finding("final-status", where, "only an exit task can be given a final status")
    elif "runtimeValue" in source:
        value = mapping(source, "runtimeValue")
        if "constant" not in value:
            yield finding("runtime-value", where, "only a constant is implemented")
        elif (
            not _RUN_VALUE.match(str(value["constant"]))
            and kind != "STRING"
            and not fits(kind, value["constant"])
        ):
            yield finding("constant-type", where, f"`{value['constant']}` is no {kind}")
    else:
        yield finding("parameter-source", where, "says not where its value comes from")


def _artifact(
    documents: Documents,
    where: str,
    parent: Mapping[str, Any],
    tasks: Mapping[str, Any],
    source: Mapping[str, Any],
) -> Iterator[Finding]:
    if "componentInputArtifact" in source:
        if source["componentInputArtifact"] not in artifacts_of(parent, "input"):
            yield finding(
                "pipeline-input", where, f"the parent has no artifact `{source['componentInputArtifact']}`"
            )
    elif "taskOutputArtifact" in source:
        output = source["taskOutputArtifact"]
        outputs = artifacts_of(_component_of(documents, tasks, output.get("producerTask")), "output")
        if output.get("producerTask") in tasks and output.get("outputArtifactKey") not in outputs:
            message = f"`{output.get('producerTask')}` has no output `{output.get('outputArtifactKey')}`"
            yield finding("output-missing", where, message)
    else:
        yield finding("artifact-source", where, "says not where it comes from")


def _component_of(documents: Documents, tasks: Mapping[str, Any], key: Any) -> Mapping[str, Any]:
    name = mapping(mapping(tasks, str(key)), "componentRef").get("name", "")
    return mapping(documents.components, name)


def _kind(
    documents: Documents, where: str, key: str, task: Mapping[str, Any], target: Mapping[str, Any]
) -> Iterator[Finding]:
    """Yields what is wrong with iterators and importers."""
    if "artifactIterator" in task:
        yield finding("artifact-iterator", where, "the backend does not implement artifactIterator")
    importer = documents.executor_of(target).get("importer")
    if importer is None:
        return
    if mapping(task, "taskInfo").get("name") != key:
        yield finding(
            "importer-name", f"{where}.taskInfo.name", "an importer's taskInfo.name must be its task key"
        )
    if mapping(task, "triggerPolicy").get("condition"):
        yield finding("importer-condition", where, "an importer cannot have a condition")
    uri = mapping(importer, "artifactUri").get("constant")
    if isinstance(uri, str) and not uri.startswith(IMPORTER_SCHEMES):
        yield finding("importer-uri", where, f"`{uri}` must begin with one of {', '.join(IMPORTER_SCHEMES)}")


def _condition(where: str, task: Mapping[str, Any]) -> Iterator[Finding]:
    policy = mapping(task, "triggerPolicy")
    text = policy.get("condition")
    if not text:
        return
    try:
        condition = parse_condition(text)
    except CelError as error:
        yield finding(
            "condition", f"{where}.triggerPolicy.condition", f"is not CEL as it is known here: {error}"
        )
        return
    for name in sorted(condition.parameters - set(mapping(task, "inputs", "parameters"))):
        message = f"reads the parameter `{name}`, which the task is not given"
        yield finding("condition-input", f"{where}.triggerPolicy.condition", message)


def _retries(where: str, task: Mapping[str, Any]) -> Iterator[Finding]:
    policy = task.get("retryPolicy")
    if policy is None:
        return
    if not float(policy.get("backoffFactor", 0)).is_integer():
        yield finding(
            "backoff-factor", f"{where}.retryPolicy", "Argo takes whole numbers as backoffFactor only"
        )
    longest = str(policy.get("backoffMaxDuration", "0s"))
    if policy.get("maxRetryCount") and float(longest[:-1]) < 1:
        message = "without backoffMaxDuration Argo never retries: it is the time that all attempts may take"
        yield finding("backoff-end", f"{where}.retryPolicy", message)
