"""The README of a bundle."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tfxc.backends.container.text_template import text_template
from tfxc.backends.kubeflow.emit.inputs import takes_run_date
from tfxc.backends.kubeflow.settings import KubeflowSettings
from tfxc.schemas.plan import GrpcMetadata, ManagedMetadata, Plan, PlanParameter, ServerMetadata
from tfxc.schemas.spec_values import spec_value


def readme(plan: Plan, settings: KubeflowSettings) -> str:
    """Returns README.md: how the bundle becomes an image and a pipeline, and what the cluster must have."""
    return text_template("tfxc.backends.kubeflow", "README.md.jinja2").render(_facts(plan, settings))


def _facts(plan: Plan, settings: KubeflowSettings) -> dict[str, Any]:
    return {
        "name": plan.name,
        "description": plan.description.strip(),
        "images": _images(plan, settings),
        "run_date": takes_run_date(plan),
        "parameters": [_parameter(parameter) for parameter in plan.parameters],
        "metadata": _metadata(plan),
        "root": spec_value(plan.pipeline_root),
        "needs": list(dict.fromkeys(_needs(plan, settings))),
    }


def _images(plan: Plan, settings: KubeflowSettings) -> list[str]:
    """Returns the images that nodes run in, the pipeline's own first."""
    images = [settings.image, *(settings.for_node(node).image for node in plan.nodes)]
    return list(dict.fromkeys(image for image in images if image is not None))


def _parameter(parameter: PlanParameter) -> dict[str, str]:
    default = "required" if parameter.required else f"`{json.dumps(parameter.default, ensure_ascii=False)}`"
    return {
        "name": parameter.name,
        "type": parameter.type,
        "default": default.replace("|", "\\|"),
        "description": " ".join(parameter.description.split()).replace("|", "\\|"),
    }


def _metadata(plan: Plan) -> str:
    metadata = plan.metadata
    if isinstance(metadata, GrpcMetadata):
        return f"its gRPC server at `{spec_value(metadata.host)}:{spec_value(metadata.port)}`"
    if isinstance(metadata, ServerMetadata):
        server = "MySQL" if metadata.kind == "mysql" else "PostgreSQL"
        return f"the {server} database `{spec_value(metadata.database)}` at `{spec_value(metadata.host)}`"
    if isinstance(metadata, ManagedMetadata):
        return "the orchestrator's own service"
    return f"the SQLite file `{spec_value(metadata.path)}`, on a volume that every node mounts"


def _needs(plan: Plan, settings: KubeflowSettings) -> Iterator[str]:
    for node in plan.nodes:
        own = settings.for_node(node)
        for secret in own.secrets:
            yield f"The secret `{secret.name}`{_keys(list(secret.env.values()))}."
        for config_map in own.config_maps:
            yield f"The config map `{config_map.name}`{_keys(list(config_map.env.values()))}."
        for volume in own.volumes:
            yield f"The volume claim `{volume.claim}`."
        for name in own.image_pull_secrets:
            yield f"The image pull secret `{name}`."


def _keys(keys: list[str]) -> str:
    return f" with {', '.join(f'`{key}`' for key in keys)}" if keys else ""
