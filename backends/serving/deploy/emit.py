"""From a Deployment to a bundle: the same deployment, the same bytes. Nothing is read but this package."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import PurePosixPath
from typing import Any

import yaml

from tfxc.backends import Bundle
from tfxc.backends.serving.deploy.compose import compose_files
from tfxc.backends.serving.deploy.kserve import kserve_files
from tfxc.backends.serving.deploy.kubernetes import kubernetes_documents
from tfxc.backends.serving.deploy.question import question_json
from tfxc.backends.serving.deploy.readme import readme
from tfxc.backends.serving.deploy.values import Advice, Deployment, Store, Target

_HEAD = "# Written by `tfxc deploy`; do not edit, deploy again.\n"


class _Dumper(yaml.SafeDumper):
    """Writes every value out: no anchors, and block style for texts of several lines."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def emit(deployment: Deployment, target: Target) -> Bundle:
    """Returns the bundle for a target; `require_fit` has found nothing against it."""
    texts = {
        **_manifests(deployment, target),
        "question.json": question_json(deployment),
        "README.md": readme(deployment, target, advice(deployment, target)),
    }
    content = {PurePosixPath(name): text.encode() for name, text in sorted(texts.items())}
    script = files("tfxc.backends.serving.deploy").joinpath("smoke_test.py").read_bytes()
    return Bundle({**content, PurePosixPath("smoke_test.py"): script})


def advice(deployment: Deployment, target: Target, models: str | None = None) -> Advice:
    """Returns what a bundle does not do, and the commands that put it to use from its folder.

    ``models`` is where the folder with the versions lies on this machine; the bundle itself does not say.
    """
    return Advice(tuple(_notes(deployment, target)), tuple(_next(deployment, target, models)))


def _manifests(deployment: Deployment, target: Target) -> dict[str, str]:
    if target is Target.COMPOSE:
        made = compose_files(deployment)
        return {name: text if isinstance(text, str) else _yaml([text]) for name, text in made.items()}
    if target is Target.KUBERNETES:
        return {"kubernetes.yaml": _yaml(kubernetes_documents(deployment))}
    return {name: _yaml(documents) for name, documents in kserve_files(deployment).items()}


def _yaml(documents: Sequence[dict[str, Any]]) -> str:
    text = yaml.dump_all(documents, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    return _HEAD + str(text)


def _notes(deployment: Deployment, target: Target) -> Iterator[str]:
    canary, store = deployment.versions.canary, deployment.source.store
    weight, name = deployment.versions.weight, deployment.model_name
    if canary is not None and target is Target.COMPOSE:
        yield (
            f"Docker Compose weighs no requests, so {weight} % is not applied: clients choose by "
            f"/v1/models/{name}/labels/stable and …/canary, and without a label get the higher version."
        )
    if canary is not None and target is Target.KUBERNETES and deployment.settings.gateway is None:
        yield (
            f"A Service of Kubernetes weighs no requests, so {weight} % is not applied: name a Gateway as "
            f"`serving.gateway`; until then the canary gets what is sent to the service {name}-canary."
        )
    if canary is not None and target is Target.KSERVE:
        yield "KServe weighs a canary in its serverless mode (Knative) only."
    if store is Store.S3 and target is not Target.KSERVE:
        yield (
            "TensorFlow Serving's image reads no s3://, so the versions are copied when a server starts: "
            "restart the servers after a push."
        )
    if target is Target.KSERVE and deployment.versions.stable is None:
        yield "KServe copies the versions when a server starts: restart the servers after a push."
    if deployment.question is None:
        yield "There is no row of the data at hand: give smoke_test.py a question with --instance FILE."


def _next(deployment: Deployment, target: Target, models: str | None) -> Iterator[str]:
    name = deployment.model_name
    smoke = "python smoke_test.py" + ("" if deployment.question is not None else " --instance instance.json")
    canary = deployment.versions.canary is not None
    if target is Target.COMPOSE:
        location = deployment.source.location
        relative = deployment.source.store is Store.FOLDER and not location.startswith("/")
        folder = f"MODELS={shlex.quote(models or f'path/to/{location}')} " if relative else ""
        yield f"{folder}docker compose up --detach --wait"
        yield smoke
        if canary:
            yield f"{smoke} --label canary"
    elif target is Target.KUBERNETES:
        yield "kubectl apply --filename kubernetes.yaml"
        yield f"kubectl rollout status deployment/{name}"
        yield from _forwarded(name, smoke)
        if canary:
            yield f"kubectl rollout status deployment/{name}-canary"
            yield from _forwarded(f"{name}-canary", smoke)
    else:
        wait = f"kubectl wait --for condition=Ready inferenceservice/{name} --timeout 10m"
        ask = f'{smoke} --url "$(kubectl get inferenceservice/{name} --output jsonpath={{.status.url}})"'
        for file in ("inference-service.yaml", *(["canary.yaml"] if canary else [])):
            yield f"kubectl apply --filename {file}"
            yield wait
            yield ask


def _forwarded(service: str, smoke: str) -> Iterator[str]:
    yield f"kubectl port-forward service/{service} 8501:8501 & sleep 2; {smoke}; kill %1"
