"""The Kubeflow backend: a Plan as a bundle for open-source Kubeflow Pipelines v2."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from pydantic import BaseModel

from tfxc.backends import Bundle
from tfxc.backends.kubeflow.settings import KubeflowSettings
from tfxc.backends.launcher.protocol.limits import LAUNCHER_CANNOT, LAUNCHER_HONOURS
from tfxc.schemas.diagnostics import Finding
from tfxc.schemas.plan import Plan

NAME = "kubeflow"


class KubeflowBackend:
    """Writes a PipelineSpec 2.1.0 whose tasks run the launcher, and what an image is built from."""

    name = NAME
    settings: type[BaseModel] = KubeflowSettings
    honours = LAUNCHER_HONOURS | {
        "retries",
        "retry_delay",
        "retry_exponential_backoff",
        "timeout",
        "cpu",
        "memory",
        "accelerator",
        "container",
        "on_exit",
    }
    cannot: Mapping[str, str] = MappingProxyType(
        {
            "trigger_strategy": "Kubeflow Pipelines starts a task whose upstream failed as an exit handler "
            "only, and nothing can come after one",
            **LAUNCHER_CANNOT,
        }
    )

    def check(self, plan: Plan) -> list[Finding]:
        """Returns what Kubeflow Pipelines or its cluster would refuse."""
        from tfxc.backends.kubeflow.checks import findings

        return findings(plan, _settings(plan))

    def emit(self, plan: Plan, modules: Mapping[PurePosixPath, bytes]) -> Bundle:
        """Returns pipeline.yaml, plan.json, the modules, and what an image is built from."""
        from tfxc.backends.container.base_image import base_image
        from tfxc.backends.container.image import ImageRecipe, has_modules, image_files
        from tfxc.backends.kubeflow.emit.pipeline_spec import pipeline_documents
        from tfxc.backends.kubeflow.emit.yaml_text import yaml_documents
        from tfxc.backends.kubeflow.readme import readme

        settings = _settings(plan)
        recipe = ImageRecipe(
            base_image(plan, settings.base_image), settings.python, tuple(settings.pip_packages)
        )
        files = {
            PurePosixPath("pipeline.yaml"): yaml_documents(*pipeline_documents(plan, settings)).encode(),
            PurePosixPath("plan.json"): plan.to_json().encode(),
            PurePosixPath("README.md"): readme(plan, settings).encode(),
            **image_files(plan, recipe, has_modules(modules)),
        }
        return Bundle({**modules, **files})


def _settings(plan: Plan) -> KubeflowSettings:
    return KubeflowSettings.model_validate(plan.backends.get(NAME, {}))
