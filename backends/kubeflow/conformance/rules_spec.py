"""Rules about a pipeline as a whole: its name and version, components, executors, types, parameters."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.backends.kubeflow.conformance.rules import (
    Documents,
    artifacts_of,
    finding,
    is_exit_task,
    mapping,
    parameters_of,
    tasks_of,
)
from tfxc.schemas.diagnostics import Finding

SCHEMA_VERSION = "2.1.0"
KFP_TYPES = frozenset(
    f"system.{name}"
    for name in (
        "Artifact",
        "ClassificationMetrics",
        "Dataset",
        "HTML",
        "Markdown",
        "Metrics",
        "Model",
        "SlicedClassificationMetrics",
    )
)
PIPELINE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z", re.ASCII)
DUMMY_IMAGES = frozenset({"argostub/createpvc", "argostub/deletepvc"})

_TITLE = re.compile(r"^title:\s*\S", re.MULTILINE)
_EXACT = 2**53


def findings(documents: Documents) -> Iterator[Finding]:
    """Yields what is wrong with the pipeline as a whole."""
    spec = documents.spec
    if spec.get("schemaVersion") != SCHEMA_VERSION:
        yield finding(
            "schema-version", "schemaVersion", f"must be {SCHEMA_VERSION}, not {spec.get('schemaVersion')}"
        )
    name = mapping(spec, "pipelineInfo").get("name", "")
    if not PIPELINE_NAME.match(name):
        message = f"`{name}` must be a name such as `my-pipeline-2`: lower case, digits, `-` and `.`"
        yield finding("pipeline-name", "pipelineInfo.name", message)
    root = mapping(spec, "root")
    if "dag" not in root:
        yield finding("root", "root", "must be a DAG")
    for where, component in documents.dags():
        tasks = tasks_of(component)
        if not any(not is_exit_task(task) for task in tasks.values()):
            yield finding("no-tasks", f"{where}.dag.tasks", "must have a task that is not an exit task")
    for component_name, component in documents.components.items():
        yield from _component(documents, f"components.{component_name}", component)
    yield from _recursion(documents)
    yield from _root_parameters(root)
    for label, executor in documents.executors.items():
        yield from _executor(f"deploymentSpec.executors.{label}", executor)


def _component(documents: Documents, where: str, component: Mapping[str, Any]) -> Iterator[Finding]:
    if ("dag" in component) == ("executorLabel" in component):
        yield finding("component", where, "must have either a dag or an executorLabel")
    label = component.get("executorLabel")
    if label is not None and label not in documents.executors:
        yield finding("executor-missing", f"{where}.executorLabel", f"there is no executor `{label}`")
    for side in ("input", "output"):
        for key, definition in artifacts_of(component, side).items():
            place = f"{where}.{side}Definitions.artifacts.{key}"
            yield from _artifact_type(place, mapping(definition, "artifactType"))
        for key, definition in parameters_of(component, side).items():
            place = f"{where}.{side}Definitions.parameters.{key}"
            yield from _parameter(place, definition)


def _artifact_type(where: str, schema: Mapping[str, Any]) -> Iterator[Finding]:
    if "schemaUri" in schema:
        yield finding("schema-uri", where, "the backend does not implement schemaUri")
        return
    title = schema.get("schemaTitle", "")
    instance = schema.get("instanceSchema", "")
    if not title and not _TITLE.search(instance):
        yield finding("artifact-title", where, "its type has no title")
    elif title.startswith("system.") and title not in KFP_TYPES:
        yield finding("system-type", where, f"`{title}` is none of KFP's own types")


def _parameter(where: str, definition: Mapping[str, Any]) -> Iterator[Finding]:
    kind = definition.get("parameterType", "PARAMETER_TYPE_ENUM_UNSPECIFIED")
    if kind in ("PARAMETER_TYPE_ENUM_UNSPECIFIED", 0):
        if "type" not in definition:
            yield finding("parameter-type", where, "has no parameterType")
        return
    default = definition.get("defaultValue")
    if default is not None and not fits(kind, default):
        yield finding("default-type", f"{where}.defaultValue", f"`{default}` is no {kind}")
    if isinstance(default, int) and abs(default) > _EXACT:
        message = f"{default} loses digits: the backend keeps numbers as doubles"
        yield finding("inexact-number", f"{where}.defaultValue", message)


def fits(kind: str, value: Any) -> bool:
    """Whether the backend takes a JSON value for a parameter of this type."""
    if kind == "BOOLEAN":
        return isinstance(value, bool)
    if kind in ("NUMBER_INTEGER", "NUMBER_DOUBLE"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return number and math.isfinite(value) and (kind == "NUMBER_DOUBLE" or float(value).is_integer())
    if kind == "LIST":
        return isinstance(value, list)
    if kind in ("STRUCT", "TASK_FINAL_STATUS", "TASK_CONFIG"):
        return isinstance(value, dict)
    return isinstance(value, str)


def _recursion(documents: Documents) -> Iterator[Finding]:
    """Yields DAG components that contain themselves."""
    inside = {
        where.removeprefix("components."): [
            mapping(task, "componentRef").get("name", "") for task in tasks_of(component).values()
        ]
        for where, component in documents.dags()
    }
    for name in inside:
        waiting, seen = list(inside[name]), set()
        while waiting:
            child = waiting.pop()
            if child == name:
                yield finding("recursion", f"components.{name}", "contains itself")
                break
            if child not in seen:
                seen.add(child)
                waiting += inside.get(child, [])


def _root_parameters(root: Mapping[str, Any]) -> Iterator[Finding]:
    for name, definition in parameters_of(root, "input").items():
        yield from _parameter(f"root.inputDefinitions.parameters.{name}", definition)
        if definition.get("parameterType") in ("TASK_FINAL_STATUS", "TASK_CONFIG"):
            message = f"a pipeline cannot be given a {definition['parameterType']}"
            yield finding("root-parameter", f"root.inputDefinitions.parameters.{name}", message)


def _executor(where: str, executor: Mapping[str, Any]) -> Iterator[Finding]:
    container = executor.get("container")
    if container is not None:
        if not container.get("image"):
            yield finding("image", f"{where}.container.image", "there is no image")
        elif not (container.get("command") or container.get("args") or container["image"] in DUMMY_IMAGES):
            yield finding("command", f"{where}.container", "has neither command nor args")
        if "lifecycle" in container:
            message = "the backend does not run lifecycle hooks (a TFX driver, for instance)"
            yield finding("lifecycle", f"{where}.container.lifecycle", message)
    elif "importer" not in executor:
        kind = next(iter(executor), "nothing")
        message = f"must be a container or an importer: the backend does not run a {kind}"
        yield finding("executor-kind", where, message)
