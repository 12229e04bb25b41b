"""What the scheduler must know of each node, read from the Plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tfxc.schemas.components import find_component_model
from tfxc.schemas.plan import COMPLETED, NONE_FAILED, Plan, PlanNode
from tfxc.schemas.plan_graph import heights

LONGEST_BACKOFF = 3600.0
"""Seconds: where doubling the wait between retries stops, as Kubeflow's default does."""


@dataclass(frozen=True)
class Limits:
    """What all running nodes share: ``jobs`` places, ``cores``, ``memory`` in bytes."""

    jobs: int
    cores: int
    memory: int


@dataclass(frozen=True)
class Task:
    """One node as the scheduler sees it. Times in seconds, memory in bytes.

    ``upstream`` holds nodes of this run only, all earlier in the order. ``cores`` is None where the
    spec asks for none. ``height`` is the number of nodes on the longest path that starts here.
    """

    node: str
    upstream: tuple[str, ...] = ()
    any_outcome: bool = False
    without_skipped: bool = False
    on_exit: bool = False
    retries: int = 0
    retry_delay: float = 0.0
    exponential_backoff: bool = False
    cores: int | None = None
    memory: int = 0
    accelerator: bool = False
    light: bool = False
    height: int = 1

    def wait_before(self, retry: int) -> float:
        """Returns how long to wait before the retry of that number (from 1)."""
        if not self.exponential_backoff or self.retry_delay <= 0:
            return self.retry_delay
        longest = max(LONGEST_BACKOFF, self.retry_delay)
        return min(longest, self.retry_delay * 2.0 ** min(retry - 1, 64))


def tasks_of(plan: Plan, selected: Sequence[str] | None = None) -> tuple[Task, ...]:
    """Returns a task for each selected node (None: for all), in the Plan's order.

    What a node needs from nodes that are not selected counts as there: the launcher takes it from an
    earlier run.
    """
    chosen = {node.id for node in plan.nodes} if selected is None else set(selected)
    height = heights(plan, chosen)
    return tuple(_task(plan, node, chosen, height[node.id]) for node in plan.nodes if node.id in chosen)


def _task(plan: Plan, node: PlanNode, chosen: set[str], height: int) -> Task:
    execution = node.execution
    cpu = execution.resources.cpu
    model = find_component_model(node.component.type)
    return Task(
        node=node.id,
        upstream=tuple(upstream for upstream in node.upstream if upstream in chosen),
        any_outcome=execution.trigger_strategy == COMPLETED,
        without_skipped=execution.trigger_strategy == NONE_FAILED,
        on_exit=node.id == plan.on_exit,
        retries=execution.retries,
        retry_delay=execution.retry_delay,
        exponential_backoff=execution.retry_exponential_backoff,
        cores=None if cpu is None else max(1, math.ceil(cpu)),
        memory=execution.resources.memory or 0,
        accelerator=execution.resources.accelerator is not None,
        light=model is not None and model.light,
        height=height,
    )
