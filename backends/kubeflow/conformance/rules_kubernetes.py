"""Rules about what a pod gets: resources, volumes, and the platform document as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tfxc.backends.kubeflow.checks import RESERVED_MOUNTS, RESERVED_VOLUMES
from tfxc.backends.kubeflow.conformance.rules import Documents, finding, mapping
from tfxc.schemas.diagnostics import Finding

PULL_POLICIES = ("Always", "IfNotPresent", "Never")

_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?\Z", re.ASCII)
_VOLUME_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\Z", re.ASCII)
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*\Z", re.ASCII)
_OWN_VOLUMES = RESERVED_VOLUMES - {"shared-memory"}
_QUANTITIES = ("resourceCpuLimit", "resourceCpuRequest", "resourceMemoryLimit", "resourceMemoryRequest")
_LONGEST_DEADLINE = 2**31 - 1


def executor_configs(platform: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns executor label → its Kubernetes configuration."""
    spec = mapping(platform, "platforms", "kubernetes")
    deployment = mapping(spec, "deploymentSpec") or mapping(spec, "deployment_spec")
    return mapping(deployment, "executors")


def findings(documents: Documents) -> Iterator[Finding]:
    """Yields what is wrong with containers' resources and with the platform document."""
    for label, executor in documents.executors.items():
        container = executor.get("container")
        if container is not None:
            yield from _container(f"deploymentSpec.executors.{label}.container", container)
    for name in mapping(documents.platform, "platforms"):
        if name != "kubernetes":
            yield finding("platform", f"platforms.{name}", "only `kubernetes` is read")
    for label, config in executor_configs(documents.platform).items():
        where = f"platforms.kubernetes.deploymentSpec.executors.{label}"
        if label not in documents.executors:
            yield finding("platform-executor", where, "there is no executor of this label: it is never used")
        yield from _config(where, config)


def _container(where: str, container: Mapping[str, Any]) -> Iterator[Finding]:
    resources = mapping(container, "resources")
    for field in _QUANTITIES:
        text = resources.get(field)
        if text is not None and "{{$." not in text and not _QUANTITY.match(text):
            yield finding("quantity", f"{where}.resources.{field}", f"`{text}` is no Kubernetes quantity")
    for variable in container.get("env") or ():
        if not _VARIABLE.match(variable.get("name", "")):
            message = f"`{variable.get('name', '')}` is no name of an environment variable"
            yield finding("variable", f"{where}.env", message)


def _config(where: str, config: Mapping[str, Any]) -> Iterator[Finding]:
    policy = config.get("imagePullPolicy")
    if policy and policy not in PULL_POLICIES:
        yield finding(
            "pull-policy", f"{where}.imagePullPolicy", f"`{policy}` is none of {', '.join(PULL_POLICIES)}"
        )
    deadline = int(config.get("activeDeadlineSeconds", 0))
    if not 0 <= deadline <= _LONGEST_DEADLINE:
        yield finding("deadline", f"{where}.activeDeadlineSeconds", "is more than Kubernetes allows")
    names: set[str] = set()
    mounts: set[str] = set()
    for place, name, mount in _volumes(config):
        if name is not None and not _VOLUME_NAME.match(name):
            yield finding("volume-name", f"{where}.{place}", f"`{name}` cannot be the name of a volume")
        elif name in _OWN_VOLUMES:
            yield finding("volume-name", f"{where}.{place}", f"`{name}` is a volume of the backend's own")
        elif name in names:
            yield finding("volume-twice", f"{where}.{place}", f"there are two volumes `{name}`")
        if name is not None:
            names.add(name)
        path = mount.rstrip("/") or "/"
        if not mount.startswith("/") or ":" in mount:
            yield finding("mount-path", f"{where}.{place}", f"`{mount}` is no absolute path")
        elif path in mounts:
            yield finding("mount-twice", f"{where}.{place}", f"two volumes are mounted at `{path}`")
        elif path == "/" or any(path == own or path.startswith(f"{own}/") for own in RESERVED_MOUNTS):
            yield finding("mount-path", f"{where}.{place}", f"`{path}` belongs to the backend")
        mounts.add(path)


def _volumes(config: Mapping[str, Any]) -> Iterator[tuple[str, str | None, str]]:
    """Yields place, name (None if only the run knows it) and mount path of every volume."""
    named = (
        ("secretAsVolume", "secretName"),
        ("configMapAsVolume", "configMapName"),
        ("pvcMount", "pvcName"),
    )
    for field, name_field in named:
        for index, volume in enumerate(config.get(field) or ()):
            constant = mapping(volume, f"{name_field}Parameter", "runtimeValue").get("constant")
            name = constant or volume.get(name_field) or volume.get("constant")
            yield f"{field}[{index}]", name, volume.get("mountPath", "")
    for field in ("emptyDirMounts", "genericEphemeralVolume"):
        for index, volume in enumerate(config.get(field) or ()):
            yield f"{field}[{index}]", volume.get("volumeName", ""), volume.get("mountPath", "")
