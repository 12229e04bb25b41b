"""What a Plan asks for and a backend does not have (B101), from the table of its capabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from tfxc.backends import Backend, Capabilities
from tfxc.compiler.pipeline.texts import referencing_texts
from tfxc.schemas.diagnostics import Finding, Path
from tfxc.schemas.plan import Plan, PlanNode

NOT_SUPPORTED = "B101"

_EXECUTION: Mapping[str, tuple[str, Path, Callable[[PlanNode], object]]] = {
    "conditions": ("conditions", ("when",), lambda node: node.when is not None),
    "retries": ("retries", ("execution", "retries"), lambda node: node.execution.retries),
    "retry_delay": (
        "a wait before retries",
        ("execution", "retry_delay"),
        lambda node: node.execution.retry_delay,
    ),
    "retry_exponential_backoff": (
        "exponential backoff",
        ("execution", "retry_exponential_backoff"),
        lambda node: node.execution.retry_exponential_backoff,
    ),
    "timeout": ("timeouts", ("execution", "timeout"), lambda node: node.execution.timeout is not None),
    "trigger_strategy": (
        "a trigger strategy",
        ("execution", "trigger_strategy"),
        lambda node: node.execution.trigger_strategy != "ALL_UPSTREAM_NODES_SUCCEEDED",
    ),
    "cpu": (
        "a request of cores",
        ("execution", "resources", "cpu"),
        lambda node: node.execution.resources.cpu,
    ),
    "memory": (
        "a request of memory",
        ("execution", "resources", "memory"),
        lambda node: node.execution.resources.memory,
    ),
    "accelerator": (
        "a request of accelerators",
        ("execution", "resources", "accelerator"),
        lambda node: node.execution.resources.accelerator,
    ),
    "node_env": ("environment variables of a node", ("execution", "env"), lambda node: node.execution.env),
}
"""capability → what it is called, where a component asks for it, whether a node does"""


def capability_findings(backend: Backend, plan: Plan, document: Mapping[str, Any]) -> list[Finding]:
    """Returns a finding for each thing in the Plan that the backend says it cannot do."""
    missing = [field.name for field in fields(Capabilities) if not getattr(backend.capabilities, field.name)]
    findings: list[Finding] = []
    for capability in missing:
        if capability == "on_exit":
            if plan.on_exit is not None:
                findings.append(_finding(backend, "a node that runs on exit", ("on_exit",)))
        elif capability == "run_date":
            findings += _run_dates(backend, document)
        else:
            what, path, uses = _EXECUTION[capability]
            for node in plan.nodes:
                if uses(node):
                    findings.append(_finding(backend, what, ("components", node.id, *path)))
    return findings


def _finding(backend: Backend, what: str, path: Path, part: tuple[int, int] | None = None) -> Finding:
    message = f"the backend `{backend.name}` does not have {what}"
    help = "take it out, or keep it in an environment that another backend is used with"
    return Finding(NOT_SUPPORTED, message, path, at_key=part is None, part=part, help=(help,))


def _run_dates(backend: Backend, document: Mapping[str, Any]) -> Iterator[Finding]:
    for section, value in document.items():
        for text in referencing_texts(value, (section,)) if section != "environments" else ():
            for reference in text.template.references:
                if reference.target == "run.date":
                    yield _finding(backend, "`run.date`", text.path, (reference.start, reference.end))
