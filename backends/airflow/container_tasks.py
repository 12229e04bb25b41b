"""Containers of the Plan where tasks are containers: three tasks each, the second in the user's image.

The *driver* looks for the inputs and into the cache, and registers the execution in ML Metadata; the
*container* runs if there is something to run; the *publisher*, which has the node's own id, registers what it
has written. Driver and publisher are our own command in the pipeline's image.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.backends.airflow.literals import Call, Literal, untemplated
from tfxc.backends.airflow.operators import container_environment
from tfxc.backends.airflow.settings import AirflowSettings
from tfxc.backends.container import users_containers
from tfxc.backends.container.users_containers import Starter
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import ContainerComponent, Plan, PlanNode

_OF_CONTAINER = ("retries", "retry_delay", "retry_exponential_backoff", "execution_timeout")
_OF_OPERATOR = ("cpus", "mem_limit", "device_requests", "container_resources")
_LAST = ("outlets",)
"""Which of a node's keywords belong to the user's container, and which to the task that ends it."""


def are_native(plan: Plan, settings: AirflowSettings) -> bool:
    """Whether the DAG has containers of the user's as tasks of their own."""
    return settings.operator != "bash" and any(
        isinstance(node.component, ContainerComponent) for node in plan.nodes
    )


def container_call(node: PlanNode, keywords: Mapping[str, Literal], settings: AirflowSettings) -> Call:
    """Returns the call that adds a container's tasks, from the keywords that a single task would have."""
    component = node.component
    assert isinstance(component, ContainerComponent)  # noqa: S101 - who calls this has looked
    own: dict[str, Any] = {
        **{name: keywords[name] for name in (*_OF_CONTAINER, *_OF_OPERATOR) if name in keywords},
        "image": untemplated(str(component.image)),
    }
    key = "environment" if settings.operator == "docker" else "env_vars"
    own[key] = container_environment(node, settings)
    if component.working_directory is not None:
        own["working_dir"] = component.working_directory
    shared = {
        name: value
        for name, value in keywords.items()
        if name not in (*_OF_CONTAINER, *_OF_OPERATOR, *_LAST, "task_display_name")
    }
    last = {name: keywords[name] for name in _LAST if name in keywords}
    return Call(
        "container",
        (node.id, node.label),
        (*shared.items(), ("own", own), *((("last", last),) if last else ())),
    )


def container_findings(plan: Plan, settings: AirflowSettings) -> Iterator[Finding]:
    """Yields what a container cannot be where Airflow starts it itself."""
    if settings.operator == "bash":
        return
    operator = f"the operator `{settings.operator}`"
    starter = Starter(operator, f"with {operator}", operator, settings.operator == "docker")
    yield from users_containers.container_findings(plan, starter)
