"""A deployment for KServe: an InferenceService (serving.kserve.io/v1beta1) and its server's configuration.

KServe copies the folder with the versions to /mnt/models and starts its runtime for TensorFlow; the flags
that stand here come after the runtime's own, and the file of models takes the place of its base path.
"""

from __future__ import annotations

import hashlib
from typing import Any

from tfxc.backends.serving.deploy.config import CANARY, CONFIG_FOLDER, STABLE, arguments, config_files
from tfxc.backends.serving.deploy.labels import labels_of
from tfxc.backends.serving.deploy.pods import (
    CONFIG_VOLUME,
    container_security,
    environment,
    probes,
    resources,
)
from tfxc.backends.serving.deploy.values import Deployment, Store
from tfxc.schemas.serving import Replicas

BASE_PATH = "/mnt/models"
_RUNTIME_PORT = 8080
"""where KServe's runtime for TensorFlow has its REST port"""


def kserve_files(deployment: Deployment) -> dict[str, list[dict[str, Any]]]:
    """Returns the files of the bundle, each a list of documents: the stable version, then the canary over it.

    A canary is the next revision of the same InferenceService, so it is applied when the stable one is there.
    """
    labels = labels_of(deployment.versions)
    stable = {label: version for label, version in labels.items() if label == STABLE}
    files = {"inference-service.yaml": _documents(deployment, stable, None)}
    if CANARY in labels:
        canary = {CANARY: labels[CANARY]}
        files["canary.yaml"] = _documents(deployment, canary, deployment.versions.weight)
    return files


def storage_uri(deployment: Deployment) -> str:
    """Returns what KServe copies to /mnt/models."""
    if deployment.source.store is Store.FOLDER:
        folder = (deployment.settings.volume_path or "").strip("/")
        return f"pvc://{deployment.settings.volume_claim}{f'/{folder}' if folder else ''}"
    return deployment.source.location


def _documents(deployment: Deployment, labels: dict[str, int], weight: int | None) -> list[dict[str, Any]]:
    config = config_files(deployment, BASE_PATH, labels)
    digest = hashlib.sha256(repr(sorted(config.items())).encode()).hexdigest()[:10]
    # Each revision keeps a configuration of its own, as long as it serves.
    config_name = f"{deployment.model_name}-config-{digest}"
    return [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": config_name, "labels": _labels(deployment)},
            "immutable": True,
            "data": config,
        },
        {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": {"name": deployment.model_name, "labels": _labels(deployment)},
            "spec": {"predictor": _predictor(deployment, labels, config_name, weight)},
        },
    ]


def _predictor(
    deployment: Deployment, labels: dict[str, int], config_name: str, weight: int | None
) -> dict[str, Any]:
    settings = deployment.settings
    replicas = settings.replicas or Replicas()
    predictor: dict[str, Any] = {
        "minReplicas": replicas.minimum,
        "maxReplicas": replicas.maximum,
    }
    if "target_cpu" in replicas.model_fields_set:  # else KServe's own: by concurrency in its serverless mode
        predictor.update(scaleMetric="cpu", scaleTarget=replicas.target_cpu)
    if weight is not None:
        predictor["canaryTrafficPercent"] = weight
    if settings.service_account is not None:
        predictor["serviceAccountName"] = settings.service_account
    predictor["model"] = _model(deployment, labels)
    predictor["volumes"] = [{"name": CONFIG_VOLUME, "configMap": {"name": config_name}}]
    return predictor


def _model(deployment: Deployment, labels: dict[str, int]) -> dict[str, Any]:
    return {
        "modelFormat": {"name": "tensorflow"},
        "protocolVersion": "v1",
        "image": deployment.image,
        "storageUri": storage_uri(deployment),
        "args": arguments(deployment, labels, ports=False),
        **environment(deployment),
        "resources": resources(deployment),
        "readinessProbe": probes(deployment.model_name, _RUNTIME_PORT)["readinessProbe"],
        "securityContext": {**container_security(read_only=False), "runAsNonRoot": True, "runAsUser": 65532},
        "volumeMounts": [{"name": CONFIG_VOLUME, "mountPath": str(CONFIG_FOLDER), "readOnly": True}],
    }


def _labels(deployment: Deployment) -> dict[str, str]:
    return {"app.kubernetes.io/part-of": deployment.pipeline, "app.kubernetes.io/managed-by": "tfxc"}
