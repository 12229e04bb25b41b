"""The container of a task: image, command, environment and resources, and how it is retried."""

from __future__ import annotations

import hashlib
import math
from typing import Any

from tfxc.backends.kubeflow.settings import Requests, TaskSettings
from tfxc.schemas.plan import PlanExecution, PlanNode, Resources
from tfxc.schemas.quantities import parse_memory
from tfxc.schemas.start import python_command

TASK_MODULE = "tfxc.backends.kubeflow.task.command"

NO_END = "315360000s"
"""Ten years. Argo Workflows takes ``backoffMaxDuration`` for the time that all attempts together may
take, and for zero if it is not given: then a node that failed is never tried again."""


def container_spec(node: PlanNode, settings: TaskSettings, python: str, digest: str) -> dict[str, Any]:
    """Returns a ``PipelineContainerSpec``. ``digest`` is that of the Plan which the image must have."""
    container: dict[str, Any] = {
        "image": settings.image,
        "command": python_command(python, TASK_MODULE),
        "args": ["--node", node.id, "--plan", digest, "--executor-input", "{{$}}"],
    }
    env = {**settings.env, **_literal_env(node.execution)}
    if env:
        container["env"] = [{"name": name, "value": escape(value)} for name, value in env.items()]
    asked = resources(node.execution.resources, settings.requests)
    if asked:
        container["resources"] = asked
    return container


def plan_digest(plan_json: str) -> str:
    """Returns what identifies a Plan, and with it the user's modules: 16 hexadecimal digits."""
    return hashlib.sha256(plan_json.encode()).hexdigest()[:16]


def retry_policy(execution: PlanExecution) -> dict[str, Any]:
    """Returns a ``RetryPolicy``, empty without retries. KFP drops fractions of a second: they are
    rounded up."""
    if not execution.retries:
        return {}
    return {
        "maxRetryCount": execution.retries,
        "backoffDuration": f"{math.ceil(execution.retry_delay)}s",
        "backoffFactor": 2.0 if execution.retry_exponential_backoff else 1.0,
        "backoffMaxDuration": NO_END,
    }


def escape(text: str) -> str:
    """Returns a text that Kubernetes leaves as it is: ``$(NAME)`` would be another variable's value."""
    return text.replace("$", "$$")


def _literal_env(execution: PlanExecution) -> dict[str, str]:
    """Returns the node's variables whose value is known now. The task itself sets the others."""
    return {name: value for name, value in execution.env.items() if isinstance(value, str)}


def resources(limits: Resources, requests: Requests | None) -> dict[str, Any]:
    """Returns a ``ResourceSpec``, in the fields of today and, beside them, those before KFP 2.3."""
    found: dict[str, Any] = {}
    if limits.cpu is not None:
        found.update({"cpuLimit": float(limits.cpu), "resourceCpuLimit": _cores(limits.cpu)})
    if limits.memory is not None:
        found.update(_memory("Limit", limits.memory))
    if requests is not None and requests.cpu is not None:
        found.update({"cpuRequest": float(requests.cpu), "resourceCpuRequest": _cores(requests.cpu)})
    if requests is not None and requests.memory is not None:
        found.update(_memory("Request", parse_memory(requests.memory)))
    if limits.accelerator is not None:
        count = str(limits.accelerator.count)
        kind = limits.accelerator.type
        found["accelerator"] = {
            "type": kind,
            "count": count,
            "resourceType": kind,
            "resourceCount": count,
        }
    return found


def _memory(which: str, size: int) -> dict[str, Any]:
    return {f"memory{which}": size / 10**9, f"resourceMemory{which}": _bytes(size)}


def _cores(cores: float) -> str:
    """Returns cores as a Kubernetes quantity: whole, or in thousandths (its smallest unit), rounded up."""
    return str(int(cores)) if float(cores).is_integer() else f"{math.ceil(cores * 1000)}m"


def _bytes(size: int) -> str:
    for unit, factor in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)
