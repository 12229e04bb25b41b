"""What the open-source KFP backend would refuse in a pipeline.yaml, or accept and never run right.

The rules are those of the backend's API server, Argo compiler, driver and launcher (kubeflow/pipelines
at 2.17, backend/src), and of Argo Workflows where the backend hands things on unchecked. That the kfp
SDK loads a file says little: it loads what the backend refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from tfxc.backends.kubeflow.conformance import proto_reader, rules_kubernetes, rules_spec, rules_tasks
from tfxc.backends.kubeflow.conformance.rules import Documents, finding
from tfxc.schemas.diagnostics import Finding, PathPart

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Checked:
    """A stream of YAML: its documents, if it has them, and what is wrong."""

    documents: Documents | None
    findings: tuple[Finding, ...]


def check_text(text: str) -> Checked:
    """Returns what the backend would find wrong with a pipeline.yaml, sorted by rule and place.

    Where the text or its messages cannot be read at all, only that is reported.
    """
    try:
        parsed = [document for document in yaml.load_all(text, Loader=_LOADER) if document is not None]
    except yaml.YAMLError as error:
        return Checked(None, (finding("yaml", "", f"the text is not YAML: {' '.join(str(error).split())}"),))
    documents, findings = _sort_out(parsed)
    if documents is not None:
        findings += _messages(documents)
        if not findings:
            documents = _canonical(documents)
            findings = [
                *rules_spec.findings(documents),
                *rules_tasks.findings(documents),
                *rules_kubernetes.findings(documents),
            ]
    return Checked(
        documents, tuple(sorted(set(findings), key=lambda each: (each.code, each.path, each.message)))
    )


def _order(found: Finding) -> tuple[str, tuple[PathPart, ...], str]:
    return found.code, found.path, found.message


def _sort_out(parsed: list[Any]) -> tuple[Documents | None, list[Finding]]:
    """Finds the PipelineSpec and the platform document among a stream's documents."""
    findings: list[Finding] = []
    specs: list[Mapping[str, Any]] = []
    platforms: list[Mapping[str, Any]] = []
    for index, document in enumerate(parsed):
        where = f"document {index + 1}"
        if not isinstance(document, dict):
            findings.append(finding("documents", where, "is not a mapping"))
        elif "pipelineSpec" in document:
            message = "is a job for Vertex AI: open-source KFP takes the bare PipelineSpec"
            findings.append(finding("wrapper", where, message))
        elif "pipelineInfo" in document or "pipeline_info" in document:
            specs.append(document)
        elif "platforms" in document:
            platforms.append(document)
        else:
            findings.append(finding("documents", where, "is neither a PipelineSpec nor a platform document"))
    if len(specs) != 1 and not findings:
        findings.append(finding("documents", "", f"there must be one PipelineSpec, not {len(specs)}"))
    if len(platforms) > 1:
        findings.append(finding("documents", "", "there is more than one platform document"))
    if findings:
        return None, findings
    return Documents(specs[0], platforms[0] if platforms else {}), []


def _messages(documents: Documents) -> list[Finding]:
    found = [
        *proto_reader.misfits(proto_reader.PIPELINE_SPEC, documents.spec, ""),
        *_deployment(documents.spec.get("deploymentSpec")),
        *_platform(documents.platform),
    ]
    return [finding("message", where, what) for where, what in found]


def _deployment(value: Any) -> Iterator[proto_reader.Place]:
    if isinstance(value, dict):
        yield from proto_reader.misfits(proto_reader.DEPLOYMENT_CONFIG, value, "deploymentSpec")


def _platform(document: Mapping[str, Any]) -> Iterator[proto_reader.Place]:
    if not document:
        return
    read = list(proto_reader.misfits(proto_reader.PLATFORM_SPEC, document, ""))
    yield from read
    if not read:
        for label, config in rules_kubernetes.executor_configs(document).items():
            where = f"platforms.kubernetes.deploymentSpec.executors.{label}"
            yield from proto_reader.misfits(proto_reader.EXECUTOR_CONFIG, config, where)


def _canonical(documents: Documents) -> Documents:
    """Returns the documents with JSON names throughout, also inside the structs that hold messages."""
    spec = proto_reader.canonical(proto_reader.PIPELINE_SPEC, documents.spec)
    if "deploymentSpec" in spec:
        deployment = proto_reader.canonical(proto_reader.DEPLOYMENT_CONFIG, spec["deploymentSpec"])
        spec["deploymentSpec"] = deployment
    platform = proto_reader.canonical(proto_reader.PLATFORM_SPEC, documents.platform)
    executors = rules_kubernetes.executor_configs(platform)
    if executors:
        platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"] = {
            label: proto_reader.canonical(proto_reader.EXECUTOR_CONFIG, config)
            for label, config in executors.items()
        }
    return Documents(spec, platform)
