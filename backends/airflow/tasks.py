"""The calls of the DAG file: the DAG's arguments and one ``node(…)`` for each node of the Plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

from tfxc.backends.airflow import docker_tasks, kubernetes_tasks
from tfxc.backends.airflow.container_tasks import container_call
from tfxc.backends.airflow.literals import Call, Code, Literal
from tfxc.backends.airflow.params import params
from tfxc.backends.airflow.settings import AirflowSettings, NodeSettings
from tfxc.backends.airflow.timing import day, duration, schedule, timespan
from tfxc.schemas.plan import COMPLETED, NONE_FAILED, ContainerComponent, Plan, PlanNode, PythonComponent
from tfxc.schemas.plan_graph import essential_upstream

NO_START_DATE = "2000-01-01"
"""Airflow 2 wants a start date of every DAG, also of those that are only run by hand."""


def dag_id(plan: Plan, settings: AirflowSettings) -> str:
    """Returns the DAG's id."""
    return settings.dag_id or plan.name


def dag_arguments(plan: Plan, settings: AirflowSettings) -> dict[str, Literal]:
    """Returns the keyword arguments of the DAG. What the majors have different defaults for is explicit."""
    arguments: dict[str, Literal] = {"dag_id": dag_id(plan, settings)}
    if plan.description:
        arguments["description"] = plan.description
    arguments["doc_md"] = Code('DOCS["pipeline"]')
    arguments["schedule"] = schedule(settings)
    arguments["start_date"] = day(settings.start_date or NO_START_DATE, settings)
    if settings.end_date is not None:
        arguments["end_date"] = day(settings.end_date, settings)
    arguments["catchup"] = settings.catchup
    arguments["max_active_runs"] = settings.max_active_runs
    arguments["max_active_tasks"] = settings.max_active_tasks
    if settings.run_timeout is not None:
        arguments["dagrun_timeout"] = duration(settings.run_timeout)
    if settings.paused is not None:
        arguments["is_paused_upon_creation"] = settings.paused
    if plan.parameters:
        arguments["params"] = params(plan)
    if plan.on_exit is not None:
        arguments["user_defined_macros"] = {"final_state": Code("final_state")}
    if settings.tags:
        arguments["tags"] = list(settings.tags)
    arguments["default_args"] = _default_arguments(settings)
    return arguments


def _default_arguments(settings: AirflowSettings) -> dict[str, Literal]:
    arguments: dict[str, Literal] = {"owner": settings.owner, "retries": settings.retries}
    if settings.retries:
        arguments["retry_delay"] = duration(settings.retry_delay)
    if settings.depends_on_past:
        arguments["depends_on_past"] = True
    if settings.weight_rule != "downstream":
        arguments["weight_rule"] = settings.weight_rule
    if settings.on_failure is not None:
        arguments["on_failure_callback"] = Code("ON_FAILURE")
    return arguments


def node_calls(plan: Plan, settings: AirflowSettings) -> list[Call]:
    """Returns one call for each node, in the Plan's order; the exit node comes last."""
    nodes = sorted(plan.nodes, key=lambda node: node.id == plan.on_exit)
    upstream = essential_upstream(plan)
    return [_node_call(plan, node, upstream[node.id], settings) for node in nodes]


def group_calls(plan: Plan) -> list[tuple[str, Call]]:
    """Returns the id of each group, and the call that makes it: a group comes behind the one it lies in.

    Its tasks keep their ids: those of the Plan.
    """
    calls = []
    taken = {node.id for node in plan.nodes}
    for group in plan.groups:
        name = _group_id(group.id, taken)
        taken.add(name)
        keywords: dict[str, Literal] = {"prefix_group_id": False}
        words = [group.label] * (group.label != name) + [group.description] * bool(group.description)
        if words:  # Airflow 2 has no other place for them
            keywords["tooltip"] = ": ".join(words)
        if group.parent is not None:
            keywords["parent_group"] = Code(f'GROUPS["{group.parent}"]')
        calls.append((group.id, Call("TaskGroup", (name,), tuple(keywords.items()))))
    return calls


def _group_id(group: str, taken: Set[str]) -> str:
    """Returns what Airflow calls a group: it takes no dots, and tasks and groups have their ids in common."""
    name = group.replace(".", "-")
    while name in taken:
        name += "-group"
    return name


def is_watched(plan: Plan) -> bool:
    """Whether a node runs after failures too, so that its success could hide them from Airflow."""
    return plan.on_exit is not None or any(
        node.execution.trigger_strategy == COMPLETED for node in plan.nodes
    )


def _node_call(plan: Plan, node: PlanNode, upstream: Sequence[str], settings: AirflowSettings) -> Call:
    own = settings.for_node(node)
    keywords: dict[str, Literal] = {}
    if node.id == plan.on_exit:
        keywords["after"] = Code("dag.task_ids")
        keywords["variables"] = Code("EXIT_ENVIRONMENT")
    elif upstream:
        keywords["after"] = list(upstream)
    if node.execution.trigger_strategy == COMPLETED or node.id == plan.on_exit:
        keywords["trigger_rule"] = "all_done"
    elif node.execution.trigger_strategy == NONE_FAILED:
        keywords["trigger_rule"] = "none_failed_min_one_success"
    keywords.update(_retrying(node))
    if node.execution.timeout is not None:
        keywords["execution_timeout"] = timespan(node.execution.timeout)
    keywords.update(_scheduling(own))
    if settings.operator == "docker":
        keywords.update(docker_tasks.node_arguments(node, own))
    elif settings.operator == "kubernetes":
        keywords.update(kubernetes_tasks.node_arguments(node, own))
    if node.label != node.id:
        keywords["task_display_name"] = node.label
    if node.group is not None:
        keywords["task_group"] = Code(f'GROUPS["{node.group}"]')
    if own.outlets:
        keywords["outlets"] = [Call("Asset", (uri,)) for uri in own.outlets]
    if isinstance(node.component, ContainerComponent) and settings.operator != "bash":
        return container_call(node, keywords, settings)
    return Call("node", (node.id, _component(node)), tuple(keywords.items()))


def _component(node: PlanNode) -> str:
    """Returns what Airflow shows in place of the operator's name."""
    component = node.component
    return component.function if isinstance(component, PythonComponent) else component.type


def _retrying(node: PlanNode) -> Mapping[str, Literal]:
    if not node.execution.retries:
        return {}
    arguments: dict[str, Literal] = {
        "retries": node.execution.retries,
        "retry_delay": timespan(node.execution.retry_delay),
    }
    if node.execution.retry_exponential_backoff:
        arguments["retry_exponential_backoff"] = Code("BACKOFF")
    return arguments


def _scheduling(own: NodeSettings) -> Mapping[str, Literal]:
    arguments: dict[str, Any] = {}
    if own.pool is not None:
        arguments["pool"] = own.pool
    if own.pool_slots != 1:
        arguments["pool_slots"] = own.pool_slots
    for name in ("priority_weight", "queue", "executor"):
        if getattr(own, name) is not None:
            arguments[name] = getattr(own, name)
    return arguments
