"""The README of a bundle."""

from __future__ import annotations

from typing import Any

from tfxc.backends.container.text_template import text_template
from tfxc.backends.serving.deploy.labels import labels_of
from tfxc.backends.serving.deploy.values import Advice, Deployment, Target

_TITLES = {Target.COMPOSE: "Docker Compose", Target.KUBERNETES: "Kubernetes", Target.KSERVE: "KServe"}


def readme(deployment: Deployment, target: Target, advice: Advice) -> str:
    """Returns README.md: what is served, the commands that start and ask it, and what it does not do."""
    template = text_template("tfxc.backends.serving.deploy", "README.md.jinja2")
    return template.render(_facts(deployment, target, advice))


def _facts(deployment: Deployment, target: Target, advice: Advice) -> dict[str, Any]:
    return {
        "name": deployment.model_name,
        "title": _TITLES[target],
        "target": target.value,
        "image": deployment.image,
        "location": deployment.source.location,
        "store": deployment.source.store.value,
        "pusher": deployment.pusher,
        "labels": {"stable": None, "canary": None, **labels_of(deployment.versions)},
        "weight": deployment.versions.weight,
        "gateway": deployment.settings.gateway,
        "secret": deployment.settings.secret,
        "service_account": deployment.settings.service_account,
        "claim": deployment.settings.volume_claim,
        "notes": advice.notes,
        "commands": advice.next,
    }
