"""A deployment for Docker Compose: one server, whose configuration lies in files beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tfxc.backends.serving.deploy.config import CONFIG_FOLDER, arguments, config_files
from tfxc.backends.serving.deploy.labels import labels_of
from tfxc.backends.serving.deploy.s3 import AWS_VARIABLES, COPIER, copy_command
from tfxc.backends.serving.deploy.values import GRPC_PORT, REST_PORT, Deployment, Store
from tfxc.schemas.quantities import parse_memory

USER = "65532:65532"
_REREAD_SECONDS = 10
_CREDENTIALS = "/credentials.json"


def compose_files(deployment: Deployment) -> dict[str, Any]:
    """Returns the files of the bundle: texts, and ``compose.yaml`` as a document."""
    configs = config_files(deployment, base_path(deployment), labels_of(deployment.versions))
    return {
        "compose.yaml": _document(deployment),
        **{f"config/{name}": text for name, text in configs.items()},
    }


def base_path(deployment: Deployment) -> str:
    """Returns where the server finds the versions."""
    if deployment.source.store is Store.GCS:
        return deployment.source.location
    return f"/models/{deployment.model_name}"


def _document(deployment: Deployment) -> dict[str, Any]:
    copied = deployment.source.store is Store.S3
    document: dict[str, Any] = {
        "name": _project(deployment.pipeline),
        "services": {"serving": _server(deployment)},
    }
    if copied:
        document["services"]["models"] = {
            "image": COPIER,
            "command": [
                _literal(word) for word in copy_command(deployment.source.location, base_path(deployment))
            ],
            "environment": list(AWS_VARIABLES),
            "volumes": [{"type": "volume", "source": "models", "target": "/models"}],
            "restart": "no",
        }
        document["volumes"] = {"models": {}}
    return document


def _server(deployment: Deployment) -> dict[str, Any]:
    server: dict[str, Any] = {
        "image": deployment.image,
        "entrypoint": ["tensorflow_model_server"],
        "command": arguments(deployment, labels_of(deployment.versions), _REREAD_SECONDS),
        "user": USER,
        "read_only": True,
        "tmpfs": ["/tmp"],  # noqa: S108 - in the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "ports": [f"${{BIND:-127.0.0.1}}:{port}:{port}" for port in (GRPC_PORT, REST_PORT)],
        "volumes": [
            {"type": "bind", "source": "./config", "target": str(CONFIG_FOLDER), "read_only": True},
            *_volumes(deployment),
        ],
        "healthcheck": _healthcheck(deployment.model_name),
        "restart": "unless-stopped",
        "stop_grace_period": "30s",
    }
    if deployment.source.store is Store.GCS:
        server["environment"] = {"GOOGLE_APPLICATION_CREDENTIALS": _CREDENTIALS}
    if deployment.source.store is Store.S3:
        server["depends_on"] = {"models": {"condition": "service_completed_successfully"}}
    resources = _resources(deployment)
    if resources:
        server["deploy"] = {"resources": resources}
    return server


def _volumes(deployment: Deployment) -> list[Mapping[str, Any]]:
    store, location = deployment.source.store, deployment.source.location
    if store is Store.S3:
        return [{"type": "volume", "source": "models", "target": "/models", "read_only": True}]
    if store is Store.GCS:
        source, target = "${GOOGLE_APPLICATION_CREDENTIALS:?the file with the key}", _CREDENTIALS
    else:
        # A relative path starts at the spec, which the bundle does not know the place of.
        missing = f":?the folder with the versions, {_literal(location)} beside the spec"
        default = f":-{_literal(location)}" if location.startswith("/") else missing
        source, target = f"${{MODELS{default}}}", base_path(deployment)
    return [
        {
            "type": "bind",
            "source": source,
            "target": target,
            "read_only": True,
            "bind": {"create_host_path": False},
        }
    ]


def _healthcheck(name: str) -> dict[str, Any]:
    # The image has neither curl nor wget, but bash; the status is 200 while a version is still loading.
    request = f"GET /v1/models/{name} HTTP/1.0\\r\\nConnection: close\\r\\n\\r\\n"
    ask = f"exec 3<>/dev/tcp/127.0.0.1/{REST_PORT}; printf '{request}' >&3; grep -q '\"AVAILABLE\"' <&3"
    return {
        "test": ["CMD", "timeout", "5", "bash", "-c", ask],
        "interval": "10s",
        "timeout": "6s",
        "retries": 3,
        "start_period": "60s",
    }


def _resources(deployment: Deployment) -> dict[str, Any]:
    asked = deployment.settings.resources
    resources: dict[str, Any] = {}
    if asked is None:
        return resources
    limits = {}
    if asked.cpu is not None:
        limits["cpus"] = f"{asked.cpu:g}"
    if asked.memory is not None:
        limits["memory"] = str(parse_memory(asked.memory))
    if limits:
        resources["limits"] = limits
    if asked.accelerator is not None:
        device = {"driver": "nvidia", "count": asked.accelerator.count, "capabilities": ["gpu"]}
        resources["reservations"] = {"devices": [device]}
    return resources


def _project(pipeline: str) -> str:
    return f"{pipeline}-serving"


def _literal(text: str) -> str:
    """Returns a text in which Compose finds no variable."""
    return text.replace("$", "$$")
