"""What the rules of `tfxc.backends.kubeflow.conformance.check` share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.schemas.diagnostics import Finding

EXIT_STRATEGY = "ALL_UPSTREAM_TASKS_COMPLETED"


def finding(rule: str, place: str, message: str) -> Finding:
    """Returns a finding about a rule that a pipeline.yaml breaks: the code is the rule's name.

    ``place`` leads to it with dots, as ``root.dag.tasks.trainer``; "" is the whole text.
    """
    return Finding(rule, message, tuple(place.split(".")) if place else ())


def sentence(found: Finding) -> str:
    """Returns a finding as a line: the place, what is wrong there, and the rule."""
    place = ".".join(map(str, found.path))
    return f"{place}: {found.message} [{found.code}]" if place else f"{found.message} [{found.code}]"


@dataclass(frozen=True)
class Documents:
    """The two documents of a pipeline.yaml, as plain JSON; the second is empty if there is none."""

    spec: Mapping[str, Any]
    platform: Mapping[str, Any]

    @property
    def components(self) -> Mapping[str, Any]:
        """component name → ComponentSpec"""
        return mapping(self.spec, "components")

    @property
    def executors(self) -> Mapping[str, Any]:
        """executor label → ExecutorSpec"""
        return mapping(mapping(self.spec, "deploymentSpec"), "executors")

    def dags(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yields the place and the ComponentSpec of the root and of every other component that is a DAG."""
        yield "root", mapping(self.spec, "root")
        for name, component in self.components.items():
            if component and "dag" in component:
                yield f"components.{name}", component

    def executor_of(self, component: Mapping[str, Any]) -> Mapping[str, Any]:
        """Returns the ExecutorSpec of a component; empty if it has none."""
        return mapping(self.executors, str(component.get("executorLabel", "")))


def mapping(value: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """Returns the mapping at these keys, empty if there is none."""
    current: Any = value
    for key in keys:
        current = current.get(key) if isinstance(current, dict) else None
    return current if isinstance(current, dict) else {}


def tasks_of(component: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns task key → PipelineTaskSpec of a DAG component."""
    return mapping(component, "dag", "tasks")


def parameters_of(component: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    """Returns name → definition of a component's parameters; ``side`` is ``input`` or ``output``."""
    return mapping(component, f"{side}Definitions", "parameters")


def artifacts_of(component: Mapping[str, Any], side: str) -> Mapping[str, Any]:
    """Returns key → definition of a component's artifacts; ``side`` is ``input`` or ``output``."""
    return mapping(component, f"{side}Definitions", "artifacts")


def is_exit_task(task: Mapping[str, Any]) -> bool:
    """Whether a task runs when those that it depends on are over, whatever became of them."""
    return mapping(task, "triggerPolicy").get("strategy") == EXIT_STRATEGY


def upstream_of(task: Mapping[str, Any]) -> list[str]:
    """Returns the tasks that a task waits for: those it names, and those whose outputs it takes."""
    upstream = list(task.get("dependentTasks") or ())
    for kind, source in (("parameters", "taskOutputParameter"), ("artifacts", "taskOutputArtifact")):
        for value in mapping(task, "inputs", kind).values():
            producer = mapping(value, source).get("producerTask")
            if producer:
                upstream.append(producer)
    return list(dict.fromkeys(upstream))
