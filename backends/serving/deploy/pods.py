"""What containers of Kubernetes and of KServe have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Union

from tfxc.backends.serving.deploy.values import Deployment
from tfxc.schemas.quantities import parse_memory

CONFIG_VOLUME = "config"
_USER = 65532
_DEFAULT_CPU, _DEFAULT_MEMORY = 1.0, 2 * 2**30
_LOADING_SECONDS = 600

POD_SECURITY: Mapping[str, Any] = {
    "runAsNonRoot": True,
    "runAsUser": _USER,
    "runAsGroup": _USER,
    "fsGroup": _USER,
    "fsGroupChangePolicy": "OnRootMismatch",
    "seccompProfile": {"type": "RuntimeDefault"},
}


def container_security(read_only: bool = True) -> dict[str, Any]:
    """Returns the security context of a container that needs no rights at all."""
    context: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    return {**context, "readOnlyRootFilesystem": True} if read_only else context


def resources(deployment: Deployment) -> dict[str, Any]:
    """Returns requests and limits. CPU has no limit: it would make requests wait while cores are idle."""
    asked = deployment.settings.resources
    cpu = asked.cpu if asked is not None and asked.cpu is not None else _DEFAULT_CPU
    given = asked.memory if asked is not None else None
    memory = _quantity(_DEFAULT_MEMORY if given is None else given)
    limits = {"memory": memory}
    if asked is not None and asked.accelerator is not None:
        limits[asked.accelerator.type] = str(asked.accelerator.count)
    return {"requests": {"cpu": f"{round(cpu * 1000)}m", "memory": memory}, "limits": limits}


def probes(name: str, port: Union[str, int]) -> dict[str, Any]:
    """Returns the probes, by REST.

    The status answers 404 until there is a version, and 200 while it is still loading: so it is ready when
    it can give the model's metadata, and alive while it gives the status.
    """
    status = {"path": f"/v1/models/{name}", "port": port}
    metadata = {"path": f"/v1/models/{name}/metadata", "port": port}
    return {
        "startupProbe": {
            "httpGet": metadata,
            "periodSeconds": 2,
            "timeoutSeconds": 5,
            "failureThreshold": _LOADING_SECONDS // 2,
        },
        "readinessProbe": {
            "httpGet": metadata,
            "periodSeconds": 5,
            "timeoutSeconds": 5,
            "failureThreshold": 2,
        },
        "livenessProbe": {"httpGet": status, "periodSeconds": 10, "timeoutSeconds": 5, "failureThreshold": 6},
    }


def environment(deployment: Deployment, variables: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Returns the environment of a container: plain variables, and those of the secret."""
    found: dict[str, Any] = {}
    if variables:
        found["env"] = [{"name": name, "value": value} for name, value in variables.items()]
    if deployment.settings.secret is not None:
        found["envFrom"] = [{"secretRef": {"name": deployment.settings.secret}}]
    return found


def _quantity(memory: Union[int, str]) -> str:
    size = parse_memory(memory)
    for unit, factor in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return str(size)
