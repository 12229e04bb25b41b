"""A container of the Plan: a group of three tasks, of which the second is the user's own image.

The *driver* looks for the inputs and into the cache, and registers the execution in ML Metadata; the
*container* runs if there is something to run; the *publisher* registers what it has written. Driver and
publisher are our own task in the pipeline's image. The group says how the driver ended, as other tasks do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tfxc.backends.kubeflow.emit.artifacts import STATE, kfp_artifacts
from tfxc.backends.kubeflow.emit.container import container_spec, escape, resources, retry_policy
from tfxc.backends.kubeflow.emit.inputs import Input
from tfxc.backends.kubeflow.emit.names import component_label, executor_label
from tfxc.backends.kubeflow.emit.platform_spec import deadline, executor_config
from tfxc.backends.kubeflow.settings import TaskSettings
from tfxc.backends.launcher.protocol.messages import ContainerCall, ContainerPhase
from tfxc.schemas.plan import ContainerComponent, PlanNode
from tfxc.schemas.plan_values import form_of

PARTS = ("driver-task", "container", "publisher")
"""What is behind a node's key in those of its tasks."""

TO_RUN = f"inputs.parameter_values['{STATE}'] == 'succeeded'"
"""The condition under which the driver has found something to run: neither cached nor skipped."""

Definition = dict[str, Any]


@dataclass(frozen=True)
class Emitted:
    """Components, executors and platform configurations of the tasks of one node, by their labels."""

    components: Mapping[str, Definition]
    executors: Mapping[str, Definition]
    platform: Mapping[str, Definition]


def words_of(node: PlanNode) -> Iterator[tuple[str, str, int]]:
    """Yields each word of a container's command that only its driver knows: parameter, ``command`` or
    ``args``, and its index."""
    component = node.component
    if isinstance(component, ContainerComponent):
        for part, words in (("command", component.command), ("args", component.args)):
            for index, word in enumerate(words):
                if form_of(word)[0] != "plain":
                    yield f"tfxc-{part}-{index}", part, index


def word_values(node: PlanNode, call: ContainerCall | None) -> dict[str, str]:
    """Returns the parameters that the driver gives the container: empty if there is nothing to run."""
    return {
        name: escape(getattr(call, part)[index]) if call is not None else ""
        for name, part, index in words_of(node)
    }


def container_node(
    node: PlanNode,
    keys: Mapping[str, str],
    inputs: Sequence[Input],
    shared: Sequence[Input],
    settings: TaskSettings,
    python: str,
    digest: str,
) -> Emitted:
    """Returns what a container is made of. ``keys`` are those of the node (under its id) and of its `PARTS`;
    ``inputs`` are those of the group, ``shared`` what each of our tasks gets."""
    driver, container, publisher = (keys[f"{node.id}-{part}"] for part in PARTS)
    words = {name: {"parameterType": "STRING"} for name, _, _ in words_of(node)}
    state: Definition = {STATE: {"parameterType": "STRING"}}
    ours = {name: definition for name, definition, _ in shared}
    artifacts = {
        artifact.key: {"artifactType": {"schemaTitle": artifact.type, "schemaVersion": "0.0.1"}}
        for artifact in kfp_artifacts(node)
    }
    passed = {name: source for name, _, source in shared}
    of_driver = {name: _output(driver, name) for name in (STATE, *words)}
    tasks = {
        driver: _task(driver, passed),
        container: {
            **_task(container, of_driver, [driver]),
            "triggerPolicy": {"condition": TO_RUN},
        },
        publisher: {
            **_task(publisher, {**passed, STATE: _output(driver, STATE)}, sorted((container, driver))),
            "triggerPolicy": {"condition": TO_RUN},
        },
    }
    policy = retry_policy(node.execution)
    if policy:
        tasks[container]["retryPolicy"] = policy
    selected = {"valueFromParameter": {"producerSubtask": driver, "outputParameterKey": STATE}}
    group = {
        "dag": {"tasks": tasks, "outputs": {"parameters": {STATE: selected}}},
        "inputDefinitions": {"parameters": {name: definition for name, definition, _ in inputs}},
        "outputDefinitions": {"parameters": state},
    }
    components = {
        component_label(keys[node.id]): group,
        component_label(driver): _component(driver, ours, {**state, **words}),
        component_label(container): _component(container, {**state, **words}, {}),
        component_label(publisher): _component(publisher, {**ours, **state}, state, artifacts),
    }
    bare = node.model_copy(update={"execution": node.execution.model_copy(update=_BARE)})
    executors = {
        executor_label(driver): {"container": _phase(bare, settings, python, digest, "driver")},
        executor_label(container): {"container": _own_container(node, settings)},
        executor_label(publisher): {"container": _phase(bare, settings, python, digest, "publisher")},
    }
    configuration = executor_config(settings, None)
    platform = {executor_label(key): configuration for key in (driver, publisher) if configuration}
    of_container = {**configuration, **deadline(node.execution.timeout, 0)}
    if of_container:
        platform[executor_label(container)] = of_container
    return Emitted(components, executors, platform)


_BARE: Mapping[str, Any] = {"env": {}, "timeout": None, "retries": 0}
"""What of a node's execution is its container's, and not that of our tasks round it."""


def _output(task: str, name: str) -> Definition:
    return {"taskOutputParameter": {"producerTask": task, "outputParameterKey": name}}


def _task(key: str, sources: Mapping[str, Any], upstream: Sequence[str] = ()) -> Definition:
    task: Definition = {
        "taskInfo": {"name": key},
        "componentRef": {"name": component_label(key)},
        "inputs": {"parameters": dict(sources)},
        "cachingOptions": {"enableCache": False},
    }
    if upstream:
        task["dependentTasks"] = list(upstream)
    return task


def _component(
    key: str,
    inputs: Mapping[str, Any],
    outputs: Mapping[str, Any],
    artifacts: Mapping[str, Any] | None = None,
) -> Definition:
    component: Definition = {
        "executorLabel": executor_label(key),
        "inputDefinitions": {"parameters": dict(inputs)},
    }
    if outputs:
        component["outputDefinitions"] = {"parameters": dict(outputs)}
    if artifacts:
        component["outputDefinitions"]["artifacts"] = dict(artifacts)
    return component


def _phase(
    node: PlanNode, settings: TaskSettings, python: str, digest: str, phase: ContainerPhase
) -> Definition:
    """Returns the container of our own task. It has none of the resources that the user's container has."""
    spec = container_spec(node, settings, python, digest)
    spec.pop("resources", None)
    spec["args"] = ["--phase", phase, *spec["args"]]
    return spec


def _own_container(node: PlanNode, settings: TaskSettings) -> Definition:
    """Returns the user's container: what its driver knows is put into its command line as parameters."""
    component = node.component
    assert isinstance(component, ContainerComponent)  # noqa: S101 - who calls this has looked
    known = {(part, index): name for name, part, index in words_of(node)}

    def words(part: str, given: Sequence[Any]) -> list[str]:
        return [
            f"{{{{$.inputs.parameters['{known[part, index]}']}}}}"
            if (part, index) in known
            else escape(str(word))
            for index, word in enumerate(given)
        ]

    spec: Definition = {"image": component.image}
    for part, given in (("command", component.command), ("args", component.args)):
        if given:
            spec[part] = words(part, given)
    env = {**settings.env, **node.execution.env}
    if env:
        spec["env"] = [{"name": name, "value": escape(str(value))} for name, value in env.items()]
    asked = resources(node.execution.resources, settings.requests)
    if asked:
        spec["resources"] = asked
    return spec
