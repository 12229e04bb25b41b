"""The Kubernetes platform document: what KFP puts on a node's pod beside its container.

Mirrors ``KubernetesExecutorConfig`` of kfp-kubernetes 2.17
(kubernetes_platform/proto/kubernetes_executor_config.proto in kubeflow/pipelines).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from tfxc.backends.kubeflow.settings import AffinityTerm, ObjectSource, TaskSettings, Toleration, VolumeClaim
from tfxc.schemas.quantities import parse_memory

DEADLINE_MARGIN = 600
"""Seconds that a pod gets beyond the node's timeout.

The task stops the node itself when its time is over, and marks it in MLMD. The pod's deadline, which
also counts the pull of the image, is only for a container that hangs.
"""


def executor_config(settings: TaskSettings, timeout: float | None) -> dict[str, Any]:
    """Returns the platform configuration of one executor; empty if there is nothing to say."""
    config: dict[str, Any] = {}
    for key, value in (
        ("secretAsVolume", _as_volume(settings.secrets, "secretName")),
        ("secretAsEnv", _as_env(settings.secrets, "secretName", "secretKey")),
        ("pvcMount", [_pvc(volume) for volume in settings.volumes]),
        ("nodeSelector", {"labels": dict(settings.node_selector)} if settings.node_selector else {}),
        ("podMetadata", _pod_metadata(settings)),
        ("imagePullSecret", [_named("secretName", name) for name in settings.image_pull_secrets]),
        ("imagePullPolicy", settings.image_pull_policy),
        ("configMapAsVolume", _as_volume(settings.config_maps, "configMapName")),
        ("configMapAsEnv", _as_env(settings.config_maps, "configMapName", "configMapKey")),
        *deadline(timeout).items(),
        ("fieldPathAsEnv", [{"name": n, "fieldPath": f} for n, f in settings.pod_fields.items()]),
        ("tolerations", [_toleration(toleration) for toleration in settings.tolerations]),
        ("nodeAffinity", [_affinity(term) for term in settings.node_affinity]),
        ("emptyDirMounts", _shared_memory(settings)),
        ("securityContext", _security_context(settings)),
    ):
        if value:
            config[key] = value
    return config


def _named(field: str, name: str) -> dict[str, Any]:
    """Returns an object's name in both of the forms that exist: KFP before 2.5 knows only the first."""
    return {field: name, f"{field}Parameter": {"runtimeValue": {"constant": name}}}


def _as_volume(sources: list[ObjectSource], field: str) -> list[dict[str, Any]]:
    return [
        {**_named(field, source.name), "mountPath": source.mount_path, "optional": source.optional}
        for source in sources
        if source.mount_path is not None
    ]


def _as_env(sources: list[ObjectSource], field: str, key_field: str) -> list[dict[str, Any]]:
    return [
        {
            **_named(field, source.name),
            "keyToEnv": [{key_field: key, "envVar": variable} for variable, key in source.env.items()],
            "optional": source.optional,
        }
        for source in sources
        if source.env
    ]


def _pvc(volume: VolumeClaim) -> dict[str, Any]:
    mount: dict[str, Any] = {
        "constant": volume.claim,
        "pvcNameParameter": {"runtimeValue": {"constant": volume.claim}},
        "mountPath": volume.mount_path,
    }
    if volume.sub_path is not None:
        mount["subPath"] = volume.sub_path
    return mount


def _pod_metadata(settings: TaskSettings) -> dict[str, Any]:
    metadata = {"labels": dict(settings.labels), "annotations": dict(settings.annotations)}
    return {key: values for key, values in metadata.items() if values}


def deadline(timeout: float | None, margin: int = DEADLINE_MARGIN) -> dict[str, Any]:
    """Returns the setting that ends a pod after a time; empty without one."""
    return {} if timeout is None else {"activeDeadlineSeconds": str(math.ceil(timeout) + margin)}


def _present(values: Mapping[str, Any], rename: Callable[[str], str] = str) -> dict[str, Any]:
    return {rename(key): value for key, value in values.items() if value is not None}


def _toleration(toleration: Toleration) -> dict[str, Any]:
    seconds = None if toleration.seconds is None else str(toleration.seconds)
    return _present(
        {
            "key": toleration.key,
            "operator": toleration.operator,
            "value": toleration.value,
            "effect": toleration.effect,
            "tolerationSeconds": seconds,
        }
    )


def _affinity(term: AffinityTerm) -> dict[str, Any]:
    expression: dict[str, Any] = {"key": term.key, "operator": term.operator}
    if term.values:
        expression["values"] = list(term.values)
    return _present({"matchExpressions": [expression], "weight": term.weight})


def _shared_memory(settings: TaskSettings) -> list[dict[str, Any]]:
    if settings.shared_memory is None:
        return []
    size = str(parse_memory(settings.shared_memory))
    mount = "/dev/shm"  # noqa: S108 - not a file of ours: the folder that the volume is for
    return [{"volumeName": "shared-memory", "mountPath": mount, "medium": "Memory", "sizeLimit": size}]


def _security_context(settings: TaskSettings) -> dict[str, Any]:
    context = settings.security_context
    if context is None:
        return {}
    numbers = {"runAsUser": context.run_as_user, "runAsGroup": context.run_as_group}
    return {
        **{key: str(number) for key, number in numbers.items() if number is not None},
        **_present({"runAsNonRoot": context.run_as_non_root}),
    }
