"""A deployment for Kubernetes: a Deployment for each version, and what scales, weighs and protects it.

Stable and canary are servers of their own: in one server a request without a label gets the higher version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tfxc.backends.serving.deploy.config import CANARY, CONFIG_FOLDER, STABLE, arguments, config_files
from tfxc.backends.serving.deploy.labels import labels_of
from tfxc.backends.serving.deploy.pods import (
    CONFIG_VOLUME,
    POD_SECURITY,
    container_security,
    environment,
    probes,
    resources,
)
from tfxc.backends.serving.deploy.s3 import COPIER, copy_command
from tfxc.backends.serving.deploy.values import GRPC_PORT, REST_PORT, Deployment, Store
from tfxc.schemas.serving import Replicas

_MODELS_VOLUME = "models"
_ENDS = ("", "/metadata", ":predict", ":classify", ":regress")
"""What a request's path may have behind the model (TensorFlow Serving's REST API)."""
_DRAIN_SECONDS = 5
"""A pod that is to go answers so long on, until nobody sends it requests any more."""


@dataclass(frozen=True)
class _Server:
    """One Deployment: which versions it serves, by label."""

    name: str
    track: str
    labels: dict[str, int]


def kubernetes_documents(deployment: Deployment) -> list[dict[str, Any]]:
    """Returns the objects, in the order in which they are to be made."""
    documents: list[dict[str, Any]] = []
    for server in _servers(deployment):
        documents += _objects(deployment, server)
    if deployment.versions.canary is not None and deployment.settings.gateway is not None:
        documents.append(_route(deployment))
    return documents


def base_path(deployment: Deployment) -> str:
    """Returns where the servers find the versions."""
    if deployment.source.store is Store.GCS:
        return deployment.source.location
    return f"/models/{deployment.model_name}"


def _servers(deployment: Deployment) -> list[_Server]:
    labels = labels_of(deployment.versions)
    stable = {label: version for label, version in labels.items() if label == STABLE}
    servers = [_Server(deployment.model_name, STABLE, stable)]
    if CANARY in labels:
        servers.append(_Server(f"{deployment.model_name}-{CANARY}", CANARY, {CANARY: labels[CANARY]}))
    return servers


def _objects(deployment: Deployment, server: _Server) -> Iterator[dict[str, Any]]:
    config = config_files(deployment, base_path(deployment), server.labels)
    # The name holds the content, so that a change of the configuration replaces the pods.
    digest = hashlib.sha256(repr(sorted(config.items())).encode()).hexdigest()[:10]
    config_name = f"{server.name}-config-{digest}"
    labels = _labels(deployment, server)
    yield _object("v1", "ConfigMap", config_name, labels, immutable=True, data=config)
    yield _object(
        "apps/v1", "Deployment", server.name, labels, spec=_deployment(deployment, server, config_name)
    )
    ports = [
        {"name": name, "port": port, "targetPort": name, "appProtocol": protocol}
        for name, port, protocol in (("grpc", GRPC_PORT, "kubernetes.io/h2c"), ("http", REST_PORT, "http"))
    ]
    service = {"selector": _selector(server), "ports": ports}
    yield _object("v1", "Service", server.name, labels, spec=service)
    yield _object(
        "autoscaling/v2",
        "HorizontalPodAutoscaler",
        server.name,
        labels,
        spec=_autoscaling(deployment, server),
    )
    budget = {"maxUnavailable": 1, "selector": {"matchLabels": _selector(server)}}
    yield _object("policy/v1", "PodDisruptionBudget", server.name, labels, spec=budget)


def _deployment(deployment: Deployment, server: _Server, config_name: str) -> dict[str, Any]:
    """Returns the spec of a Deployment; the autoscaler sets how many replicas there are."""
    pod: dict[str, Any] = {
        "automountServiceAccountToken": False,
        "securityContext": POD_SECURITY,
        "terminationGracePeriodSeconds": 30 + _DRAIN_SECONDS,
    }
    settings = deployment.settings
    if settings.service_account is not None:
        pod["serviceAccountName"] = settings.service_account
    if deployment.source.store is Store.S3:
        pod["initContainers"] = list(_copiers(deployment, server))
    pod["containers"] = [_container(deployment, server)]
    pod["volumes"] = [
        {"name": CONFIG_VOLUME, "configMap": {"name": config_name}},
        {"name": "tmp", "emptyDir": {}},
        *_volumes(deployment),
    ]
    return {
        "selector": {"matchLabels": _selector(server)},
        "strategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
        "template": {
            "metadata": {
                "labels": _labels(deployment, server),
                "annotations": {
                    "prometheus.io/scrape": "true",
                    "prometheus.io/port": str(REST_PORT),
                    "prometheus.io/path": "/monitoring/prometheus/metrics",
                },
            },
            "spec": pod,
        },
    }


def _container(deployment: Deployment, server: _Server) -> dict[str, Any]:
    mounts: list[dict[str, Any]] = [
        {"name": CONFIG_VOLUME, "mountPath": str(CONFIG_FOLDER), "readOnly": True},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in the container
    ]
    if deployment.source.store is not Store.GCS:
        mount = {"name": _MODELS_VOLUME, "mountPath": base_path(deployment), "readOnly": True}
        if deployment.source.store is Store.FOLDER and deployment.settings.volume_path is not None:
            mount["subPath"] = deployment.settings.volume_path.strip("/")
        mounts.append(mount)
    return {
        "name": "serving",
        "image": deployment.image,
        "command": ["tensorflow_model_server"],
        "args": arguments(deployment, server.labels),
        **environment(deployment),
        "ports": [{"name": "grpc", "containerPort": GRPC_PORT}, {"name": "http", "containerPort": REST_PORT}],
        "resources": resources(deployment),
        **probes(deployment.model_name, "http"),
        "lifecycle": {"preStop": {"exec": {"command": ["sleep", str(_DRAIN_SECONDS)]}}},
        "securityContext": container_security(),
        "volumeMounts": mounts,
    }


def _copiers(deployment: Deployment, server: _Server) -> Iterator[dict[str, Any]]:
    """Yields the init containers that copy what a server serves from the bucket."""
    for version in server.labels.values() or (None,):
        yield {
            "name": "copy" if version is None else f"copy-{version}",
            "image": COPIER,
            "args": copy_command(deployment.source.location, base_path(deployment), version),
            **environment(deployment, {"HOME": "/tmp"}),  # noqa: S108 - in the container
            "securityContext": container_security(),
            "volumeMounts": [
                {"name": _MODELS_VOLUME, "mountPath": base_path(deployment)},
                {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - in the container
            ],
        }


def _volumes(deployment: Deployment) -> Iterator[dict[str, Any]]:
    if deployment.source.store is Store.S3:
        yield {"name": _MODELS_VOLUME, "emptyDir": {}}
    elif deployment.source.store is Store.FOLDER:
        claim = {"claimName": deployment.settings.volume_claim, "readOnly": True}
        yield {"name": _MODELS_VOLUME, "persistentVolumeClaim": claim}


def _autoscaling(deployment: Deployment, server: _Server) -> dict[str, Any]:
    replicas = deployment.settings.replicas or Replicas()
    least = 1 if server.track == CANARY else replicas.minimum
    metric = {"type": "Utilization", "averageUtilization": replicas.target_cpu}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": server.name},
        "minReplicas": least,
        "maxReplicas": replicas.maximum,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": metric}}],
    }


def _route(deployment: Deployment) -> dict[str, Any]:
    """Returns the HTTPRoute: who names a label or a version gets that one, all others are weighed."""
    name, canary = deployment.model_name, f"{deployment.model_name}-{CANARY}"
    versions = deployment.versions

    def rule(inside: str, shares: Mapping[str, int]) -> dict[str, Any]:
        # Exact paths: every implementation has them, and a prefix would not match `…/labels/canary:predict`.
        paths = [f"/v1/models/{name}{inside}{end}" for end in _ENDS]
        return {
            "matches": [{"path": {"type": "Exact", "value": path}} for path in paths],
            "backendRefs": [
                {"name": service, "port": REST_PORT, "weight": share} for service, share in shares.items()
            ],
        }

    rules = [
        rule(f"/labels/{STABLE}", {name: 1}),
        rule(f"/labels/{CANARY}", {canary: 1}),
        rule(f"/versions/{versions.stable}", {name: 1}),
        rule(f"/versions/{versions.canary}", {canary: 1}),
        rule("", {name: 100 - versions.weight, canary: versions.weight}),
    ]
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/managed-by": "tfxc"}
    spec = {"parentRefs": [{"name": deployment.settings.gateway}], "rules": rules}
    return _object("gateway.networking.k8s.io/v1", "HTTPRoute", name, labels, spec=spec)


def _selector(server: _Server) -> dict[str, str]:
    return {"app.kubernetes.io/instance": server.name}


def _labels(deployment: Deployment, server: _Server) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": deployment.model_name,
        **_selector(server),
        "app.kubernetes.io/component": server.track,
        "app.kubernetes.io/part-of": deployment.pipeline,
        "app.kubernetes.io/managed-by": "tfxc",
    }


def _object(version: str, kind: str, name: str, labels: dict[str, str], **content: Any) -> dict[str, Any]:
    metadata = {"name": name, "labels": labels}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}
